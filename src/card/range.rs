//! Range: the lowest and the highest score that answers can add up to.
//!
//! A criterion on its own may have its best level whatever the others have. The answers that a pair looks at are those of other criteria
//! as well, so the best level of the one may rule out the best of the other: such answers are tried together.
//!
//! In: points by answer, and by two answers. Out: [`SumOfAnswers::range`].
//!
//! # Source
//! Variable elimination (Dechter 1999, *Artificial Intelligence* 113, 41-85): an answer whose tables are few is settled first, for every
//! combination of those that share a table with it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::levels::first_that_takes;
use super::{Criterion, Input, InputKind, When};

/// Points as a sum over answers and over two answers at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SumOfAnswers {
    /// Points of each answer, one list per question.
    pub alone: Vec<Vec<i64>>,
    /// Points of two answers.
    pub together: Vec<PointsOfTwo>,
}

/// Points of the answers to two questions.
#[derive(Debug, Clone, PartialEq)]
pub struct PointsOfTwo {
    /// Which questions.
    pub of: [usize; 2],
    /// Part of the grid that each answer is at, for both.
    pub parts: [Vec<usize>; 2],
    /// Points by the parts of both.
    pub points: Vec<Vec<i64>>,
}

impl SumOfAnswers {
    /// The lowest and the highest sum.
    pub fn range(&self) -> (i64, i64) {
        (-self.highest(-1), self.highest(1))
    }

    /// The highest sum with every point times `sign`.
    fn highest(&self, sign: i64) -> i64 {
        let mut factors: Vec<Factor> = Vec::new();
        let states: Vec<BTreeMap<Vec<usize>, i64>> = (0..self.alone.len()).map(|at| self.states(at, sign)).collect();
        let mut sum: i64 = 0;
        let is_in_pair = |at: usize| self.together.iter().any(|two| two.of.contains(&at));
        for (at, states) in states.iter().enumerate() {
            let values: Vec<i64> = states.values().copied().collect();
            if is_in_pair(at) {
                factors.push(Factor { of: vec![at], sizes: vec![values.len()], values });
            } else {
                sum += values.into_iter().max().unwrap_or(0);
            }
        }
        for (number, two) in self.together.iter().enumerate() {
            let sides =
                two.of.map(|at| states[at].keys().map(|parts| parts[self.place(at, number)]).collect::<Vec<_>>());
            let values =
                sides[0].iter().flat_map(|&row| sides[1].iter().map(move |&column| sign * two.points[row][column]));
            factors.push(Factor {
                of: two.of.to_vec(),
                sizes: sides.each_ref().map(Vec::len).to_vec(),
                values: values.collect(),
            });
        }
        while let Some(at) = cheapest(&factors) {
            let (with, rest): (Vec<Factor>, Vec<Factor>) =
                factors.into_iter().partition(|factor| factor.of.contains(&at));
            factors = rest;
            let settled = Factor::settle(at, &with);
            if settled.of.is_empty() {
                sum += settled.values[0];
            } else {
                factors.push(settled);
            }
        }
        sum
    }

    /// Where among the tables of a question a table stands.
    fn place(&self, question: usize, number: usize) -> usize {
        self.together[..number].iter().filter(|two| two.of.contains(&question)).count()
    }

    /// The most points of the answers that lie in the same part of every table.
    fn states(&self, question: usize, sign: i64) -> BTreeMap<Vec<usize>, i64> {
        let mut states = BTreeMap::new();
        let tables: Vec<&Vec<usize>> = (self.together.iter())
            .filter_map(|two| two.of.iter().position(|&at| at == question).map(|side| &two.parts[side]))
            .collect();
        for (answer, points) in self.alone[question].iter().enumerate() {
            let parts = tables.iter().map(|parts| parts[answer]).collect();
            let most = states.entry(parts).or_insert(i64::MIN);
            *most = (*most).max(sign * points);
        }
        states
    }
}

/// Sums by the answers to some questions, the last one running fastest.
struct Factor {
    of: Vec<usize>,
    sizes: Vec<usize>,
    values: Vec<i64>,
}

/// The question that is settled with the fewest combinations; `None` once there is none.
fn cheapest(factors: &[Factor]) -> Option<usize> {
    let mut sizes: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for factor in factors {
        for &at in &factor.of {
            sizes.entry(at).or_default().extend(factor.of.iter().copied().zip(factor.sizes.iter().copied()));
        }
    }
    let cost = |with: &BTreeMap<usize, usize>| with.values().product::<usize>();
    sizes.iter().min_by_key(|(_, with)| cost(with)).map(|(&at, _)| at)
}

impl Factor {
    /// The best of one question for every combination of the others.
    fn settle(question: usize, factors: &[Self]) -> Self {
        let mut size_of: BTreeMap<usize, usize> = BTreeMap::new();
        factors.iter().for_each(|factor| size_of.extend(factor.of.iter().copied().zip(factor.sizes.iter().copied())));
        let n_answers = size_of.remove(&question).unwrap_or(1);
        let (of, sizes): (Vec<usize>, Vec<usize>) = size_of.into_iter().unzip();
        let best = |number: usize| {
            let mut answers = vec![0; of.len()];
            let mut left = number;
            for (answer, size) in answers.iter_mut().zip(&sizes).rev() {
                (*answer, left) = (left % size, left / size);
            }
            let sum = |own: usize| {
                let answer = |at: usize| of.iter().position(|&other| other == at).map_or(own, |place| answers[place]);
                factors.iter().map(|factor| factor.value(answer)).sum::<i64>()
            };
            (0..n_answers).map(sum).max().unwrap_or(0)
        };
        let values = (0..sizes.iter().product::<usize>()).map(best).collect();
        Self { of, sizes, values }
    }

    fn value(&self, answer: impl Fn(usize) -> usize) -> i64 {
        let place = self.of.iter().zip(&self.sizes).fold(0, |place, (&at, size)| place * size + answer(at));
        self.values[place]
    }
}

impl SumOfAnswers {
    /// Points by the answers that pairs look at, of all other criteria their fewest and most points, and points by two answers.
    pub fn of(criteria: &[Criterion]) -> Self {
        let pairs: Vec<&Criterion> = criteria.iter().filter(|criterion| criterion.is_pair()).collect();
        let sides = pairs.iter().flat_map(|pair| pair.axes());
        let axes: Vec<Criterion> = sides.map(|(axis, input)| axis.to_criterion(input, |part| part as i32)).collect();
        let is_same = |one: &Criterion, other: &Criterion| one.inputs == other.inputs && one.map == other.map;
        let plain = criteria.iter().filter(|criterion| !criterion.is_pair());
        let (beside, apart): (Vec<&Criterion>, Vec<&Criterion>) =
            plain.partition(|criterion| axes.iter().any(|axis| is_same(axis, criterion)));
        // Those that read the same answers are one question.
        let mut questions: Vec<Vec<&Criterion>> = Vec::new();
        for criterion in beside.into_iter().chain(&axes) {
            match questions.iter_mut().find(|question| is_same(question[0], criterion)) {
                Some(question) => question.push(criterion),
                None => questions.push(vec![criterion]),
            }
        }
        let answers: Vec<Vec<Value>> = questions.iter().map(|question| answers_told_apart(question)).collect();
        let ends = |one: &&Criterion| vec![i64::from(one.points_min()), i64::from(one.points_max())];
        let alone = (questions.iter().zip(&answers))
            .map(|(question, answers)| {
                let points = |answer: &Value| {
                    let own = question.iter().filter(|one| !axes.iter().any(|axis| std::ptr::eq(axis, **one)));
                    own.map(|one| level_of(one, answer).map_or(0, |level| i64::from(one.levels[level].points))).sum()
                };
                answers.iter().map(points).collect()
            })
            // No pair looks at these, so only their ends matter.
            .chain(apart.iter().map(ends))
            .collect();
        let together = (pairs.into_iter().zip(axes.chunks(2)))
            .map(|(pair, sides)| {
                let question = |side: &Criterion| {
                    let has = |question: &Vec<&Criterion>| question.iter().any(|one| std::ptr::eq(*one, side));
                    questions.iter().position(has).unwrap_or_default()
                };
                let of = [question(&sides[0]), question(&sides[1])];
                let parts = [0, 1].map(|side| {
                    let part = |answer: &Value| level_of(&sides[side], answer).unwrap_or(0);
                    answers[of[side]].iter().map(part).collect::<Vec<usize>>()
                });
                let points =
                    |cell: [usize; 2]| pair.level_of_cell(cell).map_or(0, |level| i64::from(pair.levels[level].points));
                let of_row = |row: usize| (0..sides[1].levels.len()).map(|column| points([row, column])).collect();
                PointsOfTwo { of, parts, points: (0..sides[0].levels.len()).map(of_row).collect() }
            })
            .collect();
        Self { alone, together }
    }
}

/// Position of the level that takes an answer, after any map.
fn level_of(criterion: &Criterion, answer: &Value) -> Option<usize> {
    let rules = criterion.levels.iter().map(|level| &level.when);
    first_that_takes(rules, criterion.kind(), answer)
}

/// An answer of every kind that some criteria which read the same tell apart.
fn answers_told_apart(criteria: &[&Criterion]) -> Vec<Value> {
    let whens = || criteria.iter().flat_map(|criterion| &criterion.levels).map(|level| &level.when);
    let kind = criteria.first().and_then(|criterion| criterion.inputs.first()).map(|input: &Input| input.kind);
    let mut answers = vec![Value::Null];
    match kind {
        Some(InputKind::Number) => {
            let edges = whens().filter_map(|when| if let When::Below(edge) = when { Some(*edge) } else { None });
            let mut edges: Vec<f64> = edges.collect();
            edges.sort_by(f64::total_cmp);
            edges.dedup();
            answers.push(Value::from(edges.first().map_or(0.0, |edge| edge.next_down())));
            answers.extend(edges.into_iter().map(Value::from));
        }
        Some(InputKind::Boolean) => answers.extend([Value::Bool(false), Value::Bool(true)]),
        Some(InputKind::Text) | None => {
            let texts = whens().flat_map(When::texts).cloned();
            let mut texts: Vec<String> = texts.collect();
            texts.sort();
            texts.dedup();
            // A text that nobody named: longer than all.
            let longest = texts.iter().map(String::len).max().unwrap_or(0);
            texts.push("x".repeat(longest + 1));
            answers.extend(texts.into_iter().map(Value::from));
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::super::tests::{example_card, paired_card};
    use super::*;

    /// Every combination of answers.
    fn by_brute_force(sum: &SumOfAnswers) -> (i64, i64) {
        let mut range = (i64::MAX, i64::MIN);
        let n_combinations: usize = sum.alone.iter().map(Vec::len).product();
        for mut number in 0..n_combinations {
            let answers: Vec<usize> = (sum.alone.iter())
                .map(|answers| {
                    let answer = number % answers.len();
                    number /= answers.len();
                    answer
                })
                .collect();
            let alone: i64 = sum.alone.iter().zip(&answers).map(|(points, &answer)| points[answer]).sum();
            let together = |two: &PointsOfTwo| {
                let [row, column] = [0, 1].map(|side| two.parts[side][answers[two.of[side]]]);
                two.points[row][column]
            };
            let score = alone + sum.together.iter().map(together).sum::<i64>();
            range = (range.0.min(score), range.1.max(score));
        }
        range
    }

    proptest::proptest! {
        #[test]
        fn every_combination_of_answers_lies_in_the_range_and_its_ends_are_met(
            alone in proptest::collection::vec(proptest::collection::vec(-9..9_i64, 2..6), 2..6),
            tables in proptest::collection::vec((0..6_usize, 0..6_usize, 1..60_i64), 0..6),
        ) {
            let together = tables.into_iter().map(|(row, column, seed)| [row % alone.len(), column % alone.len(), seed as usize]);
            let together = together.filter(|[row, column, _]| row != column).map(|[row, column, seed]| PointsOfTwo {
                of: [row, column],
                parts: [row, column].map(|at| (0..alone[at].len()).map(|answer| answer * seed % 3).collect()),
                points: (0..3).map(|row| (0..3).map(|column| ((row * 7 + column * 5 + 1) * seed % 23) as i64 - 11).collect()).collect(),
            });
            let sum = SumOfAnswers { together: together.collect(), alone };
            proptest::prop_assert_eq!(sum.range(), by_brute_force(&sum));
        }
    }

    #[test]
    fn a_card_without_pairs_has_its_best_and_worst_levels() {
        let card = example_card();
        let points = |of: fn(&Criterion) -> i32| card.criteria.iter().map(|one| i64::from(of(one))).sum::<i64>();
        assert_eq!(
            SumOfAnswers::of(&card.criteria).range(),
            (points(Criterion::points_min), points(Criterion::points_max))
        );
    }

    #[test]
    fn criteria_that_no_pair_looks_at_have_their_own_ends_even_on_one_column() {
        let mut criteria = example_card().criteria;
        let mut again = criteria[1].clone();
        again.levels.iter_mut().for_each(|level| level.points = 20 - level.points);
        criteria.push(again);
        let points = |of: fn(&Criterion) -> i32| criteria.iter().map(|one| i64::from(of(one))).sum::<i64>();
        assert_eq!(SumOfAnswers::of(&criteria).range(), (points(Criterion::points_min), points(Criterion::points_max)));
    }

    #[test]
    fn the_best_answers_to_a_pair_are_answers_to_its_criteria_as_well() {
        let mut card = paired_card();
        // No budget at all is worth most on its own, and the pair wants one.
        card.criteria[0].levels[0].points = 50;
        let sum = SumOfAnswers::of(&card.criteria);
        assert_eq!(sum.range(), by_brute_force(&sum));
        let points = |of: fn(&Criterion) -> i32| card.criteria.iter().map(|one| i64::from(of(one))).sum::<i64>();
        let apart = (points(Criterion::points_min), points(Criterion::points_max));
        let (lowest, highest) = sum.range();
        assert_eq!((lowest, highest), (apart.0, apart.1 - 7), "{apart:?}");
    }
}
