//! Two thresholds of one's own side by side, looked up on the sheet `Frontier`.

use rust_xlsxwriter::{DataValidation, Format, Formula};

use super::assumptions::Assumptions;
use super::formulas::Number;
use super::live::{Live, LiveColumn, Time};
use super::{ENDS, opposite};
use crate::decide::frontier::Chosen;
use crate::report::RunParts;
use crate::report::workbook::frontier::{Figure, FrontierTable};
use crate::report::workbook::{Cached, Cell, Pen, Written};

/// Said where a threshold lies above every score.
const TOO_HIGH: &str = "no lead has so many points";
/// Said where a threshold is no number.
const NO_SCORE: &str = "type a score";

/// Two thresholds of the frontier side by side.
pub(super) fn write(
    pen: &mut Pen<'_>,
    parts: &RunParts<'_>,
    frontier: &FrontierTable,
    assumptions: &Assumptions,
) -> Written {
    if parts.frontier.rows.is_empty() {
        return Ok(());
    }
    let look = pen.look;
    let per = parts.frontier.per.words();
    let at = pen.at;
    pen.sheet.text(at, "What if", &look.section)?;
    let sentence = format!(
        "Pick or type two scores: what would every lead with at least so many points have brought? Figures as on \
         Frontier: leads and wins {per}."
    );
    pen.quiet(1, &sentence)?;
    let options = first_thresholds(parts);
    let score = at.down(2);
    let line = score.down(1);
    pen.sheet.text(at.down(1), "", &look.head)?;
    pen.sheet.text(score, "from score", &look.strong)?;
    pen.sheet.text(line, "line on Frontier", &look.quiet)?;
    let head = line.down(1);
    pen.sheet.text(head, "", &look.text)?;
    let first_figure = head.down(1);
    for (row, figure) in Figure::ALL.into_iter().enumerate() {
        pen.sheet.text(first_figure.down(row as u32), &figure.words(per), &look.text)?;
    }
    let lives = first_figure.down(Figure::ALL.len() as u32);
    Live::write_words(pen, lives, assumptions)?;
    for (idx, threshold) in options.into_iter().enumerate() {
        let col = 1 + idx as u16 * ENDS;
        pen.sheet.text_over(at.down(1).right(col), ENDS, ["the first", "the second"][idx], &look.head_centred)?;
        let cell = score.right(col);
        pen.sheet.number(cell, f64::from(threshold), &look.input_number)?;
        let list = DataValidation::new()
            .allow_list_formula(Formula::new(format!("={}", frontier.thresholds())))
            .show_error_message(false);
        pen.sheet.inner().add_data_validation(cell.row, cell.col, cell.row, cell.col, &list)?;
        for (end, words) in ["seen", "from", "to"].into_iter().enumerate() {
            pen.sheet.text(head.right(col + end as u16), words, &look.head_right)?;
        }
        let found = parts.frontier.rows.iter().position(|row| row.threshold >= threshold);
        let chosen = found.map(|found| &parts.frontier.rows[found].chosen);
        write_line_of(pen, line.right(col), cell, frontier, found)?;
        write_figures(pen, [line, first_figure].map(|cell| cell.right(col)), chosen, frontier)?;
        let column = |end| option_column(first_figure.right(col), chosen, end);
        Live::write_all(pen, lives.right(col), column, assumptions)?;
    }
    let difference = 1 + 2 * ENDS;
    pen.sheet.lines(head.right(difference), "the second less the first", &look.head_right)?;
    let chosen = options.map(|threshold| parts.frontier.at_least(threshold));
    for (row, figure) in Figure::ALL.into_iter().enumerate() {
        let value = figure.of(&chosen[1]).0 - figure.of(&chosen[0]).0;
        let format =
            if matches!(figure, Figure::Leads | Figure::Wins) { &look.signed_amount } else { &look.signed_share };
        write_difference(pen, first_figure.down(row as u32), difference, Some(value), format)?;
    }
    for (row, live) in Live::ALL.into_iter().enumerate() {
        let [first, second] =
            chosen.map(|chosen| live.in_column(&option_column(first_figure, Some(&chosen), 0), assumptions).1);
        let value = second.zip(first).map(|(second, first)| second - first);
        write_difference(pen, lives.down(row as u32), difference, value, live.look_of_difference(look))?;
    }
    pen.at = lives.down(Live::ALL.len() as u32);
    Ok(())
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
fn write_line_of(pen: &mut Pen<'_>, at: Cell, score: Cell, frontier: &FrontierTable, found: Option<usize>) -> Written {
    let (score, thresholds) = (score.plain(), frontier.thresholds());
    let n_below = format!("SUMPRODUCT(--({thresholds}<{score}))");
    let formula = format!(
        "=IF(ISERROR({score}),\"{NO_SCORE}\",IF({score}=\"\",\"\",IF(ISNUMBER({score}),IF({n_below}<ROWS({thresholds}),{n_below}+1,\
         \"{TOO_HIGH}\"),\"{NO_SCORE}\")))"
    );
    let cached = found.map_or(Cached::Text(TOO_HIGH.to_owned()), |found| (found as f64 + 1.0).into());
    pen.sheet.formula(at, &formula, cached, &pen.look.quiet)
}

/// What one threshold brings, looked up in the line of the frontier.
fn write_figures(
    pen: &mut Pen<'_>,
    [line, first]: [Cell; 2],
    chosen: Option<&Chosen>,
    frontier: &FrontierTable,
) -> Written {
    let line = line.fixed();
    for (row, figure) in Figure::ALL.into_iter().enumerate() {
        for end in 0..ENDS {
            let column = frontier.column(figure, end);
            let value = chosen.map(|chosen| figure.at_end(chosen, end));
            let formula = format!("=IF(ISNUMBER({line}),INDEX({column},{line}),\"\")");
            let cell = first.down(row as u32).right(end);
            pen.sheet.formula(cell, &formula, value, figure.look(end > 0, pen.look))?;
        }
    }
    Ok(())
}

/// The cells of an option of which the other figures are made, below `first`: in the order of [`Figure::ALL`].
fn option_column(first: Cell, chosen: Option<&Chosen>, end: u16) -> LiveColumn {
    let number = |figure: Figure, end: u16| Number {
        cell: first.down(figure as u32).right(end),
        value: chosen.map(|chosen| figure.at_end(chosen, end)),
    };
    LiveColumn {
        leads: number(Figure::Leads, end),
        wins: number(Figure::Wins, end),
        conversion: number(Figure::Conversion, end),
        opposite: number(Figure::Conversion, opposite(end)),
        least: number(Figure::Conversion, 1),
        time: Time::One,
    }
}

fn write_difference(pen: &mut Pen<'_>, row: Cell, col: u16, value: Option<f64>, format: &Format) -> Written {
    let [first, second] = [1, 1 + ENDS].map(|col| Number { cell: row.right(col), value: None });
    let (formula, _) = second.plain().less(&first.plain()).where_numbers(&[first, second]);
    pen.sheet.formula(row.right(col), &formula, value, format)
}
