//! Pieces of formulas that come to nothing where a cell is empty or no number.

use crate::report::workbook::cell::Cell;

/// `expression` where every cell holds a number, else nothing.
pub(super) fn if_numbers(cells: &[Cell], expression: &str) -> String {
    let names: Vec<String> = cells.iter().map(|cell| cell.fixed()).collect();
    format!("=IF(COUNT({})={},{expression},\"\")", names.join(","), names.len())
}

/// `above / below`, nothing where `below` is not above 0.
pub(super) fn ratio(above: &str, below: &str) -> String {
    format!("IF({below}>0,{above}/{below},\"\")")
}
