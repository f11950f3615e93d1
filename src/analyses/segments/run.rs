//! From judged leads to their segments, the groups they are compared by, their levels on the card and what each policy hands off.

use crate::analyses::segments::record::SegmentsMetrics;
use crate::analyses::segments::{Compared, HandedOff, JudgedGroups, LevelsOfLeads, measure};
use crate::data::labels::{Grouping, LabelledLeads};
use crate::decide::decision::Choice;
use crate::decide::frontier::{OutOfFold, Resolved, places_of_judged};
use crate::model::levels::{CriterionSpec, level_labels, level_of_bins};
use crate::model::train::{Trained, TrainingPart};
use crate::notes::Note;
use crate::settings::{By, Config};

/// Everything that is said of segments and compared groups; `None` where the config names neither.
pub fn segments_of_judged(
    judged: &OutOfFold,
    leads: &LabelledLeads,
    (trained, specs, part): (&Trained, &[CriterionSpec], &TrainingPart<'_>),
    choice: &Choice,
    config: &Config,
) -> Option<(SegmentsMetrics, Vec<Note>)> {
    let places = places_of_judged(judged, leads);
    let of_judged = |group: &Grouping| group.select(&places);
    let (segment, team) = (leads.segment.as_ref().map(of_judged), leads.team.as_ref().map(of_judged));
    let criteria = levels_of_leads(trained, specs, part, &places);
    let is_on_card = |column: &str| criteria.iter().any(|(at, _)| specs[*at].column == column);
    let compared = (leads.fairness.iter())
        .map(|group| Compared { group: of_judged(group), gives_points: is_on_card(&group.column) })
        .collect();
    let by_of = |policy: &Resolved| choice.policies.iter().find(|config| config.name == policy.name)?.by;
    let handed_off = |policy: &Resolved| {
        let group = match by_of(policy) {
            Some(By::Segment) => segment.as_ref(),
            Some(By::Team) => team.as_ref(),
            None => None,
        };
        let share =
            |(lead, &score): (usize, &i32)| policy.share_at(score, group.map(|group| group.positions[lead] as usize));
        HandedOff { policy: policy.name.clone(), shares: judged.score.iter().enumerate().map(share).collect() }
    };
    let segment_column = config.leads.segment.as_deref();
    measure(&JudgedGroups {
        judged,
        compared,
        policies: choice.resolved.iter().map(handed_off).collect(),
        // Within a segment everybody has the same segment.
        criteria: (criteria.into_iter())
            .filter(|(at, _)| Some(specs[*at].column.as_str()) != segment_column)
            .map(|(_, levels)| levels)
            .collect(),
        segment,
    })
}

/// The level of each of the leads in every criterion of the card, with the position of the criterion among all.
fn levels_of_leads(
    trained: &Trained,
    specs: &[CriterionSpec],
    part: &TrainingPart<'_>,
    places: &[usize],
) -> Vec<(usize, LevelsOfLeads)> {
    let positions: Vec<u32> = places.iter().map(|&place| place as u32).collect();
    let codes = trained.bins.encode(part.criteria, &positions);
    (trained.points.used_criteria(&trained.chains).into_iter())
        .map(|at| {
            let bins = &trained.bins.criteria[at];
            let points = &trained.points.points[trained.chains.range(at)];
            let level_of_bin = level_of_bins(bins, points);
            let levels = LevelsOfLeads {
                criterion: specs[bins.criterion].name.clone(),
                labels: level_labels(bins, &part.criteria[bins.criterion], points),
                levels: codes.columns[at].iter().map(|&code| level_of_bin[usize::from(code)]).collect(),
            };
            (bins.criterion, levels)
        })
        .collect()
}
