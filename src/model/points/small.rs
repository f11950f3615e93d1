//! Very small cards: points of a level within given bounds, such as -5..=5, and a scale of the card's own choosing.
//!
//! Here the scale *is* chosen on the training leads: the card whose true loss and penalty, with intercept and slope refitted, are
//! least. The penalty is that of the fit on the same shapes; without it the slope would take back what the fit was held by.

use rayon::prelude::*;

use super::scores::{ScoreWeight, count_scores};
use super::surrogate::{Surrogate, SurrogateInput};
use super::{PointsProblem, WholePoints};
use crate::math::{logit, softplus};
use crate::measures::LineInformation;
use crate::model::fit::penalty::Penalty;

/// Scales tried, as shares of the one at which the steepest criterion just fits the bounds; above 1 it is cut off.
const SHARES: [f64; 10] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3];

impl PointsProblem<'_> {
    /// Whole points within `bounds` (in steps of 1) whose loss on the training leads and penalty are least.
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
        best.map_or_else(WholePoints::none, |(_, card)| card)
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

    /// Intercept and slope of the scores by penalised likelihood over their histogram, steps halved until it rises; gives loss and
    /// penalty with them, nats.
    fn refit_line(&self, mut points: Vec<i32>) -> (f64, WholePoints) {
        self.lower_unseen(&mut points);
        let counts = count_scores(&[&points], &self.observed).pop().unwrap_or_default();
        let pull = self.pull_on_slope(&points);
        let loss = |a: f64, slope: f64| -> f64 {
            let of_score = |count: &ScoreWeight| {
                let eta = a + slope * count.score;
                count.n * softplus(eta) - count.converted * eta
            };
            counts.iter().map(of_score).sum::<f64>() + 0.5 * pull * slope * slope
        };
        let (mut a, mut slope) = (logit(self.observed.mean_outcome()), 0.0);
        let mut now = loss(a, slope);
        for _ in 0..60 {
            // Never quite without a prior: one score for all leads has a slope of 0.
            let mut information = LineInformation::of_prior([0.0, slope], [1e-9, pull.max(1e-9)]);
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

    /// Twice the penalty of the fit on these points at a slope of 1. Each criterion may move as a whole, because the intercept
    /// follows, so its ridge pulls towards its own mean.
    fn pull_on_slope(&self, points: &[i32]) -> f64 {
        let Self { fit, chains, .. } = self;
        let Penalty { ridge, link, .. } = &fit.penalty;
        let of_criterion = |j: usize| -> f64 {
            let range = chains.range(j);
            let weight: f64 = range.clone().map(|k| ridge[k]).sum();
            let mean = range.clone().map(|k| ridge[k] * f64::from(points[k])).sum::<f64>() / weight.max(1e-12);
            let by_ridge: f64 = range.map(|k| ridge[k] * (f64::from(points[k]) - mean).powi(2)).sum();
            let by_links: f64 = chains.links(j).map(|k| link[k] * f64::from(points[k + 1] - points[k]).powi(2)).sum();
            by_ridge + by_links
        };
        (0..chains.n_criteria()).map(of_criterion).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bins::Codes;
    use crate::model::fit::loss::Observed;
    use crate::model::fit::newton::NewtonParams;
    use crate::model::fit::penalty::Chains;
    use crate::model::fit::{Stiffness, fit_joint};
    use crate::settings::Trend;

    /// Nobody of the first answer converts, everybody of the second: the likelihood alone would make any slope steeper.
    #[test]
    fn a_card_of_one_yes_or_no_says_what_the_penalised_fit_says() {
        let columns = vec![(0..60).map(|i| 1 + u8::from(i % 3 == 0)).collect::<Vec<u8>>()];
        let outcome: Vec<f64> = columns[0].iter().map(|&code| f64::from(code - 1)).collect();
        let codes = Codes { columns, n_bins: vec![3], n_leads: 60 };
        let chains = Chains { offsets: vec![0, 3], n_chained: vec![2], own_ridge: vec![None], pairs: Vec::new() };
        let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
        for (smoothness, ridge) in [(0.5, 0.02), (3.0, 1.0)] {
            let stiffness = Stiffness { smoothness, ridge, reweighted: false };
            let fit = fit_joint(observed, &chains, &stiffness, &NewtonParams::default()).expect("settles");
            let card = PointsProblem::new(&fit, observed, &chains, &[Trend::Free]).choose_small((-5, 5), 0.0);
            let says = f64::from(card.points[2] - card.points[1]) / card.scale;
            let fitted = fit.coefficients[2] - fit.coefficients[1];
            // The bin of missing values, which no lead is in, may lie half a point off the middle: at five points a side that is
            // a few hundredths of the distance.
            assert!((says / fitted - 1.0).abs() < 0.05, "{says} against {fitted} at {stiffness:?}");
        }
    }
}
