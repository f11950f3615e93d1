//! `bantam score`: a card and leads in, scores out. A file becomes a Parquet file; a single lead becomes a line of JSON.
//!
//! In: `card.json` and a Parquet, CSV or Arrow IPC file, or JSON objects on stdin. Out: per lead its id, score, probability of
//! conversion and band.
//!
//! Start at [`run`]. `file` streams a table through the scorer, `columns` says which columns go in and out, `counted` adds what is
//! counted from events, `json` does single leads.
//!
//! Always true: memory does not grow with the number of leads, unless events are counted for them; a run that fails leaves no
//! half-written output.

mod columns;
mod counted;
mod file;
mod json;
mod unnamed;

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::answers::{Request, arguments};
use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::read_args::ReadArgs;
use crate::card::{first_few, in_short};
use crate::data::read::LeadError;
use crate::nearest::nearest;
use crate::score::{ColumnProblem, MAX_PROBLEMS, ScoreError, Scorer};
use crate::settings::{Config, TableInMemory};

/// Score leads with a card
///
/// A file of leads becomes a Parquet file with the id, score, probability of conversion and band of every lead. A single lead
/// typed as JSON is scored on the spot.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam score bantam-out/current/card.json leads.parquet -o scored.parquet\n  bantam score card.json leads.csv -o scored.parquet --explain --keep team,source\n  bantam score card.json leads.parquet -o scored.parquet --config bantam.toml\n  echo '{\"budget\": \"approved\", \"clicks_30d\": 4}' | bantam score card.json - --explain"
)]
pub(super) struct ScoreArgs {
    /// The card: card.json of a run folder
    #[arg(value_name = "CARD")]
    pub card: PathBuf,
    /// Leads to score, one Parquet, CSV, Excel or Arrow IPC file; `-` reads leads as JSON objects from stdin, one per line
    #[arg(value_name = "LEADS")]
    pub leads: PathBuf,
    /// Where the scores go (Parquet); with `-` they are printed
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Config that says where events are and how their columns are called: counts what the card counts from events and the leads
    /// do not have themselves
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Table of events, instead of the one in the config
    #[arg(long, value_name = "PATH", requires = "config")]
    pub events: Option<PathBuf>,
    /// Column that names the lead; the card's id column when left out, and row numbers where the card has none
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// More columns of the leads to keep beside the score, separated by commas
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Add the points of every criterion, and in words where most points were lost
    #[arg(long)]
    pub explain: bool,
    /// Score leads without a column the card reads as if every value of it were missing
    #[arg(long)]
    pub allow_missing: bool,
    /// No progress, no notes, no closing words
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Scores leads as `args` say.
///
/// # Errors
/// A [`Failure`] with its exit code: 2 for arguments that contradict each other, 3 for a card or leads that cannot be used,
/// 4 where the disk refuses.
pub(super) fn run(args: &ScoreArgs) -> Result<(), Failure> {
    let card = CardFile::read(&args.card)?;
    let scorer = Scorer::new(&card.card)
        .map_err(|error| Failure::caused(Exit::BadData, format!("cannot use {}", card.shown), &error))?
        .allow_missing_columns(args.allow_missing);
    if args.leads == Path::new("-") {
        if args.config.is_some() {
            return Err(Failure::usage(
                "events are counted for a file of leads, not for leads on stdin\nhint: leave --config out, and give the counts with the lead",
            ));
        }
        json::score_stdin(args, &card, &scorer)
    } else {
        file::score_file(args, &card, &scorer)
    }
}

/// Tables to score that are not in files.
#[derive(Debug, Clone, Default)]
pub(super) struct ScoredTables {
    pub leads: Option<TableInMemory>,
    pub events: Option<TableInMemory>,
    /// Says what events are.
    pub config: Option<Config>,
}

/// What the command comes to with these options and tables, and what it says as notes.
pub(super) fn answer(
    request: &Request,
    card: &CardFile,
    scorer: &Scorer,
) -> Result<(TableInMemory, Vec<String>), Failure> {
    let args: ScoreArgs = request.arguments()?;
    let scorer = scorer.clone().allow_missing_columns(args.allow_missing);
    let notes = RefCell::new(Vec::new());
    let tables = ScoredTables {
        leads: request.in_memory().leads,
        events: request.in_memory().events,
        config: request.config.as_ref().map(|_| request.config()).transpose()?,
    };
    let scored = file::score_table(&args, card, &scorer, &tables, &|note| notes.borrow_mut().push(note))?;
    Ok((scored, notes.into_inner()))
}

/// What one lead gets, as a line of the command's output.
pub(super) fn answer_lead(
    options: &[OsString],
    card: &CardFile,
    scorer: &Scorer,
    lead: &str,
) -> Result<String, Failure> {
    let args: ScoreArgs = arguments(options)?;
    let scorer = scorer.clone().allow_missing_columns(args.allow_missing);
    let mut line = Vec::new();
    json::score_leads(&ScoreArgs { quiet: true, ..args }, card, &scorer, lead.as_bytes(), &mut line)?;
    String::from_utf8(line).map_err(|error| Failure::internal(error.to_string()))
}

/// What is wrong with the leads, with the nearest names that are there.
///
/// - `place`: the file, or the lead's number.
/// - `names`: the columns, or the lead's keys.
pub(super) fn describe_misfit(place: &str, error: &ScoreError, names: &[&str], hint: &str) -> Failure {
    let ScoreError::Columns { problems } = error else {
        return Failure::bad_data(format!("{place}: {error}"));
    };
    let in_words = |problem: &ColumnProblem| match problem {
        ColumnProblem::Absent { column, .. } => format!("{problem}{}", did_you_mean(column, names.iter().copied())),
        ColumnProblem::WrongType { .. } | ColumnProblem::Twice { .. } => problem.to_string(),
    };
    let is_absent = |problem: &ColumnProblem| matches!(problem, ColumnProblem::Absent { .. });
    let hint = match problems.iter().any(is_absent) {
        true => hint,
        false => "\n  hint: give the column in the form it had in the leads the card was calibrated on",
    };
    let lines = first_few(problems.iter(), MAX_PROBLEMS, "\n  ", in_words);
    Failure::bad_data(format!("{place} does not fit the card\n  {lines}{hint}"))
}

/// `; did you mean `budget`?`, or nothing where no name is near.
fn did_you_mean<'a>(name: &str, there: impl Iterator<Item = &'a str>) -> String {
    let nearest: Vec<String> = nearest(name, there).into_iter().map(|name| format!("`{}`", in_short(name))).collect();
    match nearest.is_empty() {
        true => String::new(),
        false => format!("; did you mean {}?", nearest.join(" or ")),
    }
}

/// A file that cannot be read, with the right exit code.
fn unreadable(error: &LeadError) -> Failure {
    let exit = if error.is_environment() { Exit::Environment } else { Exit::BadData };
    Failure::new(exit, error.to_string())
}

/// Basis points as a share, `0.0..=1.0`.
fn share(basis_points: u32) -> f64 {
    f64::from(basis_points) / 10_000.0
}

#[cfg(test)]
mod tests;
