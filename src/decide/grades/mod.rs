//! Grades: a letter for one group of criteria, a number for another, and what leads of each cell came to.
//!
//! In: the sub-scores of two groups ([`SubScores`]). Out: the [`Grades`] of the card, and a [`GradesRecord`] for `metrics.json`. Cuts are
//! those of the config, or chosen for spread of conversion (`cuts`); `cells` counts the leads of each grade; `order` says where a better
//! grade converts less; `policies` plays the time ahead where the best grades are handed over.
//!
//! Always true: cuts are chosen by the points of the card that ships on the leads it was fitted on; every count is of leads with sub-scores
//! by cards that had not seen them.

mod cells;
mod cuts;
mod order;
mod policies;
mod record;

pub use cells::count_cells;
pub use policies::{CellsOfLeads, GradeHistory};
pub use record::{GradePolicy, GradeReversal, GradesRecord, GradesUpTo, grades_up_to};

use crate::card::{Criterion, GradeAxis, Grades};
use crate::cross_fit::sub_scores::SubScores;
use crate::cross_fit::{Fitted, HeldOut, Setup};
use crate::notes::{Note, counted, in_words};
use crate::settings::GradeAxisRule;

/// The grades of a card, and what a careful person would mention.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graded {
    /// Nothing where nobody asked for grades, or a group tells no leads apart.
    pub record: Option<GradesRecord>,
    /// Where they are not what was asked for, or not what one expects.
    pub notes: Vec<Note>,
    /// Where leads stand in the grid.
    cells: CellsOfLeads,
}

impl Graded {
    /// Cuts both axes and counts the held-out leads of every cell.
    pub fn of(setup: &Setup<'_>, fitted: &Fitted, held_out: &HeldOut) -> Self {
        let Some(rules) = &setup.settings.grades else { return Self::default() };
        let judged = &held_out.out_of_fold;
        let of_axis = rules.each_ref().map(|rule| SubScores::of_group(setup, fitted, judged, &rule.group));
        let mut notes = Vec::new();
        let converted: Vec<bool> = setup.outcomes(&setup.labelled).collect();
        let axes = [0, 1].map(|at| axis(&rules[at], &of_axis[at].shipped[..converted.len()], &converted, &mut notes));
        let [Some(rows), Some(columns)] = axes else { return Self { notes, ..Self::default() } };
        let criteria = &fitted.card.assembled.criteria;
        let [rows_of, columns_of] = &of_axis;
        let sub_scores = side_by_side(&rows_of.held_out, &columns_of.held_out);
        let graded = sub_scores.zip(judged.converted.iter().copied());
        let mut grades = Grades { rows, columns, cells: Vec::new() };
        grades.cells = count_cells(&grades, graded, held_out.design_effect);
        let cells_of = |rows, columns| side_by_side(rows, columns).map(|both| grades.cell_of(both)).collect();
        let cells = CellsOfLeads {
            shipped: cells_of(&rows_of.shipped, &columns_of.shipped),
            held_out: cells_of(&rows_of.held_out, &columns_of.held_out),
        };
        let mut record = GradesRecord::of(grades, criteria, held_out.design_effect);
        record.hold_against_scores(&cells.held_out, &judged.score, &judged.converted, held_out.design_effect);
        notes.extend(left_out_note(&record.grades, criteria));
        notes.extend(record.reversals.iter().map(GradeReversal::note));
        Self { record: Some(record), notes, cells }
    }
}

/// Sub-scores on both axes, lead by lead.
fn side_by_side<'a>(rows: &'a [i32], columns: &'a [i32]) -> impl Iterator<Item = [i32; 2]> + 'a {
    rows.iter().zip(columns).map(|(&row, &column)| [row, column])
}

/// An axis with its cuts; `None` where all leads have the same sub-score.
fn axis(rule: &GradeAxisRule, shipped: &[i32], converted: &[bool], notes: &mut Vec<Note>) -> Option<GradeAxis> {
    let group = rule.group.clone();
    let is_told_apart = shipped.iter().any(|sub_score| *sub_score != shipped[0]);
    if !is_told_apart {
        let text = format!("there are no grades: on this card the criteria in `{group}` tell no leads apart");
        notes.push(Note::new("grades", text));
        return None;
    }
    if !rule.cuts.is_empty() {
        return Some(GradeAxis { group, cuts: rule.cuts.clone() });
    }
    let cuts = cuts::choose_cuts(shipped, converted, rule.n_classes);
    if cuts.len() + 1 < rule.n_classes {
        let text = format!(
            "`{group}` has {} instead of {}: its points are too few for more, each with leads enough",
            counted(cuts.len() as u64 + 1, "grade"),
            rule.n_classes
        );
        notes.push(Note::new("grades", text));
    }
    Some(GradeAxis { group, cuts })
}

/// Says which criteria have no part in a grade, and what they are worth.
fn left_out_note(grades: &Grades, criteria: &[Criterion]) -> Option<Note> {
    let left_out: Vec<&Criterion> = grades.left_out(criteria).collect();
    let points: i32 = left_out.iter().map(|criterion| criterion.span()).sum();
    let names: Vec<String> = left_out.iter().map(|criterion| format!("`{}`", criterion.name)).collect();
    (!left_out.is_empty()).then(|| {
        let text = format!(
            "a grade knows `{}` and `{}` only: {} in neither group, worth up to {}, {} in the score alone: {}",
            grades.rows.group,
            grades.columns.group,
            counted(left_out.len() as u64, "criterion"),
            counted(points as u64, "point"),
            if left_out.len() == 1 { "counts" } else { "count" },
            in_words(&names, "and")
        );
        Note::new("grades", text)
    })
}
