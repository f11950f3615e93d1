//! The card: what stands between the engine and production. Levels, points, curve, thresholds and golden rows, as JSON.
//!
//! In: what the engine fitted, or a `card.json`. Out: a [`Card`] that has been checked: [`Card::from_json`] re-scores the
//! golden rows and refuses a card that fails.
//!
//! Start at [`Card`]. `levels` has the criteria and how a level is found, `check` every rule a card keeps, `golden` the rows
//! that prove a reader right, `grades` the grid over two groups of criteria, `json` the file, `text` the card as a person reads it.
//!
//! Always true of a checked card: levels are read top down, the missing level first, one total else last; edges increase
//! strictly; the curve has one entry for every score the points can reach, and never falls. Builds without the engine.

mod check;
mod error;
mod golden;
mod grades;
mod grid;
mod json;
mod levels;
pub mod missing_words;
mod normalise;
#[cfg(feature = "export")]
mod pair_words;
mod range;
pub mod reading;
mod shown;
#[cfg(feature = "export")]
mod text;
pub mod text_map;
mod unique_keys;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use check::{MAX_CRITERIA, MAX_LEVELS, MAX_POINTS, MAX_SCORES};
pub use error::CardError;
#[cfg(feature = "export")]
pub(crate) use golden::points_of;
pub use golden::{GoldenRow, make_golden};
pub(crate) use golden::{describe_difference, describe_grade, golden_result};
pub use grades::{GradeAxis, GradeCell, Grades, MAX_CLASSES, names as grade_names};
pub use grid::{Axis, Grid, MAX_PARTS, Part};
pub use json::MAX_CARD_BYTES;
#[cfg(feature = "engine")]
pub(crate) use json::json_error_in_words;
#[cfg(feature = "export")]
pub(crate) use levels::whole_of;
pub use levels::{
    Criterion, Derivation, Input, InputKind, Level, Measure, NotAMeasure, When, is_asked, label_of_missing_words,
};
pub use normalise::{TEXT_RULE, normalise_text};
#[cfg(feature = "export")]
pub(crate) use pair_words::GridBlock;
pub use range::{PointsOfTwo, SumOfAnswers};
pub use reading::Reading;
pub(crate) use shown::{first_few, in_short};
#[cfg(feature = "export")]
pub use text::render;
#[cfg(feature = "engine")]
pub(crate) use text::scores_of_bands;
#[cfg(feature = "export")]
pub(crate) use text::{how_made, in_groups};
pub use text_map::TextMap;
#[cfg(feature = "engine")]
pub(crate) use unique_keys::UniqueKeys;

/// Latest format of `card.json`: that of a card with pairs or grades. Cards without are written as [`READING_FORMAT`] or [`PLAIN_FORMAT`].
pub const CARD_FORMAT: u32 = 4;

/// Format of a card with readings, text maps or a limit for what has to be known, which older versions must not score without, or with
/// the points of an earlier card.
pub const READING_FORMAT: u32 = 3;

/// Format of a card that reads every column as it stands.
pub const PLAIN_FORMAT: u32 = 2;

/// Band of a lead of which too little is known: ask before you judge it.
pub const ASK_FIRST: &str = "ask first";

/// Oldest format that is read: format 1 knew no overrides and is otherwise the same.
pub const OLDEST_CARD_FORMAT: u32 = 1;

/// Whole points per level, what a score is worth, and proof that the scorer reads it as it was meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Format of this file; see [`Card::format_of`].
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
    /// Of the points that the card spans, the answers of a lead have to cover so many for its score to mean something: an answer covers
    /// the span of its criterion, unless it is missing or one that the history never saw. Below that its band is [`ASK_FIRST`],
    /// whatever its score. Absent where every lead has a band by its score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at_least: Option<i32>,
    /// A grid over the points of two groups of criteria, A1 to C3. Absent where nobody asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grades: Option<Grades>,
    /// Points that a person set by hand; they stand in the levels like all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// How text is compared: always [`TEXT_RULE`].
    pub text: String,
    /// Column with the moment a lead is scored; `days_before` derivations need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of_column: Option<String>,
    /// Column that names the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_column: Option<String>,
    /// Columns whose texts are read as numbers or moments, and how. A column that arrives as numbers or moments needs none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub readings: BTreeMap<String, Reading>,
    /// Where the card comes from.
    pub provenance: Provenance,
    /// Made-up leads and the points they get; a reader that differs must not score.
    pub golden: Vec<GoldenRow>,
}

/// What one score is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// hot, nurture, reject.
    pub name: String,
    /// Lowest score of the band; absent for the last band, which takes the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i32>,
}

/// Points of a level that a person set by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The criterion.
    pub criterion: String,
    /// Label of the level.
    pub level: String,
    /// Points the level has.
    pub points: i32,
    /// Points the fit gave it.
    pub fitted_points: i32,
    /// Who set them.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Last day they hold, `2026-12-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Where the card comes from. No clock: dates are those of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
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
    /// First hand-off that what a score is worth was learnt from, RFC 3339, where there is an as-of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_as_of: Option<String>,
    /// Last hand-off that the card learned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_as_of: Option<String>,
    /// Points per unit of log-odds.
    pub points_per_log_odds: f64,
    /// Start of every random choice.
    pub seed: u64,
    /// The card whose points these are, where only the curve and the lines are new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalibrated: Option<Recalibrated>,
}

/// The points of an earlier card, with a curve and lines learnt from leads that came since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Recalibrated {
    /// SHA-256 of the file of the earlier card, hex.
    pub from_sha256: String,
    /// Last hand-off that the earlier card learned from, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points_until: Option<String>,
    /// Leads that the curve was learnt from.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
}

impl Card {
    /// The format that a card with these criteria and readings has: the oldest that knows all it says.
    pub fn format_of(criteria: &[Criterion], readings: &BTreeMap<String, Reading>, known_at_least: Option<i32>) -> u32 {
        let is_plain =
            known_at_least.is_none() && readings.is_empty() && criteria.iter().all(|criterion| criterion.map.is_none());
        match is_plain {
            _ if criteria.iter().any(Criterion::is_pair) => CARD_FORMAT,
            true => PLAIN_FORMAT,
            false => READING_FORMAT,
        }
    }

    /// The format that this card has.
    pub(crate) fn own_format(&self) -> u32 {
        let oldest = match (&self.grades, &self.provenance.recalibrated) {
            (Some(_), _) => CARD_FORMAT,
            (None, Some(_)) => READING_FORMAT,
            (None, None) => PLAIN_FORMAT,
        };
        Self::format_of(&self.criteria, &self.readings, self.known_at_least).max(oldest)
    }

    /// Lines of the card: levels over all criteria.
    pub fn n_rows(&self) -> usize {
        self.criteria.iter().map(|criterion| criterion.levels.len()).sum()
    }

    /// Rows that people read: those that some lead of the history was at.
    pub fn n_printed_rows(&self) -> usize {
        self.criteria.iter().map(|criterion| criterion.printed_levels().count()).sum()
    }

    /// Score of a lead of which nothing is known.
    pub fn blank_score(&self) -> i32 {
        let missing = |criterion: &Criterion| criterion.levels.first().map_or(0, |missing| missing.points);
        self.base_points + self.criteria.iter().map(missing).sum::<i32>()
    }

    /// Points that all answers of a lead together cover.
    pub fn span(&self) -> i32 {
        self.criteria.iter().map(Criterion::span).sum()
    }

    /// What people read of the criterion called `name`; the name itself where the card has none of that name.
    pub fn shown_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.criteria.iter().find(|criterion| criterion.name == name).map_or(name, Criterion::shown)
    }

    /// What people read of the level called `label`; the label itself where the criterion has no such level.
    pub fn shown_level<'a>(&'a self, criterion: &str, label: &'a str) -> &'a str {
        let levels = self.criteria.iter().filter(|one| one.name == criterion).flat_map(|one| &one.levels);
        levels.into_iter().find(|level| level.label == label).map_or(label, Level::shown)
    }

    /// What [`Card::span`] is in words. With pairs no lead covers all of it, since the best answers to a pair are answers to others too.
    pub fn span_in_words(&self) -> &'static str {
        match self.criteria.iter().any(Criterion::is_pair) {
            true => "that answers can bring",
            false => "between the best and the worst lead",
        }
    }

    /// Lowest and highest score the points can add up to.
    pub fn score_range(&self) -> (i64, i64) {
        let base = i64::from(self.base_points);
        let (lowest, highest) = SumOfAnswers::of(&self.criteria).range();
        (base + lowest, base + highest)
    }

    /// What `score` is worth; `None` where the points cannot reach it.
    pub fn worth_of(&self, score: i32) -> Option<&CurveEntry> {
        let first = self.curve.first()?.score;
        self.curve.get(usize::try_from(i64::from(score) - i64::from(first)).ok()?)
    }

    /// How well the curve is known as a whole, log-odds: the standard error, by its interval, of the score in the middle of what the
    /// leads tell. Away from it the error of the slope comes on top, which moves leads there and no lead here.
    #[cfg(feature = "engine")]
    pub fn curve_sd(&self) -> f64 {
        use crate::math::{Z90, logit};
        let share = |basis_points: u32| f64::from(basis_points.clamp(1, 9_999)) / 10_000.0;
        let tells = |entry: &CurveEntry| {
            let chance = share(entry.probability_bp);
            // A score that nobody had says next to nothing, but a curve without leads has an interval all the same.
            (entry.n_leads as f64 + 1e-6) * chance * (1.0 - chance)
        };
        let mut left = self.curve.iter().map(tells).sum::<f64>() / 2.0;
        let middle = self.curve.iter().find(|entry| {
            left -= tells(entry);
            left <= 0.0
        });
        middle.map_or(0.0, |entry| (logit(share(entry.high_bp)) - logit(share(entry.low_bp))) / (2.0 * Z90))
    }

    /// Microseconds since 1970 of the last hand-off that it learned from; `None` where it does not say.
    #[cfg(feature = "engine")]
    pub fn learned_until_us(&self) -> Option<i64> {
        let text = self.provenance.last_as_of.as_deref()?;
        text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond)
    }

    /// Position of the band that takes `score`; the last band takes what no other does.
    pub fn band_of(&self, score: i32) -> usize {
        band_of(&self.bands, score)
    }

    /// Name of the band that takes `score`; empty on a card without bands.
    pub fn band_name(&self, score: i32) -> &str {
        self.bands.get(self.band_of(score)).map_or("", |band| band.name.as_str())
    }
}

/// Position of the band that takes `score`, highest band first; the last band takes what no other does.
pub fn band_of(bands: &[Band], score: i32) -> usize {
    let takes = |band: &Band| band.from.is_none_or(|from| score >= from);
    bands.iter().position(takes).unwrap_or(bands.len().saturating_sub(1))
}

#[cfg(test)]
pub(crate) mod tests;
