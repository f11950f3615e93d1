//! Bantam: from a company's own history of sales leads to a card of whole points, what a score is worth, and thresholds.
//!
//! The map of the modules is `src/ARCHITECTURE.md`. Without the feature `engine` this crate is the scorer alone:
//! [`card`] and [`score`], for production services: no I/O, no unsafe code, no panic on any card or lead. It compiles to
//! WebAssembly as well; `tests/wasm` runs it there.

#[cfg(feature = "engine")]
pub mod analyses;
#[cfg(feature = "engine")]
pub mod calibrate;
pub mod card;
#[cfg(feature = "engine")]
pub mod cli;
#[cfg(feature = "export")]
mod colours;
#[cfg(feature = "engine")]
pub mod cross_fit;
#[cfg(feature = "engine")]
pub mod data;
#[cfg(feature = "engine")]
pub mod decide;
#[cfg(feature = "export")]
pub mod export;
#[cfg(feature = "engine")]
pub mod feedback;
pub mod math;
#[cfg(feature = "engine")]
pub mod measures;
#[cfg(feature = "engine")]
pub mod model;
#[cfg(feature = "engine")]
pub mod monitor;
#[cfg(feature = "export")]
pub mod nearest;
pub mod notes;
#[cfg(feature = "engine")]
pub mod progress;
#[cfg(feature = "engine")]
pub mod quarter;
#[cfg(feature = "engine")]
mod render;
#[cfg(feature = "engine")]
pub mod report;
#[cfg(feature = "engine")]
pub mod runs;
pub mod score;
#[cfg(feature = "engine")]
pub mod settings;
#[cfg(feature = "engine")]
mod sort;
#[cfg(feature = "engine")]
pub mod synth;
pub mod units;
#[cfg(feature = "engine")]
pub mod warehouse;

#[cfg(feature = "engine")]
pub use calibrate::{CalibrateError, Calibrated, calibrate};
