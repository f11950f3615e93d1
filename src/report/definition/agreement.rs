//! The page to sign: the rule, what counts, what both promise, points set by hand, signatures.

use jiff::ToSpan;
use maud::{Markup, html};

use super::line::{Line, hand_off, lines};
use super::order::{best, by_worth, who_asks};
use super::{TITLE, blank};
use crate::analyses::too_good::too_good_sentences;
use crate::card::{Card, Criterion, Level};
use crate::decide::forecast::record::{Estimate, Scenario};
use crate::render::page::elements::{Column, head, with_code};
use crate::render::words::{amount, count, counted, day, harmless, sentence, shortened, span, whole_per_cent};
use crate::report::RunParts;
use crate::report::verdict::verdict_sentences;
use crate::settings::parse_day;

/// Most criteria that fit on one page beside everything else.
const MAX_CRITERIA: usize = 18;
/// Most points set by hand that are told one by one.
const MAX_BY_HAND: usize = 6;
/// Widest answers in the table.
const ANSWER_WIDTH: usize = 44;
/// Widest question.
const QUESTION_WIDTH: usize = 70;

/// The page as a section.
pub(super) fn agreement(parts: &RunParts<'_>) -> Markup {
    let scenario = hand_off(parts);
    html! {
        section #definition aria-labelledby="definition-title" {
            h1 #definition-title { (TITLE) }
            p.quiet { (agreed_by(parts)) }
            (doubts(parts))
            h2 { "The rule" }
            @for rule in rules(parts, scenario) { p { (rule) } }
            h2 { "What counts, most first" }
            (what_counts(parts))
            h2 { "Promises to each other" }
            (promises(parts, scenario))
            h2 { "Set by hand" }
            (by_hand(parts.card))
            div.signatures {
                @for who in ["Sales", "Marketing", "Date"] { p { (who) } }
            }
            p.small { (made_from(parts.card)) }
        }
    }
}

/// Whose agreement it is, and until when.
fn agreed_by(parts: &RunParts<'_>) -> String {
    let report = &parts.metrics.report;
    let review = review_day(parts).map(|day| format!("review on {day}"));
    let said = [report.title.clone(), Some(report.whose()).filter(|whose| !whose.is_empty()), review];
    let said: Vec<String> = said.into_iter().flatten().map(|text| harmless(&text)).collect();
    if said.is_empty() { "Agreed by sales and marketing".to_owned() } else { said.join(" · ") }
}

/// What speaks against signing.
fn doubts(parts: &RunParts<'_>) -> Markup {
    let too_good = parts.metrics.findings.too_good.as_ref().map(too_good_sentences).unwrap_or_default();
    html! {
        @for (idx, sentence) in verdict_sentences(&parts.metrics.verdict).iter().enumerate() {
            p.warning { @if idx == 0 { strong { (sentence) } } @else { (with_code(sentence)) } }
        }
        @for sentence in &too_good { p.warning { (with_code(sentence)) } }
    }
}

/// What happens to a lead, from the best to the others. What is done with leads of which too little is known belongs before the
/// last of them.
fn rules(parts: &RunParts<'_>, scenario: Option<&Scenario>) -> Vec<Markup> {
    let lines = lines(scenario);
    let mut rules = vec![html! { (who_goes_to_sales(&lines)) " " (volume_sentence(parts, scenario)) }];
    rules.extend(fill_sentence(&lines).map(|said| html! { (said) }));
    rules.extend(chosen_sentence(parts).map(|said| html! { (with_code(&said)) }));
    rules.extend(ask_first_sentence(parts.card).map(|said| html! { (said) }));
    rules.extend(below_sentence(parts.card, &lines).map(|said| html! { (said) }));
    rules.push(html! { (lead_sentence(parts.metrics.horizon_days)) });
    rules
}

/// "A lead goes to sales from 44 points."
fn who_goes_to_sales(lines: &[Line<'_>]) -> Markup {
    html! {
        @match lines {
            [] => { "A lead goes to sales from " (blank()) " points: these figures do not single out a line." },
            [line] if line.group.is_none() => { "A lead goes to sales from " strong { (line.from) " points" } "." },
            several => {
                "A lead goes to sales from "
                @for (idx, line) in several.iter().enumerate() {
                    @if idx > 0 { ", " }
                    strong { (line.from) " points" } " (" b.name { (harmless(line.group.unwrap_or("all"))) } ")"
                }
                "."
            }
        }
    }
}

/// "That is about 100 leads a month (82 to 120); of 100 of them about 46 are won (42 to 51)."
fn volume_sentence(parts: &RunParts<'_>, scenario: Option<&Scenario>) -> String {
    let Some(scenario) = scenario else { return String::new() };
    let volume = volume(parts, scenario);
    let won = scenario.conversion.times(100.0);
    format!(
        "That is about {} {} ({}); of 100 of them about {} are won ({}).",
        rough(volume.expected),
        parts.frontier.per.leads_words(),
        between(volume),
        rough(won.expected),
        between(won)
    )
}

/// Leads a month, or of 1,000.
fn volume(parts: &RunParts<'_>, scenario: &Scenario) -> Estimate {
    scenario.leads.times(1.0 / parts.metrics.forecast.n_months.unwrap_or(1.0))
}

fn between(estimate: Estimate) -> String {
    format!("{} to {}", rough(estimate.low.max(0.0)), rough(estimate.high.max(0.0)))
}

/// Whole from ten on: nobody delivers a tenth of a lead.
fn rough(value: f64) -> String {
    amount(if value >= 10.0 { value.round() } else { value })
}

/// Which leads fill a volume that no line meets.
fn fill_sentence(lines: &[Line<'_>]) -> Option<String> {
    let [Line { group: None, from, share_below: Some(share) }] = lines else { return None };
    let place = from - 1;
    Some(format!(
        "Of the leads with {place} points, {} go to sales as well, to fill the number.",
        whole_per_cent(*share)
    ))
}

/// Who chose the line and why, where the config says so: such a line is no proposal any more.
fn chosen_sentence(parts: &RunParts<'_>) -> Option<String> {
    let found = parts.metrics.forecast.recommended.as_ref().filter(|found| found.is_chosen)?;
    Some(format!("This line is chosen: {}", sentence(&found.reason)))
}

/// What is done with a lead of which too little is known: its score says nothing yet.
fn ask_first_sentence(card: &Card) -> Option<String> {
    let limit = card.known_at_least?;
    Some(format!(
        "Ask first, whatever the score, where the answers that are known cover less than {limit} of {} points: until then the lead \
         goes to nobody.",
        card.span()
    ))
}

/// What becomes of the others: marketing keeps in touch where the card's bands say so, and nobody calls the rest.
fn below_sentence(card: &Card, lines: &[Line<'_>]) -> Option<String> {
    let line = lines.iter().map(|line| line.from).min()?;
    let nurture = card.bands.iter().find(|band| band.name == "nurture").and_then(|band| band.from);
    Some(match nurture.filter(|from| *from < line) {
        Some(from) => format!("{} points: marketing keeps in touch. Below {from}: nobody calls.", span(from, line - 1)),
        None => format!("Below {line} points: nobody calls."),
    })
}

/// What is judged, and what counts as won.
fn lead_sentence(horizon_days: Option<f64>) -> String {
    let within = horizon_days.map_or_else(String::new, |days| format!(" within {} days", amount(days)));
    format!("A lead has the points of what is known of it when it is handed off. It is won when it converts{within}.")
}

fn what_counts(parts: &RunParts<'_>) -> Markup {
    let criteria = by_worth(parts);
    let (shown, others) = criteria.split_at(criteria.len().min(MAX_CRITERIA));
    let rows = html! {
        @for criterion in shown {
            tr {
                th scope="row" { (what_is_asked(criterion)) }
                td { (who_asks(parts.card, criterion)) }
                td { (best_answer(criterion)) }
                td.n { (criterion.points_min()) " to " (criterion.points_max()) }
            }
        }
    };
    html! {
        (table_of("What counts", "Question | Who asks | Best answer | #Points", &rows))
        @if let Some(most) = others.iter().map(|criterion| criterion.points_max()).max() {
            p.small { "And " (counted(others.len() as u64, "more criterion")) " with at most " (most) " points, on the card." }
        }
        @if parts.card.base_points != 0 { p.small { "Every lead starts with " (parts.card.base_points) " points." } }
    }
}

/// The question, or the name where there is none; of a pair, that it is no question of its own.
fn what_is_asked(criterion: &Criterion) -> String {
    match &criterion.question {
        _ if criterion.is_pair() => format!("{}: what they say together", shortened(criterion.shown(), QUESTION_WIDTH)),
        question => shortened(question.as_deref().unwrap_or(criterion.shown()), QUESTION_WIDTH),
    }
}

fn best_answer(criterion: &Criterion) -> String {
    let best: Vec<&str> = best(criterion).into_iter().map(Level::shown).collect();
    shortened(&best.join(", "), ANSWER_WIDTH)
}

fn promises(parts: &RunParts<'_>, scenario: Option<&Scenario>) -> Markup {
    let touch_within = parts.metrics.report.touch_within.as_deref().map(harmless);
    let delivered = scenario.map(|scenario| format!("{} leads", between(volume(parts, scenario))));
    let per = if parts.metrics.forecast.n_months.is_some() { " a month" } else { ", of 1,000 leads" };
    let promises = [
        ("Sales touches every lead that goes to it within".to_owned(), touch_within),
        ("Sales says why for every lead that it turns down".to_owned(), Some("100 %".to_owned())),
        (format!("Marketing delivers{per}"), delivered),
        (
            "Both look at it again when fewer are won than".to_owned(),
            scenario.map(|one| fewest_won(one.conversion.low)),
        ),
        ("Both look at it again on".to_owned(), review_day(parts)),
    ];
    let rows = html! {
        @for (promise, agreed) in promises {
            tr {
                th scope="row" { (promise) }
                td { @match agreed { Some(agreed) => (agreed), None => (blank()) } }
            }
        }
    };
    table_of("Promises", "Promise | #What is agreed", &rows)
}

/// A table that scrolls sideways where words are longer than the screen is wide.
fn table_of(name: &str, heads: &str, rows: &Markup) -> Markup {
    html! {
        div.box tabindex="0" role="group" aria-label=(name) {
            table { (head(&Column::list(heads))) tbody { (rows) } }
        }
    }
}

/// The lower end of what is expected, in leads: "42 of 100", and where that would be none, of 1,000.
fn fewest_won(share: f64) -> String {
    let of = if share * 100.0 >= 1.0 { 100.0 } else { 1_000.0 };
    format!("{} of {}", count((share.max(0.0) * of).floor() as u64), count(of as u64))
}

/// The day of the next look: the config's, else a quarter after the data end.
fn review_day(parts: &RunParts<'_>) -> Option<String> {
    if let Some(day) = &parts.metrics.report.review {
        return Some(harmless(day));
    }
    let end = parse_day(parts.metrics.data_until.as_deref()?).ok()?;
    Some(end.checked_add(3.months()).ok()?.to_string())
}

fn by_hand(card: &Card) -> Markup {
    let n_more = card.overrides.len().saturating_sub(MAX_BY_HAND);
    html! {
        @if card.overrides.is_empty() { p { "No points are set by hand." } }
        @for one in card.overrides.iter().take(MAX_BY_HAND) {
            p {
                b.name { (harmless(card.shown_name(&one.criterion))) } ", “" (harmless(card.shown_level(&one.criterion, &one.level)))
                "”: " (one.points) " instead of " (one.fitted_points) " points, " (harmless(&one.author))
                @if let Some(until) = &one.until { ", until " (harmless(until)) }
                ": " (harmless(&one.reason)) "."
            }
        }
        @if n_more > 0 { p { "And " (count(n_more as u64)) " more, on the card." } }
    }
}

/// What the page rests on, so that two prints can be told apart.
fn made_from(card: &Card) -> String {
    let from = &card.provenance;
    let short = |sha256: &str| harmless(sha256).chars().take(12).collect::<String>();
    let handed_off = match (&from.first_as_of, &from.last_as_of) {
        (Some(first), Some(last)) => format!(", handed off from {} to {}", harmless(day(first)), harmless(day(last))),
        _ => String::new(),
    };
    format!(
        "Learnt from {}{handed_off}. Figures in brackets: 90 % intervals of what comes. Made by {}; data {}, config {}.",
        counted(from.n_leads, "lead"),
        harmless(&from.engine),
        short(&from.data_sha256),
        short(&from.config_sha256)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_one_in_a_hundred_is_said_of_a_thousand() {
        assert_eq!([0.429, 0.01, 0.0099, 0.0].map(fewest_won), ["42 of 100", "1 of 100", "9 of 1,000", "0 of 1,000"]);
    }

    #[test]
    fn what_is_below_the_line_follows_the_line_and_not_the_bands_alone() {
        let company = crate::report::testing::company();
        let line = |from: i32| [Line { group: None, from, share_below: None }];
        let said = |from: i32| below_sentence(&company.card, &line(from)).expect("a line");
        assert_eq!(said(44), "26 to 43 points: marketing keeps in touch. Below 26: nobody calls.");
        assert_eq!(said(27), "26 points: marketing keeps in touch. Below 26: nobody calls.");
        assert_eq!(said(20), "Below 20 points: nobody calls.");
        assert_eq!(below_sentence(&company.card, &[]), None);
    }

    #[test]
    fn the_review_is_a_quarter_after_the_data_end_unless_the_config_says() {
        let mut company = crate::report::testing::company();
        assert_eq!(review_day(&company.parts()).as_deref(), Some("2026-09-30"));
        company.metrics.data_until = Some("2026-11-30".to_owned());
        assert_eq!(review_day(&company.parts()).as_deref(), Some("2027-02-28"));
        company.metrics.report.review = Some("2026-10-01".to_owned());
        assert_eq!(review_day(&company.parts()).as_deref(), Some("2026-10-01"));
        company.metrics.report.review = None;
        company.metrics.data_until = None;
        assert_eq!(review_day(&company.parts()), None);
    }
}
