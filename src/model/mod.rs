//! Model: from cells and outcomes to a card's points and what a score is worth.
//!
//! `bins` cuts criteria into codes, `fit` finds the float weights, `points` the whole points, `curve` what a score is worth.
//! `pairs` finds what two criteria say together; `train` is the procedure that a fold and the card that ships share; `levels` turns points over bins into the rows of a card;
//! `overrides` puts points on it by hand; `censoring` says what a right-censored lead counts for.

pub mod bins;
pub mod censoring;
pub mod curve;
pub mod fit;
pub mod levels;
pub mod overrides;
pub mod pairs;
pub mod points;
pub mod train;
