//! Right-censored leads: those whose horizon is not over at some moment, and what each counts for.

use super::delays::{DelayCurve, SeenConversion};

/// A lead whose horizon is not over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CensoredLead {
    /// Its position.
    pub lead: u32,
    /// Share of the conversions of its like that have come by its age, `0.0..=1.0`.
    pub seen: f64,
    /// Whether it has converted already.
    pub has_converted: bool,
}

impl CensoredLead {
    /// What the lead counts for where its like converts with probability `p`.
    ///
    /// Converted already: a whole lead with outcome 1. Not converted, with `F` of the conversions seen by its age, its
    /// likelihood is `1 - p F`; it counts as `F` of a lead with outcome `p^2 (1 - F) / (1 - p F)`. Where a fit to these agrees
    /// with the `p` they were made from, its gradient is that of the likelihood: `F (p - p^2 (1 - F)/(1 - p F))
    /// = p F (1 - p) / (1 - p F)`.
    ///
    /// The textbook's expected outcome `p (1 - F) / (1 - p F)` at weight 1 has the same gradient, so both end at the same fit. But it
    /// lets a lead of yesterday, of which nothing is known, count as a whole lead that agrees with whatever the card says; and
    /// it takes many more rounds. Each round cannot lower the likelihood: the curvature `F p (1 - p)` of what is fitted is
    /// nowhere less than that of `-ln(1 - p F)`, which is `F p (1 - p) (1 - 2p + p^2 F) / (1 - p F)^2`.
    pub fn counts_for(self, p: f64) -> PartialOutcome {
        if self.has_converted {
            return PartialOutcome { weight: 1.0, outcome: 1.0 };
        }
        let to_come = 1.0 - self.seen;
        let outcome = p * p * to_come / (1.0 - p * self.seen).max(f64::MIN_POSITIVE);
        PartialOutcome { weight: self.seen, outcome }
    }

    /// Probability that the lead converts within its horizon, where its like converts with probability `p`.
    pub fn expected(self, p: f64) -> f64 {
        if self.has_converted { 1.0 } else { p * (1.0 - self.seen) / (1.0 - p * self.seen).max(f64::MIN_POSITIVE) }
    }
}

/// What a lead counts for in a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartialOutcome {
    /// How much of a lead it is, `0.0..=1.0`.
    pub weight: f64,
    /// Its outcome, `0.0..=1.0`.
    pub outcome: f64,
}

/// When leads were handed off and converted, one entry per lead. Times are microseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'a> {
    /// Hand-offs.
    pub as_of: &'a [i64],
    /// Delay of each conversion within the horizon; `i64::MAX` where there was none.
    pub delay_us: &'a [i64],
    /// Microseconds after the hand-off in which a conversion counts.
    pub horizon_us: i64,
}

impl Timeline<'_> {
    /// Conversions seen at `moment`, each with the delay up to which its lead had been watched.
    ///
    /// - `is_wanted`: which leads; only those handed off before the moment are looked at.
    pub fn seen_at(&self, moment: i64, is_wanted: impl Fn(usize) -> bool) -> Vec<SeenConversion> {
        (self.as_of.iter().zip(self.delay_us).enumerate())
            .filter(|&(lead, (&as_of, _))| as_of < moment && is_wanted(lead))
            .filter_map(|(_, (&as_of, &delay_us))| {
                let limit_us = self.horizon_us.min(moment - as_of);
                (delay_us <= limit_us).then_some(SeenConversion { delay_us, limit_us })
            })
            .collect()
    }

    /// Whether a lead handed off before `moment` is still open then.
    pub fn is_censored(&self, lead: usize, moment: i64) -> bool {
        let as_of = self.as_of[lead];
        as_of < moment && as_of.saturating_add(self.horizon_us) > moment
    }

    /// The lead as seen at `moment`, when it is open.
    pub fn as_seen(&self, lead: usize, moment: i64, delays: &DelayCurve) -> CensoredLead {
        let age = moment - self.as_of[lead];
        CensoredLead { lead: lead as u32, seen: delays.share(age), has_converted: self.delay_us[lead] <= age }
    }

    /// The right-censored leads at `moment`, ascending, of those wanted.
    pub fn censored_at(
        &self,
        moment: i64,
        delays: &DelayCurve,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Vec<CensoredLead> {
        let censored = (0..self.as_of.len()).filter(|&lead| self.is_censored(lead, moment) && is_wanted(lead));
        censored.map(|lead| self.as_seen(lead, moment, delays)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn open(seen: f64) -> CensoredLead {
        CensoredLead { lead: 0, seen, has_converted: false }
    }

    #[test]
    fn a_lead_of_today_counts_for_nothing_and_one_at_the_end_as_lost() {
        assert_eq!(open(0.0).counts_for(0.2).weight, 0.0);
        assert_eq!(open(1.0).counts_for(0.2), PartialOutcome { weight: 1.0, outcome: 0.0 });
        assert_eq!(
            CensoredLead { has_converted: true, ..open(0.3) }.counts_for(0.2),
            PartialOutcome { weight: 1.0, outcome: 1.0 }
        );
        assert_eq!([open(0.0).expected(0.2), open(1.0).expected(0.2)], [0.2, 0.0]);
        // Half the conversions seen: 0.2 * 0.5 / 0.9
        assert!((open(0.5).expected(0.2) - 1.0 / 9.0).abs() < 1e-12);
        assert_eq!(open(1.0).counts_for(1.0).outcome, 0.0);
    }

    proptest! {
        #[test]
        fn leads_of_one_age_convert_as_often_as_their_like(p in 0.001..0.999_f64, seen in 0.001..0.999_f64) {
            // Of many, p F have converted and count as whole leads, the others as F of one.
            let PartialOutcome { weight, outcome } = open(seen).counts_for(p);
            let n = p * seen + (1.0 - p * seen) * weight;
            let n_converted = p * seen + (1.0 - p * seen) * weight * outcome;
            prop_assert!((n_converted / n - p).abs() < 1e-12);
            // And the pull on the log-odds is that of the expected outcome at weight 1.
            let textbook = p - open(seen).expected(p);
            prop_assert!((weight * (p - outcome) - textbook).abs() < 1e-12);
        }

        #[test]
        fn what_is_fitted_lies_nowhere_below_the_likelihood(at in -6.0..6.0_f64, from in -6.0..6.0_f64, seen in 0.0..1.0_f64) {
            let loss = |x: f64| -(1.0 - crate::math::logistic(x) * seen).ln();
            let PartialOutcome { weight, outcome } = open(seen).counts_for(crate::math::logistic(from));
            let fitted = |x: f64| weight * (crate::math::softplus(x) - outcome * x);
            prop_assert!(fitted(at) - fitted(from) >= loss(at) - loss(from) - 1e-9);
        }
    }

    #[test]
    fn only_what_was_known_at_a_moment_is_seen() {
        let timeline = Timeline { as_of: &[0, 5, 8, 9, 20], delay_us: &[3, 4, 1, i64::MAX, 1], horizon_us: 10 };
        let seen = timeline.seen_at(9, |_| true);
        let pairs: Vec<(i64, i64)> = seen.iter().map(|one| (one.delay_us, one.limit_us)).collect();
        assert_eq!(pairs, [(3, 9), (4, 4), (1, 1)]);
        assert_eq!(timeline.seen_at(8, |lead| lead > 0), [], "the conversion at 9 is not known at 8");
        let is_censored: Vec<bool> = (0..5).map(|lead| timeline.is_censored(lead, 10)).collect();
        assert_eq!(is_censored, [false, true, true, true, false]);
    }
}
