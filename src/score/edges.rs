//! Numbers to levels: how many edges lie at or below a value, without a branch per edge.
//!
//! Few edges are all compared, which the compiler turns into vector instructions; many are searched by halving; whole numbers
//! close together look their level up in a table.
//!
//! Always true: whole numbers are compared exactly, also beyond 2^53; NaN is missing; infinities are beyond every edge.

use super::MISSING;

/// The edges of one criterion, in the three forms that columns come in.
#[derive(Debug, Clone)]
pub(super) struct NumberEdges {
    pub(super) floats: FloatEdges,
    pub(super) signed: WholeEdges<i64>,
    pub(super) unsigned: WholeEdges<u64>,
}

impl NumberEdges {
    /// - `edges`: finite and strictly increasing.
    pub(super) fn new(edges: &[f64]) -> Self {
        Self {
            floats: FloatEdges::new(edges),
            signed: WholeEdges::<i64>::new(edges),
            unsigned: WholeEdges::<u64>::new(edges),
        }
    }
}

/// Bounds in rising order, for counting those below a value.
///
/// Every edge `e` is kept as the largest value below it, so that `e <= x` reads `bound < x`: one comparison that is right for
/// whole numbers (an edge of 3.5 becomes 3) and for floats, and false for the padding, which is the largest value there is.
#[derive(Debug, Clone)]
struct Bounds<T>(Box<[T]>);

impl<T: PartialOrd + Copy> Bounds<T> {
    /// - `padding`: the largest value there is. The bounds are padded to a power of two; the last one is always padding.
    fn new(mut bounds: Vec<T>, padding: T) -> Self {
        bounds.resize((bounds.len() + 1).next_power_of_two(), padding);
        Self(bounds.into_boxed_slice())
    }

    /// Number of bounds strictly below `value`.
    fn n_below(&self, value: T) -> u16 {
        self.0.partition_point(|&bound| bound < value) as u16
    }

    /// Writes what `to_level` makes of each value and of the number of bounds below it.
    fn write_levels(&self, values: &[T], levels: &mut [u16], to_level: impl Fn(u16, T) -> u16 + Copy) {
        // One loop per size, so that it is unrolled and no index is checked. A criterion has at most 1,000 levels.
        match self.0.len() {
            1 => self.compare_all::<1>(values, levels, to_level),
            2 => self.compare_all::<2>(values, levels, to_level),
            4 => self.compare_all::<4>(values, levels, to_level),
            8 => self.compare_all::<8>(values, levels, to_level),
            16 => self.compare_all::<16>(values, levels, to_level),
            32 => self.halve::<32>(values, levels, to_level),
            64 => self.halve::<64>(values, levels, to_level),
            128 => self.halve::<128>(values, levels, to_level),
            256 => self.halve::<256>(values, levels, to_level),
            512 => self.halve::<512>(values, levels, to_level),
            _ => self.halve::<1024>(values, levels, to_level),
        }
    }

    /// Compares every value with every bound.
    fn compare_all<const N: usize>(&self, values: &[T], levels: &mut [u16], to_level: impl Fn(u16, T) -> u16) {
        let Some(bounds) = self.0.first_chunk::<N>() else { return };
        for (level, &value) in levels.iter_mut().zip(values) {
            let n_below = bounds.iter().map(|&bound| u64::from(bound < value)).sum::<u64>() as u16;
            *level = to_level(n_below, value);
        }
    }

    /// Looks for the first bound at or above a value by halving.
    fn halve<const N: usize>(&self, values: &[T], levels: &mut [u16], to_level: impl Fn(u16, T) -> u16) {
        let Some(bounds) = self.0.first_chunk::<N>() else { return };
        for (level, &value) in levels.iter_mut().zip(values) {
            let mut n_below = 0;
            let mut step = N / 2;
            while step > 0 {
                // The mask never changes the index; it tells the compiler that the index is within bounds.
                n_below += step * usize::from(bounds[(n_below + step - 1) & (N - 1)] < value);
                step /= 2;
            }
            *level = to_level(n_below as u16, value);
        }
    }
}

/// Edges for floats.
#[derive(Debug, Clone)]
pub(super) struct FloatEdges(Bounds<f64>);

impl FloatEdges {
    fn new(edges: &[f64]) -> Self {
        Self(Bounds::new(edges.iter().map(|edge| edge.next_down()).collect(), f64::INFINITY))
    }

    /// Level of one value.
    pub(super) fn level_of(&self, value: f64) -> u16 {
        level_of_float(self.0.n_below(value), value)
    }

    /// Level of each value.
    pub(super) fn write_levels(&self, values: &[f64], levels: &mut [u16]) {
        self.0.write_levels(values, levels, level_of_float);
    }
}

/// No bound lies below NaN, which equals nothing: it gets the missing level, 0. Every other value is at least at level 1.
#[inline(always)]
fn level_of_float(n_below: u16, value: f64) -> u16 {
    #[expect(clippy::eq_op, reason = "false for NaN alone, and a vector instruction")]
    let is_number = value == value;
    MISSING + n_below + u16::from(is_number)
}

/// Whole numbers that a table covers: 2 kB, which stay in the cache while a column is read.
const TABLE: usize = 1_024;

/// Edges for whole numbers.
#[derive(Debug, Clone)]
pub(super) struct WholeEdges<T> {
    bounds: Bounds<T>,
    /// Level of a value that lies above no bound: edges so low that every value reaches them have no bound.
    lowest_level: u16,
    /// Where all bounds are close together: the lowest bound, and the levels from there on.
    table: Option<(T, Box<[u16; TABLE]>)>,
}

/// A whole number of 64 bits.
pub(super) trait Whole: Ord + Copy + TryFrom<i128> + Into<i128> {
    /// The smallest there is.
    const MIN: Self;
    /// The largest there is.
    const MAX: Self;

    /// `self - lower` for `lower <= self`, right in its lowest bits.
    fn offset_from(self, lower: Self) -> usize;

    /// The nearest there is to `whole`.
    fn saturating_from(whole: i128) -> Self {
        Self::try_from(whole).unwrap_or(if whole < 0 { Self::MIN } else { Self::MAX })
    }

    /// `self + n`, if there is such a number.
    fn checked_plus(self, n: usize) -> Option<Self> {
        let whole: i128 = self.into();
        Self::try_from(whole + n as i128).ok()
    }
}

impl Whole for i64 {
    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    fn offset_from(self, lower: Self) -> usize {
        self.wrapping_sub(lower) as usize
    }
}

impl Whole for u64 {
    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    fn offset_from(self, lower: Self) -> usize {
        self.wrapping_sub(lower) as usize
    }
}

impl<T: Whole> WholeEdges<T> {
    fn new(edges: &[f64]) -> Self {
        // An edge that every value reaches has no bound below it.
        let smallest: i128 = T::MIN.into();
        let n_reached = edges.partition_point(|edge| edge.ceil() <= smallest as f64);
        // A float beyond the range saturates to i128 and then to the largest value, which no value exceeds.
        let bound = |edge: &f64| T::saturating_from((edge.ceil() as i128).saturating_sub(1));
        let bounds: Vec<T> = edges[n_reached..].iter().map(bound).collect();
        let lowest_level = MISSING + 1 + n_reached as u16;
        let table = table_of(&bounds, lowest_level);
        Self { bounds: Bounds::new(bounds, T::MAX), lowest_level, table }
    }

    /// Level of one value.
    pub(super) fn level_of(&self, value: T) -> u16 {
        self.lowest_level + self.bounds.n_below(value)
    }

    /// Level of each value.
    pub(super) fn write_levels(&self, values: &[T], levels: &mut [u16]) {
        let Some((lowest, table)) = &self.table else {
            return self.bounds.write_levels(values, levels, |n_below, _| self.lowest_level + n_below);
        };
        let highest = lowest.checked_plus(TABLE - 1).unwrap_or(T::MAX);
        for (level, &value) in levels.iter_mut().zip(values) {
            // The mask never changes the index; it tells the compiler that the index is within bounds.
            *level = table[value.clamp(*lowest, highest).offset_from(*lowest) & (TABLE - 1)];
        }
    }
}

/// The lowest bound, and the level of each whole number from there on; `None` where the highest bound is too far away.
fn table_of<T: Whole>(bounds: &[T], lowest_level: u16) -> Option<(T, Box<[u16; TABLE]>)> {
    let (&lowest, &highest) = (bounds.first()?, bounds.last()?);
    // The number above the highest bound has a place, so that everything above finds the highest level there.
    lowest.checked_plus(TABLE - 1).filter(|&end| highest < end)?;
    let level = |n: usize| {
        let value = lowest.checked_plus(n)?;
        Some(lowest_level + bounds.partition_point(|&bound| bound < value) as u16)
    };
    let levels: Option<Vec<u16>> = (0..TABLE).map(level).collect();
    Some((lowest, Box::new(levels?.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Level of `value`, found alone and in a column.
    #[track_caller]
    fn level_of_float(edges: &NumberEdges, value: f64) -> u16 {
        let mut levels = [u16::MAX; 3];
        edges.floats.write_levels(&[value; 3], &mut levels);
        assert_eq!(levels, [edges.floats.level_of(value); 3], "{value:?} alone and in a column");
        levels[0]
    }

    #[track_caller]
    fn level_of_whole<T: Whole + std::fmt::Debug>(edges: &WholeEdges<T>, value: T) -> u16 {
        let mut levels = [u16::MAX; 3];
        edges.write_levels(&[value; 3], &mut levels);
        assert_eq!(levels, [edges.level_of(value); 3], "{value:?} alone and in a column");
        levels[0]
    }

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
        let edges = NumberEdges::new(&[-1.5, 0.0, 3.0]);
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
            assert_eq!(level_of_float(&edges, value), level, "{value:?}");
        }
    }

    #[test]
    fn whole_numbers_beyond_two_to_the_53_are_compared_exactly() {
        // 2^53 + 2 is a float, 2^53 + 1 is not and would round down to 2^53.
        let edges = NumberEdges::new(&[9_007_199_254_740_994.0]);
        assert_eq!(level_of_whole(&edges.signed, 9_007_199_254_740_993), 1);
        assert_eq!(level_of_whole(&edges.signed, 9_007_199_254_740_994), 2);
        assert_eq!(level_of_whole(&edges.unsigned, 9_007_199_254_740_993), 1);
        // 2^63 as an edge: no i64 reaches it, u64 does.
        let edges = NumberEdges::new(&[9_223_372_036_854_775_808.0]);
        assert_eq!(level_of_whole(&edges.signed, i64::MAX), 1);
        assert_eq!(level_of_whole(&edges.unsigned, 1 << 63), 2);
        assert_eq!(level_of_whole(&edges.unsigned, (1 << 63) - 1), 1);
        let edges = NumberEdges::new(&[-1e300, i64::MIN as f64, 0.0, 1e300]);
        assert_eq!(level_of_whole(&edges.signed, i64::MIN), 3);
        assert_eq!(level_of_whole(&edges.unsigned, 0), 4);
        assert_eq!(level_of_whole(&edges.unsigned, u64::MAX), 4);
    }

    #[test]
    fn the_ends_of_the_floats_can_be_edges() {
        let edges = NumberEdges::new(&[f64::MIN, 0.0, f64::MAX]);
        assert_eq!(level_of_float(&edges, f64::NEG_INFINITY), 1);
        assert_eq!(level_of_float(&edges, f64::MIN), 2);
        assert_eq!(level_of_float(&edges, f64::MAX.next_down()), 3);
        assert_eq!(level_of_float(&edges, f64::MAX), 4);
        assert_eq!(level_of_float(&edges, f64::INFINITY), 4);
    }

    #[test]
    fn a_criterion_without_edges_has_one_level_beside_missing() {
        let edges = NumberEdges::new(&[]);
        assert_eq!(level_of_float(&edges, 1.0), 1);
        assert_eq!(level_of_float(&edges, f64::NAN), 0);
        assert_eq!(level_of_whole(&edges.signed, -7), 1);
    }

    #[test]
    fn every_number_of_edges_is_searched_right() {
        for n_edges in (0..70).chain([126, 127, 128, 255, 256, 511, 512, 998]) {
            let edges: Vec<f64> = (0..n_edges).map(f64::from).collect();
            let all = NumberEdges::new(&edges);
            for value in (-1..=n_edges).flat_map(|n| [f64::from(n), f64::from(n) + 0.5]) {
                assert_eq!(level_of_float(&all, value), by_definition(&edges, value), "{n_edges} edges, {value}");
            }
            for value in -1..=n_edges {
                let level = whole_by_definition(&edges, i128::from(value));
                assert_eq!(level_of_whole(&all.signed, i64::from(value)), level, "{n_edges} edges, {value}");
            }
        }
    }

    #[test]
    fn whole_numbers_close_together_and_far_apart_find_the_same_levels() {
        let (top, bottom) = (i64::MAX as f64, i64::MIN as f64);
        for edges in [
            vec![1.0, 2.0, 2.5, 2.75, 40.0],
            vec![-3.0, 1_000.0],
            vec![0.0, 1_022.0],
            vec![0.0, 1_023.0],
            vec![0.0, 1_024.0],
            vec![5.0, 1e6],
            vec![bottom, bottom + 4_096.0],
            vec![top - 2_048.0, top],
        ] {
            let all = NumberEdges::new(&edges);
            let around = |edge: f64| (-3..=3).map(move |step| edge as i128 + step);
            for value in
                edges.iter().copied().flat_map(around).chain([0, -1, i128::from(i64::MIN), i128::from(u64::MAX)])
            {
                let level = whole_by_definition(&edges, value);
                if let Ok(value) = i64::try_from(value) {
                    assert_eq!(level_of_whole(&all.signed, value), level, "{edges:?}, {value}");
                }
                if let Ok(value) = u64::try_from(value) {
                    assert_eq!(level_of_whole(&all.unsigned, value), level, "{edges:?}, {value}");
                }
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
                prop_assert_eq!(level_of_float(&all, value), by_definition(&edges, value));
            }
            for value in whole {
                prop_assert_eq!(level_of_whole(&all.signed, value), whole_by_definition(&edges, i128::from(value)));
                let value = value as u64;
                prop_assert_eq!(level_of_whole(&all.unsigned, value), whole_by_definition(&edges, i128::from(value)));
            }
        }
    }
}
