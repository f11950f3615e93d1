//! The next quarter: the card in use beside the new one, as the command tells of them.

use serde_json::Value;

use crate::place::{Place, leads_csv};

/// A history and a card made from it.
fn place_with_card() -> Place {
    let place = Place::new();
    place.run_well(&["synth", "--leads", "4000", "--seed", "9", "--out", "made"]);
    place.run_well(&["calibrate", "made/bantam.toml", "--out", "first", "--quiet"]);
    std::fs::copy(place.path("first/current/card.json"), place.path("old.json")).expect("a card");
    place
}

/// The card, said to have learned from the leads of the time up to a day only.
fn learned_until(place: &Place, day: &str) {
    let mut card = place.json("old.json");
    card["provenance"]["last_as_of"] = Value::from(format!("{day}T00:00:00Z"));
    place.write("old.json", &card.to_string());
}

fn points(card: &Value) -> Vec<Vec<i64>> {
    let of = |criterion: &Value| {
        let levels = criterion["levels"].as_array().expect("levels");
        levels.iter().filter_map(|level| level["points"].as_i64()).collect()
    };
    card["criteria"].as_array().expect("criteria").iter().map(of).collect()
}

#[test]
fn the_same_leads_change_no_point_of_the_card_made_from_them() {
    let place = place_with_card();
    let ran = place.run_well(&["calibrate", "made/bantam.toml", "--champion", "old.json"]);
    assert!(ran.stdout.contains("Keep the card in use."), "{}", ran.stdout);
    let metrics = place.json("bantam-out/current/metrics.json");
    let champion = &metrics["champion"];
    assert_eq!((&champion["points_changed"], &champion["leads_changed"]), (&Value::from(0), &Value::from(0)));
    assert_eq!(points(&place.json("old.json")), points(&place.json("bantam-out/current/card.json")));
    // What each price would have cost in past periods; the chosen one is in force.
    let tried = champion["change_prices"].as_array().expect("prices");
    let chosen: Vec<&Value> = tried.iter().filter(|rung| rung["is_chosen"] == true).collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0]["change_price"], champion["change_price"]);
    let n_changed: Vec<f64> = tried.iter().filter_map(|rung| rung["rows_changed_per_period"].as_f64()).collect();
    assert!(n_changed[0] > n_changed[n_changed.len() - 1], "{n_changed:?}");
    // The champion is an input like the others.
    let manifest = place.json("bantam-out/current/MANIFEST.json");
    assert!(manifest.to_string().contains("old.json"), "{manifest}");
}

#[test]
fn what_came_since_decides_and_every_swapped_lead_is_counted() {
    let place = place_with_card();
    let until = place.json("old.json")["provenance"]["last_as_of"].as_str().expect("a moment")[..4].to_owned();
    learned_until(&place, &format!("{until}-01-01"));
    place.run_well(&["calibrate", "made/bantam.toml", "--champion", "old.json", "--change-price", "0", "--quiet"]);
    let metrics = place.json("bantam-out/current/metrics.json");
    let champion = &metrics["champion"];
    assert_eq!(champion["side_by_side"]["is_fresh"], true);
    for policy in champion["side_by_side"]["policies"].as_array().expect("policies") {
        let figure = |key: &str| policy[key].as_f64().unwrap_or_else(|| panic!("{key} of {policy}"));
        let (into, out) = (&policy["swapped_in"]["n_leads"], &policy["swapped_out"]["n_leads"]);
        let difference = into.as_f64().expect("leads") - out.as_f64().expect("leads");
        assert!(difference.abs() < 1e-6, "{policy}");
        let wins = figure("challenger_wins_per") - figure("champion_wins_per");
        assert!(figure("difference_low") <= wins && wins <= figure("difference_high"), "{policy}");
    }
    // A price of 0 leaves the new card as it would have been.
    assert_eq!(points(&place.json("first/current/card.json")), points(&place.json("bantam-out/current/card.json")));
    assert!(place.read("bantam-out/current/report.html").contains("Beside the card in use"));
}

#[test]
fn calibrate_and_monitor_give_one_advice_on_the_same_leads() {
    let place = place_with_card();
    let until = place.json("old.json")["provenance"]["last_as_of"].as_str().expect("a moment")[..4].to_owned();
    learned_until(&place, &format!("{until}-01-01"));
    // Odds three times those the card was made with: the curve has to move, and both say so.
    for (card, action) in [("old.json", None), ("low.json", Some("shift"))] {
        if action.is_some() {
            let mut low = place.json("old.json");
            for entry in low["curve"].as_array_mut().expect("a curve") {
                for key in ["probability_bp", "low_bp", "high_bp"] {
                    let odds = entry[key].as_f64().expect(key) / (1e4 - entry[key].as_f64().expect(key)) / 3.0;
                    entry[key] = Value::from(((1e4 * odds / (1.0 + odds)).round() as i64).clamp(1, 9999));
                }
            }
            place.write(card, &low.to_string());
        }
        place.run_well(&["calibrate", "made/bantam.toml", "--champion", card, "--quiet"]);
        let ran = place.run(&["monitor", card, "--config", "made/bantam.toml", "-o", "look", "--quiet"]);
        assert!(ran.code <= 1, "{}", ran.stderr);
        let calibrated = place.json("bantam-out/current/metrics.json")["champion"]["advice"].clone();
        let monitored = place.json("look/monitor.json")["advice"].clone();
        assert!(monitored["n_leads"].as_u64().expect("leads") > 300, "{monitored}");
        assert_eq!(calibrated, monitored);
        if let Some(action) = action {
            assert_eq!(monitored["action"], action);
        }
    }
}

#[test]
fn a_champion_whose_criteria_are_gone_is_refused_unless_that_is_allowed() {
    let place = Place::new();
    let with_all = leads_csv(1500);
    place.write("leads.csv", &with_all);
    place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--out", "first", "--quiet"]);
    std::fs::copy(place.path("first/current/card.json"), place.path("old.json")).expect("a card");
    let without: String = with_all
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("{},{},{},{}\n", fields[0], fields[2], fields[3], fields[4])
        })
        .collect();
    place.write("leads.csv", &without);
    let ran = place.run(&["calibrate", "leads.csv", "--converted", "won", "--champion", "old.json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
    insta::assert_snapshot!("champion_without_its_criterion", ran.stderr);
    let config = "[leads]\npath = \"leads.csv\"\n[outcome]\nconverted = \"won\"\n\
                  [champion]\ncard = \"old.json\"\nallow_missing = true\n";
    place.write("bantam.toml", config);
    place.run_well(&["calibrate", "bantam.toml", "--quiet"]);
    let metrics = place.json("bantam-out/current/metrics.json");
    assert!(metrics["notes"].to_string().contains("the champion took these as missing: `budget`"), "{metrics}");
}

#[test]
fn a_champion_that_is_no_card_is_refused() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(300));
    place.write("old.json", "{}");
    let ran = place.run(&["calibrate", "leads.csv", "--converted", "won", "--champion", "old.json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("old.json"), "{}", ran.stderr);
    let ran = place.run(&["calibrate", "leads.csv", "--converted", "won", "--change-price", "1"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("champion.card"), "{}", ran.stderr);
}
