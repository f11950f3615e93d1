//! The straight curve: log-odds of conversion are a line in the card's own log-odds.

use super::{CurvePrior, ScoreCount};
use crate::math::{LogOddsLine, logistic};

/// `alpha + beta * own(score)`, with the uncertainty of both.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticCurve {
    own: LogOddsLine,
    alpha: f64,
    beta: f64,
    /// Variance of alpha, of beta, and their covariance.
    spread: (f64, f64, f64),
}

impl LogisticCurve {
    /// The card's own log-odds, as uncertain as the priors.
    pub fn of_card(own: LogOddsLine, prior: CurvePrior) -> Self {
        Self::fit(&[], own, prior)
    }

    /// Maximum of likelihood and prior, by Newton's method on two numbers.
    pub fn fit(counts: &[ScoreCount], own: LogOddsLine, prior: CurvePrior) -> Self {
        let (mut alpha, mut beta) = (0.0, 1.0);
        let (prior_a, prior_b) = (prior.intercept_sd.powi(-2), prior.slope_sd.powi(-2));
        let mut spread = (0.0, 0.0, 0.0);
        for _ in 0..100 {
            let (mut ga, mut gb) = (-prior_a * alpha, prior_b * (1.0 - beta));
            let (mut haa, mut hbb, mut hab) = (prior_a, prior_b, 0.0);
            for count in counts {
                let x = own.at(f64::from(count.score));
                let p = logistic(alpha + beta * x);
                let residual = count.converted - count.n * p;
                let weight = count.n * p * (1.0 - p);
                ga += residual;
                gb += residual * x;
                haa += weight;
                hab += weight * x;
                hbb += weight * x * x;
            }
            let det = haa * hbb - hab * hab;
            spread = (hbb / det, haa / det, -hab / det);
            // Steps of at most one keep the first ones from leaping where the likelihood is flat.
            let da = ((hbb * ga - hab * gb) / det).clamp(-1.0, 1.0);
            let db = ((haa * gb - hab * ga) / det).clamp(-1.0, 1.0);
            alpha += da;
            beta += db;
            if da.abs() < 1e-12 && db.abs() < 1e-12 {
                break;
            }
        }
        // A falling line would say that the card works backwards; then a score is worth nothing, not less than nothing.
        Self { own, alpha, beta: beta.max(0.0), spread }
    }

    /// Log-odds of a score, and their standard error.
    pub fn log_odds(&self, score: f64) -> (f64, f64) {
        let x = self.own.at(score);
        let (va, vb, cab) = self.spread;
        (self.alpha + self.beta * x, (va + 2.0 * cab * x + vb * x * x).max(0.0).sqrt())
    }
}
