//! `report.html`: one page, offline, that a sales director reads from the answer down to the method.
//!
//! In: [`RunParts`]. Out: HTML with its style and script inside it. Start at [`page`]; [`SECTIONS`] is its table of contents,
//! with one file per section; `elements` has what they share, `lock` the content security policy, `page.css` and `page.js`
//! the looks and the slider.
//!
//! Always true: nothing is loaded and nothing is sent; the policy lets only the script and the style inside the page run, by
//! their hash, so there is no style attribute and no handler on any element; without the script every figure is there, in a
//! table; every text from the data is escaped; the same run gives the same bytes.

mod answer;
mod back_test;
mod bands;
mod card;
mod criteria;
mod data;
mod doubts;
mod elements;
mod frontier;
mod funnels;
mod lock;
mod method;
mod scenarios;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trust;
mod unknowns;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::RunParts;
use super::charts::CHART_CSS;
use super::summary::learnt_sentences;
use super::words::harmless;
use elements::{Section, day};

/// The page from top to bottom.
const SECTIONS: [Section; 12] = [
    Section { id: "answer", title: "The answer", body: answer::answer },
    Section { id: "frontier", title: "More leads or better leads", body: frontier::frontier },
    Section { id: "scenarios", title: "Scenarios side by side", body: scenarios::scenarios },
    Section { id: "card", title: "The card", body: card::card },
    Section { id: "trust", title: "Can it be trusted?", body: trust::trust },
    Section { id: "bands", title: "Bands month by month", body: bands::bands },
    Section { id: "back-test", title: "Did past promises hold?", body: back_test::back_test },
    Section { id: "criteria", title: "Criterion by criterion", body: criteria::criteria },
    Section { id: "funnels", title: "Sources, segments, teams", body: funnels::funnels },
    Section { id: "unknowns", title: "Leads without an outcome", body: unknowns::unknowns },
    Section { id: "data", title: "The data", body: data::data },
    Section { id: "method", title: "The method", body: method::method },
];

const SCRIPT: &str = include_str!("page.js");

/// The page as HTML.
pub fn page(parts: &RunParts<'_>) -> String {
    let style = format!("{}{CHART_CSS}", include_str!("page.css"));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(lock::policy(SCRIPT, &style));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(harmless(&parts.card.provenance.engine));
                title { "Which leads should sales get?" }
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href="#answer" { "Skip to the answer" }
                (masthead(parts))
                (contents(parts))
                main {
                    @for section in sections(parts) { (section.render(parts)) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn masthead(parts: &RunParts<'_>) -> Markup {
    let from = &parts.card.provenance;
    html! {
        header {
            h1 { "Which leads should sales get?" }
            p {
                @for sentence in learnt_sentences(parts.metrics) { (sentence) " " }
                @if let (Some(first), Some(last)) = (&from.first_as_of, &from.last_as_of) {
                    "Handed over from " (day(first)) " to " (day(last)) "."
                }
            }
        }
    }
}

/// The sections that have something to say.
fn sections(parts: &RunParts<'_>) -> impl Iterator<Item = &'static Section> + use<> {
    let has_unknowns = unknowns::is_there(parts);
    SECTIONS.iter().filter(move |section| section.id != "unknowns" || has_unknowns)
}

fn contents(parts: &RunParts<'_>) -> Markup {
    html! {
        nav aria-label="Contents" {
            ol { @for section in sections(parts) { li { a href={ "#" (section.id) } { (section.title) } } } }
        }
    }
}
