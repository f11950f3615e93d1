//! Estimates: from draws to what is expected and a 90 % interval.

use super::strata::{ChosenConversion, Strata};
use super::{Contained, Played, Player, Widening};
use crate::decide::forecast::record::Estimate;
use crate::decide::frontier::Policy;

/// Fewest draws whose 5th percentile is worth anything: five of them lie below it.
const MIN_MADE: usize = 100;

/// One draw of one policy: what a made-up history promised for the time ahead, and what came.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Draw {
    /// Whether a forecast would have been made: the made-up history could meet a rule that looks at outcomes.
    pub is_made: bool,
    pub promised_leads: f64,
    pub leads: f64,
    pub promised_wins: f64,
    pub wins: f64,
    /// Leads and wins to expect at the threshold that was chosen, without chance.
    pub true_leads: f64,
    pub true_wins: f64,
    pub promised_conversion: f64,
    pub conversion: f64,
    /// Conversion to expect at the threshold that was chosen, without chance.
    pub true_conversion: f64,
    pub promised_to_nurture: f64,
    pub to_nurture: f64,
    pub promised_rejected: f64,
    pub rejected: f64,
}

/// All draws of one policy.
#[derive(Debug, Clone)]
pub(super) struct Draws {
    draws: Vec<Draw>,
    /// How much higher a made-up history puts the conversion than it is, on average; 0 where outcomes do not move the threshold.
    pub optimism: f64,
}

/// What the real history promises one policy for the time ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Promise {
    leads: f64,
    wins: f64,
    conversion: f64,
    to_nurture: f64,
    rejected: f64,
}

/// The promise with its errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    pub leads: Estimate,
    pub wins: Estimate,
    pub conversion: Estimate,
    pub to_nurture: Estimate,
    pub rejected: Estimate,
}

impl Around {
    /// With ends further away.
    pub(super) fn widened(self, widening: Widening) -> Self {
        let Widening { leads, wins, conversion } = widening;
        let count = |estimate: Estimate, factor: f64| estimate.widened(factor).within(0.0, f64::INFINITY);
        Self {
            leads: count(self.leads, leads),
            wins: count(self.wins, wins),
            conversion: self.conversion.widened(conversion).within(0.0, 1.0),
            to_nurture: count(self.to_nurture, leads),
            rejected: count(self.rejected, leads),
        }
    }
}

impl Promise {
    /// What the player's line brings in `n_ahead` months (1,000 leads without dates).
    ///
    /// - `rate_shift`: how far the log-odds of that time lie from the history's.
    pub(super) fn new(player: &Player, strata: &Strata, n_ahead: f64, rate_shift: f64) -> Self {
        let mut chosen = ChosenConversion::default();
        let (mut to_nurture, mut rejected) = (0.0, 0.0);
        for (at, stratum) in strata.strata.iter().enumerate() {
            let share = strata.share(&player.line.ranking, &player.line.shares, at);
            chosen.add(strata.said(at), share, stratum.leads_per, stratum.n_wins, rate_shift);
            let is_worth_it = strata.nurture_from.is_some_and(|from| stratum.score >= from);
            *(if is_worth_it { &mut to_nurture } else { &mut rejected }) += (1.0 - share) * stratum.leads_per * n_ahead;
        }
        let (leads, conversion) = (chosen.leads() * n_ahead, chosen.conversion().unwrap_or_default());
        Self { leads, wins: leads * conversion, conversion, to_nurture, rejected }
    }
}

impl Draws {
    /// Takes the draws of one policy, in the order in which they were played.
    pub(super) fn new(policy: &Policy, draws: impl Iterator<Item = Draw>) -> Self {
        let draws: Vec<Draw> = draws.collect();
        let optimism = if policy.looks_at_outcomes() {
            mean(made(&draws).iter().map(|draw| draw.promised_conversion - draw.true_conversion))
        } else {
            0.0
        };
        Self { draws, optimism }
    }

    /// The promise with the errors of the draws around it: what to expect is the promise itself, with the luck of a line picked for its
    /// looks taken off.
    pub(super) fn around(&self, promise: &Promise) -> Around {
        let made = made(&self.draws);
        let around = |promised: f64, expected: f64, most: f64, error: fn(&Draw) -> f64| {
            let drawn = made.iter().map(|draw| (promised + error(draw)).clamp(0.0, most)).collect();
            Estimate { expected: expected.clamp(0.0, most), ..estimate(drawn) }
        };
        let conversion = promise.conversion - self.optimism;
        let count = |promised: f64, error: fn(&Draw) -> f64| around(promised, promised, f64::INFINITY, error);
        Around {
            leads: count(promise.leads, |draw| draw.leads - draw.promised_leads),
            wins: around(promise.wins, promise.leads * conversion, f64::INFINITY, |draw| {
                draw.wins - draw.promised_wins
            }),
            conversion: around(promise.conversion, conversion, 1.0, |draw| draw.conversion - draw.promised_conversion),
            to_nurture: count(promise.to_nurture, |draw| draw.to_nurture - draw.promised_to_nurture),
            rejected: count(promise.rejected, |draw| draw.rejected - draw.promised_rejected),
        }
    }

    /// Any figure made of leads and wins.
    pub(super) fn estimate(&self, promise: &Promise, figure: impl Fn(f64, f64) -> f64) -> Estimate {
        let of_draw = |draw: &Draw| {
            figure(
                (promise.leads + draw.leads - draw.promised_leads).max(0.0),
                (promise.wins + draw.wins - draw.promised_wins).max(0.0),
            )
        };
        let expected = figure(promise.leads, promise.leads * (promise.conversion - self.optimism));
        Estimate { expected, ..estimate(made(&self.draws).into_iter().map(of_draw).collect()) }
    }
}

/// A difference between two policies in the same futures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    /// First less second.
    pub estimate: Estimate,
    /// Chance that the first has more.
    pub a_is_more: Odds,
    /// Chance that the second has more.
    pub b_is_more: Odds,
}

/// Difference of a figure made of leads and wins, first less second.
///
/// What comes differs from what was promised by what the history does not know (curve, groups, the luck of the lines) and by what no
/// history knows (who comes, who converts, how the months ahead go). The chance that the first has more is over both. Its range is over the first
/// alone: the chances where the difference to expect lies at its 5th and at its 95th percentile.
///
/// - `contained`: the policy that cannot have more, where there is one.
/// - `widening`: how many times as far from the middle the draws lie, as past promises had it.
pub(super) fn difference(
    a: Played<'_>,
    b: Played<'_>,
    contained: Option<Contained>,
    widening: f64,
    figure: impl Fn(f64, f64) -> f64,
) -> Difference {
    let promised = figure(a.promise.leads, a.promise.wins) - figure(b.promise.leads, b.promise.wins);
    let unknown =
        |draw: &Draw| figure(draw.true_leads, draw.true_wins) - figure(draw.promised_leads, draw.promised_wins);
    let luck = |draw: &Draw| figure(draw.leads, draw.wins) - figure(draw.true_leads, draw.true_wins);
    let both: Vec<(&Draw, &Draw)> = a.draws.draws.iter().zip(&b.draws.draws).collect();
    let both = enough(both, |(a, b)| a.is_made && b.is_made);
    // Draws whose lines differ tell nothing of two that are the same.
    let is_same = contained == Some(Contained::Same);
    let part = |of: &dyn Fn(&Draw) -> f64| -> Vec<f64> {
        let values: Vec<f64> = both.iter().map(|(a, b)| if is_same { 0.0 } else { of(a) - of(b) }).collect();
        let middle = mean(values.iter().copied());
        values.into_iter().map(|value| middle + widening * (value - middle)).collect()
    };
    let (unknown, luck) = (part(&unknown), part(&luck));
    let within = |difference: f64| match contained {
        Some(Contained::A) => difference.min(0.0),
        Some(Contained::B) => difference.max(0.0),
        Some(Contained::Same) => 0.0,
        None => difference,
    };
    let differences: Vec<f64> =
        unknown.iter().zip(&luck).map(|(unknown, luck)| within(promised + unknown + luck)).collect();
    // A billionth of a win is rounding.
    let share = |of: &dyn Fn(f64) -> bool, values: &[f64]| {
        values.iter().filter(|&&value| of(value)).count() as f64 / (values.len() as f64).max(1.0)
    };
    let to_expect = estimate(unknown.iter().map(|unknown| promised + unknown).collect());
    let odds = |sign: f64| {
        let chance = share(&|difference| sign * difference > 1e-9, &differences);
        let at = |expected: f64| share(&|luck| sign * within(expected + luck) > 1e-9, &luck);
        let (low, high) = (at(to_expect.low), at(to_expect.high));
        Odds { chance, low: low.min(high).min(chance), high: low.max(high).max(chance) }
    };
    let (a_is_more, b_is_more) = (odds(1.0), odds(-1.0));
    Difference { estimate: estimate(differences), a_is_more, b_is_more }
}

/// A chance, and how far what a history leaves open could move it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Odds {
    pub chance: f64,
    pub low: f64,
    pub high: f64,
}

impl Difference {
    /// Whether what the history leaves open could turn the odds round: at one end of it the first more often has more, at the
    /// other the second.
    pub(super) fn is_too_close(&self) -> bool {
        self.a_is_more.low <= self.b_is_more.high && self.b_is_more.low <= self.a_is_more.high
    }
}

/// The draws in which a forecast would have been made: a threshold that luck put within reach tells how much luck it takes.
fn made(draws: &[Draw]) -> Vec<&Draw> {
    enough(draws.iter().collect(), |draw| draw.is_made)
}

/// Those that qualify, where they are enough to tell a percentile by; otherwise all.
fn enough<T: Copy>(draws: Vec<T>, qualifies: impl Fn(&T) -> bool) -> Vec<T> {
    let found: Vec<T> = draws.iter().copied().filter(qualifies).collect();
    if found.len() < MIN_MADE { draws } else { found }
}

/// Cost of one win; `None` where so few may convert that no upper end can be told.
pub(super) fn cost_per_win(cost_per_lead: f64, conversion: Estimate) -> Option<Estimate> {
    (conversion.low > 0.0).then(|| Estimate {
        expected: cost_per_lead / conversion.expected,
        low: cost_per_lead / conversion.high,
        high: cost_per_lead / conversion.low,
    })
}

/// Mean and 5th to 95th percentile.
fn estimate(mut values: Vec<f64>) -> Estimate {
    if values.is_empty() {
        return Estimate::default();
    }
    let expected = mean(values.iter().copied());
    let last = values.len() - 1;
    let mut at = |share: f64| *values.select_nth_unstable_by((share * last as f64).round() as usize, f64::total_cmp).1;
    let (low, high) = (at(0.05), at(0.95));
    Estimate { expected, low, high }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len().max(1) as f64;
    values.sum::<f64>() / n
}
