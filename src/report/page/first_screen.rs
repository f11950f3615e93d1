//! The first screen under the headline: the policies side by side, what the extra leads bring, and marks for what is sound and what
//! is not.

use maud::{Markup, html};

use crate::calibrate::record::Metrics;
use crate::data::read::VerdictKind;
use crate::decide::forecast::record::{Forecast, Scenario};
use crate::measures::Interval;
use crate::notes::{count, counted};
use crate::render::chart::bars::share_bar;
use crate::render::page::elements::{estimate, money_estimate};
use crate::render::words::{amount, ends, harmless};
use crate::report::RunParts;
use crate::report::charts::recommended_policy;

use super::scenarios::extra_leads;

/// Most policies that stand side by side; the others are in the section on scenarios.
const MAX_CARDS: usize = 4;

/// The policies of the config and the recommended line, unless that is one of them.
pub(super) fn cards(parts: &RunParts<'_>) -> Markup {
    let forecast = &parts.metrics.forecast;
    let leading = recommended_policy(forecast);
    let own = forecast.recommended.as_ref().filter(|_| leading.is_none()).map(|found| &found.scenario);
    let n_own = usize::from(own.is_some());
    let shown: Vec<&Scenario> = forecast.scenarios.iter().take(MAX_CARDS - n_own).chain(own).collect();
    let most_wins = shown.iter().map(|scenario| scenario.wins.high).fold(0.0, f64::max);
    let is_leading = |scenario: &Scenario| leading.map_or(own == Some(scenario), |name| scenario.policy == name);
    html! {
        div.cards {
            @for scenario in &shown { (card(scenario, forecast, most_wins, is_leading(scenario))) }
        }
        @if !shown.is_empty() {
            p.quiet { "For the " (forecast.ahead) "; in brackets: nine times in ten, chance included." }
        }
        @if let Some(pair) = forecast.pairs.first() { div.extra { (extra_leads(pair, &forecast.sales)) } }
    }
}

/// - `most_wins`: what fills the bar.
fn card(scenario: &Scenario, forecast: &Forecast, most_wins: f64, is_leading: bool) -> Markup {
    let sales = &forecast.sales;
    let title = match forecast.recommended.as_ref().filter(|found| found.scenario == *scenario) {
        Some(found) if found.is_chosen => "the chosen line",
        Some(_) => "the recommended line",
        None => scenario.policy.as_str(),
    };
    let per_person = scenario.hours_per_rep.or(scenario.hours);
    let of_whom = if scenario.hours_per_rep.is_some() { "Hours for each person" } else { "Hours of work" };
    html! {
        div.card.leading[is_leading] {
            h3 { (amount(scenario.leads.expected)) " leads" }
            p.quiet { (harmless(title)) ", " (from(scenario)) }
            p.wins { (amount(scenario.wins.expected)) " wins " small { "(" (ends(scenario.wins.low, scenario.wins.high, amount)) ")" } }
            (share_bar(scenario.wins.expected, Interval { low: scenario.wins.low, high: scenario.wins.high }, most_wins))
            dl {
                div { dt { "Leads" } dd { (estimate(scenario.leads, amount)) } }
                div { dt { "Of 100 leads convert" } dd { (estimate(scenario.conversion.times(100.0), whole)) } }
                @if let Some(hours) = per_person { div { dt { (of_whom) } dd { (amount(hours.expected)) } } }
                @if let Some(value) = scenario.net_value {
                    div { dt { "Worth of wins less cost" } dd { (money_estimate(value, sales.currency.as_deref())) } }
                }
            }
        }
    }
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

/// "from 51 points".
fn from(scenario: &Scenario) -> String {
    match scenario.one_line() {
        Some(line) if line.share_of_tied > 0.995 => format!("from {} points", line.score),
        Some(line) => format!("from {} points, and some of those with {}", line.score + 1, line.score),
        None => "each group from a line of its own".to_owned(),
    }
}

/// What is sound and what is not, a few words each, with a link to where it is told.
pub(super) fn marks(parts: &RunParts<'_>) -> Markup {
    let metrics = parts.metrics;
    let marks = [
        Some(predicted_and_came(metrics)),
        past_periods(metrics),
        left_out(metrics),
        without_date(metrics),
        ask_first(metrics),
    ];
    html! {
        ul.marks {
            @for Mark { is_sound, words, section } in marks.into_iter().flatten() {
                li { a href={ "#" (section) } {
                    span.sound[is_sound].doubt[!is_sound] { @if is_sound { "✓ " } @else { "! " } } (words)
                } }
            }
        }
    }
}

struct Mark {
    is_sound: bool,
    words: String,
    /// Where it is told.
    section: &'static str,
}

/// Conversions that came differ from those predicted by no more than this share.
const ABOUT_AS_PREDICTED: f64 = 0.1;

fn predicted_and_came(metrics: &Metrics) -> Mark {
    let found = &metrics.out_of_fold;
    let predicted = found.n_converted as f64 / found.observed_over_expected;
    Mark {
        is_sound: (found.observed_over_expected - 1.0).abs() <= ABOUT_AS_PREDICTED,
        words: format!("Predicted {} wins, {} came", amount(predicted), count(found.n_converted as u64)),
        section: "trust",
    }
}

fn past_periods(metrics: &Metrics) -> Option<Mark> {
    let promises = &metrics.past_promises;
    (promises.n_promises > 0).then(|| Mark {
        is_sound: promises.n_held as f64 >= 0.75 * promises.n_promises as f64,
        words: format!("{} of {} past promises held", promises.n_held, promises.n_promises),
        section: "back-test",
    })
}

fn left_out(metrics: &Metrics) -> Option<Mark> {
    let is_late = |kind: VerdictKind| matches!(kind, VerdictKind::GivesTheOutcomeAway | VerdictKind::KnownAfterwards);
    let late: Vec<&str> = metrics
        .verdicts
        .iter()
        .filter(|verdict| is_late(verdict.verdict))
        .map(|verdict| verdict.column.as_str())
        .collect();
    let (first, n_more) = (late.first()?, late.len() - 1);
    let more = if n_more > 0 { format!(" and {n_more} more") } else { String::new() };
    Some(Mark {
        is_sound: false,
        words: format!("Left out, known only afterwards: {}{more}", harmless(first)),
        section: "data",
    })
}

fn without_date(metrics: &Metrics) -> Option<Mark> {
    let n_undated = metrics.as_of.iter().filter(|proof| proof.latest_use_us.is_none()).count();
    (n_undated > 0).then(|| Mark {
        is_sound: false,
        words: format!("{n_undated} of {} have no date", counted(metrics.as_of.len() as u64, "answer")),
        section: "data",
    })
}

fn ask_first(metrics: &Metrics) -> Option<Mark> {
    let found = &metrics.ask_first;
    (found.n_leads > 0).then(|| Mark {
        is_sound: false,
        words: format!("{} of too little known: ask first", counted(found.n_leads, "lead")),
        section: "card",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::company;

    #[test]
    fn every_policy_has_its_card_and_the_leading_one_is_marked() {
        let company = company();
        let html = cards(&company.parts()).into_string();
        assert_eq!(html.matches("<h3>").count(), company.metrics.forecast.scenarios.len(), "{html}");
        assert_eq!(html.matches("card leading").count(), 1, "{html}");
        assert!(html.contains("Of 100 leads convert"), "{html}");
    }

    #[test]
    fn marks_say_what_is_sound_and_what_is_not() {
        let mut company = company();
        company.metrics.ask_first.n_leads = 12;
        let html = marks(&company.parts()).into_string();
        assert!(html.contains("12 leads of too little known: ask first"), "{html}");
        assert!(html.contains("✓"), "{html}");
    }
}
