//! The golden rows as SQL: one statement that changes nothing and returns no rows when every made-up lead gets its points.

use serde_json::{Map, Value};

use super::query::{expression, outputs_of, select};
use super::{Dialect, Form};
use crate::card::{Card, Input, InputKind};
use crate::export::ExportError;
use crate::export::columns::{fits_a_float, inputs_of};
use crate::score::{Explained, Scorer};

/// The statement that proves the SQL of `form`.
///
/// # Errors
/// [`ExportError::Wrong`] when the engine itself does not score the golden rows.
pub(super) fn verification(card: &Card, dialect: Dialect, form: Form) -> Result<String, ExportError> {
    let row_column = free_name(&inputs_of(card));
    let GoldenRows { leads, mut scored } =
        GoldenRows::of(&Card { id_column: Some(row_column.clone()), ..card.clone() }, dialect, form)?;
    let made_up = leads.as_table(dialect, "made_up");
    if let Some((row, _)) = scored.columns.first_mut() {
        "made_up_lead".clone_into(row);
    }
    for (name, _) in scored.columns.iter_mut().skip(1) {
        name.insert_str(0, "expected_");
    }
    let expected = scored.as_table(dialect, "expected");

    let (scored, id) = self::scored(card, dialect, form, &row_column);
    let differing: Vec<String> = compared(card, dialect, form)
        .iter()
        .map(|(name, _)| format!("CASE WHEN scored.{name} = expected.expected_{name} THEN '' ELSE '{name} ' END"))
        .collect();
    let differing = differing.join("\n    || ");
    Ok(format!(
        "WITH {made_up},\n{expected},\nscored AS (\n{scored}\n),\ncompared AS (\n  SELECT expected.made_up_lead, scored.score, \
         expected.expected_score,\n    {differing} AS differing\n  FROM expected LEFT JOIN scored ON scored.{id} = \
         expected.made_up_lead\n)\nSELECT * FROM compared WHERE differing <> '' ORDER BY made_up_lead"
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
    let GoldenRows { leads, scored } = GoldenRows::of(card, dialect, Form::Statement)?;
    let query = |literals: &Literals| format!("WITH {}\nSELECT * FROM made_up", literals.as_table(dialect, "made_up"));
    Ok(MadeUpLeads { leads: query(&leads), scored: query(&scored) })
}

/// The golden rows as literals; those of a card that names the id's column have the number of the row there.
struct GoldenRows {
    /// The id, then the inputs.
    leads: Literals,
    /// The id, then what the SQL gives.
    scored: Literals,
}

impl GoldenRows {
    fn of(card: &Card, dialect: Dialect, form: Form) -> Result<Self, ExportError> {
        let scorer = Scorer::new(card).map_err(ExportError::wrong)?;
        let golden = if card.golden.is_empty() { card.golden_rows() } else { card.golden.clone() };
        let inputs = inputs_of(card);
        // A card that scores by the id itself reads it like any other column.
        let read_id = inputs.iter().find(|input| card.id_column.as_ref() == Some(&input.column));
        let own_id = card.id_column.as_deref().filter(|_| read_id.is_none());
        let id_type = read_id.map_or(dialect.bigint(), |input| dialect.type_of(input.kind));
        let id = outputs_of(card).id.map(|(_, output)| (dialect.identifier(&output), id_type));
        let columns = inputs.iter().map(|input| (dialect.identifier(&input.column), dialect.type_of(input.kind)));
        let own = own_id.map(|column| (dialect.identifier(column), dialect.bigint()));
        let mut leads = Literals { columns: own.into_iter().chain(columns).collect(), rows: Vec::new() };
        let columns = id.into_iter().chain(compared(card, dialect, form)).collect();
        let mut scored = Literals { columns, rows: Vec::new() };
        for (idx, row) in golden.iter().enumerate().filter(|(_, row)| row.inputs.values().all(fits_a_float)) {
            let lead: Map<String, Value> = row.inputs.clone().into_iter().collect();
            let explained = scorer.explain_lead(&lead).map_err(ExportError::wrong)?;
            let value_of = |input: &&Input| value(dialect, input, row.inputs.get(&input.column));
            let number = own_id.map(|_| (idx + 1).to_string());
            let id = number.clone().or_else(|| read_id.map(value_of));
            leads.rows.push(number.into_iter().chain(inputs.iter().map(value_of)).collect());
            scored.rows.push(id.into_iter().chain(results(dialect, form, &explained)).collect());
        }
        Ok(Self { leads, scored })
    }
}

/// What is compared, with its type.
fn compared(card: &Card, dialect: Dialect, form: Form) -> Vec<(String, &'static str)> {
    let score = ("score".to_owned(), dialect.bigint());
    match form {
        Form::Expression => vec![score],
        Form::View | Form::Statement => {
            let points = outputs_of(card).points.into_iter().map(|name| (name, dialect.bigint()));
            let text = dialect.type_of(InputKind::Text);
            let worth = [("probability", dialect.double()), ("band", text), ("reasons", text)];
            let sub_scores: Vec<String> = outputs_of(card).sub_scores;
            let grade = (!sub_scores.is_empty()).then(|| ("grade".to_owned(), text));
            let graded = sub_scores.into_iter().map(|name| (name, dialect.bigint())).chain(grade);
            points.chain([score]).chain(worth.map(|(name, type_)| (name.to_owned(), type_))).chain(graded).collect()
        }
    }
}

/// The exported SQL over the made-up leads, and its column with their number.
fn scored(card: &Card, dialect: Dialect, form: Form, row_column: &str) -> (String, String) {
    match form {
        Form::Expression => {
            let (row, score) = (dialect.identifier(row_column), expression(card, dialect));
            (format!("SELECT {row} AS made_up_lead, {score} AS score FROM made_up"), "made_up_lead".to_owned())
        }
        Form::View | Form::Statement => {
            let over_made_up = Card { id_column: Some(row_column.to_owned()), ..card.clone() };
            let id = outputs_of(&over_made_up).id.map_or_else(|| row_column.to_owned(), |(_, output)| output);
            (select(&over_made_up, dialect, "made_up"), dialect.identifier(&id))
        }
    }
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
            let graded = explained.scored.grade.iter().flat_map(|(sub_scores, grade)| {
                let sub_scores = sub_scores.iter().map(i32::to_string);
                sub_scores.chain([dialect.text(grade)])
            });
            points.chain([score, probability]).chain(texts).chain(graded).collect()
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

/// A table of literals.
struct Literals {
    /// Name, as SQL, and type of each column.
    columns: Vec<(String, &'static str)>,
    rows: Vec<Vec<String>>,
}

impl Literals {
    /// As a table of a WITH clause.
    fn as_table(&self, dialect: Dialect, name: &str) -> String {
        let rows = self.rows.iter().map(|row| format!("({})", row.join(", "))).collect::<Vec<_>>().join(",\n");
        if dialect == Dialect::Bigquery {
            let columns: Vec<String> = self.columns.iter().map(|(column, type_)| format!("{column} {type_}")).collect();
            return format!("{name} AS (\nSELECT * FROM UNNEST(ARRAY<STRUCT<{}>>[\n{rows}\n])\n)", columns.join(", "));
        }
        let columns: Vec<&str> = self.columns.iter().map(|(column, _)| column.as_str()).collect();
        let select = if dialect == Dialect::Snowflake { "SELECT * FROM " } else { "" };
        format!("{name} ({}) AS (\n{select}VALUES\n{rows}\n)", columns.join(", "))
    }
}
