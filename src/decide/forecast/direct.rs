//! Two numbers typed in: 50 leads at 25 % against 100 at 10 %, with no data at all.
//!
//! The wins of a deal are a binomial count; two deals are taken as independent. Everything here is exact, not drawn.

use std::str::FromStr;

use crate::decide::forecast::record::Estimate;
use crate::settings::SalesConfig;

/// Most leads of a deal; beyond it chance no longer matters.
const MAX_LEADS: u32 = 10_000_000;

/// Chances below this are left out of the sums: all of them together move no figure by a millionth.
const NEGLIGIBLE: f64 = 1e-15;

/// So many leads at such a conversion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deal {
    /// Leads; 1 to 10 million.
    pub n_leads: u32,
    /// Share of them that converts, `0.0..=1.0`.
    pub conversion: f64,
}

/// A deal that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a number of leads at a conversion: write 50@25% (1 to 10 million leads, 0 % to 100 %)")]
pub struct DealError {
    /// What was written.
    pub text: String,
}

/// Two deals side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DealComparison {
    /// Wins of the first.
    pub a_wins: Estimate,
    /// Wins of the second.
    pub b_wins: Estimate,
    /// Wins of the first less wins of the second.
    pub difference: Estimate,
    /// Chance that the first wins more.
    pub a_wins_more: f64,
    /// Chance that the second wins more.
    pub b_wins_more: f64,
}

impl FromStr for Deal {
    type Err = DealError;

    /// Reads `50@25%`; the share may also be written 0.25.
    fn from_str(text: &str) -> Result<Self, DealError> {
        let refuse = || DealError { text: text.to_owned() };
        let (n_leads, conversion) = text.split_once('@').ok_or_else(refuse)?;
        let n_leads: u32 = n_leads.trim().parse().map_err(|_| refuse())?;
        let conversion = conversion.trim();
        let conversion = match conversion.strip_suffix('%') {
            Some(per_cent) => per_cent.trim().parse::<f64>().map_err(|_| refuse())? / 100.0,
            None => conversion.parse::<f64>().map_err(|_| refuse())?,
        };
        if (1..=MAX_LEADS).contains(&n_leads) && (0.0..=1.0).contains(&conversion) {
            Ok(Self { n_leads, conversion })
        } else {
            Err(refuse())
        }
    }
}

impl Deal {
    /// Expected wins.
    pub fn expected_wins(self) -> f64 {
        f64::from(self.n_leads) * self.conversion
    }

    /// Worth of the wins less the cost of the leads; `None` where either is not known.
    pub fn net_value(self, sales: &SalesConfig) -> Option<f64> {
        let (cost, value) = sales.cost_per_lead.zip(sales.value_per_win)?;
        Some(self.expected_wins() * value - f64::from(self.n_leads) * cost)
    }

    /// Share of its leads that has to convert for so many wins; above 1 where it has too few leads.
    pub fn needs_to_win(self, n_wins: f64) -> f64 {
        n_wins / f64::from(self.n_leads)
    }

    /// Share of its leads that has to convert for it to be worth as much as `other` after costs, below 0 where it is worth more with
    /// no win at all; `None` where cost or value is not known.
    pub fn needs_to_be_worth(self, other: Self, sales: &SalesConfig) -> Option<f64> {
        let (cost, value) = sales.cost_per_lead.zip(sales.value_per_win)?;
        Some((other.net_value(sales)? + f64::from(self.n_leads) * cost) / (value * f64::from(self.n_leads)))
    }

    /// The chance of each number of wins that is worth counting: the first number, and the chances from there on.
    ///
    /// Neighbouring chances of a binomial count have the ratio `(n - k) / (k + 1) * p / (1 - p)`; the chances are built from
    /// the likeliest number outwards and scaled to a sum of 1, so nothing underflows on the way.
    fn chances(self) -> (u32, Vec<f64>) {
        let (n, p) = (f64::from(self.n_leads), self.conversion);
        if p <= 0.0 || p >= 1.0 {
            return (if p <= 0.0 { 0 } else { self.n_leads }, vec![1.0]);
        }
        let mode = ((n + 1.0) * p).floor().min(n);
        let odds = p / (1.0 - p);
        let (mut below, mut above) = (Vec::new(), vec![1.0]);
        let (mut k, mut chance) = (mode, 1.0);
        while k > 0.0 && chance > NEGLIGIBLE {
            chance *= k / ((n - k + 1.0) * odds);
            below.push(chance);
            k -= 1.0;
        }
        let first = k as u32;
        (k, chance) = (mode, 1.0);
        while k < n && chance > NEGLIGIBLE {
            chance *= (n - k) / (k + 1.0) * odds;
            above.push(chance);
            k += 1.0;
        }
        let mut chances: Vec<f64> = below.into_iter().rev().chain(above).collect();
        let sum: f64 = chances.iter().sum();
        chances.iter_mut().for_each(|chance| *chance /= sum);
        (first, chances)
    }
}

/// Compares two deals.
pub fn compare_deals(a: Deal, b: Deal) -> DealComparison {
    let (first_a, chances_a) = a.chances();
    let (first_b, chances_b) = b.chances();
    let lowest = i64::from(first_a) - i64::from(first_b) - (chances_b.len() as i64 - 1);
    let mut differences = vec![0.0; chances_a.len() + chances_b.len() - 1];
    for (at_a, chance_a) in chances_a.iter().enumerate() {
        for (at_b, chance_b) in chances_b.iter().enumerate() {
            differences[at_a + chances_b.len() - 1 - at_b] += chance_a * chance_b;
        }
    }
    let more = |is: fn(i64) -> bool| {
        let chances = differences.iter().enumerate().filter(|(at, _)| is(lowest + *at as i64));
        chances.map(|(_, chance)| chance).sum::<f64>().min(1.0)
    };
    DealComparison {
        a_wins: estimate(i64::from(first_a), &chances_a, a.expected_wins()),
        b_wins: estimate(i64::from(first_b), &chances_b, b.expected_wins()),
        difference: estimate(lowest, &differences, a.expected_wins() - b.expected_wins()),
        a_wins_more: more(|difference| difference > 0),
        b_wins_more: more(|difference| difference < 0),
    }
}

/// The 5th and 95th percentile of a count with these chances from `first` on.
fn estimate(first: i64, chances: &[f64], expected: f64) -> Estimate {
    let percentile = |share: f64| {
        let mut sum = 0.0;
        let reaches = |chance: &f64| {
            sum += chance;
            sum >= share - 1e-12
        };
        (first + chances.iter().position(reaches).unwrap_or(chances.len() - 1) as i64) as f64
    };
    Estimate { expected, low: percentile(0.05), high: percentile(0.95) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deal(text: &str) -> Deal {
        text.parse().expect("a deal")
    }

    #[test]
    fn fifty_at_25_per_cent_against_a_hundred_at_10() {
        let found = compare_deals(deal("50@25%"), deal("100@10%"));
        // k = arange(51); sum(binom.pmf(k, 50, .25) * binom.cdf(k - 1, 100, .1)) in scipy 1.17.1: 0.6816055401215734;
        // with pmf in the place of cdf(k - 1), the chance of a draw: 0.07790499756173253.
        assert!((found.a_wins_more - 0.681_605_540_121_573_4).abs() < 1e-12, "{found:?}");
        assert!((1.0 - found.a_wins_more - found.b_wins_more - 0.077_904_997_561_732_53).abs() < 1e-12, "{found:?}");
        assert_eq!((found.a_wins.expected, found.b_wins.expected), (12.5, 10.0));
        assert_eq!((found.a_wins.low, found.a_wins.high), (8.0, 18.0));
        assert_eq!((found.b_wins.low, found.b_wins.high), (5.0, 15.0));
        let by_hand = by_hand(deal("50@25%"), deal("100@10%"));
        assert!((found.a_wins_more - by_hand.0).abs() < 1e-12, "{found:?} {by_hand:?}");
        assert!((found.b_wins_more - by_hand.1).abs() < 1e-12, "{found:?} {by_hand:?}");
    }

    /// Chances that the first and that the second wins more, from factorials.
    fn by_hand(a: Deal, b: Deal) -> (f64, f64) {
        let ln_factorial = |n: u32| (1..=n).map(|k| f64::from(k).ln()).sum::<f64>();
        let chance = |deal: Deal, k: u32| {
            let ways = ln_factorial(deal.n_leads) - ln_factorial(k) - ln_factorial(deal.n_leads - k);
            (ways + f64::from(k) * deal.conversion.ln() + f64::from(deal.n_leads - k) * (1.0 - deal.conversion).ln())
                .exp()
        };
        let (mut a_more, mut b_more) = (0.0, 0.0);
        for of_a in 0..=a.n_leads {
            for of_b in 0..=b.n_leads {
                let both = chance(a, of_a) * chance(b, of_b);
                match of_a.cmp(&of_b) {
                    std::cmp::Ordering::Greater => a_more += both,
                    std::cmp::Ordering::Less => b_more += both,
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
        (a_more, b_more)
    }

    #[test]
    fn nobody_and_everybody_leave_nothing_to_chance() {
        let found = compare_deals(deal("5@0%"), deal("3@100%"));
        assert_eq!((found.a_wins_more, found.b_wins_more), (0.0, 1.0));
        assert_eq!((found.difference.low, found.difference.high), (-3.0, -3.0));
    }

    #[test]
    fn millions_of_leads_do_not_underflow() {
        let found = compare_deals(deal("10000000@25%"), deal("10000000 @ 0.251"));
        assert!(found.b_wins_more > 0.99, "{found:?}");
        // 1.645 standard deviations of 1369 to each side.
        assert!((found.a_wins.high - found.a_wins.low - 4_505.0).abs() < 10.0, "{found:?}");
    }

    #[test]
    fn what_is_no_deal_is_refused_with_an_example() {
        for bad in ["", "50", "50@", "@25%", "0@25%", "50@125%", "-5@25%", "50@x", "50@NaN", "1e3@25%", "99999999@1%"] {
            let error = bad.parse::<Deal>().expect_err(bad);
            assert_eq!(
                error.to_string(),
                format!(
                    "{bad:?} is not a number of leads at a conversion: write 50@25% (1 to 10 million leads, 0 % to 100 %)"
                )
            );
        }
    }
}
