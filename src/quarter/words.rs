//! What to do with a card in use, in sentences for summary and page.

use std::path::Path;

use super::Shifted;
use super::record::{Action, Advice, AdviceReason, AdvisedCard, Moved, MovedLine};
use crate::notes::Note;
use crate::render::terminal::{heading, joined, lines, notes_section};
use crate::render::words::{amount, count, counted, day, harmless, wrapped};

/// The advice in a few words.
fn advice_words(action: Action) -> &'static str {
    match action {
        Action::Keep | Action::Wait => "Keep the card in use.",
        Action::Shift => "Keep the points of the card in use, and move what a score is worth.",
        Action::Refit => "Make a new card.",
    }
}

/// The advice, and what it rests on.
pub(crate) fn advice_sentences(advice: &Advice) -> Vec<String> {
    let leads = format!(
        "{} {}",
        counted(advice.n_leads, "lead"),
        if advice.is_fresh { "whose outcome came after it was made" } else { "that it may have learned from" }
    );
    let promised = format!(
        "Of {leads} it predicted {} conversions, {} came",
        amount(advice.n_promised),
        count(advice.n_converted)
    );
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
            "{promised}. All leads convert {} often than predicted, whatever their answers: at odds {:.2} times those predicted.",
            if advice.shift < 0.0 { "less" } else { "more" },
            advice.shift.exp()
        ),
        AdviceReason::SomeAnswers => format!(
            "{promised}. Some answers convert differently from what their points say, by more than chance explains."
        ),
        AdviceReason::OtherSpread => format!(
            "{promised}. Scores tell leads apart {} than predicted, by more than chance explains: they are worth about {:.2} times what \
             they say.",
            if advice.spread.is_some_and(|spread| spread > 1.0) { "more" } else { "less" },
            advice.spread.unwrap_or(1.0)
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

/// The card that the advice comes to, and where it is.
///
/// - `folder`: the folder it lies in, where that is known.
pub(crate) fn advised_sentences(advised: &AdvisedCard, folder: Option<&Path>) -> Vec<String> {
    let file = folder.map_or_else(|| advised.file.clone(), |folder| folder.join(&advised.file).display().to_string());
    match &advised.moved {
        None => vec![format!("The card in use lies beside the new one: {file}.")],
        Some(moved) => {
            let first = format!("The card in use with what its scores are worth now: {file}.");
            [first].into_iter().chain(moved_sentences(moved)).collect()
        }
    }
}

/// What a new curve has moved, in sentences.
pub(crate) fn moved_sentences(moved: &Moved) -> Vec<String> {
    let when = moved.first_as_of.as_deref().zip(moved.last_as_of.as_deref());
    let when =
        when.map_or_else(String::new, |(first, last)| format!(", handed off from {} to {}", day(first), day(last)));
    let learnt = format!(
        "What a score is worth was learnt anew from {}, of which {} converted{when}; no point has changed.",
        counted(moved.n_leads, "lead"),
        count(moved.n_converted)
    );
    let slope = match moved.slope {
        slope if (slope - 1.0).abs() < 0.005 => String::new(),
        slope => format!(", and scores lie {slope:.2} times as far apart"),
    };
    let odds = format!("The odds of the average lead are {:.2} times those predicted before{slope}.", moved.odds_times);
    let line = |line: &MovedLine| {
        let now = match line.now {
            Some(now) if now == line.before => format!("from {now} points, as before"),
            Some(now) => format!("from {now} points (before: {})", line.before),
            None => format!("nowhere any more (before: from {} points)", line.before),
        };
        let rule = line.rule.as_deref().map_or_else(|| "band".to_owned(), harmless);
        format!("{} ({rule}): {now}.", harmless(&line.name))
    };
    [learnt, odds].into_iter().chain(moved.lines.iter().map(line)).collect()
}

/// What `bantam recalibrate` prints: what has moved, whether anything asked for it, and where the card is.
pub(crate) fn shifted_report(shifted: &Shifted, advice: &Advice, notes: &[Note], path: &Path) -> String {
    let asked = match advice.action {
        Action::Shift => Vec::new(),
        Action::Keep | Action::Wait => vec![format!("Nothing asked for it: {}", advice.said)],
        Action::Refit => vec![format!("Moving what a score is worth may not be enough: {}", advice.said)],
    };
    joined([
        heading("The same points, and what they are worth now") + &lines("", moved_sentences(&shifted.moved)),
        lines("", asked),
        notes_section(notes, usize::MAX, |_| String::new()),
        wrapped("", &format!("The card: {}", path.display())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_advice_has_its_reason() {
        let mut advice = Advice {
            is_fresh: true,
            n_leads: 1_500,
            n_converted: 240,
            n_promised: 221.3,
            shift: 0.1,
            spread: Some(0.6),
            ..Advice::default()
        };
        let mut said = |action: Action, reason: AdviceReason| {
            (advice.action, advice.reason) = (action, reason);
            advice_sentences(&advice).join(" ")
        };
        let mut all = vec![
            said(Action::Wait, AdviceReason::TooFew),
            said(Action::Keep, AdviceReason::PromisesHold),
            said(Action::Shift, AdviceReason::AllLeadsAlike),
            said(Action::Refit, AdviceReason::SomeAnswers),
            said(Action::Refit, AdviceReason::OtherSpread),
            said(Action::Refit, AdviceReason::NewCardBetter),
            said(Action::Shift, AdviceReason::NewCardWorse),
        ];
        let nobody = Advice { n_leads: 0, is_fresh: true, ..Advice::default() };
        all.push(advice_sentences(&nobody).join(" "));
        insta::assert_snapshot!(all.join("\n"));
    }
}
