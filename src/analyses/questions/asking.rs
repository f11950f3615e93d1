//! What asking brings: leads whose answer nobody knows are given the answers that others gave, and the best leads are
//! chosen anew.
//!
//! Assumed: who was not asked would answer like who was, at about the same score without the answer. Asking makes no
//! lead better: the chances that the answers give a lead are shifted together, in log-odds, until their mean is the
//! chance it has without one. So all that asking brings is to know which of them are the better ones.
//!
//! The shift orders the leads by what the card makes of an answer. What the answer is worth then may be more or less
//! than that: `kappa`, the slope of the card's points for the answers on judged leads with a known one. A card that
//! took noise for an answer has a `kappa` of about 0, and asking brings nothing.

use std::collections::BTreeMap;

use crate::analyses::questions::record::AskingWorth;
use crate::math::logistic;
use crate::measures::{Cutoff, Estimate, LineInformation, Steps, logistic_line, logistic_shift};
use crate::model::curve::Curve;

/// Fewest leads without an answer, and fewest with one, that say anything.
const MIN_LEADS: u64 = 30;
/// Fewest conversions and fewest others among leads with a known answer.
const MIN_OUTCOMES: f64 = 10.0;
/// Groups of leads with similar scores, in which answers are given out.
const N_GROUPS: u64 = 10;
/// An answer that fewer leads of a group give is none that a lead would be asked for.
const RARE: f64 = 0.01;
/// Chances closer than this are equal: what is left is rounding.
const SAME_CHANCE: f64 = 1e-9;

/// Leads by what is known of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerImputation {
    /// Leads with a known answer, by score without it and answer.
    known: Vec<KnownAnswer>,
    n_groups: usize,
    /// Leads without one, per score, lowest first.
    unknown: Vec<UnknownAnswer>,
    /// Slope of the card's points for the answers, and its standard error.
    kappa: (f64, f64),
    n_known: u64,
    n_unknown: u64,
}

/// Leads with one score and one answer.
#[derive(Debug, Clone, PartialEq)]
struct KnownAnswer {
    n: f64,
    chance: f64,
    /// Group of their score without the answer, and the answer's place among those of the group.
    group: usize,
    answer: usize,
}

/// Leads with one score and no answer, and what they would answer.
#[derive(Debug, Clone, PartialEq)]
struct UnknownAnswer {
    score: i32,
    n: f64,
    group: usize,
    /// Chance without an answer.
    chance: f64,
    /// Each answer's share, and its chance by the card.
    answers: Vec<(f64, f64)>,
    /// What each answer adds in log-odds, before the shift.
    added: Vec<f64>,
    log_odds: f64,
    /// Shift that keeps the mean chance, where answers hold as the card says.
    shift: f64,
}

impl AnswerImputation {
    /// Counts the leads; `None` where too few of them have an answer, or have none, or the answers do not differ.
    ///
    /// - `scores`, `answers`, `converted`: one entry per lead; an answer is its points less those of no answer.
    pub fn count(scores: &[i32], answers: &[Option<i32>], converted: &[bool], curve: &Curve) -> Option<Self> {
        // Score without the answer, answer: leads and conversions.
        let mut known = BTreeMap::<(i32, i32), (f64, f64)>::new();
        let mut unknown = BTreeMap::<i32, f64>::new();
        for ((&score, answer), &won) in scores.iter().zip(answers).zip(converted) {
            match answer {
                Some(answer) => {
                    let count = known.entry((score - answer, *answer)).or_default();
                    count.0 += 1.0;
                    count.1 += f64::from(u8::from(won));
                }
                None => *unknown.entry(score).or_default() += 1.0,
            }
        }
        let (n_known, n_won) = known.values().fold((0.0, 0.0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let n_unknown: f64 = unknown.values().sum();
        let is_enough = n_known >= MIN_LEADS as f64
            && n_unknown >= MIN_LEADS as f64
            && n_won >= MIN_OUTCOMES
            && n_known - n_won >= MIN_OUTCOMES;
        if !is_enough {
            return None;
        }
        let log_odds = |score: i32| curve.log_odds(f64::from(score)).0;
        let kappa = slope_of_answers(&known, log_odds)?;
        let groups = groups_of(&known, n_known);
        let unknown = unknown.into_iter().map(|(score, n)| {
            let at = group_at(&groups, score);
            UnknownAnswer::new(score, n, at, &groups[at], log_odds)
        });
        let to_known = |(&(base, answer), &(n, _)): (&(i32, i32), &(f64, f64))| {
            let group = group_at(&groups, base);
            let answer_at = groups[group].answers.iter().position(|(known, _)| *known == answer).unwrap_or(0);
            KnownAnswer { n, chance: logistic(log_odds(base + answer)), group, answer: answer_at }
        };
        Some(Self {
            unknown: unknown.collect(),
            known: known.iter().map(to_known).collect(),
            n_groups: groups.len(),
            kappa,
            n_known: n_known as u64,
            n_unknown: n_unknown as u64,
        })
    }

    /// Wins added at a volume, in leads of the count, if answers are worth `kappa` times what the card says.
    pub(super) fn gain(&self, wanted: f64, kappa: f64) -> Gain {
        let n_leads = (self.n_known + self.n_unknown) as f64;
        let wanted = wanted.min(n_leads);
        let values: Vec<Vec<f64>> = self.unknown.iter().map(|unknown| unknown.worth(kappa)).collect();
        let known = || self.known.iter().map(|known| (known.chance, known.n));
        let before =
            Cutoff::of_best(known().chain(self.unknown.iter().map(|unknown| (unknown.chance, unknown.n))), wanted);
        let asked = self
            .unknown
            .iter()
            .flat_map(|unknown| unknown.answers.iter().map(move |&(share, chance)| (chance, share * unknown.n)));
        let after = Cutoff::of_best(known().chain(asked), wanted);
        let place = wanted / n_leads;
        let (mut wins, mut sum, mut sum_of_squares) = (0.0, 0.0, 0.0);
        let mut add = |n: f64, gained: f64, says: f64, share_before: f64, share_after: f64| {
            wins += n * gained;
            let influence = gained + says + after.at * (place - share_after) - before.at * (place - share_before);
            sum += n * influence;
            sum_of_squares += n * influence * influence;
        };
        let says = self.what_answers_say(&values, &after);
        for known in &self.known {
            let (share_before, share_after) = (before.share_of(known.chance), after.share_of(known.chance));
            let says = says[known.group].get(known.answer).copied().unwrap_or(0.0);
            add(known.n, (share_after - share_before) * known.chance, says, share_before, share_after);
        }
        for (unknown, values) in self.unknown.iter().zip(&values) {
            let (mut share_after, mut worth) = (0.0, 0.0);
            for (&(share, chance), value) in unknown.answers.iter().zip(values) {
                share_after += share * after.share_of(chance);
                worth += share * after.share_of(chance) * value;
            }
            let share_before = before.share_of(unknown.chance);
            add(unknown.n, worth - share_before * unknown.chance, 0.0, share_before, share_after);
        }
        Gain { wins, variance: (sum_of_squares - sum * sum / n_leads).max(0.0), line: after.at }
    }

    /// What one more lead with a known answer would change about the gain, per group and answer, because it changes
    /// what the leads without one would say.
    ///
    /// With `w`, `v` and `s` the share, worth and chosen share of each answer of the leads at one score, `p` their
    /// chance and `m` that of a lead at the line: an answer `a` that becomes a little more common adds `s_a (v_a - m) -
    /// sum w s (v - m) - (v_a - p) sum w s v (1 - v) / sum w v (1 - v)`; the last term is the shift that keeps `p`.
    fn what_answers_say(&self, values: &[Vec<f64>], after: &Cutoff<f64>) -> Vec<Vec<f64>> {
        let mut n_known = vec![0.0; self.n_groups];
        self.known.iter().for_each(|known| n_known[known.group] += known.n);
        let mut says: Vec<Vec<f64>> = vec![Vec::new(); self.n_groups];
        for (unknown, values) in self.unknown.iter().zip(values) {
            let (mut mean, mut chosen_slope, mut slope) = (0.0, 0.0, 0.0);
            for (&(share, chance), v) in unknown.answers.iter().zip(values) {
                let chosen = after.share_of(chance);
                mean += share * chosen * (v - after.at);
                chosen_slope += share * chosen * v * (1.0 - v);
                slope += share * v * (1.0 - v);
            }
            let says = &mut says[unknown.group];
            says.resize(values.len(), 0.0);
            for ((says, &(_, chance)), v) in says.iter_mut().zip(&unknown.answers).zip(values) {
                let own = after.share_of(chance) * (v - after.at);
                let by_shift = (v - unknown.chance) * chosen_slope / slope.max(1e-12);
                *says += unknown.n / n_known[unknown.group] * (own - mean - by_shift);
            }
        }
        says
    }
}

pub(super) struct Gain {
    pub(super) wins: f64,
    /// Of the count of wins, because other leads may come.
    variance: f64,
    /// Chance at the line, once answers are known.
    line: f64,
}

/// What asking brings at a volume of `wanted` leads of the count; `per` turns counts into a month's. `None` where there
/// is no line: all leads are taken.
///
/// The interval adds two errors up: how far the answers hold (`kappa`), and which leads happen to come and what they
/// happen to answer. It rests on the assumption at the head of this file.
pub fn asking(asked: &AnswerImputation, wanted: f64, per: f64) -> Option<AskingWorth> {
    if wanted >= (asked.n_known + asked.n_unknown) as f64 {
        return None;
    }
    let (kappa, error) = asked.kappa;
    let gain = asked.gain(wanted, kappa);
    let by_kappa = (asked.gain(wanted, kappa + error).wins - asked.gain(wanted, kappa - error).wins) / 2.0;
    let wins = Estimate::normal(gain.wins, (by_kappa * by_kappa + gain.variance).sqrt());
    let movable: Vec<&UnknownAnswer> = asked.unknown.iter().filter(|unknown| unknown.may_cross(gain.line)).collect();
    let n_movable: f64 = movable.iter().map(|unknown| unknown.n).sum();
    let shifts: f64 = asked.unknown.iter().map(|unknown| unknown.n * unknown.shift).sum();
    Some(AskingWorth {
        unknown_per: asked.n_unknown as f64 * per,
        worth_asking_per: n_movable * per,
        score_from: movable.first().map(|unknown| unknown.score),
        score_to: movable.last().map(|unknown| unknown.score),
        wins: wins.times(per),
        wins_per_100: (n_movable > 0.0).then(|| wins.times(100.0 / n_movable)),
        holds: Estimate::normal(kappa, error),
        odds_of_unknown: (shifts / asked.n_unknown as f64).exp(),
        n_answers: asked.n_known,
        n_unknown: asked.n_unknown,
    })
}

impl UnknownAnswer {
    fn new(score: i32, n: f64, at: usize, group: &Group, log_odds: impl Fn(i32) -> f64) -> Self {
        let own = log_odds(score);
        let added: Vec<f64> = group.answers.iter().map(|&(answer, _)| log_odds(score + answer) - own).collect();
        let mut unknown = Self {
            score,
            n,
            group: at,
            chance: logistic(own),
            answers: group.answers.iter().map(|&(_, share)| (share, 0.0)).collect(),
            added,
            log_odds: own,
            shift: 0.0,
        };
        unknown.shift = unknown.shift_at(1.0);
        for (at, added) in unknown.added.iter().enumerate() {
            unknown.answers[at].1 = logistic(own + added + unknown.shift);
        }
        unknown
    }

    /// The shift at which the mean of the answers' chances is the chance without one.
    fn shift_at(&self, kappa: f64) -> f64 {
        let steps = Steps { longest: 2.0, tolerance: 1e-12, at_most: 50 };
        let excess = |shift: f64| {
            let (mut mean, mut slope) = (0.0, 0.0);
            for (&(share, _), added) in self.answers.iter().zip(&self.added) {
                let p = logistic(self.log_odds + kappa * added + shift);
                mean += share * p;
                slope += share * p * (1.0 - p);
            }
            (mean - self.chance, f64::max(slope, 1e-12))
        };
        logistic_shift(0.0, &steps, excess).estimate
    }

    /// Chance of each answer if answers are worth `kappa` times what the card says.
    fn worth(&self, kappa: f64) -> Vec<f64> {
        let shift = self.shift_at(kappa);
        self.added.iter().map(|added| logistic(self.log_odds + kappa * added + shift)).collect()
    }

    /// Whether some answer puts these leads above the line and another below it.
    fn may_cross(&self, line: f64) -> bool {
        let common = self.answers.iter().filter(|(share, _)| *share >= RARE);
        let (low, high) = common
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, chance)| (low.min(*chance), high.max(*chance)));
        low < line - SAME_CHANCE && high > line - SAME_CHANCE
    }
}

/// Leads with similar scores and a known answer.
struct Group {
    /// Highest score without the answer.
    to: i32,
    /// Each answer and the share that gave it.
    answers: Vec<(i32, f64)>,
}

fn groups_of(known: &BTreeMap<(i32, i32), (f64, f64)>, n_known: f64) -> Vec<Group> {
    let least = n_known / N_GROUPS as f64;
    let mut groups: Vec<(i32, f64, BTreeMap<i32, f64>)> = Vec::new();
    for (&(base, answer), &(n, _)) in known {
        match groups.last_mut() {
            Some((to, in_group, answers)) if *to == base || *in_group < least => {
                *to = base;
                *in_group += n;
                *answers.entry(answer).or_default() += n;
            }
            _ => groups.push((base, n, BTreeMap::from([(answer, n)]))),
        }
    }
    let to_group = |(to, n, answers): (i32, f64, BTreeMap<i32, f64>)| Group {
        to,
        answers: answers.into_iter().map(|(answer, of_answer)| (answer, of_answer / n)).collect(),
    };
    groups.into_iter().map(to_group).collect()
}

fn group_at(groups: &[Group], score: i32) -> usize {
    groups.partition_point(|group| group.to < score).min(groups.len() - 1)
}

/// Slope of the outcome on what the card adds for an answer, with the log-odds without the answer held and an intercept
/// of its own; and its standard error. `None` where answers do not differ.
fn slope_of_answers(known: &BTreeMap<(i32, i32), (f64, f64)>, log_odds: impl Fn(i32) -> f64) -> Option<(f64, f64)> {
    let cells: Vec<(f64, f64, f64, f64)> = known
        .iter()
        .map(|(&(base, answer), &(n, won))| {
            let offset = log_odds(base);
            (offset, log_odds(base + answer) - offset, n, won)
        })
        .collect();
    let steps = Steps { longest: 2.0, tolerance: 1e-10, at_most: 50 };
    let line = logistic_line([0.0, 1.0], &steps, |intercept, slope| {
        let mut sum = LineInformation::default();
        for &(offset, x, n, won) in &cells {
            sum.add(x, offset + intercept + slope * x, n, won);
        }
        sum
    });
    line.filter(|line| line.has_settled).map(|line| (line.slope, line.slope_error()))
}
