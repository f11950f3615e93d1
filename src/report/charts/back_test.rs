//! Promised against come: what each past period's card promised under each policy, and what happened.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::decide::forecast::record::Estimate;
use crate::decide::history::record::BackTestRow;
use crate::render::chart::{
    ACCENT, ACCENT_2, Anchor, Area, Chart, Drawing, MUTED, Notebook, Scale, Shape, Step, Tick, about, block,
    bottom_grid, cut_to, in_wins, line, mark, number_tick, period_in_words, rounded, share, share_range, share_tick,
    text, ticks, titled,
};
use crate::report::RunParts;

const WIDTH: f64 = 680.0;
/// Left and right end of the two plots.
const CONVERSION: (f64, f64) = (192.0, 410.0);
const WINS: (f64, f64) = (446.0, 662.0);
const ROW: f64 = 22.0;
/// Room above a policy's rows for its name.
const HEADING: f64 = 26.0;
const TOP: f64 = 52.0;
const PERIOD_WIDTH: f64 = 178.0;
/// Most rows that are drawn: whole policies first, then the latest periods.
const MAX_ROWS: usize = 40;

/// What was promised (interval) against what came, per period and policy: conversion and wins.
pub fn back_test(parts: &RunParts<'_>) -> Option<Chart> {
    let rows: Vec<&BackTestRow> = parts.metrics.back_test.iter().filter(is_finite).collect();
    if rows.is_empty() {
        return None;
    }
    let policies = by_policy(&rows);
    Some(Chart::new("back_test", &title(&rows), &description(&rows), draw(&policies, rows.len()), notebook(&rows)))
}

fn is_finite(row: &&BackTestRow) -> bool {
    let promised = row.promised_wins.is_finite() && row.promised_conversion.is_finite();
    promised && row.wins.is_finite() && row.conversion.is_finite()
}

/// Rows of each policy, in the order the policies appear.
fn by_policy<'a>(rows: &[&'a BackTestRow]) -> Vec<(&'a str, Vec<&'a BackTestRow>)> {
    let mut policies: Vec<(&str, Vec<&BackTestRow>)> = Vec::new();
    for row in rows {
        match policies.iter_mut().find(|(name, _)| *name == row.policy) {
            Some((_, of_policy)) => of_policy.push(row),
            None => policies.push((&row.policy, vec![row])),
        }
    }
    policies
}

fn title(rows: &[&BackTestRow]) -> String {
    let n_kept = rows.iter().filter(|row| row.promised_wins.contains(row.wins)).count();
    match (n_kept, rows.len()) {
        (1, 1) => "The wins that came lay within what was promised".to_owned(),
        (0, 1) => "The wins that came lay outside what was promised".to_owned(),
        (kept, all) if kept == all => {
            format!("The wins that came lay within what was promised in all {all} past cases")
        }
        (kept, all) => format!("The wins that came lay within what was promised in {kept} of {all} past cases"),
    }
}

fn description(rows: &[&BackTestRow]) -> String {
    let mut text =
        "For each past period and policy: what the card fitted before it promised, and what came.".to_owned();
    for row in rows.iter().take(MAX_ROWS) {
        text += &format!(" {}, {}: {}", row.policy, period_in_words(&row.period), said(row));
    }
    text
}

/// "30 % promised (27 to 33 %), 28 % came; 60 wins promised (55 to 65), 56 came."
fn said(row: &BackTestRow) -> String {
    let (conversion, wins) = (&row.promised_conversion, &row.promised_wins);
    format!(
        "{} promised ({}), {} came; {} promised ({} to {}), {} came.",
        share(conversion.expected),
        share_range(conversion.low, conversion.high),
        share(row.conversion),
        in_wins(wins.expected),
        about(wins.low),
        about(wins.high),
        about(row.wins)
    )
}

/// Whole policies while there is room; of the first policy the latest periods where even those are too many.
fn drawn<'a, 'b>(policies: &'b [(&'a str, Vec<&'a BackTestRow>)]) -> Vec<(&'a str, &'b [&'a BackTestRow])> {
    let mut room = MAX_ROWS;
    let mut drawn = Vec::new();
    for (at, (name, rows)) in policies.iter().enumerate() {
        if at > 0 && rows.len() > room {
            break;
        }
        let latest = &rows[rows.len().saturating_sub(room)..];
        room -= latest.len();
        drawn.push((*name, latest));
    }
    drawn
}

/// One of the two plots: its figures, its scale and its ticks.
struct FigurePlot {
    plot: (f64, f64),
    across: Scale,
    ticks: Vec<Tick>,
    figures: fn(&BackTestRow) -> (&Estimate, f64),
}

impl FigurePlot {
    fn new(
        plot: (f64, f64),
        rows: &[&BackTestRow],
        figures: fn(&BackTestRow) -> (&Estimate, f64),
        words: fn(f64, usize) -> String,
    ) -> Self {
        let most =
            rows.iter().map(|row| figures(row)).map(|(promised, came)| promised.high.max(came)).fold(0.0, f64::max);
        let step = Step::cutting(most, 4);
        let most = step.at_or_above(most).max(step.times(1));
        let across = Scale::new((0.0, most), plot);
        let ticks = ticks(&across, step, words);
        Self { plot, across, ticks, figures }
    }

    fn area(&self, bottom: f64) -> Area {
        Area { left: self.plot.0, top: TOP - 8.0, right: self.plot.1, bottom }
    }

    /// Bar of what was promised, stroke for what to expect, mark for what came.
    fn row(&self, row: &BackTestRow, y: f64) -> Markup {
        let (promised, came) = (self.figures)(row);
        let (low, high) = (self.across.at(promised.low), self.across.at(promised.high));
        let expected = self.across.at(promised.expected);
        let (shape, class) = outcome(promised.contains(came));
        html! {
            (block((low, y - 5.5), (high, y + 5.5), "c-area-2"))
            (line((expected, y - 5.5), (expected, y + 5.5), "c-axis"))
            (mark(shape, (self.across.at(came), y), 4.5, class))
        }
    }
}

/// Mark of what came: within what was promised, or outside.
fn outcome(is_kept: bool) -> (Shape, &'static str) {
    if is_kept { (Shape::Circle, "c-mark") } else { (Shape::Diamond, "c-mark-2") }
}

fn draw(policies: &[(&str, Vec<&BackTestRow>)], n_rows: usize) -> Drawing {
    let drawn = drawn(policies);
    let drawn_rows: Vec<&BackTestRow> = drawn.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
    let conversion =
        FigurePlot::new(CONVERSION, &drawn_rows, |row| (&row.promised_conversion, row.conversion), share_tick);
    let wins = FigurePlot::new(WINS, &drawn_rows, |row| (&row.promised_wins, row.wins), number_tick);
    let bottom = TOP + HEADING * drawn.len() as f64 + ROW * drawn_rows.len() as f64;
    let mut y = TOP;
    let mut down = |by: f64| {
        y += by;
        y
    };
    let cut = if drawn_rows.len() < n_rows {
        format!("The first {} of {n_rows} cases are drawn; metrics.json has all.", drawn_rows.len())
    } else {
        String::new()
    };
    let cut_height = if cut.is_empty() { 0.0 } else { 24.0 };
    let body = html! {
        (key())
        (text((CONVERSION.0, TOP - 14.0), Anchor::Start, "c-t", "Share of chosen leads that converts"))
        (text((WINS.0, TOP - 14.0), Anchor::Start, "c-t", "Wins in the period"))
        @for panel in [&conversion, &wins] { (bottom_grid(&panel.area(bottom), &panel.ticks)) }
        @for (name, rows) in &drawn {
            (text((0.0, down(HEADING) - 8.0), Anchor::Start, "c-b", &cut_to(name, 14.0, PERIOD_WIDTH)))
            @for row in rows.iter() {
                @let middle = down(ROW) - ROW / 2.0;
                (text((0.0, middle + 4.0), Anchor::Start, "c-m", &cut_to(&period_in_words(&row.period), 12.0, PERIOD_WIDTH)))
                (titled(&said(row), &html! { (conversion.row(row, middle)) (wins.row(row, middle)) }))
            }
        }
        @if !cut.is_empty() { (text((0.0, bottom + 44.0), Anchor::Start, "c-m", &cut)) }
    };
    Drawing { width: WIDTH, height: bottom + 26.0 + cut_height, body }
}

/// What the marks mean, drawn as they are.
fn key() -> Markup {
    let y = 8.0;
    html! {
        (block((0.0, y - 5.5), (34.0, y + 5.5), "c-area-2"))
        (line((17.0, y - 5.5), (17.0, y + 5.5), "c-axis"))
        (text((42.0, y + 4.0), Anchor::Start, "c-m", "promised, 90 % sure"))
        @for (x, is_kept, words) in [(190.0, true, "came, as promised"), (330.0, false, "came, outside of what was promised")] {
            @let (shape, class) = outcome(is_kept);
            (mark(shape, (x, y), 4.5, class))
            (text((x + 10.0, y + 4.0), Anchor::Start, "c-m", words))
        }
    }
}

fn notebook(rows: &[&BackTestRow]) -> Notebook {
    let cases: Vec<Value> = rows
        .iter()
        .map(|row| {
            let (conversion, wins) = (&row.promised_conversion, &row.promised_wins);
            json!({
                "case": format!("{}, {}", row.policy, period_in_words(&row.period)),
                "policy": row.policy,
                "period": row.period,
                "conversion": rounded(row.conversion),
                "conversion_promised": rounded(conversion.expected),
                "conversion_low": rounded(conversion.low),
                "conversion_high": rounded(conversion.high),
                "wins": rounded(row.wins),
                "wins_promised": rounded(wins.expected),
                "wins_low": rounded(wins.low),
                "wins_high": rounded(wins.high),
            })
        })
        .collect();
    let views =
        [panel_spec("conversion", "share that converts", Some("~%")), panel_spec("wins", "wins in the period", None)];
    Notebook::of_views(json!({ "cases": cases }), json!({ "hconcat": views }))
}

fn panel_spec(figure: &str, title: &str, format: Option<&str>) -> Value {
    let is_first = figure == "conversion";
    let axis = if is_first { json!({ "labelLimit": 260 }) } else { Value::Null };
    let case = json!({ "field": "case", "type": "nominal", "sort": null, "title": null, "axis": axis });
    let axis = format.map_or_else(|| json!({}), |format| json!({ "format": format }));
    let across = |field: &str| json!({ "field": field, "type": "quantitative", "title": title, "axis": axis });
    let field = |ending: &str| format!("{figure}_{ending}");
    let is_kept = format!("datum.{figure} >= datum.{figure}_low && datum.{figure} <= datum.{figure}_high");
    json!({
        "data": { "name": "cases" },
        "width": 260,
        "height": { "step": 22 },
        "layer": [
            {
                "mark": { "type": "bar", "height": 11, "opacity": 0.25, "color": MUTED },
                "encoding": { "y": case, "x": across(&field("low")), "x2": { "field": field("high") } },
            },
            {
                "mark": { "type": "tick", "color": MUTED, "size": 11 },
                "encoding": { "y": case, "x": across(&field("promised")) },
            },
            {
                "mark": { "type": "point", "filled": true, "size": 80, "opacity": 1, "tooltip": { "content": "data" } },
                "encoding": {
                    "y": case,
                    "x": across(figure),
                    "color": { "condition": { "test": is_kept, "value": ACCENT }, "value": ACCENT_2 },
                    "shape": { "condition": { "test": is_kept, "value": "circle" }, "value": "diamond" },
                },
            },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::chart::xml::elements;
    use crate::report::testing::company;

    fn row(policy: &str, period: usize, came: f64) -> BackTestRow {
        BackTestRow {
            period: format!("period {period}"),
            policy: policy.to_owned(),
            promised_conversion: Estimate { expected: 0.2, low: 0.15, high: 0.25 },
            conversion: 0.2,
            promised_wins: Estimate { expected: 40.0, low: 30.0, high: 50.0 },
            wins: came,
            ..BackTestRow::default()
        }
    }

    #[test]
    fn the_promise_is_a_bar_and_what_came_a_mark_that_tells_if_it_was_kept() {
        let mut company = company();
        company.metrics.back_test = vec![row("wide", 1, 45.0), row("wide", 2, 100.0)];
        let chart = back_test(&company.parts()).expect("periods");
        assert_eq!(chart.title, "The wins that came lay within what was promised in 1 of 2 past cases");
        let elements = elements(&chart.svg.into_string()).expect("XML");
        let of = |class: &str| -> Vec<&crate::render::chart::xml::Element> {
            elements.iter().filter(|element| element.attribute("class") == Some(class)).collect()
        };
        // The key, then conversion and wins of each row. Wins: 0 to 100 on 446 to 662.
        let bar = of("c-area-2")[2];
        assert_eq!((bar.number("x"), bar.number("width")), (510.8, 43.2));
        let kept = of("c-mark")[2];
        assert_eq!(kept.number("cx"), 543.2);
        // The key, and the second row's wins.
        assert_eq!(of("c-mark-2").len(), 2);
    }

    #[test]
    fn whole_policies_are_drawn_while_there_is_room_and_the_latest_periods_of_a_long_one() {
        let rows: Vec<BackTestRow> =
            ["a", "b", "c"].iter().flat_map(|name| (0..18).map(|at| row(name, at, 40.0))).collect();
        let rows: Vec<&BackTestRow> = rows.iter().collect();
        let policies = by_policy(&rows);
        let n_drawn: Vec<(&str, usize)> = drawn(&policies).iter().map(|(name, rows)| (*name, rows.len())).collect();
        assert_eq!(n_drawn, [("a", 18), ("b", 18)]);
        let long: Vec<BackTestRow> = (0..60).map(|at| row("a", at, 40.0)).collect();
        let long: Vec<&BackTestRow> = long.iter().collect();
        let policies = by_policy(&long);
        assert_eq!(drawn(&policies)[0].1.first().map(|row| row.period.as_str()), Some("period 20"));
    }
}
