//! Findings in plain words. Every figure in them stands in a table as well.

use super::agreement::{Agreement, Combination, Direction, LevelWeights};
use super::{CameBack, Feedback, GroupRow, GroupShare, Speed, UntouchedRow};
use crate::decide::forecast::record::Estimate;
use crate::render::words::{amount, count, counted, harmless, per_cent, signed, whole_per_cent};

/// A share in whole per cent with its range: 61 % (58-64).
pub(super) fn share_words(share: GroupShare) -> String {
    share.share.map_or_else(
        || "-".to_owned(),
        |share| format!("{:.0} % ({:.0}-{:.0})", share.expected * 100.0, share.low * 100.0, share.high * 100.0),
    )
}

fn rate(share: GroupShare) -> f64 {
    share.hits as f64 / (share.n as f64).max(1.0)
}

/// What was handed over and what became of it.
pub(super) fn counts(feedback: &Feedback) -> Vec<String> {
    let all = &feedback.funnel.all;
    let mut sentences = vec![format!("{} were handed to sales.", counted(all.n_leads, "lead"))];
    if all.accepted.n > 0 {
        sentences.push(format!(
            "Sales accepted {} of the {} it decided on ({}), rejected {}, recycled {} and left {} untouched{}.",
            count(all.n_accepted),
            count(all.accepted.n),
            whole_per_cent(rate(all.accepted)),
            count(all.n_rejected),
            count(all.n_recycled),
            count(all.n_untouched),
            if all.n_unsaid > 0 { format!("; {} have no record", count(all.n_unsaid)) } else { String::new() }
        ));
    }
    if all.converted.n > 0 {
        sentences.push(format!(
            "{} of the {} with a fair outcome converted ({}); of those that sales accepted, {}.",
            count(all.converted.hits),
            count(all.converted.n),
            per_cent(rate(all.converted)),
            if all.accepted_converted.n > 0 {
                per_cent(rate(all.accepted_converted))
            } else {
                "nothing is known".to_owned()
            }
        ));
    }
    sentences
}

/// Which sources are turned down more than the others, and which convert all the same.
pub(super) fn sources(feedback: &Feedback) -> Vec<String> {
    let all = &feedback.funnel.all;
    let rows = || feedback.funnel.groups.iter().filter(|row| row.by == "source");
    let mut sentences = Vec::new();
    let bounced = |row: &&GroupRow| row.accepted.share.is_some_and(|share| share.high < rate(all.accepted));
    let expected = |row: &GroupRow| row.accepted.share.map_or(1.0, |share| share.expected);
    if let Some(row) = rows().filter(bounced).min_by(|a, b| expected(a).total_cmp(&expected(b))) {
        sentences.push(format!(
            "Bounced most: {}, accepted {} against {} overall; accepted ones convert at {}.",
            harmless(&row.name),
            share_words(row.accepted),
            whole_per_cent(rate(all.accepted)),
            share_words(row.accepted_converted)
        ));
    }
    for row in rows().filter(bounced) {
        if row.accepted_converted.share.is_some_and(|share| share.low > rate(all.accepted_converted)) {
            sentences.push(format!(
                "{} is bounced more than others and converts better: {} of accepted leads against {} overall.",
                harmless(&row.name),
                share_words(row.accepted_converted),
                whole_per_cent(rate(all.accepted_converted))
            ));
        }
    }
    let anyway = all.turned_down_converted;
    if anyway.hits > 0 {
        sentences.push(format!(
            "{} of {} that sales turned down converted all the same: {}.",
            count(anyway.hits),
            counted(anyway.n, "lead"),
            share_words(anyway)
        ));
        let most = rows()
            .filter(|row| row.turned_down_converted.share.is_some_and(|share| share.low > rate(anyway)))
            .max_by_key(|row| row.turned_down_converted.hits);
        if let Some(row) = most {
            sentences.push(format!(
                "Those of {} do so most: {}.",
                harmless(&row.name),
                share_words(row.turned_down_converted)
            ));
        }
    }
    sentences
}

/// What came of leads that were handed over again.
pub(super) fn came_back(found: &CameBack) -> Vec<String> {
    let mut sentences = Vec::new();
    if found.n_again > 0 {
        let before = [
            (found.n_turned_down_before, "rejected or recycled before"),
            (found.n_unsaid_before, "handed over before, without a word of what became of it then"),
        ];
        let before: Vec<String> =
            before.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n))).collect();
        let days = found.median_days_between.map(|days| format!(", in the middle {days:.0} days later"));
        sentences.push(format!(
            "{} came back{}{}.",
            counted(found.n_again, "lead"),
            days.unwrap_or_default(),
            if before.is_empty() { String::new() } else { format!(" ({})", before.join("; ")) }
        ));
    }
    if found.again.n > 0 {
        let verdict = match (found.again.share, found.first.share) {
            (Some(again), Some(first)) if again.low > first.high => ": nurture pays",
            (Some(again), Some(first)) if again.high < first.low => ": fewer than of those handed over once",
            _ => "; the ranges overlap",
        };
        sentences.push(format!(
            "Of those that came back {} converted, of first hand-offs {}{verdict}.",
            share_words(found.again),
            share_words(found.first)
        ));
    }
    if found.recycled_converted.hits > 0 {
        sentences.push(format!(
            "Of {} that were recycled {} converted without being handed over again.",
            counted(found.recycled_converted.n, "lead"),
            count(found.recycled_converted.hits)
        ));
    }
    sentences
}

/// What untouched leads may have cost.
pub(super) fn untouched(row: &UntouchedRow) -> String {
    format!(
        "{} with at least {} points ({}) were never touched, {} of all with so many. Worked like the others they would have \
         brought about {} ({}-{}).",
        counted(row.untouched.hits, "lead"),
        row.score,
        harmless(&row.policy),
        share_words(row.untouched),
        counted_wins(row.wins.expected),
        amount(row.wins.low),
        amount(row.wins.high)
    )
}

fn counted_wins(wins: f64) -> String {
    let words = amount(wins);
    let noun = if words == "1" { "win" } else { "wins" };
    format!("{words} {noun}")
}

/// What waiting goes along with.
pub(super) fn waiting(speed: &Speed) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(hours) = speed.median_hours {
        sentences.push(format!("Half of the touched leads were first touched within {} hours.", amount(hours)));
    }
    if let Some(effect) = &speed.effect {
        let Estimate { expected, low, high } = effect.odds_per_doubling;
        let verdict = match (low, high) {
            (_, high) if high < 1.0 => "leads that wait convert less, at equal quality",
            (low, _) if low > 1.0 => "leads that wait convert more, at equal quality",
            _ => "no sure link once quality is allowed for",
        };
        sentences.push(format!(
            "Each time the wait doubles, the odds of converting are multiplied by {expected:.2} ({low:.2}-{high:.2}): {verdict} \
             ({}). This is what went along with waiting, not proof of what it does.",
            counted(effect.n_leads, "lead")
        ));
    }
    sentences
}

/// How far sales and conversion go together.
pub(super) fn agreement(agreement: &Agreement) -> Vec<String> {
    let mut sentences = vec![format!(
        "Sales accepts {} of the {} it accepts or rejects; {} of the accepted ones convert. What it accepts and what converts \
         go together with a correlation of {:.2} (1 would be full agreement).",
        share_words(agreement.accepted),
        counted(agreement.accepted.n, "lead"),
        share_words(agreement.converted),
        agreement.weights.correlation
    )];
    if let Some(correlation) = agreement.weights.rules_correlation {
        sentences.push(format!("Marketing's rules go together with what converts at {correlation:.2}."));
    }
    sentences.push(match agreement.rejected_converted {
        GroupShare { hits: 0, .. } => {
            "Conversion is known only of leads that sales worked, so it says what becomes of a lead with these answers once it is \
             accepted. What the rejected ones would have become nobody knows: sales may have seen what no answer tells."
                .to_owned()
        }
        anyway => format!(
            "Conversion is that of accepted leads: what becomes of these answers once sales works them. Of rejected leads {} \
             converted all the same, without that work.",
            share_words(anyway)
        ),
    });
    sentences
}

/// One level where sales and conversion part: in points on one scale.
pub(super) fn difference(level: &LevelWeights) -> String {
    format!(
        "Sales {} {}: {} (weighs {} in acceptance, {} in conversion); accepted {}, converts {}.",
        if level.difference.expected < 0.0 { "thinks less of" } else { "thinks more of" },
        answer(&level.criterion, &level.level),
        if level.difference.expected < 0.0 { "it deserves more" } else { "it deserves less" },
        signed(level.acceptance.expected.round()),
        signed(level.conversion.expected.round()),
        share_words(level.accepted),
        share_words(level.converted)
    )
}

/// One level where marketing's rules and conversion part.
pub(super) fn rule_difference(level: &LevelWeights) -> String {
    let rules = level.rules.map_or(0.0, |rules| rules.points);
    let difference = level.rules.map_or(0.0, |rules| rules.difference.expected);
    format!(
        "The rules give {} {}: {} on this scale; by what converts it should have {}.",
        answer(&level.criterion, &level.level),
        if difference < 0.0 { "too little" } else { "too much" },
        signed(rules.round()),
        signed(level.conversion.expected.round())
    )
}

/// An answer, or two, that sales turns down although they convert, or the other way round.
pub(super) fn combination(found: &Combination, overall: &Agreement) -> String {
    let answers: Vec<String> = found.answers.iter().map(|(criterion, level)| answer(criterion, level)).collect();
    let answers = answers.join(" with ");
    let (verb, against) = match found.direction {
        Direction::TurnedDownThoughItConverts => ("turns down", "above"),
        Direction::AcceptedThoughItDoesNot => ("takes", "below"),
    };
    let anyway = if found.rejected_converted.hits > 0 {
        format!(
            "; {} of {} rejected ones converted all the same",
            count(found.rejected_converted.hits),
            count(found.rejected_converted.n)
        )
    } else {
        String::new()
    };
    format!(
        "Sales {verb} {answers}: accepted {} ({} overall); those it works convert at {}, {against} the average of {}{anyway}.",
        share_words(found.accepted),
        whole_per_cent(rate(overall.accepted)),
        share_words(found.converted),
        whole_per_cent(rate(overall.converted))
    )
}

/// A criterion with one of its answers: authority gatekeeper.
pub(super) fn answer(criterion: &str, level: &str) -> String {
    format!("{} “{}”", harmless(criterion), harmless(level))
}
