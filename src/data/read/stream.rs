//! Streaming: one file of leads as Arrow record batches, for scoring in constant memory.
//!
//! In: the path of one file, and for CSV what kind of value a column holds. Out: a [`LeadStream`] with the file's schema, and
//! from it an iterator of batches of the columns asked for.
//!
//! Always true: the file has passed the checks of its format before a page is decoded; a decoder that panics becomes an error;
//! a Parquet file gives as many rows as it said it would. Same checks as `decode`, without polars.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray, Float64Array};
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type as Physical;

use super::LeadError;
use super::arrow_file::check_ends;
use super::csv::{self, Dialect};
use super::find::{Found, find};
use super::footer::{Footer, first_duplicate, plain, read_footer};
use super::format::Format;
use super::guard::guarded;
use super::pages::check_pages;
use crate::card::InputKind;

/// Rows of one batch: what the scorer works on at once, so that a batch is still in the cache when it is scored.
const BATCH_ROWS: usize = 16_384;

/// One file, its schema read and checked.
#[derive(Debug)]
pub struct LeadStream {
    path: PathBuf,
    schema: SchemaRef,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Parquet(Box<Footer>),
    Csv(Dialect),
    Arrow,
}

/// Opens one file.
///
/// - `kind_of`: what a column of a CSV file holds, for those that are not text.
///
/// # Errors
/// [`LeadError`] for a folder, a glob or an address, and for everything that can be wrong with one file.
pub fn open_stream(spec: &str, kind_of: impl Fn(&str) -> Option<InputKind>) -> Result<LeadStream, LeadError> {
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
    match format {
        Format::Parquet => open_parquet(path),
        Format::Csv => open_csv(path, kind_of),
        Format::Arrow => open_arrow(path),
    }
}

impl LeadStream {
    /// The columns of the file, in its order.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows of the file, where it says so before it is read.
    pub fn n_rows(&self) -> Option<u64> {
        match &self.kind {
            Kind::Parquet(footer) => Some(footer.n_rows),
            Kind::Csv(_) | Kind::Arrow => None,
        }
    }

    /// The file as messages name it.
    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Whether the file has no types of its own.
    pub(super) fn is_csv(&self) -> bool {
        matches!(self.kind, Kind::Csv(_))
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
        let (shown, n_expected) = (self.shown(), self.n_rows());
        let batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>> = match self.kind {
            Kind::Parquet(footer) => read_parquet(&self.path, &footer, &self.schema, &columns, as_words)?,
            Kind::Csv(dialect) => read_csv(&self.path, &dialect, &columns)?,
            Kind::Arrow => read_arrow(&self.path, &columns)?,
        };
        let fields: Vec<FieldRef> = columns.iter().map(|&idx| self.schema.fields()[idx].clone()).collect();
        Ok(LeadBatches { shown, fields, batches, n_expected, n_read: 0, is_done: false })
    }
}

/// The batches of one file; after an error there are no more.
pub struct LeadBatches {
    shown: String,
    /// The columns as [`LeadStream::schema`] shows them.
    fields: Vec<FieldRef>,
    batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
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
        match in_words_of(&self.shown, || batches.next().transpose())? {
            Some(batch) => {
                let batch = self.typed(batch)?;
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

    /// CSV holds text only: columns that are shown as numbers or true and false are parsed here.
    fn typed(&self, batch: RecordBatch) -> Result<RecordBatch, LeadError> {
        let parse = |(column, field): (&ArrayRef, &FieldRef)| -> Result<(FieldRef, ArrayRef), LeadError> {
            let parsed: ArrayRef = match (column.data_type(), field.data_type()) {
                (DataType::Utf8, DataType::Float64) => {
                    let values: Result<Float64Array, _> =
                        self.parse(column, field, "a number", |text| text.parse::<f64>().ok()).collect();
                    Arc::new(values?)
                }
                (DataType::Utf8, DataType::Boolean) => {
                    let values: Result<BooleanArray, _> = self
                        .parse(column, field, "true or false", |text| text.to_ascii_lowercase().parse().ok())
                        .collect();
                    Arc::new(values?)
                }
                _ => column.clone(),
            };
            let field = field.as_ref().clone().with_data_type(parsed.data_type().clone());
            Ok((Arc::new(field), parsed))
        };
        let pairs: Result<Vec<_>, LeadError> = batch.columns().iter().zip(&self.fields).map(parse).collect();
        let (fields, columns): (Vec<FieldRef>, Vec<ArrayRef>) = pairs?.into_iter().unzip();
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
            .map_err(|error| LeadError::undecodable(&self.shown, plain(&error.to_string())))
    }

    fn parse<'a, T>(
        &'a self,
        column: &'a ArrayRef,
        field: &'a Field,
        wanted: &'static str,
        parse: impl Fn(&str) -> Option<T> + 'a,
    ) -> impl Iterator<Item = Result<Option<T>, LeadError>> + 'a {
        column.as_string::<i32>().iter().enumerate().map(move |(row_idx, text)| {
            let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
            let value = parse(text).ok_or_else(|| {
                let (row, column) = (self.n_read + row_idx as u64 + 1, field.name());
                let text: String = text.chars().take(40).collect();
                let shown = &self.shown;
                LeadError::new(format!("{shown}, row {row}: column {column:?} holds {text:?}, which is not {wanted}"))
            })?;
            Ok(Some(value))
        })
    }
}

fn open_parquet(path: PathBuf) -> Result<LeadStream, LeadError> {
    let footer = read_footer(&path)?;
    let metadata = Arc::new(footer.metadata.clone());
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
    Ok(LeadStream { path, schema, kind: Kind::Parquet(Box::new(footer)) })
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

fn read_parquet(
    path: &Path,
    footer: &Footer,
    schema: &SchemaRef,
    columns: &[usize],
    as_words: &[usize],
) -> Result<Batches, LeadError> {
    let names: Vec<&str> = columns.iter().map(|&idx| schema.field(idx).name().as_str()).collect();
    check_pages(path, footer, |name| names.contains(&name))?;
    let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = schema.fields().iter().enumerate().map(|(idx, field)| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if as_words.contains(&idx) => {
            Arc::new(field.as_ref().clone().with_data_type(words.clone()))
        }
        _ => field.clone(),
    });
    let hinted = Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()));
    let file = open(path)?;
    let reader = in_words_of(path.display(), || {
        let options = ArrowReaderOptions::new().with_schema(hinted);
        let metadata = ArrowReaderMetadata::try_new(Arc::new(footer.metadata.clone()), options)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()
    })?;
    Ok(Box::new(reader))
}

fn open_csv(path: PathBuf, kind_of: impl Fn(&str) -> Option<InputKind>) -> Result<LeadStream, LeadError> {
    let dialect = csv::sniff(&path)?;
    let fields = dialect.columns.iter().map(|name| {
        let data_type = match kind_of(name) {
            Some(InputKind::Number) => DataType::Float64,
            Some(InputKind::Boolean) => DataType::Boolean,
            Some(InputKind::Text) | None => DataType::Utf8,
        };
        Field::new(name, data_type, true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    Ok(LeadStream { path, schema, kind: Kind::Csv(dialect) })
}

fn read_csv(path: &Path, dialect: &Dialect, columns: &[usize]) -> Result<Batches, LeadError> {
    let fields = dialect.columns.iter().map(|name| Field::new(name, DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let builder = arrow_csv::ReaderBuilder::new(schema)
        .with_header(true)
        .with_delimiter(dialect.separator)
        // A line that ends early has nothing in its last columns, as everywhere else in Bantam.
        .with_truncated_rows(true)
        .with_batch_size(BATCH_ROWS)
        .with_projection(columns.to_vec());
    let file = open(path)?;
    Ok(Box::new(in_words_of(path.display(), || builder.build(file))?))
}

fn open_arrow(path: PathBuf) -> Result<LeadStream, LeadError> {
    check_arrow(&path)?;
    let file = BufReader::new(open(&path)?);
    let reader = in_words_of(path.display(), || arrow_ipc::reader::FileReader::try_new(file, None))?;
    let schema = reader.schema();
    match first_duplicate(schema.fields().iter().map(|field| field.name().as_str())) {
        Some((column, n)) => Err(LeadError::duplicate_column(path.display(), column, n)),
        None => Ok(LeadStream { path, schema, kind: Kind::Arrow }),
    }
}

fn read_arrow(path: &Path, columns: &[usize]) -> Result<Batches, LeadError> {
    let file = BufReader::new(open(path)?);
    let read = || arrow_ipc::reader::FileReader::try_new(file, Some(columns.to_vec()));
    Ok(Box::new(in_words_of(path.display(), read)?))
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
