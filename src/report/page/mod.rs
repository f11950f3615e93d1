//! `report.html`: one page, offline, that a sales director reads from the answer down to the method.
//!
//! In: [`RunParts`]. Out: HTML with its style and script inside it. Start at [`page`]; [`SECTIONS`] is its table of contents,
//! with one file per section; what they share, and what all pages have around their sections, is in `render::page`.
//!
//! Always true: nothing is loaded and nothing is sent; the policy lets only the script and the style inside the page run, by
//! their hash, so there is no style attribute and no handler on any element; without the script every figure is there, in a
//! table; every text from the data is escaped; the same run gives the same bytes.

mod answer;
mod back_test;
mod bands;
mod card;
mod caveats;
mod criteria;
mod data;
mod first_screen;
mod frontier;
mod funnels;
mod grades;
mod grid;
mod method;
mod scenarios;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trust;

use maud::{Markup, html};

use super::RunParts;
use super::summary::{learnt_sentences, left_out_in_words};
use crate::analyses::about::Place;
use crate::render::page::{Document, document, section};
use crate::render::words::{day, harmless};

/// What makes what stands under a heading.
type Body = fn(&RunParts<'_>) -> Markup;

/// Id, heading and body of the sections of every run, from top to bottom; those of analyses come between them.
const SECTIONS: [(&str, &str, Body); 11] = [
    ("answer", "The answer", answer::answer),
    ("frontier", "More leads or better leads", frontier::frontier),
    ("scenarios", "Scenarios side by side", scenarios::scenarios),
    ("card", "The card", card::card),
    ("trust", "Can it be trusted?", trust::trust),
    ("bands", "Bands month by month", bands::bands),
    ("back-test", "Did past promises hold?", back_test::back_test),
    ("criteria", "Criterion by criterion", criteria::criteria),
    ("funnels", "Sources, segments, teams", funnels::funnels),
    ("data", "The data", data::data),
    ("method", "The method", method::method),
];

/// The page as HTML.
///
/// Everything is said of a month, where there are months.
pub fn page(parts: &RunParts<'_>) -> String {
    let mut metrics = parts.metrics.clone();
    if let Some(record) = &mut metrics.grades {
        record.policies = record.policies_of_a_month(&metrics.forecast);
    }
    metrics.forecast = metrics.forecast.of_a_month();
    let parts = &RunParts { metrics: &metrics, ..*parts };
    document(Document {
        title: &title(parts),
        generator: &parts.card.provenance.engine,
        skip: "Skip to the answer",
        under_title: under_title(parts),
        own_style: grid::style(&parts.card.criteria),
        sections: sections(parts),
    })
}

fn title(parts: &RunParts<'_>) -> String {
    parts.metrics.report.title.as_deref().map_or_else(|| "Which leads should sales get?".to_owned(), harmless)
}

fn under_title(parts: &RunParts<'_>) -> Markup {
    let from = &parts.card.provenance;
    let whose = parts.metrics.report.whose();
    html! {
        @if !whose.is_empty() { p { (harmless(&whose)) } }
        p {
            @for sentence in learnt_sentences(parts.metrics) { (sentence) " " }
            @if let (Some(first), Some(last)) = (&from.first_as_of, &from.last_as_of) {
                "Handed over from " (day(first)) " to " (day(last)) "."
            }
        }
        @if let Some(left_out) = left_out_in_words(&parts.metrics.verdicts) {
            p { (left_out) " Which, and why: " a href="#data" { "what became of each column" } "." }
        }
    }
}

/// The sections that a decision needs; everything else is an appendix, folded away on the screen and left out on paper unless it is open.
const DECISION: [&str; 5] = ["answer", "frontier", "scenarios", "card", "trust"];

fn decision_or_appendix(id: &str, title: &str, body: Markup) -> (String, String, Markup) {
    if DECISION.contains(&id) {
        return section(id, title, body);
    }
    section(id, title, html! { details.fold { summary { "Show this part" } (body) } })
}

/// The sections from top to bottom: those of every run, each with the analyses that come after it.
fn sections(parts: &RunParts<'_>) -> Vec<(String, String, Markup)> {
    let analyses = parts.shown();
    let mut sections = Vec::new();
    for (id, title, body) in SECTIONS {
        sections.push(decision_or_appendix(id, title, body(parts)));
        let following = analyses.iter().filter_map(|analysis| match analysis.place {
            Place::Section { id: own, title, after } if after == id => Some((own, title, &analysis.body)),
            _ => None,
        });
        for same in following.collect::<Vec<_>>().chunk_by(|a, b| a.0 == b.0) {
            let (id, title, _) = same[0];
            sections.push(decision_or_appendix(id, title, html! { @for (_, _, body) in same { (body) } }));
        }
    }
    sections
}
