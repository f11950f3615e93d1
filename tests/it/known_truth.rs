//! Leads whose truth is known: the card finds back what was put in.

use bantam::card::{Card, When};
use serde_json::Value;

use crate::place::Place;

#[test]
fn true_weights_are_found_within_their_error() {
    let place = Place::new();
    place.run_well(&["synth", "--leads", "16000", "--seed", "11", "--out", "truth", "--drift", "0"]);
    place.run_well(&[
        "calibrate",
        "truth/history.parquet",
        "--converted",
        "won",
        "--folds",
        "random:3",
        "--total",
        "200",
        "--quiet",
    ]);
    let card = Card::from_json(&place.read("bantam-out/current/card.json")).expect("reads back");
    let truth = place.json("truth/truth.json");
    let mut errors = Vec::new();
    for name in ["budget", "authority", "need", "timing"] {
        let true_weights = weights_of(&truth, name);
        let found: Vec<(f64, f64)> = (true_weights.iter())
            .map(|(level, weight)| (points_of(&card, name, level) / card.provenance.points_per_log_odds, *weight))
            .collect();
        // A card knows differences only: both are told against their own mean.
        let mean = |pick: fn(&(f64, f64)) -> f64| found.iter().map(pick).sum::<f64>() / found.len() as f64;
        let (mean_found, mean_true) = (mean(|pair| pair.0), mean(|pair| pair.1));
        for ((level, _), (found, weight)) in true_weights.iter().zip(&found) {
            errors.push((format!("{name} {level}"), (found - mean_found) - (weight - mean_true)));
        }
    }
    // About 13,500 labelled leads, the smallest level 12 % of them, 18 % converted: one over the root of
    // 13,500 * 0.12 * 0.18 * 0.82 is 0.065; levels lean on each other and on rounding to 1/15 of a log-odds, which makes
    // about 0.08. Four of these for the largest of fifteen errors, and their mean square within one and a half.
    for (level, error) in &errors {
        assert!(error.abs() < 0.32, "{level}: off by {error:.3}; all: {errors:.2?}");
    }
    let mean_square = errors.iter().map(|(_, error)| error * error).sum::<f64>() / errors.len() as f64;
    assert!(mean_square.sqrt() < 0.12, "{errors:.2?}");
}

#[test]
fn three_tables_and_folds_by_time_make_a_card_that_keeps_its_promise() {
    let place = Place::new();
    place.run_well(&["synth", "--leads", "6000", "--seed", "3", "--out", "three"]);
    place.run_well(&["calibrate", "three/bantam.toml", "--quiet"]);
    let metrics = place.json("bantam-out/current/metrics.json");
    assert!(
        metrics["folds_by"].as_str().is_some_and(|how| how.contains("periods in a row")),
        "{}",
        metrics["folds_by"]
    );
    for proof in metrics["as_of"].as_array().expect("one per criterion") {
        assert!(proof["latest_use_us"].as_i64().is_none_or(|latest| latest <= 0), "{proof}");
    }
    assert!(metrics["leads"]["n_immature"].as_u64().is_some_and(|n| n > 0));
    assert!(metrics["leads"]["n_untouched"].as_u64().is_some_and(|n| n > 0));
    let judged = &metrics["out_of_fold"];
    let ratio = judged["observed_over_expected"].as_f64().expect("a number");
    // About 600 conversions judged: one standard error of the ratio is 4 %, and months differ by season on top.
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
    let beats = judged["log_loss"].as_f64() < metrics["baseline_logistic"]["log_loss"].as_f64().map(|loss| loss + 0.01);
    assert!(beats, "{judged} against {}", metrics["baseline_logistic"]);
}

/// True log-odds of each named level of a text criterion.
fn weights_of(truth: &Value, name: &str) -> Vec<(String, f64)> {
    let criteria = truth["criteria"].as_array().expect("criteria");
    let criterion = criteria.iter().find(|criterion| criterion["name"] == name).expect("known");
    (criterion["effect"]["levels"].as_array().expect("levels").iter())
        .filter_map(|level| Some((level["level"].as_str()?.to_owned(), level["weight"].as_f64()?)))
        .collect()
}

fn points_of(card: &Card, name: &str, level: &str) -> f64 {
    let criterion = card.criteria.iter().find(|criterion| criterion.name == name).expect("on the card");
    let taken = criterion.levels.iter().find(|row| match &row.when {
        When::OneOf(texts) => texts.iter().any(|text| text == level),
        When::Else => true,
        When::Missing | When::Below(_) => false,
    });
    f64::from(taken.expect("a text criterion has an else").points)
}
