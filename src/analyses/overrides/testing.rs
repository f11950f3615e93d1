//! Overrides for tests.

use super::record::{OverrideMetrics, OverridePolicy, OverrideRow};
use crate::decide::forecast::record::Estimate;

/// One override that costs a little, under one policy.
pub(crate) fn example() -> OverrideMetrics {
    OverrideMetrics {
        rows: vec![OverrideRow {
            criterion: "budget".to_owned(),
            level: "approved".to_owned(),
            points: 20,
            fitted_points: 28,
            author: "Ann (sales)".to_owned(),
            reason: "price list changes in May".to_owned(),
            until: Some("2026-12-31".to_owned()),
            n_leads: 412,
            log_loss_change: 0.0021,
        }],
        n_judged: 3_600,
        log_loss_fitted: 0.3012,
        log_loss: 0.3033,
        log_loss_change_se: 0.0004,
        policies: vec![OverridePolicy {
            policy: "selective".to_owned(),
            n_leads: 900.0,
            n_swapped: 61.5,
            wins_fitted: 214.0,
            wins: 206.5,
            difference: Estimate { expected: -7.5, low: -13.2, high: -1.8 },
        }],
    }
}
