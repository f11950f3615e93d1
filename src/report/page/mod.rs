//! `report.html`: one page, offline, that a sales director reads from the answer down to the method.
//!
//! In: [`RunParts`]. Out: HTML with its style and script inside it. Start at [`page`]; [`SECTIONS`] is its table of contents,
//! with one file per section; `elements` has what they share, `lock` the content security policy, `page.css` and `page.js`
//! the looks and the slider. `monitor` is a page of its own for a card in use; what all pages have around their sections is
//! [`document`].
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
pub(in crate::report) mod elements;
mod frontier;
mod funnels;
mod lock;
mod method;
mod monitor;
mod questions;
mod scenarios;
mod segments;
#[cfg(test)]
mod testing;
#[cfg(test)]
pub(in crate::report) mod tests;
mod trust;
mod unknowns;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::RunParts;
use super::charts::CHART_CSS;
use super::summary::learnt_sentences;
use super::words::harmless;
use elements::{Section, day};

pub use monitor::monitor_page;

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

const SCRIPT: &str = include_str!("page.js");

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

/// What makes a page.
pub(in crate::report) struct Document<'a> {
    /// Its name, and its first line.
    pub(in crate::report) title: &'a str,
    /// The engine that made it.
    pub(in crate::report) generator: &'a str,
    /// Words of the link to the first section.
    pub(in crate::report) skip: &'a str,
    /// What stands under the first line.
    pub(in crate::report) under_title: Markup,
    /// Id, heading and body of each section.
    pub(in crate::report) sections: Vec<(String, String, Markup)>,
}

/// A section of a [`Document`].
pub(in crate::report) fn section(id: &str, title: &str, body: Markup) -> (String, String, Markup) {
    (id.to_owned(), title.to_owned(), body)
}

/// A page of sections, each in the contents, in the looks of all our pages.
pub(in crate::report) fn document(document: Document<'_>) -> String {
    let style = format!("{}{CHART_CSS}", include_str!("page.css"));
    let first = document.sections.first().map_or("", |(id, ..)| id.as_str());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(lock::policy(SCRIPT, &style));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(harmless(document.generator));
                title { (document.title) }
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href={ "#" (first) } { (document.skip) }
                header { h1 { (document.title) } (document.under_title) }
                nav aria-label="Contents" {
                    ol { @for (id, title, _) in &document.sections { li { a href={ "#" (id) } { (title) } } } }
                }
                main {
                    @for (id, title, body) in &document.sections {
                        section id=(id) aria-labelledby={ (id) "-title" } {
                            h2 id={ (id) "-title" } { (title) }
                            (body)
                        }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
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
        ("champion", parts.metrics.champion.is_some()),
        ("questions", parts.metrics.questions.is_some()),
        ("segments", segments::is_there(parts)),
        ("unknowns", unknowns::is_there(parts)),
    ];
    SECTIONS.iter().filter(move |section| is_there.iter().all(|(id, is_there)| section.id != *id || *is_there))
}
