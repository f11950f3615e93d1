//! What `metrics.json` says of each question: wins with and without it, the worth of asking it where it is unknown, and
//! how many questions are enough.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decide::forecast::record::Estimate;

/// What each criterion of the card is worth. Wins and leads are per month (per 1,000 leads without dates).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuestionMetrics {
    /// Judged leads these figures are counted on: all of them, or a part drawn at random.
    pub n_judged: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Policies whose volume is looked at: those with one line for all leads.
    pub lines: Vec<QuestionLine>,
    /// The criteria of the card, those that bring most at the first line first.
    pub criteria: Vec<CriterionWorth>,
    /// Criteria of the card that were not priced, because pricing the others takes long enough.
    pub n_not_priced: usize,
    /// Cards of few criteria, fewest first; last the card with all of them.
    pub path: Vec<PathRung>,
    /// The fewest criteria that are enough at each line.
    pub enough: Vec<EnoughQuestions>,
}

/// The volume of a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuestionLine {
    /// Name of the policy.
    pub policy: String,
    /// Its line: fewest points of a chosen lead.
    pub threshold: i32,
    /// Leads that it takes.
    pub leads_per: f64,
}

/// One criterion of the card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionWorth {
    /// Its name.
    pub criterion: String,
    /// Whether somebody has to ask: it is read from a column of the lead table. Counts of events are measured, not
    /// asked.
    pub is_asked: bool,
    /// Points of its best level less those of its worst.
    pub points_range: i32,
    /// Judged leads on which its answer is not known.
    pub n_unknown: u64,
    /// At the volume of each of [`QuestionMetrics::lines`].
    pub at: Vec<WorthAtLine>,
}

/// A criterion at the volume of one policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorthAtLine {
    /// Wins with the criterion.
    pub wins_with: f64,
    /// Wins without it: the card refitted without it takes as many leads.
    pub wins_without: f64,
    /// Wins with it less wins without it, the same leads under both cards.
    pub gain: Estimate,
    /// What asking it brings where it is unknown; `null` where too few leads without an answer, or too few answers,
    /// could say.
    pub asking: Option<AskingWorth>,
}

/// Asking a criterion of the leads on which it is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AskingWorth {
    /// Leads on which it is unknown.
    pub unknown_per: f64,
    /// Of those, the leads that some answer would move across the line.
    pub worth_asking_per: f64,
    /// Lowest score of such a lead, as it stands without the answer; `null` where no answer moves anybody.
    pub score_from: Option<i32>,
    /// Highest score of such a lead.
    pub score_to: Option<i32>,
    /// Wins that asking adds at the same volume. Negative where the answers mislead the card.
    pub wins: Estimate,
    /// The same for every 100 leads worth asking; `null` without any.
    pub wins_per_100: Option<Estimate>,
    /// How far the card's points for the answers hold on judged leads whose answer is known: 1 as they say, 0 not at
    /// all.
    pub holds: Estimate,
    /// Odds of the leads without an answer against those that the answers of others at the same score would give them.
    pub odds_of_unknown: f64,
    /// Judged leads with a known answer, which say what others would answer.
    pub n_answers: u64,
    /// Judged leads without one.
    pub n_unknown: u64,
}

/// A card of few criteria, chosen and fitted in every fold without the leads it is judged on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathRung {
    /// Criteria it may have.
    pub n_criteria: usize,
    /// Of those chosen on all leads, how many somebody has to ask.
    pub n_asked: usize,
    /// Names of those chosen on all leads that the smaller card before has not, in the order in which they enter.
    pub enter: Vec<String>,
    /// Names of those that the smaller card before has and this one has not.
    pub leave: Vec<String>,
    /// Out-of-fold log loss, nats.
    pub log_loss: f64,
    /// Chance that a converted lead has the higher score.
    pub auc: f64,
    /// At the volume of each of [`QuestionMetrics::lines`].
    pub at: Vec<PathWins>,
}

/// Wins of a card of few criteria at the volume of one policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathWins {
    /// Wins.
    pub wins: f64,
    /// Wins of the best card of the path less these, the same leads under both.
    pub behind_best: f64,
    /// Standard error of that difference.
    pub behind_best_se: f64,
}

/// The smallest card whose wins are within a standard error of the best.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnoughQuestions {
    /// Name of the policy.
    pub policy: String,
    /// Criteria of that card.
    pub n_criteria: usize,
    /// Of those, how many somebody has to ask.
    pub n_asked: usize,
    /// Criteria of the card with all of them.
    pub n_all: usize,
    /// Of those, how many somebody has to ask.
    pub n_all_asked: usize,
    /// Its wins as a share of those with all criteria.
    pub share_of_wins: f64,
}
