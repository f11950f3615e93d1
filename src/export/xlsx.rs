//! A workbook that scores many rows.

use super::{Export, ExportError};
use crate::card::Card;

pub(super) fn export(_card: &Card) -> Result<Export, ExportError> {
    Err(ExportError::Unsupported {
        target: "xlsx",
        problem: "not written yet".to_owned(),
        hint: "choose another target".to_owned(),
    })
}
