//! Values of plain columns: numbers, text, booleans, and dates as days before as-of.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::{Column, DataFrame, DataType};

use super::{FeatureError, MISSING_TEXT, Values};
use crate::card::{Derivation, InputKind, normalise_text};
use crate::labels::{DAY_US, LabelledLeads, times_of};
use crate::notes::Note;

/// What a column turned into.
pub struct ColumnValues {
    /// One value per labelled lead.
    pub values: Values,
    /// Type of the card's input.
    pub kind: InputKind,
    /// How the value was made, for dates.
    pub derivation: Option<Derivation>,
    /// For dates, the largest (time used - as-of).
    pub latest_use_us: Option<i64>,
}

/// Largest whole number that a double, and so every scorer, holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0; // 2^53 - 1

/// Reads a column as the criterion `name`, for the labelled leads.
///
/// # Errors
/// [`FeatureError::NoColumn`], [`FeatureError::NotACriterion`] for a type that cannot be one.
pub fn column_values(
    frame: &DataFrame,
    column: &str,
    name: &str,
    leads: &LabelledLeads,
    notes: &mut Vec<Note>,
) -> Result<ColumnValues, FeatureError> {
    let values = frame.column(column).map_err(|_| FeatureError::no_column(frame, column, name))?;
    let refuse = |dtype: &DataType| FeatureError::NotACriterion {
        name: name.to_owned(),
        column: column.to_owned(),
        dtype: dtype.to_string(),
    };
    match values.dtype() {
        DataType::Boolean => {
            let flags = values.bool().map_err(|_| refuse(values.dtype()))?;
            // Position 0 is "false", 1 is "true": byte order.
            let all: Vec<u32> = flags.iter().map(|flag| flag.map_or(MISSING_TEXT, u32::from)).collect();
            let levels = vec!["false".to_owned(), "true".to_owned()];
            Ok(plain(Values::Text { positions: pick(&all, leads), levels }, InputKind::Boolean))
        }
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => {
            let texts = values.cast(&DataType::String).map_err(|_| refuse(values.dtype()))?;
            Ok(plain(text_values(&texts, leads).ok_or_else(|| refuse(values.dtype()))?, InputKind::Text))
        }
        DataType::Date | DataType::Datetime(..) => days_before(frame, column, name, leads, notes),
        dtype if dtype.is_primitive_numeric() || dtype.is_decimal() => {
            let numbers = values.cast(&DataType::Float64).map_err(|_| refuse(dtype))?;
            let numbers = numbers.f64().map_err(|_| refuse(dtype))?;
            let all: Vec<f64> = match numbers.cont_slice() {
                Ok(slice) => slice.to_vec(),
                Err(_) => numbers.iter().map(|number| number.unwrap_or(f64::NAN)).collect(),
            };
            let mut picked = pick(&all, leads);
            note_odd_numbers(&mut picked, column, dtype.is_integer(), notes);
            Ok(plain(Values::Numbers(picked), InputKind::Number))
        }
        other => Err(refuse(other)),
    }
}

fn plain(values: Values, kind: InputKind) -> ColumnValues {
    ColumnValues { values, kind, derivation: None, latest_use_us: None }
}

/// The values of the labelled leads.
fn pick<T: Copy>(all: &[T], leads: &LabelledLeads) -> Vec<T> {
    leads.rows.iter().map(|&row| all[row as usize]).collect()
}

/// Infinities become the largest and smallest number there is, so that they fall where a scorer puts them; whole numbers
/// that a double cannot hold are mentioned.
fn note_odd_numbers(values: &mut [f64], column: &str, is_integer: bool, notes: &mut Vec<Note>) {
    let (mut n_infinite, mut n_huge) = (0, 0);
    for value in values {
        if value.is_infinite() {
            *value = value.clamp(f64::MIN, f64::MAX);
            n_infinite += 1;
        } else if is_integer && value.abs() > MAX_SAFE_INTEGER {
            n_huge += 1;
        }
    }
    if n_infinite > 0 {
        notes.push(Note::new(
            "features",
            format!("column `{column}`: {n_infinite} infinite values taken as larger (or smaller) than every other"),
        ));
    }
    if n_huge > 0 {
        notes.push(Note::new(
            "features",
            format!("column `{column}`: {n_huge} whole numbers beyond 2^53 are rounded to the nearest that every scorer can hold"),
        ));
    }
}

/// Text after normalisation; empty text is missing.
fn text_values(texts: &Column, leads: &LabelledLeads) -> Option<Values> {
    let texts = texts.str().ok()?;
    // Distinct texts first, as they stand: normalising is dear, and most columns have few of them.
    let mut number_of = HashMap::<&str, u32>::new();
    let mut distinct: Vec<&str> = Vec::new();
    let numbers: Vec<u32> = texts
        .iter()
        .map(|text| {
            text.map_or(MISSING_TEXT, |text| {
                *number_of.entry(text).or_insert_with(|| {
                    distinct.push(text);
                    distinct.len() as u32 - 1
                })
            })
        })
        .collect();
    let normalised: Vec<String> = distinct.iter().map(|text| normalise_text(text).into_owned()).collect();
    let levels: Vec<String> =
        normalised.iter().filter(|text| !text.is_empty()).cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let position_of: Vec<u32> =
        normalised.iter().map(|text| levels.binary_search(text).map_or(MISSING_TEXT, |at| at as u32)).collect();
    let positions = (leads.rows.iter())
        .map(|&row| match numbers[row as usize] {
            MISSING_TEXT => MISSING_TEXT,
            number => position_of[number as usize],
        })
        .collect();
    Some(Values::Text { positions, levels })
}

/// Whole days from a time to the lead's as-of; a time after it was not known then, and is missing.
fn days_before(
    frame: &DataFrame,
    column: &str,
    name: &str,
    leads: &LabelledLeads,
    notes: &mut Vec<Note>,
) -> Result<ColumnValues, FeatureError> {
    let as_of = leads.as_of.as_ref().ok_or_else(|| FeatureError::NeedsAsOf { name: name.to_owned() })?;
    let times = times_of(frame, column, "leads", "criterion.column")?.microseconds;
    let mut n_later = 0;
    let mut latest: Option<i64> = None;
    let days = (leads.rows.iter().zip(as_of))
        .map(|(&row, &as_of)| match times[row as usize] {
            Some(time) if time > as_of => {
                n_later += 1;
                f64::NAN
            }
            Some(time) => {
                latest = latest.max(Some(time - as_of));
                (as_of - time).div_euclid(DAY_US) as f64
            }
            None => f64::NAN,
        })
        .collect();
    if n_later > 0 {
        notes.push(Note::new(
            "features",
            format!(
                "column `{column}`: {n_later} times lie after the hand-off and were not known then; taken as missing"
            ),
        ));
    }
    Ok(ColumnValues {
        values: Values::Numbers(days),
        kind: InputKind::Number,
        derivation: Some(Derivation::DaysBefore { column: column.to_owned() }),
        latest_use_us: latest,
    })
}
