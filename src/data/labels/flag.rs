//! The flag: what became of each row's lead, by a column of yes and no or of the stages of a deal.
//!
//! Always true: a text that is neither said nor plain is never taken for a conversion; what it is taken for is a note with its
//! count and the key that changes it; a text that means "not known" is no outcome.

use super::outcome_words::{
    DealState, names_the_lost, says_nothing, sounding_like_won, state_in_words, yes_or_no, yes_or_no_of,
};
use crate::data::DataError;
use crate::data::columns::{NO_TEXT, Texts, UserColumn, in_quotes, parse_time};
use crate::data::table::Content;
use crate::nearest::nearest;
use crate::notes::{Note, count, counted, in_words};
use crate::settings::OutcomeConfig;

/// What the flag says of each row; `None` where it says nothing.
///
/// # Errors
/// A [`DataError`] that shows what is in the column when it is not a flag, and proposes what sounds like yes.
pub(super) fn read_flag(
    column: UserColumn<'_>,
    outcome: &OutcomeConfig,
    notes: &mut Vec<Note>,
) -> Result<Vec<Option<DealState>>, DataError> {
    refuse_dates(column)?;
    if !outcome.converted_values.is_empty() {
        return StageReader::new(column, outcome)?.read(notes);
    }
    let flags = read_yes_no(column, notes)?;
    let is_reversed = names_the_lost(column.name());
    if is_reversed {
        notes.push(read_other_way(column, &flags));
    }
    let state = |yes: bool| if yes != is_reversed { DealState::Won } else { DealState::Lost };
    Ok(flags.into_iter().map(|flag| flag.map(state)).collect())
}

/// A column of yes and no, whatever they are called.
///
/// # Errors
/// As [`read_flag`].
pub(super) fn read_yes_no(column: UserColumn<'_>, notes: &mut Vec<Note>) -> Result<Vec<Option<bool>>, DataError> {
    match column.content() {
        Content::Booleans(_) => Ok(column.to_booleans()?),
        Content::Texts(_) => flag_of_plain_text(column, notes),
        _ => flag_of_numbers(column),
    }
}

/// That a column named after the lost says of whom it says yes that they did not convert.
fn read_other_way(column: UserColumn<'_>, flags: &[Option<bool>]) -> Note {
    let n_with = |wanted| counted(flags.iter().filter(|&&flag| flag == Some(wanted)).count() as u64, "row");
    let (name, n_yes, n_no) = (column.name(), n_with(true), n_with(false));
    let text = format!(
        "column {name:?} is named for leads that did not convert, so it is read the other way round: yes ({n_yes}) means not \
         converted, no ({n_no}) means converted. If some of those are still open, name a column of stages; if yes means \
         converted after all, say so with `outcome.converted_values` (or --converted-value)"
    );
    Note::new("labels", text)
}

/// That a column of dates says when, and not whether.
fn refuse_dates(column: UserColumn<'_>) -> Result<(), DataError> {
    let content = column.content();
    let n_rows = content.n_rows();
    let n_dated = match content {
        Content::Days(_) | Content::Times(_) => n_rows - content.n_missing(),
        Content::Texts(_) => {
            let texts = column.to_texts()?;
            let is_dated = !texts.levels.is_empty() && texts.levels.iter().all(|level| looks_like_a_day(level));
            if !is_dated {
                return Ok(());
            }
            texts.counts().iter().sum()
        }
        _ => return Ok(()),
    };
    let (name, argument) = (column.name(), as_argument(column.name()));
    let of = count(n_rows as u64);
    Err(DataError::new(format!(
        "column {name:?} holds dates, in {} of {of} rows: a date says when, not whether\n\
         hint: where only leads that converted have a date, give it with --converted-at {argument} (`outcome.converted_at` in a \
         config); where others have one too, name the column with the stage as well",
        count(n_dated as u64)
    )))
}

/// A time that can be read, or three numbers with the marks of a date between them.
fn looks_like_a_day(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['.', '/', '-']).collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    parse_time(text).is_some() || (parts.len() == 3 && parts.iter().all(is_number))
}

fn flag_of_numbers(column: UserColumn<'_>) -> Result<Vec<Option<bool>>, DataError> {
    let numbers = column.to_numbers().map_err(|_| column.wrong_type("true or false, 0 or 1, or text"))?;
    let to_flag = |(row_idx, &value): (usize, &f64)| match value {
        0.0 => Ok(Some(false)),
        1.0 => Ok(Some(true)),
        value if value.is_nan() => Ok(None),
        value => {
            let (name, table, row) = (column.name(), column.table, row_idx + 1);
            let are_shares = numbers.iter().all(|number| number.is_nan() || (0.0..=1.0).contains(number));
            let or_shares = if are_shares {
                "; if they are the share of a row's leads that converted, --shares (`outcome.shares`) says so, beside --weight for how \
                 many leads a row counts"
            } else {
                ""
            };
            Err(DataError::new(format!(
                "column {name:?} should say who converted, and row {row} of the {table} table is {value}{}\n\
                 hint: give a column of yes and no, or one of stages; if these numbers are codes, say which of them mean yes \
                 with --converted-value (`outcome.converted_values` in a config){or_shares}",
                range_in_words(&numbers)
            )))
        }
    };
    numbers.iter().enumerate().map(to_flag).collect()
}

/// More different numbers than a flag or a list of codes has: how many, and from where to where.
fn range_in_words(numbers: &[f64]) -> String {
    const MOST_CODES: usize = 12;
    let mut seen: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
    seen.sort_by(f64::total_cmp);
    seen.dedup();
    match (seen.first(), seen.last()) {
        (Some(low), Some(high)) if seen.len() > MOST_CODES => {
            format!("; it holds {} different numbers from {low} to {high}", count(seen.len() as u64))
        }
        _ => String::new(),
    }
}

fn flag_of_plain_text(column: UserColumn<'_>, notes: &mut Vec<Note>) -> Result<Vec<Option<bool>>, DataError> {
    let texts = column.to_texts()?;
    let levels: Vec<&str> = texts.levels.iter().map(String::as_str).collect();
    let means = yes_or_no_of(&levels);
    let is_strange = |&at: &usize| means[at].is_none() && !says_nothing(levels[at]);
    if (0..levels.len()).any(|at| is_strange(&at)) || means.iter().all(Option::is_none) && !levels.is_empty() {
        return Err(ask_for_yes(column, &texts));
    }
    let yes: Vec<&str> = levels.iter().zip(&means).filter(|(_, yes)| **yes == Some(true)).map(|(l, _)| *l).collect();
    notes.push(Note::new(
        "labels",
        format!("column {:?} is text; {} means converted", column.name(), in_quotes(&yes, 5)),
    ));
    let unknown = texts_where(&texts, |at| means[at].is_none());
    notes.extend(unknown_note(column, &unknown));
    Ok(states_of_levels(&texts, &means))
}

/// That nothing says which of the texts mean yes, with those that sound like it.
fn ask_for_yes(column: UserColumn<'_>, texts: &Texts) -> DataError {
    /// More different texts than a deal has stages.
    const MANY: usize = 40;
    let (name, seen) = (column.name(), seen(texts));
    let levels: Vec<&str> = texts.levels.iter().map(String::as_str).collect();
    let hint = match &sounding_like_won(&levels)[..] {
        [] if levels.len() > MANY => {
            "so many different texts are no flag: give a column of yes and no, or one of stages".to_owned()
        }
        [] if levels.len() == 1 && texts.positions.contains(&NO_TEXT) => format!(
            "where this means converted, and an empty cell that the lead did not: --converted-value {} --lost-value \"\"",
            as_argument(levels[0])
        ),
        [] => "say which of them mean yes, each with --converted-value (`outcome.converted_values` in a config); none of them \
               sounds like it"
            .to_owned(),
        won => {
            let options: Vec<String> = won.iter().map(|won| format!("--converted-value {}", as_argument(won))).collect();
            let listed: Vec<String> = won.iter().map(|won| format!("{won:?}")).collect();
            format!("did you mean {}? In a config: `converted_values = [{}]`", options.join(" "), listed.join(", "))
        }
    };
    DataError::new(format!("column {name:?} should say who converted, and it holds text: {seen}\nhint: {hint}"))
}

/// A text as it can be typed behind an option: in quotes where it is more than letters and digits.
pub(in crate::data) fn as_argument(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if is_plain { text.to_owned() } else { format!("{text:?}") }
}

/// Reads a column by the texts that the config names.
struct StageReader<'a> {
    column: UserColumn<'a>,
    texts: Texts,
    converted_values: Vec<String>,
    lost_values: Vec<String>,
}

impl<'a> StageReader<'a> {
    fn new(column: UserColumn<'a>, outcome: &OutcomeConfig) -> Result<Self, DataError> {
        let texts = to_levels(column)?;
        let as_written =
            |values: &[String]| values.iter().map(|value| as_level(column, value, &texts.levels)).collect::<Vec<_>>();
        let (converted_values, lost_values) = (as_written(&outcome.converted_values), as_written(&outcome.lost_values));
        Ok(Self { column, texts, converted_values, lost_values })
    }

    fn read(self, notes: &mut Vec<Note>) -> Result<Vec<Option<DealState>>, DataError> {
        self.check_values(notes)?;
        let levels = &self.texts.levels;
        let is_named = |level: &str, values: &[String]| values.iter().any(|value| plain(value) == plain(level));
        let mut states: Vec<Option<DealState>> = (levels.iter())
            .map(|level| match level {
                level if is_named(level, &self.converted_values) => Some(DealState::Won),
                level if is_named(level, &self.lost_values) => Some(DealState::Lost),
                _ => None,
            })
            .collect();
        let is_unknown: Vec<bool> =
            levels.iter().zip(&states).map(|(level, state)| state.is_none() && says_nothing(level)).collect();
        notes.extend(self.other_spellings_note(&states));
        notes.extend(unknown_note(self.column, &texts_where(&self.texts, |at| is_unknown[at])));
        self.read_the_rest(&mut states, &is_unknown, notes);
        let of_empty = self.lost_values.iter().any(String::is_empty).then_some(DealState::Lost);
        let mut read = states_of_levels(&self.texts, &states);
        for (state, _) in read.iter_mut().zip(&self.texts.positions).filter(|(_, position)| **position == NO_TEXT) {
            *state = of_empty;
        }
        Ok(read)
    }

    /// The texts that no list names: lost where they plainly are, and then the others are open; not converted where none is.
    fn read_the_rest(&self, states: &mut [Option<DealState>], is_unknown: &[bool], notes: &mut Vec<Note>) {
        let counts = self.texts.counts();
        let rest: Vec<usize> =
            (0..states.len()).filter(|&at| states[at].is_none() && !is_unknown[at] && counts[at] > 0).collect();
        let column = self.column.name();
        let shown = |levels: &[usize]| seen(&texts_where(&self.texts, |at| levels.contains(&at)));
        let mut say = |text: String| notes.push(Note::new("labels", text));
        if !self.lost_values.is_empty() {
            if !rest.is_empty() {
                say(format!("column {column:?}: neither won nor lost, so still open: {}", shown(&rest)));
            }
            rest.iter().for_each(|&at| states[at] = Some(DealState::Open));
            return;
        }
        let (lost, others): (Vec<usize>, Vec<usize>) = rest.iter().partition(|&&at| self.is_plainly_lost(at));
        lost.iter().for_each(|&at| states[at] = Some(DealState::Lost));
        match (&lost[..], &others[..]) {
            ([], []) => {}
            (_, []) => say(format!("column {column:?}: every other text counts as not converted: {}", shown(&lost))),
            ([], _) => {
                others.iter().for_each(|&at| states[at] = Some(DealState::Lost));
                say(format!(
                    "column {column:?}: every other text counts as not converted: {}. If some of them are still open, name those \
                     that are lost in `outcome.lost_values` (or --lost-value); the rest is then open",
                    shown(&others)
                ));
            }
            _ => {
                others.iter().for_each(|&at| states[at] = Some(DealState::Open));
                say(format!(
                    "column {column:?}: not converted are {}; neither won nor lost, so still open: {}. To change that, name the \
                     lost ones in `outcome.lost_values` (or --lost-value), those won in `outcome.converted_values`",
                    shown(&lost),
                    shown(&others)
                ));
            }
        }
    }

    /// Lost by its word, or the "no" beside a "yes" that was named.
    fn is_plainly_lost(&self, at: usize) -> bool {
        let level = &self.texts.levels[at];
        let is_word = level.chars().any(char::is_alphabetic) || self.texts.levels.len() == 2;
        let is_no = is_word
            && yes_or_no(level) == Some(false)
            && self.converted_values.iter().any(|value| yes_or_no(value) == Some(true));
        is_no || state_in_words(level) == Some(DealState::Lost)
    }

    /// What was named stands in the column, and not in both lists.
    fn check_values(&self, notes: &mut Vec<Note>) -> Result<(), DataError> {
        let (levels, name) = (&self.texts.levels, self.column.name());
        let is_there = |value: &&String| levels.iter().any(|level| plain(level) == plain(value));
        let near =
            |wanted: &String| nearest(wanted, levels.iter().map(String::as_str)).first().map(|near| (*near).to_owned());
        if !self.converted_values.iter().any(|value| is_there(&value)) {
            let near = self.converted_values.iter().find_map(near);
            let hint = near.map_or(String::new(), |near| format!("\nhint: did you mean {near:?}?"));
            let (wanted, seen) = (in_quotes(&self.converted_values, 5), seen(&self.texts));
            return Err(DataError::new(format!(
                "none of `outcome.converted_values` ({wanted}) is in column {name:?}, which holds {seen}{hint}"
            )));
        }
        let lists = [("converted_values", &self.converted_values), ("lost_values", &self.lost_values)];
        for (key, values) in lists {
            for wanted in values.iter().filter(|value| !value.is_empty() && !is_there(value)) {
                let near = near(wanted).map_or(String::new(), |near| format!(" (the nearest level is {near:?})"));
                let text = format!("{wanted:?} of `outcome.{key}` is nowhere in column {name:?}{near}");
                notes.push(Note::new("labels", text));
            }
        }
        let sounds_lost = |value: &&String| state_in_words(value) == Some(DealState::Lost);
        if let Some(value) = self.converted_values.iter().find(sounds_lost) {
            let text = format!("{value:?} of `outcome.converted_values` sounds like a lead that did not convert");
            notes.push(Note::new("labels", text));
        }
        let says_yes = |value: &String| yes_or_no(value) == Some(true);
        if names_the_lost(name) && self.converted_values.iter().any(says_yes) {
            let text = format!(
                "column {name:?} is named for leads that did not convert, and {} was said to mean converted: look whether it is \
                 the other way round",
                in_quotes(&self.converted_values, 5)
            );
            notes.push(Note::new("labels", text));
        }
        Ok(())
    }

    /// Texts that differ from a named one only in capitals or spaces are read alike.
    fn other_spellings_note(&self, states: &[Option<DealState>]) -> Option<Note> {
        let counts = self.texts.counts();
        let named = || self.converted_values.iter().chain(&self.lost_values);
        let is_other = |at: &usize| {
            let level = &self.texts.levels[*at];
            states[*at].is_some() && counts[*at] > 0 && !named().any(|value| value == level)
        };
        let said: Vec<String> = (0..states.len())
            .filter(is_other)
            .filter_map(|at| {
                let level = &self.texts.levels[at];
                let value = named().find(|value| plain(value) == plain(level))?;
                Some(format!("{level:?} ({}) as {value:?}", counted(counts[at] as u64, "row")))
            })
            .collect();
        (!said.is_empty()).then(|| {
            let (name, said) = (self.column.name(), in_words(&said, "and"));
            Note::new("labels", format!("column {name:?} is read without regard to capitals and spaces: {said}"))
        })
    }
}

/// The column as texts; numbers as they are written without a fraction of nothing: 1 for 1.0.
fn to_levels(column: UserColumn<'_>) -> Result<Texts, DataError> {
    let Content::Floats(_) = column.content() else { return column.to_texts() };
    let numbers = column.to_numbers()?;
    let written = |number: &f64| (!number.is_nan()).then(|| number.to_string());
    let mut levels: Vec<String> = numbers.iter().filter_map(written).collect();
    levels.sort_unstable();
    levels.dedup();
    let position = |number: &f64| {
        written(number).and_then(|level| levels.binary_search(&level).ok()).map_or(NO_TEXT, |at| at as u32)
    };
    let positions = numbers.iter().map(position).collect();
    Ok(Texts { positions, levels })
}

/// A text that was typed, as the column would hold it: `TRUE` and `Yes` for true and false, 1.0 for 1, and whatever its capitals.
fn as_level(column: UserColumn<'_>, typed: &str, levels: &[String]) -> String {
    let typed = crate::card::normalise_text(typed).into_owned();
    if levels.contains(&typed) {
        return typed;
    }
    let by_type = match column.content() {
        Content::Booleans(_) => yes_or_no(&typed).map(|yes| yes.to_string()),
        content if content.is_number() => typed.parse::<f64>().ok().map(|number| number.to_string()),
        _ => None,
    };
    // One way of writing it is all there is.
    let mut alike = levels.iter().filter(|level| plain(level) == plain(&typed));
    let only = alike.next().filter(|_| alike.next().is_none()).cloned();
    by_type.or(only).unwrap_or(typed)
}

fn states_of_levels<T: Copy>(texts: &Texts, means: &[Option<T>]) -> Vec<Option<T>> {
    texts.positions.iter().map(|&at| if at == NO_TEXT { None } else { means[at as usize] }).collect()
}

/// The rows whose level is wanted; the others have none.
fn texts_where(texts: &Texts, is_wanted: impl Fn(usize) -> bool) -> Texts {
    let position = |&at: &u32| if at != NO_TEXT && is_wanted(at as usize) { at } else { NO_TEXT };
    Texts { positions: texts.positions.iter().map(position).collect(), levels: texts.levels.clone() }
}

/// That texts which mean "not known" are no outcome.
fn unknown_note(column: UserColumn<'_>, unknown: &Texts) -> Option<Note> {
    unknown.positions.iter().any(|&at| at != NO_TEXT).then(|| {
        let (name, seen) = (column.name(), seen(unknown));
        let text = format!(
            "column {name:?}: {seen} says that the outcome is not known, so these leads are left out; where it means not \
             converted, name it in `outcome.lost_values` (or --lost-value)"
        );
        Note::new("labels", text)
    })
}

/// The levels with their counts, commonest first.
fn seen(texts: &Texts) -> String {
    const MOST: usize = 8;
    let mut levels: Vec<(usize, &String)> =
        texts.counts().into_iter().zip(&texts.levels).filter(|&(n_rows, _)| n_rows > 0).collect();
    levels.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    if levels.is_empty() {
        return "nothing at all".to_owned();
    }
    let shown: Vec<String> =
        levels.iter().take(MOST).map(|(n_rows, level)| format!("{level:?} ({})", count(*n_rows as u64))).collect();
    match levels.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        n_more => format!("{} and {n_more} more", shown.join(", ")),
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
