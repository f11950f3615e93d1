//! Leads that nobody touched: whom sales touched, and between what the others leave each line.

use maud::{Markup, html};

use super::record::{CoverageRow, UntouchedMetrics};
use super::words::untouched_sentences;
use crate::analyses::about::{About, Place, Shown, Summary, WITHOUT_OUTCOME};
use crate::decide::frontier::Per;
use crate::measures::Interval;
use crate::render::page::elements::{Column, share_cells, table};
use crate::render::words::{amount, count, harmless, per_cent, span};

/// Whom sales touched, and between what the others leave each line.
pub(crate) fn shown(record: &UntouchedMetrics, about: &About<'_>) -> Option<Shown> {
    Some(Shown {
        rank: 7,
        summary: Some(Summary { title: WITHOUT_OUTCOME, first: "- ", sentences: untouched_sentences(record) }),
        place: Place::Section { id: "unknowns", title: WITHOUT_OUTCOME, after: "funnels" },
        body: body(record, about.per),
        charts: Vec::new(),
    })
}

fn body(untouched: &UntouchedMetrics, per: Per) -> Markup {
    html! {
        h3 { "Never touched" }
        p { @for sentence in untouched_sentences(untouched) { (sentence) " " } }
        (coverage_table(&untouched.coverage))
        @if !untouched.policies.is_empty() { (odds_table(untouched, per.words())) }
        p.quiet {
            "Nobody knows what leads that sales did not call would have done, so they are in none of the other figures. Here they \
             are given half, the same and twice the odds of touched leads with their points, by cards that had not seen them."
        }
    }
}

fn coverage_table(rows: &[CoverageRow]) -> Markup {
    let heads = Column::list("Points | #Leads | #Touched | #Share touched | ~ | ");
    let body = html! {
        @for row in rows {
            @let touched = row.n_touched as f64 / (row.n_leads as f64).max(1.0);
            tr {
                th.d scope="row" { (span(row.score_from, row.score_to)) }
                td { (count(row.n_leads)) }
                td { (count(row.n_touched)) }
                (share_cells(touched, Interval { low: row.low, high: row.high }, 1.0))
                td.w { @if row.is_thin { "almost none: a guess" } }
            }
        }
    };
    table("Whom sales touched, by points; in brackets the 90 % interval", &heads, &body)
}

fn odds_table(untouched: &UntouchedMetrics, per: &str) -> Markup {
    let heads = Column::list(&format!(
        "Policy | #Points from | #Touched {per} | #Untouched {per} | #Conversion of the touched | \
         #Of all, at half the odds | #At the same odds | #At twice the odds | #Wins missed {per} | \
         #Random hand-offs below",
    ));
    let body = html! {
        @for policy in &untouched.policies {
            @let band = &policy.band;
            tr {
                th scope="row" { (harmless(&policy.policy)) }
                td { (band.threshold) }
                td { (amount(policy.touched_per)) }
                td { (amount(policy.untouched_per)) }
                td { (per_cent(band.n_wins as f64 / (band.n_touched as f64).max(1.0))) }
                td { (per_cent(band.conversion_at_half_odds)) }
                td { (per_cent(band.conversion_at_same_odds)) }
                td { (per_cent(band.conversion_at_double_odds)) }
                td {
                    (amount(policy.wins_at_same_odds))
                    " " small { "(" (amount(policy.wins_at_half_odds)) "-" (amount(policy.wins_at_double_odds)) ")" }
                }
                td {
                    @if let Some(advice) = &policy.random_hand_offs {
                        (count(advice.n_leads)) " " small { "of " (amount(advice.available_per)) " " (per) }
                    }
                }
            }
        }
    };
    table(
        "What each line would bring with the leads nobody touched; in brackets at half and at twice the odds",
        &heads,
        &body,
    )
}
