//! Criterion by criterion: how many leads each level has, how they convert, what points they get, where the value comes from.

use maud::{Markup, html};

use super::grid::grid_table;
use crate::card::{Criterion, InputKind, Level, how_made};
use crate::data::read::AsOfProof;
use crate::measures::{Interval, wilson};
use crate::render::page::elements::{Column, share_cells, table, with_code};
use crate::render::words::{amount, count, harmless};
use crate::report::RunParts;
use crate::report::check::latest_use;

pub(super) fn criteria(parts: &RunParts<'_>) -> Markup {
    let criteria = &parts.card.criteria;
    let levels = || criteria.iter().flat_map(|criterion| &criterion.levels);
    // All bars have one scale, so that criteria can be compared.
    let full = levels().filter(|level| level.n_leads > 0).map(|level| interval_of(level).high).fold(0.0, f64::max);
    html! {
        p {
            "The history behind every level. Points are chosen for all criteria together, so a level that converts well may still \
             get few of them, where another criterion says the same already. A bar is the conversion, its line the 90 % interval."
        }
        ul.index {
            @for (idx, criterion) in criteria.iter().enumerate() {
                li { a href={ "#" (id_of(idx)) } { (harmless(criterion.shown())) } }
            }
        }
        @for (idx, criterion) in criteria.iter().enumerate() {
            @let proof = parts.metrics.as_of.iter().find(|proof| proof.criterion == criterion.name);
            details id=(id_of(idx)) {
                summary { (harmless(criterion.shown())) " " span.quiet { (range_of_points(criterion)) } }
                (grid_table(parts.card, criterion))
                (levels_table(criterion, full))
                p { (where_from(criterion)) " " (known_when(proof)) }
            }
        }
    }
}

fn id_of(idx: usize) -> String {
    format!("criterion-{}", idx + 1)
}

/// Where a criterion is told in full.
pub(super) fn link_to(criteria: &[Criterion], criterion: &Criterion) -> Option<String> {
    criteria.iter().position(|other| other.name == criterion.name).map(|idx| format!("#{}", id_of(idx)))
}

fn range_of_points(criterion: &Criterion) -> String {
    format!("{} to {} points", criterion.points_min(), criterion.points_max())
}

fn levels_table(criterion: &Criterion, full: f64) -> Markup {
    let heads = Column::list("Level | #Points | #Leads | #Of all leads | #Converted | #Conversion | ~");
    let n_leads = criterion.levels.iter().map(|level| level.n_leads).sum::<u64>().max(1);
    let rows = html! {
        @for level in criterion.printed_levels() {
            tr {
                th scope="row" { (harmless(level.shown())) }
                td { (level.points) }
                td { (count(level.n_leads)) }
                td { (amount(level.n_leads as f64 / n_leads as f64 * 100.0)) " %" }
                td { (count(level.n_converted)) }
                (conversion_cells(level, full))
            }
        }
    };
    table(&harmless(criterion.shown()), &heads, &rows)
}

fn conversion_cells(level: &Level, full: f64) -> Markup {
    if level.n_leads == 0 {
        return html! { td { "no leads" } td {} };
    }
    share_cells(level.n_converted as f64 / level.n_leads as f64, interval_of(level), full)
}

fn interval_of(level: &Level) -> Interval {
    wilson(level.n_converted as f64, level.n_leads as f64)
}

fn where_from(criterion: &Criterion) -> Markup {
    let kind = criterion.input().map(|input| InputKind::in_words(input.kind));
    html! {
        "Where the value comes from: "
        @match how_made(criterion) {
            Some(made) => (with_code(&made)),
            None => { "column " code { (harmless(&criterion.name)) } }
        }
        @if let Some(kind) = kind { ", " (kind) }
        "."
    }
}

fn known_when(proof: Option<&AsOfProof>) -> String {
    match proof.and_then(|proof| proof.latest_use_us) {
        Some(us) => format!("As-of proof: {}.", latest_use(us)),
        None => "It carries no time, so that it was known at the hand-off cannot be proved.".to_owned(),
    }
}
