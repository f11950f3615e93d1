//! The golden rows, run through a written export by the program that will use it.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::write::companion_path;
use crate::cli::exit::{Exit, Failure};
use crate::export::{Argument, Proof};

/// Most characters of a program's own words that are passed on.
const MAX_WORDS: usize = 2_000;

/// What was proved, in a sentence.
///
/// # Errors
/// A [`Failure`]: 1 when rows differ, 4 when the program is not there or cannot run.
pub(super) fn verify(proof: &Proof, out: &Path, n_golden: usize) -> Result<String, Failure> {
    let (program, arguments) = match proof {
        Proof::Done => return Ok(format!("all {n_golden} made-up leads get their points")),
        Proof::ByHand(what) => {
            return Err(Failure::environment(format!("nothing on this machine can run this export\nhint: {what}")));
        }
        Proof::Program { program, arguments } => (program, arguments),
    };
    let path_of = |argument: &Argument| match argument {
        Argument::Text(text) => OsString::from(text),
        Argument::Main => out.as_os_str().to_owned(),
        Argument::Companion(ending) => companion_path(out, ending).into_os_string(),
    };
    let arguments: Vec<OsString> = arguments.iter().map(path_of).collect();
    let ran = Command::new(program).args(&arguments).stdin(Stdio::null()).output().map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => format!("install `{program}`, or run what was written where it is at home"),
            _ => "run it by hand".to_owned(),
        };
        Failure::environment(format!("cannot run `{program}` to verify the export: {error}\nhint: {hint}"))
    })?;
    let words = |bytes: &[u8]| -> String {
        String::from_utf8_lossy(bytes)
            .trim()
            .chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .take(MAX_WORDS)
            .collect()
    };
    let (said, complained) = (words(&ran.stdout), words(&ran.stderr));
    if !said.is_empty() {
        return Err(Failure::new(
            Exit::GateFailed,
            format!("`{program}` gives other points to some made-up leads:\n{said}"),
        ));
    }
    if !ran.status.success() {
        return Err(Failure::environment(format!(
            "`{program}` could not run the export ({}):\n{complained}",
            ran.status
        )));
    }
    Ok(format!("all {n_golden} made-up leads get their points in `{program}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &'static str) -> Result<String, Failure> {
        let arguments = vec![Argument::Text("-c"), Argument::Text(script), Argument::Text("sh"), Argument::Main];
        verify(&Proof::Program { program: "sh", arguments }, Path::new("card.sql"), 7)
    }

    #[test]
    fn silence_is_proof_and_words_are_rows_that_differ() {
        assert_eq!(shell("test \"$1\" = card.sql"), Ok("all 7 made-up leads get their points in `sh`".to_owned()));
        let differs = shell("echo row 3").expect_err("it differs");
        assert_eq!(differs.exit, Exit::GateFailed);
        assert!(differs.message.ends_with("row 3"), "{}", differs.message);
    }

    #[test]
    fn a_program_that_fails_or_is_not_there_proves_nothing() {
        let failed = shell("echo no such table >&2; exit 3").expect_err("it failed");
        assert_eq!(failed.exit, Exit::Environment);
        assert!(failed.message.contains("no such table"), "{}", failed.message);
        let absent = Proof::Program { program: "no-such-program-anywhere", arguments: Vec::new() };
        let absent = verify(&absent, Path::new("card.sql"), 7).expect_err("it is not there");
        assert_eq!(absent.exit, Exit::Environment);
        assert!(absent.message.contains("install `no-such-program-anywhere`"), "{}", absent.message);
    }
}
