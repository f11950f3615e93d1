//! Checks: what each column of the lead table is, and what the config left open.
//!
//! In: the lead table, the config, and, for the verdicts, the labelled leads. Out: roles ([`complete_outcome`],
//! [`complete_roles`]) and a verdict with a reason for every column ([`classify_columns`]).
//!
//! `classify` asks in turn: `personal` data, times after as-of, `afterwards` (what is known only once the lead has been worked),
//! `routing` (who works it), `identity` (ids and keys), `duplicates`. `names` and `vocabulary` read names of columns, `values` and
//! `sample` their values. `event_counts` looks at criteria counted from events in the same way.

mod afterwards;
mod belongs;
mod classify;
mod describe;
mod duplicates;
mod event_counts;
mod groups;
mod identity;
mod level_order;
mod names;
mod notes;
mod outcome_role;
mod personal;
mod roles;
mod routing;
mod sample;
#[cfg(test)]
mod tests;
mod time_of_day;
mod values;
mod vocabulary;

pub use classify::classify_columns;
pub use event_counts::event_count_notes;
pub use groups::guess_group;
pub use level_order::natural_order;
pub use names::{as_of_rank, id_rank, outcome_rank};
pub use notes::{check_known, classification_notes};
pub use outcome_role::complete_outcome;
pub use roles::{complete_roles, may_get_role};
