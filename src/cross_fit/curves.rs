//! Judging: every fold trains its own card and scores leads it has not seen; the curve that prices a fold's scores comes
//! from other folds.
//!
//! Always true: nothing here about a lead was computed from that lead's outcome, except the outcome itself.

use std::sync::Arc;

use rayon::prelude::*;

use crate::cross_fit::censored::{CensoringHistory, Seen};
use crate::cross_fit::folds::{Fold, FoldPlan};
use crate::math::LogOddsLine;
use crate::model::bins::BinPlan;
use crate::model::censoring::OpenLead;
use crate::model::curve::{Curve, CurvePrior, ScoreCount, count_scores, fit_curve, merge};
use crate::model::fit::baseline::{MAX_BASELINE_LEADS, fit_baseline};
use crate::model::fit::{FitError, Trial};
use crate::model::points::{PointsRule, ScaleRule, WholePoints};
use crate::model::train::{
    Settings, TrainParams, Trained, TrainingPart, ladder, losses, mean, subsample_by_key, train,
};
use crate::units::to_points;

/// One fold, judged.
#[derive(Debug, Clone)]
pub struct HeldOutFold {
    /// Its name.
    pub name: String,
    /// Leads it judged: positions among the labelled leads.
    pub leads: Vec<u32>,
    /// Leads without a fair outcome that its card had not seen either.
    pub others: Vec<u32>,
    /// Their scores, on the scale of the shipped card.
    pub other_scores: Vec<i32>,
    /// Leads its card was trained on.
    pub n_fit: usize,
    /// Scores of the judged leads, on the scale of the shipped card.
    pub scores: Vec<i32>,
    /// Mean log loss of the fold's card on the leads it was trained on, nats.
    pub log_loss_fit: f64,
    /// Settings the fold chose for itself.
    pub settings: Settings,
    /// Log loss of each judged lead at each of [`crate::model::train::ROW_PRICES`], under the fold's card alone.
    pub size_path_losses: Vec<Vec<f64>>,
    /// Scores of the judged leads at each of [`crate::model::train::ROW_PRICES`], in log-odds.
    pub size_path_log_odds: Vec<Vec<f64>>,
    /// Probabilities of the plain logistic regression for the judged leads.
    pub baseline: Vec<f64>,
    /// Its card, to be fitted again on other criteria.
    pub card: Arc<FoldCard>,
}

/// A fold's card before it became points.
#[derive(Debug)]
pub struct FoldCard {
    /// Bins of its criteria.
    pub bins: BinPlan,
    /// Its float fit.
    pub trial: Trial,
    /// Settings the fold chose for itself.
    pub settings: Settings,
    /// What each of the fold's open leads came to count for: weight and outcome.
    pub open_counts: Vec<(f64, f64)>,
}

/// Probabilities of the judged leads of every fold, in the order of [`HeldOutFold::leads`].
pub type FoldProbabilities = Vec<Vec<f64>>;

/// Trains one card per fold, on the scale of the shipped card.
///
/// # Errors
/// Those of the fit.
pub fn train_folds(
    part: &TrainingPart<'_>,
    plan: &FoldPlan,
    views: &[FoldView],
    (settings, scale): (&TrainParams, f64),
    advance: impl Fn() + Sync,
) -> Result<Vec<Trained>, FitError> {
    let params = at_scale(settings, scale);
    (plan.folds.par_iter().zip(views))
        .map(|(fold, view)| {
            let trained = train(&part_of(part, fold, view), &params)?;
            advance();
            Ok(trained)
        })
        .collect()
}

/// The wishes of the card that ships, for cards on its scale; a card with bounded levels has one of its own.
pub fn at_scale(settings: &TrainParams, scale: f64) -> TrainParams {
    TrainParams { rule: rule_at(settings.rule, scale), ..settings.clone() }
}

fn rule_at(rule: PointsRule, scale: f64) -> PointsRule {
    match rule.scale {
        ScaleRule::Bounded(..) => rule,
        _ => PointsRule { scale: ScaleRule::PerLogOdds(scale), ..rule },
    }
}

/// The leads a fold's card learns from.
pub fn part_of<'a>(part: &TrainingPart<'a>, fold: &'a Fold, view: &'a FoldView) -> TrainingPart<'a> {
    TrainingPart { leads: &fold.fit, open: &view.open, ..*part }
}

/// Scores the leads of every fold by its card.
///
/// - `trained`: one card per fold.
///
/// # Errors
/// Those of the fit.
pub fn score_held_out(
    part: &TrainingPart<'_>,
    plan: &FoldPlan,
    views: &[FoldView],
    trained: Vec<Trained>,
    shipped: &Shipped<'_>,
) -> Result<Vec<HeldOutFold>, FitError> {
    (plan.folds.par_iter().zip(views).zip(trained.into_par_iter()))
        .map(|((fold, view), trained)| judge_fold(part, fold, view, trained, shipped))
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

impl Shipped<'_> {
    /// How points of a fold's card look: on the scale of the card that ships, unless its levels are bounded.
    pub(crate) fn rule(&self) -> PointsRule {
        rule_at(self.settings.rule, 1.0 / self.own.slope)
    }
}

/// What a fold has to do with leads that have no fair outcome.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoldView {
    /// Open leads its card learns from, as seen when its period began.
    pub open: Vec<OpenLead>,
    /// Leads it scores, ascending; none of them among those it learns from.
    pub others: Vec<u32>,
}

fn judge_fold(
    part: &TrainingPart<'_>,
    fold: &Fold,
    view: &FoldView,
    trained: Trained,
    shipped: &Shipped<'_>,
) -> Result<HeldOutFold, FitError> {
    let fold_part = part_of(part, fold, view);
    let codes = trained.bins.encode(part.criteria, &fold.judge);
    let outcome: Vec<f64> = fold.judge.iter().map(|&lead| part.converted[lead as usize]).collect();
    let own_scores = trained.points.scores(&codes);
    let shift = shift_onto(shipped.own, &trained.points, &own_scores);
    let scores = own_scores.into_iter().map(|score| score + shift).collect();
    let other_codes = trained.bins.encode(part.criteria, &view.others);
    let other_scores = trained.points.scores(&other_codes).into_iter().map(|score| score + shift).collect();
    let ladder = ladder(&fold_part, &trained, &shipped.rule());
    let size_path_log_odds: Vec<Vec<f64>> = ladder
        .iter()
        .map(|points| points.scores(&codes).into_iter().map(|score| points.log_odds(score)).collect())
        .collect();
    let baseline_leads = subsample_by_key(&fold.fit, part.keys, MAX_BASELINE_LEADS);
    let baseline = fit_baseline(part.criteria, &baseline_leads, part.converted)?;
    Ok(HeldOutFold {
        name: fold.name.clone(),
        n_fit: fold.fit.len(),
        scores,
        log_loss_fit: log_loss_on(&trained, &fold_part),
        settings: trained.settings,
        size_path_losses: size_path_log_odds.iter().map(|eta| losses(eta, &outcome)).collect(),
        size_path_log_odds,
        baseline: baseline.probabilities(part.criteria, &fold.judge),
        leads: fold.judge.clone(),
        others: view.others.clone(),
        other_scores,
        card: Arc::new(FoldCard {
            trial: trained.fit.into_trial(),
            bins: trained.bins,
            settings: trained.settings,
            open_counts: trained.open_counts,
        }),
    })
}

/// One score means one thing: the whole number that brings the log-odds of a fold's card onto the shipped card's line. It is taken
/// at the mean of the scores, since a bounded card has a scale of its own.
pub(crate) fn shift_onto(own: LogOddsLine, points: &WholePoints, scores: &[i32]) -> i32 {
    let middle = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / scores.len().max(1) as f64;
    let log_odds = points.intercept + middle / points.scale;
    to_points((log_odds - own.intercept) * (1.0 / own.slope) - middle)
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
///
/// - `openness`: who was open when; with it, the curve of a period is fitted on what was known when it began, and that of all
///   folds on the leads that are open today as well.
pub fn calibrate_out_of_fold(
    folds: &[HeldOutFold],
    converted: &[f64],
    own: LogOddsLine,
    is_by_time: bool,
    openness: Option<&CensoringHistory<'_>>,
) -> (FoldProbabilities, Vec<Curve>, Curve) {
    let prior = if is_by_time { CurvePrior::LATER_PERIOD } else { CurvePrior::SAME_PERIOD };
    if let Some(openness) = openness {
        return calibrate_as_known(folds, converted, own, prior, is_by_time, openness);
    }
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
    let all = fit_curve(&counts, own, prior);
    (probabilities_of(folds, &curves), curves, all)
}

fn probabilities_of(folds: &[HeldOutFold], curves: &[Curve]) -> FoldProbabilities {
    (folds.par_iter().zip(curves))
        .map(|(fold, curve)| fold.scores.iter().map(|&score| curve.probability(f64::from(score))).collect())
        .collect()
}

fn calibrate_as_known(
    folds: &[HeldOutFold],
    converted: &[f64],
    own: LogOddsLine,
    prior: CurvePrior,
    is_by_time: bool,
    openness: &CensoringHistory<'_>,
) -> (FoldProbabilities, Vec<Curve>, Curve) {
    let curve_at = |period: Option<usize>, is_wanted: &dyn Fn(usize) -> bool| {
        let seen: Vec<SeenFold> = (folds.iter().enumerate())
            .filter(|(other, _)| is_wanted(*other))
            .map(|(_, fold)| SeenFold::of(fold, converted, openness, period))
            .collect();
        if seen.is_empty() { Curve::of_card(own, prior) } else { fit_seen(&seen, own, prior) }
    };
    let curves: Vec<Curve> =
        (0..folds.len())
            .into_par_iter()
            .map(|at| {
                if is_by_time { curve_at(Some(at), &|other| other < at) } else { curve_at(None, &|other| other != at) }
            })
            .collect();
    let all = curve_at(None, &|_| true);
    (probabilities_of(folds, &curves), curves, all)
}

/// The judged leads of a fold as seen at some moment.
struct SeenFold {
    known: Vec<ScoreCount>,
    open: Vec<(i32, OpenLead)>,
}

impl SeenFold {
    fn of(fold: &HeldOutFold, converted: &[f64], openness: &CensoringHistory<'_>, period: Option<usize>) -> Self {
        let (mut scores, mut won, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for (&lead, &score) in fold.leads.iter().zip(&fold.scores) {
            match openness.seen(lead, period) {
                Seen::Known => {
                    scores.push(score);
                    won.push(converted[lead as usize] > 0.5);
                }
                Seen::Open(lead) => open.push((score, lead)),
                Seen::Unknown => {}
            }
        }
        for (&lead, &score) in fold.others.iter().zip(&fold.other_scores) {
            if let Seen::Open(lead) = openness.seen(lead, period) {
                open.push((score, lead));
            }
        }
        Self { known: count_scores(&scores, &won), open }
    }

    fn counted(&self, curve: &Curve) -> Vec<ScoreCount> {
        let open = self.open.iter().map(|&(score, lead)| {
            let (n, outcome) = lead.counts_for(curve.probability(f64::from(score)));
            ScoreCount { score, n, converted: n * outcome }
        });
        merge([&self.known, &open.collect()])
    }
}

/// Rounds of fitting a curve and counting open leads by it; each moves it by a tenth of the one before or less.
const N_CURVE_ROUNDS: usize = 6;

fn fit_seen(seen: &[SeenFold], own: LogOddsLine, prior: CurvePrior) -> Curve {
    let fit = |curve: &Curve| fit_curve(&seen.iter().map(|fold| fold.counted(curve)).collect::<Vec<_>>(), own, prior);
    let n_rounds = if seen.iter().all(|fold| fold.open.is_empty()) { 1 } else { N_CURVE_ROUNDS };
    (0..n_rounds).fold(Curve::of_card(own, prior), |curve, _| fit(&curve))
}
