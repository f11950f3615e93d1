//! The odds band: what thresholds would bring if untouched leads convert better or worse than touched ones of the same score.

use super::UntouchedLead;
use crate::analyses::untouched::record::OddsBand;
use crate::decide::frontier::FrontierRow;

/// Probability at `factor` times the odds of `probability`: `f p / (1 - p + f p)`.
pub fn at_odds(probability: f64, factor: f64) -> f64 {
    factor * probability / (1.0 - probability + factor * probability)
}

/// Conversion at each threshold over touched and untouched leads together. Touched leads did what they did; untouched ones
/// convert at half, the same or twice the odds of touched leads with their score.
///
/// - `rows`: what touched leads did, lowest threshold first.
///
/// # Source
/// A fixed odds ratio between those who were observed and those who were not is the sensitivity parameter of Rotnitzky, Robins
/// and Scharfstein (1998), *JASA* 93, 1321-1339.
pub fn odds_bands(rows: &[FrontierRow], untouched: &[UntouchedLead]) -> Vec<OddsBand> {
    let mut by_score: Vec<UntouchedLead> = untouched.to_vec();
    by_score.sort_by(|a, b| b.score.cmp(&a.score).then(b.probability.total_cmp(&a.probability)));
    let mut above = by_score.iter().peekable();
    let (mut n_untouched, mut wins) = (0_u64, [0.0; 3]);
    let mut bands: Vec<OddsBand> = (rows.iter().rev())
        .map(|row| {
            while let Some(lead) = above.next_if(|lead| lead.score >= row.threshold) {
                n_untouched += 1;
                for (sum, factor) in wins.iter_mut().zip([0.5, 1.0, 2.0]) {
                    *sum += at_odds(lead.probability, factor);
                }
            }
            let n_leads = row.chosen.n_leads + n_untouched as f64;
            let conversion = |wins: f64| if n_leads > 0.0 { (row.chosen.n_wins + wins) / n_leads } else { 0.0 };
            OddsBand {
                threshold: row.threshold,
                n_touched: row.chosen.n_leads.round() as u64,
                n_wins: row.chosen.n_wins.round() as u64,
                n_untouched,
                conversion_at_half_odds: conversion(wins[0]),
                conversion_at_same_odds: conversion(wins[1]),
                conversion_at_double_odds: conversion(wins[2]),
            }
        })
        .collect();
    bands.reverse();
    bands
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decide::frontier::testing::judged;
    use crate::decide::frontier::{Frontier, Histogram};

    #[test]
    fn twice_the_odds_of_one_in_three_is_one_in_two() {
        assert!((at_odds(1.0 / 3.0, 2.0) - 0.5).abs() < 1e-12);
        assert!((at_odds(0.5, 0.5) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!([at_odds(0.0, 2.0), at_odds(1.0, 0.5)], [0.0, 1.0]);
    }

    #[test]
    fn a_band_small_enough_for_paper() {
        // Touched: 9 points won, 9 lost, 4 lost. Untouched: 9 points with a chance of 1/3, 5 with 1/5.
        let leads = judged(&[9, 9, 4], &[0.3; 3], &[true, false, false]);
        let frontier = Frontier::like(&Histogram::count(&leads, None, None).expect("no dates"));
        let untouched =
            [UntouchedLead { score: 5, probability: 0.2 }, UntouchedLead { score: 9, probability: 1.0 / 3.0 }];
        let bands = odds_bands(&frontier.rows, &untouched);
        let counts: Vec<_> = bands.iter().map(|b| (b.threshold, b.n_touched, b.n_wins, b.n_untouched)).collect();
        assert_eq!(counts, [(4, 3, 1, 2), (9, 2, 1, 1)]);
        assert!((bands[1].conversion_at_double_odds - 1.5 / 3.0).abs() < 1e-12);
        assert!((bands[1].conversion_at_half_odds - 1.2 / 3.0).abs() < 1e-12);
        // 1/5 is odds of 1 to 4; at half of them 1 in 9, at twice 1 in 3.
        assert!((bands[0].conversion_at_half_odds - (1.2 + 1.0 / 9.0) / 5.0).abs() < 1e-12);
        assert!((bands[0].conversion_at_double_odds - (1.5 + 1.0 / 3.0) / 5.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_same_odds_lie_between_half_and_twice(p in 0.0..1.0_f64) {
            prop_assert!(at_odds(p, 0.5) <= p + 1e-12 && p <= at_odds(p, 2.0) + 1e-12);
            prop_assert!((at_odds(at_odds(p, 2.0), 0.5) - p).abs() < 1e-9);
        }
    }
}
