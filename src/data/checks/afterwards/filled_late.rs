//! Filled in later: does the share filled rise with the age of the lead, its outcome held fixed?
//!
//! A column that sales fills in while it works a lead is emptiest for the youngest leads. Among leads of the same outcome, an honest
//! one is as full for young leads as for old ones, fuller for young ones where a form got a new field, or jumps on one day where a
//! form lost one.
//!
//! In: hand-offs, outcomes, who has a value. Out: how far the share rises, and a reason.
//!
//! Always true: a jump on one day is no rise; a rise has to be large, not only beyond chance.

use crate::notes::count;
use crate::settings::US_PER_DAY;

/// Ranges of age with as many leads each.
const N_RANGES: usize = 20;

/// Leads below which nothing is said: ten in every range.
const MIN_LEADS: usize = 10 * N_RANGES;

/// Gain in log likelihood of a rise over no change, below which it may be chance; half of it would do for one step.
const MIN_GAIN: f64 = 15.0;

/// Share of that gain that one jump explains, beyond which it is a jump.
const JUMP: f64 = 0.9;

/// A fall that explains this much of what the rise explains makes it a wave.
const WAVE: f64 = 0.35;

/// Rise of the share filled, youngest to oldest, that decides alone: nothing else empties a column for the young by so much.
const STRONG_RISE: f64 = 0.4;

/// Rise that joins other evidence.
const HINT_RISE: f64 = 0.15;

/// A rise of the share filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rise {
    /// Share filled among the youngest and the oldest leads, outcomes weighted alike.
    youngest: f64,
    oldest: f64,
    n_leads: usize,
    youngest_days: f64,
}

impl Rise {
    pub(super) fn is_strong(&self) -> bool {
        self.oldest - self.youngest >= STRONG_RISE
    }

    pub(super) fn in_words(&self) -> String {
        format!(
            "filled in later: of {} leads the youngest (up to {:.0} days old) have it in {:.0} % of the cases and the oldest in {:.0} %, \
             among leads of the same outcome",
            count(self.n_leads as u64),
            self.youngest_days,
            100.0 * self.youngest,
            100.0 * self.oldest
        )
    }
}

/// The rise of the share filled with age, where there is one that is no jump.
///
/// - `as_of`: hand-offs, microseconds; `converted`, `is_filled`: one entry per lead as well.
pub(super) fn rise_with_age(as_of: &[i64], converted: &[bool], is_filled: &[bool]) -> Option<Rise> {
    let n_leads = as_of.len();
    let n_filled = is_filled.iter().filter(|&&filled| filled).count();
    if n_leads < MIN_LEADS || 50 * n_filled < n_leads || 50 * (n_leads - n_filled) < n_leads {
        return None;
    }
    let ranges = Ranges::count(as_of, converted, is_filled);
    let flat = ranges.log_likelihood(|counts| vec![share(counts.iter()); N_RANGES]);
    let gain = |fitted: f64| fitted - flat;
    let (rising, falling) = (gain(ranges.log_likelihood(rising_shares)), gain(ranges.log_likelihood(falling_shares)));
    let jump = (1..N_RANGES).map(|at| gain(ranges.log_likelihood(|counts| jump_at(counts, at)))).fold(0.0, f64::max);
    if rising < MIN_GAIN || falling > WAVE * rising || jump > JUMP * rising {
        return None;
    }
    let end = |at: usize| ranges.mean_over_outcomes(|counts| rising_shares(counts)[at]);
    let rise = Rise { youngest: end(0), oldest: end(N_RANGES - 1), n_leads, youngest_days: ranges.youngest_days };
    (rise.oldest - rise.youngest >= HINT_RISE).then_some(rise)
}

/// Leads and filled ones of one range.
type Counts = [(f64, f64); N_RANGES];

/// Counts by range of age, youngest first, for each outcome.
struct Ranges {
    by_outcome: [Counts; 2],
    youngest_days: f64,
}

impl Ranges {
    fn count(as_of: &[i64], converted: &[bool], is_filled: &[bool]) -> Self {
        let mut youngest_first: Vec<usize> = (0..as_of.len()).collect();
        youngest_first.sort_by(|&a, &b| as_of[b].cmp(&as_of[a]).then(a.cmp(&b)));
        let mut by_outcome = [[(0.0, 0.0); N_RANGES]; 2];
        for (place, &lead) in youngest_first.iter().enumerate() {
            let counts = &mut by_outcome[usize::from(converted[lead])][place * N_RANGES / as_of.len()];
            counts.0 += 1.0;
            counts.1 += f64::from(u8::from(is_filled[lead]));
        }
        let last_of_youngest = youngest_first[as_of.len().div_ceil(N_RANGES) - 1];
        let youngest_us = as_of[youngest_first[0]] - as_of[last_of_youngest];
        Self { by_outcome, youngest_days: youngest_us as f64 / US_PER_DAY as f64 }
    }

    /// Log likelihood of the shares that `fit` makes of the counts of each outcome.
    fn log_likelihood(&self, fit: impl Fn(&Counts) -> Vec<f64>) -> f64 {
        let of_range = |((n, n_filled), share): (&(f64, f64), f64)| {
            let share = share.clamp(1e-4, 1.0 - 1e-4);
            n_filled * share.ln() + (n - n_filled) * (1.0 - share).ln()
        };
        self.by_outcome.iter().map(|counts| counts.iter().zip(fit(counts)).map(of_range).sum::<f64>()).sum()
    }

    /// The mean of a figure of each outcome, by the leads that each has.
    fn mean_over_outcomes(&self, figure: impl Fn(&Counts) -> f64) -> f64 {
        let n_leads = |counts: &Counts| counts.iter().map(|(n, _)| n).sum::<f64>();
        let all: f64 = self.by_outcome.iter().map(n_leads).sum();
        self.by_outcome.iter().map(|counts| figure(counts) * n_leads(counts)).sum::<f64>() / all.max(1.0)
    }
}

fn share<'a>(counts: impl Iterator<Item = &'a (f64, f64)>) -> f64 {
    let (n, n_filled) = counts.fold((0.0, 0.0), |(n, n_filled), counts| (n + counts.0, n_filled + counts.1));
    n_filled / f64::max(n, 1.0)
}

fn jump_at(counts: &Counts, at: usize) -> Vec<f64> {
    let (before, after) = (share(counts[..at].iter()), share(counts[at..].iter()));
    (0..N_RANGES).map(|range| if range < at { before } else { after }).collect()
}

/// Shares that never fall from young to old and fit best: neighbours that would fall are joined.
fn rising_shares(counts: &Counts) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for &(n, n_filled) in counts {
        blocks.push((n, n_filled, 1));
        while let [.., (n_a, filled_a, width_a), (n_b, filled_b, width_b)] = blocks[..] {
            let is_rising = n_a > 0.0 && n_b > 0.0 && filled_a / n_a < filled_b / n_b;
            if is_rising {
                break;
            }
            blocks.truncate(blocks.len() - 2);
            blocks.push((n_a + n_b, filled_a + filled_b, width_a + width_b));
        }
    }
    blocks.into_iter().flat_map(|(n, n_filled, width)| vec![n_filled / n.max(1.0); width]).collect()
}

fn falling_shares(counts: &Counts) -> Vec<f64> {
    let mut reversed = *counts;
    reversed.reverse();
    let mut shares = rising_shares(&reversed);
    shares.reverse();
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four leads a day over a year; each fifth one converts, and a lead has a value with the chance that its age gives it.
    fn rise(chance: impl Fn(f64, bool) -> f64) -> Option<Rise> {
        let n = 1460;
        let as_of: Vec<i64> = (0..n).map(|lead| (20_000 * 4 + lead) * US_PER_DAY / 4).collect();
        let converted: Vec<bool> = (0..n).map(|lead| lead % 5 == 0).collect();
        let is_filled: Vec<bool> = (0..n)
            .map(|lead| {
                let draw = (lead * 7919 + 13) % 1009;
                let age = (n - lead) as f64 / 4.0;
                (draw as f64) < 1009.0 * chance(age, lead % 5 == 0)
            })
            .collect();
        rise_with_age(&as_of, &converted, &is_filled)
    }

    #[test]
    fn a_column_that_sales_fills_in_over_weeks_rises_with_age() {
        let found = rise(|age, _| 0.9 * (1.0 - (-age / 60.0).exp())).expect("it rises");
        assert!(found.is_strong(), "{found:?}");
        assert!(found.in_words().starts_with("filled in later: of 1,460 leads the youngest (up to 18 days old)"));
        assert!(rise(|age, _| 0.1 + 0.8 * age / 365.0).is_some_and(|found| found.is_strong()));
    }

    #[test]
    fn honest_columns_do_not() {
        assert_eq!(rise(|_, _| 0.6), None, "as many are empty at any age");
        assert_eq!(rise(|_, converted| if converted { 0.9 } else { 0.3 }), None, "the outcome is held fixed");
        assert_eq!(rise(|age, _| if age < 150.0 { 0.9 } else { 0.05 }), None, "a new field of the form");
        assert_eq!(rise(|age, _| if age < 150.0 { 0.05 } else { 0.9 }), None, "a field that the form lost");
        assert_eq!(rise(|age, _| 0.9 - 0.8 * age / 365.0), None, "ever more leads have it");
    }

    #[test]
    fn few_leads_say_nothing() {
        let as_of: Vec<i64> = (0..100).map(|lead| lead * US_PER_DAY).collect();
        let filled: Vec<bool> = (0..100).map(|lead| lead < 50).collect();
        assert_eq!(rise_with_age(&as_of, &[false; 100], &filled), None);
    }
}
