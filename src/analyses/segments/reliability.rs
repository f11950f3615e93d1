//! Promised and come, segment by segment.

use super::shapes::FALSE_DISCOVERY;
use super::{largest_groups, members};
use crate::analyses::segments::record::SegmentReliability;
use crate::data::labels::Grouping;
use crate::decide::frontier::OutOfFold;
use crate::math::Z90;
use crate::measures::{Cells, auc_of_groups, calibration_slope_with_error_of_cells, observed_over_expected_interval};
use crate::measures::{above, discoveries};

/// Conversions promised below which a segment is too small to tell: with 10 the ratio has an interval of about 0.5 to 1.5.
pub const MIN_EXPECTED: f64 = 10.0;

/// Conversions, and misses, below which a segment has no slope and no AUC: with 20 their errors are about 0.25 and 0.06.
const MIN_OF_A_KIND: u64 = 20;

/// Most segments that are told apart.
const MAX_SEGMENTS: usize = 30;

/// One row per segment, most leads first.
pub(super) fn by_segment(segment: &Grouping, judged: &OutOfFold) -> Vec<SegmentReliability> {
    let segment = largest_groups(segment, MAX_SEGMENTS);
    let rows = segment.names.iter().zip(members(&segment));
    let (mut rows, p_values): (Vec<SegmentReliability>, Vec<f64>) =
        rows.map(|(name, leads)| of_segment(name, &leads, judged)).unzip();
    for at in discoveries(&p_values, FALSE_DISCOVERY) {
        rows[at].is_off = true;
    }
    rows
}

/// The segment, and the chance of so large a difference by luck; NaN where it is too small for a test.
fn of_segment(name: &str, leads: &[usize], judged: &OutOfFold) -> (SegmentReliability, f64) {
    let score: Vec<i32> = leads.iter().map(|&lead| judged.score[lead]).collect();
    let probability: Vec<f64> = leads.iter().map(|&lead| judged.probability[lead]).collect();
    let converted: Vec<bool> = leads.iter().map(|&lead| judged.converted[lead]).collect();
    let cells = Cells::count(&score, &probability, &converted);
    let (n_leads, n_converted) = (cells.n_leads(), cells.n_converted());
    let sum = |of: fn(f64) -> f64| cells.iter().map(|cell| cell.n_leads as f64 * of(cell.probability)).sum::<f64>();
    let (n_expected, variance) = (sum(|p| p), sum(|p| p * (1.0 - p)));
    let interval = observed_over_expected_interval(n_converted as f64, n_leads as f64, n_expected).unwrap_or_default();
    let is_told = n_converted >= MIN_OF_A_KIND && n_leads - n_converted >= MIN_OF_A_KIND;
    let slope = is_told.then(|| calibration_slope_with_error_of_cells(&cells)).flatten();
    let is_too_small = n_expected < MIN_EXPECTED;
    let z = (n_converted as f64 - n_expected) / variance.sqrt();
    let row = SegmentReliability {
        segment: name.to_owned(),
        n_leads,
        n_converted,
        n_expected,
        observed_over_expected: if n_expected > 0.0 { n_converted as f64 / n_expected } else { 0.0 },
        low: interval.low,
        high: interval.high,
        calibration_slope: slope.map(|(slope, _)| slope),
        slope_low: slope.map(|(slope, error)| slope - Z90 * error),
        slope_high: slope.map(|(slope, error)| slope + Z90 * error),
        auc: is_told.then(|| auc_of_groups(&cells.by_score())).flatten(),
        is_too_small,
        is_off: false,
    };
    (row, if is_too_small { f64::NAN } else { 2.0 * above(z.abs()) })
}
