//! The card by group, with a bar per level, and what a score is worth.

use maud::{Markup, html};

use super::criteria::link_to;
use super::grades::grades;
use super::grid::sentences;
use crate::analyses::about::Place;
use crate::card::{ASK_FIRST, Card, Criterion, Level, in_groups, scores_of_bands};
use crate::render::chart::bars::points_bar;
use crate::render::page::elements::{Column, table, with_range};
use crate::render::words::{basis_points, counted, harmless};
use crate::report::RunParts;
use crate::report::summary::{amount_of_few, telling_scores};

pub(super) fn card(parts: &RunParts<'_>) -> Markup {
    let card = parts.card;
    let size = &parts.metrics.card;
    let points = || card.criteria.iter().flat_map(|criterion| &criterion.levels).map(|level| level.points);
    let (low, high) = (points().min().unwrap_or(0), points().max().unwrap_or(0));
    html! {
        p {
            (how_to_add(card.base_points)) " That is the lead's score, " (size.points_min) " to " (size.points_max) ". Answers are \
             read from the top: the first that fits counts; one that the history never saw gets the fewest points. "
            (counted(size.n_criteria as u64, "criterion")) ", " (counted(size.n_rows as u64, "answer")) "."
        }
        @if let Some(words) = ask_first_words(card) { p { (words) } }
        @for (group, criteria) in in_groups(&card.criteria) {
            @if let Some(group) = group { h3 { (harmless(group)) } }
            div.card { @for criterion in criteria { (criterion_table(parts, criterion, low, high)) } }
        }
        (shown_at(parts, Place::BelowPoints))
        h3 { "What a score is worth" }
        (worth_table(parts))
        (shown_at(parts, Place::BelowScores))
        (grades(parts))
    }
}

/// What analyses show at a place of this section.
fn shown_at(parts: &RunParts<'_>, place: Place) -> Markup {
    html! { @for analysis in parts.shown().iter().filter(|analysis| analysis.place == place) { (analysis.body) } }
}

/// What a lead of which little is known is worth.
fn ask_first_words(card: &Card) -> Option<String> {
    let (limit, spanned) = (card.known_at_least?, card.span_in_words());
    Some(format!(
        "A lead of which nothing is known would score {}; that says nothing. Where the answers that are known could bring less than {limit} of \
         the {} points {spanned}, its band is “{ASK_FIRST}”, whatever the score, and no line hands it over.",
        card.blank_score(),
        card.span()
    ))
}

fn how_to_add(base_points: i32) -> String {
    match base_points {
        0 => "Add up the points of one answer for every criterion.".to_owned(),
        base => format!("Start with {base} points and add those of one answer for every criterion."),
    }
}

/// - `low`, `high`: fewest and most points of a level of the whole card, the scale of all bars.
fn criterion_table(parts: &RunParts<'_>, criterion: &Criterion, low: i32, high: i32) -> Markup {
    html! {
        table {
            caption { a href=[link_to(&parts.card.criteria, criterion)] { (harmless(criterion.shown())) } }
            tbody {
                @for level in criterion.printed_levels() {
                    tr {
                        th scope="row" { (harmless(level.shown())) }
                        td { (level.points) @if is_by_hand(parts, criterion, level) { span.quiet { " by hand" } } }
                        td { (points_bar(level.points, low, high)) }
                    }
                }
            }
            @let said = sentences(parts.card, criterion);
            @if !said.is_empty() { tfoot { tr { td.w.quiet colspan="3" { (said) } } } }
        }
    }
}

fn is_by_hand(parts: &RunParts<'_>, criterion: &Criterion, level: &Level) -> bool {
    parts.card.overrides.iter().any(|one| one.criterion == criterion.name && one.level == level.label)
}

fn worth_table(parts: &RunParts<'_>) -> Markup {
    let heads = Column::list("Score | #Chance to convert | #Leads from here up | Band");
    let n_leads = (parts.frontier.n_leads as f64).max(1.0);
    let rows = html! {
        @for entry in telling_scores(&parts.card.curve) {
            tr {
                th.d scope="row" { (entry.score) }
                td {
                    (with_range(
                        &basis_points(entry.probability_bp),
                        &format!("{:.1}-{:.1}", f64::from(entry.low_bp) / 100.0, f64::from(entry.high_bp) / 100.0),
                    ))
                }
                td { (amount_of_few(parts.frontier.at_least(entry.score).n_leads / n_leads * 100.0)) " %" }
                td.w { (harmless(parts.card.band_name(entry.score))) }
            }
        }
    };
    let bands: Vec<String> = (parts.card.bands.iter().zip(scores_of_bands(&parts.card.bands)))
        .map(|(band, scores)| format!("{}: {scores}", harmless(&band.name)))
        .collect();
    html! {
        (table("Scores at round steps; in brackets the 90 % interval", &heads, &rows))
        @if !bands.is_empty() { p.quiet { "Bands: " (bands.join("; ")) "." } }
    }
}
