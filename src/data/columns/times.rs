//! Times: microseconds since 1970 UTC, whatever the column holds.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::UserColumn;
use crate::data::DataError;
use crate::data::table::{Content, EncodedTexts};
use crate::notes::Note;
use crate::settings::US_PER_DAY;

/// Stands for "no time here".
pub const NO_TIME: i64 = i64::MIN;

const WANTED: &str = "dates, times, or text such as 2026-03-05 or 2026-03-05T14:30:00Z";
const HINT: &str = "write 2026-03-05, 2026-03-05 14:30:00 or 2026-03-05T14:30:00Z; for dates such as 05/03/2026 say --day-first or \
                    --month-first (`leads.dates` in the config)";

/// A column read as times.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// Microseconds since 1970 UTC, one per row; [`NO_TIME`] where there is none.
    pub micros: Vec<i64>,
    /// Some time was written without a zone and has been read as UTC.
    pub is_zoneless: bool,
    /// Every time is midnight: the column says days, whatever its type.
    pub are_days: bool,
}

impl Times {
    /// The latest time, if there is one.
    pub fn latest(&self) -> Option<i64> {
        self.micros.iter().copied().max().filter(|&latest| latest != NO_TIME)
    }

    fn new(micros: Vec<i64>, is_zoneless: bool) -> Self {
        let are_days = micros.iter().all(|&time| time == NO_TIME || time.rem_euclid(US_PER_DAY) == 0);
        Self { micros, is_zoneless, are_days }
    }
}

impl UserColumn<'_> {
    /// The column as times: a date or datetime of any unit, or text as RFC 3339, a day, or a day and a time.
    ///
    /// # Errors
    /// [`DataError`] for numbers and the like, or with the first text that is no time.
    pub fn to_times(&self) -> Result<Times, DataError> {
        match self.content() {
            Content::Nothing(n_rows) => Ok(Times::new(vec![NO_TIME; *n_rows], false)),
            Content::Days(days) => self.on_the_calendar(days.iter().map(|day| day.map(i64::from)), true),
            Content::Times(times) => self.on_the_calendar(times.counts.iter(), times.zone.is_none()),
            Content::Texts(texts) => self.parsed(texts),
            _ => Err(self.wrong_type(WANTED)),
        }
    }

    /// That times without a zone are read as UTC.
    pub fn zone_note(&self, stage: &str) -> Note {
        Note::new(stage, format!("times in column {:?} have no zone and are read as UTC", self.name()))
    }

    /// - `stored`: what the file holds, for messages.
    fn on_the_calendar(
        &self,
        stored: impl Iterator<Item = Option<i64>>,
        is_zoneless: bool,
    ) -> Result<Times, DataError> {
        // Beyond the calendar a time could not be printed, and adding a horizon could overflow.
        let to_micros = |row_idx: usize, stored: i64| {
            let time = self.content().micros(row_idx).filter(|time| CALENDAR_US.contains(time));
            time.ok_or_else(|| {
                let seen = format!("{stored} (as stored)");
                self.bad_value(row_idx, &seen, "is a time off the calendar", "look for broken dates in that column")
            })
        };
        let times = stored.enumerate().map(|(row_idx, stored)| stored.map_or(Ok(NO_TIME), |it| to_micros(row_idx, it)));
        Ok(Times::new(times.collect::<Result<_, _>>()?, is_zoneless))
    }

    fn parsed(&self, texts: &EncodedTexts) -> Result<Times, DataError> {
        let mut is_zoneless = false;
        let to_micros = |(row_idx, text): (usize, Option<&str>)| {
            let text = text.map_or("", str::trim);
            if text.is_empty() {
                return Ok(NO_TIME);
            }
            let (time, has_zone) =
                parse_time(text).ok_or_else(|| self.bad_value(row_idx, text, "is not a time", HINT))?;
            is_zoneless |= !has_zone;
            Ok(time)
        };
        let micros = texts.iter().enumerate().map(to_micros).collect::<Result<_, _>>()?;
        Ok(Times::new(micros, is_zoneless))
    }
}

/// The years 1 to 9999, in microseconds: what every calendar, database and horizon can live with.
const CALENDAR_US: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

/// Microseconds since 1970 UTC of a time in text, and whether it named its zone; `None` for anything else.
pub fn parse_time(text: &str) -> Option<(i64, bool)> {
    // jiff reads 20260305 as well, which as likely is a number in the wrong column.
    if !text.is_ascii() || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let (time, has_zone) = match text.parse::<Timestamp>() {
        Ok(time) => (time, true),
        Err(_) => (text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(), false),
    };
    Some((time.as_microsecond(), has_zone)).filter(|(time, _)| CALENDAR_US.contains(time))
}

/// A moment as people and programs read it: `2026-03-31T17:00:00Z`.
pub fn show_time(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .map_or_else(|_| format!("{micros} microseconds from 1970"), |time| time.to_string())
}

/// The day of a moment: `2026-03-31`.
pub fn show_day(micros: i64) -> String {
    show_time(micros).chars().take_while(|&c| c != 'T').collect()
}

#[cfg(test)]
mod tests {
    use super::super::UserTable;
    use super::*;
    use crate::data::table::{Column, Nullable, StoredTimes, Table, TimeUnit};

    const NOON: i64 = 1_772_712_000_000_000; // 2026-03-05 12:00:00 UTC

    #[track_caller]
    fn times(column: Column) -> Result<Times, DataError> {
        let leads = Table::new(vec![column]).expect("fine");
        UserTable::leads(&leads).column("leads.as_of", "at")?.to_times()
    }

    fn stored(counts: &[Option<i64>], unit: TimeUnit, zone: Option<&str>) -> Column {
        let counts = Nullable::collect(counts.iter().copied(), 0);
        let content = Content::Times(StoredTimes { counts, unit, zone: zone.map(str::to_owned) });
        Column { name: "at".to_owned(), content }
    }

    #[test]
    fn datetimes_of_every_unit_are_microseconds() {
        for (value, unit) in [(NOON / 1000, TimeUnit::Millis), (NOON, TimeUnit::Micros), (NOON * 1000, TimeUnit::Nanos)]
        {
            let read = times(stored(&[Some(value), None], unit, None)).expect("fine");
            assert_eq!(read, Times { micros: vec![NOON, NO_TIME], is_zoneless: true, are_days: false }, "{unit:?}");
            assert!(!times(stored(&[Some(value)], unit, Some("UTC"))).expect("fine").is_zoneless);
        }
    }

    #[test]
    fn nanoseconds_before_1970_round_down() {
        assert_eq!(times(stored(&[Some(-1)], TimeUnit::Nanos, None)).expect("fine").micros, [-1]);
    }

    #[test]
    fn dates_are_midnights() {
        let content = Content::Days(Nullable::full(vec![20_517]));
        let read = times(Column { name: "at".to_owned(), content }).expect("fine");
        assert_eq!(read.micros, [NOON - US_PER_DAY / 2]);
        assert!(read.are_days);
    }

    #[test]
    fn text_is_read_with_and_without_a_zone() {
        let texts =
            ["2026-03-05T12:00:00Z", "2026-03-05T14:00:00+02:00", "2026-03-05 12:00:00", "2026-03-05T12:00", " "];
        let read = times(Column::new("at", texts)).expect("fine");
        assert_eq!(read.micros, [NOON, NOON, NOON, NOON, NO_TIME]);
        assert!(read.is_zoneless);
        assert!(!times(Column::new("at", texts[..2].iter().copied())).expect("fine").is_zoneless);
        assert!(times(Column::new("at", ["2026-03-05"])).expect("fine").are_days);
    }

    #[test]
    fn what_is_no_time_is_shown_with_its_row() {
        for text in ["05/03/2026", "20260305", "soon", "2026-13-01", "2026-02-30", "２０２６-03-05", "0000-01-01"] {
            let error = times(Column::new("at", ["2026-03-05", text])).expect_err("refused").to_string();
            let expected = format!(
                "{text:?} in row 2 of column \"at\" (lead table) is not a time\n\
                 hint: write 2026-03-05, 2026-03-05 14:30:00 or 2026-03-05T14:30:00Z"
            );
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn numbers_are_no_times() {
        assert_eq!(
            times(Column::new("at", [1_772_712_000_i64])).expect_err("refused").to_string(),
            "`leads.as_of` is \"at\", and that column of the lead table holds whole numbers; it takes dates, times, or text \
             such as 2026-03-05 or 2026-03-05T14:30:00Z"
        );
    }

    #[test]
    fn times_off_the_calendar_are_refused() {
        let error = times(stored(&[Some(i64::MAX)], TimeUnit::Millis, None)).expect_err("refused").to_string();
        assert!(error.starts_with("\"9223372036854775807 (as stored)\" in row 1"), "{error}");
    }

    #[test]
    fn moments_and_their_days_are_printed() {
        assert_eq!(show_time(NOON), "2026-03-05T12:00:00Z");
        assert_eq!(show_day(NOON), "2026-03-05");
        assert_eq!(show_day(-1), "1969-12-31");
    }
}
