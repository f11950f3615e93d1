//! What overrides cost: the same judged leads with fitted points and with the points set by hand.
//!
//! Always true: both sides are priced by curves of their own, from other folds, so that neither is judged by the other's.

use crate::analyses::overrides::record::{OverrideMetrics, OverridePolicy, OverrideRow};
use crate::cross_fit::OutOfFold;
use crate::cross_fit::held_out::WithoutOverrides;
use crate::decide::forecast::record::Estimate;
use crate::decide::frontier::Resolved;
use crate::measures::log_loss;
use crate::model::overrides::Applied;

/// z of a 90 % interval.
const Z_90: f64 = 1.644_853_626_951_472_2;

/// Compares the two sides.
///
/// - `judged`: the leads with all overrides, in the same order as `fitted`.
/// - `policies`: those that came to a threshold with the overrides; the fitted side takes as many of its own best leads.
pub fn cost_of(
    applied: &Applied,
    fitted: &WithoutOverrides,
    judged: &OutOfFold,
    policies: &[Resolved],
) -> OverrideMetrics {
    let losses = |probability: &[f64]| -> Vec<f64> {
        let one = |(p, won): (&f64, &bool)| log_loss(&[*p], &[*won]).unwrap_or(0.0);
        probability.iter().zip(&judged.converted).map(one).collect()
    };
    let (before, after) = (losses(&fitted.probability), losses(&judged.probability));
    let differences: Vec<f64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
    let n = differences.len().max(1) as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let log_loss_fitted = mean(&before);
    let excess = mean(&differences);
    let variance = differences.iter().map(|difference| (difference - excess).powi(2)).sum::<f64>() / n;
    let rows =
        applied.overrides.iter().zip(&fitted.log_loss_alone).zip(&applied.shifts).map(|((row, &alone), shifts)| {
            OverrideRow {
                criterion: row.criterion.clone(),
                level: row.level.clone(),
                points: row.points,
                fitted_points: row.fitted_points,
                author: row.author.clone(),
                reason: row.reason.clone(),
                until: row.until.clone(),
                n_leads: shifts.iter().filter(|&&shift| shift != 0).count(),
                log_loss_change: alone - log_loss_fitted,
            }
        });
    OverrideMetrics {
        rows: rows.collect(),
        n_judged: judged.score.len(),
        log_loss_fitted,
        log_loss: mean(&after),
        log_loss_change_se: (variance / n).sqrt(),
        policies: policies
            .iter()
            .filter(|policy| policy.groups.is_empty())
            .map(|policy| swap(policy, fitted, judged))
            .collect(),
    }
}

/// The wins of a policy with overrides, against those of as many of the best leads without.
fn swap(policy: &Resolved, fitted: &WithoutOverrides, judged: &OutOfFold) -> OverridePolicy {
    let share = |score: i32| match score.cmp(&policy.threshold) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => policy.share_of_tied,
        std::cmp::Ordering::Less => 0.0,
    };
    let with: Vec<f64> = judged.score.iter().map(|&score| share(score)).collect();
    let n_chosen: f64 = with.iter().sum();
    let without = best(&fitted.score, n_chosen);
    let won = |shares: &[f64]| -> f64 {
        shares.iter().zip(&judged.converted).filter(|(_, won)| **won).map(|(share, _)| share).sum()
    };
    let moved = with.iter().zip(&without).map(|(with, without)| with - without);
    let n_swapped = moved.clone().filter(|moved| *moved > 0.0).sum();
    let variance: f64 = moved.zip(&fitted.probability).map(|(moved, p)| moved * moved * p * (1.0 - p)).sum();
    let (wins, wins_fitted) = (won(&with), won(&without));
    let (difference, reach) = (wins - wins_fitted, Z_90 * variance.sqrt());
    OverridePolicy {
        policy: policy.name.clone(),
        n_leads: n_chosen,
        n_swapped,
        wins_fitted,
        wins,
        difference: Estimate { expected: difference, low: difference - reach, high: difference + reach },
    }
}

/// Share of each lead among the best `n`; leads tied at the last place share what is left.
fn best(scores: &[i32], n: f64) -> Vec<f64> {
    let mut sorted: Vec<i32> = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let mut places = n;
    for tied in sorted.chunk_by(|a, b| a == b) {
        let (score, n_tied) = (tied[0], tied.len() as f64);
        if places <= n_tied {
            let share_of_tied = (places / n_tied).max(0.0);
            let share = |&other: &i32| {
                if other > score {
                    1.0
                } else if other == score {
                    share_of_tied
                } else {
                    0.0
                }
            };
            return scores.iter().map(share).collect();
        }
        places -= n_tied;
    }
    vec![1.0; scores.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_leads_share_the_last_places() {
        assert_eq!(best(&[5, 1, 3, 3], 2.0), [1.0, 0.0, 0.5, 0.5]);
        assert_eq!(best(&[5, 1, 3, 3], 1.0), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(best(&[5, 1], 9.0), [1.0, 1.0]);
        assert_eq!(best(&[5, 1], 0.0), [0.0, 0.0]);
    }
}
