//! Censoring: what leads whose horizon is not over yet can tell.
//!
//! In: when leads converted, how old they were, and their scores. Out: a [`DelayCurve`] (share of the conversions seen by an
//! age), what a right-censored lead counts for in a fit ([`CensoredLead::counts_for`]), and whether delays depend on the score
//! ([`compare_delays`]).
//!
//! Start at [`DelayCurve::estimate`]. `delays` estimates, `dependence` tests, `leads` says which are right-censored at a
//! moment and how they count.
//!
//! Always true: whatever is said of a moment uses only what was known then.

mod delays;
mod dependence;
mod leads;

pub use delays::{DelayCurve, MIN_CONVERSIONS, SeenConversion};
pub use dependence::{DelayComparison, compare_delays};
pub use leads::{CensoredLead, PartialOutcome, Timeline};
