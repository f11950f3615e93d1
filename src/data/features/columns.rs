//! Values of plain columns: numbers, text, booleans, and dates as days before as-of.

use super::{MISSING_TEXT, Values};
use crate::card::text_map::{MapRule, Mapped};
use crate::card::{Derivation, InputKind, TextMap};
use crate::data::DataError;
use crate::data::columns::{
    Answers, LARGEST_EXACT, MappedAnswers, NO_TIME, ReadAnswers, Texts, UserColumn, WordRules, Written, in_quotes,
};
use crate::data::labels::Identities;
use crate::data::table::Content;
use crate::notes::{Note, count, counted};
use crate::settings::US_PER_DAY;

/// What a column turned into.
#[derive(Debug)]
pub(super) struct ColumnValues {
    /// One value per labelled lead.
    pub values: Values,
    /// Type of the card's input.
    pub kind: InputKind,
    /// How the value was made, for dates.
    pub derivation: Option<Derivation>,
    /// For text, every answer of the column, and what these leads wrote where that is not its name.
    pub answers: Option<Answers>,
    /// What these leads wrote.
    pub written: Option<Written>,
    /// What made answers of the text.
    pub map: Option<TextMap>,
    /// For dates, the largest (time used - as-of).
    pub latest_use_us: Option<i64>,
}

/// What the config says of the texts of a criterion.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextRules<'a> {
    /// Which words count as missing.
    pub words: WordRules<'a>,
    /// Rules that make answers of them.
    pub map: &'a [MapRule],
}

/// Reads a column as the criterion `name`, for the labelled leads.
///
/// # Errors
/// [`DataError`] for a type that cannot be one, and for a date without hand-offs.
pub(super) fn column_values(
    column: UserColumn<'_>,
    name: &str,
    texts: TextRules<'_>,
    leads: Identities<'_>,
    notes: &mut Vec<Note>,
) -> Result<ColumnValues, DataError> {
    let TextRules { words, map } = texts;
    match column.content() {
        Content::Texts(_) if !map.is_empty() => {
            let mapped = column.to_answers(words)?.mapped(map);
            notes.push(map_note(&mapped, name, column.name(), leads.rows));
            let Texts { positions, levels } = mapped.of_rows(leads.rows);
            let values = Values::Text { positions, levels };
            Ok(ColumnValues { map: Some(mapped.map), ..plain(values, InputKind::Text) })
        }
        other if !map.is_empty() => Err(DataError::new(format!(
            "criterion `{name}`: `map` is for text, and column `{}` holds {}\nhint: leave `map` out",
            column.name(),
            other.in_words()
        ))),
        Content::Booleans(_) => {
            // Position 0 is "false", 1 is "true": byte order.
            let all: Vec<u32> =
                column.to_booleans()?.into_iter().map(|flag| flag.map_or(MISSING_TEXT, u32::from)).collect();
            let levels = vec!["false".to_owned(), "true".to_owned()];
            Ok(plain(Values::Text { positions: pick(&all, leads), levels }, InputKind::Boolean))
        }
        Content::Texts(_) => {
            let answers = column.to_answers(words)?;
            let ReadAnswers { levels: Texts { positions, levels }, written } = answers.of_rows(leads.rows);
            notes.extend(written.as_ref().and_then(|written| written.missing_words_note(column.name())));
            notes.extend(written.as_ref().and_then(|written| written.spellings_note("features", column.name())));
            notes.extend(answers.doubtful.as_ref().map(|word| doubtful_note(word, column.name())));
            let values = Values::Text { positions, levels };
            Ok(ColumnValues { answers: Some(answers), written, ..plain(values, InputKind::Text) })
        }
        time if time.is_time() => days_before(column, name, leads, notes),
        number if number.is_number() => {
            let mut values = column.numbers_of_rows(leads.rows)?;
            settle_odd_numbers(&mut values, column.content().is_whole(), column.name(), notes);
            Ok(plain(Values::Numbers(values), InputKind::Number))
        }
        other => Err(DataError::new(format!(
            "criterion `{name}`: column `{}` holds {}, which cannot be one\nhint: numbers, text, true/false and dates can",
            column.name(),
            other.in_words()
        ))),
    }
}

fn plain(values: Values, kind: InputKind) -> ColumnValues {
    ColumnValues { values, kind, derivation: None, answers: None, written: None, map: None, latest_use_us: None }
}

/// The values of the labelled leads.
fn pick<T: Copy>(all: &[T], leads: Identities<'_>) -> Vec<T> {
    leads.rows.iter().map(|&row| all[row as usize]).collect()
}

/// Infinities become the largest and smallest number there is, so that they fall where a scorer puts them; whole numbers
/// that a double cannot hold are mentioned.
///
/// - `is_whole`: whether they are whole numbers by their type.
pub(super) fn settle_odd_numbers(values: &mut [f64], is_whole: bool, column: &str, notes: &mut Vec<Note>) {
    let (mut n_infinite, mut n_huge) = (0, 0);
    for value in values {
        if value.is_infinite() {
            *value = value.clamp(f64::MIN, f64::MAX);
            n_infinite += 1;
        } else if is_whole && value.abs() > LARGEST_EXACT {
            n_huge += 1;
        }
    }
    for (n, noun, what) in [
        (n_infinite, "infinite value", "taken as larger (or smaller) than every other"),
        (n_huge, "whole number", "beyond 2^53, rounded to the nearest that every scorer can hold"),
    ] {
        if n > 0 {
            let text = format!("column {column:?}: {} {what}", counted(n, noun));
            notes.push(Note::new("features", text));
        }
    }
}

/// How many leads each rule of a map takes, and what is left over.
fn map_note(mapped: &MappedAnswers, name: &str, column: &str, rows: &[u32]) -> Note {
    let texts = mapped.texts.of_rows(rows);
    // Both are in byte order.
    let mut all = mapped.texts.levels.iter().zip(&mapped.means);
    let means = texts.levels.iter().filter_map(|text| all.find(|(known, _)| *known == text).map(|(_, means)| *means));
    let counted_texts: Vec<(&String, Mapped, usize)> =
        texts.levels.iter().zip(means).zip(texts.counts()).map(|((text, means), n)| (text, means, n)).collect();
    let n_of = |wanted: Mapped| -> u64 {
        counted_texts.iter().filter(|(_, means, _)| *means == wanted).map(|(.., n)| *n as u64).sum()
    };
    let phrases = |at: usize| in_quotes(&[&mapped.map.rules[at].phrases], 1);
    let (taking, idle): (Vec<usize>, Vec<usize>) =
        (0..mapped.map.rules.len()).partition(|&at| n_of(Mapped::Rule(at)) > 0);
    let mut said: Vec<String> = taking
        .iter()
        .map(|&at| format!("{} to {:?} ({})", phrases(at), mapped.map.rules[at].to, count(n_of(Mapped::Rule(at)))))
        .collect();
    let mut rest: Vec<(&String, usize)> =
        counted_texts.iter().filter(|(_, means, _)| *means == Mapped::Other).map(|(text, _, n)| (*text, *n)).collect();
    // Stable: of texts that are as common the first in byte order comes first.
    rest.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    if !rest.is_empty() {
        const MAX_SHOWN: usize = 3;
        // What few leads say may be about a person.
        const COMMON: usize = 5;
        let common = rest.iter().filter(|(_, n)| *n >= COMMON).take(MAX_SHOWN);
        let shown: Vec<String> =
            common.map(|(text, n)| format!("{} ({})", in_quotes(&[text], 1), count(*n as u64))).collect();
        let such_as = if shown.is_empty() { String::new() } else { format!(", such as {}", shown.join(", ")) };
        said.push(format!("no rule takes {}: \"other\"{such_as}", counted(n_of(Mapped::Other), "lead")));
    }
    if !idle.is_empty() {
        let idle: Vec<String> = idle.into_iter().map(phrases).collect();
        said.push(format!("never used: {}", idle.join(", ")));
    }
    Note::new("features", format!("criterion `{name}`, by the rules over column {column:?}: {}", said.join("; ")))
}

/// That a word for "not known" stays an answer here.
fn doubtful_note(word: &str, column: &str) -> Note {
    let text = format!(
        "column {column:?}: {word:?} stays an answer beside answers like it; if it says that nothing is known, set \
         `missing = [{word:?}]` under its [[criterion]]"
    );
    Note::new("features", text)
}

/// Whole days from a time to the lead's as-of; a time after it was not known then, and is missing.
fn days_before(
    column: UserColumn<'_>,
    name: &str,
    leads: Identities<'_>,
    notes: &mut Vec<Note>,
) -> Result<ColumnValues, DataError> {
    let as_of = leads.as_of.ok_or_else(|| {
        let words =
            format!("criterion `{name}` is a date, read as days before the hand-off, and no column says when that was");
        DataError::new(format!("{words}\nhint: set `leads.as_of`"))
    })?;
    let times = column.to_times()?;
    let mut n_later = 0;
    let mut latest: Option<i64> = None;
    let days = (pick(&times.micros, leads).into_iter().zip(as_of))
        .map(|(time, &as_of)| {
            if time == NO_TIME {
                return f64::NAN;
            }
            if time > as_of {
                n_later += 1;
                return f64::NAN;
            }
            latest = latest.max(Some(time - as_of));
            (as_of - time).div_euclid(US_PER_DAY) as f64
        })
        .collect();
    if n_later > 0 {
        let (name, times) = (column.name(), counted(n_later, "time"));
        let text = format!("column {name:?}: {times} after the hand-off, not known then; taken as missing");
        notes.push(Note::new("features", text));
    }
    let is_zoneless = times.is_zoneless && !matches!(column.content(), Content::Days(_));
    notes.extend(is_zoneless.then(|| column.zone_note("features")));
    Ok(ColumnValues {
        derivation: Some(Derivation::DaysBefore { column: column.name().to_owned() }),
        latest_use_us: latest,
        ..plain(Values::Numbers(days), InputKind::Number)
    })
}
