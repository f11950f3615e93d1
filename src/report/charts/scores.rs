//! The leads by their points: how many there are of each score, in which band, and where the line cuts.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::colours::LIGHT;
use crate::decide::frontier::FrontierRow;
use crate::render::chart::bands::ending_of_band;
use crate::render::chart::{
    Anchor, Area, Chart, Drawing, Notebook, Scale, Step, about, block, bottom_axis, cut_to, layer, left_axis, left_end,
    line, number_tick, quantity, rounded, text, ticks, width_of,
};
use crate::render::words::amount;
use crate::report::RunParts;

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 300.0;
const PLOT: Area = Area { left: 46.0, top: 56.0, right: 668.0, bottom: 236.0 };
/// Most bars; with more scores several share one.
const MAX_BARS: i32 = 110;
/// Most of a bar's room that the bar fills.
const FILLED: f64 = 0.86;

/// Leads a month (or of 1,000 leads) of each score, coloured by band, with the line.
pub fn scores(parts: &RunParts<'_>) -> Option<Chart> {
    let seen = Seen::of(parts)?;
    let leads = parts.frontier.per.leads_words();
    Some(Chart::new(
        "scores",
        &title(parts, &seen, leads),
        &description(parts, &seen, leads),
        Drawing { width: WIDTH, height: HEIGHT, body: draw(parts, &seen, leads) },
        notebook(parts, &seen, leads),
    ))
}

/// Where each threshold cuts the picture of [`scores`]: per cent of its width from the left.
pub fn score_places(parts: &RunParts<'_>) -> BTreeMap<i32, f64> {
    let Some(seen) = Seen::of(parts) else { return BTreeMap::new() };
    let across = seen.frame().across;
    let place = |row: &FrontierRow| (row.threshold, across.at(f64::from(row.threshold)) / WIDTH * 100.0);
    parts.frontier.rows.iter().map(place).collect()
}

/// Leads of a few scores that stand together.
struct Bar {
    /// Lowest of the scores.
    score: i32,
    leads: f64,
}

/// What is on the picture.
struct Seen {
    /// Lowest score first.
    bars: Vec<Bar>,
    /// Scores that share a bar.
    n_scores: i32,
    /// Fewest points of a lead that is handed over, where one line holds for all.
    line: Option<i32>,
}

struct Frame {
    plot: Area,
    across: Scale,
    up: Scale,
    step: Step,
}

impl Seen {
    /// `None` where there are no leads.
    fn of(parts: &RunParts<'_>) -> Option<Self> {
        let rows = &parts.frontier.rows;
        let (first, last) = (rows.first()?, rows.last()?);
        let n_scores = ((last.threshold - first.threshold) / MAX_BARS + 1).max(1);
        let mut leads: BTreeMap<i32, f64> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let above = rows.get(at + 1).map_or(0.0, |next| next.chosen.leads_per);
            *leads.entry(row.threshold.div_euclid(n_scores) * n_scores).or_default() += row.chosen.leads_per - above;
        }
        let bars = leads.into_iter().map(|(score, leads)| Bar { score, leads: leads.max(0.0) }).collect();
        Some(Self { bars, n_scores, line: line_of(parts) })
    }

    fn frame(&self) -> Frame {
        let most = self.bars.iter().map(|bar| bar.leads).fold(0.0, f64::max);
        let step = Step::cutting(most, 4);
        let up = Scale::new((0.0, step.at_or_above(most).max(step.times(1))), (PLOT.bottom, PLOT.top));
        let plot = Area { left: left_end(&up, step, number_tick), ..PLOT };
        let first = self.bars.first().map_or(0, |bar| bar.score);
        let last = self.bars.last().map_or(0, |bar| bar.score);
        let across = Scale::new((f64::from(first), f64::from(last + self.n_scores)), (plot.left, plot.right));
        Frame { plot, across, up, step }
    }
}

/// The line of the answer, else that of the first policy.
fn line_of(parts: &RunParts<'_>) -> Option<i32> {
    let recommended = parts.metrics.forecast.recommended.as_ref();
    let of_answer = recommended.and_then(|found| found.scenario.one_line()).map(|line| line.score);
    of_answer.or_else(|| parts.policies.iter().find(|policy| policy.groups.is_empty()).map(|policy| policy.threshold))
}

fn title(parts: &RunParts<'_>, seen: &Seen, leads: &str) -> String {
    let all = parts.frontier.at_least(i32::MIN).leads_per;
    match seen.line {
        Some(score) => format!(
            "{} of {} {leads} have {score} points or more",
            about(parts.frontier.at_least(score).leads_per),
            about(all)
        ),
        None => "How many leads have how many points".to_owned(),
    }
}

fn description(parts: &RunParts<'_>, seen: &Seen, leads: &str) -> String {
    let mut text = format!("A bar for each score, as high as there are {leads}.");
    for (band, from, to) in bands(parts, seen) {
        let of_band = seen.bars.iter().filter(|bar| (from..to).contains(&bar.score)).map(|bar| bar.leads).sum();
        text += &format!(" {band}: {} {leads}.", amount(of_band));
    }
    if let Some(score) = seen.line {
        text += &format!(" The line is at {score} points.");
    }
    text
}

/// The bands from low to high, each with its lowest score and the first above it, as far as there are bars.
fn bands<'a>(parts: &RunParts<'a>, seen: &Seen) -> Vec<(&'a str, i32, i32)> {
    let first = seen.bars.first().map_or(0, |bar| bar.score);
    let mut end = seen.bars.last().map_or(0, |bar| bar.score + seen.n_scores);
    let mut found = Vec::new();
    for band in &parts.card.bands {
        let from = band.from.unwrap_or(first).max(first);
        if from < end {
            found.push((band.name.as_str(), from, end));
            end = from;
        }
    }
    found.reverse();
    found
}

fn draw(parts: &RunParts<'_>, seen: &Seen, leads: &str) -> Markup {
    let frame = seen.frame();
    let Frame { plot, across, up, step } = &frame;
    let (from, to) = across.values;
    let bottom = ticks(across, Step::cutting_whole(to - from, 10), number_tick);
    let room = (across.at(1.0) - across.at(0.0)).abs();
    let width = (across.at(from + f64::from(seen.n_scores)) - across.at(from)).max(room) * FILLED;
    html! {
        (left_axis(plot, &ticks(up, *step, number_tick)))
        @for bar in &seen.bars {
            @let left = across.at(f64::from(bar.score));
            (block((left, up.at(bar.leads)), (left + width, plot.bottom), &class_of(parts, bar)))
        }
        (bottom_axis(plot, &bottom))
        @for (band, from, to) in bands(parts, seen) { (band_label(band, (across.at(f64::from(from)), across.at(f64::from(to))))) }
        @if let Some(score) = seen.line { (cut(&frame, score)) }
        (text((0.0, 12.0), Anchor::Start, "c-t", &format!("Leads {}", parts.frontier.per.words())))
        (text((plot.right, plot.bottom + 36.0), Anchor::End, "c-t", "points"))
        (text((0.0, HEIGHT - 6.0), Anchor::Start, "c-m", &format!("A bar for each score, as high as there are {leads}; the colour is the band.")))
    }
}

fn class_of(parts: &RunParts<'_>, bar: &Bar) -> String {
    format!("c-fill-{}", ending_of_band(parts.card.band_name(bar.score)))
}

/// The name of a band above its bars, where there is room.
fn band_label(band: &str, (left, right): (f64, f64)) -> Markup {
    let name = cut_to(band, 13.0, right - left);
    html! {
        @if width_of(band, 13.0) <= right - left {
            (text(((left + right) / 2.0, PLOT.top - 22.0), Anchor::Middle, &format!("c-text-{}", ending_of_band(band)), &name))
        }
    }
}

fn cut(frame: &Frame, score: i32) -> Markup {
    let x = frame.across.at(f64::from(score));
    let words = format!("the line: {score}");
    let anchor = if x + width_of(&words, 13.0) + 12.0 > WIDTH { Anchor::End } else { Anchor::Start };
    let beside = if anchor == Anchor::End { -5.0 } else { 5.0 };
    html! {
        (line((x, PLOT.top - 14.0), (x, PLOT.bottom), "c-cut"))
        (text((x + beside, PLOT.top - 4.0), anchor, "c-b", &words))
    }
}

fn notebook(parts: &RunParts<'_>, seen: &Seen, leads: &str) -> Notebook {
    let row =
        |bar: &Bar| json!({ "score": bar.score, "leads": rounded(bar.leads), "band": parts.card.band_name(bar.score) });
    let rows: Vec<Value> = seen.bars.iter().map(row).collect();
    let names: Vec<&str> = parts.card.bands.iter().map(|band| band.name.as_str()).collect();
    let colours: Vec<&str> = names.iter().map(|band| LIGHT.of_band(band)).collect();
    let lines: Vec<Value> = seen.line.iter().map(|score| json!({ "score": score })).collect();
    Notebook::layered(
        560,
        220,
        json!({ "scores": rows, "line": lines }),
        json!([
            layer(
                "scores",
                json!({ "type": "bar", "tooltip": { "content": "data" } }),
                json!({
                    "x": quantity("score", "points"),
                    "y": quantity("leads", leads),
                    "color": { "field": "band", "type": "nominal", "title": "band", "scale": { "domain": names, "range": colours } },
                })
            ),
            layer(
                "line",
                json!({ "type": "rule", "color": LIGHT.ink, "strokeWidth": 2 }),
                json!({ "x": quantity("score", "points") })
            ),
        ]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::chart::xml::elements;
    use crate::report::testing::company;

    #[test]
    fn the_bars_are_all_leads_and_each_has_the_colour_of_its_band() {
        let company = company();
        let parts = company.parts();
        let seen = Seen::of(&parts).expect("leads");
        let all: f64 = seen.bars.iter().map(|bar| bar.leads).sum();
        assert!((all - parts.frontier.at_least(i32::MIN).leads_per).abs() < 1e-6);
        let chart = scores(&parts).expect("leads");
        let elements = elements(&chart.svg.clone().into_string()).expect("XML");
        let hot = elements.iter().filter(|element| element.attribute("class") == Some("c-fill-hot")).count();
        let from = parts.card.bands[0].from.expect("a line");
        assert_eq!(hot, seen.bars.iter().filter(|bar| bar.score >= from).count());
        let line = parts.metrics.forecast.recommended.as_ref().expect("one").scenario.thresholds[0].score;
        assert!(chart.description.contains(&format!("The line is at {line} points")), "{}", chart.description);
    }

    #[test]
    fn a_higher_line_cuts_further_right() {
        let company = company();
        let places: Vec<f64> = score_places(&company.parts()).into_values().collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]) && places[0] > 0.0, "{places:?}");
    }
}
