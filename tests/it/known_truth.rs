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

#[test]
fn young_leads_count_by_their_age_unless_the_config_leaves_them_out() {
    let place = Place::new();
    place.run_well(&["synth", "--leads", "6000", "--seed", "5", "--out", "ages"]);
    let config = place.read("ages/bantam.toml");
    place.write("ages/exclude.toml", &config.replace("horizon = ", "maturity = \"exclude\"\nhorizon = "));
    place.run_well(&["calibrate", "ages/bantam.toml", "--quiet", "--out", "model"]);
    place.run_well(&["calibrate", "ages/exclude.toml", "--quiet", "--out", "exclude"]);
    let (model, exclude) = (place.json("model/current/metrics.json"), place.json("exclude/current/metrics.json"));
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("a number: {value}"));

    let young = &model["maturity"];
    assert_eq!(
        (young["in_force"].as_str(), exclude["maturity"]["in_force"].as_str()),
        (Some("model"), Some("exclude"))
    );
    assert_eq!(young["n_open"], model["leads"]["n_immature"]);
    assert_eq!(young["seen"], exclude["maturity"]["seen"], "how long conversions take does not depend on the setting");
    // Half of the conversions come within exp(N^-1(0.9453 / 2)) of a log-normal around 25 days: 23.7 of them.
    assert!((18.0..30.0).contains(&number(&young["half_seen_days"])), "{young}");
    assert!(number(&young["n_open_expected"]) > number(&young["n_open_converted"]));
    assert!(exclude["maturity"]["n_open_expected"].is_null());
    // The made-up delays do not depend on the lead.
    assert_eq!(young["by_score"]["depends"], false, "{}", young["by_score"]);
    // The same leads are judged, and nothing measured rests on the young ones.
    for figure in ["n_leads", "n_converted"] {
        assert_eq!(model["out_of_fold"][figure], exclude["out_of_fold"][figure]);
    }
    let (with, without) = (number(&model["out_of_fold"]["log_loss"]), number(&exclude["out_of_fold"]["log_loss"]));
    assert!((with / without - 1.0).abs() < 0.03, "{with} {without}");

    let untouched = &model["untouched"];
    assert!(number(&untouched["n_untouched"]) > 0.0);
    for band in untouched["thresholds"].as_array().expect("thresholds") {
        let (half, same, double) = ("conversion_at_half_odds", "conversion_at_same_odds", "conversion_at_double_odds");
        assert!(number(&band[half]) <= number(&band[same]) && number(&band[same]) <= number(&band[double]), "{band}");
    }
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
        When::Missing | When::Below(_) | When::Cells(_) => false,
    });
    f64::from(taken.expect("a text criterion has an else").points)
}
