//! Maturity: what leads whose horizon is still open can tell.
//!
//! In: when leads converted, how old they were, and their scores. Out: a [`DelayCurve`] (share of the conversions seen by an
//! age), what an open lead counts for in a fit ([`OpenLead::counts_for`]), and whether delays depend on the score
//! ([`compare_delays`]).
//!
//! Start at [`DelayCurve::estimate`]. `delays` estimates, `dependence` tests, `open` says which leads are open at a moment
//! and how they count.
//!
//! Always true: whatever is said of a moment uses only what was known then.

mod delays;
mod dependence;
mod open;

pub use delays::{DelayCurve, MIN_CONVERSIONS, SeenConversion};
pub use dependence::{DelayComparison, compare_delays};
pub use open::{OpenLead, OpenLeads, Timeline};
