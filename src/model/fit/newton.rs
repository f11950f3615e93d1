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

impl Weights {
    /// Intercept first.
    fn as_vector(&self) -> Vec<f64> {
        std::iter::once(self.intercept).chain(self.coefficients.iter().copied()).collect()
    }

    /// So far along a step, intercept first.
    fn moved(&self, step: &[f64], t: f64) -> Self {
        let coefficients = self.coefficients.iter().zip(&step[1..]).map(|(b, step)| b + t * step).collect();
        Self { intercept: self.intercept + t * step[0], coefficients }
    }
}

/// What earlier fits of the same leads have shown, whatever their penalty: the next has less to find out.
#[derive(Debug, Default)]
pub struct Known {
    /// Curvature of the loss alone at some earlier point; good for many steps while the point moves little.
    curvature: Option<Mat<f64>>,
    /// Steps made under that curvature, and what the gradient of the loss alone changed by; the latest last. They say along these steps
    /// what a sample of the leads, or an earlier place, cannot.
    steps: Vec<(Vec<f64>, Vec<f64>)>,
    /// The loss alone at the last point.
    last: Option<Evaluated>,
}

/// The loss alone at some point, and its gradient, intercept first.
#[derive(Debug, Clone)]
struct Evaluated {
    at: Weights,
    loss: f64,
    gradient: Vec<f64>,
}

/// Steps that are remembered: after so many either the fit has settled or its curvature is counted anew.
const MAX_STEPS_KNOWN: usize = 12;

impl Known {
    /// - `curvature`: of the loss alone at some earlier point, intercept first.
    pub fn curvature(curvature: Mat<f64>) -> Self {
        Self { curvature: Some(curvature), ..Self::default() }
    }

    /// The last curvature of the loss alone.
    pub fn into_curvature(self) -> Option<Mat<f64>> {
        self.curvature
    }

    /// The loss alone where the last fit ended, nats.
    pub fn last_loss(&self) -> Option<f64> {
        self.last.as_ref().map(|last| last.loss)
    }

    fn forget_curvature(&mut self) {
        (self.curvature, self.steps) = (None, Vec::new());
    }

    fn evaluate(&mut self, observed: &Observed<'_>, at: &Weights) -> Evaluated {
        if let Some(last) = self.last.take_if(|last| last.at == *at) {
            return last;
        }
        Evaluated::of(observed, at.clone())
    }

    fn push_step(&mut self, from: &Evaluated, to: &Evaluated) {
        if self.steps.len() == MAX_STEPS_KNOWN {
            self.steps.remove(0);
        }
        self.steps
            .push((difference(&to.at.as_vector(), &from.at.as_vector()), difference(&to.gradient, &from.gradient)));
    }

    /// The steps under a penalty: what the gradient of both together changed by.
    fn steps_under(&self, penalty: &Penalty) -> Vec<SeenStep> {
        let of_step = |(step, change): &(Vec<f64>, Vec<f64>)| {
            let (step, mut change) = (step.clone(), change.clone());
            penalty.add_gradient(&step[1..], &mut change[1..]);
            let product = dot(&step, &change);
            SeenStep { step, change, product }
        };
        // A loss that curves downwards along a step is one that rounding made.
        self.steps.iter().map(of_step).filter(|seen| seen.product > 0.0).collect()
    }
}

impl Evaluated {
    fn of(observed: &Observed<'_>, at: Weights) -> Self {
        let (loss, gradient) = observed.loss_and_gradient(at.intercept, &at.coefficients);
        Self { at, loss, gradient }
    }

    /// Value and gradient of loss and penalty.
    fn with(&self, penalty: &Penalty) -> (f64, Vec<f64>) {
        let mut gradient = self.gradient.clone();
        penalty.add_gradient(&self.at.coefficients, &mut gradient[1..]);
        (self.loss + penalty.value(&self.at.coefficients), gradient)
    }
}

/// A step, what the gradient changed by, and the product of both.
struct SeenStep {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

/// The start without knowledge: the average lead.
pub fn average_lead(observed: &Observed<'_>) -> Result<Weights, FitError> {
    let mean = observed.mean_outcome();
    if !(mean > 0.0 && mean < 1.0) {
        return Err(FitError::OneOutcome { n_leads: observed.outcome.len() });
    }
    let offsets = observed.codes.offsets();
    Ok(Weights { intercept: logit(mean), coefficients: vec![0.0; offsets[offsets.len() - 1]] })
}

/// Minimises loss and penalty from a start. The curvature of the loss is the known one, where there is one, and counted anew once steps
/// stop paying.
///
/// - returns: the weights, and how far a full Newton step could still lower the objective, nats.
///
/// # Errors
/// [`FitError::NotConverged`] when `max_steps` were not enough, [`FitError::NotANumber`] when the curvature has no root.
pub fn minimise(
    observed: &Observed<'_>,
    penalty: &Penalty,
    start: &Weights,
    known: &mut Known,
    params: &NewtonParams,
) -> Result<(Weights, f64), FitError> {
    let mut here = known.evaluate(observed, start);
    let (mut objective, mut gradient) = here.with(penalty);
    let enough = params.tolerance * observed.total_weight();
    let mut root: Option<Llt<f64>> = None;
    let mut n_counted = params.curvature_leads;
    // Curvature that is there already costs nothing; the margins of pairs need the matrix.
    let is_wide =
        known.curvature.is_none() && !penalty.has_margins() && wide::is_wide(observed, start.coefficients.len());
    let (mut is_fresh, mut was_fresh) = (is_wide, false);
    let mut left_before = f64::INFINITY;
    for _ in 0..params.max_steps {
        if root.is_none() && !is_wide {
            let data = known.curvature.get_or_insert_with(|| {
                is_fresh = true;
                observed.hessian_for_steps(here.at.intercept, &here.at.coefficients, n_counted)
            });
            root = Some(root_of(data, penalty)?);
        }
        let step = match &root {
            None => wide::newton_step(observed, penalty, here.at.intercept, &here.at.coefficients, &gradient),
            Some(root) => corrected_step(root, &known.steps_under(penalty), &gradient),
        };
        // Half the Newton decrement squared: what a full step would gain if the objective were a parabola.
        let left = -0.5 * dot(&gradient, &step);
        if !left.is_finite() {
            return Err(FitError::NotANumber);
        }
        if left <= enough {
            let at = here.at.clone();
            known.last = Some(here);
            return Ok((at, left));
        }
        // Old curvature is good as long as each step leaves less than a fifth of what was left before; new one that is not was counted on
        // too few leads.
        if left > 0.2 * left_before && !is_fresh {
            n_counted = enough_for_next(n_counted, was_fresh);
            known.forget_curvature();
            (root, left_before) = (None, f64::INFINITY);
            continue;
        }
        let mut t = 1.0;
        loop {
            let next = Evaluated::of(observed, here.at.moved(&step, t));
            let (objective_next, gradient_next) = next.with(penalty);
            // Armijo's rule with the usual 1e-4; the slope along the step is twice `left`.
            if objective_next <= objective - 2e-4 * t * left {
                known.push_step(&here, &next);
                (here, objective, gradient) = (next, objective_next, gradient_next);
                break;
            }
            t /= 2.0;
            if t < 1e-6 {
                // Rounding of a sum over many leads hides what is left to gain.
                let hidden = 1e-12 * objective.abs().max(1.0);
                return if left <= hidden {
                    Ok((here.at, left))
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
            known.forget_curvature();
            (root, left_before) = (None, f64::INFINITY);
        }
    }
    Err(FitError::NotConverged { n_steps: params.max_steps, left: left_before })
}

/// The step by the factored curvature, corrected by what earlier steps have shown.
///
/// # Source
/// Limited-memory BFGS (Nocedal 1980, *Mathematics of Computation* 35, 773-782) with the counted curvature in place of a multiple of one.
fn corrected_step(root: &Llt<f64>, seen: &[SeenStep], gradient: &[f64]) -> Vec<f64> {
    let mut pull: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut lengths = vec![0.0; seen.len()];
    for (SeenStep { step, change, product }, length) in seen.iter().zip(&mut lengths).rev() {
        *length = dot(step, &pull) / product;
        pull.iter_mut().zip(change).for_each(|(pull, change)| *pull -= *length * change);
    }
    let mut next: Vec<f64> = root.solve(Col::from_fn(pull.len(), |k| pull[k])).iter().copied().collect();
    for (SeenStep { step, change, product }, length) in seen.iter().zip(lengths) {
        let more = length - dot(change, &next) / product;
        next.iter_mut().zip(step).for_each(|(next, step)| *next += more * step);
    }
    next
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Leads whose curvature is counted anew: more, where that of so many was new and did not fit.
fn enough_for_next(n_counted: usize, was_fresh: bool) -> usize {
    if was_fresh { n_counted.saturating_mul(MORE_LEADS) } else { n_counted }
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
