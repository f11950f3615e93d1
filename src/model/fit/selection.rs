//! Choosing few criteria: forward selection with swaps, refitting exactly at each step.
//!
//! For "the ten questions" and for very small cards. A candidate is first ranked by what it would gain if the criteria
//! already chosen stayed as they are, then the best few are fitted for real. Leads with the same codes of the chosen criteria
//! are counted once: with five criteria a few hundred patterns stand for any number of leads.

use rayon::prelude::*;

use super::loss::Observed;
use super::newton::{Known, NewtonParams, Weights, average_lead, minimise};
use super::penalty::{Chains, Penalty};
use super::{FitError, Stiffness};
use crate::math::{logistic, softplus};
use crate::model::bins::Codes;

/// Candidates that are fitted for real at each step; the rest are judged by their score test.
const N_FINALISTS: usize = 3;

/// A swap must lower the objective by more than this share of a nat per lead.
const LEAST_GAIN: f64 = 2e-6;

/// Up to so many patterns a candidate's gain is worked out exactly; beyond, sums over leads are cheaper.
const MAX_EXACT_PATTERNS: usize = 256;

/// Rounds of swaps; each round tries to replace every chosen criterion once.
const MAX_ROUNDS: usize = 3;

/// Where many sizes are chosen at once, swaps are tried in sets of at most so many criteria, and larger ones take the next
/// criterion by its score test alone: in them hardly any choice is close.
const MAX_QUICK_SWAPS: usize = 6;

/// Positions of at most `n_wanted` criteria that together explain the outcome best, ascending.
///
/// - `observed`: leads with the codes of all criteria.
///
/// # Errors
/// Those of the fit.
pub fn select_criteria(
    observed: &Observed<'_>,
    chains: &Chains,
    stiffness: &Stiffness,
    n_wanted: usize,
) -> Result<Vec<usize>, FitError> {
    let search = Selection { observed, chains, stiffness, is_quick: false };
    let mut chosen = search.walk(&[n_wanted])?.pop().unwrap_or_default();
    chosen.sort_unstable();
    Ok(chosen)
}

/// For each of some sizes about what [`select_criteria`] chooses, in the order in which the criteria entered: swaps are tried in
/// sets of at most `MAX_QUICK_SWAPS` criteria, and only where the criterion that would come in seems to gain as much as
/// half of the one that would go.
///
/// - `sizes`: ascending.
/// - returns: one set per size; smaller ones where no further criterion helps.
///
/// # Errors
/// Those of the fit.
pub fn select_path(
    observed: &Observed<'_>,
    chains: &Chains,
    stiffness: &Stiffness,
    sizes: &[usize],
) -> Result<Vec<Vec<usize>>, FitError> {
    Selection { observed, chains, stiffness, is_quick: true }.walk(sizes)
}

struct Selection<'a> {
    observed: &'a Observed<'a>,
    chains: &'a Chains,
    stiffness: &'a Stiffness,
    /// Whether swaps are tried only where they promise much.
    is_quick: bool,
}

/// Some criteria and their fit.
#[derive(Clone)]
struct Chosen {
    criteria: Vec<usize>,
    patterns: Patterns,
    objective: f64,
    weights: Weights,
}

/// What a set promises the leads of each of its patterns.
struct Promised {
    log_odds: Vec<f64>,
    /// Mean and variance of an outcome.
    moments: Vec<(f64, f64)>,
}

impl Promised {
    fn by(set: &Chosen) -> Self {
        let Weights { intercept, coefficients } = &set.weights;
        let log_odds = super::loss::log_odds(&set.patterns.codes, *intercept, coefficients);
        let moments = |&log_odds: &f64| {
            let p = logistic(log_odds);
            (p, p * (1.0 - p))
        };
        Self { moments: log_odds.iter().map(moments).collect(), log_odds }
    }
}

impl Selection<'_> {
    /// Forward selection, and swaps at each size.
    fn walk(&self, sizes: &[usize]) -> Result<Vec<Vec<usize>>, FitError> {
        let nothing = Patterns::of_all(self.observed);
        let start = average_lead(&nothing.observed())?;
        let mut chosen = self.fit(Vec::new(), nothing, start)?;
        let mut sets = Vec::with_capacity(sizes.len());
        for &n_wanted in sizes {
            while chosen.criteria.len() < n_wanted {
                match self.best_addition(&chosen, None)? {
                    Some(better) => chosen = better,
                    None => break,
                }
            }
            let is_settled = self.is_quick && chosen.criteria.len() > MAX_QUICK_SWAPS;
            sets.push(if is_settled { chosen.criteria.clone() } else { self.swapped(chosen.clone())?.criteria });
        }
        Ok(sets)
    }

    /// Rounds of swaps, until none lowers the objective.
    fn swapped(&self, mut chosen: Chosen) -> Result<Chosen, FitError> {
        for _ in 0..MAX_ROUNDS {
            let before = chosen.objective;
            for position in 0..chosen.criteria.len() {
                let removed = chosen.criteria[position];
                let rest = self.without(&chosen, position)?;
                if self.is_quick && !self.promises_a_swap(&rest, removed) {
                    continue;
                }
                if let Some(swapped) = self.best_addition(&rest, Some(removed))?
                    && swapped.objective < chosen.objective - LEAST_GAIN * self.observed.total_weight()
                {
                    chosen = swapped;
                }
            }
            if chosen.objective >= before {
                break;
            }
        }
        Ok(chosen)
    }

    /// Whether some criterion seems to gain as much as half of what the removed one does.
    fn promises_a_swap(&self, rest: &Chosen, removed: usize) -> bool {
        let promised = Promised::by(rest);
        let gain = |j: usize| self.gain_alone(j, &rest.patterns, &promised);
        let least = gain(removed) / 2.0;
        (0..self.chains.n_criteria())
            .into_par_iter()
            .filter(|j| *j != removed && !rest.criteria.contains(j))
            .any(|j| gain(j) >= least)
    }

    /// Fits some criteria, from a start nearby.
    fn fit(&self, criteria: Vec<usize>, patterns: Patterns, start: Weights) -> Result<Chosen, FitError> {
        let observed = patterns.observed();
        let chains = self.chains.select(&criteria);
        let penalty = Penalty::flat(&chains, self.stiffness.smoothness, self.stiffness.ridge);
        // Sets that differ by less than a millionth of a nat per lead are equally good.
        let params = NewtonParams::for_points();
        let mut known = Known::default();
        let (weights, _) = minimise(&observed, &penalty, &start, &mut known, &params)?;
        let loss_there = || observed.loss_and_gradient(weights.intercept, &weights.coefficients).0;
        let loss = known.last_loss().unwrap_or_else(loss_there);
        let objective = loss + penalty.value(&weights.coefficients);
        Ok(Chosen { criteria, patterns, objective, weights })
    }

    /// The set without the criterion at one position.
    fn without(&self, chosen: &Chosen, position: usize) -> Result<Chosen, FitError> {
        let mut criteria = chosen.criteria.clone();
        criteria.remove(position);
        let mut start = chosen.weights.clone();
        start.coefficients.drain(self.chains.select(&chosen.criteria).range(position));
        let patterns =
            criteria.iter().fold(Patterns::of_all(self.observed), |patterns, &j| patterns.split_by(self.observed, j));
        self.fit(criteria, patterns, start)
    }

    /// The set with one more criterion.
    fn with(&self, chosen: &Chosen, j: usize) -> Result<Chosen, FitError> {
        let mut start = chosen.weights.clone();
        start.coefficients.extend(self.chains.range(j).map(|_| 0.0));
        let criteria = chosen.criteria.iter().copied().chain([j]).collect();
        self.fit(criteria, chosen.patterns.split_by(self.observed, j), start)
    }

    /// The best set with one more criterion, if any helps; `barred` is the one just removed.
    fn best_addition(&self, chosen: &Chosen, barred: Option<usize>) -> Result<Option<Chosen>, FitError> {
        let promised = Promised::by(chosen);
        let candidates: Vec<usize> =
            (0..self.chains.n_criteria()).filter(|j| !chosen.criteria.contains(j) && Some(*j) != barred).collect();
        let mut ranked: Vec<(f64, usize)> =
            candidates.par_iter().map(|&j| (self.gain_alone(j, &chosen.patterns, &promised), j)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let is_settled = self.is_quick && chosen.criteria.len() >= MAX_QUICK_SWAPS;
        ranked.truncate(if is_settled { 1 } else { N_FINALISTS });
        let fitted: Vec<Chosen> = ranked.par_iter().map(|&(_, j)| self.with(chosen, j)).collect::<Result<_, _>>()?;
        let best = fitted.into_iter().min_by(|a, b| a.objective.total_cmp(&b.objective));
        Ok(best.filter(|best| best.objective < chosen.objective - LEAST_GAIN * self.observed.total_weight()))
    }

    /// What criterion `j` would gain if the chosen ones stayed as they are: each of its bins moves on its own.
    ///
    /// Few patterns: each bin is moved to its best place. Many, or in a hurry: one Newton step,
    /// `sum_k g_k^2 / (2 (h_k + ridge))`.
    fn gain_alone(&self, j: usize, patterns: &Patterns, promised: &Promised) -> f64 {
        let n_bins = self.chains.range(j).len();
        let ridge = self.chains.own_ridge[j].unwrap_or(self.stiffness.ridge).max(1e-9);
        let codes = &self.observed.codes.columns[j];
        if self.is_quick || patterns.weight.len() > MAX_EXACT_PATTERNS {
            let mut sums = vec![(0.0, 0.0); n_bins];
            for (lead, (&code, &pattern)) in codes.iter().zip(&patterns.of_lead).enumerate() {
                let (p, curvature) = promised.moments[pattern as usize];
                let (weight, sum) = (self.observed.weight_of(lead), &mut sums[usize::from(code)]);
                sum.0 += weight * (self.observed.outcome[lead] - p);
                sum.1 += weight * curvature;
            }
            return sums.iter().map(|(g, h)| 0.5 * g * g / (h + ridge)).sum();
        }
        let mut counts = vec![(0.0, 0.0); promised.log_odds.len() * n_bins];
        for (lead, (&code, &pattern)) in codes.iter().zip(&patterns.of_lead).enumerate() {
            let (weight, count) =
                (self.observed.weight_of(lead), &mut counts[pattern as usize * n_bins + usize::from(code)]);
            count.0 += weight;
            count.1 += weight * self.observed.outcome[lead];
        }
        (0..n_bins)
            .map(|bin| {
                let of_patterns = counts[bin..].iter().step_by(n_bins).copied();
                gain_of_bin(of_patterns.zip(promised.log_odds.iter().copied()), ridge)
            })
            .sum()
    }
}

/// Gain of moving one bin's leads by a common step in log-odds: Newton's method on one number.
fn gain_of_bin(cells: impl Iterator<Item = ((f64, f64), f64)> + Clone, ridge: f64) -> f64 {
    let cells = cells.filter(|((n, _), _)| *n > 0.0);
    let loss = |step: f64| -> f64 {
        cells.clone().map(|((n, c), eta)| n * softplus(eta + step) - c * (eta + step)).sum::<f64>()
            + 0.5 * ridge * step * step
    };
    let mut step = 0.0;
    for _ in 0..6 {
        let (mut g, mut h) = (-ridge * step, ridge);
        for ((n, c), eta) in cells.clone() {
            let p = logistic(eta + step);
            g += c - n * p;
            h += n * p * (1.0 - p);
        }
        step = (step + (g / h).clamp(-2.0, 2.0)).clamp(-8.0, 8.0);
    }
    (loss(0.0) - loss(step)).max(0.0)
}

/// Leads with the same codes of a few criteria, counted once.
#[derive(Clone)]
struct Patterns {
    /// Pattern of each lead.
    of_lead: Vec<u32>,
    /// Codes of each pattern.
    codes: Codes,
    weight: Vec<f64>,
    outcome: Vec<f64>,
}

impl Patterns {
    /// Without criteria all leads are one pattern.
    fn of_all(observed: &Observed<'_>) -> Self {
        Self {
            of_lead: vec![0; observed.outcome.len()],
            codes: Codes { columns: Vec::new(), n_bins: Vec::new(), n_leads: 1 },
            weight: vec![observed.total_weight()],
            outcome: vec![observed.mean_outcome()],
        }
    }

    /// Patterns split by the codes of one more criterion.
    fn split_by(&self, observed: &Observed<'_>, j: usize) -> Self {
        const NEW: u32 = u32::MAX;
        let (n_bins, codes) = (observed.codes.n_bins[j], &observed.codes.columns[j]);
        let mut number_of = vec![NEW; self.weight.len() * n_bins];
        let mut parents: Vec<(u32, u8)> = Vec::new();
        let (mut weight, mut converted): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut of_lead = Vec::with_capacity(self.of_lead.len());
        for (lead, (&parent, &code)) in self.of_lead.iter().zip(codes).enumerate() {
            let number = &mut number_of[parent as usize * n_bins + usize::from(code)];
            if *number == NEW {
                *number = parents.len() as u32;
                parents.push((parent, code));
                weight.push(0.0);
                converted.push(0.0);
            }
            let w = observed.weight_of(lead);
            weight[*number as usize] += w;
            converted[*number as usize] += w * observed.outcome[lead];
            of_lead.push(*number);
        }
        let mut columns: Vec<Vec<u8>> = (self.codes.columns.iter())
            .map(|column| parents.iter().map(|&(parent, _)| column[parent as usize]).collect())
            .collect();
        columns.push(parents.iter().map(|&(_, code)| code).collect());
        let mut all_bins = self.codes.n_bins.clone();
        all_bins.push(n_bins);
        let outcome = converted.iter().zip(&weight).map(|(converted, weight)| converted / weight).collect();
        Self { of_lead, codes: Codes { columns, n_bins: all_bins, n_leads: parents.len() }, weight, outcome }
    }

    fn observed(&self) -> Observed<'_> {
        Observed { codes: &self.codes, outcome: &self.outcome, weight: Some(&self.weight) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two criteria make the outcome together; a third is a noisy copy of both that looks best alone.
    #[test]
    fn swaps_find_the_pair_that_forward_selection_misses() {
        let n = 2000;
        let bit = |i: usize, shift: usize| ((i >> shift) & 1) as u8;
        let sum = |i: usize| bit(i, 0) + bit(i, 1);
        let outcome: Vec<f64> =
            (0..n).map(|i| f64::from(u8::from((i / 4) % 10 < [1, 5, 9][usize::from(sum(i))]))).collect();
        let columns = vec![
            (0..n).map(|i| 1 + bit(i, 0)).collect(),
            (0..n).map(|i| 1 + bit(i, 1)).collect(),
            (0..n).map(|i| 1 + sum(i)).collect::<Vec<u8>>(),
            (0..n).map(|i| 1 + bit(i, 5)).collect(),
        ];
        let codes = Codes { columns, n_bins: vec![3, 3, 4, 3], n_leads: n };
        let chains = Chains {
            offsets: vec![0, 3, 6, 10, 13],
            n_chained: vec![2, 2, 3, 2],
            own_ridge: vec![None; 4],
            pairs: Vec::new(),
        };
        let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
        let stiffness = Stiffness { smoothness: 0.1, ridge: 0.01, reweighted: false };
        assert_eq!(select_criteria(&observed, &chains, &stiffness, 1).expect("fits"), [2]);
        let two = Codes {
            columns: vec![codes.columns[0].clone(), codes.columns[1].clone(), codes.columns[3].clone()],
            n_bins: vec![3; 3],
            n_leads: n,
        };
        let chains =
            Chains { offsets: vec![0, 3, 6, 9], n_chained: vec![2; 3], own_ridge: vec![None; 3], pairs: Vec::new() };
        let observed = Observed { codes: &two, outcome: &outcome, weight: None };
        assert_eq!(select_criteria(&observed, &chains, &stiffness, 2).expect("fits"), [0, 1]);
    }

    /// Fourteen criteria of which every second helps, and of each helpful one a worse copy.
    #[test]
    fn the_path_chooses_what_each_size_alone_chooses() {
        let n = 3000;
        let code = |i: usize, j: usize| 1 + ((i * (2 * j + 3) + i / (j + 2) + (i * i) % (j + 5)) % 3) as u8;
        let columns: Vec<Vec<u8>> = (0..14)
            .map(|j| (0..n).map(|i| if j % 2 == 1 && i % 4 > 0 { code(i, j - 1) } else { code(i, j) }).collect())
            .collect();
        let outcome: Vec<f64> = (0..n)
            .map(|i| {
                let sum: f64 = (0..14).step_by(2).map(|j| f64::from(columns[j][i]) * (1.0 - j as f64 / 16.0)).sum();
                f64::from(u8::from(sum + ((i * 7919) % 100) as f64 / 20.0 > 11.5))
            })
            .collect();
        let codes = Codes { columns, n_bins: vec![4; 14], n_leads: n };
        let chains = Chains {
            offsets: (0..=14).map(|j| 4 * j).collect(),
            n_chained: vec![3; 14],
            own_ridge: vec![None; 14],
            pairs: Vec::new(),
        };
        let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
        let stiffness = Stiffness { smoothness: 0.5, ridge: 0.02, reweighted: false };
        let path = select_path(&observed, &chains, &stiffness, &[1, 2, 4, 6, 8]).expect("fits");
        for mut set in path {
            set.sort_unstable();
            assert_eq!(set, select_criteria(&observed, &chains, &stiffness, set.len()).expect("fits"));
        }
    }

    #[test]
    fn patterns_stand_for_their_leads() {
        let codes = Codes { columns: vec![vec![1, 1, 2, 1], vec![1, 2, 1, 1]], n_bins: vec![3, 3], n_leads: 4 };
        let observed = Observed { codes: &codes, outcome: &[1.0, 0.0, 1.0, 0.0], weight: None };
        let patterns = Patterns::of_all(&observed).split_by(&observed, 0);
        assert_eq!((patterns.weight.clone(), patterns.codes.columns.clone()), (vec![3.0, 1.0], vec![vec![1, 2]]));
        let whole = observed.loss_and_gradient(0.2, &[0.0, 0.3, -0.4, 0.0, 0.0, 0.0]).0;
        let grouped = patterns.observed().loss_and_gradient(0.2, &[0.0, 0.3, -0.4]).0;
        assert!((whole - grouped).abs() < 1e-12);
    }
}
