//! What `metrics.json` and `monitor.json` say of what to do with a card in use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do with a card in use.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Advice {
    /// What to do.
    pub action: Action,
    /// In sentences, with the figures that decided it.
    #[serde(default)]
    pub said: String,
    /// Whether the leads below were handed off after the last that the card learned from with their outcome.
    pub is_fresh: bool,
    /// Leads it rests on.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions the card promised among them.
    pub n_promised: f64,
    /// Log-odds by which its curve would have to move.
    pub shift: f64,
    /// Log likelihood gained by moving its curve.
    pub gain_of_shift: f64,
    /// What chance alone gains so in 1 of 20 cases.
    pub chance_of_shift: f64,
    /// Log likelihood gained beyond that by saying that some of its own rows are worth other points.
    pub gain_of_points: f64,
    /// What chance alone gains so in 1 of 20 cases.
    pub chance_of_points: f64,
    /// How many times as far as promised scores lie apart, where that says more than any single answer; 1 is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
    /// Why.
    pub reason: AdviceReason,
}

/// What to do with a card in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Leave it as it is.
    Keep,
    /// Keep the points, move what a score is worth.
    #[serde(alias = "shift_curve")]
    Shift,
    /// Make a new card, or take the one beside it.
    Refit,
    /// Leave it as it is: too few outcomes are known to say.
    #[default]
    Wait,
}

/// Why a card in use should be treated so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdviceReason {
    /// Too few conversions to tell.
    #[default]
    TooFew,
    /// Its promises hold as well as chance allows.
    PromisesHold,
    /// All leads convert more or less often than promised, alike at all answers.
    AllLeadsAlike,
    /// Some answers convert differently from what their points say.
    SomeAnswers,
    /// Scores tell leads apart less, or more, than their points say.
    OtherSpread,
    /// The new card was better on leads that neither had seen.
    NewCardBetter,
    /// Some answers convert differently from what their points say, but the new card was worse on the same leads.
    NewCardWorse,
}

/// The card that an advice comes to, as a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdvisedCard {
    /// Its name in the folder of the run or look: `card.kept.json` or `card.shifted.json`.
    pub file: String,
    /// What has moved beside the card in use; absent where it is that card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
}

/// What a new curve has moved; no point has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Leads that the curve was learnt from.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_as_of: Option<String>,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_as_of: Option<String>,
    /// How many times those predicted before the odds of the average lead are.
    pub odds_times: f64,
    /// How far scores lie apart beside what they did before; 1 is as far.
    pub slope: f64,
    /// Thresholds and bands before and now.
    pub lines: Vec<MovedLine>,
}

/// A line before and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MovedLine {
    /// Name of the policy or band.
    pub name: String,
    /// Its rule in words; absent for a band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Fewest points before.
    pub before: i32,
    /// Fewest points now; absent where no score reaches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<i32>,
}
