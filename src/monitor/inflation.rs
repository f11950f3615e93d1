//! Inflation: scores that rise without conversions, because people learn which answers give points, or because a source is
//! filled in differently.

use super::{Compared, Inflation, InflationVerdict, MonitorError, MonthScores, MonthlyChange};
use crate::decide::frontier::Histogram;
use crate::settings::{DAYS_PER_MONTH, US_PER_DAY};

/// Half-width of a 95 % interval, in standard errors of a normal variable.
const Z95: f64 = 1.959_963_984_540_054;

/// Fewest weeks with leads that a trend is read off: its error is judged by how much weeks differ.
const MIN_WEEKS: usize = 8;

/// The trend of the scores, and of conversions seen less promised; `None` without dates or with too few weeks.
pub(super) fn inflation(compared: &Compared<'_>) -> Result<Option<Inflation>, MonitorError> {
    let scores: Option<Vec<(i64, f64)>> =
        compared.leads.iter().map(|lead| Some((lead.as_of?, f64::from(lead.score)))).collect();
    let Some(score) = scores.as_deref().and_then(trend) else { return Ok(None) };
    let excess: Vec<(i64, f64)> = compared
        .leads
        .iter()
        .filter_map(|lead| Some((lead.as_of?, f64::from(u8::from(lead.outcome?)) - lead.promised())))
        .collect();
    let excess = trend(&excess);
    let verdict = match excess {
        _ if score.low <= 0.0 => InflationVerdict::NoRise,
        Some(excess) if excess.high < 0.0 => InflationVerdict::Inflated,
        _ => InflationVerdict::Rise,
    };
    Ok(Some(Inflation { score, excess, verdict, months: months(compared)? }))
}

/// Change of `value` per month: least squares over the leads, with an error that allows for weeks that differ as a whole.
///
/// - `points`: moment in microseconds and value of each lead, oldest first.
/// - returns: `None` with leads in fewer than [`MIN_WEEKS`] weeks.
///
/// # Source
/// Errors by cluster: Liang and Zeger (1986), *Biometrika* 73, 13-22, with the factor `G / (G - 1)` for `G` weeks.
fn trend(points: &[(i64, f64)]) -> Option<MonthlyChange> {
    let first = points.first()?.0;
    let month = |moment: i64| (moment - first) as f64 / (US_PER_DAY as f64 * DAYS_PER_MONTH);
    let n = points.len() as f64;
    let mean_time = points.iter().map(|(moment, _)| month(*moment)).sum::<f64>() / n;
    let mean_value = points.iter().map(|(_, value)| value).sum::<f64>() / n;
    let spread: f64 = points.iter().map(|(moment, _)| (month(*moment) - mean_time).powi(2)).sum();
    let product: f64 = points.iter().map(|(moment, value)| (month(*moment) - mean_time) * (value - mean_value)).sum();
    let week = |moment: i64| (moment - first) / (7 * US_PER_DAY);
    let slope = product / spread;
    let weeks = points.chunk_by(|a, b| week(a.0) == week(b.0));
    let per_week: Vec<f64> = weeks
        .map(|leads| {
            let pull = |&(moment, value): &(i64, f64)| {
                let time = month(moment) - mean_time;
                time * (value - mean_value - slope * time)
            };
            leads.iter().map(pull).sum()
        })
        .collect();
    if per_week.len() < MIN_WEEKS {
        return None;
    }
    let n_weeks = per_week.len() as f64;
    let error = (n_weeks / (n_weeks - 1.0) * per_week.iter().map(|pull| pull * pull).sum::<f64>()).sqrt() / spread;
    Some(MonthlyChange { per_month: slope, low: slope - Z95 * error, high: slope + Z95 * error })
}

fn months(compared: &Compared<'_>) -> Result<Vec<MonthScores>, MonitorError> {
    let all = Histogram::count(&compared.all(), None, None)?;
    let mut months: Vec<MonthScores> = all
        .months
        .iter()
        .map(|month| MonthScores {
            month: month.to_string(),
            n_leads: 0,
            mean_score: None,
            n_judged: 0,
            n_converted: 0,
            n_expected: 0.0,
        })
        .collect();
    let mut sums = vec![0_i64; months.len()];
    for cell in &all.cells {
        let at = cell.month as usize;
        months[at].n_leads += cell.n_leads;
        sums[at] += i64::from(cell.score) * cell.n_leads as i64;
    }
    for (month, sum) in months.iter_mut().zip(sums) {
        month.mean_score = (month.n_leads > 0).then(|| sum as f64 / month.n_leads as f64);
    }
    let judged = Histogram::count(&compared.judged(), None, None)?;
    for cell in &judged.cells {
        let name = judged.months.get(cell.month as usize).map(ToString::to_string);
        if let Some(month) = months.iter_mut().find(|month| Some(&month.month) == name.as_ref()) {
            month.n_judged += cell.n_leads;
            month.n_converted += cell.n_converted;
            month.n_expected += cell.n_expected();
        }
    }
    Ok(months)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Ten leads a day over 20 weeks, whose value is `value` of the months since the first.
    fn leads(value: impl Fn(usize, f64) -> f64) -> Vec<(i64, f64)> {
        (0..1_400)
            .map(|lead| {
                let moment = lead as i64 / 10 * US_PER_DAY;
                (moment, value(lead, moment as f64 / (US_PER_DAY as f64 * DAYS_PER_MONTH)))
            })
            .collect()
    }

    #[test]
    fn a_straight_line_is_found_exactly() {
        let found = trend(&leads(|_, month| 40.0 + 1.5 * month)).expect("weeks");
        assert!((found.per_month - 1.5).abs() < 1e-9 && (found.high - found.low).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn without_a_trend_the_interval_holds_nothing_in_19_of_20_cases() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let holds_zero = |_: &usize| {
            let values: Vec<f64> = (0..1_400).map(|_| rng.random()).collect();
            let found = trend(&leads(|lead, _| values[lead])).expect("weeks");
            found.low < 0.0 && 0.0 < found.high
        };
        let n_held = (0..400_usize).filter(holds_zero).count();
        // 380 are expected, a few fewer with only 20 weeks to judge the error by.
        assert!((355..=392).contains(&n_held), "{n_held}");
    }

    #[test]
    fn weeks_that_differ_as_a_whole_widen_the_interval() {
        let by_lead = trend(&leads(|lead, _| f64::from(u8::from(lead % 2 == 0)))).expect("weeks");
        let by_week = trend(&leads(|lead, _| f64::from(u8::from(lead / 70 % 2 == 0)))).expect("weeks");
        assert!(by_week.high - by_week.low > 5.0 * (by_lead.high - by_lead.low), "{by_week:?} {by_lead:?}");
    }

    #[test]
    fn seven_weeks_are_too_few() {
        assert_eq!(trend(&leads(|_, month| month)[..490]), None);
        assert_eq!(trend(&[]), None);
    }
}
