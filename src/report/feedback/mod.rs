//! What sales told, for people: the summary on the terminal and feedback.html.
//!
//! `sentences` says findings in plain words for both.

mod page;
mod sentences;
mod summary;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

pub use page::feedback_page;
pub use summary::feedback_summary;
