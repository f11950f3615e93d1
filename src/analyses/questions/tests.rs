//! Tiny cases worked out the long way, and companies whose answers are known.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::math::{LogOddsLine, logistic};
use crate::measures::Estimate;
use crate::model::curve::CurvePrior;

fn line(policy: &str, share: f64) -> Line {
    Line { policy: policy.to_owned(), threshold: 0, share }
}

fn curve(intercept: f64, slope: f64) -> Curve {
    Curve::of_card(LogOddsLine { intercept, slope }, CurvePrior::SAME_PERIOD)
}

/// Wins of the best `n_wanted` leads, on average over every order in which tied leads could stand.
fn wins_over_all_orders(scores: &[i32], converted: &[bool], n_wanted: usize) -> f64 {
    fn orders(n: usize) -> Vec<Vec<usize>> {
        match n {
            0 => vec![Vec::new()],
            _ => (orders(n - 1).iter())
                .flat_map(|order| {
                    (0..n).map(move |at| {
                        let mut longer = order.clone();
                        longer.insert(at, n - 1);
                        longer
                    })
                })
                .collect(),
        }
    }
    let all = orders(scores.len());
    let wins = all.iter().map(|order| {
        let mut ranked = order.clone();
        ranked.sort_by_key(|&lead| std::cmp::Reverse(scores[lead]));
        ranked[..n_wanted].iter().filter(|&&lead| converted[lead]).count() as f64
    });
    wins.sum::<f64>() / all.len() as f64
}

#[test]
fn wins_with_and_without_are_those_of_every_order_of_tied_leads() {
    let converted = [true, false, true, false, true, false, false];
    let (with, without) = ([9, 9, 7, 7, 7, 2, 1], [4, 4, 4, 4, 8, 8, 1]);
    let judged = Judged {
        converted: converted.to_vec(),
        with: with.to_vec(),
        criteria: vec![JudgedCriterion {
            name: "need".to_owned(),
            is_asked: true,
            points_range: 8,
            without: without.to_vec(),
            answers: vec![Some(0); 7],
        }],
        path: Vec::new(),
    };
    for n_wanted in 1..7 {
        let lines = [line("some", n_wanted as f64 / 7.0)];
        let found = measure(&judged, &curve(-1.0, 0.1), &lines, 1.0).expect("leads");
        let at = found.criteria[0].at[0];
        assert!((at.wins_with - wins_over_all_orders(&with, &converted, n_wanted)).abs() < 1e-9, "{n_wanted}: {at:?}");
        let without = wins_over_all_orders(&without, &converted, n_wanted);
        assert!((at.wins_without - without).abs() < 1e-9, "{n_wanted}: {at:?}");
        assert_eq!(at.asking, None, "seven leads say nothing about asking");
    }
}

#[test]
fn nothing_is_said_without_leads_lines_or_criteria() {
    let lines = [line("all", 0.5)];
    assert_eq!(measure(&Judged::default(), &curve(0.0, 0.1), &lines, 1.0), None);
    let judged = Judged { converted: vec![true], with: vec![1], ..Judged::default() };
    assert_eq!(measure(&judged, &curve(0.0, 0.1), &lines, 1.0), None);
}

#[test]
fn the_smallest_card_within_a_standard_error_of_the_best_is_enough() {
    // The card of two criteria knows what that of three does but for a point; that of one knows nothing.
    let n_leads = 2_000;
    let quality = |lead: i32| lead * 37 % 101;
    let size = |n_criteria: usize, score_of: &dyn Fn(i32) -> i32| JudgedSize {
        rung: PathRung { n_criteria, n_asked: n_criteria, ..PathRung::default() },
        scores: (0..n_leads).map(score_of).collect(),
        losses: vec![0.1; 2_000],
    };
    let criterion =
        JudgedCriterion { without: vec![0; 2_000], answers: vec![Some(0); 2_000], ..JudgedCriterion::default() };
    let judged = Judged {
        with: (0..n_leads).map(quality).collect(),
        criteria: vec![criterion],
        path: vec![size(1, &|lead| lead * 53 % 97), size(2, &|lead| quality(lead) + lead % 3 - 1), size(3, &quality)],
        converted: (0..n_leads).map(|lead| lead * 617 % 1_000 < 5 * quality(lead)).collect(),
    };
    let found = measure(&judged, &curve(-1.0, 0.1), &[line("quarter", 0.25)], 4.0).expect("leads");
    let first = found.path[0].at[0];
    assert!(first.behind_best > 4.0 * first.behind_best_se && first.behind_best_se > 0.0, "{first:?}");
    assert_eq!((found.enough[0].n_criteria, found.enough[0].n_all), (2, 3), "{:?}", found.path);
    assert!((found.enough[0].share_of_wins - 1.0).abs() < 0.02);
    assert!((found.path[0].log_loss - 0.1).abs() < 1e-12 && found.path[2].auc > 0.6);
}

/// Ten scores; of every ten leads with one, six answer (two "no", three "perhaps", one "yes") and four were not asked.
fn ten_scores() -> (Vec<i32>, Vec<Option<i32>>, Vec<bool>) {
    let (mut scores, mut answers, mut converted) = (Vec::new(), Vec::new(), Vec::new());
    for base in (0..50).step_by(5) {
        for (at, answer) in [-6, -6, 0, 0, 0, 9].into_iter().enumerate() {
            scores.push(base + answer);
            answers.push(Some(answer));
            converted.push((at as i32 * 7 + base) % 11 < 2 + base / 10 + answer / 4);
        }
        scores.extend([base; 4]);
        answers.extend([None; 4]);
        converted.extend([false; 4]);
    }
    (scores, answers, converted)
}

#[test]
fn asking_is_worth_what_asking_every_lead_in_every_way_is_worth() {
    let (scores, answers, converted) = ten_scores();
    let curve = curve(-2.5, 0.08);
    let chance = |score: f64| logistic(-2.5 + 0.08 * score);
    let asked = AnswerImputation::count(&scores, &answers, &converted, &curve).expect("answers");
    // Six copies of every lead; of the 24 at each score that were not asked, 8 answer "no", 12 "perhaps", 4 "yes".
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (&score, answer) in scores.iter().zip(&answers) {
        if answer.is_some() {
            before.extend([chance(f64::from(score)); 6]);
            after.extend([chance(f64::from(score)); 6]);
        }
    }
    for base in (0..50).step_by(5) {
        let own = chance(f64::from(base));
        let would = [vec![-6; 8], vec![0; 12], vec![9; 4]].concat();
        let mean_at = |shift: f64| {
            let of = |answer: &i32| logistic(-2.5 + 0.08 * f64::from(base + answer) + shift);
            would.iter().map(of).sum::<f64>() / 24.0
        };
        let (mut low, mut high) = (-5.0, 5.0);
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            if mean_at(middle) < own { low = middle } else { high = middle }
        }
        before.extend([own; 24]);
        after.extend(would.iter().map(|answer| logistic(-2.5 + 0.08 * f64::from(base + answer) + low)));
    }
    let best = |mut chances: Vec<f64>, n: usize| {
        chances.sort_by(|a, b| b.total_cmp(a));
        chances[..n].iter().sum::<f64>()
    };
    for n_wanted in [3, 20, 47, 80] {
        let worked_out = (best(after.clone(), 6 * n_wanted) - best(before.clone(), 6 * n_wanted)) / 6.0;
        let found = asked.gain(n_wanted as f64, 1.0).wins;
        assert!((found - worked_out).abs() < 1e-9, "{n_wanted}: {found} {worked_out}");
        assert!(found >= 0.0);
    }
    let all = asking(&asked, 100.0, 1.0);
    assert_eq!(all, None, "who takes all leads need not ask");
}

#[test]
fn asking_is_worth_it_only_around_the_line() {
    let (scores, answers, converted) = ten_scores();
    let asked = AnswerImputation::count(&scores, &answers, &converted, &curve(-2.5, 0.08)).expect("answers");
    let found = asking(&asked, 30.0, 0.5).expect("a line");
    assert_eq!((found.unknown_per, found.n_unknown, found.n_answers), (20.0, 40, 60));
    let (from, to) = (found.score_from.expect("some"), found.score_to.expect("some"));
    // The line lies at about 31 points; answers add up to 9 and take away up to 6.
    assert!((22..=31).contains(&from) && (31..=40).contains(&to), "{found:?}");
    assert_eq!(found.worth_asking_per, f64::from((to - from) / 5 + 1) * 4.0 * 0.5);
    let per_100 = found.wins_per_100.expect("some").expected;
    assert!((per_100 - found.wins.expected / found.worth_asking_per * 100.0).abs() < 1e-9);
}

#[test]
fn too_few_or_equal_answers_say_nothing() {
    let (scores, answers, converted) = ten_scores();
    let curve = curve(-2.5, 0.08);
    assert_eq!(
        AnswerImputation::count(&scores, &vec![Some(0); 100], &converted, &curve),
        None,
        "nobody is left to ask"
    );
    let same: Vec<Option<i32>> = answers.iter().map(|answer| answer.map(|_| 0)).collect();
    assert_eq!(AnswerImputation::count(&scores, &same, &converted, &curve), None, "answers that do not differ");
    assert_eq!(AnswerImputation::count(&scores, &answers, &[false; 100], &curve), None, "nobody converted");
}

/// A company that did not ask 40 % of its leads, at random. What the rest of the card says, and what an answer adds, is
/// in points of a tenth of a log-odd; the card takes `seen` points for an answer that is worth `truth`.
struct Company {
    truth: [f64; 4],
    seen: [i32; 4],
    /// Points of a lead without an answer.
    missing: i32,
}

const INTERCEPT: f64 = -2.2;

/// A made-up lead: score as it stands, score with the answer, answer if known, chance.
type Drawn = (i32, i32, Option<i32>, f64);

impl Company {
    fn lead(&self, rng: &mut ChaCha8Rng) -> Drawn {
        let rest = (0..6).map(|_| rng.random_range(-6..=6)).sum::<i32>();
        let answer = rng.random_range(0..4);
        let chance = logistic(INTERCEPT + (f64::from(rest) + self.truth[answer]) / 10.0);
        let is_known = rng.random::<f64>() >= 0.4;
        let with_answer = rest + self.seen[answer];
        let score = if is_known { with_answer } else { rest + self.missing };
        (score, with_answer, is_known.then_some(self.seen[answer] - self.missing), chance)
    }

    /// What asking is promised to bring per 1,000 leads, at the volume of a fifth.
    fn promise(&self, n_leads: usize, rng: &mut ChaCha8Rng) -> AskedFor {
        let (mut scores, mut answers, mut converted) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..n_leads {
            let (score, _, answer, chance) = self.lead(rng);
            scores.push(score);
            answers.push(answer);
            converted.push(rng.random::<f64>() < chance);
        }
        let asked = AnswerImputation::count(&scores, &answers, &converted, &curve(INTERCEPT, 0.1)).expect("answers");
        let found = asking(&asked, 0.2 * n_leads as f64, 1_000.0 / n_leads as f64).expect("a line");
        AskedFor {
            wins: found.wins,
            holds: found.holds.expected,
            odds_of_unknown: found.odds_of_unknown,
            wins_as_the_card_says: asked.gain(0.2 * n_leads as f64, 1.0).wins * 1_000.0 / n_leads as f64,
        }
    }

    /// What revealing all answers really brings per 1,000 leads.
    fn truth_of_asking(&self, rng: &mut ChaCha8Rng) -> f64 {
        let leads: Vec<_> = (0..200_000).map(|_| self.lead(rng)).collect();
        let best = |score_of: &dyn Fn(&Drawn) -> i32| {
            let mut by_score = std::collections::BTreeMap::<i32, (f64, f64)>::new();
            for lead in &leads {
                let sum = by_score.entry(score_of(lead)).or_default();
                *sum = (sum.0 + 1.0, sum.1 + lead.3);
            }
            let (mut left, mut wins) = (40_000.0, 0.0);
            for (n, won) in by_score.values().rev() {
                let taken = f64::min(left, *n);
                wins += won * taken / n;
                left -= taken;
            }
            wins / 200.0
        };
        best(&|lead| lead.1) - best(&|lead| lead.0)
    }
}

struct AskedFor {
    wins: Estimate,
    holds: f64,
    odds_of_unknown: f64,
    /// Wins if answers were worth what the card says.
    wins_as_the_card_says: f64,
}

#[test]
fn what_asking_promises_comes_when_the_answers_are_revealed() {
    let company = Company { truth: [-9.0, -2.0, 3.0, 12.0], seen: [-9, -2, 3, 12], missing: 3 };
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let truth = company.truth_of_asking(&mut rng);
    assert!(truth > 4.0, "{truth}");
    let promised = company.promise(40_000, &mut rng);
    assert!((promised.wins.expected / truth - 1.0).abs() < 0.1, "{} {truth}", promised.wins.expected);
    assert!((promised.holds - 1.0).abs() < 0.1 && (promised.odds_of_unknown - 1.0).abs() < 0.1);
    let n_histories = 60;
    let n_held = (0..n_histories)
        .filter(|_| {
            let wins = company.promise(2_000, &mut rng).wins;
            wins.low <= truth && truth <= wins.high
        })
        .count();
    // 54 are expected; the standard error of the count is 2.3.
    assert!(n_held >= 47, "{n_held} of {n_histories}");
}

#[test]
fn asking_what_the_card_took_for_an_answer_by_accident_brings_nothing() {
    let company = Company { truth: [0.0; 4], seen: [-3, -1, 1, 3], missing: 0 };
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let truth = company.truth_of_asking(&mut rng);
    assert!((-1.5..0.0).contains(&truth), "{truth}");
    let promises: Vec<AskedFor> = (0..60).map(|_| company.promise(2_000, &mut rng)).collect();
    let n_held = promises.iter().filter(|found| found.wins.low <= truth && truth <= found.wins.high).count();
    assert!(n_held >= 47, "{n_held} of 60");
    let mean = promises.iter().map(|found| found.wins.expected).sum::<f64>() / 60.0;
    assert!((mean - truth).abs() < 0.5, "{mean} {truth}");
    // Taken at its word, the card would promise wins every time.
    assert!(promises.iter().all(|found| found.wins_as_the_card_says > 0.3));
}
