//! Every two policies against each other: the difference, and who wins more.

use super::assumptions::Assumptions;
use super::formulas::Number;
use super::live::net_value;
use super::write_estimate;
use crate::decide::forecast::record::Forecast;
use crate::report::compare::pair_sentences;
use crate::report::odds::Odds;
use crate::report::workbook::{Pen, Written, words};

/// Every two policies, a row each and what it means below.
pub(super) fn write(pen: &mut Pen<'_>, forecast: &Forecast, assumptions: &Assumptions) -> Written {
    if forecast.pairs.is_empty() {
        return Ok(());
    }
    let net_value_head = assumptions.in_money("net value of the first less the second");
    let heads = "the first against the second | #wins of the first less the second | #from | #to | \
         #chance that the first wins more | #chance that the second wins more | #leads of the first less the second | \
         #from | #to | #conversion of the extra leads";
    let head = pen.at.down(1);
    pen.section("Which wins more", heads)?;
    for (col, words) in [(10, net_value_head.as_str()), (11, "chance that the first is worth more")] {
        pen.sheet.lines(head.right(col), words, &pen.look.head_right)?;
    }
    let signed = [&pen.look.signed_amount, &pen.look.signed_amount];
    for pair in &forecast.pairs {
        let leads = Number { cell: pen.at.right(6), value: Some(pair.leads_difference.expected) };
        let wins = Number { cell: pen.at.right(1), value: Some(pair.wins_difference.expected) };
        pen.text(0, &format!("{} against {}", words::name(&pair.a), words::name(&pair.b)))?;
        write_estimate(pen, wins.cell, pair.wins_difference, signed)?;
        let [of_a, of_b] = Odds::of_wins(pair);
        write_odds(pen, 4, of_a)?;
        write_odds(pen, 5, of_b)?;
        write_estimate(pen, leads.cell, pair.leads_difference, signed)?;
        pen.share(9, pair.extra_conversion)?;
        let needed = [leads, wins, assumptions.cost_per_lead, assumptions.value_per_win];
        let (formula, value) = net_value(leads, wins, assumptions).where_numbers(&needed);
        pen.sheet.formula(pen.at.right(10), &formula, value, &pen.look.signed_count)?;
        if let Some(odds) = Odds::of_worth(pair) {
            write_odds(pen, 11, odds)?;
        }
        pen.down(1);
        for sentence in pair_sentences(pair, forecast) {
            pen.quiet(0, &sentence)?;
            pen.down(1);
        }
    }
    if forecast.pairs.iter().any(|pair| pair.a_worth_more.is_some()) {
        let sentence = "What was simulated has the costs and values of the config: the chance to be worth more does not \
                        follow the yellow cells.";
        pen.quiet(0, sentence)?;
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}

/// A number where the chance is known closely, words where it is not.
fn write_odds(pen: &mut Pen<'_>, col: u16, odds: Odds) -> Written {
    match odds {
        Odds::About(share) => pen.share(col, share),
        Odds::Between(..) | Odds::TooClose => pen.text(col, &odds.words()),
    }
}
