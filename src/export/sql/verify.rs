//! The golden rows as SQL: one statement that changes nothing and returns no rows when every made-up lead gets its points.

use serde_json::{Map, Value};

use super::query::{FIXED, expression, outputs_of, select};
use super::{Dialect, Form};
use crate::card::{Card, GoldenRow, Input, InputKind, make_golden};
use crate::export::ExportError;
use crate::export::columns::inputs_of;
use crate::score::{Explained, Scorer};

/// The statement that proves the SQL of `form`.
///
/// # Errors
/// [`ExportError::Wrong`] when the engine itself does not score the golden rows.
pub(super) fn verification(card: &Card, dialect: Dialect, form: Form) -> Result<String, ExportError> {
    let inputs = inputs_of(card);
    let row_column = free_name(&inputs);
    let numbered = Card { id_column: Some(row_column.clone()), ..card.clone() };
    let outputs = outputs_of(&numbered);
    let compared: Vec<&str> = match form {
        Form::Expression => vec!["score"],
        Form::View | Form::Statement => outputs.points.iter().map(String::as_str).chain(FIXED).collect(),
    };
    let (scored, id) = match form {
        Form::Expression => {
            let row = dialect.identifier(&row_column);
            (
                format!("SELECT {row} AS made_up_lead, {} AS score FROM made_up", expression(card, dialect)),
                "made_up_lead".to_owned(),
            )
        }
        Form::View | Form::Statement => {
            let id = outputs.id.as_ref().map_or(&row_column, |(_, output)| output);
            (select(&numbered, dialect, "made_up"), dialect.identifier(id))
        }
    };
    let MadeUpRows { leads, results } = MadeUpRows::of(&numbered, dialect, form)?;
    let lead_columns = lead_columns(&numbered, dialect);
    let expected_columns: Vec<String> = std::iter::once("made_up_lead".to_owned())
        .chain(compared.iter().map(|name| format!("expected_{name}")))
        .collect();
    let differing: Vec<String> = compared
        .iter()
        .map(|name| format!("CASE WHEN scored.{name} = expected.expected_{name} THEN '' ELSE '{name} ' END"))
        .collect();
    Ok(format!(
        "WITH {},\n{},\nscored AS (\n{scored}\n),\ncompared AS (\nSELECT expected.made_up_lead, scored.score, \
         expected.expected_score,\n  {} AS differing\nFROM expected LEFT JOIN scored ON scored.{id} = \
         expected.made_up_lead\n)\nSELECT * FROM compared WHERE differing <> '' ORDER BY made_up_lead",
        named_rows(dialect, "made_up", &lead_columns, &leads),
        named_rows(dialect, "expected", &expected_columns, &results),
        differing.join("\n  || "),
    ))
}

/// The golden rows as two queries: what goes into the SELECT of a card, and what has to come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) struct MadeUpLeads {
    /// The leads, a column per column the card reads.
    pub(in crate::export) leads: String,
    /// Their scores, a column per column of the SELECT.
    pub(in crate::export) scored: String,
}

/// The golden rows of `card` for tests that another program runs.
///
/// # Errors
/// As [`verification`].
pub(in crate::export) fn made_up_leads(card: &Card, dialect: Dialect) -> Result<MadeUpLeads, ExportError> {
    let MadeUpRows { leads, results } = MadeUpRows::of(card, dialect, Form::Statement)?;
    let outputs = outputs_of(card);
    let id = outputs.id.map(|(_, output)| dialect.identifier(&output));
    let columns: Vec<String> = id.into_iter().chain(outputs.points).chain(FIXED.map(str::to_owned)).collect();
    let query = |name: &str, columns: &[String], rows: &[Vec<String>]| {
        format!("WITH {}\nSELECT * FROM {name}", named_rows(dialect, name, columns, rows))
    };
    Ok(MadeUpLeads {
        leads: query("made_up", &lead_columns(card, dialect), &leads),
        scored: query("expected", &columns, &results),
    })
}

/// Literals of the golden rows.
struct MadeUpRows {
    /// The id where the card names its column, then the inputs.
    leads: Vec<Vec<String>>,
    /// The id likewise, then what the SQL gives.
    results: Vec<Vec<String>>,
}

impl MadeUpRows {
    fn of(card: &Card, dialect: Dialect, form: Form) -> Result<Self, ExportError> {
        let wrong = |error: crate::score::ScoreError| ExportError::Wrong(error.to_string());
        let scorer = Scorer::new(card).map_err(|error| ExportError::Wrong(error.to_string()))?;
        let golden =
            if card.golden.is_empty() { make_golden(card.base_points, &card.criteria) } else { card.golden.clone() };
        let inputs = inputs_of(card);
        let mut made = Self { leads: Vec::new(), results: Vec::new() };
        for (idx, row) in golden.iter().enumerate().filter(|(_, row)| fits(row)) {
            let lead: Map<String, Value> = row.inputs.clone().into_iter().collect();
            let explained = scorer.explain_lead(&lead).map_err(wrong)?;
            let value_of = |input: &&Input| value(dialect, input, row.inputs.get(&input.column));
            // A card that scores by the id itself reads it like any other column.
            let read_id = inputs.iter().find(|input| card.id_column.as_ref() == Some(&input.column));
            let id = card.id_column.as_ref().map(|_| read_id.map_or_else(|| (idx + 1).to_string(), value_of));
            let own_id = id.clone().filter(|_| read_id.is_none());
            made.leads.push(own_id.into_iter().chain(inputs.iter().map(value_of)).collect());
            made.results.push(id.into_iter().chain(results(dialect, form, &explained)).collect());
        }
        Ok(made)
    }
}

/// Names of the columns of [`MadeUpRows::leads`].
fn lead_columns(card: &Card, dialect: Dialect) -> Vec<String> {
    let inputs = inputs_of(card);
    let id = card.id_column.as_deref().filter(|id| inputs.iter().all(|input| input.column != *id));
    let names = id.into_iter().chain(inputs.iter().map(|input| input.column.as_str()));
    names.map(|name| dialect.identifier(name)).collect()
}

/// Whether the numbers of a row are floats, as the column is that they stand in here.
fn fits(row: &GoldenRow) -> bool {
    row.inputs.values().all(|value| match value.as_i64().map(i128::from).or(value.as_u64().map(i128::from)) {
        Some(whole) => whole as f64 as i128 == whole,
        None => true,
    })
}

/// A value of a made-up lead.
fn value(dialect: Dialect, input: &Input, value: Option<&Value>) -> String {
    let text = match value {
        Some(Value::Number(number)) => {
            return number.as_f64().map_or("NULL".to_owned(), |number| dialect.number(number));
        }
        Some(Value::String(text)) => dialect.text(text),
        Some(Value::Bool(flag)) => return flag.to_string().to_uppercase(),
        _ => "NULL".to_owned(),
    };
    // A column of nothing but NULL and literals has to have a type all the same.
    match (value, input.kind) {
        (Some(Value::String(_)), InputKind::Text) if !matches!(dialect, Dialect::Postgres) => text,
        (_, kind) => format!("CAST({text} AS {})", dialect.type_of(kind)),
    }
}

/// What the engine makes of a made-up lead, in the order of the columns compared.
fn results(dialect: Dialect, form: Form, explained: &Explained) -> Vec<String> {
    let score = explained.scored.score.to_string();
    match form {
        Form::Expression => vec![score],
        Form::View | Form::Statement => {
            let points = explained.points.iter().map(i32::to_string);
            let probability = format!("CAST({} AS {}) / 10000", explained.scored.probability_bp, dialect.double());
            let texts = [dialect.text(&explained.scored.band), dialect.text(&explained.reasons.join("; "))];
            points.chain([score, probability]).chain(texts).collect()
        }
    }
}

/// A name for the number of the row that no column has.
fn free_name(inputs: &[&Input]) -> String {
    let mut name = "made_up_lead".to_owned();
    while inputs.iter().any(|input| input.column.eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    name
}

/// Rows as a part of a WITH.
fn named_rows(dialect: Dialect, name: &str, columns: &[String], literals: &[Vec<String>]) -> String {
    format!("{name} ({}) AS (\n{}\n)", columns.join(", "), rows(dialect, literals))
}

/// Rows as a table.
fn rows(dialect: Dialect, rows: &[Vec<String>]) -> String {
    let lines = rows.iter().map(|row| row.join(", "));
    match dialect {
        Dialect::Bigquery => lines.map(|line| format!("SELECT {line}")).collect::<Vec<_>>().join(" UNION ALL\n"),
        Dialect::Snowflake => {
            format!("SELECT * FROM VALUES\n{}", lines.map(|line| format!("({line})")).collect::<Vec<_>>().join(",\n"))
        }
        _ => format!("VALUES\n{}", lines.map(|line| format!("({line})")).collect::<Vec<_>>().join(",\n")),
    }
}
