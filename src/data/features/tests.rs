//! Each rule of plain criteria on tables small enough to check by eye.

use super::*;
use crate::card::When;
use crate::data::labels::{LabelledLeads, LeadIds};
use crate::data::table::{Column, Content, table};
use crate::settings::{Config, CriterionConfig, LeadsConfig, US_PER_DAY};

/// Leads 1 to `n`, handed off on day 100; `rows` of the table are labelled.
pub(super) fn leads(ids: &[i64], as_of_days: &[f64]) -> LabelledLeads {
    LabelledLeads {
        ids: LeadIds::Whole { column: "id".to_owned(), values: ids.to_vec() },
        rows: (0..ids.len() as u32).collect(),
        as_of: Some(as_of_days.iter().map(|&day| us(day)).collect()),
        converted: vec![false; ids.len()],
        ..LabelledLeads::default()
    }
}

pub(super) fn us(day: f64) -> i64 {
    (day * US_PER_DAY as f64) as i64
}

pub(super) fn times(name: &str, days: &[Option<f64>]) -> Column {
    Column::moments(name, days.iter().map(|day| day.map(us)))
}

pub(super) fn three() -> LabelledLeads {
    leads(&[1, 2, 3], &[100.0, 100.0, 100.0])
}

pub(super) fn wish(name: &str) -> CriterionConfig {
    CriterionConfig { name: name.to_owned(), ..CriterionConfig::default() }
}

pub(super) fn with_criteria(criterion: Vec<CriterionConfig>) -> Config {
    Config {
        leads: LeadsConfig { id: Some("id".to_owned()), as_of: Some("as_of".to_owned()), ..LeadsConfig::default() },
        criterion,
        ..Config::default()
    }
}

/// The criterion, derived from a table that is kept and from one that is given back: what both come to.
#[track_caller]
fn both_ways(leads: &Table, criterion: CriterionConfig) -> Result<Derived, DataError> {
    let (settings, labelled) = (with_criteria(vec![criterion]).unchecked(), three());
    let kept = derive(leads, None, &settings.criteria_rules(), labelled.identities(), &[]);
    let given_back = derive_last(leads.clone(), None, &settings.criteria_rules(), labelled.identities(), &[]);
    assert_eq!(format!("{given_back:?}"), format!("{kept:?}"));
    kept
}

#[track_caller]
fn derived(leads: &Table, criterion: CriterionConfig) -> (CriterionColumn, Vec<String>) {
    let derived = both_ways(leads, criterion).expect("a criterion");
    (derived.columns[0].clone(), derived.notes.into_iter().map(|note| note.text).collect())
}

#[track_caller]
fn refused(leads: &Table, criterion: CriterionConfig) -> String {
    both_ways(leads, criterion).expect_err("refused").to_string()
}

#[track_caller]
pub(super) fn assert_numbers(column: &CriterionColumn, expected: &[Option<f64>]) {
    let Values::Numbers(values) = &column.values else { panic!("{} is no number", column.name) };
    let seen: Vec<Option<f64>> = values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect();
    assert_eq!(seen, expected, "{}", column.name);
}

#[track_caller]
fn assert_texts(column: &CriterionColumn, levels: &[&str], positions: &[u32]) {
    let Values::Text { positions: seen, levels: names } = &column.values else { panic!("{} is no text", column.name) };
    assert_eq!(names, levels);
    assert_eq!(seen, positions);
}

// --- plain columns ---

#[test]
fn columns_that_are_given_back_make_the_same_criteria() {
    let leads = table!(
        "id" => [1, 2, 3],
        "whole" => [Some(4), None, Some(-2)],
        "number" => [Some(0.5), None, Some(f64::INFINITY)],
        "text" => [Some("b"), None, Some("a")],
        "flag" => [Some(true), None, Some(false)],
    );
    let twice = || CriterionConfig { column: Some("whole".to_owned()), ..wish("again") };
    let wishes = vec![wish("whole"), wish("number"), twice(), wish("text"), wish("flag")];
    let settings = with_criteria(wishes).unchecked();
    for rows in [vec![0, 1, 2], vec![0, 2], vec![2, 2, 0]] {
        let ids = vec![1; rows.len()];
        let labelled = LabelledLeads { rows, ..self::leads(&ids, &[100.0; 3][..ids.len()]) };
        let kept = derive(&leads, None, &settings.criteria_rules(), labelled.identities(), &[]);
        let given_back = derive_last(leads.clone(), None, &settings.criteria_rules(), labelled.identities(), &[]);
        assert_eq!(format!("{:?}", given_back.expect("criteria")), format!("{:?}", kept.expect("criteria")));
    }
}

#[test]
fn numbers_of_every_kind_are_floats_and_infinity_is_the_largest() {
    let leads = table!(
        "whole" => [Some(3_i32), None, Some(-1)],
        "float" => [f64::INFINITY, f64::NAN, 2.5],
        "huge" => [1_i64, (1 << 53) + 2, 3],
    );
    let (whole, notes) = derived(&leads, wish("whole"));
    assert_numbers(&whole, &[Some(3.0), None, Some(-1.0)]);
    assert_eq!((whole.input.kind, whole.input.column.as_str(), notes.len()), (InputKind::Number, "whole", 0));
    let (float, notes) = derived(&leads, wish("float"));
    assert_numbers(&float, &[Some(f64::MAX), None, Some(2.5)]);
    assert_eq!(notes, ["column \"float\": 1 infinite value taken as larger (or smaller) than every other"]);
    let (_, notes) = derived(&leads, wish("huge"));
    assert_eq!(
        notes,
        ["column \"huge\": 1 whole number beyond 2^53, rounded to the nearest that every scorer can hold"]
    );
}

#[test]
fn text_is_normalised_and_levels_of_other_leads_are_dropped() {
    let leads =
        table!("answer" => [Some(" Gro\u{308}ße"), Some(""), Some("購入"), Some("of a lead that is not labelled")]);
    let (answer, notes) = derived(&leads, wish("answer"));
    assert_texts(&answer, &["Größe", "購入"], &[0, MISSING_TEXT, 1]);
    assert!(notes.is_empty());
}

#[test]
fn answers_that_look_alike_are_one_level_and_said_once() {
    let leads = table!("answer" => ["Approved", "approved", "none"], "id" => [1, 2, 3]);
    let (answer, notes) = derived(&leads, wish("answer"));
    assert_texts(&answer, &["Approved", "none"], &[0, 0, 1]);
    assert_eq!(
        notes,
        [
            "column \"answer\": 1 spelling of 1 lead differs from a commoner spelling in nothing but capitals, blanks, dashes or \
             letters that look alike; one answer each: \"approved\" (1)"
        ]
    );
    // The commonest spelling in the table names the level, whichever leads are asked for.
    let leads = table!("answer" => ["Approved", "none", "none", "approved", "approved"]);
    assert_texts(&derived(&leads, wish("answer")).0, &["approved", "none"], &[0, 1, 1]);
}

#[test]
fn an_order_may_name_any_spelling() {
    let leads = table!("budget" => ["None given", "LOW", "low", "low"]);
    let (budget, notes) = derived(&leads, ordered(&["none given", "Low"]));
    assert_eq!(budget.order, ["None given", "low"]);
    assert_eq!(notes.len(), 1, "{notes:?}");
    let written = budget.written.expect("spellings");
    assert_eq!(written.texts.levels, ["LOW", "Low", "None given", "low", "none given"]);
}

#[test]
fn words_for_not_known_are_missing_unless_the_config_says_otherwise() {
    let leads = table!("budget" => ["Select", "-", "low"]);
    let (budget, notes) = derived(&leads, wish("budget"));
    assert_texts(&budget, &["low"], &[MISSING_TEXT, MISSING_TEXT, 0]);
    assert_eq!(
        notes,
        [
            "column \"budget\": \"-\" (1), \"Select\" (1) count as missing: no answer. To keep them, set `missing = []` under its \
             [[criterion]], or `leads.missing`"
        ]
    );
    let (kept, notes) = derived(&leads, CriterionConfig { missing: Some(Vec::new()), ..wish("budget") });
    assert_texts(&kept, &["-", "Select", "low"], &[1, 0, 2]);
    assert!(notes.is_empty(), "{notes:?}");
    let (own, _) = derived(&leads, CriterionConfig { missing: Some(vec!["low".to_owned()]), ..wish("budget") });
    assert_texts(&own, &["-", "Select"], &[1, 0, MISSING_TEXT]);
    // An order names answers.
    let (named, _) = derived(&leads, ordered(&["Select", "low"]));
    assert_texts(&named, &["Select", "low"], &[0, MISSING_TEXT, 1]);
}

#[test]
fn a_card_compares_what_was_written() {
    use crate::card::tests::{criterion, level, one_of};
    let leads = table!("budget" => ["Web", "web", "Select"]);
    let (budget, _) = derived(&leads, wish("budget"));
    let levels =
        vec![level(When::Missing, "missing", 1), level(one_of(&["web"]), "web", 5), level(When::Else, "other", 2)];
    assert_eq!(points_of(&criterion("budget", InputKind::Text, levels), &budget), [2, 5, 2]);
}

#[test]
fn leads_put_behind_bring_their_spellings() {
    let leads = table!("budget" => ["Web", "web", "Web", "-", "WEB", "Web"]);
    let (mut budget, _) = derived(&leads, wish("budget"));
    let others = LabelledLeads { rows: vec![3, 4, 5], ..three() };
    let config = with_criteria(vec![wish("budget")]).unchecked();
    let others = derive(&leads, None, &config.criteria_rules(), others.identities(), &[]).expect("a criterion");
    budget.extend(others.columns[0].clone());
    assert_texts(&budget, &["Web"], &[0, 0, 0, MISSING_TEXT, 0, 0]);
    let spellings = crate::model::levels::Spellings::of(budget.written.as_ref());
    assert_eq!(spellings.of_answer("Web"), ["Web", "WEB", "web"]);
    assert!(spellings.is_missing_word("-"));
}

#[test]
fn booleans_are_the_texts_false_and_true() {
    let leads = table!("opted_in" => [Some(true), None, Some(false)]);
    let (opted_in, _) = derived(&leads, wish("opted_in"));
    assert_texts(&opted_in, &["false", "true"], &[1, MISSING_TEXT, 0]);
    assert_eq!((opted_in.input.kind, opted_in.order.len()), (InputKind::Boolean, 0));
    let (with_trend, _) = derived(&leads, CriterionConfig { trend: Trend::Increasing, ..wish("opted_in") });
    assert_eq!(with_trend.order, ["false", "true"]);
}

#[test]
fn dates_are_whole_days_before_the_hand_off_and_later_ones_missing() {
    let leads = Table::new(vec![times("met", &[Some(97.5), Some(100.0), Some(100.5)])]).expect("a table");
    let config = with_criteria(vec![wish("met")]);
    let derived =
        derive(&leads, None, &config.unchecked().criteria_rules(), three().identities(), &[]).expect("a criterion");
    assert_numbers(&derived.columns[0], &[Some(2.0), Some(0.0), None]);
    assert_eq!(derived.columns[0].input.derivation, Some(Derivation::DaysBefore { column: "met".to_owned() }));
    assert_eq!(derived.proofs, [AsOfProof { criterion: "met".to_owned(), latest_use_us: Some(0) }]);
    assert_eq!(derived.notes[0].text, "column \"met\": 1 time after the hand-off, not known then; taken as missing");
}

#[test]
fn a_criterion_may_have_another_name_than_its_column() {
    let leads = table!("BUDGET_CD" => ["a", "b", "a"]);
    let wish =
        CriterionConfig { column: Some("BUDGET_CD".to_owned()), group: Some("BANT".to_owned()), ..wish("budget") };
    let (budget, _) = derived(&leads, wish);
    assert_eq!((budget.name.as_str(), budget.input.column.as_str()), ("budget", "BUDGET_CD"));
    assert_eq!(budget.group.as_deref(), Some("BANT"));
}

#[test]
fn a_missing_column_and_an_odd_type_name_the_criterion() {
    let leads = Table::new(vec![
        Column::new("budget", ["a", "b", "c"]),
        Column { name: "at".to_owned(), content: Content::Other { n_rows: 3, held: "times of day".to_owned() } },
    ])
    .expect("a table");
    assert_eq!(
        refused(&leads, wish("budgte")),
        "`criterion[budgte]` is \"budgte\", but the lead table has no such column\nhint: did you mean \"budget\"?"
    );
    assert_eq!(
        refused(&leads, wish("at")),
        "criterion `at`: column `at` holds times of day, which cannot be one\nhint: numbers, text, true/false and dates can"
    );
}

#[test]
fn without_criteria_every_column_that_passed_is_one() {
    let leads = table!("b" => [1, 2, 3], "a" => [1, 2, 3], "c" => [1, 1, 1]);
    let verdict = |column: &str, verdict: VerdictKind| Verdict {
        column: column.to_owned(),
        verdict,
        reason: "one value only".to_owned(),
    };
    let verdicts = [
        verdict("b", VerdictKind::Criterion),
        verdict("a", VerdictKind::Criterion),
        verdict("c", VerdictKind::Constant),
    ];
    let names = |config: &Config| -> Vec<String> {
        let derived = derive(&leads, None, &config.unchecked().criteria_rules(), three().identities(), &verdicts)
            .expect("criteria");
        derived.columns.into_iter().map(|column| column.name).collect()
    };
    assert_eq!(names(&with_criteria(Vec::new())), ["b", "a"], "in the order of the table");
    assert_eq!(names(&with_criteria(vec![wish("c"), wish("a")])), ["a"], "a constant tells nothing");
}

// --- orders and trends ---

fn ordered(order: &[&str]) -> CriterionConfig {
    CriterionConfig { order: order.iter().map(|level| (*level).to_owned()).collect(), ..wish("budget") }
}

#[test]
fn a_level_outside_the_order_is_answered_with_the_nearest() {
    let leads = table!("budget" => ["none", "aproved", "aproved"]);
    assert_eq!(
        refused(&leads, ordered(&["none", "requested", "approved"])),
        "criterion `budget`: 2 leads say \"aproved\" in column `budget`, which `order` does not name; did you mean \"approved\"?\n\
         hint: add it to `order`, or correct it in the data"
    );
}

#[test]
fn a_place_in_the_order_that_nobody_takes_is_said() {
    let leads = table!("budget" => ["none", "approved", "none"]);
    let (budget, notes) = derived(&leads, ordered(&["none", "requested", " approved"]));
    assert_eq!(budget.order, ["none", "requested", "approved"]);
    assert_eq!(notes, ["criterion `budget`: no lead says \"requested\""]);
}

#[test]
fn an_order_is_for_text() {
    let leads = table!("budget" => [1, 2, 3]);
    assert_eq!(
        refused(&leads, ordered(&["1", "2", "3"])),
        "criterion `budget`: `order` is for text, and column `budget` holds whole numbers\n\
         hint: leave `order` out; numbers and dates have one already"
    );
}

#[test]
fn a_trend_along_text_needs_its_order() {
    let leads = table!("budget" => ["none", "approved", "none"]);
    assert_eq!(
        refused(&leads, CriterionConfig { trend: Trend::Increasing, ..wish("budget") }),
        "criterion `budget`: its trend runs along an order, and column `budget` is text without one\n\
         hint: say the levels from lowest to highest in `order`, or leave `trend` out; there are \"approved\", \"none\""
    );
}

#[test]
fn values_of_other_leads_stand_behind_whatever_their_levels() {
    let text = |positions: &[u32], levels: &[&str]| {
        let levels = levels.iter().map(|&level| level.to_owned()).collect();
        CriterionColumn::plain("need", InputKind::Text, Values::Text { positions: positions.to_vec(), levels })
    };
    let mut column = text(&[1, MISSING_TEXT, 0], &["clear", "vague"]);
    column.extend(text(&[0, 2, MISSING_TEXT, 1], &["clear", "none", "urgent"]));
    let expected = text(&[3, MISSING_TEXT, 0, 0, 2, MISSING_TEXT, 1], &["clear", "none", "urgent", "vague"]);
    assert_eq!(column, expected);
    let mut numbers = CriterionColumn { values: Values::Numbers(vec![1.0]), ..text(&[], &[]) };
    numbers.extend(CriterionColumn { values: Values::Numbers(vec![0.5]), ..text(&[], &[]) });
    assert_eq!(numbers.values, Values::Numbers(vec![1.0, 0.5]));
}
