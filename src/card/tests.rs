//! Cards for tests, and what a score finds on one.

use super::*;

/// A level for tests: 100 leads, of which 10 converted.
pub(crate) fn level(when: When, label: &str, points: i32) -> Level {
    Level { when, label: label.to_owned(), words: None, points, n_leads: 100, n_converted: 10 }
}

/// A criterion on one plain column for tests.
pub(crate) fn criterion(name: &str, kind: InputKind, levels: Vec<Level>) -> Criterion {
    let input = Input { column: name.to_owned(), kind, derivation: None };
    Criterion::plain(name, vec![input], levels)
}

/// A one-of rule for tests.
pub(crate) fn one_of(texts: &[&str]) -> When {
    When::OneOf(texts.iter().map(|&text| text.to_owned()).collect())
}

/// Budget (text, 0..=30), clicks (number, 0..=20), demo (boolean, 0..=10) and days since the web form (derived, 0..=5).
pub(crate) fn example_criteria() -> Vec<Criterion> {
    let mut budget = criterion(
        "budget",
        InputKind::Text,
        vec![
            level(When::Missing, "missing", 4),
            level(one_of(&["none", "unknown"]), "none or unknown", 0),
            level(one_of(&["approved", "bewilligt für 2026"]), "approved", 30),
            level(When::Else, "other", 12),
        ],
    );
    budget.group = Some("BANT".to_owned());
    let clicks = criterion(
        "clicks_30d",
        InputKind::Number,
        vec![
            level(When::Missing, "missing", 2),
            level(When::Below(1.0), "below 1", 0),
            level(When::Below(3.5), "1 to 3.5", 8),
            level(When::Else, "3.5 and more", 20),
        ],
    );
    let demo = criterion(
        "asked_for_demo",
        InputKind::Boolean,
        vec![level(When::Missing, "missing", 0), level(one_of(&["true"]), "yes", 10), level(When::Else, "no", 1)],
    );
    let mut form = criterion(
        "days_since_form",
        InputKind::Number,
        vec![
            level(When::Missing, "missing", 0),
            level(When::Below(0.0), "after the hand-off", 1),
            level(When::Below(7.0), "within a week", 5),
            level(When::Else, "7 days and more", 0),
        ],
    );
    form.inputs[0].derivation = Some(Derivation::DaysBefore { column: "form_sent_at".to_owned() });
    vec![budget, clicks, demo, form]
}

/// A card around `criteria` that passes every check: a straight curve and two bands cut in the middle.
pub(crate) fn card_of(base_points: i32, criteria: Vec<Criterion>) -> Card {
    let golden = make_golden(base_points, &criteria);
    let mut card = Card {
        format: Card::format_of(&criteria, &BTreeMap::new(), None),
        base_points,
        criteria,
        curve: Vec::new(),
        thresholds: Vec::new(),
        bands: Vec::new(),
        known_at_least: None,
        grades: None,
        overrides: Vec::new(),
        text: TEXT_RULE.to_owned(),
        as_of_column: Some("handed_off_at".to_owned()),
        id_column: Some("lead_id".to_owned()),
        readings: BTreeMap::new(),
        provenance: Provenance {
            engine: "bantam 0.1.0".to_owned(),
            data_sha256: "0".repeat(64),
            config_sha256: "1".repeat(64),
            n_leads: 12_345,
            n_converted: 1_432,
            first_as_of: Some("2025-01-02T08:00:00Z".to_owned()),
            last_as_of: Some("2026-06-30T17:30:00Z".to_owned()),
            points_per_log_odds: 14.5,
            seed: 0,
            recalibrated: None,
        },
        golden,
    };
    let (lowest, highest) = card.score_range();
    let width = (highest - lowest).max(1);
    card.curve = (lowest..=highest)
        .map(|score| {
            let probability_bp = (100 + 6_000 * (score - lowest) / width) as u32;
            CurveEntry {
                score: score as i32,
                probability_bp,
                low_bp: probability_bp - 50,
                high_bp: probability_bp + 60,
                n_leads: 7,
            }
        })
        .collect();
    let middle = (lowest + width / 2) as i32;
    card.thresholds =
        vec![Threshold { name: "selective".to_owned(), rule: "top 50 a month".to_owned(), score: middle + 1 }];
    card.bands =
        vec![Band { name: "hot".to_owned(), from: Some(middle) }, Band { name: "reject".to_owned(), from: None }];
    card
}

/// A card over job titles: `role` is made of `job_title` by rules.
pub(crate) fn mapped_card() -> Card {
    let mut role = criterion(
        "role",
        InputKind::Text,
        vec![
            level(When::Missing, "missing", 3),
            level(one_of(&["executive"]), "executive", 20),
            level(one_of(&["head", "technical"]), "head, technical", 10),
            level(When::Else, "other", 0),
        ],
    );
    role.inputs[0].column = "job_title".to_owned();
    let rules = [("vp|vice president", "executive"), ("*leiter|*führer", "head"), ("engineer*|c#", "technical")];
    let rule = |(phrases, to): (&str, &str)| text_map::MapRule { phrases: phrases.to_owned(), to: to.to_owned() };
    role.map = Some(TextMap { rules: rules.map(rule).to_vec(), missing: vec!["N/A".to_owned()] });
    let mut criteria = vec![role];
    criteria.extend(example_criteria());
    card_of(0, criteria)
}

/// Budget by clicks: another look at the columns of [`example_criteria`], with words for "not known".
pub(crate) fn pair() -> Criterion {
    let [budget, clicks, ..] = &example_criteria()[..] else { panic!("four criteria") };
    let part = |when: When, label: &str| Part { when, label: label.to_owned() };
    let rows = vec![
        part(When::Missing, "missing"),
        part(one_of(&["n/a"]), "missing (n/a)"),
        part(one_of(&["approved", "bewilligt für 2026"]), "approved"),
        part(When::Else, "other"),
    ];
    let columns =
        vec![part(When::Missing, "missing"), part(When::Below(2.0), "below 2"), part(When::Else, "2 and more")];
    let axis = |criterion: &str, parts| Axis { criterion: criterion.to_owned(), map: None, parts };
    let levels = vec![
        level(When::Missing, "missing", 0),
        level(When::Cells(vec![[2, 2]]), "approved, with 2 clicks and more", 7),
        level(When::Cells(vec![[2, 1], [3, 1]]), "few clicks", -2),
        level(When::Else, "all else", 1),
    ];
    let inputs = vec![budget.inputs[0].clone(), clicks.inputs[0].clone()];
    let grid = Grid { rows: axis("budget", rows), columns: axis("clicks_30d", columns) };
    Criterion { grid: Some(grid), ..Criterion::plain("budget and clicks", inputs, levels) }
}

/// A pair of a column that no other criterion reads, made of job titles by rules, and a yes or no.
pub(crate) fn mapped_pair() -> Criterion {
    let [role, _, _, demo, _] = &mapped_card().criteria[..] else { panic!("five criteria") };
    let part = |when: When, label: &str| Part { when, label: label.to_owned() };
    let rows = Axis {
        criterion: "role".to_owned(),
        map: role.map.clone(),
        parts: vec![
            part(When::Missing, "missing"),
            part(one_of(&["executive", "head"]), "leads"),
            part(When::Else, "other"),
        ],
    };
    let columns = Axis {
        criterion: "asked_for_demo".to_owned(),
        map: None,
        parts: vec![part(When::Missing, "missing"), part(one_of(&["true"]), "yes"), part(When::Else, "no")],
    };
    let levels = vec![
        level(When::Missing, "missing", 0),
        level(When::Cells(vec![[1, 1], [2, 2]]), "leads who asked, or others who did not", 3),
        level(When::Else, "all else", 0),
    ];
    let inputs = vec![role.inputs[0].clone(), demo.inputs[0].clone()];
    Criterion { grid: Some(Grid { rows, columns }), ..Criterion::plain("role and demo", inputs, levels) }
}

/// The example card with two pairs, one of which looks at a column that nothing else looks at.
pub(crate) fn paired_card() -> Card {
    let mut criteria = example_criteria();
    criteria.extend([pair(), mapped_pair()]);
    card_of(0, criteria)
}

/// The example card with grades: budget by clicks and days since the web form, two by three.
pub(crate) fn graded_card() -> Card {
    let mut card = example_card();
    for at in [1, 3] {
        card.criteria[at].group = Some("engagement".to_owned());
    }
    let axis = |group: &str, cuts: &[i32]| GradeAxis { group: group.to_owned(), cuts: cuts.to_vec() };
    let cell = |grade: String| GradeCell { grade, n_leads: 100, n_converted: 10, low_bp: 700, high_bp: 1_300 };
    card.grades = Some(Grades {
        rows: axis("BANT", &[20]),
        columns: axis("engagement", &[20, 8]),
        cells: grade_names(2, 3).into_iter().map(cell).collect(),
    });
    card.format = card.own_format();
    card.golden = card.golden_rows();
    card
}

/// The card most tests use: scores 0..=65.
pub(crate) fn example_card() -> Card {
    card_of(0, example_criteria())
}

#[test]
fn a_score_finds_its_worth_and_its_band() {
    let card = example_card();
    assert_eq!(card.score_range(), (0, 65));
    assert_eq!(card.n_rows(), 15);
    assert_eq!(card.worth_of(0).map(|entry| entry.probability_bp), Some(100));
    assert_eq!(card.worth_of(65).map(|entry| entry.probability_bp), Some(6_100));
    assert_eq!(card.worth_of(66), None);
    assert_eq!(card.worth_of(-1), None);
    assert_eq!([31, 32].map(|score| card.bands[card.band_of(score)].name.clone()), ["reject", "hot"]);
}
