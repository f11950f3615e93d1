//! What an analysis may look at beside its own record, and what it has to show.

use maud::Markup;

use std::path::Path;

use crate::card::Card;
use crate::decide::frontier::Per;
use crate::render::chart::Chart;

/// Heading that leads without a fair outcome share, whatever the reason.
pub(super) const WITHOUT_OUTCOME: &str = "Leads without an outcome";

/// What an analysis may look at beside its own record when it says what it found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    /// The card, for what people read in place of names.
    pub(crate) card: &'a Card,
    /// What counts are given per.
    pub(crate) per: Per,
    /// The run folder, where it is known.
    pub(crate) folder: Option<&'a Path>,
    /// Standard deviation of the segments' own weights in log-odds, where segments have any.
    pub(crate) offset_spread: Option<f64>,
}

/// What one analysis has to show. Summary, page and charts take it from here and know no analysis.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// What has a lower rank stands before it.
    pub(crate) rank: u8,
    /// Its sentences in the summary on the terminal; `None`: it says nothing there.
    pub(crate) summary: Option<Summary>,
    /// Where on the page it stands.
    pub(crate) place: Place,
    /// What stands there.
    pub(crate) body: Markup,
    /// Its pictures.
    pub(crate) charts: Vec<Chart>,
}

/// Sentences under a heading; analyses that follow each other and have the same heading share it.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) title: &'static str,
    /// What each sentence begins with: `- `.
    pub(crate) first: &'static str,
    pub(crate) sentences: Vec<String>,
}

/// Where on the page an analysis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the section of the card, below its points.
    BelowPoints,
    /// In the section of the card, below what a score is worth.
    BelowScores,
    /// In a section of its own; analyses that follow each other and name the same id share one.
    Section {
        /// Target of links to it.
        id: &'static str,
        /// Heading, and its name in the contents.
        title: &'static str,
        /// Id of the section it comes after.
        after: &'static str,
    },
}
