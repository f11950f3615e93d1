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

/// A count with commas: 41,188.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `noun` after its count: 1 lead, 2 leads.
pub fn counted(n: u64, noun: &str) -> String {
    let plural = match noun.strip_suffix("criterion") {
        Some(before) => format!("{before}criteria"),
        None => format!("{noun}s"),
    };
    format!("{} {}", count(n), if n == 1 { noun } else { &plural })
}
