//! The scenarios as a Parquet file: one row per policy.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, StringArray};
use parquet::errors::ParquetError;

use crate::decide::forecast::record::{Estimate, Forecast, Scenario};
use crate::decide::frontier::write_table;

/// Figures of a scenario that may not be known.
type Figure = (&'static str, fn(&Scenario) -> Option<Estimate>);

const FIGURES: [Figure; 12] = [
    ("leads", |scenario| Some(scenario.leads)),
    ("wins", |scenario| Some(scenario.wins)),
    ("conversion", |scenario| Some(scenario.conversion)),
    ("to_nurture", |scenario| Some(scenario.to_nurture)),
    ("rejected", |scenario| Some(scenario.rejected)),
    ("hours", |scenario| scenario.hours),
    ("hours_per_rep", |scenario| scenario.hours_per_rep),
    ("wins_per_rep", |scenario| scenario.wins_per_rep),
    ("wins_per_100_hours", |scenario| scenario.wins_per_100_hours),
    ("cost", |scenario| scenario.cost),
    ("cost_per_win", |scenario| scenario.cost_per_win),
    ("net_value", |scenario| scenario.net_value),
];

/// Writes one row per policy. Columns: `policy`, `rule`, `threshold` (the lowest where there are several), `seen_conversion`,
/// `optimism`, and each figure with its `_low` and `_high` end (90 %); null where it is not known.
///
/// - `card_sha256`: fingerprint of `card.json`, kept in the file's metadata.
///
/// # Errors
/// Whatever the sink or the format says.
pub fn write_scenarios(forecast: &Forecast, sink: impl Write + Send, card_sha256: &str) -> Result<(), ParquetError> {
    let scenarios = &forecast.scenarios;
    let text = |value: fn(&Scenario) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(scenarios.iter().map(value)))
    };
    let number = |value: &dyn Fn(&Scenario) -> Option<f64>| -> ArrayRef {
        Arc::new(scenarios.iter().map(value).collect::<Float64Array>())
    };
    let lowest = |scenario: &Scenario| scenario.thresholds.iter().map(|line| line.score).min();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("policy".to_owned(), text(|scenario| &scenario.policy)),
        ("rule".to_owned(), text(|scenario| &scenario.rule)),
        ("threshold".to_owned(), Arc::new(scenarios.iter().map(lowest).collect::<Int32Array>())),
        ("seen_conversion".to_owned(), number(&|scenario| Some(scenario.seen_conversion))),
        ("optimism".to_owned(), number(&|scenario| Some(scenario.optimism))),
    ];
    for (name, figure) in FIGURES {
        columns.push((name.to_owned(), number(&|scenario| figure(scenario).map(|found| found.expected))));
        columns.push((format!("{name}_low"), number(&|scenario| figure(scenario).map(|found| found.low))));
        columns.push((format!("{name}_high"), number(&|scenario| figure(scenario).map(|found| found.high))));
    }
    let columns = columns.into_iter().map(|(name, values)| (name, values, true)).collect();
    write_table(columns, Vec::new(), sink, card_sha256)
}
