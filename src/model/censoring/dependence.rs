//! Does it depend on the score how long a conversion takes? Then the young leads that have converted are not like those that
//! will, and an expected outcome leans the wrong way.

use super::delays::{DelayCurve, SeenConversion, SortedConversions};

/// Delays of low-scored and high-scored conversions beside each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DelayComparison {
    /// Conversions of each half.
    pub n_low: usize,
    /// Conversions of the upper half.
    pub n_high: usize,
    /// Log-rank statistic in reverse time, standard normal where delays do not depend on the score; positive where high-scored
    /// conversions come *later*.
    pub z: f64,
    /// Share of low-scored conversions seen by the age at which half of all are.
    pub low_share: f64,
    /// Share of high-scored conversions seen by that age.
    pub high_share: f64,
    /// That age.
    pub half_seen_us: i64,
}

/// Size of `z` from which chance is out of the question: one run in a hundred reaches it by accident.
const MAX_Z: f64 = 2.576;

/// Difference of the two shares from which it matters: the young leads of one half would count a tenth of their conversions
/// too many, those of the other a tenth too few.
const MAX_GAP: f64 = 0.1;

impl DelayComparison {
    /// Whether delays depend on the score, beyond chance and by enough to matter.
    pub fn depends(&self) -> bool {
        self.z.abs() > MAX_Z && (self.low_share - self.high_share).abs() > MAX_GAP
    }
}

/// Compares the delays of conversions with scores up to the middle one and above it.
///
/// The log-rank statistic in reverse time: over the delays `t`, latest first, `N` conversions came by `t` and would have been
/// seen at `t`, `N1` of them high-scored; `n` came at `t`, `n1` of them high-scored.
///
/// `z = sum (n1 - n N1/N) / sqrt(sum n (N1/N) (1 - N1/N) (N - n)/(N - 1))`
///
/// - `scored`: score and conversion of each lead that has converted.
/// - returns: `None` where either half is too small for a [`DelayCurve`].
///
/// # Source
/// Lagakos, Barraj and De Gruttola (1988), *Biometrika* 75, section 4: the usual log-rank test, in reverse time.
pub fn compare_delays(scored: &[(i32, SeenConversion)]) -> Option<DelayComparison> {
    let mut scores: Vec<i32> = scored.iter().map(|&(score, _)| score).collect();
    scores.sort_unstable();
    let middle = *scores.get(scores.len().checked_sub(1)? / 2)?;
    let half = |is_high: bool| -> Vec<SeenConversion> {
        let wanted = scored.iter().filter(|&&(score, _)| (score > middle) == is_high);
        wanted.map(|&(_, conversion)| conversion).collect()
    };
    let (low, high) = (half(false), half(true));
    let all: Vec<SeenConversion> = scored.iter().map(|&(_, conversion)| conversion).collect();
    let (low_curve, high_curve) = (DelayCurve::estimate(&low)?, DelayCurve::estimate(&high)?);
    let half_seen_us = DelayCurve::estimate(&all)?.age_of(0.5);
    Some(DelayComparison {
        n_low: low.len(),
        n_high: high.len(),
        z: log_rank(&low, &high),
        low_share: low_curve.share(half_seen_us),
        high_share: high_curve.share(half_seen_us),
        half_seen_us,
    })
}

fn log_rank(low: &[SeenConversion], high: &[SeenConversion]) -> f64 {
    let (low, high) = (SortedConversions::new(low), SortedConversions::new(high));
    let mut delays: Vec<i64> = low.delays.iter().chain(&high.delays).copied().collect();
    delays.sort_unstable();
    delays.dedup();
    let (mut surplus, mut variance) = (0.0, 0.0);
    for delay in delays {
        let (low_here, low_at_risk) = low.at(delay);
        let (high_here, high_at_risk) = high.at(delay);
        let (n_here, n_at_risk) = (low_here + high_here, low_at_risk + high_at_risk);
        let share = high_at_risk / n_at_risk;
        surplus += high_here - n_here * share;
        if n_at_risk > 1.0 {
            variance += n_here * share * (1.0 - share) * (n_at_risk - n_here) / (n_at_risk - 1.0);
        }
    }
    if variance > 0.0 { surplus / variance.sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// `n` conversions, of which a share `slow(score)` takes four times as long; half of the leads are younger than 90.
    fn history(n: usize, slow: impl Fn(i32) -> f64, rng: &mut ChaCha8Rng) -> Vec<(i32, SeenConversion)> {
        let mut scored = Vec::new();
        while scored.len() < n {
            let score = rng.random_range(0..100);
            let limit_us = rng.random_range(1..180).min(90);
            let rate: f64 = if rng.random::<f64>() < slow(score) { 0.02 } else { 0.08 };
            let delay_us = 1 + ((1.0 - rng.random::<f64>()).ln() / (1.0 - rate).ln()) as i64;
            if delay_us <= limit_us {
                scored.push((score, SeenConversion { delay_us, limit_us }));
            }
        }
        scored
    }

    #[test]
    fn with_every_horizon_over_it_is_the_usual_log_rank_test() {
        let seen = |delays: &[i64]| -> Vec<SeenConversion> {
            delays.iter().map(|&delay_us| SeenConversion { delay_us, limit_us: 50 }).collect()
        };
        let (low, high) = (seen(&[3, 5, 5, 8, 12, 20, 41]), seen(&[2, 9, 9, 13, 20, 33, 38, 47]));
        // scipy 1.17.1: stats.logrank([50 - d for d in high], [50 - d for d in low]).statistic; time runs backwards, and a
        // conversion that comes late is an early event.
        let z = log_rank(&low, &high);
        assert!((z - 0.660_393_436_898_277_2).abs() < 1e-12, "{z}");
    }

    #[test]
    fn chance_alone_seldom_looks_like_dependence_however_young_the_leads() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let n_histories = 1_000;
        let beyond = |limit: f64, rng: &mut ChaCha8Rng| {
            (0..n_histories)
                .filter(|_| compare_delays(&history(200, |_| 0.5, rng)).expect("enough").z.abs() > limit)
                .count()
        };
        // One in ten beyond 1.645, with a chance error of one in a hundred.
        let n_beyond = beyond(1.645, &mut rng);
        assert!((70..=130).contains(&n_beyond), "{n_beyond}");
        let n_alarms = (0..n_histories)
            .filter(|_| compare_delays(&history(200, |_| 0.5, &mut rng)).expect("enough").depends())
            .count();
        assert!(n_alarms <= 20, "{n_alarms}");
    }

    #[test]
    fn slow_high_scores_are_found_and_the_sign_says_which() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let found = compare_delays(&history(400, |score| f64::from(score) / 100.0, &mut rng)).expect("enough");
        assert!(found.depends() && found.z > 0.0 && found.high_share < found.low_share, "{found:?}");
        let found = compare_delays(&history(400, |score| 1.0 - f64::from(score) / 100.0, &mut rng)).expect("enough");
        assert!(found.depends() && found.z < 0.0 && found.high_share > found.low_share, "{found:?}");
    }

    #[test]
    fn one_score_or_few_conversions_cannot_be_compared() {
        let conversion = SeenConversion { delay_us: 3, limit_us: 9 };
        assert_eq!(compare_delays(&[(1, conversion); 100]), None);
        assert_eq!(compare_delays(&[]), None);
    }
}
