//! `bantam calibrate`: from past leads to a run folder with the card, honest metrics, and everything to judge it by.

use std::path::{Path, PathBuf};

use super::bar::progress;
use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::input::{FitArgs, InputArgs};
use super::{Format, print};
use crate::calibrate::{CalibrateError, calibrate};
use crate::cross_fit::{CrossFitError, NO_BETTER};
use crate::data::champion::ChampionCard;
use crate::data::dataset::{IntakeError, read_dataset};
use crate::data::read::InputFile;
use crate::report::{RunParts, summary};
use crate::runs::{RunError, RunFolder, WriteRunError, WrittenRun, write_run};

/// Learn a card of whole points from past leads
///
/// Reads the leads, fits and judges a card, and writes it with everything measured to a folder of its own:
/// bantam-out/runs/ID, with bantam-out/current leading to the latest.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam calibrate leads.parquet --converted won\n  bantam calibrate bantam.toml\n  bantam calibrate leads.csv --converted stage --converted-value Won --folds random:5"
)]
pub(super) struct CalibrateArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    fit: FitArgs,
    /// Folder that holds all runs
    #[arg(short, long, value_name = "FOLDER", default_value = "bantam-out")]
    out: PathBuf,
    /// What goes to stdout: the summary for people, or metrics.json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// No progress, no summary
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`] with the exit code and what helps.
pub(super) fn run(args: &CalibrateArgs) -> Result<(), Failure> {
    let mut settings = args.input.settings(Some(&args.fit))?;
    // The folder first: a mistyped or read-only one costs a second, not the run.
    let folder = RunFolder::stage(&args.out).map_err(|error| run_failure(&error))?;
    let mut progress = progress(args.quiet);
    let champion = settings.champion.card.as_deref().map(read_champion).transpose()?;
    let data = read_dataset(&mut settings, champion, &mut progress).map_err(|error| {
        progress.finish();
        intake_failure(&error)
    })?;
    let calibrated = calibrate(data, &settings, &mut progress).map_err(|error| {
        progress.finish();
        calibrate_failure(&error)
    })?;
    let written = progress.stage("write", || write_run(folder, &calibrated));
    progress.finish();
    let WrittenRun { finished, card, metrics } = written.map_err(|error| write_failure(&error))?;
    if let Some(note) = &finished.note {
        eprintln!("note: {}", note.text);
    }
    match args.format {
        _ if args.quiet => {}
        Format::Json => print(&metrics.to_json().map_err(|error| write_failure(&WriteRunError::Metrics(error)))?),
        Format::Text => {
            let parts = RunParts {
                card: &card,
                metrics: &metrics,
                frontier: &calibrated.frontier,
                policies: &calibrated.policies,
                folder: Some(&finished.current),
            };
            print(&summary(&parts));
        }
    }
    if metrics.out_of_fold.is_no_better_than_the_rate() {
        return Err(Failure::new(
            Exit::GateFailed,
            format!("{NO_BETTER}\nhint: add criteria or history; the run is kept in {}", finished.current.display()),
        ));
    }
    Ok(())
}

/// The card in use, and its file as an input of the run.
fn read_champion(path: &Path) -> Result<ChampionCard, Failure> {
    let CardFile { card, shown, sha256, n_bytes } = CardFile::read(path)?;
    let n_rows = card.n_rows() as u64;
    Ok(ChampionCard { card, file: InputFile { path: shown, table: "champion".to_owned(), sha256, n_bytes, n_rows } })
}

fn run_failure(error: &RunError) -> Failure {
    Failure::caused(Exit::Environment, "cannot write the results", error)
}

fn write_failure(error: &WriteRunError) -> Failure {
    match error {
        WriteRunError::Folder(error) => run_failure(error),
        WriteRunError::Card(cause) => Failure::caused(Exit::Internal, error.to_string(), cause),
        WriteRunError::Workbook(cause) => Failure::caused(Exit::Internal, error.to_string(), cause),
        WriteRunError::Metrics(cause) => Failure::caused(Exit::Internal, error.to_string(), cause),
    }
}

/// Data that cannot be used, in the words of the stage that met it.
pub(super) fn intake_failure(error: &IntakeError) -> Failure {
    let outer = match error {
        IntakeError::Leads(_) => "cannot read the data",
        IntakeError::Labels(_) => "cannot tell which leads converted",
        IntakeError::Features(_) => "cannot make the criteria",
        IntakeError::Champion(_) => "cannot hold the champion against the new card",
    };
    Failure::caused(intake_exit(error), outer, error)
}

/// Whether the data or the machine is to blame.
pub(super) fn intake_exit(error: &IntakeError) -> Exit {
    match error {
        IntakeError::Leads(error) if error.is_environment() => Exit::Environment,
        _ => Exit::BadData,
    }
}

fn calibrate_failure(error: &CalibrateError) -> Failure {
    match error {
        CalibrateError::CrossFit(CrossFitError::Folds(_)) => {
            Failure::caused(Exit::BadData, "cannot make the folds", error)
        }
        CalibrateError::CrossFit(CrossFitError::Overrides(_)) => {
            Failure::caused(Exit::Usage, "cannot set points by hand", error)
        }
        CalibrateError::Frontier(_) => Failure::caused(Exit::Usage, "cannot apply policies and bands", error),
        CalibrateError::CrossFit(_) | CalibrateError::Fit(_) => {
            Failure::caused(Exit::BadData, "cannot make a card", error)
        }
    }
}
