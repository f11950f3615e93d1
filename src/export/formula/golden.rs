//! The golden rows as leads to import, with what the formulas have to give for each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{FormulaInput, System};
use crate::card::{Card, GoldenRow, Input, InputKind, points_of};
use crate::export::ExportError;
use crate::export::csv::{as_text, csv_text};
use crate::export::curve::share_text;

/// Columns that a system asks of every lead: name, and what row `n` has there.
pub(in crate::export) type People = [(&'static str, fn(usize) -> String)];

/// Made-up leads of values that the fields of a system hold, all of them from the golden rows, and how many values were left out.
///
/// Hardly a golden row is held as a whole, since each has an extreme value somewhere; so the values are put together anew, each in
/// a row or more, and the points are those of the card read literally. Where the band depends on how much is known, leads of which
/// little is come first.
pub(in crate::export) fn rows_held(
    card: &Card,
    inputs: &[FormulaInput<'_>],
    system: &System,
) -> (Vec<GoldenRow>, usize) {
    let mut n_left_out = 0;
    let columns: Vec<Vec<&Value>> = inputs
        .iter()
        .map(|input| {
            let mut seen = BTreeSet::new();
            let values = card.golden.iter().filter_map(|row| row.inputs.get(&input.input.column));
            let distinct: Vec<&Value> = values.filter(|value| seen.insert(value.to_string())).collect();
            let held: Vec<&Value> =
                distinct.iter().copied().filter(|value| holds(system, input.kind(), value)).collect();
            n_left_out += distinct.len() - held.len();
            held
        })
        .collect();
    let n_cases = columns.iter().map(Vec::len).max().unwrap_or(0);
    // Each column starts elsewhere in its list, so that criteria do not walk through their levels in step.
    let value = |row: usize, idx: usize| columns[idx].get((row + 7 * idx) % columns[idx].len().max(1)).copied();
    // Of a field that is never empty something is known of every lead: the first value that it holds.
    let empty = |idx: usize| columns[idx].iter().find(|value| value.is_null()).or(columns[idx].first()).copied();
    let cells = cells_held(card, inputs, system);
    // A lead of which nothing is known, then leads of which more and more is.
    let n_little_known = card.known_at_least.map_or(0, |_| inputs.len());
    let rows = (0..n_little_known + n_cases + cells.len()).map(|row| {
        let cell = |idx: usize| match row.checked_sub(n_little_known) {
            Some(case) => value(case, idx),
            None if idx < row => columns[idx].iter().find(|value| !value.is_null()).copied(),
            None => empty(idx),
        };
        let columns = inputs.iter().enumerate();
        let lead = columns.map(|(idx, input)| (input.input.column.clone(), cell(idx).cloned().unwrap_or_default()));
        let mut lead: BTreeMap<String, Value> = lead.collect();
        let of_cell = row.checked_sub(n_little_known + n_cases).and_then(|idx| cells.get(idx));
        lead.extend(of_cell.into_iter().flatten().cloned());
        points_of(card.base_points, &card.criteria, lead)
    });
    (rows.collect(), n_left_out)
}

/// For every cell of every pair what stands under its two columns, where fields hold it: of the golden rows the first one there.
fn cells_held(card: &Card, inputs: &[FormulaInput<'_>], system: &System) -> Vec<Vec<(String, Value)>> {
    let is_held = |column: &String, value: &Value| {
        let input = inputs.iter().find(|input| input.input.column == *column);
        input.is_some_and(|input| holds(system, input.kind(), value))
    };
    let mut cells = Vec::new();
    for pair in card.criteria.iter().filter(|criterion| criterion.is_pair()) {
        let mut seen = BTreeSet::new();
        for row in &card.golden {
            let value = |input: &Input| row.inputs.get(&input.column).cloned().unwrap_or_default();
            let values: Vec<(String, Value)> =
                pair.inputs.iter().map(|input| (input.column.clone(), value(input))).collect();
            let parts = pair.axes().map(|(axis, input)| axis.part_of(input, &value(input)));
            if values.iter().all(|(column, value)| is_held(column, value)) && seen.insert(parts.collect::<Vec<_>>()) {
                cells.push(values);
            }
        }
    }
    cells
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
    rows: &[GoldenRow],
    people: &People,
    results: &[String],
) -> Result<String, ExportError> {
    let expected = results.iter().map(|name| format!("expected {name}"));
    let heads = people.iter().map(|(head, _)| (*head).to_owned());
    let heads = heads.chain(inputs.iter().map(|input| as_text(&input.field))).chain(expected);
    let records = rows.iter().enumerate().map(|(idx, row)| {
        let who = people.iter().map(|(_, of_row)| of_row(idx + 1));
        let values = inputs.iter().map(|input| match row.inputs.get(&input.input.column) {
            Some(Value::Number(number)) => {
                number.as_f64().map_or_else(String::new, |number| (number + 0.0).to_string())
            }
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(flag)) => flag.to_string(),
            _ => String::new(),
        });
        let points = row.points.iter().map(ToString::to_string);
        who.chain(values).chain(points).chain(worth_of(card, row)).collect()
    });
    csv_text(std::iter::once(heads.collect()).chain(records))
}

/// Score, probability and band of a row, as a cell holds them.
pub(in crate::export) fn worth_of(card: &Card, row: &GoldenRow) -> [String; 3] {
    let share = card.worth_of(row.score).map_or_else(String::new, |entry| share_text(entry.probability_bp));
    [row.score.to_string(), share, as_text(card.band_of_row(row))]
}
