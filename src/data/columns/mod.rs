//! Columns of the user's tables as the stages need them: found by name, read as times, numbers, texts or ids.
//!
//! In: a [`Table`] and the name the config gives. Out: one value per row, in row order.
//!
//! Always true: a message names the table, the column and the row (counted from 1); nothing is guessed from a name.

mod answers;
mod ids;
mod look_alikes;
mod numbers;
mod texts;
mod times;
mod words;
mod written;

pub use answers::{Answers, MappedAnswers, Meaning, ReadAnswers, WordRules, Written};
pub use ids::IdColumn;
pub(in crate::data) use ids::is_rounded;
pub use numbers::LARGEST_EXACT;
pub use texts::Texts;
pub use times::{NO_TIME, Times, parse_time, show_day, show_time};
pub use words::words;

use crate::data::DataError;
pub use crate::data::table::NO_TEXT;
use crate::data::table::{Column, Content, Table};
use crate::nearest::nearest;

/// One of the user's tables.
#[derive(Debug, Clone, Copy)]
pub struct UserTable<'a> {
    /// `lead`, `outcome` or `event`.
    pub name: &'static str,
    /// Its rows, or a piece of them.
    pub table: &'a Table,
    /// Rows before those in `table`; not 0 for a piece alone.
    pub n_rows_before: usize,
}

/// A column of a user's table, with the key of the config that asks for it.
#[derive(Debug, Clone, Copy)]
pub struct UserColumn<'a> {
    /// `lead`, `outcome` or `event`.
    pub table: &'static str,
    /// The key as the analyst types it.
    pub key: &'a str,
    column: &'a Column,
    n_rows_before: usize,
}

impl<'a> UserTable<'a> {
    /// The table with one row per hand-off.
    pub fn leads(table: &'a Table) -> Self {
        Self { name: "lead", table, n_rows_before: 0 }
    }

    /// The table with what became of the leads.
    pub fn outcomes(table: &'a Table) -> Self {
        Self { name: "outcome", table, n_rows_before: 0 }
    }

    /// The table with one row per event.
    pub fn events(table: &'a Table) -> Self {
        Self { name: "event", table, n_rows_before: 0 }
    }

    /// A piece of the table with one row per event.
    pub fn piece_of_events(table: &'a Table, n_rows_before: usize) -> Self {
        Self { n_rows_before, ..Self::events(table) }
    }

    /// The column called `name`, which the config gives under `key`.
    ///
    /// # Errors
    /// [`DataError`] with the nearest name.
    pub fn column(self, key: &'a str, name: &str) -> Result<UserColumn<'a>, DataError> {
        match self.table.column(name) {
            Some(column) => Ok(UserColumn { table: self.name, key, column, n_rows_before: self.n_rows_before }),
            None => {
                let names = &self.table.names;
                let hint = match nearest(name, names.iter().map(String::as_str)).first() {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("it has {}", in_quotes(names, 12)),
                };
                let table = self.name;
                let words = format!("`{key}` is {name:?}, but the {table} table has no such column\nhint: {hint}");
                Err(DataError::new(words))
            }
        }
    }

    /// The column under `key`, when the config gives one.
    ///
    /// # Errors
    /// As [`UserTable::column`].
    pub fn optional(self, key: &'a str, name: Option<&str>) -> Result<Option<UserColumn<'a>>, DataError> {
        name.map(|name| self.column(key, name)).transpose()
    }
}

impl<'a> UserColumn<'a> {
    /// A column of the lead table that no key asks for.
    pub fn unasked(column: &'a Column) -> Self {
        Self::of_leads("", column)
    }

    /// A column of the lead table that is asked for by `key`.
    pub fn of_leads(key: &'a str, column: &'a Column) -> Self {
        Self { table: "lead", key, column, n_rows_before: 0 }
    }

    /// The same column, asked for by another key.
    pub fn asked_by(self, key: &'a str) -> Self {
        Self { key, ..self }
    }

    /// The user's name of the column.
    pub fn name(&self) -> &'a str {
        &self.column.name
    }

    /// Its values as they came.
    pub fn content(&self) -> &'a Content {
        &self.column.content
    }

    /// The column as true and false; `None` where missing.
    ///
    /// # Errors
    /// [`DataError`] for anything else.
    pub fn to_booleans(&self) -> Result<Vec<Option<bool>>, DataError> {
        match self.content() {
            Content::Booleans(flags) => Ok(flags.clone()),
            _ => Err(self.wrong_type("true and false")),
        }
    }

    /// That it holds another type than `wanted`.
    pub fn wrong_type(&self, wanted: &str) -> DataError {
        let (key, table, found) = (self.key, self.table, self.content().in_words());
        let column = self.name();
        DataError::new(format!(
            "`{key}` is {column:?}, and that column of the {table} table holds {found}; it takes {wanted}"
        ))
    }

    /// That the value in `row_idx` cannot be read.
    pub fn bad_value(&self, row_idx: usize, value: &str, problem: &str, hint: &str) -> DataError {
        let row = self.n_rows_before + row_idx + 1;
        let (value, column, table) = (shortened(value), self.name(), self.table);
        DataError::new(format!("{value} in row {row} of column {column:?} ({table} table) {problem}\nhint: {hint}"))
    }
}

/// The first `most` names in quotes, and how many there are beyond.
pub fn in_quotes<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|name| shortened(name.as_ref())).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        n_more => format!("{} and {n_more} more", shown.join(", ")),
    }
}

/// A text in quotes, at most 40 characters of it.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;

    #[test]
    fn a_misspelt_column_is_answered_with_the_nearest() {
        let leads = table!("lead_id" => [1], "handed_off_at" => ["2026-01-01"]);
        let error = UserTable::leads(&leads).column("leads.as_of", "handed_of_at").expect_err("refused");
        assert_eq!(
            error.to_string(),
            "`leads.as_of` is \"handed_of_at\", but the lead table has no such column\n\
             hint: did you mean \"handed_off_at\"?"
        );
        let error = UserTable::leads(&leads).column("leads.as_of", "zzz").expect_err("refused");
        assert!(error.to_string().ends_with("hint: it has \"lead_id\", \"handed_off_at\""), "{error}");
    }

    #[test]
    fn long_values_and_lists_are_shortened() {
        assert_eq!(shortened(&"x".repeat(50)), format!("\"{}…\"", "x".repeat(40)));
        assert_eq!(in_quotes(&["a", "b", "c"], 2), "\"a\", \"b\" and 1 more");
    }
}
