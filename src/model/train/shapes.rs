//! Shapes: how points run along the ordered bins of a criterion whose trend is `auto`.
//!
//! The simplest shape that leads held out inside do not object to: one way, else with one turn, else any. They object where the card
//! with the shape loses more on them than the card without, by more than a standard error (paired by lead).
//!
//! Always true: only criteria whose trend is `auto` and whose bins have an order get a shape; leads held out choose between shapes,
//! never between points.

use rayon::prelude::*;

use super::settings::FittedInner;
use crate::math::logistic;
use crate::measures::{PairedDifference, paired_difference};
use crate::model::points::{PointsRule, WholePoints};
use crate::settings::Trend;

/// Price of a row, nats, at which shapes are compared: one that most cards end near.
const ROW_PRICE: f64 = 0.5;

/// Two bins run one way whatever their points.
const FEWEST_BINS: usize = 3;

/// How points run along each criterion.
pub(super) fn choose_trends(inners: &[FittedInner<'_>], rule: &PointsRule) -> Vec<Trend> {
    let Some(first) = inners.first() else { return Vec::new() };
    let mut trends = first.trends.clone();
    let is_auto = |&j: &usize| trends[j] == Trend::Auto;
    let has_shape = |j: &usize| inners.iter().any(|inner| inner.chains().n_chained[*j] >= FEWEST_BINS);
    let auto: Vec<usize> = (0..trends.len()).filter(is_auto).filter(has_shape).collect();
    trends.iter_mut().filter(|trend| **trend == Trend::Auto).for_each(|trend| *trend = Trend::Free);
    if auto.is_empty() {
        return trends;
    }
    let free: Vec<FreeCard<'_>> = inners.par_iter().map(|inner| FreeCard::of(inner, &trends, rule)).collect();
    let losses = |cards: &mut dyn Iterator<Item = Vec<f64>>| cards.flatten().collect::<Vec<f64>>();
    let free_losses = losses(&mut free.iter().map(|card| card.losses.clone()));
    let objection_to = |j: usize, trend: Trend| {
        let shaped = losses(&mut free.iter().map(|card| card.losses_with(j, trend, rule)));
        Candidate { trend, objection: paired_difference(&shaped, &free_losses) }
    };
    let mut shaped: Vec<Shaped> = auto.par_iter().map(|&j| Shaped::of(j, |trend| objection_to(j, trend))).collect();
    // What each may cost alone, all together may not.
    for _ in 0..2 * shaped.len() {
        shaped.iter().for_each(|one| trends[one.criterion] = one.trend());
        let together: Vec<Vec<f64>> = inners.par_iter().map(|inner| losses_of_card(inner, &trends, rule).1).collect();
        let together = paired_difference(&together.concat(), &free_losses);
        let worst = shaped.iter_mut().filter(|one| one.trend() != Trend::Free);
        let worst = worst.max_by(|a, b| a.objection().total_cmp(&b.objection()));
        let Some(worst) = worst.filter(|_| objects(together)) else { break };
        worst.at += 1;
    }
    shaped.iter().for_each(|one| trends[one.criterion] = one.trend());
    trends
}

/// Whether leads held out lose by more than a standard error.
fn objects(difference: PairedDifference) -> bool {
    difference.mean > difference.standard_error
}

/// A shape and what leads held out say against it.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    trend: Trend,
    objection: PairedDifference,
}

/// A criterion with the shape that it has for now.
struct Shaped {
    criterion: usize,
    /// The better way, one turn, and any shape.
    candidates: [Candidate; 3],
    /// Which of them.
    at: usize,
}

impl Shaped {
    fn of(criterion: usize, candidate: impl Fn(Trend) -> Candidate) -> Self {
        let (up, down) = (candidate(Trend::Increasing), candidate(Trend::Decreasing));
        let one_way = if down.objection.mean < up.objection.mean { down } else { up };
        let nothing = PairedDifference { mean: 0.0, standard_error: 0.0 };
        let candidates = [one_way, candidate(Trend::Turning), Candidate { trend: Trend::Free, objection: nothing }];
        let at = candidates.iter().position(|one| !objects(one.objection)).unwrap_or(2);
        Self { criterion, candidates, at }
    }

    fn trend(&self) -> Trend {
        self.candidates[self.at].trend
    }

    fn objection(&self) -> f64 {
        self.candidates[self.at].objection.mean
    }
}

/// The card of an inner split whose points run as they like.
struct FreeCard<'a> {
    inner: &'a FittedInner<'a>,
    trends: Vec<Trend>,
    whole: WholePoints,
    /// Log-odds of the leads held out.
    held: Vec<f64>,
    /// Their losses.
    losses: Vec<f64>,
    /// Variance of each fitted lead's outcome.
    variance: Vec<f64>,
}

fn losses_of_card(inner: &FittedInner<'_>, trends: &[Trend], rule: &PointsRule) -> (WholePoints, Vec<f64>) {
    let whole = inner.problem(trends).choose(rule, ROW_PRICE);
    let losses = inner.held_losses(&whole.log_odds_of(inner.held_codes()));
    (whole, losses)
}

impl<'a> FreeCard<'a> {
    fn of(inner: &'a FittedInner<'a>, trends: &[Trend], rule: &PointsRule) -> Self {
        let (whole, losses) = losses_of_card(inner, trends, rule);
        let variance = |log_odds: f64| {
            let p = logistic(log_odds);
            p * (1.0 - p)
        };
        Self {
            inner,
            trends: trends.to_vec(),
            held: whole.log_odds_of(inner.held_codes()),
            variance: whole.log_odds_of(inner.fit_codes()).into_iter().map(variance).collect(),
            whole,
            losses,
        }
    }

    /// Losses of the leads held out with one criterion in another shape, all other points held; the intercept moves by one Newton step.
    fn losses_with(&self, j: usize, trend: Trend, rule: &PointsRule) -> Vec<f64> {
        let chains = self.inner.chains();
        let own = &self.whole.points[chains.range(j)];
        if trend.allows_run(&own[1..=chains.n_chained[j]]) {
            return self.losses.clone();
        }
        let problem = self.inner.problem(&self.trends);
        let steps = problem.surrogate_at(&self.whole, rule.unit, ROW_PRICE).reshaped(j, trend);
        let change: Vec<f64> = (steps.iter().zip(own))
            .map(|(steps, points)| f64::from(steps * rule.unit as i32 - points) / self.whole.scale)
            .collect();
        let of_fitted = self.inner.fit_codes().columns[j].iter().zip(&self.variance);
        let (moved, weight) = of_fitted.fold((0.0, 0.0), |(moved, weight), (&code, variance)| {
            (moved + variance * change[usize::from(code)], weight + variance)
        });
        let intercept = -moved / f64::max(weight, f64::MIN_POSITIVE);
        let held = self.inner.held_codes().columns[j].iter().zip(&self.held);
        let log_odds: Vec<f64> = held.map(|(&code, eta)| eta + change[usize::from(code)] + intercept).collect();
        self.inner.held_losses(&log_odds)
    }
}
