//! What is marked on the frontier: policies and the recommendation.

use super::super::recommended::recommended_policy;
use crate::decide::forecast::record::Scenario;
use crate::measures::Interval;
use crate::render::chart::svg::Shape;
use crate::report::RunParts;

/// A policy, or the recommendation, with its place on the picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    pub(super) name: String,
    /// Fewest points of a chosen lead; `None` where each team or segment has its own.
    pub(super) threshold: Option<i32>,
    pub(super) leads: f64,
    pub(super) conversion: f64,
    /// `None` for what only the forecast knows.
    pub(super) interval: Option<Interval>,
    pub(super) shape: Shape,
    pub(super) is_recommended: bool,
    /// Whether it is a policy, and not the recommendation alone.
    pub(super) is_policy: bool,
}

/// Policies in their order, those that only the forecast knows (a line per team or segment), and last the recommendation
/// unless it is one of them.
pub(super) fn spots(parts: &RunParts<'_>) -> Vec<Spot> {
    let mut spots: Vec<Spot> = (parts.policies.iter().enumerate())
        .map(|(at, policy)| Spot {
            name: policy.name.clone(),
            threshold: policy.groups.is_empty().then_some(policy.threshold),
            leads: policy.chosen.leads_per,
            conversion: policy.chosen.conversion,
            interval: Some(policy.chosen.conversion_interval),
            shape: Shape::of_policy(at),
            is_recommended: false,
            is_policy: true,
        })
        .collect();
    for scenario in &parts.metrics.forecast.scenarios {
        if spots.iter().all(|spot| spot.name != scenario.policy) {
            spots.extend(in_history(scenario, Shape::of_policy(spots.len())));
        }
    }
    let forecast = &parts.metrics.forecast;
    let twin = recommended_policy(forecast).and_then(|name| spots.iter_mut().find(|spot| spot.name == name));
    if let Some(twin) = twin {
        (twin.is_recommended, twin.shape) = (true, Shape::Star);
    } else if let Some(recommended) = &forecast.recommended {
        let spot = in_history(&recommended.scenario, Shape::Star);
        spots.extend(spot.map(|spot| Spot {
            name: "recommended".to_owned(),
            is_recommended: true,
            is_policy: false,
            ..spot
        }));
    }
    spots
}

/// Where a scenario stands in the history: the leads of all its thresholds together.
fn in_history(scenario: &Scenario, shape: Shape) -> Option<Spot> {
    let leads: f64 = scenario.thresholds.iter().map(|line| line.leads_per).sum();
    let wins: f64 = scenario.thresholds.iter().map(|line| line.leads_per * line.conversion).sum();
    let threshold = if let [line] = scenario.thresholds.as_slice() { Some(line.score) } else { None };
    (leads > 0.0).then(|| Spot {
        name: scenario.policy.clone(),
        threshold,
        leads,
        conversion: wins / leads,
        interval: None,
        shape,
        is_recommended: false,
        is_policy: true,
    })
}
