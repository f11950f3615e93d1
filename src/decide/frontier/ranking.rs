//! Ranking: the order in which a policy takes leads, and how far down it goes.
//!
//! In: a [`Histogram`], the curve, and whose thresholds differ. Out: a [`Ranking`] of steps, best first; with counts per step,
//! [`Ranking::choose`] gives the share of each step that a rule takes.
//!
//! With one threshold for all, a step is a score. With one per team or segment, a step is a score of one group, and groups
//! are merged by their chance to convert: stopping anywhere then leaves the same marginal conversion in every group, which is
//! what wins most for a shared volume.
//!
//! Always true: within a group, leads are taken from the highest score down; leads of one step share the last places in
//! proportion.

use super::histogram::{Histogram, HistogramCell};
use super::policy::Rule;
use crate::card::{Band, CurveEntry};
use crate::math::{Z90, logistic, logit};
use crate::settings::By;

/// Fewest leads a conversion rate is chosen by. Among fewer, one win more or less moves it by more than 5 %.
pub(super) const MIN_LEADS_FOR_A_RATE: f64 = 20.0;

/// Steps of a policy, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Teams or segments; one empty name where one threshold holds for all.
    pub groups: Vec<String>,
    /// The steps, best first.
    pub steps: Vec<Step>,
    by: Option<By>,
    lowest: i32,
    n_scores: usize,
    /// Position in `steps` by group and score; `u32::MAX` where nobody has the score.
    places: Vec<u32>,
}

/// Leads that a policy cannot tell apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Position in [`Ranking::groups`].
    pub group: usize,
    /// Their points.
    pub score: i32,
    /// Log-odds of conversion.
    pub log_odds: f64,
}

/// Leads of a step and how many of them converted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Leads; fractions are allowed.
    pub n_leads: f64,
    /// Of those, how many converted.
    pub n_wins: f64,
}

impl Ranking {
    /// Ranks the leads of a history.
    pub fn new(histogram: &Histogram, chances: &Chances<'_>, by: Option<By>) -> Self {
        let groups = match by {
            None => vec![String::new()],
            Some(By::Segment) => histogram.segments.clone(),
            Some(By::Team) => histogram.teams.clone(),
        };
        let lowest = histogram.cells.first().map_or(0, |cell| cell.score);
        let highest = histogram.cells.last().map_or(0, |cell| cell.score);
        let n_scores = (highest - lowest) as usize + 1;
        let mut is_there = vec![false; groups.len() * n_scores];
        for cell in &histogram.cells {
            is_there[group_of(cell, by) * n_scores + (cell.score - lowest) as usize] = true;
        }
        let offsets = by.map_or_else(|| vec![0.0], |by| chances.offsets(histogram, by));
        let mut steps: Vec<Step> = (0..is_there.len())
            .filter(|&place| is_there[place])
            .map(|place| {
                let (group, score) = (place / n_scores, lowest + (place % n_scores) as i32);
                Step { group, score, log_odds: chances.log_odds(score).0 + offsets[group] }
            })
            .collect();
        steps.sort_by(|a, b| {
            let by_chance = if by.is_some() { b.log_odds.total_cmp(&a.log_odds) } else { std::cmp::Ordering::Equal };
            by_chance.then(b.score.cmp(&a.score)).then(a.group.cmp(&b.group))
        });
        let mut places = vec![u32::MAX; is_there.len()];
        for (position, step) in steps.iter().enumerate() {
            places[step.group * n_scores + (step.score - lowest) as usize] = position as u32;
        }
        Self { groups, steps, by, lowest, n_scores, places }
    }

    /// Whose thresholds differ; `None` where one holds for all.
    pub fn by(&self) -> Option<By> {
        self.by
    }

    /// Position in [`Ranking::steps`] of the leads of a cell of the same histogram.
    pub fn step_of(&self, cell: &HistogramCell) -> usize {
        self.places[group_of(cell, self.by) * self.n_scores + (cell.score - self.lowest) as usize] as usize
    }

    /// Leads and wins of each step.
    pub fn tally(&self, histogram: &Histogram) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.steps.len()];
        for cell in &histogram.cells {
            let tally = &mut tallies[self.step_of(cell)];
            tally.n_leads += cell.n_leads as f64;
            tally.n_wins += cell.n_converted as f64;
        }
        tallies
    }

    /// The share of each step that `rule` takes, into `shares`.
    ///
    /// - `tallies`, `shares`: one entry per step; `n_months`: months in which those leads came, 0 without dates;
    ///   `shift`: log-odds to add to every step, where the counts say that all chances lie higher or lower.
    /// - returns: whether the rule could be met in full. Where it could not, `shares` holds the nearest to it: all leads, or
    ///   the step with the best conversion.
    pub fn choose(
        &self,
        rule: &Rule,
        bands: &[Band],
        tallies: &[Tally],
        n_months: f64,
        shift: f64,
        shares: &mut [f64],
    ) -> bool {
        let n_leads: f64 = tallies.iter().map(|tally| tally.n_leads).sum();
        match rule {
            Rule::Top { .. } | Rule::Capacity { .. } => {
                take_best(tallies, rule.leads_per_month().unwrap_or_default() * n_months, n_leads, shares)
            }
            Rule::Share(share) => take_best(tallies, share * n_leads, n_leads, shares),
            Rule::PointsAtLeast(points) => self.take_where(shares, |step| step.score >= *points),
            Rule::Band(band) => {
                let from = bands.iter().find(|known| known.name == *band).and_then(|band| band.from);
                self.take_where(shares, |step| from.is_none_or(|from| step.score >= from))
            }
            Rule::BreakEven { cost_per_lead, value_per_win } => {
                let least = logit(cost_per_lead / value_per_win);
                self.take_where(shares, |step| step.log_odds + shift >= least)
            }
            Rule::BeatsAverage => {
                let n_wins: f64 = tallies.iter().map(|tally| tally.n_wins).sum();
                let usual = logit(n_wins / n_leads);
                self.take_where(shares, |step| step.log_odds + shift >= usual)
            }
            Rule::ConversionAtLeast(wanted) if self.by.is_none() => take_to_conversion(tallies, *wanted, shares),
            Rule::ConversionAtLeast(wanted) => self.take_to_chance(tallies, *wanted, shift, shares),
        }
    }

    fn take_where(&self, shares: &mut [f64], is_taken: impl Fn(&Step) -> bool) -> bool {
        let mut is_any = false;
        for (share, step) in shares.iter_mut().zip(&self.steps) {
            let is_taken = is_taken(step);
            *share = f64::from(u8::from(is_taken));
            is_any |= is_taken;
        }
        is_any
    }

    /// In each group as far down as the mean chance of what is taken stays at `wanted` or above. Chances rather than wins,
    /// because a group alone is too small to pick a threshold by its wins.
    fn take_to_chance(&self, tallies: &[Tally], wanted: f64, shift: f64, shares: &mut [f64]) -> bool {
        let mut sums = vec![(0.0, 0.0); self.groups.len()];
        let mut is_any = false;
        for ((share, step), tally) in shares.iter_mut().zip(&self.steps).zip(tallies) {
            let (n_leads, n_expected) = &mut sums[step.group];
            *n_leads += tally.n_leads;
            *n_expected += tally.n_leads * logistic(step.log_odds + shift);
            // Chances fall along a group, so their mean does too: the first step that fails is the end of the group.
            let is_taken = *n_leads > 0.0 && *n_expected >= wanted * *n_leads;
            *share = f64::from(u8::from(is_taken));
            is_any |= is_taken;
        }
        is_any
    }
}

/// The best `n_wanted` of `n_leads` leads.
fn take_best(tallies: &[Tally], n_wanted: f64, n_leads: f64, shares: &mut [f64]) -> bool {
    let mut n_left = n_wanted;
    for (share, tally) in shares.iter_mut().zip(tallies) {
        // Rounding of products such as 50 x 12.3 months must not open the next step for a billionth of a lead.
        *share = if n_left <= 1e-9 {
            0.0
        } else if tally.n_leads > 0.0 {
            (n_left / tally.n_leads).min(1.0)
        } else {
            1.0
        };
        n_left -= tally.n_leads;
    }
    n_wanted <= n_leads * (1.0 + 1e-9)
}

/// Down to the lowest step at which all leads so far convert at `wanted` or above; where none does, to the step with the best
/// conversion.
fn take_to_conversion(tallies: &[Tally], wanted: f64, shares: &mut [f64]) -> bool {
    let (mut n_leads, mut n_wins) = (0.0, 0.0);
    let (mut last_good, mut best) = (None, None::<(usize, f64)>);
    for (position, tally) in tallies.iter().enumerate() {
        n_leads += tally.n_leads;
        n_wins += tally.n_wins;
        if n_leads < MIN_LEADS_FOR_A_RATE {
            continue;
        }
        let conversion = n_wins / n_leads;
        if conversion >= wanted {
            last_good = Some(position);
        }
        if best.is_none_or(|(_, highest)| conversion > highest) {
            best = Some((position, conversion));
        }
    }
    let last = last_good.or(best.map(|(position, _)| position));
    for (position, share) in shares.iter_mut().enumerate() {
        *share = f64::from(u8::from(last.is_some_and(|last| position <= last)));
    }
    last_good.is_some()
}

fn group_of(cell: &HistogramCell, by: Option<By>) -> usize {
    match by {
        None => 0,
        Some(By::Segment) => cell.segment as usize,
        Some(By::Team) => cell.team as usize,
    }
}

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
            let (excess, variance) = &mut sums[group_of(cell, Some(by))];
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
    use proptest::prelude::*;

    use super::*;
    use crate::decide::frontier::testing::judged;

    fn histogram(leads: &[(i32, bool)]) -> Histogram {
        let score: Vec<i32> = leads.iter().map(|lead| lead.0).collect();
        let converted: Vec<bool> = leads.iter().map(|lead| lead.1).collect();
        Histogram::count(&judged(&score, &vec![0.25; score.len()], &converted), None, None).expect("no dates")
    }

    /// Shares of the steps, best first.
    fn chosen(leads: &[(i32, bool)], rule: &Rule) -> (Vec<f64>, bool) {
        let histogram = histogram(leads);
        let ranking = Ranking::new(&histogram, &Chances { curve: &[] }, None);
        let tallies = ranking.tally(&histogram);
        let mut shares = vec![9.0; tallies.len()];
        let is_met = ranking.choose(rule, &[], &tallies, 0.0, 0.0, &mut shares);
        (shares, is_met)
    }

    #[test]
    fn tied_leads_share_the_last_places_in_proportion() {
        // One lead with 8 points, four with 3, one with 1: half of six are the first and half of the four.
        let leads = [(8, true), (3, true), (3, true), (3, false), (3, false), (1, false)];
        assert_eq!(chosen(&leads, &Rule::Share(0.5)), (vec![1.0, 0.5, 0.0], true));
    }

    #[test]
    fn a_rule_out_of_reach_takes_the_nearest_and_says_so() {
        let leads: Vec<(i32, bool)> = (0..40).map(|lead| (lead / 20, lead % 5 == 0)).collect();
        assert_eq!(chosen(&leads, &Rule::ConversionAtLeast(0.9)), (vec![1.0, 0.0], false));
        assert_eq!(chosen(&leads, &Rule::ConversionAtLeast(0.2)), (vec![1.0, 1.0], true));
        assert_eq!(chosen(&leads, &Rule::PointsAtLeast(7)), (vec![0.0, 0.0], false));
    }

    #[test]
    fn small_groups_are_pulled_towards_the_curve() {
        // 400 leads of the first team convert at 20 %, 400 of the second at 10 %, the third has two leads that both converted.
        let curve = [CurveEntry { score: 0, probability_bp: 1_500, low_bp: 1_400, high_bp: 1_600, n_leads: 802 }];
        let cell = |team: u32, n_leads: u64, n_converted: u64| HistogramCell {
            score: 0,
            month: 0,
            segment: 0,
            team,
            n_leads,
            n_converted,
            expected_billionths: 0,
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

    proptest! {
        #[test]
        fn a_share_of_the_leads_is_that_share_whatever_the_ties(
            leads in prop::collection::vec((0_i32..6, any::<bool>()), 1..60), share in 0.01_f64..1.0,
        ) {
            let (shares, is_met) = chosen(&leads, &Rule::Share(share));
            prop_assert!(is_met && shares.iter().all(|share| (0.0..=1.0).contains(share)));
            let histogram = histogram(&leads);
            let ranking = Ranking::new(&histogram, &Chances { curve: &[] }, None);
            let n_chosen: f64 = ranking.tally(&histogram).iter().zip(&shares).map(|(t, share)| t.n_leads * share).sum();
            prop_assert!((n_chosen - share * leads.len() as f64).abs() < 1e-6);
            prop_assert!(shares.windows(2).all(|pair| pair[1] == 0.0 || pair[0] == 1.0), "from the top down: {:?}", shares);
        }
    }
}
