//! The sheet `Scenarios`: the time ahead under each policy, with hours, costs and values that the reader can change, the odds
//! between policies, and two thresholds of one's own side by side.

use rust_xlsxwriter::{DataValidation, Format, Formula};

use super::assumptions::{Assumptions, Column, Live, Time, Values, if_numbers};
use super::cell::Cell;
use super::curve::Curve;
use super::frontier::{Figure, Table, per_words};
use super::look::Look;
use super::sheet::{Cached, Sheet};
use super::{WorkbookError, words};
use crate::frontier::Chosen;
use crate::metrics::{Estimate, Forecast, Scenario};
use crate::report::RunParts;
use crate::report::compare::{luck, pair_sentences};
use crate::report::summary::which_leads;
use crate::report::words::sentence;

/// Columns of one scenario: what to expect, from, to.
const ENDS: u16 = 3;
/// Columns of numbers that the blocks need, however few scenarios there are.
const N_COLS: usize = 11;

/// Said where a threshold lies above every score.
const TOO_HIGH: &str = "no lead has so many points";
/// Said where a threshold is no number.
const NO_SCORE: &str = "type a score";

/// Writes the sheet.
pub(super) fn write(
    parts: &RunParts<'_>,
    curve: &Curve,
    frontier: &Table,
    look: &Look,
) -> Result<Sheet, WorkbookError> {
    let forecast = &parts.metrics.forecast;
    let mut sheet = Sheet::new("Scenarios")?;
    sheet.width(0, 46.0)?;
    let n_cols = (scenarios(forecast).len() * usize::from(ENDS)).max(N_COLS);
    (1..=n_cols).try_for_each(|col| sheet.width(col.try_into().unwrap_or(u16::MAX), 11.0))?;
    let ahead = if forecast.ahead.is_empty() { "the time ahead" } else { &forecast.ahead };
    let played = format!(
        "The time ahead was played through {} times, with months, luck and thresholds as uncertain as the history shows them.",
        words::count(forecast.n_draws as u64)
    );
    let mut sentences = vec![
        "What each policy brings, what it takes, and which wins more. From and to: 90 % sure; one time in twenty it is less, \
         one time in twenty more.",
    ];
    if forecast.n_draws > 0 {
        sentences.push(&played);
    }
    let top = sheet.opening(&format!("Scenarios: {}", words::name(ahead)), &sentences, look)?;
    let assumptions = Assumptions::write(&mut sheet, Cell::new(top, 0), parts.metrics, parts.card, curve, look)?;
    let mut at = write_scenarios(&mut sheet, assumptions.end.down(1), forecast, &assumptions, look)?;
    at = write_lines(&mut sheet, at, forecast, look)?;
    at = write_pairs(&mut sheet, at, forecast, &assumptions, look)?;
    write_what_if(&mut sheet, at, parts, frontier, &assumptions, look)?;
    sheet.inner().set_freeze_panes(0, 1)?;
    Ok(sheet)
}

/// The policies, and the recommendation last.
fn scenarios(forecast: &Forecast) -> Vec<&Scenario> {
    forecast.scenarios.iter().chain(forecast.recommended.iter().map(|recommended| &recommended.scenario)).collect()
}

/// A row of the forecast: figure, what it is called, how it looks.
type Row<'a> = (fn(&Scenario) -> Estimate, &'a str);

fn write_scenarios(
    sheet: &mut Sheet,
    at: Cell,
    forecast: &Forecast,
    assumptions: &Assumptions,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    sheet.text(at, "Side by side", &look.section)?;
    let scenarios = scenarios(forecast);
    if scenarios.is_empty() {
        sheet.text(at.down(1), "No policy could be met; the notes say why.", &look.quiet)?;
        return Ok(at.down(3));
    }
    let counts: [Row; 4] = [
        (|scenario| scenario.leads, "leads handed to sales"),
        (|scenario| scenario.wins, "wins"),
        (|scenario| scenario.to_nurture, "leads for nurture"),
        (|scenario| scenario.rejected, "leads below both"),
    ];
    let names = at.down(1);
    sheet.text(names, "policy", &look.head)?;
    for (row, words) in ["rule", "from score", ""].into_iter().enumerate() {
        sheet.text(names.down(1 + row as u32), words, &look.text)?;
    }
    let (leads, wins, conversion) = (names.down(4), names.down(5), names.down(6));
    let (nurture, rejected) = (names.down(7), names.down(8));
    for (at, (_, words)) in [leads, wins, nurture, rejected].into_iter().zip(&counts) {
        sheet.text(at, words, &look.text)?;
    }
    sheet.text(conversion, "conversion", &look.text)?;
    let lives = rejected.down(1);
    for (row, live) in Live::ALL.into_iter().enumerate() {
        sheet.text(lives.down(row as u32), &live.words(assumptions), &look.text)?;
    }
    for (idx, scenario) in scenarios.iter().enumerate() {
        let col = 1 + idx as u16 * ENDS;
        write_scenario_head(sheet, names.right(col), scenario, look)?;
        for (at, (figure, _)) in [leads, wins, nurture, rejected].into_iter().zip(&counts) {
            write_estimate(sheet, at.right(col), figure(scenario), [&look.amount, &look.quiet_amount])?;
        }
        write_estimate(sheet, conversion.right(col), scenario.conversion, [&look.share, &look.quiet_share])?;
        for (row, live) in Live::ALL.into_iter().enumerate() {
            for end in 0..if live.has_interval() { ENDS } else { 1 } {
                let at_end = |estimate: Estimate| ends(estimate)[usize::from(end)];
                let column = Column {
                    leads: leads.right(col + end),
                    wins: wins.right(col + end),
                    conversion: conversion.right(col + end),
                    opposite: conversion.right(col + opposite(end)),
                    least: conversion.right(col + 1),
                    values: Some(Values {
                        leads: at_end(scenario.leads),
                        wins: at_end(scenario.wins),
                        conversion: at_end(scenario.conversion),
                        opposite: ends(scenario.conversion)[usize::from(opposite(end))],
                        least: scenario.conversion.low,
                    }),
                    time: Time::Ahead,
                };
                let (formula, value) = live.in_column(&column, assumptions);
                sheet.formula(lives.down(row as u32).right(col + end), &formula, value, live.look(end > 0, look))?;
            }
        }
    }
    let mut at = lives.down(Live::ALL.len() as u32);
    if scenarios.iter().any(|scenario| scenario.net_value.is_some()) {
        sheet.text(
            at,
            &format!("{}, with the figures of the config", Live::NetValue.words(assumptions)),
            &look.text,
        )?;
        for (idx, scenario) in scenarios.iter().enumerate() {
            if let Some(value) = scenario.net_value {
                write_estimate(sheet, at.right(1 + idx as u16 * ENDS), value, [&look.count, &look.quiet_count])?;
            }
        }
        at = at.down(1);
    }
    let reason =
        forecast.recommended.as_ref().map(|recommended| sentence(&format!("Recommended: {}", recommended.reason)));
    for words in reason.into_iter().chain(scenarios.iter().filter_map(|scenario| luck(scenario))) {
        sheet.text(at, &words, &look.quiet)?;
        at = at.down(1);
    }
    Ok(at.down(1))
}

fn write_scenario_head(sheet: &mut Sheet, at: Cell, scenario: &Scenario, look: &Look) -> Result<(), WorkbookError> {
    sheet.text_over(at, ENDS, &words::name(&scenario.policy), &look.head_centred)?;
    sheet.text_over(at.down(1), ENDS, &words::name(&scenario.rule), &look.quiet_centred)?;
    match scenario.thresholds.as_slice() {
        [line] if line.group.is_none() => sheet.number(at.down(2), f64::from(line.score), &look.count)?,
        _ => sheet.text(at.down(2), "see below", &look.quiet)?,
    }
    for (end, words) in ["expected", "from", "to"].into_iter().enumerate() {
        sheet.text(at.down(3).right(end as u16), words, &look.head_right)?;
    }
    Ok(())
}

/// The other end of an interval.
fn opposite(end: u16) -> u16 {
    match end {
        0 => 0,
        1 => 2,
        _ => 1,
    }
}

fn ends(estimate: Estimate) -> [f64; 3] {
    [estimate.expected, estimate.low, estimate.high]
}

fn write_estimate(
    sheet: &mut Sheet,
    at: Cell,
    estimate: Estimate,
    [look, quiet]: [&Format; 2],
) -> Result<(), WorkbookError> {
    for (end, value) in ends(estimate).into_iter().enumerate() {
        sheet.number(at.right(end as u16), value, if end == 0 { look } else { quiet })?;
    }
    Ok(())
}

/// Where each policy draws the line, where it draws more than one or takes a part of the leads at it.
fn write_lines(sheet: &mut Sheet, at: Cell, forecast: &Forecast, look: &Look) -> Result<Cell, WorkbookError> {
    let all = scenarios(forecast);
    let lines = all.iter().flat_map(|scenario| scenario.thresholds.iter().map(move |line| (*scenario, line)));
    let lines: Vec<_> = lines.filter(|(_, line)| line.group.is_some() || line.share_of_tied < 0.995).collect();
    if lines.is_empty() {
        return Ok(at);
    }
    sheet.text(at, "Where the line is drawn", &look.section)?;
    let heads = [
        ("policy: team or segment", &look.head),
        ("from score", &look.head_right),
        ("leads", &look.head_right),
        ("conversion", &look.head_right),
        ("which leads", &look.head),
    ];
    sheet.heads(at.down(1), &heads)?;
    let mut at = at.down(2);
    for (scenario, line) in lines {
        let whose = match &line.group {
            Some(group) => format!("{}: {}", words::name(&scenario.policy), words::name(group)),
            None => words::name(&scenario.policy),
        };
        sheet.text(at, &whose, &look.text)?;
        sheet.number(at.right(1), f64::from(line.score), &look.count)?;
        sheet.number(at.right(2), line.leads_per, &look.amount)?;
        sheet.number(at.right(3), line.conversion, &look.share)?;
        sheet.text(at.right(4), &which_leads(line.score, line.share_of_tied), &look.quiet)?;
        at = at.down(1);
    }
    Ok(at.down(1))
}

fn write_pairs(
    sheet: &mut Sheet,
    at: Cell,
    forecast: &Forecast,
    assumptions: &Assumptions,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    if forecast.pairs.is_empty() {
        return Ok(at);
    }
    sheet.text(at, "Which wins more", &look.section)?;
    let net_value = format!("net value of the first less the second{}", assumptions.money());
    let heads = [
        ("the first against the second", &look.head),
        ("wins of the first less the second", &look.head_right),
        ("from", &look.head_right),
        ("to", &look.head_right),
        ("chance that the first wins more", &look.head_right),
        ("chance that the second wins more", &look.head_right),
        ("leads of the first less the second", &look.head_right),
        ("from", &look.head_right),
        ("to", &look.head_right),
        ("conversion of the extra leads", &look.head_right),
        (net_value.as_str(), &look.head_right),
        ("chance that the first is worth more", &look.head_right),
    ];
    sheet.heads(at.down(1), &heads)?;
    let mut at = at.down(2);
    for pair in &forecast.pairs {
        let (wins, leads) = (at.right(1), at.right(6));
        sheet.text(at, &format!("{} against {}", words::name(&pair.a), words::name(&pair.b)), &look.text)?;
        write_estimate(sheet, wins, pair.wins_difference, [&look.signed_amount, &look.signed_amount])?;
        sheet.number(at.right(4), pair.a_wins_more, &look.share)?;
        sheet.number(at.right(5), pair.b_wins_more, &look.share)?;
        write_estimate(sheet, leads, pair.leads_difference, [&look.signed_amount, &look.signed_amount])?;
        sheet.number(at.right(9), pair.extra_conversion, &look.share)?;
        let values = (pair.leads_difference.expected, pair.wins_difference.expected);
        let (formula, value) = assumptions.net_value(leads, wins, values);
        sheet.formula(at.right(10), &formula, value, &look.signed_count)?;
        sheet.number(at.right(11), pair.a_worth_more, &look.share)?;
        at = at.down(1);
        for sentence in pair_sentences(pair, forecast) {
            sheet.text(at, &sentence, &look.quiet)?;
            at = at.down(1);
        }
    }
    if forecast.pairs.iter().any(|pair| pair.a_worth_more.is_some()) {
        let sentence = "The chance to be worth more was simulated with the costs and values of the config; it does not follow \
                        the yellow cells.";
        sheet.text(at, sentence, &look.quiet)?;
        at = at.down(1);
    }
    Ok(at.down(1))
}

/// Two thresholds of the frontier side by side.
fn write_what_if(
    sheet: &mut Sheet,
    at: Cell,
    parts: &RunParts<'_>,
    frontier: &Table,
    assumptions: &Assumptions,
    look: &Look,
) -> Result<(), WorkbookError> {
    if parts.frontier.rows.is_empty() {
        return Ok(());
    }
    let per = per_words(parts.frontier.per);
    sheet.text(at, "What if", &look.section)?;
    let sentence = format!(
        "Pick or type two scores: what would every lead with at least so many points have brought? Figures are those of the \
         frontier, {per}."
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
fn write_line_of(
    sheet: &mut Sheet,
    at: Cell,
    score: Cell,
    frontier: &Table,
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
    frontier: &Table,
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
fn option_column(first: Cell, chosen: Option<&Chosen>, end: u16) -> Column {
    let conversion = first.down(2);
    let values = chosen.map(|chosen| Values {
        leads: Figure::Leads.at_end(chosen, end),
        wins: Figure::Wins.at_end(chosen, end),
        conversion: Figure::Conversion.at_end(chosen, end),
        opposite: Figure::Conversion.at_end(chosen, opposite(end)),
        least: Figure::Conversion.at_end(chosen, 1),
    });
    Column {
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
