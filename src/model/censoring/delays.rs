//! How long conversions take: the share of all conversions within the horizon that is seen by a given age.
//!
//! Only conversions have a delay, and a young lead shows only its short ones: delays are cut off on the right. Counting backwards
//! in time takes that into account.

use crate::math::Z90;
use crate::measures::Interval;

/// A conversion that was seen, in microseconds after the hand-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenConversion {
    /// When it came.
    pub delay_us: i64,
    /// Latest delay at which it would have been seen: the age of the lead, or the horizon once that is over.
    pub limit_us: i64,
}

/// Delays and limits of conversions, each ascending.
pub(super) struct SortedConversions {
    pub(super) delays: Vec<i64>,
    limits: Vec<i64>,
}

impl SortedConversions {
    pub(super) fn new(seen: &[SeenConversion]) -> Self {
        let mut delays: Vec<i64> = seen.iter().map(|conversion| conversion.delay_us).collect();
        let mut limits: Vec<i64> = seen.iter().map(|conversion| conversion.limit_us).collect();
        delays.sort_unstable();
        limits.sort_unstable();
        Self { delays, limits }
    }

    /// Conversions at this delay, and those by it that would have been seen at it. Whoever could not be seen at it came earlier,
    /// so both counts are of the same leads.
    pub(super) fn at(&self, delay: i64) -> (f64, f64) {
        let n_by = self.delays.partition_point(|&other| other <= delay);
        let n_before = self.delays.partition_point(|&other| other < delay);
        let n_unseen = self.limits.partition_point(|&limit| limit < delay);
        ((n_by - n_before) as f64, (n_by - n_unseen) as f64)
    }
}

/// Share of the conversions within the horizon that have come by each age.
#[derive(Debug, Clone, PartialEq)]
pub struct DelayCurve {
    /// Ascending in delay; a step holds from its delay on.
    steps: Vec<Step>,
    /// Conversions it was estimated from.
    pub n_conversions: usize,
    /// Share of conversions about which it is only known that they came by the first step.
    unresolved_mass: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    delay_us: i64,
    share: f64,
    /// Variance of the logarithm of `share`.
    log_variance: f64,
}

/// Fewest conversions a delay curve is estimated from: with 30, its middle is known to about a twelfth either way
/// (`sqrt(0.25 / 30)`).
pub const MIN_CONVERSIONS: usize = 30;

/// Share of the conversions about whose delay nothing more can be said without giving the curve up. The shortest delays of a
/// history are told by one or two leads; they are then put at that delay.
const MAX_UNRESOLVED_MASS: f64 = 0.05;

impl DelayCurve {
    /// The product limit in reverse time.
    ///
    /// `F(t) = prod over delays t_k > t of (1 - n_k / N_k)`, where `n_k` conversions came at `t_k`, and `N_k` came by `t_k` *and*
    /// would have been seen at `t_k` (`delay <= t_k <= limit`). Equal delays count together. The variance of `ln F(t)` is
    /// `sum over t_k > t of n_k / (N_k (N_k - n_k))`, Greenwood's in reverse.
    ///
    /// Assumed: how long a conversion takes does not depend on when its lead was handed off. The curve is relative to the
    /// largest limit, which is the horizon as soon as one lead with its horizon over has converted.
    ///
    /// - returns: `None` with fewer than [`MIN_CONVERSIONS`], or where young leads alone tell of more than the shortest delays,
    ///   so that short and long ones cannot be put on one scale.
    ///
    /// # Source
    /// Lagakos, Barraj and De Gruttola (1988), *Biometrika* 75, 515-523.
    pub fn estimate(seen: &[SeenConversion]) -> Option<Self> {
        if seen.len() < MIN_CONVERSIONS {
            return None;
        }
        let seen = SortedConversions::new(seen);
        let mut steps = Vec::new();
        let (mut share, mut log_variance, mut unresolved_mass) = (1.0, 0.0, 0.0);
        let mut n_left = seen.delays.len();
        while let Some(&delay_us) = seen.delays[..n_left].last() {
            steps.push(Step { delay_us, share, log_variance });
            let (n_here, n_at_risk) = seen.at(delay_us);
            let n_before = seen.delays.partition_point(|&delay| delay < delay_us);
            if n_at_risk <= n_here {
                // All that could be told from come here: nothing says how many come earlier.
                if n_before > 0 {
                    unresolved_mass = share;
                }
                break;
            }
            share *= 1.0 - n_here / n_at_risk;
            log_variance += n_here / (n_at_risk * (n_at_risk - n_here));
            n_left = n_before;
        }
        steps.reverse();
        let n_conversions = seen.delays.len();
        (unresolved_mass <= MAX_UNRESOLVED_MASS).then_some(Self { steps, n_conversions, unresolved_mass })
    }

    fn step_at(&self, age_us: i64) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.delay_us <= age_us);
        after.checked_sub(1).map(|at| &self.steps[at])
    }

    /// Share of the conversions seen by an age, `0.0..=1.0`.
    pub fn share(&self, age_us: i64) -> f64 {
        self.step_at(age_us).map_or(0.0, |step| step.share)
    }

    /// 90 % interval of that share, on the scale of `ln(-ln F)`, which keeps it inside 0 to 1.
    pub fn interval(&self, age_us: i64) -> Interval {
        match self.step_at(age_us) {
            Some(step) if step.share < 1.0 => {
                let log = step.share.ln();
                let spread = (Z90 * step.log_variance.sqrt() / log.abs()).exp();
                Interval { low: (log * spread).exp(), high: (log / spread).exp() }
            }
            Some(_) => Interval { low: 1.0, high: 1.0 },
            // None of n conversions came so early: one time in twenty that happens at a share of 1 - 0.05^(1/n).
            None => Interval {
                low: 0.0,
                high: (1.0 - 0.05_f64.powf(1.0 / self.n_conversions as f64)).max(self.unresolved_mass),
            },
        }
    }

    /// The first age by which at least this share has come.
    pub fn age_of(&self, share: f64) -> i64 {
        let reaches = self.steps.iter().find(|step| step.share >= share);
        reaches.or(self.steps.last()).map_or(0, |step| step.delay_us)
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn seen(pairs: &[(i64, i64)]) -> Vec<SeenConversion> {
        pairs.iter().map(|&(delay_us, limit_us)| SeenConversion { delay_us, limit_us }).collect()
    }

    /// Conversions with delays 1..=`horizon` of growing chance, of leads whose age runs evenly through 1..=`oldest`.
    fn young_and_old(n: usize, horizon: i64, oldest: i64, rng: &mut ChaCha8Rng) -> Vec<SeenConversion> {
        let mut conversions = Vec::new();
        while conversions.len() < n {
            let age: i64 = rng.random_range(1..=oldest);
            // The larger of two even draws: F(t) = (t / horizon)^2.
            let delay_us = rng.random_range(1..=horizon).max(rng.random_range(1..=horizon));
            let limit_us = age.min(horizon);
            if delay_us <= limit_us {
                conversions.push(SeenConversion { delay_us, limit_us });
            }
        }
        conversions
    }

    #[test]
    fn with_every_horizon_over_it_is_the_share_that_has_come() {
        let conversions: Vec<_> = (0..40).map(|at| (1 + at / 4, 10)).collect();
        let curve = DelayCurve::estimate(&seen(&conversions)).expect("forty");
        for age in 0..=10 {
            assert!((curve.share(age) - age as f64 / 10.0).abs() < 1e-12, "{age}: {}", curve.share(age));
        }
        assert_eq!((curve.share(99), curve.age_of(0.45), curve.age_of(1.0)), (1.0, 5, 10));
    }

    #[test]
    fn a_case_small_enough_for_paper() {
        // Ten leads of age 3 with delays 1, 2, 3 (2, 3, 5 of them), ten of age 1 with delay 1, ten of age 2: 4 at 1, 6 at 2.
        let mut pairs = vec![(1, 3); 2];
        pairs.extend([vec![(2, 3); 3], vec![(3, 3); 5], vec![(1, 1); 10], vec![(1, 2); 4], vec![(2, 2); 6]].concat());
        let curve = DelayCurve::estimate(&seen(&pairs)).expect("thirty");
        // Seen at 3: the ten of age 3, five of them then. At 2: five of age 3 and ten of age 2, nine of them then.
        assert!((curve.share(2) - 5.0 / 10.0).abs() < 1e-12);
        assert!((curve.share(1) - 5.0 / 10.0 * 6.0 / 15.0).abs() < 1e-12);
        // 5 / (10 * 5) + 9 / (15 * 6) = 0.2
        assert!((curve.step_at(1).expect("a step").log_variance - 0.2).abs() < 1e-12);
    }

    /// The same likelihood, `prod f(delay) / F(limit)`, climbed by self-consistency: a conversion with limit `r` stands for
    /// `1 / F(r)` of them, those not seen spread over the delays beyond `r`.
    fn by_self_consistency(conversions: &[SeenConversion], horizon: i64) -> Vec<f64> {
        let n_delays = horizon as usize;
        let mut density = vec![1.0 / n_delays as f64; n_delays];
        for _ in 0..20_000 {
            let mut expected = vec![0.0; n_delays];
            let total: Vec<f64> = density
                .iter()
                .scan(0.0, |sum, f| {
                    *sum += f;
                    Some(*sum)
                })
                .collect();
            for conversion in conversions {
                expected[conversion.delay_us as usize - 1] += 1.0;
                let seen_by = total[conversion.limit_us as usize - 1];
                for late in conversion.limit_us as usize..n_delays {
                    expected[late] += density[late] / seen_by;
                }
            }
            let all: f64 = expected.iter().sum();
            density = expected.into_iter().map(|n| n / all).collect();
        }
        density
            .iter()
            .scan(0.0, |sum, f| {
                *sum += f;
                Some(*sum)
            })
            .collect()
    }

    #[test]
    fn it_is_the_curve_of_greatest_likelihood() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for n in [60, 200] {
            let conversions = young_and_old(n, 8, 20, &mut rng);
            let curve = DelayCurve::estimate(&conversions).expect("enough");
            for (at, share) in by_self_consistency(&conversions, 8).into_iter().enumerate() {
                let found = curve.share(at as i64 + 1);
                // Self-consistency creeps towards its end; 20,000 rounds leave less than a millionth.
                assert!((found - share).abs() < 1e-6, "{n}, by {}: {found} and {share}", at + 1);
            }
        }
    }

    #[test]
    fn young_leads_do_not_bend_it_and_its_intervals_hold() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let n_histories = 1_000;
        for age in [30_i64, 60, 80] {
            let truth = (age as f64 / 90.0).powi(2);
            let (mut sum, mut n_held) = (0.0, 0);
            for _ in 0..n_histories {
                // Two thirds of the leads are younger than the horizon.
                let curve = DelayCurve::estimate(&young_and_old(400, 90, 135, &mut rng)).expect("enough");
                let interval = curve.interval(age);
                sum += curve.share(age);
                n_held += usize::from((interval.low..=interval.high).contains(&truth));
            }
            // One history is off by about 0.03, their mean by a thirtieth of that.
            assert!(
                (sum / f64::from(n_histories) - truth).abs() < 0.006,
                "{age}: {} of {truth}",
                sum / f64::from(n_histories)
            );
            // A share of 1,000 has a chance error of 0.01.
            assert!((865..=935).contains(&n_held), "{age}: {n_held}");
        }
    }

    #[test]
    fn too_few_or_only_young_leads_say_nothing() {
        assert_eq!(DelayCurve::estimate(&seen(&[(1, 9); 29])), None);
        // Nobody who could have been seen at 9 came before: how the two parts compare cannot be known.
        let mut pairs = vec![(9, 9); 20];
        pairs.extend([(1, 2); 20]);
        assert_eq!(DelayCurve::estimate(&seen(&pairs)), None);
    }

    #[test]
    fn before_the_first_conversion_nothing_is_seen_and_little_is_sure() {
        let curve = DelayCurve::estimate(&seen(&[(5, 9); 40])).expect("forty");
        assert_eq!((curve.share(4), curve.share(5)), (0.0, 1.0));
        let interval = curve.interval(4);
        // 1 - 0.05^(1/40)
        assert!(interval.low == 0.0 && (interval.high - 0.072).abs() < 1e-3, "{interval:?}");
    }
}
