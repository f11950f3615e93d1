//! Volume: how many leads of each stratum come.
//!
//! Months are drawn whole from the history, so that busy and quiet ones, and what kind of lead they bring, stay as they are.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_distr::{Binomial, ChiSquared, Distribution, Poisson};

use super::strata::Strata;
use crate::notes::{Note, counted};
use crate::settings::DAYS_PER_MONTH;

/// Fewest months whose differences say how much months differ.
const MIN_MONTHS: usize = 3;

/// A month of which less than this share is covered says little; it is left out where enough others are there.
const MIN_COVERED: f64 = 0.5;

/// A made-up volume never falls below this part of its mean: with three months the tail of the draw is long.
const LEAST_VOLUME: f64 = 0.05;

/// Where the volume of a draw comes from.
#[derive(Debug, Clone)]
pub(super) enum Volume {
    /// From whole months of the history.
    Months {
        /// Leads of each month by stratum; months cut off at the ends are scaled up to whole ones.
        months: Vec<Vec<f64>>,
        /// Mean leads of a month by stratum.
        mean: Vec<f64>,
        /// Months ahead.
        n_ahead: f64,
    },
    /// Too few months to say how they differ: chance alone.
    Chance {
        /// Leads of the history by stratum.
        totals: Vec<f64>,
        /// Months of the history.
        n_months: f64,
        /// Months ahead.
        n_ahead: f64,
    },
    /// No dates: the next 1,000 leads.
    Thousand {
        /// Leads of the history by stratum.
        totals: Vec<f64>,
    },
}

/// Leads of one draw: the made-up history, and the time ahead.
#[derive(Debug, Clone)]
pub(super) struct DrawnLeads {
    /// Leads of the history by stratum.
    pub history: Vec<u64>,
    /// Leads ahead by stratum.
    pub ahead: Vec<u64>,
}

impl Volume {
    /// The volume of a history.
    pub(super) fn new(strata: &Strata, n_ahead: f64) -> Self {
        let totals = strata.totals();
        if strata.months.is_empty() {
            return Self::Thousand { totals };
        }
        let covered: Vec<f64> =
            strata.months.iter().map(|month| f64::from(month.n_days) / f64::from(month.n_days_in_all())).collect();
        let whole: Vec<usize> = (0..covered.len()).filter(|&month| covered[month] >= MIN_COVERED).collect();
        if whole.len() < MIN_MONTHS {
            let n_days: u32 = strata.months.iter().map(|month| month.n_days).sum();
            return Self::Chance { totals, n_months: f64::from(n_days) / DAYS_PER_MONTH, n_ahead };
        }
        let months: Vec<Vec<f64>> = whole
            .iter()
            .map(|&month| strata.n_leads[month].iter().map(|n_leads| n_leads / covered[month]).collect())
            .collect();
        let n_months = months.len() as f64;
        let mean = (0..totals.len()).map(|at| months.iter().map(|month| month[at]).sum::<f64>() / n_months).collect();
        Self::Months { months, mean, n_ahead }
    }

    /// What a careful person would mention.
    pub(super) fn notes(&self) -> Vec<Note> {
        match self {
            Self::Chance { n_months, .. } => {
                let text = format!(
                    "the judged leads span {}: too few to see how much months differ, so the forecast allows for chance \
                     alone and its intervals are too narrow",
                    counted(n_months.round().max(1.0) as u64, "month")
                );
                vec![Note::new("forecast", text)]
            }
            Self::Months { .. } | Self::Thousand { .. } => Vec::new(),
        }
    }

    /// Months of a made-up history; 0 without dates.
    pub(super) fn n_months(&self) -> f64 {
        match self {
            Self::Months { months, .. } => months.len() as f64,
            Self::Chance { n_months, .. } => *n_months,
            Self::Thousand { .. } => 0.0,
        }
    }

    /// Months that tell how much months differ; 0 where none do.
    pub(super) fn n_months_seen(&self) -> usize {
        if let Self::Months { months, .. } = self { months.len() } else { 0 }
    }

    /// Leads ahead per lead of the history, on average.
    pub(super) fn ahead_per_history(&self) -> f64 {
        match self {
            Self::Months { months, n_ahead, .. } => n_ahead / months.len() as f64,
            Self::Chance { n_months, n_ahead, .. } => n_ahead / n_months,
            Self::Thousand { totals } => 1000.0 / totals.iter().sum::<f64>(),
        }
    }

    /// Draws a history like the real one, and the time ahead.
    pub(super) fn draw(&self, rng: &mut impl Rng, into: &mut DrawnLeads) {
        match self {
            Self::Months { months, mean, n_ahead } => {
                // The spread of months is itself only estimated, from as many months as there are: Student's t, drawn.
                let n_months = months.len() as f64;
                let widening = ChiSquared::new(n_months - 1.0).map_or(1.0, |chi| (n_months / chi.sample(rng)).sqrt());
                draw_months(months, mean, n_months, widening, rng, &mut into.history);
                draw_months(months, mean, *n_ahead, widening, rng, &mut into.ahead);
            }
            Self::Chance { totals, n_months, n_ahead } => {
                for (at, &total) in totals.iter().enumerate() {
                    into.history[at] = poisson(total, rng);
                    into.ahead[at] = poisson(total * n_ahead / n_months, rng);
                }
            }
            Self::Thousand { totals } => {
                let n_leads = totals.iter().sum::<f64>();
                deal(n_leads as u64, totals, rng, &mut into.history);
                deal(1000, totals, rng, &mut into.ahead);
            }
        }
    }
}

/// Adds up `n` months drawn with replacement (of the last one a fraction), moved away from their mean by `widening`: each
/// stratum as far as it goes above 0, and the total all the way.
fn draw_months(months: &[Vec<f64>], mean: &[f64], n: f64, widening: f64, rng: &mut impl Rng, into: &mut [u64]) {
    let mut sums = vec![0.0; into.len()];
    let mut left = n;
    while left > 1e-9 {
        let part = left.min(1.0);
        if let Some(month) = months.choose(rng) {
            for (sum, n_leads) in sums.iter_mut().zip(month) {
                *sum += part * n_leads;
            }
        }
        left -= part;
    }
    let usual = mean.iter().sum::<f64>() * n;
    let drawn: f64 = sums.iter().sum();
    let wanted = (usual + widening * (drawn - usual)).max(LEAST_VOLUME * usual);
    for (sum, mean) in sums.iter_mut().zip(mean) {
        *sum = (mean * n + widening * (*sum - mean * n)).max(0.0);
    }
    let total: f64 = sums.iter().sum();
    let factor = if total > 0.0 { wanted / total } else { 0.0 };
    for (n_leads, sum) in into.iter_mut().zip(sums) {
        // Rounded up as often as the fraction says, so that the mean stays.
        *n_leads = (sum * factor + rng.random::<f64>()) as u64;
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
