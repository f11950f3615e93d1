//! How long each stage takes on 1,000, 100,000 and 1,000,000 leads with 20 criteria (6 text, 8 counts, 6 numbers).
//!
//! `cargo bench --bench stages`; `-- fit` runs one stage only.

use bantam::card::InputKind;
use bantam::data::features::{CriterionColumn, Values};
use bantam::model::bins::cells::to_cells;
use bantam::model::bins::{BinParams, CriterionCells, fit_bins};
use bantam::model::fit::loss::Observed;
use bantam::model::fit::newton::NewtonParams;
use bantam::model::fit::penalty::Chains;
use bantam::model::fit::{Stiffness, fit_joint};
use bantam::model::points::{PointsProblem, PointsRule, ScaleRule};
use bantam::model::train::{PairRule, TrainParams, TrainingPart, train};
use bantam::settings::{CardSize, Trend};
use divan::Bencher;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const RULE: PointsRule = PointsRule { scale: ScaleRule::Span(100), unit: 1 };
const STIFFNESS: Stiffness = Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: false };

struct Made {
    columns: Vec<CriterionColumn>,
    converted: Vec<f64>,
    keys: Vec<u64>,
    leads: Vec<u32>,
}

/// Leads whose log-odds are a sum over the criteria.
fn make(n: usize) -> Made {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut log_odds = vec![-2.0; n];
    let columns = (0..20)
        .map(|j| {
            let values = match j {
                0..6 => {
                    let levels: Vec<String> = (0..5 + 5 * j).map(|level| format!("level {level:02}")).collect();
                    let positions: Vec<u32> = (0..n).map(|_| random.random_range(0..levels.len() as u32)).collect();
                    positions.iter().zip(&mut log_odds).for_each(|(&at, eta)| *eta += 0.1 * f64::from(at % 5));
                    Values::Text { positions, levels }
                }
                6..14 => {
                    let counts: Vec<f64> = (0..n).map(|_| (-8.0 * random.random::<f64>().ln()).floor()).collect();
                    counts.iter().zip(&mut log_odds).for_each(|(count, eta)| *eta += 0.1 * (1.0 + count).ln());
                    Values::Numbers(counts)
                }
                _ => Values::Numbers(
                    (0..n)
                        .map(|lead| {
                            let x: f64 = random.random();
                            log_odds[lead] += 0.3 * x;
                            if random.random::<f64>() < 0.05 { f64::NAN } else { (1000.0 * x).exp2().ln() }
                        })
                        .collect(),
                ),
            };
            CriterionColumn::plain(&format!("c{j}"), InputKind::Number, values)
        })
        .collect();
    let converted = log_odds
        .iter()
        .map(|eta: &f64| f64::from(u8::from(random.random::<f64>() < 1.0 / (1.0 + (-eta).exp()))))
        .collect();
    Made { columns, converted, keys: (0..n).map(|_| random.random()).collect(), leads: (0..n as u32).collect() }
}

fn cells_of(made: &Made) -> Vec<CriterionCells> {
    let cells = |column| CriterionCells {
        column: to_cells(column),
        order: Vec::new(),
        trend: Trend::Free,
        is_partially_pooled: false,
    };
    made.columns.iter().map(cells).collect()
}

#[divan::bench(args = SIZES, max_time = 10)]
fn cells(bencher: Bencher<'_, '_>, n: usize) {
    let made = make(n);
    bencher.bench_local(|| cells_of(&made));
}

#[divan::bench(args = SIZES, max_time = 10)]
fn bins(bencher: Bencher<'_, '_>, n: usize) {
    let made = make(n);
    let (cells, which) = (cells_of(&made), (0..20).collect::<Vec<_>>());
    bencher.bench_local(|| fit_bins(&cells, &which, &made.leads, &made.converted, &BinParams::default()));
}

#[divan::bench(args = SIZES, max_time = 10)]
fn encode(bencher: Bencher<'_, '_>, n: usize) {
    let made = make(n);
    let (cells, which) = (cells_of(&made), (0..20).collect::<Vec<_>>());
    let plan = fit_bins(&cells, &which, &made.leads, &made.converted, &BinParams::default());
    bencher.bench_local(|| plan.encode(&cells, &made.leads));
}

#[divan::bench(args = SIZES, max_time = 10)]
fn fit(bencher: Bencher<'_, '_>, n: usize) {
    let made = make(n);
    let (cells, which) = (cells_of(&made), (0..20).collect::<Vec<_>>());
    let plan = fit_bins(&cells, &which, &made.leads, &made.converted, &BinParams::default());
    let (chains, codes) = (Chains::of(&plan), plan.encode(&cells, &made.leads));
    let observed = Observed { codes: &codes, outcome: &made.converted, weight: None };
    bencher.bench_local(|| fit_joint(observed, &chains, &STIFFNESS, &NewtonParams::default()).map(|fit| fit.intercept));
}

#[divan::bench(args = SIZES, max_time = 10)]
fn points(bencher: Bencher<'_, '_>, n: usize) {
    let made = make(n);
    let (cells, which) = (cells_of(&made), (0..20).collect::<Vec<_>>());
    let plan = fit_bins(&cells, &which, &made.leads, &made.converted, &BinParams::default());
    let (chains, codes) = (Chains::of(&plan), plan.encode(&cells, &made.leads));
    let observed = Observed { codes: &codes, outcome: &made.converted, weight: None };
    let Ok(fit) = fit_joint(observed, &chains, &STIFFNESS, &NewtonParams::default()) else { return };
    let trends = [Trend::Free; 20];
    bencher.bench_local(|| PointsProblem::new(&fit, observed, &chains, &trends).choose(&RULE, 0.25));
}

#[divan::bench(args = SIZES, max_time = 20)]
fn training(bencher: Bencher<'_, '_>, n: usize) {
    let made = make(n);
    let cells = cells_of(&made);
    let part = TrainingPart {
        criteria: &cells,
        converted: &made.converted,
        keys: &made.keys,
        leads: &made.leads,
        censored: &[],
        kept_edges: &[],
    };
    let params = TrainParams {
        rule: RULE,
        may_be_finer: false,
        size: CardSize::Accurate,
        max_criteria: None,
        max_rows: None,
        pairs: PairRule::none(),
    };
    bencher.bench_local(|| train(&part, &params).map(|trained| trained.settings.row_price));
}
