//! Two thresholds of one's own side by side, looked up on the sheet `Frontier`.

use rust_xlsxwriter::{DataValidation, Format, Formula};

use super::assumptions::Assumptions;
use super::formulas::if_numbers;
use super::live::{Live, LiveColumn, Time, Values};
use super::{ENDS, opposite};
use crate::decide::frontier::Chosen;
use crate::report::RunParts;
use crate::report::workbook::WorkbookError;
use crate::report::workbook::cell::Cell;
use crate::report::workbook::frontier::{Figure, FrontierTable};
use crate::report::workbook::look::Look;
use crate::report::workbook::sheet::{Cached, Sheet};

/// Said where a threshold lies above every score.
const TOO_HIGH: &str = "no lead has so many points";
/// Said where a threshold is no number.
const NO_SCORE: &str = "type a score";

/// Two thresholds of the frontier side by side; returns the first row below.
pub(super) fn write(
    sheet: &mut Sheet,
    at: Cell,
    parts: &RunParts<'_>,
    frontier: &FrontierTable,
    assumptions: &Assumptions,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    if parts.frontier.rows.is_empty() {
        return Ok(at);
    }
    let per = parts.frontier.per.words();
    sheet.text(at, "What if", &look.section)?;
    let sentence = format!(
        "Pick or type two scores: what would every lead with at least so many points have brought? Figures as on \
         Frontier: leads and wins {per}."
    );
    sheet.text(at.right(1), &sentence, &look.quiet)?;
    let options = first_thresholds(parts);
    let score = at.down(2);
    let line = score.down(1);
    sheet.text(at.down(1), "", &look.head)?;
    sheet.text(score, "from score", &look.strong)?;
    sheet.text(line, "line on Frontier", &look.quiet)?;
    let head = line.down(1);
    sheet.text(head, "", &look.text)?;
    let first_figure = head.down(1);
    for (row, figure) in Figure::ALL.into_iter().enumerate() {
        sheet.text(first_figure.down(row as u32), &figure.words(per), &look.text)?;
    }
    let lives = first_figure.down(Figure::ALL.len() as u32);
    for (row, live) in Live::ALL.into_iter().enumerate() {
        sheet.text(lives.down(row as u32), &live.words(assumptions), &look.text)?;
    }
    for (idx, threshold) in options.into_iter().enumerate() {
        let col = 1 + idx as u16 * ENDS;
        sheet.text_over(at.down(1).right(col), ENDS, ["the first", "the second"][idx], &look.head_centred)?;
        sheet.number(score.right(col), f64::from(threshold), &look.input_number)?;
        let list = DataValidation::new()
            .allow_list_formula(Formula::new(format!("={}", frontier.thresholds())))
            .show_error_message(false);
        let cell = score.right(col);
        sheet.inner().add_data_validation(cell.row, cell.col, cell.row, cell.col, &list)?;
        for (end, words) in ["expected", "from", "to"].into_iter().enumerate() {
            sheet.text(head.right(col + end as u16), if end == 0 { "seen" } else { words }, &look.head_right)?;
        }
        let found = parts.frontier.rows.iter().position(|row| row.threshold >= threshold);
        let chosen = found.map(|found| &parts.frontier.rows[found].chosen);
        write_line_of(sheet, line.right(col), score.right(col), frontier, found, look)?;
        write_option(
            sheet,
            [line, first_figure, lives].map(|cell| cell.right(col)),
            chosen,
            frontier,
            assumptions,
            look,
        )?;
    }
    let difference = 1 + 2 * ENDS;
    sheet.lines(head.right(difference), "the second less the first", &look.head_right)?;
    let chosen = options.map(|threshold| parts.frontier.at_least(threshold));
    for (row, figure) in Figure::ALL.into_iter().enumerate() {
        let value = figure.of(&chosen[1]).0 - figure.of(&chosen[0]).0;
        let format =
            if matches!(figure, Figure::Leads | Figure::Wins) { &look.signed_amount } else { &look.signed_share };
        write_difference(sheet, first_figure.down(row as u32), difference, Some(value), format)?;
    }
    for (row, live) in Live::ALL.into_iter().enumerate() {
        let [first, second] =
            chosen.map(|chosen| live.in_column(&option_column(first_figure, Some(&chosen), 0), assumptions).1);
        let value = second.zip(first).map(|(second, first)| second - first);
        write_difference(sheet, lives.down(row as u32), difference, value, live.look_of_difference(look))?;
    }
    Ok(lives.down(Live::ALL.len() as u32))
}

/// Two thresholds to begin with: those of the first policies, else ones from the middle of the frontier.
fn first_thresholds(parts: &RunParts<'_>) -> [i32; 2] {
    let rows = &parts.frontier.rows;
    let at = |share: f64| rows[((rows.len() - 1) as f64 * share) as usize].threshold;
    let mut found: Vec<i32> = parts.policies.iter().map(|policy| policy.threshold).collect();
    found.extend([at(0.75), at(0.5), at(1.0), at(0.0)]);
    let first = found[0];
    [first, found.into_iter().find(|&threshold| threshold != first).unwrap_or(first)]
}

/// The line of the frontier with the first threshold that is not below the score.
fn write_line_of(
    sheet: &mut Sheet,
    at: Cell,
    score: Cell,
    frontier: &FrontierTable,
    found: Option<usize>,
    look: &Look,
) -> Result<(), WorkbookError> {
    let (score, thresholds) = (score.plain(), frontier.thresholds());
    let n_below = format!("SUMPRODUCT(--({thresholds}<{score}))");
    let formula = format!(
        "=IF(ISERROR({score}),\"{NO_SCORE}\",IF({score}=\"\",\"\",IF(ISNUMBER({score}),IF({n_below}<ROWS({thresholds}),{n_below}+1,\
         \"{TOO_HIGH}\"),\"{NO_SCORE}\")))"
    );
    let cached = found.map_or(Cached::Text(TOO_HIGH.to_owned()), |found| (found as f64 + 1.0).into());
    sheet.formula(at, &formula, cached, &look.quiet)
}

/// What one threshold brings.
fn write_option(
    sheet: &mut Sheet,
    [line, first_figure, lives]: [Cell; 3],
    chosen: Option<&Chosen>,
    frontier: &FrontierTable,
    assumptions: &Assumptions,
    look: &Look,
) -> Result<(), WorkbookError> {
    let line = line.fixed();
    for (row, figure) in Figure::ALL.into_iter().enumerate() {
        for end in 0..ENDS {
            let column = frontier.column(figure, end);
            let value = chosen.map(|chosen| figure.at_end(chosen, end));
            let format = if end == 0 { figure.look(look) } else { figure.quiet_look(look) };
            let formula = format!("=IF(ISNUMBER({line}),INDEX({column},{line}),\"\")");
            sheet.formula(first_figure.down(row as u32).right(end), &formula, value, format)?;
        }
    }
    for (row, live) in Live::ALL.into_iter().enumerate() {
        for end in 0..if live.has_interval() { ENDS } else { 1 } {
            let column = option_column(first_figure, chosen, end);
            let (formula, value) = live.in_column(&column, assumptions);
            sheet.formula(lives.down(row as u32).right(end), &formula, value, live.look(end > 0, look))?;
        }
    }
    Ok(())
}

/// The cells of an option of which the other figures are made, below `first`: in the order of [`Figure::ALL`].
fn option_column(first: Cell, chosen: Option<&Chosen>, end: u16) -> LiveColumn {
    let conversion = first.down(2);
    let values = chosen.map(|chosen| Values {
        leads: Figure::Leads.at_end(chosen, end),
        wins: Figure::Wins.at_end(chosen, end),
        conversion: Figure::Conversion.at_end(chosen, end),
        opposite: Figure::Conversion.at_end(chosen, opposite(end)),
        least: Figure::Conversion.at_end(chosen, 1),
    });
    LiveColumn {
        leads: first.right(end),
        wins: first.down(1).right(end),
        conversion: conversion.right(end),
        opposite: conversion.right(opposite(end)),
        least: conversion.right(1),
        values,
        time: Time::One,
    }
}

fn write_difference(
    sheet: &mut Sheet,
    row: Cell,
    col: u16,
    value: Option<f64>,
    format: &Format,
) -> Result<(), WorkbookError> {
    let (first, second) = (row.right(1), row.right(1 + ENDS));
    let formula = if_numbers(&[first, second], &format!("{}-{}", second.plain(), first.plain()));
    sheet.formula(row.right(col), &formula, value, format)
}
