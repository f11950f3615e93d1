//! What sales did with the leads, from end to end: made-up leads whose truth is known, and data as people keep them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::place::Place;

fn shares<'a>(feedback: &'a Value, by: &str) -> Vec<&'a Value> {
    let groups = feedback["funnel"]["groups"].as_array().expect("groups");
    groups.iter().filter(|row| row["by"] == by).collect()
}

/// Leads of two sources with a disposition, a reason and an answer each; no random numbers.
fn leads_csv(n: usize) -> String {
    let mut text = "lead_id,handed_off_at,channel,budget,status,why,won\n".to_owned();
    for row in 0..n {
        let chance = (row * 7919 + row / 7) % 100;
        let budget = ["none", "approved"][row % 2];
        let channel = ["web", "event", "fair"][row / 2 % 3];
        let status = match chance {
            0..=4 => "untouched",
            5..=30 if budget == "none" => "Rejected",
            5..=14 => "REJECTED",
            31..=34 => "recycled",
            _ => "accepted",
        };
        let why = if status.eq_ignore_ascii_case("rejected") {
            ["no budget", "No  Budget", "wrong contact"][row % 3]
        } else {
            ""
        };
        let won = (status == "accepted" && chance > if budget == "none" { 88 } else { 70 })
            || (status == "REJECTED" && chance == 14);
        let (month, day) = (1 + row * 6 / n, 1 + row % 28);
        writeln!(text, "L{row:05},2026-{month:02}-{day:02},{channel},{budget},{status},{why},{won}").expect("a string");
    }
    text
}

const OPTIONS: [&str; 10] = [
    "--converted",
    "won",
    "--disposition",
    "status",
    "--reason",
    "why",
    "--source",
    "channel",
    "--as-of",
    "handed_off_at",
];

#[test]
fn bare_data_with_its_columns_is_enough() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(3_000));
    let ran = place.run_well(&[&["feedback", "leads.csv"], &OPTIONS[..]].concat());
    assert_eq!(ran.stderr, "", "progress is for terminals");
    for said in
        ["3,000 leads were handed to sales.", "From lead to conversion", "Why leads are turned down", "no budget"]
    {
        assert!(ran.stdout.contains(said), "{said}\n{}", ran.stdout);
    }
    assert!(ran.stdout.contains("\"REJECTED\", \"Rejected\" all mean rejected"), "{}", ran.stdout);
    assert!(ran.stdout.contains("without a run no lead has a score"), "{}", ran.stdout);
    let feedback = place.json("bantam-out/feedback/feedback.json");
    let all = &feedback["funnel"]["all"];
    let n = |key: &str| all[key].as_u64().expect("a count");
    assert_eq!(n("n_leads"), 3_000);
    assert_eq!(n("n_accepted") + n("n_rejected") + n("n_recycled") + n("n_untouched"), 3_000);
    for by in ["source", "month"] {
        let sum: u64 = shares(&feedback, by).iter().map(|row| row["n_leads"].as_u64().expect("a count")).sum();
        assert_eq!(sum, 3_000, "{by}");
    }
    let reasons = feedback["reasons"]["all"].as_array().expect("reasons");
    assert_eq!(reasons.len(), 2, "two spellings of one reason are one: {reasons:?}");
    assert!(place.read("bantam-out/feedback/feedback.html").contains("For web</h2>"));
    assert!(feedback.get("speed").is_none());
}

#[test]
fn json_on_stdout_is_the_file_and_the_same_input_gives_the_same_bytes() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(1_000));
    let run = |out: &str| {
        place.run_well(&[&["feedback", "leads.csv", "--format", "json", "-o", out], &OPTIONS[..]].concat()).stdout
    };
    assert_eq!(run("one"), place.read("one/feedback.json"));
    assert_eq!(run("two"), place.read("one/feedback.json"));
    assert_eq!(place.read("one/feedback.html"), place.read("two/feedback.html"));
}

#[test]
fn sales_with_opinions_is_found_out() {
    let place = Place::new();
    place.run_well(&["synth", "--out", "demo", "--leads", "12000", "--opinion", "--seed", "5"]);
    place.run_well(&["calibrate", "demo/bantam.toml", "--quiet"]);
    place.write(
        "rules.csv",
        "criterion,level,points\nbudget,approved,30\nbudget,requested,20\nauthority,Decision maker,20\nnede,urgent,5\n",
    );
    let ran = place.run_well(&["feedback", "demo/bantam.toml", "--rules", "rules.csv"]);
    let feedback = place.json("bantam-out/feedback/feedback.json");
    let agreement = &feedback["agreement"];
    let levels = agreement["levels"].as_array().expect("levels");
    let listed: Vec<&Value> = agreement["differences"]
        .as_array()
        .expect("differences")
        .iter()
        .map(|at| &levels[at.as_u64().expect("a position") as usize])
        .collect();
    let finds = |criterion: &str, level: &str, is_less: bool| {
        let is_it = |found: &&&Value| found["criterion"] == criterion && found["level"] == level;
        let found = listed.iter().find(is_it).unwrap_or_else(|| panic!("{criterion} {level} in {listed:?}"));
        assert_eq!(found["difference"]["expected"].as_f64().expect("points") < 0.0, is_less, "{found}");
    };
    finds("authority", "gatekeeper", true);
    finds("source", "inbound", false);
    // What truth.json says of the leads that sales turns down: a quarter of their conversions come all the same.
    let anyway = &feedback["funnel"]["all"]["turned_down_converted"];
    assert!(anyway["hits"].as_u64().is_some_and(|hits| hits > 30), "{anyway}");
    // Untouched leads above a threshold, and first touches, need the run.
    assert!(feedback["speed"]["untouched"][0]["wins"]["expected"].as_f64().is_some_and(|wins| wins > 0.0));
    assert!(feedback["speed"]["touch"].as_array().is_some_and(|cells| cells.len() > 4));
    assert!(feedback["came_back"]["n_again"].as_u64().is_some_and(|n| n > 100));
    assert!(
        ran.stdout.contains("the rules speak of `nede`, which is no criterion here; did you mean `need`?"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\"Decision maker\" of the rules is read as \"decision maker\""), "{}", ran.stdout);
    let sources = feedback["source_levels"].as_array().expect("levels");
    assert!(sources.iter().any(|level| level["criterion"] == "budget" && level["is_good"] == true), "{sources:?}");
}

#[test]
fn words_that_are_not_understood_are_counted_and_never_guessed() {
    let place = Place::new();
    let text = leads_csv(600).replace(",accepted,", ",acepted,");
    place.write("leads.csv", &text);
    let ran = place.run_well(&[&["feedback", "leads.csv"], &OPTIONS[..]].concat());
    assert!(ran.stdout.contains("did you mean accepted?"), "{}", ran.stdout);
    let feedback = place.json("bantam-out/feedback/feedback.json");
    assert_eq!(feedback["funnel"]["all"]["n_accepted"], 0);
    assert!(feedback["funnel"]["all"]["n_unsaid"].as_u64().is_some_and(|n| n > 300));
}

#[test]
fn without_dispositions_or_with_a_handful_of_leads_it_says_what_is_missing() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(12));
    let ran = place.run_well(&["feedback", "leads.csv", "--converted", "won"]);
    assert!(ran.stdout.contains("no column says what sales did"), "{}", ran.stdout);
    assert!(ran.stdout.contains("cannot be held against what converts"), "{}", ran.stdout);
}

#[test]
fn bad_rules_and_runs_are_refused_in_a_second() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(300));
    place.write("rules.csv", "criterion,points\nbudget,3\n");
    let refused = |more: &[&str]| place.run(&[&["feedback", "leads.csv"], &OPTIONS[..], more].concat());
    let ran = refused(&["--rules", "rules.csv"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("it has no column \"level\" in its first line (criterion,points)"), "{}", ran.stderr);
    assert_eq!(refused(&["--rules", "nowhere.csv"]).code, 3);
    let ran = refused(&["--run", "nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("holds no finished run"), "{}", ran.stderr);
    let ran = place.run(&["feedback", "leads.csv", "--converted", "won", "--reason", "whi"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("did you mean \"why\"?"), "{}", ran.stderr);
}
