//! Cross-fitting: the card that ships, a card per fold, and the scores of leads that the scoring card had not seen.
//!
//! Always true: nothing here about a lead was computed from that lead's outcome, except the outcome itself.

pub mod censored;
pub mod curves;
pub mod final_card;
pub mod folds;
pub mod held_out;
pub mod near_champion;
