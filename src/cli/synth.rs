//! `bantam synth`: made-up leads whose truth is known, into a folder.

use std::path::PathBuf;

use super::exit::{Exit, Failure};
use crate::synth::wide::{WideParams, write_wide};
use crate::synth::{SynthError, SynthParams, generate, prepare_set, render, write_into};

/// Make up leads, outcomes and events whose true weights are known
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam synth --out demo\n  bantam synth --out demo --leads 20000 --opinion --seed 3\n  bantam synth --wide --leads 1000000 --out wide"
)]
pub(super) struct SynthArgs {
    /// Folder the files go to; it is made if it is missing
    #[arg(long, short, value_name = "DIR")]
    pub out: PathBuf,
    /// Leads, or rows with --wide
    #[arg(long, value_name = "N", default_value_t = 8_000)]
    pub leads: usize,
    /// Months of history, from July 2024
    #[arg(long, value_name = "M", default_value_t = 24)]
    pub months: u32,
    /// Start of every random draw: the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 7)]
    pub seed: u64,
    /// Share of leads that convert within 90 days
    #[arg(long, value_name = "R", default_value_t = 0.18)]
    pub rate: f64,
    /// Change of log-odds from the first day to the last
    #[arg(long, value_name = "D", default_value_t = 0.1, allow_negative_numbers = true)]
    pub drift: f64,
    /// Let sales decide before anything converts, with opinions of its own that truth.json tells: for `bantam feedback`
    #[arg(long)]
    pub opinion: bool,
    /// Write one flat table of 20 criteria for speed benches instead; --months and --drift do not matter
    #[arg(long)]
    pub wide: bool,
    /// Replace files that are there already
    #[arg(long)]
    pub force: bool,
}

/// Makes the leads and writes them.
///
/// # Errors
/// [`Failure`] with the exit code that fits: usage for wishes that cannot be met, environment for disk and permission.
pub(super) fn run(args: &SynthArgs) -> Result<(), Failure> {
    if args.wide {
        let params = WideParams { n_rows: args.leads, seed: args.seed, rate: args.rate };
        let path = write_wide(&args.out, &params, args.force).map_err(failure)?;
        anstream::eprintln!("wrote {} rows to {}", args.leads, path.display());
        return Ok(());
    }
    let params = SynthParams {
        n_leads: args.leads,
        n_months: args.months,
        seed: args.seed,
        rate: args.rate,
        drift: args.drift,
        opinion: args.opinion,
    };
    params.check().map_err(failure)?;
    // A folder that cannot be written to is found before the leads are made.
    prepare_set(&args.out, args.force).map_err(failure)?;
    let set = generate(&params).map_err(failure)?;
    write_into(&args.out, &render(&set).map_err(failure)?, args.force).map_err(failure)?;
    anstream::eprintln!(
        "wrote {} leads in {} hand-offs and {} events to {}\nnext: bantam calibrate {}",
        set.outcomes.len(),
        set.hand_offs.len(),
        set.events.len(),
        args.out.display(),
        args.out.join("bantam.toml").display()
    );
    Ok(())
}

fn failure(error: SynthError) -> Failure {
    let exit = match &error {
        SynthError::Wish(_) => Exit::Usage,
        SynthError::Write { .. } => Exit::Environment,
        SynthError::Fault { .. } => Exit::Internal,
    };
    Failure::caused(exit, "cannot make up leads", &error)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: SynthArgs,
    }

    fn args(rest: &[&str]) -> SynthArgs {
        Command::parse_from(["synth"].iter().chain(rest)).args
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let args = args(&["--out", "x"]);
        let expected = SynthParams::default();
        assert_eq!((args.leads, args.months, args.seed), (expected.n_leads, expected.n_months, expected.seed));
        assert_eq!((args.rate, args.drift), (expected.rate, expected.drift));
    }

    #[test]
    fn a_set_and_a_wide_table_are_written() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("demo").display().to_string();
        run(&args(&["--out", &out, "--leads", "200", "--drift", "-0.2"])).expect("a set");
        run(&args(&["--out", &out, "--leads", "50", "--wide"])).expect("a wide table");
        let n_files = std::fs::read_dir(dir.path().join("demo")).expect("listed").count();
        assert_eq!(n_files, crate::synth::SetFile::NAMES.len() + 1);
        let failure = run(&args(&["--out", &out, "--leads", "50", "--wide"])).expect_err("there already");
        assert_eq!(failure.exit, Exit::Usage);
        let expected = format!(
            "cannot make up leads\n  {out} already holds wide.parquet\n  \
             hint: choose another folder, or replace them with `--force`"
        );
        assert_eq!(failure.message, expected);
    }

    #[test]
    fn a_wish_that_cannot_be_met_leaves_no_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("demo");
        let failure = run(&args(&["--out", &out.display().to_string(), "--rate", "18"])).expect_err("no share");
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(
            failure.message,
            "cannot make up leads\n  `--rate` is 18; it takes a share from 0.005 to 0.9, such as 0.18 for 18 %"
        );
        assert!(!out.exists());
    }
}
