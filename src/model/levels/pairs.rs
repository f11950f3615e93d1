//! Pairs on the card: from the codes of a grid to levels that name its cells.
//!
//! Cells with the same points are one level, which its label tells as rows and columns that meet. The points of the commonest cell are
//! taken off all, so that a pair says nothing of most leads; the level of those cells is the last, which takes all that no other names.

use super::{count_bins, level_of_bin_counts};
use crate::card::{Axis, Criterion, Grid, Level, Part, When, label_of_missing_words};
use crate::model::bins::pairs::PairAxis;
use crate::model::bins::{BinShape, CriterionBins, CriterionCells, PairBins, range_label};
use crate::model::levels::CriterionSpec;
use crate::notes::in_words;

/// One criterion of a pair: what it is called, its values and its bins.
#[derive(Debug, Clone, Copy)]
pub(super) struct PairSide<'a> {
    pub(super) spec: &'a CriterionSpec,
    pub(super) cells: &'a CriterionCells,
    pub(super) bins: &'a CriterionBins,
}

/// A pair as the card has it, and the points taken off all of it.
pub(super) struct PairOnCard {
    pub(super) criterion: Criterion,
    pub(super) taken_off: i32,
}

/// An axis on the card, and where on it the parts of the grid lie.
struct AxisOnCard<'a> {
    side: PairSide<'a>,
    axis: Axis,
    /// Position on the card of each part of the grid.
    position: Vec<usize>,
    /// The parts of the grid in words.
    parts: Vec<PartOfGrid>,
}

/// A part of the grid in words.
struct PartOfGrid {
    /// Names of its answers, or its range.
    answers: Vec<String>,
    /// Lowest number and first beyond, for numbers.
    range: Option<(Option<f64>, Option<f64>)>,
}

/// The levels of a pair.
///
/// - `sides`: rows, then columns; `points`: of each code; `codes`, `converted`: of the leads that are counted beside the levels.
pub(super) fn pair_on_card(
    pair: &PairBins,
    sides: [PairSide<'_>; 2],
    points: &[i32],
    codes: &[u8],
    converted: &[f64],
) -> PairOnCard {
    let counts = count_bins(codes, converted, pair.n_bins());
    let commonest = (1..points.len()).max_by_key(|&code| (counts[code].0, usize::MAX - code)).unwrap_or(0);
    let taken_off = points[commonest];
    let axes = [0, 1].map(|at| AxisOnCard::of(sides[at], &pair.axes[at]));
    let level = |when: When, label: String, members: &[usize]| Level {
        points: points[members[0]] - taken_off,
        ..level_of_bin_counts(when, label, &counts, members)
    };
    let mut levels = vec![level(When::Missing, "missing".to_owned(), &[0])];
    let mut values: Vec<i32> = points[1..].to_vec();
    values.sort_unstable();
    values.dedup();
    let members_of = |value: i32| (1..points.len()).filter(|&code| points[code] == value).collect::<Vec<usize>>();
    for &value in values.iter().filter(|value| **value != taken_off) {
        let members = members_of(value);
        let cells = cells_of(pair, &members);
        levels.push(level(When::Cells(on_card(&cells, &axes)), label(&cells, &axes), &members));
    }
    levels.push(level(When::Else, "all else".to_owned(), &members_of(taken_off)));
    let [rows, columns] = sides.map(|side| side.spec);
    let both = |of: fn(&CriterionSpec) -> &str| format!("{} and {}", of(rows), of(columns));
    let has_label = rows.wording.label.is_some() || columns.wording.label.is_some();
    let group = rows.group.clone().filter(|group| columns.group.as_ref() == Some(group));
    let inputs = vec![rows.input.clone(), columns.input.clone()];
    let [rows, columns] = axes.map(|axis| axis.axis);
    let criterion = Criterion {
        label: has_label.then(|| both(|spec| spec.wording.label.as_deref().unwrap_or(&spec.name))),
        group,
        grid: Some(Grid { rows, columns }),
        ..Criterion::plain(both(|spec| &spec.name), inputs, levels)
    };
    PairOnCard { criterion, taken_off }
}

/// Row and column, as parts of the grid, of each cell with one of these codes.
fn cells_of(pair: &PairBins, codes: &[usize]) -> Vec<[usize; 2]> {
    let width = pair.axes[1].n_parts;
    let has_code = |cell: &usize| codes.contains(&usize::from(pair.code_of_cell[*cell]));
    (0..pair.code_of_cell.len()).filter(has_code).map(|cell| [cell / width, cell % width]).collect()
}

/// Cells by their positions on the card.
fn on_card(cells: &[[usize; 2]], [rows, columns]: &[AxisOnCard<'_>; 2]) -> Vec<[u8; 2]> {
    let mut positions: Vec<[u8; 2]> =
        cells.iter().map(|&[row, column]| [rows.position[row] as u8, columns.position[column] as u8]).collect();
    positions.sort_unstable();
    positions
}

/// Rows and the columns that they meet, in words: rows that meet the same columns are told together.
fn label(cells: &[[usize; 2]], [rows, columns]: &[AxisOnCard<'_>; 2]) -> String {
    let columns_of =
        |row: usize| cells.iter().filter(|cell| cell[0] == row).map(|cell| cell[1]).collect::<Vec<usize>>();
    let mut blocks: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for row in 0..rows.position.len() {
        let columns = columns_of(row);
        match blocks.iter_mut().find(|(_, met)| *met == columns) {
            _ if columns.is_empty() => {}
            Some((together, _)) => together.push(row),
            None => blocks.push((vec![row], columns)),
        }
    }
    let in_words = |(of_rows, of_columns): &(Vec<usize>, Vec<usize>)| {
        format!("{}, {}", rows.in_words(of_rows), columns.in_words(of_columns))
    };
    blocks.iter().map(in_words).collect::<Vec<String>>().join("; ")
}

impl<'a> AxisOnCard<'a> {
    fn of(side: PairSide<'a>, axis: &PairAxis) -> Self {
        let PairSide { spec, cells, bins } = side;
        let of_parts = axis.bins_of_parts();
        let mut parts = vec![Part { when: When::Missing, label: "missing".to_owned() }];
        if let Some(words) = spec.spellings.missing_words() {
            parts.push(Part { when: When::OneOf(words.to_vec()), label: label_of_missing_words(words) });
        }
        let mut position = vec![0; of_parts.len()];
        let in_grid: Vec<PartOfGrid> = of_parts.iter().map(|members| PartOfGrid::of(bins, members)).collect();
        let is_last = |members: &[usize]| members.contains(&(bins.n_bins() - 1));
        let in_order = (0..of_parts.len()).filter(|&at| !is_last(&of_parts[at]));
        let last = (0..of_parts.len()).filter(|&at| is_last(&of_parts[at]));
        for at in in_order.chain(last) {
            position[at] = parts.len();
            let when = match (&bins.shape, in_grid[at].range) {
                _ if is_last(&of_parts[at]) => When::Else,
                (BinShape::Numbers { .. }, Some((_, Some(end)))) => When::Below(end),
                _ => When::OneOf(spec.spellings.of_answers(&in_grid[at].answers)),
            };
            parts.push(Part { when, label: in_grid[at].label(cells, spec.map.is_some()) });
        }
        let axis = Axis { criterion: spec.name.clone(), map: spec.map.clone(), parts };
        Self { side, axis, position, parts: in_grid }
    }

    /// Some parts of the grid in words, after the name of the criterion.
    fn in_words(&self, parts: &[usize]) -> String {
        let PairSide { spec, cells, .. } = self.side;
        let name = spec.wording.label.as_deref().unwrap_or(&spec.name);
        if parts.len() == self.parts.len() {
            return format!("any {name}");
        }
        let mut told: Vec<PartOfGrid> = Vec::new();
        for &at in parts {
            let part = &self.parts[at];
            match (told.last_mut(), part.range) {
                (Some(PartOfGrid { range: Some((_, end)), .. }), Some((from, next))) if *end == from => *end = next,
                _ => told.push(PartOfGrid { answers: part.answers.clone(), range: part.range }),
            }
        }
        let labels: Vec<String> = told.iter().map(|part| part.label(cells, spec.map.is_some())).collect();
        format!("{name} {}", in_words(&labels, "or"))
    }
}

impl PartOfGrid {
    fn of(bins: &CriterionBins, members: &[usize]) -> Self {
        match &bins.shape {
            BinShape::Numbers { edges } => {
                // Bin k holds the numbers from edge k - 2 to edge k - 1.
                let first = members.first().and_then(|&bin| bin.checked_sub(2)).map(|edge| edges[edge]);
                let end = members.last().and_then(|&bin| edges.get(bin - 1)).copied();
                Self { answers: Vec::new(), range: Some((first, end)) }
            }
            BinShape::Levels { levels } => {
                Self { answers: members.iter().filter_map(|&bin| levels.get(bin - 1)).cloned().collect(), range: None }
            }
        }
    }

    /// - `has_map`: whether rules make the answers, which then leave none over.
    fn label(&self, cells: &CriterionCells, has_map: bool) -> String {
        match (self.range, self.answers.as_slice()) {
            (Some((from, end)), _) => range_label(from, end, cells.column.meaning.is_whole()),
            (None, []) if has_map => "never given".to_owned(),
            (None, []) => "other".to_owned(),
            (None, answers) => answers.join(", "),
        }
    }
}
