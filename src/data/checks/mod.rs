//! Checks: what each column of the lead table is, and what the config left open.
//!
//! In: the lead table, the config, and, for the verdicts, the labelled leads. Out: roles ([`complete_outcome`],
//! [`complete_roles`]) and a verdict with a reason for every column ([`classify_columns`]).

mod classify;
mod groups;
mod leak;
mod level_order;
pub(in crate::data) mod names;
mod outcome_role;
mod roles;
mod sample;
#[cfg(test)]
mod tests;
mod values;

pub use classify::{classification_notes, classify_columns};
pub use groups::guess_group;
pub use level_order::natural_order;
pub use outcome_role::complete_outcome;
pub use roles::{complete_roles, may_get_role};
