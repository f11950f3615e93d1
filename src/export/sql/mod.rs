//! SQL: the card as an expression, a view or a statement, per dialect.

use super::{Export, ExportError};
use crate::card::Card;

/// A database's way to write SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// DuckDB.
    Duckdb,
    /// SQLite.
    Sqlite,
    /// Snowflake.
    Snowflake,
    /// BigQuery (GoogleSQL).
    Bigquery,
    /// Spark SQL and Databricks.
    Spark,
}

/// What the SQL is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The score as one expression over the columns of a lead.
    Expression,
    /// A view with id, points, score, probability, band and reasons.
    View,
    /// The same as one SELECT.
    Statement,
}

/// How the SQL is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlOptions {
    /// The database.
    pub dialect: Dialect,
    /// Expression, view or statement.
    pub form: Form,
    /// Table with one row per lead; a name may have parts: `sales.leads`.
    pub table: String,
}

pub(super) fn export(_card: &Card, _options: &SqlOptions) -> Result<Export, ExportError> {
    Err(ExportError::Unsupported {
        target: "sql",
        problem: "not written yet".to_owned(),
        hint: "choose another target".to_owned(),
    })
}
