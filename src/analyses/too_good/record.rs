//! What `metrics.json` says of a card that is too good to be true.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Held-out figures that are too good to be true.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TooGood {
    /// AUC on leads the card had not seen.
    pub auc: f64,
    /// Whether the config calls all suspects known at hand-off.
    pub is_confirmed: bool,
    /// The criteria that make it so, those that the card would miss most first.
    pub suspects: Vec<Suspect>,
}

/// A criterion without which the card would be like others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Suspect {
    /// Its name.
    pub criterion: String,
    /// AUC of the card fitted without it.
    pub auc_without: f64,
    /// AUC of its points alone.
    pub auc_alone: f64,
    /// What the AUC of the card loses without it.
    pub takes: f64,
    /// Whether the config calls it known at hand-off.
    pub is_known: bool,
}
