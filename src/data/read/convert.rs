//! Conversion: from a frame of the reading library to the project's own table, and the print of a value as it always was.
//!
//! Always true: every column is looked at once, and the frame's is let go before the next one is made.

use std::sync::Arc;

use polars::prelude::{
    AnyValue, ChunkedArray, Column as FrameColumn, DataFrame, DataType, PolarsNumericType, PolarsResult,
    TimeUnit as Unit,
};
use rayon::prelude::*;

use super::types::in_words;
use crate::data::table::{Column, Content, EncodedTexts, Nullable, StoredTimes, Table, TimeUnit};

/// The rows of a frame.
pub(super) fn to_table(frame: DataFrame, names: Vec<String>) -> PolarsResult<Table> {
    let n_rows = frame.height();
    let columns: PolarsResult<Vec<Column>> = frame.into_columns().into_par_iter().map(to_column).collect();
    Ok(Table { columns: columns?, n_rows, names })
}

fn to_column(column: FrameColumn) -> PolarsResult<Column> {
    let name = column.name().to_string();
    let series = column.take_materialized_series();
    let content = match series.dtype() {
        DataType::Null => Content::Nothing(series.len()),
        DataType::Boolean => Content::Booleans(series.bool()?.iter().collect()),
        DataType::String => Content::Texts(EncodedTexts::encode(series.str()?.iter())),
        DataType::Date => Content::Days(nullable(series.to_physical_repr().i32()?, 0)),
        DataType::Datetime(unit, zone) => Content::Times(StoredTimes {
            counts: nullable(series.to_physical_repr().i64()?, 0),
            unit: match unit {
                Unit::Milliseconds => TimeUnit::Millis,
                Unit::Microseconds => TimeUnit::Micros,
                Unit::Nanoseconds => TimeUnit::Nanos,
            },
            zone: zone.as_ref().map(ToString::to_string),
        }),
        DataType::UInt64 if series.u64()?.iter().flatten().any(|number| i64::try_from(number).is_err()) => {
            Content::Large(nullable(series.u64()?, 0))
        }
        whole if whole.is_integer() => Content::Whole(nullable(series.cast(&DataType::Int64)?.i64()?, 0)),
        number if number.is_numeric() => Content::Floats(nullable(series.cast(&DataType::Float64)?.f64()?, f64::NAN)),
        other => Content::Other { n_rows: series.len(), held: in_words(other) },
    };
    Ok(Column { name, content })
}

fn nullable<T: PolarsNumericType>(values: &ChunkedArray<T>, filler: T::Native) -> Nullable<T::Native> {
    if values.null_count() > 0 {
        return Nullable::collect(values.iter(), filler);
    }
    let mut all = Vec::with_capacity(values.len());
    values.downcast_iter().for_each(|chunk| all.extend_from_slice(chunk.values()));
    Nullable::full(all)
}

/// A number, day or moment of a column as a verdict quotes it; the reading library prints it.
pub fn show_value(content: &Content, row: usize) -> String {
    let value = match content {
        Content::Whole(numbers) => numbers.get(row).map(AnyValue::Int64),
        Content::Large(numbers) => numbers.get(row).map(AnyValue::UInt64),
        Content::Floats(numbers) => numbers.get(row).map(AnyValue::Float64),
        Content::Days(days) => days.get(row).map(AnyValue::Date),
        Content::Times(times) => times.counts.get(row).map(|count| {
            let unit = match times.unit {
                TimeUnit::Millis => Unit::Milliseconds,
                TimeUnit::Micros => Unit::Microseconds,
                TimeUnit::Nanos => Unit::Nanoseconds,
            };
            let zone = times.zone.as_deref().and_then(|zone| polars::prelude::TimeZone::opt_try_new(Some(zone)).ok());
            AnyValue::DatetimeOwned(count, unit, zone.flatten().map(Arc::new))
        }),
        Content::Nothing(_) | Content::Booleans(_) | Content::Texts(_) | Content::Other { .. } => None,
    };
    value.unwrap_or(AnyValue::Null).to_string()
}

#[cfg(test)]
mod tests {
    use polars::prelude::{NamedFrom, Series, TimeZone, df};

    use super::*;

    fn table(frame: DataFrame) -> Table {
        let names = frame.get_column_names().iter().map(ToString::to_string).collect();
        to_table(frame, names).expect("known types")
    }

    #[test]
    fn numbers_of_every_width_become_the_two_kinds_there_are() {
        let table = table(
            df!("i8" => [Some(-1_i8), None], "u32" => [1_u32, 2], "u64" => [1_u64, 2], "large" => [1, u64::MAX],
                "f32" => [Some(0.5_f32), None])
            .expect("a frame"),
        );
        let content = |name: &str| &table.column(name).expect("there").content;
        assert_eq!(content("i8"), &Content::Whole(Nullable::collect([Some(-1), None].into_iter(), 0)));
        assert_eq!(content("u32"), &Content::Whole(Nullable::full(vec![1, 2])));
        assert_eq!(content("u64"), &Content::Whole(Nullable::full(vec![1, 2])));
        assert_eq!(content("large"), &Content::Large(Nullable::full(vec![1, u64::MAX])));
        assert_eq!((content("f32").number(0), content("f32").n_missing()), (0.5, 1));
        assert!(content("f32").number(1).is_nan());
    }

    #[test]
    fn values_are_shown_as_the_reading_library_prints_them() {
        let noon = 1_772_712_000_000_i64; // 2026-03-05 12:00:00 UTC, in milliseconds
        let time = |zone: Option<&str>| {
            let zone = TimeZone::opt_try_new(zone).expect("a zone");
            let data_type = DataType::Datetime(Unit::Milliseconds, zone);
            Series::new("x".into(), [noon]).cast(&data_type).expect("a time")
        };
        let series = [
            Series::new("x".into(), [7_i32]),
            Series::new("x".into(), [u64::MAX]),
            Series::new("x".into(), [3.0]),
            Series::new("x".into(), [0.1_f32]),
            Series::new("x".into(), [1.0 / 3.0]),
            Series::new("x".into(), [20_517_i32]).cast(&DataType::Date).expect("a day"),
            time(None),
            time(Some("UTC")),
            time(Some("Europe/Berlin")),
        ];
        for one in series {
            let printed = one.get(0).expect("a value").to_string();
            let table = table(DataFrame::new_infer_height(vec![one.into()]).expect("a frame"));
            assert_eq!(show_value(&table.columns[0].content, 0), printed);
        }
    }
}
