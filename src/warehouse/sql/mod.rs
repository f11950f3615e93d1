//! Statements: what a warehouse runs so that nothing but counts leaves it, per dialect.
//!
//! In: settings with `[warehouse]`, and for the second pass the results of the first. Out: texts of SQL and a page that says what to run.
//! `expression` is the small language that every dialect knows, `history` one row per hand-off, `page` the words beside it.
//!
//! Always true: the statements only read; they keep to whole numbers, `CASE`, `<`, `COUNT`, `SUM` over whole numbers, `GROUP BY` and window
//! sums, which come to the same everywhere.

mod expression;
mod history;
mod page;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::WarehouseError;
use super::dataset::{asked, layout_of};
use super::grid::{Cells, Grid};
use super::layout::{Coding, Layout, has_outcome_table};
use super::results::read_grid;
use crate::export::{Dialect, TableName};
use crate::progress::Progress;
use crate::runs::sha256_hex;
use crate::settings::{Settings, WarehouseConfig};
use expression::{Expression, From, Join, Query, SqlType, Statement, name, when, whole};
use history::{Tables, history, kinds_of_events, sum_of_sizes, unmet, value_name};

/// A file of statements or words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFile {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub text: String,
}

/// The files of both passes; those of the second once the results of the first are in `folder`.
///
/// # Errors
/// A [`WarehouseError`]: a config without `[warehouse]`, columns of no known type, a first pass that is not of this config.
pub fn statements(
    settings: &Settings,
    dialect: Dialect,
    folder: &Path,
    progress: &mut Progress,
) -> Result<Vec<SqlFile>, WarehouseError> {
    let warehouse = asked(settings)?;
    let (layout, _) = layout_of(settings, warehouse, progress)?;
    let passes = Passes::of(settings, warehouse, layout, dialect)?;
    let head = |what: &str| {
        format!("-- {what}\n-- It only reads. README.md beside it says how to run it and where the result goes.\n")
    };
    let mut files = vec![
        SqlFile {
            name: "verify.sql",
            text: head("Returns no rows where this database counts as the statements expect.") + &verify(dialect),
        },
        SqlFile {
            name: "1-values.sql",
            text: head("First pass: how many leads have which value, for the edges.") + &passes.first(),
        },
    ];
    let grid = read_grid(folder, &passes.plan, &passes.layout)?;
    if let Some(grid) = &grid {
        let [patterns, totals] = passes.second(grid);
        files.push(SqlFile {
            name: "2-patterns.sql",
            text: head("Second pass: how many leads are alike in everything a card may use.") + &patterns,
        });
        files.push(SqlFile {
            name: "3-totals.sql",
            text: head("Totals, against which the patterns are checked.") + &totals,
        });
    }
    files.push(SqlFile { name: "README.md", text: page::page(dialect, warehouse, grid.is_some()) });
    Ok(files)
}

/// The statements of one config in one dialect.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Passes {
    /// What patterns are made of.
    pub layout: Layout,
    /// Names what is asked of the first pass.
    pub plan: String,
    tables: Tables,
    dialect: Dialect,
}

impl Passes {
    /// # Errors
    /// [`WarehouseError::Dialect`] for a name of a table that cannot be one.
    pub(super) fn of(
        settings: &Settings,
        warehouse: &WarehouseConfig,
        layout: Layout,
        dialect: Dialect,
    ) -> Result<Self, WarehouseError> {
        let tables = tables(settings, warehouse, &layout, dialect)?;
        Ok(Self { plan: plan_of(settings, &layout), layout, tables, dialect })
    }

    /// Values, for the edges.
    pub(super) fn first(&self) -> String {
        values(&self.layout, &self.tables, &self.plan).sql(self.dialect)
    }

    /// Patterns and totals.
    pub(super) fn second(&self, grid: &Grid) -> [String; 2] {
        let plan = plan_with(&self.plan, grid);
        [patterns(&self.layout, grid, &self.tables, &plan), totals(&self.layout, &self.tables, &plan)]
            .map(|statement| statement.sql(self.dialect))
    }
}

/// No row of a table, for the types of its columns.
///
/// # Errors
/// [`WarehouseError::Dialect`] for a name that cannot be one.
#[cfg(feature = "adbc")]
pub(super) fn no_row_of(table: &str, dialect: Dialect) -> Result<String, WarehouseError> {
    let named = TableName::parse(table).map_err(|error| WarehouseError::Dialect(error.to_string()))?;
    Ok(format!("SELECT * FROM {} WHERE 1 = 0", named.sql(dialect)))
}

/// Names what is asked of the first pass: the config and what was made of it.
pub(super) fn plan_of(settings: &Settings, layout: &Layout) -> String {
    short_hash(&format!("{} {layout:?}", settings.fingerprint()))
}

/// Names what is asked of the second pass: the first, and the grid that came of it.
pub(super) fn plan_with(plan: &str, grid: &Grid) -> String {
    short_hash(&format!("{plan} {grid:?}"))
}

fn short_hash(text: &str) -> String {
    let mut digits = sha256_hex(text.as_bytes());
    digits.truncate(16);
    // A letter before it, so that no reader takes it for a number.
    format!("plan-{digits}")
}

fn tables(
    settings: &Settings,
    warehouse: &WarehouseConfig,
    layout: &Layout,
    dialect: Dialect,
) -> Result<Tables, WarehouseError> {
    let table = |key: &str, name: Option<&String>| {
        let name = name.map(String::as_str).unwrap_or_default();
        let named =
            TableName::parse(name).map_err(|error| WarehouseError::Dialect(format!("`warehouse.{key}`: {error}")))?;
        Ok::<_, WarehouseError>(named.sql(dialect))
    };
    let outcomes = if has_outcome_table(settings) {
        let id = settings.outcome.id.clone().unwrap_or_else(|| layout.id.clone());
        Some((table("outcomes", warehouse.outcomes.as_ref())?, id))
    } else {
        None
    };
    let events = match &settings.events {
        Some(events) => Some((table("events", warehouse.events.as_ref())?, events.clone())),
        None => None,
    };
    Ok(Tables { leads: table("leads", Some(&warehouse.leads))?, outcomes, events })
}

/// How many leads have which value of every part with a grid: one row per cell of a number, per text, and for none.
fn values(layout: &Layout, tables: &Tables, plan: &str) -> Statement {
    let mut before = history(layout, tables);
    let coded: Vec<usize> = layout.coded().collect();
    let of_coding = |wanted: Coding| {
        let arms: Vec<(Expression, Expression)> = (coded.iter().enumerate())
            .filter(|(_, at)| layout.parts[**at].coding == wanted)
            .map(|(nth, at)| (name("part").pair("=", whole(nth as i64 + 1)), name(value_name(*at))))
            .collect();
        let nothing = Expression::Nothing(if wanted == Coding::Number { SqlType::Number } else { SqlType::Text });
        if arms.is_empty() { nothing } else { when(arms) }
    };
    let named = |names: [&str; 3]| names.map(|known| (name(known), known.to_owned())).to_vec();
    let long = vec![
        (name("part"), "part".to_owned()),
        (of_coding(Coding::Number), "number".to_owned()),
        (of_coding(Coding::Text), "answer".to_owned()),
    ];
    before.push((
        "bantam_spread",
        Query::of(From::Query("bantam_history"), long).join(Join::Cross(From::Parts(coded.len()))),
    ));
    let count = || (Expression::Call("COUNT", Vec::new()), "n".to_owned());
    let mut of_values = named(["part", "number", "answer"]);
    of_values.push(count());
    before.push(("bantam_counts", Query::of(From::Query("bantam_spread"), of_values).by(["part", "number", "answer"])));
    let of_part = |what: Expression, by: Option<Expression>| what.over(name("part"), by);
    let sum_of_n = || Expression::Call("SUM", vec![name("n")]);
    let ranked = vec![
        (name("part"), "part".to_owned()),
        (name("number"), "number".to_owned()),
        (name("n"), "n".to_owned()),
        (of_part(Expression::Call("COUNT", Vec::new()), None), "n_different".to_owned()),
        (of_part(Expression::Call("ROW_NUMBER", Vec::new()), Some(name("number"))), "nth".to_owned()),
        (of_part(sum_of_n(), None).cast(SqlType::Whole), "n_all".to_owned()),
        (of_part(sum_of_n(), Some(name("number"))).cast(SqlType::Whole).pair("-", name("n")), "n_below".to_owned()),
    ];
    before.push(("bantam_ranked", Query::of(From::Query("bantam_counts"), ranked).only(name("number").there())));
    let share = name("n_below").pair("*", whole(i64::from(layout.n_cells)));
    let cell = when(vec![(name("n_different").pair("<=", whole(i64::from(layout.n_cells))), name("nth"))])
        .otherwise(Expression::Quotient(Box::new(share), Box::new(name("n_all"))));
    let celled = vec![
        (name("part"), "part".to_owned()),
        (cell, "cell".to_owned()),
        (name("number"), "number".to_owned()),
        (name("n"), "n".to_owned()),
    ];
    before.push(("bantam_celled", Query::of(From::Query("bantam_ranked"), celled)));
    let plan = || (Expression::Text(plan.to_owned()), "plan".to_owned());
    let end = |function: &'static str| Expression::Exact(Box::new(Expression::Call(function, vec![name("number")])));
    let cells = vec![
        plan(),
        (name("part"), "part".to_owned()),
        (end("MIN"), "low".to_owned()),
        (end("MAX"), "high".to_owned()),
        (Expression::Nothing(SqlType::Text), "answer".to_owned()),
        (name("n").sum(), "n".to_owned()),
    ];
    let nothing = || Expression::Nothing(SqlType::Number);
    // A letter on both sides, so that no reader takes it for a number or for nothing, or trims it.
    let mark = || Box::new(Expression::Text("t".to_owned()));
    let marked = Expression::Joined(Box::new(Expression::Joined(mark(), Box::new(name("answer")))), mark());
    let texts = vec![
        plan(),
        (name("part"), "part".to_owned()),
        (nothing(), "low".to_owned()),
        (nothing(), "high".to_owned()),
        (marked, "answer".to_owned()),
        (name("n"), "n".to_owned()),
    ];
    let results = vec![
        Query::of(From::Query("bantam_celled"), cells).by(["part", "cell"]),
        Query::of(From::Query("bantam_counts"), texts).only(name("number").nothing()),
    ];
    Statement { before, results }
}

/// How many leads have each pattern.
fn patterns(layout: &Layout, grid: &Grid, tables: &Tables, plan: &str) -> Statement {
    let mut before = history(layout, tables);
    let parts = layout.parts.iter().zip(&grid.parts).enumerate();
    let codes = parts.map(|(at, (part, cells))| (code(part.coding, cells.as_ref(), at), part_name(at))).collect();
    before.push(("bantam_coded", Query::of(From::Query("bantam_history"), codes)));
    let names = || (0..layout.parts.len()).map(part_name);
    let mut results = vec![(Expression::Text(plan.to_owned()), "plan".to_owned())];
    results.extend(names().map(|part| (name(&part), part)));
    results.push((Expression::Call("COUNT", Vec::new()), "n".to_owned()));
    Statement { before, results: vec![Query::of(From::Query("bantam_coded"), results).by(names())] }
}

/// The name of a pattern's column.
pub(super) fn part_name(part: usize) -> String {
    format!("p{}", part + 1)
}

/// The code of a value.
fn code(coding: Coding, cells: Option<&Cells>, at: usize) -> Expression {
    let value = || name(value_name(at));
    match (coding, cells) {
        (Coding::Number, Some(Cells::Numbers { low, .. })) => {
            let found = if low.is_empty() { whole(0) } else { cell_of(&value(), low, 1) };
            when(vec![(value().nothing(), whole(0))]).otherwise(found)
        }
        (Coding::Text, Some(Cells::Texts(texts))) if texts.is_empty() => {
            // A text that came since is no code, and is refused.
            when(vec![(value().nothing(), whole(0))]).otherwise(whole(1))
        }
        (Coding::Text, Some(Cells::Texts(texts))) => {
            let mut arms = vec![(value().nothing(), whole(0))];
            let codes = texts
                .iter()
                .zip(1..)
                .map(|(text, code)| (value().pair("=", Expression::Text(text.clone())), whole(code)));
            arms.extend(codes);
            when(arms).otherwise(whole(texts.len() as i64 + 1))
        }
        _ => value(),
    }
}

/// The position of the cell of a number among those with these lowest numbers, `first` being that of the first: a tree, so that a
/// lead is compared with few of them.
fn cell_of(value: &Expression, low: &[f64], first: i64) -> Expression {
    if low.len() == 1 {
        return whole(first);
    }
    let middle = low.len() / 2;
    let is_below = Expression::IsBelow(Box::new(value.clone()), low[middle]);
    when(vec![(is_below, cell_of(value, &low[..middle], first))]).otherwise(cell_of(
        value,
        &low[middle..],
        first + middle as i64,
    ))
}

/// Leads of all and by day, and what makes counts ambiguous or wrong.
fn totals(layout: &Layout, tables: &Tables, plan: &str) -> Statement {
    let events = tables.events.as_ref().map(|(_, config)| config);
    let mut before = history(layout, tables);
    let counted = || Expression::Call("COUNT", Vec::new());
    let row = |what: &str, at: Expression, n: Expression| {
        vec![
            (Expression::Text(plan.to_owned()), "plan".to_owned()),
            (Expression::Text(what.to_owned()), "what".to_owned()),
            (at, "day".to_owned()),
            (n, "n".to_owned()),
        ]
    };
    let nothing = || Expression::Nothing(SqlType::Whole);
    let of = |from: &'static str, by: &[&str]| {
        let repeated = vec![(Expression::Call("COUNT", Vec::new()), "n".to_owned())];
        Query {
            having: Some(counted().pair(">", whole(1))),
            ..Query::of(From::Query(from), repeated).by(by.iter().copied())
        }
    };
    let key: &[&str] = if layout.as_of.is_some() { &["lead_id", "as_of_us"] } else { &["lead_id"] };
    before.push(("bantam_repeated", of("bantam_leads", key)));
    let rows = From::Table(tables.leads.clone(), "lead");
    let mut results = vec![
        Query::of(From::Query("bantam_history"), row("leads", nothing(), counted())),
        Query::of(rows, row("rows", nothing(), counted())),
        Query::of(From::Query("bantam_repeated"), row("repeated hand-offs", nothing(), counted())),
    ];
    if tables.outcomes.is_some() {
        before.push(("bantam_repeated_outcomes", of("bantam_outcomes", &["outcome_id"])));
        results
            .push(Query::of(From::Query("bantam_repeated_outcomes"), row("repeated outcomes", nothing(), counted())));
    }
    for demand in layout.demands(events) {
        if let Some((from, is_unmet)) = unmet(&demand, tables) {
            results.push(Query::of(from, row(&demand.unmet(), nothing(), counted())).only(is_unmet));
        }
    }
    if let (Some((table, config)), true) = (&tables.events, !layout.kinds().is_empty()) {
        before.extend(kinds_of_events(table, config));
    }
    for kind in layout.kinds() {
        let is_kind = Expression::IsText(Box::new(name("kind")), kind.to_owned());
        let n = Expression::Call("COALESCE", vec![name("n").sum(), whole(0)]);
        results.push(Query::of(From::Query("bantam_kinds"), row(&events_of(kind), nothing(), n)).only(is_kind));
    }
    for sum in layout.sum_columns() {
        let Some((table, _)) = &tables.events else { continue };
        // Where all amounts together are that small, those of a lead are as well.
        const MOST: f64 = 9_000_000_000_000_000_000.0;
        let is_little = Expression::IsBelow(Box::new(sum_of_sizes(sum)), MOST);
        let n = when(vec![(is_little, whole(0))]).otherwise(whole(1));
        results.push(Query::of(From::Table(table.clone(), "event"), row(&beyond(sum), nothing(), n)));
    }
    if let Some(day) = layout.day_part() {
        let by_day = row("day", name(value_name(day)), counted());
        results.push(Query::of(From::Query("bantam_history"), by_day).by([value_name(day)]));
    }
    Statement { before, results }
}

/// The name in the totals of the events of a kind.
pub(super) fn events_of(kind: &str) -> String {
    format!("events of kind {kind:?}")
}

/// The name in the totals of amounts that 64 bits might not hold.
pub(super) fn beyond(sum: &str) -> String {
    format!("column {sum:?} (event table) adds up to more than 64 bits hold")
}

/// What the statements take for granted, each with a row where it does not hold.
fn verify(dialect: Dialect) -> String {
    let moment = match dialect {
        Dialect::Sqlite => Expression::Text("2026-01-02 03:04:05.678901".to_owned()),
        Dialect::Postgres | Dialect::Duckdb | Dialect::Snowflake | Dialect::Spark | Dialect::Bigquery => {
            Expression::As(SqlType::Moment, Box::new(Expression::Text("2026-01-02 03:04:05.678901".to_owned())))
        }
    };
    let quotient = |one: i64, by: i64| Expression::Quotient(Box::new(whole(one)), Box::new(whole(by)));
    let odd = "O'Brien \\ \"x\" é";
    let checks = [
        (
            "moments are not in UTC: set the session's time zone to UTC",
            Expression::Micros(Box::new(moment)),
            whole(1_767_323_045_678_901),
        ),
        ("whole numbers are not divided as such", quotient(59_999_999, 10_000_000), whole(5)),
        ("days before 1970 are off", whole(-1).days(), whole(-1)),
        (
            "texts are not compared as they are written",
            when(vec![(Expression::Text(odd.to_owned()).pair("=", Expression::Text(odd.to_uppercase())), whole(1))])
                .otherwise(whole(0)),
            whole(0),
        ),
        (
            "numbers are not compared to the last bit",
            when(vec![(Expression::IsBelow(Box::new(Expression::Number(0.3)), 0.300_000_000_000_000_04), whole(1))])
                .otherwise(whole(0)),
            whole(1),
        ),
    ];
    let results = checks.map(|(what, found, expected)| {
        let values = vec![(Expression::Text(what.to_owned()), "wrong".to_owned())];
        Query::of(From::Parts(1), values).only(found.pair("<>", expected))
    });
    Statement { before: Vec::new(), results: results.to_vec() }.sql(dialect)
}
