//! The card in use, as the search for points sees it: its points on the bins of the new fit, and what leaving them costs.

use std::collections::{BTreeMap, BTreeSet};

use super::WholePoints;
use crate::model::bins::{BinPlan, CriterionCells, PairBins};
use crate::model::fit::penalty::Chains;

/// Points that a card gives each cell of each criterion of the data; an empty list where it does not have the criterion.
pub type PointsOfCells = Vec<Vec<i32>>;

/// The card in use on the bins of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct ChampionOnBins {
    /// Its points per bin, shape `(n_coefficients,)`.
    pub points: Vec<i32>,
    /// Price per point away from them, nats per bin. The bins of one row of the card share the price of the row by their
    /// leads.
    pub leave_price: Vec<f64>,
    /// Leads per bin.
    n_leads: Vec<f64>,
}

impl ChampionOnBins {
    /// A card on the bins of `plan`. A bin takes the points that most of its leads have.
    ///
    /// - `criteria`: the cells of all criteria, as given to the fit.
    /// - `leads`: positions of the leads of the fit.
    /// - `price`: nats for moving a whole row of the card by one point.
    pub fn on(plan: &BinPlan, criteria: &[CriterionCells], card: &PointsOfCells, leads: &[u32], price: f64) -> Self {
        let (mut points, mut leave_price, mut n_leads) = (Vec::new(), Vec::new(), Vec::new());
        for bins in &plan.criteria {
            let column = &criteria[bins.criterion].column;
            let of_cell = &card[bins.criterion];
            let mut in_cell = vec![0.0; column.meaning.n_codes()];
            leads.iter().for_each(|&lead| in_cell[usize::from(column.cells[lead as usize])] += 1.0);
            let mut in_bin = vec![BTreeMap::<i32, f64>::new(); bins.n_bins()];
            for (cell, n) in in_cell.iter().enumerate() {
                // A cell without a lead still says what the card gives it.
                let of_card = of_cell.get(cell).copied().unwrap_or(0);
                *in_bin[bins.bin_of_cell(cell)].entry(of_card).or_default() += n + NO_LEAD;
            }
            let most = |counts: &BTreeMap<i32, f64>| {
                counts.iter().fold((0, 0.0), |best, (&points, &n)| if n > best.1 { (points, n) } else { best }).0
            };
            let of_bin: Vec<i32> = in_bin.iter().map(most).collect();
            let in_bin: Vec<f64> = in_bin.iter().map(|counts| counts.values().sum()).collect();
            let mut in_row = BTreeMap::<i32, f64>::new();
            for (&points, &n) in of_bin.iter().zip(&in_bin) {
                *in_row.entry(points).or_default() += n;
            }
            let share = |(points, n): (&i32, &f64)| price * n / in_row[points].max(f64::MIN_POSITIVE);
            leave_price.extend(of_bin.iter().zip(&in_bin).map(share));
            points.extend(of_bin);
            n_leads.extend(in_bin);
        }
        // A card in use has no price on what two criteria say together.
        let n_of_pairs: usize = plan.pairs.iter().map(PairBins::n_bins).sum();
        for values in [&mut leave_price, &mut n_leads] {
            values.resize(values.len() + n_of_pairs, 0.0);
        }
        points.resize(points.len() + n_of_pairs, 0);
        Self { points, leave_price, n_leads }
    }

    /// Rows of the card in use, told apart by their points, of which some leads have other points now.
    pub fn n_rows_left(&self, chains: &Chains, whole: &WholePoints) -> usize {
        let left_in = |j: usize| {
            let above = whole.above_champion.get(j).copied().unwrap_or(0);
            let has_left = |&k: &usize| self.n_leads[k] >= 1.0 && whole.points[k] != self.points[k] + above;
            chains.range(j).filter(has_left).map(|k| self.points[k]).collect::<BTreeSet<i32>>().len()
        };
        (0..chains.n_criteria()).map(left_in).sum()
    }

    /// How far each criterion lies above the card in use: the distance that most leads have.
    pub(super) fn distances(&self, chains: &Chains, points: &[i32], in_use: &[i32]) -> Vec<i32> {
        let distance = |j: usize| {
            let mut counts = BTreeMap::<i32, f64>::new();
            for k in chains.range(j) {
                *counts.entry(points[k] - in_use[k]).or_default() += self.n_leads[k];
            }
            // The weighted median, at which moving together costs least.
            let half = counts.values().sum::<f64>() / 2.0;
            let mut below = 0.0;
            let middle = counts.iter().find(|(_, n)| {
                below += **n;
                below >= half
            });
            middle.map_or(0, |(distance, _)| *distance)
        };
        (0..chains.n_criteria()).map(distance).collect()
    }
}

/// What a cell without a lead weighs.
const NO_LEAD: f64 = 1e-6;

/// Points of every bin moved by the distance of its criterion.
pub(super) fn moved(chains: &Chains, points: &[i32], by: &[i32]) -> Vec<i32> {
    (0..chains.n_criteria()).flat_map(|j| chains.range(j).map(move |k| points[k] + by[j])).collect()
}
