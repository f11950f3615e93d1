//! The card: what stands between the engine and production. Levels, points, curve, thresholds and golden rows, as JSON.
//!
//! In: what the engine fitted, or a `card.json`. Out: a [`Card`] that has been checked: [`Card::from_json`] re-scores the
//! golden rows and refuses a card that fails.
//!
//! Start at [`Card`]. `levels` has the criteria and how a level is found, `check` every rule a card keeps, `golden` the rows
//! that prove a reader right, `json` the file, `text` the card as a person reads it.
//!
//! Always true of a checked card: levels are read top down, the missing level first, one total else last; edges increase
//! strictly; the curve has one entry for every score the points can reach, and never falls. Builds without the engine.

mod check;
mod error;
mod golden;
mod json;
mod levels;
mod normalise;
mod shown;
#[cfg(feature = "export")]
mod text;
mod unique_keys;

use serde::{Deserialize, Serialize};

pub use check::{MAX_CRITERIA, MAX_LEVELS, MAX_POINTS, MAX_SCORES};
pub use error::CardError;
#[cfg(feature = "export")]
pub(crate) use golden::points_of;
pub use golden::{GoldenRow, make_golden};
pub(crate) use golden::{describe_difference, golden_result};
pub use json::MAX_CARD_BYTES;
#[cfg(feature = "engine")]
pub(crate) use json::json_error_in_words;
#[cfg(feature = "export")]
pub(crate) use levels::whole_of;
pub use levels::{Criterion, Derivation, Input, InputKind, Level, Measure, NotAMeasure, When};
pub use normalise::{TEXT_RULE, normalise_text};
pub(crate) use shown::{first_few, in_short};
#[cfg(feature = "export")]
pub use text::render;
#[cfg(feature = "engine")]
pub(crate) use text::scores_of_bands;
#[cfg(feature = "export")]
pub(crate) use text::{how_made, in_groups};
#[cfg(feature = "engine")]
pub(crate) use unique_keys::UniqueKeys;

/// Format of `card.json` that this version writes.
pub const CARD_FORMAT: u32 = 2;

/// Oldest format that is read: format 1 knew no overrides and is otherwise the same.
pub const OLDEST_CARD_FORMAT: u32 = 1;

/// Whole points per level, what a score is worth, and proof that the scorer reads it as it was meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(schemars::JsonSchema))]
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

impl Card {
    /// Lines of the card: levels over all criteria.
    pub fn n_rows(&self) -> usize {
        self.criteria.iter().map(|criterion| criterion.levels.len()).sum()
    }

    /// Lowest and highest score the points can add up to.
    pub fn score_range(&self) -> (i64, i64) {
        let base = i64::from(self.base_points);
        let lowest = self.criteria.iter().map(|criterion| i64::from(criterion.points_min())).sum::<i64>();
        let highest = self.criteria.iter().map(|criterion| i64::from(criterion.points_max())).sum::<i64>();
        (base + lowest, base + highest)
    }

    /// What `score` is worth; `None` where the points cannot reach it.
    pub fn worth_of(&self, score: i32) -> Option<&CurveEntry> {
        let first = self.curve.first()?.score;
        self.curve.get(usize::try_from(i64::from(score) - i64::from(first)).ok()?)
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
pub(crate) mod tests {
    use super::*;

    /// A level for tests: 100 leads, of which 10 converted.
    pub(crate) fn level(when: When, label: &str, points: i32) -> Level {
        Level { when, label: label.to_owned(), points, n_leads: 100, n_converted: 10 }
    }

    /// A criterion on one plain column for tests.
    pub(crate) fn criterion(name: &str, kind: InputKind, levels: Vec<Level>) -> Criterion {
        let input = Input { column: name.to_owned(), kind, derivation: None };
        Criterion { name: name.to_owned(), group: None, inputs: vec![input], levels }
    }

    /// A one-of rule for tests.
    pub(crate) fn one_of(texts: &[&str]) -> When {
        When::OneOf(texts.iter().map(|&text| text.to_owned()).collect())
    }

    /// Budget (text, 0..=30), clicks (number, 0..=20), demo (boolean, 0..=10) and days since the web form (derived, 0..=5).
    pub(crate) fn example_criteria() -> Vec<Criterion> {
        let mut budget = criterion(
            "budget",
            InputKind::Text,
            vec![
                level(When::Missing, "missing", 4),
                level(one_of(&["none", "unknown"]), "none or unknown", 0),
                level(one_of(&["approved", "bewilligt für 2026"]), "approved", 30),
                level(When::Else, "other", 12),
            ],
        );
        budget.group = Some("BANT".to_owned());
        let clicks = criterion(
            "clicks_30d",
            InputKind::Number,
            vec![
                level(When::Missing, "missing", 2),
                level(When::Below(1.0), "below 1", 0),
                level(When::Below(3.5), "1 to 3.5", 8),
                level(When::Else, "3.5 and more", 20),
            ],
        );
        let demo = criterion(
            "asked_for_demo",
            InputKind::Boolean,
            vec![level(When::Missing, "missing", 0), level(one_of(&["true"]), "yes", 10), level(When::Else, "no", 1)],
        );
        let mut form = criterion(
            "days_since_form",
            InputKind::Number,
            vec![
                level(When::Missing, "missing", 0),
                level(When::Below(0.0), "after the hand-off", 1),
                level(When::Below(7.0), "within a week", 5),
                level(When::Else, "7 days and more", 0),
            ],
        );
        form.inputs[0].derivation = Some(Derivation::DaysBefore { column: "form_sent_at".to_owned() });
        vec![budget, clicks, demo, form]
    }

    /// A card around `criteria` that passes every check: a straight curve and two bands cut in the middle.
    pub(crate) fn card_of(base_points: i32, criteria: Vec<Criterion>) -> Card {
        let golden = make_golden(base_points, &criteria);
        let mut card = Card {
            format: CARD_FORMAT,
            base_points,
            criteria,
            curve: Vec::new(),
            thresholds: Vec::new(),
            bands: Vec::new(),
            overrides: Vec::new(),
            text: TEXT_RULE.to_owned(),
            as_of_column: Some("handed_off_at".to_owned()),
            id_column: Some("lead_id".to_owned()),
            provenance: Provenance {
                engine: "bantam 0.1.0".to_owned(),
                data_sha256: "0".repeat(64),
                config_sha256: "1".repeat(64),
                n_leads: 12_345,
                n_converted: 1_432,
                first_as_of: Some("2025-01-02T08:00:00Z".to_owned()),
                last_as_of: Some("2026-06-30T17:30:00Z".to_owned()),
                points_per_log_odds: 14.5,
                seed: 0,
            },
            golden,
        };
        let (lowest, highest) = card.score_range();
        let width = (highest - lowest).max(1);
        card.curve = (lowest..=highest)
            .map(|score| {
                let probability_bp = (100 + 6_000 * (score - lowest) / width) as u32;
                CurveEntry {
                    score: score as i32,
                    probability_bp,
                    low_bp: probability_bp - 50,
                    high_bp: probability_bp + 60,
                    n_leads: 7,
                }
            })
            .collect();
        let middle = (lowest + width / 2) as i32;
        card.thresholds =
            vec![Threshold { name: "selective".to_owned(), rule: "top 50 a month".to_owned(), score: middle + 1 }];
        card.bands =
            vec![Band { name: "hot".to_owned(), from: Some(middle) }, Band { name: "reject".to_owned(), from: None }];
        card
    }

    /// The card most tests use: scores 0..=65.
    pub(crate) fn example_card() -> Card {
        card_of(0, example_criteria())
    }

    #[test]
    fn a_score_finds_its_worth_and_its_band() {
        let card = example_card();
        assert_eq!(card.score_range(), (0, 65));
        assert_eq!(card.n_rows(), 15);
        assert_eq!(card.worth_of(0).map(|entry| entry.probability_bp), Some(100));
        assert_eq!(card.worth_of(65).map(|entry| entry.probability_bp), Some(6_100));
        assert_eq!(card.worth_of(66), None);
        assert_eq!(card.worth_of(-1), None);
        assert_eq!([31, 32].map(|score| card.bands[card.band_of(score)].name.clone()), ["reject", "hot"]);
    }
}
