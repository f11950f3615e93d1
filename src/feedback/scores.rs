//! The scores of a finished run for the hand-offs at hand: those of a card that had not seen the lead where the run has one,
//! those of the card that ships for the others (untouched, too young).

use std::collections::HashMap;

use crate::card::{Card, Criterion, Level};
use crate::data::DataError;
use crate::data::columns::{IdColumn, UserTable};
use crate::data::features::{CriterionColumn, column_of_axis, points_of, points_of_pair};
use crate::data::labels::{HandOffs, LeadIds};
use crate::data::table::Table;
use crate::notes::{Note, count, counted, in_words};

/// Scores of hand-offs; one entry per hand-off.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The score, where it is known.
    pub score: Vec<Option<i32>>,
    /// Chance of conversion that goes with it.
    pub probability: Vec<f64>,
    /// Whether the card that gave the score had not seen the lead's outcome.
    pub is_judged: Vec<bool>,
    /// Whether too little is known of it for its score: no band takes it and no line hands it over.
    pub is_ask_first: Vec<bool>,
}

/// What `out_of_fold.parquet` says.
#[derive(Debug, Clone)]
pub struct OutOfFoldScores {
    of_lead: HashMap<(String, i64), (i32, f64)>,
}

/// Stands for "no time" in the key of a lead.
const TIMELESS: i64 = i64::MIN;

impl OutOfFoldScores {
    /// Reads the table.
    ///
    /// - `id_column`: as the card names it.
    ///
    /// # Errors
    /// [`DataError`] where a column is not there or of another type.
    pub fn read(rows: &Table, id_column: Option<&str>) -> Result<Self, DataError> {
        let table = UserTable { name: "out-of-fold", table: rows, n_rows_before: 0 };
        // A column of ours is called otherwise where the id has its name; see `write_out_of_fold`.
        let ours = |name: &'static str| {
            let clashes = id_column.is_some_and(|id| id.eq_ignore_ascii_case(name));
            table.column(name, &if clashes { format!("bantam_{name}") } else { name.to_owned() })
        };
        let ids = table.column("leads.id", id_column.unwrap_or("row"))?.to_ids()?;
        let as_of = ours("as_of")?.to_times()?;
        let (score, probability) = (ours("score")?.to_numbers()?, ours("probability")?.to_numbers()?);
        let of_lead = (0..rows.n_rows)
            .map(|row| ((id_text(&ids, row), as_of.micros[row]), (score[row] as i32, probability[row])))
            .collect();
        Ok(Self { of_lead })
    }

    fn of(&self, hand_offs: &HandOffs, lead: usize) -> Option<(i32, f64)> {
        let id = match &hand_offs.leads.ids {
            LeadIds::Whole { values, .. } => values[lead].to_string(),
            LeadIds::Text { values, .. } => values[lead].to_owned(),
            LeadIds::RowNumber => hand_offs.leads.rows[lead].to_string(),
        };
        let as_of = hand_offs.leads.as_of.as_ref().map_or(TIMELESS, |as_of| as_of[lead]);
        self.of_lead.get(&(id, as_of)).copied()
    }
}

fn id_text(ids: &IdColumn, row: usize) -> String {
    match ids {
        IdColumn::Whole(ids) => ids[row].map(|id| id.to_string()).unwrap_or_default(),
        IdColumn::Text(ids) => ids.get(row).unwrap_or_default().to_owned(),
    }
}

/// Brings a run's scores to the hand-offs. Where the card asks for what the leads do not have, only judged leads have one.
///
/// - `criteria`: values of every hand-off.
pub fn scores_of(
    hand_offs: &HandOffs,
    criteria: &[CriterionColumn],
    card: &Card,
    judged: &OutOfFoldScores,
    notes: &mut Vec<Note>,
) -> Scores {
    let own = card_scores(criteria, card, notes);
    let mut scores =
        Scores { score: Vec::new(), probability: Vec::new(), is_judged: Vec::new(), is_ask_first: Vec::new() };
    for lead in 0..hand_offs.n_leads() {
        let found = judged.of(hand_offs, lead);
        let of_card = || own.as_ref().map(|own| own.score[lead]);
        let score = found.map(|(score, _)| score).or_else(of_card);
        let worth = || score.and_then(|score| card.worth_of(score));
        let probability = found.map(|(_, probability)| probability);
        scores.score.push(score);
        scores.probability.push(
            probability.unwrap_or_else(|| worth().map_or(f64::NAN, |worth| f64::from(worth.probability_bp) / 1e4)),
        );
        scores.is_judged.push(found.is_some());
        scores.is_ask_first.push(own.as_ref().is_some_and(|own| own.is_ask_first[lead]));
    }
    let n_ask_first = scores.is_ask_first.iter().filter(|is| **is).count();
    if n_ask_first > 0 {
        let text = format!(
            "{} to ask first: too little is known of them for a score, so they are in no band and at no line here",
            counted(n_ask_first as u64, "lead")
        );
        notes.push(Note::new("scores", text));
    }
    let n_judged = scores.is_judged.iter().filter(|is_judged| **is_judged).count();
    if n_judged < judged.of_lead.len() {
        let text = format!(
            "{} of the {} judged by the run are not among these: is the run of other leads?",
            count((judged.of_lead.len() - n_judged) as u64),
            counted(judged.of_lead.len() as u64, "lead")
        );
        notes.push(Note::new("scores", text));
    }
    scores
}

/// What the card itself says of every hand-off.
struct CardScores {
    score: Vec<i32>,
    is_ask_first: Vec<bool>,
}

/// Scores that the card gives every hand-off; `None` where a criterion of it is not among the values.
fn card_scores(criteria: &[CriterionColumn], card: &Card, notes: &mut Vec<Note>) -> Option<CardScores> {
    let (mut columns, mut known, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    for criterion in &card.criteria {
        if criterion.is_pair() {
            let axes = criterion.axes().map(|(axis, input)| column_of_axis(axis, input, criteria));
            match axes.collect::<Vec<_>>().as_slice() {
                &[Some(rows), Some(of_columns)] => {
                    columns.push(points_of_pair(criterion, [rows, of_columns]));
                    known.push(points_of_pair(&with_known_points(criterion), [rows, of_columns]));
                }
                _ => absent.push(format!("`{}`", criterion.name)),
            }
            continue;
        }
        match criteria.iter().find(|column| column.name == criterion.name) {
            Some(column) => {
                columns.push(points_of(criterion, column));
                known.push(points_of(&with_known_points(criterion), column));
            }
            None => absent.push(format!("`{}`", criterion.name)),
        }
    }
    if !absent.is_empty() {
        let text = format!(
            "the card of the run asks for {}, which these leads do not have: only leads that the run judged have a score",
            in_words(&absent, "and")
        );
        notes.push(Note::new("scores", text));
        return None;
    }
    let n_leads = criteria.first().map_or(0, |column| column.values.n_leads());
    let sum = |columns: &[Vec<i32>], lead: usize| columns.iter().map(|points| points[lead]).sum::<i32>();
    let is_ask_first = |lead: usize| card.known_at_least.is_some_and(|least| sum(&known, lead) < least);
    Some(CardScores {
        score: (0..n_leads).map(|lead| card.base_points + sum(&columns, lead)).collect(),
        is_ask_first: (0..n_leads).map(is_ask_first).collect(),
    })
}

/// The criterion with the points that are known of a lead at each level.
fn with_known_points(criterion: &Criterion) -> Criterion {
    let known = |level: &Level| Level { points: criterion.known_points(level), ..level.clone() };
    Criterion { levels: criterion.levels.iter().map(known).collect(), ..criterion.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lead, hand_offs};
    use super::*;
    use crate::card::InputKind;
    use crate::card::tests::{card_of, example_criteria};
    use crate::data::features::{MISSING_TEXT, Values};
    use crate::data::table::table;

    fn columns() -> Vec<CriterionColumn> {
        let levels = vec!["approved".to_owned(), "none".to_owned()];
        vec![
            CriterionColumn::plain(
                "budget",
                InputKind::Text,
                Values::Text { positions: vec![0, 1, MISSING_TEXT], levels },
            ),
            CriterionColumn::plain("clicks_30d", InputKind::Number, Values::Numbers(vec![5.0, f64::NAN, 1.0])),
        ]
    }

    #[test]
    fn a_judged_lead_keeps_its_score_and_others_get_that_of_the_card() {
        let card = card_of(0, example_criteria()[..2].to_vec());
        let rows = table!("id" => [7], "as_of" => ["2026-01-01"], "score" => [33], "probability" => [0.3]);
        let judged = OutOfFoldScores::read(&rows, Some("id")).expect("read");
        let day = 20_454 * crate::settings::US_PER_DAY;
        let leads = [Lead { id: 7, at: day, ..Lead::default() }, Lead::default(), Lead::default()];
        let mut notes = Vec::new();
        let scores = scores_of(&hand_offs(&leads), &columns(), &card, &judged, &mut notes);
        // none 0 + missing 2; missing 4 + one click 8.
        assert_eq!(scores.score, [Some(33), Some(2), Some(12)]);
        assert_eq!(scores.is_judged, [true, false, false]);
        assert_eq!(scores.probability[0], 0.3);
        assert!(
            (scores.probability[1] - f64::from(card.worth_of(2).expect("on the curve").probability_bp) / 1e4).abs()
                < 1e-12
        );
        assert_eq!(scores.is_ask_first, [false; 3]);
        assert_eq!(notes, []);

        // Budget is worth 30 points and clicks 20.
        let card = Card { known_at_least: Some(25), ..card };
        let scores = scores_of(&hand_offs(&leads), &columns(), &card, &judged, &mut notes);
        assert_eq!(scores.is_ask_first, [false, false, true]);
        assert!(notes[0].text.starts_with("1 lead to ask first"), "{notes:?}");
    }

    #[test]
    fn a_criterion_that_is_not_there_is_said() {
        let card = card_of(0, example_criteria());
        let rows = table!("id" => [7], "as_of" => ["2026-01-01"], "score" => [33], "probability" => [0.3]);
        let judged = OutOfFoldScores::read(&rows, Some("id")).expect("read");
        let mut notes = Vec::new();
        let scores = scores_of(&hand_offs(&[Lead::default(); 3]), &columns(), &card, &judged, &mut notes);
        assert_eq!(scores.score, [None; 3]);
        assert!(
            notes[0].text.starts_with("the card of the run asks for `asked_for_demo` and `days_since_form`"),
            "{notes:?}"
        );
        assert!(notes[1].text.starts_with("1 of the 1 lead judged by the run"), "{notes:?}");
    }
}
