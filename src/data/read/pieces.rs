//! Pieces: a table that may be larger than memory, some rows at a time.
//!
//! In: what the user typed, and the columns wanted. Out: a [`PiecedTable`], from it every row once, in tables of some thousand
//! rows, several of them at once on all cores.
//!
//! Start at [`open_pieces`]. A table comes in one piece where it is no Parquet, where its files disagree on a type, or where all
//! texts of a column have to be seen before it is known what they mean (`values`).
//!
//! Always true: the pieces put together are what [`super::read_table`] gives; whoever adds up what they hold comes to the same on
//! any number of threads.

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use rayon::prelude::*;

use super::content::content_of;
use super::decode::{Opened, check_claim, memory_limit};
use super::find::LocalFile;
use super::options::ReadOptions;
use super::stream::{LeadBatches, in_words_of};
use super::table_files::{Choice, Local, fingerprint};
use super::types::ColumnType;
use super::values::{Meaning, Survey, plain_numbers};
use super::{Columns, InputFile, LeadError, ReadTable};
use crate::data::table::{Column, Content, Table};
use crate::notes::Note;

/// Rows of a piece: few enough that what is made of them stays in the cache, enough that a piece costs next to nothing.
const PIECE_ROWS: usize = 65_536;

/// A table whose rows can be had a piece at a time.
#[derive(Debug)]
pub struct PiecedTable {
    /// What a careful person would mention of the files.
    pub notes: Vec<Note>,
    /// Columns as wanted, without a row.
    columns: Table,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// All rows are there.
    Tables {
        tables: Vec<Table>,
        files: Vec<InputFile>,
    },
    Parquet(ParquetFiles),
}

/// Rows of a table.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// The rows; an index into them is a `u32`.
    pub table: &'a Table,
    /// Rows of the whole table before them.
    pub n_rows_before: usize,
}

/// Opens a table to be read in pieces.
///
/// - `table`: `events`; it stands in messages and in the manifest.
///
/// # Errors
/// [`LeadError`], as [`super::read_table`]; of a table in several pieces damaged pages show when the pieces are read.
pub fn open_pieces(
    spec: &str,
    table: &str,
    columns: Columns<'_>,
    options: &ReadOptions,
) -> Result<PiecedTable, LeadError> {
    let (local, opened) = Local::open(spec, table, options)?;
    let plan = local.plan(&opened, columns)?;
    match ParquetFiles::of(&local, &opened, &plan.choice)? {
        None => Ok(PiecedTable::whole(local.read_planned(opened, plan)?)),
        Some(meanings) => {
            let columns = Table { names: plan.choice.names.clone(), ..Table::default() };
            let files = local.files.into_iter().zip(opened).collect();
            let columns_read = plan.choice.from_file.into_iter().zip(meanings).collect();
            let source = ParquetFiles { table: table.to_owned(), files, columns: columns_read };
            Ok(PiecedTable { notes: plan.notes, columns, source: Source::Parquet(source) })
        }
    }
}

impl PiecedTable {
    fn whole(read: ReadTable) -> Self {
        let ReadTable { table, files, notes, .. } = read;
        let columns = Table { names: table.names.clone(), ..Table::default() };
        Self { notes, columns, source: Source::Tables { tables: vec![table], files } }
    }

    /// Rows that are there, in pieces.
    #[cfg(test)]
    pub fn of_tables(tables: Vec<Table>) -> Self {
        let columns = Table { names: tables[0].names.clone(), ..Table::default() };
        Self { notes: Vec::new(), columns, source: Source::Tables { tables, files: Vec::new() } }
    }

    /// Names of all its columns, in a table without rows.
    pub fn header(&self) -> &Table {
        &self.columns
    }

    /// Calls `take` with every piece once, in any order and several at the same time; gives the fingerprints of the files.
    ///
    /// # Errors
    /// [`LeadError`]: damaged pages, unreadable.
    pub fn for_each_piece(&self, take: &(dyn Fn(Piece<'_>) + Sync)) -> Result<Vec<InputFile>, LeadError> {
        match &self.source {
            Source::Tables { tables, files } => {
                let mut n_rows_before = 0;
                for table in tables {
                    take(Piece { table, n_rows_before });
                    n_rows_before += table.n_rows;
                }
                Ok(files.clone())
            }
            Source::Parquet(files) => files.for_each_piece(take),
        }
    }
}

/// Parquet files of one schema.
#[derive(Debug)]
struct ParquetFiles {
    /// As messages call the table.
    table: String,
    files: Vec<(LocalFile, Opened)>,
    /// Names of the columns that are read, and what they mean.
    columns: Vec<(String, Meaning)>,
}

/// A row group.
struct RowGroup<'a> {
    opened: &'a Opened,
    group_idx: usize,
    n_rows_before: usize,
}

impl ParquetFiles {
    /// What the columns mean, where the table can be read in pieces.
    ///
    /// # Errors
    /// [`LeadError`]: damaged pages, unreadable.
    fn of(local: &Local<'_>, opened: &[Opened], choice: &Choice) -> Result<Option<Vec<Meaning>>, LeadError> {
        let type_in = |name: &String, file: &Opened| {
            file.columns.iter().find(|column| column.name == *name).map(|column| column.column_type.clone())
        };
        let has_one_type = |name: &String| {
            let first = type_in(name, &opened[0]);
            first.is_some() && opened.iter().all(|file| type_in(name, file) == first)
        };
        let n_rows: usize = opened.iter().map(Opened::n_claimed_rows).sum();
        let can_be_had = n_rows > 0
            && opened.iter().all(Opened::has_row_groups)
            && choice.order.len() == choice.from_file.len()
            && choice.from_file.iter().all(has_one_type);
        if !can_be_had {
            return Ok(None);
        }
        let n_claimed =
            opened.iter().map(|file| file.n_unpacked_bytes_of_a_group(|name| choice.is_from_file(name))).max();
        check_claim(local.spec, n_claimed.unwrap_or_default(), memory_limit())?;
        opened.iter().try_for_each(|file| file.check_pages(&choice.from_file))?;
        let mut meanings = Vec::with_capacity(choice.from_file.len());
        for name in &choice.from_file {
            let (is_text, is_number) = match type_in(name, &opened[0]) {
                Some(ColumnType::Usable(DataType::Utf8)) => (true, false),
                Some(ColumnType::Usable(data_type)) => (false, data_type.is_numeric()),
                _ => (false, false),
            };
            let survey = Survey::new(name, is_text, is_number, n_rows);
            match look_through(opened, name, survey)? {
                Some(meaning) => meanings.push(meaning),
                None => return Ok(None),
            }
        }
        Ok(Some(meanings))
    }

    fn for_each_piece(&self, take: &(dyn Fn(Piece<'_>) + Sync)) -> Result<Vec<InputFile>, LeadError> {
        let row_groups = row_groups(self.files.iter().map(|(_, opened)| opened));
        std::thread::scope(|scope| {
            let fingerprints = || -> Result<Vec<InputFile>, LeadError> {
                let of = |(file, opened): &(LocalFile, Opened)| {
                    fingerprint(file, &self.table, opened.n_claimed_rows() as u64)
                };
                self.files.iter().map(of).collect()
            };
            let hashing = scope.spawn(fingerprints);
            self.read_all(&row_groups, take)?;
            let broke_off = |_| Err(LeadError::new("hashing broke off"));
            hashing.join().unwrap_or_else(broke_off)
        })
    }

    /// Row groups side by side; where there are few of them, the pieces of one.
    fn read_all(&self, row_groups: &[RowGroup<'_>], take: &(dyn Fn(Piece<'_>) + Sync)) -> Result<(), LeadError> {
        let is_enough = row_groups.len() >= 4 * rayon::current_num_threads();
        let read = |group: &RowGroup<'_>| -> Result<(), LeadError> {
            let mut n_rows_before = group.n_rows_before;
            let batches = self.batches(group)?;
            let hand_out = |batch: Result<RecordBatch, LeadError>, n_rows_before: usize| {
                let table = self.table_of(group, &batch?)?;
                take(Piece { table: &table, n_rows_before });
                Ok(())
            };
            if is_enough {
                for batch in batches {
                    let n_rows = batch.as_ref().map_or(0, RecordBatch::num_rows);
                    hand_out(batch, n_rows_before)?;
                    n_rows_before += n_rows;
                }
                return Ok(());
            }
            let placed = batches.map(|batch| {
                let before = n_rows_before;
                n_rows_before += batch.as_ref().map_or(0, RecordBatch::num_rows);
                (batch, before)
            });
            // At most one batch of a stream is an error: the last.
            placed.par_bridge().map(|(batch, before)| hand_out(batch, before)).collect::<Result<(), LeadError>>()
        };
        if !is_enough {
            return row_groups.iter().try_for_each(read);
        }
        // The first row group with a fault, whichever thread found it first.
        let done: Vec<Result<(), LeadError>> = row_groups.par_iter().with_max_len(1).map(read).collect();
        done.into_iter().collect()
    }

    fn batches(&self, group: &RowGroup<'_>) -> Result<LeadBatches, LeadError> {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        group.opened.group_batches(group.group_idx, &names, PIECE_ROWS)
    }

    fn table_of(&self, group: &RowGroup<'_>, batch: &RecordBatch) -> Result<Table, LeadError> {
        let column = |(name, meaning): &(String, Meaning)| {
            let Column { name, content } = column_of(group.opened, batch, name)?;
            let content = match (meaning, content) {
                // A piece may have no text at all.
                (Meaning::WholeNumbers, Content::Texts(texts)) => {
                    plain_numbers(texts.iter()).unwrap_or(Content::Nothing(texts.codes.len()))
                }
                (_, content) => content,
            };
            Ok(Column { name, content })
        };
        let columns = self.columns.iter().map(column).collect::<Result<Vec<_>, LeadError>>()?;
        Ok(Table { n_rows: batch.num_rows(), columns, names: Vec::new() })
    }
}

/// All row groups of these files, in their order.
fn row_groups<'a>(files: impl Iterator<Item = &'a Opened>) -> Vec<RowGroup<'a>> {
    let mut row_groups = Vec::new();
    let mut n_rows_before = 0;
    for opened in files {
        for (group_idx, n_rows) in opened.rows_of_groups().enumerate() {
            row_groups.push(RowGroup { opened, group_idx, n_rows_before });
            n_rows_before += n_rows;
        }
    }
    row_groups
}

/// Looks at the rows of a column until it is known what it means.
fn look_through(opened: &[Opened], name: &str, mut survey: Survey) -> Result<Option<Meaning>, LeadError> {
    for group in row_groups(opened.iter()) {
        if survey.is_over() {
            break;
        }
        for batch in group.opened.group_batches(group.group_idx, &[name], PIECE_ROWS)? {
            survey.look_at(&column_of(group.opened, &batch?, name)?);
            if survey.is_over() {
                break;
            }
        }
    }
    Ok(survey.meaning())
}

fn column_of(opened: &Opened, batch: &RecordBatch, name: &str) -> Result<Column, LeadError> {
    let lacking = || LeadError::new(format!("{}: a batch has no column {name:?}", opened.shown()));
    let array = batch.column_by_name(name).ok_or_else(lacking)?;
    let content = in_words_of(opened.shown(), || content_of(array.data_type(), std::slice::from_ref(array)))?;
    Ok(Column { name: name.to_owned(), content })
}
