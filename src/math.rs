//! Small functions of one or two numbers that the fit, the curve and the metrics share.

/// Probability that goes with log-odds `x`: `1 / (1 + e^-x)`. Neither side overflows: `e^-709` is still a number.
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// `ln(1 + e^x)` without overflow; the direct form fails above x of about 709, where `e^x` is infinite.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Natural-log odds of probability `p`; `-inf` at 0 and `+inf` at 1.
pub fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// A straight line from score to log-odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogOddsLine {
    /// Log-odds at a score of 0.
    pub intercept: f64,
    /// Log-odds per point.
    pub slope: f64,
}

impl LogOddsLine {
    /// Log-odds of a score.
    pub fn at(self, score: f64) -> f64 {
        self.intercept + self.slope * score
    }
}

/// 95th percentile of the standard normal: half-width, in standard errors, of a two-sided 90 % interval.
pub const Z90: f64 = 1.644_853_626_951_472_2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logistic_and_logit_undo_each_other() {
        for x in [-30.0, -2.0, 0.0, 0.3, 12.0] {
            // At 30 the probability is within 1e-13 of 0 or 1, which leaves the log-odds about 1e-3 of room.
            assert!((logit(logistic(x)) - x).abs() < 1e-3, "{x}");
        }
        assert_eq!(logistic(-800.0), 0.0);
        assert_eq!(logistic(800.0), 1.0);
    }

    #[test]
    fn softplus_holds_far_out() {
        assert_eq!(softplus(1000.0), 1000.0);
        assert_eq!(softplus(-1000.0), 0.0);
        assert!((softplus(0.0) - std::f64::consts::LN_2).abs() < 1e-15);
    }
}
