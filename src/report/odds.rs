//! Odds between two policies, said no more closely than their history tells them.
//!
//! A chance from a simulation is over all that is not known. Where the history leaves much of it open (few leads), more leads could
//! have told another chance: then its range is said. Where they could even have turned the odds round, it is too close to call.

use crate::decide::forecast::record::{ChanceRange, ScenarioPair};
use crate::render::words::chance;

/// A range that is no wider than this adds nothing to the number: five in a hundred futures to either side.
const NARROW: f64 = 0.1;

/// What is said of a chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Odds {
    /// What the history leaves open could turn them round.
    TooClose,
    /// It is known closely.
    About(f64),
    /// From, to.
    Between(f64, f64),
}

impl Odds {
    /// - `range`: `None` in runs of a version that knew none.
    fn new(chance: f64, range: Option<ChanceRange>, is_too_close: bool) -> Self {
        match range {
            _ if is_too_close => Self::TooClose,
            Some(ChanceRange { low, high }) if high - low > NARROW => Self::Between(low, high),
            _ => Self::About(chance),
        }
    }

    /// That the first wins more, and that the second does.
    pub(super) fn of_wins(pair: &ScenarioPair) -> [Self; 2] {
        [(pair.a_wins_more, pair.a_wins_more_range), (pair.b_wins_more, pair.b_wins_more_range)]
            .map(|(chance, range)| Self::new(chance, Some(range), pair.wins_too_close))
    }

    /// That the first is worth more; `None` where cost and value are not known.
    pub(super) fn of_worth(pair: &ScenarioPair) -> Option<Self> {
        Some(Self::new(pair.a_worth_more?, pair.a_worth_more_range, pair.worth_too_close == Some(true)))
    }

    /// Those of the opposite.
    pub(super) fn reversed(self) -> Self {
        match self {
            Self::TooClose => Self::TooClose,
            Self::About(chance) => Self::About(1.0 - chance),
            Self::Between(low, high) => Self::Between(1.0 - high, 1.0 - low),
        }
    }

    /// In words: "83 %", "62 to 91 %", "too close to call".
    pub(super) fn words(self) -> String {
        match self {
            Self::TooClose => "too close to call".to_owned(),
            Self::About(share) => chance(share),
            Self::Between(low, high) => between(low, high, chance, " %"),
        }
    }

    /// As cases of a hundred: "83", "62 to 91"; `None` where it is too close to call.
    pub(super) fn of_hundred(self) -> Option<String> {
        match self {
            Self::TooClose => None,
            Self::About(share) => Some(of_hundred(share)),
            Self::Between(low, high) => Some(between(low, high, of_hundred, "")),
        }
    }
}

/// Both ends, with their unit once: "62 to 91 %", "under 1 to 40 %".
fn between(low: f64, high: f64, write: impl Fn(f64) -> String, unit: &str) -> String {
    let low = write(low);
    format!("{} to {}", low.strip_suffix(unit).unwrap_or(&low), write(high))
}

/// A chance as cases of a hundred; neither never nor always unless it is.
pub(super) fn of_hundred(chance: f64) -> String {
    match chance * 100.0 {
        cases if cases <= 0.0 => "0".to_owned(),
        cases if cases < 1.0 => "less than 1".to_owned(),
        cases if cases >= 100.0 => "100".to_owned(),
        cases if cases > 99.0 => "more than 99".to_owned(),
        cases => format!("{cases:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odds(chance: f64, low: f64, high: f64, is_too_close: bool) -> Odds {
        Odds::new(chance, Some(ChanceRange { low, high }), is_too_close)
    }

    #[test]
    fn a_chance_is_said_as_closely_as_it_is_known() {
        assert_eq!(odds(0.83, 0.8, 0.86, false).words(), "83 %");
        assert_eq!(odds(0.83, 0.62, 0.91, false).words(), "62 to 91 %");
        assert_eq!(odds(0.04, 0.001, 0.17, false).words(), "under 1 to 17 %");
        assert_eq!(odds(0.83, 0.62, 0.91, false).of_hundred().as_deref(), Some("62 to 91"));
        assert_eq!(odds(0.58, 0.3, 0.8, true).words(), "too close to call");
        assert_eq!(odds(0.83, 0.62, 0.91, false).reversed().words(), "9 to 38 %");
        // A run of a version that knew no ranges has none in its metrics.
        assert_eq!(Odds::of_wins(&ScenarioPair { a_wins_more: 0.7, ..ScenarioPair::default() })[0].words(), "70 %");
    }
}
