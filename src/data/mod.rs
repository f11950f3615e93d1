//! Data: from files to leads with an outcome and a value per criterion.
//!
//! In: what the user typed, and the settings. Out: [`dataset::Dataset`]. `read` is the only door and gives a [`table::Table`], `columns` gives a user's
//! column its meaning, `labels` says who converted, `checks` what a column is, `features` what a criterion is worth for a lead.
//!
//! Always true: nothing later than a lead's as-of is used; an input with no rows is refused.

pub mod champion;
pub mod checks;
pub mod columns;
pub mod dataset;
mod error;
pub mod event_counts;
pub mod features;
pub mod inputs;
pub mod labels;
pub mod read;
pub mod table;

pub use error::DataError;
