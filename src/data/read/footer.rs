//! Footer: what a Parquet file says about itself, read and doubted before a page of it is decoded.
//!
//! In: a path. Out: a [`Footer`]: rows, columns, where the pages lie. Refused here: empty files, wrong magic at either end, a
//! footer longer than the file, a schema that does not parse, chunks that lie outside the file, counts that disagree.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};

use super::LeadError;
use super::bytes;
use super::format::{Format, describe_bytes};
use super::guard::guarded;
use super::types::ColumnType;

/// What a Parquet file says about itself.
#[derive(Debug)]
pub(super) struct Footer {
    /// Rows in all row groups.
    pub n_rows: u64,
    /// Columns in the order of the file.
    pub columns: Vec<FooterColumn>,
    /// The parsed footer.
    pub metadata: Arc<ParquetMetaData>,
    /// First byte behind the pages.
    pub data_end: u64,
}

/// One column of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FooterColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub column_type: ColumnType,
    /// Position among the leaves of the schema, for a column that is one.
    pub leaf_idx: Option<usize>,
}

/// `PAR1`, footer length, `PAR1`: the least a Parquet file can be.
const MIN_BYTES: u64 = 12;

/// Reads the footer of a file and checks it against the file.
///
/// # Errors
/// [`LeadError`]: empty, another format, encrypted, damaged, two columns of one name, unreadable.
pub(super) fn read_footer(path: &Path) -> Result<Footer, LeadError> {
    let damaged = |what: String| LeadError::damaged(path.display(), what);
    let undecodable = |said: &str| {
        LeadError::undecodable(path.display(), format!("its footer says nothing sensible ({})", plain(said)))
    };
    let encrypted = || {
        let path = path.display();
        LeadError::new(format!("{path} is encrypted; Bantam reads plain Parquet\nhint: export it without encryption"))
    };
    let unreadable = LeadError::unreadable(path);
    let n_bytes = std::fs::metadata(path).map_err(&unreadable)?.len();
    let head = bytes::head(path).map_err(&unreadable)?;
    if n_bytes == 0 {
        return Err(LeadError::no_bytes(path.display()));
    }
    if head.starts_with(b"PARE") {
        return Err(encrypted());
    }
    if !head.starts_with(b"PAR1") {
        return Err(LeadError::wrong_format(path.display(), Format::Parquet.a_file(), describe_bytes(&head)));
    }
    if n_bytes < MIN_BYTES {
        return Err(damaged(format!("it is {n_bytes} bytes long, and the shortest Parquet file has {MIN_BYTES}")));
    }
    let mut file = File::open(path).map_err(&unreadable)?;
    let mut tail = [0_u8; 8];
    file.seek(SeekFrom::End(-8)).and_then(|_| file.read_exact(&mut tail)).map_err(&unreadable)?;
    let [length @ .., _, _, _, _] = tail;
    if &tail[4..] == b"PARE" {
        return Err(encrypted());
    }
    if &tail[4..] != b"PAR1" {
        return Err(damaged("it does not end with PAR1, so its end is cut off or overwritten".to_owned()));
    }
    let n_footer = u64::from(u32::from_le_bytes(length));
    if n_footer == 0 || n_footer > n_bytes - MIN_BYTES {
        return Err(damaged(format!("it says its footer has {n_footer} bytes, and the whole file has {n_bytes}")));
    }
    let data_end = n_bytes - 8 - n_footer;
    let mut footer = vec![0_u8; n_footer as usize];
    file.seek(SeekFrom::Start(data_end)).and_then(|_| file.read_exact(&mut footer)).map_err(&unreadable)?;
    let metadata = guarded(|| ParquetMetaDataReader::decode_metadata(&footer))
        .map_err(|panic| undecodable(&panic))?
        .map_err(|error| undecodable(&error.to_string()))?;
    let columns = columns_of(&metadata);
    if let Some((column, n)) = first_duplicate(columns.iter().map(|column| column.name.as_str())) {
        return Err(LeadError::duplicate_column(path.display(), column, n));
    }
    let n_rows = count_rows(&metadata).map_err(damaged)?;
    for column in &columns {
        check_chunks(&metadata, column, data_end).map_err(damaged)?;
    }
    Ok(Footer { n_rows, columns, metadata: Arc::new(metadata), data_end })
}

impl Footer {
    /// Bytes that the named columns take once unpacked, by what the footer claims.
    pub(super) fn n_unpacked_bytes(&self, is_wanted: impl Fn(&str) -> bool) -> u128 {
        let wanted = || self.columns.iter().filter(|column| is_wanted(&column.name));
        let claimed: u128 = wanted()
            .filter_map(|column| column.leaf_idx)
            .flat_map(|leaf_idx| self.metadata.row_groups().iter().map(move |group| group.column(leaf_idx)))
            .map(|chunk| chunk.uncompressed_size().max(0) as u128)
            .sum();
        // A few bytes of run lengths can stand for any number of rows.
        let in_memory: u128 = wanted().map(|column| column.column_type.width() * u128::from(self.n_rows)).sum();
        claimed.max(in_memory)
    }

    /// Bytes that the named columns of the largest row group take once unpacked, by what the footer claims.
    pub(super) fn n_unpacked_bytes_of_a_group(&self, is_wanted: impl Fn(&str) -> bool) -> u128 {
        let leaves: Vec<usize> =
            self.columns.iter().filter(|column| is_wanted(&column.name)).filter_map(|column| column.leaf_idx).collect();
        let of_group = |group: &RowGroupMetaData| -> u128 {
            leaves.iter().map(|&leaf_idx| group.column(leaf_idx).uncompressed_size().max(0) as u128).sum()
        };
        self.metadata.row_groups().iter().map(of_group).max().unwrap_or_default()
    }
}

/// Bytes of a text written out, beside its letters.
const BYTES_OF_LENGTH: i64 = 4;

impl Footer {
    /// Whether a column takes less than its values written out would, which is what a dictionary makes of texts that repeat.
    pub(super) fn may_repeat(&self, name: &str) -> bool {
        let leaf_idx = self.columns.iter().find(|column| column.name == name).and_then(|column| column.leaf_idx);
        let chunks = || self.metadata.row_groups().iter().filter_map(|group| group.columns().get(leaf_idx?));
        let n_bytes: i64 = chunks().map(|chunk| chunk.uncompressed_size()).fold(0, i64::saturating_add);
        let n_values: i64 = chunks().map(|chunk| chunk.num_values()).fold(0, i64::saturating_add);
        n_bytes < n_values.saturating_mul(BYTES_OF_LENGTH)
    }
}

fn columns_of(metadata: &ParquetMetaData) -> Vec<FooterColumn> {
    let schema = metadata.file_metadata().schema_descr();
    let leaves: Vec<usize> = (0..schema.num_columns()).collect();
    let fields = schema.root_schema().get_fields();
    fields
        .iter()
        .map(|field| {
            let is_own = |&leaf_idx: &usize| {
                let parts = schema.column(leaf_idx).path().parts().to_vec();
                parts.len() == 1 && parts[0] == field.name()
            };
            let leaf_idx = if field.is_primitive() { leaves.iter().copied().find(is_own) } else { None };
            FooterColumn { name: field.name().to_owned(), column_type: ColumnType::of_parquet(field), leaf_idx }
        })
        .collect()
}

/// The first name that stands there more than once, and how often.
pub(super) fn first_duplicate<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> Option<(&'a str, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    names.clone().for_each(|name| *counts.entry(name).or_insert(0_usize) += 1);
    names.find(|name| counts[name] > 1).map(|name| (name, counts[name]))
}

/// Rows of the file; its row groups must agree with it.
fn count_rows(metadata: &ParquetMetaData) -> Result<u64, String> {
    let mut n_rows: i64 = 0;
    for (group_idx, group) in metadata.row_groups().iter().enumerate() {
        let sum = if group.num_rows() < 0 { None } else { n_rows.checked_add(group.num_rows()) };
        n_rows = sum.ok_or_else(|| format!("its row group {} says it has {} rows", group_idx + 1, group.num_rows()))?;
    }
    let said = metadata.file_metadata().num_rows();
    if said != n_rows {
        return Err(format!("it says it has {said} rows, and its row groups have {n_rows}"));
    }
    Ok(n_rows as u64)
}

/// Every chunk of a column lies within the file and has one value per row.
fn check_chunks(metadata: &ParquetMetaData, column: &FooterColumn, data_end: u64) -> Result<(), String> {
    let Some(leaf_idx) = column.leaf_idx else { return Ok(()) };
    for (group_idx, group) in metadata.row_groups().iter().enumerate() {
        let place = || format!("column {:?}, row group {}", column.name, group_idx + 1);
        let Some(chunk) = group.columns().get(leaf_idx) else {
            return Err(format!("{} is missing", place()));
        };
        if group.num_rows() == 0 {
            continue;
        }
        if chunk.file_path().is_some() {
            return Err(format!("{} lies in another file", place()));
        }
        let (start, length) = (first_page(chunk), chunk.compressed_size());
        let end =
            start.checked_add(length).filter(|_| start >= 4 && length >= 0).and_then(|end| u64::try_from(end).ok());
        if end.is_none_or(|end| end > data_end) {
            return Err(format!("{} is said to lie at byte {start}, {length} bytes long, outside the file", place()));
        }
        if chunk.uncompressed_size() < 0 {
            return Err(format!("{} is said to unpack to {} bytes", place(), chunk.uncompressed_size()));
        }
        let is_flat = chunk.column_descr().max_rep_level() == 0;
        if is_flat && chunk.num_values() != group.num_rows() {
            return Err(format!(
                "{} is said to have {} values for {} rows",
                place(),
                chunk.num_values(),
                group.num_rows()
            ));
        }
    }
    Ok(())
}

/// Where the pages of a chunk begin: with the dictionary, if it has one. Some writers put 0 for "none".
pub(super) fn first_page(chunk: &parquet::file::metadata::ColumnChunkMetaData) -> i64 {
    match chunk.dictionary_page_offset() {
        Some(offset) if offset > 0 && offset < chunk.data_page_offset() => offset,
        _ => chunk.data_page_offset(),
    }
}

/// The message of a library without its own prefix and line ends.
pub(super) fn plain(message: &str) -> String {
    message.trim_start_matches("Parquet error: ").lines().next().unwrap_or_default().trim().to_owned()
}
