//! The card in use beside the one that ships, on the leads of this run.

use super::{Both, Refitted, measure};
use crate::analyses::champion::record::ChampionMetrics;
use crate::analyses::{Analysis, Evidence, Found};
use crate::model::fit::FitError;

/// The card in use beside the new one.
pub struct Champion;

impl Analysis for Champion {
    type Record = ChampionMetrics;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { setup, fitted, held_out, decision } = evidence;
        let Some(found) = &setup.champion else { return Ok(Found::NOTHING) };
        let names: Vec<&str> = setup.specs.iter().map(|spec| spec.name.as_str()).collect();
        let both = Both {
            champion: &found.champion,
            champion_scores: &found.scores,
            places: &found.criteria,
            criteria: &fitted.card.assembled.criteria,
            names: &names,
            cells: &setup.cells,
            leads: &setup.leads,
            held_out: &held_out.out_of_fold,
        };
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
