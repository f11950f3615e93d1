//! Held-out scores: every fold's card scores the leads it has not seen, and people's points are put on them.

use rayon::prelude::*;

use super::censored::{OutcomeStatus, outcome_as_known, uniform_from_key};
use super::curves::{Curves, calibrate_out_of_fold};
use super::folds::Fold;
use super::out_of_fold::{FoldScores, HeldOutLead, OutOfFold};
use super::{CrossFitError, Fitted, Setup};
use crate::math::LogOddsLine;
use crate::measures::{OutOfFoldMetrics, log_loss, out_of_fold_metrics};
use crate::measures::{losses_of_log_odds, mean};
use crate::model::fit::FitError;
use crate::model::fit::baseline::{MAX_BASELINE_LEADS, fit_baseline};
use crate::model::points::WholePoints;
use crate::model::train::{Trained, TrainingPart, subsample_by_key};
use crate::notes::Note;
use crate::progress::Progress;
use crate::units::to_points;

/// Every lead that was scored by a card which had not seen it.
#[derive(Debug)]
pub struct HeldOut {
    /// What each fold's card is worth.
    pub folds: Vec<HeldOutFold>,
    /// Scores by fold, points by hand included.
    pub scores: Vec<FoldScores>,
    /// What scores are worth.
    pub curves: Curves,
    /// The labelled leads, in the order of the lead table.
    pub out_of_fold: OutOfFold,
    /// The same leads under the fitted points, where people have changed some.
    pub without_overrides: Option<WithoutOverrides>,
    /// Quality of the card on them.
    pub quality: OutOfFoldMetrics,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// One fold, judged; leads in the order of [`Fold::judge`].
#[derive(Debug, Clone)]
pub struct HeldOutFold {
    /// Mean log loss of the fold's card on the leads it was fitted on, nats.
    pub log_loss_fit: f64,
    /// Log loss of each lead at each of [`crate::model::train::ROW_PRICES`], under the fold's card alone.
    pub size_path_losses: Vec<Vec<f64>>,
    /// Scores of the leads at each of [`crate::model::train::ROW_PRICES`], in log-odds.
    pub size_path_log_odds: Vec<Vec<f64>>,
    /// Probabilities of the plain logistic regression.
    pub baseline: Vec<f64>,
    /// Probabilities of the fold's scores, from a curve of other folds.
    pub probabilities: Vec<f64>,
}

/// The held-out leads before any override, in the order of the lead table.
#[derive(Debug, Clone, PartialEq)]
pub struct WithoutOverrides {
    /// Scores with fitted points.
    pub score: Vec<i32>,
    /// Probabilities of those scores, from curves fitted on other folds.
    pub probability: Vec<f64>,
    /// Mean log loss with each override alone, nats, in the order of [`Applied::overrides`].
    ///
    /// [`Applied::overrides`]: crate::model::overrides::Applied::overrides
    pub log_loss_alone: Vec<f64>,
}

/// What is said of a card that knows nothing.
pub const NO_BETTER: &str =
    "on leads it had not seen, this card does no better than promising every lead the overall rate: do not use it";

/// Scores the leads of every fold by its card, with the points that people set, and prices the scores.
///
/// # Errors
/// [`CrossFitError::Fit`] of the plain logistic regression; [`CrossFitError::OneOutcomeJudged`].
pub fn score_held_out(setup: &Setup<'_>, fitted: &Fitted, progress: &mut Progress) -> Result<HeldOut, CrossFitError> {
    let scored = progress.stage("judging", || score_folds(setup, fitted))?;
    let (mut folds, mut scores): (Vec<HeldOutFold>, Vec<FoldScores>) = scored.into_iter().unzip();
    let by_hand = &fitted.by_hand;
    let without_overrides = (!by_hand.overrides.is_empty()).then(|| {
        let without = progress.stage("overrides", || WithoutOverrides::of(setup, fitted, &scores));
        shift_scores(setup, &mut scores, |lead| by_hand.shift_of(lead));
        without
    });
    let (curves, probabilities) = progress.stage("curve", || calibrate_out_of_fold(setup, fitted, &scores));
    let out_of_fold = gather(setup, &scores, &probabilities);
    folds.iter_mut().zip(probabilities).for_each(|(fold, probabilities)| fold.probabilities = probabilities);
    let quality = out_of_fold_metrics(&out_of_fold.score, &out_of_fold.probability, &out_of_fold.converted)
        .ok_or(CrossFitError::OneOutcomeJudged { n_leads: out_of_fold.n_leads() })?;
    let mut notes: Vec<Note> = baseline_note(&setup.plan.folds).into_iter().collect();
    if quality.is_no_better_than_the_rate() {
        notes.push(Note::new("curve", NO_BETTER));
    }
    Ok(HeldOut { folds, scores, curves, out_of_fold, without_overrides, quality, notes })
}

impl HeldOut {
    /// Outcomes of the held-out leads as they were known when each period began: one list per period. Nothing where folds are no
    /// periods, or right-censored leads count for nothing.
    pub fn outcomes_at_origins(&self, setup: &Setup<'_>, fitted: &Fitted) -> Vec<Vec<bool>> {
        let history = setup.censoring.as_ref().filter(|_| fitted.uses_censored && setup.plan.is_by_time);
        let Some(history) = history else { return Vec::new() };
        let held_out = &self.out_of_fold;
        (self.curves.of_fold.iter().enumerate())
            .map(|(period, curve)| {
                // Leads of the period and of later ones were not there yet; nothing looks at them.
                let outcome = |at: usize| {
                    let lead = held_out.leads[at];
                    let draw = uniform_from_key(setup.keys[lead as usize], period);
                    let log_odds = curve.log_odds(f64::from(held_out.score[at])).0;
                    let status: OutcomeStatus = history.status(lead, Some(period));
                    outcome_as_known(status, held_out.converted[at], log_odds, draw)
                };
                (0..held_out.n_leads()).map(outcome).collect()
            })
            .collect()
    }
}

fn score_folds(setup: &Setup<'_>, fitted: &Fitted) -> Result<Vec<(HeldOutFold, FoldScores)>, FitError> {
    (setup.plan.folds.par_iter().zip(&fitted.folds))
        .map(|(fold, trained)| score_fold(setup, fitted, fold, trained))
        .collect()
}

fn score_fold(
    setup: &Setup<'_>,
    fitted: &Fitted,
    fold: &Fold,
    trained: &Trained,
) -> Result<(HeldOutFold, FoldScores), FitError> {
    let part = setup.fold_part(fold, fitted.uses_censored);
    let line = fitted.card.score_to_log_odds;
    let codes = trained.bins.encode(&setup.cells, &fold.judge);
    let outcome: Vec<f64> = fold.judge.iter().map(|&lead| setup.converted[lead as usize]).collect();
    let own_scores = trained.points.scores(&codes);
    let shift = shift_onto(line, &trained.points, &own_scores);
    let shifted = |scores: Vec<i32>| scores.into_iter().map(|score| score + shift).collect();
    let unlabelled = trained.points.scores(&trained.bins.encode(&setup.cells, &fold.unlabelled));
    let rule = setup.params.at_scale(1.0 / line.slope).rule;
    let size_path_log_odds: Vec<Vec<f64>> =
        trained.points_at_row_prices(&part, &rule).iter().map(|points| points.log_odds_of(&codes)).collect();
    let baseline_leads = subsample_by_key(&fold.fit, &setup.keys, MAX_BASELINE_LEADS);
    let baseline = fit_baseline(&setup.cells, &baseline_leads, &setup.converted)?;
    let held_out = HeldOutFold {
        log_loss_fit: log_loss_on(trained, &part),
        size_path_losses: size_path_log_odds.iter().map(|eta| losses_of_log_odds(eta, &outcome)).collect(),
        size_path_log_odds,
        baseline: baseline.probabilities(&setup.cells, &fold.judge),
        probabilities: Vec::new(),
    };
    Ok((held_out, FoldScores { judged: shifted(own_scores), unlabelled: shifted(unlabelled) }))
}

/// One score means one thing: the whole number that brings the log-odds of a fold's card onto the shipped card's line. It is taken
/// at the mean of the scores, since a bounded card has a scale of its own.
pub fn shift_onto(line: LogOddsLine, points: &WholePoints, scores: &[i32]) -> i32 {
    let middle = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / scores.len().max(1) as f64;
    let log_odds = points.intercept + middle / points.scale;
    to_points((log_odds - line.intercept) * (1.0 / line.slope) - middle)
}

fn log_loss_on(trained: &Trained, part: &TrainingPart<'_>) -> f64 {
    let eta = trained.log_odds(&trained.bins.encode(part.criteria, part.leads));
    let outcome: Vec<f64> = part.leads.iter().map(|&lead| part.converted[lead as usize]).collect();
    mean(&losses_of_log_odds(&eta, &outcome))
}

/// Says so when the plain logistic regression saw fewer leads than the card beside it.
fn baseline_note(folds: &[Fold]) -> Option<Note> {
    let most = folds.iter().map(|fold| fold.fit.len()).max()?;
    (most > MAX_BASELINE_LEADS).then(|| {
        let text = format!(
            "the plain logistic regression beside the card was fitted on {MAX_BASELINE_LEADS} leads of each fold, drawn at random"
        );
        Note::new("fit", text)
    })
}

impl WithoutOverrides {
    /// - `scores`: with fitted points.
    fn of(setup: &Setup<'_>, fitted: &Fitted, scores: &[FoldScores]) -> Self {
        let judge = |scores: &[FoldScores]| gather(setup, scores, &calibrate_out_of_fold(setup, fitted, scores).1);
        let alone = |shifts: &Vec<i32>| {
            let mut shifted = scores.to_vec();
            shift_scores(setup, &mut shifted, |lead| shifts[lead as usize]);
            let judged = judge(&shifted);
            log_loss(&judged.probability, &judged.converted).unwrap_or_default()
        };
        let judged = judge(scores);
        Self {
            score: judged.score,
            probability: judged.probability,
            log_loss_alone: fitted.by_hand.shifts.iter().map(alone).collect(),
        }
    }
}

fn shift_scores(setup: &Setup<'_>, scores: &mut [FoldScores], shift_of: impl Fn(u32) -> i32) {
    for (fold, scores) in setup.plan.folds.iter().zip(scores) {
        let judged = scores.judged.iter_mut().zip(&fold.judge);
        for (score, &lead) in judged.chain(scores.unlabelled.iter_mut().zip(&fold.unlabelled)) {
            *score += shift_of(lead);
        }
    }
}

fn gather(setup: &Setup<'_>, scores: &[FoldScores], probabilities: &[Vec<f64>]) -> OutOfFold {
    let mut held_out: Vec<HeldOutLead> = Vec::new();
    for (number, (fold, scores)) in setup.plan.folds.iter().zip(scores).enumerate() {
        let judged = fold.judge.iter().zip(&scores.judged).zip(&probabilities[number]);
        held_out.extend(judged.map(|((&lead, &score), &probability)| HeldOutLead {
            lead,
            fold: number as u16,
            score,
            probability,
        }));
    }
    OutOfFold::gather(held_out, &setup.leads)
}
