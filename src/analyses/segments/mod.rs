//! Segments: does the card keep its promise in each, does a criterion work differently in one, and how often is each group of
//! leads handed off.
//!
//! In: judged leads with their segment, the levels they have on the card, the share of each that a policy hands off. Out:
//! [`SegmentsMetrics`] and notes.
//!
//! Start at [`measure`]. `reliability` holds promises against what came, `shapes` tests every segment against all others,
//! criterion by criterion, `fairness` compares hand-offs by group. The points of segments on the card are fitted elsewhere
//! (`fit/random_intercept.rs` says how much they borrow).
//!
//! Always true: every lead is judged by a card that had not seen it; small groups are said to be small, not compared; luck is
//! kept off what is listed; no figure here reaches a card.

mod fairness;
mod page;
pub mod record;
mod reliability;
pub mod run;
mod shapes;
#[cfg(test)]
pub(crate) mod testing;
mod words;

use crate::analyses::segments::record::SegmentsMetrics;
use crate::data::labels::Grouping;
use crate::decide::frontier::OutOfFold;
use crate::notes::{Note, count, counted};

pub use fairness::{FOUR_FIFTHS, MIN_COMPARED_LEADS};
pub(crate) use page::shown;
pub use reliability::MIN_EXPECTED;
pub use run::Segments;
pub use shapes::FALSE_DISCOVERY;

/// Judged leads by segment and group; every list of leads has one entry per judged lead.
#[derive(Debug, Clone)]
pub struct JudgedGroups<'a> {
    /// The judged leads.
    pub judged: &'a OutOfFold,
    /// Their segment.
    pub segment: Option<Grouping>,
    /// What they are compared by in how often they are handed off.
    pub compared: Vec<Compared>,
    /// Criteria of the card other than the segment.
    pub criteria: Vec<LevelsOfLeads>,
    /// What each policy hands off.
    pub policies: Vec<HandedOff>,
}

/// A column whose groups are compared.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Group of each lead.
    pub group: Grouping,
    /// Whether the card gives points for the column.
    pub gives_points: bool,
}

/// The level of every lead in one criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelsOfLeads {
    /// Name of the criterion.
    pub criterion: String,
    /// The levels in the order of the card.
    pub labels: Vec<String>,
    /// Level of each lead, a position in `labels`.
    pub levels: Vec<u8>,
}

/// The leads that a policy hands off.
#[derive(Debug, Clone, PartialEq)]
pub struct HandedOff {
    /// Name of the policy.
    pub policy: String,
    /// Share of each lead that is handed off, `0.0..=1.0`; leads tied at a line share the last places.
    pub shares: Vec<f64>,
}

/// Everything that is said of segments and compared groups; `None` where the leads have neither.
pub fn measure(groups: &JudgedGroups<'_>) -> Option<(SegmentsMetrics, Vec<Note>)> {
    if groups.segment.is_none() && groups.compared.is_empty() {
        return None;
    }
    let mut metrics = SegmentsMetrics { fairness: fairness::compare(groups), ..SegmentsMetrics::default() };
    let mut notes = Vec::new();
    if let Some(segment) = &groups.segment {
        metrics.column = Some(segment.column.clone());
        metrics.reliability = reliability::by_segment(segment, groups.judged);
        let shapes = shapes::segment_shapes(segment, groups.judged, &groups.criteria);
        let n_small = metrics.reliability.iter().filter(|row| row.is_too_small).count() as u64;
        if n_small > 0 {
            let text = format!(
                "{} of the column {:?} {} too small to say whether the card keeps its promise there: fewer than {MIN_EXPECTED} \
                 conversions were promised",
                counted(n_small, "segment"),
                segment.column,
                if n_small == 1 { "is" } else { "are" }
            );
            notes.push(Note::new("segments", text));
        }
        if shapes.n_too_few > 0 || shapes.n_pooled_levels > 0 {
            let text = format!(
                "whether a criterion works differently in a segment: {} tested, {} too few conversions or misses; in those tested, \
                 {} counted together with {} neighbour",
                counted(shapes.n_tested, "pair"),
                match shapes.n_too_few {
                    0 => "none had".to_owned(),
                    1 => "1 had".to_owned(),
                    n => format!("{} had", count(n)),
                },
                match shapes.n_pooled_levels {
                    1 => "1 level was".to_owned(),
                    n => format!("{} levels were", count(n)),
                },
                if shapes.n_pooled_levels == 1 { "its" } else { "their" }
            );
            notes.push(Note::new("segments", text));
        }
        metrics.shapes = Some(shapes);
    }
    Some((metrics, notes))
}

/// Name of the group that takes the groups beyond the most that are told apart.
const OTHERS: &str = "(all others)";

/// At most `most` groups: those with the most leads keep their names, most leads first, and the rest is one group at the end.
fn largest_groups(group: &Grouping, most: usize) -> Grouping {
    let mut n_leads = vec![0_u64; group.names.len()];
    group.positions.iter().for_each(|&at| n_leads[at as usize] += 1);
    let mut order: Vec<usize> = (0..group.names.len()).filter(|&at| n_leads[at] > 0).collect();
    order.sort_by(|&a, &b| n_leads[b].cmp(&n_leads[a]).then_with(|| group.names[a].cmp(&group.names[b])));
    let n_kept = if order.len() > most { most.saturating_sub(1) } else { order.len() };
    let mut place = vec![n_kept as u32; group.names.len()];
    order[..n_kept].iter().enumerate().for_each(|(at, &name)| place[name] = at as u32);
    let mut names: Vec<String> = order[..n_kept].iter().map(|&at| group.names[at].clone()).collect();
    if n_kept < order.len() {
        names.push(OTHERS.to_owned());
    }
    let positions = group.positions.iter().map(|&at| place[at as usize]).collect();
    Grouping { column: group.column.clone(), names, positions }
}

/// Positions of the leads of each group.
fn members(group: &Grouping) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); group.names.len()];
    group.positions.iter().enumerate().for_each(|(lead, &at)| members[at as usize].push(lead));
    members
}

#[cfg(test)]
mod tests;
