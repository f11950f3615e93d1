//! Groups: how far teams or segments lie from what the curve says of their scores.
//!
//! In: judged leads by group and score. Out: [`group_offsets`], log-odds to add to the curve, and [`GroupBelief`], what may be
//! true of the groups, to draw from.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::chances::spread_of;
use super::histogram::Histogram;
use crate::math::{logistic, logit};
use crate::settings::By;

/// Steps of Newton's method from an approximation that is good to a tenth; each squares what is left.
const N_STEPS: usize = 3;

/// How much groups may differ in truth, in log-odds: from not at all to odds more than three times apart.
const SPREADS: [f64; 13] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1.05, 1.2];

/// Judged leads of one group that the curve gives the same chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupLeads {
    /// Position of the group.
    pub group: usize,
    /// Log-odds of conversion by the curve of all folds.
    pub log_odds: f64,
    /// Leads.
    pub n_leads: f64,
    /// Of those, how many converted.
    pub n_wins: f64,
}

/// The judged leads of a history by team or segment.
pub fn leads_of_groups(histogram: &Histogram, by: By) -> (Vec<GroupLeads>, usize) {
    let n_groups = match by {
        By::Segment => histogram.segments.len(),
        By::Team => histogram.teams.len(),
    };
    let judged = histogram.cells.iter().filter(|cell| cell.n_leads > 0);
    let leads = judged.map(|cell| GroupLeads {
        group: cell.group(Some(by)),
        log_odds: logit(cell.worth() / cell.n_leads as f64),
        n_leads: cell.n_leads as f64,
        n_wins: cell.n_converted as f64,
    });
    (leads.collect(), n_groups)
}

/// How far the log-odds of each team or segment lie from the curve, pulled towards it the more the fewer leads it has.
///
/// The offset `o` of a group is the likeliest one where groups have a standard deviation `t` about the curve: it solves
/// `W - E(o) = o / t2`, with `W` wins seen and `E(o)` wins expected at log-odds `o` from the curve. `t2` comes from the shifts
/// `d = (W - E(0)) / v`, with `v` the variance of a sum of that many coins.
///
/// # Source
/// Moment estimate of `t2`: DerSimonian and Laird (1986), *Controlled Clinical Trials* 7, 177-188.
pub fn group_offsets(leads: &[GroupLeads], n_groups: usize) -> Vec<f64> {
    let sums = sums_at(leads, &vec![0.0; n_groups]);
    let shifts: Vec<(f64, f64)> = sums.into_iter().map(|(excess, v)| (excess / v.max(f64::MIN_POSITIVE), v)).collect();
    let spread = spread_of(&shifts);
    if spread <= 0.0 {
        return vec![0.0; n_groups];
    }
    let mut offsets: Vec<f64> =
        shifts.iter().map(|(shift, v)| (shift * spread * v / (spread * v + 1.0)).clamp(-1.0, 1.0)).collect();
    for _ in 0..N_STEPS {
        let sums = sums_at(leads, &offsets);
        for (offset, (excess, variance)) in offsets.iter_mut().zip(sums) {
            // A step from where all but nobody converts would lead far beyond the likeliest offset.
            *offset += ((excess - *offset / spread) / (variance + 1.0 / spread)).clamp(-1.0, 1.0);
        }
    }
    offsets
}

/// Wins less expected wins, and the variance of the wins, of each group at so many log-odds from the curve.
fn sums_at(leads: &[GroupLeads], offsets: &[f64]) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); offsets.len()];
    for leads in leads {
        let chance = logistic(leads.log_odds + offsets[leads.group]);
        let (excess, variance) = &mut sums[leads.group];
        *excess += leads.n_wins - leads.n_leads * chance;
        *variance += leads.n_leads * chance * (1.0 - chance);
    }
    sums
}

/// What may be true of groups after a history: how much they differ, and where each lies.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBelief {
    /// Most likely offset of each group by its leads alone, and how much they tell (1 / its error variance).
    alone: Vec<(f64, f64)>,
    /// Chance of each of [`SPREADS`] or a smaller one.
    cumulative: [f64; SPREADS.len()],
}

impl GroupBelief {
    /// What these leads leave open. Before them every spread is as likely as any other of `SPREADS`.
    ///
    /// - `offsets`: of [`group_offsets`]; `design_effect`: leads that tell as much as one on its own.
    pub fn new(leads: &[GroupLeads], offsets: &[f64], design_effect: f64) -> Self {
        // About an offset that is pulled towards the curve: a group whose leads all lost has no likeliest one of its own.
        let sums = sums_at(leads, offsets);
        let alone: Vec<(f64, f64)> = (sums.iter().zip(offsets))
            .map(|((excess, v), offset)| (offset + excess / v.max(f64::MIN_POSITIVE), v / design_effect))
            .collect();
        let log_chance = |spread: f64| -> f64 {
            let told = alone.iter().filter(|(_, v)| *v > 0.0);
            told.map(|(at, v)| (at.powi(2), spread.powi(2) + 1.0 / v)).map(|(at, v)| -0.5 * (v.ln() + at / v)).sum()
        };
        let likeliest = SPREADS.iter().map(|&spread| log_chance(spread)).fold(f64::NEG_INFINITY, f64::max);
        let mut cumulative = SPREADS;
        let mut sum = 0.0;
        for (at, place) in cumulative.iter_mut().enumerate() {
            // Spreads lie closer together where they are small; each stands for those about it.
            let (below, above) = (SPREADS[at.saturating_sub(1)], SPREADS[(at + 1).min(SPREADS.len() - 1)]);
            sum += (log_chance(SPREADS[at]) - likeliest).exp() * (above - below);
            *place = sum;
        }
        cumulative.iter_mut().for_each(|place| *place /= sum);
        Self { alone, cumulative }
    }

    /// Draws the offset of every group.
    pub fn draw(&self, rng: &mut impl Rng, into: &mut [f64]) {
        let at = rng.random::<f64>();
        let spread = SPREADS[self.cumulative.iter().position(|&place| at < place).unwrap_or(0)].powi(2);
        for (offset, (at, v)) in into.iter_mut().zip(&self.alone) {
            let of_group: f64 = StandardNormal.sample(rng);
            let known = spread * v + 1.0;
            *offset = at * spread * v / known + (spread / known).sqrt() * of_group;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Groups of so many leads at a chance of 15 % by the curve, of which so many won.
    fn groups(of: &[(f64, f64)]) -> Vec<GroupLeads> {
        let leads = of.iter().enumerate();
        leads.map(|(group, &(n_leads, n_wins))| GroupLeads { group, log_odds: logit(0.15), n_leads, n_wins }).collect()
    }

    #[test]
    fn small_groups_are_pulled_towards_the_curve() {
        // 400 leads of the first team convert at 20 %, 400 of the second at 10 %, the third has two leads that both converted.
        let offsets = group_offsets(&groups(&[(400.0, 80.0), (400.0, 40.0), (2.0, 2.0)]), 3);
        assert!(offsets[0] > 0.2 && offsets[0] < 0.4, "{offsets:?}");
        assert!(offsets[1] < -0.2 && offsets[1] > -0.5, "{offsets:?}");
        // Its own shift would be without end.
        assert!(offsets[2] > 0.0 && offsets[2] < 1.0, "{offsets:?}");
    }

    #[test]
    fn the_offset_of_a_large_group_is_that_of_its_own_log_odds() {
        let offsets = group_offsets(&groups(&[(1e6, 240_000.0), (1e6, 80_000.0), (0.0, 0.0)]), 3);
        for (offset, share) in offsets.iter().zip([0.24, 0.08, 0.15]) {
            assert!((offset - (logit(share) - logit(0.15))).abs() < 1e-3, "{offsets:?}");
        }
    }

    #[test]
    fn what_may_be_true_is_wider_for_small_groups_and_right_about_large_ones() {
        let leads = groups(&[(40_000.0, 8_000.0), (40_000.0, 4_000.0), (10.0, 1.0), (0.0, 0.0)]);
        let belief = GroupBelief::new(&leads, &group_offsets(&leads, 4), 1.0);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut drawn = vec![[0.0; 4]; 2_000];
        drawn.iter_mut().for_each(|draw| belief.draw(&mut rng, draw));
        let mean = |group: usize| drawn.iter().map(|draw| draw[group]).sum::<f64>() / 2_000.0;
        let spread =
            |group: usize| (drawn.iter().map(|draw| (draw[group] - mean(group)).powi(2)).sum::<f64>() / 2_000.0).sqrt();
        assert!((mean(0) - (logit(0.2) - logit(0.15))).abs() < 0.01, "{}", mean(0));
        // 1 / sqrt(40,000 * 0.2 * 0.8) = 0.0125
        assert!((spread(0) - 0.0125).abs() < 0.001, "{}", spread(0));
        assert!(spread(2) > 0.3 && spread(3) >= spread(2), "{} {}", spread(2), spread(3));
    }
}
