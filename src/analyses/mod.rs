//! Analyses: everything that is said beside the card, one folder each, listed once at the end of this file.
//!
//! In: [`Evidence`], what the calibration came to. Out: [`Findings`], one record per analysis, and notes. Start at [`run_all`].
//!
//! Each folder has `run` (what it looks at), `record` (what `metrics.json` says), and shows it: `words` has sentences, `page` its
//! part of the page and `shown`, which says where everything stands, `chart` its pictures.
//!
//! Always true: no analysis changes the card, the decision or another analysis.

pub(crate) mod about;
pub mod censored;
pub mod champion;
pub mod chosen;
pub mod examples;
pub mod overrides;
pub mod questions;
pub mod segments;
pub mod size_path;
pub mod too_good;
pub mod untouched;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::about::{About, Shown};
use self::questions::Refits;
use crate::cross_fit::{Fitted, HeldOut, Setup};
use crate::decide::Decision;
use crate::model::fit::FitError;
use crate::notes::Note;
use crate::progress::Progress;

/// What an analysis may look at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Leads and folds.
    pub setup: &'a Setup<'a>,
    /// The card that ships and those of the folds.
    pub fitted: &'a Fitted,
    /// Leads scored by cards that had not seen them.
    pub held_out: &'a HeldOut,
    /// What can be chosen between.
    pub decision: &'a Decision,
    /// Cards fitted again, for whoever asks.
    pub refits: &'a Refits,
}

/// What an analysis found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<R> {
    /// What `metrics.json` says; `None` where there is nothing to say.
    pub record: Option<R>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

impl<R> Found<R> {
    /// Nothing to say.
    pub const NOTHING: Self = Self { record: None, notes: Vec::new() };

    /// A record that needs no note.
    pub fn plain(record: R) -> Self {
        Self { record: Some(record), notes: Vec::new() }
    }
}

impl<R> From<Option<(R, Vec<Note>)>> for Found<R> {
    fn from(found: Option<(R, Vec<Note>)>) -> Self {
        found.map_or(Self::NOTHING, |(record, notes)| Self { record: Some(record), notes })
    }
}

/// Something that is said beside the card.
pub trait Analysis {
    /// What `metrics.json` says of it.
    type Record;

    /// Looks.
    ///
    /// # Errors
    /// Those of a fit that the analysis makes itself.
    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError>;
}

/// Makes [`Findings`] and [`run_all`] from the list of analyses: key in `metrics.json`, folder, type. They run in the order of the
/// list.
macro_rules! analyses {
    ($($(#[$doc:meta])* $key:ident: $folder:ident::$analysis:ident,)*) => {
        /// What the analyses found.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct Findings {
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $key: Option<<$folder::$analysis as Analysis>::Record>,
            )*
        }

        impl Findings {
            /// What each analysis that found something has to show, in the order of summary, page and charts.
            pub(crate) fn shown(&self, about: &About<'_>) -> Vec<Shown> {
                let mut all = Vec::new();
                $(all.extend(self.$key.as_ref().and_then(|record| $folder::shown(record, about)));)*
                all.sort_by_key(|shown: &Shown| shown.rank);
                all
            }
        }

        /// Runs every analysis.
        ///
        /// # Errors
        /// That of the first analysis whose fit fails.
        pub fn run_all(evidence: Evidence<'_>, progress: &mut Progress) -> Result<(Findings, Vec<Note>), FitError> {
            let mut notes = Vec::new();
            let findings = Findings {
                $($key: {
                    let found = progress.stage(stringify!($key), || $folder::$analysis::run(evidence))?;
                    notes.extend(found.notes);
                    found.record
                },)*
            };
            Ok((findings, notes))
        }
    };
}

analyses! {
    /// What people chose, and what came of it; absent where nothing was chosen.
    chosen: chosen::Chosen,
    /// Size of the card against its loss out of fold, most detailed first.
    ladder: size_path::SizePath,
    /// What each question is worth, and how many are enough; absent where no policy has a line.
    questions: questions::Questions,
    /// Leads that sales never touched; absent where there are none, or nobody says.
    untouched: untouched::Untouched,
    /// The card in use beside the new one; absent without one.
    champion: champion::Champion,
    /// Segments, and groups compared in how often they are handed off; absent where the leads have neither.
    segments: segments::Segments,
    /// Leads too young to say, and how long conversions take; absent where nobody says when leads convert, or none is too young.
    maturity: censored::Censored,
    /// Points set by hand and what they cost; absent without any.
    overrides: overrides::Overrides,
    /// Held-out figures that are too good to be true, and the criteria that make them so; absent where they are not.
    too_good: too_good::TooGoodCard,
    /// Judged leads to talk about; absent where no line holds for all.
    examples: examples::LeadsToTalkAbout,
}
