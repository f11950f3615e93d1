//! Settings: criteria, stiffness, price per row and the variance of segments, each chosen on leads held out inside the training part.
//!
//! Start at [`choose_settings`]; `small` chooses for very small cards.
//!
//! Always true: keys decide which leads are held out, so the order of the rows does not.

mod small;

use rayon::prelude::*;

use super::screen::screened;
use super::shapes::choose_trends;
use super::{TrainParams, TrainingPart, outcome_of, subsample_by_key};
use crate::measures::{losses_of_log_odds, mean, paired_difference};
use crate::model::bins::{BinParams, BinPlan, Codes, fit_bins};
use crate::model::fit::loss::{Observed, log_odds};
use crate::model::fit::newton::NewtonParams;
use crate::model::fit::penalty::Chains;
use crate::model::fit::random_intercept::between_level_variance;
use crate::model::fit::selection::select_criteria;
use crate::model::fit::{FitError, JointFit, JointFitter, Stiffness, Trial};
use crate::model::points::{PointsProblem, PointsRule, ScaleRule};
use crate::settings::{CardSize, Trend};

use small::SmallSettings;

/// Settings chosen on leads held out inside the training part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitSettings {
    /// How stiff the shapes are.
    pub stiffness: Stiffness,
    /// Price per row of the card, nats.
    pub row_price: f64,
    /// Variance of the weights of levels that borrow from each other (`segments.offsets`), log-odds squared; `None` where there
    /// are none.
    pub offset_variance: Option<f64>,
}

/// Smoothness tried, stiffest first: each fit starts from the last one, and stiff ones are the quickest.
const SMOOTHNESS: [f64; 5] = [30.0, 10.0, 3.0, 1.0, 0.3];
/// Where a walk over them begins.
const MIDDLE: usize = 2;
/// Ridge tried: the usual one first, a stronger one, and ever lighter ones, which spikes of many leads need.
const RIDGE: [f64; 4] = [1.0, 3.0, 0.3, 0.1];
/// The lighter ones among them.
const LIGHTER: std::ops::Range<usize> = 2..RIDGE.len();
/// Share of the loss that a lighter ridge has to take away.
const LIGHTER_PAYS: f64 = 0.001;
/// Prices per row tried, nats, cheapest first.
pub const ROW_PRICES: [f64; 9] = [0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
/// Share of the best loss that a balanced card may lose for fewer rows.
const NEAR_THE_BEST: f64 = 0.003;
/// Share of the loss that twice as many points have to take away.
const SPAN_PAYS: f64 = 0.005;
/// Prices above this one buy a smaller card, not a better one: not tried for `size = "accurate"`.
const DEAREST_ACCURATE: usize = 4;

/// Below this many leads every inner part is held out in turn and every setting is tried; above, one part says enough.
const FEW_LEADS: usize = 5000;
/// Inner parts: the first is held out, or each in turn.
pub(super) const N_INNER: u64 = 5;
/// Beyond so many bins each fit takes long enough that a walk over the grid has to do.
const MAX_GRID_COEFFICIENTS: usize = 600;
/// Most leads that settings are tried on. The penalty is a prior, whose right strength does not grow with the leads.
const MAX_TRIAL_LEADS: usize = 30_000;

/// Stiffness of the fits that choose among criteria, and the lightest of cards whose levels are bounded: with many leads five
/// small whole numbers cannot follow the noise, so little has to hold them back.
pub(crate) const LIGHT: Stiffness = Stiffness { smoothness: 0.5, ridge: 0.02, reweighted: false };

/// Stiffness in the middle of the grid, for what has to be known before it is chosen.
const USUAL: Stiffness = Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: false };

/// Most leads that criteria are chosen on.
const MAX_SELECTION_LEADS: usize = 60_000;

/// All criteria that pass the screen, or the few of them that together explain the outcome best.
fn choose_criteria(
    part: &TrainingPart<'_>,
    n_wanted: Option<usize>,
    stiffness: &Stiffness,
) -> Result<Vec<usize>, FitError> {
    let passed = screened(part);
    let Some(n_wanted) = n_wanted.filter(|&n_wanted| n_wanted < passed.len()) else { return Ok(passed) };
    let leads = subsample_by_key(part.leads, part.keys, MAX_SELECTION_LEADS);
    let binned = Binned::of(part, &passed, &leads);
    let chosen = select_criteria(&binned.observed(), &binned.chains, stiffness, n_wanted)?;
    Ok(chosen.into_iter().map(|at| passed[at]).collect())
}

/// Which criteria, and the settings of their fit.
pub(super) fn choose_settings(part: &TrainingPart<'_>, params: &TrainParams) -> Result<(Vec<usize>, Chosen), FitError> {
    if matches!(params.rule.scale, ScaleRule::Bounded(..)) {
        let small = small::choose_small(part, params)?;
        let which = choose_criteria(part, small.n_wanted, &small::selection_stiffness(part.leads.len()))?;
        let SmallSettings { stiffness, row_price, .. } = small;
        let offset_variance = offset_variance(part, &which, &stiffness)?;
        let settings = FitSettings { stiffness, row_price, offset_variance };
        return Ok((which, Chosen { settings, trends: Vec::new(), rule: params.rule }));
    }
    let which = choose_criteria(part, params.max_criteria, &LIGHT)?;
    let chosen = settings_of(part, &which, params)?;
    Ok((which, chosen))
}

/// What leads held out inside chose.
pub(super) struct Chosen {
    pub(super) settings: FitSettings,
    /// How points run along each criterion; empty where they run as the config says.
    pub(super) trends: Vec<Trend>,
    /// How points look.
    pub(super) rule: PointsRule,
}

/// Stiffness, shapes, price per row and variance of segments, for the criteria at some positions.
fn settings_of(part: &TrainingPart<'_>, which: &[usize], params: &TrainParams) -> Result<Chosen, FitError> {
    let inners: Vec<Inner> = inner_splits(part)
        .into_par_iter()
        .map(|(fit, held)| Inner::new(part, which, &fit, &held))
        .collect::<Result<_, _>>()?;
    let (stiffness, trials) = choose_stiffness(&inners, part.leads.len())?;
    let mut fitted: Vec<FittedInner<'_>> =
        (inners.par_iter().zip(trials)).map(|(inner, trial)| inner.fitted(trial)).collect::<Result<_, _>>()?;
    let trends = choose_trends(&fitted, &params.rule);
    fitted.iter_mut().for_each(|inner| inner.trends.clone_from(&trends));
    let row_price = choose_row_price(&fitted, params, part.leads.len());
    let settings = FitSettings { stiffness, row_price, offset_variance: offset_variance(part, which, &stiffness)? };
    Ok(Chosen { settings, trends, rule: choose_span(&fitted, params, row_price) })
}

/// How much the segments differ once everything else on the card is known; `None` where no criterion borrows.
///
/// The other weights are those of a joint fit in which segments differ as they usually do, so that none of them stands in for a
/// segment.
fn offset_variance(part: &TrainingPart<'_>, which: &[usize], stiffness: &Stiffness) -> Result<Option<f64>, FitError> {
    let Some(at) = which.iter().position(|&criterion| part.criteria[criterion].is_partially_pooled) else {
        return Ok(None);
    };
    let leads = subsample_by_key(part.leads, part.keys, MAX_SELECTION_LEADS);
    let binned = Binned::of(part, which, &leads);
    let trial = binned.fitter()?.fit(stiffness)?;
    let mut coefficients = trial.coefficients;
    coefficients[binned.chains.range(at)].fill(0.0);
    let Binned { codes, outcome, .. } = &binned;
    let offset = log_odds(codes, trial.intercept, &coefficients);
    Ok(Some(between_level_variance(&codes.columns[at], codes.n_bins[at], &offset, outcome)))
}

/// Some leads with an outcome, in bins of their own.
struct Binned {
    bins: BinPlan,
    chains: Chains,
    codes: Codes,
    outcome: Vec<f64>,
}

impl Binned {
    fn of(part: &TrainingPart<'_>, which: &[usize], leads: &[u32]) -> Self {
        let params = BinParams::with_room(leads.len(), which.len());
        let bins = fit_bins(part.criteria, which, leads, part.converted, &params);
        let (codes, outcome) = (bins.encode(part.criteria, leads), outcome_of(part, leads));
        Self { chains: Chains::of(&bins), bins, codes, outcome }
    }

    /// Some criteria only, by their positions.
    fn select(&self, set: &[usize]) -> Self {
        Self {
            bins: BinPlan { criteria: set.iter().map(|&j| self.bins.criteria[j].clone()).collect(), pairs: Vec::new() },
            chains: self.chains.select(set),
            codes: self.codes.select(set),
            outcome: self.outcome.clone(),
        }
    }

    fn observed(&self) -> Observed<'_> {
        Observed { codes: &self.codes, outcome: &self.outcome, weight: None }
    }

    fn fitter(&self) -> Result<JointFitter<'_>, FitError> {
        // A ten-millionth of a nat per lead is a thousandth of what tells two settings apart.
        let params = NewtonParams { tolerance: 1e-7, curvature_leads: MAX_TRIAL_LEADS, ..NewtonParams::default() };
        JointFitter::new(self.observed(), &self.chains, params)
    }
}

/// Which inner part a lead is in, by its key.
pub(super) fn inner_part(key: u64) -> u64 {
    (key >> 32) % N_INNER
}

/// Leads fitted and held out, per inner split. Keys, not positions, decide, so the order of the rows does not.
fn inner_splits(part: &TrainingPart<'_>) -> Vec<(Vec<u32>, Vec<u32>)> {
    let n_splits = if part.leads.len() < FEW_LEADS { N_INNER } else { 1 };
    (0..n_splits)
        .map(|inner| {
            let (fit, held) = part.leads.iter().partition(|&&lead| inner_part(part.keys[lead as usize]) != inner);
            let (fit, held): (Vec<u32>, Vec<u32>) = (fit, held);
            (subsample_by_key(&fit, part.keys, MAX_TRIAL_LEADS), subsample_by_key(&held, part.keys, MAX_TRIAL_LEADS))
        })
        .collect()
}

/// One inner split: fitted on most of the leads, held out on the rest.
struct Inner {
    fit: Binned,
    held_codes: Codes,
    held_outcome: Vec<f64>,
}

impl Inner {
    fn new(part: &TrainingPart<'_>, which: &[usize], fit: &[u32], held: &[u32]) -> Result<Self, FitError> {
        let variance = offset_variance(&TrainingPart { leads: fit, ..*part }, which, &USUAL)?;
        let mut fit = Binned::of(part, which, fit);
        fit.chains = fit.chains.with_variance(variance);
        Ok(Self { held_codes: fit.bins.encode(part.criteria, held), held_outcome: outcome_of(part, held), fit })
    }

    fn held_loss(&self, trial: &Trial) -> f64 {
        let eta = log_odds(&self.held_codes, trial.intercept, &trial.coefficients);
        mean(&losses_of_log_odds(&eta, &self.held_outcome))
    }

    fn fitted(&self, trial: Trial) -> Result<FittedInner<'_>, FitError> {
        Ok(FittedInner { inner: self, fit: self.fit.fitter()?.finish(trial), trends: self.fit.bins.trends() })
    }
}

/// One inner split with its fit at the chosen stiffness.
pub(super) struct FittedInner<'a> {
    inner: &'a Inner,
    fit: JointFit,
    /// How points may run, per criterion.
    pub(super) trends: Vec<Trend>,
}

impl FittedInner<'_> {
    /// The points problem with other trends.
    pub(super) fn problem<'p>(&'p self, trends: &'p [Trend]) -> PointsProblem<'p> {
        PointsProblem::new(&self.fit, self.inner.fit.observed(), self.chains(), trends)
    }

    /// Which bins belong together.
    pub(super) fn chains(&self) -> &Chains {
        &self.inner.fit.chains
    }

    /// Codes of the leads that were fitted.
    pub(super) fn fit_codes(&self) -> &Codes {
        &self.inner.fit.codes
    }

    /// Codes of the leads held out.
    pub(super) fn held_codes(&self) -> &Codes {
        &self.inner.held_codes
    }

    /// Losses of the held-out leads at these log-odds.
    pub(super) fn held_losses(&self, log_odds: &[f64]) -> Vec<f64> {
        losses_of_log_odds(log_odds, &self.inner.held_outcome)
    }

    /// Losses of the held-out leads under the card at each price.
    fn losses_at(&self, rule: &PointsRule, prices: &[f64]) -> Vec<Vec<f64>> {
        let problem = self.problem(&self.trends);
        let losses_at = |&row_price: &f64| {
            let points = problem.choose(rule, row_price);
            points.losses(&points.scores(self.held_codes()), &self.inner.held_outcome)
        };
        prices.iter().map(losses_at).collect()
    }
}

/// The stiffness with the least loss on held-out leads, and its trial in every inner split.
///
/// With few leads the whole grid is tried; with many, a walk over it: from the middle, the better of flat and re-weighted,
/// then smoother or rougher while that helps, then a stronger ridge, and lighter ones while they help.
fn choose_stiffness(inners: &[Inner], n_leads: usize) -> Result<(Stiffness, Vec<Trial>), FitError> {
    let mut search = Search {
        inners,
        fitters: inners.iter().map(|inner| inner.fit.fitter()).collect::<Result<_, _>>()?,
        tried: Vec::new(),
    };
    let stiffness = |smoothness: usize, ridge: usize, reweighted: bool| Stiffness {
        smoothness: SMOOTHNESS[smoothness],
        ridge: RIDGE[ridge],
        reweighted,
    };
    let is_narrow = inners.iter().all(|inner| inner.fit.chains.n_coefficients() <= MAX_GRID_COEFFICIENTS);
    if n_leads < FEW_LEADS && is_narrow {
        for ridge in 0..LIGHTER.start {
            for reweighted in [false, true] {
                for smoothness in 0..SMOOTHNESS.len() {
                    search.loss_of(stiffness(smoothness, ridge, reweighted))?;
                }
            }
        }
    } else {
        let reweighted = search.loss_of(stiffness(MIDDLE, 0, true))? < search.loss_of(stiffness(MIDDLE, 0, false))?;
        let mut at = MIDDLE;
        for step in [1_isize, -1] {
            while let Some(next) = at.checked_add_signed(step).filter(|&next| next < SMOOTHNESS.len()) {
                if search.loss_of(stiffness(next, 0, reweighted))? >= search.loss_of(stiffness(at, 0, reweighted))? {
                    break;
                }
                at = next;
            }
        }
        for ridge in 1..LIGHTER.start {
            search.loss_of(stiffness(at, ridge, reweighted))?;
        }
        let mut least = search.loss_of(stiffness(at, 0, reweighted))?;
        for ridge in LIGHTER {
            let loss = search.loss_of(stiffness(at, ridge, reweighted))?;
            if loss >= (1.0 - LIGHTER_PAYS) * least {
                break;
            }
            least = loss;
        }
    }
    search.best()
}

/// Stiffnesses tried so far.
struct Search<'a> {
    inners: &'a [Inner],
    fitters: Vec<JointFitter<'a>>,
    tried: Vec<TriedStiffness>,
}

/// A stiffness with its loss on held-out leads and its trial per inner split.
struct TriedStiffness {
    stiffness: Stiffness,
    loss: f64,
    trials: Vec<Trial>,
}

impl Search<'_> {
    fn loss_of(&mut self, stiffness: Stiffness) -> Result<f64, FitError> {
        if let Some(tried) = self.tried.iter().find(|tried| tried.stiffness == stiffness) {
            return Ok(tried.loss);
        }
        let trials: Vec<Trial> =
            self.fitters.par_iter_mut().map(|fitter| fitter.fit(&stiffness)).collect::<Result<_, _>>()?;
        let losses: Vec<f64> = self.inners.iter().zip(&trials).map(|(inner, trial)| inner.held_loss(trial)).collect();
        let loss = mean(&losses);
        self.tried.push(TriedStiffness { stiffness, loss, trials });
        Ok(loss)
    }

    fn best(self) -> Result<(Stiffness, Vec<Trial>), FitError> {
        let best = self.tried.into_iter().min_by(|a, b| a.loss.total_cmp(&b.loss));
        best.map(|best| (best.stiffness, best.trials)).ok_or(FitError::NotANumber)
    }
}

/// The price per row of cards of one stiffness, by the held-out leads of all inner splits.
fn choose_row_price(inners: &[FittedInner<'_>], params: &TrainParams, n_leads: usize) -> f64 {
    let TrainParams { rule, size, .. } = params;
    let prices = prices_tried(*size);
    let per_split: Vec<Vec<Vec<f64>>> = inners.par_iter().map(|inner| inner.losses_at(rule, prices)).collect();
    let losses: Vec<Vec<f64>> = (0..prices.len())
        .map(|price| per_split.iter().flat_map(|split| split[price].iter().copied()).collect())
        .collect();
    price_by_losses(&losses, prices, *size, n_leads)
}

/// The span asked for; twice as many points where the card may be finer and leads held out lose more than [`SPAN_PAYS`] by so few,
/// and more than a standard error.
fn choose_span(inners: &[FittedInner<'_>], params: &TrainParams, row_price: f64) -> PointsRule {
    let rule = params.rule;
    let ScaleRule::Span(total) = rule.scale else { return rule };
    if !params.may_be_finer {
        return rule;
    }
    let finer = PointsRule { scale: ScaleRule::Span(2 * total), ..rule };
    let losses = |rule: &PointsRule| {
        let of_splits: Vec<Vec<f64>> =
            inners.par_iter().flat_map(|inner| inner.losses_at(rule, &[row_price])).collect();
        of_splits.concat()
    };
    let with_so_few = losses(&rule);
    let gain = paired_difference(&with_so_few, &losses(&finer));
    let is_worth_it = gain.mean > SPAN_PAYS * mean(&with_so_few) && gain.mean > gain.standard_error;
    if is_worth_it { finer } else { rule }
}

/// Prices per row that a card of this kind may have.
fn prices_tried(size: CardSize) -> &'static [f64] {
    if size == CardSize::Accurate { &ROW_PRICES[..=DEAREST_ACCURATE] } else { &ROW_PRICES }
}

/// The price per row at which held-out leads are judged best; for a simple card the dearest one within a standard error of it, for a
/// balanced one the dearest that with a standard error on top is also within [`NEAR_THE_BEST`] of its loss.
///
/// Differences are paired by lead. With few leads a dearer row price must win by more than a standard error: there, many
/// fine steps are the safe side, and the best of five noisy figures is not.
fn price_by_losses(losses: &[Vec<f64>], prices: &[f64], size: CardSize, n_leads: usize) -> f64 {
    let means: Vec<f64> = losses.iter().map(|losses| mean(losses)).collect();
    let least = (0..prices.len()).fold(0, |best, price| if means[price] < means[best] { price } else { best });
    let excess_in_errors = |price: usize| {
        let excess = paired_difference(&losses[price], &losses[least]);
        if excess.mean <= 0.0 { 0.0 } else { excess.mean / excess.standard_error }
    };
    let chosen = match size {
        CardSize::Simple => (0..prices.len()).rev().find(|&price| excess_in_errors(price) <= 1.0),
        CardSize::Balanced => {
            let is_near = |price: usize| {
                let excess = paired_difference(&losses[price], &losses[least]);
                excess.mean + excess.standard_error <= NEAR_THE_BEST * means[least]
            };
            (0..prices.len()).rev().find(|&price| is_near(price) && excess_in_errors(price) <= 1.0)
        }
        CardSize::Accurate => {
            let proof = if n_leads < FEW_LEADS { 1.0 } else { 0.5 };
            (0..prices.len()).find(|&price| excess_in_errors(price) <= proof)
        }
    };
    prices[chosen.unwrap_or(least)]
}

#[cfg(test)]
mod segment_tests;
