//! Ask first: leads of which too little is known for their score to mean something.
//!
//! A criterion is known of a lead when it gave an answer that the history saw, and then covers the points between its best and its worst
//! answer ([`Criterion::span`]). A lead whose known criteria cover too few of the card's points is not judged by its score: no line
//! hands it over, and volumes count it apart.
//!
//! Always true: no outcome has a part in it; nobody is asked first by a card that knows enough of every lead of its history and would of
//! a blank one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::card::Criterion;
use crate::cross_fit::{Fitted, HeldOut, Setup};
use crate::model::overrides::level_of_cells;
use crate::notes::{Note, counted};

/// Share of the history's leads of which less than the limit may be known: so few show nothing of what such a score is worth.
const RARE: f64 = 0.01;

/// Shares of the card's points between which the limit lies: a lead of which less than a quarter is known is nearly blank, whatever the
/// history held, and one of which half is known is scored.
const LIMITS: [f64; 2] = [0.25, 0.5];

/// Leads of which too little is known.
#[derive(Debug, Clone, PartialEq)]
pub struct AskFirst {
    /// As [`crate::card::Card::known_at_least`].
    pub known_at_least: i32,
    /// Whether it is so with the lead at each position.
    pub is_ask_first: Vec<bool>,
    /// What `metrics.json` says of it.
    pub record: AskFirstRecord,
}

/// Leads of the history of which too little is known for a score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AskFirstRecord {
    /// Points of the card's span that have to be known of a lead.
    pub known_at_least: i32,
    /// Points that the answers of a lead can cover.
    pub of_points: i32,
    /// Hand-offs of the history of which less is known.
    pub n_leads: u64,
    /// Hand-offs in all.
    pub of_leads: u64,
    /// Of the former, those whose outcome was judged.
    pub n_judged: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Score of a lead of which nothing is known.
    pub blank_score: i32,
}

impl AskFirst {
    /// Finds the limit that the history justifies, and who is below it.
    pub fn of(setup: &Setup<'_>, fitted: &Fitted, held_out: &HeldOut) -> Self {
        let card = &fitted.card;
        let criteria = &card.assembled.criteria;
        let known = known_points(setup, criteria);
        let span: i32 = criteria.iter().map(Criterion::span).sum();
        let known_at_least = limit(&known, span);
        let is_ask_first: Vec<bool> = known.iter().map(|&known| known < known_at_least).collect();
        let judged = &held_out.out_of_fold;
        let judged_below = || {
            let judged = judged.leads.iter().zip(&judged.converted);
            judged.filter(|(lead, _)| is_ask_first[**lead as usize])
        };
        let blank = |criterion: &Criterion| criterion.levels.first().map_or(0, |missing| missing.points);
        let record = AskFirstRecord {
            known_at_least,
            of_points: span,
            n_leads: is_ask_first.iter().filter(|is| **is).count() as u64,
            of_leads: is_ask_first.len() as u64,
            n_judged: judged_below().count() as u64,
            n_converted: judged_below().filter(|(_, converted)| **converted).count() as u64,
            blank_score: card.base_points + criteria.iter().map(blank).sum::<i32>(),
        };
        Self { known_at_least, is_ask_first, record }
    }

    /// What it means for the figures, where it means something.
    pub fn note(&self) -> Option<Note> {
        let AskFirstRecord { known_at_least, of_points, n_leads, n_judged, n_converted, .. } = self.record;
        (n_leads > 0).then(|| {
            let text = format!(
                "{} of whom answers worth less than {known_at_least} of the card's {of_points} points are known: ask first; no line \
                 hands them over, and volumes count them apart; of {n_judged} with an outcome {n_converted} converted",
                counted(n_leads, "lead")
            );
            Note::new("ask first", text)
        })
    }
}

/// Points of the card's span that are known of the lead at each position.
fn known_points(setup: &Setup<'_>, criteria: &[Criterion]) -> Vec<i32> {
    let mut known = vec![0; setup.keys.len()];
    for criterion in criteria {
        let Some(at) = setup.specs.iter().position(|spec| spec.name == criterion.name) else { continue };
        let cells = &setup.cells[at];
        let of_level = |level: usize| criterion.levels.get(level).map_or(0, |level| criterion.known_points(level));
        let of_cells: Vec<i32> = level_of_cells(criterion, cells).into_iter().map(of_level).collect();
        for (known, &cell) in known.iter_mut().zip(&cells.column.cells) {
            *known += of_cells[usize::from(cell)];
        }
    }
    known
}

/// The points below which next to no lead of the history lies, within [`LIMITS`].
fn limit(known: &[i32], span: i32) -> i32 {
    let mut sorted = known.to_vec();
    let at = ((known.len() as f64 * RARE) as usize).min(known.len().saturating_sub(1));
    let rare = if known.is_empty() { span } else { *sorted.select_nth_unstable(at).1 };
    let [least, most] = LIMITS.map(|share| (share * f64::from(span)).ceil() as i32);
    rare.clamp(least, most).clamp(1, span.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_where_the_history_becomes_thin() {
        // Of 1,000 leads one in 200 is known to 30 points, the rest to more.
        let known: Vec<i32> = (0..1_000).map(|lead| if lead % 200 == 0 { 30 } else { 40 + lead % 50 }).collect();
        assert_eq!(limit(&known, 100), 40, "a hundredth lies below");
        assert_eq!(limit(&[100; 50], 100), 50, "half of a lead is enough, whatever the history held");
        assert_eq!(limit(&[3; 50], 100), 25, "a nearly blank lead has no score");
        assert_eq!(limit(&[], 10), 5);
        assert_eq!(limit(&[1, 1], 1), 1);
    }
}
