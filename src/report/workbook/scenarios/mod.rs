//! The sheet `Scenarios`: the time ahead under each policy, with hours, costs and values that the reader can change, the odds
//! between policies, and two thresholds of one's own side by side.
//!
//! Start at [`write`]. `assumptions` has the cells to change, `live` the figures that follow from them (with `formulas`), `side_by_side` the
//! policies, `pairs` the odds between them, `what_if` two thresholds to pick.

mod assumptions;
mod formulas;
mod live;
mod pairs;
mod side_by_side;
mod what_if;

use rust_xlsxwriter::Format;

use self::assumptions::Assumptions;
pub(super) use self::assumptions::PaysFrom;
use super::frontier::FrontierTable;
use super::{Cell, Curve, Look, Pen, Sheet, WorkbookError, Written, words};
use crate::decide::forecast::record::{Estimate, Forecast, Scenario};
use crate::report::RunParts;

/// Name of the sheet, as formulas on other sheets say it.
pub(super) const NAME: &str = "Scenarios";

/// Columns of one figure: what to expect, from, to.
const ENDS: u16 = 3;
/// Columns of numbers that the blocks need, however few scenarios there are.
const N_COLS: usize = 11;
/// Most rows that can still be read on one page.
const MAX_ROWS_OF_A_PAGE: u32 = 80;

/// Writes the sheet.
pub(super) fn write(
    parts: &RunParts<'_>,
    curve: &Curve,
    frontier: &FrontierTable,
    look: &Look,
) -> Result<(Sheet, PaysFrom), WorkbookError> {
    let forecast = &parts.metrics.forecast;
    let n_cols = (scenarios(forecast).len() * usize::from(ENDS)).max(N_COLS);
    let widths: Vec<f64> = std::iter::once(46.0).chain(std::iter::repeat_n(12.5, n_cols)).collect();
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
    let mut pen = Pen::new(NAME, &widths, &format!("Scenarios: {}", words::name(ahead)), &sentences, look)?;
    let assumptions = Assumptions::write(&mut pen, parts.metrics, parts.card, curve)?;
    pen.down(1);
    side_by_side::write(&mut pen, forecast, &assumptions)?;
    side_by_side::write_lines(&mut pen, forecast)?;
    pairs::write(&mut pen, forecast, &assumptions)?;
    what_if::write(&mut pen, parts, frontier, &assumptions)?;
    if pen.at.row <= MAX_ROWS_OF_A_PAGE {
        pen.sheet.inner().set_print_fit_to_pages(1, 1);
    }
    pen.sheet.inner().set_freeze_panes(0, 1)?;
    Ok((pen.sheet, assumptions.pays_from))
}

/// The policies, and the recommendation last.
fn scenarios(forecast: &Forecast) -> Vec<&Scenario> {
    forecast.scenarios.iter().chain(forecast.recommended.iter().map(|recommended| &recommended.scenario)).collect()
}

/// The other end of an interval.
fn opposite(end: u16) -> u16 {
    match end {
        0 => 0,
        1 => 2,
        _ => 1,
    }
}

/// What to expect, from, to.
fn ends(estimate: Estimate) -> [f64; 3] {
    [estimate.expected, estimate.low, estimate.high]
}

/// An estimate in three cells, from `at` to the right.
fn write_estimate(pen: &mut Pen<'_>, at: Cell, estimate: Estimate, [look, quiet]: [&Format; 2]) -> Written {
    for (end, value) in ends(estimate).into_iter().enumerate() {
        pen.sheet.number(at.right(end as u16), value, if end == 0 { look } else { quiet })?;
    }
    Ok(())
}
