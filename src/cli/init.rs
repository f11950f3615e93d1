//! `bantam init`: the config that does what zero config would do, written down for the analyst to edit.

mod tables;

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::bar::progress;
use super::exit::{Exit, Failure};
use super::input::{is_config, refuse_settings};
use super::outcome_args::OutcomeArgs;
use super::print;
use super::read_args::ReadArgs;
use crate::data::checks::{guess_group, natural_order};
use crate::data::dataset::{Dataset, read_dataset};
use crate::data::features::{CriterionColumn, Values};
use crate::data::read::VerdictKind;
use crate::settings::{self, Config, CriterionConfig, OutcomeConfig, Remarks};

/// Write a commented config that does what `calibrate` would do by itself
///
/// Looks at the leads, chooses roles and criteria as `bantam calibrate` does without a config, and writes the choice down:
/// every key with its meaning, every criterion with its levels, every column left out with the reason.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam init leads.parquet\n  bantam init leads.csv --converted stage --converted-value Won -o won.toml"
)]
pub(super) struct InitArgs {
    /// Past leads: file, folder or glob of Parquet, CSV, Excel or Arrow IPC
    leads: PathBuf,
    /// Column that says whether the lead converted; the one column of yes and no with a name such as converted or won when left
    /// out
    #[arg(long, value_name = "COLUMN")]
    converted: Option<String>,
    #[command(flatten)]
    outcome: OutcomeArgs,
    /// Column that names the lead
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Column with the moment of hand-off
    #[arg(long, value_name = "COLUMN")]
    as_of: Option<String>,
    /// Table of outcomes, one row per lead, where the leads do not say who converted
    #[arg(long, value_name = "PATH", conflicts_with_all = ["converted", "converted_at"])]
    outcomes: Option<PathBuf>,
    /// Table of engagement events, one row each: what is counted of them becomes criteria
    #[arg(long, value_name = "PATH")]
    events: Option<PathBuf>,
    /// Where the config goes; - is stdout
    #[arg(short, long, value_name = "FILE", default_value = "bantam.toml")]
    out: PathBuf,
    /// Overwrite the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    read: ReadArgs,
}

/// Runs the command.
pub(super) fn run(args: &InitArgs) -> Result<(), Failure> {
    let to_stdout = args.out == Path::new("-");
    if is_config(&args.leads) {
        return Err(Failure::usage(format!(
            "{} is a config already; `init` wants the leads: bantam init leads.parquet",
            args.leads.display()
        )));
    }
    // Before the leads are read: a mistyped name costs nothing.
    if !to_stdout && !args.force && args.out.exists() {
        return Err(exists_already(&args.out));
    }
    let mut config = Config::around(&args.leads);
    args.read.apply(&mut config.leads);
    config.outcome.converted.clone_from(&args.converted);
    args.outcome.apply(&mut config.outcome);
    config.leads.id.clone_from(&args.id);
    config.leads.as_of.clone_from(&args.as_of);
    let of_events = args.add_tables(&mut config)?;
    let mut settings = config.check_to_guess().map_err(|error| refuse_settings(&error))?;

    let prepared = read_dataset(&mut settings, None, &mut progress(false))?;
    config.leads = settings.leads;
    config.outcome = settings.outcome;
    let text = write_down(&mut config, of_events, &prepared, &args.out)?;
    if to_stdout {
        print(&text);
        return Ok(());
    }
    write(&args.out, &text, args.force)?;
    let out = args.out.display();
    eprintln!("{} criteria written to {out}", config.criterion.len());
    eprintln!("next: edit it, then `bantam check {out}` and `bantam calibrate {out}`");
    Ok(())
}

impl InitArgs {
    /// Puts the tables of outcomes and events into the config; gives the criteria that are counted from events.
    fn add_tables(&self, config: &mut Config) -> Result<Vec<CriterionConfig>, Failure> {
        if self.outcomes.is_none() && self.events.is_none() {
            return Ok(Vec::new());
        }
        let options = self.read.options()?;
        let lead_columns = tables::lead_columns(&self.leads, &options)?;
        if let Some(path) = &self.outcomes {
            let found = tables::outcomes(path, &lead_columns, &options)?;
            let given = std::mem::take(&mut config.outcome);
            config.outcome =
                OutcomeConfig { converted_values: given.converted_values, lost_values: given.lost_values, ..found };
        }
        let mut criteria = Vec::new();
        if let Some(path) = &self.events {
            let (events, counted) = tables::events(path, &lead_columns, &options)?;
            config.events = Some(events);
            criteria = counted;
        }
        // Both tables name leads by an id that the lead table has as well.
        let shared = [config.outcome.id.as_ref(), config.events.as_ref().map(|events| &events.lead)];
        let shared = shared.into_iter().flatten().find(|name| lead_columns.contains(name));
        config.leads.id = config.leads.id.take().or(shared.cloned());
        Ok(criteria)
    }
}

fn exists_already(out: &Path) -> Failure {
    Failure::usage(format!("{} exists already\nhint: --force overwrites it, -o FILE writes another", out.display()))
}

/// The config with its criteria and the reasons for them, as text.
///
/// - `of_events`: criteria that are counted from events, behind those of the lead table.
fn write_down(
    config: &mut Config,
    of_events: Vec<CriterionConfig>,
    prepared: &Dataset,
    out: &Path,
) -> Result<String, Failure> {
    config.criterion = name_criteria(&prepared.criteria);
    config.criterion.extend(of_events);
    config.leads.path = path_from(&config.leads.path, out)?;
    if let Some(path) = &mut config.outcome.path {
        *path = path_from(path, out)?;
    }
    if let Some(events) = &mut config.events {
        events.path = path_from(&events.path, out)?;
    }
    let reason_of = |column: &str| prepared.verdicts.iter().find(|verdict| verdict.column == column);
    let mut remarks = Remarks { head: head(prepared), ..Remarks::default() };
    for (wish, criterion) in config.criterion.iter().zip(&prepared.criteria) {
        let column = wish.column.as_ref().unwrap_or(&wish.name);
        let mut lines: Vec<String> = reason_of(column).into_iter().map(|verdict| verdict.reason.clone()).collect();
        lines.extend(levels_in_words(criterion));
        remarks.criteria.push(lines);
    }
    let left_out: Vec<_> = prepared
        .verdicts
        .iter()
        .filter(|verdict| !matches!(verdict.verdict, VerdictKind::Criterion | VerdictKind::Role | VerdictKind::Id))
        .collect();
    if !left_out.is_empty() {
        remarks.after_criteria.push("Columns left out, and why:".to_owned());
        let line = |verdict: &&crate::data::read::Verdict| {
            format!("  {:?}: {}: {}", verdict.column, verdict.verdict, verdict.reason)
        };
        remarks.after_criteria.extend(left_out.iter().map(line));
    }
    settings::to_toml(config, &remarks)
        .map_err(|error| Failure::caused(Exit::Internal, "the config cannot be written", &error))
}

fn head(prepared: &Dataset) -> Vec<String> {
    let leads = &prepared.leads;
    let mut lines = vec![format!(
        "Written by `bantam init`. It does what `bantam calibrate` does without a config; edit it and check it with `bantam check`.\n\
         {} leads read, {} with a fair outcome, {} of them converted.",
        leads.counts.n_read,
        leads.n_leads(),
        leads.n_converted()
    )];
    lines.extend(prepared.notes.iter().map(|note| format!("Note: {}", note.text)));
    lines
}

/// Most levels worth writing out for the analyst to put in order.
const MAX_LEVELS: usize = 12;

/// The levels of a text criterion as an `order` to uncomment and to put right.
fn levels_in_words(criterion: &CriterionColumn) -> Option<String> {
    match &criterion.values {
        Values::Text { levels, .. } if (3..=MAX_LEVELS).contains(&levels.len()) => {
            let ordered = natural_order(levels).unwrap_or_else(|| levels.clone());
            let levels: Vec<toml::Value> = ordered.into_iter().map(toml::Value::String).collect();
            Some(format!("order = {}", toml::Value::Array(levels)).replace('\n', " "))
        }
        _ => None,
    }
}

/// A `[[criterion]]` per column; a column whose name is blank, or taken but for blanks, gets a name of its own.
fn name_criteria(criteria: &[CriterionColumn]) -> Vec<CriterionConfig> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut wishes = Vec::with_capacity(criteria.len());
    for (position, criterion) in criteria.iter().enumerate() {
        let column = &criterion.name;
        let mut name = if column.trim().is_empty() { format!("column {}", position + 1) } else { column.clone() };
        let mut n_taken = 1;
        while !taken.insert(name.trim().to_owned()) {
            n_taken += 1;
            name = format!("{} ({n_taken})", column.trim());
        }
        let own_column = (name != *column).then(|| column.clone());
        let group = guess_group(column).map(str::to_owned);
        wishes.push(CriterionConfig { name, column: own_column, group, ..CriterionConfig::default() });
    }
    wishes
}

/// The path of the leads as the config must say it: configs take relative paths from their own folder.
fn path_from(leads: &Path, out: &Path) -> Result<PathBuf, Failure> {
    let is_address = leads.to_str().is_some_and(|text| text.contains("://"));
    let is_beside = out.parent().is_none_or(|folder| folder.as_os_str().is_empty());
    if is_address || is_beside || leads.is_absolute() {
        return Ok(leads.to_owned());
    }
    std::path::absolute(leads).map_err(|error| Failure::caused(Exit::Environment, "the current folder is gone", &error))
}

fn write(out: &Path, text: &str, overwrite: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if overwrite {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(out).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists_already(out),
        _ => Failure::caused(Exit::Environment, format!("cannot write {}", out.display()), &error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Progress;

    /// 200 leads with a column of every kind that `init` has to decide on.
    fn leads_csv(folder: &Path) -> PathBuf {
        let mut text = "lead_id,won,budget,size,deal_value,country,note\n".to_owned();
        for lead in 0..200 {
            let won = lead % 4 == 0;
            let budget = ["none", "approved", "requested"][lead * 7 % 3];
            let deal_value = if won { "900" } else { "" };
            text += &format!(
                "L{lead},{won},{budget},{},{deal_value},DE,spoke on {lead} and will call back\n",
                lead * 31 % 17
            );
        }
        let path = folder.join("leads.csv");
        std::fs::write(&path, text).expect("write");
        path
    }

    fn args(leads: PathBuf, out: PathBuf) -> InitArgs {
        let converted = None;
        InitArgs {
            leads,
            converted,
            outcome: OutcomeArgs::default(),
            id: None,
            as_of: None,
            outcomes: None,
            events: None,
            out,
            force: false,
            read: ReadArgs::default(),
        }
    }

    #[test]
    fn the_config_written_repeats_the_choice_made_without_one() {
        let folder = tempfile::tempdir().expect("temp dir");
        let out = folder.path().join("bantam.toml");
        let leads = leads_csv(folder.path());
        run(&args(leads.clone(), out.clone())).expect("written");

        let written = settings::load(&out).expect("valid");
        assert_eq!(written.leads.id.as_deref(), Some("lead_id"));
        assert_eq!(written.outcome.converted.as_deref(), Some("won"));
        let names: Vec<&str> = written.criterion.iter().map(|criterion| criterion.name.as_str()).collect();
        assert_eq!(names, ["budget", "size"]);

        let mut bare = Config::around(&leads);
        bare.outcome.converted = Some("won".to_owned());
        let read = |config: Config| {
            let mut settings = config.check().expect("settings");
            read_dataset(&mut settings, None, &mut Progress::hidden()).expect("readable")
        };
        let (by_itself, by_config) = (read(bare), read(written));
        let without_headings = |criteria: Vec<CriterionColumn>| -> Vec<CriterionColumn> {
            criteria.into_iter().map(|criterion| CriterionColumn { group: None, ..criterion }).collect()
        };
        assert_eq!(by_itself.criteria, without_headings(by_config.criteria));
        assert_eq!(by_itself.leads, by_config.leads);
    }

    #[test]
    fn tables_of_outcomes_and_events_get_their_roles() {
        let folder = tempfile::tempdir().expect("temp dir");
        let write = |name: &str, header: &str, row: &dyn Fn(usize) -> String| {
            let text = (0..200).fold(format!("{header}\n"), |text, lead| text + &row(lead) + "\n");
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("write");
            path
        };
        let day = |lead: usize| format!("2024-{:02}-{:02}", 1 + lead % 6, 1 + lead % 28);
        let leads = write("leads.csv", "lead_id,created,budget", &|lead| {
            format!("L{lead},{},{}", day(lead), ["none", "approved"][lead * 7 % 3 % 2])
        });
        let outcomes = write("outcomes.csv", "lead_id,won_at", &|lead| {
            format!("L{lead},{}", if lead % 4 == 0 { "2024-12-01" } else { "" })
        });
        let events = write("events.csv", "lead_id,at,kind", &|lead| {
            format!("L{},{},{}", lead % 90, day(lead % 90), ["visit", "click"][lead % 2])
        });
        let out = folder.path().join("bantam.toml");
        let args = InitArgs { outcomes: Some(outcomes), events: Some(events), ..args(leads, out.clone()) };
        run(&args).expect("written");
        let written = settings::load(&out).expect("valid");
        assert_eq!(written.leads.id.as_deref(), Some("lead_id"));
        assert_eq!(written.outcome.converted_at.as_deref(), Some("won_at"));
        let roles = written.events.map(|events| (events.lead, events.at, events.kind));
        assert_eq!(roles, Some(("lead_id".to_owned(), "at".to_owned(), Some("kind".to_owned()))));
        let names: Vec<&str> = written.criterion.iter().map(|criterion| criterion.name.as_str()).collect();
        assert_eq!(names, ["budget", "click_90d", "visit_90d", "days_since_last_event"]);
    }

    #[test]
    fn reasons_stand_beside_the_choice() {
        let folder = tempfile::tempdir().expect("temp dir");
        let out = folder.path().join("bantam.toml");
        run(&args(leads_csv(folder.path()), out.clone())).expect("written");
        let text = std::fs::read_to_string(&out).expect("there");
        for said in [
            "# 200 leads read, 200 with a fair outcome, 50 of them converted.\n",
            "# text with 3 levels, none missing\n# order = [\"none\", \"requested\", \"approved\"]\n",
            "# numbers from 0 to 16, none missing\n",
            "# Columns left out, and why:\n",
            "\"deal_value\": gives the outcome away: filled for 50 of the 50 converted leads and for none of the 150 others\n",
            "\"country\": constant: \"DE\" for all 200 leads\n",
            "\"note\": free text: 200 different texts in 200 leads, 7.0 words each\n",
        ] {
            assert!(text.contains(said), "{said}\n{text}");
        }
    }

    #[test]
    fn a_config_is_not_overwritten_unasked() {
        let folder = tempfile::tempdir().expect("temp dir");
        let out = folder.path().join("bantam.toml");
        std::fs::write(&out, "mine").expect("write");
        let mut args = args(leads_csv(folder.path()), out.clone());
        let failure = run(&args).expect_err("refused");
        let shown = out.display();
        assert_eq!(
            failure.message,
            format!("{shown} exists already\nhint: --force overwrites it, -o FILE writes another")
        );
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(std::fs::read_to_string(&out).expect("there"), "mine");
        args.force = true;
        run(&args).expect("written");
        assert_ne!(std::fs::read_to_string(&out).expect("there"), "mine");
    }

    #[test]
    fn what_cannot_be_guessed_is_asked_for() {
        let folder = tempfile::tempdir().expect("temp dir");
        let leads = folder.path().join("leads.csv");
        std::fs::write(&leads, "stage,vip\nWon,true\nLost,false\n").expect("write");
        let failure = run(&args(leads, folder.path().join("a.toml"))).expect_err("no outcome");
        assert_eq!(
            failure.message,
            "cannot tell which leads converted\n  which column says who converted is not clear\n  hint: give it with --converted \
             stage --converted-value Won; columns with yes and no: \"vip\""
        );
        let failure = run(&args(PathBuf::from("bantam.toml"), folder.path().join("a.toml"))).expect_err("a config");
        assert_eq!(
            failure.message,
            "bantam.toml is a config already; `init` wants the leads: bantam init leads.parquet"
        );
        let failure = run(&args(folder.path().join("none.csv"), folder.path().join("a.toml"))).expect_err("no file");
        let shown = folder.path().display();
        assert_eq!(failure.message, format!("cannot read the data\n  there is no file or folder {shown}/none.csv"));
    }

    #[test]
    fn blank_and_twin_names_get_names_of_their_own() {
        let criterion =
            |name: &str| CriterionColumn::plain(name, crate::card::InputKind::Number, Values::Numbers(Vec::new()));
        let wishes = name_criteria(&["a", "a ", " ", "b"].map(criterion));
        let named: Vec<(&str, Option<&str>)> =
            wishes.iter().map(|wish| (wish.name.as_str(), wish.column.as_deref())).collect();
        assert_eq!(named, [("a", None), ("a (2)", Some("a ")), ("column 3", Some(" ")), ("b", None)]);
    }

    #[test]
    fn a_config_elsewhere_names_the_leads_in_full() {
        let near = path_from(Path::new("leads.parquet"), Path::new("bantam.toml")).expect("path");
        assert_eq!(near, Path::new("leads.parquet"));
        let far = path_from(Path::new("leads.parquet"), Path::new("configs/bantam.toml")).expect("path");
        assert!(far.is_absolute() && far.ends_with("leads.parquet"), "{}", far.display());
        let address = path_from(Path::new("s3://bucket/leads/"), Path::new("configs/bantam.toml")).expect("path");
        assert_eq!(address, Path::new("s3://bucket/leads/"));
    }
}
