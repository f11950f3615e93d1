//! Charts: pictures of a run, for the page, for slides and for notebooks.
//!
//! In: [`RunParts`]. Out: per picture a [`Chart`], which is markup to inline in a page, a stand-alone SVG file and a
//! Vega-Lite spec with its data inside; and the tiny bars that stand in rows of tables.
//!
//! Always true: no `style` attribute and no script (the page allows only hashed ones); colours come from variables that page
//! and file define; numbers are rounded to a tenth of a unit; text from the data is escaped; ids begin with the chart's name.

mod bars;
mod chart;
mod svg;
mod text;

pub use bars::{points_bar, share_bar};
pub use chart::{CHART_CSS, Chart};

use super::RunParts;

/// Leads chosen against the share of them that converts, with policies and recommendation.
pub fn frontier(_parts: &RunParts<'_>) -> Option<Chart> {
    None
}

/// Predicted against seen conversion.
pub fn reliability(_parts: &RunParts<'_>) -> Option<Chart> {
    None
}

/// Wins of each policy in the time ahead.
pub fn scenarios(_parts: &RunParts<'_>) -> Option<Chart> {
    None
}

/// Conversion of hot, nurture and reject by month.
pub fn bands_by_month(_parts: &RunParts<'_>) -> Option<Chart> {
    None
}

/// Promised against come, per past period and policy.
pub fn back_test(_parts: &RunParts<'_>) -> Option<Chart> {
    None
}

/// Points per level, by criterion, by group.
pub fn card(_parts: &RunParts<'_>) -> Option<Chart> {
    None
}

/// Every chart that this run has something to show for, in the order of the report.
pub fn all(parts: &RunParts<'_>) -> Vec<Chart> {
    [frontier, scenarios, card, reliability, bands_by_month, back_test].iter().filter_map(|draw| draw(parts)).collect()
}
