//! Chances: what scores are worth.

use crate::card::CurveEntry;
use crate::math::{Z90, logistic, logit};
use crate::units::Probability;

/// Chances to convert by score, from the card's own table.
#[derive(Debug, Clone, Copy)]
pub struct Chances<'a> {
    /// The card's curve, lowest score first.
    pub curve: &'a [CurveEntry],
}

impl Chances<'_> {
    /// Log-odds of a score and their standard error; a score beyond the table is worth what its nearest end is.
    pub fn log_odds(&self, score: i32) -> (f64, f64) {
        let Some(first) = self.curve.first() else { return (0.0, 0.0) };
        let position = (i64::from(score) - i64::from(first.score)).clamp(0, self.curve.len() as i64 - 1);
        let entry = &self.curve[position as usize];
        let log_odds = |basis_points: u32| logit(f64::from(basis_points) / 10_000.0);
        (log_odds(entry.probability_bp), (log_odds(entry.high_bp) - log_odds(entry.low_bp)) / (2.0 * Z90))
    }
}

/// The entry of a curve at a score: what [`Chances::log_odds`] reads back.
///
/// - `log_odds`, `error`: of the score, and their standard error; `n_leads`: judged leads with it.
pub fn curve_entry(score: i32, log_odds: f64, error: f64, n_leads: u64) -> CurveEntry {
    // The table stays off 0 and 10000: nobody is certain, and odds stay finite.
    let basis_points =
        |log_odds: f64| Probability::new(logistic(log_odds)).map_or(0, Probability::to_basis_points).clamp(1, 9_999);
    let half_width = Z90 * error;
    CurveEntry {
        score,
        probability_bp: basis_points(log_odds),
        low_bp: basis_points(log_odds - half_width),
        high_bp: basis_points(log_odds + half_width),
        n_leads,
    }
}

/// Variance of the true shifts of groups or months: what is left of the variance of the estimated ones when their own error is taken off.
pub fn spread_of(shifts: &[(f64, f64)]) -> f64 {
    let weight: f64 = shifts.iter().map(|(_, v)| v).sum();
    let weight_squared: f64 = shifts.iter().map(|(_, v)| v * v).sum();
    let room = weight - weight_squared / weight;
    if room.is_nan() || room <= 0.0 {
        return 0.0;
    }
    let mean = shifts.iter().map(|(shift, v)| shift * v).sum::<f64>() / weight;
    let q: f64 = shifts.iter().map(|(shift, v)| v * (shift - mean).powi(2)).sum();
    let n_groups = shifts.iter().filter(|(_, v)| *v > 0.0).count() as f64;
    ((q - (n_groups - 1.0)) / room).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_differ_by_chance_alone_have_no_spread() {
        // Two groups, 0.7 standard errors either way: less than chance would have it.
        assert_eq!(spread_of(&[(0.07, 100.0), (-0.07, 100.0)]), 0.0);
        // Six standard errors either way: 0.36 * 2 / 100 of excess over what chance explains.
        assert!((spread_of(&[(0.6, 100.0), (-0.6, 100.0)]) - 0.71).abs() < 1e-9);
        assert_eq!(spread_of(&[]), 0.0);
    }
}
