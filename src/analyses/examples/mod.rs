//! Examples: judged leads to talk about, around the line and where the card was most mistaken.
//!
//! Always true: a lead is shown by its answers on the card and by nothing that names it; the same run shows the same leads.

mod page;
pub mod record;

pub(crate) use page::shown;

use std::cmp::Ordering;

use super::{Analysis, Evidence, Found};
use crate::card::Criterion;
use crate::model::fit::FitError;
use crate::model::overrides::level_of_cells;
use record::{ExampleAnswer, ExampleLead, Examples};

/// Leads around the line.
const N_AT_THE_LINE: usize = 12;

/// Surprises each way.
const N_SURPRISES: usize = 3;

/// Answers that a lead is shown by.
const MAX_ANSWERS: usize = 6;

/// Leads to talk about.
pub struct LeadsToTalkAbout;

impl Analysis for LeadsToTalkAbout {
    type Record = Examples;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { decision, held_out, .. } = evidence;
        let judged = &held_out.out_of_fold;
        let Some(line) = decision.line() else { return Ok(Found::NOTHING) };
        let shows = Shows::new(evidence);
        let score = |at: usize| held_out.shipped[judged.leads[at] as usize];
        let key = |at: usize| evidence.setup.keys[judged.leads[at] as usize];
        let is_scored = |at: &usize| !decision.ask_first.is_ask_first[judged.leads[*at] as usize];
        let all: Vec<usize> = (0..judged.n_leads()).filter(is_scored).collect();
        // Half a point below the line is as near as the line itself; keys, not positions, decide between leads as near.
        let distance = |at: usize| (2 * score(at) - 2 * line + 1).unsigned_abs();
        let mut near = first(all.clone(), N_AT_THE_LINE, |&a, &b| (distance(a), key(a)).cmp(&(distance(b), key(b))));
        near.sort_by_key(|&at| (std::cmp::Reverse(score(at)), key(at)));
        let surprises = |converted: bool| {
            let found = all.iter().copied().filter(|&at| judged.converted[at] == converted).collect();
            let by_surprise = |&a: &usize, &b: &usize| {
                let by_chance = judged.probability[a].total_cmp(&judged.probability[b]);
                (if converted { by_chance } else { by_chance.reverse() }).then(key(a).cmp(&key(b)))
            };
            first(found, N_SURPRISES, by_surprise).into_iter().map(|at| shows.lead(at)).collect()
        };
        Ok(Found::plain(Examples {
            line,
            at_the_line: near.into_iter().map(|at| shows.lead(at)).collect(),
            unexpected_wins: surprises(true),
            unexpected_losses: surprises(false),
        }))
    }
}

/// The first few of some leads in their order, without bringing all of them into it.
fn first(mut leads: Vec<usize>, n: usize, order: impl Fn(&usize, &usize) -> Ordering) -> Vec<usize> {
    if leads.len() > n {
        leads.select_nth_unstable_by(n, &order);
        leads.truncate(n);
    }
    leads.sort_by(order);
    leads
}

/// Shows judged leads by their answers.
struct Shows<'a> {
    evidence: Evidence<'a>,
    /// Per criterion of the card, widest range first: its position in the data, and the level of each cell.
    criteria: Vec<(&'a Criterion, usize, Vec<usize>)>,
}

impl<'a> Shows<'a> {
    fn new(evidence: Evidence<'a>) -> Self {
        let mut criteria: Vec<&Criterion> = evidence.fitted.card.assembled.criteria.iter().collect();
        criteria.sort_by_key(|criterion| std::cmp::Reverse(criterion.span()));
        let place = |criterion: &'a Criterion| {
            let at = evidence.setup.specs.iter().position(|spec| spec.name == criterion.name)?;
            Some((criterion, at, level_of_cells(criterion, &evidence.setup.cells[at])))
        };
        Self { evidence, criteria: criteria.into_iter().filter_map(place).collect() }
    }

    /// - `at`: position among the judged leads.
    fn lead(&self, at: usize) -> ExampleLead {
        let Evidence { setup, held_out, .. } = self.evidence;
        let judged = &held_out.out_of_fold;
        let lead = judged.leads[at] as usize;
        let answer = |(criterion, at, levels): &(&Criterion, usize, Vec<usize>)| {
            let level = criterion.levels.get(levels[usize::from(setup.cells[*at].column.cells[lead])])?;
            Some(ExampleAnswer { criterion: criterion.name.clone(), answer: level.label.clone(), points: level.points })
        };
        ExampleLead {
            score: held_out.shipped[lead],
            probability: judged.probability[at],
            converted: judged.converted[at],
            answers: self.criteria.iter().filter_map(answer).take(MAX_ANSWERS).collect(),
        }
    }
}
