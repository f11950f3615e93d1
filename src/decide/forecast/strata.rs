//! Strata: leads that no policy tells apart, counted by month.

use std::collections::BTreeMap;

use crate::decide::frontier::{Evidence, HistogramCell, Month, Ranking, nurture_from, spread_of};
use crate::math::logistic;
use crate::settings::By;

/// Leads that no policy tells apart.
#[derive(Debug, Clone)]
pub(super) struct Strata {
    /// One per stratum.
    pub strata: Vec<Stratum>,
    /// The months of the history; empty without dates.
    pub months: Vec<Month>,
    /// Leads of each month (one entry without dates), by stratum.
    pub n_leads: Vec<Vec<f64>>,
    /// Standard deviation between months of the log-odds of all leads, beyond chance.
    pub month_sd: f64,
    /// The lowest score worth nurturing; `None` where the card has no such band.
    pub nurture_from: Option<i32>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Stratum {
    /// Points.
    pub score: i32,
    /// Log-odds of conversion.
    pub log_odds: f64,
    /// Their standard error.
    pub error: f64,
    /// Any cell of it, by which rankings find their step.
    cell: HistogramCell,
}

impl Strata {
    /// Cuts the history by what the rankings look at.
    pub(super) fn new(evidence: &Evidence<'_>, rankings: &[&Ranking]) -> Self {
        let histogram = evidence.histogram;
        let chances = evidence.chances();
        let looks_at = |by: By| rankings.iter().any(|ranking| ranking.by() == Some(by));
        let offsets = |by: By| if looks_at(by) { Some(chances.offsets(histogram, by)) } else { None };
        let (of_segment, of_team) = (offsets(By::Segment), offsets(By::Team));
        let key = |cell: &HistogramCell| {
            (cell.score, of_segment.as_ref().map(|_| cell.segment), of_team.as_ref().map(|_| cell.team))
        };
        let n_months = histogram.months.len().max(1);
        let mut found: BTreeMap<_, (&HistogramCell, Vec<f64>)> = BTreeMap::new();
        for cell in &histogram.cells {
            let (_, by_month) = found.entry(key(cell)).or_insert_with(|| (cell, vec![0.0; n_months]));
            by_month[cell.month as usize] += cell.n_leads as f64;
        }
        let offset = |offsets: &Option<Vec<f64>>, group: u32| offsets.as_ref().map_or(0.0, |all| all[group as usize]);
        let strata: Vec<Stratum> = found
            .values()
            .map(|(cell, _)| {
                let (log_odds, error) = chances.log_odds(cell.score);
                let log_odds = log_odds + offset(&of_segment, cell.segment) + offset(&of_team, cell.team);
                Stratum { score: cell.score, log_odds, error, cell: **cell }
            })
            .collect();
        let n_leads: Vec<Vec<f64>> =
            (0..n_months).map(|month| found.values().map(|(_, by_month)| by_month[month]).collect()).collect();
        Self {
            month_sd: month_sd(evidence),
            strata,
            months: histogram.months.clone(),
            n_leads,
            nurture_from: nurture_from(evidence.bands),
        }
    }

    /// Number of strata.
    pub(super) fn len(&self) -> usize {
        self.strata.len()
    }

    /// The step of each stratum in a ranking of the same history.
    pub(super) fn steps(&self, ranking: &Ranking) -> Vec<usize> {
        self.strata.iter().map(|stratum| ranking.step_of(&stratum.cell)).collect()
    }

    /// The share of stratum `at` that is chosen, given the share of each step.
    pub(super) fn share(&self, ranking: &Ranking, shares: &[f64], at: usize) -> f64 {
        shares[ranking.step_of(&self.strata[at].cell)]
    }

    /// Leads of each stratum over the whole history.
    pub(super) fn totals(&self) -> Vec<f64> {
        (0..self.len()).map(|at| self.n_leads.iter().map(|month| month[at]).sum()).collect()
    }
}

/// How much months differ in conversion beyond chance, as for groups: see [`spread_of`].
fn month_sd(evidence: &Evidence<'_>) -> f64 {
    let chances = evidence.chances();
    let mut sums = vec![(0.0, 0.0); evidence.histogram.months.len()];
    for cell in &evidence.histogram.cells {
        let Some((excess, variance)) = sums.get_mut(cell.month as usize) else { continue };
        let chance = logistic(chances.log_odds(cell.score).0);
        *excess += cell.n_converted as f64 - cell.n_leads as f64 * chance;
        *variance += cell.n_leads as f64 * chance * (1.0 - chance);
    }
    let shifts: Vec<(f64, f64)> =
        sums.into_iter().filter(|(_, v)| *v > 0.0).map(|(excess, v)| (excess / v, v)).collect();
    if shifts.len() < 3 { 0.0 } else { spread_of(&shifts).sqrt() }
}
