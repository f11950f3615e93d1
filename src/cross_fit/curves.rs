//! What the scores of held-out leads are worth: every fold's scores are priced by a curve from other folds.
//!
//! Always true: the curve of a period is fitted on earlier periods as they were known when it began.

use rayon::prelude::*;

use super::censored::{CensoringHistory, OutcomeStatus};
use super::folds::Fold;
use super::out_of_fold::FoldScores;
use super::transfer::Attenuation;
use super::{Fitted, Setup};
use crate::math::LogOddsLine;
use crate::model::censoring::{CensoredLead, PartialOutcome};
use crate::model::curve::{Curve, CurvePrior, ScoreCount, count_scores, fit_curve, merge};

/// Curves of held-out scores.
#[derive(Debug, Clone)]
pub struct Curves {
    /// The one known to each fold.
    pub of_fold: Vec<FoldCurve>,
    /// The one of all folds together, as things stand today.
    pub all: Curve,
}

/// What the scores of one fold's card are worth, brought onto the card that ships.
#[derive(Debug, Clone)]
pub struct FoldCurve {
    /// On the card that ships.
    pub curve: Curve,
    attenuation: Attenuation,
}

impl FoldCurve {
    /// Log-odds of a score, and their standard error.
    pub fn log_odds(&self, score: f64) -> (f64, f64) {
        self.curve.log_odds(self.attenuation.equivalent(score))
    }

    /// Probability of a score.
    pub fn probability(&self, score: f64) -> f64 {
        self.curve.probability(self.attenuation.equivalent(score))
    }
}

/// How much the scores of held-out leads tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price<'a> {
    /// Per fold: how much less than those of the card that ships.
    pub attenuations: &'a [Attenuation],
    /// Leads that tell as much as one on its own.
    pub design_effect: f64,
}

/// Prices every fold's scores by a curve from the folds it may learn from; a fold that may learn from none takes the card's own
/// log-odds.
///
/// Where right-censored leads take part, the curve of a period is fitted on what was known when it began, and that of all folds
/// on the leads that are right-censored today as well.
///
/// - `scores`: per fold.
/// - returns: the curves, and the probabilities of the leads that each fold judged, in their order.
pub(super) fn calibrate_out_of_fold(
    setup: &Setup<'_>,
    fitted: &Fitted,
    scores: &[FoldScores],
    price: Price<'_>,
) -> (Curves, Vec<Vec<f64>>) {
    let Price { attenuations, design_effect } = price;
    let fitter = CurveFitter {
        folds: &setup.plan.folds,
        scores,
        attenuations,
        converted: &setup.converted,
        prior: setup.plan.curve_prior(),
        score_to_log_odds: fitted.card.score_to_log_odds,
        design_effect,
        history: setup.censoring.as_ref().filter(|_| fitted.uses_censored),
    };
    let n_folds = setup.plan.folds.len();
    let today: Vec<KnownScores> = (0..n_folds).into_par_iter().map(|fold| fitter.known_scores(fold, None)).collect();
    let of_fold: Vec<FoldCurve> = (0..n_folds)
        .into_par_iter()
        .map(|at| {
            let teachers = (0..n_folds).filter(|&other| setup.plan.may_learn_from(at, other));
            // What was known when a period began differs from today only by the leads that were right-censored then.
            let curve = match setup.plan.period(at).filter(|_| fitter.history.is_some()) {
                None => fitter.fit(&teachers.map(|fold| &today[fold]).collect::<Vec<_>>()),
                period => {
                    let then: Vec<KnownScores> = teachers.map(|fold| fitter.known_scores(fold, period)).collect();
                    fitter.fit(&then.iter().collect::<Vec<_>>())
                }
            };
            FoldCurve { curve, attenuation: attenuations[at] }
        })
        .collect();
    let all = fitter.fit(&today.iter().collect::<Vec<_>>());
    let probabilities = (scores.par_iter().zip(&of_fold))
        .map(|(fold, curve)| fold.judged.iter().map(|&score| curve.probability(f64::from(score))).collect())
        .collect();
    (Curves { of_fold, all }, probabilities)
}

/// Fits curves to the scores of some folds.
struct CurveFitter<'a> {
    folds: &'a [Fold],
    scores: &'a [FoldScores],
    attenuations: &'a [Attenuation],
    converted: &'a [f64],
    prior: CurvePrior,
    score_to_log_odds: LogOddsLine,
    design_effect: f64,
    /// Where right-censored leads take part.
    history: Option<&'a CensoringHistory>,
}

impl CurveFitter<'_> {
    fn fit(&self, known: &[&KnownScores]) -> Curve {
        let of_card = Curve::of_card(self.score_to_log_odds, self.prior);
        if known.is_empty() {
            return of_card;
        }
        let n_rounds = if known.iter().all(|fold| fold.censored.is_empty()) { 1 } else { N_CURVE_ROUNDS };
        (0..n_rounds).fold(of_card, |curve, _| {
            let counts: Vec<Vec<ScoreCount>> =
                known.iter().map(|fold| thinned(fold.counted(&curve), self.design_effect)).collect();
            fit_curve(&counts, self.score_to_log_odds, self.prior)
        })
    }

    /// - `period`: the moment whose knowledge counts; today without one.
    fn known_scores(&self, fold: usize, period: Option<usize>) -> KnownScores {
        let status = |lead| self.history.map_or(OutcomeStatus::Observed, |history| history.status(lead, period));
        let attenuation = self.attenuations[fold];
        let equivalent = |score: i32| attenuation.equivalent(f64::from(score)).round() as i32;
        let (fold, of_fold) = (&self.folds[fold], &self.scores[fold]);
        let (mut scores, mut won, mut censored) = (Vec::new(), Vec::new(), Vec::new());
        for (&lead, &score) in fold.judge.iter().zip(&of_fold.judged) {
            let score = equivalent(score);
            match status(lead) {
                OutcomeStatus::Observed => {
                    scores.push(score);
                    won.push(self.converted[lead as usize] > 0.5);
                }
                OutcomeStatus::Censored(lead) => censored.push((score, lead)),
                OutcomeStatus::Unusable => {}
            }
        }
        // Without a history nothing is known of unlabelled leads.
        for (&lead, &score) in fold.unlabelled.iter().zip(&of_fold.unlabelled).filter(|_| self.history.is_some()) {
            if let OutcomeStatus::Censored(lead) = status(lead) {
                censored.push((equivalent(score), lead));
            }
        }
        KnownScores { observed: count_scores(&scores, &won), censored }
    }
}

/// The leads that a fold judged, as known at some moment.
struct KnownScores {
    observed: Vec<ScoreCount>,
    censored: Vec<(i32, CensoredLead)>,
}

impl KnownScores {
    fn counted(&self, curve: &Curve) -> Vec<ScoreCount> {
        if self.censored.is_empty() {
            return self.observed.clone();
        }
        let censored = self.censored.iter().map(|&(score, lead)| {
            let PartialOutcome { weight: n, outcome } = lead.counts_for(curve.probability(f64::from(score)));
            ScoreCount { score, n, converted: n * outcome }
        });
        merge([&self.observed, &censored.collect()])
    }
}

/// Counts of leads in clusters as those of the fewer leads on their own that would tell as much.
fn thinned(mut counts: Vec<ScoreCount>, design_effect: f64) -> Vec<ScoreCount> {
    for count in &mut counts {
        count.n /= design_effect;
        count.converted /= design_effect;
    }
    counts
}

/// Rounds of fitting a curve and counting right-censored leads by it; each moves it by a tenth of the one before or less.
const N_CURVE_ROUNDS: usize = 6;
