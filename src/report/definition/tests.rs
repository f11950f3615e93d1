//! The page as a whole: what it says, what it must not hold, how little it needs.

use super::definition;
use crate::calibrate::CardVerdict;
use crate::card::Override;
use crate::decide::forecast::record::{Forecast, ScenarioThreshold};
use crate::render::page::testing::{assert_sound, tags, text_of};
use crate::report::testing::{Company, company, with_pair, with_questions};
use crate::settings::ReportConfig;

/// The made-up company with a report, labels, a question, words, and points by hand; clicks are not asked.
fn agreed() -> Company {
    let mut company = with_questions(company());
    let text = |text: &str| Some(text.to_owned());
    company.metrics.report = ReportConfig {
        title: text("Leads for sales"),
        company: text("ACME"),
        period: text("July to September 2026"),
        author: text("Ann"),
        touch_within: text("2 working days"),
        review: text("2026-10-01"),
    };
    let [region, budget, clicks] = &mut company.card.criteria[..] else { panic!("three criteria") };
    region.label = text("Where they are");
    budget.question = text("Has money been set aside?");
    budget.levels[2].words = text("yes, approved");
    (clicks.label, clicks.asked) = (text("Clicks in 30 days"), Some(false));
    company.card.overrides = vec![Override {
        criterion: "budget".to_owned(),
        level: "approved".to_owned(),
        points: 40,
        fitted_points: 35,
        author: "Ann (sales)".to_owned(),
        reason: "new price list".to_owned(),
        until: text("2026-12-31"),
    }];
    company
}

#[test]
fn the_page_reads_from_the_rule_to_the_form() {
    let page = definition(&agreed().parts());
    assert_sound(&page);
    insta::assert_snapshot!(text_of(&page));
}

#[test]
fn a_pair_follows_the_questions_whose_answers_it_needs() {
    let page = definition(&with_pair(agreed()).parts());
    assert_sound(&page);
    let text = text_of(&page);
    for said in [
        "budget and clicks_30d: what they say together | caller | requested, with 7 or more | -4 to 5",
        "1 · “Has money been set aside?”",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let [question, pair] =
        ["“Has money been set aside?”", "budget and clicks_30d: what they say together"].map(|said| text.rfind(said));
    assert!(question < pair, "{text}");
}

#[test]
fn a_run_about_which_little_is_known_is_a_form_to_fill_in_by_hand() {
    let mut company = company().without_dates();
    company.metrics.forecast = Forecast { ahead: "next 1,000 leads".to_owned(), ..Forecast::default() };
    (company.metrics.data_until, company.metrics.horizon_days) = (None, None);
    let page = definition(&company.parts());
    assert_sound(&page);
    let text = text_of(&page);
    for said in [
        "Agreed by sales and marketing",
        "A lead goes to sales from ____",
        "It is won when it converts.",
        "Sales touches every lead that goes to it within | ____",
        "Marketing delivers, of 1,000 leads | ____",
        "Both look at it again on | ____",
        "No points are set by hand.",
        "No line is drawn",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(!page.contains("data-line"), "{text}");
    company.card.criteria.clear();
    assert_sound(&definition(&company.parts()));
}

#[test]
fn a_card_that_is_not_to_be_used_says_so_before_its_rule() {
    let mut company = agreed();
    company.metrics.out_of_fold.log_loss = 1.0;
    company.metrics.verdict = CardVerdict::on(&company.metrics);
    let text = text_of(&definition(&company.parts()));
    let warning = text.find("Do not use this card.").expect("a warning");
    assert!(warning < text.find("A lead goes to sales").expect("a rule"));
}

#[test]
fn what_is_asked_first_and_what_was_chosen_stand_in_the_rule() {
    let mut company = agreed();
    assert!(!text_of(&definition(&company.parts())).contains("Ask first"));
    company.card.known_at_least = Some(30);
    let recommended = company.metrics.forecast.recommended.as_mut().expect("one");
    (recommended.is_chosen, recommended.reason) = (true, "sales asked for fewer leads".to_owned());
    let text = text_of(&definition(&company.parts()));
    assert!(text.contains("This line is chosen: sales asked for fewer leads."), "{text}");
    assert!(
        text.contains("Ask first, whatever the score, where the answers that are known cover less than 30 of"),
        "{text}"
    );
}

#[test]
fn a_policy_with_a_line_per_team_has_the_line_ticked_first() {
    let mut company = agreed();
    company.metrics.forecast.recommended = None;
    let line = |team: &str, score: i32| ScenarioThreshold {
        group: Some(team.to_owned()),
        score,
        share_of_tied: 1.0,
        ..ScenarioThreshold::default()
    };
    company.metrics.forecast.scenarios[0].thresholds = vec![line("north", 41), line("south", 44)];
    let page = definition(&company.parts());
    assert_sound(&page);
    let text = text_of(&page);
    assert!(text.contains("A lead goes to sales from 41 points (north), 44 points (south)."), "{text}");
    assert!(text.contains("Stop when the sum is the line of the lead's group or more"), "{text}");
    let lines = tags(&page).into_iter().filter(|tag| tag.attribute("name") == Some("line"));
    assert_eq!(lines.map(|tag| tag.attribute("value").expect("a line")).collect::<Vec<_>>(), ["41", "44"]);
    assert!(!page.contains("data-line"));
}

#[test]
fn every_choice_can_be_ticked_once_and_knows_what_may_come() {
    let page = definition(&agreed().parts());
    let tags = tags(&page);
    let choices: Vec<_> = tags.iter().filter(|tag| tag.attribute("data-most").is_some()).collect();
    // Clicks are known, budget and region are asked, the one that wins more first.
    let most: Vec<_> = choices.iter().filter_map(|tag| tag.attribute("data-most")).collect();
    assert_eq!(most, ["30", "40", "10"]);
    let form = tags.iter().find(|tag| tag.attribute("data-base").is_some()).expect("the form");
    assert_eq!((form.attribute("data-base"), form.attribute("data-line")), (Some("0"), Some("40")));
    for choice in choices {
        let name = choice.attribute("aria-labelledby");
        assert!(tags.iter().filter(|tag| tag.attribute("name") == name).count() > 1, "{name:?}");
    }
}

#[test]
fn every_text_from_the_data_is_escaped() {
    let mut company = agreed();
    let evil = |text: &mut String| text.push_str("\"'</script></style><img src=x onerror=alert(1)><!--\u{202e}");
    let card = &mut company.card;
    evil(&mut card.provenance.engine);
    for criterion in &mut card.criteria {
        evil(&mut criterion.name);
        criterion.label.iter_mut().for_each(evil);
        criterion.question.iter_mut().for_each(evil);
        for level in &mut criterion.levels {
            level.label.insert_str(0, "<img>");
            level.words.iter_mut().for_each(|words| words.insert_str(0, "<img>"));
        }
    }
    for one in &mut card.overrides {
        [&mut one.criterion, &mut one.level, &mut one.author, &mut one.reason].into_iter().for_each(evil);
    }
    let report = &mut company.metrics.report;
    let texts =
        [&mut report.title, &mut report.company, &mut report.period, &mut report.author, &mut report.touch_within];
    texts.into_iter().flatten().for_each(evil);
    company.metrics.forecast.recommended = None;
    for line in &mut company.metrics.forecast.scenarios[0].thresholds {
        line.group = Some("<img>\u{202e}".to_owned());
    }
    let page = definition(&company.parts());
    assert_sound(&page);
    assert!(!page.contains("<img") && !page.contains('\u{202e}'));
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (1, 1));
    assert!(page.matches("&lt;img").count() > 15);
}

#[test]
fn the_same_run_gives_the_same_bytes_and_a_large_card_stays_small() {
    let mut company = agreed();
    let first = definition(&company.parts());
    company.metrics.seconds = vec![crate::calibrate::record::StageSeconds { stage: "fit".to_owned(), seconds: 12.345 }];
    assert_eq!(first, definition(&company.parts()));
    let one = company.card.criteria[1].clone();
    company.card.criteria =
        (0..60).map(|at| crate::card::Criterion { name: format!("c{at}"), ..one.clone() }).collect();
    let page = definition(&company.parts());
    assert_sound(&page);
    assert!(text_of(&page).contains("And 42 more criteria with at most 40 points, on the card."));
    assert!(page.len() < 100_000, "{} bytes", page.len());
}
