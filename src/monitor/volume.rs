//! Volume: leads a month under each policy against the forecast that was made with the card.

use super::{Compared, LeadVolume, MonitorError, VolumeRow};
use crate::decide::forecast::record::{Estimate, Forecast, Scenario};
use crate::decide::frontier::Histogram;
use crate::notes::Note;
use crate::settings::DAYS_PER_MONTH;

/// Shortest time that is compared with a forecast for months, in months.
const MIN_MONTHS: f64 = 0.5;

/// Leads a month against the forecast; what cannot be compared is a note.
pub(super) fn volume(
    compared: &Compared<'_>,
    forecast: Option<&Forecast>,
    notes: &mut Vec<Note>,
) -> Result<Option<LeadVolume>, MonitorError> {
    let mut say = |text: String| notes.push(Note::new("volume", text));
    let Some(forecast) = forecast else { return Ok(None) };
    let Some(n_forecast_months) = forecast.n_months else {
        say("the forecast of the run is per 1,000 leads, so there is no volume to compare with".to_owned());
        return Ok(None);
    };
    let months = Histogram::count(&compared.all(), None, None)?.months;
    let n_months = months.iter().map(|month| f64::from(month.n_days)).sum::<f64>() / DAYS_PER_MONTH;
    if n_months < MIN_MONTHS {
        say("the leads span less than half a month: too short to compare their number with a forecast".to_owned());
        return Ok(None);
    }
    let by_group: Vec<&str> =
        forecast.scenarios.iter().filter(|one| one.one_line().is_none()).map(|one| one.policy.as_str()).collect();
    if !by_group.is_empty() {
        say(format!(
            "volume of {} is not compared: each team or segment has a line of its own",
            crate::notes::in_words(&by_group, "and")
        ));
    }
    let row = |scenario: &Scenario| volume_row(compared, scenario, n_months, n_forecast_months);
    let rows: Vec<VolumeRow> = forecast.scenarios.iter().filter_map(row).collect();
    Ok((!rows.is_empty()).then_some(LeadVolume { n_months, n_forecast_months, rows }))
}

fn volume_row(
    compared: &Compared<'_>,
    scenario: &Scenario,
    n_months: f64,
    n_forecast_months: f64,
) -> Option<VolumeRow> {
    let line = scenario.one_line()?;
    let chosen: f64 = compared
        .by_score()
        .map(|lead| match lead.score.cmp(&line.score) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => line.share_of_tied,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    let promised = widened(scenario.leads.times(n_forecast_months.recip()), n_months, n_forecast_months);
    let came = chosen / n_months;
    Some(VolumeRow {
        policy: scenario.policy.clone(),
        rule: scenario.rule.clone(),
        promised,
        came,
        is_within: (promised.low..=promised.high).contains(&came),
    })
}

/// The mean of fewer months varies more, by the square root of how much shorter the time is; that of more months is left as it
/// is, because what the forecast does not know does not average out.
fn widened(promised: Estimate, n_months: f64, n_forecast_months: f64) -> Estimate {
    let factor = (n_forecast_months / n_months).sqrt().max(1.0);
    let Estimate { expected, low, high } = promised;
    Estimate {
        expected,
        low: (expected - factor * (expected - low)).max(0.0),
        high: expected + factor * (high - expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_time_varies_more_and_a_longer_one_not_less() {
        let promised = Estimate { expected: 50.0, low: 40.0, high: 62.0 };
        assert_eq!(widened(promised, 0.75, 3.0), Estimate { expected: 50.0, low: 30.0, high: 74.0 });
        assert_eq!(widened(promised, 6.0, 3.0), promised);
        assert_eq!(widened(promised, 0.03, 3.0).low, 0.0);
    }
}
