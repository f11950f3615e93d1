//! What was decided about the values of columns, in notes: one per kind, not one per column.

use crate::notes::{Note, count, counted};

/// What there is to say of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::data::read) struct Told {
    /// A reading that is not the plain one: what it is, in a few words, with an example.
    pub read_as: Option<String>,
    /// Words that count as missing, and their rows.
    pub gaps: Option<(Vec<String>, usize)>,
    /// Cells that say something else.
    pub bad: Option<Bad>,
    /// Why it stays text although it looks like more.
    pub stays_text: Option<String>,
    /// What nobody but the user can decide.
    pub doubt: Option<Doubt>,
}

/// Cells that the rule of their column does not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::data::read) struct Bad {
    pub n_bad: usize,
    /// The first, from 1.
    pub row: usize,
    pub text: String,
}

/// What nobody but the user can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The column.
    pub column: String,
    /// A text of it that can be read two ways.
    pub example: String,
}

impl Told {
    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            read_as: other.read_as.or(self.read_as),
            gaps: self.gaps.or(other.gaps),
            bad: self.bad.or(other.bad),
            stays_text: self.stays_text.or(other.stays_text),
            doubt: self.doubt.or(other.doubt),
        }
    }
}

/// Columns that one note names.
const MOST: usize = 6;

/// The notes on the columns of one table.
pub(super) fn notes<'a>(stage: &str, told: impl Iterator<Item = (&'a str, &'a Told)>) -> Vec<Note> {
    let told: Vec<(&str, &Told)> = told.collect();
    let mut notes = Vec::new();
    let mut say = |text: String| notes.push(Note::new(stage, text));
    let all = |pick: &dyn Fn(&Told) -> Option<String>| -> Option<String> {
        let said: Vec<String> =
            told.iter().filter_map(|(name, told)| Some(format!("{name:?} ({})", pick(told)?))).collect();
        let shown = said.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
        match said.len() {
            0 => None,
            n if n > MOST => Some(format!("{shown} and {} more", n - MOST)),
            _ => Some(shown),
        }
    };
    if let Some(columns) = all(&|told| told.read_as.clone()) {
        say(format!("columns read by a rule: {columns}"));
    }
    if let Some(columns) = all(&|told| {
        let (words, n_rows) = told.gaps.as_ref()?;
        Some(format!("{} in {}", quoted(words), counted(*n_rows as u64, "row")))
    }) {
        say(format!("words that count as missing among numbers or dates: {columns}"));
    }
    if let Some(columns) = all(&|told| {
        let bad = told.bad.as_ref()?;
        let more = match bad.n_bad {
            1 => String::new(),
            n => format!(", and {} more", count(n as u64 - 1)),
        };
        Some(format!("{:?} in row {}{more}", shortened(&bad.text), count(bad.row as u64)))
    }) {
        say(format!("single cells that cannot be read count as missing: {columns}"));
    }
    if let Some(columns) = all(&|told| told.stays_text.clone()) {
        say(format!("columns that look like more and stay text: {columns}"));
    }
    notes
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(30) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
