//! Pairs: the parts of two answers to the level that holds their cell.
//!
//! Always true: a position beyond an axis, which no finder gives, is missing.

use super::MISSING;
use super::lookup::Lookup;
use crate::card::{Criterion, Grid};

/// The level of every cell of a grid.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    n_columns: usize,
    /// Row by row.
    levels: Lookup<u16>,
}

impl Cells {
    pub(super) fn new(pair: &Criterion, grid: &Grid) -> Self {
        let [n_rows, n_columns] = grid.axes().map(|axis| axis.parts.len());
        let cells = (0..n_rows).flat_map(|row| (0..n_columns).map(move |column| [row, column]));
        // A criterion has at most 1,000 levels.
        let level = |cell| pair.level_of_cell(cell).map_or(MISSING, |level| level as u16);
        Self { n_columns, levels: Lookup::new(cells.map(level).collect(), MISSING) }
    }

    /// Level of the cell at these parts.
    pub(super) fn level_of(&self, row: u16, column: u16) -> u16 {
        self.levels.at(self.position(row, column))
    }

    /// Level of every lead.
    ///
    /// - `levels`: the parts of the rows, and then the levels.
    pub(super) fn write_levels(&self, columns: &[u16], levels: &mut [u16]) {
        for (level, &column) in levels.iter_mut().zip(columns) {
            *level = self.level_of(*level, column);
        }
    }

    fn position(&self, row: u16, column: u16) -> usize {
        usize::from(row) * self.n_columns + usize::from(column)
    }
}
