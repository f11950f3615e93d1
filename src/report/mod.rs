//! Report: what a run found, for people to read.
//!
//! In: the card read back, metrics, frontier and policies. Out: the [`summary()`] on the terminal, page, [`definition()`], workbook
//! and charts; the [`check_report`] of data, and the [`compare_report`] of policies.
//!
//! Always true: no line is wider than 100 columns; without colour nothing is lost; a name from the data cannot move the cursor.

pub mod charts;
mod check;
mod compare;
mod definition;
mod odds;
mod page;
mod shown_criteria;
mod summary;
#[cfg(test)]
mod testing;
mod turned;
mod verdict;
mod workbook;

pub use check::check_report;
pub use compare::{compare_report, deal_report};
pub use definition::definition;
pub use page::page;
pub use summary::{card_text, summary};
pub use workbook::{WorkbookError, workbook};

use std::path::Path;

use crate::analyses::about::{About, Shown};
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

impl RunParts<'_> {
    /// What the analyses have to show, in the order of summary, page and charts.
    fn shown(&self) -> Vec<Shown> {
        let offset_spread = self.metrics.settings.offset_spread;
        self.metrics.findings.shown(&About {
            card: self.card,
            per: self.frontier.per,
            folder: self.folder,
            offset_spread,
        })
    }
}
