//! What is asked for, with its defaults.

use super::SynthError;

/// Wishes for a set of made-up leads.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthParams {
    /// Leads; those that come back after a recycling have a second hand-off on top.
    pub n_leads: usize,
    /// Calendar months from July 2024; outcomes are known until the last day of the last one.
    pub n_months: u32,
    /// Start of every random draw.
    pub seed: u64,
    /// Share of touched hand-offs that convert within 90 days, `0.005..=0.9`.
    pub rate: f64,
    /// Change of log-odds from the first day to the last.
    pub drift: f64,
    /// Sales decides before anything converts, with likes and dislikes of its own (`Truth::acceptance`).
    pub opinion: bool,
}

impl Default for SynthParams {
    fn default() -> Self {
        Self { n_leads: 8_000, n_months: 24, seed: 7, rate: 0.18, drift: 0.1, opinion: false }
    }
}

impl SynthParams {
    /// Whether all wishes can be met; [`super::generate()`] asks this as well.
    ///
    /// # Errors
    /// The first wish that cannot be met; NaN lies outside every range.
    pub fn check(&self) -> Result<(), SynthError> {
        if !(100..=1_000_000).contains(&self.n_leads) {
            return Err(SynthError::Leads { n_leads: self.n_leads });
        }
        if !(4..=120).contains(&self.n_months) {
            return Err(SynthError::Months { n_months: self.n_months });
        }
        check_rate(self.rate)?;
        if !(-5.0..=5.0).contains(&self.drift) {
            return Err(SynthError::Drift { drift: self.drift });
        }
        Ok(())
    }
}

/// # Errors
/// [`SynthError::Rate`] outside `0.005..=0.9`.
pub(super) fn check_rate(rate: f64) -> Result<(), SynthError> {
    if (0.005..=0.9).contains(&rate) { Ok(()) } else { Err(SynthError::Rate { rate }) }
}
