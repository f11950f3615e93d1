//! Cells: leads with the same score and the same probability, counted together.
//!
//! In: one score, probability and outcome per lead. Out: [`Cells`], far smaller: a card has about a hundred scores and a
//! fold has one probability per score. Always true: cells are in order of score, then probability, and their counts are
//! whole, so every measure made from them is the same to the last bit whatever the order of the leads.

use std::collections::HashMap;

/// Leads with the same score and the same probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Points.
    pub score: i32,
    /// Predicted probability of conversion.
    pub probability: f64,
    /// How many leads.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
}

/// All leads, counted by score and probability, lowest score first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cells(Vec<Cell>);

/// Leads with the same score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreGroup {
    /// Points.
    pub score: i32,
    /// How many leads.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Sum of their predicted probabilities.
    pub n_expected: f64,
}

impl Cells {
    /// Counts the leads; the slices have one entry per lead (entries that a shorter slice lacks are not counted).
    pub fn count(score: &[i32], probability: &[f64], converted: &[bool]) -> Self {
        let mut counts: HashMap<(i32, u64), (u64, u64)> = HashMap::new();
        for ((&score, &probability), &converted) in score.iter().zip(probability).zip(converted) {
            let cell = counts.entry((score, probability.to_bits())).or_default();
            cell.0 += 1;
            cell.1 += u64::from(converted);
        }
        let mut cells: Vec<Cell> = counts
            .into_iter()
            .map(|((score, bits), (n_leads, n_converted))| Cell {
                score,
                probability: f64::from_bits(bits),
                n_leads,
                n_converted,
            })
            .collect();
        cells.sort_unstable_by(|a, b| a.score.cmp(&b.score).then(a.probability.total_cmp(&b.probability)));
        Self(cells)
    }

    /// The cells, lowest score first.
    pub fn iter(&self) -> impl Iterator<Item = &Cell> + Clone {
        self.0.iter()
    }

    /// Number of leads.
    pub fn n_leads(&self) -> u64 {
        self.0.iter().map(|cell| cell.n_leads).sum()
    }

    /// Number of leads that converted.
    pub fn n_converted(&self) -> u64 {
        self.0.iter().map(|cell| cell.n_converted).sum()
    }

    /// Leads with the same score taken together, lowest score first.
    pub fn by_score(&self) -> Vec<ScoreGroup> {
        let mut groups: Vec<ScoreGroup> = Vec::new();
        for cell in &self.0 {
            let n_expected = cell.probability * cell.n_leads as f64;
            match groups.last_mut() {
                Some(group) if group.score == cell.score => {
                    group.n_leads += cell.n_leads;
                    group.n_converted += cell.n_converted;
                    group.n_expected += n_expected;
                }
                _ => groups.push(ScoreGroup {
                    score: cell.score,
                    n_leads: cell.n_leads,
                    n_converted: cell.n_converted,
                    n_expected,
                }),
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_with_equal_score_and_probability_are_one_cell() {
        let cells = Cells::count(&[7, 3, 7, 7], &[0.5, 0.1, 0.5, 0.25], &[true, false, false, true]);
        let expected = [(3, 0.1, 1, 0), (7, 0.25, 1, 1), (7, 0.5, 2, 1)];
        let found: Vec<_> = cells.iter().map(|c| (c.score, c.probability, c.n_leads, c.n_converted)).collect();
        assert_eq!(found, expected);
        assert_eq!((cells.n_leads(), cells.n_converted()), (4, 2));
        let groups = cells.by_score();
        assert_eq!(groups[1], ScoreGroup { score: 7, n_leads: 3, n_converted: 2, n_expected: 1.25 });
    }

    #[test]
    fn the_order_of_the_leads_changes_nothing() {
        let forward = Cells::count(&[1, 2, 2, 5], &[0.1, 0.2, 0.3, 0.7], &[false, true, false, true]);
        let backward = Cells::count(&[5, 2, 2, 1], &[0.7, 0.3, 0.2, 0.1], &[true, false, true, false]);
        assert_eq!(forward, backward);
    }
}
