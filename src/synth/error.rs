//! What can be wrong with a wish for made-up leads, in words for the person who typed it.

use std::error::Error;
use std::fmt::Display;

/// Why no leads were made.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// What cannot be met, and what helps.
    #[error("{0}")]
    Wish(String),
    /// Disk, permission.
    #[error("cannot write {path}")]
    Write {
        /// The file or folder, and perhaps in which format.
        path: String,
        /// What the system or the writer said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A fault of ours.
    #[error("{what}")]
    Fault {
        /// What does not work.
        what: String,
        /// What the library said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl SynthError {
    /// The wish can be met.
    pub(super) fn unless(is_met: bool, option: &str, value: impl Display, takes: &str) -> Result<(), Self> {
        if is_met { Ok(()) } else { Err(Self::Wish(format!("`--{option}` is {value}; {takes}"))) }
    }

    /// What was said where `path` could not be written.
    pub(super) fn write<E: Into<Box<dyn Error + Send + Sync>>>(path: impl Display) -> impl Fn(E) -> Self {
        move |said| Self::Write { path: path.to_string(), source: said.into() }
    }

    /// What a library said of what we made.
    pub(super) fn fault<E: Into<Box<dyn Error + Send + Sync>>>(what: impl Display) -> impl Fn(E) -> Self {
        move |said| Self::Fault { what: what.to_string(), source: said.into() }
    }
}
