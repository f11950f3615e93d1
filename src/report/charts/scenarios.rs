//! The time ahead under each policy: wins as dot and whisker, and how sure it is that one policy wins more than another.

use std::borrow::Cow;

use maud::{Markup, html};
use serde_json::{Value, json};

use super::recommended::recommended_policy;
use crate::decide::forecast::record::{Estimate, Forecast, Scenario, ScenarioPair};
use crate::render::chart::{
    ACCENT, ACCENT_2, Anchor, Area, Chart, Drawing, Notebook, Scale, Shape, Step, about, bottom_grid, clean,
    colour_where, cut_to, in_wins, line, mark, number_tick, rounded, share, signed, text, ticks, wrapped_to,
};
use crate::report::RunParts;
use crate::report::odds::Odds;
use crate::report::turned::turned;

const WIDTH: f64 = 680.0;
/// The part of the width in which dots stand.
const PLOT: (f64, f64) = (190.0, 470.0);
/// Right ends of the three columns of figures.
const COLUMNS: [f64; 3] = [536.0, 596.0, 680.0];
/// Height of a row whose rule takes one line, and of one more line.
const ROW: f64 = 42.0;
const RULE_LINE: f64 = 14.0;
const HEAD: f64 = 26.0;
const AXIS: f64 = 30.0;
/// Room for a name.
const NAME_WIDTH: f64 = 176.0;
/// Most policies, and most pairs of them, that are drawn.
const MAX_SCENARIOS: usize = 12;
const MAX_PAIRS: usize = 6;
/// Two policies whose order is less sure than this win about as many.
const TELLING_CHANCE: f64 = 0.8;

/// Wins of each policy in the time ahead with 90 % interval, and the differences between policies.
pub fn scenarios(parts: &RunParts<'_>) -> Option<Chart> {
    let forecast = &parts.metrics.forecast.of_a_month();
    let rows = rows(forecast);
    if rows.is_empty() {
        return None;
    }
    // The policy with more expected wins comes first.
    let by_wins = |pair| turned(pair, pair.wins_difference.expected < 0.0);
    let pairs: Vec<Pair<'_>> =
        forecast.pairs.iter().filter(|pair| pair.wins_difference.is_finite()).map(by_wins).collect();
    Some(Chart::new(
        "scenarios",
        &title(&rows, &pairs, &forecast.ahead),
        &description(&rows, &pairs, &forecast.ahead),
        draw(&rows, &pairs, &forecast.ahead),
        notebook(&rows, &pairs, &forecast.ahead),
    ))
}

type Pair<'a> = Cow<'a, ScenarioPair>;

/// One policy in the time ahead, or the recommendation.
struct ScenarioRow<'a> {
    scenario: &'a Scenario,
    shape: Shape,
    is_recommended: bool,
    /// Whether it is a policy, and not the recommendation alone.
    is_policy: bool,
}

impl ScenarioRow<'_> {
    /// Its name, as wide as there is room.
    fn name(&self) -> String {
        match (self.is_policy, self.is_recommended) {
            (false, _) => "recommended".to_owned(),
            (true, true) => format!("{} (recommended)", cut_to(&self.scenario.policy, 14.0, NAME_WIDTH - 104.0)),
            (true, false) => cut_to(&self.scenario.policy, 14.0, NAME_WIDTH),
        }
    }

    fn class(&self, stem: &'static str) -> String {
        if self.is_recommended { format!("{stem}-2") } else { stem.to_owned() }
    }
}

/// Policies in their order, and the recommendation unless it is one of them.
fn rows(forecast: &Forecast) -> Vec<ScenarioRow<'_>> {
    let twin = recommended_policy(forecast);
    let row = |(at, scenario): (usize, _)| {
        let scenario: &Scenario = scenario;
        let is_recommended = twin == Some(scenario.policy.as_str());
        let shape = if is_recommended { Shape::Star } else { Shape::of_policy(at) };
        ScenarioRow { scenario, shape, is_recommended, is_policy: true }
    };
    let mut rows: Vec<ScenarioRow<'_>> = forecast.scenarios.iter().enumerate().map(row).collect();
    if let (Some(recommended), None) = (&forecast.recommended, twin) {
        let scenario = &recommended.scenario;
        rows.push(ScenarioRow { scenario, shape: Shape::Star, is_recommended: true, is_policy: false });
    }
    rows.retain(|row| row.scenario.wins.is_finite());
    rows
}

fn title(rows: &[ScenarioRow<'_>], pairs: &[Pair<'_>], ahead: &str) -> String {
    let mut ranked: Vec<&Scenario> = rows.iter().filter(|row| row.is_policy).map(|row| row.scenario).collect();
    ranked.sort_by(|a, b| b.wins.expected.total_cmp(&a.wins.expected));
    let name = |scenario: &Scenario| cut_to(&scenario.policy, 20.0, 200.0);
    let wins = |scenario: &Scenario| about(scenario.wins.expected);
    let alone = rows.iter().find(|row| !row.is_policy).map(|row| row.scenario);
    let alone_too = alone.map_or_else(String::new, |line| format!("; {} with the recommended line", wins(line)));
    match (ranked.as_slice(), alone) {
        ([], line) => format!("About {} over the {ahead}", in_wins(line.map_or(0.0, |line| line.wins.expected))),
        ([only], _) => {
            format!("About {} over the {ahead} with {}{alone_too}", in_wins(only.wins.expected), name(only))
        }
        ([best, second, ..], _) => {
            let pair = pairs.iter().find(|pair| pair.a == best.policy && pair.b == second.policy);
            let is_unsure = pair.is_some_and(|pair| pair.wins_too_close || pair.a_wins_more < TELLING_CHANCE);
            if is_unsure || wins(best) == wins(second) {
                return format!("About as many wins over the {ahead} with {} as with {}", name(best), name(second));
            }
            format!(
                "About {} over the {ahead} with {}, {} with {}{alone_too}",
                in_wins(best.wins.expected),
                name(best),
                wins(second),
                name(second)
            )
        }
    }
}

fn description(rows: &[ScenarioRow<'_>], pairs: &[Pair<'_>], ahead: &str) -> String {
    let mut text = format!("Expected wins over the {ahead}, with the range they lie in 90 times of 100.");
    for row in rows {
        let Scenario { wins, leads, conversion, rule, .. } = row.scenario;
        text += &format!(
            " {} ({rule}): {} ({}) from {} leads at {}.",
            row.name(),
            in_wins(wins.expected),
            range(wins),
            about(leads.expected),
            share(conversion.expected)
        );
    }
    for pair in pairs.iter().take(MAX_PAIRS) {
        let (wins, ends) = (signed(pair.wins_difference.expected), range(&pair.wins_difference));
        text += &format!(" {} against {}: {wins} wins ({ends}), ", pair.a, pair.b);
        text += &match Odds::of_wins(pair)[0] {
            Odds::TooClose => "too close to call.".to_owned(),
            odds => format!("more in {} of the futures played through.", odds.words()),
        };
    }
    text
}

fn range(estimate: &Estimate) -> String {
    format!("{} to {}", about(estimate.low), about(estimate.high))
}

fn draw(rows: &[ScenarioRow<'_>], pairs: &[Pair<'_>], ahead: &str) -> Drawing {
    let drawn = &rows[..rows.len().min(MAX_SCENARIOS)];
    let drawn_pairs = &pairs[..pairs.len().min(MAX_PAIRS)];
    let first = RowStack::new(0.0, drawn.iter().map(|row| rule_lines(&row.scenario.rule).len()));
    let second = RowStack::new(first.bottom + AXIS + 10.0, drawn_pairs.iter().map(|_| 1));
    let has_pairs = !drawn_pairs.is_empty();
    let bottom = if has_pairs { second.bottom } else { first.bottom } + AXIS;
    let mut left_out = Vec::new();
    if drawn.len() < rows.len() {
        left_out.push(format!("the first {} of {} policies", drawn.len(), rows.len()));
    }
    if drawn_pairs.len() < pairs.len() {
        left_out.push(format!("the first {} of {} pairs", drawn_pairs.len(), pairs.len()));
    }
    let left_out = if left_out.is_empty() { String::new() } else { format!(" Drawn: {}.", left_out.join(" and ")) };
    let body = html! {
        (wins_panel(drawn, &first, ahead))
        @if has_pairs { (pairs_panel(drawn_pairs, &second)) }
        (text((0.0, bottom + 22.0), Anchor::Start, "c-m",
            &format!("Mark: what to expect. Line and range: 90 % sure.{left_out}")))
    };
    Drawing { width: WIDTH, height: bottom + 28.0, body }
}

/// Rows one below the other.
struct RowStack {
    top: f64,
    bottom: f64,
    /// Base line of the upper text of each row.
    baselines: Vec<f64>,
}

impl RowStack {
    /// - `n_lines`: lines under the name of each row.
    fn new(top: f64, n_lines: impl Iterator<Item = usize>) -> Self {
        let mut bottom = top + HEAD;
        let mut baselines = Vec::new();
        for n_lines in n_lines {
            baselines.push(bottom + 18.0);
            bottom += ROW + RULE_LINE * n_lines.saturating_sub(1) as f64;
        }
        Self { top: top + HEAD, bottom, baselines }
    }

    fn plot(&self) -> Area {
        Area { left: PLOT.0, top: self.top, right: PLOT.1, bottom: self.bottom }
    }
}

/// A rule in at most two lines.
fn rule_lines(rule: &str) -> Vec<String> {
    let mut lines = wrapped_to(&clean(rule), 12.0, NAME_WIDTH);
    if lines.len() > 2 {
        let rest = lines.split_off(1).join(" ");
        lines.push(cut_to(&rest, 12.0, NAME_WIDTH));
    }
    lines
}

fn wins_panel(rows: &[ScenarioRow<'_>], panel: &RowStack, ahead: &str) -> Markup {
    let most = rows.iter().map(|row| row.scenario.wins.high.max(row.scenario.wins.expected)).fold(0.0, f64::max);
    let step = Step::cutting(most, 6);
    let most = step.at_or_above(most);
    let across = Scale::new((0.0, most), PLOT);
    html! {
        (headings(panel, &format!("Wins over the {}", cut_to(ahead, 13.0, 190.0)), ["wins", "leads", "conversion"]))
        (bottom_grid(&panel.plot(), &ticks(&across, step, number_tick)))
        @for (row, &y) in rows.iter().zip(&panel.baselines) {
            @let Scenario { wins, leads, conversion, rule, .. } = row.scenario;
            (text((0.0, y), Anchor::Start, "c-b", &row.name()))
            @for (at, line) in rule_lines(rule).iter().enumerate() {
                (text((0.0, y + 15.0 + RULE_LINE * at as f64), Anchor::Start, "c-m", line))
            }
            (line((across.at(wins.low), y + 3.0), (across.at(wins.high), y + 3.0), &row.class("c-whisker")))
            (mark(row.shape, (across.at(wins.expected), y + 3.0), 5.5, &row.class("c-mark")))
            (text((COLUMNS[0], y), Anchor::End, "c-b", &about(wins.expected)))
            (text((COLUMNS[0], y + 15.0), Anchor::End, "c-m", &range(wins)))
            (text((COLUMNS[1], y), Anchor::End, "c-t", &about(leads.expected)))
            (text((COLUMNS[2], y), Anchor::End, "c-t", &share(conversion.expected)))
        }
    }
}

fn pairs_panel(pairs: &[Pair<'_>], panel: &RowStack) -> Markup {
    let lowest = pairs.iter().map(|pair| pair.wins_difference.low).fold(0.0, f64::min);
    let most =
        pairs.iter().map(|pair| pair.wins_difference.high.max(pair.wins_difference.expected)).fold(0.0, f64::max);
    let step = Step::cutting(most - lowest, 6);
    let (lowest, most) = (step.at_or_below(lowest), step.at_or_above(most));
    let across = Scale::new((lowest, most), PLOT);
    html! {
        (headings(panel, "Extra wins", ["extra wins", "", "how likely more"]))
        (bottom_grid(&panel.plot(), &ticks(&across, step, number_tick)))
        (line((across.at(0.0), panel.top), (across.at(0.0), panel.bottom), "c-axis"))
        @for (pair, &y) in pairs.iter().zip(&panel.baselines) {
            (text((0.0, y), Anchor::Start, "c-b", &cut_to(&pair.a, 14.0, NAME_WIDTH)))
            (text((0.0, y + 15.0), Anchor::Start, "c-m", &cut_to(&format!("against {}", pair.b), 12.0, NAME_WIDTH)))
            (line((across.at(pair.wins_difference.low), y + 3.0), (across.at(pair.wins_difference.high), y + 3.0), "c-whisker"))
            (mark(Shape::Circle, (across.at(pair.wins_difference.expected), y + 3.0), 5.5, "c-mark"))
            (text((COLUMNS[0], y), Anchor::End, "c-b", &signed(pair.wins_difference.expected)))
            (text((COLUMNS[0], y + 15.0), Anchor::End, "c-m", &range(&pair.wins_difference)))
            (text((COLUMNS[2], y), Anchor::End, "c-t", &how_likely(pair)))
        }
    }
}

/// As wide as its column.
fn how_likely(pair: &ScenarioPair) -> String {
    match Odds::of_wins(pair)[0] {
        Odds::TooClose => "too close".to_owned(),
        odds => odds.words(),
    }
}

fn headings(panel: &RowStack, over_plot: &str, over_columns: [&str; 3]) -> Markup {
    let y = panel.top - 10.0;
    html! {
        (text((PLOT.0, y), Anchor::Start, "c-t", over_plot))
        @for (words, right) in over_columns.iter().zip(COLUMNS).filter(|(words, _)| !words.is_empty()) {
            (text((right, y), Anchor::End, "c-m", words))
        }
    }
}

fn notebook(rows: &[ScenarioRow<'_>], pairs: &[Pair<'_>], ahead: &str) -> Notebook {
    let policies: Vec<Value> = rows
        .iter()
        .map(|row| {
            let Scenario { wins, leads, conversion, rule, .. } = row.scenario;
            json!({
                "policy": if row.is_policy { &row.scenario.policy } else { "recommended" },
                "rule": rule,
                "wins": rounded(wins.expected),
                "low": rounded(wins.low),
                "high": rounded(wins.high),
                "leads": rounded(leads.expected),
                "conversion": rounded(conversion.expected),
                "recommended": row.is_recommended,
            })
        })
        .collect();
    let differences: Vec<Value> = pairs
        .iter()
        .map(|pair| {
            json!({
                "pair": format!("{} against {}", pair.a, pair.b),
                "extra": rounded(pair.wins_difference.expected),
                "low": rounded(pair.wins_difference.low),
                "high": rounded(pair.wins_difference.high),
                "chance": rounded(pair.a_wins_more),
                "said": Odds::of_wins(pair)[0].words(),
            })
        })
        .collect();
    let mut views = vec![whiskers("policies", "policy", "wins", &format!("wins over the {ahead}"))];
    if !differences.is_empty() {
        views.push(whiskers("differences", "pair", "extra", "extra wins"));
    }
    Notebook::of_views(json!({ "policies": policies, "differences": differences }), json!({ "vconcat": views }))
}

fn whiskers(data: &str, name: &str, value: &str, title: &str) -> Value {
    let rows = json!({ "field": name, "type": "nominal", "sort": null, "title": null, "axis": { "labelLimit": 220 } });
    let across =
        |field: &str| json!({ "field": field, "type": "quantitative", "title": title, "scale": { "zero": true } });
    let colour = colour_where("datum.recommended === true", ACCENT_2, ACCENT);
    json!({
        "data": { "name": data },
        "width": 420,
        "height": { "step": 36 },
        "layer": [
            {
                "mark": { "type": "rule", "strokeWidth": 2 },
                "encoding": { "y": rows, "x": across("low"), "x2": { "field": "high" }, "color": colour },
            },
            {
                "mark": { "type": "point", "filled": true, "size": 110, "opacity": 1, "tooltip": { "content": "data" } },
                "encoding": { "y": rows, "x": across(value), "color": colour },
            },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::chart::xml::elements;
    use crate::report::testing::company;

    fn estimate(low: f64, expected: f64, high: f64) -> Estimate {
        Estimate { expected, low, high }
    }

    #[test]
    fn dots_and_whiskers_stand_at_their_wins() {
        let mut company = company();
        company.metrics.forecast.n_months = Some(1.0);
        let rows = &mut company.metrics.forecast.scenarios;
        rows[0].wins = estimate(20.0, 25.0, 30.0);
        rows[1].wins = estimate(25.0, 50.0, 80.0);
        let elements = elements(&scenarios(&company.parts()).expect("policies").svg.into_string()).expect("XML");
        // 0 to 80 wins on 190 to 470: 3.5 units a win.
        let dot = elements.iter().find(|element| element.attribute("class") == Some("c-mark")).expect("a dot");
        assert_eq!(dot.number("cx"), 190.0 + 25.0 * 3.5);
        let whisker =
            |class| elements.iter().find(|element| element.attribute("class") == Some(class)).expect("a line");
        let ends = |class| (whisker(class).number("x1"), whisker(class).number("x2"));
        assert_eq!(ends("c-whisker"), (190.0 + 20.0 * 3.5, 190.0 + 30.0 * 3.5));
        assert_eq!(ends("c-whisker-2"), (190.0 + 25.0 * 3.5, 470.0));
    }

    #[test]
    fn a_pair_is_told_from_the_one_that_wins_more() {
        let pair = ScenarioPair {
            a: "few".to_owned(),
            b: "many".to_owned(),
            wins_difference: estimate(-9.0, -4.0, 1.0),
            a_wins_more: 0.1,
            b_wins_more: 0.85,
            ..ScenarioPair::default()
        };
        let told = turned(&pair, true);
        assert_eq!((told.a.as_str(), told.b.as_str()), ("many", "few"));
        assert_eq!((told.wins_difference, told.a_wins_more), (estimate(-1.0, 4.0, 9.0), 0.85));
    }

    #[test]
    fn the_title_names_a_winner_only_where_one_is_likely() {
        let mut company = company();
        let title = |company: &crate::report::testing::Company| scenarios(&company.parts()).expect("policies").title;
        assert_eq!(title(&company), "About 23 wins over the average month ahead with wide, 15 with selective");
        company.metrics.forecast.recommended.as_mut().expect("one").scenario.thresholds[0].score -= 20;
        let with_line =
            "About 23 wins over the average month ahead with wide, 15 with selective; 23 with the recommended line";
        assert_eq!(title(&company), with_line);
        company.metrics.forecast.pairs[0].b_wins_more = 0.6;
        assert_eq!(title(&company), "About as many wins over the average month ahead with wide as with selective");
        company.metrics.forecast.scenarios.truncate(1);
        company.metrics.forecast.recommended = None;
        assert_eq!(title(&company), "About 15 wins over the average month ahead with selective");
    }

    #[test]
    fn a_long_rule_takes_two_lines_and_the_rest_is_cut() {
        assert_eq!(rule_lines("top 50 a month"), ["top 50 a month"]);
        let lines =
            rule_lines("a chance of at least 3.4 %, where a lead pays for the work of everybody who touches it");
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("a chance of at least") && lines[1].ends_with('…'), "{lines:?}");
        let panel = RowStack::new(0.0, [1, 2, 1].into_iter());
        assert_eq!((panel.baselines.as_slice(), panel.bottom), ([44.0, 86.0, 142.0].as_slice(), 166.0));
    }

    #[test]
    fn what_is_not_drawn_is_said() {
        let mut company = company();
        let forecast = &mut company.metrics.forecast;
        forecast.scenarios = (0..15).map(|_| forecast.scenarios[0].clone()).collect();
        forecast.pairs = (0..9).map(|_| forecast.pairs[0].clone()).collect();
        forecast.recommended = None;
        let page = scenarios(&company.parts()).expect("policies").svg.into_string();
        assert!(page.contains("Drawn: the first 12 of 15 policies and the first 6 of 9 pairs."), "{page}");
    }
}
