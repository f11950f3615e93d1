//! Strata: leads that no policy tells apart.

use std::collections::BTreeMap;

use crate::decide::frontier::{
    Evidence, GroupLeads, HistogramCell, Ranking, group_offsets, leads_of_groups, nurture_from,
};
use crate::math::{logistic, logit};
use crate::settings::By;

/// Leads that no policy tells apart.
#[derive(Debug, Clone)]
pub(super) struct Strata {
    /// One per stratum.
    pub strata: Vec<Stratum>,
    /// The lowest score worth nurturing; `None` where the card has no such band.
    pub nurture_from: Option<i32>,
    /// Segments and teams, where a ranking looks at them.
    pub groupings: Vec<Grouping>,
}

/// Segments or teams, and how far they lie from the curve.
#[derive(Debug, Clone)]
pub(super) struct Grouping {
    /// Which of the two.
    pub by: By,
    /// How far the log-odds of each group lie from the curve.
    pub offsets: Vec<f64>,
    /// The judged leads behind them.
    pub leads: Vec<GroupLeads>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Stratum {
    /// Points.
    pub score: i32,
    /// Log-odds of conversion by the curve; groups lie about it.
    pub log_odds: f64,
    /// Their standard error.
    pub error: f64,
    /// Judged leads.
    pub n_leads: f64,
    /// Of those, how many converted.
    pub n_wins: f64,
    /// How many of them the curve of all folds expects to; groups lie about it.
    pub worth: f64,
    /// Leads a month (of 1,000 without dates) that come.
    pub leads_per: f64,
    /// Leads handed off in each month of the history (one entry without dates).
    pub handed_off: Vec<f64>,
    /// Any cell of it, by which rankings find their step.
    pub cell: HistogramCell,
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
        let (by_segment, by_team) = (looks_at(By::Segment), looks_at(By::Team));
        let key = |cell: &HistogramCell| (cell.score, by_segment.then_some(cell.segment), by_team.then_some(cell.team));
        let n_months = histogram.months.len().max(1);
        let mut found: BTreeMap<_, Stratum> = BTreeMap::new();
        for cell in &histogram.cells {
            let stratum = found.entry(key(cell)).or_insert_with(|| {
                let (log_odds, error) = chances.log_odds(cell.score);
                Stratum {
                    score: cell.score,
                    log_odds,
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
        let groupings = [By::Segment, By::Team].into_iter().filter(|&by| looks_at(by)).map(|by| {
            let (leads, n_groups) = leads_of_groups(histogram, by);
            Grouping { by, offsets: group_offsets(&leads, n_groups), leads }
        });
        Self {
            strata: found.into_values().collect(),
            nurture_from: nurture_from(evidence.bands),
            groupings: groupings.collect(),
        }
    }

    /// How far the log-odds of stratum `at` lie from the curve, given those of the groups of each grouping.
    pub(super) fn offset<'a>(&self, at: usize, mut offsets: impl Iterator<Item = &'a [f64]>) -> f64 {
        let cell = &self.strata[at].cell;
        let of_grouping = |grouping: &Grouping| offsets.next().map_or(0.0, |all| all[cell.group(Some(grouping.by))]);
        self.groupings.iter().map(of_grouping).sum()
    }

    /// What is said of stratum `at` where its groups lie where the history has them.
    pub(super) fn said(&self, at: usize) -> Said {
        let offset = self.offset(at, self.groupings.iter().map(|grouping| grouping.offsets.as_slice()));
        Said::new(&self.strata[at], offset)
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

/// What a history says of a stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Said {
    /// Log-odds of conversion.
    pub log_odds: f64,
    /// Conversions expected among its judged leads.
    pub worth: f64,
}

impl Said {
    /// - `offset`: how far its groups lie from the curve, in log-odds.
    pub(super) fn new(stratum: &Stratum, offset: f64) -> Self {
        let worth = if offset == 0.0 {
            stratum.worth
        } else {
            stratum.n_leads * logistic(logit(stratum.chance_in_history()) + offset)
        };
        Self { log_odds: stratum.log_odds + offset, worth }
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

/// Variance that the log-odds of a curve take where it is nothing but the share of the judged leads that converted, so that a promise is
/// as far off as a share that was counted.
///
/// With `W` wins the promise follows the judged leads by `w = W / (W + k)`, with `k` wins that a curve is worth, and the curve by the rest: of a curve off
/// by a variance `s` and leads by one of `v`, it is off by `(1 - w)^2 s + w^2 v`. That is `v` where `s = v (1 + w) / (1 - w)`.
///
/// - `of_count`: `v`, variance of the counted log-odds; `n_wins`: `W`.
pub fn variance_of_counted_curve(of_count: f64, n_wins: f64) -> f64 {
    of_count * (1.0 + 2.0 * n_wins / WINS_OF_CURVE)
}

impl ChosenConversion {
    /// Adds `share` of a stratum.
    ///
    /// - `leads`: how many of them come; `wins`: how many of its judged leads converted; `shift`: how far the log-odds ahead lie from
    ///   the history's.
    pub(super) fn add(&mut self, said: Said, share: f64, leads: f64, wins: f64, shift: f64) {
        self.leads += share * leads;
        self.expected += share * leads * logistic(said.log_odds + shift);
        self.judged_expected += share * said.worth;
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
