//! The golden rows as ModelVerification: readers that know it refuse a card that they score otherwise.

use std::io;

use serde_json::Value;

use super::FieldNames;
use super::xml::{Xml, unholdable};
use crate::card::{Card, GoldenRow};
use crate::export::columns::{fits_a_float, inputs_of};
use crate::export::curve::share_text;

/// The golden rows that PMML can hold.
pub(super) fn rows(card: &Card) -> Vec<&GoldenRow> {
    card.golden.iter().filter(|row| row.inputs.values().all(is_holdable)).collect()
}

/// Whether a value reaches an evaluator as it is: XML cannot hold every text, a double not every whole number.
fn is_holdable(value: &Value) -> bool {
    match value {
        Value::String(text) => unholdable(text).is_none(),
        other => fits_a_float(other),
    }
}

pub(super) fn write(xml: &mut Xml, card: &Card, fields: &FieldNames) -> io::Result<()> {
    let rows = rows(card);
    if rows.is_empty() {
        return Ok(());
    }
    let columns: Vec<(String, &str)> = inputs_of(card)
        .iter()
        .enumerate()
        .map(|(idx, input)| (format!("input_{}", idx + 1), input.column.as_str()))
        .collect();
    let outputs = [("score", &fields.score), ("probability", &fields.probability), ("band", &fields.band)];
    let counts = [rows.len(), columns.len() + outputs.len()].map(|count| count.to_string());
    xml.element("ModelVerification", &[("recordCount", &counts[0]), ("fieldCount", &counts[1])], |xml| {
        xml.element("VerificationFields", &[], |xml| {
            for (column, field) in &columns {
                xml.empty("VerificationField", &[("field", field), ("column", column)])?;
            }
            for (column, field) in outputs {
                // Equal, not nearly so.
                let exact = [("precision", "0"), ("zeroThreshold", "0")];
                xml.empty("VerificationField", &[("field", field), ("column", column), exact[0], exact[1]])?;
            }
            Ok(())
        })?;
        xml.element("InlineTable", &[], |xml| {
            rows.iter().try_for_each(|row| xml.element("row", &[], |xml| write_row(xml, card, &columns, row)))
        })
    })
}

/// A value per column; a column that is not there is missing.
fn write_row(xml: &mut Xml, card: &Card, columns: &[(String, &str)], row: &GoldenRow) -> io::Result<()> {
    for (column, field) in columns {
        let text = match row.inputs.get(*field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => continue,
        };
        xml.text(column, &[], &text)?;
    }
    let probability_bp = card.worth_of(row.score).map_or(0, |worth| worth.probability_bp);
    xml.text("score", &[], &row.score.to_string())?;
    xml.text("probability", &[], &share_text(probability_bp))?;
    xml.text("band", &[], card.band_of_row(row))
}
