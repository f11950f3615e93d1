//! An ES module: the card as data, a small reader of it without dependencies, its types, and a file that verifies it.
//!
//! Always true: the card stands in the module as JSON text and is parsed, because an object literal would take a column called
//! `__proto__` for something else.

use super::pairs::cells_as_json;
use super::source::{card_as_source, escaped, head_lines};
use super::{Argument, Export, Proof, known};
use crate::card::Card;

/// The reader, without the card.
const SCORER: &str = include_str!("scorer.mjs");
/// Its types.
const TYPES: &str = include_str!("scorer.d.mts");
/// Runs the golden rows.
const VERIFY: &str = include_str!("verify.mjs");

/// The card as a module for browsers, Node 16.9 and later, Deno and Bun.
pub(super) fn export(card: &Card) -> Export {
    let mut text = String::from(
        "// Points of a lead, as the card below says: import { score } from \"./card.mjs\"; score({...})\n",
    );
    for line in head_lines(card) {
        text.push_str(&format!("// {line}\n"));
    }
    let json = in_template(&card_as_source(card));
    text.push_str("\nconst TEXT = String.raw`");
    text.push_str(json.trim_end());
    text.push_str("`;\n// Points known of a lead at each level, by criterion, and the bands of the made-up leads; null: bands by score alone.\n");
    text.push_str(&format!(
        "const KNOWN = JSON.parse(String.raw`{}`);\n",
        in_template(&escaped(&known::as_json(card)))
    ));
    text.push_str("// Level of each cell of a pair, row by row, by criterion; null for a criterion with one answer.\n");
    text.push_str(&format!("const CELLS = JSON.parse('{}');\n", cells_as_json(card)));
    text.push_str(SCORER);
    let proof = Proof::Program { program: "node", arguments: vec![Argument::Companion(VERIFY_ENDING), Argument::Main] };
    Export::file(text, &[(".d.mts", TYPES), (VERIFY_ENDING, VERIFY)], proof, Vec::new())
}

/// JSON for a raw template, where a backslash stays what it is; what would end the template is written as an escape of JSON.
fn in_template(json: &str) -> String {
    json.replace('`', "\\u0060").replace("${", "\\u0024{")
}

const VERIFY_ENDING: &str = ".verify.mjs";

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;
    use crate::card::tests::example_card;

    #[test]
    fn nothing_in_the_card_ends_the_template_it_stands_in() {
        let mut card = example_card();
        card.criteria[0].levels[1].label = "`; alert(1); `${2}".to_owned();
        let Layout::File { bytes, .. } = export(&card).layout else { panic!("one file") };
        let text = String::from_utf8(bytes).expect("text");
        let json = text.split("String.raw`").nth(1).and_then(|rest| rest.split('`').next()).expect("a template");
        assert_eq!(Card::from_json(json).expect("the card"), card);
        assert!(!json.contains("${"));
    }
}
