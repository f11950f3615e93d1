//! The sheet `Leads`: empty rows for many leads. Paste answers, and score, chance and band stand beside them.

use rust_xlsxwriter::{ColNum, RowNum};
use unicode_width::UnicodeWidthStr;

use super::calculator::{NO_SCORE, offer};
use super::cell::Cell;
use super::curve::{Curve, Worth};
use super::levels::Levels;
use super::look::Look;
use super::sheet::{Cached, Sheet};
use super::{WorkbookError, words};
use crate::card::{Card, InputKind};

/// Rows for leads.
const N_ROWS: usize = 200;
/// Most cells with points, so that a card of hundreds of criteria still opens quickly.
const MAX_CELLS: usize = 40_000;

const SCORE: u16 = 1;
const CHANCE: u16 = 2;
const LOW: u16 = 3;
const HIGH: u16 = 4;
const BAND: u16 = 5;
/// First column of answers; before it stand the lead's name and its results.
const ANSWERS: u16 = 6;

/// Writes the sheet with empty rows.
pub(super) fn write(card: &Card, levels: &Levels, curve: &Curve, look: &Look) -> Result<Sheet, WorkbookError> {
    let n_criteria = card.criteria.len();
    let n_rows = N_ROWS.min(MAX_CELLS / n_criteria.max(1)).max(1);
    let mut sheet = Sheet::new("Leads")?;
    let top = sheet.opening(
        "Leads",
        &[
            &format!(
                "Paste up to {n_rows} leads into the yellow cells, one row each (paste values only, so that the cells keep \
                 their format). Score, chance and band follow."
            ),
            "An empty cell is a missing answer; a text that is not on the card counts as other. Points per criterion stand \
             further right.",
        ],
        look,
    )?;
    // The points of 16,384 columns and more would not fit, which the sheet finds out when they are written.
    let points_col = ANSWERS.saturating_add(ColNum::try_from(n_criteria).unwrap_or(ColNum::MAX)).saturating_add(1);
    let head = Cell::new(top + 1, 0);
    write_heads(&mut sheet, head, points_col, card, levels, look)?;
    sheet.freeze(Cell::new(head.row + 1, ANSWERS), head.row - 1)?;

    let first = head.down(1);
    let last = first.down(n_rows as RowNum - 1);
    for row in 0..n_rows {
        write_row(&mut sheet, first.down(row as RowNum), points_col, levels, curve, look)?;
    }
    // Points are for looking closer; on paper they would make the rest small.
    sheet.inner().set_print_area(0, 0, last.row, points_col.saturating_sub(2))?;
    for (idx, block) in levels.blocks().iter().enumerate() {
        let col = ANSWERS + idx as ColNum;
        offer(&mut sheet, first.right(col), last.right(col), block)?;
    }
    Ok(sheet)
}

fn write_heads(
    sheet: &mut Sheet,
    head: Cell,
    points_col: ColNum,
    card: &Card,
    levels: &Levels,
    look: &Look,
) -> Result<(), WorkbookError> {
    let heads = [
        ("lead", &look.head),
        ("score", &look.head_right),
        ("chance to convert", &look.head_right),
        ("90 % sure from", &look.head_right),
        ("to", &look.head_right),
        ("band", &look.head),
    ];
    sheet.widths(&[18.0, 9.0, 10.0, 9.0, 9.0, 12.0])?;
    sheet.heads(head, &heads)?;
    let above = Cell::new(head.row - 1, 0);
    sheet.text(above.right(ANSWERS), "Answers", &look.section)?;
    sheet.text(above.right(points_col), "Points", &look.section)?;
    for (idx, (criterion, block)) in card.criteria.iter().zip(levels.blocks()).enumerate() {
        let name = words::name(&criterion.name);
        let (answer, points) = (head.right(ANSWERS + idx as ColNum), head.right(points_col + idx as ColNum));
        let is_number = block.kind() == InputKind::Number;
        let name_width = (name.width() as f64 + 3.0).min(24.0);
        sheet.width(answer.col, name_width.max(if is_number { 11.0 } else { 18.0 }))?;
        sheet.width(points.col, name_width.max(9.0))?;
        sheet.lines(answer, &name, &look.head)?;
        sheet.lines(points, &name, &look.head_right)?;
    }
    sheet.width(points_col - 1, 3.0)
}

fn write_row(
    sheet: &mut Sheet,
    at: Cell,
    points_col: ColNum,
    levels: &Levels,
    curve: &Curve,
    look: &Look,
) -> Result<(), WorkbookError> {
    let n_criteria = levels.blocks().len() as ColNum;
    let answers = format!("{}:{}", at.right(ANSWERS).plain(), at.right(ANSWERS + n_criteria.max(1) - 1).plain());
    // A row with nothing but a name is a lead without any answer, and has a score.
    let is_empty = format!("COUNTA({},{answers})=0", at.plain());
    let points = format!("{}:{}", at.right(points_col).plain(), at.right(points_col + n_criteria.max(1) - 1).plain());
    let score = format!(
        "=IF({is_empty},\"\",IF(COUNT({points})={n_criteria},{}+SUM({points}),\"{NO_SCORE}\"))",
        levels.base_points()
    );
    sheet.blank(at, &look.input_text)?;
    sheet.formula(at.right(SCORE), &score, Cached::Blank, &look.count)?;
    for (col, worth, look) in [
        (CHANCE, Worth::Chance, &look.share),
        (LOW, Worth::Low, &look.share),
        (HIGH, Worth::High, &look.share),
        (BAND, Worth::Band, &look.text),
    ] {
        sheet.formula(at.right(col), &curve.look_up(&at.right(SCORE).plain(), worth), Cached::Blank, look)?;
    }
    for (idx, block) in levels.blocks().iter().enumerate() {
        let answer = at.right(ANSWERS + idx as ColNum);
        let format = if block.kind() == InputKind::Number { &look.input_number } else { &look.input_text };
        sheet.blank(answer, format)?;
        let points = block.at_line_of(&answer.plain(), |line| format!("INDEX({},{line})", block.points()));
        let formula = format!("=IF({is_empty},\"\",{points})");
        sheet.formula(at.right(points_col + idx as ColNum), &formula, Cached::Blank, &look.count)?;
    }
    Ok(())
}
