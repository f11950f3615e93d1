//! What `metrics.json` says of grades.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::reversals;
use crate::card::{Criterion, Grades};
use crate::measures::{Interval, wilson_of_repeated};
use crate::notes::Note;

/// The grid of the card, from leads that the cards judging them had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradesRecord {
    /// As on the card: axes and cells.
    #[serde(flatten)]
    pub grades: Grades,
    /// Every cell with all that are as good or better on both axes, in the order of the cells: what handing those over would bring.
    pub up_to: Vec<GradesUpTo>,
    /// Neighbours of which the better grade converts less, beyond chance; empty where conversion falls both ways.
    pub reversals: Vec<GradeReversal>,
    /// Points of the card's span that no sub-score has.
    pub points_left_out: i32,
    /// Points that the card spans, criterion by criterion.
    pub of_points: i32,
}

/// A cell with all that are at least as good on both axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradesUpTo {
    /// The last of them: `B2` for A1, A2, B1 and B2.
    pub grade: String,
    /// Leads in them.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Lower end of the 90 % interval of the share that converts.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Two neighbours of which the better grade converts less, beyond chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradeReversal {
    /// The better grade.
    pub better: String,
    /// Its neighbour.
    pub worse: String,
    /// Share of the better grade that converts.
    pub better_conversion: f64,
    /// Share of its neighbour.
    pub worse_conversion: f64,
}

impl GradesRecord {
    /// What is said of a grid.
    pub fn of(grades: Grades, criteria: &[Criterion], design_effect: f64) -> Self {
        let width = |criterion: &Criterion| criterion.points_max() - criterion.points_min();
        Self {
            up_to: up_to(&grades, design_effect),
            reversals: reversals(&grades, design_effect),
            points_left_out: grades.left_out(criteria).map(width).sum(),
            of_points: criteria.iter().map(width).sum(),
            grades,
        }
    }

    /// Held-out leads of all cells.
    pub fn n_leads(&self) -> u64 {
        self.grades.cells.iter().map(|cell| cell.n_leads).sum()
    }
}

impl GradesUpTo {
    /// Share that converted, with its interval; `None` without leads.
    pub fn conversion(&self) -> Option<(f64, Interval)> {
        let share = self.n_converted as f64 / self.n_leads as f64;
        (self.n_leads > 0).then_some((share, Interval { low: self.low, high: self.high }))
    }
}

/// Sums over the cells that are at least as good on both axes.
fn up_to(grades: &Grades, design_effect: f64) -> Vec<GradesUpTo> {
    let n_columns = grades.columns.n_classes();
    let up_to = |(at, last): (usize, &crate::card::GradeCell)| {
        let (last_row, last_column) = (at / n_columns, at % n_columns);
        let is_as_good = |at: usize| at / n_columns <= last_row && at % n_columns <= last_column;
        let cells = grades.cells.iter().enumerate().filter(|(at, _)| is_as_good(*at)).map(|(_, cell)| cell);
        let (n_leads, n_converted) = cells.fold((0, 0), |(n, won), cell| (n + cell.n_leads, won + cell.n_converted));
        let Interval { low, high } = wilson_of_repeated(n_converted as f64, n_leads as f64, design_effect);
        GradesUpTo { grade: last.grade.clone(), n_leads, n_converted, low, high }
    };
    grades.cells.iter().enumerate().map(up_to).collect()
}

impl GradeReversal {
    pub(super) fn note(&self) -> Note {
        let text = format!(
            "grade {} converts less often than {}, beyond chance: {:.1} % and {:.1} %; look at both before you rank by grade",
            self.better,
            self.worse,
            self.better_conversion * 100.0,
            self.worse_conversion * 100.0
        );
        Note::new("grades", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{GradeAxis, GradeCell, grade_names};

    #[test]
    fn a_cell_with_all_that_are_better_on_both_axes() {
        let axis = |cuts: &[i32]| GradeAxis { group: String::new(), cuts: cuts.to_vec() };
        let cells = grade_names(2, 3).into_iter().zip([1, 10, 100, 1_000, 10_000, 100_000]);
        let cell = |(grade, n_leads)| GradeCell { grade, n_leads, n_converted: n_leads, low_bp: 0, high_bp: 0 };
        let grades = Grades { rows: axis(&[5]), columns: axis(&[6, 2]), cells: cells.map(cell).collect() };
        let sums: Vec<u64> = up_to(&grades, 1.0).iter().map(|up_to| up_to.n_leads).collect();
        assert_eq!(sums, [1, 11, 111, 1_001, 11_011, 111_111]);
    }
}
