//! Judging: every fold trains its own card and scores leads it has not seen; the curve that prices a fold's scores comes
//! from other folds.
//!
//! Always true: nothing here about a lead was computed from that lead's outcome, except the outcome itself.

use rayon::prelude::*;

use super::train::{Settings, TrainParams, Trained, TrainingPart, ladder, losses, mean, thin, train};
use crate::curve::{Curve, CurvePrior, ScoreCount, count_scores, fit_curve};
use crate::fit::FitError;
use crate::fit::baseline::{MAX_BASELINE_LEADS, fit_baseline};
use crate::labels::folds::{Fold, FoldPlan};
use crate::math::LogOddsLine;
use crate::points::ScaleRule;
use crate::units::to_points;

/// One fold, judged.
#[derive(Debug, Clone)]
pub struct JudgedFold {
    /// Its name.
    pub name: String,
    /// Leads it judged: positions among the labelled leads.
    pub leads: Vec<u32>,
    /// Leads its card was trained on.
    pub n_fit: usize,
    /// Scores of the judged leads, on the scale of the shipped card.
    pub scores: Vec<i32>,
    /// Mean log loss of the fold's card on the leads it was trained on, nats.
    pub log_loss_fit: f64,
    /// Settings the fold chose for itself.
    pub settings: Settings,
    /// Log loss of each judged lead at each of [`super::train::ROW_PRICES`], under the fold's card alone.
    pub ladder_losses: Vec<Vec<f64>>,
    /// Scores of the judged leads at each of [`super::train::ROW_PRICES`], in log-odds.
    pub ladder_log_odds: Vec<Vec<f64>>,
    /// Probabilities of the plain logistic regression for the judged leads.
    pub baseline: Vec<f64>,
}

/// Probabilities of the judged leads of every fold, in the order of [`JudgedFold::leads`].
pub type FoldProbabilities = Vec<Vec<f64>>;

/// Trains one card per fold, on the scale of the shipped card.
///
/// # Errors
/// Those of the fit.
pub fn judge_folds(
    part: &TrainingPart<'_>,
    plan: &FoldPlan,
    shipped: &Shipped<'_>,
    advance: impl Fn() + Sync,
) -> Result<Vec<JudgedFold>, FitError> {
    plan.folds
        .par_iter()
        .map(|fold| {
            let judged = judge_fold(part, fold, shipped);
            advance();
            judged
        })
        .collect()
}

/// What the folds take over from the card that ships: wishes, scale, and where its scores lie.
#[derive(Debug, Clone, Copy)]
pub struct Shipped<'a> {
    /// The wishes it was trained under.
    pub settings: &'a TrainParams,
    /// Its log-odds of a score.
    pub own: LogOddsLine,
}

fn judge_fold(part: &TrainingPart<'_>, fold: &Fold, shipped: &Shipped<'_>) -> Result<JudgedFold, FitError> {
    let fold_part = TrainingPart { leads: &fold.fit, ..*part };
    let scale = 1.0 / shipped.own.slope;
    let mut params = shipped.settings.clone();
    if !matches!(params.rule.scale, ScaleRule::Bounded(..)) {
        params.rule.scale = ScaleRule::PerLogOdds(scale);
    }
    let trained = train(&fold_part, &params)?;
    let codes = trained.bins.encode(part.criteria, &fold.judge);
    let outcome: Vec<f64> = fold.judge.iter().map(|&lead| part.converted[lead as usize]).collect();
    // One score means one thing: the whole number that brings the fold's log-odds onto the shipped card's line. It is taken
    // at the fold's mean score, since a bounded card has a scale of its own.
    let own_scores = trained.points.scores(&codes);
    let middle = own_scores.iter().map(|&score| f64::from(score)).sum::<f64>() / own_scores.len().max(1) as f64;
    let log_odds = trained.points.intercept + middle / trained.points.scale;
    let shift = to_points((log_odds - shipped.own.intercept) * scale - middle);
    let scores = own_scores.into_iter().map(|score| score + shift).collect();
    let ladder = ladder(&fold_part, &trained, &params.rule);
    let ladder_log_odds: Vec<Vec<f64>> = ladder
        .iter()
        .map(|points| points.scores(&codes).into_iter().map(|score| points.log_odds(score)).collect())
        .collect();
    let baseline_leads = thin(&fold.fit, part.keys, MAX_BASELINE_LEADS);
    let baseline = fit_baseline(part.criteria, &baseline_leads, part.converted)?;
    Ok(JudgedFold {
        name: fold.name.clone(),
        n_fit: fold.fit.len(),
        scores,
        log_loss_fit: log_loss_on(&trained, &fold_part),
        settings: trained.settings,
        ladder_losses: ladder_log_odds.iter().map(|eta| losses(eta, &outcome)).collect(),
        ladder_log_odds,
        baseline: baseline.probabilities(part.criteria, &fold.judge),
        leads: fold.judge.clone(),
    })
}

fn log_loss_on(trained: &Trained, part: &TrainingPart<'_>) -> f64 {
    let codes = trained.bins.encode(part.criteria, part.leads);
    let eta: Vec<f64> = trained.points.scores(&codes).into_iter().map(|score| trained.points.log_odds(score)).collect();
    let outcome: Vec<f64> = part.leads.iter().map(|&lead| part.converted[lead as usize]).collect();
    mean(&losses(&eta, &outcome))
}

/// Prices every fold's scores by a curve from other folds: earlier ones only, where folds are periods (the first period
/// takes the card's own log-odds); all others, where they are not. Also gives the curve of each fold, and that of all folds
/// together.
pub fn price_scores(
    folds: &[JudgedFold],
    converted: &[f64],
    own: LogOddsLine,
    is_by_time: bool,
) -> (FoldProbabilities, Vec<Curve>, Curve) {
    let prior = if is_by_time { CurvePrior::LATER_PERIOD } else { CurvePrior::SAME_PERIOD };
    let counts: Vec<Vec<ScoreCount>> = folds
        .iter()
        .map(|fold| {
            let won: Vec<bool> = fold.leads.iter().map(|&lead| converted[lead as usize] > 0.5).collect();
            count_scores(&fold.scores, &won)
        })
        .collect();
    let curves: Vec<Curve> = (0..folds.len())
        .into_par_iter()
        .map(|at| {
            let others: Vec<Vec<ScoreCount>> = (counts.iter().enumerate())
                .filter(|(other, _)| if is_by_time { *other < at } else { *other != at })
                .map(|(_, counts)| counts.clone())
                .collect();
            if others.is_empty() { Curve::of_card(own, prior) } else { fit_curve(&others, own, prior) }
        })
        .collect();
    let probabilities = (folds.par_iter().zip(&curves))
        .map(|(fold, curve)| fold.scores.iter().map(|&score| curve.probability(f64::from(score))).collect())
        .collect();
    (probabilities, curves, fit_curve(&counts, own, prior))
}
