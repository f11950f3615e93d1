//! Newton's method with step halving for the penalised joint fit.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Col, Mat, Side};

use super::loss::Observed;
use super::penalty::Penalty;
use super::{FitError, wide};
use crate::math::logit;

/// When the fit is good enough, and how much curvature is worth computing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewtonParams {
    /// Stop once a step can lower the objective by no more than this much per lead, nats.
    pub tolerance: f64,
    /// Most steps before the fit is given up.
    pub max_steps: usize,
    /// Leads whose curvature is counted at first; the gradient always takes all, and the curvature more once a step says that these are too few.
    pub curvature_leads: usize,
}

impl Default for NewtonParams {
    fn default() -> Self {
        Self { tolerance: 1e-10, max_steps: 200, curvature_leads: 60_000 }
    }
}

impl NewtonParams {
    /// Good enough for whole points: within a millionth of a nat per lead, less than the points of a card can show.
    pub fn for_points() -> Self {
        Self { tolerance: 1e-6, ..Self::default() }
    }
}

/// How many times as many leads are counted where the curvature of fewer does not fit.
const MORE_LEADS: usize = 4;

/// Where a fit starts, or ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Log-odds of a lead whose coefficients are all 0.
    pub intercept: f64,
    /// Log-odds added by each bin of each criterion, shape `(n_coefficients,)`.
    pub coefficients: Vec<f64>,
}

/// Curvature of the loss alone at some earlier point; good for many steps while the point moves little.
#[derive(Debug, Clone)]
pub struct Curvature(pub Mat<f64>);

/// The start without knowledge: the average lead.
pub fn average_lead(observed: &Observed<'_>) -> Result<Weights, FitError> {
    let mean = observed.mean_outcome();
    if !(mean > 0.0 && mean < 1.0) {
        return Err(FitError::OneOutcome { n_leads: observed.outcome.len() });
    }
    let offsets = observed.codes.offsets();
    Ok(Weights { intercept: logit(mean), coefficients: vec![0.0; offsets[offsets.len() - 1]] })
}

/// Minimises loss and penalty from a start. The curvature of the loss is taken from `curvature` when given, and counted
/// anew once steps stop paying; it is left there for the next call.
///
/// - returns: the weights, and how far a full Newton step could still lower the objective, nats.
///
/// # Errors
/// [`FitError::NotConverged`] when `max_steps` were not enough, [`FitError::NotANumber`] when the curvature has no root.
pub fn minimise(
    observed: &Observed<'_>,
    penalty: &Penalty,
    start: Weights,
    curvature: &mut Option<Curvature>,
    params: &NewtonParams,
) -> Result<(Weights, f64), FitError> {
    let Weights { intercept: mut a, coefficients: mut b } = start;
    let (mut objective, mut gradient) = evaluate(observed, penalty, a, &b);
    let enough = params.tolerance * observed.total_weight();
    let mut root: Option<Llt<f64>> = None;
    let mut n_counted = params.curvature_leads;
    // Curvature that is there already costs nothing; the margins of pairs need the matrix.
    let is_wide = curvature.is_none() && !penalty.has_margins() && wide::is_wide(observed, b.len());
    let (mut is_fresh, mut was_fresh) = (is_wide, false);
    let mut left_before = f64::INFINITY;
    for _ in 0..params.max_steps {
        let step = match &root {
            None if is_wide => wide::newton_step(observed, penalty, a, &b, &gradient),
            Some(root) => newton_step(root, &gradient),
            None => {
                let data = curvature.get_or_insert_with(|| {
                    is_fresh = true;
                    Curvature(observed.hessian(a, &b, n_counted))
                });
                let factored = root_of(&data.0, penalty)?;
                let step = newton_step(&factored, &gradient);
                root = Some(factored);
                step
            }
        };
        // Half the Newton decrement squared: what a full step would gain if the objective were a parabola.
        let left = -0.5 * gradient.iter().enumerate().map(|(k, g)| g * step[k]).sum::<f64>();
        if !left.is_finite() {
            return Err(FitError::NotANumber);
        }
        if left <= enough {
            return Ok((Weights { intercept: a, coefficients: b }, left));
        }
        // Old curvature is good as long as each step leaves less than a fifth of what was left before; new one that is not was counted on
        // too few leads.
        if left > 0.2 * left_before && !is_fresh {
            n_counted = enough_for_next(n_counted, was_fresh);
            (root, *curvature, left_before) = (None, None, f64::INFINITY);
            continue;
        }
        let mut t = 1.0;
        loop {
            let a_new = a + t * step[0];
            let b_new: Vec<f64> = b.iter().enumerate().map(|(k, b)| b + t * step[k + 1]).collect();
            let (objective_new, gradient_new) = evaluate(observed, penalty, a_new, &b_new);
            // Armijo's rule with the usual 1e-4; the slope along the step is twice `left`.
            if objective_new <= objective - 2e-4 * t * left {
                (a, b, objective, gradient) = (a_new, b_new, objective_new, gradient_new);
                break;
            }
            t /= 2.0;
            if t < 1e-6 {
                // Rounding of a sum over many leads hides what is left to gain.
                let hidden = 1e-12 * objective.abs().max(1.0);
                return if left <= hidden {
                    Ok((Weights { intercept: a, coefficients: b }, left))
                } else {
                    Err(FitError::NotConverged { n_steps: params.max_steps, left })
                };
            }
        }
        left_before = left;
        (was_fresh, is_fresh) = (is_fresh, is_wide);
        if t < 1.0 {
            // A shortened step says that the curvature does not fit here.
            n_counted = enough_for_next(n_counted, was_fresh);
            (root, *curvature, left_before) = (None, None, f64::INFINITY);
        }
    }
    Err(FitError::NotConverged { n_steps: params.max_steps, left: left_before })
}

/// Leads whose curvature is counted anew: more, where that of so many was new and did not fit.
fn enough_for_next(n_counted: usize, was_fresh: bool) -> usize {
    if was_fresh { n_counted.saturating_mul(MORE_LEADS) } else { n_counted }
}

fn evaluate(observed: &Observed<'_>, penalty: &Penalty, a: f64, b: &[f64]) -> (f64, Vec<f64>) {
    let (loss, mut gradient) = observed.loss_and_gradient(a, b);
    penalty.add_gradient(b, &mut gradient[1..]);
    (loss + penalty.value(b), gradient)
}

fn newton_step(root: &Llt<f64>, gradient: &[f64]) -> Vec<f64> {
    root.solve(Col::from_fn(gradient.len(), |k| -gradient[k])).iter().copied().collect()
}

fn root_of(data: &Mat<f64>, penalty: &Penalty) -> Result<Llt<f64>, FitError> {
    let mut hessian = data.clone();
    penalty.add_hessian(&mut hessian);
    penalty.add_hessian_of_margins(&mut hessian);
    let mut jitter = 0.0;
    for _ in 0..8 {
        if let Ok(root) = Llt::new(hessian.as_ref(), Side::Lower) {
            return Ok(root);
        }
        // Empty or aliased bins without a ridge leave a flat direction; the smallest lift that lets it be factored.
        let lift = if jitter == 0.0 { 1e-8 } else { 9.0 * jitter };
        for k in 0..hessian.nrows() {
            hessian[(k, k)] += lift;
        }
        jitter += lift;
    }
    Err(FitError::NotANumber)
}
