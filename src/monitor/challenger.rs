//! Challenger: another card beside the one in use, on the same leads. Whose chances were nearer what happened, and is it sure?
//!
//! In: the leads that came since both cards were made, each with its chance by either, in the order of hand-off. Out: a
//! [`Challenger`]: the difference of the Brier scores with an interval that holds at every look at once.
//!
//! A lead on which the cards are far apart counts in part, so that no single one decides; by how much is known before its outcome.
//!
//! Always true: neither card is judged by a lead that either may have learned from; the chance that a card is ever called better that was
//! not, on average of the leads so far, is at most [`MISSES`], however often one looks.
//!
//! # Source
//! Choe and Ramdas (2024), "Comparing sequential forecasters", *Operations Research* 72, 1368-1387.

use super::{Challenger, ChallengerLook, ChallengerVerdict, Lead, MonitoredCard, ScoredNewLeads};
use crate::card::Card;
use crate::data::labels::show_day;
use crate::measures::ConfidenceSequence;
use crate::settings::US_PER_DAY;

/// Chance that the interval ever misses.
const MISSES: f64 = 0.05;

/// Difference of two Brier scores beyond which a lead counts in part.
const MOST_OF_ONE_LEAD: f64 = 0.3;

/// Parts of the leads after which the difference is noted down where they have no dates.
const N_LOOKS_WITHOUT_DATES: usize = 50;

/// Why the cards cannot be held against each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChallengerError {
    /// The two cards read the hand-offs from other columns.
    #[error(
        "the two cards do not see the same hand-offs: {n_in_use} by the card in use, {n_challenger} by the challenger\n\
         hint: name the columns for both with --id and --as-of"
    )]
    OtherLeads {
        /// Hand-offs by the card in use.
        n_in_use: usize,
        /// Hand-offs by the challenger.
        n_challenger: usize,
    },
}

/// A challenger and the leads scored with it.
#[derive(Debug, Clone, Copy)]
pub struct Contender<'a> {
    /// The card.
    pub card: &'a Card,
    /// SHA-256 of its file.
    pub sha256: &'a str,
    /// The same leads as those of the card in use.
    pub followed: &'a ScoredNewLeads,
}

/// Chances of one lead by both cards.
#[derive(Debug, Clone, Copy)]
pub(super) struct BothChances {
    pub as_of: Option<i64>,
    pub in_use: f64,
    pub challenger: f64,
    pub has_converted: bool,
}

impl BothChances {
    /// Brier score of the card in use less that of the challenger, and the weight of the lead.
    fn gain(&self) -> (f64, f64) {
        let y = f64::from(u8::from(self.has_converted));
        let (p, q) = (self.in_use, self.challenger);
        let most = (p - q).abs() * (p + q).max(2.0 - p - q);
        let weight = (MOST_OF_ONE_LEAD / most).min(1.0);
        (weight * ((p - y).powi(2) - (q - y).powi(2)), weight)
    }
}

/// Holds a challenger against the card in use.
///
/// - `leads`: of the card in use, in the order of hand-off.
///
/// # Errors
/// [`ChallengerError`] where the cards do not see the same leads.
pub(super) fn challenge(
    in_use: &Card,
    followed: &ScoredNewLeads,
    leads: &[Lead<'_>],
    contender: Contender<'_>,
) -> Result<Challenger, ChallengerError> {
    let theirs = contender.followed;
    if theirs.score.len() != followed.score.len() || theirs.as_of != followed.as_of {
        return Err(ChallengerError::OtherLeads { n_in_use: followed.score.len(), n_challenger: theirs.score.len() });
    }
    let until = in_use.learned_until_us().max(contender.card.learned_until_us());
    let chance = |lead: &Lead<'_>| {
        let worth = contender.card.worth_of(theirs.score[lead.position])?;
        Some(f64::from(worth.probability_bp) / 10_000.0)
    };
    let came_since = |lead: &&Lead<'_>| lead.as_of.is_none() || lead.as_of > until;
    let both: Vec<BothChances> = (leads.iter().filter(came_since))
        .filter_map(|lead| {
            Some(BothChances {
                as_of: lead.as_of,
                in_use: lead.promised(),
                challenger: chance(lead)?,
                has_converted: lead.outcome?,
            })
        })
        .collect();
    let from = &contender.card.provenance;
    let card = MonitoredCard {
        sha256: contender.sha256.to_owned(),
        engine: from.engine.clone(),
        n_leads: from.n_leads,
        n_converted: from.n_converted,
        last_as_of: from.last_as_of.clone(),
    };
    Ok(compare(card, &both))
}

/// Both cards on leads in the order of hand-off.
pub(super) fn compare(card: MonitoredCard, leads: &[BothChances]) -> Challenger {
    let first = leads.first().and_then(|lead| lead.as_of);
    let per_look = leads.len().div_ceil(N_LOOKS_WITHOUT_DATES).max(1);
    let week = |at: usize| {
        let days = leads.get(at).and_then(|lead| Some((lead.as_of? - first?) / US_PER_DAY));
        days.map_or(at / per_look, |days| (days / 7) as usize)
    };
    let mut sequence = ConfidenceSequence::new(MOST_OF_ONE_LEAD, MISSES);
    let mut looks = Vec::new();
    for (at, lead) in leads.iter().enumerate() {
        let (gain, weight) = lead.gain();
        sequence.add(gain, weight);
        let ends_week = at + 1 == leads.len() || week(at + 1) != week(at);
        looks.extend(sequence.mean().filter(|_| ends_week).map(|mean| ChallengerLook {
            day: lead.as_of.map(show_day),
            n_leads: (at + 1) as u64,
            gain: mean.mean,
            low: mean.low,
            high: mean.high,
        }));
    }
    let verdict = looks.last().map_or(ChallengerVerdict::TooClose, ChallengerLook::verdict);
    // Since when it has been so at every look.
    let n_before = looks.iter().rposition(|look| look.verdict() != verdict).map_or(0, |at| at + 1);
    let since = looks.get(n_before).filter(|_| verdict != ChallengerVerdict::TooClose);
    let n = leads.len().max(1) as f64;
    let sum = |of: &dyn Fn(&BothChances) -> f64| leads.iter().map(of).sum::<f64>() + 0.0;
    let brier = |p: f64, lead: &BothChances| (p - f64::from(u8::from(lead.has_converted))).powi(2);
    Challenger {
        card,
        n_leads: leads.len() as u64,
        n_converted: leads.iter().filter(|lead| lead.has_converted).count() as u64,
        n_expected_in_use: sum(&|lead| lead.in_use),
        n_expected_challenger: sum(&|lead| lead.challenger),
        brier_in_use: sum(&|lead| brier(lead.in_use, lead)) / n,
        brier_challenger: sum(&|lead| brier(lead.challenger, lead)) / n,
        n_in_part: leads.iter().filter(|lead| lead.gain().1 < 1.0).count() as u64,
        misses: MISSES,
        since_day: since.and_then(|look| look.day.clone()),
        since_n_leads: since.map(|look| look.n_leads),
        verdict,
        looks,
    }
}

impl ChallengerLook {
    pub(super) fn verdict(&self) -> ChallengerVerdict {
        match self {
            look if look.low > 0.0 => ChallengerVerdict::ChallengerBetter,
            look if look.high < 0.0 => ChallengerVerdict::InUseBetter,
            _ => ChallengerVerdict::TooClose,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::math::logistic;

    fn other_card() -> MonitoredCard {
        MonitoredCard {
            sha256: "cd".to_owned(),
            engine: "bantam".to_owned(),
            n_leads: 1_000,
            n_converted: 150,
            last_as_of: None,
        }
    }

    /// Fifty leads a week for a year. Both cards err in log-odds, each on its own, by so much.
    fn year(errors: [f64; 2], rng: &mut ChaCha8Rng) -> Challenger {
        let leads: Vec<BothChances> = (0..2_600)
            .map(|at: i64| {
                let truth = -1.9 + 2.4 * (rng.random::<f64>() - 0.5);
                let mut chance = |error: f64| logistic(truth + if rng.random() { error } else { -error });
                let (in_use, challenger) = (chance(errors[0]), chance(errors[1]));
                let has_converted = rng.random::<f64>() < logistic(truth);
                let as_of = Some(1_767_225_600_000_000 + at * 7 * US_PER_DAY / 50);
                BothChances { as_of, in_use, challenger, has_converted }
            })
            .collect();
        compare(other_card(), &leads)
    }

    #[test]
    fn two_cards_that_are_as_good_are_hardly_ever_told_apart_in_a_year_of_weekly_looks() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let is_called =
            |found: &Challenger| found.looks.iter().any(|look| look.verdict() != ChallengerVerdict::TooClose);
        // Errors alike and independent, so the difference of the Brier scores is 0 on average.
        let n_called = (0..60).filter(|_| is_called(&year([0.5, 0.5], &mut rng))).count();
        assert!(n_called <= 3, "{n_called} of 60 may be 3");
    }

    #[test]
    fn the_better_card_is_found_and_stays_found() {
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        let found: Vec<Challenger> = (0..20).map(|_| year([1.2, 0.2], &mut rng)).collect();
        let n_better = found.iter().filter(|found| found.verdict == ChallengerVerdict::ChallengerBetter).count();
        assert!(n_better >= 18, "{n_better} of 20");
        let one = found.iter().find(|found| found.since_n_leads.is_some()).expect("a verdict");
        assert!(one.since_day.as_deref().is_some_and(|day| day.starts_with("2026-")), "{:?}", one.since_day);
        assert!(one.brier_challenger < one.brier_in_use && one.looks.len() == 52, "{}", one.looks.len());
        let swapped = year([0.2, 1.2], &mut rng);
        assert_eq!(swapped.verdict, ChallengerVerdict::InUseBetter);
    }

    #[test]
    fn a_lead_on_which_the_cards_are_far_apart_counts_in_part() {
        let far = BothChances { as_of: None, in_use: 0.9, challenger: 0.1, has_converted: false };
        let (gain, weight) = far.gain();
        // 0.8 times 1: the Brier scores are 0.81 and 0.01.
        assert!((weight - 0.3 / 0.8).abs() < 1e-12 && (gain - 0.3).abs() < 1e-12, "{gain} {weight}");
        let near = BothChances { in_use: 0.2, challenger: 0.15, ..far };
        assert!((near.gain().0 - (0.04 - 0.0225)).abs() < 1e-12 && (near.gain().1 - 1.0).abs() < 1e-12);
        let same = BothChances { challenger: 0.2, ..near };
        assert_eq!(same.gain(), (0.0, 1.0));
    }
}
