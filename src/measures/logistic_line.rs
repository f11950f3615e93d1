//! The logistic line: log-odds of conversion that rise with one number, by Newton's method on one or two parameters.
//!
//! In: what the leads say at a place, summed by the caller in its own order. Out: the place where they ask for nothing more, and how
//! well it is known.
//!
//! Start at [`logistic_line`]; [`logistic_shift`] where the slope is held.
//!
//! Always true: no step is longer than the caller allows, so that a far start does not run away where the likelihood is flat.

use crate::math::logistic;

/// How far and how long the search goes.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// Longest step of a parameter, log-odds.
    pub longest: f64,
    /// The search ends with the first step below this. The error after it is about its square.
    pub tolerance: f64,
    /// Most steps.
    pub at_most: usize,
}

/// A shift of log-odds, and how sharply the likelihood bends there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The shift.
    pub estimate: f64,
    /// Information about it, `1 / variance`, from the last place looked at.
    pub information: f64,
}

/// The shift of log-odds at which a rising function is 0: as a rule conversions promised less those seen.
///
/// - `excess`: the function and its slope at a shift. The slope may vanish far out but must not be 0.
/// - returns: the last place where the steps run out.
pub fn logistic_shift(start: f64, steps: &Steps, excess: impl Fn(f64) -> (f64, f64)) -> Shift {
    // The root is unique, so whatever has the wrong sign bounds it.
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut shift = Shift { estimate: start, information: 0.0 };
    for _ in 0..steps.at_most {
        let (value, slope) = excess(shift.estimate);
        shift.information = slope;
        if value > 0.0 {
            high = shift.estimate;
        } else {
            low = shift.estimate;
        }
        let step = (-value / slope).clamp(-steps.longest, steps.longest);
        let next = shift.estimate + step;
        if step.abs() < steps.tolerance {
            shift.estimate = next;
            break;
        }
        let has_left = next <= low || next >= high;
        shift.estimate = if has_left && low.is_finite() && high.is_finite() { low.midpoint(high) } else { next };
    }
    shift
}

/// Variances of intercept and slope, and their covariance.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LineCovariance {
    /// Variance of the intercept.
    pub intercept: f64,
    /// Variance of the slope.
    pub slope: f64,
    /// Covariance of the two.
    pub both: f64,
}

/// A fitted line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticLine {
    /// Log-odds at 0, beside the offset.
    pub intercept: f64,
    /// Log-odds per unit.
    pub slope: f64,
    /// How well both are known: the inverse of the information at the last place looked at.
    pub covariance: LineCovariance,
    /// Whether the last step was below the tolerance.
    pub has_settled: bool,
}

impl LogisticLine {
    /// Standard error of the slope.
    pub fn slope_error(&self) -> f64 {
        self.covariance.slope.sqrt()
    }
}

/// The line of greatest likelihood from a start, each of whose parameters moves by [`Steps::longest`] at most.
///
/// - `information`: what the leads (and a prior) say at an intercept and a slope.
/// - returns: `None` where nothing is known of the slope: one place for all leads, to rounding.
pub fn logistic_line(
    start: [f64; 2],
    steps: &Steps,
    information: impl Fn(f64, f64) -> LineInformation,
) -> Option<LogisticLine> {
    let [mut intercept, mut slope] = start;
    let mut covariance = LineCovariance::default();
    for _ in 0..steps.at_most {
        let here = information(intercept, slope);
        let (by_intercept, by_slope) = here.step()?;
        covariance = here.covariance();
        intercept += by_intercept.clamp(-steps.longest, steps.longest);
        slope += by_slope.clamp(-steps.longest, steps.longest);
        if by_intercept.abs() < steps.tolerance && by_slope.abs() < steps.tolerance {
            return Some(LogisticLine { intercept, slope, covariance, has_settled: true });
        }
    }
    Some(LogisticLine { intercept, slope, covariance, has_settled: false })
}

/// Gradient of the log likelihood of a line and its information, intercept first.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineInformation {
    gradient: (f64, f64),
    /// Of the intercept, of both, of the slope.
    information: (f64, f64, f64),
}

/// Variance of a number among the leads below which it is the same for all, to rounding.
const FLAT: f64 = 1e-9;

impl LineInformation {
    /// Of a normal prior alone.
    ///
    /// - `above`: how far intercept and slope lie above its mean; `precision`: one over its variances.
    pub fn of_prior(above: [f64; 2], precision: [f64; 2]) -> Self {
        Self {
            gradient: (-precision[0] * above[0], -precision[1] * above[1]),
            information: (precision[0], 0.0, precision[1]),
        }
    }

    /// Adds `n` leads with the number `x`, of which `converted` did.
    ///
    /// - `log_odds`: what the line gives them.
    pub fn add(&mut self, x: f64, log_odds: f64, n: f64, converted: f64) {
        let p = logistic(log_odds);
        let residual = converted - n * p;
        let weight = n * p * (1.0 - p);
        self.gradient.0 += residual;
        self.gradient.1 += residual * x;
        self.information.0 += weight;
        self.information.1 += weight * x;
        self.information.2 += weight * x * x;
    }

    fn determinant(&self) -> f64 {
        let (aa, ab, bb) = self.information;
        aa * bb - ab * ab
    }

    /// Newton's step of intercept and slope; `None` where the information is flat.
    pub fn step(&self) -> Option<(f64, f64)> {
        let ((ga, gb), (aa, ab, bb)) = (self.gradient, self.information);
        let determinant = self.determinant();
        let is_known = determinant > FLAT * aa * aa.max(1.0) && determinant.is_finite();
        is_known.then(|| ((bb * ga - ab * gb) / determinant, (aa * gb - ab * ga) / determinant))
    }

    /// Inverse of the information.
    pub fn covariance(&self) -> LineCovariance {
        let ((aa, ab, bb), determinant) = (self.information, self.determinant());
        LineCovariance { intercept: bb / determinant, slope: aa / determinant, both: -ab / determinant }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::logit;

    const STEPS: Steps = Steps { longest: 2.0, tolerance: 1e-10, at_most: 100 };

    #[test]
    fn two_groups_are_met_exactly() {
        // 20 of 100 at x = 0, 50 of 100 at x = 1: the line goes through both log-odds.
        let line = logistic_line([0.0, 0.0], &STEPS, |a, b| {
            let mut sum = LineInformation::default();
            sum.add(0.0, a, 100.0, 20.0);
            sum.add(1.0, a + b, 100.0, 50.0);
            sum
        });
        let line = line.expect("two places");
        assert!((line.intercept - logit(0.2)).abs() < 1e-12 && (line.slope + logit(0.2)).abs() < 1e-12, "{line:?}");
        // 1 / (100 * 0.2 * 0.8) + 1 / (100 * 0.5 * 0.5)
        assert!((line.covariance.slope - (1.0 / 16.0 + 1.0 / 25.0)).abs() < 1e-9, "{line:?}");
        assert!(line.has_settled);
    }

    #[test]
    fn one_place_has_no_slope_but_a_prior_gives_one() {
        let at = |a: f64, b: f64, prior: f64| {
            let mut sum = LineInformation::of_prior([0.0, b - 1.0], [0.0, prior]);
            sum.add(0.0, a, 10.0, 4.0);
            sum
        };
        assert_eq!(logistic_line([0.0, 0.0], &STEPS, |a, b| at(a, b, 0.0)), None);
        let line = logistic_line([0.0, 0.0], &STEPS, |a, b| at(a, b, 4.0)).expect("a prior");
        assert!((line.slope - 1.0).abs() < 1e-9 && (line.covariance.slope - 0.25).abs() < 1e-9, "{line:?}");
    }

    #[test]
    fn a_shift_far_away_is_found() {
        let excess = |shift: f64| {
            let p = logistic(shift - 400.0);
            (4.0 * p - 3.0, (4.0 * p * (1.0 - p)).max(1e-300))
        };
        let shift = logistic_shift(0.0, &Steps { longest: 10.0, ..STEPS }, excess);
        assert!((shift.estimate - 400.0 - logit(0.75)).abs() < 1e-9, "{shift:?}");
        assert!((shift.information - 0.75).abs() < 1e-6, "{shift:?}");
    }
}
