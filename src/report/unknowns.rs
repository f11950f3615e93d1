//! Leads without a fair outcome, in sentences for summary and page: those too young to say, and those nobody touched.

use crate::analyses::censored::record::MaturityMetrics;
use crate::analyses::untouched::record::{UntouchedMetrics, UntouchedPolicy};
use crate::calibrate::record::Metrics;
use crate::render::words::{amount, count, counted, harmless, per_cent};

/// Every sentence; none where every lead has a fair outcome.
pub(super) fn unknown_sentences(metrics: &Metrics) -> Vec<String> {
    let young = metrics.findings.maturity.iter().flat_map(young_sentences);
    let untouched = metrics.findings.untouched.iter().flat_map(untouched_sentences);
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
    use crate::analyses::untouched::record::{OddsBand, RandomHandOffs};
    use crate::report::testing::{company, with_unknowns};

    #[test]
    fn what_is_not_known_of_young_leads_reads_as_sentences() {
        let mut maturity = with_unknowns(company()).metrics.findings.maturity.expect("young leads");
        assert_eq!(
            young_sentences(&maturity)[..3],
            [
                "412 leads were too young to say; half of the conversions come within 26 days of the hand-off.",
                "They count in the card and its curve for as much as their age tells: 31 of them converted already, and about 46 \
                 will have when their time is over. No measured figure rests on that.",
                "selective: 50 leads a month at or above its line in the history, 55 among the young ones.",
            ]
        );
        maturity.n_open_expected = None;
        maturity.volume.clear();
        assert_eq!(
            young_sentences(&maturity)[1..],
            ["They are in none of the figures, the 31 that converted already included."]
        );
    }

    #[test]
    fn what_untouched_leads_leave_open_reads_as_sentences() {
        let band = OddsBand {
            threshold: 41,
            n_touched: 1_800,
            n_wins: 400,
            n_untouched: 120,
            conversion_at_half_odds: 0.2137,
            conversion_at_same_odds: 0.222,
            conversion_at_double_odds: 0.2342,
        };
        let advice = RandomHandOffs { n_leads: 512, n_wins: 24.1, available_per: 9.0, factor: 1.414 };
        let policy = UntouchedPolicy {
            policy: "wide".to_owned(),
            band,
            random_hand_offs: Some(advice),
            ..UntouchedPolicy::default()
        };
        let untouched = UntouchedMetrics {
            n_untouched: 1,
            n_touched: 3_600,
            policies: vec![policy],
            ..UntouchedMetrics::default()
        };
        assert_eq!(
            untouched_sentences(&untouched),
            [
                "1 lead was never touched by sales, beside 3,600 that were.",
                "wide: 120 leads at or above its line were not touched. With them it would convert between 21.4 % and 23.4 %, if \
                 they convert at half to twice the odds of touched leads with their points. To know how untouched leads below it \
                 convert, hand 512 of them to sales at random, about 24 of which would convert.",
            ]
        );
    }

    #[test]
    fn where_every_lead_has_an_outcome_nothing_is_said() {
        assert_eq!(unknown_sentences(&company().metrics), [""; 0]);
    }
}
