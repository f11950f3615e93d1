//! What `metrics.json` says of leads that sales never touched.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Leads that sales never touched, beside the judged ones of the same time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UntouchedMetrics {
    /// Untouched leads that were scored, by cards that had not seen them.
    pub n_untouched: u64,
    /// Judged leads: touched, with a fair outcome.
    pub n_touched: u64,
    /// Share touched by score, lowest scores first.
    pub coverage: Vec<CoverageRow>,
    /// What a threshold would bring if untouched leads convert better or worse than touched ones of the same score, for every
    /// threshold of `frontier.parquet`, lowest first.
    pub thresholds: Vec<OddsBand>,
    /// The same at the line of each policy, and what would settle it.
    pub policies: Vec<UntouchedPolicy>,
}

/// One range of scores.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageRow {
    /// Lowest score of the range.
    pub score_from: i32,
    /// Highest score of the range.
    pub score_to: i32,
    /// Leads in it.
    pub n_leads: u64,
    /// Of those, how many were touched.
    pub n_touched: u64,
    /// 90 % interval of the share touched.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Almost none were touched: what such leads would do is a guess.
    pub is_thin: bool,
}

/// One threshold over touched and untouched leads together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OddsBand {
    /// Fewest points of a chosen lead.
    pub threshold: i32,
    /// Touched leads at or above it.
    pub n_touched: u64,
    /// Of those, how many converted.
    pub n_wins: u64,
    /// Untouched leads at or above it.
    pub n_untouched: u64,
    /// Conversion of all of them, if the untouched convert at half the odds of touched leads with the same score.
    pub conversion_at_half_odds: f64,
    /// At the same odds.
    pub conversion_at_same_odds: f64,
    /// At twice the odds.
    pub conversion_at_double_odds: f64,
}

/// A policy over touched and untouched leads together. Counts are per month (per 1,000 leads without dates).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UntouchedPolicy {
    /// Name of the policy.
    pub policy: String,
    /// Its line.
    pub band: OddsBand,
    /// Touched leads at or above the line.
    pub touched_per: f64,
    /// Untouched leads at or above the line.
    pub untouched_per: f64,
    /// Wins that the untouched ones at or above the line would have added at half the odds.
    pub wins_at_half_odds: f64,
    /// At the same odds.
    pub wins_at_same_odds: f64,
    /// At twice the odds.
    pub wins_at_double_odds: f64,
    /// Random hand-offs below the line that would settle it; `null` where no untouched lead lies below it.
    pub random_hand_offs: Option<RandomHandOffs>,
}

/// Untouched leads below a line to hand to sales at random.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RandomHandOffs {
    /// How many.
    pub n_leads: u64,
    /// Conversions to expect among them, at the same odds.
    pub n_wins: f64,
    /// Such leads that come along: per month (per 1,000 leads without dates).
    pub available_per: f64,
    /// The 90 % interval of their odds against those of touched leads would then reach from the estimate divided by this to the
    /// estimate times this.
    pub factor: f64,
}
