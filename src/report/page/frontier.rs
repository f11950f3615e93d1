//! More leads or better leads: the slider over the thresholds, the picture, and the table that both show.
//!
//! The slider names a row of the table, and whatever has `data-cell` shows the cell of that number in it. The script computes money
//! at the figures that the reader types, and the difference between two rows; both from `data-n` of the rows.

use crate::settings::SalesConfig;
use maud::{Markup, html};

use crate::decide::forecast::record::Estimate;
use crate::decide::frontier::{Chosen, Frontier, FrontierRow, Per};
use crate::math::Z90;
use crate::measures::Interval;
use crate::render::page::elements::{
    Column, aside, estimate, figure_under, money_estimate, share, table, whole_share, with_range,
};
use crate::render::words::{amount, count, harmless, range};
use crate::report::{RunParts, charts};

/// Most rows of the table. Scores seldom have more; a scale of 600 to 900 has, and neighbours then differ by a lead or two.
const MAX_ROWS: usize = 120;

pub(super) fn frontier(parts: &RunParts<'_>) -> Markup {
    let lines = Lines::of(parts);
    if lines.rows.is_empty() {
        return html! { p { "No lead was judged, so there is nothing to choose between." } };
    }
    html! {
        p {
            "A lower line hands over more leads and wins more, but fewer of each hundred convert. "
            (history(parts.frontier))
        }
        (slider(parts, &lines))
        (figure_under(charts::frontier(parts).as_ref(), &marker()))
        (figure_under(charts::scores(parts).as_ref(), &cut()))
        (aside("All lines as a table", &lines_table(parts, &lines)))
    }
}

/// The rows that the table has, fewest leads first as on the picture, and what the policies make of them.
struct Lines<'a> {
    rows: Vec<&'a FrontierRow>,
    /// Name and threshold of the recommendation and of each policy, where one line holds for all.
    named: Vec<(&'a str, i32)>,
}

impl<'a> Lines<'a> {
    fn of(parts: &RunParts<'a>) -> Self {
        let recommended = parts.metrics.forecast.recommended.as_ref().and_then(|recommendation| {
            let scenario = &recommendation.scenario;
            scenario.one_line().map(|line| (scenario.policy.as_str(), line.score))
        });
        let policies = parts.policies.iter().filter(|policy| policy.groups.is_empty());
        let policies = policies.map(|policy| (policy.name.as_str(), policy.threshold));
        let named: Vec<(&str, i32)> = recommended.into_iter().chain(policies).collect();
        let mut rows = thinned(&parts.frontier.rows, &named);
        rows.reverse();
        Self { rows, named }
    }

    /// Position of the row that a threshold means: leads with at least so many points are those of the next score up.
    fn row_of(&self, threshold: i32) -> Option<usize> {
        self.rows.iter().rposition(|row| row.threshold >= threshold)
    }

    /// The row shown first: the recommendation, else the first policy, else the middle.
    fn first(&self) -> usize {
        self.named.iter().find_map(|(_, threshold)| self.row_of(*threshold)).unwrap_or(self.rows.len() / 2)
    }

    /// Who draws the line at this row.
    fn names_at(&self, idx: usize) -> impl Iterator<Item = &'a str> {
        self.named.iter().filter(move |(_, threshold)| self.row_of(*threshold) == Some(idx)).map(|(name, _)| *name)
    }
}

/// At most [`MAX_ROWS`], evenly over the thresholds, with both ends and those that have a name.
fn thinned<'a>(rows: &'a [FrontierRow], named: &[(&str, i32)]) -> Vec<&'a FrontierRow> {
    let step = rows.len().div_ceil(MAX_ROWS).max(1);
    let is_named = |idx: usize| {
        named.iter().any(|(_, threshold)| rows.iter().position(|row| row.threshold >= *threshold) == Some(idx))
    };
    let is_kept = |idx: usize| idx.is_multiple_of(step) || idx + 1 == rows.len() || is_named(idx);
    rows.iter().enumerate().filter(|(idx, _)| is_kept(*idx)).map(|(_, row)| row).collect()
}

fn history(frontier: &Frontier) -> Markup {
    html! {
        @match frontier.per {
            Per::Month { n_months } => {
                "The figures are for a month, in which " (amount(frontier.leads_per())) " leads are expected. They convert as the "
                (count(frontier.n_leads)) " judged leads of " (amount(n_months)) " months did, ranked by cards that had not seen them."
            }
            Per::ThousandLeads => {
                "The figures are per 1,000 leads, because the leads have no dates; " (count(frontier.n_leads)) " were judged."
            }
        }
    }
}

fn slider(parts: &RunParts<'_>, lines: &Lines<'_>) -> Markup {
    let sales = &parts.metrics.forecast.sales;
    let columns = columns(parts);
    html! {
        // Shown by the script, which it needs.
        div #explorer hidden data-currency=(sales.currency.as_deref().map(harmless).unwrap_or_default()) {
            label for="line" { "Hand over leads with at least " b data-cell="0" {} " points" }
            input #line type="range" min="0" max=(lines.rows.len() - 1) value=(lines.first()) aria-describedby="line-ends";
            p #line-ends { span { "better leads" } span { "more leads" } }
            @if !lines.named.is_empty() {
                p.jumps {
                    @for (name, threshold) in &lines.named {
                        @if let Some(row) = lines.row_of(*threshold) {
                            button type="button" data-row=(row) { (harmless(name)) }
                        }
                    }
                }
            }
            (typed(parts))
            dl.facts {
                @for (idx, column) in columns.iter().enumerate().skip(1).take(N_COUNTS + usize::from(sales.hours_per_lead.is_some())) {
                    div { dt { (column) } dd data-cell=(idx) {} }
                }
                @for (what, words) in MONEY { div { dt { (words) } dd data-money=(what) {} } }
            }
            p.quiet.pays {}
            button #hold type="button" { "Hold this line, to compare others with it" }
            (held(parts))
            p.said aria-live="polite" aria-atomic="true" {
                "At least " span data-cell="0" {} " points: " span data-cell="1" {} " leads " (parts.frontier.per.words()) ", "
                span data-cell="2" {} " wins, " span data-cell="3" {} " convert, " span data-cell="4" {} " of all wins kept."
            }
        }
    }
}

/// Columns of counts and shares behind the points.
const N_COUNTS: usize = 4;

/// What the script makes of the money that is typed.
const MONEY: [(&str, &str); 3] = [("cost", "Cost"), ("each", "Cost of a win"), ("net", "Worth of wins less cost")];

/// The line, the leads, and the money, as a reader types them.
fn typed(parts: &RunParts<'_>) -> Markup {
    let sales = &parts.metrics.forecast.sales;
    let currency = sales.currency.as_deref().map(|currency| format!(", {}", harmless(currency))).unwrap_or_default();
    let field = |id: &str, words: &str, value: Option<f64>| {
        html! {
            label for=(id) { (words) input #(id) type="number" inputmode="decimal" step="any" value=[value]; }
        }
    };
    html! {
        fieldset.typed {
            legend { "Or type" }
            (field("typed-points", "Points from", None))
            (field("typed-leads", &format!("Leads {}", parts.frontier.per.words()), None))
            (field("typed-cost", &format!("Cost of a lead{currency}"), sales.cost_per_lead))
            (field("typed-worth", &format!("Worth of a win{currency}"), sales.value_per_win.map(in_cents)))
        }
    }
}

/// Worth of an average win with no more digits than money has.
fn in_cents(value: f64) -> f64 {
    if value >= 100.0 { value.round() } else { (value * 100.0).round() / 100.0 }
}

/// Two lines side by side; the script fills it.
fn held(parts: &RunParts<'_>) -> Markup {
    let per = parts.frontier.per.words();
    let rows = [
        ("points", "Points from".to_owned()),
        ("leads", format!("Leads {per}")),
        ("wins", format!("Wins {per}")),
        ("share", "Of 100 leads convert".to_owned()),
        ("net", "Worth of wins less cost".to_owned()),
    ];
    let heads = Column::list("Two lines | #Held | #Now | #Difference");
    let rows = html! {
        @for (figure, words) in &rows {
            tr data-figure=(figure) { th scope="row" { (words) } td {} td {} td {} }
        }
    };
    html! {
        div #held hidden {
            p aria-live="polite" {}
            (table("The line that is held, and the one that the slider shows", &heads, &rows))
        }
    }
}

/// What the line cuts off the leads by score; the script puts it there.
fn cut() -> Markup {
    html! { svg.over aria-hidden="true" { line #cut y1="17%" y2="78.7%" visibility="hidden" {} } }
}

/// A ring around the place of the row that the slider points at; the script puts it there.
fn marker() -> Markup {
    html! { svg.over aria-hidden="true" { circle #marker r="9" visibility="hidden" {} } }
}

/// Heads of the table, the line first.
fn columns(parts: &RunParts<'_>) -> Vec<String> {
    let sales = &parts.metrics.forecast.sales;
    let per = parts.frontier.per.words();
    let mut columns = vec![
        "Points from".to_owned(),
        format!("Leads {per}"),
        format!("Wins {per}"),
        "Conversion".to_owned(),
        "Of all wins kept".to_owned(),
    ];
    columns.extend(sales.hours_per_lead.map(|_| format!("Hours {per}")));
    columns.extend(sales.cost_per_lead.map(|_| format!("Cost {per}")));
    columns.extend(sales.cost_per_lead.map(|_| "Cost of a win".to_owned()));
    columns.extend(sales.cost_per_lead.zip(sales.value_per_win).map(|_| "Worth of wins less cost".to_owned()));
    columns
}

/// The row as a reader sees it, in the order of [`columns`].
fn cells(row: &FrontierRow, sales: &SalesConfig) -> Markup {
    let chosen = &row.chosen;
    let leads = Estimate {
        expected: chosen.leads_per,
        low: chosen.leads_per_interval.low,
        high: chosen.leads_per_interval.high,
    };
    html! {
        th.d scope="row" { (row.threshold) }
        td { (estimate(leads, amount)) }
        td { (with_range(&amount(chosen.wins_per), &range(chosen.wins_per_interval))) }
        td { (share(chosen.conversion, chosen.conversion_interval)) }
        td { (whole_share(chosen.share_of_wins, chosen.share_of_wins_interval)) }
        @if let Some(hours) = sales.hours_per_lead { td { (estimate(leads.times(hours), amount)) } }
        @if let Some(cost) = sales.cost_per_lead {
            td { (money_estimate(leads.times(cost), sales.currency.as_deref())) }
            td { (cost_of_a_win(chosen, cost, sales.currency.as_deref())) }
            @if let Some(value) = sales.value_per_win { td { (money_estimate(net_worth(chosen, cost, value), sales.currency.as_deref())) } }
        }
    }
}

/// What the wins are worth less what the leads cost; the interval is that of the conversion.
fn net_worth(chosen: &Chosen, cost: f64, value: f64) -> Estimate {
    let of = |conversion: f64| chosen.leads_per * (conversion * value - cost);
    let Interval { low, high } = chosen.conversion_interval;
    Estimate { expected: of(chosen.conversion), low: of(low), high: of(high) }
}

/// What a win costs where so many of the leads convert; nothing where none did.
fn cost_of_a_win(chosen: &Chosen, cost: f64, currency: Option<&str>) -> Markup {
    let Interval { low, high } = chosen.conversion_interval;
    html! {
        @if chosen.conversion > 0.0 {
            (money_estimate(Estimate { expected: cost / chosen.conversion, low: cost / high, high: cost / low }, currency))
        } @else { "no win" }
    }
}

/// What chance alone adds to a mean: wins of a single month vary as coins do.
fn chance_beside_the_mean(chosen: &Chosen, per: Per) -> String {
    let wins = chosen.leads_per * chosen.conversion;
    let by_chance = Z90 * (wins * (1.0 - chosen.conversion)).sqrt();
    let (of, one) = match per {
        Per::Month { .. } => ("an average month", "A single month"),
        Per::ThousandLeads => ("1,000 average leads", "A single thousand"),
    };
    format!(
        "The brackets are about {of}. {one} lies further off by chance alone: where {} wins are usual, up to {} more or fewer, nine \
         times in ten.",
        amount(wins),
        amount(by_chance)
    )
}

/// Points, leads, wins, and the chance of a lead with just so many points in the time ahead, for the script.
fn numbers(parts: &RunParts<'_>, row: &FrontierRow) -> String {
    let forecast = &parts.metrics.forecast;
    let chance = parts.card.worth_of(row.threshold).map_or(0.0, |entry| {
        forecast.worth_ahead(entry).map_or_else(|| f64::from(entry.probability_bp) / 10_000.0, |ahead| ahead.expected)
    });
    format!("{} {:.2} {:.2} {chance:.4}", row.threshold, row.chosen.leads_per, row.chosen.wins_per)
}

fn lines_table(parts: &RunParts<'_>, lines: &Lines<'_>) -> Markup {
    let mut heads: Vec<Column> = columns(parts).into_iter().map(Column::Figures).collect();
    heads[0] = Column::words("Points from");
    heads.push(Column::words("Line of"));
    let places = charts::frontier_places(parts);
    let cuts = charts::score_places(parts);
    let rows = html! {
        @for (idx, row) in lines.rows.iter().enumerate() {
            @let names: Vec<String> = lines.names_at(idx).map(harmless).collect();
            @let place = places.get(&row.threshold);
            tr.named[!names.is_empty()] data-x=[place.map(|(x, _)| format!("{x:.1}%"))] data-y=[place.map(|(_, y)| format!("{y:.1}%"))]
                data-cut=[cuts.get(&row.threshold).map(|x| format!("{x:.1}%"))] data-n=(numbers(parts, row)) {
                (cells(row, &parts.metrics.forecast.sales))
                td.w { (names.join(", ")) }
            }
        }
    };
    html! {
        div #lines.stacked { (table("What each line would have brought; in brackets the 90 % interval of the mean", &heads, &rows)) }
        @if let Some(line) = parts.policies.first() { p.quiet { (chance_beside_the_mean(&line.chosen, parts.frontier.per)) } }
        @if lines.rows.len() < parts.frontier.rows.len() {
            p.quiet { (count(parts.frontier.rows.len() as u64)) " lines in all; every one is in frontier.parquet." }
        }
        @if parts.policies.iter().any(|policy| policy.share_of_tied < 0.995) {
            p.quiet {
                "A row counts every lead with so many points. A policy that takes only some of the leads tied at its line \
                 brings a little less than its row."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::GroupLine;
    use crate::report::testing::company;

    fn rows(thresholds: std::ops::Range<i32>) -> Vec<FrontierRow> {
        let row = company().frontier.rows[0];
        thresholds.map(|threshold| FrontierRow { threshold, ..row }).collect()
    }

    #[test]
    fn a_hundred_lines_are_all_shown() {
        assert_eq!(thinned(&rows(0..101), &[]).len(), 101);
    }

    #[test]
    fn of_many_lines_both_ends_and_the_named_ones_stay() {
        let rows = rows(600..901);
        let shown: Vec<i32> = thinned(&rows, &[("wide", 707)]).iter().map(|row| row.threshold).collect();
        assert!(shown.len() <= MAX_ROWS, "{}", shown.len());
        assert_eq!((shown[0], shown[1], shown[shown.len() - 1]), (600, 603, 900));
        assert!(shown.contains(&707));
    }

    #[test]
    fn a_policy_with_a_line_per_team_has_no_row_of_its_own() {
        let mut company = company();
        let chosen = company.policies[1].chosen;
        let north = GroupLine { group: "north".to_owned(), threshold: Some(41), share_of_tied: 1.0, chosen };
        company.policies[1].groups = vec![north];
        let parts = company.parts();
        let names: Vec<&str> = Lines::of(&parts).named.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["recommended", "selective"]);
    }

    #[test]
    fn a_line_between_two_scores_is_that_of_the_next_score_up() {
        let mut company = company();
        company.frontier.rows.retain(|row| row.threshold != 51);
        let parts = company.parts();
        let lines = Lines::of(&parts);
        assert_eq!(lines.row_of(51).map(|idx| lines.rows[idx].threshold), Some(52));
        assert_eq!(lines.row_of(1_000), None);
    }
}
