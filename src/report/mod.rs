//! Report: what a run found, for people to read.
//!
//! In: the card read back, metrics, frontier and policies. Out: the [`summary()`] on the terminal, and the
//! [`check_report`]; of what sales did the [`feedback_summary`], of a card in use the [`monitor_report`].
//!
//! Always true: no line is
//! wider than 100 columns; without colour nothing is lost; a name from the data cannot move the cursor.

mod champion;
pub mod charts;
mod check;
mod compare;
mod feedback;
mod monitor;
mod overrides;
mod page;
mod questions;
mod segments;
mod summary;
#[cfg(test)]
mod testing;
mod unknowns;
mod workbook;

pub use check::{CheckParts, check_report};
pub use compare::{CompareParts, compare_report, deal_report};
pub use feedback::{feedback_page, feedback_summary};
pub use monitor::monitor_report;
pub use page::{monitor_page, page};
pub use summary::summary;
pub use workbook::{WorkbookError, workbook};

use std::path::Path;

use crate::calibrate::record::Metrics;
use crate::card::Card;
use crate::decide::frontier::{Frontier, Resolved};

/// What summary, page, charts and workbook are made from.
#[derive(Debug, Clone, Copy)]
pub struct RunParts<'a> {
    /// The card, read back from its file.
    pub card: &'a Card,
    /// Everything measured.
    pub metrics: &'a Metrics,
    /// Volume against conversion.
    pub frontier: &'a Frontier,
    /// The policies that came to a threshold, in the order of the config.
    pub policies: &'a [Resolved],
    /// Where the files are; `None` when nothing was written.
    pub folder: Option<&'a Path>,
}
