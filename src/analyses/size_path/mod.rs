//! Size path: how the card does as it gets smaller, by the price asked for a row.

mod page;
pub mod record;

pub(crate) use page::shown;

use super::{Analysis, Evidence, Found};
use crate::measures::{Cutoff, mean, paired_difference};
use crate::model::fit::FitError;
use crate::model::points::ScaleRule;
use crate::model::train::ROW_PRICES;
use record::SizePathPoint;

/// Cards of several sizes.
pub struct SizePath;

impl Analysis for SizePath {
    type Record = Vec<SizePathPoint>;

    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        Ok(Found::plain(size_path(evidence)))
    }
}

/// Cards of several sizes on the scale of the one that ships; none where levels are bounded.
fn size_path(evidence: Evidence<'_>) -> Vec<SizePathPoint> {
    let Evidence { setup, fitted, held_out, .. } = evidence;
    let (params, shipped, folds) = (&setup.params, &fitted.card, &held_out.folds);
    if matches!(params.rule.scale, ScaleRule::Bounded(..)) {
        return Vec::new();
    }
    let mut rule = params.rule;
    rule.scale = ScaleRule::PerLogOdds(shipped.trained.points.scale);
    let cards = shipped.trained.points_at_row_prices(&setup.part(fitted.uses_censored), &rule);
    let losses: Vec<Vec<f64>> = (0..ROW_PRICES.len())
        .map(|price| folds.iter().flat_map(|fold| fold.size_path_losses[price].iter().copied()).collect())
        .collect();
    let means: Vec<f64> = losses.iter().map(|losses| mean(losses)).collect();
    let best = (0..means.len()).fold(0, |best, price| if means[price] < means[best] { price } else { best });
    (0..ROW_PRICES.len())
        .map(|price| {
            let chains = &shipped.trained.chains;
            SizePathPoint {
                row_price: ROW_PRICES[price],
                n_rows: cards[price].n_card_rows(&shipped.trained.bins, chains),
                n_criteria: cards[price].used_criteria(chains).into_iter().filter(|&at| at < chains.n_plain()).count(),
                log_loss: means[price],
                difference_se: paired_difference(&losses[price], &losses[best]).standard_error,
                wins_in_best_quarter: wins_in_best_quarter(evidence, price),
                is_shipped: ROW_PRICES[price] == shipped.trained.settings.row_price,
            }
        })
        .collect()
}

/// Conversions among the quarter of the held-out leads with the highest log-odds; ties share the last places.
fn wins_in_best_quarter(evidence: Evidence<'_>, price: usize) -> f64 {
    let Evidence { setup, held_out, .. } = evidence;
    let judged: Vec<(f64, f64)> = (held_out.folds.iter().zip(&setup.plan.folds))
        .flat_map(|(held_out, fold)| held_out.size_path_log_odds[price].iter().zip(&fold.judge))
        .map(|(&eta, &lead)| (eta, setup.converted[lead as usize]))
        .collect();
    let line = Cutoff::of_best(judged.iter().map(|(eta, _)| (*eta, 1.0)), judged.len() as f64 / 4.0);
    let wins = |is_wanted: fn(&f64, &f64) -> bool| -> f64 {
        judged.iter().filter(|(eta, _)| is_wanted(eta, &line.at)).map(|(_, won)| won).sum()
    };
    wins(f64::gt) + line.share_of_tied * wins(f64::eq)
}
