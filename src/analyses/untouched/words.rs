//! Leads that nobody touched, in sentences for summary and page.

use super::record::{UntouchedMetrics, UntouchedPolicy};
use crate::render::words::{count, counted, counted_were, harmless, per_cent};

/// How many leads nobody touched, and between what they leave each policy.
pub(super) fn untouched_sentences(untouched: &UntouchedMetrics) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} never touched by sales, beside {} that were.",
        counted_were(untouched.n_untouched, "lead"),
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

#[cfg(test)]
mod tests {
    use super::super::record::{OddsBand, RandomHandOffs};
    use super::*;

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
}
