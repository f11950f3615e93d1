//! Fairness: how often the leads of each group are handed off, what becomes of those, and who would have been missed.
//!
//! Figures, no verdicts. A group handed off less than four fifths as often as another is where people look first: the customary line
//! of the *Uniform Guidelines on Employee Selection Procedures* (1978), 29 CFR 1607.4 D. Whether such a difference is one of
//! conversion is told by what was promised of the group against what came.

use super::{Compared, HandedOff, JudgedGroups, largest_groups, members};
use crate::analyses::segments::record::{FairnessColumn, FairnessGroup, FairnessPolicy};
use crate::decide::frontier::OutOfFold;
use crate::math::Z90;
use crate::measures::{Interval, observed_over_expected_interval, wilson};

/// A share below this part of the highest one is looked at.
pub const FOUR_FIFTHS: f64 = 0.8;

/// Fewest leads of a group that is compared: the share of 30 has an interval of about 15 points to each side.
pub const MIN_COMPARED_LEADS: u64 = 30;

/// Most groups of a column.
const MAX_GROUPS: usize = 30;

/// Every column under every policy.
pub(super) fn compare(groups: &JudgedGroups<'_>) -> Vec<FairnessColumn> {
    let column = |compared: &Compared| {
        let is_small = compared.group.names.len() <= MAX_GROUPS;
        // Ranges of numbers keep their order; so do few texts.
        let group = if is_small { compared.group.clone() } else { largest_groups(&compared.group, MAX_GROUPS) };
        let members = members(&group);
        let policy = |policy: &HandedOff| under_policy(policy, &group.names, &members, groups.judged);
        FairnessColumn {
            column: group.column.clone(),
            gives_points: compared.gives_points,
            policies: groups.policies.iter().map(policy).collect(),
        }
    };
    groups.compared.iter().map(column).collect()
}

fn under_policy(policy: &HandedOff, names: &[String], members: &[Vec<usize>], judged: &OutOfFold) -> FairnessPolicy {
    let groups = names.iter().zip(members).filter(|(_, leads)| !leads.is_empty());
    let mut groups: Vec<FairnessGroup> =
        groups.map(|(name, leads)| of_group(name, leads, &policy.shares, judged)).collect();
    let higher = |a: usize, b: usize| if groups[b].share > groups[a].share { b } else { a };
    let large = (0..groups.len()).filter(|&at| !groups[at].is_too_small);
    let highest = large.reduce(higher).filter(|&at| groups[at].share > 0.0);
    if let Some(highest) = highest {
        let (share, handed_off) = (groups[highest].share, groups[highest].n_handed_off);
        for group in groups.iter_mut().filter(|group| !group.is_too_small) {
            let interval = ratio_interval(group, share, handed_off);
            group.ratio = Some(group.share / share);
            (group.ratio_low, group.ratio_high) = (Some(interval.low), Some(interval.high));
        }
    }
    FairnessPolicy {
        policy: policy.policy.clone(),
        highest: highest.map(|highest| groups[highest].group.clone()),
        groups,
    }
}

fn of_group(name: &str, leads: &[usize], shares: &[f64], judged: &OutOfFold) -> FairnessGroup {
    let mut group = FairnessGroup { group: name.to_owned(), n_leads: leads.len() as u64, ..FairnessGroup::default() };
    for &lead in leads {
        let (share, probability) = (shares[lead], judged.probability[lead]);
        group.n_expected += probability;
        group.n_handed_off += share;
        group.n_handed_off_expected += share * probability;
        if judged.converted[lead] {
            group.n_converted += 1;
            group.n_handed_off_converted += share;
        }
    }
    let (n_leads, n_converted) = (group.n_leads as f64, group.n_converted as f64);
    let kept = observed_over_expected_interval(n_converted, n_leads, group.n_expected).unwrap_or_default();
    group.observed_over_expected = if group.n_expected > 0.0 { n_converted / group.n_expected } else { 0.0 };
    (group.observed_over_expected_low, group.observed_over_expected_high) = (kept.low, kept.high);
    group.share = group.n_handed_off / n_leads;
    let share = wilson(group.n_handed_off, n_leads);
    (group.share_low, group.share_high) = (share.low, share.high);
    let conversion = wilson(group.n_handed_off_converted, group.n_handed_off);
    (group.conversion_low, group.conversion_high) = (conversion.low, conversion.high);
    group.share_of_converted = (n_converted > 0.0).then(|| group.n_handed_off_converted / n_converted);
    let of_converted = wilson(group.n_handed_off_converted, n_converted);
    (group.share_of_converted_low, group.share_of_converted_high) = (of_converted.low, of_converted.high);
    group.is_too_small = group.n_leads < MIN_COMPARED_LEADS;
    group
}

/// 90 % interval of a group's share over the highest one: normal on the log scale (Katz et al. 1978, *Biometrics* 34, 469-474).
/// Of a group with nobody handed off, what its own share may at most be.
fn ratio_interval(group: &FairnessGroup, highest: f64, n_highest: f64) -> Interval {
    let ratio = group.share / highest;
    if ratio >= 1.0 {
        // The group itself, or one that is level with it.
        return Interval { low: 1.0, high: 1.0 };
    }
    if group.n_handed_off <= 0.0 {
        return Interval { low: 0.0, high: group.share_high / highest };
    }
    let error = ((1.0 - group.share) / group.n_handed_off + (1.0 - highest) / n_highest).sqrt();
    Interval { low: ratio * (-Z90 * error).exp(), high: ratio * (Z90 * error).exp() }
}
