//! Pairs of either card on the labelled leads: which pair of the one is which of the other, and who is at which of its levels.

use crate::card::Criterion;
use crate::cross_fit::champion::ChampionOnLeads;
use crate::model::bins::CriterionCells;
use crate::model::levels::CriterionSpec;
use crate::model::overrides::level_of_leads;

/// A pair on one card.
#[derive(Debug, Clone)]
pub struct PairOnLeads<'a> {
    /// The pair.
    pub criterion: &'a Criterion,
    /// Position of the level of each labelled lead.
    pub levels: Vec<usize>,
}

/// A pair that either card has; pairs that look at the same answers are one, whatever their parts.
#[derive(Debug, Clone)]
pub struct PairOnCards<'a> {
    /// On the card in use.
    pub before: Option<PairOnLeads<'a>>,
    /// On the new card.
    pub now: Option<PairOnLeads<'a>>,
}

impl PairOnCards<'_> {
    /// Levels on both cards of a labelled lead.
    pub fn levels_of(&self, lead: usize) -> [Option<usize>; 2] {
        [&self.before, &self.now].map(|pair| pair.as_ref().map(|pair| pair.levels[lead]))
    }
}

/// The pairs of both cards: those of the card in use in its order, then those that only the new one has. One that the leads cannot fill is
/// left out.
///
/// - `known`: every criterion of the data and its values.
pub(super) fn pairs_on_cards<'a>(
    found: &'a ChampionOnLeads,
    now: &'a [Criterion],
    known: &[(&CriterionSpec, &CriterionCells)],
) -> Vec<PairOnCards<'a>> {
    let mut now: Vec<PairOnLeads<'a>> = (now.iter())
        .filter_map(|criterion| Some(PairOnLeads { levels: level_of_leads(criterion, known)?, criterion }))
        .collect();
    let before = found.champion.card.criteria.iter().zip(&found.levels_of_pairs);
    let mut pairs: Vec<PairOnCards<'a>> = before
        .filter_map(|(criterion, levels)| {
            let levels = levels.as_ref()?.iter().map(|&level| usize::from(level)).collect();
            let same = now.iter().position(|other| look_at_the_same(criterion, other.criterion));
            let now = same.map(|at| now.remove(at));
            Some(PairOnCards { before: Some(PairOnLeads { criterion, levels }), now })
        })
        .collect();
    pairs.extend(now.into_iter().map(|pair| PairOnCards { before: None, now: Some(pair) }));
    pairs
}

fn look_at_the_same(one: &Criterion, other: &Criterion) -> bool {
    one.inputs_and_maps().eq(other.inputs_and_maps())
}
