//! Texts: distinct levels in byte order and each row's position among them, under the one text rule of the card.

use std::borrow::Cow;

use super::{NO_TEXT, UserColumn};
use crate::card::normalise_text;
use crate::data::DataError;
use crate::data::table::{Content, EncodedTexts};

/// A column read as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Position of each row's level, or [`NO_TEXT`].
    pub positions: Vec<u32>,
    /// Distinct levels, normalised, in byte order; some may be of rows that were not asked for.
    pub levels: Vec<String>,
}

impl Texts {
    /// The texts of these rows; levels that none of them has are dropped.
    pub fn of_rows(&self, rows: &[u32]) -> Self {
        let mut position_of = vec![NO_TEXT; self.levels.len()];
        let is_text = |row: &&u32| self.positions[**row as usize] != NO_TEXT;
        rows.iter().filter(is_text).for_each(|&row| position_of[self.positions[row as usize] as usize] = 0);
        let mut levels = Vec::new();
        for (level, position) in self.levels.iter().zip(&mut position_of).filter(|(_, position)| **position != NO_TEXT)
        {
            *position = levels.len() as u32;
            levels.push(level.clone());
        }
        let position = |&row: &u32| position_of.get(self.positions[row as usize] as usize).copied().unwrap_or(NO_TEXT);
        Self { positions: rows.iter().map(position).collect(), levels }
    }

    /// Puts the texts of other rows behind.
    pub fn extend(&mut self, others: Self) {
        let mut all: Vec<String> = self.levels.iter().chain(&others.levels).cloned().collect();
        all.sort_unstable();
        all.dedup();
        let places = |levels: &[String]| -> Vec<u32> {
            levels.iter().map(|level| all.partition_point(|known| known < level) as u32).collect()
        };
        let (own, other) = (places(&self.levels), places(&others.levels));
        let place = |at: u32, places: &[u32]| if at == NO_TEXT { at } else { places[at as usize] };
        self.positions.iter_mut().for_each(|at| *at = place(*at, &own));
        self.positions.extend(others.positions.into_iter().map(|at| place(at, &other)));
        self.levels = all;
    }

    /// Rows without a text.
    pub fn n_missing(&self) -> usize {
        self.positions.iter().filter(|&&position| position == NO_TEXT).count()
    }

    /// Rows of each level.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.levels.len()];
        for &position in self.positions.iter().filter(|&&position| position != NO_TEXT) {
            counts[position as usize] += 1;
        }
        counts
    }
}

impl UserColumn<'_> {
    /// The column as texts. Whole numbers and true/false are written out; empty text is missing.
    ///
    /// # Errors
    /// [`DataError`] for floats, times and the like.
    pub fn to_texts(&self) -> Result<Texts, DataError> {
        let written = match self.content() {
            Content::Texts(texts) => Cow::Borrowed(texts),
            _ => Cow::Owned(self.to_encoded_texts()?),
        };
        // Each way of writing is normalised once.
        let normalised: Vec<_> = written.distinct().map(normalise_text).collect();
        let mut levels: Vec<String> =
            normalised.iter().filter(|text| !text.is_empty()).map(|text| text.to_string()).collect();
        levels.sort_unstable();
        levels.dedup();
        let level_of_raw: Vec<u32> = normalised
            .iter()
            .map(|text| levels.binary_search_by(|level| level.as_str().cmp(text)).map_or(NO_TEXT, |at| at as u32))
            .collect();
        let position = |&code: &u32| if code == NO_TEXT { NO_TEXT } else { level_of_raw[code as usize] };
        Ok(Texts { positions: written.codes.iter().map(position).collect(), levels })
    }

    /// The column as it is written.
    ///
    /// # Errors
    /// As [`UserColumn::to_texts`].
    pub fn to_encoded_texts(self) -> Result<EncodedTexts, DataError> {
        match self.content() {
            Content::Texts(texts) => Ok(texts.clone()),
            Content::Whole(numbers) => Ok(EncodedTexts::written_out(numbers.iter())),
            Content::Large(numbers) => Ok(EncodedTexts::written_out(numbers.iter())),
            Content::Booleans(flags) => Ok(EncodedTexts::written_out(flags.iter().copied())),
            Content::Nothing(n_rows) => Ok(EncodedTexts::encode((0..*n_rows).map(|_| None))),
            _ => Err(self.wrong_type("text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::UserTable;
    use super::*;
    use crate::data::table::{Column, Table};

    #[track_caller]
    fn texts(column: Column) -> Texts {
        let leads = Table::new(vec![column]).expect("fine");
        UserTable::leads(&leads).column("leads.source", "x").expect("fine").to_texts().expect("fine")
    }

    #[test]
    fn levels_are_normalised_and_in_byte_order() {
        let read =
            texts(Column::new("x", [Some(" web"), Some("event"), None, Some("web "), Some(""), Some("Gro\u{308}ße")]));
        assert_eq!(read.levels, ["Größe", "event", "web"]);
        assert_eq!(read.positions, [2, 1, NO_TEXT, 2, NO_TEXT, 0]);
        assert_eq!(read.counts(), [1, 1, 2]);
    }

    #[test]
    fn booleans_and_whole_numbers_are_written_out() {
        assert_eq!(texts(Column::new("x", [true, false])).levels, ["false", "true"]);
        assert_eq!(texts(Column::new("x", [10, 9])).levels, ["10", "9"]);
    }

    #[test]
    fn quotes_and_other_scripts_are_text_like_any_other() {
        let read = texts(Column::new("x", ["it's \"so\"", "購入", "а", "a"]));
        assert_eq!(read.levels, ["a", "it's \"so\"", "а", "購入"]);
    }
}
