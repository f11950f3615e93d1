//! `metrics.json`, from everything the stages came to.

use rayon::prelude::*;

use super::record::{BaselineMetrics, CardMetrics, FoldMetrics, LeadCounts, Metrics, SettingsMetrics};
use super::verdict::CardVerdict;
use crate::analyses::{Evidence, Findings};
use crate::card::Card;
use crate::cross_fit::held_out::{AS_IT_IS, TWICE_AS_FINE};
use crate::cross_fit::{HeldOut, Setup};
use crate::data::labels::{LabelledLeads, show_day};
use crate::data::read::DrawnRows;
use crate::decide::frontier;
use crate::measures::{
    Cells, Estimate, PairedDifference, auc, log_loss, loss_of_lead, paired_difference, reliability_rows,
};
use crate::model::train::FitSettings;
use crate::notes::Note;

/// Everything that stands in `metrics.json` but the seconds.
///
/// - `card`: the card as it is handed over; `notes`: those of all steps, in their order.
pub(super) fn metrics(evidence: Evidence<'_>, card: &Card, findings: Findings, notes: Vec<Note>) -> Metrics {
    let Evidence { setup, fitted, held_out, decision, .. } = evidence;
    let (leads, judged) = (&setup.leads, &held_out.out_of_fold);
    let cells = Cells::count(&judged.score, &judged.probability, &judged.converted);
    let mut metrics = Metrics {
        n_leads: leads.n_leads(),
        n_converted: leads.n_converted(),
        verdict: CardVerdict::default(),
        leads: lead_counts(leads, setup.inputs.drawn),
        weights: leads.weighting.clone(),
        out_of_fold: held_out.quality.clone(),
        baseline_logistic: baseline_metrics(evidence),
        card: CardMetrics {
            n_criteria: card.criteria.iter().filter(|criterion| !criterion.is_pair()).count(),
            n_pairs: card.criteria.iter().filter(|criterion| criterion.is_pair()).count(),
            n_rows: card.n_printed_rows(),
            points_min: card.curve.first().map_or(0, |entry| entry.score),
            points_max: card.curve.last().map_or(0, |entry| entry.score),
            cost_of_scale: cost_of_scale(held_out),
        },
        settings: settings_metrics(&fitted.card.trained.settings),
        curve: held_out.curves.all.name().to_owned(),
        folds: fold_metrics(evidence),
        folds_by: setup.plan.sentence.clone(),
        reliability: reliability_rows(&cells.by_score()),
        at_threshold: frontier::threshold_metrics(&decision.resolved, &decision.frontier),
        report: setup.settings.report.clone(),
        horizon_days: leads.horizon_days,
        data_until: data_until(setup),
        policies: decision.policies.clone(),
        forecast: decision.forecast.clone(),
        back_test: decision.back_test.clone(),
        past_promises: decision.past_promises.clone(),
        ask_first: decision.ask_first.record.clone(),
        grades: decision.grades.clone(),
        bands: decision.band_metrics.clone(),
        bands_by_month: decision.bands_by_month.clone(),
        funnels: decision.funnels.clone(),
        findings,
        verdicts: setup.inputs.verdicts.clone(),
        as_of: setup.inputs.proofs.clone(),
        inputs: setup.inputs.files.clone(),
        seconds: Vec::new(),
        notes,
    };
    metrics.verdict = CardVerdict::on(&metrics);
    metrics
}

/// The last day the outcomes are known for, or that any lead was handed off.
fn data_until(setup: &Setup<'_>) -> Option<String> {
    let hand_offs = setup.hand_offs.as_of.iter().flatten().copied();
    let latest = hand_offs.chain(setup.leads.observed_until_us).max();
    setup.settings.observed_until.map(|day| day.to_string()).or_else(|| latest.map(show_day))
}

fn lead_counts(leads: &LabelledLeads, drawn: Option<DrawnRows>) -> LeadCounts {
    let counts = &leads.counts;
    LeadCounts {
        n_read: counts.n_read,
        drawn,
        n_immature: counts.n_immature,
        n_untouched: counts.n_untouched,
        n_left_out: counts.n_open
            + counts.n_without_outcome
            + counts.n_duplicate
            + counts.n_as_of_after_conversion
            + counts.n_without_as_of
            + counts.n_without_id,
    }
}

fn baseline_metrics(evidence: Evidence<'_>) -> BaselineMetrics {
    let Evidence { setup, held_out, .. } = evidence;
    let probability: Vec<f64> = held_out.folds.iter().flat_map(|fold| fold.baseline.iter().copied()).collect();
    let converted: Vec<bool> = setup.plan.folds.iter().flat_map(|fold| setup.outcomes(&fold.judge)).collect();
    let card: Vec<f64> = held_out.folds.iter().flat_map(|fold| fold.probabilities.iter().copied()).collect();
    let losses = |probability: &[f64]| -> Vec<f64> {
        probability
            .iter()
            .zip(&converted)
            .map(|(&probability, &converted)| loss_of_lead(probability, converted))
            .collect()
    };
    let (auc, (own, of_card)) =
        rayon::join(|| auc(&probability, &converted), || rayon::join(|| losses(&probability), || losses(&card)));
    let gain = paired_difference(&own, &of_card);
    BaselineMetrics {
        log_loss: log_loss(&probability, &converted).unwrap_or_default(),
        auc: auc.unwrap_or_default(),
        card_gain: Estimate::normal(gain.mean, gain.standard_error * held_out.design_effect.sqrt()),
    }
}

/// How much less leads that the cards had not seen would lose with points twice as fine.
fn cost_of_scale(held_out: &HeldOut) -> Estimate {
    let PairedDifference { mean, standard_error } = held_out.sizes().difference(AS_IT_IS, TWICE_AS_FINE);
    Estimate::normal(mean, standard_error * held_out.design_effect.sqrt())
}

fn settings_metrics(settings: &FitSettings) -> SettingsMetrics {
    SettingsMetrics {
        smoothness: settings.stiffness.smoothness,
        ridge: settings.stiffness.ridge,
        reweighted: settings.stiffness.reweighted,
        row_price: settings.row_price,
        offset_spread: settings.offset_variance.map(f64::sqrt),
    }
}

fn fold_metrics(evidence: Evidence<'_>) -> Vec<FoldMetrics> {
    let Evidence { setup, fitted, held_out, .. } = evidence;
    (setup.plan.folds.par_iter().zip(&held_out.folds).zip(&fitted.folds))
        .map(|((fold, held_out), trained)| {
            let converted: Vec<bool> = setup.outcomes(&fold.judge).collect();
            FoldMetrics {
                fold: fold.name.clone(),
                n_fit: fold.fit.len(),
                n_judged: fold.judge.len(),
                log_loss_fit: held_out.log_loss_fit,
                log_loss_judged: log_loss(&held_out.probabilities, &converted).unwrap_or_default(),
                settings: settings_metrics(&trained.settings),
            }
        })
        .collect()
}
