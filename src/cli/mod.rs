//! The command: arguments in, files and words out.
//!
//! Data go to stdout, words and progress to stderr. Exit codes are those of [`exit::Exit`].

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "data and words of the command go out here")]

pub mod answers;
mod bar;
mod calibrate;
mod card_file;
mod check;
mod compare;
#[cfg(feature = "adbc")]
mod connect;
pub mod exit;
mod export;
mod feedback;
mod init;
mod input;
mod man;
mod monitor;
mod new_leads;
mod outcome_args;
mod read_args;
mod recalibrate;
mod schema;
mod score;
mod sql;
mod synth;
mod welcome;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use terminal_size::{Width, terminal_size_of};

use crate::render::words::set_columns;
use exit::{Exit, Failure};

/// Lead scores that sales and marketing can agree on
///
/// Bantam turns a company's own history of sales leads into a card of whole points, says what a score is worth with honest
/// odds, and shows what each threshold trades: lead volume against conversion rate.
#[derive(Debug, Parser)]
#[command(name = "bantam", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 a gate failed, 2 usage, 3 bad data, 4 disk, lock or permission, 5 a fault of ours."
)]
struct Cli {
    /// `None`: somebody wonders what to type.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Check(check::CheckArgs),
    Calibrate(calibrate::CalibrateArgs),
    Compare(compare::CompareArgs),
    Score(score::ScoreArgs),
    Monitor(monitor::MonitorArgs),
    Recalibrate(recalibrate::RecalibrateArgs),
    Export(export::ExportArgs),
    Feedback(feedback::FeedbackArgs),
    Sql(sql::SqlArgs),
    Synth(synth::SynthArgs),
    Schema(schema::SchemaArgs),
    Man(man::ManArgs),
    /// Print a script that completes bantam's arguments in your shell
    #[command(
        after_help = "Examples:\n  bantam completions bash > ~/.local/share/bash-completion/completions/bantam\n  bantam completions zsh > ~/.zfunc/_bantam"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Folder that holds all runs where none is named; it is also looked into unasked.
const RUNS: &str = "bantam-out";

/// What a command prints on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// Runs the command with these arguments, the first of which is its own name.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    exit_of(arguments).into()
}

/// As [`main_with`], with the exit code by its name.
pub fn exit_of(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // A closed terminal is no reason to fail: there is nobody left to tell.
            let _ = error.print();
            return code;
        }
    };
    if let Some(columns) = terminal_columns() {
        set_columns(columns);
    }
    let Some(command) = cli.command else {
        // As for any command that lacks what it needs: words on stderr, and no success.
        anstream::eprint!("{}", welcome::welcome(Path::new(".")));
        return Exit::Usage;
    };
    match run(command) {
        Ok(()) => Exit::Done,
        Err(failure) => {
            anstream::eprintln!("{}error:{:#} {}", ERROR, ERROR, failure.message);
            failure.exit
        }
    }
}

/// How wide the terminal is that words are printed on; `None` for files and pipes.
fn terminal_columns() -> Option<usize> {
    let (Width(columns), _) = terminal_size_of(std::io::stdout())?;
    Some(usize::from(columns))
}

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Monitor(args) => monitor::run(&args),
        Command::Recalibrate(args) => recalibrate::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Feedback(args) => feedback::run(&args),
        Command::Sql(args) => sql::run(&args),
        Command::Synth(args) => synth::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "bantam", &mut std::io::stdout());
            Ok(())
        }
    }
}

/// A file or answer for programs.
///
/// - `failing`: what to say where it cannot be made.
fn to_json(value: &impl serde::Serialize, failing: &'static str) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    json.map(|json| json + "\n").map_err(|error| Failure::caused(Exit::Internal, failing, &error))
}

/// Prints to stdout, without colours where they do not belong; a closed pipe ends the output, not the run.
fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}
