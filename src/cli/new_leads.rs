//! The leads that came since a card was made, and what became of them, as `monitor` and `recalibrate` take them.

use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::input::{is_config, load_config, put};
use super::outcome_args::OutcomeArgs;
use super::read_args::ReadArgs;
use super::score::describe_misfit;
use crate::monitor::score_new_leads::ScoreNewLeadsError;
use crate::settings::{Config, Settings, US_PER_DAY, parse_day};

/// Where new leads and their outcomes are.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct NewLeadsArgs {
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
    #[command(flatten)]
    outcome: OutcomeArgs,
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
    #[command(flatten)]
    read: ReadArgs,
}

impl NewLeadsArgs {
    /// The config in force: the file's, or a new one around the leads, with the options on top; not checked yet.
    ///
    /// - `card`, `command`: as the user typed them.
    pub(super) fn config(&self, card: &Path, command: &str) -> Result<Config, Failure> {
        let mut config = match (&self.config, &self.leads) {
            (Some(path), _) => load_config(path)?,
            (None, Some(leads)) if is_config(leads) => {
                return Err(Failure::usage(format!(
                    "{leads} is a config, and leads are wanted here\nhint: bantam {command} {} --config {leads}",
                    card.display(),
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
        self.apply(&mut config);
        Ok(config)
    }

    /// Puts the options about leads and outcomes on top of a config.
    pub(super) fn apply(&self, config: &mut Config) {
        put(&mut config.outcome.converted, &self.converted);
        self.outcome.apply(&mut config.outcome);
        put(&mut config.outcome.horizon, &self.horizon);
        put(&mut config.outcome.observed_until, &self.observed_until);
        self.read.apply(&mut config.leads);
        put(&mut config.leads.id, &self.id);
        put(&mut config.leads.as_of, &self.as_of);
    }

    /// First moment of hand-off to look at.
    pub(super) fn since(&self) -> Result<Option<i64>, Failure> {
        self.since.as_deref().map(first_moment).transpose()
    }

    /// Why the leads cannot be scored, in the user's words.
    pub(super) fn follow_failure(&self, error: ScoreNewLeadsError, settings: &Settings, card: &Path) -> Failure {
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
                Failure::caused(Exit::BadData, format!("cannot use {}", card.display()), &error)
            }
            error @ ScoreNewLeadsError::Columns(_) => Failure::caused(Exit::Internal, "cannot score the leads", &error),
        }
    }
}

/// The first microsecond of a day.
fn first_moment(day: &str) -> Result<i64, Failure> {
    let parsed = parse_day(day).map_err(|error| Failure::usage(format!("--since {error}")))?;
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = parsed.since(epoch).map(|span| i64::from(span.get_days()));
    days.map(|days| days * US_PER_DAY).map_err(|error| Failure::usage(format!("--since {day}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(first_moment("1970-01-03").expect("a day"), 2 * US_PER_DAY);
        assert_eq!(first_moment("2026-03-05").expect("a day") + US_PER_DAY / 2, 1_772_712_000_000_000);
        assert!(first_moment("March").expect_err("no day").message.starts_with("--since \"March\" is not a day"));
    }
}
