//! Forecast: next quarter under each policy, played through many times.
//!
//! In: the [`Evidence`] (histogram, frontier, curve, bands), policies, and what a lead costs and a win is worth. Out: a
//! [`Forecast`]: leads, wins, hours and money of each policy with 90 % intervals, and the odds between policies.
//!
//! Start at [`forecast()`]. `strata` cuts the history into leads that no policy tells apart, `volume` draws how many of them
//! come, `replay` plays one history and the quarter after it, `estimates` makes intervals of the draws, `file` writes the
//! scenarios, `direct` compares two numbers typed in.
//!
//! How: each draw makes up a history like the real one (the leads of its last months drawn again, its outcomes drawn from the curve,
//! itself drawn within its uncertainty, and where teams or segments differ from it), lets the policy choose its lines there, notes what that history promises, and then
//! plays the quarter that follows, as busy and as well converting as the outlook has it. How far the quarter lies from the promise is the error that a forecast made like ours makes. Our own
//! forecast is what the real history promises, with those errors around it. So the interval covers volume, curve, chance and
//! the choice of the threshold at once, and the luck in a threshold picked for its looks is taken off.
//!
//! Always true: policies are compared in the same futures; the same seed gives the same figures on any number of cores.

mod direct;
mod estimates;
mod file;
pub mod record;
mod replay;
mod strata;
mod volume;

pub use direct::{Deal, DealComparison, DealError, compare_deals};
pub use file::write_scenarios;
pub use strata::variance_of_counted_curve;

use crate::decide::forecast::record::{
    ChanceRange, Forecast, Recommendation, Scenario, ScenarioPair, ScenarioThreshold,
};
use crate::decide::frontier::{DrawnLine, Evidence, Per, Policy, Ranking, Resolved, Rule, draw_line};
use crate::measures::Estimate;
use crate::notes::{Note, count};
use crate::settings::SalesConfig;
use estimates::{Draws, Odds, Promise};
use replay::replay;
use strata::Strata;
use volume::Volume;

/// How the time ahead is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastParams {
    /// Months ahead; above 0. Without dates the time ahead is the next 1,000 leads.
    pub n_months: f64,
    /// How many times it is played.
    pub n_draws: usize,
    /// Start of every random choice.
    pub seed: u64,
    /// How much wider intervals are than the draws have them.
    pub widening: Widening,
}

/// How many times as wide intervals are as the draws have them, because past promises did not hold; 1 and more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Widening {
    /// Of leads.
    pub leads: f64,
    /// Of wins.
    pub wins: f64,
    /// Of conversion.
    pub conversion: f64,
}

impl Widening {
    /// As the draws have them.
    pub const NONE: Self = Self { leads: 1.0, wins: 1.0, conversion: 1.0 };
}

impl ForecastParams {
    /// The next quarter, 10,000 times: an interval's ends then stand to about a hundredth of its width.
    pub fn quarter(seed: u64, widening: Widening) -> Self {
        Self { n_months: 3.0, n_draws: 10_000, seed, widening }
    }
}

/// Name of the engine's own policy.
pub const RECOMMENDED: &str = "recommended";

/// A policy and the line it draws on the real history.
struct Player {
    policy: Policy,
    line: DrawnLine,
}

/// The line of the first lines: one that people chose, or the engine's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Leading {
    policy: Policy,
    /// In whose words it was chosen; `None` where the engine recommends it.
    chosen: Option<String>,
}

impl Leading {
    /// A policy that people chose.
    ///
    /// - `reason`: who chose it and why, as a sentence without its full stop.
    pub fn chosen(policy: &Policy, reason: String) -> Self {
        Self { policy: Policy { name: RECOMMENDED.to_owned(), ..policy.clone() }, chosen: Some(reason) }
    }

    /// Where money is known, every lead that pays; otherwise every lead that is better than the average one.
    pub fn recommended(sales: &SalesConfig) -> Self {
        Self { policy: recommended_policy(sales), chosen: None }
    }

    /// Fewest points of a lead that is handed over, where that stands before anything is played: always but where the engine recommends
    /// what is worth most. None of one line that holds for all.
    pub fn line(&self, evidence: &Evidence<'_>, sales: &SalesConfig) -> KnownLine {
        if self.chosen.is_none() && sales.cost_per_lead.is_some() && sales.value_per_win.is_some() {
            return KnownLine::OncePlayed;
        }
        let thresholds = player(&self.policy, evidence).map(|player| thresholds(&player.line.resolved));
        KnownLine::Now(ScenarioThreshold::of_all(&thresholds.unwrap_or_default()).map(ScenarioThreshold::whole))
    }
}

/// The leading line, as far as it is known before the time ahead is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownLine {
    /// Fewest points of a lead that is handed over; `None` where each team or segment has its own.
    Now(Option<i32>),
    /// Not yet.
    OncePlayed,
}

/// Plays the time ahead under every policy that the history can meet, and under the leading one.
pub fn forecast(
    policies: &[Policy],
    leading: &Leading,
    evidence: &Evidence<'_>,
    sales: &SalesConfig,
    params: &ForecastParams,
) -> (Forecast, Vec<Note>) {
    play(policies, Some(leading), evidence, sales, params)
}

/// Plays the time ahead under every policy that the history can meet, in their order, and under no other.
pub fn scenarios(policies: &[Policy], evidence: &Evidence<'_>, params: &ForecastParams) -> Vec<Scenario> {
    play(policies, None, evidence, &SalesConfig::default(), params).0.scenarios
}

/// - `own`: the leading policy.
fn play(
    policies: &[Policy],
    own: Option<&Leading>,
    evidence: &Evidence<'_>,
    sales: &SalesConfig,
    params: &ForecastParams,
) -> (Forecast, Vec<Note>) {
    let mut players: Vec<Player> = policies.iter().filter_map(|policy| player(policy, evidence)).collect();
    let n_asked = players.len();
    players.extend(own.and_then(|own| player(&own.policy, evidence)));
    let rankings: Vec<&Ranking> = players.iter().map(|player| &player.line.ranking).collect();
    let strata = Strata::new(evidence, &rankings);
    let volume = Volume::new(evidence, &strata, params.n_months);
    let rate = evidence.outlook.rate(params.n_months);
    let draws = replay(&players, &strata, &volume, &rate, evidence, params);

    let promises: Vec<Promise> =
        players.iter().map(|player| Promise::new(player, &strata, volume.n_ahead(), rate.mean())).collect();
    let mut scenarios: Vec<Scenario> = (players.iter().zip(&promises).zip(&draws))
        .map(|((player, promise), draws)| scenario(player, promise, draws, sales, params.widening))
        .collect();
    let pairs = (0..n_asked)
        .flat_map(|a| (a + 1..n_asked).map(move |b| (a, b)))
        .map(|(a, b)| {
            let played =
                |at: usize| Played { name: &players[at].policy.name, promise: &promises[at], draws: &draws[at] };
            pair(played(a), played(b), contained(&players[a], &players[b], &strata), sales, params.widening)
        })
        .collect();
    let of_own = if scenarios.len() > n_asked { scenarios.pop() } else { None };
    let recommended = own.zip(of_own).map(|(own, scenario)| match (&own.chosen, worth_more(&scenarios, &scenario)) {
        (Some(chosen), _) => Recommendation { reason: chosen.clone(), is_chosen: true, scenario },
        (None, Some(policy)) => Recommendation {
            reason: format!("of the lines compared, that of `{}` is worth most after costs", policy.policy),
            is_chosen: false,
            scenario: Scenario { policy: RECOMMENDED.to_owned(), ..policy.clone() },
        },
        (None, None) => {
            Recommendation { reason: reason(&own.policy, &scenario, evidence, sales), is_chosen: false, scenario }
        }
    });
    let has_dates = matches!(evidence.frontier.per, Per::Month { .. });
    let forecast = Forecast {
        ahead: if has_dates { ahead_in_words(params.n_months) } else { "next 1,000 leads".to_owned() },
        n_months: has_dates.then_some(params.n_months),
        leads_per: evidence.outlook.leads_per,
        window_from: evidence.outlook.window.map(|window| window.first.to_string()),
        window_to: evidence.outlook.window.map(|window| window.last.to_string()),
        rate_shift: evidence.outlook.window.map(|_| Estimate::normal(rate.mean(), rate.sd())),
        design_effect: evidence.outlook.design_effect,
        leads_next: evidence.outlook.leads_next,
        n_draws: params.n_draws,
        sales: sales.clone(),
        scenarios,
        pairs,
        recommended,
    };
    (forecast, volume.notes())
}

fn player(policy: &Policy, evidence: &Evidence<'_>) -> Option<Player> {
    draw_line(policy, evidence).ok().map(|line| Player { policy: policy.clone(), line })
}

/// The policy whose wins less costs are worth most, where that is more than those of the engine's own line: taking off the luck of a line
/// picked for its looks may put it behind one that was not picked.
fn worth_more<'a>(policies: &'a [Scenario], own: &Scenario) -> Option<&'a Scenario> {
    let worth = |scenario: &Scenario| scenario.net_value.map(|value| value.expected);
    let one_line = policies.iter().filter(|scenario| scenario.one_line().is_some());
    let best = one_line.max_by(|a, b| worth(a).unwrap_or(f64::MIN).total_cmp(&worth(b).unwrap_or(f64::MIN)))?;
    (worth(best)? > worth(own)?).then_some(best)
}

fn recommended_policy(sales: &SalesConfig) -> Policy {
    let rule = match (sales.cost_per_lead, sales.value_per_win) {
        (Some(cost_per_lead), Some(value_per_win)) => Rule::BreakEven { cost_per_lead, value_per_win },
        _ => Rule::BeatsAverage,
    };
    Policy { name: RECOMMENDED.to_owned(), rule, by: None }
}

fn reason(own: &Policy, scenario: &Scenario, evidence: &Evidence<'_>, sales: &SalesConfig) -> String {
    let score = scenario.thresholds.first().map_or(0, |threshold| threshold.score);
    let usual = evidence.frontier.n_converted as f64 / (evidence.frontier.n_leads as f64).max(1.0) * 100.0;
    match own.rule {
        Rule::BreakEven { cost_per_lead, value_per_win } => {
            let money = |value: f64| {
                let amount = if value < 100.0 { value.to_string() } else { count(value.round() as u64) };
                sales.currency.as_deref().map_or_else(|| amount.clone(), |unit| format!("{unit} {amount}"))
            };
            format!(
                "below {score} points a lead costs more to work ({}) than it brings on average, its chance times the {} that a \
                 win is worth",
                money(cost_per_lead),
                money(value_per_win)
            )
        }
        _ => format!(
            "from {score} points on, a lead has a better chance to convert than the average lead ({usual:.1} %); below, a \
             worse one"
        ),
    }
}

fn ahead_in_words(n_months: f64) -> String {
    if n_months == 1.0 { "next month".to_owned() } else { format!("next {n_months} months") }
}

fn scenario(player: &Player, promise: &Promise, draws: &Draws, sales: &SalesConfig, widening: Widening) -> Scenario {
    let around = draws.around(promise).widened(widening);
    let conversion = around.conversion;
    let hours = sales.hours_per_lead.map(|hours| around.leads.times(hours));
    let per_rep = sales.reps.map(|reps| 1.0 / reps);
    let net_value = sales
        .cost_per_lead
        .zip(sales.value_per_win)
        .map(|(cost, value)| draws.estimate(promise, |leads, wins| value * wins - cost * leads).widened(widening.wins));
    Scenario {
        policy: player.policy.name.clone(),
        rule: player.policy.words(),
        thresholds: thresholds(&player.line.resolved),
        leads: around.leads,
        wins: around.wins,
        conversion,
        to_nurture: around.to_nurture,
        rejected: around.rejected,
        seen_conversion: player.line.resolved.chosen.conversion,
        optimism: draws.optimism,
        hours,
        hours_per_rep: hours.zip(per_rep).map(|(hours, share)| hours.times(share)),
        wins_per_rep: per_rep.map(|share| around.wins.times(share)),
        wins_per_100_hours: sales.hours_per_lead.map(|hours| conversion.times(100.0 / hours)),
        cost: sales.cost_per_lead.map(|cost| around.leads.times(cost)),
        cost_per_win: sales.cost_per_lead.and_then(|cost| estimates::cost_per_win(cost, conversion)),
        net_value,
    }
}

fn thresholds(resolved: &Resolved) -> Vec<ScenarioThreshold> {
    if resolved.groups.is_empty() {
        return vec![ScenarioThreshold {
            group: None,
            score: resolved.threshold,
            share_of_tied: resolved.share_of_tied,
            leads_per: resolved.chosen.leads_per,
            conversion: resolved.chosen.conversion,
        }];
    }
    let of_group = |group: &crate::decide::frontier::GroupLine| {
        Some(ScenarioThreshold {
            group: Some(group.group.clone()),
            score: group.threshold?,
            share_of_tied: group.share_of_tied,
            leads_per: group.chosen.leads_per,
            conversion: group.chosen.conversion,
        })
    };
    resolved.groups.iter().filter_map(of_group).collect()
}

/// Which of two policies chooses no lead that the other does not choose too.
fn contained(a: &Player, b: &Player, strata: &Strata) -> Option<Contained> {
    let shares = |player: &Player, at: usize| strata.share(&player.line.ranking, &player.line.shares, at);
    let all = |is: fn(f64, f64) -> bool| (0..strata.len()).all(|at| is(shares(a, at), shares(b, at)));
    // A billionth: both shares come from sums of counts.
    match (all(|a, b| a <= b + 1e-9), all(|a, b| b <= a + 1e-9)) {
        (true, true) => Some(Contained::Same),
        (true, false) => Some(Contained::A),
        (false, true) => Some(Contained::B),
        (false, false) => None,
    }
}

/// Which of two policies has no lead of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contained {
    A,
    B,
    Same,
}

/// A policy with what it promises and how that went in each draw.
#[derive(Clone, Copy)]
struct Played<'a> {
    name: &'a str,
    promise: &'a Promise,
    draws: &'a Draws,
}

fn pair(
    a: Played<'_>,
    b: Played<'_>,
    contained: Option<Contained>,
    sales: &SalesConfig,
    widening: Widening,
) -> ScenarioPair {
    let wins = estimates::difference(a, b, contained, widening.wins, |_, wins| wins);
    let leads = estimates::difference(a, b, contained, widening.leads, |leads, _| leads);
    let same = contained.filter(|&contained| contained == Contained::Same);
    let net_value = sales.cost_per_lead.zip(sales.value_per_win).map(|(cost, value)| {
        estimates::difference(a, b, same, widening.wins, |leads, wins| value * wins - cost * leads)
    });
    let extra_leads = leads.estimate.expected;
    // Less than a lead between them is no difference to speak of.
    let extra_conversion = (extra_leads.abs() >= 1.0 && contained.is_some())
        .then(|| (wins.estimate.expected / extra_leads).clamp(0.0, 1.0));
    let range = |odds: &Odds| ChanceRange { low: odds.low, high: odds.high };
    ScenarioPair {
        a: a.name.to_owned(),
        b: b.name.to_owned(),
        wins_difference: wins.estimate,
        leads_difference: leads.estimate,
        a_wins_more: wins.a_is_more.chance,
        b_wins_more: wins.b_is_more.chance,
        a_wins_more_range: range(&wins.a_is_more),
        b_wins_more_range: range(&wins.b_is_more),
        wins_too_close: contained.is_none() && wins.is_too_close(),
        contained: contained.map(|found| if found == Contained::B { b.name } else { a.name }.to_owned()),
        extra_conversion,
        net_value_difference: net_value.as_ref().map(|found| found.estimate),
        a_worth_more: net_value.as_ref().map(|found| found.a_is_more.chance),
        a_worth_more_range: net_value.as_ref().map(|found| range(&found.a_is_more)),
        worth_too_close: net_value.as_ref().map(|found| same.is_none() && found.is_too_close()),
    }
}

#[cfg(test)]
mod tests;
