//! Where a better grade converts less.

use super::record::GradeReversal;
use crate::card::{GradeCell, Grades};

/// Standard errors beyond which chance is no explanation. A grid of three by three has twelve neighbours: all of them together name one
/// where there is none in 6 of 100 cards.
const BEYOND_CHANCE: f64 = 2.58;

/// Neighbouring cells of which the better one converts less, beyond chance. Where there are none, conversion falls along every row and
/// every column, as far as these leads can tell.
pub(super) fn reversals(grades: &Grades, design_effect: f64) -> Vec<GradeReversal> {
    let (n_rows, n_columns) = (grades.rows.n_classes(), grades.columns.n_classes());
    let cell = |row: usize, column: usize| &grades.cells[grades.position(row, column)];
    let mut found = Vec::new();
    for row in 0..n_rows {
        for column in 0..n_columns {
            let down = (row + 1 < n_rows).then(|| cell(row + 1, column));
            let right = (column + 1 < n_columns).then(|| cell(row, column + 1));
            let worse = right.into_iter().chain(down);
            found.extend(worse.filter_map(|worse| reversal(cell(row, column), worse, design_effect)));
        }
    }
    found
}

/// `z = (p_worse - p_better) / sqrt(p (1 - p) (1 / n_better + 1 / n_worse) deff)` with the share `p` of both together.
fn reversal(better: &GradeCell, worse: &GradeCell, design_effect: f64) -> Option<GradeReversal> {
    let (p_better, p_worse) = (better.conversion()?, worse.conversion()?);
    let (n_better, n_worse) = (better.n_leads as f64, worse.n_leads as f64);
    let share = (better.n_converted + worse.n_converted) as f64 / (n_better + n_worse);
    let error = (share * (1.0 - share) * (1.0 / n_better + 1.0 / n_worse) * design_effect).sqrt();
    (p_worse - p_better > BEYOND_CHANCE * error).then(|| GradeReversal {
        better: better.grade.clone(),
        worse: worse.grade.clone(),
        better_conversion: p_better,
        worse_conversion: p_worse,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{GradeAxis, grade_names};

    fn named(n_converted: [u64; 4], design_effect: f64) -> Vec<String> {
        let axis = || GradeAxis { group: String::new(), cuts: vec![0] };
        let cell = |(grade, n_converted): (String, u64)| GradeCell {
            grade,
            n_leads: 200,
            n_converted,
            low_bp: 0,
            high_bp: 10_000,
        };
        let cells = grade_names(2, 2).into_iter().zip(n_converted).map(cell).collect();
        let grades = Grades { rows: axis(), columns: axis(), cells };
        reversals(&grades, design_effect).into_iter().map(|one| format!("{} {}", one.better, one.worse)).collect()
    }

    #[test]
    fn a_better_grade_that_converts_less_is_named_beyond_chance_only() {
        assert!(named([60, 40, 40, 20], 1.0).is_empty(), "it falls both ways");
        // 20 % and 33 %: a difference of three standard errors.
        assert_eq!(named([80, 40, 66, 66], 1.0), ["A2 B2"]);
        assert!(named([80, 60, 66, 66], 1.0).is_empty(), "30 % and 33 % is chance");
        assert!(named([80, 40, 66, 66], 2.0).is_empty(), "leads that repeat each other tell less");
        assert_eq!(named([20, 66, 66, 66], 1.0), ["A1 A2", "A1 B1"]);
    }
}
