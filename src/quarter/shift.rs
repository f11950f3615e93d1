//! Shift: a move of all log-odds by one number.
//!
//! Always true: at the best move as many conversions are predicted as came.

use crate::math::{logistic, softplus};
use crate::measures::{Steps, logistic_shift};

/// What leads tell of a move of all log-odds: the inverse of its variance.
pub(crate) fn information(log_odds: &[f64], shift: f64) -> f64 {
    let tells = |eta: &f64| logistic(eta + shift) * logistic(-eta - shift);
    log_odds.iter().map(tells).sum::<f64>().max(f64::MIN_POSITIVE)
}

/// Log likelihood with all log-odds moved, nats.
pub(crate) fn likelihood(log_odds: &[f64], outcome: &[f64], shift: f64) -> f64 {
    log_odds.iter().zip(outcome).map(|(eta, y)| y * (eta + shift) - softplus(eta + shift)).sum()
}

/// The move of all log-odds with the best likelihood.
pub(crate) fn best_shift(log_odds: &[f64], outcome: &[f64]) -> f64 {
    let steps = Steps { longest: 2.0, tolerance: 1e-10, at_most: 100 };
    let excess = |shift: f64| {
        let (mut excess, mut curvature) = (0.0, 1e-12);
        for (eta, y) in log_odds.iter().zip(outcome) {
            let p = logistic(eta + shift);
            excess += p - y;
            curvature += p * (1.0 - p);
        }
        (excess, curvature)
    };
    logistic_shift(0.0, &steps, excess).estimate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shift_brings_promises_to_what_came() {
        let log_odds = [-1.0, 0.0, 1.0, -2.0];
        let outcome = [0.0, 1.0, 1.0, 1.0];
        let shift = best_shift(&log_odds, &outcome);
        let promised: f64 = log_odds.iter().map(|eta| logistic(eta + shift)).sum();
        assert!((promised - 3.0).abs() < 1e-8, "{promised}");
    }
}
