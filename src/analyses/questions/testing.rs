//! Questions for tests.

use super::record::{
    AskingWorth, CriterionWorth, EnoughQuestions, PathRung, PathWins, QuestionLine, QuestionMetrics, WorthAtLine,
};
use crate::decide::forecast::record::Estimate;

/// A line, and what the whole card wins there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LineWins {
    pub(crate) line: QuestionLine,
    pub(crate) wins_per: f64,
}

/// Two lines to ask at.
pub(super) fn lines() -> Vec<LineWins> {
    let line = |policy: &str, threshold, leads_per, wins_per| LineWins {
        line: QuestionLine { policy: policy.to_owned(), threshold, leads_per },
        wins_per,
    };
    vec![line("selective", 51, 50.0, 14.9), line("wide", 39, 100.0, 22.7)]
}

/// A company's questions as a run could have found them.
pub(crate) fn example(lines: &[LineWins]) -> QuestionMetrics {
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
        let at = lines.iter().map(|line| WorthAtLine {
            wins_with: line.wins_per,
            wins_without: line.wins_per - gain,
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
        at: (lines.iter())
            .map(|line| PathWins { wins: line.wins_per - behind, behind_best: behind, behind_best_se: 0.4 })
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
        enough: (lines.iter())
            .map(|line| EnoughQuestions {
                policy: line.line.policy.clone(),
                n_criteria: 2,
                n_asked: 1,
                n_all: 3,
                n_all_asked: 2,
                share_of_wins: 1.0 - 0.3 / line.wins_per,
            })
            .collect(),
        lines: lines.iter().map(|line| line.line.clone()).collect(),
    }
}
