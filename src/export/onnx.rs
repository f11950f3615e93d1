//! ONNX graph.

use super::{Export, ExportError};
use crate::card::Card;

pub(super) fn export(_card: &Card) -> Result<Export, ExportError> {
    Err(ExportError::Unsupported {
        target: "onnx",
        problem: "not written yet".to_owned(),
        hint: "choose another target".to_owned(),
    })
}
