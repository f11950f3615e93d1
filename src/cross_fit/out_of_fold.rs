//! Held-out leads side by side, one entry per lead.

use crate::data::labels::{LabelledLeads, LeadIds};

/// One entry per held-out lead in every vector: its score and probability come from a card and a curve that never saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// Position of the lead among the labelled ones, ascending.
    pub leads: Vec<u32>,
    /// Names of the leads.
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

/// Scores by the card of a fold, on the scale of the card that ships.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldScores {
    /// Of the leads of [`Fold::judge`](super::folds::Fold::judge).
    pub judged: Vec<i32>,
    /// Of the leads of [`Fold::unlabelled`](super::folds::Fold::unlabelled).
    pub unlabelled: Vec<i32>,
}

/// A held-out lead as its fold leaves it.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldOutLead {
    pub lead: u32,
    pub fold: u16,
    pub score: i32,
    pub probability: f64,
}

impl OutOfFold {
    /// Puts held-out leads into the order of the lead table.
    pub(super) fn gather(mut held_out: Vec<HeldOutLead>, leads: &LabelledLeads) -> Self {
        // The leads of each fold are in order already, which this sort finds out and the unstable one does not.
        held_out.sort_by_key(|one| one.lead);
        let positions: Vec<usize> = held_out.iter().map(|one| one.lead as usize).collect();
        Self {
            leads: held_out.iter().map(|one| one.lead).collect(),
            ids: leads.ids.select(&positions),
            rows: positions.iter().map(|&lead| leads.rows[lead]).collect(),
            fold: held_out.iter().map(|one| one.fold).collect(),
            as_of: leads.as_of.as_ref().map(|as_of| positions.iter().map(|&lead| as_of[lead]).collect()),
            score: held_out.iter().map(|one| one.score).collect(),
            probability: held_out.iter().map(|one| one.probability).collect(),
            converted: positions.iter().map(|&lead| leads.converted[lead]).collect(),
        }
    }

    /// Number of held-out leads.
    pub fn n_leads(&self) -> usize {
        self.score.len()
    }
}
