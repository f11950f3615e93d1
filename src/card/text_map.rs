//! Text maps: rules that make a few answers of free text, such as job titles.
//!
//! In: a text under the card's rule of text. Out: the answer of the first rule one of whose phrases the text holds, [`OTHER`]
//! where none does, and nothing where the text is a word for "not known".
//!
//! A phrase is words in a row: `vice president` is in `Vice-President, Sales` and not in `vice presidents`. A `*` at an end of it
//! lets the word go on there: `*leiter` is in `Vertriebsleiter`.
//!
//! Always true: capitals and the signs between words decide nothing; a text is made plain character by character
//! ([`plain_char`]) and then looked into for whole phrases, and nothing more, so that every language with a "contains" comes to
//! the same answer.

use serde::{Deserialize, Serialize};

use super::normalise_text;

/// The answer of a text that no rule takes.
pub const OTHER: &str = "other";

/// Most rules of a criterion.
pub const MAX_RULES: usize = 1_000;

/// How the texts of a column become answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TextMap {
    /// Read top down: the first that takes the text gives the answer; without one it is `other`.
    pub rules: Vec<MapRule>,
    /// Texts that say that nothing is known, compared letter by letter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// One rule: `{ match = "vp|vice president", to = "executive" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MapRule {
    /// Phrases with `|` between them: whole words in a row, whatever their capitals; `*` at an end of a phrase lets the word go on.
    #[serde(rename = "match")]
    pub phrases: String,
    /// The answer of a text that holds one of them.
    pub to: String,
}

/// Why a `match` is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPhrase {
    /// There is no letter or digit in it.
    #[error("has a phrase without a word: write words, with \"|\" between the phrases")]
    Empty,
    /// A `*` where words stand on both sides.
    #[error("has a \"*\" within {phrase:?}: it may stand at the beginning or the end of a phrase")]
    StarWithin {
        /// The phrase.
        phrase: String,
    },
}

impl MapRule {
    /// What a [`plain_text`] holds where the rule takes it: one of these.
    ///
    /// # Errors
    /// [`NotAPhrase`] for the first phrase that is none.
    pub fn needles(&self) -> Result<Vec<String>, NotAPhrase> {
        self.phrases.split('|').map(needle).collect()
    }
}

/// A phrase as it stands in a plain text: with the blank before its first word and behind its last, unless the word may go on.
fn needle(phrase: &str) -> Result<String, NotAPhrase> {
    let phrase = phrase.trim();
    let (goes_on_before, words) = phrase.strip_prefix('*').map_or((false, phrase), |words| (true, words));
    let (goes_on_behind, words) = words.strip_suffix('*').map_or((false, words), |words| (true, words));
    if words.contains('*') {
        return Err(NotAPhrase::StarWithin { phrase: phrase.to_owned() });
    }
    let plain = plain_text(&normalise_text(words));
    let mut needle = plain.as_str();
    if needle.trim().is_empty() {
        return Err(NotAPhrase::Empty);
    }
    if goes_on_before {
        needle = needle.trim_start();
    }
    if goes_on_behind {
        needle = needle.trim_end();
    }
    Ok(needle.to_owned())
}

/// Signs that stand between words. Not among them, because they are part of one: `#` and `+` (C#, C++).
pub const SIGNS: &str = "!\"$%&'()*,-./:;<=>?@[\\]^_`{|}~\u{a1}\u{a7}\u{ab}\u{b4}\u{b7}\u{bb}\u{bf}\u{2010}\u{2011}\u{2012}\u{2013}\
     \u{2014}\u{2015}\u{2018}\u{2019}\u{201a}\u{201c}\u{201d}\u{201e}\u{2022}\u{2026}\u{2039}\u{203a}\u{2212}\u{3001}\u{3002}";

/// Characters below have their capitals made small: Latin, Greek, Cyrillic and their neighbours. Beyond, readers disagree.
const END_OF_CAPITALS: char = '\u{2000}';

/// A character of a text as it stands in the plain one: small, and a blank for what stands between words. Always one for one.
pub fn plain_char(c: char) -> char {
    if c.is_whitespace() || SIGNS.contains(c) {
        return ' ';
    }
    if c >= END_OF_CAPITALS {
        return c;
    }
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The words of a text, small, each with one blank before and behind it.
pub fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 2);
    plain.push(' ');
    for c in text.chars().map(plain_char) {
        if c != ' ' || !plain.ends_with(' ') {
            plain.push(c);
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
    plain
}

/// A [`TextMap`] in the form that reads many texts.
#[derive(Debug, Clone)]
pub struct TextMapReader {
    rules: Vec<(Vec<String>, String)>,
    missing: Vec<String>,
}

/// What the rules say of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapped {
    /// A word for "not known", or nothing at all.
    Missing,
    /// The rule at this position takes it.
    Rule(usize),
    /// No rule takes it.
    Other,
}

impl TextMap {
    /// A reader of many texts. A rule that is none, which no checked card has, takes nothing.
    pub fn reader(&self) -> TextMapReader {
        let rules = self.rules.iter().map(|rule| (rule.needles().unwrap_or_default(), rule.to.clone()));
        TextMapReader { rules: rules.collect(), missing: self.missing.clone() }
    }

    /// The answers there can be, each once: those of the rules, and [`OTHER`] last.
    pub fn answers(&self) -> Vec<&str> {
        let mut answers: Vec<&str> = Vec::new();
        for to in self.rules.iter().map(|rule| rule.to.as_str()).chain([OTHER]) {
            if !answers.contains(&to) {
                answers.push(to);
            }
        }
        answers
    }
}

impl TextMapReader {
    /// What the rules say of `text`, which is normalised.
    pub fn map(&self, text: &str) -> Mapped {
        if text.is_empty() || self.missing.iter().any(|word| word == text) {
            return Mapped::Missing;
        }
        let plain = plain_text(text);
        let takes = |(needles, _): &(Vec<String>, String)| needles.iter().any(|needle| plain.contains(needle.as_str()));
        self.rules.iter().position(takes).map_or(Mapped::Other, Mapped::Rule)
    }

    /// The answer that `text`, which is normalised, comes to; `None` where nothing is known.
    pub fn answer(&self, text: &str) -> Option<&str> {
        match self.map(text) {
            Mapped::Missing => None,
            Mapped::Rule(at) => Some(&self.rules[at].1),
            Mapped::Other => Some(OTHER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rules: &[(&str, &str)]) -> TextMap {
        let rule = |&(phrases, to): &(&str, &str)| MapRule { phrases: phrases.to_owned(), to: to.to_owned() };
        TextMap { rules: rules.iter().map(rule).collect(), missing: vec!["N/A".to_owned()] }
    }

    #[test]
    fn the_first_rule_that_holds_a_phrase_counts() {
        let map = map(&[
            ("vp | vice president | v.p.", "executive"),
            ("chief*", "chief"),
            ("*leiter|*führer", "head"),
            ("engineer*|c#", "technical"),
            ("sales", "sales"),
        ]);
        let reader = map.reader();
        for (text, answer) in [
            ("VP", Some("executive")),
            ("Vice-President,  Sales", Some("executive")),
            ("vice\u{a0}president", Some("executive")),
            ("V.P. Sales", Some("executive")),
            ("SVP", Some("other")),
            ("vice presidents", Some("other")),
            ("president vice", Some("other")),
            ("Chiefs of staff", Some("chief")),
            ("Vertriebsleiter", Some("head")),
            ("GESCHÄFTSFÜHRER", Some("head")),
            ("Leiterin", Some("other")),
            ("Sales Engineering", Some("technical")),
            ("C# developer", Some("technical")),
            ("c developer", Some("other")),
            ("Head of Sales", Some("sales")),
            ("N/A", None),
            ("n/a", Some("other")),
            ("---", Some("other")),
            ("", None),
        ] {
            assert_eq!(reader.answer(text), answer, "{text:?}");
        }
        assert_eq!(map.answers(), ["executive", "chief", "head", "technical", "sales", "other"]);
    }

    #[test]
    fn phrases_without_a_word_and_stars_within_are_refused() {
        let refused = |phrases: &str| {
            let rule = MapRule { phrases: phrases.to_owned(), to: "x".to_owned() };
            rule.needles().expect_err(phrases).to_string()
        };
        for empty in ["", "vp|", "*", " | ", "**", "-"] {
            assert!(refused(empty).starts_with("has a phrase without a word"), "{empty}");
        }
        assert_eq!(
            refused("vp|vice*president"),
            "has a \"*\" within \"vice*president\": it may stand at the beginning or the end of a phrase"
        );
    }

    #[test]
    fn one_character_becomes_one_and_stays_what_it_became() {
        for c in (0..0x3_0000).filter_map(char::from_u32) {
            let plain = plain_char(c);
            assert_eq!(plain_char(plain), plain, "{c:?}");
        }
        assert_eq!(['Ä', 'Ω', 'Д', 'ẞ', 'İ', 'Ａ', '\u{3000}'].map(plain_char), ['ä', 'ω', 'д', 'ß', 'İ', 'Ａ', ' ']);
        assert_eq!(plain_text("  a--B/ "), " a b ");
    }
}
