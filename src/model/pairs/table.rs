//! Table: a weight for every cell of a grid, on top of what the card says so far, pulled to 0 as far as the cells of the grid do not differ.

use super::cells::{Cell, Order};
use super::grid::Cuts;
use crate::model::bins::pairs::{NO_PART, PairAxis};
use crate::model::bins::{Codes, PairBins};

/// A grid with its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The grid.
    pub bins: PairBins,
    /// Log-odds that each code adds; 0 for a missing answer.
    weights: Vec<f64>,
    /// How much likelier it makes the outcomes, nats, its weights drawn from their distribution.
    pub evidence: f64,
}

/// Standard deviations tried, log-odds: from no difference that a card could show to twenty-fold odds.
const LEAST_SPREAD: f64 = 0.05;
const MOST_SPREAD: f64 = 3.0;
const N_SPREADS: usize = 18;

impl Cell {
    /// The likeliest weight under a normal prior around 0.
    fn weight(self, variance: f64) -> f64 {
        self.left_over / (self.curvature + variance.recip())
    }

    /// Log of the marginal likelihood over that without a weight.
    fn evidence(self, variance: f64) -> f64 {
        0.5 * self.left_over * self.weight(variance) - 0.5 * (variance * self.curvature).ln_1p()
    }
}

impl Table {
    /// - `order`: of the bins that were cut.
    pub(super) fn new(of: [usize; 2], order: &Order, cuts: &Cuts) -> Option<Self> {
        let of_cells = &cuts.cells;
        let (variance, evidence) = likeliest_variance(of_cells)?;
        let of_cell: Vec<f64> = of_cells.iter().map(|cell| cell.weight(variance)).collect();
        let mut by_weight: Vec<usize> = (0..of_cell.len()).collect();
        by_weight.sort_by(|&i, &j| of_cell[i].total_cmp(&of_cell[j]));
        let (mut code_of_cell, mut weights, mut curvature_of_code) = (vec![0; of_cell.len()], vec![0.0], vec![0.0]);
        for (code, cell) in (1..).zip(by_weight) {
            code_of_cell[cell] = code;
            weights.push(of_cell[cell]);
            curvature_of_code.push(of_cells[cell].curvature);
        }
        let axes = [axis(&order[0], &cuts.rows), axis(&order[1], &cuts.columns)];
        Some(Self { bins: PairBins { of, axes, code_of_cell, curvature_of_code, variance }, weights, evidence })
    }

    /// Adds the weights to the log-odds of leads.
    ///
    /// - `codes`: of all criteria of the plan.
    pub fn add_to(&self, log_odds: &mut [f64], codes: &Codes) {
        let cells = self.bins.encode(self.bins.of.map(|at| &codes.columns[at][..]));
        log_odds.iter_mut().zip(cells).for_each(|(log_odds, cell)| *log_odds += self.weights[usize::from(cell)]);
    }

    /// Log-odds that a lead with these codes of the two criteria gets.
    pub fn weight(&self, codes: [u8; 2]) -> f64 {
        self.weights[usize::from(self.bins.code(codes.map(usize::from)))]
    }
}

/// The bins of a criterion in the parts between cuts. Place 0 of the order is bin 1.
fn axis(order: &[usize], cuts: &[usize]) -> PairAxis {
    let mut part_of_bin = vec![NO_PART; order.len() + 1];
    for (part, range) in cuts.windows(2).enumerate() {
        order[range[0]..range[1]].iter().for_each(|&at| part_of_bin[at + 1] = part as u8);
    }
    PairAxis { part_of_bin, n_parts: cuts.len() - 1 }
}

/// The variance of the true weights under which what is left over is likeliest, and how much likelier than without any: `None` where it
/// is not.
///
/// What is left over in a cell is normal around `curvature * weight` with variance `curvature`, its weight around 0.
///
/// # Source
/// Empirical Bayes for normal means (Efron and Morris 1973, *JASA* 68, 117-130), on the score of the fit.
fn likeliest_variance(cells: &[Cell]) -> Option<(f64, f64)> {
    let step = (MOST_SPREAD / LEAST_SPREAD).ln() / (N_SPREADS - 1) as f64;
    let tried = (0..N_SPREADS).map(|at| {
        let variance = (LEAST_SPREAD * (at as f64 * step).exp()).powi(2);
        (variance, cells.iter().map(|cell| cell.evidence(variance)).sum::<f64>())
    });
    tried.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, evidence)| *evidence > 0.0)
}
