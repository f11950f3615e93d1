//! Fitting again with some of the criteria: from the fit with all of them, each refit is a few steps.

use faer::Mat;

use super::loss::Observed;
use super::newton::{Known, NewtonParams, Weights, minimise};
use super::penalty::{Chains, Penalty};
use super::{FitError, JointFit, Stiffness, Trial};

/// A fit with all criteria, from which fits with some of them start.
#[derive(Debug)]
pub struct Refitter<'a> {
    chains: &'a Chains,
    stiffness: Stiffness,
    start: &'a Trial,
    /// Curvature of the loss alone at the start, intercept first.
    curvature: Mat<f64>,
}

impl<'a> Refitter<'a> {
    /// - `observed`: the leads of all refits, with the codes of all criteria; `start`: their fit at this stiffness.
    pub fn new(observed: &Observed<'_>, chains: &'a Chains, stiffness: Stiffness, start: &'a Trial) -> Self {
        let at_most = NewtonParams::default().curvature_leads;
        let curvature = observed.hessian(start.intercept, &start.coefficients, at_most);
        Self { chains, stiffness, start, curvature }
    }

    /// The fit with most of the criteria. Where penalties are re-weighted it starts with that of the fit with all criteria and
    /// takes its own once; for a few of the criteria that would not be enough.
    ///
    /// - `observed`: the same leads, with the codes of those criteria in that order; `chains`: theirs.
    ///
    /// # Errors
    /// Those of [`minimise`].
    pub fn fit(&self, observed: &Observed<'_>, chains: &Chains, criteria: &[usize]) -> Result<JointFit, FitError> {
        let coefficients: Vec<f64> =
            criteria.iter().flat_map(|&j| self.start.coefficients[self.chains.range(j)].iter().copied()).collect();
        let mut known = Known::curvature(self.curvature_of(criteria));
        let params = NewtonParams::for_points();
        let mut penalty = self.start.penalty.select(self.chains, criteria);
        let start = Weights { intercept: self.start.intercept, coefficients };
        let (mut weights, mut left) = minimise(observed, &penalty, &start, &mut known, &params)?;
        let Stiffness { smoothness, ridge, reweighted } = self.stiffness;
        if reweighted {
            penalty = Penalty::reweighted(chains, smoothness, ridge, &weights.coefficients);
            (weights, left) = minimise(observed, &penalty, &weights, &mut known, &params)?;
        }
        // Good enough for the last steps, and so for the points.
        let mut hessian = known.into_curvature().unwrap_or_else(|| self.curvature_of(criteria));
        penalty.add_hessian(&mut hessian);
        let Weights { intercept, coefficients } = weights;
        Ok(JointFit { intercept, coefficients, penalty, hessian, left })
    }

    fn curvature_of(&self, criteria: &[usize]) -> Mat<f64> {
        let kept: Vec<usize> =
            std::iter::once(0).chain(criteria.iter().flat_map(|&j| self.chains.range(j).map(|k| k + 1))).collect();
        Mat::from_fn(kept.len(), kept.len(), |row, column| self.curvature[(kept[row], kept[column])])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bins::Codes;
    use crate::model::fit::fit_joint;

    /// From the fit with all criteria one arrives where the fit with some of them from nothing does.
    #[test]
    fn a_refit_is_the_fit_of_those_criteria_alone() {
        let n = 900;
        let columns: Vec<Vec<u8>> = [(7, 4), (5, 3), (11, 4)]
            .iter()
            .map(|&(step, n_bins)| (0..n).map(|lead| ((lead * step / 3) % n_bins) as u8).collect())
            .collect();
        let outcome: Vec<f64> = (0..n)
            .map(|lead| f64::from(u8::from((lead * 617) % 97 < 8 * usize::from(columns[0][lead] + columns[2][lead]))))
            .collect();
        let codes = Codes { columns, n_bins: vec![4, 3, 4], n_leads: n };
        let chains = Chains {
            offsets: vec![0, 4, 7, 11],
            n_chained: vec![3, 2, 3],
            own_ridge: vec![None; 3],
            pairs: Vec::new(),
        };
        let stiffness = Stiffness { smoothness: 1.0, ridge: 1.0, reweighted: false };
        let params = NewtonParams::default();
        let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
        let all = fit_joint(observed, &chains, &stiffness, &params).expect("fits").into_trial();
        let refitter = Refitter::new(&observed, &chains, stiffness, &all);
        for criteria in [&[0, 2][..], &[1], &[]] {
            let (codes, chains) = (codes.select(criteria), chains.select(criteria));
            let observed = Observed { codes: &codes, ..observed };
            let alone = fit_joint(observed, &chains, &stiffness, &params).expect("fits");
            let again = refitter.fit(&observed, &chains, criteria).expect("fits");
            // A millionth of a nat per lead is left: about 1e-3 standard errors of a coefficient, which are about 0.2.
            for (alone, again) in alone.coefficients.iter().zip(&again.coefficients) {
                assert!((alone - again).abs() < 2e-2, "{criteria:?}: {alone} {again}");
            }
            assert!((alone.intercept - again.intercept).abs() < 2e-2, "{criteria:?}");
        }
    }
}
