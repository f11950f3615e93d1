//! Texts: distinct levels in byte order and each row's position among them, under the one text rule of the card.

use polars::prelude::{DataType, PlHashMap};

use super::{ColumnError, UserColumn};
use crate::card::normalise_text;

/// Position that stands for "no text here".
pub const NO_TEXT: u32 = u32::MAX;

/// A column read as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Position of each row's level, or [`NO_TEXT`].
    pub positions: Vec<u32>,
    /// Distinct levels, normalised, in byte order; some may be of rows that were not asked for.
    pub levels: Vec<String>,
}

impl Texts {
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
    /// [`ColumnError::WrongType`] for floats, times and the like.
    pub fn to_texts(&self) -> Result<Texts, ColumnError> {
        const WANTED: &str = "text";
        let data_type = self.data_type();
        let is_text = matches!(
            data_type,
            DataType::String | DataType::Categorical(..) | DataType::Enum(..) | DataType::Boolean | DataType::Null
        );
        if !(is_text || data_type.is_integer()) {
            return Err(self.wrong_type(WANTED));
        }
        let texts = self.column.cast(&DataType::String).map_err(|_| self.wrong_type(WANTED))?;
        let texts = texts.as_materialized_series().str().map_err(|_| self.wrong_type(WANTED))?;

        // What is written in the table comes first, so that each way of writing is normalised once.
        let mut raw_of: PlHashMap<&str, u32> = PlHashMap::default();
        let mut raw_levels: Vec<&str> = Vec::new();
        let mut positions: Vec<u32> = Vec::with_capacity(texts.len());
        for text in texts.iter() {
            positions.push(match text {
                None => NO_TEXT,
                Some(text) => *raw_of.entry(text).or_insert_with(|| {
                    raw_levels.push(text);
                    raw_levels.len() as u32 - 1
                }),
            });
        }
        let normalised: Vec<_> = raw_levels.iter().map(|text| normalise_text(text)).collect();
        let mut levels: Vec<String> =
            normalised.iter().filter(|text| !text.is_empty()).map(|text| text.to_string()).collect();
        levels.sort_unstable();
        levels.dedup();
        let level_of_raw: Vec<u32> = normalised
            .iter()
            .map(|text| levels.binary_search_by(|level| level.as_str().cmp(text)).map_or(NO_TEXT, |at| at as u32))
            .collect();
        for position in positions.iter_mut().filter(|position| **position != NO_TEXT) {
            *position = level_of_raw[*position as usize];
        }
        Ok(Texts { positions, levels })
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::super::UserTable;
    use super::*;

    #[track_caller]
    fn texts(column: Column) -> Texts {
        let frame = DataFrame::new_infer_height(vec![column.with_name("x".into())]).expect("fine");
        UserTable::leads(&frame).column("leads.source", "x").expect("fine").to_texts().expect("fine")
    }

    #[test]
    fn levels_are_normalised_and_in_byte_order() {
        let read = texts(Column::new(
            "x".into(),
            [Some(" web"), Some("event"), None, Some("web "), Some(""), Some("Gro\u{308}ße")],
        ));
        assert_eq!(read.levels, ["Größe", "event", "web"]);
        assert_eq!(read.positions, [2, 1, NO_TEXT, 2, NO_TEXT, 0]);
        assert_eq!(read.counts(), [1, 1, 2]);
    }

    #[test]
    fn booleans_and_whole_numbers_are_written_out() {
        assert_eq!(texts(Column::new("x".into(), [true, false])).levels, ["false", "true"]);
        assert_eq!(texts(Column::new("x".into(), [10, 9])).levels, ["10", "9"]);
    }

    #[test]
    fn quotes_and_other_scripts_are_text_like_any_other() {
        let read = texts(Column::new("x".into(), ["it's \"so\"", "購入", "а", "a"]));
        assert_eq!(read.levels, ["a", "it's \"so\"", "а", "購入"]);
    }
}
