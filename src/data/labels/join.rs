//! Leads by id: who is listed twice, and which hand-off an outcome belongs to.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::slice::ParallelSliceMut;

use crate::data::columns::{IdColumn, NO_TIME};
use crate::settings::US_PER_DAY;

/// Row that stands for "no row".
pub(crate) const NO_ROW: u32 = u32::MAX;

/// Rows that name their lead, those of one id side by side, earliest hand-off first.
#[derive(Debug)]
pub(crate) struct LeadIndex<'a> {
    ids: &'a IdColumn,
    as_of: Option<&'a [i64]>,
    entries: Vec<Entry>,
}

/// One row and the hash of its id.
type Entry = (u64, u32);

/// When leads converted, and how that compares with hand-offs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversions<'a> {
    /// Moment per row, [`NO_TIME`] where there is none.
    pub at: &'a [i64],
    /// Conversions are days while hand-offs are moments: a conversion on the day of the hand-off came after it.
    pub are_days: bool,
}

impl Conversions<'_> {
    /// The moment of the conversion, as it compares with a hand-off at `as_of`.
    pub(crate) fn moment(&self, row: usize, as_of: i64) -> i64 {
        let at = self.at[row];
        if self.are_days && as_of != NO_TIME && at == as_of - as_of.rem_euclid(US_PER_DAY) { as_of } else { at }
    }
}

impl<'a> LeadIndex<'a> {
    /// Sorts the rows of the lead table that count, have an id and, where hand-offs have one, an as-of.
    pub(crate) fn new(ids: &'a IdColumn, as_of: Option<&'a [i64]>, counts: impl Fn(usize) -> bool + Sync) -> Self {
        let is_usable = |row: usize| ids.has(row) && as_of.is_none_or(|as_of| as_of[row] != NO_TIME) && counts(row);
        let entries = entries_of(ids, is_usable);
        let mut index = Self { ids, as_of, entries };
        let mut entries = std::mem::take(&mut index.entries);
        entries.par_sort_unstable_by(|a, b| index.compare(a, b));
        index.entries = entries;
        index
    }

    fn compare(&self, a: &Entry, b: &Entry) -> Ordering {
        let (row_a, row_b) = (a.1 as usize, b.1 as usize);
        let by_as_of = || self.as_of.map_or(Ordering::Equal, |as_of| as_of[row_a].cmp(&as_of[row_b]));
        compare_ids(self.ids, a, self.ids, b).then_with(by_as_of).then(a.1.cmp(&b.1))
    }

    /// Rows whose id and as-of an earlier row has already; without an as-of, whose id an earlier row has.
    pub(crate) fn duplicates(&self) -> Vec<u32> {
        let is_repeat = |pair: &[Entry]| {
            let (before, this) = (pair[0], pair[1]);
            compare_ids(self.ids, &before, self.ids, &this).is_eq()
                && self.as_of.is_none_or(|as_of| as_of[before.1 as usize] == as_of[this.1 as usize])
        };
        self.entries.windows(2).filter(|pair| is_repeat(pair)).map(|pair| pair[1].1).collect()
    }

    /// Gives every outcome to the hand-off it belongs to: the latest at or before the conversion; the first when none is; the
    /// latest of all when the outcome has no conversion time. Where several outcomes meet, a conversion wins over none and an
    /// earlier one over a later.
    pub(crate) fn assign(
        &self,
        outcome_ids: &IdColumn,
        conversions: Option<Conversions<'_>>,
        is_conversion: impl Fn(usize) -> bool + Sync,
    ) -> Assigned {
        let mut outcomes = entries_of(outcome_ids, |row| outcome_ids.has(row));
        let compare_outcomes = |a: &Entry, b: &Entry| compare_ids(outcome_ids, a, outcome_ids, b).then(a.1.cmp(&b.1));
        outcomes.par_sort_unstable_by(compare_outcomes);

        let time_of = |row: u32| conversions.map_or(NO_TIME, |conversions| conversions.at[row as usize]);
        // Lower is better: converted before not, then the earlier conversion, then the earlier row.
        let rank = |row: u32| {
            let time = time_of(row);
            (!is_conversion(row as usize), if time == NO_TIME { i64::MAX } else { time }, row)
        };
        let mut assigned = Assigned {
            outcome_of: vec![NO_ROW; self.ids.len()],
            n_without_lead: outcome_ids.len() - outcomes.len(),
            n_superseded: 0,
        };
        let mut start = 0;
        for outcome in outcomes {
            let row = outcome.1;
            let group = self.group_of(&outcome, outcome_ids, start);
            start = group.start;
            let Some(lead) = self.hand_off_of(group, conversions, row) else {
                assigned.n_without_lead += 1;
                continue;
            };
            let slot = &mut assigned.outcome_of[lead as usize];
            if *slot == NO_ROW {
                *slot = row;
            } else {
                assigned.n_superseded += 1;
                if rank(row) < rank(*slot) {
                    *slot = row;
                }
            }
        }
        assigned
    }

    /// Positions of the entries with the id of `outcome`; the search begins at `start`, as outcomes come in the same order.
    fn group_of(&self, outcome: &Entry, outcome_ids: &IdColumn, start: usize) -> Range<usize> {
        let against = |entry: &Entry| compare_ids(self.ids, entry, outcome_ids, outcome);
        let n_before = self.entries[start..].iter().take_while(|entry| against(entry).is_lt()).count();
        let first = start + n_before;
        let n_equal = self.entries[first..].iter().take_while(|entry| against(entry).is_eq()).count();
        first..first + n_equal
    }

    fn hand_off_of(&self, group: Range<usize>, conversions: Option<Conversions<'_>>, outcome: u32) -> Option<u32> {
        let group = &self.entries[group];
        let (Some(as_of), Some(conversions)) = (self.as_of, conversions) else {
            // Without times only the hand-off that counts for its id is left: the last, or the only one.
            return if self.as_of.is_some() { group.last() } else { group.first() }
                .map(|entry| self.first_of_its_time(group, entry.1));
        };
        if conversions.at[outcome as usize] == NO_TIME {
            return group.last().map(|entry| self.first_of_its_time(group, entry.1));
        }
        let is_before = |entry: &&Entry| {
            let as_of = as_of[entry.1 as usize];
            as_of <= conversions.moment(outcome as usize, as_of)
        };
        let entry = group.iter().rev().find(is_before).or_else(|| group.first())?;
        Some(self.first_of_its_time(group, entry.1))
    }

    /// Of hand-offs listed twice the first row is kept, so the outcome goes there.
    fn first_of_its_time(&self, group: &[Entry], row: u32) -> u32 {
        let same_time = |entry: &&Entry| self.as_of.is_none_or(|as_of| as_of[entry.1 as usize] == as_of[row as usize]);
        group.iter().find(same_time).map_or(row, |entry| entry.1)
    }
}

/// The outcome of every lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assigned {
    /// Row in the outcome table per row of the lead table, or [`NO_ROW`].
    pub outcome_of: Vec<u32>,
    /// Outcomes of ids that are no lead's.
    pub n_without_lead: usize,
    /// Outcomes left aside because the lead has a better one.
    pub n_superseded: usize,
}

fn entries_of(ids: &IdColumn, is_usable: impl Fn(usize) -> bool) -> Vec<Entry> {
    if !(0..ids.len()).any(&is_usable) {
        return Vec::new();
    }
    let entries = ids.hashes().into_iter().zip(0_u32..);
    entries.filter(|&(_, row)| is_usable(row as usize)).collect()
}

/// By hash; different ids with one hash are told apart by the ids themselves.
fn compare_ids(ids: &IdColumn, a: &Entry, others: &IdColumn, b: &Entry) -> Ordering {
    a.0.cmp(&b.0).then_with(|| ids.compare(a.1 as usize, others, b.1 as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(ids: &[i64]) -> IdColumn {
        IdColumn::Whole(ids.iter().map(|&id| (id != 0).then_some(id)).collect())
    }

    #[test]
    fn a_second_row_with_the_same_id_and_as_of_is_a_duplicate() {
        let ids = whole(&[7, 8, 7, 7, 0]);
        assert_eq!(LeadIndex::new(&ids, Some(&[5, 5, 5, 6, 5]), |_| true).duplicates(), [2]);
        let mut without_as_of = LeadIndex::new(&ids, None, |_| true).duplicates();
        without_as_of.sort_unstable();
        assert_eq!(without_as_of, [2, 3]);
    }

    #[test]
    fn an_outcome_belongs_to_the_latest_hand_off_before_it() {
        let ids = whole(&[7, 7, 7, 8]);
        let as_of = [10, 30, 20, 10];
        let index = LeadIndex::new(&ids, Some(&as_of), |_| true);
        let assign = |at: i64| {
            let conversions = Conversions { at: &[at], are_days: false };
            let assigned = index.assign(&whole(&[7]), Some(conversions), |_| at != NO_TIME);
            assigned.outcome_of.iter().position(|&row| row == 0)
        };
        assert_eq!(assign(25), Some(2));
        assert_eq!(assign(30), Some(1));
        assert_eq!(assign(5), Some(0), "before every hand-off: the first is the one to blame");
        assert_eq!(assign(NO_TIME), Some(1), "no conversion: the latest hand-off");
    }

    #[test]
    fn of_two_outcomes_the_conversion_wins_and_the_earlier_one() {
        let ids = whole(&[7]);
        let index = LeadIndex::new(&ids, Some(&[10]), |_| true);
        let at = [NO_TIME, 40, 30];
        let conversions = Conversions { at: &at, are_days: false };
        let assigned = index.assign(&whole(&[7, 7, 7]), Some(conversions), |row| at[row] != NO_TIME);
        assert_eq!(assigned, Assigned { outcome_of: vec![2], n_without_lead: 0, n_superseded: 2 });
    }

    #[test]
    fn outcomes_of_strangers_are_counted() {
        let ids = whole(&[7, 8]);
        let assigned = LeadIndex::new(&ids, None, |_| true).assign(&whole(&[9, 8, 0]), None, |_| true);
        assert_eq!(assigned, Assigned { outcome_of: vec![NO_ROW, 1], n_without_lead: 2, n_superseded: 0 });
    }

    #[test]
    fn a_conversion_on_the_day_of_the_hand_off_came_after_it() {
        let noon = US_PER_DAY / 2;
        let conversions = Conversions { at: &[0], are_days: true };
        assert_eq!(conversions.moment(0, noon), noon);
        assert_eq!(conversions.moment(0, noon + US_PER_DAY), 0);
        assert_eq!(Conversions { at: &[0], are_days: false }.moment(0, noon), 0);
    }
}
