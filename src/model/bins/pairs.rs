//! Pairs: two criteria as one more column of codes, one code per cell of a coarse grid over their bins.
//!
//! Always true: code 0 is a lead of which either answer is missing; codes from 1 on are cells, the one that speaks most against a
//! conversion first, so that cells of equal points lie side by side.

use super::CriterionBins;

/// A grid over the bins of two criteria.
#[derive(Debug, Clone, PartialEq)]
pub struct PairBins {
    /// Positions of the criteria among those of the plan: rows, then columns.
    pub of: [usize; 2],
    /// Where the bins of both lie.
    pub axes: [PairAxis; 2],
    /// Code of each cell, row by row.
    pub code_of_cell: Vec<u8>,
    /// Variance of the weights of its cells, log-odds squared.
    pub variance: f64,
}

/// The bins of a criterion in a few parts.
#[derive(Debug, Clone, PartialEq)]
pub struct PairAxis {
    /// Part of each bin; that of bin 0, missing, is `NO_PART`.
    pub part_of_bin: Vec<u8>,
    /// Number of parts.
    pub n_parts: usize,
}

/// Stands for the part of a missing answer.
pub const NO_PART: u8 = u8::MAX;

impl PairAxis {
    /// The part of a bin, `None` for a missing answer.
    pub fn part(&self, bin: usize) -> Option<usize> {
        self.part_of_bin.get(bin).copied().filter(|&part| part != NO_PART).map(usize::from)
    }

    /// The bins of each part, ascending.
    pub fn bins_of_parts(&self) -> Vec<Vec<usize>> {
        let mut bins = vec![Vec::new(); self.n_parts];
        (0..self.part_of_bin.len()).for_each(|bin| self.part(bin).into_iter().for_each(|part| bins[part].push(bin)));
        bins
    }
}

impl PairBins {
    /// Number of codes: the cells, and 0 for a missing answer.
    pub fn n_bins(&self) -> usize {
        self.code_of_cell.len() + 1
    }

    /// The code of a lead with these bins of the two criteria.
    pub fn code(&self, bins: [usize; 2]) -> u8 {
        let [rows, columns] = &self.axes;
        match (rows.part(bins[0]), columns.part(bins[1])) {
            (Some(row), Some(column)) => self.code_of_cell[row * columns.n_parts + column],
            _ => 0,
        }
    }

    /// Codes of leads.
    ///
    /// - `codes`: of the two criteria.
    pub fn encode(&self, [rows, columns]: [&[u8]; 2]) -> Vec<u8> {
        let width = self.axes[1].part_of_bin.len();
        let n_cells = self.axes[0].part_of_bin.len() * width;
        let table: Vec<u8> = (0..n_cells).map(|cell| self.code([cell / width, cell % width])).collect();
        rows.iter().zip(columns).map(|(&row, &column)| table[usize::from(row) * width + usize::from(column)]).collect()
    }
}

impl CriterionBins {
    /// Whether a pair may look at it: its bins have something to tell apart, and it is no segment, which has weights of its own.
    pub fn can_pair(&self) -> bool {
        self.n_bins() > 2 && !self.is_partially_pooled
    }
}
