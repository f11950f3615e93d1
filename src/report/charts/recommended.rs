//! Whether the recommendation is one of the policies: then the pictures mark the policy instead of showing a place twice.

use crate::decide::forecast::record::{Forecast, Scenario};

/// Shares of tied leads that differ by less than this choose about the same leads.
const SAME_SHARE: f64 = 0.1;

/// Name of the first policy that draws the same lines as the recommendation.
pub(in crate::report) fn recommended_policy(forecast: &Forecast) -> Option<&str> {
    let recommended = &forecast.recommended.as_ref()?.scenario;
    let policy = forecast.scenarios.iter().find(|scenario| draw_the_same_lines(scenario, recommended))?;
    Some(&policy.policy)
}

fn draw_the_same_lines(a: &Scenario, b: &Scenario) -> bool {
    let pairs = || a.thresholds.iter().zip(&b.thresholds);
    !a.thresholds.is_empty()
        && a.thresholds.len() == b.thresholds.len()
        && pairs().all(|(a, b)| {
            (&a.group, a.score) == (&b.group, b.score) && (a.share_of_tied - b.share_of_tied).abs() < SAME_SHARE
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::company;

    #[test]
    fn a_recommendation_at_the_line_of_a_policy_is_that_policy() {
        let mut forecast = company().metrics.forecast;
        assert_eq!(recommended_policy(&forecast), Some("wide"));
        forecast.scenarios[1].thresholds[0].score += 1;
        assert_eq!(recommended_policy(&forecast), None);
        forecast.recommended = None;
        assert_eq!(recommended_policy(&forecast), None);
    }
}
