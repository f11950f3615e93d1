//! Segments with known truth: what borrowing buys.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::*;
use crate::math::{logistic, softplus};
use crate::model::bins::CriterionCells;
use crate::model::bins::cells::{CellColumn, CellMeaning};
use crate::model::train::PairRule;
use crate::model::train::train;

const N_SEGMENTS: usize = 30;

/// Leads with one answer of four and a segment: 30 segments of 5 to 2,000 leads.
struct World {
    criteria: Vec<CriterionCells>,
    /// True log-odds of the segments.
    offsets: Vec<f64>,
    segments: Vec<usize>,
    log_odds: Vec<f64>,
    converted: Vec<f64>,
    keys: Vec<u64>,
    /// Leads to learn from, and as many leads of later.
    fit: Vec<u32>,
    later: Vec<u32>,
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// - `spread`: standard deviation of the true offsets; `scale`: size of all segments against 5 to 2,000 leads.
fn world(spread: f64, scale: f64, seed: u64) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let size = |segment: usize| (scale * 5.0 * 400_f64.powf(segment as f64 / (N_SEGMENTS - 1) as f64)).ceil() as usize;
    let offsets: Vec<f64> = (0..N_SEGMENTS).map(|_| spread * normal(&mut rng)).collect();
    let mut world = World {
        criteria: Vec::new(),
        segments: Vec::new(),
        log_odds: Vec::new(),
        converted: Vec::new(),
        keys: Vec::new(),
        fit: Vec::new(),
        later: Vec::new(),
        offsets,
    };
    let mut answers = Vec::new();
    for segment in 0..N_SEGMENTS {
        for at in 0..2 * size(segment) {
            // Good answers are commoner in later segments, so that counting segments alone would mistake one for the other.
            let answer = (rng.random_range(0..4) + usize::from(rng.random_range(0..N_SEGMENTS) < segment)).min(3);
            let eta = -2.2 + [-0.7, 0.0, 0.6, 1.2][answer] + world.offsets[segment];
            let lead = world.segments.len() as u32;
            if at % 2 == 0 {
                world.fit.push(lead)
            } else {
                world.later.push(lead)
            }
            world.segments.push(segment);
            world.log_odds.push(eta);
            world.converted.push(f64::from(u8::from(rng.random::<f64>() < logistic(eta))));
            world.keys.push(rng.random());
            answers.push(answer);
        }
    }
    let text = |codes: &[usize], n: usize, is_partially_pooled: bool| CriterionCells {
        column: CellColumn {
            cells: codes.iter().map(|&code| code as u16 + 1).collect(),
            meaning: CellMeaning::Levels { names: (0..n).map(|level| format!("l{level:02}")).collect() },
        },
        order: Vec::new(),
        trend: Trend::Unordered,
        is_partially_pooled,
    };
    world.criteria = vec![text(&answers, 4, false), text(&world.segments, N_SEGMENTS, true)];
    world
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

    /// Mean squared error of the offsets, and how much more than the truth later leads cost, nats, where segments have this
    /// variance; `None` for a card without segments.
    fn quality(&self, variance: Option<f64>) -> (f64, f64) {
        let which: &[usize] = if variance.is_some() { &[0, 1] } else { &[0] };
        let bins = fit_bins(&self.criteria, which, &self.fit, &self.converted, &BinParams::default());
        let chains = Chains::of(&bins).with_variance(variance);
        let codes = bins.encode(&self.criteria, &self.fit);
        let outcome = outcome_of(&self.part(), &self.fit);
        let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
        let mut fitter = JointFitter::new(observed, &chains, NewtonParams::default()).expect("both outcomes");
        let trial = fitter.fit(&USUAL).expect("settles");
        let later = bins.encode(&self.criteria, &self.later);
        let eta = log_odds(&later, trial.intercept, &trial.coefficients);
        let excess = eta.iter().zip(&self.later).map(|(eta, &lead)| {
            let truth = self.log_odds[lead as usize];
            let p = logistic(truth);
            (softplus(*eta) - p * eta) - (softplus(truth) - p * truth)
        });
        let excess = excess.sum::<f64>() / self.later.len() as f64;
        // A fit knows offsets against their mean only.
        let mean_true = mean(&self.offsets);
        let found: Vec<f64> = (0..N_SEGMENTS)
            .map(|segment| {
                let Some(at) = self.fit.iter().position(|&lead| self.segments[lead as usize] == segment) else {
                    return 0.0;
                };
                if variance.is_none() {
                    0.0
                } else {
                    trial.coefficients[chains.range(1)][usize::from(codes.columns[1][at])]
                }
            })
            .collect();
        let mean_found = mean(&found);
        let errors: Vec<f64> = (found.iter().zip(&self.offsets))
            .map(|(found, truth)| (found - mean_found - (truth - mean_true)).powi(2))
            .collect();
        (mean(&errors), excess)
    }
}

/// Means over histories of (error of the offsets, excess loss): no offsets, every segment alone, borrowing; and the spread found.
fn mean_quality(spread: f64, scale: f64, n_histories: u64) -> ([(f64, f64); 3], f64) {
    let all: Vec<([(f64, f64); 3], f64)> = (0..n_histories)
        .into_par_iter()
        .map(|seed| {
            let world = world(spread, scale, seed);
            let found = offset_variance(&world.part(), &[0, 1], &USUAL).expect("settles").expect("a segment");
            // A standard deviation of 10 holds nothing back but segments where nobody or everybody converted.
            ([None, Some(100.0), Some(found)].map(|variance| world.quality(variance)), found.sqrt())
        })
        .collect();
    let n = n_histories as f64;
    let mean_of = |way: usize| {
        let sum = |pick: fn(&(f64, f64)) -> f64| all.iter().map(|(found, _)| pick(&found[way])).sum::<f64>() / n;
        (sum(|found| found.0), sum(|found| found.1))
    };
    ([mean_of(0), mean_of(1), mean_of(2)], all.iter().map(|(_, spread)| spread).sum::<f64>() / n)
}

#[test]
fn borrowing_beats_no_offsets_and_every_segment_alone() {
    let ([none, alone, borrowing], spread) = mean_quality(0.5, 0.5, 8);
    let told = format!("none {none:?}, alone {alone:?}, borrowing {borrowing:?}, spread {spread:.3}");
    assert!(borrowing.0 < 0.75 * none.0 && borrowing.0 < 0.5 * alone.0, "{told}");
    assert!(borrowing.1 < 0.5 * none.1 && borrowing.1 < 0.9 * alone.1, "{told}");
    assert!((0.35..0.65).contains(&spread), "{told}");
}

fn params() -> TrainParams {
    TrainParams {
        rule: PointsRule { scale: ScaleRule::Span(100), unit: 1 },
        may_be_finer: false,
        size: CardSize::Accurate,
        max_criteria: None,
        max_rows: None,
        pairs: PairRule::none(),
    }
}

/// Points between the best and the worst segment of the card, in log-odds.
fn span_of_segments(world: &World) -> f64 {
    let trained = train(&world.part(), &params()).expect("a card");
    let points = &trained.points.points[trained.chains.range(1)];
    f64::from(points.iter().max().unwrap_or(&0) - points.iter().min().unwrap_or(&0)) / trained.points.scale
}

#[test]
fn segments_that_do_not_differ_get_about_no_points() {
    let same: Vec<f64> = (0..4).map(|seed| span_of_segments(&world(0.0, 0.25, 50 + seed))).collect();
    let differ = span_of_segments(&world(0.5, 0.25, 60));
    assert!(differ > 0.6, "{differ}");
    assert!(same.iter().all(|span| *span < 0.25 * differ), "{same:?} against {differ}");
    assert!(same.iter().filter(|span| **span < 0.1).count() >= 2, "{same:?}");
}

#[test]
fn a_segment_never_seen_has_the_points_of_an_average_one() {
    let world = world(0.5, 0.25, 3);
    let trained = train(&world.part(), &params()).expect("a card");
    let coefficients = &trained.fit.coefficients[trained.chains.range(1)];
    let points = &trained.points.points[trained.chains.range(1)];
    // Missing stands first, others last: no lead says either, so the ridge alone decides.
    for bin in [0, points.len() - 1] {
        assert!(coefficients[bin].abs() < 1e-6, "{}", coefficients[bin]);
    }
    let seen = &points[1..points.len() - 1];
    let (low, high) = (seen.iter().min().expect("segments"), seen.iter().max().expect("segments"));
    assert!(points[points.len() - 1] > *low && points[points.len() - 1] < *high, "{points:?}");
    // 30 segments from 2 leads up, each in a bin of its own.
    assert_eq!(seen.len(), N_SEGMENTS);
}

/// The table of ARCHITECTURE: `cargo test --release --lib segment_tests -- --ignored --nocapture`.
#[test]
#[ignore = "a table over made-up companies; a minute"]
fn table_of_made_up_segments() {
    println!(
        "| true spread | leads | error of offsets: none, alone, borrowing | excess loss: none, alone, borrowing | spread found |"
    );
    for (spread, scale) in [(0.5, 1.0), (0.5, 0.2), (1.0, 1.0), (0.25, 1.0), (0.0, 1.0), (0.0, 0.2)] {
        let ([none, alone, borrowing], found) = mean_quality(spread, scale, 40);
        let n_leads = world(spread, scale, 0).fit.len();
        println!(
            "| {spread} | {n_leads} | {:.4}, {:.4}, {:.4} | {:.5}, {:.5}, {:.5} | {found:.3} |",
            none.0, alone.0, borrowing.0, none.1, alone.1, borrowing.1
        );
    }
}
