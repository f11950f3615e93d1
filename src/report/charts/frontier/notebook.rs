//! The frontier as a Vega-Lite specification.

use serde_json::{Value, json};

use super::Contents;
use super::spots::Spot;
use crate::decide::frontier::FrontierRow;
use crate::render::chart::{ACCENT, ACCENT_2, Notebook, colour_where, layer, quantity, rounded, share_quantity};

pub(super) fn notebook(seen: &Contents<'_>, leads: &str) -> Notebook {
    let rows: Vec<Value> = seen.rows.iter().map(row).collect();
    let spots: Vec<Value> = seen.spots.iter().map(spot).collect();
    let across = quantity("leads", leads);
    let up = |field: &str| share_quantity(field, "share that converts");
    Notebook::layered(
        560,
        340,
        json!({ "frontier": rows, "policies": spots }),
        json!([
            layer(
                "frontier",
                json!({ "type": "area", "opacity": 0.15, "color": ACCENT }),
                json!({ "x": across, "y": up("low"), "y2": { "field": "high" } })
            ),
            layer(
                "frontier",
                json!({ "type": "line", "color": ACCENT, "tooltip": { "content": "data" } }),
                json!({ "x": across, "y": up("conversion"), "order": { "field": "leads", "type": "quantitative" } })
            ),
            layer(
                "policies",
                json!({ "type": "point", "filled": true, "size": 130, "opacity": 1, "tooltip": { "content": "data" } }),
                json!({
                    "x": across,
                    "y": up("conversion"),
                    "shape": { "field": "shape", "type": "nominal", "scale": null },
                    "color": colour_where("datum.recommended", ACCENT_2, ACCENT),
                })
            ),
            layer(
                "policies",
                json!({ "type": "text", "align": "left", "dx": 9, "dy": -9, "fontWeight": 600, "limit": 180 }),
                json!({ "x": across, "y": up("conversion"), "text": { "field": "policy", "type": "nominal" } })
            ),
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
