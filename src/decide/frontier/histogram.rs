//! Histogram: judged leads counted by score, month, segment and team. Frontiers, policies and simulations read only this.
//!
//! In: [`OutOfFold`], and a segment and team per judged lead where there is one. Out: a [`Histogram`], thousands of cells at
//! most. Always true: cells are in order of score, month, segment, team; all sums are whole numbers, so the order of the leads
//! changes nothing.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{FrontierError, OutOfFold};
use crate::data::labels::Grouping;

/// Probabilities are summed in billionths: whole numbers add up the same in any order, and the rounding of one lead
/// (5e-10) is far below anything that is reported.
const BILLION: f64 = 1e9;

/// Judged leads counted by score, month, segment and team.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Calendar months (UTC) from the first hand-off to the last, without a gap; empty when the leads have no dates.
    pub months: Vec<Month>,
    /// Names of the segments; one empty name when the leads have none.
    pub segments: Vec<String>,
    /// Names of the teams; one empty name when the leads have none.
    pub teams: Vec<String>,
    /// The counts, lowest score first.
    pub cells: Vec<HistogramCell>,
}

/// A calendar month and how much of it the leads cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Year, such as 2026.
    pub year: i16,
    /// Month of the year, 1..=12.
    pub month: i8,
    /// Days of the month between the day of the first hand-off and the day of the last, both included.
    pub n_days: u32,
}

impl Month {
    /// Days of the whole calendar month.
    pub fn n_days_in_all(&self) -> u32 {
        // A month that came from a date is one; the mean length stands in for what no calendar has.
        Date::new(self.year, self.month, 1).map_or(30, |first| first.days_in_month() as u32)
    }
}

impl fmt::Display for Month {
    /// "2026-01".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Leads with the same score, month, segment and team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistogramCell {
    /// Points.
    pub score: i32,
    /// Position in [`Histogram::months`]; 0 without dates.
    pub month: u32,
    /// Position in [`Histogram::segments`].
    pub segment: u32,
    /// Position in [`Histogram::teams`].
    pub team: u32,
    /// How many leads.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Sum of their probabilities, in billionths.
    pub expected_billionths: u64,
}

impl HistogramCell {
    /// Conversions promised: the sum of the probabilities.
    pub fn n_expected(&self) -> f64 {
        self.expected_billionths as f64 / BILLION
    }
}

impl Histogram {
    /// Counts the judged leads.
    ///
    /// - `segment`, `team`: one position per judged lead.
    ///
    /// # Errors
    /// [`FrontierError::TimeOutOfRange`] for a hand-off before the year -9999 or after 9999.
    pub fn count(
        judged: &OutOfFold,
        segment: Option<&Grouping>,
        team: Option<&Grouping>,
    ) -> Result<Self, FrontierError> {
        Self::count_where(judged, segment, team, |_| true)
    }

    /// Counts the judged leads whose fold is wanted; the months are theirs alone.
    ///
    /// # Errors
    /// As [`Histogram::count`].
    pub fn count_where(
        judged: &OutOfFold,
        segment: Option<&Grouping>,
        team: Option<&Grouping>,
        is_wanted: impl Fn(u16) -> bool,
    ) -> Result<Self, FrontierError> {
        Self::count_with(judged, &judged.converted, segment, team, is_wanted)
    }

    /// [`Histogram::count_where`] with other outcomes than those that came.
    ///
    /// # Errors
    /// As [`Histogram::count`].
    pub fn count_with(
        judged: &OutOfFold,
        converted: &[bool],
        segment: Option<&Grouping>,
        team: Option<&Grouping>,
        is_wanted: impl Fn(u16) -> bool,
    ) -> Result<Self, FrontierError> {
        let calendar = match &judged.as_of {
            Some(as_of) => {
                let wanted = as_of.iter().zip(&judged.fold).filter(|(_, fold)| is_wanted(**fold));
                Calendar::spanning(wanted.map(|(as_of, _)| *as_of))?
            }
            None => Calendar::default(),
        };
        // Score, month, segment and team, to leads, conversions and billionths of a conversion promised.
        type Key = (i32, u32, u32, u32);
        let mut counts: HashMap<Key, (u64, u64, u64)> = HashMap::new();
        for (lead, (&score, &converted)) in judged.score.iter().zip(converted).enumerate() {
            if !is_wanted(judged.fold[lead]) {
                continue;
            }
            let month = judged.as_of.as_ref().map_or(0, |as_of| calendar.position(as_of[lead]));
            let position = |group: Option<&Grouping>| group.map_or(0, |group| group.positions[lead]);
            let cell = counts.entry((score, month, position(segment), position(team))).or_default();
            cell.0 += 1;
            cell.1 += u64::from(converted);
            cell.2 += (judged.probability[lead] * BILLION).round() as u64;
        }
        let mut cells: Vec<HistogramCell> = counts
            .into_iter()
            .map(|((score, month, segment, team), (n_leads, n_converted, expected_billionths))| HistogramCell {
                score,
                month,
                segment,
                team,
                n_leads,
                n_converted,
                expected_billionths,
            })
            .collect();
        cells.sort_unstable_by_key(|cell| (cell.score, cell.month, cell.segment, cell.team));
        let names = |group: Option<&Grouping>| group.map_or_else(|| vec![String::new()], |group| group.names.clone());
        Ok(Self { months: calendar.months, segments: names(segment), teams: names(team), cells })
    }
}

/// The months that a set of hand-offs spans, and where each begins.
#[derive(Default)]
struct Calendar {
    months: Vec<Month>,
    /// First microsecond of each month.
    starts: Vec<i64>,
}

impl Calendar {
    fn spanning(as_of: impl Iterator<Item = i64>) -> Result<Self, FrontierError> {
        let ends = as_of.fold(None, |ends: Option<(i64, i64)>, time| {
            Some(ends.map_or((time, time), |(first, last)| (first.min(time), last.max(time))))
        });
        let Some((first, last)) = ends else {
            return Ok(Self::default());
        };
        let (first_day, last_day) = (day_of(first)?, day_of(last)?);
        let mut calendar = Self::default();
        let mut start = first_day.first_of_month();
        loop {
            let end = start.last_of_month();
            let covered_to = end.min(last_day);
            let covered_from = start.max(first_day);
            calendar.months.push(Month {
                year: start.year(),
                month: start.month(),
                n_days: (covered_to.day() - covered_from.day()) as u32 + 1,
            });
            calendar.starts.push(microsecond_of(start, first)?);
            if end >= last_day {
                return Ok(calendar);
            }
            start = end.tomorrow().map_err(|_| FrontierError::TimeOutOfRange { microseconds: last })?;
        }
    }

    fn position(&self, as_of: i64) -> u32 {
        (self.starts.partition_point(|&start| start <= as_of).max(1) - 1) as u32
    }
}

fn day_of(microseconds: i64) -> Result<Date, FrontierError> {
    Timestamp::from_microsecond(microseconds)
        .map(|time| time.to_zoned(TimeZone::UTC).date())
        .map_err(|_| FrontierError::TimeOutOfRange { microseconds })
}

fn microsecond_of(day: Date, microseconds: i64) -> Result<i64, FrontierError> {
    day.to_zoned(TimeZone::UTC)
        .map(|start| start.timestamp().as_microsecond())
        // Only the first month of the year -9999 can begin before the calendar does.
        .map_err(|_| FrontierError::TimeOutOfRange { microseconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::testing::{judged, time};

    #[test]
    fn leads_are_counted_by_score_month_and_segment() {
        let mut leads = judged(&[5, 5, 9, 5], &[0.1, 0.2, 0.7, 0.1], &[false, true, true, false]);
        leads.as_of = Some(vec![
            time("2026-01-31T23:59:59Z"),
            time("2026-02-01T00:00:00Z"),
            time("2026-03-04T10:00:00Z"),
            time("2026-01-20T08:00:00Z"),
        ]);
        let segment = Grouping {
            column: "industry".into(),
            names: vec!["food".into(), "steel".into()],
            positions: vec![0, 1, 1, 0],
        };
        let histogram = Histogram::count(&leads, Some(&segment), None).expect("times of our era");
        let months: Vec<_> = histogram.months.iter().map(|m| (m.year, m.month, m.n_days)).collect();
        assert_eq!(months, [(2026, 1, 12), (2026, 2, 28), (2026, 3, 4)]);
        let cells: Vec<_> =
            histogram.cells.iter().map(|c| (c.score, c.month, c.segment, c.n_leads, c.n_converted)).collect();
        assert_eq!(cells, [(5, 0, 0, 2, 0), (5, 1, 1, 1, 1), (9, 2, 1, 1, 1)]);
        assert_eq!(histogram.cells[0].n_expected(), 0.2);
    }

    #[test]
    fn months_without_a_lead_are_months() {
        let mut leads = judged(&[1, 2], &[0.1, 0.2], &[false, true]);
        leads.as_of = Some(vec![time("2025-12-31T12:00:00Z"), time("2026-02-01T12:00:00Z")]);
        let histogram = Histogram::count(&leads, None, None).expect("times of our era");
        let days: Vec<u32> = histogram.months.iter().map(|month| month.n_days).collect();
        assert_eq!(days, [1, 31, 1]);
    }

    #[test]
    fn leads_without_dates_have_no_months() {
        let histogram = Histogram::count(&judged(&[1], &[0.5], &[true]), None, None).expect("no times");
        assert!(histogram.months.is_empty());
        assert_eq!(histogram.segments, [""]);
    }

    #[test]
    fn a_time_off_the_calendar_is_an_error_with_the_number() {
        let mut leads = judged(&[1], &[0.5], &[true]);
        leads.as_of = Some(vec![i64::MAX]);
        let error = Histogram::count(&leads, None, None).expect_err("far future");
        assert_eq!(
            error.to_string(),
            "a hand-off lies 9223372036854775807 microseconds from 1970, outside the years -9999 to 9999\n\
             hint: look for broken dates in the as-of column"
        );
    }
}
