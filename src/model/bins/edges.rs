//! Edges of a numeric criterion: where they fall, and how they are written so that every scorer reads them alike.

use std::ops::{Add, Sub};

/// Leads and conversions (or fractions of them) per cell, cell 0 (missing) left out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CellCount {
    /// Leads.
    pub n: f64,
    /// Conversions.
    pub converted: f64,
}

impl Add for CellCount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { n: self.n + other.n, converted: self.converted + other.converted }
    }
}

impl Sub for CellCount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { n: self.n - other.n, converted: self.converted - other.converted }
    }
}

impl CellCount {
    /// Leads times their rate squared: the larger the sum over parts, the smaller the squared error within them.
    fn mean_square(self) -> f64 {
        if self.n > 0.0 { self.converted * self.converted / self.n } else { 0.0 }
    }
}

/// Sums of all cells before each position: entry `k` is that of the first `k`, shape `(n_cells + 1,)`.
pub(super) fn sums_below(cells: impl Iterator<Item = CellCount>) -> Vec<CellCount> {
    let nothing = CellCount::default();
    let sums = cells.scan(nothing, |sum, cell| {
        *sum = *sum + cell;
        Some(*sum)
    });
    std::iter::once(nothing).chain(sums).collect()
}

/// How finely a criterion is cut before points are given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinParams {
    /// Edges at so many equal shares of the leads; each distinct value has its own where there are no more.
    pub n_quantiles: usize,
    /// Pieces of a regression tree on this criterion alone, so that a telling spike has a bin of its own.
    pub n_pieces: usize,
    /// Further pieces, up to so many, for splits that are beyond chance.
    pub most_pieces: usize,
    /// Fewest leads in a bin. Small on purpose: the penalty of the fit guards against noise, not a coarse minimum.
    pub min_leads: f64,
}

impl Default for BinParams {
    fn default() -> Self {
        Self { n_quantiles: 24, n_pieces: 12, most_pieces: 60, min_leads: 15.0 }
    }
}

/// Bins of all criteria together that any card may have.
const ALWAYS_ROOM: usize = 1200;

/// Leads for each further bin.
const LEADS_PER_BIN: usize = 10;

/// Fewest bins that a criterion of many values has room for.
const FEWEST_BINS: usize = 5;

impl BinParams {
    /// As fine as usual, or coarser where so many criteria would have more bins than the leads could ever fill.
    pub fn with_room(n_leads: usize, n_criteria: usize) -> Self {
        let usual = Self::default();
        let room = (n_leads / LEADS_PER_BIN).max(ALWAYS_ROOM) / n_criteria.max(1);
        if room >= usual.n_quantiles + usual.n_pieces {
            return usual;
        }
        // A third of the room is for the tree, as usual.
        let n_pieces = room.max(FEWEST_BINS) / 3;
        Self { n_quantiles: room.max(FEWEST_BINS) - n_pieces, n_pieces, ..usual }
    }
}

/// Cells after which a bin ends, ascending: bin `k` is cells `cuts[k - 1]..cuts[k]`.
///
/// - `cells`: counts per cell in value order; cells without leads carry no edge.
/// - returns: positions `1..cells.len()`; each has a cell with leads right before and at or after it.
pub fn choose_cuts(cells: &[CellCount], params: &BinParams) -> Vec<usize> {
    let seen: Vec<usize> = (0..cells.len()).filter(|&c| cells[c].n > 0.0).collect();
    if seen.len() < 2 {
        return Vec::new();
    }
    // Prefix sums over the cells that were seen: everything below works on positions in `seen`.
    let below = sums_below(seen.iter().map(|&c| cells[c]));
    let mut cuts = quantile_cuts(&below, params.n_quantiles);
    cuts.extend(tree_cuts(&below, params));
    cuts.sort_unstable();
    cuts.dedup();
    join_small(&below, &mut cuts, params.min_leads);
    cuts.into_iter().map(|at| seen[at]).collect()
}

fn quantile_cuts(below: &[CellCount], n_quantiles: usize) -> Vec<usize> {
    let n_seen = below.len() - 1;
    if n_seen <= n_quantiles {
        return (1..n_seen).collect();
    }
    let n_leads = below[n_seen].n;
    (1..n_quantiles)
        .map(|q| {
            let share = n_leads * q as f64 / n_quantiles as f64;
            // The edge stands at the quantile's own value: leads below it go left.
            below.partition_point(|count| count.n <= share).saturating_sub(1)
        })
        .filter(|&at| at > 0)
        .collect()
}

/// Best-first regression tree on one criterion: the split that lowers the squared error most is made first. A split parts a run in two, or
/// takes a single value out of its middle. The penalty of the fit guards the first few against chance, the many after them have to be
/// beyond it.
///
/// # Source
/// Breiman et al. (1984), *Classification and Regression Trees*, grown best-first (Friedman 2001).
fn tree_cuts(below: &[CellCount], params: &BinParams) -> Vec<usize> {
    let all = below[below.len() - 1];
    let rate = all.converted / all.n;
    // In units of the variance of an outcome, a gain by chance alone is one chi-square.
    let least_gain = LEAST_GAIN * rate * (1.0 - rate);
    let split_of = |from: usize, to: usize| Split::best(below, from, to, params.min_leads);
    let mut open: Vec<Split> = split_of(0, below.len() - 1).into_iter().collect();
    let mut cuts = Vec::new();
    while cuts.len() + 1 < params.most_pieces {
        let Some(best) = (0..open.len()).max_by(|&i, &j| open[i].gain.total_cmp(&open[j].gain)) else { break };
        if cuts.len() + 1 >= params.n_pieces && open[best].gain < least_gain {
            break;
        }
        let Split { from, first, last, to, .. } = open.swap_remove(best);
        open.extend([(from, first), (last, to), (first, last)].into_iter().filter_map(|(from, to)| split_of(from, to)));
        cuts.extend([first, last].into_iter().filter(|&at| from < at && at < to));
    }
    cuts
}

/// Least gain of a split, variances of an outcome: the best of many splits reaches it by chance once in a few criteria.
const LEAST_GAIN: f64 = 8.0;

/// A run `from..to` parted into up to three: before `first`, from there to `last`, and after it.
struct Split {
    /// Squared error that it takes away, per cut.
    gain: f64,
    from: usize,
    first: usize,
    last: usize,
    to: usize,
}

impl Split {
    /// The best split of `from..to`, if one leaves enough leads in each part.
    fn best(below: &[CellCount], from: usize, to: usize, min_leads: f64) -> Option<Self> {
        let count = |from: usize, to: usize| below[to] - below[from];
        let all = count(from, to);
        let whole = all.mean_square();
        let halves = (from + 1..to).filter_map(|at| {
            let (left, right) = (count(from, at), count(at, to));
            let gain = left.mean_square() + right.mean_square() - whole;
            (left.n >= min_leads && right.n >= min_leads).then_some(Self { gain, from, first: at, last: to, to })
        });
        let spikes = (from + 1..to.saturating_sub(1)).filter_map(|at| {
            let spike = count(at, at + 1);
            // What lies beside the spike is told apart from it, not one side from the other.
            let gain = (spike.mean_square() + (all - spike).mean_square() - whole) / SPIKE_COST;
            (spike.n >= min_leads).then_some(Self { gain, from, first: at, last: at + 1, to })
        });
        halves.chain(spikes).filter(|split| split.gain > 1e-9).max_by(|a, b| a.gain.total_cmp(&b.gain))
    }
}

/// A spike takes two cuts, which have to be worth it.
const SPIKE_COST: f64 = 1.5;

/// Drops cuts that would leave fewer than `min_leads` in a bin or to the right of it.
fn join_small(below: &[CellCount], cuts: &mut Vec<usize>, min_leads: f64) {
    let n_leads = below[below.len() - 1].n;
    let mut start = 0;
    cuts.retain(|&at| {
        let keep = below[at].n - below[start].n >= min_leads && n_leads - below[at].n >= min_leads;
        if keep {
            start = at;
        }
        keep
    });
}

/// Largest whole number that every scorer holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0; // 2^53 - 1

/// Distance, relative to the edge, that a seen value must keep from it unless it equals it: scorers that print and read
/// numbers with 12 digits still put every lead on the right side.
const CLEARANCE: f64 = 1e-9;

/// Shortest decimal `e` (at most 12 significant digits) with `below < e <= above`, clear of both values: the multiple of
/// the largest power of ten that falls between them, the one nearest the middle where there are two.
///
/// - returns: `None` where the values are too close, or too large, to be told apart by every scorer.
pub fn portable_edge(below: f64, above: f64) -> Option<f64> {
    let middle = below + (above - below) / 2.0;
    let fits = |edge: f64| {
        let room = CLEARANCE * edge.abs();
        edge - below > room && (edge == above || above - edge > room) && edge.abs() <= MAX_SAFE_INTEGER
    };
    let largest = below.abs().max(above.abs());
    if !largest.is_finite() || largest == 0.0 {
        return None;
    }
    let top = largest.log10().floor() as i32 + 1;
    (top - 12..=top).rev().find_map(|power| {
        let steps = middle / 10_f64.powi(power);
        // Parsed from text, so that the edge is the number that its decimal digits say.
        [steps.floor(), steps.ceil()]
            .into_iter()
            .filter_map(|steps| format!("{steps:.0}e{power}").parse::<f64>().ok())
            .filter(|&edge| fits(edge))
            .min_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()))
            .map(|edge| edge + 0.0) // never -0
    })
}

/// Share of the leads of the smaller neighbouring bin that may change sides for a rounder edge.
const ROUNDING_SHARE: f64 = 0.25;

/// What the leads beside an edge may lose by its move, nats: a rounder number is worth a row that chance could have put there.
const ROUNDING_LOSS: f64 = 0.5;

/// How much better two rates describe some leads than one does, nats; half a lead of each outcome on top keeps it finite.
fn parted(left: CellCount, right: CellCount) -> f64 {
    let log_likelihood = |count: CellCount| {
        let rate = (count.converted + 0.5) / (count.n + 1.0);
        count.converted * rate.ln() + (count.n - count.converted) * (-rate).ln_1p()
    };
    log_likelihood(left) + log_likelihood(right)
}

/// Cells between which an edge may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeRoom {
    /// First cell of the bin after the edge.
    pub cut: usize,
    /// Highest cell that stays below the edge wherever it moves.
    pub first: usize,
    /// Lowest cell that stays above it.
    pub last: usize,
}

/// How far each edge may move so that few leads change sides: a quarter of the smaller bin beside it.
///
/// - `cuts`: as [`choose_cuts`] gives them.
pub fn rooms_of(cuts: &[usize], cells: &[CellCount]) -> Vec<EdgeRoom> {
    let below = sums_below(cells.iter().copied());
    let count = |from: usize, to: usize| below[to] - below[from];
    let bound = |at: usize| if at == 0 { 0 } else { cuts.get(at - 1).copied().unwrap_or(cells.len()) };
    let room = |(at, &cut): (usize, &usize)| {
        let (before, after) = (bound(at), bound(at + 2));
        let may_move = ROUNDING_SHARE * count(before, cut).n.min(count(cut, after).n);
        let fit_at = |edge: usize| parted(count(before, edge), count(edge, after));
        let is_cheap = |edge: usize| fit_at(cut) - fit_at(edge) <= ROUNDING_LOSS;
        let is_seen = |cell: &usize| cells[*cell].n > 0.0;
        // How far the edge may go past cells, each given with the next one beyond it.
        let reach = |seen: Vec<usize>, is_cheap: &dyn Fn(usize, usize) -> bool| {
            let mut moved = 0.0;
            let passed = seen.windows(2).take_while(|pair| {
                moved += cells[pair[0]].n;
                moved <= may_move && is_cheap(pair[0], pair[1])
            });
            passed.last().map(|pair| pair[1]).or(seen.first().copied())
        };
        let first = reach((before..cut).rev().filter(is_seen).collect(), &|cell, _| is_cheap(cell)).unwrap_or(before);
        let last = reach((cut..after).filter(is_seen).collect(), &|_, next| is_cheap(next)).unwrap_or(cut);
        EdgeRoom { cut, first, last }
    };
    cuts.iter().enumerate().map(room).collect()
}

/// The roundest number above `below` and at most `above`: the multiple of the largest of 1, 5 and 2.5 times a power of ten, the one
/// nearest to `edge`.
///
/// - `is_whole`: whether only whole numbers are wanted.
pub fn roundest(below: f64, above: f64, edge: f64, is_whole: bool) -> Option<f64> {
    let largest = below.abs().max(above.abs());
    if !largest.is_finite() || largest == 0.0 || largest > MAX_SAFE_INTEGER {
        return None;
    }
    let top = largest.log10().floor() as i32 + 1;
    let fits = |&candidate: &f64| {
        let room = CLEARANCE * candidate.abs();
        candidate - below > room && (candidate == above || above - candidate > room)
    };
    let grids = (top - 4..=top).rev().flat_map(|power| [(100, power - 2), (50, power - 2), (25, power - 2)]);
    let is_wanted = |&(step, power): &(i32, i32)| !is_whole || power >= 0 || step % 10_i32.pow(-power as u32) == 0;
    grids.into_iter().filter(is_wanted).find_map(|(step, power)| {
        let grid = f64::from(step) * 10_f64.powi(power);
        let near = (edge / grid).floor();
        // Parsed from text, so that the edge is the number that its decimal digits say.
        let candidate = |k: f64| format!("{:.0}e{power}", (near + k) * f64::from(step)).parse::<f64>().ok();
        let found = (-2..=3).filter_map(|k| candidate(f64::from(k))).filter(fits);
        found.min_by(|a, b| (a - edge).abs().total_cmp(&(b - edge).abs())).map(|edge| edge + 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(cells: &[(f64, f64)]) -> Vec<CellCount> {
        cells.iter().map(|&(n, converted)| CellCount { n, converted }).collect()
    }

    #[test]
    fn whole_numbers_get_whole_edges() {
        assert_eq!(portable_edge(3.0, 4.0), Some(4.0));
        assert_eq!(portable_edge(4.0, 5.0), Some(5.0));
        assert_eq!(portable_edge(20.0, 21.0), Some(21.0));
        assert_eq!(portable_edge(-1.0, 0.0), Some(0.0));
        assert_eq!(portable_edge(0.0, 1.0), Some(1.0));
        assert_eq!(portable_edge(3.0, 7.0), Some(5.0));
        assert_eq!(portable_edge(999.0, 1000.0), Some(1000.0));
    }

    #[test]
    fn an_edge_moves_to_the_roundest_number_in_its_room() {
        assert_eq!(roundest(24.0, 27.0, 26.0, true), Some(25.0));
        assert_eq!(roundest(92.0, 108.0, 97.0, true), Some(100.0));
        assert_eq!(roundest(133.0, 136.0, 134.0, true), Some(135.0));
        assert_eq!(roundest(970.0, 1_020.0, 985.0, true), Some(1_000.0));
        assert_eq!(roundest(-3.0, 2.0, 1.0, true), Some(0.0));
        assert_eq!(roundest(0.21, 0.27, 0.24, false), Some(0.25));
        assert_eq!(roundest(11.0, 13.0, 12.0, true), Some(12.0), "12.5 is no whole number");
        assert_eq!(roundest(11.0, 13.0, 12.0, false), Some(12.5));
        assert_eq!(roundest(0.0, 0.0, 0.0, true), None);
    }

    #[test]
    fn an_edge_moves_past_a_quarter_of_its_leads_and_never_past_a_spike() {
        let mut cells = counts(&[(10.0, 1.0); 40]);
        cells[18] = CellCount { n: 200.0, converted: 20.0 };
        // 390 leads below the edge, 200 above: 50 may change sides.
        let rooms = rooms_of(&[20], &cells);
        assert_eq!(rooms, [EdgeRoom { cut: 20, first: 18, last: 25 }]);
    }

    #[test]
    fn an_edge_stays_where_its_leads_put_it() {
        let cells: Vec<CellCount> =
            (0..40).map(|at| CellCount { n: 50.0, converted: if at < 20 { 2.0 } else { 25.0 } }).collect();
        assert_eq!(rooms_of(&[20], &cells), [EdgeRoom { cut: 20, first: 19, last: 20 }]);
    }

    #[test]
    fn a_spike_of_many_leads_is_a_bin_of_its_own_among_many() {
        // Eleven spikes as capital gains have them: of 30,000 leads 60 each.
        let is_spike = |at: usize| at % 90 == 45;
        let cells: Vec<CellCount> = (0..1_000)
            .map(|at| {
                if is_spike(at) {
                    CellCount { n: 60.0, converted: 58.0 }
                } else {
                    CellCount { n: 29.0, converted: 2.0 }
                }
            })
            .collect();
        let cuts = choose_cuts(&cells, &BinParams::default());
        assert!(
            (0..1_000).filter(|&at| is_spike(at)).all(|at| cuts.contains(&at) && cuts.contains(&(at + 1))),
            "{cuts:?}"
        );
    }

    #[test]
    fn values_that_scorers_cannot_tell_apart_get_no_edge() {
        assert_eq!(portable_edge(1.0, 1.0_f64.next_up()), None);
        assert_eq!(portable_edge(1e17, 2e17), None);
        assert_eq!(portable_edge(0.1, 0.3), Some(0.2));
    }

    #[test]
    fn a_spike_of_few_leads_gets_a_bin_of_its_own() {
        // 4,000 leads spread evenly over 100 values; only value 57 converts.
        let cells: Vec<CellCount> =
            (0..100).map(|c| CellCount { n: 40.0, converted: if c == 57 { 40.0 } else { 0.0 } }).collect();
        let cuts = choose_cuts(&cells, &BinParams { n_quantiles: 4, ..BinParams::default() });
        assert!(cuts.contains(&57) && cuts.contains(&58), "{cuts:?}");
    }

    #[test]
    fn few_distinct_values_each_have_a_bin_unless_it_is_too_small() {
        let cells = counts(&[(100.0, 3.0), (5.0, 1.0), (100.0, 9.0), (0.0, 0.0), (40.0, 4.0)]);
        assert_eq!(choose_cuts(&cells, &BinParams::default()), [1, 4]);
    }

    proptest! {
        #[test]
        fn an_edge_parts_its_values_and_is_short(a in -1e9..1e9_f64, width in 1e-3..1e6_f64) {
            let b = a + width;
            let edge = portable_edge(a, b).expect("far apart");
            prop_assert!(a < edge && edge <= b);
            let digits = format!("{edge:e}").split('e').next().unwrap_or("").chars().filter(char::is_ascii_digit).count();
            prop_assert!(digits <= 12, "{edge} has {digits} digits");
        }

        #[test]
        fn every_bin_holds_enough_leads(n in prop::collection::vec((0_u32..60, 0_u32..60), 1..200)) {
            let cells: Vec<CellCount> = n.iter()
                .map(|&(n, c)| CellCount { n: f64::from(n), converted: f64::from(c.min(n)) }).collect();
            let cuts = choose_cuts(&cells, &BinParams::default());
            prop_assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]));
            let mut start = 0;
            for &cut in cuts.iter().chain(std::iter::once(&cells.len())) {
                let held: f64 = cells[start..cut].iter().map(|cell| cell.n).sum();
                prop_assert!(cuts.is_empty() || held >= 15.0, "{held} leads");
                start = cut;
            }
        }
    }
}
