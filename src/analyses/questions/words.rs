//! What questions are worth, in sentences for summary and page.

use super::record::{AskingWorth, CriterionWorth, EnoughQuestions, PathRung, QuestionMetrics};
use crate::analyses::about::About;
use crate::notes::in_words;
use crate::render::words::{amount, counted, ends, harmless, signed};

/// Most criteria that a sentence names.
const MAX_NAMED: usize = 3;

/// How many questions are enough, which bring most, which nothing, and where asking pays; all at the first line but the
/// first sentences.
pub(super) fn question_sentences(questions: &QuestionMetrics, about: &About<'_>) -> Vec<String> {
    let ladder = |at: usize| ladder_sentence(questions, at).unwrap_or_else(|| enough_sentence(&questions.enough[at]));
    let mut sentences: Vec<String> = (0..questions.enough.len()).map(ladder).collect();
    sentences.extend(worth_sentences(questions, about));
    sentences.extend(best_to_ask(questions).map(|(criterion, asking)| asking_sentence(criterion, asking, about)));
    sentences
}

/// Criteria of the cards that a sentence names.
const RUNGS: [usize; 4] = [3, 5, 7, 10];

/// "selective: 3 criteria bring 86 % of the wins, 7 bring 98 %, all 16 bring 100 %; 6 are enough."; `None` for a card of so few criteria
/// that there is nothing between.
fn ladder_sentence(questions: &QuestionMetrics, line: usize) -> Option<String> {
    let enough = &questions.enough[line];
    let all = questions.path.last()?.at.get(line)?.wins;
    let rungs = questions.path.iter().filter(|rung| RUNGS.contains(&rung.n_criteria) && rung.n_criteria < enough.n_all);
    let share = |rung: &PathRung| Some((rung.n_criteria, 100.0 * rung.at.get(line)?.wins / all));
    let shares: Vec<(usize, f64)> = rungs.filter_map(share).collect();
    let ((first, share), rest) = shares.split_first().filter(|_| all > 0.0)?;
    let rest: String = rest.iter().map(|(n, share)| format!(", {n} bring {share:.0} %")).collect();
    let is_enough = match enough.n_criteria {
        n if n < enough.n_all => format!("; {n} do as well as any card, but for chance"),
        _ => String::new(),
    };
    Some(format!(
        "{}: {first} criteria bring {share:.0} % of the wins{rest}, all {} bring 100 %{is_enough}.",
        harmless(&enough.policy),
        enough.n_all
    ))
}

/// "selective: 6 criteria, 4 of them asked, bring 97 % of the wins of all 16 (9 asked)."
fn enough_sentence(enough: &EnoughQuestions) -> String {
    let name = harmless(&enough.policy);
    if enough.n_all <= 1 {
        return format!("{name}: the card has one criterion; without it leads are drawn by lot.");
    }
    if enough.n_criteria >= enough.n_all {
        return format!(
            "{name}: no smaller card brings as many wins as all {}.",
            counted(enough.n_all as u64, "criterion")
        );
    }
    let brings = if enough.n_criteria == 1 { "brings" } else { "bring" };
    format!(
        "{name}: {} ({} to ask) {brings} {:.0} % of the wins of all {} ({} to ask).",
        counted(enough.n_criteria as u64, "criterion"),
        enough.n_asked,
        enough.share_of_wins * 100.0,
        enough.n_all,
        enough.n_all_asked
    )
}

/// Which criteria win most at the first line, and which show no win.
fn worth_sentences(questions: &QuestionMetrics, about: &About<'_>) -> Vec<String> {
    let Some(line) = questions.lines.first() else { return Vec::new() };
    let gains = || questions.criteria.iter().filter_map(|criterion| Some((criterion, criterion.at.first()?.gain)));
    let (sure, unsure): (Vec<_>, Vec<_>) = gains().partition(|(_, gain)| gain.low > 0.0);
    let policy = harmless(&line.policy);
    let named: Vec<String> = (sure.iter().take(MAX_NAMED))
        .map(|(criterion, gain)| {
            format!(
                "{} {} ({})",
                harmless(about.card.shown_name(&criterion.criterion)),
                signed(gain.expected),
                ends(gain.low, gain.high, signed)
            )
        })
        .collect();
    let mut sentences = Vec::new();
    if !named.is_empty() {
        sentences.push(format!(
            "{policy}: wins {} that would be lost without a criterion: {}; 90 % sure of what stands in brackets.",
            about.per.words(),
            in_words(&named, "and")
        ));
    }
    if !unsure.is_empty() {
        let to_ask = unsure.iter().filter(|(criterion, _)| criterion.is_asked).count();
        sentences.push(format!(
            "{policy}: {} of {} cannot be shown to help; {} somebody asks.",
            unsure.len(),
            counted(questions.criteria.len() as u64, "criterion"),
            match to_ask {
                1 => "1 of them is a question".to_owned(),
                n => format!("{n} of them are questions"),
            },
        ));
    }
    sentences
}

/// The question that is worth most where nobody has asked it, at the first line.
fn best_to_ask(questions: &QuestionMetrics) -> Option<(&CriterionWorth, &AskingWorth)> {
    let asked = questions.criteria.iter().filter(|criterion| criterion.is_asked);
    let worth = asked.filter_map(|criterion| Some((criterion, criterion.at.first()?.asking.as_ref()?)));
    worth.filter(|(_, asking)| asking.wins.low > 0.0).max_by(|a, b| a.1.wins.expected.total_cmp(&b.1.wins.expected))
}

/// Fewer wins a month, or of 1,000 leads, are hardly worth a round of calls.
const HARDLY_A_WIN: f64 = 0.5;

/// "Calling back for a missing budget gains 1.4 (0.3-2.5) wins a month. It can matter from 41 to 63 points: 120 of the 400 leads
/// a month without it."
fn asking_sentence(criterion: &CriterionWorth, asking: &AskingWorth, about: &About<'_>) -> String {
    let name = harmless(about.card.shown_name(&criterion.criterion));
    let per = about.per.words();
    let (Some(from), Some(to)) = (asking.score_from, asking.score_to) else {
        return format!("{name}: no answer would move any lead across the line.");
    };
    let hardly = if asking.wins.expected < HARDLY_A_WIN { ": hardly worth it" } else { "" };
    format!(
        "Calling back for a missing {name} gains {} ({}) wins {per}{hardly}. It can matter from {from} to {to} points: {} of the {} {} \
         without it.",
        signed(asking.wins.expected),
        ends(asking.wins.low, asking.wins.high, signed),
        amount(asking.worth_asking_per),
        amount(asking.unknown_per),
        about.per.leads_words()
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{example, lines};
    use super::*;
    use crate::card::Card;
    use crate::card::tests::example_card;
    use crate::decide::frontier::Per;

    fn about(card: &Card, per: Per) -> About<'_> {
        About { card, per, folder: None, offset_spread: None }
    }

    #[test]
    fn what_questions_are_worth_reads_as_sentences() {
        assert_eq!(
            question_sentences(&example(&lines()), &about(&example_card(), Per::Month { n_months: 18.0 })),
            [
                "selective: 2 criteria (1 to ask) bring 98 % of the wins of all 3 (2 to ask).",
                "wide: 2 criteria (1 to ask) bring 99 % of the wins of all 3 (2 to ask).",
                "selective: wins a month that would be lost without a criterion: budget 4.2 (3.4-5) and clicks_30d 1.1 \
                 (0.3-1.9); 90 % sure of what stands in brackets.",
                "selective: 1 of 3 criteria cannot be shown to help; 1 of them is a question somebody asks.",
                "Calling back for a missing budget gains 0.9 (0.3-1.5) wins a month. It can matter from 18 to 44 points: 31.5 \
                 of the 82 leads a month without it.",
            ]
        );
    }

    #[test]
    fn a_card_that_needs_all_its_criteria_and_an_answer_that_moves_nobody_are_said() {
        let enough = EnoughQuestions {
            policy: "wide".to_owned(),
            n_criteria: 3,
            n_asked: 2,
            n_all: 3,
            n_all_asked: 2,
            share_of_wins: 1.0,
        };
        assert_eq!(enough_sentence(&enough), "wide: no smaller card brings as many wins as all 3 criteria.");
        let one = EnoughQuestions { n_criteria: 1, n_all: 1, ..enough };
        assert_eq!(enough_sentence(&one), "wide: the card has one criterion; without it leads are drawn by lot.");
        let criterion = CriterionWorth { criterion: "need".to_owned(), ..CriterionWorth::default() };
        let said = asking_sentence(&criterion, &AskingWorth::default(), &about(&example_card(), Per::ThousandLeads));
        assert_eq!(said, "need: no answer would move any lead across the line.");
    }
}
