//! Bantam: from a company's own history of sales leads to a card of whole points, what a score is worth, and thresholds.
//!
//! The map of the modules is `src/ARCHITECTURE.md`. Without the feature `engine` this crate is the scorer alone:
//! [`card`] and [`score`], for production services: no I/O, no unsafe code, no panic on any card or lead. It compiles to
//! WebAssembly as well; `tests/wasm` runs it there.

pub mod card;
#[cfg(feature = "engine")]
pub mod champion;
pub mod math;
pub mod notes;
pub mod score;
pub mod units;

#[cfg(feature = "engine")]
pub mod bins;
#[cfg(feature = "engine")]
pub mod chance;
#[cfg(feature = "engine")]
pub mod cli;
#[cfg(feature = "engine")]
pub mod config;
#[cfg(feature = "engine")]
pub mod coverage;
#[cfg(feature = "engine")]
pub mod curve;
#[cfg(feature = "export")]
pub mod export;
#[cfg(feature = "engine")]
pub mod features;
#[cfg(feature = "engine")]
pub mod feedback;
#[cfg(feature = "engine")]
pub mod fit;
#[cfg(feature = "engine")]
pub mod forecast;
#[cfg(feature = "engine")]
pub mod frontier;
#[cfg(feature = "engine")]
pub mod history;
#[cfg(feature = "engine")]
pub mod labels;
#[cfg(feature = "engine")]
pub mod leads;
#[cfg(feature = "engine")]
pub mod maturity;
#[cfg(feature = "engine")]
pub mod metrics;
#[cfg(feature = "engine")]
pub mod monitor;
#[cfg(feature = "export")]
pub mod nearest;
#[cfg(feature = "engine")]
pub mod overrides;
#[cfg(feature = "engine")]
pub mod pipeline;
#[cfg(feature = "engine")]
pub mod points;
#[cfg(feature = "engine")]
pub mod questions;
#[cfg(feature = "engine")]
pub mod report;
#[cfg(feature = "engine")]
pub mod runs;
#[cfg(feature = "engine")]
pub mod segments;
#[cfg(feature = "engine")]
pub mod synth;
