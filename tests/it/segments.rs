//! Segments and compared groups, as the command tells of them.

use serde_json::Value;

use crate::place::Place;

/// Made-up leads with a config that has `[segments]` in it; the industry is no criterion by itself.
fn place_with(segments: &str) -> Place {
    let place = Place::new();
    place.run_well(&["synth", "--leads", "4000", "--seed", "9", "--out", "made"]);
    let config = place.read("made/bantam.toml");
    let without: String = config
        .split("\n\n")
        .filter(|block| !(block.contains("[[criterion]]") && block.contains("name = \"industry\"")))
        .collect::<Vec<_>>()
        .join("\n\n");
    place.write("made/segments.toml", &format!("{without}\n[segments]\n{segments}\n"));
    place
}

#[test]
fn a_run_with_segments_has_points_promises_and_hand_offs() {
    let place = place_with("offsets = true\nfairness = [\"region\", \"company_size\"]");
    let ran = place.run_well(&["calibrate", "made/segments.toml"]);
    assert!(ran.stdout.contains("Segments"), "{}", ran.stdout);
    let metrics = place.json("bantam-out/current/metrics.json");
    let segments = &metrics["segments"];
    assert_eq!(segments["column"], "industry");
    let judged = metrics["out_of_fold"]["n_leads"].as_u64();
    let sum =
        |rows: &Value| rows.as_array().map(|rows| rows.iter().filter_map(|row| row["n_leads"].as_u64()).sum::<u64>());
    assert_eq!(sum(&segments["reliability"]), judged);
    let columns = segments["fairness"].as_array().expect("columns");
    assert_eq!(columns.len(), 2);
    for column in columns {
        for policy in column["policies"].as_array().expect("policies") {
            assert_eq!(sum(&policy["groups"]), judged, "{policy}");
        }
    }
    // Numbers are compared by quarters.
    assert!((3..=5).contains(&columns[1]["policies"][0]["groups"].as_array().expect("groups").len()));
    // The segment is an ordinary criterion of the card, if it tells anything; the region is one by the config, which is said.
    let spread = metrics["settings"]["offset_spread"].as_f64().expect("segments borrow");
    assert!((0.0..1.5).contains(&spread), "{spread}");
    let notes = metrics["notes"].to_string();
    assert!(notes.contains("is compared in `segments.fairness` and gives points"), "{notes}");
    assert!(place.read("bantam-out/current/report.html").contains("Segments and fairness"));
    // The card scores leads without the config.
    place.run_well(&["score", "bantam-out/current/card.json", "made/history.parquet", "--out", "scores.parquet"]);
    // The monitor reads leads that need not have the compared columns.
    let checked = place.run_well(&["check", "made/segments.toml"]);
    assert!(
        checked.stdout.contains("segments.offsets") || checked.stdout.contains("segments.fairness"),
        "{}",
        checked.stdout
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let place = place_with("fairness = [\"regio\"]");
    let ran = place.run(&["calibrate", "made/segments.toml", "--quiet"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    insta::assert_snapshot!("no_such_column", ran.stderr);
    let place = place_with("offset = true");
    let ran = place.run(&["check", "made/segments.toml"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `offsets`?"), "{}", ran.stderr);
}
