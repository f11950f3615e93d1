//! `metrics.json`: everything measured, out of fold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::CardVerdict;
use crate::analyses::Findings;
use crate::data::labels::Weighting;
use crate::data::read::{AsOfProof, DrawnRows, InputFile, Verdict};
use crate::decide::ask_first::AskFirstRecord;
use crate::decide::forecast::record::Forecast;
use crate::decide::grades::GradesRecord;
use crate::decide::history::record::{BackTestRow, BandMetrics, BandMonth, FunnelRow, PastPromises};
use crate::measures::{Estimate, OutOfFoldMetrics, ReliabilityRow};
use crate::notes::Note;
use crate::settings::{PolicyConfig, ReportConfig};

/// `metrics.json`. Everything but `fit` figures was measured on leads that the card judging them had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// Leads with a fair outcome.
    pub n_leads: usize,
    /// Of those, how many converted.
    pub n_converted: usize,
    /// Whether the card may be used, and why not.
    pub verdict: CardVerdict,
    /// Leads read, and why some were left out.
    pub leads: LeadCounts,
    /// For how many leads the rows count; absent without `leads.weight`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Weighting>,
    /// The card on leads it had not seen.
    pub out_of_fold: OutOfFoldMetrics,
    /// A plain logistic regression on the same folds.
    pub baseline_logistic: BaselineMetrics,
    /// The size of the card.
    pub card: CardMetrics,
    /// Settings that held-out leads chose for the card that ships.
    pub settings: SettingsMetrics,
    /// Shape of the curve from score to probability: `logistic`, or `monotone` where that won on folds held out.
    pub curve: String,
    /// Each fold.
    pub folds: Vec<FoldMetrics>,
    /// How folds were made, in a sentence.
    pub folds_by: String,
    /// Predicted against observed, by tenth of the leads, lowest scores first.
    pub reliability: Vec<ReliabilityRow>,
    /// Calibration at the threshold of each policy.
    pub at_threshold: Vec<ThresholdMetrics>,
    /// Who the results are for, as the config says.
    #[serde(default, skip_serializing_if = "ReportConfig::is_default")]
    pub report: ReportConfig,
    /// Days after the hand-off in which a conversion counts; absent where any time counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_days: Option<f64>,
    /// Last day that the data know of, `2026-06-30`; absent without dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_until: Option<String>,
    /// The policies, as the config has them; the engine's own two where it has none.
    pub policies: Vec<PolicyConfig>,
    /// What next quarter would bring under each policy.
    pub forecast: Forecast,
    /// Past periods: promised and come. Empty unless folds are by time.
    pub back_test: Vec<BackTestRow>,
    /// How many of those promises held.
    pub past_promises: PastPromises,
    /// Leads of which too little is known for a score.
    pub ask_first: AskFirstRecord,
    /// The grid over two groups of criteria; absent where nobody asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grades: Option<GradesRecord>,
    /// Each band, highest first.
    pub bands: Vec<BandMetrics>,
    /// Each band month by month, oldest first; empty without dates.
    pub bands_by_month: Vec<BandMonth>,
    /// Sources, segments and teams from arrival to conversion.
    pub funnels: Vec<FunnelRow>,
    /// Everything that is said beside the card.
    #[serde(flatten)]
    pub findings: Findings,
    /// Every column of the lead table.
    pub verdicts: Vec<Verdict>,
    /// Proof per criterion that nothing after as-of was used.
    pub as_of: Vec<AsOfProof>,
    /// Files that were read.
    pub inputs: Vec<InputFile>,
    /// Seconds per stage, in order. The only figures that differ between two equal runs.
    pub seconds: Vec<StageSeconds>,
    /// Things the engine did that a careful person would mention.
    pub notes: Vec<Note>,
}

impl Metrics {
    /// The text of `metrics.json`: first what is said of the card, then what can be chosen between, then everything beside it.
    ///
    /// # Errors
    /// Those of the serialiser; a number that JSON cannot hold becomes `null`.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut keys = serde_json::to_value(self)?;
        let mut ordered = serde_json::Map::new();
        if let Some(keys) = keys.as_object_mut() {
            for key in FIRST_KEYS {
                ordered.extend(keys.shift_remove_entry(key));
            }
            let last: Vec<(String, serde_json::Value)> =
                LAST_KEYS.into_iter().filter_map(|key| keys.shift_remove_entry(key)).collect();
            ordered.append(keys);
            ordered.extend(last);
        }
        serde_json::to_string_pretty(&ordered).map(|json| json + "\n")
    }
}

/// Keys that come first in `metrics.json`, in this order; those of other analyses stand between them and [`LAST_KEYS`].
const FIRST_KEYS: [&str; 34] = [
    "report",
    "horizon_days",
    "data_until",
    "n_leads",
    "n_converted",
    "verdict",
    "leads",
    "weights",
    "out_of_fold",
    "too_good",
    "baseline_logistic",
    "card",
    "settings",
    "curve",
    "folds",
    "folds_by",
    "overrides",
    "ladder",
    "reliability",
    "at_threshold",
    "policies",
    "forecast",
    "back_test",
    "past_promises",
    "ask_first",
    "grades",
    "bands",
    "bands_by_month",
    "funnels",
    "segments",
    "maturity",
    "untouched",
    "champion",
    "questions",
];
/// Keys that come last.
const LAST_KEYS: [&str; 5] = ["verdicts", "as_of", "inputs", "seconds", "notes"];

/// Leads read and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeadCounts {
    /// Leads in the table, or drawn from it.
    pub n_read: usize,
    /// How many rows of the table were read, where all did not fit into memory and some were drawn at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<DrawnRows>,
    /// Too young to say.
    pub n_immature: usize,
    /// Sales never touched them.
    pub n_untouched: usize,
    /// Left out for another reason (each has a note).
    pub n_left_out: usize,
}

/// The plain logistic regression on the same folds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineMetrics {
    /// Mean negative log likelihood, nats.
    pub log_loss: f64,
    /// Chance that a converted lead has the higher probability.
    pub auc: f64,
    /// How much lower the log loss of the card is on the same leads, nats; below 0 where it is higher. With its 90 % interval, the
    /// difference paired by lead.
    #[serde(default)]
    pub card_gain: Estimate,
}

/// Size of the card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CardMetrics {
    /// Criteria on the card.
    pub n_criteria: usize,
    /// Tables of what two criteria say together.
    #[serde(default)]
    pub n_pairs: usize,
    /// Rows on the card.
    pub n_rows: usize,
    /// Lowest score a lead can have.
    pub points_min: i32,
    /// Highest score a lead can have.
    pub points_max: i32,
    /// What the scale costs: log loss, nats, on leads the card had not seen, less that with points twice as fine.
    #[serde(default)]
    pub cost_of_scale: Estimate,
}

/// Settings chosen on held-out leads inside the training part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsMetrics {
    /// Smoothness between neighbouring bins (`ls`).
    pub smoothness: f64,
    /// Pull of every bin towards the average lead (`lr`).
    pub ridge: f64,
    /// Whether differences were re-weighted so that jumps stay sharp.
    pub reweighted: bool,
    /// Price of one more row of the card, in log likelihood (`gamma`).
    pub row_price: f64,
    /// Standard deviation of the segments' own weights in log-odds, with `segments.offsets`: how little small segments borrow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_spread: Option<f64>,
}

/// One fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoldMetrics {
    /// Its name: number, or period.
    pub fold: String,
    /// Leads the fold's card was fitted on.
    pub n_fit: usize,
    /// Leads it judged.
    pub n_judged: usize,
    /// Log loss of the fold's card on the leads it was fitted on.
    pub log_loss_fit: f64,
    /// Log loss on the leads it judged.
    pub log_loss_judged: f64,
    /// Settings the fold chose for itself.
    pub settings: SettingsMetrics,
}

/// Calibration among the leads a policy would choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThresholdMetrics {
    /// Name of the policy.
    pub policy: String,
    /// Its threshold.
    pub score: i32,
    /// Leads at or above it.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions seen / conversions promised among them.
    pub observed_over_expected: f64,
    /// 90 % interval of that ratio.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Seconds one stage took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageSeconds {
    /// The stage.
    pub stage: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

impl StageSeconds {
    /// The seconds of a stage.
    pub fn of(stage: &str, seconds: f64) -> Self {
        Self { stage: stage.to_owned(), seconds }
    }
}
