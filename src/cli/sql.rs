//! `bantam sql`: the statements by which a warehouse counts its leads, and the page that says how they are run.

use std::path::PathBuf;

use super::bar::progress;
use super::exit::Failure;
use super::export::{DialectName, put};
use super::input::load_config;
use crate::warehouse::sql::{SqlFile, statements};

/// Write the SQL by which a warehouse counts its leads, so that none of them has to leave it
///
/// The first pass counts values, the second how many leads are alike; `bantam calibrate --patterns` makes the card of it that the leads
/// themselves would give. Run the command again once the result of the first pass is in the folder.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam sql bantam.toml --dialect snowflake --out warehouse\n  bantam calibrate bantam.toml --patterns warehouse"
)]
pub(super) struct SqlArgs {
    /// Config with [warehouse], which says what the tables are called there
    #[arg(value_name = "CONFIG")]
    config: PathBuf,
    /// The database
    #[arg(long, value_name = "DATABASE")]
    dialect: DialectName,
    /// Folder for statements, page and results
    #[arg(short, long, value_name = "FOLDER")]
    out: PathBuf,
    /// No progress, no closing words
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn run(args: &SqlArgs) -> Result<(), Failure> {
    let settings = load_config(&args.config)?.check().map_err(|error| super::input::refuse_settings(&error))?;
    let files = statements(&settings, args.dialect.into(), &args.out, &mut progress(args.quiet))?;
    std::fs::create_dir_all(&args.out).map_err(|error| Failure::unwritable(&args.out, &error))?;
    for SqlFile { name, text } in &files {
        put(&args.out.join(name), text.as_bytes())?;
    }
    if !args.quiet {
        let has_second = files.iter().any(|file| file.name.starts_with('2'));
        let next = if has_second { "run 2-patterns.sql and 3-totals.sql" } else { "run 1-values.sql" };
        eprintln!("next: {next}, as {} says", args.out.join("README.md").display());
    }
    Ok(())
}
