//! Cuts of a sub-score into classes between which conversion differs most.

use std::collections::BTreeMap;

/// Leads of a class, as a share of those it would have if all classes were as large. Of three classes each then has a tenth of the
/// leads: smaller ones differ by luck, and nobody can plan with them.
const LEAST_SHARE: f64 = 0.3;

/// The cuts, falling, that leave the largest sum of squares between classes, `sum_c n_c (p_c - p)^2` with `n_c` leads and a conversion
/// of `p_c`; that is the chi-square of the table of class by outcome, but for a factor. No class has fewer than [`LEAST_SHARE`] of its part
/// of the leads; where that cannot be there are fewer classes, and two at least.
///
/// - `sub_score`, `converted`: one entry per lead, with two different sub-scores at least.
/// - returns: lowest sub-score of each class but the last, highest class first.
///
/// # Source
/// Exact by dynamic programming over the distinct values: Fisher (1958), *JASA* 53, 789-798.
pub(super) fn choose_cuts(sub_score: &[i32], converted: &[bool], n_classes: usize) -> Vec<i32> {
    let steps = Steps::count(sub_score, converted);
    let least = |n_classes: usize| LEAST_SHARE * sub_score.len() as f64 / n_classes as f64;
    let with_leads_enough = (2..=n_classes).rev().find_map(|n_classes| steps.best_cuts(n_classes, least(n_classes)));
    with_leads_enough.or_else(|| steps.best_cuts(2, 1.0)).unwrap_or_default()
}

/// Distinct sub-scores from the lowest up, with the leads and conversions below each.
struct Steps {
    values: Vec<i32>,
    /// One entry more than `values`: leads and conversions before each, and of all.
    below: Vec<(f64, f64)>,
}

impl Steps {
    fn count(sub_score: &[i32], converted: &[bool]) -> Self {
        let mut counts = BTreeMap::<i32, (f64, f64)>::new();
        for (&sub_score, &won) in sub_score.iter().zip(converted) {
            let count = counts.entry(sub_score).or_default();
            count.0 += 1.0;
            count.1 += f64::from(u8::from(won));
        }
        let mut below = vec![(0.0, 0.0)];
        for (n, won) in counts.values() {
            let last = below[below.len() - 1];
            below.push((last.0 + n, last.1 + won));
        }
        Self { values: counts.into_keys().collect(), below }
    }

    /// What a class of the values `from..to` adds to the sum of squares; `None` with too few leads.
    fn class(&self, from: usize, to: usize, least: f64) -> Option<f64> {
        let (n, won) = (self.below[to].0 - self.below[from].0, self.below[to].1 - self.below[from].1);
        (n >= least).then(|| won * won / n)
    }

    /// The best cuts into just so many classes, each with `least` leads.
    fn best_cuts(&self, n_classes: usize, least: f64) -> Option<Vec<i32>> {
        let n = self.values.len();
        // Best sum of the values below each position in so many classes, and where the last of them begins.
        let mut best: Vec<Option<f64>> = (0..=n).map(|to| if to == 0 { Some(0.0) } else { None }).collect();
        let mut begins: Vec<Vec<usize>> = Vec::new();
        for _ in 0..n_classes {
            let mut next = vec![None; n + 1];
            let mut begin = vec![0; n + 1];
            for to in 1..=n {
                let sums = (0..to).filter_map(|from| Some((best[from]? + self.class(from, to, least)?, from)));
                // The first of equals: the highest class is as large as it may be.
                let first_best = sums.reduce(|held, other| if other.0 > held.0 { other } else { held });
                if let Some((sum, from)) = first_best {
                    (next[to], begin[to]) = (Some(sum), from);
                }
            }
            best = next;
            begins.push(begin);
        }
        best[n]?;
        let mut to = n;
        let cuts = begins.iter().skip(1).rev().map(|begin| {
            to = begin[to];
            self.values[to]
        });
        Some(cuts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leads of each sub-score, with `n` of whom `won` converted.
    fn leads(counts: &[(i32, usize, usize)]) -> (Vec<i32>, Vec<bool>) {
        let of = |&(sub_score, n, won): &(i32, usize, usize)| (0..n).map(move |at| (sub_score, at < won));
        counts.iter().flat_map(of).unzip()
    }

    /// Tries all cuts there are.
    fn by_trial(counts: &[(i32, usize, usize)], least: f64) -> Option<(f64, Vec<i32>)> {
        let spread = |classes: &[&[(i32, usize, usize)]]| {
            let sums = classes.iter().map(|class| {
                let (n, won) = class.iter().fold((0, 0), |sum, one| (sum.0 + one.1, sum.1 + one.2));
                (n as f64, won as f64)
            });
            let sums: Vec<(f64, f64)> = sums.collect();
            sums.iter().all(|(n, _)| *n >= least).then(|| sums.iter().map(|(n, won)| won * won / n).sum::<f64>())
        };
        let mut best: Option<(f64, Vec<i32>)> = None;
        for low in 1..counts.len() {
            for high in low + 1..counts.len() {
                let Some(sum) = spread(&[&counts[..low], &counts[low..high], &counts[high..]]) else { continue };
                if best.as_ref().is_none_or(|(other, _)| sum > other + 1e-12) {
                    best = Some((sum, vec![counts[high].0, counts[low].0]));
                }
            }
        }
        best
    }

    #[test]
    fn no_other_cuts_spread_conversion_more() {
        let cases: [&[(i32, usize, usize)]; 4] = [
            &[(-3, 40, 1), (0, 60, 4), (2, 50, 3), (5, 30, 9), (9, 40, 8), (12, 30, 21)],
            &[(0, 10, 9), (1, 10, 1), (2, 10, 8), (3, 10, 2), (4, 10, 5)],
            &[(0, 90, 3), (1, 5, 5), (2, 5, 0), (3, 50, 25), (4, 50, 30)],
            &[(0, 300, 0), (7, 20, 4), (8, 20, 6), (9, 20, 5), (20, 40, 30), (21, 1, 1)],
        ];
        for counts in cases {
            let (sub_score, converted) = leads(counts);
            let least = LEAST_SHARE * sub_score.len() as f64 / 3.0;
            let (_, expected) = by_trial(counts, least).expect("three classes can be");
            assert_eq!(choose_cuts(&sub_score, &converted, 3), expected, "{counts:?}");
        }
    }

    #[test]
    fn every_class_has_leads_enough_or_there_are_fewer() {
        // The two winners at the top are too few for a class of their own.
        let (sub_score, converted) = leads(&[(0, 100, 5), (5, 98, 30), (9, 2, 2)]);
        assert_eq!(choose_cuts(&sub_score, &converted, 3), [5]);
        // One rare answer is all there is.
        let (sub_score, converted) = leads(&[(0, 199, 20), (4, 1, 1)]);
        assert_eq!(choose_cuts(&sub_score, &converted, 3), [4]);
    }

    #[test]
    fn the_order_of_the_leads_says_nothing() {
        let (mut sub_score, mut converted) = leads(&[(0, 30, 3), (1, 30, 9), (2, 30, 6), (3, 30, 18)]);
        let cuts = choose_cuts(&sub_score, &converted, 3);
        sub_score.reverse();
        converted.reverse();
        assert_eq!(choose_cuts(&sub_score, &converted, 3), cuts);
    }
}
