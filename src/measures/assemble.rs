//! Every measure of a card on the leads it had not seen, from one pass over them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::auc::auc_of_groups;
use super::brier::{brier, brier_parts};
use super::calibration::{
    calibration_intercept_of_cells, calibration_slope_with_error_of_cells, observed_over_expected,
};
use super::cells::Cells;
use super::log_loss::log_loss_of_cells;
use crate::math::Z90;

/// Quality of the card on leads it had not seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutOfFoldMetrics {
    /// Leads judged.
    pub n_leads: usize,
    /// Of those, how many converted.
    pub n_converted: usize,
    /// Mean negative log likelihood, nats; lower is better.
    pub log_loss: f64,
    /// Chance that a converted lead has the higher score; ties count half.
    pub auc: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
    /// Brier score: how far group rates lie from predicted ones (Murphy 1973), over groups of equal score.
    pub brier_reliability: f64,
    /// Brier score: how much group rates differ from the overall rate.
    pub brier_resolution: f64,
    /// Brier score of always saying the overall rate.
    pub brier_uncertainty: f64,
    /// Slope of a logistic regression of the outcome on the predicted log-odds; 1 is right. `null` where none exists,
    /// because the predictions tell the outcomes apart without a single overlap.
    pub calibration_slope: Option<f64>,
    /// Lower end of its 90 % interval.
    #[serde(default)]
    pub calibration_slope_low: Option<f64>,
    /// Upper end.
    #[serde(default)]
    pub calibration_slope_high: Option<f64>,
    /// Intercept of the same with the slope held at 1; 0 is right.
    pub calibration_intercept: f64,
    /// Conversions seen / conversions promised; 1 is right.
    pub observed_over_expected: f64,
}

/// Standard normal quantile that chance exceeds once in twenty.
const Z_ONE_IN_TWENTY: f64 = 1.645;

impl OutOfFoldMetrics {
    /// Whether always promising the overall rate would have been as good, but for chance: then nothing shows that the card knows
    /// anything about leads it has not seen.
    ///
    /// It has to lose less than the overall rate does, and to rank converted leads above others more surely than one order in twenty
    /// drawn by lot.
    pub fn is_no_better_than_the_rate(&self) -> bool {
        let rate = self.n_converted as f64 / (self.n_leads as f64).max(1.0);
        let of_rate = -(rate * rate.ln() + (1.0 - rate) * (1.0 - rate).ln());
        self.log_loss >= of_rate || self.auc - 0.5 <= Z_ONE_IN_TWENTY * self.auc_error_by_lot()
    }

    /// Standard error of the AUC of leads in an order drawn by lot.
    ///
    /// # Source
    /// Mann and Whitney (1947), *Annals of Mathematical Statistics* 18, 50-60: `sqrt((n + 1) / (12 n_converted n_others))`.
    fn auc_error_by_lot(&self) -> f64 {
        let (n_leads, n_converted) = (self.n_leads as f64, self.n_converted as f64);
        ((n_leads + 1.0) / (12.0 * n_converted * (n_leads - n_converted)).max(1.0)).sqrt()
    }

    /// With an interval of the slope that is so many times as wide.
    pub fn slope_widened(self, factor: f64) -> Self {
        let moved =
            |end: Option<f64>| self.calibration_slope.zip(end).map(|(middle, end)| middle + factor * (end - middle));
        Self {
            calibration_slope_low: moved(self.calibration_slope_low),
            calibration_slope_high: moved(self.calibration_slope_high),
            ..self
        }
    }
}

/// Quality of the card on judged leads.
///
/// - `score`, `probability`, `converted`: one entry per judged lead.
/// - returns: `None` where quality cannot be measured: no leads, one outcome only, or nothing promised.
pub fn out_of_fold_metrics(score: &[i32], probability: &[f64], converted: &[bool]) -> Option<OutOfFoldMetrics> {
    metrics_of_cells(&Cells::count(score, probability, converted))
}

/// [`out_of_fold_metrics`] of counted leads.
pub fn metrics_of_cells(cells: &Cells) -> Option<OutOfFoldMetrics> {
    let groups = cells.by_score();
    let parts = brier_parts(&groups)?;
    let slope = calibration_slope_with_error_of_cells(cells);
    Some(OutOfFoldMetrics {
        n_leads: cells.n_leads() as usize,
        n_converted: cells.n_converted() as usize,
        log_loss: log_loss_of_cells(cells)?,
        auc: auc_of_groups(&groups)?,
        brier: brier(cells)?,
        brier_reliability: parts.reliability,
        brier_resolution: parts.resolution,
        brier_uncertainty: parts.uncertainty,
        calibration_slope: slope.map(|(slope, _)| slope),
        calibration_slope_low: slope.map(|(slope, error)| slope - Z90 * error),
        calibration_slope_high: slope.map(|(slope, error)| slope + Z90 * error),
        calibration_intercept: calibration_intercept_of_cells(cells)?,
        observed_over_expected: observed_over_expected(cells)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::math::logit;
    use crate::measures::{auc, auc_of_points, calibration_intercept, calibration_slope, log_loss, wilson};

    /// A card that loses less than the overall rate on 332 leads, 79 of them converted.
    #[track_caller]
    fn assert_no_better(auc: f64, log_loss: f64, is_no_better: bool) {
        let quality = OutOfFoldMetrics { n_leads: 332, n_converted: 79, log_loss, auc, ..OutOfFoldMetrics::default() };
        assert_eq!(quality.is_no_better_than_the_rate(), is_no_better, "AUC {auc}, log loss {log_loss}");
    }

    #[test]
    fn a_card_has_to_beat_the_overall_rate_by_more_than_chance() {
        // The rate loses 0.548707; an order by lot has an AUC of 0.5 with an error of sqrt(333 / (12 x 79 x 253)) = 0.0373.
        assert_no_better(0.62, 0.549, true);
        assert_no_better(0.536, 0.548_159, true);
        assert_no_better(0.561, 0.548_159, true);
        assert_no_better(0.562, 0.548_159, false);
    }

    /// Numbers of scikit-learn and statsmodels; the script and its versions are beside the file.
    fn reference() -> Value {
        serde_json::from_str(include_str!("../../tests/reference/metrics.json")).expect("the reference is JSON")
    }

    fn numbers(case: &Value, key: &str) -> Vec<f64> {
        case[key].as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
    }

    #[track_caller]
    fn assert_close(what: &str, found: Option<f64>, case: &Value) {
        let found = found.expect(what);
        let expected = case[what].as_f64().expect(what);
        // Both sides converge to rounding; the reference's GLM stops at a deviance change of 1e-14.
        assert!((found - expected).abs() < 1e-9, "{what} of {}: {found}, reference {expected}", case["name"]);
    }

    #[test]
    fn every_measure_agrees_with_scikit_learn_and_statsmodels() {
        for case in reference()["cases"].as_array().expect("cases") {
            let probability = numbers(case, "probability");
            let points = numbers(case, "score");
            let score: Vec<i32> = points.iter().map(|&s| s as i32).collect();
            let converted: Vec<bool> = numbers(case, "converted").iter().map(|&y| y == 1.0).collect();
            let log_odds: Vec<f64> = probability.iter().map(|&p| logit(p)).collect();

            assert_close("log_loss", log_loss(&probability, &converted), case);
            assert_close("auc", auc(&points, &converted), case);
            assert_close("auc", auc_of_points(&score, &converted), case);
            assert_close("calibration_slope", calibration_slope(&log_odds, &converted), case);
            assert_close("calibration_intercept", calibration_intercept(&log_odds, &converted), case);

            let all = out_of_fold_metrics(&score, &probability, &converted).expect("both outcomes");
            assert_eq!(all.n_leads, score.len());
            assert_close("log_loss", Some(all.log_loss), case);
            assert_close("auc", Some(all.auc), case);
            assert_close("brier", Some(all.brier), case);
            assert_close("calibration_slope", all.calibration_slope, case);
            assert_close("calibration_intercept", Some(all.calibration_intercept), case);
            assert_close("observed_over_expected", Some(all.observed_over_expected), case);
            // One probability per score here, so the parts add up to the whole.
            let parts = all.brier_reliability - all.brier_resolution + all.brier_uncertainty;
            assert!((parts - all.brier).abs() < 1e-12);
        }
    }

    #[test]
    fn wilson_agrees_with_statsmodels() {
        for row in reference()["wilson_90"].as_array().expect("rows") {
            let value = |key: &str| row[key].as_f64().expect(key);
            let found = wilson(value("n_hits"), value("n_trials"));
            assert!((found.low - value("low")).abs() < 1e-12, "{row}: {found:?}");
            assert!((found.high - value("high")).abs() < 1e-12, "{row}: {found:?}");
        }
    }

    #[test]
    fn quality_needs_both_outcomes() {
        assert_eq!(out_of_fold_metrics(&[], &[], &[]), None);
        assert_eq!(out_of_fold_metrics(&[1, 2], &[0.1, 0.2], &[false, false]), None);
        assert_eq!(out_of_fold_metrics(&[1, 2], &[0.1, 0.2], &[true, true]), None);
    }

    #[test]
    fn a_perfect_card_has_every_measure_but_a_slope() {
        let all = out_of_fold_metrics(&[1, 2], &[0.1, 0.9], &[false, true]).expect("both outcomes");
        assert_eq!((all.auc, all.calibration_slope), (1.0, None));
    }

    #[test]
    fn the_order_of_the_leads_changes_no_bit() {
        let probability = [0.1, 0.3, 0.3, 0.7, 0.2];
        let forward = out_of_fold_metrics(&[1, 5, 5, 9, 3], &probability, &[false, true, false, true, true]);
        let probability = [0.2, 0.7, 0.3, 0.1, 0.3];
        let other = out_of_fold_metrics(&[3, 9, 5, 1, 5], &probability, &[true, true, true, false, false]);
        assert_eq!(forward, other);
    }
}
