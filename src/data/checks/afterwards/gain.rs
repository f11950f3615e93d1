//! Gain: does one column tell more alone than all others together?
//!
//! In: the criteria with their values on the balanced sample. Out: the AUC of a column and that of the others, on leads held back.
//!
//! Always true: a strong column is no leak for that alone; only one whose name is a hint as well is left out.

use super::super::values::Sampled;
use super::strength::{auc_by_halves, cross_checked_rates};

/// AUC below which a column carries nothing.
const CARRIES: f64 = 0.75;

/// By how much a column has to be ahead of all the others.
const AHEAD: f64 = 0.01;

/// Average leads beside those of each level: sums over many columns must not be the noise of their small levels.
const N_AVERAGE: f64 = 10.0;

/// One column against the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Carried {
    pub alone: f64,
    pub others: f64,
}

impl Carried {
    pub(super) fn in_words(&self) -> String {
        format!(
            "it tells more alone (AUC {:.2} on leads held back) than all other columns together ({:.2})",
            self.alone, self.others
        )
    }
}

/// Log-odds of every lead of the sample by one column.
pub(super) fn log_odds_of(values: &Sampled, leads: &[usize], converted: &[bool]) -> Vec<f64> {
    let rates = cross_checked_rates(values, leads, converted, N_AVERAGE);
    rates.into_iter().map(|rate| (rate / (1.0 - rate)).ln()).collect()
}

/// Whether a column carries most of what all of them tell.
///
/// - `own`: log-odds of the leads by the column; `all`: by all columns, added up.
pub(super) fn carried(own: &[f64], all: &[f64], leads: &[usize], converted: &[bool]) -> Option<Carried> {
    let alone = auc_by_halves(own, leads, converted).filter(|&auc| auc >= CARRIES)?;
    let rest: Vec<f64> = all.iter().zip(own).map(|(all, own)| all - own).collect();
    let others = auc_by_halves(&rest, leads, converted)?;
    (alone >= others + AHEAD).then_some(Carried { alone, others })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_held_against_all_others_together() {
        let leads: Vec<usize> = (0..800).collect();
        let converted: Vec<bool> = leads.iter().map(|lead| lead % 2 == 0).collect();
        let draw = |lead: usize, seed: usize| (lead * 7919 + seed * 104_729 + lead * lead % 997) % 1009;
        let agrees = |seed: usize, percent: usize| {
            let number = move |&lead: &usize| {
                let says_yes = (lead % 2 == 0) == (draw(lead, seed) % 100 < percent);
                f64::from(u8::from(says_yes))
            };
            log_odds_of(&Sampled::Numbers(leads.iter().map(number).collect()), &leads, &converted)
        };
        let (call, size, budget) = (agrees(1, 92), agrees(2, 65), agrees(3, 65));
        let all: Vec<f64> = (0..800).map(|lead| call[lead] + size[lead] + budget[lead]).collect();
        let found = carried(&call, &all, &leads, &converted).expect("it carries the card");
        assert!(found.alone > 0.85 && found.others < 0.8, "{found:?}");
        assert_eq!(carried(&size, &all, &leads, &converted), None);
    }
}
