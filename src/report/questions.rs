//! What questions are worth, in sentences for summary and page.

use crate::analyses::questions::record::{AskingWorth, CriterionWorth, EnoughQuestions, QuestionMetrics};
use crate::decide::frontier::Per;
use crate::notes::in_words;
use crate::render::page::elements::per_words;
use crate::render::words::{amount, counted, ends, harmless, signed};

/// Most criteria that a sentence names.
const MAX_NAMED: usize = 3;

/// How many questions are enough, which bring most, which nothing, and where asking pays; all at the first line but the
/// first sentences.
pub(super) fn question_sentences(questions: &QuestionMetrics, per: Per) -> Vec<String> {
    let mut sentences: Vec<String> = questions.enough.iter().map(enough_sentence).collect();
    sentences.extend(worth_sentences(questions, per));
    sentences.extend(best_to_ask(questions).map(|(criterion, asking)| asking_sentence(criterion, asking, per)));
    sentences
}

/// "selective: 6 criteria, 4 of them asked, bring 97 % of the wins of all 16 (9 asked)."
pub(super) fn enough_sentence(enough: &EnoughQuestions) -> String {
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
fn worth_sentences(questions: &QuestionMetrics, per: Per) -> Vec<String> {
    let Some(line) = questions.lines.first() else { return Vec::new() };
    let gains = || questions.criteria.iter().filter_map(|criterion| Some((criterion, criterion.at.first()?.gain)));
    let (sure, unsure): (Vec<_>, Vec<_>) = gains().partition(|(_, gain)| gain.low > 0.0);
    let policy = harmless(&line.policy);
    let named: Vec<String> = (sure.iter().take(MAX_NAMED))
        .map(|(criterion, gain)| {
            format!(
                "{} {} ({})",
                harmless(&criterion.criterion),
                signed(gain.expected),
                ends(gain.low, gain.high, signed)
            )
        })
        .collect();
    let mut sentences = Vec::new();
    if !named.is_empty() {
        sentences.push(format!(
            "{policy}: wins {} that would be lost without a criterion: {}; 90 % sure of what stands in brackets.",
            per_words(per),
            in_words(&named, "and")
        ));
    }
    if !unsure.is_empty() {
        let to_ask = unsure.iter().filter(|(criterion, _)| criterion.is_asked).count();
        sentences.push(format!(
            "{policy}: {} of {} {} no win that chance could not explain, {to_ask} of them to ask.",
            unsure.len(),
            counted(questions.criteria.len() as u64, "criterion"),
            if unsure.len() == 1 { "shows" } else { "show" }
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

/// "Ask budget of leads with 41 to 63 points where it is unknown: 120 a month of 400. 1.4 (0.3-2.5) more wins a month."
pub(super) fn asking_sentence(criterion: &CriterionWorth, asking: &AskingWorth, per: Per) -> String {
    let name = harmless(&criterion.criterion);
    let per = per_words(per);
    let (Some(from), Some(to)) = (asking.score_from, asking.score_to) else {
        return format!("{name}: no answer would move any lead across the line.");
    };
    format!(
        "Where {name} is unknown, ask it only of leads with {from} to {to} points, {} {per} of {}: {} ({}) more wins {per}.",
        amount(asking.worth_asking_per),
        amount(asking.unknown_per),
        signed(asking.wins.expected),
        ends(asking.wins.low, asking.wins.high, signed)
    )
}

/// A company's questions as a run could have found them.
#[cfg(test)]
pub(super) fn example(policies: &[crate::decide::frontier::Resolved]) -> QuestionMetrics {
    use crate::analyses::questions::record::{PathRung, PathWins, QuestionLine, WorthAtLine};
    use crate::decide::forecast::record::Estimate;

    let lines: Vec<QuestionLine> = (policies.iter())
        .map(|policy| QuestionLine {
            policy: policy.name.clone(),
            threshold: policy.threshold,
            leads_per: policy.chosen.leads_per,
        })
        .collect();
    let about = |expected: f64, half: f64| Estimate { expected, low: expected - half, high: expected + half };
    let asking = AskingWorth {
        unknown_per: 82.0,
        worth_asking_per: 31.5,
        score_from: Some(18),
        score_to: Some(44),
        wins: about(0.9, 0.6),
        wins_per_100: Some(about(2.9, 1.9)),
        holds: about(0.94, 0.2),
        odds_of_unknown: 0.81,
        n_answers: 2_124,
        n_unknown: 1_476,
    };
    let criterion = |name: &str, is_asked: bool, points_range: i32, gain: f64, asking: Option<AskingWorth>| {
        let at = policies.iter().map(|policy| WorthAtLine {
            wins_with: policy.chosen.wins_per,
            wins_without: policy.chosen.wins_per - gain,
            gain: about(gain, 0.8),
            asking,
        });
        let n_unknown = asking.map_or(0, |asking| asking.n_unknown);
        CriterionWorth { criterion: name.to_owned(), is_asked, points_range, n_unknown, at: at.collect() }
    };
    let rung = |n_criteria: usize, n_asked: usize, enter: &[&str], behind: f64| PathRung {
        n_criteria,
        n_asked,
        enter: enter.iter().map(|name| (*name).to_owned()).collect(),
        leave: Vec::new(),
        log_loss: 0.33 + behind / 100.0,
        auc: 0.75 - behind / 50.0,
        at: (policies.iter())
            .map(|policy| PathWins { wins: policy.chosen.wins_per - behind, behind_best: behind, behind_best_se: 0.4 })
            .collect(),
    };
    QuestionMetrics {
        n_judged: 3_600,
        n_converted: 420,
        criteria: vec![
            criterion("budget", true, 40, 4.2, Some(asking)),
            criterion("clicks_30d", false, 30, 1.1, None),
            criterion("region", true, 10, 0.1, None),
        ],
        n_not_priced: 0,
        path: vec![rung(1, 1, &["budget"], 1.5), rung(2, 1, &["clicks_30d"], 0.3), rung(3, 2, &["region"], 0.0)],
        enough: (policies.iter())
            .map(|policy| EnoughQuestions {
                policy: policy.name.clone(),
                n_criteria: 2,
                n_asked: 1,
                n_all: 3,
                n_all_asked: 2,
                share_of_wins: 1.0 - 0.3 / policy.chosen.wins_per,
            })
            .collect(),
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::company;

    #[test]
    fn what_questions_are_worth_reads_as_sentences() {
        let company = company();
        let questions = example(&company.policies);
        assert_eq!(
            question_sentences(&questions, company.frontier.per),
            [
                "selective: 2 criteria (1 to ask) bring 98 % of the wins of all 3 (2 to ask).",
                "wide: 2 criteria (1 to ask) bring 99 % of the wins of all 3 (2 to ask).",
                "selective: wins a month that would be lost without a criterion: budget 4.2 (3.4-5) and clicks_30d 1.1 \
                 (0.3-1.9); 90 % sure of what stands in brackets.",
                "selective: 1 of 3 criteria shows no win that chance could not explain, 1 of them to ask.",
                "Where budget is unknown, ask it only of leads with 18 to 44 points, 31.5 a month of 82: 0.9 (0.3-1.5) more \
                 wins a month.",
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
        let said = asking_sentence(&criterion, &AskingWorth::default(), Per::ThousandLeads);
        assert_eq!(said, "need: no answer would move any lead across the line.");
    }
}
