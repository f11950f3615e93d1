//! Too good: held-out figures that no honest list of leads gives, and the criteria that make them so.
//!
//! In: held-out leads scored by the card, and by the card fitted again without each criterion in turn. Out: [`TooGood`], the suspects
//! with what the card would be without them.
//!
//! Always true: a criterion that the config calls known at hand-off is still named; only when all of those named are known is the card
//! taken at its word.

pub mod record;
mod words;

use record::{Suspect, TooGood};
pub use words::{known_at_hand_off_line, too_good_headline, too_good_sentences};

use super::about::{About, Shown};
use super::questions::{Judged, JudgedCriterion};
use super::{Analysis, Evidence, Found};
use crate::measures::auc_of_points;
use crate::model::fit::FitError;
use crate::notes::Note;
use crate::settings::Settings;

/// AUC of a card that is too good to be true.
const TOO_GOOD: f64 = 0.95;

/// AUC from which on a card that one criterion carries is suspicious.
const GOOD: f64 = 0.9;

/// Share of what the card's AUC has above one half that a criterion takes with it when it carries the card.
const CARRIES: f64 = 0.5;

/// AUC that a criterion has alone, or takes with it, to be named beside the first.
const ALONE: f64 = 0.9;
const TAKES: f64 = 0.02;

/// Most suspects named.
const MAX_SUSPECTS: usize = 3;

/// A card that is too good to be true.
pub struct TooGoodCard;

impl Analysis for TooGoodCard {
    type Record = TooGood;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { setup, fitted, held_out, .. } = evidence;
        if held_out.quality.auc < GOOD {
            return Ok(Found::NOTHING);
        }
        // A card so small that nothing can be fitted without a criterion is judged as it is.
        let judged = evidence.refits.judged(setup, fitted).map(|(judged, _)| judged);
        let found = too_good(held_out.quality.auc, judged.unwrap_or(&Judged::default()), setup.settings);
        let Some(found) = found else { return Ok(Found::NOTHING) };
        let notes = too_good_sentences(&found).into_iter().map(|text| Note::new("too_good", text)).collect();
        Ok(Found { record: Some(found), notes })
    }
}

/// It stands in the first lines of summary and page, not in a part of its own.
pub(crate) fn shown(_: &TooGood, _: &About<'_>) -> Option<Shown> {
    None
}

/// The suspects of a card with this AUC; `None` where it can be true.
fn too_good(auc: f64, judged: &Judged, settings: &Settings) -> Option<TooGood> {
    let mut suspects: Vec<Suspect> =
        judged.criteria.iter().filter_map(|criterion| suspect(criterion, judged, settings)).collect();
    // What nobody misses, because another criterion says the same, goes by what it says alone.
    let weight = |suspect: &Suspect| (suspect.takes.max(TAKES / 2.0), suspect.auc_alone);
    suspects.sort_by(|a, b| {
        let (a_weight, b_weight) = (weight(a), weight(b));
        b_weight.0.total_cmp(&a_weight.0).then(b_weight.1.total_cmp(&a_weight.1)).then(a.criterion.cmp(&b.criterion))
    });
    let is_carried = suspects.first().is_some_and(|first| first.takes >= CARRIES * (auc - 0.5));
    if auc < TOO_GOOD && !is_carried {
        return None;
    }
    let n_named = suspects.iter().take_while(|suspect| suspect.takes >= TAKES || suspect.auc_alone >= ALONE).count();
    suspects.truncate(n_named.clamp(1, MAX_SUSPECTS));
    let is_confirmed = suspects.iter().all(|suspect| suspect.is_known) && !suspects.is_empty();
    Some(TooGood { auc, is_confirmed, suspects })
}

fn suspect(criterion: &JudgedCriterion, judged: &Judged, settings: &Settings) -> Option<Suspect> {
    let auc_with = auc_of_points(&judged.with, &judged.converted)?;
    let auc_without = auc_of_points(&criterion.without, &judged.converted)?;
    let own: Vec<i32> = criterion.answers.iter().map(|answer| answer.unwrap_or(0)).collect();
    let wish = settings.criteria.iter().find(|wish| wish.name == criterion.name);
    let column = wish.and_then(|wish| wish.column()).unwrap_or(&criterion.name);
    let known = &settings.leads.known_at_hand_off;
    Some(Suspect {
        criterion: criterion.name.clone(),
        auc_without,
        auc_alone: auc_of_points(&own, &judged.converted)?,
        takes: auc_with - auc_without,
        is_known: known.iter().any(|known| *known == criterion.name || known == column),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Config;

    /// A thousand leads, every fourth converts; each criterion agrees with the outcome in so many of a hundred cases.
    fn judged(criteria: &[(&str, usize)]) -> Judged {
        let n = 1000;
        let converted: Vec<bool> = (0..n).map(|lead| lead % 4 == 0).collect();
        let points = |seed: usize, percent: usize| -> Vec<i32> {
            let says_yes = |lead: usize| lead.is_multiple_of(4) == ((lead * 7919 + seed * 131) % 1009 % 100 < percent);
            (0..n).map(|lead| if says_yes(lead) { percent as i32 - 50 } else { 0 }).collect()
        };
        let own: Vec<Vec<i32>> =
            criteria.iter().enumerate().map(|(seed, &(_, percent))| points(seed, percent)).collect();
        let sum = |without: Option<usize>| -> Vec<i32> {
            (0..n).map(|lead| (0..own.len()).filter(|&at| Some(at) != without).map(|at| own[at][lead]).sum()).collect()
        };
        let criterion = |(at, &(name, _)): (usize, &(&str, usize))| JudgedCriterion {
            name: name.to_owned(),
            without: sum(Some(at)),
            answers: own[at].iter().map(|&points| Some(points)).collect(),
            ..JudgedCriterion::default()
        };
        Judged {
            converted,
            with: sum(None),
            criteria: criteria.iter().enumerate().map(criterion).collect(),
            path: Vec::new(),
        }
    }

    fn found(auc: f64, criteria: &[(&str, usize)], known: &[&str]) -> Option<TooGood> {
        let mut config = Config::default();
        config.leads.known_at_hand_off = known.iter().map(|&name| name.to_owned()).collect();
        too_good(auc, &judged(criteria), &config.unchecked())
    }

    #[test]
    fn the_criterion_that_makes_it_too_good_is_named_first_until_it_is_known() {
        let criteria = [("size", 65), ("accepted", 97), ("budget", 70)];
        let first = found(0.974, &criteria, &[]).expect("too good");
        assert_eq!(first.suspects[0].criterion, "accepted");
        assert!(first.suspects[0].auc_without < 0.85 && !first.is_confirmed, "{first:?}");
        let names: Vec<&str> = first.suspects.iter().map(|suspect| suspect.criterion.as_str()).collect();
        assert!(found(0.974, &criteria, &names).is_some_and(|known| known.is_confirmed));
    }

    #[test]
    fn a_strong_card_that_no_criterion_carries_alone_is_true() {
        assert_eq!(found(0.92, &[("a", 75), ("b", 75), ("c", 75), ("d", 75)], &[]), None);
        let carried = found(0.92, &[("call", 95), ("size", 52)], &[]).expect("one criterion is all there is");
        assert_eq!(carried.suspects[0].criterion, "call");
    }

    #[test]
    fn two_leaks_that_say_the_same_are_both_named() {
        let twins = found(0.99, &[("won_at", 98), ("invoice", 98), ("size", 60)], &[]).expect("too good");
        assert_eq!(twins.suspects.len(), 2, "{twins:?}");
    }
}
