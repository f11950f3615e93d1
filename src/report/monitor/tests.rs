//! The summary of a card in use, as a person reads it.

use super::*;
use crate::monitor::testing::World;
use crate::render::words::MAX_COLUMNS;
use unicode_width::UnicodeWidthStr;

fn plain(found: &Monitor) -> String {
    anstream::adapter::strip_str(&monitor_report(found)).to_string()
}

#[test]
fn a_card_that_holds() {
    insta::assert_snapshot!(plain(&World { n_young_days: 60, ..World::right() }.found()));
}

#[test]
fn a_card_that_does_not() {
    let world = World { odds: 0.5, per_day: 12, budget: vec![0.15, 0.2, 0.4, 0.25], ..World::right() };
    insta::assert_snapshot!(plain(&world.found()));
}

#[test]
fn no_line_is_wider_than_a_page_whatever_the_names() {
    let mut found = World { budget: vec![0.1, 0.1, 0.4, 0.4], ..World::right() }.found();
    found.drift.rows[1].name = "予算の承認状況".repeat(12);
    found.answers[0].criterion = "x".repeat(200);
    found.answers[0].unnamed[0].answer = "\u{1b}[31m".repeat(30);
    let text = plain(&found);
    assert!(text.lines().all(|line| line.width() <= MAX_COLUMNS), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn the_verdict_counts_what_could_be_judged() {
    assert_eq!(verdict(&World::right().found()), "The card still holds: no gate failed.");
    let young = World { n_young_days: 180, ..World::right() }.found();
    assert_eq!(
        verdict(&young),
        "Nothing speaks against the card so far: 3 of 5 gates could be judged, and none failed."
    );
    let few = World { n_days: 4, n_young_days: 4, ..World::right() }.found();
    assert_eq!(verdict(&few), "Too little is known to say whether the card still holds.");
}
