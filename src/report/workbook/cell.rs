//! Where things stand on a sheet, and how a formula says so.

use rust_xlsxwriter::utility::{cell_range_absolute, row_col_to_cell, row_col_to_cell_absolute};
use rust_xlsxwriter::{ColNum, RowNum};

/// A cell; rows and columns are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) row: RowNum,
    pub(super) col: ColNum,
}

/// Cells of one column, one below the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) first: Cell,
    pub(super) last: Cell,
}

impl Cell {
    pub(super) fn new(row: RowNum, col: ColNum) -> Self {
        Self { row, col }
    }

    /// The cell `n` columns to the right.
    pub(super) fn right(self, n: ColNum) -> Self {
        Self { col: self.col.saturating_add(n), ..self }
    }

    /// The cell `n` rows further down.
    pub(super) fn down(self, n: RowNum) -> Self {
        Self { row: self.row.saturating_add(n), ..self }
    }

    /// `B5`.
    pub(super) fn plain(self) -> String {
        row_col_to_cell(self.row, self.col)
    }

    /// `$B$5`.
    pub(super) fn fixed(self) -> String {
        row_col_to_cell_absolute(self.row, self.col)
    }

    /// `Sheet!$B$5`, for another sheet; the names of our sheets need no quotes.
    pub(super) fn on(self, sheet: &str) -> String {
        format!("{sheet}!{}", self.fixed())
    }

    /// From this cell to `last`.
    pub(super) fn to(self, last: Self) -> Area {
        Area { first: self, last }
    }
}

impl Area {
    /// The same rows in another column.
    pub(super) fn in_column(self, col: ColNum) -> Self {
        Self { first: Cell { col, ..self.first }, last: Cell { col, ..self.last } }
    }

    /// `$B$5:$B$9`; `$B$5` where it is one cell.
    pub(super) fn fixed(self) -> String {
        cell_range_absolute(self.first.row, self.first.col, self.last.row, self.last.col)
    }

    /// `Sheet!$B$5:$B$9`, for another sheet.
    pub(super) fn on(self, sheet: &str) -> String {
        format!("{sheet}!{}", self.fixed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_excel_names_them() {
        let cell = Cell::new(4, 1);
        assert_eq!((cell.plain().as_str(), cell.fixed().as_str()), ("B5", "$B$5"));
        assert_eq!(cell.on("Curve"), "Curve!$B$5");
        assert_eq!(cell.to(cell.down(3)).on("Curve"), "Curve!$B$5:$B$8");
        assert_eq!(cell.to(cell.down(3)).in_column(27).fixed(), "$AB$5:$AB$8");
        assert_eq!(cell.to(cell).fixed(), "$B$5");
    }
}
