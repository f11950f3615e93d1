//! The joint fit as a linfa estimator: parameters, checked parameters, `Fit` on a `Dataset`, `Predict`.

use linfa::dataset::{DatasetBase, Records};
use linfa::traits::{Fit, PredictInplace};
use linfa::{Float, ParamGuard};
use ndarray::Array1;

use super::loss::{Observed, log_odds};
use super::newton::NewtonParams;
use super::penalty::Chains;
use super::{FitError, JointFit, Stiffness, fit_joint};
use crate::math::logistic;
use crate::model::bins::Codes;

/// Wishes for a joint fit; [`ParamGuard::check`] makes them [`JointLogisticValidParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct JointLogisticParams(JointLogisticValidParams);

/// Checked wishes for a joint fit.
#[derive(Debug, Clone, PartialEq)]
pub struct JointLogisticValidParams {
    chains: Chains,
    stiffness: Stiffness,
    newton: NewtonParams,
}

/// The joint logistic model over fine bins; see [`fit_joint`].
pub type JointLogistic = JointLogisticParams;

impl JointLogisticParams {
    /// A model over these chains of bins, with smoothness 3 and ridge 1.
    pub fn new(chains: Chains) -> Self {
        let stiffness = Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: false };
        Self(JointLogisticValidParams { chains, stiffness, newton: NewtonParams::default() })
    }

    /// How stiff the shapes are.
    pub fn stiffness(mut self, stiffness: Stiffness) -> Self {
        self.0.stiffness = stiffness;
        self
    }

    /// When the fit is good enough.
    pub fn newton(mut self, newton: NewtonParams) -> Self {
        self.0.newton = newton;
        self
    }
}

impl ParamGuard for JointLogisticParams {
    type Checked = JointLogisticValidParams;
    type Error = FitError;

    fn check_ref(&self) -> Result<&Self::Checked, FitError> {
        let Stiffness { smoothness, ridge, .. } = self.0.stiffness;
        for (name, value) in [("smoothness", smoothness), ("ridge", ridge), ("tolerance", self.0.newton.tolerance)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(FitError::BadParameter { name, value });
            }
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, FitError> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl Records for Codes {
    type Elem = u8;

    fn nsamples(&self) -> usize {
        self.n_leads
    }

    fn nfeatures(&self) -> usize {
        self.columns.len()
    }
}

impl Fit<Codes, Array1<f64>, FitError> for JointLogisticValidParams {
    type Object = JointFit;

    /// Outcomes lie in `0.0..=1.0`; the weights of the data set count, all 1 where it has none.
    fn fit(&self, dataset: &DatasetBase<Codes, Array1<f64>>) -> Result<JointFit, FitError> {
        let outcome: Vec<f64> = dataset.targets.to_vec();
        let weight: Option<Vec<f64>> = dataset.weights().map(|weights| weights.iter().map(|&w| f64::cast(w)).collect());
        let observed = Observed { codes: &dataset.records, outcome: &outcome, weight: weight.as_deref() };
        fit_joint(observed, &self.chains, &self.stiffness, &self.newton)
    }
}

impl PredictInplace<Codes, Array1<f64>> for JointFit {
    /// Probability of conversion of each lead.
    fn predict_inplace<'a>(&'a self, codes: &'a Codes, probability: &mut Array1<f64>) {
        let eta = log_odds(codes, self.intercept, &self.coefficients);
        probability.iter_mut().zip(eta).for_each(|(p, eta)| *p = logistic(eta));
    }

    fn default_target(&self, codes: &Codes) -> Array1<f64> {
        Array1::zeros(codes.n_leads)
    }
}

impl From<linfa::Error> for FitError {
    fn from(error: linfa::Error) -> Self {
        Self::Linfa(error.to_string())
    }
}
