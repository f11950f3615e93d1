//! Values of plain columns: numbers, text, booleans, and dates as days before as-of.

use std::collections::BTreeMap;

use super::{MISSING_TEXT, Values};
use crate::card::{Derivation, InputKind};
use crate::data::DataError;
use crate::data::columns::{LARGEST_EXACT, NO_TIME, Texts, UserColumn, in_quotes};
use crate::data::labels::Identities;
use crate::data::table::Content;
use crate::notes::{Note, counted};
use crate::settings::US_PER_DAY;

/// What a column turned into.
#[derive(Debug)]
pub(super) struct ColumnValues {
    /// One value per labelled lead.
    pub values: Values,
    /// Type of the card's input.
    pub kind: InputKind,
    /// How the value was made, for dates.
    pub derivation: Option<Derivation>,
    /// For dates, the largest (time used - as-of).
    pub latest_use_us: Option<i64>,
}

/// Reads a column as the criterion `name`, for the labelled leads.
///
/// # Errors
/// [`DataError`] for a type that cannot be one, and for a date without hand-offs.
pub(super) fn column_values(
    column: UserColumn<'_>,
    name: &str,
    leads: Identities<'_>,
    notes: &mut Vec<Note>,
) -> Result<ColumnValues, DataError> {
    match column.content() {
        Content::Booleans(_) => {
            // Position 0 is "false", 1 is "true": byte order.
            let all: Vec<u32> =
                column.to_booleans()?.into_iter().map(|flag| flag.map_or(MISSING_TEXT, u32::from)).collect();
            let levels = vec!["false".to_owned(), "true".to_owned()];
            Ok(plain(Values::Text { positions: pick(&all, leads), levels }, InputKind::Boolean))
        }
        Content::Texts(_) => {
            let Texts { positions, levels } = column.to_texts()?.of_rows(leads.rows);
            note_look_alikes(&levels, column.name(), notes);
            Ok(plain(Values::Text { positions, levels }, InputKind::Text))
        }
        time if time.is_time() => days_before(column, name, leads, notes),
        number if number.is_number() => {
            let mut values = pick(&column.to_numbers()?, leads);
            settle_odd_numbers(&mut values, column, notes);
            Ok(plain(Values::Numbers(values), InputKind::Number))
        }
        other => Err(DataError::new(format!(
            "criterion `{name}`: column `{}` holds {}, which cannot be one\nhint: numbers, text, true/false and dates can",
            column.name(),
            other.in_words()
        ))),
    }
}

fn plain(values: Values, kind: InputKind) -> ColumnValues {
    ColumnValues { values, kind, derivation: None, latest_use_us: None }
}

/// The values of the labelled leads.
fn pick<T: Copy>(all: &[T], leads: Identities<'_>) -> Vec<T> {
    leads.rows.iter().map(|&row| all[row as usize]).collect()
}

/// Infinities become the largest and smallest number there is, so that they fall where a scorer puts them; whole numbers
/// that a double cannot hold are mentioned.
fn settle_odd_numbers(values: &mut [f64], column: UserColumn<'_>, notes: &mut Vec<Note>) {
    let is_whole = column.content().is_whole();
    let (mut n_infinite, mut n_huge) = (0, 0);
    for value in values {
        if value.is_infinite() {
            *value = value.clamp(f64::MIN, f64::MAX);
            n_infinite += 1;
        } else if is_whole && value.abs() > LARGEST_EXACT {
            n_huge += 1;
        }
    }
    for (n, noun, what) in [
        (n_infinite, "infinite value", "taken as larger (or smaller) than every other"),
        (n_huge, "whole number", "beyond 2^53, rounded to the nearest that every scorer can hold"),
    ] {
        if n > 0 {
            let text = format!("column {:?}: {} {what}", column.name(), counted(n, noun));
            notes.push(Note::new("features", text));
        }
    }
}

/// Levels that differ in capitals or white space only are levels of their own, which is hardly ever meant.
fn note_look_alikes(levels: &[String], column: &str, notes: &mut Vec<Note>) {
    let mut alike: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for level in levels {
        let plain = level.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        alike.entry(plain).or_default().push(level);
    }
    for group in alike.values().filter(|group| group.len() > 1) {
        let text = format!(
            "column {column:?}: {} differ in capitals or white space only and stay levels of their own",
            in_quotes(group, 4)
        );
        notes.push(Note::new("features", text));
    }
}

/// Whole days from a time to the lead's as-of; a time after it was not known then, and is missing.
fn days_before(
    column: UserColumn<'_>,
    name: &str,
    leads: Identities<'_>,
    notes: &mut Vec<Note>,
) -> Result<ColumnValues, DataError> {
    let as_of = leads.as_of.ok_or_else(|| {
        let words =
            format!("criterion `{name}` is a date, read as days before the hand-off, and no column says when that was");
        DataError::new(format!("{words}\nhint: set `leads.as_of`"))
    })?;
    let times = column.to_times()?;
    let mut n_later = 0;
    let mut latest: Option<i64> = None;
    let days = (pick(&times.micros, leads).into_iter().zip(as_of))
        .map(|(time, &as_of)| {
            if time == NO_TIME {
                return f64::NAN;
            }
            if time > as_of {
                n_later += 1;
                return f64::NAN;
            }
            latest = latest.max(Some(time - as_of));
            (as_of - time).div_euclid(US_PER_DAY) as f64
        })
        .collect();
    if n_later > 0 {
        let (name, times) = (column.name(), counted(n_later, "time"));
        let text = format!("column {name:?}: {times} after the hand-off, not known then; taken as missing");
        notes.push(Note::new("features", text));
    }
    let is_zoneless = times.is_zoneless && !matches!(column.content(), Content::Days(_));
    notes.extend(is_zoneless.then(|| column.zone_note("features")));
    Ok(ColumnValues {
        values: Values::Numbers(days),
        kind: InputKind::Number,
        derivation: Some(Derivation::DaysBefore { column: column.name().to_owned() }),
        latest_use_us: latest,
    })
}
