//! What sales accepts beside what converts: two marks per answer on one scale, with their ranges.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::agreement::LevelWeights;
use crate::decide::forecast::record::Estimate;
use crate::notes::counted;
use crate::render::chart::{
    ACCENT, ACCENT_2, Anchor, Area, Chart, Drawing, Notebook, Scale, Shape, Step, bottom_grid, cut_to, line, mark,
    names, number_tick, rounded, text, ticks, titled,
};

const WIDTH: f64 = 720.0;
const LEFT: f64 = 270.0;
const ROW: f64 = 34.0;
const TOP: f64 = 34.0;
/// Most answers that are drawn.
const MOST: usize = 16;

/// The answers where sales parts from what converts, the weightiest first; where there are none, those with most points.
pub(super) fn agreement(levels: &[LevelWeights], differences: &[usize]) -> Option<Chart> {
    let mut drawn: Vec<&LevelWeights> = differences.iter().take(MOST).map(|&at| &levels[at]).collect();
    let title = if drawn.is_empty() {
        drawn = levels.iter().collect();
        drawn.sort_by(|a, b| b.conversion.expected.abs().total_cmp(&a.conversion.expected.abs()));
        drawn.truncate(MOST);
        "Sales accepts what converts: the answers that count most"
    } else {
        "Where sales parts from what converts"
    };
    if drawn.is_empty() {
        return None;
    }
    let mut description =
        format!("Points in acceptance and in conversion of {}:", counted(drawn.len() as u64, "answer"));
    for level in &drawn {
        description += &format!(
            " {} {}: {:.0} in acceptance, {:.0} in conversion;",
            level.criterion, level.level, level.acceptance.expected, level.conversion.expected
        );
    }
    description.pop();
    description += ".";
    Some(Chart::new("agreement", title, &description, draw(&drawn), notebook(&drawn)))
}

fn draw(levels: &[&LevelWeights]) -> Drawing {
    let ends = || levels.iter().flat_map(|level| [level.acceptance, level.conversion]);
    let low = ends().map(|estimate| estimate.low).fold(0.0, f64::min);
    let high = ends().map(|estimate| estimate.high).fold(0.0, f64::max);
    let bottom = TOP + ROW * levels.len() as f64;
    let plot = Area { left: LEFT, top: TOP, right: WIDTH - 16.0, bottom };
    let scale = Scale::new((low, high), (plot.left, plot.right));
    let ticks = ticks(&scale, Step::cutting_whole(high - low, 8), number_tick);
    let body = html! {
        (mark(Shape::Diamond, (LEFT + 8.0, 10.0), 5.0, "c-mark-2"))
        (text((LEFT + 20.0, 14.0), Anchor::Start, "c-t", "in what sales accepts"))
        (mark(Shape::Circle, (LEFT + 188.0, 10.0), 5.0, "c-mark"))
        (text((LEFT + 200.0, 14.0), Anchor::Start, "c-t", "in what converts"))
        (bottom_grid(&plot, &ticks))
        (line((scale.at(0.0), plot.top), (scale.at(0.0), plot.bottom), "c-axis"))
        @for (at, level) in levels.iter().enumerate() { (row(level, TOP + ROW * at as f64, &scale)) }
        (text((f64::midpoint(plot.left, plot.right), bottom + 36.0), Anchor::Middle, "c-m", "points; 10 double the odds"))
    };
    Drawing { width: WIDTH, height: bottom + 44.0, body }
}

fn row(level: &LevelWeights, top: f64, scale: &Scale) -> Markup {
    let words = format!("{}: {}", level.criterion, level.level);
    let (above, below) = (top + ROW * 0.36, top + ROW * 0.68);
    let whisker = |estimate: Estimate, y: f64, class: &str| {
        line((scale.at(estimate.low), y), (scale.at(estimate.high), y), class)
    };
    titled(
        &words,
        &html! {
            (text((0.0, top + ROW * 0.62), Anchor::Start, "c-t", &cut_to(&words, 13.0, LEFT - 18.0)))
            (whisker(level.acceptance, above, "c-whisker-2"))
            (mark(Shape::Diamond, (scale.at(level.acceptance.expected), above), 5.0, "c-mark-2"))
            (whisker(level.conversion, below, "c-whisker"))
            (mark(Shape::Circle, (scale.at(level.conversion.expected), below), 5.0, "c-mark"))
        },
    )
}

fn notebook(levels: &[&LevelWeights]) -> Notebook {
    let rows: Vec<Value> = levels
        .iter()
        .flat_map(|level| {
            [("acceptance", level.acceptance), ("conversion", level.conversion)].map(|(what, points)| {
                json!({
                    "answer": format!("{}: {}", level.criterion, level.level),
                    "in": what,
                    "points": rounded(points.expected),
                    "low": rounded(points.low),
                    "high": rounded(points.high),
                })
            })
        })
        .collect();
    let y = names("answer");
    let offset = json!({ "field": "in" });
    let colour = json!({ "field": "in", "type": "nominal", "title": null,
        "scale": { "domain": ["acceptance", "conversion"], "range": [ACCENT_2, ACCENT] } });
    Notebook::of_views(
        json!({ "answers": rows }),
        json!({
            "data": { "name": "answers" },
            "width": 420,
            "height": { "step": 14 },
            "encoding": { "y": y, "yOffset": offset, "color": colour },
            "layer": [
                {
                    "mark": "rule",
                    "encoding": {
                        "x": { "field": "low", "type": "quantitative", "title": "points" },
                        "x2": { "field": "high" },
                    },
                },
                {
                    "mark": { "type": "point", "filled": true, "tooltip": { "content": "data" } },
                    "encoding": { "x": { "field": "points", "type": "quantitative" } },
                },
            ],
        }),
    )
}
