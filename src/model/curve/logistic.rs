//! The straight curve: log-odds of conversion are a line in the card's own log-odds.

use super::{CurvePrior, ScoreCount};
use crate::math::LogOddsLine;
use crate::measures::{LineCovariance, LineInformation, LogisticLine, Steps, logistic_line};

/// `intercept + slope * score_to_log_odds(score)`, with the uncertainty of both.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticCurve {
    score_to_log_odds: LogOddsLine,
    line: LogisticLine,
}

/// Steps of at most one keep the first ones from leaping where the likelihood is flat.
const STEPS: Steps = Steps { longest: 1.0, tolerance: 1e-12, at_most: 100 };

impl LogisticCurve {
    /// The card's own log-odds, as uncertain as the priors.
    pub fn of_card(score_to_log_odds: LogOddsLine, prior: CurvePrior) -> Self {
        Self::fit(&[], score_to_log_odds, prior)
    }

    /// Maximum of likelihood and prior.
    pub fn fit(counts: &[ScoreCount], score_to_log_odds: LogOddsLine, prior: CurvePrior) -> Self {
        let precision = [prior.intercept_sd.powi(-2), prior.slope_sd.powi(-2)];
        let line = logistic_line([0.0, 1.0], &STEPS, |intercept, slope| {
            let mut sum = LineInformation::of_prior([intercept, slope - 1.0], precision);
            for count in counts {
                let x = score_to_log_odds.at(f64::from(count.score));
                sum.add(x, intercept + slope * x, count.n, count.converted);
            }
            sum
        });
        let mut line = line.unwrap_or_else(|| {
            let covariance =
                LineCovariance { intercept: prior.intercept_sd.powi(2), slope: prior.slope_sd.powi(2), both: 0.0 };
            LogisticLine { intercept: 0.0, slope: 1.0, covariance, has_settled: true }
        });
        // A falling line would say that the card works backwards; then a score is worth nothing, not less than nothing.
        line.slope = line.slope.max(0.0);
        Self { score_to_log_odds, line }
    }

    /// Log-odds of a score, and their standard error.
    pub fn log_odds(&self, score: f64) -> (f64, f64) {
        let x = self.score_to_log_odds.at(score);
        let LogisticLine { intercept, slope, covariance, .. } = self.line;
        let variance = covariance.intercept + 2.0 * covariance.both * x + covariance.slope * x * x;
        (intercept + slope * x, variance.max(0.0).sqrt())
    }
}
