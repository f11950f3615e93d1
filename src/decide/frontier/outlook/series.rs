//! A monthly series and what it says of the months ahead: level, random walk, slope, season and what months are off by on their own.
//!
//! In: one value per month with its error variance. Out: a [`Prediction`] of the mean of the months ahead.
//!
//! How: every part is Gaussian, so the series is a Gaussian process whose prediction is linear algebra. How large the parts are is
//! not known from a few dozen months; every combination of a small grid is tried, and predicts with the weight that the series and
//! the prior give it. With many months the series decides, with few the prior does.
//!
//! Always true: the same series gives the same prediction; with fewer than two years of months nothing is said of the season.
//!
//! # Source
//! Structural time series: Harvey (1989), *Forecasting, Structural Time Series Models and the Kalman Filter*, chapter 2. Averaging
//! over the grid: Rasmussen and Williams (2006), *Gaussian Processes for Machine Learning*, chapters 2 and 5.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Months of a year.
const YEAR: i32 = 12;

/// Months from which the season of a series can be told from its walk: every month of the year twice.
pub(super) const MIN_MONTHS_FOR_SEASON: i32 = 2 * YEAR;

/// Older months say next to nothing of the next ones.
const MAX_MONTHS: usize = 72;

/// One month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Months since the year 0.
    pub month: i32,
    /// Its value.
    pub value: f64,
    /// Variance of its error, where months differ by nothing else.
    pub variance: f64,
}

/// Standard deviations that a part may have, each with its prior weight.
pub(super) type Grid = &'static [(f64, f64)];

/// What is believed of a series before it is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeriesPrior {
    /// Standard deviation of the level.
    pub level_sd: f64,
    /// Of the step from one month to the next.
    pub walk_sds: Grid,
    /// Of what a month is off by on its own.
    pub noise_sds: Grid,
    /// Of the slope a month.
    pub slope_sds: Grid,
    /// Of what a month of the year is off by, every year.
    pub season_sds: Grid,
}

/// The mean of the months ahead: a mixture of normal distributions.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Weight, mean and standard deviation of each; weights add up to 1.
    parts: Vec<(f64, f64, f64)>,
}

impl Prediction {
    /// A value that is known.
    pub fn known(value: f64) -> Self {
        Self { parts: vec![(1.0, value, 0.0)] }
    }

    /// Its mean.
    pub fn mean(&self) -> f64 {
        self.parts.iter().map(|(weight, mean, _)| weight * mean).sum()
    }

    /// Its standard deviation.
    pub fn sd(&self) -> f64 {
        let mean = self.mean();
        self.parts.iter().map(|(weight, of_part, sd)| weight * (sd * sd + (of_part - mean).powi(2))).sum::<f64>().sqrt()
    }

    /// Draws from it.
    pub fn draw(&self, rng: &mut impl Rng) -> f64 {
        let mut left: f64 = rng.random();
        let normal: f64 = StandardNormal.sample(rng);
        let drawn = self.parts.iter().find(|(weight, ..)| {
            left -= weight;
            left < 0.0
        });
        drawn.or(self.parts.last()).map_or(0.0, |(_, mean, sd)| mean + sd * normal)
    }
}

/// Sizes of the parts: one point of the grid.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    level: f64,
    walk: f64,
    noise: f64,
    slope: f64,
    season: f64,
}

impl Sizes {
    /// Covariance of two months, their own noise left out; `origin` is where walk and slope begin.
    fn covariance(&self, a: i32, b: i32, origin: i32) -> f64 {
        let (x, y) = (f64::from(a - origin), f64::from(b - origin));
        let same_season = if (a - b).rem_euclid(YEAR) == 0 { self.season.powi(2) } else { 0.0 };
        self.level.powi(2) + self.walk.powi(2) * x.min(y).max(0.0) + self.slope.powi(2) * x * y + same_season
    }
}

/// Predicts the mean of the months ahead.
///
/// - `points`: months in order, the last 72 of them count; `ahead`: the months ahead, at least one.
pub(super) fn predict(points: &[Point], ahead: &[i32], prior: &SeriesPrior) -> Prediction {
    let points = &points[points.len().saturating_sub(MAX_MONTHS)..];
    let span = points.first().zip(points.last()).map_or(0, |(first, last)| last.month - first.month + 1);
    let no_season: Grid = &[(0.0, 1.0)];
    let seasons = if span >= MIN_MONTHS_FOR_SEASON { prior.season_sds } else { no_season };
    let mut parts = Vec::new();
    for &(walk, of_walk) in prior.walk_sds {
        for &(noise, of_noise) in prior.noise_sds {
            for &(slope, of_slope) in prior.slope_sds {
                for &(season, of_season) in seasons {
                    let sizes = Sizes { level: prior.level_sd, walk, noise, slope, season };
                    let fitted = condition(points, ahead, &sizes);
                    let log_prior = (of_walk * of_noise * of_slope * of_season).ln();
                    parts.push((fitted.log_likelihood + log_prior, fitted.mean, fitted.variance.max(0.0).sqrt()));
                }
            }
        }
    }
    let best = parts.iter().map(|(log_weight, ..)| *log_weight).fold(f64::NEG_INFINITY, f64::max);
    parts.iter_mut().for_each(|part| part.0 = (part.0 - best).exp());
    let total: f64 = parts.iter().map(|(weight, ..)| weight).sum();
    parts.iter_mut().for_each(|part| part.0 /= total);
    Prediction { parts }
}

struct Conditioned {
    log_likelihood: f64,
    mean: f64,
    variance: f64,
}

/// The mean of the months ahead given the series, for known sizes.
fn condition(points: &[Point], ahead: &[i32], sizes: &Sizes) -> Conditioned {
    let n_ahead = ahead.len().max(1) as f64;
    let origin = points.first().or(None).map_or(ahead.first().copied().unwrap_or_default(), |point| point.month);
    let of_ahead: f64 = ahead
        .iter()
        .flat_map(|&a| ahead.iter().map(move |&b| (a, b)))
        .map(|(a, b)| sizes.covariance(a, b, origin))
        .sum();
    let prior_variance = of_ahead / (n_ahead * n_ahead) + sizes.noise.powi(2) / n_ahead;
    let nothing_known = Conditioned { log_likelihood: 0.0, mean: 0.0, variance: prior_variance };
    if points.is_empty() {
        return nothing_known;
    }
    let n = points.len();
    let own = |at: usize| points[at].variance + sizes.noise.powi(2);
    let covariance = Mat::from_fn(n, n, |a, b| {
        sizes.covariance(points[a].month, points[b].month, origin) + if a == b { own(a) } else { 0.0 }
    });
    let Ok(factor) = covariance.llt(Side::Lower) else { return nothing_known };
    let values = Mat::from_fn(n, 1, |at, _| points[at].value);
    let with_ahead = Mat::from_fn(n, 1, |at, _| {
        ahead.iter().map(|&month| sizes.covariance(points[at].month, month, origin)).sum::<f64>() / n_ahead
    });
    let (solved, pulled) = (factor.solve(&values), factor.solve(&with_ahead));
    let dot = |a: &Mat<f64>, b: &Mat<f64>| (0..n).map(|at| a[(at, 0)] * b[(at, 0)]).sum::<f64>();
    let log_determinant: f64 = (0..n).map(|at| factor.L()[(at, at)].ln()).sum::<f64>() * 2.0;
    Conditioned {
        log_likelihood: -0.5 * (dot(&values, &solved) + log_determinant),
        mean: dot(&with_ahead, &solved),
        variance: prior_variance - dot(&with_ahead, &pulled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIOR: SeriesPrior = SeriesPrior {
        level_sd: 10.0,
        walk_sds: &[(0.0, 0.5), (0.1, 0.5)],
        noise_sds: &[(0.0, 0.5), (0.2, 0.5)],
        slope_sds: &[(0.0, 0.5), (0.05, 0.5)],
        season_sds: &[(0.0, 0.5), (0.3, 0.5)],
    };

    fn series(n: i32, value: impl Fn(i32) -> f64) -> Vec<Point> {
        (0..n).map(|month| Point { month: 24_000 + month, value: value(month), variance: 0.0025 }).collect()
    }

    fn ahead(n: i32) -> [i32; 3] {
        [24_000 + n, 24_001 + n, 24_002 + n]
    }

    #[test]
    fn a_level_series_goes_on_at_its_level() {
        let noise = |month: i32| f64::from((month * 37 % 11) - 5) / 100.0;
        let found = predict(&series(24, |month| 5.0 + noise(month)), &ahead(24), &PRIOR);
        assert!((found.mean() - 5.0).abs() < 0.03, "{}", found.mean());
        assert!(found.sd() > 0.01 && found.sd() < 0.1, "{}", found.sd());
    }

    #[test]
    fn a_slope_goes_on() {
        let found = predict(&series(24, |month| 5.0 + 0.04 * f64::from(month)), &ahead(24), &PRIOR);
        assert!((found.mean() - (5.0 + 0.04 * 25.0)).abs() < 0.05, "{}", found.mean());
    }

    #[test]
    fn a_season_seen_twice_comes_again() {
        let season = |month: i32| if month % 12 < 3 { 0.6 } else { -0.2 };
        let seen = predict(&series(36, season), &ahead(36), &PRIOR);
        assert!((seen.mean() - 0.6).abs() < 0.15, "{}", seen.mean());
        // Seen once it may be anything, and the prediction is wide instead.
        let once = predict(&series(12, season), &ahead(12), &PRIOR);
        assert!(once.sd() > 1.5 * seen.sd(), "{} {}", once.sd(), seen.sd());
    }

    #[test]
    fn nothing_seen_leaves_the_prior() {
        let found = predict(&[], &ahead(0), &SeriesPrior { level_sd: 0.5, ..PRIOR });
        assert_eq!(found.mean(), 0.0);
        assert!(found.sd() >= 0.5 && found.sd() < 0.6, "{}", found.sd());
    }

    #[test]
    fn draws_have_the_mean_and_spread_that_they_say() {
        use rand::SeedableRng;
        let found = Prediction { parts: vec![(0.25, -1.0, 0.5), (0.75, 1.0, 0.1)] };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let draws: Vec<f64> = (0..20_000).map(|_| found.draw(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let sd = (draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 20_000.0).sqrt();
        assert!((mean - found.mean()).abs() < 0.02 && (sd - found.sd()).abs() < 0.02, "{mean} {sd}");
    }

    /// One month with value `y` and error variance `v` under a level alone: mean `y L / (L + v)`, variance `L v / (L + v)`.
    #[test]
    fn one_month_is_pulled_as_by_hand() {
        let level_only = SeriesPrior {
            level_sd: 2.0,
            walk_sds: &[(0.0, 1.0)],
            noise_sds: &[(0.0, 1.0)],
            slope_sds: &[(0.0, 1.0)],
            season_sds: &[(0.0, 1.0)],
        };
        let found = predict(&[Point { month: 0, value: 3.0, variance: 1.0 }], &[1], &level_only);
        assert!((found.mean() - 2.4).abs() < 1e-12 && (found.sd().powi(2) - 0.8).abs() < 1e-12, "{found:?}");
    }
}
