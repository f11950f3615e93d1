//! Strata: leads that no policy tells apart.

use std::collections::BTreeMap;

use crate::decide::frontier::{Evidence, HistogramCell, Ranking, nurture_from};
use crate::math::logistic;
use crate::settings::By;

/// Leads that no policy tells apart.
#[derive(Debug, Clone)]
pub(super) struct Strata {
    /// One per stratum.
    pub strata: Vec<Stratum>,
    /// The lowest score worth nurturing; `None` where the card has no such band.
    pub nurture_from: Option<i32>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Stratum {
    /// Points.
    pub score: i32,
    /// Log-odds of conversion, as the judged leads had it.
    pub log_odds: f64,
    /// Their standard error.
    pub error: f64,
    /// Judged leads.
    pub n_leads: f64,
    /// Of those, how many converted.
    pub n_wins: f64,
    /// How many of them the curve of all folds expects to.
    pub worth: f64,
    /// Leads a month (of 1,000 without dates) that come.
    pub leads_per: f64,
    /// Leads handed off in each month of the history (one entry without dates).
    pub handed_off: Vec<f64>,
    /// Any cell of it, by which rankings find their step.
    cell: HistogramCell,
}

impl Stratum {
    /// Chance of its judged leads by the curve of all folds; that of the card that ships where it has none.
    pub(super) fn chance_in_history(&self) -> f64 {
        if self.n_leads > 0.0 { self.worth / self.n_leads } else { logistic(self.log_odds) }
    }
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
        let offset = |offsets: &Option<Vec<f64>>, group: u32| offsets.as_ref().map_or(0.0, |all| all[group as usize]);
        let n_months = histogram.months.len().max(1);
        let mut found: BTreeMap<_, Stratum> = BTreeMap::new();
        for cell in &histogram.cells {
            let stratum = found.entry(key(cell)).or_insert_with(|| {
                let (log_odds, error) = chances.log_odds(cell.score);
                Stratum {
                    score: cell.score,
                    log_odds: log_odds + offset(&of_segment, cell.segment) + offset(&of_team, cell.team),
                    error,
                    n_leads: 0.0,
                    n_wins: 0.0,
                    worth: 0.0,
                    leads_per: 0.0,
                    handed_off: vec![0.0; n_months],
                    cell: *cell,
                }
            });
            stratum.n_leads += cell.n_leads as f64;
            stratum.n_wins += cell.n_converted as f64;
            stratum.worth += cell.worth();
            stratum.leads_per += evidence.outlook.leads_of(cell);
            stratum.handed_off[cell.month as usize] += cell.n_handed_off as f64;
        }
        Self { strata: found.into_values().collect(), nurture_from: nurture_from(evidence.bands) }
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
}

/// Conversion of chosen leads of which the curve says what to expect and judged leads how far it is off among them.
///
/// With `E` wins expected and `W` seen among the judged leads that would have been chosen, the curve is taken to be off there by
/// `(W + k) / (E + k)`: a curve is seldom off by more than a seventh at one line, which is worth as much as `k = 1 / 0.15^2` wins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ChosenConversion {
    leads: f64,
    expected: f64,
    judged_expected: f64,
    judged_wins: f64,
}

/// Wins that the curve is worth where it is held against those seen.
const WINS_OF_CURVE: f64 = 44.0;

impl ChosenConversion {
    /// Adds `share` of a stratum.
    ///
    /// - `leads`: how many of them come; `wins`: how many of its judged leads converted; `shift`: how far the log-odds ahead lie from
    ///   the history's.
    pub(super) fn add(&mut self, stratum: &Stratum, share: f64, leads: f64, wins: f64, shift: f64) {
        self.leads += share * leads;
        self.expected += share * leads * logistic(stratum.log_odds + shift);
        self.judged_expected += share * stratum.worth;
        self.judged_wins += share * wins;
    }

    /// Leads that come.
    pub(super) fn leads(&self) -> f64 {
        self.leads
    }

    /// Share of them that converts; `None` where none comes.
    pub(super) fn conversion(&self) -> Option<f64> {
        let off_by = (self.judged_wins + WINS_OF_CURVE) / (self.judged_expected + WINS_OF_CURVE);
        (self.leads > 0.0).then(|| (self.expected / self.leads * off_by).min(1.0))
    }
}
