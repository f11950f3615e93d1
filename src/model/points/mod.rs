//! Points: from log-odds per fine bin to whole points, chosen rather than rounded.
//!
//! In: a [`JointFit`] and the wishes for the scale. Out: [`WholePoints`], which *are* the model from here on.
//!
//! Start at [`PointsProblem::choose`]; [`PointsProblem::choose_near`] where a card is in use. `surrogate` prices cards, `chain`
//! solves one criterion exactly, `scores` adds points up over leads, `champion` says what leaving the card in use costs, `small` makes cards whose levels are bounded.
//!
//! Always true: points are multiples of the unit; trends hold; fixed spans are met exactly wherever any card meets them.

pub mod chain;
pub mod champion;
mod scores;
pub mod small;
pub mod surrogate;

use rayon::prelude::*;

use crate::card::{PointsOfTwo, SumOfAnswers};
use crate::math::{logistic, logit, softplus};
use crate::measures::{Steps, logistic_shift};
use crate::model::bins::{BinPlan, Codes, PairBins};
use crate::model::fit::JointFit;
use crate::model::fit::loss::Observed;
use crate::model::fit::penalty::Chains;
use crate::settings::Trend;
use champion::ChampionOnBins;
pub use scores::scores_on;
use scores::{ScoreWeight, count_scores};
use surrogate::{ChangePenalty, Surrogate, SurrogateInput};

/// How log-odds become points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScaleRule {
    /// The card spans exactly this many points from its lowest to its highest score.
    Span(u32),
    /// So many points per unit of log-odds.
    PerLogOdds(f64),
    /// Levels have between so many points; the scale follows from the leads.
    Bounded(i32, i32),
}

/// How points may look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointsRule {
    /// How log-odds become points.
    pub scale: ScaleRule,
    /// Points are multiples of this.
    pub unit: u32,
}

/// Whole points per fine bin, and what they say about log-odds.
#[derive(Debug, Clone, PartialEq)]
pub struct WholePoints {
    /// Points of each bin, shape `(n_coefficients,)`.
    pub points: Vec<i32>,
    /// Points per unit of log-odds.
    pub scale: f64,
    /// Log-odds of a score of 0.
    pub intercept: f64,
    /// Points by which each criterion lies above that of the card in use; empty without one.
    pub above_champion: Vec<i32>,
}

impl WholePoints {
    /// No points at all.
    pub fn none() -> Self {
        Self { points: Vec::new(), scale: 1.0, intercept: 0.0, above_champion: Vec::new() }
    }

    /// Log-odds of a score.
    pub fn log_odds(&self, score: i32) -> f64 {
        self.intercept + f64::from(score) / self.scale
    }

    /// Score of each lead.
    pub fn scores(&self, codes: &Codes) -> Vec<i32> {
        scores_on(&[&self.points], codes).pop().unwrap_or_default()
    }

    /// Log-odds of each lead.
    pub fn log_odds_of(&self, codes: &Codes) -> Vec<f64> {
        self.scores(codes).into_iter().map(|score| self.log_odds(score)).collect()
    }

    /// Negative log likelihood of leads with these scores, nats; a score's share of it is worked out once.
    ///
    /// - `outcome`: of the first of them, or of all.
    pub fn losses(&self, scores: &[i32], outcome: &[f64]) -> Vec<f64> {
        let (lowest, highest) =
            scores.iter().fold((i32::MAX, i32::MIN), |(low, high), &score| (low.min(score), high.max(score)));
        let of_score = |score: i32| (softplus(self.log_odds(score)), self.log_odds(score));
        let of_scores: Vec<(f64, f64)> = (lowest..=highest).map(of_score).collect();
        let loss = |(&score, outcome): (&i32, &f64)| {
            let (softplus, log_odds) = of_scores[(score - lowest) as usize];
            softplus - outcome * log_odds
        };
        scores.iter().zip(outcome).map(loss).collect()
    }

    /// Rows of the card: per criterion or pair on it, one for missing, one per level, and one for other texts.
    pub fn n_card_rows(&self, bins: &BinPlan, chains: &Chains) -> usize {
        let rows_of = |j: usize| {
            let points = &self.points[chains.range(j)];
            1 + bins.runs(j, points).len() + points.len() - 1 - chains.n_chained[j]
        };
        self.used_criteria(chains).into_iter().map(rows_of).sum()
    }

    /// Whether criterion `j` tells leads apart.
    pub fn uses(&self, chains: &Chains, j: usize) -> bool {
        let points = &self.points[chains.range(j)];
        points.iter().any(|value| *value != points[0])
    }

    /// Criteria that tell leads apart.
    pub fn used_criteria(&self, chains: &Chains) -> Vec<usize> {
        (0..chains.n_criteria()).filter(|&j| self.uses(chains, j)).collect()
    }

    /// Highest minus lowest score.
    pub fn span(&self, chains: &Chains) -> i32 {
        span_of(&self.points, chains)
    }
}

/// A fit whose log-odds are to become whole points.
#[derive(Debug, Clone)]
pub struct PointsProblem<'a> {
    fit: &'a JointFit,
    /// The leads of the fit; the intercept is set so that promises and conversions among them agree.
    observed: Observed<'a>,
    chains: &'a Chains,
    /// How points may run, per criterion.
    trends: &'a [Trend],
    /// Whether some lead of the fit is in a bin, per bin.
    is_seen: Vec<bool>,
}

impl<'a> PointsProblem<'a> {
    /// - `observed`: the leads of the fit; `trends`: one per criterion.
    pub fn new(fit: &'a JointFit, observed: Observed<'a>, chains: &'a Chains, trends: &'a [Trend]) -> Self {
        let seen_of = |(codes, &n_bins): (&Vec<u8>, &usize)| {
            let (mut is_seen, mut n_unseen) = (vec![false; n_bins], n_bins);
            for &code in codes {
                n_unseen -= usize::from(!std::mem::replace(&mut is_seen[usize::from(code)], true));
                if n_unseen == 0 {
                    break;
                }
            }
            is_seen
        };
        let Codes { columns, n_bins, .. } = observed.codes;
        let is_seen: Vec<Vec<bool>> = columns.par_iter().zip(n_bins).map(seen_of).collect();
        Self { fit, observed, chains, trends, is_seen: is_seen.concat() }
    }

    /// Whole points that lose least against the fit, at a price per row of the card (nats).
    pub fn choose(&self, rule: &PointsRule, row_price: f64) -> WholePoints {
        if let ScaleRule::Bounded(lowest, highest) = rule.scale {
            return self.choose_small((lowest, highest), row_price);
        }
        let (points, scale) = self.unbalanced(rule, row_price);
        self.finish(points, scale)
    }

    /// The points of several cards, by how they look and what a row costs; the leads are looked at once for all of them.
    pub fn choose_each(&self, wishes: &[(PointsRule, f64)]) -> Vec<WholePoints> {
        if wishes.iter().any(|(rule, _)| matches!(rule.scale, ScaleRule::Bounded(..))) {
            return wishes.par_iter().map(|(rule, row_price)| self.choose(rule, *row_price)).collect();
        }
        self.finish_each(wishes.par_iter().map(|(rule, row_price)| self.unbalanced(rule, *row_price)).collect())
    }

    /// The same cards with their intercept left at 0, for whoever counts their rows: no lead is looked at.
    pub fn unplaced(&self, wishes: &[(PointsRule, f64)]) -> Vec<WholePoints> {
        let card = |(rule, row_price): &(PointsRule, f64)| {
            let (mut points, scale) = self.unbalanced(rule, *row_price);
            self.lower_unseen(&mut points);
            WholePoints { points, scale, ..WholePoints::none() }
        };
        wishes.par_iter().map(card).collect()
    }

    /// Points on no scale of bounded levels, and points per unit of log-odds.
    fn unbalanced(&self, rule: &PointsRule, row_price: f64) -> (Vec<i32>, f64) {
        let unit = f64::from(rule.unit);
        let (steps, scale) = match rule.scale {
            ScaleRule::PerLogOdds(scale) => (self.steps_at(scale / unit, row_price), scale / unit),
            ScaleRule::Span(total) => self.fill_span(total / rule.unit, row_price),
            ScaleRule::Bounded(..) => (Vec::new(), 1.0),
        };
        (steps.iter().map(|step| step * rule.unit as i32).collect(), scale * unit)
    }

    /// Whole points that lose least against the fit, where every point away from the card in use costs as well.
    ///
    /// All points of a criterion may move together for nothing, since only differences within a criterion tell leads apart; how far
    /// they did stands in [`WholePoints::above_champion`].
    ///
    /// - `scale`: points per unit of log-odds of the card in use; `unit`: points are multiples of it.
    pub fn choose_near(&self, champion: &ChampionOnBins, scale: f64, unit: u32, row_price: f64) -> WholePoints {
        let steps_of = |points: i32| crate::units::to_points(f64::from(points) / f64::from(unit));
        let in_use: Vec<i32> = champion.points.iter().map(|&points| steps_of(points)).collect();
        let leave_price: Vec<f64> = champion.leave_price.iter().map(|price| price * f64::from(unit)).collect();
        let step_scale = scale / f64::from(unit);
        let rounded = Surrogate::rounded(&self.fit.coefficients, step_scale, None);
        let mut above = champion.distances(self.chains, &rounded, &in_use);
        let mut best = rounded;
        for _ in 0..MAX_MOVES_TOGETHER {
            let kept: Vec<i32> = champion::moved(self.chains, &in_use, &above);
            let penalty = ChangePenalty { points: &kept, leave_price: &leave_price };
            let input =
                SurrogateInput { kept: Some(penalty), ..self.surrogate(&self.fit.coefficients, step_scale, row_price) };
            let (stayed, went) =
                (Surrogate::new(input, kept.clone()).minimise(), Surrogate::new(input, best).minimise());
            best = if stayed.cost <= went.cost { stayed.points } else { went.points };
            let next = champion.distances(self.chains, &best, &in_use);
            if next == above {
                break;
            }
            above = next;
        }
        let in_points = |steps: i32| steps * unit as i32;
        let points = best.into_iter().map(in_points).collect();
        WholePoints { above_champion: above.into_iter().map(in_points).collect(), ..self.finish(points, scale) }
    }

    /// The surrogate at a card that was chosen here, for points in multiples of `unit`.
    pub fn surrogate_at(&self, whole: &WholePoints, unit: u32, row_price: f64) -> Surrogate<'_> {
        let steps = whole.points.iter().map(|points| points / unit as i32).collect();
        Surrogate::new(self.surrogate(&self.fit.coefficients, whole.scale / f64::from(unit), row_price), steps)
    }

    /// - `center`: log-odds per bin; `scale`: steps per unit of log-odds.
    fn surrogate<'b>(&'b self, center: &'b [f64], scale: f64, row_price: f64) -> SurrogateInput<'b> {
        let Self { fit, chains, trends, .. } = self;
        SurrogateInput { chains, trends, hessian: &fit.hessian, center, scale, row_price, bounds: None, kept: None }
    }

    fn steps_at(&self, scale: f64, row_price: f64) -> Vec<i32> {
        let center = &self.fit.coefficients;
        let start = Surrogate::rounded(center, scale, None);
        Surrogate::new(self.surrogate(center, scale, row_price), start).minimise().points
    }

    fn finish(&self, points: Vec<i32>, scale: f64) -> WholePoints {
        self.finish_each(vec![(points, scale)]).pop().unwrap_or_else(WholePoints::none)
    }

    /// - `cards`: points per bin, and points per unit of log-odds.
    fn finish_each(&self, mut cards: Vec<(Vec<i32>, f64)>) -> Vec<WholePoints> {
        cards.iter_mut().for_each(|(points, _)| self.lower_unseen(points));
        let points: Vec<&[i32]> = cards.iter().map(|(points, _)| points.as_slice()).collect();
        let intercepts: Vec<f64> = (count_scores(&points, &self.observed).iter().zip(&cards))
            .map(|(counts, (_, scale))| self.balance(counts, *scale))
            .collect();
        let finished = cards.into_iter().zip(intercepts);
        finished
            .map(|((points, scale), intercept)| WholePoints { points, scale, intercept, above_champion: Vec::new() })
            .collect()
    }

    /// Gives answers that nobody of the fit had, and their absence where nobody's was absent, the lowest points of their criterion:
    /// nothing speaks for more. Levels with an order keep the points that their neighbours gave them, and one that borrows from all
    /// levels (a segment) those of an average one.
    fn lower_unseen(&self, points: &mut [i32]) {
        for j in 0..self.chains.n_criteria() {
            if self.chains.own_ridge[j].is_some() {
                continue;
            }
            let range = self.chains.range(j);
            let chained = range.start + 1..range.start + 1 + self.chains.n_chained[j];
            let counts = |k: usize| self.is_seen[k] || chained.contains(&k);
            let Some(lowest) = range.clone().filter(|&k| counts(k)).map(|k| points[k]).min() else { continue };
            range.filter(|&k| !counts(k)).for_each(|k| points[k] = lowest);
        }
    }

    /// The intercept at which the expected conversions equal the seen ones, over the histogram of scores.
    ///
    /// The slope of the score is never refitted here: that would give the shrinkage of the fit back.
    fn balance(&self, counts: &[ScoreWeight], scale: f64) -> f64 {
        let mean = self.observed.mean_outcome();
        let seen = mean * self.observed.total_weight();
        let steps = Steps { longest: 2.0, tolerance: 1e-11, at_most: 100 };
        let excess = |intercept: f64| {
            let (mut expected, mut curvature) = (0.0, 0.0);
            for count in counts {
                let p = logistic(intercept + count.score / scale);
                expected += count.n * p;
                curvature += count.n * p * (1.0 - p);
            }
            (expected - seen, f64::max(curvature, 1e-12))
        };
        logistic_shift(logit(mean), &steps, excess).estimate
    }

    /// Highest less lowest log-odds of each criterion.
    fn float_spans(&self) -> impl Iterator<Item = f64> {
        (0..self.chains.n_criteria()).map(|j| {
            let b = &self.fit.coefficients[self.chains.range(j)];
            b.iter().copied().fold(f64::NEG_INFINITY, f64::max) - b.iter().copied().fold(f64::INFINITY, f64::min)
        })
    }

    /// Finds the scale at which the best card spans exactly `total` steps; where none does, the nearest card is stretched by the
    /// cheapest single steps at its ends.
    fn fill_span(&self, total: u32, row_price: f64) -> (Vec<i32>, f64) {
        let total = total as i32;
        let mut scale = f64::from(total) / self.float_spans().sum::<f64>().max(1e-6);
        let mut best: Option<(i32, Vec<i32>, f64)> = None;
        for _ in 0..8 {
            let steps = self.steps_at(scale, row_price);
            let span = span_of(&steps, self.chains);
            let off = (span - total).abs();
            if best.as_ref().is_none_or(|(least, ..)| off < *least) {
                best = Some((off, steps, scale));
            }
            if off == 0 || span == 0 {
                break;
            }
            scale *= f64::from(total) / f64::from(span);
        }
        let Some((_, mut steps, scale)) = best else { return (Vec::new(), scale) };
        // Beside a pair a low answer that nobody gave widens the span; on its own it is one more of the lowest.
        if !self.chains.pairs.is_empty() {
            self.lower_unseen(&mut steps);
        }
        self.stretch(&mut steps, total, scale);
        (steps, scale)
    }

    /// Whether moving some bins by a step brings the span nearer to one that is so far off. Without pairs each end does.
    fn comes_nearer(&self, steps: &[i32], moved: &[usize], step: i32, off: i32) -> bool {
        if self.chains.pairs.is_empty() {
            return true;
        }
        let mut after = steps.to_vec();
        moved.iter().for_each(|&k| after[k] += step);
        (off - (span_of(&after, self.chains) - span_of(steps, self.chains))).abs() < off.abs()
    }

    /// Moves the highest or lowest levels of single criteria by one until the span is met, cheapest first by the surrogate.
    fn stretch(&self, steps: &mut [i32], total: i32, scale: f64) {
        let Self { fit, chains, trends, .. } = self;
        loop {
            let span = span_of(steps, chains);
            if span == total || span == 0 {
                return;
            }
            let grow = span < total;
            let mut best: Option<(f64, Vec<usize>, i32)> = None;
            for (j, trend) in trends.iter().enumerate() {
                let range = chains.range(j);
                let own = &steps[range.clone()];
                let (low, high) = (own.iter().min().copied().unwrap_or(0), own.iter().max().copied().unwrap_or(0));
                if low == high {
                    continue;
                }
                for (end, step) in [(high, 1), (low, -1)] {
                    let step = if grow { step } else { -step };
                    let moved: Vec<usize> = range.clone().filter(|&k| steps[k] == end).collect();
                    let after = |k: usize| steps[k] + if moved.contains(&k) { step } else { 0 };
                    let chained = range.start + 1..range.start + 1 + chains.n_chained[j];
                    let holds = trend.allows_run(&chained.map(after).collect::<Vec<_>>())
                        && self.comes_nearer(steps, &moved, step, total - span);
                    let cost: f64 = (moved.iter())
                        .map(|&k| {
                            let x = f64::from(steps[k]) / scale - fit.coefficients[k];
                            let y = x + f64::from(step) / scale;
                            0.5 * fit.hessian[(k + 1, k + 1)] * (y * y - x * x)
                        })
                        .sum();
                    if holds && best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                        best = Some((cost, moved, step));
                    }
                }
            }
            let Some((_, moved, step)) = best else { return };
            for k in moved {
                steps[k] += step;
            }
        }
    }
}

/// Points by bins: the answers that a pair looks at are those of its criteria.
fn sum_of_answers(points: &[i32], chains: &Chains) -> SumOfAnswers {
    let own = |j: usize| points[chains.range(j)].iter().map(|&points| i64::from(points)).collect::<Vec<i64>>();
    let of_pair = |(j, pair): (usize, &PairBins)| {
        let of_codes = own(j);
        // Behind the parts stands the missing answer.
        let parts = [0, 1].map(|side| {
            let axis = &pair.axes[side];
            (0..axis.part_of_bin.len()).map(|bin| axis.part(bin).unwrap_or(axis.n_parts)).collect()
        });
        let [rows, columns] = pair.axes.each_ref().map(|axis| axis.n_parts);
        let of_cell = |row: usize, column: usize| match row < rows && column < columns {
            true => of_codes[usize::from(pair.code_of_cell[row * columns + column])],
            false => of_codes[0],
        };
        let of_row = |row: usize| (0..=columns).map(|column| of_cell(row, column)).collect();
        PointsOfTwo { of: pair.of, parts, points: (0..=rows).map(of_row).collect() }
    };
    SumOfAnswers {
        alone: (0..chains.n_plain()).map(own).collect(),
        together: (chains.n_plain()..).zip(&chains.pairs).map(of_pair).collect(),
    }
}

/// Rounds of moving whole criteria and choosing again; the second hardly ever changes a point.
const MAX_MOVES_TOGETHER: usize = 4;

fn span_of(points: &[i32], chains: &Chains) -> i32 {
    if !chains.pairs.is_empty() {
        let (lowest, highest) = sum_of_answers(points, chains).range();
        return (highest - lowest) as i32;
    }
    (0..chains.n_criteria())
        .map(|j| {
            let own = &points[chains.range(j)];
            own.iter().max().copied().unwrap_or(0) - own.iter().min().copied().unwrap_or(0)
        })
        .sum()
}
