//! What `metrics.json` says of grades.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::reversals;
use crate::card::{Criterion, Grades};
use crate::decide::forecast::record::{Forecast, Scenario};
use crate::measures::{Estimate, Interval, equal_volume_difference, wilson_of_repeated};
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
    /// What the policies by grade bring in the time ahead, in the order of the config; those that cannot be met are left out, with a note.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<GradePolicy>,
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
    /// How many more would have converted among as many leads, those with the highest scores; below 0 where fewer would. With its 90 %
    /// interval, the same leads under both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_by_score: Option<Estimate>,
}

/// The time ahead where every lead is handed over whose grade is as good as the last one on both axes. Counts are for the whole time
/// ahead, as those of [`Forecast::scenarios`](crate::decide::forecast::record::Forecast::scenarios).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GradePolicy {
    /// Name of the policy.
    pub policy: String,
    /// The last grade handed over: `B2` for A1, A2, B1 and B2.
    pub grade: String,
    /// Leads handed to sales.
    pub leads: Estimate,
    /// Of those, how many convert.
    pub wins: Estimate,
    /// Share of the leads handed over that converts.
    pub conversion: Estimate,
    /// How many more would convert among as many leads, those with the highest scores; below 0 where fewer would. As in `up_to`, for the
    /// leads of the time ahead; its interval knows of the history's chance alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_by_score: Option<Estimate>,
}

impl GradePolicy {
    /// - `up_to`: what the grades came to.
    pub(super) fn of(scenario: &Scenario, up_to: &GradesUpTo) -> Self {
        let Scenario { policy, leads, wins, conversion, .. } = scenario.clone();
        let of_history = leads.expected / up_to.n_leads as f64;
        let more_by_score = up_to.more_by_score.map(|more| more.times(of_history));
        Self { policy, grade: up_to.grade.clone(), leads, wins, conversion, more_by_score }
    }

    /// The same with counts for a share of the time ahead.
    fn times(&self, share: f64) -> Self {
        Self {
            leads: self.leads.times(share),
            wins: self.wins.times(share),
            more_by_score: self.more_by_score.map(|more| more.times(share)),
            ..self.clone()
        }
    }

    /// "grades A1 to B2".
    pub fn words(&self) -> String {
        let grades = grades_up_to(&self.grade);
        if grades == self.grade { format!("grade {grades}") } else { format!("grades {grades}") }
    }
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
            policies: Vec::new(),
            points_left_out: grades.left_out(criteria).map(width).sum(),
            of_points: criteria.iter().map(width).sum(),
            grades,
        }
    }

    /// Holds every rectangle of grades against as many leads by their scores.
    ///
    /// - `cells`, `scores`, `converted`: of the held-out leads, one entry each.
    pub(super) fn hold_against_scores(
        &mut self,
        cells: &[usize],
        scores: &[i32],
        converted: &[bool],
        design_effect: f64,
    ) {
        let n_columns = self.grades.columns.n_classes();
        for (last, up_to) in self.up_to.iter_mut().enumerate() {
            let is_in: Vec<i32> = cells.iter().map(|&cell| i32::from(is_as_good(cell, last, n_columns))).collect();
            let compared = equal_volume_difference(&is_in, scores, converted, up_to.n_leads as f64);
            up_to.more_by_score = compared.map(|compared| compared.difference.widened(design_effect.sqrt()));
        }
    }

    /// The policies by grade with counts for an average month of the time ahead; as they are without dates.
    pub fn policies_of_a_month(&self, forecast: &Forecast) -> Vec<GradePolicy> {
        let share = 1.0 / forecast.n_months.unwrap_or(1.0);
        self.policies.iter().map(|policy| policy.times(share)).collect()
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

/// "A1 to B2": every grade as good as the last on both axes.
pub fn grades_up_to(last: &str) -> String {
    if last == "A1" { last.to_owned() } else { format!("A1 to {last}") }
}

/// Sums over the cells that are at least as good on both axes.
fn up_to(grades: &Grades, design_effect: f64) -> Vec<GradesUpTo> {
    let n_columns = grades.columns.n_classes();
    let up_to = |(at, last): (usize, &crate::card::GradeCell)| {
        let cells =
            grades.cells.iter().enumerate().filter(|(cell, _)| is_as_good(*cell, at, n_columns)).map(|(_, cell)| cell);
        let (n_leads, n_converted) = cells.fold((0, 0), |(n, won), cell| (n + cell.n_leads, won + cell.n_converted));
        let Interval { low, high } = wilson_of_repeated(n_converted as f64, n_leads as f64, design_effect);
        GradesUpTo { grade: last.grade.clone(), n_leads, n_converted, low, high, more_by_score: None }
    };
    grades.cells.iter().enumerate().map(up_to).collect()
}

/// Whether a cell is as good as another on both axes, by their positions.
pub(super) fn is_as_good(cell: usize, other: usize, n_columns: usize) -> bool {
    cell / n_columns <= other / n_columns && cell % n_columns <= other % n_columns
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

    #[test]
    fn metrics_written_before_there_were_policies_by_grade_are_read() {
        let axis = || GradeAxis { group: String::new(), cuts: vec![0] };
        let cell = |grade| GradeCell { grade, n_leads: 2, n_converted: 1, low_bp: 0, high_bp: 10_000 };
        let cells = grade_names(2, 2).into_iter().map(cell).collect();
        let mut record = GradesRecord::of(Grades { rows: axis(), columns: axis(), cells }, &[], 1.0);
        let before = serde_json::to_value(&record).expect("JSON");
        assert!(before.get("policies").is_none());
        assert_eq!(serde_json::from_value::<GradesRecord>(before).expect("reads back"), record);
        let scenario = Scenario { policy: "fit first".to_owned(), ..Scenario::default() };
        record.policies.push(GradePolicy::of(&scenario, &record.up_to[1]));
        let now = serde_json::to_string(&record).expect("JSON");
        assert_eq!(serde_json::from_str::<GradesRecord>(&now).expect("reads back"), record);
    }

    #[test]
    fn grades_are_held_against_as_many_leads_by_score() {
        let axis = || GradeAxis { group: String::new(), cuts: vec![0] };
        let counts = [(2, 1), (1, 1), (2, 0), (3, 0)];
        let cell = |(grade, (n_leads, n_converted))| GradeCell { grade, n_leads, n_converted, low_bp: 0, high_bp: 0 };
        let cells = grade_names(2, 2).into_iter().zip(counts).map(cell).collect();
        let grades = Grades { rows: axis(), columns: axis(), cells };
        let mut record = GradesRecord::of(grades, &[], 1.0);
        // The two with the highest scores converted both; one of them is A2.
        let cells = [0, 0, 1, 2, 2, 3, 3, 3];
        let converted = [true, false, true, false, false, false, false, false];
        record.hold_against_scores(&cells, &[90, 40, 80, 30, 20, 15, 10, 5], &converted, 1.0);
        let more: Vec<f64> =
            record.up_to.iter().map(|up_to| up_to.more_by_score.expect("leads").expected.round()).collect();
        assert_eq!(more, [1.0, 0.0, 1.0, 0.0]);
    }
}
