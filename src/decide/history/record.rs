//! What `metrics.json` says of the past: promises of earlier periods against what came, bands by month, funnels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decide::forecast::record::Estimate;

/// One past period under one policy: what the cards fitted before it promised, and what happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackTestRow {
    /// The period, as the fold is named: "2026-01-01 to 2026-03-31".
    pub period: String,
    /// Months it lasted.
    pub n_months: f64,
    /// Name of the policy.
    pub policy: String,
    /// The threshold that the policy would have come to on the periods before.
    pub threshold: i32,
    /// Leads promised for the period.
    pub promised_leads: Estimate,
    /// Leads that came.
    pub leads: f64,
    /// Conversion promised.
    pub promised_conversion: Estimate,
    /// Conversion that came.
    pub conversion: f64,
    /// Wins promised.
    pub promised_wins: Estimate,
    /// Wins that came.
    pub wins: f64,
    /// Wins that came / sum of the probabilities that the curve of the time gave to the chosen leads.
    pub observed_over_expected: f64,
    /// 90 % interval of that ratio.
    pub observed_over_expected_low: f64,
    /// Upper end.
    pub observed_over_expected_high: f64,
}

/// How the promises of [`BackTestRow`]s held: leads, wins and conversion of every policy in every period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PastPromises {
    /// Intervals promised.
    pub n_promises: usize,
    /// Of those, how many held what came; nine in ten should.
    pub n_held: usize,
    /// Of the promises of leads.
    pub n_leads_held: usize,
    /// Of the promises of wins.
    pub n_wins_held: usize,
    /// Of the promises of conversion.
    pub n_conversion_held: usize,
    /// Next quarter's intervals of leads are so many times as wide as leads, line and chance alone would have them; 1 and more.
    pub leads_factor: f64,
    /// The same for wins.
    pub wins_factor: f64,
    /// The same for conversion.
    pub conversion_factor: f64,
}

impl Default for PastPromises {
    fn default() -> Self {
        Self {
            n_promises: 0,
            n_held: 0,
            n_leads_held: 0,
            n_wins_held: 0,
            n_conversion_held: 0,
            leads_factor: 1.0,
            wins_factor: 1.0,
            conversion_factor: 1.0,
        }
    }
}

/// One band over the whole history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BandMetrics {
    /// hot, nurture, reject.
    pub band: String,
    /// Lowest score of the band; `null` for the last one.
    pub from: Option<i32>,
    /// Leads in it.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised: the sum of the probabilities.
    pub n_expected: f64,
    /// 90 % interval of the share that converted.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One band in one month.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BandMonth {
    /// The month of hand-off: "2026-01".
    pub month: String,
    /// hot, nurture, reject.
    pub band: String,
    /// Leads of the band.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised.
    pub n_expected: f64,
    /// 90 % interval of the share that converted.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Leads of one source, segment or team, from arrival to conversion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelRow {
    /// What it is a funnel by: `source`, `segment` or `team`.
    pub by: String,
    /// The source, segment or team.
    pub name: String,
    /// Leads.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised.
    pub n_expected: f64,
    /// 90 % interval of the share that converted.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Leads in the band `hot`.
    pub n_hot: u64,
    /// Of those, how many converted.
    pub n_hot_converted: u64,
    /// Leads in the band `nurture`.
    pub n_nurture: u64,
    /// Leads in the band `reject`.
    pub n_reject: u64,
}
