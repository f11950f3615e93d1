//! Made-up companies whose criteria matter on their own, and two of them together or not.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::math::logistic;
use crate::model::bins::cells::{CellColumn, CellMeaning};
use crate::model::points::ScaleRule;
use crate::settings::{PairsWanted, Trend};

/// Leads of one company.
struct Company {
    criteria: Vec<CriterionCells>,
    converted: Vec<f64>,
    keys: Vec<u64>,
    leads: Vec<u32>,
}

/// Levels of each text criterion; numbers have twenty values.
const N_LEVELS: u16 = 4;
const N_VALUES: u16 = 20;

/// - `together`: log-odds that the first number and the first text add beyond their own, where the number is high and the text is one of
///   the first two, or neither is.
fn company(n_leads: usize, together: f64, seed: u64) -> Company {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let numbers = || CellMeaning::Numbers {
        low: (1..=N_VALUES).map(f64::from).collect(),
        high: (1..=N_VALUES).map(f64::from).collect(),
    };
    let texts = || CellMeaning::Levels { names: (1..=N_LEVELS).map(|level| format!("level {level}")).collect() };
    let mut log_odds = vec![-1.0; n_leads];
    let mut columns: Vec<CellColumn> = Vec::new();
    for at in 0..6 {
        let n_cells = if at < 3 { N_VALUES } else { N_LEVELS };
        let cells: Vec<u16> = (0..n_leads).map(|_| rng.random_range(1..=n_cells)).collect();
        let worth: Vec<f64> = (0..n_cells)
            .map(|cell| {
                let drawn: f64 = StandardNormal.sample(&mut rng);
                if at < 3 { (f64::from(cell) / 10.0 - 1.0) * 0.6 } else { 0.5 * drawn }
            })
            .collect();
        log_odds.iter_mut().zip(&cells).for_each(|(log_odds, &cell)| *log_odds += worth[usize::from(cell) - 1]);
        columns.push(CellColumn { cells, meaning: if at < 3 { numbers() } else { texts() } });
    }
    for (lead, log_odds) in log_odds.iter_mut().enumerate() {
        let is_high = columns[0].cells[lead] > N_VALUES / 2;
        let is_first = columns[3].cells[lead] <= 2;
        *log_odds += if is_high == is_first { together } else { -together };
    }
    let converted = log_odds.iter().map(|&x| f64::from(u8::from(rng.random::<f64>() < logistic(x)))).collect();
    let criterion =
        |column| CriterionCells { column, order: Vec::new(), trend: Trend::Free, is_partially_pooled: false };
    Company {
        criteria: columns.into_iter().map(criterion).collect(),
        converted,
        keys: (0..n_leads).map(|_| rng.random()).collect(),
        leads: (0..n_leads as u32).collect(),
    }
}

fn trained(company: &Company, wanted: PairsWanted, asked: Vec<[usize; 2]>) -> Trained {
    let params = TrainParams {
        rule: PointsRule { scale: ScaleRule::Span(100), unit: 1 },
        may_be_finer: false,
        size: CardSize::Balanced,
        max_criteria: None,
        max_rows: None,
        pairs: PairRule { wanted, asked },
    };
    trained_by(company, &params)
}

fn trained_by(company: &Company, params: &TrainParams) -> Trained {
    let Company { criteria, converted, keys, leads } = company;
    let part = TrainingPart { criteria, converted, keys, leads, censored: &[], kept_edges: &[] };
    train(&part, params).expect("it fits")
}

#[test]
fn what_two_criteria_say_together_is_found_and_only_that_stands_in_the_table() {
    let trained = trained(&company(4000, 0.5, 5), PairsWanted::Auto, Vec::new());
    let [pair] = trained.bins.pairs.as_slice() else { panic!("{:?}", trained.bins.pairs) };
    assert_eq!(pair.of, [0, 3]);
    let weights = &trained.fit.coefficients[trained.chains.range(6)];
    let code = |number: usize, text: usize| usize::from(pair.code([number, text]));
    let text_of = |cell: usize| trained.bins.criteria[3].bin_of_cell(cell);
    let number_of = |cell: usize| trained.bins.criteria[0].bin_of_cell(cell);
    // 4,000 leads tell a cell's log-odds to about a tenth; the prior pulls it to 0 by as much.
    for (number, text, truth) in [(18, 1, 0.5), (18, 4, -0.5), (3, 2, -0.5), (3, 3, 0.5)] {
        let found = weights[code(number_of(number), text_of(text))];
        assert!((found - truth).abs() < 0.25, "{number}, {text}: {found} for {truth}");
    }
    for line in pair.lines() {
        let tells = |code: u8| pair.curvature_of_code[usize::from(code)];
        let mean: f64 = line.iter().map(|&code| tells(code) * weights[usize::from(code)]).sum::<f64>()
            / line.iter().map(|&code| tells(code)).sum::<f64>();
        assert!(mean.abs() < 1e-3, "{line:?}: {mean}");
    }
    assert_eq!(weights[0].abs().max(1e-3), 1e-3, "nothing for a missing answer");
    assert_eq!(trained.points.span(&trained.chains), 100, "the card spans what it should, shared answers counted once");
    assert!(trained.points.uses(&trained.chains, 0) && trained.points.uses(&trained.chains, 6));
}

#[test]
fn no_table_where_there_is_nothing_to_find() {
    for seed in 0..4 {
        let trained = trained(&company(2000, 0.0, 20 + seed), PairsWanted::Auto, Vec::new());
        assert!(trained.bins.pairs.is_empty(), "{seed}: {:?}", trained.bins.pairs);
    }
}

#[test]
fn none_are_looked_for_where_none_are_wanted_and_one_asked_for_is_there() {
    let company = company(3000, 0.5, 5);
    assert!(trained(&company, PairsWanted::AtMost(0), Vec::new()).bins.pairs.is_empty());
    let asked = trained(&company, PairsWanted::AtMost(0), vec![[3, 0]]);
    assert_eq!(asked.bins.pairs.iter().map(|pair| pair.of).collect::<Vec<_>>(), [[3, 0]], "rows first, as asked");
}

#[test]
fn an_answer_that_nobody_gave_does_not_widen_the_card() {
    // Nobody's answer is missing: a missing one gets the fewest points of its criterion, and none from the table.
    for seed in 0..6 {
        let trained = trained(&company(2000, 0.9, 40 + seed), PairsWanted::AtMost(0), vec![[0, 3]]);
        assert_eq!(trained.points.span(&trained.chains), 100, "seed {seed}");
    }
}

#[test]
fn a_card_that_may_spans_twice_as_many_points_where_so_few_lose_too_much() {
    let company = company(4000, 0.0, 5);
    let span = |total: u32, may_be_finer: bool| {
        let rule = PointsRule { scale: ScaleRule::Span(total), unit: 1 };
        let pairs = PairRule { wanted: PairsWanted::AtMost(0), asked: Vec::new() };
        let size = CardSize::Balanced;
        let params = TrainParams { rule, may_be_finer, size, max_criteria: None, max_rows: None, pairs };
        let trained = trained_by(&company, &params);
        trained.points.span(&trained.chains)
    };
    // Six criteria share ten points: a point is worth half a unit of log-odds.
    assert_eq!([span(10, false), span(10, true)], [10, 20]);
    assert_eq!(span(100, true), 100);
}
