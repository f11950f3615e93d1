//! The sheet `Check`: the card's golden rows, scored by the formulas that score leads, beside the points they have to get.

use rust_xlsxwriter::{ColNum, RowNum};
use serde_json::Value;

use super::cell::{Cell, after, n_columns};
use super::curve::Curve;
use super::levels::{Block, Levels, code_of_answer, fits_a_cell};
use super::look::Look;
use super::rows::{ExpectedRow, Places, Rows, criteria_of, width_for, write_heads_of_codes};
use super::sheet::{Cached, Sheet};
use super::{WorkbookError, words};
use crate::card::{Card, Criterion, GoldenRow, InputKind};
use crate::export::pairs::Coded;

/// Name of the sheet, as formulas on other sheets say it.
const NAME: &str = "Check";
const RIGHT: &str = "right";
const DIFFERS: &str = "differs";

const VERDICT: ColNum = 1;
const SCORE: ColNum = 2;
const SCORE_WANTED: ColNum = 3;
/// Column after the score; the band stands there where it does not follow from the score alone.
const BAND: ColNum = 4;
const BAND_WANTED: ColNum = 5;

/// What the sheet says, for other sheets.
pub(super) struct Verdict {
    /// The cell that says it, as another sheet refers to it.
    pub(super) cell: String,
    /// What it says.
    pub(super) words: String,
    /// Golden rows that no cells can hold.
    pub(super) n_left_out: usize,
}

/// Writes the sheet.
pub(super) fn write(
    card: &Card,
    levels: &Levels,
    curve: &Curve,
    look: &Look,
) -> Result<(Verdict, Sheet), WorkbookError> {
    let held: Vec<&GoldenRow> = card.golden.iter().filter(|row| fits_cells(card, row)).collect();
    let n_left_out = card.golden.len() - held.len();
    let mut sheet = Sheet::new(NAME)?;
    let left_out = match n_left_out {
        0 => "Change nothing here.".to_owned(),
        n => format!(
            "Change nothing here. Left out: {} of the card with values that a spreadsheet cannot hold.",
            words::counted(n as u64, "made-up lead")
        ),
    };
    let top = sheet.opening(
        NAME,
        &[
            "Made-up leads, scored by the formulas of the sheet Leads, beside the points that the card gives them.",
            &left_out,
        ],
        look,
    )?;
    let n_criteria = n_columns(card.criteria.len());
    let asks = levels.known_at_least().is_some();
    let answers = if asks { BAND_WANTED + 1 } else { BAND };
    let points = after(answers, levels.inputs().len());
    let wanted = after(points, card.criteria.len());
    let lines = after(wanted, card.criteria.len());
    let codes = after(lines, card.criteria.len());
    let (said, head) = (Cell::new(top, 0), Cell::new(top + 3, 0));
    let blocks = [(points, "Points"), (wanted, "Points of the card"), (lines, "Lines on Levels")];
    write_heads(&mut sheet, head, &blocks, card, levels, look)?;
    write_heads_of_codes(&mut sheet, head.in_column(codes), levels, look)?;
    if asks {
        sheet.heads(head.right(BAND), &look.heads("band|band of the card"))?;
    }

    let first = head.down(1);
    let last = first.down((held.len() as RowNum).max(1) - 1);
    let places =
        Places { score: SCORE, answers, points, lines, codes, names: head.row, columns: None, skips_empty: false };
    let rows = Rows::new(levels, places);
    for (idx, golden) in held.iter().enumerate() {
        let at = first.down(idx as RowNum);
        sheet.count(at, idx as u64 + 1, &look.quiet_count)?;
        for (idx, input) in levels.inputs().iter().enumerate() {
            let at = at.right(answers.saturating_add(idx as ColNum));
            sheet.answer(at, golden.inputs.get(&input.name), &look.number_left, &look.exact)?;
        }
        rows.write(&mut sheet, at, Some(&expected(card, levels, golden)), look)?;
        sheet.number(at.right(SCORE_WANTED), f64::from(golden.score), &look.count)?;
        for (idx, &points) in golden.points.iter().enumerate() {
            sheet.number(at.in_column(wanted.saturating_add(n_columns(idx))), f64::from(points), &look.count)?;
        }
        if asks {
            let band = band_of_row(card, golden);
            sheet.formula(at.right(BAND), &rows.band(at, curve), Cached::Text(band.clone()), &look.text)?;
            sheet.text(at.right(BAND_WANTED), &band, &look.text)?;
        }
        let cells = |col: ColNum| {
            format!("{}:{}", at.in_column(col).plain(), at.in_column(col + n_criteria.max(1) - 1).plain())
        };
        let is_score_right = format!("{}={}", at.right(SCORE).plain(), at.right(SCORE_WANTED).plain());
        let is_right = if asks {
            format!("AND({is_score_right},EXACT({},{}))", at.right(BAND).plain(), at.right(BAND_WANTED).plain())
        } else {
            is_score_right
        };
        let formula = format!(
            "=IF({is_right},IF(SUMPRODUCT(({}<>{})*1)=0,\"{RIGHT}\",\"{DIFFERS}\"),\"{DIFFERS}\")",
            cells(points),
            cells(wanted)
        );
        sheet.formula(at.right(VERDICT), &formula, Cached::Text(RIGHT.to_owned()), &look.text)?;
    }

    let verdicts = first.in_column(VERDICT).to(last.in_column(VERDICT)).fixed();
    let n_right = format!("SUMPRODUCT(EXACT({verdicts},\"{RIGHT}\")*1)");
    let n_differ = format!("ROWS({verdicts})-{n_right}");
    let formula = format!(
        "=IF({n_differ}=0,\"all \"&ROWS({verdicts})&\" made-up leads get the points of the card\",({n_differ})&\" of \
         \"&ROWS({verdicts})&\" made-up leads get other points than the card gives them: do not score with this workbook\")"
    );
    let said_words = format!("all {} made-up leads get the points of the card", held.len());
    sheet.formula(said, &formula, Cached::Text(said_words.clone()), &look.verdict)?;
    sheet.mark(said, said, &format!("=LEFT({},3)<>\"all\"", said.plain()), &look.wrong)?;
    let differs = format!("=NOT(EXACT({},\"{RIGHT}\"))", first.in_column(VERDICT).plain());
    sheet.mark(first.in_column(VERDICT), last.in_column(VERDICT), &differs, &look.wrong)?;
    let differs = format!("={}<>{}", first.in_column(points).plain(), first.in_column(wanted).plain());
    let last_points = last.in_column(points.saturating_add(n_criteria).saturating_sub(1));
    sheet.mark(first.in_column(points), last_points, &differs, &look.wrong)?;
    sheet.freeze(first.right(answers), head.row - 1)?;
    sheet.inner().set_print_area(0, 0, last.row, points.saturating_sub(2))?;
    Ok((Verdict { cell: said.on(NAME), words: said_words, n_left_out }, sheet))
}

fn write_heads(
    sheet: &mut Sheet,
    head: Cell,
    blocks: &[(ColNum, &str)],
    card: &Card,
    levels: &Levels,
    look: &Look,
) -> Result<(), WorkbookError> {
    let above = Cell::new(head.row - 1, 0);
    sheet.widths(&[8.0, 11.0, 9.0, 11.0])?;
    sheet.heads(head, &look.heads(">lead||>score|>score of the card"))?;
    let answers = if levels.known_at_least().is_some() { BAND_WANTED + 1 } else { BAND };
    sheet.text(above.right(answers), "Answers", &look.section)?;
    for (idx, input) in levels.inputs().iter().enumerate() {
        let at = head.right(answers.saturating_add(idx as ColNum));
        let shown = criteria_of(levels, input);
        sheet.width(at.col, width_for(&shown).max(if input.kind == InputKind::Number { 11.0 } else { 18.0 }))?;
        sheet.lines(at, &shown, &look.head)?;
    }
    for (col, title) in blocks {
        sheet.text(above.right(*col), title, &look.section)?;
        sheet.width(col.saturating_sub(1), 3.0)?;
        for (idx, criterion) in card.criteria.iter().enumerate() {
            let at = head.right(col.saturating_add(idx as ColNum));
            let name = words::name(criterion.shown());
            sheet.width(at.col, width_for(&name).max(9.0))?;
            sheet.lines(at, &name, &look.head_right)?;
        }
    }
    Ok(())
}

/// The band of a golden row, as the formulas show it.
fn band_of_row(card: &Card, golden: &GoldenRow) -> String {
    words::result_name(card.band_of_row(golden))
}

/// What the formulas of a golden row come to, if they are right.
fn expected(card: &Card, levels: &Levels, golden: &GoldenRow) -> ExpectedRow {
    let line = |(criterion, block): (&Criterion, &Block)| {
        Some(block.n_before + block.line_of_lead(criterion, |column| golden.inputs.get(column))?)
    };
    let lines = card.criteria.iter().zip(levels.blocks()).map(line).collect();
    let axes = card.criteria.iter().filter_map(Coded::of).flat_map(|coded| coded.axes);
    let value = |axis: &Criterion| golden.inputs.get(&axis.input()?.column);
    let codes = axes.map(|axis| code_of_answer(&axis, value(&axis).unwrap_or(&Value::Null))).collect();
    ExpectedRow { lines, codes, points: golden.points.clone(), score: golden.score }
}

/// Whether cells can hold every value of the row that the card reads.
fn fits_cells(card: &Card, golden: &GoldenRow) -> bool {
    let inputs = card.criteria.iter().flat_map(|criterion| &criterion.inputs);
    inputs.filter_map(|input| golden.inputs.get(&input.column)).all(|value| match value {
        Value::Number(number) => {
            let float = number.as_f64().unwrap_or(f64::NAN);
            // Excel takes subnormal numbers for 0 and has no whole numbers beyond those of a float.
            let is_exact = number.as_i64().is_none_or(|whole| whole.unsigned_abs() <= MAX_WHOLE)
                && number.as_u64().is_none_or(|whole| whole <= MAX_WHOLE);
            is_exact && (float == 0.0 || float.is_normal())
        }
        // In a cell of several lines LibreOffice has another character for a tab.
        Value::String(text) => fits_a_cell(text) && !(text.contains('\t') && text.contains(['\n', '\r'])),
        _ => true,
    })
}

/// 2^53: up to here every whole number is a float.
const MAX_WHOLE: u64 = 9_007_199_254_740_992;
