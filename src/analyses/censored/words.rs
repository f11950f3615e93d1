//! Leads too young to say, in sentences for summary and page.

use super::record::MaturityMetrics;
use crate::render::words::{amount, count, counted, counted_were, harmless};

/// How long conversions take, and what young leads counted for.
pub(super) fn young_sentences(maturity: &MaturityMetrics) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} too young to say; half of the conversions come within {} of the hand-off.",
        counted_were(maturity.n_open as u64, "lead"),
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

#[cfg(test)]
mod tests {
    use super::super::record::RecentVolume;
    use super::super::testing::example;
    use super::*;

    fn volume(policy: &str, leads_per_month: f64, open_leads_per_month: f64) -> RecentVolume {
        RecentVolume { policy: policy.to_owned(), threshold: 51, leads_per_month, open_leads_per_month }
    }

    #[test]
    fn what_is_not_known_of_young_leads_reads_as_sentences() {
        let mut maturity = example(&[volume("selective", 50.0, 55.0)]);
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
}
