//! From a policy to a threshold: what it would have chosen, and what that would have brought.

use super::FrontierError;
use super::policy::{Policy, Rule};
use super::trace::{Chosen, Frontier, Per};
use crate::card::Threshold;
use crate::metrics::{ThresholdMetrics, observed_over_expected_interval};
use crate::notes::Note;

/// Fewest leads a conversion rate is chosen by. Among fewer, one win more or less moves it by more than 5 %.
const MIN_LEADS_FOR_A_RATE: f64 = 20.0;

/// A policy that has come to a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Name of the policy.
    pub name: String,
    /// The rule in words: "top 50 a month".
    pub rule: String,
    /// Fewest points of a chosen lead.
    pub threshold: i32,
    /// Share of the leads tied at the threshold that is chosen; 1 when all are.
    pub share_of_tied: f64,
    /// What the chosen leads did, per [`Frontier::per`].
    pub chosen: Chosen,
}

impl Resolved {
    /// The threshold as the card keeps it.
    pub fn to_threshold(&self) -> Threshold {
        Threshold { name: self.name.clone(), rule: self.rule.clone(), score: self.threshold }
    }
}

/// The threshold of each policy. A policy that these leads cannot meet is left out, and a note says what they can.
pub fn resolve_policies(policies: &[Policy], frontier: &Frontier) -> (Vec<Resolved>, Vec<Note>) {
    let mut resolved = Vec::new();
    let mut notes = Vec::new();
    for policy in policies {
        match resolve(policy, frontier) {
            Ok(found) => resolved.push(found),
            Err(error) => notes.push(Note::new("frontier", error.to_string().replace("\nhint: ", "; "))),
        }
    }
    (resolved, notes)
}

/// The threshold that `policy` comes to on this history.
///
/// A volume is met on average over the months, not in each: the threshold stays put, as it does in production.
///
/// # Errors
/// A [`FrontierError`] that says what is reachable: too few leads, too low scores, or too low a conversion.
pub fn resolve(policy: &Policy, frontier: &Frontier) -> Result<Resolved, FrontierError> {
    let Some(highest) = frontier.highest_score() else {
        return Err(FrontierError::NoLeads { name: policy.name.clone() });
    };
    let found = match policy.rule {
        Rule::Top { count, period } => best(count * period.per_month() * months(policy, frontier)?, policy, frontier)?,
        Rule::Share(share) => best(share * frontier.n_leads as f64, policy, frontier)?,
        Rule::PointsAtLeast(points) if points > highest => {
            return Err(FrontierError::PointsOutOfReach { name: policy.name.clone(), points, highest });
        }
        Rule::PointsAtLeast(points) => (points, 1.0, frontier.at_least(points)),
        Rule::ConversionAtLeast(share) => at_conversion(share, policy, frontier)?,
    };
    let (threshold, share_of_tied, chosen) = found;
    Ok(Resolved { name: policy.name.clone(), rule: policy.rule.words(), threshold, share_of_tied, chosen })
}

/// Calibration among the leads each policy would choose: all leads at or above its threshold.
pub fn threshold_metrics(resolved: &[Resolved], frontier: &Frontier) -> Vec<ThresholdMetrics> {
    resolved
        .iter()
        .filter_map(|policy| {
            let chosen = frontier.at_least(policy.threshold);
            let n_expected = chosen.predicted_conversion * chosen.n_leads;
            let interval = observed_over_expected_interval(chosen.n_wins, chosen.n_leads, n_expected)?;
            Some(ThresholdMetrics {
                policy: policy.name.clone(),
                score: policy.threshold,
                n_leads: chosen.n_leads as u64,
                n_converted: chosen.n_wins as u64,
                observed_over_expected: chosen.n_wins / n_expected,
                low: interval.low,
                high: interval.high,
            })
        })
        .collect()
}

fn months(policy: &Policy, frontier: &Frontier) -> Result<f64, FrontierError> {
    match frontier.per {
        Per::Month { n_months } => Ok(n_months),
        Per::ThousandLeads => {
            let top = match policy.rule {
                Rule::Top { count, period } => format!("{count}/{}", period.word()),
                Rule::PointsAtLeast(_) | Rule::ConversionAtLeast(_) | Rule::Share(_) => String::new(),
            };
            Err(FrontierError::TopWithoutDates { name: policy.name.clone(), top })
        }
    }
}

fn best(n_wanted: f64, policy: &Policy, frontier: &Frontier) -> Result<(i32, f64, Chosen), FrontierError> {
    let n_leads = frontier.n_leads as f64;
    // A billionth: the product of a share and a count may be off by rounding.
    match frontier.best(n_wanted) {
        Some(found) if n_wanted <= n_leads * (1.0 + 1e-9) => Ok(found),
        Some(_) | None => Err(FrontierError::NotEnoughLeads {
            name: policy.name.clone(),
            rule: policy.rule.words(),
            per_month: frontier.leads_per(),
        }),
    }
}

fn at_conversion(wanted: f64, policy: &Policy, frontier: &Frontier) -> Result<(i32, f64, Chosen), FrontierError> {
    let rows = frontier.rows.iter().filter(|row| row.chosen.n_leads >= MIN_LEADS_FOR_A_RATE);
    if let Some(row) = rows.clone().find(|row| row.chosen.conversion >= wanted) {
        return Ok((row.threshold, 1.0, row.chosen));
    }
    match rows.max_by(|a, b| a.chosen.conversion.total_cmp(&b.chosen.conversion)) {
        Some(best) => Err(FrontierError::ConversionOutOfReach {
            name: policy.name.clone(),
            rule: policy.rule.words(),
            best_per_cent: best.chosen.conversion * 100.0,
            n_leads: best.chosen.n_leads,
            threshold: best.threshold,
        }),
        None => Err(FrontierError::TooFewForARate { name: policy.name.clone(), n_leads: frontier.n_leads }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontier::histogram::Histogram;
    use crate::frontier::policy::{Period, default_policies};
    use crate::frontier::testing::{judged, month_of_leads};

    /// 100 leads in one month of 30 days: score 0..=9 ten times each; of the ten leads with score `s`, `s` converted.
    fn frontier() -> Frontier {
        Frontier::trace(&Histogram::count(&month_of_leads(), None).expect("times"))
    }

    fn frontier_without_dates() -> Frontier {
        let mut leads = month_of_leads();
        leads.as_of = None;
        Frontier::trace(&Histogram::count(&leads, None).expect("no times"))
    }

    fn resolved(rule: Rule) -> Result<Resolved, FrontierError> {
        resolve(&Policy { name: "wide".to_owned(), rule }, &frontier())
    }

    #[track_caller]
    fn assert_refused(rule: Rule, message: &str) {
        assert_eq!(resolved(rule).expect_err("out of reach").to_string(), message);
    }

    #[test]
    fn a_volume_becomes_a_threshold_with_ties_in_proportion() {
        // 30 days are 0.98563 months: 20 a month are 19.7125 leads, all with 9 points and 0.97125 of those with 8.
        let found = resolved(Rule::Top { count: 20.0, period: Period::Month }).expect("100 leads");
        assert_eq!((found.threshold, found.rule.as_str()), (8, "top 20 a month"));
        assert!((found.share_of_tied - 0.971_25).abs() < 1e-4, "{}", found.share_of_tied);
        assert!((found.chosen.leads_per - 20.0).abs() < 1e-9);
        let n_wins = 9.0 + 8.0 * found.share_of_tied;
        assert!((found.chosen.n_wins - n_wins).abs() < 1e-9);
        assert!((found.chosen.share_of_wins - n_wins / 45.0).abs() < 1e-9);
    }

    #[test]
    fn a_week_is_seven_days_and_a_day_is_one() {
        let week = resolved(Rule::Top { count: 7.0, period: Period::Week }).expect("100 leads");
        let day = resolved(Rule::Top { count: 1.0, period: Period::Day }).expect("100 leads");
        assert!((week.chosen.n_leads - 30.0).abs() < 1e-9);
        assert!((day.chosen.n_leads - 30.0).abs() < 1e-9);
        assert_eq!(day.threshold, 7);
    }

    #[test]
    fn points_take_all_leads_at_the_threshold() {
        let found = resolved(Rule::PointsAtLeast(8)).expect("20 leads");
        assert_eq!((found.chosen.n_leads, found.chosen.n_wins, found.share_of_tied), (20.0, 17.0, 1.0));
        assert_eq!(found.to_threshold(), Threshold { name: "wide".into(), rule: "at least 8 points".into(), score: 8 });
    }

    #[test]
    fn a_conversion_takes_the_lowest_threshold_that_reaches_it() {
        // From 5 points on: 35 of 50; from 4 on: 39 of 60.
        let found = resolved(Rule::ConversionAtLeast(0.7)).expect("reachable");
        assert_eq!((found.threshold, found.chosen.conversion), (5, 0.7));
    }

    #[test]
    fn a_share_needs_no_dates() {
        let policy = Policy { name: "a".into(), rule: Rule::Share(0.25) };
        let found = resolve(&policy, &frontier_without_dates()).expect("100 leads");
        assert_eq!((found.threshold, found.share_of_tied, found.chosen.leads_per), (7, 0.5, 250.0));
    }

    #[test]
    fn what_is_out_of_reach_says_what_is_not() {
        assert_refused(
            Rule::Top { count: 200.0, period: Period::Month },
            "policy `wide` (top 200 a month) wants more leads than there are: 101.5 a month\n\
             hint: ask for fewer, or compare it once there are more",
        );
        assert_refused(
            Rule::PointsAtLeast(10),
            "policy `wide` asks for at least 10 points, and no lead has more than 9\nhint: lower `points_at_least`",
        );
        assert_refused(
            Rule::ConversionAtLeast(0.95),
            "policy `wide` (conversion of at least 95 %) is out of reach: the best is 85.0 %, of the 20 leads with at \
             least 8 points\nhint: lower `conversion_at_least`",
        );
    }

    #[test]
    fn a_policy_out_of_reach_is_a_note_and_the_others_stand() {
        let policies = [
            Policy { name: "greedy".into(), rule: Rule::PointsAtLeast(99) },
            Policy { name: "fine".into(), rule: Rule::PointsAtLeast(5) },
        ];
        let (resolved, notes) = resolve_policies(&policies, &frontier());
        assert_eq!(resolved.len(), 1);
        assert_eq!(
            notes[0].text,
            "policy `greedy` asks for at least 99 points, and no lead has more than 9; lower `points_at_least`"
        );
    }

    #[test]
    fn a_handful_of_leads_has_no_rate_to_choose_by() {
        let frontier =
            Frontier::trace(&Histogram::count(&judged(&[1, 2], &[0.5; 2], &[true, true]), None).expect("no times"));
        let policy = Policy { name: "a".into(), rule: Rule::ConversionAtLeast(0.5) };
        assert_eq!(
            resolve(&policy, &frontier).expect_err("two leads").to_string(),
            "policy `a` chooses by conversion, and 2 judged leads are too few to tell one: it takes 20"
        );
    }

    #[test]
    fn the_defaults_are_a_quarter_and_a_half_in_numbers_people_say() {
        let rules: Vec<String> = default_policies(&frontier()).iter().map(|policy| policy.rule.words()).collect();
        assert_eq!(rules, ["top 25 a month", "top 50 a month"]);
        let rules: Vec<String> =
            default_policies(&frontier_without_dates()).iter().map(|policy| policy.rule.words()).collect();
        assert_eq!(rules, ["best 25 % of leads", "best 50 % of leads"]);
    }

    #[test]
    fn calibration_at_a_threshold_takes_all_leads_from_it_on() {
        let found = resolved(Rule::Top { count: 20.0, period: Period::Month }).expect("100 leads");
        // The made-up leads promise 0.05 less than the true rate of each score: 17 seen, 16 promised.
        let metrics = &threshold_metrics(&[found], &frontier())[0];
        assert_eq!((metrics.n_leads, metrics.n_converted), (20, 17));
        assert!((metrics.observed_over_expected - 17.0 / 16.0).abs() < 1e-9);
        assert!(metrics.low < 1.0 && 1.0 < metrics.high);
    }
}
