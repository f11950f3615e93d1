//! The hand-off that the definition speaks of: which leads go to sales, and what that is expected to bring.

use crate::decide::forecast::record::{Scenario, ScenarioThreshold};
use crate::report::RunParts;

/// The hand-off that the config chose, else the recommended one, or where there is neither that of the first policy; `None` where no
/// policy could be met.
pub(super) fn hand_off<'a>(parts: &RunParts<'a>) -> Option<&'a Scenario> {
    let forecast = &parts.metrics.forecast;
    forecast.recommended.as_ref().map(|one| &one.scenario).or(forecast.scenarios.first())
}

/// A line that people can keep: from here on every lead goes to sales.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line<'a> {
    /// Team or segment; `None` where one line holds for all.
    pub(super) group: Option<&'a str>,
    /// Fewest points of a lead that goes to sales.
    pub(super) from: i32,
    /// Share of the leads one point below that go there as well, where a policy fills a volume with them.
    pub(super) share_below: Option<f64>,
}

impl<'a> Line<'a> {
    /// Nobody can hand over a share of the leads with one score, so the line is above them and the share is said.
    fn of(threshold: &'a ScenarioThreshold) -> Self {
        let group = threshold.group.as_deref();
        match threshold.share_of_tied {
            share if share >= 0.995 => Self { group, from: threshold.score, share_below: None },
            share => {
                Self { group, from: threshold.score + 1, share_below: Some(share).filter(|share| *share >= 0.005) }
            }
        }
    }
}

/// The lines of a hand-off: one, or one per team or segment that sends any lead.
pub(super) fn lines(scenario: Option<&Scenario>) -> Vec<Line<'_>> {
    scenario.iter().flat_map(|scenario| &scenario.thresholds).map(Line::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::company;

    fn threshold(score: i32, share_of_tied: f64) -> ScenarioThreshold {
        ScenarioThreshold { score, share_of_tied, ..ScenarioThreshold::default() }
    }

    #[test]
    fn a_part_of_the_leads_with_one_score_is_below_the_line_and_said() {
        let line = |share_of_tied: f64| {
            let threshold = threshold(50, share_of_tied);
            let Line { from, share_below, .. } = Line::of(&threshold);
            (from, share_below)
        };
        assert_eq!([1.0, 0.09, 0.001].map(line), [(50, None), (51, Some(0.09)), (51, None)]);
    }

    #[test]
    fn without_a_recommendation_the_first_policy_says_and_without_policies_nobody() {
        let mut company = company();
        let policy = |company: &crate::report::testing::Company| {
            hand_off(&company.parts()).map(|scenario| scenario.policy.clone())
        };
        assert_eq!(policy(&company).as_deref(), Some("recommended"));
        company.metrics.forecast.recommended = None;
        assert_eq!(policy(&company).as_deref(), Some("selective"));
        company.metrics.forecast.scenarios.clear();
        assert_eq!(policy(&company), None);
        assert!(lines(None).is_empty());
    }
}
