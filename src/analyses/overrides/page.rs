//! Points set by hand, under the card.

use maud::{Markup, html};

use super::record::OverrideMetrics;
use super::words::cost_sentences;
use crate::analyses::about::{About, Place, Shown, Summary};

/// What the overrides cost, in the summary and under the card.
pub(crate) fn shown(record: &OverrideMetrics, _: &About) -> Option<Shown> {
    let sentences = cost_sentences(record);
    Some(Shown {
        rank: 1,
        summary: Some(Summary { title: "Points set by hand, and what they cost", first: "- ", sentences }),
        place: Place::BelowPoints,
        body: body(record),
        charts: Vec::new(),
    })
}

fn body(overrides: &OverrideMetrics) -> Markup {
    html! {
        h3 { "Points set by hand, and what they cost" }
        ul { @for sentence in cost_sentences(overrides) { li { (sentence) } } }
        p.quiet {
            "Log loss: how far the promised chances lie from what happened, on leads the card had not seen; lower is better."
        }
    }
}
