//! Bad input: one clear sentence each, with its exit code, and nothing lost.

use crate::place::{Place, leads_csv};

/// Runs `calibrate` on a CSV and keeps what it says.
#[track_caller]
fn assert_refused(name: &str, csv: &str, options: &[&str], code: i32) {
    let place = Place::new();
    place.write("leads.csv", csv);
    let arguments = [&["calibrate", "leads.csv"], options].concat();
    let ran = place.run(&arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    assert!(!place.path("bantam-out/current").exists(), "no run is left behind");
    insta::assert_snapshot!(name, ran.stderr);
}

fn with(n: usize, won: impl Fn(usize) -> &'static str) -> String {
    let mut text = "lead_id,clicks,won\n".to_owned();
    (0..n).for_each(|row| text += &format!("L{row},{},{}\n", row % 7, won(row)));
    text
}

#[test]
fn nobody_converted() {
    assert_refused("nobody_converted", &with(300, |_| "false"), &["--converted", "won"], 3);
}

#[test]
fn too_few_converted() {
    assert_refused(
        "too_few_converted",
        &with(300, |row| if row < 12 { "true" } else { "false" }),
        &["--converted", "won"],
        3,
    );
}

#[test]
fn no_rows() {
    assert_refused("no_rows", "lead_id,clicks,won\n", &["--converted", "won"], 3);
}

#[test]
fn a_misspelt_outcome() {
    assert_refused("a_misspelt_outcome", &leads_csv(300), &["--converted", "wonn"], 3);
}

#[test]
fn no_outcome_at_all() {
    assert_refused("no_outcome_at_all", &leads_csv(300).replacen("won", "answer", 1), &[], 2);
}

#[test]
fn an_outcome_among_stages() {
    let stages = ["Closed Won", "Closed Lost", "Proposal"];
    let csv = with(300, |row| stages[row % 3]).replacen("won", "Deal Stage", 1);
    assert_refused("an_outcome_among_stages", &csv, &[], 2);
}

#[test]
fn an_outcome_that_is_an_amount() {
    assert_refused("an_outcome_that_is_an_amount", &leads_csv(300), &["--converted", "clicks"], 3);
}

#[test]
fn an_outcome_of_many_words() {
    let stages = ["Won", "Lost", "Open"];
    assert_refused("an_outcome_of_many_words", &with(300, |row| stages[row % 3]), &["--converted", "won"], 3);
}

#[test]
fn a_value_that_never_occurs() {
    let stages = ["Won", "Lost"];
    let options = ["--converted", "won", "--converted-value", "Closed"];
    assert_refused("a_value_that_never_occurs", &with(300, |row| stages[row % 2]), &options, 3);
}

#[test]
fn nothing_but_constants() {
    let mut text = "lead_id,country,won\n".to_owned();
    (0..300).for_each(|row| text += &format!("L{row},DE,{}\n", row % 4 == 0));
    assert_refused("nothing_but_constants", &text, &["--converted", "won"], 3);
}

#[test]
fn folds_that_cannot_be() {
    assert_refused("folds_by_time_without_times", &leads_csv(300), &["--converted", "won", "--folds", "time"], 3);
    assert_refused("folds_misspelt", &leads_csv(300), &["--converted", "won", "--folds", "tiem"], 2);
}

#[test]
fn a_file_that_is_not_there() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(50));
    let ran = place.run(&["calibrate", "laeds.csv", "--converted", "won"]);
    assert_eq!(ran.code, 3);
    insta::assert_snapshot!("a_file_that_is_not_there", ran.stderr);
}

#[test]
fn an_output_folder_that_cannot_be_made() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(300));
    place.write("taken", "a file, not a folder");
    let ran = place.run(&["calibrate", "leads.csv", "--converted", "won", "--out", "taken"]);
    assert_eq!(ran.code, 4);
    insta::assert_snapshot!("an_output_folder_that_cannot_be_made", ran.stderr);
}

#[test]
fn a_misspelt_key() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(300));
    place.write("bantam.toml", "[leads]\npath = \"leads.csv\"\n[outcome]\nconvertd = \"won\"\n");
    let ran = place.run(&["calibrate", "bantam.toml"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!("a_misspelt_key", ran.stderr);
}

#[test]
fn odd_columns_are_told_apart_and_counted() {
    let place = Place::new();
    let mut text = "lead_id,clicks,country,nothing,remark,it's a name,closed_on,clicks_again,won\n".to_owned();
    for row in 0..400 {
        let won = (row * 7919) % 100 < 10 + 8 * (row % 7);
        let closed = if won { "2026-01-05" } else { "" };
        let quoted = ["\"a, b\"", "提案", "Ра", "inf"][row % 4];
        text += &format!(
            "L{row},{},DE,,\"called {row} times about the offer, will think it over and come back\",{quoted},{closed},{},{won}\n",
            row % 7,
            row % 7
        );
    }
    place.write("leads.csv", &text);
    let ran = place.run_well(&["check", "leads.csv", "--converted", "won"]);
    insta::assert_snapshot!("odd_columns", ran.stdout);
    place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--quiet"]);
    let metrics = place.json("bantam-out/current/metrics.json");
    assert_eq!(metrics["verdicts"].as_array().map(Vec::len), Some(9), "every column has a verdict");
}

#[test]
fn a_card_that_knows_nothing_is_kept_and_the_gate_fails() {
    let place = Place::new();
    let mut text = "lead_id,clicks,mood,won\n".to_owned();
    for row in 0..400_usize {
        // Digits far apart of one product: clicks and mood say nothing about won.
        let mixed = row.wrapping_mul(2_654_435_761) % 1_000_003;
        text +=
            &format!("L{row},{},{},{}\n", mixed % 13, ["low", "mid", "high"][(mixed / 13) % 3], (mixed / 977) % 5 == 0);
    }
    place.write("leads.csv", &text);
    let ran = place.run(&["calibrate", "leads.csv", "--converted", "won", "--quiet"]);
    assert!([1, 3].contains(&ran.code), "{}", ran.stderr);
    let said = ran.stderr.contains("does no better than promising every lead the overall rate")
        || ran.stderr.contains("the best card is an empty one");
    assert!(said, "{}", ran.stderr);
}
