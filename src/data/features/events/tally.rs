//! Tally: what has been counted for every hand-off, one event after the other.
//!
//! In: events, each with the hand-offs of its id. Out: a row of cells per hand-off, from which every measure of it follows.
//!
//! The hand-offs of one id are in order of their as-of, so those that count an event are side by side: the first that it comes
//! before, up to the last whose window still reaches back to it. What is counted is added at the first of them and taken off behind
//! the last; a running sum over the hand-offs of the id then has the figure of each, however many they are.
//!
//! A day is active for a hand-off if an event of it counts. Of a day that lies within the window from midnight to midnight any event
//! does: such days are bits, at the first hand-off after the day. Events on the day of the hand-off, and on the day on which the
//! window begins, are counted by themselves.
//!
//! Always true: all of it is addition of whole numbers, the largest of times and bits that are set, so that the order of the events
//! decides nothing.

use std::ops::Range;

use super::hand_offs::Places;
use super::sums::SumColumn;
use crate::card::{Measure, normalise_text};
use crate::data::columns::NO_TIME;
use crate::settings::{EventRule, US_PER_DAY};

/// Days that have a bit of their own, counted back from the hand-off; older ones are kept in a list. Three years in 128 bytes.
const MAX_DAY_WORDS: usize = 16;

/// Cells that memory gives at once: a line of 64 bytes.
const CELLS_OF_A_LINE: usize = 8;

/// Which cells of a hand-off hold what.
#[derive(Debug)]
pub(super) struct Layout {
    n_cells: usize,
    /// One per kind that somebody counts, and one for all events.
    pub filters: Vec<Filter>,
    /// Lists of old active days.
    n_lists: usize,
}

/// What is counted of the events of one kind.
#[derive(Debug)]
pub(super) struct Filter {
    /// The kind; all events without one.
    pub kind: Option<String>,
    /// Cell of the latest event before the hand-off.
    last: usize,
    counted: Vec<Counted>,
}

#[derive(Debug)]
struct Counted {
    within_us: Option<i64>,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// In one cell.
    Events { cell: usize },
    /// In two cells, the lower half first.
    Amounts { cell: usize, column: usize },
    /// In the first cell events on the day of the hand-off, and on that on which the window begins; the others are bits.
    Days { cell: usize, n_words: usize, list: usize },
}

/// Where the figures of a rule are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    filter: usize,
    what: Option<What>,
    within_us: Option<i64>,
}

impl Layout {
    /// The layout for these rules, and where the figures of each are.
    ///
    /// - `sums`: all columns that they add up.
    pub(super) fn new(rules: &[EventRule], sums: &[SumColumn]) -> (Self, Vec<Found>) {
        let mut layout = Self { n_cells: 1, filters: Vec::new(), n_lists: 0 };
        // What is asked of all events stands together in front: it is what most events are added to.
        let mut in_order: Vec<usize> = (0..rules.len()).collect();
        in_order.sort_by_key(|&rule| &rules[rule].kind);
        let mut found: Vec<(usize, Found)> =
            in_order.into_iter().map(|rule| (rule, layout.add(&rules[rule], sums))).collect();
        found.sort_unstable_by_key(|(rule, _)| *rule);
        // No more lines than needed, and none that belongs to two hand-offs.
        layout.n_cells = layout.n_cells.next_power_of_two().min(layout.n_cells.next_multiple_of(CELLS_OF_A_LINE));
        (layout, found.into_iter().map(|(_, found)| found).collect())
    }

    fn add(&mut self, rule: &EventRule, sums: &[SumColumn]) -> Found {
        let kind = rule.kind.as_deref().map(|kind| normalise_text(kind).into_owned());
        let filter = self.filters.iter().position(|filter| filter.kind == kind).unwrap_or_else(|| {
            let last = self.cells(1);
            self.filters.push(Filter { kind, last, counted: Vec::new() });
            self.filters.len() - 1
        });
        let what = match &rule.measure {
            Measure::DaysSinceLast => None,
            Measure::Count => Some(What::Events { cell: self.cells(1) }),
            Measure::Sum { column } => {
                let column = sums.iter().position(|sum| sum.name == *column).unwrap_or_default();
                Some(What::Amounts { cell: self.cells(2), column })
            }
            Measure::ActiveDays => {
                let n_days = rule.within_us.map_or(usize::MAX, |within| (within / US_PER_DAY) as usize);
                let n_words = n_days.div_ceil(64).min(MAX_DAY_WORDS);
                self.n_lists += 1;
                Some(What::Days { cell: self.cells(1 + n_words), n_words, list: self.n_lists - 1 })
            }
        };
        let within_us = rule.within_us;
        self.filters[filter].counted.extend(what.map(|what| Counted { within_us, what }));
        Found { filter, what, within_us }
    }

    /// So many cells more; gives the first.
    fn cells(&mut self, n: usize) -> usize {
        self.n_cells += n;
        self.n_cells - n
    }
}

/// Hand-offs side by side, all of an id among them, and what has been counted for them.
#[derive(Debug)]
pub(super) struct Tally {
    first_place: usize,
    cells: Vec<u64>,
    /// The first that is used: it begins a line of memory.
    first_cell: usize,
    old_days: Vec<OldDays>,
}

/// An event that comes before one of the hand-offs of its id.
pub(super) struct Event<'a> {
    pub time: i64,
    /// Amount by column that is added up; a missing one adds nothing.
    pub amount: &'a dyn Fn(usize) -> i64,
}

impl Tally {
    fn new(layout: &Layout, places: &Places, range: Range<usize>) -> Self {
        let mut cells = vec![0; range.len() * layout.n_cells + CELLS_OF_A_LINE];
        let first_cell = cells.as_ptr().align_offset(CELLS_OF_A_LINE * size_of::<u64>()).min(CELLS_OF_A_LINE);
        let rows = cells[first_cell..].chunks_exact_mut(layout.n_cells);
        rows.zip(&places.as_of[range.clone()]).for_each(|(cells, &as_of)| cells[0] = ordered(as_of));
        Self { first_place: range.start, cells, first_cell, old_days: vec![OldDays::default(); layout.n_lists] }
    }

    /// The first hand-off, among those of an id, that an event comes before; as many as there are where it comes after all.
    pub(super) fn first_after(&self, layout: &Layout, places: &Range<usize>, time: i64) -> usize {
        let cells = &self.cells[self.cells_of(layout, places)];
        first_from(cells, layout.n_cells, time)
    }

    fn cells_of(&self, layout: &Layout, places: &Range<usize>) -> Range<usize> {
        let first = self.first_cell + (places.start - self.first_place) * layout.n_cells;
        first..first + places.len() * layout.n_cells
    }

    /// Counts an event under the filters given, for all hand-offs of its id from `start` on, the first that it comes before.
    pub(super) fn add<'f>(
        &mut self,
        layout: &Layout,
        places: &Range<usize>,
        start: usize,
        event: &Event<'_>,
        filters: impl Iterator<Item = &'f Filter>,
    ) {
        let first = places.start - self.first_place;
        let cells = self.cells_of(layout, places);
        let mut own = HandOffsOfId { cells: &mut self.cells[cells], n_cells: layout.n_cells };
        for filter in filters {
            let last = own.cell(start, filter.last);
            *last = (*last).max(ordered(event.time));
            for Counted { within_us, what } in &filter.counted {
                let end = within_us.map_or(places.len(), |within| own.first_from(event.time.saturating_add(within)));
                if start >= end {
                    continue;
                }
                match *what {
                    What::Events { cell } => own.add(start..end, cell, 1),
                    What::Amounts { cell, column } => own.add_wide(start..end, cell, (event.amount)(column)),
                    What::Days { cell, n_words, list } => {
                        if let Some((owner, day)) = own.add_day(start..end, cell, n_words, event.time, *within_us) {
                            self.old_days[list].add((first + owner) as u32, day);
                        }
                    }
                }
            }
        }
    }
}

/// The cells of all hand-offs of an id.
struct HandOffsOfId<'a> {
    cells: &'a mut [u64],
    n_cells: usize,
}

impl HandOffsOfId<'_> {
    fn len(&self) -> usize {
        self.cells.len() / self.n_cells
    }

    fn cell(&mut self, hand_off: usize, cell: usize) -> &mut u64 {
        &mut self.cells[hand_off * self.n_cells + cell]
    }

    fn first_from(&self, time: i64) -> usize {
        first_from(self.cells, self.n_cells, time)
    }

    fn add(&mut self, counted_by: Range<usize>, cell: usize, n: u64) {
        let start = self.cell(counted_by.start, cell);
        *start = start.wrapping_add(n);
        if counted_by.end < self.len() {
            let end = self.cell(counted_by.end, cell);
            *end = end.wrapping_sub(n);
        }
    }

    fn add_wide(&mut self, counted_by: Range<usize>, cell: usize, amount: i64) {
        let n_hand_offs = self.len();
        let mut add = |hand_off: usize, amount: i128| {
            let at = hand_off * self.n_cells + cell;
            let sum = wide(self.cells[at], self.cells[at + 1]).wrapping_add(amount);
            (self.cells[at], self.cells[at + 1]) = (sum as u64, (sum >> 64) as u64);
        };
        add(counted_by.start, i128::from(amount));
        if counted_by.end < n_hand_offs {
            add(counted_by.end, -i128::from(amount));
        }
    }

    /// Marks the day of an event; a day without a bit is given back, with the hand-off it belongs to.
    fn add_day(
        &mut self,
        counted_by: Range<usize>,
        cell: usize,
        n_words: usize,
        time: i64,
        within_us: Option<i64>,
    ) -> Option<(usize, i32)> {
        let day = time.div_euclid(US_PER_DAY);
        let (midnight, next_midnight) = (day * US_PER_DAY, (day + 1) * US_PER_DAY);
        let same_day_end = self.first_from(next_midnight).min(counted_by.end);
        if counted_by.start < same_day_end {
            self.add(counted_by.start..same_day_end, cell, 1);
        }
        // Hand-offs whose window begins on this very day.
        let reaching = within_us.map_or(counted_by.end, |within| {
            self.first_from(midnight.saturating_add(within)).clamp(same_day_end, counted_by.end)
        });
        if reaching < counted_by.end {
            self.add(reaching..counted_by.end, cell, WINDOW_BEGINS);
        }
        if same_day_end == reaching {
            return None;
        }
        let owner = same_day_end;
        let n_days_back = day_of(*self.cell(owner, 0)) - day;
        let bit = (n_days_back - 1) as usize;
        if bit < 64 * n_words {
            *self.cell(owner, cell + 1 + bit / 64) |= 1 << (bit % 64);
            return None;
        }
        Some((owner, day as i32))
    }
}

/// The first of the hand-offs in these cells that is at or after a moment.
fn first_from(cells: &[u64], n_cells: usize, time: i64) -> usize {
    let wanted = ordered(time);
    let (mut low, mut high) = (0, cells.len() / n_cells);
    while low < high {
        let middle = (low + high) / 2;
        if cells[middle * n_cells] < wanted { low = middle + 1 } else { high = middle }
    }
    low
}

/// One event on the day on which a window begins; those on the day of the hand-off are counted in the lower half.
const WINDOW_BEGINS: u64 = 1 << 32;

/// A time in the order of unsigned numbers; 0 is [`NO_TIME`].
fn ordered(time: i64) -> u64 {
    time.wrapping_sub(NO_TIME) as u64
}

fn time_of(ordered: u64) -> i64 {
    (ordered as i64).wrapping_add(NO_TIME)
}

fn day_of(ordered: u64) -> i64 {
    time_of(ordered).div_euclid(US_PER_DAY)
}

fn wide(low: u64, high: u64) -> i128 {
    (i128::from(high as i64) << 64) | i128::from(low)
}

/// Active days beyond those that have bits: hand-off in the upper half, day in the lower.
#[derive(Debug, Clone, Default)]
struct OldDays {
    days: Vec<u64>,
    /// Length from which on those that are there twice are dropped.
    n_most: usize,
}

impl OldDays {
    fn add(&mut self, hand_off: u32, day: i32) {
        if self.days.len() >= self.n_most {
            self.settle();
            self.n_most = (2 * self.days.len()).max(1024);
        }
        self.days.push(u64::from(hand_off) << 32 | u64::from(day.cast_unsigned() ^ (1 << 31)));
    }

    fn settle(&mut self) {
        self.days.sort_unstable();
        self.days.dedup();
    }

    /// Days of a hand-off, earliest first; once they are settled.
    fn of(&self, hand_off: usize) -> impl Iterator<Item = i64> + '_ {
        let start = self.days.partition_point(|&day| (day >> 32) < hand_off as u64);
        let own = self.days[start..].iter().take_while(move |&&day| day >> 32 == hand_off as u64);
        own.map(|&day| i64::from((day as u32 ^ (1 << 31)).cast_signed()))
    }
}

/// What a rule came to for one hand-off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    /// The latest event that counts.
    pub last: Option<i64>,
    pub amount: Amount,
}

/// The figure itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Amount {
    /// What is asked for is when the last event was.
    Nothing,
    Events(u64),
    Sum(i128),
    Days(u64),
}

/// Everything counted, for all hand-offs.
#[derive(Debug)]
pub(super) struct Tallies {
    stretches: Vec<Tally>,
    places: Places,
}

/// Stretches at most, but for one: enough that threads seldom wait for each other, few enough that a piece has events for each.
const N_STRETCHES: usize = 64;

impl Tallies {
    /// Tallies of stretches of hand-offs; those of an id are in the stretch of its first place.
    pub(super) fn of_stretches(layout: &Layout, places: &Places) -> Vec<Tally> {
        let n_stretches = Self::stretch_of(places.n(), places.n()) + 1;
        // A stretch begins with the first id whose places do.
        let mut start_of = vec![places.n(); n_stretches + 1];
        for &start in places.starts.iter().rev() {
            start_of[Self::stretch_of(places.n(), start as usize)] = start as usize;
        }
        (0..n_stretches).rev().for_each(|at| start_of[at] = start_of[at].min(start_of[at + 1]));
        start_of.windows(2).map(|ends| Tally::new(layout, places, ends[0]..ends[1])).collect()
    }

    /// In which stretch an id is, by its first place.
    pub(super) fn stretch_of(n_places: usize, first_place: usize) -> usize {
        first_place >> (n_places / N_STRETCHES).next_power_of_two().ilog2()
    }

    pub(super) fn new(mut stretches: Vec<Tally>, places: Places) -> Self {
        stretches.iter_mut().for_each(Tally::settle);
        Self { stretches, places }
    }

    /// Gives the figures of a rule to `take`, with lead and as-of, for every hand-off.
    pub(super) fn figures(&self, layout: &Layout, found: &Found, mut take: impl FnMut(u32, i64, Figure)) {
        for ends in self.places.starts.windows(2) {
            let places = ends[0] as usize..ends[1] as usize;
            let tally = &self.stretches[Self::stretch_of(self.places.n(), places.start)];
            tally.figures(layout, places, found, |place, as_of, figure| {
                take(self.places.lead[place], as_of, figure);
            });
        }
    }
}

impl Tally {
    /// Drops what is there twice; afterwards figures can be had.
    fn settle(&mut self) {
        self.old_days.iter_mut().for_each(|days| {
            days.settle();
            days.days.shrink_to_fit();
        });
    }

    /// Gives the figures of every hand-off of an id to `take`, with its place and as-of.
    fn figures(&self, layout: &Layout, places: Range<usize>, found: &Found, mut take: impl FnMut(usize, i64, Figure)) {
        let first = places.start - self.first_place;
        let cells = &self.cells[self.cells_of(layout, &places)];
        let row = |at: usize| &cells[at * layout.n_cells..(at + 1) * layout.n_cells];
        let last_cell = layout.filters[found.filter].last;
        let (mut last, mut n_events, mut sum) = (0, 0_u64, 0_i128);
        let mut days = ActiveDays::default();
        for at in 0..places.len() {
            let cells = row(at);
            let as_of = time_of(cells[0]);
            let from = found.within_us.map_or(NO_TIME, |within| as_of.saturating_sub(within));
            last = cells[last_cell].max(last);
            let amount = match found.what {
                None => Amount::Nothing,
                Some(What::Events { cell }) => {
                    n_events = n_events.wrapping_add(cells[cell]);
                    Amount::Events(n_events)
                }
                Some(What::Amounts { cell, .. }) => {
                    sum = sum.wrapping_add(wide(cells[cell], cells[cell + 1]));
                    Amount::Sum(sum)
                }
                Some(What::Days { cell, n_words, list }) => {
                    let days_of = |at: usize| DaysOfHandOff {
                        day: day_of(row(at)[0]),
                        bits: &row(at)[cell + 1..cell + 1 + n_words],
                        old: &self.old_days[list],
                        hand_off: first + at,
                    };
                    let from_day = found.within_us.map(|_| from.div_euclid(US_PER_DAY));
                    Amount::Days(days.of_next(cells[cell], at, from_day, days_of))
                }
            };
            let last = Some(time_of(last)).filter(|&last| last > from);
            take(places.start + at, as_of, Figure { last, amount });
        }
    }
}

/// Whole days with events that belong to one hand-off: those before its day and not before that of an earlier one.
struct DaysOfHandOff<'a> {
    day: i64,
    bits: &'a [u64],
    old: &'a OldDays,
    hand_off: usize,
}

impl DaysOfHandOff<'_> {
    fn n_days(&self) -> u64 {
        let n_recent: u32 = self.bits.iter().map(|word| word.count_ones()).sum();
        u64::from(n_recent) + self.old.of(self.hand_off).count() as u64
    }

    /// Those up to a day.
    fn n_up_to(&self, day: i64) -> u64 {
        let first = usize::try_from(self.day - day - 1).unwrap_or(0);
        let recent = self.bits.iter().enumerate().map(|(at, &word)| match first.saturating_sub(64 * at) {
            n_after if n_after >= 64 => 0,
            n_after => (word >> n_after).count_ones(),
        });
        u64::from(recent.sum::<u32>()) + self.old.of(self.hand_off).take_while(|&old| old <= day).count() as u64
    }
}

/// Active days while the hand-offs of an id are gone through.
#[derive(Debug, Default)]
struct ActiveDays {
    /// Events on the day of the hand-off in the lower half, on that on which its window begins in the upper.
    at_ends: u64,
    /// Whole days of the hand-offs so far.
    n_days: u64,
    /// The first hand-off after the day on which the window begins, and the whole days of those before it.
    after_begin: usize,
    n_before: u64,
}

impl ActiveDays {
    /// - `from_day`: on which the window begins.
    fn of_next<'a>(
        &mut self,
        at_ends: u64,
        at: usize,
        from_day: Option<i64>,
        days_of: impl Fn(usize) -> DaysOfHandOff<'a>,
    ) -> u64 {
        self.at_ends = self.at_ends.wrapping_add(at_ends);
        let own = days_of(at);
        self.n_days += own.n_days();
        let n_at_ends = u64::from(self.at_ends as u32 != 0) + u64::from(self.at_ends >> 32 != 0);
        let Some(from_day) = from_day else { return self.n_days + n_at_ends };
        if own.day <= from_day {
            return n_at_ends;
        }
        while days_of(self.after_begin).day <= from_day {
            self.n_before += days_of(self.after_begin).n_days();
            self.after_begin += 1;
        }
        self.n_days - self.n_before - days_of(self.after_begin).n_up_to(from_day) + n_at_ends
    }
}
