//! `report.html`: one page, offline, that a sales director reads from the answer down to the method.
//!
//! In: [`RunParts`]. Out: HTML with its style and script inside it. Start at [`page`]; [`SECTIONS`] is its table of contents,
//! with one file per section; what they share, and what all pages have around their sections, is in `render::page`. `monitor`
//! is a page of its own for a card in use.
//!
//! Always true: nothing is loaded and nothing is sent; the policy lets only the script and the style inside the page run, by
//! their hash, so there is no style attribute and no handler on any element; without the script every figure is there, in a
//! table; every text from the data is escaped; the same run gives the same bytes.

mod answer;
mod back_test;
mod bands;
mod card;
mod caveats;
mod champion;
mod criteria;
pub(in crate::report) mod data;
mod frontier;
mod funnels;
mod method;
mod monitor;
mod questions;
mod scenarios;
mod segments;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trust;
mod unknowns;

use maud::{Markup, html};

use super::RunParts;
use super::summary::learnt_sentences;
use crate::render::page::elements::day;
use crate::render::page::{Document, document, section};

pub use monitor::monitor_page;

/// One part of the page.
struct Section {
    /// Target of links to it.
    id: &'static str,
    /// Heading, and its name in the contents.
    title: &'static str,
    /// What stands under the heading.
    body: fn(&RunParts<'_>) -> Markup,
}

/// The page from top to bottom.
const SECTIONS: [Section; 15] = [
    Section { id: "answer", title: "The answer", body: answer::answer },
    Section { id: "frontier", title: "More leads or better leads", body: frontier::frontier },
    Section { id: "scenarios", title: "Scenarios side by side", body: scenarios::scenarios },
    Section { id: "card", title: "The card", body: card::card },
    Section { id: "champion", title: "Beside the card in use", body: champion::champion },
    Section { id: "trust", title: "Can it be trusted?", body: trust::trust },
    Section { id: "bands", title: "Bands month by month", body: bands::bands },
    Section { id: "back-test", title: "Did past promises hold?", body: back_test::back_test },
    Section { id: "criteria", title: "Criterion by criterion", body: criteria::criteria },
    Section { id: "questions", title: "What is a question worth?", body: questions::questions },
    Section { id: "funnels", title: "Sources, segments, teams", body: funnels::funnels },
    Section { id: "segments", title: "Segments and fairness", body: segments::segments },
    Section { id: "unknowns", title: "Leads without an outcome", body: unknowns::unknowns },
    Section { id: "data", title: "The data", body: data::data },
    Section { id: "method", title: "The method", body: method::method },
];

/// The page as HTML.
pub fn page(parts: &RunParts<'_>) -> String {
    document(Document {
        title: "Which leads should sales get?",
        generator: &parts.card.provenance.engine,
        skip: "Skip to the answer",
        under_title: under_title(parts),
        sections: sections(parts).map(|part| section(part.id, part.title, (part.body)(parts))).collect(),
    })
}

fn under_title(parts: &RunParts<'_>) -> Markup {
    let from = &parts.card.provenance;
    html! {
        p {
            @for sentence in learnt_sentences(parts.metrics) { (sentence) " " }
            @if let (Some(first), Some(last)) = (&from.first_as_of, &from.last_as_of) {
                "Handed over from " (day(first)) " to " (day(last)) "."
            }
        }
    }
}

/// The sections that have something to say.
fn sections(parts: &RunParts<'_>) -> impl Iterator<Item = &'static Section> + use<> {
    let is_there = [
        ("champion", parts.metrics.findings.champion.is_some()),
        ("questions", parts.metrics.findings.questions.is_some()),
        ("segments", segments::is_there(parts)),
        ("unknowns", unknowns::is_there(parts)),
    ];
    SECTIONS.iter().filter(move |section| is_there.iter().all(|(id, is_there)| section.id != *id || *is_there))
}
