//! Chance: what luck alone would do, for every stage that looks for something beyond it.
//!
//! `chi_square` has its quantiles and tails, `false_discovery` keeps luck off lists that many looks have made.

mod chi_square;
mod false_discovery;

pub use chi_square::{chi_square_above, chi_square_exceeded, normal_half_width};
pub use false_discovery::{above, discoveries};
