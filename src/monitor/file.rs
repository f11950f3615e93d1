//! `monitor.json`: everything a look at a card in use has found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::read::InputFile;
use crate::decide::forecast::record::Estimate;
use crate::measures::{OutOfFoldMetrics, ReliabilityRow};
use crate::notes::Note;
use crate::quarter::{Advice, AdvisedCard};
use crate::settings::MonitorConfig;

/// `monitor.json`: whether a card in use is still right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Monitor {
    /// The card.
    pub card: MonitoredCard,
    /// The leads it was held against.
    pub leads: MonitoredLeads,
    /// What to do with the card, by the judge that `calibrate --champion` asks as well, on the leads that came since it was made. It is
    /// made for a look a quarter; gates are for every week.
    pub advice: Advice,
    /// The card that it comes to, written into the folder of this file; absent where a new card is advised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advised: Option<AdvisedCard>,
    /// Another card on the same leads; absent where none was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenger: Option<Challenger>,
    /// What can fail; any that does makes the command end with exit code 1.
    pub gates: Vec<Gate>,
    /// Whether other leads come than in the history: the score first, then each criterion of the card.
    pub drift: Drift,
    /// Leads without an answer and with answers that the card does not name, criterion by criterion.
    pub answers: Vec<Answers>,
    /// The test that may be looked at every week; `null` while no outcome is known.
    pub weekly_test: Option<WeeklyTest>,
    /// Quality of the card on the leads whose outcome is known; `null` while there are too few outcomes of either kind.
    pub quality: Option<OutOfFoldMetrics>,
    /// Promised against seen by tenth of the leads with an outcome, lowest scores first.
    pub reliability: Vec<ReliabilityRow>,
    /// Calibration at each threshold of the card.
    pub at_threshold: Vec<ThresholdPromise>,
    /// Each band, highest first.
    pub bands: Vec<BandPromise>,
    /// Each band month by month, oldest first; empty without dates.
    pub bands_by_month: Vec<BandPromise>,
    /// Leads a month against the forecast of the card's run; `null` where there is no forecast to compare with.
    pub volume: Option<LeadVolume>,
    /// Whether scores rise without conversions; `null` without dates or while there are too few weeks.
    pub inflation: Option<Inflation>,
    /// The limits in force.
    pub settings: MonitorConfig,
    /// Files that were read.
    pub inputs: Vec<InputFile>,
    /// What people call a criterion, by its name, where the card says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

impl Monitor {
    /// The same with criteria as people call them.
    pub(super) fn as_shown(&self) -> Self {
        let mut shown = self.clone();
        let names = (shown.drift.rows.iter_mut().map(|row| &mut row.name))
            .chain(shown.answers.iter_mut().map(|answers| &mut answers.criterion));
        for name in names {
            if let Some(label) = self.labels.get(name) {
                name.clone_from(label);
            }
        }
        shown
    }

    /// The gates that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(|gate| gate.result == GateResult::Failed)
    }
}

/// The card that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitoredCard {
    /// SHA-256 of its file, hex.
    pub sha256: String,
    /// Engine and version that made it.
    pub engine: String,
    /// Leads it was fitted on.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Last hand-off it was fitted on; `null` where those leads had no dates.
    pub last_as_of: Option<String>,
}

/// Another card beside the one in use, on the leads with an outcome that came since both were made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Challenger {
    /// The other card.
    pub card: MonitoredCard,
    /// Leads that both are held against.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions that the card in use predicted.
    pub n_expected_in_use: f64,
    /// Conversions that the challenger predicted.
    pub n_expected_challenger: f64,
    /// Brier score of the card in use: mean square of chance less outcome; lower is better.
    pub brier_in_use: f64,
    /// That of the challenger.
    pub brier_challenger: f64,
    /// Leads on which the cards are so far apart that they count in part.
    pub n_in_part: u64,
    /// Chance that the interval misses at any look, however often one looks.
    pub misses: f64,
    /// Whose chances were nearer what happened.
    pub verdict: ChallengerVerdict,
    /// Day of hand-off of the last lead of the first look since which it has been so at every one; `null` where it is too close to call,
    /// and without dates.
    pub since_day: Option<String>,
    /// Leads it took until then.
    pub since_n_leads: Option<u64>,
    /// The difference week by week of hand-off, or by fiftieth of the leads without dates.
    pub looks: Vec<ChallengerLook>,
}

/// Whose chances were nearer what happened, on average of the leads so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChallengerVerdict {
    /// Those of the card in use.
    InUseBetter,
    /// Those of the challenger.
    ChallengerBetter,
    /// Nobody can say yet.
    TooClose,
}

/// The difference of the two cards after some of the leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChallengerLook {
    /// Last day of hand-off of these leads; `null` without dates.
    pub day: Option<String>,
    /// Leads so far.
    pub n_leads: u64,
    /// Brier score of the card in use less that of the challenger, on average; above 0 the challenger is better.
    pub gain: f64,
    /// Lower end of its interval, which holds at all looks together.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Leads of which too little is known for their score: in no band, at no threshold and in no volume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskFirstCounts {
    /// How many.
    pub n_leads: usize,
    /// Of those, with a known outcome.
    pub n_judged: usize,
    /// Of those, how many converted.
    pub n_converted: usize,
}

/// The leads a card was held against.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitoredLeads {
    /// Rows of the lead table.
    pub n_read: usize,
    /// Handed off before the time that is looked at.
    pub n_before: usize,
    /// Left out because they are no hand-off that a card could be asked about: twice in the table, without an id or a time,
    /// handed off after they had converted.
    pub n_left_out: usize,
    /// Never touched by sales: left out, as in the history.
    pub n_untouched: usize,
    /// Compared with the history.
    pub n_compared: usize,
    /// Of those, too young to say whether they convert.
    pub n_too_young: usize,
    /// Of those, without a known outcome for another reason.
    pub n_unknown: usize,
    /// Of those, with a known outcome.
    pub n_judged: usize,
    /// Of the judged ones, how many converted.
    pub n_converted: usize,
    /// Of the compared ones, those to ask first; absent for a card by which every lead has a band by its score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_first: Option<AskFirstCounts>,
    /// Conversions that the card promised of the judged ones.
    pub n_expected: f64,
    /// First hand-off compared, RFC 3339; `null` without dates.
    pub first_as_of: Option<String>,
    /// Last hand-off compared.
    pub last_as_of: Option<String>,
}

/// One thing that can fail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// Which one.
    pub gate: GateName,
    /// How it went.
    pub result: GateResult,
    /// What was seen.
    pub said: String,
    /// What to do about it; `null` unless it failed.
    pub advice: Option<String>,
    /// Chance that it ever fails for a card that is right, however often one looks; those of all gates add up to the one in the
    /// settings.
    pub false_alarms: f64,
}

/// The gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateName {
    /// Other leads come than in the history.
    Drift,
    /// Answers that the card does not name.
    NewLevels,
    /// Answers that are no longer given.
    Missing,
    /// The test that may be looked at every week.
    WeeklyTest,
    /// Conversions seen for each one predicted, at the thresholds.
    Threshold,
}

impl GateName {
    /// As people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::NewLevels => "new answers",
            Self::Missing => "missing answers",
            Self::WeeklyTest => "weekly test",
            Self::Threshold => "thresholds",
        }
    }
}

/// How a gate went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateResult {
    /// Nothing to worry about.
    Passed,
    /// Beyond the limit, and surely so however often one has looked.
    Failed,
    /// Too little is known to say.
    NotJudged,
}

impl GateResult {
    /// As people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::NotJudged => "cannot say",
        }
    }
}

/// Whether other leads come than in the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// Chance that any of the comparisons passes its limit although nothing has changed.
    pub family_tail: f64,
    /// How it is shared out among the comparisons.
    pub adjusted: String,
    /// One per comparison: the score first.
    pub rows: Vec<DriftRow>,
}

/// The score or one criterion, compared with the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftRow {
    /// `score`, or the criterion.
    pub name: String,
    /// Whether this is the score.
    pub is_score: bool,
    /// Population stability index; `null` where there is nothing to compare.
    pub psi: Option<f64>,
    /// What the index stays below by chance, adjusted for the number of comparisons.
    pub limit: Option<f64>,
    /// Groups of levels that were compared.
    pub n_groups: usize,
    /// A stake bet on the index lying above the gate's limit has become 10 to this power; `null` where there is nothing to compare.
    pub log10_beyond: Option<f64>,
    /// What to make of it.
    pub verdict: DriftVerdict,
    /// The levels that moved most, at most three; empty where chance explains the difference.
    pub moved: Vec<MovedLevel>,
}

/// What to make of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftVerdict {
    /// Too few leads, or one level only.
    CannotSay,
    /// Chance explains it. Of the score also: below 0.1, because the history was scored by the cards of its folds.
    Steady,
    /// Beyond chance, below 0.1: real and small.
    Small,
    /// Beyond chance, 0.1 to 0.25.
    Moderate,
    /// Beyond chance, 0.25 and more.
    Large,
}

impl DriftVerdict {
    /// As people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::CannotSay => "cannot say",
            Self::Steady => "as before",
            Self::Small => "small, real",
            Self::Moderate => "moderate",
            Self::Large => "large",
        }
    }
}

/// A level whose share of the leads changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MovedLevel {
    /// The level, or a range of points.
    pub level: String,
    /// Share of the leads in the history.
    pub before: f64,
    /// Share of the leads now.
    pub now: f64,
}

/// Missing and unnamed answers of one criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answers {
    /// The criterion.
    pub criterion: String,
    /// Share of the leads without an answer in the history.
    pub missing_before: f64,
    /// Share now.
    pub missing_now: f64,
    /// Share of the leads in the history whose answer the card does not name, because it was rare; `null` where answers are not
    /// texts.
    pub unnamed_before: Option<f64>,
    /// Share now, of answers that are rare or new.
    pub unnamed_now: Option<f64>,
    /// A stake bet on the share of missing answers lying above the gate's limit has become 10 to this power.
    pub log10_missing_beyond: f64,
    /// The same for answers that the card does not name; `null` where answers are not texts.
    pub log10_unnamed_beyond: Option<f64>,
    /// Distinct answers that the card does not name.
    pub n_unnamed: usize,
    /// The commonest of them.
    pub unnamed: Vec<UnnamedAnswer>,
}

/// An answer that the card does not name; it gets the points of the level that takes the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnnamedAnswer {
    /// The answer.
    pub answer: String,
    /// Leads that gave it.
    pub n_leads: u64,
}

/// A bet against the card, lead by lead; see the method in the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeeklyTest {
    /// Leads with an outcome, in the order of hand-off.
    pub n_leads: u64,
    /// Chance of ever raising an alarm against a card that is right, however often one looks: its part of the one in the settings.
    pub false_alarms: f64,
    /// What a right card is allowed to be off by.
    pub allowed: Allowed,
    /// The stake has grown to 10 to this power; below 0 it has shrunk.
    pub log10_evidence: f64,
    /// The most it had grown to.
    pub log10_highest: f64,
    /// At this power of 10 the alarm is raised.
    pub log10_alarm: f64,
    /// The first alarm; it stays.
    pub alarm: Option<WeeklyAlarm>,
    /// The evidence week by week of hand-off, or by fiftieth of the leads without dates.
    pub looks: Vec<Look>,
}

/// By how much a right card may be off, in the weekly test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AllowedError")]
pub struct Allowed {
    /// Standard deviation of its curve as a whole, log-odds: from the intervals on the card.
    pub curve_sd: f64,
    /// Standard deviation of single months, log-odds: from the months of the card's history, where they are known.
    pub month_sd: f64,
    /// Leads that tell as much as one would on its own: weekly sums vary by so much more than by chance.
    pub repeats: f64,
}

/// An alarm of the weekly test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WeeklyAlarm {
    /// Leads it took.
    pub n_leads: u64,
    /// Hand-off of the last of them, as a day; `null` without dates.
    pub day: Option<String>,
    /// What is wrong.
    pub fault: FaultName,
}

/// What the weekly test found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultName {
    /// More leads convert than predicted.
    Higher,
    /// Fewer leads convert than predicted.
    Lower,
    /// The score tells leads apart less than predicted.
    Flatter,
    /// The score tells leads apart more than predicted.
    Steeper,
}

impl FaultName {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Higher => "more leads convert than predicted",
            Self::Lower => "fewer leads convert than predicted",
            Self::Flatter => "the score tells leads apart less than predicted",
            Self::Steeper => "the score tells leads apart more than predicted",
        }
    }
}

/// The weekly test after some of the leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// Last day of hand-off of these leads; `null` without dates.
    pub day: Option<String>,
    /// Leads so far.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised.
    pub n_expected: f64,
    /// The stake has grown to 10 to this power.
    pub log10_evidence: f64,
}

/// Calibration among the leads at or above a threshold of the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThresholdPromise {
    /// Name of the policy.
    pub name: String,
    /// The policy in words.
    pub rule: String,
    /// The threshold.
    pub score: i32,
    /// Judged leads at or above it.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised.
    pub n_expected: f64,
    /// Conversions seen / promised; `null` without leads.
    pub observed_over_expected: Option<f64>,
    /// 95 % interval of that ratio for one look, adjusted for the number of thresholds.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// A stake bet on the ratio lying outside the gate's limits has become 10 to this power.
    pub log10_beyond: f64,
}

/// One band, over all months or in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BandPromise {
    /// Month of hand-off, "2026-01"; `null` over all months.
    pub month: Option<String>,
    /// hot, nurture, reject.
    pub band: String,
    /// Judged leads.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised.
    pub n_expected: f64,
    /// Conversions seen / promised; `null` without leads.
    pub observed_over_expected: Option<f64>,
    /// 90 % interval of that ratio.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Leads a month against the forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Volume")]
pub struct LeadVolume {
    /// Months the compared leads span.
    pub n_months: f64,
    /// Months the forecast was made for.
    pub n_forecast_months: f64,
    /// One per policy with one line for everyone.
    pub rows: Vec<VolumeRow>,
}

/// Leads a month under one policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VolumeRow {
    /// Name of the policy.
    pub policy: String,
    /// The rule in words.
    pub rule: String,
    /// Leads a month as forecast, with the 90 % interval; widened where the leads span less time than the forecast.
    pub promised: Estimate,
    /// Leads a month that came.
    pub came: f64,
    /// Whether what came lies within the interval.
    pub is_within: bool,
}

/// Whether scores rise without conversions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inflation {
    /// Change of the mean score per month.
    pub score: MonthlyChange,
    /// Change per month of conversions seen less promised, per lead; `null` while too few weeks have outcomes.
    pub excess: Option<MonthlyChange>,
    /// What to make of it.
    pub verdict: InflationVerdict,
    /// Each month.
    pub months: Vec<MonthScores>,
}

/// A change per month with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Trend")]
pub struct MonthlyChange {
    /// Change per month.
    pub per_month: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What to make of the trend of the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InflationVerdict {
    /// The mean score does not rise, beyond chance.
    NoRise,
    /// It rises, and nothing says that conversions do not rise with it.
    Rise,
    /// It rises, and conversions fall behind what it promises.
    Inflated,
}

/// Scores of one month of hand-off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonthScores {
    /// "2026-01".
    pub month: String,
    /// Leads compared.
    pub n_leads: u64,
    /// Their mean score; `null` in a month without leads.
    pub mean_score: Option<f64>,
    /// Leads of them with an outcome.
    pub n_judged: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised of them.
    pub n_expected: f64,
}
