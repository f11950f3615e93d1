//! The loss of the joint fit over leads as codes: value, gradient and curvature without a design matrix.
//!
//! Sums run over fixed blocks of leads whose results are added in order, so that any number of cores gives the same bytes.

use std::borrow::Cow;

use faer::Mat;
use rayon::prelude::*;

use super::blocks::{Block, blocks_of, sums_by_place};
use crate::math::logistic;
use crate::model::bins::Codes;

/// Leads as codes, with outcomes and weights.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Codes of the leads.
    pub codes: &'a Codes,
    /// Outcome of each lead, `0.0..=1.0`; fractions are expected outcomes.
    pub outcome: &'a [f64],
    /// Weight of each lead; all 1 when absent.
    pub weight: Option<&'a [f64]>,
}

impl Observed<'_> {
    /// Sum of the weights: the number of leads, where they have none.
    pub fn total_weight(&self) -> f64 {
        self.weight.map_or(self.outcome.len() as f64, |weight| weight.iter().sum())
    }

    /// Weighted mean of the outcome.
    pub fn mean_outcome(&self) -> f64 {
        let total: f64 = self.outcome.iter().enumerate().map(|(i, y)| self.weight_of(i) * y).sum();
        total / self.total_weight()
    }

    /// Weight of lead `i`.
    pub fn weight_of(&self, i: usize) -> f64 {
        self.weight.map_or(1.0, |weight| weight[i])
    }

    /// Loss and gradient at `(a, b)` in one pass over the leads.
    ///
    /// The loss is `sum_i w_i * (softplus(eta_i) - y_i * eta_i)`, negative log likelihood in nats; the gradient has the
    /// intercept first, shape `(1 + n_coefficients,)`.
    pub fn loss_and_gradient(&self, a: f64, b: &[f64]) -> (f64, Vec<f64>) {
        let offsets = self.codes.offsets();
        let parts: Vec<(f64, Vec<f64>)> = blocks_of(self.outcome.len())
            .map(|leads| {
                let block = Block::of(self.codes, &offsets, leads.clone());
                let mut eta = vec![a; leads.len()];
                block.add_worth(b, &mut eta);
                // From here on `eta` holds the residuals: promised less seen.
                let outcome = &self.outcome[leads.clone()];
                let loss = match self.weight {
                    None => residuals(&mut eta, outcome),
                    Some(weight) => weighted_residuals(&mut eta, outcome, &weight[leads]),
                };
                let mut gradient = vec![0.0; 1 + b.len()];
                gradient[0] = eta.iter().sum();
                block.add_sums(&eta, &mut gradient[1..]);
                (loss, gradient)
            })
            .collect();
        let mut total = (0.0, vec![0.0; 1 + b.len()]);
        for (loss, gradient) in parts {
            total.0 += loss;
            for (sum, value) in total.1.iter_mut().zip(gradient) {
                *sum += value;
            }
        }
        total
    }

    /// Curvature of the loss at `(a, b)`, both triangles, shape `(1 + n_coefficients, 1 + n_coefficients)`.
    ///
    /// The curvature of one-hot codes is one histogram per pair of criteria, of `w_i p_i (1 - p_i)`. With more than
    /// about `at_most` leads, every so-many-th is counted for as many as it stands for, and every lead of a rare bin for itself: a bin that
    /// the sample hardly sees would let steps go too far.
    pub fn hessian(&self, a: f64, b: &[f64], at_most: usize) -> Mat<f64> {
        self.hessian_of(a, b, self.counted(at_most, RARE))
    }

    /// [`Observed::hessian`] for the steps of a fit, which are as many as the bins known worst have them: more bins are counted lead by lead.
    pub fn hessian_for_steps(&self, a: f64, b: &[f64], at_most: usize) -> Mat<f64> {
        self.hessian_of(a, b, self.counted(at_most, RARE_IN_STEPS))
    }

    fn hessian_of(&self, a: f64, b: &[f64], counted: Option<Counted>) -> Mat<f64> {
        let offsets = self.codes.offsets();
        let n_criteria = self.codes.columns.len();
        // Where leads are skipped, copying the counted codes once keeps the many passes below on tight memory.
        let columns: Vec<Cow<'_, [u8]>> = (self.codes.columns.par_iter())
            .map(|column| match &counted {
                None => column.as_slice().into(),
                Some(counted) => counted.leads.iter().map(|&lead| column[lead as usize]).collect::<Vec<u8>>().into(),
            })
            .collect();
        let mut curvature = vec![a; counted.as_ref().map_or(self.outcome.len(), |counted| counted.leads.len())];
        for (column, &offset) in columns.iter().zip(&offsets) {
            for (eta, &code) in curvature.iter_mut().zip(column.iter()) {
                *eta += b[offset + usize::from(code)];
            }
        }
        for (at, value) in curvature.iter_mut().enumerate() {
            let weight = match &counted {
                None => self.weight_of(at),
                Some(counted) => counted.stands_for[at] * self.weight_of(counted.leads[at] as usize),
            };
            let p = logistic(*value);
            *value = weight * p * (1.0 - p);
        }
        let pairs: Vec<(usize, usize)> = (0..n_criteria).flat_map(|j| (j..n_criteria).map(move |k| (j, k))).collect();
        let blocks: Vec<Vec<f64>> = pairs
            .par_iter()
            .map(|&(j, k)| {
                if j == k {
                    sums_by_code(&columns[j], self.codes.n_bins[j], &curvature)
                } else {
                    sums_by_pair(&columns[j], &columns[k], self.codes.n_bins[j], self.codes.n_bins[k], &curvature)
                }
            })
            .collect();
        let size = 1 + offsets[n_criteria];
        let mut hessian = Mat::zeros(size, size);
        hessian[(0, 0)] = curvature.iter().sum();
        for (&(j, k), sums) in pairs.iter().zip(&blocks) {
            let (row, column) = (1 + offsets[j], 1 + offsets[k]);
            if j == k {
                for (bin, &sum) in sums.iter().enumerate() {
                    hessian[(row + bin, row + bin)] = sum;
                    hessian[(0, row + bin)] = sum;
                    hessian[(row + bin, 0)] = sum;
                }
            } else {
                let width = self.codes.n_bins[k];
                for (cell, &sum) in sums.iter().enumerate() {
                    let (r, c) = (row + cell / width, column + cell % width);
                    hessian[(r, c)] = sum;
                    hessian[(c, r)] = sum;
                }
            }
        }
        hessian
    }

    /// The leads whose curvature is counted; `None` where all are.
    ///
    /// - `rare`: leads of a sample below which a bin is counted lead by lead.
    fn counted(&self, at_most: usize, rare: usize) -> Option<Counted> {
        let n = self.outcome.len();
        let stride = n.div_ceil(at_most.max(1)).max(1);
        if stride == 1 {
            return None;
        }
        let of_rare_bins: Vec<Vec<u32>> = (self.codes.columns.par_iter().zip(&self.codes.n_bins))
            .map(|(column, &n_bins)| leads_of_rare_bins(column, n_bins, rare.saturating_mul(stride)))
            .collect();
        let mut is_rare = vec![false; n];
        of_rare_bins.iter().flatten().for_each(|&lead| is_rare[lead as usize] = true);
        let n_rare = is_rare.iter().filter(|is_rare| **is_rare).count();
        let n_others = (0..n).step_by(stride).filter(|&lead| !is_rare[lead]).count();
        let stands_for = (n - n_rare) as f64 / n_others.max(1) as f64;
        let mut counted = Counted { leads: Vec::with_capacity(n_rare + n_others), stands_for: Vec::new() };
        for (lead, &is_rare) in is_rare.iter().enumerate() {
            if is_rare || lead % stride == 0 {
                counted.leads.push(lead as u32);
                counted.stands_for.push(if is_rare { 1.0 } else { stands_for });
            }
        }
        Some(counted)
    }
}

/// Some of the leads, in their order.
struct Counted {
    leads: Vec<u32>,
    /// How many leads each stands for.
    stands_for: Vec<f64>,
}

/// Leads of a sample below which a bin is rare: in the curvature that points are chosen by, and in one that only steps are made by.
const RARE: usize = 4;
const RARE_IN_STEPS: usize = 64;

/// The leads in bins of fewer than so many.
fn leads_of_rare_bins(column: &[u8], n_bins: usize, fewer_than: usize) -> Vec<u32> {
    let n_leads = counts_by_code(column, n_bins);
    let is_rare: Vec<bool> = n_leads.into_iter().map(|n_leads| n_leads > 0 && n_leads < fewer_than).collect();
    if !is_rare.contains(&true) {
        return Vec::new();
    }
    let of_column = column.iter().zip(0_u32..);
    of_column.filter(|(code, _)| is_rare[usize::from(**code)]).map(|(_, lead)| lead).collect()
}

/// Leads whose `1 + exp(-|eta|)` are multiplied before the logarithm is taken: at most two to the power of so many.
const TOGETHER: usize = 32;

/// Turns log-odds into promised less seen; the loss of all of them, nats.
fn residuals(eta: &mut [f64], outcome: &[f64]) -> f64 {
    let mut loss = 0.0;
    for (eta, outcome) in eta.chunks_mut(TOGETHER).zip(outcome.chunks(TOGETHER)) {
        // The sum of logarithms is the logarithm of the product, which takes one instead of many.
        let mut product = 1.0;
        for (eta, &y) in eta.iter_mut().zip(outcome) {
            let (p, e) = promised(*eta);
            product *= 1.0 + e;
            loss += eta.max(0.0) - y * *eta;
            *eta = p - y;
        }
        loss += product.ln();
    }
    loss
}

/// [`residuals`] of leads that count by weight.
fn weighted_residuals(eta: &mut [f64], outcome: &[f64], weight: &[f64]) -> f64 {
    let mut loss = 0.0;
    for ((eta, &y), &w) in eta.iter_mut().zip(outcome).zip(weight) {
        let (p, e) = promised(*eta);
        loss += w * (eta.max(0.0) + e.ln_1p() - y * *eta);
        *eta = w * (p - y);
    }
    loss
}

/// The probability at some log-odds, and `exp(-|eta|)`.
fn promised(eta: f64) -> (f64, f64) {
    let e = (-eta.abs()).exp();
    let p = 1.0 / (1.0 + e);
    (if eta >= 0.0 { p } else { e * p }, e)
}

/// Log-odds of each lead: `a + sum_j b[j, code_ij]`; `b` has shape `(n_coefficients,)`.
pub fn log_odds(codes: &Codes, a: f64, b: &[f64]) -> Vec<f64> {
    let offsets = codes.offsets();
    let blocks: Vec<Vec<f64>> = blocks_of(codes.n_leads)
        .map(|leads| {
            let mut eta = vec![a; leads.len()];
            Block::of(codes, &offsets, leads).add_worth(b, &mut eta);
            eta
        })
        .collect();
    blocks.concat()
}

/// Leads with each code, counted in turns so that two leads of one bin need not wait for each other.
fn counts_by_code(codes: &[u8], n_bins: usize) -> Vec<usize> {
    let mut lanes = vec![[0_usize; 4]; n_bins];
    let (fours, rest) = codes.as_chunks::<4>();
    for four in fours {
        (0..4).for_each(|lane| lanes[usize::from(four[lane])][lane] += 1);
    }
    rest.iter().for_each(|&code| lanes[usize::from(code)][0] += 1);
    lanes.into_iter().map(|lanes| lanes.iter().sum()).collect()
}

fn sums_by_code(codes: &[u8], n_bins: usize, values: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; n_bins];
    for (&code, value) in codes.iter().zip(values) {
        sums[usize::from(code)] += value;
    }
    sums
}

/// Cells of a table of two criteria up to which leads are added to several sums of each: of few cells the next lead often falls into the one
/// before, and would have to wait for it.
const FEW_CELLS: usize = 400;

fn sums_by_pair(rows: &[u8], columns: &[u8], n_rows: usize, n_columns: usize, values: &[f64]) -> Vec<f64> {
    let cell = |lead: usize| usize::from(rows[lead]) * n_columns + usize::from(columns[lead]);
    let n_cells = n_rows * n_columns;
    if n_cells <= FEW_CELLS {
        return sums_by_place(n_cells, values, cell).collect();
    }
    let mut sums = vec![0.0; n_cells];
    values.iter().enumerate().for_each(|(lead, value)| sums[cell(lead)] += value);
    sums
}
