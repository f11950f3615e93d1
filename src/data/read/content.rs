//! From Arrow to the project's own columns.
//!
//! Always true: all parts of a column become one content of one type; distinct texts stand in the order of their first rows.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, StringArray};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, TimeUnit as Unit};

use super::types::in_words;
use crate::data::columns::{show_day, show_time};
use crate::data::table::{Content, EncodedTexts, NO_TEXT, Nullable, StoredTimes, TextEncoder, TimeUnit};

/// The content of a column that comes in parts.
///
/// - `data_type`: of the column, for one without parts.
pub(super) fn content_of(data_type: &DataType, parts: &[ArrayRef]) -> Result<Content, ArrowError> {
    let data_type = parts.first().map_or(data_type, |part| part.data_type());
    let n_rows = parts.iter().map(|part| part.len()).sum();
    let as_type = |wanted: &DataType| parts.iter().map(|part| cast(part, wanted)).collect::<Result<Vec<_>, _>>();
    Ok(match data_type {
        DataType::Null => Content::Nothing(n_rows),
        DataType::Boolean => Content::Booleans(parts.iter().flat_map(|part| part.as_boolean().iter()).collect()),
        DataType::Dictionary(_, values) => match values.as_ref() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Content::Texts(texts_of(parts)?),
            plain => content_of(plain, &as_type(plain)?)?,
        },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Content::Texts(texts_of(parts)?),
        DataType::UInt64 => {
            let fits =
                |part: &ArrayRef| part.as_primitive::<UInt64Type>().iter().flatten().all(|n| i64::try_from(n).is_ok());
            match parts.iter().all(fits) {
                true => Content::Whole(numbers::<Int64Type>(&as_type(&DataType::Int64)?, 0)),
                false => Content::Large(numbers::<UInt64Type>(parts, 0)),
            }
        }
        DataType::Int64 => Content::Whole(numbers::<Int64Type>(parts, 0)),
        whole if whole.is_integer() => Content::Whole(numbers::<Int64Type>(&as_type(&DataType::Int64)?, 0)),
        DataType::Float64 => Content::Floats(numbers::<Float64Type>(parts, f64::NAN)),
        number if number.is_numeric() => {
            Content::Floats(numbers::<Float64Type>(&as_type(&DataType::Float64)?, f64::NAN))
        }
        DataType::Date32 => Content::Days(numbers::<Date32Type>(parts, 0)),
        DataType::Date64 => times(parts, Unit::Millisecond, None)?,
        // Seconds are counted in thousandths.
        DataType::Timestamp(unit, zone) => times(parts, *unit, zone.as_deref())?,
        other => Content::Other { n_rows, held: in_words(other) },
    })
}

fn times(parts: &[ArrayRef], unit: Unit, zone: Option<&str>) -> Result<Content, ArrowError> {
    let (stored, unit) = match unit {
        Unit::Second | Unit::Millisecond => (Unit::Millisecond, TimeUnit::Millis),
        Unit::Microsecond => (Unit::Microsecond, TimeUnit::Micros),
        Unit::Nanosecond => (Unit::Nanosecond, TimeUnit::Nanos),
    };
    let count =
        |part: &ArrayRef| cast(&cast(part, &DataType::Timestamp(stored, zone.map(Into::into)))?, &DataType::Int64);
    let counts = parts.iter().map(count).collect::<Result<Vec<_>, _>>()?;
    let zone = zone.map(str::to_owned);
    Ok(Content::Times(StoredTimes { counts: numbers::<Int64Type>(&counts, 0), unit, zone }))
}

fn numbers<T: ArrowPrimitiveType>(parts: &[ArrayRef], filler: T::Native) -> Nullable<T::Native> {
    let mut all = GrowingNumbers::<T>::with_rows(parts.iter().map(|part| part.len()).sum(), filler);
    parts.iter().for_each(|part| all.add(part.as_primitive()));
    all.finish()
}

/// Numbers of a column, put together part by part.
#[derive(Debug)]
pub(super) struct GrowingNumbers<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    /// Which rows have none; empty as long as all have one.
    is_missing: Vec<bool>,
    /// Stands where there is none.
    filler: T::Native,
}

impl<T: ArrowPrimitiveType> GrowingNumbers<T> {
    fn with_rows(n_rows: usize, filler: T::Native) -> Self {
        Self { values: Vec::with_capacity(n_rows), is_missing: Vec::new(), filler }
    }

    fn add(&mut self, part: &PrimitiveArray<T>) {
        let start = self.values.len();
        self.values.extend_from_slice(part.values());
        let gaps = part.nulls().filter(|nulls| nulls.null_count() > 0);
        if gaps.is_some() && self.is_missing.is_empty() {
            self.is_missing.reserve_exact(self.values.capacity());
        }
        if gaps.is_some() || !self.is_missing.is_empty() {
            self.is_missing.resize(self.values.len(), false);
        }
        let Some(nulls) = gaps else { return };
        for row in (!nulls.inner()).set_indices() {
            (self.values[start + row], self.is_missing[start + row]) = (self.filler, true);
        }
    }

    fn finish(self) -> Nullable<T::Native> {
        if self.is_missing.is_empty() {
            Nullable::full(self.values)
        } else {
            Nullable::with_gaps(self.values, self.is_missing)
        }
    }
}

/// The content of a column whose parts come one after the other: of plain numbers no part is kept.
#[derive(Debug)]
pub(super) enum GrowingContent {
    Floats(GrowingNumbers<Float64Type>),
    Whole(GrowingNumbers<Int64Type>),
    /// All else is made of all parts at once.
    Parts(DataType, Vec<ArrayRef>),
}

impl GrowingContent {
    /// - `n_rows`: about how many rows will come.
    pub(super) fn new(data_type: &DataType, n_rows: usize) -> Self {
        match data_type {
            DataType::Float64 => Self::Floats(GrowingNumbers::with_rows(n_rows, f64::NAN)),
            DataType::Int64 => Self::Whole(GrowingNumbers::with_rows(n_rows, 0)),
            other => Self::Parts(other.clone(), Vec::new()),
        }
    }

    pub(super) fn add(&mut self, part: &ArrayRef) {
        match self {
            Self::Floats(numbers) => numbers.add(part.as_primitive()),
            Self::Whole(numbers) => numbers.add(part.as_primitive()),
            Self::Parts(_, parts) => parts.push(part.clone()),
        }
    }

    pub(super) fn finish(self) -> Result<Content, ArrowError> {
        match self {
            Self::Floats(numbers) => Ok(Content::Floats(numbers.finish())),
            Self::Whole(numbers) => Ok(Content::Whole(numbers.finish())),
            Self::Parts(data_type, parts) => content_of(&data_type, &parts),
        }
    }
}

/// Texts, with or without a dictionary.
fn texts_of(parts: &[ArrayRef]) -> Result<EncodedTexts, ArrowError> {
    let keyed = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut encoder = TextEncoder::with_rows(parts.iter().map(|part| part.len()).sum());
    let has_keys = parts.iter().all(|part| *part.data_type() == keyed);
    if !has_keys {
        for part in parts {
            for text in cast(part, &DataType::Utf8)?.as_string::<i32>() {
                let code = text.map(|text| encoder.code_of(text));
                encoder.push_code(code);
            }
        }
        return Ok(encoder.finish());
    }
    // Parts of one row group share a dictionary: each of its words is looked up once.
    let mut known: Option<(&StringArray, Vec<u32>)> = None;
    for part in parts {
        let part = part.as_dictionary::<Int32Type>();
        let words = part.values().as_string::<i32>();
        let is_known = known
            .as_ref()
            .is_some_and(|(known, _)| known.values().as_ptr() == words.values().as_ptr() && known.len() == words.len());
        if !is_known {
            known = Some((words, vec![NO_TEXT; words.len()]));
        }
        let Some((words, code_of)) = &mut known else { continue };
        for key in part.keys() {
            let word = key.map(|key| key as usize).filter(|&key| words.is_valid(key));
            let code = word.map(|key| {
                if code_of[key] == NO_TEXT {
                    code_of[key] = encoder.code_of(words.value(key));
                }
                code_of[key]
            });
            encoder.push_code(code);
        }
    }
    Ok(encoder.finish())
}

/// Contents of the same column in several files, one below the other.
pub(super) fn stack(mut parts: Vec<Content>) -> Content {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let has = |is: &dyn Fn(&Content) -> bool| parts.iter().any(is);
    let n_rows = parts.iter().map(Content::n_rows).sum();
    if has(&|part| matches!(part, Content::Texts(_))) {
        return Content::Texts(EncodedTexts::encode(parts.iter().flat_map(texts_or_nothing)));
    }
    if has(&|part| matches!(part, Content::Booleans(_))) {
        return Content::Booleans(
            parts
                .iter()
                .flat_map(|part| match part {
                    Content::Booleans(flags) => flags.clone(),
                    other => vec![None; other.n_rows()],
                })
                .collect(),
        );
    }
    if has(&|part| matches!(part, Content::Floats(_))) {
        let number = |part: &Content| (0..part.n_rows()).map(|row| number_in(part, row)).collect::<Vec<_>>();
        return Content::Floats(Nullable::collect(parts.iter().flat_map(number), f64::NAN));
    }
    if has(&|part| matches!(part, Content::Large(_))) {
        let number = |part: &Content| {
            (0..part.n_rows())
                .map(|row| match part {
                    Content::Large(numbers) => numbers.get(row),
                    Content::Whole(numbers) => numbers.get(row).map(|number| number.max(0) as u64),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        return Content::Large(Nullable::collect(parts.iter().flat_map(number), 0));
    }
    if has(&|part| matches!(part, Content::Whole(_))) {
        let number = |part: &Content| {
            (0..part.n_rows())
                .map(|row| match part {
                    Content::Whole(numbers) => numbers.get(row),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        return Content::Whole(Nullable::collect(parts.iter().flat_map(number), 0));
    }
    if has(&|part| matches!(part, Content::Times(_))) {
        return stack_times(&parts);
    }
    if has(&|part| matches!(part, Content::Days(_))) {
        let day = |part: &Content| {
            (0..part.n_rows())
                .map(|row| match part {
                    Content::Days(days) => days.get(row),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        return Content::Days(Nullable::collect(parts.iter().flat_map(day), 0));
    }
    Content::Nothing(n_rows)
}

fn texts_or_nothing(part: &Content) -> Vec<Option<&str>> {
    match part {
        Content::Texts(texts) => texts.iter().collect(),
        other => vec![None; other.n_rows()],
    }
}

fn number_in(part: &Content, row: usize) -> Option<f64> {
    match part {
        Content::Floats(numbers) => numbers.get(row),
        Content::Whole(numbers) => numbers.get(row).map(|number| number as f64),
        Content::Large(numbers) => numbers.get(row).map(|number| number as f64),
        _ => None,
    }
}

/// Moments, and days among them, in the unit and zone of the first; of different units, in microseconds.
fn stack_times(parts: &[Content]) -> Content {
    let stored: Vec<&StoredTimes> =
        parts.iter().filter_map(|part| if let Content::Times(times) = part { Some(times) } else { None }).collect();
    let zone = stored.iter().find_map(|times| times.zone.clone());
    let is_one_unit = stored.windows(2).all(|pair| pair[0].unit == pair[1].unit)
        && !parts.iter().any(|part| matches!(part, Content::Days(_)));
    let unit = match stored.first() {
        Some(times) if is_one_unit => times.unit,
        _ => TimeUnit::Micros,
    };
    let count = |part: &Content| {
        let count = |row: usize| match part {
            Content::Times(times) if is_one_unit => times.counts.get(row),
            other => other.micros(row),
        };
        (0..part.n_rows()).map(count).collect::<Vec<_>>()
    };
    Content::Times(StoredTimes { counts: Nullable::collect(parts.iter().flat_map(count), 0), unit, zone })
}

/// A number, day or moment as a verdict quotes it.
pub fn show_value(content: &Content, row: usize) -> String {
    match content {
        Content::Whole(numbers) => numbers.get(row).map(|number| number.to_string()),
        Content::Large(numbers) => numbers.get(row).map(|number| number.to_string()),
        Content::Floats(numbers) => numbers.get(row).map(|number| format!("{number:?}")),
        Content::Days(_) => content.micros(row).map(show_day),
        Content::Times(_) => content.micros(row).map(show_time),
        Content::Nothing(_) | Content::Booleans(_) | Content::Texts(_) | Content::Other { .. } => None,
    }
    .unwrap_or_else(|| "nothing".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        Date32Array, DictionaryArray, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array,
        TimestampSecondArray, UInt32Array, UInt64Array,
    };

    use super::*;

    fn content(array: impl Array + 'static) -> Content {
        let array: ArrayRef = Arc::new(array);
        content_of(&array.data_type().clone(), &[array]).expect("known types")
    }

    #[test]
    fn numbers_of_every_width_become_the_two_kinds_there_are() {
        assert_eq!(
            content(Int8Array::from(vec![Some(-1), None])),
            Content::Whole(Nullable::collect([Some(-1), None].into_iter(), 0))
        );
        assert_eq!(content(UInt32Array::from(vec![1, 2])), Content::Whole(Nullable::full(vec![1, 2])));
        assert_eq!(content(UInt64Array::from(vec![1, 2])), Content::Whole(Nullable::full(vec![1, 2])));
        assert_eq!(content(UInt64Array::from(vec![1, u64::MAX])), Content::Large(Nullable::full(vec![1, u64::MAX])));
        let floats = content(Float32Array::from(vec![Some(0.5), None]));
        assert_eq!((floats.number(0), floats.n_missing()), (0.5, 1));
    }

    #[test]
    fn a_column_that_grows_part_by_part_is_that_of_all_its_parts() {
        let floats = |values: &[Option<f64>]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
        let whole = |values: &[Option<i64>]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
        let texts = |values: &[Option<&str>]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
        let columns = [
            vec![floats(&[Some(1.0), Some(2.0)]), floats(&[Some(3.0), Some(0.0), Some(5.0)]).slice(1, 2)],
            vec![floats(&[Some(1.0)]), floats(&[Some(1.0), None, Some(f64::MAX)]).slice(1, 2), floats(&[Some(4.0)])],
            vec![whole(&[None, Some(2)]), whole(&[Some(3)]), whole(&[])],
            vec![whole(&[Some(1), Some(2)]), whole(&[Some(3)])],
            vec![texts(&[Some("a"), None]), texts(&[Some("a")])],
        ];
        for parts in columns {
            let data_type = parts[0].data_type().clone();
            let mut growing = GrowingContent::new(&data_type, 3);
            parts.iter().for_each(|part| growing.add(part));
            let (grown, at_once) = (growing.finish().expect("fine"), content_of(&data_type, &parts).expect("fine"));
            assert_eq!(format!("{grown:?}"), format!("{at_once:?}"));
            let n_rows = parts.iter().map(|part| part.len()).sum();
            assert_eq!((grown.n_rows(), grown.n_missing()), (n_rows, parts.iter().map(|part| part.null_count()).sum()));
        }
    }

    #[test]
    fn texts_of_parts_with_and_without_a_dictionary_are_the_same() {
        let words = [Some("b"), None, Some("a"), Some("b")];
        let keyed: DictionaryArray<Int32Type> = words.into_iter().collect();
        let parts: Vec<ArrayRef> = vec![Arc::new(keyed.slice(0, 2)), Arc::new(keyed.slice(2, 2)), Arc::new(keyed)];
        let wanted = EncodedTexts::encode(words.into_iter().chain(words));
        assert_eq!(content_of(&parts[0].data_type().clone(), &parts).expect("texts"), Content::Texts(wanted.clone()));
        let plain: ArrayRef = Arc::new(StringArray::from(words.to_vec()));
        assert_eq!(content_of(&DataType::Utf8, &[plain.clone(), plain]).expect("texts"), Content::Texts(wanted));
    }

    #[test]
    fn parts_of_one_kind_are_stacked_and_kinds_meet() {
        let days = content(Date32Array::from(vec![Some(1), None]));
        let times = content(TimestampSecondArray::from(vec![60]));
        let stacked = stack(vec![days, times]);
        let moments: Vec<Option<i64>> = (0..3).map(|row| stacked.micros(row)).collect();
        assert_eq!(moments, [Some(86_400_000_000), None, Some(60_000_000)]);
        let numbers = stack(vec![Content::Nothing(1), content(Int32Array::from(vec![7])), Content::Nothing(1)]);
        assert_eq!(numbers, Content::Whole(Nullable::collect([None, Some(7), None].into_iter(), 0)));
        let mixed = stack(vec![content(Int32Array::from(vec![7])), content(Float32Array::from(vec![0.5]))]);
        assert_eq!((mixed.number(0), mixed.number(1)), (7.0, 0.5));
    }

    #[test]
    fn values_are_shown_as_they_are_read() {
        assert_eq!(show_value(&content(Int32Array::from(vec![7])), 0), "7");
        assert_eq!(show_value(&content(Float32Array::from(vec![3.0])), 0), "3.0");
        assert_eq!(show_value(&content(Date32Array::from(vec![20_517])), 0), "2026-03-05");
        assert_eq!(show_value(&content(TimestampSecondArray::from(vec![1_772_712_000])), 0), "2026-03-05T12:00:00Z");
    }
}
