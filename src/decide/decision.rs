//! Choice: from judged leads to what can be chosen between: frontier, policies, next quarter, and how earlier promises held.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use crate::calibrate::CalibrateError;
use crate::card::{Band, Criterion, CurveEntry};
use crate::data::labels::{Grouping, LabelledLeads};
use crate::decide::forecast::record::Forecast;
use crate::decide::forecast::{ForecastParams, forecast};
use crate::decide::frontier::{self, Evidence, Frontier, Histogram, OutOfFold, Policy, Resolved};
use crate::decide::history::record::{BackTestRow, BandMetrics, BandMonth, FunnelRow};
use crate::decide::history::{self, PastCurve};
use crate::model::curve::Curve;
use crate::model::levels::Assembled;
use crate::model::train::mean;
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{Config, PolicyConfig, SalesConfig};
use crate::units::Probability;

/// Judged leads and what their scores are worth.
#[derive(Debug)]
pub struct JudgedLeads<'a> {
    /// All leads with a fair outcome.
    pub leads: &'a LabelledLeads,
    /// Those that a card judged which had not seen them.
    pub out_of_fold: &'a OutOfFold,
    /// Makes tables of curves.
    pub tables: &'a CurveTables<'a>,
    /// The curve of all folds together.
    pub curve: &'a Curve,
    /// Where folds are periods: their names, and the curve known before each began.
    pub periods: Vec<(&'a str, &'a Curve)>,
    /// Outcomes of the judged leads as they were known when each period began, where that is not simply what came of them;
    /// empty otherwise.
    pub outcomes_then: Vec<Vec<bool>>,
    /// Share of all leads that converted.
    pub base_rate: f64,
}

/// What can be chosen between.
#[derive(Debug)]
pub struct Choice {
    /// What each score is worth.
    pub curve_table: Vec<CurveEntry>,
    /// Hot, nurture, reject.
    pub bands: Vec<Band>,
    /// Counts of the judged leads.
    pub histogram: Histogram,
    /// Volume against conversion.
    pub frontier: Frontier,
    /// The policies, as the config has them; two of our own where it has none.
    pub policies: Vec<PolicyConfig>,
    /// Those that the history can meet, with their thresholds.
    pub resolved: Vec<Resolved>,
    /// Next quarter under each.
    pub forecast: Forecast,
    /// Promises of the past.
    pub back_test: Vec<BackTestRow>,
    /// Bands overall.
    pub band_metrics: Vec<BandMetrics>,
    /// Bands by month.
    pub bands_by_month: Vec<BandMonth>,
    /// Sources, segments and teams.
    pub funnels: Vec<FunnelRow>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Works out what can be chosen between.
///
/// - `policies`: those of the config, checked.
///
/// # Errors
/// [`CalibrateError::Frontier`]: hand-offs off the calendar.
pub fn choose(
    judged: &JudgedLeads<'_>,
    policies: &[Policy],
    sales: &SalesConfig,
    config: &Config,
    progress: &mut Progress,
) -> Result<Choice, CalibrateError> {
    let JudgedLeads { leads, out_of_fold, tables, .. } = *judged;
    // Looked up once for all three, and not at all where the leads have none of them.
    let places = LazyCell::new(|| frontier::places_of_judged(out_of_fold, leads));
    let group = |group: Option<&Grouping>| group.map(|group| group.select(&places));
    let (source, segment, team) =
        (group(leads.source.as_ref()), group(leads.segment.as_ref()), group(leads.team.as_ref()));
    let histogram = Histogram::count(out_of_fold, segment.as_ref(), team.as_ref())?;
    let frontier = Frontier::trace(&histogram);
    let mut notes = frontier.notes.clone();
    let curve_table = tables.entries(judged.curve);
    let (bands, band_notes) = frontier::derive_bands(&curve_table, judged.base_rate, &config.bands);
    notes.extend(band_notes);

    let has_dates = out_of_fold.as_of.is_some();
    let (policy_configs, policies) = if policies.is_empty() {
        let own = frontier::default_policies(&frontier);
        let checked = frontier::check_policies(&own, sales, has_dates)?;
        (own.into_iter().map(|rule| rule.written).collect(), checked)
    } else {
        (config.policy.clone(), policies.to_vec())
    };
    let evidence = Evidence { histogram: &histogram, frontier: &frontier, curve: &curve_table, bands: &bands };
    let (resolved, policy_notes) = frontier::resolve_policies(&policies, &evidence);
    notes.extend(policy_notes);
    let params = ForecastParams::quarter(config.seed);
    let (forecast, forecast_notes) = progress.stage("forecast", || forecast(&policies, &evidence, sales, &params));
    notes.extend(forecast_notes);

    let past: Vec<PastCurve<'_>> = (judged.periods.iter().enumerate())
        .map(|(at, (period, curve))| {
            let curve = tables.entries(curve);
            let (bands, _) = frontier::derive_bands(&curve, judged.base_rate, &config.bands);
            let outcomes = judged.outcomes_then.get(at).map(Vec::as_slice);
            PastCurve { period: (*period).to_owned(), curve, bands, outcomes }
        })
        .collect();
    let back_test = progress.stage("back-test", || {
        history::back_test(out_of_fold, (segment.as_ref(), team.as_ref()), &past, &policies, config.seed)
    })?;
    let funnels = [("source", &source), ("segment", &segment), ("team", &team)]
        .into_iter()
        .filter_map(|(by, group)| Some((by, group.as_ref()?)))
        .flat_map(|(by, group)| history::funnel(by, group, out_of_fold, &bands))
        .collect();
    Ok(Choice {
        band_metrics: history::band_metrics(&histogram, &bands),
        bands_by_month: history::bands_by_month(&histogram, &bands),
        curve_table,
        bands,
        histogram,
        frontier,
        policies: policy_configs,
        resolved,
        forecast,
        back_test,
        funnels,
        notes,
    })
}

/// Makes the table of a curve: one entry per score the card can give.
#[derive(Debug, Clone, Copy)]
pub struct CurveTables<'a> {
    /// The card's criteria.
    pub assembled: &'a Assembled,
    /// Points every lead starts with.
    pub base_points: i32,
    /// Judged leads, counted per score.
    pub judged: &'a OutOfFold,
}

impl CurveTables<'_> {
    /// One entry per score the card can give.
    pub fn entries(&self, curve: &Curve) -> Vec<CurveEntry> {
        let mut n_leads = BTreeMap::<i32, u64>::new();
        self.judged.score.iter().for_each(|&score| *n_leads.entry(score).or_default() += 1);
        let sum =
            |points: fn(&Criterion) -> i32| self.base_points + self.assembled.criteria.iter().map(points).sum::<i32>();
        // The table stays off 0 and 10000: nobody is certain, and odds stay finite.
        let basis_points =
            |probability: f64| Probability::new(probability).map_or(0, Probability::to_basis_points).clamp(1, 9999);
        (sum(Criterion::points_min)..=sum(Criterion::points_max))
            .map(|score| {
                let worth = curve.worth(f64::from(score));
                CurveEntry {
                    score,
                    probability_bp: basis_points(worth.probability),
                    low_bp: basis_points(worth.low),
                    high_bp: basis_points(worth.high),
                    n_leads: n_leads.get(&score).copied().unwrap_or(0),
                }
            })
            .collect()
    }
}

/// What a lead costs and a win is worth: as the config says; the worth of a win, where it says nothing, is the mean value of
/// the leads that were won.
pub fn sales_figures(config: &SalesConfig, leads: &LabelledLeads) -> SalesConfig {
    let of_won = || {
        let values = leads.value.as_ref()?.iter().zip(&leads.converted);
        let won: Vec<f64> = values.filter(|(value, won)| **won && value.is_finite()).map(|(value, _)| *value).collect();
        Some(mean(&won)).filter(|value| !won.is_empty() && *value > 0.0)
    };
    SalesConfig {
        hours_per_lead: config.hours_per_lead,
        cost_per_lead: config.cost_per_lead,
        value_per_win: config.value_per_win.or_else(of_won),
        reps: config.reps,
        currency: config.currency.clone(),
    }
}
