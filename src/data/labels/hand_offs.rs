//! Every hand-off with what sales did: also those without a fair outcome, which no card may learn from.

use std::collections::HashMap;

use super::outcome_columns::{OutcomeColumns, SalesColumns};
use super::{Disposition, LabelledLeads, LeadIds};
use crate::data::columns::{NO_TEXT, NO_TIME};
use crate::notes::Note;

/// Every hand-off, once; all vectors have one entry per hand-off, in the order of the input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HandOffs {
    /// Who they are; `converted` is what is known so far, and fair only where `known` says so.
    pub leads: LabelledLeads,
    /// What is known of the outcome.
    pub known: Vec<KnownOutcome>,
    /// What sales did; `None` without such a column.
    pub disposition: Option<Vec<Option<Disposition>>>,
    /// Why sales turned a lead down; `None` without such a column.
    pub reason: Option<ReasonTexts>,
    /// Microseconds from hand-off to first touch, never negative; `None` where there is no such moment. Without a column, or
    /// without hand-off times, there is no vector.
    pub touched_after_us: Option<Vec<Option<i64>>>,
}

/// What is known of the outcome of a hand-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownOutcome {
    /// Converted within the horizon.
    Converted,
    /// Did not.
    NotConverted,
    /// The horizon is still open.
    TooYoung,
    /// Sales never touched it.
    Untouched,
    /// Nothing is said.
    Nothing,
}

impl KnownOutcome {
    /// Whether the lead converted, where the outcome is fair.
    pub fn outcome(self) -> Option<bool> {
        match self {
            Self::Converted => Some(true),
            Self::NotConverted => Some(false),
            Self::TooYoung | Self::Untouched | Self::Nothing => None,
        }
    }

    /// Whether the outcome is fair.
    pub fn is_fair(self) -> bool {
        self.outcome().is_some()
    }
}

/// Reasons as positions into their distinct texts, as written but for NFC and trimming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonTexts {
    /// Distinct texts in byte order.
    pub texts: Vec<String>,
    /// Position of each hand-off's text.
    pub positions: Vec<Option<u32>>,
}

impl HandOffs {
    /// - `outcome_rows`: row of the outcome table of each hand-off.
    pub(super) fn new(
        leads: LabelledLeads,
        known: Vec<KnownOutcome>,
        outcome_rows: &[Option<usize>],
        told: &OutcomeColumns,
        sales: &SalesColumns,
        notes: &mut Vec<Note>,
    ) -> Self {
        let disposition = told.disposition.as_ref().map(|all| -> Vec<Option<Disposition>> {
            outcome_rows.iter().map(|row| row.and_then(|row| all[row])).collect()
        });
        let reason = sales.reason.as_ref().map(|texts| ReasonTexts {
            texts: texts.levels.clone(),
            positions: outcome_rows
                .iter()
                .map(|row| row.map(|row| texts.positions[row]).filter(|&at| at != NO_TEXT))
                .collect(),
        });
        let touch = |lead: usize, times: &[i64]| outcome_rows[lead].map(|row| times[row]).filter(|&at| at != NO_TIME);
        let touched_after_us = match (&sales.first_touch, &leads.as_of) {
            (Some(times), Some(as_of)) => {
                let mut n_before = 0;
                let after = (0..known.len())
                    .map(|lead| {
                        let after = touch(lead, &times.micros)? - as_of[lead];
                        n_before += usize::from(after < 0);
                        (after >= 0).then_some(after)
                    })
                    .collect();
                let what = "first touched before the hand-off: not used for the time to first touch";
                notes.extend(Note::of_some("labels", n_before, "lead", what));
                Some(after)
            }
            _ => None,
        };
        if let (Some(times), Some(disposition)) = (&sales.first_touch, &disposition) {
            let is_odd = |&lead: &usize| {
                disposition[lead] == Some(Disposition::Untouched) && touch(lead, &times.micros).is_some()
            };
            let n_odd = (0..known.len()).filter(is_odd).count();
            let what = "called untouched although there is a time of first touch: taken as untouched";
            notes.extend(Note::of_some("labels", n_odd, "lead", what));
        }
        Self { leads, known, disposition, reason, touched_after_us }
    }

    /// Number of hand-offs.
    pub fn n_leads(&self) -> usize {
        self.known.len()
    }

    /// What sales did with a hand-off, as far as is said.
    pub fn disposition_of(&self, lead: usize) -> Option<Disposition> {
        self.disposition.as_ref().and_then(|all| all[lead])
    }

    /// The hand-offs of every lead that has several, earliest first; none where leads have no id or no time.
    pub fn repeated(&self) -> Vec<Vec<usize>> {
        let Some(as_of) = &self.leads.as_of else { return Vec::new() };
        let mut of_id: HashMap<IdKey<'_>, Vec<usize>> = HashMap::new();
        for lead in 0..self.n_leads() {
            let key = match &self.leads.ids {
                LeadIds::Whole { values, .. } => IdKey::Whole(values[lead]),
                LeadIds::Text { values, .. } => IdKey::Text(&values[lead]),
                LeadIds::RowNumber => return Vec::new(),
            };
            of_id.entry(key).or_default().push(lead);
        }
        let mut several: Vec<Vec<usize>> = of_id.into_values().filter(|leads| leads.len() > 1).collect();
        several.iter_mut().for_each(|leads| leads.sort_by_key(|&lead| (as_of[lead], lead)));
        // The order of a hash map is nobody's business.
        several.sort();
        several
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum IdKey<'a> {
    Whole(i64),
    Text(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::label_hand_offs;
    use crate::data::table::{Table, table};
    use crate::settings::{Config, US_PER_DAY};

    fn hand_offs(leads: &Table) -> (HandOffs, Vec<String>) {
        let mut config = Config::around(std::path::Path::new("leads.parquet"));
        config.leads.id = Some("id".to_owned());
        config.leads.as_of = Some("at".to_owned());
        config.outcome.converted_at = Some("won_at".to_owned());
        config.outcome.horizon = Some("90d".to_owned());
        config.outcome.observed_until = Some("2026-12-31".to_owned());
        config.outcome.disposition = Some("did".to_owned());
        config.outcome.reason = Some("why".to_owned());
        config.outcome.first_touch = Some("touched".to_owned());
        let (_, hand_offs, notes) = label_hand_offs(leads, None, &config.unchecked()).expect("read");
        (hand_offs, notes.into_iter().map(|note| note.text).collect())
    }

    fn leads() -> Table {
        table!(
            "id" => [1, 2, 3, 1, 4, 5],
            "at" => ["2026-01-01", "2026-01-02", "2026-01-03", "2026-06-01", "2026-12-01", "2026-02-01"],
            "won_at" => [None, Some("2026-01-20"), None, Some("2026-06-20"), None, Some("2026-01-15")],
            "did" => [Some("recycled"), Some("Accepted"), Some("untouched"), Some("accepted"), None, Some("accepted")],
            "why" => [None, None, None, None, Some("no budget"), None],
            "touched" => [Some("2026-01-02"), Some("2026-01-01"), Some("2026-01-05"), None, Some("2026-12-01"), None],
        )
    }

    #[test]
    fn every_hand_off_is_there_whatever_its_outcome() {
        use KnownOutcome::{Converted, NotConverted, TooYoung, Untouched};
        let (hand_offs, notes) = hand_offs(&leads());
        assert_eq!(hand_offs.known, [NotConverted, Converted, Untouched, Converted, TooYoung]);
        assert_eq!(hand_offs.disposition_of(4), None);
        assert_eq!(hand_offs.reason.as_ref().expect("a column").positions[4], Some(0));
        let touched = hand_offs.touched_after_us.as_ref().expect("a column");
        assert_eq!(touched[..], [Some(US_PER_DAY), None, Some(2 * US_PER_DAY), None, Some(0)]);
        let said = |part: &str| notes.iter().any(|note| note.contains(part));
        assert!(said("1 lead first touched before the hand-off: not used"), "{notes:?}");
        assert!(said("1 lead called untouched although there is a time of first touch"), "{notes:?}");
        assert!(said("1 lead left out because they were handed off after they had converted"), "{notes:?}");
    }

    #[test]
    fn a_lead_that_came_back_is_found_by_its_id() {
        assert_eq!(hand_offs(&leads()).0.repeated(), [[0, 3]]);
    }
}
