//! Criteria in the order of their worth, and what of them a person sees.

use std::cmp::Reverse;

use crate::analyses::questions::record::CriterionWorth;
use crate::card::{Criterion, Input, InputKind, Level, When};
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

/// Who finds out: a caller asks, a column has it, or events are counted.
pub(super) fn who_asks(criterion: &Criterion) -> &'static str {
    match criterion.is_asked() {
        true => "caller",
        false if criterion.input().is_some_and(Input::is_counted) => "measured",
        false => "data",
    }
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
    use crate::report::testing::{company, with_questions};

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
        let mut criterion = company().card.criteria[0].clone();
        assert_eq!(who_asks(&criterion), "caller");
        criterion.asked = Some(false);
        assert_eq!(who_asks(&criterion), "data");
        criterion.inputs[0].derivation =
            Some(crate::card::Derivation::Events { kind: None, within_us: None, measure: crate::card::Measure::Count });
        assert_eq!(who_asks(&criterion), "measured");
        criterion.asked = None;
        assert_eq!(who_asks(&criterion), "measured");
        criterion.question = Some("How often did you come by?".to_owned());
        assert_eq!(who_asks(&criterion), "caller");
    }
}
