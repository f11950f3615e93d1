//! Champion: the card in use beside the new one.
//!
//! In: both cards on the same leads ([`Both`]). Out: [`ChampionMetrics`]: what each wins, which leads change places, every changed
//! point with its reason, and whether to keep the champion, move its curve, or take the new card.
//!
//! Start at [`measure`]. `sides` compares, `changes` explains, [`crate::quarter`] decides.
//!
//! Always true: wherever the champion may have learned from the leads it is held against, the figures say so; what decides are
//! leads handed off after the last it learned from, as soon as there are enough.

mod changes;
mod page;
pub mod pairs;
pub mod record;
pub mod run;
mod sides;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use page::shown;
pub(crate) use words::advice_of;

use crate::analyses::champion::pairs::PairOnCards;
use crate::analyses::champion::record::{ChampionMetrics, ChampionSides};
use crate::card::{Criterion, Override};
use crate::cross_fit::OutOfFold;
use crate::cross_fit::champion::CameSince;
use crate::cross_fit::near_champion::ChangePriceSearch;
use crate::data::champion::ChampionCard;
use crate::data::columns::show_day;
use crate::data::labels::LabelledLeads;
use crate::decide::frontier::{Frontier, Resolved};
use crate::math::Z90;
use crate::model::bins::CriterionCells;
use crate::model::fit::FitError;
use crate::notes::{Note, counted};
use crate::quarter::{LeadsOfCard, NewCard, has_enough, judge};

pub use changes::Refitted;
pub use run::Champion;
pub(crate) use run::both;

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
    /// Pairs of either card.
    pub pairs: &'a [PairOnCards<'a>],
    /// The labelled leads.
    pub leads: &'a LabelledLeads,
    /// Those that the folds judged.
    pub held_out: &'a OutOfFold,
    /// The leads that came since the champion was made.
    pub came_since: &'a CameSince,
    /// Whether a column says which leads belong to one account or contact.
    pub names_accounts: bool,
    /// Points of the new card that were set by hand.
    pub by_hand: &'a [Override],
}

/// Leads that the champion is judged by: those that came since it was made; all labelled ones where nobody can tell.
pub(crate) fn leads_of_champion<'a>(both: &Both<'a>) -> LeadsOfCard<'a> {
    let n_labelled = both.leads.n_leads() as u32;
    let of = both.came_since;
    // Labelled ones come first.
    let leads = &of.leads[..of.leads.partition_point(|&lead| lead < n_labelled)];
    LeadsOfCard {
        card: &both.champion.card,
        score: leads.iter().map(|&lead| both.champion_scores[lead as usize]).collect(),
        levels: of.levels.iter().map(|levels| levels[..leads.len().min(levels.len())].to_vec()).collect(),
        as_of: both.leads.as_of.as_ref().map(|as_of| leads.iter().map(|&lead| as_of[lead as usize]).collect()),
        converted: leads.iter().map(|&lead| both.leads.converted[lead as usize]).collect(),
        cluster: (both.leads.cluster.as_ref().filter(|_| both.names_accounts))
            .map(|of| leads.iter().map(|&lead| of[lead as usize]).collect()),
        is_fresh: of.is_known,
    }
}

/// How the new card did beside the champion, where neither had seen the leads.
fn new_card(sides: &ChampionSides) -> Option<NewCard> {
    let error = (sides.log_loss_gain_high - sides.log_loss_gain_low) / (2.0 * Z90);
    sides.is_fresh.then_some(NewCard { gain: sides.log_loss_gain, error })
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
    let judged = leads_of_champion(both);
    let since = judged.is_fresh.then(|| &both.came_since.leads[..judged.n_leads()]);
    let fresh = since.filter(|_| has_enough(judged.converted.iter().copied()));
    let notes = if fresh.is_none() { vec![too_few_note(both, since)] } else { Vec::new() };
    let side_by_side = sides::side_by_side(both, fresh, frontier, policies);
    let advice = judge(&judged, new_card(&side_by_side));
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
        advised: None,
        side_by_side,
        changes: found.changed,
    };
    Ok((metrics, notes))
}

fn too_few_note(both: &Both<'_>, since: Option<&[u32]>) -> Note {
    let (Some(until), Some(since)) = (both.champion.card.learned_until_us(), since) else {
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
