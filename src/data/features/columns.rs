//! Values of plain columns: numbers, text, booleans, and dates as days before as-of.

use super::{MISSING_TEXT, Values};
use crate::card::{Derivation, InputKind};
use crate::data::DataError;
use crate::data::columns::{
    Answers, LARGEST_EXACT, Meaning, NO_TIME, ReadAnswers, Texts, UserColumn, WordRules, Written, in_quotes,
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
    /// For dates, the largest (time used - as-of).
    pub latest_use_us: Option<i64>,
}

/// Reads a column as the criterion `name`, for the labelled leads.
///
/// # Errors
/// [`DataError`] for a type that cannot be one, and for a date without hand-offs.
pub(super) fn column_values(
    column: UserColumn<'_>,
    name: &str,
    words: WordRules<'_>,
    leads: Identities<'_>,
    notes: &mut Vec<Note>,
) -> Result<ColumnValues, DataError> {
    match column.content() {
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
            notes.extend(written.as_ref().and_then(|written| missing_words_note(written, column.name())));
            notes.extend(written.as_ref().and_then(|written| spellings_note(written, column.name())));
            notes.extend(answers.doubtful.as_ref().map(|word| doubtful_note(word, column.name())));
            let values = Values::Text { positions, levels };
            Ok(ColumnValues { answers: Some(answers), written, ..plain(values, InputKind::Text) })
        }
        time if time.is_time() => days_before(column, name, leads, notes),
        number if number.is_number() => {
            let mut values = pick(&column.to_numbers()?, leads);
            settle_odd_numbers(&mut values, column, notes);
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
    ColumnValues { values, kind, derivation: None, answers: None, written: None, latest_use_us: None }
}

/// The values of the labelled leads.
fn pick<T: Copy>(all: &[T], leads: Identities<'_>) -> Vec<T> {
    leads.rows.iter().map(|&row| all[row as usize]).collect()
}

/// Infinities become the largest and smallest number there is, so that they fall where a scorer puts them; whole numbers
/// that a double cannot hold are mentioned.
fn settle_odd_numbers(values: &mut [f64], column: UserColumn<'_>, notes: &mut Vec<Note>) {
    let is_whole = column.content().is_whole();
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
            let text = format!("column {:?}: {} {what}", column.name(), counted(n, noun));
            notes.push(Note::new("features", text));
        }
    }
}

/// Texts of leads that are not the name of their level, with how many leads wrote each, commonest first.
struct WrittenTexts<'a>(Vec<(&'a str, usize)>);

impl<'a> WrittenTexts<'a> {
    fn of(written: &'a Written, is_wanted: impl Fn(&str, &Meaning) -> bool) -> Option<Self> {
        let texts = written.texts.levels.iter().zip(&written.means).zip(written.texts.counts());
        let wanted = texts.filter(|((text, means), n)| *n > 0 && is_wanted(text, means));
        let mut found: Vec<(&str, usize)> = wanted.map(|((text, _), n)| (text.as_str(), n)).collect();
        // Stable: of texts that are as common the first in byte order comes first.
        found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        (!found.is_empty()).then_some(Self(found))
    }

    fn n_leads(&self) -> u64 {
        self.0.iter().map(|(_, n)| *n as u64).sum()
    }

    /// `"Select" (120), "-" (12) and 3 more`.
    fn shown(&self) -> String {
        const MAX_SHOWN: usize = 4;
        let shown: Vec<String> = self
            .0
            .iter()
            .take(MAX_SHOWN)
            .map(|(text, n)| format!("{} ({})", in_quotes(&[text], 1), count(*n as u64)))
            .collect();
        match self.0.len().saturating_sub(MAX_SHOWN) {
            0 => shown.join(", "),
            n_more => format!("{} and {n_more} more", shown.join(", ")),
        }
    }
}

/// That words for "not known" count as missing.
fn missing_words_note(written: &Written, column: &str) -> Option<Note> {
    let words = WrittenTexts::of(written, |_, means| *means == Meaning::Missing)?;
    let text = format!(
        "column {column:?}: {} {} as missing: no answer. To keep {}, set `missing = []` under its [[criterion]], or `leads.missing`",
        words.shown(),
        if words.0.len() == 1 { "counts" } else { "count" },
        if words.0.len() == 1 { "it" } else { "them" },
    );
    Some(Note::new("features", text))
}

/// That texts count as the commonest spelling of the same answer.
fn spellings_note(written: &Written, column: &str) -> Option<Note> {
    let others = WrittenTexts::of(written, |text, means| means.level().is_some_and(|level| level != text))?;
    let text = format!(
        "column {column:?}: {} of {} {} from a commoner spelling in nothing but capitals, blanks, dashes or letters that look \
         alike; one answer each: {}",
        counted(others.0.len() as u64, "spelling"),
        counted(others.n_leads(), "lead"),
        if others.0.len() == 1 { "differs" } else { "differ" },
        others.shown()
    );
    Some(Note::new("features", text))
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
