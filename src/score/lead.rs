//! Single leads as JSON objects.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::card::{Derivation, normalise_text};

use super::error::{quoted, value_in_words};
use super::times::{days_before, parse_time};
use super::{ColumnProblem, CompiledCriterion, CompiledInput, LevelFinder, MISSING, ScoreError, Scorer};

/// A lead's points and what they are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    /// Whole points.
    pub score: i32,
    /// Probability of conversion in basis points, 0..=10000.
    pub probability_bp: u32,
    /// Lower end of its 90 % interval.
    pub low_bp: u32,
    /// Upper end of its 90 % interval.
    pub high_bp: u32,
    /// Points of the card's span that the answers of the lead cover, in the sense of [`Card::known_at_least`](crate::card::Card).
    pub known: i32,
    /// Name of the band.
    pub band: Arc<str>,
    /// Sub-scores on the rows and the columns of the card's grid, and the grade they come to; `None` on a card without grades.
    pub grade: Option<([i32; 2], Arc<str>)>,
}

/// A lead's points, one by one, and why they are not more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Points and their worth.
    pub scored: Scored,
    /// Points per criterion, in the order of the card.
    pub points: Vec<i32>,
    /// Up to [`super::MAX_REASONS`] reasons, largest loss first: "budget: none (30 points below approved)".
    pub reasons: Vec<String>,
    /// Criteria of which nothing is known, those with the widest range of points first; no pairs, which nobody asks.
    pub unknown: Vec<String>,
}

impl Scorer {
    /// Scores one lead. `null` is missing; keys the card does not read are ignored.
    ///
    /// # Errors
    /// [`ScoreError::Columns`] names keys that are not there or hold something else than the card reads;
    /// [`ScoreError::NotATime`] a text that is no time.
    pub fn score_lead(&self, lead: &Map<String, Value>) -> Result<Scored, ScoreError> {
        let levels = self.levels_of_lead(lead)?;
        Ok(self.scored(&levels))
    }

    /// Scores one lead and says why.
    ///
    /// # Errors
    /// As [`Scorer::score_lead`].
    pub fn explain_lead(&self, lead: &Map<String, Value>) -> Result<Explained, ScoreError> {
        let levels = self.levels_of_lead(lead)?;
        let reasons = self.reasons_of(levels.iter().copied()).map(str::to_owned).collect();
        let (scored, points) = (self.scored(&levels), self.points_of(&levels).collect());
        Ok(Explained { scored, points, reasons, unknown: self.unknown_of(&levels) })
    }

    fn unknown_of(&self, levels: &[u16]) -> Vec<String> {
        let criteria = self.criteria.iter().zip(levels);
        let is_unknown =
            |(criterion, level): &(&CompiledCriterion, &u16)| criterion.known.at(usize::from(**level)) == 0;
        let mut unknown: Vec<&CompiledCriterion> =
            criteria.filter(is_unknown).map(|(criterion, _)| criterion).collect();
        unknown.sort_by_key(|criterion| std::cmp::Reverse(criterion.span));
        let is_askable = |criterion: &&CompiledCriterion| criterion.span > 0 && criterion.cells.is_none();
        unknown.into_iter().filter(is_askable).map(|criterion| criterion.name.clone()).collect()
    }

    /// Texts of a lead that the card does not name: position of the criterion and the text. Values that the card cannot read are passed
    /// over.
    pub fn unnamed_in_lead(&self, lead: &Map<String, Value>) -> Vec<(usize, String)> {
        let unnamed = |(at, criterion): (usize, &CompiledCriterion)| {
            let texts = criterion.texts()?;
            let text = lead.get(&criterion.input()?.input.column)?.as_str()?;
            let is_unnamed = Some(texts.level_of(text)) == texts.unnamed_level();
            is_unnamed.then(|| (at, normalise_text(text).into_owned()))
        };
        self.criteria.iter().enumerate().filter_map(unnamed).collect()
    }

    fn points_of(&self, levels: &[u16]) -> impl Iterator<Item = i32> {
        self.criteria.iter().zip(levels).map(|(criterion, &level)| criterion.points.at(usize::from(level)))
    }

    fn scored(&self, levels: &[u16]) -> Scored {
        let score = self.base_points + self.points_of(levels).sum::<i32>();
        let worth = self.worth_of(score);
        let known = self.criteria.iter().zip(levels);
        let known = known.map(|(criterion, &level)| criterion.known.at(usize::from(level))).sum();
        Scored {
            score,
            known,
            probability_bp: worth.probability_bp,
            low_bp: worth.low_bp,
            high_bp: worth.high_bp,
            band: Arc::clone(&self.bands[usize::from(self.band_of(worth, known))]),
            grade: self.grade_of(levels),
        }
    }

    /// Sub-scores and grade of a lead, on a card that has grades.
    fn grade_of(&self, levels: &[u16]) -> Option<([i32; 2], Arc<str>)> {
        let grades = self.grades.as_ref()?;
        let mut sub_scores = [0; 2];
        for (points, axis) in self.points_of(levels).zip(&grades.axes) {
            if let Some(axis) = *axis {
                sub_scores[axis] += points;
            }
        }
        Some((sub_scores, Arc::clone(&grades.names[grades.grid.cell_of(sub_scores)])))
    }

    /// Level of each criterion.
    fn levels_of_lead(&self, lead: &Map<String, Value>) -> Result<Vec<u16>, ScoreError> {
        let lead = self.read_lead(lead)?;
        let lead = lead.as_ref();
        let found = self.found_for_all(self.compiled_inputs().map(|input| self.level_in_lead(input, lead)), MISSING)?;
        let mut found = found.into_iter();
        let mut next = || found.next().unwrap_or(MISSING);
        let level = |criterion: &CompiledCriterion| match &criterion.cells {
            None => next(),
            Some(cells) => {
                let (row, column) = (next(), next());
                cells.level_of(row, column)
            }
        };
        Ok(self.criteria.iter().map(level).collect())
    }

    fn level_in_lead(&self, compiled: &CompiledInput, lead: &Map<String, Value>) -> Result<u16, ScoreError> {
        let input = &compiled.input;
        let absent = || compiled.absent(self.as_of_column());
        if let Some(Derivation::DaysBefore { column: source }) = &input.derivation {
            let is_given = lead.get(&input.column).is_some_and(|value| *source != input.column || !value.is_string());
            if !is_given {
                let as_of = self.as_of_column().and_then(|column| Some((column, lead.get(column)?)));
                let (time, (as_of_column, as_of)) = lead.get(source).zip(as_of).ok_or_else(absent)?;
                let (time, as_of) = match (compiled.time_in(source, time), compiled.time_in(as_of_column, as_of)) {
                    // A text that is no time ends the scoring, another kind of value is told with all others.
                    (Err(ScoreError::Columns { .. }), Err(not_a_time @ ScoreError::NotATime { .. })) => {
                        return Err(not_a_time);
                    }
                    (time, as_of) => (time?, as_of?),
                };
                let days = time.zip(as_of).map_or(f64::NAN, |(time, as_of)| days_before(time, as_of));
                return Ok(compiled.level_of_number(days));
            }
        }
        let value = lead.get(&input.column).ok_or_else(absent)?;
        Ok(compiled.level_of_value(value).ok_or_else(|| compiled.wrong_type(value_in_words(value)))?)
    }
}

impl CompiledInput {
    /// Level of a JSON value; `None` when it is of another kind than the criterion reads.
    fn level_of_value(&self, value: &Value) -> Option<u16> {
        match (&self.finder, value) {
            (_, Value::Null) => Some(MISSING),
            (LevelFinder::Number(edges), Value::Number(number)) => match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => Some(edges.signed.level_of(whole)),
                (_, Some(whole)) => Some(edges.unsigned.level_of(whole)),
                _ => number.as_f64().map(|number| edges.floats.level_of(number)),
            },
            (LevelFinder::Text(texts), Value::String(text)) => Some(texts.level_of(text)),
            (LevelFinder::Boolean { no, yes }, Value::Bool(flag)) => Some(if *flag { *yes } else { *no }),
            _ => None,
        }
    }

    /// Level of a number; only a number criterion has other levels than missing for one.
    fn level_of_number(&self, number: f64) -> u16 {
        match &self.finder {
            LevelFinder::Number(edges) => edges.floats.level_of(number),
            LevelFinder::Text(_) | LevelFinder::Boolean { .. } => MISSING,
        }
    }

    /// The time in `value`, `None` where it is null.
    fn time_in(&self, column: &str, value: &Value) -> Result<Option<i64>, ScoreError> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) => parse_time(text).map(Some).ok_or_else(|| ScoreError::NotATime {
                column: column.to_owned(),
                row: 1,
                text: quoted(text),
            }),
            other => Err(self.no_times(column, value_in_words(other)).into()),
        }
    }

    /// The input column is not there.
    pub(super) fn absent(&self, as_of: Option<&str>) -> ColumnProblem {
        ColumnProblem::Absent {
            column: self.input.column.clone(),
            criterion: self.criterion.clone(),
            derivation: self.input.derivation.clone().map(Box::new),
            as_of: as_of.map(str::to_owned),
        }
    }

    /// A column that is to hold times holds `found`.
    pub(super) fn no_times(&self, column: &str, found: String) -> ColumnProblem {
        let (column, criterion) = (column.to_owned(), self.criterion.clone());
        ColumnProblem::WrongType { column, criterion, expected: "a time", found }
    }

    /// The input column holds `found`.
    pub(super) fn wrong_type(&self, found: String) -> ColumnProblem {
        let (column, criterion) = (self.input.column.clone(), self.criterion.clone());
        ColumnProblem::WrongType { column, criterion, expected: self.input.kind.in_words(), found }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::card::tests::{card_of, criterion, example_card, example_criteria, level};
    use crate::card::{Card, InputKind, Measure, When};

    use super::*;

    fn scorer() -> Scorer {
        Scorer::new(&example_card()).expect("a sound card")
    }

    fn lead(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    fn refusal(scorer: &Scorer, value: Value) -> String {
        scorer.score_lead(&lead(value)).expect_err("refused").to_string()
    }

    #[test]
    fn a_lead_gets_its_points_and_their_worth() {
        let lead = lead(json!({
            "budget": "approved", "clicks_30d": 2, "asked_for_demo": true, "days_since_form": null, "name": "ignored"
        }));
        let explained = scorer().explain_lead(&lead).expect("a sound lead");
        assert_eq!(explained.points, [30, 8, 10, 0]);
        assert_eq!(explained.scored.score, 48);
        // The test curve: 100 + 6000 * 48 / 65.
        assert_eq!(explained.scored.probability_bp, 4_530);
        assert_eq!((explained.scored.low_bp, explained.scored.high_bp), (4_480, 4_590));
        assert_eq!(&*explained.scored.band, "hot");
        assert_eq!(
            explained.reasons,
            [
                "clicks_30d: 1 to 3.5 (12 points below 3.5 and more)",
                "days_since_form: missing (5 points below within a week)"
            ]
        );
        assert_eq!(scorer().score_lead(&lead).expect("a sound lead"), explained.scored);
    }

    #[test]
    fn days_are_made_from_a_time_and_the_hand_off() {
        let score = |form: Value, as_of: Value| {
            let lead = lead(json!({
                "budget": "none", "clicks_30d": 0, "asked_for_demo": null, "form_sent_at": form, "handed_off_at": as_of
            }));
            scorer().score_lead(&lead).map(|scored| scored.score)
        };
        assert_eq!(score(json!("2026-03-05"), json!("2026-03-10T09:00:00Z")), Ok(5), "five days");
        assert_eq!(score(json!("2026-03-03T09:00:00Z"), json!("2026-03-10T09:00:00Z")), Ok(0), "seven days");
        assert_eq!(
            score(json!("2026-03-10T09:00:01Z"), json!("2026-03-10T09:00:00Z")),
            Ok(0),
            "after the hand-off: not known then"
        );
        assert_eq!(score(json!(null), json!("2026-03-10")), Ok(0));
        assert_eq!(score(json!("2026-03-10"), json!(null)), Ok(0));
        assert_eq!(
            score(json!("soon"), json!("2026-03-10")).expect_err("no time").to_string(),
            "row 1: column `form_sent_at` holds \"soon\", which is no time\n\
             hint: write times like 2026-05-04T10:30:00Z or 2026-05-04"
        );
        assert_eq!(
            score(json!(20_260_310), json!("2026-03-10")).expect_err("no time").to_string(),
            "the leads do not fit the card: column `form_sent_at` holds the number 20260310; criterion `days_since_form` \
             reads a time"
        );
    }

    #[test]
    fn a_time_under_the_criterions_own_name_is_turned_into_days() {
        let mut card = example_card();
        card.criteria[3].inputs[0].derivation = Some(Derivation::DaysBefore { column: "days_since_form".to_owned() });
        let scorer = Scorer::new(&card).expect("a sound card");
        let score = |form: Value| {
            let lead = lead(json!({
                "budget": "none", "clicks_30d": 0, "asked_for_demo": null, "days_since_form": form,
                "handed_off_at": "2026-03-10T09:00:00Z"
            }));
            scorer.score_lead(&lead).map(|scored| scored.score)
        };
        assert_eq!(score(json!("2026-03-05")), Ok(5));
        assert_eq!(score(json!(5)), Ok(5));
        assert_eq!(score(json!(null)), Ok(0));
    }

    #[test]
    fn every_key_that_is_missing_or_wrong_is_named_at_once() {
        assert_eq!(
            refusal(&scorer(), json!({"clicks_30d": "many", "asked_for_demo": "true"})),
            "the leads do not fit the card\n\
             column `budget` is not there; criterion `budget` reads it\n\
             column `clicks_30d` holds the text \"many\"; criterion `clicks_30d` reads a number\n\
             column `asked_for_demo` holds the text \"true\"; criterion `asked_for_demo` reads true or false\n\
             column `days_since_form` is not there; give it, or both `form_sent_at` and `handed_off_at`: it is the whole days \
             between them"
        );
        assert_eq!(
            refusal(
                &scorer(),
                json!({"budget": {"a": 1}, "clicks_30d": 0, "asked_for_demo": null, "days_since_form": 1})
            ),
            "the leads do not fit the card: column `budget` holds an object; criterion `budget` reads text"
        );
    }

    #[test]
    fn an_event_criterion_says_what_to_compute() {
        let mut card = example_card();
        let mut refused = |derivation| {
            card.criteria[1].inputs[0].derivation = Some(derivation);
            let lead = json!({"budget": null, "asked_for_demo": null, "days_since_form": null});
            refusal(&Scorer::new(&card).expect("a sound card"), lead)
        };
        assert_eq!(
            refused(Derivation::Events {
                kind: Some("email_click".to_owned()),
                within_us: Some(30 * 86_400_000_000),
                measure: Measure::Count
            }),
            "the leads do not fit the card: column `clicks_30d` is not there; compute it before scoring: `count` over \
             `email_click` events of the last 30 days up to the hand-off"
        );
        assert!(
            refused(Derivation::Events { kind: None, within_us: None, measure: Measure::DaysSinceLast })
                .ends_with("`days_since_last` over all events up to the hand-off")
        );
    }

    #[test]
    fn missing_keys_count_as_missing_where_that_is_allowed() {
        let scorer = scorer().allow_missing_columns(true);
        let explained = scorer.explain_lead(&Map::new()).expect("all missing");
        assert_eq!(explained.points, [4, 2, 0, 0]);
        // A wrong type stays an error.
        assert!(refusal(&scorer, json!({"budget": 5})).contains("holds the number 5; criterion `budget` reads text"));
    }

    #[test]
    fn whole_numbers_of_any_size_are_compared_exactly() {
        let edge = 9_007_199_254_740_994.0;
        let levels = [When::Missing, When::Below(edge), When::Else].map(|when| level(when, "x", 0));
        let mut levels = levels.to_vec();
        levels[2].points = 1;
        let card = card_of(0, vec![criterion("revenue", InputKind::Number, levels)]);
        let scorer = Scorer::new(&card).expect("a sound card");
        let score = |value: Value| scorer.score_lead(&lead(json!({"revenue": value}))).map(|scored| scored.score);
        assert_eq!(score(json!(9_007_199_254_740_993_i64)), Ok(0));
        assert_eq!(score(json!(9_007_199_254_740_994_i64)), Ok(1));
        assert_eq!(score(json!(u64::MAX)), Ok(1));
        assert_eq!(score(json!(1e300)), Ok(1));
        assert_eq!(score(json!(-1e300)), Ok(0));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-3_i64..9).prop_map(Value::from),
            (-3.0..9.0).prop_map(Value::from),
            proptest::num::f64::ANY.prop_map(Value::from),
            "[ \u{a0}]?(approved|none|unknown|bewilligt für 2026|bewilligt fu\u{308}r 2026|true|\\PC{0,6})[ \n]?"
                .prop_map(Value::from),
            Just(json!([1])),
        ]
    }

    proptest! {
        /// The compiled form finds the level that reading the card top down finds, and refuses what that refuses.
        #[test]
        fn the_scorer_reads_the_card_literally(values in proptest::array::uniform4(any_value())) {
            let criteria = example_criteria();
            let columns = criteria.iter().map(|criterion| criterion.inputs[0].column.clone());
            let lead: Map<String, Value> = columns.zip(values.clone()).collect();
            let literal: Option<Vec<i32>> = criteria
                .iter()
                .zip(&values)
                .map(|(criterion, value)| Some(criterion.levels[criterion.level_of(value)?].points))
                .collect();
            let compiled = scorer().explain_lead(&lead).ok().map(|explained| explained.points);
            prop_assert_eq!(compiled, literal);
        }

        #[test]
        fn a_card_read_back_scores_every_lead_the_same(values in proptest::array::uniform4(any_value())) {
            let card = example_card();
            let read = Card::from_json(&card.to_json()).expect("reads back");
            let columns = card.criteria.iter().map(|criterion| criterion.inputs[0].column.clone());
            let lead: Map<String, Value> = columns.zip(values).collect();
            let again = Scorer::new(&read).expect("a sound card").explain_lead(&lead);
            prop_assert_eq!(scorer().explain_lead(&lead), again);
        }
    }
}
