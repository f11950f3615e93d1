//! SQL: the card as an expression, a view or a statement, per dialect.
//!
//! In: a checked card. Out: the SQL, and beside it a statement over the golden rows that returns nothing when they get their points.
//! Start at [`export`]. `dialect` writes names and literals, `table` reads the user's name of the lead table, `levels` makes a
//! criterion a `CASE`, `query` puts them together, `verify` wraps the golden rows around it, `notes` and
//! `derived` say what to know.
//!
//! Always true: `CASE`, `<`, `=`, `IN`, whole numbers and texts do all the work: no exp(), no rounding, no window functions.

mod derived;
mod dialect;
mod levels;
mod notes;
mod query;
mod table;
mod verify;

pub(super) use query::{outputs_of, select};
pub(super) use table::Table;
pub(super) use verify::{MadeUpLeads, made_up_leads};

use super::source::head_lines;
use super::{Argument, Companion, Export, ExportError, Layout, Proof};
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

pub(super) fn export(card: &Card, options: &SqlOptions) -> Result<Export, ExportError> {
    let SqlOptions { dialect, form, table } = options;
    let table = Table::parse(table)?;
    dialect.check(card)?;
    let head: String = head_lines(card).iter().map(|line| format!("-- {line}\n")).collect();
    let select = || select(card, *dialect, &table.sql(*dialect));
    let sql = match form {
        Form::Expression => query::expression(card, *dialect),
        Form::Statement => format!("{};", select()),
        Form::View => {
            let view = table.scored(*dialect).sql(*dialect);
            let create = match dialect {
                Dialect::Sqlite => format!("DROP VIEW IF EXISTS {view};\nCREATE VIEW {view} AS"),
                _ => format!("CREATE OR REPLACE VIEW {view} AS"),
            };
            format!("{create}\n{};", select())
        }
    };
    let verification = verify::verification(card, *dialect, *form)?;
    Ok(Export {
        layout: Layout::File {
            bytes: format!("{head}{sql}\n").into_bytes(),
            companions: vec![Companion {
                ending: VERIFY_ENDING,
                bytes: format!("-- Made-up leads and their points. Returns no rows when all is right; changes nothing.\n{verification};\n")
                    .into_bytes(),
            }],
        },
        proof: proof(*dialect),
        notes: notes::notes(card, options, &table),
    })
}

const VERIFY_ENDING: &str = ".verify.sql";

fn proof(dialect: Dialect) -> Proof {
    let text = Argument::Text;
    let file = Argument::Companion(VERIFY_ENDING);
    match dialect {
        Dialect::Sqlite => Proof::Program {
            program: "sqlite3",
            arguments: vec![text("-batch"), text("-bail"), text("-init"), file, text(":memory:")],
        },
        Dialect::Duckdb => Proof::Program {
            program: "duckdb",
            arguments: vec![
                text("-batch"),
                text("-bail"),
                text("-csv"),
                text("-noheader"),
                text("-f"),
                file,
                text(":memory:"),
            ],
        },
        other => Proof::ByHand(format!(
            "run the file that ends in {VERIFY_ENDING} in {}; it returns no rows when all is right",
            other.in_words()
        )),
    }
}
