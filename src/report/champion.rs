//! The card in use beside the new one, in sentences for summary and page.

use crate::analyses::champion::record::{
    Action, Advice, AdviceReason, ChampionMetrics, ChampionPolicy, ChampionSides, ChangeReason, PointChange,
};
use crate::render::words::{amount, count, counted, ends, harmless, per_cent, signed};

/// What to do and why, first; then each policy; then what changed.
pub(super) fn champion_sentences(champion: &ChampionMetrics) -> Vec<String> {
    let mut sentences = advice_sentences(&champion.advice);
    sentences
        .extend(champion.side_by_side.policies.iter().map(|policy| policy_sentence(policy, &champion.side_by_side)));
    sentences.push(changed_sentence(champion));
    sentences
}

/// The advice in a few words.
pub(super) fn advice_words(action: Action) -> &'static str {
    match action {
        Action::Keep => "Keep the card in use.",
        Action::ShiftCurve => "Keep the points of the card in use, and move what a score is worth.",
        Action::Refit => "Take the new card.",
    }
}

/// The advice, and what it rests on.
pub(super) fn advice_sentences(advice: &Advice) -> Vec<String> {
    let leads = format!(
        "{} {}",
        counted(advice.n_leads, "lead"),
        if advice.is_fresh { "whose outcome came after it was made" } else { "that it may have learned from" }
    );
    let promised =
        format!("Of {leads} it promised {} conversions, {} came", amount(advice.n_promised), count(advice.n_converted));
    let reason = match advice.reason {
        AdviceReason::TooFew => {
            if advice.n_leads == 0 {
                "No lead with an outcome has come since it was made.".to_owned()
            } else {
                format!("{promised}: too few to tell whether it still holds.")
            }
        }
        AdviceReason::PromisesHold => {
            format!("{promised}, and no answer stands out: all within what chance explains.")
        }
        AdviceReason::AllLeadsAlike => format!(
            "{promised}. All leads convert {} often than promised, at odds {:.2} times those promised, and alike at all answers.",
            if advice.shift < 0.0 { "less" } else { "more" },
            advice.shift.exp()
        ),
        AdviceReason::SomeAnswers => format!(
            "{promised}. Some answers convert differently from what their points say, by more than chance explains."
        ),
        AdviceReason::NewCardWorse => format!(
            "{promised}. Some answers convert differently from what their points say, but the new card's chances fit the same \
             leads worse still: wait for more of them."
        ),
        AdviceReason::NewCardBetter => format!(
            "{promised}, as chance allows, but the new card's chances fit what happened better, on leads that neither had seen."
        ),
    };
    vec![advice_words(advice.action).to_owned(), reason]
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
            format!("conversion: {} than promised", if more { "more" } else { "fewer" })
        }
        ChangeReason::Mix => {
            format!("mix: {} of the leads then, {} now", per_cent(change.share_before), per_cent(change.share_now))
        }
        ChangeReason::Noise => "noise: chance explains it".to_owned(),
        ChangeReason::ByHand => "set by hand".to_owned(),
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
pub(super) fn example() -> ChampionMetrics {
    use crate::analyses::champion::record::{SideMetrics, SwapSide};
    use crate::cross_fit::near_champion::ChangePricePoint;
    let swapped = |n_leads: f64, n_wins: f64, (conversion_low, conversion_high): (f64, f64)| SwapSide {
        n_leads,
        n_wins,
        conversion_low,
        conversion_high,
    };
    let change =
        |criterion: &str, level: &str, (points_before, points_now): (i32, i32), reason: ChangeReason| PointChange {
            criterion: criterion.to_owned(),
            champion_level: Some(level.to_owned()),
            challenger_level: Some(level.to_owned()),
            points_before,
            points_now,
            reason,
            n_leads: 1_204,
            share_before: 0.12,
            share_now: 0.19,
            n_fresh: 240,
            n_converted: 61,
            n_promised: 38.4,
        };
    let rung = |change_price: f64, is_chosen: bool| ChangePricePoint {
        change_price,
        log_loss: 0.3012 + change_price / 1e3,
        difference_se: change_price / 1e3,
        rows_changed_per_period: 20.0 - 8.0 * change_price,
        is_chosen,
    };
    ChampionMetrics {
        card: "card.json".to_owned(),
        learned_until: Some("2026-03-31T17:00:00Z".to_owned()),
        points_changed: 3,
        points_kept: 57,
        leads_changed: 2_100,
        n_leads: 6_000,
        change_price: 0.5,
        change_prices: vec![rung(0.0, false), rung(0.5, true)],
        advice: Advice {
            action: Action::Refit,
            reason: AdviceReason::SomeAnswers,
            is_fresh: true,
            n_leads: 1_500,
            n_converted: 240,
            n_promised: 221.3,
            shift: 0.1,
            gain_of_shift: 1.2,
            chance_of_shift: 1.9,
            gain_of_points: 24.1,
            chance_of_points: 13.6,
        },
        side_by_side: ChampionSides {
            is_fresh: true,
            n_leads: 1_400,
            n_converted: 228,
            first_as_of: Some("2026-04-01T08:00:00Z".to_owned()),
            last_as_of: Some("2026-06-30T16:00:00Z".to_owned()),
            champion: SideMetrics { log_loss: 0.3391, auc: 0.79, observed_over_expected: 1.08 },
            challenger: SideMetrics { log_loss: 0.3302, auc: 0.802, observed_over_expected: 1.01 },
            log_loss_gain: 0.0089,
            log_loss_gain_low: 0.0031,
            log_loss_gain_high: 0.0147,
            policies: vec![ChampionPolicy {
                policy: "selective".to_owned(),
                leads_per: 50.0,
                champion_wins_per: 14.2,
                challenger_wins_per: 16.4,
                difference_low: 0.4,
                difference_high: 4.0,
                swapped_in: swapped(31.5, 12.0, (0.25, 0.52)),
                swapped_out: swapped(31.5, 5.5, (0.09, 0.31)),
            }],
        },
        changes: vec![
            change("authority", "gatekeeper <or> aide", (4, 11), ChangeReason::Conversion),
            change("source", "webinar", (8, 6), ChangeReason::Mix),
            change("need", "some", (9, 10), ChangeReason::Noise),
        ],
        ..ChampionMetrics::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_reads_as_a_few_sentences() {
        insta::assert_snapshot!(champion_sentences(&example()).join("\n"));
    }

    #[test]
    fn every_advice_has_its_reason() {
        let mut advice = example().advice;
        let mut said = |action: Action, reason: AdviceReason| {
            (advice.action, advice.reason) = (action, reason);
            advice_sentences(&advice).join(" ")
        };
        let mut all = vec![
            said(Action::Keep, AdviceReason::TooFew),
            said(Action::Keep, AdviceReason::PromisesHold),
            said(Action::ShiftCurve, AdviceReason::AllLeadsAlike),
            said(Action::Refit, AdviceReason::NewCardBetter),
            said(Action::ShiftCurve, AdviceReason::NewCardWorse),
        ];
        let nobody = Advice { n_leads: 0, is_fresh: true, ..Advice::default() };
        all.push(advice_sentences(&nobody).join(" "));
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_card_without_a_change_says_so() {
        let same = ChampionMetrics { points_changed: 0, changes: Vec::new(), ..example() };
        assert!(champion_sentences(&same).iter().any(|said| said.starts_with("No answer has other points")));
    }
}
