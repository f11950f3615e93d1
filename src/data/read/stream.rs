//! Streaming: one file as Arrow record batches, for scoring in constant memory and as the base of every other reader.
//!
//! In: the path of one file, and for text what kind of value a column holds. Out: a [`LeadStream`] with the file's schema, and
//! from it an iterator of batches of the columns asked for.
//!
//! Always true: the file has passed the checks of its format before a page is decoded; a decoder that panics becomes an error;
//! a Parquet file gives as many rows as it said it would.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, StringArray};
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type as Physical;
use parquet::errors::ParquetError;

use super::LeadError;
use super::arrow_file::check_ends;
use super::find::{Found, find};
use super::footer::{Footer, FooterColumn, first_duplicate, plain, read_footer};
use super::format::Format;
use super::guard::guarded;
use super::in_memory::{batches_in_memory, open_in_memory};
use super::options::ReadOptions;
use super::pages::check_pages;
use super::text::{Cells, Rows, TextTable};
use super::types::ColumnType;
use crate::card::reading::is_gap;
use crate::card::{InputKind, Reading};
use crate::settings::TableInMemory;

/// Rows of one batch: what the scorer works on at once, so that a batch is still in the cache when it is scored.
const BATCH_ROWS: usize = 16_384;

/// One file, its schema read and checked.
#[derive(Debug)]
pub struct LeadStream {
    path: PathBuf,
    schema: SchemaRef,
    kind: Kind,
    /// What was noticed about the file.
    notes: Vec<String>,
}

#[derive(Debug)]
enum Kind {
    Parquet(Box<Footer>),
    Text(Box<TextTable>),
    Arrow,
    Memory(TableInMemory),
}

/// Opens one file.
///
/// - `options`: with the rules that a card states for columns; a column with a rule stays text, the scorer reads it.
/// - `kind_of`: what a column of text holds, for those that are not text.
///
/// # Errors
/// [`LeadError`] for a folder, a glob or an address, and for everything that can be wrong with one file.
pub fn open_stream(
    spec: &str,
    options: &ReadOptions,
    kind_of: impl Fn(&str) -> Option<InputKind>,
) -> Result<LeadStream, LeadError> {
    if let Some(table) = &options.in_memory {
        return open_in_memory(spec, table);
    }
    let is_folder = Path::new(spec).is_dir();
    let Found { format, files } = find(spec)?;
    let n_files = files.len();
    let path = match files.into_iter().next() {
        Some(file) if !is_folder && n_files == 1 => file.path,
        _ => {
            let behind = match n_files {
                0 => String::new(),
                1 => ": it holds 1 table".to_owned(),
                n => format!(": it holds {n} tables"),
            };
            let words = format!("{spec} is not one file of this machine{behind}\nhint: give one file at a time");
            return Err(LeadError::new(words));
        }
    };
    let mut stream = open_file(format, &path, options)?;
    stream.type_texts(&options.readings, kind_of);
    Ok(stream)
}

/// Opens a file of a known format; the columns of a text are all text.
///
/// # Errors
/// Everything in [`LeadError`] that concerns one file.
pub(super) fn open_file(format: Format, path: &Path, options: &ReadOptions) -> Result<LeadStream, LeadError> {
    match format {
        Format::Parquet => open_parquet(path.to_owned()),
        Format::Text | Format::Workbook => open_text(format, path.to_owned(), options),
        Format::Arrow => open_arrow(path.to_owned()),
    }
}

impl LeadStream {
    /// A table in memory that has passed the checks.
    pub(super) fn of_memory(shown: &str, table: TableInMemory) -> Self {
        Self { path: shown.into(), schema: table.schema().clone(), kind: Kind::Memory(table), notes: Vec::new() }
    }

    /// The columns of the file, in its order.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows of the file, where it says so before it is read.
    pub fn n_rows(&self) -> Option<u64> {
        match &self.kind {
            Kind::Memory(table) => Some(table.n_rows() as u64),
            Kind::Parquet(footer) => Some(footer.n_rows),
            Kind::Text(_) | Kind::Arrow => None,
        }
    }

    /// What a careful person would mention about the file: its encoding, the sheet that was chosen.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The file as messages name it.
    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Whether the file has no types of its own.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text(_))
    }

    /// What a Parquet file says about itself.
    pub(super) fn footer(&self) -> Option<&Footer> {
        match &self.kind {
            Kind::Parquet(footer) => Some(footer),
            Kind::Text(_) | Kind::Arrow | Kind::Memory(_) => None,
        }
    }

    /// The columns with what they hold, in the order of the file.
    pub(super) fn columns(&self) -> Vec<FooterColumn> {
        if let Some(footer) = self.footer() {
            return footer.columns.clone();
        }
        let column = |field: &FieldRef| FooterColumn {
            name: field.name().clone(),
            column_type: ColumnType::of_arrow(field.data_type()),
            leaf_idx: None,
        };
        self.schema.fields().iter().map(column).collect()
    }

    /// Whether the texts of a column may repeat, so that a dictionary helps; of Parquet alone this is known before it is read.
    pub(super) fn may_repeat(&self, column: usize) -> bool {
        self.footer().is_none_or(|footer| footer.may_repeat(self.schema.field(column).name()))
    }

    /// Number of rows of a file that does not say it.
    pub(super) fn count_rows(&self) -> Result<usize, LeadError> {
        let batches = self.batches_unchecked(&[], &[])?;
        batches.map(|batch| Ok(batch?.num_rows())).sum()
    }

    /// Doubts the pages of the columns at these positions; only Parquet has pages.
    ///
    /// # Errors
    /// [`LeadError`]: damaged, unreadable.
    pub(super) fn check_pages(&self, columns: &[usize]) -> Result<(), LeadError> {
        let Some(footer) = self.footer() else { return Ok(()) };
        let names: Vec<&str> = columns.iter().map(|&idx| self.schema.field(idx).name().as_str()).collect();
        check_pages(&self.path, footer, |name| names.contains(&name))
    }

    /// Batches of the columns at these positions, in the order of the file.
    ///
    /// - `as_words`: positions of text columns that may come with a dictionary, which is faster where texts repeat.
    ///
    /// # Errors
    /// [`LeadError`]: damaged, unreadable; while reading, from the iterator.
    pub fn batches(self, columns: &[usize], as_words: &[usize]) -> Result<LeadBatches, LeadError> {
        let mut columns = columns.to_vec();
        columns.sort_unstable();
        columns.dedup();
        self.check_pages(&columns)?;
        self.batches_unchecked(&columns, as_words)
    }

    /// As [`LeadStream::batches`], for positions in order whose pages have been checked.
    pub(super) fn batches_unchecked(&self, columns: &[usize], as_words: &[usize]) -> Result<LeadBatches, LeadError> {
        let batches: Batches = match &self.kind {
            Kind::Parquet(footer) => {
                let builder = parquet_builder(&self.path, footer, &self.schema, columns, as_words)?;
                read_parquet(&self.path, builder.with_batch_size(BATCH_ROWS))?
            }
            Kind::Text(table) => {
                let fields = columns.iter().map(|&idx| self.schema.fields()[idx].clone()).collect();
                Box::new(TextBatches {
                    rows: table.rows()?,
                    columns: columns.to_vec(),
                    fields,
                    shown: self.shown(),
                    n_read: 0,
                })
            }
            Kind::Arrow => read_arrow(&self.path, columns)?,
            Kind::Memory(table) => {
                in_words_of_all(&self.path, batches_in_memory(table.clone(), columns.to_vec(), BATCH_ROWS))
            }
        };
        Ok(LeadBatches { shown: self.shown(), batches, n_expected: self.n_rows(), n_read: 0, is_done: false })
    }

    /// Batches of so many rows of one row group of a Parquet file, for positions in order whose pages have been checked; no batch of
    /// any other file. Texts come with a dictionary.
    pub(super) fn group_batches(
        &self,
        group_idx: usize,
        columns: &[usize],
        n_rows: usize,
    ) -> Result<LeadBatches, LeadError> {
        let (batches, n_expected): (Batches, u64) = match self.footer() {
            Some(footer) => {
                let builder = parquet_builder(&self.path, footer, &self.schema, columns, columns)?;
                let builder = builder.with_row_groups(vec![group_idx]).with_batch_size(n_rows);
                let n_expected = footer.metadata.row_group(group_idx).num_rows() as u64;
                (read_parquet(&self.path, builder)?, n_expected)
            }
            None => (Box::new(std::iter::empty()), 0),
        };
        Ok(LeadBatches { shown: self.shown(), batches, n_expected: Some(n_expected), n_read: 0, is_done: false })
    }

    /// All rows of a text: the columns at these positions, their number, and what is no lead.
    ///
    /// # Errors
    /// [`LeadError`]: unreadable, a record with too many fields.
    pub(super) fn into_cells(
        self,
        columns: &[usize],
        is_row_wanted: impl Fn(usize) -> bool,
    ) -> Result<(Vec<Cells>, usize, Vec<String>), LeadError> {
        let Kind::Text(table) = &self.kind else { return Ok((Vec::new(), 0, Vec::new())) };
        let mut rows = table.rows()?;
        // Somebody has to count the rows.
        let wanted = if columns.is_empty() { &[0][..] } else { columns };
        let mut cells = rows.read_where(wanted, usize::MAX, is_row_wanted)?;
        let n_rows = cells.first().map_or(0, Cells::len);
        cells.truncate(columns.len());
        cells.resize_with(columns.len(), Cells::default);
        let mut remarks = self.notes.clone();
        remarks.extend(rows.left_out().in_words());
        Ok((cells, n_rows, remarks))
    }

    /// Gives the columns of a text the types that a card reads; one with a rule of its own stays text.
    fn type_texts(&mut self, readings: &BTreeMap<String, Reading>, kind_of: impl Fn(&str) -> Option<InputKind>) {
        if !self.is_text() {
            return;
        }
        let field = |field: &FieldRef| {
            let data_type = match kind_of(field.name()) {
                _ if readings.contains_key(field.name()) => DataType::Utf8,
                Some(InputKind::Number) => DataType::Float64,
                Some(InputKind::Boolean) => DataType::Boolean,
                Some(InputKind::Text) | None => DataType::Utf8,
            };
            Field::new(field.name(), data_type, true)
        };
        self.schema = Arc::new(Schema::new(self.schema.fields().iter().map(field).collect::<Vec<_>>()));
    }
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, LeadError>> + Send>;

/// The batches of one file; after an error there are no more.
pub struct LeadBatches {
    shown: String,
    batches: Batches,
    n_expected: Option<u64>,
    n_read: u64,
    is_done: bool,
}

impl Iterator for LeadBatches {
    type Item = Result<RecordBatch, LeadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let next = self.next_batch();
        self.is_done = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl LeadBatches {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, LeadError> {
        let batches = &mut self.batches;
        let next = guarded(|| batches.next())
            .map_err(|panic| LeadError::undecodable(&self.shown, format!("the decoder gave up ({})", plain(&panic))))?;
        match next.transpose()? {
            Some(batch) => {
                self.n_read += batch.num_rows() as u64;
                Ok(Some(batch))
            }
            None => match self.n_expected.filter(|&n_expected| n_expected != self.n_read) {
                Some(n_expected) => {
                    let what = format!("it says it has {n_expected} rows, and {} could be read", self.n_read);
                    Err(LeadError::damaged(&self.shown, what))
                }
                None => Ok(None),
            },
        }
    }
}

/// Batches of a text, its columns parsed as the schema wants them.
struct TextBatches {
    rows: Rows,
    columns: Vec<usize>,
    fields: Vec<FieldRef>,
    shown: String,
    n_read: u64,
}

impl Iterator for TextBatches {
    type Item = Result<RecordBatch, LeadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}

impl TextBatches {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, LeadError> {
        let wanted = if self.columns.is_empty() { &[0][..] } else { &self.columns };
        let cells = self.rows.read(wanted, BATCH_ROWS)?;
        let Some(n_rows) = cells.first().map(Cells::len) else { return Ok(None) };
        let arrays: Result<Vec<ArrayRef>, LeadError> =
            self.fields.iter().zip(&cells).map(|(field, cells)| self.typed(field, cells)).collect();
        self.n_read += n_rows as u64;
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(n_rows));
        RecordBatch::try_new_with_options(schema, arrays?, &options)
            .map(Some)
            .map_err(|error| LeadError::undecodable(&self.shown, plain(&error.to_string())))
    }

    fn typed(&self, field: &Field, cells: &Cells) -> Result<ArrayRef, LeadError> {
        Ok(match field.data_type() {
            DataType::Float64 => {
                let values: Result<Float64Array, _> =
                    self.parse(field, cells, "a number", |text| text.parse::<f64>().ok()).collect();
                Arc::new(values?)
            }
            DataType::Boolean => {
                let values: Result<BooleanArray, _> =
                    self.parse(field, cells, "true or false", |text| text.to_ascii_lowercase().parse().ok()).collect();
                Arc::new(values?)
            }
            _ => Arc::new(cells.iter().collect::<StringArray>()),
        })
    }

    fn parse<'a, T>(
        &'a self,
        field: &'a Field,
        cells: &'a Cells,
        wanted: &'static str,
        parse: impl Fn(&str) -> Option<T> + 'a,
    ) -> impl Iterator<Item = Result<Option<T>, LeadError>> + 'a {
        cells.iter().enumerate().map(move |(row_idx, text)| {
            let Some(text) = text.map(str::trim) else { return Ok(None) };
            match parse(text) {
                Some(value) => Ok(Some(value)),
                None if is_gap(text) => Ok(None),
                None => {
                    let (row, column) = (self.n_read + row_idx as u64 + 1, field.name());
                    let text: String = text.chars().take(40).collect();
                    let shown = &self.shown;
                    Err(LeadError::new(format!(
                        "{shown}, row {row}: column {column:?} holds {text:?}, which is not {wanted}"
                    )))
                }
            }
        })
    }
}

fn open_parquet(path: PathBuf) -> Result<LeadStream, LeadError> {
    let footer = read_footer(&path)?;
    let metadata = footer.metadata.clone();
    let read = in_words_of(path.display(), || ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new()))?;
    // INT96 times are read as microseconds: nanoseconds in 64 bits end in 2262, and Spark writes years beyond.
    let roots = footer.metadata.file_metadata().schema_descr().root_schema().get_fields();
    let fields = read.schema().fields().iter().zip(roots).map(|(field, root)| match field.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, zone)
            if root.is_primitive() && root.get_physical_type() == Physical::INT96 =>
        {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            Arc::new(field.as_ref().clone().with_data_type(micros))
        }
        _ => field.clone(),
    });
    let schema = Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), read.schema().metadata().clone()));
    Ok(LeadStream { path, schema, kind: Kind::Parquet(Box::new(footer)), notes: Vec::new() })
}

/// A reader of these columns that has not begun.
fn parquet_builder(
    path: &Path,
    footer: &Footer,
    schema: &SchemaRef,
    columns: &[usize],
    as_words: &[usize],
) -> Result<ParquetRecordBatchReaderBuilder<File>, LeadError> {
    let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = schema.fields().iter().enumerate().map(|(idx, field)| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if as_words.contains(&idx) => {
            Arc::new(field.as_ref().clone().with_data_type(words.clone()))
        }
        _ => field.clone(),
    });
    let hinted = Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()));
    let file = open(path)?;
    in_words_of(path.display(), || {
        let options = ArrowReaderOptions::new().with_schema(hinted);
        let metadata = ArrowReaderMetadata::try_new(footer.metadata.clone(), options)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        Ok::<_, ParquetError>(builder.with_projection(mask))
    })
}

fn read_parquet(path: &Path, builder: ParquetRecordBatchReaderBuilder<File>) -> Result<Batches, LeadError> {
    Ok(in_words_of_all(path, in_words_of(path.display(), || builder.build())?))
}

fn open_text(format: Format, path: PathBuf, options: &ReadOptions) -> Result<LeadStream, LeadError> {
    let table = TextTable::open(format, &path, options)?;
    let fields: Vec<Field> = table.columns().iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
    let notes = table.remarks.clone();
    Ok(LeadStream { path, schema: Arc::new(Schema::new(fields)), kind: Kind::Text(Box::new(table)), notes })
}

fn open_arrow(path: PathBuf) -> Result<LeadStream, LeadError> {
    check_arrow(&path)?;
    let file = BufReader::new(open(&path)?);
    let reader = in_words_of(path.display(), || arrow_ipc::reader::FileReader::try_new(file, None))?;
    let schema = reader.schema();
    match first_duplicate(schema.fields().iter().map(|field| field.name().as_str())) {
        Some((column, n)) => Err(LeadError::duplicate_column(path.display(), column, n)),
        None => Ok(LeadStream { path, schema, kind: Kind::Arrow, notes: Vec::new() }),
    }
}

fn read_arrow(path: &Path, columns: &[usize]) -> Result<Batches, LeadError> {
    let file = BufReader::new(open(path)?);
    let read = || arrow_ipc::reader::FileReader::try_new(file, Some(columns.to_vec()));
    Ok(in_words_of_all(path, in_words_of(path.display(), read)?))
}

/// Batches whose errors name the file.
fn in_words_of_all(
    path: &Path,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
) -> Batches {
    let shown = path.display().to_string();
    Box::new(batches.map(move |batch| batch.map_err(|error| LeadError::undecodable(&shown, plain(&error.to_string())))))
}

/// Sound ends, and every block of the footer within the file: a reader allocates what a block claims.
fn check_arrow(path: &Path) -> Result<(), LeadError> {
    let place = check_ends(path)?;
    let damaged = |what: String| LeadError::damaged(path.display(), what);
    let mut footer = vec![0_u8; place.n_bytes];
    let mut file = open(path)?;
    let read = file.seek(SeekFrom::Start(place.start)).and_then(|_| file.read_exact(&mut footer));
    read.map_err(LeadError::unreadable(path))?;
    let footer = arrow_ipc::root_as_footer(&footer)
        .map_err(|error| damaged(format!("its footer says nothing sensible ({})", plain(&error.to_string()))))?;
    let blocks = footer.recordBatches().into_iter().flatten().chain(footer.dictionaries().into_iter().flatten());
    for (block_idx, block) in blocks.enumerate() {
        let (start, header, body) = (block.offset(), i64::from(block.metaDataLength()), block.bodyLength());
        let end = start.checked_add(header).and_then(|end| end.checked_add(body));
        if start < 0 || header < 0 || body < 0 || end.is_none_or(|end| end > place.start as i64) {
            return Err(damaged(format!("its block {} is said to lie outside the file", block_idx + 1)));
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<File, LeadError> {
    File::open(path).map_err(LeadError::unreadable(path))
}

/// Runs a decoder; its errors and panics become an error with the file's name.
pub(super) fn in_words_of<T, E: std::fmt::Display>(
    shown: impl std::fmt::Display,
    decode: impl FnOnce() -> Result<T, E>,
) -> Result<T, LeadError> {
    match guarded(decode) {
        Ok(decoded) => decoded.map_err(|error| LeadError::undecodable(shown, plain(&error.to_string()))),
        Err(panic) => Err(LeadError::undecodable(shown, format!("the decoder gave up ({})", plain(&panic)))),
    }
}
