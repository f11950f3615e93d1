//! The first sheet, `Decision`: whether the card may be used, which leads to hand over, and the policies side by side.

use super::scenarios::{self, PaysFrom};
use super::{Look, Pen, Sheet, WorkbookError, Written, words};
use crate::calibrate::UseIt;
use crate::decide::forecast::record::{Forecast, Scenario};
use crate::report::RunParts;
use crate::report::summary::which_leads;
use crate::report::verdict::verdict_sentences;

/// Writes the sheet.
pub(super) fn write(parts: &RunParts<'_>, pays_from: &PaysFrom, look: &Look) -> Result<Sheet, WorkbookError> {
    let forecast = parts.metrics.forecast.of_a_month();
    let ahead = if forecast.ahead.is_empty() { "the time ahead" } else { &forecast.ahead };
    let opening = format!("For the {}. From and to: nine times in ten, chance included.", words::name(ahead));
    let mut widths = vec![34.0];
    widths.extend([12.5; 11]);
    let mut pen = Pen::new("Decision", &widths, "Which leads should sales get?", &[&opening], look)?;
    for sentence in verdict_sentences(&parts.metrics.verdict) {
        pen.sheet.text(pen.at, &words::name(&sentence), &pen.look.strong)?;
        pen.down(1);
    }
    let is_told = parts.metrics.verdict.use_it != UseIt::DoNotUse;
    if let Some(found) = forecast.recommended.as_ref().filter(|_| is_told) {
        let what = if found.is_chosen { "Chosen" } else { "Recommended" };
        let line = found.scenario.one_line().map_or_else(
            || "each group at a line of its own".to_owned(),
            |line| which_leads(line.score, line.share_of_tied),
        );
        pen.sheet.text(pen.at, &format!("{what}: hand over {line}."), &pen.look.strong)?;
        pen.down(1);
        pen.quiet(0, &words::name(&crate::render::words::sentence(&found.reason)))?;
        pen.down(1);
    }
    if is_told {
        pen.text(0, "A lead is worth its cost from score")?;
        let follows = format!("={}", pays_from.cell.on(scenarios::NAME));
        pen.sheet.formula(pen.at.right(1), &follows, pays_from.cached.clone(), &pen.look.count_left)?;
        pen.quiet(2, "follows the yellow cells on sheet Scenarios: cost of a lead, value of a win")?;
        pen.down(1);
    }
    pen.down(1);
    write_policies(&mut pen, &forecast)?;
    pen.quiet(
        0,
        "Other costs, two lines of one's own side by side: sheet Scenarios. What a lead scores: sheet Calculator.",
    )?;
    pen.down(1);
    Ok(pen.sheet)
}

fn write_policies(pen: &mut Pen<'_>, forecast: &Forecast) -> Written {
    let own = forecast.recommended.iter().map(|found| &found.scenario);
    pen.section(
        "Policies side by side",
        "policy | #points from | #leads | #from | #to | #wins | #from | #to | #of 100 convert | #from | #to | #worth less cost",
    )?;
    for scenario in forecast.scenarios.iter().chain(own) {
        write_policy(pen, scenario)?;
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}

fn write_policy(pen: &mut Pen<'_>, scenario: &Scenario) -> Written {
    pen.name(0, &scenario.policy)?;
    pen.number(1, scenario.one_line().map(|line| f64::from(line.score)), &pen.look.count)?;
    let figures = [scenario.leads, scenario.wins, scenario.conversion.times(100.0)];
    for (estimate, col) in figures.into_iter().zip([2, 5, 8]) {
        pen.amount(col, estimate.expected)?;
        pen.amount(col + 1, estimate.low)?;
        pen.amount(col + 2, estimate.high)?;
    }
    pen.number(11, scenario.net_value.map(|value| value.expected), &pen.look.count)
}
