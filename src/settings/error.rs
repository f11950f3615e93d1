//! What can be wrong with a config, in words for the person who wrote it.

use std::fmt;

/// Why a config cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not there, a folder, no permission.
    #[error("cannot read {path}\nhint: `bantam init leads.parquet` writes a config")]
    Unreadable {
        /// The config.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No text, no TOML, or nothing that TOML can hold.
    #[error("{0}")]
    Unusable(String),
    /// Keys that are unknown, values of the wrong type, rules broken.
    #[error("{}", list(path.as_deref(), problems))]
    Problems {
        /// The config; `None` when it was made from options.
        path: Option<String>,
        /// All of them.
        problems: Vec<Problem>,
    },
}

/// One thing wrong with a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1, where it is known.
    pub line: Option<usize>,
    /// Full name of the key; items of lists count from 1 (`criterion[2].trend`).
    pub key: String,
    /// The sentence that goes on after the key.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "`{}` {}", self.key.escape_debug(), self.text)
    }
}

fn list(path: Option<&str>, problems: &[Problem]) -> String {
    let place = path.unwrap_or("the config");
    let mut text = match problems.len() {
        1 => format!("{place} has a problem"),
        n => format!("{place} has {n} problems"),
    };
    for problem in problems {
        text.push_str(&format!("\n  {problem}"));
    }
    text
}
