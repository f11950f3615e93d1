//! What can be wrong with criteria.

use polars::prelude::DataFrame;

use crate::config::nearest;
use crate::labels::LabelError;

/// A criterion that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// A column that is not there.
    #[error("criterion `{name}`: there is no column `{column}`{nearest}\nhint: the columns are {columns}")]
    NoColumn {
        /// The criterion, or the key that asked.
        name: String,
        /// What was asked for.
        column: String,
        /// "; did you mean ..." or nothing.
        nearest: String,
        /// Columns there are.
        columns: String,
    },
    /// A type that cannot be a criterion.
    #[error(
        "criterion `{name}`: column `{column}` is of type {dtype}, which cannot be one\nhint: numbers, text, true/false and dates can"
    )]
    NotACriterion {
        /// The criterion.
        name: String,
        /// Its column.
        column: String,
        /// Its type.
        dtype: String,
    },
    /// A date needs the hand-off.
    #[error(
        "criterion `{name}` is a date, read as days before the hand-off, and no column says when that was\nhint: set `leads.as_of`"
    )]
    NeedsAsOf {
        /// The criterion.
        name: String,
    },
    /// Events need the hand-off.
    #[error("engagement is counted up to the hand-off, and no column says when that was\nhint: set `leads.as_of`")]
    EventsNeedAsOf,
    /// Events need ids.
    #[error("events belong to leads by their id, and none is named\nhint: set `leads.id`")]
    EventsNeedId,
    /// An event criterion without events.
    #[error(
        "criterion `{name}` is counted from events, and there is no event table\nhint: add [events] with path, lead, at and kind"
    )]
    NoEvents {
        /// The criterion.
        name: String,
    },
    /// A measure that cannot be read.
    #[error("criterion `{name}`: {why}")]
    BadMeasure {
        /// The criterion.
        name: String,
        /// What is wrong, and what helps.
        why: String,
    },
    /// A kind of event that never occurs.
    #[error("criterion `{name}`: no event is of kind \"{kind}\"{nearest}\nhint: the kinds are {kinds}")]
    UnknownKind {
        /// The criterion.
        name: String,
        /// What was asked for.
        kind: String,
        /// "; did you mean ..." or nothing.
        nearest: String,
        /// Kinds there are.
        kinds: String,
    },
    /// Amounts that are not whole.
    #[error(
        "criterion `{name}`: column `{column}` of the events, row {row}: {seen} is not a whole number\n\
         hint: sums are exact in whole numbers only; store cents instead of euros, or round first"
    )]
    NotAWholeAmount {
        /// The criterion.
        name: String,
        /// The column.
        column: String,
        /// Row, from 1.
        row: usize,
        /// What was there.
        seen: String,
    },
    /// A level the order does not name.
    #[error(
        "criterion `{name}`: {n_leads} leads say \"{level}\" in column `{column}`, which `order` does not name{nearest}\n\
         hint: add it to `order`, or correct it in the data"
    )]
    NotInOrder {
        /// The criterion.
        name: String,
        /// Its column.
        column: String,
        /// The level.
        level: String,
        /// Leads that say so.
        n_leads: usize,
        /// "; did you mean ..." or nothing.
        nearest: String,
    },
    /// Times that are none.
    #[error(transparent)]
    Times(#[from] LabelError),
}

impl FeatureError {
    /// A missing column, with the nearest there is.
    pub fn no_column(frame: &DataFrame, column: &str, name: &str) -> Self {
        let names: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
        let near = nearest(column, names.iter().copied());
        Self::NoColumn {
            name: name.to_owned(),
            column: column.to_owned(),
            nearest: near.first().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default(),
            columns: names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        }
    }
}
