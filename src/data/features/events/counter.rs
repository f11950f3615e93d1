//! Counter: takes the pieces of the event table, several at once.
//!
//! Always true: a piece is read and its leads are found without waiting for another; what is counted of it is put down for some
//! thousand hand-offs at a time, which nobody else writes to meanwhile.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::hand_offs::{HandOffs, Owner};
use super::sums::SumColumn;
use super::tally::{Event, Filter, Layout, Tallies, Tally};
use crate::data::DataError;
use crate::data::columns::{NO_TIME, Texts, UserTable};
use crate::data::read::Piece;
use crate::notes::{Note, count, counted};
use crate::settings::EventsConfig;

/// Counts events under a layout.
pub(super) struct Counter<'a> {
    config: &'a EventsConfig,
    layout: &'a Layout,
    hand_offs: HandOffs<'a>,
    sums: Vec<SumColumn>,
    /// Stretches of hand-offs, each written to by one at a time.
    stretches: Vec<Mutex<Tally>>,
    seen: Mutex<Seen>,
}

/// What was seen of the table, beside what is counted per hand-off.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub kinds: BTreeSet<String>,
    n_events: u64,
    n_later: u64,
    n_strange: u64,
    n_timeless: u64,
    zone_note: Option<Note>,
    broken: Option<Broken>,
    /// Per column that is added up.
    broken_sums: Vec<(usize, Broken)>,
}

/// A column that cannot be read.
#[derive(Debug)]
struct Broken {
    /// Which role it has, then rows before the piece: whatever comes first is said.
    order: (usize, usize),
    error: DataError,
}

/// Everything counted.
pub(super) struct Done {
    pub tallies: Tallies,
    pub sums: Vec<SumColumn>,
    pub seen: Seen,
}

/// The columns of a piece.
struct Rows {
    times: Vec<i64>,
    zone_note: Option<Note>,
    kinds: Option<Texts>,
    owners: Vec<Owner>,
    /// Amounts by column that is added up.
    amounts: Vec<Vec<Option<i64>>>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(
        config: &'a EventsConfig,
        layout: &'a Layout,
        hand_offs: HandOffs<'a>,
        sums: Vec<SumColumn>,
    ) -> Self {
        let stretches = Tallies::of_stretches(layout, &hand_offs.places).into_iter().map(Mutex::new).collect();
        Self { config, layout, hand_offs, sums, stretches, seen: Mutex::default() }
    }

    /// Counts the events of a piece.
    pub(super) fn take(&self, piece: Piece<'_>) {
        match self.rows(piece) {
            Ok(rows) => self.count(&rows),
            Err(broken) => {
                let mut seen = locked(&self.seen);
                if seen.broken.as_ref().is_none_or(|first| broken.order < first.order) {
                    seen.broken = Some(broken);
                }
            }
        }
    }

    fn rows(&self, piece: Piece<'_>) -> Result<Rows, Broken> {
        let table = UserTable::piece_of_events(piece.table, piece.n_rows_before);
        let broken = |role: usize| move |error: DataError| Broken { order: (role, piece.n_rows_before), error };
        let at = table.column("events.at", &self.config.at).map_err(broken(0))?;
        let times = at.to_times().map_err(broken(0))?;
        let kinds = table.optional("events.kind", self.config.kind.as_deref()).map_err(broken(1))?;
        let kinds = kinds.map(|column| column.to_texts()).transpose().map_err(broken(1))?;
        let ids = table.column("events.lead", &self.config.lead).and_then(|column| column.to_ids());
        let owners = self.hand_offs.owners(&ids.map_err(broken(2))?);
        let amounts = self.sums.iter().enumerate().map(|(at, sum)| {
            sum.amounts(table).unwrap_or_else(|error| {
                let broken = Broken { order: (0, piece.n_rows_before), error };
                locked(&self.seen).broken_sums.push((at, broken));
                Vec::new()
            })
        });
        Ok(Rows {
            amounts: amounts.collect(),
            times: times.micros,
            zone_note: times.is_zoneless.then(|| at.zone_note("features")),
            kinds,
            owners,
        })
    }

    fn count(&self, rows: &Rows) {
        let mut of_piece = Seen { n_events: rows.times.len() as u64, ..Seen::default() };
        let n_stretches = self.stretches.len();
        let room = rows.times.len().div_ceil(n_stretches);
        let mut of_stretch: Vec<Vec<(Owner, u32)>> = (0..n_stretches).map(|_| Vec::with_capacity(room)).collect();
        for (row, (&owner, &time)) in (0_u32..).zip(rows.owners.iter().zip(&rows.times)) {
            let is_strange = self.hand_offs.is_strange_to_first_part(owner);
            of_piece.n_strange += u64::from(is_strange);
            if time == NO_TIME {
                of_piece.n_timeless += u64::from(!is_strange);
            } else if owner != Owner::NOBODY {
                let place = self.hand_offs.first_place(owner);
                of_stretch[Tallies::stretch_of(self.hand_offs.places.n(), place)].push((owner, row));
            }
        }
        let filters = FiltersOfKinds::new(self.layout, rows.kinds.as_ref());
        // Pieces that are counted side by side begin in different places.
        let first = rows.owners.len() % n_stretches;
        for stretch in (first..n_stretches).chain(0..first) {
            if of_stretch[stretch].is_empty() {
                continue;
            }
            let mut tally = locked(&self.stretches[stretch]);
            // Memory is slow, and answers many questions at once: all hand-offs are looked up before one is written to.
            let found = of_stretch[stretch].iter().map(|&(owner, row)| {
                let places = self.hand_offs.places_of(owner);
                let start = tally.first_after(self.layout, &places, rows.times[row as usize]);
                (owner, row as usize, places, start)
            });
            let found: Vec<(Owner, usize, Range<usize>, usize)> = found.collect();
            for (owner, row, places, start) in found {
                let time = rows.times[row];
                let is_counted = start < places.len();
                of_piece.n_later += u64::from(self.hand_offs.is_after_first_part(owner, time, is_counted));
                if is_counted {
                    let amount = |column: usize| rows.amounts[column].get(row).copied().flatten().unwrap_or_default();
                    let event = Event { time, amount: &amount };
                    tally.add(self.layout, &places, start, &event, filters.of_row(row));
                }
            }
        }
        let mut seen = locked(&self.seen);
        seen.n_events += of_piece.n_events;
        seen.n_later += of_piece.n_later;
        seen.n_strange += of_piece.n_strange;
        seen.n_timeless += of_piece.n_timeless;
        if seen.zone_note.is_none() {
            seen.zone_note.clone_from(&rows.zone_note);
        }
        for kind in rows.kinds.iter().flat_map(|kinds| &kinds.levels) {
            if !seen.kinds.contains(kind) {
                seen.kinds.insert(kind.clone());
            }
        }
    }

    /// What all pieces came to.
    ///
    /// # Errors
    /// [`DataError`] for the first column with a role that could not be read.
    pub(super) fn finish(self) -> Result<Done, DataError> {
        let mut seen = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(broken) = seen.broken {
            return Err(broken.error);
        }
        let mut sums = self.sums;
        // The first of each column comes last.
        seen.broken_sums.sort_by_key(|(_, broken)| std::cmp::Reverse(broken.order));
        seen.broken_sums.drain(..).for_each(|(at, broken)| sums[at].broken = Some(broken.error));
        let stretches =
            self.stretches.into_iter().map(|tally| tally.into_inner().unwrap_or_else(PoisonError::into_inner));
        let tallies = Tallies::new(stretches.collect(), self.hand_offs.places);
        Ok(Done { tallies, sums, seen: Seen { broken: None, ..seen } })
    }
}

impl Seen {
    /// Events of leads of the first part.
    pub(super) fn n_of_leads(&self) -> usize {
        (self.n_events - self.n_strange) as usize
    }

    /// What a careful person would mention.
    pub(super) fn notes(&self) -> Vec<Note> {
        let left_out = [
            (self.n_later, "after the hand-off: not counted"),
            (self.n_strange, "of leads that take no part here: not counted"),
            (self.n_timeless, "without a time: not counted"),
        ];
        let all = counted(self.n_events, "event");
        let note = |(n, what): (u64, &str)| Note::new("features", format!("{} of {all} {what}", count(n)));
        let left_out = left_out.into_iter().filter(|(n, _)| *n > 0).map(note);
        self.zone_note.clone().into_iter().chain(left_out).collect()
    }
}

/// Which filters the events of a piece pass.
struct FiltersOfKinds<'a> {
    /// That of all events.
    of_all: Option<&'a Filter>,
    /// That of each kind of the piece.
    of_kind: Vec<Option<&'a Filter>>,
    kind_of_row: &'a [u32],
}

impl<'a> FiltersOfKinds<'a> {
    fn new(layout: &'a Layout, kinds: Option<&'a Texts>) -> Self {
        let of_kind = |kind: &String| layout.filters.iter().find(|filter| filter.kind.as_ref() == Some(kind));
        Self {
            of_all: layout.filters.iter().find(|filter| filter.kind.is_none()),
            of_kind: kinds.map_or_else(Vec::new, |kinds| kinds.levels.iter().map(of_kind).collect()),
            kind_of_row: kinds.map_or(&[], |kinds| &kinds.positions),
        }
    }

    fn of_row(&self, row: usize) -> impl Iterator<Item = &'a Filter> + use<'a> {
        // A row without a kind has a position beyond all of them.
        let kind = self.kind_of_row.get(row).and_then(|&kind| self.of_kind.get(kind as usize).copied().flatten());
        self.of_all.into_iter().chain(kind)
    }
}

/// What another thread left there, even if it did not come to its end.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
