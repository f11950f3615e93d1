//! What overrides cost: the same judged leads with fitted points and with the points set by hand.
//!
//! Always true: both sides are priced by curves of their own, from other folds, so that neither is judged by the other's.

use crate::analyses::overrides::record::{OverrideMetrics, OverridePolicy, OverrideRow};
use crate::cross_fit::OutOfFold;
use crate::cross_fit::held_out::WithoutOverrides;
use crate::decide::frontier::Resolved;
use crate::measures::{equal_volume_difference, loss_of_lead, mean, paired_difference};
use crate::model::overrides::Applied;

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
        probability.iter().zip(&judged.converted).map(|(&p, &won)| loss_of_lead(p, won)).collect()
    };
    let (before, after) = (losses(&fitted.probability), losses(&judged.probability));
    let log_loss_fitted = mean(&before);
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
        log_loss_change_se: paired_difference(&after, &before).standard_error,
        policies: (policies.iter().filter(|policy| policy.groups.is_empty()))
            .map(|policy| swap(policy, fitted, judged))
            .collect(),
    }
}

/// The wins of a policy with overrides, against those of as many of the best leads without.
fn swap(policy: &Resolved, fitted: &WithoutOverrides, judged: &OutOfFold) -> OverridePolicy {
    let n_chosen: f64 = judged.score.iter().map(|&score| policy.share_at(score, None)).sum();
    let sides = equal_volume_difference(&fitted.score, &judged.score, &judged.converted, n_chosen).unwrap_or_default();
    OverridePolicy {
        policy: policy.name.clone(),
        n_leads: n_chosen,
        n_swapped: sides.only_second.n_leads,
        wins_fitted: sides.wins_first,
        wins: sides.wins_second,
        difference: sides.difference,
    }
}
