//! Measures: pure functions of scores, probabilities and outcomes.
//!
//! One small function per measure; `logistic_line` is the fit of one or two parameters that several of them and the model share,
//! `equal_volume` what two ways to score win with the same number of leads, `chi_square` has quantiles and tails, `confidence_sequence`
//! an interval that holds at every look,
//! `false_discovery` keeps luck off lists that many looks have made.
//!
//! Always true: no measure panics; one that does not exist (no leads, one outcome only) is `None`; measures made from
//! [`Cells`] do not depend on the order of the leads.

mod assemble;
mod auc;
mod beta;
mod brier;
mod calibration;
mod cells;
mod chi_square;
mod confidence_sequence;
mod design_effect;
mod equal_volume;
mod false_discovery;
mod interval;
mod log_loss;
mod logistic_line;
mod mean;
mod reliability;

pub use assemble::{OutOfFoldMetrics, metrics_of_cells, out_of_fold_metrics};
pub use auc::{auc, auc_of_groups, auc_of_points};
pub(crate) use beta::ln_gamma;
pub use beta::{beta_below, ln_beta};
pub use brier::{BrierParts, brier, brier_parts};
pub use calibration::{
    calibration_intercept, calibration_intercept_of_cells, calibration_slope, calibration_slope_with_error_of_cells,
    observed_over_expected,
};
pub use cells::{Cell, Cells, ScoreGroup};
pub use chi_square::{chi_square_above, chi_square_exceeded, normal_half_width};
pub use confidence_sequence::{ConfidenceSequence, SequenceMean};
pub use design_effect::design_effect;
pub use equal_volume::{Cutoff, EqualVolume, Swapped, equal_volume_difference};
pub use false_discovery::{above, discoveries};
pub use interval::{
    Estimate, Interval, observed_over_expected_interval, observed_over_expected_interval_of, wilson, wilson_of,
    wilson_of_repeated,
};
pub use log_loss::{clamp_probability, log_loss, log_loss_of_cells, loss_of_lead, losses_of_log_odds};
pub use logistic_line::{LineCovariance, LineInformation, LogisticLine, Shift, Steps, logistic_line, logistic_shift};
pub use mean::{PairedDifference, mean, paired_difference, standard_deviation};
pub use reliability::{ReliabilityRow, reliability_rows};
