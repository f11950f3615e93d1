//! Very small cards (`points.range`): stiffness, number of criteria and price per row, each by what the whole procedure loses on
//! leads held out inside.
//!
//! Start at [`choose_small`].
//!
//! Always true: a held-out lead has no part in the bins, criteria, points and slope that judge it.

use rayon::prelude::*;

use super::{
    Binned, FEW_LEADS, LIGHT, TrainParams, TrainingPart, USUAL, inner_splits, outcome_of, price_by_losses, prices_tried,
};
use crate::measures::{losses_of_log_odds, paired_difference};
use crate::model::bins::Codes;
use crate::model::fit::selection::select_path;
use crate::model::fit::{FitError, Stiffness};
use crate::model::points::{PointsProblem, PointsRule};
use crate::settings::{CardSize, Trend};

/// Stiffness tried, lightest first: about ten times as stiff each up to [`LIGHT`], for answers that all but settle the outcome, then about
/// three times, up to what the largest cards are tried with.
const LADDER: [Stiffness; 7] = [
    Stiffness { smoothness: 0.005, ridge: 0.0002, reweighted: false },
    Stiffness { smoothness: 0.05, ridge: 0.002, reweighted: false },
    LIGHT,
    Stiffness { smoothness: 0.5, ridge: 0.1, reweighted: false },
    Stiffness { smoothness: 1.0, ridge: 0.3, reweighted: false },
    Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: false },
    Stiffness { smoothness: 10.0, ridge: 3.0, reweighted: false },
];

/// What held-out leads chose for a very small card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SmallSettings {
    /// At most so many criteria; `None` where nobody asked for few.
    pub n_wanted: Option<usize>,
    pub stiffness: Stiffness,
    /// Nats.
    pub row_price: f64,
}

/// Smaller cards are tried at every fifth of the criteria asked for.
const N_SIZES: usize = 5;

/// Standard errors by which fewer criteria than asked for have to win: of cards that are equally good one in forty wins by so much.
const FEWER_BY: f64 = 2.0;

/// From [`FEW_LEADS`] on one part is held out instead of each in turn, and little noise is left to hold back: a stiffer card then has
/// to win by so many standard errors.
const STIFFER_BY: f64 = 1.0;

/// Stiffness of the fits that choose among criteria. Few leads need the penalty of an ordinary card here: with next to none a
/// criterion of many levels wins by following the noise.
pub(super) fn selection_stiffness(n_leads: usize) -> Stiffness {
    if n_leads < FEW_LEADS { USUAL } else { LIGHT }
}

/// One after the other, since all together would be hundreds of cards: the stiffness at the size asked for, from light to stiff
/// while held-out leads gain by it; then fewer criteria; then dearer rows.
pub(super) fn choose_small(part: &TrainingPart<'_>, params: &TrainParams) -> Result<SmallSettings, FitError> {
    let n_leads = part.leads.len();
    let mut n_wanted = params.max_criteria.filter(|&n_wanted| n_wanted < part.criteria.len());
    let inners = Inner::all(part);
    let of_split = |inner: &Inner| inner.select(n_wanted, &selection_stiffness(n_leads));
    let mut sets: Sets = inners.par_iter().map(of_split).collect::<Result<_, _>>()?;
    let search = Search { inners, rule: &params.rule };
    let stiffness = search.choose_stiffness(&sets, if n_leads < FEW_LEADS { 0.0 } else { STIFFER_BY })?;
    if let Some(n_asked) = n_wanted {
        let n_best = search.choose_size(n_asked, &sets, &stiffness)?;
        n_wanted = Some(n_best);
        sets.iter_mut().for_each(|set| set.truncate(n_best));
    }
    // So small a card is small already: by default it is the best of its size.
    let size = if params.size == CardSize::Balanced { CardSize::Accurate } else { params.size };
    let prices = prices_tried(size);
    let losses = search.losses(&sets, &stiffness, prices)?;
    let row_price = price_by_losses(&losses, prices, size, n_leads);
    Ok(SmallSettings { n_wanted, stiffness, row_price })
}

/// Criteria per inner split, by their positions, in the order in which they entered.
type Sets = Vec<Vec<usize>>;

struct Search<'a> {
    inners: Vec<Inner>,
    rule: &'a PointsRule,
}

impl Search<'_> {
    /// The stiffness after which held-out leads gain no more.
    ///
    /// - `proof`: standard errors by which a stiffer one has to win.
    fn choose_stiffness(&self, sets: &Sets, proof: f64) -> Result<Stiffness, FitError> {
        let mut best: Option<(Stiffness, Vec<f64>)> = None;
        for (at, stiffness) in LADDER.iter().enumerate() {
            let mut losses = match self.losses(sets, stiffness, &[0.0]) {
                // Answers that settle the outcome leave a light fit without an end; a stiffer one has one.
                Err(FitError::NotConverged { .. }) if best.is_none() && at + 1 < LADDER.len() => continue,
                losses => losses?,
            };
            let losses = losses.swap_remove(0);
            if let Some((_, least)) = &best {
                let gain = paired_difference(least, &losses);
                if gain.mean <= 0.0 || gain.mean <= proof * gain.standard_error {
                    break;
                }
            }
            best = Some((*stiffness, losses));
        }
        Ok(best.map_or(LIGHT, |(stiffness, _)| stiffness))
    }

    /// Fewer criteria than asked for where held-out leads surely gain by it: as many as they judge best. The smaller sets are
    /// those that entered first.
    fn choose_size(&self, n_asked: usize, sets: &Sets, stiffness: &Stiffness) -> Result<usize, FitError> {
        let losses_of = |size: usize| -> Result<Vec<f64>, FitError> {
            let first = sets.iter().map(|set| set[..size.min(set.len())].to_vec()).collect();
            Ok(self.losses(&first, stiffness, &[0.0])?.swap_remove(0))
        };
        let asked = losses_of(n_asked)?;
        let (mut best, mut most) = (n_asked, 0.0);
        for share in 1..N_SIZES {
            let size = (n_asked * share).div_ceil(N_SIZES);
            let gain = paired_difference(&asked, &losses_of(size)?);
            if gain.mean > most && gain.mean > FEWER_BY * gain.standard_error {
                (best, most) = (size, gain.mean);
            }
        }
        Ok(best)
    }

    /// Losses of all held-out leads under the card of their split, per price.
    fn losses(&self, sets: &Sets, stiffness: &Stiffness, prices: &[f64]) -> Result<Vec<Vec<f64>>, FitError> {
        let per_split: Vec<Vec<Vec<f64>>> = (self.inners.par_iter().zip(sets))
            .map(|(inner, set)| inner.losses_at(set, stiffness, self.rule, prices))
            .collect::<Result<_, _>>()?;
        let at_price = |price: usize| per_split.iter().flat_map(|split| split[price].iter().copied()).collect();
        Ok((0..prices.len()).map(at_price).collect())
    }
}

/// One inner split: all criteria of the leads fitted and of those held out.
struct Inner {
    fit: Binned,
    trends: Vec<Trend>,
    held_codes: Codes,
    held_outcome: Vec<f64>,
}

impl Inner {
    /// Whatever the part has of splits.
    fn all(part: &TrainingPart<'_>) -> Vec<Self> {
        let all: Vec<usize> = (0..part.criteria.len()).collect();
        let of_split = |(fit, held): (Vec<u32>, Vec<u32>)| {
            let fit = Binned::of(part, &all, &fit);
            let held_codes = fit.bins.encode(part.criteria, &held);
            Self { trends: fit.bins.trends(), held_codes, held_outcome: outcome_of(part, &held), fit }
        };
        inner_splits(part).into_par_iter().map(of_split).collect()
    }

    /// The criteria of a card of this size, or all.
    fn select(&self, n_wanted: Option<usize>, stiffness: &Stiffness) -> Result<Vec<usize>, FitError> {
        let Some(n_wanted) = n_wanted else { return Ok((0..self.trends.len()).collect()) };
        Ok(select_path(&self.fit.observed(), &self.fit.chains, stiffness, &[n_wanted])?.swap_remove(0))
    }

    /// Losses of the held-out leads under the card of some criteria, per price.
    fn losses_at(
        &self,
        set: &[usize],
        stiffness: &Stiffness,
        rule: &PointsRule,
        prices: &[f64],
    ) -> Result<Vec<Vec<f64>>, FitError> {
        let few = self.fit.select(set);
        let trends = few.bins.trends();
        let mut fitter = few.fitter()?;
        let trial = fitter.fit(stiffness)?;
        let fit = fitter.finish(trial);
        let problem = PointsProblem::new(&fit, few.observed(), &few.chains, &trends);
        let held = self.held_codes.select(set);
        let losses_at = |&row_price: &f64| {
            losses_of_log_odds(&problem.choose(rule, row_price).log_odds_of(&held), &self.held_outcome)
        };
        Ok(prices.iter().map(losses_at).collect())
    }
}

#[cfg(test)]
mod tests;
