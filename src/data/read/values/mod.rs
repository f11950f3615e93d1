//! Values: what the texts of a column mean, decided from all of them.
//!
//! In: texts. Out: numbers, moments, yes and no where every text (but a few slips) is one by one rule, with the rule; texts
//! otherwise.
//!
//! Start at [`settle`]. `numbers` and `times` find the rule, `counted` knows moments that are stored as numbers, `told` says what
//! was decided.
//!
//! Always true: one rule holds for a column; two rules that would give different values are never chosen between in silence.

mod counted;
mod numbers;
mod survey;
mod times;
mod told;

use rayon::prelude::*;

use super::options::ReadOptions;
use crate::card::Reading;
use crate::card::reading::{Cell, is_gap};
use crate::data::table::{Column, Content, EncodedTexts, NO_TEXT, Nullable, StoredTimes, TimeUnit};

pub(super) use numbers::plain_numbers;
pub(super) use survey::{Meaning, Survey};
pub use told::Doubt;
pub(super) use told::Told;

/// What there is to say of the columns of a table.
pub(super) fn notes_of(stage: &str, settled: &[Settled]) -> Vec<crate::notes::Note> {
    told::notes(stage, settled.iter().map(|settled| (settled.column.name.as_str(), &settled.told)))
}

/// A column once its values are settled.
#[derive(Debug)]
pub(super) struct Settled {
    pub column: Column,
    /// The rule, where texts alone do not say the values to any reader.
    pub reading: Option<Reading>,
    pub told: Told,
}

/// What holds for all columns of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub options: &'a ReadOptions,
    /// The file has no types of its own: yes and no are words there.
    pub is_untyped: bool,
}

/// Texts with the number of rows of each, gaps apart.
struct Counted<'a> {
    name: &'a str,
    texts: &'a EncodedTexts,
    counts: Counts,
}

/// Rows of each text of a column.
#[derive(Debug, Default)]
struct Counts {
    n_rows_of: Vec<usize>,
    /// Rows with a text that is no gap.
    n_filled: usize,
    /// Rows with a word for "not known".
    n_gaps: usize,
    is_gap: Vec<bool>,
}

/// Rows that may say something else than the column's rule, as slips: 1 in 200.
fn is_a_slip(n_bad: usize, n_filled: usize) -> bool {
    200 * n_bad <= n_filled
}

/// Settles what the columns of a table hold.
pub(super) fn settle(columns: Vec<Column>, around: Surroundings<'_>) -> Vec<Settled> {
    let evidence: Vec<Evidence> = columns.par_iter().map(|column| Evidence::of(column, around)).collect();
    let hints = Hints {
        // A comma before decimals in one column makes it likely in the others.
        decimal: numbers::proved_mark(evidence.iter().filter_map(|evidence| evidence.numbers.as_ref())),
        dates: around
            .options
            .dates
            .or_else(|| times::proved_order(evidence.iter().filter_map(|evidence| evidence.times.as_ref()))),
    };
    columns.into_par_iter().zip(evidence).map(|(column, evidence)| evidence.decide(column, hints, around)).collect()
}

/// What other columns of the table prove.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hints {
    decimal: Option<crate::card::reading::DecimalMark>,
    dates: Option<crate::settings::DateOrder>,
}

/// What the texts of a column could be.
#[derive(Debug, Default)]
struct Evidence {
    known: Option<Reading>,
    counts: Counts,
    numbers: Option<numbers::NumberEvidence>,
    times: Option<times::TimeEvidence>,
    are_flags: bool,
    is_empty: bool,
}

impl Evidence {
    fn of(column: &Column, around: Surroundings<'_>) -> Self {
        let known = around.options.readings.get(&column.name).cloned();
        let Content::Texts(texts) = &column.content else { return Self { known, ..Self::default() } };
        if known.is_some() {
            return Self { known, ..Self::default() };
        }
        let counted = Counted::new(&column.name, texts);
        if counted.counts.n_filled == 0 {
            return Self { is_empty: around.is_untyped, ..Self::default() };
        }
        let numbers = numbers::NumberEvidence::of(&counted);
        let times = if numbers.is_none() { times::TimeEvidence::of(&counted) } else { None };
        let are_flags = around.is_untyped && numbers.is_none() && times.is_none() && counted.are_flags();
        Self { known, counts: counted.counts, numbers, times, are_flags, is_empty: false }
    }

    fn decide(self, column: Column, hints: Hints, around: Surroundings<'_>) -> Settled {
        let name = column.name.clone();
        let plain = |content: Content| Settled {
            column: Column { name: name.clone(), content },
            reading: None,
            told: Told::default(),
        };
        let texts = match column.content {
            Content::Texts(texts) => texts,
            other => return counted::settle(&name, other, self.known.as_ref()),
        };
        if let Some(reading) = self.known {
            return by_known_rule(&name, texts, reading);
        }
        if self.is_empty {
            return plain(Content::Nothing(texts.codes.len()));
        }
        if self.are_flags {
            let flag = |text: &str| if is_gap(text) { None } else { Some(text.trim().eq_ignore_ascii_case("true")) };
            return plain(Content::Booleans(texts.map_rows(None, flag)));
        }
        let counted = Counted { name: &name, texts: &texts, counts: self.counts };
        if let Some(numbers) = &self.numbers {
            return match numbers.decide(&counted, hints, around) {
                numbers::Decision::Texts(told) => Settled { told, ..plain(Content::Texts(texts)) },
                numbers::Decision::Numbers { content, reading, told } => match reading {
                    // A moment may be stored as a number.
                    None => {
                        let settled = counted::settle(&name, content, None);
                        Settled { told: told.and(settled.told), ..settled }
                    }
                    reading => Settled { reading, told, ..plain(content) },
                },
            };
        }
        if let Some(times) = &self.times {
            return match times.decide(&counted, hints) {
                times::Decision::Texts(told) => Settled { told, ..plain(Content::Texts(texts)) },
                times::Decision::Moments { content, reading, told } => Settled { reading, told, ..plain(content) },
            };
        }
        plain(Content::Texts(texts))
    }
}

impl<'a> Counted<'a> {
    fn new(name: &'a str, texts: &'a EncodedTexts) -> Self {
        let mut n_rows_of = vec![0; texts.n_distinct()];
        texts.codes.iter().filter(|&&code| code != NO_TEXT).for_each(|&code| n_rows_of[code as usize] += 1);
        let (mut n_filled, mut n_gaps) = (0, 0);
        let is_gap: Vec<bool> = texts
            .distinct()
            .zip(&n_rows_of)
            .map(|(text, n_rows)| {
                let is_blank = text.trim().is_empty();
                let is_gap = is_blank || is_gap(text);
                match (is_blank, is_gap) {
                    (true, _) => {}
                    (false, true) => n_gaps += n_rows,
                    (false, false) => n_filled += n_rows,
                }
                is_gap
            })
            .collect();
        Self { name, texts, counts: Counts { n_rows_of, n_filled, n_gaps, is_gap } }
    }

    /// Texts that say something, with their rows.
    fn filled(&self) -> impl Iterator<Item = (&str, usize)> {
        let texts = self.texts.distinct().zip(&self.counts.n_rows_of).zip(&self.counts.is_gap);
        texts.filter(|(_, is_gap)| !**is_gap).map(|((text, &n_rows), _)| (text, n_rows))
    }

    /// Words for "not known", at most three.
    fn gap_words(&self) -> Vec<String> {
        let texts = self.texts.distinct().zip(&self.counts.is_gap);
        let words = texts.filter(|(text, is_gap)| **is_gap && !text.trim().is_empty());
        words.map(|(text, _)| text.trim().to_owned()).take(3).collect()
    }

    /// Whether all texts are true and false.
    fn are_flags(&self) -> bool {
        self.filled().all(|(text, _)| matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "false"))
    }

    /// Row (from 1) of the first text that `is_bad` picks, and the text.
    fn first_row(&self, is_bad: impl Fn(&str) -> bool) -> Option<(usize, String)> {
        let bad: Vec<bool> =
            self.texts.distinct().zip(&self.counts.is_gap).map(|(text, is_gap)| !is_gap && is_bad(text)).collect();
        let row = self.texts.codes.iter().position(|&code| code != NO_TEXT && bad[code as usize])?;
        Some((row + 1, self.texts.get(row)?.trim().to_owned()))
    }
}

/// A column under the rule that a card states for it.
fn by_known_rule(name: &str, texts: EncodedTexts, reading: Reading) -> Settled {
    let counted = Counted::new(name, &texts);
    let (content, n_bad, first_bad) = match &reading {
        Reading::Number(format) => {
            let is_bad = |text: &str| format.read(text) == Cell::Unreadable;
            let n_bad: usize = counted.filled().filter(|(text, _)| is_bad(text)).map(|(_, n)| n).sum();
            (
                Content::Floats(Nullable::collect(numbers_of(&texts, format).into_iter(), f64::NAN)),
                n_bad,
                counted.first_row(is_bad),
            )
        }
        Reading::Time(format) => {
            let reader = format.reader();
            let is_bad = |text: &str| reader.read(text) == Cell::Unreadable;
            let n_bad: usize = counted.filled().filter(|(text, _)| is_bad(text)).map(|(_, n)| n).sum();
            (times::content_of(&texts, &reader), n_bad, counted.first_row(is_bad))
        }
    };
    let told = Told { bad: first_bad.map(|(row, text)| told::Bad { n_bad, row, text }), ..Told::default() };
    let column = |content| Column { name: name.to_owned(), content };
    // Fewer leads than a history has, and the rule is known: a few cells may be slips. More is another way of writing.
    let n_allowed = counted.counts.n_filled / 20 + 1;
    if n_bad <= n_allowed && (n_bad == 0 || n_bad < counted.counts.n_filled) {
        Settled { column: column(content), reading: Some(reading), told }
    } else {
        Settled { column: column(Content::Texts(texts)), reading: None, told: Told::default() }
    }
}

fn numbers_of(texts: &EncodedTexts, format: &crate::card::reading::NumberFormat) -> Vec<Option<f64>> {
    texts.map_rows(None, |text| match format.read(text) {
        Cell::Value(number) => Some(number),
        Cell::Missing | Cell::Unreadable => None,
    })
}

/// Moments in microseconds; days where no text names a time of day.
fn moments(micros: Vec<Option<i64>>, are_days: bool, has_zone: bool) -> Content {
    const DAY_US: i64 = crate::settings::US_PER_DAY;
    if are_days {
        let days = micros.into_iter().map(|time| time.map(|time| time.div_euclid(DAY_US) as i32));
        return Content::Days(Nullable::collect(days, 0));
    }
    let counts = Nullable::collect(micros.into_iter(), 0);
    let zone = has_zone.then(|| "UTC".to_owned());
    Content::Times(StoredTimes { counts, unit: TimeUnit::Micros, zone })
}

#[cfg(test)]
mod tests;
