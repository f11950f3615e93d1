//! `bantam feedback`: what sales did with the leads, told to those who send them.

use std::path::{Path, PathBuf};

use super::answers::{Request, Told};
use super::bar::progress;
use super::card_file::CardFile;
use super::compare::run_failure;
use super::exit::{Exit, Failure};
use super::input::{InputArgs, put, refuse_settings};
use super::{Format, RUNS, print, to_json};
use crate::calibrate::ENGINE;
use crate::data::dataset::read_hand_offs;
use crate::data::read::{Columns, ReadOptions, read_table};
use crate::feedback::run::{RunScores, feedback};
use crate::feedback::{Feedback, OutOfFoldScores, Rules, feedback_page, feedback_summary};
use crate::progress::Progress;
use crate::runs::{RunError, open_run};
use crate::settings::{Config, Settings};

/// Tell those who send leads what sales did with them, and why
///
/// Reads what sales did with every lead (accepted, rejected with a reason, recycled, untouched) and what converted: the funnel
/// by source, segment, team and month, reasons by source, leads that came back, leads nobody called, and where what sales
/// accepts differs from what converts. Writes feedback.html, with a section for each source, and feedback.json.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam feedback bantam.toml\n  bantam feedback bantam.toml --rules points.csv -o q3\n  bantam feedback leads.csv --converted won --disposition status --reason why --source channel"
)]
pub(super) struct FeedbackArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Column with what sales did: accepted, rejected, recycled or untouched
    #[arg(long, value_name = "COLUMN")]
    disposition: Option<String>,
    /// Column with the reason of a rejection
    #[arg(long, value_name = "COLUMN")]
    reason: Option<String>,
    /// Column with the moment sales first touched the lead
    #[arg(long, value_name = "COLUMN")]
    first_touch: Option<String>,
    /// Column with the lead's source
    #[arg(long, value_name = "COLUMN")]
    source: Option<String>,
    /// Column with the lead's segment
    #[arg(long, value_name = "COLUMN")]
    segment: Option<String>,
    /// Column with the team that receives the lead
    #[arg(long, value_name = "COLUMN")]
    team: Option<String>,
    /// Run whose scores tell good leads from others: a run folder, or a folder of runs [default: bantam-out, where there is one]
    #[arg(long, value_name = "FOLDER")]
    run: Option<PathBuf>,
    /// What marketing gives points for today: a card.json, or a CSV of criterion,level,points
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Folder for feedback.html and feedback.json
    #[arg(short, long, value_name = "FOLDER", default_value = "bantam-out/feedback")]
    out: PathBuf,
    /// What goes to stdout: the summary for people, or feedback.json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// No progress, no summary; JSON is printed all the same
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn run(args: &FeedbackArgs) -> Result<(), Failure> {
    let mut settings = args.settings()?;
    // What can be mistyped comes first: it costs a second, not the run.
    let rules = args.rules.as_deref().map(read_rules).transpose()?;
    let run = read_run(args.run.as_deref())?;
    std::fs::create_dir_all(&args.out).map_err(|error| {
        let folder = args.out.display();
        Failure::environment(format!("cannot make the folder {folder}: {error}\nhint: choose another with --out"))
    })?;
    let mut progress = progress(args.quiet);
    let told = tell(&mut settings, run.as_ref(), rules.as_ref(), &mut progress)?;
    drop(progress);
    let json = to_json(&told, "feedback.json cannot be made")?;
    write_file(&args.out.join("feedback.json"), json.as_bytes())?;
    write_file(&args.out.join("feedback.html"), feedback_page(&told, ENGINE).as_bytes())?;
    match args.format {
        Format::Json => print(&json),
        Format::Text if args.quiet => {}
        Format::Text => print(&feedback_summary(&told, Some(&args.out))),
    }
    Ok(())
}

/// What sales did.
fn tell(
    settings: &mut Settings,
    run: Option<&RunScores>,
    rules: Option<&Rules>,
    progress: &mut Progress,
) -> Result<Feedback, Failure> {
    let prepared = read_hand_offs(settings, progress)?;
    feedback(prepared, run, rules, progress)
        .map_err(|error| Failure::caused(Exit::BadData, "cannot compare acceptance and conversion", &error))
}

/// What the command comes to with these options and tables.
pub(super) fn answer(
    request: &Request,
    run: Option<&Path>,
    rules: Option<&Path>,
    progress: &mut Progress,
) -> Result<Told, Failure> {
    let args: FeedbackArgs = request.arguments()?;
    let mut config = request.config()?;
    args.input.apply(&mut config, None)?;
    args.apply(&mut config);
    let mut settings = request.settings(config.check_to_guess())?;
    let rules = rules.map(read_rules).transpose()?;
    let run = run.map(|run| read_run(Some(run))).transpose()?.flatten();
    let told = tell(&mut settings, run.as_ref(), rules.as_ref(), progress)?;
    Ok(Told {
        json: to_json(&told, "feedback.json cannot be made")?,
        page: feedback_page(&told, ENGINE),
        text: feedback_summary(&told, None),
        failed: Vec::new(),
        card: None,
    })
}

impl FeedbackArgs {
    fn settings(&self) -> Result<Settings, Failure> {
        let mut config = self.input.config(None)?;
        self.apply(&mut config);
        config.check_to_guess().map_err(|error| refuse_settings(&error))
    }

    /// Puts the columns that the options name into a config.
    fn apply(&self, config: &mut Config) {
        let Config { leads, outcome, .. } = config;
        for (place, option) in [
            (&mut outcome.disposition, &self.disposition),
            (&mut outcome.reason, &self.reason),
            (&mut outcome.first_touch, &self.first_touch),
            (&mut leads.source, &self.source),
            (&mut leads.segment, &self.segment),
            (&mut leads.team, &self.team),
        ] {
            put(place, option);
        }
    }
}

/// The run that was asked for, or the last one where there is any.
fn read_run(asked: Option<&Path>) -> Result<Option<RunScores>, Failure> {
    let folder = match open_run(asked.unwrap_or(Path::new(RUNS))) {
        Ok(folder) => folder,
        Err(RunError::NoRun { .. }) if asked.is_none() => return Ok(None),
        Err(error) => return Err(run_failure(&error)),
    };
    let card = CardFile::read(&folder.join("card.json"))?.card;
    let path = folder.join("out_of_fold.parquet");
    let unusable = |error: &dyn std::error::Error| {
        Failure::caused(Exit::BadData, format!("{} cannot be used", path.display()), error)
    };
    let read = read_table(&path.to_string_lossy(), "out-of-fold", Columns::All, &ReadOptions::default())
        .map_err(|error| unusable(&error))?;
    let judged = OutOfFoldScores::read(&read.table, card.id_column.as_deref()).map_err(|error| unusable(&error))?;
    Ok(Some(RunScores { card, judged }))
}

fn read_rules(path: &Path) -> Result<Rules, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::bad_data(format!("cannot read the rules in {}: {error}", path.display())))?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let read = if is_json { Rules::of_card(&text) } else { Rules::of_csv(&text) };
    read.map_err(|error| {
        Failure::caused(Exit::BadData, format!("the rules in {} cannot be used", path.display()), &error)
    })
}

/// Writes beside its place and moves it there, so that no half a page is ever read.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let written = std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, path));
    written.map_err(|error| Failure::unwritable(path, &error).hint("choose another folder with --out"))
}
