//! Transfer: scores by the cards of the folds, brought onto the card that ships, rank by rank.
//!
//! A card fitted on more leads is sharper, so "at least 50 points" takes another share of the same leads than it does on a fold's
//! card. Of the leads that a fold judged, the best by the fold's card gets the highest score that the shipped card gives to any of
//! them, the second best the second highest, and so on: every score is then as common as the shipped card makes it, while who has
//! it was decided by a card that had not seen the outcome.
//!
//! Always true: of the leads of one fold, scores are those of the shipped card in another order; outcomes have no part in it.
//!
//! # Source
//! Equipercentile linking: Kolen and Brennan (2014), *Test Equating, Scaling, and Linking*, chapter 2.

use rayon::prelude::*;

use super::out_of_fold::FoldScores;
use super::{Fitted, Setup};
use crate::math::{LogOddsLine, logistic};
use crate::measures::standard_deviation;

/// Log-odds of a fold's leads by the fold's own card, in their order.
#[derive(Debug, Clone)]
pub(super) struct OwnLogOdds {
    /// Of the leads of [`Fold::judge`](super::folds::Fold::judge).
    pub judged: Vec<f64>,
    /// Of the leads of [`Fold::unlabelled`](super::folds::Fold::unlabelled).
    pub unlabelled: Vec<f64>,
}

/// Scores of every position by the card that ships, before anything was set by hand.
pub(super) fn shipped_scores(setup: &Setup<'_>, fitted: &Fitted) -> Vec<i32> {
    let card = &fitted.card;
    let onto_card = card.base_points - card.assembled.taken_off;
    let everyone: Vec<u32> = (0..setup.keys.len() as u32).collect();
    let mut scores = card.trained.points.scores(&card.trained.bins.encode(&setup.cells, &everyone));
    scores.iter_mut().for_each(|score| *score += onto_card);
    scores
}

/// Scores of every fold's leads, on the card that ships.
///
/// - `own`: one entry per fold; `shift_of`: points that people put on a lead beyond those fitted.
pub(super) fn transfer_by_rank(
    setup: &Setup<'_>,
    shipped: &Shipped<'_>,
    own: &[OwnLogOdds],
    shift_of: impl Fn(u32) -> i32 + Sync,
) -> Vec<FoldScores> {
    let onto_shipped = |leads: &[u32], own: &[f64]| {
        let log_odds = |lead: u32, own: f64| own + f64::from(shift_of(lead)) * shipped.log_odds_per_point;
        let ranked: Vec<Ranked> = (leads.iter().zip(own))
            .map(|(&lead, &own)| Ranked { log_odds: log_odds(lead, own), key: setup.keys[lead as usize] })
            .collect();
        by_rank(&ranked, leads.iter().map(|&lead| shipped.scores[lead as usize] + shift_of(lead)).collect())
    };
    (setup.plan.folds.par_iter().zip(own))
        .map(|(fold, own)| FoldScores {
            judged: onto_shipped(&fold.judge, &own.judged),
            unlabelled: onto_shipped(&fold.unlabelled, &own.unlabelled),
        })
        .collect()
}

/// The scale that folds' scores are brought onto.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shipped<'a> {
    /// As [`shipped_scores`] gives them.
    pub scores: &'a [i32],
    /// Log-odds that a point stands for.
    pub log_odds_per_point: f64,
}

/// How much less the scores of a fold's card tell than those of the card that ships, which learnt from more leads.
///
/// Scores brought onto the shipped card by rank are as far apart as its own, but of the weaker card less of that is true: what a
/// score is worth there is what a score nearer to the middle is worth on the card that ships.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attenuation {
    /// Score that is worth the same on both.
    pub middle: f64,
    /// Slope of the log-odds on the shipped card for one of the fold's; at least 1.
    pub factor: f64,
}

impl Attenuation {
    /// The score of the card that ships that is worth as much.
    pub fn equivalent(self, score: f64) -> f64 {
        self.middle + (score - self.middle) / self.factor
    }
}

/// Most that a fold's card is taken to be weaker: beyond it, cards differ because what they learnt from did.
const MAX_FACTOR: f64 = 1.25;

/// The attenuation of every fold, 1 unless folds are periods; no outcome has a part in it.
///
/// With `n` leads, a card's log-odds of a lead are off by an error of variance `c / n`, and a card learnt from `n` of the `N` leads of
/// another one differs from it by `c / n - c / N`; that gives `c`. Of the variance `V` of a card's log-odds the share
/// `R = 1 - c / (n V)` is true, and a slope on scores of reliability `R_fold` is `sqrt(R_fold / R_shipped)` of the one it estimates.
///
/// # Source
/// Attenuation by unreliable scores: Spearman (1904), *American Journal of Psychology* 15, 72-101. Differences of nested estimates:
/// Hausman (1978), *Econometrica* 46, 1251-1271.
pub(super) fn attenuations(
    setup: &Setup<'_>,
    fitted: &Fitted,
    shipped: &Shipped<'_>,
    own: &[OwnLogOdds],
) -> Vec<Attenuation> {
    let line = fitted.card.score_to_log_odds;
    let n_all = setup.labelled.len() as f64;
    let spreads: Vec<Spreads> = (setup.plan.folds.iter().zip(own))
        .map(|(fold, own)| {
            let scores: Vec<f64> = fold.judge.iter().map(|&lead| f64::from(shipped.scores[lead as usize])).collect();
            let log_odds: Vec<f64> = scores.iter().map(|&score| line.at(score)).collect();
            let differences: Vec<f64> = own.judged.iter().zip(&log_odds).map(|(own, shipped)| own - shipped).collect();
            Spreads {
                n_fit: fold.fit.len() as f64,
                of_fold: variance(&own.judged),
                of_shipped: variance(&log_odds),
                of_difference: variance(&differences),
                scores,
            }
        })
        .collect();
    let sum = |figure: &dyn Fn(&Spreads) -> f64| {
        spreads.iter().map(|fold| fold.scores.len() as f64 * figure(fold)).sum::<f64>()
    };
    let c = sum(&|fold| fold.of_difference) / sum(&|fold| (1.0 / fold.n_fit - 1.0 / n_all).max(0.0));
    // Of random parts all but one are learnt from, and what two such cards differ by is how their bins fell, not how many leads
    // they saw.
    let is_told = setup.plan.is_by_time;
    let reliability = |n: f64, variance: f64| (1.0 - c / (n * variance)).clamp(0.1, 1.0);
    let factor = |fold: &Spreads| {
        let ratio = reliability(n_all, fold.of_shipped) / reliability(fold.n_fit, fold.of_fold);
        if is_told && ratio.is_finite() { ratio.sqrt().clamp(1.0, MAX_FACTOR) } else { 1.0 }
    };
    spreads.iter().map(|fold| attenuation_of(&fold.scores, factor(fold), line)).collect()
}

/// Scores nearer to each other promise fewer conversions where few leads convert; the middle is the one at which they promise as many.
fn attenuation_of(scores: &[f64], factor: f64, line: LogOddsLine) -> Attenuation {
    if factor == 1.0 {
        return Attenuation { middle: 0.0, factor };
    }
    let promised =
        |score_of: &dyn Fn(f64) -> f64| scores.iter().map(|&score| logistic(line.at(score_of(score)))).sum::<f64>();
    let wanted = promised(&|score| score);
    let bounds =
        scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &score| (low.min(score), high.max(score)));
    let (mut low, mut high) = bounds;
    // A sixtieth halving of a card's span is far below a point.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let attenuation = Attenuation { middle, factor };
        if promised(&|score| attenuation.equivalent(score)) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    Attenuation { middle: f64::midpoint(low, high), factor }
}

/// Variances of the log-odds of the leads that one fold judged.
struct Spreads {
    scores: Vec<f64>,
    n_fit: f64,
    of_fold: f64,
    of_shipped: f64,
    of_difference: f64,
}

fn variance(values: &[f64]) -> f64 {
    standard_deviation(values).powi(2)
}

/// Where a lead stands among others: by log-odds, and by its seeded number among those with the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub log_odds: f64,
    pub key: u64,
}

/// Hands the values out by rank: the lowest to the lead that stands lowest.
pub(super) fn by_rank(leads: &[Ranked], mut values: Vec<i32>) -> Vec<i32> {
    values.sort_unstable();
    let mut order: Vec<usize> = (0..leads.len()).collect();
    order.sort_unstable_by(|&a, &b| {
        let (one, other) = (leads[a], leads[b]);
        one.log_odds.total_cmp(&other.log_odds).then(one.key.cmp(&other.key)).then(a.cmp(&b))
    });
    let mut handed_out = vec![0; leads.len()];
    order.into_iter().zip(values).for_each(|(lead, value)| handed_out[lead] = value);
    handed_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_nearer_to_the_middle_promise_as_many_conversions() {
        let line = LogOddsLine { intercept: -4.0, slope: 0.06 };
        let scores: Vec<f64> = (0..100).map(f64::from).collect();
        let found = attenuation_of(&scores, 1.2, line);
        let sum = |score_of: &dyn Fn(f64) -> f64| scores.iter().map(|&s| logistic(line.at(score_of(s)))).sum::<f64>();
        assert!((sum(&|score| found.equivalent(score)) - sum(&|score| score)).abs() < 1e-9);
        // Half of the conversions lie far above the mean score.
        assert!(found.middle > 55.0 && found.middle < 99.0, "{found:?}");
        assert_eq!(found.equivalent(found.middle + 12.0), found.middle + 10.0);
        let same = attenuation_of(&scores, 1.0, line);
        assert_eq!(same.equivalent(7.0), 7.0);
    }

    #[test]
    fn the_best_lead_gets_the_highest_score() {
        let ranked = |log_odds: f64, key: u64| Ranked { log_odds, key };
        let leads = [ranked(0.5, 9), ranked(-1.0, 3), ranked(2.0, 1), ranked(-1.0, 2)];
        assert_eq!(by_rank(&leads, vec![40, 10, 90, 20]), [40, 20, 90, 10]);
        assert!(by_rank(&[], Vec::new()).is_empty());
    }
}
