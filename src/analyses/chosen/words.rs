//! The decision in force, in a sentence or two: the first thing the next run says.

use maud::html;

use super::record::{ChosenLine, SinceChosen};
use crate::analyses::about::{About, Place, Shown, Summary};
use crate::notes::{count, counted};
use crate::render::words::{harmless, per_cent, sentence};

/// First in the summary; on the page with the scores.
pub(crate) fn shown(record: &ChosenLine, _: &About) -> Option<Shown> {
    let sentences = sentences(record);
    Some(Shown {
        rank: 0,
        body: html! {
            h3 { "What was chosen" }
            @for sentence in &sentences { p { (sentence) } }
        },
        summary: Some(Summary { title: "What was chosen", first: "", sentences }),
        place: Place::BelowScores,
        charts: Vec::new(),
    })
}

fn sentences(record: &ChosenLine) -> Vec<String> {
    let mut sentences = vec![harmless(&sentence(&record.reason))];
    sentences.extend(record.since.as_ref().map(|since| since_sentence(record, since)));
    sentences.extend(record.review.as_ref().map(|day| format!("It is looked at again on {}.", harmless(day))));
    sentences
}

fn since_sentence(record: &ChosenLine, since: &SinceChosen) -> String {
    let SinceChosen { n_handed_off, n_leads, n_with_outcome, n_converted } = *since;
    let first = format!(
        "Since then {} of {} had {} points or more by the new card",
        count(n_leads),
        counted(n_handed_off, "hand-off"),
        record.line
    );
    if n_with_outcome == 0 {
        return format!("{first}; none of them has an outcome yet.");
    }
    format!(
        "{first}; of {} with an outcome {} converted ({}).",
        count(n_with_outcome),
        count(n_converted),
        per_cent(n_converted as f64 / n_with_outcome as f64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decision_and_what_came_of_it_read_as_sentences() {
        let mut record = ChosenLine {
            reason: "`wide` was chosen by Ann on 2026-03-01: two more people".to_owned(),
            line: 44,
            on: Some("2026-03-01".to_owned()),
            review: Some("2026-10-01".to_owned()),
            since: Some(SinceChosen { n_handed_off: 1_443, n_leads: 402, n_with_outcome: 200, n_converted: 88 }),
        };
        assert_eq!(
            sentences(&record),
            [
                "`wide` was chosen by Ann on 2026-03-01: two more people.",
                "Since then 402 of 1,443 hand-offs had 44 points or more by the new card; of 200 with an outcome 88 converted (44.0 %).",
                "It is looked at again on 2026-10-01.",
            ]
        );
        record.since = Some(SinceChosen { n_handed_off: 3, n_leads: 1, ..SinceChosen::default() });
        assert!(sentences(&record)[1].ends_with("by the new card; none of them has an outcome yet."));
    }
}
