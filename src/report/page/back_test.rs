//! Did past promises hold: what the cards of earlier periods promised for the next one, and what happened.

use maud::{Markup, html};

use crate::decide::history::record::BackTestRow;
use crate::render::page::elements::{Column, estimate, figure, share_estimate, table};
use crate::render::words::{amount, count, harmless, per_cent};
use crate::report::{RunParts, charts};

pub(super) fn back_test(parts: &RunParts<'_>) -> Markup {
    let (rows, held) = (&parts.metrics.back_test, &parts.metrics.past_promises);
    if rows.is_empty() {
        return html! {
            p {
                "There is no back-test in this run. It takes dates and folds that are periods (" code { "folds.by = \"time\"" }
                "): then each period is judged by a card that knows only the time before it, as next quarter will be. "
                (harmless(&parts.metrics.folds_by))
            }
        };
    }
    html! {
        p {
            "For every past period a card was learnt from the time before it alone and asked what each policy would bring, as it \
             would have been asked then. "
            strong {
                "Of " (count(held.n_promises as u64)) " promises, " (count(held.n_held as u64)) " held: " (held.n_leads_held)
                " of " (rows.len()) " of leads, " (held.n_wins_held) " of wins, " (held.n_conversion_held) " of conversion."
            }
            " A promise holds when what came lies within its interval; nine in ten should. Where fewer do, the intervals of the \
             next quarter are widened until nine in ten of these would have held."
        }
        (figure(charts::back_test(parts).as_ref()))
        (back_test_table(rows))
    }
}

fn back_test_table(rows: &[BackTestRow]) -> Markup {
    let heads = Column::list(
        "Period | Policy | #Points from | #Leads promised | #Leads came | #Conversion promised | #Conversion came | \
         #Wins promised | #Wins came | Held",
    );
    let rows = html! {
        @for row in rows {
            tr {
                th.d scope="row" { (period(&row.period)) }
                td.w { (harmless(&row.policy)) }
                td { (row.threshold) }
                td { (estimate(row.promised_leads, amount)) }
                td { (amount(row.leads)) }
                td { (share_estimate(row.promised_conversion)) }
                td { (per_cent(row.conversion)) }
                td { (estimate(row.promised_wins, amount)) }
                td { (amount(row.wins)) }
                td.w { (verdict(row)) }
            }
        }
    };
    let table = table("Each past period under each policy; in brackets the 90 % interval", &heads, &rows);
    html! { div.stacked { (table) } }
}

/// A period that may be broken between its days, and nowhere else.
fn period(name: &str) -> Markup {
    let name = harmless(name);
    html! {
        @match name.split_once(" to ") {
            Some((first, last)) => { span.n { (first) " to" } " " span.n { (last) } }
            None => (name),
        }
    }
}

fn verdict(row: &BackTestRow) -> &'static str {
    match row.wins {
        wins if wins < row.promised_wins.low => "fewer came",
        wins if wins > row.promised_wins.high => "more came",
        _ => "held",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::forecast::record::Estimate;

    #[test]
    fn a_promise_holds_up_to_its_ends() {
        let promised_wins = Estimate { expected: 10.0, low: 7.0, high: 13.0 };
        let row = |wins| BackTestRow { wins, promised_wins, ..BackTestRow::default() };
        let rows = [6.9, 7.0, 13.0, 13.1].map(row);
        assert_eq!(rows.each_ref().map(verdict), ["fewer came", "held", "held", "more came"]);
    }
}
