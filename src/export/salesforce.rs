//! Salesforce formula fields.

use super::{Export, ExportError};
use crate::card::Card;

pub(super) fn export(_card: &Card) -> Result<Export, ExportError> {
    Err(ExportError::Unsupported {
        target: "salesforce",
        problem: "not written yet".to_owned(),
        hint: "choose another target".to_owned(),
    })
}
