//! Cross-fitting: the card that ships, a card per fold, and the scores of leads that the scoring card had not seen.
//!
//! In: a [`Setup`]. Out: [`Fitted`], the card that ships and those of the folds; [`HeldOut`], what the folds' cards make of
//! leads they had not seen, priced by curves from other folds. Start at [`fit`] and [`score_held_out`].
//!
//! `setup` lays out leads and folds, `censored` knows who was too young when, `final_card` makes the card that ships,
//! `near_champion` holds points near the card in use, `held_out` scores, `transfer` brings the scores onto the card that ships,
//! `sub_scores` does so with the points of one group of criteria, `sizes` counts leads under several cards,
//! `curves` prices them.
//!
//! Always true: nothing here about a lead was computed from that lead's outcome, except the outcome itself.

pub mod censored;
pub mod champion;
pub mod curves;
mod error;
pub mod final_card;
pub mod folds;
pub mod held_out;
pub mod near_champion;
pub mod out_of_fold;
pub mod setup;
pub mod sizes;
pub mod sub_scores;
mod transfer;

pub use error::CrossFitError;
pub use held_out::{HeldOut, score_held_out};
pub use out_of_fold::OutOfFold;
pub use setup::Setup;

use crate::model::censoring::DelayComparison;
use crate::model::fit::FitError;
use crate::model::overrides::Applied;
use crate::model::points::ScaleRule;
use crate::model::train::{TrainParams, Trained, most_criteria, train};
use crate::notes::{Note, count, in_words};
use crate::progress::Progress;
use final_card::{FinalCard, FirstCard, first_card, set_by_hand};
use near_champion::{ChangePriceSearch, hold_near};

/// The card that ships and the card of each fold.
#[derive(Debug)]
pub struct Fitted {
    /// The card that ships, with the points set by hand.
    pub card: FinalCard,
    /// One per fold, as fitted.
    pub folds: Vec<Trained>,
    /// What people set by hand.
    pub by_hand: Applied,
    /// Whether right-censored leads joined the fits.
    pub uses_censored: bool,
    /// Whether it depends on the score how long conversions take, where leads are right-censored.
    pub delays: Option<DelayComparison>,
    /// At which price points were held near the card in use.
    pub changes: ChangePriceSearch,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Fits the card that ships, near the card in use where that is wished for, and a card per fold by the same procedure.
///
/// # Errors
/// A [`CrossFitError`]: a fit that fails, nothing that predicts, an override that names what is not there.
pub fn fit(setup: &Setup<'_>, progress: &mut Progress) -> Result<Fitted, CrossFitError> {
    let mut notes: Vec<Note> = more_than_can_take_part(setup).into_iter().collect();
    let FirstCard { mut card, uses_censored, delays } = first_card(setup, progress, &mut notes)?;
    let hold = near_champion::change_rule(setup, &mut notes);
    let scale = hold.as_ref().map_or(1.0 / card.score_to_log_odds.slope, |hold| hold.scale);
    let params = setup.params.at_scale(scale);
    let mut folds = progress
        .counted("folds", setup.plan.folds.len() as u64, |advance| fit_folds(setup, uses_censored, &params, advance))?;
    let mut changes = ChangePriceSearch::default();
    if let Some(hold) = hold {
        (card, changes) = hold_near(setup, &hold, card, &mut folds, uses_censored, progress)?;
        notes.push(changes.note(setup.plan.is_by_time));
    }
    notes.extend(pairs_without_a_table(setup, &card));
    notes.extend(finer_than_usual(setup, &card));
    let by_hand = set_by_hand(setup, &mut card)?;
    notes.extend(by_hand.notes.iter().cloned());
    Ok(Fitted { card, folds, by_hand, uses_censored, delays, changes, notes })
}

/// Says that there are more criteria than the leads can tell apart.
fn more_than_can_take_part(setup: &Setup<'_>) -> Option<Note> {
    let (n_criteria, n_leads) = (setup.specs.len(), setup.labelled.len());
    let most = most_criteria(n_leads);
    (n_criteria > most).then(|| {
        let text = format!(
            "{} criteria are more than {} leads can tell apart: the {most} that tell most on their own took part; fewer columns,              chosen by people who know them, make a better card",
            count(n_criteria as u64),
            count(n_leads as u64)
        );
        Note::new("fit", text)
    })
}

/// Says that the card spans more points than usual, where it was free to.
fn finer_than_usual(setup: &Setup<'_>, card: &FinalCard) -> Option<Note> {
    let ScaleRule::Span(usual) = setup.params.rule.scale else { return None };
    let span = card.trained.points.span(&card.trained.chains);
    (setup.params.may_be_finer && span > usual as i32).then(|| {
        let text = format!(
            "the card spans {span} points: with {usual}, whole points would lose more than half a percent of what it gets right"
        );
        Note::new("scale", text)
    })
}

/// Says which pairs that were asked for are not on the card that ships.
fn pairs_without_a_table(setup: &Setup<'_>, card: &FinalCard) -> Option<Note> {
    let Trained { bins, chains, points, .. } = &card.trained;
    let on_card = |asked: &[usize; 2]| {
        let mut pairs = (chains.n_plain()..).zip(&bins.pairs);
        pairs.any(|(at, pair)| pair.of.map(|at| bins.criteria[at].criterion) == *asked && points.uses(chains, at))
    };
    let missing = setup.params.pairs.asked.iter().filter(|asked| !on_card(asked));
    let missing: Vec<String> = missing
        .map(|asked| {
            let [rows, columns] = asked.map(|at| &setup.specs[at].name);
            format!("`{rows}` and `{columns}`")
        })
        .collect();
    (!missing.is_empty()).then(|| {
        let text = format!(
            "no table for {}: together they say no more than each on its own, but for chance, or one of them is not on the card",
            in_words(&missing, "nor")
        );
        Note::new("pairs", text)
    })
}

fn fit_folds(
    setup: &Setup<'_>,
    uses_censored: bool,
    params: &TrainParams,
    advance: impl Fn() + Sync,
) -> Result<Vec<Trained>, FitError> {
    setup.plan.try_map(|_, fold| {
        let trained = train(&setup.fold_part(fold, uses_censored), params)?;
        advance();
        Ok(trained)
    })
}
