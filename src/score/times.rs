//! Times to whole days before a lead's as-of moment, for criteria such as "days since the web form".
//!
//! Always true: times are microseconds since 1970 UTC; a time without a zone is UTC; days are rounded down.

use arrow_array::cast::AsArray;
use arrow_array::timezone::Tz;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, PrimitiveArray};
use arrow_cast::parse::string_to_datetime;
use arrow_schema::{DataType, TimeUnit};

use super::ScoreError;

const DAY_US: i64 = 86_400_000_000;

/// Whole days from `time` to `as_of`, rounded down; NaN when the time lies after it, since nobody knew it then.
pub(super) fn days_before(time_us: i64, as_of_us: i64) -> f64 {
    if time_us > as_of_us { f64::NAN } else { as_of_us.saturating_sub(time_us).div_euclid(DAY_US) as f64 }
}

/// Days before as-of of every row; NaN where either time is missing.
pub(super) fn days_before_of(times: &[Option<i64>], as_of: &[Option<i64>]) -> Vec<f64> {
    let days = |(time, as_of): (&Option<i64>, &Option<i64>)| match (time, as_of) {
        (Some(time), Some(as_of)) => days_before(*time, *as_of),
        _ => f64::NAN,
    };
    times.iter().zip(as_of).map(days).collect()
}

/// Whether a column of this type can hold times.
pub(super) fn is_time(data_type: &DataType) -> bool {
    match data_type {
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Null => true,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_time(values),
        _ => false,
    }
}

/// Microseconds since 1970 UTC of every row; `None` where missing.
///
/// # Errors
/// [`ScoreError::NotATime`] for a text that is no time, [`ScoreError::Arrow`] where Arrow cannot unpack a column.
pub(super) fn times_of(array: &dyn Array, column: &str) -> Result<Vec<Option<i64>>, ScoreError> {
    Ok(match array.data_type() {
        DataType::Date32 => scaled::<Date32Type>(array, |days| i64::from(days).saturating_mul(DAY_US)),
        DataType::Date64 => scaled::<Date64Type>(array, |ms| ms.saturating_mul(1_000)),
        DataType::Timestamp(TimeUnit::Second, _) => {
            scaled::<TimestampSecondType>(array, |s| s.saturating_mul(1_000_000))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            scaled::<TimestampMillisecondType>(array, |ms| ms.saturating_mul(1_000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => scaled::<TimestampMicrosecondType>(array, |us| us),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            scaled::<TimestampNanosecondType>(array, |ns| ns.div_euclid(1_000))
        }
        DataType::Null => vec![None; array.len()],
        DataType::Utf8 => parsed(array.as_string::<i32>().iter(), column)?,
        DataType::LargeUtf8 => parsed(array.as_string::<i64>().iter(), column)?,
        DataType::Utf8View => parsed(array.as_string_view().iter(), column)?,
        DataType::Dictionary(_, values) => {
            let plain = arrow_cast::cast(array, values).map_err(|error| ScoreError::arrow(column, &error))?;
            times_of(&plain, column)?
        }
        other => return Err(ScoreError::arrow(column, &format!("{other} holds no times"))),
    })
}

fn scaled<T: ArrowPrimitiveType>(array: &dyn Array, to_us: impl Fn(T::Native) -> i64) -> Vec<Option<i64>> {
    let values: &PrimitiveArray<T> = array.as_primitive();
    values.iter().map(|value| value.map(&to_us)).collect()
}

fn parsed<'a>(texts: impl Iterator<Item = Option<&'a str>>, column: &str) -> Result<Vec<Option<i64>>, ScoreError> {
    texts
        .enumerate()
        .map(|(row_idx, text)| {
            let parse = |text| {
                parse_time(text).ok_or_else(|| ScoreError::NotATime {
                    column: column.to_owned(),
                    row: row_idx as u64 + 1,
                    text: super::error::quoted(text),
                })
            };
            text.map(parse).transpose()
        })
        .collect()
}

/// A date (`2026-05-04`, midnight) or a date and time, with a zone or else in UTC; `None` for anything else.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim();
    let utc: Tz = "+00:00".parse().ok()?;
    // Other scripts have digits and colons too; a time is written in ASCII.
    if !text.is_ascii() {
        return None;
    }
    string_to_datetime(&utc, text).ok().map(|time| time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(text: &str) -> i64 {
        parse_time(text).expect("a time")
    }

    #[test]
    fn times_are_read_with_and_without_a_zone() {
        assert_eq!(us("1970-01-02"), DAY_US);
        assert_eq!(us("1970-01-01T00:00:01Z"), 1_000_000);
        assert_eq!(us(" 1970-01-01 00:00:00.000001 "), 1);
        assert_eq!(us("1970-01-01T02:00:00+02:00"), 0);
        assert_eq!(us("1969-12-31T23:59:59.999999Z"), -1);
        for text in
            ["", "soon", "01/02/2026", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00", "２０２６-01-01", "20260101"]
        {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_rounded_down_and_times_after_the_hand_off_were_not_known() {
        let as_of = us("2026-03-10T12:00:00Z");
        for (time, days) in [
            ("2026-03-10T12:00:00Z", 0.0),
            ("2026-03-09T12:00:00.000001Z", 0.0),
            ("2026-03-09T12:00:00Z", 1.0),
            ("2026-03-01", 9.0),
        ] {
            assert_eq!(days_before(us(time), as_of), days, "{time}");
        }
        for time in ["2026-03-10T12:00:00.000001Z", "2026-03-11T12:00:00Z"] {
            assert!(days_before(us(time), as_of).is_nan(), "{time}");
        }
        assert!(days_before(i64::MIN, i64::MAX) > 1e8, "no overflow");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_of_times_panic(text in "\\PC{0,40}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.+Zé-]{0,20}") {
            let _ = parse_time(&text);
        }
    }
}
