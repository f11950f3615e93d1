//! The page as a whole: what it says, what it must not hold, how large it may be.

use super::page;
use super::testing::{full, large};
use crate::calibrate::CardVerdict;
use crate::decide::forecast::record::Forecast;
use crate::notes::Note;
use crate::render::page::testing::{assert_sound, tags, text_of};
use crate::report::testing::{Company, company, with_champion, with_questions, with_segments, with_unknowns};

#[test]
fn the_page_reads_from_the_answer_to_the_method() {
    insta::assert_snapshot!(text_of(&page(&full().parts())));
}

#[test]
fn a_company_without_dates_policies_recommendation_and_groups_has_a_page() {
    let mut company = company().without_dates();
    company.metrics.forecast = Forecast { ahead: "next 1,000 leads".to_owned(), ..Forecast::default() };
    company.policies.clear();
    company.metrics.at_threshold.clear();
    company.metrics.back_test.clear();
    company.metrics.bands_by_month.clear();
    company.metrics.funnels.clear();
    company.card.criteria.iter_mut().for_each(|criterion| criterion.group = None);
    let page = page(&company.parts());
    assert_sound(&page);
    let text = text_of(&page);
    for said in [
        "These figures do not single out one line",
        "No policy could be met either; the notes say why.",
        "The figures are per 1,000 leads, because the leads have no dates; 3,600 were judged.",
        "No policy could be met on this history; the notes say what would be within reach.",
        "The leads have no dates, so there are no months to show.",
        "There is no back-test in this run.",
        "The config names no column for source, segment or team",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn leads_without_an_outcome_have_a_part_of_their_own() {
    let page = page(&with_unknowns(full()).parts());
    assert_sound(&page);
    let text = text_of(&page);
    for said in [
        "Leads without an outcome",
        "412 leads were too young to say",
        "By 25 days after the hand-off 49 % of the conversions of low-scored leads have come and 51 % of those of high-scored ones",
        "70 leads were never touched by sales",
        "The young ones do take part in the card and its curve",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn segments_and_compared_groups_have_a_part_of_their_own() {
    let page = page(&with_segments(full()).parts());
    assert_sound(&page);
    let text = text_of(&page);
    let (from, to) = ("Does the card keep its promise", "The data");
    let start = text.rfind(from).expect("a section");
    let end = start + text[start..].find(to).expect("the next section");
    insta::assert_snapshot!(&text[start..end]);
}

#[test]
fn a_recommendation_is_not_needed_where_there_are_policies() {
    let mut company = full();
    company.metrics.forecast.recommended = None;
    let text = text_of(&page(&company.parts()));
    assert!(text.contains("These figures do not single out one line"), "{text}");
    assert!(text.contains("selective, from"), "{text}");
    assert!(text.contains("For the average month ahead"), "{text}");
}

#[test]
fn a_company_about_which_nothing_is_known_has_a_page() {
    let mut company = company();
    company.card.criteria.clear();
    company.card.curve.clear();
    company.card.bands.clear();
    company.frontier.rows.clear();
    company.policies.clear();
    let metrics = &mut company.metrics;
    metrics.forecast = Forecast::default();
    metrics.notes.clear();
    metrics.reliability.clear();
    metrics.at_threshold.clear();
    metrics.back_test.clear();
    metrics.bands.clear();
    metrics.bands_by_month.clear();
    metrics.funnels.clear();
    let page = page(&company.parts());
    assert_sound(&page);
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn a_card_that_knows_nothing_is_said_first() {
    let mut company = full();
    company.metrics.out_of_fold.log_loss = 1.0;
    company.metrics.verdict = CardVerdict::on(&company.metrics);
    let text = text_of(&page(&company.parts()));
    let answer = text.rfind("The answer").expect("a section");
    assert!(text[answer..].starts_with("The answer\nDo not use this card."), "{text}");
    assert!(!text.contains("Hand over every lead"), "no line is given: {text}");
}

#[test]
fn every_text_from_the_data_is_escaped() {
    let page = page(&hostile().parts());
    assert_sound(&page);
    for raw in ["<img", "\u{202e}"] {
        assert!(
            !page.contains(raw),
            "{raw:?} {:?}",
            page.split(raw).next().map(|before| &before[before.len() - 300..])
        );
    }
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (1, 1));
    assert_eq!((page.matches("<style").count(), page.matches("</style").count()), (1, 1));
    // Every hostile name is there, as text.
    assert!(page.matches("&lt;img src=x onerror=alert(1)&gt;").count() > 30);
}

#[test]
fn the_policy_names_the_script_and_the_style_by_their_hash() {
    use base64::Engine as _;
    use sha2::{Digest, Sha256};

    let page = page(&full().parts());
    let hash_of = |tag: &str| {
        let (_, rest) = page.split_once(&format!("<{tag}>")).expect("the element");
        let (text, _) = rest.split_once(&format!("</{tag}>")).expect("its end");
        base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text))
    };
    let policy = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{}'; style-src \
         'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'\">",
        hash_of("script"),
        hash_of("style")
    );
    assert!(page.contains(&policy), "{policy}");
    // The policy must come before what it governs.
    assert!(page.find(&policy) < page.find("<style>"));
}

#[test]
fn the_page_of_a_large_company_is_below_300_kilobytes_and_sound() {
    let page = page(&large().parts());
    assert!(page.len() < 300_000, "{} bytes", page.len());
    assert_sound(&page);
}

#[test]
fn the_same_run_gives_the_same_bytes_and_no_time_of_day() {
    let mut company = full();
    let first = page(&company.parts());
    company.metrics.seconds = vec![crate::calibrate::record::StageSeconds { stage: "fit".to_owned(), seconds: 12.345 }];
    assert_eq!(first, page(&company.parts()));
}

#[test]
fn the_slider_has_a_step_for_every_row_and_starts_at_the_recommendation() {
    let company = full();
    let page = page(&company.parts());
    let slider = tags(&page).into_iter().find(|tag| tag.attribute("type") == Some("range")).expect("a slider");
    let n_rows = company.frontier.rows.len();
    assert_eq!(slider.attribute("max"), Some((n_rows - 1).to_string().as_str()));
    let first: usize = slider.attribute("value").expect("a value").parse().expect("a row");
    let recommended = company.metrics.forecast.recommended.expect("one").scenario.thresholds[0].score;
    // The best leads first.
    assert_eq!(company.frontier.rows[n_rows - 1 - first].threshold, recommended);
}

#[test]
fn without_a_script_the_slider_is_hidden_and_the_table_is_there() {
    let page = page(&full().parts());
    let explorer = tags(&page).into_iter().find(|tag| tag.attribute("id") == Some("explorer")).expect("the explorer");
    assert!(explorer.attribute("hidden").is_some());
    let (_, table) = page.split_once("What each line would have brought").expect("the table");
    let (table, _) = table.split_once("</table>").expect("its end");
    assert_eq!(table.matches("<tr").count(), full().frontier.rows.len() + 1);
}

/// A company whose every name attacks the page.
fn hostile() -> Company {
    let mut company = full();
    let evil = |text: &mut String| text.push_str("\"'</script></style><img src=x onerror=alert(1)><!--\u{202e}");
    let card = &mut company.card;
    evil(&mut card.provenance.engine);
    for criterion in &mut card.criteria {
        evil(&mut criterion.name);
        criterion.group.iter_mut().for_each(evil);
        criterion.levels.iter_mut().for_each(|level| evil(&mut level.label));
        criterion.inputs.iter_mut().for_each(|input| evil(&mut input.column));
    }
    card.bands.iter_mut().for_each(|band| evil(&mut band.name));
    company.policies.iter_mut().for_each(|policy| evil(&mut policy.name));
    let metrics = &mut company.metrics;
    evil(&mut metrics.folds_by);
    metrics.folds.iter_mut().for_each(|fold| evil(&mut fold.fold));
    metrics.at_threshold.iter_mut().for_each(|row| evil(&mut row.policy));
    let forecast = &mut metrics.forecast;
    forecast.sales.currency.iter_mut().for_each(evil);
    for scenario in &mut forecast.scenarios {
        evil(&mut scenario.policy);
        evil(&mut scenario.rule);
        scenario.thresholds.iter_mut().filter_map(|line| line.group.as_mut()).for_each(evil);
    }
    for pair in &mut forecast.pairs {
        evil(&mut pair.a);
        evil(&mut pair.b);
    }
    forecast.recommended.iter_mut().for_each(|recommended| evil(&mut recommended.reason));
    for row in &mut metrics.back_test {
        evil(&mut row.policy);
        evil(&mut row.period);
    }
    metrics.bands.iter_mut().for_each(|band| evil(&mut band.band));
    metrics.bands_by_month.iter_mut().for_each(|band| evil(&mut band.band));
    metrics.funnels.iter_mut().for_each(|row| evil(&mut row.name));
    metrics.notes = vec![Note::new("leads", "a column")];
    metrics.notes.iter_mut().for_each(|note| evil(&mut note.text));
    for verdict in &mut metrics.verdicts {
        evil(&mut verdict.column);
        evil(&mut verdict.reason);
    }
    metrics.as_of.iter_mut().for_each(|proof| evil(&mut proof.criterion));
    metrics.inputs.iter_mut().for_each(|input| evil(&mut input.path));
    company
}

#[test]
fn what_questions_are_worth_has_a_part_of_its_own() {
    let company = with_questions(full());
    let whole = page(&company.parts());
    assert_sound(&whole);
    let text = text_of(&whole);
    let from = text.find("selective: 2 criteria (1 to ask) bring 98 %").expect("the sentence");
    let rest = &text[from..];
    let section = &rest[..rest.find("## Sources, segments, teams").expect("the next section")];
    insta::assert_snapshot!(section.trim());
    assert!(!text_of(&page(&full().parts())).contains("What is a question worth?"), "nothing was found");
}

#[test]
fn leads_without_an_answer_that_are_unlike_others_are_a_doubt_and_without_any_there_is_no_table() {
    let mut company = with_questions(full());
    let questions = company.metrics.findings.questions.as_mut().expect("questions");
    let asking = questions.criteria[0].at[0].asking.as_mut().expect("asked");
    asking.odds_of_unknown = 0.4;
    let text = text_of(&page(&company.parts()));
    assert!(text.contains("Leads without budget convert at 0.4 times the odds"), "{text}");
    let questions = company.metrics.findings.questions.as_mut().expect("questions");
    questions.criteria[0].at.iter_mut().for_each(|at| at.asking = None);
    let page = page(&company.parts());
    assert_sound(&page);
    assert!(text_of(&page).contains("There are too few leads without an answer"));
}

#[test]
fn the_card_in_use_has_a_part_of_its_own() {
    let whole = page(&with_champion(full()).parts());
    assert_sound(&whole);
    let text = text_of(&whole);
    let start = text.rfind("Take the new card.").expect("the advice");
    let end = start + text[start..].find("Can it be trusted?").expect("the next section");
    insta::assert_snapshot!(text[start..end].trim());
    assert!(!text_of(&page(&full().parts())).contains("Beside the card in use"), "there is none");
}
