//! Leads too young to say, and how long conversions take.

use maud::{Markup, html};

use super::chart::maturity;
use super::record::{DelayByScore, MaturityMetrics, SeenByAge};
use super::words::young_sentences;
use crate::analyses::about::{About, Place, Shown, Summary, WITHOUT_OUTCOME};
use crate::measures::Interval;
use crate::render::page::elements::{Column, details, figure, share_cells, table, with_code};
use crate::render::words::{amount, whole_per_cent};

/// Leads too young to say, and how long conversions take.
pub(crate) fn shown(record: &MaturityMetrics, _: &About<'_>) -> Option<Shown> {
    Some(Shown {
        rank: 6,
        summary: Some(Summary { title: WITHOUT_OUTCOME, first: "- ", sentences: young_sentences(record) }),
        place: Place::Section { id: "unknowns", title: WITHOUT_OUTCOME, after: "funnels" },
        body: body(record),
        charts: maturity(record).into_iter().collect(),
    })
}

fn body(found: &MaturityMetrics) -> Markup {
    html! {
        h3 { "Too young to say" }
        p { @for sentence in young_sentences(found) { (sentence) " " } }
        (figure(maturity(found).as_ref()))
        @if let Some(by_score) = &found.by_score { p { (delay_words(by_score)) } }
        p.quiet {
            "Conversions of young leads are seen only if they come early; that is allowed for. " code { "outcome.maturity" }
            " is " (with_code(&format!("`\"{}\"`", found.in_force))) " in this run."
        }
        (details("The ages as a table", &ages_table(&found.seen)))
    }
}

fn delay_words(by_score: &DelayByScore) -> String {
    let both = format!(
        "By {} days after the hand-off {} of the conversions of low-scored leads have come and {} of those of high-scored ones",
        by_score.days.round(),
        whole_per_cent(by_score.low_share),
        whole_per_cent(by_score.high_share)
    );
    if by_score.depends {
        format!("{both}: more than chance explains, so young leads take no part.")
    } else {
        format!("{both}: no difference that matters, so an age tells the same of both.")
    }
}

fn ages_table(rows: &[SeenByAge]) -> Markup {
    let heads = Column::list("#Days after the hand-off | #Conversions that have come | ~");
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" { (amount(row.days)) }
                (share_cells(row.share, Interval { low: row.low, high: row.high }, 1.0))
            }
        }
    };
    table(
        "Share of the conversions within the horizon that have come by an age; in brackets the 90 % interval",
        &heads,
        &body,
    )
}
