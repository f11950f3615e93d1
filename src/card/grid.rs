//! Pairs: criteria that look at two answers at once, by a grid over the parts of either.
//!
//! In: what stands under two columns. Out: a cell, which is the position of a part on either axis, and the level that holds it.
//! Start at [`Grid`]; the levels name their cells by [`When::Cells`].
//!
//! Always true of a checked card: the parts of an axis are read as the levels of a plain criterion are; a lead of which either answer
//! is not known is at the first level, whatever the other; no cell is at two levels, and the last level takes those of none.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::levels::{answer_of, first_that_takes, says_missing};
use super::text_map::TextMap;
use super::{Card, Criterion, Input, Level, When, is_asked};

/// Most parts of an axis, not counting those of leads without an answer.
pub const MAX_PARTS: usize = 8;

/// What a pair looks at: the first input of the criterion by rows, the second by columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Parts of the first input.
    pub rows: Axis,
    /// Parts of the second.
    pub columns: Axis,
}

/// One side of a grid: a column in a few parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// What people call it: the criterion that looks at the same column, which need not be on the card.
    pub criterion: String,
    /// Rules that make a few answers of the text it reads; the parts name these answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<TextMap>,
    /// Read top down as the levels of a criterion are: the first that fits.
    pub parts: Vec<Part>,
}

/// Some of the answers under a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which values it takes, of those that no earlier part took.
    pub when: When,
    /// What the card calls it.
    pub label: String,
}

impl Part {
    /// Whether its leads have no answer.
    pub fn is_missing(&self) -> bool {
        says_missing(&self.when, &self.label)
    }
}

impl Axis {
    /// The axis as a criterion of its own: a level for every part, worth what `points` gives its position.
    pub fn to_criterion(&self, input: &Input, points: impl Fn(usize) -> i32) -> Criterion {
        let level = |(position, part): (usize, &Part)| Level {
            when: part.when.clone(),
            label: part.label.clone(),
            words: None,
            points: points(position),
            n_leads: 0,
            n_converted: 0,
        };
        let levels = self.parts.iter().enumerate().map(level).collect();
        Criterion { map: self.map.clone(), ..Criterion::plain(&self.criterion, vec![input.clone()], levels) }
    }

    /// Positions of the parts that are answers, each with its part.
    pub fn answers(&self) -> impl Iterator<Item = (usize, &Part)> {
        self.parts.iter().enumerate().filter(|(_, part)| !part.is_missing())
    }

    /// Whether no answer is known at this position.
    pub fn is_missing(&self, position: usize) -> bool {
        self.parts.get(position).is_none_or(Part::is_missing)
    }

    /// Position of the first part that takes `value`; `None` where it is of another kind than `input`.
    pub fn part_of(&self, input: &Input, value: &Value) -> Option<usize> {
        let answer = answer_of(self.map.as_ref(), value);
        first_that_takes(self.parts.iter().map(|part| &part.when), input.kind, &answer)
    }
}

impl Grid {
    /// Both axes, rows first.
    pub fn axes(&self) -> [&Axis; 2] {
        [&self.rows, &self.columns]
    }
}

impl Criterion {
    /// Whether it looks at two answers at once.
    pub fn is_pair(&self) -> bool {
        self.grid.is_some()
    }

    /// The axes of a pair, each with the input it looks at; nothing for a plain criterion.
    pub fn axes(&self) -> impl Iterator<Item = (&Axis, &Input)> {
        self.grid.iter().flat_map(Grid::axes).zip(&self.inputs)
    }

    /// Each input with the rules that make answers of its texts, where it has any.
    pub fn inputs_and_maps(&self) -> impl Iterator<Item = (&Input, Option<&TextMap>)> {
        let plain = self.input().map(|input| (input, self.map.as_ref()));
        plain.into_iter().chain(self.axes().map(|(axis, input)| (input, axis.map.as_ref())))
    }

    /// Every set of rules over text that it has.
    pub fn maps(&self) -> impl Iterator<Item = &TextMap> {
        self.inputs_and_maps().filter_map(|(_, map)| map)
    }

    /// Position of the level that takes the cell at these positions of the axes; `None` for a plain criterion.
    pub fn level_of_cell(&self, [row, column]: [usize; 2]) -> Option<usize> {
        let grid = self.grid.as_ref()?;
        let is_missing = grid.rows.is_missing(row) || grid.columns.is_missing(column);
        let takes = |when: &When| match when {
            When::Missing => is_missing,
            When::Cells(cells) => cells.iter().any(|cell| cell.map(usize::from) == [row, column]),
            When::Else => true,
            When::Below(_) | When::OneOf(_) => false,
        };
        self.levels.iter().position(|level| takes(&level.when))
    }

    /// Position of the first level that takes a lead, with `value_of` for what stands under a column; `None` where a value is of another
    /// kind than the card reads. A column that is not there is missing.
    pub fn level_of_lead<'a>(&self, value_of: impl Fn(&str) -> Option<&'a Value>) -> Option<usize> {
        let value = |input: &Input| value_of(&input.column).unwrap_or(&Value::Null);
        match self.grid {
            None => self.level_of(value(self.input()?)),
            Some(_) => {
                let parts: Option<Vec<usize>> =
                    self.axes().map(|(axis, input)| axis.part_of(input, value(input))).collect();
                self.level_of_cell(parts?.try_into().ok()?)
            }
        }
    }
}

impl Card {
    /// The criteria that stand for the sides of a pair, rows first; `None` where the pair alone looks at the column.
    pub fn sides<'a>(&'a self, pair: &'a Criterion) -> impl Iterator<Item = Option<&'a Criterion>> {
        pair.axes().map(|(_, input)| self.criteria.iter().find(|criterion| criterion.input() == Some(input)))
    }

    /// Whether somebody has to ask before it is known: for a pair, whether either of its sides is asked.
    pub fn needs_asking(&self, criterion: &Criterion) -> bool {
        let is_side_asked = |(side, (_, input)): (Option<&Criterion>, (&Axis, &Input))| {
            side.map_or_else(|| is_asked(None, None, Some(input)), Criterion::is_asked)
        };
        criterion.is_asked() || self.sides(criterion).zip(criterion.axes()).any(is_side_asked)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{pair, paired_card};
    use crate::card::{Card, Override, is_asked};

    #[test]
    fn the_first_level_that_holds_the_cell_takes_the_lead() {
        let pair = pair();
        let level_of = |budget: serde_json::Value, clicks: serde_json::Value| {
            pair.level_of_lead(|column| Some(if column == "budget" { &budget } else { &clicks }))
        };
        assert_eq!(level_of(json!("approved"), json!(5)), Some(1));
        assert_eq!(level_of(json!("bewilligt fu\u{308}r 2026"), json!(2.0_f64.next_down())), Some(2));
        assert_eq!(level_of(json!("approved"), json!(2)), Some(1), "an edge belongs to the part above it");
        assert_eq!(level_of(json!("none"), json!(-5)), Some(2), "two cells of one level");
        assert_eq!(level_of(json!("none"), json!(2)), Some(3), "all other cells");
        for (budget, clicks) in [(json!(null), json!(2)), (json!("n/a"), json!(2)), (json!("none"), json!(null))] {
            assert_eq!(level_of(budget, clicks), Some(0), "either is missing");
        }
        assert_eq!(level_of(json!(3), json!(2)), None, "a number where a text belongs");
        assert_eq!(pair.level_of(&json!("approved")), None, "one value is not enough");
        assert_eq!(pair.level_of_lead(|_| None), Some(0));
    }

    #[test]
    fn a_pair_reads_two_columns_and_nobody_asks_it() {
        let mut pair = pair();
        assert!(pair.input().is_none() && pair.is_pair());
        pair.asked = Some(true);
        assert!(!pair.is_asked());
        assert!(is_asked(None, None, pair.inputs.first()), "its column is asked for another criterion");
        assert_eq!(pair.texts().collect::<Vec<_>>(), ["n/a", "approved", "bewilligt für 2026"]);
    }

    #[test]
    fn a_pair_needs_asking_where_a_side_of_it_does() {
        let mut card = paired_card();
        let needs_asking = |card: &Card| card.needs_asking(&card.criteria[4]);
        let sides = |card: &Card| -> Vec<Option<String>> {
            card.sides(&card.criteria[4]).map(|side| Some(side?.name.clone())).collect()
        };
        assert_eq!(sides(&card), [Some("budget".to_owned()), Some("clicks_30d".to_owned())]);
        assert!(needs_asking(&card));
        card.criteria[0].asked = Some(false);
        assert!(needs_asking(&card), "clicks are asked still");
        card.criteria[1].asked = Some(false);
        assert!(!needs_asking(&card) && !card.needs_asking(&card.criteria[0]));
        card.criteria[1].inputs[0].column = "clicks".to_owned();
        assert_eq!(sides(&card), [Some("budget".to_owned()), None]);
        assert!(needs_asking(&card), "the pair alone asks for clicks");
    }

    #[test]
    fn a_card_with_a_pair_has_a_format_of_its_own_and_reads_back() {
        let card = paired_card();
        assert_eq!(card.format, 4);
        let json = card.to_json();
        assert_eq!(Card::from_json(&json).expect("reads back"), card);
        assert!(json.contains("{\"when\":{\"cells\":[[2,1],[3,1]]},\"label\":\"few clicks\","), "{json}");
        let mut card = card;
        card.overrides = vec![Override {
            criterion: "budget and clicks".to_owned(),
            level: "few clicks".to_owned(),
            points: -2,
            fitted_points: -1,
            author: "Ann".to_owned(),
            reason: "agreed with sales".to_owned(),
            until: None,
        }];
        assert_eq!(Card::from_json(&card.to_json()).expect("points by hand on a pair"), card);
    }
}
