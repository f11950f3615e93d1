//! Notes: things the engine did that a careful person would mention. Nothing falls back in silence.

use serde::{Deserialize, Serialize};

/// One thing worth mentioning, in a sentence a sales person can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
pub struct Note {
    /// Which stage says it: `leads`, `labels`, `features`, `fit`, ...
    pub stage: String,
    /// The sentence, with its counts.
    pub text: String,
}

impl Note {
    /// A note of `stage` that says `text`.
    pub fn new(stage: &str, text: impl Into<String>) -> Self {
        Self { stage: stage.to_owned(), text: text.into() }
    }
}
