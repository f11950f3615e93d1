//! Engagement: what leads did before their hand-offs, counted from a table of events that is read once, a piece at a time.
//!
//! In: the table, what is to be counted, and the leads. Out: [`EventCounts`], from which each measure has a value per lead.
//!
//! Start at [`count_events`]. `counter` takes the pieces, `hand_offs` finds the leads of an event by its id, `tally` keeps what has
//! been counted for each, `sums` names the columns that are added up.
//!
//! Always true: an event counts for a lead only if `at <= as_of`, and with a window only if `at > as_of - within`; a sum is
//! exact; no memory is taken per event, but for days on which a lead was active years before its hand-off.

mod counter;
mod hand_offs;
mod sums;
mod tally;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::card::{Measure, normalise_text};
use crate::data::DataError;
use crate::data::columns::{UserTable, in_quotes};
use crate::data::labels::Identities;
use crate::data::read::{InputFile, LeadError, PiecedTable};
use crate::data::table::Table;
use crate::notes::Note;
use crate::settings::{EventRule, EventsConfig, US_PER_DAY};
use counter::Counter;
use hand_offs::HandOffs;
use sums::SumColumn;
use tally::{Amount, Found, Layout, Tallies};

/// Why events cannot be counted.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// The table cannot be read.
    #[error(transparent)]
    Read(#[from] LeadError),
    /// Leads, or columns of the table, are not what counting needs.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// What has been counted for each lead.
#[derive(Debug)]
pub struct EventCounts {
    rules: Vec<EventRule>,
    /// Where the figures of each rule are.
    found: Vec<Found>,
    layout: Layout,
    tallies: Tallies,
    /// The leads of each part, among those of all; `None` where they have no hand-offs.
    parts: Vec<Option<Range<u32>>>,
    /// Kinds of the events, in byte order.
    kinds: Vec<String>,
    sums: Vec<SumColumn>,
    /// Names of the columns.
    header: Table,
    /// What a careful person would mention, of the first part.
    pub notes: Vec<Note>,
    /// The files of the table.
    pub files: Vec<InputFile>,
    /// Events of the table that belong to one of the leads of the first part, before its hand-off or after.
    pub n_of_leads: usize,
}

/// Counts the events of leads up to their moments of hand-off; events after as-of, of unknown leads and without a time are counted
/// in notes.
///
/// - `rules`: what is to be counted, each with the criterion that asks for it.
/// - `parts`: leads, in parts that are measured apart; the notes are on the first.
///
/// # Errors
/// [`CountError`] where leads of the first part have no id or no hand-off, the table lacks a column, or cannot be read.
pub fn count_events(
    events: &PiecedTable,
    config: &EventsConfig,
    rules: &[(&str, &EventRule)],
    parts: &[Identities<'_>],
) -> Result<EventCounts, CountError> {
    if parts.first().is_none_or(|first| first.as_of.is_none()) {
        return Err(no_hand_offs().into());
    }
    check_roles(events.header(), config)?;
    let hand_offs = HandOffs::new(parts)?;
    let sums = SumColumn::of(rules, events.header());
    let rules: Vec<EventRule> = rules.iter().map(|(_, rule)| (*rule).clone()).collect();
    let (layout, found) = Layout::new(&rules, &sums);
    let counter = Counter::new(config, &layout, hand_offs, sums);
    let files = events.for_each_piece(&|piece| counter.take(piece))?;
    let counted = counter.finish()?;
    let mut n_leads = 0;
    let part = |leads: &Identities<'_>| {
        let start = n_leads;
        n_leads += leads.as_of?.len() as u32;
        Some(start..n_leads)
    };
    Ok(EventCounts {
        notes: counted.seen.notes(),
        n_of_leads: counted.seen.n_of_leads(),
        kinds: counted.seen.kinds.into_iter().collect(),
        tallies: counted.tallies,
        sums: counted.sums,
        parts: parts.iter().map(part).collect(),
        header: events.header().clone(),
        rules,
        found,
        layout,
        files,
    })
}

/// That the columns with a role are there.
fn check_roles(header: &Table, config: &EventsConfig) -> Result<(), DataError> {
    let roles =
        [("events.at", Some(&config.at)), ("events.kind", config.kind.as_ref()), ("events.lead", Some(&config.lead))];
    for (key, name) in roles {
        if let Some(name) = name.filter(|name| !header.names.contains(name)) {
            UserTable::events(header).column(key, name)?;
        }
    }
    Ok(())
}

fn no_hand_offs() -> DataError {
    let words = "engagement is counted up to the hand-off, and no column says when that was";
    DataError::new(format!("{words}\nhint: set `leads.as_of`"))
}

impl EventCounts {
    /// The leads of one part.
    pub fn of_part(&self, part: usize) -> PartCounts<'_> {
        PartCounts { counts: self, part }
    }

    /// Position of a kind among those there are.
    pub(super) fn has_kind(&self, kind: &str) -> bool {
        let wanted = normalise_text(kind);
        self.kinds.iter().any(|known| *known == wanted)
    }

    /// "; did you mean ...?", or nothing where no kind is near.
    pub(super) fn near_kind(&self, kind: &str) -> String {
        super::near_words(kind, &self.kinds)
    }

    /// That no event is of the kind that the criterion `name` counts.
    pub(super) fn no_such_kind(&self, name: &str, kind: &str) -> DataError {
        let (nearest, kinds) = (self.near_kind(kind), in_quotes(&self.kinds, 12));
        DataError::new(format!(
            "criterion `{name}`: no event is of kind \"{kind}\"{nearest}\nhint: the kinds are {kinds}"
        ))
    }

    /// That a column is there and holds amounts that can be added up.
    fn check_sum(&self, name: &str, column: &str) -> Result<(), DataError> {
        let key = format!("criterion[{name}].events.measure");
        if !self.header.names.iter().any(|known| known == column) {
            UserTable::events(&self.header).column(&key, column)?;
        }
        let broken = self.sums.iter().filter(|sum| sum.name == column).find_map(|sum| sum.broken.clone());
        broken.map_or(Ok(()), Err)
    }
}

/// What has been counted for the leads of one part.
#[derive(Debug, Clone, Copy)]
pub struct PartCounts<'a> {
    /// What has been counted for the leads of all parts.
    pub counts: &'a EventCounts,
    part: usize,
}

impl PartCounts<'_> {
    /// Values of the criterion `name`, and the largest (time used - as-of).
    ///
    /// # Errors
    /// [`DataError`] for a kind that never occurs, or amounts that are no whole numbers or too large to add up.
    pub fn measure(&self, name: &str, wanted: &EventRule) -> Result<(Vec<f64>, Option<i64>), DataError> {
        let EventCounts { rules, found, layout, tallies, parts, .. } = self.counts;
        let Some(leads) = &parts[self.part] else { return Err(no_hand_offs()) };
        if let Some(kind) = wanted.kind.as_deref().filter(|kind| !self.counts.has_kind(kind)) {
            return Err(self.counts.no_such_kind(name, kind));
        }
        if let Measure::Sum { column } = &wanted.measure {
            self.counts.check_sum(name, column)?;
        }
        let Some(at) = rules.iter().position(|rule| rule == wanted) else {
            return Err(DataError::new(format!("criterion `{name}` has not been counted: a fault of ours")));
        };
        let mut latest: Option<i64> = None;
        let mut is_too_large = false;
        let mut values = vec![f64::NAN; leads.len()];
        tallies.figures(layout, &found[at], |lead, as_of, figure| {
            if !leads.contains(&lead) {
                return;
            }
            latest = latest.max(figure.last.map(|at| at - as_of));
            values[(lead - leads.start) as usize] = match figure.amount {
                Amount::Nothing => figure.last.map_or(f64::NAN, |at| (as_of - at).div_euclid(US_PER_DAY) as f64),
                Amount::Events(n) | Amount::Days(n) => n as f64,
                Amount::Sum(sum) => i64::try_from(sum).map_or_else(
                    |_| {
                        is_too_large = true;
                        f64::NAN
                    },
                    |sum| sum as f64,
                ),
            };
        });
        if is_too_large {
            return Err(DataError::new(format!(
                "criterion `{name}`: the amounts of one lead add up to more than 64 bits hold\n\
                 hint: look for broken values in the column, or use a coarser unit"
            )));
        }
        Ok((values, latest))
    }
}
