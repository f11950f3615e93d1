//! Points of a card's criterion on a column of leads, or on the two of a pair.

use serde_json::Value;

use super::{CriterionColumn, MISSING_TEXT, Values};
use crate::card::{Axis, Criterion, Input, InputKind};

/// The column that reads what an axis of a pair does.
pub fn column_of_axis<'a>(axis: &Axis, input: &Input, columns: &'a [CriterionColumn]) -> Option<&'a CriterionColumn> {
    columns.iter().find(|column| column.input == *input && column.map == axis.map)
}

/// Points that a pair of a card gives each lead.
///
/// - `columns`: what its axes read, rows first.
pub fn points_of_pair(pair: &Criterion, columns: [&CriterionColumn; 2]) -> Vec<i32> {
    let levels = levels_of_pair(pair, columns);
    levels.into_iter().map(|level| pair.levels[usize::from(level)].points).collect()
}

/// Position of the level of a pair for each lead.
///
/// - `columns`: what its axes read, rows first.
pub fn levels_of_pair(pair: &Criterion, columns: [&CriterionColumn; 2]) -> Vec<u16> {
    let axes = pair.axes().zip(columns);
    // A value of another kind than the card expects is at the first part, which is missing.
    let parts: Vec<Vec<i32>> =
        axes.map(|((axis, input), column)| points_of(&axis.to_criterion(input, |part| part as i32), column)).collect();
    let [rows, columns] = parts.as_slice() else { return Vec::new() };
    let level = |row: i32, column: i32| pair.level_of_cell([row as usize, column as usize]).unwrap_or(0) as u16;
    rows.iter().zip(columns).map(|(&row, &column)| level(row, column)).collect()
}

/// Points that a criterion of a card gives each lead; 0 where the value is of another kind than the card expects.
pub fn points_of(criterion: &Criterion, column: &CriterionColumn) -> Vec<i32> {
    let points = |level: Option<usize>| level.map_or(0, |level| criterion.levels[level].points);
    by_level(criterion, column, points)
}

/// Position of the level of each lead; the last one where the value is of another kind than the card expects.
pub fn levels_of(criterion: &Criterion, column: &CriterionColumn) -> Vec<u16> {
    let last = criterion.levels.len().saturating_sub(1);
    by_level(criterion, column, |level| level.unwrap_or(last) as u16)
}

/// What each lead has at its level.
fn by_level<T: Copy>(criterion: &Criterion, column: &CriterionColumn, at_level: impl Fn(Option<usize>) -> T) -> Vec<T> {
    let points = |value: &Value| at_level(criterion.level_of_answer(value));
    let missing = points(&Value::Null);
    match &column.values {
        Values::Numbers(values) => values
            .iter()
            .map(|value| serde_json::Number::from_f64(*value).map_or(missing, |number| points(&Value::Number(number))))
            .collect(),
        Values::Text { positions, levels } => {
            // A card compares what was written, whatever the level is called today.
            let written = column.written.as_ref().map(|written| &written.texts);
            let (positions, levels) =
                written.map_or((positions, levels), |written| (&written.positions, &written.levels));
            let value = |level: &String| match column.input.kind {
                InputKind::Boolean => Value::Bool(level == "true"),
                InputKind::Number | InputKind::Text => Value::String(level.clone()),
            };
            let of_level: Vec<T> = levels.iter().map(|level| points(&value(level))).collect();
            positions.iter().map(|&at| if at == MISSING_TEXT { missing } else { of_level[at as usize] }).collect()
        }
    }
}
