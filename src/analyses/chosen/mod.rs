//! Chosen: the decision of the config, and what came of it since the day it holds from.
//!
//! Always true: leads are counted by the score of the card that ships, whatever card was in use then; nothing is promised here.

pub mod record;
mod words;

pub(crate) use words::shown;

use super::{Analysis, Evidence, Found};
use crate::model::fit::FitError;
use crate::settings::parse_day;
use record::{ChosenLine, SinceChosen};

/// The line that people chose.
pub struct Chosen;

impl Analysis for Chosen {
    type Record = ChosenLine;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { setup, decision, .. } = evidence;
        let chosen = decision.forecast.recommended.as_ref().filter(|found| found.is_chosen);
        let Some((found, line)) = chosen.zip(decision.line()) else { return Ok(Found::NOTHING) };
        let config = &setup.settings.decision;
        Ok(Found::plain(ChosenLine {
            reason: found.reason.clone(),
            line,
            on: config.on.clone(),
            review: config.review.clone(),
            since: config.on.as_deref().and_then(|on| since(evidence, on, line)),
        }))
    }
}

/// Leads handed off on a day or later, as the card that ships scores them.
fn since(evidence: Evidence<'_>, day: &str, line: i32) -> Option<SinceChosen> {
    let Evidence { setup, held_out, decision, .. } = evidence;
    let begins = parse_day(day).ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond();
    let as_of = setup.hand_offs.as_of.as_deref()?;
    let mut found = SinceChosen::default();
    for (lead, _) in as_of.iter().enumerate().filter(|(_, moment)| **moment >= begins) {
        found.n_handed_off += 1;
        if held_out.shipped[lead] >= line && !decision.ask_first.is_ask_first[lead] {
            let converted = setup.leads.converted.get(lead);
            found.n_leads += 1;
            found.n_with_outcome += u64::from(converted.is_some());
            found.n_converted += u64::from(converted == Some(&true));
        }
    }
    Some(found)
}
