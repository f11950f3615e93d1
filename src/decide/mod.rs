//! Decide: what can be chosen between, from the scores of leads that the card had not seen.
//!
//! `frontier` sets volume against conversion, `forecast` plays the next quarter, `history` holds past promises against what came, `grades` makes a grid of two sub-scores;
//! `decision` puts them together.

pub mod ask_first;
pub mod decision;
pub mod forecast;
pub mod frontier;
pub mod grades;
pub mod history;
mod row_order;

pub use decision::{Decision, Rules, decide};
