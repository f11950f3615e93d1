//! Newton steps without a matrix of curvature, for more bins than the leads can fill.
//!
//! With thousands of bins on thousands of leads, most of a fit would go into a matrix that is far larger than the data behind it. Its
//! product with a vector takes two passes over the codes, and conjugate gradients need a few dozen of those.
//!
//! Always true: sums run over fixed blocks of leads, added in order; where steps end is where those of the matrix do.
//!
//! # Source
//! Preconditioned conjugate gradients (Hestenes, Stiefel 1952); Newton's method with them as in Lin, Weng, Keerthi 2008, *Journal of Machine
//! Learning Research* 9, 627-650.

use rayon::prelude::*;

use super::blocks::{Block, blocks_of};
use super::loss::{Observed, log_odds};
use super::penalty::Penalty;
use crate::math::logistic;

/// Operations of a factored matrix that take as long as one lead's code in a product, times the products that a step takes.
const PRODUCTS: f64 = 5000.0;

/// The residual of a step, as a share of the first: what is left to gain falls by a thousand with each, and the next step starts from a
/// gradient of its own (inexact Newton: Dembo, Eisenstat, Steihaug 1982, *SIAM Journal on Numerical Analysis* 19, 400-408).
const RESIDUAL: f64 = 0.03;

/// Products after which a step is good enough as it is.
const MAX_PRODUCTS: usize = 300;

/// Whether a step by products takes less than factoring the matrix.
pub(super) fn is_wide(observed: &Observed<'_>, n_coefficients: usize) -> bool {
    let n_codes = (observed.codes.n_leads * observed.codes.columns.len()) as f64;
    (n_coefficients as f64).powi(3) > PRODUCTS * n_codes
}

/// The Newton step at `(a, b)`, intercept first.
///
/// - `gradient`: of loss and penalty there, shape `(1 + n_coefficients,)`.
pub(super) fn newton_step(observed: &Observed<'_>, penalty: &Penalty, a: f64, b: &[f64], gradient: &[f64]) -> Vec<f64> {
    let curved = Curved::at(observed, penalty, a, b);
    let nearly = Neighbours::of(&curved);
    let mut step = vec![0.0; gradient.len()];
    let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut scaled = nearly.solve(&residual);
    let mut direction = scaled.clone();
    let mut size = dot(&residual, &scaled);
    let enough = size * RESIDUAL * RESIDUAL;
    for _ in 0..MAX_PRODUCTS {
        if size <= enough {
            break;
        }
        let product = curved.times(&direction);
        let length = size / dot(&direction, &product);
        step.iter_mut().zip(&direction).for_each(|(step, d)| *step += length * d);
        residual.iter_mut().zip(&product).for_each(|(residual, p)| *residual -= length * p);
        scaled = nearly.solve(&residual);
        let before = std::mem::replace(&mut size, dot(&residual, &scaled));
        let kept = size / before;
        direction.iter_mut().zip(&scaled).for_each(|(d, s)| *d = s + kept * *d);
    }
    step
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Loss and penalty around one place.
struct Curved<'a> {
    observed: &'a Observed<'a>,
    penalty: &'a Penalty,
    /// Variance of each lead's outcome, by weight.
    variance: Vec<f64>,
    offsets: Vec<usize>,
}

impl<'a> Curved<'a> {
    fn at(observed: &'a Observed<'a>, penalty: &'a Penalty, a: f64, b: &[f64]) -> Self {
        let variance = |(lead, eta): (usize, f64)| {
            let p = logistic(eta);
            observed.weight_of(lead) * p * (1.0 - p)
        };
        let variance = log_odds(observed.codes, a, b).into_iter().enumerate().map(variance).collect();
        Self { observed, penalty, variance, offsets: observed.codes.offsets() }
    }

    /// Curvature times a vector, intercept first.
    fn times(&self, vector: &[f64]) -> Vec<f64> {
        let mut product = self.sums(|values, block| {
            values.fill(vector[0]);
            block.add_worth(&vector[1..], values);
        });
        self.penalty.add_gradient(&vector[1..], &mut product[1..]);
        product
    }

    /// Sums over leads, in all and by bin, of their variance times what `fill` makes of their codes.
    fn sums(&self, fill: impl Fn(&mut [f64], &Block<'_>) + Sync) -> Vec<f64> {
        let size = 1 + self.offsets.last().copied().unwrap_or(0);
        let parts: Vec<Vec<f64>> = blocks_of(self.variance.len())
            .map(|leads| {
                let block = Block::of(self.observed.codes, &self.offsets, leads.clone());
                let mut values = vec![0.0; leads.len()];
                fill(&mut values, &block);
                values.iter_mut().zip(&self.variance[leads]).for_each(|(value, variance)| *value *= variance);
                let mut sums = vec![0.0; size];
                sums[0] = values.iter().sum();
                block.add_sums(&values, &mut sums[1..]);
                sums
            })
            .collect();
        parts.into_iter().fold(vec![0.0; size], |mut total, part| {
            total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
            total
        })
    }
}

/// What bins and their neighbours have of the curvature: a matrix of three diagonals, factored.
struct Neighbours {
    intercept: f64,
    /// Pivots.
    pivot: Vec<f64>,
    /// Each row's share of the row before it.
    factor: Vec<f64>,
}

impl Neighbours {
    fn of(curved: &Curved<'_>) -> Self {
        let by_bin = curved.sums(|values, _| values.fill(1.0));
        let Penalty { ridge, link, .. } = curved.penalty;
        let linked = |k: usize| link[k] + k.checked_sub(1).map_or(0.0, |before| link[before]);
        let diagonal = |k: usize| (by_bin[1 + k] + ridge[k] + linked(k)).max(f64::MIN_POSITIVE);
        let mut own = Self { intercept: by_bin[0].max(f64::MIN_POSITIVE), pivot: Vec::new(), factor: Vec::new() };
        for k in 0..ridge.len() {
            let factor = if k > 0 { -link[k - 1] / own.pivot[k - 1] } else { 0.0 };
            let shared = if k > 0 { -factor * link[k - 1] } else { 0.0 };
            own.factor.push(factor);
            own.pivot.push(diagonal(k) - shared);
        }
        own
    }

    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut solution = right.to_vec();
        solution[0] /= self.intercept;
        let own = &mut solution[1..];
        for k in 1..own.len() {
            own[k] -= self.factor[k] * own[k - 1];
        }
        for k in (0..own.len()).rev() {
            own[k] /= self.pivot[k];
            if k + 1 < own.len() {
                own[k] -= self.factor[k + 1] * own[k + 1];
            }
        }
        solution
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::newton::{Known, NewtonParams, average_lead, minimise};
    use super::super::penalty::Chains;
    use super::*;
    use crate::model::bins::Codes;

    #[test]
    fn steps_without_the_matrix_arrive_where_those_with_it_do() {
        let (n_leads, n_bins) = (300, 30_usize);
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let columns: Vec<Vec<u8>> =
            (0..12).map(|_| (0..n_leads).map(|_| rng.random_range(0..n_bins as u8)).collect()).collect();
        let outcome: Vec<f64> = (0..n_leads)
            .map(|lead| f64::from(u8::from(rng.random::<f64>() < 0.1 + 0.02 * f64::from(columns[0][lead]))))
            .collect();
        let codes = Codes { columns, n_bins: vec![n_bins; 12], n_leads };
        let offsets = (0..=12).map(|at| at * n_bins).collect();
        let chains = Chains { offsets, n_chained: vec![n_bins - 1; 12], own_ridge: vec![None; 12], pairs: Vec::new() };
        let weight: Vec<f64> = (0..n_leads).map(|lead| 0.5 + (lead % 3) as f64).collect();
        let observed = Observed { codes: &codes, outcome: &outcome, weight: Some(&weight) };
        assert!(is_wide(&observed, chains.n_coefficients()));
        for (smoothness, ridge) in [(3.0, 1.0), (0.3, 0.1)] {
            let penalty = Penalty::flat(&chains, smoothness, ridge);
            let params = NewtonParams { tolerance: 1e-15, ..NewtonParams::default() };
            let start = average_lead(&observed).expect("both outcomes");
            let matrix = observed.hessian(start.intercept, &start.coefficients, usize::MAX);
            let settled =
                |mut known: Known| minimise(&observed, &penalty, &start, &mut known, &params).expect("settles").0;
            let (without, with) = (settled(Known::default()), settled(Known::curvature(matrix)));
            // A nat of 1e-13 in all, where only the ridge holds the sum of a criterion, is a millionth of a log-odds.
            for (a, b) in without.coefficients.iter().zip(&with.coefficients) {
                assert!((a - b).abs() < 1e-5, "{a} and {b} at {smoothness}, {ridge}");
            }
            assert!((without.intercept - with.intercept).abs() < 1e-5);
        }
    }
}
