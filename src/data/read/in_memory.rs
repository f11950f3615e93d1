//! Tables in memory: the same door as files, and a fingerprint of their values.
//!
//! Always true: the fingerprint is that of names, types and values in their order; how the rows are cut into batches, how texts
//! are stored and what stands under a missing value have no part in it.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, FieldRef};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::footer::first_duplicate;
use super::stream::LeadStream;
use super::types::in_words;
use super::{InputFile, LeadError};
use crate::runs::sha256_hex;
use crate::settings::TableInMemory;

/// A stream of a table in memory.
///
/// - `shown`: what messages call it.
///
/// # Errors
/// [`LeadError`]: no column, two of one name.
pub(super) fn open_in_memory(shown: &str, table: &TableInMemory) -> Result<LeadStream, LeadError> {
    let schema = table.schema();
    if schema.fields().is_empty() {
        return Err(LeadError::new(format!(
            "{shown} has no columns\nhint: criteria are text, numbers, dates or yes and no"
        )));
    }
    match first_duplicate(schema.fields().iter().map(|field| field.name().as_str())) {
        Some((column, n)) => Err(LeadError::duplicate_column(shown, column, n)),
        None => Ok(LeadStream::of_memory(shown, table.clone())),
    }
}

/// The rows in batches of at most `n_rows`, the columns at these positions.
pub(super) fn batches_in_memory(
    table: TableInMemory,
    columns: Vec<usize>,
    n_rows: usize,
) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send {
    let n_batches = table.batches().len();
    (0..n_batches).flat_map(move |at| {
        let batch = table.batches()[at].project(&columns).and_then(with_words);
        let starts = (0..batch.as_ref().map_or(1, RecordBatch::num_rows)).step_by(n_rows);
        starts.map(move |start| match &batch {
            Ok(batch) => Ok(batch.slice(start, n_rows.min(batch.num_rows() - start))),
            Err(error) => Err(ArrowError::CastError(error.to_string())),
        })
    })
}

/// The batch with texts of every dictionary as the readers of files give them.
fn with_words(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let keyed = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let is_other = |data_type: &DataType| match data_type {
        DataType::Dictionary(_, values) => is_text(values) && *data_type != keyed,
        _ => false,
    };
    if !batch.columns().iter().any(|column| is_other(column.data_type())) {
        return Ok(batch);
    }
    let column = |(field, column): (&FieldRef, &ArrayRef)| match is_other(column.data_type()) {
        true => Ok((field.as_ref().clone().with_data_type(keyed.clone()).into(), cast(column, &keyed)?)),
        false => Ok((field.clone(), column.clone())),
    };
    let columns = batch.schema_ref().fields().iter().zip(batch.columns()).map(column);
    let (fields, columns): (Vec<FieldRef>, Vec<ArrayRef>) =
        columns.collect::<Result<Vec<_>, ArrowError>>()?.into_iter().unzip();
    RecordBatch::try_new(std::sync::Arc::new(arrow_schema::Schema::new(fields)), columns)
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// The fingerprint of a table in memory.
///
/// - `shown`, `table`: what messages and the manifest call it.
pub(super) fn fingerprint_in_memory(shown: &str, table: &str, rows: &TableInMemory) -> InputFile {
    let fields: Vec<(usize, &FieldRef)> = rows.schema().fields().iter().enumerate().collect();
    let columns: Vec<(String, u64)> = fields
        .into_par_iter()
        .map(|(at, field)| {
            let parts: Vec<&ArrayRef> = rows.batches().iter().map(|batch| batch.column(at)).collect();
            fingerprint_of_column(field.name(), &parts)
        })
        .collect();
    let all: String = columns.iter().map(|(sha256, _)| sha256.as_str()).collect();
    InputFile {
        path: shown.to_owned(),
        table: table.to_owned(),
        sha256: sha256_hex(all.as_bytes()),
        n_bytes: columns.iter().map(|(_, n_bytes)| n_bytes).sum(),
        n_rows: rows.n_rows() as u64,
    }
}

/// SHA-256 of a column, and the bytes of its values.
fn fingerprint_of_column(name: &str, parts: &[&ArrayRef]) -> (String, u64) {
    let mut values = Hashed::default();
    let mut missing = Hashed::default();
    let mut n_rows_before = 0;
    for part in parts {
        add_values(part.as_ref(), &mut values);
        let nulls = part.logical_nulls();
        for row in nulls.iter().flat_map(|nulls| (!nulls.inner()).set_indices().collect::<Vec<_>>()) {
            missing.add(&(n_rows_before + row as u64).to_le_bytes());
        }
        n_rows_before += part.len() as u64;
    }
    let held = parts.first().map_or_else(String::new, |part| in_words(part.data_type()));
    let n_bytes = values.n_bytes;
    let of_values = [values, missing].map(Hashed::finish).concat();
    (sha256_hex(format!("{} {name} {held} {n_rows_before} {of_values}", name.len()).as_bytes()), n_bytes)
}

/// SHA-256 of bytes that come bit by bit.
#[derive(Default)]
struct Hashed {
    hasher: Sha256,
    n_bytes: u64,
    /// Bytes that are not hashed yet: few at a time cost more than many.
    waiting: Vec<u8>,
}

/// Waiting bytes that are worth a call.
const ENOUGH: usize = 1 << 14;

impl Hashed {
    fn add(&mut self, bytes: &[u8]) {
        self.n_bytes += bytes.len() as u64;
        if self.waiting.is_empty() && bytes.len() >= ENOUGH {
            return self.hasher.update(bytes);
        }
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= ENOUGH {
            self.hasher.update(&self.waiting);
            self.waiting.clear();
        }
    }

    fn add_text(&mut self, text: Option<&str>) {
        let text = text.unwrap_or_default();
        self.add(&(text.len() as u32).to_le_bytes());
        self.add(text.as_bytes());
    }

    fn finish(mut self) -> String {
        self.hasher.update(&self.waiting);
        self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Values of a column's part; of what no criterion can be made of, nothing.
fn add_values(part: &dyn Array, values: &mut Hashed) {
    match part.data_type() {
        DataType::Boolean => {
            part.as_boolean().iter().for_each(|flag| values.add(&[u8::from(flag.unwrap_or_default())]))
        }
        DataType::Utf8 => part.as_string::<i32>().iter().for_each(|text| values.add_text(text)),
        DataType::LargeUtf8 => part.as_string::<i64>().iter().for_each(|text| values.add_text(text)),
        DataType::Utf8View => part.as_string_view().iter().for_each(|text| values.add_text(text)),
        DataType::Dictionary(_, held) => {
            if let Ok(plain) = cast(&part.slice(0, part.len()), held) {
                add_values(plain.as_ref(), values);
            }
        }
        other => {
            if let Some(width) = other.primitive_width() {
                add_numbers(part, width, values);
            }
        }
    }
}

/// Values of `width` bytes each; a missing one counts as zeros.
fn add_numbers(part: &dyn Array, width: usize, values: &mut Hashed) {
    let data = part.to_data();
    let Some(buffer) = data.buffers().first() else { return };
    let bytes = &buffer.as_slice()[data.offset() * width..(data.offset() + data.len()) * width];
    match data.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => values.add(bytes),
        Some(nulls) => {
            let zeros = [0; 32];
            for (row, value) in bytes.chunks_exact(width).enumerate() {
                values.add(if nulls.is_valid(row) { value } else { &zeros[..width] });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        BooleanArray, DictionaryArray, Float64Array, Int64Array, LargeStringArray, StringArray, StringViewArray,
    };

    use super::*;
    use crate::data::read::{Columns, ReadOptions, read_table};

    fn table(columns: Vec<(&str, ArrayRef)>) -> TableInMemory {
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        TableInMemory::new(batch.schema(), vec![batch])
    }

    fn cut(table: &TableInMemory, at: usize) -> TableInMemory {
        let batch = &table.batches()[0];
        let parts = vec![batch.slice(0, at), batch.slice(at, batch.num_rows() - at)];
        TableInMemory::new(table.schema().clone(), parts)
    }

    fn sha256(table: &TableInMemory) -> String {
        fingerprint_in_memory("leads (in memory)", "leads", table).sha256
    }

    fn leads(size: Vec<Option<f64>>) -> TableInMemory {
        table(vec![
            ("team", Arc::new(StringArray::from(vec![Some("North"), None, Some(""), Some("North")]))),
            ("size", Arc::new(Float64Array::from(size))),
            ("won", Arc::new(BooleanArray::from(vec![true, false, false, true]))),
        ])
    }

    #[test]
    fn the_fingerprint_is_that_of_the_values() {
        let whole = leads(vec![Some(1.0), None, Some(3.0), Some(0.0)]);
        assert_eq!(sha256(&whole), sha256(&cut(&whole, 1)));
        assert_ne!(
            sha256(&whole),
            sha256(&leads(vec![Some(1.0), Some(0.0), Some(3.0), Some(0.0)])),
            "missing is not 0"
        );
        let texts = vec![Some("a"), None, Some("bc")];
        let stored: [ArrayRef; 4] = [
            Arc::new(StringArray::from(texts.clone())),
            Arc::new(LargeStringArray::from(texts.clone())),
            Arc::new(StringViewArray::from(texts.clone())),
            Arc::new(texts.into_iter().collect::<DictionaryArray<arrow_array::types::UInt8Type>>()),
        ];
        let prints = stored.map(|texts| sha256(&table(vec![("text", texts)])));
        assert!(prints.iter().all(|print| *print == prints[0]), "{prints:?}");
    }

    #[test]
    fn a_table_in_memory_is_read_as_the_same_table_in_a_file() {
        let keys = DictionaryArray::new(
            arrow_array::UInt32Array::from(vec![1, 0, 0, 1]),
            Arc::new(StringViewArray::from(vec!["b", "a"])),
        );
        let all = table(vec![
            ("team", Arc::new(keys)),
            ("size", Arc::new(Float64Array::from(vec![Some(1.0), None, Some(3.0), Some(4.0)]))),
            ("n", Arc::new(Int64Array::from(vec![4, 3, 2, 1]))),
        ]);
        for rows in [&all, &cut(&all, 3)] {
            let options = ReadOptions::default().of_table(Some(rows));
            let read = read_table("leads (in memory)", "leads", Columns::All, &options).expect("read");
            assert_eq!(
                (read.table.n_rows, read.files[0].n_rows, read.files[0].path.as_str()),
                (4, 4, "leads (in memory)")
            );
            let names: Vec<&str> = read.table.columns.iter().map(|column| column.name.as_str()).collect();
            assert_eq!(names, ["team", "size", "n"]);
            assert_eq!(read.table.columns[1].content.n_missing(), 1);
        }
    }

    #[test]
    fn what_is_no_table_is_refused_in_words() {
        let say = |rows: &TableInMemory| {
            let options = ReadOptions::default().of_table(Some(rows));
            read_table("leads (in memory)", "leads", Columns::All, &options).expect_err("refused").to_string()
        };
        let empty = RecordBatch::new_empty(Arc::new(arrow_schema::Schema::empty()));
        assert!(say(&TableInMemory::new(empty.schema(), vec![empty])).starts_with("leads (in memory) has no columns"));
        let none = cut(&leads(vec![None; 4]), 4);
        let none = TableInMemory::new(none.schema().clone(), vec![none.batches()[1].clone()]);
        assert!(say(&none).starts_with("leads (in memory) has columns but not a single row"), "{}", say(&none));
    }
}
