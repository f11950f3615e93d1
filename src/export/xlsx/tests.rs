//! What can be seen of the workbook without opening it; `tests/evaluators/exports/test_xlsx.py` opens and calculates it.

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use super::*;
use crate::card::When;
use crate::card::tests::{card_of, criterion, example_card, example_criteria, level, one_of};
use crate::export::Layout;

/// The file, written twice to the same bytes.
#[track_caller]
fn written(card: &Card) -> Vec<u8> {
    let file = || match export(card).expect("a workbook").layout {
        Layout::File { bytes, companions } => {
            assert!(companions.is_empty());
            bytes
        }
        Layout::Folder(_) => panic!("one file"),
    };
    let bytes = file();
    assert!(bytes == file(), "two equal exports differ");
    bytes
}

#[test]
fn the_workbook_is_an_archive_with_five_sheets() {
    let bytes = written(&example_card());
    // Names in an archive are not compressed.
    let has = |name: &str| bytes.windows(name.len()).any(|window| window == name.as_bytes());
    assert!(has("xl/worksheets/sheet5.xml"));
    assert!(!has("xl/worksheets/sheet6.xml"));
}

#[test]
fn whoever_installs_it_is_told_what_a_spreadsheet_cannot_do() {
    let mut card = example_card();
    card.criteria[0].levels[1].when = one_of(&["K".repeat(40).as_str()]);
    let notes = notes_of(&card, 2).join("\n");
    for said in [
        "it has 1,000 rows",
        "no NaN and no infinity",
        "`days_since_form` is not made in the workbook but pasted: whole days from `form_sent_at` to the hand-off",
        "1 text of the card can be typed in more ways",
        "leaves out 2 made-up leads",
    ] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
    assert!(notes_of(&card_of(0, vec![text_criterion()]), 0).iter().all(|note| !note.contains("NaN")));
}

#[test]
fn made_up_leads_that_no_cell_can_hold_are_left_out_and_counted() {
    let zero =
        vec![level(When::Missing, "missing", 0), level(When::Below(0.0), "negative", 1), level(When::Else, "more", 2)];
    let card = card_of(0, vec![criterion("balance", InputKind::Number, zero)]);
    // One step below 0, one step above.
    assert_eq!(workbook(&card).expect("a workbook").1, 2);
    let card = card_of(0, vec![text_criterion()]);
    // A line break and a tab in one cell: a text of its own, and one around the card's.
    assert_eq!(workbook(&card).expect("a workbook").1, 2);
}

#[test]
fn a_card_too_wide_for_excel_is_refused() {
    let mut card = card_of(0, vec![text_criterion()]);
    card.criteria = vec![text_criterion(); 8_300];
    let error = export(&card).expect_err("too wide").to_string();
    assert!(error.starts_with("Excel cannot hold this card: sheet `Check` of the workbook does not fit"), "{error}");
    assert!(error.contains("\nhint: a smaller card fits"), "{error}");
}

#[test]
fn no_formula_is_longer_than_excel_takes() {
    let card = card_of(0, example_criteria());
    let (levels, _) = Levels::write(&card, &mut Workbook::new(), &Look::new()).expect("a sheet");
    for block in levels.blocks() {
        // References are at most this long: a column of three letters, a row of seven digits.
        let formula = block.at_line_of("$XFD$1048576", |line| format!("99999+{line}"));
        assert!(formula.len() < 4_000, "{}", formula.len());
    }
}

fn text_criterion() -> Criterion {
    let levels = vec![level(When::Missing, "missing", 0), level(one_of(&["a"]), "a", 1), level(When::Else, "other", 2)];
    criterion("grade", InputKind::Text, levels)
}

#[test]
fn the_line_of_an_answer_is_that_of_its_level() {
    let card = card_of(0, example_criteria());
    let (levels, _) = Levels::write(&card, &mut Workbook::new(), &Look::new()).expect("a sheet");
    let [budget, clicks, demo, _] = levels.blocks() else { panic!("four criteria") };
    let line = |block: &levels::Block, idx: usize, answer: Value| block.line_of(&card.criteria[idx], &answer);
    // missing, none, unknown, approved, "bewilligt für 2026", the same with its accent apart, other
    assert_eq!(line(budget, 0, json!(null)), Some(1));
    assert_eq!(line(budget, 0, json!(" unknown ")), Some(3));
    assert_eq!(line(budget, 0, json!("bewilligt fu\u{308}r 2026")), Some(6));
    assert_eq!(line(budget, 0, json!("Approved")), Some(7));
    assert_eq!(budget.level_of_line(7), Some(3));
    assert_eq!(line(clicks, 1, json!(3.5)), Some(4));
    assert_eq!(line(clicks, 1, json!("text")), None);
    assert_eq!(line(demo, 2, json!(true)), Some(2));
    assert_eq!(line(demo, 2, json!(false)), Some(3));
}

#[test]
fn formulas_hold_references_and_our_own_words() {
    let card = card_of(0, example_criteria());
    let (levels, _) = Levels::write(&card, &mut Workbook::new(), &Look::new()).expect("a sheet");
    let formula = levels.blocks()[1].at_line_of("B9", |line| format!("INDEX({},{line})", levels.blocks()[1].points()));
    let ink = "ISERROR(FIND(MID(B9&REPT(\" \",ROWS(places)),places,1),white_space))";
    let points = |line: &str| format!("INDEX(Levels!$D$13:$D$16,{line})");
    assert_eq!(
        formula,
        format!(
            "IF(ISERROR(B9),\"the answer is an error\",IF(B9=\"\",{missing},IF(ISLOGICAL(B9),\"not a number\",\
             IF(ISNUMBER(B9),{found},IF(SUMPRODUCT(MAX({ink}*places))=0,{missing},\"not a number\")))))",
            missing = points("1"),
            found = points("2+INDEX(FREQUENCY(Levels!$C$14:$C$15,B9),1)"),
        )
    );
}
