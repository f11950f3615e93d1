//! Grid: what the codes of numbers and texts stand for. It looks at values and how many leads have them, never at outcomes.

use super::WarehouseError;
use super::layout::{Coding, Layout};

/// Most different texts of a column: more are no answers but notes, and their writers could be told by them.
pub(super) const MAX_TEXTS: usize = 1000;

/// What the codes of each part stand for; `None` for a part that is no code of a grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    /// One per part of the layout.
    pub parts: Vec<Option<Cells>>,
}

/// What the codes of one part stand for; entry `c - 1` belongs to code `c`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cells {
    /// Numbers, ascending: lowest and highest of each cell.
    Numbers {
        /// Lowest number seen in the cell.
        low: Vec<f64>,
        /// Highest number seen in the cell.
        high: Vec<f64>,
    },
    /// Texts in byte order, each as it is written.
    Texts(Vec<String>),
}

impl Cells {
    /// Number of codes, 0 not counted.
    pub(super) fn n(&self) -> usize {
        match self {
            Self::Numbers { low, .. } => low.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Cells of distinct numbers and how many leads have each: every number one of its own, or so many cells that hold about as many
    /// leads each where there are more numbers than that.
    ///
    /// - `counts`: ascending; no NaN.
    pub(super) fn of_numbers(counts: &[(f64, u64)], n_cells: u32) -> Self {
        let total: u64 = counts.iter().map(|(_, n)| n).sum();
        let are_few = counts.len() <= n_cells as usize;
        let (mut low, mut high) = (Vec::new(), Vec::new());
        let (mut n_below, mut last_cell) = (0_u64, None);
        for (rank, &(value, n)) in counts.iter().enumerate() {
            let cell = if are_few { rank as u64 } else { n_below * u64::from(n_cells) / total };
            match high.last_mut() {
                Some(last) if last_cell == Some(cell) => *last = value,
                _ => {
                    low.push(value);
                    high.push(value);
                }
            }
            last_cell = Some(cell);
            n_below += n;
        }
        Self::Numbers { low, high }
    }

    /// The code of a number; 0 for NaN, and for one below all cells.
    pub(super) fn code_of(&self, number: f64) -> i64 {
        match self {
            Self::Numbers { low, .. } if !number.is_nan() => low.partition_point(|&low| low <= number) as i64,
            _ => 0,
        }
    }
}

impl Grid {
    /// Refuses a column of too many texts.
    ///
    /// # Errors
    /// [`WarehouseError::Contract`].
    pub(super) fn check(&self, layout: &Layout, file: &str) -> Result<(), WarehouseError> {
        for (part, cells) in layout.parts.iter().zip(&self.parts) {
            if let (Coding::Text, Some(Cells::Texts(texts))) = (part.coding, cells)
                && texts.len() > MAX_TEXTS
            {
                return Err(WarehouseError::Contract {
                    file: file.to_owned(),
                    what: format!(
                        "column {:?} has {} different texts, and at most {MAX_TEXTS} can be told apart without showing who wrote them",
                        part.name,
                        texts.len()
                    ),
                    hint: "make a column of fewer answers of it in a view, or leave it out",
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_numbers_have_a_cell_each_and_many_share_them() {
        let few = Cells::of_numbers(&[(1.0, 5), (2.0, 1), (7.0, 3)], 8);
        assert_eq!(few, Cells::Numbers { low: vec![1.0, 2.0, 7.0], high: vec![1.0, 2.0, 7.0] });
        let many: Vec<(f64, u64)> = (0..100).map(|value| (f64::from(value), 2)).collect();
        let Cells::Numbers { low, high } = Cells::of_numbers(&many, 8) else { panic!("numbers") };
        assert_eq!(low, [0.0, 13.0, 25.0, 38.0, 50.0, 63.0, 75.0, 88.0]);
        assert_eq!(high, [12.0, 24.0, 37.0, 49.0, 62.0, 74.0, 87.0, 99.0]);
    }

    proptest! {
        #[test]
        fn every_number_is_in_its_cell(values in proptest::collection::btree_map(-1000_i32..1000, 1_u64..50, 1..300), n_cells in 8_u32..40) {
            let counts: Vec<(f64, u64)> = values.iter().map(|(&value, &n)| (f64::from(value), n)).collect();
            let cells = Cells::of_numbers(&counts, n_cells);
            prop_assert!(cells.n() <= n_cells as usize);
            let Cells::Numbers { low, high } = &cells else { panic!("numbers") };
            for (value, _) in counts {
                let at = cells.code_of(value) as usize;
                prop_assert!(low[at - 1] <= value && value <= high[at - 1]);
            }
            prop_assert_eq!(cells.code_of(f64::NAN), 0);
        }
    }
}
