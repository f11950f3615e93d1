//! Grades: two axes beside the one score. A letter for one group of criteria, a number for another: A1 is best on both.
//!
//! In: the points of a lead, one per criterion. Out: its two sub-scores ([`Grades::sub_scores`]) and the cell they fall in
//! ([`Grades::cell_of`]). A sub-score is the sum of the points of one group of criteria; the base points are in none.
//!
//! Always true of a checked card: the classes of an axis are read best first, each from its cut up, and the last takes the rest; cells
//! stand row by row, best first; each axis has a criterion on the card.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::check::{ONE_IN_BP, Place};
use super::{Card, CardError, Criterion};

/// Most classes of an axis: a letter and one digit are enough to say a grade.
pub const MAX_CLASSES: usize = 9;

/// A grid over the points of two groups of criteria, and what leads in each of its cells came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Grades {
    /// The letter: who they are.
    pub rows: GradeAxis,
    /// The number: what they do.
    pub columns: GradeAxis,
    /// A1, A2, ..., B1, B2, ...: one for every class of the rows with every class of the columns.
    pub cells: Vec<GradeCell>,
}

/// One axis of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GradeAxis {
    /// Group of the criteria whose points are added up.
    pub group: String,
    /// Lowest sub-score of each class but the last, best class first: they fall strictly.
    pub cuts: Vec<i32>,
}

/// What leads of one grade came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GradeCell {
    /// Its name: A1.
    pub grade: String,
    /// Leads of this grade that the card judging them had not seen.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Lower end of the 90 % interval of the share that converts, in basis points.
    pub low_bp: u32,
    /// Upper end.
    pub high_bp: u32,
}

impl GradeCell {
    /// Share that converted; `None` where no lead has the grade.
    pub fn conversion(&self) -> Option<f64> {
        (self.n_leads > 0).then(|| self.n_converted as f64 / self.n_leads as f64)
    }
}

impl GradeAxis {
    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.cuts.len() + 1
    }

    /// Class of a sub-score, 0 for the best.
    pub fn class_of(&self, sub_score: i32) -> usize {
        self.cuts.iter().position(|&cut| sub_score >= cut).unwrap_or(self.cuts.len())
    }

    /// The sub-scores of a class in words: "12 and more", "5 to 11", "below 5".
    pub fn sub_scores_in_words(&self, class: usize) -> String {
        let above = class.checked_sub(1).and_then(|before| self.cuts.get(before));
        match (self.cuts.get(class), above) {
            (Some(from), None) => format!("{from} and more"),
            (Some(from), Some(above)) if above - 1 > *from => format!("{from} to {}", above - 1),
            (Some(from), Some(_)) => from.to_string(),
            (None, Some(above)) => format!("below {above}"),
            (None, None) => "every score".to_owned(),
        }
    }
}

impl Grades {
    /// Both axes: rows, then columns.
    pub fn axes(&self) -> [&GradeAxis; 2] {
        [&self.rows, &self.columns]
    }

    /// Axis of a criterion: 0 for the rows, 1 for the columns; `None` for one whose points are in neither.
    pub fn axis_of(&self, criterion: &Criterion) -> Option<usize> {
        let group = criterion.group.as_deref()?;
        self.axes().iter().position(|axis| axis.group == group)
    }

    /// Sub-scores of a lead on both axes.
    ///
    /// - `points`: of the lead, one per criterion.
    pub fn sub_scores(&self, criteria: &[Criterion], points: &[i32]) -> [i32; 2] {
        let mut sub_scores = [0; 2];
        for (criterion, points) in criteria.iter().zip(points) {
            if let Some(axis) = self.axis_of(criterion) {
                sub_scores[axis] += points;
            }
        }
        sub_scores
    }

    /// Position among the cells of the grade with these sub-scores.
    pub fn cell_of(&self, sub_scores: [i32; 2]) -> usize {
        let [row, column] = sub_scores;
        self.position(self.rows.class_of(row), self.columns.class_of(column))
    }

    /// Position of a cell by its row and its column.
    pub fn position(&self, row: usize, column: usize) -> usize {
        row * self.columns.n_classes() + column
    }

    /// The grade of a lead with these points: A1.
    pub fn grade_of(&self, criteria: &[Criterion], points: &[i32]) -> &str {
        self.cells.get(self.cell_of(self.sub_scores(criteria, points))).map_or("", |cell| cell.grade.as_str())
    }

    /// Criteria whose points are in neither sub-score.
    pub fn left_out<'a>(&self, criteria: &'a [Criterion]) -> impl Iterator<Item = &'a Criterion> {
        criteria.iter().filter(|criterion| self.axis_of(criterion).is_none())
    }

    /// Every rule of the grid.
    pub(super) fn check(&self, criteria: &[Criterion]) -> Result<(), CardError> {
        let (rows, columns) = (&self.rows, &self.columns);
        let same = || "its rows and its columns are the same group; a grade takes two";
        Place::Grades.ensure(rows.group != columns.group, same)?;
        for (axis, which) in [(rows, "rows"), (columns, "columns")] {
            let GradeAxis { group, cuts } = axis;
            let has_group = |criterion: &Criterion| criterion.group.as_ref() == Some(group);
            Place::Grades.ensure(criteria.iter().any(has_group), || {
                format!("no criterion of the card is in the group of its {which}, `{}`", group.escape_debug())
            })?;
            Place::Grades.ensure((1..MAX_CLASSES).contains(&cuts.len()), || {
                format!("its {which} have {} cuts; an axis has 1 to {}", cuts.len(), MAX_CLASSES - 1)
            })?;
            Place::Grades.ensure(cuts.iter().zip(&cuts[1..]).all(|(above, below)| above > below), || {
                format!("the cuts of its {which} do not fall; the best class comes first")
            })?;
        }
        let names = names(rows.n_classes(), columns.n_classes());
        let are_named = names.iter().eq(self.cells.iter().map(|cell| &cell.grade));
        Place::Grades.ensure(are_named, || format!("its cells are not {}", names.join(", ")))?;
        self.cells.iter().try_for_each(check_cell)
    }
}

/// The grades in their order: A1, A2, A3, B1, ...
pub fn names(n_rows: usize, n_columns: usize) -> Vec<String> {
    let letters = ('A'..='Z').take(n_rows);
    letters.flat_map(|letter| (1..=n_columns).map(move |number| format!("{letter}{number}"))).collect()
}

fn check_cell(cell: &GradeCell) -> Result<(), CardError> {
    let GradeCell { grade, n_leads, n_converted, low_bp, high_bp } = cell;
    Place::Grades
        .ensure(n_converted <= n_leads, || format!("{n_converted} of the {n_leads} leads of {grade} converted"))?;
    Place::Grades.ensure(low_bp <= high_bp && *high_bp <= ONE_IN_BP, || {
        format!("the interval of {grade} runs from {low_bp} to {high_bp} basis points")
    })
}

impl Card {
    /// The grade of a lead with these points; `None` on a card without grades.
    ///
    /// - `points`: one per criterion, in the order of the card.
    pub fn grade_of(&self, points: &[i32]) -> Option<&str> {
        Some(self.grades.as_ref()?.grade_of(&self.criteria, points))
    }

    /// Names of the groups of its criteria, each once, in the order of the card.
    pub fn groups(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.criteria
            .iter()
            .filter_map(|criterion| criterion.group.as_deref())
            .filter(|group| seen.insert(*group))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{example_card, graded_card, paired_card};
    use super::*;

    #[test]
    fn a_lead_has_the_best_class_whose_cut_it_reaches() {
        let axis = GradeAxis { group: "fit".to_owned(), cuts: vec![12, 5] };
        assert_eq!([30, 12, 11, 5, 4, -7].map(|sub_score| axis.class_of(sub_score)), [0, 0, 1, 1, 2, 2]);
        assert_eq!([0, 1, 2].map(|class| axis.sub_scores_in_words(class)), ["12 and more", "5 to 11", "below 5"]);
        let narrow = GradeAxis { group: "fit".to_owned(), cuts: vec![6, 5] };
        assert_eq!(narrow.sub_scores_in_words(1), "5");
        assert_eq!(names(2, 3), ["A1", "A2", "A3", "B1", "B2", "B3"]);
    }

    #[test]
    fn a_sub_score_is_the_sum_of_its_group() {
        // Budget is BANT; clicks and days since the form are engagement; the demo is in no group.
        let card = graded_card();
        let grades = card.grades.as_ref().expect("grades");
        assert_eq!(grades.sub_scores(&card.criteria, &[30, 8, 10, 5]), [30, 13]);
        assert_eq!(card.grade_of(&[30, 8, 10, 5]), Some("A2"));
        assert_eq!(card.grade_of(&[12, 20, 0, 0]), Some("B1"));
        assert_eq!(card.grade_of(&[0, 0, 10, 0]), Some("B3"));
        let left_out: Vec<&str> = grades.left_out(&card.criteria).map(|criterion| criterion.name.as_str()).collect();
        assert_eq!(left_out, ["asked_for_demo"]);
        assert_eq!(example_card().grade_of(&[30, 8, 10, 5]), None);
    }

    #[test]
    fn a_pair_is_in_a_sub_score_only_where_its_group_says_so() {
        let mut card = paired_card();
        card.grades = graded_card().grades;
        card.criteria[1].group = Some("engagement".to_owned());
        let grades = card.grades.clone().expect("grades");
        let points = [30, 8, 10, 5, 7, 3];
        assert_eq!(grades.sub_scores(&card.criteria, &points), [30, 8], "neither pair has a group");
        card.criteria[4].group = Some("BANT".to_owned());
        assert_eq!(grades.sub_scores(&card.criteria, &points), [37, 8]);
    }

    #[test]
    fn a_graded_card_has_format_4_and_reads_back() {
        let card = graded_card();
        assert_eq!(card.format, 4);
        assert_eq!(Card::from_json(&card.to_json()).expect("reads back"), card);
        assert!(card.golden.iter().all(|row| row.grade.is_some()));
        assert!(!example_card().to_json().contains("grade"), "a card without grades says nothing of them");
        let mut seen: Vec<&str> = card.golden.iter().filter_map(|row| row.grade.as_deref()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, ["A1", "A2", "A3", "B1", "B2", "B3"], "made-up leads reach every cell");
    }

    #[test]
    fn a_golden_row_of_another_grade_is_refused() {
        let mut card = graded_card();
        let at = card.golden.iter().position(|row| row.grade.as_deref() == Some("B3")).expect("a blank lead");
        card.golden[at].grade = Some("A1".to_owned());
        let said = card.check_golden().expect_err("spoilt").to_string();
        assert!(said.contains(&format!("row {}: grade B3 instead of A1", at + 1)), "{said}");
    }

    #[test]
    fn a_grid_that_is_not_sound_is_refused() {
        let said = |spoil: fn(&mut Grades)| {
            let mut card = graded_card();
            spoil(card.grades.as_mut().expect("grades"));
            card.check().expect_err("spoilt").to_string()
        };
        assert_eq!(
            said(|grades| grades.columns.group = "BANT".to_owned()),
            "grades: its rows and its columns are the same group; a grade takes two"
        );
        assert_eq!(
            said(|grades| grades.rows.group = "fit".to_owned()),
            "grades: no criterion of the card is in the group of its rows, `fit`"
        );
        assert_eq!(said(|grades| grades.rows.cuts.clear()), "grades: its rows have 0 cuts; an axis has 1 to 8");
        assert_eq!(
            said(|grades| grades.columns.cuts = vec![5, 5]),
            "grades: the cuts of its columns do not fall; the best class comes first"
        );
        assert_eq!(said(|grades| grades.cells.swap(0, 1)), "grades: its cells are not A1, A2, A3, B1, B2, B3");
        assert_eq!(said(|grades| grades.cells[2].n_converted = 101), "grades: 101 of the 100 leads of A3 converted");
        assert_eq!(
            said(|grades| grades.cells[2].high_bp = 10_001),
            "grades: the interval of A3 runs from 700 to 10001 basis points"
        );
    }
}
