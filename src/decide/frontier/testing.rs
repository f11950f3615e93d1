//! Made-up judged leads for tests.

use super::OutOfFold;
use crate::data::labels::LeadIds;

/// Microseconds since 1970 of a time such as `2026-01-31T12:00:00Z`.
pub(crate) fn time(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("a time").as_microsecond()
}

/// Judged leads without dates.
pub(crate) fn judged(score: &[i32], probability: &[f64], converted: &[bool]) -> OutOfFold {
    OutOfFold {
        leads: (0..score.len() as u32).collect(),
        ids: LeadIds::RowNumber,
        rows: (0..score.len() as u32).collect(),
        fold: vec![0; score.len()],
        as_of: None,
        score: score.to_vec(),
        probability: probability.to_vec(),
        converted: converted.to_vec(),
    }
}

/// 100 leads over the 30 days of June 2026: scores 0 to 9 ten times each. Of the ten leads with score `s`, `s` converted,
/// where `s / 10 - 0.05` was promised (0 for score 0).
pub(crate) fn month_of_leads() -> OutOfFold {
    let score: Vec<i32> = (0..100).map(|lead| lead % 10).collect();
    let probability: Vec<f64> = score.iter().map(|&s| (f64::from(s) / 10.0 - 0.05).max(0.0)).collect();
    let converted: Vec<bool> = (0..100).map(|lead| lead / 10 < lead % 10).collect();
    let mut leads = judged(&score, &probability, &converted);
    let (first, last) = (time("2026-06-01T06:00:00Z"), time("2026-06-30T18:00:00Z"));
    leads.as_of = Some((0..100).map(|lead| first + (last - first) / 99 * lead).collect());
    leads
}
