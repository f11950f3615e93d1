//! Shares of small groups, pulled towards what all groups have in common as far as their own counts are too few to say.
//!
//! `k` of the `n` leads of a group hit (were accepted, converted); the group's true share is drawn from a beta distribution
//! that all groups of one column have in common:
//!
//! `k ~ Binomial(n, p)`, `p ~ Beta(m mu, m (1 - mu))`
//!
//! `mu` is the common share and `m` how alike the groups are, in leads. Both are learnt from all groups; their uncertainty is
//! kept by averaging over a grid of (mu, m), so that four sources are not taken for four thousand. A group's share is then a
//! mixture of Beta(m mu + k, m (1 - mu) + n - k); reported are its mean and its 5 % and 95 % points.
//!
//! # Source
//! Bayes empirical Bayes: Deely and Lindley (1981), *JASA* 76, 833-841; the prior, flat in mu and in 1 / sqrt(m), is that of
//! Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 5.3.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::math::{logistic, logit};
use crate::measures::{Estimate, beta_below, ln_beta, wilson};

/// A share with its 90 % interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupShare {
    /// Leads it is a share of.
    pub n: u64,
    /// Leads that count.
    pub hits: u64,
    /// What is known of the share, pulled towards the other groups of the column; absent without leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Estimate>,
}

impl GroupShare {
    /// Of each lead whether it counts; what is known of the share is left open.
    pub fn count(leads: impl IntoIterator<Item = bool>) -> Self {
        let mut counts = Self::default();
        leads.into_iter().for_each(|is_hit| counts.add(is_hit));
        counts
    }

    /// One more lead.
    pub fn add(&mut self, is_hit: bool) {
        self.n += 1;
        self.hits += u64::from(is_hit);
    }

    /// The share alone, without others to lean on: Wilson's interval.
    pub fn alone(n: u64, hits: u64) -> Self {
        let interval = wilson(hits as f64, n as f64);
        let share = Estimate { expected: hits as f64 / n as f64, low: interval.low, high: interval.high };
        Self { n, hits, share: (n > 0).then_some(share) }
    }

    /// [`GroupShare::alone`] with the counts of this one.
    pub fn by_itself(self) -> Self {
        Self::alone(self.n, self.hits)
    }
}

/// What all groups have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    /// The common share: mean of `mu`.
    pub share: f64,
    /// How alike groups are: a group's own leads count as much as the common share once it has so many. Median of `m`.
    pub worth_leads: f64,
    components: Vec<Component>,
}

/// A prior with its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Component {
    a: f64,
    b: f64,
    weight: f64,
}

/// Steps of the grid; twice as many move no end of an interval by more than a tenth of a point.
const N_ALIKE: usize = 24;
const N_SHARES: usize = 36;
/// Mass of the grid that is left aside.
const LEFT_ASIDE: f64 = 0.01;

impl Common {
    /// Learns it from all groups; `None` where no group has a lead.
    pub fn of(groups: &[GroupShare]) -> Option<Self> {
        let groups: Vec<GroupShare> = groups.iter().copied().filter(|group| group.n > 0).collect();
        let n: f64 = groups.iter().map(|group| group.n as f64).sum();
        if groups.is_empty() {
            return None;
        }
        let hits: f64 = groups.iter().map(|group| group.hits as f64).sum();
        let centre = logit((hits + 0.5) / (n + 1.0));
        let mut grid: Vec<(f64, f64, f64)> = Vec::with_capacity(N_ALIKE * N_SHARES);
        for at_alike in 0..N_ALIKE {
            // Finer where 1 / sqrt(m) is small: v squared is 1 / sqrt(m), flat in it.
            let v = (at_alike as f64 + 0.5) / N_ALIKE as f64;
            let m = v.powi(-4);
            for at_share in 0..N_SHARES {
                let u = 2.0 * (at_share as f64 + 0.5) / N_SHARES as f64 - 1.0;
                let mu = logistic(centre + 6.0 * u * u.abs().powf(1.5));
                let (a, b) = (m * mu, m * (1.0 - mu));
                if a < 1e-9 || b < 1e-9 {
                    continue;
                }
                let width = v * mu * (1.0 - mu) * u.abs().powf(1.5);
                let before = ln_beta(a, b);
                let likelihood: f64 = groups
                    .iter()
                    .map(|group| ln_beta(a + group.hits as f64, b + (group.n - group.hits) as f64) - before)
                    .sum();
                grid.push((m, mu, likelihood + width.ln()));
            }
        }
        let most = grid.iter().map(|(.., log)| *log).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = grid.iter().map(|(.., log)| (log - most).exp()).sum();
        grid.iter_mut().for_each(|(.., log)| *log = (*log - most).exp() / total);
        let share = grid.iter().map(|(_, mu, weight)| mu * weight).sum();
        let worth_leads = median_alike(&grid);
        grid.sort_by(|x, y| y.2.total_cmp(&x.2));
        let mut kept = 0.0;
        let mut components = Vec::new();
        for (m, mu, weight) in grid {
            if kept > 1.0 - LEFT_ASIDE {
                break;
            }
            kept += weight;
            components.push(Component { a: m * mu, b: m * (1.0 - mu), weight });
        }
        components.iter_mut().for_each(|component| component.weight /= kept);
        Some(Self { share, worth_leads, components })
    }

    /// A group that was counted among those learnt from, with its share; one without leads has none.
    pub fn pulled(&self, group: GroupShare) -> GroupShare {
        GroupShare { share: (group.n > 0).then(|| self.share_of(group)), ..group }
    }

    /// The share of a group that was counted among those learnt from.
    pub fn share_of(&self, group: GroupShare) -> Estimate {
        let (hits, others) = (group.hits as f64, (group.n - group.hits.min(group.n)) as f64);
        let mean = |c: &Component| c.weight * (c.a + hits) / (c.a + c.b + hits + others);
        let expected = self.components.iter().map(mean).sum();
        let below = |x: f64| -> f64 {
            self.components.iter().map(|c| c.weight * beta_below(x, c.a + hits, c.b + others)).sum()
        };
        // The mean of a share that is nearly always 0 can lie above its 95 % point; the interval is widened to hold it.
        Estimate { expected, low: quantile(below, 0.05).min(expected), high: quantile(below, 0.95).max(expected) }
    }
}

fn median_alike(grid: &[(f64, f64, f64)]) -> f64 {
    let mut by_alike: Vec<(f64, f64)> = grid.iter().map(|(m, _, weight)| (*m, *weight)).collect();
    by_alike.sort_by(|x, y| x.0.total_cmp(&y.0));
    let mut below = 0.0;
    let middle = by_alike.iter().find(|(_, weight)| {
        below += weight;
        below >= 0.5
    });
    middle.map_or(0.0, |(m, _)| *m)
}

/// Where a rising function of a share reaches `wanted`, to a hundred-thousandth.
fn quantile(below: impl Fn(f64) -> f64, wanted: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-5 {
        let middle = f64::midpoint(low, high);
        if below(middle) < wanted { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Beta, Distribution};

    use super::*;

    fn counts(groups: &[(u64, u64)]) -> Vec<GroupShare> {
        groups.iter().map(|&(hits, n)| GroupShare { n, hits, share: None }).collect()
    }

    #[test]
    fn a_single_lead_says_next_to_nothing() {
        let groups = counts(&[(100, 500), (110, 500), (95, 500), (1, 1)]);
        let common = Common::of(&groups).expect("leads");
        let of_one = common.share_of(groups[3]);
        assert!((0.19..0.28).contains(&of_one.expected), "{of_one:?}");
        assert!(of_one.low < 0.2 && of_one.high > 0.23, "{of_one:?}");
        let of_many = common.share_of(groups[1]);
        assert!((of_many.expected - 0.215).abs() < 0.01, "{of_many:?}");
    }

    #[test]
    fn groups_that_differ_keep_their_own_shares() {
        let groups = counts(&[(20, 400), (200, 400), (360, 400), (120, 400)]);
        let common = Common::of(&groups).expect("leads");
        for group in &groups {
            let own = group.hits as f64 / group.n as f64;
            assert!((common.share_of(*group).expected - own).abs() < 0.01);
        }
        assert!(common.worth_leads < 10.0, "{}", common.worth_leads);
        let alike = Common::of(&counts(&[(80, 400), (78, 400), (83, 400), (79, 400)])).expect("leads");
        assert!(alike.worth_leads > 100.0, "{}", alike.worth_leads);
    }

    #[test]
    fn nobody_and_everybody_stay_inside() {
        assert_eq!(Common::of(&counts(&[(0, 0)])), None);
        let groups = counts(&[(0, 30), (0, 50), (0, 2)]);
        let none = Common::of(&groups).expect("leads").share_of(groups[0]);
        assert!(none.low < 0.005 && none.high < 0.1 && none.expected > 0.0, "{none:?}");
        let one = Common::of(&counts(&[(7, 10)])).expect("leads").share_of(GroupShare { n: 10, hits: 7, share: None });
        // Alone it is a flat prior's Beta(8, 4) or nearly so: mean 0.667.
        assert!((one.expected - 0.667).abs() < 0.05, "{one:?}");
    }

    /// Share of the intervals that hold the truth, over all groups of all histories, and mean squared errors: shrunk, raw.
    fn coverage(sizes: &[u64], draw: impl Fn(&mut ChaCha8Rng) -> f64, n_histories: usize) -> (f64, f64, f64) {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let (mut n_held, mut error, mut error_raw) = (0_usize, 0.0, 0.0);
        for _ in 0..n_histories {
            let truth: Vec<f64> = sizes.iter().map(|_| draw(&mut rng)).collect();
            let groups: Vec<GroupShare> = (sizes.iter().zip(&truth))
                .map(|(&n, &p)| GroupShare::count((0..n).map(|_| rng.random::<f64>() < p)))
                .collect();
            let common = Common::of(&groups).expect("leads");
            for (group, p) in groups.iter().zip(&truth) {
                let found = common.share_of(*group);
                n_held += usize::from((found.low..=found.high).contains(p));
                error += (found.expected - p).powi(2);
                error_raw += (group.hits as f64 / group.n as f64 - p).powi(2);
            }
        }
        let n = (n_histories * sizes.len()) as f64;
        (n_held as f64 / n, error / n, error_raw / n)
    }

    #[test]
    fn nine_intervals_in_ten_hold_the_truth_and_shrinking_pays() {
        for (sizes, spread) in [
            (&[400, 150, 60, 20, 5, 1][..], Some(10.0)),
            (&[300, 200, 90, 40][..], Some(40.0)),
            (&[60; 24][..], Some(200.0)),
            (&[300, 200, 90, 40][..], None),
        ] {
            let beta = |m: f64| Beta::new(0.2 * m, 0.8 * m).expect("a beta distribution");
            let (held, error, error_raw) = coverage(sizes, |rng| spread.map_or(0.2, |m| beta(m).sample(rng)), 40);
            // 160 to 960 intervals: standard error at most 0.024. With 150 histories (0.012) all lay in 0.87..0.94; alike groups
            // are the easy case and may hold more often.
            let most = if spread.is_some() { 0.96 } else { 1.0 };
            assert!((0.85..=most).contains(&held), "{sizes:?} {spread:?}: {held}");
            assert!(error < error_raw, "{sizes:?} {spread:?}: {error} {error_raw}");
        }
    }
}
