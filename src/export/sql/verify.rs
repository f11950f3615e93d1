//! The golden rows as SQL: one statement that changes nothing and returns no rows when every made-up lead gets its points.

use serde_json::{Map, Value};

use super::query::{expression, outputs_of, select};
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
    let wrong = |error: crate::score::ScoreError| ExportError::Wrong(error.to_string());
    let scorer = Scorer::new(card).map_err(|error| ExportError::Wrong(error.to_string()))?;
    let golden =
        if card.golden.is_empty() { make_golden(card.base_points, &card.criteria) } else { card.golden.clone() };
    let inputs = inputs_of(card);
    let mut leads = Vec::new();
    let mut expected = Vec::new();
    for (idx, row) in golden.iter().enumerate().filter(|(_, row)| fits(row)) {
        let lead: Map<String, Value> = row.inputs.clone().into_iter().collect();
        let explained = scorer.explain_lead(&lead).map_err(wrong)?;
        let number = (idx + 1).to_string();
        let values = inputs.iter().map(|input| value(dialect, input, row.inputs.get(&input.column)));
        leads.push(std::iter::once(number.clone()).chain(values).collect::<Vec<_>>());
        expected.push(std::iter::once(number).chain(results(dialect, form, &explained)).collect::<Vec<_>>());
    }

    let row_column = free_name(&inputs);
    let lead_columns: Vec<String> = std::iter::once(row_column.as_str())
        .chain(inputs.iter().map(|input| input.column.as_str()))
        .map(|name| dialect.identifier(name))
        .collect();
    let outputs = outputs_of(card);
    let fixed = ["score", "probability", "band", "reasons"].map(str::to_owned);
    let compared: Vec<String> = match form {
        Form::Expression => vec!["score".to_owned()],
        Form::View | Form::Statement => outputs.points.into_iter().chain(fixed).collect(),
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
            let over_made_up = Card { id_column: Some(row_column.clone()), ..card.clone() };
            let id = outputs_of(&over_made_up).id.map_or(row_column, |(_, output)| output);
            (select(&over_made_up, dialect, "made_up"), dialect.identifier(&id))
        }
    };
    let expected_columns: Vec<String> = std::iter::once("made_up_lead".to_owned())
        .chain(compared.iter().map(|name| format!("expected_{name}")))
        .collect();
    let differing: Vec<String> = compared
        .iter()
        .map(|name| format!("CASE WHEN scored.{name} = expected.expected_{name} THEN '' ELSE '{name} ' END"))
        .collect();
    Ok(format!(
        "WITH made_up ({}) AS (\n{}\n),\nexpected ({}) AS (\n{}\n),\nscored AS (\n{scored}\n),\ncompared AS (\nSELECT expected.made_up_lead, \
         scored.score, expected.expected_score,\n  {} AS differing\nFROM expected LEFT JOIN scored ON scored.{id} = \
         expected.made_up_lead\n)\nSELECT * FROM compared WHERE differing <> '' ORDER BY made_up_lead",
        lead_columns.join(", "),
        rows(dialect, &leads),
        expected_columns.join(", "),
        rows(dialect, &expected),
        differing.join("\n  || "),
    ))
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
