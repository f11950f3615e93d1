//! Numbers and sentences as people write them.

use std::sync::OnceLock;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::measures::Interval;
pub(crate) use crate::notes::{count, counted, harmless};

/// Widest line of anything printed.
pub(crate) const MAX_COLUMNS: usize = 100;
/// Narrowest that tables and sentences are made for.
const MIN_COLUMNS: usize = 60;

static COLUMNS: OnceLock<usize> = OnceLock::new();

/// Says how wide the terminal is; the first word counts. Without one, lines have up to [`MAX_COLUMNS`].
pub(crate) fn set_columns(of_terminal: usize) {
    let _ = COLUMNS.set(of_terminal.clamp(MIN_COLUMNS, MAX_COLUMNS));
}

/// Widest line of what is printed here.
pub(crate) fn columns() -> usize {
    COLUMNS.get().copied().unwrap_or(MAX_COLUMNS)
}

/// A number that need not be whole, such as wins a month: 1,235, 12.5, 8, 0.3.
pub(crate) fn amount(value: f64) -> String {
    // What would print as 100.0 is written whole already.
    if value >= 99.95 {
        return count(value.round() as u64);
    }
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// [`counted`] with its verb: 1 lead was, 2 leads were.
pub(crate) fn counted_were(n: u64, noun: &str) -> String {
    format!("{} {}", counted(n, noun), if n == 1 { "was" } else { "were" })
}

/// "412 too young to say" for every reason that holds of some leads.
pub(crate) fn reasons(leads: &[(usize, &str)]) -> Vec<String> {
    leads.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{} {why}", count(*n as u64))).collect()
}

/// "3", or "3 to 7" where the two differ.
pub(crate) fn span(from: i32, to: i32) -> String {
    if from == to { from.to_string() } else { format!("{from} to {to}") }
}

/// A share in per cent with one decimal: 25.0 %.
pub(crate) fn per_cent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A share in whole per cent: 25 %.
pub(crate) fn whole_per_cent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// An [`amount`] that may be below zero, with a minus that screen readers say: −24, 0, 1,235.
pub(crate) fn signed(value: f64) -> String {
    let text = amount(value.abs());
    if value < 0.0 && text != "0" { format!("\u{2212}{text}") } else { text }
}

/// Money: EUR 4,000, −EUR 250; without a currency the bare amount.
pub(crate) fn money(value: f64, currency: Option<&str>) -> String {
    let text = signed(value);
    let Some(currency) = currency.map(harmless) else { return text };
    match text.strip_prefix('\u{2212}') {
        Some(below_zero) => format!("\u{2212}{currency} {below_zero}"),
        None => format!("{currency} {text}"),
    }
}

/// Odds from a simulation in whole per cent. It never says 0 % or 100 %: some future that was not played through could
/// come.
pub(crate) fn chance(share: f64) -> String {
    match share {
        share if share < 0.01 => "under 1 %".to_owned(),
        share if share > 0.99 => "over 99 %".to_owned(),
        share => format!("{:.0} %", share * 100.0),
    }
}

/// Both ends of an interval, written by `write`: 11-38, and with words where an end is below zero: −38 to 11.
pub(crate) fn ends(low: f64, high: f64, write: impl Fn(f64) -> String) -> String {
    let between = if low < 0.0 { " to " } else { "-" };
    format!("{}{between}{}", write(low), write(high))
}

/// With a capital first, where it begins with a plain small letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// With a full stop last. No capital first: the sentence may begin with the name of a column.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let stop = if text.is_empty() || text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{text}{stop}")
}

/// The day of a moment: 2026-06-30 of 2026-06-30T15:00:00Z.
pub(crate) fn day(moment: &str) -> &str {
    moment.split_once('T').map_or(moment, |(day, _)| day)
}

/// Basis points as a share in per cent.
pub(crate) fn basis_points(value: u32) -> String {
    per_cent(f64::from(value) / 10_000.0)
}

/// Both ends of an interval of amounts: 13.2-16.7.
pub(crate) fn range(interval: Interval) -> String {
    format!("{}-{}", amount(interval.low), amount(interval.high))
}

/// Both ends of an interval of shares, in per cent without the sign: 27.3-32.3.
pub(crate) fn range_in_per_cent(interval: Interval, n_decimals: usize) -> String {
    format!("{:.n_decimals$}-{:.n_decimals$}", interval.low * 100.0, interval.high * 100.0)
}

/// [`harmless`] text of at most `max_columns`; what is cut off becomes an ellipsis.
pub(crate) fn shortened(text: &str, max_columns: usize) -> String {
    let text = harmless(text);
    if text.width() <= max_columns {
        return text;
    }
    let mut short = String::new();
    let mut n_columns = 1;
    for c in text.chars() {
        n_columns += c.width().unwrap_or(0);
        if n_columns > max_columns {
            break;
        }
        short.push(c);
    }
    format!("{}…", short.trim_end())
}

/// [`wrapped`] text with nothing before it.
pub(crate) fn paragraph(text: &str) -> String {
    wrapped("", text)
}

/// Breaks [`harmless`] text into lines of at most [`columns`], the first after `first`, the others after as much space.
pub(crate) fn wrapped(first: &str, text: &str) -> String {
    let indent = " ".repeat(first.width());
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    // A name longer than a line cannot be broken between words, so it is cut.
    for word in text.split_whitespace().map(|word| shortened(word, columns() - indent.len())) {
        if !is_empty && line.width() + 1 + word.width() > columns() {
            lines += line.trim_end();
            lines.push('\n');
            line = indent.clone();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line += &word;
        is_empty = false;
    }
    lines += line.trim_end();
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_commas() {
        assert_eq!(
            [0, 7, 999, 1_000, 41_188, 10_000_000].map(count),
            ["0", "7", "999", "1,000", "41,188", "10,000,000"]
        );
    }

    #[test]
    fn amounts_have_as_many_digits_as_help() {
        assert_eq!([0.26, 8.0, 12.54, 99.97, 1234.6].map(amount), ["0.3", "8", "12.5", "100", "1,235"]);
    }

    #[test]
    fn amounts_below_zero_have_a_minus_and_nothing_is_minus_zero() {
        assert_eq!([-24.0, -0.04, 0.0, 1234.6].map(signed), ["−24", "0", "0", "1,235"]);
        assert_eq!(money(-250.0, Some("EUR")), "−EUR 250");
        assert_eq!(money(4_000.0, Some("EUR")), "EUR 4,000");
        assert_eq!(money(4_000.0, None), "4,000");
    }

    #[test]
    fn odds_promise_nothing() {
        assert_eq!(
            [0.0, 0.009, 0.014, 0.5, 0.987, 0.998].map(chance),
            ["under 1 %", "under 1 %", "1 %", "50 %", "99 %", "over 99 %"]
        );
    }

    #[test]
    fn an_interval_across_zero_is_written_with_words() {
        assert_eq!(ends(11.0, 38.0, signed), "11-38");
        assert_eq!(ends(-38.0, 11.0, signed), "−38 to 11");
    }

    #[test]
    fn a_moment_has_a_day() {
        assert_eq!([day("2026-06-30T15:00:00Z"), day("2026-06-30")], ["2026-06-30"; 2]);
    }

    #[test]
    fn one_lead_and_two_leads() {
        assert_eq!(counted(1, "lead"), "1 lead");
        assert_eq!(counted(2, "lead"), "2 leads");
        assert_eq!(counted(3, "criterion"), "3 criteria");
    }

    #[test]
    fn long_names_are_cut_by_what_they_take_on_screen() {
        assert_eq!(shortened("decision maker", 9), "decision…");
        assert_eq!(shortened("予算承認済み", 7), "予算承…");
        assert_eq!(shortened("short", 5), "short");
    }

    #[test]
    fn long_sentences_are_broken_and_long_words_cut() {
        let text = wrapped("  - ", &format!("{} end", "word ".repeat(30)));
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| line.width() <= MAX_COLUMNS));
        assert!(text.lines().nth(1).expect("two lines").starts_with("    word"));
        let text = wrapped("", &"x".repeat(300));
        assert_eq!(text.trim_end().width(), MAX_COLUMNS);
    }
}
