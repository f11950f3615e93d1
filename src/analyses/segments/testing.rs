//! Segments for tests.

use super::record::{
    FairnessColumn, FairnessGroup, FairnessPolicy, SegmentLevel, SegmentReliability, SegmentShape, SegmentShapes,
    SegmentsMetrics,
};
use crate::measures::{observed_over_expected_interval, wilson};

/// Four segments, one of them too small, a criterion that works differently in one, and hand-offs by region.
pub(crate) fn example(policies: &[&str]) -> SegmentsMetrics {
    let promised = |segment: &str, n_leads: u64, n_converted: u64, n_expected: f64| {
        let interval =
            observed_over_expected_interval(n_converted as f64, n_leads as f64, n_expected).unwrap_or_default();
        let is_too_small = n_expected < 10.0;
        let slope = (!is_too_small).then_some(0.97);
        SegmentReliability {
            segment: segment.to_owned(),
            n_leads,
            n_converted,
            n_expected,
            observed_over_expected: n_converted as f64 / n_expected,
            low: interval.low,
            high: interval.high,
            calibration_slope: slope,
            slope_low: slope.map(|slope| slope - 0.2),
            slope_high: slope.map(|slope| slope + 0.2),
            auc: (!is_too_small).then_some(0.741),
            is_too_small,
            is_off: segment == "steel",
        }
    };
    let level = |level: &str, n_leads: u64, n_converted: u64, n_promised: f64, n_expected: f64, z: f64| {
        let interval = wilson(n_converted as f64, n_leads as f64);
        SegmentLevel {
            level: level.to_owned(),
            n_leads,
            n_converted,
            low: interval.low,
            high: interval.high,
            n_promised,
            n_expected,
            z,
        }
    };
    let shape = SegmentShape {
        segment: "health <care>".to_owned(),
        criterion: "budget".to_owned(),
        n_leads: 640,
        chi_square: 14.2,
        degrees: 2,
        p_value: 0.0008,
        levels: vec![
            level("missing or requested", 330, 34, 30.1, 24.6, 1.9),
            level("approved", 140, 17, 33.1, 30.8, -3.1),
            level("other", 170, 20, 17.0, 15.6, 1.2),
        ],
    };
    let group = |name: &str, n_leads: u64, n_converted: u64, n_handed_off: f64, highest: f64| {
        let n = n_leads as f64;
        let (share, kept) = (
            wilson(n_handed_off, n),
            observed_over_expected_interval(n_converted as f64, n, n * 0.1).unwrap_or_default(),
        );
        let (conversion, of_converted) =
            (wilson(n_handed_off / 4.0, n_handed_off), wilson(n_handed_off / 4.0, n_converted as f64));
        let is_too_small = n_leads < 30;
        let ratio = (!is_too_small).then_some(n_handed_off / n / highest);
        FairnessGroup {
            group: name.to_owned(),
            n_leads,
            n_converted,
            n_expected: n * 0.1,
            observed_over_expected: n_converted as f64 / n / 0.1,
            observed_over_expected_low: kept.low,
            observed_over_expected_high: kept.high,
            n_handed_off,
            share: n_handed_off / n,
            share_low: share.low,
            share_high: share.high,
            ratio,
            ratio_low: ratio.map(|ratio| ratio * 0.85),
            ratio_high: ratio.map(|ratio| ratio * 1.17),
            n_handed_off_converted: n_handed_off / 4.0,
            n_handed_off_expected: n_handed_off / 4.2,
            conversion_low: conversion.low,
            conversion_high: conversion.high,
            share_of_converted: Some(n_handed_off / 4.0 / n_converted as f64),
            share_of_converted_low: of_converted.low,
            share_of_converted_high: of_converted.high,
            is_too_small,
        }
    };
    SegmentsMetrics {
        column: Some("industry".to_owned()),
        reliability: vec![
            promised("food", 1_500, 171, 168.4),
            promised("steel", 1_400, 105, 141.0),
            promised("health <care>", 640, 71, 80.2),
            promised("paper", 60, 4, 5.1),
        ],
        shapes: Some(SegmentShapes {
            false_discovery: 0.1,
            n_tested: 9,
            n_too_few: 3,
            n_pooled_levels: 4,
            found: vec![shape],
        }),
        fairness: vec![FairnessColumn {
            column: "region".to_owned(),
            gives_points: true,
            policies: (policies.iter())
                .map(|policy| FairnessPolicy {
                    policy: (*policy).to_owned(),
                    highest: Some("north".to_owned()),
                    groups: vec![
                        group("north", 1_800, 210, 540.0, 0.3),
                        group("south", 1_500, 148, 330.0, 0.3),
                        group("islands", 280, 45, 56.0, 0.3),
                        group("(missing)", 20, 2, 3.0, 0.3),
                    ],
                })
                .collect(),
        }],
    }
}
