use super::*;
use crate::card::When;
use crate::card::tests::{card_of, criterion, example_card, level, one_of};
use crate::export::formula::tests::{file, file_names};

#[test]
fn an_admin_gets_a_guide_formulas_and_leads_to_import() {
    let export = export(&example_card()).expect("an export");
    assert_eq!(file_names(&export)[2..4], ["01-points_budget.txt", "02-points_clicks_30d.txt"]);
    insta::assert_snapshot!("dataverse_install", file(&export, "INSTALL.md"));
}

#[test]
fn formulas_are_what_dataverse_reads() {
    let made = export(&example_card()).expect("an export");
    assert_eq!(
        file(&made, "01-points_budget.txt"),
        "If(IsBlank(budget), 4,\nLen(budget) = 4 && \"none\" exactin budget, 0,\nLen(budget) = 7 && \"unknown\" exactin \
         budget, 0,\nLen(budget) = 8 && \"approved\" exactin budget, 30,\nLen(budget) = 18 && \"bewilligt für 2026\" exactin \
         budget, 30,\nbudget = \"bewilligt fu\u{308}r 2026\" && Len(budget) = 19 && \"bewilligt fu\u{308}r 2026\" exactin budget, 30,\n12)"
    );
    assert_eq!(
        file(&made, "02-points_clicks_30d.txt"),
        "If(IsBlank(clicks_30d), 2,\nclicks_30d < 1, 0,\nclicks_30d < 3.5, 8,\n20)"
    );
    assert_eq!(file(&made, "03-points_asked_for_demo.txt"), "If(IsBlank(asked_for_demo), 0,\nasked_for_demo, 10,\n1)");
    assert!(file(&made, "06-bantam_probability.txt").ends_with("06100\", 5 * (bantam_score - 0) + 1, 5)) / 10000"));
    assert_eq!(file(&made, "07-bantam_band.txt"), "If(bantam_score >= 32, \"hot\",\n\"reject\")");
}

#[test]
fn names_and_texts_are_quoted() {
    let names = ["Budget", "clicks_30d", "Größe (m²)", "it's", "In", "__proto__"].map(identifier);
    assert_eq!(names, ["Budget", "clicks_30d", "'Größe (m²)'", "'it''s'", "'In'", "'__proto__'"]);
    assert_eq!(literal("say \"yes\" \\"), "\"say \"\"yes\"\" \\\"");
}

#[test]
fn what_its_database_cannot_compare_is_refused() {
    let with = |texts: &[&str]| {
        let levels =
            vec![level(When::Missing, "missing", 1), level(one_of(texts), "listed", 5), level(When::Else, "x", 2)];
        export(&card_of(0, vec![criterion("topic", InputKind::Text, levels)]))
    };
    let refusal = |texts: &[&str]| with(texts).expect_err("refused").to_string();
    assert!(refusal(&["😀 ok"]).contains("which has a character (an emoji, say)"), "{}", refusal(&["😀 ok"]));
    assert!(refusal(&["a\u{200b}b"]).contains("without width"));
    with(&["預算已核准", "Größe", "50%_[x]"]).expect("an export");

    let texts: Vec<String> = (0..400).map(|n| format!("one of many answers, number {n:03}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let refused = refusal(&texts);
    assert!(refused.contains("formula columns would have to name one another, and 10 may"), "{refused}");
}

#[test]
fn the_band_asks_first() {
    let made = export(&Card { known_at_least: Some(6), ..example_card() }).expect("an export");
    assert_eq!(
        file(&made, "07-bantam_known.txt"),
        "If(IsBlank(budget), 0,\n30) + If(IsBlank(clicks_30d), 0,\n20) + If(IsBlank(asked_for_demo), 0,\n10) + \
         If(IsBlank(days_since_form), 0,\n5)"
    );
    assert_eq!(
        file(&made, "08-bantam_band.txt"),
        "If(bantam_known < 6, \"ask first\",\nIf(bantam_score >= 32, \"hot\",\n\"reject\"))"
    );
    assert!(file(&made, "golden.csv").contains(",ask first"));
}
