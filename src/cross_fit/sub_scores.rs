//! Sub-scores: the points of one group of criteria, for leads that the card giving them had not seen.
//!
//! As with whole scores (`transfer`): of the leads that a fold judged, the best by the fold's own sub-score gets the highest
//! sub-score that the shipped card gives to any of them, and so on. Every sub-score is then as common as the shipped card makes it, so
//! that its cuts mean the same for both; who has it was decided by a card that had not seen the outcome.
//!
//! Always true: of the leads of one fold, sub-scores are those of the shipped card in another order; outcomes have no part in it. Where a
//! fold's card says nothing of the group, chance hands them out.

use super::folds::Fold;
use super::transfer::{Ranked, by_rank};
use super::{Fitted, OutOfFold, Setup};
use crate::card::Criterion;
use crate::model::levels::CriterionSpec;
use crate::model::overrides::{level_of_leads, points_of_cells};
use crate::model::train::Trained;

/// Sub-scores of one group of criteria, by the shipped card's points.
#[derive(Debug, Clone, PartialEq)]
pub struct SubScores {
    /// Of the lead at each position, labelled or not, by the card that ships.
    pub shipped: Vec<i32>,
    /// Of the held-out leads, in the order of [`OutOfFold`], by cards that had not seen them.
    pub held_out: Vec<i32>,
}

impl SubScores {
    /// Those of one group of criteria.
    pub fn of_group(setup: &Setup<'_>, fitted: &Fitted, judged: &OutOfFold, group: &str) -> Self {
        let mut shipped = vec![0; setup.keys.len()];
        let is_in = |criterion: &&Criterion| criterion.group.as_deref() == Some(group);
        for criterion in fitted.card.assembled.criteria.iter().filter(is_in) {
            for (sub_score, points) in shipped.iter_mut().zip(points_of_leads(setup, criterion)) {
                *sub_score += points;
            }
        }
        let mut by_lead = vec![0; setup.labelled.len()];
        for (fold, trained) in setup.plan.folds.iter().zip(&fitted.folds) {
            let handed_out = by_rank(&ranked(setup, fitted, fold, trained, group), on_card(&shipped, &fold.judge));
            fold.judge.iter().zip(handed_out).for_each(|(&lead, sub_score)| by_lead[lead as usize] = sub_score);
        }
        let held_out = judged.leads.iter().map(|&lead| by_lead[lead as usize]).collect();
        Self { shipped, held_out }
    }
}

fn on_card(shipped: &[i32], leads: &[u32]) -> Vec<i32> {
    leads.iter().map(|&lead| shipped[lead as usize]).collect()
}

/// Points of the lead at each position on a criterion of the card.
fn points_of_leads(setup: &Setup<'_>, criterion: &Criterion) -> Vec<i32> {
    if criterion.is_pair() {
        let points = |level: usize| criterion.levels.get(level).map_or(0, |level| level.points);
        let known: Vec<_> = setup.specs.iter().zip(&setup.cells).collect();
        return level_of_leads(criterion, &known).unwrap_or_default().into_iter().map(points).collect();
    }
    let Some(at) = setup.specs.iter().position(|spec| spec.name == criterion.name) else { return Vec::new() };
    let cells = &setup.cells[at];
    let of_cells = points_of_cells(criterion, cells);
    cells.column.cells.iter().map(|&cell| of_cells[usize::from(cell)]).collect()
}

/// Where the leads of a fold stand by the fold's own points in the group, points by hand included.
fn ranked(setup: &Setup<'_>, fitted: &Fitted, fold: &Fold, trained: &Trained, group: &str) -> Vec<Ranked> {
    let is_in = |spec: &CriterionSpec| spec.group.as_deref() == Some(group);
    let bins = &trained.bins;
    let spec_of = |at: usize| &setup.specs[bins.criteria[at].criterion];
    let mut of_group = trained.points.clone();
    let of_pairs = bins.pairs.iter().map(|pair| pair.of.iter().all(|&side| is_in(spec_of(side))));
    let are_in = (0..bins.criteria.len()).map(|at| is_in(spec_of(at))).chain(of_pairs);
    for (at, _) in are_in.enumerate().filter(|(_, is_in)| !is_in) {
        of_group.points[trained.chains.range(at)].fill(0);
    }
    let own = of_group.scores(&bins.encode(&setup.cells, &fold.judge));
    let overrides = &fitted.by_hand.overrides;
    let criteria = &fitted.card.assembled.criteria;
    let is_of_group = |name: &str| {
        let criterion = criteria.iter().find(|criterion| criterion.name == name);
        criterion.is_some_and(|criterion| criterion.group.as_deref() == Some(group))
    };
    let by_hand: Vec<&Vec<i32>> = (overrides.iter().zip(&fitted.by_hand.shifts))
        .filter(|(one, _)| is_of_group(&one.criterion))
        .map(|(_, shifts)| shifts)
        .collect();
    let log_odds_per_point = fitted.card.score_to_log_odds.slope;
    let rank = |(&lead, own): (&u32, i32)| {
        let shift: i32 = by_hand.iter().map(|shifts| shifts[lead as usize]).sum();
        let log_odds = f64::from(own) / trained.points.scale + f64::from(shift) * log_odds_per_point;
        Ranked { log_odds, key: setup.keys[lead as usize] }
    };
    fold.judge.iter().zip(own).map(rank).collect()
}
