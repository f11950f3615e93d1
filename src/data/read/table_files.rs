//! Reading a table: the one door through which data comes in.
//!
//! In: what the user typed, and the columns wanted. Out: a [`ReadTable`]: its rows in the order of the files, a fingerprint of
//! every file, and the verdict on the columns that cannot be read.
//!
//! Always true: files are read in byte order of their paths; nothing of a table is used when a file of it is damaged; no
//! panic of a reader passes.

use arrow_buffer::BooleanBuffer;
use arrow_schema::DataType;
use rayon::prelude::*;

use super::content::stack;
use super::decode::{Decoded, Opened, Part, check_claim, is_usable, memory_limit, open};
use super::find::{Found, LocalFile, find};
use super::footer::FooterColumn;
use super::in_memory::{fingerprint_in_memory, open_in_memory};
use super::options::ReadOptions;
use super::partition::{PartitionColumn, partition_columns};
use super::room::{Room, TableSize};
use super::rows::texts_of;
use super::text::Cells;
use super::types::ColumnType;
use super::values::{Settled, Surroundings, notes_of, settle};
use super::{Columns, DrawnRows, InputFile, LeadError, ReadTable, SchemaColumn, Verdict, VerdictKind, bytes};
use crate::data::table::{Column, Content, Table};
use crate::notes::{Note, count, counted};

/// Reads a table from a file, folder, glob or `key=value` folders.
///
/// - `spec`: what the user typed.
/// - `table`: `leads`, `outcomes` or `events`; it stands in messages and in the manifest.
///
/// # Errors
/// [`LeadError`]: nothing there, damaged, empty, of differing columns, or without a column that was asked for.
pub fn read_table(
    spec: &str,
    table: &str,
    columns: Columns<'_>,
    options: &ReadOptions,
) -> Result<ReadTable, LeadError> {
    let (local, opened) = Local::open(spec, table, options)?;
    let plan = local.plan(&opened, columns)?;
    local.read_planned(opened, plan)
}

/// Names and types of a table's columns. Its rows are not read, except of text, which has no types otherwise.
///
/// # Errors
/// [`LeadError`], as [`read_table`].
pub fn read_schema(spec: &str, options: &ReadOptions) -> Result<Vec<SchemaColumn>, LeadError> {
    let Found { format, files } = find(spec)?;
    let opened = open(format, &files[0].path, options)?;
    if opened.is_text() {
        let read = read_table(spec, "leads", Columns::All, options)?;
        let column = |column: &Column| SchemaColumn {
            name: column.name.clone(),
            data_type: column.content.in_words().to_owned(),
            is_usable: true,
        };
        return Ok(read.table.columns.iter().map(column).collect());
    }
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
pub(super) struct Local<'a> {
    pub spec: &'a str,
    pub table: &'a str,
    pub files: Vec<LocalFile>,
    pub options: &'a ReadOptions,
}

/// What will be read of a table.
pub(super) struct Plan {
    pub choice: Choice,
    partitions: Vec<PartitionColumn>,
    /// What there is to say of the files before they are read.
    pub notes: Vec<Note>,
}

impl<'a> Local<'a> {
    /// Finds the files of a table and opens each.
    ///
    /// # Errors
    /// [`LeadError`]: nothing there, damaged.
    pub(super) fn open(
        spec: &'a str,
        table: &'a str,
        options: &'a ReadOptions,
    ) -> Result<(Self, Vec<Opened>), LeadError> {
        let (files, opened) = match &options.in_memory {
            Some(table) => {
                let file = LocalFile { path: spec.into(), partition: Vec::new() };
                (vec![file], vec![Opened::of(open_in_memory(spec, table)?)])
            }
            None => {
                let Found { format, files } = find(spec)?;
                let opened =
                    files.iter().map(|file| open(format, &file.path, options)).collect::<Result<Vec<_>, _>>()?;
                (files, opened)
            }
        };
        Ok((Self { spec, table, files, options }, opened))
    }

    /// Which columns are read, and where they come from.
    ///
    /// # Errors
    /// [`LeadError`]: files that disagree, no column that can be used.
    pub(super) fn plan(&self, opened: &[Opened], columns: Columns<'_>) -> Result<Plan, LeadError> {
        let mut notes = Vec::new();
        let known = self.union(opened)?;
        let partitions = self.partitions(&known, &mut notes);
        let choice = choose(&self.files[0].shown(), &known, &partitions, columns)?;
        notes.extend(self.drift(opened, &choice));
        Ok(Plan { choice, partitions, notes })
    }

    /// All rows.
    ///
    /// # Errors
    /// [`LeadError`]: damaged, empty, larger than memory.
    pub(super) fn read_planned(&self, opened: Vec<Opened>, plan: Plan) -> Result<ReadTable, LeadError> {
        let Plan { choice, partitions, mut notes } = plan;
        let draw = match self.options.room {
            Some(room) => room.draw(self.spec, self.size(&opened, &choice, room)?)?,
            None => None,
        };
        if draw.is_none() {
            let n_claimed = opened.iter().map(|file| file.n_unpacked_bytes(|name| choice.is_from_file(name))).sum();
            check_claim(self.spec, n_claimed, memory_limit())?;
        }
        let is_untyped = opened[0].is_text();

        let mut parts: Vec<Vec<Part>> = choice.order.iter().map(|_| Vec::new()).collect();
        let mut files = Vec::with_capacity(opened.len());
        let (mut n_rows, mut n_rows_of_files) = (0, 0);
        for (file, opened) in self.files.iter().zip(opened) {
            let drawn = draw.map(|draw| Ok(draw.of_rows(n_rows_of_files, opened.count_rows()?))).transpose()?;
            let (decoded, fingerprint) = self.read_one(file, opened, &choice, drawn.as_ref())?;
            n_rows += decoded.n_rows;
            n_rows_of_files += decoded.n_rows_of_file;
            files.push(fingerprint);
            notes.extend(decoded.remarks.iter().map(|said| Note::new(self.table, format!("{}: {said}", file.shown()))));
            let mut of_file = decoded.parts.into_iter();
            for (name, parts) in choice.order.iter().zip(&mut parts) {
                let folder = partitions.iter().find(|partition| partition.name == *name);
                parts.extend(match folder {
                    Some(partition) => Some(Part::Typed(partition.of_file(file, decoded.n_rows))),
                    None => of_file.next(),
                });
            }
        }
        if n_rows == 0 {
            return Err(LeadError::new(format!(
                "{} has columns but not a single row\nhint: look at the filter of the export that made it",
                self.spec
            )));
        }
        let columns: Vec<Column> = parts
            .into_par_iter()
            .zip(&choice.order)
            .map(|(parts, name)| Column { name: name.clone(), content: stacked(parts) })
            .collect();
        let mut read = self.settled(columns, is_untyped, n_rows, choice, files, notes);
        if draw.is_some() {
            let drawn = DrawnRows { n_drawn: n_rows, n_rows: n_rows_of_files };
            read.notes.push(drawn_note(self.table, drawn));
            read.drawn = Some(drawn);
        }
        Ok(read)
    }

    /// How large the table is, as far as that matters for the room it needs.
    ///
    /// # Errors
    /// [`LeadError`]: unreadable.
    fn size(&self, opened: &[Opened], choice: &Choice, room: Room) -> Result<TableSize, LeadError> {
        let n_columns = choice.order.len() as u64;
        let n_rows = || -> Result<u64, LeadError> {
            Ok(opened.iter().map(Opened::count_rows).sum::<Result<usize, _>>()? as u64)
        };
        if !opened[0].is_text() {
            let n_read = |file: &Opened| file.n_unpacked_bytes(|name| choice.is_from_file(name));
            let n_read_bytes = opened.iter().map(n_read).sum::<u128>().try_into().unwrap_or(u64::MAX);
            return Ok(TableSize { n_rows: n_rows()?, n_columns, n_read_bytes });
        }
        let mut n_bytes = 0;
        for file in &self.files {
            n_bytes += std::fs::metadata(&file.path).map_err(LeadError::unreadable(&file.path))?.len();
        }
        // Rows of text are counted only where that may matter: it takes as long as reading them.
        let n_rows = if room.surely_holds_text(n_bytes) { 0 } else { n_rows()? };
        Ok(TableSize::of_text(n_rows, n_columns, n_bytes))
    }

    /// What the texts among the columns mean.
    fn settled(
        &self,
        columns: Vec<Column>,
        is_untyped: bool,
        n_rows: usize,
        choice: Choice,
        files: Vec<InputFile>,
        mut notes: Vec<Note>,
    ) -> ReadTable {
        let settled = settle(columns, Surroundings { options: self.options, is_untyped });
        notes.extend(notes_of(self.table, &settled));
        let doubts = settled.iter().filter_map(|settled| settled.told.doubt.clone()).collect();
        let readings = settled.iter().filter_map(|settled| {
            let Settled { column, reading, .. } = settled;
            Some((column.name.clone(), reading.clone()?))
        });
        let readings = readings.collect();
        let columns = settled.into_iter().map(|settled| settled.column).collect();
        let table = Table { columns, n_rows, names: choice.names };
        ReadTable { table, files, drawn: None, notes, unsupported: choice.unsupported, readings, doubts }
    }

    /// The columns of all files, in the order in which they first stand; types must agree.
    fn union(&self, opened: &[Opened]) -> Result<Vec<FooterColumn>, LeadError> {
        let mut all: Vec<(FooterColumn, &LocalFile)> = Vec::new();
        for (file, opened) in self.files.iter().zip(opened) {
            for column in &opened.columns {
                let Some((known, first)) = all.iter_mut().find(|(known, _)| known.name == column.name) else {
                    all.push((column.clone(), file));
                    continue;
                };
                match common_type(&known.column_type, &column.column_type) {
                    Some(common) => known.column_type = common,
                    None => {
                        return Err(LeadError::new(format!(
                            "column {:?} holds {} in {} and {} in {}\nhint: all files of a table need the same columns",
                            column.name,
                            known.column_type.in_words(),
                            first.shown(),
                            column.column_type.in_words(),
                            file.shown()
                        )));
                    }
                }
            }
        }
        Ok(all.into_iter().map(|(column, _)| column).collect())
    }

    /// Columns that are read and that some of the files lack.
    fn drift(&self, opened: &[Opened], choice: &Choice) -> Option<Note> {
        let n_with =
            |name: &String| opened.iter().filter(|file| file.columns.iter().any(|column| column.name == *name)).count();
        let drifting: Vec<String> = choice
            .from_file
            .iter()
            .map(|name| (name, n_with(name)))
            .filter(|(_, n_with)| *n_with < opened.len())
            .map(|(name, n_with)| format!("{name:?} ({n_with})"))
            .collect();
        let files = counted(opened.len() as u64, "file");
        (!drifting.is_empty()).then(|| {
            Note::new(
                self.table,
                format!(
                    "columns that are not in all {files} of {}: {}; in the others their values are missing",
                    self.spec,
                    drifting.join(", ")
                ),
            )
        })
    }

    /// The folder columns, without those that the files have themselves.
    fn partitions(&self, known: &[FooterColumn], notes: &mut Vec<Note>) -> Vec<PartitionColumn> {
        let mut partitions = partition_columns(&self.files);
        partitions.retain(|partition| {
            let is_in_file = known.iter().any(|column| column.name == partition.name);
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

    /// Decodes a file while its bytes are hashed on another thread.
    ///
    /// - `drawn`: which of its rows; all without it.
    fn read_one(
        &self,
        file: &LocalFile,
        opened: Opened,
        choice: &Choice,
        drawn: Option<&BooleanBuffer>,
    ) -> Result<(Decoded, InputFile), LeadError> {
        let decode = || opened.decode(&choice.from_file, drawn);
        let (hashed, decoded) = match &self.options.in_memory {
            Some(rows) => rayon::join(|| Ok(fingerprint_in_memory(self.spec, self.table, rows)), decode),
            None => std::thread::scope(|scope| {
                let hashing = scope.spawn(|| fingerprint(file, self.table, 0));
                let decoded = decode();
                (hashing.join().unwrap_or_else(|_| Err(LeadError::new("hashing broke off"))), decoded)
            }),
        };
        let decoded = decoded?;
        let n_rows = decoded.n_rows_of_file as u64;
        Ok((decoded, InputFile { n_rows, ..hashed? }))
    }
}

/// What is said of a table of which only some rows were read.
fn drawn_note(table: &str, rows: DrawnRows) -> Note {
    let (drawn, all) = (count(rows.n_drawn as u64), count(rows.n_rows as u64));
    let text = format!(
        "all {all} leads do not fit into the memory allowed, so {drawn} of them were drawn at random: card and figures are made of \
         those, counts and row numbers are theirs, and leads a month ahead are counted up to all (--max-memory)"
    );
    Note::new(table, text)
}

/// The fingerprint of a file.
///
/// # Errors
/// [`LeadError`]: unreadable.
pub(super) fn fingerprint(file: &LocalFile, table: &str, n_rows: u64) -> Result<InputFile, LeadError> {
    let read = || Ok((bytes::sha256(&file.path)?, std::fs::metadata(&file.path)?.len()));
    let (sha256, n_bytes) = read().map_err(LeadError::unreadable(&file.path))?;
    Ok(InputFile { path: file.shown(), table: table.to_owned(), sha256, n_bytes, n_rows })
}

/// One column from its parts in all files.
fn stacked(parts: Vec<Part>) -> Content {
    let is_text = parts.iter().any(|part| matches!(part, Part::Texts(_)));
    if is_text {
        let cells = parts.into_iter().map(|part| match part {
            Part::Texts(cells) => cells,
            Part::Absent(n_rows) => Cells::empty(n_rows),
            Part::Typed(content) => Cells::empty(content.n_rows()),
        });
        return texts_of(&cells.reduce(Cells::followed_by).unwrap_or_default());
    }
    stack(
        parts
            .into_iter()
            .map(|part| match part {
                Part::Typed(content) => content,
                Part::Absent(n_rows) => Content::Nothing(n_rows),
                Part::Texts(cells) => Content::Nothing(cells.len()),
            })
            .collect(),
    )
}

/// Which columns are read.
pub(super) struct Choice {
    /// Those of the files.
    pub from_file: Vec<String>,
    /// All, in the order of the frame.
    pub order: Vec<String>,
    /// All that could have been chosen.
    pub names: Vec<String>,
    /// Those that cannot be read.
    unsupported: Vec<Verdict>,
}

impl Choice {
    pub(super) fn is_from_file(&self, name: &str) -> bool {
        self.from_file.iter().any(|chosen| chosen == name)
    }
}

/// Picks the columns to read from those of a file and its folders.
fn choose(
    shown: &str,
    known: &[FooterColumn],
    partitions: &[PartitionColumn],
    columns: Columns<'_>,
) -> Result<Choice, LeadError> {
    let mut all = choose_all(shown, known, partitions)?;
    if let Columns::Where(is_wanted) = columns {
        // Somebody has to count the rows.
        let first = all.from_file[0].clone();
        let has_any = all.order.iter().any(|name| is_wanted(name));
        let is_wanted = |name: &String| is_wanted(name) || (!has_any && *name == first);
        all.from_file.retain(is_wanted);
        all.order.retain(is_wanted);
    }
    Ok(all)
}

/// Every column that can be used.
fn choose_all(shown: &str, known: &[FooterColumn], partitions: &[PartitionColumn]) -> Result<Choice, LeadError> {
    let from_file: Vec<String> =
        known.iter().filter(|column| is_usable(column)).map(|column| column.name.clone()).collect();
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
    Ok(Choice { from_file, names: order.clone(), order, unsupported })
}

fn no_usable_column(shown: &str, known: &[FooterColumn]) -> LeadError {
    let types: Vec<String> =
        known.iter().map(|column| format!("{:?} holds {}", column.name, column.column_type.in_words())).collect();
    let types = types.join(", ");
    LeadError::new(format!(
        "no column of {shown} can be used: {types}\nhint: criteria are text, numbers, dates or yes and no"
    ))
}

/// The type that holds the values of both; `None` where two files must not be mixed. A column without a single value has no type
/// of its own; whole numbers meet numbers.
fn common_type(one: &ColumnType, other: &ColumnType) -> Option<ColumnType> {
    use DataType::{Float64, Null};
    let (ColumnType::Usable(a), ColumnType::Usable(b)) = (one, other) else {
        return (one == other).then(|| one.clone());
    };
    let common = match (a, b) {
        (a, b) if a == b => a,
        (Null, typed) | (typed, Null) => typed,
        (a, b) if a.is_numeric() && b.is_numeric() => &Float64,
        _ => return None,
    };
    Some(ColumnType::Usable(common.clone()))
}
