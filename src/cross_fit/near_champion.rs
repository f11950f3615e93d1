//! Points held near those of the card in use, at a price that past periods chose.
//!
//! The price is found by rolling origins: a card per period, each held near the one before it, as a company that recalibrates
//! every period would have done. The card in use itself has no part in it: it may have seen the leads that the folds judge. The price is
//! never so low that chance alone moves rows: their leads since the champion learned say what chance can do.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::final_card::FinalCard;
use super::{CrossFitError, Setup};
use crate::measures::{losses_of_log_odds, mean, paired_difference};
use crate::model::overrides::level_of_cells;
use crate::model::train::{NearChampion, TrainParams, Trained, stay_near};
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{PointsScale, TotalWanted};

/// What holds the points of a new card near those of the card in use.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChangeRule {
    /// Points per unit of log-odds of the card in use; the new card keeps it, so that a point stays a point.
    pub scale: f64,
    /// Nats for moving a row by one point; `None` where the back-test chooses.
    change_price: Option<f64>,
}

/// Whether and how points are held; where they are not although a card is in use, a note says why.
pub(super) fn change_rule(setup: &Setup<'_>, notes: &mut Vec<Note>) -> Option<ChangeRule> {
    let card = &setup.champion.as_ref()?.champion.card;
    let scale = card.provenance.points_per_log_odds;
    let asked = setup.settings.points.scale;
    let span = card.curve.last().zip(card.curve.first()).map_or(0, |(last, first)| last.score - first.score);
    let other_span = |total: u32| (f64::from(total) / f64::from(span.max(1))).ln().abs() > OTHER_SCALE;
    let other_pdo = |pdo: f64| (pdo / std::f64::consts::LN_2 / scale).ln().abs() > 1e-6;
    let is_other_scale = match asked {
        PointsScale::Pdo { points, .. } => other_pdo(points),
        PointsScale::Total(Some(TotalWanted::Exactly(total))) => other_span(total),
        PointsScale::Total(None | Some(TotalWanted::Auto)) => false,
        PointsScale::Range { .. } => false,
    };
    let price = setup.settings.champion.change_price;
    let why_not = if price == Some(0.0) {
        return None;
    } else if matches!(asked, PointsScale::Range { .. }) {
        "with `points.range` the new card has a scale of its own"
    } else if !(scale.is_finite() && scale > 0.0) {
        "the champion does not say how many points it gives per unit of log-odds"
    } else if is_other_scale {
        "the new card is to have another scale"
    } else if price.is_none() && !setup.plan.is_by_time {
        "only folds by time can tell what holding them would have cost; `champion.change_price` sets a price"
    } else {
        return Some(ChangeRule { scale, change_price: price });
    };
    notes.push(Note::new("champion", format!("points move freely away from those of the champion: {why_not}")));
    None
}

/// Spans that differ by more than so much (logarithm of the ratio) were meant to.
const OTHER_SCALE: f64 = 0.25;

/// Prices tried, nats for moving a row by one point.
const CHANGE_PRICES: [f64; 7] = [0.0, 0.05, 0.1, 0.25, 0.5, 1.0, DEAREST];

/// The dearest of them: it holds points wherever less than a few hundred leads say otherwise.
const DEAREST: f64 = 2.0;

/// A dearer price may lose by so many standard errors of the paired difference.
const PROOF: f64 = 0.5;

/// Standard errors by which the leads that came since have to pull at a row before it may move. At 2.5 one row in eighty does so by
/// chance, and whatever the champion's own estimate was off by pulls as well.
const PULL: f64 = 2.5;

/// The price of a changed point, and what each price tried would have cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangePriceSearch {
    /// Nats for moving a row by one point; 0 where points move freely.
    pub change_price: f64,
    /// Nothing where the price was given.
    pub tried: Vec<ChangePricePoint>,
}

/// One price of the back-test: a card for every period, held near the one before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangePricePoint {
    /// Price of moving a row by one point, in log likelihood.
    pub change_price: f64,
    /// Log loss on the periods after the first, each by its own card.
    pub log_loss: f64,
    /// Standard error of its difference from the best price, paired by lead.
    pub difference_se: f64,
    /// Rows whose points changed from one period to the next, on average.
    pub rows_changed_per_period: f64,
    /// Whether the new card is held at this price.
    pub is_chosen: bool,
}

/// Holds the fold cards near each other, and the card that ships near the one in use.
pub(super) fn hold_near(
    setup: &Setup<'_>,
    rule: &ChangeRule,
    card: FinalCard,
    folds: &mut Vec<Trained>,
    uses_censored: bool,
    progress: &mut Progress,
) -> Result<(FinalCard, ChangePriceSearch), CrossFitError> {
    let refits = RollingOrigins { setup, folds, uses_censored, params: setup.params.at_scale(rule.scale), rule };
    let (search, held) = progress.stage("price of changes", || refits.search());
    *folds = held.unwrap_or_else(|| std::mem::take(folds));
    let points = setup.champion.as_ref().map_or_else(Vec::new, |found| found.points_of_cells(&setup.cells));
    let held_to = NearChampion { points: &points, scale: rule.scale, change_price: search.change_price };
    let mut trained = card.trained;
    stay_near(&mut trained, &setup.part(uses_censored), &setup.params, held_to);
    Ok((FinalCard::assemble(setup, trained)?, search))
}

/// The price below which chance alone would move rows: `PULL` times the spread of what the leads that came since the champion learned
/// pull at one of its rows.
///
/// Moving a row by one point of `1 / scale` log-odds gains `S / scale` at first, with `S` the row's wins less those promised. Where
/// nothing has changed `S` has variance `V (1 - V / V_all)`, `V = sum p (1 - p)` over the row's leads. The row with the most decides.
/// Where none came since, nothing speaks for moving any: the dearest price.
fn price_of_chance(setup: &Setup<'_>, scale: f64) -> f64 {
    let Some(found) = &setup.champion else { return 0.0 };
    let until = found.champion.card.learned_until_us();
    let is_new = |lead: usize| match (until, &setup.leads.as_of) {
        (Some(until), Some(as_of)) => as_of[lead] > until,
        _ => true,
    };
    let card = &found.champion.card;
    let leads: Vec<(usize, f64)> = (0..setup.leads.n_leads())
        .filter(|&lead| is_new(lead))
        .filter_map(|lead| {
            let promised = f64::from(card.worth_of(found.scores[lead])?.probability_bp) / 1e4;
            Some((lead, promised * (1.0 - promised)))
        })
        .collect();
    if leads.is_empty() {
        return DEAREST;
    }
    let of_all: f64 = leads.iter().map(|(_, tells)| tells).sum();
    let mut most: f64 = 0.0;
    for (criterion, place) in card.criteria.iter().zip(&found.criteria) {
        let Some(at) = *place else { continue };
        let levels = level_of_cells(criterion, &setup.cells[at]);
        let mut of_row = vec![0.0; criterion.levels.len()];
        for &(lead, tells) in &leads {
            of_row[levels[usize::from(setup.cells[at].column.cells[lead])]] += tells;
        }
        let variance = |tells: f64| tells * (1.0 - tells / of_all.max(f64::MIN_POSITIVE));
        most = of_row.into_iter().map(variance).fold(most, f64::max);
    }
    PULL * most.sqrt() / scale
}

/// The folds' cards, to be held near each other at one price or another.
struct RollingOrigins<'a> {
    setup: &'a Setup<'a>,
    folds: &'a [Trained],
    uses_censored: bool,
    params: TrainParams,
    rule: &'a ChangeRule,
}

/// Folds by time as a company that recalibrates every period, each card held near the one before it at one price.
struct RollingOriginRefit {
    /// Per period.
    cards: Vec<Trained>,
    point: ChangePricePoint,
    losses: Vec<f64>,
}

impl RollingOrigins<'_> {
    /// Chooses the price by back-test, where it is not given; also gives the fold cards held at it, where folds are periods.
    fn search(&self) -> (ChangePriceSearch, Option<Vec<Trained>>) {
        if let Some(change_price) = self.rule.change_price {
            let held = self.setup.plan.is_by_time.then(|| self.refit(&change_price).cards);
            return (ChangePriceSearch { change_price, tried: Vec::new() }, held);
        }
        let of_chance = price_of_chance(self.setup, self.rule.scale);
        let mut prices = CHANGE_PRICES.to_vec();
        let least_dear = prices.partition_point(|&price| price < of_chance);
        if !prices.contains(&of_chance) {
            prices.insert(least_dear, of_chance);
        }
        let mut refits: Vec<RollingOriginRefit> = prices.par_iter().map(|price| self.refit(price)).collect();
        let best = (0..refits.len())
            .fold(0, |best, at| if refits[at].point.log_loss < refits[best].point.log_loss { at } else { best });
        let best_losses = refits[best].losses.clone();
        for refit in &mut refits {
            refit.point.difference_se = paired_difference(&refit.losses, &best_losses).standard_error;
        }
        let least = refits[best].point.log_loss;
        let is_as_good = |refit: &RollingOriginRefit| refit.point.log_loss - least <= PROOF * refit.point.difference_se;
        let dearest = (0..refits.len()).rev().find(|&at| is_as_good(&refits[at])).unwrap_or(best);
        // Below it chance alone would move rows, whatever the periods say.
        let chosen = dearest.max(least_dear);
        refits[chosen].point.is_chosen = true;
        let tried = refits.iter().map(|refit| refit.point.clone()).collect();
        let held = refits.swap_remove(chosen).cards;
        (ChangePriceSearch { change_price: prices[chosen], tried }, Some(held))
    }

    fn refit(&self, &change_price: &f64) -> RollingOriginRefit {
        let (setup, scale) = (self.setup, self.rule.scale);
        let mut cards: Vec<Trained> = Vec::with_capacity(self.folds.len());
        let (mut all_losses, mut n_left) = (Vec::new(), 0);
        for (fold, trained) in setup.plan.folds.iter().zip(self.folds) {
            let mut card = trained.clone();
            if let Some(before) = cards.last() {
                let points = before.points_of_cells(&setup.cells);
                let held_to = NearChampion { points: &points, scale, change_price };
                n_left += stay_near(&mut card, &setup.fold_part(fold, self.uses_censored), &self.params, held_to);
                // The first period has no card before it, so it says nothing of prices.
                let outcome: Vec<f64> = fold.judge.iter().map(|&lead| setup.converted[lead as usize]).collect();
                let eta = card.log_odds(&card.bins.encode(&setup.cells, &fold.judge));
                all_losses.extend(losses_of_log_odds(&eta, &outcome));
            }
            cards.push(card);
        }
        let n_steps = cards.len().saturating_sub(1).max(1) as f64;
        let point = ChangePricePoint {
            change_price,
            log_loss: mean(&all_losses),
            difference_se: 0.0,
            rows_changed_per_period: n_left as f64 / n_steps,
            is_chosen: false,
        };
        RollingOriginRefit { cards, point, losses: all_losses }
    }
}

impl ChangePriceSearch {
    /// Says at which price the new card was held.
    pub(super) fn note(&self, is_by_time: bool) -> Note {
        let change_price = self.change_price;
        let text = match (self.tried.iter().find(|point| point.is_chosen), is_by_time) {
            (Some(chosen), _) if chosen.change_price > 0.0 => format!(
                "points were held near the champion's at {change_price:.2} nats a point: at a lower price chance alone would move them, or \
                 past periods could not tell a lower one from the best; `champion.change_price = 0` lets them move freely"
            ),
            (Some(_), _) => {
                "past periods were judged best with no price on changed points, so none is asked".to_owned()
            }
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
}
