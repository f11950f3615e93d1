//! Pairs: what two answers say together beyond what they say on their own.
//!
//! In: leads as codes with the log-odds that the card gives them so far. Out: [`PairBins`](crate::model::bins::PairBins), grids over
//! two criteria, whose cells the joint fit then weighs.
//!
//! Start at [`Residuals::table`]. `cells` counts what is left over by the bins of two criteria, `grid` cuts both into a few parts, `table`
//! weighs the cells.
//!
//! Always true: what the two criteria say on their own is taken out before a grid is cut, so a grid without anything of its own gains
//! nothing; a criterion has at most [`MAX_PARTS`] parts.

mod cells;
mod grid;
mod table;

pub use grid::MAX_PARTS;
pub use table::Table;

use crate::math::logistic;
use crate::model::bins::{BinPlan, Codes};
use crate::settings::Trend;
use cells::ResidualCells;

/// What a fit leaves over, by lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Residuals {
    /// Outcome less probability; 0 for leads that are not looked at.
    left_over: Vec<f64>,
    /// Variance of an outcome; 0 for leads that are not looked at.
    curvature: Vec<f64>,
}

impl Residuals {
    /// - `log_odds`, `outcome`: of each lead; `is_seen`: whether it is looked at, by its position.
    pub fn of(log_odds: &[f64], outcome: &[f64], is_seen: impl Fn(usize) -> bool) -> Self {
        let of_lead = |(lead, (&log_odds, &outcome)): (usize, (&f64, &f64))| {
            let p = logistic(log_odds);
            if is_seen(lead) { (outcome - p, p * (1.0 - p)) } else { (0.0, 0.0) }
        };
        let (left_over, curvature) = log_odds.iter().zip(outcome).enumerate().map(of_lead).unzip();
        Self { left_over, curvature }
    }

    /// The table of two criteria that gains most; `None` where its cells do not differ beyond chance.
    ///
    /// - `codes`: of all criteria of the plan; `of`: positions of two of them, rows then columns.
    pub fn table(&self, bins: &BinPlan, codes: &Codes, of: [usize; 2]) -> Option<Table> {
        let mut cells = ResidualCells::count(self, of.map(|at| (&codes.columns[at][..], codes.n_bins[at])));
        cells.take_out_margins();
        let is_ordered = of.map(|at| bins.criteria[at].trend != Trend::Unordered);
        let order = cells.order(is_ordered);
        Table::new(of, &order, &cells.in_order(&order).cut()?)
    }
}

/// Every two criteria of a plan that a pair may look at.
pub fn all_pairs(bins: &BinPlan) -> Vec<[usize; 2]> {
    let may: Vec<usize> = (0..bins.criteria.len()).filter(|&at| bins.criteria[at].can_pair()).collect();
    may.iter().enumerate().flat_map(|(at, &row)| may[at + 1..].iter().map(move |&column| [row, column])).collect()
}

#[cfg(test)]
mod tests;
