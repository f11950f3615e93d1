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
        let takes = "it takes 100 to 1000000\nhint: for more rows, `--wide` writes one flat table of any length";
        SynthError::unless((100..=1_000_000).contains(&self.n_leads), "leads", self.n_leads, takes)?;
        let takes = "it takes 4 to 120, because a lead counts only once its 90 days have passed";
        SynthError::unless((4..=120).contains(&self.n_months), "months", self.n_months, takes)?;
        check_rate(self.rate)?;
        let takes = "it takes a change of log-odds from -5 to 5";
        SynthError::unless((-5.0..=5.0).contains(&self.drift), "drift", self.drift, takes)
    }
}

/// # Errors
/// [`SynthError::Wish`] outside `0.005..=0.9`.
pub(super) fn check_rate(rate: f64) -> Result<(), SynthError> {
    let takes = "it takes a share from 0.005 to 0.9, such as 0.18 for 18 %";
    SynthError::unless((0.005..=0.9).contains(&rate), "rate", rate, takes)
}
