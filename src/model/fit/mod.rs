//! Fit: one penalised logistic model over all fine bins of all criteria at once.
//!
//! In: leads as [`Codes`](crate::model::bins::Codes) with their outcomes. Out: [`JointFit`]: intercept, coefficients, curvature.
//!
//! Start at [`fit_joint`]. `loss` has value, gradient and curvature over `blocks` of leads, `penalty` what holds neighbours together, `newton` the
//! steps, `wide` those without a matrix; `selection` picks few criteria, `refit` fits again with some of them, `spread` says how much small levels borrow,
//! `estimator` is the same fit in linfa's terms, `baseline` linfa's own plain logistic regression.
//!
//! Always true: no design matrix is built; the gradient is taken over all leads.

pub mod baseline;
mod blocks;
pub mod estimator;
pub mod loss;
pub mod newton;
pub mod penalty;
pub mod random_intercept;
pub mod refit;
pub mod selection;
#[cfg(test)]
mod tests;
mod wide;

use faer::linalg::solvers::{Llt, Solve};
use faer::{Col, Mat, Side};

use loss::Observed;
use newton::{Known, NewtonParams, Weights, average_lead, minimise};
use penalty::{Chains, Penalty};

/// What can go wrong in a fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Nothing to tell apart.
    #[error("all {n_leads} leads have the same outcome: there is nothing to tell apart")]
    OneOutcome {
        /// Leads of the fit.
        n_leads: usize,
    },
    /// The steps ran out.
    #[error("the fit did not settle within {n_steps} steps ({left:.1e} nats left to gain); a stronger ridge helps")]
    NotConverged {
        /// Steps made.
        n_steps: usize,
        /// What a full step could still gain, nats.
        left: f64,
    },
    /// A setting out of range.
    #[error("`{name}` of the fit is {value}; it must be a number of at least 0")]
    BadParameter {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// linfa's own words.
    #[error("the plain logistic regression failed: {0}")]
    Linfa(String),
    /// Not a finite problem.
    #[error("the fit met a number that is not finite; check the weights and outcomes")]
    NotANumber,
}

/// How stiff the shapes are; chosen on held-out leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stiffness {
    /// Pull of neighbouring bins towards each other (`ls`).
    pub smoothness: f64,
    /// Pull of every bin towards the average lead (`lr`).
    pub ridge: f64,
    /// Refit three times with each difference weighted by one over its size, so that jumps stay sharp.
    pub reweighted: bool,
}

/// Smoothness of the first fit, from which differences are re-weighted.
const FIRST_SMOOTHNESS: f64 = 3.0;

/// Rounds of re-weighting; a fourth changes nothing that held-out leads could see.
const N_REWEIGHTINGS: usize = 3;

/// What may be left to gain per lead where a fit is only what the next is weighted by: so many times what may be left in the end, and no
/// more than this, nats. A thousandth of a nat of a million leads moves a difference by a twentieth of its standard error, far below what
/// is added to it ([`Penalty::reweighted`]).
const TIMES_TO_REWEIGHT: f64 = 10.0;
const MOST_TO_REWEIGHT: f64 = 1e-9;

/// The fitted model with what the points stage needs.
#[derive(Debug, Clone)]
pub struct JointFit {
    /// Log-odds of a lead whose coefficients are all 0.
    pub intercept: f64,
    /// Log-odds added by each bin of each criterion.
    pub coefficients: Vec<f64>,
    /// The penalty in force in the last round.
    pub penalty: Penalty,
    /// Curvature of loss and penalty there, intercept first.
    pub hessian: Mat<f64>,
    /// What a full step could still gain, nats.
    pub left: f64,
}

impl JointFit {
    /// The fit without its curvature, which is most of its size.
    pub fn into_trial(self) -> Trial {
        let Self { intercept, coefficients, penalty, left, .. } = self;
        Trial { intercept, coefficients, penalty, left }
    }
}

/// A stiffness tried: coefficients only, for choosing among many on the same leads.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Log-odds of a lead whose coefficients are all 0.
    pub intercept: f64,
    /// Log-odds added by each bin of each criterion.
    pub coefficients: Vec<f64>,
    /// The penalty in force in the last round.
    pub penalty: Penalty,
    left: f64,
}

/// Fits one set of leads again and again with different stiffness; each fit starts where the last one ended.
#[derive(Debug)]
pub struct JointFitter<'a> {
    observed: Observed<'a>,
    chains: &'a Chains,
    params: NewtonParams,
    known: Known,
    /// Solution at [`FIRST_SMOOTHNESS`] per ridge: the start of every re-weighting.
    firsts: Vec<(f64, Weights)>,
    last: Weights,
}

impl<'a> JointFitter<'a> {
    /// # Errors
    /// [`FitError::OneOutcome`] when every lead converted, or none did.
    pub fn new(observed: Observed<'a>, chains: &'a Chains, params: NewtonParams) -> Result<Self, FitError> {
        let last = average_lead(&observed)?;
        Ok(Self { observed, chains, params, known: Known::default(), firsts: Vec::new(), last })
    }

    /// Starts where a fit to nearly the same leads ended.
    #[must_use]
    pub fn starting_at(mut self, trial: &Trial) -> Self {
        self.last = Weights { intercept: trial.intercept, coefficients: trial.coefficients.clone() };
        self
    }

    /// Fits at one stiffness.
    ///
    /// # Errors
    /// Those of [`minimise`].
    pub fn fit(&mut self, stiffness: &Stiffness) -> Result<Trial, FitError> {
        if !stiffness.reweighted {
            let penalty = Penalty::flat(self.chains, stiffness.smoothness, stiffness.ridge);
            return self.step(penalty, self.last.clone(), self.params);
        }
        let in_the_end = self.params.tolerance;
        let tolerance = (TIMES_TO_REWEIGHT * in_the_end).min(MOST_TO_REWEIGHT).max(in_the_end);
        let roughly = NewtonParams { tolerance, ..self.params };
        let mut start = match self.firsts.iter().find(|(ridge, _)| *ridge == stiffness.ridge) {
            Some((_, first)) => first.clone(),
            None => {
                let penalty = Penalty::flat(self.chains, FIRST_SMOOTHNESS, stiffness.ridge);
                self.step(penalty, self.last.clone(), roughly)?;
                self.firsts.push((stiffness.ridge, self.last.clone()));
                self.last.clone()
            }
        };
        let mut penalty = Penalty::reweighted(self.chains, stiffness.smoothness, stiffness.ridge, &start.coefficients);
        for _ in 1..N_REWEIGHTINGS {
            let trial = self.step(penalty, start.clone(), roughly)?;
            penalty = Penalty::reweighted(self.chains, stiffness.smoothness, stiffness.ridge, &trial.coefficients);
            start = self.last.clone();
        }
        self.step(penalty, start, self.params)
    }

    /// The fit with pairs, from one without: the penalty of the criteria stays as it came to be.
    ///
    /// - `trial`: a fit with the first columns alone.
    ///
    /// # Errors
    /// Those of [`minimise`].
    pub fn extend(&mut self, trial: &Trial) -> Result<Trial, FitError> {
        let mut coefficients = trial.coefficients.clone();
        coefficients.resize(self.chains.n_coefficients(), 0.0);
        let start = Weights { intercept: trial.intercept, coefficients };
        self.step(trial.penalty.extended(self.chains), start, self.params)
    }

    fn step(&mut self, penalty: Penalty, start: Weights, params: NewtonParams) -> Result<Trial, FitError> {
        let (weights, left) = minimise(&self.observed, &penalty, &start, &mut self.known, &params)?;
        self.last = weights.clone();
        let Weights { intercept, coefficients } = weights;
        Ok(Trial { intercept, coefficients, penalty, left })
    }

    /// A trial with the curvature at its own place, ready for the points stage.
    pub fn finish(&self, trial: Trial) -> JointFit {
        let Trial { intercept, coefficients, penalty, left } = trial;
        let mut hessian = self.observed.hessian(intercept, &coefficients, self.params.curvature_leads);
        penalty.add_hessian(&mut hessian);
        JointFit { intercept, coefficients, penalty, hessian, left }
    }
}

/// Errors of sums of coefficients.
#[derive(Debug)]
pub struct Contrasts {
    root: Llt<f64>,
}

impl Contrasts {
    /// - `hessian`: curvature of loss and penalty, intercept first.
    ///
    /// # Errors
    /// [`FitError::NotANumber`] when it has no root.
    pub fn new(hessian: &Mat<f64>) -> Result<Self, FitError> {
        let root = Llt::new(hessian.as_ref(), Side::Lower).map_err(|_| FitError::NotANumber)?;
        Ok(Self { root })
    }

    /// Standard error of `contrast . (a, b)` by the outcomes of some of the leads, the others taken as given:
    /// `sqrt(c' H^-1 E H^-1 c)`.
    ///
    /// - `contrast`: intercept first, shape `(1 + n_coefficients,)`.
    /// - `evidence`: `E`, curvature of the loss over those leads, without penalty.
    ///
    /// # Source
    /// The sandwich of White (1982), *Econometrica* 50, 1-25, with the model's own variance of an outcome.
    pub fn error(&self, contrast: &[f64], evidence: &Mat<f64>) -> f64 {
        let x = self.root.solve(Col::from_fn(contrast.len(), |k| contrast[k]));
        let pulled = evidence * &x;
        (0..contrast.len()).map(|k| x[k] * pulled[k]).sum::<f64>().max(0.0).sqrt()
    }
}

/// Fits one set of leads at one stiffness:
///
/// `minimise sum_i w_i loss(y_i, a + sum_j b[j, code_ij]) + (ls/2) sum (b[j,k+1] - b[j,k])^2 + (lr/2) |b|^2`
///
/// # Errors
/// Those of [`JointFitter::new`] and [`JointFitter::fit`].
pub fn fit_joint(
    observed: Observed<'_>,
    chains: &Chains,
    stiffness: &Stiffness,
    params: &NewtonParams,
) -> Result<JointFit, FitError> {
    let mut fitter = JointFitter::new(observed, chains, *params)?;
    let trial = fitter.fit(stiffness)?;
    Ok(fitter.finish(trial))
}
