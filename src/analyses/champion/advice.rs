//! Keep the champion, move its curve, or take the new card: by log likelihood on leads it had not seen, less what chance alone
//! would gain in one of twenty quarters.
//!
//! Three steps of the same ladder, as in the closed test of Vergouwe et al. (2017), *Statistics in Medicine* 36, 4529-4539: the
//! champion as it stands; its curve moved by one number; other points on each of its rows. A step is taken only if it gains more
//! than chance would.

use faer::{Mat, Side};

use super::{Both, has_enough, log_odds};
use crate::analyses::champion::record::{Action, Advice, AdviceReason, ChampionSides};
use crate::math::{logistic, softplus};
use crate::measures::{Steps, chi_square_exceeded, logistic_shift};
use crate::model::overrides::level_of_cells;

/// A step is taken if chance gains as much in no more than so many cases.
const BY_CHANCE: f64 = 0.05;

/// Prior precision of how far the worth of a row moves in log-odds: rows seldom move by more than half of one.
const PRECISION: f64 = 4.0;

/// - `came_since`: leads the champion had not seen; `None` where nobody can tell, then all labelled ones have to do.
pub(super) fn advise(both: &Both<'_>, came_since: Option<&[u32]>, sides: &ChampionSides) -> Advice {
    let everyone: Vec<u32> = (0..both.leads.n_leads() as u32).collect();
    let leads = came_since.unwrap_or(&everyone);
    let won = |lead: u32| both.leads.converted[lead as usize];
    let promised: Vec<f64> =
        leads.iter().map(|&lead| log_odds(&both.champion.card, both.champion_scores[lead as usize])).collect();
    let outcome: Vec<f64> = leads.iter().map(|&lead| f64::from(u8::from(won(lead)))).collect();
    let mut advice = Advice {
        is_fresh: came_since.is_some(),
        n_leads: leads.len() as u64,
        n_converted: leads.iter().filter(|&&lead| won(lead)).count() as u64,
        n_promised: promised.iter().map(|&eta| logistic(eta)).sum(),
        chance_of_shift: 0.5 * percentile_95(1.0, 1.0),
        ..Advice::default()
    };
    if !has_enough(leads.iter().map(|&lead| won(lead))) {
        return advice;
    }
    advice.shift = best_shift(&promised, &outcome);
    advice.gain_of_shift = likelihood(&promised, &outcome, advice.shift) - likelihood(&promised, &outcome, 0.0);
    let rows = Rows::of(both, leads);
    let score = rows.score_test(&promised, &outcome, advice.shift);
    (advice.gain_of_points, advice.chance_of_points) = (score.gain, score.chance);
    let has_moved = advice.gain_of_shift > advice.chance_of_shift;
    (advice.action, advice.reason) = if advice.gain_of_points > advice.chance_of_points {
        match sides.is_fresh && sides.log_loss_gain_high < 0.0 {
            false => (Action::Refit, AdviceReason::SomeAnswers),
            true if has_moved => (Action::ShiftCurve, AdviceReason::NewCardWorse),
            true => (Action::Keep, AdviceReason::NewCardWorse),
        }
    } else if sides.is_fresh && sides.log_loss_gain_low > 0.0 {
        (Action::Refit, AdviceReason::NewCardBetter)
    } else if has_moved {
        (Action::ShiftCurve, AdviceReason::AllLeadsAlike)
    } else {
        (Action::Keep, AdviceReason::PromisesHold)
    };
    advice
}

/// Log likelihood with all log-odds moved, nats.
fn likelihood(log_odds: &[f64], outcome: &[f64], shift: f64) -> f64 {
    log_odds.iter().zip(outcome).map(|(eta, y)| y * (eta + shift) - softplus(eta + shift)).sum()
}

/// The move of all log-odds with the best likelihood.
fn best_shift(log_odds: &[f64], outcome: &[f64]) -> f64 {
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

/// The champion's rows that each lead has: one per criterion of it that the data have.
struct Rows {
    /// Row of each lead, one list per criterion.
    of_lead: Vec<Vec<usize>>,
    n_rows: usize,
}

/// What other points on the rows would gain, and what chance gains.
struct ScoreTest {
    gain: f64,
    chance: f64,
}

impl Rows {
    fn of(both: &Both<'_>, leads: &[u32]) -> Self {
        let (mut of_lead, mut n_rows) = (Vec::new(), 0);
        for (criterion, place) in both.champion.card.criteria.iter().zip(both.places) {
            let Some(at) = *place else { continue };
            let cells = &both.cells[at];
            let levels = level_of_cells(criterion, cells);
            let row = |&lead: &u32| n_rows + levels[usize::from(cells.column.cells[lead as usize])];
            of_lead.push(leads.iter().map(row).collect());
            n_rows += criterion.levels.len();
        }
        Self { of_lead, n_rows }
    }

    /// With residuals `S` and information `V` per row, curve move profiled out, and a prior of precision `l` on the moves of rows:
    /// the penalised likelihood gains `1/2 S' (V + l)^-1 S` in one Newton step. Under the null twice that is a sum of chi-squares
    /// with weights `d / (d + l)`, `d` the eigenvalues of `V`.
    ///
    /// # Source
    /// Rao (1948); le Cessie and van Houwelingen (1995), *Biometrics* 51, 600-614.
    fn score_test(&self, log_odds: &[f64], outcome: &[f64], shift: f64) -> ScoreTest {
        let n = self.n_rows;
        let mut residual = vec![0.0; n];
        let mut information = Mat::<f64>::zeros(n, n);
        let (mut pull, mut total) = (vec![0.0; n], 0.0);
        for (i, (eta, y)) in log_odds.iter().zip(outcome).enumerate() {
            let p = logistic(eta + shift);
            let weight = p * (1.0 - p);
            total += weight;
            for (j, rows) in self.of_lead.iter().enumerate() {
                residual[rows[i]] += y - p;
                pull[rows[i]] += weight;
                for others in &self.of_lead[..=j] {
                    information[(rows[i], others[i])] += weight;
                }
            }
        }
        for row in 0..n {
            for other in 0..=row {
                let profiled = information[(row, other)] - pull[row] * pull[other] / total.max(f64::MIN_POSITIVE);
                information[(row, other)] = profiled;
                information[(other, row)] = profiled;
            }
        }
        // An information that cannot be taken apart says nothing, so nothing is gained.
        let Ok(eigen) = information.self_adjoint_eigen(Side::Lower) else {
            return ScoreTest { gain: 0.0, chance: 0.0 };
        };
        let (mut gain, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for k in 0..n {
            let value = eigen.S()[k].max(0.0);
            let along: f64 = (0..n).map(|row| eigen.U()[(row, k)] * residual[row]).sum();
            let weight = value / (value + PRECISION);
            gain += 0.5 * along * along / (value + PRECISION);
            mean += weight;
            squares += weight * weight;
        }
        ScoreTest { gain, chance: 0.5 * percentile_95(mean, squares) }
    }
}

/// 95th percentile of a weighted sum of chi-squares with one degree each, by a multiple of one chi-square with the same mean and
/// variance.
///
/// - `mean`: sum of the weights; `squares`: sum of their squares.
///
/// # Source
/// Satterthwaite (1946), *Biometrics Bulletin* 2, 110-114.
fn percentile_95(mean: f64, squares: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    squares / mean * chi_square_exceeded(BY_CHANCE, mean * mean / squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_agrees_with_tables_of_chi_square() {
        // chi-square 95 %: 3.8415 at 1 degree, 11.0705 at 5; two halves of one are half of two.
        assert!((percentile_95(1.0, 1.0) - 3.8415).abs() < 1e-3);
        assert!((percentile_95(5.0, 5.0) - 11.0705).abs() < 1e-3);
        assert!((percentile_95(1.0, 0.5) - 0.5 * 5.9915).abs() < 1e-3);
        assert_eq!(percentile_95(0.0, 0.0), 0.0);
    }

    #[test]
    fn the_shift_brings_promises_to_what_came() {
        let log_odds = [-1.0, 0.0, 1.0, -2.0];
        let outcome = [0.0, 1.0, 1.0, 1.0];
        let shift = best_shift(&log_odds, &outcome);
        let promised: f64 = log_odds.iter().map(|eta| logistic(eta + shift)).sum();
        assert!((promised - 3.0).abs() < 1e-8, "{promised}");
    }
}
