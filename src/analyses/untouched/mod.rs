//! Coverage: whom sales touched, and what leads nobody touched leave open.
//!
//! In: judged leads, and untouched ones scored by cards that had not seen them. Out: share touched by score, what each threshold
//! would bring if untouched leads convert at half or twice the odds of touched ones, and how many random hand-offs would say.
//!
//! Start at [`measure`]. `odds` has the band, `hand_offs` the number of hand-offs.
//!
//! Always true: nothing is imputed: the band says what would be if, and no other figure of a run rests on untouched leads.

mod hand_offs;
mod odds;
mod page;
pub mod record;
mod words;

use std::collections::BTreeMap;

pub use hand_offs::{USEFUL_FACTOR, random_hand_offs};
pub use odds::{at_odds, odds_bands};
pub(crate) use page::shown;

use super::{Analysis, Evidence, Found};
use crate::analyses::untouched::record::{CoverageRow, RandomHandOffs, UntouchedMetrics, UntouchedPolicy};
use crate::decide::frontier::{Frontier, FrontierRow, Resolved};
use crate::measures::wilson;
use crate::model::fit::FitError;
use crate::notes::{Note, count, counted};

/// An untouched lead: what a card that had not seen it makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UntouchedLead {
    /// Points, on the scale of the shipped card.
    pub score: i32,
    /// Chance of conversion of touched leads with that score, `0.0..=1.0`.
    pub probability: f64,
}

/// Leads that sales never touched.
pub struct Untouched;

impl Analysis for Untouched {
    type Record = UntouchedMetrics;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { setup, held_out, decision, .. } = evidence;
        let first_open = (setup.leads.n_leads() + setup.unlabelled.n_untouched) as u32;
        let mut untouched = Vec::new();
        for ((fold, scores), curve) in setup.plan.folds.iter().zip(&held_out.scores).zip(&held_out.curves.of_fold) {
            for (&lead, &score) in fold.unlabelled.iter().zip(&scores.unlabelled) {
                if lead < first_open {
                    untouched.push(UntouchedLead { score, probability: curve.probability(f64::from(score)) });
                }
            }
        }
        Ok(measure(&held_out.out_of_fold.score, &untouched, &decision.frontier, &decision.resolved).into())
    }
}

/// Ranges of scores with about the same number of leads.
const N_RANGES: u64 = 10;

/// Share touched below which next to nothing is known of a range.
const THIN_SHARE: f64 = 0.05;

/// Fewest leads in a range that is worth a warning; a twentieth of them is one lead.
const MIN_WARNED_LEADS: u64 = 20;

/// Everything that is said of untouched leads; `None` where there are none.
///
/// - `touched`: scores of the judged leads; `untouched`: those handed off in the same time.
pub fn measure(
    touched: &[i32],
    untouched: &[UntouchedLead],
    frontier: &Frontier,
    policies: &[Resolved],
) -> Option<(UntouchedMetrics, Vec<Note>)> {
    if untouched.is_empty() {
        return None;
    }
    let coverage = coverage_by_score(touched, untouched);
    let thresholds = odds_bands(&frontier.rows, untouched);
    let n_units = frontier.n_units().max(f64::MIN_POSITIVE);
    let policies = policies
        .iter()
        .filter(|policy| policy.groups.is_empty())
        .map(|policy| at_line(policy, frontier, untouched, n_units))
        .collect();
    let notes = thin_note(&coverage).into_iter().collect();
    let metrics = UntouchedMetrics {
        n_untouched: untouched.len() as u64,
        n_touched: touched.len() as u64,
        coverage,
        thresholds,
        policies,
    };
    Some((metrics, notes))
}

fn at_line(policy: &Resolved, frontier: &Frontier, untouched: &[UntouchedLead], n_units: f64) -> UntouchedPolicy {
    let chosen = frontier.at_least(policy.threshold);
    let row = FrontierRow { threshold: policy.threshold, chosen };
    let band = odds_bands(&[row], untouched).first().copied().unwrap_or_default();
    let wins_at = |factor: f64| {
        let above = untouched.iter().filter(|lead| lead.score >= policy.threshold);
        above.map(|lead| at_odds(lead.probability, factor)).sum::<f64>() / n_units
    };
    let below: Vec<f64> =
        untouched.iter().filter(|lead| lead.score < policy.threshold).map(|lead| lead.probability).collect();
    let hand_offs = random_hand_offs(&below, USEFUL_FACTOR).map(|(n_leads, n_wins)| RandomHandOffs {
        n_leads,
        n_wins,
        available_per: below.len() as f64 / n_units,
        factor: USEFUL_FACTOR,
    });
    UntouchedPolicy {
        policy: policy.name.clone(),
        touched_per: band.n_touched as f64 / n_units,
        untouched_per: band.n_untouched as f64 / n_units,
        band,
        wins_at_half_odds: wins_at(0.5),
        wins_at_same_odds: wins_at(1.0),
        wins_at_double_odds: wins_at(2.0),
        random_hand_offs: hand_offs,
    }
}

/// Share touched in ranges of scores that hold about a tenth of the leads each, lowest first.
pub fn coverage_by_score(touched: &[i32], untouched: &[UntouchedLead]) -> Vec<CoverageRow> {
    let mut counts = BTreeMap::<i32, (u64, u64)>::new();
    touched.iter().for_each(|&score| counts.entry(score).or_default().0 += 1);
    untouched.iter().for_each(|lead| counts.entry(lead.score).or_default().1 += 1);
    let n_leads = (touched.len() + untouched.len()) as u64;
    let per_range = n_leads.div_ceil(N_RANGES);
    let mut rows: Vec<CoverageRow> = Vec::new();
    for (score, (n_touched, n_untouched)) in counts {
        match rows.last_mut() {
            Some(row) if row.n_leads < per_range => {
                row.score_to = score;
                row.n_leads += n_touched + n_untouched;
                row.n_touched += n_touched;
            }
            _ => rows.push(CoverageRow {
                score_from: score,
                score_to: score,
                n_leads: n_touched + n_untouched,
                n_touched,
                ..CoverageRow::default()
            }),
        }
    }
    for row in &mut rows {
        let interval = wilson(row.n_touched as f64, row.n_leads as f64);
        (row.low, row.high) = (interval.low, interval.high);
        row.is_thin = row.n_leads >= MIN_WARNED_LEADS && (row.n_touched as f64) < THIN_SHARE * row.n_leads as f64;
    }
    rows
}

/// One note for all ranges of which next to nothing is known.
fn thin_note(coverage: &[CoverageRow]) -> Option<Note> {
    let thin: Vec<&CoverageRow> = coverage.iter().filter(|row| row.is_thin).collect();
    let n_leads: u64 = thin.iter().map(|row| row.n_leads).sum();
    let n_touched: u64 = thin.iter().map(|row| row.n_touched).sum();
    let ranges: Vec<String> = thin.iter().map(|row| format!("{} to {}", row.score_from, row.score_to)).collect();
    (!thin.is_empty()).then(|| {
        let text = format!(
            "of the {} with {} points sales touched {}: what such leads would do is a guess, whatever the curve says",
            counted(n_leads, "lead"),
            crate::notes::in_words(&ranges, "or"),
            count(n_touched)
        );
        Note::new("coverage", text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::Histogram;
    use crate::decide::frontier::testing::judged;

    fn untouched(scores: &[i32]) -> Vec<UntouchedLead> {
        scores.iter().map(|&score| UntouchedLead { score, probability: f64::from(score) / 100.0 }).collect()
    }

    #[test]
    fn every_lead_is_in_one_range_and_thin_ranges_are_warned_of() {
        // Scores 0 to 99 twice; below 30 only one lead in fifty was touched.
        let touched: Vec<i32> = (0..200).map(|at| at / 2).filter(|&score| score >= 30 || score == 7).collect();
        let others: Vec<i32> = (0..400).map(|at| at / 4).filter(|&score| score < 30).collect();
        let rows = coverage_by_score(&touched, &untouched(&others));
        assert_eq!(rows.iter().map(|row| row.n_leads).sum::<u64>(), (touched.len() + others.len()) as u64);
        assert!(rows.windows(2).all(|pair| pair[0].score_to < pair[1].score_from));
        let thin: Vec<(i32, i32)> =
            rows.iter().filter(|row| row.is_thin).map(|row| (row.score_from, row.score_to)).collect();
        assert_eq!(thin, [(0, 6), (14, 20), (21, 27)], "{rows:?}");
        let note = thin_note(&rows).expect("three ranges");
        assert!(
            note.text.starts_with("of the 84 leads with 0 to 6, 14 to 20 or 21 to 27 points sales touched 0:"),
            "{}",
            note.text
        );
    }

    #[test]
    fn without_untouched_leads_nothing_is_said() {
        let leads = judged(&[1, 2], &[0.1; 2], &[false, true]);
        let frontier = Frontier::like(&Histogram::count(&leads, None, None).expect("no dates"));
        assert_eq!(measure(&[1, 2], &[], &frontier, &[]), None);
        let (metrics, notes) = measure(&[1, 2], &untouched(&[2, 0]), &frontier, &[]).expect("two");
        assert_eq!((metrics.n_touched, metrics.n_untouched, metrics.thresholds.len()), (2, 2, 2));
        assert_eq!(notes, []);
    }
}
