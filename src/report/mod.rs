//! Report: what a run found, for people to read.
//!
//! In: the card read back, metrics, frontier and policies. Out: the [`summary()`] on the terminal, and the
//! [`check_report`].
//!
//! `summary` says what, `table` lines it up, `words` writes numbers and sentences as people do. Always true: no line is
//! wider than 100 columns; without colour nothing is lost; a name from the data cannot move the cursor.

mod check;
mod summary;
mod table;
#[cfg(test)]
mod testing;
mod words;

pub use check::{CheckParts, check_report};
pub use summary::{SummaryParts, summary};
