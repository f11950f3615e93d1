//! Patterns: how many leads are alike in everything a card may look at.

use sha2::{Digest, Sha256};

use super::WarehouseError;
use super::grid::Grid;
use super::layout::{Coding, Layout};
use crate::notes::counted;

/// Stands in a pattern where a whole number is missing.
pub(super) const NONE: i64 = i64::MIN;

/// Distinct patterns in ascending order, and how many leads have each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patterns {
    /// One column per part of the layout; [`NONE`] where a whole number is missing.
    pub columns: Vec<Vec<i64>>,
    /// Leads of each pattern, at least 1.
    pub n: Vec<u64>,
}

impl Patterns {
    /// Puts patterns in order.
    ///
    /// # Errors
    /// What is wrong with them, in words: a code out of range, a pattern without leads, one that is there twice.
    pub(super) fn of(columns: Vec<Vec<i64>>, n: Vec<u64>, layout: &Layout, grid: &Grid) -> Result<Self, String> {
        for ((part, cells), column) in layout.parts.iter().zip(&grid.parts).zip(&columns) {
            let last = match (part.coding, cells) {
                (Coding::Whole, _) => continue,
                (Coding::Boolean, _) => 2,
                (_, cells) => cells.as_ref().map_or(0, |cells| cells.n() as i64),
            };
            if let Some(row) = column.iter().position(|code| !(0..=last).contains(code)) {
                let code = column[row];
                return Err(format!(
                    "row {} has code {code} for {:?}, whose codes go from 0 to {last}",
                    row + 1,
                    part.name
                ));
            }
        }
        if let Some(row) = n.iter().position(|&n| n == 0) {
            return Err(format!("row {} counts no lead", row + 1));
        }
        let mut order: Vec<u32> = (0..n.len() as u32).collect();
        let compare = |&a: &u32, &b: &u32| compare_rows(&columns, a as usize, b as usize);
        order.sort_unstable_by(compare);
        if let Some(pair) = order.windows(2).find(|pair| compare(&pair[0], &pair[1]).is_eq()) {
            let (one, other) = (pair[0].min(pair[1]) + 1, pair[0].max(pair[1]) + 1);
            return Err(format!(
                "rows {one} and {other} are one pattern: something was counted in two parts or read twice"
            ));
        }
        let in_order = |column: &Vec<i64>| order.iter().map(|&row| column[row as usize]).collect();
        Ok(Self {
            columns: columns.iter().map(in_order).collect(),
            n: order.iter().map(|&row| n[row as usize]).collect(),
        })
    }

    /// Number of leads.
    pub(super) fn n_leads(&self) -> u64 {
        self.n.iter().sum()
    }

    /// SHA-256, hex, of layout, grid and patterns as text: the same history has the same, whoever counted it.
    pub(super) fn sha256(&self, layout: &Layout, grid: &Grid) -> String {
        let mut hasher = Sha256::new();
        for (part, cells) in layout.parts.iter().zip(&grid.parts) {
            hasher.update(format!("{:?} {cells:?}\n", part.name));
        }
        let mut line = String::new();
        for (row, n) in self.n.iter().enumerate() {
            line.clear();
            for column in &self.columns {
                if column[row] != NONE {
                    line.push_str(&column[row].to_string());
                }
                line.push(',');
            }
            hasher.update(format!("{line}{n}\n"));
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether they count `n_expected` leads.
    ///
    /// # Errors
    /// [`WarehouseError::Contract`].
    pub(super) fn check_total(&self, n_expected: u64, file: &str) -> Result<(), WarehouseError> {
        if self.n_leads() == n_expected {
            return Ok(());
        }
        Err(WarehouseError::Contract {
            file: file.to_owned(),
            what: format!(
                "the patterns count {}, and the totals {}",
                counted(self.n_leads(), "lead"),
                counted(n_expected, "lead")
            ),
            hint: "leads came or went between the statements, or a result is not whole: run them again, one after the other",
        })
    }
}

fn compare_rows(columns: &[Vec<i64>], a: usize, b: usize) -> std::cmp::Ordering {
    let unequal = columns.iter().find(|column| column[a] != column[b]);
    unequal.map_or(std::cmp::Ordering::Equal, |column| column[a].cmp(&column[b]))
}
