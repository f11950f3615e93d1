//! Leads without a fair outcome, in sentences for summary and page: those too young to say, and those nobody touched.

use super::words::{amount, count, counted, harmless, per_cent};
use crate::metrics::{MaturityMetrics, Metrics, UntouchedMetrics, UntouchedPolicy};

/// Every sentence; none where every lead has a fair outcome.
pub(super) fn unknown_sentences(metrics: &Metrics) -> Vec<String> {
    let young = metrics.maturity.iter().flat_map(young_sentences);
    let untouched = metrics.untouched.iter().flat_map(untouched_sentences);
    young.chain(untouched).collect()
}

/// How long conversions take, and what young leads counted for.
pub(super) fn young_sentences(maturity: &MaturityMetrics) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} too young to say; half of the conversions come within {} of the hand-off.",
        counted_are(maturity.n_open as u64),
        counted(maturity.half_seen_days.ceil().max(1.0) as u64, "day")
    )];
    match maturity.n_open_expected {
        Some(expected) => sentences.push(format!(
            "They count in the card and its curve for as much as their age tells: {} of them converted already, and about {} \
             will have when their time is over. No measured figure rests on that.",
            count(maturity.n_open_converted as u64),
            count(expected.round() as u64)
        )),
        None => sentences.push(format!(
            "They are in none of the figures, the {} that converted already included.",
            count(maturity.n_open_converted as u64)
        )),
    }
    for volume in &maturity.volume {
        sentences.push(format!(
            "{}: {} leads a month at or above its line in the history, {} among the young ones.",
            harmless(&volume.policy),
            amount(volume.leads_per_month),
            amount(volume.open_leads_per_month)
        ));
    }
    sentences
}

/// How many leads nobody touched, and between what they leave each policy.
pub(super) fn untouched_sentences(untouched: &UntouchedMetrics) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} never touched by sales, beside {} that were.",
        counted_are(untouched.n_untouched),
        count(untouched.n_touched)
    )];
    sentences.extend(untouched.policies.iter().map(policy_sentence));
    sentences
}

fn policy_sentence(policy: &UntouchedPolicy) -> String {
    let band = &policy.band;
    let name = harmless(&policy.policy);
    let above = if band.n_untouched == 0 {
        format!("{name}: no untouched lead lies at or above its line.")
    } else {
        format!(
            "{name}: {} at or above its line were not touched. With them it would convert between {} and {}, if they convert at \
             half to twice the odds of touched leads with their points.",
            counted(band.n_untouched, "lead"),
            per_cent(band.conversion_at_half_odds),
            per_cent(band.conversion_at_double_odds)
        )
    };
    let below = policy.random_hand_offs.map_or_else(String::new, |advice| {
        format!(
            " To know how untouched leads below it convert, hand {} of them to sales at random, about {} of which would convert.",
            count(advice.n_leads),
            count(advice.n_wins.round() as u64)
        )
    });
    above + &below
}

fn counted_are(n: u64) -> String {
    format!("{} {}", counted(n, "lead"), if n == 1 { "was" } else { "were" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{company, with_unknowns};

    #[test]
    fn what_is_not_known_reads_as_sentences() {
        let company = with_unknowns(company());
        insta::assert_snapshot!(unknown_sentences(&company.metrics).join("\n"));
        let mut excluded = company.metrics.maturity.clone().expect("young leads");
        excluded.n_open_expected = None;
        excluded.volume.clear();
        assert_eq!(
            young_sentences(&excluded)[1],
            "They are in none of the figures, the 31 that converted already included."
        );
        assert_eq!(unknown_sentences(&super::super::testing::company().metrics), [""; 0]);
    }
}
