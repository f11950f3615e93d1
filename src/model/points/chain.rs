//! Exact whole points along one criterion: a dynamic programme over its ordered bins and candidate values.

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

/// Where the cheapest way to a value comes from.
#[derive(Debug, Clone, Copy, Default)]
struct CameFrom {
    /// Position of the value before.
    before: u32,
    /// Whether the way may have turned by then.
    has_turned: bool,
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
        let n_bins = self.curve.len();
        let n_values = (highest - lowest + 1).max(1) as usize;
        let value_of = |at: usize| lowest + at as i32;
        let mut cost: Vec<f64> = (0..n_values).map(|at| self.own(0, value_of(at))).collect();
        let mut came_from = vec![0_u32; n_bins * n_values];
        let mut next = vec![0.0; n_values];
        for k in 1..n_bins {
            for (at, next) in next.iter_mut().enumerate() {
                let value = value_of(at);
                let (mut least, mut from) = (f64::INFINITY, at);
                let allowed = match self.trend {
                    Trend::Increasing => 0..at + 1,
                    Trend::Decreasing => at..n_values,
                    Trend::Turning | Trend::Auto | Trend::Free | Trend::Unordered => 0..n_values,
                };
                let coupling = self.link[k - 1] * f64::from(value);
                for before in allowed {
                    let mut through = cost[before] + coupling * f64::from(value_of(before));
                    if before != at {
                        through += self.row_price;
                    }
                    if through < least {
                        (least, from) = (through, before);
                    }
                }
                *next = least + self.own(k, value);
                came_from[k * n_values + at] = from as u32;
            }
            std::mem::swap(&mut cost, &mut next);
        }
        let mut at = (0..n_values).fold(0, |best, at| if cost[at] < cost[best] { at } else { best });
        let mut values = vec![0; n_bins];
        for k in (0..n_bins).rev() {
            values[k] = value_of(at);
            at = came_from[k * n_values + at] as usize;
        }
        debug_assert!(self.trend.allows_run(&values));
        values
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
        let (n_bins, n_values) = (self.curve.len(), (highest - lowest + 1).max(1) as usize);
        let value_of = |at: usize| lowest + at as i32;
        let mut rising: Vec<f64> = (0..n_values).map(|at| self.own(0, value_of(at))).collect();
        let mut falling = rising.clone();
        // Per bin and value: where the way came from, for a way that still rises and for one that may have turned.
        let mut came_from = vec![[CameFrom::default(); 2]; n_bins * n_values];
        for k in 1..n_bins {
            let through =
                |cost: f64, before: usize, at: usize| cost + self.joint(k - 1, value_of(before), value_of(at));
            let (mut next_rising, mut next_falling) = (vec![f64::INFINITY; n_values], vec![f64::INFINITY; n_values]);
            for at in 0..n_values {
                let [from_rising, from_falling] = &mut came_from[k * n_values + at];
                for (before, &cost) in rising.iter().enumerate().take(at + 1) {
                    let cost = through(cost, before, at);
                    if cost < next_rising[at] {
                        (next_rising[at], *from_rising) = (cost, CameFrom { before: before as u32, has_turned: false });
                    }
                }
                for before in at..n_values {
                    for (cost, has_turned) in [(rising[before], false), (falling[before], true)] {
                        let cost = through(cost, before, at);
                        if cost < next_falling[at] {
                            (next_falling[at], *from_falling) = (cost, CameFrom { before: before as u32, has_turned });
                        }
                    }
                }
                next_rising[at] += self.own(k, value_of(at));
                next_falling[at] += self.own(k, value_of(at));
            }
            (rising, falling) = (next_rising, next_falling);
        }
        let least = |cost: &[f64]| (0..n_values).fold(0, |best, at| if cost[at] < cost[best] { at } else { best });
        let (up, down) = (least(&rising), least(&falling));
        let (mut at, mut has_turned) = if falling[down] < rising[up] { (down, true) } else { (up, false) };
        let mut values = vec![0; n_bins];
        for k in (0..n_bins).rev() {
            values[k] = value_of(at);
            let from = came_from[k * n_values + at][usize::from(has_turned)];
            (at, has_turned) = (from.before as usize, from.has_turned);
        }
        debug_assert!(Trend::Turning.allows_run(&values));
        values
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
