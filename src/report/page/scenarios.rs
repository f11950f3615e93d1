//! Scenarios side by side: the time ahead under each policy, and the odds between every two of them.

use crate::settings::SalesConfig;
use maud::{Markup, html};

use crate::decide::forecast::record::{Estimate, Forecast, Scenario, ScenarioPair};
use crate::render::page::elements::{
    Column, aside, estimate, figure, money_estimate, name, share_estimate, table, to_three_digits,
};
use crate::render::words::{amount, count, ends, harmless, money, per_cent, signed};
use crate::report::charts::recommended_policy;
use crate::report::odds::Odds;
use crate::report::summary::which_leads;
use crate::report::turned::turned;
use crate::report::{RunParts, charts};

/// Most pairs that are shown one and all: three policies have three.
const MAX_PAIRS: usize = 3;

pub(super) fn scenarios(parts: &RunParts<'_>) -> Markup {
    let forecast = &parts.metrics.forecast;
    if forecast.scenarios.is_empty() {
        return html! {
            p { "No policy could be met on this history; the " a href="#notes" { "notes" } " say what would be within reach." }
        };
    }
    html! {
        p {
            "The " (forecast.ahead) ", played through " (count(forecast.n_draws as u64)) " times: how many leads come, what a \
             score is worth and the luck of each lead differ each time; every policy meets the same futures."
        }
        (figure(charts::scenarios(parts).as_ref()))
        (aside("Every figure of each policy", &side_by_side(forecast)))
        (what_is_not_known(&forecast.sales))
        @for scenario in forecast.scenarios.iter().filter(|scenario| scenario.one_line().is_none()) {
            (lines_of_groups(parts, scenario))
        }
        (odds(forecast))
    }
}

/// Every two policies; of many, those next to each other in volume, and the others folded away.
fn odds(forecast: &Forecast) -> Markup {
    // One pair alone stands in the answer already.
    let pairs = if forecast.pairs.len() > 1 { forecast.pairs.as_slice() } else { &[] };
    let (near, far): (Vec<_>, Vec<_>) =
        pairs.iter().partition(|pair| pairs.len() <= MAX_PAIRS || are_neighbours(forecast, pair));
    let shown = |pairs: &[&ScenarioPair]| html! { div.pairs { @for pair in pairs { (pair_by_volume(pair, &forecast.sales)) } } };
    html! {
        @if !near.is_empty() {
            h3 { "The odds" }
            (shown(&near))
        }
        @if !far.is_empty() { (aside("The odds between the other pairs", &shown(&far))) }
    }
}

/// Whether no other policy hands over a number of leads between those of the two.
fn are_neighbours(forecast: &Forecast, pair: &ScenarioPair) -> bool {
    let mut by_leads: Vec<&Scenario> = forecast.scenarios.iter().collect();
    by_leads.sort_by(|a, b| a.leads.expected.total_cmp(&b.leads.expected));
    let place = |name: &str| by_leads.iter().position(|scenario| scenario.policy == name);
    match (place(&pair.a), place(&pair.b)) {
        (Some(a), Some(b)) => a.abs_diff(b) == 1,
        _ => true,
    }
}

fn side_by_side(forecast: &Forecast) -> Markup {
    // The recommendation that is one of the policies stands there already.
    let own = forecast.recommended.as_ref().filter(|_| recommended_policy(forecast).is_none());
    let recommended = own.map(|recommendation| &recommendation.scenario);
    let scenarios: Vec<&Scenario> = forecast.scenarios.iter().chain(recommended).collect();
    let currency = forecast.sales.currency.as_deref();
    let mut heads = Column::list("");
    heads.extend(scenarios.iter().map(|scenario| Column::figures(harmless(&scenario.policy))));
    let all = |figure: fn(&Scenario) -> Estimate| -> Vec<Option<Estimate>> {
        scenarios.iter().map(|scenario| Some(figure(scenario))).collect()
    };
    let some = |figure: fn(&Scenario) -> Option<Estimate>| -> Vec<Option<Estimate>> {
        scenarios.iter().map(|scenario| figure(scenario)).collect()
    };
    let plain = |value: Estimate| estimate(value, amount);
    let money = |value: Estimate| money_estimate(value, currency);
    let rows = html! {
        tr {
            th scope="row" { "Rule" }
            @for scenario in &scenarios { td { (harmless(&scenario.rule)) } }
        }
        tr {
            th scope="row" { "Points from" }
            @for scenario in &scenarios { td { (line(scenario)) } }
        }
        (figures("Leads for sales", &all(|scenario| scenario.leads), plain))
        (figures("Wins", &all(|scenario| scenario.wins), plain))
        (figures("Conversion", &all(|scenario| scenario.conversion), share_estimate))
        (figures("Leads to nurture", &all(|scenario| scenario.to_nurture), plain))
        (figures("Leads rejected", &all(|scenario| scenario.rejected), plain))
        (figures("Hours of work", &some(|scenario| scenario.hours), plain))
        (figures("Hours per person", &some(|scenario| scenario.hours_per_rep), plain))
        (figures("Wins per person", &some(|scenario| scenario.wins_per_rep), plain))
        (figures("Wins per 100 hours", &some(|scenario| scenario.wins_per_100_hours), plain))
        (figures("Cost", &some(|scenario| scenario.cost), money))
        (figures("Cost of a win", &some(|scenario| scenario.cost_per_win), money))
        (figures("Worth of the wins less cost", &some(|scenario| scenario.net_value), money))
    };
    let table = table("Each policy in the time ahead; in brackets the 90 % interval", &heads, &rows);
    // Of many policies, the intervals stand below the figures, so that all fit beside each other.
    html! { div.stacked[scenarios.len() > MAX_PAIRS] { (table) } }
}

/// How to see hours and money, where the config does not say what they depend on.
fn what_is_not_known(sales: &SalesConfig) -> Markup {
    let missing: Vec<&str> = [
        (sales.hours_per_lead, "hours_per_lead"),
        (sales.cost_per_lead, "cost_per_lead"),
        (sales.value_per_win, "value_per_win"),
    ]
    .into_iter()
    .filter_map(|(value, key)| value.is_none().then_some(key))
    .collect();
    html! {
        @if !missing.is_empty() {
            p.quiet {
                "With " @for (idx, key) in missing.iter().enumerate() { @if idx > 0 { ", " } code { (key) } }
                " under " code { "[sales]" } " in the config, this page shows hours and money as well."
            }
        }
    }
}

/// One figure of every scenario; no row where none has it.
fn figures(what: &str, values: &[Option<Estimate>], write: impl Fn(Estimate) -> Markup) -> Markup {
    html! {
        @if values.iter().any(Option::is_some) {
            tr {
                th scope="row" { (what) }
                @for value in values { td { @if let Some(value) = value { (write(*value)) } } }
            }
        }
    }
}

/// Where a policy draws the line, in a cell.
fn line(scenario: &Scenario) -> String {
    match scenario.one_line() {
        Some(line) if line.share_of_tied > 0.995 => line.score.to_string(),
        Some(line) => format!("{}, and some of those with {}", line.score + 1, line.score),
        None => "by group, see below".to_owned(),
    }
}

fn lines_of_groups(parts: &RunParts<'_>, scenario: &Scenario) -> Markup {
    let leads = format!("Leads {}", parts.frontier.per.words());
    let heads = [Column::words("Group"), Column::words("Takes"), Column::figures(leads), Column::figures("Conversion")];
    let rows = html! {
        @for group in &scenario.thresholds {
            tr {
                th scope="row" { (harmless(group.group.as_deref().unwrap_or("all"))) }
                td.w { (which_leads(group.score, group.share_of_tied)) }
                td { (amount(group.leads_per)) }
                td { (per_cent(group.conversion)) }
            }
        }
    };
    table(&format!("The lines of {}, as the history had them", harmless(&scenario.policy)), &heads, &rows)
}

/// What the extra leads of the policy that hands over more bring, in a sentence or two.
pub(super) fn extra_leads(pair: &ScenarioPair, sales: &SalesConfig) -> Markup {
    let pair = &*turned(pair, pair.leads_difference.expected < 0.0);
    html! {
        p {
            strong { (harmless(&pair.a)) " or " (harmless(&pair.b)) "? " } (difference(pair)) " "
            @if pair.leads_difference.expected >= 0.5 { (worth_of_a_win(pair, sales)) }
            @if let (Some(value), Some(odds)) = (pair.net_value_difference, Odds::of_worth(pair)) {
                " " (net(pair, value, odds, sales))
            }
        }
    }
}

/// Two policies; the one that hands over more leads comes first.
fn pair_by_volume(pair: &ScenarioPair, sales: &SalesConfig) -> Markup {
    let pair = &*turned(pair, pair.leads_difference.expected < 0.0);
    html! {
        div.pair {
            h4 { (name(&pair.a)) " or " (name(&pair.b)) "?" }
            @if pair.contained.is_some() {
                p {
                    "Every lead of " (name(&pair.b)) " is among those of " (name(&pair.a)) " too, so it cannot win more. The \
                     question is whether the extra leads are worth the work."
                }
            } @else { (who_wins_more(pair)) }
            p { (difference(pair)) }
            @if pair.leads_difference.expected >= 0.5 { p { (worth_of_a_win(pair, sales)) } }
            @if let (Some(value), Some(odds)) = (pair.net_value_difference, Odds::of_worth(pair)) {
                p { (net(pair, value, odds, sales)) }
            }
        }
    }
}

fn who_wins_more(pair: &ScenarioPair) -> Markup {
    let percent = |share: f64| format!("{:.1}", share.clamp(0.0, 1.0) * 100.0);
    html! {
        svg.odds viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
            rect.more width=(percent(pair.a_wins_more)) height="4" {}
            rect.fewer x=(percent(1.0 - pair.b_wins_more)) width=(percent(pair.b_wins_more)) height="4" {}
        }
        @match Odds::of_wins(pair) {
            [Odds::TooClose, _] => p { "Which of the two wins more is " strong { "too close to call" } "." },
            [of_a, of_b] => p {
                (name(&pair.a)) " wins more in " strong.n.more { (of_a.words()) } " of the futures, "
                (name(&pair.b)) " in " strong.n.fewer { (of_b.words()) } "."
            },
        }
    }
}

fn difference(pair: &ScenarioPair) -> Markup {
    let (leads, wins) = (pair.leads_difference, pair.wins_difference);
    html! {
        @if leads.expected < 0.5 { "Both hand over about as many leads; " }
        @else {
            (name(&pair.a)) " hands over " strong.n { (amount(leads.expected)) " more leads" } " ("
            (ends(leads.low, leads.high, signed)) "), and "
        }
        @if wins.expected < 0.0 {
            strong.n { (amount(-wins.expected)) " fewer wins" } " are expected: from "
            (more_or_fewer(wins.low)) " to " (more_or_fewer(wins.high)) "."
        } @else {
            strong.n { (amount(wins.expected)) " more wins" } " are expected (" (ends(wins.low, wins.high, signed)) ")."
        }
    }
}

/// What a win must be worth so that the extra leads pay for their work.
fn worth_of_a_win(pair: &ScenarioPair, sales: &SalesConfig) -> Markup {
    let Some(conversion) = pair.extra_conversion.filter(|conversion| *conversion > 0.0) else {
        return html! { "The extra leads bring no more wins: they do not pay, whatever a win is worth." };
    };
    html! {
        "The extra leads convert at " strong.n { (per_cent(conversion)) } ", one in " (amount(1.0 / conversion)) ". "
        @match (sales.cost_per_lead, sales.value_per_win) {
            (Some(cost), _) => {
                "Working a lead costs " (money(cost, sales.currency.as_deref())) ", so they pay where a win is worth more than "
                strong.n { (money(to_three_digits(cost / conversion), sales.currency.as_deref())) } "."
            }
            (None, Some(worth)) => {
                "With a win worth " (money(worth, sales.currency.as_deref())) ", they pay where working a lead costs less than "
                strong.n { (money(to_three_digits(worth * conversion), sales.currency.as_deref())) } "."
            }
            (None, None) => {
                "They pay where a win is worth more than " strong.n { (amount(1.0 / conversion)) " times" }
                " what working a lead costs."
            }
        }
    }
}

fn net(pair: &ScenarioPair, value: Estimate, odds: Odds, sales: &SalesConfig) -> Markup {
    let currency = sales.currency.as_deref();
    let (better, value, odds) =
        if value.expected >= 0.0 { (&pair.a, value, odds) } else { (&pair.b, value.reversed(), odds.reversed()) };
    html! {
        @if let Some(worth) = sales.value_per_win { "With a win worth " (money(worth, currency)) ", " } @else { "In money, " }
        (name(better)) " comes out " span.n { (money_estimate(value, currency)) } " ahead; "
        @if odds == Odds::TooClose { "whether it does is " strong { "too close to call" } "." }
        @else { "the chance that it does is " strong.n { (odds.words()) } "." }
    }
}

fn more_or_fewer(wins: f64) -> String {
    format!("{} {}", amount(wins.abs()), if wins < 0.0 { "fewer" } else { "more" })
}
