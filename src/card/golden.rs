//! Golden rows: made-up leads and the points they get, so that every reader of a card can prove itself.
//!
//! In: criteria. Out: [`make_golden`] makes rows that hit every level, every edge and one step to either side of it, missing
//! and unseen values, leads of which little is known, huge numbers and hostile text. Several criteria vary in one row, so there are
//! about as many rows as the criterion with the most cases has. For a pair there is also a row per cell of its grid, those of leads with
//! half an answer included.
//!
//! Always true: the rows come from levels and edges, never from a lead; the same criteria give the same rows.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

#[cfg(any(feature = "export", test))]
use super::ASK_FIRST;
use super::shown::{first_few, in_short};
use super::unique_keys::UniqueKeys;
use super::{Axis, Card, CardError, Criterion, Grades, Input, InputKind, Level, When, normalise_text};

/// A made-up lead and its points: made from levels and edges, never copied from a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GoldenRow {
    /// Value per input column: number, text, true/false or null.
    #[serde(deserialize_with = "unique_inputs")]
    pub inputs: BTreeMap<String, Value>,
    /// Points per criterion, in the order of the card.
    pub points: Vec<i32>,
    /// Their sum and the base points.
    pub score: i32,
    /// Grade, on a card that has grades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
}

fn unique_inputs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Value>, D::Error> {
    Ok(UniqueKeys::deserialize(deserializer)?.0.into_iter().collect())
}

/// Texts of one level that are tried beyond its first: enough to catch a look-up that stops early, few enough to read.
const MAX_TEXTS_PER_LEVEL: usize = 20;

/// Numbers that readers get wrong: signed zero, the ends of exact whole numbers, and beyond.
const ODD_NUMBERS: [f64; 8] =
    [-0.0, 0.0, 0.1, 9_007_199_254_740_991.0, 9_007_199_254_740_992.0, -9_007_199_254_740_992.0, 1e300, -1e300];

/// Texts that readers stumble over: the empty one, which is missing; quotes, escapes, formulas, templates, numbers as text.
const HOSTILE_TEXTS: [&str; 16] = [
    "unseen",
    "",
    "missing",
    "null",
    "NaN",
    "0",
    "true",
    "it's \"quoted\" \\ back\\\\slashed",
    "'; DROP TABLE leads; --",
    "=1+1",
    "{{ name }} %s $1",
    "line\nbreak\ttab",
    "預算已核准",
    "Größe",
    "🙂",
    "__proto__",
];

/// Rows that prove a reader of `criteria` right; see the module. Deterministic.
///
/// - `base_points`: points every lead starts with; part of every row's score.
pub fn make_golden(base_points: i32, criteria: &[Criterion]) -> Vec<GoldenRow> {
    let cases = cases_by_column(criteria);
    let n_plain = cases.iter().map(|cases| cases.plain.len()).max().unwrap_or(0);
    let n_untidy = cases.iter().map(|cases| cases.untidy.len()).max().unwrap_or(0);
    let extremes = [Extreme::Missing, Extreme::Else, Extreme::MostPoints, Extreme::FewestPoints];
    let mut inputs: Vec<BTreeMap<String, Value>> = Vec::with_capacity(extremes.len() + n_plain + n_untidy);
    inputs.extend(extremes.map(|extreme| extreme.inputs(criteria)));
    inputs.extend(little_known(criteria));
    // Each column starts elsewhere in its list, so that criteria do not walk through their levels in step.
    let shift = |column_idx: usize| column_idx * 7;
    inputs.extend((0..n_plain).map(|row| {
        let value = |(idx, cases): (usize, &ColumnCases)| cases.plain[(row + shift(idx)) % cases.plain.len()].clone();
        cases.iter().enumerate().map(|c| (c.1.column.clone(), value(c))).collect()
    }));
    inputs.extend((0..n_untidy).map(|row| {
        let list =
            |cases: &ColumnCases| if cases.untidy.is_empty() { cases.plain.clone() } else { cases.untidy.clone() };
        let value = |cases: &ColumnCases| list(cases)[row % list(cases).len()].clone();
        cases.iter().map(|cases| (cases.column.clone(), value(cases))).collect()
    }));
    for pair in criteria.iter().filter(|criterion| criterion.is_pair()) {
        inputs.extend(cells_of(pair).enumerate().map(|(row, cell)| {
            let value =
                |(idx, cases): (usize, &ColumnCases)| cases.plain[(row + shift(idx)) % cases.plain.len()].clone();
            let mut lead: BTreeMap<String, Value> =
                cases.iter().enumerate().map(|c| (c.1.column.clone(), value(c))).collect();
            lead.extend(cell);
            lead
        }));
    }
    inputs.into_iter().map(|inputs| points_of(base_points, criteria, inputs)).collect()
}

/// A lead for every cell of a pair's grid, missing on either side included: what stands under its two columns.
///
/// Of a part of numbers the value is its lower end, or the last number below its upper one, in turn: every edge is met from both sides,
/// beside every part of the other axis.
fn cells_of(pair: &Criterion) -> impl Iterator<Item = [(String, Value); 2]> {
    let axes: Vec<(&Axis, &Input)> = pair.axes().collect();
    let values = |at: usize| axes.get(at).map_or_else(Vec::new, |(axis, input)| values_of_parts(axis, input));
    let column = |at: usize| axes.get(at).map_or_else(String::new, |(_, input)| input.column.clone());
    let ([rows, columns], [row_name, column_name]) = ([values(0), values(1)], [column(0), column(1)]);
    let n_columns = columns.len();
    (0..rows.len() * n_columns).map(move |idx| {
        let (row, column) = (idx / n_columns, idx % n_columns);
        // Ends change place from cell to cell, and those of a row and a column are not always the same.
        let [row, column] =
            [(&rows[row], row + column), (&columns[column], row / 2 + column)].map(|(ends, turn)| &ends[turn % 2]);
        [(row_name.clone(), row.clone()), (column_name.clone(), column.clone())]
    })
}

/// Two values that each part of an axis takes; the same one twice where there is no other.
fn values_of_parts(axis: &Axis, input: &Input) -> Vec<[Value; 2]> {
    let criterion = axis.to_criterion(input, |_| 0);
    let values = |idx: usize| {
        let example = example_of(&criterion, idx);
        let low = criterion.levels[..idx].iter().rev().find_map(|level| level.when.edge()).map(Value::from);
        let is_number = matches!(criterion.levels[idx].when, When::Below(_) | When::Else);
        let other = low.filter(|low| is_number && criterion.level_of(low) == Some(idx));
        let last = match criterion.levels[idx].when.texts() {
            [_, .., last] if input.kind == InputKind::Text && axis.map.is_none() => Some(Value::from(last.as_str())),
            _ => other,
        };
        [example.clone(), last.unwrap_or(example)]
    };
    (0..criterion.levels.len()).map(values).collect()
}

/// The card read literally, over one lead. A value of the wrong kind counts as missing; made-up leads have none.
pub(crate) fn points_of(base_points: i32, criteria: &[Criterion], inputs: BTreeMap<String, Value>) -> GoldenRow {
    let points: Vec<i32> = criteria
        .iter()
        .map(|criterion| {
            let level_idx = criterion.level_of_lead(|column| inputs.get(column));
            level_idx.and_then(|idx| criterion.levels.get(idx)).map_or(0, |level| level.points)
        })
        .collect();
    let score = points.iter().fold(base_points, |sum, &points| sum.saturating_add(points));
    GoldenRow { inputs, points, score, grade: None }
}

#[cfg(any(feature = "export", test))]
impl Card {
    /// Points of the card's span that are known of a made-up lead, in the sense of [`Card::known_at_least`].
    fn known_of(&self, inputs: &BTreeMap<String, Value>) -> i32 {
        let known = |criterion: &Criterion| {
            let level_idx = criterion.level_of_lead(|column| inputs.get(column));
            let level = level_idx.and_then(|idx| criterion.levels.get(idx));
            level.map_or(0, |level| criterion.known_points(level))
        };
        self.criteria.iter().map(known).sum()
    }

    /// Name of the band of a made-up lead: by its score, unless too little is known of it.
    pub(crate) fn band_of_row(&self, row: &GoldenRow) -> &str {
        let is_too_little = |least: i32| self.known_of(&row.inputs) < least;
        if self.known_at_least.is_some_and(is_too_little) { ASK_FIRST } else { self.band_name(row.score) }
    }
}

impl Card {
    /// The golden rows that prove a reader of this card right, with their grades where it has any.
    pub fn golden_rows(&self) -> Vec<GoldenRow> {
        let mut rows = make_golden(self.base_points, &self.criteria);
        let at_cuts = self.grades.iter().flat_map(|grades| leads_at_cuts(grades, &self.criteria));
        rows.extend(at_cuts.map(|inputs| points_of(self.base_points, &self.criteria, inputs)));
        for row in &mut rows {
            row.grade = self.grade_of(&row.points).map(str::to_owned);
        }
        rows
    }

    /// Scores the golden rows by reading the levels top down, and compares with the points written beside them.
    ///
    /// # Errors
    /// [`CardError`] names rows and criteria that differ, or a row that is no lead of this card.
    pub fn check_golden(&self) -> Result<(), CardError> {
        let mut differences = Vec::new();
        for (idx, row) in self.golden.iter().enumerate() {
            self.check_golden_inputs(idx, row)?;
            let expected = points_of(self.base_points, &self.criteria, row.inputs.clone());
            if expected.points != row.points || expected.score != row.score {
                differences.push(describe_difference(idx, &self.criteria, row, &expected.points, expected.score));
            } else if let Some(difference) = describe_grade(idx, row, self.grade_of(&expected.points)) {
                differences.push(difference);
            }
        }
        golden_result(self.golden.len(), differences)
    }

    /// A golden row has a value of the right kind for every input, and points for every criterion.
    fn check_golden_inputs(&self, idx: usize, row: &GoldenRow) -> Result<(), CardError> {
        let broken = |problem: String| Err(CardError::broken(&format!("golden row {}", idx + 1), problem));
        if row.points.len() != self.criteria.len() {
            let (n, wanted) = (row.points.len(), self.criteria.len());
            return broken(format!("it has points for {n} criteria, the card has {wanted}"));
        }
        for input in self.criteria.iter().flat_map(|criterion| &criterion.inputs) {
            let is_right = match row.inputs.get(&input.column) {
                None => return broken(format!("it has no value for column `{}`", in_short(&input.column))),
                Some(Value::Null) => true,
                Some(Value::Number(_)) => input.kind == InputKind::Number,
                Some(Value::String(_)) => input.kind == InputKind::Text,
                Some(Value::Bool(_)) => input.kind == InputKind::Boolean,
                Some(Value::Array(_) | Value::Object(_)) => false,
            };
            if !is_right {
                let column = in_short(&input.column);
                return broken(format!("its value for column `{column}` is not {}", input.kind.in_words()));
            }
        }
        Ok(())
    }
}

/// In words: `row 3: `budget` 5 instead of 7`.
pub(crate) fn describe_difference(
    row_idx: usize,
    criteria: &[Criterion],
    row: &GoldenRow,
    points: &[i32],
    score: i32,
) -> String {
    const MAX_SHOWN: usize = 3;
    let differing = criteria.iter().zip(row.points.iter().zip(points)).filter(|(_, (written, got))| written != got);
    let words = first_few(differing, MAX_SHOWN, ", ", |(criterion, (written, got))| {
        format!("`{}` {got} instead of {written}", in_short(&criterion.name))
    });
    match words.is_empty() {
        true => format!("row {}: score {score} instead of {}", row_idx + 1, row.score),
        false => format!("row {}: {words}", row_idx + 1),
    }
}

/// In words: `row 3: grade B2 instead of A1`; `None` where the grade is the one written.
pub(crate) fn describe_grade(row_idx: usize, row: &GoldenRow, grade: Option<&str>) -> Option<String> {
    let said = |grade: Option<&str>| grade.map_or_else(|| "none".to_owned(), in_short);
    let written = row.grade.as_deref();
    (written != grade).then(|| format!("row {}: grade {} instead of {}", row_idx + 1, said(grade), said(written)))
}

/// `Ok` without differences; otherwise the first few of them.
pub(crate) fn golden_result(n_rows: usize, differences: Vec<String>) -> Result<(), CardError> {
    const MAX_SHOWN: usize = 5;
    match differences.len() {
        0 => Ok(()),
        n_failed => {
            let differences = first_few(differences.into_iter(), MAX_SHOWN, "; ", std::convert::identity);
            Err(CardError(format!(
                "{n_failed} of {n_rows} golden rows do not get the points written beside them: {differences}\n\
                 hint: the card was edited by hand or damaged: take card.json from its run folder again; points set by hand \
                 belong in the config, as [[override]]"
            )))
        }
    }
}

/// The rows every card starts with: the ends of its range.
enum Extreme {
    Missing,
    Else,
    MostPoints,
    FewestPoints,
}

impl Extreme {
    /// One lead; where two criteria share a column, the first decides, and plain ones decide before pairs.
    fn inputs(&self, criteria: &[Criterion]) -> BTreeMap<String, Value> {
        let mut inputs = BTreeMap::new();
        for criterion in &in_single_columns(criteria) {
            let Some(input) = criterion.input() else { continue };
            let level_idx = match self {
                Self::Missing => Some(0),
                Self::Else => criterion.levels.len().checked_sub(1),
                Self::MostPoints => criterion.levels.iter().position(|level| level.points == criterion.points_max()),
                Self::FewestPoints => criterion.levels.iter().position(|level| level.points == criterion.points_min()),
            };
            let value = level_idx.map_or(Value::Null, |idx| example_of(criterion, idx));
            inputs.entry(input.column.clone()).or_insert(value);
        }
        inputs
    }
}

/// Leads of which little is known: the narrowest criterion alone, the two narrowest, four, eight and so on, each with its best answer.
/// Of the lead of which nothing is known see [`Extreme::Missing`]. Pairs are known where the criteria of their columns are.
fn little_known(criteria: &[Criterion]) -> impl Iterator<Item = BTreeMap<String, Value>> {
    let is_plain = |criterion: &&Criterion| !criterion.is_pair() && criterion.span() > 0;
    let mut narrowest_first: Vec<&Criterion> = criteria.iter().filter(is_plain).collect();
    narrowest_first.sort_by_key(|criterion| criterion.span());
    let n_known = std::iter::successors(Some(1_usize), |n| n.checked_mul(2)).take_while(move |&n| n < criteria.len());
    n_known.map(move |n_known| {
        let best = |criterion: &&Criterion| {
            let most = criterion.points_max();
            let level_idx = criterion.levels.iter().position(|level| level.is_known() && level.points == most);
            let known = criterion.levels.iter().position(Level::is_known);
            let value = level_idx.or(known).map_or(Value::Null, |idx| example_of(criterion, idx));
            Some((criterion.input()?.column.clone(), value))
        };
        let mut inputs: BTreeMap<String, Value> = Extreme::Missing.inputs(criteria);
        inputs.extend(narrowest_first.iter().take(n_known).filter_map(best));
        inputs
    })
}

/// Leads around every cut of one axis beside every cut of the other: the lowest sub-score that reaches it, and the highest that does not.
fn leads_at_cuts(grades: &Grades, criteria: &[Criterion]) -> Vec<BTreeMap<String, Value>> {
    let blank = Extreme::Missing.inputs(criteria);
    let [rows, columns] = [0, 1].map(|axis| {
        let mut taken = BTreeSet::new();
        let is_alone =
            |criterion: &&Criterion| criterion.input().is_some_and(|input| taken.insert(input.column.clone()));
        let of_axis = criteria.iter().filter(|criterion| grades.axis_of(criterion) == Some(axis));
        around_cuts(&grades.axes()[axis].cuts, &of_axis.filter(is_alone).collect::<Vec<_>>())
    });
    let beside = |row: &Answers| {
        let leads = columns.iter().map(|column| blank.iter().chain(row).chain(column));
        leads
            .map(|answers| answers.map(|(column, value)| (column.clone(), value.clone())).collect())
            .collect::<Vec<_>>()
    };
    rows.iter().flat_map(beside).collect()
}

/// Values of a few columns.
type Answers = BTreeMap<String, Value>;

/// Answers to `criteria` whose points come nearest to each cut from either side.
fn around_cuts(cuts: &[i32], criteria: &[&Criterion]) -> Vec<Answers> {
    // Sums of a card as wide as this are too many to try; its other rows have to do.
    const MAX_SUMS: usize = 20_000;
    let mut sums = vec![BTreeSet::from([0])];
    for criterion in criteria {
        let before = &sums[sums.len() - 1];
        let after = levels_with_examples(criterion).flat_map(|(points, _)| before.iter().map(move |sum| sum + points));
        sums.push(after.collect());
        if sums[sums.len() - 1].len() > MAX_SUMS {
            return Vec::new();
        }
    }
    let all = &sums[criteria.len()];
    let nearest = cuts.iter().flat_map(|&cut| all.range(cut..).next().into_iter().chain(all.range(..cut).next_back()));
    let wanted: BTreeSet<i32> = nearest.copied().collect();
    wanted.into_iter().map(|sum| answers_of_sum(sum, criteria, &sums)).collect()
}

/// Answers that add up to `sum`.
///
/// - `sums`: what the first criteria can add up to, by how many of them.
fn answers_of_sum(mut sum: i32, criteria: &[&Criterion], sums: &[BTreeSet<i32>]) -> Answers {
    let mut answers = BTreeMap::new();
    for (criterion, before) in criteria.iter().zip(sums).rev() {
        let fits = levels_with_examples(criterion).find(|(points, _)| before.contains(&(sum - points)));
        if let (Some((points, value)), Some(input)) = (fits, criterion.input()) {
            sum -= points;
            answers.insert(input.column.clone(), value);
        }
    }
    answers
}

/// Points of each level that a value can be made for, with the value.
fn levels_with_examples(criterion: &Criterion) -> impl Iterator<Item = (i32, Value)> {
    let examples = criterion.levels.iter().enumerate().map(|(idx, level)| (idx, level, example_of(criterion, idx)));
    let is_taken = |(idx, _, value): &(usize, &Level, Value)| criterion.level_of(value) == Some(*idx);
    examples.filter(is_taken).map(|(_, level, value)| (level.points, value))
}

/// A value that level `idx` takes; null where no JSON value is taken by it.
fn example_of(criterion: &Criterion, idx: usize) -> Value {
    let Some(kind) = criterion.input().map(|input| input.kind) else { return Value::Null };
    match (kind, criterion.levels.get(idx).map(|level| &level.when)) {
        (InputKind::Number, Some(When::Below(edge))) => Value::from(edge.next_down()),
        (InputKind::Number, Some(When::Else)) => Value::from(criterion.edges().last().unwrap_or(0.0)),
        (InputKind::Boolean, Some(When::OneOf(texts))) => Value::from(texts.iter().any(|text| text == "true")),
        (InputKind::Boolean, Some(When::Else)) => {
            let untaken = [true, false].into_iter().find(|&flag| criterion.level_of(&Value::from(flag)) == Some(idx));
            untaken.map_or(Value::Null, Value::from)
        }
        (InputKind::Text, Some(When::OneOf(_) | When::Else)) if criterion.map.is_some() => {
            let mut texts = mapped_texts(criterion).into_iter().map(Value::from);
            texts.find(|text| criterion.level_of(text) == Some(idx)).unwrap_or(Value::Null)
        }
        (InputKind::Text, Some(When::OneOf(texts))) => {
            texts.first().map_or(Value::Null, |text| Value::from(text.as_str()))
        }
        (InputKind::Text, Some(When::Else)) => Value::from(unseen_text(criterion)),
        _ => Value::Null,
    }
}

/// A text that only the total else takes.
fn unseen_text(criterion: &Criterion) -> String {
    let mut text = "unseen".to_owned();
    while criterion.level_of(&Value::from(text.as_str())) != criterion.levels.len().checked_sub(1) && text.len() < 1_000
    {
        text.push('_');
    }
    text
}

/// The criteria as tests of one column each: the plain ones, and behind them the axes of the pairs.
fn in_single_columns(criteria: &[Criterion]) -> Vec<Criterion> {
    let plain = criteria.iter().filter(|criterion| !criterion.is_pair()).cloned();
    let axes = criteria.iter().flat_map(Criterion::axes).map(|(axis, input)| axis.to_criterion(input, |_| 0));
    plain.chain(axes).collect()
}

/// The values one column is tried with.
struct ColumnCases {
    column: String,
    /// As a tidy table holds them.
    plain: Vec<Value>,
    /// Text that has to be normalised first. Kept in rows of their own: a target that wants normalised input can leave them out.
    untidy: Vec<Value>,
}

/// Cases per column, in the order of the card; criteria that share a column pool theirs.
fn cases_by_column(criteria: &[Criterion]) -> Vec<ColumnCases> {
    let mut all: Vec<ColumnCases> = Vec::new();
    for criterion in &in_single_columns(criteria) {
        let Some(input) = criterion.input() else { continue };
        let (plain, untidy) = match input.kind {
            InputKind::Number => (number_cases(criterion), Vec::new()),
            InputKind::Text => text_cases(criterion),
            InputKind::Boolean => (vec![Value::Null, Value::from(true), Value::from(false)], Vec::new()),
        };
        match all.iter_mut().find(|cases| cases.column == input.column) {
            Some(cases) => {
                cases.plain.extend(plain);
                cases.untidy.extend(untidy);
            }
            None => all.push(ColumnCases { column: input.column.clone(), plain, untidy }),
        }
    }
    for cases in &mut all {
        dedup_in_order(&mut cases.plain);
        dedup_in_order(&mut cases.untidy);
    }
    all
}

/// Missing, each edge with the nearest number on either side, and the numbers readers get wrong.
fn number_cases(criterion: &Criterion) -> Vec<Value> {
    let around = criterion.edges().flat_map(|edge| [edge.next_down(), edge, edge.next_up()]);
    let numbers = around.chain(ODD_NUMBERS).filter(|number| number.is_finite());
    std::iter::once(Value::Null).chain(numbers.map(Value::from)).collect()
}

/// Texts that every rule of a criterion's map takes, and near misses: glued to other letters, in capitals, with other signs between
/// the words; and the words that are missing. Empty without a map.
fn mapped_texts(criterion: &Criterion) -> Vec<String> {
    let Some(map) = &criterion.map else { return Vec::new() };
    let mut texts = Vec::new();
    for rule in &map.rules {
        let phrases = rule.phrases.split('|').map(|phrase| phrase.trim().trim_matches('*').trim());
        for (nth, phrase) in phrases.take(MAX_TEXTS_PER_LEVEL).enumerate() {
            texts.extend([phrase.to_owned(), format!("x{phrase}"), format!("{phrase}x")]);
            if nth == 0 {
                let capitals: String = phrase.chars().map(|c| c.to_uppercase().next().unwrap_or(c)).collect();
                let signs = phrase.replace(' ', " / ");
                texts.extend([capitals, format!("Senior \u{201e}{signs}\u{201c}, EMEA"), phrase.replace(' ', "")]);
            }
        }
        texts.push(rule.to.clone());
    }
    let words = map.missing.iter().take(MAX_TEXTS_PER_LEVEL);
    texts.extend(words.flat_map(|word| [word.clone(), format!("{word} x")]));
    texts.push("unseen".to_owned());
    texts.iter().map(|text| normalise_text(text).into_owned()).filter(|text| !text.is_empty()).collect()
}

/// Missing, the texts of every level, near misses and hostile texts; and apart from them, texts that need normalising.
fn text_cases(criterion: &Criterion) -> (Vec<Value>, Vec<Value>) {
    let mut plain = vec![Value::Null];
    let mut untidy = Vec::new();
    let mapped = mapped_texts(criterion);
    untidy.extend(mapped.iter().take(3).flat_map(|text| [format!(" \t{text}\u{a0}")]).map(Value::from));
    let decomposed = mapped.iter().map(|text| text.nfd().collect::<String>());
    untidy.extend(decomposed.filter(|text| normalise_text(text) != text.as_str()).map(Value::from));
    plain.extend(mapped.into_iter().map(Value::from));
    for level in &criterion.levels {
        let When::OneOf(texts) = &level.when else { continue };
        plain.extend(texts.iter().take(MAX_TEXTS_PER_LEVEL).map(|text| Value::from(text.as_str())));
        let Some(first) = texts.first() else { continue };
        // Near misses: case, look-alike letters, an inner space and a piece of the text are not the level.
        let near = [
            first.to_uppercase(),
            first.replace(['a', 'e', 'o'], "\u{430}"),
            first.replace(' ', "  "),
            first.repeat(2),
        ];
        plain.extend(near.into_iter().filter(|text| normalise_text(text) == text.as_str()).map(Value::from));
        untidy.extend(
            [format!("  {first} "), format!("\t{first}\r\n"), format!("\u{a0}{first}\u{3000}")].map(Value::from),
        );
        let decomposed = texts.iter().take(MAX_TEXTS_PER_LEVEL).map(|text| text.nfd().collect::<String>());
        untidy.extend(decomposed.filter(|text| normalise_text(text) != text.as_str()).map(Value::from));
    }
    plain.extend(HOSTILE_TEXTS.map(Value::from));
    untidy.extend(["Gro\u{308}ße ", " \t\u{a0}"].map(Value::from));
    (plain, untidy)
}

/// Keeps the first of equal values. `-0.0` and `0.0` differ, as they do in the file.
fn dedup_in_order(values: &mut Vec<Value>) {
    let mut seen = std::collections::HashSet::new();
    values.retain(|value| seen.insert(value.to_string()));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::super::tests::{criterion, example_card, example_criteria, graded_card, level, one_of, paired_card};
    use super::*;

    #[test]
    fn every_level_is_hit() {
        let criteria = example_criteria();
        let golden = make_golden(0, &criteria);
        for criterion in &criteria {
            let column = &criterion.inputs[0].column;
            let hit: HashSet<_> = golden.iter().map(|row| criterion.level_of(&row.inputs[column])).collect();
            let all: HashSet<_> = (0..criterion.levels.len()).map(Some).collect();
            assert_eq!(hit, all, "{column}");
        }
    }

    #[test]
    fn edges_are_tried_from_both_sides() {
        let golden = make_golden(0, &example_criteria());
        let is_negative_zero =
            |value: &Value| value.as_f64().is_some_and(|zero| zero == 0.0 && zero.is_sign_negative());
        let tried = |value: f64| golden.iter().any(|row| row.inputs["clicks_30d"] == json!(value));
        for edge in [1.0_f64, 3.5] {
            assert!(tried(edge) && tried(edge.next_up()) && tried(edge.next_down()), "{edge}");
        }
        assert!(golden.iter().any(|row| is_negative_zero(&row.inputs["clicks_30d"])));
        assert!(tried(1e300) && tried(9_007_199_254_740_992.0));
    }

    #[test]
    fn the_ends_of_the_range_come_first() {
        let golden = make_golden(600, &example_criteria());
        assert_eq!(golden[0].points, [4, 2, 0, 0], "all missing");
        assert_eq!(golden[1].points, [12, 20, 1, 0], "nothing a level names");
        assert_eq!((golden[2].points.as_slice(), golden[2].score), ([30, 20, 10, 5].as_slice(), 665));
        assert_eq!((golden[3].points.as_slice(), golden[3].score), ([0, 0, 0, 0].as_slice(), 600));
    }

    #[test]
    fn leads_of_which_little_is_known_come_next() {
        let mut card = example_card();
        assert_eq!(card.golden[4].points, [4, 2, 0, 5], "the narrowest criterion alone");
        assert_eq!(card.golden[5].points, [4, 2, 10, 5], "the two narrowest");
        card.known_at_least = Some(6);
        let bands: Vec<&str> = card.golden.iter().take(6).map(|row| card.band_of_row(row)).collect();
        assert_eq!(bands, ["ask first", "hot", "hot", "reject", "ask first", "reject"]);
        card.criteria[3].levels[2].n_leads = 0;
        let golden = make_golden(0, &card.criteria);
        assert_eq!(golden[4].points, [4, 2, 0, 1], "an answer that the history saw");
    }

    #[test]
    fn rows_follow_the_criterion_with_the_most_cases() {
        let levels: Vec<_> = std::iter::once(level(When::Missing, "missing", 0))
            .chain((0..24).map(|edge| level(When::Below(f64::from(edge) * 10.0), "step", edge)))
            .chain([level(When::Else, "more", 30)])
            .collect();
        let mut criteria = example_criteria();
        criteria.push(criterion("revenue", InputKind::Number, levels));
        let n_rows = make_golden(0, &criteria).len();
        // 4 extremes, 24 edges x 3 and the odd numbers, and the untidy texts of `budget`.
        assert!((80..110).contains(&n_rows), "{n_rows}");
    }

    #[test]
    fn the_same_criteria_give_the_same_rows() {
        assert_eq!(make_golden(5, &example_criteria()), make_golden(5, &example_criteria()));
    }

    #[test]
    fn a_level_called_unseen_does_not_fool_the_unseen_case() {
        let levels = vec![
            level(When::Missing, "missing", 0),
            level(one_of(&["unseen", "unseen_"]), "named", 5),
            level(When::Else, "other", 9),
        ];
        let golden = make_golden(0, &[criterion("state", InputKind::Text, levels)]);
        assert_eq!(golden[1].inputs["state"], json!("unseen__"));
        assert_eq!(golden[1].score, 9);
    }

    #[test]
    fn criteria_that_share_a_column_share_its_cases() {
        let mut criteria = example_criteria();
        let mut second = criteria[1].clone();
        second.name = "clicks_again".to_owned();
        second.levels[1].when = When::Below(0.25);
        criteria.push(second);
        let golden = make_golden(0, &criteria);
        assert!(golden.iter().any(|row| row.inputs["clicks_30d"] == json!(0.25)));
        assert!(golden.iter().any(|row| row.inputs["clicks_30d"] == json!(3.5)));
        assert!(golden.iter().all(|row| row.points.len() == 5));
    }

    #[test]
    fn every_cell_of_a_pair_is_hit_and_every_edge_from_both_sides() {
        let card = paired_card();
        card.check_golden().expect("as they were made");
        for pair in card.criteria.iter().filter(|criterion| criterion.is_pair()) {
            let axes: Vec<(&Axis, &Input)> = pair.axes().collect();
            let part = |row: &GoldenRow, at: usize| {
                let (axis, input) = axes[at];
                axis.to_criterion(input, |_| 0).level_of(&row.inputs[&input.column]).expect("of the right kind")
            };
            let hit: HashSet<[usize; 2]> = card.golden.iter().map(|row| [part(row, 0), part(row, 1)]).collect();
            let all =
                (0..axes[0].0.parts.len()).flat_map(|row| (0..axes[1].0.parts.len()).map(move |column| [row, column]));
            assert_eq!(hit, all.collect(), "{}", pair.name);
        }
        let of_clicks: HashSet<(usize, String)> = (card.golden.iter())
            .map(|row| {
                let level = card.criteria[0].level_of(&row.inputs["budget"]).expect("text");
                (level, row.inputs["clicks_30d"].to_string())
            })
            .collect();
        for clicks in ["2.0", "1.9999999999999998"] {
            assert!(of_clicks.iter().any(|(_, other)| other == clicks), "{clicks} {of_clicks:?}");
        }
    }

    #[test]
    fn rows_of_a_card_without_pairs_do_not_change_when_pairs_come() {
        let (plain, paired) = (example_card().golden, paired_card().golden);
        assert_eq!(plain[0].points, paired[0].points[..4]);
        assert_eq!(paired[0].points[4..], [0, 0], "all missing");
        assert!(paired.iter().all(|row| row.points.len() == 6 && row.inputs.len() == 5));
    }

    #[test]
    fn made_up_leads_stand_at_every_cut_and_just_below_it() {
        let card = graded_card();
        let grades = card.grades.as_ref().expect("grades");
        let seen: HashSet<[i32; 2]> =
            card.golden.iter().map(|row| grades.sub_scores(&card.criteria, &row.points)).collect();
        // Budget has 0, 4, 12 or 30 points, and the cut is 20; clicks and the web form 0, 2, 8 or 20 and 0, 1 or 5, and the cuts are 20 and 8.
        for budget in [30, 12] {
            for engagement in [20, 13, 8, 7] {
                assert!(seen.contains(&[budget, engagement]), "{budget} {engagement} {seen:?}");
            }
        }
        assert!(card.golden.len() < example_card().golden.len() + 10);
    }

    #[test]
    fn a_changed_card_is_named_row_by_row() {
        let mut card = example_card();
        card.check_golden().expect("untouched");
        card.golden.truncate(4);
        card.criteria[0].levels[2].points = 29;
        assert_eq!(
            card.check_golden().expect_err("points were edited").to_string(),
            "1 of 4 golden rows do not get the points written beside them: row 3: `budget` 29 instead of 30\n\
             hint: the card was edited by hand or damaged: take card.json from its run folder again; points set by hand \
             belong in the config, as [[override]]"
        );
        card.criteria[0].levels[2].points = 30;
        card.base_points = 1;
        let message = card.check_golden().expect_err("every score moved").to_string();
        assert!(
            message.starts_with(
                "4 of 4 golden rows do not get the points written beside them: row 1: score 7 instead of 6;"
            ),
            "{message}"
        );
    }

    #[test]
    fn only_the_first_few_differences_are_named() {
        let mut card = example_card();
        card.base_points = 1;
        let message = card.check_golden().expect_err("every score moved").to_string();
        assert_eq!(message.matches("instead of").count(), 5, "{message}");
        let n_more = card.golden.len() - 5;
        assert!(message.contains(&format!("; and {n_more} more\nhint")), "{message}");
    }

    #[test]
    fn a_row_with_many_differences_names_the_first_few() {
        let levels = || vec![level(When::Missing, "missing", 1), level(When::Else, "any", 2)];
        let criteria = (0..40).map(|idx| criterion(&format!("{idx}\n{}", "x".repeat(100)), InputKind::Text, levels()));
        let mut card = super::super::tests::card_of(0, criteria.collect());
        card.criteria.iter_mut().for_each(|criterion| criterion.levels[0].points = 0);
        let message = card.check_golden().expect_err("every criterion moved").to_string();
        assert!(message.contains("row 1: `0\\nxxx"), "{message}");
        assert!(message.contains("…` 0 instead of 1, and 37 more; row "), "{message}");
        assert!(message.len() < 2_000, "{message}");
    }

    #[test]
    fn a_golden_row_is_a_lead_of_this_card() {
        let refusal = |spoil: &dyn Fn(&mut GoldenRow)| {
            let mut card = example_card();
            spoil(&mut card.golden[1]);
            card.check_golden().expect_err("spoilt").to_string()
        };
        assert_eq!(
            refusal(&|row| row.points.truncate(2)),
            "golden row 2: it has points for 2 criteria, the card has 4"
        );
        assert_eq!(
            refusal(&|row| _ = row.inputs.remove("budget")),
            "golden row 2: it has no value for column `budget`"
        );
        assert_eq!(
            refusal(&|row| _ = row.inputs.insert("budget".to_owned(), json!([1]))),
            "golden row 2: its value for column `budget` is not text"
        );
    }
}
