//! Design effect: how many leads of clusters tell as much as one lead on its own.

use std::collections::BTreeMap;

/// How much larger the variance of a sum of residuals is than if leads were alone: `sum_c (sum_i r_ci)^2 / sum r^2`, at least 1.
///
/// - `cluster`, `residual`: one entry per lead, outcome less probability; leads of one cluster share a number.
/// - returns: 1 where leads of a cluster have nothing in common; in clusters of `m` leads with correlation `rho` about
///   `1 + (m - 1) rho`.
///
/// # Source
/// The meat of the cluster-robust variance: Liang and Zeger (1986), *Biometrika* 73, 13-22; the ratio: Kish (1965), *Survey
/// Sampling*, section 8.2.
pub fn design_effect(cluster: &[u64], residual: &[f64]) -> f64 {
    let mut sums = BTreeMap::<u64, f64>::new();
    for (&cluster, residual) in cluster.iter().zip(residual) {
        *sums.entry(cluster).or_default() += residual;
    }
    let alone: f64 = residual.iter().map(|residual| residual * residual).sum();
    let together: f64 = sums.values().map(|sum| sum * sum).sum();
    if alone > 0.0 { (together / alone).max(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_count_as_one() {
        let residual = [0.8, 0.8, -0.2, -0.2, -0.5, -0.5];
        assert!((design_effect(&[1, 1, 2, 2, 3, 3], &residual) - 2.0).abs() < 1e-12);
        assert_eq!(design_effect(&[1, 2, 3, 4, 5, 6], &residual), 1.0);
        assert_eq!(design_effect(&[], &[]), 1.0);
    }
}
