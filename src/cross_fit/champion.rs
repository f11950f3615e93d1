//! The card in use on the labelled leads: its scores, and its points on the cells of the data.

use crate::card::{Card, Criterion};
use crate::data::champion::{ChampionCard, ChampionColumn, ChampionColumns};
use crate::data::features::{CriterionColumn, levels_of, levels_of_pair};
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
    /// Position of the level of each labelled lead, one entry per criterion of it; `None` where it is no pair, or the leads do not have it.
    pub levels_of_pairs: Vec<Option<Vec<u16>>>,
    /// The leads that came since it was made.
    pub came_since: CameSince,
}

/// Leads handed off after the last that the card in use learned from; all where nobody can tell.
#[derive(Debug, Clone, Default)]
pub struct CameSince {
    /// Whether they can be told from the others.
    pub is_known: bool,
    /// Their positions, labelled ones first: of all hand-offs, or of the labelled ones where the card reads what others lack.
    pub leads: Vec<u32>,
    /// Position of the level of each of them, one list per criterion of the card; empty where the leads do not have it.
    pub levels: Vec<Vec<u16>>,
}

impl CameSince {
    fn of(card: &Card, as_of: Option<&[i64]>, n_leads: usize) -> Self {
        let until = card.learned_until_us().zip(as_of);
        let is_wanted = |&lead: &u32| until.is_none_or(|(until, as_of)| as_of[lead as usize] > until);
        Self { is_known: until.is_some(), leads: (0..n_leads as u32).filter(is_wanted).collect(), levels: Vec::new() }
    }

    fn add(&mut self, levels: Option<&[u16]>) {
        let of_leads = |levels: &[u16]| self.leads.iter().map(|&lead| levels[lead as usize]).collect();
        self.levels.push(levels.map_or_else(Vec::new, of_leads));
    }
}

/// Position of the level of each lead; `None` where the leads do not have the criterion.
fn levels_on(criterion: &Criterion, place: &ChampionColumn, columns: &[CriterionColumn]) -> Option<Vec<u16>> {
    match place {
        ChampionColumn::Pair(both) => match both.each_ref().map(|one| values_of(one, columns)) {
            [Some(rows), Some(columns)] => Some(levels_of_pair(criterion, [rows, columns])),
            _ => None,
        },
        _ => values_of(place, columns).map(|column| levels_of(criterion, column)),
    }
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
    /// - `as_of`: moments of all hand-offs; `n_leads`: how many those are.
    pub fn score(
        found: ChampionColumns,
        columns: &[CriterionColumn],
        n_labelled: usize,
        as_of: Option<&[i64]>,
        n_leads: usize,
    ) -> Self {
        let ChampionColumns { champion, columns: found } = found;
        let has_own = found.iter().any(ChampionColumn::is_own);
        let mut came_since = CameSince::of(&champion.card, as_of, if has_own { n_labelled } else { n_leads });
        let mut scores = vec![champion.card.base_points; n_labelled];
        let (mut criteria, mut own, mut levels_of_pairs) = (Vec::new(), Vec::new(), Vec::new());
        for (criterion, column) in champion.card.criteria.iter().zip(&found) {
            let levels = levels_on(criterion, column, columns);
            came_since.add(levels.as_deref());
            for (lead, score) in scores.iter_mut().enumerate() {
                // Where the leads do not have it every one is at the first level, which is missing.
                let level = levels.as_ref().map_or(0, |levels| usize::from(levels[lead]));
                *score += criterion.levels.get(level).map_or(0, |level| level.points);
            }
            levels_of_pairs.push(levels.filter(|_| criterion.is_pair()).map(|mut levels| {
                levels.truncate(n_labelled);
                levels
            }));
            criteria.push(if let ChampionColumn::Shared(at) = column { Some(*at) } else { None });
            own.push(if let ChampionColumn::Own(column) = column { Some(CriterionCells::of(column)) } else { None });
        }
        Self { champion, scores, criteria, own, levels_of_pairs, came_since }
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
