//! Hand-offs for tests, told lead by lead.

pub(super) mod example;

use crate::data::labels::{Disposition, Grouping, HandOffs, KnownOutcome, LabelledLeads, LeadIds};
use crate::settings::US_PER_DAY;

/// One hand-off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lead<'a> {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) source: &'a str,
    pub(crate) did: Option<Disposition>,
    pub(crate) known: KnownOutcome,
    pub(crate) reason: &'a str,
    pub(crate) touched_after_us: Option<i64>,
}

impl Default for Lead<'_> {
    fn default() -> Self {
        Self {
            id: 0,
            at: 20_500 * US_PER_DAY,
            source: "web",
            did: Some(Disposition::Accepted),
            known: KnownOutcome::NotConverted,
            reason: "",
            touched_after_us: None,
        }
    }
}

/// The hand-offs of these leads; a lead without an id gets its position, from 1,000,000 up.
pub(crate) fn hand_offs(leads: &[Lead<'_>]) -> HandOffs {
    let group = |text: fn(&Lead<'_>) -> String| {
        let mut names: Vec<String> = leads.iter().map(text).collect();
        names.sort();
        names.dedup();
        let at = |lead: &Lead<'_>| names.binary_search(&text(lead)).expect("listed") as u32;
        let positions = leads.iter().map(at).collect();
        (names, positions)
    };
    let (names, positions) = group(|lead| lead.source.to_owned());
    let (texts, of_text): (Vec<String>, Vec<u32>) = group(|lead| lead.reason.to_owned());
    let id = |(at, lead): (usize, &Lead<'_>)| if lead.id == 0 { 1_000_000 + at as i64 } else { lead.id };
    HandOffs {
        leads: LabelledLeads {
            ids: LeadIds::Whole { column: "id".to_owned(), values: leads.iter().enumerate().map(id).collect() },
            rows: (0..leads.len() as u32).collect(),
            as_of: Some(leads.iter().map(|lead| lead.at).collect()),
            converted: leads.iter().map(|lead| lead.known == KnownOutcome::Converted).collect(),
            source: Some(Grouping { column: "source".to_owned(), names, positions }),
            ..LabelledLeads::default()
        },
        known: leads.iter().map(|lead| lead.known).collect(),
        disposition: Some(leads.iter().map(|lead| lead.did).collect()),
        reason: Some(crate::data::labels::ReasonTexts {
            positions: of_text.iter().map(|&at| (!texts[at as usize].is_empty()).then_some(at)).collect(),
            texts,
        }),
        touched_after_us: Some(leads.iter().map(|lead| lead.touched_after_us).collect()),
    }
}
