//! What `metrics.json` says of leads that are too young: how long conversions take, and what was made of those leads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Leads whose horizon is still open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MaturityMetrics {
    /// `model`: they took part in fit and curve for as much as they tell; `exclude`: they are in none of the figures.
    pub in_force: String,
    /// How many they are.
    pub n_open: usize,
    /// Of those, how many have converted already.
    pub n_open_converted: usize,
    /// Of those, how many are expected to have converted when their horizon is over; `null` where they took no part.
    pub n_open_expected: Option<f64>,
    /// Conversions that tell how long conversions take.
    pub n_conversions: usize,
    /// Days after which half of the conversions within the horizon have come.
    pub half_seen_days: f64,
    /// Share of the conversions within the horizon that have come by each age.
    pub seen: Vec<SeenByAge>,
    /// Whether conversions of high-scored leads take longer; `null` with too few conversions to say.
    pub by_score: Option<DelayByScore>,
    /// Leads a month at the line of each policy: judged ones, and those still open. Policies with a line per group are left
    /// out, and all are where the open leads took no part.
    pub volume: Vec<RecentVolume>,
}

impl MaturityMetrics {
    /// Whether open leads took part in fit and curve.
    pub fn takes_part(&self) -> bool {
        self.n_open_expected.is_some()
    }
}

/// Share of the conversions seen by an age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenByAge {
    /// Days after the hand-off.
    pub days: f64,
    /// Share of the conversions within the horizon that have come by then.
    pub share: f64,
    /// 90 % interval of that share.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Delays of conversions with scores up to the middle one, and above it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DelayByScore {
    /// Conversions with low scores.
    pub n_low: usize,
    /// Conversions with high scores.
    pub n_high: usize,
    /// Days after which half of all conversions have come.
    pub days: f64,
    /// Share of the low-scored that have come by then.
    pub low_share: f64,
    /// Share of the high-scored.
    pub high_share: f64,
    /// Log-rank statistic; beyond 2.6 either way it is no chance. Positive where high-scored leads take longer.
    pub z: f64,
    /// Whether the difference is no chance and large enough to matter; then open leads take no part.
    pub depends: bool,
}

/// Leads a month at the line of a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecentVolume {
    /// Name of the policy.
    pub policy: String,
    /// Its line.
    pub threshold: i32,
    /// Judged leads a month that it would have chosen.
    pub leads_per_month: f64,
    /// Leads a month among those still open, by scores of a card that had not seen them.
    pub open_leads_per_month: f64,
}
