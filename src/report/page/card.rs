//! The card by group, with a bar per level, and what a score is worth.

use maud::{Markup, html};

use super::criteria::link_to;
use crate::analyses::size_path::record::SizePathPoint;
use crate::card::{Criterion, Level, in_groups, scores_of_bands};
use crate::render::chart::bars::points_bar;
use crate::render::page::elements::{Column, details, head, table, with_range};
use crate::render::words::{amount, basis_points, counted, harmless};
use crate::report::RunParts;
use crate::report::overrides::cost_sentences;
use crate::report::summary::{amount_of_few, telling_scores};

pub(super) fn card(parts: &RunParts<'_>) -> Markup {
    let card = parts.card;
    let size = &parts.metrics.card;
    let points = || card.criteria.iter().flat_map(|criterion| &criterion.levels).map(|level| level.points);
    let scale = (points().min().unwrap_or(0), points().max().unwrap_or(0));
    html! {
        p {
            (how_to_add(card.base_points)) " That is the lead's score, " (size.points_min) " to " (size.points_max) ". Levels are \
             read from the top: the first that fits counts. The card has " (counted(size.n_criteria as u64, "criterion"))
            " and " (counted(size.n_rows as u64, "row")) "; all bars have the same scale."
        }
        @for (group, criteria) in in_groups(&card.criteria) {
            @if let Some(group) = group { h3 { (harmless(group)) } }
            div.card { @for criterion in criteria { (criterion_table(parts, criterion, scale)) } }
        }
        @if let Some(overrides) = &parts.metrics.findings.overrides {
            h3 { "Points set by hand, and what they cost" }
            ul { @for sentence in cost_sentences(overrides) { li { (sentence) } } }
            p.quiet {
                "Log loss: how far the promised chances lie from what happened, on leads the card had not seen; lower is better."
            }
        }
        h3 { "What a score is worth" }
        (worth_table(parts))
        (ladder(parts.metrics.findings.ladder.as_deref().unwrap_or_default()))
    }
}

fn how_to_add(base_points: i32) -> String {
    match base_points {
        0 => "Add up the points of one level of every criterion.".to_owned(),
        base => format!("Start with {base} points and add those of one level of every criterion."),
    }
}

fn criterion_table(parts: &RunParts<'_>, criterion: &Criterion, (low, high): (i32, i32)) -> Markup {
    html! {
        table {
            caption { a href=[link_to(&parts.card.criteria, criterion)] { (harmless(&criterion.name)) } }
            (head(&[Column::words("Level"), Column::figures("Points"), Column::Bar]))
            tbody {
                @for level in &criterion.levels {
                    tr {
                        th scope="row" { (harmless(&level.label)) }
                        td { (level.points) @if is_by_hand(parts, criterion, level) { span.quiet { " by hand" } } }
                        td { (points_bar(level.points, low, high)) }
                    }
                }
            }
        }
    }
}

fn is_by_hand(parts: &RunParts<'_>, criterion: &Criterion, level: &Level) -> bool {
    parts.card.overrides.iter().any(|one| one.criterion == criterion.name && one.level == level.label)
}

fn worth_table(parts: &RunParts<'_>) -> Markup {
    let heads = [
        Column::words("Score"),
        Column::figures("Chance to convert"),
        Column::figures("Leads from here up"),
        Column::words("Band"),
    ];
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

/// Would a smaller card do?
fn ladder(rungs: &[SizePathPoint]) -> Markup {
    if rungs.len() < 2 {
        return html! {};
    }
    let heads = [
        Column::words("Rows"),
        Column::figures("Criteria"),
        Column::figures("Log loss"),
        Column::figures("Wins in the best quarter"),
        Column::words(""),
    ];
    let rows = html! {
        @for rung in rungs {
            tr {
                th.d scope="row" { (rung.n_rows) }
                td { (rung.n_criteria) }
                td { (format!("{:.4}", rung.log_loss)) }
                td { (amount(rung.wins_in_best_quarter)) }
                td.w { @if rung.is_shipped { "this card" } }
            }
        }
    };
    details(
        "Would a smaller card do?",
        &html! {
            (table("Cards from the most detailed to the smallest", &heads, &rows))
            p.quiet {
                "Log loss: how far the promised chances lie from what happened, on leads the card had not seen; lower is better. \
                 Wins in the best quarter: how many of all conversions were among the quarter of the leads that it puts first."
            }
        },
    )
}
