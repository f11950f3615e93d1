//! Brier score: mean squared error of the probabilities, and what it is made of.

use super::cells::{Cells, ScoreGroup};

/// Mean squared error of the probability: `1/n sum_i (p_i - y_i)^2`; lower is better.
///
/// - returns: `None` without leads.
///
/// # Source
/// Brier (1950), *Monthly Weather Review* 78, 1-3.
pub fn brier(cells: &Cells) -> Option<f64> {
    let n_leads = cells.n_leads();
    let total: f64 = cells
        .iter()
        .map(|cell| {
            cell.n_converted as f64 * (1.0 - cell.probability).powi(2)
                + (cell.n_leads - cell.n_converted) as f64 * cell.probability.powi(2)
        })
        .sum();
    (n_leads > 0).then(|| total / n_leads as f64)
}

/// What a Brier score is made of: `reliability - resolution + uncertainty`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrierParts {
    /// How far the groups' rates lie from the predicted ones; 0 is best.
    pub reliability: f64,
    /// How much the groups' rates differ from the overall rate; more is better.
    pub resolution: f64,
    /// Brier score of always saying the overall rate.
    pub uncertainty: f64,
}

/// Murphy's decomposition over groups of equal score.
///
/// With `n_g` leads in group `g`, mean prediction `p_g`, rate `y_g` and overall rate `y`:
/// `reliability = 1/n sum_g n_g (p_g - y_g)^2`, `resolution = 1/n sum_g n_g (y_g - y)^2`, `uncertainty = y (1 - y)`.
///
/// The three give the Brier score exactly where all leads of a group have one probability. Folds have curves of their
/// own, so out of fold a group holds a few close ones, and the sum differs by the (tiny) variance within groups. Small
/// groups inflate reliability and resolution alike, by about `y_g (1 - y_g)` per group over `n`.
///
/// - returns: `None` without leads.
///
/// # Source
/// Murphy (1973), *Journal of Applied Meteorology* 12, 595-600; variance within groups: Stephenson, Coelho and Jolliffe
/// (2008), *Weather and Forecasting* 23, 752-757.
pub fn brier_parts(groups: &[ScoreGroup]) -> Option<BrierParts> {
    let n_leads: u64 = groups.iter().map(|group| group.n_leads).sum();
    let n_converted: u64 = groups.iter().map(|group| group.n_converted).sum();
    if n_leads == 0 {
        return None;
    }
    let n = n_leads as f64;
    let rate = n_converted as f64 / n;
    let mut reliability = 0.0;
    let mut resolution = 0.0;
    for group in groups.iter().filter(|group| group.n_leads > 0) {
        let n_group = group.n_leads as f64;
        let group_rate = group.n_converted as f64 / n_group;
        reliability += n_group * (group.n_expected / n_group - group_rate).powi(2);
        resolution += n_group * (group_rate - rate).powi(2);
    }
    Some(BrierParts { reliability: reliability / n, resolution: resolution / n, uncertainty: rate * (1.0 - rate) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up_where_a_score_has_one_probability() {
        let score = [1, 1, 1, 4, 4, 9];
        let probability = [0.2, 0.2, 0.2, 0.5, 0.5, 0.9];
        let converted = [false, true, false, true, false, true];
        let cells = Cells::count(&score, &probability, &converted);
        let parts = brier_parts(&cells.by_score()).expect("six leads");
        let whole = brier(&cells).expect("six leads");
        assert!((parts.reliability - parts.resolution + parts.uncertainty - whole).abs() < 1e-15);
        // Rates 1/3, 1/2, 1 against 0.2, 0.5, 0.9: (3 (2/15)^2 + 0 + 0.1^2) / 6
        assert!((parts.reliability - (3.0 * (2.0_f64 / 15.0).powi(2) + 0.01) / 6.0).abs() < 1e-15);
        assert!((parts.uncertainty - 0.25).abs() < 1e-15);
        // (2 0.04 + 0.64 + 2 0.25 + 0.01) / 6
        assert!((whole - 1.23 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn no_leads_have_no_brier_score() {
        assert_eq!(brier(&Cells::default()), None);
        assert_eq!(brier_parts(&[]), None);
    }
}
