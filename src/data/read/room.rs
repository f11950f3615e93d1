//! Room: whether a table of leads fits into memory, and which of its rows are drawn where it does not.
//!
//! In: how large a table is, before a row of it is read. Out: nothing where it fits; a [`Draw`] where the user says how much memory
//! there is; else an error that says what helps.
//!
//! Always true: which rows are drawn follows from the table, the limit that the user gave and the seed, never from what a machine
//! happens to have free.

use arrow_buffer::BooleanBuffer;
use sysinfo::{MemoryRefreshKind, System};

use super::LeadError;
use super::bytes::in_words;
use crate::data::labels::keys::mix;
use crate::notes::count;

/// What a run takes beside its leads: program, page, what is fitted on samples.
const BYTES_OF_RUN: u64 = 160 << 20;

/// What a lead takes beside its columns: id, key, moment, outcome, fold, scores.
const BYTES_OF_LEAD: u64 = 160;

/// What a value of a lead takes in cells and codes.
const BYTES_OF_VALUE: u64 = 4;

/// What a value of a text file takes while the file is read, beside its letters.
const BYTES_OF_CELL: u64 = 8;

/// What a byte of a text file may come to: unpacked, and in a calibration.
const TIMES_UNPACKED: u64 = 40;

/// Fewer leads than that are not worth a draw: the limit is a mistake.
const FEWEST_DRAWN: u64 = 10_000;

/// How much memory a calibration may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What the user allows; `None` for what the machine has free.
    pub max_bytes: Option<u64>,
    /// Start of the draw.
    pub seed: u64,
}

/// How large a table is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TableSize {
    pub n_rows: u64,
    /// Those that are read.
    pub n_columns: u64,
    /// Bytes that its columns take as they are read, all of them before the first is a criterion.
    pub n_read_bytes: u64,
}

impl TableSize {
    /// A table of text files, whose cells are all in memory before it is known what they mean.
    pub(super) fn of_text(n_rows: u64, n_columns: u64, n_bytes: u64) -> Self {
        let n_cells = n_rows.saturating_mul(n_columns);
        Self { n_rows, n_columns, n_read_bytes: n_bytes.saturating_add(n_cells.saturating_mul(BYTES_OF_CELL)) }
    }

    /// Bytes that a calibration on it takes. Measured with 10 and 22 columns of one, four and ten million leads, of which it is a tenth
    /// more than the most: 386 MiB (22 columns, a million), 1,029 and 866 MiB (22 and 10, four million), 2.2 GiB (22, ten million).
    fn n_bytes(self) -> u64 {
        BYTES_OF_RUN.saturating_add(self.n_rows.saturating_mul(self.n_bytes_of_row()))
    }

    fn n_bytes_of_row(self) -> u64 {
        let read = self.n_read_bytes / self.n_rows.max(1);
        // A quarter for what becomes of a column while the others wait.
        (BYTES_OF_LEAD + self.n_columns * BYTES_OF_VALUE).max(read + read / 4)
    }
}

/// Rows drawn at random by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Draw {
    /// A row is drawn where its number, mixed, is below it.
    below: u64,
    seed: u64,
}

impl Room {
    /// Whether text files of so many bytes fit, packed or not, without a look at their rows.
    pub(super) fn surely_holds_text(self, n_bytes: u64) -> bool {
        n_bytes.saturating_mul(TIMES_UNPACKED)
            <= self.max_bytes.unwrap_or_else(free_memory).saturating_sub(BYTES_OF_RUN)
    }

    /// Which rows of a table of leads are read; `None` for all.
    ///
    /// # Errors
    /// [`LeadError`]: more than is free, and nobody said what may be taken; or so little that no card can be made.
    pub(super) fn draw(self, shown: &str, size: TableSize) -> Result<Option<Draw>, LeadError> {
        let free = self.max_bytes.unwrap_or_else(free_memory);
        let needed = size.n_bytes();
        if needed <= free {
            return Ok(None);
        }
        let (rows, n_fit) = (count(size.n_rows), free.saturating_sub(BYTES_OF_RUN) / size.n_bytes_of_row());
        let (needed, said) = (in_words(needed.into()), in_words(free.into()));
        let takes = format!("a calibration on the {rows} leads of {shown} takes about {needed} of memory");
        match self.max_bytes {
            Some(_) if n_fit >= FEWEST_DRAWN => Ok(Some(Draw::share(n_fit as f64 / size.n_rows as f64, self.seed))),
            Some(_) => Err(LeadError::new(format!(
                "{takes}, and within {said} there is room for {} of them\nhint: allow more with --max-memory (leads.max_memory)",
                count(n_fit)
            ))),
            None => Err(LeadError::new(format!(
                "{takes}, and {said} are free\nhint: --max-memory {} (leads.max_memory) draws as many leads at random as fit; or read \
                 fewer columns with --ignore, or fewer files",
                as_typed(free)
            ))),
        }
    }
}

impl Draw {
    fn share(share: f64, seed: u64) -> Self {
        Self { below: (share * u64::MAX as f64) as u64, seed: mix(seed) }
    }

    /// Whether a row is drawn.
    pub(super) fn has(self, row: usize) -> bool {
        mix(self.seed ^ row as u64) < self.below
    }

    /// Which of so many rows are drawn.
    ///
    /// - `n_before`: rows of the table before them.
    pub(super) fn of_rows(self, n_before: usize, n_rows: usize) -> BooleanBuffer {
        BooleanBuffer::collect_bool(n_rows, |row| self.has(n_before + row))
    }
}

/// Memory of this machine, or of the container the program runs in.
pub(super) fn all_memory() -> u64 {
    memory().0
}

fn free_memory() -> u64 {
    memory().1
}

/// All there is and what is free of it, bytes; a machine that does not say has as much as anybody asks for.
fn memory() -> (u64, u64) {
    let Ok(mut system) = System::new() else { return (u64::MAX, u64::MAX) };
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let (all, free) = (system.total_memory(), system.available_memory());
    if all == 0 {
        return (u64::MAX, u64::MAX);
    }
    // What a container holds of files it gives back when asked, so only what programs hold is taken.
    match system.cgroup_limits() {
        Some(limits) => (all.min(limits.total_memory), free.min(limits.total_memory.saturating_sub(limits.rss))),
        None => (all, free),
    }
}

/// Bytes as `--max-memory` takes them, rounded down.
fn as_typed(n_bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    if n_bytes >= GIB { format!("{}GiB", n_bytes / GIB) } else { format!("{}MiB", (n_bytes >> 20).max(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: TableSize = TableSize { n_rows: 100_000_000, n_columns: 22, n_read_bytes: 14_000_000_000 };

    fn room(max_bytes: Option<u64>) -> Room {
        Room { max_bytes, seed: 7 }
    }

    #[test]
    fn what_fits_is_read_whole() {
        let small = TableSize { n_rows: 100_000, n_read_bytes: 14_000_000, ..LARGE };
        assert_eq!(room(Some(1 << 30)).draw("leads.parquet", small), Ok(None));
        assert_eq!(room(Some(1 << 50)).draw("leads.parquet", LARGE), Ok(None));
    }

    #[test]
    fn what_is_drawn_fits_and_uses_the_room() {
        let limit = 4 << 30;
        let draw = room(Some(limit)).draw("leads.parquet", LARGE).expect("drawn").expect("too large");
        let n_of_a_million = draw.of_rows(5_000_000, 1_000_000).count_set_bits() as u64;
        let n_rows = n_of_a_million * 100;
        let drawn = TableSize { n_rows, n_read_bytes: 140 * n_rows, ..LARGE };
        assert!(drawn.n_bytes() < limit + limit / 100, "{drawn:?}");
        assert!(drawn.n_bytes() > limit - limit / 50, "{drawn:?}");
    }

    #[test]
    fn the_same_limit_and_seed_draw_the_same_rows() {
        let rows = |max_bytes, seed| {
            let room = Room { max_bytes: Some(max_bytes), seed };
            room.draw("leads.parquet", LARGE).expect("drawn").expect("too large").of_rows(0, 10_000)
        };
        assert_eq!(rows(1 << 32, 7), rows(1 << 32, 7));
        assert_ne!(rows(1 << 32, 7), rows(1 << 32, 8));
        let (few, many) = (rows(1 << 32, 7), rows(1 << 33, 7));
        assert!((0..10_000).all(|row| !few.value(row) || many.value(row)), "a larger limit adds rows");
    }

    #[test]
    fn rows_are_drawn_alike_whatever_the_piece() {
        let draw = Draw::share(0.3, 1);
        let whole = draw.of_rows(0, 1000);
        assert_eq!(whole.slice(600, 400), draw.of_rows(600, 400));
        assert!((0..1000).all(|row| whole.value(row) == draw.has(row)));
    }

    #[test]
    fn who_said_nothing_is_asked() {
        let endless = TableSize { n_rows: u64::MAX / 1000, ..LARGE };
        let error = room(None).draw("leads.parquet", endless).expect_err("too large").to_string();
        assert!(error.contains("leads of leads.parquet takes about"), "{error}");
        assert!(error.contains("hint: --max-memory "), "{error}");
    }

    #[test]
    fn a_limit_for_nothing_is_refused() {
        let error = room(Some(1 << 20)).draw("leads.parquet", LARGE).expect_err("too little").to_string();
        assert!(error.contains("within 1.0 MiB there is room for 0 of them"), "{error}");
    }
}
