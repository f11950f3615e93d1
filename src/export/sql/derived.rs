//! Columns that the engine makes of times and events: how each is made in SQL, in words and where possible as SQL.

use super::Dialect;
use crate::card::{Card, Derivation, Input, Measure};
use crate::export::columns::inputs_of;
use crate::score::span_in_words;

const DAY_US: i64 = 86_400_000_000;

/// One sentence per derived column.
pub(super) fn notes(card: &Card, dialect: Dialect) -> Vec<String> {
    inputs_of(card).into_iter().filter_map(|input| note(card, dialect, input)).collect()
}

fn note(card: &Card, dialect: Dialect, input: &Input) -> Option<String> {
    let column = dialect.identifier(&input.column);
    match input.derivation.as_ref()? {
        Derivation::DaysBefore { column: time } => {
            let made = card.as_of_column.as_deref().map_or_else(
                || format!("whole days from {} to the hand-off, NULL where it lies after it", dialect.identifier(time)),
                |as_of| days_before(dialect, &dialect.identifier(time), &dialect.identifier(as_of)),
            );
            Some(format!("the lead table needs a column {column}: {made}"))
        }
        Derivation::Events { kind, within_us, measure } => {
            let kind =
                kind.as_ref().map_or_else(|| "any kind".to_owned(), |kind| format!("kind {}", dialect.text(kind)));
            let window = within_us.map_or_else(
                || "up to the hand-off".to_owned(),
                |us| format!("up to the hand-off and later than {} before it", span_in_words(us)),
            );
            Some(format!("the lead table needs a column {column}: {} of events of {kind}, {window}", in_words(measure)))
        }
    }
}

/// Whole days from `time` to `as_of`, rounded down, NULL where `time` lies after it, as the engine counts them.
fn days_before(dialect: Dialect, time: &str, as_of: &str) -> String {
    let days = match dialect {
        Dialect::Postgres => format!("floor(extract(epoch FROM {as_of} - {time}) / 86400)"),
        Dialect::Duckdb => format!("(epoch_us({as_of}) - epoch_us({time})) // {DAY_US}"),
        Dialect::Sqlite => {
            format!("(CAST(strftime('%s', {as_of}) AS INTEGER) - CAST(strftime('%s', {time}) AS INTEGER)) / 86400")
        }
        Dialect::Snowflake => format!("FLOOR(TIMESTAMPDIFF(microsecond, {time}, {as_of}) / {DAY_US})"),
        Dialect::Bigquery => format!("DIV(TIMESTAMP_DIFF({as_of}, {time}, MICROSECOND), {DAY_US})"),
        Dialect::Spark => format!("(unix_micros({as_of}) - unix_micros({time})) div {DAY_US}"),
    };
    let kind = if dialect == Dialect::Sqlite { "ISO texts in UTC, to the second" } else { "timestamps" };
    format!("CASE WHEN {time} <= {as_of} THEN {days} END, both being {kind}")
}

/// A measure of events as a person says it.
fn in_words(measure: &Measure) -> String {
    match measure {
        Measure::Count => "the number".to_owned(),
        Measure::DaysSinceLast => "whole days since the last".to_owned(),
        Measure::ActiveDays => "the number of days (UTC)".to_owned(),
        Measure::Sum { column } => format!("the sum of `{column}`"),
    }
}
