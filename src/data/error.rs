//! What is wrong with the user's tables once they have been read.

/// Why tables cannot be used, in words for the person who has to mend them: the key or the column, the row, and what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DataError(String);

impl DataError {
    /// What was seen, where, and what helps.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}
