use super::*;
use crate::card::{Axis, Grid, Input, Part};
use crate::model::bins::cells::{CellColumn, CellMeaning};
use crate::model::levels::Spellings;
use crate::settings::{Trend, Wording};

/// Ten leads: four "none", three "asked", one "board", one missing, one "none" again; "none" never converts.
fn cells() -> CriterionCells {
    let names = ["asked", "board", "none"].map(str::to_owned).to_vec();
    let cells = vec![3, 3, 3, 3, 1, 1, 1, 2, 0, 3];
    CriterionCells {
        column: CellColumn { cells, meaning: CellMeaning::Levels { names } },
        order: Vec::new(),
        trend: Trend::Free,
        is_partially_pooled: false,
    }
}

const CONVERTED: [f64; 10] = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0];

fn input() -> Input {
    Input { column: "budget".to_owned(), kind: InputKind::Text, derivation: None }
}

/// missing 1, none and asked 4 together, other 7.
fn fitted() -> Vec<Criterion> {
    let level = |when, label: &str, points, n_leads, n_converted| Level {
        when,
        label: label.to_owned(),
        words: None,
        points,
        n_leads,
        n_converted,
    };
    let both = When::OneOf(vec!["none".to_owned(), "asked".to_owned()]);
    let levels = vec![
        level(When::Missing, "missing", 1, 1, 0),
        level(both, "none, asked", 4, 8, 2),
        level(When::Else, "other", 7, 1, 1),
    ];
    vec![Criterion::plain("budget", vec![input()], levels)]
}

fn wanted(criterion: &str, level: &str, points: i32, until: Option<&str>) -> OverrideConfig {
    OverrideConfig {
        criterion: criterion.to_owned(),
        level: level.to_owned(),
        points,
        author: "Ann".to_owned(),
        reason: "new price list".to_owned(),
        until: until.map(str::to_owned),
    }
}

fn put(criteria: &mut Vec<Criterion>, one: OverrideConfig) -> Result<Applied, OverrideError> {
    let spec = |name: &str| CriterionSpec {
        name: name.to_owned(),
        group: Some("BANT".to_owned()),
        wording: Wording::default(),
        input: input(),
        map: None,
        spellings: Spellings::default(),
    };
    let (budget, partner, cells) = (spec("budget"), spec("partner"), cells());
    let known = [(&budget, &cells), (&partner, &cells)];
    apply(&[one], criteria, &known, &CONVERTED, Some("2026-09-30".parse().expect("a day")))
}

fn rows(criterion: &Criterion) -> Vec<(&str, i32, u64, u64)> {
    criterion.levels.iter().map(|l| (l.label.as_str(), l.points, l.n_leads, l.n_converted)).collect()
}

#[test]
fn a_level_of_a_pair_gets_the_points_and_its_leads_move() {
    let part = |when: When, label: &str| Part { when, label: label.to_owned() };
    let none = When::OneOf(vec!["none".to_owned()]);
    let axis = || Axis {
        criterion: "budget".to_owned(),
        map: None,
        parts: vec![part(When::Missing, "missing"), part(none.clone(), "none"), part(When::Else, "other")],
    };
    let mut pair = fitted().remove(0);
    pair.name = "budget twice".to_owned();
    pair.inputs.push(input());
    pair.grid = Some(Grid { rows: axis(), columns: axis() });
    pair.levels[1].when = When::Cells(vec![[2, 2]]);
    let mut criteria = vec![pair];
    let applied = put(&mut criteria, wanted("budget twice", "none, asked", 9, None)).expect("there is such a level");
    assert_eq!(criteria[0].levels[1].points, 9);
    assert_eq!(applied.shifts, [[0, 0, 0, 0, 5, 5, 5, 5, 0, 0]], "neither missing nor \"none\"");
    assert_eq!((applied.overrides[0].points, applied.overrides[0].fitted_points), (9, 4));
    let refused = put(&mut criteria, wanted("budget twice", "asked", 9, None)).expect_err("an answer of one axis");
    assert_eq!(
        refused.to_string(),
        "override of `budget twice`: there is no level `asked`\nhint: its levels are `missing`, `none, asked` and `other`"
    );
}

#[test]
fn a_level_named_by_its_label_gets_the_points() {
    let mut criteria = fitted();
    let applied = put(&mut criteria, wanted("budget", "none, asked", 9, None)).expect("applied");
    assert_eq!(criteria[0].levels[1].points, 9);
    assert_eq!(applied.overrides[0].fitted_points, 4);
    assert_eq!(applied.shifts, [vec![5, 5, 5, 5, 5, 5, 5, 0, 0, 5]]);
    assert_eq!(
        applied.notes[0].text,
        "points set by hand: `budget`, `none, asked` has 9 instead of 4 (8 leads; by Ann): new price list"
    );
}

#[test]
fn one_answer_of_several_gets_a_level_of_its_own() {
    let mut criteria = fitted();
    let applied = put(&mut criteria, wanted("budget", " asked", 6, Some("2026-12-31"))).expect("applied");
    assert_eq!(rows(&criteria[0]), [("missing", 1, 1, 0), ("asked", 6, 3, 2), ("none", 4, 5, 0), ("other", 7, 1, 1)]);
    assert_eq!(applied.shifts, [vec![0, 0, 0, 0, 2, 2, 2, 0, 0, 0]]);
    assert_eq!(applied.overrides[0].until.as_deref(), Some("2026-12-31"));
}

#[test]
fn an_answer_too_rare_for_a_level_gets_one() {
    let mut criteria = fitted();
    let applied = put(&mut criteria, wanted("budget", "board", 20, None)).expect("applied");
    assert_eq!(rows(&criteria[0])[2..], [("board", 20, 1, 1), ("other", 7, 0, 0)]);
    assert_eq!(applied.shifts, [vec![0, 0, 0, 0, 0, 0, 0, 13, 0, 0]]);
}

#[test]
fn a_criterion_the_fit_left_out_comes_back_for_its_override() {
    let mut criteria = fitted();
    let applied = put(&mut criteria, wanted("partner", "asked", 5, None)).expect("applied");
    assert_eq!(rows(&criteria[1]), [("missing", 0, 1, 0), ("asked", 5, 3, 2), ("other", 0, 6, 1)]);
    assert_eq!(applied.shift_of(4), 5);
    assert_eq!(applied.shift_of(0), 0);
}

#[test]
fn an_override_that_has_ended_is_left_out_and_said() {
    let mut criteria = fitted();
    let applied = put(&mut criteria, wanted("budget", "asked", 6, Some("2026-06-30"))).expect("left out");
    assert_eq!(criteria, fitted());
    assert!(applied.overrides.is_empty());
    assert_eq!(
        applied.notes[0].text,
        "the override of `budget`, `asked` by Ann ended on 2026-06-30 and was left out: the data reach to 2026-09-30"
    );
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let refusal =
        |criterion, level| put(&mut fitted(), wanted(criterion, level, 1, None)).expect_err("refused").to_string();
    assert_eq!(refusal("bugdet", "none"), "override of `bugdet`: there is no such criterion\nhint: there is `budget`");
    assert_eq!(
        refusal("budget", "approved"),
        "override of `budget`: there is no level `approved`, and no lead gave that answer\n\
         hint: its levels are `missing`, `none, asked` and `other`"
    );
}

/// "Asked" is a way of writing "asked", and "-" says that nothing is known.
fn written() -> Spellings {
    use crate::data::columns::{Meaning, Texts, Written};
    let levels = ["-", "Asked", "asked", "board", "none"].map(str::to_owned).to_vec();
    let level = |name: &str| Meaning::Level(name.to_owned());
    let means = vec![Meaning::Missing, level("asked"), level("asked"), level("board"), level("none")];
    let positions = vec![4, 4, 4, 4, 2, 1, 2, 3, 0, 4];
    Spellings::of(Some(&Written { texts: Texts { positions, levels }, means }))
}

#[test]
fn any_spelling_names_the_answer_and_all_of_them_go_with_it() {
    let spec = CriterionSpec {
        name: "budget".to_owned(),
        group: None,
        wording: Wording {
            answers: [("none", "no money"), ("asked", "asked for it"), ("missing", "not known")]
                .map(|(answer, words)| (answer.to_owned(), words.to_owned()))
                .into(),
            ..Wording::default()
        },
        input: input(),
        map: None,
        spellings: written(),
    };
    let mut criteria = fitted();
    criteria[0].levels[1].when = When::OneOf(["none", "asked", "Asked"].map(str::to_owned).to_vec());
    spec.spellings.insert_missing_words(&mut criteria[0].levels, &CONVERTED);
    let cells = cells();
    let mut put = |level: &str, points| {
        let one = wanted("budget", level, points, None);
        apply(&[one], &mut criteria, &[(&spec, &cells)], &CONVERTED, None).expect("applied")
    };
    put("Asked", 6);
    let of_missing = put("-", 3);
    // Levels that an override makes or changes have their words.
    let shown: Vec<&str> = criteria[0].levels[2..4].iter().map(Level::shown).collect();
    assert_eq!(shown, ["asked for it", "no money"]);
    assert_eq!(of_missing.shifts[0][8], 2, "the lead without an answer");
    assert_eq!(rows(&criteria[0])[..2], [("missing", 3, 0, 0), ("missing (-)", 3, 1, 0)]);
    assert_eq!(rows(&criteria[0])[2..4], [("asked", 6, 3, 2), ("none", 4, 5, 0)]);
    assert_eq!(criteria[0].levels[2].when, When::OneOf(vec!["asked".to_owned(), "Asked".to_owned()]));
    assert_eq!(criteria[0].levels[3].when, When::OneOf(vec!["none".to_owned()]));
}
