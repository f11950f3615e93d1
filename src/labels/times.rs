//! Times of a column as microseconds since 1970 UTC, from whatever type the export gave them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use polars::prelude::{Column, DataFrame, DataType, TimeUnit};

use super::LabelError;

/// Times of a column, and whether they carried a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// Microseconds since 1970 UTC; `None` where missing.
    pub microseconds: Vec<Option<i64>>,
    /// Times without a zone were taken as UTC.
    pub is_zoneless: bool,
}

/// Microseconds of a day.
pub const DAY_US: i64 = 86_400_000_000;

/// Reads the times of a column: timestamps of any unit, dates, or text (RFC 3339, `2026-03-31`, `2026-03-31 17:00:00`).
///
/// # Errors
/// [`LabelError::NoColumn`] without such a column, [`LabelError::NotATime`] with the row of the first value that is none.
pub fn times_of(frame: &DataFrame, column: &str, table: &'static str, key: &'static str) -> Result<Times, LabelError> {
    let values = super::column_of(frame, column, table, key)?;
    let not_a_time =
        |row: usize, seen: String| LabelError::NotATime { column: column.to_owned(), key, row: row + 1, seen };
    match values.dtype() {
        DataType::Datetime(_, zone) => Ok(Times {
            microseconds: to_microseconds(values).map_err(|e| not_a_time(0, e.to_string()))?,
            is_zoneless: zone.is_none(),
        }),
        DataType::Date => Ok(Times {
            microseconds: to_microseconds(values).map_err(|e| not_a_time(0, e.to_string()))?,
            is_zoneless: false,
        }),
        DataType::String => {
            let texts = values.str().map_err(|e| not_a_time(0, e.to_string()))?;
            let mut is_zoneless = false;
            let mut microseconds = Vec::with_capacity(texts.len());
            for (row, text) in texts.iter().enumerate() {
                let text = text.map(str::trim).filter(|text| !text.is_empty());
                let parsed = text
                    .map(|text| parse_time(text).ok_or_else(|| not_a_time(row, format!("\"{text}\""))))
                    .transpose()?;
                is_zoneless |= parsed.is_some_and(|(_, has_zone)| !has_zone);
                microseconds.push(parsed.map(|(time, _)| time));
            }
            Ok(Times { microseconds, is_zoneless })
        }
        other => Err(not_a_time(0, format!("a column of type {other}"))),
    }
}

/// A time in text, and whether it carried a zone (a bare date needs none).
pub fn parse_time(text: &str) -> Option<(i64, bool)> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some((time.as_microsecond(), true));
    }
    if let Ok(time) = text.parse::<DateTime>()
        && text.len() > 10
    {
        return Some((time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond(), false));
    }
    let date = text.parse::<Date>().ok()?;
    Some((date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond(), true))
}

/// A moment as people read it: `2026-03-31T17:00:00Z`.
pub fn show_time(microseconds: i64) -> String {
    jiff::Timestamp::from_microsecond(microseconds)
        .map_or_else(|_| format!("{microseconds} us"), |time| time.to_string())
}

/// The day of a moment: `2026-03-31`.
pub fn show_day(microseconds: i64) -> String {
    show_time(microseconds).chars().take_while(|c| *c != 'T').collect()
}

/// Timestamps or dates as microseconds.
fn to_microseconds(values: &Column) -> polars::prelude::PolarsResult<Vec<Option<i64>>> {
    let microseconds = match values.dtype() {
        // Casting the zone away keeps the instant: polars stores UTC.
        DataType::Datetime(_, zone) => values.cast(&DataType::Datetime(TimeUnit::Microseconds, zone.clone()))?,
        _ => values.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?,
    };
    Ok(microseconds.cast(&DataType::Int64)?.i64()?.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_many_kinds_are_times() {
        assert_eq!(parse_time("1970-01-02"), Some((DAY_US, true)));
        assert_eq!(parse_time("1970-01-02 00:00:00"), Some((DAY_US, false)));
        assert_eq!(parse_time("1970-01-02T01:00:00+01:00"), Some((DAY_US, true)));
        assert_eq!(parse_time("1970-01-02T00:00:00Z"), Some((DAY_US, true)));
        assert_eq!(parse_time("02.01.1970"), None);
    }
}
