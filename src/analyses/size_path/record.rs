//! What `metrics.json` says of smaller cards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A card of one size, on the path from the most detailed one to the smallest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizePathPoint {
    /// Price of one more row, in log likelihood.
    pub row_price: f64,
    /// Rows of the card fitted on all leads.
    pub n_rows: usize,
    /// Criteria of it.
    pub n_criteria: usize,
    /// Out-of-fold log loss at this price.
    pub log_loss: f64,
    /// Standard error of its difference from the best size, paired by lead.
    pub difference_se: f64,
    /// Conversions among the best quarter of the judged leads.
    pub wins_in_best_quarter: f64,
    /// Whether this is the card that ships.
    pub is_shipped: bool,
}
