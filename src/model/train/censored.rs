//! Right-censored leads in a fit: each counts for as much as it tells, by what the fit makes of it.

use super::pairs::{PairRule, find_tables};
use super::{FitSettings, TrainingPart, outcome_of, subsample_by_key};
use crate::math::logistic;
use crate::measures::mean;
use crate::model::bins::{BinParams, BinPlan, Codes, PairBins, fit_bins_weighted};
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

/// From so many leads on, a fit starts from one of a few of them.
pub(super) const PILOT_ABOVE: usize = 40_000;

/// Leads of that first fit, as a share of all, and at most.
const PILOT_SHARE: usize = 8;
const MAX_PILOT_LEADS: usize = 30_000;

/// A fit in which right-censored leads count for what it makes of them, and its leads.
pub(super) struct CensoredFit {
    pub(super) bins: BinPlan,
    pub(super) chains: Chains,
    pub(super) fit: JointFit,
    pub(super) censored_counts: Vec<PartialOutcome>,
    pub(super) sample: Sample,
    pub(super) codes: Codes,
}

/// Fit, count the right-censored leads by what the fit makes of them, fit again, until their outcomes settle; then again with the tables
/// that are worth it. Without right-censored leads and tables, one fit.
pub(super) fn fit(
    part: &TrainingPart<'_>,
    which: &[usize],
    settings: &FitSettings,
    pairs: &PairRule,
) -> Result<CensoredFit, FitError> {
    let mut fitting = Fitting::of(part, which, settings);
    let mut trial = fitting.settle(None)?;
    let tables = if pairs.is_none() { Vec::new() } else { find_tables(part, which, &fitting.bins, &trial, pairs)? };
    if !tables.is_empty() {
        fitting.add(tables);
        trial = fitting.settle(Some(trial))?;
    }
    fitting.finish(trial)
}

/// Leads and bins of a fit in which right-censored leads count for what it makes of them.
struct Fitting<'a> {
    part: &'a TrainingPart<'a>,
    settings: &'a FitSettings,
    bins: BinPlan,
    chains: Chains,
    counts: Vec<PartialOutcome>,
    sample: Sample,
    codes: Codes,
    /// Of the right-censored leads.
    censored_codes: Codes,
}

impl<'a> Fitting<'a> {
    fn of(part: &'a TrainingPart<'a>, which: &[usize], settings: &'a FitSettings) -> Self {
        let rate = mean(&outcome_of(part, part.leads));
        let counts: Vec<PartialOutcome> = part.censored.iter().map(|lead| lead.counts_for(rate)).collect();
        let sample = Sample::of(part, &counts);
        let bins = sample.fit_bins(part, which);
        let chains = Chains::of(&bins).with_variance(settings.offset_variance);
        let codes = bins.encode(part.criteria, &sample.leads);
        let leads: Vec<u32> = part.censored.iter().map(|lead| lead.lead).collect();
        let censored_codes = bins.encode(part.criteria, &leads);
        Self { part, settings, bins, chains, counts, sample, codes, censored_codes }
    }

    fn add(&mut self, tables: Vec<PairBins>) {
        self.chains = self.chains.with_pairs(&tables);
        for table in tables {
            self.codes.push_pair(&table);
            self.censored_codes.push_pair(&table);
            self.bins.pairs.push(table);
        }
    }

    fn fitter(&self) -> Result<JointFitter<'_>, FitError> {
        JointFitter::new(self.sample.observed(&self.codes), &self.chains, NewtonParams::default())
    }

    /// Fits until the outcomes of the right-censored leads move no more.
    ///
    /// - `start`: a fit without the tables, where there are any.
    fn settle(&mut self, start: Option<Trial>) -> Result<Trial, FitError> {
        let pilot = if start.is_none() { self.pilot()? } else { None };
        let mut last = start;
        let mut n_rounds = 0;
        loop {
            n_rounds += 1;
            let mut fitter = self.fitter()?;
            let trial = match &last {
                Some(last) if !self.bins.pairs.is_empty() => fitter.extend(last)?,
                Some(last) => fitter.starting_at(last).fit(&self.settings.stiffness)?,
                None => match &pilot {
                    Some(pilot) => fitter.starting_at(pilot).fit(&self.settings.stiffness)?,
                    None => fitter.fit(&self.settings.stiffness)?,
                },
            };
            let eta = log_odds(&self.censored_codes, trial.intercept, &trial.coefficients);
            let next: Vec<PartialOutcome> =
                self.part.censored.iter().zip(eta).map(|(lead, x)| lead.counts_for(logistic(x))).collect();
            let moved = (self.counts.iter().zip(&next)).map(|(old, new)| (old.outcome - new.outcome).abs());
            if moved.fold(0.0, f64::max) <= SETTLED || n_rounds == MAX_ROUNDS {
                return Ok(trial);
            }
            self.sample = Sample::of(self.part, &next);
            (self.counts, last) = (next, Some(trial));
        }
    }

    /// A fit of some of the leads, near enough to that of all for a start; `None` where there are few leads.
    fn pilot(&self) -> Result<Option<Trial>, FitError> {
        let n_all = self.sample.leads.len();
        if n_all < PILOT_ABOVE {
            return Ok(None);
        }
        let n_pilot = (n_all / PILOT_SHARE).min(MAX_PILOT_LEADS);
        let sample = Sample::at_most(n_pilot, self.part, &self.counts);
        let codes = self.bins.encode(self.part.criteria, &sample.leads);
        let mut fitter = JointFitter::new(sample.observed(&codes), &self.chains, NewtonParams::for_points())?;
        fitter.fit(&self.settings.stiffness).map(Some)
    }

    fn finish(self, trial: Trial) -> Result<CensoredFit, FitError> {
        let fit = self.fitter()?.finish(trial);
        let Self { bins, chains, counts, sample, codes, .. } = self;
        Ok(CensoredFit { bins, chains, fit, censored_counts: counts, sample, codes })
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

    /// At most so many leads, drawn by their keys, with as large a share of right-censored ones.
    pub(crate) fn at_most(n: usize, part: &TrainingPart<'_>, counts: &[PartialOutcome]) -> Self {
        let n_all = part.leads.len() + part.censored.len();
        if n_all <= n {
            return Self::of(part, counts);
        }
        let n_censored = n * part.censored.len() / n_all;
        let leads = subsample_by_key(part.leads, part.keys, n - n_censored);
        let positions: Vec<u32> = part.censored.iter().map(|censored| censored.lead).collect();
        let mut kept = subsample_by_key(&positions, part.keys, n_censored);
        kept.sort_unstable();
        let (censored, counts): (Vec<_>, Vec<_>) = (part.censored.iter().zip(counts))
            .filter(|(censored, _)| kept.binary_search(&censored.lead).is_ok())
            .map(|(censored, count)| (*censored, *count))
            .unzip();
        Self::of(&TrainingPart { leads: &leads, censored: &censored, ..*part }, &counts)
    }

    fn fit_bins(&self, part: &TrainingPart<'_>, which: &[usize]) -> BinPlan {
        fit_bins_weighted(
            part.criteria,
            which,
            &self.leads,
            &self.outcome,
            self.weight.as_deref(),
            part.kept_edges,
            &BinParams::with_room(self.leads.len(), which.len()),
        )
    }

    /// Outcomes of the first so many leads.
    pub(super) fn outcomes_of_first(&self, n: usize) -> &[f64] {
        &self.outcome[..n]
    }

    pub(crate) fn observed<'a>(&'a self, codes: &'a Codes) -> Observed<'a> {
        Observed { codes, outcome: &self.outcome, weight: self.weight.as_deref() }
    }
}
