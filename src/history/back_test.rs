//! Back-test: for every past period, what was promised at each policy on the day before it began, and what came.

use std::collections::BTreeMap;

use crate::card::{Band, CurveEntry};
use crate::forecast::{ForecastParams, forecast};
use crate::frontier::{Evidence, Frontier, FrontierError, Histogram, OutOfFold, Policy, resolve};
use crate::labels::Grouping;
use crate::metrics::{BackTestRow, SalesFigures, observed_over_expected_interval};

/// Draws per period: its intervals stand to a fiftieth of their width, and ten periods cost what one forecast does.
const N_DRAWS: usize = 2_000;

/// What was known of scores on the day before a period began.
#[derive(Debug, Clone)]
pub struct PastCurve {
    /// The period, as the fold is named.
    pub period: String,
    /// Score to probability, from the periods before.
    pub curve: Vec<CurveEntry>,
    /// Bands of that curve.
    pub bands: Vec<Band>,
}

/// Promises and what came, period by period, policies in their order. The first period has nothing before it to promise from.
///
/// - `past`: one entry per fold, in time; folds are periods.
///
/// # Errors
/// [`FrontierError::TimeOutOfRange`] for a hand-off off the calendar.
pub fn back_test(
    judged: &OutOfFold,
    (segment, team): (Option<&Grouping>, Option<&Grouping>),
    past: &[PastCurve],
    policies: &[Policy],
    seed: u64,
) -> Result<Vec<BackTestRow>, FrontierError> {
    let mut rows = Vec::new();
    for (number, then) in past.iter().enumerate().skip(1) {
        let histogram_of = |is_in: &dyn Fn(usize) -> bool| {
            let positions: Vec<usize> =
                (0..judged.n_leads()).filter(|&lead| is_in(usize::from(judged.fold[lead]))).collect();
            let group = |group: Option<&Grouping>| group.map(|group| select(group, &positions));
            Histogram::count(&judged.select(&positions), group(segment).as_ref(), group(team).as_ref())
        };
        let before = histogram_of(&|fold| fold < number)?;
        let during = histogram_of(&|fold| fold == number)?;
        let known = Frontier::trace(&before);
        let came = Frontier::trace(&during);
        let evidence = Evidence { histogram: &before, frontier: &known, curve: &then.curve, bands: &then.bands };
        let params = ForecastParams { n_months: came.n_months(), n_draws: N_DRAWS, seed };
        let (promises, _) = forecast(policies, &evidence, &SalesFigures::default(), &params);
        let promises: BTreeMap<&str, _> =
            promises.scenarios.iter().map(|scenario| (scenario.policy.as_str(), scenario)).collect();
        for policy in policies {
            let (Ok(resolved), Some(promised)) = (resolve(policy, &evidence), promises.get(policy.name.as_str()))
            else {
                continue;
            };
            let chosen = came.chosen_of(during.cells.iter().map(|cell| (cell, resolved.share_of(cell, policy.by))));
            let n_expected = chosen.predicted_conversion * chosen.n_leads;
            let ratio = observed_over_expected_interval(chosen.n_wins, chosen.n_leads, n_expected).unwrap_or_default();
            rows.push(BackTestRow {
                period: then.period.clone(),
                n_months: came.n_months(),
                policy: policy.name.clone(),
                threshold: resolved.threshold,
                promised_leads: promised.leads,
                leads: chosen.n_leads,
                promised_conversion: promised.conversion,
                conversion: chosen.conversion,
                promised_wins: promised.wins,
                wins: chosen.n_wins,
                observed_over_expected: if n_expected > 0.0 { chosen.n_wins / n_expected } else { 0.0 },
                observed_over_expected_low: ratio.low,
                observed_over_expected_high: ratio.high,
            });
        }
    }
    Ok(rows)
}

fn select(group: &Grouping, positions: &[usize]) -> Grouping {
    Grouping {
        column: group.column.clone(),
        names: group.names.clone(),
        positions: positions.iter().map(|&lead| group.positions[lead]).collect(),
    }
}
