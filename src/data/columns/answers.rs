//! Answers: the texts of a column as levels, with look-alikes as one and words for "not known" as missing.
//!
//! In: a column and what the config says of such words. Out: [`Answers`] over all rows, and [`ReadAnswers`] for some of them.
//!
//! Always true: what an answer is called and which texts mean it depends on all rows of the table, so every selection of rows has
//! the same levels; texts are kept as they were written beside them.

use std::collections::BTreeMap;

use super::look_alikes::first_alike;
use super::{NO_TEXT, Texts, UserColumn};
use crate::card::normalise_text;
use crate::card::text_map::{MapRule, Mapped, OTHER, TextMap};
use crate::data::DataError;
use crate::data::read::{is_missing_word, is_none_of_a_program};

/// What the config says of the words of a column.
#[derive(Debug, Clone, Copy, Default)]
pub struct WordRules<'a> {
    /// The words that are missing; those of [`is_missing_word`] where the config does not say.
    pub missing: Option<&'a [String]>,
    /// Words that the config names as answers.
    pub answers: &'a [String],
}

/// A text column as answers, one per row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// As written.
    texts: Texts,
    /// What each text of `texts` means.
    means: Vec<Meaning>,
    /// A word for "not known" that stays an answer, because it may well be one here.
    pub doubtful: Option<String>,
}

/// What a text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The answer of this name.
    Level(String),
    /// Not known.
    Missing,
}

/// Answers of some rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAnswers {
    /// The levels, under their names.
    pub levels: Texts,
    /// What was written, where that is something else.
    pub written: Option<Written>,
}

/// What leads wrote, where that is not always the name of the level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Texts as written, in byte order, and each lead's position among them.
    pub texts: Texts,
    /// What each text means.
    pub means: Vec<Meaning>,
}

/// Free text as the few answers that rules make of it, one per row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedAnswers {
    /// The rules, with the texts of this column that say that nothing is known.
    pub map: TextMap,
    /// As written.
    pub texts: Texts,
    /// What the rules say of each text of `texts`.
    pub means: Vec<Mapped>,
}

impl UserColumn<'_> {
    /// The column as answers.
    ///
    /// # Errors
    /// [`DataError`] for floats, times and the like.
    pub fn to_answers(&self, rules: WordRules<'_>) -> Result<Answers, DataError> {
        Ok(Answers::of(self.to_texts()?, rules))
    }
}

impl Answers {
    fn of(texts: Texts, rules: WordRules<'_>) -> Self {
        let (is_word, doubtful) = missing_words(&texts.levels, rules);
        let counts = texts.counts();
        let first = first_alike(texts.levels.iter().map(String::as_str));
        // The commonest spelling names the answer, of equally common ones the first in byte order.
        let mut commonest = first.clone();
        for (at, &first) in first.iter().enumerate() {
            let best = &mut commonest[first as usize];
            if counts[at] > counts[*best as usize] {
                *best = at as u32;
            }
        }
        let meaning = |at: usize| match is_word[at] {
            true => Meaning::Missing,
            false => Meaning::Level(texts.levels[commonest[first[at] as usize] as usize].clone()),
        };
        let means = (0..texts.levels.len()).map(meaning).collect();
        Self { texts, means, doubtful }
    }

    /// What rules make of the texts. Words for "not known" stay missing, however they were written; look-alikes do not matter.
    pub fn mapped(self, rules: &[MapRule]) -> MappedAnswers {
        let Self { texts, means, .. } = self;
        let words = texts.levels.iter().zip(&means).filter(|(_, means)| **means == Meaning::Missing);
        let map = TextMap { rules: rules.to_vec(), missing: words.map(|(word, _)| word.clone()).collect() };
        let reader = map.reader();
        let means = texts.levels.iter().map(|text| reader.map(text)).collect();
        MappedAnswers { map, texts, means }
    }

    /// The answers of these rows.
    pub fn of_rows(&self, rows: &[u32]) -> ReadAnswers {
        let texts = self.texts.of_rows(rows);
        // Both are in byte order.
        let mut all = self.texts.levels.iter().zip(&self.means);
        let means_of = |text: &String| all.find(|(known, _)| *known == text).map(|(_, means)| means.clone());
        let means = texts.levels.iter().filter_map(means_of).collect();
        Written { texts, means }.read()
    }

    /// The level that `text` is a way of writing, whether or not a row has just that.
    pub fn level_of(&self, text: &str) -> Option<&str> {
        let known = self.texts.levels.iter().map(String::as_str);
        let first = first_alike(known.chain([text]));
        let own = *first.last()?;
        let at = first[..self.means.len()].iter().position(|&first| first == own)?;
        self.means[at].level()
    }
}

impl MappedAnswers {
    /// The answers of these rows.
    pub fn of_rows(&self, rows: &[u32]) -> Texts {
        let answer = |means: &Mapped| match means {
            Mapped::Missing => None,
            Mapped::Rule(at) => Some(self.map.rules[*at].to.as_str()),
            Mapped::Other => Some(OTHER),
        };
        let of_text: Vec<Option<&str>> = self.means.iter().map(answer).collect();
        let of_row = |&row: &u32| of_text.get(self.texts.positions[row as usize] as usize).copied().flatten();
        let mut levels: Vec<&str> = rows.iter().filter_map(of_row).collect();
        levels.sort_unstable();
        levels.dedup();
        let place = |row| of_row(row).and_then(|text| levels.binary_search(&text).ok()).map_or(NO_TEXT, |at| at as u32);
        let positions = rows.iter().map(place).collect();
        Texts { positions, levels: levels.into_iter().map(str::to_owned).collect() }
    }
}

impl Meaning {
    /// The name of the level; `None` where it is not known.
    pub fn level(&self) -> Option<&str> {
        if let Self::Level(name) = self { Some(name) } else { None }
    }
}

impl Written {
    /// The same for texts that are levels as they stand.
    pub fn plain(texts: Texts) -> Self {
        let means = texts.levels.iter().cloned().map(Meaning::Level).collect();
        Self { texts, means }
    }

    /// Levels in byte order; what was written is kept where it is something else.
    fn read(self) -> ReadAnswers {
        let Self { texts, means } = &self;
        if texts.levels.iter().zip(means).all(|(text, means)| means.level() == Some(text)) {
            return ReadAnswers { levels: self.texts, written: None };
        }
        let mut levels: Vec<String> = means.iter().filter_map(Meaning::level).map(str::to_owned).collect();
        levels.sort_unstable();
        levels.dedup();
        let place =
            |name: &str| levels.binary_search_by(|level| level.as_str().cmp(name)).map_or(NO_TEXT, |at| at as u32);
        let of_text: Vec<u32> = means.iter().map(|means| means.level().map_or(NO_TEXT, place)).collect();
        let position = |&at: &u32| of_text.get(at as usize).copied().unwrap_or(NO_TEXT);
        let positions = texts.positions.iter().map(position).collect();
        ReadAnswers { levels: Texts { positions, levels }, written: Some(self) }
    }

    /// Puts the texts of other leads behind.
    pub fn extend(&mut self, others: Self) {
        let own = self.texts.levels.iter().cloned().zip(self.means.iter().cloned());
        let other = others.texts.levels.iter().cloned().zip(others.means.iter().cloned());
        let all: BTreeMap<String, Meaning> = own.chain(other).collect();
        self.texts.extend(others.texts);
        self.means = self.texts.levels.iter().map(|text| all[text].clone()).collect();
    }

    /// Adds a way of writing a level that no lead used.
    pub fn add_spelling(&mut self, text: String, level: &str) {
        if let Err(at) = self.texts.levels.binary_search(&text) {
            self.texts.levels.insert(at, text);
            self.means.insert(at, Meaning::Level(level.to_owned()));
            let is_behind = |position: &&mut u32| **position != NO_TEXT && **position >= at as u32;
            self.texts.positions.iter_mut().filter(is_behind).for_each(|position| *position += 1);
        }
    }
}

/// Which of the texts are words for "not known", and one that was spared.
fn missing_words(texts: &[String], rules: WordRules<'_>) -> (Vec<bool>, Option<String>) {
    let is_among = |list: &[String], text: &str| list.iter().any(|word| normalise_text(word) == text);
    if let Some(words) = rules.missing {
        return (texts.iter().map(|text| is_among(words, text)).collect(), None);
    }
    let is_named = |text: &str| is_among(rules.answers, text);
    let mut is_word: Vec<bool> = texts.iter().map(|text| is_missing_word(text) && !is_named(text)).collect();
    let mut doubtful = None;
    // `NA` among EU, US and APAC is North America; `-` beside `+` is an answer.
    let is_code = |text: &str| (2..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let others = || texts.iter().zip(&is_word).filter(|(_, is_word)| !**is_word).map(|(text, _)| text);
    let (n_codes, n_others) = (others().filter(|text| is_code(text)).count(), others().count());
    let are_codes = n_codes > 0 && 2 * n_codes >= n_others;
    let has_plus = texts.iter().any(|text| text == "+");
    for (at, text) in texts.iter().enumerate() {
        let is_answer = is_word[at] && (text == "NA" && are_codes || text == "-" && has_plus);
        if is_answer {
            is_word[at] = false;
            doubtful = Some(text.clone());
        }
    }
    // `None` is how programs write a missing value, and an honest answer elsewhere: it goes with other words for "not known".
    if is_word.contains(&true) {
        for (is_word, text) in is_word.iter_mut().zip(texts) {
            *is_word |= is_none_of_a_program(text) && !is_named(text);
        }
    }
    (is_word, doubtful)
}

#[cfg(test)]
mod tests {
    use super::super::UserTable;
    use super::*;
    use crate::data::table::{Column, Table};

    #[track_caller]
    fn answers(texts: &[&str], rules: WordRules<'_>) -> Answers {
        let leads = Table::new(vec![Column::new("x", texts.iter().copied())]).expect("fine");
        UserTable::leads(&leads).column("leads.source", "x").expect("fine").to_answers(rules).expect("fine")
    }

    fn words(texts: &[&str], rules: WordRules<'_>) -> Vec<String> {
        let answers = answers(texts, rules);
        let missing = answers.texts.levels.iter().zip(&answers.means).filter(|(_, means)| **means == Meaning::Missing);
        missing.map(|(text, _)| text.clone()).collect()
    }

    #[test]
    fn an_answer_is_called_by_its_commonest_spelling_in_any_rows() {
        let all = answers(&["WEB", "web", "Web", "Web", "fair"], WordRules::default());
        let read = all.of_rows(&[0, 1, 4]);
        assert_eq!(read.levels, Texts { positions: vec![0, 0, 1], levels: vec!["Web".to_owned(), "fair".to_owned()] });
        let written = read.written.expect("spellings");
        assert_eq!(written.texts.levels, ["WEB", "fair", "web"]);
        assert_eq!(written.texts.positions, [0, 2, 1]);
        assert_eq!(all.of_rows(&[2, 4]).written, None);
        assert_eq!(all.level_of("weB"), Some("Web"));
        assert_eq!(all.level_of("phone"), None);
    }

    #[test]
    fn words_for_nothing_known_are_missing_unless_they_may_be_answers() {
        let plain = WordRules::default();
        assert_eq!(words(&["Select", "A", "None", "-", "none"], plain), ["-", "None", "Select"]);
        assert_eq!(words(&["None", "approved", "unknown"], plain), Vec::<String>::new());
        assert_eq!(words(&["EU", "APAC", "NA", "US"], plain), Vec::<String>::new());
        assert_eq!(answers(&["EU", "APAC", "NA", "US"], plain).doubtful.as_deref(), Some("NA"));
        assert_eq!(words(&["Bern", "Rome", "NA"], plain), ["NA"]);
        assert_eq!(words(&["+", "-", "?"], plain), ["?"]);
        let named = ["n/a".to_owned()];
        assert_eq!(words(&["n/a", "?", "low"], WordRules { answers: &named, ..plain }), ["?"]);
        assert_eq!(words(&["n/a", "?", "low"], WordRules { missing: Some(&[]), ..plain }), Vec::<String>::new());
        let own = ["low".to_owned()];
        assert_eq!(words(&["n/a", "?", "low"], WordRules { missing: Some(&own), ..plain }), ["low"]);
        let read = answers(&["Select", "a"], plain).of_rows(&[0, 1]);
        assert_eq!(read.levels, Texts { positions: vec![NO_TEXT, 0], levels: vec!["a".to_owned()] });
    }

    #[test]
    fn rules_make_a_few_answers_of_free_text() {
        let rule = |phrases: &str, to: &str| MapRule { phrases: phrases.to_owned(), to: to.to_owned() };
        let texts = ["VP Sales", "vp sales", "Clerk", "N/A", "", "Engineer"];
        let mapped = answers(&texts, WordRules::default()).mapped(&[rule("vp", "executive"), rule("engineer", "a")]);
        assert_eq!(mapped.map.missing, ["N/A"]);
        let read = mapped.of_rows(&[0, 1, 2, 3, 4]);
        assert_eq!(read.levels, ["executive", "other"]);
        assert_eq!(read.positions, [0, 0, 1, NO_TEXT, NO_TEXT]);
    }

    #[test]
    fn leads_behind_others_keep_what_they_wrote() {
        let all = answers(&["WEB", "Web", "Web", "-", "fair"], WordRules::default());
        let mut written = all.of_rows(&[0, 1]).written.expect("spellings");
        let others = all.of_rows(&[3, 4]);
        written.extend(others.written.expect("a word"));
        assert_eq!(written.texts.levels, ["-", "WEB", "Web", "fair"]);
        assert_eq!(written.texts.positions, [1, 2, 0, 3]);
        written.add_spelling("wEb".to_owned(), "Web");
        assert_eq!(written.texts.positions, [1, 2, 0, 3]);
        written.add_spelling("A".to_owned(), "Web");
        assert_eq!(written.texts.positions, [2, 3, 0, 4]);
        assert_eq!(written.means.len(), 6);
    }
}
