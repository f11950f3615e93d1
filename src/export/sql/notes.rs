//! What whoever installs the SQL has to know, and cards that a database cannot take.

use super::table::Table;
use super::{Dialect, Form, SqlOptions};
use crate::card::{Card, When};
use crate::export::ExportError;
use crate::export::columns::inputs_of;

impl Dialect {
    /// Whether every text of the card can stand in this database, and every column be told from the others.
    ///
    /// # Errors
    /// [`ExportError::Unsupported`] with the place.
    pub(in crate::export) fn check(self, card: &Card) -> Result<(), ExportError> {
        let unsupported = |problem: String, hint: &str| {
            Err(ExportError::Unsupported { target: self.in_words(), problem, hint: hint.to_owned() })
        };
        let texts = card.criteria.iter().flat_map(|criterion| {
            let of_levels = criterion.levels.iter().flat_map(|level| {
                let listed: &[String] = if let When::OneOf(texts) = &level.when { texts } else { &[] };
                listed.iter().chain([&level.label])
            });
            let columns = criterion.inputs.iter().map(|input| &input.column);
            of_levels.chain(columns).chain([&criterion.name])
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
    notes
}
