//! Promises: what became of the leads against what the card said, by band and at its thresholds.

use std::f64::consts::{LN_2, LN_10};

use super::betting::{BeyondLimit, Side};
use super::{BandPromise, ThresholdPromise};
use crate::card::{Band, Card};
use crate::data::labels::MIN_PER_OUTCOME;
use crate::decide::frontier::{Histogram, OutOfFold};
use crate::decide::history;
use crate::measures::{
    OutOfFoldMetrics, normal_half_width, observed_over_expected_interval, observed_over_expected_interval_of,
    out_of_fold_metrics,
};

/// Chance that the interval of any threshold misses in one look although the card is right.
const FAMILY_TAIL: f64 = 0.05;

/// Quality of the card, where there are enough outcomes of both kinds.
pub(super) fn quality(judged: &OutOfFold) -> Option<OutOfFoldMetrics> {
    has_enough(judged).then(|| out_of_fold_metrics(&judged.score, &judged.probability, &judged.converted)).flatten()
}

fn n_converted(judged: &OutOfFold) -> usize {
    judged.converted.iter().filter(|&&converted| converted).count()
}

/// Enough of both outcomes for a slope: as many as a card takes to be fitted on.
fn has_enough(judged: &OutOfFold) -> bool {
    let n_converted = n_converted(judged);
    n_converted.min(judged.n_leads() - n_converted) >= MIN_PER_OUTCOME
}

/// Calibration among the leads at or above each threshold of the card, with 95 % intervals for all of them together.
///
/// - `limits`: conversions for each one predicted that are right enough.
/// - `repeats`: leads that tell as much as one would on its own.
pub(super) fn at_threshold(card: &Card, judged: &OutOfFold, limits: [f64; 2], repeats: f64) -> Vec<ThresholdPromise> {
    let z = normal_half_width(FAMILY_TAIL / (card.thresholds.len() as f64).max(1.0));
    card.thresholds
        .iter()
        .map(|threshold| {
            let chosen = || (0..judged.n_leads()).filter(|&lead| judged.score[lead] >= threshold.score);
            let n_leads = chosen().count() as u64;
            let n_converted = chosen().filter(|&lead| judged.converted[lead]).count() as u64;
            let n_expected = chosen().map(|lead| judged.probability[lead]).sum::<f64>() + 0.0;
            let interval = observed_over_expected_interval_of(n_converted as f64, n_leads as f64, n_expected, z);
            let [lowest, highest] = limits;
            let (mut below, mut above) = (BeyondLimit::new(Side::Below), BeyondLimit::new(Side::Above));
            for lead in chosen() {
                let promised = judged.probability[lead];
                let (did, did_not) = if judged.converted[lead] { (1.0, 0.0) } else { (0.0, 1.0) };
                below.add(lowest * promised, did, did_not);
                above.add(highest * promised, did, did_not);
            }
            ThresholdPromise {
                name: threshold.name.clone(),
                rule: threshold.rule.clone(),
                score: threshold.score,
                n_leads,
                n_converted,
                n_expected,
                observed_over_expected: ratio(n_converted, n_expected),
                low: interval.map(|interval| interval.low),
                high: interval.map(|interval| interval.high),
                // Half of the stake lies on either side.
                log10_beyond: (below.ln(repeats).max(above.ln(repeats)) - LN_2) / LN_10,
            }
        })
        .collect()
}

fn ratio(n_converted: u64, n_expected: f64) -> Option<f64> {
    (n_expected > 0.0).then(|| n_converted as f64 / n_expected)
}

/// Each band over all months, highest first.
pub(super) fn bands(histogram: &Histogram, bands: &[Band]) -> Vec<BandPromise> {
    history::band_metrics(histogram, bands, 1.0)
        .into_iter()
        .map(|band| band_promise(None, band.band, band.n_leads, band.n_converted, band.n_expected))
        .collect()
}

/// Each band month by month, oldest first.
pub(super) fn bands_by_month(histogram: &Histogram, bands: &[Band]) -> Vec<BandPromise> {
    history::bands_by_month(histogram, bands, 1.0)
        .into_iter()
        .map(|cell| band_promise(Some(cell.month), cell.band, cell.n_leads, cell.n_converted, cell.n_expected))
        .collect()
}

fn band_promise(month: Option<String>, band: String, n_leads: u64, n_converted: u64, n_expected: f64) -> BandPromise {
    let interval = observed_over_expected_interval(n_converted as f64, n_leads as f64, n_expected);
    BandPromise {
        month,
        band,
        n_leads,
        n_converted,
        n_expected,
        observed_over_expected: ratio(n_converted, n_expected),
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
    }
}
