//! What leads of each grade came to.

use crate::card::{GradeCell, Grades, grade_names};
use crate::measures::wilson_of_repeated;
use crate::units::Probability;

/// The cells of a grid with their leads.
///
/// - `graded`: sub-scores and outcome of each lead; `design_effect`: how many leads tell as much as one.
pub fn count_cells(
    grades: &Grades,
    graded: impl Iterator<Item = ([i32; 2], bool)>,
    design_effect: f64,
) -> Vec<GradeCell> {
    let names = grade_names(grades.rows.n_classes(), grades.columns.n_classes());
    let mut counts = vec![(0_u64, 0_u64); names.len()];
    for (sub_scores, converted) in graded {
        let count = &mut counts[grades.cell_of(sub_scores)];
        count.0 += 1;
        count.1 += u64::from(converted);
    }
    let basis_points = |share: f64| Probability::new(share).map_or(0, Probability::to_basis_points);
    let cell = |(grade, (n_leads, n_converted)): (String, (u64, u64))| {
        let interval = wilson_of_repeated(n_converted as f64, n_leads as f64, design_effect);
        let (low_bp, high_bp) = (basis_points(interval.low), basis_points(interval.high));
        GradeCell { grade, n_leads, n_converted, low_bp, high_bp }
    };
    names.into_iter().zip(counts).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::GradeAxis;

    #[test]
    fn every_lead_is_in_one_cell() {
        let axis = |cuts: &[i32]| GradeAxis { group: String::new(), cuts: cuts.to_vec() };
        let grades = Grades { rows: axis(&[10]), columns: axis(&[5, 2]), cells: Vec::new() };
        let leads = [([10, 5], true), ([12, 7], false), ([9, 5], true), ([0, 1], false), ([0, 4], false)];
        let cells = count_cells(&grades, leads.into_iter(), 1.0);
        let counts: Vec<(&str, u64, u64)> =
            cells.iter().map(|cell| (cell.grade.as_str(), cell.n_leads, cell.n_converted)).collect();
        assert_eq!(counts, [("A1", 2, 1), ("A2", 0, 0), ("A3", 0, 0), ("B1", 1, 1), ("B2", 1, 0), ("B3", 1, 0)]);
        assert_eq!((cells[1].low_bp, cells[1].high_bp), (0, 10_000), "nobody, so nothing is known");
        let repeated = count_cells(&grades, leads.into_iter(), 2.0);
        assert!(repeated[0].low_bp < cells[0].low_bp && repeated[0].high_bp > cells[0].high_bp);
    }
}
