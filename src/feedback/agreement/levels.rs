//! Levels that look at no outcome: each answer that enough leads gave, and for numbers up to five ranges of about as many leads.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::features::CriterionColumn;
use crate::data::labels::{Disposition, HandOffs, NO_GROUP};
use crate::feedback::shrink::{Common, GroupShare};
use crate::model::bins::{BinParams, BinPlan, BinShape, Codes, CriterionCells, fit_bins, range_label};

/// Ranges of a number.
const N_RANGES: usize = 5;
/// Fewest leads of a level with a row of its own: with 30 leads at 20 % the log-odds have a standard error of about 0.46.
pub(super) const MIN_LEADS: f64 = 30.0;

/// The levels of all criteria.
#[derive(Debug, Clone)]
pub struct Levels {
    pub(super) plan: BinPlan,
    /// Per criterion of the plan: its name, and what each bin is called.
    pub(super) named: Vec<(String, Vec<String>)>,
}

impl Levels {
    /// Cuts every criterion by these leads.
    pub fn cut(columns: &[CriterionColumn], cells: &[CriterionCells], leads: &[u32]) -> Self {
        let all: Vec<usize> = (0..cells.len()).collect();
        // Nobody has converted: edges and levels follow from the leads alone.
        let nobody = vec![0.0; cells.first().map_or(0, |criterion| criterion.column.cells.len())];
        let params = BinParams { n_quantiles: N_RANGES, n_pieces: 1, most_pieces: 1, min_leads: MIN_LEADS };
        let plan = fit_bins(cells, &all, leads, &nobody, &params);
        let named = plan
            .criteria
            .iter()
            .map(|bins| (columns[bins.criterion].name.clone(), labels_of(&bins.shape, &cells[bins.criterion])))
            .collect();
        Self { plan, named }
    }

    /// Codes of some leads.
    pub fn codes(&self, cells: &[CriterionCells], leads: &[u32]) -> Codes {
        self.plan.encode(cells, leads)
    }
}

fn labels_of(shape: &BinShape, cells: &CriterionCells) -> Vec<String> {
    let mut labels = vec!["missing".to_owned()];
    match shape {
        BinShape::Levels { levels } => {
            labels.extend(levels.iter().cloned());
            labels.push("other".to_owned());
        }
        BinShape::Numbers { edges } => {
            let is_whole = cells.column.meaning.is_whole();
            let ends = edges.iter().copied().map(Some).chain([None]);
            let mut from = None;
            for end in ends {
                labels.push(range_label(from, end, is_whole));
                from = end;
            }
        }
    }
    labels
}

/// A level that a source should send more of, or less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SourceLevel {
    /// The source.
    pub source: String,
    /// The criterion.
    pub criterion: String,
    /// The answer, or range.
    pub level: String,
    /// Leads of the source with it.
    pub n_leads: u64,
    /// Accepted, of those sales decided on; pulled towards the other levels of the source.
    pub accepted: GroupShare,
    /// Converted, of those with a fair outcome; likewise.
    pub converted: GroupShare,
    /// Conversion of all leads of the source, to compare with.
    pub source_converted: f64,
    /// More of it, or less.
    pub is_good: bool,
}

/// Levels told to a source, each way.
const TOLD: usize = 4;
/// Fewest leads of a source with a level before it is told.
const MIN_TOLD: u64 = 30;
/// Fewest leads with a fair outcome before a source is told of levels, and most sources that are.
const MIN_SOURCE: usize = 100;
const MAX_SOURCES: usize = 29;

/// For every source the levels that convert surely better than its leads do on the whole, and surely worse: those whose whole
/// 90 % interval, pulled towards the other levels of the source, lies on one side. Best and worst first, a criterion once each
/// way. Source itself is no advice.
pub fn levels_of_sources(
    hand_offs: &HandOffs,
    columns: &[CriterionColumn],
    cells: &[CriterionCells],
) -> Vec<SourceLevel> {
    let Some(group) = &hand_offs.leads.source else { return Vec::new() };
    let everyone: Vec<u32> = (0..hand_offs.n_leads() as u32).collect();
    let levels = Levels::cut(columns, cells, &everyone);
    let codes = levels.codes(cells, &everyone);
    let mut sources: Vec<(usize, Vec<usize>)> = (0..group.names.len()).map(|source| (source, Vec::new())).collect();
    group.positions.iter().enumerate().for_each(|(lead, &source)| sources[source as usize].1.push(lead));
    sources.retain(|(source, leads)| {
        let n_fair = leads.iter().filter(|&&lead| hand_offs.known[lead].is_fair()).count();
        group.names[*source] != NO_GROUP && n_fair >= MIN_SOURCE
    });
    sources.sort_by_key(|(source, leads)| (std::cmp::Reverse(leads.len()), *source));
    sources.truncate(MAX_SOURCES);
    sources
        .par_iter()
        .flat_map_iter(|(source, leads)| {
            let found =
                tallies(hand_offs, &levels, &codes, leads, |criterion| columns[criterion].input.column == group.column);
            advice(&group.names[*source], tally(hand_offs, leads.iter().copied()), &found)
        })
        .collect()
}

/// A level with its counts.
struct Found<'a> {
    criterion: &'a str,
    level: &'a str,
    tally: Tally,
}

/// Counts of every level among some leads.
///
/// - `is_left_out`: whether a criterion, by its position, is no advice.
fn tallies<'a>(
    hand_offs: &HandOffs,
    levels: &'a Levels,
    codes: &Codes,
    leads: &[usize],
    is_left_out: impl Fn(usize) -> bool,
) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for (at, (criterion, labels)) in levels.named.iter().enumerate() {
        if is_left_out(levels.plan.criteria[at].criterion) {
            continue;
        }
        for (code, level) in labels.iter().enumerate() {
            let with = leads.iter().copied().filter(|&lead| usize::from(codes.columns[at][lead]) == code);
            let tally = tally(hand_offs, with);
            if tally.n_leads > 0 {
                found.push(Found { criterion, level, tally });
            }
        }
    }
    found
}

/// The levels that a source is told.
fn advice(source: &str, of_source: Tally, found: &[Found<'_>]) -> Vec<SourceLevel> {
    let rate = of_source.fair.hits as f64 / (of_source.fair.n as f64).max(1.0);
    let common = |counts: fn(&Tally) -> GroupShare| {
        Common::of(&found.iter().map(|found| counts(&found.tally)).collect::<Vec<_>>())
    };
    let (fair, decided) = (common(|tally| tally.fair), common(|tally| tally.decided));
    let share =
        |common: &Option<Common>, counts: GroupShare| common.as_ref().map_or(counts, |common| common.pulled(counts));
    let mut rows: Vec<SourceLevel> = found
        .iter()
        .filter(|found| found.tally.fair.n >= MIN_TOLD)
        .map(|found| SourceLevel {
            source: source.to_owned(),
            criterion: found.criterion.to_owned(),
            level: found.level.to_owned(),
            n_leads: found.tally.n_leads,
            accepted: share(&decided, found.tally.decided),
            converted: share(&fair, found.tally.fair),
            source_converted: rate,
            is_good: false,
        })
        .collect();
    let mut told: Vec<SourceLevel> = Vec::new();
    for is_good in [true, false] {
        let is_sure = |row: &SourceLevel| {
            row.converted.share.is_some_and(|share| if is_good { share.low > rate } else { share.high < rate })
        };
        let expected = |row: &SourceLevel| row.converted.share.map_or(rate, |share| share.expected);
        rows.sort_by(|a, b| {
            let order = expected(b).total_cmp(&expected(a));
            if is_good { order } else { order.reverse() }.then_with(|| a.criterion.cmp(&b.criterion))
        });
        let mut said: Vec<&str> = Vec::new();
        for row in rows.iter().filter(|row| is_sure(row)) {
            if said.len() < TOLD && !said.contains(&row.criterion.as_str()) {
                said.push(&row.criterion);
                told.push(SourceLevel { is_good, ..row.clone() });
            }
        }
    }
    told
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    n_leads: u64,
    fair: GroupShare,
    decided: GroupShare,
}

fn tally(hand_offs: &HandOffs, leads: impl Iterator<Item = usize>) -> Tally {
    let mut tally = Tally::default();
    for lead in leads {
        tally.n_leads += 1;
        if let Some(has_converted) = hand_offs.known[lead].outcome() {
            tally.fair.add(has_converted);
        }
        if let Some(decided) = hand_offs.disposition_of(lead).filter(|did| *did != Disposition::Untouched) {
            tally.decided.add(decided == Disposition::Accepted);
        }
    }
    tally
}
