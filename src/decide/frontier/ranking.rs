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

use super::chances::Chances;
use super::groups::{group_offsets, leads_of_groups};
use super::histogram::{Histogram, HistogramCell};
use super::outlook::Outlook;
use super::policy::Rule;
use crate::card::Band;
use crate::math::{logistic, logit};
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
    /// How far the log-odds of each group lie from the curve.
    offsets: Vec<f64>,
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

/// What a policy chooses by; one entry per step in every slice.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Judged leads.
    pub tallies: &'a [Tally],
    /// Leads a month (of 1,000 without dates) that come.
    pub volumes: &'a [f64],
    /// Log-odds to add to every step, where all chances lie higher or lower than the curve says.
    pub shift: f64,
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
            is_there[cell.group(by) * n_scores + (cell.score - lowest) as usize] = true;
        }
        let offsets = by.map_or_else(
            || vec![0.0],
            |by| {
                let (leads, n_groups) = leads_of_groups(histogram, by);
                group_offsets(&leads, n_groups)
            },
        );
        let steps: Vec<Step> = (0..is_there.len())
            .filter(|&place| is_there[place])
            .map(|place| {
                let (group, score) = (place / n_scores, lowest + (place % n_scores) as i32);
                Step { group, score, log_odds: chances.log_odds(score).0 + offsets[group] }
            })
            .collect();
        let mut ranking = Self { groups, steps, by, offsets, lowest, n_scores, places: vec![u32::MAX; is_there.len()] };
        ranking.sort();
        ranking
    }

    /// Ranks again, with groups that lie elsewhere.
    pub fn move_groups(&mut self, offsets: &[f64]) {
        for step in &mut self.steps {
            step.log_odds += offsets[step.group] - self.offsets[step.group];
        }
        self.offsets.copy_from_slice(offsets);
        self.sort();
    }

    fn sort(&mut self) {
        let has_groups = self.by.is_some();
        self.steps.sort_by(|a, b| {
            let by_chance = if has_groups { b.log_odds.total_cmp(&a.log_odds) } else { std::cmp::Ordering::Equal };
            by_chance.then(b.score.cmp(&a.score)).then(a.group.cmp(&b.group))
        });
        for (position, step) in self.steps.iter().enumerate() {
            self.places[step.group * self.n_scores + (step.score - self.lowest) as usize] = position as u32;
        }
    }

    /// How far the log-odds of each group lie from the curve; one 0 where one line holds for all.
    pub fn offsets(&self) -> &[f64] {
        &self.offsets
    }

    /// Whose thresholds differ; `None` where one holds for all.
    pub fn by(&self) -> Option<By> {
        self.by
    }

    /// Position in [`Ranking::steps`] of the leads of a cell of the same histogram.
    pub fn step_of(&self, cell: &HistogramCell) -> usize {
        self.places[cell.group(self.by) * self.n_scores + (cell.score - self.lowest) as usize] as usize
    }

    /// Leads a month (of 1,000 without dates) that come for each step.
    pub fn volumes(&self, histogram: &Histogram, outlook: &Outlook) -> Vec<f64> {
        let mut volumes = vec![0.0; self.steps.len()];
        histogram.cells.iter().for_each(|cell| volumes[self.step_of(cell)] += outlook.leads_of(cell));
        volumes
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
    /// - `seen`, `shares`: one entry per step.
    /// - returns: whether the rule could be met in full. Where it could not, `shares` holds the nearest to it: all leads, or
    ///   the step with the best conversion.
    pub fn choose(&self, rule: &Rule, bands: &[Band], seen: Seen<'_>, shares: &mut [f64]) -> bool {
        let Seen { tallies, volumes, shift } = seen;
        let n_leads: f64 = volumes.iter().sum();
        match rule {
            Rule::Top { .. } | Rule::Capacity { .. } => {
                take_best(volumes, rule.leads_per_month().unwrap_or_default(), n_leads, shares)
            }
            Rule::Share(share) => take_best(volumes, share * n_leads, n_leads, shares),
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
                // Average leads of the same time: a shift of all chances moves them as well.
                let sum = |of: fn(&Tally) -> f64| tallies.iter().map(of).sum::<f64>();
                let usual = logit(sum(|tally| tally.n_wins) / sum(|tally| tally.n_leads));
                self.take_where(shares, |step| step.log_odds >= usual)
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
fn take_best(volumes: &[f64], n_wanted: f64, n_leads: f64, shares: &mut [f64]) -> bool {
    let mut n_left = n_wanted;
    for (share, &n_leads) in shares.iter_mut().zip(volumes) {
        // Rounding of sums must not open the next step for a billionth of a lead.
        *share = if n_left <= 1e-9 {
            0.0
        } else if n_leads > 0.0 {
            (n_left / n_leads).min(1.0)
        } else {
            1.0
        };
        n_left -= n_leads;
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
        let volumes = ranking.volumes(&histogram, &Outlook::like(&histogram));
        let mut shares = vec![9.0; tallies.len()];
        let seen = Seen { tallies: &tallies, volumes: &volumes, shift: 0.0 };
        let is_met = ranking.choose(rule, &[], seen, &mut shares);
        (shares, is_met)
    }

    #[test]
    fn tied_leads_share_the_last_places_in_proportion() {
        // One lead with 8 points, four with 3, one with 1: half of six are the first and half of the four.
        let leads = [(8, true), (3, true), (3, true), (3, false), (3, false), (1, false)];
        let (shares, is_met) = chosen(&leads, &Rule::Share(0.5));
        assert!(is_met && shares.iter().zip([1.0, 0.5, 0.0]).all(|(share, by_hand)| (share - by_hand).abs() < 1e-9));
    }

    #[test]
    fn a_rule_out_of_reach_takes_the_nearest_and_says_so() {
        let leads: Vec<(i32, bool)> = (0..40).map(|lead| (lead / 20, lead % 5 == 0)).collect();
        assert_eq!(chosen(&leads, &Rule::ConversionAtLeast(0.9)), (vec![1.0, 0.0], false));
        assert_eq!(chosen(&leads, &Rule::ConversionAtLeast(0.2)), (vec![1.0, 1.0], true));
        assert_eq!(chosen(&leads, &Rule::PointsAtLeast(7)), (vec![0.0, 0.0], false));
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
