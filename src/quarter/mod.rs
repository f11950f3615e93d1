//! Quarter: a card in use once its leads have outcomes. Keep it, move what its scores are worth, or make a new one.
//!
//! In: a card and the leads that came since it was made, with what became of them ([`LeadsOfCard`]). Out: an [`Advice`].
//!
//! Start at [`judge()`]. [`recalibrate()`] makes the card with the points of the old one and what its scores are worth now. `shift` moves all log-odds by one number, `repeats` says how much leads tell, `words` says what was found.
//!
//! Always true: the same card and the same leads get the same advice, whoever asks; a lead that the card may have learned from has no
//! part in it where the leads that came since can be told.

mod judge;
mod recalibrate;
pub mod record;
mod repeats;
mod shift;
mod words;

pub use judge::{NewCard, judge};
pub use recalibrate::{Descent, LineRules, RecalibrateError, RecentLeads, Shifted, recalibrate};
pub use record::{Action, Advice, AdviceReason, AdvisedCard, Moved, MovedLine};
pub(crate) use words::{advice_sentences, advised_sentences, moved_sentences, shifted_report};

use crate::card::Card;
use crate::math::logit;
use crate::measures::clamp_probability;
use crate::notes::Note;

/// Leads with an outcome, as a card sees them; every list has one entry per lead.
#[derive(Debug, Clone)]
pub struct LeadsOfCard<'a> {
    /// The card.
    pub card: &'a Card,
    /// Points.
    pub score: Vec<i32>,
    /// Position of each lead's level, one list per criterion of the card; empty where nobody can tell.
    pub levels: Vec<Vec<u16>>,
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<Vec<i64>>,
    /// Whether the lead converted.
    pub converted: Vec<bool>,
    /// Which leads belong to one account or contact, where a column says so.
    pub cluster: Option<Vec<u64>>,
    /// Whether all of them were handed off after the last that the card learned from with its outcome.
    pub is_fresh: bool,
}

/// File of the card in use where it is to be kept.
pub const KEPT_CARD: &str = "card.kept.json";

/// File of the card in use with a new curve, where that is to be moved.
pub const SHIFTED_CARD: &str = "card.shifted.json";

/// A card to go on with, what it is, and what a careful person would mention.
pub type Advised = (Card, AdvisedCard, Vec<Note>);

/// The card that an advice comes to; `None` where a new card is advised.
///
/// - `leads`: makes what a new curve is learnt from, where one is needed.
///
/// # Errors
/// A [`RecalibrateError`].
pub fn advised_card<'a>(
    card: &'a Card,
    advice: &Advice,
    leads: impl FnOnce() -> RecentLeads<'a>,
    rules: &LineRules<'_>,
    descent: &Descent,
) -> Result<Option<Advised>, RecalibrateError> {
    Ok(match advice.action {
        Action::Refit => None,
        Action::Keep | Action::Wait => {
            Some((card.clone(), AdvisedCard { file: KEPT_CARD.to_owned(), moved: None }, Vec::new()))
        }
        Action::Shift => {
            let Shifted { card, moved, notes } = recalibrate(&leads(), rules, descent)?;
            Some((card, AdvisedCard { file: SHIFTED_CARD.to_owned(), moved: Some(moved) }, notes))
        }
    })
}

/// Conversions, and leads without, that a judgement needs at least: with fewer, no figure of it is worth a decision.
pub(crate) const MIN_OF_EACH: usize = 20;

/// Whether too little is known of a lead for its score to mean something.
///
/// - `levels`: positions of the leads' levels, one list per criterion; empty where the leads do not have it.
pub(crate) fn is_ask_first(card: &Card, levels: &[Vec<u16>], lead: usize) -> bool {
    let Some(least) = card.known_at_least else { return false };
    let known = card.criteria.iter().zip(levels).filter_map(|(criterion, levels)| {
        let level = criterion.levels.get(usize::from(*levels.get(lead)?))?;
        Some(criterion.known_points(level))
    });
    known.sum::<i32>() < least
}

/// Probability a card promises for a score; off the ends, so that a log likelihood exists.
pub(crate) fn promise(card: &Card, score: i32) -> f64 {
    clamp_probability(
        card.worth_of(score).map_or(0.5, |worth| f64::from(worth.probability_bp) / 1e4).clamp(5e-5, 1.0 - 5e-5),
    )
}

pub(crate) fn log_odds(card: &Card, score: i32) -> f64 {
    logit(promise(card, score))
}

pub(crate) fn has_enough(converted: impl Iterator<Item = bool>) -> bool {
    let (won, lost) =
        converted.fold((0, 0), |(won, lost), is_won| if is_won { (won + 1, lost) } else { (won, lost + 1) });
    won >= MIN_OF_EACH && lost >= MIN_OF_EACH
}

impl LeadsOfCard<'_> {
    /// Number of leads.
    pub fn n_leads(&self) -> usize {
        self.score.len()
    }

    /// Number of those that converted.
    pub fn n_converted(&self) -> usize {
        self.converted.iter().filter(|&&won| won).count()
    }

    /// Log-odds that the card promised of each.
    pub(crate) fn promised(&self) -> Vec<f64> {
        self.score.iter().map(|&score| log_odds(self.card, score)).collect()
    }

    /// 1 for each lead that converted, 0 for the others.
    pub(crate) fn outcome(&self) -> Vec<f64> {
        self.converted.iter().map(|&won| f64::from(u8::from(won))).collect()
    }
}
