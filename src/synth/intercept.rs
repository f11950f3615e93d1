//! The intercept at which leads convert as often as was asked.

use crate::math::logistic;

/// One hand-off as the intercept sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighed {
    /// Sum of the true weights, season and drift included.
    pub(super) weight: f64,
    /// Chance to be touched by sales.
    pub(super) touched: f64,
    /// Weight at the second hand-off, for a lead that comes back unless it has converted.
    pub(super) again: Option<f64>,
}

/// The intercept at which the expected share of touched hand-offs that convert is `rate`.
pub(super) fn solve(hand_offs: &[Weighed], rate: f64) -> f64 {
    bisect(|intercept| {
        let (mut converted, mut touched) = (0.0, 0.0);
        for hand_off in hand_offs {
            let first = logistic(intercept + hand_off.weight);
            converted += hand_off.touched * first;
            touched += hand_off.touched;
            if let Some(again) = hand_off.again {
                let comes_back = hand_off.touched * (1.0 - first);
                converted += comes_back * logistic(intercept + again);
                touched += comes_back;
            }
        }
        converted / touched - rate
    })
}

/// Where a rising function crosses zero, between log-odds of -60 and 60; 80 halvings leave less than 1e-22.
pub(super) fn bisect(rising: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-60.0, 60.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if rising(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::logit;

    #[test]
    fn leads_alike_get_the_log_odds_of_the_rate() {
        let alike = [Weighed { weight: 0.7, touched: 0.9, again: None }; 3];
        // Bisection ends at the last bit of a number near 2.
        assert!((solve(&alike, 0.2) - (logit(0.2) - 0.7)).abs() < 1e-12);
    }

    #[test]
    fn leads_that_come_back_count_twice() {
        let back = [Weighed { weight: 0.0, touched: 1.0, again: Some(0.0) }];
        // Both hand-offs have the same chance, so the rate is that chance.
        assert!((solve(&back, 0.3) - logit(0.3)).abs() < 1e-12);
    }
}
