//! Folds: who is fitted, who is judged. Nobody is judged by a card that saw them.

/// The folds, in judging order.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldPlan {
    /// How they were made, in a sentence for report and metrics.
    pub sentence: String,
    /// By time: a fold's curve may learn from earlier folds only.
    pub is_by_time: bool,
    /// At least two.
    pub folds: Vec<Fold>,
}

/// One fold: positions of labelled leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    /// Its number, or its period ("2026-01-01 to 2026-03-31").
    pub name: String,
    /// Leads its card is fitted on, ascending.
    pub fit: Vec<u32>,
    /// Leads it judges, ascending; disjoint from `fit` and from every other fold's.
    pub judge: Vec<u32>,
}
