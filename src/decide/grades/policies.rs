//! Policies by grade: what handing over every lead of the best grades brings in the time ahead.
//!
//! In: where leads stand in the grid ([`CellsOfLeads`]), and the history they come from ([`GradeHistory`]). Out: a [`GradePolicy`] for every
//! policy that the grid can meet, and a note for every other.
//!
//! No line of the score says who has a grade. But having one of the grades is a score of its own, 1 or 0, and "at least 1" the policy:
//! histogram, outlook and forecast are those of any score, and the curve has two entries.
//!
//! Always true: volumes are of all leads handed off, by the card that ships; conversions are of leads that the cards judging them had not
//! seen; nobody of whom too little is known is handed over.

use super::record::{GradePolicy, grades_up_to, is_as_good};
use super::{Graded, GradesRecord};
use crate::card::CurveEntry;
use crate::cross_fit::OutOfFold;
use crate::decide::forecast::record::Scenario;
use crate::decide::forecast::{ForecastParams, scenarios, variance_of_counted_curve};
use crate::decide::frontier::{
    Evidence, Frontier, FrontierError, HandedOff, Histogram, Known, Outcomes, Outlook, Policy, Rule, Span, curve_entry,
};
use crate::math::logit;
use crate::notes::Note;
use crate::settings::GradePolicyRule;

/// Positions of leads among the cells of the grid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellsOfLeads {
    /// Of the lead at each position, labelled or not, by the card that ships.
    pub shipped: Vec<usize>,
    /// Of the held-out leads, in the order of [`OutOfFold`], by cards that had not seen them.
    pub held_out: Vec<usize>,
}

/// What policies by grade are played on.
#[derive(Debug, Clone, Copy)]
pub struct GradeHistory<'a> {
    /// The held-out leads.
    pub judged: &'a OutOfFold,
    /// Every lead handed off.
    pub everyone: HandedOff<'a>,
    /// What is known beside the counts.
    pub known: Known,
    /// Variance of the log-odds of leads on the card that ships about those on the folds' cards.
    pub variance_of_transfer: f64,
    /// How the time ahead is played.
    pub params: ForecastParams,
}

impl Graded {
    /// Plays the time ahead under every policy by grade, and says which of them could not be met.
    ///
    /// # Errors
    /// Hand-offs off the calendar.
    pub fn play_policies(
        &mut self,
        rules: &[GradePolicyRule],
        history: &GradeHistory<'_>,
    ) -> Result<Vec<Note>, FrontierError> {
        let mut notes = Vec::new();
        for rule in rules {
            let mut leave_out = |why: String| {
                let text = format!("policy `{}` ({}) is left out: {why}", rule.name, grades_up_to(&rule.grade));
                notes.push(Note::new("grades", text));
            };
            let Some(record) = &mut self.record else {
                leave_out("there are no grades".to_owned());
                continue;
            };
            let Some(last) = record.grades.cells.iter().position(|cell| cell.grade == rule.grade) else {
                let worst = record.grades.cells.last().map_or("A1", |cell| cell.grade.as_str());
                leave_out(format!("there are the grades A1 to {worst} only"));
                continue;
            };
            match history.scenario(&rule.name, &HasGrade::up_to(last, record, &self.cells))? {
                Some(scenario) => record.policies.push(GradePolicy::of(&scenario, &record.up_to[last])),
                None => leave_out("no judged lead has such a grade".to_owned()),
            }
        }
        Ok(notes)
    }
}

/// Whether leads have one of the grades that a policy hands over: 1 or 0.
struct HasGrade {
    /// As [`CellsOfLeads::shipped`].
    shipped: Vec<i32>,
    /// As [`CellsOfLeads::held_out`].
    held_out: Vec<i32>,
}

impl HasGrade {
    /// - `last`: position of the last grade.
    fn up_to(last: usize, record: &GradesRecord, cells: &CellsOfLeads) -> Self {
        let n_columns = record.grades.columns.n_classes();
        let all = |cells: &[usize]| cells.iter().map(|&cell| i32::from(is_as_good(cell, last, n_columns))).collect();
        Self { shipped: all(&cells.shipped), held_out: all(&cells.held_out) }
    }
}

impl GradeHistory<'_> {
    /// The time ahead where all that have one of the grades are handed over; `None` where no judged lead has.
    fn scenario(&self, name: &str, has_grade: &HasGrade) -> Result<Option<Scenario>, FrontierError> {
        let counts = self.count(&has_grade.held_out);
        let judged = OutOfFold {
            score: has_grade.held_out.clone(),
            probability: has_grade.held_out.iter().map(|&score| counts[score as usize].share()).collect(),
            ..self.judged.clone()
        };
        let everyone = HandedOff { score: &has_grade.shipped, ..self.everyone };
        let outcomes = Outcomes { converted: &judged.converted, worth: &judged.probability };
        let histogram = Histogram::count_all(&judged, outcomes, everyone, Span::ALL)?;
        let outlook = Outlook::new(&histogram, self.known);
        let variance = outlook.variance_of_months() + self.variance_of_transfer;
        let curve = [0, 1].map(|score: i32| counts[score as usize].entry(score, outlook.design_effect, variance));
        let evidence = Evidence {
            histogram: &histogram,
            frontier: &Frontier::trace(&histogram, &outlook),
            outlook: &outlook,
            curve: &curve,
            bands: &[],
        };
        let policy = Policy { name: name.to_owned(), rule: Rule::PointsAtLeast(1), by: None };
        Ok(scenarios(&[policy], &evidence, &self.params).pop())
    }

    /// The judged leads without any of the grades, then those with one.
    fn count(&self, has_grade: &[i32]) -> [Count; 2] {
        let mut counts = [Count::default(); 2];
        for (at, (&score, &converted)) in has_grade.iter().zip(&self.judged.converted).enumerate() {
            let lead = self.judged.leads[at] as usize;
            if self.everyone.is_ask_first.is_none_or(|is_ask_first| !is_ask_first[lead]) {
                let count = &mut counts[score as usize];
                count.n_leads += 1;
                count.n_converted += u64::from(converted);
            }
        }
        counts
    }
}

/// Judged leads, and how many of them converted.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    n_leads: u64,
    n_converted: u64,
}

impl Count {
    /// Share that converts. Half a conversion keeps its log-odds finite.
    fn share(self) -> f64 {
        (self.n_converted as f64 + 0.5) / (self.n_leads as f64 + 1.0)
    }

    /// What the leads are worth, with the error of a share counted on as many.
    ///
    /// - `variance`: of the log-odds, beside that of the count.
    fn entry(self, score: i32, design_effect: f64, variance: f64) -> CurveEntry {
        let share = self.share();
        let of_count = design_effect / ((self.n_leads as f64 + 1.0) * share * (1.0 - share));
        let variance = variance_of_counted_curve(of_count, self.n_converted as f64) + variance;
        curve_entry(score, logit(share), variance.sqrt(), self.n_leads)
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::card::{GradeAxis, Grades};
    use crate::decide::forecast::Widening;
    use crate::decide::frontier::testing::judged;
    use crate::decide::grades::count_cells;
    use crate::measures::Estimate;

    /// Leads of a company of which three in ten have grade A1 and a quarter of those convert; one in twelve of the others.
    struct MadeUp {
        cells: Vec<usize>,
        converted: Vec<bool>,
    }

    const SHARE_OF_A1: f64 = 0.3;

    impl MadeUp {
        fn draw(n_leads: usize, rng: &mut ChaCha8Rng) -> Self {
            let cells: Vec<usize> =
                (0..n_leads).map(|_| if rng.random::<f64>() < SHARE_OF_A1 { 0 } else { 3 }).collect();
            let converted =
                cells.iter().map(|&cell| rng.random::<f64>() < if cell == 0 { 0.25 } else { 1.0 / 12.0 }).collect();
            Self { cells, converted }
        }

        /// Leads of grade A1, and how many of them converted.
        fn of_a1(&self) -> (usize, usize) {
            let a1 = || self.cells.iter().zip(&self.converted).filter(|(cell, _)| **cell == 0);
            (a1().count(), a1().filter(|(_, converted)| **converted).count())
        }

        fn judged(&self) -> OutOfFold {
            judged(&vec![50; self.cells.len()], &vec![0.1; self.cells.len()], &self.converted)
        }

        /// The two by two grid of these leads; `handed_off` are the cells of all that were handed off, these first.
        fn graded(&self, handed_off: Vec<usize>) -> Graded {
            let axis = || GradeAxis { group: String::new(), cuts: vec![0] };
            let sub_scores = |cell: usize| [-((cell / 2) as i32), -((cell % 2) as i32)];
            let leads = self.cells.iter().map(|&cell| sub_scores(cell)).zip(self.converted.iter().copied());
            let mut grades = Grades { rows: axis(), columns: axis(), cells: Vec::new() };
            grades.cells = count_cells(&grades, leads, 1.0);
            let mut record = GradesRecord::of(grades, &[], 1.0);
            record.hold_against_scores(&self.cells, &vec![50; self.cells.len()], &self.converted, 1.0);
            let cells = CellsOfLeads { shipped: handed_off, held_out: self.cells.clone() };
            Graded { record: Some(record), notes: Vec::new(), cells }
        }
    }

    fn everyone(score: &[i32]) -> HandedOff<'_> {
        HandedOff { score, as_of: None, segment: None, team: None, is_ask_first: None }
    }

    fn history<'a>(judged: &'a OutOfFold, everyone: HandedOff<'a>, n_draws: usize) -> GradeHistory<'a> {
        let params = ForecastParams { n_draws, ..ForecastParams::quarter(7, Widening::NONE) };
        GradeHistory { judged, everyone, known: Known::NOTHING, variance_of_transfer: 0.0, params }
    }

    fn rule(name: &str, grade: &str) -> GradePolicyRule {
        GradePolicyRule { name: name.to_owned(), grade: grade.to_owned() }
    }

    fn play(graded: &mut Graded, rules: &[GradePolicyRule], history: &GradeHistory<'_>) -> Vec<String> {
        let notes = graded.play_policies(rules, history).expect("no times");
        notes.into_iter().map(|note| note.text).collect()
    }

    fn policies(graded: Graded) -> Vec<GradePolicy> {
        graded.record.expect("a grid").policies
    }

    #[test]
    fn as_many_leads_are_handed_over_as_have_the_grades() {
        let leads = MadeUp::draw(1_000, &mut ChaCha8Rng::seed_from_u64(1));
        let (n_a1, n_won) = leads.of_a1();
        // Of 500 that were never judged all have A2 by the card that ships.
        let handed_off = [leads.cells.clone(), vec![1; 500]].concat();
        let judged = leads.judged();
        let score = vec![50; handed_off.len()];
        let mut graded = leads.graded(handed_off);
        let rules = [rule("best", "A1"), rule("letter A", "A2"), rule("all", "B2")];
        assert!(play(&mut graded, &rules, &history(&judged, everyone(&score), 400)).is_empty());
        let found = policies(graded);
        let of_1_000 = |n: usize| n as f64 / 1_500.0 * 1_000.0;
        let leads: Vec<f64> = found.iter().map(|policy| policy.leads.expected.round()).collect();
        assert_eq!(leads, [of_1_000(n_a1).round(), of_1_000(n_a1 + 500).round(), 1_000.0]);
        assert_eq!([found[0].words(), found[1].words()], ["grade A1", "grades A1 to A2"]);
        let best = &found[0];
        assert!((best.conversion.expected - n_won as f64 / n_a1 as f64).abs() < 0.002, "{best:?}");
        assert!((best.wins.expected - best.leads.expected * best.conversion.expected).abs() < 1e-9, "{best:?}");
        assert!(best.wins.low < best.wins.expected && best.wins.expected < best.wins.high, "{best:?}");
        // All have the same score, so among as many by score only the usual part converts.
        assert!(best.more_by_score.is_some_and(|more| more.high < 0.0), "{best:?}");
    }

    #[test]
    fn nobody_of_whom_too_little_is_known_is_handed_over() {
        let leads = MadeUp::draw(1_000, &mut ChaCha8Rng::seed_from_u64(1));
        let judged = leads.judged();
        let score = vec![50; 1_000];
        let is_ask_first: Vec<bool> = (0..1_000).map(|lead| lead % 2 == 0 && leads.cells[lead] == 0).collect();
        let n_asked = is_ask_first.iter().filter(|is| **is).count();
        let everyone = HandedOff { is_ask_first: Some(&is_ask_first), ..everyone(&score) };
        let mut graded = leads.graded(leads.cells.clone());
        play(&mut graded, &[rule("best", "A1")], &history(&judged, everyone, 400));
        let expected = (leads.of_a1().0 - n_asked) as f64 / (1_000 - n_asked) as f64 * 1_000.0;
        assert_eq!(policies(graded)[0].leads.expected.round(), expected.round());
    }

    #[test]
    fn a_policy_that_the_grid_cannot_meet_is_left_out_with_a_note() {
        let leads = MadeUp { cells: vec![3; 40], converted: (0..40).map(|lead| lead < 9).collect() };
        let judged = leads.judged();
        let score = vec![50; 40];
        let history = history(&judged, everyone(&score), 400);
        let mut graded = leads.graded(leads.cells.clone());
        let rules = [rule("few", "A2"), rule("fit first", "C1"), rule("all", "B2")];
        assert_eq!(
            play(&mut graded, &rules, &history),
            [
                "policy `few` (A1 to A2) is left out: no judged lead has such a grade",
                "policy `fit first` (A1 to C1) is left out: there are the grades A1 to B2 only",
            ]
        );
        assert_eq!(policies(graded).iter().map(|policy| policy.policy.as_str()).collect::<Vec<_>>(), ["all"]);
        assert_eq!(
            play(&mut Graded::default(), &rules[..1], &history),
            ["policy `few` (A1 to A2) is left out: there are no grades"]
        );
    }

    /// A share counted on few leads, on as many as the curve is worth, and on many.
    #[test]
    fn intervals_hold_what_comes_as_often_as_they_say() {
        for n_leads in [250, 1_000, 6_000] {
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let (mut n_leads_held, mut n_wins_held, mut n_conversion_held, n_histories) = (0, 0, 0, 400);
            for _ in 0..n_histories {
                let (before, after) = (MadeUp::draw(n_leads, &mut rng), MadeUp::draw(1_000, &mut rng));
                let judged = before.judged();
                let score = vec![50; n_leads];
                let mut graded = before.graded(before.cells.clone());
                play(&mut graded, &[rule("best", "A1")], &history(&judged, everyone(&score), 400));
                let best = policies(graded).remove(0);
                let (n_came, n_won) = after.of_a1();
                let holds = |Estimate { low, high, .. }: Estimate, came: f64| u32::from(low <= came && came <= high);
                n_leads_held += holds(best.leads, n_came as f64);
                n_wins_held += holds(best.wins, n_won as f64);
                n_conversion_held += holds(best.conversion, n_won as f64 / n_came as f64);
            }
            // Of 400 histories, 90 % with a standard error of 1.5 %.
            for n_held in [n_leads_held, n_wins_held, n_conversion_held] {
                let share = f64::from(n_held) / f64::from(n_histories);
                assert!(
                    (0.86..=0.96).contains(&share),
                    "{n_leads} leads: {n_leads_held} {n_wins_held} {n_conversion_held}"
                );
            }
        }
    }
}
