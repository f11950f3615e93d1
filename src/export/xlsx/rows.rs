//! One lead in one row: its answers, the line of each criterion on `Levels`, the points of that line, the score, the reasons.
//!
//! Always true: an answer that cannot be read, or that may belong to another column, has words instead of a line; they go on
//! into its points and, with the name of the criterion, into the score.

use rust_xlsxwriter::{ColNum, RowNum};
use unicode_width::UnicodeWidthStr;

use super::WorkbookError;
use super::cell::{Area, Cell, n_columns};
use super::curve::Curve;
use super::levels::{InputColumn, Levels};
use super::look::Look;
use super::sheet::{Cached, Sheet};
use crate::card::MAX_CRITERIA;
use crate::score::MAX_REASONS;

/// Said instead of points where the column is called otherwise than the card calls it.
const OTHER_COLUMN: &str = "the column has another name";
/// A loss and a criterion in one number: losses times this, plus criteria that come after it.
const CRITERIA: usize = MAX_CRITERIA + 48;

/// Where the parts of a lead stand, and how its row is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Column of the score.
    pub(super) score: ColNum,
    /// First column of answers, one per column that the card reads.
    pub(super) answers: ColNum,
    /// First column of points, one per criterion.
    pub(super) points: ColNum,
    /// First column of lines, one per criterion.
    pub(super) lines: ColNum,
    /// Row with the names of the criteria above their points.
    pub(super) names: RowNum,
    /// Row with the names of the columns above the answers, where they have to be those of the card.
    pub(super) columns: Option<RowNum>,
    /// Whether a row with nothing in its first column and its answers is no lead.
    pub(super) skips_empty: bool,
}

/// What the formulas of a row come to.
#[derive(Debug, Clone)]
pub(super) struct ExpectedRow {
    /// Line of each criterion on `Levels`, from 1.
    pub(super) lines: Vec<Option<usize>>,
    /// Points of each criterion.
    pub(super) points: Vec<i32>,
    /// Their sum and the base points.
    pub(super) score: i32,
}

/// Writes rows of one sheet.
pub(super) struct Rows<'a> {
    levels: &'a Levels,
    places: Places,
}

impl<'a> Rows<'a> {
    pub(super) fn new(levels: &'a Levels, places: Places) -> Self {
        Self { levels, places }
    }

    /// Score, points and lines in the row of `first`, its first cell.
    ///
    /// - `scored`: what the row comes to; none where it is empty.
    pub(super) fn write(
        &self,
        sheet: &mut Sheet,
        first: Cell,
        scored: Option<&ExpectedRow>,
        look: &Look,
    ) -> Result<(), WorkbookError> {
        let Places { score, points, lines, .. } = self.places;
        let whole = |value: i32| Cached::Number(f64::from(value));
        let cached = scored.map_or(Cached::Blank, |scored| whole(scored.score));
        sheet.formula(first.in_column(score), &self.score(first), cached, &look.score)?;
        for idx in 0..self.n_criteria() {
            let line = first.in_column(lines.saturating_add(idx));
            let cached = scored.and_then(|scored| *scored.lines.get(usize::from(idx))?);
            let cached = cached.map_or(Cached::Blank, |line| Cached::Number(line as f64));
            sheet.formula(line, &self.line(first, usize::from(idx)), cached, &look.quiet_count)?;
            let formula = format!("=IF(ISNUMBER({0}),INDEX({1},{0}),{0})", line.plain(), self.levels.all_points());
            let cached = scored.and_then(|scored| scored.points.get(usize::from(idx)));
            let cached = cached.map_or(Cached::Blank, |&points| whole(points));
            sheet.formula(first.in_column(points.saturating_add(idx)), &formula, cached, &look.count)?;
        }
        Ok(())
    }

    /// Why the lead has not more points, largest loss first, in the row of `first` from column `at` on.
    ///
    /// - `most`: row with the most points of each criterion above its points.
    pub(super) fn write_reasons(
        &self,
        sheet: &mut Sheet,
        first: Cell,
        at: ColNum,
        most: RowNum,
        look: &Look,
    ) -> Result<(), WorkbookError> {
        let (n, score) = (self.n_criteria(), first.in_column(self.places.score).plain());
        let (points, lines) = (self.area_of(first, self.places.points), self.area_of(first, self.places.lines));
        // A criterion that loses as much as another one counts for more when it comes first.
        let most = fixed_rows(self.area(Cell::new(most, self.places.points)));
        let losses = format!("({most}-{points})*{CRITERIA}+{}-COLUMN({points})", self.places.points + n);
        for nth in 0..n.min(MAX_REASONS as ColNum) {
            let criterion = format!("{n}-MOD(SUMPRODUCT(LARGE({losses},{})),{CRITERIA})", nth + 1);
            let reason = format!("INDEX({},INDEX({lines},{criterion}))&\"\"", self.levels.all_reasons());
            sheet.formula(
                first.in_column(at + nth),
                &format!("=IF(ISNUMBER({score}),{reason},\"\")"),
                Cached::Blank,
                &look.quiet,
            )?;
        }
        Ok(())
    }

    /// The formula for the band of the lead in the row of `first`.
    pub(super) fn band(&self, first: Cell, curve: &Curve) -> String {
        let is_too_little = self.levels.is_too_little_known(&self.area_of(first, self.places.lines));
        curve.band(&first.in_column(self.places.score).plain(), is_too_little.as_deref())
    }

    /// Answers that cannot be read are marked, and what is said of them; so are columns that are called otherwise.
    ///
    /// - `first`, `last`: first cells of the first and the last row.
    pub(super) fn mark(&self, sheet: &mut Sheet, first: Cell, last: Cell, look: &Look) -> Result<(), WorkbookError> {
        let mut mark = |first: Cell, last: Cell, rule: String| sheet.mark(first, last, &rule, &look.wrong);
        let has_words = |cell: Cell| format!("=AND(ISTEXT({0}),LEN({0})>0)", cell.plain());
        let Places { score, answers, points, .. } = self.places;
        mark(first.in_column(score), last.in_column(score), has_words(first.in_column(score)))?;
        if self.n_criteria() > 0 {
            let last_points = points.saturating_add(self.n_criteria() - 1);
            mark(first.in_column(points), last.in_column(last_points), has_words(first.in_column(points)))?;
        }
        for (idx, input) in self.levels.inputs().iter().enumerate() {
            let col = answers + idx as ColNum;
            let Some(&criterion) = input.criteria.first() else { continue };
            mark(first.in_column(col), last.in_column(col), has_words(first.in_column(points + criterion as ColNum)))?;
            if let (Some(row), Some(block)) = (self.places.columns, self.levels.blocks().get(criterion)) {
                let head = Cell::new(row, col);
                mark(head, head, format!("=NOT(EXACT({},{}))", head.plain(), block.column()))?;
            }
        }
        Ok(())
    }

    /// Whether nothing was typed into the row.
    fn is_empty(&self, first: Cell) -> String {
        let answers = first.in_column(self.places.answers);
        let last = answers.right((self.levels.inputs().len() as ColNum).max(1) - 1);
        format!("COUNTA({},{}:{})=0", first.plain(), answers.plain(), last.plain())
    }

    fn score(&self, first: Cell) -> String {
        let (n, points) = (self.n_criteria(), self.area_of(first, self.places.points));
        let names = fixed_rows(self.area(Cell::new(self.places.names, self.places.points)));
        // The first criterion with words has the largest number when columns are counted from the last one.
        let wrong =
            format!("{n}+1-SUMPRODUCT(MAX(ISTEXT({points})*({}-COLUMN({points}))))", self.places.points + n + 1);
        let words = format!("INDEX({names},{wrong})&\": \"&INDEX({points},{wrong})");
        let score = format!("IF(COUNT({points})={n},{}+SUM({points}),{words})", self.levels.base_points());
        if self.places.skips_empty {
            format!("=IF({},\"\",{score})", self.is_empty(first))
        } else {
            format!("={score}")
        }
    }

    fn line(&self, first: Cell, idx: usize) -> String {
        let Some(block) = self.levels.blocks().get(idx) else { return String::new() };
        let col = self.places.answers.saturating_add(block.input_idx as ColNum);
        let mut line = block.at_line_of(&first.in_column(col).plain(), |line| format!("{}+{line}", block.n_before));
        if let Some(row) = self.places.columns {
            line =
                format!("IF(EXACT({},{}),{line},\"{OTHER_COLUMN}\")", Cell::new(row, col).fixed_row(), block.column());
        }
        if self.places.skips_empty { format!("=IF({},\"\",{line})", self.is_empty(first)) } else { format!("={line}") }
    }

    fn n_criteria(&self) -> ColNum {
        n_columns(self.levels.blocks().len())
    }

    /// A cell per criterion, from `first` to the right.
    fn area(&self, first: Cell) -> Area {
        first.to(first.right(self.n_criteria().max(1) - 1))
    }

    /// The cells of one kind in the row of `first`: `AD9:AK9`.
    fn area_of(&self, first: Cell, col: ColNum) -> String {
        let area = self.area(first.in_column(col));
        format!("{}:{}", area.first.plain(), area.last.plain())
    }
}

/// `AD$7:AK$7`.
fn fixed_rows(area: Area) -> String {
    format!("{}:{}", area.first.fixed_row(), area.last.fixed_row())
}

/// The heads above answers: the criteria that read the column.
pub(super) fn criteria_of(levels: &Levels, input: &InputColumn) -> String {
    let names = input.criteria.iter().filter_map(|&idx| levels.blocks().get(idx));
    names.map(|block| super::words::name(&block.shown)).collect::<Vec<_>>().join(", ")
}

/// Width of a column under a name.
pub(super) fn width_for(name: &str) -> f64 {
    (name.width() as f64 + 3.0).min(24.0)
}
