//! `bantam compare` as ops use it, and what it says when a policy or a run folder cannot be used.

use crate::place::{Place, leads_csv};

/// A finished run on made-up leads with dates, teams and segments.
fn place_with_run() -> Place {
    let place = Place::new();
    place.run_well(&["synth", "--out", "data", "--leads", "3000", "--seed", "5"]);
    place.run_well(&["calibrate", "data/bantam.toml", "--quiet"]);
    place
}

fn compared(place: &Place, options: &[&str]) -> serde_json::Value {
    let ran = place.run_well(&[&["compare", "--format", "json"], options].concat());
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[track_caller]
fn assert_refused(place: &Place, arguments: &[&str], code: i32, message: &str) {
    let ran = place.run(arguments);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (code, "", message));
}

#[test]
fn without_options_the_policies_of_the_run_are_compared() {
    let place = place_with_run();
    let of_run = place.json("bantam-out/current/metrics.json");
    let found = compared(&place, &[]);
    assert_eq!(found["forecast"], of_run["forecast"], "the same histogram, card, seed and policies");
    let text = place.run_well(&["compare"]).stdout;
    assert!(text.starts_with("The next 3 months, played through 10,000 times on "), "{text}");
    assert!(text.contains("takes every lead of"), "{text}");
}

#[test]
fn every_kind_of_policy_has_its_figures() {
    let place = place_with_run();
    let policies = [
        "few: top 10/month",
        "weekly: 4/week",
        "daily: top 1/day",
        "points: points 40",
        "rate: conversion 35%",
        "part: share 30%",
        "hours: capacity 80h/month",
        "pays: break-even",
        "band: band hot",
        "teams: top 30/month by team",
        "segments: conversion 30% by segment",
    ];
    let money = ["--hours-per-lead", "2", "--cost-per-lead", "900", "--value-per-win", "9000", "--reps", "3"];
    let options: Vec<&str> = policies.iter().flat_map(|policy| ["--policy", policy]).chain(money).collect();
    let found = compared(&place, &[&options[..], &["--draws", "500", "--out", "scenarios.parquet"]].concat());
    let scenarios = found["forecast"]["scenarios"].as_array().expect("scenarios");
    let names: Vec<&str> = scenarios.iter().filter_map(|scenario| scenario["policy"].as_str()).collect();
    let asked: Vec<&str> = policies.iter().filter_map(|policy| policy.split(':').next()).collect();
    assert_eq!(names, asked, "{}", found["notes"]);
    let number = |policy: &str, key: &str| {
        let scenario = scenarios.iter().find(|scenario| scenario["policy"] == policy).expect(policy);
        scenario[key]["expected"].as_f64().expect(key)
    };
    // Three months: 30, 52, 91 and 120 leads, each within a few per cent of what months of unequal length bring.
    for (policy, n_leads) in [("few", 30.0), ("weekly", 52.2), ("daily", 91.3), ("hours", 120.0), ("teams", 90.0)] {
        let leads = number(policy, "leads");
        assert!((leads / n_leads - 1.0).abs() < 0.06, "{policy}: {leads}");
    }
    assert!((number("hours", "hours") - 2.0 * number("hours", "leads")).abs() < 1e-9);
    assert!((number("pays", "wins_per_rep") - number("pays", "wins") / 3.0).abs() < 1e-9);
    let n_lines = |policy: &str| {
        let scenario = scenarios.iter().find(|scenario| scenario["policy"] == policy).expect(policy);
        scenario["thresholds"].as_array().expect("lines").len()
    };
    assert!(n_lines("few") == 1 && n_lines("teams") > 1 && n_lines("segments") > 1);
    assert_eq!(found["forecast"]["pairs"].as_array().map(Vec::len), Some(55));
    assert!(place.path("scenarios.parquet").exists());
}

#[test]
fn two_numbers_need_no_data() {
    let place = Place::new();
    let found = compared(&place, &["--a", "50@25%", "--b", "100@10%"]);
    assert_eq!(
        (found["a"]["wins"]["expected"].as_f64(), found["b"]["wins"]["expected"].as_f64()),
        (Some(12.5), Some(10.0))
    );
    assert!((found["a_wins_more"].as_f64().expect("a chance") - 0.681_605_540).abs() < 1e-9);
    insta::assert_snapshot!(
        place.run_well(&["compare", "--a", "50@25%", "--b", "100@10%", "--hours-per-lead", "2"]).stdout
    );
    assert_refused(
        &place,
        &["compare", "--a", "fifty", "--b", "100@10%"],
        2,
        "error: --a: \"fifty\" is not a number of leads at a conversion: write 50@25% (1 to 10 million leads, 0 % to 100 %)\n",
    );
}

#[test]
fn impossible_policies_say_what_is_reachable() {
    let place = place_with_run();
    let refused = |options: &[&str]| {
        let ran = place.run(&[&["compare"], options].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        ran.stderr
    };
    insta::assert_snapshot!(
        [
            refused(&["--policy", "top 5000/month"]),
            refused(&["--policy", "points 400"]),
            refused(&["--policy", "break-even", "--cost-per-lead", "60", "--value-per-win", "40"]),
            refused(&["--policy", "band warm"]),
            refused(&["--policy", "points 40 by team"]),
            refused(&["--policy", "conversion 250%"]),
            refused(&["--policy", "best 5"]),
        ]
        .join("\n")
    );
}

#[test]
fn a_damaged_run_is_not_compared() {
    let place = Place::new();
    assert_refused(
        &place,
        &["compare"],
        2,
        "error: cannot use the run\n  bantam-out holds no finished run\n  hint: `bantam calibrate --out bantam-out` makes one\n",
    );
    place.write("leads.csv", &leads_csv(900));
    place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--quiet"]);
    let run = "bantam-out/current";
    let card = place.read(&format!("{run}/card.json"));
    place.write(&format!("{run}/card.json"), &card.replacen('1', "2", 1));
    let ran = place.run(&["compare"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("is damaged: card.json has other content than the manifest says"), "{}", ran.stderr);
    place.write(&format!("{run}/card.json"), &card);
    std::fs::remove_file(place.path(&format!("{run}/histogram.parquet"))).expect("removed");
    let ran = place.run(&["compare"]);
    assert!(ran.code == 3 && ran.stderr.contains("histogram.parquet is missing"), "{}", ran.stderr);
}

#[test]
fn names_that_are_markup_stay_names() {
    let place = Place::new();
    let hostile = "</script><script>alert(1)</script>";
    let mut csv = format!("lead_id,\"=cmd|' /C calc'!A0\",{hostile},won\n");
    for row in 0..900 {
        let level = [hostile, "=1+1", "<b>bold</b>"][row % 3];
        let won = if row % 3 == 0 { row % 2 == 0 } else { row % 11 == 0 };
        csv += &format!("L{row},{level},{},{won}\n", row % 7);
    }
    place.write("leads.csv", &csv);
    place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--quiet"]);
    let page = place.read("bantam-out/current/report.html");
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"), "the level is shown");
    assert!(!page.contains("<script>alert") && !page.contains("<b>bold"), "and is not markup");
    for entry in std::fs::read_dir(place.path("bantam-out/current/charts")).expect("charts") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(path.extension().is_some_and(|e| e == "json") || !text.contains("<script>"), "{}", path.display());
    }
}

#[test]
fn leads_drawn_for_want_of_memory_count_for_all_in_the_months_ahead() {
    let place = Place::new();
    place.run_well(&["synth", "--out", "data", "--leads", "30000", "--seed", "5"]);
    let run = |out: &str, options: &[&str]| {
        place.run_well(&[&["calibrate", "data/bantam.toml", "--quiet", "--out", out], options].concat());
        place.json(&format!("{out}/current/metrics.json"))
    };
    let (whole, drawn) = (run("whole", &[]), run("drawn", &["--max-memory", "162MiB"]));
    assert_eq!(whole["leads"].get("drawn"), None);
    let n = |key: &str| drawn["leads"]["drawn"][key].as_u64().expect(key);
    assert_eq!(n("n_rows"), whole["leads"]["n_read"].as_u64().expect("a count"));
    assert!((8_000..13_000).contains(&n("n_drawn")), "{}", n("n_drawn"));
    let a_month = |metrics: &serde_json::Value| metrics["forecast"]["leads_per"].as_f64().expect("leads a month");
    // Of a third of the leads: a month's count is off by one part in twenty, the last months weigh most.
    assert!((a_month(&drawn) / a_month(&whole)).ln().abs() < 0.1, "{} {}", a_month(&drawn), a_month(&whole));
    let again = place.run_well(&["compare", "drawn/current", "--format", "json"]);
    let again: serde_json::Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(again["forecast"], drawn["forecast"], "a run that is read again knows of the draw");
    let refused = place.run(&["calibrate", "data/bantam.toml", "--max-memory", "lots"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("`leads.max_memory` \"lots\" is not a size: write \"4GiB\" or \"500MiB\""),
        "{}",
        refused.stderr
    );
}
