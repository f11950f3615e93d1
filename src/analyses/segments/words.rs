//! Segments and compared groups, in sentences for summary and page.

use super::FOUR_FIFTHS;
use super::record::{
    FairnessColumn, FairnessGroup, FairnessPolicy, SegmentLevel, SegmentReliability, SegmentShape, SegmentsMetrics,
};
use crate::measures::Interval;
use crate::notes::in_words;
use crate::render::words::{amount, count, counted, harmless, per_cent, range_in_per_cent};

/// Most findings of a kind that the summary tells; all of them are on the page.
const MAX_TOLD: usize = 3;

/// The few sentences of the summary.
pub(super) fn summary_sentences(segments: &SegmentsMetrics) -> Vec<String> {
    let mut sentences = Vec::new();
    if segments.column.is_some() {
        sentences.push(kept_sentence(&segments.reliability));
    }
    if let Some(shapes) = &segments.shapes {
        sentences.extend(shapes.found.iter().take(MAX_TOLD).map(shape_sentence));
        if shapes.found.len() > MAX_TOLD {
            let n_more = (shapes.found.len() - MAX_TOLD) as u64;
            sentences.push(format!(
                "{} that work differently in a segment are in the report.",
                counted(n_more, "more criterion")
            ));
        }
        if shapes.found.is_empty() {
            sentences.push(no_shape_sentence(shapes.n_tested));
        }
    }
    sentences.extend(
        segments
            .fairness
            .iter()
            .flat_map(|column| column.policies.iter().filter_map(|policy| fairness_sentence(column, policy))),
    );
    sentences
}

/// Whether the card keeps its promise in every segment.
pub(super) fn kept_sentence(rows: &[SegmentReliability]) -> String {
    let told: Vec<&SegmentReliability> = rows.iter().filter(|row| !row.is_too_small).collect();
    let off: Vec<String> = told.iter().filter(|row| row.is_off).map(|row| off_words(row)).collect();
    match (told.len(), off.len()) {
        (0, _) => "No segment is large enough to say whether the card keeps its promise there.".to_owned(),
        (n_told, 0) => format!(
            "In none of the {} large enough to say does what came differ from what was promised by more than chance explains.",
            counted(n_told as u64, "segment")
        ),
        (n_told, _) => format!(
            "In {} of the {} large enough to say, what came differs from what was promised by more than chance explains: {}.",
            count(off.len() as u64),
            counted(n_told as u64, "segment"),
            in_words(&off, "and")
        ),
    }
}

fn off_words(row: &SegmentReliability) -> String {
    format!(
        "{} ({:.2} for each conversion promised, {:.2}-{:.2})",
        harmless(&row.segment),
        row.observed_over_expected,
        row.low,
        row.high
    )
}

/// "in Healthcare, `budget` works differently: approved converts at 12.1 % (8.3-17.4) where 22.0 % would be expected, 140 leads".
pub(super) fn shape_sentence(shape: &SegmentShape) -> String {
    let farthest = shape.levels.iter().reduce(|far, level| if level.z.abs() > far.z.abs() { level } else { far });
    let level = farthest.map_or_else(String::new, |level| format!(": {}", level_words(level)));
    format!("In {}, `{}` works differently{level}.", harmless(&shape.segment), harmless(&shape.criterion))
}

fn level_words(level: &SegmentLevel) -> String {
    let n = (level.n_leads as f64).max(1.0);
    format!(
        "{} converts at {} ({}) where {} would be expected, {}",
        harmless(&level.level),
        per_cent(level.n_converted as f64 / n),
        range_in_per_cent(Interval { low: level.low, high: level.high }, 1),
        per_cent(level.n_expected / n),
        counted(level.n_leads, "lead")
    )
}

/// That nothing was found, and among how many.
pub(super) fn no_shape_sentence(n_tested: u64) -> String {
    match n_tested {
        0 => "No segment has enough conversions to say whether a criterion works differently there.".to_owned(),
        n => format!(
            "No criterion was found to work differently in a segment than elsewhere: {} of segment and criterion looked at. What \
             their leads are too few to show may be there all the same.",
            counted(n, "pair")
        ),
    }
}

/// The groups that are handed off less than four fifths as often as another; `None` where there is none, or nothing to compare.
pub(super) fn fairness_sentence(column: &FairnessColumn, policy: &FairnessPolicy) -> Option<String> {
    let highest = policy.groups.iter().find(|group| Some(&group.group) == policy.highest.as_ref())?;
    let below: Vec<String> = (policy.groups.iter())
        .filter(|group| is_below(group))
        .map(|group| {
            format!(
                "{} ({}, {:.2} times as often; {})",
                harmless(&group.group),
                per_cent(group.share),
                group.ratio.unwrap_or_default(),
                promise_words(group)
            )
        })
        .collect();
    let head = format!(
        "{}: by `{}`, {} is handed off most often ({})",
        harmless(&policy.policy),
        harmless(&column.column),
        harmless(&highest.group),
        per_cent(highest.share)
    );
    Some(match below.len() {
        0 => format!("{head}, and no group less than four fifths as often."),
        _ => format!("{head}; less than four fifths as often: {}.", in_words(&below, "and")),
    })
}

/// Whether the group is large enough to compare and below the customary line.
pub(super) fn is_below(group: &FairnessGroup) -> bool {
    group.ratio.is_some_and(|ratio| ratio < FOUR_FIFTHS)
}

/// Whether the card is right about all leads of a group: then a lower share handed off follows from lower conversion.
pub(super) fn promise_words(group: &FairnessGroup) -> String {
    let came = format!("{} conversions came of {} promised", count(group.n_converted), amount(group.n_expected));
    if group.observed_over_expected_low > 1.0 {
        format!("{came}: the card is too strict with it")
    } else if group.observed_over_expected_high < 1.0 {
        format!("{came}: the card is too kind to it")
    } else {
        format!("{came}, within chance")
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::example;
    use super::*;

    #[test]
    fn the_summary_tells_what_to_look_at() {
        let segments = example(&["selective", "wide"]);
        insta::assert_snapshot!(summary_sentences(&segments).join("\n"));
    }

    #[test]
    fn nothing_found_is_said_as_well() {
        let mut segments = example(&["selective", "wide"]);
        segments.reliability.iter_mut().for_each(|row| row.is_off = false);
        segments.shapes.as_mut().expect("shapes").found.clear();
        segments.fairness[0].policies.truncate(1);
        segments.fairness[0].policies[0].groups.truncate(1);
        insta::assert_snapshot!(summary_sentences(&segments).join("\n"));
        assert_eq!(
            no_shape_sentence(0),
            "No segment has enough conversions to say whether a criterion works differently there."
        );
        assert_eq!(kept_sentence(&[]), "No segment is large enough to say whether the card keeps its promise there.");
    }

    #[test]
    fn nobody_handed_off_is_no_comparison() {
        let mut segments = example(&["selective", "wide"]);
        segments.fairness[0].policies[0].highest = None;
        assert_eq!(fairness_sentence(&segments.fairness[0], &segments.fairness[0].policies[0]), None);
    }
}
