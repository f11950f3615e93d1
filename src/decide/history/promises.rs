//! Past promises of the run itself: how many held, and how much wider intervals have to be for nine in ten to hold.

use crate::decide::forecast::Widening;
use crate::decide::history::record::{BackTestRow, PastPromises};
use crate::measures::Estimate;

/// Share of promises that a 90 % interval is to keep.
const KEPT: f64 = 0.9;

/// Share of promises below which a run says that it cannot be trusted.
const LEAST_KEPT: f64 = 0.6;

/// Counts the promises of the back-test that held: leads, wins and conversion of every policy in every period.
pub fn past_promises(rows: &[BackTestRow]) -> PastPromises {
    let factors = |figure: fn(&BackTestRow) -> (Estimate, f64)| -> Vec<f64> {
        rows.iter().map(figure).map(|(promised, came)| factor_to_hold(promised, came)).collect()
    };
    let leads = factors(|row| (row.promised_leads, row.leads));
    let wins = factors(|row| (row.promised_wins, row.wins));
    let conversion = factors(|row| (row.promised_conversion, row.conversion));
    let held = |factors: &[f64]| factors.iter().filter(|&&factor| factor <= 1.0).count();
    PastPromises {
        n_promises: leads.len() + wins.len() + conversion.len(),
        n_held: held(&leads) + held(&wins) + held(&conversion),
        n_leads_held: held(&leads),
        n_wins_held: held(&wins),
        n_conversion_held: held(&conversion),
        leads_factor: widening(leads),
        wins_factor: widening(wins),
        conversion_factor: widening(conversion),
    }
}

impl PastPromises {
    /// Whether so few held that the next ones are not to be trusted either: fewer than three in five.
    pub fn are_broken(&self) -> bool {
        (self.n_held as f64) < LEAST_KEPT * self.n_promises as f64
    }

    /// What next quarter's intervals are widened by.
    pub fn widening(&self) -> Widening {
        Widening { leads: self.leads_factor, wins: self.wins_factor, conversion: self.conversion_factor }
    }
}

/// How many times as wide the interval would have to be to hold what came; up to 1 where it does.
fn factor_to_hold(promised: Estimate, came: f64) -> f64 {
    let Estimate { expected, low, high } = promised;
    // A half-width below a thousandth of a lead, win or share is rounding.
    if came >= expected {
        (came - expected) / (high - expected).max(1e-3)
    } else {
        (expected - came) / (expected - low).max(1e-3)
    }
}

/// The factor that nine in ten of the past promises need, and the next one with them; never below 1, because promises that held
/// by luck are no reason to promise more.
///
/// # Source
/// Split conformal prediction, the `ceil(0.9 (n + 1))`-th smallest of `n` scores: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman
/// (2018), *Journal of the American Statistical Association* 113, 1094-1111. With fewer than nine promises the largest has to do.
fn widening(mut factors: Vec<f64>) -> f64 {
    factors.sort_unstable_by(f64::total_cmp);
    let rank = (KEPT * (factors.len() as f64 + 1.0)).ceil() as usize;
    let nth = factors.get(rank.min(factors.len()).saturating_sub(1));
    nth.copied().unwrap_or(1.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promised(low: f64, expected: f64, high: f64) -> Estimate {
        Estimate { expected, low, high }
    }

    #[test]
    fn an_interval_is_stretched_on_the_side_where_the_truth_fell() {
        assert_eq!(factor_to_hold(promised(80.0, 100.0, 130.0), 160.0), 2.0);
        assert_eq!(factor_to_hold(promised(80.0, 100.0, 130.0), 70.0), 1.5);
        assert_eq!(factor_to_hold(promised(80.0, 100.0, 130.0), 100.0), 0.0);
    }

    #[test]
    fn nine_in_ten_hold_after_widening() {
        let scores: Vec<f64> = (1..=20).map(|n| f64::from(n) / 10.0).collect();
        // ceil(0.9 * 21) = 19.
        assert_eq!(widening(scores), 1.9);
        assert_eq!(widening(vec![0.3, 2.5, 0.1]), 2.5);
        assert_eq!(widening(vec![0.3, 0.5]), 1.0);
        assert_eq!(widening(Vec::new()), 1.0);
    }

    #[test]
    fn every_figure_of_every_row_counts() {
        let row = BackTestRow {
            promised_leads: promised(80.0, 100.0, 120.0),
            leads: 150.0,
            promised_wins: promised(10.0, 20.0, 30.0),
            wins: 25.0,
            promised_conversion: promised(0.1, 0.2, 0.3),
            conversion: 0.15,
            ..BackTestRow::default()
        };
        let found = past_promises(&[row.clone(), row]);
        assert_eq!((found.n_promises, found.n_held, found.n_leads_held, found.n_wins_held), (6, 4, 0, 2));
        assert_eq!((found.leads_factor, found.wins_factor), (2.5, 1.0));
    }
}
