use super::*;
use crate::card::tests::{card_of, criterion, example_card, level, one_of};
use crate::card::{Band, When};
use crate::export::Layout;

/// A system with little room, for tests.
pub(in crate::export) const NARROW: System = System {
    target: "narrow",
    numbers: Numbers { places: 2, bound: 1_000.0 },
    max_text: 20,
    has_empty_booleans: true,
    max_chars: 60,
    max_bytes: usize::MAX,
    max_name: 40,
    name_ending: "",
    file_ending: "txt",
    unspeakable: |text| text.contains('~').then_some("a tilde"),
};

/// Spells formulas so that a test can read them.
struct Plain(System);

impl Language for Plain {
    fn system(&self) -> &System {
        &self.0
    }

    fn criterion(&self, input: &FormulaInput<'_>, missing: Option<i32>, rungs: &[Rung], otherwise: &str) -> String {
        let missing = missing.map(|points| format!("{} empty {points}; ", input.field));
        let rungs = rungs.iter().map(|rung| match &rung.test {
            Test::Below(edge) => format!("< {edge} {}; ", rung.points),
            Test::Is(text) => format!("{text} {}; ", rung.points),
            Test::IsTrue => format!("yes {}; ", rung.points),
        });
        missing.into_iter().chain(rungs).collect::<String>() + otherwise
    }

    fn probability(&self, _: &str, lowest: i32, basis_points: &[u32], above: Option<&str>) -> String {
        format!("from {lowest}: {} {}", basis_points.len(), above.unwrap_or("end"))
    }

    fn band(&self, score: &str, _: &Card) -> String {
        format!("band of {score}")
    }

    fn below(&self, field: &str, limit: i32, then: &str, otherwise: &str) -> String {
        format!("{field} < {limit} {then}, {otherwise}")
    }

    fn text(&self, text: &str) -> String {
        text.to_owned()
    }
}

fn fields(card: &Card, system: System) -> Result<Fields, ExportError> {
    let inputs = inputs_for(card, &system, |input| Some((input.column.clone(), false)));
    fields_of(card, &inputs, &Plain(system))
}

/// The text of one file of a folder.
pub(in crate::export) fn file(export: &Export, name: &str) -> String {
    let Layout::Folder(files) = &export.layout else { panic!("a folder") };
    let (_, bytes) = files.iter().find(|(path, _)| path == name).unwrap_or_else(|| panic!("no file {name}"));
    String::from_utf8(bytes.clone()).expect("text")
}

/// Names of the files of a folder.
pub(in crate::export) fn file_names(export: &Export) -> Vec<&str> {
    let Layout::Folder(files) = &export.layout else { panic!("a folder") };
    files.iter().map(|(path, _)| path.as_str()).collect()
}

#[test]
fn a_long_criterion_is_a_chain_of_fields_that_ends_in_the_whole() {
    let texts: Vec<String> = (0..12).map(|n| format!("answer {n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let levels =
        vec![level(When::Missing, "missing", 1), level(one_of(&texts), "listed", 5), level(When::Else, "x", 2)];
    let card = card_of(0, vec![criterion("topic", InputKind::Text, levels)]);
    let fields = fields(&card, NARROW).expect("fields");
    let formulas: Vec<(&str, &str)> =
        fields.fields.iter().map(|field| (field.name.as_str(), field.formula.as_str())).take(4).collect();
    assert_eq!(formulas[0].0, "points_topic_part_4", "{formulas:?}");
    let (first, formula) = formulas[3];
    assert_eq!((first, formula), ("points_topic", "topic empty 1; answer 0 5; answer 1 5; points_topic_part_2"));
    assert!(formulas.iter().all(|(_, formula)| formula.len() <= 60), "{formulas:?}");
    assert_eq!(fields.fields[fields.of_criteria[0]].label, "Points: topic, part 1");
    assert_eq!(fields.fields[fields.score].formula, "points_topic");
    assert_eq!(fields.depth(), 5, "three parts after the first, the score, the band");
}

#[test]
fn a_long_sum_is_a_sum_of_sums() {
    let criteria: Vec<_> = (0..9)
        .map(|n| {
            let levels = vec![level(When::Missing, "missing", 0), level(When::Else, "there", 1)];
            criterion(&format!("c{n}"), InputKind::Number, levels)
        })
        .collect();
    let fields = fields(&card_of(-3, criteria), NARROW).expect("fields");
    let formula =
        |name: &str| fields.fields.iter().find(|field| field.name == name).map(|field| field.formula.as_str());
    assert_eq!(formula("bantam_score_part_1"), Some("points_c0 + points_c1 + points_c2 + points_c3 + points_c4"));
    assert_eq!(formula("bantam_score"), Some("-3 + bantam_score_part_1 + bantam_score_part_2"));
}

#[test]
fn what_no_field_holds_is_left_out_and_what_no_formula_says_is_refused() {
    let with = |texts: &[&str]| {
        let levels =
            vec![level(When::Missing, "missing", 1), level(one_of(texts), "listed", 5), level(When::Else, "x", 2)];
        fields(&card_of(0, vec![criterion("topic", InputKind::Text, levels)]), NARROW)
    };
    let held = with(&["plain", "a text of more than twenty characters"]).expect("fields");
    assert_eq!(held.fields[0].formula, "topic empty 1; plain 5; 2");
    assert_eq!(
        held.notes,
        [
            "`topic` names a text of more than 20 characters (\"a text of more than twenty characters\"), which no field holds: \
             it is left out"
        ]
    );
    let refusal = |texts: &[&str]| with(texts).expect_err("refused").to_string();
    assert_eq!(
        refusal(&["a~b"]),
        "narrow cannot hold this card: criterion `topic` names the text \"a~b\", which has a tilde\n\
         hint: give the answer a plain text in the leads and calibrate again"
    );
    assert!(refusal(&["a\nb"]).contains("\"a\\nb\", which has a line break or another control character"));

    let mut card = example_card();
    card.bands.insert(0, Band { name: "hot\nest".to_owned(), from: Some(60) });
    let wide = System { max_chars: 5_000, ..NARROW };
    let refused = fields(&card, wide).expect_err("refused").to_string();
    assert!(refused.contains("the band \"hot\\nest\" has a line break"), "{refused}");
}

#[test]
fn edges_beyond_every_number_end_the_ladder() {
    let levels = vec![
        level(When::Missing, "missing", 1),
        level(When::Below(-1e9), "never", 2),
        level(When::Below(0.125), "small", 3),
        level(When::Below(1e9), "all others", 4),
        level(When::Else, "never either", 5),
    ];
    let mut notes = Vec::new();
    let ladder = ladder_of(&criterion("n", InputKind::Number, levels), &NARROW, &mut notes).expect("a ladder");
    let rung = Rung { test: Test::Below("0.13".to_owned()), points: 3 };
    assert_eq!(ladder, Ladder { missing: 1, rungs: vec![rung], otherwise: 4 });
}

#[test]
fn a_truth_value_has_one_test_whatever_the_levels_name() {
    let ladder = |texts: &[&str]| {
        let levels =
            vec![level(When::Missing, "missing", 1), level(one_of(texts), "listed", 5), level(When::Else, "x", 2)];
        ladder_of(&criterion("demo", InputKind::Boolean, levels), &NARROW, &mut Vec::new()).expect("a ladder")
    };
    let points = |ladder: Ladder| (ladder.rungs[0].points, ladder.otherwise);
    assert_eq!(points(ladder(&["true"])), (5, 2));
    assert_eq!(points(ladder(&["false"])), (2, 5));
    assert_eq!(points(ladder(&["false", "true"])), (5, 5));
}

#[test]
fn the_curve_is_read_in_steps_or_in_digits() {
    assert_eq!(
        steps_up(-2, &[100, 100, 250, 10_000]),
        [(Some(0), "0.0100".to_owned()), (Some(1), "0.0250".to_owned()), (None, "1.0000".to_owned())]
    );
    assert_eq!(curve_digits(&[0, 7, 10_000]), "000000000710000");
}

/// Budget, clicks, demo and days, where a lead has to be known to 6 of 65 points.
fn asking_card() -> Card {
    Card { known_at_least: Some(6), ..example_card() }
}

#[test]
fn what_is_known_is_one_sum_and_the_band_asks_first() {
    let card = asking_card();
    let found = fields(&card, System { max_chars: 200, ..NARROW }).expect("fields");
    let known = found.fields.iter().find(|field| field.name == "bantam_known").expect("the points known");
    assert_eq!(
        known.formula,
        "budget empty 0; 30 + clicks_30d empty 0; 20 + asked_for_demo empty 0; 10 + days_since_form empty 0; 5"
    );
    assert_eq!(found.fields[found.band].formula, "bantam_known < 6 ask first, band of bantam_score");
    let plain = fields(&Card { known_at_least: None, ..card }, System { max_chars: 200, ..NARROW }).expect("fields");
    assert_eq!(plain.fields.len() + 1, found.fields.len(), "one more field");
}

#[test]
fn a_long_sum_of_what_is_known_is_a_chain_and_a_long_criterion_a_field_of_its_own() {
    let found = fields(&asking_card(), NARROW).expect("fields");
    let formulas: Vec<(&str, &str)> = found
        .fields
        .iter()
        .filter(|field| field.name.contains("known"))
        .map(|field| (field.name.as_str(), field.formula.as_str()))
        .collect();
    assert!(formulas.iter().all(|(_, formula)| formula.len() <= 60), "{formulas:?}");
    assert!(formulas.contains(&("known_clicks_30d", "clicks_30d empty 0; 20")), "{formulas:?}");
    assert_eq!(formulas.last().map(|(name, _)| *name), Some("bantam_known"));
}

#[test]
fn made_up_leads_go_from_nothing_known_to_all_of_it() {
    let card = asking_card();
    let inputs = inputs_for(&card, &NARROW, |input| Some((input.column.clone(), false)));
    let (rows, _) = rows_held(&card, &inputs, &NARROW);
    let bands: Vec<&str> = rows.iter().take(4).map(|row| card.band_of_row(row)).collect();
    assert!(rows[0].inputs.values().all(serde_json::Value::is_null));
    assert_eq!(bands[0], "ask first");
    assert!(bands[1..].iter().all(|band| *band != "ask first"), "the budget alone is worth 30: {bands:?}");
    let checkboxes = System { has_empty_booleans: false, ..NARROW };
    let (rows, _) = rows_held(&card, &inputs, &checkboxes);
    assert_eq!(rows[0].inputs["asked_for_demo"], serde_json::Value::Bool(false), "never empty");
    let by_score = Card { known_at_least: None, ..card };
    let inputs = inputs_for(&by_score, &NARROW, |input| Some((input.column.clone(), false)));
    assert_eq!(rows_held(&by_score, &inputs, &NARROW).0.len() + 4, rows.len());
}

#[test]
fn a_system_without_room_says_which_fields_to_look_at() {
    let there = |name| {
        let levels = vec![level(When::Missing, "missing", 0), level(When::Else, "there", 1)];
        criterion(name, InputKind::Number, levels)
    };
    let plain = card_of(0, vec![there("a"), there("b")]);
    let card = Card { known_at_least: Some(1), ..plain.clone() };
    // Room for every formula but that of a band that asks first.
    let language = Plain(System { max_chars: 40, ..NARROW });
    let inputs = inputs_for(&card, language.system(), |input| Some((input.column.clone(), false)));
    fields_of(&plain, &inputs, &language).expect("room for bands by the score");
    let refused = fields_of(&card, &inputs, &language).expect_err("no room").to_string();
    assert!(refused.contains("the formula `Band` has 48 characters or more, and one may have 40"), "{refused}");
    let made = FormulaCard::new(&card, inputs, &language, &[]).expect("an export");
    let notes = made.fields.notes.join("\n");
    assert!(notes.starts_with("this export has no room for it and does not know `ask first`"), "{notes}");
    assert!(notes.ends_with("a field that is not empty is worth: `a` 1, `b` 1"), "{notes}");
    assert!(!made.golden.contains("ask first"));
}
