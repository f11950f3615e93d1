//! One column of Arrow to the level of each of its rows.
//!
//! In: an array of any type that [`is_readable`] lets through. Out: [`Column`], which writes the levels of a range of rows.
//!
//! Always true: a dictionary's values are looked up once, however many parts a batch is read in; a missing row is at the
//! missing level, whatever bytes stand there.

use std::fmt::Display;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayAccessor, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::ArrowNativeType;
use arrow_schema::DataType;

use super::edges::NumberEdges;
use super::error::type_in_words;
use super::lookup::Lookup;
use super::texts::TextLevels;
use super::{LevelFinder, MISSING, ScoreError};
use crate::card::InputKind;

/// Whether a column of this type can be read as `kind`. A column that is null throughout can be anything.
pub(super) fn is_readable(kind: InputKind, data_type: &DataType) -> bool {
    match (kind, data_type) {
        (_, DataType::Null) => true,
        (_, DataType::Dictionary(_, values)) => is_readable(kind, values),
        (InputKind::Number, data_type) => data_type.is_numeric(),
        (InputKind::Text, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => true,
        (InputKind::Boolean, DataType::Boolean) => true,
        _ => false,
    }
}

/// A column that a criterion reads.
pub(super) enum Column<'a> {
    /// Every row has its own value.
    Plain { finder: &'a LevelFinder, array: ArrayRef },
    /// Every row has a key.
    Keyed { keys: ArrayRef, level_of_key: Lookup<u16> },
}

impl<'a> Column<'a> {
    /// - `name`: of the column, for messages.
    ///
    /// # Errors
    /// [`ScoreError::Arrow`] where Arrow cannot unpack the column.
    pub(super) fn new(finder: &'a LevelFinder, array: &ArrayRef, name: &str) -> Result<Self, ScoreError> {
        let Some(dictionary) = array.as_any_dictionary_opt() else {
            return Ok(Self::Plain { finder, array: array.clone() });
        };
        let (keys, values) = (dictionary.keys(), dictionary.values());
        if values.len() > keys.len() {
            // A dictionary longer than the rows that use it: unpack the rows, which is less.
            let values =
                arrow_select::take::take(values, keys, None).map_err(|error| ScoreError::arrow(name, &error))?;
            return Self::new(finder, &values, name);
        }
        let mut levels = vec![MISSING; values.len()];
        Self::new(finder, values, name)?.write_levels(&(0..values.len()), name, &mut levels)?;
        // The key of a missing row may be anything, so a key without a level is no fault.
        Ok(Self::Keyed { keys: keys.slice(0, keys.len()), level_of_key: Lookup::new(levels, MISSING) })
    }

    /// Level of every row in `rows`.
    pub(super) fn write_levels(&self, rows: &Range<usize>, name: &str, levels: &mut [u16]) -> Result<(), ScoreError> {
        let part = |array: &ArrayRef| array.slice(rows.start, rows.len());
        let (part, is_read) = match self {
            Self::Plain { finder, array } => {
                let part = part(array);
                let is_read = finder.write_levels(part.as_ref(), levels);
                (part, is_read)
            }
            Self::Keyed { keys, level_of_key } => {
                let part = part(keys);
                let is_read = write_levels_of_keys(level_of_key, part.as_ref(), levels);
                (part, is_read)
            }
        };
        write_missing(part.as_ref(), levels);
        is_read
            .ok_or_else(|| ScoreError::arrow(name, &format!("no criterion reads {}", type_in_words(part.data_type()))))
    }
}

/// Missing rows get the missing level, whatever was found for the bytes that stand there.
fn write_missing(array: &dyn Array, levels: &mut [u16]) {
    let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) else { return };
    for (levels, bits) in levels.chunks_mut(64).zip(nulls.inner().bit_chunks().iter_padded()) {
        let mut missing = !bits;
        while missing != 0 {
            // The last chunk is padded: what lies beyond the rows is no level.
            if let Some(level) = levels.get_mut(missing.trailing_zeros() as usize) {
                *level = MISSING;
            }
            missing &= missing - 1;
        }
    }
}

/// Writes the level of every key. `None` for keys that are no whole numbers, which no dictionary has.
fn write_levels_of_keys(level_of_key: &Lookup<u16>, keys: &dyn Array, levels: &mut [u16]) -> Option<()> {
    match keys.data_type() {
        DataType::Int8 => look_up::<Int8Type>(level_of_key, keys, levels),
        DataType::Int16 => look_up::<Int16Type>(level_of_key, keys, levels),
        DataType::Int32 => look_up::<Int32Type>(level_of_key, keys, levels),
        DataType::Int64 => look_up::<Int64Type>(level_of_key, keys, levels),
        DataType::UInt8 => look_up::<UInt8Type>(level_of_key, keys, levels),
        DataType::UInt16 => look_up::<UInt16Type>(level_of_key, keys, levels),
        DataType::UInt32 => look_up::<UInt32Type>(level_of_key, keys, levels),
        DataType::UInt64 => look_up::<UInt64Type>(level_of_key, keys, levels),
        _ => return None,
    }
    Some(())
}

fn look_up<K: ArrowPrimitiveType>(level_of_key: &Lookup<u16>, keys: &dyn Array, levels: &mut [u16]) {
    let keys = values_of::<K>(keys).iter().map(|key| key.as_usize());
    level_of_key.each(levels.iter_mut().zip(keys), |level, found| *level = found);
}

impl LevelFinder {
    /// Level of every value of `array`; those of missing rows are anything. `None` for a type that is not [`is_readable`].
    fn write_levels(&self, array: &dyn Array, levels: &mut [u16]) -> Option<()> {
        match (self, array.data_type()) {
            (_, DataType::Null) => levels.fill(MISSING),
            (Self::Number(edges), data_type) => return write_numbers(edges, data_type, array, levels),
            (Self::Text(texts), DataType::Utf8) => write_texts(texts, array.as_string::<i32>(), levels),
            (Self::Text(texts), DataType::LargeUtf8) => write_texts(texts, array.as_string::<i64>(), levels),
            (Self::Text(texts), DataType::Utf8View) => write_texts(texts, array.as_string_view(), levels),
            (Self::Boolean { no, yes }, DataType::Boolean) => {
                for (level, flag) in levels.iter_mut().zip(array.as_boolean().values()) {
                    *level = if flag { *yes } else { *no };
                }
            }
            _ => return None,
        }
        Some(())
    }
}

fn write_texts<'a>(texts: &TextLevels, array: impl ArrayAccessor<Item = &'a str>, levels: &mut [u16]) {
    for (row, level) in levels.iter_mut().enumerate().take(array.len()) {
        *level = texts.level_of(array.value(row));
    }
}

fn write_numbers(edges: &NumberEdges, data_type: &DataType, array: &dyn Array, levels: &mut [u16]) -> Option<()> {
    match data_type {
        DataType::Float64 => edges.floats.write_levels(values_of::<Float64Type>(array), levels),
        DataType::Float32 => write_floats::<Float32Type>(edges, array, f64::from, levels),
        DataType::Float16 => write_floats::<Float16Type>(edges, array, f64::from, levels),
        DataType::Int64 => edges.signed.write_levels(values_of::<Int64Type>(array), levels),
        DataType::Int32 => write_whole::<Int32Type>(edges, array, levels),
        DataType::Int16 => write_whole::<Int16Type>(edges, array, levels),
        DataType::Int8 => write_whole::<Int8Type>(edges, array, levels),
        DataType::UInt64 => edges.unsigned.write_levels(values_of::<UInt64Type>(array), levels),
        DataType::UInt32 => write_whole::<UInt32Type>(edges, array, levels),
        DataType::UInt16 => write_whole::<UInt16Type>(edges, array, levels),
        DataType::UInt8 => write_whole::<UInt8Type>(edges, array, levels),
        DataType::Decimal32(_, scale) => write_decimals::<Decimal32Type>(edges, array, *scale, levels),
        DataType::Decimal64(_, scale) => write_decimals::<Decimal64Type>(edges, array, *scale, levels),
        DataType::Decimal128(_, scale) => write_decimals::<Decimal128Type>(edges, array, *scale, levels),
        DataType::Decimal256(_, scale) => write_decimals::<Decimal256Type>(edges, array, *scale, levels),
        _ => return None,
    }
    Some(())
}

fn values_of<T: ArrowPrimitiveType>(array: &dyn Array) -> &[T::Native] {
    let values: &PrimitiveArray<T> = array.as_primitive();
    values.values()
}

/// Values that are converted before their level is found: as many as fit beside everything else in the first-level cache.
const AT_ONCE: usize = 512;

fn write_floats<T: ArrowPrimitiveType>(
    edges: &NumberEdges,
    array: &dyn Array,
    to_float: impl Fn(T::Native) -> f64,
    levels: &mut [u16],
) {
    let mut floats = [0.0; AT_ONCE];
    for (values, levels) in values_of::<T>(array).chunks(AT_ONCE).zip(levels.chunks_mut(AT_ONCE)) {
        floats.iter_mut().zip(values).for_each(|(float, &value)| *float = to_float(value));
        edges.floats.write_levels(&floats[..values.len()], levels);
    }
}

fn write_whole<T: ArrowPrimitiveType>(edges: &NumberEdges, array: &dyn Array, levels: &mut [u16])
where
    i64: From<T::Native>,
{
    let mut whole = [0; AT_ONCE];
    for (values, levels) in values_of::<T>(array).chunks(AT_ONCE).zip(levels.chunks_mut(AT_ONCE)) {
        whole.iter_mut().zip(values).for_each(|(whole, &value)| *whole = i64::from(value));
        edges.signed.write_levels(&whole[..values.len()], levels);
    }
}

/// Decimals are compared as the nearest float, which is how the engine reads them when it sets the edges.
fn write_decimals<T: DecimalType>(edges: &NumberEdges, array: &dyn Array, scale: i8, levels: &mut [u16])
where
    T::Native: Display,
{
    write_floats::<T>(edges, array, |value| decimal_to_float(value, scale), levels);
}

/// The float nearest to `value / 10^scale`.
fn decimal_to_float(value: impl ArrowNativeType + Display, scale: i8) -> f64 {
    // Up to 2^53 and 10^22 both numbers are exact floats, so one division rounds once. Beyond, the digits are parsed.
    const EXACT: i64 = 1 << 53;
    match (value.to_i64(), u8::try_from(scale)) {
        (Some(whole), Ok(places @ 0..=22)) if (-EXACT..=EXACT).contains(&whole) => {
            whole as f64 / 10_f64.powi(i32::from(places))
        }
        _ => format!("{value}e{}", -i16::from(scale)).parse().unwrap_or(f64::NAN),
    }
}
