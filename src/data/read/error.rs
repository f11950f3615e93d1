//! Why a table could not be read, in words for the person who has to mend it.

use std::path::Path;

use crate::nearest::nearest;

/// Why a table could not be read. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum LeadError {
    /// No such file or folder.
    #[error("there is no file or folder {spec}{}", hint_nearest(nearest))]
    NotThere {
        /// What was asked for.
        spec: String,
        /// Names beside it that look like it.
        nearest: Vec<String>,
    },
    /// A folder or glob without a single table.
    #[error(
        "no table in {spec}: looked for files that end in {looked_for}{}\nhint: give the file itself, or a folder or \
         glob that holds such files",
        others(*n_others)
    )]
    NothingFound {
        /// What was asked for.
        spec: String,
        /// The endings.
        looked_for: String,
        /// Files with other endings.
        n_others: usize,
    },
    /// A glob that is none.
    #[error("{spec} is not a pattern for files: {message}")]
    BadPattern {
        /// What was asked for.
        spec: String,
        /// What is wrong with it.
        message: String,
    },
    /// Parquet and CSV side by side.
    #[error("{spec} mixes {first} and {other}\nhint: give one kind, for example {spec}/*.{ending}")]
    MixedFormats {
        /// What was asked for.
        spec: String,
        /// Kind and path of the first file.
        first: String,
        /// Kind and path of the file that differs.
        other: String,
        /// Ending of the first kind.
        ending: &'static str,
    },
    /// The bytes are not what the name says.
    #[error("{path} is not {wanted}: {seen}")]
    WrongFormat {
        /// The file.
        path: String,
        /// What its name promises.
        wanted: &'static str,
        /// What it looks like instead, and what to do.
        seen: String,
    },
    /// 0 bytes.
    #[error("{path} is empty: 0 bytes\nhint: the export that made it may have failed; run it again")]
    NoBytes {
        /// The file.
        path: String,
    },
    /// A table without rows.
    #[error("{spec} has columns but not a single row\nhint: look at the filter of the export that made it")]
    NoRows {
        /// What was asked for.
        spec: String,
    },
    /// Bytes that cannot be what was once written.
    #[error("{path} is damaged: {what}\nhint: copy or export it again; nothing of it was used")]
    Damaged {
        /// The file.
        path: String,
        /// What was seen.
        what: String,
    },
    /// A decoder that gives up on bytes that passed every check.
    #[error(
        "{path} cannot be decoded: {what}\nhint: it is damaged, or written in a way this version does not know; copy or export \
         it again"
    )]
    Undecodable {
        /// The file.
        path: String,
        /// What the decoder said.
        what: String,
    },
    /// A CSV record with more fields than the header.
    #[error(
        "line {line} of {path} has {n_fields} fields, and the header has {n_columns}\nhint: a field that holds the separator \
         needs quotes around it"
    )]
    RaggedLine {
        /// The file.
        path: String,
        /// Line on which the record begins, from 1.
        line: usize,
        /// Fields of the record.
        n_fields: usize,
        /// Fields of the header.
        n_columns: usize,
    },
    /// Nothing but lists, bytes, ...
    #[error("no column of {path} can be used: {types}\nhint: criteria are text, numbers, dates or yes and no")]
    NoUsableColumn {
        /// The file.
        path: String,
        /// What its columns hold.
        types: String,
    },
    /// Larger than this machine can hold.
    #[error(
        "{path} says it unpacks to {claimed}, and this machine has {limit} of memory\nhint: if that is right, read fewer \
         columns or fewer files; if it cannot be right, the file is damaged"
    )]
    TooLarge {
        /// The file.
        path: String,
        /// What it claims to hold.
        claimed: String,
        /// What is there.
        limit: String,
    },
    /// Encrypted Parquet.
    #[error("{path} is encrypted; Bantam reads plain Parquet\nhint: export it without encryption")]
    Encrypted {
        /// The file.
        path: String,
    },
    /// A file of a folder whose column is of another type.
    #[error("column {column:?} holds {here} and {there}\nhint: all files of a table need the same columns")]
    TypesDiffer {
        /// The column.
        column: String,
        /// Type and path of the first file.
        here: String,
        /// Type and path of the file that differs.
        there: String,
    },
    /// A file of a folder that lacks a column, or has one more.
    #[error("column {column:?} is in {with} and not in {without}\nhint: all files of a table need the same columns")]
    ColumnsDiffer {
        /// The column.
        column: String,
        /// A file that has it.
        with: String,
        /// A file that lacks it.
        without: String,
    },
    /// Files in `key=value` folders that do not share their keys.
    #[error(
        "{first} lies in {first_keys} and {other} in {other_keys}\nhint: all files need the same key=value folders above them"
    )]
    PartitionsDiffer {
        /// The first file.
        first: String,
        /// Its keys.
        first_keys: String,
        /// The file that differs.
        other: String,
        /// Its keys.
        other_keys: String,
    },
    /// Two columns of one name.
    #[error("{path} has {n} columns named {column:?}\nhint: rename them; Bantam could not tell which one is meant")]
    DuplicateColumn {
        /// The file.
        path: String,
        /// The name.
        column: String,
        /// How many.
        n: usize,
    },
    /// A column that was asked for is not there.
    #[error("{path} has no column {column:?}, which the {table} table needs\nhint: {hint}")]
    NoSuchColumn {
        /// The file.
        path: String,
        /// `leads`, `outcomes` or `events`.
        table: String,
        /// The name that was asked for.
        column: String,
        /// Names like it, or the columns there are.
        hint: String,
    },
    /// A column that was asked for cannot be read.
    #[error(
        "column {column:?} of {path} holds {type_name}, which cannot be used\nhint: write it as text, a number, a date or yes and no"
    )]
    UnsupportedColumn {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// Its type.
        type_name: String,
    },
    /// No flag has the name of an outcome.
    #[error(
        "which column says who converted is not clear from its name\nhint: give it with --converted{}",
        flags(candidates)
    )]
    OutcomeUnknown {
        /// Columns with yes and no.
        candidates: Vec<String>,
    },
    /// A field of a CSV file that is not what its column holds.
    #[error("{path}, row {row}: column {column:?} holds {text:?}, which is not {wanted}")]
    BadValue {
        /// The file.
        path: String,
        /// Row, from 1; the header does not count.
        row: u64,
        /// The column.
        column: String,
        /// What it holds, shortened.
        text: String,
        /// "a number", "true or false".
        wanted: &'static str,
    },
    /// More or less than one file, where one is read.
    #[error("{spec} is not one file of this machine{}\nhint: give one file at a time", n_behind(*n_files))]
    OneFileOnly {
        /// What was asked for.
        spec: String,
        /// Files behind it.
        n_files: usize,
    },
    /// An address of another machine.
    #[error(
        "{address} is not on this machine, and Bantam reads files of this machine only\n\
         hint: copy it here first (`aws s3 cp --recursive`, `gcloud storage cp -r`, `azcopy copy`), or mount it as a folder"
    )]
    NotHere {
        /// What was asked for.
        address: String,
    },
    /// No permission, a disk that fails.
    #[error("cannot read {path}: {message}")]
    Unreadable {
        /// The file.
        path: String,
        /// What was said.
        message: String,
    },
}

impl LeadError {
    /// A column that was asked for and is not among `columns`: names the nearest ones, or else all there are.
    pub(super) fn no_such_column(path: &str, table: &str, column: &str, columns: &[&str]) -> Self {
        let close = nearest(column, columns.iter().copied());
        let hint = if close.is_empty() {
            let mut listed = quoted(&columns[..columns.len().min(MAX_LISTED)], ", ");
            if columns.len() > MAX_LISTED {
                listed.push_str(&format!(" and {} more", columns.len() - MAX_LISTED));
            }
            format!("its columns are {listed}")
        } else {
            format!("did you mean {}?", quoted(&close, " or "))
        };
        Self::NoSuchColumn { path: path.to_owned(), table: table.to_owned(), column: column.to_owned(), hint }
    }

    /// What a file that cannot be read comes to.
    pub(super) fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |error| Self::Unreadable { path: path.display().to_string(), message: error.to_string() }
    }

    /// Whether the machine is at fault (permissions, disk, network) and not the data.
    pub fn is_environment(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

/// Most columns worth listing in a message.
const MAX_LISTED: usize = 12;

fn quoted(names: &[&str], between: &str) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(between)
}

fn flags(candidates: &[String]) -> String {
    let names: Vec<&str> = candidates.iter().map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!("; columns with yes and no: {}", quoted(&names, ", ")) }
}

fn n_behind(n_files: usize) -> String {
    match n_files {
        0 => String::new(),
        1 => ": it holds 1 table".to_owned(),
        n => format!(": it holds {n} tables"),
    }
}

fn hint_nearest(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("\nhint: did you mean {}?", nearest.join(" or ")) }
}

fn others(n_others: usize) -> String {
    match n_others {
        0 => ", and found no file at all".to_owned(),
        1 => ", and found 1 file of another kind".to_owned(),
        n => format!(", and found {n} files of other kinds"),
    }
}
