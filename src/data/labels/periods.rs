//! Periods: what a history of hand-offs supports when every card may know only what was known when its period began.

use crate::settings::US_PER_DAY;

/// Fewest conversions, and fewest non-conversions, that a fold's card is fitted on.
pub const MIN_FIT_CONVERSIONS: usize = 10;

/// Hand-offs in order of time, with their outcomes.
#[derive(Debug, Clone)]
pub struct History {
    moments: Vec<i64>,
    /// Conversions among the first so many hand-offs.
    n_converted: Vec<usize>,
    horizon: i64,
}

impl History {
    /// - `as_of`, `converted`: one entry per hand-off, in any order; `horizon`: microseconds, 0 where there is none.
    pub fn new(as_of: &[i64], converted: &[bool], horizon: i64) -> Self {
        let mut sorted: Vec<(i64, bool)> = as_of.iter().copied().zip(converted.iter().copied()).collect();
        sorted.sort_unstable();
        let mut n_converted = Vec::with_capacity(sorted.len() + 1);
        n_converted.push(0);
        let mut so_far = 0;
        n_converted.extend(sorted.iter().map(|&(_, converted)| {
            so_far += usize::from(converted);
            so_far
        }));
        Self { moments: sorted.into_iter().map(|(moment, _)| moment).collect(), n_converted, horizon }
    }

    /// Hand-offs.
    pub fn n_leads(&self) -> usize {
        self.moments.len()
    }

    /// Of those, how many converted.
    pub fn n_converted(&self) -> usize {
        self.n_converted[self.moments.len()]
    }

    /// The last hand-off.
    pub fn last(&self) -> i64 {
        self.moments.last().copied().unwrap_or_default()
    }

    /// Whether the outcome of a hand-off was known at `start`. A lead of the period's first moment belongs to the period.
    pub fn is_known(&self, moment: i64, start: i64) -> bool {
        moment.saturating_add(self.horizon) <= start && moment < start
    }

    /// Conversions and non-conversions known at `start`.
    pub fn known_at(&self, start: i64) -> (usize, usize) {
        self.outcomes(0, self.moments.partition_point(|&moment| self.is_known(moment, start)))
    }

    /// Whether enough outcomes were known then to fit a card.
    fn can_fit_at(&self, start: i64) -> bool {
        let (n_converted, n_other) = self.known_at(start);
        n_converted.min(n_other) >= MIN_FIT_CONVERSIONS
    }

    /// Conversions and non-conversions among the hand-offs from one position to another.
    fn outcomes(&self, from: usize, to: usize) -> (usize, usize) {
        let n_converted = self.n_converted[to] - self.n_converted[from];
        (n_converted, to - from - n_converted)
    }

    /// When `count` periods of about equal size would begin, whether or not a card can be fitted then.
    pub fn period_starts(&self, count: usize) -> Vec<i64> {
        let n_first = self.moments.len().div_ceil(count + 1);
        let Some(&last_of_first) = n_first.checked_sub(1).and_then(|at| self.moments.get(at)) else {
            return Vec::new();
        };
        let judged = &self.moments[self.moments.partition_point(|&moment| !self.is_known(last_of_first, moment))..];
        let mut starts: Vec<i64> =
            (0..count).filter_map(|period| judged.get(period * judged.len() / count).copied()).collect();
        starts.dedup();
        starts
    }

    /// When the periods begin that can be judged: with a card fitted on outcomes known by then, and both outcomes in each.
    pub fn periods(&self, count: usize) -> Vec<i64> {
        let starts = self.period_starts(count);
        self.merge_single_outcomes(&starts.into_iter().filter(|&start| self.can_fit_at(start)).collect::<Vec<_>>())
    }

    fn merge_single_outcomes(&self, starts: &[i64]) -> Vec<i64> {
        let position = |start: i64| self.moments.partition_point(|&moment| moment < start);
        let has_both = |from: i64, to: usize| {
            let (n_converted, n_other) = self.outcomes(position(from), to);
            n_converted > 0 && n_other > 0
        };
        let mut kept: Vec<i64> = Vec::new();
        for &start in starts {
            if kept.last().is_none_or(|&before| has_both(before, position(start))) {
                kept.push(start);
            }
        }
        // The last period has no next one: it goes with the one before.
        if kept.len() > 1 && kept.last().is_some_and(|&last| !has_both(last, self.moments.len())) {
            kept.pop();
        }
        kept
    }
}

/// The longest horizon in whole days, shorter than `horizon`, with which a history is enough; `None` where none is.
///
/// A shorter horizon leaves more leads with an outcome and fewer conversions within it. The first of a half, a quarter and so on of
/// `horizon` that is enough is sought, and from there the longest by halving the gap.
///
/// - `hand_offs`: moment of hand-off and time from it to the conversion (`NO_CONVERSION` without one), microseconds;
///   `until`: outcomes are known to here.
pub fn longest_horizon(
    hand_offs: &[(i64, i64)],
    until: i64,
    horizon: i64,
    is_enough: impl Fn(&History) -> bool,
) -> Option<u64> {
    let does = |days: i64| {
        let horizon = days * US_PER_DAY;
        let known = hand_offs.iter().filter(|(at, _)| at.saturating_add(horizon) <= until);
        let (as_of, converted): (Vec<i64>, Vec<bool>) = known.map(|&(at, delay)| (at, delay <= horizon)).unzip();
        is_enough(&History::new(&as_of, &converted, horizon))
    };
    // A horizon of a fraction of a day more than whole days is longer than those.
    let mut too_long = (horizon + US_PER_DAY - 1) / US_PER_DAY;
    let mut enough = too_long / 2;
    while enough >= 1 && !does(enough) {
        (too_long, enough) = (enough, enough / 2);
    }
    if enough < 1 {
        return None;
    }
    while too_long - enough > 1 {
        let middle = enough + (too_long - enough) / 2;
        *(if does(middle) { &mut enough } else { &mut too_long }) = middle;
    }
    Some(enough.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::NO_CONVERSION;

    #[test]
    fn the_longest_horizon_leaves_as_many_outcomes_as_are_needed() {
        // A lead a day for 200 days, every fourth converts within a day.
        let hand_offs: Vec<(i64, i64)> =
            (0..200).map(|day| (day * US_PER_DAY, if day % 4 == 0 { US_PER_DAY / 2 } else { NO_CONVERSION })).collect();
        let until = 200 * US_PER_DAY;
        let longest =
            |is_enough: &dyn Fn(&History) -> bool| longest_horizon(&hand_offs, until, 360 * US_PER_DAY, is_enough);
        // Of the first 77 leads, handed off on day 0 to day 76 and 124 days before the end at least, 20 converted.
        assert_eq!(longest(&|history| history.n_converted() >= 20), Some(124));
        // Two periods need a wait of one horizon before the first and ten conversions known before the second.
        let by_time = longest(&|history| history.periods(5).len() >= 2).expect("some horizon");
        assert!((50..124).contains(&by_time), "{by_time}");
        assert_eq!(longest(&|history| history.n_converted() > 50), None);
    }
}
