//! Spans, days and rules as the analyst writes them: `"90d"`, `"2026-09-30"` and `"50/month"`.

/// Microseconds in a day, the unit of every span and moment in the engine.
pub const US_PER_DAY: i64 = 24 * US_PER_HOUR;
const US_PER_HOUR: i64 = 3_600_000_000;

/// Longest span: a hundred years of days. Longer ones are slips, and this one is far from overflowing.
const MAX_SPAN_US: i64 = 36_525 * US_PER_DAY;

/// Why a text of the config cannot be read, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(String);

/// Microseconds of a span such as `"90d"`, `"36h"` or `"2w"`; always more than 0.
///
/// # Errors
/// [`ValueError`] for anything else, for months, quarters and years, and beyond a hundred years.
pub fn parse_span(text: &str) -> Result<i64, ValueError> {
    let trimmed = text.trim();
    let n_digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = trimmed.split_at(n_digits);
    let not_a_span = || {
        let write = "write a whole number and d, h or w, such as \"90d\", \"36h\" or \"2w\"";
        ValueError(format!("{text:?} is not a span of time: {write}"))
    };
    if digits.is_empty() {
        return Err(not_a_span());
    }
    let out_of_range =
        || ValueError(format!("{text:?} is out of range: a span is longer than nothing and at most 36525d"));
    let amount: i64 = digits.parse().map_err(|_| out_of_range())?;
    let us_per_unit = match unit.trim().to_lowercase().as_str() {
        "d" | "day" | "days" => US_PER_DAY,
        "h" | "hour" | "hours" => US_PER_HOUR,
        "w" | "week" | "weeks" => 7 * US_PER_DAY,
        "m" | "mo" | "month" | "months" => return Err(no_fixed_length(text, amount, 365.25 / 12.0)),
        "q" | "quarter" | "quarters" => return Err(no_fixed_length(text, amount, 365.25 / 4.0)),
        "y" | "year" | "years" => return Err(no_fixed_length(text, amount, 365.25)),
        _ => return Err(not_a_span()),
    };
    match amount.checked_mul(us_per_unit) {
        Some(span) if (1..=MAX_SPAN_US).contains(&span) => Ok(span),
        _ => Err(out_of_range()),
    }
}

fn no_fixed_length(text: &str, amount: i64, days_each: f64) -> ValueError {
    let in_days = format!("{}d", (amount as f64 * days_each).round() as i64);
    ValueError(format!("{text:?}: months, quarters and years have no fixed length; write days, such as {in_days:?}"))
}

/// A calendar day such as `"2026-09-30"`.
///
/// # Errors
/// [`ValueError`] for anything else.
pub fn parse_day(text: &str) -> Result<jiff::civil::Date, ValueError> {
    let not_a_day = || ValueError(format!("{text:?} is not a day: write year, month and day, such as \"2026-09-30\""));
    // jiff also takes a day with a time behind it; ten characters are a day and nothing else.
    if text.trim().len() != 10 {
        return Err(not_a_day());
    }
    text.trim().parse().map_err(|_| not_a_day())
}

/// The period of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// 30.4375 days.
    Month,
    /// Seven days.
    Week,
    /// A day.
    Day,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Month, Self::Week, Self::Day];

    /// "month", "week", "day".
    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
        }
    }

    /// How many of them make a month.
    pub fn per_month(self) -> f64 {
        match self {
            Self::Month => 1.0,
            Self::Week => DAYS_PER_MONTH / 7.0,
            Self::Day => DAYS_PER_MONTH,
        }
    }
}

/// Days of a month, on average over four years: 1461 / 48.
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// How many leads per period of a rule such as `"50/month"`.
///
/// # Errors
/// [`ValueError`], also for none at all.
pub fn parse_top(text: &str) -> Result<(f64, Period), ValueError> {
    per_period(text).ok_or_else(|| {
        let write = "write \"50/month\", \"12/week\" or \"3/day\"";
        ValueError(format!("{text:?} is not a number of leads per period: {write}"))
    })
}

/// How many hours per period of a rule such as `"160h/month"`.
///
/// # Errors
/// [`ValueError`], also for none at all.
pub fn parse_capacity(text: &str) -> Result<(f64, Period), ValueError> {
    let capacity = text.split_once('/').and_then(|(hours, period)| {
        let hours = hours.trim().trim_end_matches("hours").trim_end_matches('h');
        per_period(&format!("{hours}/{period}"))
    });
    capacity.ok_or_else(|| {
        let write = "write \"160h/month\", \"40h/week\" or \"8h/day\"";
        ValueError(format!("{text:?} is not a number of hours per period: {write}"))
    })
}

/// Bytes such as "4GiB" or "500 MB".
///
/// # Errors
/// [`ValueError`]: no size, or none above 0.
pub fn parse_bytes(text: &str) -> Result<u64, ValueError> {
    let size = text.parse::<bytesize::ByteSize>().ok().map(|size| size.as_u64()).filter(|&n_bytes| n_bytes > 0);
    size.ok_or_else(|| ValueError(format!("{text:?} is not a size: write \"4GiB\" or \"500MiB\"")))
}

/// A number above 0 and a period.
fn per_period(text: &str) -> Option<(f64, Period)> {
    let (amount, period) = text.split_once('/')?;
    let amount: f64 = amount.trim().parse().ok()?;
    let period = Period::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(period.trim()))?;
    (amount.is_finite() && amount > 0.0).then_some((amount, period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_hours_and_weeks_are_spans() {
        assert_eq!(parse_span("90d"), Ok(90 * US_PER_DAY));
        assert_eq!(parse_span(" 36 h "), Ok(36 * US_PER_HOUR));
        assert_eq!(parse_span("2 weeks"), Ok(14 * US_PER_DAY));
    }

    #[test]
    fn months_are_sent_back_as_days() {
        for (text, days) in [("3m", "91d"), ("1 quarter", "91d"), ("2y", "731d")] {
            let words = "months, quarters and years have no fixed length; write days, such as";
            assert_eq!(parse_span(text), Err(ValueError(format!("{text:?}: {words} {days:?}"))));
        }
    }

    #[test]
    fn what_is_not_a_span_says_how_to_write_one() {
        for text in ["", "d", "ninety days", "90", "-90d", "1.5d", "90 days ago", "９０d"] {
            assert_eq!(
                parse_span(text).map_err(|e| e.to_string()),
                Err(format!(
                    "{text:?} is not a span of time: write a whole number and d, h or w, such as \"90d\", \"36h\" or \"2w\""
                ))
            );
        }
    }

    #[test]
    fn a_span_is_more_than_nothing_and_less_than_a_century() {
        for text in ["0d", "36526d", "9223372036854775807w", "99999999999999999999999d"] {
            let message = format!("{text:?} is out of range: a span is longer than nothing and at most 36525d");
            assert_eq!(parse_span(text).map_err(|e| e.to_string()), Err(message));
        }
    }

    #[test]
    fn a_day_is_year_month_and_day() {
        assert_eq!(parse_day("2026-09-30"), Ok(jiff::civil::date(2026, 9, 30)));
        for text in ["2026-02-30", "30.09.2026", "2026-09", "2026-09-30T12:00:00", "tomorrow"] {
            let message = format!("{text:?} is not a day: write year, month and day, such as \"2026-09-30\"");
            assert_eq!(parse_day(text).map_err(|e| e.to_string()), Err(message));
        }
    }

    #[test]
    fn a_top_rule_is_a_number_per_period() {
        assert_eq!(parse_top("50/month"), Ok((50.0, Period::Month)));
        assert_eq!(parse_top("12 / week"), Ok((12.0, Period::Week)));
        assert_eq!(parse_top("3/day"), Ok((3.0, Period::Day)));
        for text in ["50", "0/month", "-1/day", "50/year", "many/month"] {
            let message =
                format!("{text:?} is not a number of leads per period: write \"50/month\", \"12/week\" or \"3/day\"");
            assert_eq!(parse_top(text).map_err(|e| e.to_string()), Err(message));
        }
    }
}
