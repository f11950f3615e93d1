//! Screen: of more criteria than the leads could ever tell apart, those that tell most on their own.
//!
//! Always true: only the leads of the training part have a say, so every fold has a screen of its own; where there are few criteria all
//! pass.

use rayon::prelude::*;

use super::{TrainingPart, outcome_of, subsample_by_key};
use crate::measures::mean;
use crate::model::bins::{BinParams, fit_bins};

/// Leads for each criterion that passes.
const LEADS_PER_CRITERION: usize = 10;

/// Criteria that always pass, and the most that ever do: nobody reads a card of more.
const ALWAYS: usize = 120;
const MOST: usize = 300;

/// Leads that are enough to see what a criterion tells.
const MAX_LEADS: usize = 60_000;

/// Bins of about equal size in which outcomes are compared: none is cut by the outcomes.
const BINS: BinParams = BinParams { n_quantiles: 8, n_pieces: 1, most_pieces: 1, min_leads: 15.0 };

/// Criteria that so many leads can tell apart.
pub fn most_criteria(n_leads: usize) -> usize {
    (n_leads / LEADS_PER_CRITERION).clamp(ALWAYS, MOST)
}

/// Positions of the criteria that take part, ascending.
pub(crate) fn screened(part: &TrainingPart<'_>) -> Vec<usize> {
    let all: Vec<usize> = (0..part.criteria.len()).collect();
    let n_wanted = most_criteria(part.leads.len());
    if all.len() <= n_wanted {
        return all;
    }
    let mut ranked: Vec<(f64, usize)> = strength(part, &all).into_iter().zip(all).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut passed: Vec<usize> = ranked[..n_wanted].iter().map(|&(_, criterion)| criterion).collect();
    passed.sort_unstable();
    passed
}

/// By how many standard deviations the outcomes of the bins of each criterion differ more than by chance: Pearson's statistic less its
/// degrees of freedom, in its own standard deviations, on the scale on which it is normal.
///
/// # Source
/// The score test of a criterion on its own is Pearson's; its cube root: Wilson, Hilferty 1931, *PNAS* 17, 684-688.
fn strength(part: &TrainingPart<'_>, which: &[usize]) -> Vec<f64> {
    let leads = subsample_by_key(part.leads, part.keys, MAX_LEADS);
    let outcome = outcome_of(part, &leads);
    let rate = mean(&outcome);
    let bins = fit_bins(part.criteria, which, &leads, part.converted, &BINS);
    let codes = bins.encode(part.criteria, &leads);
    let of_column = |(column, &n_bins): (&Vec<u8>, &usize)| {
        let mut counts = vec![(0.0, 0.0); n_bins];
        for (&code, outcome) in column.iter().zip(&outcome) {
            let count = &mut counts[usize::from(code)];
            *count = (count.0 + 1.0, count.1 + outcome);
        }
        let seen: Vec<(f64, f64)> = counts.into_iter().filter(|(n, _)| *n > 0.0).collect();
        if seen.len() < 2 {
            return f64::NEG_INFINITY;
        }
        let squares = seen.iter().map(|(n, won)| (won - n * rate).powi(2) / (n * rate * (1.0 - rate)));
        let (chi_square, freedom) = (squares.sum::<f64>(), (seen.len() - 1) as f64);
        let variance = 2.0 / (9.0 * freedom);
        ((chi_square / freedom).cbrt() - (1.0 - variance)) / variance.sqrt()
    };
    codes.columns.par_iter().zip(&codes.n_bins).map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::card::InputKind;
    use crate::data::features::{CriterionColumn, Values};
    use crate::model::bins::CriterionCells;

    #[test]
    fn of_many_criteria_those_that_tell_something_pass() {
        let n_leads = 900;
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let numbers: Vec<Vec<f64>> = (0..400).map(|_| (0..n_leads).map(|_| rng.random::<f64>()).collect()).collect();
        // The outcome hangs on three of them, in three ways.
        let converted: Vec<f64> = (0..n_leads)
            .map(|lead| {
                let (up, down, middle) = (numbers[7][lead], numbers[200][lead], numbers[399][lead]);
                let chance =
                    0.2 + 0.25 * up + 0.25 * (1.0 - down) + 0.2 * f64::from(u8::from((middle - 0.5).abs() < 0.2));
                f64::from(u8::from(rng.random::<f64>() < chance))
            })
            .collect();
        let cells = |values: Vec<f64>| {
            CriterionCells::of(&CriterionColumn::plain("x", InputKind::Number, Values::Numbers(values)))
        };
        let criteria: Vec<CriterionCells> = numbers.into_iter().map(cells).collect();
        let (keys, leads): (Vec<u64>, Vec<u32>) = (0..n_leads as u32).map(|lead| (rng.random::<u64>(), lead)).unzip();
        let part = TrainingPart {
            criteria: &criteria,
            converted: &converted,
            keys: &keys,
            leads: &leads,
            censored: &[],
            kept_edges: &[],
        };
        let passed = screened(&part);
        assert_eq!(passed.len(), ALWAYS);
        assert!([7, 200, 399].iter().all(|criterion| passed.contains(criterion)), "{passed:?}");
        let few = TrainingPart { criteria: &criteria[..ALWAYS], ..part };
        assert_eq!(screened(&few), (0..ALWAYS).collect::<Vec<_>>());
    }
}
