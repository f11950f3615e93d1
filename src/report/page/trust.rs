//! Can it be trusted: promised against come on leads the card had not seen, and beside a plain logistic regression.

use maud::{Markup, html};

use crate::calibrate::record::{FoldMetrics, Metrics};
use crate::measures::{Interval, ReliabilityRow};
use crate::render::page::elements::{Column, aside, figure, share, table};
use crate::render::words::{count, harmless, per_cent, span};
use crate::report::summary::{at_the_lines, trust_sentences};
use crate::report::{RunParts, charts};

pub(super) fn trust(parts: &RunParts<'_>) -> Markup {
    let metrics = parts.metrics;
    html! {
        ul { @for sentence in trust_sentences(metrics) { li { (harmless(&sentence)) } } }
        (figure(charts::reliability(parts).as_ref()))
        (aside("What was promised and what came, in figures", &in_figures(metrics)))
    }
}

fn in_figures(metrics: &Metrics) -> Markup {
    html! {
        @if !metrics.reliability.is_empty() { (reliability_table(&metrics.reliability)) }
        @if let Some(sentence) = at_the_lines(metrics) { p { (harmless(&sentence)) } }
        @if !metrics.folds.is_empty() { (folds_table(&metrics.folds)) }
        p.quiet {
            "Log loss measures how far the promised chances lie from what happened; lower is better. A plain logistic regression \
             is the model most analysts would try first."
        }
    }
}

fn reliability_table(rows: &[ReliabilityRow]) -> Markup {
    let heads = Column::list("Scores | #Leads | #Converted | #Promised | #Came | ");
    let rows = html! {
        @for row in rows {
            tr {
                th.d scope="row" { (span(row.score_from, row.score_to)) }
                td { (count(row.n_leads)) }
                td { (count(row.n_converted)) }
                td { (per_cent(row.predicted)) }
                td { (share(row.observed, Interval { low: row.observed_low, high: row.observed_high })) }
                td.w { (verdict(row)) }
            }
        }
    };
    table("What groups of leads were promised and what came; in brackets the 90 % interval", &heads, &rows)
}

fn verdict(row: &ReliabilityRow) -> &'static str {
    match row.predicted {
        promised if promised < row.observed_low => "promised too little",
        promised if promised > row.observed_high => "promised too much",
        _ => "as promised",
    }
}

fn folds_table(folds: &[FoldMetrics]) -> Markup {
    let heads =
        Column::list("Judged | #Leads judged | #Leads learnt from | #Log loss, judged | #Log loss, learnt from");
    let rows = html! {
        @for fold in folds {
            tr {
                th.d scope="row" { (harmless(&fold.fold)) }
                td { (count(fold.n_judged as u64)) }
                td { (count(fold.n_fit as u64)) }
                td { (format!("{:.4}", fold.log_loss_judged)) }
                td { (format!("{:.4}", fold.log_loss_fit)) }
            }
        }
    };
    table("Each part of the leads and the card that judged it", &heads, &rows)
}
