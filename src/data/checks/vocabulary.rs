//! Vocabulary: whether the name of a column has one of many phrases in it, in several languages.
//!
//! Always true: capitals, accents and the way words are joined do not matter; a phrase is whole words that follow each other.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::data::columns::words;

/// Phrases that mean the same thing, with commas between them.
///
/// A phrase stands anywhere in a name; `=` before it: it is the whole name; `>`: the name ends with it. A word that ends in `*`
/// stands for every word that begins so.
pub(super) type Phrases = &'static str;

/// The name of a column as plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    words: Vec<String>,
}

impl Name {
    pub(super) fn of(column: &str) -> Self {
        Self { words: words(column).iter().map(|word| plain(word)).collect() }
    }

    /// Whether the name has one of the phrases.
    pub(super) fn has(&self, phrases: Phrases) -> bool {
        phrases.split(',').any(|phrase| self.has_phrase(phrase.trim()))
    }

    fn has_phrase(&self, phrase: &str) -> bool {
        let (place, phrase) = match phrase.as_bytes().first() {
            Some(b'=' | b'>') => phrase.split_at(1),
            _ => ("", phrase),
        };
        let phrase: Vec<String> = phrase.split(' ').map(plain).collect();
        let is_there = |words: &[String]| words.iter().zip(&phrase).all(|(word, wanted)| is_word(word, wanted));
        let n = phrase.len();
        match place {
            _ if self.words.len() < n => false,
            "=" => self.words.len() == n && is_there(&self.words),
            ">" => is_there(&self.words[self.words.len() - n..]),
            _ => self.words.windows(n).any(is_there),
        }
    }
}

fn is_word(word: &str, wanted: &str) -> bool {
    wanted.strip_suffix('*').map_or(word == wanted, |beginning| word.starts_with(beginning))
}

/// A word in small letters without accents.
fn plain(word: &str) -> String {
    word.nfd()
        .filter(|&letter| !is_combining_mark(letter))
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .replace('ß', "ss")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_has(name: &str, phrases: Phrases, has: bool) {
        assert_eq!(Name::of(name).has(phrases), has, "{name}: {phrases:?}");
    }

    #[test]
    fn phrases_are_whole_words_however_a_name_is_written() {
        for name in ["Closed Lost Reason", "closedLostReason", "closed-lost-reason", "LOST_REASON (text)"] {
            assert_has(name, "lost reason", true);
        }
        assert_has("Lost", "lost reason", false);
        assert_has("reason_for_lost_bags", "lost reason", false);
        assert_has("Última Atividade", "ultima atividade", true);
        assert_has("Straße", "strasse", true);
        assert_has("Rechnungsnummer", "rechnung*", true);
    }

    #[test]
    fn a_phrase_can_ask_for_its_place() {
        assert_has("Probability (%)", "=probability", true);
        assert_has("SpecialDay (probability)", "=probability", false);
        assert_has("Work e-mail", ">e mail", true);
        assert_has("E-mail template", ">e mail", false);
    }
}
