//! Reading a table: the one door through which data comes in.
//!
//! In: what the user typed, and the columns wanted. Out: a [`ReadTable`]: its rows in the order of the files, a fingerprint of
//! every file, and the verdict on the columns that cannot be read.
//!
//! Always true: files are read in byte order of their paths; nothing of a table is used when a file of it is damaged; no
//! panic of a reader passes.

use polars::prelude::{DataFrame, DataType};

use super::convert::to_table;
use super::decode::{Opened, check_claim, in_words_of, memory_limit, open};
use super::find::{Found, LocalFile, find};
use super::footer::FooterColumn;
use super::format::Format;
use super::partition::{PartitionColumn, partition_columns};
use super::types::ColumnType;
use super::{Columns, InputFile, LeadError, ReadTable, SchemaColumn, Verdict, VerdictKind, bytes};
use crate::notes::Note;

/// Reads a table from a file, folder, glob or `key=value` folders.
///
/// - `spec`: what the user typed.
/// - `table`: `leads`, `outcomes` or `events`; it stands in messages and in the manifest.
///
/// # Errors
/// [`LeadError`]: nothing there, damaged, empty, of differing columns, or without a column that was asked for.
pub fn read_table(spec: &str, table: &str, columns: Columns<'_>) -> Result<ReadTable, LeadError> {
    let FrameOfFiles { frame, names, files, notes, unsupported } = read_frame(spec, table, columns)?;
    let table = in_words_of(spec, || to_table(frame, names))?;
    Ok(ReadTable { table, files, notes, unsupported })
}

/// A table in the form of the reading library.
#[derive(Debug)]
pub(super) struct FrameOfFiles {
    pub frame: DataFrame,
    pub names: Vec<String>,
    pub files: Vec<InputFile>,
    pub notes: Vec<Note>,
    pub unsupported: Vec<Verdict>,
}

/// As [`read_table`], before the rows become our own.
pub(super) fn read_frame(spec: &str, table: &str, columns: Columns<'_>) -> Result<FrameOfFiles, LeadError> {
    let Found { format, files } = find(spec)?;
    Local { spec, table, format, files }.read(columns)
}

/// Names and types of a table's columns, without reading its rows (a CSV is parsed all the same: it has no schema).
///
/// # Errors
/// [`LeadError`], as [`read_table`].
pub fn read_schema(spec: &str) -> Result<Vec<SchemaColumn>, LeadError> {
    let Found { format, files } = find(spec)?;
    let opened = open(format, &files[0].path, Columns::All)?;
    let partitions = partition_columns(&files);
    let from_folders = partitions.iter().filter(|p| opened.columns.iter().all(|column| column.name != p.name));
    let from_folders = from_folders.map(|p| (p.name.clone(), ColumnType::Usable(p.data_type.clone())));
    let own = opened.columns.iter().map(|column| (column.name.clone(), column.column_type.clone()));
    Ok(own.chain(from_folders).map(|(name, column_type)| SchemaColumn::new(name, &column_type)).collect())
}

impl SchemaColumn {
    fn new(name: String, column_type: &ColumnType) -> Self {
        Self { name, data_type: column_type.in_words(), is_usable: matches!(column_type, ColumnType::Usable(_)) }
    }
}

/// A table in files of this machine.
struct Local<'a> {
    spec: &'a str,
    table: &'a str,
    format: Format,
    files: Vec<LocalFile>,
}

impl Local<'_> {
    fn read(&self, columns: Columns<'_>) -> Result<FrameOfFiles, LeadError> {
        let mut notes = Vec::new();
        let mut opened = Vec::with_capacity(self.files.len());
        for file in &self.files {
            opened.push(open(self.format, &file.path, columns)?);
        }
        let partitions = self.partitions(&opened[0], &mut notes);
        // Judged by the first file.
        let choice = choose(&self.files[0].shown(), self.table, &opened[0].columns, &partitions, columns)?;
        self.compare(&opened, &choice)?;
        let n_claimed = opened.iter().map(|file| file.n_unpacked_bytes(|name| choice.is_from_file(name))).sum();
        check_claim(self.spec, n_claimed, memory_limit())?;

        let mut frames = Vec::with_capacity(opened.len());
        let mut files = Vec::with_capacity(opened.len());
        for (file, opened) in self.files.iter().zip(opened) {
            let (frame, fingerprint) = self.read_one(file, opened, &choice, &partitions)?;
            frames.push(frame);
            files.push(fingerprint);
        }
        let frame = self.stack(frames)?;
        if frame.height() == 0 {
            return Err(LeadError::new(format!(
                "{} has columns but not a single row\nhint: look at the filter of the export that made it",
                self.spec
            )));
        }
        Ok(FrameOfFiles { frame, names: choice.names, files, notes, unsupported: choice.unsupported })
    }

    /// The folder columns, without those that the files have themselves.
    fn partitions(&self, first: &Opened, notes: &mut Vec<Note>) -> Vec<PartitionColumn> {
        let mut partitions = partition_columns(&self.files);
        partitions.retain(|partition| {
            let is_in_file = first.columns.iter().any(|column| column.name == partition.name);
            if is_in_file {
                let text = format!(
                    "column {:?} of {} is in its files and in the names of its folders; the files were believed",
                    partition.name, self.spec
                );
                notes.push(Note::new("leads", text));
            }
            !is_in_file
        });
        partitions
    }

    /// Every file must have the chosen columns, of the same types; without a choice, also no others.
    fn compare(&self, opened: &[Opened], choice: &Choice) -> Result<(), LeadError> {
        let first = &opened[0];
        let only_in = |column: &FooterColumn, with: &str, without: &str| {
            let words = format!("column {:?} is in {with} and not in {without}", column.name);
            Err(LeadError::new(format!("{words}\nhint: all files of a table need the same columns")))
        };
        for (file, other) in self.files.iter().zip(opened).skip(1) {
            let (here, there) = (self.files[0].shown(), file.shown());
            for column in first.columns.iter().filter(|column| choice.takes_all || choice.is_from_file(&column.name)) {
                let Some(same) = other.columns.iter().find(|same| same.name == column.name) else {
                    return only_in(column, &here, &there);
                };
                if common_type(self.format, &column.column_type, &same.column_type).is_none() {
                    return Err(LeadError::new(format!(
                        "column {:?} holds {} in {here} and {} in {there}\nhint: all files of a table need the same columns",
                        column.name,
                        column.column_type.in_words(),
                        same.column_type.in_words()
                    )));
                }
            }
            let extra = other.columns.iter().find(|extra| first.columns.iter().all(|known| known.name != extra.name));
            if let Some(extra) = extra.filter(|_| choice.takes_all) {
                return only_in(extra, &there, &here);
            }
        }
        Ok(())
    }

    /// Decodes a file while its bytes are hashed on another thread.
    fn read_one(
        &self,
        file: &LocalFile,
        opened: Opened,
        choice: &Choice,
        partitions: &[PartitionColumn],
    ) -> Result<(DataFrame, InputFile), LeadError> {
        let shown = file.shown();
        let (hashed, decoded) = std::thread::scope(|scope| {
            let hashing = scope.spawn(|| Ok((bytes::sha256(&file.path)?, std::fs::metadata(&file.path)?.len())));
            let decoded = opened.decode(&choice.from_file);
            let hashed: std::io::Result<(String, u64)> =
                hashing.join().unwrap_or_else(|_| Err(std::io::Error::other("hashing broke off")));
            (hashed, decoded)
        });
        let mut frame = decoded?;
        let (sha256, n_bytes) = hashed.map_err(LeadError::unreadable(&file.path))?;
        let n_rows = frame.height();
        frame = in_words_of(&shown, || {
            for partition in partitions.iter().filter(|partition| choice.order.contains(&partition.name)) {
                frame.with_column(partition.of_file(file, n_rows)?)?;
            }
            frame.select(&choice.order)
        })?;
        let n_rows = n_rows as u64;
        Ok((frame, InputFile { path: shown, table: self.table.to_owned(), sha256, n_bytes, n_rows }))
    }

    /// One frame from the frames of all files.
    fn stack(&self, frames: Vec<DataFrame>) -> Result<DataFrame, LeadError> {
        let n_columns = frames[0].width();
        let types: Vec<DataType> = (0..n_columns)
            .map(|column_idx| {
                let types = frames.iter().map(|frame| ColumnType::Usable(frame.columns()[column_idx].dtype().clone()));
                let common = types.reduce(|one, other| common_type(self.format, &one, &other).unwrap_or(one));
                if let Some(ColumnType::Usable(common)) = common { common } else { DataType::Null }
            })
            .collect();
        in_words_of(self.spec, || {
            let mut stacked: Option<DataFrame> = None;
            for frame in frames {
                let mut columns = Vec::with_capacity(n_columns);
                for (column, data_type) in frame.into_columns().into_iter().zip(&types) {
                    columns.push(if column.dtype() == data_type { column } else { column.strict_cast(data_type)? });
                }
                let frame = DataFrame::new_infer_height(columns)?;
                match &mut stacked {
                    None => stacked = Some(frame),
                    Some(stacked) => {
                        stacked.vstack_mut(&frame)?;
                    }
                }
            }
            Ok(stacked.unwrap_or_default())
        })
    }
}

/// Which columns are read.
struct Choice {
    /// The files must agree in all columns, because none had to be there.
    takes_all: bool,
    /// Those of the files.
    from_file: Vec<String>,
    /// All, in the order of the frame.
    order: Vec<String>,
    /// All that could have been chosen.
    names: Vec<String>,
    /// Those that cannot be read; only told of when none were named.
    unsupported: Vec<Verdict>,
}

impl Choice {
    fn is_from_file(&self, name: &str) -> bool {
        self.from_file.iter().any(|chosen| chosen == name)
    }
}

/// Picks the columns to read from those of a file and its folders.
fn choose(
    shown: &str,
    table: &str,
    known: &[FooterColumn],
    partitions: &[PartitionColumn],
    columns: Columns<'_>,
) -> Result<Choice, LeadError> {
    let wanted = match columns {
        Columns::Exactly(wanted) => wanted,
        Columns::All => return choose_all(shown, known, partitions),
        Columns::Where(is_wanted) => {
            let mut all = choose_all(shown, known, partitions)?;
            // Somebody has to count the rows.
            let first = all.from_file[0].clone();
            let has_any = all.order.iter().any(|name| is_wanted(name));
            let is_wanted = |name: &String| is_wanted(name) || (!has_any && *name == first);
            all.from_file.retain(is_wanted);
            all.order.retain(is_wanted);
            return Ok(all);
        }
    };
    let mut choice = Choice {
        takes_all: false,
        from_file: Vec::new(),
        order: Vec::new(),
        names: Vec::new(),
        unsupported: Vec::new(),
    };
    for name in wanted {
        if choice.order.contains(name) {
            continue;
        }
        match known.iter().find(|column| column.name == *name) {
            Some(column) if is_usable(&column) => choice.from_file.push(name.clone()),
            Some(column) => {
                return Err(LeadError::new(format!(
                    "column {name:?} of {shown} holds {}, which cannot be used\nhint: write it as text, a number, a date or yes and no",
                    column.column_type.in_words()
                )));
            }
            None if partitions.iter().any(|partition| partition.name == *name) => {}
            None => {
                let own = known.iter().map(|column| column.name.as_str());
                let names: Vec<&str> = own.chain(partitions.iter().map(|p| p.name.as_str())).collect();
                return Err(LeadError::no_such_column(shown, table, name, &names));
            }
        }
        choice.order.push(name.clone());
    }
    choice.names.clone_from(&choice.order);
    Ok(choice)
}

/// Every column that can be used.
fn choose_all(shown: &str, known: &[FooterColumn], partitions: &[PartitionColumn]) -> Result<Choice, LeadError> {
    let from_file: Vec<String> = known.iter().filter(is_usable).map(|column| column.name.clone()).collect();
    let order: Vec<String> = from_file.iter().cloned().chain(partitions.iter().map(|p| p.name.clone())).collect();
    if from_file.is_empty() {
        return Err(no_usable_column(shown, known));
    }
    let unsupported = known.iter().filter(|column| !is_usable(column)).map(|column| Verdict {
        column: column.name.clone(),
        verdict: VerdictKind::Unsupported,
        reason: format!("holds {}; a criterion is text, a number, a date or yes and no", column.column_type.in_words()),
    });
    let unsupported = unsupported.collect();
    Ok(Choice { takes_all: true, from_file, names: order.clone(), order, unsupported })
}

fn is_usable(column: &&FooterColumn) -> bool {
    matches!(column.column_type, ColumnType::Usable(_))
}

fn no_usable_column(shown: &str, known: &[FooterColumn]) -> LeadError {
    let types: Vec<String> =
        known.iter().map(|column| format!("{:?} holds {}", column.name, column.column_type.in_words())).collect();
    let types = types.join(", ");
    LeadError::new(format!(
        "no column of {shown} can be used: {types}\nhint: criteria are text, numbers, dates or yes and no"
    ))
}

/// The type that holds the values of both; `None` where two files must not be mixed.
///
/// A column without a single value has no type of its own. CSV files have guessed types, so whole numbers meet numbers and
/// days meet times there; an all-empty column of a CSV counts as text and is not excused.
fn common_type(format: Format, one: &ColumnType, other: &ColumnType) -> Option<ColumnType> {
    use DataType::{Date, Datetime, Float64, Int64, Null};
    let (ColumnType::Usable(a), ColumnType::Usable(b)) = (one, other) else {
        return (one == other).then(|| one.clone());
    };
    let common = match (a, b) {
        (a, b) if a == b => a,
        (Null, typed) | (typed, Null) => typed,
        (Int64, Float64) | (Float64, Int64) if format == Format::Csv => &Float64,
        (Date, time @ Datetime(..)) | (time @ Datetime(..), Date) if format == Format::Csv => time,
        _ => return None,
    };
    Some(ColumnType::Usable(common.clone()))
}
