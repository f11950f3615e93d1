//! Text from the data as the workbook shows it.

use std::borrow::Cow;

use crate::notes::harmless;
pub(crate) use crate::notes::{count, counted};

/// Most characters (UTF-16) of a cell.
pub(crate) const MAX_CELL_CHARACTERS: usize = 32_767;
/// Most characters of a name that is shown; longer ones are cut and say so.
const MAX_SHOWN: usize = 250;

/// Any text as it can stand in a cell: [`harmless`], and cut where it is longer than Excel can keep.
pub(crate) fn shown(text: &str) -> String {
    cut(&harmless(text), MAX_CELL_CHARACTERS)
}

/// A name from the data, short enough to read.
pub(crate) fn name(text: &str) -> String {
    cut(&harmless(text), MAX_SHOWN)
}

/// A name that a formula comes to. In quotes where it would be taken for a number, a truth value or an error.
pub(crate) fn result_name(text: &str) -> String {
    let name = name(text);
    let is_plain = name.parse::<f64>().is_err() && !matches!(name.as_str(), "TRUE" | "FALSE") && !name.starts_with('#');
    if is_plain { name } else { quoted(&name) }
}

/// A name in quotes, which no reader takes for anything but text.
pub(crate) fn quoted(name: &str) -> String {
    format!("“{name}”")
}

/// At most `most` UTF-16 characters; what is missing is counted at the end.
fn cut(text: &str, most: usize) -> String {
    let n_characters = text.encode_utf16().count();
    if n_characters <= most {
        return text.to_owned();
    }
    // Room for the words at the end: two numbers of seven digits would be longer than any text in memory.
    let room = most.saturating_sub(60);
    let mut n_kept = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            n_kept += c.len_utf16();
            n_kept <= room
        })
        .collect();
    let n_cut = n_characters - kept.encode_utf16().count();
    format!("{kept}… (cut: {} more characters)", count(n_cut as u64))
}

/// A cached text as the file keeps it: what only looks like one of Excel's escapes is escaped, as the library does for cells.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let looks_escaped = |at: usize| {
        let rest = &text.as_bytes()[at..];
        rest.len() >= 7 && rest[2..6].iter().all(u8::is_ascii_hexdigit) && rest[6] == b'_'
    };
    if !text.match_indices("_x").any(|(at, _)| looks_escaped(at)) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 6);
    let mut done = 0;
    for (at, _) in text.match_indices("_x").filter(|(at, _)| looks_escaped(*at)) {
        escaped += &text[done..at];
        escaped += "_x005F";
        done = at;
    }
    escaped += &text[done..];
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_says_so() {
        let long = name(&"x".repeat(40_000));
        assert!(long.ends_with("… (cut: 39,810 more characters)"), "{long}");
        assert!(long.len() < 250);
        assert!(shown(&"😀".repeat(40_000)).encode_utf16().count() <= MAX_CELL_CHARACTERS);
        assert_eq!(name("short"), "short");
    }

    #[test]
    fn a_result_never_reads_as_a_number() {
        assert_eq!(
            ["hot", "2024", "inf", "TRUE", "#N/A"].map(result_name),
            ["hot", "“2024”", "“inf”", "“TRUE”", "“#N/A”"]
        );
    }

    #[test]
    fn what_looks_like_an_escape_of_excel_stays_what_it_is() {
        assert_eq!(escaped("a _x0041_ b_x00e9_"), "a _x005F_x0041_ b_x005F_x00e9_");
        assert_eq!(escaped("_x_x12_xxxxx_"), "_x_x12_xxxxx_");
    }
}
