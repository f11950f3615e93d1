//! One sheet, written cell by cell: text stays text, formulas carry their result, and what does not fit is an error.

use std::collections::BTreeMap;

use rust_xlsxwriter::{ColNum, ConditionalFormatFormula, Format, Formula, RowNum, Worksheet};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::WorkbookError;
use super::cell::Cell;
use super::look::Look;
use super::words;

/// Last row that a sheet of Excel has, counted from 0.
const LAST_ROW: RowNum = 1_048_575;
/// Last column that a sheet of Excel has, counted from 0.
const LAST_COL: ColNum = 16_383;

/// A sheet under construction.
pub(crate) struct Sheet {
    name: &'static str,
    inner: Worksheet,
    widths: BTreeMap<ColNum, f64>,
    /// Lines of text in a row, where they are more than one.
    heights: BTreeMap<RowNum, usize>,
}

/// What a formula comes to, kept in the file for viewers that do not calculate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cached {
    /// Nothing to show.
    Blank,
    /// A number.
    Number(f64),
    /// Words. Never ones that read as a number: the library would write those as a number.
    Text(String),
}

impl From<f64> for Cached {
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Number(value) } else { Self::Blank }
    }
}

impl From<Option<f64>> for Cached {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Blank, Self::from)
    }
}

impl Sheet {
    /// An empty sheet that prints on landscape pages, one page wide.
    ///
    /// - `name`: one of our own words; no text from the data becomes the name of a sheet.
    pub(crate) fn new(name: &'static str) -> Result<Self, WorkbookError> {
        let mut inner = Worksheet::new();
        inner
            .set_name(name)?
            .set_formula_result_default("")
            .set_screen_gridlines(false)
            .set_landscape()
            .set_paper_size(A4)
            .set_print_fit_to_pages(1, 0)
            .set_margins(0.4, 0.4, 0.5, 0.6, 0.2, 0.3)
            .set_footer("&L&8Bantam&C&8&A&R&8page &P of &N");
        Ok(Self { name, inner, widths: BTreeMap::new(), heights: BTreeMap::new() })
    }

    /// Title and the sentences under it; returns the first free row after a gap.
    pub(crate) fn opening(&mut self, title: &str, sentences: &[&str], look: &Look) -> Result<RowNum, WorkbookError> {
        self.text(Cell::new(0, 0), title, &look.title)?;
        let mut at = Cell::new(1, 0);
        for sentence in sentences {
            self.text(at, sentence, &look.sentence)?;
            at = at.down(1);
        }
        Ok(at.row + 1)
    }

    /// Our own words, or [`words::shown`] text from the data.
    pub(crate) fn text(&mut self, at: Cell, text: &str, look: &Format) -> Result<(), WorkbookError> {
        self.exact(at, &words::shown(text), look)
    }

    /// [`Sheet::text`] broken into lines that fit the column, in a row high enough for them: the format has to wrap. Not every
    /// program makes room by itself.
    pub(crate) fn lines(&mut self, at: Cell, text: &str, look: &Format) -> Result<(), WorkbookError> {
        self.fit(at, 1, text)?;
        self.text(at, text, look)
    }

    /// Makes the row high enough for `text` in `n_cols` columns.
    fn fit(&mut self, at: Cell, n_cols: ColNum, text: &str) -> Result<(), WorkbookError> {
        let width = |n| self.widths.get(&at.right(n).col).copied().unwrap_or(DEFAULT_WIDTH);
        let n_lines = n_lines(text, (0..n_cols).map(width).sum()).min(MAX_LINES);
        if n_lines > self.heights.get(&at.row).copied().unwrap_or(1) {
            self.check(at)?;
            self.inner.set_row_height(at.row, LINE_HEIGHT * n_lines as f64)?;
            self.heights.insert(at.row, n_lines);
        }
        Ok(())
    }

    /// Text from the data with every character as it is, at most [`words::MAX_CELL_CHARACTERS`].
    pub(crate) fn exact(&mut self, at: Cell, text: &str, look: &Format) -> Result<(), WorkbookError> {
        self.check(at)?;
        // Editing a cell enters its text once more. The mark keeps it text even where the format of the cell would not.
        let looks_like_a_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let look = &if looks_like_a_formula { look.clone().set_quote_prefix() } else { look.clone() };
        // The library takes text between these marks for XML it has made itself and does not escape it. Handed over as rich
        // text it is escaped.
        if text.starts_with("<r>") && text.ends_with("</r>") {
            self.inner.write_rich_string_with_format(at.row, at.col, &[(&Format::new(), text)], look)?;
        } else {
            self.inner.write_string_with_format(at.row, at.col, text, look)?;
        }
        Ok(())
    }

    /// A number; a blank cell where there is none.
    pub(crate) fn number(
        &mut self,
        at: Cell,
        value: impl Into<Option<f64>>,
        look: &Format,
    ) -> Result<(), WorkbookError> {
        self.check(at)?;
        match value.into().filter(|value| value.is_finite()) {
            Some(value) => self.inner.write_number_with_format(at.row, at.col, value, look)?,
            None => self.inner.write_blank(at.row, at.col, look)?,
        };
        Ok(())
    }

    /// A whole number.
    pub(crate) fn count(&mut self, at: Cell, value: u64, look: &Format) -> Result<(), WorkbookError> {
        self.number(at, value as f64, look)
    }

    /// A cell that is empty and has a format.
    pub(crate) fn blank(&mut self, at: Cell, look: &Format) -> Result<(), WorkbookError> {
        self.number(at, None, look)
    }

    /// A formula and what it comes to. No text from the data stands in `formula`.
    pub(crate) fn formula(
        &mut self,
        at: Cell,
        formula: &str,
        result: impl Into<Cached>,
        look: &Format,
    ) -> Result<(), WorkbookError> {
        self.check(at)?;
        let result = match result.into() {
            Cached::Blank => String::new(),
            Cached::Number(value) => value.to_string(),
            Cached::Text(text) => words::escaped(&text).into_owned(),
        };
        self.inner.write_formula_with_format(at.row, at.col, Formula::new(formula).set_result(result), look)?;
        Ok(())
    }

    /// What somebody may answer, as it is typed.
    pub(super) fn answer(
        &mut self,
        at: Cell,
        answer: Option<&Value>,
        number: &Format,
        other: &Format,
    ) -> Result<(), WorkbookError> {
        match answer {
            Some(Value::Number(answer)) => self.number(at, answer.as_f64(), number),
            Some(Value::String(text)) => self.exact(at, text, other),
            Some(Value::Bool(flag)) => self.exact(at, if *flag { "true" } else { "false" }, other),
            _ => self.blank(at, other),
        }
    }

    /// Lays a look over the cells from `first` to `last` where the formula `rule`, written for `first`, is true.
    pub(super) fn mark(&mut self, first: Cell, last: Cell, rule: &str, look: &Format) -> Result<(), WorkbookError> {
        let rule = ConditionalFormatFormula::new().set_rule(rule).set_format(look);
        self.inner.add_conditional_format(first.row, first.col, last.row, last.col, &rule)?;
        Ok(())
    }

    /// Gives the names of bands in the cells from `first` to `last` their colours, whatever a formula makes of them.
    pub(crate) fn colour_bands(&mut self, first: Cell, last: Cell, look: &Look) -> Result<(), WorkbookError> {
        for (name, look) in ["hot", "nurture", "reject"].into_iter().zip(&look.bands) {
            self.mark(first, last, &format!("{}=\"{name}\"", first.plain()), look)?;
        }
        Ok(())
    }

    /// A row of heads, from `at` to the right: words left, numbers right.
    pub(crate) fn heads(&mut self, at: Cell, heads: &[(&str, &Format)]) -> Result<(), WorkbookError> {
        for (idx, (text, look)) in heads.iter().enumerate() {
            self.lines(at.right(idx as ColNum), text, look)?;
        }
        Ok(())
    }

    /// Text over `n_cols` columns, broken into lines where the format wraps.
    pub(crate) fn text_over(
        &mut self,
        at: Cell,
        n_cols: ColNum,
        text: &str,
        look: &Format,
    ) -> Result<(), WorkbookError> {
        self.check(at.right(n_cols - 1))?;
        if n_cols > 1 {
            self.inner.merge_range(at.row, at.col, at.row, at.col + n_cols - 1, "", look)?;
        }
        self.fit(at, n_cols, text)?;
        self.text(at, text, look)
    }

    /// Widths of the columns from the first on, in characters.
    pub(crate) fn widths(&mut self, widths: &[f64]) -> Result<(), WorkbookError> {
        widths.iter().enumerate().try_for_each(|(idx, &width)| self.width(idx as ColNum, width))
    }

    /// Width of one column, in characters.
    pub(crate) fn width(&mut self, col: ColNum, width: f64) -> Result<(), WorkbookError> {
        self.check(Cell::new(0, col))?;
        self.inner.set_column_width(col, width)?;
        self.widths.insert(col, width);
        Ok(())
    }

    /// Rows above and columns left of `at` stay in view; the rows from `first_head` on are printed on every page.
    pub(crate) fn freeze(&mut self, at: Cell, first_head: RowNum) -> Result<(), WorkbookError> {
        self.inner.set_freeze_panes(at.row, at.col)?;
        self.inner.set_repeat_rows(first_head, at.row - 1)?;
        Ok(())
    }

    /// Rows for figures in large type.
    pub(crate) fn large_rows(&mut self, first: RowNum, n_rows: RowNum) -> Result<(), WorkbookError> {
        for row in first..first.saturating_add(n_rows) {
            self.inner.set_row_height(row, LINE_HEIGHT * 4.0 / 3.0)?;
        }
        Ok(())
    }

    /// The library's sheet, for what a cell at a time cannot say: charts, bars, drop-downs.
    pub(crate) fn inner(&mut self) -> &mut Worksheet {
        &mut self.inner
    }

    /// The library's sheet, to be put into the workbook.
    pub(crate) fn finish(self) -> Worksheet {
        self.inner
    }

    fn check(&self, at: Cell) -> Result<(), WorkbookError> {
        if at.row > LAST_ROW || at.col > LAST_COL {
            return Err(WorkbookError::TooLarge {
                sheet: self.name,
                row: at.row.saturating_add(1),
                column: u32::from(at.col) + 1,
            });
        }
        Ok(())
    }
}

/// Excel's number for the paper size.
const A4: u8 = 9;
/// Width of a column that nobody set, in characters.
const DEFAULT_WIDTH: f64 = 8.43;
/// Height of a line, in points.
const LINE_HEIGHT: f64 = 15.0;
/// Most lines a row is made high enough for: Excel ends at 409 points.
const MAX_LINES: usize = 27;

/// Lines of `text` in a column of `width` characters, broken at white space. Widths count digits, and letters are a little
/// narrower on average; the indent takes a character and a half.
fn n_lines(text: &str, width: f64) -> usize {
    let room = (width * 1.1 - 1.5).max(1.0) as usize;
    let mut n_lines = 1;
    let mut used = 0;
    for word in text.split_whitespace() {
        let word_width = word.width();
        if used > 0 && used + 1 + word_width > room {
            n_lines += 1;
            used = 0;
        }
        used += word_width + usize::from(used > 0);
        n_lines += used.saturating_sub(1) / room;
        used -= used.saturating_sub(1) / room * room;
    }
    n_lines
}

#[cfg(test)]
mod tests {
    use super::n_lines;

    #[test]
    fn lines_are_counted_as_a_column_breaks_them() {
        assert_eq!(n_lines("", 10.0), 1);
        assert_eq!(n_lines("wins a month", 20.0), 1);
        assert_eq!(n_lines("wins a month", 10.0), 2);
        assert_eq!(n_lines("days_since_last_visit_at_all", 10.0), 4);
        assert_eq!(n_lines("予算承認済み", 10.0), 2);
    }
}
