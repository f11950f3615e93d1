//! The joint fit against numbers made elsewhere, finite differences, and linfa's plain logistic regression.

use linfa::dataset::DatasetBase;
use linfa::traits::{Fit, Predict};
use ndarray::{Array1, Array2};
use proptest::prelude::*;
use serde::Deserialize;

use super::estimator::JointLogistic;
use super::loss::{Observed, log_odds};
use super::newton::NewtonParams;
use super::penalty::{Chains, Penalty};
use super::{FitError, Stiffness, fit_joint};
use crate::model::bins::Codes;
use rand::{Rng, SeedableRng};

/// One case of `tests/reference/fit.json`, made by `make_fit_reference.py` beside it.
#[derive(Debug, Deserialize)]
struct Reference {
    name: String,
    n_bins: Vec<usize>,
    n_chained: Vec<usize>,
    codes: Vec<Vec<u8>>,
    y: Vec<f64>,
    weights: Vec<f64>,
    smoothness: f64,
    ridge: f64,
    log_odds: Vec<f64>,
    /// Absent where nothing but the log-odds is identified (no ridge).
    intercept: Option<f64>,
    coefficients: Option<Vec<f64>>,
    objective: f64,
}

#[derive(Debug, Deserialize)]
struct References {
    cases: Vec<Reference>,
}

#[test]
fn agrees_with_scipy_scikit_learn_and_statsmodels() {
    let references: References =
        serde_json::from_str(include_str!("../../../tests/reference/fit.json")).expect("valid");
    assert!(references.cases.len() >= 12);
    for case in &references.cases {
        let chains = chains(&case.n_bins, &case.n_chained);
        let codes = Codes { columns: case.codes.clone(), n_bins: case.n_bins.clone(), n_leads: case.y.len() };
        let observed = Observed { codes: &codes, outcome: &case.y, weight: Some(&case.weights) };
        let stiffness = Stiffness { smoothness: case.smoothness, ridge: case.ridge, reweighted: false };
        let params = NewtonParams { tolerance: 1e-15, ..NewtonParams::default() };
        let fit = fit_joint(observed, &chains, &stiffness, &params).expect(&case.name);
        let objective = observed.loss_and_gradient(fit.intercept, &fit.coefficients).0
            + Penalty::flat(&chains, case.smoothness, case.ridge).value(&fit.coefficients);
        // The references solve to gradients of about 1e-8; with curvatures of at least a third that is 1e-7 here.
        assert!((objective - case.objective).abs() < 1e-7, "{}: {objective} and {}", case.name, case.objective);
        for (ours, theirs) in log_odds(&codes, fit.intercept, &fit.coefficients).iter().zip(&case.log_odds) {
            assert!((ours - theirs).abs() < 1e-5, "{}: {ours} and {theirs}", case.name);
        }
        // We stop with at most 1e-15 nats a lead left, 4e-13 in all; where only a ridge of 0.01 holds a direction that is
        // sqrt(2 * 4e-13 / 0.01) = 9e-6 of a coefficient.
        if let (Some(intercept), Some(coefficients)) = (case.intercept, &case.coefficients) {
            assert!((fit.intercept - intercept).abs() < 1e-5, "{}: {} and {intercept}", case.name, fit.intercept);
            for (ours, theirs) in fit.coefficients.iter().zip(coefficients) {
                assert!((ours - theirs).abs() < 1e-5, "{}: {ours} and {theirs}", case.name);
            }
        }
    }
}

#[test]
fn agrees_with_linfa_logistic_under_a_plain_ridge() {
    let (codes, outcome) = made_up(400, &[4, 3, 5], 7);
    let chains = chains(&codes.n_bins, &[3, 2, 4]);
    let stiffness = Stiffness { smoothness: 0.0, ridge: 2.0, reweighted: false };
    let data = DatasetBase::new(codes.clone(), Array1::from(outcome.clone()));
    let exact = NewtonParams { tolerance: 1e-15, ..NewtonParams::default() };
    let ours = JointLogistic::new(chains).stiffness(stiffness).newton(exact).fit(&data).expect("fits");

    let offsets = codes.offsets();
    let mut design = Array2::zeros((codes.n_leads, offsets[3]));
    for (column, &offset) in codes.columns.iter().zip(&offsets) {
        for (lead, &code) in column.iter().enumerate() {
            design[(lead, offset + usize::from(code))] = 1.0;
        }
    }
    let labels: Array1<bool> = outcome.iter().map(|&y| y > 0.5).collect();
    let theirs = linfa_logistic::LogisticRegression::default()
        .alpha(2.0)
        .max_iterations(1000)
        .gradient_tolerance(1e-6)
        .fit(&DatasetBase::new(design, labels))
        .expect("fits");
    // linfa calls the more frequent class positive.
    let sign = if theirs.labels().pos.class { 1.0 } else { -1.0 };
    // linfa stops at a gradient of 1e-6; the ridge of 2 bounds the curvature from below.
    assert!(
        (ours.intercept - sign * theirs.intercept()).abs() < 1e-5,
        "{} and {}",
        ours.intercept,
        sign * theirs.intercept()
    );
    for (ours, theirs) in ours.coefficients.iter().zip(theirs.params()) {
        assert!((ours - sign * theirs).abs() < 1e-5, "{ours} and {theirs}");
    }
    let probability: Array1<f64> = ours.predict(&data);
    assert!((probability.sum() - outcome.iter().sum::<f64>()).abs() < 1e-4, "a free intercept balances the sums");
}

#[test]
fn one_outcome_is_refused() {
    let (codes, _) = made_up(50, &[3], 1);
    let observed = Observed { codes: &codes, outcome: &[1.0; 50], weight: None };
    let stiffness = Stiffness { smoothness: 1.0, ridge: 1.0, reweighted: false };
    let error =
        fit_joint(observed, &chains(&[3], &[2]), &stiffness, &NewtonParams::default()).expect_err("one outcome");
    assert_eq!(error, FitError::OneOutcome { n_leads: 50 });
    assert_eq!(error.to_string(), "all 50 leads have the same outcome: there is nothing to tell apart");
}

#[test]
fn a_negative_ridge_is_refused() {
    let (codes, outcome) = made_up(50, &[3], 1);
    let stiffness = Stiffness { smoothness: 1.0, ridge: -1.0, reweighted: false };
    let error = JointLogistic::new(chains(&[3], &[2]))
        .stiffness(stiffness)
        .fit(&DatasetBase::new(codes, Array1::from(outcome)))
        .expect_err("negative");
    assert_eq!(error.to_string(), "`ridge` of the fit is -1; it must be a number of at least 0");
}

#[test]
fn sampled_curvature_leads_to_the_same_place() {
    let (codes, outcome) = made_up(5000, &[6, 4, 3, 8], 3);
    let chains = chains(&codes.n_bins, &[5, 3, 2, 7]);
    let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
    let stiffness = Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: true };
    let fit_with = |curvature_leads| {
        let params = NewtonParams { tolerance: 1e-14, curvature_leads, ..NewtonParams::default() };
        fit_joint(observed, &chains, &stiffness, &params).expect("fits")
    };
    let (all, some) = (fit_with(usize::MAX), fit_with(700));
    for (a, b) in all.coefficients.iter().zip(&some.coefficients) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
}

#[test]
fn bins_that_a_sample_hardly_sees_do_not_hold_up_the_fit() {
    // Sixty levels, most of them of a few leads, under a light ridge: a sample of a tenth misses many.
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let level = |at: f64| (60.0 * at * at * at) as u8;
    let columns: Vec<Vec<u8>> = (0..4).map(|_| (0..6000).map(|_| level(random.random::<f64>())).collect()).collect();
    let outcome: Vec<f64> = columns[0]
        .iter()
        .map(|&code| f64::from(u8::from(random.random::<f64>() < 0.1 + 0.012 * f64::from(code))))
        .collect();
    let codes = Codes { columns, n_bins: vec![60; 4], n_leads: 6000 };
    let chains = chains(&codes.n_bins, &[0; 4]);
    let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
    let stiffness = Stiffness { smoothness: 1.0, ridge: 0.1, reweighted: false };
    let fit_with = |curvature_leads| {
        let params = NewtonParams { tolerance: 1e-12, max_steps: 40, curvature_leads };
        fit_joint(observed, &chains, &stiffness, &params).expect("settles")
    };
    let (all, some) = (fit_with(usize::MAX), fit_with(600));
    for (a, b) in all.coefficients.iter().zip(&some.coefficients) {
        assert!((a - b).abs() < 1e-4, "{a} and {b}");
    }
}

proptest! {
    #[test]
    fn the_gradient_equals_finite_differences(seed in 0_u64..1000, at in 0_usize..12) {
        let (codes, outcome) = made_up(60, &[4, 3, 5], seed);
        let weight: Vec<f64> = (0..60).map(|i| 0.5 + (i % 3) as f64).collect();
        let observed = Observed { codes: &codes, outcome: &outcome, weight: Some(&weight) };
        let chains = chains(&codes.n_bins, &[3, 2, 4]);
        let penalty = Penalty::flat(&chains, 1.7, 0.4);
        let b: Vec<f64> = (0..12).map(|k| ((k * 7 + 3) % 5) as f64 / 5.0 - 0.4).collect();
        let value = |b: &[f64]| observed.loss_and_gradient(-0.3, b).0 + penalty.value(b);
        let mut gradient = observed.loss_and_gradient(-0.3, &b).1;
        penalty.add_gradient(&b, &mut gradient[1..]);
        let step = 1e-5;
        let (mut up, mut down) = (b.clone(), b.clone());
        up[at] += step;
        down[at] -= step;
        // Central differences are off by step^2 times a third derivative of at most about 100 here.
        prop_assert!((gradient[at + 1] - (value(&up) - value(&down)) / (2.0 * step)).abs() < 1e-6);
        let hessian = observed.hessian(-0.3, &b, usize::MAX);
        let (g_up, g_down) = (observed.loss_and_gradient(-0.3, &up).1, observed.loss_and_gradient(-0.3, &down).1);
        for row in 0..13 {
            prop_assert!((hessian[(row, at + 1)] - (g_up[row] - g_down[row]) / (2.0 * step)).abs() < 1e-6);
        }
    }
}

fn chains(n_bins: &[usize], n_chained: &[usize]) -> Chains {
    let mut offsets = vec![0];
    offsets.extend(n_bins.iter().scan(0, |sum, n| {
        *sum += n;
        Some(*sum)
    }));
    Chains { offsets, n_chained: n_chained.to_vec(), own_ridge: vec![None; n_bins.len()], pairs: Vec::new() }
}

/// Leads whose outcome leans on their first code; the same for the same seed.
fn made_up(n_leads: usize, n_bins: &[usize], seed: u64) -> (Codes, Vec<f64>) {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let columns: Vec<Vec<u8>> =
        n_bins.iter().map(|&n| (0..n_leads).map(|_| random.random_range(0..n as u8)).collect()).collect();
    let mut outcome: Vec<f64> = (0..n_leads)
        .map(|lead| f64::from(u8::from(random.random::<f64>() < 0.2 + 0.1 * f64::from(columns[0][lead]))))
        .collect();
    (outcome[0], outcome[1]) = (0.0, 1.0);
    (Codes { columns, n_bins: n_bins.to_vec(), n_leads }, outcome)
}
