//! Hand-offs by the ids under which events come.
//!
//! In: the leads of several parts, with their ids and hand-offs. Out: a place for every hand-off, and by an id all places of it.
//!
//! Always true: the hand-offs of one id stand side by side, by their as-of; an id is a whole number or a text, and one of each kind
//! are the same if they are written the same.

use std::collections::HashMap;
use std::fmt::Write;
use std::hash::Hash;
use std::ops::Range;

use crate::data::DataError;
use crate::data::columns::IdColumn;
use crate::data::labels::{Identities, LeadIds};
use crate::data::table::PickedTexts;

/// The hand-offs of one id, as the search by ids gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner(u32);

impl Owner {
    /// Of no lead that takes part.
    pub(super) const NOBODY: Self = Self(u32::MAX);
    /// A place among the repeated ones rather than among all places.
    const REPEATED: u32 = 1 << 31;
    /// No hand-off is of the first part.
    const OF_OTHERS: u32 = 1 << 30;

    fn place(self) -> usize {
        (self.0 & !(Self::REPEATED | Self::OF_OTHERS)) as usize
    }
}

/// An id that was handed off more than once.
#[derive(Debug, Clone)]
struct Repeated {
    places: Range<u32>,
    /// The last as-of of the first part; `None` where it has no such id.
    last_of_first_part: Option<i64>,
}

/// All hand-offs, by their ids.
pub(super) struct HandOffs<'a> {
    pub places: Places,
    by_id: ById<'a>,
    repeated: Vec<Repeated>,
}

/// Where each hand-off stands.
#[derive(Debug)]
pub(super) struct Places {
    /// Moment of the hand-off in each place.
    pub as_of: Vec<i64>,
    /// Which of the leads, those of all parts one after the other, stands in each place.
    pub lead: Vec<u32>,
    /// Place of the first hand-off of each id, and behind them the number of places.
    pub starts: Vec<u32>,
}

enum ById<'a> {
    Whole(HashMap<i64, Owner, ahash::RandomState>),
    Text(HashMap<&'a str, Owner, ahash::RandomState>),
}

impl<'a> HandOffs<'a> {
    /// - `parts`: leads; of the first part notes speak, and those without hand-offs are left out.
    ///
    /// # Errors
    /// [`DataError`] where leads have no ids, or are too many.
    pub(super) fn new(parts: &[Identities<'a>]) -> Result<Self, DataError> {
        let as_of: Vec<i64> = parts.iter().filter_map(|leads| leads.as_of).flatten().copied().collect();
        if as_of.len() >= Owner::OF_OTHERS as usize {
            return Err(DataError::new("events can be counted for a billion hand-offs at most"));
        }
        let n_first = parts.first().and_then(|leads| leads.as_of).map_or(0, <[i64]>::len);
        let (mut whole, mut texts): (Vec<&[i64]>, Vec<&PickedTexts>) = Default::default();
        for leads in parts.iter().filter(|leads| leads.as_of.is_some()) {
            match leads.ids {
                LeadIds::Whole { values, .. } => whole.push(values),
                LeadIds::Text { values, .. } => texts.push(values),
                LeadIds::RowNumber => {
                    let words = "events belong to leads by their id, and none is named\nhint: set `leads.id`";
                    return Err(DataError::new(words));
                }
            }
        }
        // All parts are of one table.
        if texts.is_empty() {
            let (by_id, places, repeated) = place(whole.into_iter().flatten().copied(), &as_of, n_first);
            return Ok(Self { places, by_id: ById::Whole(by_id), repeated });
        }
        let (by_id, places, repeated) = place(texts.into_iter().flat_map(PickedTexts::iter), &as_of, n_first);
        Ok(Self { places, by_id: ById::Text(by_id), repeated })
    }

    /// The owner of every row.
    pub(super) fn owners(&self, ids: &IdColumn) -> Vec<Owner> {
        let known = |owner: Option<&Owner>| owner.copied().unwrap_or(Owner::NOBODY);
        match (ids, &self.by_id) {
            (IdColumn::Whole(ids), ById::Whole(by_id)) => {
                ids.iter().map(|id| id.map_or(Owner::NOBODY, |id| known(by_id.get(&id)))).collect()
            }
            (IdColumn::Text(ids), ById::Text(by_id)) => ids.map_rows(Owner::NOBODY, |id| known(by_id.get(id))),
            (IdColumn::Text(ids), ById::Whole(by_id)) => ids.map_rows(Owner::NOBODY, |id| {
                let whole = id.parse::<i64>().ok().filter(|whole| whole.to_string() == id);
                known(whole.and_then(|whole| by_id.get(&whole)))
            }),
            (IdColumn::Whole(ids), ById::Text(by_id)) => {
                let mut written = String::new();
                let owner = |id: &Option<i64>| {
                    let Some(id) = id else { return Owner::NOBODY };
                    written.clear();
                    // Writing to a text does not fail.
                    let _ = write!(written, "{id}");
                    known(by_id.get(written.as_str()))
                };
                ids.iter().map(owner).collect()
            }
        }
    }

    /// The places of an owner other than [`Owner::NOBODY`].
    pub(super) fn places_of(&self, owner: Owner) -> Range<usize> {
        match self.repeated(owner) {
            Some(repeated) => repeated.places.start as usize..repeated.places.end as usize,
            None => owner.place()..owner.place() + 1,
        }
    }

    /// Whether an event comes after all hand-offs of the first part, which has at least one.
    ///
    /// - `is_before_any`: whether it comes before one of any part.
    pub(super) fn is_after_first_part(&self, owner: Owner, time: i64, is_before_any: bool) -> bool {
        match self.repeated(owner) {
            Some(repeated) => repeated.last_of_first_part.is_some_and(|last| time > last),
            None => owner.0 & Owner::OF_OTHERS == 0 && !is_before_any,
        }
    }

    fn repeated(&self, owner: Owner) -> Option<&Repeated> {
        (owner.0 & Owner::REPEATED != 0).then(|| &self.repeated[owner.place()])
    }

    /// The first place of an owner.
    pub(super) fn first_place(&self, owner: Owner) -> usize {
        self.repeated(owner).map_or(owner.place(), |repeated| repeated.places.start as usize)
    }

    /// Whether the first part has no such id.
    pub(super) fn is_strange_to_first_part(&self, owner: Owner) -> bool {
        if owner == Owner::NOBODY {
            return true;
        }
        match self.repeated(owner) {
            Some(repeated) => repeated.last_of_first_part.is_none(),
            None => owner.0 & Owner::OF_OTHERS != 0,
        }
    }
}

impl Places {
    /// Number of places.
    pub(super) fn n(&self) -> usize {
        self.lead.len()
    }
}

type Placed<Id> = (HashMap<Id, Owner, ahash::RandomState>, Places, Vec<Repeated>);

/// - `ids`: of all leads; the first `n_first` are of the first part.
fn place<Id: Hash + Eq>(ids: impl Iterator<Item = Id>, as_of: &[i64], n_first: usize) -> Placed<Id> {
    let mut by_id: HashMap<Id, Owner, ahash::RandomState> = HashMap::default();
    by_id.reserve(as_of.len());
    // How often each id comes, and which one a lead has; ids are numbered as they first come.
    let mut starts: Vec<u32> = vec![0];
    let number_of_lead: Vec<u32> = ids
        .map(|id| {
            let number = by_id.entry(id).or_insert_with(|| {
                starts.push(0);
                Owner(starts.len() as u32 - 2)
            });
            starts[number.0 as usize + 1] += 1;
            number.0
        })
        .collect();
    (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
    let mut next = starts.clone();
    let mut lead_of_place = vec![0_u32; as_of.len()];
    for (lead, &number) in (0_u32..).zip(&number_of_lead) {
        let place = &mut next[number as usize];
        lead_of_place[*place as usize] = lead;
        *place += 1;
    }
    let mut repeated = Vec::new();
    let owner_of_number: Vec<Owner> = starts
        .windows(2)
        .map(|ends| {
            let own = &mut lead_of_place[ends[0] as usize..ends[1] as usize];
            if let [lead] = own {
                let is_of_others = *lead as usize >= n_first;
                return Owner(ends[0] | if is_of_others { Owner::OF_OTHERS } else { 0 });
            }
            own.sort_unstable_by_key(|&lead| (as_of[lead as usize], lead));
            let of_first_part = own.iter().filter(|&&lead| (lead as usize) < n_first);
            let last_of_first_part = of_first_part.map(|&lead| as_of[lead as usize]).max();
            repeated.push(Repeated { places: ends[0]..ends[1], last_of_first_part });
            Owner((repeated.len() as u32 - 1) | Owner::REPEATED)
        })
        .collect();
    by_id.values_mut().for_each(|owner| *owner = owner_of_number[owner.0 as usize]);
    let as_of_place = lead_of_place.iter().map(|&lead| as_of[lead as usize]).collect();
    (by_id, Places { as_of: as_of_place, lead: lead_of_place, starts }, repeated)
}
