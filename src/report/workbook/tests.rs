//! What can be seen of the workbook without opening it; `tests/evaluators/test_workbook.py` opens and calculates it.

use super::*;
use crate::card::tests::{card_of, criterion, level, one_of};
use crate::card::{InputKind, When};
use crate::decide::forecast::record::Forecast;
use crate::notes::Note;
use crate::report::charts::testing::cases;
use crate::report::testing::{Company, company, graded, with_pair};

/// The workbook, written twice to the same bytes.
#[track_caller]
fn written(company: &Company) -> Vec<u8> {
    let bytes = workbook(&company.parts()).expect("a workbook");
    assert!(bytes == workbook(&company.parts()).expect("a workbook"), "two equal runs differ");
    bytes
}

/// Whether the archive has a member of this name: names are not compressed.
fn has_member(bytes: &[u8], name: &str) -> bool {
    bytes.windows(name.len()).any(|window| window == name.as_bytes())
}

#[test]
fn the_workbook_is_an_archive_with_nine_sheets_and_a_chart() {
    let bytes = written(&company());
    assert!(bytes.starts_with(b"PK\x03\x04"));
    for sheet in 1..=9 {
        assert!(has_member(&bytes, &format!("xl/worksheets/sheet{sheet}.xml")), "{sheet}");
    }
    assert!(!has_member(&bytes, "xl/worksheets/sheet10.xml"));
    assert!(has_member(&bytes, "xl/charts/chart1.xml"));
}

#[test]
fn a_card_with_a_pair_has_a_sheet_more() {
    let bytes = written(&with_pair(company()));
    assert!(has_member(&bytes, "xl/worksheets/sheet10.xml"));
    assert!(!has_member(&bytes, "xl/worksheets/sheet11.xml"));
}

#[test]
fn policies_by_grade_stand_below_the_grades() {
    let mut company = graded(company());
    let with_policy = written(&company);
    company.metrics.grades.as_mut().expect("grades").policies.clear();
    assert!(with_policy.len() > written(&company).len());
}

#[test]
fn it_does_not_depend_on_what_a_run_took_or_where_it_went() {
    let company = company();
    let here = workbook(&company.parts()).expect("a workbook");
    let there = workbook(&RunParts { folder: None, ..company.parts() }).expect("a workbook");
    assert!(here == there);
}

#[test]
fn every_made_up_company_has_one() {
    for (name, company) in cases() {
        assert!(!written(&company).is_empty(), "{name}");
    }
}

#[test]
fn a_run_with_nothing_to_compare_has_one() {
    let mut company = company();
    company.policies.clear();
    company.metrics.forecast = Forecast::default();
    company.metrics.bands.clear();
    company.metrics.notes.clear();
    written(&company);
}

#[test]
fn a_run_without_judged_leads_has_one_without_a_chart() {
    let mut company = company();
    company.policies.clear();
    company.frontier.rows.clear();
    (company.frontier.n_leads, company.frontier.n_converted) = (0, 0);
    assert!(!has_member(&written(&company), "xl/charts/chart1.xml"));
}

#[test]
fn names_that_excel_could_not_hold_are_cut() {
    let mut company = company();
    let long = "=cmd|' /C calc'!A0 ".repeat(2_200);
    assert!(long.len() > 40_000);
    company.metrics.notes.push(Note::new(&long, long.clone()));
    company.policies[0].name.clone_from(&long);
    company.metrics.forecast.scenarios[0].policy.clone_from(&long);
    company.metrics.forecast.pairs[0].a.clone_from(&long);
    company.card.criteria[0].name.clone_from(&long);
    company.card.criteria[0].group = Some(long.clone());
    company.card.criteria[0].levels[1].label.clone_from(&long);
    company.card.criteria[0].levels[1].when = one_of(&[&long, "<r>\u{1}</r>", "_x0041_"]);
    company.card.bands[0].name = "inf".to_owned();
    written(&company);
}

#[test]
fn a_card_too_wide_for_excel_is_refused() {
    let mut company = company();
    let narrow =
        || criterion("x", InputKind::Number, vec![level(When::Missing, "missing", 0), level(When::Else, "any", 1)]);
    company.card = card_of(0, vec![narrow()]);
    company.card.criteria = vec![narrow(); 8_300];
    let error = workbook(&company.parts()).expect_err("too wide").to_string();
    assert_eq!(
        error,
        "sheet `Leads` of the workbook does not fit into Excel: it goes on to row 1, column 16385, and Excel ends at row \
         1,048,576, column 16,384\nhint: a smaller card fits, for example with `points.size = \"simple\"`"
    );
}
