//! The quadratic surrogate of the loss over whole points, and its minimum by coordinate descent over criteria.
//!
//! Around the fit `x0`, log-odds per bin, with curvature `H` (intercept profiled out); the gradient is 0 there:
//!
//! `Q(u) = (1/2)(u/s - x0)' H (u/s - x0) + gamma * rows(u) + sum_k leave_price[k] * |u[k] - kept[k]|`
//!
//! The last term is there where a card is in use whose points should not be left without cause.
//!
//! One criterion at a time is solved exactly by [`ChainCost::best`]; every accepted move lowers `Q`.

use faer::Mat;

use super::chain::ChainCost;
use crate::model::fit::penalty::Chains;
use crate::settings::Trend;

/// The surrogate with the present points.
#[derive(Debug)]
pub struct Surrogate<'a> {
    given: SurrogateInput<'a>,
    points: Vec<i32>,
    /// `H (u/s - x0)`, intercept row left out.
    pull: Vec<f64>,
    /// Intercept row of the same product.
    intercept_pull: f64,
}

/// Where the surrogate is least.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// Points per bin, in steps of the card's unit.
    pub points: Vec<i32>,
    /// `Q` there, nats.
    pub cost: f64,
}

/// What the surrogate is taken around, and what a card costs.
#[derive(Debug, Clone, Copy)]
pub struct SurrogateInput<'a> {
    /// Which bins belong together.
    pub chains: &'a Chains,
    /// How points may run, per criterion.
    pub trends: &'a [Trend],
    /// Curvature of the penalised loss, intercept first.
    pub hessian: &'a Mat<f64>,
    /// Log-odds per bin.
    pub center: &'a [f64],
    /// Points per unit of log-odds, in steps of the card's unit.
    pub scale: f64,
    /// Price of a row, nats.
    pub row_price: f64,
    /// Fewest and most points of a level.
    pub bounds: Option<(i32, i32)>,
    /// Points of a card in use.
    pub kept: Option<ChangePenalty<'a>>,
}

/// Points of a card in use, and what it costs to leave them.
#[derive(Debug, Clone, Copy)]
pub struct ChangePenalty<'a> {
    /// Points per bin, in steps of the card's unit.
    pub points: &'a [i32],
    /// Price per step away from them, nats per bin.
    pub leave_price: &'a [f64],
}

/// A move must gain more than this (nats) to be made: rounding of the sums must not make two equal cards trade places.
const LEAST_GAIN: f64 = 1e-9;

impl<'a> Surrogate<'a> {
    /// The surrogate at `points`.
    pub fn new(given: SurrogateInput<'a>, points: Vec<i32>) -> Self {
        let mut surrogate = Self { given, pull: vec![0.0; points.len()], points, intercept_pull: 0.0 };
        let away: Vec<f64> = (0..given.center.len()).map(|k| surrogate.away(k, surrogate.points[k])).collect();
        for (k, &x) in away.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            surrogate.add_column(k, x);
        }
        surrogate
    }

    /// Nearest whole points to the center, within the bounds.
    pub fn rounded(center: &[f64], scale: f64, bounds: Option<(i32, i32)>) -> Vec<i32> {
        let (lowest, highest) = bounds.unwrap_or((i32::MIN, i32::MAX));
        center.iter().map(|b| crate::units::to_points(b * scale).clamp(lowest, highest)).collect()
    }

    fn away(&self, k: usize, points: i32) -> f64 {
        f64::from(points) / self.given.scale - self.given.center[k]
    }

    fn add_column(&mut self, k: usize, x: f64) {
        let Some((of_intercept, column)) = self.given.hessian.col_as_slice(k + 1).split_first() else { return };
        self.pull.iter_mut().zip(column).for_each(|(pull, curve)| *pull += curve * x);
        self.intercept_pull += of_intercept * x;
    }

    /// Sweeps over the criteria until none moves, and then over the pairs: no pair takes over what a criterion says on its own to save
    /// it a row.
    pub fn minimise(mut self) -> Minimum {
        let chains = self.given.chains;
        self.sweep(0..chains.n_plain());
        self.sweep(chains.n_plain()..chains.n_criteria());
        let cost = self.cost();
        Minimum { points: self.points, cost }
    }

    fn sweep(&mut self, columns: std::ops::Range<usize>) {
        // Every sweep that goes on lowers Q; cards settle within a dozen, the limit only stops cycles by rounding.
        for _ in 0..60 {
            let mut moved = false;
            for j in columns.clone() {
                moved |= self.improve(j);
            }
            if !moved {
                break;
            }
        }
    }

    /// `Q` at the present points, intercept profiled out; infinite against a trend.
    fn cost(&self) -> f64 {
        let mut cost = -0.5 * self.intercept_pull * self.intercept_pull / self.given.hessian[(0, 0)];
        for (k, &points) in self.points.iter().enumerate() {
            cost += self.away(k, points) * 0.5 * self.pull[k];
        }
        for j in 0..self.given.chains.n_criteria() {
            let own = &self.points[self.given.chains.range(j)];
            let n_chained = self.given.chains.n_chained[j];
            if !self.given.trends[j].allows_run(&own[1..=n_chained]) {
                return f64::INFINITY;
            }
            cost += self.given.row_price * n_rows(own, n_chained);
        }
        cost + self.given.kept.map_or(0.0, |kept| leaving(&self.points, kept.points, kept.leave_price))
    }

    fn improve(&mut self, j: usize) -> bool {
        let best = self.best_of(j, &self.view(j));
        let moved = best != self.points[self.given.chains.range(j)];
        if moved {
            self.set(j, &best);
        }
        moved
    }

    /// The best points of one criterion under another trend, those of the others held.
    pub fn reshaped(&self, j: usize, trend: Trend) -> Vec<i32> {
        self.best_of(j, &View { trend, ..self.view(j) })
    }

    /// The best points of one criterion, its present ones where none are better.
    fn best_of(&self, j: usize, view: &View<'_>) -> Vec<i32> {
        let present = self.points[self.given.chains.range(j)].to_vec();
        let mut best = (view.price(&present), present.clone());
        let mut tried = present.clone();
        // The intercept moves with the criterion: solve for the points with the intercept held, then move it, and again.
        for _ in 0..6 {
            let next = view.best_values(&tried, self.given.bounds);
            if next == tried {
                break;
            }
            tried = next;
            let price = view.price(&tried);
            if price < best.0 - LEAST_GAIN {
                best = (price, tried.clone());
            }
        }
        let (lowest, highest) = view.window(&best.1, self.given.bounds);
        for value in lowest..=highest {
            let left_out = vec![value; present.len()];
            let price = view.price(&left_out);
            if price < best.0 - LEAST_GAIN {
                best = (price, left_out);
            }
        }
        best.1
    }

    fn set(&mut self, j: usize, values: &[i32]) {
        for (k, &value) in self.given.chains.range(j).zip(values) {
            let change = f64::from(value - self.points[k]) / self.given.scale;
            if value != self.points[k] {
                self.points[k] = value;
                self.add_column(k, change);
            }
        }
    }

    /// The surrogate as seen from one criterion, the others held.
    fn view(&self, j: usize) -> View<'a> {
        let range = self.given.chains.range(j);
        let links = self.given.chains.links(j);
        let own: Vec<f64> = range.clone().map(|k| self.away(k, self.points[k])).collect();
        let curve: Vec<f64> = range.clone().map(|k| self.given.hessian[(k + 1, k + 1)]).collect();
        let link: Vec<f64> =
            range.clone().map(|k| if links.contains(&k) { self.given.hessian[(k + 1, k + 2)] } else { 0.0 }).collect();
        let share: Vec<f64> = range.clone().map(|k| self.given.hessian[(0, k + 1)]).collect();
        let slope = (range.clone().enumerate())
            .map(|(at, k)| {
                let mut pull = self.pull[k] - curve[at] * own[at];
                if at > 0 {
                    pull -= link[at - 1] * own[at - 1];
                }
                if at + 1 < own.len() {
                    pull -= link[at] * own[at + 1];
                }
                pull
            })
            .collect();
        let others = self.intercept_pull - share.iter().zip(&own).map(|(h, x)| h * x).sum::<f64>();
        View {
            kept: self.given.kept.map_or(&[], |kept| &kept.points[range.clone()]),
            leave_price: self.given.kept.map_or(&[], |kept| &kept.leave_price[range.clone()]),
            center: &self.given.center[range],
            n_chained: self.given.chains.n_chained[j],
            trend: self.given.trends[j],
            curve,
            slope,
            link,
            share,
            others,
            intercept_curve: self.given.hessian[(0, 0)],
            scale: self.given.scale,
            row_price: self.given.row_price,
        }
    }
}

/// One criterion's share of the surrogate: a chain, the bins that stand apart, and the intercept they all lean on.
struct View<'a> {
    center: &'a [f64],
    /// Points of the card in use; empty without one.
    kept: &'a [i32],
    leave_price: &'a [f64],
    n_chained: usize,
    trend: Trend,
    curve: Vec<f64>,
    slope: Vec<f64>,
    link: Vec<f64>,
    /// Curvature between intercept and bin.
    share: Vec<f64>,
    /// What the other criteria pull at the intercept.
    others: f64,
    intercept_curve: f64,
    scale: f64,
    row_price: f64,
}

impl View<'_> {
    fn away(&self, at: usize, value: i32) -> f64 {
        f64::from(value) / self.scale - self.center[at]
    }

    /// Cost of values of all bins of the criterion, intercept profiled out, rows included; infinite against the trend, so
    /// that points which were only rounded give way to any that keep it.
    fn price(&self, values: &[i32]) -> f64 {
        if !self.trend.allows_run(&values[1..=self.n_chained]) {
            return f64::INFINITY;
        }
        let mut cost = 0.0;
        let mut intercept_pull = self.others;
        let mut before = 0.0;
        for (at, &value) in values.iter().enumerate() {
            let x = self.away(at, value);
            cost += (0.5 * self.curve[at] * x + self.slope[at]) * x;
            if at > 0 {
                cost += self.link[at - 1] * before * x;
            }
            intercept_pull += self.share[at] * x;
            before = x;
        }
        cost - 0.5 * intercept_pull * intercept_pull / self.intercept_curve
            + self.row_price * n_rows(values, self.n_chained)
            + leaving(values, self.kept, self.leave_price)
    }

    /// Best values with the intercept held where `values` put it.
    fn best_values(&self, values: &[i32], bounds: Option<(i32, i32)>) -> Vec<i32> {
        let pulled: f64 = values.iter().enumerate().map(|(at, &value)| self.share[at] * self.away(at, value)).sum();
        let intercept = -(self.others + pulled) / self.intercept_curve;
        let chain = self.chain_cost(intercept);
        let (lowest, highest) = self.window_of(&chain, values, bounds);
        let inside = chain.best(lowest, highest);
        let mut best = values.to_vec();
        best[1..=self.n_chained].copy_from_slice(&inside);
        for at in std::iter::once(0).chain(self.n_chained + 1..values.len()) {
            let (low, high) = bounds.unwrap_or((i32::MIN, i32::MAX));
            let x = -(self.slope[at] + intercept * self.share[at]) / self.curve[at];
            best[at] = self.stay_or_go(at, (self.center[at] + x) * self.scale).clamp(low, high);
        }
        best
    }

    /// Whole points of a bin that stands apart, whose cost is least at `free`: those of the card in use unless leaving pays.
    fn stay_or_go(&self, at: usize, free: f64) -> i32 {
        let Some(&kept) = self.kept.get(at) else { return crate::units::to_points(free) };
        let curve = self.curve[at] / (self.scale * self.scale);
        let reach = self.leave_price[at] / curve;
        let cost =
            |v: i32| 0.5 * curve * (f64::from(v) - free).powi(2) + self.leave_price[at] * f64::from((v - kept).abs());
        let tried = [kept, crate::units::to_points(free - reach), crate::units::to_points(free + reach)];
        tried.into_iter().fold(kept, |best, v| if cost(v) < cost(best) { v } else { best })
    }

    /// The chained bins as a cost over whole values `v = (center + x) * scale`.
    fn chain_cost(&self, intercept: f64) -> ChainCost {
        let s = self.scale;
        let chained = 1..=self.n_chained;
        let slope = chained.clone().map(|at| {
            // x = v/s - c, so the slope at v = 0 collects what the centers contribute.
            let mut slope = self.slope[at] + intercept * self.share[at] - self.curve[at] * self.center[at];
            if at > 1 {
                slope -= self.link[at - 1] * self.center[at - 1];
            }
            if at < self.n_chained {
                slope -= self.link[at] * self.center[at + 1];
            }
            slope / s
        });
        ChainCost {
            slope: slope.collect(),
            curve: chained.clone().map(|at| self.curve[at] / (s * s)).collect(),
            link: chained.map(|at| self.link[at] / (s * s)).collect(),
            row_price: self.row_price,
            trend: self.trend,
            kept: self.kept.get(1..=self.n_chained).unwrap_or_default().to_vec(),
            leave_price: self.leave_price.get(1..=self.n_chained).unwrap_or_default().to_vec(),
        }
    }

    fn window(&self, values: &[i32], bounds: Option<(i32, i32)>) -> (i32, i32) {
        self.window_of(&self.chain_cost(0.0), values, bounds)
    }

    /// Values worth trying: from the lowest to the highest unrounded value, present values, those of the card in use, and one
    /// more on each side.
    fn window_of(&self, chain: &ChainCost, values: &[i32], bounds: Option<(i32, i32)>) -> (i32, i32) {
        let free = chain.unrounded();
        let present = values.iter().map(|&v| f64::from(v));
        let kept = self.kept.iter().map(|&v| f64::from(v));
        let (low, high) = (free.iter().copied().chain(present).chain(kept))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (lowest, highest) = bounds.unwrap_or((i32::MIN / 2, i32::MAX / 2));
        ((low.floor() as i32 - 1).clamp(lowest, highest), (high.ceil() as i32 + 1).clamp(lowest, highest))
    }
}

/// Rows that count: changes along the chain, and the two that a criterion has at least if it is on the card.
fn n_rows(values: &[i32], n_chained: usize) -> f64 {
    let changes = values[1..=n_chained].windows(2).filter(|pair| pair[0] != pair[1]).count();
    let is_used = values.iter().any(|value| *value != values[0]);
    changes as f64 + if is_used { 2.0 } else { 0.0 }
}

/// What it costs to be so far from the card in use; nothing without one.
fn leaving(values: &[i32], kept: &[i32], leave_price: &[f64]) -> f64 {
    let steps = values.iter().zip(kept).map(|(value, kept)| f64::from((value - kept).abs()));
    steps.zip(leave_price).map(|(steps, price)| steps * price).sum()
}
