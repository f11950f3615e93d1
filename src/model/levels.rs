//! Assembling: from trained points over fine bins to the levels of a card.
//!
//! Neighbouring bins with the same points become one level; of levels without an order, all with the same points do.
//! Criteria that tell no leads apart stay off the card.

use crate::card::{Criterion, Input, Level, When};
use crate::model::bins::cells::CellMeaning;
use crate::model::bins::{BinShape, Codes, CriterionBins, CriterionCells, range_label};
use crate::model::train::Trained;
use crate::settings::Zero;

/// What a criterion is called and what it reads, without its values.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionSpec {
    /// What sales calls it.
    pub name: String,
    /// Heading on the card.
    pub group: Option<String>,
    /// What it reads.
    pub input: Input,
}

/// Criteria of a card, and the points that were taken off all leads to bring the chosen levels to 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// In the order of the criteria in the data.
    pub criteria: Vec<Criterion>,
    /// Points taken off every lead: trained score = card score + this.
    pub taken_off: i32,
}

/// Builds the levels.
///
/// - `codes`, `converted`: the leads the card was trained on, for the counts beside each level.
pub fn assemble(
    trained: &Trained,
    specs: &[CriterionSpec],
    cells: &[CriterionCells],
    codes: &Codes,
    converted: &[f64],
    zero: Zero,
) -> Assembled {
    let mut taken_off = 0;
    let mut criteria = Vec::new();
    for (at, bins) in trained.bins.criteria.iter().enumerate() {
        let points = &trained.points.points[trained.chains.range(at)];
        let counts = count_bins(&codes.columns[at], converted, bins.n_bins());
        let commonest = (0..points.len()).max_by_key(|&bin| (counts[bin].0, usize::MAX - bin)).unwrap_or(0);
        let lowest = points.iter().min().copied().unwrap_or(0);
        // Beside a card in use its levels stay where they were, instead of all moving with the one that counts as 0.
        let above = trained.points.above_champion.get(at).copied();
        let off = match zero {
            _ if !trained.points.uses(&trained.chains, at) => points[0],
            Zero::Lowest => above.unwrap_or(lowest).min(lowest),
            Zero::Typical => above.unwrap_or(points[commonest]),
        };
        taken_off += off;
        if trained.points.uses(&trained.chains, at) {
            let points: Vec<i32> = points.iter().map(|p| p - off).collect();
            let spec = &specs[bins.criterion];
            criteria.push(Criterion {
                name: spec.name.clone(),
                group: spec.group.clone(),
                inputs: vec![spec.input.clone()],
                levels: levels_of(bins, &cells[bins.criterion], &points, &counts),
            });
        }
    }
    Assembled { criteria, taken_off }
}

/// Leads and conversions per bin.
type BinCount = (u64, u64);

fn count_bins(codes: &[u8], converted: &[f64], n_bins: usize) -> Vec<BinCount> {
    let mut counts = vec![(0, 0); n_bins];
    for (&code, &won) in codes.iter().zip(converted) {
        let count = &mut counts[usize::from(code)];
        count.0 += 1;
        count.1 += u64::from(won > 0.5);
    }
    counts
}

fn levels_of(bins: &CriterionBins, cells: &CriterionCells, points: &[i32], counts: &[BinCount]) -> Vec<Level> {
    let level = |when: When, label: String, members: &[usize]| Level {
        when,
        label,
        points: points[members[0]],
        n_leads: members.iter().map(|&bin| counts[bin].0).sum(),
        n_converted: members.iter().map(|&bin| counts[bin].1).sum(),
    };
    let mut levels = vec![level(When::Missing, "missing".to_owned(), &[0])];
    let runs = bins.runs(points);
    match &bins.shape {
        BinShape::Numbers { edges } => {
            let is_whole = matches!(&cells.column.meaning,
                CellMeaning::Numbers { low, high } if low.iter().chain(high).all(|value| value.fract() == 0.0));
            let mut from = None;
            for run in &runs {
                // Bin k ends at edge k - 1; the last bin has no end.
                let end = run.last().and_then(|&bin| edges.get(bin - 1)).copied();
                let when = end.map_or(When::Else, When::Below);
                levels.push(level(when, range_label(from, end, is_whole), run));
                from = end;
            }
        }
        BinShape::Levels { levels: names } => {
            for run in &runs {
                let texts: Vec<String> = run.iter().map(|&bin| names[bin - 1].clone()).collect();
                let label = texts.join(", ");
                levels.push(level(When::OneOf(texts), label, run));
            }
            levels.push(level(When::Else, "other".to_owned(), &[points.len() - 1]));
        }
    }
    levels
}

/// The level of each bin, a position among those that the card lists: missing, the runs of bins, and for text `other`.
pub fn level_of_bins(bins: &CriterionBins, points: &[i32]) -> Vec<u8> {
    let runs = bins.runs(points);
    let mut level_of_bin = vec![0; points.len()];
    for (level, run) in (1..).zip(&runs) {
        run.iter().for_each(|&bin| level_of_bin[bin] = level);
    }
    if matches!(bins.shape, BinShape::Levels { .. }) {
        level_of_bin[points.len() - 1] = runs.len() as u8 + 1;
    }
    level_of_bin
}

/// What the card calls the levels of [`level_of_bins`].
pub fn level_labels(bins: &CriterionBins, cells: &CriterionCells, points: &[i32]) -> Vec<String> {
    let nobody = vec![(0, 0); points.len()];
    levels_of(bins, cells, points, &nobody).into_iter().map(|level| level.label).collect()
}
