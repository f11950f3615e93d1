//! One lead in one row: its answers, the line of each criterion on `Levels`, the points of that line, the score, the reasons.
//!
//! Always true: an answer that cannot be read, or that may belong to another column, has words instead of a line; they go on
//! into its points and, with the name of the criterion, into the score.

use rust_xlsxwriter::{ColNum, RowNum};
use unicode_width::UnicodeWidthStr;

use super::WorkbookError;
use super::cell::{Area, Cell, n_columns};
use super::curve::Curve;
use super::levels::{Block, InputColumn, Levels, LooksAt};
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
    /// First column of codes, two per pair.
    pub(super) codes: ColNum,
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
    /// Code of each axis of each pair.
    pub(super) codes: Vec<Option<i32>>,
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
        for (idx, axis) in self.levels.axes().iter().enumerate() {
            let cached = scored.and_then(|scored| *scored.codes.get(idx)?).map_or(Cached::Blank, whole);
            let formula = self.unless_empty(first, self.code(first, axis));
            sheet.formula(self.code_cell(first, idx), &formula, cached, &look.quiet_count)?;
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
            let Some((block, axis)) = self.levels.reader_of(idx) else { continue };
            let words = match axis {
                Some(axis) => self.code_cell(first, axis),
                None => first.in_column(points + criterion as ColNum),
            };
            mark(first.in_column(col), last.in_column(col), has_words(words))?;
            if let Some(row) = self.places.columns {
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
        let found = |line: &str| format!("{}+{line}", block.n_before);
        let line = match block.looks_at {
            LooksAt::Column(input_idx) => self.looked_up(first, block, input_idx, found),
            LooksAt::Cell(axis_idx) => {
                let [row, column] = [axis_idx, axis_idx + 1].map(|idx| self.code_cell(first, idx).plain());
                block.at_line_of_cell([&row, &column], found)
            }
        };
        self.unless_empty(first, line)
    }

    /// The code of the lead's answer on one axis of a pair.
    fn code(&self, first: Cell, axis: &Block) -> String {
        let LooksAt::Column(input_idx) = axis.looks_at else { return String::new() };
        self.looked_up(first, axis, input_idx, |line| format!("INDEX({},{line})", axis.points()))
    }

    /// What `found` makes of the line of an answer, or words that say why there is none.
    fn looked_up(&self, first: Cell, block: &Block, input_idx: usize, found: impl Fn(&str) -> String) -> String {
        let col = self.places.answers.saturating_add(input_idx as ColNum);
        let line = block.at_line_of(&first.in_column(col).plain(), found);
        match self.places.columns {
            None => line,
            Some(row) => {
                let head = Cell::new(row, col).fixed_row();
                format!("IF(EXACT({head},{}),{line},\"{OTHER_COLUMN}\")", block.column())
            }
        }
    }

    fn unless_empty(&self, first: Cell, formula: String) -> String {
        match self.places.skips_empty {
            true => format!("=IF({},\"\",{formula})", self.is_empty(first)),
            false => format!("={formula}"),
        }
    }

    /// The cell with the code of the axis at this position.
    fn code_cell(&self, first: Cell, axis_idx: usize) -> Cell {
        first.in_column(self.places.codes.saturating_add(axis_idx as ColNum))
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

/// Heads above the codes of pairs; nothing on a card without.
///
/// - `head`: above the first of them.
pub(super) fn write_heads_of_codes(
    sheet: &mut Sheet,
    head: Cell,
    levels: &Levels,
    look: &Look,
) -> Result<(), WorkbookError> {
    if levels.axes().is_empty() {
        return Ok(());
    }
    sheet.width(head.col.saturating_sub(1), 3.0)?;
    sheet.text(Cell::new(head.row - 1, head.col), "Codes of two answers", &look.section)?;
    for (idx, axis) in levels.axes().iter().enumerate() {
        let (at, name) = (head.right(n_columns(idx)), super::words::name(&axis.shown));
        sheet.width(at.col, width_for(&name).max(9.0))?;
        sheet.lines(at, &name, &look.head_right)?;
    }
    Ok(())
}

/// Width of a column under a name.
pub(super) fn width_for(name: &str) -> f64 {
    (name.width() as f64 + 3.0).min(24.0)
}
