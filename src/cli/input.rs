//! What the user points at: a config, or bare data with the columns that matter. Both become a [`Config`].

use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::outcome_args::OutcomeArgs;
use super::read_args::ReadArgs;
use crate::settings::{self, CardSize, Config, ConfigError, FoldsBy, PairsWanted, Settings, TotalWanted};

/// Data or config, and the options that repeat the config.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct InputArgs {
    /// Config (bantam.toml), or past leads: file, folder or glob of Parquet, CSV, Excel or Arrow IPC
    pub input: PathBuf,
    /// Column that says whether the lead converted (yes/no, 1/0, or text with --converted-value); the one column of yes and no
    /// with a name such as converted or won when left out
    #[arg(long, value_name = "COLUMN")]
    pub converted: Option<String>,
    #[command(flatten)]
    pub outcome: OutcomeArgs,
    /// Column that names the lead
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Column with the moment of hand-off
    #[arg(long, value_name = "COLUMN")]
    pub as_of: Option<String>,
    /// Column that says for how many leads a row counts: a whole number, 0 to leave the row out
    #[arg(long, value_name = "COLUMN")]
    pub weight: Option<String>,
    /// The column of --converted holds shares: 0.25 where a quarter of the leads of a row converted; goes with --weight
    #[arg(long)]
    pub shares: bool,
    /// Column that must not become a criterion; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub ignore: Vec<String>,
    /// Column that is known when a lead is handed off, whatever its name and figures say; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub known_at_hand_off: Vec<String>,
    #[command(flatten)]
    pub read: ReadArgs,
    /// Memory that leads and fit may take, such as 4GiB: of more leads than fit in, as many as do are drawn at random
    /// [default: what is free]
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<String>,
}

/// Options of the fit that repeat the config.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct FitArgs {
    /// How honest numbers are made: time, time:5, random:5, or column:NAME (your own fold numbers)
    #[arg(long, value_name = "HOW")]
    pub folds: Option<String>,
    /// The card spans 0 to this many points; auto: 200 where 100 lose more than half a percent [default: 100]
    #[arg(long, value_name = "POINTS")]
    pub total: Option<TotalWanted>,
    /// Lowest and highest points of one level, for very small cards, such as -5,5
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true, value_parser = parse_range)]
    pub range: Option<[i32; 2]>,
    /// At most so many criteria
    #[arg(long, value_name = "N")]
    pub max_criteria: Option<usize>,
    /// At most so many rows on the card
    #[arg(long, value_name = "N")]
    pub max_rows: Option<usize>,
    /// Tables of what two criteria say together: auto, at most so many, or 0 for none [default: auto]
    #[arg(long, value_name = "N")]
    pub pairs: Option<PairsWanted>,
    /// accurate: best on leads not seen; simple: the smallest card that is about as good
    #[arg(long, value_name = "SIZE")]
    pub size: Option<CardSize>,
    /// The card in use (its card.json): what would change, why, and whether it is worth it
    #[arg(long, value_name = "CARD")]
    pub champion: Option<PathBuf>,
    /// Price of moving a row of the champion by one point, in log likelihood: 0 for none [default: by back-test]
    #[arg(long, value_name = "PRICE")]
    pub change_price: Option<f64>,
    /// Start of every random choice [default: 0]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

impl InputArgs {
    /// The config in force: the file's, or a new one around bare data, with the options on top.
    ///
    /// # Errors
    /// A config that cannot be read.
    pub(super) fn config(&self, fit: Option<&FitArgs>) -> Result<Config, Failure> {
        let mut config = if is_config(&self.input) { load_config(&self.input)? } else { Config::around(&self.input) };
        self.apply(&mut config, fit)?;
        Ok(config)
    }

    /// Puts the options on top of a config.
    ///
    /// # Errors
    /// An option that cannot be read.
    pub(super) fn apply(&self, config: &mut Config, fit: Option<&FitArgs>) -> Result<(), Failure> {
        put(&mut config.outcome.converted, &self.converted);
        self.outcome.apply(&mut config.outcome);
        put(&mut config.leads.id, &self.id);
        put(&mut config.leads.as_of, &self.as_of);
        put(&mut config.leads.weight, &self.weight);
        config.outcome.shares |= self.shares;
        self.read.apply(&mut config.leads);
        put(&mut config.leads.max_memory, &self.max_memory);
        config.leads.ignore.extend(self.ignore.iter().cloned());
        config.leads.known_at_hand_off.extend(self.known_at_hand_off.iter().cloned());
        if let Some(fit) = fit {
            fit.apply(config)?;
        }
        Ok(())
    }

    /// The settings that [`InputArgs::config`] asks for.
    ///
    /// # Errors
    /// As for the config, and options that do not go together.
    pub(super) fn settings(&self, fit: Option<&FitArgs>) -> Result<Settings, Failure> {
        self.config(fit)?.check_to_guess().map_err(|error| refuse_settings(&error))
    }
}

/// Puts what was typed in, where anything was, in the place of what the config says.
pub(super) fn put<T: Clone>(place: &mut Option<T>, typed: &Option<T>) {
    if typed.is_some() {
        place.clone_from(typed);
    }
}

/// Reads a config.
///
/// # Errors
/// A config that cannot be read, or says what cannot be done.
pub(super) fn load_config(path: &Path) -> Result<Config, Failure> {
    settings::load(path).map_err(|error| Failure::caused(Exit::Usage, "the config cannot be used", &error))
}

/// Options that contradict the config, or each other.
pub(super) fn refuse_settings(error: &ConfigError) -> Failure {
    Failure::caused(Exit::Usage, "these settings do not go together", error)
}

impl FitArgs {
    fn apply(&self, config: &mut Config) -> Result<(), Failure> {
        if let Some(how) = &self.folds {
            let (by, column, count) = parse_folds(how)?;
            config.folds.by = Some(by);
            config.folds.column = column;
            config.folds.count = count.unwrap_or(config.folds.count);
        }
        let points = &mut config.points;
        put(&mut points.total, &self.total);
        put(&mut points.range, &self.range);
        put(&mut points.max_criteria, &self.max_criteria);
        put(&mut points.max_rows, &self.max_rows);
        put(&mut points.pairs, &self.pairs);
        points.size = self.size.unwrap_or(points.size);
        put(&mut config.champion.card, &self.champion);
        put(&mut config.champion.change_price, &self.change_price);
        config.seed = self.seed.unwrap_or(config.seed);
        Ok(())
    }
}

/// Configs end in .toml; everything else is data.
pub(super) fn is_config(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

fn parse_folds(how: &str) -> Result<(FoldsBy, Option<String>, Option<usize>), Failure> {
    let refuse = || {
        Failure::usage(format!(
            "--folds {how}: write time, time:5, random, random:5, or column:NAME with the column of your own fold numbers"
        ))
    };
    let (by, rest) = how.split_once(':').map_or((how, None), |(by, rest)| (by, Some(rest)));
    let count = || rest.map(str::parse).transpose().map_err(|_| refuse());
    match (by, rest) {
        ("time", _) => Ok((FoldsBy::Time, None, count()?)),
        ("random", _) => Ok((FoldsBy::Random, None, count()?)),
        ("column", Some(column)) if !column.is_empty() => Ok((FoldsBy::Column, Some(column.to_owned()), None)),
        _ => Err(refuse()),
    }
}

fn parse_range(text: &str) -> Result<[i32; 2], String> {
    let refuse = || format!("{text} is not a range of points: write the lowest and the highest, such as -5,5");
    let (low, high) = text.split_once(',').ok_or_else(refuse)?;
    Ok([low.trim().parse().map_err(|_| refuse())?, high.trim().parse().map_err(|_| refuse())?])
}
