//! Histogram: leads counted by score, month, segment and team. Frontiers, policies and simulations read only this.
//!
//! In: [`OutOfFold`], and [`HandedOff`]: every lead with its score by the card that ships, whatever became of it. Out: a
//! [`Histogram`], thousands of cells at most.
//!
//! Two counts stand side by side. `n_handed_off` says how many leads of a score come, `n_leads` of how many it was judged what
//! became of them: volumes are made of the first, conversions of the second. Always true: cells are in order of score, month,
//! segment, team; all sums are whole numbers, so the order of the leads changes nothing.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{FrontierError, OutOfFold};
use crate::data::labels::Grouping;
use crate::settings::{By, DAYS_PER_MONTH};

/// Probabilities are summed in billionths: whole numbers add up the same in any order, and the rounding of one lead
/// (5e-10) is far below anything that is reported.
const BILLION: f64 = 1e9;

/// A month of which less than this share is covered tells nothing of volume.
const MIN_COVERED: f64 = 0.95;

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
    /// Days of the month between the day of the first judged hand-off and the day of the last, both included; 0 for a month
    /// outside.
    pub n_days: u32,
    /// The same for all hand-offs, judged or not.
    pub n_days_handed_off: u32,
}

impl Month {
    /// Whether the hand-offs cover it, but for a day or so.
    pub fn is_whole(&self) -> bool {
        self.is_covered_by(self.n_days_handed_off)
    }

    /// Whether the judged hand-offs do.
    pub fn is_judged_whole(&self) -> bool {
        self.is_covered_by(self.n_days)
    }

    fn is_covered_by(&self, n_days: u32) -> bool {
        f64::from(n_days) >= MIN_COVERED * f64::from(self.n_days_in_all())
    }

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistogramCell {
    /// Points.
    pub score: i32,
    /// Position in [`Histogram::months`]; 0 without dates.
    pub month: u32,
    /// Position in [`Histogram::segments`].
    pub segment: u32,
    /// Position in [`Histogram::teams`].
    pub team: u32,
    /// Leads handed off, judged or not, that have the score on the card that ships.
    pub n_handed_off: u64,
    /// Judged leads.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Sum of their probabilities as their folds had them, in billionths.
    pub expected_billionths: u64,
    /// Sum of what the curve of all folds makes of them, in billionths.
    pub worth_billionths: u64,
}

/// What became of the judged leads, and what a curve makes of them; one entry per judged lead.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    /// Whether the lead converted.
    pub converted: &'a [bool],
    /// Probability by the curve that the histogram is read with.
    pub worth: &'a [f64],
}

impl HistogramCell {
    /// Conversions that the curve of all folds makes of the judged leads.
    pub fn worth(&self) -> f64 {
        self.worth_billionths as f64 / BILLION
    }

    /// Position of the group whose line holds for it; 0 where one holds for all.
    pub fn group(&self, by: Option<By>) -> usize {
        match by {
            None => 0,
            Some(By::Segment) => self.segment as usize,
            Some(By::Team) => self.team as usize,
        }
    }

    /// Conversions promised: the sum of the probabilities.
    pub fn n_expected(&self) -> f64 {
        self.expected_billionths as f64 / BILLION
    }
}

/// Leads handed off, whatever became of them; one entry per lead in every vector, the labelled ones first.
#[derive(Debug, Clone, Copy)]
pub struct HandedOff<'a> {
    /// Points by the card that ships.
    pub score: &'a [i32],
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<&'a [i64]>,
    /// Segment of the lead.
    pub segment: Option<&'a Grouping>,
    /// Team of the lead.
    pub team: Option<&'a Grouping>,
    /// Whether too little is known of the lead for its score to mean something: no line hands it over. `None`: enough is known of all.
    pub is_ask_first: Option<&'a [bool]>,
}

/// Which leads are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Folds whose judged leads count, from this one on.
    pub first_fold: u16,
    /// To this one, not included.
    pub end_fold: u16,
    /// Hand-offs count from this moment on, microseconds since 1970 UTC.
    pub from_us: i64,
    /// To this one, not included; `i64::MAX` for all that follow.
    pub to_us: i64,
}

impl Span {
    /// Everything there is.
    pub const ALL: Self = Self { first_fold: 0, end_fold: u16::MAX, from_us: i64::MIN, to_us: i64::MAX };
}

impl Histogram {
    /// Months from the day of the first hand-off to the day of the last; 0 without dates.
    pub fn n_months_handed_off(&self) -> f64 {
        self.months.iter().map(|month| f64::from(month.n_days_handed_off)).sum::<f64>() / DAYS_PER_MONTH
    }

    /// Counts the judged leads, and nobody else.
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
        let as_of = judged.as_of.as_deref();
        let everyone = HandedOff { score: &judged.score, as_of, segment, team, is_ask_first: None };
        let outcomes = Outcomes { converted: &judged.converted, worth: &judged.probability };
        Self::count_hand_offs(judged, outcomes, everyone, Span::ALL, |at| at)
    }

    /// Counts judged leads and hand-offs.
    ///
    /// # Errors
    /// [`FrontierError::TimeOutOfRange`] for a hand-off before the year -9999 or after 9999.
    pub fn count_all(
        judged: &OutOfFold,
        outcomes: Outcomes<'_>,
        everyone: HandedOff<'_>,
        span: Span,
    ) -> Result<Self, FrontierError> {
        Self::count_hand_offs(judged, outcomes, everyone, span, |at| judged.leads[at] as usize)
    }

    /// - `position`: where a judged lead stands among those handed off.
    fn count_hand_offs(
        judged: &OutOfFold,
        outcomes: Outcomes<'_>,
        everyone: HandedOff<'_>,
        span: Span,
        position: impl Fn(usize) -> usize,
    ) -> Result<Self, FrontierError> {
        let is_judged = |lead: usize| (span.first_fold..span.end_fold).contains(&judged.fold[lead]);
        let has_score = |lead: usize| everyone.is_ask_first.is_none_or(|is_ask_first| !is_ask_first[lead]);
        let is_wanted = |lead: usize| {
            has_score(lead)
                && everyone.as_of.is_none_or(|as_of| {
                    let moment = as_of[lead];
                    moment >= span.from_us && (moment < span.to_us || span.to_us == i64::MAX)
                })
        };
        let judged_leads = || {
            let judged = (0..judged.n_leads()).filter(|&at| is_judged(at)).map(|at| (at, position(at)));
            judged.filter(|&(_, lead)| has_score(lead))
        };
        let calendar = match everyone.as_of {
            Some(as_of) => Calendar::spanning(
                (0..as_of.len()).filter(|&lead| is_wanted(lead)).map(|lead| as_of[lead]),
                judged_leads().map(|(_, lead)| as_of[lead]),
            )?,
            None => Calendar::default(),
        };
        let mut counts: HashMap<(i32, u32, u32, u32), HistogramCell> = HashMap::new();
        let mut count_at = |lead: usize, score: i32, count: &dyn Fn(&mut HistogramCell)| {
            let month = everyone.as_of.map_or(0, |as_of| calendar.position(as_of[lead]));
            let group = |group: Option<&Grouping>| group.map_or(0, |group| group.positions[lead]);
            let (segment, team) = (group(everyone.segment), group(everyone.team));
            let empty = HistogramCell { score, month, segment, team, ..HistogramCell::default() };
            count(counts.entry((score, month, segment, team)).or_insert(empty));
        };
        for (lead, &score) in everyone.score.iter().enumerate().filter(|(lead, _)| is_wanted(*lead)) {
            count_at(lead, score, &|cell| cell.n_handed_off += 1);
        }
        for (at, lead) in judged_leads() {
            count_at(lead, judged.score[at], &|cell| {
                cell.n_leads += 1;
                cell.n_converted += u64::from(outcomes.converted[at]);
                cell.expected_billionths += (judged.probability[at] * BILLION).round() as u64;
                cell.worth_billionths += (outcomes.worth[at] * BILLION).round() as u64;
            });
        }
        let mut cells: Vec<HistogramCell> = counts.into_values().collect();
        cells.sort_unstable_by_key(|cell| (cell.score, cell.month, cell.segment, cell.team));
        let names = |group: Option<&Grouping>| group.map_or_else(|| vec![String::new()], |group| group.names.clone());
        let (segments, teams) = (names(everyone.segment), names(everyone.team));
        Ok(Self { months: calendar.months, segments, teams, cells })
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
    /// - `judged`: some of `everyone`.
    fn spanning(everyone: impl Iterator<Item = i64>, judged: impl Iterator<Item = i64>) -> Result<Self, FrontierError> {
        let Some((first, last)) = ends(everyone) else {
            return Ok(Self::default());
        };
        let all = Days { first: day_of(first)?, last: day_of(last)? };
        let judged =
            ends(judged).map(|(first, last)| Ok(Days { first: day_of(first)?, last: day_of(last)? })).transpose()?;
        let mut calendar = Self::default();
        let mut start = all.first.first_of_month();
        loop {
            calendar.months.push(Month {
                year: start.year(),
                month: start.month(),
                n_days: judged.map_or(0, |judged| judged.n_days_in_month(start)),
                n_days_handed_off: all.n_days_in_month(start),
            });
            calendar.starts.push(microsecond_of(start, first)?);
            let end = start.last_of_month();
            if end >= all.last {
                return Ok(calendar);
            }
            start = end.tomorrow().map_err(|_| FrontierError::TimeOutOfRange { microseconds: last })?;
        }
    }

    fn position(&self, as_of: i64) -> u32 {
        (self.starts.partition_point(|&start| start <= as_of).max(1) - 1) as u32
    }
}

/// Days from one to another, both included.
#[derive(Debug, Clone, Copy)]
struct Days {
    first: Date,
    last: Date,
}

impl Days {
    /// How many of the month that begins at `start` lie among them.
    fn n_days_in_month(self, start: Date) -> u32 {
        let (from, to) = (start.max(self.first), start.last_of_month().min(self.last));
        if from > to { 0 } else { (to.day() - from.day()) as u32 + 1 }
    }
}

/// The first and the last of some moments.
fn ends(moments: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    moments.fold(None, |ends, time| {
        Some(ends.map_or((time, time), |(first, last): (i64, i64)| (first.min(time), last.max(time))))
    })
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
