//! Checks: what each column of the lead table is, and what the config left open.
//!
//! In: the lead table, the config, and, for the verdicts, the labelled leads. Out: roles ([`complete_roles`]) and a verdict
//! with a reason for every column ([`judge_columns`]).

mod judge;
mod leak;
mod names;
mod roles;
mod sample;
#[cfg(test)]
mod tests;
mod values;

pub use judge::{judge_columns, judge_notes};
pub use roles::{complete_roles, guess_outcome};
