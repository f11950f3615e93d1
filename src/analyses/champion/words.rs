//! The card in use beside the new one, in sentences for summary and page.

use std::path::Path;

use super::record::{ChampionMetrics, ChampionPolicy, ChampionSides, ChangeReason, PointChange, SetByHand, Side};
use crate::quarter::{Action, Advice, advice_sentences, advised_sentences};
use crate::render::words::{amount, count, counted, ends, harmless, per_cent, signed};

/// What to do and why, first; then each policy; then what changed.
///
/// - `folder`: the run folder, where it is known.
pub(super) fn champion_sentences(champion: &ChampionMetrics, folder: Option<&Path>) -> Vec<String> {
    let mut sentences = advice_of(&champion.advice);
    sentences.extend(champion.advised.iter().flat_map(|advised| advised_sentences(advised, folder)));
    sentences
        .extend(champion.side_by_side.policies.iter().map(|policy| policy_sentence(policy, &champion.side_by_side)));
    sentences.push(changed_sentence(champion));
    sentences
}

/// The advice, and what it rests on, where the new card is at hand.
pub(crate) fn advice_of(advice: &Advice) -> Vec<String> {
    let mut sentences = advice_sentences(advice);
    if let (Action::Refit, Some(first)) = (advice.action, sentences.first_mut()) {
        *first = "Take the new card.".to_owned();
    }
    sentences
}

fn policy_sentence(policy: &ChampionPolicy, sides: &ChampionSides) -> String {
    let difference = policy.challenger_wins_per - policy.champion_wins_per;
    format!(
        "{}, {} leads {}: {} wins with the new card, {} with the one in use ({}; 90 % interval {}).",
        harmless(&policy.policy),
        amount(policy.leads_per),
        per_words(sides),
        amount(policy.challenger_wins_per),
        amount(policy.champion_wins_per),
        signed_always(difference),
        ends(policy.difference_low, policy.difference_high, signed),
    )
}

/// What counts are given per.
pub(super) fn per_words(sides: &ChampionSides) -> &'static str {
    if sides.first_as_of.is_some() { "a month" } else { "of 1,000 leads" }
}

/// A difference with its sign, also where it is a gain.
pub(super) fn signed_always(value: f64) -> String {
    if value > 0.0 { format!("+{}", signed(value)) } else { signed(value) }
}

fn changed_sentence(champion: &ChampionMetrics) -> String {
    if champion.points_changed == 0 {
        return "No answer has other points than on the card in use.".to_owned();
    }
    let by = |reason: ChangeReason| champion.changes.iter().filter(|change| change.reason == reason).count() as u64;
    let reasons: Vec<String> = REASONS
        .iter()
        .filter(|(reason, _)| by(*reason) > 0)
        .map(|(reason, words)| format!("{} {words}", count(by(*reason))))
        .collect();
    format!(
        "{} other points than on the card in use, {} the same: {}. {} of the leads give one of them.",
        counted_answers(champion.points_changed as u64, "has", "have"),
        count(champion.points_kept as u64),
        reasons.join("; "),
        per_cent(champion.leads_changed as f64 / (champion.n_leads as f64).max(1.0))
    )
}

fn counted_answers(n: u64, has: &str, have: &str) -> String {
    format!("{} {}", counted(n, "answer"), if n == 1 { has } else { have })
}

/// Each reason and what stands behind a count of it.
const REASONS: [(ChangeReason, &str); 7] = [
    (ChangeReason::Conversion, "because leads converted differently"),
    (ChangeReason::Mix, "because other leads give the answer now"),
    (ChangeReason::Noise, "within what chance explains"),
    (ChangeReason::ByHand, "set by hand"),
    (ChangeReason::Scale, "because the new card counts in other steps"),
    (ChangeReason::NewCriterion, "of criteria that are new"),
    (ChangeReason::LeftOut, "of criteria that are no longer on the card"),
];

/// Why an answer's points changed, in a few words.
pub(super) fn reason_words(change: &PointChange) -> String {
    match change.reason {
        ChangeReason::Conversion => {
            let more = (change.n_converted as f64) > change.n_promised;
            format!("conversion: {} than predicted", if more { "more" } else { "fewer" })
        }
        ChangeReason::Mix => {
            format!("mix: {} of the leads then, {} now", per_cent(change.share_before), per_cent(change.share_now))
        }
        ChangeReason::Noise => "noise: chance explains it".to_owned(),
        ChangeReason::ByHand => change.by_hand.as_ref().map_or_else(
            || "set by hand".to_owned(),
            |SetByHand { on, author, fitted_points }| {
                let card = if *on == Side::InUse { "card in use" } else { "new card" };
                format!("set by hand on the {card} by {}, where the fit said {fitted_points}", harmless(author))
            },
        ),
        ChangeReason::Scale => "other steps: the same worth".to_owned(),
        ChangeReason::NewCriterion => "new criterion".to_owned(),
        ChangeReason::LeftOut => "no longer on the card".to_owned(),
    }
}

/// The levels of a change: one name where both cards have the same.
pub(super) fn level_words(change: &PointChange) -> String {
    match (&change.champion_level, &change.challenger_level) {
        (Some(before), Some(now)) if before == now => harmless(before),
        (Some(before), Some(now)) => format!("{} (was in: {})", harmless(now), harmless(before)),
        (Some(one), None) | (None, Some(one)) => harmless(one),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::example;
    use super::*;

    #[test]
    fn advice_reads_as_a_few_sentences() {
        insta::assert_snapshot!(champion_sentences(&example(), None).join("\n"));
    }

    #[test]
    fn a_card_without_a_change_says_so() {
        let same = ChampionMetrics { points_changed: 0, changes: Vec::new(), ..example() };
        assert!(champion_sentences(&same, None).iter().any(|said| said.starts_with("No answer has other points")));
    }
}
