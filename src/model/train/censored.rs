//! Right-censored leads in a fit: each counts for as much as it tells, by what the fit makes of it.

use super::{FitSettings, TrainingPart, outcome_of};
use crate::math::logistic;
use crate::measures::mean;
use crate::model::bins::{BinParams, BinPlan, Codes, fit_bins_weighted};
use crate::model::censoring::PartialOutcome;
use crate::model::fit::loss::{Observed, log_odds};
use crate::model::fit::newton::NewtonParams;
use crate::model::fit::penalty::Chains;
use crate::model::fit::{FitError, JointFit, JointFitter, Trial};

/// Most rounds of fitting and counting right-censored leads anew. With rare conversions the first counts are all but right and two or
/// three rounds are enough; where half of the leads convert it takes a few more.
const MAX_ROUNDS: usize = 25;

/// Rounds end once no right-censored lead's outcome moves by more than this: no probability then moves by a hundredth of a per cent.
const SETTLED: f64 = 1e-4;

/// A fit in which right-censored leads count for what it makes of them, and its leads.
pub(super) struct CensoredFit {
    pub(super) bins: BinPlan,
    pub(super) chains: Chains,
    pub(super) fit: JointFit,
    pub(super) censored_counts: Vec<PartialOutcome>,
    pub(super) sample: Sample,
    pub(super) codes: Codes,
}

/// Fit, count the right-censored leads by what the fit makes of them, fit again, until their outcomes settle. Without any, one fit.
pub(super) fn fit(part: &TrainingPart<'_>, which: &[usize], settings: &FitSettings) -> Result<CensoredFit, FitError> {
    let rate = mean(&outcome_of(part, part.leads));
    let mut counts: Vec<PartialOutcome> = part.censored.iter().map(|lead| lead.counts_for(rate)).collect();
    let mut sample = Sample::of(part, &counts);
    let bins = sample.fit_bins(part, which);
    let chains = Chains::of(&bins).with_variance(settings.offset_variance);
    let codes = bins.encode(part.criteria, &sample.leads);
    let leads: Vec<u32> = part.censored.iter().map(|lead| lead.lead).collect();
    let censored_codes = bins.encode(part.criteria, &leads);
    let mut last: Option<Trial> = None;
    let mut n_rounds = 0;
    loop {
        let mut fitter = JointFitter::new(sample.observed(&codes), &chains, NewtonParams::default())?;
        if let Some(last) = &last {
            fitter = fitter.starting_at(last);
        }
        let trial = fitter.fit(&settings.stiffness)?;
        let eta = log_odds(&censored_codes, trial.intercept, &trial.coefficients);
        let next: Vec<PartialOutcome> =
            part.censored.iter().zip(eta).map(|(lead, x)| lead.counts_for(logistic(x))).collect();
        n_rounds += 1;
        let moved = counts.iter().zip(&next).map(|(old, new)| (old.outcome - new.outcome).abs()).fold(0.0, f64::max);
        if moved <= SETTLED || n_rounds == MAX_ROUNDS {
            let fit = fitter.finish(trial);
            return Ok(CensoredFit { fit, bins, chains, censored_counts: counts, sample, codes });
        }
        counts = next;
        sample = Sample::of(part, &counts);
        last = Some(trial);
    }
}

/// The leads of a fit: those with an outcome, then the right-censored ones, each for as much as it counts.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) leads: Vec<u32>,
    outcome: Vec<f64>,
    /// All 1 when absent.
    weight: Option<Vec<f64>>,
}

impl Sample {
    pub(crate) fn of(part: &TrainingPart<'_>, counts: &[PartialOutcome]) -> Self {
        let mut leads = part.leads.to_vec();
        let mut outcome = outcome_of(part, part.leads);
        if counts.is_empty() {
            return Self { leads, outcome, weight: None };
        }
        let mut weight = vec![1.0; leads.len()];
        leads.extend(part.censored.iter().map(|lead| lead.lead));
        weight.extend(counts.iter().map(|count| count.weight));
        outcome.extend(counts.iter().map(|count| count.outcome));
        Self { leads, outcome, weight: Some(weight) }
    }

    fn fit_bins(&self, part: &TrainingPart<'_>, which: &[usize]) -> BinPlan {
        fit_bins_weighted(
            part.criteria,
            which,
            &self.leads,
            &self.outcome,
            self.weight.as_deref(),
            part.kept_edges,
            &BinParams::default(),
        )
    }

    pub(crate) fn observed<'a>(&'a self, codes: &'a Codes) -> Observed<'a> {
        Observed { codes, outcome: &self.outcome, weight: self.weight.as_deref() }
    }
}
