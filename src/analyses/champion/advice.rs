//! Keep the champion, move its curve, or take the new card: by log likelihood on leads it had not seen, less what chance alone
//! would gain in one of twenty quarters.
//!
//! Three steps of the same ladder, as in the closed test of Vergouwe et al. (2017), *Statistics in Medicine* 36, 4529-4539: the
//! champion as it stands; its curve moved by one number; other points on each of its rows. A step is taken only if it gains more
//! than chance would.
//!
//! Chance is that of a card which was estimated as well: its curve is known as well as its intervals say, its rows as well as their
//! leads of the time, months differ as a whole, and leads of one account repeat each other. A champion that was right to the letter
//! would be one that nobody has.

use std::collections::BTreeMap;

use faer::{Mat, Side};

use super::{Both, has_enough, log_odds};
use crate::analyses::champion::record::{Action, Advice, AdviceReason, ChampionSides};
use crate::math::{Z90, logistic, softplus};
use crate::measures::{Steps, chi_square_exceeded, clamp_probability, logistic_shift};
use crate::model::overrides::level_of_cells;
use crate::settings::{DAYS_PER_MONTH, US_PER_DAY};

/// The curve is moved if chance gains as much in no more than so many cases.
const SHIFT_BY_CHANCE: f64 = 0.05;

/// Other points are asked for if chance gains as much in no more than so many cases.
const POINTS_BY_CHANCE: f64 = 0.03;

/// A card whose promises hold is exchanged only for one that is better by so many standard errors: with more leads behind it, a new one
/// is a little better every time.
const CLEARLY_BETTER: f64 = 3.0;

/// Standard deviation of a month's log-odds about the promise in an ordinary company.
const MONTH_SD: f64 = 0.1;

/// Weeks that a first guess of how much leads repeat each other counts for.
const WEEKS_OF_PRIOR: f64 = 10.0;

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
        chance_of_shift: 0.5 * percentile(SHIFT_BY_CHANCE, 1.0, 1.0),
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
        match sides.is_fresh && sides.log_loss_gain_high < 0.0 {
            false => (Action::Refit, AdviceReason::SomeAnswers),
            true if has_moved => (Action::ShiftCurve, AdviceReason::NewCardWorse),
            true => (Action::Keep, AdviceReason::NewCardWorse),
        }
    } else if has_moved {
        (Action::ShiftCurve, AdviceReason::AllLeadsAlike)
    } else if is_clearly_better(sides) {
        (Action::Refit, AdviceReason::NewCardBetter)
    } else {
        (Action::Keep, AdviceReason::PromisesHold)
    };
    advice
}

fn is_clearly_better(sides: &ChampionSides) -> bool {
    let error = (sides.log_loss_gain_high - sides.log_loss_gain_low) / (2.0 * Z90);
    sides.is_fresh && sides.log_loss_gain > CLEARLY_BETTER * error && error > 0.0
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

/// Leads that tell as much as one would on its own (the design effect): by how much more than chance the weekly sums of judged leads
/// vary about what their fold promised.
fn repeats(both: &Both<'_>) -> f64 {
    let judged = both.held_out;
    let mut weeks: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    let of_month = |week: i64| week.div_euclid(4);
    let mut months: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    let Some(as_of) = &judged.as_of else { return 1.0 };
    for (at, moment) in as_of.iter().enumerate() {
        let week = moment.div_euclid(7 * US_PER_DAY);
        let p = clamp_probability(judged.probability[at]);
        let excess = f64::from(u8::from(judged.converted[at])) - p;
        for sum in [weeks.entry(week).or_default(), months.entry(of_month(week)).or_default()] {
            *sum = (sum.0 + excess, sum.1 + p * (1.0 - p));
        }
    }
    // Beside the four weeks around it, so that months that differ and curves that are off do not count as repeats.
    let (mut sum, mut freedom) = (WEEKS_OF_PRIOR, WEEKS_OF_PRIOR);
    for (week, (excess, variance)) in &weeks {
        let (of_all, variance_of_all) = months[&of_month(*week)];
        let share = variance / variance_of_all.max(f64::MIN_POSITIVE);
        if share < 0.9 {
            sum += (excess - share * of_all).powi(2) / variance;
            freedom += 1.0 - share;
        }
    }
    (sum / freedom).max(1.0)
}

/// What the leads tell of a move of all log-odds: the inverse of its variance.
fn information(log_odds: &[f64], shift: f64) -> f64 {
    let tells = |eta: &f64| logistic(eta + shift) * logistic(-eta - shift);
    log_odds.iter().map(tells).sum::<f64>().max(f64::MIN_POSITIVE)
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

    /// Residuals `S` and information `V` per row, curve move profiled out. Along an eigenvector of `V` with eigenvalue `d`, in units of
    /// leads that do not repeat each other, the residual has variance `v = d + d^2 e` where nothing has changed: `d` by the leads that
    /// are judged, and `e = 1 / (r d + l)` by those that the champion learned from, `r` times as many, under a penalty `l`. If the worth
    /// of rows moves with variance `1 / l` it is `w = v + d^2 / l`. Their ratio of likelihoods gains `1/2 S^2 (1/v - 1/w)`; where
    /// nothing has changed twice that is a sum of chi-squares with weights `1 - v/w`.
    ///
    /// # Source
    /// Rao (1948); le Cessie and van Houwelingen (1995), *Biometrics* 51, 600-614.
    fn score_test(&self, log_odds: &[f64], outcome: &[f64], shift: f64, known: &WhatIsKnown) -> ScoreTest {
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
            let tells = eigen.S()[k].max(0.0) / known.repeats;
            if tells < 1e-9 {
                continue;
            }
            let along: f64 = (0..n).map(|row| eigen.U()[(row, k)] * residual[row]).sum::<f64>() / known.repeats;
            let same = tells + tells * tells / (known.learned_from * tells + PRECISION);
            let moved = same + tells * tells / PRECISION;
            let weight = 1.0 - same / moved;
            gain += 0.5 * along * along * (same.recip() - moved.recip());
            mean += weight;
            squares += weight * weight;
        }
        ScoreTest { gain, chance: 0.5 * percentile(POINTS_BY_CHANCE, mean, squares) }
    }
}

/// What a weighted sum of chi-squares with one degree each exceeds with probability `tail`, by a multiple of one chi-square with the
/// same mean and variance.
///
/// - `mean`: sum of the weights; `squares`: sum of their squares.
///
/// # Source
/// Satterthwaite (1946), *Biometrics Bulletin* 2, 110-114.
fn percentile(tail: f64, mean: f64, squares: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    squares / mean * chi_square_exceeded(tail, mean * mean / squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_agrees_with_tables_of_chi_square() {
        // chi-square 95 %: 3.8415 at 1 degree, 11.0705 at 5; two halves of one are half of two.
        assert!((percentile(0.05, 1.0, 1.0) - 3.8415).abs() < 1e-3);
        assert!((percentile(0.05, 5.0, 5.0) - 11.0705).abs() < 1e-3);
        assert!((percentile(0.05, 7.3, 7.3) - 14.5025).abs() < 1e-3);
        assert!((percentile(0.05, 1.0, 0.5) - 0.5 * 5.9915).abs() < 1e-3);
        assert_eq!(percentile(0.05, 0.0, 0.0), 0.0);
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
