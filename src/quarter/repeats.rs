//! Repeats: how many leads tell as much as one would on its own (the design effect).
//!
//! In: leads with what the card promised. Out: a factor, 1 where every lead stands alone.
//!
//! Start at [`repeats`]. Where a column says which leads belong to one account or contact, those belong together. Elsewhere they are
//! known by their answers: leads of one company come within weeks of each other and agree on what few others share, such as an industry
//! and a number of employees. Two leads are mates if they agree on so much that of leads far apart in time hardly any two do.
//! Some mates are so by chance; what they are off by has nothing in common, so they add noise and nothing else.
//!
//! Always true: outcomes have no part in who are mates.
//!
//! # Source
//! Products of the residuals of leads that are near each other: Conley (1999), *Journal of Econometrics* 92, 1-45.

use std::collections::BTreeMap;

use super::LeadsOfCard;
use super::shift::best_shift;
use crate::card::When;
use crate::math::logistic;
use crate::measures::design_effect;
use crate::settings::US_PER_DAY;

/// Days within which leads of one company come.
const DAYS_APART: i64 = 30;

/// Leads that are mates of a lead by chance alone, on average: few enough to add little noise, and enough that leads of one company need
/// not agree on everything.
const MATES_BY_CHANCE: f64 = 3.0;

/// Pairs far apart in time that are looked at for each that may be mates by chance.
const PAIRS_FOR_EACH: f64 = 50.0;

/// Most leads whose mates are looked for, the latest: the factor is then known to within a few hundredths.
const MOST_LEADS: usize = 2_500;

/// Days whose leads are judged beside each other, so that months that differ and curves that are off are no repeats.
const DAYS_TOGETHER: i64 = 28;

/// Leads that tell as much as one would on its own.
pub(super) fn repeats(leads: &LeadsOfCard<'_>) -> f64 {
    let residual = residuals(leads);
    if let Some(cluster) = &leads.cluster {
        return design_effect(cluster, &residual);
    }
    let Some(as_of) = &leads.as_of else { return 1.0 };
    let mut order: Vec<usize> = (0..as_of.len()).collect();
    order.sort_by_key(|&at| (as_of[at], at));
    let order = &order[order.len().saturating_sub(MOST_LEADS)..];
    let answers = Answers::of(leads, order);
    let moment: Vec<i64> = order.iter().map(|&at| as_of[at]).collect();
    let residual: Vec<f64> = order.iter().map(|&at| residual[at]).collect();
    shared_by_mates(&answers, &moment, &residual)
}

/// Outcome less what was promised, promises moved to what came in the four weeks around.
fn residuals(leads: &LeadsOfCard<'_>) -> Vec<f64> {
    let (promised, outcome) = (leads.promised(), leads.outcome());
    let mut together: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for at in 0..leads.n_leads() {
        let moment = leads.as_of.as_ref().map_or(0, |as_of| as_of[at]);
        together.entry(moment.div_euclid(DAYS_TOGETHER * US_PER_DAY)).or_default().push(at);
    }
    let mut residual = vec![0.0; leads.n_leads()];
    for of_weeks in together.values() {
        let of = |values: &[f64]| of_weeks.iter().map(|&at| values[at]).collect::<Vec<f64>>();
        let (promised, outcome) = (of(&promised), of(&outcome));
        let shift = best_shift(&promised, &outcome);
        for ((&at, eta), y) in of_weeks.iter().zip(&promised).zip(&outcome) {
            residual[at] = y - logistic(eta + shift);
        }
    }
    residual
}

/// Answers of leads in the order of hand-off, lead by lead.
struct Answers {
    n_criteria: usize,
    cells: Vec<u16>,
    /// How much it says to agree on a cell: minus the log of the share of leads that have it; nothing for no answer.
    says: Vec<f64>,
}

impl Answers {
    fn of(leads: &LeadsOfCard<'_>, order: &[usize]) -> Self {
        let of_criterion = leads.card.criteria.iter().zip(&leads.levels).filter(|(_, levels)| !levels.is_empty());
        let says_nothing: Vec<Option<u16>> = of_criterion
            .clone()
            .map(|(criterion, _)| {
                criterion.levels.iter().position(|level| level.when == When::Missing).map(|at| at as u16)
            })
            .collect();
        let cells = of_criterion.map(|(_, levels)| order.iter().map(|&at| levels[at]).collect());
        Self::new(&cells.collect::<Vec<Vec<u16>>>(), &says_nothing)
    }

    /// - `of_criterion`: levels of the leads, one list per criterion.
    /// - `says_nothing`: of each criterion the level of leads without an answer.
    fn new(of_criterion: &[Vec<u16>], says_nothing: &[Option<u16>]) -> Self {
        let (n_criteria, n_leads) = (of_criterion.len(), of_criterion.first().map_or(0, Vec::len));
        let (mut cells, mut says) = (vec![0; n_criteria * n_leads], vec![0.0; n_criteria * n_leads]);
        for (criterion, (of_lead, missing)) in of_criterion.iter().zip(says_nothing).enumerate() {
            let mut counts = BTreeMap::<u16, f64>::new();
            of_lead.iter().for_each(|&cell| *counts.entry(cell).or_default() += 1.0);
            for (lead, &cell) in of_lead.iter().enumerate() {
                let at = lead * n_criteria + criterion;
                cells[at] = cell;
                says[at] = if Some(cell) == *missing { 0.0 } else { (n_leads as f64 / counts[&cell]).ln() };
            }
        }
        Self { n_criteria, cells, says }
    }

    /// How much two leads agree on.
    fn alike(&self, one: usize, other: usize) -> f64 {
        let (one, other) = (one * self.n_criteria, other * self.n_criteria);
        let mut sum = 0.0;
        for at in 0..self.n_criteria {
            if self.cells[one + at] == self.cells[other + at] {
                sum += self.says[one + at];
            }
        }
        sum
    }
}

/// `1 + 2 sum e_i e_j / sum e_i^2` over pairs of mates, at least 1.
///
/// - `moment`, `residual`: one entry per lead, oldest first.
fn shared_by_mates(answers: &Answers, moment: &[i64], residual: &[f64]) -> f64 {
    let n_leads = moment.len();
    // The first lead that comes too late to be near.
    let ends: Vec<usize> = (0..n_leads)
        .map(|one| moment.partition_point(|&other| other <= moment[one] + DAYS_APART * US_PER_DAY))
        .collect();
    let n_pairs: usize = ends.iter().enumerate().map(|(one, end)| end - one - 1).sum();
    let alone: f64 = residual.iter().map(|residual| residual * residual).sum();
    if n_pairs == 0 || alone <= 0.0 {
        return 1.0;
    }
    let at_least = alike_by_chance(answers, n_leads, 2.0 * n_pairs as f64 / n_leads as f64);
    let mut shared = 0.0;
    for (one, &end) in ends.iter().enumerate() {
        for other in one + 1..end {
            if answers.alike(one, other) > at_least {
                shared += residual[one] * residual[other];
            }
        }
    }
    (1.0 + 2.0 * shared / alone).max(1.0)
}

/// How much [`MATES_BY_CHANCE`] of so many leads agree on with a lead that is far away.
fn alike_by_chance(answers: &Answers, n_leads: usize, n_near: f64) -> f64 {
    let n_steps = ((PAIRS_FOR_EACH * n_near / n_leads as f64).ceil() as usize).clamp(1, n_leads);
    let far = |step: usize| (0..n_leads).map(move |one| (one, (one + n_leads / 2 + step) % n_leads));
    let mut alike: Vec<f64> = (0..n_steps).flat_map(far).map(|(one, other)| answers.alike(one, other)).collect();
    alike.sort_by(f64::total_cmp);
    let share = (MATES_BY_CHANCE / n_near).min(1.0);
    alike[((1.0 - share) * (alike.len() - 1) as f64) as usize]
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Two years of accounts of four, with an industry, a size and a source of each lead; three of four leads agree with their account.
    fn found(agrees: f64, seed: u64) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut cells = vec![Vec::new(); 3];
        let (mut moment, mut residual) = (Vec::new(), Vec::new());
        for account in 0..600 {
            let (industry, size, converts) =
                (rng.random_range(1..6), rng.random_range(1..200), rng.random::<f64>() < 0.2);
            for _ in 0..4 {
                let did = if rng.random::<f64>() < agrees { converts } else { rng.random::<f64>() < 0.2 };
                [industry, size, rng.random_range(1..5)].iter().zip(&mut cells).for_each(|(cell, of)| of.push(*cell));
                moment.push(account * US_PER_DAY);
                residual.push(f64::from(u8::from(did)) - 0.2);
            }
        }
        shared_by_mates(&Answers::new(&cells, &vec![None; cells.len()]), &moment, &residual)
    }

    #[test]
    fn leads_of_one_account_are_found_by_what_they_answer() {
        // Two leads of an account have a correlation of 0.5^2, and each has three mates.
        let mean = (0..8).map(|seed| found(0.5, seed)).sum::<f64>() / 8.0;
        assert!((mean - 1.75).abs() < 0.12, "{mean}");
    }

    #[test]
    fn leads_that_only_answer_alike_tell_as_much_as_any() {
        let mean = (0..8).map(|seed| found(0.0, seed)).sum::<f64>() / 8.0;
        assert!(mean < 1.06, "{mean}");
    }

    #[test]
    fn many_answers_that_all_share_make_nobody_a_mate() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let cells: Vec<Vec<u16>> = (0..40).map(|_| (0..1000).map(|_| rng.random_range(1..3)).collect()).collect();
        let moment: Vec<i64> = (0..1000).map(|at| at * US_PER_DAY / 5).collect();
        // All residuals alike: were all leads mates, one would tell as much as the 300 around it.
        assert!(shared_by_mates(&Answers::new(&cells, &vec![None; cells.len()]), &moment, &[0.1; 1000]) < 6.0);
    }

    #[test]
    fn no_lead_is_alone() {
        assert!((shared_by_mates(&Answers::new(&[Vec::new()], &[None]), &[], &[]) - 1.0).abs() < 1e-12);
    }
}
