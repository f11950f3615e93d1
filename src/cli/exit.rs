//! How the command ends: an exit code with a name, and the sentence that goes with it.
//!
//! Always true: a failure's message is written for the person at the keyboard; it says what was seen, where, and what helps.

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// Exit codes of `bantam`. Scripts may rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Did what was asked.
    Done = 0,
    /// Ran to the end, and a gate (calibration, drift) failed.
    GateFailed = 1,
    /// The arguments or the config make no sense.
    Usage = 2,
    /// The data or the card cannot be used.
    BadData = 3,
    /// Disk, lock or permission.
    Environment = 4,
    /// A fault of ours.
    Internal = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why the command did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The code the process ends with.
    pub exit: Exit,
    /// What is printed, one cause per line.
    pub message: String,
}

impl Failure {
    /// A failure with `exit` and `message`.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// The arguments or the config make no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The data or the card cannot be used.
    pub fn bad_data(message: impl Into<String>) -> Self {
        Self::new(Exit::BadData, message)
    }

    /// Disk, lock or permission.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(Exit::Environment, message)
    }

    /// A file or folder that cannot be written.
    pub fn unwritable(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::environment(format!("cannot write {}: {error}", path.display()))
    }

    /// The same failure with what helps, on a line of its own.
    pub fn hint(mut self, hint: &str) -> Self {
        self.message += &format!("\nhint: {hint}");
        self
    }

    /// A fault of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Exit::Internal, message)
    }

    /// `outer` on the first line, then `cause` and what caused it, one per line: `cannot read leads.parquet`.
    pub fn caused(exit: Exit, outer: impl Into<String>, cause: &dyn Error) -> Self {
        let mut message = outer.into();
        let mut next = Some(cause);
        while let Some(error) = next {
            message.push_str("\n  ");
            message.push_str(&error.to_string().replace('\n', "\n  "));
            next = error.source();
        }
        Self { exit, message }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_manual() {
        let all = [Exit::Done, Exit::GateFailed, Exit::Usage, Exit::BadData, Exit::Environment, Exit::Internal]
            .map(|e| e as u8);
        assert_eq!(all, [0, 1, 2, 3, 4, 5]);
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the footer is damaged")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn causes_stand_one_per_line() {
        let inner = "x".parse::<i32>().expect_err("not a number");
        let failure = Failure::caused(Exit::BadData, "cannot read leads.parquet", &Outer(inner));
        assert_eq!(
            failure.message,
            "cannot read leads.parquet\n  the footer is damaged\n  invalid digit found in string"
        );
        assert_eq!(failure.exit, Exit::BadData);
    }
}
