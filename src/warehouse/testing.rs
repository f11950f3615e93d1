//! A small config with a warehouse, for tests.

use super::grid::{Cells, Grid};
use super::layout::{Layout, RoleColumns};
use crate::settings::{Settings, parse};

/// Leads with a text, a number, a flag, a day and four counts of events; outcomes have a table of their own.
const SMALL: &str = r#"
[leads]
id = "lead"
as_of = "at"
[outcome]
converted_at = "won_on"
horizon = "30d"
observed_until = "2026-06-30"
[events]
lead = "lead"
at = "at"
kind = "kind"
[warehouse]
leads = "crm.leads"
outcomes = "crm.outcomes"
events = "crm.events"
cells = 8
types = { at = "moment", won_on = "day", need = "text", size = "number", asked = "boolean", since = "day" }
[[criterion]]
name = "need"
[[criterion]]
name = "size"
[[criterion]]
name = "asked"
[[criterion]]
name = "since"
[[criterion]]
name = "visits"
events = { kind = "visit", within = "30d", measure = "count" }
[[criterion]]
name = "pages"
events = { kind = "visit", measure = "sum:pages" }
[[criterion]]
name = "active"
events = { within = "90d", measure = "active_days" }
[[criterion]]
name = "last"
events = { kind = "call", measure = "days_since_last" }
"#;

/// The small config, each pair of texts replaced.
pub(super) fn small_settings(changes: &[(&str, &str)]) -> Settings {
    let text = changes.iter().fold(SMALL.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    parse("bantam.toml", &text).expect("a config").check().expect("settings")
}

pub(super) fn small_layout(settings: &Settings) -> (Layout, RoleColumns) {
    let warehouse = settings.warehouse.as_ref().expect("a warehouse");
    Layout::of(settings, warehouse, &|_, column| warehouse.types.get(column).copied()).expect("types are said")
}

/// Two texts, three cells of a number and single cells.
pub(super) fn small_grid(layout: &Layout) -> Grid {
    let numbers = |low: &[f64], high: &[f64]| Some(Cells::Numbers { low: low.to_vec(), high: high.to_vec() });
    let parts = layout.parts.iter().map(|part| match part.name.as_str() {
        "need" => Some(Cells::Texts(vec!["it's".to_owned(), "none".to_owned()])),
        "size" => numbers(&[0.0, 10.5, 250.0], &[9.0, 200.0, 1e6]),
        "since" | "visits" | "pages" | "active" | "last" => numbers(&[0.0], &[4.0]),
        _ => None,
    });
    Grid { parts: parts.collect() }
}
