//! What leads wrote, where that is not the name of their answer, in the words of a note.

use super::answers::{Meaning, Written};
use super::in_quotes;
use crate::notes::{Note, count, counted};

impl Written {
    /// That words for "not known" count as missing.
    pub fn missing_words_note(&self, column: &str) -> Option<Note> {
        let words = WrittenTexts::of(self, |_, means| *means == Meaning::Missing)?;
        let text = format!(
            "column {column:?}: {} {} as missing: no answer. To keep {}, set `missing = []` under its [[criterion]], or `leads.missing`",
            words.shown(),
            if words.0.len() == 1 { "counts" } else { "count" },
            if words.0.len() == 1 { "it" } else { "them" },
        );
        Some(Note::new("features", text))
    }

    /// That texts count as the commonest spelling of the same answer.
    pub fn spellings_note(&self, stage: &str, column: &str) -> Option<Note> {
        let others = WrittenTexts::of(self, |text, means| means.level().is_some_and(|level| level != text))?;
        let text = format!(
            "column {column:?}: {} of {} {} from a commoner spelling in nothing but capitals, blanks, dashes or letters that look \
             alike; one answer each: {}",
            counted(others.0.len() as u64, "spelling"),
            counted(others.n_leads(), "lead"),
            if others.0.len() == 1 { "differs" } else { "differ" },
            others.shown()
        );
        Some(Note::new(stage, text))
    }
}

/// Texts of leads that are not the name of their level, with how many leads wrote each, commonest first.
struct WrittenTexts<'a>(Vec<(&'a str, usize)>);

impl<'a> WrittenTexts<'a> {
    fn of(written: &'a Written, is_wanted: impl Fn(&str, &Meaning) -> bool) -> Option<Self> {
        let texts = written.texts.levels.iter().zip(&written.means).zip(written.texts.counts());
        let wanted = texts.filter(|((text, means), n)| *n > 0 && is_wanted(text, means));
        let mut found: Vec<(&str, usize)> = wanted.map(|((text, _), n)| (text.as_str(), n)).collect();
        // Stable: of texts that are as common the first in byte order comes first.
        found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        (!found.is_empty()).then_some(Self(found))
    }

    fn n_leads(&self) -> u64 {
        self.0.iter().map(|(_, n)| *n as u64).sum()
    }

    /// `"Select" (120), "-" (12) and 3 more`.
    fn shown(&self) -> String {
        const MAX_SHOWN: usize = 4;
        let shown: Vec<String> = self
            .0
            .iter()
            .take(MAX_SHOWN)
            .map(|(text, n)| format!("{} ({})", in_quotes(&[text], 1), count(*n as u64)))
            .collect();
        match self.0.len().saturating_sub(MAX_SHOWN) {
            0 => shown.join(", "),
            n_more => format!("{} and {n_more} more", shown.join(", ")),
        }
    }
}
