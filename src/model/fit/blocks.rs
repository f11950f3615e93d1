//! Blocks of leads: what their codes are worth, and sums by bin. Every pass over the leads of a fit is made of these two.
//!
//! Always true: blocks are the same whatever the number of cores, and so is the order in which a block adds up.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::bins::Codes;

/// Leads per block: their running log-odds stay within the first cache of a core.
const BLOCK: usize = 4096;

/// Leads that are added to sums of their own: two leads of the same place need not wait for each other.
const LANES: usize = 4;

/// The blocks of so many leads.
pub(super) fn blocks_of(n_leads: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    (0..n_leads.div_ceil(BLOCK)).into_par_iter().map(move |block| block * BLOCK..((block + 1) * BLOCK).min(n_leads))
}

/// Codes of one block of leads.
pub(super) struct Block<'a> {
    columns: Vec<&'a [u8]>,
    /// First coefficient of each column, and the total at the end.
    offsets: &'a [usize],
}

impl<'a> Block<'a> {
    /// - `offsets`: those of the codes.
    pub(super) fn of(codes: &'a Codes, offsets: &'a [usize], leads: Range<usize>) -> Self {
        Self { columns: codes.columns.iter().map(|column| &column[leads.clone()]).collect(), offsets }
    }

    /// Adds to each lead what its codes are worth.
    ///
    /// - `worth`: of each bin, shape `(n_coefficients,)`.
    pub(super) fn add_worth(&self, worth: &[f64], leads: &mut [f64]) {
        let own: Vec<&[f64]> = self.offsets.windows(2).map(|ends| &worth[ends[0]..ends[1]]).collect();
        let (fours, rest) = self.columns.as_chunks::<4>();
        let (worths, worths_of_rest) = own.as_chunks::<4>();
        // Four columns at once, so that a lead's sum is fetched and put back a fourth as often.
        for ([a, b, c, d], [of_a, of_b, of_c, of_d]) in fours.iter().zip(worths) {
            for ((((lead, a), b), c), d) in leads.iter_mut().zip(*a).zip(*b).zip(*c).zip(*d) {
                let one = of_a[usize::from(*a)] + of_b[usize::from(*b)];
                let other = of_c[usize::from(*c)] + of_d[usize::from(*d)];
                *lead += one + other;
            }
        }
        for (column, worth) in rest.iter().zip(worths_of_rest) {
            leads.iter_mut().zip(*column).for_each(|(lead, code)| *lead += worth[usize::from(*code)]);
        }
    }

    /// Adds the values of the leads to the sums of their bins, shape `(n_coefficients,)`.
    pub(super) fn add_sums(&self, values: &[f64], sums: &mut [f64]) {
        for (column, ends) in self.columns.iter().zip(self.offsets.windows(2)) {
            let own = &mut sums[ends[0]..ends[1]];
            let of_column = sums_by_place(own.len(), values, |lead| usize::from(column[lead]));
            own.iter_mut().zip(of_column).for_each(|(sum, more)| *sum += more);
        }
    }
}

/// Sums of the leads' values by place.
///
/// - `place_of`: the place of a lead, below `n_places`.
pub(super) fn sums_by_place(
    n_places: usize,
    values: &[f64],
    place_of: impl Fn(usize) -> usize,
) -> impl Iterator<Item = f64> {
    let mut lanes = vec![[0.0; LANES]; n_places];
    let (fours, left) = values.as_chunks::<LANES>();
    for (four, values) in fours.iter().enumerate() {
        for lane in 0..LANES {
            lanes[place_of(LANES * four + lane)][lane] += values[lane];
        }
    }
    for (lead, value) in (LANES * fours.len()..).zip(left) {
        lanes[place_of(lead)][0] += value;
    }
    lanes.into_iter().map(|[a, b, c, d]| (a + b) + (c + d))
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_block_adds_up_as_one_lead_after_the_other() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let n_bins: Vec<usize> = vec![3, 7, 2, 5, 255, 4, 9];
        let n_leads = BLOCK + 39;
        let columns: Vec<Vec<u8>> =
            n_bins.iter().map(|&n| (0..n_leads).map(|_| rng.random_range(0..n as u8)).collect()).collect();
        let codes = Codes { columns, n_bins, n_leads };
        let offsets = codes.offsets();
        // Small whole numbers add up to the same in any order.
        let worth: Vec<f64> = (0..offsets[7]).map(|_| f64::from(rng.random_range(-50..50))).collect();
        let values: Vec<f64> = (0..n_leads).map(|_| f64::from(rng.random_range(-50..50))).collect();
        let mut sums = vec![0.0; worth.len()];
        let blocks: Vec<Range<usize>> = blocks_of(n_leads).collect();
        assert_eq!(blocks.len(), 2);
        for leads in blocks {
            let block = Block::of(&codes, &offsets, leads.clone());
            let mut log_odds = vec![1.0; leads.len()];
            block.add_worth(&worth, &mut log_odds);
            block.add_sums(&values[leads.clone()], &mut sums);
            for (at, lead) in leads.enumerate() {
                let of_code = |(column, offset): (&Vec<u8>, &usize)| worth[offset + usize::from(column[lead])];
                assert_eq!(log_odds[at], 1.0 + codes.columns.iter().zip(&offsets).map(of_code).sum::<f64>());
            }
        }
        for (column, ends) in codes.columns.iter().zip(offsets.windows(2)) {
            for (bin, sum) in sums[ends[0]..ends[1]].iter().enumerate() {
                let of_bin = |(code, value): (&u8, &f64)| if usize::from(*code) == bin { *value } else { 0.0 };
                assert_eq!(*sum, column.iter().zip(&values).map(of_bin).sum::<f64>());
            }
        }
    }
}
