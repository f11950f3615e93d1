//! A pen: writes a sheet row by row, from its title down.

use rust_xlsxwriter::{ColNum, Format, RowNum};

use super::{Cell, Look, Sheet, WorkbookError, words};

/// A sheet under construction, and the row that is being written.
pub(super) struct Pen<'a> {
    pub(super) sheet: Sheet,
    pub(super) look: &'a Look,
    /// First cell of the row.
    pub(super) at: Cell,
}

/// What writing comes to.
pub(super) type Written = Result<(), WorkbookError>;

impl<'a> Pen<'a> {
    /// A new sheet with its title and the sentences under it; the pen stands in the first free row.
    pub(super) fn new(
        name: &'static str,
        widths: &[f64],
        title: &str,
        sentences: &[&str],
        look: &'a Look,
    ) -> Result<Self, WorkbookError> {
        let mut sheet = Sheet::new(name)?;
        sheet.widths(widths)?;
        let top = sheet.opening(title, sentences, look)?;
        Ok(Self { sheet, look, at: Cell::new(top, 0) })
    }

    pub(super) fn down(&mut self, n_rows: RowNum) {
        self.at = self.at.down(n_rows);
    }

    /// The heading of a block, in a row of its own.
    pub(super) fn heading(&mut self, words: &str) -> Written {
        self.sheet.text(self.at, words, &self.look.section)?;
        self.down(1);
        Ok(())
    }

    /// A heading and the heads of the table below it, as [`Pen::heads`] takes them.
    pub(super) fn section(&mut self, title: &str, heads: &str) -> Written {
        self.heading(title)?;
        self.heads(0, heads)?;
        self.down(1);
        Ok(())
    }

    /// Heads from a column to the right: words plain and left, figures behind `#` and right: "policy | #leads".
    pub(super) fn heads(&mut self, col: ColNum, line: &str) -> Written {
        let head = |name| match str::strip_prefix(name, '#') {
            Some(figures) => (figures, &self.look.head_right),
            None => (name, &self.look.head),
        };
        self.sheet.heads(self.at.right(col), &line.split(" | ").map(head).collect::<Vec<_>>())
    }

    pub(super) fn text(&mut self, col: ColNum, words: &str) -> Written {
        self.sheet.text(self.at.right(col), words, &self.look.text)
    }

    pub(super) fn quiet(&mut self, col: ColNum, words: &str) -> Written {
        self.sheet.text(self.at.right(col), words, &self.look.quiet)
    }

    /// Words broken into lines.
    pub(super) fn lines(&mut self, col: ColNum, words: &str) -> Written {
        self.sheet.lines(self.at.right(col), words, &self.look.wrapped)
    }

    /// A name from the data.
    pub(super) fn name(&mut self, col: ColNum, name: &str) -> Written {
        self.text(col, &words::name(name))
    }

    pub(super) fn points(&mut self, col: ColNum, points: i32) -> Written {
        self.number(col, f64::from(points), &self.look.count)
    }

    pub(super) fn count(&mut self, col: ColNum, n: u64) -> Written {
        self.number(col, n as f64, &self.look.count)
    }

    pub(super) fn amount(&mut self, col: ColNum, value: f64) -> Written {
        self.number(col, value, &self.look.amount)
    }

    pub(super) fn share(&mut self, col: ColNum, value: impl Into<Option<f64>>) -> Written {
        self.number(col, value, &self.look.share)
    }

    /// A number in another look; a blank cell where there is none.
    pub(super) fn number(&mut self, col: ColNum, value: impl Into<Option<f64>>, look: &Format) -> Written {
        self.sheet.number(self.at.right(col), value, look)
    }
}
