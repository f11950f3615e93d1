//! Tables under a heading, as several sheets have them.

use super::WorkbookError;
use super::cell::Cell;
use super::look::Look;
use super::sheet::Sheet;

/// A heading and the heads of the table below it; returns the first row of the table.
///
/// - `line`: as [`heads`] takes it.
pub(super) fn section(
    sheet: &mut Sheet,
    at: Cell,
    title: &str,
    line: &str,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    sheet.text(at, title, &look.section)?;
    heads(sheet, at.down(1), line, look)?;
    Ok(at.down(2))
}

/// Heads of columns from `at` to the right: words plain and left, figures behind `#` and right: "policy | #leads".
pub(super) fn heads(sheet: &mut Sheet, at: Cell, line: &str, look: &Look) -> Result<(), WorkbookError> {
    let head = |name| match str::strip_prefix(name, '#') {
        Some(figures) => (figures, &look.head_right),
        None => (name, &look.head),
    };
    sheet.heads(at, &line.split(" | ").map(head).collect::<Vec<_>>())
}
