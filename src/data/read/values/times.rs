//! Moments in text: the format that all texts of a column follow.
//!
//! Always true: where day and month could stand either way and nothing in the table proves one, the column stays text, with a
//! [`Doubt`].

use super::told::{Bad, Doubt, Told};
use super::{Counted, Hints, is_a_slip, moments};
use crate::card::Reading;
use crate::card::reading::{Cell, CompiledFormat, ReadTime, TimeFormat, TimeReader};
use crate::data::table::{Content, EncodedTexts};
use crate::settings::DateOrder;

/// How a day is written, and which comes first where that is a question.
struct DayFormat {
    format: &'static str,
    order: Option<DateOrder>,
}

const fn day(format: &'static str, order: Option<DateOrder>) -> DayFormat {
    DayFormat { format, order }
}

const DAY_FIRST: Option<DateOrder> = Some(DateOrder::DayFirst);
const MONTH_FIRST: Option<DateOrder> = Some(DateOrder::MonthFirst);

/// With points between, the day comes first wherever such dates are written.
static DAYS: [DayFormat; 27] = [
    day("%Y-%m-%d", None),
    day("%Y/%m/%d", None),
    day("%Y.%m.%d", None),
    day("%d.%m.%Y", None),
    day("%d.%m.%y", None),
    day("%d/%m/%Y", DAY_FIRST),
    day("%m/%d/%Y", MONTH_FIRST),
    day("%d-%m-%Y", DAY_FIRST),
    day("%m-%d-%Y", MONTH_FIRST),
    day("%d/%m/%y", DAY_FIRST),
    day("%m/%d/%y", MONTH_FIRST),
    day("%d-%m-%y", DAY_FIRST),
    day("%m-%d-%y", MONTH_FIRST),
    day("%d %B %Y", None),
    day("%d-%B-%Y", None),
    day("%d/%B/%Y", None),
    day("%d-%B-%y", None),
    day("%d %B %y", None),
    day("%d %B, %Y", None),
    day("%B %d, %Y", None),
    day("%B %d %Y", None),
    day("%B-%d-%Y", None),
    day("%Y-%B-%d", None),
    day("%A, %d %B %Y", None),
    day("%A, %B %d, %Y", None),
    day("%A %B %d %Y", None),
    day("%A %d %B %Y", None),
];

const TIMES: [&str; 12] = [
    "%H:%M:%S",
    "%H:%M",
    "%H:%M:%S%.f",
    "%I:%M %p",
    "%I:%M:%S %p",
    "%I:%M%p",
    "%I:%M:%S%p",
    "%Hh%M",
    "%H.%M",
    "%H.%M.%S",
    "%H:%M Uhr",
    "%H:%M:%S Uhr",
];
const BETWEEN: [&str; 6] = [" ", "T", ", ", ",", " at ", "  "];
const ZONES: [&str; 6] = ["", "%#z", " %#z", " UTC", " GMT", " GMT%#z"];

/// The formats of one way to write a day, with and without a time of day.
struct Variants {
    order: Option<DateOrder>,
    formats: Vec<(String, CompiledFormat)>,
}

/// One way to write the days that a column follows.
#[derive(Debug)]
struct Fit {
    order: Option<DateOrder>,
    formats: Vec<String>,
    n_bad: usize,
}

/// How the texts of a column can be read as moments.
#[derive(Debug)]
pub(super) struct TimeEvidence {
    fits: Vec<Fit>,
    /// Whether the fits say the same moments.
    is_same: bool,
    example: String,
}

/// What becomes of the column.
pub(super) enum Decision {
    Texts(Told),
    Moments { content: Content, reading: Option<Reading>, told: Told },
}

impl TimeEvidence {
    /// `None` where the texts are no moments.
    pub(super) fn of(counted: &Counted<'_>) -> Option<Self> {
        let looked_at: Vec<&str> = counted.filled().map(|(text, _)| text.trim()).take(MAX_LOOKED_AT).collect();
        let mut fits: Vec<(Fit, Vec<Option<i64>>)> = Vec::new();
        for day in likely_days(&looked_at) {
            if let Some(fit) = Variants::of(day).fit(counted) {
                fits.push(fit);
            }
        }
        let fewest = fits.iter().map(|(fit, _)| fit.n_bad).min()?;
        fits.retain(|(fit, _)| fit.n_bad == fewest);
        let is_same = fits.windows(2).all(|pair| pair[0].1 == pair[1].1);
        let example = counted.filled().map(|(text, _)| text.trim()).find(|text| may_be_time(text))?.to_owned();
        Some(Self { fits: fits.into_iter().map(|(fit, _)| fit).collect(), is_same, example })
    }

    /// The order that this column proves.
    fn order(&self) -> Option<DateOrder> {
        match self.fits.as_slice() {
            [fit] => fit.order,
            _ => None,
        }
    }

    pub(super) fn decide(&self, counted: &Counted<'_>, hints: Hints) -> Decision {
        let fit = match self.fits.as_slice() {
            [fit] => fit,
            fits if self.is_same => &fits[0],
            fits => match fits.iter().find(|fit| fit.order.is_some() && fit.order == hints.dates) {
                Some(fit) => fit,
                None => return Decision::Texts(self.doubt(counted)),
            },
        };
        let format = TimeFormat::Text(fit.formats.clone());
        let reader = format.reader();
        let is_bad = |text: &str| reader.read(text) == Cell::Unreadable;
        let first_bad = counted.first_row(is_bad).filter(|_| fit.n_bad > 0);
        let is_plain = fit.formats.iter().all(|format| is_iso(format)) && fit.n_bad == 0;
        let read_as = match (is_plain, reader.read(&self.example)) {
            (false, Cell::Value(time)) => {
                let day = crate::data::columns::show_day(time.micros);
                let order = match fit.order {
                    Some(DateOrder::DayFirst) => ", day first",
                    Some(DateOrder::MonthFirst) => ", month first",
                    None => "",
                };
                Some(format!("dates{order}: {:?} is {day}", self.example))
            }
            _ => None,
        };
        let told = Told {
            read_as,
            gaps: (counted.counts.n_gaps > 0).then(|| (counted.gap_words(), counted.counts.n_gaps)),
            bad: first_bad.map(|(row, text)| Bad { n_bad: fit.n_bad, row, text }),
            ..Told::default()
        };
        let content = content_of(counted.texts, &reader);
        let needs_rule = !is_plain || counted.counts.n_gaps > 0;
        Decision::Moments { content, reading: needs_rule.then_some(Reading::Time(format)), told }
    }

    fn doubt(&self, counted: &Counted<'_>) -> Told {
        let example = self.example.clone();
        let why = format!("dates such as {example:?}: say whether the day or the month comes first");
        let doubt = Doubt { column: counted.name.to_owned(), example };
        Told { stays_text: Some(why), doubt: Some(doubt), ..Told::default() }
    }
}

/// The order that the columns of a table prove, if they agree.
pub(super) fn proved_order<'a>(columns: impl Iterator<Item = &'a TimeEvidence>) -> Option<DateOrder> {
    let mut orders = columns.filter_map(TimeEvidence::order);
    let first = orders.next()?;
    orders.all(|order| order == first).then_some(first)
}

/// Moments of a column under its rule.
pub(super) fn content_of(texts: &EncodedTexts, reader: &TimeReader) -> Content {
    let read: Vec<Option<ReadTime>> = texts.map_rows(None, |text| match reader.read(text) {
        Cell::Value(time) => Some(time),
        Cell::Missing | Cell::Unreadable => None,
    });
    let (mut are_days, mut has_zone) = (true, true);
    for time in read.iter().flatten() {
        are_days &= !time.has_time;
        has_zone &= time.has_zone;
    }
    moments(read.into_iter().map(|time| time.map(|time| time.micros)).collect(), are_days, has_zone)
}

impl Variants {
    fn of(day: &DayFormat) -> Self {
        let mut formats = vec![day.format.to_owned()];
        for zone in ZONES {
            for time in TIMES {
                for between in BETWEEN {
                    formats.push(format!("{}{between}{time}{zone}", day.format));
                }
            }
        }
        let compile = |format: String| {
            let compiled = CompiledFormat::new(&format);
            (format, compiled)
        };
        Self { order: day.order, formats: formats.into_iter().map(compile).collect() }
    }

    /// Which of the formats read the column, and the moment of every distinct text; `None` where too many are not read.
    fn fit(mut self, counted: &Counted<'_>) -> Option<(Fit, Vec<Option<i64>>)> {
        let mut used: Vec<String> = Vec::new();
        let mut n_bad = 0;
        let mut read = Vec::new();
        for (text, n_rows) in counted.filled() {
            let text = crate::card::reading::with_english_months(text.trim());
            let found = self.formats.iter().position(|(_, format)| format.read(&text).is_some());
            let Some(at) = found else {
                n_bad += n_rows;
                if !is_a_slip(n_bad, counted.counts.n_filled) {
                    return None;
                }
                read.push(None);
                continue;
            };
            // The next text is likely written as this one.
            self.formats.swap(0, at);
            let (format, compiled) = &self.formats[0];
            if !used.contains(format) {
                used.push(format.clone());
            }
            read.push(Some(compiled.read(&text)?.micros));
        }
        (!used.is_empty()).then_some((Fit { order: self.order, formats: used, n_bad }, read))
    }
}

/// Texts that are looked at to find out how days are written: a slip may stand first.
pub(super) const MAX_LOOKED_AT: usize = 20;

/// The ways of writing days that the first texts of a column may follow; none where most of them are no moments.
fn likely_days<T: AsRef<str>>(looked_at: &[T]) -> impl Iterator<Item = &'static DayFormat> {
    let n_likely = looked_at.iter().filter(|text| may_be_time(text.as_ref())).count();
    let are_likely = 2 * n_likely > looked_at.len();
    DAYS.iter().filter(move |day| are_likely && looked_at.iter().any(|text| starts_with_day(day.format, text.as_ref())))
}

/// Whether a column that begins with these distinct texts can hold moments.
pub(super) fn may_be_moments<T: AsRef<str>>(looked_at: &[T]) -> bool {
    likely_days(looked_at).next().is_some()
}

/// Whether a text can be a moment: it has digits, and signs or words between them.
fn may_be_time(text: &str) -> bool {
    let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
    (6..=60).contains(&text.len()) && n_digits >= 3 && text.contains(['-', '/', '.', ' ', ',', ':'])
}

/// Whether the day at the beginning of a text can be written so; what follows is not looked at.
fn starts_with_day(format: &str, text: &str) -> bool {
    let text = crate::card::reading::with_english_months(text);
    let items: Vec<chrono::format::Item<'_>> = chrono::format::StrftimeItems::new(format).collect();
    let mut parsed = chrono::format::Parsed::new();
    chrono::format::parse_and_remainder(&mut parsed, &text, items.iter()).is_ok()
}

/// Formats that every reader knows: `2026-03-05`, `2026-03-05 14:30:00`, `2026-03-05T14:30:00.5Z`.
fn is_iso(format: &str) -> bool {
    let Some(rest) = format.strip_prefix("%Y-%m-%d") else { return false };
    let Some(time) = rest.strip_prefix(['T', ' ']) else { return rest.is_empty() };
    let time = time.strip_suffix("%#z").unwrap_or(time);
    matches!(time, "%H:%M:%S" | "%H:%M:%S%.f")
}
