//! What can stop a calibration once the data are read.

use super::folds::FoldError;
use crate::model::fit::FitError;
use crate::model::overrides::OverrideError;

/// A fit that cannot be, or leads of which nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum CrossFitError {
    /// The folds cannot be made.
    #[error(transparent)]
    Folds(#[from] FoldError),
    /// The fit failed.
    #[error("cannot fit the card")]
    Fit(#[from] FitError),
    /// An override names what is not there.
    #[error(transparent)]
    Overrides(#[from] OverrideError),
    /// A pair names what is no criterion.
    #[error("`pair.of`: `{name}` is no criterion of these leads\nhint: the criteria are {known}")]
    NoSuchCriterion {
        /// What was named.
        name: String,
        /// The criteria there are.
        known: String,
    },
    /// No criterion is left.
    #[error(
        "no column of the lead table can be a criterion\nhint: `bantam check` says of every column what it was taken for, and why"
    )]
    NoCriteria,
    /// Nothing can be said of the held-out leads.
    #[error(
        "the {n_leads} leads that folds could judge all have the same outcome\n\
         hint: use a longer history, or `folds.by = \"random\"` (--folds random:5)"
    )]
    OneOutcomeJudged {
        /// Leads that were judged.
        n_leads: usize,
    },
    /// Nothing predicts.
    #[error(
        "none of the {n_criteria} criteria tells converted leads from others: the best card is an empty one\n\
         hint: add what sales asks in conversation (budget, authority, need, timing), or more history"
    )]
    NothingToTell {
        /// Criteria that were tried.
        n_criteria: usize,
    },
}
