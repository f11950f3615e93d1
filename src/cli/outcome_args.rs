//! How a table says who converted, in the options that repeat the config.

use super::input::put;
use crate::settings::OutcomeConfig;

/// Options about the outcome beside its column.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct OutcomeArgs {
    /// Text that means converted; may be given several times
    #[arg(long, value_name = "TEXT")]
    converted_value: Vec<String>,
    /// Text that means not converted; may be given several times, and every other text is then open: neither won nor lost yet
    #[arg(long, value_name = "TEXT")]
    lost_value: Vec<String>,
    /// Column with the moment of conversion, empty for leads that did not convert
    #[arg(long, value_name = "COLUMN")]
    converted_at: Option<String>,
}

impl OutcomeArgs {
    /// Puts what was typed into the config.
    pub(super) fn apply(&self, outcome: &mut OutcomeConfig) {
        put(&mut outcome.converted_at, &self.converted_at);
        if !self.converted_value.is_empty() {
            outcome.converted_values.clone_from(&self.converted_value);
        }
        if !self.lost_value.is_empty() {
            outcome.lost_values.clone_from(&self.lost_value);
        }
    }
}
