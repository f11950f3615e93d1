//! `bantam calibrate`: from past leads to a run folder with the card, honest metrics, and everything to judge it by.

use std::path::{Path, PathBuf};

use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::input::{FitArgs, InputArgs};
use super::{Format, print};
use crate::analyses::champion::ChampionCard;
use crate::calibrate::record::Metrics;
use crate::calibrate::{CalibrateError, Calibrated, ENGINE, NO_BETTER, calibrate};
use crate::card::{Card, render};
use crate::data::dataset::{IntakeError, prepare};
use crate::data::read::InputFile;
use crate::decide::frontier::{write_frontier, write_histogram, write_out_of_fold};
use crate::progress::Progress;
use crate::report::{RunParts, charts, page, summary, workbook};
use crate::runs::{FinishedRun, RunError, RunFolder, run_id, sha256_hex};

/// Learn a card of whole points from past leads
///
/// Reads the leads, fits and judges a card, and writes it with everything measured to a folder of its own:
/// bantam-out/runs/ID, with bantam-out/current leading to the latest.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam calibrate leads.parquet --converted won\n  bantam calibrate bantam.toml\n  bantam calibrate leads.csv --converted stage --converted-value Won --folds random:5"
)]
pub struct CalibrateArgs {
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
pub fn run(args: &CalibrateArgs) -> Result<(), Failure> {
    let mut settings = args.input.settings(Some(&args.fit))?;
    // The folder first: a mistyped or read-only one costs a second, not the run.
    let folder = RunFolder::stage(&args.out).map_err(|error| run_failure(&error))?;
    let mut progress = if args.quiet { Progress::hidden() } else { Progress::on_stderr() };
    let champion = settings.champion.card.as_deref().map(read_champion).transpose()?;
    let prepared = prepare(&mut settings.config, champion, &mut progress).map_err(|error| {
        progress.finish();
        intake_failure(&error)
    })?;
    let id = run_id(&prepared.data_sha256, &prepared.config_sha256, ENGINE);
    let calibrated = calibrate(prepared, &settings, &mut progress);
    let calibrated = calibrated.map_err(|error| {
        progress.finish();
        calibrate_failure(&error)
    })?;
    let written = progress.stage("write", || write_run(folder, &calibrated, &id));
    progress.finish();
    let (finished, card, metrics) = written?;
    if let Some(note) = &finished.note {
        eprintln!("note: {}", note.text);
    }
    match args.format {
        _ if args.quiet => {}
        Format::Json => print(&to_json(&metrics)?),
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

/// Writes every file of the run; gives the card read back from its own file, and the metrics as written.
fn write_run(
    mut folder: RunFolder,
    calibrated: &Calibrated,
    id: &str,
) -> Result<(FinishedRun, Card, Metrics), Failure> {
    let failed = |error: RunError| run_failure(&error);
    let json = calibrated.card.to_json();
    let card_sha256 = sha256_hex(json.as_bytes());
    // From here on the card is the one on disk: a card that does not read back is not shipped.
    let card = Card::from_json(&json)
        .map_err(|error| Failure::caused(Exit::Internal, "the new card does not pass its own checks", &error))?;
    folder.write("card.json", json.as_bytes()).map_err(failed)?;
    folder.write("card.txt", render(&card).as_bytes()).map_err(failed)?;
    let note = folder
        .write_with("out_of_fold.parquet", |sink| write_out_of_fold(&calibrated.out_of_fold, sink, &card_sha256))
        .map_err(failed)?;
    folder
        .write_with("histogram.parquet", |sink| write_histogram(&calibrated.histogram, sink, &card_sha256))
        .map_err(failed)?;
    folder
        .write_with("frontier.parquet", |sink| {
            let odds = calibrated.metrics.untouched.as_ref().map(|untouched| untouched.thresholds.as_slice());
            write_frontier(&calibrated.frontier, odds, sink, &card_sha256)
        })
        .map_err(failed)?;
    let mut metrics = calibrated.metrics.clone();
    metrics.notes.extend(note);
    write_report(&mut folder, &card, &metrics, calibrated)?;
    let timeless = Metrics { seconds: Vec::new(), ..metrics.clone() };
    folder
        .write_timed("metrics.json", to_json(&metrics)?.as_bytes(), to_json(&timeless)?.as_bytes())
        .map_err(failed)?;
    let finished = folder.finish(id, &metrics.inputs).map_err(failed)?;
    Ok((finished, card, metrics))
}

/// Writes what people open: the page, the workbook, and the pictures.
fn write_report(
    folder: &mut RunFolder,
    card: &Card,
    metrics: &Metrics,
    calibrated: &Calibrated,
) -> Result<(), Failure> {
    let failed = |error: RunError| run_failure(&error);
    let parts =
        RunParts { card, metrics, frontier: &calibrated.frontier, policies: &calibrated.policies, folder: None };
    folder.write("report.html", page(&parts).as_bytes()).map_err(failed)?;
    let workbook =
        workbook(&parts).map_err(|error| Failure::caused(Exit::Internal, "scorecard.xlsx cannot be made", &error))?;
    folder.write("scorecard.xlsx", &workbook).map_err(failed)?;
    for chart in charts::all(&parts) {
        folder.write(&format!("charts/{}.svg", chart.name), chart.to_svg_file().as_bytes()).map_err(failed)?;
        folder.write(&format!("charts/{}.vl.json", chart.name), chart.to_vega_file().as_bytes()).map_err(failed)?;
    }
    Ok(())
}

fn to_json(metrics: &Metrics) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(metrics);
    json.map(|json| json + "\n").map_err(|error| Failure::caused(Exit::Internal, "metrics.json cannot be made", &error))
}

fn run_failure(error: &RunError) -> Failure {
    Failure::caused(Exit::Environment, "cannot write the results", error)
}

/// Data that cannot be used, in the words of the stage that met it.
pub fn intake_failure(error: &IntakeError) -> Failure {
    let outer = match error {
        IntakeError::Leads(_) => "cannot read the data",
        IntakeError::Labels(_) => "cannot tell which leads converted",
        IntakeError::Features(_) => "cannot make the criteria",
        IntakeError::Champion(_) => "cannot hold the champion against the new card",
    };
    Failure::caused(intake_exit(error), outer, error)
}

/// Whether the data or the machine is to blame.
pub fn intake_exit(error: &IntakeError) -> Exit {
    match error {
        IntakeError::Leads(error) if error.is_environment() => Exit::Environment,
        _ => Exit::BadData,
    }
}

fn calibrate_failure(error: &CalibrateError) -> Failure {
    match error {
        CalibrateError::Folds(_) => Failure::caused(Exit::BadData, "cannot make the folds", error),
        CalibrateError::Frontier(_) => Failure::caused(Exit::Usage, "cannot apply policies and bands", error),
        CalibrateError::Overrides(_) => Failure::caused(Exit::Usage, "cannot set points by hand", error),
        CalibrateError::Fit(_)
        | CalibrateError::NoCriteria
        | CalibrateError::OneOutcomeJudged { .. }
        | CalibrateError::NothingToTell { .. } => Failure::caused(Exit::BadData, "cannot make a card", error),
    }
}
