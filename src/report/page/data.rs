//! The data: notes, what became of each column, the files that were read, and the as-of certificate.

use maud::{Markup, html};

use crate::card::Card;
use crate::data::read::{AsOfProof, Verdict, VerdictKind};
use crate::render::page::elements::{Column, details, inputs, notes, table, with_code};
use crate::render::words::{count, counted, harmless};
use crate::report::RunParts;
use crate::report::check::latest_use;

pub(super) fn data(parts: &RunParts<'_>) -> Markup {
    let metrics = parts.metrics;
    html! {
        h3 id="notes" { "Notes" }
        (notes(&metrics.notes))
        @if !metrics.as_of.is_empty() {
            h3 { "As-of certificate" }
            (certificate(parts.card, &metrics.as_of))
        }
        @if !metrics.inputs.is_empty() {
            h3 { "Files that were read" }
            (inputs(&metrics.inputs))
        }
        @if !metrics.verdicts.is_empty() { (columns(&metrics.verdicts)) }
    }
}

fn certificate(card: &Card, proofs: &[AsOfProof]) -> Markup {
    let n_unproved = proofs.iter().filter(|proof| proof.latest_use_us.is_none()).count();
    let rows = html! {
        @for proof in proofs {
            tr {
                th scope="row" { (harmless(card.shown_name(&proof.criterion))) }
                td.w { @match proof.latest_use_us { Some(us) => (latest_use(us)), None => "no time: cannot be proved" } }
            }
        }
    };
    html! {
        p {
            "A score may use only what was known when the lead was handed over. For every criterion the engine looked for the \
             latest thing it used, over all leads. "
            @if n_unproved == 0 { "Every criterion is proved." }
            @else { (counted(n_unproved as u64, "criterion")) " of " (count(proofs.len() as u64)) " cannot be proved, for want of a time." }
        }
        (table("The latest thing each criterion used", &[Column::words("Criterion"), Column::words("Latest use")], &rows))
    }
}

fn columns(verdicts: &[Verdict]) -> Markup {
    let n_criteria = verdicts.iter().filter(|verdict| verdict.verdict == VerdictKind::Criterion).count();
    let rows = html! {
        @for verdict in verdicts {
            tr {
                th scope="row" { (harmless(&verdict.column)) }
                td.w { (verdict.verdict) }
                td.w { (with_code(&verdict.reason)) }
            }
        }
    };
    let caption =
        format!("{} of {} can be criteria", count(n_criteria as u64), counted(verdicts.len() as u64, "column"));
    let heads = Column::list("Column | Is | Because");
    details("What became of each column", &table(&caption, &heads, &rows))
}
