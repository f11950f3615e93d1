//! Curve: what a score is worth, from scores of leads that the card giving them had not seen.
//!
//! In: one histogram of (score, leads, conversions) per fold, on the scale of the shipped card. Out: a [`Curve`]:
//! log-odds of any score with their standard error.
//!
//! Start at [`fit_curve`]. `logistic` is the curve by default; `monotone` takes over where it wins on folds held out.
//!
//! Always true: more points never mean a lower probability.

pub mod logistic;
pub mod monotone;

use crate::math::{LogOddsLine, logistic as to_probability, softplus};
use logistic::LogisticCurve;
use monotone::MonotoneCurve;

/// Leads and conversions of one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreCount {
    /// The score.
    pub score: i32,
    /// Leads with it.
    pub n: f64,
    /// Of those, how many converted.
    pub converted: f64,
}

/// How far a curve is expected to lie from the card's own log-odds before any lead is judged, in log-odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePrior {
    /// Standard deviation of the shift.
    pub intercept_sd: f64,
    /// Standard deviation of the slope around 1.
    pub slope_sd: f64,
}

impl CurvePrior {
    /// For parts of one period: a penalised card is off by a few per cent. Seven in a hundred leave a few thousand leads free to say
    /// otherwise, and keeps a few hundred from bending the curve by accident.
    pub const SAME_PERIOD: Self = Self { intercept_sd: 0.1, slope_sd: 0.07 };

    /// For later periods: rates drift by a factor of e^0.5 at most in an ordinary year.
    pub const LATER_PERIOD: Self = Self { intercept_sd: 0.5, slope_sd: 0.1 };
}

/// Score to probability.
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// A straight line in log-odds.
    Logistic(LogisticCurve),
    /// A rising line with bends.
    Monotone(MonotoneCurve),
}

impl Curve {
    /// The card's own log-odds, for when nobody has been judged yet.
    pub fn of_card(score_to_log_odds: LogOddsLine, prior: CurvePrior) -> Self {
        Self::Logistic(LogisticCurve::of_card(score_to_log_odds, prior))
    }

    /// Log-odds of a score, and their standard error.
    pub fn log_odds(&self, score: f64) -> (f64, f64) {
        match self {
            Self::Logistic(curve) => curve.log_odds(score),
            Self::Monotone(curve) => curve.log_odds(score),
        }
    }

    /// Probability of a score.
    pub fn probability(&self, score: f64) -> f64 {
        to_probability(self.log_odds(score).0)
    }

    /// What report and metrics call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Logistic(_) => "logistic",
            Self::Monotone(_) => "monotone",
        }
    }
}

/// Fits the curve to all folds together; with two folds or more, the monotone one is chosen if it wins on folds held out in
/// turn, by more than a standard error of the difference.
///
/// - `folds`: one histogram per fold, scores ascending; `score_to_log_odds`: the shipped card's log-odds of a score.
pub fn fit_curve(folds: &[Vec<ScoreCount>], score_to_log_odds: LogOddsLine, prior: CurvePrior) -> Curve {
    let (mut gain, mut gain_squared, mut n) = (0.0, 0.0, 0.0);
    if folds.len() > 1 {
        for held in 0..folds.len() {
            let rest = merge(folds.iter().enumerate().filter(|(fold, _)| *fold != held).map(|(_, counts)| counts));
            let (straight, bent) = both(&rest, score_to_log_odds, prior);
            for count in &folds[held] {
                let score = f64::from(count.score);
                let (x, z) = (straight.log_odds(score).0, bent.log_odds(score).0);
                for (leads, outcome) in [(count.converted, 1.0), (count.n - count.converted, 0.0)] {
                    let better = (softplus(x) - outcome * x) - (softplus(z) - outcome * z);
                    gain += leads * better;
                    gain_squared += leads * better * better;
                    n += leads;
                }
            }
        }
    }
    let (straight, bent) = both(&merge(folds), score_to_log_odds, prior);
    let error = (gain_squared - gain * gain / f64::max(n, 1.0)).max(0.0).sqrt();
    if n > 0.0 && gain > error { bent } else { straight }
}

fn both(counts: &[ScoreCount], score_to_log_odds: LogOddsLine, prior: CurvePrior) -> (Curve, Curve) {
    let straight = LogisticCurve::fit(counts, score_to_log_odds, prior);
    let bent = MonotoneCurve::fit(counts, straight.clone());
    (Curve::Logistic(straight), Curve::Monotone(bent))
}

/// Adds histograms up, scores ascending.
pub fn merge<'a>(folds: impl IntoIterator<Item = &'a Vec<ScoreCount>>) -> Vec<ScoreCount> {
    let mut all: Vec<ScoreCount> = folds.into_iter().flatten().copied().collect();
    all.sort_by_key(|count| count.score);
    let mut merged: Vec<ScoreCount> = Vec::new();
    for count in all {
        match merged.last_mut() {
            Some(last) if last.score == count.score => {
                last.n += count.n;
                last.converted += count.converted;
            }
            _ => merged.push(count),
        }
    }
    merged
}

/// Counts leads per score.
pub fn count_scores(scores: &[i32], converted: &[bool]) -> Vec<ScoreCount> {
    let mut counts = std::collections::BTreeMap::<i32, (u64, u64)>::new();
    for (&score, &won) in scores.iter().zip(converted) {
        let count = counts.entry(score).or_default();
        count.0 += 1;
        count.1 += u64::from(won);
    }
    counts.into_iter().map(|(score, (n, won))| ScoreCount { score, n: n as f64, converted: won as f64 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWN: LogOddsLine = LogOddsLine { intercept: -3.0, slope: 0.05 };

    fn fold(truth: impl Fn(f64) -> f64, n: f64) -> Vec<ScoreCount> {
        (0..=100).map(|score| ScoreCount { score, n, converted: n * to_probability(truth(f64::from(score))) }).collect()
    }

    #[test]
    fn a_straight_truth_is_found_and_stays_logistic() {
        let folds: Vec<_> = (0..5).map(|_| fold(|score| -2.5 + 0.04 * score, 400.0)).collect();
        let curve = fit_curve(&folds, OWN, CurvePrior::LATER_PERIOD);
        assert_eq!(curve.name(), "logistic");
        // 202,000 leads leave the line no room; the prior of one slope in ten moves it by less than a thousandth.
        assert!((curve.log_odds(50.0).0 - -0.5).abs() < 0.01, "{:?}", curve.log_odds(50.0));
    }

    #[test]
    fn a_bent_truth_is_followed() {
        let folds: Vec<_> = (0..5)
            .map(|_| fold(|score| if score < 60.0 { -3.0 } else { -3.0 + 0.1 * (score - 60.0) }, 200.0))
            .collect();
        let curve = fit_curve(&folds, OWN, CurvePrior::LATER_PERIOD);
        assert_eq!(curve.name(), "monotone");
        assert!((curve.log_odds(30.0).0 - -3.0).abs() < 0.15, "{:?}", curve.log_odds(30.0));
        assert!((curve.log_odds(90.0).0 - 0.0).abs() < 0.2, "{:?}", curve.log_odds(90.0));
    }

    #[test]
    fn without_judged_leads_the_card_speaks_for_itself() {
        let curve = fit_curve(&[], OWN, CurvePrior::LATER_PERIOD);
        assert!((curve.log_odds(40.0).0 - -1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn more_points_never_mean_a_lower_probability(
            counts in prop::collection::vec((0_u32..30, 0_u32..30), 2..60), parts in 1_usize..4,
        ) {
            let folds: Vec<Vec<ScoreCount>> = (0..parts).map(|part| counts.iter().enumerate().skip(part).map(|(score, &(n, c))| ScoreCount {
                score: score as i32, n: f64::from(n), converted: f64::from(c.min(n)),
            }).collect()).collect();
            let curve = fit_curve(&folds, OWN, CurvePrior::LATER_PERIOD);
            let worth: Vec<(f64, f64)> = (-20..120).map(|score| curve.log_odds(f64::from(score))).collect();
            prop_assert!(worth.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            prop_assert!(worth.iter().all(|(_, error)| error.is_finite() && *error >= 0.0));
        }
    }
}
