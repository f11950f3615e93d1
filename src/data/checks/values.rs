//! Values of a column at some rows, in the two kinds a criterion has: numbers and levels.

use std::collections::HashMap;

use crate::data::labels::parse_time;
use crate::data::table::{Column, Content, EncodedTexts, NO_TEXT};
use crate::notes::count;

/// Values at sampled rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sampled {
    /// Numbers, and times as microseconds; NaN is missing.
    Numbers(Vec<f64>),
    /// Text, and yes and no, as positions in `names`; `None` is missing.
    Levels {
        /// Position of each value's level.
        positions: Vec<Option<u32>>,
        /// The levels, in order of appearance.
        names: Vec<String>,
    },
}

impl Sampled {
    /// Reads the values of a column at `rows`.
    pub(super) fn read(column: &Column, rows: &[usize]) -> Self {
        let content = &column.content;
        match content {
            Content::Texts(texts) if texts.n_distinct() <= rows.len() => Self::from_codes(texts, rows),
            Content::Texts(texts) => Self::from_texts(rows.iter().map(|&row| texts.get(row))),
            Content::Booleans(flags) => {
                let word = |flag| if flag { "true" } else { "false" };
                Self::from_texts(rows.iter().map(|&row| flags[row].map(word)))
            }
            time if time.is_time() => {
                let micros = |&row: &usize| time.micros(row).map_or(f64::NAN, |micros| micros as f64);
                Self::Numbers(rows.iter().map(micros).collect())
            }
            // Infinities are missing, as they are in a criterion.
            numbers => {
                let finite = |number: f64| if number.is_finite() { number } else { f64::NAN };
                Self::Numbers(rows.iter().map(|&row| finite(numbers.number(row))).collect())
            }
        }
    }

    /// As [`Self::from_texts`], with each text looked at once.
    fn from_codes(texts: &EncodedTexts, rows: &[usize]) -> Self {
        let distinct: Vec<Option<&str>> = texts.distinct().map(Some).collect();
        let Self::Levels { positions: known, names: trimmed } = Self::from_texts(distinct.into_iter()) else {
            return Self::Numbers(Vec::new());
        };
        // Names stand in the order in which these rows have them.
        let mut place_of: Vec<Option<u32>> = vec![None; trimmed.len()];
        let mut names = Vec::new();
        let position = |&row: &usize| {
            let at = known[usize::try_from(texts.codes[row]).ok().filter(|&code| code < known.len())?]? as usize;
            Some(*place_of[at].get_or_insert_with(|| {
                names.push(trimmed[at].clone());
                names.len() as u32 - 1
            }))
        };
        let positions = rows.iter().map(position).collect();
        Self::Levels { positions, names }
    }

    fn from_texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut known: HashMap<&str, u32, ahash::RandomState> = HashMap::default();
        let mut names = Vec::new();
        let mut positions = Vec::new();
        for text in texts {
            // White space alone is as good as nothing, as it is on the card.
            let text = text.map(str::trim).filter(|text| !text.is_empty());
            positions.push(text.map(|text| {
                *known.entry(text).or_insert_with(|| {
                    names.push(text.to_owned());
                    names.len() as u32 - 1
                })
            }));
        }
        Self::Levels { positions, names }
    }

    /// Whether the value at a position of the sample is missing.
    pub(super) fn is_missing(&self, at: usize) -> bool {
        match self {
            Self::Numbers(numbers) => numbers[at].is_nan(),
            Self::Levels { positions, .. } => positions[at].is_none(),
        }
    }

    /// Positions of the values that are not missing.
    pub(super) fn filled(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&at| !self.is_missing(at))
    }

    /// Number of values, missing ones included.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Levels { positions, .. } => positions.len(),
        }
    }

    /// Different values, missing not counted.
    pub(super) fn n_distinct(&self) -> usize {
        match self {
            Self::Numbers(numbers) => {
                let mut present: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
                present.sort_by(f64::total_cmp);
                present.dedup();
                present.len()
            }
            Self::Levels { names, .. } => names.len(),
        }
    }
}

/// Which of `rows` have a value, as [`Sampled::is_missing`] sees it.
pub(super) fn are_filled(column: &Column, rows: &[u32]) -> Vec<bool> {
    let of_rows = |is_filled: &dyn Fn(usize) -> bool| rows.iter().map(|&row| is_filled(row as usize)).collect();
    match &column.content {
        Content::Texts(texts) => {
            let says: Vec<bool> = texts.distinct().map(|text| !text.trim().is_empty()).collect();
            rows.iter()
                .map(|&row| texts.codes[row as usize])
                .map(|code| code != NO_TEXT && says[code as usize])
                .collect()
        }
        Content::Booleans(flags) => of_rows(&|row| flags[row].is_some()),
        Content::Floats(numbers) => rows.iter().map(|&row| numbers.filled()[row as usize].is_finite()).collect(),
        time if time.is_time() => of_rows(&|row| time.micros(row).is_some()),
        numbers => of_rows(&|row| numbers.number(row).is_finite()),
    }
}

/// Share of the filled leads with an error of a spreadsheet from which on a column holds little else.
const MAX_ERRORS: f64 = 0.2;

/// In words, that a text holds what a spreadsheet shows where a formula failed.
pub(super) fn excel_errors(values: &Sampled) -> Option<String> {
    const ERRORS: [&str; 10] =
        ["#REF!", "#VALUE!", "#N/A", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#BEZUG!", "#WERT!", "#NV"];
    let Sampled::Levels { positions, names } = values else { return None };
    let is_error: Vec<bool> = names.iter().map(|name| ERRORS.contains(&name.to_uppercase().as_str())).collect();
    let filled = positions.iter().flatten();
    let (n_filled, n_errors) =
        filled.fold((0, 0), |(n, errors), &at| (n + 1, errors + u64::from(is_error[at as usize])));
    (n_errors > 0 && n_errors as f64 >= MAX_ERRORS * n_filled as f64).then(|| {
        format!("errors of a spreadsheet (such as #REF!) in {} of {} filled leads", count(n_errors), count(n_filled))
    })
}

/// Whether nearly all levels of a text are dates or times; a slip or two in a hundred is forgiven.
pub(super) fn holds_dates_as_text(values: &Sampled) -> bool {
    const N_LOOKED_AT: usize = 200;
    let Sampled::Levels { names, .. } = values else { return false };
    let n_levels = names.len().min(N_LOOKED_AT);
    let n_dates = names.iter().take(n_levels).filter(|name| parse_time(name).is_some()).count();
    n_levels > 0 && 50 * (n_levels - n_dates) <= n_levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_spreadsheet_errors_is_named() {
        let said = |every: usize| {
            let column = Column::new("t", (0..100).map(|at| if at % every == 0 { "#REF!" } else { "A1" }));
            excel_errors(&Sampled::read(&column, &(0..100).collect::<Vec<_>>()))
        };
        assert_eq!(said(2).as_deref(), Some("errors of a spreadsheet (such as #REF!) in 50 of 100 filled leads"));
        assert_eq!(said(20), None);
    }

    #[test]
    fn texts_are_the_same_by_their_codes() {
        let texts = Column::new("t", [Some("b"), None, Some(" a"), Some("a"), Some(" "), Some("b "), Some("c")]);
        let Content::Texts(encoded) = &texts.content else { panic!("text") };
        for rows in [&[0, 1, 2, 3, 4, 5, 6][..], &[5, 3, 0, 4, 2, 2], &[1, 4], &[]] {
            let by_codes = Sampled::from_codes(encoded, rows);
            assert_eq!(by_codes, Sampled::from_texts(rows.iter().map(|&row| encoded.get(row))), "{rows:?}");
        }
    }

    #[test]
    fn filled_rows_are_those_that_are_not_missing() {
        let columns = [
            Column::new("t", [Some("a"), Some(" "), None, Some("b")]),
            Column::new("n", [1.0, f64::NAN, f64::INFINITY, 2.0]),
            Column::new("w", [Some(1), None, Some(3), Some(4)]),
            Column::new("b", [Some(true), None, Some(false), None]),
            Column::moments("m", [Some(1), None, Some(3), None]),
            Column::days("d", [Some(1), None, Some(3), None]),
        ];
        for column in columns {
            let read = Sampled::read(&column, &[3, 2, 1, 0]);
            let filled: Vec<bool> = (0..4).map(|at| !read.is_missing(at)).collect();
            assert_eq!(are_filled(&column, &[3, 2, 1, 0]), filled, "{}", column.name);
        }
    }

    #[test]
    fn blank_text_nan_and_infinity_are_missing() {
        let texts = Column::new("t", [Some("a"), Some(" "), None, Some("a "), Some("b")]);
        let read = Sampled::read(&texts, &[0, 1, 2, 3, 4]);
        let names = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(read, Sampled::Levels { positions: vec![Some(0), None, None, Some(0), Some(1)], names });
        let numbers = Column::new("n", [1.0, f64::NAN, f64::INFINITY, 2.0]);
        let read = Sampled::read(&numbers, &[1, 2, 3]);
        assert_eq!((read.is_missing(0), read.is_missing(1), read.is_missing(2)), (true, true, false));
        assert_eq!(read.n_distinct(), 1);
    }
}
