use super::*;
use crate::card::tests::example_card;
use crate::export::formula::tests::{file, file_names};

fn formula(export: &Export, name: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(&file(export, name)).expect("JSON");
    body["calculationFormula"].as_str().expect("a text").to_owned()
}

#[test]
fn an_admin_gets_a_guide_bodies_and_contacts_to_import() {
    let export = export(&example_card()).expect("an export");
    assert_eq!(file_names(&export)[2..4], ["01-points_budget.json", "02-points_clicks_30d.json"]);
    insta::assert_snapshot!("hubspot_install", file(&export, "INSTALL.md"));
    insta::assert_snapshot!("hubspot_body", file(&export, "01-points_budget.json"));
}

#[test]
fn formulas_are_what_hubspot_reads() {
    let made = export(&example_card()).expect("an export");
    assert_eq!(
        formula(&made, "02-points_clicks_30d.json"),
        "if not is_present(clicks_30d) then 2\nelseif clicks_30d < 1 then 0\nelseif clicks_30d < 3.5 then 8\nelse 20"
    );
    assert_eq!(
        formula(&made, "03-points_asked_for_demo.json"),
        "if not is_present(bool(asked_for_demo)) then 0\nelseif bool(asked_for_demo) then 10\nelse 1"
    );
    let curve = formula(&made, "06-bantam_probability.json");
    assert!(curve.starts_with("if bantam_score < 1 then 0.0100\nelseif bantam_score < 2 then 0.01"), "{curve}");
    assert!(curve.ends_with("\nelse 0.6100"), "{curve}");
    assert_eq!(formula(&made, "07-bantam_band.json"), "if bantam_score >= 32 then 'hot'\nelse 'reject'");
}

#[test]
fn texts_are_written_in_the_quotes_they_do_not_have() {
    assert_eq!(literal("plain"), "'plain'");
    assert_eq!(literal("it's"), "\"it's\"");
    assert_eq!(literal("\"quoted\""), "'\"quoted\"'");
    assert_eq!(literal("it's \"quoted\" and 'more'"), "concatenate(\"it's \", '\"quoted\" and ', \"'more'\")");
    assert_eq!(literal(""), "''");
    assert!((HUBSPOT.unspeakable)("a\\b").is_some());
    assert!((HUBSPOT.unspeakable)(&"'\"".repeat(60)).is_some());
}

#[test]
fn a_negative_number_is_taken_from_zero() {
    assert_eq!(["-4", "4", "-3.5", "0"].map(signed), ["0 - 4", "4", "0 - 3.5", "0"]);
}

#[test]
fn words_of_the_language_are_no_properties() {
    let name =
        |column: &str| internal_name(&Input { column: column.to_owned(), kind: InputKind::Text, derivation: None });
    assert_eq!(name("budget"), Some(("budget".to_owned(), false)));
    for other in ["Budget", "if", "equals", "a b", "1a", "", "größe"] {
        assert_eq!(name(other), None, "{other}");
    }
}

#[test]
fn the_band_asks_first_and_every_known_part_is_a_property_of_its_own() {
    let made = export(&Card { known_at_least: Some(6), ..example_card() }).expect("an export");
    assert_eq!(formula(&made, "07-known_budget.json"), "if not is_present(string(budget)) then 0\nelse 30");
    assert_eq!(
        formula(&made, "11-bantam_known.json"),
        "known_budget + known_clicks_30d + known_asked_for_demo + known_days_since_form"
    );
    assert_eq!(
        formula(&made, "12-bantam_band.json"),
        "if bantam_known < 6 then 'ask first'\nelseif bantam_score >= 32 then 'hot'\nelse 'reject'"
    );
    assert!(file(&made, "golden.csv").contains(",ask first"));
}
