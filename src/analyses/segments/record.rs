//! What `metrics.json` says of segments, and of groups that are compared in how often they are handed off.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Segments and compared groups, from leads that the card judging them had not seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentsMetrics {
    /// The column of `leads.segment`; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Promised and come in each segment, most leads first.
    pub reliability: Vec<SegmentReliability>,
    /// Whether a criterion works differently in some segment; absent without a segment column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shapes: Option<SegmentShapes>,
    /// One entry per column of `segments.fairness`.
    pub fairness: Vec<FairnessColumn>,
}

/// Promised and come in one segment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentReliability {
    /// The segment.
    pub segment: String,
    /// Judged leads of it.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised.
    pub n_expected: f64,
    /// Conversions seen / conversions promised.
    pub observed_over_expected: f64,
    /// 90 % interval of that ratio.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Calibration slope within the segment, with its 90 % interval; `null` where too few converted, or did not.
    pub calibration_slope: Option<f64>,
    /// Lower end.
    pub slope_low: Option<f64>,
    /// Upper end.
    pub slope_high: Option<f64>,
    /// Chance that a converted lead of the segment has a higher score than one that did not convert; `null` likewise.
    pub auc: Option<f64>,
    /// Too few conversions promised to tell anything.
    pub is_too_small: bool,
    /// What came differs from what was promised beyond chance, all segments looked at together.
    pub is_off: bool,
}

/// Whether some segment needs shapes of its own: every segment against all others, criterion by criterion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentShapes {
    /// Share of the listed pairs that may be luck on average.
    pub false_discovery: f64,
    /// Pairs of segment and criterion that were tested.
    pub n_tested: u64,
    /// Pairs with too few conversions, or misses, to be tested.
    pub n_too_few: u64,
    /// Levels that were counted together with a neighbour in the tested pairs, because too few conversions, or misses, were expected of them.
    pub n_pooled_levels: u64,
    /// Pairs that differ, the surest first.
    pub found: Vec<SegmentShape>,
}

/// A criterion that works differently in a segment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentShape {
    /// The segment.
    pub segment: String,
    /// The criterion.
    pub criterion: String,
    /// Judged leads of the segment.
    pub n_leads: u64,
    /// Rao's score statistic.
    pub chi_square: f64,
    /// Its degrees of freedom.
    pub degrees: u32,
    /// Chance of so much, or more, where the criterion works alike everywhere.
    pub p_value: f64,
    /// The levels as they were tested.
    pub levels: Vec<SegmentLevel>,
}

/// One level of a criterion within a segment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentLevel {
    /// The level; several where they were counted together.
    pub level: String,
    /// Leads of the segment with it.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// 90 % interval of the share that converted.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Conversions that the card promised.
    pub n_promised: f64,
    /// Conversions to expect where the level works here as elsewhere: the promise put right for the segment as a whole and for
    /// the level in all segments.
    pub n_expected: f64,
    /// How far what came lies from what was expected, in standard errors.
    pub z: f64,
}

/// Hand-offs compared by the groups of one column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FairnessColumn {
    /// The column.
    pub column: String,
    /// Whether the card gives points for it.
    pub gives_points: bool,
    /// Each policy.
    pub policies: Vec<FairnessPolicy>,
}

/// Hand-offs under one policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FairnessPolicy {
    /// Name of the policy.
    pub policy: String,
    /// The group, large enough, with the highest share handed off; `null` where none is large enough or nobody is handed off.
    pub highest: Option<String>,
    /// The groups in the order of their names, ranges of numbers in their own; of more than 30, the largest.
    pub groups: Vec<FairnessGroup>,
}

/// Hand-offs of one group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FairnessGroup {
    /// The group.
    pub group: String,
    /// Judged leads.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions promised.
    pub n_expected: f64,
    /// Conversions seen / conversions promised, of all leads of the group.
    pub observed_over_expected: f64,
    /// 90 % interval of that ratio.
    pub observed_over_expected_low: f64,
    /// Upper end.
    pub observed_over_expected_high: f64,
    /// Leads at or above the policy's line; those tied at it count in part.
    pub n_handed_off: f64,
    /// Share of the leads.
    pub share: f64,
    /// 90 % interval of that share.
    pub share_low: f64,
    /// Upper end.
    pub share_high: f64,
    /// Share / share of the group with the highest one; `null` for small groups.
    pub ratio: Option<f64>,
    /// 90 % interval of that ratio.
    pub ratio_low: Option<f64>,
    /// Upper end.
    pub ratio_high: Option<f64>,
    /// Conversions among those handed off.
    pub n_handed_off_converted: f64,
    /// Conversions promised of those handed off.
    pub n_handed_off_expected: f64,
    /// 90 % interval of the conversion of those handed off.
    pub conversion_low: f64,
    /// Upper end.
    pub conversion_high: f64,
    /// Share of the converted leads that was handed off: the others would have been missed. `null` where nobody converted.
    pub share_of_converted: Option<f64>,
    /// 90 % interval of that share.
    pub share_of_converted_low: f64,
    /// Upper end.
    pub share_of_converted_high: f64,
    /// Too few leads to compare.
    pub is_too_small: bool,
}
