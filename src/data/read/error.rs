//! Why a table could not be read, in words for the person who has to mend it.

use std::fmt::Display;
use std::path::Path;

/// Why a table could not be read. Every message names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct LeadError {
    words: String,
    is_environment: bool,
}

impl LeadError {
    /// Data that cannot be used; `words` say what was seen, where, and what helps.
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_environment: false }
    }

    /// What the system said of a file: no permission, a disk that fails.
    pub(super) fn environment(path: impl Display, said: impl Display) -> Self {
        Self { words: format!("cannot read {path}: {said}"), is_environment: true }
    }

    /// What a file that cannot be read comes to.
    pub(super) fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |error| Self::environment(path.display(), error)
    }

    /// 0 bytes.
    pub(super) fn no_bytes(path: impl Display) -> Self {
        Self::new(format!("{path} is empty: 0 bytes\nhint: the export that made it may have failed; run it again"))
    }

    /// The bytes are not what the name promises.
    pub(super) fn wrong_format(path: impl Display, wanted: &str, seen: impl Display) -> Self {
        Self::new(format!("{path} is not {wanted}: {seen}"))
    }

    /// Bytes that cannot be what was once written.
    pub(super) fn damaged(path: impl Display, what: impl Display) -> Self {
        Self::new(format!("{path} is damaged: {what}\nhint: copy or export it again; nothing of it was used"))
    }

    /// A decoder that gives up on bytes that passed every check.
    pub(super) fn undecodable(path: impl Display, what: impl Display) -> Self {
        Self::new(format!(
            "{path} cannot be decoded: {what}\nhint: it is damaged, or written in a way this version does not know; copy or \
             export it again"
        ))
    }

    /// Several columns of one name.
    pub(super) fn duplicate_column(path: impl Display, column: &str, n: usize) -> Self {
        Self::new(format!(
            "{path} has {n} columns named {column:?}\nhint: rename them; Bantam could not tell which one is meant"
        ))
    }

    /// Whether the machine is at fault (permissions, disk, network) and not the data.
    pub fn is_environment(&self) -> bool {
        self.is_environment
    }
}
