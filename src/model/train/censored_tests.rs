//! Companies with known truth: what leads too young to say should count for.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, LogNormal, Weibull};
use rayon::prelude::*;

use super::*;
use crate::math::{logistic, logit};
use crate::model::bins::cells::{CellColumn, CellMeaning};
use crate::model::censoring::{DelayCurve, Timeline};
use crate::model::fit::loss::log_odds;
use crate::model::points::ScaleRule;
use crate::settings::Trend;
use crate::settings::US_PER_DAY;

const HORIZON_DAYS: f64 = 90.0;
const HISTORY_DAYS: f64 = 365.0;

/// How long conversions take; those beyond the horizon are drawn again.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Log-normal, half within 25 days.
    Usual,
    /// Exponential, 12 days on average.
    Fast,
    /// Weibull around 60 days.
    Late,
    /// Half around 8 days, half around 65.
    TwoWaves,
}

/// A year of leads of a made-up company, and the quarter after it.
#[derive(Debug, Clone, Copy)]
struct World {
    n_leads: usize,
    shape: Shape,
    /// Volume at the end of the year over that at its start.
    growth: f64,
    /// Odds at the end of the year over those at its start.
    drift: f64,
    /// Conversion of a middling lead at the end of the year.
    rate: f64,
    /// How much longer the best leads take than middling ones, on a log scale; 0 where delays do not depend on the score.
    slow_if_good: f64,
}

const USUAL: World =
    World { n_leads: 4_000, shape: Shape::Usual, growth: 1.0, drift: 1.0, rate: 0.12, slow_if_good: 0.0 };

struct Lead {
    answers: [f64; 4],
    probability: f64,
    as_of_us: i64,
    /// Microseconds to its conversion, `i64::MAX` where there is none.
    delay_us: i64,
}

impl World {
    fn lead(&self, day: f64, rng: &mut ChaCha8Rng) -> Lead {
        let size = (rng.random::<f64>() * 1_000.0).round() / 100.0;
        let answers = [size, f64::from(rng.random_range(0..5)), f64::from(rng.random_range(0..4)), rng.random::<f64>()];
        let quality = [-0.8, -0.2, 0.1, 0.9][answers[2] as usize]
            + 0.2 * (answers[0] - 5.0)
            + 0.4 * (answers[1] - 2.0)
            + if answers[3] > 0.85 { 0.8 } else { 0.0 };
        let drift = self.drift.ln() * (day / HISTORY_DAYS - 1.0);
        let probability = logistic(logit(self.rate) - 0.6 + quality + drift);
        let has_converted = rng.random::<f64>() < probability;
        let slowness = (self.slow_if_good * quality / 1.5).exp();
        let delay_us = if has_converted { to_us(self.delay(slowness, rng)) } else { i64::MAX };
        Lead { answers, probability, as_of_us: to_us(day), delay_us }
    }

    fn delay(&self, slowness: f64, rng: &mut ChaCha8Rng) -> f64 {
        let weibull = |scale, shape| Weibull::new(scale, shape).expect("a shape");
        loop {
            let days = slowness
                * match self.shape {
                    Shape::Usual => LogNormal::new(25.0_f64.ln(), 0.8).expect("a shape").sample(rng),
                    Shape::Fast => Exp::new(1.0 / 12.0).expect("a rate").sample(rng),
                    Shape::Late => weibull(60.0, 3.0).sample(rng),
                    Shape::TwoWaves if rng.random() => weibull(8.0, 2.0).sample(rng),
                    Shape::TwoWaves => weibull(65.0, 6.0).sample(rng),
                };
            if days <= HORIZON_DAYS {
                return days;
            }
        }
    }

    /// A day of the year, later ones likelier where volume grows.
    fn day(&self, rng: &mut ChaCha8Rng) -> f64 {
        let (even, growth) = (rng.random::<f64>(), self.growth.ln());
        let share = if growth == 0.0 { even } else { (1.0 + even * (self.growth - 1.0)).ln() / growth };
        share * HISTORY_DAYS
    }
}

fn to_us(days: f64) -> i64 {
    (days * US_PER_DAY as f64) as i64
}

/// Mean promise over mean truth, and mean loss beyond that of the truth itself, nats, over the leads of the quarter to come.
#[derive(Debug, Clone, Copy, Default)]
struct Quality {
    bias: f64,
    excess_loss: f64,
}

const WAYS: [&str; 4] = ["left out", "counted as lost", "only early conversions kept", "counted by age"];

/// The quality of a card under each of [`WAYS`].
fn try_ways(world: &World, seed: u64) -> [Quality; 4] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n_leads = world.n_leads;
    let mut leads: Vec<Lead> = (0..n_leads)
        .map(|_| {
            let day = world.day(&mut rng);
            world.lead(day, &mut rng)
        })
        .collect();
    for _ in 0..20_000 {
        let day = HISTORY_DAYS + 90.0 * rng.random::<f64>();
        leads.push(world.lead(day, &mut rng));
    }
    let criteria: Vec<CriterionCells> = (0..4).map(|at| criterion(at, &leads)).collect();
    let keys: Vec<u64> = leads.iter().map(|_| rng.random()).collect();
    let (as_of, delay_us): (Vec<i64>, Vec<i64>) =
        leads[..n_leads].iter().map(|lead| (lead.as_of_us, lead.delay_us)).unzip();
    let today = to_us(HISTORY_DAYS);
    let timeline = Timeline { as_of: &as_of, delay_us: &delay_us, horizon_us: to_us(HORIZON_DAYS) };
    let delays = DelayCurve::estimate(&timeline.seen_at(today, |_| true)).expect("conversions");
    let open = timeline.censored_at(today, &delays, |_| true);
    let is_seen = |lead: usize| delay_us[lead] <= today - as_of[lead];
    let known: Vec<f64> = (0..leads.len()).map(|lead| f64::from(u8::from(lead < n_leads && is_seen(lead)))).collect();
    let everyone: Vec<u32> = (0..n_leads as u32).collect();
    let part_of = |keep: &dyn Fn(usize) -> bool| -> Vec<u32> {
        everyone.iter().copied().filter(|&lead| keep(lead as usize)).collect()
    };
    let mature = part_of(&|lead| !timeline.is_censored(lead, today));
    let early = part_of(&|lead| !timeline.is_censored(lead, today) || is_seen(lead));
    let to_come: Vec<u32> = (n_leads as u32..leads.len() as u32).collect();
    let params = TrainParams {
        rule: PointsRule { scale: ScaleRule::Span(100), unit: 1 },
        may_be_finer: false,
        size: CardSize::Accurate,
        max_criteria: None,
        max_rows: None,
        pairs: PairRule::none(),
    };
    let judge = |fit: &[u32], open: &[CensoredLead]| {
        let part = TrainingPart {
            criteria: &criteria,
            converted: &known,
            keys: &keys,
            leads: fit,
            censored: open,
            kept_edges: &[],
        };
        let trained = train(&part, &params).expect("a card");
        let codes = trained.bins.encode(&criteria, &to_come);
        let (mut truth, mut promise, mut excess_loss) = (0.0, 0.0, 0.0);
        for (score, lead) in trained.points.scores(&codes).into_iter().zip(&leads[n_leads..]) {
            let (p, q) = (lead.probability, logistic(trained.points.log_odds(score)));
            truth += p;
            promise += q;
            excess_loss += p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln();
        }
        Quality { bias: promise / truth, excess_loss: excess_loss / to_come.len() as f64 }
    };
    [judge(&mature, &[]), judge(&everyone, &[]), judge(&early, &[]), judge(&mature, &open)]
}

fn criterion(at: usize, leads: &[Lead]) -> CriterionCells {
    let mut values: Vec<f64> = leads.iter().map(|lead| lead.answers[at]).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let cells = leads.iter().map(|lead| values.partition_point(|value| *value < lead.answers[at]) as u16 + 1).collect();
    let meaning = if at == 2 {
        CellMeaning::Levels { names: ["none", "vague", "clear", "urgent"].map(str::to_owned).to_vec() }
    } else {
        CellMeaning::Numbers { low: values.clone(), high: values }
    };
    CriterionCells {
        column: CellColumn { cells, meaning },
        order: Vec::new(),
        trend: Trend::Free,
        is_partially_pooled: false,
    }
}

/// Means over histories with different seeds, and the standard error of counting by age against leaving out.
fn mean_quality(world: &World, n_histories: u64) -> ([Quality; 4], f64) {
    let all: Vec<[Quality; 4]> = (0..n_histories).into_par_iter().map(|seed| try_ways(world, seed)).collect();
    let mean_of = |figure: &dyn Fn(&[Quality; 4]) -> f64| all.iter().map(figure).sum::<f64>() / n_histories as f64;
    let means = std::array::from_fn(|way| Quality {
        bias: mean_of(&|found| found[way].bias),
        excess_loss: mean_of(&|found| found[way].excess_loss),
    });
    let gain = |found: &[Quality; 4]| found[3].excess_loss - found[0].excess_loss;
    let mean_gain = mean_of(&gain);
    let spread = mean_of(&|found| (gain(found) - mean_gain).powi(2));
    (means, (spread / n_histories as f64).sqrt())
}

#[test]
fn counting_by_age_beats_leaving_out_and_counting_as_lost() {
    let world = World { n_leads: 1_500, growth: 4.0, drift: 1.5, ..USUAL };
    let ([left_out, lost, early, by_age], _) = mean_quality(&world, 6);
    // Conversion rises, so that everyone promises too little: who leaves the latest leads out more, who calls them lost most.
    assert!(by_age.excess_loss < left_out.excess_loss, "{by_age:?} {left_out:?}");
    assert!(by_age.excess_loss < lost.excess_loss, "{by_age:?} {lost:?}");
    assert!(
        lost.bias < left_out.bias && left_out.bias < by_age.bias && by_age.bias < 1.0,
        "{by_age:?} {left_out:?} {lost:?}"
    );
    assert!(early.bias > by_age.bias, "keeping early conversions alone flatters: {early:?}");
}

/// Labels and weights of [`CensoredLead::counts_for`] end where the textbook's expected outcomes at weight 1 do.
#[test]
fn the_rounds_end_at_the_likelihood_of_what_was_seen() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let leads: Vec<Lead> = (0..600).map(|_| World { rate: 0.4, ..USUAL }.lead(HISTORY_DAYS, &mut rng)).collect();
    let criteria = [criterion(2, &leads)];
    let keys: Vec<u64> = leads.iter().map(|_| rng.random()).collect();
    let converted: Vec<f64> = leads.iter().map(|lead| f64::from(u8::from(lead.delay_us != i64::MAX))).collect();
    let (fit, young): (Vec<u32>, Vec<u32>) = (0..600).partition(|lead| lead % 3 > 0);
    let open: Vec<CensoredLead> = young
        .iter()
        .map(|&lead| {
            let seen = f64::from(lead % 7) / 7.0;
            CensoredLead { lead, seen, has_converted: converted[lead as usize] > 0.5 && rng.random::<f64>() < seen }
        })
        .collect();
    let part = TrainingPart {
        criteria: &criteria,
        converted: &converted,
        keys: &keys,
        leads: &fit,
        censored: &open,
        kept_edges: &[],
    };
    let params = TrainParams {
        rule: PointsRule { scale: ScaleRule::Span(100), unit: 1 },
        may_be_finer: false,
        size: CardSize::Accurate,
        max_criteria: None,
        max_rows: None,
        pairs: PairRule::none(),
    };
    let trained = train(&part, &params).expect("a card");
    let codes = trained.bins.encode(&criteria, &[&fit[..], &young[..]].concat());
    // The gradient of the likelihood of what was seen, penalty and all, with the textbook's expected outcomes.
    let eta = log_odds(&codes, trained.fit.intercept, &trained.fit.coefficients);
    let expected: Vec<f64> = (fit.iter().map(|&lead| converted[lead as usize]))
        .chain(open.iter().zip(&eta[fit.len()..]).map(|(lead, x)| lead.expected(logistic(*x))))
        .collect();
    let observed = Observed { codes: &codes, outcome: &expected, weight: None };
    let (_, mut gradient) = observed.loss_and_gradient(trained.fit.intercept, &trained.fit.coefficients);
    trained.fit.penalty.add_gradient(&trained.fit.coefficients, &mut gradient[1..]);
    // Outcomes settle to 1e-4, so 200 open leads leave a pull of at most 0.02.
    assert!(gradient.iter().all(|pull| pull.abs() < 0.02), "{gradient:?}");
}

/// The table of the guide (`docs/method/card.md`): `cargo test --release --lib censored_tests -- --ignored --nocapture`.
#[test]
#[ignore = "a table over eighteen made-up companies; minutes"]
fn table_of_made_up_companies() {
    let worlds = [
        ("4,000 leads in a year, half of the conversions within 25 days", USUAL),
        ("1,000 leads", World { n_leads: 1_000, ..USUAL }),
        ("20,000 leads", World { n_leads: 20_000, ..USUAL }),
        ("fast conversions", World { shape: Shape::Fast, ..USUAL }),
        ("late conversions", World { shape: Shape::Late, ..USUAL }),
        ("conversions in two waves", World { shape: Shape::TwoWaves, ..USUAL }),
        ("volume four times as large at the end", World { growth: 4.0, ..USUAL }),
        ("volume a fourth at the end", World { growth: 0.25, ..USUAL }),
        ("odds rise by half in the year", World { drift: 1.5, ..USUAL }),
        ("odds fall by a third in the year", World { drift: 1.0 / 1.5, ..USUAL }),
        ("odds rise by half, volume grows fourfold", World { drift: 1.5, growth: 4.0, ..USUAL }),
        ("odds fall by a third, volume grows fourfold", World { drift: 1.0 / 1.5, growth: 4.0, ..USUAL }),
        ("conversion 35 %", World { rate: 0.35, ..USUAL }),
        ("conversion 3 %", World { rate: 0.03, ..USUAL }),
        ("good leads a third slower", World { slow_if_good: 0.3, ..USUAL }),
        ("good leads twice as slow", World { slow_if_good: 0.8, ..USUAL }),
        ("good leads twice as fast", World { slow_if_good: -0.8, ..USUAL }),
        ("good leads twice as slow, volume grows fourfold", World { slow_if_good: 0.8, growth: 4.0, ..USUAL }),
    ];
    println!("| company | {} | gain (standard error) |", WAYS.join(" | "));
    for (name, world) in worlds {
        let (means, error) = mean_quality(&world, 20_000 / world.n_leads.max(1_000) as u64 * 4);
        let cells: Vec<String> =
            means.iter().map(|found| format!("{:.2}, {:.5}", found.bias, found.excess_loss)).collect();
        let gain = means[0].excess_loss - means[3].excess_loss;
        println!("| {name} | {} | {gain:.5} ({error:.5}) |", cells.join(" | "));
    }
}
