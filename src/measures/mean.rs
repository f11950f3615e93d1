//! Means of lists, and how far values lie from them.

/// Arithmetic mean; NaN without values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard deviation with all values as the whole population: `sqrt(mean((x - mean)^2))`; NaN without values.
pub fn standard_deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    (values.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Mean of differences, the same leads on both sides, with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// Mean of the differences.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Mean of `losses` less that of `others`, the same leads under both: what pairing by lead leaves of the noise.
///
/// - `losses`, `others`: one entry per lead, in the same order, nats.
pub fn paired_difference(losses: &[f64], others: &[f64]) -> PairedDifference {
    let differences: Vec<f64> = losses.iter().zip(others).map(|(loss, other)| loss - other).collect();
    let mean = mean(&differences);
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / differences.len() as f64;
    PairedDifference { mean, standard_error: (variance / differences.len() as f64).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_that_differ_alike_have_a_difference_without_an_error() {
        let found = paired_difference(&[1.5, 0.5, 2.5], &[1.0, 0.0, 2.0]);
        assert_eq!(found, PairedDifference { mean: 0.5, standard_error: 0.0 });
    }

    #[test]
    fn the_error_is_that_of_a_mean() {
        // Differences 0 and 2: mean 1, standard deviation 1, over the root of two leads.
        let found = paired_difference(&[1.0, 3.0], &[1.0, 1.0]);
        assert_eq!((found.mean, found.standard_error), (1.0, 0.5_f64.sqrt()));
        assert_eq!(standard_deviation(&[0.0, 2.0]), 1.0);
    }
}
