//! What can be wrong with a card.

/// Why a card is refused: what was seen, where, and what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CardError(pub(super) String);

impl CardError {
    /// A rule broken at `place`: the card, a criterion, a level, an entry of the curve.
    pub(super) fn broken(place: &str, problem: impl Into<String>) -> Self {
        Self(format!("{place}: {}", problem.into()))
    }

    /// The text is no JSON, or not the JSON of a card.
    pub(super) fn not_a_card(what: &str) -> Self {
        Self(format!("this is not a card that Bantam wrote: {what}"))
    }
}
