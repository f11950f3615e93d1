//! Text for a terminal: headings, lists of sentences, and tables whose columns line up, whatever script the names are in.
//!
//! It carries terminal styles; print it through `anstream`, which removes them where they do not belong. Always true: without
//! colour nothing is lost.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::words::{sentence, wrapped};
use crate::notes::Note;

const HEADING: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();

/// Space before the first column and between columns.
pub(crate) const GAP: &str = "   ";

/// A line that stands out.
pub(crate) fn heading(text: &str) -> String {
    format!("{HEADING}{text}{HEADING:#}\n")
}

/// Sentences below one another, each behind `first`.
pub(crate) fn lines<T: AsRef<str>>(first: &str, sentences: impl IntoIterator<Item = T>) -> String {
    sentences.into_iter().map(|sentence| wrapped(first, sentence.as_ref())).collect()
}

/// A heading with [`lines`] below it; nothing where there are none.
pub(crate) fn section<T: AsRef<str>>(title: &str, first: &str, sentences: impl IntoIterator<Item = T>) -> String {
    let lines = lines(first, sentences);
    if lines.is_empty() { lines } else { heading(title) + &lines }
}

/// The section of the first `most` notes; `rest` says where the others are.
pub(crate) fn notes_section(notes: &[Note], most: usize, rest: impl Fn(u64) -> String) -> String {
    let n_more = notes.len().saturating_sub(most) as u64;
    let said = notes.iter().take(most).map(|note| sentence(&note.text));
    section("Notes", "- ", said.chain((n_more > 0).then(|| rest(n_more))))
}

/// Sections with an empty line between them; those that are empty are left out.
pub(crate) fn joined(sections: impl IntoIterator<Item = String>) -> String {
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Head of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head<'a> {
    /// Over words, on the left.
    Words(&'a str),
    /// Over figures, on the right.
    Figures(&'a str),
}

impl<'a> Head<'a> {
    /// A column of words, then one of figures for every other name.
    pub(crate) fn words_then_figures(names: &[&'a str]) -> Vec<Self> {
        names
            .iter()
            .enumerate()
            .map(|(at, name)| if at == 0 { Self::Words(name) } else { Self::Figures(name) })
            .collect()
    }

    fn text(self) -> &'a str {
        match self {
            Self::Words(text) | Self::Figures(text) => text,
        }
    }
}

/// The table as lines, each ended, under its heads; heads that are all empty take no line.
///
/// - `rows`: as many cells per row as `heads`.
pub(crate) fn table<R: AsRef<[String]>>(heads: &[Head<'_>], rows: &[R]) -> String {
    let width_of = |(at, head): (usize, &Head<'_>)| {
        rows.iter()
            .filter_map(|row| row.as_ref().get(at))
            .map(|cell| cell.width())
            .fold(head.text().width(), usize::max)
    };
    let widths: Vec<usize> = heads.iter().enumerate().map(width_of).collect();
    let line = |cells: &[&str]| {
        let mut line = String::new();
        for ((cell, head), width) in cells.iter().zip(heads).zip(&widths) {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            line += GAP;
            line += &match head {
                Head::Words(_) => format!("{cell}{space}"),
                Head::Figures(_) => format!("{space}{cell}"),
            };
        }
        line.trim_end().to_owned()
    };
    let names: Vec<&str> = heads.iter().map(|head| head.text()).collect();
    let mut text = String::new();
    if names.iter().any(|name| !name.is_empty()) {
        text += &format!("{QUIET}{}{QUIET:#}\n", line(&names));
    }
    for row in rows {
        let cells: Vec<&str> = row.as_ref().iter().map(String::as_str).collect();
        text += &format!("{}\n", line(&cells));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let rows = [["予算", "7"], ["x", "12"]].map(|row| row.map(str::to_owned));
        let text = table(&[Head::Words("name"), Head::Figures("points")], &rows);
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "   name   points\n   予算        7\n   x          12\n"
        );
        assert_eq!(table(&[Head::Words(""), Head::Figures("")], &rows[1..]), "   x   12\n");
    }

    #[test]
    fn what_is_empty_takes_no_line() {
        assert_eq!(section("Notes", "- ", [""; 0]), "");
        assert_eq!(joined(["a\n".to_owned(), String::new(), "b\n".to_owned()]), "a\n\nb\n");
        let notes = [Note::new("a", "first"), Note::new("a", "second")];
        let text = notes_section(&notes, 1, |n_more| format!("and {n_more} more"));
        assert_eq!(anstream::adapter::strip_str(&text).to_string(), "Notes\n- first.\n- and 1 more\n");
    }
}
