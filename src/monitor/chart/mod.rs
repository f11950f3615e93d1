//! Pictures of a card in use: who comes, and the evidence against the card.

pub(super) mod drift;
pub(super) mod evidence;
