//! Volume: how many leads of each stratum come.
//!
//! How many in all is the outlook's to say. Which of them is drawn from whole months of the recent past, so that what kind of lead
//! busy and quiet months bring stays as it is.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_distr::{Binomial, ChiSquared, Distribution, Poisson};

use super::strata::Strata;
use crate::decide::frontier::{Evidence, Prediction};
use crate::notes::{Note, counted};

/// Fewest months whose differences say how much months differ.
const MIN_MONTHS: usize = 3;

/// Months whose leads may come again.
const MAX_MONTHS: usize = 12;

/// Where the volume of a draw comes from.
#[derive(Debug, Clone)]
pub(super) struct Volume {
    /// Leads a month (of 1,000 without dates) by stratum.
    leads_per: Vec<f64>,
    /// Leads of some months by stratum; too few of them say nothing of how months differ.
    months: Vec<Vec<f64>>,
    /// Mean of `months`.
    mean: Vec<f64>,
    /// Leads that `leads_per` was counted from.
    n_seen: f64,
    /// Months that they came in.
    n_months_seen: f64,
    /// Months ahead; 1 without dates.
    n_ahead: f64,
    /// Logarithm of the leads a month ahead; `None` without dates.
    log_volume: Option<Prediction>,
}

/// Leads of one draw.
#[derive(Debug, Clone)]
pub(super) struct DrawnLeads {
    /// Leads a month of a made-up recent past, by stratum.
    pub recent: Vec<f64>,
    /// Leads ahead by stratum.
    pub ahead: Vec<u64>,
}

impl Volume {
    /// The volume of a history.
    pub(super) fn new(evidence: &Evidence<'_>, strata: &Strata, n_ahead: f64) -> Self {
        let outlook = evidence.outlook;
        let months = &evidence.histogram.months;
        let recent: Vec<usize> = (0..months.len()).rev().filter(|&at| months[at].is_whole()).take(MAX_MONTHS).collect();
        let months: Vec<Vec<f64>> =
            recent.into_iter().map(|at| strata.strata.iter().map(|stratum| stratum.handed_off[at]).collect()).collect();
        let n_months = months.len().max(1) as f64;
        Self {
            leads_per: strata.strata.iter().map(|stratum| stratum.leads_per).collect(),
            mean: (0..strata.len()).map(|at| months.iter().map(|month| month[at]).sum::<f64>() / n_months).collect(),
            months,
            n_seen: outlook.n_in_window(),
            n_months_seen: outlook.window.map_or(1.0, |window| window.n_months()),
            n_ahead: if outlook.window.is_some() { n_ahead } else { 1.0 },
            log_volume: outlook.window.map(|_| outlook.log_volume(n_ahead)),
        }
    }

    /// What a careful person would mention.
    pub(super) fn notes(&self) -> Vec<Note> {
        if self.log_volume.is_none() || self.months.len() >= MIN_MONTHS {
            return Vec::new();
        }
        let text = format!(
            "the hand-offs cover {}: too few to see how much months differ, so the forecast goes by what other companies' months do",
            counted(self.months.len() as u64, "whole month")
        );
        vec![Note::new("forecast", text)]
    }

    /// Months ahead; 1 without dates.
    pub(super) fn n_ahead(&self) -> f64 {
        self.n_ahead
    }

    /// Draws a recent past like the real one, and the time ahead.
    pub(super) fn draw(&self, rng: &mut impl Rng, into: &mut DrawnLeads) {
        let total: f64 = self.leads_per.iter().sum();
        let n_ahead = match &self.log_volume {
            Some(log_volume) => poisson(total * self.n_ahead * (log_volume.draw(rng) - log_volume.mean()).exp(), rng),
            None => total as u64,
        };
        if self.months.len() >= MIN_MONTHS {
            // The spread of months is itself only estimated, from as many months as there are: Student's t, drawn.
            let n_months = self.months.len() as f64;
            let widening = ChiSquared::new(n_months - 1.0).map_or(1.0, |chi| (n_months / chi.sample(rng)).sqrt());
            self.draw_shares(self.n_months_seen, widening, total, rng, &mut into.recent);
            let mut ahead = vec![0.0; self.leads_per.len()];
            self.draw_shares(self.n_ahead, widening, n_ahead as f64, rng, &mut ahead);
            for (n_leads, ahead) in into.ahead.iter_mut().zip(ahead) {
                // Rounded up as often as the fraction says, so that the mean stays.
                *n_leads = (ahead + rng.random::<f64>()) as u64;
            }
        } else {
            let mut seen = vec![0; self.leads_per.len()];
            deal(self.n_seen as u64, &self.leads_per, rng, &mut seen);
            let per_seen = total / self.n_seen.max(1.0);
            into.recent.iter_mut().zip(seen).for_each(|(recent, n_leads)| *recent = n_leads as f64 * per_seen);
            deal(n_ahead, &self.leads_per, rng, &mut into.ahead);
        }
    }

    /// Deals `total` leads to strata: as those of the present, moved by how `n` months drawn with replacement (of the last one a
    /// fraction) differ from the mean month.
    fn draw_shares(&self, n: f64, widening: f64, total: f64, rng: &mut impl Rng, into: &mut [f64]) {
        into.fill(0.0);
        let mut left = n;
        while left > 1e-9 {
            let part = left.min(1.0);
            if let Some(month) = self.months.choose(rng) {
                into.iter_mut().zip(month).for_each(|(sum, n_leads)| *sum += part * n_leads);
            }
            left -= part;
        }
        let (drawn, usual) = (into.iter().sum::<f64>().max(1e-9), self.mean.iter().sum::<f64>().max(1e-9));
        let now = self.leads_per.iter().sum::<f64>().max(1e-9);
        for ((share, &leads_per), &mean) in into.iter_mut().zip(&self.leads_per).zip(&self.mean) {
            *share = (leads_per / now + widening * (*share / drawn - mean / usual)).max(0.0);
        }
        let shares: f64 = into.iter().sum();
        into.iter_mut().for_each(|share| *share *= total / shares.max(1e-9));
    }
}

/// Deals `n_leads` leads to strata in proportion to `weights`: one multinomial draw, stratum by stratum.
fn deal(n_leads: u64, weights: &[f64], rng: &mut impl Rng, into: &mut [u64]) {
    let mut n_left = n_leads;
    let mut weight_left: f64 = weights.iter().sum();
    for (n_dealt, &weight) in into.iter_mut().zip(weights) {
        *n_dealt = binomial(n_left, (weight / weight_left).clamp(0.0, 1.0), rng);
        n_left -= *n_dealt;
        weight_left -= weight;
    }
}

/// A binomial draw; none where the chance is no number.
pub(super) fn binomial(n: u64, chance: f64, rng: &mut impl Rng) -> u64 {
    if n == 0 {
        return 0;
    }
    Binomial::new(n, chance).map_or(0, |coins| coins.sample(rng))
}

fn poisson(mean: f64, rng: &mut impl Rng) -> u64 {
    Poisson::new(mean).map_or(0, |counts| counts.sample(rng) as u64)
}
