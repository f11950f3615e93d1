//! `bantam monitor`: a card in use against the leads that came since, and an exit code that says whether it still holds.

use std::path::{Path, PathBuf};

use super::answers::{Request, Told};
use super::bar::progress;
use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::input::refuse_settings;
use super::new_leads::NewLeadsArgs;
use super::recalibrate::{Recalibration, proven};
use super::{Format, print, to_json};
use crate::calibrate::record::Metrics;
use crate::card::Card;
use crate::monitor::score_new_leads::score_new_leads;
use crate::monitor::{Contender, Monitor, Question, ScoredNewLeads, monitor, monitor_page, monitor_report};
use crate::notes::{Note, counted, in_one_line, in_words};
use crate::progress::Progress;
use crate::quarter::{KEPT_CARD, SHIFTED_CARD};
use crate::runs::sha256_hex;
use crate::settings::{MonitorConfig, Settings};

/// Say whether a card in use is still right
///
/// Scores the leads that came after the last one whose outcome the card learnt from, and compares: who comes, against the
/// history; who converts, against what the card promised. When something is surely beyond its limit, the exit code is 1, and it says
/// what to do. It may be run every day or week: all that sets the exit code shares one chance, 5 %, of ever failing a card that is
/// right, however often one looks. Right means: off by no more than its curve is known, and than single months and seasons of its
/// history were.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam monitor bantam-out/current/card.json --config bantam.toml\n  bantam monitor card.json leads.parquet --converted won --as-of handed_off_at --horizon 90d\n  bantam monitor card.json new.parquet                          # who comes, without outcomes\n  bantam monitor card.json --config bantam.toml --since 2026-01-01 --gate max_psi=0.1 -o monitor\n  bantam monitor card.json --config bantam.toml --challenger new/card.json"
)]
pub(super) struct MonitorArgs {
    /// The card: card.json of a run folder; beside it, metrics.json has the forecast to compare volumes with, and how months differed
    #[arg(value_name = "CARD")]
    card: PathBuf,
    #[command(flatten)]
    leads: NewLeadsArgs,
    /// Another card to hold against it on the same leads: whose chances are nearer what happens?
    #[arg(long, value_name = "CARD")]
    challenger: Option<PathBuf>,
    /// A limit of [monitor], such as max_psi=0.1 or calibration=0.8,1.25; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    gate: Vec<String>,
    /// Folder for monitor.html, monitor.json and the card to go on with: card.kept.json, or card.shifted.json
    #[arg(short, long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// What goes to stdout: a summary for people, or monitor.json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// No progress, no summary; JSON is printed all the same
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`] with the exit code and what helps; [`Exit::GateFailed`] when a gate failed.
pub(super) fn run(args: &MonitorArgs) -> Result<(), Failure> {
    let settings = args.settings()?;
    let since = args.leads.since()?;
    let card = CardFile::read(&args.card)?;
    // The folder first: a mistyped or read-only one costs a second, not the run.
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).map_err(|error| cannot_write(out, &error))?;
    }
    let beside = metrics_beside(&args.card, &card.sha256);
    let (found, advised) = look(args, &settings, since, &card, beside, &mut progress(args.quiet))?;
    let json = to_json(&found, "monitor.json cannot be made")?;
    if let Some(out) = &args.out {
        write(&out.join("monitor.json"), &json)?;
        write(&out.join("monitor.html"), &monitor_page(&found))?;
        write_advised(out, &found, advised.as_ref())?;
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

/// What the command comes to with these options and tables.
///
/// - `metrics`: those of the run that made the card.
pub(super) fn answer(
    request: &Request,
    card: &CardFile,
    metrics: Option<Metrics>,
    progress: &mut Progress,
) -> Result<Told, Failure> {
    let args: MonitorArgs = request.arguments()?;
    let mut config = request.config()?;
    args.leads.apply(&mut config);
    args.gate.iter().try_for_each(|gate| set_limit(&mut config.monitor, gate))?;
    let settings = request.settings(config.check_to_monitor())?;
    let beside = match metrics {
        Some(metrics) => (Some(metrics), None),
        None => metrics_beside(&args.card, &card.sha256),
    };
    let (found, advised) = look(&args, &settings, args.leads.since()?, card, beside, progress)?;
    Ok(Told {
        json: to_json(&found, "monitor.json cannot be made")?,
        page: monitor_page(&found),
        text: monitor_report(&found),
        failed: found.failed().map(|gate| gate.gate.words().to_owned()).collect(),
        card: advised.as_ref().map(proven).transpose()?,
    })
}

/// Holds the card against the leads; gives the card to go on with as well.
fn look(
    args: &MonitorArgs,
    settings: &Settings,
    since: Option<i64>,
    card: &CardFile,
    (beside, note): (Option<Metrics>, Option<Note>),
    progress: &mut Progress,
) -> Result<(Monitor, Option<Card>), Failure> {
    let challenger = args.challenger.as_deref().map(|path| Scored::read(path, args, settings)).transpose()?;
    let mut followed = score_new_leads(&card.card, settings, progress)
        .map_err(|error| args.leads.follow_failure(error, settings, &args.card))?;
    followed.notes.extend(note);
    let question = Question {
        card_sha256: &card.sha256,
        since,
        settings: &settings.monitor,
        challenger: challenger.as_ref().map(Scored::contender),
        forecast: beside.as_ref().map(|metrics| &metrics.forecast),
        history: beside.as_ref().map_or(&[], |metrics| &metrics.bands_by_month),
    };
    let mut found = monitor(&card.card, followed.clone(), &question)
        .map_err(|error| Failure::caused(Exit::BadData, "cannot hold the leads against the card", &error))?;
    let recalibration = Recalibration { card, followed: &followed, since, settings };
    let advised = advised_card(&recalibration, &mut found);
    Ok((found, advised))
}

impl MonitorArgs {
    /// The config in force, with the limits on top; checked.
    fn settings(&self) -> Result<Settings, Failure> {
        let mut config = self.leads.config(&self.card, "monitor")?;
        for gate in &self.gate {
            set_limit(&mut config.monitor, gate)?;
        }
        config.check_to_monitor().map_err(|error| refuse_settings(&error))
    }
}

/// A challenger and the leads scored with it.
struct Scored {
    card: CardFile,
    followed: ScoredNewLeads,
}

impl Scored {
    fn read(path: &Path, args: &MonitorArgs, settings: &Settings) -> Result<Self, Failure> {
        let card = CardFile::read(path)?;
        let followed = score_new_leads(&card.card, settings, &mut progress(args.quiet))
            .map_err(|error| args.leads.follow_failure(error, settings, path))?;
        Ok(Self { card, followed })
    }

    fn contender(&self) -> Contender<'_> {
        Contender { card: &self.card.card, sha256: &self.card.sha256, followed: &self.followed }
    }
}

/// The card that the advice comes to; what it is stands in `found`.
fn advised_card(recalibration: &Recalibration<'_>, found: &mut Monitor) -> Option<Card> {
    match recalibration.advised(&found.advice) {
        Ok(made) => {
            let (card, advised, notes) = made?;
            found.advised = Some(advised);
            found.notes.extend(notes);
            Some(card)
        }
        Err(error) => {
            let text = in_one_line(&error.message);
            found.notes.push(Note::new("monitor", format!("there is no card to go on with: {text}")));
            None
        }
    }
}

/// Writes that card, and takes away one of an earlier look that the advice no longer comes to.
fn write_advised(out: &Path, found: &Monitor, card: Option<&Card>) -> Result<(), Failure> {
    let advised = found.advised.as_ref().zip(card);
    for file in [KEPT_CARD, SHIFTED_CARD] {
        let path = out.join(file);
        match advised.filter(|(advised, _)| advised.file == file) {
            Some((_, card)) => write(&path, &proven(card)?)?,
            None if path.exists() => std::fs::remove_file(&path).map_err(|error| cannot_write(&path, &error))?,
            None => {}
        }
    }
    Ok(())
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

/// The forecast of the run that the card lies in, and what is to be said where there is none.
fn metrics_beside(card: &Path, sha256: &str) -> (Option<Metrics>, Option<Note>) {
    let path = card.with_file_name("metrics.json");
    let note = |text: String| (None, Some(Note::new("volume", text)));
    let Ok(text) = std::fs::read_to_string(&path) else {
        return note(format!(
            "there is no {} beside the card, so the number of leads is compared with no forecast, and months are taken to \
             differ as in most companies",
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        ));
    };
    // A run beside a card in use holds that card as well, under another name.
    let is_other = |bytes: Vec<u8>| sha256_hex(&bytes) != sha256;
    if std::fs::read(card.with_file_name("card.json")).is_ok_and(is_other) {
        return note(
            "the metrics.json beside the card is that of card.json there, so the number of leads is compared with no forecast, and \
             months are taken to differ as in most companies"
                .to_owned(),
        );
    }
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
}
