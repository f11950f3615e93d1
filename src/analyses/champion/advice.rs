//! Keep the champion, move its curve, or take the new card: by log likelihood on leads it had not seen, less what chance alone
//! would gain in one of twenty quarters.
//!
//! Three steps of the same ladder, as in the closed test of Vergouwe et al. (2017), *Statistics in Medicine* 36, 4529-4539: the
//! champion as it stands; its curve moved by one number; other points on some of its rows. A step is taken only if it gains more
//! than chance would.
//!
//! Chance is that of a card which was estimated as well: its curve is known as well as its intervals say, its rows as well as their
//! leads of the time, months differ as a whole, and leads of one account repeat each other. A champion that was right to the letter
//! would be one that nobody has.

use faer::{Mat, Side};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::repeats::repeats;
use super::shift::{best_shift, information, likelihood};
use super::{Both, has_enough, log_odds};
use crate::analyses::champion::record::{Action, Advice, AdviceReason, ChampionSides};
use crate::math::{Z90, logistic};
use crate::measures::chi_square_exceeded;
use crate::model::overrides::level_of_cells;
use crate::settings::{DAYS_PER_MONTH, US_PER_DAY};

/// The curve is moved, and other points are asked for, if chance gains as much in no more than so many cases.
const BY_CHANCE: f64 = 0.05;

/// A card whose promises hold is exchanged only for one that is better by so many standard errors: with more leads behind it, a new one
/// is a little better every time. And where answers changed, a new one is refused only if it was worse by as many: the cards compared are
/// those of the folds, which had seen few leads or none since the change.
const CLEARLY_BETTER: f64 = 3.0;

/// Standard deviation of a month's log-odds about the promise in an ordinary company.
const MONTH_SD: f64 = 0.1;

/// Prior precision of what the champion's rows are worth, log-odds: few are worth more than half of one beside what it says.
const PRECISION: f64 = 4.0;

/// Share of the rows whose worth has moved where something has changed at all: a few answers, seldom many at once.
const MOVED_ROWS: f64 = 0.05;

/// Variance of the move of such a row: about one log-odds either way.
const MOVED_VARIANCE: f64 = 1.0;

/// What leads tell of a row at least, to ask whether it has moved: a third of a conversion that might as well not have come.
const LEAST_TOLD: f64 = 0.3;

/// Quarters in which nothing has changed, made up to see what chance gains: its twentieth is then known to within a tenth of itself.
const N_DRAWS: usize = 4_000;

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
        chance_of_shift: 0.5 * chi_square_exceeded(BY_CHANCE, 1.0),
        ..Advice::default()
    };
    if !has_enough(leads.iter().map(|&lead| won(lead))) {
        return advice;
    }
    advice.shift = best_shift(&promised, &outcome);
    let known = WhatIsKnown::of(both, leads);
    let exact = likelihood(&promised, &outcome, advice.shift) - likelihood(&promised, &outcome, 0.0);
    // With an exact curve twice the gain is the shift squared over its variance; the variance of an estimated one is larger.
    let of_leads = information(&promised, advice.shift).recip();
    advice.gain_of_shift = exact * of_leads / (known.repeats * of_leads + known.curve_variance);
    let rows = Rows::of(both, leads);
    let score = rows.score_test(&promised, &outcome, advice.shift, &known);
    (advice.gain_of_points, advice.chance_of_points) = (score.gain, score.chance);
    let has_moved = advice.gain_of_shift > advice.chance_of_shift;
    (advice.action, advice.reason) = if advice.gain_of_points > advice.chance_of_points {
        match is_clearly_better(sides, -sides.log_loss_gain) {
            false => (Action::Refit, AdviceReason::SomeAnswers),
            true if has_moved => (Action::ShiftCurve, AdviceReason::NewCardWorse),
            true => (Action::Keep, AdviceReason::NewCardWorse),
        }
    } else if has_moved {
        (Action::ShiftCurve, AdviceReason::AllLeadsAlike)
    } else if is_clearly_better(sides, sides.log_loss_gain) {
        (Action::Refit, AdviceReason::NewCardBetter)
    } else {
        (Action::Keep, AdviceReason::PromisesHold)
    };
    advice
}

/// Whether one card was better on leads that neither had seen, by more than chance explains.
///
/// - `gain`: log loss that it saves.
fn is_clearly_better(sides: &ChampionSides, gain: f64) -> bool {
    let error = (sides.log_loss_gain_high - sides.log_loss_gain_low) / (2.0 * Z90);
    sides.is_fresh && gain > CLEARLY_BETTER * error && error > 0.0
}

/// How well the champion's promises were known when it was made, and how much leads tell.
#[derive(Debug, Clone, Copy)]
struct WhatIsKnown {
    /// Variance of the curve as a whole, and of the months that it and the leads come from, log-odds squared.
    curve_variance: f64,
    /// Leads that the champion learned from, for each that it had not seen.
    learned_from: f64,
    /// Leads that tell as much as one would on its own.
    repeats: f64,
}

impl WhatIsKnown {
    fn of(both: &Both<'_>, leads: &[u32]) -> Self {
        let from = &both.champion.card.provenance;
        let curve_sd = both.champion.card.curve_sd();
        let n_months = |n_days: f64| (n_days / DAYS_PER_MONTH).max(1.0);
        let span = |first: i64, last: i64| (last - first) as f64 / US_PER_DAY as f64;
        let moments = || leads.iter().filter_map(|&lead| Some(both.leads.as_of.as_ref()?[lead as usize]));
        let of_leads = moments().min().zip(moments().max()).map_or(1.0, |(first, last)| n_months(span(first, last)));
        let moment = |text: &Option<String>| text.as_deref()?.parse::<jiff::Timestamp>().ok();
        let of_champion = moment(&from.first_as_of)
            .zip(moment(&from.last_as_of))
            .map_or(of_leads, |(first, last)| n_months(span(first.as_microsecond(), last.as_microsecond())));
        Self {
            curve_variance: curve_sd * curve_sd + MONTH_SD * MONTH_SD * (of_leads.recip() + of_champion.recip()),
            learned_from: from.n_leads as f64 / leads.len().max(1) as f64,
            repeats: repeats(both),
        }
    }
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

    /// Residuals `S` and information `V` per row, curve move profiled out, in units of leads that do not repeat each other. Along an
    /// eigenvector of `V` with eigenvalue `d` the residual has variance `d + d^2 e` where nothing has changed: `d` by the leads that are
    /// judged, and `e = 1 / (r d + l)` by those that the champion learned from, `r` times as many, under a penalty `l`.
    ///
    /// A few rows that moved far show where all rows together hide them, so each has a ratio of likelihoods of its own, and the gain
    /// is that of a mixture over which have moved. What chance gains is drawn, because rows share their leads.
    ///
    /// # Source
    /// Residuals: Rao (1948). The mixture: Johnstone and Silverman (2004), *Annals of Statistics* 32, 1594-1649.
    fn score_test(&self, log_odds: &[f64], outcome: &[f64], shift: f64, known: &WhatIsKnown) -> ScoreTest {
        let (residual, information) = self.residual_and_information(log_odds, outcome, shift);
        // An information that cannot be taken apart says nothing, so nothing is gained.
        let Ok(eigen) = information.self_adjoint_eigen(Side::Lower) else {
            return ScoreTest { gain: 0.0, chance: 0.0 };
        };
        let n = self.n_rows;
        let deviation = |k: usize| {
            let tells = eigen.S()[k].max(0.0) / known.repeats;
            (tells + tells * tells / (known.learned_from * tells + PRECISION)).sqrt()
        };
        // Deviations along the eigenvectors, per row.
        let spread = Mat::<f64>::from_fn(n, n, |row, k| eigen.U()[(row, k)] * deviation(k));
        let tests: Vec<RowTest> = (0..n)
            .map(|row| {
                let variance = (0..n).map(|k| spread[(row, k)].powi(2)).sum();
                RowTest { row, tells: information[(row, row)] / known.repeats, variance }
            })
            .filter(|test| test.tells > LEAST_TOLD)
            .collect();
        let gain_of = |residual: &[f64]| -> f64 { tests.iter().map(|test| test.gain(residual[test.row])).sum() };
        let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
        let mut by_chance: Vec<f64> = (0..N_DRAWS)
            .map(|_| {
                let normal: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
                let of_row = |row: usize| (0..n).map(|k| spread[(row, k)] * normal[k]).sum();
                gain_of(&(0..n).map(of_row).collect::<Vec<f64>>())
            })
            .collect();
        by_chance.sort_by(f64::total_cmp);
        let gain = gain_of(&residual.iter().map(|excess| excess / known.repeats).collect::<Vec<f64>>());
        let chance = by_chance[((1.0 - BY_CHANCE) * N_DRAWS as f64) as usize];
        ScoreTest { gain: gain.max(0.0), chance: chance.max(0.0) }
    }

    /// Conversions less those predicted per row, and their covariance under independent leads; a move of the curve is taken off both.
    fn residual_and_information(&self, log_odds: &[f64], outcome: &[f64], shift: f64) -> (Vec<f64>, Mat<f64>) {
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
        (residual, information)
    }
}

/// Whether one row has moved.
struct RowTest {
    row: usize,
    /// What its leads tell of its worth: the inverse of a variance.
    tells: f64,
    /// Variance of its residual where nothing has changed.
    variance: f64,
}

impl RowTest {
    /// Log of how much likelier its residual is if it may have moved.
    fn gain(&self, residual: f64) -> f64 {
        let moved = self.variance + self.tells * self.tells * MOVED_VARIANCE;
        let ratio =
            0.5 * (residual * residual * (self.variance.recip() - moved.recip()) + (self.variance / moved).ln());
        // Both without overflow, however far the row has moved.
        if ratio > 0.0 {
            ratio + (MOVED_ROWS + (1.0 - MOVED_ROWS) * (-ratio).exp()).ln()
        } else {
            (1.0 - MOVED_ROWS + MOVED_ROWS * ratio.exp()).ln()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gains_by_how_far_it_is_off_and_never_overflows() {
        let row = RowTest { row: 0, tells: 10.0, variance: 12.0 };
        // Variance 12 if it stayed and 112 if it moved: sqrt(12 / 112) at no residual.
        assert!((row.gain(0.0) - (0.95 + 0.05 * (12.0_f64 / 112.0).sqrt()).ln()).abs() < 1e-12);
        assert!(row.gain(5.0) < row.gain(10.0) && row.gain(1e6).is_finite());
        let by_hand = 0.95 + 0.05 * (12.0_f64 / 112.0).sqrt() * (0.5 * 400.0 * (1.0 / 12.0 - 1.0 / 112.0_f64)).exp();
        assert!((row.gain(20.0) - by_hand.ln()).abs() < 1e-12);
    }
}
