//! The golden rows as leads to import, with what the formulas have to give for each.

use serde_json::Value;

use super::{FormulaInput, System};
use crate::card::{Card, GoldenRow, InputKind};
use crate::export::ExportError;
use crate::export::csv::as_text;
use crate::export::curve::share_text;

/// Columns that a system asks of every lead: name, and what row `n` has there.
pub(in crate::export) type People = [(&'static str, fn(usize) -> String)];

/// The golden rows that the fields of a system can hold, with their position among all.
pub(in crate::export) fn rows_held<'a>(
    card: &'a Card,
    inputs: &[FormulaInput<'_>],
    system: &System,
) -> Vec<(usize, &'a GoldenRow)> {
    let is_held = |row: &GoldenRow| {
        inputs.iter().all(|input| {
            let value = row.inputs.get(&input.input.column).unwrap_or(&Value::Null);
            holds(system, input.kind(), value)
        })
    };
    card.golden.iter().enumerate().filter(|(_, row)| is_held(row)).collect()
}

/// Whether a field holds the value as it is, through an import from a file that spreadsheets may open.
fn holds(system: &System, kind: InputKind, value: &Value) -> bool {
    match value {
        Value::Null => kind != InputKind::Boolean || system.has_empty_booleans,
        Value::Number(number) => number.as_f64().is_some_and(|number| system.numbers.holds(number)),
        Value::String(text) => {
            let is_plain = !text.chars().any(char::is_control) && text.trim() == text && as_text(text) == *text;
            is_plain && text.chars().count() <= system.max_text && (system.unspeakable)(text).is_none()
        }
        Value::Bool(_) => true,
        Value::Array(_) | Value::Object(_) => false,
    }
}

/// The rows as CSV: what the system asks of a lead, the fields, and what each result has to be.
///
/// - `results`: names of the fields with the points of each criterion, score, probability and band.
///
/// # Errors
/// [`ExportError::Wrong`] if the rows cannot be written; a fault of ours.
pub(in crate::export) fn golden_file(
    card: &Card,
    inputs: &[FormulaInput<'_>],
    rows: &[(usize, &GoldenRow)],
    people: &People,
    results: &[String],
) -> Result<String, ExportError> {
    let wrong = |error: csv::Error| ExportError::Wrong(error.to_string());
    let mut table = csv::Writer::from_writer(Vec::new());
    let expected = results.iter().map(|name| format!("expected {name}"));
    let heads = people.iter().map(|(head, _)| (*head).to_owned());
    let heads = heads.chain(inputs.iter().map(|input| as_text(&input.field))).chain(expected);
    table.write_record(heads).map_err(wrong)?;
    for (idx, row) in rows {
        let who = people.iter().map(|(_, of_row)| of_row(idx + 1));
        let values = inputs.iter().map(|input| match row.inputs.get(&input.input.column) {
            Some(Value::Number(number)) => number.as_f64().map_or_else(String::new, |number| (number + 0.0).to_string()),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(flag)) => flag.to_string(),
            _ => String::new(),
        });
        let worth = card.worth_of(row.score).map_or_else(String::new, |entry| share_text(entry.probability_bp));
        let points = row.points.iter().chain([&row.score]).map(ToString::to_string);
        let expected = points.chain([worth, as_text(card.band_name(row.score))]);
        table.write_record(who.chain(values).chain(expected)).map_err(wrong)?;
    }
    let bytes = table.into_inner().map_err(|error| ExportError::Wrong(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| ExportError::Wrong(error.to_string()))
}
