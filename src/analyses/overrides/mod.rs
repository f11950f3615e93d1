//! Overrides: what points set by hand cost on leads that the card had not seen.

mod measure;
mod page;
pub mod record;
#[cfg(test)]
pub(crate) mod testing;
mod words;

pub(crate) use page::shown;

use super::{Analysis, Evidence, Found};
use crate::model::fit::FitError;
use record::OverrideMetrics;

pub use measure::cost_of;

/// Points set by hand.
pub struct Overrides;

impl Analysis for Overrides {
    type Record = OverrideMetrics;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { fitted, held_out, decision, .. } = evidence;
        let without = held_out.without_overrides.as_ref();
        let cost = without.map(|without| cost_of(&fitted.by_hand, without, &held_out.out_of_fold, &decision.resolved));
        Ok(cost.map_or(Found::NOTHING, Found::plain))
    }
}
