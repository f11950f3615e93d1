//! What `metrics.json` says of the decision in force.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was chosen, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChosenLine {
    /// Who chose what, and why, as a sentence without its full stop.
    pub reason: String,
    /// Fewest points of a lead that is handed over.
    pub line: i32,
    /// Day from which it holds; absent where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// Day on which it is looked at again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// Leads since then; absent where nobody says from when, or leads have no dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<SinceChosen>,
}

/// Leads handed off since a decision, by the card that ships.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SinceChosen {
    /// Hand-offs since then.
    pub n_handed_off: u64,
    /// Of those, at the line or above.
    pub n_leads: u64,
    /// Of those, with an outcome.
    pub n_with_outcome: u64,
    /// Of those, converted.
    pub n_converted: u64,
}
