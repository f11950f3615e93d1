//! Evidence against the card, lead by lead, and the line at which the alarm is raised.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::monitor::{Look, Monitor, WeeklyTest};
use crate::notes::{count, counted};
use crate::render::chart::axis::{bottom_axis, left_axis, left_end, ticks};
use crate::render::chart::labels::Area;
use crate::render::chart::numbers::number_tick;
use crate::render::chart::scale::{Scale, Step};
use crate::render::chart::svg::{Anchor, Point, Shape, line, mark, polyline, text, thinned, titled};
use crate::render::chart::vega::{ACCENT, ACCENT_2, Notebook, layer, quantity, rounded};
use crate::render::chart::{Chart, Drawing};

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 380.0;
const PLOT: Area = Area { left: 46.0, top: 30.0, right: 656.0, bottom: 310.0 };

/// What a stake bet against the card has become after each week's leads, on a scale of powers of ten.
pub(in crate::monitor) fn evidence(found: &Monitor) -> Option<Chart> {
    let test = found.weekly_test.as_ref().filter(|test| !test.looks.is_empty())?;
    Some(Chart::new(
        "evidence",
        &title(test),
        &description(test),
        Drawing { width: WIDTH, height: HEIGHT, body: draw(test) },
        notebook(test),
    ))
}

fn title(test: &WeeklyTest) -> String {
    match &test.alarm {
        None => "No alarm: the evidence against the card stays below the line".to_owned(),
        Some(alarm) => format!("Alarm after {}: {}", counted(alarm.n_leads, "lead"), alarm.fault.words()),
    }
}

fn description(test: &WeeklyTest) -> String {
    format!(
        "What a stake of 1 that is bet against the card has become, over {} with an outcome in the order of hand-off: now {} \
         times, at most {} times. The alarm is raised at {} times.",
        counted(test.n_leads, "lead"),
        power(test.log10_evidence),
        power(test.log10_highest),
        power(test.log10_alarm)
    )
}

/// 10 to this power as people say it: 1,200, 3.4, 1/50; beyond a million as a power.
fn power(log10: f64) -> String {
    match log10 {
        log10 if log10.abs() > 6.0 => {
            let sign = if log10 < 0.0 { "\u{2212}" } else { "" };
            format!("10^{sign}{:.0}", log10.abs())
        }
        log10 if log10 < -0.5 => format!("1/{}", count(10_f64.powf(-log10).round() as u64)),
        log10 if log10 < 1.5 => format!("{:.1}", 10_f64.powf(log10)).trim_end_matches(".0").to_owned(),
        log10 => count(10_f64.powf(log10).round() as u64),
    }
}

fn draw(test: &WeeklyTest) -> Markup {
    let heights = || test.looks.iter().map(|look| look.log10_evidence).chain([0.0, test.log10_alarm]);
    let (lowest, highest) = (heights().fold(0.0, f64::min), heights().fold(test.log10_alarm + 0.3, f64::max));
    let step = Step::cutting_whole(highest - lowest, 7);
    let (from, to) = (step.at_or_below(lowest), step.at_or_above(highest));
    let words = |value: f64, _: usize| power(value);
    let up = Scale::new((from, to), (PLOT.bottom, PLOT.top));
    let plot = Area { left: left_end(&up, step, words), ..PLOT };
    let across = Scale::new((0.0, test.n_leads as f64), (plot.left, plot.right));
    let leads = Step::cutting_whole(test.n_leads as f64, 6);
    let place = |look: &Look| -> Point { (across.at(look.n_leads as f64), up.at(look.log10_evidence)) };
    let points: Vec<Point> = std::iter::once((plot.left, up.at(0.0))).chain(test.looks.iter().map(place)).collect();
    let alarm_y = up.at(test.log10_alarm);
    html! {
        (left_axis(&plot, &ticks(&up, step, words)))
        (bottom_axis(&plot, &ticks(&across, leads, number_tick)))
        (line((plot.left, alarm_y), (plot.right, alarm_y), "c-whisker-2"))
        (text((plot.left + 8.0, alarm_y - 6.0), Anchor::Start, "c-m", &format!("alarm, at {} times the stake", power(test.log10_alarm))))
        (polyline(&thinned(&points), "c-line"))
        @if let Some(look) = test.looks.last() { (titled(&said(look), &mark(Shape::Circle, place(look), 4.0, "c-mark"))) }
        @if let Some(alarm) = &test.alarm {
            @let x = across.at(alarm.n_leads as f64);
            (titled(
                &format!("alarm after {}: {}", counted(alarm.n_leads, "lead"), alarm.fault.words()),
                &mark(Shape::Diamond, (x, alarm_y), 5.0, "c-mark-2")
            ))
        }
        (text((0.0, 12.0), Anchor::Start, "c-t", "A stake of 1 against the card has become"))
        (text((plot.right, plot.bottom + 36.0), Anchor::End, "c-t", "leads with an outcome, in the order of hand-off"))
        (text((0.0, HEIGHT - 8.0), Anchor::Start, "c-m", &days(test)))
    }
}

/// "First look 2026-01-07, last 2026-06-30."
fn days(test: &WeeklyTest) -> String {
    let ends = test.looks.first().zip(test.looks.last());
    let days = ends.and_then(|(first, last)| Some((first.day.as_ref()?, last.day.as_ref()?)));
    days.map_or_else(String::new, |(first, last)| {
        format!("Week by week of hand-off; the first ends with {first}, the last with {last}.")
    })
}

fn said(look: &Look) -> String {
    let day = look.day.as_ref().map_or_else(String::new, |day| format!("{day}: "));
    format!(
        "{day}{}, {} converted, {:.1} predicted; {} times the stake",
        counted(look.n_leads, "lead"),
        count(look.n_converted),
        look.n_expected,
        power(look.log10_evidence)
    )
}

fn notebook(test: &WeeklyTest) -> Notebook {
    let looks: Vec<Value> = test
        .looks
        .iter()
        .map(|look| {
            json!({
                "day": look.day,
                "leads": look.n_leads,
                "converted": look.n_converted,
                "promised": rounded(look.n_expected),
                "log10_evidence": rounded(look.log10_evidence),
            })
        })
        .collect();
    let up = |field: &str| quantity(field, "log10 of the stake against the card");
    Notebook::layered(
        560,
        280,
        json!({ "looks": looks, "alarm": [{ "log10_alarm": rounded(test.log10_alarm) }] }),
        json!([
            layer(
                "looks",
                json!({ "type": "line", "point": true, "color": ACCENT, "tooltip": { "content": "data" } }),
                json!({
                    "x": { "field": "leads", "type": "quantitative", "title": "leads with an outcome" },
                    "y": up("log10_evidence"),
                })
            ),
            layer(
                "alarm",
                json!({ "type": "rule", "color": ACCENT_2, "strokeWidth": 2 }),
                json!({ "y": up("log10_alarm") })
            ),
        ]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_read_as_people_say_them() {
        let said = [-8.0, -1.7, -0.3, 0.0, 0.53, 1.301_03, 3.08, 7.4].map(power);
        assert_eq!(said, ["10^−8", "1/50", "0.5", "1", "3.4", "20", "1,202", "10^7"]);
    }
}
