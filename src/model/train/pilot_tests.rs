//! Many leads: a fit that starts from one of a few of them ends where one from nothing does.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::censored::{CensoredFit, PILOT_ABOVE};
use super::*;
use crate::card::InputKind;
use crate::data::features::{CriterionColumn, Values};
use crate::math::logistic;
use crate::model::fit::newton::NewtonParams;
use crate::model::fit::{Stiffness, fit_joint};
use crate::model::points::PointsProblem;

#[test]
fn many_leads_get_the_points_of_a_fit_from_nothing() {
    let n_leads = PILOT_ABOVE + 3_000;
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let answers: Vec<[f64; 3]> = (0..n_leads).map(|_| [rng.random(), rng.random(), rng.random()]).collect();
    let log_odds = |[rising, jump, _]: &[f64; 3]| -2.5 + 2.0 * rising + f64::from(u8::from(*jump > 0.7));
    let converted: Vec<f64> =
        answers.iter().map(|answers| f64::from(u8::from(rng.random::<f64>() < logistic(log_odds(answers))))).collect();
    let cells = |at: usize| {
        let values = Values::Numbers(answers.iter().map(|answers| (answers[at] * 500.0).round()).collect());
        CriterionCells::of(&CriterionColumn::plain("x", InputKind::Number, values))
    };
    let criteria: Vec<CriterionCells> = (0..3).map(cells).collect();
    let (keys, leads): (Vec<u64>, Vec<u32>) = (0..n_leads as u32).map(|lead| (rng.random::<u64>(), lead)).unzip();
    let part = TrainingPart {
        criteria: &criteria,
        converted: &converted,
        keys: &keys,
        leads: &leads,
        censored: &[],
        kept_edges: &[],
    };
    let stiffness = Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: true };
    let settings = FitSettings { stiffness, row_price: 0.25, offset_variance: None };
    let fitted = censored::fit(&part, &[0, 1, 2], &settings, &PairRule::none()).expect("fits");
    let CensoredFit { bins, chains, fit, sample, codes, .. } = &fitted;
    let observed = sample.observed(codes);
    let params = NewtonParams { tolerance: 1e-13, ..NewtonParams::default() };
    let from_nothing = fit_joint(observed, chains, &stiffness, &params).expect("fits");
    for (here, there) in fit.coefficients.iter().zip(&from_nothing.coefficients) {
        // The standard error of a bin is about 0.05.
        assert!((here - there).abs() < 1e-3, "{here} and {there}");
    }
    let points = |fit| {
        let rule = PointsRule { scale: ScaleRule::Span(100), unit: 1 };
        PointsProblem::new(fit, observed, chains, &bins.trends()).choose(&rule, settings.row_price).points
    };
    assert_eq!(points(fit), points(&from_nothing));
}
