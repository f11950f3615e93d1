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
    let axes = pair.axes().zip(columns);
    // A value of another kind than the card expects is at the first part, which is missing.
    let parts: Vec<Vec<i32>> =
        axes.map(|((axis, input), column)| points_of(&axis.to_criterion(input, |part| part as i32), column)).collect();
    let [rows, columns] = parts.as_slice() else { return Vec::new() };
    let points = |cell: [usize; 2]| pair.level_of_cell(cell).map_or(0, |level| pair.levels[level].points);
    rows.iter().zip(columns).map(|(&row, &column)| points([row as usize, column as usize])).collect()
}

/// Points that a criterion of a card gives each lead; 0 where the value is of another kind than the card expects.
pub fn points_of(criterion: &Criterion, column: &CriterionColumn) -> Vec<i32> {
    let points = |value: &Value| criterion.level_of_answer(value).map_or(0, |level| criterion.levels[level].points);
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
            let of_level: Vec<i32> = levels.iter().map(|level| points(&value(level))).collect();
            positions.iter().map(|&at| if at == MISSING_TEXT { missing } else { of_level[at as usize] }).collect()
        }
    }
}
