//! Keys that take a number or the word "auto".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many tables of two criteria a card may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "AutoOr<usize>", into = "AutoOr<usize>")]
pub enum PairsWanted {
    /// As many as are worth it.
    #[default]
    Auto,
    /// At most so many, of those that leads held out gain by.
    AtMost(usize),
}

/// How many points a card spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "AutoOr<u32>", into = "AutoOr<u32>")]
pub enum TotalWanted {
    /// The usual number, or twice as many where leads held out say that the usual ones lose too much.
    Auto,
    /// So many.
    Exactly(u32),
}

/// A number or the word, as a config has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "it is \"auto\" or a whole number of at least 0")]
enum AutoOr<N> {
    /// What leads held out say
    Word(AutoWord),
    /// A number
    Number(N),
}

/// The word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum AutoWord {
    /// What leads held out say
    Auto,
}

impl<N: std::str::FromStr> AutoOr<N> {
    /// Reads an option of the command line; `None` where it is neither.
    fn read(text: &str) -> Option<Self> {
        match text.trim() {
            "auto" => Some(Self::Word(AutoWord::Auto)),
            number => number.parse().ok().map(Self::Number),
        }
    }
}

impl From<PairsWanted> for AutoOr<usize> {
    fn from(pairs: PairsWanted) -> Self {
        match pairs {
            PairsWanted::Auto => Self::Word(AutoWord::Auto),
            PairsWanted::AtMost(most) => Self::Number(most),
        }
    }
}

impl From<AutoOr<usize>> for PairsWanted {
    fn from(written: AutoOr<usize>) -> Self {
        match written {
            AutoOr::Number(most) => Self::AtMost(most),
            AutoOr::Word(AutoWord::Auto) => Self::Auto,
        }
    }
}

impl From<TotalWanted> for AutoOr<u32> {
    fn from(total: TotalWanted) -> Self {
        match total {
            TotalWanted::Auto => Self::Word(AutoWord::Auto),
            TotalWanted::Exactly(points) => Self::Number(points),
        }
    }
}

impl From<AutoOr<u32>> for TotalWanted {
    fn from(written: AutoOr<u32>) -> Self {
        match written {
            AutoOr::Number(points) => Self::Exactly(points),
            AutoOr::Word(AutoWord::Auto) => Self::Auto,
        }
    }
}

impl std::str::FromStr for PairsWanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let written = AutoOr::read(text).map(Self::from);
        written.ok_or_else(|| format!("`{text}` is no number of tables: write \"auto\" or a whole number, 0 for none"))
    }
}

impl std::str::FromStr for TotalWanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let written = AutoOr::read(text).map(Self::from);
        written.ok_or_else(|| format!("`{text}` is no number of points: write \"auto\" or a whole number such as 100"))
    }
}
