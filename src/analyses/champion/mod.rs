//! Champion: the card in use beside the new one.
//!
//! In: both cards on the same leads ([`Both`]). Out: [`ChampionMetrics`]: what each wins, which leads change places, every changed
//! point with its reason, and whether to keep the champion, move its curve, or take the new card.
//!
//! Start at [`measure`]. `sides` compares, `changes` explains, `advice` decides, `repeats` says how much leads tell.
//!
//! Always true: wherever the champion may have learned from the leads it is held against, the figures say so; what decides are
//! leads handed off after the last it learned from, as soon as there are enough.

mod advice;
mod changes;
mod page;
pub mod record;
mod repeats;
pub mod run;
mod shift;
mod sides;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use page::shown;
pub(crate) use words::advice_words;

use crate::analyses::champion::record::ChampionMetrics;
use crate::card::{Card, Criterion};
use crate::cross_fit::OutOfFold;
use crate::cross_fit::near_champion::ChangePriceSearch;
use crate::data::champion::ChampionCard;
use crate::data::columns::show_day;
use crate::data::labels::LabelledLeads;
use crate::decide::frontier::{Frontier, Resolved};
use crate::math::logit;
use crate::measures::clamp_probability;
use crate::model::bins::CriterionCells;
use crate::model::fit::FitError;
use crate::notes::{Note, counted};

pub use changes::Refitted;
pub use run::Champion;

/// Both cards on the labelled leads.
#[derive(Debug, Clone, Copy)]
pub struct Both<'a> {
    /// The card in use.
    pub champion: &'a ChampionCard,
    /// Its score of every labelled lead.
    pub champion_scores: &'a [i32],
    /// For each of its criteria the criterion of the data.
    pub places: &'a [Option<usize>],
    /// The new card's criteria, points by hand included.
    pub criteria: &'a [Criterion],
    /// Names of the criteria of the data.
    pub names: &'a [&'a str],
    /// Cells of the criteria of the data.
    pub cells: &'a [CriterionCells],
    /// The labelled leads.
    pub leads: &'a LabelledLeads,
    /// Those that the folds judged.
    pub held_out: &'a OutOfFold,
}

/// Conversions, and leads without, that a comparison needs at least: with fewer, no figure of it is worth a decision.
const MIN_OF_EACH: usize = 20;

/// Probability the champion promises for each of its scores; off the ends, so that a log likelihood exists.
fn promise(card: &Card, score: i32) -> f64 {
    clamp_probability(
        card.worth_of(score).map_or(0.5, |worth| f64::from(worth.probability_bp) / 1e4).clamp(5e-5, 1.0 - 5e-5),
    )
}

fn log_odds(card: &Card, score: i32) -> f64 {
    logit(promise(card, score))
}

/// Leads handed off after the last the champion learned from: positions among the labelled ones. `None` where nobody can tell.
fn came_since(both: &Both<'_>) -> Option<Vec<u32>> {
    let until = both.champion.learned_until_us()?;
    let as_of = both.leads.as_of.as_ref()?;
    Some((0..as_of.len() as u32).filter(|&lead| as_of[lead as usize] > until).collect())
}

fn has_enough(converted: impl Iterator<Item = bool>) -> bool {
    let (won, lost) =
        converted.fold((0, 0), |(won, lost), is_won| if is_won { (won + 1, lost) } else { (won, lost + 1) });
    won >= MIN_OF_EACH && lost >= MIN_OF_EACH
}

/// Puts the card in use and the new one side by side.
///
/// - `refitted`: what the fit behind the new card makes of the same leads.
/// - `held`: how the new card's points were held, and what was tried.
///
/// # Errors
/// Those of the fit.
pub fn measure(
    both: &Both<'_>,
    refitted: &Refitted<'_>,
    frontier: &Frontier,
    policies: &[Resolved],
    held: &ChangePriceSearch,
) -> Result<(ChampionMetrics, Vec<Note>), FitError> {
    let since = came_since(both);
    let is_enough = |since: &Vec<u32>| has_enough(since.iter().map(|&lead| both.leads.converted[lead as usize]));
    let fresh = since.as_ref().filter(|since| is_enough(since)).map(Vec::as_slice);
    let notes = if fresh.is_none() { vec![too_few_note(both, since.as_deref())] } else { Vec::new() };
    let side_by_side = sides::side_by_side(both, fresh, frontier, policies);
    let advice = advice::advise(both, since.as_deref(), &side_by_side);
    let found = changes::changes(both, refitted, fresh)?;
    let from = &both.champion.card.provenance;
    let metrics = ChampionMetrics {
        card: both.champion.file.path.clone(),
        sha256: both.champion.file.sha256.clone(),
        learned_until: from.last_as_of.clone(),
        points_changed: found.changed.len(),
        points_kept: found.n_kept,
        leads_changed: found.n_leads_changed,
        n_leads: both.leads.n_leads() as u64,
        change_price: held.change_price,
        change_prices: held.tried.clone(),
        advice,
        side_by_side,
        changes: found.changed,
    };
    Ok((metrics, notes))
}

fn too_few_note(both: &Both<'_>, since: Option<&[u32]>) -> Note {
    let (Some(until), Some(since)) = (both.champion.learned_until_us(), since) else {
        let text = "nobody can say which leads the champion learned from: its figures here may flatter it";
        return Note::new("champion", text);
    };
    let text = format!(
        "the champion learned from leads handed off until {}; {} with an outcome came later, too few to judge it by, so it is \
         compared on leads it may have learned from, which flatters it",
        show_day(until),
        counted(since.len() as u64, "lead")
    );
    Note::new("champion", text)
}
