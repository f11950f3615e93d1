//! CSV: which character separates, and what the header says, before polars parses the rest.
//!
//! In: the first bytes of a file. Out: its [`Dialect`]. Text only, UTF-8 only; the first line names the columns.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use polars::prelude::{CsvParseOptions, CsvReadOptions, DataFrame, NullValues, SerReader};

use super::LeadError;
use super::footer::first_duplicate;
use super::format::{Format, describe_bytes, looks_like_text};

/// How a CSV file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Character between two fields.
    pub separator: u8,
    /// Names of the columns.
    pub columns: Vec<String>,
}

/// Bytes that hold the header; a longer one is not a header.
const N_HEAD: u64 = 1 << 20;

/// Separators in the order in which ties are settled.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads the header of a CSV file.
///
/// # Errors
/// [`LeadError`]: empty, no text, two columns of one name.
pub(super) fn sniff(path: &Path) -> Result<Dialect, LeadError> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(N_HEAD).read_to_end(&mut head));
    read.map_err(LeadError::unreadable(path))?;
    if head.is_empty() {
        return Err(LeadError::no_bytes(path.display()));
    }
    let no_csv = |seen: &str| LeadError::wrong_format(path.display(), Format::Csv.a_file(), seen);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    if !looks_like_text(text) {
        let is_text = std::str::from_utf8(text).is_err() && !text.contains(&0) && Format::of_bytes(text).is_none();
        return Err(match is_text {
            true => no_csv("its letters are not in UTF-8: save it as UTF-8 (in Excel, \"CSV UTF-8\")"),
            false => no_csv(&describe_bytes(&head)),
        });
    }
    let text = String::from_utf8_lossy(text);
    if head.len() as u64 == N_HEAD && !text.contains(['\n', '\r']) {
        return Err(no_csv("its first line, which names the columns, does not end within a megabyte"));
    }
    let n_fields = |separator: &u8| split_record(&text, *separator).len();
    let most = SEPARATORS.iter().map(n_fields).max().unwrap_or(1);
    let separator = SEPARATORS.into_iter().find(|separator| n_fields(separator) == most).unwrap_or(b',');
    let columns = split_record(&text, separator);
    if let Some((column, n)) = first_duplicate(columns.iter().map(String::as_str)) {
        return Err(LeadError::duplicate_column(path.display(), column, n));
    }
    Ok(Dialect { separator, columns })
}

/// Parses a CSV file: dates are recognised, an empty field is missing, every row is looked at before a type is settled.
///
/// # Errors
/// What polars says.
pub(super) fn parse(
    path: &Path,
    dialect: &Dialect,
    columns: Option<&[String]>,
) -> polars::prelude::PolarsResult<DataFrame> {
    let options = CsvParseOptions::default()
        .with_separator(dialect.separator)
        .with_try_parse_dates(true)
        .with_missing_is_null(true)
        .with_null_values(Some(NullValues::AllColumnsSingle("".into())));
    let columns = columns.map(|columns| columns.iter().map(|column| column.as_str().into()).collect());
    CsvReadOptions::default()
        .with_has_header(true)
        .with_infer_schema_length(None)
        .with_parse_options(options)
        .with_columns(columns)
        .with_rechunk(false)
        .try_into_reader_with_file_path(Some(path.to_owned()))?
        .finish()
}

/// The first record with more fields than the header, for the message of a file that polars refused.
pub(super) fn find_ragged_line(path: &Path, dialect: &Dialect) -> Option<LeadError> {
    let text = std::fs::read_to_string(path).ok()?;
    let (mut line, mut rest) = (1, text.as_str());
    while !rest.is_empty() {
        let (fields, n_bytes) = next_record(rest, dialect.separator);
        if fields.len() > dialect.columns.len() {
            return Some(LeadError::new(format!(
                "line {line} of {} has {} fields, and the header has {}\nhint: a field that holds the separator needs quotes \
                 around it",
                path.display(),
                fields.len(),
                dialect.columns.len()
            )));
        }
        line += rest[..n_bytes].matches('\n').count();
        rest = &rest[n_bytes..];
    }
    None
}

/// The fields of the first record.
fn split_record(text: &str, separator: u8) -> Vec<String> {
    next_record(text, separator).0
}

/// The fields of the first record and its length with its line end; a quoted field may hold separators, line ends and
/// doubled quotes.
fn next_record(text: &str, separator: u8) -> (Vec<String>, usize) {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut n_bytes = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        n_bytes += character.len_utf8();
        let is_at_start = fields.last().is_some_and(String::is_empty);
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                n_bytes += 1;
                push(&mut fields, '"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if is_at_start => is_quoted = true,
            '\r' if !is_quoted && characters.peek() == Some(&'\n') => {}
            '\n' | '\r' if !is_quoted => break,
            other if !is_quoted && other == char::from(separator) => fields.push(String::new()),
            other => push(&mut fields, other),
        }
    }
    (fields, n_bytes)
}

fn push(fields: &mut [String], character: char) {
    if let Some(field) = fields.last_mut() {
        field.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_split_where_the_writer_split_it() {
        assert_eq!(split_record("a,b;c\n1,2", b','), ["a", "b;c"]);
        assert_eq!(split_record("\"a, \"\"x\"\"\nb\",c\r\n", b','), ["a, \"x\"\nb", "c"]);
        assert_eq!(split_record("a", b','), ["a"]);
    }
}
