//! Numbers that could be swapped get a type, and points are rounded here and nowhere else.

/// A number outside the range its unit allows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UnitError {
    /// Not within `0.0..=1.0`; NaN is outside every range.
    #[error("{value} is not a probability: it must lie between 0 and 1")]
    NotAProbability {
        /// What was given.
        value: f64,
    },
}

/// Probability of conversion, `0.0..=1.0`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Probability(f64);

impl Probability {
    /// # Errors
    /// [`UnitError::NotAProbability`] outside `0.0..=1.0`, NaN included.
    pub fn new(value: f64) -> Result<Self, UnitError> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(UnitError::NotAProbability { value }) }
    }

    /// The number itself, `0.0..=1.0`.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Nearest whole number of basis points (hundredths of a per cent), `0..=10_000`.
    pub fn to_basis_points(self) -> u32 {
        (self.0 * 10_000.0).round() as u32
    }
}

/// Natural-log odds of conversion; 0.0 is an even chance.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct LogOdds(pub f64);

impl LogOdds {
    /// Chance that goes with these odds: `1 / (1 + e^-x)`, without overflow on either side.
    pub fn to_probability(self) -> Probability {
        Probability(crate::math::logistic(self.0))
    }
}

/// The one place where a number becomes whole points: nearest, halves away from zero.
pub fn to_points(value: f64) -> i32 {
    value.round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32
}
