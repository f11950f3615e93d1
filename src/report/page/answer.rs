//! The answer: which leads sales should get and what that buys, in a sentence or two.

use crate::calibrate::{CardVerdict, UseIt};
use maud::{Markup, html};

use super::caveats::caveats;
use super::first_screen;
use crate::analyses::too_good::too_good_sentences;
use crate::decide::forecast::record::{Recommendation, Scenario};
use crate::render::page::elements::with_code;
use crate::render::words::{amount, capital, harmless, per_cent, sentence};
use crate::report::RunParts;
use crate::report::summary::which_leads;
use crate::report::verdict::verdict_sentences;

/// Luck of choosing that is not worth a word: it changes no figure of the page.
const NO_LUCK: f64 = 0.000_5;

pub(super) fn answer(parts: &RunParts<'_>) -> Markup {
    html! {
        (verdict(&parts.metrics.verdict))
        @if let Some(too_good) = &parts.metrics.findings.too_good {
            @for sentence in too_good_sentences(too_good) { p.warning { (with_code(&sentence)) } }
        }
        @match &parts.metrics.forecast.recommended {
            _ if parts.metrics.verdict.use_it == UseIt::DoNotUse => {
                p { "No line is given for such a card. The rest of this page shows what was tried and measured." }
            }
            Some(recommendation) => (recommended(parts, recommendation)),
            None => (without_recommendation(parts)),
        }
        (caveats(parts))
    }
}

/// Where the card is weak or not to be used: the word in place of a headline, and why.
fn verdict(verdict: &CardVerdict) -> Markup {
    let mut sentences = verdict_sentences(verdict).into_iter();
    html! {
        @if let Some(word) = sentences.next() {
            p.answer.warning { strong { (word) } }
            ul.doubts { @for reason in sentences { li { (with_code(&reason)) } } }
        }
    }
}

fn recommended(parts: &RunParts<'_>, recommendation: &Recommendation) -> Markup {
    let forecast = &parts.metrics.forecast;
    let scenario = &recommendation.scenario;
    html! {
        p.answer[parts.metrics.verdict.use_it == UseIt::Usable] {
            @if recommendation.is_chosen { "Chosen: hand" } @else { "Hand" } " over " strong { (line(scenario)) } ". In the "
            (forecast.ahead) " sales then gets about " strong.n { (amount(scenario.leads.expected)) " leads" } " and wins about "
            strong { (amount(scenario.wins.expected)) } ": " strong.n { (per_cent(scenario.conversion.expected)) } " convert."
        }
        p { strong { "Why there? " } (with_code(&capital(&sentence(&recommendation.reason)))) }
        (first_screen::cards(parts))
        (first_screen::marks(parts))
        @if scenario.optimism >= NO_LUCK {
            p.quiet {
                "A line that is picked because it looks best looks a little better than it is: in the history it shows "
                (per_cent(scenario.seen_conversion)) "; " (format!("{:.1}", scenario.optimism * 100.0))
                " percentage points of it are taken off above."
            }
        }
    }
}

fn without_recommendation(parts: &RunParts<'_>) -> Markup {
    let forecast = &parts.metrics.forecast;
    html! {
        p.answer { "These figures do not single out one line between the leads for sales and the others." }
        @if forecast.scenarios.is_empty() {
            p {
                "No policy could be met either; the " a href="#notes" { "notes" } " say why. What each line would have brought \
                 is shown below."
            }
        } @else { (first_screen::cards(parts)) }
        (first_screen::marks(parts))
    }
}

/// Which leads a scenario hands over: "every lead with 39 points or more".
fn line(scenario: &Scenario) -> String {
    match scenario.one_line() {
        Some(line) => which_leads(line.score, line.share_of_tied),
        None => format!("leads by “{}”, each group at a line of its own", harmless(&scenario.rule)),
    }
}
