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

    /// Where there are any: `noun` after its count and what is to say of them.
    pub fn of_some(stage: &str, n: usize, noun: &str, what: &str) -> Option<Self> {
        (n > 0).then(|| Self::new(stage, format!("{} {what}", counted(n as u64, noun))))
    }
}

/// The words of an error within a sentence: its hint follows on the same line.
pub fn in_one_line(error: &str) -> String {
    error.replace("\nhint: ", "; ")
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

/// "a, b and c"; an empty list is an empty text.
///
/// - `last`: the word before the last one: "and", "or".
pub fn in_words<T: AsRef<str>>(names: &[T], last: &str) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [firsts @ .., end] => {
            let firsts: Vec<&str> = firsts.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", firsts.join(", "), end.as_ref())
        }
    }
}

/// Text from the data made harmless for a terminal: characters that move the cursor, change colours or turn the reading
/// direction become a replacement mark.
pub fn harmless(text: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_harmful(c) { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_say_them() {
        assert_eq!(in_words::<&str>(&[], "and"), "");
        assert_eq!(in_words(&["hot"], "and"), "hot");
        assert_eq!(in_words(&["hot", "nurture", "reject"], "or"), "hot, nurture or reject");
    }

    #[test]
    fn a_name_cannot_paint_the_terminal() {
        assert_eq!(harmless("a\u{1b}[31mred\nb\u{202e}c"), "a\u{FFFD}[31mred\u{FFFD}b\u{FFFD}c");
    }
}
