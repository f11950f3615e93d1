//! Tables whose columns line up on a terminal, whatever script the names are in.

use unicode_width::UnicodeWidthStr;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Space before the first column and between columns.
pub(crate) const GAP: &str = "   ";

/// The table as lines, each ended; the first row is the heading.
///
/// - `rows`: as many cells per row as `columns`.
/// - `heading`: opens and closes the style of the heading.
pub(crate) fn table(columns: &[Align], rows: &[Vec<String>], heading: anstyle::Style) -> String {
    let width_of = |idx: usize| rows.iter().filter_map(|row| row.get(idx)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width_of).collect();
    let mut text = String::new();
    for (row_idx, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for ((cell, align), width) in row.iter().zip(columns).zip(&widths) {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            line += GAP;
            match align {
                Align::Left => line += &format!("{cell}{space}"),
                Align::Right => line += &format!("{space}{cell}"),
            }
        }
        let line = line.trim_end();
        text += &if row_idx == 0 { format!("{heading}{line}{heading:#}\n") } else { format!("{line}\n") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let rows = [["name", "points"], ["予算", "7"], ["x", "12"]].map(|row| row.map(str::to_owned).to_vec());
        let text = table(&[Align::Left, Align::Right], &rows, anstyle::Style::new());
        assert_eq!(text, "   name   points\n   予算        7\n   x          12\n");
    }
}
