use super::*;
use crate::card::tests::{card_of, criterion, example_card, level, one_of};
use crate::card::{Band, When};
use crate::export::Proof;
use crate::export::formula::tests::{file, file_names};
use crate::export::rename_columns;

fn renamed() -> Card {
    let names = [("budget", "TEXT(Budget__c)"), ("clicks_30d", "Clicks_30d__c"), ("asked_for_demo", "AskedForDemo")];
    let names = names.map(|(column, name)| (column.to_owned(), name.to_owned())).into_iter().collect();
    rename_columns(&example_card(), &names).expect("renamed")
}

#[test]
fn an_admin_gets_a_guide_formulas_and_leads_to_import() {
    let export = export(&renamed()).expect("an export");
    assert_eq!(
        file_names(&export),
        [
            "INSTALL.md",
            "golden.csv",
            "01-points_budget__c.txt",
            "02-points_clicks_30d__c.txt",
            "03-points_asked_for_demo__c.txt",
            "04-points_days_since_form__c.txt",
            "05-bantam_score__c.txt",
            "06-bantam_probability__c.txt",
            "07-bantam_band__c.txt",
        ]
    );
    insta::assert_snapshot!("salesforce_install", file(&export, "INSTALL.md"));
    assert!(matches!(export.proof, Proof::ByHand(_)));
}

#[test]
fn formulas_are_what_salesforce_reads() {
    let made = export(&renamed()).expect("an export");
    assert_eq!(
        file(&made, "01-points_budget__c.txt"),
        "IF(ISPICKVAL(Budget__c, \"\"), 4,\nCASE(Budget__c,\n\"none\", 0,\n\"unknown\", 0,\n\"approved\", 30,\n\"bewilligt für \
         2026\", 30,\n\"bewilligt fu\u{308}r 2026\", 30,\n12))"
    );
    assert_eq!(
        file(&made, "02-points_clicks_30d__c.txt"),
        "IF(ISBLANK(Clicks_30d__c), 2,\nIF(Clicks_30d__c < 1, 0,\nIF(Clicks_30d__c < 3.5, 8,\n20)))"
    );
    assert_eq!(file(&made, "03-points_asked_for_demo__c.txt"), "IF(AskedForDemo, 10,\n1)");
    assert_eq!(
        file(&made, "05-bantam_score__c.txt"),
        "points_budget__c + points_clicks_30d__c + points_asked_for_demo__c + points_days_since_form__c"
    );
    assert!(file(&made, "06-bantam_probability__c.txt").ends_with("06100\", 5 * (bantam_score__c) + 1, 5)) / 10000"));
    assert_eq!(file(&made, "07-bantam_band__c.txt"), "IF(bantam_score__c >= 32, \"hot\",\n\"reject\")");
    let golden = file(&made, "golden.csv");
    let head = golden.lines().next().expect("a head");
    assert!(
        head.starts_with("LastName,Company,Budget__c,Clicks_30d__c,AskedForDemo,lead_days_since_form__c,expected p"),
        "{head}"
    );
}

#[test]
fn several_bands_name_the_score_once() {
    let mut card = example_card();
    card.bands.insert(1, Band { name: "nurture \"soon\"".to_owned(), from: Some(30) });
    let formula = file(&export(&card).expect("an export"), "07-bantam_band__c.txt");
    let marks = format!("{}{}{}", "0".repeat(30), "22", "1".repeat(34));
    assert_eq!(
        formula,
        format!(
            "CASE(MID(\"{marks}\", bantam_score__c + 1, 1),\n\"1\", \"hot\",\n\"2\", \"nurture \\\"soon\\\"\",\n\"reject\")"
        )
    );
}

#[test]
fn a_size_that_cannot_compile_is_refused_and_one_that_may_not_is_said() {
    let criteria = |n: usize, texts: usize| {
        let long: Vec<String> = (0..texts).map(|n| format!("a rather long answer, number {n:03}")).collect();
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        let of = |n: usize| {
            let levels =
                vec![level(When::Missing, "missing", 0), level(one_of(&long), "listed", 1), level(When::Else, "x", 0)];
            criterion(&format!("c{n}"), InputKind::Text, levels)
        };
        card_of(0, (0..n).map(of).collect())
    };
    let refused = export(&criteria(9, 60)).expect_err("too large").to_string();
    assert!(refused.starts_with("salesforce cannot hold this card: `Score` has "), "{refused}");
    let warned = export(&criteria(9, 30)).expect("an export").notes;
    assert!(warned.iter().any(|note| note.contains("may compile to more than the 15000 bytes")), "{warned:?}");
    let quiet = export(&criteria(3, 3)).expect("an export").notes;
    assert!(!quiet.iter().any(|note| note.contains("may compile")), "{quiet:?}");
}

#[test]
fn names_of_fields_are_taken_as_they_are_and_others_made_up() {
    let name = |column: &str| {
        let input = Input { column: column.to_owned(), kind: InputKind::Text, derivation: None };
        api_name(&input)
    };
    for field in ["LeadSource", "Budget__c", "budget__c", "Account.Industry", "Region__r.Name"] {
        assert_eq!(name(field), Some((field.to_owned(), false)), "{field}");
    }
    assert_eq!(name("TEXT(Budget__c)"), Some(("Budget__c".to_owned(), true)));
    for other in ["budget", "a b__c", "", ".", "1__c", "x); DROP", "TEXT()", "Größe__c", "Account."] {
        assert_eq!(name(other), None, "{other}");
    }
    let note =
        export(&example_card()).expect("an export").notes.into_iter().find(|note| note.contains("--column budget"));
    assert_eq!(
        note.as_deref(),
        Some(
            "the card does not say what these fields are called: `lead_budget__c`, `lead_clicks_30d__c`, \
             `lead_asked_for_demo__c`, `lead_days_since_form__c`; say it with --column budget=Budget__c"
        )
    );
}

#[test]
fn quotes_and_backslashes_are_escaped() {
    assert_eq!(literal("it's \"quoted\" \\ back"), "\"it's \\\"quoted\\\" \\\\ back\"");
}

#[test]
fn the_band_asks_first() {
    let card = Card { known_at_least: Some(11), ..renamed() };
    let made = export(&card).expect("an export");
    assert_eq!(
        file(&made, "07-bantam_known__c.txt"),
        "IF(ISPICKVAL(Budget__c, \"\"), 0,\n30) + IF(ISBLANK(Clicks_30d__c), 0,\n20) + 10 + \
         IF(ISBLANK(lead_days_since_form__c), 0,\n5)"
    );
    assert_eq!(
        file(&made, "08-bantam_band__c.txt"),
        "IF(bantam_known__c < 11, \"ask first\",\nIF(bantam_score__c >= 32, \"hot\",\n\"reject\"))"
    );
    assert!(file(&made, "golden.csv").contains(",ask first"));
    assert!(made.notes.iter().any(|note| note.contains("an answer in a checkbox is always known")), "{:?}", made.notes);
}

#[test]
fn a_card_too_large_to_ask_first_says_so_and_is_exported() {
    let texts: Vec<String> = (0..70).map(|n| format!("a long answer of some person, number {n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let of = |name: &str| {
        let levels = vec![
            level(When::Missing, "missing", 0),
            level(one_of(&texts), "seen", 5),
            crate::card::Level { n_leads: 0, ..level(When::Else, "other", 0) },
        ];
        criterion(name, InputKind::Text, levels)
    };
    let card = card_of(0, vec![of("a"), of("b"), of("c")]);
    export(&card).expect("room for the points");
    let made = export(&Card { known_at_least: Some(6), ..card }).expect("an export");
    let note = made.notes.iter().find(|note| note.contains("ask first")).expect("a note");
    assert!(note.contains("this export has no room for it and does not know `ask first`"), "{note}");
    assert!(note.ends_with("a field that is not empty is worth: `a` 5, `b` 5, `c` 5"), "{note}");
    assert!(!file(&made, "golden.csv").contains("ask first"));
}
