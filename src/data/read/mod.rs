//! Leads: the only door through which data comes in, and the checks that decide what a column is.
//!
//! In: what the user typed, and the columns wanted. Out: a [`ReadTable`] whose bytes have been doubted before they were
//! decoded.
//!
//! Start at [`read_table`]: `find` lists the files, `footer` and `pages` doubt a Parquet file, `text` takes a text or a sheet apart,
//! `stream` gives the batches of one file (to be scored, or) to `decode`, which makes columns of them by `content`; `table_files`
//! puts the files together, `room` says what fits into memory, and `values` settles what texts mean. `pieces` gives a table that may be larger than memory, `rows` reads a few columns of a stream at once.
//!
//! Always true: calibrating and scoring come through the same readers, so they agree on rows and values.

mod arrow_file;
mod bytes;
mod content;
mod decode;
mod error;
mod find;
mod footer;
mod format;
mod guard;
mod in_memory;
mod options;
mod pages;
mod partition;
mod pieces;
mod room;
mod rows;
mod stream;
mod table_files;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod values;

pub use crate::card::missing_words::{is_missing_word, is_none_of_a_program};
pub use content::show_value;
pub use error::LeadError;
pub use options::ReadOptions;
pub use pieces::{Piece, PiecedTable, open_pieces};
pub use room::Room;
pub use stream::{LeadBatches, LeadStream, open_stream};
pub use table_files::{read_schema, read_table};
pub use values::Doubt;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::card::Reading;
use crate::data::table::Table;

/// Whether a file is one of those that a table can come in, by the ending of its name.
pub fn is_table(path: &Path) -> bool {
    format::Format::of_name(path).is_some()
}

/// What a column of the lead table turned out to be, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Verdict {
    /// The column.
    pub column: String,
    /// What it is.
    pub verdict: VerdictKind,
    /// Why, in a sentence with the figures that decided it.
    pub reason: String,
}

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// Becomes a criterion.
    Criterion,
    /// Has a role: outcome, as-of, source, fold, ...
    Role,
    /// Names the lead.
    Id,
    /// One value only.
    Constant,
    /// No value at all.
    AllMissing,
    /// The same values as an earlier column.
    Duplicate,
    /// Sentences rather than levels.
    FreeText,
    /// More levels than can be judged.
    TooManyLevels,
    /// Known only once the outcome is, by its figures.
    GivesTheOutcomeAway,
    /// Known only after the hand-off, by its name or by how it is filled in.
    KnownAfterwards,
    /// Names a person, a company or where they live.
    PersonalData,
    /// The key of something that a lead belongs to, or a running number.
    ForeignKey,
    /// Says who works the lead.
    Routing,
    /// Errors of a spreadsheet.
    ExcelErrors,
    /// Times after as-of.
    LaterThanAsOf,
    /// A type that cannot be a criterion (list, struct, bytes).
    Unsupported,
    /// Not wanted by the config.
    Ignored,
}

impl std::fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Criterion => "criterion",
            Self::Role => "role",
            Self::Id => "id",
            Self::Constant => "constant",
            Self::AllMissing => "all missing",
            Self::Duplicate => "duplicate",
            Self::FreeText => "free text",
            Self::TooManyLevels => "too many levels",
            Self::GivesTheOutcomeAway => "gives the outcome away",
            Self::KnownAfterwards => "known afterwards",
            Self::PersonalData => "personal data",
            Self::ForeignKey => "foreign key",
            Self::Routing => "routing",
            Self::ExcelErrors => "excel errors",
            Self::LaterThanAsOf => "later than as-of",
            Self::Unsupported => "unsupported",
            Self::Ignored => "ignored",
        })
    }
}

/// Proof, per criterion, that nothing after the as-of moment was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AsOfProof {
    /// The criterion.
    pub criterion: String,
    /// Largest (time used - as-of) over all leads, microseconds; at most 0. `None`: no timestamp, cannot be proved.
    pub latest_use_us: Option<i64>,
}

/// Fingerprint of one file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InputFile {
    /// Path as the user gave it.
    pub path: String,
    /// `leads`, `outcomes`, `events` or `champion`.
    pub table: String,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// Size of the file.
    pub n_bytes: u64,
    /// Rows in it.
    pub n_rows: u64,
}

/// The columns that are read of a table.
#[derive(Clone, Copy)]
pub enum Columns<'a> {
    /// All that can be used.
    All,
    /// Of all that can be used those with such a name, in the order of the table. Whoever misses one says so.
    Where(&'a dyn Fn(&str) -> bool),
}

/// A table as read: its rows, where they came from, and what happened on the way.
#[derive(Debug, Clone)]
pub struct ReadTable {
    /// The rows, only the columns asked for.
    pub table: Table,
    /// The files behind it, in reading order.
    pub files: Vec<InputFile>,
    /// How many of the rows of the files these are, where they were drawn at random.
    pub drawn: Option<DrawnRows>,
    /// What a careful person would mention.
    pub notes: Vec<crate::notes::Note>,
    /// Verdicts on the columns that are in the files and of no use.
    pub unsupported: Vec<Verdict>,
    /// The rules by which texts of columns are numbers or moments, where a reader needs one.
    pub readings: BTreeMap<String, Reading>,
    /// What nobody but the user can decide.
    pub doubts: Vec<Doubt>,
}

/// Rows drawn at random from a table that does not fit into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DrawnRows {
    /// Rows that were drawn.
    pub n_drawn: usize,
    /// Rows of the table.
    pub n_rows: usize,
}

impl DrawnRows {
    /// Rows of the table that one drawn stands for.
    pub fn rows_behind(self) -> f64 {
        self.n_rows as f64 / self.n_drawn.max(1) as f64
    }
}

/// A column of a table whose rows have not been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaColumn {
    /// Its name.
    pub name: String,
    /// What it holds, in words.
    pub data_type: String,
    /// Whether it can be read at all.
    pub is_usable: bool,
}
