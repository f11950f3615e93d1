//! Rows: a few columns of a streamed file as a table, row for row as the stream gives them.
//!
//! Always true: one reader counts the rows. Two that read the same file may disagree on blank lines or quotes of a CSV.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, new_empty_array};
use arrow_cast::cast;
use arrow_schema::ArrowError;
use arrow_schema::{DataType, TimeUnit as Unit};
use arrow_select::concat::concat;

use super::LeadError;
use super::stream::{LeadStream, in_words_of};
use crate::data::table::{Column, Content, EncodedTexts, Nullable, StoredTimes, Table, TimeUnit};

impl LeadStream {
    /// The columns at these positions, in the order of the file. A CSV column in which everything is a whole number is one of
    /// whole numbers, as [`super::read_table`] has it.
    ///
    /// # Errors
    /// Those of [`LeadStream::batches`].
    pub fn into_table(self, columns: &[usize]) -> Result<Table, LeadError> {
        let (shown, is_csv) = (self.shown(), self.is_csv());
        let mut wanted = columns.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let schema = in_words_of(&shown, || self.schema().project(&wanted))?;
        let batches = self.batches(&wanted, &[])?.collect::<Result<Vec<_>, LeadError>>()?;
        let to_column = |(at, field): (usize, &arrow_schema::FieldRef)| -> Result<Column, ArrowError> {
            let parts: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
            let all = if parts.is_empty() { new_empty_array(field.data_type()) } else { concat(&parts)? };
            let content = content_of(&all)?;
            let content = if is_csv { as_whole_numbers(content) } else { content };
            Ok(Column { name: field.name().clone(), content })
        };
        let columns = in_words_of(&shown, || schema.fields().iter().enumerate().map(to_column).collect())?;
        Ok(Table {
            columns,
            n_rows: batches.iter().map(arrow_array::RecordBatch::num_rows).sum(),
            names: schema.fields().iter().map(|field| field.name().clone()).collect(),
        })
    }
}

fn content_of(array: &ArrayRef) -> Result<Content, ArrowError> {
    let other = |held: &str| Content::Other { n_rows: array.len(), held: held.to_owned() };
    Ok(match array.data_type() {
        DataType::Null => Content::Nothing(array.len()),
        DataType::Boolean => Content::Booleans(array.as_boolean().iter().collect()),
        DataType::Dictionary(_, texts) => content_of(&cast(array, texts)?)?,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let texts = cast(array, &DataType::LargeUtf8)?;
            Content::Texts(EncodedTexts::encode(texts.as_string::<i64>().iter()))
        }
        DataType::UInt64 => match array.as_primitive::<UInt64Type>() {
            large if large.iter().flatten().any(|number| i64::try_from(number).is_err()) => {
                Content::Large(nullable(large, 0))
            }
            _ => Content::Whole(nullable(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>(), 0)),
        },
        whole if whole.is_integer() => {
            Content::Whole(nullable(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>(), 0))
        }
        number if number.is_numeric() => {
            Content::Floats(nullable(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>(), f64::NAN))
        }
        DataType::Date32 => Content::Days(nullable(array.as_primitive::<Date32Type>(), 0)),
        DataType::Date64 => times(array, Unit::Millisecond, None)?,
        // Seconds are counted in thousandths, as `read_table` has them.
        DataType::Timestamp(unit, zone) => times(array, *unit, zone.as_deref())?,
        DataType::Time32(_) | DataType::Time64(_) => other("times of day"),
        DataType::Duration(_) => other("spans of time"),
        DataType::List(_) | DataType::LargeList(_) => other("lists"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => other("bytes"),
        unknown => other(&format!("values of type {unknown}")),
    })
}

fn times(array: &ArrayRef, unit: Unit, zone: Option<&str>) -> Result<Content, ArrowError> {
    let (stored, unit) = match unit {
        Unit::Second => (Unit::Millisecond, TimeUnit::Millis),
        Unit::Millisecond => (Unit::Millisecond, TimeUnit::Millis),
        Unit::Microsecond => (Unit::Microsecond, TimeUnit::Micros),
        Unit::Nanosecond => (Unit::Nanosecond, TimeUnit::Nanos),
    };
    let counts = cast(&cast(array, &DataType::Timestamp(stored, zone.map(Into::into)))?, &DataType::Int64)?;
    let counts = nullable(counts.as_primitive::<Int64Type>(), 0);
    Ok(Content::Times(StoredTimes { counts, unit, zone: zone.map(str::to_owned) }))
}

fn nullable<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>, filler: T::Native) -> Nullable<T::Native> {
    match values.null_count() {
        0 => Nullable::full(values.values().to_vec()),
        _ => Nullable::collect(values.iter(), filler),
    }
}

/// Texts that are all whole numbers as such; a column without a text is one of nothing, not of numbers.
fn as_whole_numbers(content: Content) -> Content {
    let Content::Texts(texts) = &content else { return content };
    let numbers: Option<Vec<i64>> = texts.distinct().map(|text| text.parse().ok()).collect();
    match numbers.filter(|numbers| !numbers.is_empty()) {
        None => content,
        Some(numbers) => {
            let number = |&code: &u32| numbers.get(code as usize).copied();
            Content::Whole(Nullable::collect(texts.codes.iter().map(number), 0))
        }
    }
}
