//! Booleans: true, false, or nothing.

use super::{ColumnError, UserColumn};

impl UserColumn<'_> {
    /// The column as true and false; `None` where missing.
    ///
    /// # Errors
    /// [`ColumnError::WrongType`] for anything else.
    pub fn to_booleans(&self) -> Result<Vec<Option<bool>>, ColumnError> {
        let booleans = self.column.as_materialized_series().bool().map_err(|_| self.wrong_type("true and false"))?;
        Ok(booleans.iter().collect())
    }
}
