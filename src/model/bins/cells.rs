//! Cells: each criterion boiled down to two bytes per lead, once, before any fold is cut.
//!
//! A cell is one distinct value of a criterion (or, where there are more than [`MAX_CELLS`] distinct numbers, a run of
//! neighbouring ones that holds about the same number of leads). Cells look at values only, never at outcomes, so every
//! fit can still place its own edges from the leads it may see; it does so by counting cells instead of sorting leads.

use crate::data::features::{CriterionColumn, MISSING_TEXT, Values};
use crate::sort::{key_of, shift_to, sort, value_of};

/// Cell of a missing value; real cells start at 1.
pub const MISSING_CELL: u16 = 0;

/// Most cells of one criterion: all that fit into two bytes beside [`MISSING_CELL`].
pub const MAX_CELLS: usize = u16::MAX as usize - 1;

/// A criterion as cells.
#[derive(Debug, Clone, PartialEq)]
pub struct CellColumn {
    /// Cell of each lead.
    pub cells: Vec<u16>,
    /// What the cells stand for.
    pub meaning: CellMeaning,
}

/// What the cells of a criterion stand for; entry `c - 1` belongs to cell `c`.
#[derive(Debug, Clone, PartialEq)]
pub enum CellMeaning {
    /// Numbers, ascending: lowest and highest value of each cell (equal where a cell is one value).
    Numbers {
        /// Lowest value in the cell.
        low: Vec<f64>,
        /// Highest value in the cell.
        high: Vec<f64>,
    },
    /// Text levels.
    Levels {
        /// Their names.
        names: Vec<String>,
    },
}

impl CellMeaning {
    /// Number of cells, the missing one not counted.
    pub fn n_cells(&self) -> usize {
        match self {
            Self::Numbers { low, .. } => low.len(),
            Self::Levels { names } => names.len(),
        }
    }

    /// Whether all values are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Numbers { low, high } if low.iter().chain(high).all(|value| value.fract() == 0.0))
    }

    /// Number of values that [`CellColumn::cells`] may take: missing, the cells, and for texts the cell that no name stands for.
    pub fn n_codes(&self) -> usize {
        1 + self.n_cells() + usize::from(matches!(self, Self::Levels { .. }))
    }
}

/// Boils the values of a criterion down to cells.
///
/// - returns: one cell per lead. Text beyond the [`MAX_CELLS`] commonest levels becomes a cell of its own that no level
///   names, so that it is pooled with the rare ones.
pub fn to_cells(criterion: &CriterionColumn) -> CellColumn {
    match &criterion.values {
        Values::Numbers(values) => {
            let mut column = number_cells(values);
            if let (Some(counted), CellMeaning::Numbers { low, high }) = (&criterion.cells, &mut column.meaning) {
                high.iter_mut().zip(low).for_each(|(high, low)| *high = counted.high_of(*low));
            }
            column
        }
        Values::Text { positions, levels } => text_cells(positions, levels),
    }
}

fn number_cells(values: &[f64]) -> CellColumn {
    whole_number_cells(values).unwrap_or_else(|| sorted_cells(values))
}

/// Counts and other small whole numbers need no sorting: a table over their range finds the cells.
fn whole_number_cells(values: &[f64]) -> Option<CellColumn> {
    const WIDEST: f64 = 65_536.0;
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    for &value in values.iter().filter(|value| !value.is_nan()) {
        lowest = if value < lowest { value } else { lowest };
        highest = if value > highest { value } else { highest };
        // Whole, and so small that 64 bits hold it; there is a faster instruction for that than for its fraction.
        if value as i64 as f64 != value || highest - lowest >= WIDEST {
            return None;
        }
    }
    if lowest > highest {
        return Some(CellColumn {
            cells: vec![MISSING_CELL; values.len()],
            meaning: CellMeaning::Numbers { low: Vec::new(), high: Vec::new() },
        });
    }
    let mut cell_of = vec![MISSING_CELL; (highest - lowest) as usize + 1];
    for &value in values.iter().filter(|value| !value.is_nan()) {
        cell_of[(value - lowest) as usize] = 1;
    }
    let mut seen = Vec::new();
    for (offset, cell) in cell_of.iter_mut().enumerate().filter(|(_, cell)| **cell != MISSING_CELL) {
        seen.push(lowest + offset as f64);
        *cell = u16::try_from(seen.len()).ok().filter(|&cell| usize::from(cell) <= MAX_CELLS)?;
    }
    let cells = values
        .iter()
        .map(|&value| if value.is_nan() { MISSING_CELL } else { cell_of[(value - lowest) as usize] })
        .collect();
    Some(CellColumn { cells, meaning: CellMeaning::Numbers { low: seen.clone(), high: seen } })
}

fn sorted_cells(values: &[f64]) -> CellColumn {
    // -0.0 and 0.0 are one value; adding 0.0 makes both the positive one.
    let key = |value: f64| key_of(value + 0.0);
    let mut sorted: Vec<u64> = values.iter().filter(|value| !value.is_nan()).map(|&value| key(value)).collect();
    sort(&mut sorted);
    let n_distinct = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
    // Beyond the limit a cell closes once it holds its share of the leads; a quarter of the limit keeps counting cheap.
    let leads_per_cell = if n_distinct <= MAX_CELLS { 1 } else { sorted.len().div_ceil(MAX_CELLS / 4) };
    let (mut low, mut high): (Vec<u64>, Vec<u64>) = (Vec::new(), Vec::new());
    let mut n_in_cell = 0;
    for &value in &sorted {
        match high.last_mut() {
            Some(last) if *last == value => n_in_cell += 1,
            Some(last) if n_in_cell < leads_per_cell => {
                *last = value;
                n_in_cell += 1;
            }
            _ => {
                low.push(value);
                high.push(value);
                n_in_cell = 1;
            }
        }
    }
    drop(sorted);
    let finder = CellFinder::new(&low, &high);
    let cells =
        values.iter().map(|&value| if value.is_nan() { MISSING_CELL } else { finder.cell_of(key(value)) }).collect();
    let values_of = |keys: Vec<u64>| keys.into_iter().map(value_of).collect();
    CellColumn { cells, meaning: CellMeaning::Numbers { low: values_of(low), high: values_of(high) } }
}

/// Finds the cell of a number that lies in one, by its [key](key_of).
struct CellFinder<'a> {
    /// Highest key of each cell.
    high: &'a [u64],
    lowest: u64,
    /// By how many bits a key's distance from the lowest is shifted to the right to be its bucket.
    shift: u32,
    /// First cell that ends in each bucket or behind it, and the number of cells.
    first: Vec<u16>,
}

impl<'a> CellFinder<'a> {
    fn new(low: &[u64], high: &'a [u64]) -> Self {
        // Four times as many buckets as cells leave hardly a cell to be searched, and fit into the second cache.
        let n_buckets = (4 * high.len()).next_power_of_two().min(1 << 16);
        let (lowest, highest) = (low.first().copied().unwrap_or(0), high.last().copied().unwrap_or(0));
        let shift = shift_to(highest - lowest, n_buckets);
        let mut first = vec![0_u16; n_buckets + 1];
        high.iter().for_each(|key| first[((key - lowest) >> shift) as usize + 1] += 1);
        let mut n_before = 0;
        for n_cells in &mut first {
            n_before += *n_cells;
            *n_cells = n_before;
        }
        Self { high, lowest, shift, first }
    }

    fn cell_of(&self, key: u64) -> u16 {
        let bucket = ((key - self.lowest) >> self.shift) as usize;
        let (from, to) = (usize::from(self.first[bucket]), usize::from(self.first[bucket + 1]));
        (from + self.high[from..to].partition_point(|&top| top < key)) as u16 + 1
    }
}

fn text_cells(positions: &[u32], levels: &[String]) -> CellColumn {
    if levels.len() < MAX_CELLS {
        let cells = positions.iter().map(|&at| if at == MISSING_TEXT { MISSING_CELL } else { at as u16 + 1 }).collect();
        return CellColumn { cells, meaning: CellMeaning::Levels { names: levels.to_vec() } };
    }
    let mut n_leads = vec![0_u32; levels.len()];
    for &at in positions.iter().filter(|&&at| at != MISSING_TEXT) {
        n_leads[at as usize] += 1;
    }
    let mut by_count: Vec<u32> = (0..levels.len() as u32).collect();
    by_count.sort_by_key(|&at| (std::cmp::Reverse(n_leads[at as usize]), at));
    let mut kept = by_count[..MAX_CELLS - 1].to_vec();
    kept.sort_unstable();
    // The last cell has no name: whoever looks it up pools it.
    let mut cell_of = vec![MAX_CELLS as u16; levels.len()];
    for (cell, &at) in kept.iter().enumerate() {
        cell_of[at as usize] = cell as u16 + 1;
    }
    let cells =
        positions.iter().map(|&at| if at == MISSING_TEXT { MISSING_CELL } else { cell_of[at as usize] }).collect();
    let names = kept.iter().map(|&at| levels[at as usize].clone()).collect();
    CellColumn { cells, meaning: CellMeaning::Levels { names } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::keys::mix;

    fn meaning_of(values: &[f64]) -> (Vec<u16>, Vec<f64>) {
        let column = number_cells(values);
        let CellMeaning::Numbers { low, high } = column.meaning else { panic!("numbers stay numbers") };
        assert_eq!(low, high, "few values: a cell is one value");
        (column.cells, low)
    }

    #[test]
    fn each_distinct_number_is_a_cell_and_nan_is_missing() {
        assert_eq!(meaning_of(&[3.0, f64::NAN, -1.0, 3.0]), (vec![2, 0, 1, 2], vec![-1.0, 3.0]));
        assert_eq!(meaning_of(&[0.5, 0.25, f64::NAN, 0.5]), (vec![2, 1, 0, 2], vec![0.25, 0.5]));
    }

    #[test]
    fn both_zeros_are_one_value() {
        assert_eq!(meaning_of(&[-0.0, 0.0, 0.5]).0, [1, 1, 2]);
        assert_eq!(meaning_of(&[-0.0, 0.0, 1.0]).0, [1, 1, 2]);
    }

    #[test]
    fn nothing_seen_is_all_missing() {
        assert_eq!(meaning_of(&[f64::NAN, f64::NAN]), (vec![0, 0], vec![]));
    }

    #[test]
    fn many_distinct_numbers_share_cells_in_order() {
        let values: Vec<f64> = (0..200_000).map(|i| f64::from((i * 7919) % 200_000) + 0.5).collect();
        let column = number_cells(&values);
        let CellMeaning::Numbers { low, high } = &column.meaning else { panic!("numbers stay numbers") };
        assert!(low.len() <= MAX_CELLS / 4, "{} cells", low.len());
        assert!(low.iter().zip(high).all(|(low, high)| low <= high) && high.windows(2).all(|pair| pair[0] < pair[1]));
        for (value, &cell) in values.iter().zip(&column.cells) {
            let at = usize::from(cell) - 1;
            assert!(low[at] <= *value && *value <= high[at]);
        }
    }

    /// Cells as their definition has them: by sorting, and looking each value up.
    fn plainly(values: &[f64]) -> CellColumn {
        let mut sorted: Vec<f64> = values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
        sorted.sort_by(f64::total_cmp);
        let mut distinct = sorted.clone();
        distinct.dedup();
        let leads_per_cell = if distinct.len() <= MAX_CELLS { 1 } else { sorted.len().div_ceil(MAX_CELLS / 4) };
        let mut cells: Vec<Vec<f64>> = Vec::new();
        for value in sorted {
            match cells.last_mut() {
                Some(cell) if cell.len() < leads_per_cell || cell.last() == Some(&value) => cell.push(value),
                _ => cells.push(vec![value]),
            }
        }
        let low: Vec<f64> = cells.iter().map(|cell| cell[0]).collect();
        let high: Vec<f64> = cells.iter().map(|cell| cell[cell.len() - 1]).collect();
        let cell_of = |value: &f64| if value.is_nan() { 0 } else { high.partition_point(|top| top < value) as u16 + 1 };
        CellColumn { cells: values.iter().map(cell_of).collect(), meaning: CellMeaning::Numbers { low, high } }
    }

    #[test]
    fn cells_are_those_of_the_definition() {
        let draw = |at: u64| (mix(at) >> 11) as f64 / (1_u64 << 53) as f64;
        let of_each = |n: u64, of: &dyn Fn(u64) -> f64| (0..n).map(of).collect::<Vec<f64>>();
        let columns = [
            of_each(100_000, &|at| if at % 20 == 0 { f64::NAN } else { 100.0 * draw(at) }),
            // Around zero, with long tails on both sides.
            of_each(100_000, &|at| (draw(at) / (1.0 - draw(at))).ln() * if at % 1_000 == 0 { 1e200 } else { 1.0 }),
            // Many ties beside numbers of their own.
            of_each(200_000, &|at| if at % 3 == 0 { (at % 700) as f64 / 8.0 } else { draw(at) }),
            of_each(5_000, &|at| (1_000.0 * draw(at)).round() / 4.0 - 100.0),
            of_each(5_000, &|at| (1_000.0 * draw(at)).round() * 1e15),
            of_each(90_000, &|at| at as f64 - 45_000.0),
            of_each(300, &|at| (at % 7) as f64 - 3.0),
            vec![1.5; 10],
            vec![2.5, f64::NAN, -0.0, f64::MAX, f64::MIN],
        ];
        for (at, values) in columns.iter().enumerate() {
            assert!(number_cells(values) == plainly(values), "column {at}");
        }
    }

    #[test]
    fn text_keeps_its_levels() {
        let levels = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(text_cells(&[1, MISSING_TEXT, 0], &levels).cells, [2, 0, 1]);
    }
}
