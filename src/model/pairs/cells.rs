//! Cells: what a fit leaves over, summed by the bins of two criteria.

use super::Residuals;

/// Sums over the leads of each two bins, row by row; missing answers are left out, so row 0 is bin 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResidualCells {
    pub(super) n_rows: usize,
    pub(super) n_columns: usize,
    pub(super) left_over: Vec<f64>,
    pub(super) curvature: Vec<f64>,
}

/// What is left over in a cell, and its curvature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) left_over: f64,
    pub(super) curvature: f64,
}

/// Which bins come first on either axis: positions of rows, positions of columns.
pub(super) type Order = [Vec<usize>; 2];

/// Rounds of taking out what rows say, then columns; what a third would find no cut could see.
const N_ROUNDS: usize = 3;

/// Rounds of the search for an order; the first already tells most.
const N_ORDER_ROUNDS: usize = 8;

/// Curvature that counts for no difference between answers: a level of few leads stays in the middle of the order.
const ORDER_PRIOR: f64 = 4.0;

impl ResidualCells {
    /// - `codes`: of two criteria, each with its number of bins.
    pub(super) fn count(residuals: &Residuals, [rows, columns]: [(&[u8], usize); 2]) -> Self {
        let width = columns.1;
        let (mut left_over, mut curvature) = (vec![0.0; rows.1 * width], vec![0.0; rows.1 * width]);
        for (lead, (&row, &column)) in rows.0.iter().zip(columns.0).enumerate() {
            let cell = usize::from(row) * width + usize::from(column);
            left_over[cell] += residuals.left_over[lead];
            curvature[cell] += residuals.curvature[lead];
        }
        let without_missing = |sums: &[f64]| -> Vec<f64> {
            (1..rows.1).flat_map(|row| sums[row * width + 1..(row + 1) * width].iter().copied()).collect()
        };
        Self {
            n_rows: rows.1.saturating_sub(1),
            n_columns: width.saturating_sub(1),
            left_over: without_missing(&left_over),
            curvature: without_missing(&curvature),
        }
    }

    fn column(&self, column: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let width = self.n_columns;
        (0..self.n_rows).map(move |row| row * width + column)
    }

    fn row(&self, row: usize) -> std::ops::Range<usize> {
        row * self.n_columns..(row + 1) * self.n_columns
    }

    /// Takes out what either criterion says on its own: afterwards no row and no column has anything left over.
    ///
    /// # Source
    /// Purified interactions: Lengerich et al. (2020), *AISTATS*; here on the score of a logistic fit, weighted by curvature.
    pub(super) fn take_out_margins(&mut self) {
        for _ in 0..N_ROUNDS {
            for row in 0..self.n_rows {
                self.take_out(self.row(row));
            }
            for column in 0..self.n_columns {
                self.take_out(self.column(column));
            }
        }
    }

    fn take_out(&mut self, cells: impl Iterator<Item = usize> + Clone) {
        let (left, curvature) = (cells.clone())
            .fold((0.0, 0.0), |(left, curve), cell| (left + self.left_over[cell], curve + self.curvature[cell]));
        if curvature > 0.0 {
            let shift = left / curvature;
            cells.for_each(|cell| self.left_over[cell] -= shift * self.curvature[cell]);
        }
    }

    /// The order of the bins on either axis: their own, or for texts the one along which the other criterion's say changes most.
    ///
    /// # Source
    /// First axis of a correspondence analysis (Greenacre 2017, *Correspondence Analysis in Practice*), by power iteration.
    pub(super) fn order(&self, is_ordered: [bool; 2]) -> Order {
        let own = [self.n_rows, self.n_columns].map(|n| (0..n).collect::<Vec<usize>>());
        if is_ordered == [true, true] {
            return own;
        }
        let middle = (self.n_columns as f64 - 1.0) / 2.0;
        let mut columns: Vec<f64> = (0..self.n_columns).map(|column| column as f64 - middle).collect();
        let mut rows = vec![0.0; self.n_rows];
        for _ in 0..N_ORDER_ROUNDS {
            rows =
                (0..self.n_rows).map(|row| self.say(self.row(row), &columns, |cell| cell % self.n_columns)).collect();
            if !is_ordered[1] {
                columns = (0..self.n_columns)
                    .map(|column| self.say(self.column(column), &rows, |cell| cell / self.n_columns))
                    .collect();
            }
        }
        let by = |scores: &[f64], is_ordered: bool, own: Vec<usize>| {
            let mut order = own;
            if !is_ordered {
                order.sort_by(|&i, &j| scores[i].total_cmp(&scores[j]));
            }
            order
        };
        let [own_rows, own_columns] = own;
        [by(&rows, is_ordered[0], own_rows), by(&columns, is_ordered[1], own_columns)]
    }

    /// How what is left over in some cells runs along the scores of the other axis, per unit of curvature.
    fn say(&self, cells: impl Iterator<Item = usize>, scores: &[f64], other: impl Fn(usize) -> usize) -> f64 {
        let (mut along, mut curvature, mut spread) = (0.0, 0.0, 0.0);
        for cell in cells {
            let score = scores[other(cell)];
            along += self.left_over[cell] * score;
            curvature += self.curvature[cell];
            spread += score * score;
        }
        along / ((curvature + ORDER_PRIOR) * spread.sqrt().max(f64::MIN_POSITIVE))
    }

    /// The same cells with the bins of both axes in another order.
    pub(super) fn in_order(&self, [rows, columns]: &Order) -> Self {
        let moved = |sums: &[f64]| {
            let of_row = |&row: &usize| columns.iter().map(move |column| sums[row * self.n_columns + column]);
            rows.iter().flat_map(of_row).collect()
        };
        Self { left_over: moved(&self.left_over), curvature: moved(&self.curvature), ..*self }
    }
}
