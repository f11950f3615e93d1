//! Small cards of made-up leads whose truth is known.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::math::{logistic, softplus};
use crate::measures::mean;
use crate::model::bins::CriterionCells;
use crate::model::bins::cells::{CellColumn, CellMeaning};
use crate::model::points::ScaleRule;
use crate::model::train::PairRule;
use crate::model::train::settings::{Binned, choose_criteria};
use crate::model::train::train;
use crate::settings::CardSize;

/// Leads to learn from, then 4,000 of later; answers are text, each as common as the others.
struct World {
    criteria: Vec<CriterionCells>,
    log_odds: Vec<f64>,
    converted: Vec<f64>,
    keys: Vec<u64>,
    fit: Vec<u32>,
    later: Vec<u32>,
}

/// - `n_answers`: of each criterion; `log_odds`: of a lead by its answers.
fn world(n_fit: usize, n_answers: &[usize], seed: u64, log_odds: impl Fn(&[usize]) -> f64) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n_leads = n_fit + 4000;
    let answers: Vec<Vec<usize>> =
        (0..n_leads).map(|_| n_answers.iter().map(|&n| rng.random_range(0..n)).collect()).collect();
    let log_odds: Vec<f64> = answers.iter().map(|answers| log_odds(answers)).collect();
    let criterion = |j: usize| CriterionCells {
        column: CellColumn {
            cells: answers.iter().map(|answers| answers[j] as u16 + 1).collect(),
            meaning: CellMeaning::Levels { names: (0..n_answers[j]).map(|level| format!("l{level:02}")).collect() },
        },
        order: Vec::new(),
        trend: Trend::Unordered,
        is_partially_pooled: false,
    };
    World {
        criteria: (0..n_answers.len()).map(criterion).collect(),
        converted: log_odds.iter().map(|&x| f64::from(u8::from(rng.random::<f64>() < logistic(x)))).collect(),
        keys: (0..n_leads).map(|_| rng.random()).collect(),
        fit: (0..n_fit as u32).collect(),
        later: (n_fit as u32..n_leads as u32).collect(),
        log_odds,
    }
}

impl World {
    fn part(&self) -> TrainingPart<'_> {
        TrainingPart {
            criteria: &self.criteria,
            converted: &self.converted,
            keys: &self.keys,
            leads: &self.fit,
            censored: &[],
            kept_edges: &[],
        }
    }

    /// How much more than the truth later leads cost under some log-odds, nats.
    fn excess(&self, eta: &[f64]) -> f64 {
        let of_lead = |(eta, &lead): (&f64, &u32)| {
            let truth = self.log_odds[lead as usize];
            let p = logistic(truth);
            (softplus(*eta) - p * eta) - (softplus(truth) - p * truth)
        };
        eta.iter().zip(&self.later).map(of_lead).sum::<f64>() / self.later.len() as f64
    }

    fn excess_of_card(&self) -> f64 {
        let trained = train(&self.part(), &params(3)).expect("a card");
        self.excess(&trained.log_odds(&trained.bins.encode(&self.criteria, &self.later)))
    }

    /// Of the card that the lightest stiffness makes, whatever held-out leads say.
    fn excess_of_light(&self) -> f64 {
        let which = choose_criteria(&self.part(), Some(3), &LIGHT).expect("fits");
        let few = Binned::of(&self.part(), &which, &self.fit);
        let mut fitter = few.fitter().expect("both outcomes");
        let trial = fitter.fit(&LIGHT).expect("settles");
        let (fit, trends) = (fitter.finish(trial), few.bins.trends());
        let points = PointsProblem::new(&fit, few.observed(), &few.chains, &trends).choose(&params(3).rule, 0.0);
        self.excess(&points.log_odds_of(&few.bins.encode(&self.criteria, &self.later)))
    }
}

fn params(max_criteria: usize) -> TrainParams {
    TrainParams {
        rule: PointsRule { scale: ScaleRule::Bounded(-5, 5), unit: 1 },
        may_be_finer: false,
        size: CardSize::Accurate,
        max_criteria: Some(max_criteria),
        max_rows: None,
        pairs: PairRule::none(),
    }
}

#[test]
fn few_leads_with_many_answers_make_a_card_that_does_better_on_later_ones_than_a_light_one() {
    let slopes = [1.2, 0.8, 0.5, 0.0, 0.0];
    let log_odds = |answers: &[usize]| {
        answers.iter().zip(slopes).map(|(&answer, slope)| slope * (answer as f64 - 4.5) / 3.0).sum::<f64>()
    };
    let worlds: Vec<World> = (0..6).map(|seed| world(300, &[10; 5], seed, log_odds)).collect();
    let excess = |of: fn(&World) -> f64| mean(&worlds.iter().map(of).collect::<Vec<_>>());
    let (chosen, light) = (excess(World::excess_of_card), excess(World::excess_of_light));
    assert!(chosen < 0.95 * light, "{chosen:.4} against {light:.4}");
}

#[test]
fn answers_that_say_nothing_stay_off_a_small_card() {
    let worlds = (0..4).map(|seed| world(400, &[2; 40], seed, |answers| 3.0 * answers[0] as f64 - 1.5));
    let sizes: Vec<usize> = worlds
        .map(|world| train(&world.part(), &params(5)).expect("a card"))
        .map(|trained| trained.points.used_criteria(&trained.chains).len())
        .collect();
    // The best four of 39 coin tosses look like answers to the leads they were chosen on.
    assert!(sizes.iter().all(|&n| n < 5) && sizes.iter().filter(|&&n| n == 1).count() >= 2, "{sizes:?}");
}

#[test]
fn the_order_of_the_leads_does_not_change_what_is_chosen() {
    let world = world(400, &[4; 8], 1, |answers| answers[0] as f64 - 1.5 + 0.3 * answers[1] as f64);
    let reversed = |n: usize| (0..n).rev();
    let n = world.converted.len();
    let criteria: Vec<CriterionCells> = (world.criteria.iter())
        .map(|criterion| {
            let mut other = criterion.clone();
            other.column.cells = reversed(n).map(|i| criterion.column.cells[i]).collect();
            other
        })
        .collect();
    let converted: Vec<f64> = reversed(n).map(|i| world.converted[i]).collect();
    let keys: Vec<u64> = reversed(n).map(|i| world.keys[i]).collect();
    let leads: Vec<u32> = ((n - world.fit.len()) as u32..n as u32).collect();
    let part = TrainingPart { criteria: &criteria, converted: &converted, keys: &keys, leads: &leads, ..world.part() };
    let other = choose_small(&part, &params(4)).expect("fits");
    assert_eq!(choose_small(&world.part(), &params(4)).expect("fits"), other);
}
