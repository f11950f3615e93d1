//! The card in use beside the one that ships, on the leads of this run.

use super::pairs::{PairOnCards, pairs_on_cards};
use super::{Both, Refitted, measure};
use crate::analyses::champion::record::ChampionMetrics;
use crate::analyses::{Analysis, Evidence, Found};
use crate::cross_fit::champion::ChampionOnLeads;
use crate::model::bins::CriterionCells;
use crate::model::fit::FitError;
use crate::model::levels::CriterionSpec;

/// The card in use beside the new one.
pub struct Champion;

impl Analysis for Champion {
    type Record = ChampionMetrics;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { setup, fitted, decision, .. } = evidence;
        let Some(found) = &setup.champion else { return Ok(Found::NOTHING) };
        let names: Vec<&str> = setup.specs.iter().map(|spec| spec.name.as_str()).collect();
        let known: Vec<(&CriterionSpec, &CriterionCells)> = setup.specs.iter().zip(&setup.cells).collect();
        let pairs = pairs_on_cards(found, &fitted.card.assembled.criteria, &known);
        let both = both(evidence, found, &names, &pairs);
        let trained = &fitted.card.trained;
        let refitted = Refitted {
            bins: &trained.bins,
            chains: &trained.chains,
            penalty: &trained.fit.penalty,
            scale: trained.points.scale,
            own: &found.own,
        };
        let measured = measure(&both, &refitted, &decision.frontier, &decision.resolved, &fitted.changes)?;
        Ok(Some(measured).into())
    }
}

/// Both cards on the labelled leads.
///
/// - `names`: of the criteria of the data; `pairs`: of either card.
pub(crate) fn both<'a>(
    evidence: Evidence<'a>,
    found: &'a ChampionOnLeads,
    names: &'a [&'a str],
    pairs: &'a [PairOnCards<'a>],
) -> Both<'a> {
    let Evidence { setup, fitted, held_out, .. } = evidence;
    let named = &setup.settings.leads;
    Both {
        champion: &found.champion,
        champion_scores: &found.scores,
        places: &found.criteria,
        criteria: &fitted.card.assembled.criteria,
        names,
        cells: &setup.cells,
        pairs,
        leads: &setup.leads,
        held_out: &held_out.out_of_fold,
        came_since: &found.came_since,
        names_accounts: named.account.is_some() || named.contact.is_some(),
        by_hand: &fitted.by_hand.overrides,
    }
}
