//! Rows that count for several leads: every figure is that of the row written as often.

use std::fmt::Write as _;

use serde_json::Value;

use crate::place::{Place, leads_csv};

/// The rows of [`leads_csv`]: all fields but the outcome, and the outcome.
fn rows(n: usize) -> Vec<(String, bool)> {
    let csv = leads_csv(n);
    let row = |line: &str| {
        let (fields, won) = line.rsplit_once(',').expect("an outcome");
        (fields.to_owned(), won == "true")
    };
    csv.lines().skip(1).map(row).collect()
}

/// Weights of 0 to 3 that have nothing to do with the answers.
fn weight_of(row: usize) -> usize {
    [1, 2, 1, 0, 3, 1, 1][row * 31 % 7]
}

/// A card from leads whose `person` says which rows belong together.
fn calibrate(csv: &str, outcome: &str, options: &str) -> Place {
    let place = Place::new();
    place.write("leads.csv", csv);
    let config = format!(
        "[leads]\npath = \"leads.csv\"\nid = \"row_id\"\ncontact = \"lead_id\"\n{options}\n[outcome]\nconverted = \"won\"\n{outcome}\n\
         [[criterion]]\nname = \"budget\"\n[[criterion]]\nname = \"clicks\"\n[[criterion]]\nname = \"revenue\"\n"
    );
    place.write("bantam.toml", &config);
    place.run_well(&["calibrate", "bantam.toml", "--quiet"]);
    place
}

/// Card, curve, frontier and figures; not what was read.
#[track_caller]
fn assert_same_results(one: &Place, two: &Place) {
    let card = |place: &Place| {
        let card = place.json("bantam-out/current/card.json");
        ["criteria", "curve", "bands", "thresholds"].map(|key| card[key].clone())
    };
    assert!(card(one) == card(two), "the cards differ");
    let figures = |place: &Place| {
        let metrics = place.json("bantam-out/current/metrics.json");
        let keys = ["n_leads", "n_converted", "leads", "out_of_fold", "folds", "at_threshold"];
        keys.map(|key| metrics[key].clone())
    };
    assert_eq!(figures(one), figures(two));
    let long = |place: &Place| {
        let metrics = place.json("bantam-out/current/metrics.json");
        ["reliability", "bands", "forecast", "ladder"].map(|key| metrics[key].clone())
    };
    assert!(long(one) == long(two), "reliability, bands, forecast or smaller cards differ");
}

fn note_of(place: &Place, stage: &str) -> Vec<String> {
    let metrics = place.json("bantam-out/current/metrics.json");
    let notes = metrics["notes"].as_array().expect("notes").iter().filter(|note| note["stage"] == stage);
    notes.map(|note| note["text"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn weight_2_is_the_row_twice_and_weight_0_is_no_row() {
    let header = "row_id,lead_id,budget,clicks,revenue,won";
    let (mut weighted, mut repeated, mut absent) =
        (format!("{header},n\n"), format!("{header}\n"), format!("{header},n\n"));
    for (at, (fields, won)) in rows(700).into_iter().enumerate() {
        let weight = weight_of(at);
        let line = format!("R{at},{fields},{won},{weight}\n");
        weighted += &line;
        absent += if weight > 0 { &line } else { "" };
        (0..weight).for_each(|copy| writeln!(repeated, "R{at}_{copy},{fields},{won}").expect("a string takes all"));
    }
    let by_weight = calibrate(&weighted, "", "weight = \"n\"");
    assert_same_results(&by_weight, &calibrate(&repeated, "", ""));
    assert_same_results(&by_weight, &calibrate(&absent, "", "weight = \"n\""));
    let weights = &by_weight.json("bantam-out/current/metrics.json")["weights"];
    assert_eq!(
        (&weights["column"], &weights["n_rows"], &weights["n_leads"], &weights["n_rows_of_weight_0"]),
        (&Value::from("n"), &Value::from(600), &Value::from(900), &Value::from(100))
    );
    assert_eq!(
        note_of(&by_weight, "weights")[..2],
        [
            "600 rows count as 900 leads by column \"n\" (`leads.weight`): a row of weight 2 is two leads in fit, figures, frontier and \
             volume. Weights are counts and are not rescaled",
            "100 rows left out because column \"n\" gives the weight 0"
        ]
    );
}

#[test]
fn half_of_two_leads_is_one_that_converted_and_one_that_did_not() {
    let header = "row_id,lead_id,budget,clicks,revenue,won";
    let (mut shares, mut split) = (format!("{header},n\n"), format!("{header}\n"));
    for (at, (fields, won)) in rows(700).into_iter().enumerate() {
        if at % 9 == 0 {
            writeln!(shares, "R{at},{fields},0.5,2").expect("a string takes all");
            writeln!(split, "R{at}a,{fields},1\nR{at}b,{fields},0").expect("a string takes all");
        } else {
            writeln!(shares, "R{at},{fields},{},1", u8::from(won)).expect("a string takes all");
            writeln!(split, "R{at},{fields},{}", u8::from(won)).expect("a string takes all");
        }
    }
    let by_share = calibrate(&shares, "shares = true", "weight = \"n\"");
    let by_row = calibrate(&split, "", "");
    let criteria = |place: &Place| place.json("bantam-out/current/card.json")["criteria"].clone();
    assert!(criteria(&by_share) == criteria(&by_row), "levels, points or counts differ");
    let figures = |place: &Place| place.json("bantam-out/current/metrics.json")["out_of_fold"].clone();
    let (by_share, by_row) = (figures(&by_share), figures(&by_row));
    assert_eq!((&by_share["n_leads"], &by_share["n_converted"]), (&by_row["n_leads"], &by_row["n_converted"]));
    // Leads with the same score on a fold's card are put in order by their names, which the two halves of a row share in one table
    // only: they may change places there by a point or two.
    let log_loss = |figures: &Value| figures["log_loss"].as_f64().expect("a number");
    assert!((log_loss(&by_share) - log_loss(&by_row)).abs() < 5e-4, "{by_share} {by_row}");
}

#[test]
fn weights_that_are_only_scaled_make_no_interval_narrower() {
    let csv = |weight: usize| {
        let mut csv = "row_id,lead_id,budget,clicks,revenue,won,n\n".to_owned();
        for (at, (fields, won)) in rows(700).into_iter().enumerate() {
            writeln!(csv, "R{at},{fields},{won},{weight}").expect("a string takes all");
        }
        csv
    };
    let figures = |place: &Place| {
        let metrics = place.json("bantam-out/current/metrics.json");
        let number = |value: &Value, key: &str| value[key].as_f64().expect("a number");
        let slope = |key: &str| number(&metrics["out_of_fold"], key);
        // Steeper slopes have wider intervals, and the cards differ a little: nine leads of a row tell the fit more than one.
        let of_slope = (slope("calibration_slope_high") - slope("calibration_slope_low")) / slope("calibration_slope");
        let band = &metrics["bands"][0];
        let (n, share) = (number(band, "n_leads"), number(band, "n_converted") / number(band, "n_leads"));
        // In units of the normal interval of so many leads on their own.
        let of_band = (number(band, "high") - number(band, "low")) / (2.0 * 1.645 * (share * (1.0 - share) / n).sqrt());
        (of_slope, of_band, number(&metrics["forecast"], "design_effect"))
    };
    let (once, scaled) = (calibrate(&csv(1), "", "weight = \"n\""), calibrate(&csv(9), "", "weight = \"n\""));
    let ((slope, band, alone), (slope_scaled, band_scaled, together)) = (figures(&once), figures(&scaled));
    assert!((alone - 1.0).abs() < 1e-9 && (together - 9.0).abs() < 1e-6, "{alone} {together}");
    assert!(slope_scaled > 0.9 * slope, "{slope_scaled} {slope}");
    // Three is the root of nine.
    assert!(band_scaled > 0.9 * 3.0 * band, "{band_scaled} {band}");
}

#[test]
fn a_weight_that_is_no_count_is_refused_with_its_row() {
    let place = Place::new();
    let mut csv = "lead_id,budget,clicks,revenue,won,n\n".to_owned();
    for (at, (fields, won)) in rows(300).into_iter().enumerate() {
        writeln!(csv, "{fields},{won},{}", if at == 16 { "-1" } else { "2" }).expect("a string takes all");
    }
    place.write("leads.csv", &csv);
    let ran = place.run(&["check", "leads.csv", "--converted", "won", "--weight", "n"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("\"-1\" in row 17 of column \"n\" (lead table) is a negative weight"),
        "{}",
        ran.stderr
    );
    let ran = place.run(&["check", "leads.csv", "--converted", "clicks", "--weight", "budget"]);
    assert!(ran.stderr.contains("`leads.weight` is \"budget\", and that column"), "{}", ran.stderr);
}

#[test]
fn a_column_called_weight_is_proposed_and_looked_at_until_it_is_named() {
    let place = Place::new();
    let mut csv = "lead_id,budget,clicks,revenue,won,weight\n".to_owned();
    for (at, (fields, won)) in rows(300).into_iter().enumerate() {
        writeln!(csv, "{fields},{won},{}", weight_of(at)).expect("a string takes all");
    }
    place.write("leads.csv", &csv);
    let check = |options: &[&str]| {
        let ran =
            place.run_well(&[&["check", "leads.csv", "--converted", "won", "--format", "json"], options].concat());
        serde_json::from_str::<Value>(&ran.stdout).expect("JSON")
    };
    let verdict = |found: &Value| {
        let columns = found["columns"].as_array().expect("columns");
        columns.iter().find(|column| column["column"] == "weight").expect("the weight")["verdict"].clone()
    };
    let proposed = check(&[]);
    assert_ne!(verdict(&proposed), "role");
    assert!(proposed["notes"].to_string().contains("may say for how many leads a row counts"), "{}", proposed["notes"]);
    let named = check(&["--weight", "weight"]);
    assert_eq!(verdict(&named), "role");
    assert!(!named["notes"].to_string().contains("may say for how many"));
}

#[test]
fn who_looks_at_hand_offs_sees_each_row_once_and_is_told() {
    let place = Place::new();
    let mut csv = "lead_id,budget,clicks,revenue,won,n\n".to_owned();
    rows(300).into_iter().for_each(|(fields, won)| writeln!(csv, "{fields},{won},2").expect("a string takes all"));
    place.write("leads.csv", &csv);
    let ran = place.run_well(&["feedback", "leads.csv", "--converted", "won", "--weight", "n"]);
    assert!(ran.stdout.starts_with("300 leads were handed to sales"), "{}", ran.stdout);
    assert!(ran.stdout.replace('\n', " ").contains("is not used here"), "{}", ran.stdout);
    let ran = place.run(&["feedback", "leads.csv", "--converted", "won", "--shares"]);
    assert!(ran.stderr.contains("every row is one hand-off with one outcome"), "{}", ran.stderr);
}
