//! The call form: what is known already, then the questions, answers with their points, a running sum and when to stop.
//!
//! A call may stop once no answer to come can change what becomes of the lead: the sum so far with the fewest points that may
//! still come is at the line, or with the most that may come it is below.

use maud::{Markup, html};

use super::blank;
use super::line::{Line, hand_off, lines};
use super::order::{answers, before_and_in_the_call, by_worth};
use crate::card::{Criterion, Level};
use crate::render::words::{harmless, shortened};
use crate::report::RunParts;

/// Widest answer.
const ANSWER_WIDTH: usize = 60;

/// The form as a section.
pub(super) fn call_form(parts: &RunParts<'_>) -> Markup {
    let scenario = hand_off(parts);
    let lines = lines(scenario);
    let (known, questions) = before_and_in_the_call(parts.card, by_worth(parts));
    let base = parts.card.base_points;
    let one_line = match lines.as_slice() {
        [line] if line.group.is_none() => Some(line.from),
        _ => None,
    };
    html! {
        section #call-form aria-labelledby="call-form-title" data-base=(base) data-line=[one_line] {
            h2 #call-form-title.title { "Call form" }
            p.quiet { (stop_rule(&lines, &questions)) }
            p.head { @for what in ["Company", "Contact", "Caller", "Date"] { span { (what) " " (blank()) } } }
            @if lines.len() > 1 || lines.iter().any(|line| line.group.is_some()) { (line_by_group(&lines)) }
            @if !known.is_empty() {
                h3 { "Already known" }
                div.known { @for (idx, criterion) in known.iter().enumerate() { (known_row(criterion, idx)) } }
            }
            p.sum {
                @if base != 0 { "Every lead starts with " (base) " points. " }
                "Sum before the first question " (blank())
            }
            @for ((criterion, number), to_come) in questions.iter().zip(numbers(&questions)).zip(still_to_come(&questions)) {
                (question(criterion, number, to_come))
            }
            p.sum { "Sum " (blank()) @if let Some(line) = one_line { " (from " (line) ": hand over)" } }
            div #so-far hidden {
                p role="status" { b #points { "0" } " points. " span #verdict {} }
                button type="button" #again { "Start again" }
            }
        }
    }
}

/// Questions and pairs, each numbered from 1 among their own.
fn numbers(questions: &[&Criterion]) -> Vec<usize> {
    let [mut n_questions, mut n_pairs] = [0, 0];
    let number = |criterion: &&Criterion| {
        let n = if criterion.is_pair() { &mut n_pairs } else { &mut n_questions };
        *n += 1;
        *n
    };
    questions.iter().map(number).collect()
}

/// Fewest and most points of what has not been answered yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct ToCome {
    least: i32,
    most: i32,
}

/// What may come from each question on, the question itself included.
fn still_to_come(questions: &[&Criterion]) -> Vec<ToCome> {
    let mut to_come: Vec<ToCome> = questions
        .iter()
        .rev()
        .scan(ToCome::default(), |sum, criterion| {
            *sum = ToCome { least: sum.least + criterion.points_min(), most: sum.most + criterion.points_max() };
            Some(*sum)
        })
        .collect();
    to_come.reverse();
    to_come
}

/// When the call may stop, for somebody with a pen.
fn stop_rule(lines: &[Line<'_>], questions: &[&Criterion]) -> String {
    if questions.is_empty() {
        return "Nothing on this card is asked: all of it is known or measured.".to_owned();
    }
    let line = match lines {
        [] => {
            return "Ask from the top and add up the points. No line is drawn, so there is nothing to stop at."
                .to_owned();
        }
        [line] if line.group.is_none() => line.from.to_string(),
        _ => "the line of the lead's group".to_owned(),
    };
    // Where an answer takes points away, a sum at the line may fall below it again.
    let takes_away = questions.iter().any(|criterion| criterion.points_min() < 0);
    let is_sure = if takes_away { ", even with the fewest points from there on" } else { "" };
    format!(
        "Fill in what is known, then ask from the top. Stop when the sum is {line} or more{is_sure} (hand over), or when the sum and \
         the most points from there on stay below it (do not hand over)."
    )
}

/// The line depends on the group, so that is the first thing to tick.
fn line_by_group(lines: &[Line<'_>]) -> Markup {
    html! {
        div.choice role="radiogroup" aria-labelledby="group-title" {
            h3 #group-title { "Line of its group" }
            div.chips {
                @for line in lines {
                    label {
                        input type="radio" name="line" value=(line.from);
                        span { (shortened(line.group.unwrap_or("all"), ANSWER_WIDTH)) } " " b { (line.from) }
                    }
                }
            }
        }
    }
}

fn known_row(criterion: &Criterion, idx: usize) -> Markup {
    let id = format!("known-{}", idx + 1);
    html! {
        div.choice role="radiogroup" aria-labelledby=(id) data-least=(criterion.points_min()) data-most=(criterion.points_max()) {
            span.what id=(id) { (harmless(criterion.shown())) }
            (chips(criterion, &id))
            (blank())
        }
    }
}

fn question(criterion: &Criterion, number: usize, to_come: ToCome) -> Markup {
    let is_pair = criterion.is_pair();
    let id = format!("{}-{number}", if is_pair { "together" } else { "question" });
    let from_here = match to_come {
        ToCome { least, most } if least < 0 => format!("from here {least} to {most} points"),
        ToCome { most, .. } => format!("from here at most {most} points"),
    };
    html! {
        div.choice role="radiogroup" aria-labelledby=(id) data-least=(criterion.points_min()) data-most=(criterion.points_max()) {
            h3 id=(id) {
                @if is_pair { (harmless(criterion.shown())) ": what they say together" }
                @else { (number) " · " (words_of(criterion)) }
            }
            (chips(criterion, &id))
            span.quiet { (from_here) }
        }
    }
}

/// What is asked: the question, or the name where the config has no question.
fn words_of(criterion: &Criterion) -> Markup {
    html! {
        @match &criterion.question {
            Some(question) => { "“" (harmless(question)) "”" },
            None => (harmless(criterion.shown())),
        }
    }
}

/// The answers with their points, to tick.
fn chips(criterion: &Criterion, name: &str) -> Markup {
    let words = |level: &Level| match level {
        level if level.words.is_none() && level.is_missing() => {
            if criterion.is_pair() {
                "either without an answer".to_owned()
            } else {
                "no answer".to_owned()
            }
        }
        level => shortened(level.shown(), ANSWER_WIDTH),
    };
    html! {
        div.chips {
            @for level in answers(criterion) {
                label {
                    input type="radio" name=(name) value=(level.points);
                    span { (words(level)) } " " b { (level.points) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::company;

    #[test]
    fn what_may_come_is_added_up_from_the_last_question() {
        let mut criteria = company().card.criteria;
        criteria[0].levels[2].points = -3;
        let questions: Vec<&Criterion> = criteria.iter().collect();
        let to_come: Vec<(i32, i32)> = still_to_come(&questions).iter().map(|one| (one.least, one.most)).collect();
        assert_eq!(to_come, [(-3, 80), (0, 70), (0, 30)]);
        assert!(still_to_come(&[]).is_empty());
    }

    #[test]
    fn a_sum_at_the_line_is_enough_unless_an_answer_takes_points_away() {
        let mut criteria = company().card.criteria;
        let line = [Line { group: None, from: 44, share_below: None }];
        let said = |criteria: &[Criterion], lines: &[Line<'_>]| stop_rule(lines, &criteria.iter().collect::<Vec<_>>());
        assert!(said(&criteria, &line).contains("Stop when the sum is 44 or more (hand over)"));
        criteria[1].levels[3].points = -5;
        assert!(said(&criteria, &line).contains("44 or more, even with the fewest points from there on (hand over)"));
        assert!(said(&criteria, &[]).contains("No line is drawn"));
        assert!(said(&[], &line).starts_with("Nothing on this card is asked"));
    }
}
