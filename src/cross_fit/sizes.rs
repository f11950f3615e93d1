//! Several cards from one fit on leads they had not seen: what they lose, and how sure it is that one loses less, without a figure per lead.

use crate::math::softplus;
use crate::measures::{Cutoff, PairedDifference};
use crate::model::bins::Codes;
use crate::model::points::{WholePoints, scores_on};

/// Held-out leads under several cards, counted.
#[derive(Debug, Clone, Default)]
pub struct CardsOnLeads {
    n_leads: f64,
    /// Sum of the leads' losses by the first card, nats.
    first_losses: f64,
    /// Per card, sum over the leads of what it loses more than the first.
    more: Vec<f64>,
    /// Per two cards, sum over the leads of the product of what each loses more than the first.
    products: Vec<Vec<f64>>,
    /// Per card, its leads by log-odds.
    counts: Vec<Vec<LogOddsCount>>,
}

/// Leads with the same log-odds.
#[derive(Debug, Clone, Copy)]
struct LogOddsCount {
    log_odds: f64,
    n_leads: f64,
    n_won: f64,
}

/// A card's scores from the lowest to the highest that leads have.
struct ScoreTable {
    lowest: i32,
    softplus: Vec<f64>,
    counts: Vec<LogOddsCount>,
}

impl ScoreTable {
    fn of(card: &WholePoints, scores: &[i32]) -> Self {
        let lowest = scores.iter().copied().min().unwrap_or(0);
        let highest = scores.iter().copied().max().unwrap_or(0);
        let empty = |score| LogOddsCount { log_odds: card.log_odds(score), n_leads: 0.0, n_won: 0.0 };
        let counts: Vec<LogOddsCount> = (lowest..=highest).map(empty).collect();
        Self { lowest, softplus: counts.iter().map(|count| softplus(count.log_odds)).collect(), counts }
    }

    /// Counts a lead; its loss, nats.
    fn count(&mut self, score: i32, outcome: f64) -> f64 {
        let at = (score - self.lowest) as usize;
        let count = &mut self.counts[at];
        count.n_leads += 1.0;
        count.n_won += outcome;
        self.softplus[at] - outcome * count.log_odds
    }
}

impl CardsOnLeads {
    /// - `codes`, `outcome`: of leads that none of the cards had seen.
    pub(super) fn count(cards: &[WholePoints], codes: &Codes, outcome: &[f64]) -> Self {
        let points: Vec<&[i32]> = cards.iter().map(|card| card.points.as_slice()).collect();
        let scores = scores_on(&points, codes);
        let mut tables: Vec<ScoreTable> =
            cards.iter().zip(&scores).map(|(card, scores)| ScoreTable::of(card, scores)).collect();
        let mut sums = Self {
            n_leads: outcome.len() as f64,
            first_losses: 0.0,
            more: vec![0.0; cards.len()],
            products: vec![vec![0.0; cards.len()]; cards.len()],
            counts: Vec::new(),
        };
        let mut more = vec![0.0; cards.len()];
        for (lead, &outcome) in outcome.iter().enumerate() {
            let mut losses = tables.iter_mut().zip(&scores).map(|(table, scores)| table.count(scores[lead], outcome));
            let first = losses.next().unwrap_or_default();
            more[1..].iter_mut().zip(losses).for_each(|(more, loss)| *more = loss - first);
            sums.first_losses += first;
            for (card, products) in sums.products.iter_mut().enumerate() {
                let own = more[card];
                sums.more[card] += own;
                products.iter_mut().zip(&more).skip(card).for_each(|(sum, other)| *sum += own * other);
            }
        }
        for card in 0..cards.len() {
            for other in 0..card {
                sums.products[card][other] = sums.products[other][card];
            }
        }
        sums.counts = tables.into_iter().map(|table| table.counts).collect();
        sums
    }

    /// The leads of all folds.
    ///
    /// - `folds`: the same cards, each by the fold's own fit.
    pub(super) fn together<'a>(folds: impl IntoIterator<Item = &'a Self>) -> Self {
        let add = |mut all: Self, fold: &Self| {
            all.n_leads += fold.n_leads;
            all.first_losses += fold.first_losses;
            all.more.iter_mut().zip(&fold.more).for_each(|(sum, more)| *sum += more);
            let sums = all.products.iter_mut().flatten();
            sums.zip(fold.products.iter().flatten()).for_each(|(sum, product)| *sum += product);
            all.counts.iter_mut().zip(&fold.counts).for_each(|(all, fold)| all.extend(fold));
            all
        };
        let mut folds = folds.into_iter();
        let first = folds.next().cloned().unwrap_or_default();
        folds.fold(first, add)
    }

    /// Mean loss by a card, nats.
    pub fn log_loss(&self, card: usize) -> f64 {
        (self.first_losses + self.more[card]) / self.n_leads
    }

    /// What a lead loses more by one card than by another, nats.
    pub fn difference(&self, card: usize, other: usize) -> PairedDifference {
        let mean = (self.more[card] - self.more[other]) / self.n_leads;
        let products = &self.products;
        let squares = products[card][card] - 2.0 * products[card][other] + products[other][other];
        let variance = (squares / self.n_leads - mean * mean).max(0.0);
        PairedDifference { mean, standard_error: (variance / self.n_leads).sqrt() }
    }

    /// Conversions among this share of the leads with the highest log-odds by a card; ties share the last places.
    pub fn wins_in_best(&self, card: usize, share: f64) -> f64 {
        let counts = &self.counts[card];
        let by_log_odds = counts.iter().map(|count| (count.log_odds, count.n_leads));
        let line = Cutoff::of_best(by_log_odds, share * self.n_leads);
        counts.iter().map(|count| line.share_of(count.log_odds) * count.n_won).sum()
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::measures::{losses_of_log_odds, mean, paired_difference};

    #[test]
    fn counts_say_what_the_leads_one_by_one_do() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut fold = |n_leads: usize, intercept: f64| {
            let columns: Vec<Vec<u8>> =
                (0..3).map(|_| (0..n_leads).map(|_| rng.random_range(0..4)).collect()).collect();
            let cards: Vec<WholePoints> = (0..3)
                .map(|_| WholePoints {
                    points: (0..12).map(|_| rng.random_range(-9..9)).collect(),
                    scale: 12.0,
                    intercept,
                    above_champion: Vec::new(),
                })
                .collect();
            let outcome: Vec<f64> = (0..n_leads).map(|_| f64::from(rng.random_range(0..2_u8))).collect();
            (cards, Codes { columns, n_bins: vec![4; 3], n_leads }, outcome)
        };
        let folds = [fold(80, -0.3), fold(57, 0.4)];
        let counted: Vec<CardsOnLeads> =
            folds.iter().map(|(cards, codes, outcome)| CardsOnLeads::count(cards, codes, outcome)).collect();
        let all = CardsOnLeads::together(&counted);
        let of_leads = |card: usize| -> (Vec<f64>, Vec<(f64, f64)>) {
            let of_fold = |(cards, codes, outcome): &(Vec<WholePoints>, Codes, Vec<f64>)| {
                let eta = cards[card].log_odds_of(codes);
                let losses = losses_of_log_odds(&eta, outcome);
                (losses, eta.into_iter().zip(outcome.iter().copied()).collect::<Vec<_>>())
            };
            let (losses, leads): (Vec<_>, Vec<_>) = folds.iter().map(of_fold).unzip();
            (losses.concat(), leads.concat())
        };
        for card in 0..3 {
            let (losses, mut leads) = of_leads(card);
            assert!((all.log_loss(card) - mean(&losses)).abs() < 1e-12);
            for other in 0..3 {
                let (found, expected) = (all.difference(card, other), paired_difference(&losses, &of_leads(other).0));
                assert!((found.mean - expected.mean).abs() < 1e-12);
                assert!((found.standard_error - expected.standard_error).abs() < 1e-12);
            }
            // All leads above the line, and of those on it as many as there is room for, with their mean outcome.
            leads.sort_by(|a, b| b.0.total_cmp(&a.0));
            let (mut room, mut won) = (0.25 * leads.len() as f64, 0.0);
            for tied in leads.chunk_by(|a, b| a.0 == b.0) {
                let taken = room.min(tied.len() as f64);
                won += taken * tied.iter().map(|(_, won)| won).sum::<f64>() / tied.len() as f64;
                room -= taken;
            }
            assert!((all.wins_in_best(card, 0.25) - won).abs() < 1e-9);
        }
    }
}
