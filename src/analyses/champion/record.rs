//! What `metrics.json` says of the card in use beside the new one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cross_fit::near_champion::ChangePricePoint;
use crate::quarter::{Advice, AdvisedCard};

/// The card in use (champion) beside the new one (challenger).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChampionMetrics {
    /// The champion's file.
    pub card: String,
    /// SHA-256 of it.
    pub sha256: String,
    /// Last hand-off it learned from; absent where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_until: Option<String>,
    /// Answers whose points differ between the two cards: entries of `changes`.
    pub points_changed: usize,
    /// Answers whose points are the same.
    pub points_kept: usize,
    /// Leads whose points differ, by the cards as they stand.
    pub leads_changed: u64,
    /// Labelled leads.
    pub n_leads: u64,
    /// Price of moving a row by one point, in log likelihood; 0 where points moved freely.
    pub change_price: f64,
    /// Prices tried in the back-test, cheapest first; empty where there was none.
    pub change_prices: Vec<ChangePricePoint>,
    /// What to do, and what it rests on.
    pub advice: Advice,
    /// The card that it comes to, in the run folder; absent where that is the new card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advised: Option<AdvisedCard>,
    /// Both cards on the same leads.
    pub side_by_side: ChampionSides,
    /// Every answer whose points differ, most leads first.
    pub changes: Vec<PointChange>,
}

/// Champion and challenger on the same leads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChampionSides {
    /// Whether these leads were handed off after the last that the champion learned from with their outcome; the earlier of them it
    /// may have known as young leads. Where not, it may have learned from them, and its figures flatter it.
    pub is_fresh: bool,
    /// Leads that the folds judged and that are compared.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Hand-offs of the compared leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_as_of: Option<String>,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_as_of: Option<String>,
    /// The champion with its own curve.
    pub champion: SideMetrics,
    /// The challenger's fold cards with theirs.
    pub challenger: SideMetrics,
    /// Log loss of the champion less that of the challenger, per lead; above 0 the challenger is better.
    pub log_loss_gain: f64,
    /// Lower end of its 90 % interval.
    pub log_loss_gain_low: f64,
    /// Upper end.
    pub log_loss_gain_high: f64,
    /// Each policy at its volume.
    pub policies: Vec<ChampionPolicy>,
}

/// One card on the compared leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SideMetrics {
    /// Mean negative log likelihood, nats.
    pub log_loss: f64,
    /// Chance that a converted lead has the higher score; ties count half.
    pub auc: f64,
    /// Conversions seen / conversions promised.
    pub observed_over_expected: f64,
}

/// Both cards at the volume of one policy. Counts are per month (per 1,000 leads without dates) and may have fractions, because
/// leads tied at a line share the last places.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChampionPolicy {
    /// Name of the policy.
    pub policy: String,
    /// Leads chosen by either card.
    pub leads_per: f64,
    /// Wins of the champion.
    pub champion_wins_per: f64,
    /// Wins of the challenger.
    pub challenger_wins_per: f64,
    /// Lower end of the 90 % interval of the challenger's wins less the champion's.
    pub difference_low: f64,
    /// Upper end.
    pub difference_high: f64,
    /// Leads that only the challenger chooses, in all months together.
    pub swapped_in: SwapSide,
    /// Leads that only the champion chooses, in all months together.
    pub swapped_out: SwapSide,
}

/// Leads that change places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SwapSide {
    /// Leads.
    pub n_leads: f64,
    /// Of those, how many converted.
    pub n_wins: f64,
    /// Lower end of the 90 % interval of their conversion.
    pub conversion_low: f64,
    /// Upper end.
    pub conversion_high: f64,
}

/// An answer whose points differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PointChange {
    /// The criterion.
    pub criterion: String,
    /// The champion's level; absent where the criterion is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub champion_level: Option<String>,
    /// The challenger's level; absent where the criterion is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenger_level: Option<String>,
    /// Points before.
    pub points_before: i32,
    /// Points now.
    pub points_now: i32,
    /// Why.
    pub reason: ChangeReason,
    /// Labelled leads with this answer.
    pub n_leads: u64,
    /// Share that the champion's level had of the leads it learned from; 0 where it did not have the criterion.
    pub share_before: f64,
    /// Share that it has of the leads the champion had not seen (of all leads where none is fresh).
    pub share_now: f64,
    /// Leads with this answer that the champion had not seen (all leads where none is fresh).
    pub n_fresh: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Conversions the champion promised among them.
    pub n_promised: f64,
    /// Where a person set the points on one of the cards: which, who, and what the fit said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<SetByHand>,
}

/// Points that a person set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetByHand {
    /// On which card; where they were set on both, on the one in use.
    pub on: Side,
    /// Who set them.
    pub author: String,
    /// Points that the fit gave the answer there.
    pub fitted_points: i32,
}

/// One of the two cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The card in use.
    InUse,
    /// The new card.
    New,
}

/// Why points changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeReason {
    /// Leads with this answer converted differently from what the champion promised, beyond chance.
    Conversion,
    /// Leads convert as promised, but the answer is given more or less often than it was, beyond chance, or beside other answers.
    Mix,
    /// Within what chance explains.
    #[default]
    Noise,
    /// Set by hand on one of the two cards.
    ByHand,
    /// The new card has another number of points per unit of log-odds.
    Scale,
    /// The champion did not have the criterion.
    NewCriterion,
    /// The new card does not have it.
    LeftOut,
}
