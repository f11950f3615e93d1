//! Texts to levels: a hash table of the texts the card names, or of the answers that its map makes.
//!
//! Always true: a text that is a level as it stands is found without being copied; only a miss is normalised and tried again.

use std::borrow::Cow;
use std::collections::HashMap;

use ahash::RandomState;

use super::MISSING;
use crate::card::text_map::{TextMap, TextMapReader};
use crate::card::{Criterion, normalise_text};

/// The texts a criterion names, each with the position of its level.
#[derive(Debug, Clone)]
pub(super) struct TextLevels {
    levels: HashMap<Box<str>, u16, RandomState>,
    /// Level of every other text.
    otherwise: u16,
    /// What makes answers of texts.
    map: Option<TextMapReader>,
}

impl TextLevels {
    pub(super) fn new(criterion: &Criterion) -> Self {
        // Fixed keys: the table holds the card's own texts, so no lead can fill it, and two runs behave alike.
        let mut by_text = HashMap::with_hasher(RandomState::with_seeds(1, 2, 3, 4));
        for (idx, level) in criterion.levels.iter().enumerate() {
            by_text.extend(level.when.texts().iter().map(|text| (Box::from(text.as_str()), idx as u16)));
        }
        let otherwise = criterion.levels.len().saturating_sub(1) as u16;
        Self { levels: by_text, otherwise, map: criterion.map.as_ref().map(TextMap::reader) }
    }

    /// Level of every text that the card does not name; `None` where its map has an answer for all of them.
    pub(super) fn unnamed_level(&self) -> Option<u16> {
        self.map.is_none().then_some(self.otherwise)
    }

    /// Level of `text`, which need not be normalised.
    #[inline]
    pub(super) fn level_of(&self, text: &str) -> u16 {
        if let Some(map) = &self.map {
            let answer = map.answer(&normalise_text(text)).map(|answer| self.levels.get(answer));
            return answer.map_or(MISSING, |level| level.copied().unwrap_or(self.otherwise));
        }
        // The card's texts are normalised, so whatever equals one byte by byte is normalised as well.
        match self.levels.get(text) {
            Some(&level) => level,
            None => self.level_of_unlisted(text),
        }
    }

    /// Level of a text that is not in the table as it stands.
    fn level_of_unlisted(&self, text: &str) -> u16 {
        match normalise_text(text) {
            tidy if tidy.is_empty() => MISSING,
            Cow::Borrowed(same) if same.len() == text.len() => self.otherwise,
            tidy => self.levels.get(tidy.as_ref()).copied().unwrap_or(self.otherwise),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::card::tests::example_criteria;

    use super::*;

    #[test]
    fn texts_are_found_as_they_stand_and_after_normalising() {
        let budget = TextLevels::new(&example_criteria()[0]);
        for (text, level) in [
            ("none", 1),
            ("unknown", 1),
            ("approved", 2),
            (" approved\u{a0}", 2),
            ("\u{85}approved\u{2028}", 2),
            ("bewilligt für 2026", 2),
            ("bewilligt fu\u{308}r 2026", 2),
            ("Approved", 3),
            ("\u{feff}approved", 3),
            ("approved\0", 3),
            ("аpproved", 3),
            ("missing", 3),
            ("", 0),
            ("   ", 0),
        ] {
            assert_eq!(budget.level_of(text), level, "{text:?}");
        }
    }
}
