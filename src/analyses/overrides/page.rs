//! Points set by hand, under the card.

use maud::{Markup, html};

use super::record::OverrideMetrics;
use super::words::cost_sentences;
use crate::analyses::about::{About, Place, Shown, Summary};

/// What the overrides cost, in the summary and under the card.
pub(crate) fn shown(record: &OverrideMetrics, about: &About<'_>) -> Option<Shown> {
    let sentences = cost_sentences(record, about.card);
    Some(Shown {
        rank: 1,
        body: body(&sentences),
        summary: Some(Summary { title: "Points set by hand, and what they cost", first: "- ", sentences }),
        place: Place::BelowPoints,
        charts: Vec::new(),
    })
}

fn body(sentences: &[String]) -> Markup {
    html! {
        h3 { "Points set by hand, and what they cost" }
        ul { @for sentence in sentences { li { (sentence) } } }
        p.quiet {
            "Log loss: how far the promised chances lie from what happened, on leads the card had not seen; lower is better."
        }
    }
}
