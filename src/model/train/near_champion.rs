//! Near a card in use: the points of a trained card chosen again where leaving that card costs.

use super::{Sample, TrainParams, Trained, TrainingPart};
use crate::model::bins::CriterionCells;
use crate::model::points::champion::{ChampionOnBins, PointsOfCells};
use crate::settings::Trend;

/// Most that a row costs beside a card in use, nats, unless a number of rows was asked for: a smaller card alone is no reason to leave it.
const DEAREST_ROW: f64 = 1.0;

/// A card in use, and what leaving it costs.
#[derive(Debug, Clone, Copy)]
pub struct NearChampion<'a> {
    /// Its points.
    pub points: &'a PointsOfCells,
    /// Points per unit of log-odds that it was made with.
    pub scale: f64,
    /// Nats for moving a row of it by one point.
    pub change_price: f64,
}

/// The points of a trained card chosen again, near a card in use. Gives how many rows of that card were left.
pub fn stay_near(
    trained: &mut Trained,
    part: &TrainingPart<'_>,
    params: &TrainParams,
    near: NearChampion<'_>,
) -> usize {
    let sample = Sample::of(part, &trained.censored_counts);
    let codes = trained.bins.encode(part.criteria, &sample.leads);
    let champion = ChampionOnBins::on(&trained.bins, part.criteria, near.points, &sample.leads, near.change_price);
    trained.allow_runs_of(&champion, part.criteria);
    let dearest = if params.max_rows.is_none() { DEAREST_ROW } else { f64::INFINITY };
    trained.choose_points(sample.observed(&codes), params.max_rows, |problem, row_price| {
        problem.choose_near(&champion, near.scale, params.rule.unit, row_price.min(dearest))
    });
    champion.n_rows_left(&trained.chains, &trained.points)
}

impl Trained {
    /// Lets points run as those of the card in use do where the shape was not asked for: a shape is no reason to leave that card.
    fn allow_runs_of(&mut self, champion: &ChampionOnBins, criteria: &[CriterionCells]) {
        for (at, bins) in self.bins.criteria.iter_mut().enumerate() {
            let own = &champion.points[self.chains.range(at)];
            let was_chosen = criteria[bins.criterion].trend == Trend::Auto && bins.trend != Trend::Unordered;
            if was_chosen && !bins.trend.allows_run(&own[1..=bins.n_chained()]) {
                bins.trend = Trend::Free;
            }
        }
    }

    /// Points of every cell of every criterion of the data, as a card in use for the next.
    pub fn points_of_cells(&self, criteria: &[CriterionCells]) -> PointsOfCells {
        let mut of_cells = vec![Vec::new(); criteria.len()];
        for (at, bins) in self.bins.criteria.iter().enumerate() {
            let points = &self.points.points[self.chains.range(at)];
            let n_cells = criteria[bins.criterion].column.meaning.n_codes();
            of_cells[bins.criterion] = (0..n_cells).map(|cell| points[bins.bin_of_cell(cell)]).collect();
        }
        of_cells
    }
}
