//! Training: from some leads to a card's points, with every setting chosen on leads held out inside.
//!
//! In: cells of all leads, and which of them may be seen. Out: [`Trained`]. A fold calls this with its own leads, the card
//! that ships with all of them: the same procedure.

use rayon::prelude::*;

use linfa::dataset::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array1;

use crate::math::{logistic, softplus};
use crate::model::bins::{BinParams, BinPlan, Codes, CriterionCells, fit_bins, fit_bins_weighted};
use crate::model::censoring::OpenLead;
use crate::model::fit::estimator::JointLogistic;
use crate::model::fit::loss::{Observed, log_odds};
use crate::model::fit::newton::NewtonParams;
use crate::model::fit::penalty::Chains;
use crate::model::fit::random_intercept::between_level_variance;
use crate::model::fit::selection::select_criteria;
use crate::model::fit::{FitError, JointFit, JointFitter, Stiffness, Trial};
use crate::model::points::champion::{ChampionOnBins, PointsOfCells};
use crate::model::points::{PointsRule, ScaleRule, WholePoints, choose_near, choose_points};
use crate::settings::{CardSize, PointsRules, PointsScale, Trend};

/// The leads a card may learn from.
#[derive(Debug, Clone, Copy)]
pub struct TrainingPart<'a> {
    /// Cells of every lead.
    pub criteria: &'a [CriterionCells],
    /// Outcome of every lead, `0.0..=1.0`; looked at for `leads` alone.
    pub converted: &'a [f64],
    /// A seeded number per lead that decides every random choice about it, whatever the order of the rows.
    pub keys: &'a [u64],
    /// Positions of the leads that may be seen with their outcome, ascending.
    pub leads: &'a [u32],
    /// Leads whose horizon was open when the card would have been fitted, as seen then; none of them is in `leads`.
    pub open: &'a [OpenLead],
}

/// A trained card before it gets levels, a curve and a name.
#[derive(Debug, Clone)]
pub struct Trained {
    /// Bins of every criterion that was considered.
    pub bins: BinPlan,
    /// Which bins belong together.
    pub chains: Chains,
    /// The float fit behind the points.
    pub fit: JointFit,
    /// The points.
    pub points: WholePoints,
    /// Settings that held-out leads chose.
    pub settings: FitSettings,
    /// What each open lead came to count for: weight and outcome.
    pub open_counts: Vec<(f64, f64)>,
}

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

/// Wishes for a card.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainParams {
    /// How points look.
    pub rule: PointsRule,
    /// The most accurate card or the smallest that is about as good.
    pub size: CardSize,
    /// At most so many criteria.
    pub max_criteria: Option<usize>,
    /// At most so many rows.
    pub max_rows: Option<usize>,
}

impl TrainParams {
    /// The wishes as they were checked.
    pub fn of(rules: &PointsRules) -> Self {
        let scale = match rules.scale {
            PointsScale::Range { low, high } => ScaleRule::Bounded(low, high),
            PointsScale::Pdo { points, .. } => ScaleRule::PerLogOdds(points / std::f64::consts::LN_2),
            PointsScale::Total(total) => ScaleRule::Span(total.unwrap_or(DEFAULT_TOTAL)),
        };
        let PointsRules { unit, size, max_criteria, max_rows, .. } = *rules;
        Self { rule: PointsRule { scale, unit }, size, max_criteria, max_rows }
    }
}

/// Points from the lowest to the highest score when nobody says how many.
const DEFAULT_TOTAL: u32 = 100;

/// Smoothness tried, stiffest first: each fit starts from the last one, and stiff ones are the quickest.
const SMOOTHNESS: [f64; 5] = [30.0, 10.0, 3.0, 1.0, 0.3];
/// Ridge tried.
const RIDGE: [f64; 2] = [1.0, 3.0];
/// Prices per row tried, nats, cheapest first.
pub const ROW_PRICES: [f64; 9] = [0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
/// Prices above this one buy a smaller card, not a better one: tried for `size = "simple"` only.
const DEAREST_ACCURATE: usize = 4;

/// Below this many leads every inner part is held out in turn and every setting is tried; above, one part says enough.
const FEW_LEADS: usize = 5000;
/// Inner parts: the first is held out, or each in turn.
const N_INNER: u64 = 5;
/// Beyond so many bins each fit takes long enough that a walk over the grid has to do.
const MAX_GRID_COEFFICIENTS: usize = 600;
/// Most leads that settings are tried on. The penalty is a prior, whose right strength does not grow with the leads.
const MAX_TRIAL_LEADS: usize = 12_000;

/// Stiffness of cards whose levels are bounded, and of the fits that choose among criteria: five small whole numbers cannot
/// follow the noise, so little has to hold them back.
pub(crate) const LIGHT: Stiffness = Stiffness { smoothness: 0.5, ridge: 0.02, reweighted: false };

/// Stiffness in the middle of the grid, for what has to be known before it is chosen.
const USUAL: Stiffness = Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: false };

/// Most leads that criteria are chosen on.
const MAX_SELECTION_LEADS: usize = 60_000;

/// Most rounds of fitting and counting open leads anew. With rare conversions the first counts are all but right and two or
/// three rounds are enough; where half of the leads convert it takes a few more.
const MAX_ROUNDS: usize = 25;

/// Rounds end once no open lead's outcome moves by more than this: no probability then moves by a hundredth of a per cent.
const SETTLED: f64 = 1e-4;

/// Trains on one part of the leads. Criteria and settings are chosen on leads with an outcome alone; open leads join the fit,
/// each for as much as it tells ([`OpenLead::counts_for`]).
///
/// # Errors
/// Those of the fit.
pub fn train(part: &TrainingPart<'_>, params: &TrainParams) -> Result<Trained, FitError> {
    let which = choose_criteria(part, params)?;
    let settings = choose_settings(part, &which, params)?;
    if !part.open.is_empty() {
        return train_with_open(part, &which, settings, params);
    }
    let bins = fit_bins(part.criteria, &which, part.leads, part.converted, &BinParams::default());
    let chains = Chains::of(&bins).with_variance(settings.offset_variance);
    let outcome = outcome_of(part, part.leads);
    let leads = DatasetBase::new(bins.encode(part.criteria, part.leads), Array1::from(outcome));
    let fit = JointLogistic::new(chains.clone()).stiffness(settings.stiffness).fit(&leads)?;
    let outcome = leads.targets.to_vec();
    let observed = Observed { codes: &leads.records, outcome: &outcome, weight: None };
    let mut trained = Trained {
        points: choose_points(&fit, &observed, &chains, &trends_of(&bins), &params.rule, settings.row_price),
        bins,
        chains,
        fit,
        settings,
        open_counts: Vec::new(),
    };
    shrink_to(&mut trained, params, |trained, row_price| {
        choose_points(&trained.fit, &observed, &trained.chains, &trends_of(&trained.bins), &params.rule, row_price)
    });
    Ok(trained)
}

/// Fit, count the open leads by what the fit makes of them, fit again, until their outcomes settle.
fn train_with_open(
    part: &TrainingPart<'_>,
    which: &[usize],
    settings: FitSettings,
    params: &TrainParams,
) -> Result<Trained, FitError> {
    let rate = mean(&outcome_of(part, part.leads));
    let mut counts: Vec<(f64, f64)> = part.open.iter().map(|lead| lead.counts_for(rate)).collect();
    let mut sample = Sample::of(part, &counts);
    let weight = sample.weight.as_deref().unwrap_or_default();
    let bins = fit_bins_weighted(part.criteria, which, &sample.leads, (&sample.outcome, weight), &BinParams::default());
    let chains = Chains::of(&bins).with_variance(settings.offset_variance);
    let codes = bins.encode(part.criteria, &sample.leads);
    let open: Vec<u32> = part.open.iter().map(|lead| lead.lead).collect();
    let open_codes = bins.encode(part.criteria, &open);
    let mut last: Option<Trial> = None;
    let mut n_rounds = 0;
    let fit = loop {
        let mut fitter = JointFitter::new(sample.observed(&codes), &chains, NewtonParams::default())?;
        if let Some(last) = &last {
            fitter = fitter.starting_at(last);
        }
        let trial = fitter.fit(&settings.stiffness)?;
        let eta = log_odds(&open_codes, trial.intercept, &trial.coefficients);
        let next: Vec<(f64, f64)> = part.open.iter().zip(eta).map(|(lead, x)| lead.counts_for(logistic(x))).collect();
        let moved = counts.iter().zip(&next).map(|(old, new)| (old.1 - new.1).abs()).fold(0.0, f64::max);
        n_rounds += 1;
        if moved <= SETTLED || n_rounds == MAX_ROUNDS {
            break fitter.finish(trial);
        }
        counts = next;
        sample = Sample::of(part, &counts);
        last = Some(trial);
    };
    let observed = sample.observed(&codes);
    let mut trained = Trained {
        points: choose_points(&fit, &observed, &chains, &trends_of(&bins), &params.rule, settings.row_price),
        bins,
        chains,
        fit,
        settings,
        open_counts: counts,
    };
    shrink_to(&mut trained, params, |trained, row_price| {
        choose_points(&trained.fit, &observed, &trained.chains, &trends_of(&trained.bins), &params.rule, row_price)
    });
    Ok(trained)
}

/// The leads of a fit: those with an outcome, then the open ones, each for as much as it counts.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) leads: Vec<u32>,
    outcome: Vec<f64>,
    /// All 1 when absent.
    weight: Option<Vec<f64>>,
}

impl Sample {
    pub(crate) fn of(part: &TrainingPart<'_>, open_counts: &[(f64, f64)]) -> Self {
        let mut leads = part.leads.to_vec();
        let mut outcome = outcome_of(part, part.leads);
        if open_counts.is_empty() {
            return Self { leads, outcome, weight: None };
        }
        let mut weight = vec![1.0; leads.len()];
        leads.extend(part.open.iter().map(|lead| lead.lead));
        weight.extend(open_counts.iter().map(|(weight, _)| weight));
        outcome.extend(open_counts.iter().map(|(_, outcome)| outcome));
        Self { leads, outcome, weight: Some(weight) }
    }

    pub(crate) fn observed<'a>(&'a self, codes: &'a Codes) -> Observed<'a> {
        Observed { codes, outcome: &self.outcome, weight: self.weight.as_deref() }
    }
}

/// Raises the price per row until the card has no more rows than wished for.
fn shrink_to(trained: &mut Trained, params: &TrainParams, choose: impl Fn(&Trained, f64) -> WholePoints) {
    let Some(max_rows) = params.max_rows else { return };
    // Doubling from a twentieth of a nat reaches any price that could matter: no row earns more than the whole loss.
    for _ in 0..64 {
        if trained.points.n_card_rows(&trained.bins, &trained.chains) <= max_rows {
            return;
        }
        trained.settings.row_price = (trained.settings.row_price * 1.3).max(0.05);
        trained.points = choose(trained, trained.settings.row_price);
    }
}

/// A card in use, and what leaving it costs.
#[derive(Debug, Clone, Copy)]
pub struct HeldTo<'a> {
    /// Its points.
    pub points: &'a PointsOfCells,
    /// Points per unit of log-odds that it was made with.
    pub scale: f64,
    /// Nats for moving a row of it by one point.
    pub change_price: f64,
}

/// The points of a trained card chosen again, near a card in use. Gives how many rows of that card were left.
pub fn stay_near(trained: &mut Trained, part: &TrainingPart<'_>, params: &TrainParams, in_use: HeldTo<'_>) -> usize {
    let sample = Sample::of(part, &trained.open_counts);
    let codes = trained.bins.encode(part.criteria, &sample.leads);
    let observed = sample.observed(&codes);
    let trends = trends_of(&trained.bins);
    let incumbent = ChampionOnBins::on(&trained.bins, part.criteria, in_use.points, &sample.leads, in_use.change_price);
    let scale = (in_use.scale, params.rule.unit);
    let choose = |trained: &Trained, row_price: f64| {
        choose_near(&trained.fit, &observed, &trained.chains, &trends, scale, row_price, &incumbent)
    };
    let row_price = trained.settings.row_price;
    trained.points = choose(trained, row_price);
    shrink_to(trained, params, choose);
    incumbent.n_rows_left(&trained.chains, &trained.points)
}

impl TrainParams {
    /// The same wishes for a card on the scale of another; a card with bounded levels has one of its own.
    pub fn at_scale(&self, points_per_log_odds: f64) -> Self {
        let mut params = self.clone();
        if !matches!(params.rule.scale, ScaleRule::Bounded(..)) {
            params.rule.scale = ScaleRule::PerLogOdds(points_per_log_odds);
        }
        params
    }
}

impl Trained {
    /// Log-odds of leads by the points.
    pub fn log_odds(&self, codes: &Codes) -> Vec<f64> {
        self.points.scores(codes).into_iter().map(|score| self.points.log_odds(score)).collect()
    }

    /// Points of every cell of every criterion of the data, as a card in use for the next.
    pub fn points_of_cells(&self, criteria: &[CriterionCells]) -> PointsOfCells {
        let mut of_cells = vec![Vec::new(); criteria.len()];
        for (at, bins) in self.bins.criteria.iter().enumerate() {
            let points = &self.points.points[self.chains.range(at)];
            let n_cells = criteria[bins.criterion].column.meaning.n_codes();
            of_cells[bins.criterion] = (0..n_cells).map(|cell| points[bins.bin_of_cell(cell)]).collect();
        }
        of_cells
    }
}

/// All criteria, or the few that together explain the outcome best.
fn choose_criteria(part: &TrainingPart<'_>, params: &TrainParams) -> Result<Vec<usize>, FitError> {
    let all: Vec<usize> = (0..part.criteria.len()).collect();
    let Some(n_wanted) = params.max_criteria.filter(|&n_wanted| n_wanted < all.len()) else { return Ok(all) };
    let leads = subsample_by_key(part.leads, part.keys, MAX_SELECTION_LEADS);
    let bins = fit_bins(part.criteria, &all, &leads, part.converted, &BinParams::default());
    let (codes, outcome) = (bins.encode(part.criteria, &leads), outcome_of(part, &leads));
    let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
    select_criteria(&observed, &Chains::of(&bins), &LIGHT, n_wanted)
}

fn choose_settings(part: &TrainingPart<'_>, which: &[usize], params: &TrainParams) -> Result<FitSettings, FitError> {
    if matches!(params.rule.scale, ScaleRule::Bounded(..)) {
        let offset_variance = offset_variance(part, which, &LIGHT)?;
        return Ok(FitSettings { stiffness: LIGHT, row_price: 0.0, offset_variance });
    }
    let inners: Vec<Inner> = inner_splits(part)
        .into_par_iter()
        .map(|(fit, held)| Inner::new(part, which, &fit, &held))
        .collect::<Result<_, _>>()?;
    let (stiffness, trials) = choose_stiffness(&inners, part.leads.len())?;
    let row_price = choose_row_price(&inners, &trials, params, part.leads.len())?;
    Ok(FitSettings { stiffness, row_price, offset_variance: offset_variance(part, which, &stiffness)? })
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
    let bins = fit_bins(part.criteria, which, &leads, part.converted, &BinParams::default());
    let chains = Chains::of(&bins);
    let (codes, outcome) = (bins.encode(part.criteria, &leads), outcome_of(part, &leads));
    let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
    let params = NewtonParams { tolerance: 1e-6, curvature_leads: 8000, ..NewtonParams::default() };
    let trial = JointFitter::new(observed, &chains, params)?.fit(stiffness)?;
    let mut coefficients = trial.coefficients;
    coefficients[chains.range(at)].fill(0.0);
    let offset = log_odds(&codes, trial.intercept, &coefficients);
    Ok(Some(between_level_variance(&codes.columns[at], codes.n_bins[at], &offset, &outcome)))
}

/// The points of a trained card at every one of [`ROW_PRICES`], from the most detailed card to the smallest.
pub fn points_at_row_prices(part: &TrainingPart<'_>, trained: &Trained, rule: &PointsRule) -> Vec<WholePoints> {
    let sample = Sample::of(part, &trained.open_counts);
    let codes = trained.bins.encode(part.criteria, &sample.leads);
    let observed = sample.observed(&codes);
    let trends = trends_of(&trained.bins);
    ROW_PRICES
        .par_iter()
        .map(|&row_price| choose_points(&trained.fit, &observed, &trained.chains, &trends, rule, row_price))
        .collect()
}

pub(crate) fn outcome_of(part: &TrainingPart<'_>, leads: &[u32]) -> Vec<f64> {
    leads.iter().map(|&lead| part.converted[lead as usize]).collect()
}

pub(crate) fn trends_of(bins: &BinPlan) -> Vec<Trend> {
    bins.criteria.iter().map(|bins| bins.trend).collect()
}

/// Leads fitted and held out, per inner split. Keys, not positions, decide, so the order of the rows does not.
fn inner_splits(part: &TrainingPart<'_>) -> Vec<(Vec<u32>, Vec<u32>)> {
    let n_splits = if part.leads.len() < FEW_LEADS { N_INNER } else { 1 };
    let inner_part = |lead: u32| (part.keys[lead as usize] >> 32) % N_INNER;
    (0..n_splits)
        .map(|inner| {
            let (fit, held) = part.leads.iter().partition(|&&lead| inner_part(lead) != inner);
            let (fit, held): (Vec<u32>, Vec<u32>) = (fit, held);
            (subsample_by_key(&fit, part.keys, MAX_TRIAL_LEADS), subsample_by_key(&held, part.keys, MAX_TRIAL_LEADS))
        })
        .collect()
}

/// At most `n` of the leads: those with the lowest keys, in their old order.
pub fn subsample_by_key(leads: &[u32], keys: &[u64], n: usize) -> Vec<u32> {
    if leads.len() <= n {
        return leads.to_vec();
    }
    // The upper half of a key has chosen the inner part; the lower half is still free.
    let rank = |lead: u32| keys[lead as usize] << 32 | u64::from(lead);
    let mut ranks: Vec<u64> = leads.iter().map(|&lead| rank(lead)).collect();
    let (_, &mut limit, _) = ranks.select_nth_unstable(n);
    leads.iter().copied().filter(|&lead| rank(lead) < limit).collect()
}

/// One inner split: fitted on most of the leads, held out on the rest.
struct Inner {
    chains: Chains,
    trends: Vec<Trend>,
    codes: Codes,
    outcome: Vec<f64>,
    held_codes: Codes,
    held_outcome: Vec<f64>,
}

impl Inner {
    fn new(part: &TrainingPart<'_>, which: &[usize], fit: &[u32], held: &[u32]) -> Result<Self, FitError> {
        let bins = fit_bins(part.criteria, which, fit, part.converted, &BinParams::default());
        let variance = offset_variance(&TrainingPart { leads: fit, ..*part }, which, &USUAL)?;
        Ok(Self {
            chains: Chains::of(&bins).with_variance(variance),
            trends: trends_of(&bins),
            codes: bins.encode(part.criteria, fit),
            outcome: outcome_of(part, fit),
            held_codes: bins.encode(part.criteria, held),
            held_outcome: outcome_of(part, held),
        })
    }

    fn fitter(&self) -> Result<JointFitter<'_>, FitError> {
        // A millionth of a nat per lead is a hundredth of what tells two settings apart.
        let params = NewtonParams { tolerance: 1e-6, curvature_leads: 8000, ..NewtonParams::default() };
        JointFitter::new(self.observed(), &self.chains, params)
    }

    fn observed(&self) -> Observed<'_> {
        Observed { codes: &self.codes, outcome: &self.outcome, weight: None }
    }

    fn held_loss(&self, trial: &Trial) -> f64 {
        let eta = log_odds(&self.held_codes, trial.intercept, &trial.coefficients);
        mean(&losses(&eta, &self.held_outcome))
    }

    /// Losses of the held-out leads under the card at each price.
    fn losses_at(&self, trial: &Trial, rule: &PointsRule, prices: &[f64]) -> Result<Vec<Vec<f64>>, FitError> {
        let fit = self.fitter()?.finish(trial.clone());
        let losses_at = |&row_price: &f64| {
            let points = choose_points(&fit, &self.observed(), &self.chains, &self.trends, rule, row_price);
            let eta: Vec<f64> =
                points.scores(&self.held_codes).into_iter().map(|score| points.log_odds(score)).collect();
            losses(&eta, &self.held_outcome)
        };
        Ok(prices.iter().map(losses_at).collect())
    }
}

/// The stiffness with the least loss on held-out leads, and its trial in every inner split.
///
/// With few leads the whole grid is tried; with many, a walk over it: from the middle, the better of flat and re-weighted,
/// then smoother or rougher while that helps, then the other ridge.
fn choose_stiffness(inners: &[Inner], n_leads: usize) -> Result<(Stiffness, Vec<Trial>), FitError> {
    let mut search =
        Search { inners, fitters: inners.iter().map(Inner::fitter).collect::<Result<_, _>>()?, tried: Vec::new() };
    let middle = SMOOTHNESS.len() / 2;
    let is_narrow = inners.iter().all(|inner| inner.chains.n_coefficients() <= MAX_GRID_COEFFICIENTS);
    if n_leads < FEW_LEADS && is_narrow {
        for ridge in 0..RIDGE.len() {
            for reweighted in [false, true] {
                for smoothness in 0..SMOOTHNESS.len() {
                    search.loss_of((smoothness, ridge, reweighted))?;
                }
            }
        }
    } else {
        let reweighted = search.loss_of((middle, 0, true))? < search.loss_of((middle, 0, false))?;
        let mut at = middle;
        for step in [1_isize, -1] {
            while let Some(next) = at.checked_add_signed(step).filter(|&next| next < SMOOTHNESS.len()) {
                if search.loss_of((next, 0, reweighted))? >= search.loss_of((at, 0, reweighted))? {
                    break;
                }
                at = next;
            }
        }
        for ridge in 1..RIDGE.len() {
            search.loss_of((at, ridge, reweighted))?;
        }
    }
    search.best()
}

/// A place on the grid: smoothness, ridge, re-weighted or not.
type GridPoint = (usize, usize, bool);

/// Settings tried so far, each with its loss and its trial per inner split.
struct Search<'a> {
    inners: &'a [Inner],
    fitters: Vec<JointFitter<'a>>,
    tried: Vec<(GridPoint, f64, Vec<Trial>)>,
}

impl Search<'_> {
    fn loss_of(&mut self, place: GridPoint) -> Result<f64, FitError> {
        if let Some((_, loss, _)) = self.tried.iter().find(|(known, ..)| *known == place) {
            return Ok(*loss);
        }
        let stiffness = stiffness_at(place);
        let trials: Vec<Trial> =
            self.fitters.par_iter_mut().map(|fitter| fitter.fit(&stiffness)).collect::<Result<_, _>>()?;
        let losses: Vec<f64> = self.inners.iter().zip(&trials).map(|(inner, trial)| inner.held_loss(trial)).collect();
        let loss = mean(&losses);
        self.tried.push((place, loss, trials));
        Ok(loss)
    }

    fn best(self) -> Result<(Stiffness, Vec<Trial>), FitError> {
        let best = self.tried.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
        best.map(|(place, _, trials)| (stiffness_at(place), trials)).ok_or(FitError::NotANumber)
    }
}

fn stiffness_at((smoothness, ridge, reweighted): GridPoint) -> Stiffness {
    Stiffness { smoothness: SMOOTHNESS[smoothness], ridge: RIDGE[ridge], reweighted }
}

/// The price per row at which held-out leads are judged best, or, for a simple card, the dearest one within a standard
/// error of it.
///
/// Differences are paired by lead. With few leads a dearer row price must win by more than a standard error: there, many
/// fine steps are the safe side, and the best of five noisy figures is not.
fn choose_row_price(inners: &[Inner], trials: &[Trial], params: &TrainParams, n_leads: usize) -> Result<f64, FitError> {
    let TrainParams { rule, size, .. } = params;
    let prices = if *size == CardSize::Simple { &ROW_PRICES[..] } else { &ROW_PRICES[..=DEAREST_ACCURATE] };
    let per_split: Vec<Vec<Vec<f64>>> = (inners.par_iter().zip(trials))
        .map(|(inner, trial)| inner.losses_at(trial, rule, prices))
        .collect::<Result<_, _>>()?;
    let losses: Vec<Vec<f64>> = (0..prices.len())
        .map(|price| per_split.iter().flat_map(|split| split[price].iter().copied()).collect())
        .collect();
    let means: Vec<f64> = losses.iter().map(|losses| mean(losses)).collect();
    let least = (0..prices.len()).fold(0, |best, price| if means[price] < means[best] { price } else { best });
    let excess_in_errors = |price: usize| {
        let (excess, error) = paired_difference(&losses[price], &losses[least]);
        if excess <= 0.0 { 0.0 } else { excess / error }
    };
    let chosen = match size {
        CardSize::Simple => (0..prices.len()).rev().find(|&price| excess_in_errors(price) <= 1.0),
        CardSize::Accurate => {
            let proof = if n_leads < FEW_LEADS { 1.0 } else { 0.5 };
            (0..prices.len()).find(|&price| excess_in_errors(price) <= proof)
        }
    };
    Ok(prices[chosen.unwrap_or(least)])
}

/// Negative log likelihood of each lead, nats.
pub fn losses(eta: &[f64], outcome: &[f64]) -> Vec<f64> {
    eta.iter().zip(outcome).map(|(eta, y)| softplus(*eta) - y * eta).collect()
}

/// Mean of `losses` less that of `others`, the same leads under both, and its standard error.
pub fn paired_difference(losses: &[f64], others: &[f64]) -> (f64, f64) {
    let differences: Vec<f64> = losses.iter().zip(others).map(|(loss, other)| loss - other).collect();
    let excess = mean(&differences);
    let spread = mean(&differences.iter().map(|d| (d - excess).powi(2)).collect::<Vec<_>>());
    (excess, (spread / differences.len() as f64).sqrt())
}

/// Arithmetic mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod open_tests;
#[cfg(test)]
mod segment_tests;
