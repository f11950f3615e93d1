//! `bantam export`: a card in, files for another system out, and the golden rows run through them.
//!
//! Start at [`run`]. `write` puts files in place, `verify` runs the golden rows through what was written.
//!
//! Always true: nothing is written of an export that fails; a file is replaced in one step.

mod verify;
mod write;

pub(super) use write::put;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use super::answers::{Exported, arguments};
use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::print;
use crate::card::Card;
use crate::export::{
    ColumnNames, Dialect, Export, Form, Layout, SqlOptions, Target, card_for, export, forms_of_mapped_columns,
};

/// Write a card in the language of another system
///
/// Every export gives each lead exactly the points that bantam gives it, and carries made-up leads with their points that prove
/// it.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam export bantam-out/current/card.json --to csv -o points.csv\n  bantam export bantam-out/current/card.json --to python -o card.py --verify\n  bantam export bantam-out/current/card.json --to sql --dialect duckdb --table crm.leads -o scores.sql"
)]
pub(super) struct ExportArgs {
    /// The card: card.json of a run folder
    #[arg(value_name = "CARD")]
    card: PathBuf,
    /// Where the card is to work
    #[arg(long, value_name = "TARGET")]
    to: To,
    /// The file to write (for some targets a folder); printed when left out
    #[arg(short, long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// The database, with --to sql and --to dbt [default: postgres]
    #[arg(long, value_name = "DATABASE")]
    dialect: Option<DialectName>,
    /// What the SQL is part of, with --to sql [default: view]
    #[arg(long, value_name = "FORM")]
    form: Option<FormName>,
    /// Table with one row per lead, with --to sql and --to dbt [default: leads]
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Column that names the lead there; the card's id column when left out
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// A column of the card is called otherwise there; may be given several times
    #[arg(long = "column", value_name = "COLUMN=NAME", value_parser = parse_pair)]
    columns: Vec<(String, String)>,
    /// Run the made-up leads through what was written, in the program that will use it
    #[arg(long, requires = "out")]
    verify: bool,
    /// No notes, no closing words
    #[arg(short, long)]
    quiet: bool,
}

/// What the user types after `--to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum To {
    /// The card itself
    Json,
    /// The points as a table
    Csv,
    /// A view, a statement or an expression for a database: --dialect, --form, --table
    Sql,
    /// A dbt model with unit tests: --dialect, --table
    Dbt,
    /// A PMML 4.4 Scorecard
    Pmml,
    /// An ONNX graph
    Onnx,
    /// A workbook that scores many leads
    Xlsx,
    /// An ES module with its types
    Javascript,
    /// One Python file
    Python,
    /// Formula fields for Salesforce
    Salesforce,
    /// Calculation properties for HubSpot
    Hubspot,
    /// Formula columns for Dataverse (Dynamics 365)
    Dataverse,
    /// A build sheet and a score file for Marketo
    Marketo,
}

/// What the user types after `--dialect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum DialectName {
    Postgres,
    Duckdb,
    Sqlite,
    Snowflake,
    Bigquery,
    Spark,
}

/// What the user types after `--form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormName {
    /// The score alone, over the columns of a lead
    Expression,
    /// A view: id, points per criterion, score, probability, band, reasons
    View,
    /// The same as one SELECT
    Statement,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`] with its exit code: 1 when the golden rows differ, 2 for arguments that make no sense, 3 for a card that cannot
/// be used or exported, 4 where the disk refuses or a program is not there.
pub(super) fn run(args: &ExportArgs) -> Result<(), Failure> {
    let file = CardFile::read(&args.card)?;
    let (exported, card) = args.export(&file)?;
    match &args.out {
        Some(out) => {
            let written = write::write(&exported, out)?;
            if !args.quiet {
                say(&exported, &written);
            }
            if args.verify {
                let proved = verify::verify(&exported.proof, out, card.golden.len())?;
                if !args.quiet {
                    eprintln!("{proved}");
                }
            }
        }
        None => print(printable(&exported)?),
    }
    Ok(())
}

/// What the command comes to with these options: the text where no file is named, and what has to be known.
pub(super) fn answer(options: &[OsString], file: &CardFile) -> Result<Exported, Failure> {
    let args: ExportArgs = arguments(options)?;
    let (exported, card) = args.export(file)?;
    let Some(out) = &args.out else {
        let text = Some(printable(&exported)?.to_owned());
        return Ok(Exported { text, files: Vec::new(), notes: exported.notes });
    };
    let written = write::write(&exported, out)?;
    let mut notes = exported.notes;
    if args.verify {
        notes.push(verify::verify(&exported.proof, out, card.golden.len())?);
    }
    Ok(Exported { text: None, files: written, notes })
}

impl ExportArgs {
    /// The files, and the card with the names of the other system.
    fn export(&self, file: &CardFile) -> Result<(Export, Card), Failure> {
        let args = self;
        let target = args.target()?;
        let names = ColumnNames { columns: args.columns.iter().cloned().collect(), id: args.id.clone() };
        let card = card_for(&file.card, &target, &names).map_err(|error| Failure::usage(error.to_string()))?;
        let mut exported = export(&card, &target)
            .map_err(|error| Failure::caused(Exit::BadData, format!("cannot export {}", file.shown), &error))?;
        exported.notes.extend(forms_of_mapped_columns(&file.card, &card));
        Ok((exported, card))
    }

    /// The target with its options.
    ///
    /// # Errors
    /// A usage [`Failure`] for an option that the target has no use for.
    fn target(&self) -> Result<Target, Failure> {
        let is_in_sql = matches!(self.to, To::Sql | To::Dbt);
        let given = [
            ("--dialect", self.dialect.is_some(), is_in_sql),
            ("--table", self.table.is_some(), is_in_sql),
            ("--form", self.form.is_some(), self.to == To::Sql),
        ];
        if let Some((option, ..)) = given.iter().find(|(_, is_given, is_used)| *is_given && !is_used) {
            let target = self.to.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned());
            return Err(Failure::usage(format!("`{option}` says nothing to `--to {target}`\nhint: leave it out")));
        }
        let dialect = self.dialect.unwrap_or(DialectName::Postgres).into();
        let table = self.table.clone().unwrap_or_else(|| "leads".to_owned());
        Ok(match self.to {
            To::Json => Target::Json,
            To::Csv => Target::Csv,
            To::Sql => Target::Sql(SqlOptions { dialect, form: self.form.unwrap_or(FormName::View).into(), table }),
            To::Dbt => Target::Dbt { dialect, table },
            To::Pmml => Target::Pmml,
            To::Onnx => Target::Onnx,
            To::Xlsx => Target::Xlsx,
            To::Javascript => Target::Javascript,
            To::Python => Target::Python,
            To::Salesforce => Target::Salesforce,
            To::Hubspot => Target::Hubspot,
            To::Dataverse => Target::Dataverse,
            To::Marketo => Target::Marketo,
        })
    }
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Postgres => Self::Postgres,
            DialectName::Duckdb => Self::Duckdb,
            DialectName::Sqlite => Self::Sqlite,
            DialectName::Snowflake => Self::Snowflake,
            DialectName::Bigquery => Self::Bigquery,
            DialectName::Spark => Self::Spark,
        }
    }
}

impl From<FormName> for Form {
    fn from(name: FormName) -> Self {
        match name {
            FormName::Expression => Self::Expression,
            FormName::View => Self::View,
            FormName::Statement => Self::Statement,
        }
    }
}

/// `COLUMN=NAME`, split at the last equals sign.
fn parse_pair(text: &str) -> Result<(String, String), String> {
    let pair = text.rsplit_once('=').filter(|(column, name)| !column.is_empty() && !name.trim().is_empty());
    pair.map(|(column, name)| (column.to_owned(), name.to_owned()))
        .ok_or_else(|| "write the column of the card, =, and its name there: budget=Budget__c".to_owned())
}

/// What was written and what has to be known, on stderr.
fn say(exported: &Export, written: &[PathBuf]) {
    for path in written {
        eprintln!("wrote {}", path.display());
    }
    for note in &exported.notes {
        eprintln!("note: {note}");
    }
}

/// The one text file of an export that is not written anywhere.
fn printable(exported: &Export) -> Result<&str, Failure> {
    match &exported.layout {
        Layout::File { bytes, .. } => std::str::from_utf8(bytes)
            .map_err(|_| Failure::usage("this export is no text\nhint: name the file to write with -o")),
        Layout::Folder(_) => {
            Err(Failure::usage("this export is several files\nhint: name the folder to write with -o"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_column_is_two_names() {
        assert_eq!(parse_pair("budget=Budget__c"), Ok(("budget".to_owned(), "Budget__c".to_owned())));
        assert_eq!(parse_pair("a=b=c"), Ok(("a=b".to_owned(), "c".to_owned())));
        for wrong in ["budget", "=x", "budget= "] {
            assert!(parse_pair(wrong).is_err(), "{wrong}");
        }
    }
}
