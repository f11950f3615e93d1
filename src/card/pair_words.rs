//! A pair as people see it: its grid in blocks, and what it says in a sentence.
//!
//! In: a pair of a checked card. Out: [`GridBlock`]s, which cover every cell of two answers once; sentences in which names and answers stand
//! as they are on the card. Start at [`Criterion::pair_sentences`].
//!
//! Always true: more and less are said beside the cells that the pair says nothing of, so that adding the same points to all of its
//! levels changes no sentence; every cell is in one block; counts stand once for a level, however many blocks it has.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Axis, Card, Criterion, Input, InputKind, Level, Part};
use crate::notes::in_words;

/// Most answers that a sentence names on one side.
const MAX_NAMED: usize = 3;

/// Most rectangles of a level that a sentence names.
const MAX_RECTANGLES: usize = 2;

/// Cells of one level beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GridBlock {
    /// Position of the level.
    pub(crate) level: usize,
    /// First row, among those of answers.
    pub(crate) row: usize,
    /// First column, likewise.
    pub(crate) column: usize,
    /// Rows from there on.
    pub(crate) n_rows: usize,
    /// Columns from there on.
    pub(crate) n_columns: usize,
    /// Whether it is the first of its level.
    pub(crate) is_first: bool,
}

/// The cells of a level, by their places among the answers, from left to right and from the top down.
type Places = BTreeSet<[usize; 2]>;

/// Rows that meet the same columns at a level.
struct Rectangle {
    rows: BTreeSet<usize>,
    columns: BTreeSet<usize>,
}

/// The cells of a level as rectangles, those of most cells first.
fn rectangles(places: &Places) -> Vec<Rectangle> {
    let rows: BTreeSet<usize> = places.iter().map(|[row, _]| *row).collect();
    let mut found: Vec<Rectangle> = Vec::new();
    for row in rows {
        let columns = places.iter().filter(|[other, _]| *other == row).map(|[_, column]| *column).collect();
        match found.iter_mut().find(|one| one.columns == columns) {
            Some(one) => {
                one.rows.insert(row);
            }
            None => found.push(Rectangle { rows: [row].into(), columns }),
        }
    }
    found.sort_by_key(|one| Reverse(one.rows.len() * one.columns.len()));
    found
}

/// A level of which a pair says something.
struct Move {
    level: usize,
    /// Points beside [`Criterion::usual_points`].
    points: i32,
}

impl Criterion {
    /// The grid of a pair from left to right and from the top down, in blocks: from the first cell that is in none, as far to the right as its
    /// level goes, and from there down.
    pub(crate) fn blocks(&self) -> Vec<GridBlock> {
        let mut blocks = Vec::new();
        for (level, mut left) in self.places_of_levels().into_iter().enumerate() {
            let mut is_first = true;
            while let Some(&[row, column]) = left.first() {
                let n_columns = (column..).take_while(|&column| left.contains(&[row, column])).count();
                let columns = column..column + n_columns;
                let has_all = |row: &usize| columns.clone().all(|column| left.contains(&[*row, column]));
                let n_rows = (row..).take_while(has_all).count();
                left.retain(|[one, other]| !((row..row + n_rows).contains(one) && columns.contains(other)));
                blocks.push(GridBlock { level, row, column, n_rows, n_columns, is_first });
                is_first = false;
            }
        }
        blocks.sort_by_key(|block| (block.row, block.column));
        blocks
    }

    /// The level with leads whose first block begins at a place of the grid: there its counts stand.
    pub(crate) fn level_counted_at(&self, blocks: &[GridBlock], place: [usize; 2]) -> Option<&Level> {
        let block = blocks.iter().find(|block| block.is_first && [block.row, block.column] == place)?;
        Some(&self.levels[block.level]).filter(|level| level.n_leads > 0)
    }

    /// What a pair says: the answers that move most leads by most points, and those that move most the other way; nothing where all leads
    /// get the same.
    ///
    /// - `card`: knows what people call the sides.
    pub(crate) fn pair_sentences(&self, card: &Card) -> Vec<String> {
        let places = self.places_of_levels();
        let usual = self.usual_points();
        let moved = (self.levels.iter().enumerate()).map(|(level, one)| Move { level, points: one.points - usual });
        let mut moved: Vec<Move> = moved.filter(|one| one.points != 0 && !places[one.level].is_empty()).collect();
        // Among levels that move as much the first of the card comes first.
        moved.sort_by_key(|one| Reverse(u64::from(one.points.unsigned_abs()) * self.levels[one.level].n_leads));
        moved.retain(|one| self.levels[one.level].is_printed());
        let Some(most) = moved.first() else { return Vec::new() };
        let other_way = moved.iter().find(|one| one.points.signum() != most.points.signum());
        std::iter::once(most).chain(other_way).map(|one| self.sentence(one, &places[one.level], card)).collect()
    }

    /// Points of the cells that a pair has nothing to say of: those that its last level takes, or where every cell is named those that most
    /// leads get.
    pub(crate) fn usual_points(&self) -> i32 {
        let has_cells = self.places_of_levels().last().is_some_and(|places| !places.is_empty());
        let known = self.levels.iter().filter(|level| level.is_known());
        let usual = if has_cells { self.levels.last() } else { known.max_by_key(|level| level.n_leads) };
        usual.map_or(0, |level| level.points)
    }

    /// The cells of two answers that each level takes.
    fn places_of_levels(&self) -> Vec<Places> {
        let mut of_levels: Vec<Places> = self.levels.iter().map(|_| Places::default()).collect();
        let Some(grid) = &self.grid else { return of_levels };
        for (row, (row_position, _)) in grid.rows.answers().enumerate() {
            for (column, (column_position, _)) in grid.columns.answers().enumerate() {
                let level = self.level_of_cell([row_position, column_position]);
                if let Some(places) = level.and_then(|level| of_levels.get_mut(level)) {
                    places.insert([row, column]);
                }
            }
        }
        of_levels
    }

    /// "Where budget is “none”, need “urgent” counts for 4 points less."
    fn sentence(&self, moved: &Move, places: &Places, card: &Card) -> String {
        let n = moved.points.unsigned_abs();
        let points = if n == 1 { "1 point".to_owned() } else { format!("{n} points") };
        let less = if moved.points < 0 { "less" } else { "more" };
        let axes: Vec<(&Axis, &Input)> = self.axes().collect();
        let [rows, columns] = axes.as_slice() else { return String::new() };
        let [row, column] = [rows.0, columns.0].map(|axis| card.shown_name(&axis.criterion));
        let rectangles = rectangles(places);
        let in_words = |one: &Rectangle| [answers_in_words(*rows, &one.rows), answers_in_words(*columns, &one.columns)];
        let mut said = String::new();
        for (idx, one) in rectangles.iter().take(MAX_RECTANGLES).enumerate() {
            said += &match (idx, in_words(one)) {
                (0, [Some(of_rows), Some(of_columns)]) => {
                    format!("Where {column} is {of_columns}, {row} {of_rows} counts for {points} {less}")
                }
                (0, [Some(of_rows), None]) => {
                    format!("Where {row} is {of_rows}, {points} {less}, whatever {column} is")
                }
                (0, [None, Some(of_columns)]) => {
                    format!("Where {column} is {of_columns}, {points} {less}, whatever {row} is")
                }
                (0, [None, None]) => format!("Both answers together count for {points} {less}"),
                (_, [Some(of_rows), Some(of_columns)]) => {
                    format!("; so does {row} {of_rows} where {column} is {of_columns}")
                }
                (_, [Some(of_rows), None]) => format!("; so does {row} {of_rows}, whatever {column} is"),
                (_, [None, of_columns]) => format!("; so does {column} {}", of_columns.unwrap_or_default()),
            };
        }
        let n_more = rectangles.len().saturating_sub(MAX_RECTANGLES);
        if n_more > 0 {
            said += &format!("; {n_more} more of the grid");
        }
        said + "."
    }
}

/// “none” or “asked”; “any but ...” where that is shorter, and `None` for all of them.
fn answers_in_words((axis, input): (&Axis, &Input), places: &BTreeSet<usize>) -> Option<String> {
    let all: Vec<&Part> = axis.answers().map(|(_, part)| part).collect();
    let quoted = |part: &&Part| match input.kind {
        InputKind::Number => part.label.clone(),
        InputKind::Text | InputKind::Boolean => format!("“{}”", part.label),
    };
    let those = |is_wanted: bool| -> Vec<String> {
        let parts = all.iter().enumerate().filter(|(place, _)| places.contains(place) == is_wanted);
        parts.map(|(_, part)| quoted(part)).collect()
    };
    let (named, others) = (those(true), those(false));
    let range = if named.len() > 1 { range_in_words(&all, places) } else { None };
    match () {
        () if others.is_empty() => None,
        () if range.is_some() => range,
        () if named.len() <= MAX_NAMED => Some(in_words(&named, "or")),
        () if others.len() < named.len() && others.len() <= MAX_NAMED => {
            Some(format!("anything but {}", in_words(&others, "and")))
        }
        () => Some(format!("one of {} answers", named.len())),
    }
}

/// Parts of numbers that follow each other as one: "below 7", "3 to below 7", "3 and more"; `None` for any others.
fn range_in_words(all: &[&Part], places: &BTreeSet<usize>) -> Option<String> {
    let (&first, &last) = places.first().zip(places.last())?;
    if last - first + 1 != places.len() {
        return None;
    }
    let below = all.get(last)?.when.edge();
    let from = first.checked_sub(1).and_then(|before| all.get(before)?.when.edge());
    match (from, below) {
        (None, Some(below)) => Some(format!("below {below}")),
        (Some(from), Some(below)) => Some(format!("{from} to below {below}")),
        (Some(from), None) => Some(format!("{from} and more")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mapped_pair, pair, paired_card};
    use super::*;
    use crate::card::When;

    #[test]
    fn a_pair_is_said_in_a_sentence_and_the_other_way_in_another() {
        let (card, mut pair) = (paired_card(), pair());
        assert_eq!(pair.usual_points(), 1);
        let said = [
            "Where clicks_30d is 2 and more, budget “approved” counts for 6 points more.",
            "Where clicks_30d is below 2, 3 points less, whatever budget is.",
        ];
        assert_eq!(pair.pair_sentences(&card), said);
        pair.levels.iter_mut().for_each(|level| level.points += 5);
        assert_eq!(pair.pair_sentences(&card), said, "more and less are beside the others");
        pair.levels[2].n_leads = 1_000;
        assert_eq!(pair.usual_points(), 6, "however many leads have few clicks");
        pair.levels[1].when = When::Cells(vec![[2, 2], [3, 2]]);
        assert_eq!(pair.usual_points(), 3, "no cell is left, and most leads have few clicks");
        let said = "Where clicks_30d is 2 and more, 9 points more, whatever budget is.";
        assert_eq!(pair.pair_sentences(&card), [said]);
        pair.levels.iter_mut().for_each(|level| level.points = 3);
        assert!(pair.pair_sentences(&card).is_empty());
    }

    #[test]
    fn the_level_that_moves_most_leads_by_most_points_comes_first() {
        let (card, mut pair) = (paired_card(), pair());
        (pair.levels[2].n_leads, pair.levels[3].n_leads) = (250, 400);
        assert!(pair.pair_sentences(&card)[0].contains("3 points less"), "{:?}", pair.pair_sentences(&card));
        (pair.levels[1].n_leads, pair.levels[2].n_leads) = (0, 0);
        assert!(pair.pair_sentences(&card).is_empty(), "nobody is there");
    }

    #[test]
    fn cells_apart_are_said_one_after_the_other() {
        let (mut card, mut pair) = (paired_card(), mapped_pair());
        pair.levels[2].n_leads = 300;
        card.criteria[2].label = Some("Demo".to_owned());
        let said =
            "Where Demo is “yes”, role “leads” counts for 3 points more; so does role “other” where Demo is “no”.";
        assert_eq!(pair.pair_sentences(&card), [said]);
    }

    #[test]
    fn many_answers_are_said_by_those_that_are_missing() {
        let pair = pair();
        let (axis, input) = pair.axes().next().expect("rows");
        let mut axis = axis.clone();
        axis.parts = ["a", "b", "c", "d", "e", "f", "g", "h"]
            .map(|label| Part { when: When::OneOf(vec![label.to_owned()]), label: label.to_owned() })
            .to_vec();
        let said = |places: &[usize]| answers_in_words((&axis, input), &places.iter().copied().collect());
        assert_eq!(said(&[0]).as_deref(), Some("“a”"));
        assert_eq!(said(&[0, 2, 7]).as_deref(), Some("“a”, “c” or “h”"));
        assert_eq!(said(&[0, 2, 4, 7]).as_deref(), Some("one of 4 answers"));
        assert_eq!(said(&[0, 2, 3, 4, 5, 6]).as_deref(), Some("anything but “b” and “h”"));
        assert_eq!(said(&[0, 1, 2, 3, 4, 5, 6, 7]), None);
    }

    #[test]
    fn numbers_beside_each_other_are_one_range() {
        let part = |when: When| Part { when, label: "?".to_owned() };
        let parts = [When::Below(2.0), When::Below(3.5), When::Below(9.0), When::Else].map(part);
        let all: Vec<&Part> = parts.iter().collect();
        let said = |places: &[usize]| range_in_words(&all, &places.iter().copied().collect());
        assert_eq!(said(&[0, 1]).as_deref(), Some("below 3.5"));
        assert_eq!(said(&[1, 2]).as_deref(), Some("2 to below 9"));
        assert_eq!(said(&[2, 3]).as_deref(), Some("3.5 and more"));
        assert_eq!(said(&[0, 2]), None);
        let texts = ["a", "b", "c"].map(|text| part(When::OneOf(vec![text.to_owned()])));
        assert_eq!(range_in_words(&texts.iter().collect::<Vec<_>>(), &[0, 1].into()), None);
    }

    #[test]
    fn blocks_cover_every_cell_once_and_count_a_level_once() {
        let block = |level, [row, column]: [usize; 2], [n_rows, n_columns]: [usize; 2], is_first| GridBlock {
            level,
            row,
            column,
            n_rows,
            n_columns,
            is_first,
        };
        let of_neighbours =
            [block(2, [0, 0], [2, 1], true), block(1, [0, 1], [1, 1], true), block(3, [1, 1], [1, 1], true)];
        assert_eq!(pair().blocks(), of_neighbours);
        let apart = [
            block(1, [0, 0], [1, 1], true),
            block(2, [0, 1], [1, 1], true),
            block(2, [1, 0], [1, 1], false),
            block(1, [1, 1], [1, 1], false),
        ];
        assert_eq!(mapped_pair().blocks(), apart);
    }
}
