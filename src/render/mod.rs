//! Render: words, tables, pages and pictures, for whatever wants to be read.
//!
//! In: figures and sentences. Out: text for a terminal (`words`, `terminal`), HTML (`page`), pictures (`chart`).
//!
//! Always true: nothing here knows an analysis; text from the data stays text.

pub(crate) mod chart;
pub(crate) mod page;
pub(crate) mod terminal;
pub(crate) mod words;
