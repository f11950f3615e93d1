//! Points set by hand and what they cost, in sentences for summary and page.

use super::record::{OverrideMetrics, OverridePolicy, OverrideRow};
use crate::card::Card;
use crate::render::words::{amount, counted, harmless, signed};

/// A sentence per override, one for all together, and one per policy.
pub(super) fn cost_sentences(overrides: &OverrideMetrics, card: &Card) -> Vec<String> {
    let mut sentences: Vec<String> = overrides.rows.iter().map(|row| row_sentence(row, card)).collect();
    sentences.push(together(overrides));
    sentences.extend(overrides.policies.iter().map(policy_sentence));
    sentences
}

fn row_sentence(row: &OverrideRow, card: &Card) -> String {
    let until = row.until.as_deref().map_or_else(String::new, |until| format!(" until {}", harmless(until)));
    format!(
        "{}, {}: {} instead of {} points, set by {}{until} ({}); on its own it changes the log loss by {}.",
        harmless(card.shown_name(&row.criterion)),
        harmless(card.shown_level(&row.criterion, &row.level)),
        row.points,
        row.fitted_points,
        harmless(&row.author),
        counted(row.n_leads as u64, "lead"),
        four_digits(row.log_loss_change)
    )
}

fn together(overrides: &OverrideMetrics) -> String {
    let change = overrides.log_loss - overrides.log_loss_fitted;
    let noise = 2.0 * overrides.log_loss_change_se;
    let verdict = if change.abs() <= noise {
        "no more than chance"
    } else if change > 0.0 {
        "the chances fit what happened worse"
    } else {
        "the chances fit what happened better"
    };
    format!(
        "All together the log loss is {:.4} instead of {:.4} on {} the card had not seen (lower is better): {verdict}.",
        overrides.log_loss,
        overrides.log_loss_fitted,
        counted(overrides.n_judged as u64, "lead")
    )
}

fn policy_sentence(policy: &OverridePolicy) -> String {
    format!(
        "{}: of {} {} are others than fitted points would choose; {} conversions instead of {} ({}, 90 % interval {} to {}).",
        harmless(&policy.policy),
        counted(policy.n_leads.round() as u64, "chosen lead"),
        policy.n_swapped.round(),
        amount(policy.wins),
        amount(policy.wins_fitted),
        signed(policy.difference.expected),
        signed(policy.difference.low),
        signed(policy.difference.high)
    )
}

/// A change of log loss with its sign: +0.0012.
fn four_digits(change: f64) -> String {
    // A zero has no sign.
    if change.abs() < 0.000_05 { "0.0000".to_owned() } else { format!("{change:+.4}") }
}

#[cfg(test)]
mod tests {
    use super::super::testing::example;
    use super::*;
    use crate::card::tests::example_card;

    #[test]
    fn the_cost_reads_as_sentences() {
        assert_eq!(
            cost_sentences(&example(), &example_card()),
            [
                "budget, approved: 20 instead of 28 points, set by Ann (sales) until 2026-12-31 (412 leads); on its own it \
                 changes the log loss by +0.0021.",
                "All together the log loss is 0.3033 instead of 0.3012 on 3,600 leads the card had not seen (lower is \
                 better): the chances fit what happened worse.",
                "selective: of 900 chosen leads 62 are others than fitted points would choose; 207 conversions instead of \
                 214 (−7.5, 90 % interval −13.2 to −1.8).",
            ]
        );
    }

    #[test]
    fn a_change_within_the_noise_is_called_chance() {
        let mut overrides = example();
        overrides.log_loss_change_se = 0.002;
        assert!(together(&overrides).ends_with("no more than chance."));
        overrides.rows[0].log_loss_change = -0.000_01;
        assert!(row_sentence(&overrides.rows[0], &example_card()).ends_with("by 0.0000."));
    }
}
