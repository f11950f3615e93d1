//! The card: what stands between the engine and production. Levels, points, curve, thresholds and golden rows, as JSON.
//!
//! In: what the engine fitted, or a `card.json`. Out: a [`Card`] that has been checked: [`Card::from_json`] re-scores the
//! golden rows and refuses a card that fails.
//!
//! Always true of a checked card: levels are read top down, the missing level first, one total else last; edges increase
//! strictly; the curve has one entry for every score the points can reach, and never falls. Builds without the engine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Format of `card.json` that this version writes and reads.
pub const CARD_FORMAT: u32 = 1;

/// Whole points per level, what a score is worth, and proof that the scorer reads it as it was meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Format of this file; see [`CARD_FORMAT`].
    pub format: u32,
    /// Points every lead starts with; 0 unless the card was scaled by `pdo`.
    pub base_points: i32,
    /// The criteria; a lead's score is `base_points` and the points of its level of each criterion.
    pub criteria: Vec<Criterion>,
    /// What each score is worth, lowest score first, one entry per whole number.
    pub curve: Vec<CurveEntry>,
    /// Named thresholds that the policies came to.
    pub thresholds: Vec<Threshold>,
    /// Hot, nurture, reject: highest first; the last takes every score.
    pub bands: Vec<Band>,
    /// How text is compared: always [`TEXT_RULE`].
    pub text: String,
    /// Column with the moment a lead is scored; `days_before` derivations need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of_column: Option<String>,
    /// Column that names the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_column: Option<String>,
    /// Where the card comes from.
    pub provenance: Provenance,
    /// Made-up leads and the points they get; a reader that differs must not score.
    pub golden: Vec<GoldenRow>,
}

/// The one way text is compared: byte by byte after Unicode NFC and trimming of white space at both ends.
pub const TEXT_RULE: &str = "nfc-trim";

/// One criterion of the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What sales calls it; unique on the card.
    pub name: String,
    /// Heading it stands under (BANT, engagement, fit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Columns it looks at; format 1 has exactly one.
    pub inputs: Vec<Input>,
    /// Levels, read top down: the first that fits gives the points.
    pub levels: Vec<Level>,
}

/// A column a criterion looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Name of the column that holds the value.
    pub column: String,
    /// Type of the value.
    pub kind: InputKind,
    /// How the engine made the value, when it is not a plain column. A scorer may be given the value itself under `column`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derivation: Option<Derivation>,
}

/// Type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A number; NaN is missing.
    Number,
    /// A text.
    Text,
    /// True or false; its levels are the texts `true` and `false`.
    Boolean,
}

/// How a derived value is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Derivation {
    /// Whole days (rounded down) from the time in `column` to the lead's as-of; negative when the time lies after it.
    DaysBefore {
        /// Column with the time.
        column: String,
    },
    /// Events of the lead up to its as-of.
    Events {
        /// Kind of event; all when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// Microseconds back from as-of; all of the past when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_us: Option<i64>,
        /// `count`, `days_since_last`, `active_days` or `sum:COLUMN`.
        measure: String,
    },
}

/// One row of the card: a level of a criterion and its points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Which values it takes, of those that no earlier level took.
    pub when: When,
    /// What a person reads: "3 to 6", "approved", "missing", "other".
    pub label: String,
    /// Points of the level.
    pub points: i32,
    /// Leads of the level in the history the card was fitted on.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
}

/// Which values a level takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// No value, or NaN. Always the first level.
    Missing,
    /// Numbers strictly below the edge.
    Below(f64),
    /// One of these texts, after [`TEXT_RULE`].
    OneOf(Vec<String>),
    /// Whatever is left: numbers at or above the last edge, texts not named before. Always the last level.
    Else,
}

/// What one score is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CurveEntry {
    /// The score.
    pub score: i32,
    /// Probability of conversion in basis points, 0..=10000.
    pub probability_bp: u32,
    /// Lower end of its 90 % interval.
    pub low_bp: u32,
    /// Upper end of its 90 % interval.
    pub high_bp: u32,
    /// Leads with this score that the card judging them had not seen.
    pub n_leads: u64,
}

/// A threshold that a policy came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Name of the policy.
    pub name: String,
    /// The policy in words: "top 50 a month".
    pub rule: String,
    /// Leads with at least so many points are chosen.
    pub score: i32,
}

/// A range of scores with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// hot, nurture, reject.
    pub name: String,
    /// Lowest score of the band; absent for the last band, which takes the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i32>,
}

/// Where the card comes from. No clock: dates are those of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Engine and version that made it: `bantam 0.1.0`.
    pub engine: String,
    /// SHA-256 over the fingerprints of all inputs, as hex.
    pub data_sha256: String,
    /// SHA-256 of the config in force, as hex.
    pub config_sha256: String,
    /// Leads the card was fitted on.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// First hand-off in the data, RFC 3339, where there is an as-of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_as_of: Option<String>,
    /// Last hand-off in the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_as_of: Option<String>,
    /// Points per unit of log-odds.
    pub points_per_log_odds: f64,
    /// Start of every random choice.
    pub seed: u64,
}

/// A made-up lead and its points: made from levels and edges, never copied from a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "engine", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GoldenRow {
    /// Value per input column: number, text, true/false or null.
    pub inputs: BTreeMap<String, serde_json::Value>,
    /// Points per criterion, in the order of the card.
    pub points: Vec<i32>,
    /// Their sum and the base points.
    pub score: i32,
}
