//! Decoding one file into a frame, whatever its format, with every failure as a sentence that names it.
//!
//! In: a file that has passed the checks of its format. Out: its [`Opened`] schema, then its frame of usable columns.
//! A later guard runs this module in a process of its own: it takes a path and names, and gives a frame or an error.

use std::convert::Infallible;
use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, DataType, IpcReader, ParquetReader, PolarsError, SerReader};

use super::arrow_file::check_ends;
use super::bytes::in_words;
use super::csv::{self, Dialect};
use super::footer::{Footer, FooterColumn, plain, read_footer};
use super::format::Format;
use super::guard::guarded;
use super::pages::check_pages;
use super::types::ColumnType;
use super::{Columns, LeadError, stream};

/// A file whose schema has been read and checked.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    kind: Kind,
    /// Columns in the order of the file.
    pub columns: Vec<FooterColumn>,
}

#[derive(Debug)]
enum Kind {
    Parquet(Footer),
    /// CSV has no schema: the types are known once it has been parsed, so it is parsed once, here.
    Csv(DataFrame),
    Arrow,
}

/// Reads what a file says about itself.
///
/// # Errors
/// Everything in [`LeadError`] that concerns one file.
pub(super) fn open(format: Format, path: &Path, columns: Columns<'_>) -> Result<Opened, LeadError> {
    match format {
        Format::Parquet => {
            let footer = read_footer(path)?;
            Ok(Opened { path: path.to_owned(), columns: footer.columns.clone(), kind: Kind::Parquet(footer) })
        }
        Format::Csv => open_csv(path, columns),
        Format::Arrow => open_arrow(path),
    }
}

impl Opened {
    /// Bytes the file takes in memory, by its own account; for CSV what it has taken.
    pub(super) fn n_unpacked_bytes(&self, is_wanted: impl Fn(&str) -> bool) -> u128 {
        match &self.kind {
            Kind::Parquet(footer) => footer.n_unpacked_bytes(is_wanted),
            Kind::Csv(_) | Kind::Arrow => 0,
        }
    }

    /// Decodes the named columns, in that order.
    ///
    /// # Errors
    /// [`LeadError`] for damage that shows in the pages alone.
    pub(super) fn decode(self, names: &[String]) -> Result<DataFrame, LeadError> {
        let path = self.path;
        let frame = match self.kind {
            Kind::Csv(frame) => frame,
            Kind::Parquet(footer) => {
                check_pages(&path, &footer, |name| names.iter().any(|wanted| wanted == name))?;
                let frame = in_words_of(path.display(), || {
                    ParquetReader::new(File::open(&path)?).with_columns(Some(names.to_vec())).finish()
                })?;
                let n_rows = footer.n_rows;
                if frame.height() as u64 != n_rows {
                    let what = format!("it says it has {n_rows} rows, and {} could be read", frame.height());
                    return Err(LeadError::damaged(path.display(), what));
                }
                frame
            }
            Kind::Arrow => in_words_of(path.display(), || {
                IpcReader::new(File::open(&path)?).with_columns(Some(names.to_vec())).finish()
            })?,
        };
        in_words_of(path.display(), || as_promised(frame.select(names)?, &self.columns))
    }
}

/// Gives every column the type its [`ColumnType`] promises: text with a dictionary becomes text, decimals numbers.
fn as_promised(frame: DataFrame, columns: &[FooterColumn]) -> Result<DataFrame, PolarsError> {
    let mut promised = Vec::with_capacity(frame.width());
    for column in frame.into_columns() {
        let wanted =
            match columns.iter().find(|known| known.name == column.name().as_str()).map(|known| &known.column_type) {
                Some(ColumnType::Usable(data_type)) => data_type.clone(),
                _ => column.dtype().clone(),
            };
        let needs_cast = match (column.dtype(), &wanted) {
            (DataType::Datetime(..), DataType::Datetime(..)) => false,
            (is, wanted) => is != wanted,
        };
        promised.push(if needs_cast { column.strict_cast(&wanted)? } else { column });
    }
    DataFrame::new_infer_height(promised)
}

fn open_csv(path: &Path, columns: Columns<'_>) -> Result<Opened, LeadError> {
    let dialect: Dialect = csv::sniff(path)?;
    // Names that are not there are reported by the caller, with the nearest ones.
    let known: Option<Vec<String>> = match columns {
        Columns::Exactly(wanted) => {
            Some(dialect.columns.iter().filter(|name| wanted.contains(name)).cloned().collect())
        }
        // Whether a line fits the header is seen by parsing all of it.
        Columns::All | Columns::Where(_) => None,
    };
    let known = known.filter(|known| !known.is_empty());
    let frame = in_words_of(path.display(), || csv::parse(path, &dialect, known.as_deref()))
        .map_err(|error| csv::find_ragged_line(path, &dialect).unwrap_or(error))?;
    let columns = dialect.columns.iter().map(|name| FooterColumn {
        name: name.clone(),
        column_type: frame
            .column(name)
            .map_or(ColumnType::Usable(DataType::String), |column| ColumnType::of_polars(column.dtype())),
        leaf_idx: None,
    });
    Ok(Opened { path: path.to_owned(), columns: columns.collect(), kind: Kind::Csv(frame) })
}

fn open_arrow(path: &Path) -> Result<Opened, LeadError> {
    check_ends(path)?;
    let schema = in_words_of(path.display(), || IpcReader::new(File::open(path)?).schema())?;
    let columns = schema.iter_values().map(|field| {
        // Without its feature polars panics on a type rather than naming it.
        let column_type = guarded(|| ColumnType::of_polars(&DataType::from_arrow_field(field)));
        FooterColumn {
            name: field.name.to_string(),
            column_type: column_type.unwrap_or_else(|_| ColumnType::Unusable("values of a nested type".to_owned())),
            leaf_idx: None,
        }
    });
    Ok(Opened { path: path.to_owned(), columns: columns.collect(), kind: Kind::Arrow })
}

/// Runs a polars reader; its errors and panics become an error with the file's name.
pub(super) fn in_words_of<T>(
    shown: impl Display,
    read: impl FnOnce() -> Result<T, PolarsError>,
) -> Result<T, LeadError> {
    let read = stream::in_words_of(&shown, || Ok::<_, Infallible>(read()))?;
    read.map_err(|error| match error {
        PolarsError::IO { error, .. } => LeadError::environment(shown, plain(&error.to_string())),
        error => LeadError::undecodable(shown, plain(&error.to_string())),
    })
}

/// Memory of this machine, the most that a table may claim to unpack to.
pub(super) fn memory_limit() -> u128 {
    // A machine that does not say is taken to have 64 GiB, so that only absurd claims are refused.
    const UNKNOWN: u128 = 64 << 30;
    let said = std::fs::read_to_string("/proc/meminfo").ok();
    let kib = said.as_deref().and_then(|said| {
        let line = said.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.split_whitespace().next()?.parse::<u128>().ok()
    });
    kib.map_or(UNKNOWN, |kib| kib * 1024)
}

/// Refuses a table that claims more than the machine has.
///
/// # Errors
/// [`LeadError`] with both figures.
pub(super) fn check_claim(shown: &str, n_claimed: u128, limit: u128) -> Result<(), LeadError> {
    if n_claimed <= limit {
        return Ok(());
    }
    Err(LeadError::new(format!(
        "{shown} says it unpacks to {}, and this machine has {} of memory\nhint: if that is right, read fewer columns or fewer \
         files; if it cannot be right, the file is damaged",
        in_words(n_claimed),
        in_words(limit)
    )))
}
