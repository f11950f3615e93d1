//! HeldOut: the judged leads of all folds side by side: their scores, what those are worth, and what people's points do to them.

use crate::analyses::overrides::Fitted;
use crate::analyses::untouched::UntouchedLead;
use crate::calibrate::{CalibrateError, Folds, Study};
use crate::cross_fit::censored;
use crate::cross_fit::curves::{FoldProbabilities, HeldOutFold, Shipped, calibrate_out_of_fold, score_held_out};
use crate::cross_fit::final_card::ShippedCard;
use crate::data::labels::LabelledLeads;
use crate::decide::frontier::OutOfFold;
use crate::math::LogOddsLine;
use crate::measures::log_loss;
use crate::model::curve::Curve;
use crate::model::overrides::Applied;
use crate::model::train::Trained;
use crate::progress::Progress;

/// Every lead that a card judged which had not seen it.
pub(crate) struct HeldOut {
    pub(crate) folds: Vec<HeldOutFold>,
    pub(crate) probabilities: FoldProbabilities,
    /// The curve known to each fold.
    pub(crate) curves: Vec<Curve>,
    /// The curve of all folds together.
    pub(crate) curve: Curve,
    /// In the order of the lead table.
    pub(crate) out_of_fold: OutOfFold,
    /// The same leads under the fitted points, where people have changed some.
    pub(crate) fitted: Option<Fitted>,
}

impl HeldOut {
    /// Scores the leads of every fold by its card, with the points that people set.
    pub(crate) fn judge(
        study: &Study<'_>,
        at: &Folds<'_>,
        trained: Vec<Trained>,
        shipped: &ShippedCard,
        by_hand: &Applied,
        progress: &mut Progress,
    ) -> Result<Self, CalibrateError> {
        let (part, own) = (&study.part, shipped.own);
        let over = Shipped { settings: study.params, own };
        let mut folds = progress.stage("judging", || score_held_out(part, at.plan, at.views, trained, &over))?;
        let fitted = (!by_hand.overrides.is_empty()).then(|| {
            let fitted = progress.stage("overrides", || judge_without(by_hand, &folds, study, at, own));
            shift_scores(&mut folds, |lead| by_hand.shift_of(lead));
            fitted
        });
        let (probabilities, curves, curve) = progress.stage("curve", || price(&folds, study, at, own));
        let out_of_fold = gather(study.leads, &folds, &probabilities);
        Ok(Self { folds, probabilities, curves, curve, out_of_fold, fitted })
    }

    /// Positions of the judged leads among all, in the order of [`OutOfFold`].
    pub(crate) fn positions(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = self.folds.iter().flat_map(|fold| fold.leads.iter().copied()).collect();
        positions.sort_unstable();
        positions
    }

    /// Name and curve of each fold where folds are periods; nothing otherwise.
    pub(crate) fn periods(&self, at: &Folds<'_>) -> Vec<(&str, &Curve)> {
        let periods = self.folds.iter().map(|fold| fold.name.as_str()).zip(&self.curves);
        if at.plan.is_by_time { periods.collect() } else { Vec::new() }
    }

    /// Outcomes of the judged leads as they were known when each period began, in the order of the judged leads: one list per
    /// period. Nothing where folds are no periods, or open leads count for nothing.
    pub(crate) fn outcomes_then(&self, study: &Study<'_>, at: &Folds<'_>) -> Vec<Vec<bool>> {
        let Some(openness) = at.openness.filter(|_| at.plan.is_by_time) else { return Vec::new() };
        let positions = self.positions();
        let as_seen = |period: usize, curve: &Curve| {
            let outcome = |(at, &lead): (usize, &u32)| {
                let draw = censored::uniform_from_key(study.part.keys[lead as usize], period);
                let log_odds = curve.log_odds(f64::from(self.out_of_fold.score[at])).0;
                let seen = openness.seen(lead, Some(period));
                censored::outcome_as_seen(seen, study.leads.converted[lead as usize], log_odds, draw)
            };
            // Leads of the period and of later ones were not there yet; nothing looks at them.
            positions.iter().enumerate().map(outcome).collect()
        };
        self.curves.iter().enumerate().map(|(period, curve)| as_seen(period, curve)).collect()
    }

    /// The leads without a fair outcome.
    pub(crate) fn others(&self, study: &Study<'_>) -> ScoredOthers {
        let first_open = study.leads.n_leads() + study.others.n_untouched;
        let mut scored = ScoredOthers { untouched: Vec::new(), open: Vec::new() };
        for (fold, curve) in self.folds.iter().zip(&self.curves) {
            for (&lead, &score) in fold.others.iter().zip(&fold.other_scores) {
                match (lead as usize).checked_sub(first_open) {
                    Some(at) => scored.open.push((at, score)),
                    None => {
                        let probability = curve.probability(f64::from(score));
                        scored.untouched.push(UntouchedLead { score, probability });
                    }
                }
            }
        }
        scored
    }
}

/// Leads without a fair outcome, scored by cards that had not seen them.
pub(crate) struct ScoredOthers {
    pub(crate) untouched: Vec<UntouchedLead>,
    /// Position among the open leads, and score.
    pub(crate) open: Vec<(usize, i32)>,
}

fn price(
    folds: &[HeldOutFold],
    study: &Study<'_>,
    at: &Folds<'_>,
    own: LogOddsLine,
) -> (FoldProbabilities, Vec<Curve>, Curve) {
    calibrate_out_of_fold(folds, study.part.converted, own, at.plan.is_by_time, at.openness)
}

/// The judged leads with fitted points, and what each override alone would do to them.
fn judge_without(
    by_hand: &Applied,
    folds: &[HeldOutFold],
    study: &Study<'_>,
    at: &Folds<'_>,
    own: LogOddsLine,
) -> Fitted {
    let judge = |folds: &[HeldOutFold]| gather(study.leads, folds, &price(folds, study, at, own).0);
    let alone = |shifts: &Vec<i32>| {
        let mut shifted = folds.to_vec();
        shift_scores(&mut shifted, |lead| shifts[lead as usize]);
        let judged = judge(&shifted);
        log_loss(&judged.probability, &judged.converted).unwrap_or_default()
    };
    let judged = judge(folds);
    Fitted {
        score: judged.score,
        probability: judged.probability,
        log_loss_alone: by_hand.shifts.iter().map(alone).collect(),
    }
}

fn shift_scores(folds: &mut [HeldOutFold], shift_of: impl Fn(u32) -> i32) {
    for fold in folds {
        let judged = fold.scores.iter_mut().zip(&fold.leads);
        for (score, &lead) in judged.chain(fold.other_scores.iter_mut().zip(&fold.others)) {
            *score += shift_of(lead);
        }
    }
}

/// Judged leads in the order of the lead table.
fn gather(leads: &LabelledLeads, folds: &[HeldOutFold], probabilities: &[Vec<f64>]) -> OutOfFold {
    let mut judged: Vec<(u32, u16, i32, f64)> = Vec::new();
    for (number, (fold, probabilities)) in folds.iter().zip(probabilities).enumerate() {
        for ((&lead, &score), &probability) in fold.leads.iter().zip(&fold.scores).zip(probabilities) {
            judged.push((lead, number as u16, score, probability));
        }
    }
    judged.sort_unstable_by_key(|&(lead, ..)| lead);
    let positions: Vec<usize> = judged.iter().map(|&(lead, ..)| lead as usize).collect();
    OutOfFold {
        ids: leads.ids.select(&positions),
        rows: positions.iter().map(|&lead| leads.rows[lead]).collect(),
        fold: judged.iter().map(|&(_, fold, ..)| fold).collect(),
        as_of: leads.as_of.as_ref().map(|as_of| positions.iter().map(|&lead| as_of[lead]).collect()),
        score: judged.iter().map(|&(_, _, score, _)| score).collect(),
        probability: judged.iter().map(|&(.., probability)| probability).collect(),
        converted: positions.iter().map(|&lead| leads.converted[lead]).collect(),
    }
}
