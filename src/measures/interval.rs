//! Intervals: 90 % two-sided, for a share, for a ratio of conversions seen to conversions promised, and around an estimate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::math::Z90;

/// Both ends of a 90 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The same interval in another unit: both ends times `factor`, which is not negative.
    pub fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }
}

/// A figure about the future with its 90 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// What to expect on average.
    pub expected: f64,
    /// Lower end: one time in twenty it is less.
    pub low: f64,
    /// Upper end: one time in twenty it is more.
    pub high: f64,
}

impl Estimate {
    /// An estimate with a normal error: 1.645 standard errors to each side.
    pub fn normal(expected: f64, standard_error: f64) -> Self {
        let half_width = Z90 * standard_error;
        Self { expected, low: expected - half_width, high: expected + half_width }
    }

    /// The same estimate in another unit: all three times `factor`, which is not negative.
    pub fn times(self, factor: f64) -> Self {
        Self { expected: self.expected * factor, low: self.low * factor, high: self.high * factor }
    }

    /// The same estimate with ends `factor` times as far away.
    pub fn widened(self, factor: f64) -> Self {
        let Self { expected, low, high } = self;
        Self { expected, low: expected - factor * (expected - low), high: expected + factor * (high - expected) }
    }

    /// The same estimate with ends within what can be.
    pub fn within(self, least: f64, most: f64) -> Self {
        Self { low: self.low.clamp(least, most), high: self.high.clamp(least, most), ..self }
    }

    /// A difference seen from the other side.
    pub fn reversed(self) -> Self {
        Self { expected: -self.expected, low: -self.high, high: -self.low }
    }

    /// Whether `value` lies within the interval.
    pub fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Whether all three are numbers.
    pub fn is_finite(self) -> bool {
        [self.expected, self.low, self.high].into_iter().all(f64::is_finite)
    }
}

/// 90 % interval of a share: the score interval, which keeps its promise with few leads and near 0 and 1, where the
/// textbook `share +- z * standard error` does not.
///
/// With `s = k / n`: `(s + z^2/2n +- z sqrt(s (1 - s) / n + z^2/4n^2)) / (1 + z^2/n)`.
///
/// - `n_hits`: `k`, at most `n_trials`; fractions are allowed, because leads tied at a threshold share the last places.
/// - `n_trials`: `n`; with none nothing is known and the interval is 0 to 1.
///
/// # Source
/// Wilson (1927), *JASA* 22, 209-212; recommended by Brown, Cai and DasGupta (2001), *Statistical Science* 16, 101-133.
pub fn wilson(n_hits: f64, n_trials: f64) -> Interval {
    wilson_of(n_hits, n_trials, Z90)
}

/// [`wilson`] where leads repeat each other.
///
/// - `design_effect`: leads that tell as much as one on its own, at least 1.
pub fn wilson_of_repeated(n_hits: f64, n_trials: f64, design_effect: f64) -> Interval {
    wilson(n_hits / design_effect, n_trials / design_effect)
}

/// [`wilson`] at another level.
///
/// - `z`: half-width of the interval in standard errors of a normal variable; 1.96 for 95 %.
pub fn wilson_of(n_hits: f64, n_trials: f64, z: f64) -> Interval {
    if n_trials <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let share = (n_hits / n_trials).clamp(0.0, 1.0);
    let z2 = z * z;
    let middle = share + z2 / (2.0 * n_trials);
    let half_width = z * (share * (1.0 - share) / n_trials + z2 / (4.0 * n_trials * n_trials)).sqrt();
    let shrink = 1.0 + z2 / n_trials;
    // At 0 and 1 the two terms are equal in exact arithmetic; rounding must not leave 1e-17 or 1.0000000000000002.
    let low = if share == 0.0 { 0.0 } else { (middle - half_width) / shrink };
    let high = if share == 1.0 { 1.0 } else { (middle + half_width) / shrink };
    Interval { low: low.clamp(0.0, 1.0), high: high.clamp(0.0, 1.0) }
}

/// 90 % interval of conversions seen / conversions promised among `n_leads` leads.
///
/// What was promised is a sum of probabilities and taken as given; what was seen is a count, so its share has a
/// [`wilson`] interval, and that times `n_leads / n_expected` is the interval of the ratio. Unlike the common
/// `exp(ln(O/E) +- z sqrt((1 - O/n) / O))` it exists when nobody converted.
///
/// - returns: `None` where nothing was promised.
///
/// # Source
/// O/E and its error: Debray et al. (2017), *BMJ* 356, i6460, appendix; the score interval instead of the normal one is
/// ours, for few conversions.
pub fn observed_over_expected_interval(n_converted: f64, n_leads: f64, n_expected: f64) -> Option<Interval> {
    observed_over_expected_interval_of(n_converted, n_leads, n_expected, Z90)
}

/// [`observed_over_expected_interval`] at another level.
///
/// - `z`: as in [`wilson_of`].
pub fn observed_over_expected_interval_of(n_converted: f64, n_leads: f64, n_expected: f64, z: f64) -> Option<Interval> {
    (n_expected > 0.0 && n_leads > 0.0).then(|| wilson_of(n_converted, n_leads, z).times(n_leads / n_expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_anything() {
        assert_eq!(wilson(0.0, 0.0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn no_hit_and_all_hits_touch_their_end() {
        // z^2 / (n + z^2) with n = 10 and z^2 = 2.70554345: 0.21294
        let none = wilson(0.0, 10.0);
        assert_eq!(none.low, 0.0);
        assert!((none.high - 0.212_94).abs() < 1e-5, "{none:?}");
        let all = wilson(10.0, 10.0);
        assert_eq!(all.high, 1.0);
        assert!((all.low - (1.0 - 0.212_94)).abs() < 1e-5, "{all:?}");
    }

    #[test]
    fn copies_make_no_interval_narrower() {
        let (alone, copied) = (wilson(12.0, 50.0), wilson_of_repeated(36.0, 150.0, 3.0));
        assert!((alone.low - copied.low).abs() < 1e-12 && (alone.high - copied.high).abs() < 1e-12, "{copied:?}");
        assert_eq!(wilson_of_repeated(12.0, 50.0, 1.0), alone);
    }

    #[test]
    fn the_ratio_interval_is_the_share_interval_in_units_of_what_was_promised() {
        let share = wilson(12.0, 50.0);
        let ratio = observed_over_expected_interval(12.0, 50.0, 10.0).expect("10 were promised");
        assert!((ratio.low - share.low * 5.0).abs() < 1e-12);
        assert!((ratio.high - share.high * 5.0).abs() < 1e-12);
        assert!(ratio.low < 1.2 && 1.2 < ratio.high);
    }

    #[test]
    fn nothing_promised_has_no_ratio() {
        assert_eq!(observed_over_expected_interval(0.0, 50.0, 0.0), None);
        assert_eq!(observed_over_expected_interval(0.0, 0.0, 0.0), None);
    }
}
