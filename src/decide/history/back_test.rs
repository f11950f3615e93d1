//! Back-test: for every past period, what was promised at each policy on the day before it began, and what came.

use std::collections::BTreeMap;

use crate::card::{Band, CurveEntry};
use crate::decide::forecast::{ForecastParams, Widening, scenarios};
use crate::decide::frontier::{
    Evidence, Frontier, FrontierError, HandedOff, Histogram, HistogramCell, Known, OutOfFold, Outcomes, Outlook,
    Policy, Span, resolve,
};
use crate::decide::history::record::BackTestRow;
use crate::measures::observed_over_expected_interval;

/// Draws per period: its intervals stand to a fiftieth of their width, and ten periods cost what one forecast does.
const N_DRAWS: usize = 2_000;

/// What was known of scores on the day before a period began.
#[derive(Debug, Clone)]
pub struct PastCurve<'a> {
    /// The period, as the fold is named.
    pub period: String,
    /// Its first moment, microseconds since 1970 UTC.
    pub begins_us: i64,
    /// Score to probability, from the periods before.
    pub curve: Vec<CurveEntry>,
    /// Bands of that curve.
    pub bands: Vec<Band>,
    /// What that curve makes of each judged lead.
    pub worth: Vec<f64>,
    /// Outcomes of the judged leads as they were known then; `None` where what came of them stands for it.
    pub outcomes: Option<&'a [bool]>,
}

/// Promises and what came, period by period, policies in their order. The first period has nothing before it to promise from.
///
/// - `design_effect`: leads that tell as much as one on its own; `past`: one entry per fold, in time; folds are periods.
///
/// # Errors
/// [`FrontierError::TimeOutOfRange`] for a hand-off off the calendar.
pub fn back_test(
    judged: &OutOfFold,
    everyone: HandedOff<'_>,
    design_effect: f64,
    past: &[PastCurve<'_>],
    policies: &[Policy],
    seed: u64,
) -> Result<Vec<BackTestRow>, FrontierError> {
    let mut rows = Vec::new();
    let last_judged_us = judged.as_of.iter().flatten().max().copied().unwrap_or(i64::MAX);
    for (number, then) in past.iter().enumerate().skip(1) {
        let worth = &then.worth;
        let known_then = Outcomes { converted: then.outcomes.unwrap_or(&judged.converted), worth };
        let known_now = Outcomes { converted: &judged.converted, worth };
        let fold = number as u16;
        let next_begins = past.get(number + 1).map_or(last_judged_us.saturating_add(1), |next| next.begins_us);
        let earlier = Span { end_fold: fold, to_us: then.begins_us, ..Span::ALL };
        let period = Span { first_fold: fold, end_fold: fold + 1, from_us: then.begins_us, to_us: next_begins };
        let before = Histogram::count_all(judged, known_then, everyone, earlier)?;
        let during = Histogram::count_all(judged, known_now, everyone, period)?;
        let outlook = Outlook::new(&before, Known { design_effect, ..Known::NOTHING });
        let known = Frontier::trace(&before, &outlook);
        let evidence = Evidence {
            histogram: &before,
            frontier: &known,
            outlook: &outlook,
            curve: &then.curve,
            bands: &then.bands,
        };
        let came = Frontier::trace(&during, &outlook);
        let n_months = during.n_months_handed_off();
        let params = ForecastParams { n_months, n_draws: N_DRAWS, seed, widening: Widening::NONE };
        let promises = scenarios(policies, &evidence, &params);
        let promises: BTreeMap<&str, _> =
            promises.iter().map(|scenario| (scenario.policy.as_str(), scenario)).collect();
        for policy in policies {
            let (Ok(resolved), Some(promised)) = (resolve(policy, &evidence), promises.get(policy.name.as_str()))
            else {
                continue;
            };
            let share = |cell: &HistogramCell| resolved.share_of(cell, policy.by);
            let chosen = came.chosen_of(during.cells.iter().map(|cell| (cell, share(cell))), &outlook);
            // Those without a fair outcome came as well, and converted like the others as far as anyone knows.
            let leads: f64 = during.cells.iter().map(|cell| share(cell) * cell.n_handed_off as f64).sum();
            let wins = chosen.conversion * leads;
            let n_expected = chosen.predicted_conversion * chosen.n_leads;
            let ratio = observed_over_expected_interval(chosen.n_wins, chosen.n_leads, n_expected).unwrap_or_default();
            rows.push(BackTestRow {
                period: then.period.clone(),
                n_months,
                policy: policy.name.clone(),
                threshold: resolved.threshold,
                promised_leads: promised.leads,
                leads,
                promised_conversion: promised.conversion,
                conversion: chosen.conversion,
                promised_wins: promised.wins,
                wins,
                observed_over_expected: if n_expected > 0.0 { chosen.n_wins / n_expected } else { 0.0 },
                observed_over_expected_low: ratio.low,
                observed_over_expected_high: ratio.high,
            });
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::Grouping;
    use crate::decide::frontier::Rule;
    use crate::decide::frontier::testing::{judged, time};
    use crate::settings::{By, Period};

    /// Two periods of three months; scores 0 to 9 evenly, of those with score `s` `s` in ten convert, in the second period
    /// twice as many leads.
    fn two_periods() -> OutOfFold {
        let day = 86_400_000_000;
        let start = time("2026-01-01T00:00:00Z");
        let (mut days, mut fold) = (Vec::new(), Vec::new());
        for (period, (first_day, per_day)) in [(0, 10), (91, 20)].into_iter().enumerate() {
            for lead in 0..91 * per_day {
                days.push(first_day + lead / per_day);
                fold.push(period as u16);
            }
        }
        let score: Vec<i32> = (0..days.len() as i32).map(|lead| lead % 10).collect();
        let probability: Vec<f64> = score.iter().map(|&s| f64::from(s) / 10.0).collect();
        let converted: Vec<bool> = (0..days.len()).map(|lead| lead / 10 % 10 < score[lead] as usize).collect();
        let mut leads = judged(&score, &probability, &converted);
        leads.as_of = Some(days.iter().map(|&at| start + i64::from(at) * day).collect());
        leads.fold = fold;
        leads
    }

    fn past() -> Vec<PastCurve<'static>> {
        let curve: Vec<CurveEntry> = (0..10)
            .map(|score: i32| {
                let probability_bp = (score as u32 * 1_000).max(100);
                let off = probability_bp / 20;
                CurveEntry {
                    score,
                    probability_bp,
                    low_bp: probability_bp - off,
                    high_bp: probability_bp + off,
                    n_leads: 100,
                }
            })
            .collect();
        let bands = vec![Band { name: "reject".to_owned(), from: None }];
        [("first", "2026-01-01T00:00:00Z"), ("second", "2026-04-02T00:00:00Z")]
            .map(|(period, begins)| PastCurve {
                period: period.to_owned(),
                begins_us: time(begins),
                worth: two_periods().probability,
                curve: curve.clone(),
                bands: bands.clone(),
                outcomes: None,
            })
            .to_vec()
    }

    fn promised(
        leads: &OutOfFold,
        team: Option<&Grouping>,
        past: &[PastCurve<'_>],
        policies: &[Policy],
    ) -> Vec<BackTestRow> {
        let everyone =
            HandedOff { score: &leads.score, as_of: leads.as_of.as_deref(), segment: None, team, is_ask_first: None };
        back_test(leads, everyone, 1.0, past, policies, 1).expect("times")
    }

    fn policy(name: &str, rule: Rule) -> Policy {
        Policy { name: name.to_owned(), rule, by: None }
    }

    #[test]
    fn the_second_period_is_promised_from_the_first() {
        let policies = [
            policy("volume", Rule::Top { count: 91.3125, period: Period::Month }),
            policy("points", Rule::PointsAtLeast(7)),
            policy("beyond", Rule::PointsAtLeast(70)),
        ];
        let rows = promised(&two_periods(), None, &past(), &policies);
        let names: Vec<_> = rows.iter().map(|row| (row.period.as_str(), row.policy.as_str(), row.threshold)).collect();
        // 910 leads in 91 days are 304 a month: the best 91.3 of them are those with 7, 8 and 9 points.
        assert_eq!(names, [("second", "volume", 7), ("second", "points", 7)]);
        let row = &rows[1];
        assert!((row.promised_leads.expected - 273.0).abs() < 12.0, "{row:?}");
        assert_eq!((row.leads, row.wins), (546.0, 438.0));
        assert!((row.conversion - 0.8).abs() < 0.01 && (row.observed_over_expected - 1.0).abs() < 0.01, "{row:?}");
        assert!(row.promised_leads.high < row.leads, "twice the leads were not to be foreseen: {row:?}");
        assert!(row.observed_over_expected_low < 1.0 && row.observed_over_expected_high > 1.0);
    }

    #[test]
    fn lines_of_teams_are_those_of_their_teams() {
        let leads = two_periods();
        let names = vec!["north".to_owned(), "south".to_owned()];
        let positions = (0..leads.n_leads() as u32).map(|lead| lead / 100 % 2).collect();
        let team = Grouping { column: "region".into(), names, positions };
        let by_team = Policy { by: Some(By::Team), ..policy("share", Rule::Share(0.3)) };
        let rows = promised(&leads, Some(&team), &past(), &[by_team]);
        assert_eq!(rows.len(), 1);
        // Both teams convert alike, so that the shared line lies where the one for all would.
        assert!((rows[0].leads - 546.0).abs() < 30.0, "{rows:?}");
    }

    #[test]
    fn promises_rest_on_what_was_known_then() {
        let leads = two_periods();
        // Of those who converted in the first period, every second one had not yet, whatever its score.
        let known: Vec<bool> = leads.converted.iter().enumerate().map(|(at, &won)| won && at / 100 % 2 == 0).collect();
        let mut past = past();
        past[1].outcomes = Some(&known);
        let policies = [policy("points", Rule::PointsAtLeast(7))];
        let rows = promised(&leads, None, &past, &policies);
        let all = promised(&leads, None, &self::past(), &policies);
        assert!((rows[0].promised_conversion.expected - 0.4).abs() < 0.05, "{rows:?}");
        assert_eq!((rows[0].leads, rows[0].wins), (all[0].leads, all[0].wins));
    }

    #[test]
    fn a_single_period_has_nothing_to_promise_from() {
        let rows = promised(&two_periods(), None, &past()[..1], &[policy("p", Rule::PointsAtLeast(7))]);
        assert_eq!(rows, []);
    }
}
