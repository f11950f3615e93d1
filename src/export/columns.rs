//! What a card reads: its columns, each once, and other names for them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ExportError;
use crate::card::{Card, Derivation, Input, InputKind, whole_of};

/// The columns the card reads, each once, in the order of the criteria.
pub(super) fn inputs_of(card: &Card) -> Vec<&Input> {
    let mut seen = BTreeSet::new();
    let inputs = card.criteria.iter().flat_map(|criterion| &criterion.inputs);
    inputs.filter(|input| seen.insert(input.column.as_str())).collect()
}

/// Positions in [`inputs_of`] of the columns that each criterion reads: one, or the two of a pair.
pub(super) fn inputs_of_each(card: &Card) -> Vec<Vec<usize>> {
    let inputs = inputs_of(card);
    let position = |input: &Input| inputs.iter().position(|one| one.column == input.column).unwrap_or(0);
    card.criteria.iter().map(|criterion| criterion.inputs.iter().map(position).collect()).collect()
}

/// Whether the card reads a value of this kind.
pub(super) fn reads(card: &Card, kind: InputKind) -> bool {
    card.criteria.iter().flat_map(|criterion| &criterion.inputs).any(|input| input.kind == kind)
}

/// Whether a number of a made-up lead is a float, which most targets read numbers as; everything else is.
pub(super) fn fits_a_float(value: &Value) -> bool {
    let whole = if let Value::Number(number) = value { whole_of(number) } else { None };
    whole.is_none_or(|whole| whole as f64 as i128 == whole)
}

/// A sentence per column of days, for targets that do not make them from times.
pub(super) fn days_notes(card: &Card) -> Vec<String> {
    let as_of = card.as_of_column.as_deref().unwrap_or("the hand-off");
    inputs_of(card)
        .into_iter()
        .filter_map(|input| match &input.derivation {
            Some(Derivation::DaysBefore { column }) => Some(format!(
                "`{}` is given as whole days, rounded down, from `{column}` to `{as_of}`; missing where `{column}` is later",
                input.column
            )),
            _ => None,
        })
        .collect()
}

/// Other names for what a card reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnNames {
    /// By column of the card, its name there.
    pub columns: BTreeMap<String, String>,
    /// The column that names the lead.
    pub id: Option<String>,
}

/// The card reading other columns: `budget` under the name `Budget__c`, say. Points and names of criteria stay.
///
/// - `renamed`: by column of the card, its new name. The columns of times, of the as-of and of the id can be renamed too.
///
/// # Errors
/// [`ExportError::Column`] for a column that the card does not read, and for a name that another column has.
pub fn rename_columns(card: &Card, renamed: &BTreeMap<String, String>) -> Result<Card, ExportError> {
    let mut card = card.clone();
    let mut columns: BTreeSet<String> = BTreeSet::new();
    let mut rename = |column: &mut String| {
        columns.insert(column.clone());
        if let Some(name) = renamed.get(column) {
            column.clone_from(name);
        }
    };
    for input in card.criteria.iter_mut().flat_map(|criterion| &mut criterion.inputs) {
        rename(&mut input.column);
        if let Some(Derivation::DaysBefore { column }) = &mut input.derivation {
            rename(column);
        }
    }
    card.as_of_column.as_mut().map(&mut rename);
    card.id_column.as_mut().map(&mut rename);
    let readings = std::mem::take(&mut card.readings).into_iter();
    card.readings = readings.map(|(column, rule)| (renamed.get(&column).cloned().unwrap_or(column), rule)).collect();

    let names: Vec<&String> = columns.iter().map(|column| renamed.get(column).unwrap_or(column)).collect();
    for (column, name) in renamed {
        let problem = if !columns.contains(column) {
            let nearest = crate::nearest::nearest(column, columns.iter().map(String::as_str));
            let nearest = if nearest.is_empty() { columns.iter().map(String::as_str).collect() } else { nearest };
            format!("the card does not read `{column}`; it reads `{}`", nearest.join("`, `"))
        } else if names.iter().filter(|taken| **taken == name).count() > 1 {
            format!("another column is called `{name}` already")
        } else {
            continue;
        };
        return Err(ExportError::Column { column: column.clone(), name: name.clone(), problem });
    }
    for row in &mut card.golden {
        let inputs = std::mem::take(&mut row.inputs);
        row.inputs = inputs
            .into_iter()
            .map(|(column, value)| (renamed.get(&column).cloned().unwrap_or(column), value))
            .collect();
    }
    if card.golden.is_empty() {
        card.golden = card.golden_rows();
    }
    Ok(card)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::example_card;
    use crate::score::Scorer;

    fn rename(pairs: &[(&str, &str)]) -> Result<Card, ExportError> {
        let renamed = pairs.iter().map(|(column, name)| ((*column).to_owned(), (*name).to_owned())).collect();
        rename_columns(&example_card(), &renamed)
    }

    #[test]
    fn a_renamed_column_is_read_under_its_new_name() {
        let card = rename(&[("budget", "Budget__c"), ("form_sent_at", "Form__c"), ("lead_id", "Id")]).expect("renamed");
        let columns: Vec<&str> = inputs_of(&card).iter().map(|input| input.column.as_str()).collect();
        assert_eq!(columns, ["Budget__c", "clicks_30d", "asked_for_demo", "days_since_form"]);
        assert_eq!(card.id_column.as_deref(), Some("Id"));
        assert_eq!(card.criteria[0].name, "budget", "sales still calls it budget");
        Scorer::new(&card).expect("the golden rows hold under the new names");
    }

    #[test]
    fn a_column_that_is_not_read_and_a_name_that_is_taken_are_refused() {
        let refusal = |pairs: &[(&str, &str)]| rename(pairs).expect_err("refused").to_string();
        assert_eq!(
            refusal(&[("bugdet", "b")]),
            "--column bugdet=b: the card does not read `bugdet`; it reads `budget`"
        );
        assert_eq!(
            refusal(&[("budget", "clicks_30d")]),
            "--column budget=clicks_30d: another column is called `clicks_30d` already"
        );
        rename(&[("budget", "clicks_30d"), ("clicks_30d", "budget")]).expect("two columns may swap names");
    }
}
