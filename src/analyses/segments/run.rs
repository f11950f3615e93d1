//! From held-out leads to their segments, the groups they are compared by, their levels on the card and what each policy hands off.

use super::record::SegmentsMetrics;
use super::{Compared, HandedOff, JudgedGroups, LevelsOfLeads, measure};
use crate::analyses::{Analysis, Evidence, Found};
use crate::decide::frontier::Resolved;
use crate::model::fit::FitError;
use crate::model::levels::{level_labels, level_of_bins};
use crate::notes::Note;
use crate::settings::By;

/// Segments, and groups compared in how often they are handed off.
pub struct Segments;

impl Analysis for Segments {
    type Record = SegmentsMetrics;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let leads = &evidence.setup.leads;
        let has_groups = leads.segment.is_some() || !leads.fairness.is_empty();
        Ok(if has_groups { segments_of_held_out(evidence).into() } else { Found::NOTHING })
    }
}

fn segments_of_held_out(evidence: Evidence<'_>) -> Option<(SegmentsMetrics, Vec<Note>)> {
    let Evidence { setup, held_out, decision, .. } = evidence;
    let judged = &held_out.out_of_fold;
    let criteria = levels_of_leads(evidence);
    let is_on_card = |column: &str| criteria.iter().any(|(at, _)| setup.specs[*at].input.column == column);
    let compared = (setup.leads.fairness.iter())
        .map(|group| Compared { group: group.select(&judged.leads), gives_points: is_on_card(&group.column) })
        .collect();
    let by_of = |policy: &Resolved| decision.policies.iter().find(|config| config.name == policy.name)?.by;
    let handed_off = |policy: &Resolved| {
        let group = match by_of(policy) {
            Some(By::Segment) => decision.segment.as_ref(),
            Some(By::Team) => decision.team.as_ref(),
            None => None,
        };
        let share =
            |(lead, &score): (usize, &i32)| policy.share_at(score, group.map(|group| group.positions[lead] as usize));
        HandedOff { policy: policy.name.clone(), shares: judged.score.iter().enumerate().map(share).collect() }
    };
    let segment_column = setup.settings.leads.segment.as_deref();
    measure(&JudgedGroups {
        judged,
        compared,
        policies: decision.resolved.iter().map(handed_off).collect(),
        // Within a segment everybody has the same segment.
        criteria: (criteria.into_iter())
            .filter(|(at, _)| Some(setup.specs[*at].input.column.as_str()) != segment_column)
            .map(|(_, levels)| levels)
            .collect(),
        segment: decision.segment.clone(),
    })
}

/// The level of each held-out lead in every criterion of the card, with the position of the criterion among all.
fn levels_of_leads(evidence: Evidence<'_>) -> Vec<(usize, LevelsOfLeads)> {
    let Evidence { setup, fitted, held_out, .. } = evidence;
    let trained = &fitted.card.trained;
    let codes = trained.bins.encode(&setup.cells, &held_out.out_of_fold.leads);
    // What two criteria say together is no answer of its own.
    (trained.points.used_criteria(&trained.chains).into_iter())
        .filter(|&at| at < trained.bins.criteria.len())
        .map(|at| {
            let bins = &trained.bins.criteria[at];
            let points = &trained.points.points[trained.chains.range(at)];
            let level_of_bin = level_of_bins(bins, points);
            let levels = LevelsOfLeads {
                criterion: setup.specs[bins.criterion].name.clone(),
                labels: level_labels(bins, &setup.cells[bins.criterion], points),
                levels: codes.columns[at].iter().map(|&code| level_of_bin[usize::from(code)]).collect(),
            };
            (bins.criterion, levels)
        })
        .collect()
}
