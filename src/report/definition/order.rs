//! Criteria in the order of their worth, and what of them a person sees.

use std::cmp::Reverse;

use crate::analyses::questions::record::CriterionWorth;
use crate::card::{Card, Criterion, Input, InputKind, Level, When};
use crate::report::RunParts;
use crate::report::shown_criteria::range;

/// The criteria of the card, worth most first: by the wins that the analysis of questions is sure of; behind them, or without it,
/// by their range of points.
pub(super) fn by_worth<'a>(parts: &RunParts<'a>) -> Vec<&'a Criterion> {
    let priced = parts.metrics.findings.questions.as_ref().map_or(&[][..], |questions| &questions.criteria);
    let is_sure = |worth: &&CriterionWorth| worth.at.first().is_some_and(|at| at.gain.low > 0.0);
    let sure: Vec<&str> = priced.iter().filter(is_sure).map(|worth| worth.criterion.as_str()).collect();
    let place = |criterion: &Criterion| sure.iter().position(|name| *name == criterion.name).unwrap_or(usize::MAX);
    let mut criteria: Vec<&Criterion> = parts.card.criteria.iter().collect();
    criteria.sort_by_key(|criterion| (place(criterion), Reverse(range(criterion))));
    criteria
}

/// Who finds out: a caller asks, a column has it, or events are counted; for a pair, whoever finds out what is harder to know of its sides.
pub(super) fn who_asks(card: &Card, criterion: &Criterion) -> &'static str {
    let is_counted = !criterion.inputs.is_empty() && criterion.inputs.iter().all(Input::is_counted);
    match card.needs_asking(criterion) {
        true => "caller",
        false if is_counted => "measured",
        false => "data",
    }
}

/// What is known before a call, and what follows in it: questions, and a pair behind the later question of its sides.
///
/// - `by_worth`: all criteria, worth most first.
pub(super) fn before_and_in_the_call<'a>(
    card: &Card,
    by_worth: Vec<&'a Criterion>,
) -> (Vec<&'a Criterion>, Vec<&'a Criterion>) {
    let (in_the_call, known): (Vec<_>, Vec<_>) =
        by_worth.into_iter().partition(|criterion| card.needs_asking(criterion));
    let (pairs, mut in_the_call): (Vec<_>, Vec<_>) = in_the_call.into_iter().partition(|criterion| criterion.is_pair());
    // Of pairs behind the same question the one worth most goes in last, and stands first.
    for pair in pairs.into_iter().rev() {
        let place = |side: &Criterion| in_the_call.iter().position(|question| question.name == side.name);
        let last = card.sides(pair).flatten().filter_map(place).max();
        in_the_call.insert(last.map_or(in_the_call.len(), |last| last + 1), pair);
    }
    (known, in_the_call)
}

/// The levels that an answer can have, best first where they are words and from low to high where they are numbers; last what
/// counts where there is no answer.
///
/// What no lead of the history has is no answer anybody gives; of two levels without an answer, which have the same points, one
/// is enough.
pub(super) fn answers(criterion: &Criterion) -> Vec<&Level> {
    let (unknown, known): (Vec<&Level>, Vec<&Level>) = criterion.levels.iter().partition(|level| level.is_missing());
    let mut answers: Vec<&Level> = known.into_iter().filter(|level| is_given(level)).collect();
    if criterion.kind() != InputKind::Number {
        answers.sort_by_key(|level| (level.when == When::Else, Reverse(level.points)));
    }
    answers.extend(unknown.into_iter().find(|level| is_given(level)));
    answers
}

fn is_given(level: &Level) -> bool {
    level.n_leads > 0
}

/// The answers with most points.
pub(super) fn best(criterion: &Criterion) -> Vec<&Level> {
    let answers = answers(criterion);
    let most = answers.iter().map(|level| level.points).max();
    answers.into_iter().filter(|level| Some(level.points) == most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{company, with_pair, with_questions};

    fn names(parts: &RunParts<'_>) -> Vec<String> {
        by_worth(parts).into_iter().map(|criterion| criterion.name.clone()).collect()
    }

    #[test]
    fn wins_come_before_points_and_points_before_the_order_of_the_card() {
        let company = company();
        assert_eq!(names(&company.parts()), ["budget", "clicks_30d", "region"]);
        let mut company = with_questions(company);
        let questions = company.metrics.findings.questions.as_mut().expect("questions");
        questions.criteria.swap(0, 1);
        assert_eq!(names(&company.parts()), ["clicks_30d", "budget", "region"]);
        // A win that chance explains is none, however many points there are.
        company.metrics.findings.questions.as_mut().expect("questions").criteria[1].at[0].gain.low = -0.1;
        company.card.criteria[0].levels[1].points = 50;
        assert_eq!(names(&company.parts()), ["clicks_30d", "region", "budget"]);
    }

    #[test]
    fn answers_are_those_that_leads_give_and_no_answer_is_last() {
        let company = company();
        let mut budget = company.card.criteria[1].clone();
        let labels = |criterion: &Criterion| -> Vec<String> {
            answers(criterion).iter().map(|level| level.label.clone()).collect()
        };
        assert_eq!(labels(&budget), ["approved", "requested", "other", "missing"]);
        budget.levels[0].n_leads = 0;
        budget.levels[3].n_leads = 0;
        assert_eq!(labels(&budget), ["approved", "requested"]);
        assert_eq!(labels(&company.card.criteria[2]), ["below 3", "3 to below 7", "7 or more", "missing"]);
        assert_eq!(best(&budget)[0].label, "approved");
    }

    #[test]
    fn the_config_says_who_asks_and_events_are_measured() {
        let card = company().card;
        let mut criterion = card.criteria[0].clone();
        let asked_by = |criterion: &Criterion| who_asks(&card, criterion);
        assert_eq!(asked_by(&criterion), "caller");
        criterion.asked = Some(false);
        assert_eq!(asked_by(&criterion), "data");
        criterion.inputs[0].derivation =
            Some(crate::card::Derivation::Events { kind: None, within_us: None, measure: crate::card::Measure::Count });
        assert_eq!(asked_by(&criterion), "measured");
        criterion.asked = None;
        assert_eq!(asked_by(&criterion), "measured");
        criterion.question = Some("How often did you come by?".to_owned());
        assert_eq!(asked_by(&criterion), "caller");
    }

    #[test]
    fn a_pair_is_known_when_the_later_of_its_sides_is() {
        let mut card = with_pair(company()).card;
        let order = |card: &Card| {
            let (known, in_the_call) = before_and_in_the_call(card, card.criteria.iter().rev().collect());
            let names = |criteria: Vec<&Criterion>| -> Vec<String> {
                criteria.into_iter().map(|criterion| criterion.name.clone()).collect()
            };
            (names(known), names(in_the_call))
        };
        let pair = "budget and clicks_30d";
        assert_eq!(order(&card).1, ["clicks_30d", "budget", pair, "region"]);
        assert_eq!(who_asks(&card, &card.criteria[3]), "caller");
        card.criteria[1].asked = Some(false);
        assert_eq!(
            order(&card),
            (vec!["budget".to_owned()], ["clicks_30d", pair, "region"].map(str::to_owned).to_vec())
        );
        card.criteria[2].asked = Some(false);
        assert_eq!(order(&card).0, [pair, "clicks_30d", "budget"]);
        assert_eq!(who_asks(&card, &card.criteria[3]), "data");
    }
}
