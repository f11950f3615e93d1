//! Feedback: what sales did with the leads, told to those who send them.
//!
//! In: every hand-off with what sales did ([`HandOffs`](crate::data::labels::HandOffs)), its criteria, and, where a run is given, its
//! scores. Out: a [`Feedback`] that text, page and JSON show.
//!
//! Start at [`Feedback`]. `funnel` counts from lead to conversion, `shrink` keeps small counts honest, `reasons`
//! listens to what sales says, `came_back` follows recycled leads, `speed` looks at untouched leads and at time to first touch,
//! `scores` brings the scores of a run to the hand-offs, `agreement` holds what sales accepts against what converts.
//! `words`, `summary`, `page` and `chart` say what was found.
//!
//! Always true: a word that is not understood is counted and said, never guessed; nothing here reaches a card; every share has
//! a 90 % interval.

pub mod agreement;
mod came_back;
mod chart;
mod funnel;
mod page;
mod reasons;
pub mod run;
mod scores;
#[cfg(test)]
mod shown_tests;
mod shrink;
mod speed;
mod summary;
#[cfg(test)]
pub(crate) mod testing;
mod words;

pub use agreement::Agreement;
pub use agreement::levels::{SourceLevel, levels_of_sources};
pub use agreement::rules::{Rules, RulesError};
pub use came_back::{CameBack, came_back};
pub use funnel::{CommonShare, Funnel, GroupRow, funnel};
pub use page::feedback_page;
pub use reasons::{ReasonRow, Reasons, SourceReasons, Than, reasons};
pub use scores::{OutOfFoldScores, Scores, scores_of};
pub use shrink::{Common, GroupShare};
pub use speed::{Speed, TouchCell, TouchEffect, UntouchedRow, speed};
pub use summary::feedback_summary;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::notes::Note;

/// What `bantam feedback --format json` prints, and `feedback.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Feedback {
    /// All hand-offs together, and month by month, source by source, and so on.
    pub funnel: Funnel,
    /// Why leads are turned down; absent without a column of reasons, or without a single reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Reasons>,
    /// Levels that each source should send more of, or fewer.
    pub source_levels: Vec<SourceLevel>,
    /// Leads that were handed over again; absent where leads have no id or no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_back: Option<CameBack>,
    /// Untouched leads above the threshold, and time to first touch; absent without a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// What sales accepts beside what converts; absent where there are too few leads of a kind, which a note says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// First and last day of the hand-offs; absent without times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<(String, String)>,
    /// Days after the hand-off in which a conversion counts; absent without a horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_days: Option<f64>,
    /// SHA-256 over the fingerprints of all inputs.
    pub data_sha256: String,
    /// What people call a criterion, by its name, where the config says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Things the engine did that a careful person would mention.
    pub notes: Vec<Note>,
}

impl Feedback {
    /// The same with criteria as people call them.
    fn as_shown(&self) -> Self {
        let mut shown = self.clone();
        let of_sources = shown.source_levels.iter_mut().map(|level| &mut level.criterion);
        let of_sales = shown.agreement.iter_mut().flat_map(|found| {
            let levels = found.weights.levels.iter_mut().map(|level| &mut level.criterion);
            levels.chain(found.combinations.iter_mut().flat_map(|found| &mut found.answers).map(|(name, _)| name))
        });
        for name in of_sources.chain(of_sales) {
            if let Some(label) = self.labels.get(name) {
                name.clone_from(label);
            }
        }
        shown
    }
}
