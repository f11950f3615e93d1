//! Ship: the card that ships, from its first fit to what people set by hand.

use crate::analyses::censored::record::DelayByScore;
use crate::calibrate::{CalibrateError, Study};
use crate::card::{CARD_FORMAT, Card, Provenance, TEXT_RULE, make_golden};
use crate::cross_fit::censored::{self, Today, can_model};
use crate::data::labels::{LeadIds, show_time};
use crate::decide::frontier::Resolved;
use crate::math::LogOddsLine;
use crate::model::levels::{Assembled, CriterionSpec, assemble};
use crate::model::overrides::{self, Applied, OverridableCriterion, OverrideError};
use crate::model::points::{PointsRule, ScaleRule};
use crate::model::train::{TrainParams, Trained, TrainingPart, train};
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{PointsConfig, parse_day};
use crate::units::to_points;

use crate::decide::decision::Choice;

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
pub(crate) struct ShippedCard {
    pub(crate) trained: Trained,
    pub(crate) assembled: Assembled,
    pub(crate) base_points: i32,
    /// Log-odds of a score of the assembled card.
    pub(crate) own: LogOddsLine,
}

/// A first card, and whether leads that are open today took part in it.
pub(crate) struct FirstCard {
    pub(crate) shipped: ShippedCard,
    pub(crate) is_modelled: bool,
    /// Whether it depends on the score how long conversions take, where leads are open.
    pub(crate) by_score: Option<DelayByScore>,
}

/// Fits the card with the leads that are open today where they can take part, and again without them where it turns out
/// that how long conversions take depends on the score.
pub(crate) fn first_card(
    study: &Study<'_>,
    today: Option<&Today>,
    progress: &mut Progress,
    notes: &mut Vec<Note>,
) -> Result<FirstCard, CalibrateError> {
    let Study { config, leads, others, part: without_open, .. } = *study;
    let may_model = can_model(config.outcome.maturity, leads, others, today.map(|today| &today.delays));
    let mut is_modelled = may_model.is_ok();
    notes.extend(may_model.err().flatten());
    let open = today.map_or(&[][..], |today| &today.open);
    let part = TrainingPart { open: if is_modelled { open } else { &[] }, ..without_open };
    let mut shipped = progress.stage("fit", || ship(study, &part))?;
    let by_score = today.filter(|_| !open.is_empty()).and_then(|today| by_score(today, &part, &shipped));
    if let Some(found) = by_score.filter(|found| found.depends) {
        notes.push(censored::dependence_note(&found));
        if is_modelled {
            is_modelled = false;
            shipped = progress.stage("fit without open leads", || ship(study, &without_open))?;
        }
    }
    if is_modelled {
        notes.push(censored::open_note(open));
    }
    Ok(FirstCard { shipped, is_modelled, by_score })
}

fn ship(study: &Study<'_>, part: &TrainingPart<'_>) -> Result<ShippedCard, CalibrateError> {
    finish(train(part, study.params)?, part, study.specs, &study.config.points)
}

/// Makes the levels of the card that ships.
pub(crate) fn finish(
    trained: Trained,
    part: &TrainingPart<'_>,
    specs: &[CriterionSpec],
    wishes: &PointsConfig,
) -> Result<ShippedCard, CalibrateError> {
    let codes = trained.bins.encode(part.criteria, part.leads);
    let assembled = assemble(&trained, specs, part.criteria, &codes, part.converted, wishes.zero);
    if assembled.criteria.is_empty() {
        return Err(CalibrateError::NothingToTell { n_criteria: specs.len() });
    }
    let points = &trained.points;
    // A lead with 0 points on every level: what was taken off its trained score comes back as log-odds.
    let at_zero = points.log_odds(assembled.taken_off);
    let base_points = match (wishes.base_points, wishes.base_odds) {
        (Some(base_points), Some(base_odds)) if wishes.pdo.is_some() => {
            to_points(base_points + points.scale * (at_zero - base_odds.ln()))
        }
        _ => 0,
    };
    let slope = 1.0 / points.scale;
    let own = LogOddsLine { intercept: at_zero - f64::from(base_points) * slope, slope };
    Ok(ShippedCard { trained, assembled, base_points, own })
}

/// Whether it depends on the score of the card that ships how long conversions take.
fn by_score(today: &Today, part: &TrainingPart<'_>, shipped: &ShippedCard) -> Option<DelayByScore> {
    let (leads, conversions): (Vec<u32>, Vec<_>) = today.moments.conversions_today().into_iter().unzip();
    let codes = shipped.trained.bins.encode(part.criteria, &leads);
    let scores = shipped.trained.points.scores(&codes);
    censored::delays_by_score(&scores.into_iter().zip(conversions).collect::<Vec<_>>())
}

/// Puts the overrides of the config onto the card that ships.
pub(crate) fn set_by_hand(study: &Study<'_>, shipped: &mut ShippedCard) -> Result<Applied, OverrideError> {
    let Study { config, leads, specs, part, .. } = *study;
    if config.overrides.is_empty() {
        return Ok(Applied::default());
    }
    let inputs: Vec<_> = specs.iter().map(CriterionSpec::input).collect();
    let known: Vec<OverridableCriterion<'_>> = specs
        .iter()
        .zip(&inputs)
        .zip(part.criteria)
        .map(|((spec, input), cells)| OverridableCriterion {
            name: &spec.name,
            group: spec.group.as_deref(),
            input,
            cells,
        })
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

/// The card as it is handed over.
pub(crate) fn card_of(
    study: &Study<'_>,
    shipped: &ShippedCard,
    by_hand: &Applied,
    choice: &Choice,
    sha256: (String, String),
) -> Card {
    let (config, leads) = (study.config, study.leads);
    Card {
        format: CARD_FORMAT,
        base_points: shipped.base_points,
        golden: make_golden(shipped.base_points, &shipped.assembled.criteria),
        overrides: by_hand.overrides.clone(),
        criteria: shipped.assembled.criteria.clone(),
        curve: choice.curve_table.clone(),
        thresholds: choice.resolved.iter().flat_map(Resolved::to_thresholds).collect(),
        bands: choice.bands.clone(),
        text: TEXT_RULE.to_owned(),
        as_of_column: config.leads.as_of.clone(),
        id_column: match &leads.ids {
            LeadIds::Whole { column, .. } | LeadIds::Text { column, .. } => Some(column.clone()),
            LeadIds::RowNumber => None,
        },
        provenance: provenance(study, shipped, sha256),
    }
}

/// - `data_sha256`, `config_sha256`: of all inputs, and of the config in force.
fn provenance(study: &Study<'_>, shipped: &ShippedCard, (data_sha256, config_sha256): (String, String)) -> Provenance {
    let leads = study.leads;
    let as_of = leads.as_of.iter().flatten();
    Provenance {
        engine: crate::calibrate::ENGINE.to_owned(),
        data_sha256,
        config_sha256,
        n_leads: leads.n_leads() as u64,
        n_converted: leads.n_converted() as u64,
        first_as_of: as_of.clone().min().map(|&moment| show_time(moment)),
        last_as_of: as_of.max().map(|&moment| show_time(moment)),
        points_per_log_odds: shipped.trained.points.scale,
        seed: study.config.seed,
    }
}
