//! Numbers: floats, with NaN where there is none.

use polars::prelude::DataType;

use super::{ColumnError, UserColumn};

/// Largest whole number that a double, and so every scorer, holds exactly: 2^53 - 1.
pub const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;

impl UserColumn<'_> {
    /// The column as floats: whole numbers, floats, decimals. Missing is NaN.
    ///
    /// # Errors
    /// [`ColumnError::WrongType`] for anything but numbers.
    pub fn to_numbers(&self) -> Result<Vec<f64>, ColumnError> {
        const WANTED: &str = "numbers";
        if !(self.data_type().is_numeric() || self.data_type() == &DataType::Null) {
            return Err(self.wrong_type(WANTED));
        }
        let floats = self.column.cast(&DataType::Float64).map_err(|_| self.wrong_type(WANTED))?;
        let floats = floats.as_materialized_series().f64().map_err(|_| self.wrong_type(WANTED))?;
        Ok(match floats.cont_slice() {
            Ok(all_there) => all_there.to_vec(),
            Err(_) => floats.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
        })
    }

    /// The column as exact whole numbers; `None` where missing. Floats and decimals are fine as long as nothing is behind the
    /// point.
    ///
    /// # Errors
    /// [`ColumnError::WrongType`], or [`ColumnError::BadValue`] with the first number that has a fraction or is too large.
    pub fn to_whole_numbers(&self, hint: &'static str) -> Result<Vec<Option<i64>>, ColumnError> {
        const WANTED: &str = "whole numbers";
        let data_type = self.data_type();
        if !(data_type.is_numeric() || data_type == &DataType::Null) {
            return Err(self.wrong_type(WANTED));
        }
        if data_type.is_integer() || data_type == &DataType::Null {
            let whole = self.column.cast(&DataType::Int64).map_err(|_| self.wrong_type(WANTED))?;
            let whole = whole.as_materialized_series().i64().map_err(|_| self.wrong_type(WANTED))?;
            // A cast that does not fit gives a null where there was a value.
            if whole.null_count() > self.column.null_count() {
                let lost = whole
                    .iter()
                    .zip(self.column.is_not_null().iter())
                    .position(|(v, was)| v.is_none() && was == Some(true));
                return Err(self.bad_value(lost.unwrap_or(0), "a number", "is larger than 64 bits hold", hint));
            }
            return Ok(whole.iter().collect());
        }
        let floats = self.column.cast(&DataType::Float64).map_err(|_| self.wrong_type(WANTED))?;
        let floats = floats.as_materialized_series().f64().map_err(|_| self.wrong_type(WANTED))?;
        let to_whole = |(row_idx, value): (usize, Option<f64>)| match value.filter(|value| !value.is_nan()) {
            None => Ok(None),
            Some(value) if value.fract() == 0.0 && value.abs() <= LARGEST_EXACT => Ok(Some(value as i64)),
            Some(value) => Err(self.bad_value(row_idx, &value.to_string(), "is not a whole number", hint)),
        };
        floats.iter().enumerate().map(to_whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::super::UserTable;
    use super::*;

    #[track_caller]
    fn with<T>(column: Column, read: impl FnOnce(UserColumn<'_>) -> T) -> T {
        let frame = DataFrame::new_infer_height(vec![column.with_name("x".into())]).expect("fine");
        read(UserTable::leads(&frame).column("outcome.value", "x").expect("fine"))
    }

    #[test]
    fn missing_numbers_are_nan() {
        let column = Column::new("x".into(), [Some(1.5), None, Some(f64::NAN)]);
        let read = with(column, |column| column.to_numbers()).expect("numbers");
        assert_eq!(read[0], 1.5);
        assert!(read[1..].iter().all(|value| value.is_nan()));
        let whole = Column::new("x".into(), [Some(3_u8), None]);
        assert_eq!(with(whole, |column| column.to_numbers()).expect("numbers")[0], 3.0);
    }

    #[test]
    fn decimals_are_numbers() {
        let column = Column::new("x".into(), [1.25, 3.0]).cast(&DataType::Decimal(10, 2)).expect("fine");
        assert_eq!(with(column, |column| column.to_numbers()).expect("fine"), [1.25, 3.0]);
    }

    #[test]
    fn text_is_no_number() {
        assert_eq!(
            with(Column::new("x".into(), ["12"]), |column| column.to_numbers()).expect_err("refused").to_string(),
            "`outcome.value` is \"x\", and that column of the lead table holds text; it takes numbers"
        );
    }

    #[test]
    fn whole_floats_are_whole_numbers_and_fractions_are_shown() {
        let whole = Column::new("x".into(), [Some(3.0), None, Some(f64::NAN)]);
        assert_eq!(with(whole, |column| column.to_whole_numbers("use cents")).expect("fine"), [Some(3), None, None]);
        let broken = Column::new("x".into(), [3.0, 2.5]);
        assert_eq!(
            with(broken, |column| column.to_whole_numbers("use cents")).expect_err("refused").to_string(),
            "\"2.5\" in row 2 of column \"x\" (lead table) is not a whole number\nhint: use cents"
        );
        let huge = Column::new("x".into(), [1_u64, u64::MAX]);
        let error = with(huge, |column| column.to_whole_numbers("use cents")).expect_err("refused").to_string();
        assert!(error.starts_with("\"a number\" in row 2 of column \"x\" (lead table) is larger"), "{error}");
    }
}
