//! What the commands come to, for programs that show it themselves: the same options, words and errors, nothing printed.
//!
//! In: a [`Request`], options as they are typed and tables that may be in memory. Out: values.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use clap::Parser;

pub use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::input::{is_config, load_config, refuse_settings};
use super::{calibrate, check, compare, export, feedback, monitor, score};
use crate::calibrate::Calibrated;
use crate::calibrate::record::Metrics;
use crate::card::Card;
use crate::decide::frontier::{FrontierRow, frontier_table, out_of_fold_tables};
use crate::progress::Progress;
use crate::report::{RunParts, charts, page, summary};
use crate::runs::{FinishedRun, RunFolder, WriteRunError, write_run};
use crate::score::Scorer;
use crate::settings::{self, Config, ConfigError, Problem, Settings, TableInMemory, TablesInMemory};

/// Where a table is.
#[derive(Debug, Clone)]
pub enum Source {
    /// In files.
    Path(PathBuf),
    /// In memory.
    Memory(TableInMemory),
}

/// Where the config is.
#[derive(Debug, Clone)]
pub enum ConfigSource {
    /// `bantam.toml`.
    File(PathBuf),
    /// The same as text; what it lacks, tables and options may say.
    Text(String),
}

/// What is asked of a command.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The leads, or a config in the place of all tables.
    pub leads: Option<Source>,
    /// What became of them.
    pub outcomes: Option<Source>,
    /// Their events.
    pub events: Option<Source>,
    /// The config.
    pub config: Option<ConfigSource>,
    /// As they are typed, those without a name first.
    pub options: Vec<OsString>,
}

/// What a command tells.
#[derive(Debug, Clone)]
pub struct Told {
    /// For programs.
    pub json: String,
    /// A page; empty where there is none.
    pub page: String,
    /// For a terminal.
    pub text: String,
    /// Gates that failed, in words.
    pub failed: Vec<String>,
    /// The card to go on with, where there is one.
    pub card: Option<String>,
}

/// A card in the language of another system.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Its text, where no file is named.
    pub text: Option<String>,
    /// The files that were written otherwise.
    pub files: Vec<PathBuf>,
    /// What whoever installs it has to know.
    pub notes: Vec<String>,
}

/// Options as they are typed, of any command.
#[derive(Debug, Parser)]
#[command(name = "bantam", no_binary_name = true, disable_help_flag = true)]
struct Typed<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

/// Reads options.
pub(super) fn arguments<A: clap::Args>(options: &[OsString]) -> Result<A, Failure> {
    Typed::try_parse_from(options).map(|typed| typed.args).map_err(|error| {
        let said = error.render().to_string();
        let said = said.strip_prefix("error: ").unwrap_or(&said);
        let words = said.split("\n\nUsage:").next().unwrap_or(said);
        Failure::usage(words.trim_end())
    })
}

/// What messages and manifest call a table in memory.
fn shown(source: &Source, table: &str) -> PathBuf {
    match source {
        Source::Path(path) => path.clone(),
        Source::Memory(_) => format!("{table} (in memory)").into(),
    }
}

impl Request {
    /// The leads as a command names them.
    pub fn shown_leads(&self) -> PathBuf {
        match (&self.leads, &self.config) {
            (Some(leads), _) => shown(leads, "leads"),
            (None, Some(ConfigSource::File(path))) => path.clone(),
            (None, _) => PathBuf::from("leads"),
        }
    }

    pub(super) fn arguments<A: clap::Args>(&self) -> Result<A, Failure> {
        arguments(&self.options)
    }

    /// The config with the tables in it, without the options.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let leads = self.leads.as_ref().map(|leads| shown(leads, "leads"));
        let mut config = match (&self.config, &leads) {
            (Some(ConfigSource::File(path)), _) => load_config(path)?,
            (Some(ConfigSource::Text(text)), _) => {
                settings::parse_unchecked("the config", text).map_err(refuse_text)?
            }
            (None, Some(path)) if is_config(path) => return load_config(path),
            (None, Some(path)) => Config::around(path),
            (None, None) => {
                return Err(Failure::usage(
                    "there are no leads\nhint: give a table, a path, or a config that says where they are",
                ));
            }
        };
        if let Some(path) = leads {
            config.leads.path = path;
        }
        if let Some(outcomes) = &self.outcomes {
            config.outcome.path = Some(shown(outcomes, "outcomes"));
        }
        if let Some(source) = &self.events {
            let events = config.events.as_mut().ok_or_else(|| {
                Failure::usage(
                    "events are given, and nothing says what their columns are\n\
                     hint: add [events] with `lead` and `at` to the config",
                )
            })?;
            events.path = shown(source, "events");
        }
        Ok(config)
    }

    /// The tables that are in memory.
    pub(super) fn in_memory(&self) -> TablesInMemory {
        let table = |source: &Option<Source>| match source {
            Some(Source::Memory(table)) => Some(table.clone()),
            Some(Source::Path(_)) | None => None,
        };
        TablesInMemory { leads: table(&self.leads), outcomes: table(&self.outcomes), events: table(&self.events) }
    }

    /// Checked settings with the tables in memory.
    pub(super) fn settings(&self, checked: Result<Settings, ConfigError>) -> Result<Settings, Failure> {
        let mut settings = checked.map_err(|error| refuse_settings(&error))?;
        settings.in_memory = self.in_memory();
        Ok(settings)
    }
}

/// Lines of a text that nobody wrote say nothing.
fn refuse_text(error: ConfigError) -> Failure {
    let error = match error {
        ConfigError::Problems { problems, .. } => {
            let problems = problems.into_iter().map(|problem| Problem { line: None, ..problem }).collect();
            ConfigError::Problems { path: None, problems }
        }
        other => other,
    };
    Failure::caused(Exit::Usage, "the config cannot be used", &error)
}

/// A calibration that may be written.
#[derive(Debug)]
pub struct Run {
    calibrated: Calibrated,
    /// The card, read back from its own text.
    pub card: Card,
    /// What was measured.
    pub metrics: Metrics,
}

/// Calibrates.
///
/// - `champion`: the card in use, where it is in memory.
///
/// # Errors
/// A [`Failure`] in the words of the command, as for all functions here.
pub fn calibrate(request: &Request, champion: Option<CardFile>, progress: &mut Progress) -> Result<Run, Failure> {
    let calibrated = calibrate::answer(request, champion, progress)?;
    let card = Card::from_json(&calibrated.card.to_json())
        .map_err(|error| Failure::caused(Exit::Internal, "the new card does not pass its own checks", &error))?;
    let metrics = calibrated.metrics.clone();
    Ok(Run { calibrated, card, metrics })
}

/// Calibrates without what is said beside the card.
pub fn calibrate_card(request: &Request, progress: &mut Progress) -> Result<Card, Failure> {
    calibrate::answer_card(request, progress)
}

/// Says what every column is.
pub fn check(request: &Request, progress: &mut Progress) -> Result<Told, Failure> {
    check::answer(request, progress)
}

/// Tells what sales did.
///
/// - `run`: folder of a run whose scores tell good leads from others. `rules`: what marketing gives points for.
pub fn feedback(
    request: &Request,
    run: Option<&Path>,
    rules: Option<&Path>,
    progress: &mut Progress,
) -> Result<Told, Failure> {
    feedback::answer(request, run, rules, progress)
}

/// Says whether a card is still right.
///
/// - `metrics`: those of the run that made the card; without them those beside its file.
pub fn monitor(
    request: &Request,
    card: &CardFile,
    metrics: Option<Metrics>,
    progress: &mut Progress,
) -> Result<Told, Failure> {
    monitor::answer(request, card, metrics, progress)
}

/// Scores leads; gives what there is to note as well.
pub fn score(request: &Request, card: &CardFile, scorer: &Scorer) -> Result<(TableInMemory, Vec<String>), Failure> {
    score::answer(request, card, scorer)
}

/// Scores a lead that is a JSON object.
pub fn score_lead(options: &[OsString], card: &CardFile, scorer: &Scorer, lead: &str) -> Result<String, Failure> {
    score::answer_lead(options, card, scorer, lead)
}

/// Exports a card.
pub fn export(options: &[OsString], card: &CardFile) -> Result<Exported, Failure> {
    export::answer(options, card)
}

/// A folder of runs that a run may be written to.
pub fn stage(out: &Path) -> Result<RunFolder, Failure> {
    RunFolder::stage(out).map_err(|error| WriteRunError::from(error).into())
}

impl Run {
    fn parts(&self) -> RunParts<'_> {
        let Calibrated { frontier, policies, .. } = &self.calibrated;
        RunParts { card: &self.card, metrics: &self.metrics, frontier, policies, folder: None }
    }

    /// Everything measured, as `metrics.json` has it.
    pub fn metrics_json(&self) -> Result<String, Failure> {
        self.metrics.to_json().map_err(|error| Failure::caused(Exit::Internal, "metrics.json cannot be made", &error))
    }

    /// What the command prints.
    pub fn summary(&self) -> String {
        summary(&self.parts())
    }

    /// The page.
    pub fn page(&self) -> String {
        page(&self.parts())
    }

    /// Names and Vega-Lite specifications of the pictures.
    pub fn charts(&self) -> Vec<(&'static str, String)> {
        charts::all(&self.parts()).iter().map(|chart| (chart.name, chart.to_vega_file())).collect()
    }

    /// `frontier.parquet`.
    pub fn frontier(&self) -> Result<RecordBatch, Failure> {
        let odds = self.metrics.findings.untouched.as_ref().map(|untouched| untouched.thresholds.as_slice());
        frontier_table(&self.calibrated.frontier, odds).map_err(|error| no_table(&error))
    }

    /// `out_of_fold.parquet`.
    pub fn out_of_fold(&self) -> Result<Vec<RecordBatch>, Failure> {
        let (_, batches, _) = out_of_fold_tables(&self.calibrated.out_of_fold);
        batches.collect::<Result<_, _>>().map_err(|error| no_table(&error))
    }

    /// Policies side by side, as `bantam compare` has them.
    pub fn compare(&self, options: &[OsString]) -> Result<Told, Failure> {
        compare::answer(options, &self.calibrated)
    }

    /// The lowest threshold of the frontier that is no lower than this one.
    pub fn threshold(&self, threshold: i32) -> Option<&FrontierRow> {
        self.calibrated.frontier.rows.iter().filter(|row| row.threshold >= threshold).min_by_key(|row| row.threshold)
    }

    /// Writes every file of the run into a folder that was staged for it.
    pub fn write(&self, folder: RunFolder) -> Result<FinishedRun, Failure> {
        Ok(write_run(folder, &self.calibrated)?.finished)
    }
}

fn no_table(error: &dyn std::error::Error) -> Failure {
    Failure::caused(Exit::Internal, "the table cannot be made", error)
}
