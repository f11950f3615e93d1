//! The card in use on the labelled leads: its scores, and its points on the cells of the data.

use crate::card::Card;
use crate::data::champion::{ChampionCard, ChampionColumn, ChampionColumns};
use crate::data::features::{CriterionColumn, points_of, points_of_pair};
use crate::model::bins::CriterionCells;
use crate::model::overrides::level_of_cells;
use crate::model::points::champion::PointsOfCells;

/// The card in use, with what it makes of these leads.
#[derive(Debug, Clone)]
pub struct ChampionOnLeads {
    /// The card.
    pub champion: ChampionCard,
    /// Its score of every labelled lead.
    pub scores: Vec<i32>,
    /// For each of its criteria the criterion of the data that reads the same; `None` where it is none of the new card's, and for pairs.
    pub criteria: Vec<Option<usize>>,
    /// Values of the criteria that only the champion has, one entry per criterion of it.
    pub own: Vec<Option<CriterionCells>>,
}

/// The values of a criterion with one column.
fn values_of<'a>(place: &'a ChampionColumn, columns: &'a [CriterionColumn]) -> Option<&'a CriterionColumn> {
    match place {
        ChampionColumn::Shared(at) => columns.get(*at),
        ChampionColumn::Own(column) => Some(column),
        ChampionColumn::Pair(_) | ChampionColumn::Absent => None,
    }
}

impl ChampionOnLeads {
    /// Scores the labelled leads.
    ///
    /// - `columns`: the criteria of the new card; the labelled leads come first in them.
    pub fn score(found: ChampionColumns, columns: &[CriterionColumn], n_labelled: usize) -> Self {
        let ChampionColumns { champion, columns: found } = found;
        let mut scores = vec![champion.card.base_points; n_labelled];
        let mut add = |points: Vec<i32>| scores.iter_mut().zip(points).for_each(|(score, points)| *score += points);
        let (mut criteria, mut own) = (Vec::new(), Vec::new());
        for (criterion, column) in champion.card.criteria.iter().zip(&found) {
            let missing = criterion.levels.first().map_or(0, |level| level.points);
            match column {
                ChampionColumn::Shared(at) => add(points_of(criterion, &columns[*at])),
                ChampionColumn::Own(column) => add(points_of(criterion, column)),
                ChampionColumn::Pair(both) => match both.each_ref().map(|one| values_of(one, columns)) {
                    [Some(rows), Some(columns)] => add(points_of_pair(criterion, [rows, columns])),
                    _ => add(vec![missing; n_labelled]),
                },
                ChampionColumn::Absent => add(vec![missing; n_labelled]),
            }
            criteria.push(if let ChampionColumn::Shared(at) = column { Some(*at) } else { None });
            own.push(if let ChampionColumn::Own(column) = column { Some(CriterionCells::of(column)) } else { None });
        }
        Self { champion, scores, criteria, own }
    }

    /// Edges of its numeric criteria, one list per criterion of the data.
    pub fn edges(&self, n_criteria: usize) -> Vec<Vec<f64>> {
        let mut edges = vec![Vec::new(); n_criteria];
        for (criterion, place) in self.champion.card.criteria.iter().zip(&self.criteria) {
            if let Some(at) = *place {
                edges[at] = criterion.levels.iter().filter_map(|level| level.when.edge()).collect();
            }
        }
        edges
    }

    /// Points of the card on the cells of the data, as fitted: what was set by hand on it has no claim to stay.
    pub fn points_of_cells(&self, cells: &[CriterionCells]) -> PointsOfCells {
        let card: &Card = &self.champion.card;
        let mut of_cells = vec![Vec::new(); cells.len()];
        for (criterion, place) in card.criteria.iter().zip(&self.criteria) {
            let Some(at) = *place else { continue };
            let fitted = |level: usize| {
                let level = &criterion.levels[level];
                let by_hand =
                    card.overrides.iter().find(|one| one.criterion == criterion.name && one.level == level.label);
                by_hand.map_or(level.points, |one| one.fitted_points)
            };
            of_cells[at] = level_of_cells(criterion, &cells[at]).into_iter().map(fitted).collect();
        }
        of_cells
    }
}
