//! Where things stand on a sheet, and how a formula says so.

use rust_xlsxwriter::utility::{cell_range_absolute, row_col_to_cell, row_col_to_cell_absolute};
use rust_xlsxwriter::{ColNum, RowNum};

/// A cell; rows and columns are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) row: RowNum,
    pub(crate) col: ColNum,
}

/// Cells of one column, one below the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) first: Cell,
    pub(crate) last: Cell,
}

impl Cell {
    pub(crate) fn new(row: RowNum, col: ColNum) -> Self {
        Self { row, col }
    }

    /// The cell `n` columns to the right.
    pub(crate) fn right(self, n: ColNum) -> Self {
        Self { col: self.col.saturating_add(n), ..self }
    }

    /// The cell `n` rows further down.
    pub(crate) fn down(self, n: RowNum) -> Self {
        Self { row: self.row.saturating_add(n), ..self }
    }

    /// `B5`.
    pub(crate) fn plain(self) -> String {
        row_col_to_cell(self.row, self.col)
    }

    /// `$B$5`.
    pub(crate) fn fixed(self) -> String {
        row_col_to_cell_absolute(self.row, self.col)
    }

    /// `Sheet!$B$5`, for another sheet; the names of our sheets need no quotes.
    pub(crate) fn on(self, sheet: &str) -> String {
        format!("{sheet}!{}", self.fixed())
    }

    /// The same row in another column.
    pub(crate) fn in_column(self, col: ColNum) -> Self {
        Self { col, ..self }
    }

    /// `B$5`: the column follows where the formula goes, the row does not.
    pub(crate) fn fixed_row(self) -> String {
        row_col_to_cell_absolute(self.row, self.col).replacen('$', "", 1)
    }

    /// From this cell to `last`.
    pub(crate) fn to(self, last: Self) -> Area {
        Area { first: self, last }
    }
}

impl Area {
    /// The same rows in another column.
    pub(crate) fn in_column(self, col: ColNum) -> Self {
        Self { first: Cell { col, ..self.first }, last: Cell { col, ..self.last } }
    }

    /// `$B$5:$B$9`; `$B$5` where it is one cell.
    pub(crate) fn fixed(self) -> String {
        cell_range_absolute(self.first.row, self.first.col, self.last.row, self.last.col)
    }

    /// `Sheet!$B$5:$B$9`, for another sheet.
    pub(crate) fn on(self, sheet: &str) -> String {
        format!("{sheet}!{}", self.fixed())
    }
}

/// So many columns. More than the 16,384 that a sheet has do not fit, which the sheet finds out when they are written.
pub(super) fn n_columns(n: usize) -> ColNum {
    ColNum::try_from(n).unwrap_or(ColNum::MAX)
}

/// The first column behind `n` columns from `col` on and a gap.
pub(super) fn after(col: ColNum, n: usize) -> ColNum {
    col.saturating_add(n_columns(n)).saturating_add(1)
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
