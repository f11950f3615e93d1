//! `bantam monitor` from end to end: a card that holds, one that does not, and what it says when it cannot tell.

use std::fmt::Write as _;

use serde_json::Value;

use crate::place::{Place, Ran};

/// How leads differ from those the card was fitted on.
#[derive(Clone, Copy)]
pub(crate) struct World {
    /// First day, counted from 2025-01-01.
    pub(crate) from: i64,
    pub(crate) n_days: i64,
    /// Conversions of each 100 that would have converted.
    pub(crate) kept: u64,
    /// Of 100 leads, so many answer "frozen" instead.
    pub(crate) frozen: u64,
}

pub(crate) const HISTORY: World = World { from: 0, n_days: 300, kept: 100, frozen: 0 };
pub(crate) const LATER: World = World { from: 300, n_days: 240, ..HISTORY };

/// Digits that stand in for chance: the same for every run.
fn digits(lead: u64, salt: u64) -> u64 {
    let mut mixed = (lead ^ (salt << 40)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % 100
}

/// Ten leads a day: id, hand-off, budget, clicks, and whether the lead was won.
pub(crate) fn leads(worlds: &[World]) -> String {
    let mut text = "lead_id,handed_off_at,budget,clicks,won\n".to_owned();
    for world in worlds {
        for lead in (world.from * 10)..((world.from + world.n_days) * 10) {
            let seen = lead as u64;
            let budget = (digits(seen, 1) / 34) as usize;
            let clicks = digits(seen, 2) / 20;
            let chance = 4 + 13 * budget as u64 + 4 * clicks;
            let won = digits(seen, 3) < chance && digits(seen, 4) < world.kept;
            let budget =
                if digits(seen, 5) < world.frozen { "frozen" } else { ["none", "requested", "approved"][budget] };
            let day = day(lead / 10);
            writeln!(text, "L{lead:05},{day}T{:02}:00:00Z,{budget},{clicks},{won}", 8 + lead % 10).expect("a string");
        }
    }
    text
}

/// Day number from 2025-01-01 as a date.
fn day(number: i64) -> String {
    jiff::civil::date(2025, 1, 1).checked_add(jiff::Span::new().days(number)).expect("a day").to_string()
}

/// A place with a card that was fitted on the history.
pub(crate) fn place_with_card() -> Place {
    let place = Place::new();
    place.write("history.csv", &leads(&[HISTORY]));
    place.run_well(&["calibrate", "history.csv", "--converted", "won", "--as-of", "handed_off_at", "--quiet"]);
    place
}

pub(crate) const CARD: &str = "bantam-out/current/card.json";
pub(crate) const OUTCOME: [&str; 4] = ["--converted", "won", "--horizon", "30d"];

fn monitored(place: &Place, leads: &str, options: &[&str]) -> Ran {
    place.run(&[&["monitor", CARD, leads], options].concat())
}

fn gates(found: &Value) -> Vec<(String, String)> {
    let text = |gate: &Value, key: &str| gate[key].as_str().expect(key).to_owned();
    found["gates"].as_array().expect("gates").iter().map(|gate| (text(gate, "gate"), text(gate, "result"))).collect()
}

fn result(found: &Value, name: &str) -> String {
    gates(found).into_iter().find(|(gate, _)| gate == name).expect("a gate").1
}

#[test]
fn a_card_that_holds_passes_and_the_same_input_gives_the_same_bytes() {
    let place = place_with_card();
    place.write("leads.csv", &leads(&[HISTORY, LATER]));
    let options = |out: &'static str| [&OUTCOME[..], &["-o", out]].concat();
    let ran = monitored(&place, "leads.csv", &options("one"));
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.starts_with("The card still holds: no gate failed.\n"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    let found = place.json("one/monitor.json");
    assert!(gates(&found).iter().all(|(_, result)| result == "passed"), "{:?}", gates(&found));
    assert_eq!(found["advice"]["action"], "keep");
    // Leads until the end of the history are those the card was fitted on.
    assert_eq!((&found["leads"]["n_before"], &found["leads"]["n_compared"]), (&3000.into(), &2400.into()));
    assert_eq!(found["leads"]["n_too_young"], 300, "the last 30 days");
    assert_eq!(found["card"]["n_leads"], 3000);
    assert!(found["volume"]["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{}", found["notes"]);
    let monitored_again = monitored(&place, "leads.csv", &options("two"));
    assert_eq!(monitored_again.stdout, ran.stdout);
    for file in ["monitor.json", "monitor.html"] {
        assert_eq!(place.read(&format!("one/{file}")), place.read(&format!("two/{file}")), "{file}");
    }
    let json = monitored(&place, "leads.csv", &[&OUTCOME[..], &["--format", "json"]].concat()).stdout;
    assert_eq!(json, place.read("one/monitor.json"));
}

#[test]
fn a_card_that_promises_too_much_fails_with_what_to_do() {
    let place = place_with_card();
    place.write("leads.csv", &leads(&[World { kept: 60, ..LATER }]));
    let ran = monitored(&place, "leads.csv", &[&OUTCOME[..], &["-o", "out"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("error: 2 gates failed: weekly test and thresholds"), "{}", ran.stderr);
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("fewer leads convert than predicted"), "{}", ran.stdout);
    assert!(said.contains("What to do: shift the curve"), "{}", ran.stdout);
    let found = place.json("out/monitor.json");
    assert_eq!(found["advice"]["action"], "shift");
    assert_eq!(found["weekly_test"]["alarm"]["fault"], "lower");
    // With a wider limit the threshold may be off as far as it is; the alarm stays.
    let options = [&OUTCOME[..], &["--gate", "calibration=0.4,2", "--format", "json"]].concat();
    let ran = monitored(&place, "leads.csv", &options);
    assert_eq!(ran.code, 1);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((result(&found, "threshold"), result(&found, "weekly_test")), ("passed".into(), "failed".into()));
}

#[test]
fn new_answers_and_drift_fail_without_any_outcome() {
    let place = place_with_card();
    place.write("leads.csv", &leads(&[World { frozen: 40, n_days: 60, ..LATER }]));
    let ran = monitored(&place, "leads.csv", &["--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((result(&found, "new_levels"), result(&found, "drift")), ("failed".into(), "failed".into()));
    assert_eq!(
        (result(&found, "weekly_test"), result(&found, "threshold")),
        ("not_judged".into(), "not_judged".into())
    );
    let budget = found["answers"].as_array().expect("answers").iter().find(|a| a["criterion"] == "budget").expect("it");
    assert_eq!(budget["unnamed"][0]["answer"], "frozen");
    assert_eq!(found["weekly_test"], Value::Null);
    let ran = monitored(&place, "leads.csv", &["--gate", "max_psi=9", "--gate", "max_new_levels=0.9"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

#[test]
fn a_config_says_where_outcomes_and_events_are_and_what_the_limits_are() {
    let place = Place::new();
    place.run_well(&["synth", "--out", "data", "--leads", "4000", "--months", "24", "--seed", "5"]);
    let config = place.read("data/bantam.toml");
    let earlier = config.replace("observed_until = \"2026-06-30\"", "observed_until = \"2025-12-31\"");
    assert_ne!(config, earlier, "{config}");
    place.write("data/earlier.toml", &earlier);
    place.run_well(&["calibrate", "data/earlier.toml", "--quiet"]);
    let ran = place.run(&["monitor", CARD, "--config", "data/bantam.toml", "--format", "json"]);
    assert!(ran.code <= 1, "{}", ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let n = |key: &str| found["leads"][key].as_u64().expect(key);
    assert!(n("n_before") > 2000 && n("n_judged") > 200 && n("n_too_young") > 200, "{}", found["leads"]);
    assert_eq!(n("n_compared"), n("n_judged") + n("n_too_young") + n("n_unknown"));
    // The same company half a year later: nothing large has changed.
    for row in found["drift"]["rows"].as_array().expect("rows") {
        assert!(row["psi"].as_f64().is_none_or(|psi| psi < 0.25), "{row}");
    }
    assert_eq!(found["volume"]["rows"].as_array().map(Vec::len), Some(2));
    place.write("data/strict.toml", &format!("{config}\n[monitor]\nmax_psi = 0.0001\n"));
    let ran = place.run(&["monitor", CARD, "--config", "data/strict.toml", "--format", "json"]);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(found["settings"]["max_psi"], 0.0001);
    place.write("data/misspelt.toml", &format!("{config}\n[monitor]\nmax_pis = 0.1\n"));
    let ran = place.run(&["monitor", CARD, "--config", "data/misspelt.toml"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("`monitor.max_pis` is not a key under `monitor`; did you mean `max_psi`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_leads_a_card_was_fitted_on_are_on_its_levels_as_it_says() {
    let place = place_with_card();
    let options = ["--since", "2025-01-01", "--format", "json"];
    let ran = monitored(&place, "history.csv", &options);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    for row in found["drift"]["rows"].as_array().expect("rows").iter().filter(|row| row["is_score"] == false) {
        assert_eq!(row["psi"].as_f64(), Some(0.0), "{row}");
    }
    let notes = found["notes"].to_string();
    assert!(notes.contains("all 3,000 leads were handed off until"), "{notes}");
}

/// Refused with this code, and the sentence.
#[track_caller]
fn assert_refused(name: &str, leads: &str, options: &[&str], code: i32) {
    let place = place_with_card();
    place.write("leads.csv", leads);
    let ran = monitored(&place, "leads.csv", options);
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    insta::assert_snapshot!(format!("refused_{name}"), ran.stderr);
}

const FEW: World = World { n_days: 20, ..LATER };

#[test]
fn leads_without_a_column_of_the_card() {
    let lacking = leads(&[FEW]).replace("budget,clicks", "budgets,visits");
    assert_refused("lacking_columns", &lacking, &OUTCOME, 3);
}

#[test]
fn leads_with_text_where_the_card_reads_numbers() {
    let rows: String = leads(&[FEW])
        .lines()
        .map(|line| line.replace(",true", ",many,true").replace(",false", ",many,false") + "\n")
        .collect();
    let worded = rows.replace("budget,clicks,won", "budget,old_clicks,clicks,won");
    assert_refused("text_for_numbers", &worded, &OUTCOME, 3);
}

#[test]
fn no_leads_at_all() {
    assert_refused("no_rows", "lead_id,handed_off_at,budget,clicks,won\n", &OUTCOME, 3);
}

#[test]
fn a_misspelt_outcome() {
    assert_refused("misspelt_outcome", &leads(&[FEW]), &["--converted", "wonn"], 3);
}

#[test]
fn a_day_after_the_last_lead() {
    assert_refused("since_too_late", &leads(&[FEW]), &["--since", "2027-01-01"], 3);
}

#[test]
fn a_day_that_is_none() {
    assert_refused("since_no_day", &leads(&[FEW]), &["--since", "spring"], 2);
}

#[test]
fn a_limit_that_is_none() {
    assert_refused("no_such_limit", &leads(&[FEW]), &["--gate", "max_psy=0.1"], 2);
}

#[test]
fn a_horizon_without_dates() {
    let undated = leads(&[FEW]).replace("handed_off_at", "at");
    assert_refused("horizon_without_dates", &undated, &OUTCOME, 3);
}

#[test]
fn a_config_where_leads_belong_and_no_leads_at_all() {
    let place = place_with_card();
    let ran = place.run(&["monitor", CARD, "bantam.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("bantam.toml is a config, and leads are wanted here"), "{}", ran.stderr);
    let ran = place.run(&["monitor", CARD]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("there are no leads to hold the card against"), "{}", ran.stderr);
    let ran = place.run(&["monitor", "bantam-out/current", "history.csv"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("is a folder"), "{}", ran.stderr);
}

#[test]
fn few_leads_no_dates_and_nobody_converted_are_findings() {
    let place = place_with_card();
    place.write("few.csv", &leads(&[World { n_days: 3, ..LATER }]));
    let ran = monitored(&place, "few.csv", &["--converted", "won"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("30 leads are too few to tell a change from chance: it takes 50"), "{}", ran.stdout);

    place.write("undated.csv", &leads(&[FEW]).replace("handed_off_at", "at"));
    let ran = monitored(&place, "undated.csv", &["--converted", "won"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("the leads have no dates"), "{}", ran.stdout);

    place.write("lost.csv", &leads(&[World { kept: 0, ..LATER }]));
    let ran = monitored(&place, "lost.csv", &OUTCOME);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("0 converted"), "{}", ran.stdout);
}

#[test]
fn outcomes_before_the_hand_off_are_left_out_and_counted() {
    let place = place_with_card();
    let rows = leads(&[FEW]);
    let with_moment: String = rows
        .lines()
        .enumerate()
        .map(|(at, line)| match (at, line.ends_with(",true")) {
            (0, _) => format!("{line},won_at\n"),
            (at, true) if at < 60 => format!("{line},2025-06-01\n"),
            (_, true) => format!("{line},2025-11-30\n"),
            _ => format!("{line},\n"),
        })
        .collect();
    place.write("leads.csv", &with_moment);
    place.write("bantam.toml", "[leads]\npath = \"leads.csv\"\n[outcome]\nconverted_at = \"won_at\"\n");
    let ran = place.run(&["monitor", CARD, "--config", "bantam.toml", "--format", "json"]);
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let n_left_out = found["leads"]["n_left_out"].as_u64().expect("a count");
    assert!(n_left_out > 0, "{}", found["leads"]);
    let said = format!("{n_left_out} leads left out because they were handed off after they had converted");
    assert!(found["notes"].to_string().contains(&said), "{}", found["notes"]);
}

#[test]
fn a_challenger_is_held_against_the_card_in_use_on_the_leads_since_both() {
    let place = place_with_card();
    place.write("leads.csv", &leads(&[HISTORY, World { kept: 60, n_days: 500, ..LATER }]));
    place.run_well(
        &[
            &["recalibrate", CARD, "leads.csv", "-o", "new.json", "--observed-until", "2026-05-01", "--quiet"],
            &OUTCOME[..],
        ]
        .concat(),
    );
    let look = |challenger: &str| {
        let options = [&OUTCOME[..], &["--challenger", challenger, "-o", "look"]].concat();
        let ran = monitored(&place, "leads.csv", &options);
        (ran, place.json("look/monitor.json")["challenger"].clone())
    };
    let (ran, found) = look("new.json");
    assert!(ran.stdout.contains("Beside the challenger"), "{}", ran.stdout);
    // Both cards are judged by what came after the last lead that the new one learnt from.
    let n_leads = found["n_leads"].as_u64().expect("leads");
    assert!((2_500..3_500).contains(&n_leads), "{found}");
    assert_eq!(found["verdict"], "challenger_better");
    assert!(found["n_expected_challenger"].as_f64() < found["n_expected_in_use"].as_f64(), "{found}");
    assert!(found["brier_challenger"].as_f64() < found["brier_in_use"].as_f64(), "{found}");
    assert!(place.read("look/monitor.html").contains("Beside the challenger"));
    // A card beside itself: no difference at any look.
    let (_, same) = look(CARD);
    assert_eq!((&same["verdict"], &same["since_day"]), (&"too_close".into(), &Value::Null));
    assert!(same["looks"].as_array().expect("looks").iter().all(|look| look["gain"] == 0.0), "{same}");
}
