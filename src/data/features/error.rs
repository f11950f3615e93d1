//! What can be wrong with criteria.

use crate::data::columns::ColumnError;

/// A criterion that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FeatureError {
    /// A column that is not there or cannot be read.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// A type that cannot be a criterion.
    #[error(
        "criterion `{name}`: column `{column}` holds {found}, which cannot be one\nhint: numbers, text, true/false and dates can"
    )]
    NotACriterion {
        /// The criterion.
        name: String,
        /// Its column.
        column: String,
        /// What is in it.
        found: String,
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
    /// Amounts of one lead that add up to more than a sum can hold.
    #[error(
        "criterion `{name}`: the amounts of one lead add up to more than 64 bits hold\n\
         hint: look for broken values in the column, or use a coarser unit"
    )]
    SumTooLarge {
        /// The criterion.
        name: String,
    },
    /// An order for what is no text.
    #[error(
        "criterion `{name}`: `order` is for text, and column `{column}` holds {found}\n\
         hint: leave `order` out; numbers and dates have one already"
    )]
    OrderWithoutText {
        /// The criterion.
        name: String,
        /// Its column.
        column: String,
        /// What is in it.
        found: String,
    },
    /// A trend along levels in no order.
    #[error(
        "criterion `{name}`: its trend runs along an order, and column `{column}` is text without one\n\
         hint: say the levels from lowest to highest in `order`, or leave `trend` out; there are {levels}"
    )]
    TrendWithoutOrder {
        /// The criterion.
        name: String,
        /// Its column.
        column: String,
        /// Its levels.
        levels: String,
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
}
