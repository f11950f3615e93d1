//! `bantam calibrate`: from past leads to a run folder with the card, honest metrics, and everything to judge it by.

use std::path::{Path, PathBuf};

use super::answers::Request;
use super::bar::progress;
use super::card_file::CardFile;
#[cfg(feature = "adbc")]
use super::connect::ConnectArgs;
use super::exit::{Exit, Failure};
use super::input::{FitArgs, InputArgs};
use super::{Format, RUNS, print};
use crate::calibrate::{CalibrateError, Calibrated, CardVerdict, UseIt, VerdictReason, calibrate, calibrate_card};
use crate::card::Card;
use crate::cross_fit::CrossFitError;
use crate::data::champion::ChampionCard;
use crate::data::dataset::{Dataset, IntakeError, read_dataset};
use crate::progress::Progress;
use crate::report::{RunParts, summary};
use crate::runs::{RunFolder, WriteRunError, WrittenRun, write_run};
use crate::settings::Settings;
use crate::warehouse::{WarehouseError, read_counted, read_patterns};

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
    /// What a warehouse counted by the statements of `bantam sql`, in place of the leads
    #[arg(long, value_name = "FOLDER")]
    patterns: Option<PathBuf>,
    #[cfg(feature = "adbc")]
    #[command(flatten)]
    connect: ConnectArgs,
    /// Folder that holds all runs
    #[arg(short, long, value_name = "FOLDER", default_value = RUNS)]
    out: PathBuf,
    /// What goes to stdout: the summary for people, or metrics.json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// No progress, no summary; JSON is printed all the same
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn run(args: &CalibrateArgs) -> Result<(), Failure> {
    let mut settings = args.input.settings(Some(&args.fit))?;
    // The folder first: a mistyped or read-only one costs a second, not the run.
    let folder = RunFolder::stage(&args.out).map_err(WriteRunError::from)?;
    let mut progress = progress(args.quiet);
    let champion = settings.champion.card.as_deref().map(read_champion).transpose()?;
    #[cfg(feature = "adbc")]
    let connected = args.connect.read(&settings, champion.clone(), &mut progress)?;
    #[cfg(not(feature = "adbc"))]
    let connected = None;
    let data = match connected {
        Some(data) => data,
        None => read_history(&mut settings, args.patterns.as_deref(), champion, &mut progress)?,
    };
    let calibrated = calibrate(data, &settings, &mut progress)?;
    let WrittenRun { finished, card, metrics } = progress.stage("write", || write_run(folder, &calibrated))?;
    drop(progress);
    if let Some(note) = &finished.note {
        eprintln!("note: {}", note.text);
    }
    match args.format {
        Format::Json => {
            let json = metrics.to_json();
            print(&json.map_err(|error| Failure::caused(Exit::Internal, "metrics.json cannot be made", &error))?);
        }
        Format::Text if args.quiet => {}
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
    gate(&metrics.verdict, &finished.current)
}

/// Options of a calibration without those of the terminal.
#[derive(Debug, Clone, clap::Args)]
struct CalibrationArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    fit: FitArgs,
}

/// What the command comes to with these options and tables; nothing is written.
pub(super) fn answer(
    request: &Request,
    champion: Option<CardFile>,
    progress: &mut Progress,
) -> Result<Calibrated, Failure> {
    let (mut settings, champion) = settings_of(request, champion)?;
    let data = read_history(&mut settings, None, champion, progress)?;
    Ok(calibrate(data, &settings, progress)?)
}

/// The card alone, as [`answer`] would make it, without what is said beside it.
pub(super) fn answer_card(request: &Request, progress: &mut Progress) -> Result<Card, Failure> {
    let (mut settings, champion) = settings_of(request, None)?;
    let data = read_history(&mut settings, None, champion, progress)?;
    Ok(calibrate_card(data, &settings, progress)?)
}

/// The leads, or their counts where the config has a warehouse.
fn read_history(
    settings: &mut Settings,
    patterns: Option<&Path>,
    champion: Option<ChampionCard>,
    progress: &mut Progress,
) -> Result<Dataset, Failure> {
    match patterns {
        Some(folder) => Ok(read_patterns(folder, settings, champion, progress)?),
        None if settings.warehouse.is_some() => Ok(read_counted(settings, champion, progress)?),
        None => Ok(read_dataset(settings, champion, progress)?),
    }
}

fn settings_of(request: &Request, champion: Option<CardFile>) -> Result<(Settings, Option<ChampionCard>), Failure> {
    let args: CalibrationArgs = request.arguments()?;
    let mut config = request.config()?;
    args.input.apply(&mut config, Some(&args.fit))?;
    if let Some(champion) = &champion {
        config.champion.card = Some(champion.shown.clone().into());
    }
    let settings = request.settings(config.check_to_guess())?;
    let champion = match champion {
        Some(file) => Some(ChampionCard { file: file.as_input(), card: file.card }),
        None => settings.champion.card.as_deref().map(read_champion).transpose()?,
    };
    Ok((settings, champion))
}

/// A card that is not to be used is kept, and the command fails.
fn gate(verdict: &CardVerdict, folder: &Path) -> Result<(), Failure> {
    let gravest = verdict.reasons.first().filter(|reason| reason.makes_it == UseIt::DoNotUse);
    gravest.map_or(Ok(()), |VerdictReason { found, hint, .. }| {
        let kept = folder.display();
        Err(Failure::new(
            Exit::GateFailed,
            format!("do not use this card: {found}\nhint: {hint}; the run is kept in {kept}"),
        ))
    })
}

/// The card in use, and its file as an input of the run.
fn read_champion(path: &Path) -> Result<ChampionCard, Failure> {
    let file = CardFile::read(path)?;
    Ok(ChampionCard { file: file.as_input(), card: file.card })
}

impl From<WriteRunError> for Failure {
    fn from(error: WriteRunError) -> Self {
        match &error {
            WriteRunError::Folder(error) => Self::caused(Exit::Environment, "cannot write the results", error),
            WriteRunError::Content(sentence, cause) => Self::caused(Exit::Internal, *sentence, cause.as_ref()),
        }
    }
}

/// Data that cannot be used, in the words of the stage that met it.
impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        let outer = match &error {
            IntakeError::Leads(_) => "cannot read the data",
            IntakeError::Labels(_) | IntakeError::Outcome(_) => "cannot tell which leads converted",
            IntakeError::Features(_) => "cannot make the criteria",
            IntakeError::Champion(_) => "cannot hold the champion against the new card",
        };
        Self::caused(intake_exit(&error), outer, &error)
    }
}

/// Counts that cannot be made or used.
impl From<WarehouseError> for Failure {
    fn from(error: WarehouseError) -> Self {
        match error {
            WarehouseError::Intake(error) => error.into(),
            WarehouseError::Read(error) => IntakeError::Leads(error).into(),
            WarehouseError::NotAsked | WarehouseError::Types(_) | WarehouseError::Dialect(_) => {
                Self::caused(Exit::Usage, "the config cannot be used for a warehouse", &error)
            }
            WarehouseError::Connection { .. } => {
                Self::caused(Exit::Environment, "the warehouse cannot count the leads", &error)
            }
            WarehouseError::Data(_) => Self::caused(Exit::BadData, "the leads cannot be counted", &error),
            WarehouseError::Contract { .. } => Self::caused(Exit::BadData, "the patterns cannot be used", &error),
        }
    }
}

/// Whether the data or the machine is to blame.
pub(super) fn intake_exit(error: &IntakeError) -> Exit {
    match error {
        IntakeError::Leads(error) if error.is_environment() => Exit::Environment,
        IntakeError::Outcome(_) => Exit::Usage,
        _ => Exit::BadData,
    }
}

impl From<CalibrateError> for Failure {
    fn from(error: CalibrateError) -> Self {
        let (exit, outer) = match &error {
            CalibrateError::CrossFit(CrossFitError::Folds(_)) => (Exit::BadData, "cannot make the folds"),
            CalibrateError::CrossFit(CrossFitError::Overrides(_)) => (Exit::Usage, "cannot set points by hand"),
            CalibrateError::Frontier(_) => (Exit::Usage, "cannot apply policies and bands"),
            CalibrateError::CrossFit(_) | CalibrateError::Fit(_) => (Exit::BadData, "cannot make a card"),
        };
        Self::caused(exit, outer, &error)
    }
}
