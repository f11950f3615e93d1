//! The card inside a program text: JSON that is also source code, and lines for a comment about it.

use crate::card::Card;

/// `card.json` as [`escaped`] writes it.
pub(super) fn card_as_source(card: &Card) -> String {
    escaped(&card.to_json())
}

/// JSON in which characters that hide or reorder what a line says are written as escapes. Such characters stand in texts only,
/// where JSON, YAML, Python and JavaScript read the escape alike.
pub(super) fn escaped(json: &str) -> String {
    let mut source = String::new();
    for c in json.chars() {
        if is_invisible(c) {
            let mut units = [0; 2];
            // One code unit: all of them lie in the basic plane.
            c.encode_utf16(&mut units).iter().for_each(|unit| source.push_str(&format!("\\u{unit:04x}")));
        } else {
            source.push(c);
        }
    }
    source
}

/// Controls, line separators, marks of writing direction, spaces without width. See Unicode TR 36 and "Trojan Source" (2021).
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// What a comment at the head of a generated file says of the card, one line each, without line breaks of their own.
pub(super) fn head_lines(card: &Card) -> Vec<String> {
    let from = &card.provenance;
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect() };
    let mut lines = vec![
        format!(
            "Made by {} from a card fitted on {} leads, of which {} converted.",
            plain(&from.engine),
            from.n_leads,
            from.n_converted
        ),
        format!("Data {}, config {}.", plain(&from.data_sha256), plain(&from.config_sha256)),
    ];
    if let (Some(first), Some(last)) = (&from.first_as_of, &from.last_as_of) {
        lines.push(format!("Leads handed off from {} to {}.", plain(first), plain(last)));
    }
    if let Some(recalibrated) = &from.recalibrated {
        lines.push(format!(
            "Points of the card {}; what a score is worth from {} leads, of which {} converted.",
            plain(&recalibrated.from_sha256),
            recalibrated.n_leads,
            recalibrated.n_converted
        ));
    }
    lines.push("Do not edit: calibrate and export again.".to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::example_card;

    #[test]
    fn what_cannot_be_seen_is_escaped_and_reads_back_the_same() {
        let mut card = example_card();
        card.criteria[0].levels[1].label = "left\u{202e}right\u{2028}\u{feff} für 預算".to_owned();
        let source = card_as_source(&card);
        assert!(source.contains("left\\u202eright\\u2028\\ufeff für 預算"), "{source}");
        assert_eq!(Card::from_json(&source).expect("still JSON"), card);
    }

    #[test]
    fn a_comment_stays_on_its_lines() {
        let mut card = example_card();
        card.provenance.engine = "bantam\nimport os".to_owned();
        assert!(head_lines(&card)[0].starts_with("Made by bantamimport os from"), "{:?}", head_lines(&card));
    }
}
