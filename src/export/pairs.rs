//! Pairs in systems that look at one value at a time: each axis gives a code, and the sum of both names the cell.
//!
//! In: a pair. Out: [`Coded`]: its axes as plain criteria whose points are codes, so that whatever writes a criterion writes them as
//! well, and what every sum of codes comes to.
//!
//! Always true: the sum is below zero exactly where either answer is missing; else its tens are the part of the rows and its ones that
//! of the columns, as the card counts them. An axis has at most ten parts.

use std::collections::BTreeMap;

use serde_json::json;

use crate::card::{Axis, Card, Criterion, Grid, MAX_PARTS};

/// Code of a missing answer: below zero with any part of the other axis.
const MISSING: i32 = -100;

/// A cell has the ten-fold of its row in its code. With the missing level and the words for it no axis has more parts.
const ROW: i32 = MAX_PARTS as i32 + 2;

/// A pair in codes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coded {
    /// The axes, rows first: criteria whose points are codes.
    pub(super) axes: [Criterion; 2],
}

/// A cell of a grid, or 0 for all without an answer, and the position of its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodedCell {
    /// Sum of the codes; 0 stands for every one below it.
    pub(super) code: i32,
    /// Position of the level in the criterion.
    pub(super) level: usize,
}

impl Coded {
    /// The axes of a pair; `None` for a plain criterion.
    pub(super) fn of(criterion: &Criterion) -> Option<Self> {
        let grid = criterion.grid.as_ref()?;
        let [row, column] = criterion.inputs.as_slice() else { return None };
        let code = |axis: &Axis, step: i32, position: usize| match axis.is_missing(position) {
            true => MISSING,
            false => step * position as i32,
        };
        let rows = grid.rows.to_criterion(row, |position| code(&grid.rows, ROW, position));
        let columns = grid.columns.to_criterion(column, |position| code(&grid.columns, 1, position));
        Some(Self { axes: [rows, columns] })
    }
}

/// Code of a cell.
pub(super) fn code_of([row, column]: [u8; 2]) -> i32 {
    ROW * i32::from(row) + i32::from(column)
}

/// Every sum of codes there can be, in rising order, with its level: first 0, which stands for every sum below zero.
pub(super) fn cells_of(pair: &Criterion, grid: &Grid) -> Vec<CodedCell> {
    let mut levels = BTreeMap::from([(0, 0)]);
    for (row, _) in grid.rows.answers() {
        for (column, _) in grid.columns.answers() {
            if let Some(level) = pair.level_of_cell([row, column]) {
                // At most ten parts.
                levels.insert(code_of([row as u8, column as u8]), level);
            }
        }
    }
    levels.into_iter().map(|(code, level)| CodedCell { code, level }).collect()
}

/// The codes of each level, in the order of the levels; none for the first and the last, which take what is below zero and the rest.
pub(super) fn codes_of_levels(pair: &Criterion) -> Vec<Vec<i32>> {
    pair.levels.iter().map(|level| level.when.cells().iter().map(|&cell| code_of(cell)).collect()).collect()
}

/// What a program that holds the card itself would have to work out: the level of each cell, rows over columns, by criterion; null for a
/// plain one.
pub(super) fn cells_as_json(card: &Card) -> String {
    let levels_of = |pair: &Criterion| {
        let [n_rows, n_columns] = pair.grid.as_ref()?.axes().map(|axis| axis.parts.len());
        let level = |row, column| pair.level_of_cell([row, column]).unwrap_or(0);
        Some((0..n_rows).map(|row| (0..n_columns).map(|column| level(row, column)).collect()).collect())
    };
    let all: Vec<Option<Vec<Vec<usize>>>> = card.criteria.iter().map(levels_of).collect();
    json!(all).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::card::tests::{card_of, example_card, example_criteria, pair};

    #[test]
    fn the_sum_of_codes_names_the_cell() {
        let pair = pair();
        let Coded { axes: [rows, columns] } = Coded::of(&pair).expect("a pair");
        let points = |criterion: &Criterion| criterion.levels.iter().map(|level| level.points).collect::<Vec<_>>();
        assert_eq!(points(&rows), [-100, -100, 20, 30]);
        assert_eq!(points(&columns), [-100, 1, 2]);
        let cells = cells_of(&pair, pair.grid.as_ref().expect("a grid"));
        let cells: Vec<(i32, usize)> = cells.iter().map(|cell| (cell.code, cell.level)).collect();
        assert_eq!(cells, [(0, 0), (21, 2), (22, 1), (31, 2), (32, 3)]);
        assert_eq!(codes_of_levels(&pair), [vec![], vec![22], vec![21, 31], vec![]]);
        assert_eq!(rows.level_of(&json!("approved")), Some(2));
        assert_eq!(Coded::of(&example_card().criteria[0]), None);
        let card = card_of(0, vec![example_criteria().remove(0), pair]);
        assert_eq!(cells_as_json(&card), "[null,[[0,0,0],[0,0,0],[0,2,1],[0,2,3]]]");
    }
}
