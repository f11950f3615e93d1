//! Text for a terminal: headings, lists of sentences, and tables whose columns line up, whatever script the names are in.
//!
//! It carries terminal styles; print it through `anstream`, which removes them where they do not belong. Always true: without
//! colour nothing is lost.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::words::{columns, sentence, wrapped};
use crate::notes::Note;

const HEADING: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
/// Nearest to the colours of the page that every terminal has.
const HOT: Style = AnsiColor::Yellow.on_default().bold();
const NURTURE: Style = AnsiColor::Cyan.on_default();

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

/// The table as lines, each ended, under its heads; heads that are all empty take no line. Columns that have no room beside the others
/// stand below them, behind the first one again.
///
/// - `rows`: as many cells per row as `heads`; a cell may carry styles.
pub(crate) fn table<R: AsRef<[String]>>(heads: &[Head<'_>], rows: &[R]) -> String {
    table_within(columns(), heads, rows)
}

fn table_within<R: AsRef<[String]>>(n_columns: usize, heads: &[Head<'_>], rows: &[R]) -> String {
    let width_of = |(at, head): (usize, &Head<'_>)| {
        let cells = rows.iter().filter_map(|row| row.as_ref().get(at));
        cells.map(|cell| width_on_screen(cell)).fold(head.text().width(), usize::max)
    };
    let widths: Vec<usize> = heads.iter().enumerate().map(width_of).collect();
    let line = |shown: &[usize], cells: &[&str]| {
        let mut line = String::new();
        for &at in shown {
            let cell = cells.get(at).copied().unwrap_or_default();
            let space = " ".repeat(widths[at].saturating_sub(width_on_screen(cell)));
            line += GAP;
            line += &match heads[at] {
                Head::Words(_) => format!("{cell}{space}"),
                Head::Figures(_) => format!("{space}{cell}"),
            };
        }
        line.trim_end().to_owned()
    };
    let names: Vec<&str> = heads.iter().map(|head| head.text()).collect();
    let mut text = String::new();
    for shown in side_by_side(n_columns, &widths) {
        if names.iter().any(|name| !name.is_empty()) {
            text += &format!("{QUIET}{}{QUIET:#}\n", line(&shown, &names));
        }
        for row in rows {
            let cells: Vec<&str> = row.as_ref().iter().map(String::as_str).collect();
            text += &format!("{}\n", line(&shown, &cells));
        }
    }
    text
}

/// The columns in as few parts as have room one below the other, the first column in each of them.
fn side_by_side(n_columns: usize, widths: &[usize]) -> Vec<Vec<usize>> {
    let mut parts = vec![Vec::new()];
    let mut taken = 0;
    for (at, width) in widths.iter().enumerate() {
        let width = GAP.len() + width;
        if taken + width > n_columns && parts.last().is_some_and(|part: &Vec<usize>| part.len() > 1) {
            parts.push(vec![0]);
            taken = GAP.len() + widths[0];
        }
        taken += width;
        if let Some(part) = parts.last_mut() {
            part.push(at);
        }
    }
    parts
}

/// Columns that a cell takes; its styles take none.
fn width_on_screen(cell: &str) -> usize {
    anstream::adapter::strip_str(cell).to_string().width()
}

/// The name of a band in its colour.
pub(crate) fn band(name: &str) -> String {
    let style = match name {
        "hot" => HOT,
        "nurture" => NURTURE,
        _ => QUIET,
    };
    format!("{style}{name}{style:#}")
}

/// A verdict: words that have to be seen.
pub(crate) fn warning(text: &str) -> String {
    wrapped("", text).lines().map(|line| format!("{HOT}{line}{HOT:#}\n")).collect()
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
    fn columns_without_room_stand_below_behind_the_first() {
        let row = ["selective", "50 (39.6-58.5)", "60 %"].map(str::to_owned);
        let heads = Head::words_then_figures(&["policy", "leads", "conversion"]);
        let text = table_within(34, &heads, std::slice::from_ref(&row));
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "   policy               leads\n   selective   50 (39.6-58.5)\n   policy      conversion\n   selective         60 %\n"
        );
        assert_eq!(table_within(60, &heads, &[row]).lines().count(), 2);
    }

    #[test]
    fn a_style_takes_no_room() {
        assert_eq!(width_on_screen(&band("hot")), 3);
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
