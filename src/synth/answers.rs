//! What a lead answered and who it is, drawn around one hidden thing: how interested it really is.

use rand::Rng;
use rand_distr::{Distribution, Normal, StandardNormal};

use super::SynthError;
use super::weights::{OPINIONS, SIZE_AT_ZERO, SIZE_MISSING, SIZE_WEIGHT, SIZE_WEIGHT_LIMIT, TEXT, TextCriterion};

/// Tilt of the shares between lowest and highest level per unit of interest, at full following.
const TILT: f64 = 2.5;
/// Median company size, and the spread of its logarithm: one in twenty has more than 900 people.
const SIZE_MEDIAN: f64 = 85.0;
const SIZE_SPREAD: f64 = 1.45;

/// The answers of one hand-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Level of each text criterion, in the order of their columns; `None` was never asked.
    pub levels: [Option<u8>; TEXT.len()],
    /// People in the company.
    pub company_size: Option<i64>,
}

impl Answers {
    /// The text of a criterion; `None` was never asked.
    pub fn text(&self, criterion_idx: usize) -> Option<&'static str> {
        let level = self.levels.get(criterion_idx).copied().flatten()?;
        TEXT.get(criterion_idx)?.levels.get(usize::from(level)).map(|(text, ..)| *text)
    }

    /// Answers of a new lead.
    pub(super) fn draw(interest: f64, rng: &mut impl Rng) -> Result<Self, SynthError> {
        let levels = TEXT.map(|criterion| draw_level(&criterion, interest, rng));
        let size =
            Normal::new(SIZE_MEDIAN.ln(), SIZE_SPREAD).map_err(SynthError::fault("cannot draw company sizes"))?;
        let size = size.sample(rng).exp().round().clamp(1.0, 200_000.0) as i64;
        let company_size = (rng.random::<f64>() >= SIZE_MISSING).then_some(size);
        Ok(Self { levels, company_size })
    }

    /// Answers of the same lead at a later hand-off: the conversation starts again, the company stays.
    pub(super) fn draw_again(&self, interest: f64, rng: &mut impl Rng) -> Self {
        let mut again = self.clone();
        for (level, criterion) in again.levels.iter_mut().zip(&TEXT).filter(|(_, criterion)| criterion.group == "BANT")
        {
            *level = draw_level(criterion, interest, rng);
        }
        again
    }

    /// What sales with an opinion of its own adds to its log-odds of acceptance.
    pub(super) fn opinion(&self) -> f64 {
        let has = |criterion: usize, level: usize| self.levels.get(criterion).copied().flatten() == Some(level as u8);
        OPINIONS.iter().filter(|(criterion, level, _)| has(*criterion, *level)).map(|(.., added)| added).sum()
    }

    /// Sum of the true weights.
    pub(super) fn weight(&self) -> f64 {
        let text: f64 = self.levels.iter().zip(&TEXT).map(|(level, criterion)| level_weight(criterion, *level)).sum();
        text + self.company_size.map_or(0.0, size_weight)
    }
}

/// True weight of a level; of a missing answer, where the criterion has one.
pub(super) fn level_weight(criterion: &TextCriterion, level: Option<u8>) -> f64 {
    match level {
        Some(level) => criterion.levels.get(usize::from(level)).map_or(0.0, |(_, weight, _)| *weight),
        None => criterion.missing.map_or(0.0, |(_, weight)| weight),
    }
}

/// True weight of a company size.
pub(super) fn size_weight(size: i64) -> f64 {
    (SIZE_WEIGHT * (size as f64 / SIZE_AT_ZERO).ln()).clamp(-SIZE_WEIGHT_LIMIT, SIZE_WEIGHT_LIMIT)
}

/// How interested a lead is: standard normal, seen by nobody.
pub(super) fn draw_interest(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Higher levels become commoner with interest: their shares are tilted by `e^(TILT * follows * interest * height)`.
fn draw_level(criterion: &TextCriterion, interest: f64, rng: &mut impl Rng) -> Option<u8> {
    let is_missing = rng.random::<f64>() < criterion.missing.map_or(0.0, |(share, _)| share);
    let tilt = TILT * criterion.follows_interest * interest;
    let highest = (criterion.levels.len() - 1) as f64;
    let tilted = |level: usize| criterion.levels[level].2 * (tilt * (level as f64 / highest - 0.5)).exp();
    let all: f64 = (0..criterion.levels.len()).map(tilted).sum();
    let mut left = rng.random::<f64>() * all;
    let mut drawn = 0;
    for level in 0..criterion.levels.len() {
        drawn = level as u8;
        left -= tilted(level);
        if left < 0.0 {
            break;
        }
    }
    (!is_missing).then_some(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::weights::{BUDGET, NEED};

    #[test]
    fn weights_of_answers_add_up() {
        let mut answers = Answers { levels: [Some(0); 8], company_size: None };
        assert_eq!(answers.weight(), 0.0);
        answers.levels[BUDGET] = Some(3);
        answers.levels[NEED] = None;
        answers.company_size = Some(100);
        assert_eq!(answers.weight(), 1.6 + 0.4);
        assert_eq!(answers.text(BUDGET), Some("approved"));
        assert_eq!(answers.text(NEED), None);
    }

    #[test]
    fn company_size_stops_mattering_at_both_ends() {
        assert_eq!(size_weight(1), -0.5);
        assert_eq!(size_weight(100), 0.0);
        assert_eq!(size_weight(50_000), 0.5);
    }
}
