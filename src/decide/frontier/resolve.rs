//! From a policy to a threshold: what it would have chosen, and what that would have brought.

use std::cmp::Ordering;

use super::FrontierError;
use super::chances::Chances;
use super::histogram::{Histogram, HistogramCell};
use super::outlook::Outlook;
use super::policy::{Policy, Rule};
use super::ranking::{MIN_LEADS_FOR_A_RATE, Ranking, Seen};
use super::trace::{Chosen, Frontier, Per};
use crate::calibrate::record::ThresholdMetrics;
use crate::card::{Band, CurveEntry, Threshold};
use crate::math::logistic;
use crate::measures::observed_over_expected_interval;
use crate::notes::{Note, in_one_line, in_words};
use crate::settings::By;

/// What is known when a policy draws its line: judged leads, what a score is worth, and the card's bands.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Counts of the judged leads.
    pub histogram: &'a Histogram,
    /// Volume against conversion, of the same leads.
    pub frontier: &'a Frontier,
    /// How many leads come, and how well they convert.
    pub outlook: &'a Outlook,
    /// The card's curve, lowest score first.
    pub curve: &'a [CurveEntry],
    /// The card's bands, highest first.
    pub bands: &'a [Band],
}

impl<'a> Evidence<'a> {
    /// What each score is worth.
    pub fn chances(&self) -> Chances<'a> {
        Chances { curve: self.curve }
    }
}

/// A policy that has come to a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Name of the policy.
    pub name: String,
    /// The rule in words: "top 50 a month".
    pub rule: String,
    /// Fewest points of a chosen lead; the lowest of all groups where each has its own.
    pub threshold: i32,
    /// Share of the leads tied at the threshold that is chosen; 1 when all are.
    pub share_of_tied: f64,
    /// What the chosen leads did, per [`Frontier::per`].
    pub chosen: Chosen,
    /// The line of each team or segment; empty where one holds for all.
    pub groups: Vec<GroupLine>,
}

/// The line of one team or segment.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLine {
    /// The team or segment.
    pub group: String,
    /// Fewest points of a chosen lead; `None` when nobody of the group is chosen.
    pub threshold: Option<i32>,
    /// Share of the leads tied at the threshold that is chosen; 1 when all are.
    pub share_of_tied: f64,
    /// What the chosen leads of the group did, per [`Frontier::per`].
    pub chosen: Chosen,
}

impl Resolved {
    /// The share of the leads of a cell that is chosen, in the history this policy was resolved on or any other with the same
    /// teams and segments.
    pub fn share_of(&self, cell: &HistogramCell, by: Option<By>) -> f64 {
        self.share_at(cell.score, by.map(|by| cell.group(Some(by))))
    }

    /// The share of the leads with this score that is chosen.
    ///
    /// - `group`: position of their team or segment, where each has a line of its own.
    pub fn share_at(&self, score: i32, group: Option<usize>) -> f64 {
        let group = group.and_then(|group| self.groups.get(group));
        let (threshold, share_of_tied) =
            group.map_or((Some(self.threshold), self.share_of_tied), |group| (group.threshold, group.share_of_tied));
        match threshold.map(|threshold| score.cmp(&threshold)) {
            Some(Ordering::Greater) => 1.0,
            Some(Ordering::Equal) => share_of_tied,
            Some(Ordering::Less) | None => 0.0,
        }
    }

    /// The thresholds as the card keeps them: one, or one per team or segment that has any lead chosen.
    pub fn to_thresholds(&self) -> Vec<Threshold> {
        let threshold = |name: String, score: i32| Threshold { name, rule: self.rule.clone(), score };
        if self.groups.is_empty() {
            return vec![threshold(self.name.clone(), self.threshold)];
        }
        let of_group = |group: &GroupLine| Some(threshold(format!("{}: {}", self.name, group.group), group.threshold?));
        self.groups.iter().filter_map(of_group).collect()
    }
}

/// The threshold of each policy. A policy that these leads cannot meet is left out, and a note says what they can.
pub fn resolve_policies(policies: &[Policy], evidence: &Evidence<'_>) -> (Vec<Resolved>, Vec<Note>) {
    let mut resolved = Vec::new();
    let mut notes = Vec::new();
    for policy in policies {
        match resolve(policy, evidence) {
            Ok(found) => resolved.push(found),
            Err(error) => notes.push(Note::new("frontier", in_one_line(&error.to_string()))),
        }
    }
    (resolved, notes)
}

/// A policy with its threshold, the order in which it takes leads, and how far down it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnLine {
    /// The threshold and what it would have brought.
    pub resolved: Resolved,
    /// The steps in which the policy takes leads.
    pub ranking: Ranking,
    /// Share of each step that is chosen.
    pub shares: Vec<f64>,
}

/// The threshold that `policy` comes to on this history: [`draw_line`] without the steps behind it.
///
/// # Errors
/// As [`draw_line`].
pub fn resolve(policy: &Policy, evidence: &Evidence<'_>) -> Result<Resolved, FrontierError> {
    draw_line(policy, evidence).map(|drawn| drawn.resolved)
}

/// The line that `policy` draws on this history.
///
/// A volume is that of the months ahead on the card that ships, and met on average over them, not in each: the threshold stays
/// put, as it does in production.
///
/// # Errors
/// A [`FrontierError`] that says what is reachable: too few leads, too low scores, or too low a conversion.
pub fn draw_line(policy: &Policy, evidence: &Evidence<'_>) -> Result<DrawnLine, FrontierError> {
    let Evidence { histogram, frontier, outlook, bands, .. } = *evidence;
    let Some(highest) = frontier.highest_score() else {
        return Err(FrontierError::NoLeads { name: policy.name.clone() });
    };
    check_reach(policy, evidence, highest)?;
    let ranking = Ranking::new(histogram, &evidence.chances(), policy.by);
    let tallies = ranking.tally(histogram);
    let mut shares = vec![0.0; tallies.len()];
    let volumes = ranking.volumes(histogram, outlook);
    let seen = Seen { tallies: &tallies, volumes: &volumes, shift: outlook.rate_shift };
    let is_met = ranking.choose(&policy.rule, bands, seen, &mut shares);
    if !is_met {
        return Err(out_of_reach(policy, evidence, &ranking));
    }
    let line = |group: Option<usize>| {
        let taken = ranking
            .steps
            .iter()
            .zip(&shares)
            .filter(|(step, share)| **share > 0.0 && group.is_none_or(|group| step.group == group));
        taken.min_by_key(|(step, _)| step.score).map(|(step, &share)| (step.score, share))
    };
    let chosen = |group: Option<usize>| {
        let share = |cell: &HistogramCell| {
            let step = ranking.step_of(cell);
            let is_in = group.is_none_or(|group| ranking.steps[step].group == group);
            if is_in { shares[step] } else { 0.0 }
        };
        frontier.chosen_of(histogram.cells.iter().map(|cell| (cell, share(cell))), outlook)
    };
    let groups = match policy.by {
        None => Vec::new(),
        Some(_) => ranking
            .groups
            .iter()
            .enumerate()
            .map(|(position, group)| {
                let found = line(Some(position));
                GroupLine {
                    group: group.clone(),
                    threshold: found.map(|(score, _)| score),
                    share_of_tied: found.map_or(1.0, |(_, share)| share),
                    chosen: chosen(Some(position)),
                }
            })
            .collect(),
    };
    // A fixed threshold is the number that was asked for, also where no lead has just that score.
    let (threshold, share_of_tied) = match (&policy.rule, line(None)) {
        (Rule::PointsAtLeast(points), _) => (*points, 1.0),
        (_, Some(found)) => found,
        (_, None) => return Err(out_of_reach(policy, evidence, &ranking)),
    };
    let resolved = Resolved {
        name: policy.name.clone(),
        rule: policy.words(),
        threshold,
        share_of_tied,
        chosen: chosen(None),
        groups,
    };
    Ok(DrawnLine { resolved, ranking, shares })
}

/// Calibration among the leads each policy would choose: all leads at or above its threshold.
pub fn threshold_metrics(resolved: &[Resolved], frontier: &Frontier) -> Vec<ThresholdMetrics> {
    resolved
        .iter()
        .filter_map(|policy| {
            let chosen = if policy.groups.is_empty() { frontier.at_least(policy.threshold) } else { policy.chosen };
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

/// What can be said of a policy before any lead is counted.
fn check_reach(policy: &Policy, evidence: &Evidence<'_>, highest: i32) -> Result<(), FrontierError> {
    let name = || policy.name.clone();
    if let Some(by) = policy.by {
        let groups = match by {
            By::Team => &evidence.histogram.teams,
            By::Segment => &evidence.histogram.segments,
        };
        if matches!(&groups[..], [only] if only.is_empty()) {
            return Err(FrontierError::NoGroups { name: name(), by: by.word() });
        }
    }
    if policy.rule.leads_per_month().is_some() && matches!(evidence.frontier.per, Per::ThousandLeads) {
        return Err(FrontierError::VolumeWithoutDates { name: name(), rule: policy.rule.words() });
    }
    match &policy.rule {
        Rule::PointsAtLeast(points) if *points > highest => {
            Err(FrontierError::PointsOutOfReach { name: name(), points: *points, highest })
        }
        Rule::Band(band) if !evidence.bands.iter().any(|known| known.name == *band) => {
            let known: Vec<String> = evidence.bands.iter().map(|known| format!("`{}`", known.name)).collect();
            Err(FrontierError::UnknownBand { name: name(), band: band.clone(), known: in_words(&known, "and") })
        }
        Rule::ConversionAtLeast(_) if (evidence.frontier.n_leads as f64) < MIN_LEADS_FOR_A_RATE => {
            Err(FrontierError::TooFewForARate { name: name(), n_leads: evidence.frontier.n_leads })
        }
        _ => Ok(()),
    }
}

/// What could be had instead.
fn out_of_reach(policy: &Policy, evidence: &Evidence<'_>, ranking: &Ranking) -> FrontierError {
    let (name, rule) = (policy.name.clone(), policy.words());
    let frontier = evidence.frontier;
    let rows = frontier.rows.iter().filter(|row| row.chosen.n_leads >= MIN_LEADS_FOR_A_RATE);
    let best_row = rows.max_by(|a, b| a.chosen.conversion.total_cmp(&b.chosen.conversion));
    match (&policy.rule, best_row) {
        (Rule::ConversionAtLeast(_), Some(best)) if policy.by.is_none() => FrontierError::ConversionOutOfReach {
            name,
            rule,
            best_per_cent: best.chosen.conversion * 100.0,
            n_leads: best.chosen.n_leads,
            threshold: best.threshold,
        },
        (Rule::ConversionAtLeast(_) | Rule::BreakEven { .. } | Rule::BeatsAverage, _) => {
            let best = ranking.steps.iter().map(|step| logistic(step.log_odds)).fold(0.0, f64::max);
            FrontierError::ChanceOutOfReach { name, rule, best_per_cent: best * 100.0 }
        }
        (Rule::Band(band), _) => {
            let from = evidence.bands.iter().find(|known| known.name == *band).and_then(|known| known.from);
            let highest = frontier.highest_score().unwrap_or_default();
            FrontierError::PointsOutOfReach { name, points: from.unwrap_or_default(), highest }
        }
        _ => FrontierError::NotEnoughLeads { name, rule, per_month: frontier.leads_per() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::Grouping;
    use crate::decide::frontier::histogram::Histogram;
    use crate::decide::frontier::policy::default_policies;
    use crate::decide::frontier::testing::{judged, month_of_leads};
    use crate::settings::Period;

    /// 100 leads in one month of 30 days: score 0..=9 ten times each; of the ten leads with score `s`, `s` converted.
    fn histogram() -> Histogram {
        Histogram::count(&month_of_leads(), None, None).expect("times")
    }

    fn frontier() -> Frontier {
        Frontier::like(&histogram())
    }

    /// Score `s` is worth `s / 10`, at the ends 1 % and 95 %.
    fn curve() -> Vec<CurveEntry> {
        (0..=10)
            .map(|score: i32| {
                let probability_bp = (score as u32 * 1_000).clamp(100, 9_500);
                CurveEntry { score, probability_bp, low_bp: probability_bp, high_bp: probability_bp, n_leads: 10 }
            })
            .collect()
    }

    fn bands() -> Vec<Band> {
        let band = |name: &str, from: Option<i32>| Band { name: name.to_owned(), from };
        vec![band("hot", Some(8)), band("nurture", Some(4)), band("reject", None)]
    }

    fn policy(rule: Rule) -> Policy {
        Policy { name: "wide".to_owned(), rule, by: None }
    }

    fn without_dates() -> Histogram {
        let mut leads = month_of_leads();
        leads.as_of = None;
        Histogram::count(&leads, None, None).expect("no times")
    }

    fn resolve_on(histogram: &Histogram, policy: &Policy) -> Result<Resolved, FrontierError> {
        let frontier = Frontier::like(histogram);
        resolve(
            policy,
            &Evidence {
                histogram,
                frontier: &frontier,
                outlook: &Outlook::like(histogram),
                curve: &curve(),
                bands: &bands(),
            },
        )
    }

    fn resolved(rule: Rule) -> Result<Resolved, FrontierError> {
        resolve_on(&histogram(), &policy(rule))
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
        let threshold = Threshold { name: "wide".into(), rule: "at least 8 points".into(), score: 8 };
        assert_eq!(found.to_thresholds(), [threshold]);
    }

    #[test]
    fn a_conversion_takes_the_lowest_threshold_that_reaches_it() {
        // From 5 points on: 35 of 50; from 4 on: 39 of 60.
        let found = resolved(Rule::ConversionAtLeast(0.7)).expect("reachable");
        assert_eq!((found.threshold, found.chosen.conversion), (5, 0.7));
    }

    #[test]
    fn a_share_needs_no_dates() {
        let found = resolve_on(&without_dates(), &policy(Rule::Share(0.25))).expect("100 leads");
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
            Policy { name: "greedy".into(), ..policy(Rule::PointsAtLeast(99)) },
            Policy { name: "fine".into(), ..policy(Rule::PointsAtLeast(5)) },
        ];
        let (histogram, curve, bands) = (histogram(), curve(), bands());
        let frontier = Frontier::like(&histogram);
        let evidence = Evidence {
            histogram: &histogram,
            frontier: &frontier,
            outlook: &Outlook::like(&histogram),
            curve: &curve,
            bands: &bands,
        };
        let (resolved, notes) = resolve_policies(&policies, &evidence);
        assert_eq!(resolved.len(), 1);
        assert_eq!(
            notes[0].text,
            "policy `greedy` asks for at least 99 points, and no lead has more than 9; lower `points_at_least`"
        );
    }

    #[test]
    fn a_handful_of_leads_has_no_rate_to_choose_by() {
        let histogram = Histogram::count(&judged(&[1, 2], &[0.5; 2], &[true, true]), None, None).expect("no times");
        assert_eq!(
            resolve_on(&histogram, &policy(Rule::ConversionAtLeast(0.5))).expect_err("two leads").to_string(),
            "policy `wide` chooses by conversion, and 2 judged leads are too few to tell one: it takes 20"
        );
    }

    #[test]
    fn the_defaults_are_a_quarter_and_a_half_in_numbers_people_say() {
        let rules = |histogram: &Histogram| -> Vec<(Option<String>, Option<f64>)> {
            let policies = default_policies(&Frontier::like(histogram));
            policies.into_iter().map(|policy| (policy.top, policy.share)).collect()
        };
        let top = |text: &str| (Some(text.to_owned()), None);
        assert_eq!(rules(&histogram()), [top("25/month"), top("50/month")]);
        assert_eq!(rules(&without_dates()), [(None, Some(0.25)), (None, Some(0.5))]);
    }

    #[test]
    fn hours_money_and_bands_come_to_thresholds() {
        let capacity = Rule::Capacity { hours: 40.0, period: Period::Month, hours_per_lead: 2.0 };
        let found = resolved(capacity).expect("20 leads a month");
        assert!((found.chosen.leads_per - 20.0).abs() < 1e-9, "{found:?}");
        // A lead that costs 7 of 10 pays from a chance of 70 % on: 7 points.
        let found = resolved(Rule::BreakEven { cost_per_lead: 7.0, value_per_win: 10.0 }).expect("it pays");
        assert_eq!((found.threshold, found.chosen.n_leads), (7, 30.0));
        assert_eq!(resolved(Rule::Band("nurture".into())).expect("a band").chosen.n_leads, 60.0);
        // 45 of 100 converted: 5 points are worth 50 %, 4 are worth 40 %.
        assert_eq!(resolved(Rule::BeatsAverage).expect("an average").threshold, 5);
        assert_refused(
            Rule::BreakEven { cost_per_lead: 99.0, value_per_win: 100.0 },
            "policy `wide` (a chance of at least 99.0 %, where a lead pays) is out of reach: the best leads have a chance of \
             90.0 %\nhint: a cheaper lead or a dearer win would bring it within reach",
        );
        assert_refused(
            Rule::Band("warm".into()),
            "policy `wide` asks for the band `warm`, and the card has `hot`, `nurture` and `reject`\nhint: name one of them",
        );
    }

    /// Two teams with the same scores: of the leads of `north` with `s` points `s` in ten convert, of those of `south` none.
    fn two_teams() -> Histogram {
        let mut leads = month_of_leads();
        let team = Grouping {
            column: "region".into(),
            names: vec!["north".into(), "south".into()],
            positions: (0..100).map(|lead| u32::from(lead >= 50)).collect(),
        };
        leads.score = (0..100).map(|lead| lead % 10).collect();
        leads.converted = (0..100).map(|lead| lead < 50 && lead % 50 / 5 < lead % 10).collect();
        Histogram::count(&leads, None, Some(&team)).expect("times")
    }

    #[test]
    fn a_shared_volume_goes_where_leads_convert() {
        let by_team = Policy { by: Some(By::Team), ..policy(Rule::Share(0.3)) };
        let found = resolve_on(&two_teams(), &by_team).expect("100 leads");
        let one_for_all = resolve_on(&two_teams(), &policy(Rule::Share(0.3))).expect("100 leads");
        let [north, south] = &found.groups[..] else { panic!("two teams") };
        // Nobody of south converts, so everybody comes from north.
        assert_eq!((north.threshold, south.threshold), (Some(4), None), "{found:?}");
        assert!((north.chosen.n_leads + south.chosen.n_leads - 30.0).abs() < 1e-9);
        assert!(
            found.chosen.n_wins > one_for_all.chosen.n_wins,
            "{} {}",
            found.chosen.n_wins,
            one_for_all.chosen.n_wins
        );
        let names: Vec<String> = found.to_thresholds().into_iter().map(|threshold| threshold.name).collect();
        assert_eq!(names, ["wide: north"]);
    }

    #[test]
    fn a_line_for_every_team_needs_teams() {
        let by_team = Policy { by: Some(By::Team), ..policy(Rule::Share(0.3)) };
        assert_eq!(
            resolve_on(&histogram(), &by_team).expect_err("no teams").to_string(),
            "policy `wide` draws a line for every team, and the leads have none\nhint: name the column in `leads.team`"
        );
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
