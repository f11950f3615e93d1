//! A dbt model of the card, with unit tests: the golden rows as dbt runs them.
//!
//! In: a checked card, the database behind dbt, the model or source with the leads. Out: files for the `models` folder of a dbt
//! project: the model's SQL, its properties with descriptions and tests, and the source where the leads are one.
//!
//! Always true: no text of the card is a command to Jinja.

use super::columns::inputs_of;
use super::source::head_lines;
use super::sql::{self, MadeUpLeads, Table};
use super::{Dialect, Export, ExportError, Layout, Proof};
use crate::card::{ASK_FIRST, Card};

/// Stands for the lead table until the SQL is safe from Jinja; no name or text of a card that SQL can hold has it.
const LEADS: &str = "\0";

/// The files of the model.
///
/// # Errors
/// [`ExportError`] as for SQL.
pub(super) fn export(card: &Card, dialect: Dialect, table: &str) -> Result<Export, ExportError> {
    let table = Table::parse(table)?;
    dialect.check(card)?;
    check_columns(card)?;
    let leads = Leads::of(&table);
    let model = super::names::identifiers("", [leads.name], MAX_NAME - SCORED.len()).concat() + SCORED;
    let made_up = sql::made_up_leads(card, dialect)?;

    let head: String = head_lines(card).iter().map(|line| format!("-- {}\n", plain(line))).collect();
    let select = plain(&sql::select(card, dialect, LEADS)).replace(LEADS, &format!("{{{{ {} }}}}", leads.call));
    let mut files = vec![
        (format!("{model}.sql"), format!("{head}{select}\n").into_bytes()),
        (format!("{model}.yml"), properties(card, &model, &leads, &made_up).into_bytes()),
    ];
    let mut notes = vec![format!(
        "copy the files into `models` of a dbt project, then `dbt build --select {model}`: it runs the made-up leads first"
    )];
    if let Some(source) = leads.source() {
        files.push((format!("{model}_source.yml"), source.into_bytes()));
        notes.push(format!("where your project knows the source {} already, leave {model}_source.yml out", leads.call));
    }
    let proof =
        Proof::ByHand(format!("run `dbt build --select {model}` in the project that the files were copied into"));
    Ok(Export { layout: Layout::Folder(files), proof, notes })
}

/// dbt looks for statements in the SQL with a reader that takes a backslash in a name for an escape.
///
/// # Errors
/// [`ExportError::Unsupported`] for a column with one.
fn check_columns(card: &Card) -> Result<(), ExportError> {
    let columns = inputs_of(card).into_iter().map(|input| &input.column).chain(&card.id_column);
    match columns.into_iter().find(|column| column.contains('\\')) {
        None => Ok(()),
        Some(column) => {
            let problem = format!("the column {column:?} has a backslash in its name");
            Err(ExportError::unsupported("dbt", problem, "give it another name with --column"))
        }
    }
}

/// Ending of the model's name.
const SCORED: &str = "_scored";
/// Most characters of its name: that of a table in every database.
const MAX_NAME: usize = 60;

/// The leads as dbt finds them: a model by its name alone, a source where the name has a schema.
struct Leads<'a> {
    /// Last part of the name.
    name: &'a str,
    /// The parts before it.
    place: &'a [String],
    /// `ref("leads")` or `source("crm", "leads")`.
    call: String,
}

impl<'a> Leads<'a> {
    fn of(table: &'a Table) -> Self {
        let (name, place) = table.parts().split_last().map_or(("", &[][..]), |(name, place)| (name.as_str(), place));
        let call = match place.last() {
            None => format!("ref({})", quoted(name)),
            Some(schema) => format!("source({}, {})", quoted(schema), quoted(name)),
        };
        Self { name, place, call }
    }

    /// The properties of the source.
    fn source(&self) -> Option<String> {
        let (schema, before) = self.place.split_last()?;
        let database: String =
            before.last().map_or(String::new(), |database| format!("    database: {}\n", yaml(database)));
        Some(format!(
            "sources:\n  - name: {}\n{database}    tables:\n      - name: {}\n",
            yaml(schema),
            yaml(self.name)
        ))
    }
}

/// Properties of the model: what its columns are, and the unit test.
fn properties(card: &Card, model: &str, leads: &Leads<'_>, made_up: &MadeUpLeads) -> String {
    let outputs = sql::outputs_of(card);
    let mut text = format!(
        "models:\n  - name: {model}\n    description: {}\n    columns:\n",
        yaml(&plain(&head_lines(card).join(" ")))
    );
    let mut column = |name: &str, description: &str, tests: &str| {
        text.push_str(&format!("      - name: {}\n        description: {}\n", yaml(name), yaml(&plain(description))));
        text.push_str(tests);
    };
    if let Some((_, output)) = &outputs.id {
        column(output, "The lead", "");
    }
    for (criterion, output) in card.criteria.iter().zip(&outputs.points) {
        let (least, most) = (criterion.points_min(), criterion.points_max());
        column(output, &format!("Points for {}, {least} to {most}", criterion.name), "");
    }
    column("score", "Sum of the points", "        data_tests:\n          - not_null\n");
    column("probability", "Share of leads with this score that convert", "");
    let band = match card.known_at_least {
        None => "What to do with the lead".to_owned(),
        Some(_) => format!("What to do with the lead; {ASK_FIRST} where too little is known of it, whatever its score"),
    };
    column("band", &band, "");
    if let Some(grades) = &card.grades {
        for (axis, output) in grades.axes().into_iter().zip(&outputs.sub_scores) {
            column(output, &format!("Sum of the points of the criteria in {}", axis.group), "");
        }
        column(
            "grade",
            &format!("{} as a letter, {} as a number; A1 is best", grades.rows.group, grades.columns.group),
            "",
        );
    }
    column("reasons", "Where most points were lost, largest loss first", "");

    text.push_str(&format!(
        "\nunit_tests:\n  - name: {model}_gives_made_up_leads_their_points\n    model: {model}\n    given:\n      - input: {}\n        \
         format: sql\n        rows: |\n{}    expect:\n      format: sql\n      rows: |\n{}",
        yaml(&leads.call),
        indented(&plain(&made_up.leads), 10),
        indented(&plain(&made_up.scored), 8),
    ));
    text
}

fn indented(sql: &str, n_spaces: usize) -> String {
    sql.lines().map(|line| format!("{:n_spaces$}{line}\n", "")).collect()
}

/// `text` in which nothing opens a block of Jinja; a brace alone is text to it.
fn plain(text: &str) -> String {
    text.replace('{', "{{ '{' }}")
}

/// A text of YAML, in double quotes as JSON writes it; what cannot be seen is escaped.
fn yaml(text: &str) -> String {
    super::source::escaped(&quoted(text))
}

/// A text literal of JSON, which Jinja reads alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
