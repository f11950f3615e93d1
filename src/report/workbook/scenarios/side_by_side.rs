//! The policies side by side: what each brings, what it takes, and where it draws the line.

use super::assumptions::Assumptions;
use super::formulas::Number;
use super::live::{Live, LiveColumn, Time};
use super::{ENDS, ends, opposite, scenarios, write_estimate};
use crate::decide::forecast::record::{Estimate, Forecast, Scenario};
use crate::render::words::sentence;
use crate::report::compare::luck;
use crate::report::summary::which_leads;
use crate::report::workbook::{Cell, Pen, Written, words};

/// A row of the forecast: the figure, and what it is called.
type CountRow<'a> = (fn(&Scenario) -> Estimate, &'a str);

/// The policies as columns of three, the figures as rows.
pub(super) fn write(pen: &mut Pen<'_>, forecast: &Forecast, assumptions: &Assumptions) -> Written {
    let look = pen.look;
    pen.heading("Side by side")?;
    let scenarios = scenarios(forecast);
    if scenarios.is_empty() {
        pen.quiet(0, "No policy could be met; the notes say why.")?;
        pen.down(2);
        return Ok(());
    }
    let counts: [CountRow; 4] = [
        (|scenario| scenario.leads, "leads handed to sales"),
        (|scenario| scenario.wins, "wins"),
        (|scenario| scenario.to_nurture, "leads for nurture"),
        (|scenario| scenario.rejected, "leads to reject"),
    ];
    let names = pen.at;
    pen.sheet.text(names, "policy", &look.head)?;
    for (row, words) in ["rule", "from score", ""].into_iter().enumerate() {
        pen.sheet.text(names.down(1 + row as u32), words, &look.text)?;
    }
    let (leads, wins, conversion) = (names.down(4), names.down(5), names.down(6));
    let (nurture, rejected) = (names.down(7), names.down(8));
    for (at, (_, words)) in [leads, wins, nurture, rejected].into_iter().zip(&counts) {
        pen.sheet.text(at, words, &look.text)?;
    }
    pen.sheet.text(conversion, "conversion", &look.text)?;
    let lives = rejected.down(1);
    Live::write_words(pen, lives, assumptions)?;
    for (idx, scenario) in scenarios.iter().enumerate() {
        let col = 1 + idx as u16 * ENDS;
        write_scenario_head(pen, names.right(col), scenario)?;
        for (at, (figure, _)) in [leads, wins, nurture, rejected].into_iter().zip(&counts) {
            write_estimate(pen, at.right(col), figure(scenario), [&look.amount, &look.quiet_amount])?;
        }
        write_estimate(pen, conversion.right(col), scenario.conversion, [&look.share, &look.quiet_share])?;
        let number = |row: Cell, estimate: Estimate, end: u16| Number {
            cell: row.right(col + end),
            value: Some(ends(estimate)[usize::from(end)]),
        };
        let column = |end: u16| LiveColumn {
            leads: number(leads, scenario.leads, end),
            wins: number(wins, scenario.wins, end),
            conversion: number(conversion, scenario.conversion, end),
            opposite: number(conversion, scenario.conversion, opposite(end)),
            least: number(conversion, scenario.conversion, 1),
            time: Time::Ahead,
        };
        Live::write_all(pen, lives.right(col), column, assumptions)?;
    }
    pen.at = lives.down(Live::ALL.len() as u32);
    if scenarios.iter().any(|scenario| scenario.net_value.is_some()) {
        pen.text(0, &assumptions.in_money("net value, as simulated"))?;
        for (idx, scenario) in scenarios.iter().enumerate() {
            if let Some(value) = scenario.net_value {
                let at = pen.at.right(1 + idx as u16 * ENDS);
                write_estimate(pen, at, value, [&look.count, &look.quiet_count])?;
            }
        }
        pen.down(1);
    }
    let reason =
        forecast.recommended.as_ref().map(|recommended| sentence(&format!("Recommended: {}", recommended.reason)));
    for words in reason.into_iter().chain(scenarios.iter().filter_map(|scenario| luck(scenario))) {
        pen.quiet(0, &words)?;
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}

fn write_scenario_head(pen: &mut Pen<'_>, at: Cell, scenario: &Scenario) -> Written {
    let (sheet, look) = (&mut pen.sheet, pen.look);
    sheet.text_over(at, ENDS, &words::name(&scenario.policy), &look.head_centred)?;
    sheet.text_over(at.down(1), ENDS, &words::name(&scenario.rule), &look.quiet_centred)?;
    match scenario.one_line() {
        Some(line) => sheet.number(at.down(2), f64::from(line.score), &look.count)?,
        None => sheet.text(at.down(2), "see below", &look.quiet)?,
    }
    for (end, words) in ["expected", "from", "to"].into_iter().enumerate() {
        sheet.text(at.down(3).right(end as u16), words, &look.head_right)?;
    }
    Ok(())
}

/// Where each policy draws the line, where it draws more than one or takes a part of the leads at it.
pub(super) fn write_lines(pen: &mut Pen<'_>, forecast: &Forecast) -> Written {
    let all = scenarios(forecast);
    let lines = all.iter().flat_map(|scenario| scenario.thresholds.iter().map(move |line| (*scenario, line)));
    let lines: Vec<_> = lines.filter(|(_, line)| line.group.is_some() || line.share_of_tied < 0.995).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let heads = "policy: team or segment | #from score | #leads | #conversion | which leads";
    pen.section("Where the line is drawn", heads)?;
    for (scenario, line) in lines {
        let whose = match &line.group {
            Some(group) => format!("{}: {}", words::name(&scenario.policy), words::name(group)),
            None => words::name(&scenario.policy),
        };
        pen.text(0, &whose)?;
        pen.points(1, line.score)?;
        pen.amount(2, line.leads_per)?;
        pen.share(3, line.conversion)?;
        pen.quiet(4, &which_leads(line.score, line.share_of_tied))?;
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}
