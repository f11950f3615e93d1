//! Features: one column of values per criterion, as it was known at the lead's as-of moment.
//!
//! In: the labelled leads, their table, the events. Out: [`CriterionColumn`]s, one value per labelled lead each.

use crate::card::{Derivation, InputKind};
use crate::config::Trend;

/// One criterion with its value for every labelled lead.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionColumn {
    /// What sales calls it; unique.
    pub name: String,
    /// Heading on the card.
    pub group: Option<String>,
    /// Column the production scorer reads: the user's column, or the criterion's name for a derived value.
    pub column: String,
    /// Type of that column.
    pub kind: InputKind,
    /// How the value is made, when it is not the column as it stands.
    pub derivation: Option<Derivation>,
    /// How points may run along the levels.
    pub trend: Trend,
    /// Text levels from lowest to highest, normalised; empty when the order is not given.
    pub order: Vec<String>,
    /// The values, one per labelled lead, in the order of the leads.
    pub values: Values,
}

/// Values of a criterion.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers, NaN where missing; infinities have been made missing and noted.
    Numbers(Vec<f64>),
    /// Text (booleans as "true" and "false"), normalised (NFC, trimmed), as positions in `levels`.
    Text {
        /// Position of the lead's level, or [`MISSING_TEXT`].
        positions: Vec<u32>,
        /// Distinct levels in byte order.
        levels: Vec<String>,
    },
}

/// Position that stands for "no text here".
pub const MISSING_TEXT: u32 = u32::MAX;

impl Values {
    /// Number of leads.
    pub fn n_leads(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Text { positions, .. } => positions.len(),
        }
    }
}
