//! Training: from some leads to a card's points, with every setting chosen on leads held out inside.
//!
//! In: cells of all leads, and which of them may be seen. Out: [`Trained`]. A fold calls this with its own leads, the card
//! that ships with all of them: the same procedure.
//!
//! Start at [`train`]. `settings` chooses on inner splits, `screen` among very many criteria, `censored` lets right-censored leads join the fit, `near_champion`
//! chooses the points again near a card in use.

mod censored;
#[cfg(test)]
mod censored_tests;
mod near_champion;
mod pairs;
#[cfg(test)]
mod pairs_tests;
#[cfg(test)]
mod pilot_tests;
mod screen;
mod settings;
mod shapes;

use crate::measures::mean;
use crate::model::bins::{BinPlan, Codes, CriterionCells};
use crate::model::censoring::{CensoredLead, PartialOutcome};
use crate::model::fit::loss::Observed;
use crate::model::fit::penalty::Chains;
use crate::model::fit::{FitError, JointFit};
use crate::model::points::{PointsProblem, PointsRule, ScaleRule, WholePoints};
use crate::settings::{CardSize, PointsRules, PointsScale, TotalWanted, Trend};

use censored::CensoredFit;
pub(crate) use censored::Sample;
pub use near_champion::{NearChampion, stay_near};
pub use pairs::PairRule;
pub use screen::most_criteria;
pub(crate) use screen::screened;
use settings::Chosen;
pub(crate) use settings::LIGHT;
pub use settings::{FitSettings, ROW_PRICES};

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
    /// Right-censored leads, as seen when the card would have been fitted; none of them is in `leads`.
    pub censored: &'a [CensoredLead],
    /// Edges of numeric criteria that are kept from a card in use, one list per criterion; empty where none is.
    pub kept_edges: &'a [Vec<f64>],
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
    /// What each right-censored lead came to count for.
    pub censored_counts: Vec<PartialOutcome>,
}

/// Wishes for a card.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainParams {
    /// How points look.
    pub rule: PointsRule,
    /// Whether a card may span twice as many points, where leads held out say that so few lose too much.
    pub may_be_finer: bool,
    /// The most accurate card or the smallest that is about as good.
    pub size: CardSize,
    /// At most so many criteria.
    pub max_criteria: Option<usize>,
    /// At most so many rows.
    pub max_rows: Option<usize>,
    /// Tables of two criteria.
    pub pairs: PairRule,
}

impl TrainParams {
    /// The wishes as they were checked.
    ///
    /// - `asked`: pairs that were asked for, by the positions of their criteria.
    pub fn of(rules: &PointsRules, asked: Vec<[usize; 2]>) -> Self {
        let scale = match rules.scale {
            PointsScale::Range { low, high } => ScaleRule::Bounded(low, high),
            PointsScale::Pdo { points, .. } => ScaleRule::PerLogOdds(points / std::f64::consts::LN_2),
            PointsScale::Total(Some(TotalWanted::Exactly(total))) => ScaleRule::Span(total),
            PointsScale::Total(None | Some(TotalWanted::Auto)) => ScaleRule::Span(DEFAULT_TOTAL),
        };
        let PointsRules { unit, size, max_criteria, max_rows, .. } = *rules;
        // A card of so few points has no room for what two answers say together.
        let pairs = match scale {
            ScaleRule::Bounded(..) => PairRule::none(),
            ScaleRule::Span(_) | ScaleRule::PerLogOdds(_) => PairRule { wanted: rules.pairs, asked },
        };
        let may_be_finer = rules.scale == PointsScale::Total(Some(TotalWanted::Auto));
        Self { rule: PointsRule { scale, unit }, may_be_finer, size, max_criteria, max_rows, pairs }
    }

    /// The same wishes for a card on the scale of another; a card with bounded levels has one of its own.
    pub fn at_scale(&self, points_per_log_odds: f64) -> Self {
        let mut params = self.clone();
        if !matches!(params.rule.scale, ScaleRule::Bounded(..)) {
            params.rule.scale = ScaleRule::PerLogOdds(points_per_log_odds);
        }
        params
    }
}

/// Points from the lowest to the highest score when nobody says how many.
const DEFAULT_TOTAL: u32 = 100;

/// Trains on one part of the leads. Criteria and settings are chosen on leads with an outcome alone; right-censored leads join the
/// fit, each for as much as it tells ([`CensoredLead::counts_for`]).
///
/// # Errors
/// Those of the fit.
pub fn train(part: &TrainingPart<'_>, params: &TrainParams) -> Result<Trained, FitError> {
    let (which, Chosen { settings, trends, rule }) = settings::choose_settings(part, params)?;
    let fitted = censored::fit(part, &which, &settings, &params.pairs)?;
    let CensoredFit { mut bins, chains, fit, censored_counts, sample, codes } = fitted;
    bins.criteria.iter_mut().zip(trends).for_each(|(bins, trend)| bins.trend = trend);
    let mut trained = Trained { bins, chains, fit, points: WholePoints::none(), settings, censored_counts };
    let choose = |problem: &PointsProblem<'_>, row_price: f64| problem.choose(&rule, row_price);
    trained.choose_points(sample.observed(&codes), params.max_rows, choose);
    Ok(trained)
}

impl Trained {
    /// Log-odds of leads by the points.
    pub fn log_odds(&self, codes: &Codes) -> Vec<f64> {
        self.points.log_odds_of(codes)
    }

    /// Chooses points at the price per row of the settings; raises it until the card has no more rows than wished for.
    fn choose_points(
        &mut self,
        observed: Observed<'_>,
        max_rows: Option<usize>,
        choose: impl Fn(&PointsProblem<'_>, f64) -> WholePoints,
    ) {
        let trends = self.bins.trends();
        let problem = PointsProblem::new(&self.fit, observed, &self.chains, &trends);
        let mut row_price = self.settings.row_price;
        let mut points = choose(&problem, row_price);
        // Doubling from a twentieth of a nat reaches any price that could matter: no row earns more than the whole loss.
        for _ in 0..MAX_RAISES {
            if max_rows.is_none_or(|most| points.n_card_rows(&self.bins, &self.chains) <= most) {
                break;
            }
            row_price = (row_price * 1.3).max(0.05);
            points = choose(&problem, row_price);
        }
        (self.points, self.settings.row_price) = (points, row_price);
    }

    /// How points look on a scale that tells log-odds apart twice as finely, and what a row costs on this card.
    pub fn twice_as_fine(&self, unit: u32) -> (PointsRule, f64) {
        (PointsRule { scale: ScaleRule::PerLogOdds(2.0 * self.points.scale), unit }, self.settings.row_price)
    }

    /// The leads that the card was fitted on.
    ///
    /// - `part`: what it was trained on.
    pub fn on_its_leads<'a>(&'a self, part: &TrainingPart<'a>) -> FittedLeads<'a> {
        let sample = Sample::of(part, &self.censored_counts);
        let codes = self.bins.encode(part.criteria, &sample.leads);
        FittedLeads { trained: self, n_observed: part.leads.len(), sample, codes, trends: self.bins.trends() }
    }
}

/// A card with the leads that it was fitted on, in its bins: what other cards from the same fit are made of.
#[derive(Debug)]
pub struct FittedLeads<'a> {
    trained: &'a Trained,
    /// Leads with an outcome; they come before the right-censored ones.
    n_observed: usize,
    sample: Sample,
    codes: Codes,
    trends: Vec<Trend>,
}

impl FittedLeads<'_> {
    fn problem(&self) -> PointsProblem<'_> {
        let Trained { fit, chains, .. } = self.trained;
        PointsProblem::new(fit, self.sample.observed(&self.codes), chains, &self.trends)
    }

    /// Other cards from the same fit, by how they look and what a row costs.
    pub fn cards(&self, wishes: &[(PointsRule, f64)]) -> Vec<WholePoints> {
        self.problem().choose_each(wishes)
    }

    /// Points per bin of such cards, at each of [`ROW_PRICES`]: enough to count their rows.
    pub fn points_at_row_prices(&self, rule: &PointsRule) -> Vec<WholePoints> {
        self.problem().unplaced(&ROW_PRICES.map(|row_price| (*rule, row_price)))
    }

    /// Mean log loss of the card on its own leads with an outcome, nats.
    pub fn log_loss(&self) -> f64 {
        let points = &self.trained.points;
        mean(&points.losses(&points.scores(&self.codes), self.sample.outcomes_of_first(self.n_observed)))
    }
}

/// Most times that the price per row is raised for a card of few rows.
const MAX_RAISES: usize = 64;

pub(crate) fn outcome_of(part: &TrainingPart<'_>, leads: &[u32]) -> Vec<f64> {
    leads.iter().map(|&lead| part.converted[lead as usize]).collect()
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
