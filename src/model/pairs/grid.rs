//! Grid: both criteria cut into a few parts where what they say together changes most.
//!
//! The first cut of the rows and the first of the columns are found together, among all; each further one is the row or column cut that
//! gains most with the cuts so far, for as long as it gains more than a cut among so many would by chance.
//!
//! # Source
//! Lou, Caruana, Gehrke and Hooker (2013), *Accurate intelligible models with pairwise interactions*, KDD: the first two cuts are their FAST,
//! on the score of the fit instead of residuals.

use super::cells::{Cell, ResidualCells};

/// Most parts of a criterion in a grid.
pub const MAX_PARTS: usize = 6;

/// Pull of a cell's weight towards 0 while cuts are chosen, in leads' curvature: a weight of half a log-odds is usual.
const RIDGE: f64 = 4.0;

/// Curvature that a cell of the grid has to have on average: its weight is then known to a fifth of a log-odds.
const LEAST_CURVATURE: f64 = 25.0;

/// What the first two cuts have to gain, nats, what a further one, and what per cell that it makes: the best of some fifty cuts, or of the
/// two thousand pairs of the first, gains about so much by chance.
const FIRST_GAIN: f64 = 6.0;
const LEAST_GAIN: f64 = 3.0;
const LEAST_GAIN_PER_CELL: f64 = 0.5;

/// Where parts begin, by the order of the bins, and the cells between. Ends with the number of bins.
pub(super) struct Cuts {
    pub(super) rows: Vec<usize>,
    pub(super) columns: Vec<usize>,
    /// Row by row.
    pub(super) cells: Vec<Cell>,
}

impl ResidualCells {
    /// Cuts both axes; `None` where no two cuts gain anything.
    pub(super) fn cut(&self) -> Option<Cuts> {
        let sums = Sums::below(self);
        let mut cuts = sums.first()?;
        let all = sums.between([0, self.n_rows], [0, self.n_columns]);
        let most_cells = all.curvature / LEAST_CURVATURE;
        while let Some((axis, at)) = sums.next(&cuts, most_cells) {
            let of_axis = if axis == 0 { &mut cuts.rows } else { &mut cuts.columns };
            let place = of_axis.partition_point(|&cut| cut < at);
            of_axis.insert(place, at);
        }
        cuts.cells = sums.cells(&cuts);
        Some(cuts)
    }
}

/// Sums of all cells above and to the left of each corner.
struct Sums {
    n_rows: usize,
    n_columns: usize,
    left_over: Vec<f64>,
    curvature: Vec<f64>,
}

impl Sums {
    fn below(cells: &ResidualCells) -> Self {
        let (n_rows, n_columns) = (cells.n_rows, cells.n_columns);
        let width = n_columns + 1;
        let add = |sums: &[f64]| {
            let mut below = vec![0.0; (n_rows + 1) * width];
            for row in 0..n_rows {
                let mut of_row = 0.0;
                for column in 0..n_columns {
                    of_row += sums[row * n_columns + column];
                    below[(row + 1) * width + column + 1] = below[row * width + column + 1] + of_row;
                }
            }
            below
        };
        Self { n_rows, n_columns, left_over: add(&cells.left_over), curvature: add(&cells.curvature) }
    }

    /// The cells of a grid, row by row.
    fn cells(&self, cuts: &Cuts) -> Vec<Cell> {
        let of_row = |rows: &[usize]| {
            let rows = [rows[0], rows[1]];
            cuts.columns.windows(2).map(|columns| self.between(rows, [columns[0], columns[1]])).collect::<Vec<_>>()
        };
        cuts.rows.windows(2).flat_map(of_row).collect()
    }

    /// All between two corners as one cell.
    fn between(&self, rows: [usize; 2], columns: [usize; 2]) -> Cell {
        let width = self.n_columns + 1;
        let between = |sums: &[f64]| {
            let at = |row: usize, column: usize| sums[row * width + column];
            at(rows[1], columns[1]) - at(rows[0], columns[1]) - at(rows[1], columns[0]) + at(rows[0], columns[0])
        };
        Cell { left_over: between(&self.left_over), curvature: between(&self.curvature).max(0.0) }
    }

    /// What one weight for the cells between two corners would gain, nats.
    fn gain(&self, rows: [usize; 2], columns: [usize; 2]) -> f64 {
        let Cell { left_over, curvature } = self.between(rows, columns);
        0.5 * left_over * left_over / (curvature + RIDGE)
    }

    fn first(&self) -> Option<Cuts> {
        let (n_rows, n_columns) = (self.n_rows, self.n_columns);
        let mut best: Option<(f64, Cuts)> = None;
        for row in 1..n_rows {
            for column in 1..n_columns {
                let of_rows = |rows: [usize; 2]| self.gain(rows, [0, column]) + self.gain(rows, [column, n_columns]);
                let gain = of_rows([0, row]) + of_rows([row, n_rows]);
                if gain > best.as_ref().map_or(FIRST_GAIN, |best| best.0) {
                    let (rows, columns) = (vec![0, row, n_rows], vec![0, column, n_columns]);
                    best = Some((gain, Cuts { rows, columns, cells: Vec::new() }));
                }
            }
        }
        best.map(|(_, cuts)| cuts)
    }

    /// Axis and place of the best further cut, if one is worth it.
    ///
    /// - `most_cells`: that the grid may have.
    fn next(&self, cuts: &Cuts, most_cells: f64) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize, f64)> = None;
        for (axis, own, other) in [(0, &cuts.rows, &cuts.columns), (1, &cuts.columns, &cuts.rows)] {
            let n_after = own.len() * (other.len() - 1);
            if own.len() > MAX_PARTS || n_after as f64 > most_cells {
                continue;
            }
            let n_cells = (other.len() - 1) as f64;
            let gain = |from: usize, to: usize| -> f64 {
                let of_part = |part: &[usize]| match axis {
                    0 => self.gain([from, to], [part[0], part[1]]),
                    _ => self.gain([part[0], part[1]], [from, to]),
                };
                other.windows(2).map(of_part).sum()
            };
            for part in own.windows(2) {
                let whole = gain(part[0], part[1]);
                for at in part[0] + 1..part[1] {
                    let more = gain(part[0], at) + gain(at, part[1]) - whole;
                    let is_worth_it = more > LEAST_GAIN + LEAST_GAIN_PER_CELL * n_cells;
                    if is_worth_it && best.is_none_or(|(.., most)| more > most) {
                        best = Some((axis, at, more));
                    }
                }
            }
        }
        best.map(|(axis, at, _)| (axis, at))
    }
}
