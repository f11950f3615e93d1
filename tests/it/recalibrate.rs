//! `bantam recalibrate` from end to end, and the cards that `monitor` and `calibrate --champion` write where they advise to keep a card
//! or to move what its scores are worth.

use serde_json::Value;

use crate::monitor::{CARD, HISTORY, LATER, OUTCOME, World, leads, place_with_card};
use crate::place::{Place, Ran};

/// A place with a card, and leads of which only 60 of 100 convert that would have.
fn place_with_fewer_wins() -> Place {
    let place = place_with_card();
    place.write("leads.csv", &leads(&[HISTORY, World { kept: 60, ..LATER }]));
    place
}

fn recalibrated(place: &Place, out: &str) -> Value {
    place.run_well(&[&["recalibrate", CARD, "leads.csv", "-o", out, "--quiet"], &OUTCOME[..]].concat());
    place.json(out)
}

/// Calibrates beside `old.json`, with the horizon that the other commands have.
fn with_champion(place: &Place, options: &[&str]) -> Ran {
    let config = "[leads]\npath = \"leads.csv\"\nas_of = \"handed_off_at\"\n\
                  [outcome]\nconverted = \"won\"\nhorizon = \"30d\"\n";
    place.write("bantam.toml", config);
    place.run(&[&["calibrate", "bantam.toml", "--champion", "old.json"], options].concat())
}

fn chances(card: &Value) -> Vec<u64> {
    card["curve"]
        .as_array()
        .expect("a curve")
        .iter()
        .map(|entry| entry["probability_bp"].as_u64().expect("bp"))
        .collect()
}

#[test]
fn the_points_stay_and_what_they_are_worth_follows_the_leads() {
    let place = place_with_fewer_wins();
    let old = place.json(CARD);
    let ran = place.run_well(&[&["recalibrate", CARD, "leads.csv", "-o", "new.json"], &OUTCOME[..]].concat());
    let new = place.json("new.json");
    for same in ["criteria", "golden", "base_points", "overrides", "known_at_least"] {
        assert_eq!(old[same], new[same], "{same}");
    }
    let (before, now) = (chances(&old), chances(&new));
    assert!(before.iter().zip(&now).all(|(before, now)| now < before), "{before:?} {now:?}");
    let names = |card: &Value, of: &str| -> Vec<String> {
        card[of].as_array().expect(of).iter().map(|one| one["name"].to_string()).collect()
    };
    assert_eq!(names(&old, "thresholds"), names(&new, "thresholds"));
    assert_eq!(names(&old, "bands"), names(&new, "bands"));
    let from = &new["provenance"]["recalibrated"];
    assert_eq!((&from["n_leads"], &from["points_until"]), (&2100.into(), &old["provenance"]["last_as_of"]));
    assert_eq!(new["provenance"]["n_leads"], old["provenance"]["n_leads"]);
    assert!(ran.stdout.starts_with("The same points, and what they are worth now\n"), "{}", ran.stdout);
    insta::assert_snapshot!("recalibrated", ran.stdout);
    // The same input gives the same bytes.
    recalibrated(&place, "again.json");
    assert_eq!(place.read("new.json"), place.read("again.json"));
}

#[test]
fn the_new_card_scores_is_exported_and_holds_on_the_leads_to_come() {
    let place = place_with_card();
    let fewer = |from: i64, n_days: i64| World { kept: 60, from, n_days, frozen: 0 };
    place.write("leads.csv", &leads(&[fewer(300, 240)]));
    place.write("next.csv", &leads(&[fewer(300, 480)]));
    recalibrated(&place, "new.json");
    place.run_well(&["score", "new.json", "leads.csv", "-o", "scored.parquet"]);
    place.run_well(&["export", "new.json", "--to", "python", "-o", "card.py"]);
    let later = |card: &str| place.run(&[&["monitor", card, "next.csv"], &OUTCOME[..]].concat());
    assert_eq!(later(CARD).code, 1);
    let ran = later("new.json");
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("Keep the card in use."), "{}", ran.stdout);
    // The leads that its curve was learnt from are no evidence about it.
    let found: Value = serde_json::from_str(
        &place.run(&[&["monitor", "new.json", "next.csv", "--format", "json"], &OUTCOME[..]].concat()).stdout,
    )
    .expect("JSON");
    assert_eq!(found["advice"]["n_leads"], 2400);
}

#[test]
fn calibrate_and_monitor_write_the_card_that_recalibrate_makes() {
    let place = place_with_fewer_wins();
    let made = recalibrated(&place, "new.json");
    std::fs::copy(place.path(CARD), place.path("old.json")).expect("a card");
    std::fs::create_dir(place.path("look")).expect("a folder");
    place.write("look/card.kept.json", "of an earlier look");
    let look = place.run(&[&["monitor", "old.json", "leads.csv", "-o", "look", "--quiet"], &OUTCOME[..]].concat());
    assert_eq!(look.code, 1, "{}", look.stderr);
    assert_eq!(place.json("look/monitor.json")["advised"]["file"], "card.shifted.json");
    assert_eq!(place.read("look/card.shifted.json"), place.read("new.json"));
    assert!(!place.path("look/card.kept.json").exists());
    let ran = with_champion(&place, &[]);
    assert!(ran.stdout.contains("card.shifted.json"), "{}", ran.stdout);
    let written = place.json("bantam-out/current/card.shifted.json");
    for same in ["criteria", "curve", "thresholds", "bands", "golden"] {
        assert_eq!(written[same], made[same], "{same}");
    }
    assert_eq!(written["provenance"]["recalibrated"], made["provenance"]["recalibrated"]);
    let champion = &place.json("bantam-out/current/metrics.json")["champion"];
    assert_eq!(
        (&champion["advice"]["action"], &champion["advised"]["file"]),
        (&"shift".into(), &"card.shifted.json".into())
    );
    assert!(place.read("bantam-out/current/report.html").contains("card.shifted.json"));
}

#[test]
fn a_card_that_is_kept_is_written_as_it_is() {
    let place = place_with_card();
    place.write("leads.csv", &leads(&[HISTORY, LATER]));
    std::fs::copy(place.path(CARD), place.path("old.json")).expect("a card");
    place.run_well(&[&["monitor", "old.json", "leads.csv", "-o", "look", "--quiet"], &OUTCOME[..]].concat());
    assert_eq!(place.read("look/card.kept.json"), place.read("old.json"));
    with_champion(&place, &["--quiet"]);
    assert_eq!(place.read("bantam-out/current/card.kept.json"), place.read("old.json"));
    assert_eq!(place.json("bantam-out/current/metrics.json")["champion"]["advised"]["file"], "card.kept.json");
}

#[test]
fn too_few_leads_and_the_card_itself_are_refused() {
    let place = place_with_card();
    place.write("few.csv", &leads(&[HISTORY, World { n_days: 35, ..LATER }]));
    let refused =
        |leads: &str, out: &str| place.run(&[&["recalibrate", CARD, leads, "-o", out], &OUTCOME[..]].concat());
    let ran = refused("few.csv", "new.json");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(!place.path("new.json").exists());
    insta::assert_snapshot!("recalibrate_on_too_few", ran.stderr);
    // Leads of its own history alone: none came since.
    place.write("old.csv", &leads(&[HISTORY]));
    let ran = refused("old.csv", "new.json");
    assert_eq!((ran.code, ran.stderr.contains("of 0 leads whose outcome")), (3, true), "{}", ran.stderr);
    let ran = place.run(&["recalibrate", CARD, "few.csv", "-o", "new.json"]);
    assert_eq!(
        (ran.code, ran.stderr.contains("hint: say what became of them with --converted")),
        (3, true),
        "{}",
        ran.stderr
    );
    let ran = refused("few.csv", CARD);
    assert_eq!((ran.code, ran.stderr.contains("is the card itself")), (2, true), "{}", ran.stderr);
}
