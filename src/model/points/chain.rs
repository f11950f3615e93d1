//! Exact whole points along one criterion: a dynamic programme over its ordered bins and candidate values.

use std::ops::Range;

use crate::settings::Trend;

/// Quadratic cost of the values of a chain of bins, in steps of the card's unit.
///
/// `sum_k (curve[k]/2 * v_k^2 + slope[k] * v_k) + sum_k link[k] * v_k * v_{k+1}`, plus `row_price` wherever two
/// neighbours differ, plus `sum_k leave_price[k] * |v_k - kept[k]|` where a card is in use.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChainCost {
    /// Curvature per bin; positive.
    pub curve: Vec<f64>,
    /// Slope per bin at value 0.
    pub slope: Vec<f64>,
    /// Coupling of bin `k` and `k + 1`; the last entry is unused.
    pub link: Vec<f64>,
    /// Price of a change of value between neighbours.
    pub row_price: f64,
    /// How values may run.
    pub trend: Trend,
    /// Values of the card in use; empty without one.
    pub kept: Vec<i32>,
    /// Price per step away from it, per bin; empty without one.
    pub leave_price: Vec<f64>,
}

impl ChainCost {
    /// Cost of given values.
    pub fn of(&self, values: &[i32]) -> f64 {
        let mut cost = 0.0;
        for (k, &value) in values.iter().enumerate() {
            cost += self.own(k, value);
            if k > 0 {
                cost += self.joint(k - 1, values[k - 1], value);
            }
        }
        cost
    }

    fn own(&self, k: usize, value: i32) -> f64 {
        let v = f64::from(value);
        let left = self.leave_price.get(k).map_or(0.0, |price| price * f64::from((value - self.kept[k]).abs()));
        0.5 * self.curve[k] * v * v + self.slope[k] * v + left
    }

    fn joint(&self, k: usize, before: i32, after: i32) -> f64 {
        let change = if before == after { 0.0 } else { self.row_price };
        self.link[k] * f64::from(before) * f64::from(after) + change
    }

    /// The cheapest values in `lowest..=highest`, by dynamic programming: exact, `O(n_bins * n_values^2)`. Ties go to the
    /// lower value, so that equal inputs give equal cards.
    pub fn best(&self, lowest: i32, highest: i32) -> Vec<i32> {
        if self.curve.is_empty() {
            return Vec::new();
        }
        if self.trend == Trend::Turning {
            let peak = self.best_with_peak(lowest, highest);
            let valley: Vec<i32> = self.mirrored().best_with_peak(-highest, -lowest).into_iter().map(|v| -v).collect();
            return if self.of(&valley) < self.of(&peak) { valley } else { peak };
        }
        let values: Vec<f64> = (lowest..=highest.max(lowest)).map(f64::from).collect();
        let value_of = |at: usize| lowest + at as i32;
        // Cheapest way to each value of each bin.
        let mut costs: Vec<Vec<f64>> = vec![(0..values.len()).map(|at| self.own(0, value_of(at))).collect()];
        for k in 1..self.curve.len() {
            let before = &costs[k - 1];
            let cheapest = |at: usize| {
                self.cheapest_way(k, before, self.allowed(at, values.len()), at, &values) + self.own(k, value_of(at))
            };
            costs.push((0..values.len()).map(cheapest).collect());
        }
        let mut at = first_least(costs[costs.len() - 1].iter().copied());
        let mut chosen = vec![value_of(at); self.curve.len()];
        for k in (1..self.curve.len()).rev() {
            // Where a way comes from is looked up for the values chosen only.
            let allowed = self.allowed(at, values.len());
            let first = allowed.start;
            at = first + first_least(allowed.map(|from| self.way(k, costs[k - 1][from], from, at, &values)));
            chosen[k - 1] = value_of(at);
        }
        debug_assert!(self.trend.allows_run(&chosen));
        chosen
    }

    /// Cost of a way to one value of bin `k` that comes from a value of the bin before.
    fn way(&self, k: usize, cost_before: f64, from: usize, at: usize, values: &[f64]) -> f64 {
        let through = cost_before + self.link[k - 1] * values[at] * values[from];
        if from == at { through } else { through + self.row_price }
    }

    /// The least of [`ChainCost::way`] from any of the values allowed, of which `at` is one.
    fn cheapest_way(&self, k: usize, before: &[f64], allowed: Range<usize>, at: usize, values: &[f64]) -> f64 {
        let coupling = self.link[k - 1] * values[at];
        let changed = least_of_line(&before[allowed.clone()], &values[allowed], coupling) + self.row_price;
        changed.min(self.way(k, before[at], at, at, values))
    }

    /// Positions that may come before one, of so many values.
    fn allowed(&self, at: usize, n_values: usize) -> Range<usize> {
        match self.trend {
            Trend::Increasing => 0..at + 1,
            Trend::Decreasing => at..n_values,
            Trend::Turning | Trend::Auto | Trend::Free | Trend::Unordered => 0..n_values,
        }
    }

    /// The same cost of values with the other sign.
    fn mirrored(&self) -> Self {
        Self {
            slope: self.slope.iter().map(|slope| -slope).collect(),
            kept: self.kept.iter().map(|kept| -kept).collect(),
            ..self.clone()
        }
    }

    /// The cheapest values that rise up to some bin and fall from it on.
    fn best_with_peak(&self, lowest: i32, highest: i32) -> Vec<i32> {
        let values: Vec<f64> = (lowest..=highest.max(lowest)).map(f64::from).collect();
        let value_of = |at: usize| lowest + at as i32;
        let n_values = values.len();
        // Cheapest way to each value of each bin: of those that still rise, and of those that may have turned.
        let first: Vec<f64> = (0..n_values).map(|at| self.own(0, value_of(at))).collect();
        let mut costs: Vec<[Vec<f64>; 2]> = vec![[first.clone(), first]];
        for k in 1..self.curve.len() {
            let [rising, falling] = &costs[k - 1];
            let cheapest = |before: &[f64], allowed: Range<usize>, at: usize| {
                self.cheapest_way(k, before, allowed, at, &values) + self.own(k, value_of(at))
            };
            let next_rising = (0..n_values).map(|at| cheapest(rising, 0..at + 1, at)).collect();
            let turned = |at: usize| cheapest(rising, at..n_values, at).min(cheapest(falling, at..n_values, at));
            let next_falling = (0..n_values).map(turned).collect();
            costs.push([next_rising, next_falling]);
        }
        let [rising, falling] = &costs[costs.len() - 1];
        let (up, down) = (first_least(rising.iter().copied()), first_least(falling.iter().copied()));
        let (mut at, mut has_turned) = if falling[down] < rising[up] { (down, true) } else { (up, false) };
        let mut chosen = vec![value_of(at); self.curve.len()];
        for k in (1..self.curve.len()).rev() {
            let [rising, falling] = &costs[k - 1];
            if has_turned {
                let ways = (at..n_values).flat_map(|from| [rising[from], falling[from]].map(|cost| (cost, from)));
                let best = first_least(ways.map(|(cost, from)| self.way(k, cost, from, at, &values)));
                (at, has_turned) = (at + best / 2, best % 2 == 1);
            } else {
                at = first_least((0..at + 1).map(|from| self.way(k, rising[from], from, at, &values)));
            }
            chosen[k - 1] = value_of(at);
        }
        debug_assert!(Trend::Turning.allows_run(&chosen));
        chosen
    }

    /// Values that minimise the cost without whole numbers, prices or trend: the three-diagonal system solved by
    /// elimination. Gives the window in which whole values are worth trying.
    pub fn unrounded(&self) -> Vec<f64> {
        let n = self.curve.len();
        let (mut diagonal, mut right): (Vec<f64>, Vec<f64>) =
            (self.curve.clone(), self.slope.iter().map(|s| -s).collect());
        for k in 1..n {
            let factor = self.link[k - 1] / diagonal[k - 1];
            diagonal[k] -= factor * self.link[k - 1];
            right[k] -= factor * right[k - 1];
        }
        for k in (0..n).rev() {
            if k + 1 < n {
                right[k] -= self.link[k] * right[k + 1];
            }
            right[k] /= diagonal[k];
        }
        right
    }
}

/// Position of the least; of equals the first.
fn first_least(costs: impl Iterator<Item = f64>) -> usize {
    let better = |best: (usize, f64), next: (usize, f64)| if next.1 < best.1 { next } else { best };
    costs.enumerate().reduce(better).map_or(0, |(at, _)| at)
}

/// Values compared side by side.
const LANES: usize = 4;

/// The least of `cost + coupling * value`.
fn least_of_line(costs: &[f64], values: &[f64], coupling: f64) -> f64 {
    let (costs, costs_left) = costs.as_chunks::<LANES>();
    let (values, values_left) = values.as_chunks::<LANES>();
    let mut least = [f64::INFINITY; LANES];
    for (cost, value) in costs.iter().zip(values) {
        for lane in 0..LANES {
            let through = cost[lane] + coupling * value[lane];
            least[lane] = if through < least[lane] { through } else { least[lane] };
        }
    }
    let left = costs_left.iter().zip(values_left).map(|(cost, value)| cost + coupling * value);
    least.into_iter().chain(left).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute_force(cost: &ChainCost, lowest: i32, highest: i32) -> f64 {
        let n_values = (highest - lowest + 1) as usize;
        let mut least = f64::INFINITY;
        for mut number in 0..n_values.pow(cost.curve.len() as u32) {
            let values: Vec<i32> = (cost.curve.iter())
                .map(|_| {
                    let value = lowest + (number % n_values) as i32;
                    number /= n_values;
                    value
                })
                .collect();
            if cost.trend.allows_run(&values) {
                least = least.min(cost.of(&values));
            }
        }
        least
    }

    proptest! {
        #[test]
        fn the_dynamic_programme_equals_brute_force(
            bins in prop::collection::vec((0.5..4.0_f64, -6.0..6.0_f64, -0.4..0.0_f64, -3..4_i32), 1..6),
            row_price in 0.0..3.0_f64,
            leave_price in 0.0..3.0_f64,
            trend in prop::sample::select(vec![Trend::Increasing, Trend::Decreasing, Trend::Turning, Trend::Free]),
        ) {
            let cost = ChainCost {
                curve: bins.iter().map(|bin| bin.0 + 0.8).collect(),
                slope: bins.iter().map(|bin| bin.1).collect(),
                link: bins.iter().map(|bin| bin.2).collect(),
                row_price,
                trend,
                kept: bins.iter().map(|bin| bin.3).collect(),
                leave_price: vec![leave_price; bins.len()],
            };
            let best = cost.best(-3, 3);
            prop_assert!(cost.trend.allows_run(&best));
            // Both sum the same few dozen terms; only the order of adding differs.
            prop_assert!((cost.of(&best) - brute_force(&cost, -3, 3)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_dear_row_joins_neighbours() {
        let cost = |row_price| ChainCost {
            curve: vec![1.0; 4],
            slope: vec![-1.0, -1.0, -3.0, -3.0],
            link: vec![0.0; 4],
            row_price,
            ..ChainCost::default()
        };
        assert_eq!(cost(0.0).best(0, 5), [1, 1, 3, 3]);
        assert_eq!(cost(10.0).best(0, 5), [2, 2, 2, 2]);
    }

    #[test]
    fn a_value_in_use_is_left_only_for_more_than_it_costs() {
        let cost = |price| ChainCost {
            curve: vec![1.0; 3],
            slope: vec![-4.0; 3],
            link: vec![0.0; 3],
            kept: vec![1; 3],
            leave_price: vec![price; 3],
            ..ChainCost::default()
        };
        // One step from 1 gains 2.5, the next 1.5, the last 0.5.
        assert_eq!(cost(0.1).best(0, 5), [4, 4, 4]);
        assert_eq!(cost(1.0).best(0, 5), [3, 3, 3]);
        assert_eq!(cost(3.0).best(0, 5), [1, 1, 1]);
    }

    #[test]
    fn a_trend_forbids_the_way_back() {
        let cost = ChainCost {
            curve: vec![1.0; 3],
            slope: vec![-1.0, -4.0, -2.0],
            link: vec![0.0; 3],
            trend: Trend::Increasing,
            ..ChainCost::default()
        };
        assert_eq!(cost.best(0, 5), [1, 3, 3]);
    }

    #[test]
    fn unrounded_values_solve_the_system() {
        let cost = ChainCost {
            curve: vec![2.0, 3.0, 2.0],
            slope: vec![1.0, -2.0, 0.5],
            link: vec![-0.5, -1.0, 0.0],
            ..ChainCost::default()
        };
        let v = cost.unrounded();
        for k in 0..3 {
            let mut left = cost.curve[k] * v[k] + cost.slope[k];
            if k > 0 {
                left += cost.link[k - 1] * v[k - 1];
            }
            if k < 2 {
                left += cost.link[k] * v[k + 1];
            }
            assert!(left.abs() < 1e-12, "row {k}: {left}");
        }
    }
}
