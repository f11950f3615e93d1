//! Very small cards: points of a level within given bounds, such as -5..=5, and a scale of the card's own choosing.
//!
//! So few whole numbers cannot follow the noise, so here the scale *is* chosen on the training leads: the card whose true
//! loss, with intercept and slope refitted, is least.

use rayon::prelude::*;

use super::surrogate::{Surrogate, SurrogateInput};
use super::{WholePoints, points_scores};
use crate::math::{logistic, logit, softplus};
use crate::model::fit::JointFit;
use crate::model::fit::loss::Observed;
use crate::model::fit::penalty::Chains;
use crate::settings::Trend;

/// Scales tried, as shares of the one at which the steepest criterion just fits the bounds; above 1 it is cut off.
const SHARES: [f64; 10] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3];

/// Whole points within `bounds` (in steps of 1) that lose least on the training leads.
pub fn choose_small_points(
    fit: &JointFit,
    observed: &Observed<'_>,
    chains: &Chains,
    trends: &[Trend],
    bounds: (i32, i32),
    row_price: f64,
) -> WholePoints {
    let widest = (0..chains.n_criteria())
        .map(|j| {
            let b = &fit.coefficients[chains.range(j)];
            b.iter().copied().fold(f64::NEG_INFINITY, f64::max) - b.iter().copied().fold(f64::INFINITY, f64::min)
        })
        .fold(1e-6, f64::max);
    let fitting = f64::from(bounds.1 - bounds.0) / widest;
    let cards: Vec<(f64, WholePoints)> = SHARES
        .par_iter()
        .map(|share| {
            let scale = share * fitting;
            let center = centered(fit, chains, scale, bounds);
            let input = SurrogateInput {
                chains,
                trends,
                hessian: &fit.hessian,
                center: &center,
                scale,
                row_price,
                bounds: Some(bounds),
                kept: None,
            };
            let start = Surrogate::rounded(&center, scale, Some(bounds));
            let points = Surrogate::new(input, vec![0.0; center.len()], start).minimise();
            refit_line(points, observed)
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
fn centered(fit: &JointFit, chains: &Chains, scale: f64, bounds: (i32, i32)) -> Vec<f64> {
    let middle = f64::from(bounds.0 + bounds.1) / 2.0 / scale;
    let mut center = fit.coefficients.clone();
    for j in 0..chains.n_criteria() {
        let own = &mut center[chains.range(j)];
        let (low, high) =
            own.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), b| (low.min(*b), high.max(*b)));
        own.iter_mut().for_each(|b| *b += middle - (low + high) / 2.0);
    }
    center
}

/// Intercept and slope of the scores by maximum likelihood over their histogram; gives the loss with them, nats.
fn refit_line(points: Vec<i32>, observed: &Observed<'_>) -> (f64, WholePoints) {
    let scores = points_scores(&points, observed.codes);
    let lowest = scores.iter().min().copied().unwrap_or(0);
    let n_scores = (scores.iter().max().copied().unwrap_or(0) - lowest + 1) as usize;
    let mut counts = vec![(0.0, 0.0); n_scores];
    for (i, score) in scores.iter().enumerate() {
        let weight = observed.weight.map_or(1.0, |weight| weight[i]);
        let count = &mut counts[(score - lowest) as usize];
        count.0 += weight;
        count.1 += weight * observed.outcome[i];
    }
    let at = |index: usize| f64::from(lowest) + index as f64;
    let loss = |a: f64, slope: f64| -> f64 {
        (counts.iter().enumerate()).map(|(i, (n, c))| n * softplus(a + slope * at(i)) - c * (a + slope * at(i))).sum()
    };
    let (mut a, mut slope) = (logit(observed.mean_outcome()), 0.0);
    let mut now = loss(a, slope);
    for _ in 0..60 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for (i, (n, c)) in counts.iter().enumerate() {
            let p = logistic(a + slope * at(i));
            let (r, w) = (c - n * p, n * p * (1.0 - p));
            ga += r;
            gb += r * at(i);
            haa += w;
            hab += w * at(i);
            hbb += w * at(i) * at(i);
        }
        let det = haa * hbb - hab * hab;
        let (da, db) = ((hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det);
        let mut t = 1.0;
        while loss(a + t * da, slope + t * db) > now && t > 1e-6 {
            t /= 2.0;
        }
        (a, slope) = (a + t * da, slope + t * db);
        let before = std::mem::replace(&mut now, loss(a, slope));
        if before - now < 1e-10 * now.max(1.0) {
            break;
        }
    }
    // A score without a slope still needs a finite scale; it then says almost nothing, as it should.
    (now, WholePoints { points, scale: 1.0 / slope.max(1e-3), intercept: a, above_champion: Vec::new() })
}
