//! Right-censored leads: how long conversions take, and what the leads that are too young to say come to.

mod chart;
mod page;
pub mod record;
#[cfg(test)]
pub(crate) mod testing;
mod words;

pub(crate) use page::shown;

use super::{Analysis, Evidence, Found};
use crate::analyses::censored::record::{DelayByScore, MaturityMetrics, RecentVolume, SeenByAge};
use crate::cross_fit::censored::CensoringHistory;
use crate::decide::Decision;
use crate::decide::frontier::Resolved;
use crate::measures::mean;
use crate::model::censoring::{CensoredLead, DelayComparison};
use crate::model::curve::Curve;
use crate::model::fit::FitError;
use crate::settings::{DAYS_PER_MONTH, Maturity, US_PER_DAY};

/// Leads that are too young to say.
pub struct Censored;

impl Analysis for Censored {
    type Record = MaturityMetrics;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        Ok(maturity(evidence).map_or(Found::NOTHING, Found::plain))
    }
}

/// What is said of leads that are right-censored today; `None` where there are none.
fn maturity(evidence: Evidence<'_>) -> Option<MaturityMetrics> {
    let Evidence { setup, fitted, held_out, decision, .. } = evidence;
    let history = setup.censoring.as_ref().filter(|history| !history.open.is_empty())?;
    let CensoringHistory { delays, open, .. } = history;
    let scored = if fitted.uses_censored { scores_of_open(evidence) } else { Vec::new() };
    let probabilities = fitted.uses_censored.then(|| curve_of_open(&held_out.curves.all, &scored, open));
    let expected = probabilities.map(|p| open.iter().zip(p).map(|(lead, p)| lead.expected(p)).sum());
    Some(MaturityMetrics {
        in_force: if fitted.uses_censored { Maturity::Model } else { Maturity::Exclude }.word().to_owned(),
        n_open: open.len(),
        n_open_converted: open.iter().filter(|lead| lead.has_converted).count(),
        n_open_expected: expected,
        n_conversions: delays.n_conversions,
        half_seen_days: delays.age_of(0.5) as f64 / US_PER_DAY as f64,
        seen: seen_by_age(history),
        by_score: fitted.delays.map(delay_by_score),
        volume: recent_volume(&scored, &setup.leads.open.as_of, decision),
    })
}

/// Position among the right-censored leads, and score, of each that a card had not seen.
fn scores_of_open(evidence: Evidence<'_>) -> Vec<(usize, i32)> {
    let Evidence { setup, held_out, .. } = evidence;
    let first_open = setup.leads.n_leads() + setup.unlabelled.n_untouched;
    (setup.plan.folds.iter().zip(&held_out.scores))
        .flat_map(|(fold, scores)| fold.unlabelled.iter().zip(&scores.unlabelled))
        .filter_map(|(&lead, &score)| Some(((lead as usize).checked_sub(first_open)?, score)))
        .collect()
}

fn delay_by_score(found: DelayComparison) -> DelayByScore {
    DelayByScore {
        n_low: found.n_low,
        n_high: found.n_high,
        days: found.half_seen_us as f64 / US_PER_DAY as f64,
        low_share: found.low_share,
        high_share: found.high_share,
        z: found.z,
        depends: found.depends(),
    }
}

/// Chance of each open lead by its score; the mean of the others for one that no fold scored.
fn curve_of_open(curve: &Curve, scored: &[(usize, i32)], open: &[CensoredLead]) -> Vec<f64> {
    let known: Vec<(usize, f64)> =
        scored.iter().map(|&(at, score)| (at, curve.probability(f64::from(score)))).collect();
    let middle = mean(&known.iter().map(|(_, probability)| *probability).collect::<Vec<_>>());
    let mut probabilities = vec![if middle.is_finite() { middle } else { 0.0 }; open.len()];
    known.into_iter().for_each(|(at, probability)| probabilities[at] = probability);
    probabilities
}

/// Leads a month at the line of each policy: judged ones, and those still open.
fn recent_volume(open: &[(usize, i32)], as_of: &[i64], decision: &Decision) -> Vec<RecentVolume> {
    let hand_offs: Vec<i64> = open.iter().filter_map(|&(at, _)| as_of.get(at).copied()).collect();
    let (Some(first), Some(last)) = (hand_offs.iter().min(), hand_offs.iter().max()) else { return Vec::new() };
    let n_months = ((last - first) / US_PER_DAY + 1) as f64 / DAYS_PER_MONTH;
    if decision.histogram.months.is_empty() || n_months < MIN_RECENT_MONTHS {
        return Vec::new();
    }
    let of_policy = |policy: &Resolved| RecentVolume {
        policy: policy.name.clone(),
        threshold: policy.threshold,
        leads_per_month: policy.chosen.leads_per,
        open_leads_per_month: open.iter().map(|&(_, score)| policy.share_at(score, None)).sum::<f64>() / n_months,
    };
    decision.resolved.iter().filter(|policy| policy.groups.is_empty()).map(of_policy).collect()
}

/// Months below which the leads of a time say little about its volume.
const MIN_RECENT_MONTHS: f64 = 1.0;

/// The maturity picture: one step a day up to 30, so that about 30 stand in the file whatever the horizon.
fn seen_by_age(history: &CensoringHistory) -> Vec<SeenByAge> {
    let n_steps = (history.horizon_us / US_PER_DAY).clamp(1, 30);
    (1..=n_steps)
        .map(|step| {
            let age_us = (history.horizon_us as f64 * step as f64 / n_steps as f64).round() as i64;
            let interval = history.delays.interval(age_us);
            SeenByAge {
                days: age_us as f64 / US_PER_DAY as f64,
                share: history.delays.share(age_us),
                low: interval.low,
                high: interval.high,
            }
        })
        .collect()
}
