//! One Python file: the card as data, and a small reader of it that needs nothing but the standard library.
//!
//! Always true: the data are JSON that is Python as well; characters that would change how a line is shown are escaped, so that
//! what a reader of the file sees is what it does.

use super::pairs::cells_as_json;
use super::source::{card_as_source, escaped, head_lines};
use super::{Argument, Export, Proof, known};
use crate::card::Card;

/// The reader, without the card.
const SCORER: &str = include_str!("scorer.py");

/// What is known at each level, as an expression of Python.
fn known_as_source(card: &Card) -> String {
    if card.known_at_least.is_some() { escaped(&known::as_json(card)) } else { "None".to_owned() }
}

/// The card as a module for Python 3.9 and later.
pub(super) fn export(card: &Card) -> Export {
    let mut text =
        String::from("\"\"\"Points of a lead, as the card below says. Needs Python 3.9 and nothing else.\n\n");
    text.push_str(
        "    import card\n    card.score({...})       # score, probability, band, points per criterion, reasons\n\n",
    );
    text.push_str("`python3 card.py --verify` prints nothing when every made-up lead gets its points;\n");
    text.push_str("`python3 card.py < leads.jsonl` scores leads, one JSON object per line.\n\"\"\"\n\n");
    for line in head_lines(card) {
        text.push_str(&format!("# {line}\n"));
    }
    text.push_str(SCORER.trim_start_matches('\n').split_once("\n\n\nclass").map_or("", |(imports, _)| imports));
    text.push_str("\n\nnull, true, false = None, True, False\nCARD: Dict[str, Any] = ");
    text.push_str(card_as_source(card).trim_end());
    text.push_str("\n# Points known of a lead at each level, by criterion, and the bands of the made-up leads; None: bands by score alone.\n");
    text.push_str(&format!("KNOWN: Optional[Dict[str, Any]] = {}\n", known_as_source(card)));
    text.push_str("# Level of each cell of a pair, row by row, by criterion; null for a criterion with one answer.\n");
    text.push_str(&format!("CELLS: List[Optional[List[List[int]]]] = {}\n", cells_as_json(card)));
    text.push_str("del null, true, false\n\n\nclass");
    text.push_str(SCORER.split_once("\n\n\nclass").map_or("", |(_, reader)| reader));
    let arguments = vec![Argument::Main, Argument::Text("--verify")];
    Export::file(text, &[], Proof::Program { program: "python3", arguments }, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;
    use crate::card::tests::example_card;

    #[test]
    fn the_file_holds_the_card_and_the_reader_in_order() {
        let Layout::File { bytes, companions } = export(&example_card()).layout else { panic!("one file") };
        let text = String::from_utf8(bytes).expect("text");
        assert!(companions.is_empty());
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}"));
        assert!(place("import datetime") < place("CARD: Dict"));
        assert!(place("CARD: Dict") < place("class LeadError"));
        assert_eq!(text.matches("class LeadError").count(), 1);
        assert!(text.contains("bewilligt für 2026"), "letters stay readable");
        assert!(text.contains("\nKNOWN: Optional[Dict[str, Any]] = None\n"), "bands by score alone");
    }

    #[test]
    fn what_is_known_at_each_level_stands_beside_the_card() {
        let card = Card { known_at_least: Some(6), ..example_card() };
        let Layout::File { bytes, .. } = export(&card).layout else { panic!("one file") };
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.contains("\"points\":[[0,30,30,30],[0,20,20,20],[0,10,10],[0,5,5,5]]}\n# Level"), "{text}");
        assert!(text.contains("KNOWN: Optional[Dict[str, Any]] = {\"bands\":[\"ask first\",\"hot\","), "{text}");
    }
}
