//! The command: arguments in, files and words out.

pub mod exit;
pub mod score;

use std::process::ExitCode;

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
