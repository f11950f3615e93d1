//! `bantam monitor`: a card in use against the leads that came since, and an exit code that says whether it still holds.

use std::path::{Path, PathBuf};

use super::bar::progress;
use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::input::{is_config, load_config, put, refuse_settings};
use super::read_args::ReadArgs;
use super::score::describe_misfit;
use super::{Format, print, to_json};
use crate::calibrate::record::Metrics;
use crate::monitor::score_new_leads::{ScoreNewLeadsError, score_new_leads};
use crate::monitor::{Question, monitor, monitor_page, monitor_report};
use crate::notes::{Note, counted, in_words};
use crate::settings::{Config, MonitorConfig, Settings, US_PER_DAY, parse_day};

/// Say whether a card in use is still right
///
/// Scores the leads that came after the last one whose outcome the card learnt from, and compares: who comes, against the
/// history; who converts, against what the card promised. When something is surely beyond its limit, the exit code is 1, and it says
/// what to do. It may be run every day or week: all that sets the exit code shares one chance, 5 %, of ever failing a card that is
/// right, however often one looks. Right means: off by no more than its curve is known, and than single months and seasons of its
/// history were.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam monitor bantam-out/current/card.json --config bantam.toml\n  bantam monitor card.json leads.parquet --converted won --as-of handed_off_at --horizon 90d\n  bantam monitor card.json new.parquet                          # who comes, without outcomes\n  bantam monitor card.json --config bantam.toml --since 2026-01-01 --gate max_psi=0.1 -o monitor"
)]
pub(super) struct MonitorArgs {
    /// The card: card.json of a run folder; beside it, metrics.json has the forecast to compare volumes with, and how months differed
    #[arg(value_name = "CARD")]
    card: PathBuf,
    /// Leads, old and new: file, folder or glob of Parquet, CSV, Excel or Arrow IPC [default: `leads.path` of the config]
    #[arg(value_name = "LEADS")]
    leads: Option<PathBuf>,
    /// Config that says where leads, outcomes and events are, and in [monitor] the limits
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Table of outcomes, instead of the one in the config
    #[arg(long, value_name = "PATH", requires = "config")]
    outcomes: Option<PathBuf>,
    /// Table of events, instead of the one in the config
    #[arg(long, value_name = "PATH", requires = "config")]
    events: Option<PathBuf>,
    /// Column that says whether the lead converted (true/false, 1/0, or text with --converted-value)
    #[arg(long, value_name = "COLUMN")]
    converted: Option<String>,
    /// Text that means converted; may be given several times
    #[arg(long, value_name = "TEXT")]
    converted_value: Vec<String>,
    /// Text that means not converted; may be given several times, and every other text is then open: neither won nor lost yet
    #[arg(long, value_name = "TEXT")]
    lost_value: Vec<String>,
    /// Column with the moment of conversion, empty for leads that did not convert
    #[arg(long, value_name = "COLUMN")]
    converted_at: Option<String>,
    /// Column that names the lead [default: the card's]
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Column with the moment of hand-off [default: the card's]
    #[arg(long, value_name = "COLUMN")]
    as_of: Option<String>,
    /// Days after hand-off in which a conversion counts, such as 90d
    #[arg(long, value_name = "SPAN")]
    horizon: Option<String>,
    /// Last day the outcomes are known for; younger leads are not judged
    #[arg(long, value_name = "DAY")]
    observed_until: Option<String>,
    /// First day of hand-off to look at [default: after the leads the card was fitted on]
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// A limit of [monitor], such as max_psi=0.1 or calibration=0.8,1.25; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    gate: Vec<String>,
    /// Folder for monitor.html and monitor.json
    #[arg(short, long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// What goes to stdout: a summary for people, or monitor.json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// No progress, no summary; JSON is printed all the same
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    read: ReadArgs,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`] with the exit code and what helps; [`Exit::GateFailed`] when a gate failed.
pub(super) fn run(args: &MonitorArgs) -> Result<(), Failure> {
    let settings = args.settings()?;
    let since = args.since.as_deref().map(first_moment).transpose()?;
    let card = CardFile::read(&args.card)?;
    // The folder first: a mistyped or read-only one costs a second, not the run.
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).map_err(|error| cannot_write(out, &error))?;
    }
    let (beside, note) = metrics_beside(&args.card);
    let mut followed = score_new_leads(&card.card, &settings, &mut progress(args.quiet))
        .map_err(|error| args.follow_failure(error, &settings))?;
    followed.notes.extend(note);
    let question = Question {
        card_sha256: &card.sha256,
        since,
        settings: &settings.monitor,
        forecast: beside.as_ref().map(|metrics| &metrics.forecast),
        history: beside.as_ref().map_or(&[], |metrics| &metrics.bands_by_month),
    };
    let found = monitor(&card.card, followed, &question)
        .map_err(|error| Failure::caused(Exit::BadData, "cannot hold the leads against the card", &error))?;
    let json = to_json(&found, "monitor.json cannot be made")?;
    if let Some(out) = &args.out {
        write(&out.join("monitor.json"), &json)?;
        write(&out.join("monitor.html"), &monitor_page(&found))?;
    }
    match args.format {
        Format::Json => print(&json),
        Format::Text if args.quiet => {}
        Format::Text => print(&monitor_report(&found)),
    }
    let failed: Vec<&str> = found.failed().map(|gate| gate.gate.words()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let message = format!("{} failed: {}", counted(failed.len() as u64, "gate"), in_words(&failed, "and"));
    Err(Failure::new(Exit::GateFailed, message))
}

impl MonitorArgs {
    /// The config in force: the file's, or a new one around the leads, with the options on top; checked.
    fn settings(&self) -> Result<Settings, Failure> {
        let mut config = match (&self.config, &self.leads) {
            (Some(path), _) => load_config(path)?,
            (None, Some(leads)) if is_config(leads) => {
                return Err(Failure::usage(format!(
                    "{leads} is a config, and leads are wanted here\nhint: bantam monitor {} --config {leads}",
                    self.card.display(),
                    leads = leads.display()
                )));
            }
            (None, Some(leads)) => Config::around(leads),
            (None, None) => {
                return Err(Failure::usage(
                    "there are no leads to hold the card against\n\
                     hint: give them after the card, or a config that says where they are: --config bantam.toml",
                ));
            }
        };
        if let Some(leads) = &self.leads {
            config.leads.path.clone_from(leads);
        }
        put(&mut config.outcome.path, &self.outcomes);
        if let Some(path) = &self.events {
            let Some(events) = &mut config.events else {
                return Err(Failure::usage(
                    "--events replaces the table of events, and the config has none\n\
                     hint: add [events] with `path`, `lead` and `at` to the config",
                ));
            };
            events.path.clone_from(path);
        }
        put(&mut config.outcome.converted, &self.converted);
        put(&mut config.outcome.converted_at, &self.converted_at);
        put(&mut config.outcome.horizon, &self.horizon);
        put(&mut config.outcome.observed_until, &self.observed_until);
        self.read.apply(&mut config.leads);
        put(&mut config.leads.id, &self.id);
        put(&mut config.leads.as_of, &self.as_of);
        if !self.converted_value.is_empty() {
            config.outcome.converted_values.clone_from(&self.converted_value);
        }
        if !self.lost_value.is_empty() {
            config.outcome.lost_values.clone_from(&self.lost_value);
        }
        for gate in &self.gate {
            set_limit(&mut config.monitor, gate)?;
        }
        config.check_to_monitor().map_err(|error| refuse_settings(&error))
    }

    fn follow_failure(&self, error: ScoreNewLeadsError, settings: &Settings) -> Failure {
        let shown = settings.leads.path.display().to_string();
        match error {
            ScoreNewLeadsError::Intake(error) => error.into(),
            ScoreNewLeadsError::Misfit { error, columns } => {
                let hint = "\n  hint: rename the columns of the leads as the card has them";
                let hint = match &self.config {
                    Some(_) if settings.events.is_some() => hint.to_owned(),
                    Some(path) => {
                        format!("{hint}; what is counted from events is counted with [events] in {}", path.display())
                    }
                    None => format!("{hint}; what is counted from events is counted with --config bantam.toml"),
                };
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                describe_misfit(&shown, &error, &columns, &hint)
            }
            ScoreNewLeadsError::Card(error) => {
                Failure::caused(Exit::BadData, format!("cannot use {}", self.card.display()), &error)
            }
            error @ ScoreNewLeadsError::Columns(_) => Failure::caused(Exit::Internal, "cannot score the leads", &error),
        }
    }
}

/// `max_psi=0.1` into the limits.
fn set_limit(limits: &mut MonitorConfig, text: &str) -> Result<(), Failure> {
    const KEYS: [&str; 5] = ["max_psi", "max_new_levels", "max_missing_rise", "calibration", "false_alarms"];
    let refuse = |why: String| Failure::usage(format!("--gate {text}: {why}"));
    let (key, value) =
        text.split_once('=').ok_or_else(|| refuse("write a limit and its value, such as max_psi=0.1".to_owned()))?;
    let (key, value) = (key.trim(), value.trim());
    let number =
        |value: &str| value.trim().parse::<f64>().map_err(|_| refuse(format!("{value:?} is not a number such as 0.1")));
    match key {
        "max_psi" => limits.max_psi = number(value)?,
        "max_new_levels" => limits.max_new_levels = number(value)?,
        "max_missing_rise" => limits.max_missing_rise = number(value)?,
        "false_alarms" => limits.false_alarms = number(value)?,
        "calibration" => {
            let (low, high) = value
                .split_once(',')
                .ok_or_else(|| refuse("write the lowest and the highest, such as calibration=0.8,1.25".to_owned()))?;
            limits.calibration = [number(low)?, number(high)?];
        }
        _ => {
            let near = crate::nearest::nearest(key, KEYS);
            let hint = match near.first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", in_words(&KEYS, "and")),
            };
            return Err(refuse(format!("there is no limit `{key}`; {hint}")));
        }
    }
    Ok(())
}

/// The first microsecond of a day.
fn first_moment(day: &str) -> Result<i64, Failure> {
    let parsed = parse_day(day).map_err(|error| Failure::usage(format!("--since {error}")))?;
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = parsed.since(epoch).map(|span| i64::from(span.get_days()));
    days.map(|days| days * US_PER_DAY).map_err(|error| Failure::usage(format!("--since {day}: {error}")))
}

/// The forecast of the run that the card lies in, and what is to be said where there is none.
fn metrics_beside(card: &Path) -> (Option<Metrics>, Option<Note>) {
    let path = card.with_file_name("metrics.json");
    let note = |text: String| (None, Some(Note::new("volume", text)));
    let Ok(text) = std::fs::read_to_string(&path) else {
        return note(format!(
            "there is no {} beside the card, so the number of leads is compared with no forecast, and months are taken to \
             differ as in most companies",
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        ));
    };
    match serde_json::from_str::<Metrics>(&text) {
        Ok(metrics) => (Some(metrics), None),
        Err(error) => note(format!(
            "the metrics.json beside the card is not of this version of bantam ({error}), so the number of leads is compared \
             with no forecast, and months are taken to differ as in most companies"
        )),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::unwritable(path, error).hint("choose another folder with -o")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_typed_as_in_the_config() {
        let mut limits = MonitorConfig::default();
        for text in ["max_psi=0.1", "calibration = 0.8, 1.25", "false_alarms=0.01"] {
            set_limit(&mut limits, text).expect(text);
        }
        assert_eq!((limits.max_psi, limits.calibration, limits.false_alarms), (0.1, [0.8, 1.25], 0.01));
        let refused = |text: &str| set_limit(&mut MonitorConfig::default(), text).expect_err(text).message;
        assert_eq!(refused("max_psy=1"), "--gate max_psy=1: there is no limit `max_psy`; did you mean `max_psi`?");
        assert_eq!(refused("max_psi"), "--gate max_psi: write a limit and its value, such as max_psi=0.1");
        assert_eq!(refused("max_psi=high"), "--gate max_psi=high: \"high\" is not a number such as 0.1");
        assert!(refused("calibration=1").ends_with("such as calibration=0.8,1.25"));
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(first_moment("1970-01-03").expect("a day"), 2 * US_PER_DAY);
        assert_eq!(first_moment("2026-03-05").expect("a day") + US_PER_DAY / 2, 1_772_712_000_000_000);
        assert!(first_moment("March").expect_err("no day").message.starts_with("--since \"March\" is not a day"));
    }
}
