//! Cells: each criterion boiled down to two bytes per lead, once, before any fold is cut.
//!
//! A cell is one distinct value of a criterion (or, where there are more than [`MAX_CELLS`] distinct numbers, a run of
//! neighbouring ones that holds about the same number of leads). Cells look at values only, never at outcomes, so every
//! fit can still place its own edges from the leads it may see; it does so by counting cells instead of sorting leads.

use crate::data::features::{CriterionColumn, MISSING_TEXT, Values};

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
        Values::Numbers(values) => number_cells(values),
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
        lowest = lowest.min(value);
        highest = highest.max(value);
        if value.fract() != 0.0 || highest - lowest >= WIDEST {
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
    let mut sorted: Vec<f64> = values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n_distinct = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
    // Beyond the limit a cell closes once it holds its share of the leads; a quarter of the limit keeps counting cheap.
    let leads_per_cell = if n_distinct <= MAX_CELLS { 1 } else { sorted.len().div_ceil(MAX_CELLS / 4) };
    let (mut low, mut high): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
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
    let cells = values
        .iter()
        .map(|&value| if value.is_nan() { MISSING_CELL } else { high.partition_point(|&top| top < value) as u16 + 1 })
        .collect();
    CellColumn { cells, meaning: CellMeaning::Numbers { low, high } }
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

    #[test]
    fn text_keeps_its_levels() {
        let levels = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(text_cells(&[1, MISSING_TEXT, 0], &levels).cells, [2, 0, 1]);
    }
}
