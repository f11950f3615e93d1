//! Bins: each criterion cut into at most 255 fine steps, and every lead into one byte per criterion.
//!
//! In: cells ([`cells::to_cells`]), and the leads a fit may see with their outcomes.
//! Out: a [`BinPlan`], and with it [`Codes`] for any leads.
//!
//! Start at [`fit_bins`]. `cells` compacts values, `edges` cuts numbers, `pairs` puts two criteria into one column of codes.
//!
//! Always true: a plan sees only the leads it is given; code 0 is missing; numeric bin `k` holds
//! `edges[k - 2] <= x && x < edges[k - 1]`; levels it has not seen, or too rarely, share the last bin of a text criterion (of one
//! whose levels borrow from each other, those it has not seen).

pub mod cells;
pub mod edges;
pub mod pairs;

use std::ops::Add;

use cells::{CellColumn, CellMeaning};
use rayon::prelude::*;

pub use edges::BinParams;
use edges::{CellCount, choose_cuts, portable_edge, rooms_of, roundest, sums_below};
pub use pairs::PairBins;

use crate::data::features::CriterionColumn;
use crate::settings::Trend;

/// Leads as bytes: one column of codes per criterion, and behind them one per pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Codes {
    /// Code of each lead, one column per criterion or pair.
    pub columns: Vec<Vec<u8>>,
    /// Number of bins of each column; codes lie in `0..n_bins`.
    pub n_bins: Vec<usize>,
    /// Number of leads, also where there is no criterion.
    pub n_leads: usize,
}

impl Codes {
    /// First coefficient of each column, and the total at the end: shape `(n_columns + 1,)`.
    pub fn offsets(&self) -> Vec<usize> {
        let mut offsets = vec![0];
        offsets.extend(self.n_bins.iter().scan(0, |sum, n| {
            *sum += n;
            Some(*sum)
        }));
        offsets
    }

    /// The codes of some criteria only.
    pub fn select(&self, criteria: &[usize]) -> Self {
        Self {
            columns: criteria.iter().map(|&j| self.columns[j].clone()).collect(),
            n_bins: criteria.iter().map(|&j| self.n_bins[j]).collect(),
            n_leads: self.n_leads,
        }
    }

    /// Adds the column of a pair behind the others.
    pub fn push_pair(&mut self, pair: &PairBins) {
        let column = pair.encode(pair.of.map(|at| &self.columns[at][..]));
        self.columns.push(column);
        self.n_bins.push(pair.n_bins());
    }
}

/// Bins of all criteria, and grids over two of them. Each is a column of codes: first the criteria, then the pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct BinPlan {
    /// In the order of the criteria.
    pub criteria: Vec<CriterionBins>,
    /// In the order in which they were chosen.
    pub pairs: Vec<PairBins>,
}

/// Bins of one criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionBins {
    /// Which criterion: its position among all.
    pub criterion: usize,
    /// What the bins hold.
    pub shape: BinShape,
    /// How points may run along the bins.
    pub trend: Trend,
    /// Whether bins borrow from all bins instead of from their neighbours.
    pub is_partially_pooled: bool,
    /// Code of each cell; cells beyond the end go to the last bin.
    code_of_cell: Vec<u8>,
}

/// What the bins of a criterion hold. Bin 0 is missing.
#[derive(Debug, Clone, PartialEq)]
pub enum BinShape {
    /// Bins `1..=edges.len() + 1` of numbers between strictly increasing edges.
    Numbers {
        /// Lowest value of bins 2, 3, ...
        edges: Vec<f64>,
    },
    /// Bins `1..=levels.len()`: one text level each, in order (the given one, or by conversion); then `other`.
    Levels {
        /// Name of the level of bins 1, 2, ...
        levels: Vec<String>,
    },
}

impl CriterionBins {
    /// Bins to which no cell leads.
    #[cfg(test)]
    pub(crate) fn of_shape(criterion: usize, shape: BinShape, trend: Trend) -> Self {
        Self { criterion, shape, trend, is_partially_pooled: false, code_of_cell: Vec::new() }
    }

    /// Number of bins, missing and other included.
    pub fn n_bins(&self) -> usize {
        match &self.shape {
            BinShape::Numbers { edges } => edges.len() + 2,
            BinShape::Levels { levels } => levels.len() + 2,
        }
    }

    /// The bin that a cell of the criterion falls into.
    pub fn bin_of_cell(&self, cell: usize) -> usize {
        self.code_of_cell.get(cell).map_or(self.n_bins() - 1, |&code| usize::from(code))
    }

    /// Bins `1..=n_chained()` follow each other in order; missing and other stand apart.
    pub fn n_chained(&self) -> usize {
        match &self.shape {
            BinShape::Numbers { edges } => edges.len() + 1,
            BinShape::Levels { levels } => levels.len(),
        }
    }

    /// Bins `1..=n_chained()` grouped into levels by their points: neighbours with the same points, or all bins with the
    /// same points where order says nothing.
    pub fn runs(&self, points: &[i32]) -> Vec<Vec<usize>> {
        group_by_points(1..=self.n_chained(), points, self.trend == Trend::Unordered)
    }
}

/// Bins with the same points; where their order counts only neighbours are taken together.
fn group_by_points(bins: impl Iterator<Item = usize>, points: &[i32], is_unordered: bool) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for bin in bins {
        let first = if is_unordered { 0 } else { runs.len().saturating_sub(1) };
        match runs[first..].iter_mut().find(|run| points[run[0]] == points[bin]) {
            Some(run) => run.push(bin),
            None => runs.push(vec![bin]),
        }
    }
    runs
}

/// Most levels of a text criterion with a bin of their own: 255 codes less missing and other.
const MAX_LEVELS: usize = 253;

/// Weight, in leads, of the overall conversion rate in the smoothed rate that orders unordered levels.
const RATE_PRIOR_LEADS: f64 = 10.0;

/// A criterion ready for binning: its cells, and the order and trend the user gave.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionCells {
    /// Cell of each labelled lead.
    pub column: CellColumn,
    /// Text levels from lowest to highest; empty when not given.
    pub order: Vec<String>,
    /// How points may run along the levels.
    pub trend: Trend,
    /// Whether every level has a bin of its own, however few its leads: what they cannot say it borrows from all levels.
    pub is_partially_pooled: bool,
}

impl CriterionCells {
    /// The values of a criterion as cells.
    pub fn of(criterion: &CriterionColumn) -> Self {
        Self {
            column: cells::to_cells(criterion),
            order: criterion.order.clone(),
            trend: criterion.trend,
            is_partially_pooled: criterion.is_partially_pooled,
        }
    }
}

/// Cuts every criterion by the leads a fit may see.
///
/// - `which`: positions of the criteria to cut; `leads`: positions of those leads; `converted`: outcome of *every* lead,
///   `0.0..=1.0`.
pub fn fit_bins(
    criteria: &[CriterionCells],
    which: &[usize],
    leads: &[u32],
    converted: &[f64],
    params: &BinParams,
) -> BinPlan {
    let outcome: Vec<f64> = leads.iter().map(|&lead| converted[lead as usize]).collect();
    fit_bins_weighted(criteria, which, leads, &outcome, None, &[], params)
}

/// [`fit_bins`] for leads that count in part.
///
/// - `outcome`, `weight`: of each of `leads`, `0.0..=1.0`; all weights are 1 when absent.
/// - `kept`: edges that a numeric criterion keeps from a card in use, ascending, one list per criterion; none where it is empty.
pub fn fit_bins_weighted(
    criteria: &[CriterionCells],
    which: &[usize],
    leads: &[u32],
    outcome: &[f64],
    weight: Option<&[f64]>,
    kept: &[Vec<f64>],
    params: &BinParams,
) -> BinPlan {
    let fit = |&criterion: &usize| {
        let cells = &criteria[criterion].column;
        // One more than the cells: text beyond the most levels has a cell without a name.
        let mut counts = vec![CellCount::default(); cells.meaning.n_cells() + 2];
        for (at, (&lead, outcome)) in leads.iter().zip(outcome).enumerate() {
            let weight = weight.map_or(1.0, |weight| weight[at]);
            let count = &mut counts[usize::from(cells.cells[lead as usize])];
            count.n += weight;
            count.converted += weight * outcome;
        }
        let kept = kept.get(criterion).map_or(&[][..], Vec::as_slice);
        fit_criterion(criterion, &criteria[criterion], kept, params, &counts)
    };
    BinPlan { criteria: which.par_iter().map(fit).collect(), pairs: Vec::new() }
}

impl BinPlan {
    /// The same criteria without pairs.
    #[must_use]
    pub fn without_pairs(&self) -> Self {
        Self { criteria: self.criteria.clone(), pairs: Vec::new() }
    }

    /// How points may run along the codes of each column; cells of a pair have no order.
    pub fn trends(&self) -> Vec<Trend> {
        let of_criteria = self.criteria.iter().map(|bins| bins.trend);
        of_criteria.chain(self.pairs.iter().map(|_| Trend::Unordered)).collect()
    }

    /// Codes of a column grouped by their points ([`CriterionBins::runs`]), missing and other left out.
    pub fn runs(&self, column: usize, points: &[i32]) -> Vec<Vec<usize>> {
        match self.criteria.get(column) {
            Some(bins) => bins.runs(points),
            None => group_by_points(1..=points.len() - 1, points, true),
        }
    }

    /// Columns of which none looks at the criterion at a position.
    pub fn columns_without(&self, criterion: usize) -> Vec<usize> {
        let criteria = (0..self.criteria.len()).filter(|&at| at != criterion);
        let pairs = (self.criteria.len()..).zip(&self.pairs).filter(|(_, pair)| !pair.of.contains(&criterion));
        criteria.chain(pairs.map(|(column, _)| column)).collect()
    }

    /// Codes of some leads, in the order given; one column per criterion of the plan, then one per pair.
    ///
    /// - `criteria`: the cells of all criteria, as given to [`fit_bins`].
    pub fn encode(&self, criteria: &[CriterionCells], leads: &[u32]) -> Codes {
        let columns = self
            .criteria
            .par_iter()
            .map(|bins| {
                let cells = &criteria[bins.criterion].column.cells;
                leads.iter().map(|&lead| bins.code_of_cell[usize::from(cells[lead as usize])]).collect()
            })
            .collect();
        let n_bins = self.criteria.iter().map(CriterionBins::n_bins).collect();
        let mut codes = Codes { columns, n_bins, n_leads: leads.len() };
        self.pairs.iter().for_each(|pair| codes.push_pair(pair));
        codes
    }
}

fn fit_criterion(
    at: usize,
    criterion: &CriterionCells,
    kept: &[f64],
    params: &BinParams,
    counts: &[CellCount],
) -> CriterionBins {
    let mut code_of_cell = vec![0_u8; counts.len()];
    let (shape, trend, is_partially_pooled) = match &criterion.column.meaning {
        CellMeaning::Numbers { low, high } => {
            let cells = &counts[1..=low.len()];
            let (edges, cuts) =
                with_kept(number_edges(cells, low, high, params), kept, cells, low, high, params.min_leads);
            let mut bin = 1_u8;
            for cell in 0..low.len() {
                if cuts.get(usize::from(bin) - 1).is_some_and(|&cut| cut <= cell) {
                    bin += 1;
                }
                code_of_cell[cell + 1] = bin;
            }
            (BinShape::Numbers { edges }, criterion.trend, false)
        }
        CellMeaning::Levels { names } => {
            let min_leads = if criterion.is_partially_pooled { f64::MIN_POSITIVE } else { params.min_leads };
            let kept = kept_levels(counts, names, &criterion.order, min_leads);
            let other = kept.len() as u8 + 1;
            code_of_cell[1..].fill(other);
            let mut levels = Vec::with_capacity(kept.len());
            for (bin, level) in kept.into_iter().enumerate() {
                if let Some(cell) = level.cell {
                    code_of_cell[cell + 1] = bin as u8 + 1;
                }
                levels.push(level.name);
            }
            let trend = if criterion.order.is_empty() { Trend::Unordered } else { criterion.trend };
            (BinShape::Levels { levels }, trend, criterion.is_partially_pooled)
        }
    };
    CriterionBins { criterion: at, shape, trend, is_partially_pooled, code_of_cell }
}

/// Edges of a numeric criterion, and the first cell of each bin after the first.
///
/// A cell between two cuts that this fit has not seen belongs where its values fall, so cuts move to the first cell at or
/// above the written edge.
fn number_edges(cells: &[CellCount], low: &[f64], high: &[f64], params: &BinParams) -> (Vec<f64>, Vec<usize>) {
    let (mut edges, mut cuts): (Vec<f64>, Vec<usize>) = (Vec::new(), Vec::new());
    let is_whole = low.iter().chain(high).all(|value| value.fract() == 0.0);
    for room in rooms_of(&choose_cuts(cells, params), cells) {
        let cut = room.cut;
        let Some(before) = (0..cut).rev().find(|&cell| cells[cell].n > 0.0) else { continue };
        let Some(edge) = portable_edge(high[before], low[cut]) else { continue };
        let edge = roundest(high[room.first], low[room.last], edge, is_whole).unwrap_or(edge);
        // A cell of several values may straddle the edge; then the edge moves up to the next seen cell's lowest value.
        let first = high.partition_point(|&top| top < edge);
        let is_straddled = low.get(first).is_some_and(|&bottom| bottom < edge);
        let edge = if is_straddled { low[cut] } else { edge };
        let first = low.partition_point(|&bottom| bottom < edge);
        if edges.last().is_none_or(|&last| last < edge) && edges.len() < MAX_LEVELS {
            edges.push(edge);
            cuts.push(first);
        }
    }
    (edges, cuts)
}

/// Edges and cuts together with those kept from a card in use, where they part leads. A new edge stays only with `min_leads` on either
/// side up to the next kept one.
fn with_kept(
    found: (Vec<f64>, Vec<usize>),
    kept: &[f64],
    cells: &[CellCount],
    low: &[f64],
    high: &[f64],
    min_leads: f64,
) -> (Vec<f64>, Vec<usize>) {
    if kept.is_empty() {
        return found;
    }
    let below: Vec<f64> = sums_below(cells.iter().copied()).into_iter().map(|sum| sum.n).collect();
    let n_leads = below[cells.len()];
    let mut both: Vec<(f64, usize)> = Vec::new();
    for &edge in kept {
        let cut = low.partition_point(|&bottom| bottom < edge);
        // A cell of several values that straddles the edge cannot be parted by it.
        let is_straddled = cut > 0 && high[cut - 1] >= edge;
        let before = both.last().map_or(0.0, |&(_, last)| below[last]);
        if !is_straddled && below[cut] > before && below[cut] < n_leads {
            both.push((edge, cut));
        }
    }
    let parts: Vec<f64> = both.iter().map(|&(_, cut)| below[cut]).collect();
    for (edge, cut) in found.0.into_iter().zip(found.1) {
        let at = parts.partition_point(|&part| part <= below[cut]);
        let before = at.checked_sub(1).map_or(0.0, |at| parts[at]);
        let after = parts.get(at).copied().unwrap_or(n_leads);
        if below[cut] - before >= min_leads && after - below[cut] >= min_leads && both.len() < MAX_LEVELS {
            both.push((edge, cut));
        }
    }
    both.sort_by(|a, b| a.0.total_cmp(&b.0));
    both.truncate(MAX_LEVELS);
    both.into_iter().unzip()
}

struct KeptLevel {
    name: String,
    /// Position of its cell, 0-based; `None` for a level the data has never shown.
    cell: Option<usize>,
}

/// Levels with a bin of their own, in the order of their bins.
fn kept_levels(counts: &[CellCount], names: &[String], order: &[String], min_leads: f64) -> Vec<KeptLevel> {
    if !order.is_empty() {
        let cell_of = |name: &String| names.iter().position(|known| known == name);
        return order
            .iter()
            .take(MAX_LEVELS)
            .map(|name| KeptLevel { name: name.clone(), cell: cell_of(name) })
            .collect();
    }
    let all = counts.iter().copied().fold(CellCount::default(), CellCount::add);
    let base_rate = if all.n > 0.0 { all.converted / all.n } else { 0.0 };
    let mut kept: Vec<usize> = (0..names.len()).filter(|&cell| counts[cell + 1].n >= min_leads).collect();
    if kept.len() > MAX_LEVELS {
        kept.sort_by(|&i, &j| counts[j + 1].n.total_cmp(&counts[i + 1].n).then(i.cmp(&j)));
        kept.truncate(MAX_LEVELS);
    }
    let rate = |cell: usize| {
        let count = counts[cell + 1];
        (count.converted + RATE_PRIOR_LEADS * base_rate) / (count.n + RATE_PRIOR_LEADS)
    };
    kept.sort_by(|&i, &j| rate(i).total_cmp(&rate(j)).then_with(|| names[i].cmp(&names[j])));
    kept.into_iter().map(|cell| KeptLevel { name: names[cell].clone(), cell: Some(cell) }).collect()
}

/// What a person reads for `from <= x < end`.
pub fn range_label(from: Option<f64>, end: Option<f64>, is_whole: bool) -> String {
    match (from, end) {
        (None, None) => "any value".to_owned(),
        (None, Some(end)) => format!("below {end}"),
        (Some(from), None) => format!("{from} or more"),
        (Some(from), Some(end)) if is_whole && end - from == 1.0 && from.fract() == 0.0 => format!("{from}"),
        (Some(from), Some(end)) if is_whole && from.fract() == 0.0 && end.fract() == 0.0 => {
            format!("{from} to {}", end - 1.0)
        }
        (Some(from), Some(end)) => format!("{from} to below {end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n_edges: usize, trend: Trend) -> CriterionBins {
        let edges = (0..n_edges).map(|edge| edge as f64).collect();
        let shape = BinShape::Numbers { edges };
        CriterionBins::of_shape(0, shape, trend)
    }

    #[test]
    fn neighbours_with_the_same_points_are_one_level() {
        assert_eq!(numbers(3, Trend::Free).runs(&[9, 1, 1, 2, 1]), [vec![1, 2], vec![3], vec![4]]);
        assert_eq!(numbers(3, Trend::Unordered).runs(&[9, 1, 1, 2, 1]), [vec![1, 2, 4], vec![3]]);
        assert_eq!(numbers(0, Trend::Free).runs(&[9, 4]), [vec![1]]);
    }

    #[test]
    fn edges_of_a_card_in_use_are_kept_and_new_ones_stand_clear_of_them() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let cells = vec![CellCount { n: 1.0, converted: 0.1 }; 100];
        // 40 and 41 part leads; 41.5 parts the same as 42 would; nothing lies below -3 or above 200.
        let kept = [-3.0, 40.0, 41.0, 41.5, 200.0];
        let found = (vec![20.0, 45.0, 50.0, 60.0], vec![20, 45, 50, 60]);
        let (edges, cuts) = with_kept(found, &kept, &cells, &values, &values, 10.0);
        assert_eq!(edges, [20.0, 40.0, 41.0, 41.5, 60.0]);
        assert_eq!(cuts, [20, 40, 41, 42, 60]);
        // One cell of 40 to 44 cannot be parted at 41.
        let (low, high) = (vec![0.0, 40.0, 45.0], vec![39.0, 44.0, 99.0]);
        let cells = vec![CellCount { n: 20.0, converted: 2.0 }; 3];
        let (edges, cuts) = with_kept((vec![45.0], vec![2]), &[40.0, 41.0], &cells, &low, &high, 10.0);
        assert_eq!((edges, cuts), (vec![40.0, 45.0], vec![1, 2]));
    }

    #[test]
    fn bins_see_only_their_own_leads() {
        use crate::model::bins::cells::{CellColumn, CellMeaning};
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let meaning = CellMeaning::Numbers { low: values.clone(), high: values };
        let column = CellColumn { cells: (1..=100).collect(), meaning };
        let criteria = [CriterionCells { column, order: Vec::new(), trend: Trend::Free, is_partially_pooled: false }];
        let converted: Vec<f64> = (0..100).map(|lead| f64::from(u8::from(lead >= 50))).collect();
        let first_half: Vec<u32> = (0..50).collect();
        let plan = fit_bins(&criteria, &[0], &first_half, &converted, &BinParams::default());
        let BinShape::Numbers { edges } = &plan.criteria[0].shape else { panic!("numbers stay numbers") };
        assert!(edges.iter().all(|edge| *edge < 50.0), "{edges:?}");
        let codes = plan.encode(&criteria, &(0..100).collect::<Vec<u32>>());
        for (lead, &code) in codes.columns[0].iter().enumerate() {
            assert_eq!(usize::from(code), 1 + edges.partition_point(|edge| *edge <= lead as f64), "lead {lead}");
        }
    }

    #[test]
    fn ranges_read_as_people_say_them() {
        assert_eq!(range_label(None, Some(3.0), true), "below 3");
        assert_eq!(range_label(Some(3.0), Some(7.0), true), "3 to 6");
        assert_eq!(range_label(Some(3.0), Some(4.0), true), "3");
        assert_eq!(range_label(Some(3.0), Some(7.5), false), "3 to below 7.5");
        assert_eq!(range_label(Some(0.25), None, false), "0.25 or more");
    }
}
