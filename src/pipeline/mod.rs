//! Pipeline: the only place that knows the order of the stages.
//!
//! In: a config. Out: [`Calibrated`]: card, metrics, out-of-fold scores and frontier, ready to be written.
//!
//! `train` makes a card from some leads, `judge` makes one per fold and scores the leads it has not seen, `openness` knows who was
//! too young when, `questions` fits every fold's card again on other criteria, `assemble` turns points over bins into the levels
//! of a card.

pub mod assemble;
pub mod champion;
pub mod choice;
pub mod feedback;
pub mod follow;
pub mod intake;
pub mod judge;
pub mod openness;
pub mod progress;
mod questions;
pub mod segments;
pub mod train;

use std::cmp::Ordering;

use crate::bins::CriterionCells;
use crate::bins::cells::to_cells;
use crate::card::{CARD_FORMAT, Card, Provenance, TEXT_RULE, make_golden};
use crate::champion::{Both, Refitted};
use crate::config::{Config, DAYS_PER_MONTH, PointsConfig, US_PER_DAY, parse_day};
use crate::coverage::{self, UntouchedLead};
use crate::curve::Curve;
use crate::features::CriterionColumn;
use crate::fit::FitError;
use crate::fit::baseline::MAX_BASELINE_LEADS;
use crate::frontier::{self, Frontier, FrontierError, Histogram, OutOfFold, Resolved};
use crate::labels::folds::{FoldError, make_folds};
use crate::labels::keys::lead_keys;
use crate::labels::{LabelledLeads, LeadIds, show_time};
use crate::math::LogOddsLine;
use crate::maturity::OpenLead;
use crate::metrics::{
    BaselineMetrics, CardMetrics, Cells, ChampionMetrics, ChangePriceRung, DelayByScore, FoldMetrics, LadderRung,
    LeadCounts, Metrics, RecentVolume, SettingsMetrics, StageSeconds, auc, log_loss, out_of_fold_metrics,
    reliability_rows,
};
use crate::notes::Note;
use crate::overrides::{self, Applied, Fitted, Known, OverrideError};
use crate::points::{PointsRule, ScaleRule};
use crate::units::to_points;
use assemble::{Assembled, CriterionSpec, assemble};
use champion::ChampionOnLeads;
use choice::{Choice, CurveTables, JudgedLeads, choose, sales_figures};
use intake::{Others, Prepared};
use judge::{JudgedFold, Shipped, judge_folds, price_scores, train_folds};
use openness::{Moments, Openness, can_model, fold_views};
use progress::Progress;
use segments::segments_of_judged;
use train::{
    InUse, ROW_PRICES, Settings, TrainParams, Trained, TrainingPart, ladder, mean, paired_difference, stay_near, train,
};

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

/// Fits the card that ships, judges it by folds, and measures.
///
/// # Errors
/// A [`CalibrateError`]: settings, folds or data that do not go together.
pub fn calibrate(prepared: Prepared, config: &Config, progress: &mut Progress) -> Result<Calibrated, CalibrateError> {
    let Prepared { leads, criteria, others, champion, verdicts, proofs, files, mut notes, config_sha256, data_sha256 } =
        prepared;
    if criteria.is_empty() {
        return Err(CalibrateError::NoCriteria);
    }
    let sales = sales_figures(&config.sales, &leads);
    let policies = frontier::check_policies(&config.policy, &sales, leads.as_of.is_some())?;
    let keys = keys_of_all(&leads, others, config.seed);
    let plan = make_folds(&leads, &config.folds, &keys)?;
    let params = train_params(&config.points);
    // Others have no outcome; nothing looks for one at their positions.
    let mut converted: Vec<f64> = leads.converted.iter().map(|&won| f64::from(u8::from(won))).collect();
    converted.resize(keys.len(), 0.0);
    let (specs, cells) = progress.stage("bins", || to_specs_and_cells(criteria));
    let everyone: Vec<u32> = (0..leads.n_leads() as u32).collect();
    let moments = Moments::of(&leads, others);
    let delays = moments.as_ref().and_then(Moments::delays_today);
    let open = match (&moments, &delays) {
        (Some(moments), Some(delays)) => moments.open_today(delays),
        _ => Vec::new(),
    };
    let may_model = can_model(config.outcome.maturity, &leads, others, delays.as_ref());
    let mut is_modelled = may_model.is_ok();
    notes.extend(may_model.err().flatten());
    let part = TrainingPart {
        criteria: &cells,
        converted: &converted,
        keys: &keys,
        leads: &everyone,
        open: if is_modelled { &open } else { &[] },
    };

    let mut shipped = progress.stage("fit", || ship(&part, &specs, &params, config))?;
    let by_score = moments.as_ref().filter(|_| !open.is_empty()).and_then(|moments| by_score(moments, &part, &shipped));
    if let Some(found) = by_score.filter(|found| found.depends) {
        notes.push(openness::dependence_note(&found));
        if is_modelled {
            is_modelled = false;
            let without = TrainingPart { open: &[], ..part };
            shipped = progress.stage("fit without open leads", || ship(&without, &specs, &params, config))?;
        }
    }
    if is_modelled {
        notes.push(openness::open_note(&open));
    }
    let part = TrainingPart { open: if is_modelled { &open } else { &[] }, ..part };
    let openness = match (&moments, &delays) {
        (Some(moments), Some(delays)) if is_modelled => Some(Openness::new(moments, delays.clone(), &plan)),
        _ => None,
    };
    let views = fold_views(&plan, &leads, others, &keys, openness.as_ref());
    let hold = champion
        .as_ref()
        .and_then(|found| champion::hold_of(config, &found.champion.card, plan.is_by_time, &mut notes));
    let scale = hold.as_ref().map_or(1.0 / shipped.own.slope, |hold| hold.scale);
    let mut trained_folds = progress.counted("folds", plan.folds.len() as u64, |advance| {
        train_folds(&part, &plan, &views, (&params, scale), advance)
    })?;
    let mut held = (0.0, Vec::new());
    if let (Some(hold), Some(found)) = (&hold, &champion) {
        held = progress.stage("price of changes", || {
            champion::hold_folds(&mut trained_folds, &part, (&plan, &views), &params, hold)
        });
        let points = champion::points_of_cells(&found.champion.card, &found.criteria, &cells);
        let in_use = InUse { points: &points, scale, change_price: held.0 };
        stay_near(&mut shipped.trained, &part, &params, in_use);
        shipped = finish(shipped.trained, &part, &specs, config)?;
        notes.push(champion::held_note(&held, plan.is_by_time));
    }
    let own = shipped.own;
    let by_hand = set_by_hand(config, &mut shipped, &part, &specs, &leads)?;
    notes.extend(by_hand.notes.iter().cloned());
    let mut folds = progress
        .stage("judging", || judge_folds(&part, &plan, &views, trained_folds, &Shipped { settings: &params, own }))?;
    notes.extend(baseline_note(&folds));
    let fitted = (!by_hand.overrides.is_empty()).then(|| {
        let fitted = progress.stage("overrides", || {
            judge_without(&by_hand, &folds, &leads, &part, (own, plan.is_by_time), openness.as_ref())
        });
        shift_scores(&mut folds, |lead| by_hand.shift_of(lead));
        fitted
    });
    let (probabilities, fold_curves, curve) =
        progress.stage("curve", || price_scores(&folds, &converted, own, plan.is_by_time, openness.as_ref()));
    let out_of_fold = gather(&leads, &folds, &probabilities);
    let ladder = progress.stage("ladder", || rungs(&part, &shipped, &folds, &converted, &params));

    let judged = out_of_fold_metrics(&out_of_fold.score, &out_of_fold.probability, &out_of_fold.converted)
        .ok_or(CalibrateError::OneOutcomeJudged { n_leads: out_of_fold.score.len() })?;

    if judged.is_no_better_than_the_rate() {
        notes.push(Note::new("curve", NO_BETTER));
    }
    let tables = CurveTables { assembled: &shipped.assembled, base_points: shipped.base_points, judged: &out_of_fold };
    let base_rate = leads.n_converted() as f64 / leads.n_leads() as f64;
    let judged_leads = JudgedLeads {
        leads: &leads,
        out_of_fold: &out_of_fold,
        tables: &tables,
        curve: &curve,
        periods: if plan.is_by_time {
            folds.iter().map(|fold| fold.name.as_str()).zip(&fold_curves).collect()
        } else {
            Vec::new()
        },
        outcomes_then: match &openness {
            Some(openness) if plan.is_by_time => {
                outcomes_then(openness, &out_of_fold, &folds, &fold_curves, &leads, &keys)
            }
            _ => Vec::new(),
        },
        base_rate,
    };
    let choice = choose(&judged_leads, &policies, &sales, config, progress)?;
    notes.extend(choice.notes.iter().cloned());
    let asked = questions::Asked {
        part: &part,
        specs: &specs,
        plan: &plan,
        views: &views,
        folds: &folds,
        shipped: Shipped { settings: &params, own },
        card: &shipped,
        has_overrides: !by_hand.overrides.is_empty(),
    };
    let (questions, more) =
        progress.stage("questions", || questions::questions(&asked, &choice.frontier, &choice.resolved));
    notes.extend(more);
    let scored = scored_others(&folds, &fold_curves, leads.n_leads(), others);
    let untouched = coverage::measure(&out_of_fold.score, &scored.untouched, &choice.frontier, &choice.resolved);
    let untouched = untouched.map(|(metrics, more)| {
        notes.extend(more);
        metrics
    });
    let beside_champion = champion.as_ref().map(|found| {
        progress.stage("champion", || {
            beside(found, held, &shipped, (&specs, &cells), (&leads, &folds, &out_of_fold), &choice)
        })
    });
    let beside_champion = beside_champion.transpose()?.map(|(metrics, more)| {
        notes.extend(more);
        metrics
    });
    let groups = (&shipped.trained, &specs[..], &part);
    let has_groups = leads.segment.is_some() || !leads.fairness.is_empty();
    let mut look_at_segments =
        || progress.stage("segments", || segments_of_judged(&out_of_fold, &leads, groups, &choice, config));
    let segments = has_groups.then(&mut look_at_segments).flatten().map(|(metrics, more)| {
        notes.extend(more);
        metrics
    });
    let maturity = moments.as_ref().zip(delays.as_ref()).filter(|_| !open.is_empty()).map(|(moments, delays)| {
        let probabilities = is_modelled.then(|| curve_of_open(&curve, &scored.open, &open));
        let volume = if is_modelled { recent_volume(&scored.open, &leads.open.as_of, &choice) } else { Vec::new() };
        openness::metrics(moments, delays, (&open, probabilities.as_deref()), is_modelled, by_score, volume)
    });

    let card = Card {
        format: CARD_FORMAT,
        base_points: shipped.base_points,
        golden: make_golden(shipped.base_points, &shipped.assembled.criteria),
        overrides: by_hand.overrides.clone(),
        criteria: shipped.assembled.criteria.clone(),
        curve: choice.curve_table,
        thresholds: choice.resolved.iter().flat_map(Resolved::to_thresholds).collect(),
        bands: choice.bands,
        text: TEXT_RULE.to_owned(),
        as_of_column: config.leads.as_of.clone(),
        id_column: match &leads.ids {
            LeadIds::Whole { column, .. } | LeadIds::Text { column, .. } => Some(column.clone()),
            LeadIds::RowNumber => None,
        },
        provenance: provenance(&leads, &shipped, config, data_sha256, config_sha256),
    };
    let metrics = Metrics {
        n_leads: leads.n_leads(),
        n_converted: leads.n_converted(),
        leads: lead_counts(&leads),
        out_of_fold: judged,
        baseline_logistic: baseline_metrics(&folds, &leads),
        card: CardMetrics {
            n_criteria: card.criteria.len(),
            n_rows: card.n_rows(),
            points_min: card.curve.first().map_or(0, |entry| entry.score),
            points_max: card.curve.last().map_or(0, |entry| entry.score),
        },
        settings: settings_metrics(&shipped.trained.settings),
        curve: curve.name().to_owned(),
        folds: fold_metrics(&folds, &probabilities, &leads),
        folds_by: plan.sentence.clone(),
        overrides: fitted.map(|fitted| overrides::cost_of(&by_hand, &fitted, &out_of_fold, &choice.resolved)),
        ladder,
        reliability: reliability_rows(
            &Cells::count(&out_of_fold.score, &out_of_fold.probability, &out_of_fold.converted).by_score(),
        ),
        at_threshold: frontier::threshold_metrics(&choice.resolved, &choice.frontier),
        policies: choice.policies,
        forecast: choice.forecast,
        back_test: choice.back_test,
        bands: choice.band_metrics,
        bands_by_month: choice.bands_by_month,
        funnels: choice.funnels,
        segments,
        maturity,
        untouched,
        champion: beside_champion,
        questions,
        verdicts,
        as_of: proofs,
        inputs: files,
        seconds: progress
            .seconds()
            .iter()
            .map(|(stage, seconds)| StageSeconds { stage: stage.clone(), seconds: *seconds })
            .collect(),
        notes,
    };
    Ok(Calibrated {
        card,
        metrics,
        out_of_fold,
        histogram: choice.histogram,
        frontier: choice.frontier,
        policies: choice.resolved,
    })
}

/// The wishes of `[points]` as the training stage takes them; `config::validate` has checked that they go together.
pub fn train_params(points: &PointsConfig) -> TrainParams {
    let scale = match (points.range, points.pdo) {
        (Some([lowest, highest]), _) => ScaleRule::Bounded(lowest, highest),
        (None, Some(pdo)) => ScaleRule::PerLogOdds(pdo / std::f64::consts::LN_2),
        (None, None) => ScaleRule::Span(points.total.unwrap_or(DEFAULT_TOTAL)),
    };
    TrainParams {
        rule: PointsRule { scale, unit: points.unit },
        size: points.size,
        max_criteria: points.max_criteria,
        max_rows: points.max_rows,
    }
}

/// Points from the lowest to the highest score when the config does not say.
const DEFAULT_TOTAL: u32 = 100;

/// The card that ships, before anyone has judged it.
struct ShippedCard {
    trained: Trained,
    assembled: Assembled,
    base_points: i32,
    /// Log-odds of a score of the assembled card.
    own: LogOddsLine,
}

fn ship(
    part: &TrainingPart<'_>,
    specs: &[CriterionSpec],
    params: &TrainParams,
    config: &Config,
) -> Result<ShippedCard, CalibrateError> {
    finish(train(part, params)?, part, specs, config)
}

/// Makes the levels of the card that ships.
fn finish(
    trained: Trained,
    part: &TrainingPart<'_>,
    specs: &[CriterionSpec],
    config: &Config,
) -> Result<ShippedCard, CalibrateError> {
    let codes = trained.bins.encode(part.criteria, part.leads);
    let assembled = assemble(&trained, specs, part.criteria, &codes, part.converted, config.points.zero);
    if assembled.criteria.is_empty() {
        return Err(CalibrateError::NothingToTell { n_criteria: specs.len() });
    }
    let points = &trained.points;
    // A lead with 0 points on every level: what was taken off its trained score comes back as log-odds.
    let at_zero = points.log_odds(assembled.taken_off);
    let base_points = match (config.points.base_points, config.points.base_odds) {
        (Some(base_points), Some(base_odds)) if config.points.pdo.is_some() => {
            to_points(base_points + points.scale * (at_zero - base_odds.ln()))
        }
        _ => 0,
    };
    let slope = 1.0 / points.scale;
    let own = LogOddsLine { intercept: at_zero - f64::from(base_points) * slope, slope };
    Ok(ShippedCard { trained, assembled, base_points, own })
}

/// The card in use beside the one that ships.
fn beside(
    found: &ChampionOnLeads,
    held: (f64, Vec<ChangePriceRung>),
    shipped: &ShippedCard,
    (specs, cells): (&[CriterionSpec], &[CriterionCells]),
    (leads, folds, out_of_fold): (&LabelledLeads, &[JudgedFold], &OutOfFold),
    choice: &Choice,
) -> Result<(ChampionMetrics, Vec<Note>), FitError> {
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    let both = Both {
        champion: &found.champion,
        champion_scores: &found.scores,
        places: &found.criteria,
        criteria: &shipped.assembled.criteria,
        names: &names,
        cells,
        leads,
        judged: out_of_fold,
        judged_at: &judged_positions(folds),
    };
    let trained = &shipped.trained;
    let refitted = Refitted {
        bins: &trained.bins,
        chains: &trained.chains,
        penalty: &trained.fit.penalty,
        scale: trained.points.scale,
        own: &found.own,
    };
    crate::champion::measure(&both, &refitted, (&choice.frontier, &choice.resolved), held)
}

/// Positions of the judged leads, in the order of the lead table, as [`OutOfFold`] has them.
fn judged_positions(folds: &[JudgedFold]) -> Vec<u32> {
    let mut positions: Vec<u32> = folds.iter().flat_map(|fold| fold.leads.iter().copied()).collect();
    positions.sort_unstable();
    positions
}

/// Puts the overrides of the config onto the card that ships.
fn set_by_hand(
    config: &Config,
    shipped: &mut ShippedCard,
    part: &TrainingPart<'_>,
    specs: &[CriterionSpec],
    leads: &LabelledLeads,
) -> Result<Applied, OverrideError> {
    if config.overrides.is_empty() {
        return Ok(Applied::default());
    }
    let inputs: Vec<_> = specs.iter().map(CriterionSpec::input).collect();
    let known: Vec<Known<'_>> = specs
        .iter()
        .zip(&inputs)
        .zip(part.criteria)
        .map(|((spec, input), cells)| Known { name: &spec.name, group: spec.group.as_deref(), input, cells })
        .collect();
    let observed_until = config.outcome.observed_until.as_deref().and_then(|day| parse_day(day).ok());
    let last_hand_off = || {
        let last = leads.as_of.iter().flatten().max()?;
        Some(jiff::Timestamp::from_microsecond(*last).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date())
    };
    let criteria = &mut shipped.assembled.criteria;
    let converted = &part.converted[..leads.n_leads()];
    overrides::apply(&config.overrides, criteria, &known, converted, observed_until.or_else(last_hand_off))
}

/// The judged leads with fitted points, and what each override alone would do to them.
fn judge_without(
    by_hand: &Applied,
    folds: &[JudgedFold],
    leads: &LabelledLeads,
    part: &TrainingPart<'_>,
    (own, is_by_time): (LogOddsLine, bool),
    openness: Option<&Openness<'_>>,
) -> Fitted {
    let judge = |folds: &[JudgedFold]| {
        let (probabilities, ..) = price_scores(folds, part.converted, own, is_by_time, openness);
        gather(leads, folds, &probabilities)
    };
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

fn shift_scores(folds: &mut [JudgedFold], shift_of: impl Fn(u32) -> i32) {
    for fold in folds {
        let judged = fold.scores.iter_mut().zip(&fold.leads);
        for (score, &lead) in judged.chain(fold.other_scores.iter_mut().zip(&fold.others)) {
            *score += shift_of(lead);
        }
    }
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

/// Whether it depends on the score of the card that ships how long conversions take.
fn by_score(moments: &Moments, part: &TrainingPart<'_>, shipped: &ShippedCard) -> Option<DelayByScore> {
    let (leads, conversions): (Vec<u32>, Vec<_>) = moments.conversions_today().into_iter().unzip();
    let codes = shipped.trained.bins.encode(part.criteria, &leads);
    let scores = shipped.trained.points.scores(&codes);
    openness::delays_by_score(&scores.into_iter().zip(conversions).collect::<Vec<_>>())
}

/// Outcomes of the judged leads as they were known when each period began, in the order of the judged leads: one list per period.
fn outcomes_then(
    openness: &Openness<'_>,
    judged: &OutOfFold,
    folds: &[JudgedFold],
    curves: &[Curve],
    leads: &LabelledLeads,
    keys: &[u64],
) -> Vec<Vec<bool>> {
    let positions = judged_positions(folds);
    let as_seen = |period: usize, curve: &Curve| {
        let outcome = |(at, &lead): (usize, &u32)| {
            let draw = openness::draw_of(keys[lead as usize], period);
            let log_odds = curve.log_odds(f64::from(judged.score[at])).0;
            openness::outcome_as_seen(openness.seen(lead, Some(period)), leads.converted[lead as usize], log_odds, draw)
        };
        // Leads of the period and of later ones were not there yet; nothing looks at them.
        positions.iter().enumerate().map(outcome).collect()
    };
    curves.iter().enumerate().map(|(period, curve)| as_seen(period, curve)).collect()
}

/// Leads without a fair outcome, scored by cards that had not seen them.
struct ScoredOthers {
    untouched: Vec<UntouchedLead>,
    /// Position among the open leads, and score.
    open: Vec<(usize, i32)>,
}

fn scored_others(folds: &[JudgedFold], curves: &[Curve], n_labelled: usize, others: Others) -> ScoredOthers {
    let first_open = n_labelled + others.n_untouched;
    let mut scored = ScoredOthers { untouched: Vec::new(), open: Vec::new() };
    for (fold, curve) in folds.iter().zip(curves) {
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

/// Chance of each open lead by its score; the mean of the others for one that no fold scored.
fn curve_of_open(curve: &Curve, scored: &[(usize, i32)], open: &[OpenLead]) -> Vec<f64> {
    let known: Vec<(usize, f64)> =
        scored.iter().map(|&(at, score)| (at, curve.probability(f64::from(score)))).collect();
    let middle = mean(&known.iter().map(|(_, probability)| *probability).collect::<Vec<_>>());
    let mut probabilities = vec![if middle.is_finite() { middle } else { 0.0 }; open.len()];
    known.into_iter().for_each(|(at, probability)| probabilities[at] = probability);
    probabilities
}

/// Leads a month at the line of each policy: judged ones, and those still open.
fn recent_volume(open: &[(usize, i32)], as_of: &[i64], choice: &Choice) -> Vec<RecentVolume> {
    let hand_offs: Vec<i64> = open.iter().filter_map(|&(at, _)| as_of.get(at).copied()).collect();
    let (Some(first), Some(last)) = (hand_offs.iter().min(), hand_offs.iter().max()) else { return Vec::new() };
    let n_months = ((last - first) / US_PER_DAY + 1) as f64 / DAYS_PER_MONTH;
    if choice.histogram.months.is_empty() || n_months < MIN_RECENT_MONTHS {
        return Vec::new();
    }
    let of_policy = |policy: &Resolved| {
        let share = |score: i32| match score.cmp(&policy.threshold) {
            Ordering::Greater => 1.0,
            Ordering::Equal => policy.share_of_tied,
            Ordering::Less => 0.0,
        };
        RecentVolume {
            policy: policy.name.clone(),
            threshold: policy.threshold,
            leads_per_month: policy.chosen.leads_per,
            open_leads_per_month: open.iter().map(|&(_, score)| share(score)).sum::<f64>() / n_months,
        }
    };
    choice.resolved.iter().filter(|policy| policy.groups.is_empty()).map(of_policy).collect()
}

/// Months below which the leads of a time say little about its volume.
const MIN_RECENT_MONTHS: f64 = 1.0;

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

fn cells_of(criterion: &CriterionColumn) -> CriterionCells {
    CriterionCells {
        column: to_cells(criterion),
        order: criterion.order.clone(),
        trend: criterion.trend,
        borrows: criterion.borrows,
    }
}

/// Judged leads in the order of the lead table.
fn gather(leads: &LabelledLeads, folds: &[JudgedFold], probabilities: &[Vec<f64>]) -> OutOfFold {
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

fn rungs(
    part: &TrainingPart<'_>,
    shipped: &ShippedCard,
    folds: &[JudgedFold],
    converted: &[f64],
    params: &TrainParams,
) -> Vec<LadderRung> {
    if matches!(params.rule.scale, ScaleRule::Bounded(..)) {
        return Vec::new();
    }
    let mut rule = params.rule;
    rule.scale = ScaleRule::PerLogOdds(shipped.trained.points.scale);
    let cards = ladder(part, &shipped.trained, &rule);
    let losses: Vec<Vec<f64>> = (0..ROW_PRICES.len())
        .map(|price| folds.iter().flat_map(|fold| fold.ladder_losses[price].iter().copied()).collect())
        .collect();
    let means: Vec<f64> = losses.iter().map(|losses| mean(losses)).collect();
    let best = (0..means.len()).fold(0, |best, price| if means[price] < means[best] { price } else { best });
    (0..ROW_PRICES.len())
        .map(|price| {
            let chains = &shipped.trained.chains;
            LadderRung {
                row_price: ROW_PRICES[price],
                n_rows: cards[price].n_card_rows(&shipped.trained.bins, chains),
                n_criteria: cards[price].used_criteria(chains).len(),
                log_loss: means[price],
                difference_se: paired_difference(&losses[price], &losses[best]).1,
                wins_in_best_quarter: wins_in_best_quarter(folds, converted, price),
                is_shipped: ROW_PRICES[price] == shipped.trained.settings.row_price,
            }
        })
        .collect()
}

/// Conversions among the quarter of the judged leads with the highest log-odds; ties share the last places.
fn wins_in_best_quarter(folds: &[JudgedFold], converted: &[f64], price: usize) -> f64 {
    let mut judged: Vec<(f64, f64)> = folds
        .iter()
        .flat_map(|fold| {
            fold.ladder_log_odds[price].iter().zip(&fold.leads).map(|(&eta, &lead)| (eta, converted[lead as usize]))
        })
        .collect();
    judged.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut places = judged.len() as f64 / 4.0;
    let mut wins = 0.0;
    for tied in judged.chunk_by(|a, b| a.0 == b.0) {
        let share = (places / tied.len() as f64).min(1.0);
        wins += share * tied.iter().map(|(_, won)| won).sum::<f64>();
        places -= tied.len() as f64;
        if places <= 0.0 {
            break;
        }
    }
    wins
}

fn provenance(
    leads: &LabelledLeads,
    shipped: &ShippedCard,
    config: &Config,
    data_sha256: String,
    config_sha256: String,
) -> Provenance {
    let as_of = leads.as_of.iter().flatten();
    Provenance {
        engine: ENGINE.to_owned(),
        data_sha256,
        config_sha256,
        n_leads: leads.n_leads() as u64,
        n_converted: leads.n_converted() as u64,
        first_as_of: as_of.clone().min().map(|&moment| show_time(moment)),
        last_as_of: as_of.max().map(|&moment| show_time(moment)),
        points_per_log_odds: shipped.trained.points.scale,
        seed: config.seed,
    }
}

/// What is said of a card that knows nothing.
pub const NO_BETTER: &str =
    "on leads it had not seen, this card does no better than promising every lead the overall rate: do not use it";

/// Name and version of the engine, as it stands in cards and manifests.
pub const ENGINE: &str = concat!("bantam ", env!("CARGO_PKG_VERSION"));

fn lead_counts(leads: &LabelledLeads) -> LeadCounts {
    let counts = &leads.counts;
    LeadCounts {
        n_read: counts.n_read,
        n_immature: counts.n_immature,
        n_untouched: counts.n_untouched,
        n_left_out: counts.n_without_outcome
            + counts.n_duplicate
            + counts.n_as_of_after_conversion
            + counts.n_without_as_of
            + counts.n_without_id,
    }
}

fn baseline_metrics(folds: &[JudgedFold], leads: &LabelledLeads) -> BaselineMetrics {
    let probability: Vec<f64> = folds.iter().flat_map(|fold| fold.baseline.iter().copied()).collect();
    let converted: Vec<bool> =
        folds.iter().flat_map(|fold| fold.leads.iter().map(|&lead| leads.converted[lead as usize])).collect();
    BaselineMetrics {
        log_loss: log_loss(&probability, &converted).unwrap_or_default(),
        auc: auc(&probability, &converted).unwrap_or_default(),
    }
}

/// Says so when the plain logistic regression saw fewer leads than the card beside it.
fn baseline_note(folds: &[JudgedFold]) -> Option<Note> {
    let most = folds.iter().map(|fold| fold.n_fit).max()?;
    (most > MAX_BASELINE_LEADS).then(|| {
        let text = format!(
            "the plain logistic regression beside the card was fitted on {MAX_BASELINE_LEADS} leads of each fold, drawn at random"
        );
        Note::new("fit", text)
    })
}

fn settings_metrics(settings: &Settings) -> SettingsMetrics {
    SettingsMetrics {
        smoothness: settings.stiffness.smoothness,
        ridge: settings.stiffness.ridge,
        reweighted: settings.stiffness.reweighted,
        row_price: settings.row_price,
        offset_spread: settings.offset_variance.map(f64::sqrt),
    }
}

fn fold_metrics(folds: &[JudgedFold], probabilities: &[Vec<f64>], leads: &LabelledLeads) -> Vec<FoldMetrics> {
    (folds.iter().zip(probabilities))
        .map(|(fold, probability)| {
            let converted: Vec<bool> = fold.leads.iter().map(|&lead| leads.converted[lead as usize]).collect();
            FoldMetrics {
                fold: fold.name.clone(),
                n_fit: fold.n_fit,
                n_judged: fold.leads.len(),
                log_loss_fit: fold.log_loss_fit,
                log_loss_judged: log_loss(probability, &converted).unwrap_or_default(),
                settings: settings_metrics(&fold.settings),
            }
        })
        .collect()
}
