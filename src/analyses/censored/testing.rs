//! Leads too young to say, for tests.

use super::record::{DelayByScore, MaturityMetrics, RecentVolume, SeenByAge};

/// 412 leads too young to say; half of the conversions come within 26 days.
pub(crate) fn example(volume: &[RecentVolume]) -> MaturityMetrics {
    let seen = |days, share, low, high| SeenByAge { days, share, low, high };
    MaturityMetrics {
        in_force: "model".to_owned(),
        n_open: 412,
        n_open_converted: 31,
        n_open_expected: Some(46.2),
        n_conversions: 486,
        half_seen_days: 25.4,
        seen: vec![seen(30.0, 0.56, 0.51, 0.61), seen(60.0, 0.86, 0.83, 0.89), seen(90.0, 1.0, 1.0, 1.0)],
        by_score: Some(DelayByScore {
            n_low: 245,
            n_high: 241,
            days: 25.4,
            low_share: 0.49,
            high_share: 0.51,
            z: -0.6,
            depends: false,
        }),
        volume: volume.to_vec(),
    }
}
