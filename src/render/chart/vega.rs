//! What all Vega-Lite specifications have in common.

use serde_json::{Value, json};

use crate::colours::LIGHT;

/// Colours of a notebook: those of the page.
pub(crate) const ACCENT: &str = LIGHT.accent;
/// The second colour.
pub(crate) const ACCENT_2: &str = LIGHT.accent_2;
/// What stands back.
pub(crate) const MUTED: &str = LIGHT.muted;

/// A picture for a notebook: its data, and what is drawn on them. Title and description are those of the picture.
#[derive(Debug, Clone)]
pub(crate) struct Notebook {
    datasets: Value,
    views: Value,
}

impl Notebook {
    /// Layers that draw on data sets of the names in `datasets`.
    ///
    /// - `width`, `height`: of the plot.
    pub(crate) fn layered(width: u32, height: u32, datasets: Value, layers: Value) -> Self {
        Self::of_views(datasets, json!({ "width": width, "height": height, "layer": layers }))
    }

    /// Views that say themselves how large they are.
    pub(crate) fn of_views(datasets: Value, views: Value) -> Self {
        Self { datasets, views }
    }

    /// The specification; `title` and `description` are clean.
    pub(super) fn spec(self, title: &str, description: &str) -> Value {
        let mut spec = json!({
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "title": { "text": title, "anchor": "start", "fontSize": 16 },
            "description": description,
            "datasets": self.datasets,
        });
        if let (Some(spec), Value::Object(views)) = (spec.as_object_mut(), self.views) {
            spec.extend(views);
            spec.insert(
                "config".to_owned(),
                json!({
                    "view": { "stroke": null },
                    "axis": { "gridColor": LIGHT.grid, "domain": false, "ticks": false, "labelPadding": 6 },
                    "font": "Helvetica, Arial, sans-serif",
                }),
            );
        }
        spec
    }
}

/// A layer on the data set of this name.
pub(crate) fn layer(data: &str, mark: Value, encoding: Value) -> Value {
    json!({ "data": { "name": data }, "mark": mark, "encoding": encoding })
}

/// A field of numbers.
pub(crate) fn quantity(field: &str, title: &str) -> Value {
    json!({ "field": field, "type": "quantitative", "title": title })
}

/// A field of shares, in per cent on its axis.
pub(crate) fn share_quantity(field: &str, title: &str) -> Value {
    json!({ "field": field, "type": "quantitative", "title": title, "axis": { "format": "~%" } })
}

/// A field of names, in the order of the rows and without a title.
pub(crate) fn names(field: &str) -> Value {
    json!({ "field": field, "type": "nominal", "sort": null, "title": null })
}

/// One colour where `test` holds of a row, the other elsewhere.
pub(crate) fn colour_where(test: &str, there: &str, elsewhere: &str) -> Value {
    json!({ "condition": { "test": test, "value": there }, "value": elsewhere })
}

/// A figure as it is worth keeping in a file: six decimals.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
