//! What `metrics.json` says of leads to talk about: answers on the card only, nothing that names a lead.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Judged leads that sales and marketing can talk through.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Examples {
    /// The line they lie around: fewest points of a lead that is handed over.
    pub line: i32,
    /// Leads around the line, highest score first.
    pub at_the_line: Vec<ExampleLead>,
    /// Leads that converted although little was expected of them, the greatest surprise first.
    pub unexpected_wins: Vec<ExampleLead>,
    /// Leads that did not convert although much was expected of them, the greatest surprise first.
    pub unexpected_losses: Vec<ExampleLead>,
}

/// A lead as the card sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExampleLead {
    /// Points.
    pub score: i32,
    /// Chance to convert, by a curve that had not seen it.
    pub probability: f64,
    /// What happened.
    pub converted: bool,
    /// Its answers, those with the widest range of points first.
    pub answers: Vec<ExampleAnswer>,
}

/// An answer of a lead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExampleAnswer {
    /// The criterion.
    pub criterion: String,
    /// What the card calls the answer.
    pub answer: String,
    /// Its points.
    pub points: i32,
}
