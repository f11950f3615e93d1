//! Drift: how far the leads of now are from those of the history, criterion by criterion, beside what chance would do.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::monitor::{DriftRow, DriftVerdict, Monitor};
use crate::notes::counted;
use crate::render::chart::axis::{bottom_grid, ticks};
use crate::render::chart::labels::Area;
use crate::render::chart::numbers::share;
use crate::render::chart::scale::{Scale, Step};
use crate::render::chart::svg::{Anchor, block, line, text, titled};
use crate::render::chart::text::cut_to;
use crate::render::chart::vega::{ACCENT, ACCENT_2, MUTED, Notebook, colour_where, layer, names, quantity, rounded};
use crate::render::chart::{Chart, Drawing};

const WIDTH: f64 = 680.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 656.0;
const TOP: f64 = 44.0;
const ROW: f64 = 22.0;
/// Most comparisons that are drawn: those that moved most.
const MAX_ROWS: usize = 30;
/// The axis reaches at least this far, so that small drift looks small.
const LEAST_RANGE: f64 = 0.3;

/// The index of the score and of each criterion as a bar, and what chance alone would bring as a stroke.
pub(in crate::monitor) fn drift(found: &Monitor) -> Option<Chart> {
    let mut rows: Vec<&DriftRow> =
        found.drift.rows.iter().filter(|row| row.psi.is_some_and(f64::is_finite) && row.limit.is_some()).collect();
    if rows.is_empty() {
        return None;
    }
    rows.sort_by(|a, b| b.is_score.cmp(&a.is_score).then(psi(b).total_cmp(&psi(a))));
    Some(Chart::new("drift", &title(&rows), &description(&rows), draw(&rows), notebook(&rows)))
}

fn psi(row: &DriftRow) -> f64 {
    row.psi.unwrap_or(0.0)
}

fn is_large(row: &DriftRow) -> bool {
    matches!(row.verdict, DriftVerdict::Moderate | DriftVerdict::Large)
}

fn title(rows: &[&DriftRow]) -> String {
    let large: Vec<&str> = rows.iter().filter(|row| is_large(row)).map(|row| row.name.as_str()).collect();
    match large[..] {
        [] => "Leads like those of the history come".to_owned(),
        [one] => format!("Other leads come than in the history: {one}"),
        [first, second] => format!("Other leads come than in the history: {first} and {second}"),
        [first, ..] => {
            format!("Other leads come than in the history: {first} and {}", counted(large.len() as u64 - 1, "other"))
        }
    }
}

fn description(rows: &[&DriftRow]) -> String {
    let mut text =
        "Population stability index of the score and of each criterion, and what it stays below by chance.".to_owned();
    for row in rows.iter().take(MAX_ROWS) {
        text += &format!(" {}.", said(row));
    }
    text
}

/// "budget: 0.31 (by chance up to 0.02), large; approved 18 % instead of 31 %".
fn said(row: &DriftRow) -> String {
    let moved: Vec<String> = row
        .moved
        .iter()
        .map(|level| format!("{} {} instead of {}", level.level, share(level.now), share(level.before)))
        .collect();
    let moved = if moved.is_empty() { String::new() } else { format!("; {}", moved.join(", ")) };
    format!(
        "{}: {:.3} (by chance up to {:.3}), {}{moved}",
        row.name,
        psi(row),
        row.limit.unwrap_or(0.0),
        row.verdict.words()
    )
}

fn draw(rows: &[&DriftRow]) -> Drawing {
    let drawn = &rows[..rows.len().min(MAX_ROWS)];
    let most = drawn.iter().map(|row| psi(row).max(row.limit.unwrap_or(0.0))).fold(LEAST_RANGE, f64::max);
    let step = Step::cutting(most, 6);
    let across = Scale::new((0.0, step.at_or_above(most)), (LEFT, RIGHT));
    let bottom = TOP + ROW * drawn.len() as f64 + 4.0;
    let plot = Area { left: LEFT, top: TOP, right: RIGHT, bottom };
    let words = |value: f64, n_decimals: usize| format!("{value:.n_decimals$}");
    let n_left_out = rows.len() - drawn.len();
    let cut = if n_left_out > 0 {
        format!("{} that moved less are in the table.", counted(n_left_out as u64, "criterion"))
    } else {
        String::new()
    };
    let body = html! {
        (key())
        (bottom_grid(&plot, &ticks(&across, step, words)))
        @for guide in [0.1, 0.25] { (line((across.at(guide), TOP), (across.at(guide), bottom), "c-guide")) }
        @for (at, row) in drawn.iter().enumerate() {
            @let y = TOP + ROW * (at as f64 + 0.5);
            (text((0.0, y + 4.0), Anchor::Start, if row.is_score { "c-b" } else { "c-t" }, &cut_to(&row.name, 13.0, LEFT - 14.0)))
            (titled(&said(row), &bar(row, y, &across)))
        }
        (text((RIGHT, bottom + 36.0), Anchor::End, "c-t", "population stability index"))
        @if !cut.is_empty() { (text((0.0, bottom + 36.0), Anchor::Start, "c-m", &cut)) }
    };
    Drawing { width: WIDTH, height: bottom + 44.0, body }
}

fn bar(row: &DriftRow, y: f64, across: &Scale) -> Markup {
    let class = if is_large(row) { "c-bar-2" } else { "c-bar" };
    let limit = across.at(row.limit.unwrap_or(0.0));
    html! {
        (block((LEFT, y - 5.0), (across.at(psi(row)), y + 5.0), class))
        (line((limit, y - 8.5), (limit, y + 8.5), "c-axis"))
    }
}

/// What bars and strokes mean, drawn as they are.
fn key() -> Markup {
    let y = 10.0;
    html! {
        (block((0.0, y - 5.0), (26.0, y + 5.0), "c-bar"))
        (text((34.0, y + 4.0), Anchor::Start, "c-m", "as in the history, or nearly"))
        (block((206.0, y - 5.0), (232.0, y + 5.0), "c-bar-2"))
        (text((240.0, y + 4.0), Anchor::Start, "c-m", "moved"))
        (line((300.0, y - 8.5), (300.0, y + 8.5), "c-axis"))
        (text((308.0, y + 4.0), Anchor::Start, "c-m", "chance goes up to here"))
        (text((466.0, y + 4.0), Anchor::Start, "c-m", "dotted: customary 0.1, 0.25"))
    }
}

fn notebook(rows: &[&DriftRow]) -> Notebook {
    let comparisons: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "psi": rounded(psi(row)),
                "limit": rounded(row.limit.unwrap_or(0.0)),
                "verdict": row.verdict.words(),
                "moved": is_large(row),
            })
        })
        .collect();
    let name = names("name");
    let across = |field: &str| quantity(field, "population stability index");
    Notebook::layered(
        460,
        22 * rows.len().max(1) as u32,
        json!({ "comparisons": comparisons }),
        json!([
            layer(
                "comparisons",
                json!({ "type": "bar", "height": 11, "tooltip": { "content": "data" } }),
                json!({
                    "y": name,
                    "x": across("psi"),
                    "color": colour_where("datum.moved", ACCENT_2, ACCENT),
                })
            ),
            layer("comparisons", json!({ "type": "tick", "color": MUTED }), json!({ "y": name, "x": across("limit") })),
        ]),
    )
}
