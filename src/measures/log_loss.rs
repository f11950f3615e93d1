//! Log loss: how surprised the probabilities are by what happened.

use super::cells::Cells;
use crate::math::softplus;

/// Probabilities are kept this far from 0 and 1, so that one certain error costs 36 nats instead of infinity; the same
/// floor as scikit-learn's `log_loss` uses for doubles.
pub(super) const FLOOR: f64 = f64::EPSILON;

/// Mean negative log likelihood of the outcomes, nats; lower is better, `ln 2 = 0.693` is a coin.
///
/// `-1/n sum_i [y_i ln p_i + (1 - y_i) ln(1 - p_i)]`, with `p_i` kept within `FLOOR` of 0 and 1.
///
/// - `probability`, `converted`: one entry per lead.
/// - returns: `None` without leads.
pub fn log_loss(probability: &[f64], converted: &[bool]) -> Option<f64> {
    let total: f64 = probability.iter().zip(converted).map(|(&p, &converted)| loss_of_lead(p, converted)).sum();
    mean(total, probability.len().min(converted.len()) as f64)
}

/// [`log_loss`] of counted leads.
pub fn log_loss_of_cells(cells: &Cells) -> Option<f64> {
    let total: f64 = cells
        .iter()
        .map(|cell| {
            cell.n_converted as f64 * loss_of_lead(cell.probability, true)
                + (cell.n_leads - cell.n_converted) as f64 * loss_of_lead(cell.probability, false)
        })
        .sum();
    mean(total, cells.n_leads() as f64)
}

/// Negative log likelihood of each lead by its log-odds, nats; outcomes lie in `0.0..=1.0`.
pub fn losses_of_log_odds(log_odds: &[f64], outcome: &[f64]) -> Vec<f64> {
    log_odds.iter().zip(outcome).map(|(eta, y)| softplus(*eta) - y * eta).collect()
}

/// `probability` kept within `FLOOR` of 0 and 1.
pub fn clamp_probability(probability: f64) -> f64 {
    probability.clamp(FLOOR, 1.0 - FLOOR)
}

/// Negative log likelihood of one lead, nats.
pub fn loss_of_lead(probability: f64, converted: bool) -> f64 {
    let p = clamp_probability(probability);
    if converted { -p.ln() } else { -(-p).ln_1p() }
}

fn mean(total: f64, n: f64) -> Option<f64> {
    (n > 0.0).then(|| total / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_costs_ln_2() {
        assert!((log_loss(&[0.5, 0.5], &[true, false]).expect("two leads") - std::f64::consts::LN_2).abs() < 1e-15);
    }

    #[test]
    fn a_certain_error_costs_36_nats_and_a_certain_hit_nothing() {
        assert!((log_loss(&[0.0], &[true]).expect("one lead") - 36.04).abs() < 0.01);
        assert!(log_loss(&[1.0], &[true]).expect("one lead") < 1e-15);
    }

    #[test]
    fn no_leads_have_no_loss() {
        assert_eq!(log_loss(&[], &[]), None);
        assert_eq!(log_loss_of_cells(&Cells::default()), None);
    }
}
