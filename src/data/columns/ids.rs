//! Ids: whole numbers stay whole numbers, everything else is text.

use std::cmp::Ordering;

use super::{NO_TEXT, UserColumn};
use crate::data::DataError;
use crate::data::labels::keys::{hash_text, mix};
use crate::data::table::{Content, EncodedTexts};
use crate::sort::sort;

/// A column of ids, one per row; a row may have none.
#[derive(Debug, Clone)]
pub enum IdColumn {
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Text, trimmed of nothing: an id is what it is.
    Text(EncodedTexts),
}

impl UserColumn<'_> {
    /// The column as ids: whole numbers (floats without fractions too, as exports with gaps make them), or text.
    ///
    /// # Errors
    /// [`DataError`] for times and the like, and for a number with a fraction.
    pub fn to_ids(&self) -> Result<IdColumn, DataError> {
        match self.content() {
            Content::Whole(_) | Content::Floats(_) => {
                Ok(IdColumn::Whole(self.to_whole_numbers("an id is a whole number or a text")?))
            }
            // The largest unsigned numbers do not fit, so all of their column are compared as they are written.
            Content::Texts(texts) => match first_rounded(texts) {
                Some(row) => Err(self.bad_value(
                    row,
                    texts.get(row).unwrap_or_default(),
                    "is an id that a spreadsheet has rounded: its last digits are gone",
                    "export it again and keep the column as text, or name another id",
                )),
                None => Ok(IdColumn::Text(texts.clone())),
            },
            Content::Large(_) | Content::Nothing(_) => Ok(IdColumn::Text(self.to_encoded_texts()?)),
            _ => Err(self.wrong_type("whole numbers or text")),
        }
    }
}

/// The first row with an id that a spreadsheet has rounded.
fn first_rounded(texts: &EncodedTexts) -> Option<usize> {
    // Distinct texts stand in the order of their first rows.
    let code = texts.distinct().position(is_rounded)?;
    texts.codes.iter().position(|&row| row as usize == code)
}

/// Whether a text is a long number as a spreadsheet shows it, `9.19E+11`: the digits that are not there are lost.
pub(in crate::data) fn is_rounded(text: &str) -> bool {
    // Nearly every id says with its first letter that it is no such number.
    let text = text.trim();
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | ',')) {
        return false;
    }
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = mantissa.replacen(['.', ','], "", 1);
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(&digits) && are_digits(exponent) && exponent.parse::<usize>().is_ok_and(|n| n >= 10 && n >= digits.len())
}

impl IdColumn {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(ids) => ids.len(),
            Self::Text(ids) => ids.codes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the row names its lead; empty text does not.
    pub fn has(&self, row: usize) -> bool {
        match self {
            Self::Whole(ids) => ids[row].is_some(),
            Self::Text(ids) => ids.get(row).is_some_and(|id| !id.is_empty()),
        }
    }

    /// Whether another row has the same id, for each row.
    pub fn are_repeated(&self) -> Vec<bool> {
        match self {
            Self::Whole(ids) => {
                let mut sorted: Vec<u64> = ids.iter().flatten().map(|&id| id as u64).collect();
                sort(&mut sorted);
                let twice = sorted.windows(2).filter(|pair| pair[0] == pair[1]);
                let mut repeated: Vec<u64> = twice.map(|pair| pair[0]).collect();
                repeated.dedup();
                ids.iter().map(|id| id.is_some_and(|id| repeated.binary_search(&(id as u64)).is_ok())).collect()
            }
            Self::Text(ids) => {
                let mut n_rows_of = vec![0_u32; ids.n_distinct()];
                ids.codes.iter().filter(|&&code| code != NO_TEXT).for_each(|&code| n_rows_of[code as usize] += 1);
                ids.codes.iter().map(|&code| code != NO_TEXT && n_rows_of[code as usize] > 1).collect()
            }
        }
    }

    /// The id of a row as it is written.
    pub fn written(&self, row: usize) -> Option<String> {
        match self {
            Self::Whole(ids) => ids[row].map(|id| id.to_string()),
            Self::Text(ids) => ids.get(row).map(str::to_owned),
        }
    }

    /// Two columns that can be compared: both whole, or both text (whole numbers written out).
    pub fn alike(self, other: Self) -> (Self, Self) {
        match (&self, &other) {
            (Self::Whole(_), Self::Text(_)) => (self.into_text(), other),
            (Self::Text(_), Self::Whole(_)) => (self, other.into_text()),
            _ => (self, other),
        }
    }

    /// A well-mixed number per id, the same for equal ids of two [alike](Self::alike) columns.
    pub fn hashes(&self) -> Vec<u64> {
        match self {
            Self::Whole(ids) => ids.iter().map(|id| mix(id.unwrap_or_default() as u64)).collect(),
            Self::Text(ids) => ids.map_rows(mix(hash_text("")), |id| mix(hash_text(id))),
        }
    }

    /// Order of two ids of [alike](Self::alike) columns.
    pub fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        match (self, other) {
            (Self::Whole(ids), Self::Whole(others)) => ids[row].cmp(&others[other_row]),
            (Self::Text(ids), Self::Text(others)) => ids.get(row).cmp(&others.get(other_row)),
            (Self::Whole(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Whole(_)) => Ordering::Greater,
        }
    }

    fn into_text(self) -> Self {
        match self {
            Self::Whole(ids) => Self::Text(EncodedTexts::written_out(ids.into_iter())),
            text @ Self::Text(_) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::UserTable;
    use super::*;
    use crate::data::table::{Column, Nullable, Table, table};

    #[track_caller]
    fn ids(column: Column) -> Result<IdColumn, DataError> {
        let leads = Table::new(vec![column]).expect("fine");
        UserTable::leads(&leads).column("leads.id", "id").expect("fine").to_ids()
    }

    #[test]
    fn ids_that_a_spreadsheet_has_rounded_are_refused() {
        for (text, rounded) in
            [("9.19E+11", true), ("9,19E+11", true), ("1E+15", true), ("1.5E+3", false), ("LEAD+11", false)]
        {
            assert_eq!(is_rounded(text), rounded, "{text}");
        }
        let leads = table!("lead_id" => ["9.18E+11", "9.19E+11"]);
        let column = UserTable::leads(&leads).column("leads.id", "lead_id").expect("there");
        assert_eq!(
            column.to_ids().expect_err("refused").to_string(),
            "\"9.18E+11\" in row 1 of column \"lead_id\" (lead table) is an id that a spreadsheet has rounded: its last digits are gone\n\
             hint: export it again and keep the column as text, or name another id"
        );
    }

    #[test]
    fn whole_numbers_stay_whole() {
        for column in [Column::new("id", [Some(7), None]), Column::new("id", [Some(7.0), None])] {
            let IdColumn::Whole(read) = ids(column).expect("fine") else { panic!("text") };
            assert_eq!(read, [Some(7), None]);
        }
        let large = Content::Large(Nullable::full(vec![7, u64::MAX]));
        let IdColumn::Text(read) = ids(Column { name: "id".to_owned(), content: large }).expect("fine") else {
            panic!("whole")
        };
        assert_eq!(read.get(0), Some("7"));
    }

    #[test]
    fn rows_of_one_id_are_told_from_those_of_their_own() {
        let whole = ids(Column::new("id", [Some(7), None, Some(8), Some(7), None])).expect("fine");
        assert_eq!(whole.are_repeated(), [true, false, false, true, false]);
        let text = ids(Column::new("id", [Some("b"), None, Some("a"), Some("b"), None])).expect("fine");
        assert_eq!(text.are_repeated(), [true, false, false, true, false]);
    }

    #[test]
    fn a_fraction_is_no_id() {
        let error = ids(Column::new("id", [1.5])).expect_err("refused").to_string();
        assert!(error.contains("\"1.5\" in row 1 of column \"id\" (lead table) is not a whole number"), "{error}");
    }

    #[test]
    fn numbers_and_text_meet_as_text() {
        let (whole, text) =
            (ids(Column::new("id", [7, 8])).expect("fine"), ids(Column::new("id", ["8", ""])).expect("fine"));
        let (whole, text) = whole.alike(text);
        assert_eq!(whole.compare(1, &text, 0), Ordering::Equal);
        assert_eq!(whole.hashes()[1], text.hashes()[0]);
        assert!(!text.has(1));
    }
}
