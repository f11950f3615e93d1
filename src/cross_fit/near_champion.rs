//! The card in use beside the new one: what it gives these leads, what leaving its points may cost, and what changed.

use rayon::prelude::*;

use crate::analyses::champion::record::{ChampionMetrics, ChangePriceRung};
use crate::analyses::champion::{Both, ChampionCard, Refitted};
use crate::calibrate::{CalibrateError, Folds, Study, cells_of};
use crate::card::{Card, Criterion, Derivation};
use crate::cross_fit::curves::{FoldView, at_scale, part_of, train_folds};
use crate::cross_fit::final_card::{ShippedCard, finish};
use crate::cross_fit::folds::FoldPlan;
use crate::cross_fit::held_out::HeldOut;
use crate::data::features::{CriterionColumn, Derived, FeatureError};
use crate::decide::decision::Choice;
use crate::feedback::points_of;
use crate::model::bins::CriterionCells;
use crate::model::fit::FitError;
use crate::model::overrides::level_of_cells;
use crate::model::points::champion::PointsOfCells;
use crate::model::train::{HeldTo, TrainParams, Trained, TrainingPart, losses, mean, paired_difference, stay_near};
use crate::notes::{Note, in_words};
use crate::progress::Progress;
use crate::settings::{Config, CriterionConfig, EventMeasureConfig, US_PER_DAY};

/// The card in use on the leads at hand.
#[derive(Debug, Clone)]
pub struct ChampionOnLeads {
    /// The card.
    pub champion: ChampionCard,
    /// Its score of every labelled lead.
    pub scores: Vec<i32>,
    /// For each of its criteria the criterion of the data that reads the same; `None` where it is none of the new card's.
    pub criteria: Vec<Option<usize>>,
    /// Values of the criteria that only the champion has, one entry per criterion of it.
    pub own: Vec<Option<CriterionCells>>,
}

/// A card in use that cannot be applied to these leads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChampionError {
    /// Its criteria are not there.
    #[error(
        "the champion {card} cannot score these leads: {}\n\
         hint: give the leads these columns, or set `champion.allow_missing = true` to count them as missing",
        in_words(reasons, "and")
    )]
    Absent {
        /// The card's file.
        card: String,
        /// Per criterion, what is wrong.
        reasons: Vec<String>,
    },
}

/// Scores the labelled leads with the card in use.
///
/// - `columns`: the criteria of the new card.
/// - `derive`: makes criteria of labelled leads that the new card does not have.
///
/// # Errors
/// [`ChampionError::Absent`] where the leads lack a criterion, unless that is allowed.
pub fn on_leads(
    champion: ChampionCard,
    columns: &[CriterionColumn],
    n_leads: usize,
    config: &Config,
    notes: &mut Vec<Note>,
    derive: &dyn Fn(&Config) -> Result<Derived, FeatureError>,
) -> Result<ChampionOnLeads, ChampionError> {
    let mut scores = vec![champion.card.base_points; n_leads];
    let (mut criteria, mut own, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for criterion in &champion.card.criteria {
        let same = columns.iter().position(|column| reads_the_same(column, criterion));
        let mut own_cells = None;
        let points = match same {
            Some(at) => points_of(criterion, &columns[at]),
            None => match column_of(criterion, config, derive) {
                Ok(column) => {
                    own_cells = Some(cells_of(&column));
                    points_of(criterion, &column)
                }
                Err(reason) => {
                    reasons.push(reason);
                    let missing = criterion.levels.first().map_or(0, |level| level.points);
                    vec![missing; n_leads]
                }
            },
        };
        scores.iter_mut().zip(points).for_each(|(score, points)| *score += points);
        criteria.push(same);
        own.push(own_cells);
    }
    if !reasons.is_empty() {
        if !config.champion.allow_missing {
            return Err(ChampionError::Absent { card: champion.file.path, reasons });
        }
        let text = format!("the champion took these as missing: {}", in_words(&reasons, "and"));
        notes.push(Note::new("champion", text));
    }
    Ok(ChampionOnLeads { champion, scores, criteria, own })
}

fn reads_the_same(column: &CriterionColumn, criterion: &Criterion) -> bool {
    criterion.input().is_some_and(|input| {
        column.column == input.column && column.kind == input.kind && column.derivation == input.derivation
    })
}

/// Values of a criterion that only the card in use has, or why there are none.
fn column_of(
    criterion: &Criterion,
    config: &Config,
    derive: &dyn Fn(&Config) -> Result<Derived, FeatureError>,
) -> Result<CriterionColumn, String> {
    let name = &criterion.name;
    let Some(input) = criterion.input() else { return Err(format!("`{name}` reads nothing")) };
    let mut wish = CriterionConfig { name: name.clone(), ..CriterionConfig::default() };
    match &input.derivation {
        None => wish.column = Some(input.column.clone()),
        Some(Derivation::DaysBefore { column }) => wish.column = Some(column.clone()),
        Some(Derivation::Events { kind, within_us, measure }) => {
            let within = within_us.map(|span| format!("{}h", span / (US_PER_DAY / 24)));
            wish.events = Some(EventMeasureConfig { kind: kind.clone(), within, measure: measure.to_string() });
        }
    }
    let with_wish = Config { criterion: vec![wish], ..config.clone() };
    let derived = derive(&with_wish).map_err(|error| {
        let first = error.to_string().lines().next().unwrap_or_default().to_owned();
        format!("`{name}` cannot be made ({first})")
    })?;
    let column = derived.columns.into_iter().next().ok_or_else(|| format!("`{name}` has no values"))?;
    let is_made_alike = column.kind == input.kind && column.derivation.is_some() == input.derivation.is_some();
    if is_made_alike {
        Ok(column)
    } else {
        Err(format!("`{name}` is {} here and {} on the card", column.kind.in_words(), input.kind.in_words()))
    }
}

/// Points of a card on the cells of the data, as fitted: what was set by hand on it has no claim to stay.
fn points_of_cells(card: &Card, places: &[Option<usize>], cells: &[CriterionCells]) -> PointsOfCells {
    let mut of_cells = vec![Vec::new(); cells.len()];
    for (criterion, place) in card.criteria.iter().zip(places) {
        let Some(at) = *place else { continue };
        let fitted = |level: usize| {
            let level = &criterion.levels[level];
            let by_hand = card.overrides.iter().find(|one| one.criterion == criterion.name && one.level == level.label);
            by_hand.map_or(level.points, |one| one.fitted_points)
        };
        of_cells[at] = level_of_cells(criterion, &cells[at]).into_iter().map(fitted).collect();
    }
    of_cells
}

/// What holds the points of a new card near those of the card in use.
#[derive(Debug, Clone, PartialEq)]
struct Hold {
    /// Points per unit of log-odds of the card in use; the new card keeps it, so that a point stays a point.
    scale: f64,
    /// Nats for moving a row by one point; `None` where the back-test chooses.
    change_price: Option<f64>,
}

/// Whether and how points are held; where they are not although a card is in use, a note says why.
fn hold_of(config: &Config, card: &Card, is_by_time: bool, notes: &mut Vec<Note>) -> Option<Hold> {
    let scale = card.provenance.points_per_log_odds;
    let points = &config.points;
    let span = card.curve.last().zip(card.curve.first()).map_or(0, |(last, first)| last.score - first.score);
    let other_span = |total: u32| (f64::from(total) / f64::from(span.max(1))).ln().abs() > OTHER_SCALE;
    let other_pdo = |pdo: f64| (pdo / std::f64::consts::LN_2 / scale).ln().abs() > 1e-6;
    let price = config.champion.change_price;
    let why_not = if price == Some(0.0) {
        return None;
    } else if points.range.is_some() {
        "with `points.range` the new card has a scale of its own"
    } else if !(scale.is_finite() && scale > 0.0) {
        "the champion does not say how many points it gives per unit of log-odds"
    } else if points.pdo.is_some_and(other_pdo) || points.total.is_some_and(other_span) {
        "the new card is to have another scale"
    } else if price.is_none() && !is_by_time {
        "only folds by time can tell what holding them would have cost; `champion.change_price` sets a price"
    } else {
        return Some(Hold { scale, change_price: price });
    };
    notes.push(Note::new("champion", format!("points move freely away from those of the champion: {why_not}")));
    None
}

/// Spans that differ by more than so much (logarithm of the ratio) were meant to.
const OTHER_SCALE: f64 = 0.25;

/// Prices tried, nats for moving a row by one point.
const CHANGE_PRICES: [f64; 7] = [0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0];

/// A dearer price may lose by so many standard errors of the paired difference.
const PROOF: f64 = 0.5;

/// Folds by time as a company that recalibrates every period, each card held near the one before it at one price.
struct Walk {
    /// Per period.
    cards: Vec<Trained>,
    rung: ChangePriceRung,
    losses: Vec<f64>,
}

/// What holding the points came to: the price of a changed point, and what each price tried would have cost.
pub type Held = (f64, Vec<ChangePriceRung>);

/// Trains the folds' cards; where points are to stay near those of the card in use, the fold cards are held near each
/// other, and the card that ships near it.
pub(crate) fn train_near(
    study: &Study<'_>,
    at: &Folds<'_>,
    mut shipped: ShippedCard,
    found: Option<&ChampionOnLeads>,
    progress: &mut Progress,
    notes: &mut Vec<Note>,
) -> Result<(ShippedCard, Vec<Trained>, Held), CalibrateError> {
    let (part, params, is_by_time) = (&study.part, study.params, at.plan.is_by_time);
    let held = found.and_then(|found| Some((found, hold_of(study.config, &found.champion.card, is_by_time, notes)?)));
    let scale = held.as_ref().map_or(1.0 / shipped.own.slope, |(_, hold)| hold.scale);
    let mut trained = progress.counted("folds", at.plan.folds.len() as u64, |advance| {
        train_folds(part, at.plan, at.views, (params, scale), advance)
    })?;
    let Some((found, hold)) = held else { return Ok((shipped, trained, (0.0, Vec::new()))) };
    let held =
        progress.stage("price of changes", || hold_folds(&mut trained, part, (at.plan, at.views), params, &hold));
    let points = points_of_cells(&found.champion.card, &found.criteria, part.criteria);
    let in_use = HeldTo { points: &points, scale, change_price: held.0 };
    stay_near(&mut shipped.trained, part, params, in_use);
    let shipped = finish(shipped.trained, part, study.specs, &study.config.points)?;
    notes.push(held_note(&held, is_by_time));
    Ok((shipped, trained, held))
}

/// Chooses the price by back-test, where it is not given, and holds every fold's card near that of the period before. The card
/// in use itself has no part in it: it may have seen the leads that the folds judge.
///
/// - returns: the price, and what each price tried would have cost; nothing tried where the price was given.
fn hold_folds(
    trained: &mut Vec<Trained>,
    part: &TrainingPart<'_>,
    (plan, views): (&FoldPlan, &[FoldView]),
    params: &TrainParams,
    hold: &Hold,
) -> Held {
    let params = at_scale(params, hold.scale);
    let at_price = |&price: &f64| walk(trained, part, (plan, views), (&params, hold.scale), price);
    if let Some(price) = hold.change_price {
        if plan.is_by_time {
            *trained = at_price(&price).cards;
        }
        return (price, Vec::new());
    }
    let mut walks: Vec<Walk> = CHANGE_PRICES.par_iter().map(at_price).collect();
    let best = (0..walks.len())
        .fold(0, |best, at| if walks[at].rung.log_loss < walks[best].rung.log_loss { at } else { best });
    let best_losses = walks[best].losses.clone();
    for walk in &mut walks {
        walk.rung.difference_se = paired_difference(&walk.losses, &best_losses).1;
    }
    let least = walks[best].rung.log_loss;
    let is_as_good = |walk: &Walk| walk.rung.log_loss - least <= PROOF * walk.rung.difference_se;
    let chosen = (0..walks.len()).rev().find(|&at| is_as_good(&walks[at])).unwrap_or(best);
    walks[chosen].rung.is_chosen = true;
    let rungs = walks.iter().map(|walk| walk.rung.clone()).collect();
    *trained = walks.swap_remove(chosen).cards;
    (CHANGE_PRICES[chosen], rungs)
}

/// Says at which price the new card was held.
fn held_note((change_price, tried): &Held, is_by_time: bool) -> Note {
    let text = match (tried.iter().find(|rung| rung.is_chosen), is_by_time) {
        (Some(chosen), _) if chosen.change_price > 0.0 => format!(
            "points were held near the champion's at {change_price} nats a point, the dearest price that past periods could not \
             tell from the best; `champion.change_price = 0` lets them move freely"
        ),
        (Some(_), _) => "past periods were judged best with no price on changed points, so none is asked".to_owned(),
        (None, true) => {
            format!("points were held near the champion's at {change_price} nats a point, as the config says")
        }
        (None, false) => format!(
            "points were held near the champion's at {change_price} nats a point, as the config says; the fold cards were not, \
             because the champion may have learned from the leads they judge"
        ),
    };
    Note::new("champion", text)
}

fn walk(
    trained: &[Trained],
    part: &TrainingPart<'_>,
    (plan, views): (&FoldPlan, &[FoldView]),
    (params, scale): (&TrainParams, f64),
    change_price: f64,
) -> Walk {
    let mut cards: Vec<Trained> = Vec::with_capacity(trained.len());
    let (mut all_losses, mut n_left) = (Vec::new(), 0);
    for ((fold, view), trained) in plan.folds.iter().zip(views).zip(trained) {
        let mut card = trained.clone();
        if let Some(before) = cards.last() {
            let points = before.points_of_cells(part.criteria);
            let in_use = HeldTo { points: &points, scale, change_price };
            n_left += stay_near(&mut card, &part_of(part, fold, view), params, in_use);
            // The first period has no card before it, so it says nothing of prices.
            let outcome: Vec<f64> = fold.judge.iter().map(|&lead| part.converted[lead as usize]).collect();
            let scores = card.points.scores(&card.bins.encode(part.criteria, &fold.judge));
            let eta: Vec<f64> = scores.into_iter().map(|score| card.points.log_odds(score)).collect();
            all_losses.extend(losses(&eta, &outcome));
        }
        cards.push(card);
    }
    let n_steps = cards.len().saturating_sub(1).max(1) as f64;
    let rung = ChangePriceRung {
        change_price,
        log_loss: mean(&all_losses),
        difference_se: 0.0,
        rows_changed_per_period: n_left as f64 / n_steps,
        is_chosen: false,
    };
    Walk { cards, rung, losses: all_losses }
}

/// The card in use beside the one that ships.
pub(crate) fn beside(
    study: &Study<'_>,
    found: &ChampionOnLeads,
    held: Held,
    shipped: &ShippedCard,
    unseen: &HeldOut,
    choice: &Choice,
) -> Result<(ChampionMetrics, Vec<Note>), FitError> {
    let names: Vec<&str> = study.specs.iter().map(|spec| spec.name.as_str()).collect();
    let both = Both {
        champion: &found.champion,
        champion_scores: &found.scores,
        places: &found.criteria,
        criteria: &shipped.assembled.criteria,
        names: &names,
        cells: study.part.criteria,
        leads: study.leads,
        judged: &unseen.out_of_fold,
        judged_at: &unseen.positions(),
    };
    let trained = &shipped.trained;
    let refitted = Refitted {
        bins: &trained.bins,
        chains: &trained.chains,
        penalty: &trained.fit.penalty,
        scale: trained.points.scale,
        own: &found.own,
    };
    crate::analyses::champion::measure(&both, &refitted, (&choice.frontier, &choice.resolved), held)
}
