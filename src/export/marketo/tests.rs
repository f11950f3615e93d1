use super::*;
use crate::card::When;
use crate::card::tests::{card_of, criterion, example_card, level, one_of};
use crate::export::formula::tests::{file, file_names};

#[test]
fn an_admin_gets_a_sheet_to_print_and_files_to_import() {
    let export = export(&example_card()).expect("an export");
    assert_eq!(file_names(&export), ["BUILD.md", "choices.csv", "test-people.csv", "scores-template.csv"]);
    insta::assert_snapshot!("marketo_build", file(&export, "BUILD.md"));
    let choices = file(&export, "choices.csv");
    let lines: Vec<&str> = choices.lines().take(7).collect();
    assert_eq!(
        lines,
        [
            "step,action,sets,choice,field,operator,value,change",
            "1,Change Score,Bantam Score,default,,,,'=0",
            "2,Change Score,points of budget,1,budget,is empty,,'+4",
            r#"2,Change Score,points of budget,2,budget,is,"""none""",'+0"#,
            r#"2,Change Score,points of budget,2,budget,is,"""unknown""",'+0"#,
            r#"2,Change Score,points of budget,3,budget,is,"""approved""",'+30"#,
            r#"2,Change Score,points of budget,3,budget,is,"""bewilligt für 2026""",'+30"#,
        ]
    );
    assert!(
        file(&export, "scores-template.csv").starts_with("Email Address,Bantam Score,Bantam Probability,Bantam Band\n")
    );
}

#[test]
fn answers_that_differ_in_letters_alone_are_refused_where_their_points_differ() {
    let with = |points: i32| {
        let levels = vec![
            level(When::Missing, "missing", 0),
            level(one_of(&["Yes"]), "Yes", 3),
            level(one_of(&["yes"]), "yes", points),
            level(When::Else, "other", 1),
        ];
        export(&card_of(0, vec![criterion("demo", InputKind::Text, levels)]))
    };
    with(3).expect("an export");
    assert_eq!(
        with(4).expect_err("refused").to_string(),
        "marketo cannot hold this card: criterion `demo` gives \"Yes\" and \"yes\" different points, and Marketo takes one for \
         the other\nhint: write the answers in one way in the leads and calibrate again"
    );
}

#[test]
fn a_curve_of_many_steps_comes_with_the_import() {
    let note = |card: &Card| {
        let notes = export(card).expect("an export").notes;
        notes.into_iter().find(|note| note.contains("the probability has"))
    };
    assert_eq!(
        note(&example_card()).as_deref(),
        Some("the probability has 66 steps and is no step of the campaign: it comes with the imported scores")
    );
    let mut card = example_card();
    for entry in &mut card.curve {
        entry.probability_bp = if entry.score < 32 { 500 } else { 2_500 };
        (entry.low_bp, entry.high_bp) = (entry.probability_bp - 50, entry.probability_bp + 50);
    }
    assert_eq!(note(&card), None);
}

#[test]
fn the_band_asks_first_by_a_second_score() {
    let made = export(&Card { known_at_least: Some(11), ..example_card() }).expect("an export");
    let choices = file(&made, "choices.csv");
    for line in [
        "2,Change Score,Bantam Known,default,,,,'=0",
        "7,Change Score,known of budget,1,budget,is empty,,'+0",
        "7,Change Score,known of budget,default,budget,,,'+30",
        "9,Change Score,known of asked_for_demo,default,asked_for_demo,,,'+10",
        r#"11,Change Data Value,Bantam Band,1,Bantam Known,less than,"""11""",ask first"#,
        r#"11,Change Data Value,Bantam Band,2,Bantam Score,at least,"""32""",hot"#,
    ] {
        assert!(choices.lines().any(|one| one == line), "{line}: {choices}");
    }
    let sheet = file(&made, "BUILD.md");
    for said in [
        "| `Bantam Known` | Score |",
        "**Step 2 · Change Score** · `Bantam Known` · Change `=0`",
        "**Step 7 · Change Score** · `Bantam Known` · `known of budget`",
        "| 1 | `Bantam Known` | less than | `11` | `ask first` |",
    ] {
        assert!(sheet.contains(said), "{said}: {sheet}");
    }
    assert!(file(&made, "test-people.csv").contains(",ask first"));
}
