//! Charts: pictures of a run, for the page, for slides and for notebooks.
//!
//! In: [`RunParts`]. Out: per picture a [`Chart`], which is markup to inline in a page, a stand-alone SVG file and a
//! Vega-Lite spec with its data inside; and the tiny bars that stand in rows of tables.
//!
//! Always true: no `style` attribute and no script (the page allows only hashed ones); colours come from variables that page
//! and file define; numbers are rounded to a tenth of a unit; text from the data is escaped; ids begin with the chart's name.

mod axis;
mod back_test;
mod bands;
mod bars;
mod card;
mod chart;
mod frontier;
mod labels;
mod months;
mod numbers;
mod reliability;
mod scale;
mod scenarios;
mod svg;
#[cfg(test)]
pub(super) mod testing;
mod text;
mod vega;

pub use back_test::back_test;
pub use bands::bands_by_month;
pub use bars::{points_bar, share_bar};
pub use card::card;
pub use chart::{CHART_CSS, Chart};
pub use frontier::{frontier, frontier_places};
pub use reliability::reliability;
pub use scenarios::scenarios;

use super::RunParts;

/// Every chart that this run has something to show for, in the order of the report.
pub fn all(parts: &RunParts<'_>) -> Vec<Chart> {
    [frontier, scenarios, card, reliability, bands_by_month, back_test].iter().filter_map(|draw| draw(parts)).collect()
}
