//! Frontier: lead volume against conversion, for every threshold, from leads the card had not seen.

use crate::labels::LeadIds;

/// One entry per judged lead in every vector: its score and probability come from a card and a curve that never saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// Names of the judged leads.
    pub ids: LeadIds,
    /// Row in the lead table as read.
    pub rows: Vec<u32>,
    /// Number of the fold that judged the lead.
    pub fold: Vec<u16>,
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<Vec<i64>>,
    /// Points on the scale of the shipped card.
    pub score: Vec<i32>,
    /// Probability of conversion, `0.0..=1.0`.
    pub probability: Vec<f64>,
    /// What happened.
    pub converted: Vec<bool>,
}
