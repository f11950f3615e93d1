//! How long conversions take: the share of them that has come by each age of a lead.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::record::{MaturityMetrics, SeenByAge};
use crate::notes::counted;
use crate::render::chart::{
    ACCENT, Anchor, Area, Chart, Drawing, Notebook, Point, Scale, Step, area, bottom_axis, circle, layer, left_axis,
    left_end, line, number_tick, polyline, quantity, rounded, share, share_range, share_tick, text, ticks, titled,
};
use crate::render::words::amount;

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 326.0;
const PLOT: Area = Area { left: 46.0, top: 30.0, right: 656.0, bottom: 266.0 };

/// Share of the conversions seen by age, with its interval.
pub(super) fn maturity(metrics: &MaturityMetrics) -> Option<Chart> {
    let is_whole = |row: &&SeenByAge| [row.days, row.share, row.low, row.high].iter().all(|figure| figure.is_finite());
    let rows: Vec<&SeenByAge> = metrics.seen.iter().filter(is_whole).collect();
    let last = rows.last()?;
    let title = format!(
        "Half of the conversions come within {}",
        counted(metrics.half_seen_days.ceil().max(1.0) as u64, "day")
    );
    Some(Chart::new(
        "maturity",
        &title,
        &description(metrics, &rows),
        Drawing { width: WIDTH, height: HEIGHT, body: draw(&rows, last.days) },
        notebook(&rows),
    ))
}

fn description(metrics: &MaturityMetrics, rows: &[&SeenByAge]) -> String {
    let mut said = format!(
        "Share of the conversions within the horizon that have come by the age of a lead, from {}.",
        counted(metrics.n_conversions as u64, "conversion")
    );
    // A reader who cannot see it is told a sixth of the ages.
    for row in rows.iter().rev().step_by(rows.len().div_ceil(6)).collect::<Vec<_>>().into_iter().rev() {
        said += &format!(
            " {} days: {} (90 % sure: {}).",
            amount(row.days),
            share(row.share),
            share_range(row.low, row.high)
        );
    }
    said
}

fn draw(rows: &[&SeenByAge], last: f64) -> Markup {
    let up_step = Step::cutting(1.0, 5);
    let up = Scale::new((0.0, 1.0), (PLOT.bottom, PLOT.top));
    let plot = Area { left: left_end(&up, up_step, share_tick), ..PLOT };
    let across = Scale::new((0.0, last), (plot.left, plot.right));
    let days_step = Step::cutting_whole(last, 8);
    let through = |figure: fn(&SeenByAge) -> f64| -> Vec<Point> {
        let start = (across.at(0.0), up.at(0.0));
        std::iter::once(start).chain(rows.iter().map(|row| (across.at(row.days), up.at(figure(row))))).collect()
    };
    html! {
        (left_axis(&plot, &ticks(&up, up_step, share_tick)))
        (bottom_axis(&plot, &ticks(&across, days_step, number_tick)))
        (area(&through(|row| row.high), &through(|row| row.low), "c-area"))
        (polyline(&through(|row| row.share), "c-line"))
        (line((plot.left, up.at(0.5)), (plot.right, up.at(0.5)), "c-guide"))
        @for row in rows {
            @let words = format!("{} days: {} of the conversions have come", amount(row.days), share(row.share));
            (titled(&words, &circle((across.at(row.days), up.at(row.share)), 2.5, "c-mark")))
        }
        (text((0.0, 12.0), Anchor::Start, "c-t", "Share of the conversions that have come"))
        (text((plot.right, plot.bottom + 36.0), Anchor::End, "c-t", "days after the hand-off"))
    }
}

fn notebook(rows: &[&SeenByAge]) -> Notebook {
    let ages: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "days": rounded(row.days),
                "share": rounded(row.share),
                "low": rounded(row.low),
                "high": rounded(row.high),
            })
        })
        .collect();
    let days = quantity("days", "days after the hand-off");
    let up = |field: &str| {
        json!({
            "field": field,
            "type": "quantitative",
            "title": "share of the conversions that have come",
            "axis": { "format": "~%" },
            "scale": { "domain": [0, 1] },
        })
    };
    Notebook::layered(
        560,
        260,
        json!({ "ages": ages }),
        json!([
            layer(
                "ages",
                json!({ "type": "area", "color": ACCENT, "opacity": 0.15 }),
                json!({ "x": days, "y": up("low"), "y2": { "field": "high" } })
            ),
            layer(
                "ages",
                json!({ "type": "line", "color": ACCENT, "point": true, "tooltip": { "content": "data" } }),
                json!({ "x": days, "y": up("share") })
            ),
        ]),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::example;
    use super::*;
    use crate::render::chart::xml::elements;

    #[test]
    fn the_line_stands_at_the_share_and_the_title_says_where_half_have_come() {
        let chart = maturity(&example(&[])).expect("ages");
        assert_eq!(chart.title, "Half of the conversions come within 26 days");
        let ages = "30 days: 56\u{a0}% (90 % sure: 51 to 61\u{a0}%).";
        assert!(chart.description.contains(ages), "{}", chart.description);
        let elements = elements(&chart.svg.into_string()).expect("XML");
        let dots: Vec<(f64, f64)> = elements
            .iter()
            .filter(|element| element.attribute("class") == Some("c-mark"))
            .map(|dot| (dot.number("cx"), dot.number("cy")))
            .collect();
        // 30, 60 and 90 days on 46.. to 656, 56, 86 and 100 % on 266 to 30.
        assert_eq!(dots.len(), 3);
        assert_eq!(dots.iter().map(|dot| dot.1).collect::<Vec<_>>(), [133.8, 63.0, 30.0]);
        assert_eq!(dots[2].0, 656.0);
    }

    #[test]
    fn without_ages_there_is_no_picture() {
        assert!(maturity(&MaturityMetrics::default()).is_none());
    }
}
