//! What can be wrong with leads that are to be scored.

use std::fmt;

use arrow_schema::DataType;
use serde_json::Value;

use crate::card::{Derivation, first_few, in_short};

/// Why leads cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// Columns are not there, or hold something else than the card reads.
    #[error("the leads do not fit the card{}", in_lines(problems))]
    Columns {
        /// Every problem, in the order of the card.
        problems: Vec<ColumnProblem>,
    },

    /// A text in a column of times is no time.
    #[error(
        "row {row}: column `{}` holds {text}, which is no time\n\
         hint: write times like 2026-05-04T10:30:00Z or 2026-05-04",
        in_short(column)
    )]
    NotATime {
        /// The column.
        column: String,
        /// Row, counted from 1 within the batch.
        row: u64,
        /// What it holds, in quotes and shortened.
        text: String,
    },

    /// A text in a column of numbers is none by the rule of the column.
    #[error(
        "row {row}: column `{}` holds {text}, which is no number by the rule of that column (`readings` of the card)\n\
         hint: write it as a plain number, or leave it empty",
        in_short(column)
    )]
    NotANumber {
        /// The column.
        column: String,
        /// Row, counted from 1 within the batch.
        row: u64,
        /// What it holds, in quotes and shortened.
        text: String,
    },

    /// Arrow could not unpack a column.
    #[error("column `{}` cannot be read: {what}", in_short(column))]
    Arrow {
        /// The column.
        column: String,
        /// What Arrow says.
        what: String,
    },
}

impl ScoreError {
    pub(super) fn arrow(column: &str, what: &dyn fmt::Display) -> Self {
        Self::Arrow { column: column.to_owned(), what: what.to_string() }
    }
}

impl From<ColumnProblem> for ScoreError {
    fn from(problem: ColumnProblem) -> Self {
        Self::Columns { problems: vec![problem] }
    }
}

/// One column that does not fit the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnProblem {
    /// A column the card reads is not there.
    Absent {
        /// The column.
        column: String,
        /// The criterion that reads it.
        criterion: String,
        /// How the engine made the value, for a derived one.
        derivation: Option<Box<Derivation>>,
        /// The as-of column, where the value could be made from it.
        as_of: Option<String>,
    },
    /// A column holds something else than the card reads.
    WrongType {
        /// The column.
        column: String,
        /// The criterion that reads it.
        criterion: String,
        /// What the criterion reads: "a number".
        expected: &'static str,
        /// What is there: "text", "the text \"five\"".
        found: String,
    },
    /// Two columns have the name.
    Twice {
        /// The name.
        column: String,
    },
}

impl ColumnProblem {
    /// The column it is about.
    pub fn column(&self) -> &str {
        match self {
            Self::Absent { column, .. } | Self::WrongType { column, .. } | Self::Twice { column } => column,
        }
    }
}

impl fmt::Display for ColumnProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = in_short(self.column());
        match self {
            Self::Absent { criterion, derivation: None, .. } => {
                write!(f, "column `{column}` is not there; criterion `{}` reads it", in_short(criterion))
            }
            Self::Absent { derivation: Some(derivation), as_of, .. } => {
                write!(f, "column `{column}` is not there; ")?;
                write_recipe(f, derivation, as_of.as_deref())
            }
            Self::WrongType { criterion, expected, found, .. } => {
                write!(f, "column `{column}` holds {found}; criterion `{}` reads {expected}", in_short(criterion))
            }
            Self::Twice { .. } => write!(f, "two columns are called `{column}`; nobody can say which one is meant"),
        }
    }
}

/// How a derived value comes about, so that it can be made where the leads are.
fn write_recipe(f: &mut fmt::Formatter<'_>, derivation: &Derivation, as_of: Option<&str>) -> fmt::Result {
    match derivation {
        Derivation::DaysBefore { column } => {
            let as_of = as_of.map_or_else(|| "the as-of moment".to_owned(), |as_of| format!("`{}`", in_short(as_of)));
            write!(f, "give it, or both `{}` and {as_of}: it is the whole days between them", in_short(column))
        }
        Derivation::Events { kind, within_us, measure } => {
            let kind =
                kind.as_deref().map_or_else(|| "all events".to_owned(), |kind| format!("`{}` events", in_short(kind)));
            let within = within_us.map_or_else(String::new, |us| format!(" of the last {}", span_in_words(us)));
            write!(
                f,
                "compute it before scoring: `{}` over {kind}{within} up to the hand-off",
                in_short(&measure.to_string())
            )
        }
    }
}

/// Most problems that one message lists.
pub(crate) const MAX_PROBLEMS: usize = 30;

/// `: problem` for one; a line each for several.
fn in_lines(problems: &[ColumnProblem]) -> String {
    match problems {
        [one] => format!(": {one}"),
        several => format!("\n{}", first_few(several.iter(), MAX_PROBLEMS, "\n", ToString::to_string)),
    }
}

/// Microseconds as a person writes them.
pub(crate) fn span_in_words(us: i64) -> String {
    const HOUR_US: i64 = 3_600_000_000;
    match us {
        us if us % (24 * HOUR_US) == 0 => format!("{} days", us / (24 * HOUR_US)),
        us if us % HOUR_US == 0 => format!("{} hours", us / HOUR_US),
        us => format!("{us} microseconds"),
    }
}

/// What a column of this type holds, in words.
pub(super) fn type_in_words(data_type: &DataType) -> String {
    match data_type {
        DataType::Dictionary(_, values) => type_in_words(values),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "true or false".to_owned(),
        DataType::Date32 | DataType::Date64 => "dates".to_owned(),
        DataType::Timestamp(..) => "times".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "times of day".to_owned(),
        DataType::Duration(_) | DataType::Interval(_) => "spans of time".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "bytes".to_owned()
        }
        data_type if data_type.is_numeric() => "numbers".to_owned(),
        data_type if data_type.is_nested() => "lists or records".to_owned(),
        DataType::RunEndEncoded(..) => "run-end encoded values".to_owned(),
        other => format!("values of type {other}"),
    }
}

/// What a JSON value is, in words.
pub(super) fn value_in_words(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {}", quoted(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// `text` in quotes, on one line, shortened where it is long.
pub(super) fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 40;
    let short: String = text.chars().take(MAX_CHARS).collect();
    let more = if text.chars().nth(MAX_CHARS).is_some() { "…" } else { "" };
    format!("{:?}{more}", short)
}
