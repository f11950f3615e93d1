//! Engagement: what a lead did before its hand-off, counted from a table of events.
//!
//! Always true: an event counts for a lead only if `at <= as_of`, and with a window only if `at > as_of - within`; a sum is
//! exact.

use std::collections::HashMap;
use std::hash::Hash;

use rayon::slice::ParallelSliceMut;

use crate::card::{Measure, normalise_text};
use crate::data::DataError;
use crate::data::columns::{IdColumn, NO_TIME, Texts, UserTable, in_quotes};
use crate::data::labels::{Identities, LeadIds};
use crate::data::table::Table;
use crate::notes::{Note, count, counted};
use crate::settings::{EventRule, EventsConfig, US_PER_DAY};

/// The events of each labelled lead up to its as-of.
#[derive(Debug)]
pub(super) struct LeadEvents<'a> {
    table: &'a Table,
    /// Events of lead `i` are `starts[i]..starts[i + 1]` of `at` and `rows`.
    starts: Vec<usize>,
    at: Vec<i64>,
    /// Row of each event in the event table.
    rows: Vec<u32>,
    /// Kind of each row of the event table, where there is a column of kinds.
    kinds: Option<Texts>,
    as_of: &'a [i64],
    /// Events of the table that belong to one of the leads, before its hand-off or after.
    pub n_of_leads: usize,
}

impl<'a> LeadEvents<'a> {
    /// Gives every event to the leads it belongs to, by their ids and moments of hand-off; events after as-of, of unknown leads
    /// and without a time are counted in notes.
    ///
    /// # Errors
    /// [`DataError`] where leads have no id or no hand-off, or the table lacks a column.
    pub(super) fn new(
        events: &'a Table,
        config: &EventsConfig,
        leads: Identities<'a>,
        notes: &mut Vec<Note>,
    ) -> Result<Self, DataError> {
        let as_of = leads.as_of.ok_or_else(|| {
            let words = "engagement is counted up to the hand-off, and no column says when that was";
            DataError::new(format!("{words}\nhint: set `leads.as_of`"))
        })?;
        let table = UserTable::events(events);
        let at_column = table.column("events.at", &config.at)?;
        let times = at_column.to_times()?;
        notes.extend(times.is_zoneless.then(|| at_column.zone_note("features")));
        let kinds =
            table.optional("events.kind", config.kind.as_deref())?.map(|column| column.to_texts()).transpose()?;
        let owners = Owners::new(table.column("events.lead", &config.lead)?.to_ids()?, leads.ids)?;

        let (mut n_strange, mut n_later, mut n_timeless) = (0_u64, 0_u64, 0_u64);
        let mut belongs: Vec<(u32, i64, u32)> = Vec::with_capacity(events.n_rows);
        for (row, (&time, &owner)) in (0_u32..).zip(times.micros.iter().zip(&owners.of_row)) {
            if owner == NO_OWNER {
                n_strange += 1;
                continue;
            }
            if time == NO_TIME {
                n_timeless += 1;
                continue;
            }
            // A lead handed off more than once has its events counted for every hand-off after them.
            let hand_offs = owners.leads[owner as usize].iter().filter(|&&lead| time <= as_of[lead as usize]);
            let n_before = belongs.len();
            belongs.extend(hand_offs.map(|&lead| (lead, time, row)));
            n_later += u64::from(belongs.len() == n_before);
        }
        for (n, what) in [
            (n_later, "after the hand-off: not counted"),
            (n_strange, "of leads that take no part here: not counted"),
            (n_timeless, "without a time: not counted"),
        ] {
            if n > 0 {
                let all = counted(events.n_rows as u64, "event");
                notes.push(Note::new("features", format!("{} of {all} {what}", count(n))));
            }
        }
        belongs.par_sort_unstable();
        let mut starts = vec![0; as_of.len() + 1];
        belongs.iter().for_each(|&(lead, ..)| starts[lead as usize + 1] += 1);
        (1..starts.len()).for_each(|lead| starts[lead] += starts[lead - 1]);
        Ok(Self {
            table: events,
            starts,
            at: belongs.iter().map(|&(_, time, _)| time).collect(),
            rows: belongs.iter().map(|&(.., row)| row).collect(),
            kinds,
            as_of,
            n_of_leads: events.n_rows - n_strange as usize,
        })
    }

    /// Values of the criterion `name`, and the largest (time used - as-of).
    ///
    /// # Errors
    /// [`DataError`] for a kind that never occurs, or amounts that are no whole numbers or too large to add up.
    pub(super) fn measure(&self, name: &str, wanted: &EventRule) -> Result<(Vec<f64>, Option<i64>), DataError> {
        let number = |kind| self.number_of_kind(kind).ok_or_else(|| self.no_such_kind(name, kind));
        let kind = wanted.kind.as_deref().map(number).transpose()?;
        let kind_of_row = self.kinds.as_ref().map_or(&[][..], |kinds| &kinds.positions);
        let amounts = match &wanted.measure {
            Measure::Sum { column } => Some(self.amounts(column, name)?),
            Measure::Count | Measure::DaysSinceLast | Measure::ActiveDays => None,
        };
        let mut latest: Option<i64> = None;
        let mut values = Vec::with_capacity(self.as_of.len());
        for (lead, &as_of) in self.as_of.iter().enumerate() {
            let own = self.starts[lead]..self.starts[lead + 1];
            let from = wanted.within_us.map_or(i64::MIN, |within| as_of.saturating_sub(within));
            // Events of a lead are in order of time, so the window is the end of the list.
            let first = own.start + self.at[own.clone()].partition_point(|&at| at <= from);
            let mut used = (first..own.end)
                .filter(|&event| kind.is_none_or(|kind| kind_of_row[self.rows[event] as usize] == kind));
            let last = used.clone().next_back().map(|event| self.at[event]);
            let value = match wanted.measure {
                Measure::Count => used.count() as f64,
                Measure::DaysSinceLast => last.map_or(f64::NAN, |at| (as_of - at).div_euclid(US_PER_DAY) as f64),
                Measure::ActiveDays => {
                    let mut n_days = 0_u32;
                    let mut last_day = None;
                    for event in used {
                        let day = self.at[event].div_euclid(US_PER_DAY);
                        n_days += u32::from(last_day != Some(day));
                        last_day = Some(day);
                    }
                    f64::from(n_days)
                }
                Measure::Sum { .. } => {
                    let amount = |event: usize| {
                        let amount = amounts.as_ref().and_then(|amounts| amounts[self.rows[event] as usize]);
                        amount.unwrap_or_default()
                    };
                    let sum = used.try_fold(0_i64, |sum, event| sum.checked_add(amount(event)));
                    let too_large = || {
                        DataError::new(format!(
                            "criterion `{name}`: the amounts of one lead add up to more than 64 bits hold\n\
                             hint: look for broken values in the column, or use a coarser unit"
                        ))
                    };
                    sum.ok_or_else(too_large)? as f64
                }
            };
            latest = latest.max(last.map(|at| at - as_of));
            values.push(value);
        }
        Ok((values, latest))
    }

    fn known_kinds(&self) -> &[String] {
        self.kinds.as_ref().map_or(&[], |kinds| &kinds.levels)
    }

    /// Position of a kind among those there are.
    pub(super) fn number_of_kind(&self, kind: &str) -> Option<u32> {
        let wanted = normalise_text(kind);
        self.known_kinds().iter().position(|known| *known == wanted).map(|at| at as u32)
    }

    /// "; did you mean ...?", or nothing where no kind is near.
    pub(super) fn near_kind(&self, kind: &str) -> String {
        super::near_words(kind, self.known_kinds())
    }

    /// That no event is of the kind that the criterion `name` counts.
    pub(super) fn no_such_kind(&self, name: &str, kind: &str) -> DataError {
        let (nearest, kinds) = (self.near_kind(kind), in_quotes(self.known_kinds(), 12));
        DataError::new(format!(
            "criterion `{name}`: no event is of kind \"{kind}\"{nearest}\nhint: the kinds are {kinds}"
        ))
    }

    /// Whole-number amounts of a column of the event table; a missing one adds nothing.
    fn amounts(&self, column: &str, name: &str) -> Result<Vec<Option<i64>>, DataError> {
        let key = format!("criterion[{name}].events.measure");
        let column = UserTable::events(self.table).column(&key, column)?;
        column.to_whole_numbers("sums are exact in whole numbers only; store cents instead of euros, or round first")
    }
}

/// Stands for "of no labelled lead".
const NO_OWNER: u32 = u32::MAX;

/// Which labelled leads an event belongs to: the same lead may have been handed off more than once.
struct Owners {
    /// Position in `leads` per event, or [`NO_OWNER`].
    of_row: Vec<u32>,
    /// Hand-offs of each id.
    leads: Vec<Vec<u32>>,
}

impl Owners {
    fn new(events: IdColumn, leads: &LeadIds) -> Result<Self, DataError> {
        match (events, leads) {
            (_, LeadIds::RowNumber) => {
                Err(DataError::new("events belong to leads by their id, and none is named\nhint: set `leads.id`"))
            }
            (IdColumn::Whole(events), LeadIds::Whole { values, .. }) => {
                Ok(Self::find(values.iter().copied(), events.into_iter()))
            }
            (IdColumn::Text(events), LeadIds::Text { values, .. }) => Ok(Self::find(values.iter(), events.iter())),
            // Whole numbers on one side are compared as they are written.
            (IdColumn::Text(events), LeadIds::Whole { values, .. }) => {
                let written: Vec<String> = values.iter().map(i64::to_string).collect();
                Ok(Self::find(written.iter().map(String::as_str), events.iter()))
            }
            (IdColumn::Whole(events), LeadIds::Text { values, .. }) => {
                let written: Vec<Option<String>> = events.iter().map(|id| id.map(|id| id.to_string())).collect();
                Ok(Self::find(values.iter(), written.iter().map(Option::as_deref)))
            }
        }
    }

    fn find<Id: Hash + Eq>(leads: impl Iterator<Item = Id>, events: impl Iterator<Item = Option<Id>>) -> Self {
        let mut group_of: HashMap<Id, u32, ahash::RandomState> = HashMap::default();
        group_of.reserve(leads.size_hint().0);
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for (lead, id) in (0_u32..).zip(leads) {
            let group = *group_of.entry(id).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() as u32 - 1
            });
            groups[group as usize].push(lead);
        }
        let of_row = events.map(|id| id.and_then(|id| group_of.get(&id).copied()).unwrap_or(NO_OWNER)).collect();
        Self { of_row, leads: groups }
    }
}
