//! What `metrics.json` says of next quarter: each policy's leads, wins, hours and cost, and the odds between policies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::card::CurveEntry;
use crate::math::{logistic, logit};
pub use crate::measures::Estimate;
use crate::settings::SalesConfig;

/// Next quarter under every policy, simulated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// The time ahead in words: "next 3 months", or "next 1,000 leads" where the leads have no dates.
    pub ahead: String,
    /// Months ahead; `null` without dates.
    pub n_months: Option<f64>,
    /// Leads a month (1,000 without dates) that the time ahead was taken to bring, whatever their score.
    pub leads_per: f64,
    /// Leads that tell as much as one on its own: 1 unless leads of one account or contact convert together.
    pub design_effect: f64,
    /// First month whose leads say which scores come, "2026-01"; `null` without dates.
    pub window_from: Option<String>,
    /// Last month of them.
    pub window_to: Option<String>,
    /// How far the log-odds of all leads ahead lie from what the history says of their scores; `null` without dates.
    pub rate_shift: Option<Estimate>,
    /// Leads a month that ops said to expect; `null` where the history says.
    pub leads_next: Option<f64>,
    /// Times the time ahead was played through.
    pub n_draws: usize,
    /// What a lead costs and a win is worth: the figures in force.
    pub sales: SalesConfig,
    /// One per policy, in the order of the config; those that cannot be met are left out, with a note.
    pub scenarios: Vec<Scenario>,
    /// Every two of them.
    pub pairs: Vec<ScenarioPair>,
    /// The threshold the engine would take.
    pub recommended: Option<Recommendation>,
}

impl Forecast {
    /// The same with counts for an average month of the time ahead; as it is without dates, or where one month is ahead.
    pub fn of_a_month(&self) -> Self {
        let Some(n_months) = self.n_months.filter(|&n_months| n_months > 1.0) else { return self.clone() };
        let share = 1.0 / n_months;
        Self {
            ahead: "average month ahead".to_owned(),
            n_months: Some(1.0),
            scenarios: self.scenarios.iter().map(|scenario| scenario.times(share)).collect(),
            pairs: self.pairs.iter().map(|pair| pair.times(share)).collect(),
            recommended: self
                .recommended
                .as_ref()
                .map(|found| Recommendation { scenario: found.scenario.times(share), ..found.clone() }),
            ..self.clone()
        }
    }

    /// Share of the leads with a score that will convert in the time ahead; `None` without dates.
    pub fn worth_ahead(&self, entry: &CurveEntry) -> Option<Estimate> {
        let shift = self.rate_shift?;
        let log_odds = |basis_points: u32| logit(f64::from(basis_points) / 10_000.0);
        let of_curve = (log_odds(entry.high_bp) - log_odds(entry.low_bp)) / 2.0;
        let half_width = of_curve.hypot((shift.high - shift.low) / 2.0);
        let middle = log_odds(entry.probability_bp) + shift.expected;
        Some(Estimate {
            expected: logistic(middle),
            low: logistic(middle - half_width),
            high: logistic(middle + half_width),
        })
    }
}

/// The time ahead under one policy. Counts are for the whole time ahead, not per month.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// Name of the policy.
    pub policy: String,
    /// The rule in words: "top 50 a month".
    pub rule: String,
    /// The threshold of everyone, or of each team or segment.
    pub thresholds: Vec<ScenarioThreshold>,
    /// Leads handed to sales.
    pub leads: Estimate,
    /// Of those, how many convert.
    pub wins: Estimate,
    /// Share of the leads handed over that converts.
    pub conversion: Estimate,
    /// Leads below the threshold that are worth nurturing: at or above the lower end of the band `nurture`.
    pub to_nurture: Estimate,
    /// Leads below both.
    pub rejected: Estimate,
    /// Conversion that history shows at this threshold. Where the policy picked the threshold for its looks, part of it is luck.
    pub seen_conversion: f64,
    /// The part that is luck: how much higher, on average over the draws, a threshold looks where it was chosen than where it
    /// is used. Taken off already in `wins` and `conversion`. About 0 for policies that do not look at outcomes.
    pub optimism: f64,
    /// Hours of work, where hours per lead are known.
    pub hours: Option<Estimate>,
    /// Hours per person, where the number of people is known as well.
    pub hours_per_rep: Option<Estimate>,
    /// Wins per person.
    pub wins_per_rep: Option<Estimate>,
    /// Wins per 100 hours of work.
    pub wins_per_100_hours: Option<Estimate>,
    /// Cost of working the leads.
    pub cost: Option<Estimate>,
    /// Cost of one win.
    pub cost_per_win: Option<Estimate>,
    /// Worth of the wins less the cost of the leads.
    pub net_value: Option<Estimate>,
}

impl Scenario {
    /// Counts, hours and money of a share of the time ahead.
    fn times(&self, share: f64) -> Self {
        let some = |value: Option<Estimate>| value.map(|value| value.times(share));
        Self {
            leads: self.leads.times(share),
            wins: self.wins.times(share),
            to_nurture: self.to_nurture.times(share),
            rejected: self.rejected.times(share),
            hours: some(self.hours),
            hours_per_rep: some(self.hours_per_rep),
            wins_per_rep: some(self.wins_per_rep),
            cost: some(self.cost),
            net_value: some(self.net_value),
            ..self.clone()
        }
    }

    /// The line, where one holds for all; `None` where each team or segment has its own.
    pub fn one_line(&self) -> Option<&ScenarioThreshold> {
        ScenarioThreshold::of_all(&self.thresholds)
    }
}

/// Where a policy draws the line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioThreshold {
    /// Team or segment; `null` where one line holds for all.
    pub group: Option<String>,
    /// Fewest points of a chosen lead.
    pub score: i32,
    /// Share of the leads tied at the threshold that is chosen; 1 when all are.
    pub share_of_tied: f64,
    /// Leads per month of that group (per 1,000 leads without dates) in the history.
    pub leads_per: f64,
    /// Share of them that converted.
    pub conversion: f64,
}

/// Two policies side by side, in the same simulated futures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioPair {
    /// Name of the first policy.
    pub a: String,
    /// Name of the second.
    pub b: String,
    /// Wins of `a` less wins of `b`.
    pub wins_difference: Estimate,
    /// Leads of `a` less leads of `b`.
    pub leads_difference: Estimate,
    /// Chance that `a` wins more than `b`.
    pub a_wins_more: f64,
    /// Chance that `b` wins more than `a`.
    pub b_wins_more: f64,
    /// How far what the history leaves open could move the chance that `a` wins more.
    #[serde(default)]
    pub a_wins_more_range: ChanceRange,
    /// The same for `b`.
    #[serde(default)]
    pub b_wins_more_range: ChanceRange,
    /// Whether what the history leaves open could turn round which of the two more often wins more.
    #[serde(default)]
    pub wins_too_close: bool,
    /// The policy, `a` or `b`, whose leads are all chosen by the other one too; it cannot win more.
    pub contained: Option<String>,
    /// Conversion of the leads that one has beyond the other: expected difference of wins over expected difference of leads.
    pub extra_conversion: Option<f64>,
    /// Net value of `a` less that of `b`, where cost and value are known.
    pub net_value_difference: Option<Estimate>,
    /// Chance that `a` is worth more than `b`.
    pub a_worth_more: Option<f64>,
    /// How far what the history leaves open could move that chance.
    #[serde(default)]
    pub a_worth_more_range: Option<ChanceRange>,
    /// Whether what the history leaves open could turn round which of the two is more often worth more.
    #[serde(default)]
    pub worth_too_close: Option<bool>,
}

impl ScenarioPair {
    /// Differences of counts and money in a share of the time ahead; chances stay.
    fn times(&self, share: f64) -> Self {
        Self {
            wins_difference: self.wins_difference.times(share),
            leads_difference: self.leads_difference.times(share),
            net_value_difference: self.net_value_difference.map(|value| value.times(share)),
            ..self.clone()
        }
    }
}

/// Ends of a chance. A chance is over everything that the time ahead may bring; were the difference to expect between two policies
/// known, the chance would lie between the two ends with a certainty of 90 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChanceRange {
    /// Chance where the difference to expect lies at its 5th percentile.
    pub low: f64,
    /// Chance where it lies at its 95th.
    pub high: f64,
}

/// The threshold the engine would take, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendation {
    /// What it buys in the time ahead; its policy is called `recommended`.
    pub scenario: Scenario,
    /// Why this one, in a sentence.
    pub reason: String,
    /// Whether people chose it (`[decision]`), not the engine.
    #[serde(default)]
    pub is_chosen: bool,
}

impl ScenarioThreshold {
    /// The line of a policy, where one holds for all.
    pub(super) fn of_all(thresholds: &[Self]) -> Option<&Self> {
        match thresholds {
            [line] if line.group.is_none() => Some(line),
            _ => None,
        }
    }

    /// Fewest points of a lead that is handed over. A line that would share out tied leads is that of the nearest whole number of leads:
    /// nobody can hand over a part of them.
    pub(super) fn whole(&self) -> i32 {
        if self.share_of_tied < 0.5 { self.score + 1 } else { self.score }
    }
}

impl Recommendation {
    /// Fewest points of a lead that it hands over, where one line holds for all.
    pub fn whole_line(&self) -> Option<i32> {
        self.scenario.one_line().map(ScenarioThreshold::whole)
    }
}
