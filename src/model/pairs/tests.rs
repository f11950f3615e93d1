use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::math::logit;
use crate::model::bins::{BinShape, CriterionBins};

/// A plan of text criteria with so many levels each, in bins of their own.
fn plan(n_levels: &[usize], trend: Trend) -> BinPlan {
    let bins = |(criterion, &n): (usize, &usize)| {
        let levels = (0..n).map(|level| format!("level {level}")).collect();
        CriterionBins::of_shape(criterion, BinShape::Levels { levels }, trend)
    };
    BinPlan { criteria: n_levels.iter().enumerate().map(bins).collect(), pairs: Vec::new() }
}

/// Leads with answers drawn at random, 0 for missing, and outcomes by a function of the first two answers.
fn leads(n_levels: &[usize], n_leads: usize, seed: u64, log_odds: impl Fn(usize, usize) -> f64) -> (Codes, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut columns = vec![Vec::new(); n_levels.len()];
    let mut outcome = Vec::new();
    for _ in 0..n_leads {
        for (column, &n) in columns.iter_mut().zip(n_levels) {
            column.push(rng.random_range(0..=n) as u8);
        }
        let answer = |at: usize| usize::from(columns[at][columns[at].len() - 1]);
        let converts = rng.random::<f64>() < logistic(log_odds(answer(0), answer(1)));
        outcome.push(f64::from(u8::from(converts)));
    }
    let n_bins = n_levels.iter().map(|n| n + 2).collect();
    (Codes { columns, n_bins, n_leads }, outcome)
}

fn table(bins: &BinPlan, codes: &Codes, outcome: &[f64], log_odds: &[f64]) -> Option<Table> {
    Residuals::of(log_odds, outcome, |_| true).table(bins, codes, [0, 1])
}

#[test]
fn levels_that_matter_together_are_found_whatever_their_order() {
    // Levels 2 and 5 of the one convert better with levels 1 and 4 of the other, and worse without.
    let together = |row: usize, column: usize| match (row, column) {
        (0, _) | (_, 0) => -1.0,
        (row, column) => {
            if [2, 5].contains(&row) == [1, 4].contains(&column) {
                -0.2
            } else {
                -1.8
            }
        }
    };
    let (codes, outcome) = leads(&[6, 5], 8000, 1, together);
    let bins = plan(&[6, 5], Trend::Unordered);
    let found = table(&bins, &codes, &outcome, &vec![-1.0; 8000]).expect("there is something");
    let part = |axis: usize, bin: usize| found.bins.axes[axis].part(bin);
    assert_eq!(part(0, 2), part(0, 5));
    assert_eq!(part(1, 1), part(1, 4));
    assert_ne!(part(0, 2), part(0, 1));
    assert_ne!(part(1, 1), part(1, 2));
    assert_eq!(part(0, 0), None, "no answer has no part");
    let weight = |row: usize, column: usize| found.weight([row as u8, column as u8]);
    // Without what either says on its own: 0.8 times how far a third of the rows and two fifths of the columns lie from their means.
    let truth = [([2, 1], 1.28), ([2, 2], -0.853), ([1, 1], -0.64), ([1, 2], 0.427)];
    assert!(truth.iter().all(|&(bins, truth)| (found.weight(bins) - truth).abs() < 0.2), "{found:?}");
    assert!(found.bins.code([2, 1]) > found.bins.code([2, 2]), "codes run from the least weight to the greatest");
    assert_eq!(weight(0, 1), 0.0, "a missing answer says nothing together with another");
}

#[test]
fn what_each_says_on_its_own_gains_nothing() {
    let apart = |row: usize, column: usize| -2.0 + 0.5 * row as f64 - 0.4 * column as f64;
    let (codes, outcome) = leads(&[4, 4], 20_000, 2, apart);
    let exact: Vec<f64> = (0..20_000)
        .map(|lead| apart(usize::from(codes.columns[0][lead]), usize::from(codes.columns[1][lead])))
        .collect();
    let bins = plan(&[4, 4], Trend::Free);
    // At the truth only chance is left, and so it is where the log-odds are off by what one criterion says.
    for log_odds in [exact, vec![logit(outcome.iter().sum::<f64>() / 20_000.0); 20_000]] {
        let gain = table(&bins, &codes, &outcome, &log_odds).map_or(0.0, |table| table.evidence);
        assert!(gain < 3.0, "{gain}");
    }
}

#[test]
fn a_grid_has_few_parts_of_neighbours_where_order_counts() {
    let (codes, outcome) = leads(&[40, 30], 30_000, 3, |row, column| {
        -0.5 + f64::from(u8::from((row > 20) == (column > 10))) - f64::from(u8::from(row > 35 && column > 25))
    });
    let bins = plan(&[40, 30], Trend::Free);
    let found = table(&bins, &codes, &outcome, &vec![0.0; 30_000]).expect("there is something");
    for axis in &found.bins.axes {
        assert!((2..=MAX_PARTS).contains(&axis.n_parts));
        let parts: Vec<u8> = axis.part_of_bin[1..].to_vec();
        assert!(parts.is_sorted(), "{parts:?}");
    }
}
