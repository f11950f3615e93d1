//! Scores of leads on one card or several, and how many leads have which.
//!
//! Always true: a lead's codes are read once for all cards; sums run over fixed blocks of leads, added in order, so that any number of cores
//! gives the same bytes.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::bins::Codes;
use crate::model::fit::loss::Observed;

/// Leads with one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ScoreWeight {
    /// The score.
    pub score: f64,
    /// Leads, by weight.
    pub n: f64,
    /// Conversions among them.
    pub converted: f64,
}

/// Leads scored together: their running scores stay within the first cache of a core.
const BLOCK: usize = 4096;

/// Leads counted together: their counts by score are few beside them.
const PART: usize = 16 * BLOCK;

/// Cards scored together: those of a fold at every price per row, as it is and twice as fine.
const LANES: usize = 12;

/// Scores of leads on each card.
///
/// - `cards`: points per bin, shape `(n_coefficients,)` each.
/// - returns: per card the score of every lead.
pub fn scores_on(cards: &[&[i32]], codes: &Codes) -> Vec<Vec<i32>> {
    cards
        .chunks(LANES)
        .flat_map(|cards| if cards.len() == 1 { some::<1>(cards, codes) } else { some::<LANES>(cards, codes) })
        .collect()
}

/// Scores on at most `L` cards.
fn some<const L: usize>(cards: &[&[i32]], codes: &Codes) -> Vec<Vec<i32>> {
    let together = Together::<L>::of(cards, codes);
    let blocks: Vec<Vec<[i32; L]>> = parts_of(codes.n_leads, BLOCK).map(|block| together.scores(block)).collect();
    let of_card = |at: usize| blocks.iter().flatten().map(|scores| scores[at]).collect();
    (0..cards.len()).map(of_card).collect()
}

/// Leads of a fit by their score on each card, every score between the lowest and the highest that its points can give.
pub(super) fn count_scores(cards: &[&[i32]], observed: &Observed<'_>) -> Vec<Vec<ScoreWeight>> {
    let count = |cards: &[&[i32]]| {
        if cards.len() == 1 { count_some::<1>(cards, observed) } else { count_some::<LANES>(cards, observed) }
    };
    cards.chunks(LANES).flat_map(count).collect()
}

fn count_some<const L: usize>(cards: &[&[i32]], observed: &Observed<'_>) -> Vec<Vec<ScoreWeight>> {
    let codes = observed.codes;
    let together = Together::<L>::of(cards, codes);
    let ranges: Vec<(i32, i32)> = cards.iter().map(|points| range_of(points, codes)).collect();
    let empty: Vec<Vec<ScoreWeight>> = (ranges.iter())
        .map(|&(lowest, highest)| {
            (lowest..=highest).map(|score| ScoreWeight { score: f64::from(score), n: 0.0, converted: 0.0 }).collect()
        })
        .collect();
    let parts: Vec<Vec<Vec<ScoreWeight>>> = parts_of(codes.n_leads, PART)
        .map(|part| {
            let mut counts = empty.clone();
            for first in part.clone().step_by(BLOCK) {
                let block = first..(first + BLOCK).min(part.end);
                for (lead, scores) in block.clone().zip(together.scores(block)) {
                    let weight = observed.weight_of(lead);
                    let converted = weight * observed.outcome[lead];
                    for ((counts, (lowest, _)), score) in counts.iter_mut().zip(&ranges).zip(scores) {
                        let count = &mut counts[(score - lowest) as usize];
                        count.n += weight;
                        count.converted += converted;
                    }
                }
            }
            counts
        })
        .collect();
    parts.into_iter().fold(empty, |mut total, part| {
        for (total, part) in total.iter_mut().flatten().zip(part.iter().flatten()) {
            total.n += part.n;
            total.converted += part.converted;
        }
        total
    })
}

/// The lowest and the highest sum of points, one bin per criterion.
fn range_of(points: &[i32], codes: &Codes) -> (i32, i32) {
    let offsets = codes.offsets();
    offsets.windows(2).fold((0, 0), |(lowest, highest), ends| {
        let own = || points[ends[0]..ends[1]].iter().copied();
        (lowest + own().min().unwrap_or(0), highest + own().max().unwrap_or(0))
    })
}

fn parts_of(n_leads: usize, size: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    (0..n_leads.div_ceil(size)).into_par_iter().map(move |part| part * size..((part + 1) * size).min(n_leads))
}

/// Cards side by side.
struct Together<'a, const L: usize> {
    codes: &'a Codes,
    offsets: Vec<usize>,
    /// Per bin its points on every card, 0 where there are fewer cards.
    points: Vec<[i32; L]>,
}

impl<'a, const L: usize> Together<'a, L> {
    fn of(cards: &[&[i32]], codes: &'a Codes) -> Self {
        let offsets = codes.offsets();
        let n_coefficients = offsets.last().copied().unwrap_or(0);
        let of_bin = |k: usize| std::array::from_fn(|at| cards.get(at).map_or(0, |points| points[k]));
        Self { codes, offsets, points: (0..n_coefficients).map(of_bin).collect() }
    }

    /// Scores of the leads of a block.
    fn scores(&self, block: Range<usize>) -> Vec<[i32; L]> {
        let mut scores = vec![[0; L]; block.len()];
        for (column, &offset) in self.codes.columns.iter().zip(&self.offsets) {
            let points = &self.points[offset..];
            for (scores, &code) in scores.iter_mut().zip(&column[block.clone()]) {
                let of_bin = &points[usize::from(code)];
                scores.iter_mut().zip(of_bin).for_each(|(score, points)| *score += points);
            }
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn many_cards_at_once_score_as_one_card_and_one_lead_at_a_time() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let n_bins = vec![5, 3, 7];
        let n_leads = 2 * PART + 77;
        let columns = n_bins.iter().map(|&n| (0..n_leads).map(|_| rng.random_range(0..n as u8)).collect()).collect();
        let codes = Codes { columns, n_bins, n_leads };
        let cards: Vec<Vec<i32>> = (0..11).map(|_| (0..15).map(|_| rng.random_range(-20..20)).collect()).collect();
        let cards: Vec<&[i32]> = cards.iter().map(Vec::as_slice).collect();
        let score = |points: &[i32], lead: usize| -> i32 {
            let code = |(column, offset): (&Vec<u8>, usize)| points[offset + usize::from(column[lead])];
            codes.columns.iter().zip([0, 5, 8]).map(code).sum()
        };
        let scores = scores_on(&cards, &codes);
        let outcome: Vec<f64> = (0..n_leads).map(|lead| f64::from(u8::from(lead % 5 == 0))).collect();
        let counts = count_scores(&cards, &Observed { codes: &codes, outcome: &outcome, weight: None });
        assert_eq!((scores.len(), counts.len()), (11, 11));
        for ((points, scores), counts) in cards.iter().zip(&scores).zip(&counts) {
            let expected: Vec<i32> = (0..n_leads).map(|lead| score(points, lead)).collect();
            assert_eq!(*scores, expected);
            for count in counts {
                let of_score = || (0..n_leads).filter(|&lead| f64::from(expected[lead]) == count.score);
                assert_eq!(count.n, of_score().count() as f64);
                assert_eq!(count.converted, of_score().map(|lead| outcome[lead]).sum::<f64>());
            }
        }
    }
}
