//! The sheet `Leads`: empty rows for many leads. Paste answers, and score, chance, band, reasons and points stand beside them.

use rust_xlsxwriter::{ColNum, RowNum};

use super::WorkbookError;
use super::calculator::offer;
use super::cell::{Cell, after};
use super::curve::{Curve, Worth};
use super::levels::{Block, Levels};
use super::look::Look;
use super::rows::{Places, Rows, criteria_of, width_for, write_heads_of_codes};
use super::sheet::{Cached, Sheet};
use super::words;
use crate::card::{Card, Criterion, InputKind};
use crate::score::MAX_REASONS;

/// Most cells with points, so that a card of hundreds of criteria still opens quickly.
const MAX_CELLS: usize = 40_000;

const SCORE: u16 = 1;
const CHANCE: u16 = 2;
const LOW: u16 = 3;
const HIGH: u16 = 4;
const BAND: u16 = 5;
/// First column of answers; before it stand the lead's name and its results.
const ANSWERS: u16 = 6;

/// What the sheet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A few leads beside a run's other figures.
    Aside,
    /// Leads of another system, pasted with the names of their columns, which have to be those of the card.
    Import,
}

impl Purpose {
    /// Rows for leads, for a card with so many criteria.
    pub(crate) fn n_rows(self, n_criteria: usize) -> usize {
        let wanted = match self {
            Self::Aside => 200,
            Self::Import => 1_000,
        };
        wanted.min(MAX_CELLS / n_criteria.max(1)).max(1)
    }

    fn sentences(self, n_rows: usize) -> [String; 2] {
        let rows = words::count(n_rows as u64);
        match self {
            Self::Aside => [
                format!(
                    "Paste up to {rows} leads into the yellow cells, one row each (paste values only, so that the cells keep \
                     their format). Score, chance and band follow."
                ),
                "An empty cell is a missing answer; a text that is not on the card counts as other. Reasons and points per \
                 criterion stand further right."
                    .to_owned(),
            ],
            Self::Import => [
                "Paste leads into the yellow cells, one row each, values only, with or without the names of their columns, \
                 which are checked."
                    .to_owned(),
                format!(
                    "An empty cell is a missing answer; a text that is not on the card counts as other. There are {rows} rows: \
                     for more, select the last one and fill down."
                ),
            ],
        }
    }
}

/// Writes the sheet with empty rows.
///
/// - `verdict`: formula that says whether the workbook can be trusted, and what it comes to.
pub(crate) fn write(
    card: &Card,
    levels: &Levels,
    curve: &Curve,
    purpose: Purpose,
    verdict: Option<(&str, Cached)>,
    look: &Look,
) -> Result<Sheet, WorkbookError> {
    let n_rows = purpose.n_rows(card.criteria.len());
    let mut sheet = Sheet::new("Leads")?;
    let [how, what] = purpose.sentences(n_rows);
    let mut top = sheet.opening("Leads", &[&how, &what], look)?;
    if let Some((formula, cached)) = verdict {
        sheet.formula(Cell::new(top - 1, 0), formula, cached, &look.verdict)?;
        top += 1;
    }
    let layout = Layout::new(top, levels, purpose);
    layout.write_heads(&mut sheet, card, levels, purpose, look)?;
    let first = layout.first;
    sheet.freeze(first.in_column(ANSWERS), layout.places.names - 1)?;

    let rows = Rows::new(levels, layout.places);
    let last = first.down(n_rows as RowNum - 1);
    for row in 0..n_rows {
        let at = first.down(row as RowNum);
        sheet.blank(at, &look.input_text)?;
        rows.write(&mut sheet, at, None, look)?;
        rows.write_reasons(&mut sheet, at, layout.reasons, layout.most, look)?;
        for (col, worth) in [(CHANCE, Worth::Chance), (LOW, Worth::Low), (HIGH, Worth::High)] {
            let formula = curve.look_up(&at.right(SCORE).plain(), worth);
            sheet.formula(at.right(col), &formula, Cached::Blank, &look.share)?;
        }
        sheet.formula(at.right(BAND), &rows.band(at, curve), Cached::Blank, &look.text)?;
        for (idx, input) in levels.inputs().iter().enumerate() {
            let format = if input.kind == InputKind::Number { &look.input_number } else { &look.input_text };
            sheet.blank(at.right(ANSWERS + idx as ColNum), format)?;
        }
    }
    // Reasons and points are for looking closer; on paper they would make the rest small.
    sheet.inner().set_print_area(0, 0, last.row, layout.reasons - 2)?;
    rows.mark(&mut sheet, first, last, look)?;
    for idx in 0..levels.inputs().len() {
        let col = ANSWERS + idx as ColNum;
        if let Some((block, _)) = levels.reader_of(idx) {
            offer(&mut sheet, first.right(col), last.right(col), block)?;
        }
    }
    Ok(sheet)
}

/// Where things stand.
struct Layout {
    /// First row of leads.
    first: Cell,
    /// First column of reasons.
    reasons: ColNum,
    /// Row with the most points of each criterion.
    most: RowNum,
    places: Places,
}

impl Layout {
    fn new(top: RowNum, levels: &Levels, purpose: Purpose) -> Self {
        let reasons = after(ANSWERS, levels.inputs().len());
        let points = after(reasons, MAX_REASONS);
        let lines = after(points, levels.blocks().len());
        let codes = after(lines, levels.blocks().len());
        let names = top + 2;
        let columns = (purpose == Purpose::Import).then_some(names + 1);
        let first = Cell::new(columns.unwrap_or(names) + 1, 0);
        let places = Places { score: SCORE, answers: ANSWERS, points, lines, codes, names, columns, skips_empty: true };
        Self { first, reasons, most: top, places }
    }

    fn write_heads(
        &self,
        sheet: &mut Sheet,
        card: &Card,
        levels: &Levels,
        purpose: Purpose,
        look: &Look,
    ) -> Result<(), WorkbookError> {
        let Places { points, lines, codes, names, columns, .. } = self.places;
        let (above, head) = (Cell::new(names - 1, 0), Cell::new(names, 0));
        sheet.widths(&[18.0, 24.0, 10.0, 9.0, 9.0, 12.0])?;
        sheet.heads(head, &look.heads("lead|score|>chance to convert|>90 % sure from|>to|band"))?;
        for (idx, input) in levels.inputs().iter().enumerate() {
            let at = head.right(ANSWERS.saturating_add(idx as ColNum));
            let shown = criteria_of(levels, input);
            let (kind, narrow) = match input.kind {
                InputKind::Number => ("a number", 11.0),
                InputKind::Text => ("text", 18.0),
                InputKind::Boolean => ("true or false", 18.0),
            };
            let wider = if purpose == Purpose::Import { words::name(&input.name) } else { String::new() };
            sheet.width(at.col, width_for(&shown).max(width_for(&wider)).max(narrow))?;
            sheet.lines(at, &shown, &look.head)?;
            if let Some(row) = columns {
                sheet.text(Cell::new(self.most, at.col), kind, &look.quiet)?;
                sheet.exact(Cell::new(row, at.col), &input.name, &look.input_head)?;
            }
        }
        if let Some(row) = columns {
            sheet.text(Cell::new(row, 0), "names of the columns", &look.quiet)?;
        }
        sheet.width(self.reasons - 1, 3.0)?;
        for nth in 0..MAX_REASONS as ColNum {
            sheet.width(self.reasons + nth, 44.0)?;
            sheet.lines(head.right(self.reasons + nth), &format!("reason {}", nth + 1), &look.head)?;
        }
        sheet.width(points - 1, 3.0)?;
        for (idx, (criterion, block)) in card.criteria.iter().zip(levels.blocks()).enumerate() {
            self.write_heads_of(sheet, idx as ColNum, criterion, block, look)?;
        }
        sheet.width(lines.saturating_sub(1), 3.0)?;
        write_heads_of_codes(sheet, head.in_column(codes), levels, look)?;
        for (col, title) in [
            (ANSWERS, "Answers"),
            (self.reasons, "Why not more points"),
            (points, "Points"),
            (lines, "Lines on Levels"),
        ] {
            sheet.text(above.right(col), title, &look.section)?;
        }
        sheet.text(Cell::new(self.most, points - 2), "most points there are", &look.quiet_right)
    }

    /// Above the points and the line of one criterion.
    fn write_heads_of(
        &self,
        sheet: &mut Sheet,
        idx: ColNum,
        criterion: &Criterion,
        block: &Block,
        look: &Look,
    ) -> Result<(), WorkbookError> {
        let name = words::name(&block.shown);
        let head = Cell::new(self.places.names, 0);
        for (col, at_least) in [(self.places.points, 9.0), (self.places.lines, 9.0)] {
            let at = head.in_column(col.saturating_add(idx));
            sheet.width(at.col, width_for(&name).max(at_least))?;
            sheet.lines(at, &name, &look.head_right)?;
        }
        let most = Cell::new(self.most, self.places.points.saturating_add(idx));
        sheet.number(most, f64::from(criterion.points_max()), &look.quiet_count)
    }
}
