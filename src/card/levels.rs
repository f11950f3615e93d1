//! Criteria and their levels, and the plain way a level is found: top down, the first that fits.
//!
//! [`Criterion::level_of`], and [`Criterion::level_of_lead`] for pairs as well, is the card read literally. The scorer has a faster form and must agree with it on every golden row.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::grid::Grid;
use super::normalise_text;
use super::shown::{first_few, in_short};
use super::text_map::TextMap;

/// One criterion of the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What sales calls it; unique on the card.
    pub name: String,
    /// What people read in place of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What is asked, word for word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// Whether somebody asks it, where the config says so; see [`Criterion::is_asked`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<bool>,
    /// Heading it stands under (BANT, engagement, fit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Columns it looks at: two where it has a grid, else one.
    pub inputs: Vec<Input>,
    /// Rules that make a few answers of the text it reads; the levels name these answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<TextMap>,
    /// Parts of both inputs, where it looks at two at once; the levels name cells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<Grid>,
    /// Levels, read top down: the first that fits gives the points.
    pub levels: Vec<Level>,
}

/// A column a criterion looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Name of the column that holds the value.
    pub column: String,
    /// Type of the value.
    pub kind: InputKind,
    /// How the engine made the value, when it is not a plain column. A scorer may be given the value itself under `column`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derivation: Option<Derivation>,
}

impl Input {
    /// The column with the time that days are counted from; `None` for a value that is not made of a time.
    #[cfg(feature = "export")]
    pub(crate) fn time_column(&self) -> Option<&str> {
        match &self.derivation {
            Some(Derivation::DaysBefore { column }) => Some(column),
            Some(Derivation::Events { .. }) | None => None,
        }
    }

    /// Whether the value is counted from events.
    pub fn is_counted(&self) -> bool {
        matches!(self.derivation, Some(Derivation::Events { .. }))
    }

    /// Whether the value stands in this column, or is made of the time in it.
    #[cfg(feature = "export")]
    pub(crate) fn reads(&self, column: &str) -> bool {
        self.column == column || self.time_column() == Some(column)
    }
}

/// Type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A number; NaN is missing.
    Number,
    /// A text.
    Text,
    /// True or false; its levels are the texts `true` and `false`.
    Boolean,
}

impl InputKind {
    /// What a person calls a value of this kind.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "text",
            Self::Boolean => "true or false",
        }
    }
}

/// How a derived value is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Derivation {
    /// Whole days (rounded down) from the time in `column` to the lead's as-of; missing when the time lies after it.
    DaysBefore {
        /// Column with the time.
        column: String,
    },
    /// Events of the lead up to its as-of.
    Events {
        /// Kind of event; all when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// Microseconds back from as-of; all of the past when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_us: Option<i64>,
        /// `count`, `days_since_last`, `active_days` or `sum:COLUMN`.
        #[cfg_attr(feature = "export", schemars(with = "String"))]
        measure: Measure,
    },
}

/// What is measured of the events of a lead. In files it is the text [`Measure::from_str`] reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Measure {
    /// Number of events.
    Count,
    /// Days from the last event to as-of.
    DaysSinceLast,
    /// Days with at least one event.
    ActiveDays,
    /// Sum of a column of whole numbers.
    Sum {
        /// The column of the event table.
        column: String,
    },
}

/// A text that names no measure of events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a measure: write \"count\", \"days_since_last\", \"active_days\" or \"sum:COLUMN\"")]
pub struct NotAMeasure {
    /// What was written.
    pub text: String,
}

impl FromStr for Measure {
    type Err = NotAMeasure;

    fn from_str(text: &str) -> Result<Self, NotAMeasure> {
        match text {
            "count" => Ok(Self::Count),
            "days_since_last" => Ok(Self::DaysSinceLast),
            "active_days" => Ok(Self::ActiveDays),
            _ => match text.strip_prefix("sum:") {
                Some(column) if !column.is_empty() => Ok(Self::Sum { column: column.to_owned() }),
                _ => Err(NotAMeasure { text: text.to_owned() }),
            },
        }
    }
}

impl TryFrom<String> for Measure {
    type Error = NotAMeasure;

    fn try_from(text: String) -> Result<Self, NotAMeasure> {
        text.parse()
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("count"),
            Self::DaysSinceLast => f.write_str("days_since_last"),
            Self::ActiveDays => f.write_str("active_days"),
            Self::Sum { column } => write!(f, "sum:{column}"),
        }
    }
}

impl From<Measure> for String {
    fn from(measure: Measure) -> Self {
        measure.to_string()
    }
}

/// One row of the card: a level of a criterion and its points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Which values it takes, of those that no earlier level took.
    pub when: When,
    /// What the card calls it: "3 to 6", "approved", "missing", "other".
    pub label: String,
    /// What people read in place of the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Points of the level.
    pub points: i32,
    /// Leads of the level in the history the card was fitted on.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
}

/// Which values a level takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// No value, NaN, or a text of nothing but white space. Always the first level.
    Missing,
    /// Numbers strictly below the edge.
    Below(f64),
    /// One of these texts, after [`super::TEXT_RULE`].
    OneOf(Vec<String>),
    /// One of these cells of the criterion's grid: positions of a part of its rows and a part of its columns, from 0.
    Cells(Vec<[u8; 2]>),
    /// Whatever is left: numbers at or above the last edge, texts and cells not named before. Always the last level.
    Else,
}

impl When {
    /// The edge that its numbers lie below.
    pub fn edge(&self) -> Option<f64> {
        if let Self::Below(edge) = self { Some(*edge) } else { None }
    }

    /// The texts it names.
    pub fn texts(&self) -> &[String] {
        if let Self::OneOf(texts) = self { texts } else { &[] }
    }

    /// The cells of a grid that it names.
    pub fn cells(&self) -> &[[u8; 2]] {
        if let Self::Cells(cells) = self { cells } else { &[] }
    }
}

impl Level {
    /// What people read of it.
    pub fn shown(&self) -> &str {
        self.words.as_deref().unwrap_or(&self.label)
    }

    /// Whether its leads have no answer: the missing level, and the one of the words that say so.
    pub fn is_missing(&self) -> bool {
        says_missing(&self.when, &self.label)
    }

    /// Whether a lead at this level has told something: it gave an answer, and one that the history saw.
    pub fn is_known(&self) -> bool {
        !self.is_missing() && self.n_leads > 0
    }

    /// Whether it stands on the card that people read: rows that nobody had are the scorer's business.
    pub fn is_printed(&self) -> bool {
        self.n_leads > 0
    }
}

/// Whether leads at a level or part with this rule and label have no answer.
pub(super) fn says_missing(when: &When, label: &str) -> bool {
    match when {
        When::Missing => true,
        When::OneOf(words) => label == label_of_missing_words(words),
        When::Below(_) | When::Cells(_) | When::Else => false,
    }
}

/// Whether somebody has to ask: what the config says, else whatever has a question or is not counted from events.
pub fn is_asked(asked: Option<bool>, question: Option<&str>, input: Option<&Input>) -> bool {
    asked.unwrap_or_else(|| question.is_some() || !input.is_some_and(Input::is_counted))
}

/// What the level of words that say "not known" is called; a level of answers never has this label.
pub fn label_of_missing_words(words: &[String]) -> String {
    const MAX_SHOWN: usize = 4;
    format!("missing ({})", first_few(words.iter(), MAX_SHOWN, ", ", |word| in_short(word).to_string()))
}

impl Criterion {
    /// A criterion with nothing said for people: no label, no question, no heading.
    pub fn plain(name: impl Into<String>, inputs: Vec<Input>, levels: Vec<Level>) -> Self {
        let (label, question, asked, group, map, grid) = (None, None, None, None, None, None);
        Self { name: name.into(), label, question, asked, group, inputs, map, grid, levels }
    }

    /// What people read of it: its label, or its name.
    pub fn shown(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// Whether somebody has to ask. Nobody asks a pair: its answers are those of two other criteria.
    pub fn is_asked(&self) -> bool {
        !self.is_pair() && is_asked(self.asked, self.question.as_deref(), self.input())
    }

    /// The one column that a plain criterion looks at, which [`super::Card::check`] makes sure of; `None` for a pair, which looks at two.
    pub fn input(&self) -> Option<&Input> {
        if self.is_pair() { None } else { self.inputs.first() }
    }

    /// Type of what a plain criterion looks at; text without an input, which no checked card is.
    pub fn kind(&self) -> InputKind {
        self.input().map_or(InputKind::Text, |input| input.kind)
    }

    /// Edges between its levels of numbers, in order.
    pub fn edges(&self) -> impl Iterator<Item = f64> {
        self.levels.iter().filter_map(|level| level.when.edge())
    }

    /// Every text that its levels, or the parts of its grid, name, in order.
    pub fn texts(&self) -> impl Iterator<Item = &String> {
        let parts = self.grid.iter().flat_map(Grid::axes).flat_map(|axis| &axis.parts).map(|part| &part.when);
        parts.chain(self.levels.iter().map(|level| &level.when)).flat_map(When::texts)
    }

    /// Fewest points of any level; 0 without levels.
    pub fn points_min(&self) -> i32 {
        self.levels.iter().map(|level| level.points).min().unwrap_or(0)
    }

    /// Most points of any level; 0 without levels.
    pub fn points_max(&self) -> i32 {
        self.levels.iter().map(|level| level.points).max().unwrap_or(0)
    }

    /// The levels that people read, in order.
    pub fn printed_levels(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().filter(|level| level.is_printed())
    }

    /// Points that an answer can be worth: the most less the fewest.
    pub fn span(&self) -> i32 {
        self.points_max() - self.points_min()
    }

    /// Points of the card's span that are known of a lead at `level`: all of the criterion's, or none.
    pub fn known_points(&self, level: &Level) -> i32 {
        if level.is_known() { self.span() } else { 0 }
    }

    /// Position of the first level that takes `value`, as it stands in the column; `None` when the value is of another kind than the
    /// criterion's input, and for a pair, which needs two: see [`Criterion::level_of_lead`].
    pub fn level_of(&self, value: &Value) -> Option<usize> {
        self.level_of_answer(&answer_of(self.map.as_ref(), value))
    }

    /// As [`Criterion::level_of`], for what the map made of a text; without a map they are the same.
    pub fn level_of_answer(&self, value: &Value) -> Option<usize> {
        first_that_takes(self.levels.iter().map(|level| &level.when), self.input()?.kind, value)
    }
}

/// What the map of a column makes of `value`; without a map it is the answer itself.
pub(super) fn answer_of<'a>(map: Option<&TextMap>, value: &'a Value) -> Cow<'a, Value> {
    match (value, map) {
        (Value::String(text), Some(map)) => {
            let reader = map.reader();
            Cow::Owned(reader.answer(&normalise_text(text)).map_or(Value::Null, Value::from))
        }
        _ => Cow::Borrowed(value),
    }
}

/// Position of the first of `rules` that takes `answer`; `None` when it is of another kind than `kind`.
pub(super) fn first_that_takes<'a>(
    mut rules: impl Iterator<Item = &'a When>,
    kind: InputKind,
    answer: &Value,
) -> Option<usize> {
    let fits: Box<dyn Fn(&When) -> bool> = match (answer, kind) {
        (Value::Null, _) => Box::new(|when| matches!(when, When::Missing)),
        (Value::Number(number), InputKind::Number) => Box::new(|when| match when {
            When::Below(edge) => is_below(number, *edge),
            When::Else => true,
            When::Missing | When::OneOf(_) | When::Cells(_) => false,
        }),
        (Value::String(text), InputKind::Text) => {
            let text = normalise_text(text);
            // Nothing but white space is nothing.
            Box::new(move |when| if text.is_empty() { *when == When::Missing } else { takes_text(when, &text) })
        }
        (Value::Bool(flag), InputKind::Boolean) => {
            let text = if *flag { "true" } else { "false" };
            Box::new(move |when| takes_text(when, text))
        }
        _ => return None,
    };
    rules.position(fits)
}

fn takes_text(when: &When, text: &str) -> bool {
    match when {
        When::OneOf(texts) => texts.iter().any(|one| one == text),
        When::Else => true,
        When::Missing | When::Below(_) | When::Cells(_) => false,
    }
}

/// `number` where it was written as a whole one: every i64 and u64 is an i128.
pub(crate) fn whole_of(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// Whether `number` lies strictly below `edge`, exact for whole numbers of any size.
fn is_below(number: &Number, edge: f64) -> bool {
    // A whole number lies below an edge exactly when it lies below the next whole number up.
    match whole_of(number) {
        Some(whole) => whole < edge.ceil() as i128,
        None => number.as_f64().is_some_and(|number| number < edge),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::example_criteria;
    use super::Measure;

    #[test]
    fn four_measures_are_known_and_written_as_they_are_read() {
        for text in ["count", "days_since_last", "active_days", "sum:amount"] {
            assert_eq!(text.parse::<Measure>().expect(text).to_string(), text);
            assert_eq!(serde_json::from_value::<Measure>(json!(text)).expect(text).to_string(), text);
        }
        for text in ["", "sum:", "sum", "mean:amount", "Count"] {
            let message = format!(
                "{text:?} is not a measure: write \"count\", \"days_since_last\", \"active_days\" or \"sum:COLUMN\""
            );
            assert_eq!(text.parse::<Measure>().map_err(|e| e.to_string()), Err(message));
        }
    }

    #[test]
    fn the_first_level_that_fits_takes_the_value() {
        let [budget, clicks, demo, _] = &example_criteria()[..] else { panic!("four criteria") };
        let level_of = |value| clicks.level_of(&value);
        assert_eq!(level_of(json!(null)), Some(0));
        assert_eq!(level_of(json!(0)), Some(1));
        assert_eq!(level_of(json!(-0.0)), Some(1));
        assert_eq!(level_of(json!(1.0_f64.next_down())), Some(1));
        assert_eq!(level_of(json!(1)), Some(2));
        assert_eq!(level_of(json!(3)), Some(2));
        assert_eq!(level_of(json!(3.5)), Some(3));
        assert_eq!(level_of(json!(u64::MAX)), Some(3));
        assert_eq!(level_of(json!(i64::MIN)), Some(1));
        assert_eq!(level_of(json!("3")), None, "text where a number belongs");

        assert_eq!(budget.level_of(&json!(" approved\n")), Some(2));
        assert_eq!(budget.level_of(&json!("bewilligt fu\u{308}r 2026")), Some(2));
        assert_eq!(budget.level_of(&json!("Approved")), Some(3));
        assert_eq!(budget.level_of(&json!(" ")), Some(0), "an empty text is no answer");
        assert_eq!(budget.level_of(&json!(null)), Some(0));

        assert_eq!(demo.level_of(&json!(true)), Some(1));
        assert_eq!(demo.level_of(&json!(false)), Some(2));
        assert_eq!(demo.level_of(&json!("true")), None);
    }
}
