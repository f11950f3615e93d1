//! Checks: what each column of the lead table is, and what the config left open.
//!
//! In: the lead table, the config, and, for the verdicts, the labelled leads. Out: roles ([`complete_roles`]) and a verdict
//! with a reason for every column ([`classify_columns`]).

mod belongs;
mod classify;
mod leak;
mod names;
mod roles;
mod sample;
#[cfg(test)]
mod tests;
mod values;

pub use classify::{classification_notes, classify_columns};
pub use roles::{complete_roles, guess_outcome, may_get_role, outcome_unknown};
