//! Very small cards: points of a level within given bounds, such as -5..=5, and a scale of the card's own choosing.
//!
//! So few whole numbers cannot follow the noise, so here the scale *is* chosen on the training leads: the card whose true
//! loss, with intercept and slope refitted, is least.

use rayon::prelude::*;

use super::surrogate::{Surrogate, SurrogateInput};
use super::{PointsProblem, ScoreWeight, WholePoints};
use crate::math::{logit, softplus};
use crate::measures::LineInformation;

/// Scales tried, as shares of the one at which the steepest criterion just fits the bounds; above 1 it is cut off.
const SHARES: [f64; 10] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3];

impl PointsProblem<'_> {
    /// Whole points within `bounds` (in steps of 1) that lose least on the training leads.
    pub(super) fn choose_small(&self, bounds: (i32, i32), row_price: f64) -> WholePoints {
        let fitting = f64::from(bounds.1 - bounds.0) / self.float_spans().fold(1e-6, f64::max);
        let cards: Vec<(f64, WholePoints)> = SHARES
            .par_iter()
            .map(|share| {
                let scale = share * fitting;
                let center = self.centered(scale, bounds);
                let input = SurrogateInput { bounds: Some(bounds), ..self.surrogate(&center, scale, row_price) };
                let start = Surrogate::rounded(&center, scale, Some(bounds));
                self.refit_line(Surrogate::new(input, start).minimise().points)
            })
            .collect();
        let best = cards.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or_else(
            || WholePoints { points: Vec::new(), scale: 1.0, intercept: 0.0, above_champion: Vec::new() },
            |(_, card)| card,
        )
    }

    /// Each criterion moved so that its range sits in the middle of the bounds; a shift of all its bins changes the intercept
    /// only.
    fn centered(&self, scale: f64, bounds: (i32, i32)) -> Vec<f64> {
        let middle = f64::from(bounds.0 + bounds.1) / 2.0 / scale;
        let mut center = self.fit.coefficients.clone();
        for j in 0..self.chains.n_criteria() {
            let own = &mut center[self.chains.range(j)];
            let (low, high) =
                own.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), b| (low.min(*b), high.max(*b)));
            own.iter_mut().for_each(|b| *b += middle - (low + high) / 2.0);
        }
        center
    }

    /// Intercept and slope of the scores by maximum likelihood over their histogram, steps halved until the loss falls; gives the
    /// loss with them, nats.
    fn refit_line(&self, mut points: Vec<i32>) -> (f64, WholePoints) {
        self.lower_unseen(&mut points);
        let counts = self.count_scores(&points);
        let loss = |a: f64, slope: f64| -> f64 {
            let of_score = |count: &ScoreWeight| {
                let eta = a + slope * count.score;
                count.n * softplus(eta) - count.converted * eta
            };
            counts.iter().map(of_score).sum()
        };
        let (mut a, mut slope) = (logit(self.observed.mean_outcome()), 0.0);
        let mut now = loss(a, slope);
        for _ in 0..60 {
            // Next to no ridge: one score for all leads has a slope of 0.
            let mut information = LineInformation::of_prior([0.0; 2], [1e-9; 2]);
            counts
                .iter()
                .for_each(|count| information.add(count.score, a + slope * count.score, count.n, count.converted));
            let Some((by_intercept, by_slope)) = information.step() else { break };
            let mut share = 1.0;
            while loss(a + share * by_intercept, slope + share * by_slope) > now && share > 1e-6 {
                share /= 2.0;
            }
            (a, slope) = (a + share * by_intercept, slope + share * by_slope);
            let before = std::mem::replace(&mut now, loss(a, slope));
            if before - now < 1e-10 * now.max(1.0) {
                break;
            }
        }
        // A score without a slope still needs a finite scale; it then says almost nothing, as it should.
        (now, WholePoints { points, scale: 1.0 / slope.max(1e-3), intercept: a, above_champion: Vec::new() })
    }
}
