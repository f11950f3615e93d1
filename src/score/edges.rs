//! Numbers to levels: how many edges lie at or below a value, without a branch per edge.
//!
//! Always true: whole numbers are compared exactly, also beyond 2^53; NaN is missing; infinities are beyond every edge.

use super::MISSING;

/// The edges of one criterion, in the three forms that columns come in.
#[derive(Debug, Clone)]
pub(super) struct NumberEdges {
    pub(super) floats: EdgeSearch<f64>,
    pub(super) signed: EdgeSearch<i64>,
    pub(super) unsigned: EdgeSearch<u64>,
}

impl NumberEdges {
    /// - `edges`: finite and strictly increasing.
    pub(super) fn new(edges: &[f64]) -> Self {
        Self {
            floats: EdgeSearch::floats(edges),
            signed: EdgeSearch::signed(edges),
            unsigned: EdgeSearch::unsigned(edges),
        }
    }
}

/// A value that edges are compared with.
pub(super) trait Comparable: Copy + PartialOrd {
    /// NaN stands for a missing value.
    fn is_missing(self) -> bool;
}

impl Comparable for f64 {
    fn is_missing(self) -> bool {
        self.is_nan()
    }
}

impl Comparable for i64 {
    fn is_missing(self) -> bool {
        false
    }
}

impl Comparable for u64 {
    fn is_missing(self) -> bool {
        false
    }
}

/// Counts the edges at or below a value by halving.
///
/// Every edge `e` is kept as the largest value below it, so that `e <= x` reads `bound < x`: one comparison that is right for
/// whole numbers (an edge of 3.5 becomes 3) and for floats, and false for the padding, which is the largest value there is.
#[derive(Debug, Clone)]
pub(super) struct EdgeSearch<T> {
    /// Bounds in rising order, padded to a power of two; the last entry is always padding.
    bounds: Box<[T]>,
    /// Edges so low that every value of this type lies at or above them.
    n_always: u16,
}

impl EdgeSearch<f64> {
    fn floats(edges: &[f64]) -> Self {
        Self::padded(edges.iter().map(|edge| edge.next_down()).collect(), f64::INFINITY, 0)
    }
}

impl EdgeSearch<i64> {
    fn signed(edges: &[f64]) -> Self {
        let first = edges.partition_point(|edge| edge.ceil() <= i64::MIN as f64);
        // A float beyond the range saturates to i128 and then to i64::MAX, which no value exceeds.
        let bound = |edge: &f64| i64::try_from(edge.ceil() as i128 - 1).unwrap_or(i64::MAX);
        Self::padded(edges[first..].iter().map(bound).collect(), i64::MAX, first as u16)
    }
}

impl EdgeSearch<u64> {
    fn unsigned(edges: &[f64]) -> Self {
        let first = edges.partition_point(|edge| edge.ceil() <= 0.0);
        let bound = |edge: &f64| u64::try_from(edge.ceil() as i128 - 1).unwrap_or(u64::MAX);
        Self::padded(edges[first..].iter().map(bound).collect(), u64::MAX, first as u16)
    }
}

impl<T: Comparable> EdgeSearch<T> {
    fn padded(mut bounds: Vec<T>, padding: T, n_always: u16) -> Self {
        bounds.resize((bounds.len() + 1).next_power_of_two(), padding);
        Self { bounds: bounds.into_boxed_slice(), n_always }
    }

    /// Level of one value.
    pub(super) fn level_of(&self, value: T) -> u16 {
        let mut level = [MISSING];
        self.write_levels(std::iter::once(value), &mut level);
        level[0]
    }

    /// Level of each value, into the front of `levels`.
    pub(super) fn write_levels(&self, values: impl Iterator<Item = T>, levels: &mut [u16]) {
        // One loop per size, so that the halving is unrolled and no index is checked. A criterion has at most 1,000 levels.
        match self.bounds.len() {
            2 => self.write_sized::<2>(values, levels),
            4 => self.write_sized::<4>(values, levels),
            8 => self.write_sized::<8>(values, levels),
            16 => self.write_sized::<16>(values, levels),
            32 => self.write_sized::<32>(values, levels),
            64 => self.write_sized::<64>(values, levels),
            128 => self.write_sized::<128>(values, levels),
            256 => self.write_sized::<256>(values, levels),
            512 => self.write_sized::<512>(values, levels),
            1024 => self.write_sized::<1024>(values, levels),
            _ => self.write_sized::<1>(values, levels),
        }
    }

    fn write_sized<const N: usize>(&self, values: impl Iterator<Item = T>, levels: &mut [u16]) {
        let Some(bounds) = self.bounds.first_chunk::<N>() else { return };
        let first_level = 1 + self.n_always;
        for (level, value) in levels.iter_mut().zip(values) {
            let found = first_level + count_below(bounds, value) as u16;
            *level = if value.is_missing() { MISSING } else { found };
        }
    }
}

/// Number of bounds strictly below `value`. The last bound is padding and never looked at.
#[inline(always)]
fn count_below<T: PartialOrd + Copy, const N: usize>(bounds: &[T; N], value: T) -> usize {
    let mut n_below = 0;
    let mut step = N / 2;
    while step > 0 {
        // The mask never changes the index; it tells the compiler that the index is within bounds.
        n_below += step * usize::from(bounds[(n_below + step - 1) & (N - 1)] < value);
        step /= 2;
    }
    n_below
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition: missing, or one more than the edges at or below the value.
    fn by_definition(edges: &[f64], value: f64) -> u16 {
        if value.is_nan() { 0 } else { 1 + edges.iter().filter(|&&edge| edge <= value).count() as u16 }
    }

    /// The definition for whole numbers, in exact arithmetic.
    fn whole_by_definition(edges: &[f64], value: i128) -> u16 {
        1 + edges.iter().filter(|edge| edge.ceil() as i128 <= value).count() as u16
    }

    #[test]
    fn an_edge_belongs_to_the_level_above_it() {
        let edges = NumberEdges::new(&[-1.5, 0.0, 3.0]).floats;
        let cases = [
            (f64::NEG_INFINITY, 1),
            ((-1.5_f64).next_down(), 1),
            (-1.5, 2),
            ((-1.5_f64).next_up(), 2),
            ((-0.0_f64).next_down(), 2),
            (-0.0, 3),
            (0.0, 3),
            (3.0_f64.next_down(), 3),
            (3.0, 4),
            (f64::INFINITY, 4),
            (f64::NAN, 0),
            (-f64::NAN, 0),
        ];
        for (value, level) in cases {
            assert_eq!(edges.level_of(value), level, "{value:?}");
        }
    }

    #[test]
    fn whole_numbers_beyond_two_to_the_53_are_compared_exactly() {
        // 2^53 + 2 is a float, 2^53 + 1 is not and would round down to 2^53.
        let edges = NumberEdges::new(&[9_007_199_254_740_994.0]);
        assert_eq!(edges.signed.level_of(9_007_199_254_740_993), 1);
        assert_eq!(edges.signed.level_of(9_007_199_254_740_994), 2);
        assert_eq!(edges.unsigned.level_of(9_007_199_254_740_993), 1);
        // 2^63 as an edge: no i64 reaches it, u64 does.
        let edges = NumberEdges::new(&[9_223_372_036_854_775_808.0]);
        assert_eq!(edges.signed.level_of(i64::MAX), 1);
        assert_eq!(edges.unsigned.level_of(1 << 63), 2);
        assert_eq!(edges.unsigned.level_of((1 << 63) - 1), 1);
        let edges = NumberEdges::new(&[-1e300, i64::MIN as f64, 0.0, 1e300]);
        assert_eq!(edges.signed.level_of(i64::MIN), 3);
        assert_eq!(edges.unsigned.level_of(0), 4);
        assert_eq!(edges.unsigned.level_of(u64::MAX), 4);
    }

    #[test]
    fn the_ends_of_the_floats_can_be_edges() {
        let edges = NumberEdges::new(&[f64::MIN, 0.0, f64::MAX]).floats;
        assert_eq!(edges.level_of(f64::NEG_INFINITY), 1);
        assert_eq!(edges.level_of(f64::MIN), 2);
        assert_eq!(edges.level_of(f64::MAX.next_down()), 3);
        assert_eq!(edges.level_of(f64::MAX), 4);
        assert_eq!(edges.level_of(f64::INFINITY), 4);
    }

    #[test]
    fn a_criterion_without_edges_has_one_level_beside_missing() {
        let edges = NumberEdges::new(&[]);
        assert_eq!(edges.floats.level_of(1.0), 1);
        assert_eq!(edges.floats.level_of(f64::NAN), 0);
        assert_eq!(edges.signed.level_of(-7), 1);
    }

    #[test]
    fn every_number_of_edges_is_searched_right() {
        for n_edges in (0..70).chain([126, 127, 128, 255, 256, 511, 512, 998]) {
            let edges: Vec<f64> = (0..n_edges).map(f64::from).collect();
            let all = NumberEdges::new(&edges);
            for value in (-1..=n_edges).flat_map(|n| [f64::from(n), f64::from(n) + 0.5]) {
                assert_eq!(all.floats.level_of(value), by_definition(&edges, value), "{n_edges} edges, {value}");
            }
            for value in -1..=n_edges {
                let level = whole_by_definition(&edges, i128::from(value));
                assert_eq!(all.signed.level_of(i64::from(value)), level, "{n_edges} edges, {value}");
            }
        }
    }

    fn finite() -> impl Strategy<Value = f64> {
        proptest::num::f64::ANY.prop_filter("an edge is finite", |edge| edge.is_finite())
    }

    proptest! {
        #[test]
        fn the_search_follows_the_definition(
            edges in proptest::collection::vec(prop_oneof![finite(), -20.0..20.0], 0..40),
            values in proptest::collection::vec(prop_oneof![proptest::num::f64::ANY, -20.0..20.0], 1..40),
            whole in proptest::collection::vec(prop_oneof![any::<i64>(), -20_i64..20], 1..20),
        ) {
            let mut edges = edges;
            edges.sort_by(f64::total_cmp);
            // -0.0 and 0.0 are one edge.
            edges.dedup_by(|a, b| a == b);
            let all = NumberEdges::new(&edges);
            for value in values.into_iter().chain(edges.clone()).chain(edges.iter().map(|e| e.next_down())) {
                prop_assert_eq!(all.floats.level_of(value), by_definition(&edges, value));
            }
            for value in whole {
                prop_assert_eq!(all.signed.level_of(value), whole_by_definition(&edges, i128::from(value)));
                let value = value as u64;
                prop_assert_eq!(all.unsigned.level_of(value), whole_by_definition(&edges, i128::from(value)));
            }
        }
    }
}
