//! Chances: what scores are worth, and how teams or segments differ from it.

use super::histogram::Histogram;
use crate::card::CurveEntry;
use crate::math::{Z90, logistic, logit};
use crate::settings::By;

/// Chances to convert by score, from the card's own table, and how teams or segments differ from it.
#[derive(Debug, Clone, Copy)]
pub struct Chances<'a> {
    /// The card's curve, lowest score first.
    pub curve: &'a [CurveEntry],
}

impl Chances<'_> {
    /// Log-odds of a score and their standard error; a score beyond the table is worth what its nearest end is.
    pub fn log_odds(&self, score: i32) -> (f64, f64) {
        let Some(first) = self.curve.first() else { return (0.0, 0.0) };
        let position = (i64::from(score) - i64::from(first.score)).clamp(0, self.curve.len() as i64 - 1);
        let entry = &self.curve[position as usize];
        let log_odds = |basis_points: u32| logit(f64::from(basis_points) / 10_000.0);
        (log_odds(entry.probability_bp), (log_odds(entry.high_bp) - log_odds(entry.low_bp)) / (2.0 * Z90))
    }

    /// How far the log-odds of each team or segment lie from the curve, pulled towards it the more the fewer leads it has.
    ///
    /// With `d_g` the group's own shift (wins less expected wins, over the variance `v_g` of a sum of that many coins) and
    /// its error variance `1 / v_g`, the shift is `d_g t2 / (t2 + 1 / v_g)`; `t2` is how much groups differ in truth.
    ///
    /// # Source
    /// Moment estimate of `t2`: DerSimonian and Laird (1986), *Controlled Clinical Trials* 7, 177-188.
    pub fn offsets(&self, histogram: &Histogram, by: By) -> Vec<f64> {
        let n_groups = match by {
            By::Segment => histogram.segments.len(),
            By::Team => histogram.teams.len(),
        };
        let mut sums = vec![(0.0, 0.0); n_groups];
        for cell in &histogram.cells {
            let chance = logistic(self.log_odds(cell.score).0);
            let (excess, variance) = &mut sums[cell.group(Some(by))];
            *excess += cell.n_converted as f64 - cell.n_leads as f64 * chance;
            *variance += cell.n_leads as f64 * chance * (1.0 - chance);
        }
        let shifts: Vec<(f64, f64)> =
            sums.into_iter().map(|(excess, v)| if v > 0.0 { (excess / v, v) } else { (0.0, 0.0) }).collect();
        let spread = spread_of(&shifts);
        shifts.into_iter().map(|(shift, v)| if v > 0.0 { shift * spread / (spread + 1.0 / v) } else { 0.0 }).collect()
    }
}

/// Variance of the true shifts of groups or months: what is left of the variance of the estimated ones when their own error is taken off.
pub fn spread_of(shifts: &[(f64, f64)]) -> f64 {
    let weight: f64 = shifts.iter().map(|(_, v)| v).sum();
    let weight_squared: f64 = shifts.iter().map(|(_, v)| v * v).sum();
    let room = weight - weight_squared / weight;
    if room.is_nan() || room <= 0.0 {
        return 0.0;
    }
    let mean = shifts.iter().map(|(shift, v)| shift * v).sum::<f64>() / weight;
    let q: f64 = shifts.iter().map(|(shift, v)| v * (shift - mean).powi(2)).sum();
    let n_groups = shifts.iter().filter(|(_, v)| *v > 0.0).count() as f64;
    ((q - (n_groups - 1.0)) / room).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::HistogramCell;

    #[test]
    fn small_groups_are_pulled_towards_the_curve() {
        // 400 leads of the first team convert at 20 %, 400 of the second at 10 %, the third has two leads that both converted.
        let curve = [CurveEntry { score: 0, probability_bp: 1_500, low_bp: 1_400, high_bp: 1_600, n_leads: 802 }];
        let cell = |team: u32, n_leads: u64, n_converted: u64| HistogramCell {
            score: 0,
            month: 0,
            segment: 0,
            team,
            n_handed_off: n_leads,
            n_leads,
            n_converted,
            ..HistogramCell::default()
        };
        let histogram = Histogram {
            months: Vec::new(),
            segments: vec![String::new()],
            teams: ["a", "b", "c"].map(str::to_owned).to_vec(),
            cells: vec![cell(0, 400, 80), cell(1, 400, 40), cell(2, 2, 2)],
        };
        let offsets = Chances { curve: &curve }.offsets(&histogram, By::Team);
        assert!(offsets[0] > 0.2 && offsets[0] < 0.4, "{offsets:?}");
        assert!(offsets[1] < -0.2 && offsets[1] > -0.4, "{offsets:?}");
        // Its own shift would be 6.7 log-odds.
        assert!(offsets[2] > 0.0 && offsets[2] < 1.0, "{offsets:?}");
    }

    #[test]
    fn groups_that_differ_by_chance_alone_have_no_spread() {
        // Two groups, 0.7 standard errors either way: less than chance would have it.
        assert_eq!(spread_of(&[(0.07, 100.0), (-0.07, 100.0)]), 0.0);
        // Six standard errors either way: 0.36 * 2 / 100 of excess over what chance explains.
        assert!((spread_of(&[(0.6, 100.0), (-0.6, 100.0)]) - 0.71).abs() < 1e-9);
        assert_eq!(spread_of(&[]), 0.0);
    }
}
