//! Presence: does being filled or empty alone tell the outcome?
//!
//! In: who has a value, by outcome, over all labelled leads. Out: a reason with counts, or how strong the hint is.
//!
//! Always true: a field that people fill in more often when they mean it is kept; one that hardly anybody of one outcome lacks, and
//! hardly anybody of the other has, is not.

use crate::notes::count;

/// How filling a column goes with the outcome, over all labelled leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::data::checks) struct Filled {
    /// Converted leads with a value.
    pub n_converted: usize,
    /// Other leads with a value.
    pub n_others: usize,
    /// Converted leads in all.
    pub n_converted_in_all: usize,
    /// Other leads in all.
    pub n_others_in_all: usize,
}

/// Leads with (or without) a value below which being filled says nothing for sure. At even odds, 30 leads of one outcome are one
/// chance in a thousand million.
const MIN_LEADS: usize = 30;

/// Difference between the shares filled from which on being filled is beyond what asking more of better leads explains: of a
/// question that nine in ten buyers answer, more than two in ten others do. The AUC of presence alone is half of it above ½.
const MAX_DIFFERENCE: f64 = 0.7;

/// Leads of one outcome are filled this many times as often as those of the other.
const MAX_RATIO: f64 = 10.0;

/// Least share filled in the outcome that has the column; rarer marks (a bounced address) may be honest.
const MIN_SHARE: f64 = 0.1;

/// The same where weaker evidence joins it.
const HINT_DIFFERENCE: f64 = 0.3;
const HINT_RATIO: f64 = 3.0;

/// Standard errors by which a share or a ratio may be off: more one time in twenty.
const Z: f64 = 1.645;

impl Filled {
    /// Share filled of the converted leads, and of the others.
    fn shares(&self) -> (f64, f64) {
        let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
        (share(self.n_converted, self.n_converted_in_all), share(self.n_others, self.n_others_in_all))
    }

    fn is_enough(&self) -> bool {
        let n_filled = self.n_converted + self.n_others;
        let n_empty = self.n_converted_in_all + self.n_others_in_all - n_filled;
        n_filled >= MIN_LEADS
            && n_empty >= MIN_LEADS
            && self.n_converted_in_all >= MIN_LEADS
            && self.n_others_in_all >= MIN_LEADS
    }

    /// Smallest difference of the shares that its error leaves.
    fn sure_difference(&self) -> f64 {
        let (converted, others) = self.shares();
        let variance = |share: f64, n: usize| share * (1.0 - share) / n.max(1) as f64;
        let error = (variance(converted, self.n_converted_in_all) + variance(others, self.n_others_in_all)).sqrt();
        ((converted - others).abs() - Z * error).max(0.0)
    }

    /// Smallest ratio of the larger share to the smaller that its error leaves.
    fn sure_ratio(&self) -> f64 {
        // Half a lead more of each: a share of nothing has a ratio as well.
        let rate = |n: usize, of: usize| (n as f64 + 0.5) / (of as f64 + 1.0);
        let log_ratio =
            (rate(self.n_converted, self.n_converted_in_all) / rate(self.n_others, self.n_others_in_all)).ln();
        let error = (1.0 / (self.n_converted as f64 + 0.5) + 1.0 / (self.n_others as f64 + 0.5)).sqrt();
        (log_ratio.abs() - Z * error).exp()
    }

    /// In words, when being filled gives the outcome away.
    pub(in crate::data::checks) fn gives_away(&self) -> Option<String> {
        if !(self.is_enough() || self.n_others == 0 && self.n_converted >= MIN_LEADS) {
            return None;
        }
        let (converted, others) = self.shares();
        let is_one_sided = self.sure_ratio() >= MAX_RATIO && converted.max(others) >= MIN_SHARE;
        let is_all_of_one = self.n_others == 0 && self.n_converted >= MIN_LEADS;
        (self.sure_difference() >= MAX_DIFFERENCE || is_one_sided || is_all_of_one).then(|| self.in_words())
    }

    /// Whether being filled says more than chance and eagerness usually do: too little to decide, enough to join other evidence.
    pub(super) fn is_hint(&self) -> bool {
        self.is_enough() && (self.sure_difference() >= HINT_DIFFERENCE || self.sure_ratio() >= HINT_RATIO)
    }

    pub(super) fn in_words(&self) -> String {
        let figure = |n: usize| count(n as u64);
        match (self.n_converted, self.n_others) {
            (n, 0) => format!(
                "filled for {} of the {} converted leads and for none of the {} others",
                figure(n),
                figure(self.n_converted_in_all),
                figure(self.n_others_in_all)
            ),
            (0, n) => format!(
                "filled for {} of the {} leads that did not convert and for none of the {} that did",
                figure(n),
                figure(self.n_others_in_all),
                figure(self.n_converted_in_all)
            ),
            (converted, others) => format!(
                "filled for {} of the {} converted leads and for {} of the {} others",
                figure(converted),
                figure(self.n_converted_in_all),
                figure(others),
                figure(self.n_others_in_all)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNNEL: Filled = Filled { n_converted: 800, n_others: 0, n_converted_in_all: 842, n_others_in_all: 7158 };

    #[test]
    fn filled_for_one_outcome_only_gives_it_away() {
        assert_eq!(
            FUNNEL.gives_away().as_deref(),
            Some("filled for 800 of the 842 converted leads and for none of the 7,158 others")
        );
        assert_eq!(Filled { n_converted: 29, ..FUNNEL }.gives_away(), None);
        let rejected = Filled { n_converted: 0, n_others: 5000, ..FUNNEL };
        assert_eq!(
            rejected.gives_away().as_deref(),
            Some("filled for 5,000 of the 7,158 leads that did not convert and for none of the 842 that did")
        );
    }

    #[test]
    fn a_reason_of_loss_that_is_seldom_given_is_found_and_a_bounced_address_is_kept() {
        let reason = Filled { n_converted: 0, n_others: 190, n_converted_in_all: 251, n_others_in_all: 649 };
        assert!(reason.gives_away().is_some());
        assert_eq!(Filled { n_others: 40, ..reason }.gives_away(), None);
    }

    #[test]
    fn a_field_filled_in_the_talk_with_sales_is_found_and_a_question_of_the_eager_is_kept() {
        let asked_late = Filled { n_converted: 840, n_others: 2744, n_converted_in_all: 858, n_others_in_all: 20_735 };
        assert!(asked_late.gives_away().is_some());
        let seldom = Filled { n_converted: 434, n_others: 820, ..asked_late };
        assert!(seldom.gives_away().is_some(), "ten times as often");
        let eager = Filled { n_converted: 770, n_others: 9000, ..asked_late };
        assert_eq!(eager.gives_away(), None);
        assert!(eager.is_hint());
        let alike = Filled { n_converted: 500, n_others: 11_000, ..asked_late };
        assert!(!alike.is_hint());
    }

    #[test]
    fn few_leads_say_nothing() {
        let few = Filled { n_converted: 12, n_others: 0, n_converted_in_all: 14, n_others_in_all: 20 };
        assert_eq!(few.gives_away(), None);
    }
}
