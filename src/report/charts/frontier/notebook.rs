//! The frontier as a Vega-Lite specification.

use serde_json::{Value, json};

use super::Contents;
use super::spots::Spot;
use crate::decide::frontier::FrontierRow;
use crate::render::chart::vega::{ACCENT, ACCENT_2, rounded, spec};

pub(super) fn spec_of(title: &str, description: &str, seen: &Contents<'_>, leads: &str) -> Value {
    let rows: Vec<Value> = seen.rows.iter().map(row).collect();
    let spots: Vec<Value> = seen.spots.iter().map(spot).collect();
    let across = json!({ "field": "leads", "type": "quantitative", "title": leads });
    let up = |field: &str| {
        json!({
            "field": field, "type": "quantitative", "title": "share that converts", "axis": { "format": "~%" }
        })
    };
    spec(
        title,
        description,
        (560, 340),
        json!({ "frontier": rows, "policies": spots }),
        json!([
            {
                "data": { "name": "frontier" },
                "mark": { "type": "area", "opacity": 0.15, "color": ACCENT },
                "encoding": { "x": across, "y": up("low"), "y2": { "field": "high" } },
            },
            {
                "data": { "name": "frontier" },
                "mark": { "type": "line", "color": ACCENT, "tooltip": { "content": "data" } },
                "encoding": { "x": across, "y": up("conversion"), "order": { "field": "leads", "type": "quantitative" } },
            },
            {
                "data": { "name": "policies" },
                "mark": { "type": "point", "filled": true, "size": 130, "opacity": 1, "tooltip": { "content": "data" } },
                "encoding": {
                    "x": across,
                    "y": up("conversion"),
                    "shape": { "field": "shape", "type": "nominal", "scale": null },
                    "color": {
                        "condition": { "test": "datum.recommended", "value": ACCENT_2 },
                        "value": ACCENT,
                    },
                },
            },
            {
                "data": { "name": "policies" },
                "mark": { "type": "text", "align": "left", "dx": 9, "dy": -9, "fontWeight": 600, "limit": 180 },
                "encoding": { "x": across, "y": up("conversion"), "text": { "field": "policy", "type": "nominal" } },
            },
        ]),
    )
}

fn row(row: &FrontierRow) -> Value {
    json!({
        "threshold": row.threshold,
        "leads": rounded(row.chosen.leads_per),
        "conversion": rounded(row.chosen.conversion),
        "low": rounded(row.chosen.conversion_interval.low),
        "high": rounded(row.chosen.conversion_interval.high),
        "wins": rounded(row.chosen.wins_per),
    })
}

fn spot(spot: &Spot) -> Value {
    json!({
        "policy": spot.name,
        "threshold": spot.threshold,
        "leads": rounded(spot.leads),
        "conversion": rounded(spot.conversion),
        "wins": rounded(spot.leads * spot.conversion),
        "recommended": spot.is_recommended,
        "shape": spot.shape.in_vega(),
    })
}
