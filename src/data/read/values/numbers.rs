//! Numbers in text: which rule of writing them all texts of a column follow.
//!
//! Always true: codes stay text (leading zeros, 16 digits and more, telephone numbers); numbers of two currencies are no numbers.

use std::collections::BTreeMap;

use super::told::{Bad, Told};
use super::{Counted, Hints, Surroundings, is_a_slip, numbers_of};
use crate::card::Reading;
use crate::card::reading::{Cell, DecimalMark, NumberFormat, WrittenNumber};
use crate::data::columns::is_rounded;
use crate::data::table::{Content, Nullable};

/// How the texts of a column can be read as numbers; counts are rows.
#[derive(Debug, Default)]
pub(super) struct NumberEvidence {
    n_bad: usize,
    /// Rows that only one mark explains.
    n_point_only: usize,
    n_comma_only: usize,
    /// Rows that both marks explain, with different numbers.
    n_either: usize,
    /// Rows of each currency, and without one (`""`), zeros without one not counted.
    units: BTreeMap<String, usize>,
    /// Numbers as any program writes them.
    n_plain: usize,
    example: String,
    n_distinct: usize,
}

/// What becomes of the column.
pub(super) enum Decision {
    Texts(Told),
    Numbers { content: Content, reading: Option<Reading>, told: Told },
}

/// Different numbers below which a stray text is no slip: plans are called 1, 2, 3 and A1.
const MIN_DISTINCT: usize = 10;

impl NumberEvidence {
    /// `None` where the texts are no numbers, or codes.
    pub(super) fn of(counted: &Counted<'_>) -> Option<Self> {
        let mut evidence = Self::default();
        for (text, n_rows) in counted.filled() {
            if is_code(text.trim()) {
                return None;
            }
            evidence.add(text.trim(), n_rows);
            if !is_a_slip(evidence.n_bad, counted.counts.n_filled) {
                return None;
            }
        }
        if counted.filled().all(|(text, _)| is_rounded(text)) {
            return None;
        }
        let is_number = evidence.n_bad == 0 || evidence.n_distinct >= MIN_DISTINCT;
        (evidence.n_distinct > 0 && is_number).then_some(evidence)
    }

    fn add(&mut self, text: &str, n_rows: usize) {
        let Some(written) = WrittenNumber::split(text) else {
            self.n_bad += n_rows;
            return;
        };
        let point = written.value(DecimalMark::Point);
        let comma = written.value(DecimalMark::Comma);
        match (point, comma) {
            (None, None) => {
                self.n_bad += n_rows;
                return;
            }
            (Some(_), None) => self.n_point_only += n_rows,
            (None, Some(_)) => self.n_comma_only += n_rows,
            (Some(a), Some(b)) if a != b => self.n_either += n_rows,
            _ => {}
        }
        self.n_distinct += 1;
        let is_plain = is_plain(text);
        if is_plain {
            self.n_plain += n_rows;
        }
        if self.example.is_empty() || (!is_plain && is_plain_text(&self.example)) {
            text.clone_into(&mut self.example);
        }
        let is_zero = point.or(comma) == Some(0.0);
        match written.unit {
            Some(unit) => *self.units.entry(unit.to_owned()).or_default() += n_rows,
            None if !is_zero => *self.units.entry(String::new()).or_default() += n_rows,
            None => {}
        }
    }

    /// The mark that this column proves.
    fn mark(&self) -> Option<DecimalMark> {
        match (self.n_point_only, self.n_comma_only) {
            (0, 0) => None,
            (_, 0) => Some(DecimalMark::Point),
            (0, _) => Some(DecimalMark::Comma),
            _ => None,
        }
    }

    pub(super) fn decide(&self, counted: &Counted<'_>, hints: Hints, around: Surroundings<'_>) -> Decision {
        let named: Vec<&String> = self.units.keys().filter(|unit| !unit.is_empty()).collect();
        let stays = |why: String| Decision::Texts(Told { stays_text: Some(why), ..Told::default() });
        if named.len() > 1 {
            return stays(format!(
                "amounts in {}",
                named.iter().map(|unit| unit.as_str()).collect::<Vec<_>>().join(", ")
            ));
        }
        let n_bare = self.units.get("").copied().unwrap_or(0);
        if named.first().is_some_and(|unit| *unit == "%") && n_bare > 0 {
            return stays("some with % and some without".to_owned());
        }
        if self.n_point_only > 0 && self.n_comma_only > 0 {
            return stays("some with a comma before the decimals, some with a point".to_owned());
        }
        let decimal = self.mark().or(hints.decimal.filter(|_| self.n_either > 0)).unwrap_or(DecimalMark::Point);
        let format = NumberFormat { decimal, unit: named.first().map(|unit| (*unit).clone()) };
        let is_plain = self.n_plain == counted.counts.n_filled - self.n_bad
            && (decimal == DecimalMark::Point || self.n_either == 0);
        let is_bad = |text: &str| format.read(text) == Cell::Unreadable;
        let first_bad = counted.first_row(is_bad).filter(|_| self.n_bad > 0);
        let told = Told {
            read_as: (!is_plain).then(|| self.in_words(&format)),
            gaps: (counted.counts.n_gaps > 0).then(|| (counted.gap_words(), counted.counts.n_gaps)),
            bad: first_bad.map(|(row, text)| Bad { n_bad: self.n_bad, row, text }),
            ..Told::default()
        };
        // A file with types of its own that says "5" in a column of text: other readers of it need the rule as well.
        let needs_rule = !is_plain || counted.counts.n_gaps > 0 || self.n_bad > 0 || !around.is_untyped;
        let content = content_of(counted, &format);
        Decision::Numbers { content, reading: needs_rule.then_some(Reading::Number(format)), told }
    }

    fn in_words(&self, format: &NumberFormat) -> String {
        let example = &self.example;
        let value = match format.read(example) {
            Cell::Value(value) => format!(" is {value}"),
            Cell::Missing | Cell::Unreadable => String::new(),
        };
        format!("numbers: {example:?}{value}")
    }
}

/// The mark that the columns of a table prove, if they agree.
pub(super) fn proved_mark<'a>(columns: impl Iterator<Item = &'a NumberEvidence>) -> Option<DecimalMark> {
    let mut marks = columns.filter_map(NumberEvidence::mark);
    let first = marks.next()?;
    marks.all(|mark| mark == first).then_some(first)
}

/// Whole numbers where all are, numbers otherwise.
fn content_of(counted: &Counted<'_>, format: &NumberFormat) -> Content {
    let numbers = numbers_of(counted.texts, format);
    let are_whole = counted.filled().all(|(text, _)| {
        let text = text.trim();
        text.bytes().enumerate().all(|(at, byte)| byte.is_ascii_digit() || (at == 0 && byte == b'-'))
            || matches!(format.read(text), Cell::Unreadable)
    });
    if are_whole {
        let whole = numbers.into_iter().map(|number| number.map(|number| number as i64));
        return Content::Whole(Nullable::collect(whole, 0));
    }
    Content::Floats(Nullable::collect(numbers.into_iter(), f64::NAN))
}

/// Whether a number stands there as any program writes it.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'))
        && text.parse::<f64>().is_ok()
}

fn is_plain_text(text: &str) -> bool {
    is_plain(text.trim())
}

/// Whether a text is a number by one of the rules.
pub(super) fn is_number(text: &str) -> bool {
    WrittenNumber::split(text).is_some_and(|written| {
        [DecimalMark::Point, DecimalMark::Comma].iter().any(|&mark| written.value(mark).is_some())
    })
}

/// Names written in digits: `007`, 16 digits and more, `+49 30 901820`.
pub(super) fn is_code(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let are_digits = !digits.is_empty() && digits.bytes().all(is_digit);
    let has_zero_first = are_digits && digits.len() > 1 && digits.starts_with('0');
    let is_long = are_digits && digits.len() >= 16;
    let is_phone = text.starts_with('+') && text.bytes().filter(|&byte| is_digit(byte)).count() >= 7;
    has_zero_first || is_long || is_phone
}

/// A column of plain numbers, without looking for distinct texts; `None` where one is anything else.
pub(in crate::data::read) fn plain_numbers<'a>(
    texts: impl Iterator<Item = Option<&'a str>> + Clone,
) -> Option<Content> {
    plain_whole_numbers(texts.clone()).or_else(|| plain_decimals(texts))
}

/// Without white space at the ends; most texts have none, which their first and last byte tell.
fn trimmed(text: &str) -> &str {
    let ends = [text.as_bytes().first(), text.as_bytes().last()];
    if ends.iter().all(|end| end.is_some_and(u8::is_ascii_graphic)) { text } else { text.trim() }
}

fn plain_whole_numbers<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Option<Content> {
    let mut numbers = Vec::with_capacity(texts.size_hint().0);
    let mut has_value = false;
    for text in texts {
        let number = match text.map(trimmed) {
            None => None,
            Some(text) => {
                let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
                let is_code = digits.len() >= 16 || (digits.len() > 1 && digits[0] == b'0');
                if is_code || digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                    return None;
                }
                has_value = true;
                Some(text.parse::<i64>().ok()?)
            }
        };
        numbers.push(number);
    }
    has_value.then(|| Content::Whole(Nullable::collect(numbers.into_iter(), 0)))
}

fn plain_decimals<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Option<Content> {
    let mut numbers = Vec::with_capacity(texts.size_hint().0);
    let mut has_value = false;
    // 1.246 may be 1246 where another column has a comma before its decimals.
    let mut may_be_groups = true;
    for text in texts {
        let Some(text) = text.map(trimmed) else {
            numbers.push(None);
            continue;
        };
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let is_written_plainly = digits.first().is_some_and(|&first| first.is_ascii_digit() || first == b'.')
            && digits.iter().all(|&b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'));
        let has_zero_first = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
        let is_long = digits.len() >= 16 && digits.iter().all(u8::is_ascii_digit);
        if !is_written_plainly || has_zero_first || is_long {
            return None;
        }
        // Ids that a spreadsheet has rounded are looked at one by one.
        if digits.contains(&b'E') {
            return None;
        }
        if may_be_groups {
            may_be_groups =
                WrittenNumber::split(text).is_some_and(|written| written.value(DecimalMark::Comma).is_some());
        }
        has_value = true;
        numbers.push(Some(text.parse::<f64>().ok()?));
    }
    (has_value && !may_be_groups).then(|| Content::Floats(Nullable::collect(numbers.into_iter(), f64::NAN)))
}
