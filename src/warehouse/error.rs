//! What can go wrong between a warehouse and a card.

use crate::data::DataError;
use crate::data::dataset::IntakeError;
use crate::data::read::LeadError;

/// Why counts cannot be made, or not be used.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The config has no `[warehouse]`.
    #[error(
        "the config has no [warehouse], which says what the tables are called there\nhint: add it, with `leads = \"schema.table\"`"
    )]
    NotAsked,
    /// Columns of no known type or a wrong one.
    #[error("{}\nhint: say so under [warehouse], types = {{ column = \"text\" }} (number, text, boolean, day, moment), or let `leads.path` lead to a file with the same columns", .0.join("\n"))]
    Types(Vec<String>),
    /// A table cannot be read.
    #[error(transparent)]
    Read(#[from] LeadError),
    /// Tables that cannot be counted in one way.
    #[error(transparent)]
    Data(#[from] DataError),
    /// What the rows of the counts cannot be.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// Results that do not keep to what the statements promise.
    #[error("{file}: {what}\nhint: {hint}")]
    Contract {
        /// The file.
        file: String,
        /// What was seen.
        what: String,
        /// What helps.
        hint: &'static str,
    },
    /// No connection, or one that broke off.
    #[error("{what}: {said}\nhint: {hint}")]
    Connection {
        /// What was being done.
        what: String,
        /// What driver or database said.
        said: String,
        /// What helps.
        hint: String,
    },
    /// The card or column cannot be said in the dialect.
    #[error("{0}")]
    Dialect(String),
}
