//! What can be wrong with a card.

use super::{CARD_FORMAT, OLDEST_CARD_FORMAT};

/// Why a card is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The text is no JSON, or not the JSON of a card.
    #[error("this is not a card that Bantam wrote: {what}")]
    NotACard {
        /// What the JSON reader saw, and where.
        what: String,
    },

    /// More bytes than any card has.
    #[error("a card of {n_bytes} bytes is refused: no card needs more than {max} bytes")]
    TooLarge {
        /// Size of the text.
        n_bytes: usize,
        /// Most that is read.
        max: usize,
    },

    /// Written by a newer version.
    #[error(
        "the card has format {found}, this version of Bantam reads formats {OLDEST_CARD_FORMAT} to {CARD_FORMAT}\n\
         hint: score with the version that made the card, or a newer one"
    )]
    NewerFormat {
        /// Format of the card.
        found: u64,
    },

    /// No format that ever was.
    #[error(
        "the card has format {found}, this version of Bantam reads formats {OLDEST_CARD_FORMAT} to {CARD_FORMAT}\n\
         hint: calibrate again, or score with the version that made the card"
    )]
    OlderFormat {
        /// Format of the card.
        found: u64,
    },

    /// A rule of the card is broken.
    #[error("{place}: {problem}")]
    Broken {
        /// Where: the card, a criterion, a level, an entry of the curve.
        place: String,
        /// What was seen and what a card needs.
        problem: String,
    },

    /// The golden rows do not get the points written beside them.
    #[error(
        "{n_failed} of {n_rows} golden rows do not get the points written beside them: {differences}\n\
         hint: the card was edited by hand or damaged: take card.json from its run folder again; points set by hand belong \
         in the config, as [[override]]"
    )]
    GoldenRowsDiffer {
        /// Golden rows that differ.
        n_failed: usize,
        /// Golden rows of the card.
        n_rows: usize,
        /// The first few, each with its row, criterion and points.
        differences: String,
    },
}

impl CardError {
    /// A rule broken at `place`.
    pub(super) fn broken(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Broken { place: place.into(), problem: problem.into() }
    }
}
