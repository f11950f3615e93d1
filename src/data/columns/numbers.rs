//! Numbers: floats, with NaN where there is none.

use super::UserColumn;
use crate::data::DataError;
use crate::data::table::{Content, Nullable};

/// Largest whole number that a double, and so every scorer, holds exactly: 2^53 - 1.
pub const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;

impl UserColumn<'_> {
    /// The column as floats: whole numbers and floats. Missing is NaN.
    ///
    /// # Errors
    /// [`DataError`] for anything but numbers.
    pub fn to_numbers(&self) -> Result<Vec<f64>, DataError> {
        match self.content() {
            Content::Floats(numbers) => Ok(numbers.filled().to_vec()),
            Content::Nothing(_) | Content::Whole(_) | Content::Large(_) => {
                Ok((0..self.content().n_rows()).map(|row| self.content().number(row)).collect())
            }
            _ => Err(self.wrong_type("numbers")),
        }
    }

    /// The numbers of these rows, as [`Self::to_numbers`] has them.
    ///
    /// # Errors
    /// [`DataError`] for anything but numbers.
    pub fn numbers_of_rows(&self, rows: &[u32]) -> Result<Vec<f64>, DataError> {
        fn of<T: Copy>(numbers: &Nullable<T>, rows: &[u32], to_float: impl Fn(T) -> f64) -> Vec<f64> {
            let values = numbers.filled();
            match numbers.gaps() {
                None => rows.iter().map(|&row| to_float(values[row as usize])).collect(),
                Some(gaps) => {
                    let value = |row: usize| if gaps[row] { f64::NAN } else { to_float(values[row]) };
                    rows.iter().map(|&row| value(row as usize)).collect()
                }
            }
        }
        match self.content() {
            Content::Floats(numbers) => Ok(rows.iter().map(|&row| numbers.filled()[row as usize]).collect()),
            Content::Whole(numbers) => Ok(of(numbers, rows, |number| number as f64)),
            Content::Large(numbers) => Ok(of(numbers, rows, |number| number as f64)),
            Content::Nothing(_) => Ok(vec![f64::NAN; rows.len()]),
            _ => Err(self.wrong_type("numbers")),
        }
    }

    /// The column as exact whole numbers; `None` where missing. Floats are fine as long as nothing is behind the point.
    ///
    /// # Errors
    /// [`DataError`] for what holds no numbers, or with the first number that has a fraction or is too large.
    pub fn to_whole_numbers(&self, hint: &str) -> Result<Vec<Option<i64>>, DataError> {
        match self.content() {
            Content::Nothing(n_rows) => Ok(vec![None; *n_rows]),
            Content::Whole(numbers) => Ok(numbers.iter().collect()),
            Content::Large(numbers) => {
                let too_large = |row_idx| self.bad_value(row_idx, "a number", "is larger than 64 bits hold", hint);
                let to_whole = |(row_idx, number): (usize, Option<u64>)| {
                    number.map(|number| i64::try_from(number).map_err(|_| too_large(row_idx))).transpose()
                };
                numbers.iter().enumerate().map(to_whole).collect()
            }
            Content::Floats(numbers) => {
                let to_whole = |(row_idx, &value): (usize, &f64)| match value {
                    value if value.is_nan() => Ok(None),
                    value if value.fract() == 0.0 && value.abs() <= LARGEST_EXACT => Ok(Some(value as i64)),
                    value => Err(self.bad_value(row_idx, &value.to_string(), "is not a whole number", hint)),
                };
                numbers.filled().iter().enumerate().map(to_whole).collect()
            }
            _ => Err(self.wrong_type("whole numbers")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::UserTable;
    use super::*;
    use crate::data::table::{Column, Table};

    #[track_caller]
    fn with<T>(column: Column, read: impl FnOnce(UserColumn<'_>) -> T) -> T {
        let leads = Table::new(vec![column]).expect("fine");
        read(UserTable::leads(&leads).column("outcome.value", "x").expect("fine"))
    }

    #[test]
    fn missing_numbers_are_nan() {
        let column = Column::new("x", [Some(1.5), None, Some(f64::NAN)]);
        let read = with(column, |column| column.to_numbers()).expect("numbers");
        assert_eq!(read[0], 1.5);
        assert!(read[1..].iter().all(|value| value.is_nan()));
        let whole = Column::new("x", [Some(3), None]);
        assert_eq!(with(whole, |column| column.to_numbers()).expect("numbers")[0], 3.0);
    }

    #[test]
    fn numbers_of_some_rows_are_those_of_all() {
        let columns = [
            Column::new("x", [Some(1.5), None, Some(2.0)]),
            Column::new("x", [Some(3), None, Some(-4)]),
            Column::new("x", [3, 5, 7]),
            Column { name: "x".to_owned(), content: Content::Large(Nullable::full(vec![1, 2, u64::MAX])) },
            Column { name: "x".to_owned(), content: Content::Nothing(3) },
        ];
        for column in columns {
            let words = column.content.in_words().to_owned();
            with(column, |column| {
                let (all, some) = (column.to_numbers().expect("numbers"), column.numbers_of_rows(&[2, 1, 1, 0]));
                let wanted = [all[2], all[1], all[1], all[0]].map(f64::to_bits);
                assert_eq!(some.expect("numbers").into_iter().map(f64::to_bits).collect::<Vec<_>>(), wanted, "{words}");
            });
        }
        let text = Column::new("x", ["12"]);
        assert!(with(text, |column| column.numbers_of_rows(&[0]).is_err()));
    }

    #[test]
    fn text_is_no_number() {
        assert_eq!(
            with(Column::new("x", ["12"]), |column| column.to_numbers()).expect_err("refused").to_string(),
            "`outcome.value` is \"x\", and that column of the lead table holds text; it takes numbers"
        );
    }

    #[test]
    fn whole_floats_are_whole_numbers_and_fractions_are_shown() {
        let whole = Column::new("x", [Some(3.0), None, Some(f64::NAN)]);
        assert_eq!(with(whole, |column| column.to_whole_numbers("use cents")).expect("fine"), [Some(3), None, None]);
        let broken = Column::new("x", [3.0, 2.5]);
        assert_eq!(
            with(broken, |column| column.to_whole_numbers("use cents")).expect_err("refused").to_string(),
            "\"2.5\" in row 2 of column \"x\" (lead table) is not a whole number\nhint: use cents"
        );
        let huge = Column { name: "x".to_owned(), content: Content::Large(Nullable::full(vec![1, u64::MAX])) };
        let error = with(huge, |column| column.to_whole_numbers("use cents")).expect_err("refused").to_string();
        assert!(error.starts_with("\"a number\" in row 2 of column \"x\" (lead table) is larger"), "{error}");
    }
}
