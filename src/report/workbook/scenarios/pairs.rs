//! Every two policies against each other: the difference, and who wins more.

use super::assumptions::Assumptions;
use super::live::net_value_of_difference;
use super::write_estimate;
use crate::decide::forecast::record::Forecast;
use crate::report::compare::pair_sentences;
use crate::report::workbook::cell::Cell;
use crate::report::workbook::look::Look;
use crate::report::workbook::sheet::Sheet;
use crate::report::workbook::tables::section;
use crate::report::workbook::{WorkbookError, words};

/// Every two policies, a row each and what it means below; returns the first row below.
pub(super) fn write(
    sheet: &mut Sheet,
    at: Cell,
    forecast: &Forecast,
    assumptions: &Assumptions,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    if forecast.pairs.is_empty() {
        return Ok(at);
    }
    let net_value = assumptions.in_money("net value of the first less the second");
    let heads = "the first against the second | #wins of the first less the second | #from | #to | \
         #chance that the first wins more | #chance that the second wins more | #leads of the first less the second | \
         #from | #to | #conversion of the extra leads";
    let head = at.down(1);
    let mut at = section(sheet, at, "Which wins more", heads, look)?;
    for (col, words) in [(10, net_value.as_str()), (11, "chance that the first is worth more")] {
        sheet.lines(head.right(col), words, &look.head_right)?;
    }
    for pair in &forecast.pairs {
        let (wins, leads) = (at.right(1), at.right(6));
        sheet.text(at, &format!("{} against {}", words::name(&pair.a), words::name(&pair.b)), &look.text)?;
        write_estimate(sheet, wins, pair.wins_difference, [&look.signed_amount, &look.signed_amount])?;
        sheet.number(at.right(4), pair.a_wins_more, &look.share)?;
        sheet.number(at.right(5), pair.b_wins_more, &look.share)?;
        write_estimate(sheet, leads, pair.leads_difference, [&look.signed_amount, &look.signed_amount])?;
        sheet.number(at.right(9), pair.extra_conversion, &look.share)?;
        let (formula, value) = net_value_of_difference(leads, wins, pair, assumptions);
        sheet.formula(at.right(10), &formula, value, &look.signed_count)?;
        sheet.number(at.right(11), pair.a_worth_more, &look.share)?;
        at = at.down(1);
        for sentence in pair_sentences(pair, forecast) {
            sheet.text(at, &sentence, &look.quiet)?;
            at = at.down(1);
        }
    }
    if forecast.pairs.iter().any(|pair| pair.a_worth_more.is_some()) {
        let sentence = "What was simulated has the costs and values of the config: the chance to be worth more does not \
                        follow the yellow cells.";
        sheet.text(at, sentence, &look.quiet)?;
        at = at.down(1);
    }
    Ok(at.down(1))
}
