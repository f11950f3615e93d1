//! Readings: the rule by which the texts of a column are numbers or moments.
//!
//! In: a text as an export wrote it, and the rule that the card states for its column. Out: its value, or that it is none.
//!
//! Always true: one rule holds for all cells of a column, whoever reads them; a text that the rule does not cover is
//! [`Cell::Unreadable`], never a guess.

use std::borrow::Cow;

use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::missing_words::is_missing_word;

/// How the texts of a column are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reading {
    /// As numbers.
    Number(NumberFormat),
    /// As moments.
    Time(TimeFormat),
}

/// What a text of a column is worth under its [`Reading`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<T> {
    /// A value.
    Value(T),
    /// Nothing, or a word for it.
    Missing,
    /// A text that the rule does not cover.
    Unreadable,
}

impl<T> Cell<T> {
    fn of(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Self {
        let text = text.trim();
        match read(text) {
            Some(value) => Self::Value(value),
            None if text.is_empty() || is_gap(text) => Self::Missing,
            None => Self::Unreadable,
        }
    }
}

/// Words that are an answer in a column of words and none in one of numbers or dates.
const GAPS: [&str; 14] = [
    "unknown",
    "none",
    "tbd",
    "tba",
    "pending",
    "unbekannt",
    "inconnu",
    "desconocido",
    "sconosciuto",
    "desconhecido",
    "onbekend",
    "nil",
    "0000-00-00",
    "0000-00-00 00:00:00",
];

/// Whether a text in a column of numbers or dates says that there is no value.
pub fn is_gap(text: &str) -> bool {
    let text = text.trim();
    is_missing_word(text) || GAPS.iter().any(|gap| text.eq_ignore_ascii_case(gap))
}

/// How numbers are written: `1.234,50 €`, `$7,418.19`, `(300)`, `1.2M`, `34%`.
///
/// Groups of thousands are set apart by blanks, apostrophes or the mark that is not the decimal one; brackets and a dash at
/// either end make a number negative; `k`, `M` and `bn` multiply. A share in per cent is read as it is written: `34%` is 34.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NumberFormat {
    /// What stands before the decimals.
    pub decimal: DecimalMark,
    /// Currency or `%` beside the number; it may be left out. Another one makes a text unreadable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
pub enum DecimalMark {
    /// `1,234.50`
    #[serde(rename = ".")]
    Point,
    /// `1.234,50`
    #[serde(rename = ",")]
    Comma,
}

impl NumberFormat {
    /// The number that a text of the column says.
    pub fn read(&self, text: &str) -> Cell<f64> {
        Cell::of(text, |text| {
            let written = WrittenNumber::split(text)?;
            let is_own = written.unit.is_none() || written.unit == self.unit.as_deref();
            if is_own { written.value(self.decimal) } else { None }
        })
    }
}

/// A number taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrittenNumber<'a> {
    /// Currency or `%`.
    pub unit: Option<&'a str>,
    /// Digits with their marks.
    pub digits: &'a str,
    /// 1,000 for `k`.
    pub factor: f64,
    is_negative: bool,
}

const UNITS: [&str; 66] = [
    "US$", "CA$", "AU$", "NZ$", "HK$", "R$", "A$", "C$", "S$", "$", "€", "£", "¥", "₹", "₽", "₺", "₩", "₪", "฿", "₫",
    "₴", "₦", "%", "％", "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "RMB", "INR", "AUD", "CAD", "NZD", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "RUB", "BRL", "MXN", "ZAR", "SGD", "HKD", "KRW", "ILS", "AED",
    "SAR", "THB", "zł", "Kč", "kr.", "kr", "Ft", "Fr.", "Rs.", "Rs", "lei", "лв", "Euro",
];

const FACTORS: [(&str, f64); 22] = [
    ("tsd.", 1e3),
    ("tsd", 1e3),
    ("k", 1e3),
    ("K", 1e3),
    ("Tsd.", 1e3),
    ("Tsd", 1e3),
    ("million", 1e6),
    ("Million", 1e6),
    ("Mio.", 1e6),
    ("Mio", 1e6),
    ("mln", 1e6),
    ("mn", 1e6),
    ("Mn", 1e6),
    ("MM", 1e6),
    ("M", 1e6),
    ("m", 1e6),
    ("billion", 1e9),
    ("Mrd.", 1e9),
    ("Mrd", 1e9),
    ("bn", 1e9),
    ("Bn", 1e9),
    ("B", 1e9),
];

impl<'a> WrittenNumber<'a> {
    /// Takes a text apart; `None` where there is more in it than one number.
    pub fn split(text: &'a str) -> Option<Self> {
        let mut rest = text.trim();
        let mut is_negative = false;
        if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            (rest, is_negative) = (inner.trim(), true);
        }
        let (mut unit, mut factor) = (None, 1.0);
        loop {
            let before = rest;
            if let Some(after) = rest.strip_prefix(['-', '−']) {
                if is_negative {
                    return None;
                }
                (rest, is_negative) = (after.trim_start(), true);
            } else if let Some(after) = rest.strip_suffix(['-', '−']) {
                if is_negative {
                    return None;
                }
                (rest, is_negative) = (after.trim_end(), true);
            }
            if unit.is_none() {
                for known in UNITS {
                    let cut = rest.strip_prefix(known).or_else(|| rest.strip_suffix(known));
                    if let Some(cut) = cut {
                        let at = if rest.starts_with(known) { 0 } else { cut.len() };
                        (unit, rest) = (Some(&rest[at..at + known.len()]), cut.trim());
                        break;
                    }
                }
            }
            if factor == 1.0 {
                for (word, times) in FACTORS {
                    if let Some(cut) = rest.strip_suffix(word) {
                        (factor, rest) = (times, cut.trim_end());
                        break;
                    }
                }
            }
            if rest.len() == before.len() {
                break;
            }
        }
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '+'))
            && rest.ends_with(|c: char| c.is_ascii_digit() || c == '.');
        is_number.then_some(Self { unit, digits: rest, factor, is_negative })
    }

    /// The number, if the digits are written with this mark.
    pub fn value(&self, decimal: DecimalMark) -> Option<f64> {
        let (mark, other) = match decimal {
            DecimalMark::Point => ('.', ','),
            DecimalMark::Comma => (',', '.'),
        };
        let digits = self.digits.strip_prefix('+').unwrap_or(self.digits);
        let (whole, decimals) = digits.split_once(mark).unwrap_or((digits, ""));
        let plain = if decimal == DecimalMark::Point && digits.contains(['e', 'E']) {
            let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'e' | b'E' | b'+' | b'-' | b'.'));
            if is_plain { Cow::Borrowed(digits) } else { return None }
        } else {
            let are_decimals = decimals.bytes().all(|b| b.is_ascii_digit());
            if !are_decimals || (whole.is_empty() && decimals.is_empty()) {
                return None;
            }
            Cow::Owned(format!("{}.{decimals}", without_groups(whole, other)?))
        };
        let number: f64 = plain.parse().ok()?;
        let signed = if self.is_negative { -number } else { number };
        // 1.1 k is 1,100 and not 1,100.0000000000002: the digits are moved, not multiplied.
        if self.factor == 1.0 { Some(signed) } else { Some((signed * self.factor * 1e6).round() / 1e6) }
    }
}

/// The digits of a whole number without what sets thousands apart; `None` where the groups are not of three (or, with commas,
/// as in India of two and a last one of three).
fn without_groups(whole: &str, mark: char) -> Option<Cow<'_, str>> {
    if whole.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Cow::Borrowed(whole));
    }
    let is_mark = |c: char| c == mark || c.is_whitespace() || matches!(c, '\'' | '’' | '_');
    let first_mark = whole.chars().find(|&c| is_mark(c))?;
    let groups: Vec<&str> = whole.split(first_mark).collect();
    let are_digits = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let (first, last) = (groups[0].len(), groups[groups.len() - 1].len());
    let middle = &groups[1..groups.len() - 1];
    let are_threes = (1..=3).contains(&first) && last == 3 && middle.iter().all(|group| group.len() == 3);
    let are_lakhs =
        first_mark == ',' && (1..=2).contains(&first) && last == 3 && middle.iter().all(|group| group.len() == 2);
    (are_digits && (are_threes || are_lakhs)).then(|| Cow::Owned(groups.concat()))
}

/// How moments are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// In one of these formats (those of `strftime`), the first that fits; without a zone it is UTC.
    Text(Vec<String>),
    /// Days since 1899-12-30, as spreadsheets count them.
    ExcelDays,
    /// Seconds since 1970 UTC.
    UnixSeconds,
    /// Thousandths of a second since 1970 UTC.
    UnixMillis,
    /// Millionths of a second since 1970 UTC.
    UnixMicros,
    /// The eight digits of a day: 20260305.
    DayDigits,
}

const DAY_US: f64 = 86_400_000_000.0;
/// 1899-12-30 in days since 1970.
const EXCEL_EPOCH_DAY: f64 = -25_569.0;

impl TimeFormat {
    /// A reader of many texts.
    pub fn reader(&self) -> TimeReader {
        match self {
            Self::Text(formats) => {
                TimeReader::Texts(formats.iter().map(|format| CompiledFormat::new(format)).collect())
            }
            counted => TimeReader::Counted(counted.clone()),
        }
    }

    /// Microseconds since 1970 UTC of a moment written as a number; `None` for a format of texts and beyond the calendar.
    pub fn of_number(&self, number: f64) -> Option<i64> {
        let micros = match self {
            Self::Text(_) => return None,
            // To the nearest second: a spreadsheet's fraction of a day is no exact one.
            Self::ExcelDays => ((number + EXCEL_EPOCH_DAY) * 86_400.0).round() * 1e6,
            Self::UnixSeconds => number * 1e6,
            Self::UnixMillis => number * 1e3,
            Self::UnixMicros => number,
            Self::DayDigits => {
                let digits = number as i64;
                let (year, month, day) = (digits / 10_000, digits / 100 % 100, digits % 100);
                let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month as u32, day as u32)?;
                f64::from(day.num_days_from_ce() - UNIX_DAY_FROM_CE) * DAY_US
            }
        };
        (micros.is_finite() && micros.abs() < 2.5e17).then_some(micros as i64)
    }
}

/// 1970-01-01 in days from the year 1.
const UNIX_DAY_FROM_CE: i32 = 719_163;

/// Reads texts as moments under one [`TimeFormat`].
#[derive(Debug, Clone)]
pub enum TimeReader {
    /// In words and digits.
    Texts(Vec<CompiledFormat>),
    /// Counted from some day.
    Counted(TimeFormat),
}

/// A moment that a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadTime {
    /// Microseconds since 1970 UTC.
    pub micros: i64,
    /// Whether the text named its zone.
    pub has_zone: bool,
    /// Whether it named a time of day.
    pub has_time: bool,
}

impl TimeReader {
    /// The moment that a text of the column says.
    pub fn read(&self, text: &str) -> Cell<ReadTime> {
        Cell::of(text, |text| match self {
            Self::Texts(formats) => {
                let text = with_english_months(text);
                formats.iter().find_map(|format| format.read(&text))
            }
            Self::Counted(format) => {
                let micros = format.of_number(text.parse().ok()?)?;
                Some(ReadTime { micros, has_zone: true, has_time: *format != TimeFormat::DayDigits })
            }
        })
    }
}

/// A format of `strftime`, taken apart once.
#[derive(Debug, Clone)]
pub struct CompiledFormat {
    items: Vec<Item<'static>>,
    has_zone: bool,
    has_time: bool,
}

impl CompiledFormat {
    /// Takes a format apart; one that is none reads nothing.
    pub fn new(format: &str) -> Self {
        Self {
            items: StrftimeItems::new(format).parse_to_owned().unwrap_or_else(|_| vec![Item::Error]),
            has_zone: ["%z", "%#z", "UTC", "GMT"].iter().any(|zone| format.contains(zone)),
            has_time: ["%H", "%I", "%k", "%l"].iter().any(|hour| format.contains(hour)),
        }
    }

    /// The moment, if the text is written so and lies in the years 1900 to 2199.
    pub fn read(&self, text: &str) -> Option<ReadTime> {
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, self.items.iter()).ok()?;
        let day = parsed.to_naive_date().ok()?;
        if !(1900..2200).contains(&day.year()) {
            return None;
        }
        let time = if self.has_time { parsed.to_naive_time().ok()? } else { NaiveTime::MIN };
        let offset_s = i64::from(parsed.offset().unwrap_or(0));
        let micros = day.and_time(time).and_utc().timestamp_micros() - offset_s * 1_000_000;
        Some(ReadTime { micros, has_zone: self.has_zone, has_time: self.has_time })
    }
}

/// Names of months in other languages, by the English one.
const MONTHS: [(&str, &[&str]); 12] = [
    ("January", &["januar", "janvier", "enero", "gennaio", "janeiro", "januari", "jän", "janv", "ene", "gen"]),
    ("February", &["februar", "février", "febrero", "febbraio", "fevereiro", "februari", "févr", "fév", "fev"]),
    ("March", &["märz", "mars", "marzo", "março", "maart", "mär", "mrz", "mrt"]),
    ("April", &["avril", "abril", "aprile", "avr", "abr"]),
    ("May", &["mai", "mayo", "maggio", "maio", "mei", "mag"]),
    ("June", &["juni", "juin", "junio", "giugno", "junho", "giu"]),
    ("July", &["juli", "juillet", "julio", "luglio", "julho", "juil", "lug"]),
    ("August", &["août", "agosto", "augustus", "aoû", "ago"]),
    ("September", &["septembre", "septiembre", "settembre", "setembro", "sept", "set"]),
    ("October", &["oktober", "octobre", "octubre", "ottobre", "outubro", "okt", "ott", "out"]),
    ("November", &["novembre", "noviembre", "novembro"]),
    ("December", &["dezember", "décembre", "diciembre", "dicembre", "dezembro", "december", "dez", "déc", "dic"]),
];

/// A text with the month in English, and without what other languages put around it (`5. März`, `5 de mayo de`).
pub(crate) fn with_english_months(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_alphabetic()) {
        return Cow::Borrowed(text);
    }
    let lower = text.to_lowercase();
    for (english, names) in MONTHS {
        for name in names {
            let is_apart = |at: usize| {
                let before = lower[..at].chars().next_back();
                let after = lower[at + name.len()..].chars().next();
                !before.is_some_and(char::is_alphabetic) && !after.is_some_and(char::is_alphabetic)
            };
            if let Some(at) = lower.find(name).filter(|&at| is_apart(at)) {
                let (before, after) = (&lower[..at], &lower[at + name.len()..]);
                let before = before.replace(". ", " ").replace(" de ", " ").replace('.', " ");
                let after = after.strip_prefix('.').unwrap_or(after).replace(" de ", " ");
                return Cow::Owned(format!("{before}{english}{after}"));
            }
        }
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(decimal: DecimalMark, unit: Option<&str>, text: &str) -> Cell<f64> {
        NumberFormat { decimal, unit: unit.map(str::to_owned) }.read(text)
    }

    #[test]
    fn numbers_are_read_as_they_are_written_in_many_countries() {
        use DecimalMark::{Comma, Point};
        for (decimal, unit, text, value) in [
            (Point, Some("$"), "$7,418.19", 7418.19),
            (Point, Some("$"), "-$7,418.19", -7418.19),
            (Point, Some("$"), "7418.19", 7418.19),
            (Comma, Some("€"), "1.234,50 €", 1234.5),
            (Comma, Some("EUR"), "EUR 1.234.567", 1_234_567.0),
            (Point, None, "(300)", -300.0),
            (Point, None, "300-", -300.0),
            (Comma, None, "12 400", 12_400.0),
            (Point, None, "12\u{a0}400", 12_400.0),
            (Point, None, "1'234.5", 1234.5),
            (Point, None, "12,34,567", 1_234_567.0),
            (Point, None, "1.2M", 1_200_000.0),
            (Point, None, "450k", 450_000.0),
            (Point, Some("$"), "$1.1k", 1_100.0),
            (Point, Some("%"), "34%", 34.0),
            (Comma, Some("%"), "34,5 %", 34.5),
            (Point, None, "  123", 123.0),
            (Point, None, ".5", 0.5),
            (Point, None, "+5", 5.0),
            (Point, None, "9.19E+11", 9.19e11),
        ] {
            assert_eq!(number(decimal, unit, text), Cell::Value(value), "{text}");
        }
    }

    #[test]
    fn what_the_rule_does_not_cover_is_unreadable_and_gaps_are_missing() {
        use DecimalMark::{Comma, Point};
        for (decimal, unit, text) in [
            (Point, Some("$"), "€5"),
            (Point, None, "1.234,50"),
            (Comma, None, "1,234.50"),
            (Point, None, "12,40"),
            (Point, None, "1-10"),
            (Point, None, "1,001+"),
            (Point, None, "about 50"),
            (Point, None, "2024-01-05"),
            (Point, None, "10:30"),
            (Point, None, "k"),
            (Point, None, "A1"),
            (Point, None, "inf"),
            (Point, None, "--5"),
        ] {
            assert_eq!(number(decimal, unit, text), Cell::Unreadable, "{text}");
        }
        for gap in ["", " ", "NA", "n/a", "-", "unknown", "#REF!", "TBD", "nan"] {
            assert_eq!(number(Point, None, gap), Cell::Missing, "{gap}");
        }
    }

    fn micros(formats: &[&str], text: &str) -> Option<(i64, bool)> {
        let format = TimeFormat::Text(formats.iter().map(|&format| format.to_owned()).collect());
        match format.reader().read(text) {
            Cell::Value(time) => Some((time.micros, time.has_zone)),
            _ => None,
        }
    }

    #[test]
    fn moments_are_read_by_their_format() {
        let day = 19_782 * 86_400_000_000; // 2024-02-29
        for (format, text, at, has_zone) in [
            ("%m/%d/%Y", "02/29/2024", 0, false),
            ("%m/%d/%Y", "2/29/2024", 0, false),
            ("%d.%m.%Y %H:%M", "29.02.2024 01:00", 3_600_000_000, false),
            ("%Y-%m-%dT%H:%M:%S%#z", "2024-02-29T02:00:00+0200", 0, true),
            ("%Y-%m-%dT%H:%M:%S%#z", "2024-02-29T00:00:00Z", 0, true),
            ("%B %d, %Y", "Feb 29, 2024", 0, false),
            ("%d %B %Y", "29. Februar 2024", 0, false),
            ("%d %B %Y", "29 de febrero de 2024", 0, false),
            ("%m/%d/%y %I:%M %p", "2/29/24 1:00 AM", 3_600_000_000, false),
        ] {
            assert_eq!(micros(&[format], text), Some((day + at, has_zone)), "{text}");
        }
        assert_eq!(micros(&["%d/%m/%Y"], "02/29/2024"), None);
        assert_eq!(micros(&["%d/%m/%Y"], "29/02/24"), None, "a year of two digits has a format of its own");
        assert_eq!(micros(&["%d/%m/%Y"], "TBD"), None);
    }

    #[test]
    fn counted_moments_have_their_epochs() {
        let day = 19_782 * 86_400_000_000;
        assert_eq!(TimeFormat::ExcelDays.of_number(45_351.0), Some(day));
        assert_eq!(TimeFormat::UnixSeconds.of_number(1_709_164_800.0), Some(day));
        assert_eq!(TimeFormat::UnixMillis.of_number(1_709_164_800_000.0), Some(day));
        assert_eq!(TimeFormat::DayDigits.of_number(20_240_229.0), Some(day));
        assert_eq!(TimeFormat::DayDigits.of_number(20_240_230.0), None, "no such day");
        assert_eq!(TimeFormat::ExcelDays.of_number(f64::NAN), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "\\PC{0,30}|[-$€(]{0,2}[0-9.,' ]{0,12}[kM%)]{0,2}") {
            for decimal in [DecimalMark::Point, DecimalMark::Comma] {
                let _ = number(decimal, Some("$"), &text);
            }
            let _ = micros(&["%d %B %Y", "%Y-%m-%dT%H:%M:%S%.f%#z"], &text);
        }
    }
}
