//! Size path: how the card does as it gets smaller, by the price asked for a row.

mod page;
pub mod record;

pub(crate) use page::shown;

use super::{Analysis, Evidence, Found};
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
    let (params, shipped) = (&setup.params, &fitted.card);
    if matches!(params.rule.scale, ScaleRule::Bounded(..)) {
        return Vec::new();
    }
    let mut rule = params.rule;
    rule.scale = ScaleRule::PerLogOdds(shipped.trained.points.scale);
    let cards = shipped.trained.on_its_leads(&setup.part(fitted.uses_censored)).points_at_row_prices(&rule);
    let sizes = held_out.sizes();
    let least = |best: usize, price: usize| if sizes.log_loss(price) < sizes.log_loss(best) { price } else { best };
    let best = (0..ROW_PRICES.len()).fold(0, least);
    (0..ROW_PRICES.len())
        .map(|price| {
            let chains = &shipped.trained.chains;
            SizePathPoint {
                row_price: ROW_PRICES[price],
                n_rows: cards[price].n_card_rows(&shipped.trained.bins, chains),
                n_criteria: cards[price].used_criteria(chains).into_iter().filter(|&at| at < chains.n_plain()).count(),
                log_loss: sizes.log_loss(price),
                difference_se: sizes.difference(price, best).standard_error,
                wins_in_best_quarter: sizes.wins_in_best(price, 0.25),
                is_shipped: ROW_PRICES[price] == shipped.trained.settings.row_price,
            }
        })
        .collect()
}
