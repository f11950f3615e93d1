//! The truth behind a set: what every answer was worth, so that a fit can be held against it.

use serde::Serialize;

use super::SynthParams;
use super::calendar::Calendar;
use super::outcomes::{CONVERTS_ANYWAY, HORIZON_DAYS, OPINION_BY_LOOKS, OPINION_INTERCEPT};
use super::weights::{EVENTS, OPINIONS, SEASON, SIZE_AT_ZERO, SIZE_WEIGHT, SIZE_WEIGHT_LIMIT, TEXT};

/// Everything that went into the chance of a hand-off to convert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// How the chance follows from the rest, in words.
    pub definition: &'static str,
    /// Start of every random draw.
    pub seed: u64,
    /// Leads asked for.
    pub n_leads: usize,
    /// Expected share of touched, mature hand-offs that convert.
    pub rate: f64,
    /// Log-odds of a hand-off whose weights are all 0.
    pub intercept: f64,
    /// Days after the hand-off in which a conversion counts.
    pub horizon_days: i64,
    /// Last day the outcomes are known for.
    pub observed_until: String,
    /// Change of log-odds from the first day to the last; half of it below 0 at the start.
    pub drift: f64,
    /// Log-odds by calendar month of the hand-off, January first.
    pub season: [f64; 12],
    /// The criteria with their weights.
    pub criteria: Vec<CriterionTruth>,
    /// How sales decides, where it has an opinion of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptanceTruth>,
}

/// How sales decides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AcceptanceTruth {
    /// In words.
    pub definition: &'static str,
    /// Log-odds of acceptance of a middling lead.
    pub intercept: f64,
    /// Log-odds per spread of the leads' weights.
    pub per_spread: f64,
    /// Share of conversions that come all the same when sales turns the lead down.
    pub converts_anyway: f64,
    /// Likes and dislikes: criterion, level, log-odds.
    pub opinions: Vec<(&'static str, &'static str, f64)>,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriterionTruth {
    /// Its column in `history.parquet`.
    pub name: &'static str,
    /// Heading on the card.
    pub group: &'static str,
    /// What it adds to the log-odds.
    pub effect: Effect,
}

/// What a criterion adds to the log-odds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// A weight per level.
    Levels {
        /// The levels, and the missing answer where there is one.
        levels: Vec<LevelTruth>,
    },
    /// `weight * ln(1 + count)`.
    LogCount {
        /// Log-odds per unit of `ln(1 + count)`.
        weight: f64,
    },
    /// `weight * ln(value / at_zero)`, held between `-limit` and `limit`; 0 when missing.
    HeldLog {
        /// Log-odds per unit of the logarithm.
        weight: f64,
        /// The value that weighs nothing.
        at_zero: f64,
        /// Largest weight on either side.
        limit: f64,
    },
    /// Nothing: it only goes along with others.
    None,
}

/// One level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelTruth {
    /// The answer; `None` is a missing one.
    pub level: Option<&'static str>,
    /// What it adds to the log-odds.
    pub weight: f64,
}

impl Truth {
    pub(super) fn new(params: &SynthParams, calendar: &Calendar, intercept: f64) -> Self {
        Self {
            definition: "P(converted within 90 days | touched) = 1 / (1 + exp(-x)), x = intercept + sum of the weights of \
                         the criteria + season[calendar month of the hand-off] + drift * (t - 1/2), with t from 0 on the \
                         first day to 1 at the end. The intercept is solved so that the expected share over all touched \
                         hand-offs whose 90 days end by observed_until is rate.",
            seed: params.seed,
            n_leads: params.n_leads,
            rate: params.rate,
            intercept,
            horizon_days: HORIZON_DAYS,
            observed_until: calendar.last_day().to_string(),
            drift: params.drift,
            season: SEASON,
            criteria: criteria(),
            acceptance: params.opinion.then(acceptance),
        }
    }
}

fn acceptance() -> AcceptanceTruth {
    AcceptanceTruth {
        definition: "P(accepted | touched) = 1 / (1 + exp(-x)), x = intercept + per_spread * (weight of the lead - mean) / spread \
                     + opinions. What is not accepted is recycled in 15 of 100 cases and rejected otherwise, and converts with \
                     converts_anyway times the chance it would have had.",
        intercept: OPINION_INTERCEPT,
        per_spread: OPINION_BY_LOOKS,
        converts_anyway: CONVERTS_ANYWAY,
        opinions: OPINIONS
            .iter()
            .map(|&(criterion, level, added)| (TEXT[criterion].name, TEXT[criterion].levels[level].0, added))
            .collect(),
    }
}

fn criteria() -> Vec<CriterionTruth> {
    let text = TEXT.iter().map(|criterion| {
        let given =
            criterion.levels.iter().map(|(level, weight, _)| LevelTruth { level: Some(level), weight: *weight });
        let missing = criterion.missing.map(|(_, weight)| LevelTruth { level: None, weight });
        let effect = Effect::Levels { levels: given.chain(missing).collect() };
        CriterionTruth { name: criterion.name, group: criterion.group, effect }
    });
    let size = Effect::HeldLog { weight: SIZE_WEIGHT, at_zero: SIZE_AT_ZERO, limit: SIZE_WEIGHT_LIMIT };
    let events = EVENTS.iter().map(|criterion| CriterionTruth {
        name: criterion.name,
        group: "engagement",
        effect: if criterion.weight == 0.0 { Effect::None } else { Effect::LogCount { weight: criterion.weight } },
    });
    text.chain([CriterionTruth { name: "company_size", group: "fit", effect: size }]).chain(events).collect()
}
