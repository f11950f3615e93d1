//! The card itself, with its schema beside it: what `bantam score`, the crate without the engine and every reader of `card.json`
//! load.

use super::{Export, ExportError, Proof};
use crate::card::Card;

/// The card as `card.json`, and its JSON Schema. Reading the card re-scores its golden rows, which the caller's card has passed.
///
/// # Errors
/// [`ExportError::Wrong`] if the schema cannot be written; a fault of ours.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let schema = Card::json_schema().map_err(ExportError::wrong)?;
    Ok(Export::file(card.to_json(), &[(".schema.json", &schema)], Proof::Done, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;
    use crate::card::tests::example_card;

    #[test]
    fn the_card_reads_back_and_its_schema_stands_beside_it() {
        let card = example_card();
        let Layout::File { bytes, companions } = export(&card).expect("exported").layout else { panic!("one file") };
        assert_eq!(Card::from_json(&String::from_utf8(bytes).expect("text")).expect("a card"), card);
        assert_eq!(companions.len(), 1);
        let schema: serde_json::Value = serde_json::from_slice(&companions[0].bytes).expect("JSON");
        assert!(schema["properties"]["golden"].is_object());
    }
}
