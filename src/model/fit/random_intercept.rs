//! Spread: how much the levels of a criterion differ in truth, learnt from all of them together.
//!
//! The weight of level `k` is drawn from `N(0, v)`; a lead of it converts with log-odds `offset + weight`. The `v` under which
//! the outcomes of all levels together are likeliest says how much a small level may borrow: a level whose own leads say little
//! stays near 0, one with thousands keeps its own weight.
//!
//! Always true: leads of a level count through at most 64 groups of similar log-odds, so that a fit of any size takes the same time.

use crate::math::{logistic, softplus};
use crate::measures::{Shift, Steps, logistic_shift};

/// Groups of leads per level; within one of 64 groups log-odds differ by so little that their mean stands for them.
const MAX_GROUPS: usize = 64;

/// Standard deviations tried, log-odds: from no difference that a card could show to twenty-fold odds.
const LEAST_SPREAD: f64 = 0.02;
const MOST_SPREAD: f64 = 3.0;
const N_SPREADS: usize = 24;

/// Variance of the true weights of the levels, log-odds squared, by maximum marginal likelihood; 0 where no difference makes the
/// outcomes likelier than any.
///
/// `L(v) = prod_k integral prod_i p(y_i | offset_i + u) N(u; 0, v) du`, each integral by the trapezoidal rule around its mode.
///
/// - `codes`: level of each lead, below `n_levels`; `offset`: its log-odds without the level; `outcome`: `0.0..=1.0`.
///
/// # Source
/// Empirical Bayes for a random intercept (Stiratelli, Laird and Ware 1984, *Biometrics* 40, 961-971), the other weights held
/// where the joint fit has them.
pub fn between_level_variance(codes: &[u8], n_levels: usize, offset: &[f64], outcome: &[f64]) -> f64 {
    let levels = levels_of(codes, n_levels, offset, outcome);
    if levels.len() < 2 {
        return 0.0;
    }
    let likelihood = |spread: f64| levels.iter().map(|level| level.ln_marginal(spread)).sum::<f64>();
    let without: f64 = levels.iter().map(|level| -level.loss(0.0)).sum();
    let step = (MOST_SPREAD / LEAST_SPREAD).ln() / (N_SPREADS - 1) as f64;
    let spread_at = |at: f64| LEAST_SPREAD * (at * step).exp();
    let on_grid: Vec<f64> = (0..N_SPREADS).map(|at| likelihood(spread_at(at as f64))).collect();
    let best = (0..N_SPREADS).fold(0, |best, at| if on_grid[at] > on_grid[best] { at } else { best });
    if on_grid[best] <= without {
        return 0.0;
    }
    if best == 0 || best == N_SPREADS - 1 {
        return spread_at(best as f64).powi(2);
    }
    // The top of the parabola through the best place and its neighbours.
    let (before, top, after) = (on_grid[best - 1], on_grid[best], on_grid[best + 1]);
    let bend = before - 2.0 * top + after;
    let shift = if bend < 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
    spread_at(best as f64 + shift.clamp(-0.5, 0.5)).powi(2)
}

/// Leads of one level with similar log-odds.
struct Group {
    offset: f64,
    n: f64,
    converted: f64,
}

struct LevelLeads(Vec<Group>);

fn levels_of(codes: &[u8], n_levels: usize, offset: &[f64], outcome: &[f64]) -> Vec<LevelLeads> {
    let mut leads: Vec<Vec<(f64, f64)>> = vec![Vec::new(); n_levels];
    for ((&code, &offset), &outcome) in codes.iter().zip(offset).zip(outcome) {
        leads[usize::from(code)].push((offset, outcome));
    }
    leads.into_iter().filter(|leads| !leads.is_empty()).map(LevelLeads::of).collect()
}

impl LevelLeads {
    fn of(mut leads: Vec<(f64, f64)>) -> Self {
        leads.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let per_group = leads.len().div_ceil(MAX_GROUPS);
        let group = |leads: &[(f64, f64)]| Group {
            offset: leads.iter().map(|lead| lead.0).sum::<f64>() / leads.len() as f64,
            n: leads.len() as f64,
            converted: leads.iter().map(|lead| lead.1).sum(),
        };
        Self(leads.chunks(per_group).map(group).collect())
    }

    /// Negative log likelihood at a weight.
    fn loss(&self, weight: f64) -> f64 {
        self.0
            .iter()
            .map(|group| {
                let eta = group.offset + weight;
                group.n * softplus(eta) - group.converted * eta
            })
            .sum()
    }

    /// `ln integral exp(-loss(u)) N(u; 0, spread^2) du`.
    fn ln_marginal(&self, spread: f64) -> f64 {
        const HALF_STEPS: i32 = 12;
        let precision = spread.powi(-2);
        let Shift { estimate: mode, information } = self.mode(precision);
        // Steps of half an error out to six: for a bell the trapezoidal rule is then exact to rounding.
        let step = 0.5 / information.sqrt();
        let height = |u: f64| self.loss(u) + 0.5 * precision * u * u;
        let top = height(mode);
        let area: f64 =
            (-HALF_STEPS..=HALF_STEPS).map(|at| (top - height(mode + f64::from(at) * step)).exp()).sum::<f64>() * step;
        area.ln() - top - spread.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
    }

    /// Where loss and prior together are least, and how sharply they bend there.
    fn mode(&self, precision: f64) -> Shift {
        // A full step from far out would leap beyond; one log-odds at a time does not.
        let steps = Steps { longest: 1.0, tolerance: 1e-9, at_most: 100 };
        logistic_shift(0.0, &steps, |u| {
            let (mut gradient, mut curvature) = (precision * u, precision);
            for group in &self.0 {
                let p = logistic(group.offset + u);
                gradient += group.n * p - group.converted;
                curvature += group.n * p * (1.0 - p);
            }
            (gradient, curvature)
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// Leads of levels of these sizes whose weights have this standard deviation: codes, offsets, outcomes.
    fn leads(sizes: &[usize], spread: f64, seed: u64) -> (Vec<u8>, Vec<f64>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut codes, mut offsets, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
        for (level, &size) in sizes.iter().enumerate() {
            let draw: f64 = StandardNormal.sample(&mut rng);
            for _ in 0..size {
                let offset = -1.5
                    + 0.8 * {
                        let z: f64 = StandardNormal.sample(&mut rng);
                        z
                    };
                let converted = rng.random::<f64>() < logistic(offset + spread * draw);
                codes.push(level as u8);
                offsets.push(offset);
                outcomes.push(f64::from(u8::from(converted)));
            }
        }
        (codes, offsets, outcomes)
    }

    #[test]
    fn the_spread_that_was_put_in_is_found_on_average() {
        let sizes: Vec<usize> = (0..30).map(|level| (5.0 * 1.23_f64.powi(level)) as usize).collect();
        for spread in [0.25, 0.5, 1.0] {
            let found: Vec<f64> = (0..12)
                .map(|seed| {
                    let (codes, offsets, outcomes) = leads(&sizes, spread, seed);
                    between_level_variance(&codes, 30, &offsets, &outcomes).sqrt()
                })
                .collect();
            let mean = found.iter().sum::<f64>() / 12.0;
            // About 20 telling levels leave each estimate an error of spread / sqrt(40), a mean of 12 a twentieth of the spread.
            assert!((mean / spread - 1.0).abs() < 0.2, "{spread}: {found:?}");
        }
    }

    #[test]
    fn levels_that_do_not_differ_have_next_to_no_spread() {
        let sizes = [400, 300, 200, 100, 60, 30, 10, 5];
        let found: Vec<f64> = (0..20)
            .map(|seed| {
                let (codes, offsets, outcomes) = leads(&sizes, 0.0, 100 + seed);
                between_level_variance(&codes, 8, &offsets, &outcomes).sqrt()
            })
            .collect();
        let n_none = found.iter().filter(|spread| **spread == 0.0).count();
        assert!(n_none >= 8, "{found:?}");
        assert!(found.iter().all(|spread| *spread < 0.35), "{found:?}");
    }

    #[test]
    fn the_marginal_likelihood_is_the_area_under_likelihood_times_prior() {
        let level = LevelLeads::of(vec![(-1.0, 1.0), (0.5, 0.0), (-0.3, 0.0), (-2.0, 0.0)]);
        let spread = 0.7;
        let density =
            |u: f64| (-u * u / (2.0 * spread * spread)).exp() / (spread * (2.0 * std::f64::consts::PI).sqrt());
        // Brute force: a million steps over twelve standard deviations.
        let step = 12.0 * spread / 1e6;
        let area: f64 = (0..1_000_000)
            .map(|at| -6.0 * spread + (f64::from(at) + 0.5) * step)
            .map(|u| (-level.loss(u)).exp() * density(u) * step)
            .sum();
        assert!((level.ln_marginal(spread) - area.ln()).abs() < 1e-6, "{} {}", level.ln_marginal(spread), area.ln());
    }

    #[test]
    fn one_level_or_none_has_no_spread() {
        assert_eq!(between_level_variance(&[], 3, &[], &[]), 0.0);
        assert_eq!(between_level_variance(&[1, 1], 3, &[0.0, 0.0], &[1.0, 0.0]), 0.0);
    }
}
