//! Held-out scores: every fold's card scores the leads it has not seen, and people's points are put on them.

use rayon::prelude::*;

use super::censored::{OutcomeStatus, outcome_as_known, uniform_from_key};
use super::curves::{Curves, Price, calibrate_out_of_fold};
use super::folds::Fold;
use super::out_of_fold::{FoldScores, HeldOutLead, OutOfFold};
use super::sizes::CardsOnLeads;
use super::transfer::{Attenuation, OwnLogOdds, Shipped, attenuations, shipped_scores, transfer_by_rank};
use super::{CrossFitError, Fitted, Setup};
use crate::math::logistic;
use crate::measures::{OutOfFoldMetrics, design_effect, log_loss, out_of_fold_metrics};
use crate::model::curve::Curve;
use crate::model::fit::FitError;
use crate::model::fit::baseline::{MAX_BASELINE_LEADS, fit_baseline};
use crate::model::train::{ROW_PRICES, Trained, screened, subsample_by_key};
use crate::notes::{Note, count};
use crate::progress::Progress;

/// Every lead that was scored by a card which had not seen it.
#[derive(Debug)]
pub struct HeldOut {
    /// What each fold's card is worth.
    pub folds: Vec<HeldOutFold>,
    /// Scores by fold, points by hand included.
    pub scores: Vec<FoldScores>,
    /// Score of every position by the card that ships, points by hand included; it may have seen their outcomes, so these say how
    /// many leads have a score, and nothing of what became of them.
    pub shipped: Vec<i32>,
    /// How many leads tell as much as one on its own: 1 unless leads of one account or contact convert together.
    pub design_effect: f64,
    /// What scores are worth.
    pub curves: Curves,
    /// How much less the scores of each fold tell than those of the card that ships.
    pub attenuations: Vec<Attenuation>,
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
    /// The leads under the fold's card at each of [`crate::model::train::ROW_PRICES`], then as it is ([`AS_IT_IS`]), then with points twice as
    /// fine ([`TWICE_AS_FINE`]).
    pub sizes: CardsOnLeads,
    /// Probabilities of the plain logistic regression.
    pub baseline: Vec<f64>,
    /// Probabilities of the fold's scores, from a curve of other folds.
    pub probabilities: Vec<f64>,
}

/// Where the fold's card as it is stands among [`HeldOutFold::sizes`].
pub const AS_IT_IS: usize = ROW_PRICES.len();
/// Where its card with points twice as fine stands.
pub const TWICE_AS_FINE: usize = AS_IT_IS + 1;

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

/// What is said of a card that knows nothing, as far as anybody can tell.
const NO_BETTER: &str = "on leads it had not seen, this card does no better than promising every lead the overall rate, but for \
                             chance: do not use it";

/// Scores the leads of every fold by its card, with the points that people set, and prices the scores.
///
/// # Errors
/// [`CrossFitError::Fit`] of the plain logistic regression; [`CrossFitError::OneOutcomeJudged`].
pub fn score_held_out(setup: &Setup<'_>, fitted: &Fitted, progress: &mut Progress) -> Result<HeldOut, CrossFitError> {
    let scored = progress.stage("judging", || score_folds(setup, fitted))?;
    let (mut folds, own): (Vec<HeldOutFold>, Vec<OwnLogOdds>) = scored.into_iter().unzip();
    let by_hand = &fitted.by_hand;
    let mut shipped = shipped_scores(setup, fitted);
    let onto = Shipped { scores: &shipped, log_odds_per_point: fitted.card.score_to_log_odds.slope };
    let design_effect = design_effect_of(setup, &own);
    let attenuations = attenuations(setup, fitted, &onto, &own);
    let price = Price { attenuations: &attenuations, design_effect };
    let without_overrides = (!by_hand.overrides.is_empty())
        .then(|| progress.stage("overrides", || WithoutOverrides::of(setup, fitted, &own, &onto, price)));
    let scores = transfer_by_rank(setup, &onto, &own, |lead| by_hand.shift_of(lead));
    shipped.iter_mut().zip(0..).for_each(|(score, lead)| *score += by_hand.shift_of(lead));
    let (curves, probabilities) = progress.stage("curve", || calibrate_out_of_fold(setup, fitted, &scores, price));
    let out_of_fold = gather(setup, &scores, &probabilities);
    folds.iter_mut().zip(probabilities).for_each(|(fold, probabilities)| fold.probabilities = probabilities);
    let quality = out_of_fold_metrics(&out_of_fold.score, &out_of_fold.probability, &out_of_fold.converted)
        .ok_or(CrossFitError::OneOutcomeJudged { n_leads: out_of_fold.n_leads() })?
        .slope_widened(design_effect.sqrt());
    let mut notes: Vec<Note> = baseline_note(&setup.plan.folds).into_iter().collect();
    if design_effect > TOLD_DESIGN_EFFECT {
        let whose = match &setup.leads.weighting {
            Some(weighting) if weighting.n_leads > weighting.n_rows => {
                "leads of one row, or of one account or contact,"
            }
            _ => "leads of one account or contact",
        };
        let text = format!(
            "{whose} convert together: {} judged leads tell as much as {} on their own, and every interval \
             allows for it",
            count(out_of_fold.n_leads() as u64),
            count((out_of_fold.n_leads() as f64 / design_effect).round() as u64)
        );
        notes.push(Note::new("clusters", text));
    }
    if quality.is_no_better_than_the_rate() {
        notes.push(Note::new("curve", NO_BETTER));
    }
    Ok(HeldOut {
        folds,
        scores,
        shipped,
        design_effect,
        curves,
        attenuations,
        out_of_fold,
        without_overrides,
        quality,
        notes,
    })
}

impl HeldOut {
    /// The leads of all folds under cards of several sizes ([`HeldOutFold::sizes`]).
    pub fn sizes(&self) -> CardsOnLeads {
        CardsOnLeads::together(self.folds.iter().map(|fold| &fold.sizes))
    }

    /// What a curve makes of each held-out lead, its fold's card taken for as weak as it is.
    pub fn worth_by(&self, curve: &Curve) -> Vec<f64> {
        let OutOfFold { score, fold, .. } = &self.out_of_fold;
        let worth = |(&score, &fold): (&i32, &u16)| {
            curve.probability(self.attenuations[usize::from(fold)].equivalent(f64::from(score)))
        };
        score.par_iter().zip(fold).map(worth).collect()
    }

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

/// A design effect up to this widens an interval by a fortieth.
const TOLD_DESIGN_EFFECT: f64 = 1.05;

/// How much leads of one account or contact have in common beyond what their folds' cards say of them.
fn design_effect_of(setup: &Setup<'_>, own: &[OwnLogOdds]) -> f64 {
    let Some(cluster) = &setup.cluster else { return 1.0 };
    let judged = || setup.plan.folds.iter().zip(own).flat_map(|(fold, own)| fold.judge.iter().zip(&own.judged));
    let clusters: Vec<u64> = judged().map(|(&lead, _)| cluster[lead as usize]).collect();
    let residuals: Vec<f64> =
        judged().map(|(&lead, &log_odds)| setup.converted[lead as usize] - logistic(log_odds)).collect();
    design_effect(&clusters, &residuals)
}

fn score_folds(setup: &Setup<'_>, fitted: &Fitted) -> Result<Vec<(HeldOutFold, OwnLogOdds)>, FitError> {
    setup.plan.try_map(|at, fold| score_fold(setup, fitted, fold, &fitted.folds[at]))
}

fn score_fold(
    setup: &Setup<'_>,
    fitted: &Fitted,
    fold: &Fold,
    trained: &Trained,
) -> Result<(HeldOutFold, OwnLogOdds), FitError> {
    let part = setup.fold_part(fold, fitted.uses_censored);
    let codes = trained.bins.encode(&setup.cells, &fold.judge);
    let outcome: Vec<f64> = fold.judge.iter().map(|&lead| setup.converted[lead as usize]).collect();
    let unlabelled_codes = trained.bins.encode(&setup.cells, &fold.unlabelled);
    let own = OwnLogOdds {
        judged: trained.points.log_odds_of(&codes),
        unlabelled: trained.points.log_odds_of(&unlabelled_codes),
    };
    let rule = setup.params.at_scale(1.0 / fitted.card.score_to_log_odds.slope).rule;
    let fitted_leads = trained.on_its_leads(&part);
    let mut wishes = ROW_PRICES.map(|row_price| (rule, row_price)).to_vec();
    wishes.push(trained.twice_as_fine(rule.unit));
    let mut cards = fitted_leads.cards(&wishes);
    cards.insert(AS_IT_IS, trained.points.clone());
    let baseline_leads = subsample_by_key(&fold.fit, &setup.keys, MAX_BASELINE_LEADS);
    let baseline = fit_baseline(&setup.cells, screened(&part), &baseline_leads, &setup.converted)?;
    let held_out = HeldOutFold {
        log_loss_fit: fitted_leads.log_loss(),
        sizes: CardsOnLeads::count(&cards, &codes, &outcome),
        baseline: baseline.probabilities(&setup.cells, &fold.judge),
        probabilities: Vec::new(),
    };
    Ok((held_out, own))
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
    fn of(setup: &Setup<'_>, fitted: &Fitted, own: &[OwnLogOdds], onto: &Shipped<'_>, price: Price<'_>) -> Self {
        let judge = |shift_of: &(dyn Fn(u32) -> i32 + Sync)| {
            let scores = transfer_by_rank(setup, onto, own, shift_of);
            let probabilities = calibrate_out_of_fold(setup, fitted, &scores, price).1;
            gather(setup, &scores, &probabilities)
        };
        let alone = |shifts: &Vec<i32>| {
            let judged = judge(&|lead| shifts[lead as usize]);
            log_loss(&judged.probability, &judged.converted).unwrap_or_default()
        };
        let judged = judge(&|_| 0);
        Self {
            score: judged.score,
            probability: judged.probability,
            log_loss_alone: fitted.by_hand.shifts.iter().map(alone).collect(),
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
