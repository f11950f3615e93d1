//! Made-up leads whose truth is known: for trying Bantam, for teaching it, and for tests that ask whether a fit finds back
//! what was put in.
//!
//! In: [`SynthParams`], the wishes. Out: a [`SynthSet`] of plain vectors with the [`Truth`] behind it, and from that the files
//! of a folder that `bantam calibrate` takes as it is. `--wide` has its own, flat table ([`wide`]) for speed.
//!
//! Start at [`generate()`]. `weights` holds what every answer is worth, `answers` draws them, `events` draws what a lead did
//! before and after its hand-off, `intercept` hits the asked rate, `outcomes` says what became of each lead.
//!
//! Always true: the same parameters give the same bytes; the chance of a hand-off to convert within 90 days is exactly the
//! logistic of its weights; what happens after a hand-off never enters its chance.

mod answers;
mod calendar;
mod engagement;
mod error;
mod files;
mod folder;
mod generate;
mod intercept;
mod outcomes;
mod params;
mod tables;
mod truth;
mod weights;
pub mod wide;
mod words;

#[cfg(test)]
mod tests;

pub use crate::data::labels::Disposition;
pub use answers::Answers;
pub use calendar::START_YEAR;
pub use engagement::{Engagement, Event, EventKind};
pub use error::SynthError;
pub use files::{SetFile, render};
pub use folder::{prepare_set, write_into};
pub use generate::{HandOff, SynthSet, generate};
pub use outcomes::{HORIZON_DAYS, Outcome, REASONS};
pub use params::SynthParams;
pub use truth::{AcceptanceTruth, CriterionTruth, Effect, LevelTruth, Truth};
