//! Scoring: leads in, whole points and what they are worth out. Arrow record batches or single leads; no engine.
//!
//! In: a [`Card`] and leads, as a [`RecordBatch`](arrow_array::RecordBatch) or a JSON object.
//! Out: [`Scored`] or [`ScoredBatch`]; with `explain`, points per criterion and the reasons for a low score.
//!
//! Start at [`Scorer::new`]. `edges` and `texts` find levels, `cells` those of pairs, `times` makes days from dates, `batch` and `lead` read values
//! out of Arrow and JSON, `explain` has the words.
//!
//! Always true: a scorer has scored the card's golden rows right; a batch gets the points its leads get one by one; a value of
//! the wrong type is an error, never a guess.

mod batch;
mod cells;
mod columns;
#[cfg(test)]
mod damage_tests;
mod edges;
mod error;
mod explain;
mod lead;
mod lookup;
mod readings;
mod texts;
mod times;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::card::{
    ASK_FIRST, Card, CardError, Criterion, Grades, Input, InputKind, Reading, describe_difference, describe_grade,
    golden_result,
};

pub use batch::{ExplainedBatch, ScoredBatch};
#[cfg(feature = "engine")]
pub(crate) use error::MAX_PROBLEMS;
#[cfg(feature = "export")]
pub(crate) use error::span_in_words;
pub use error::{ColumnProblem, ScoreError};
pub use explain::MAX_REASONS;
#[cfg(feature = "export")]
pub(crate) use explain::{Shortfall, shortfalls_of};
pub use lead::{Explained, Scored};

use cells::Cells;
use edges::NumberEdges;
#[cfg(not(feature = "export"))]
use explain::{Shortfall, shortfalls_of};
use lookup::Lookup;
use texts::TextLevels;

/// A card in the form that scores fastest.
#[derive(Debug, Clone)]
pub struct Scorer {
    base_points: i32,
    criteria: Vec<CompiledCriterion>,
    score_min: i32,
    /// One per score, from `score_min` up.
    worth: Vec<Worth>,
    /// Those of the card, and behind them the one for leads of which too little is known.
    bands: Vec<Arc<str>>,
    /// Points of the card's span that have to be known for a band by score.
    known_at_least: Option<i32>,
    /// The grid of the card, where it has one.
    grades: Option<CompiledGrades>,
    as_of_column: Option<String>,
    /// Rules of columns that arrive as texts.
    readings: BTreeMap<String, Reading>,
    allow_missing_columns: bool,
}

/// One criterion: how its level is found, and what each level gives.
#[derive(Debug, Clone)]
struct CompiledCriterion {
    name: String,
    /// One, or the two of a pair.
    inputs: Vec<CompiledInput>,
    /// How a pair finds its level.
    cells: Option<Cells>,
    /// One per level, in the order of the card; level 0 is missing.
    points: Lookup<i32>,
    /// Most points of a level less the fewest.
    span: i32,
    /// Points of the card's span that each level makes known.
    known: Lookup<i32>,
    /// What each level loses against the best one; `None` for the best.
    shortfalls: Vec<Option<Shortfall>>,
}

/// The grid of a card and where each criterion counts in it.
#[derive(Debug, Clone)]
struct CompiledGrades {
    grid: Grades,
    /// Names of its cells.
    names: Vec<Arc<str>>,
    /// One per criterion: 0 for the rows, 1 for the columns.
    axes: Vec<Option<usize>>,
}

/// A column that a criterion looks at, and how a value of it finds its level, or its part of a pair's axis.
#[derive(Debug, Clone)]
struct CompiledInput {
    /// Name of the criterion, for messages.
    criterion: String,
    input: Input,
    finder: LevelFinder,
}

/// Finds the position of the level that takes a value. Missing values never reach it: they are level 0.
#[derive(Debug, Clone)]
enum LevelFinder {
    Number(NumberEdges),
    Text(TextLevels),
    Boolean { no: u16, yes: u16 },
}

/// What one score is worth.
#[derive(Debug, Clone, Copy)]
struct Worth {
    probability_bp: u32,
    low_bp: u32,
    high_bp: u32,
    band: u16,
}

/// Position of the missing level.
const MISSING: u16 = 0;

impl Scorer {
    /// Compiles `card`, after checking it, and scores its golden rows.
    ///
    /// ```no_run
    /// use bantam::card::Card;
    /// use bantam::score::Scorer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let scorer = Scorer::new(&Card::from_json(&std::fs::read_to_string("card.json")?)?)?;
    /// let lead = serde_json::from_str(r#"{ "budget": "approved", "clicks_30d": 3 }"#)?;
    /// println!("{} points", scorer.score_lead(&lead)?.score);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`CardError`] when a rule of the card is broken or a golden row does not get its points.
    pub fn new(card: &Card) -> Result<Self, CardError> {
        card.check()?;
        let worth = card.curve.iter().map(|entry| Worth {
            probability_bp: entry.probability_bp,
            low_bp: entry.low_bp,
            high_bp: entry.high_bp,
            // A card has at most 1,000 bands.
            band: card.band_of(entry.score) as u16,
        });
        let scorer = Self {
            base_points: card.base_points,
            criteria: card.criteria.iter().filter_map(CompiledCriterion::new).collect(),
            score_min: card.curve.first().map_or(0, |entry| entry.score),
            worth: worth.collect(),
            bands: (card.bands.iter().map(|band| band.name.as_str()))
                .chain(card.known_at_least.map(|_| ASK_FIRST))
                .map(Arc::from)
                .collect(),
            known_at_least: card.known_at_least,
            grades: card.grades.as_ref().map(|grid| CompiledGrades::new(grid, &card.criteria)),
            as_of_column: card.as_of_column.clone(),
            readings: card.readings.clone(),
            allow_missing_columns: false,
        };
        card.check_golden()?;
        scorer.check_golden(card)?;
        Ok(scorer)
    }

    /// Whether an input column that is not there counts as missing for every lead, instead of being an error.
    pub fn allow_missing_columns(mut self, allow: bool) -> Self {
        self.allow_missing_columns = allow;
        self
    }

    /// Names of the criteria, in the order of the card and of the points that `explain` gives.
    pub fn criterion_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.criteria.iter().map(|criterion| criterion.name.as_str())
    }

    /// What the criteria read, in the order of the card; a pair reads two.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.compiled_inputs().map(|input| &input.input)
    }

    fn compiled_inputs(&self) -> impl Iterator<Item = &CompiledInput> {
        self.criteria.iter().flat_map(|criterion| &criterion.inputs)
    }

    /// Rules of columns that arrive as texts.
    pub fn readings(&self) -> &BTreeMap<String, Reading> {
        &self.readings
    }

    /// Column with the moment a lead is scored, if the card names one.
    pub fn as_of_column(&self) -> Option<&str> {
        self.as_of_column.as_deref()
    }

    /// Points of the card's span that have to be known of a lead for a band by its score; `None` where all have one.
    pub fn known_at_least(&self) -> Option<i32> {
        self.known_at_least
    }

    /// Names of the bands, highest first, behind them that of leads of which too little is known; [`ScoredBatch::bands`] points into them.
    pub fn band_names(&self) -> &[Arc<str>] {
        &self.bands
    }

    /// Names of the grades, best row first; [`ScoredBatch::grades`] points into them. Empty on a card without grades.
    pub fn grade_names(&self) -> &[Arc<str>] {
        self.grades.as_ref().map_or(&[], |grades| &grades.names)
    }

    /// Groups of criteria whose points are added up for a grade: that of the letter and that of the number.
    pub fn grade_groups(&self) -> Option<[&str; 2]> {
        let [rows, columns] = self.grades.as_ref()?.grid.axes();
        Some([&rows.group, &columns.group])
    }

    /// What was found for each input, and `absent` for columns that are not there where that is allowed.
    ///
    /// # Errors
    /// [`ScoreError::Columns`] with the first problem of every column; any other error as soon as it is met.
    fn found_for_all<T: Copy>(
        &self,
        found: impl Iterator<Item = Result<T, ScoreError>>,
        absent: T,
    ) -> Result<Vec<T>, ScoreError> {
        let mut all = Vec::with_capacity(self.criteria.len());
        let mut all_problems: Vec<ColumnProblem> = Vec::new();
        for found in found {
            match found {
                Ok(found) => all.push(found),
                Err(ScoreError::Columns { problems }) => match problems.as_slice() {
                    [ColumnProblem::Absent { .. }] if self.allow_missing_columns => all.push(absent),
                    _ => {
                        // Whoever reads it second says nothing new.
                        let is_new =
                            |problem: &ColumnProblem| all_problems.iter().all(|told| told.column() != problem.column());
                        let problems: Vec<ColumnProblem> = problems.into_iter().filter(is_new).collect();
                        all_problems.extend(problems);
                    }
                },
                Err(error) => return Err(error),
            }
        }
        if all_problems.is_empty() { Ok(all) } else { Err(ScoreError::Columns { problems: all_problems }) }
    }

    /// Position of the band of a lead: by its score, unless too little is known of it.
    fn band_of(&self, worth: Worth, known: i32) -> u16 {
        // The name stands behind those of the card, which has at most 1,000.
        if self.known_at_least.is_some_and(|least| known < least) { self.bands.len() as u16 - 1 } else { worth.band }
    }

    /// What a score is worth. The check of the curve makes sure that every sum of points has an entry.
    fn worth_of(&self, score: i32) -> Worth {
        self.worth[(score - self.score_min) as usize]
    }

    /// The compiled form gives every golden row its points.
    fn check_golden(&self, card: &Card) -> Result<(), CardError> {
        let mut differences = Vec::new();
        for (idx, row) in card.golden.iter().enumerate() {
            let inputs = row.inputs.iter().map(|(column, value)| (column.clone(), value.clone())).collect();
            let (points, score, grade) = match self.explain_lead(&inputs) {
                Ok(explained) => (explained.points, explained.scored.score, explained.scored.grade),
                Err(_) => (vec![0; row.points.len()], i32::MIN, None),
            };
            if points != row.points || score != row.score {
                differences.push(describe_difference(idx, &card.criteria, row, &points, score));
            } else {
                let grade = grade.as_ref().map(|(_, grade)| &**grade);
                differences.extend(describe_grade(idx, row, grade));
            }
        }
        golden_result(card.golden.len(), differences)
    }
}

impl CompiledGrades {
    fn new(grid: &Grades, criteria: &[Criterion]) -> Self {
        Self {
            grid: grid.clone(),
            names: grid.cells.iter().map(|cell| Arc::from(cell.grade.as_str())).collect(),
            axes: criteria.iter().map(|criterion| grid.axis_of(criterion)).collect(),
        }
    }
}

impl CompiledCriterion {
    /// `None` for a criterion without an input, which no checked card has.
    fn new(criterion: &Criterion) -> Option<Self> {
        let inputs: Vec<CompiledInput> = match criterion.input() {
            Some(input) => vec![CompiledInput::new(&criterion.name, criterion, input)],
            None => {
                let axes = criterion.axes().map(|(axis, input)| (axis.to_criterion(input, |_| 0), input));
                axes.map(|(axis, input)| CompiledInput::new(&criterion.name, &axis, input)).collect()
            }
        };
        (!inputs.is_empty()).then(|| Self {
            name: criterion.name.clone(),
            inputs,
            cells: criterion.grid.as_ref().map(|grid| Cells::new(criterion, grid)),
            points: Lookup::new(criterion.levels.iter().map(|level| level.points).collect(), 0),
            span: criterion.span(),
            known: Lookup::new(criterion.levels.iter().map(|level| criterion.known_points(level)).collect(), 0),
            shortfalls: shortfalls_of(criterion),
        })
    }

    /// The column of a plain criterion.
    fn input(&self) -> Option<&CompiledInput> {
        if self.cells.is_none() { self.inputs.first() } else { None }
    }

    /// The texts that a plain criterion names, where it reads text.
    fn texts(&self) -> Option<&TextLevels> {
        match &self.input()?.finder {
            LevelFinder::Text(texts) => Some(texts),
            LevelFinder::Number(_) | LevelFinder::Boolean { .. } => None,
        }
    }
}

impl CompiledInput {
    /// - `rules`: a plain criterion, or an axis as one.
    fn new(criterion: &str, rules: &Criterion, input: &Input) -> Self {
        let finder = match input.kind {
            InputKind::Number => LevelFinder::Number(NumberEdges::new(&rules.edges().collect::<Vec<_>>())),
            InputKind::Text => LevelFinder::Text(TextLevels::new(rules)),
            InputKind::Boolean => {
                let texts = TextLevels::new(rules);
                LevelFinder::Boolean { no: texts.level_of("false"), yes: texts.level_of("true") }
            }
        };
        Self { criterion: criterion.to_owned(), input: input.clone(), finder }
    }
}

#[cfg(test)]
mod tests {
    use crate::card::tests::example_card;

    use super::*;

    #[test]
    fn a_scorer_refuses_a_card_that_fails() {
        let mut card = example_card();
        card.criteria[0].levels[3].points = 13;
        let message = Scorer::new(&card).expect_err("edited").to_string();
        assert!(message.contains("row 2: `budget` 13 instead of 12"), "{message}");
        card.bands.clear();
        assert_eq!(Scorer::new(&card).expect_err("no bands").to_string(), "card: it has no bands");
    }

    #[test]
    fn a_scorer_tells_what_it_reads() {
        let scorer = Scorer::new(&example_card()).expect("a sound card");
        let names: Vec<_> = scorer.criterion_names().collect();
        assert_eq!(names, ["budget", "clicks_30d", "asked_for_demo", "days_since_form"]);
        assert_eq!(scorer.as_of_column(), Some("handed_off_at"));
        assert_eq!(scorer.inputs().count(), 4);
        let bands: Vec<_> = scorer.band_names().iter().map(|band| band.to_string()).collect();
        assert_eq!(bands, ["hot", "reject"]);
    }
}
