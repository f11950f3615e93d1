//! Drift: whether as many leads as before are on each level, beyond what chance does to so many leads.
//!
//! In: leads per level in the history and now. Out: a [`Comparison`]: the population stability index (PSI) and the limit below
//! which it lies by chance.
//!
//! Always true: levels too rare for the limit to hold are counted together before anything is compared.

use crate::measures::chi_square_exceeded;

/// Fewest leads that a group of levels brings in the smaller of the two samples where nothing has changed. Below, the index
/// of samples without any drift is not chi-square any more: the customary bound of Cochran (1954), *Biometrics* 10, 417-451.
pub(super) const MIN_EXPECTED: f64 = 5.0;

/// Two samples of leads, level by level.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Comparison {
    /// The population stability index.
    pub psi: f64,
    /// Groups of levels that were compared; at least 2.
    pub n_groups: usize,
    /// Group of each level.
    pub group_of: Vec<usize>,
    /// Per group: its share in the history, its share now, and its leads now.
    pub shares: Vec<(f64, f64, f64)>,
    n_history: f64,
    n_now: f64,
}

/// Compares leads per level.
///
/// `psi = sum over groups of (q - p) * ln(q / p)`, where `p` is the group's share of the leads in the history and `q` its share
/// now. Where a group has no lead on one side, half a lead is added to every group on both sides, so that the index is finite.
///
/// - `history`, `now`: leads per level, as many entries each.
/// - returns: `None` where one side has no leads, or where fewer than two groups are large enough to compare.
pub(super) fn compare(history: &[u64], now: &[u64]) -> Option<Comparison> {
    let total = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
    let (n_history, n_now) = (total(history), total(now));
    if n_history == 0.0 || n_now == 0.0 {
        return None;
    }
    let group_of = groups(history, now, n_history.min(n_now));
    let n_groups = group_of.iter().max().map_or(0, |last| last + 1);
    if n_groups < 2 {
        return None;
    }
    let mut counts = vec![(0.0, 0.0); n_groups];
    for ((&group, &before), &after) in group_of.iter().zip(history).zip(now) {
        counts[group].0 += before as f64;
        counts[group].1 += after as f64;
    }
    let has_empty = counts.iter().any(|&(before, after)| before == 0.0 || after == 0.0);
    let added = if has_empty { 0.5 } else { 0.0 };
    let share = |count: f64, total: f64| (count + added) / (total + added * n_groups as f64);
    let shares: Vec<(f64, f64, f64)> =
        counts.iter().map(|&(before, after)| (share(before, n_history), share(after, n_now), after)).collect();
    let psi = shares.iter().map(|&(before, after, _)| index_term(before, after)).sum();
    Some(Comparison { psi, n_groups, group_of, shares, n_history, n_now })
}

/// What a group with these shares adds to the index; never below 0.
pub(super) fn index_term(before: f64, after: f64) -> f64 {
    (after - before) * (after / before).ln()
}

impl Comparison {
    /// The value that the index exceeds with probability `tail` where nothing has changed.
    ///
    /// Without drift `psi / (1/n + 1/m)`, with `n` leads in the history and `m` now, is about chi-square with one degree of
    /// freedom fewer than there are groups.
    ///
    /// # Source
    /// Yurdakul and Naranjo (2020), Statistical properties of the population stability index, *Journal of Risk Model
    /// Validation* 14(4), 89-100.
    pub(super) fn limit(&self, tail: f64) -> f64 {
        chi_square_exceeded(tail, self.n_groups as u32 - 1) * (self.n_history.recip() + self.n_now.recip())
    }
}

/// Group of each level: a level that is large enough is a group of its own, the others are one together, joined by the smallest
/// of the large ones where they are too few even so.
fn groups(history: &[u64], now: &[u64], n_smaller: f64) -> Vec<usize> {
    let both: Vec<f64> = history.iter().zip(now).map(|(&before, &after)| (before + after) as f64).collect();
    let n_both: f64 = both.iter().sum();
    let expected = |count: f64| n_smaller * count / n_both;
    let is_rare: Vec<bool> = both.iter().map(|&count| expected(count) < MIN_EXPECTED).collect();
    let n_rare: f64 = both.iter().zip(&is_rare).filter(|(_, rare)| **rare).map(|(count, _)| count).sum();
    let mut joined = is_rare;
    if n_rare > 0.0 && expected(n_rare) < MIN_EXPECTED {
        let large = (0..both.len()).filter(|&level| !joined[level]);
        if let Some(smallest) = large.min_by(|&a, &b| both[a].total_cmp(&both[b])) {
            joined[smallest] = true;
        }
    }
    // The joined ones come first, where there are any; without leads they are no group, and stand in the first one.
    let mut n_groups = usize::from(n_rare > 0.0);
    joined
        .iter()
        .map(|&is_joined| {
            if is_joined {
                return 0;
            }
            n_groups += 1;
            n_groups - 1
        })
        .collect()
}

/// Parts of about equal size of an ordered list of counts, as the part of each entry: a tenth each, as far as entries that
/// cannot be divided allow. An entry belongs to the part in which the middle of its leads falls.
///
/// - `counts`: leads per entry, in order; entries without leads join the part before.
pub(super) fn tenths(counts: &[u64]) -> Vec<usize> {
    const N_PARTS: u64 = 10;
    let total: u64 = counts.iter().sum();
    let mut n_below = 0;
    let (mut part, mut last) = (0, None);
    counts
        .iter()
        .map(|&count| {
            if count > 0 {
                let tenth = (2 * n_below + count) * N_PARTS / (2 * total);
                n_below += count;
                if last.replace(tenth).is_some_and(|last| last != tenth) {
                    part += 1;
                }
            }
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Binomial, Distribution};

    use super::*;

    #[test]
    fn two_levels_by_hand() {
        // 0.5 to 0.6: 0.1 ln(1.2) + (-0.1) ln(0.8) = 0.0182322 + 0.0223144
        let found = compare(&[500, 500], &[60, 40]).expect("two levels");
        assert!((found.psi - 0.040_546_510_810_816_44).abs() < 1e-15, "{}", found.psi);
        // chi-square of 1 degree of freedom, 5 %: 3.8414588; times 1/1000 + 1/100
        assert!((found.limit(0.05) - 3.841_458_820_694_128_5 * 0.011).abs() < 1e-12);
    }

    #[test]
    fn five_levels_as_numpy_adds_them_up() {
        // numpy: p = [700, 1500, 2200, 1600, 1000] / 7000, q = [80, 160, 190, 120, 50] / 600; ((q - p) * log(q / p)).sum()
        let found = compare(&[700, 1_500, 2_200, 1_600, 1_000], &[80, 160, 190, 120, 50]).expect("five levels");
        assert!((found.psi - 0.056_960_828_264_280_96).abs() < 1e-14, "{}", found.psi);
        assert_eq!(found.group_of, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_level_seen_on_one_side_only_has_a_finite_index() {
        // Half a lead on each of the four counts: 0.5 / 101 to 60.5 / 101, and back.
        let found = compare(&[0, 100], &[60, 40]).expect("two levels");
        let (before, after) = (0.5 / 101.0, 60.5 / 101.0);
        let by_hand = index_term(before, after) + index_term(1.0 - before, 1.0 - after);
        assert!((found.psi - by_hand).abs() < 1e-12);
        assert!(found.psi > found.limit(0.05));
    }

    #[test]
    fn rare_levels_are_compared_together() {
        // 100 leads now: a level needs 5 of them, or 5 % of both samples.
        let found = compare(&[480, 480, 20, 20, 0], &[48, 48, 2, 2, 0]).expect("three groups");
        assert_eq!((found.n_groups, found.psi), (2, compare(&[520, 480], &[52, 48]).expect("two").psi));
        assert_eq!(found.group_of, [0, 1, 0, 0, 0]);
        let found = compare(&[450, 450, 50, 50], &[45, 45, 5, 5]).expect("four groups");
        assert_eq!(found.n_groups, 4);
        assert_eq!(compare(&[10, 0], &[9, 0]), None, "one level alone cannot move");
        assert_eq!(compare(&[0, 0], &[9, 1]), None);
        assert_eq!(compare(&[9, 1], &[0, 0]), None);
        assert_eq!(compare(&[90, 10], &[3, 0]), None, "three leads say nothing");
    }

    #[test]
    fn tenths_hold_about_a_tenth_each_and_never_divide_a_score() {
        assert_eq!(tenths(&[5; 20]), (0..20).map(|at| at / 2).collect::<Vec<_>>());
        assert_eq!(tenths(&[20, 0, 60, 20]), [0, 0, 1, 2]);
        assert_eq!(tenths(&[0, 7, 0]), [0, 0, 0]);
        assert_eq!(tenths(&[]), Vec::<usize>::new());
    }

    fn multinomial(n: u64, shares: &[f64], rng: &mut ChaCha8Rng) -> Vec<u64> {
        let (mut left, mut share_left) = (n, 1.0);
        let mut counts = Vec::with_capacity(shares.len());
        for &share in shares {
            let chance = (share / share_left).clamp(0.0, 1.0);
            let count = Binomial::new(left, chance).expect("a chance").sample(rng);
            counts.push(count);
            left -= count;
            share_left -= share;
        }
        counts
    }

    /// Share of 4,000 pairs of samples without drift whose index lies beyond the 95 % limit.
    fn false_alarms(n_history: u64, n_now: u64, shares: &[f64]) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(20);
        let n_beyond = (0..4_000)
            .filter(|_| {
                let (history, now) = (multinomial(n_history, shares, &mut rng), multinomial(n_now, shares, &mut rng));
                compare(&history, &now).is_some_and(|found| found.psi > found.limit(0.05))
            })
            .count();
        n_beyond as f64 / 4_000.0
    }

    #[test]
    fn without_drift_the_limit_is_passed_one_time_in_twenty() {
        let even = [0.2; 5];
        let uneven = [0.5, 0.3, 0.1, 0.05, 0.03, 0.02];
        for (n_history, n_now, shares) in
            [(7_000, 100, &even[..]), (7_000, 600, &uneven[..]), (500, 2_000, &uneven[..])]
        {
            let rate = false_alarms(n_history, n_now, shares);
            // 4,000 cases leave 0.05 a standard error of 0.0034; the chi-square is an approximation.
            assert!((0.035..0.075).contains(&rate), "{n_history}, {n_now}: {rate}");
        }
    }
}
