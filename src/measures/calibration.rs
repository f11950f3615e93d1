//! Calibration: whether predicted odds mean what they say. Slope, intercept, and conversions seen against promised.

use super::cells::Cells;
use super::log_loss::clamp_probability;
use super::logistic_line::{LineInformation, Steps, logistic_shift};
use crate::math::{logistic, logit, softplus};

/// Slope `b` of the logistic regression `log-odds of conversion = a + b x` on the predicted log-odds `x`.
///
/// 1 is right; below 1 the predictions are too extreme (high ones too high, low ones too low), above 1 too timid.
///
/// - `log_odds`, `converted`: one entry per lead; infinite predictions are not allowed (keep probabilities off 0 and 1).
/// - returns: `None` where no slope exists: no leads, one outcome only, one prediction for all, or outcomes that the
///   predictions tell apart without a single overlap (the slope would be infinite).
///
/// # Source
/// Cox (1958), *Biometrika* 45, 562-565; separation: Albert and Anderson (1984), *Biometrika* 71, 1-10.
pub fn calibration_slope(log_odds: &[f64], converted: &[bool]) -> Option<f64> {
    slope(&one_by_one(log_odds, converted)).map(|(slope, _)| slope)
}

/// Intercept `a` of `log-odds of conversion = a + x`, the slope held at 1, on the predicted log-odds `x`.
///
/// 0 is right; above 0 more leads convert than promised.
///
/// - returns: `None` where no intercept exists: no leads, or one outcome only.
pub fn calibration_intercept(log_odds: &[f64], converted: &[bool]) -> Option<f64> {
    intercept(&one_by_one(log_odds, converted))
}

/// [`calibration_slope`] of counted leads, and its standard error from the curvature of the likelihood.
pub fn calibration_slope_with_error_of_cells(cells: &Cells) -> Option<(f64, f64)> {
    slope(&counted(cells))
}

/// [`calibration_intercept`] of counted leads.
pub fn calibration_intercept_of_cells(cells: &Cells) -> Option<f64> {
    intercept(&counted(cells))
}

/// Conversions seen / conversions promised (the sum of the probabilities); 1 is right.
///
/// - returns: `None` where nothing was promised.
pub fn observed_over_expected(cells: &Cells) -> Option<f64> {
    let n_expected: f64 = cells.iter().map(|cell| cell.probability * cell.n_leads as f64).sum();
    (n_expected > 0.0).then(|| cells.n_converted() as f64 / n_expected)
}

/// Leads with one prediction.
struct Point {
    log_odds: f64,
    n_leads: f64,
    n_converted: f64,
}

fn one_by_one(log_odds: &[f64], converted: &[bool]) -> Vec<Point> {
    log_odds
        .iter()
        .zip(converted)
        .map(|(&log_odds, &converted)| Point { log_odds, n_leads: 1.0, n_converted: f64::from(u8::from(converted)) })
        .collect()
}

fn counted(cells: &Cells) -> Vec<Point> {
    cells
        .iter()
        .map(|cell| Point {
            log_odds: logit(clamp_probability(cell.probability)),
            n_leads: cell.n_leads as f64,
            n_converted: cell.n_converted as f64,
        })
        .collect()
}

/// Steps of Newton's method: it converges in about six; fifty means that it never will.
const MAX_STEPS: usize = 50;

/// Size of the last step, relative to the answer. The error after it is about its square, below rounding.
const STEP_TOLERANCE: f64 = 1e-9;

/// The slope and its standard error.
fn slope(points: &[Point]) -> Option<(f64, f64)> {
    if !outcomes_overlap(points) {
        return None;
    }
    let loss = |a: f64, b: f64| {
        let of_point = |point: &Point| {
            let fitted = a + b * point.log_odds;
            point.n_leads * softplus(fitted) - point.n_converted * fitted
        };
        points.iter().map(of_point).sum::<f64>()
    };
    let information = |a: f64, b: f64| {
        let mut sum = LineInformation::default();
        points.iter().for_each(|point| {
            sum.add(point.log_odds, a + b * point.log_odds, point.n_leads, point.n_converted);
        });
        sum
    };
    let (mut a, mut b) = (0.0, 1.0);
    let mut here = loss(a, b);
    for _ in 0..MAX_STEPS {
        let (step_a, step_b) = information(a, b).step()?;
        let mut share = 1.0;
        let mut next = loss(a + step_a, b + step_b);
        // A full step can overshoot where predictions are far off; the loss is convex, so a part of it always helps.
        while (next.is_nan() || next > here + here.abs() * f64::EPSILON * 8.0) && share > 1e-6 {
            share /= 2.0;
            next = loss(a + share * step_a, b + share * step_b);
        }
        (a, b, here) = (a + share * step_a, b + share * step_b, next);
        if (share * step_a).abs() <= STEP_TOLERANCE * (1.0 + a.abs())
            && (share * step_b).abs() <= STEP_TOLERANCE * (1.0 + b.abs())
        {
            return b.is_finite().then(|| (b, information(a, b).covariance().slope.sqrt()));
        }
    }
    None
}

/// Whether some converted lead has a lower prediction than some unconverted one, and the other way round.
fn outcomes_overlap(points: &[Point]) -> bool {
    let mut yes = (f64::INFINITY, f64::NEG_INFINITY);
    let mut no = (f64::INFINITY, f64::NEG_INFINITY);
    for point in points {
        if point.n_converted > 0.0 {
            yes = (yes.0.min(point.log_odds), yes.1.max(point.log_odds));
        }
        if point.n_converted < point.n_leads {
            no = (no.0.min(point.log_odds), no.1.max(point.log_odds));
        }
    }
    yes.0 < no.1 && no.0 < yes.1
}

fn intercept(points: &[Point]) -> Option<f64> {
    let n_leads: f64 = points.iter().map(|point| point.n_leads).sum();
    let n_converted: f64 = points.iter().map(|point| point.n_converted).sum();
    if n_converted <= 0.0 || n_converted >= n_leads {
        return None;
    }
    // Far out the curvature vanishes and a Newton step would fly off; steps of at most 10 find the way back.
    let steps = Steps { longest: 10.0, tolerance: STEP_TOLERANCE, at_most: MAX_STEPS * 4 };
    let excess = |a: f64| {
        let (mut excess, mut curvature) = (-n_converted, 0.0);
        for point in points {
            let p = logistic(a + point.log_odds);
            excess += point.n_leads * p;
            curvature += point.n_leads * p * (1.0 - p);
        }
        (excess, f64::max(curvature, 1e-300))
    };
    Some(logistic_shift(0.0, &steps, excess).estimate).filter(|a| a.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 leads at log-odds of 0.25 and 10 at 0.75, converting exactly as promised where `k` says so.
    fn two_groups(k_low: usize, k_high: usize) -> (Vec<f64>, Vec<bool>) {
        let mut log_odds = vec![logit(0.2); 10];
        log_odds.extend(vec![logit(0.8); 10]);
        let converted = (0..10).map(|i| i < k_low).chain((0..10).map(|i| i < k_high)).collect();
        (log_odds, converted)
    }

    #[test]
    fn promises_that_were_kept_have_slope_1_and_intercept_0() {
        let (log_odds, converted) = two_groups(2, 8);
        assert!((calibration_slope(&log_odds, &converted).expect("both outcomes") - 1.0).abs() < 1e-9);
        assert!(calibration_intercept(&log_odds, &converted).expect("both outcomes").abs() < 1e-9);
    }

    #[test]
    fn promises_that_were_too_extreme_have_a_slope_below_1() {
        // Rates 0.4 and 0.6 where 0.2 and 0.8 were promised: slope logit(0.6) / logit(0.8).
        let (log_odds, converted) = two_groups(4, 6);
        let slope = calibration_slope(&log_odds, &converted).expect("both outcomes");
        assert!((slope - logit(0.6) / logit(0.8)).abs() < 1e-9, "{slope}");
    }

    #[test]
    fn outcomes_without_overlap_have_no_slope_but_an_intercept() {
        let (log_odds, converted) = two_groups(0, 10);
        assert_eq!(calibration_slope(&log_odds, &converted), None);
        assert!(calibration_intercept(&log_odds, &converted).expect("both outcomes").abs() < 1e-9);
    }

    #[test]
    fn one_outcome_or_one_prediction_has_no_slope() {
        assert_eq!(calibration_slope(&[], &[]), None);
        assert_eq!(calibration_intercept(&[], &[]), None);
        assert_eq!(calibration_slope(&[0.0, 1.0], &[true, true]), None);
        assert_eq!(calibration_intercept(&[0.0, 1.0], &[true, true]), None);
        assert_eq!(calibration_slope(&[0.5, 0.5, 0.5], &[true, false, true]), None);
    }

    #[test]
    fn promises_that_are_far_off_still_find_their_intercept() {
        let log_odds = [-600.0, -600.0, -600.0, -600.0];
        let converted = [true, true, true, false];
        let a = calibration_intercept(&log_odds, &converted).expect("both outcomes");
        assert!((a - (600.0 + logit(0.75))).abs() < 1e-6, "{a}");
    }

    #[test]
    fn twice_as_many_wins_as_promised_is_a_ratio_of_2() {
        assert_eq!(observed_over_expected(&Cells::count(&[1, 1], &[0.25, 0.25], &[true, false])), Some(2.0));
        assert_eq!(observed_over_expected(&Cells::count(&[1], &[0.0], &[false])), None);
    }
}
