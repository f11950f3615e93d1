//! Segments and compared groups: promises kept, criteria that work differently, hand-offs by group.

use maud::{Markup, html};

use super::MIN_COMPARED_LEADS;
use super::record::{
    FairnessColumn, FairnessGroup, FairnessPolicy, SegmentReliability, SegmentShape, SegmentShapes, SegmentsMetrics,
};
use super::words::{
    fairness_sentence, is_below, kept_sentence, no_shape_sentence, promise_words, shape_sentence, summary_sentences,
};
use crate::analyses::about::{About, Place, Shown, Summary};
use crate::card::Card;
use crate::measures::Interval;
use crate::render::page::elements::{
    Column, details, name, share, share_cells, table, whole_share, with_code, with_range,
};
use crate::render::words::{amount, count, ends, harmless, per_cent};

/// Promises kept by segment, criteria that work differently in one, and hand-offs by group.
pub(crate) fn shown(record: &SegmentsMetrics, about: &About<'_>) -> Option<Shown> {
    let record = &in_words(record, about.card);
    Some(Shown {
        rank: 5,
        summary: Some(Summary { title: "Segments", first: "- ", sentences: summary_sentences(record) }),
        place: Place::Section { id: "segments", title: "Segments and fairness", after: "funnels" },
        body: body(record, about.offset_spread),
        charts: Vec::new(),
    })
}

/// The record with what people read in place of criteria and answers.
fn in_words(record: &SegmentsMetrics, card: &Card) -> SegmentsMetrics {
    let mut worded = record.clone();
    for shape in worded.shapes.iter_mut().flat_map(|shapes| &mut shapes.found) {
        for level in &mut shape.levels {
            level.level = card.shown_level(&shape.criterion, &level.level).to_owned();
        }
        shape.criterion = card.shown_name(&shape.criterion).to_owned();
    }
    worded
}

/// - `spread`: standard deviation of the segments' own weights in log-odds, where they have any.
fn body(segments: &SegmentsMetrics, spread: Option<f64>) -> Markup {
    html! {
        @if let Some(column) = &segments.column { (kept(segments, column, spread)) }
        @if let Some(shapes) = &segments.shapes { (own_shapes(shapes)) }
        @if !segments.fairness.is_empty() { (hand_offs(&segments.fairness)) }
    }
}

fn kept(segments: &SegmentsMetrics, column: &str, spread: Option<f64>) -> Markup {
    html! {
        h3 { "Does the card keep its promise in every segment?" }
        p { (kept_sentence(&segments.reliability)) }
        @if let Some(spread) = spread {
            p {
                "Every " (name(column)) " has points of its own on the card (" code { "segments.offsets" } "). How much segments differ was \
                 learnt from all of them together: two in three lie within a factor of " (format!("{:.2}", spread.exp())) " of the usual odds. \
                 A segment with few leads stays near the usual, a large one goes its own way, and one never seen counts as usual."
            }
        }
        (reliability_table(&segments.reliability, column))
        p.quiet {
            "“Came per promise” is 1 where as many converted as the card promised. The slope is 1 where good and bad leads of the segment \
             lie as far apart as promised: below 1 they are more alike, above 1 less. “Right way round” is out of 100 pairs of a lead that \
             converted and one that did not."
        }
    }
}

fn reliability_table(rows: &[SegmentReliability], column: &str) -> Markup {
    let heads = Column::list_behind(
        column,
        "#Leads | #Converted | #Promised | #Came per promise | #Slope | #Right way round | ",
    );
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" { (harmless(&row.segment)) }
                td { (count(row.n_leads)) }
                td { (count(row.n_converted)) }
                td { (amount(row.n_expected)) }
                td { (ratio(row.observed_over_expected, row.low, row.high)) }
                td {
                    @if let (Some(slope), Some(low), Some(high)) = (row.calibration_slope, row.slope_low, row.slope_high) {
                        (ratio(slope, low, high))
                    } @else { "-" }
                }
                td { @if let Some(auc) = row.auc { (format!("{:.0}", auc * 100.0)) } @else { "-" } }
                td.w { (verdict(row)) }
            }
        }
    };
    table("Promised and come by segment; in brackets the 90 % interval", &heads, &body)
}

fn verdict(row: &SegmentReliability) -> &'static str {
    match row {
        row if row.is_too_small => "too small to tell",
        row if row.is_off && row.observed_over_expected > 1.0 => "more than promised, beyond chance",
        row if row.is_off => "less than promised, beyond chance",
        _ => "",
    }
}

fn ratio(value: f64, low: f64, high: f64) -> Markup {
    let write = |value: f64| {
        let minus = if value < 0.0 { "\u{2212}" } else { "" };
        format!("{minus}{:.2}", value.abs())
    };
    with_range(&write(value), &ends(low, high, write))
}

fn own_shapes(shapes: &SegmentShapes) -> Markup {
    html! {
        h3 { "Does a criterion work differently in a segment?" }
        @if shapes.found.is_empty() {
            p { (no_shape_sentence(shapes.n_tested)) }
        } @else {
            ul { @for shape in &shapes.found { li { (with_code(&shape_sentence(shape))) } } }
            p {
                "Where that is large, a card of its own for the segment may pay, or a question that means the same to everybody. Of the pairs \
                 listed here, on average at most " (per_cent(shapes.false_discovery)) " are luck."
            }
            @for shape in &shapes.found {
                (details(&format!("{} in {}", harmless(&shape.criterion), harmless(&shape.segment)), &shape_table(shape)))
            }
        }
        p.quiet {
            "Every segment was compared with all others, criterion by criterion: " (count(shapes.n_tested)) " pairs; "
            (count(shapes.n_too_few)) " more have too few conversions to say. “Expected” is what the card promised, put right for the \
             segment as a whole and for the level in all segments."
        }
    }
}

fn shape_table(shape: &SegmentShape) -> Markup {
    let heads = Column::list("Level | #Leads | #Converted | #Conversion | #Expected | #Promised by the card");
    let body = html! {
        @for level in &shape.levels {
            @let n = (level.n_leads as f64).max(1.0);
            tr {
                th scope="row" { (harmless(&level.level)) }
                td { (count(level.n_leads)) }
                td { (count(level.n_converted)) }
                td { (share(level.n_converted as f64 / n, Interval { low: level.low, high: level.high })) }
                td { (per_cent(level.n_expected / n)) }
                td { (per_cent(level.n_promised / n)) }
            }
        }
    };
    let caption =
        format!("{} in {}; in brackets the 90 % interval", harmless(&shape.criterion), harmless(&shape.segment));
    table(&caption, &heads, &body)
}

fn hand_offs(columns: &[FairnessColumn]) -> Markup {
    html! {
        h3 { "Who is handed off?" }
        p {
            "How often the leads of each group reach sales under each policy. A group that is handed off less than four fifths as often as \
             another is where people customarily look first; it is a place to look, not a verdict. A difference may well follow from \
             conversion: then as many conversions came of the group as were promised. “Winners handed off” is the share of the leads \
             that converted which the policy would have handed off; the others would have been missed."
        }
        @for column in columns {
            @if column.gives_points {
                p.quiet { "The card gives points for " (name(&column.column)) ", so its groups may differ for that alone." }
            }
            @for policy in &column.policies {
                @if let Some(sentence) = fairness_sentence(column, policy) { p { (with_code(&sentence)) } }
                (hand_off_table(column, policy))
            }
        }
        p.quiet { "Groups of fewer than " (count(MIN_COMPARED_LEADS)) " leads are listed and not compared." }
    }
}

fn hand_off_table(column: &FairnessColumn, policy: &FairnessPolicy) -> Markup {
    let heads = Column::list_behind(
        &column.column,
        "#Leads | #Handed off | ~ | #Against the highest | #Conversion of those | #Winners handed off | \
         #Came per promise, all leads | ",
    );
    let full = policy.groups.iter().map(|group| group.share_high).fold(0.0, f64::max);
    let body = html! {
        @for group in &policy.groups {
            tr {
                th scope="row" { (harmless(&group.group)) }
                td { (count(group.n_leads)) }
                (share_cells(group.share, Interval { low: group.share_low, high: group.share_high }, full))
                td {
                    @if Some(&group.group) == policy.highest.as_ref() { "highest" }
                    @else if let (Some(value), Some(low), Some(high)) = (group.ratio, group.ratio_low, group.ratio_high) {
                        (ratio(value, low, high))
                    }
                }
                td {
                    @if group.n_handed_off > 0.0 {
                        (share(
                            group.n_handed_off_converted / group.n_handed_off,
                            Interval { low: group.conversion_low, high: group.conversion_high },
                        ))
                    }
                }
                td {
                    @if let Some(of_converted) = group.share_of_converted {
                        (whole_share(
                            of_converted,
                            Interval { low: group.share_of_converted_low, high: group.share_of_converted_high },
                        ))
                    }
                }
                td {
                    (ratio(group.observed_over_expected, group.observed_over_expected_low, group.observed_over_expected_high))
                }
                td.w { (remark(group)) }
            }
        }
    };
    let caption = format!(
        "{}: hand-offs by {}; in brackets the 90 % interval",
        harmless(&policy.policy),
        harmless(&column.column)
    );
    table(&caption, &heads, &body)
}

fn remark(group: &FairnessGroup) -> String {
    if group.is_too_small {
        "too small to compare".to_owned()
    } else if is_below(group) {
        format!("below four fifths; {}", promise_words(group))
    } else {
        String::new()
    }
}
