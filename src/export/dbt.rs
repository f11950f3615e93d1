//! A dbt project: model and unit tests.

use super::{Export, ExportError};
use crate::card::Card;

pub(super) fn export(_card: &Card, _table: &str) -> Result<Export, ExportError> {
    Err(ExportError::Unsupported {
        target: "dbt",
        problem: "not written yet".to_owned(),
        hint: "choose another target".to_owned(),
    })
}
