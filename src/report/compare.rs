//! `bantam compare`: policies side by side, with their odds, as text for the terminal.

use crate::decide::forecast::record::{Estimate, Forecast, Scenario, ScenarioPair};
use crate::decide::forecast::{Deal, DealComparison};
use crate::notes::Note;
use crate::render::terminal::{Head, lines, table};
use crate::render::words::{amount, count, counted, money, paragraph, per_cent, sentence, shortened, signed, wrapped};
use crate::report::odds::{Odds, of_hundred};
use crate::settings::SalesConfig;

/// Optimism below this share is noise of the simulation.
const MIN_OPTIMISM: f64 = 0.001;

/// Policies side by side: what each brings, where its lines are, the odds between every two, and what to mind.
///
/// - `n_leads`: judged leads that the forecast rests on; `notes`: among them the policies that cannot be met.
pub fn compare_report(forecast: &Forecast, n_leads: u64, notes: &[Note]) -> String {
    let mut text = paragraph(&format!(
        "The {}, played through {} times on {} that the card had not seen. In brackets: 90 % sure.",
        forecast.ahead,
        count(forecast.n_draws as u64),
        counted(n_leads, "lead")
    ));
    if !forecast.scenarios.is_empty() {
        text += "\n";
        text += &scenario_table(forecast);
        for scenario in &forecast.scenarios {
            text += &lines_of(scenario);
        }
    }
    for pair in &forecast.pairs {
        text += "\n";
        text += &lines("", pair_sentences(pair, forecast));
    }
    if let Some(recommended) = &forecast.recommended {
        text += &format!("\n{}", paragraph(&format!("Without a limit: {}.", recommended.reason)));
    }
    text + &lines("- ", notes.iter().map(|note| sentence(&note.text)))
}

/// Two deals side by side, with what is known of work and money.
pub fn deal_report(a: Deal, b: Deal, sales: &SalesConfig, found: &DealComparison) -> String {
    type FigureColumn = (&'static str, fn(Deal, &SalesConfig) -> Option<String>);
    let columns: [FigureColumn; 7] = [
        ("hours", |deal, sales| Some(amount(sales.hours_per_lead? * f64::from(deal.n_leads)))),
        ("wins per 100 hours", |deal, sales| Some(amount(deal.conversion / sales.hours_per_lead? * 100.0))),
        ("hours per person", |deal, sales| Some(amount(sales.hours_per_lead? * f64::from(deal.n_leads) / sales.reps?))),
        ("wins per person", |deal, sales| Some(amount(deal.expected_wins() / sales.reps?))),
        ("cost", |deal, sales| Some(amount(sales.cost_per_lead? * f64::from(deal.n_leads)))),
        ("cost of a win", |deal, sales| {
            let cost = sales.cost_per_lead?;
            Some(if deal.conversion > 0.0 { amount(cost / deal.conversion) } else { "no win".to_owned() })
        }),
        ("worth less cost", |deal, sales| Some(signed(deal.net_value(sales)?))),
    ];
    let used: Vec<&FigureColumn> = columns.iter().filter(|(_, cell)| cell(a, sales).is_some()).collect();
    let mut heads = vec!["", "leads", "conversion", "wins"];
    heads.extend(used.iter().map(|(heading, _)| *heading));
    let row = |name: &str, deal: Deal, wins: Estimate| {
        let figures = [count(u64::from(deal.n_leads)), per_cent(deal.conversion), with_range(wins)];
        let of_work = used.iter().filter_map(|(_, cell)| cell(deal, sales));
        std::iter::once(name.to_owned()).chain(figures).chain(of_work).collect::<Vec<_>>()
    };
    let rows = [row("A", a, found.a_wins), row("B", b, found.b_wins)];
    let mut text = table(&Head::words_then_figures(&heads), &rows);
    text += &paragraph(&format!(
        "A wins more than B in {} of 100 cases, B more than A in {}; otherwise both win the same. A has {} wins {} ({}).",
        of_hundred(found.a_wins_more),
        of_hundred(found.b_wins_more),
        amount(found.difference.expected.abs()),
        if found.difference.expected < 0.0 { "fewer" } else { "more" },
        signed_range(found.difference)
    ));
    text += &paragraph(&break_even_sentence(a, b, sales));
    text += &paragraph("Both conversions are taken as certain: only chance is allowed for. In brackets: 90 % sure.");
    text
}

/// "B needs 12.5 % to win as much as A, and 13.1 % to be worth as much after costs."
fn break_even_sentence(a: Deal, b: Deal, sales: &SalesConfig) -> String {
    let wins = match b.needs_to_win(a.expected_wins()) {
        share if share <= 1.0 => format!("B needs {} to win as much as A", per_cent(share)),
        _ => "B cannot win as much as A, even if all of its leads convert".to_owned(),
    };
    let worth = match b.needs_to_be_worth(a, sales) {
        Some(share) if share <= 0.0 => ", and is worth more after costs whatever it converts".to_owned(),
        Some(share) if share <= 1.0 => format!(", and {} to be worth as much after costs", per_cent(share)),
        Some(_) => ", and cannot be worth as much after costs".to_owned(),
        None => String::new(),
    };
    format!("{wins}{worth}; it has {}.", per_cent(b.conversion))
}

fn scenario_table(forecast: &Forecast) -> String {
    let scenarios = &forecast.scenarios;
    type FigureColumn = (&'static str, fn(&Scenario) -> Option<String>);
    let columns: [FigureColumn; 9] = [
        ("leads", |scenario| Some(with_range(scenario.leads))),
        ("conversion", |scenario| Some(with_range_in_per_cent(scenario.conversion))),
        ("wins", |scenario| Some(with_range(scenario.wins))),
        ("to nurture", |scenario| Some(amount(scenario.to_nurture.expected))),
        ("hours", |scenario| scenario.hours.map(|hours| amount(hours.expected))),
        ("wins/rep", |scenario| scenario.wins_per_rep.map(|wins| amount(wins.expected))),
        ("wins/100 h", |scenario| scenario.wins_per_100_hours.map(|wins| amount(wins.expected))),
        ("cost/win", |scenario| scenario.cost_per_win.map(|cost| amount(cost.expected))),
        ("net value", |scenario| scenario.net_value.map(|value| signed(value.expected))),
    ];
    let used: Vec<&FigureColumn> =
        columns.iter().filter(|(_, cell)| scenarios.iter().any(|s| cell(s).is_some())).collect();
    let mut heads = vec!["policy", "from score"];
    heads.extend(used.iter().map(|(heading, _)| *heading));
    let row = |scenario: &Scenario| {
        let lowest = scenario.thresholds.iter().map(|line| line.score).min();
        let from = match (&scenario.thresholds[..], lowest) {
            ([_], Some(score)) => score.to_string(),
            (_, Some(score)) => format!("{score} up"),
            (_, None) => String::new(),
        };
        let mut row = vec![shortened(&scenario.policy, 16), from];
        row.extend(used.iter().map(|(_, cell)| cell(scenario).unwrap_or_default()));
        row
    };
    table(&Head::words_then_figures(&heads), &scenarios.iter().map(row).collect::<Vec<_>>())
}

/// Where a policy draws its lines, and the luck in them.
fn lines_of(scenario: &Scenario) -> String {
    let mut text = String::new();
    if let [_, _, ..] = scenario.thresholds[..] {
        let lines: Vec<String> = scenario
            .thresholds
            .iter()
            .map(|line| format!("{} from {}", shortened(line.group.as_deref().unwrap_or(""), 30), line.score))
            .collect();
        text += &wrapped("   ", &format!("{} ({}): {}.", scenario.policy, scenario.rule, lines.join(", ")));
    } else if scenario.policy != scenario.rule {
        text += &wrapped("   ", &format!("{} is {}.", scenario.policy, scenario.rule));
    }
    if let Some(luck) = luck(scenario) {
        text += &wrapped("   ", &luck);
    }
    text
}

/// How much of the conversion that history shows is luck; `None` where it is noise of the simulation.
pub(super) fn luck(scenario: &Scenario) -> Option<String> {
    (scenario.optimism.abs() >= MIN_OPTIMISM).then(|| {
        format!(
            "{}: history shows {} at this threshold. It was chosen for its looks, and about {:.1} points of that are luck, \
             taken off here.",
            scenario.policy,
            per_cent(scenario.seen_conversion),
            scenario.optimism * 100.0
        )
    })
}

/// Who wins more, how sure that is, and what the extra leads are worth.
pub(super) fn pair_sentences(pair: &ScenarioPair, forecast: &Forecast) -> Vec<String> {
    let ScenarioPair { a, b, .. } = pair;
    let mut sentences = Vec::new();
    match &pair.contained {
        _ if pair.leads_difference.expected.abs() < 0.5 && pair.contained.is_some() => {
            return vec![format!("{a} and {b} choose the same leads.")];
        }
        Some(inner) => {
            let outer = if inner == a { b } else { a };
            let turned = |difference: Estimate| if inner == a { difference.reversed() } else { difference };
            let (leads, wins) = (turned(pair.leads_difference), turned(pair.wins_difference));
            sentences.push(format!(
                "{outer} takes every lead of {inner} and {} more ({}), which bring {} wins ({}){}. So {inner} cannot win \
                 more; the question is whether the extra leads are worth their work.",
                amount(leads.expected),
                range(leads),
                amount(wins.expected),
                range(wins),
                pair.extra_conversion.map_or_else(String::new, |share| format!(": they convert at {}", per_cent(share)))
            ));
            if let (Some(share), None) = (pair.extra_conversion.filter(|&share| share > 0.0), pair.a_worth_more) {
                sentences.push(format!(
                    "They pay where a win is worth more than {} times what working a lead costs.",
                    amount(1.0 / share)
                ));
            }
        }
        None => {
            let on_average = format!(
                "on average {a} has {} wins {} ({})",
                amount(pair.wins_difference.expected.abs()),
                if pair.wins_difference.expected < 0.0 { "fewer" } else { "more" },
                signed_range(pair.wins_difference)
            );
            sentences.push(match Odds::of_wins(pair).map(Odds::of_hundred) {
                [Some(of_a), Some(of_b)] => {
                    format!(
                        "{a} wins more than {b} in {of_a} of 100 futures, {b} more than {a} in {of_b}; {on_average}."
                    )
                }
                _ => format!("Whether {a} or {b} wins more is too close to call; {on_average}."),
            });
        }
    }
    if let (Some(value), Some(odds)) = (pair.net_value_difference, Odds::of_worth(pair)) {
        let (better, odds, value) =
            if value.expected >= 0.0 { (a, odds, value) } else { (b, odds.reversed(), value.reversed()) };
        let (worth, ends) = (money(value.expected, forecast.sales.currency.as_deref()), signed_range(value));
        sentences.push(match odds.of_hundred() {
            Some(cases) => format!(
                "Less the cost of its leads, {better} is worth {worth} more ({ends}), and more in {cases} of 100 futures."
            ),
            None => format!(
                "Less the cost of the leads, which is worth more is too close to call: {better} by {worth} on average ({ends})."
            ),
        });
    }
    sentences
}

fn with_range(estimate: Estimate) -> String {
    format!("{} ({})", amount(estimate.expected), range(estimate))
}

fn range(estimate: Estimate) -> String {
    format!("{} to {}", amount(estimate.low.max(0.0)), amount(estimate.high.max(0.0)))
}

fn signed_range(estimate: Estimate) -> String {
    format!("{} to {}", signed(estimate.low), signed(estimate.high))
}

fn with_range_in_per_cent(estimate: Estimate) -> String {
    format!("{} ({:.1} to {:.1})", per_cent(estimate.expected), estimate.low * 100.0, estimate.high * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::forecast::compare_deals;
    use crate::report::testing::company;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn policies_stand_side_by_side_with_what_the_extra_leads_bring() {
        let company = company();
        let notes = [Note::new("forecast", "months differ a lot")];
        insta::assert_snapshot!(plain(&compare_report(&company.metrics.forecast, 3_600, &notes)));
    }

    #[test]
    fn policies_that_cross_have_odds() {
        let mut forecast = company().metrics.forecast;
        forecast.pairs[0].contained = None;
        forecast.pairs[0].a_wins_more = 0.004;
        let sentences = pair_sentences(&forecast.pairs[0], &forecast);
        assert_eq!(
            sentences[0],
            "selective wins more than wide in less than 1 of 100 futures, wide more than selective in more than 99; on \
             average selective has 24 wins fewer (−38 to −11)."
        );
        assert!(
            sentences[1].starts_with("Less the cost of its leads, wide is worth EUR 87,000 more"),
            "{}",
            sentences[1]
        );
    }

    #[test]
    fn two_deals_read_as_a_table_and_a_sentence() {
        let (a, b): (Deal, Deal) = ("50@25%".parse().expect("a deal"), "100@10%".parse().expect("a deal"));
        let sales = SalesConfig { hours_per_lead: Some(2.5), ..SalesConfig::default() };
        insta::assert_snapshot!(plain(&deal_report(a, b, &sales, &compare_deals(a, b))));
    }

    #[test]
    fn what_b_needs_follows_the_money() {
        let (a, b): (Deal, Deal) = ("50@25%".parse().expect("a deal"), "100@10%".parse().expect("a deal"));
        let sales = SalesConfig { cost_per_lead: Some(60.0), value_per_win: Some(4_000.0), ..SalesConfig::default() };
        // 12.5 wins of 100 leads; 12.5 x 4,000 - 50 x 60 = 47,000, and (47,000 + 6,000) / 400,000 = 13.25 %.
        assert_eq!(
            break_even_sentence(a, b, &SalesConfig::default()),
            "B needs 12.5 % to win as much as A; it has 10.0 %."
        );
        assert_eq!(
            break_even_sentence(a, b, &sales),
            "B needs 12.5 % to win as much as A, and 13.2 % to be worth as much after costs; it has 10.0 %."
        );
        let text = plain(&deal_report(a, b, &sales, &compare_deals(a, b)));
        assert!(text.contains("worth less cost") && text.contains("47,000"), "{text}");
        let (many, few): (Deal, Deal) = ("100@50%".parse().expect("a deal"), "40@60%".parse().expect("a deal"));
        assert!(break_even_sentence(many, few, &sales).starts_with("B cannot win as much as A, even if all"));
    }
}
