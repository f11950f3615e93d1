//! Leeway: by how much a right card may be off. Its curve is an estimate, months differ as a whole, and so do seasons.
//!
//! In: the intervals of the card's curve, and the months of its history where they are known. Out: a [`Leeway`], from which every
//! [`Belief`] about the leads to come starts: a common shift of their log-odds, a wave over the year, and a shift of each month.
//!
//! A belief is normal and is learnt lead by lead (a Kalman filter for log-odds): what it expects of a lead is made of the leads
//! before it alone.
//!
//! Always true: a month that has not begun may be off as far as any other; what a belief expects of a lead does not know its outcome.
//!
//! # Source
//! Filters for outcomes that are not normal: West and Harrison (1997), *Bayesian Forecasting and Dynamic Models*, chapter 14.
//! The mean of a logistic curve under a normal error: MacKay (1992), *Neural Computation* 4, 720-736.

use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};

use crate::card::Card;
use crate::decide::history::record::BandMonth;
use crate::math::logistic;
use crate::render::chart::months::month_number;

/// Spread of months about the promise where no history tells, log-odds: odds 6 % higher or lower.
const MONTH_SD: f64 = 0.06;

/// Spreads of months that a history is held against, and how many companies are taken to have each: half are steady, few are wild.
const MONTH_SDS: [(f64, f64); 5] = [(0.03, 0.5), (0.06, 0.3), (0.12, 0.12), (0.24, 0.06), (0.48, 0.02)];

/// Size of each of the two waves (cosine and sine over the year) where a history shows no more, log-odds.
const SEASON_SD: f64 = 0.03;

/// The same where no history says anything of seasons: too short, or not there.
const UNKNOWN_SEASON_SD: f64 = 0.1;

/// Fewest months of history that can show a season: with fewer it cannot be told from a trend.
const MONTHS_OF_SEASON: usize = 10;

/// Months that a curve is taken to rest on where nothing is known of the history.
const MONTHS_OF_CURVE: f64 = 12.0;

/// Parts of what all leads of a moment have in common: shift, two waves over the year, the month.
const N_PARTS: usize = 4;
const SHIFT: usize = 0;
const MONTH: usize = 3;

/// How far a right card may be off, log-odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leeway {
    /// What is known of shift and waves before the first lead.
    start: Belief,
    /// Standard deviation of the curve as a whole.
    pub curve_sd: f64,
    /// Standard deviation of the months.
    pub month_sd: f64,
}

/// One month of the history.
#[derive(Debug, Clone, Copy, Default)]
struct HistoryMonth {
    number: i64,
    /// Conversions less those predicted.
    excess: f64,
    /// Variance of that by chance; in log-odds the month tells its shift with the inverse of it.
    information: f64,
}

impl Leeway {
    /// That of a card.
    ///
    /// - `history`: what became of its own history by band and month; nothing where that is not known.
    pub(super) fn of(card: &Card, history: &[BandMonth]) -> Self {
        let months = months(history);
        let information: f64 = months.iter().map(|month| month.information).sum();
        let excess: f64 = months.iter().map(|month| month.excess).sum();
        // The curve was fitted to all of them together.
        let common = if information > 0.0 { excess / information } else { 0.0 };
        let shifts: Vec<(HistoryMonth, f64)> =
            months.iter().map(|month| (*month, month.excess / month.information - common)).collect();
        let curve_sd = card.curve_sd();
        let n_months = if months.is_empty() { MONTHS_OF_CURVE } else { months.len() as f64 };
        let start_of = |season_variance: f64, month_variance: f64| {
            let mut start = Belief::default();
            start.variance[SHIFT][SHIFT] = curve_sd * curve_sd + month_variance / n_months;
            start.variance[1][1] = season_variance;
            start.variance[2][2] = season_variance;
            start.learn_season(&shifts, month_variance);
            start
        };
        // A season is as large as a history of most of a year shows it, beyond what months do by chance; then months are as different
        // as they are beside the season.
        let ordinary = MONTH_SD * MONTH_SD;
        let shown = start_of(1.0, ordinary);
        let beyond_chance = [1, 2].map(|wave| shown.mean[wave].powi(2) - shown.variance[wave][wave]);
        let season_variance = if months.len() >= MONTHS_OF_SEASON {
            (beyond_chance.iter().sum::<f64>() / 2.0).max(SEASON_SD * SEASON_SD)
        } else {
            UNKNOWN_SEASON_SD * UNKNOWN_SEASON_SD
        };
        let first = start_of(season_variance, ordinary);
        let beside = |(month, shift): &(HistoryMonth, f64)| {
            let parts = parts_of(Some(month.number));
            (*month, shift - (0..MONTH).map(|part| parts[part] * first.mean[part]).sum::<f64>())
        };
        let month_variance = month_variance(&shifts.iter().map(beside).collect::<Vec<_>>());
        let mut start = start_of(season_variance, month_variance);
        start.variance[MONTH][MONTH] = month_variance;
        Self { start, curve_sd, month_sd: month_variance.sqrt() }
    }

    /// No leeway at all: the card is right to the letter.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self { start: Belief::default(), curve_sd: 0.0, month_sd: 0.0 }
    }

    /// With these standard deviations and nothing known of seasons.
    #[cfg(test)]
    pub(super) fn with(curve_sd: f64, month_sd: f64) -> Self {
        let mut start = Belief::default();
        start.variance[SHIFT][SHIFT] = curve_sd * curve_sd;
        start.variance[MONTH][MONTH] = month_sd * month_sd;
        Self { start, curve_sd, month_sd }
    }

    /// What is believed before the first lead, if all log-odds are moved by `shift`.
    pub(super) fn belief(&self, shift: f64) -> Belief {
        let mut belief = self.start;
        belief.mean[SHIFT] += shift;
        belief
    }

    /// A month begins, of which nothing is known yet.
    pub(super) fn begin_month(&self, belief: &mut Belief) {
        belief.mean[MONTH] = 0.0;
        for part in 0..N_PARTS {
            belief.variance[MONTH][part] = 0.0;
            belief.variance[part][MONTH] = 0.0;
        }
        belief.variance[MONTH][MONTH] = self.month_sd * self.month_sd;
    }
}

fn months(history: &[BandMonth]) -> Vec<HistoryMonth> {
    let mut months: BTreeMap<i64, HistoryMonth> = BTreeMap::new();
    for cell in history {
        let Some(number) = month_number(&cell.month) else { continue };
        let month = months.entry(number).or_insert(HistoryMonth { number, ..HistoryMonth::default() });
        month.excess += cell.n_converted as f64 - cell.n_expected;
        month.information += cell.n_expected * (1.0 - cell.n_expected / (cell.n_leads as f64).max(1.0));
    }
    months.into_values().filter(|month| month.information > 0.0).collect()
}

/// Variance of the months' shifts beyond chance: its mean over [`MONTH_SDS`] as likely as the history makes them. A few months, or small
/// ones, say little, and what companies have stays.
fn month_variance(shifts: &[(HistoryMonth, f64)]) -> f64 {
    if shifts.is_empty() {
        return MONTH_SD * MONTH_SD;
    }
    // The common shift has taken one of the months' degrees of freedom.
    let n_months = shifts.len() as f64;
    let stretch = n_months / (n_months - 1.0).max(1.0);
    let ln_weight = |&(sd, often): &(f64, f64)| -> f64 {
        let of_month = |(month, shift): &(HistoryMonth, f64)| {
            let variance = sd * sd + month.information.recip();
            -0.5 * (variance.ln() + shift * shift * stretch / variance)
        };
        often.ln() + shifts.iter().map(of_month).sum::<f64>()
    };
    let ln_weights = MONTH_SDS.map(|spread| ln_weight(&spread));
    let most = ln_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut weight) = (0.0, 0.0);
    for ((sd, _), ln_weight) in MONTH_SDS.iter().zip(ln_weights) {
        let likely = (ln_weight - most).exp();
        sum += likely * sd * sd;
        weight += likely;
    }
    sum / weight
}

/// What the leads of a moment have in common beyond the promise: means and covariances of shift, waves and month.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Belief {
    mean: [f64; N_PARTS],
    variance: [[f64; N_PARTS]; N_PARTS],
}

/// What a belief expects of a lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    /// Chance of conversion.
    pub chance: f64,
    /// Variance of its log-odds.
    variance: f64,
    /// Covariance of each part with them.
    toward: [f64; N_PARTS],
}

/// What counts for a lead of this month: every part but the waves at their height of the time.
pub(super) fn parts_of(month: Option<i64>) -> [f64; N_PARTS] {
    match month {
        Some(month) => {
            let angle = TAU * month.rem_euclid(12) as f64 / 12.0;
            [1.0, angle.cos(), angle.sin(), 1.0]
        }
        None => [1.0, 0.0, 0.0, 1.0],
    }
}

impl Belief {
    /// What is expected of a lead that was promised `log_odds`.
    pub(super) fn expect(&self, parts: &[f64; N_PARTS], log_odds: f64) -> Expected {
        let toward: [f64; N_PARTS] =
            std::array::from_fn(|part| (0..N_PARTS).map(|other| self.variance[part][other] * parts[other]).sum());
        let variance: f64 = (0..N_PARTS).map(|part| parts[part] * toward[part]).sum();
        let mean: f64 = log_odds + (0..N_PARTS).map(|part| parts[part] * self.mean[part]).sum::<f64>();
        Expected { chance: logistic(mean / (1.0 + PI * variance / 8.0).sqrt()), variance, toward }
    }

    /// Learns what became of the lead.
    ///
    /// - `repeats`: leads that tell as much as one would on its own.
    pub(super) fn learn(&mut self, expected: &Expected, has_converted: bool, repeats: f64) {
        let outcome = f64::from(u8::from(has_converted));
        let tells = expected.chance * (1.0 - expected.chance) / repeats;
        self.update(expected, (outcome - expected.chance) / repeats, tells);
    }

    /// - `pull`: slope of the log likelihood in the log-odds; `tells`: its curvature.
    fn update(&mut self, expected: &Expected, pull: f64, tells: f64) {
        let left = 1.0 + tells * expected.variance;
        for part in 0..N_PARTS {
            self.mean[part] += expected.toward[part] * pull / left;
            for other in 0..N_PARTS {
                self.variance[part][other] -= tells * expected.toward[part] * expected.toward[other] / left;
            }
        }
    }

    /// What the history says of the waves; its mean stays where it is, because the curve was fitted to it.
    fn learn_season(&mut self, shifts: &[(HistoryMonth, f64)], month_variance: f64) {
        let n_months = shifts.len().max(1) as f64;
        let wave = |month: &HistoryMonth| parts_of(Some(month.number));
        let mean = |part: usize| shifts.iter().map(|(month, _)| wave(month)[part]).sum::<f64>() / n_months;
        let means = [0.0, mean(1), mean(2), 0.0];
        for (month, shift) in shifts {
            let parts: [f64; N_PARTS] =
                std::array::from_fn(|part| if part == 1 || part == 2 { wave(month)[part] - means[part] } else { 0.0 });
            let tells = (month_variance + month.information.recip()).recip();
            let expected = self.expect(&parts, 0.0);
            let along: f64 = (0..N_PARTS).map(|part| parts[part] * self.mean[part]).sum();
            self.update(&expected, (shift - along) * tells, tells);
        }
        self.mean[SHIFT] -= means[1] * self.mean[1] + means[2] * self.mean[2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{Z90, logit};
    use crate::monitor::testing::card;

    fn month(number: i64, n_leads: u64, n_converted: u64, n_expected: f64) -> BandMonth {
        let month = format!("{:04}-{:02}", 2024 + number / 12, number % 12 + 1);
        BandMonth { month, band: "all".to_owned(), n_leads, n_converted, n_expected, low: 0.0, high: 1.0 }
    }

    #[test]
    fn the_curve_is_known_as_well_as_its_intervals_say() {
        // Odds 1.08 times as high or low at the ends of 90 %.
        let expected = 1.08_f64.ln() / Z90;
        assert!((card().curve_sd() - expected).abs() < 0.002, "{}", card().curve_sd());
    }

    #[test]
    fn large_months_that_differ_are_found_and_small_ones_say_nothing() {
        // Odds e^0.3 times as high and as low in turn, and as promised.
        let history = |n: u64, by: f64| -> Vec<BandMonth> {
            let of = |at: i64| {
                let chance = logistic(-1.5 + if at % 2 == 0 { by } else { -by });
                month(at, n, (n as f64 * chance).round() as u64, n as f64 * logistic(-1.5))
            };
            (0..24).map(of).collect()
        };
        let found = |n: u64, by: f64| Leeway::of(&card(), &history(n, by)).month_sd;
        assert!((found(20_000, 0.3) - 0.27).abs() < 0.03, "{}", found(20_000, 0.3));
        assert!(found(20_000, 0.0) < 0.06, "{}", found(20_000, 0.0));
        assert!((found(50, 0.0) - MONTH_SD).abs() < 0.02, "{}", found(50, 0.0));
        assert_eq!(Leeway::of(&card(), &[]).month_sd, MONTH_SD);
    }

    #[test]
    fn a_season_of_the_history_is_expected_again() {
        let history: Vec<BandMonth> = (0..24)
            .map(|at| {
                let chance = logistic(-1.5 + 0.25 * parts_of(Some(at))[1]);
                month(at, 20_000, (20_000.0 * chance).round() as u64, 20_000.0 * logistic(-1.5))
            })
            .collect();
        let belief = Leeway::of(&card(), &history).belief(0.0);
        let chance = |at: i64| belief.expect(&parts_of(Some(at)), -1.5).chance;
        assert!(logit(chance(0)) - logit(chance(6)) > 0.45, "{} {}", chance(0), chance(6));
        assert!((logit(chance(3)) + 1.5).abs() < 0.03, "{}", chance(3));
    }

    #[test]
    fn a_belief_moves_towards_what_came_and_forgets_the_month() {
        let leeway = Leeway::with(0.1, 0.1);
        let mut belief = leeway.belief(0.0);
        let parts = parts_of(None);
        for _ in 0..200 {
            let expected = belief.expect(&parts, 0.0);
            belief.learn(&expected, true, 1.0);
        }
        let within = belief.expect(&parts, 0.0).chance;
        leeway.begin_month(&mut belief);
        let next = belief.expect(&parts, 0.0).chance;
        // What is learnt is shared by the curve and the month alike; the next month keeps one half.
        assert!(
            within > 0.6 && logit(next) > 0.4 * logit(within) && logit(next) < 0.6 * logit(within),
            "{within} {next}"
        );
    }
}
