//! The words around the formulas: Markdown that reads well as it stands.

use crate::card::{Card, Derivation, Input, InputKind};
use crate::export::source::{head_lines, is_invisible};

/// A page of Markdown.
#[derive(Debug, Default)]
pub(in crate::export) struct Guide {
    text: String,
}

impl Guide {
    /// A page with this title, and under it where the card comes from.
    pub(in crate::export) fn new(title: &str, card: &Card) -> Self {
        Self { text: format!("# {title}\n\n{}\n", head_lines(card).join(" ")) }
    }

    /// A heading within the page.
    pub(in crate::export) fn heading(&mut self, text: &str) {
        self.text.push_str(&format!("\n## {text}\n"));
    }

    /// A paragraph.
    pub(in crate::export) fn say(&mut self, text: &str) {
        self.text.push_str(&format!("\n{text}\n"));
    }

    /// Steps in order.
    pub(in crate::export) fn steps(&mut self, steps: &[&str]) {
        self.text.push('\n');
        for (idx, step) in steps.iter().enumerate() {
            self.text.push_str(&format!("{}. {step}\n", idx + 1));
        }
    }

    /// Points without an order.
    pub(in crate::export) fn list(&mut self, points: &[String]) {
        self.text.push('\n');
        for point in points {
            self.text.push_str(&format!("- {point}\n"));
        }
    }

    /// A table; the cells are Markdown.
    pub(in crate::export) fn table(&mut self, heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        self.text.push_str(&format!("\n| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len())));
        for row in rows {
            self.text.push_str(&format!("| {} |\n", row.join(" | ")));
        }
    }

    /// The page, with what has to be known at its end.
    pub(in crate::export) fn finish(mut self, heading: &str, notes: &[String]) -> String {
        self.heading(heading);
        self.list(notes);
        self.text
    }
}

/// `text` as code, exactly, within a table or a sentence; characters that cannot be seen are written as escapes.
pub(in crate::export) fn cell(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' => shown.push_str("\\|"),
            c if c.is_control() || is_invisible(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if shown.starts_with('`') || shown.ends_with('`') || shown.is_empty() { " " } else { "" };
    format!("{fence}{space}{shown}{space}{fence}")
}

/// `1 row`, `2 rows`.
pub(in crate::export) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Lowest and highest score of the curve.
pub(in crate::export) fn curve_range(card: &Card) -> (i32, i32) {
    let scores = || card.curve.iter().map(|entry| entry.score);
    (scores().next().unwrap_or(0), scores().next_back().unwrap_or(0))
}

/// What the field of an input has to hold, in words.
pub(in crate::export) fn describe_input(input: &Input, as_of: Option<&str>) -> String {
    let kind = match input.kind {
        InputKind::Number => "a number",
        InputKind::Text => "text",
        InputKind::Boolean => "yes or no",
    };
    match &input.derivation {
        None => kind.to_owned(),
        Some(Derivation::DaysBefore { column }) => format!(
            "a number: whole days from {} to {}, rounded down; empty where that time is not known or later",
            cell(column),
            as_of.map_or_else(|| "the hand-off".to_owned(), cell)
        ),
        Some(Derivation::Events { kind, within_us, measure }) => {
            let events = kind.as_ref().map_or_else(|| "all events".to_owned(), |kind| format!("events {}", cell(kind)));
            let within = within_us.map_or_else(
                || "up to the hand-off".to_owned(),
                |microseconds| format!("in the {} days before the hand-off", microseconds as f64 / MICROSECONDS_A_DAY),
            );
            format!("a number: {} of {events} {within}", cell(&measure.to_string()))
        }
    }
}

const MICROSECONDS_A_DAY: f64 = 86_400_000_000.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Measure;

    #[test]
    fn a_cell_stays_in_its_cell_and_shows_what_is_there() {
        assert_eq!(cell("Budget__c"), "`Budget__c`");
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert_eq!(cell("`x` and ``y``"), "``` `x` and ``y`` ```");
        assert_eq!(cell("left\u{202e}right\n"), "`left\\u{202e}right\\u{a}`");
        assert_eq!(cell(""), "`  `");
    }

    #[test]
    fn a_derived_input_says_what_it_counts() {
        let input = |derivation| Input { column: "c".to_owned(), kind: InputKind::Number, derivation };
        let events = |kind: Option<&str>, within_us| {
            let kind = kind.map(str::to_owned);
            Some(Derivation::Events { kind, within_us, measure: Measure::Count })
        };
        assert_eq!(describe_input(&input(None), None), "a number");
        assert_eq!(
            describe_input(&input(Some(Derivation::DaysBefore { column: "form_at".to_owned() })), Some("handed_off")),
            "a number: whole days from `form_at` to `handed_off`, rounded down; empty where that time is not known or later"
        );
        assert_eq!(
            describe_input(&input(events(Some("click"), Some(30 * 86_400_000_000))), None),
            "a number: `count` of events `click` in the 30 days before the hand-off"
        );
        assert_eq!(
            describe_input(&input(events(None, None)), None),
            "a number: `count` of all events up to the hand-off"
        );
    }
}
