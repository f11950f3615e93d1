//! Wins per month with an interval that allows for months differing more than chance alone would have it.

use super::histogram::Month;
use crate::math::Z90;
use crate::measures::Interval;
use crate::settings::DAYS_PER_MONTH;

/// Fewest months whose differences are worth looking at; with one or two, chance alone is assumed.
const MIN_MONTHS: usize = 3;

/// Smallest spread believed in. Months that happen to be alike would otherwise give an interval of no width; a quarter
/// of the variance that chance alone has is half its standard error.
const MIN_SPREAD: f64 = 0.25;

/// 90 % interval of the mean wins per month.
///
/// Wins of month `m`, with `d_m` months of exposure (a fraction for the first and the last), have mean `r d_m` and
/// variance `spread * r d_m`. With `k` wins in all and `d` months in all, `r = k / d`:
///
/// - `spread` is Pearson's estimate `1/(M - 1) sum_m (k_m - r d_m)^2 / (r d_m)`, at least 0.25; 1 with fewer than three
///   months, or without wins;
/// - the score interval of a count with that spread, `(k - mu)^2 = t^2 spread mu`, solved for `mu` and divided by `d`;
///   `t` is Student's 95th percentile with `M - 1` degrees of freedom (the normal one where `spread` is not estimated). It
///   never goes below 0, and it exists when there were no wins.
///
/// - `wins`: one entry per month, of which those without a judged day are passed over; fractions are allowed, because leads tied
///   at a threshold share the last places.
/// - returns: `None` without months.
///
/// # Source
/// Quasi-Poisson spread: McCullagh and Nelder (1989), *Generalized Linear Models*, section 6.2.3. Tried against pulling
/// the spread towards 1 by the weight of four months: that covers 82 % instead of 90 % where six months of 80 wins vary
/// by 20 %.
pub fn wins_per_month(wins: &[f64], months: &[Month]) -> Option<Interval> {
    let (wins, exposure): (Vec<f64>, Vec<f64>) = (wins.iter().zip(months))
        .filter(|(_, month)| month.n_days > 0)
        .map(|(&won, month)| (won, f64::from(month.n_days) / DAYS_PER_MONTH))
        .unzip();
    let n_months: f64 = exposure.iter().sum();
    if n_months <= 0.0 {
        return None;
    }
    let n_wins: f64 = wins.iter().sum();
    let rate = n_wins / n_months;
    let is_estimated = wins.len() >= MIN_MONTHS && rate > 0.0;
    let width = if is_estimated {
        let degrees = wins.len() as f64 - 1.0;
        let misfit = |(&won, &exposed): (&f64, &f64)| (won - rate * exposed).powi(2) / (rate * exposed);
        let spread: f64 = wins.iter().zip(&exposure).map(misfit).sum::<f64>() / degrees;
        student_95(degrees).powi(2) * spread.max(MIN_SPREAD)
    } else {
        Z90 * Z90
    };
    let middle = n_wins + width / 2.0;
    let half_width = (width * n_wins + width * width / 4.0).sqrt();
    // With no wins the two are equal in exact arithmetic.
    let low = if n_wins > 0.0 { (middle - half_width).max(0.0) } else { 0.0 };
    Some(Interval { low: low / n_months, high: (middle + half_width) / n_months })
}

/// 95th percentile of Student's t with `degrees` of freedom (2 or more), by the Cornish-Fisher expansion about the normal.
///
/// # Source
/// Abramowitz and Stegun (1964), 26.7.5; off by less than 0.01 at 2 degrees, by less than 0.002 from 3 on.
fn student_95(degrees: f64) -> f64 {
    let z = Z90;
    let z2 = z * z;
    let terms = [
        z * (z2 + 1.0) / 4.0,
        z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0,
        z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0,
        z * ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92_160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees) + z
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Gamma, Poisson};

    use super::*;

    fn full_months(n: usize) -> Vec<Month> {
        vec![Month { year: 2026, month: 1, n_days: 30, n_days_handed_off: 30 }; n]
    }

    #[test]
    fn students_percentile_agrees_with_scipy() {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/reference/metrics.json")).expect("the reference is JSON");
        for row in reference["student_95"].as_array().expect("rows") {
            let found = student_95(row["degrees"].as_f64().expect("degrees"));
            assert!((found - row["quantile"].as_f64().expect("quantile")).abs() < 0.01, "{row}: {found}");
        }
    }

    #[test]
    fn no_wins_in_a_year_may_still_be_a_few() {
        let interval = wins_per_month(&[0.0; 12], &full_months(12)).expect("twelve months");
        assert_eq!(interval.low, 0.0);
        assert!(interval.high > 0.1 && interval.high < 0.5, "{interval:?}");
    }

    #[test]
    fn months_that_happen_to_be_alike_are_not_certainty() {
        let interval = wins_per_month(&[10.0; 12], &full_months(12)).expect("twelve months");
        assert!(interval.high - interval.low > 1.0, "{interval:?}");
    }

    #[test]
    fn one_month_is_a_count_and_chance_alone() {
        // (k + z^2/2 +- z sqrt(k + z^2/4)) with k = 16 and z = 1.6449: 10.636 and 24.070.
        let months = [Month { year: 2026, month: 1, n_days: 30, n_days_handed_off: 30 }];
        let interval = wins_per_month(&[16.0], &months).expect("a month").times(30.0 / DAYS_PER_MONTH);
        assert!((interval.low - 10.636).abs() < 1e-3 && (interval.high - 24.070).abs() < 1e-3, "{interval:?}");
    }

    #[test]
    fn months_that_differ_widen_the_interval() {
        let even = wins_per_month(&[10.0; 12], &full_months(12)).expect("months");
        let mut wins = [4.0; 12];
        wins[6..].fill(16.0);
        let uneven = wins_per_month(&wins, &full_months(12)).expect("months");
        assert!(uneven.high - uneven.low > 1.5 * (even.high - even.low), "{even:?} {uneven:?}");
    }

    #[test]
    fn a_month_half_covered_counts_half() {
        let days = |n_days| Month { year: 2026, month: 1, n_days, n_days_handed_off: n_days };
        let months = [days(30), days(30), days(15)];
        let as_expected = wins_per_month(&[41.0, 39.0, 20.0], &months).expect("months");
        let collapsed = wins_per_month(&[41.0, 39.0, 2.0], &months).expect("months");
        let rate = 100.0 * DAYS_PER_MONTH / 75.0;
        assert!(as_expected.low < rate && rate < as_expected.high);
        assert!(collapsed.high - collapsed.low > as_expected.high - as_expected.low);
    }

    #[test]
    fn no_months_have_no_rate() {
        assert_eq!(wins_per_month(&[], &[]), None);
    }

    /// Share of 4,000 simulated histories whose interval holds the true mean wins per month.
    ///
    /// - `mean`: wins per month; `months_vary`: coefficient of variation of a month's own rate, 0 for chance alone.
    fn coverage(n_months: usize, mean: f64, months_vary: f64) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(n_months as u64);
        let months = full_months(n_months);
        let truth = mean * DAYS_PER_MONTH / 30.0;
        let n_histories = 4_000;
        let mut n_held = 0;
        for _ in 0..n_histories {
            let wins: Vec<f64> = (0..n_months)
                .map(|_| {
                    let rate = if months_vary > 0.0 {
                        let shape = 1.0 / (months_vary * months_vary);
                        Gamma::new(shape, mean / shape).expect("a shape").sample(&mut rng)
                    } else {
                        mean
                    };
                    Poisson::new(rate.max(1e-9)).expect("a rate").sample(&mut rng)
                })
                .collect();
            let interval = wins_per_month(&wins, &months).expect("months");
            n_held += usize::from(interval.low <= truth && truth <= interval.high);
        }
        n_held as f64 / n_histories as f64
    }

    #[test]
    fn intervals_of_90_per_cent_hold_nine_times_in_ten() {
        let mut table = String::new();
        let mut is_right = true;
        for n_months in [6, 12, 24] {
            for (mean, months_vary) in [(4.0, 0.0), (12.5, 0.0), (12.5, 0.4), (80.0, 0.2), (400.0, 0.3)] {
                let share = coverage(n_months, mean, months_vary);
                table += &format!("{n_months} months, {mean} wins, months vary by {months_vary}: {share:.3}\n");
                // The chance error of a share here is 0.005.
                is_right &= (0.87..=0.93).contains(&share);
            }
        }
        assert!(is_right, "{table}");
    }
}
