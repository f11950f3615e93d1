//! How many untouched leads handed to sales at random would say how they convert.

use crate::math::Z90;

/// The band that is assumed, half to twice the odds, is a factor of 2 to either side; the square root of 2 is half of that on the
/// scale of log-odds, which tells "worse than touched leads" from "better" in most cases.
pub const USEFUL_FACTOR: f64 = std::f64::consts::SQRT_2;

/// Leads to hand off at random from a group, and conversions to expect among them, so that the 90 % interval of their odds
/// against those of touched leads of the same score reaches from the estimate divided by `factor` to the estimate times it.
///
/// The odds ratio is the intercept of a logistic model whose other part, the score, is known; `n` random leads carry information
/// `n m` on its logarithm, where `m` is the mean of `p (1 - p)` over the group. `1.645 / sqrt(n m) = ln factor` gives
/// `n = (1.645 / ln factor)^2 / m`.
///
/// - `probabilities`: of all untouched leads of the group, at the same odds as touched ones.
/// - returns: `None` for an empty group, or one that cannot convert.
///
/// # Source
/// Fisher information of a logistic intercept: McCullagh and Nelder (1989), *Generalized Linear Models*, section 4.4; used for
/// sample sizes by Whittemore (1981), *JASA* 76, 27-32.
pub fn random_hand_offs(probabilities: &[f64], factor: f64) -> Option<(u64, f64)> {
    let n = probabilities.len() as f64;
    let information = probabilities.iter().map(|p| p * (1.0 - p)).sum::<f64>() / n;
    if information.is_nan() || information <= 0.0 {
        return None;
    }
    let n_leads = ((Z90 / factor.ln()).powi(2) / information).ceil();
    Some((n_leads as u64, n_leads * probabilities.iter().sum::<f64>() / n))
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::analyses::untouched::at_odds;
    use crate::math::{logistic, logit};
    use crate::measures::{Steps, logistic_shift};

    #[test]
    fn one_in_ten_takes_250_leads_and_25_wins() {
        // (1.64485 / 0.34657)^2 / 0.09 = 250.3
        let (n_leads, n_wins) = random_hand_offs(&[0.1; 40], USEFUL_FACTOR).expect("leads");
        assert_eq!(n_leads, 251);
        assert!((n_wins - 25.1).abs() < 1e-9);
        assert_eq!(random_hand_offs(&[], USEFUL_FACTOR), None);
        assert_eq!(random_hand_offs(&[0.0, 1.0], USEFUL_FACTOR), None);
    }

    /// Log odds ratio with its standard error.
    fn ratio_of(sample: &[(f64, bool)]) -> (f64, f64) {
        let steps = Steps { longest: 1.0, tolerance: 1e-9, at_most: 50 };
        let shift = logistic_shift(0.0, &steps, |ratio| {
            let fitted = || sample.iter().map(move |(p, won)| (logistic(logit(*p) + ratio), f64::from(u8::from(*won))));
            (fitted().map(|(p, won)| p - won).sum(), fitted().map(|(p, _)| p * (1.0 - p)).sum())
        });
        (shift.estimate, shift.information.sqrt().recip())
    }

    #[test]
    fn so_many_hand_offs_give_the_promised_interval_and_it_holds() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let group: Vec<f64> = (0..500).map(|at| logistic(-4.0 + 3.0 * f64::from(at) / 500.0)).collect();
        let (n_leads, _) = random_hand_offs(&group, USEFUL_FACTOR).expect("leads");
        let n_trials = 1_000;
        for truth in [0.7_f64, 1.0, 1.4] {
            let (mut n_held, mut sum_of_widths) = (0, 0.0);
            for _ in 0..n_trials {
                let sample: Vec<(f64, bool)> = (0..n_leads)
                    .map(|_| {
                        let p = group[rng.random_range(0..group.len())];
                        (p, rng.random::<f64>() < at_odds(p, truth))
                    })
                    .collect();
                let (ratio, error) = ratio_of(&sample);
                n_held += usize::from((ratio - truth.ln()).abs() <= Z90 * error);
                sum_of_widths += Z90 * error;
            }
            // Fewer conversions than at the same odds widen it, more narrow it, by the root of the ratio.
            let factor = (sum_of_widths / f64::from(n_trials)).exp();
            let expected = (USEFUL_FACTOR.ln() / truth.sqrt()).exp();
            assert!((factor / expected - 1.0).abs() < 0.05, "{truth}: {factor} for {expected}");
            // A chance error of 0.01 on a share of 1,000.
            assert!((860..=940).contains(&n_held), "{truth}: {n_held}");
        }
    }
}
