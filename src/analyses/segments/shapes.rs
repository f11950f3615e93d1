//! Does a segment need shapes of its own? Every segment against all others, criterion by criterion.
//!
//! Where a criterion works alike everywhere, a judged lead converts with
//!
//! `log-odds = promised log-odds + a[segment] + d[level]`,
//!
//! `a` for a segment that is better or worse as a whole, `d` for a level about which the card is wrong everywhere (its worth may
//! have changed since). The score test asks whether the conversions of segment `g` ask for levels `d` of their own: with
//! `U` the conversions less the expected ones per level, and `V` their covariance once `a` and `d` are fitted,
//! `U' V^- U` is chi-square with as many degrees of freedom as `V` has rank. Nothing has to be fitted for the alternative, so
//! levels with few leads do no harm beyond what pooling them prevents.
//!
//! # Source
//! Rao (1948), *Proc. Cambridge Phil. Soc.* 44, 50-57; the list of pairs is cut by Benjamini and Hochberg (1995).

use rayon::prelude::*;

use super::{LevelsOfLeads, OTHERS, largest_groups};
use crate::analyses::segments::record::{SegmentLevel, SegmentShape, SegmentShapes};
use crate::data::labels::Grouping;
use crate::decide::frontier::OutOfFold;
use crate::math::{logistic, logit};
use crate::measures::{chi_square_above, discoveries};
use crate::measures::{clamp_probability, wilson};
use crate::notes::in_words;

/// Share of the listed pairs that may be luck on average.
pub const FALSE_DISCOVERY: f64 = 0.10;

/// Fewest conversions, and fewest misses, expected of a level before the chi-square holds (Cochran 1954).
const MIN_EXPECTED: f64 = 5.0;

/// Most segments that are tested; the rest is only compared with.
const MAX_SEGMENTS: usize = 30;

/// Most different promises that are told apart; beyond, log-odds are rounded to a fiftieth.
const MAX_PROMISES: usize = 1000;

/// Tests every pair of segment and criterion.
pub(super) fn segment_shapes(segment: &Grouping, judged: &OutOfFold, criteria: &[LevelsOfLeads]) -> SegmentShapes {
    let segment = largest_groups(segment, MAX_SEGMENTS);
    let (promises, promise_of) = promises_of(&judged.probability);
    let tested: Vec<Option<Tested>> = criteria
        .par_iter()
        .flat_map_iter(|criterion| {
            let table = Table::count(&segment, criterion, &promises, &promise_of, &judged.converted);
            let fitted = table.fit();
            let named = segment.names.iter().enumerate().filter(|(_, name)| *name != OTHERS);
            named.map(|(at, name)| table.test((at, name), &fitted, criterion)).collect::<Vec<_>>()
        })
        .collect();
    let n_pairs = tested.len();
    let tested: Vec<Tested> = tested.into_iter().flatten().collect();
    let p_values: Vec<f64> = tested.iter().map(|tested| tested.shape.p_value).collect();
    let mut found: Vec<SegmentShape> =
        discoveries(&p_values, FALSE_DISCOVERY).into_iter().map(|at| tested[at].shape.clone()).collect();
    // A tiny p-value may come out as 0 twice; names settle the order.
    found.sort_by(|a, b| {
        let by_name = || a.segment.cmp(&b.segment).then_with(|| a.criterion.cmp(&b.criterion));
        a.p_value.total_cmp(&b.p_value).then(b.chi_square.total_cmp(&a.chi_square)).then_with(by_name)
    });
    SegmentShapes {
        false_discovery: FALSE_DISCOVERY,
        n_tested: tested.len() as u64,
        n_too_few: (n_pairs - tested.len()) as u64,
        n_pooled_levels: tested.iter().map(|tested| tested.n_pooled).sum(),
        found,
    }
}

/// A pair that could be tested.
struct Tested {
    shape: SegmentShape,
    n_pooled: u64,
}

/// The different promises in log-odds, ascending, and which of them each lead had.
fn promises_of(probability: &[f64]) -> (Vec<f64>, Vec<u16>) {
    let exact: Vec<f64> = probability.iter().map(|&p| logit(clamp_probability(p))).collect();
    let distinct = |values: &[f64]| {
        let mut distinct = values.to_vec();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        distinct
    };
    let mut values = exact;
    let mut promises = distinct(&values);
    if promises.len() > MAX_PROMISES {
        values.iter_mut().for_each(|value| *value = (*value * 50.0).round() / 50.0);
        promises = distinct(&values);
    }
    let place = |value: &f64| promises.partition_point(|promise| promise < value) as u16;
    let of_lead = values.iter().map(place).collect();
    (promises, of_lead)
}

/// Leads of one segment, level and promise.
#[derive(Debug, Clone, Copy)]
struct Cell {
    segment: usize,
    level: usize,
    log_odds: f64,
    n: f64,
    converted: f64,
}

/// All leads, counted.
struct Table {
    cells: Vec<Cell>,
    n_segments: usize,
    n_levels: usize,
}

/// Shifts of segments and levels: what the promises need where the criterion works alike everywhere.
struct Fitted {
    segment: Vec<f64>,
    level: Vec<f64>,
}

/// Rounds of fitting segments and levels in turn; the rest is then far below what a test can see.
const MAX_ROUNDS: usize = 200;
const SETTLED: f64 = 1e-7;

impl Table {
    fn count(
        segment: &Grouping,
        criterion: &LevelsOfLeads,
        promises: &[f64],
        promise_of: &[u16],
        converted: &[bool],
    ) -> Self {
        let (n_segments, n_levels) = (segment.names.len(), criterion.labels.len());
        let mut counts = vec![(0_u32, 0_u32); n_segments * n_levels * promises.len()];
        for (lead, &promise) in promise_of.iter().enumerate() {
            let at = segment.positions[lead] as usize * n_levels + usize::from(criterion.levels[lead]);
            let count = &mut counts[at * promises.len() + usize::from(promise)];
            count.0 += 1;
            count.1 += u32::from(converted[lead]);
        }
        let cell = |(at, &(n, converted)): (usize, &(u32, u32))| Cell {
            segment: at / promises.len() / n_levels,
            level: at / promises.len() % n_levels,
            log_odds: promises[at % promises.len()],
            n: f64::from(n),
            converted: f64::from(converted),
        };
        let cells = counts.iter().enumerate().filter(|(_, count)| count.0 > 0).map(cell).collect();
        Self { cells, n_segments, n_levels }
    }

    /// Segments and levels in turn, one Newton step each, until conversions seen and expected agree in every segment and level.
    fn fit(&self) -> Fitted {
        let mut fitted = Fitted { segment: vec![0.0; self.n_segments], level: vec![0.0; self.n_levels] };
        for _ in 0..MAX_ROUNDS {
            let by_segment = self.newton_steps(&fitted, self.n_segments, |cell| cell.segment);
            fitted.segment.iter_mut().zip(&by_segment).for_each(|(shift, step)| *shift += step);
            let by_level = self.newton_steps(&fitted, self.n_levels, |cell| cell.level);
            fitted.level.iter_mut().zip(&by_level).for_each(|(shift, step)| *shift += step);
            if by_segment.iter().chain(&by_level).all(|step| step.abs() < SETTLED) {
                break;
            }
        }
        fitted
    }

    fn newton_steps(&self, fitted: &Fitted, n: usize, of: impl Fn(&Cell) -> usize) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); n];
        for cell in &self.cells {
            let p = fitted.probability(cell);
            let sum = &mut sums[of(cell)];
            sum.0 += cell.converted - cell.n * p;
            sum.1 += cell.n * p * (1.0 - p);
        }
        // Where nobody converted there is no end to the shift: steps stay small, and rounds are limited.
        sums.into_iter().map(|(excess, v)| if v > 1e-9 { (excess / v).clamp(-1.0, 1.0) } else { 0.0 }).collect()
    }

    /// The score test of segment `at`; `None` where it has no two levels with enough expected conversions and misses.
    fn test(&self, (at, name): (usize, &str), fitted: &Fitted, criterion: &LevelsOfLeads) -> Option<Tested> {
        let n = self.n_levels;
        let mut levels = vec![LevelSums::default(); n];
        // Information about level shifts once segments are profiled out: all segments together, and this one.
        let mut weights = vec![0.0; self.n_segments * n];
        for cell in &self.cells {
            let p = fitted.probability(cell);
            weights[cell.segment * n + cell.level] += cell.n * p * (1.0 - p);
            if cell.segment == at {
                levels[cell.level].add(cell, p);
            }
        }
        let pools = pools_of(&levels);
        if pools.len() < 2 {
            return None;
        }
        let mut all = vec![0.0; n * n];
        let mut own = Vec::new();
        for (segment, weights) in weights.chunks(n).enumerate() {
            let information = within(weights);
            all.iter_mut().zip(&information).for_each(|(sum, value)| *sum += value);
            if segment == at {
                own = information;
            }
        }
        // First the pooled levels of this segment, then the levels of all segments, which are eliminated.
        let n_pools = pools.len();
        let size = n_pools + n;
        let mut information = Information { size, matrix: vec![0.0; size * size], score: vec![0.0; size] };
        for (i, pool) in pools.iter().enumerate() {
            information.score[i] = pool.iter().map(|&level| levels[level].converted - levels[level].expected).sum();
            for (j, other) in pools.iter().enumerate() {
                information.matrix[i * size + j] =
                    pool.iter().map(|&a| other.iter().map(|&b| own[a * n + b]).sum::<f64>()).sum();
            }
            for level in 0..n {
                let shared: f64 = pool.iter().map(|&a| own[a * n + level]).sum();
                information.matrix[i * size + n_pools + level] = shared;
                information.matrix[(n_pools + level) * size + i] = shared;
            }
        }
        for a in 0..n {
            for b in 0..n {
                information.matrix[(n_pools + a) * size + n_pools + b] = all[a * n + b];
            }
        }
        information.eliminate(n_pools..size);
        let variances: Vec<f64> = (0..n_pools).map(|i| information.matrix[i * size + i]).collect();
        let scores = information.score[..n_pools].to_vec();
        let (chi_square, degrees) = information.eliminate(0..n_pools);
        if degrees == 0 {
            return None;
        }
        let told = |(pool, (score, variance)): (&Vec<usize>, (&f64, &f64))| {
            let sum = pool.iter().fold(LevelSums::default(), |sum, &level| sum.and(levels[level]));
            let labels: Vec<&str> = (pool.iter().filter(|&&level| levels[level].n > 0.0))
                .map(|&level| criterion.labels[level].as_str())
                .collect();
            let interval = wilson(sum.converted, sum.n);
            SegmentLevel {
                level: in_words(&labels, "or"),
                n_leads: sum.n as u64,
                n_converted: sum.converted as u64,
                low: interval.low,
                high: interval.high,
                n_promised: sum.promised,
                n_expected: sum.expected,
                z: if *variance > 0.0 { score / variance.sqrt() } else { 0.0 },
            }
        };
        let shape = SegmentShape {
            segment: name.to_owned(),
            criterion: criterion.criterion.clone(),
            n_leads: levels.iter().map(|level| level.n).sum::<f64>() as u64,
            chi_square,
            degrees,
            p_value: chi_square_above(chi_square, degrees),
            levels: pools.iter().zip(scores.iter().zip(&variances)).map(told).collect(),
        };
        let n_present = levels.iter().filter(|level| level.n > 0.0).count();
        Some(Tested { shape, n_pooled: (n_present - pools.len()) as u64 })
    }
}

impl Fitted {
    fn probability(&self, cell: &Cell) -> f64 {
        logistic(cell.log_odds + self.segment[cell.segment] + self.level[cell.level])
    }
}

/// Leads of one level within a segment.
#[derive(Debug, Clone, Copy, Default)]
struct LevelSums {
    n: f64,
    converted: f64,
    promised: f64,
    expected: f64,
}

impl LevelSums {
    fn add(&mut self, cell: &Cell, expected: f64) {
        self.n += cell.n;
        self.converted += cell.converted;
        self.promised += cell.n * logistic(cell.log_odds);
        self.expected += cell.n * expected;
    }

    fn and(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            converted: self.converted + other.converted,
            promised: self.promised + other.promised,
            expected: self.expected + other.expected,
        }
    }

    fn is_enough(self) -> bool {
        self.expected >= MIN_EXPECTED && self.n - self.expected >= MIN_EXPECTED
    }
}

/// Levels with leads in the segment, neighbours together until each pool has enough; what is left at the end joins the last pool.
fn pools_of(levels: &[LevelSums]) -> Vec<Vec<usize>> {
    let mut pools: Vec<Vec<usize>> = Vec::new();
    let (mut open, mut sum) = (Vec::new(), LevelSums::default());
    for (at, level) in levels.iter().enumerate().filter(|(_, level)| level.n > 0.0) {
        open.push(at);
        sum = sum.and(*level);
        if sum.is_enough() {
            pools.push(std::mem::take(&mut open));
            sum = LevelSums::default();
        }
    }
    if let Some(last) = pools.last_mut() {
        last.extend(open);
    }
    pools
}

/// Information about the levels within one segment whose own shift is fitted: `diag(w) - w w' / sum(w)`.
fn within(weights: &[f64]) -> Vec<f64> {
    let n = weights.len();
    let total: f64 = weights.iter().sum();
    let mut matrix = vec![0.0; n * n];
    for a in 0..n {
        for b in 0..n {
            let shared = if total > 0.0 { weights[a] * weights[b] / total } else { 0.0 };
            matrix[a * n + b] = if a == b { weights[a] - shared } else { -shared };
        }
    }
    matrix
}

/// A score with its information matrix, row by row.
struct Information {
    size: usize,
    matrix: Vec<f64>,
    score: Vec<f64>,
}

/// A pivot below this share of what stood there at first is rounding: the direction is not identified.
const ROUNDING: f64 = 1e-8;

impl Information {
    /// Eliminates some places, the largest pivot first; directions that nothing is known of are passed over.
    ///
    /// - returns: the quadratic form `U' V^- U` of those places, and the rank of `V`.
    fn eliminate(&mut self, places: std::ops::Range<usize>) -> (f64, u32) {
        let size = self.size;
        let first: Vec<f64> = (0..size).map(|at| self.matrix[at * size + at]).collect();
        let mut left: Vec<usize> = places.filter(|&at| first[at] > 0.0).collect();
        let (mut form, mut rank) = (0.0, 0);
        loop {
            left.retain(|&at| self.matrix[at * size + at] > ROUNDING * first[at]);
            let largest = |best: usize, at: usize| {
                if self.matrix[at * size + at] > self.matrix[best * size + best] { at } else { best }
            };
            let Some(pivot) = left.iter().copied().reduce(largest) else { return (form, rank) };
            let diagonal = self.matrix[pivot * size + pivot];
            form += self.score[pivot] * self.score[pivot] / diagonal;
            rank += 1;
            let row: Vec<f64> = self.matrix[pivot * size..(pivot + 1) * size].to_vec();
            let score = self.score[pivot];
            for at in (0..size).filter(|&at| at != pivot) {
                let share = row[at] / diagonal;
                self.score[at] -= share * score;
                let of_at = &mut self.matrix[at * size..(at + 1) * size];
                of_at.iter_mut().zip(&row).for_each(|(value, pivot)| *value -= share * pivot);
            }
            for at in 0..size {
                self.matrix[pivot * size + at] = 0.0;
                self.matrix[at * size + pivot] = 0.0;
            }
            self.score[pivot] = 0.0;
            left.retain(|&at| at != pivot);
        }
    }
}
