//! Exports: the card in the languages of other people's systems, each giving every lead exactly the engine's points.
//!
//! In: a checked [`Card`]. Out: an [`Export`]: files in memory, what whoever installs them has to know, and how the golden rows
//! are run through them. Start at [`export`].
//!
//! `columns` says what a card reads and renames it, `maps` what its rules over text need, `readings` what form a column must
//! arrive in, `names` makes identifiers of any text, `spellings` lists the ways Unicode has
//! to write one text, `curve` shortens the curve to its steps, `pairs` gives the two answers of a pair codes, `known` says when to ask first, `source` writes the card into program texts; each other module is one
//! target. `xlsx` is also where the workbook of a run takes the sheets from that need nothing but the card.
//!
//! Always true: numbers and texts of the card reach a target exactly or the export is refused; every text is hostile and is
//! escaped by the rules of its target; the same card and options give the same bytes; every export carries the golden rows.

mod columns;
mod csv;
mod curve;
mod dataverse;
mod dbt;
mod formula;
mod hubspot;
mod javascript;
mod json;
mod known;
pub(crate) mod maps;
mod marketo;
mod names;
mod onnx;
mod pairs;
mod pmml;
mod python;
mod readings;
mod salesforce;
mod source;
mod spellings;
mod sql;
// The workbook of a run takes what the exported one has no use for.
#[cfg_attr(not(feature = "engine"), allow(dead_code))]
pub(crate) mod xlsx;

pub use columns::{ColumnNames, rename_columns};
pub use maps::forms_of_mapped_columns;
#[cfg(feature = "engine")]
pub(crate) use sql::Table as TableName;
pub use sql::{Dialect, Form, SqlOptions};

use crate::card::{Card, in_short};

/// Where a card is to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The card itself.
    Json,
    /// The points as a table.
    Csv,
    /// A database.
    Sql(SqlOptions),
    /// A dbt model with its unit tests.
    Dbt {
        /// The database behind dbt.
        dialect: Dialect,
        /// Model or source with one row per lead.
        table: String,
    },
    /// A PMML 4.4 Scorecard.
    Pmml,
    /// An ONNX graph.
    Onnx,
    /// A workbook.
    Xlsx,
    /// An ES module with its types.
    Javascript,
    /// A Python module.
    Python,
    /// Formula fields of Salesforce.
    Salesforce,
    /// Calculation properties of HubSpot.
    Hubspot,
    /// Formula columns of Dataverse (Dynamics 365).
    Dataverse,
    /// What is typed into Marketo, and scores to import.
    Marketo,
}

/// One exported card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What is written, and where.
    pub layout: Layout,
    /// How the golden rows are run through what was written.
    pub proof: Proof,
    /// What whoever installs it has to know, one sentence each.
    pub notes: Vec<String>,
}

/// The files of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// One file at the path the user names, and perhaps others beside it.
    File {
        /// Content of the file.
        bytes: Vec<u8>,
        /// Files that take its name with another ending.
        companions: Vec<Companion>,
    },
    /// A folder at the path the user names: path within it, with `/`, and content.
    Folder(Vec<(String, Vec<u8>)>),
}

/// A file beside the main one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// What stands in place of the main file's ending: `.verify.sql` makes `card.verify.sql` of `card.sql`.
    pub ending: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// How the golden rows are run through an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// They were: the bytes were read back and scored while they were made.
    Done,
    /// A program over the written files. It is right when it ends with 0 and prints nothing; what it prints are rows that differ.
    Program {
        /// Name of the program, looked up on the path.
        program: &'static str,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// No program of this machine can: what to do in the system that runs it, as a sentence.
    ByHand(String),
}

/// An argument of a [`Proof::Program`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// As it stands.
    Text(&'static str),
    /// Path of the main file, or of the folder.
    Main,
    /// Path of the companion with this ending.
    Companion(&'static str),
}

/// Why a card cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The target has no way to hold something of the card.
    #[error("{target} cannot hold this card: {problem}\nhint: {hint}")]
    Unsupported {
        /// The target, as a person calls it.
        target: &'static str,
        /// What does not fit, and where.
        problem: String,
        /// What helps.
        hint: String,
    },
    /// A column to rename that the card does not read, or a name that is taken.
    #[error("--column {column}={name}: {problem}")]
    Column {
        /// Column of the card.
        column: String,
        /// Its name in the target.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// What was made does not score the golden rows right. A fault of ours.
    #[error("the export does not give the golden rows their points: {0}")]
    Wrong(String),
}

/// Writes `card` for `target`.
///
/// # Errors
/// [`ExportError`] when the target cannot hold the card exactly.
pub fn export(card: &Card, target: &Target) -> Result<Export, ExportError> {
    let read = card_for(card, target, &ColumnNames::default())?;
    let mut exported = made_for(&read, target)?;
    exported.notes.extend(target.without_grades(card));
    if *target != Target::Json {
        exported.notes.extend(readings::forms_to_arrive_in(&read));
        exported.notes.extend(forms_of_mapped_columns(card, &read));
    }
    Ok(exported)
}

/// The card as `target` reads it: its columns under other names, and a column of answers in place of a text that the target cannot
/// look into.
///
/// # Errors
/// [`ExportError::Column`] as for [`rename_columns`].
pub fn card_for(card: &Card, target: &Target, names: &ColumnNames) -> Result<Card, ExportError> {
    let read = if target.looks_into_texts() { card.clone() } else { maps::with_mapped_columns(card) };
    let mut read = if names.columns.is_empty() { read } else { rename_columns(&read, &names.columns)? };
    if names.id.is_some() {
        read.id_column.clone_from(&names.id);
    }
    Ok(read)
}

impl Target {
    /// Whether there is a way to look at two answers at once.
    fn looks_at_two_answers(&self) -> bool {
        !matches!(self, Self::Marketo)
    }

    /// Says that a card's grades are not in the export, where there is no room for them.
    fn without_grades(&self, card: &Card) -> Option<String> {
        let what = match self {
            Self::Json | Self::Dbt { .. } | Self::Javascript | Self::Python => return None,
            Self::Sql(SqlOptions { form: Form::View | Form::Statement, .. }) => return None,
            Self::Sql(SqlOptions { form: Form::Expression, .. }) => "the expression gives the score alone",
            Self::Csv => "the table has points and no grades",
            Self::Pmml => "PMML gives one score",
            Self::Onnx => "the model gives one score",
            Self::Xlsx => "the workbook gives one score",
            Self::Salesforce | Self::Hubspot | Self::Dataverse | Self::Marketo => "this export gives one score",
        };
        let [rows, columns] = card.grades.as_ref()?.axes();
        Some(format!(
            "{what}: the card's grades by {} and {} are not in it; `bantam score` and the exports json, sql, dbt, javascript and \
             python have them",
            in_short(&rows.group),
            in_short(&columns.group)
        ))
    }

    /// Whether the rules of a text map work there.
    fn looks_into_texts(&self) -> bool {
        match self {
            Self::Json | Self::Sql(_) | Self::Dbt { .. } | Self::Javascript | Self::Python => true,
            Self::Csv
            | Self::Pmml
            | Self::Onnx
            | Self::Xlsx
            | Self::Salesforce
            | Self::Hubspot
            | Self::Dataverse
            | Self::Marketo => false,
        }
    }
}

fn made_for(card: &Card, target: &Target) -> Result<Export, ExportError> {
    if let Some(pair) = card.criteria.iter().find(|criterion| criterion.is_pair() && !target.looks_at_two_answers()) {
        let problem = format!(
            "`{}` looks at two answers at once, and a choice of a Marketo flow looks at one field",
            in_short(&pair.name)
        );
        let hint = "score with `bantam score` and import the scores, or calibrate with `pairs = 0` under [points]";
        return Err(ExportError::unsupported("marketo", problem, hint));
    }
    match target {
        Target::Json => json::export(card),
        Target::Csv => csv::export(card),
        Target::Sql(options) => sql::export(card, options),
        Target::Dbt { dialect, table } => dbt::export(card, *dialect, table),
        Target::Pmml => pmml::export(card),
        Target::Onnx => onnx::export(card),
        Target::Xlsx => xlsx::export(card),
        Target::Javascript => Ok(javascript::export(card)),
        Target::Python => Ok(python::export(card)),
        Target::Salesforce => salesforce::export(card),
        Target::Hubspot => hubspot::export(card),
        Target::Dataverse => dataverse::export(card),
        Target::Marketo => marketo::export(card),
    }
}

impl Export {
    /// A file and its companions: ending and content of each.
    fn file(bytes: impl Into<Vec<u8>>, companions: &[(&'static str, &str)], proof: Proof, notes: Vec<String>) -> Self {
        let companion = |&(ending, text): &(&'static str, &str)| Companion { ending, bytes: text.as_bytes().to_vec() };
        let companions = companions.iter().map(companion).collect();
        Self { layout: Layout::File { bytes: bytes.into(), companions }, proof, notes }
    }
}

impl ExportError {
    /// Something of the card that `target` cannot hold.
    fn unsupported(target: &'static str, problem: String, hint: &str) -> Self {
        Self::Unsupported { target, problem, hint: hint.to_owned() }
    }

    /// What we made is wrong.
    fn wrong(error: impl std::fmt::Display) -> Self {
        Self::Wrong(error.to_string())
    }
}

/// Sentences that are always said.
fn sentences<const N: usize>(said: [&str; N]) -> Vec<String> {
    said.map(str::to_owned).to_vec()
}

/// A sentence that is said where it is so.
fn note_if(notes: &mut Vec<String>, is_so: bool, sentence: &str) {
    notes.extend(is_so.then(|| sentence.to_owned()));
}
