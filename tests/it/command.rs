//! The command from end to end: run folder, summary, scoring, help.

use crate::place::{Place, leads_csv};

const FILES: [&str; 11] = [
    "MANIFEST.json",
    "card.json",
    "card.txt",
    "charts",
    "definition.html",
    "frontier.parquet",
    "histogram.parquet",
    "metrics.json",
    "out_of_fold.parquet",
    "report.html",
    "scorecard.xlsx",
];

#[test]
fn one_file_and_the_name_of_the_outcome_are_enough() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(1500));
    let ran = place.run_well(&["calibrate", "leads.csv", "--converted", "won"]);
    let mut files: Vec<String> = std::fs::read_dir(place.path("bantam-out/current"))
        .expect("a run")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, FILES);
    assert!(ran.stdout.starts_with("Hand over "), "the decision first: {}", ran.stdout);
    assert!(ran.stdout.contains("\nLearnt from 1,500 leads, of which "), "{}", ran.stdout);
    assert!(ran.stdout.contains("selective") && ran.stdout.contains("wide"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "", "progress is for terminals");
    let metrics = place.json("bantam-out/current/metrics.json");
    assert_eq!(metrics["n_leads"], 1500);
    for key in ["log_loss", "auc", "brier", "calibration_slope", "calibration_intercept", "observed_over_expected"] {
        assert!(metrics["out_of_fold"][key].is_f64(), "{key}");
    }
    assert_eq!(metrics["folds"].as_array().map(Vec::len), Some(5));
    assert_eq!(metrics["card"]["points_min"], 0);
    assert_eq!(metrics["card"]["points_max"], 100);
}

#[test]
fn points_set_by_hand_reach_card_metrics_and_summary_with_their_cost() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(1500));
    let toml = |level: &str, points: i64| {
        format!(
            "[leads]\npath = \"leads.csv\"\n[outcome]\nconverted = \"won\"\n[[override]]\ncriterion = \"budget\"\n\
             level = \"{level}\"\npoints = {points}\nauthor = \"Ann\"\nreason = \"agreed with sales\"\nuntil = \"2999-12-31\"\n"
        )
    };
    place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--out", "fitted", "--quiet"]);
    let card = place.json("fitted/current/card.json");
    let budget =
        &card["criteria"].as_array().expect("criteria").iter().find(|c| c["name"] == "budget").expect("budget");
    let best = budget["levels"].as_array().expect("levels").iter().max_by_key(|level| level["points"].as_i64());
    let best = best.expect("a level");
    let label = best["label"].as_str().expect("a label");
    let points = best["points"].as_i64().expect("points") - 12;

    place.write("bantam.toml", &toml(label, points));
    let ran = place.run_well(&["calibrate", "bantam.toml"]);
    assert!(ran.stdout.contains("Points set by hand, and what they cost"), "{}", ran.stdout);
    let by_hand = place.json("bantam-out/current/card.json");
    assert_eq!(by_hand["overrides"][0]["points"], points);
    assert_eq!(by_hand["overrides"][0]["fitted_points"], best["points"]);
    assert!(place.read("bantam-out/current/card.txt").contains("POINTS SET BY HAND"));
    let metrics = place.json("bantam-out/current/metrics.json");
    let overrides = &metrics["overrides"];
    assert_eq!(overrides["rows"][0]["author"], "Ann");
    // The best answer loses points that it earned: that has to hurt.
    let loss = |key: &str| overrides[key].as_f64().expect("a number");
    assert!(loss("log_loss") > loss("log_loss_fitted"), "{overrides}");
    // Everything else is measured on the card that ships.
    assert!((metrics["out_of_fold"]["log_loss"].as_f64().expect("a number") - loss("log_loss")).abs() < 1e-9);
    let fitted = place.json("fitted/current/metrics.json");
    assert!((fitted["out_of_fold"]["log_loss"].as_f64().expect("a number") - loss("log_loss_fitted")).abs() < 1e-9);

    place.write("bantam.toml", &toml("no such answer", 1));
    let ran = place.run(&["calibrate", "bantam.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("there is no level `no such answer`"), "{}", ran.stderr);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(900));
    for out in ["one", "two"] {
        place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--out", out, "--quiet"]);
    }
    for file in FILES.iter().filter(|file| !["metrics.json", "MANIFEST.json", "charts"].contains(file)) {
        let bytes = |out: &str| std::fs::read(place.path(&format!("{out}/current/{file}"))).expect("written");
        assert_eq!(bytes("one"), bytes("two"), "{file}");
    }
    let timeless = |out: &str| {
        let mut metrics = place.json(&format!("{out}/current/metrics.json"));
        metrics["seconds"] = serde_json::Value::Null;
        metrics
    };
    assert_eq!(timeless("one"), timeless("two"));
}

#[test]
fn the_settings_of_the_card_are_kept() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(1500));
    let calibrate = |options: &[&str]| {
        let arguments = [&["calibrate", "leads.csv", "--converted", "won", "--quiet"], options].concat();
        place.run_well(&arguments);
        (place.json("bantam-out/current/card.json"), place.json("bantam-out/current/metrics.json"))
    };
    let (_, metrics) = calibrate(&["--total", "200"]);
    assert_eq!((&metrics["card"]["points_min"], &metrics["card"]["points_max"]), (&0.into(), &200.into()));
    let (card, _) = calibrate(&["--max-criteria", "1"]);
    assert_eq!(card["criteria"].as_array().map(Vec::len), Some(1));
    let (_, metrics) = calibrate(&["--max-rows", "9"]);
    assert!(metrics["card"]["n_rows"].as_u64().is_some_and(|n_rows| n_rows <= 9), "{}", metrics["card"]);
    let (card, _) = calibrate(&["--range=-5,5"]);
    for criterion in card["criteria"].as_array().expect("criteria") {
        let points: Vec<i64> = criterion["levels"]
            .as_array()
            .expect("levels")
            .iter()
            .filter_map(|level| level["points"].as_i64())
            .collect();
        let (low, high) = (points.iter().min().expect("some"), points.iter().max().expect("some"));
        assert!(high - low <= 10, "{points:?}");
    }
    let (card, _) = calibrate(&["--size", "simple"]);
    assert!(card["golden"].as_array().is_some_and(|rows| !rows.is_empty()));
}

#[test]
fn points_to_double_the_odds_put_the_base_where_it_was_asked_for() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(1500));
    place.write(
        "bantam.toml",
        "[leads]\npath = \"leads.csv\"\n[outcome]\nconverted = \"won\"\n[points]\npdo = 20\nbase_points = 600\nbase_odds = 0.25\n",
    );
    place.run_well(&["calibrate", "bantam.toml", "--quiet"]);
    let card = place.json("bantam-out/current/card.json");
    let curve = card["curve"].as_array().expect("a curve");
    let at_600 = curve.iter().find(|entry| entry["score"] == 600).expect("600 can be reached");
    // Odds of 0.25 are a chance of 20 %; the curve from leads not seen may differ by its own interval.
    let (low, high) = (at_600["low_bp"].as_i64().expect("whole"), at_600["high_bp"].as_i64().expect("whole"));
    assert!(low <= 2100 && high >= 1900, "{at_600}");
    assert_eq!(card["provenance"]["points_per_log_odds"].as_f64().map(f64::round), Some(29.0)); // 20 / ln 2
}

#[test]
fn people_read_words_and_programs_names() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(1500));
    place.write(
        "bantam.toml",
        "[leads]\npath = \"leads.csv\"\n[outcome]\nconverted = \"won\"\n\
         [[criterion]]\nname = \"budget\"\nlabel = \"Money\"\nquestion = \"Is there money?\"\n\
         answers = { none = \"no money\", aproved = \"yes\" }\n\
         [[criterion]]\nname = \"clicks\"\nasked = false\n\
         [report]\ncompany = \"ACME & Sons\"\ntitle = \"Our leads\"\n",
    );
    let ran = place.run_well(&["calibrate", "bantam.toml"]);
    assert!(ran.stdout.starts_with("Our leads\nACME & Sons\n"), "{}", ran.stdout);
    assert!(place.read("bantam-out/current/metrics.json").contains("`answers` has words for \\\"aproved\\\""));
    let card = place.json("bantam-out/current/card.json");
    let criterion = |name: &str| {
        let criteria = card["criteria"].as_array().expect("criteria");
        criteria.iter().find(|criterion| criterion["name"] == name).expect(name)
    };
    assert_eq!((&criterion("budget")["label"], &criterion("clicks")["asked"]), (&"Money".into(), &false.into()));
    let text = place.read("bantam-out/current/card.txt");
    assert!(text.starts_with("Our leads\nACME & Sons\n\nCard: ") && text.contains("\n  Money "), "{text}");
    assert!(text.contains("no money"), "{text}");
    let page = place.read("bantam-out/current/definition.html");
    assert!(page.contains("ACME &amp; Sons") && page.contains("“Is there money?”"), "{page}");
    assert!(place.read("bantam-out/current/report.html").contains("<h1>Our leads</h1>"));
}

#[test]
fn a_scored_file_agrees_with_single_leads() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(900));
    place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--quiet"]);
    place.run_well(&["score", "bantam-out/current/card.json", "leads.csv", "-o", "scored.parquet"]);
    assert!(place.path("scored.parquet").exists());
}

#[test]
fn help_of_every_command() {
    let place = Place::new();
    insta::assert_snapshot!("help", place.run_well(&["--help"]).stdout);
    for command in ["init", "check", "calibrate", "score", "monitor", "feedback", "synth", "schema", "completions"] {
        insta::assert_snapshot!(format!("help_{command}"), place.run_well(&[command, "--help"]).stdout);
    }
}

#[test]
fn a_config_from_init_makes_the_same_card() {
    let place = Place::new();
    place.write("leads.csv", &leads_csv(900));
    let ran = place.run_well(&["check", "leads.csv"]);
    assert!(ran.stdout.contains("column \"won\" was taken for the outcome"), "{}", ran.stdout);
    place.run_well(&["init", "leads.csv"]);
    place.run_well(&["calibrate", "leads.csv", "--converted", "won", "--quiet", "--out", "zero"]);
    place.run_well(&["calibrate", "bantam.toml", "--quiet", "--out", "config"]);
    // The config gives criteria a heading by their names.
    let criteria = |out: &str| {
        let mut criteria = place.json(&format!("{out}/current/card.json"))["criteria"].clone();
        for criterion in criteria.as_array_mut().expect("a list") {
            criterion.as_object_mut().expect("a criterion").remove("group");
        }
        criteria
    };
    assert_eq!(criteria("zero"), criteria("config"));
}
