//! Bets that a figure lies beyond its limit, which may be looked at as often as one likes.
//!
//! In: leads, and a limit that the user set. Out: the log of what a stake of 1 has become that was bet on the figure lying *beyond* it.
//! As long as the truth is within the limit no such game can be expected to win, so it ever grows to `1 / a` with a chance of at most
//! `a` (Ville's inequality), whatever the truth within the limit is and however it moves there.
//!
//! Always true: within the limit nothing is expected to be won. A season, a month or an account that moves a figure a little moves it
//! within the limit, and is no reason for a gate to fail.
//!
//! # Source
//! Bets on a mean: Waudby-Smith and Ramdas (2024), *JRSS B* 86, 1-27. A mixture against the best of many hypotheses: Wasserman, Ramdas
//! and Balakrishnan (2020), *PNAS* 117, 16880-16890. The mixture: Krichevsky and Trofimov (1981), *IEEE Transactions on Information
//! Theory* 27, 199-207.

use super::drift::{Comparison, index_term};
use crate::measures::ln_gamma;

/// Leads of one account give the same answers. Two leads are taken to tell as much about who comes as one on its own would, which
/// holds for accounts of up to four or so, because the limit leaves room as well.
pub(super) const REPEATED_ANSWERS: f64 = 2.0;

/// Odds that are bet on, as multiples of those at the limit; the stake is divided evenly.
const ODDS: [f64; 4] = [1.15, 1.4, 2.0, 4.0];

/// Which side of the limit is bet on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Above,
    Below,
}

/// Bets that leads convert, or answer so, more (or less) often than at a limit of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct BeyondLimit {
    side: Side,
    /// Log of what became of each bet.
    bets: [f64; ODDS.len()],
}

impl BeyondLimit {
    pub(super) fn new(side: Side) -> Self {
        Self { side, bets: [0.0; ODDS.len()] }
    }

    /// Leads whose chance is `limit` at most (or at least), of which some did.
    pub(super) fn add(&mut self, limit: f64, n_did: f64, n_did_not: f64) {
        // Nothing lies above 1 or below 0, so nothing is bet there.
        if limit <= 0.0 || limit >= 1.0 {
            return;
        }
        for (bet, times) in self.bets.iter_mut().zip(ODDS) {
            let times = if self.side == Side::Above { times } else { times.recip() };
            let odds = limit / (1.0 - limit) * times;
            let chance = odds / (1.0 + odds);
            *bet += n_did * (chance / limit).ln() + n_did_not * ((1.0 - chance) / (1.0 - limit)).ln();
        }
    }

    /// Log of what the whole stake has become.
    ///
    /// - `repeats`: leads that tell as much as one would on its own.
    pub(super) fn ln(&self, repeats: f64) -> f64 {
        let most = self.bets.iter().copied().fold(f64::NEG_INFINITY, f64::max) / repeats;
        let sum: f64 = self.bets.iter().map(|bet| (bet / repeats - most).exp()).sum();
        most + (sum / ODDS.len() as f64).ln()
    }
}

/// Log of what became of a stake that was bet on the drift index lying above `limit`: a mixture over all shares that levels can have,
/// against those that suit the leads best of all whose index is `limit` at most.
pub(super) fn drift_beyond(found: &Comparison, limit: f64) -> f64 {
    let n_groups = found.shares.len() as f64;
    let n_now: f64 = found.shares.iter().map(|(_, _, n)| n).sum::<f64>() / REPEATED_ANSWERS;
    // Half a lead for every group before the first one.
    let mixture = ln_gamma(n_groups / 2.0) - ln_gamma(n_now + n_groups / 2.0)
        + found.shares.iter().map(|(_, _, n)| ln_gamma(n / REPEATED_ANSWERS + 0.5) - ln_gamma(0.5)).sum::<f64>();
    let within = nearest_within(found, limit);
    let best: f64 = found.shares.iter().zip(&within).map(|((_, _, n), share)| n / REPEATED_ANSWERS * share.ln()).sum();
    mixture - best
}

/// Shares between those of the history and those of now, as near to now as the limit of the index allows.
fn nearest_within(found: &Comparison, limit: f64) -> Vec<f64> {
    let between = |way: f64| -> Vec<f64> {
        let shares: Vec<f64> =
            found.shares.iter().map(|(before, after, _)| before.powf(1.0 - way) * after.powf(way)).collect();
        let sum: f64 = shares.iter().sum();
        shares.into_iter().map(|share| share / sum).collect()
    };
    let index = |shares: &[f64]| -> f64 {
        found.shares.iter().zip(shares).map(|((before, _, _), &share)| index_term(*before, share)).sum()
    };
    if index(&between(1.0)) <= limit {
        return between(1.0);
    }
    let (mut within, mut beyond) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = f64::midpoint(within, beyond);
        if index(&between(middle)) <= limit { within = middle } else { beyond = middle }
    }
    between(within)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::drift::compare;
    use super::*;

    #[test]
    fn at_the_limit_a_bet_is_fair_and_within_it_loses() {
        for (side, within) in [(Side::Above, 0.15), (Side::Below, 0.25)] {
            for at in 0..ODDS.len() {
                let mean = |chance: f64| {
                    let of = |did: f64, did_not: f64| {
                        let mut bet = BeyondLimit::new(side);
                        bet.add(0.2, did, did_not);
                        bet.bets[at].exp()
                    };
                    chance * of(1.0, 0.0) + (1.0 - chance) * of(0.0, 1.0)
                };
                assert!((mean(0.2) - 1.0).abs() < 1e-12 && mean(within) < 1.0, "{side:?} {at}");
            }
        }
    }

    #[test]
    fn no_lead_is_no_evidence_and_nothing_lies_above_certainty() {
        let mut bet = BeyondLimit::new(Side::Above);
        assert!(bet.ln(1.0).abs() < 1e-12);
        bet.add(1.0, 50.0, 0.0);
        assert!(bet.ln(1.0).abs() < 1e-12);
    }

    #[test]
    fn what_lies_far_beyond_is_found_and_the_alarm_is_seldom_false_however_often_one_looks() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut ever = |chance: f64, repeats: usize| {
            let found = |_: &usize| {
                let mut bet = BeyondLimit::new(Side::Above);
                (0..500).any(|_| {
                    let did = rng.random::<f64>() < chance;
                    let n = repeats as f64;
                    bet.add(0.2, if did { n } else { 0.0 }, if did { 0.0 } else { n });
                    bet.ln(REPEATED_ANSWERS) >= 20_f64.ln()
                })
            };
            (0..400).filter(found).count()
        };
        // At the limit itself one in twenty at most; in accounts of four with a tenth, the limit being a fifth.
        assert!(ever(0.2, 1) <= 20 && ever(0.1, 4) <= 20 && ever(0.35, 1) >= 390);
    }

    #[test]
    fn the_shares_within_the_limit_lie_on_it() {
        let found = compare(&[500, 300, 200], &[150, 90, 360]).expect("levels");
        assert!(found.psi > 0.25);
        let shares = nearest_within(&found, 0.25);
        let index: f64 =
            found.shares.iter().zip(&shares).map(|((before, _, _), &share)| index_term(*before, share)).sum();
        assert!((index - 0.25).abs() < 1e-9 && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(drift_beyond(&found, 0.25) > 5.0);
        assert!(drift_beyond(&found, 9.0) < 0.0);
    }
}
