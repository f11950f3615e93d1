//! Moments stored as numbers: days of a spreadsheet, seconds of a program, the digits of a day.
//!
//! Always true: the name of the column has to sound like a moment, and every number has to be one of these decades.

use super::Settled;
use super::told::Told;
use crate::card::Reading;
use crate::card::reading::TimeFormat;
use crate::data::columns::{show_day, words};
use crate::data::table::{Column, Content};

/// Words in the names of moments.
const WORDS: [&str; 22] = [
    "date",
    "datum",
    "fecha",
    "data",
    "created",
    "create",
    "time",
    "timestamp",
    "day",
    "on",
    "at",
    "ts",
    "datetime",
    "erstellt",
    "tag",
    "moment",
    "since",
    "opened",
    "received",
    "registered",
    "entered",
    "handed",
];

/// 1990-01-01 to 2079-06-06, in microseconds.
const DECADES_US: std::ops::Range<i64> = 631_152_000_000_000..3_453_000_000_000_000;

/// A column that is no text; numbers that are moments become such.
pub(super) fn settle(name: &str, content: Content, known: Option<&Reading>) -> Settled {
    let format = match known {
        Some(Reading::Time(format)) => Some(format.clone()).filter(|_| content.is_number()),
        Some(Reading::Number(_)) => None,
        None => format_of(name, &content),
    };
    let column = |content| Column { name: name.to_owned(), content };
    let Some(format) = format else {
        return Settled { column: column(content), reading: None, told: Told::default() };
    };
    let micros: Vec<Option<i64>> = (0..content.n_rows()).map(|row| format.of_number(content.number(row))).collect();
    let example = (0..content.n_rows()).find_map(|row| Some((content.number(row), micros[row]?)));
    let read_as = example.filter(|_| known.is_none()).map(|(number, time)| {
        let what = match format {
            TimeFormat::ExcelDays => "days of a spreadsheet",
            TimeFormat::UnixSeconds => "seconds since 1970",
            TimeFormat::UnixMillis => "milliseconds since 1970",
            TimeFormat::UnixMicros => "microseconds since 1970",
            TimeFormat::DayDigits | TimeFormat::Text(_) => "digits of a day",
        };
        format!("dates, as {what}: {number} is {}", show_day(time))
    });
    const DAY_US: i64 = crate::settings::US_PER_DAY;
    let are_days = micros.iter().flatten().all(|time| time.rem_euclid(DAY_US) == 0);
    let told = Told { read_as, ..Told::default() };
    let has_zone = !matches!(format, TimeFormat::ExcelDays);
    Settled { column: column(super::moments(micros, are_days, has_zone)), reading: Some(Reading::Time(format)), told }
}

fn format_of(name: &str, content: &Content) -> Option<TimeFormat> {
    if !content.is_number() || !sounds_like_a_moment(name) {
        return None;
    }
    let numbers: Vec<f64> =
        (0..content.n_rows()).map(|row| content.number(row)).filter(|number| !number.is_nan()).collect();
    // One day is no calendar: 2024 budgets may all be 45,000.
    let first = *numbers.first()?;
    if numbers.iter().all(|&number| number == first) {
        return None;
    }
    FORMATS.into_iter().find(|format| numbers.iter().all(|&number| is_moment(format, number)))
}

const FORMATS: [TimeFormat; 5] = [
    TimeFormat::DayDigits,
    TimeFormat::ExcelDays,
    TimeFormat::UnixSeconds,
    TimeFormat::UnixMillis,
    TimeFormat::UnixMicros,
];

fn is_moment(format: &TimeFormat, number: f64) -> bool {
    let is_whole = number.fract() == 0.0 || *format == TimeFormat::ExcelDays;
    is_whole && format.of_number(number).is_some_and(|time| DECADES_US.contains(&time))
}

/// Whether numbers of a column that sounds like a moment can be some, as far as they have been seen.
#[derive(Debug)]
pub(in crate::data::read) struct MomentSurvey {
    possible: Vec<TimeFormat>,
}

impl MomentSurvey {
    /// `None` where the name does not sound like a moment.
    pub(super) fn new(name: &str) -> Option<Self> {
        sounds_like_a_moment(name).then(|| Self { possible: FORMATS.to_vec() })
    }

    pub(super) fn look_at(&mut self, content: &Content) {
        for number in (0..content.n_rows()).map(|row| content.number(row)).filter(|number| !number.is_nan()) {
            self.possible.retain(|format| is_moment(format, number));
            if self.possible.is_empty() {
                return;
            }
        }
    }

    pub(super) fn are_refuted(&self) -> bool {
        self.possible.is_empty()
    }
}

fn sounds_like_a_moment(name: &str) -> bool {
    words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}
