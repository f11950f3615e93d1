//! Both cards on the same leads: loss, and what each wins at the volume of each policy.

use std::collections::HashSet;

use super::Both;
use crate::analyses::champion::record::{ChampionPolicy, ChampionSides, SideMetrics, SwapSide};
use crate::data::columns::show_time;
use crate::decide::frontier::{Frontier, Resolved};
use crate::measures::{
    Estimate, Swapped, auc, clamp_probability, equal_volume_difference, log_loss, paired_difference, wilson,
};
use crate::quarter::{has_enough, promise};
use crate::settings::{DAYS_PER_MONTH, US_PER_DAY};

/// The judged leads that are compared: those neither card had seen, where there are enough; otherwise all.
pub(super) fn side_by_side(
    both: &Both<'_>,
    fresh: Option<&[u32]>,
    frontier: &Frontier,
    policies: &[Resolved],
) -> ChampionSides {
    let judged = both.held_out;
    let everyone: Vec<usize> = (0..judged.n_leads()).collect();
    let unseen: Option<Vec<usize>> = fresh.map(|fresh| {
        let fresh: HashSet<u32> = fresh.iter().copied().collect();
        everyone.iter().copied().filter(|&at| fresh.contains(&both.held_out.leads[at])).collect()
    });
    let unseen = unseen.filter(|unseen| has_enough(unseen.iter().map(|&at| judged.converted[at])));
    let is_fresh = unseen.is_some();
    let compared = unseen.unwrap_or(everyone);

    let converted: Vec<bool> = compared.iter().map(|&at| judged.converted[at]).collect();
    let champion: Vec<i32> =
        compared.iter().map(|&at| both.champion_scores[both.held_out.leads[at] as usize]).collect();
    let challenger: Vec<i32> = compared.iter().map(|&at| judged.score[at]).collect();
    let promised: Vec<f64> = champion.iter().map(|&score| promise(&both.champion.card, score)).collect();
    let new_promised: Vec<f64> = compared.iter().map(|&at| judged.probability[at]).collect();
    let gain = paired_difference(&losses(&promised, &converted), &losses(&new_promised, &converted));
    let gain = Estimate::normal(gain.mean, gain.standard_error);
    let n = compared.len().max(1) as f64;
    let moments = || compared.iter().filter_map(|&at| Some(judged.as_of.as_ref()?[at]));
    let days = moments().min().zip(moments().max());
    let n_units = match days {
        Some((first, last)) => ((last - first) as f64 / US_PER_DAY as f64).max(1.0) / DAYS_PER_MONTH,
        None => n / 1000.0,
    };
    let of_policy = |policy: &Resolved| {
        let n_wanted = policy.chosen.n_leads / frontier.n_leads.max(1) as f64 * n;
        let sides = equal_volume_difference(&champion, &challenger, &converted, n_wanted)?;
        Some(ChampionPolicy {
            policy: policy.name.clone(),
            leads_per: sides.n_chosen / n_units,
            champion_wins_per: sides.wins_first / n_units,
            challenger_wins_per: sides.wins_second / n_units,
            difference_low: sides.difference.low / n_units,
            difference_high: sides.difference.high / n_units,
            swapped_in: swap_side(sides.only_second),
            swapped_out: swap_side(sides.only_first),
        })
    };
    ChampionSides {
        is_fresh,
        n_leads: compared.len() as u64,
        n_converted: converted.iter().filter(|won| **won).count() as u64,
        first_as_of: days.map(|(first, _)| show_time(first)),
        last_as_of: days.map(|(_, last)| show_time(last)),
        champion: side_metrics(&promised, &converted),
        challenger: side_metrics(&new_promised, &converted),
        log_loss_gain: gain.expected,
        log_loss_gain_low: gain.low,
        log_loss_gain_high: gain.high,
        policies: policies.iter().filter_map(of_policy).collect(),
    }
}

/// Negative log likelihood of each lead, nats.
fn losses(probability: &[f64], converted: &[bool]) -> Vec<f64> {
    let loss = |(&probability, &won): (&f64, &bool)| {
        let p = clamp_probability(probability);
        -(if won { p } else { 1.0 - p }).ln()
    };
    probability.iter().zip(converted).map(loss).collect()
}

fn side_metrics(probability: &[f64], converted: &[bool]) -> SideMetrics {
    let promised: f64 = probability.iter().sum();
    SideMetrics {
        log_loss: log_loss(probability, converted).unwrap_or_default(),
        auc: auc(probability, converted).unwrap_or_default(),
        observed_over_expected: converted.iter().filter(|won| **won).count() as f64 / promised.max(f64::MIN_POSITIVE),
    }
}

fn swap_side(side: Swapped) -> SwapSide {
    let conversion = wilson(side.n_wins, side.n_leads);
    SwapSide {
        n_leads: side.n_leads,
        n_wins: side.n_wins,
        conversion_low: conversion.low,
        conversion_high: conversion.high,
    }
}
