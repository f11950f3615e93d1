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
mod frontier;
mod funnels;
mod method;
mod scenarios;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trust;

use maud::{Markup, html};

use super::RunParts;
use super::summary::learnt_sentences;
use crate::analyses::about::Place;
use crate::render::page::{Document, document, section};
use crate::render::words::day;

/// One part of the page.
struct Section {
    /// Target of links to it.
    id: &'static str,
    /// Heading, and its name in the contents.
    title: &'static str,
    /// What stands under the heading.
    body: fn(&RunParts<'_>) -> Markup,
}

/// The sections of every run from top to bottom; those of analyses come between them.
const SECTIONS: [Section; 11] = [
    Section { id: "answer", title: "The answer", body: answer::answer },
    Section { id: "frontier", title: "More leads or better leads", body: frontier::frontier },
    Section { id: "scenarios", title: "Scenarios side by side", body: scenarios::scenarios },
    Section { id: "card", title: "The card", body: card::card },
    Section { id: "trust", title: "Can it be trusted?", body: trust::trust },
    Section { id: "bands", title: "Bands month by month", body: bands::bands },
    Section { id: "back-test", title: "Did past promises hold?", body: back_test::back_test },
    Section { id: "criteria", title: "Criterion by criterion", body: criteria::criteria },
    Section { id: "funnels", title: "Sources, segments, teams", body: funnels::funnels },
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
        sections: sections(parts),
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

/// The sections from top to bottom: those of every run, each with the analyses that come after it.
fn sections(parts: &RunParts<'_>) -> Vec<(String, String, Markup)> {
    let analyses = parts.shown();
    let mut sections = Vec::new();
    for core in &SECTIONS {
        sections.push(section(core.id, core.title, (core.body)(parts)));
        let following = analyses.iter().filter_map(|analysis| match analysis.place {
            Place::Section { id, title, after } if after == core.id => Some((id, title, &analysis.body)),
            _ => None,
        });
        for same in following.collect::<Vec<_>>().chunk_by(|a, b| a.0 == b.0) {
            let (id, title, _) = same[0];
            sections.push(section(id, title, html! { @for (_, _, body) in same { (body) } }));
        }
    }
    sections
}
