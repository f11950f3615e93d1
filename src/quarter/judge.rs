//! Keep a card in use, move its curve, or make a new one: by log likelihood on leads it had not seen, less what chance alone
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

use super::record::{Action, Advice, AdviceReason};
use super::repeats::repeats;
use super::shift::{best_shift, information, likelihood};
use super::{LeadsOfCard, advice_sentences, has_enough};
use crate::card::Card;
use crate::math::logistic;
use crate::measures::chi_square_exceeded;
use crate::settings::{DAYS_PER_MONTH, US_PER_DAY};

/// The curve is moved, and other points are asked for, if chance gains as much in no more than so many cases.
const BY_CHANCE: f64 = 0.05;

/// A card whose promises hold is exchanged only for one that is better by so many standard errors: with more leads behind it, a new one
/// is a little better every time. And where answers changed, a new one is refused only if it was worse by as many: the cards compared are
/// those of the folds, which had seen few leads or none since the change.
const CLEARLY_BETTER: f64 = 3.0;

/// Standard deviation of a month's log-odds about the promise in an ordinary company.
pub(super) const MONTH_SD: f64 = 0.1;

/// Prior precision of what the champion's rows are worth, log-odds: few are worth more than half of one beside what it says.
const PRECISION: f64 = 4.0;

/// Share of the rows whose worth has moved where something has changed at all: a few answers, seldom many at once.
const MOVED_ROWS: f64 = 0.05;

/// Variance of the move of such a row: about one log-odds either way.
const MOVED_VARIANCE: f64 = 1.0;

/// Variance of the move of all scores away from each other: as a rule a third of what they promise, either way.
const MOVED_SPREAD: f64 = 0.1;

/// What leads tell of a row at least, to ask whether it has moved: a third of a conversion that might as well not have come.
const LEAST_TOLD: f64 = 0.3;

/// Quarters in which nothing has changed, made up to see what chance gains: its twentieth is then known to within a tenth of itself.
const N_DRAWS: usize = 4_000;

/// Says what to do with a card.
///
/// - `new_card`: how a new card did beside it on leads that neither had seen, where there is one.
pub fn judge(leads: &LeadsOfCard<'_>, new_card: Option<NewCard>) -> Advice {
    let (promised, outcome) = (leads.promised(), leads.outcome());
    let mut advice = Advice {
        is_fresh: leads.is_fresh,
        n_leads: leads.n_leads() as u64,
        n_converted: leads.n_converted() as u64,
        n_promised: promised.iter().map(|&eta| logistic(eta)).sum::<f64>() + 0.0,
        chance_of_shift: 0.5 * chi_square_exceeded(BY_CHANCE, 1.0),
        ..Advice::default()
    };
    if has_enough(leads.converted.iter().copied()) {
        weigh(&mut advice, leads, &promised, &outcome);
        (advice.action, advice.reason) = decide(&advice, new_card);
    }
    advice.said = advice_sentences(&advice).join(" ");
    advice
}

/// What a move of the curve and other points would gain, and what chance gains.
fn weigh(advice: &mut Advice, leads: &LeadsOfCard<'_>, promised: &[f64], outcome: &[f64]) {
    advice.shift = best_shift(promised, outcome);
    let known = WhatIsKnown::of(leads);
    let exact = likelihood(promised, outcome, advice.shift) - likelihood(promised, outcome, 0.0);
    // With an exact curve twice the gain is the shift squared over its variance; the variance of an estimated one is larger.
    let of_leads = information(promised, advice.shift).recip();
    advice.gain_of_shift = exact * of_leads / (known.repeats * of_leads + known.curve_variance);
    let score = Rows::of(leads).score_test(promised, outcome, advice.shift, &known);
    (advice.gain_of_points, advice.chance_of_points) = (score.gain, score.chance);
    advice.spread = score.spread;
}

/// The ladder: other points, another curve, the new card, none.
fn decide(advice: &Advice, new_card: Option<NewCard>) -> (Action, AdviceReason) {
    let has_moved = advice.gain_of_shift > advice.chance_of_shift;
    if advice.gain_of_points > advice.chance_of_points {
        let reason = if advice.spread.is_some() { AdviceReason::OtherSpread } else { AdviceReason::SomeAnswers };
        match new_card.is_some_and(NewCard::is_clearly_worse) {
            false => (Action::Refit, reason),
            true if has_moved => (Action::Shift, AdviceReason::NewCardWorse),
            true => (Action::Keep, AdviceReason::NewCardWorse),
        }
    } else if has_moved {
        (Action::Shift, AdviceReason::AllLeadsAlike)
    } else if new_card.is_some_and(NewCard::is_clearly_better) {
        (Action::Refit, AdviceReason::NewCardBetter)
    } else {
        (Action::Keep, AdviceReason::PromisesHold)
    }
}

/// A new card beside the one in use, on leads that neither had seen.
#[derive(Debug, Clone, Copy)]
pub struct NewCard {
    /// Log loss a lead that it saves; below 0 it loses.
    pub gain: f64,
    /// Standard error of that.
    pub error: f64,
}

impl NewCard {
    fn is_clearly_better(self) -> bool {
        self.gain > CLEARLY_BETTER * self.error && self.error > 0.0
    }

    fn is_clearly_worse(self) -> bool {
        Self { gain: -self.gain, ..self }.is_clearly_better()
    }
}

/// How well the card's promises were known when it was made, and how much leads tell.
#[derive(Debug, Clone, Copy)]
struct WhatIsKnown {
    /// Variance of the curve as a whole, and of the months that it and the leads come from, log-odds squared.
    curve_variance: f64,
    /// Leads that the card learned from, for each that it had not seen.
    learned_from: f64,
    /// Leads that tell as much as one would on its own.
    repeats: f64,
}

impl WhatIsKnown {
    fn of(leads: &LeadsOfCard<'_>) -> Self {
        let curve_sd = leads.card.curve_sd();
        let moments = || leads.as_of.iter().flatten().copied();
        let of_leads = moments().min().zip(moments().max()).map_or(1.0, |(first, last)| n_months(first, last));
        let of_card = months_of_curve(leads.card).unwrap_or(of_leads);
        Self {
            curve_variance: curve_sd * curve_sd + MONTH_SD * MONTH_SD * (of_leads.recip() + of_card.recip()),
            learned_from: leads.card.provenance.n_leads as f64 / leads.n_leads().max(1) as f64,
            repeats: repeats(leads),
        }
    }
}

/// Months between two moments, at least one.
pub(super) fn n_months(first_us: i64, last_us: i64) -> f64 {
    ((last_us - first_us) as f64 / US_PER_DAY as f64 / DAYS_PER_MONTH).max(1.0)
}

/// Months of the leads that a card's curve was learnt from; `None` where it does not say.
fn months_of_curve(card: &Card) -> Option<f64> {
    let first = card.provenance.first_as_of.as_deref()?.parse::<jiff::Timestamp>().ok()?;
    Some(n_months(first.as_microsecond(), card.learned_until_us()?))
}

/// The card's rows that each lead has: one per criterion whose answers are known.
struct Rows {
    /// Row of each lead, one list per criterion.
    of_lead: Vec<Vec<usize>>,
    /// Log-odds that the points of each row say.
    worth: Vec<f64>,
    n_rows: usize,
}

/// What other points on the rows would gain, and what chance gains.
#[derive(Default)]
struct ScoreTest {
    gain: f64,
    chance: f64,
    /// How far scores spread beside what they promise, where that says more than any row.
    spread: Option<f64>,
}

impl Rows {
    fn of(leads: &LeadsOfCard<'_>) -> Self {
        let (mut of_lead, mut worth) = (Vec::new(), Vec::new());
        for (criterion, levels) in leads.card.criteria.iter().zip(&leads.levels) {
            if levels.is_empty() {
                continue;
            }
            let first = worth.len();
            of_lead.push(levels.iter().map(|&level| first + usize::from(level)).collect());
            let points = criterion.levels.iter().map(|level| f64::from(level.points));
            worth.extend(points.map(|points| points / leads.card.provenance.points_per_log_odds));
        }
        Self { of_lead, n_rows: worth.len(), worth }
    }

    /// Residuals `S` and information `V` per row, curve move profiled out, in units of leads that do not repeat each other. Along an
    /// eigenvector of `V` with eigenvalue `d` the residual has variance `d + d^2 e` where nothing has changed: `d` by the leads that are
    /// judged, and `e = 1 / (r d + l)` by those that the card learned from, `r` times as many, under a penalty `l`.
    ///
    /// A few rows that moved far show where all rows together hide them, so each has a ratio of likelihoods of its own, and so has
    /// a spread of all scores that is wider or narrower than promised; the gain is that of a mixture over which have moved. What chance
    /// gains is drawn, because rows share their leads.
    ///
    /// # Source
    /// Residuals: Rao (1948). The mixture: Johnstone and Silverman (2004), *Annals of Statistics* 32, 1594-1649.
    fn score_test(&self, log_odds: &[f64], outcome: &[f64], shift: f64, known: &WhatIsKnown) -> ScoreTest {
        let (residual, information) = self.residual_and_information(log_odds, outcome, shift);
        // An information that cannot be taken apart says nothing, so nothing is gained.
        let Ok(eigen) = information.self_adjoint_eigen(Side::Lower) else { return ScoreTest::default() };
        let n = self.n_rows;
        let deviation = |k: usize| {
            let tells = eigen.S()[k].max(0.0) / known.repeats;
            (tells + tells * tells / (known.learned_from * tells + PRECISION)).sqrt()
        };
        // Deviations along the eigenvectors, per row.
        let spread = Mat::<f64>::from_fn(n, n, |row, k| eigen.U()[(row, k)] * deviation(k));
        let one = |row: usize| vec![(row, 1.0)];
        let all_rows = self.worth.iter().copied().enumerate().collect();
        let directions = (0..n).map(|row| (one(row), MOVED_VARIANCE)).chain([(all_rows, MOVED_SPREAD)]);
        let tests: Vec<DirectionTest> = directions
            .map(|(along, moved_variance)| {
                let of = |k: usize| along.iter().map(|&(row, weight)| weight * spread[(row, k)]).sum::<f64>();
                let variance = (0..n).map(|k| of(k).powi(2)).sum();
                let with_all =
                    |row: usize| along.iter().map(|&(other, weight)| weight * information[(row, other)]).sum::<f64>();
                let tells: f64 = along.iter().map(|&(row, weight)| weight * with_all(row)).sum();
                DirectionTest { along, tells: tells / known.repeats, variance, moved_variance }
            })
            .filter(|test| test.tells > LEAST_TOLD)
            .collect();
        let gains = |residual: &[f64]| tests.iter().map(|test| test.gain(test.of(residual))).collect::<Vec<f64>>();
        let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
        let mut by_chance: Vec<f64> = (0..N_DRAWS)
            .map(|_| {
                let normal: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
                let of_row = |row: usize| (0..n).map(|k| spread[(row, k)] * normal[k]).sum();
                gains(&(0..n).map(of_row).collect::<Vec<f64>>()).iter().sum()
            })
            .collect();
        by_chance.sort_by(f64::total_cmp);
        let residual: Vec<f64> = residual.iter().map(|excess| excess / known.repeats).collect();
        let gained = gains(&residual);
        let of_spread = tests.iter().zip(&gained).find(|(test, _)| test.along.len() > 1);
        let most_of_a_row = tests.iter().zip(&gained).filter(|(test, _)| test.along.len() == 1).map(|(_, gain)| *gain);
        let most_of_a_row = most_of_a_row.fold(0.0, f64::max);
        ScoreTest {
            gain: gained.iter().sum::<f64>().max(0.0),
            chance: by_chance[((1.0 - BY_CHANCE) * N_DRAWS as f64) as usize].max(0.0),
            // One step of Newton's from 1.
            spread: of_spread
                .filter(|(_, gain)| **gain > most_of_a_row)
                .map(|(test, _)| (1.0 + test.of(&residual) / test.tells).max(0.0)),
        }
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

/// Whether one row has moved, or all of them away from each other.
struct DirectionTest {
    /// Rows that move, and by how much beside each other.
    along: Vec<(usize, f64)>,
    /// What the leads tell of the move: the inverse of a variance.
    tells: f64,
    /// Variance of the residual along it where nothing has changed.
    variance: f64,
    /// Variance of a move where there was one.
    moved_variance: f64,
}

impl DirectionTest {
    /// The part of the residuals that lies along it.
    fn of(&self, residual: &[f64]) -> f64 {
        self.along.iter().map(|&(row, weight)| weight * residual[row]).sum()
    }

    /// Log of how much likelier a residual is if it may have moved.
    fn gain(&self, residual: f64) -> f64 {
        let moved = self.variance + self.tells * self.tells * self.moved_variance;
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
        let row = DirectionTest { along: vec![(0, 1.0)], tells: 10.0, variance: 12.0, moved_variance: 1.0 };
        // Variance 12 if it stayed and 112 if it moved: sqrt(12 / 112) at no residual.
        assert!((row.gain(0.0) - (0.95 + 0.05 * (12.0_f64 / 112.0).sqrt()).ln()).abs() < 1e-12);
        assert!(row.gain(5.0) < row.gain(10.0) && row.gain(1e6).is_finite());
        let by_hand = 0.95 + 0.05 * (12.0_f64 / 112.0).sqrt() * (0.5 * 400.0 * (1.0 / 12.0 - 1.0 / 112.0_f64)).exp();
        assert!((row.gain(20.0) - by_hand.ln()).abs() < 1e-12);
    }
}
