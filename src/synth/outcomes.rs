//! What became of a lead: what sales did, whether and when it converted, for how much.

use rand::Rng;
use rand_distr::{Distribution, LogNormal};

use super::calendar::US_PER_SECOND;
use super::weights::{AUTHORITY, BUDGET, NEED, TIMING};
use super::{Answers, SynthError};
use crate::data::labels::Disposition;
use crate::math::logistic;
use crate::settings::US_PER_DAY;

/// Days after the hand-off in which a conversion counts.
pub const HORIZON_DAYS: i64 = 90;

/// Why sales rejects a lead.
pub const REASONS: [&str; 6] = ["no budget", "wrong contact", "no need", "bad timing", "not reachable", "competitor"];

/// Median days to a conversion, and the spread of their logarithm.
const DELAY_MEDIAN_DAYS: f64 = 25.0;
const DELAY_SPREAD: f64 = 0.8;
/// Share of conversions within the horizon: `Phi(ln(90 / 25) / 0.8)`, the standard normal up to 1.601.
const SHARE_IN_HORIZON: f64 = 0.9453;
/// Median hours to the first touch, and the spread of their logarithm.
const TOUCH_MEDIAN_HOURS: f64 = 20.0;
const TOUCH_SPREAD: f64 = 0.9;
/// Median value of a deal with a company of 100, the spread of its logarithm, and how it rises with company size.
const VALUE_MEDIAN: f64 = 12_000.0;
const VALUE_SPREAD: f64 = 0.7;
const VALUE_BY_SIZE: f64 = 0.3;

/// Log-odds of acceptance of a middling lead, and what one spread of looks adds, where sales has an opinion of its own.
pub(super) const OPINION_INTERCEPT: f64 = 0.9;
pub(super) const OPINION_BY_LOOKS: f64 = 0.8;
/// Share of the conversions of a lead that come all the same when sales turns it down.
pub(super) const CONVERTS_ANYWAY: f64 = 0.25;

/// The final fate of a lead, as known on the last day.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Position of the lead, from 0.
    pub lead: u32,
    /// Its last hand-off, microseconds since 1970, UTC.
    pub handed_off_at: i64,
    /// When it converted; `None` when it has not so far.
    pub won_at: Option<i64>,
    /// Value of the deal, for won leads.
    pub deal_value: Option<f64>,
    /// What sales did after the last hand-off.
    pub disposition: Disposition,
    /// Why it was rejected.
    pub reason: Option<&'static str>,
    /// When sales first touched it after the last hand-off.
    pub first_touch_at: Option<i64>,
}

/// Whether and when a touched hand-off converts, seen or not yet seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Conversion {
    Never,
    /// So many microseconds after the hand-off.
    After(i64),
}

impl Conversion {
    /// Draws it: within the horizon with `probability`; a few convert too late to count, as many as the delay says.
    pub(super) fn draw(probability: f64, may_be_late: bool, rng: &mut impl Rng) -> Result<Self, SynthError> {
        let is_in_time = rng.random::<f64>() < probability;
        let late_share = probability * (1.0 / SHARE_IN_HORIZON - 1.0) / (1.0 - probability);
        let is_late = rng.random::<f64>() < late_share && may_be_late;
        if !is_in_time && !is_late {
            return Ok(Self::Never);
        }
        let delay = log_normal(DELAY_MEDIAN_DAYS, DELAY_SPREAD)?;
        loop {
            let days = delay.sample(rng);
            let us = whole_minutes(days * US_PER_DAY as f64);
            if (us <= HORIZON_DAYS * US_PER_DAY) == is_in_time && days < 1000.0 && us > 0 {
                return Ok(Self::After(us));
            }
        }
    }

    /// Whether it counts: within the horizon.
    pub(super) fn counts(self) -> bool {
        matches!(self, Self::After(us) if us <= HORIZON_DAYS * US_PER_DAY)
    }
}

/// Chance that sales touches a lead: 94 % of middling ones, more of the better-looking; `looks` has mean 0 and spread 1.
pub(super) fn chance_of_touch(looks: f64) -> f64 {
    logistic(2.9 + 0.5 * looks)
}

/// An untouched lead.
pub(super) fn untouched(lead: u32, handed_off_at: i64) -> Outcome {
    Outcome {
        lead,
        handed_off_at,
        won_at: None,
        deal_value: None,
        disposition: Disposition::Untouched,
        reason: None,
        first_touch_at: None,
    }
}

/// A touched hand-off, as all who draw its outcome see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touched<'a> {
    pub(super) lead: u32,
    pub(super) handed_off_at: i64,
    pub(super) answers: &'a Answers,
    /// How good it looks to sales: mean 0, spread 1.
    pub(super) looks: f64,
    /// First moment no longer known.
    pub(super) end: i64,
}

impl Touched<'_> {
    /// What sales with an opinion of its own does before anybody knows the outcome.
    pub(super) fn decide(self, rng: &mut impl Rng) -> Disposition {
        let log_odds = OPINION_INTERCEPT + OPINION_BY_LOOKS * self.looks + self.answers.opinion();
        if rng.random::<f64>() < logistic(log_odds) {
            return Disposition::Accepted;
        }
        if rng.random::<f64>() < 0.15 { Disposition::Recycled } else { Disposition::Rejected }
    }

    /// What sales did, and what is known of it at the end; without a `decision` sales is wise after the event.
    pub(super) fn outcome(
        self,
        conversion: Conversion,
        decision: Option<Disposition>,
        rng: &mut impl Rng,
    ) -> Result<Outcome, SynthError> {
        let mut outcome = untouched(self.lead, self.handed_off_at);
        let mut latest_touch = (self.end - self.handed_off_at) as f64 * 0.9;
        if let Conversion::After(us) = conversion {
            latest_touch = latest_touch.min(us as f64 * 0.5);
            let won_at = self.handed_off_at + us;
            if won_at < self.end {
                outcome.won_at = Some(won_at);
                outcome.deal_value = Some(self.draw_value(rng)?);
            }
        }
        let touch_us = log_normal(TOUCH_MEDIAN_HOURS, TOUCH_SPREAD)?.sample(rng) * US_PER_DAY as f64 / 24.0;
        outcome.first_touch_at = Some(self.handed_off_at + whole_minutes(touch_us.min(latest_touch)));
        outcome.disposition = match (decision, conversion) {
            (Some(decision), _) => decision,
            (None, Conversion::After(_)) => Disposition::Accepted,
            (None, _) if rng.random::<f64>() < logistic(-0.4 - 0.8 * self.looks) => Disposition::Rejected,
            (None, _) if rng.random::<f64>() < 0.15 => Disposition::Recycled,
            (None, _) => Disposition::Accepted,
        };
        if outcome.disposition == Disposition::Rejected {
            outcome.reason = Some(self.draw_reason(rng));
        }
        Ok(outcome)
    }

    /// A low answer is the reason three times as often as something the card cannot see.
    fn draw_reason(self, rng: &mut impl Rng) -> &'static str {
        let is_low = |criterion: usize| matches!(self.answers.levels.get(criterion), Some(Some(0)));
        let low = [BUDGET, AUTHORITY, NEED, TIMING].map(is_low);
        let chances = [low[0], low[1], low[2], low[3], false, false].map(|is_low| if is_low { 3.0 } else { 0.5 });
        let mut left = rng.random::<f64>() * chances.iter().sum::<f64>();
        for (reason, chance) in REASONS.into_iter().zip(chances) {
            left -= chance;
            if left < 0.0 {
                return reason;
            }
        }
        REASONS[REASONS.len() - 1]
    }

    fn draw_value(self, rng: &mut impl Rng) -> Result<f64, SynthError> {
        let size = self.answers.company_size.unwrap_or(100) as f64;
        let median = VALUE_MEDIAN * (size / 100.0).powf(VALUE_BY_SIZE);
        let value = log_normal(median, VALUE_SPREAD)?.sample(rng);
        Ok((value / 100.0).round().max(5.0) * 100.0)
    }
}

fn log_normal(median: f64, spread: f64) -> Result<LogNormal<f64>, SynthError> {
    LogNormal::new(median.ln(), spread).map_err(SynthError::fault("cannot draw delays and values"))
}

fn whole_minutes(us: f64) -> i64 {
    (us / (60 * US_PER_SECOND) as f64) as i64 * 60 * US_PER_SECOND
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn conversions_keep_their_rate_and_their_median_delay() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let n = 20_000;
        let drawn: Vec<Conversion> = (0..n).map(|_| Conversion::draw(0.3, true, &mut rng).expect("drawn")).collect();
        let n_in_time = drawn.iter().filter(|conversion| conversion.counts()).count();
        // Standard error of the share: sqrt(0.3 * 0.7 / 20000) = 0.0032; four of them.
        assert!((n_in_time as f64 / n as f64 - 0.3).abs() < 0.013, "{n_in_time}");
        let mut days: Vec<f64> = drawn
            .iter()
            .filter_map(|conversion| match conversion {
                Conversion::After(us) => Some(*us as f64 / US_PER_DAY as f64),
                Conversion::Never => None,
            })
            .collect();
        days.sort_by(f64::total_cmp);
        let share = n_in_time as f64 / days.len() as f64;
        // About 6,300 conversions: standard errors 0.003 of the share and 0.3 days of the median; four of them.
        assert!((share - SHARE_IN_HORIZON).abs() < 0.012, "{share}");
        assert!((days[days.len() / 2] - DELAY_MEDIAN_DAYS).abs() < 1.3, "{}", days[days.len() / 2]);
    }

    #[test]
    fn a_lead_that_comes_back_is_never_late() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        for _ in 0..2_000 {
            let conversion = Conversion::draw(0.5, false, &mut rng).expect("drawn");
            assert!(conversion == Conversion::Never || conversion.counts());
        }
    }

    #[test]
    fn a_conversion_after_the_last_day_is_not_known() {
        let answers = Answers { levels: [Some(0); 8], company_size: None };
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let touched = Touched { lead: 3, handed_off_at: 0, answers: &answers, looks: 0.0, end: 10 * US_PER_DAY };
        let late = touched.outcome(Conversion::After(11 * US_PER_DAY), None, &mut rng).expect("drawn");
        assert_eq!((late.won_at, late.deal_value, late.disposition), (None, None, Disposition::Accepted));
        let seen = touched.outcome(Conversion::After(9 * US_PER_DAY), None, &mut rng).expect("drawn");
        assert_eq!(seen.won_at, Some(9 * US_PER_DAY));
        assert!(seen.deal_value.is_some_and(|value| value >= 500.0 && value % 100.0 == 0.0));
        assert!(seen.first_touch_at < seen.won_at && late.first_touch_at < Some(10 * US_PER_DAY));
    }
}
