//! The policies side by side: what each brings, what it takes, and where it draws the line.

use super::assumptions::Assumptions;
use super::live::{Live, LiveColumn, Time, Values};
use super::{ENDS, ends, opposite, scenarios, write_estimate};
use crate::decide::forecast::record::{Estimate, Forecast, Scenario};
use crate::render::words::sentence;
use crate::report::compare::luck;
use crate::report::summary::which_leads;
use crate::report::workbook::cell::Cell;
use crate::report::workbook::look::Look;
use crate::report::workbook::sheet::Sheet;
use crate::report::workbook::tables::section;
use crate::report::workbook::{WorkbookError, words};

/// A row of the forecast: the figure, and what it is called.
type CountRow<'a> = (fn(&Scenario) -> Estimate, &'a str);

/// The policies as columns of three, the figures as rows; returns the first row below.
pub(super) fn write(
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
    let counts: [CountRow; 4] = [
        (|scenario| scenario.leads, "leads handed to sales"),
        (|scenario| scenario.wins, "wins"),
        (|scenario| scenario.to_nurture, "leads for nurture"),
        (|scenario| scenario.rejected, "leads to reject"),
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
                let column = LiveColumn {
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
        sheet.text(at, &assumptions.in_money("net value, as simulated"), &look.text)?;
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

/// Where each policy draws the line, where it draws more than one or takes a part of the leads at it.
pub(super) fn write_lines(
    sheet: &mut Sheet,
    at: Cell,
    forecast: &Forecast,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    let all = scenarios(forecast);
    let lines = all.iter().flat_map(|scenario| scenario.thresholds.iter().map(move |line| (*scenario, line)));
    let lines: Vec<_> = lines.filter(|(_, line)| line.group.is_some() || line.share_of_tied < 0.995).collect();
    if lines.is_empty() {
        return Ok(at);
    }
    let heads = "policy: team or segment | #from score | #leads | #conversion | which leads";
    let mut at = section(sheet, at, "Where the line is drawn", heads, look)?;
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
