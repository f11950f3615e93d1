//! Negative spans: a time since something, which is below zero where that something came after the moment it is counted from.

use super::super::values::Sampled;
use super::super::vocabulary::Name;
use super::names::SPAN;
use crate::notes::count;

/// Share of negative spans that may be slips of clocks and time zones.
const MAX_NEGATIVE: f64 = 0.005;

/// In words, where a span counts back from a moment after the hand-off.
///
/// - `values`: of a sample of the leads.
pub(super) fn negative_span(column: &str, values: &Sampled) -> Option<String> {
    let Sampled::Numbers(numbers) = values else { return None };
    if !Name::of(column).has(SPAN) {
        return None;
    }
    let filled: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
    let negative: Vec<f64> = filled.iter().copied().filter(|number| *number < 0.0).collect();
    let positive: Vec<f64> = filled.iter().copied().filter(|number| *number > 0.0).collect();
    // One whole number alone stands for "never" or "not known"; and some tables count all days before the hand-off below 0.
    let is_a_mark = |side: &[f64]| {
        side.iter().all(|number| number.fract() == 0.0)
            && side.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq())
    };
    let is_few = |side: &[f64]| side.len() as f64 <= MAX_NEGATIVE * filled.len() as f64;
    if [&negative, &positive].into_iter().any(|side| is_a_mark(side) || is_few(side)) {
        return None;
    }
    Some(format!(
        "a span of time that is below 0 for {} of {} leads: it ends after the moment it is counted from",
        count(negative.len() as u64),
        count(filled.len() as u64)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, of: impl Fn(usize) -> f64) -> Option<String> {
        negative_span(name, &Sampled::Numbers((0..500).map(of).collect()))
    }

    #[test]
    fn negative_spans_are_found_and_marks_kept() {
        let back = |at: usize| (at % 50) as f64 - 5.0;
        assert_eq!(
            said("days_since_last_touch", back).as_deref(),
            Some("a span of time that is below 0 for 50 of 500 leads: it ends after the moment it is counted from")
        );
        assert_eq!(said("days_since_last_touch", |at| (at % 50) as f64), None, "no negative ones");
        assert_eq!(said("pdays since", |at| if at % 3 == 0 { -1.0 } else { at as f64 }), None, "-1 is never");
        assert_eq!(said("DAYS_BIRTH", |at| -9000.0 - at as f64), None, "all days are counted so");
        assert_eq!(
            said("DAYS_EMPLOYED", |at| if at % 5 == 0 { 365_243.0 } else { -1.0 - at as f64 }),
            None,
            "and one is never"
        );
        assert!(said("days_since_last_touch", |at| 10.0 - (at % 50) as f64).is_some(), "most are negative");
        assert!(
            said("days_since_last_touch", |at| if at % 20 == 0 { -31.14 } else { at as f64 }).is_some(),
            "cut off below"
        );
        assert_eq!(said("balance", back), None, "no span");
    }
}
