//! Two ways to score the same leads, side by side at the same volume: what each wins, and which leads change places.

use super::interval::Estimate;

/// What two ways to score win with the same number of leads. Counts may have fractions, because leads tied at a line share the
/// last places in proportion.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EqualVolume {
    /// Leads that either takes.
    pub n_chosen: f64,
    /// Wins among those the first takes.
    pub wins_first: f64,
    /// Wins among those the second takes.
    pub wins_second: f64,
    /// `wins_second - wins_first` with its 90 % interval, the same leads under both.
    pub difference: Estimate,
    /// Leads that only the second takes.
    pub only_second: Swapped,
    /// Leads that only the first takes: as many.
    pub only_first: Swapped,
}

/// Leads that change places.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Swapped {
    /// Leads.
    pub n_leads: f64,
    /// Of those, how many converted.
    pub n_wins: f64,
}

/// Places around a line, as a share of all leads, whose conversion says what one place more would bring.
const NEAR_THE_LINE: f64 = 0.05;
/// Fewest leads for that.
const MIN_NEAR_THE_LINE: f64 = 50.0;

/// The best `n_wanted` leads by the first scores against the best `n_wanted` by the second.
///
/// The interval is that of the mean of one figure per lead (its influence on the difference): with `a` and `b` the shares of
/// lead `i` that the two take, `q = n_wanted / n` and `m` the conversion of leads at a line,
/// `y (b - a) + m_b (q - b) - m_a (q - a)`. The terms in `m` are there because a line moves with the leads that happen to
/// come, so that the volume stays.
///
/// - `first`, `second`, `converted`: one entry per lead, all of the same length.
/// - returns: `None` without leads, or without any wanted.
///
/// # Source
/// Linearised variance of a statistic with an estimated cut: Demnati and Rao (2004), *Survey Methodology* 30, 17-26.
pub fn equal_volume_difference(
    first: &[i32],
    second: &[i32],
    converted: &[bool],
    n_wanted: f64,
) -> Option<EqualVolume> {
    let n = converted.len() as f64;
    let wanted = n_wanted.min(n);
    if wanted <= 0.0 {
        return None;
    }
    let (a, conversion_a) = draw_line(first, converted, wanted)?;
    let (b, conversion_b) = draw_line(second, converted, wanted)?;
    let mut sides = EqualVolume { n_chosen: wanted, ..EqualVolume::default() };
    let (mut sum, mut sum_of_squares) = (0.0, 0.0);
    let share = wanted / n;
    for ((&first, &second), &won) in first.iter().zip(second).zip(converted) {
        let (of_first, of_second, won) = (a.share_of(first), b.share_of(second), f64::from(u8::from(won)));
        sides.wins_first += of_first * won;
        sides.wins_second += of_second * won;
        let moved = of_second - of_first;
        let side = if moved > 0.0 { &mut sides.only_second } else { &mut sides.only_first };
        side.n_leads += moved.abs();
        side.n_wins += moved.abs() * won;
        let influence = moved * won + conversion_b * (share - of_second) - conversion_a * (share - of_first);
        sum += influence;
        sum_of_squares += influence * influence;
    }
    let standard_error = (sum_of_squares - sum * sum / n).max(0.0).sqrt();
    sides.difference = Estimate::normal(sides.wins_second - sides.wins_first, standard_error);
    Some(sides)
}

/// Where the best so many leads end: all above, and of those tied at the line the same share each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cutoff<T> {
    /// The line.
    pub at: T,
    /// Share of the leads at the line that is taken.
    pub share_of_tied: f64,
}

impl<T: PartialOrd> Cutoff<T> {
    /// Share of a lead that is taken.
    pub fn share_of(&self, value: T) -> f64 {
        if value > self.at {
            1.0
        } else if value == self.at {
            self.share_of_tied
        } else {
            0.0
        }
    }
}

impl Cutoff<f64> {
    /// Where the best `wanted` leads end.
    ///
    /// - `leads`: value and number of leads, in any order.
    pub fn of_best(leads: impl Iterator<Item = (f64, f64)>, wanted: f64) -> Self {
        let mut leads: Vec<(f64, f64)> = leads.collect();
        leads.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut left = wanted;
        let mut cutoff = Self { at: 0.0, share_of_tied: 1.0 };
        for tied in leads.chunk_by(|a, b| a.0 == b.0) {
            let n: f64 = tied.iter().map(|(_, n)| n).sum();
            cutoff.at = tied[0].0;
            if left <= n {
                cutoff.share_of_tied = left / n;
                break;
            }
            left -= n;
        }
        cutoff
    }
}

/// Where one way to score draws its line, and the share of the leads around it that converted.
fn draw_line(scores: &[i32], converted: &[bool], wanted: f64) -> Option<(Cutoff<i32>, f64)> {
    let (lowest, highest) = (*scores.iter().min()?, *scores.iter().max()?);
    let mut counts = vec![(0.0, 0.0); (i64::from(highest) - i64::from(lowest) + 1) as usize];
    for (&score, &won) in scores.iter().zip(converted) {
        let count = &mut counts[(i64::from(score) - i64::from(lowest)) as usize];
        count.0 += 1.0;
        count.1 += f64::from(u8::from(won));
    }
    let mut left = wanted;
    let at = (0..counts.len()).rev().find(|&at| {
        let is_here = left <= counts[at].0;
        left -= if is_here { 0.0 } else { counts[at].0 };
        is_here && counts[at].0 > 0.0
    })?;
    let near = (NEAR_THE_LINE * scores.len() as f64).max(MIN_NEAR_THE_LINE);
    let (mut from, mut to) = (at, at);
    let (mut n, mut won) = counts[at];
    while n < near && (from > 0 || to + 1 < counts.len()) {
        for end in [from.checked_sub(1), Some(to + 1).filter(|&end| end < counts.len())].into_iter().flatten() {
            n += counts[end].0;
            won += counts[end].1;
            (from, to) = (from.min(end), to.max(end));
        }
    }
    let line = Cutoff { at: (i64::from(lowest) + at as i64) as i32, share_of_tied: left / counts[at].0 };
    Some((line, won / n))
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::math::logistic;

    #[test]
    fn the_best_leads_share_the_last_places() {
        let shares = |values: &[f64], wanted: f64| -> Vec<f64> {
            let line = Cutoff::of_best(values.iter().map(|&value| (value, 1.0)), wanted);
            values.iter().map(|&value| line.share_of(value)).collect()
        };
        assert_eq!(shares(&[5.0, 1.0, 3.0, 3.0], 2.0), [1.0, 0.0, 0.5, 0.5]);
        assert_eq!(shares(&[5.0, 1.0, 3.0, 3.0], 1.0), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(shares(&[5.0, 1.0], 9.0), [1.0, 1.0]);
        assert_eq!(shares(&[5.0, 1.0], 0.0), [0.0, 0.0]);
    }

    #[test]
    fn the_same_leads_under_both() {
        // Two places: the first takes leads 0 and 1; the second lead 2 and half of each of 0 and 1.
        let sides =
            equal_volume_difference(&[9, 8, 7, 1], &[5, 5, 9, 1], &[true, false, true, false], 2.0).expect("leads");
        assert_eq!((sides.wins_first, sides.wins_second), (1.0, 1.5));
        assert_eq!(sides.only_second, Swapped { n_leads: 1.0, n_wins: 1.0 });
        assert_eq!(sides.only_first, Swapped { n_leads: 1.0, n_wins: 0.5 });
        assert!(sides.difference.low < 0.0 && sides.difference.high > 0.5, "{sides:?}");
    }

    #[test]
    fn equal_scores_differ_by_nothing() {
        let sides =
            equal_volume_difference(&[3, 2, 2, 1], &[30, 20, 20, 10], &[true, false, true, false], 2.0).expect("leads");
        assert_eq!(sides.difference, Estimate::default());
        assert_eq!(sides.only_first.n_leads, 0.0);
    }

    #[test]
    fn nothing_is_compared_without_leads_and_all_of_them_where_more_are_wanted() {
        assert_eq!(equal_volume_difference(&[], &[], &[], 5.0), None);
        assert_eq!(equal_volume_difference(&[1], &[1], &[true], 0.0), None);
        let sides = equal_volume_difference(&[1, 2], &[2, 1], &[true, false], 50.0).expect("leads");
        assert_eq!((sides.n_chosen, sides.wins_first, sides.wins_second), (2.0, 1.0, 1.0));
    }

    /// Made-up histories of two scores of different quality; the truth is the difference in a very long one.
    #[test]
    fn ninety_of_a_hundred_intervals_hold_the_truth() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut history = |n: usize| {
            let (mut first, mut second, mut won) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..n {
                let normal = |rng: &mut ChaCha8Rng| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
                let [x, e1, e2] = [normal(&mut rng), normal(&mut rng), normal(&mut rng)];
                first.push(crate::units::to_points(10.0 * (x + 1.2 * e1)));
                second.push(crate::units::to_points(10.0 * (x + 0.8 * e2)));
                won.push(rng.random::<f64>() < logistic(1.5 * x - 2.0));
            }
            (first, second, won)
        };
        let (n_leads, n_wanted) = (800, 160.0);
        let (first, second, won) = history(400_000);
        let long = equal_volume_difference(&first, &second, &won, n_wanted * 500.0).expect("leads");
        let truth = (long.wins_second - long.wins_first) / 500.0;
        let n_histories = 600;
        let n_held = (0..n_histories)
            .filter(|_| {
                let (first, second, won) = history(n_leads);
                let sides = equal_volume_difference(&first, &second, &won, n_wanted).expect("leads");
                sides.difference.low <= truth && truth <= sides.difference.high
            })
            .count();
        let share = n_held as f64 / f64::from(n_histories);
        // Standard error of the share: 0.012.
        assert!((0.87..0.93).contains(&share), "{share}");
    }
}
