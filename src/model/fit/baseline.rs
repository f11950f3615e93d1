//! The baseline every report shows beside the card: linfa's plain logistic regression.
//!
//! One coefficient per numeric criterion (standardised; missing is the mean and a flag of its own), one per text level with
//! enough leads. Of very many criteria it sees those that the card of its fold sees.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Col, Mat, Side};
use linfa::dataset::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2, Axis};

use super::FitError;
use crate::math::{logistic, logit, softplus};
use crate::model::bins::CriterionCells;
use crate::model::bins::cells::{CellMeaning, MISSING_CELL};

/// Most leads the baseline is fitted on. L-BFGS passes over a dense matrix dozens of times, which on all leads would take
/// longer than the card; with fifty coefficients, 10,000 leads leave its loss within 0.0025 nats of what all would give
/// (p / 2n).
pub const MAX_BASELINE_LEADS: usize = 10_000;

/// Standard deviations beyond which a number counts as this far out: one absurd value must not rule the slope.
const FAR: f64 = 10.0;

/// Ridge of the baseline, linfa's own default.
const ALPHA: f64 = 1.0;

/// L-BFGS stops at a gradient of this much per lead: with a curvature of a tenth per lead and standardised columns, that
/// leaves about 1e-3 squared / 0.2 = 5e-6 nats per lead to gain.
const GRADIENT_PER_LEAD: f64 = 1e-3;

/// Columns beyond which a matrix of all their products takes longer than the steps it saves.
const MAX_GUESSED: usize = 1000;

/// Most Newton steps before linfa's own; three or four are enough.
const MAX_GUESSES: usize = 6;

/// Fewest leads of a text level with a coefficient of its own.
const MIN_LEVEL_LEADS: u32 = 15;

/// The fitted baseline.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Positions of the criteria it looks at.
    which: Vec<usize>,
    encoders: Vec<Encoder>,
    intercept: f64,
    coefficients: Vec<f64>,
}

#[derive(Debug, Clone)]
enum Encoder {
    /// Standardised number, and a flag for missing where the fit has seen some.
    Number { mean: f64, sd: f64, has_missing: bool },
    /// One column per cell with enough leads.
    Levels { column_of_cell: Vec<Option<usize>>, n_columns: usize },
}

impl Encoder {
    fn n_columns(&self) -> usize {
        match self {
            Self::Number { has_missing, .. } => 1 + usize::from(*has_missing),
            Self::Levels { n_columns, .. } => *n_columns,
        }
    }
}

/// Fits the baseline on at most [`MAX_BASELINE_LEADS`] of the leads (give it a thinned list for more).
///
/// - `which`: positions of the criteria it may look at.
///
/// # Errors
/// [`FitError::Linfa`] with linfa's own words.
pub fn fit_baseline(
    criteria: &[CriterionCells],
    which: Vec<usize>,
    leads: &[u32],
    converted: &[f64],
) -> Result<Baseline, FitError> {
    let chosen: Vec<&CriterionCells> = which.iter().map(|&at| &criteria[at]).collect();
    let encoders: Vec<Encoder> = chosen.iter().map(|criterion| encoder_of(criterion, leads)).collect();
    let design = design_matrix(&encoders, &chosen, leads);
    let outcome: Array1<bool> = leads.iter().map(|&lead| converted[lead as usize] > 0.5).collect();
    let model = LogisticRegression::default()
        .alpha(ALPHA)
        .max_iterations(30)
        .gradient_tolerance(GRADIENT_PER_LEAD * leads.len() as f64)
        .initial_params(first_guess(&design, &outcome))
        .fit(&DatasetBase::new(design, outcome))
        .map_err(|error| FitError::Linfa(error.to_string()))?;
    // linfa calls the more frequent class positive; conversions are what we predict.
    let sign = if model.labels().pos.class { 1.0 } else { -1.0 };
    Ok(Baseline {
        which,
        encoders,
        intercept: sign * model.intercept(),
        coefficients: model.params().iter().map(|coefficient| sign * coefficient).collect(),
    })
}

/// Where linfa starts: a few Newton steps from the average lead, intercept last, in linfa's sign. They end about where linfa would; it has
/// hardly a step to go instead of dozens, each of which passes over the leads several times.
fn first_guess(design: &Array2<f64>, converted: &Array1<bool>) -> Array1<f64> {
    let (n, n_columns) = (design.nrows() as f64, design.ncols());
    let n_converted = converted.iter().filter(|converted| **converted).count() as f64;
    if n_columns > MAX_GUESSED || n_converted == 0.0 || n_converted == n {
        return Array1::zeros(n_columns + 1);
    }
    let mut guess = Guess::at(design, converted, Array1::zeros(n_columns), logit(n_converted / n));
    for _ in 0..MAX_GUESSES {
        if guess.slope.dot(&guess.slope).sqrt() <= GRADIENT_PER_LEAD * n {
            break;
        }
        let Ok(root) = Llt::new(guess.curvature(design).as_ref(), Side::Lower) else { break };
        let step = root.solve(Col::from_fn(n_columns + 1, |k| guess.slope[k]));
        let weights = guess.weights.iter().enumerate().map(|(k, weight)| weight + step[k]).collect();
        let next = Guess::at(design, converted, weights, guess.intercept + step[n_columns]);
        if next.loss >= guess.loss {
            break;
        }
        guess = next;
    }
    // The more frequent outcome is linfa's positive one.
    let sign = if 2.0 * n_converted >= n { 1.0 } else { -1.0 };
    guess.weights.iter().chain([&guess.intercept]).map(|weight| sign * weight).collect()
}

/// Weights on the way to those of the baseline.
struct Guess {
    weights: Array1<f64>,
    intercept: f64,
    /// Probability of conversion of each lead.
    promised: Array1<f64>,
    /// Loss and ridge, nats.
    loss: f64,
    /// How fast that falls, intercept last.
    slope: Array1<f64>,
}

impl Guess {
    fn at(design: &Array2<f64>, converted: &Array1<bool>, weights: Array1<f64>, intercept: f64) -> Self {
        let log_odds = design.dot(&weights) + intercept;
        let promised = log_odds.mapv(logistic);
        let (mut loss, mut slope, mut of_intercept) = (0.5 * ALPHA * weights.dot(&weights), &weights * -ALPHA, 0.0);
        let leads = design.outer_iter().zip(&log_odds).zip(&promised).zip(converted);
        for (((lead, &log_odds), &promised), &converted) in leads {
            let outcome = f64::from(u8::from(converted));
            loss += softplus(log_odds) - outcome * log_odds;
            slope.scaled_add(outcome - promised, &lead);
            of_intercept += outcome - promised;
        }
        let slope = slope.iter().chain([&of_intercept]).copied().collect();
        Self { weights, intercept, promised, loss, slope }
    }

    /// Curvature of loss and ridge, intercept last.
    fn curvature(&self, design: &Array2<f64>) -> Mat<f64> {
        let n_columns = design.ncols();
        let weight = self.promised.mapv(|p| p * (1.0 - p));
        let weighted = design * &weight.view().insert_axis(Axis(1));
        let (products, sums) = (design.t().dot(&weighted), weighted.sum_axis(Axis(0)));
        Mat::from_fn(n_columns + 1, n_columns + 1, |j, k| match (j == n_columns, k == n_columns) {
            (true, true) => weight.sum(),
            (true, false) => sums[k],
            (false, true) => sums[j],
            (false, false) => products[(j, k)] + if j == k { ALPHA } else { 0.0 },
        })
    }
}

impl Baseline {
    /// Probability of conversion of some leads.
    pub fn probabilities(&self, criteria: &[CriterionCells], leads: &[u32]) -> Vec<f64> {
        let mut eta = vec![self.intercept; leads.len()];
        let mut first = 0;
        for (encoder, &at) in self.encoders.iter().zip(&self.which) {
            let criterion = &criteria[at];
            let own = &self.coefficients[first..first + encoder.n_columns()];
            // A cell's share of the log-odds is worked out once, however many leads have it.
            let worth: Vec<f64> = (0..=criterion.column.meaning.n_cells() + 1)
                .map(|cell| columns_of(encoder, criterion, cell as u16).map(|(at, value)| own[at] * value).sum())
                .collect();
            for (eta, &lead) in eta.iter_mut().zip(leads) {
                *eta += worth[usize::from(criterion.column.cells[lead as usize])];
            }
            first += encoder.n_columns();
        }
        eta.into_iter().map(logistic).collect()
    }
}

fn encoder_of(criterion: &CriterionCells, leads: &[u32]) -> Encoder {
    let cells = &criterion.column.cells;
    match &criterion.column.meaning {
        CellMeaning::Numbers { low, .. } => {
            let seen: Vec<f64> = leads
                .iter()
                .map(|&lead| cells[lead as usize])
                .filter(|&cell| cell != MISSING_CELL)
                .map(|cell| low[usize::from(cell) - 1])
                .collect();
            let n = seen.len().max(1) as f64;
            let mean = seen.iter().map(|x| x / n).sum::<f64>();
            let sd = (seen.iter().map(|x| (x - mean).powi(2) / n).sum::<f64>()).sqrt();
            let sd = if sd.is_finite() && sd > 0.0 { sd } else { 1.0 };
            Encoder::Number { mean, sd, has_missing: seen.len() < leads.len() }
        }
        CellMeaning::Levels { names } => {
            let mut counts = vec![0_u32; names.len() + 2];
            for &lead in leads {
                counts[usize::from(cells[lead as usize])] += 1;
            }
            let mut n_columns = 0;
            let column_of_cell = counts
                .iter()
                .map(|&count| {
                    (count >= MIN_LEVEL_LEADS).then(|| {
                        n_columns += 1;
                        n_columns - 1
                    })
                })
                .collect();
            Encoder::Levels { column_of_cell, n_columns }
        }
    }
}

/// Columns of one criterion that are not 0 for a cell, with their values.
fn columns_of(encoder: &Encoder, criterion: &CriterionCells, cell: u16) -> impl Iterator<Item = (usize, f64)> {
    let columns = match (encoder, &criterion.column.meaning) {
        (Encoder::Number { has_missing, .. }, _) if cell == MISSING_CELL => [None, has_missing.then_some((1, 1.0))],
        (Encoder::Number { mean, sd, .. }, CellMeaning::Numbers { low, .. }) => {
            [low.get(usize::from(cell) - 1).map(|value| (0, ((value - mean) / sd).clamp(-FAR, FAR))), None]
        }
        (Encoder::Levels { column_of_cell, .. }, _) => {
            [column_of_cell.get(usize::from(cell)).copied().flatten().map(|column| (column, 1.0)), None]
        }
        (Encoder::Number { .. }, CellMeaning::Levels { .. }) => [None, None],
    };
    columns.into_iter().flatten()
}

fn design_matrix(encoders: &[Encoder], criteria: &[&CriterionCells], leads: &[u32]) -> Array2<f64> {
    let mut design = Array2::zeros((leads.len(), encoders.iter().map(Encoder::n_columns).sum()));
    for (mut row, &lead) in design.outer_iter_mut().zip(leads) {
        let mut first = 0;
        for (encoder, criterion) in encoders.iter().zip(criteria) {
            for (at, value) in columns_of(encoder, criterion, criterion.column.cells[lead as usize]) {
                row[first + at] = value;
            }
            first += encoder.n_columns();
        }
    }
    design
}
