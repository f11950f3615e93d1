//! Pipeline: the only place that knows the order of the stages.
//!
//! In: a config and what `intake` prepared. Out: [`Calibrated`]: card, metrics, out-of-fold scores and frontier, ready to be written.
//!
//! `train` makes a card from some leads, `assemble` turns its points over bins into levels, `ship` is the card that is handed
//! over. `judge` makes one per fold and scores the leads it has not seen, `unseen` holds them side by side, `openness` knows
//! who was too young when. `choice`, `questions`, `champion` and `segments` look at the judged leads; `figures` gathers what is
//! said of them all. `follow` and `counted` serve a card that exists already, `feedback` what sales did.

pub mod metrics_file;
pub mod record;

use crate::analyses::segments::run::segments_of_judged;
use crate::analyses::{questions, untouched};
use crate::calibrate::metrics_file::{Told, baseline_note, rungs};
use crate::calibrate::record::Metrics;
use crate::card::Card;
use crate::cross_fit::censored::{CensoringHistory, Today, fold_views};
use crate::cross_fit::curves::{FoldView, Shipped};
use crate::cross_fit::final_card::{FirstCard, ShippedCard, card_of, first_card, set_by_hand, train_params};
use crate::cross_fit::folds::{FoldError, FoldPlan, make_folds};
use crate::cross_fit::held_out::HeldOut;
use crate::cross_fit::near_champion;
use crate::data::dataset::{Others, Prepared};
use crate::data::features::CriterionColumn;
use crate::data::labels::LabelledLeads;
use crate::data::labels::keys::lead_keys;
use crate::decide::decision::{Choice, CurveTables, JudgedLeads, choose, sales_figures};
use crate::decide::frontier::{self, Frontier, FrontierError, Histogram, OutOfFold, Policy, Resolved};
use crate::measures::out_of_fold_metrics;
use crate::model::bins::CriterionCells;
use crate::model::bins::cells::to_cells;
use crate::model::fit::FitError;
use crate::model::levels::CriterionSpec;
use crate::model::overrides::OverrideError;
use crate::model::train::{TrainParams, TrainingPart};
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{Config, SalesConfig, Settings};

/// What is said of a card that knows nothing.
pub const NO_BETTER: &str =
    "on leads it had not seen, this card does no better than promising every lead the overall rate: do not use it";

/// Name and version of the engine, as it stands in cards and manifests.
pub const ENGINE: &str = concat!("bantam ", env!("CARGO_PKG_VERSION"));

/// Everything a calibration came to.
#[derive(Debug, Clone)]
pub struct Calibrated {
    /// The card that ships.
    pub card: Card,
    /// Everything measured.
    pub metrics: Metrics,
    /// Judged leads.
    pub out_of_fold: OutOfFold,
    /// Counts of the judged leads.
    pub histogram: Histogram,
    /// Volume against conversion.
    pub frontier: Frontier,
    /// Policies with their thresholds.
    pub policies: Vec<Resolved>,
}

/// What can stop a calibration once the data are read.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// The folds cannot be made.
    #[error(transparent)]
    Folds(#[from] FoldError),
    /// The fit failed.
    #[error("cannot fit the card")]
    Fit(#[from] FitError),
    /// A policy or band cannot be, or leads cannot be counted.
    #[error(transparent)]
    Frontier(#[from] FrontierError),
    /// An override names what is not there.
    #[error(transparent)]
    Overrides(#[from] OverrideError),
    /// No criterion is left.
    #[error(
        "no column of the lead table can be a criterion\nhint: `bantam check` says of every column what it was taken for, and why"
    )]
    NoCriteria,
    /// Nothing can be said of the judged leads.
    #[error(
        "the {n_leads} leads that folds could judge all have the same outcome\n\
         hint: use a longer history, or `folds.by = \"random\"` (--folds random:5)"
    )]
    OneOutcomeJudged {
        /// Leads that were judged.
        n_leads: usize,
    },
    /// Nothing predicts.
    #[error(
        "none of the {n_criteria} criteria tells converted leads from others: the best card is an empty one\n\
         hint: add what sales asks in conversation (budget, authority, need, timing), or more history"
    )]
    NothingToTell {
        /// Criteria that were tried.
        n_criteria: usize,
    },
}

/// What every stage after the bins looks at.
#[derive(Clone, Copy)]
pub(crate) struct Study<'a> {
    pub(crate) config: &'a Config,
    pub(crate) leads: &'a LabelledLeads,
    pub(crate) others: Others,
    /// All criteria.
    pub(crate) specs: &'a [CriterionSpec],
    pub(crate) params: &'a TrainParams,
    /// All leads that the card that ships learns from.
    pub(crate) part: TrainingPart<'a>,
}

/// Who judges whom.
#[derive(Clone, Copy)]
pub(crate) struct Folds<'a> {
    pub(crate) plan: &'a FoldPlan,
    pub(crate) views: &'a [FoldView],
    /// Who was open when, where open leads take part.
    pub(crate) openness: Option<&'a CensoringHistory<'a>>,
}

/// Fits the card that ships, judges it by folds, and measures.
///
/// # Errors
/// A [`CalibrateError`]: settings, folds or data that do not go together.
pub fn calibrate(
    prepared: Prepared,
    settings: &Settings,
    progress: &mut Progress,
) -> Result<Calibrated, CalibrateError> {
    let config = &settings.config;
    let Prepared { leads, criteria, others, champion, verdicts, proofs, files, mut notes, config_sha256, data_sha256 } =
        prepared;
    if criteria.is_empty() {
        return Err(CalibrateError::NoCriteria);
    }
    let sales = sales_figures(&config.sales, &leads);
    let policies = frontier::check_policies(&settings.policies, &sales, leads.as_of.is_some())?;
    let keys = keys_of_all(&leads, others, config.seed);
    let plan = make_folds(&leads, &config.folds, &keys)?;
    let params = train_params(&config.points);
    // Others have no outcome; nothing looks for one at their positions.
    let mut converted: Vec<f64> = leads.converted.iter().map(|&won| f64::from(u8::from(won))).collect();
    converted.resize(keys.len(), 0.0);
    let (specs, cells) = progress.stage("bins", || to_specs_and_cells(criteria));
    let everyone: Vec<u32> = (0..leads.n_leads() as u32).collect();
    let part = TrainingPart { criteria: &cells, converted: &converted, keys: &keys, leads: &everyone, open: &[] };
    let study = Study { config, leads: &leads, others, specs: &specs, params: &params, part };

    let today = Today::of(&leads, others);
    let FirstCard { shipped, is_modelled, by_score } = first_card(&study, today.as_ref(), progress, &mut notes)?;
    let modelled = today.as_ref().filter(|_| is_modelled);
    let part = TrainingPart { open: modelled.map_or(&[], |today| &today.open), ..part };
    let study = Study { part, ..study };
    let openness = modelled.map(|today| CensoringHistory::new(today, &plan));
    let views = fold_views(&plan, &leads, others, &keys, openness.as_ref());
    let at = Folds { plan: &plan, views: &views, openness: openness.as_ref() };

    let (mut shipped, trained, held) =
        near_champion::train_near(&study, &at, shipped, champion.as_ref(), progress, &mut notes)?;
    let by_hand = set_by_hand(&study, &mut shipped)?;
    notes.extend(by_hand.notes.iter().cloned());
    let unseen = HeldOut::judge(&study, &at, trained, &shipped, &by_hand, progress)?;
    notes.extend(baseline_note(&unseen.folds));
    let ladder = progress.stage("ladder", || rungs(&study, &shipped, &unseen.folds));
    let judged = &unseen.out_of_fold;
    let measured = out_of_fold_metrics(&judged.score, &judged.probability, &judged.converted)
        .ok_or(CalibrateError::OneOutcomeJudged { n_leads: judged.score.len() })?;
    if measured.is_no_better_than_the_rate() {
        notes.push(Note::new("curve", NO_BETTER));
    }

    let choice = choose_among(&study, &at, (&unseen, &shipped), (&policies, &sales), progress)?;
    notes.extend(choice.notes.iter().cloned());
    let asked = questions::run::AblationInputs {
        part: &part,
        specs: &specs,
        plan: &plan,
        views: &views,
        folds: &unseen.folds,
        shipped: Shipped { settings: &params, own: shipped.own },
        card: &shipped,
        has_overrides: !by_hand.overrides.is_empty(),
    };
    let (questions, more) =
        progress.stage("questions", || questions::run::questions(&asked, &choice.frontier, &choice.resolved));
    notes.extend(more);
    let scored = unseen.others(&study);
    let untouched = untouched::measure(&judged.score, &scored.untouched, &choice.frontier, &choice.resolved);
    let untouched = noted(untouched, &mut notes);
    let beside = champion.as_ref().map(|found| {
        progress.stage("champion", || near_champion::beside(&study, found, held, &shipped, &unseen, &choice))
    });
    let champion = noted(beside.transpose()?, &mut notes);
    let has_groups = leads.segment.is_some() || !leads.fairness.is_empty();
    let groups = has_groups.then(|| {
        let card = (&shipped.trained, &specs[..], &part);
        progress.stage("segments", || segments_of_judged(judged, &leads, card, &choice, config))
    });
    let segments = noted(groups.flatten(), &mut notes);
    let maturity = today
        .as_ref()
        .and_then(|today| metrics_file::maturity(&study, today, (&unseen, &scored), &choice, (is_modelled, by_score)));

    let card = card_of(&study, &shipped, &by_hand, &choice, (data_sha256, config_sha256));
    let overrides = (unseen.fitted.as_ref())
        .map(|fitted| crate::analyses::overrides::cost_of(&by_hand, fitted, judged, &choice.resolved));
    let told = Told {
        judged: measured,
        ladder,
        overrides,
        segments,
        maturity,
        untouched,
        champion,
        questions,
        verdicts,
        proofs,
        files,
        notes,
    };
    let metrics = metrics_file::metrics(&study, &at, (&shipped, &card), &unseen, &choice, told, progress);
    Ok(Calibrated {
        card,
        metrics,
        out_of_fold: unseen.out_of_fold,
        histogram: choice.histogram,
        frontier: choice.frontier,
        policies: choice.resolved,
    })
}

/// What was measured; what a careful person would mention goes to the notes.
fn noted<T>(found: Option<(T, Vec<Note>)>, notes: &mut Vec<Note>) -> Option<T> {
    found.map(|(measured, more)| {
        notes.extend(more);
        measured
    })
}

/// Works out what can be chosen between, from the judged leads.
fn choose_among(
    study: &Study<'_>,
    at: &Folds<'_>,
    (unseen, shipped): (&HeldOut, &ShippedCard),
    (policies, sales): (&[Policy], &SalesConfig),
    progress: &mut Progress,
) -> Result<Choice, CalibrateError> {
    let (leads, out_of_fold) = (study.leads, &unseen.out_of_fold);
    let tables = CurveTables { assembled: &shipped.assembled, base_points: shipped.base_points, judged: out_of_fold };
    let judged = JudgedLeads {
        leads,
        out_of_fold,
        tables: &tables,
        curve: &unseen.curve,
        periods: unseen.periods(at),
        outcomes_then: unseen.outcomes_then(study, at),
        base_rate: leads.n_converted() as f64 / leads.n_leads() as f64,
    };
    choose(&judged, policies, sales, study.config, progress)
}

/// A seeded number for every position: labelled leads, then the others whose criteria are known.
fn keys_of_all(leads: &LabelledLeads, others: Others, seed: u64) -> Vec<u64> {
    let mut keys = lead_keys(leads, seed);
    for (part, n) in [(&leads.untouched, others.n_untouched), (&leads.open, others.n_open)] {
        if n > 0 {
            keys.extend(lead_keys(&part.as_labelled(), seed));
        }
    }
    keys
}

fn to_specs_and_cells(criteria: Vec<CriterionColumn>) -> (Vec<CriterionSpec>, Vec<CriterionCells>) {
    use rayon::prelude::*;
    criteria
        .into_par_iter()
        .map(|criterion| {
            let cells = cells_of(&criterion);
            let CriterionColumn { name, group, column, kind, derivation, .. } = criterion;
            (CriterionSpec { name, group, column, kind, derivation }, cells)
        })
        .unzip()
}

pub(crate) fn cells_of(criterion: &CriterionColumn) -> CriterionCells {
    CriterionCells {
        column: to_cells(criterion),
        order: criterion.order.clone(),
        trend: criterion.trend,
        is_partially_pooled: criterion.is_partially_pooled,
    }
}
