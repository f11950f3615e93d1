//! Made-up segments with known truth, and small cases for paper.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Col, Mat, Side};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::decide::frontier::testing::judged;
use crate::math::{logistic, logit};

/// A company of four segments and two criteria of four levels each.
struct World {
    /// Leads of each segment.
    sizes: [usize; 4],
    /// Log-odds of each level of the first criterion in segment 0, and in the others.
    own: [f64; 4],
    usual: [f64; 4],
    /// What the card takes the levels for; its promise is off by the rest, in all segments alike.
    promised: [f64; 4],
    /// True shift of segment 1, of which the card knows nothing.
    shift: f64,
}

const USUAL: [f64; 4] = [-0.8, -0.2, 0.3, 0.9];

const ALIKE: World = World { sizes: [600, 500, 400, 300], own: USUAL, usual: USUAL, promised: USUAL, shift: 0.0 };

struct Drawn {
    judged: OutOfFold,
    segment: Grouping,
    criteria: Vec<LevelsOfLeads>,
}

impl World {
    fn draw(&self, seed: u64) -> Drawn {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut score, mut probability, mut converted, mut positions) = (vec![], vec![], vec![], vec![]);
        let mut levels = [Vec::new(), Vec::new()];
        for (segment, &size) in self.sizes.iter().enumerate() {
            for _ in 0..size {
                let answers = [rng.random_range(0..4_usize), rng.random_range(0..4_usize)];
                let base = -1.4 + 0.25 * answers[1] as f64;
                let level = if segment == 0 { self.own } else { self.usual }[answers[0]];
                let truth = base + level + if segment == 1 { self.shift } else { 0.0 };
                let promise = base + self.promised[answers[0]];
                score.push((20.0 * promise) as i32);
                probability.push(logistic(promise));
                converted.push(rng.random::<f64>() < logistic(truth));
                positions.push(segment as u32);
                levels.iter_mut().zip(answers).for_each(|(levels, answer)| levels.push(answer as u8));
            }
        }
        let labels: Vec<String> = ["none", "asked", "requested", "approved"].map(str::to_owned).to_vec();
        let names = ["Health", "Steel", "Food", "Retail"].map(str::to_owned).to_vec();
        Drawn {
            judged: judged(&score, &probability, &converted),
            segment: Grouping { column: "industry".to_owned(), names, positions },
            criteria: (["budget", "need"].into_iter().zip(levels))
                .map(|(criterion, levels)| LevelsOfLeads {
                    criterion: criterion.to_owned(),
                    labels: labels.clone(),
                    levels,
                })
                .collect(),
        }
    }
}

impl Drawn {
    fn shapes(&self) -> record::SegmentShapes {
        shapes::segment_shapes(&self.segment, &self.judged, &self.criteria)
    }
}

#[test]
fn where_nothing_differs_about_one_run_in_ten_lists_anything() {
    // The card is wrong about two levels and one segment, alike everywhere: that is no difference between segments.
    let world = World { promised: [-0.4, -0.2, 0.0, 0.9], shift: -0.5, ..ALIKE };
    let n_runs = 120;
    let n_listed = (0..n_runs).filter(|&seed| !world.draw(seed).shapes().found.is_empty()).count();
    // 12 expected at most; three standard errors of the count are 10.
    assert!(n_listed <= 22, "{n_listed} of {n_runs}");
}

#[test]
fn a_shape_turned_round_in_one_segment_is_found() {
    let world = World { own: [0.9, 0.3, -0.2, -0.8], ..ALIKE };
    let n_runs = 40;
    let found = |seed: &u64| {
        let shapes = world.draw(1000 + seed).shapes();
        shapes.found.first().is_some_and(|shape| shape.segment == "Health" && shape.criterion == "budget")
    };
    let n_found = (0..n_runs).filter(found).count();
    assert!(n_found >= 36, "{n_found} of {n_runs}");
    let shapes = world.draw(1).shapes();
    assert_eq!((shapes.n_tested, shapes.n_too_few), (8, 0));
    let levels = &shapes.found[0].levels;
    assert_eq!(levels.iter().map(|level| level.n_leads).sum::<u64>(), 600);
    // The segment as a whole is fitted, so what came and what was expected agree in sum.
    let (came, expected) =
        levels.iter().fold((0.0, 0.0), |sum, level| (sum.0 + level.n_converted as f64, sum.1 + level.n_expected));
    assert!((came - expected).abs() < 0.01, "{came} {expected}");
    assert!(levels[0].z > 3.0 && levels[3].z < -3.0, "{levels:?}");
}

#[test]
fn half_a_log_odds_at_one_level_is_found_now_and_then_and_never_mistaken_for_a_shift() {
    // The segment as a whole is better by one log-odds: no shape of its own.
    let world = World { own: USUAL.map(|level| level + 1.0), ..ALIKE };
    let n_listed = (0..40).filter(|&seed| !world.draw(2000 + seed).shapes().found.is_empty()).count();
    assert!(n_listed <= 10, "{n_listed} of 40");
}

/// The statistic once more, from a dense logistic regression: all parameters in one information matrix.
#[test]
fn the_statistic_is_that_of_the_full_regression() {
    let drawn = World { sizes: [120, 100, 60, 50], own: [0.9, 0.3, -0.2, -0.8], ..ALIKE }.draw(7);
    let shapes = drawn.shapes();
    let shape = shapes.found.iter().find(|shape| shape.criterion == "budget" && shape.segment == "Health");
    let shape = shape.expect("turned round");
    assert_eq!((shape.degrees, shape.levels.len()), (3, 4), "no level had to be pooled: {shape:?}");
    // Columns: four segments, three levels against the first, the same three within segment 0.
    let n_columns = 10;
    let design = |lead: usize| {
        let (segment, level) = (drawn.segment.positions[lead] as usize, usize::from(drawn.criteria[0].levels[lead]));
        let mut row = vec![0.0; n_columns];
        row[segment] = 1.0;
        if level > 0 {
            row[3 + level] = 1.0;
            row[6 + level] = f64::from(u8::from(segment == 0));
        }
        row
    };
    let n_leads = drawn.judged.n_leads();
    let mut beta = vec![0.0; n_columns];
    let score_and_information = |beta: &[f64]| {
        let (mut score, mut information) = (vec![0.0; n_columns], Mat::<f64>::zeros(n_columns, n_columns));
        for lead in 0..n_leads {
            let row = design(lead);
            let eta = logit(drawn.judged.probability[lead]) + row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
            let p = logistic(eta);
            for a in 0..n_columns {
                score[a] += row[a] * (f64::from(u8::from(drawn.judged.converted[lead])) - p);
                for b in 0..n_columns {
                    information[(a, b)] += row[a] * row[b] * p * (1.0 - p);
                }
            }
        }
        (score, information)
    };
    let solve = |information: &Mat<f64>, score: &[f64]| -> Vec<f64> {
        let root = Llt::new(information.as_ref(), Side::Lower).expect("full rank");
        let solved = root.solve(Col::from_fn(score.len(), |at| score[at]));
        (0..score.len()).map(|at| solved[at]).collect()
    };
    for _ in 0..30 {
        // The null: the last three columns stay at 0.
        let (score, information) = score_and_information(&beta);
        let null = Mat::from_fn(7, 7, |a, b| information[(a, b)]);
        let step = solve(&null, &score[..7]);
        beta.iter_mut().zip(step).for_each(|(beta, step)| *beta += step);
    }
    let (score, information) = score_and_information(&beta);
    let expected: f64 = solve(&information, &score).iter().zip(&score).map(|(x, u)| x * u).sum();
    assert!((shape.chi_square / expected - 1.0).abs() < 1e-4, "{} {expected}", shape.chi_square);
}

#[test]
fn levels_with_few_conversions_are_counted_with_their_neighbour() {
    let mut drawn = World { sizes: [60, 600, 600, 600], ..ALIKE }.draw(3);
    let shapes = drawn.shapes();
    assert!(shapes.n_pooled_levels > 0, "{shapes:?}");
    // A segment where nobody converts cannot be tested.
    drawn.segment.positions.iter().zip(&mut drawn.judged.converted).for_each(|(&at, won)| *won &= at != 3);
    let shapes = drawn.shapes();
    assert!(shapes.n_too_few >= 2, "{shapes:?}");
    assert!(shapes.found.iter().all(|shape| shape.segment != "Retail"), "{shapes:?}");
}

#[test]
fn a_segment_that_converts_half_as_often_is_off_and_a_small_one_is_said_to_be_small() {
    let drawn = World { sizes: [600, 500, 400, 20], shift: -0.9, ..ALIKE }.draw(11);
    let rows = reliability::by_segment(&drawn.segment, &drawn.judged);
    let names: Vec<&str> = rows.iter().map(|row| row.segment.as_str()).collect();
    assert_eq!(names, ["Health", "Steel", "Food", "Retail"], "most leads first");
    assert_eq!(rows.iter().map(|row| row.is_off).collect::<Vec<_>>(), [false, true, false, false], "{rows:?}");
    assert_eq!(rows.iter().map(|row| row.is_too_small).collect::<Vec<_>>(), [false, false, false, true]);
    assert!(rows[1].high < 1.0 && rows[0].low < 1.0 && rows[0].high > 1.0, "{rows:?}");
    assert!(rows[3].calibration_slope.is_none() && rows[3].auc.is_none());
    let slope = rows[0].calibration_slope.expect("enough");
    assert!(rows[0].slope_low.expect("low") < slope && slope < rows[0].slope_high.expect("high"));
    assert_eq!(rows.iter().map(|row| row.n_leads).sum::<u64>(), 1520);
}

#[test]
fn nine_in_ten_intervals_of_the_slope_hold_the_truth() {
    let n_runs = 60;
    let held = (0..n_runs)
        .flat_map(|seed| {
            let drawn = ALIKE.draw(4000 + seed);
            reliability::by_segment(&drawn.segment, &drawn.judged)
        })
        .filter(|row| row.slope_low.is_some_and(|low| low < 1.0) && row.slope_high.is_some_and(|high| high > 1.0))
        .count();
    // 240 intervals: the standard error of the share is 0.019.
    let share = held as f64 / (4 * n_runs) as f64;
    assert!((0.84..=0.96).contains(&share), "{share}");
}

/// Two groups small enough for paper, one policy that hands off half of those tied at its line.
#[test]
fn hand_offs_are_counted_with_their_share_of_ties() {
    let n = 40;
    let converted: Vec<bool> = (0..2 * n).map(|lead| lead % 10 == 0).collect();
    let leads = judged(&vec![5; 2 * n], &vec![0.1; 2 * n], &converted);
    // North: 20 whole leads and 10 halves; South: 10 whole ones and 5 halves.
    let share = |lead: usize| match (lead < n, lead % n) {
        (true, at) if at < 20 => 1.0,
        (true, at) if at < 30 => 0.5,
        (false, at) if at < 10 => 1.0,
        (false, at) if at < 15 => 0.5,
        _ => 0.0,
    };
    let names = vec!["North".to_owned(), "South".to_owned(), "nobody".to_owned()];
    let positions = (0..2 * n).map(|lead| u32::from(lead >= n)).collect();
    let compared = Compared { group: Grouping { column: "region".to_owned(), names, positions }, gives_points: false };
    let policy = HandedOff { policy: "half".to_owned(), shares: (0..2 * n).map(share).collect() };
    let groups = JudgedGroups {
        judged: &leads,
        segment: None,
        compared: vec![compared],
        criteria: vec![],
        policies: vec![policy],
    };
    let (metrics, notes) = measure(&groups).expect("compared");
    assert_eq!((metrics.column, metrics.shapes, notes.len()), (None, None, 0));
    let policy = &metrics.fairness[0].policies[0];
    assert_eq!(policy.highest.as_deref(), Some("North"));
    let [north, south] = &policy.groups[..] else { panic!("two groups: {policy:?}") };
    assert_eq!((north.n_handed_off, south.n_handed_off), (25.0, 12.5));
    assert_eq!((north.ratio, south.ratio), (Some(1.0), Some(0.5)));
    // Leads 0, 10, 20 and 30 of each converted: whole, whole, half, none; and whole, half, none, none.
    assert_eq!((north.n_handed_off_converted, south.n_handed_off_converted), (2.5, 1.5));
    assert_eq!((north.share_of_converted, south.share_of_converted), (Some(2.5 / 4.0), Some(1.5 / 4.0)));
    assert!((north.n_handed_off_expected - 2.5).abs() < 1e-12 && (south.n_expected - 4.0).abs() < 1e-12);
    assert!((south.observed_over_expected - 1.0).abs() < 1e-12);
    // exp(ln 0.5 -+ 1.645 sqrt((1 - 0.3125) / 12.5 + (1 - 0.625) / 25)) is 0.3236 and 0.7726.
    assert!((south.ratio_low.expect("low") - 0.3236).abs() < 1e-4, "{south:?}");
    assert!((south.ratio_high.expect("high") - 0.7726).abs() < 1e-4, "{south:?}");
}

#[test]
fn nine_in_ten_intervals_of_the_ratio_hold_the_truth() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (n_runs, n, truth) = (400, 200, [0.30, 0.21]);
    let mut held = 0;
    for _ in 0..n_runs {
        let shares: Vec<f64> =
            (0..2 * n).map(|lead| f64::from(u8::from(rng.random::<f64>() < truth[lead / n]))).collect();
        let leads =
            judged(&vec![5; 2 * n], &vec![0.1; 2 * n], &(0..2 * n).map(|lead| lead % 9 == 0).collect::<Vec<_>>());
        let names = vec!["North".to_owned(), "South".to_owned()];
        let positions = (0..2 * n).map(|lead| (lead / n) as u32).collect();
        let group = Grouping { column: "region".to_owned(), names, positions };
        let groups = JudgedGroups {
            judged: &leads,
            segment: None,
            compared: vec![Compared { group, gives_points: true }],
            criteria: vec![],
            policies: vec![HandedOff { policy: "p".to_owned(), shares }],
        };
        let (metrics, _) = measure(&groups).expect("compared");
        let south = &metrics.fairness[0].policies[0].groups[1];
        let ends = south.ratio_low.zip(south.ratio_high).expect("large enough");
        held += usize::from((ends.0..=ends.1).contains(&(truth[1] / truth[0])));
    }
    // The standard error of the share is 0.015.
    let share = held as f64 / f64::from(n_runs);
    assert!((0.85..=0.95).contains(&share), "{share}");
}

#[test]
fn hundreds_of_groups_are_the_largest_and_the_rest() {
    let positions: Vec<u32> = (0..300).chain([7; 5]).chain([9; 3]).collect();
    let names = (0..300).map(|name| format!("s{name:03}")).collect();
    let few = largest_groups(&Grouping { column: "x".to_owned(), names, positions }, 3);
    assert_eq!(few.names, ["s007", "s009", OTHERS]);
    assert_eq!(members(&few).iter().map(Vec::len).collect::<Vec<_>>(), [6, 4, 298]);
}

#[test]
fn without_segments_or_compared_groups_nothing_is_said() {
    let leads = judged(&[1, 2], &[0.5; 2], &[true, false]);
    let nothing = JudgedGroups { judged: &leads, segment: None, compared: vec![], criteria: vec![], policies: vec![] };
    assert_eq!(measure(&nothing), None);
}
