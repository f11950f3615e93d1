//! Values of a column at some rows, in the two kinds a criterion has: numbers and levels.

use std::collections::HashMap;

use polars::prelude::{Column, DataType, IdxCa, IdxSize, PolarsResult, TimeUnit};

use crate::data::labels::parse_time;

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
    pub fn read(column: &Column, rows: &[usize]) -> PolarsResult<Self> {
        let picked = pick(column, rows)?;
        match picked.dtype() {
            DataType::String => {
                let texts = picked.str()?;
                Ok(Self::from_texts(texts.iter()))
            }
            DataType::Boolean => Ok(Self::from_texts(
                picked.bool()?.iter().map(|flag| flag.map(|flag| if flag { "true" } else { "false" })),
            )),
            DataType::Date | DataType::Datetime(..) => {
                let moments = microseconds(&picked)?;
                Ok(Self::Numbers(
                    moments.into_iter().map(|moment| moment.map_or(f64::NAN, |moment| moment as f64)).collect(),
                ))
            }
            _ => Ok(Self::Numbers(as_numbers(&picked)?)),
        }
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
    pub fn is_missing(&self, at: usize) -> bool {
        match self {
            Self::Numbers(numbers) => numbers[at].is_nan(),
            Self::Levels { positions, .. } => positions[at].is_none(),
        }
    }

    /// Number of values, missing ones included.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Levels { positions, .. } => positions.len(),
        }
    }

    /// Different values, missing not counted.
    pub fn n_distinct(&self) -> usize {
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

/// The values at `rows`; the column itself when those are all of its rows.
pub(super) fn pick(column: &Column, rows: &[usize]) -> PolarsResult<Column> {
    // Rows are ascending and differ, so as many as there are is all of them.
    if rows.len() == column.len() {
        return Ok(column.clone());
    }
    column.take(&IdxCa::from_vec("".into(), rows.iter().map(|&row| row as IdxSize).collect()))
}

/// Numbers of a numeric column; infinities are missing, as they are in a criterion.
pub(super) fn as_numbers(column: &Column) -> PolarsResult<Vec<f64>> {
    let numbers = column.cast(&DataType::Float64)?;
    let finite = |number: Option<f64>| number.filter(|number| number.is_finite()).unwrap_or(f64::NAN);
    Ok(numbers.f64()?.iter().map(finite).collect())
}

/// Moments of a date or time column, in microseconds since 1970 UTC.
pub(super) fn microseconds(column: &Column) -> PolarsResult<Vec<Option<i64>>> {
    let unit = TimeUnit::Microseconds;
    let moments = match column.dtype() {
        DataType::Datetime(_, zone) => column.cast(&DataType::Datetime(unit, zone.clone()))?,
        _ => column.cast(&DataType::Datetime(unit, None))?,
    };
    Ok(moments.cast(&DataType::Int64)?.i64()?.iter().collect())
}

/// Whether nearly all levels of a text are dates or times; a slip or two in a hundred is forgiven.
pub(super) fn holds_dates_as_text(values: &Sampled) -> bool {
    const N_LOOKED_AT: usize = 200;
    let Sampled::Levels { names, .. } = values else { return false };
    let n_levels = names.len().min(N_LOOKED_AT);
    let n_dates = names.iter().take(n_levels).filter(|name| parse_time(name).is_some()).count();
    n_levels > 0 && 50 * (n_levels - n_dates) <= n_levels
}

/// Whether a column has values a criterion can be made of.
pub(super) fn is_usable(data_type: &DataType) -> bool {
    matches!(data_type, DataType::String | DataType::Boolean | DataType::Date | DataType::Datetime(..) | DataType::Null)
        || data_type.is_primitive_numeric()
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoColumn, NamedFrom, Series};

    use super::*;

    #[test]
    fn blank_text_nan_and_infinity_are_missing() {
        let texts = Series::new("t".into(), [Some("a"), Some(" "), None, Some("a "), Some("b")]).into_column();
        let read = Sampled::read(&texts, &[0, 1, 2, 3, 4]).expect("text");
        let names = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(read, Sampled::Levels { positions: vec![Some(0), None, None, Some(0), Some(1)], names });
        let numbers = Series::new("n".into(), [1.0, f64::NAN, f64::INFINITY, 2.0]).into_column();
        let read = Sampled::read(&numbers, &[1, 2, 3]).expect("numbers");
        assert_eq!((read.is_missing(0), read.is_missing(1), read.is_missing(2)), (true, true, false));
        assert_eq!(read.n_distinct(), 1);
    }
}
