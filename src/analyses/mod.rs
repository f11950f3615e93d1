//! Analyses: everything that is said beside the card, one folder each.

pub mod censored;
pub mod champion;
pub mod overrides;
pub mod questions;
pub mod segments;
pub mod untouched;
