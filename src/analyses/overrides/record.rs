//! Points set by hand and what they cost, as they stand in `metrics.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decide::forecast::record::Estimate;

/// What the overrides of the config did, on leads that the card judging them had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverrideMetrics {
    /// Each override.
    pub rows: Vec<OverrideRow>,
    /// Leads judged.
    pub n_judged: usize,
    /// Mean log loss with fitted points, nats; lower is better.
    pub log_loss_fitted: f64,
    /// Mean log loss with all overrides.
    pub log_loss: f64,
    /// Standard error of the difference, over the same leads.
    pub log_loss_change_se: f64,
    /// What each policy chose with and without them, among the judged leads; policies with a line per group are left out.
    pub policies: Vec<OverridePolicy>,
}

/// One override.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverrideRow {
    /// The criterion.
    pub criterion: String,
    /// The level.
    pub level: String,
    /// Points it has.
    pub points: i32,
    /// Points the fit gave it.
    pub fitted_points: i32,
    /// Who set them.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Last day they hold, `2026-12-31`; `null` until somebody takes the override out.
    pub until: Option<String>,
    /// Leads of the history whose score it changes.
    pub n_leads: usize,
    /// Change of the mean log loss if it were the only override, nats; above 0 it makes the card worse.
    pub log_loss_change: f64,
}

/// A policy with and without the overrides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverridePolicy {
    /// Name of the policy.
    pub policy: String,
    /// Judged leads it chose; tied leads count in part.
    pub n_leads: f64,
    /// Of those, how many it would not have chosen with fitted points.
    pub n_swapped: f64,
    /// Conversions among as many of the best leads by fitted points.
    pub wins_fitted: f64,
    /// Conversions among the leads it chose.
    pub wins: f64,
    /// The difference, with a 90 % interval for the luck of the leads that were swapped.
    pub difference: Estimate,
}
