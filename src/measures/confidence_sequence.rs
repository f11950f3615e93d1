//! Confidence sequence: an interval of a mean that holds at every look at once, however often one looks and whenever one stops.
//!
//! In: values one by one, each between the same bounds. Out: their mean with an interval that the mean of what was to be expected of
//! each, given those before it, never leaves, but for the chance that was allowed.
//!
//! Nothing is assumed of the values but their bounds: they may drift, and repeat each other.
//!
//! Always true: what a value is held against was known before it.
//!
//! # Source
//! Choe and Ramdas (2024), *Operations Research* 72, 1368-1387, theorem 2, for the difference of two forecasters; the bound on the
//! sum: Howard, Ramdas, McAuliffe and Sekhon (2021), *Annals of Statistics* 49, 1055-1080, theorem 4 and proposition 9 (the mixture
//! of exponentials over a gamma density, closed form).

use super::chi_square::ln_lower_gamma;

/// Variance, summed over the values, for which the interval is narrowest: that of some thousand leads.
const BEST_AT_VARIANCE: f64 = 5.0;

/// Values so far.
#[derive(Debug, Clone, Copy)]
pub struct ConfidenceSequence {
    /// Values lie between `-scale / 2` and `scale / 2`.
    scale: f64,
    /// Chance that the interval ever misses on one side.
    tail: f64,
    /// Of the gamma density.
    rho: f64,
    n: f64,
    sum: f64,
    weight: f64,
    /// Sum of squares about the mean of the values before.
    variance: f64,
}

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SequenceMean {
    /// The mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl ConfidenceSequence {
    /// No values yet.
    ///
    /// - `bound`: no value lies further than this from 0.
    /// - `misses`: chance that the interval ever misses, on either side, above 0 and below 1.
    pub fn new(bound: f64, misses: f64) -> Self {
        let tail = misses / 2.0;
        // The best scale of a normal mixture with one side.
        let log = -(2.0 * tail).ln();
        let rho = BEST_AT_VARIANCE / (2.0 * log + (1.0 + 2.0 * log).ln());
        Self { scale: 2.0 * bound, tail, rho, n: 0.0, sum: 0.0, weight: 0.0, variance: 0.0 }
    }

    /// The next value, already times its weight.
    ///
    /// - `weight`: of the value in the mean; known before it.
    pub fn add(&mut self, value: f64, weight: f64) {
        let before = if self.n > 0.0 { self.sum / self.n } else { 0.0 };
        self.variance += (value - before) * (value - before);
        self.sum += value;
        self.weight += weight;
        self.n += 1.0;
    }

    /// The mean and its interval; `None` before the first value.
    pub fn mean(&self) -> Option<SequenceMean> {
        if self.weight <= 0.0 {
            return None;
        }
        let mean = self.sum / self.weight;
        let half_width = self.farthest() / self.weight;
        Some(SequenceMean { mean, low: mean - half_width, high: mean + half_width })
    }

    /// How far the sum has ever strayed from what was to be expected, but for the chance allowed: where the mixture reaches 1 / tail.
    fn farthest(&self) -> f64 {
        let wanted = -self.tail.ln();
        let (mut low, mut high) = (0.0, self.scale);
        while self.ln_mixture(high) < wanted && high < 1e12 {
            low = high;
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.ln_mixture(middle) < wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// Log of the mean of `exp(l s - psi(l) v)` over `l`, where `psi(l) = (-ln(1 - c l) - c l) / c^2`: what a stake of 1 has become that
    /// was bet on the sum straying so far.
    fn ln_mixture(&self, strayed: f64) -> f64 {
        let squared = self.scale * self.scale;
        let start = self.rho / squared;
        let (shape, gained) = (start + self.variance / squared, (self.scale * strayed + self.variance) / squared);
        let rate = start + gained;
        let density = start * start.ln() - ln_lower_gamma(start, start);
        density + gained + ln_lower_gamma(shape, rate) - shape * rate.ln()
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use serde_json::Value;

    use super::*;

    /// Numbers of `tests/reference/confidence_sequence.json`, made by `confidence_sequence.py` beside it.
    fn reference() -> Value {
        serde_json::from_str(include_str!("../../tests/reference/confidence_sequence.json")).expect("JSON")
    }

    #[test]
    fn the_bound_is_that_of_the_mixture_by_quadrature() {
        for case in reference()["bounds"].as_array().expect("cases") {
            let [bound, misses, variance, expected] =
                ["bound", "misses", "variance", "farthest"].map(|key| case[key].as_f64().expect(key));
            let found = ConfidenceSequence { variance, ..ConfidenceSequence::new(bound, misses) }.farthest();
            // Quadrature to 1e-10, and the logarithm of the gamma function to 1e-11.
            assert!((found / expected - 1.0).abs() < 1e-6, "{case}: {found}");
        }
    }

    #[test]
    fn the_interval_follows_a_sequence_as_in_python() {
        let reference = reference();
        let sequence = &reference["sequence"];
        let list = |key: &str| -> Vec<f64> {
            sequence[key].as_array().expect(key).iter().map(|value| value.as_f64().expect(key)).collect()
        };
        let mut found = ConfidenceSequence::new(0.5, 0.05);
        let (values, weights, low, high) = (list("value"), list("weight"), list("low"), list("high"));
        for (at, (value, weight)) in values.iter().zip(&weights).enumerate() {
            found.add(*value, *weight);
            let mean = found.mean().expect("values");
            assert!((mean.low - low[at]).abs() < 1e-6 && (mean.high - high[at]).abs() < 1e-6, "{at}: {mean:?}");
        }
    }

    #[test]
    fn the_mean_seldom_leaves_its_interval_at_any_of_many_looks() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let has_missed = |rng: &mut ChaCha8Rng| {
            let mut found = ConfidenceSequence::new(0.5, 0.05);
            (0..1_500).any(|at| {
                found.add(if rng.random::<f64>() < 0.5 { 0.3 } else { -0.3 }, 1.0);
                at % 50 == 49 && found.mean().is_some_and(|mean| mean.low > 0.0 || mean.high < 0.0)
            })
        };
        let n_missed = (0..200).filter(|_| has_missed(&mut rng)).count();
        assert!(n_missed <= 10, "{n_missed} of 200 may be 10");
    }
}
