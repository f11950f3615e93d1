//! Summary, page and pictures of a card in use, as a person reads them.

use unicode_width::UnicodeWidthStr;

use super::chart::{drift::drift, evidence::evidence};
use super::testing::World;
use super::words::verdict;
use super::{Monitor, monitor_page, monitor_report};
use crate::notes::Note;
use crate::render::chart::CHART_CSS;
use crate::render::chart::xml::{HOSTILE, elements};
use crate::render::page::testing::{assert_sound, text_of};
use crate::render::words::MAX_COLUMNS;

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

/// A card that promises too much to other leads than before.
fn failing() -> Monitor {
    World { odds: 0.5, per_day: 12, budget: vec![0.15, 0.2, 0.4, 0.25], ..World::right() }.found()
}

#[test]
fn a_card_in_use_has_a_page_from_the_verdict_to_the_data() {
    let page = monitor_page(&failing());
    assert_sound(&page);
    insta::assert_snapshot!(text_of(&page));
}

#[test]
fn a_card_in_use_has_a_page_before_any_outcome_is_known_and_without_dates() {
    let page = monitor_page(&World { n_young_days: 180, ..World::right() }.found());
    assert_sound(&page);
    let text = text_of(&page);
    for said in
        ["Of none of these leads is the outcome known yet", "No outcome is known yet, so there is nothing to test."]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let mut undated = failing();
    undated.bands_by_month.clear();
    (undated.volume, undated.inflation, undated.card.last_as_of) = (None, None, None);
    (undated.leads.first_as_of, undated.leads.last_as_of) = (None, None);
    undated.at_threshold.clear();
    let page = monitor_page(&undated);
    assert_sound(&page);
    assert!(!page.contains("NaN"));
}

#[test]
fn every_text_from_the_data_is_escaped_on_the_page_of_a_card_in_use() {
    let mut found = failing();
    let evil = |text: &mut String| text.push_str("\"'</script></style><img src=x onerror=alert(1)><!--\u{202e}");
    evil(&mut found.card.engine);
    evil(&mut found.card.sha256);
    for row in &mut found.drift.rows {
        evil(&mut row.name);
        row.moved.iter_mut().for_each(|level| evil(&mut level.level));
    }
    for answers in &mut found.answers {
        evil(&mut answers.criterion);
        answers.unnamed.iter_mut().for_each(|answer| evil(&mut answer.answer));
    }
    for gate in &mut found.gates {
        evil(&mut gate.said);
        gate.advice.iter_mut().for_each(evil);
    }
    for threshold in &mut found.at_threshold {
        evil(&mut threshold.name);
        evil(&mut threshold.rule);
    }
    found.bands.iter_mut().chain(&mut found.bands_by_month).for_each(|band| evil(&mut band.band));
    found.volume.iter_mut().flat_map(|volume| &mut volume.rows).for_each(|row| evil(&mut row.policy));
    found.notes = vec![Note::new("leads", "a column")];
    found.notes.iter_mut().for_each(|note| evil(&mut note.text));
    let page = monitor_page(&found);
    assert_sound(&page);
    assert!(!page.contains("<img") && !page.contains('\u{202e}'));
    assert_eq!((page.matches("<script").count(), page.matches("<style").count()), (1, 1));
    assert!(page.matches("&lt;img src=x onerror=alert(1)&gt;").count() > 30);
}

#[test]
fn pictures_of_a_card_in_use_keep_the_same_rules() {
    let worlds = [
        World::right(),
        World { odds: 0.5, per_day: 12, budget: vec![0.15, 0.2, 0.4, 0.25], ..World::right() },
        World { n_days: 12, ..World::right() },
    ];
    for world in worlds {
        let mut found = world.found();
        found.drift.rows[2].name = HOSTILE.to_owned();
        for chart in [drift(&found), evidence(&found)].into_iter().flatten() {
            let elements = elements(&chart.to_svg_file()).expect(chart.name);
            assert!(!chart.to_svg_file().contains("var(") && !chart.svg.clone().into_string().contains("<script"));
            for element in &elements {
                if let Some(class) = element.attribute("class") {
                    assert!(CHART_CSS.contains(&format!(".{class}{{")), "{class}");
                }
                assert!(element.attributes.iter().all(|(_, value)| !value.contains("NaN")), "{element:?}");
            }
            let spec: serde_json::Value = serde_json::from_str(&chart.to_vega_file()).expect("JSON");
            assert_eq!(spec, chart.vega_lite);
            assert!(chart.svg.into_string().len() < 20_000, "{}", chart.name);
        }
    }
}
