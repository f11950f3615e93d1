//! Strength: does a column alone know the outcome?
//!
//! In: values of a balanced sample with their outcomes. Out: how well the column alone tells converted leads from others, on
//! leads it was not fitted on.

use std::collections::HashMap;

use super::super::sample::half_of;
use super::super::values::Sampled;

/// AUC from which on a column is taken to know the outcome. The strongest honest criterion in our data sets reaches 0.97;
/// a leak reaches 1 but for slips in the data.
pub(in crate::data::checks) const LEAK_AUC: f64 = 0.995;

/// Leads of each outcome in each half below which nothing is said: with 15 each, chance alone exceeds 0.995 about once in
/// `C(30, 15)` = 155 million orders.
const MIN_EACH: usize = 15;

/// Most ranges a numeric column is cut into.
const N_RANGES: usize = 64;

/// What a column alone says of each lead: the conversion rate of its level or range in the half that the lead is not in.
///
/// - `values`: of the sampled leads.
/// - `leads`: their positions, which settle the half.
/// - `converted`: their outcomes.
/// - `n_average`: average leads that every level gets beside its own.
pub(super) fn cross_checked_rates(values: &Sampled, leads: &[usize], converted: &[bool], n_average: f64) -> Vec<f64> {
    let halves: Vec<usize> = leads.iter().map(|&lead| half_of(lead)).collect();
    let mut rates = vec![0.5; leads.len()];
    for taught in 0..2 {
        let teaches = |at: usize| halves[at] == taught;
        let levels = levels_of(values, &teaches);
        let of_level = rates_by_level(&levels, converted, &teaches, n_average);
        for at in (0..leads.len()).filter(|&at| !teaches(at)) {
            rates[at] = of_level.get(&levels[at]).copied().unwrap_or(0.5);
        }
    }
    rates
}

/// Chance that a converted lead ranks above another one, by the conversion rate of its level or range in the other half.
///
/// - returns: the mean of both directions; `None` with too few leads of one outcome in a half.
pub(in crate::data::checks) fn cross_checked_auc(values: &Sampled, leads: &[usize], converted: &[bool]) -> Option<f64> {
    auc_by_halves(&cross_checked_rates(values, leads, converted, 1.0), leads, converted)
}

/// The mean AUC of both halves; `None` with too few leads of one outcome in a half.
pub(super) fn auc_by_halves(scores: &[f64], leads: &[usize], converted: &[bool]) -> Option<f64> {
    let mut total = 0.0;
    for examined in 0..2 {
        let of_half = (0..leads.len()).filter(|&at| half_of(leads[at]) == examined);
        total += auc(&mut of_half.map(|at| (scores[at], converted[at])).collect::<Vec<_>>())?;
    }
    Some(total / 2.0)
}

/// The level of every value: text as it is; numbers by range, cut at quantiles of the half that teaches; 0 is missing.
///
/// A number that many leads share is a range of its own: an amount that is 0 for everybody who lost would else share one with the
/// smallest amounts of those who won.
fn levels_of(values: &Sampled, teaches: &impl Fn(usize) -> bool) -> Vec<u32> {
    match values {
        Sampled::Levels { positions, .. } => positions.iter().map(|position| position.map_or(0, |at| at + 1)).collect(),
        Sampled::Numbers(numbers) => {
            let taught = numbers.iter().enumerate().filter(|&(at, number)| teaches(at) && !number.is_nan());
            let mut seen: Vec<f64> = taught.map(|(_, &n)| n).collect();
            seen.sort_by(f64::total_cmp);
            let spikes = spikes_of(&seen);
            seen.retain(|number| !is_among(&spikes, *number));
            let edges = edges_of(&seen);
            let first_range = 1 + spikes.len() as u32;
            let level = |number: &f64| match spikes.binary_search_by(|spike| spike.total_cmp(number)) {
                _ if number.is_nan() => 0,
                Ok(at) => 1 + at as u32,
                Err(_) => first_range + edges.partition_point(|edge| edge <= number) as u32,
            };
            numbers.iter().map(level).collect()
        }
    }
}

fn is_among(spikes: &[f64], number: f64) -> bool {
    spikes.binary_search_by(|spike| spike.total_cmp(&number)).is_ok()
}

/// Numbers that as many leads share as half a range holds, ascending.
fn spikes_of(sorted: &[f64]) -> Vec<f64> {
    let n_many = (sorted.len() / (2 * N_RANGES)).max(MIN_EACH);
    let groups = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq());
    groups.filter(|group| group.len() >= n_many).map(|group| group[0]).collect()
}

/// Cuts between ranges with about as many leads each.
fn edges_of(sorted: &[f64]) -> Vec<f64> {
    let mut cuts: Vec<usize> = (1..N_RANGES).map(|k| k * sorted.len() / N_RANGES).collect();
    let changes: Vec<usize> = (1..sorted.len()).filter(|&at| sorted[at - 1] < sorted[at]).collect();
    if changes.len() < N_RANGES {
        cuts = changes;
    }
    // Halfway between two values: a value that this half has not seen goes with its nearest neighbour.
    let halfway = |at: usize| sorted[at - 1] / 2.0 + sorted[at] / 2.0;
    let mut edges: Vec<f64> = cuts.into_iter().filter(|at| (1..sorted.len()).contains(at)).map(halfway).collect();
    edges.dedup();
    edges
}

/// Conversion rate of each level among the leads that teach, drawn towards one half by `n_average` leads.
fn rates_by_level(
    levels: &[u32],
    converted: &[bool],
    teaches: &impl Fn(usize) -> bool,
    n_average: f64,
) -> HashMap<u32, f64> {
    let mut counts: HashMap<u32, (u32, u32)> = HashMap::new();
    for (at, level) in levels.iter().enumerate().filter(|&(at, _)| teaches(at)) {
        let count = counts.entry(*level).or_default();
        count.0 += 1;
        count.1 += u32::from(converted[at]);
    }
    counts
        .into_iter()
        .map(|(level, (n, n_converted))| {
            (level, (f64::from(n_converted) + n_average / 2.0) / (f64::from(n) + n_average))
        })
        .collect()
}

/// Area under the curve by mid-ranks; `None` with fewer than [`MIN_EACH`] leads of one outcome.
fn auc(ranked: &mut [(f64, bool)]) -> Option<f64> {
    let n_converted = ranked.iter().filter(|(_, converted)| *converted).count();
    let n_others = ranked.len() - n_converted;
    if n_converted < MIN_EACH || n_others < MIN_EACH {
        return None;
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rank_sum = 0.0;
    let mut from = 0;
    while from < ranked.len() {
        let to = from + ranked[from..].iter().take_while(|(score, _)| *score == ranked[from].0).count();
        let mid_rank = (from + to + 1) as f64 / 2.0;
        rank_sum += mid_rank * ranked[from..to].iter().filter(|(_, converted)| *converted).count() as f64;
        from = to;
    }
    let n_converted = n_converted as f64;
    Some((rank_sum - n_converted * (n_converted + 1.0) / 2.0) / (n_converted * n_others as f64))
}

/// Leads of one level, all of one outcome, from which on a level is worth a word. In a balanced sample, 100 alike are no chance.
const MIN_SURE: usize = 100;

/// The largest level whose leads all converted, or all did not, as a remark. Strong criteria have such levels, and so do
/// columns that are filled in afterwards; only a person can tell.
pub(in crate::data::checks) fn sure_level(values: &Sampled, converted: &[bool]) -> Option<String> {
    let mut counts: HashMap<u64, (usize, usize, usize)> = HashMap::new();
    for at in values.filled() {
        let key = match values {
            Sampled::Numbers(numbers) => numbers[at].to_bits(),
            Sampled::Levels { positions, .. } => u64::from(positions[at].unwrap_or_default()),
        };
        let entry = counts.entry(key).or_insert((0, 0, at));
        entry.0 += 1;
        entry.1 += usize::from(converted[at]);
    }
    let is_sure =
        |&&(n, n_converted, _): &&(usize, usize, usize)| n >= MIN_SURE && (n_converted == 0 || n_converted == n);
    let (_, n_converted, at) = counts.values().filter(is_sure).max_by_key(|(n, _, at)| (*n, usize::MAX - at))?;
    let level = match values {
        Sampled::Numbers(numbers) => numbers[*at].to_string(),
        Sampled::Levels { positions, names } => format!("{:?}", names[positions[*at]? as usize]),
    };
    let who = if *n_converted == 0 { "no lead" } else { "every lead" };
    Some(format!("{who} looked at with {level} converted: make sure that it is known at hand-off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(of: impl Fn(usize) -> f64, n: usize) -> Sampled {
        Sampled::Numbers((0..n).map(of).collect())
    }

    #[test]
    fn a_number_that_follows_the_outcome_reaches_one() {
        let leads: Vec<usize> = (0..200).collect();
        let converted: Vec<bool> = leads.iter().map(|lead| lead % 5 == 0).collect();
        let deal_value = numbers(|at| if at % 5 == 0 { 100.0 + at as f64 } else { 0.0 }, 200);
        assert_eq!(cross_checked_auc(&deal_value, &leads, &converted), Some(1.0));
        let noise = numbers(|at| (at * 7919 % 200) as f64, 200);
        let auc = cross_checked_auc(&noise, &leads, &converted).expect("enough leads");
        assert!((0.2..0.8).contains(&auc), "{auc}");
    }

    #[test]
    fn a_number_that_many_leads_share_is_a_range_of_its_own() {
        // 0 for everybody who lost, an amount above 0 for everybody who won: no range may hold both.
        let leads: Vec<usize> = (0..900).collect();
        let converted: Vec<bool> = leads.iter().map(|lead| lead * 7919 % 1009 % 18 < 5).collect();
        let amount = numbers(|at| if converted[at] { 1.0 + (at * at % 977) as f64 } else { 0.0 }, 900);
        assert_eq!(cross_checked_auc(&amount, &leads, &converted), Some(1.0));
        // Nine in ten of those who lost have 0, and one in ten of those who won: strong, and honest.
        let visits =
            numbers(|at| if converted[at] == (at % 10 == 0) { 0.0 } else { 1.0 + (at * at % 977) as f64 }, 900);
        let auc = cross_checked_auc(&visits, &leads, &converted).expect("enough leads");
        assert!((0.8..0.97).contains(&auc), "{auc}");
    }

    #[test]
    fn a_column_of_ids_knows_nothing_about_leads_it_has_not_seen() {
        let leads: Vec<usize> = (0..200).collect();
        let converted: Vec<bool> = leads.iter().map(|lead| lead % 2 == 0).collect();
        let ids = Sampled::Levels { positions: (0..200).map(Some).collect(), names: Vec::new() };
        assert_eq!(cross_checked_auc(&ids, &leads, &converted), Some(0.5));
    }

    #[test]
    fn too_few_leads_say_nothing() {
        let leads: Vec<usize> = (0..40).collect();
        let converted: Vec<bool> = leads.iter().map(|lead| lead % 4 == 0).collect();
        assert_eq!(cross_checked_auc(&numbers(|at| at as f64, 40), &leads, &converted), None);
    }

    #[test]
    fn a_level_without_exception_is_mentioned() {
        let converted: Vec<bool> = (0..400).map(|at| at < 200).collect();
        let positions = (0..400).map(|at| Some(u32::from(at >= 250))).collect();
        let values = Sampled::Levels { positions, names: vec!["open".to_owned(), "declined".to_owned()] };
        assert_eq!(
            sure_level(&values, &converted).as_deref(),
            Some("no lead looked at with \"declined\" converted: make sure that it is known at hand-off")
        );
        let values = numbers(|at| if at < 150 { 1.0 } else { 0.0 }, 400);
        assert_eq!(
            sure_level(&values, &converted).as_deref(),
            Some("every lead looked at with 1 converted: make sure that it is known at hand-off")
        );
        assert_eq!(sure_level(&numbers(|at| (at % 7) as f64, 400), &converted), None);
    }

    #[test]
    fn ties_count_half() {
        let mut ranked: Vec<(f64, bool)> = (0..60).map(|at| (0.0, at % 2 == 0)).collect();
        assert_eq!(auc(&mut ranked), Some(0.5));
    }
}
