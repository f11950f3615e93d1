//! What whoever installs the SQL has to know, and cards that a database cannot take.

use super::table::Table;
use super::{Dialect, Form, SqlOptions};
use crate::card::{Card, Criterion, Level};
use crate::export::ExportError;
use crate::export::columns::inputs_of;
use crate::export::known;

impl Dialect {
    /// Whether every text of the card can stand in this database, and every column be told from the others.
    ///
    /// # Errors
    /// [`ExportError::Unsupported`] with the place.
    pub(in crate::export) fn check(self, card: &Card) -> Result<(), ExportError> {
        let unsupported = |problem, hint| Err(ExportError::unsupported(self.in_words(), problem, hint));
        let texts = card.criteria.iter().flat_map(|criterion| {
            let of_levels = criterion.levels.iter().flat_map(texts_of).chain(criterion.texts());
            let columns = criterion.inputs.iter().map(|input| &input.column);
            let rules = criterion.maps().flat_map(|map| &map.rules);
            let of_maps =
                rules.flat_map(|rule| [&rule.phrases, &rule.to]).chain(criterion.maps().flat_map(|map| &map.missing));
            of_levels.chain(columns).chain([&criterion.name]).chain(&criterion.label).chain(of_maps)
        });
        let texts = texts.chain(card.bands.iter().map(|band| &band.name)).chain(&card.id_column);
        let made_up = card.golden.iter().flat_map(|row| row.inputs.values().filter_map(serde_json::Value::as_str));
        if let Some(text) = texts.map(String::as_str).chain(made_up).find(|text| text.contains('\0')) {
            return unsupported(
                format!("the text {text:?} holds the character U+0000"),
                "clean the column that it comes from and calibrate again",
            );
        }
        let mut columns: Vec<(String, &str)> = inputs_of(card)
            .into_iter()
            .map(|input| input.column.as_str())
            .map(|column| {
                (if self.minds_case_of_names() { self.cut(column).to_owned() } else { column.to_lowercase() }, column)
            })
            .collect();
        columns.sort();
        for pair in columns.windows(2) {
            if let [(a, first), (b, second)] = pair
                && a == b
            {
                return unsupported(
                    format!("the columns {first:?} and {second:?} are one name there"),
                    "give one of them another name with --column",
                );
            }
        }
        Ok(())
    }
}

/// One sentence each.
pub(super) fn notes(card: &Card, options: &SqlOptions, table: &Table) -> Vec<String> {
    let dialect = options.dialect;
    let mut notes = Vec::new();
    if options.form == Form::View {
        notes.push(format!("the view is {}", table.scored(dialect).sql(dialect)));
    }
    if options.form != Form::Expression && card.id_column.is_none() {
        notes.push("the card names no column with the id of a lead, so the lines come without one".to_owned());
    }
    if options.form == Form::Expression {
        notes.extend(known::note(card, "the expression gives the score alone and"));
    }
    notes.extend(of_dialect(dialect, options.form).map(str::to_owned));
    notes.extend(unlisted_spellings(card, dialect));
    let inputs = card.criteria.iter().flat_map(Criterion::inputs_and_maps);
    for (input, _) in inputs.filter(|(_, map)| map.is_some() && !dialect.normalises()) {
        let (column, database) = (dialect.identifier(&input.column), dialect.in_words());
        let note = format!("{database} cannot normalise Unicode: texts of {column} must arrive fully composed (NFC)");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let names = inputs_of(card).into_iter().map(|input| input.column.as_str()).chain(card.id_column.as_deref());
    notes.extend(names.filter_map(|name| odd_name(dialect, name)));
    notes.extend(super::derived::notes(card, dialect));
    notes
}

/// What is particular about a database.
fn of_dialect(dialect: Dialect, form: Form) -> impl Iterator<Item = &'static str> {
    let notes: &[&str] = match (dialect, form) {
        (Dialect::Postgres, Form::View) => &[
            "a view whose columns change is not replaced: drop it first when criteria come or go",
            "the database has to be one in UTF8; a column of another type than the card reads is an error",
        ],
        (Dialect::Postgres, _) => {
            &["the database has to be one in UTF8; a column of another type than the card reads is an error"]
        }
        (Dialect::Duckdb, _) => &["a column of another type than the card reads is an error"],
        (Dialect::Bigquery, _) => {
            &["a column of another type than the card reads is an error; texts must have no collation"]
        }
        (Dialect::Sqlite, Form::Expression) => {
            &["a value of another type than the card reads (a text in a number column, say) gives no score: NULL"]
        }
        (Dialect::Sqlite, _) => &[
            "a value of another type than the card reads (a text in a number column, say) gives no score: NULL",
            "SQLite scores the whole table even when one lead is looked for",
        ],
        (Dialect::Snowflake, _) => &[
            "names are in quotes, so capitals count: for a table made without quotes write --table LEADS and --column budget=BUDGET",
            "a column of another type than the card reads gives no score: NULL",
            "no Snowflake has run this: run the file with the made-up leads first",
        ],
        (Dialect::Spark, _) => {
            &["a column of another type than the card reads is an error, and so is a text with a collation"]
        }
    };
    notes.iter().copied()
}

/// Texts that the database may meet in a spelling it does not know.
fn unlisted_spellings(card: &Card, dialect: Dialect) -> Option<String> {
    let texts = card.criteria.iter().flat_map(Criterion::texts);
    let mut unlisted: Vec<String> = Vec::new();
    for text in texts.filter(|text| !dialect.spellings(text).are_all).map(|text| dialect.text(text)) {
        // A pair names those of other criteria again.
        if !unlisted.contains(&text) {
            unlisted.push(text);
        }
    }
    (!unlisted.is_empty()).then(|| {
        format!(
            "{} cannot normalise Unicode: these texts are known fully composed and fully decomposed, and in no mixture: {}",
            dialect.in_words(),
            unlisted.join(", ")
        )
    })
}

/// A name that the database may not take or not leave alone.
fn odd_name(dialect: Dialect, name: &str) -> Option<String> {
    const NOT_IN_BIGQUERY: &str = "!\"$()*,./;?@[\\]^`{}~";
    match dialect {
        Dialect::Bigquery if name.chars().any(|c| NOT_IN_BIGQUERY.contains(c) || c.is_control()) => {
            Some(format!("no column of BigQuery can be called {name:?}: give it another name with --column"))
        }
        Dialect::Spark if name.contains("${") => {
            Some(format!("Spark may replace a part of the name {name:?}: switch spark.sql.variable.substitute off"))
        }
        _ => None,
    }
}

/// Every text of a level that a statement may hold.
fn texts_of(level: &Level) -> impl Iterator<Item = &String> {
    level.when.texts().iter().chain([&level.label]).chain(&level.words)
}
