//! Grades, from the config to scores, exports and a recalibrated card.

use std::collections::BTreeMap;

use bantam::card::Card;
use bantam::score::Scorer;
use serde_json::Value;

use crate::place::{Place, leads_csv};

/// Made-up leads with a config that asks for grades.
fn place_with(grades: &str) -> Place {
    let place = Place::new();
    place.run_well(&["synth", "--leads", "4000", "--seed", "9", "--out", "made"]);
    let config = place.read("made/bantam.toml");
    place.write("made/grades.toml", &format!("{config}\n[grades]\n{grades}\n"));
    place
}

fn cells(grades: &Value) -> Vec<(&str, u64, u64)> {
    let count = |cell: &Value, key: &str| cell[key].as_u64().expect("a count");
    let cells = grades["cells"].as_array().expect("cells").iter();
    cells
        .map(|cell| (cell["grade"].as_str().expect("a name"), count(cell, "n_leads"), count(cell, "n_converted")))
        .collect()
}

#[test]
fn grades_reach_card_page_scores_and_exports() {
    let place = place_with("rows = \"BANT\"\ncolumns = \"engagement\"");
    let ran = place.run_well(&["calibrate", "made/grades.toml"]);
    assert!(ran.stdout.contains("Grades") && ran.stdout.contains("A1"), "{}", ran.stdout);
    let (metrics, card) = (place.json("bantam-out/current/metrics.json"), place.json("bantam-out/current/card.json"));
    assert_eq!(card["format"], 4);
    let grades = &metrics["grades"];
    assert_eq!(cells(&card["grades"]), cells(grades));
    // Every judged lead has a grade, and the grid orders them.
    let found = cells(grades);
    let names: Vec<&str> = found.iter().map(|cell| cell.0).collect();
    assert_eq!(names, ["A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3"]);
    assert_eq!(Some(found.iter().map(|cell| cell.1).sum::<u64>()), metrics["out_of_fold"]["n_leads"].as_u64());
    let conversion = |at: usize| found[at].2 as f64 / found[at].1 as f64;
    assert!(conversion(0) > conversion(4) && conversion(4) > conversion(8), "{found:?}");
    assert_eq!(grades["reversals"], serde_json::json!([]));
    let last = grades["up_to"].as_array().and_then(|up_to| up_to.last()).expect("all of them");
    assert_eq!(last["n_leads"], metrics["out_of_fold"]["n_leads"]);
    let notes = metrics["notes"].to_string();
    assert!(notes.contains("a grade knows `BANT` and `engagement` only"), "{notes}");
    assert!(place.read("bantam-out/current/card.txt").contains("\nGRADES\n"));
    assert!(place.read("bantam-out/current/report.html").contains("<h3>Grades</h3>"));
    place.run_well(&["score", "bantam-out/current/card.json", "made/history.parquet", "--out", "scores.parquet"]);
    place.run_well(&["export", "bantam-out/current/card.json", "--to", "python", "-o", "card.py"]);
    assert!(place.read("card.py").contains("\"grades\": {"));
    let ran = place.run_well(&["export", "bantam-out/current/card.json", "--to", "csv", "-o", "card.csv"]);
    assert!(ran.stderr.contains("the table has points and no grades"), "{}", ran.stderr);
}

#[test]
fn cuts_that_are_given_are_kept_and_groups_that_are_not_there_are_refused() {
    let place = place_with("rows = \"BANT\"\ncolumns = \"engagement\"\nrow_cuts = [30]\ncolumn_cuts = [15, 10, 5]");
    place.run_well(&["calibrate", "made/grades.toml"]);
    let card = place.json("bantam-out/current/card.json");
    assert_eq!(card["grades"]["rows"]["cuts"], serde_json::json!([30]));
    assert_eq!(card["grades"]["columns"]["cuts"], serde_json::json!([15, 10, 5]));
    assert_eq!(cells(&card["grades"]).len(), 8);
    let place = place_with("rows = \"bant\"\ncolumns = \"engagement\"");
    let ran = place.run(&["calibrate", "made/grades.toml"]);
    assert!(ran.stderr.contains("which is the group of no criterion; do you mean `BANT`?"), "{}", ran.stderr);
}

/// Held-out leads have the sub-scores of the card that ships in another order, so letters and numbers are as common as that card makes them.
#[test]
fn letters_and_numbers_are_as_common_as_on_the_card_that_ships() {
    let place = Place::new();
    let leads = leads_csv(1_500);
    place.write("leads.csv", &leads);
    let criterion = |name: &str, group: &str| format!("[[criterion]]\nname = \"{name}\"\ngroup = \"{group}\"\n");
    let criteria = [criterion("budget", "fit"), criterion("clicks", "engagement"), criterion("revenue", "engagement")];
    let config = format!(
        "[leads]\npath = \"leads.csv\"\nid = \"lead_id\"\n[outcome]\nconverted = \"won\"\n[folds]\nby = \"random\"\n{}\
         [grades]\nrows = \"fit\"\ncolumns = \"engagement\"\n",
        criteria.concat()
    );
    place.write("bantam.toml", &config);
    place.run_well(&["calibrate", "bantam.toml"]);
    let card = Card::from_json(&place.read("bantam-out/current/card.json")).expect("a card");
    let scorer = Scorer::new(&card).expect("a card that scores");
    let mut of_shipped = BTreeMap::<char, u64>::new();
    for line in leads.lines().skip(1) {
        let [_, budget, clicks, revenue, _] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let number = |text: &str| text.parse::<f64>().map_or(Value::Null, Value::from);
        let lead = serde_json::json!({ "budget": budget, "clicks": number(clicks), "revenue": number(revenue) });
        let scored = scorer.score_lead(lead.as_object().expect("an object")).expect("scored");
        let (sub_scores, grade) = scored.grade.expect("a grade");
        // No criterion is outside, and no points before the first answer.
        assert_eq!(sub_scores.iter().sum::<i32>(), scored.score - card.base_points);
        grade.chars().for_each(|sign| *of_shipped.entry(sign).or_default() += 1);
    }
    let mut of_held_out = BTreeMap::<char, u64>::new();
    for cell in &card.grades.as_ref().expect("grades").cells {
        cell.grade.chars().for_each(|sign| *of_held_out.entry(sign).or_default() += cell.n_leads);
    }
    of_held_out.retain(|_, n| *n > 0);
    assert_eq!(of_held_out, of_shipped);
    assert!(of_shipped.len() >= 4, "{of_shipped:?}");
}

#[test]
fn a_policy_by_grade_has_a_forecast_beside_those_by_score() {
    let place =
        place_with("rows = \"BANT\"\ncolumns = \"engagement\"\n[[policy]]\nname = \"fit first\"\ngrades = \"B2\"");
    let ran = place.run_well(&["calibrate", "made/grades.toml"]);
    assert!(ran.stdout.contains("fit first (grades A1 to B2): "), "{}", ran.stdout);
    let metrics = place.json("bantam-out/current/metrics.json");
    let policy = &metrics["grades"]["policies"][0];
    assert_eq!((&policy["policy"], &policy["grade"]), (&Value::from("fit first"), &Value::from("B2")));
    let figure = |key: &str, end: &str| policy[key][end].as_f64().expect(key);
    for key in ["leads", "wins", "conversion"] {
        let [low, expected, high] = ["low", "expected", "high"].map(|end| figure(key, end));
        assert!(0.0 < low && low < expected && expected < high, "{key}: {policy}");
    }
    // The share of the judged leads with these grades that converted, and of all leads about as many.
    let up_to = metrics["grades"]["up_to"].as_array().and_then(|up_to| up_to.get(4)).expect("B2");
    let count = |value: &Value| value.as_f64().expect("a count");
    let conversion = count(&up_to["n_converted"]) / count(&up_to["n_leads"]);
    assert!((figure("conversion", "low")..figure("conversion", "high")).contains(&conversion), "{conversion} {policy}");
    let share = count(&up_to["n_leads"]) / count(&metrics["out_of_fold"]["n_leads"]);
    let n_ahead = count(&metrics["forecast"]["leads_per"]) * 3.0;
    assert!((figure("leads", "expected") / n_ahead - share).abs() < 0.05, "{share} {policy}");
    assert_eq!(scenarios(&metrics), ["selective", "wide"], "lines by score are drawn as ever");
    assert!(place.read("bantam-out/current/report.html").contains("Policies by grade, average month ahead"));
    // A finished run keeps its counts by score.
    let ran = place.run_well(&["compare"]);
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("what goes by grade is not played again: see `fit first`"), "{said}");
    let ran = place.run(&["compare", "--policy", "fit first: grades B2"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("policy `fit first` chooses by grade, and a line is drawn by score"), "{}", ran.stderr);
}

#[test]
fn where_all_policies_go_by_grade_those_of_the_engine_stand_beside() {
    let place = place_with("rows = \"BANT\"\ncolumns = \"engagement\"");
    let by_score = place.read("made/grades.toml");
    let by_grade = by_score
        .replace("name = \"selective\"\ntop = \"50/month\"", "name = \"fit first\"\ngrades = \"A3\"")
        .replace("name = \"wide\"\ntop = \"100/month\"", "name = \"busy first\"\ngrades = \"C1\"");
    assert!(!by_grade.contains("top = "), "{by_grade}");
    place.write("made/grades.toml", &by_grade);
    place.run_well(&["calibrate", "made/grades.toml", "--quiet"]);
    let metrics = place.json("bantam-out/current/metrics.json");
    let last: Vec<&Value> =
        metrics["grades"]["policies"].as_array().into_iter().flatten().map(|policy| &policy["grade"]).collect();
    assert_eq!(last, ["A3", "C1"]);
    assert_eq!(scenarios(&metrics), ["selective", "wide"]);
    place.write("made/grades.toml", &by_grade.replace("\"A3\"", "\"D1\""));
    let ran = place.run(&["calibrate", "made/grades.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("and there are the grades A1 to C3"), "{}", ran.stderr);
}

/// Names of the policies by score.
fn scenarios(metrics: &Value) -> Vec<&str> {
    metrics["forecast"]["scenarios"].as_array().into_iter().flatten().filter_map(|one| one["policy"].as_str()).collect()
}
