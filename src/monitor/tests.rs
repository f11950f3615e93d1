//! What the monitor finds in worlds whose truth is known, and what it says when little is known.

use super::testing::{World, card, found, question};
use super::*;
use crate::quarter::Action;
use crate::settings::US_PER_DAY;

fn gate(found: &Monitor, name: GateName) -> &Gate {
    found.gates.iter().find(|gate| gate.gate == name).expect("a gate")
}

fn results(found: &Monitor) -> Vec<(GateName, GateResult)> {
    found.gates.iter().map(|gate| (gate.gate, gate.result)).collect()
}

#[test]
fn a_right_card_passes_every_gate() {
    let found = World::right().found();
    assert!(found.gates.iter().all(|gate| gate.result == GateResult::Passed), "{:#?}", found.gates);
    assert_eq!(found.advice.action, Action::Keep);
    assert_eq!((found.leads.n_compared, found.leads.n_judged, found.leads.n_before), (900, 900, 0));
    // 900 leads at 14.6 %, as in the history.
    assert!((found.leads.n_expected - 131.0).abs() < 10.0, "{}", found.leads.n_expected);
    assert_eq!(found.drift.rows.len(), 4);
    assert!(found.drift.rows.iter().all(|row| row.verdict == DriftVerdict::Steady && row.moved.is_empty()));
    assert_eq!(found.bands.iter().map(|band| band.n_leads).sum::<u64>(), 900);
    assert_eq!(found.bands_by_month.len(), 3 * 6);
}

#[test]
fn leads_of_which_too_little_is_known_are_in_no_band_and_at_no_threshold() {
    let mut card = card();
    // Budget is worth 30 points, clicks 20, demo 10: without the budget, and with clicks alone, too little is known.
    card.known_at_least = Some(31);
    let world = World { budget: vec![0.5, 0.25, 0.2, 0.05], ..World::right() };
    let leads = world.leads(&card);
    let is_little =
        |lead: usize| leads.levels[0][lead] == 0 || leads.levels[1][lead] == 0 && leads.levels[2][lead] == 0;
    let little: Vec<usize> = (0..900).filter(|&lead| is_little(lead)).collect();
    let converted = |lead: &&usize| leads.known[**lead] == KnownOutcome::Converted;
    let counts = AskFirstCounts {
        n_leads: little.len(),
        n_judged: little.len(),
        n_converted: little.iter().filter(converted).count(),
    };
    assert!(counts.n_leads > 400 && counts.n_converted > 0, "{counts:?}");
    let n_above = |line: i32| (0..900).filter(|&lead| !is_little(lead) && leads.score[lead] >= line).count() as u64;
    let (wide, selective) = (n_above(21), n_above(36));
    let asked = found(&card, leads.clone());
    assert_eq!(asked.leads.ask_first, Some(counts));
    assert_eq!(asked.bands.iter().map(|band| band.n_leads).sum::<u64>() as usize, 900 - counts.n_leads);
    assert_eq!(asked.at_threshold.iter().map(|at| at.n_leads).collect::<Vec<_>>(), [selective, wide]);
    let volume = asked.volume.as_ref().expect("a forecast");
    assert!((volume.rows[0].came - selective as f64 / volume.n_months).abs() < 1e-9);
    assert!(asked.notes.iter().any(|note| note.text.contains("to ask first") && note.text.contains("fewer than 31")));
    assert!(monitor_report(&asked).contains("To ask first: "), "{}", monitor_report(&asked));
    assert!(monitor_page(&asked).contains("To ask first: "));

    card.known_at_least = None;
    let by_score = found(&card, leads);
    assert_eq!(by_score.leads.ask_first, None);
    assert_eq!(
        (&asked.drift, &asked.weekly_test, &asked.quality),
        (&by_score.drift, &by_score.weekly_test, &by_score.quality)
    );
    assert!(!monitor_report(&by_score).contains("ask first: "));
}

#[test]
fn fewer_conversions_than_promised_are_an_alarm_and_shift_the_curve() {
    let found = World { odds: 0.5, per_day: 12, ..World::right() }.found();
    assert_eq!(gate(&found, GateName::WeeklyTest).result, GateResult::Failed);
    let alarm = found.weekly_test.as_ref().and_then(|test| test.alarm.clone()).expect("an alarm");
    assert_eq!(alarm.fault, FaultName::Lower);
    assert!(alarm.n_leads < 1_500, "{}", alarm.n_leads);
    assert_eq!(gate(&found, GateName::Threshold).result, GateResult::Failed);
    assert_eq!(found.advice.action, Action::Shift);
    assert!(found.advice.said.contains("All leads convert less often than predicted"), "{}", found.advice.said);
    // Who comes has not changed.
    assert_eq!(gate(&found, GateName::Drift).result, GateResult::Passed);
}

#[test]
fn a_card_that_tells_nothing_any_more_is_to_be_refitted() {
    let card = card();
    let mut leads = World { per_day: 12, ..World::right() }.leads(&card);
    // Every tenth lead converts, whatever its score.
    for (at, known) in leads.known.iter_mut().enumerate() {
        *known = if at % 10 == 3 { KnownOutcome::Converted } else { KnownOutcome::NotConverted };
    }
    let found = found(&card, leads);
    assert_eq!(found.advice.action, Action::Refit);
    let alarm = found.weekly_test.as_ref().and_then(|test| test.alarm.clone()).expect("an alarm");
    assert_eq!(alarm.fault, FaultName::Flatter);
    let slope = found.quality.as_ref().and_then(|quality| quality.calibration_slope).expect("a slope");
    assert!(slope.abs() < 0.2, "{slope}");
}

#[test]
fn other_leads_are_drift_and_the_levels_that_moved_are_named() {
    let found = World { budget: vec![0.1, 0.15, 0.7, 0.05], ..World::right() }.found();
    let drift = gate(&found, GateName::Drift);
    assert_eq!(drift.result, GateResult::Failed);
    assert!(drift.said.contains("`budget`") && !drift.said.contains("score"), "{}", drift.said);
    let budget = &found.drift.rows[1];
    assert_eq!((budget.name.as_str(), budget.verdict), ("budget", DriftVerdict::Large));
    assert_eq!(budget.moved[0].level, "none");
    assert!((budget.moved[0].before - 0.5).abs() < 0.01 && budget.moved[0].now < 0.2, "{:?}", budget.moved);
    // The card is right about each of them.
    assert_eq!(gate(&found, GateName::WeeklyTest).result, GateResult::Passed);
}

#[test]
fn new_and_missing_answers_are_counted_and_named() {
    let found = World { budget: vec![0.1, 0.4, 0.25, 0.25], ..World::right() }.found();
    let new = gate(&found, GateName::NewLevels);
    assert_eq!(new.result, GateResult::Failed);
    assert!(new.said.contains("`budget`") && new.said.contains("\"frozen\""), "{}", new.said);
    let answers = &found.answers[0];
    assert_eq!((answers.n_unnamed, answers.unnamed[0].answer.as_str()), (2, "frozen"));
    assert!((answers.unnamed_now.expect("text") - 0.25).abs() < 0.05);
    assert!((answers.unnamed_before.expect("text") - 0.05).abs() < 0.01);
    assert_eq!(found.answers[1].unnamed_now, None, "numbers have no names");

    let found = World { budget: vec![0.4, 0.3, 0.25, 0.05], ..World::right() }.found();
    let missing = gate(&found, GateName::Missing);
    assert_eq!(missing.result, GateResult::Failed);
    assert!(missing.said.contains("`budget`") && missing.said.contains("10 % in the history"), "{}", missing.said);
}

#[test]
fn scores_that_rise_without_conversions_are_inflated() {
    let world = World { per_day: 20, inflation: 0.003, ..World::right() };
    let inflation = world.found().inflation.expect("weeks");
    assert!(inflation.score.low > 0.0, "{:?}", inflation.score);
    assert_eq!(inflation.verdict, InflationVerdict::Inflated);
    let steady = World { per_day: 20, ..World::right() }.found().inflation.expect("weeks");
    assert_eq!(steady.verdict, InflationVerdict::NoRise);
    assert_eq!(steady.months.len(), 6);
}

#[test]
fn young_leads_are_compared_and_not_judged() {
    let found = World { n_young_days: 90, ..World::right() }.found();
    assert_eq!((found.leads.n_compared, found.leads.n_too_young, found.leads.n_judged), (900, 450, 450));
    assert!(
        found.notes.iter().any(|note| note.text.starts_with("450 leads too young to judge: the 90 days")),
        "{:?}",
        found.notes
    );
    assert_eq!(found.bands_by_month.len(), 3 * 3, "months with outcomes");
}

#[test]
fn without_outcomes_the_card_is_asked_who_comes_and_nothing_else() {
    let found = World { n_young_days: 180, ..World::right() }.found();
    use GateName::{Drift, Missing, NewLevels, Threshold, WeeklyTest};
    use GateResult::{NotJudged, Passed};
    assert_eq!(
        results(&found),
        [(WeeklyTest, NotJudged), (Threshold, NotJudged), (Drift, Passed), (NewLevels, Passed), (Missing, Passed)]
    );
    assert_eq!((found.advice.action, found.weekly_test, found.quality), (Action::Wait, None, None));
    assert!(found.reliability.is_empty() && found.bands_by_month.is_empty());
}

#[test]
fn few_leads_raise_no_alarm_about_who_comes() {
    let found = World { n_days: 4, budget: vec![0.0, 0.0, 0.0, 1.0], ..World::right() }.found();
    assert_eq!(found.leads.n_compared, 20);
    let drift = gate(&found, GateName::Drift);
    assert_eq!(drift.result, GateResult::NotJudged);
    assert_eq!(drift.said, "20 leads are too few to tell a change from chance: it takes 50");
    assert_eq!(found.advice.action, Action::Wait);
    assert_eq!(found.inflation, None);
}

#[test]
fn nobody_converted_is_a_finding_and_not_an_error() {
    let card = card();
    let mut leads = World::right().leads(&card);
    leads.known.iter_mut().for_each(|known| *known = KnownOutcome::NotConverted);
    let found = found(&card, leads);
    assert_eq!((found.leads.n_converted, &found.quality), (0, &None));
    assert_eq!(gate(&found, GateName::WeeklyTest).result, GateResult::Failed);
    assert_eq!(found.at_threshold[0].observed_over_expected, Some(0.0));
    assert!(found.at_threshold[0].high.is_some_and(|high| high < 1.0));
    assert_eq!(found.advice.action, Action::Wait);
    assert!(found.advice.said.contains(", 0 came: too few"), "{}", found.advice.said);
}

#[test]
fn untouched_leads_are_left_out_as_in_the_history() {
    let card = card();
    let mut leads = World::right().leads(&card);
    leads.known.iter_mut().take(200).for_each(|known| *known = KnownOutcome::Untouched);
    let found = found(&card, leads);
    assert_eq!((found.leads.n_untouched, found.leads.n_compared), (200, 700));
}

#[test]
fn only_leads_after_the_history_are_looked_at_unless_a_day_is_named() {
    let card = card();
    let mut leads = World::right().leads(&card);
    let end = parse_time("2025-12-31T23:00:00Z").expect("a time").0;
    // The first hundred were handed off in the time of the history.
    let as_of = leads.as_of.as_mut().expect("dates");
    (0..100).for_each(|lead| as_of[lead] = end - lead as i64 * US_PER_DAY);
    let later = monitor(&card, leads.clone(), &question(None)).expect("leads");
    assert_eq!((later.leads.n_before, later.leads.n_compared), (100, 800));
    let since = monitor(&card, leads.clone(), &question(Some(end - 20 * US_PER_DAY))).expect("leads");
    assert_eq!((since.leads.n_before, since.leads.n_compared), (79, 821));
    let said = "21 of the leads were handed off until 2025-12-31T23:00:00Z, when the history of the card ends";
    assert!(since.notes.iter().any(|note| note.text.starts_with(said)), "{:?}", since.notes);
    let last = as_of_last(&leads);
    let error = monitor(&card, leads.clone(), &question(Some(last + US_PER_DAY))).expect_err("nobody").to_string();
    assert_eq!(
        error,
        "none of the 900 leads was handed off from 2026-06-30 on; the last one was on 2026-06-29\n\
         hint: choose an earlier day with --since, or give newer leads"
    );

    leads.as_of = None;
    let error = monitor(&card, leads.clone(), &question(Some(end))).expect_err("no dates").to_string();
    assert!(error.starts_with("--since asks for leads from a day on, and the leads have no dates"), "{error}");
    let undated = monitor(&card, leads, &question(None)).expect("leads");
    assert_eq!((undated.leads.n_compared, undated.bands_by_month.len()), (900, 0));
    assert!(undated.weekly_test.is_some_and(|test| test.looks.len() == 50 && test.looks[0].day.is_none()));
    assert!(undated.notes.iter().any(|note| note.text.starts_with("the leads have no dates")), "{:?}", undated.notes);
}

fn as_of_last(leads: &ScoredNewLeads) -> i64 {
    leads.as_of.iter().flatten().copied().max().expect("dates")
}

#[test]
fn a_table_without_a_single_hand_off_is_said() {
    let card = card();
    let mut leads = World { n_days: 0, ..World::right() }.leads(&card);
    leads.n_read = 3;
    let error = monitor(&card, leads, &question(None)).expect_err("nobody").to_string();
    assert!(error.starts_with("none of the 3 rows is a hand-off"), "{error}");
}

#[test]
fn volume_is_held_against_the_forecast() {
    let card = card();
    let found = World::right().found();
    let volume = found.volume.expect("a forecast");
    assert!((volume.n_months - 180.0 / 30.4375).abs() < 1e-9);
    let n_chosen = World::right().leads(&card).score.iter().filter(|&&score| score >= 36).count();
    assert!((volume.rows[0].came - n_chosen as f64 / volume.n_months).abs() < 1e-9);
    assert!(volume.rows[0].is_within);
    let busy = World { per_day: 8, ..World::right() }.found().volume.expect("a forecast");
    assert!(!busy.rows[0].is_within && busy.rows[0].came > busy.rows[0].promised.high);
    let without = Question { forecast: None, ..question(None) };
    assert_eq!(monitor(&card, World::right().leads(&card), &without).expect("leads").volume, None);
}

#[test]
fn months_without_leads_are_months() {
    let card = card();
    let mut leads = World::right().leads(&card);
    let as_of = leads.as_of.as_mut().expect("dates");
    as_of.iter_mut().skip(450).for_each(|moment| *moment += 100 * US_PER_DAY);
    let found = found(&card, leads);
    let empty: Vec<&BandPromise> = found.bands_by_month.iter().filter(|band| band.n_leads == 0).collect();
    assert!(empty.len() >= 6 && empty.iter().all(|band| band.observed_over_expected.is_none()));
    assert!(found.inflation.expect("weeks").months.iter().any(|month| month.mean_score.is_none()));
}

#[test]
fn the_order_of_the_table_changes_nothing() {
    let card = card();
    let leads = World::right().leads(&card);
    let mut turned = leads.clone();
    turned.score.reverse();
    turned.known.reverse();
    turned.levels.iter_mut().for_each(|levels| levels.reverse());
    turned.unnamed[0].of_lead.reverse();
    turned.as_of.as_mut().expect("dates").reverse();
    assert_eq!(found(&card, leads), found(&card, turned));
}

#[test]
fn what_is_found_survives_its_file() {
    let found = World { odds: 0.6, per_day: 10, ..World::right() }.found();
    let json = serde_json::to_string(&found).expect("JSON");
    assert_eq!(serde_json::from_str::<Monitor>(&json).expect("the same"), found);
    assert!(!json.contains("NaN"));
}
