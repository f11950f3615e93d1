//! Aligned: a few columns of a file of leads as a table, row for row as its stream gives them.
//!
//! Always true: one reader counts the rows. Two that read the same file may disagree on blank lines or quotes of a CSV.

use std::io::Cursor;

use polars::prelude::{Column, DataFrame, DataType, IpcReader, SerReader};

use super::LeadError;
use super::stream::{LeadStream, in_words_of};

/// The columns at these positions, in the order of the file. A CSV column in which everything is a whole number is one of whole
/// numbers, as [`super::read_table`] has it.
///
/// # Errors
/// Those of [`LeadStream::batches`].
pub fn read_aligned(stream: LeadStream, columns: &[usize]) -> Result<DataFrame, LeadError> {
    let (shown, is_csv) = (stream.shown(), stream.is_csv());
    let mut wanted = columns.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let schema = in_words_of(&shown, || stream.schema().project(&wanted))?;
    let mut writer = in_words_of(&shown, || arrow_ipc::writer::FileWriter::try_new(Vec::new(), &schema))?;
    for batch in stream.batches(&wanted, &[])? {
        let batch = batch?;
        in_words_of(&shown, || writer.write(&batch))?;
    }
    let bytes = in_words_of(&shown, || writer.into_inner())?;
    let frame = in_words_of(&shown, || IpcReader::new(Cursor::new(bytes)).finish())?;
    if !is_csv {
        return Ok(frame);
    }
    // A column without a value is one of nothing, not of numbers.
    let has_values = |column: &Column| column.null_count() < column.len();
    let numbers = |column: &Column| match column.strict_cast(&DataType::Int64) {
        Ok(numbers) if has_values(column) => numbers,
        _ => column.clone(),
    };
    in_words_of(&shown, || DataFrame::new(frame.height(), frame.columns().iter().map(numbers).collect()))
}
