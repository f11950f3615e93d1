//! Warehouse: the same card from counts of leads that are alike as from the leads themselves.
//!
//! In: settings with `[warehouse]`, and either tables or what a warehouse counted of them. Out: a [`Dataset`](crate::data::dataset::Dataset).
//!
//! `layout` says what a pattern is made of: a code per column or count that a card may use, the day of the hand-off, what became of
//! the lead. `grid` says what the codes stand for, `patterns` holds how many leads each pattern has. Both are made from tables by `count`
//! and by the statements of `sql` alike, which `connect` runs where the tables are; `results` reads what they gave. `expand` makes rows of them again, one for each lead,
//! which go the way of all leads.
//!
//! Always true: a grid looks at no outcome; patterns are whole numbers in one order, so that one history has one fingerprint, whoever
//! counted it; nothing in them names a lead.

#[cfg(feature = "adbc")]
mod connect;
mod count;
mod dataset;
mod error;
mod expand;
mod grid;
mod layout;
mod patterns;
mod results;
pub mod sql;
#[cfg(test)]
mod testing;

#[cfg(feature = "adbc")]
pub use connect::{Connection, cancel_running, parse_address};
#[cfg(feature = "adbc")]
pub use dataset::read_connected;
pub use dataset::{read_counted, read_patterns};
pub use error::WarehouseError;
