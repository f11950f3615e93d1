//! Promised against seen, in groups of leads of about equal size.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::measures::ReliabilityRow;
use crate::notes::counted;
use crate::render::chart::{
    ACCENT, Anchor, Area, Chart, Drawing, MUTED, Notebook, Placer, Point, Scale, Step, bottom_axis, circle, layer,
    left_axis, left_end, line, rounded, share, share_quantity, share_range, share_tick, text, ticks, titled, width_of,
};

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 446.0;
const PLOT: Area = Area { left: 46.0, top: 30.0, right: 656.0, bottom: 376.0 };
/// Largest disc.
const RADIUS: f64 = 7.0;
/// Most groups that are named.
const MAX_LABELS: usize = 5;

/// Predicted against seen conversion with intervals and the diagonal; discs are as large as the group has leads.
///
/// - `rows`: groups of leads by score.
pub(crate) fn reliability(rows: &[ReliabilityRow]) -> Option<Chart> {
    let figures = |row: &&ReliabilityRow| {
        [row.predicted, row.observed, row.observed_low, row.observed_high].iter().all(|figure| figure.is_finite())
    };
    let rows: Vec<&ReliabilityRow> = rows.iter().filter(figures).collect();
    if rows.is_empty() {
        return None;
    }
    Some(Chart::new(
        "reliability",
        &title(&rows),
        &description(&rows),
        Drawing { width: WIDTH, height: HEIGHT, body: draw(&rows) },
        notebook(&rows),
    ))
}

/// Whether chance explains the difference between promised and seen.
fn is_kept(row: &ReliabilityRow) -> bool {
    (row.observed_low..=row.observed_high).contains(&row.predicted)
}

fn scores(row: &ReliabilityRow) -> String {
    if row.score_from == row.score_to {
        counted_points(row.score_from)
    } else {
        format!("{} to {}", row.score_from, counted_points(row.score_to))
    }
}

fn counted_points(points: i32) -> String {
    format!("{points} {}", if points == 1 { "point" } else { "points" })
}

fn title(rows: &[&ReliabilityRow]) -> String {
    let n_kept = rows.iter().filter(|row| is_kept(row)).count();
    match (n_kept, rows.len()) {
        (1, 1) => "As many leads converted as promised, give or take chance".to_owned(),
        (0, 1) => "Not as many leads converted as promised".to_owned(),
        (kept, all) => {
            let all_of = if kept == all { "all".to_owned() } else { format!("{kept} of") };
            format!("As many leads converted as promised in {all_of} {all} groups, give or take chance")
        }
    }
}

fn description(rows: &[&ReliabilityRow]) -> String {
    let mut text =
        "Leads in groups by score: the share that was promised to convert, and the share that did.".to_owned();
    for row in rows {
        text += &format!(
            " {}: {}, promised {}, seen {} (90 % sure: {}).",
            scores(row),
            counted(row.n_leads, "lead"),
            share(row.predicted),
            share(row.observed),
            share_range(row.observed_low, row.observed_high)
        );
    }
    text
}

fn draw(rows: &[&ReliabilityRow]) -> Markup {
    let (step, lowest, highest) = range(rows);
    let up = Scale::new((lowest, highest), (PLOT.bottom, PLOT.top));
    let plot = Area { left: left_end(&up, step, share_tick), ..PLOT };
    let across = Scale::new((lowest, highest), (plot.left, plot.right));
    let most_leads = rows.iter().map(|row| row.n_leads).max().unwrap_or(0).max(1);
    let place = |row: &ReliabilityRow| (across.at(row.predicted), up.at(row.observed));
    let radius = |row: &ReliabilityRow| (RADIUS * (row.n_leads as f64 / most_leads as f64).sqrt()).max(2.5);

    let mut placer = Placer::new(Area { left: plot.left + 4.0, bottom: plot.bottom - 3.0, ..plot });
    let diagonal = [(plot.left, plot.bottom), (plot.right, plot.top)];
    placer.dislike_line(&diagonal);
    for row in rows {
        placer.take(Area::around(place(row), radius(row)));
        let x = across.at(row.predicted);
        placer.dislike_line(&[(x, up.at(row.observed_low)), (x, up.at(row.observed_high))]);
    }
    let corners = [
        ("more converted than promised", (plot.left + 12.0, plot.top + 22.0), Anchor::Start),
        ("fewer converted than promised", (plot.right - 12.0, plot.bottom - 14.0), Anchor::End),
    ];
    for (words, (x, y), anchor) in corners {
        let width = width_of(words, 12.0);
        let left = if anchor == Anchor::End { x - width } else { x };
        placer.take(Area { left, top: y - 12.0, right: left + width, bottom: y + 4.0 });
    }
    let labels: Vec<(Area, String)> = named(rows)
        .into_iter()
        .filter_map(|row| {
            let words = scores(row);
            let distance = radius(row) * 1.5;
            Some((placer.place_if_free(place(row), distance, width_of(&words, 12.0), 14.0)?, words))
        })
        .collect();

    html! {
        (left_axis(&plot, &ticks(&up, step, share_tick)))
        (bottom_axis(&plot, &ticks(&across, step, share_tick)))
        (line(diagonal[0], diagonal[1], "c-guide"))
        @for (words, place, anchor) in corners { (text(place, anchor, "c-m", words)) }
        @for row in rows { (group(row, place(row), radius(row), &up)) }
        @for (area, words) in &labels { (text((area.left, area.bottom - 3.0), Anchor::Start, "c-m", words)) }
        (text((0.0, 12.0), Anchor::Start, "c-t", "Share that converted"))
        (text((plot.right, plot.bottom + 36.0), Anchor::End, "c-t", "share that was promised to convert"))
        (text((0.0, HEIGHT - 6.0), Anchor::Start, "c-m",
            "Discs: groups of leads by score, as large as the group. Lines: 90 % sure. Dotted: as promised."))
    }
}

/// Both axes: from zero, unless all groups lie in the upper part of the picture.
fn range(rows: &[&ReliabilityRow]) -> (Step, f64, f64) {
    let highest = rows.iter().map(|row| row.predicted.max(row.observed_high)).fold(0.0, f64::max);
    let lowest = rows.iter().map(|row| row.predicted.min(row.observed_low)).fold(highest, f64::min);
    let lowest = if lowest > 0.5 * highest { lowest } else { 0.0 };
    let step = Step::cutting(highest - lowest, 8);
    (step, step.at_or_below(lowest), step.at_or_above(highest))
}

fn group(row: &ReliabilityRow, place: Point, radius: f64, up: &Scale) -> Markup {
    let words = format!(
        "{}: {}, promised {}, seen {} ({})",
        scores(row),
        counted(row.n_leads, "lead"),
        share(row.predicted),
        share(row.observed),
        share_range(row.observed_low, row.observed_high)
    );
    let (x, _) = place;
    let drawn = html! {
        (line((x, up.at(row.observed_low)), (x, up.at(row.observed_high)), "c-whisker"))
        (circle(place, radius, if is_kept(row) { "c-mark" } else { "c-mark-2" }))
    };
    titled(&words, &drawn)
}

/// The groups worth naming: highest and lowest scores, and those that came otherwise than promised.
fn named<'a>(rows: &[&'a ReliabilityRow]) -> Vec<&'a ReliabilityRow> {
    let last = rows.len().saturating_sub(1);
    let broken = (0..rows.len()).filter(|&at| !is_kept(rows[at]) && at != 0 && at != last);
    let mut named: Vec<usize> = [last, 0].into_iter().chain(broken).collect();
    named.dedup();
    named.into_iter().take(MAX_LABELS).map(|at| rows[at]).collect()
}

fn notebook(rows: &[&ReliabilityRow]) -> Notebook {
    let groups: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "scores": scores(row),
                "leads": row.n_leads,
                "converted": row.n_converted,
                "promised": rounded(row.predicted),
                "seen": rounded(row.observed),
                "low": rounded(row.observed_low),
                "high": rounded(row.observed_high),
            })
        })
        .collect();
    let highest = rows.iter().map(|row| row.predicted.max(row.observed_high)).fold(0.0, f64::max);
    let share_of = |field: &str, title: &str| share_quantity(field, title);
    let (across, up) =
        (share_of("promised", "share that was promised to convert"), share_of("seen", "share that converted"));
    Notebook::layered(
        420,
        420,
        json!({
            "groups": groups,
            "as_promised": [{ "promised": 0, "seen": 0 }, { "promised": rounded(highest), "seen": rounded(highest) }],
        }),
        json!([
            layer(
                "as_promised",
                json!({ "type": "line", "color": MUTED, "strokeDash": [2, 3], "strokeWidth": 1 }),
                json!({ "x": across, "y": up })
            ),
            layer(
                "groups",
                json!({ "type": "rule", "color": ACCENT, "strokeWidth": 2 }),
                json!({ "x": across, "y": share_of("low", "share that converted"), "y2": { "field": "high" } })
            ),
            layer(
                "groups",
                json!({ "type": "circle", "color": ACCENT, "opacity": 1, "tooltip": { "content": "data" } }),
                json!({
                    "x": across,
                    "y": up,
                    "size": { "field": "leads", "type": "quantitative", "legend": null, "scale": { "rangeMax": 300 } },
                })
            ),
        ]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::chart::xml::{Element, elements};

    fn row(predicted: f64, n_leads: u64, n_converted: u64, low: f64, high: f64) -> ReliabilityRow {
        ReliabilityRow {
            score_from: 3,
            score_to: 7,
            n_leads,
            n_converted,
            predicted,
            observed: n_converted as f64 / n_leads as f64,
            observed_low: low,
            observed_high: high,
        }
    }

    #[test]
    fn discs_stand_at_promised_and_seen_and_a_broken_promise_has_the_other_colour() {
        let rows = [row(0.1, 100, 10, 0.06, 0.16), row(0.2, 400, 160, 0.36, 0.4)];
        let chart = reliability(&rows).expect("groups");
        assert_eq!(chart.title, "As many leads converted as promised in 1 of 2 groups, give or take chance");
        let elements = elements(&chart.svg.into_string()).expect("XML");
        let discs: Vec<(Option<&str>, [f64; 3])> = elements
            .iter()
            .filter(|element| element.name == "circle")
            .map(|disc: &Element| (disc.attribute("class"), ["cx", "cy", "r"].map(|name| disc.number(name))))
            .collect();
        // Both axes run from 0 to 40 %: 46 to 656 across, 376 to 30 up. A quarter of the leads is half the radius.
        let expected =
            [(Some("c-mark"), [46.0 + 610.0 / 4.0, 289.5, 3.5]), (Some("c-mark-2"), [46.0 + 610.0 / 2.0, 30.0, 7.0])];
        assert_eq!(discs, expected);
    }

    #[test]
    fn axes_begin_at_zero_unless_all_groups_lie_high() {
        let high = row(0.9, 100, 91, 0.85, 0.95);
        assert_eq!((range(&[&high]).1, range(&[&high]).2), (0.84, 0.96));
        let low = row(0.1, 100, 10, 0.06, 0.16);
        assert_eq!((range(&[&low, &high]).1, range(&[&low, &high]).2), (0.0, 1.0));
    }
}
