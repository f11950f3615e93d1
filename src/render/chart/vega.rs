//! What all Vega-Lite specifications have in common.

use serde_json::{Value, json};

use super::text::clean;

/// Colours of a notebook: those of the files.
pub(crate) const ACCENT: &str = "#1f5fa8";
/// The second colour.
pub(crate) const ACCENT_2: &str = "#b8500a";

/// A specification around `layers`, which draw on data sets of the names in `datasets`.
///
/// - `size`: width and height of the plot.
pub(crate) fn spec(title: &str, description: &str, size: (u32, u32), datasets: Value, layers: Value) -> Value {
    framed(title, description, datasets, json!({ "width": size.0, "height": size.1, "layer": layers }))
}

/// A specification whose `views` say themselves how large they are.
pub(crate) fn framed(title: &str, description: &str, datasets: Value, views: Value) -> Value {
    let mut spec = json!({
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": { "text": clean(title), "anchor": "start", "fontSize": 16 },
        "description": clean(description),
        "datasets": datasets,
    });
    if let (Some(spec), Value::Object(views)) = (spec.as_object_mut(), views) {
        spec.extend(views);
        spec.insert(
            "config".to_owned(),
            json!({
                "view": { "stroke": null },
                "axis": { "gridColor": "#e1e4e8", "domain": false, "ticks": false, "labelPadding": 6 },
                "font": "Helvetica, Arial, sans-serif",
            }),
        );
    }
    spec
}

/// A figure as it is worth keeping in a file: six decimals.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
