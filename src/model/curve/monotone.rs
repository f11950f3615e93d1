//! The bent curve: groups of neighbouring scores, pooled until they rise, joined by straight lines in log-odds.

use super::ScoreCount;
use super::logistic::LogisticCurve;
use crate::math::{logistic, logit};

/// Rising log-odds at a few scores, lines in between, and parallel to the logistic curve outside.
#[derive(Debug, Clone, PartialEq)]
pub struct MonotoneCurve {
    logistic: LogisticCurve,
    knots: Vec<Knot>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    score: f64,
    log_odds: f64,
    error: f64,
}

/// Groups of scores with about the same number of leads, at most.
const N_GROUPS: usize = 20;

/// Fewest leads in a group: with 50, a share of one in four has a standard error of six points.
const MIN_GROUP_LEADS: f64 = 50.0;

/// Leads that say what the logistic curve says, added to every group: the bend has to be earned.
const PRIOR_LEADS: f64 = 20.0;

struct Group {
    n: f64,
    converted: f64,
    score_sum: f64,
}

impl MonotoneCurve {
    /// Pools neighbouring groups that would fall (pool adjacent violators).
    ///
    /// # Source
    /// Ayer et al. (1955), *Annals of Mathematical Statistics* 26, 641-647; used for calibration by Zadrozny and Elkan (2002).
    pub fn fit(counts: &[ScoreCount], logistic_curve: LogisticCurve) -> Self {
        let n_leads: f64 = counts.iter().map(|count| count.n).sum();
        let per_group = (n_leads / N_GROUPS as f64).max(MIN_GROUP_LEADS);
        let mut groups: Vec<Group> = Vec::new();
        for count in counts.iter().filter(|count| count.n > 0.0) {
            let prior = PRIOR_LEADS * count.n / per_group;
            let expected = logistic(logistic_curve.log_odds(f64::from(count.score)).0);
            let (n, converted) = (count.n + prior, count.converted + prior * expected);
            let score_sum = n * f64::from(count.score);
            match groups.last_mut() {
                Some(last) if last.n < per_group => {
                    last.n += n;
                    last.converted += converted;
                    last.score_sum += score_sum;
                }
                _ => groups.push(Group { n, converted, score_sum }),
            }
        }
        let mut pooled: Vec<Group> = Vec::new();
        for group in groups {
            pooled.push(group);
            while pooled.len() > 1 {
                let (last, before) = (&pooled[pooled.len() - 1], &pooled[pooled.len() - 2]);
                if before.converted * last.n <= last.converted * before.n {
                    break;
                }
                if let Some(last) = pooled.pop()
                    && let Some(before) = pooled.last_mut()
                {
                    before.n += last.n;
                    before.converted += last.converted;
                    before.score_sum += last.score_sum;
                }
            }
        }
        let knots = pooled
            .iter()
            .map(|group| {
                // A group without conversions keeps half a one: log-odds stay finite.
                let share = (group.converted + 0.5) / (group.n + 1.0);
                let error = (group.n * share * (1.0 - share)).sqrt().recip();
                Knot { score: group.score_sum / group.n, log_odds: logit(share), error }
            })
            .collect();
        let mut curve = Self { logistic: logistic_curve, knots };
        curve.lift();
        curve
    }

    /// The half conversion added to each group can turn equal shares of unequal groups around by a hair.
    fn lift(&mut self) {
        let mut highest = f64::NEG_INFINITY;
        for knot in &mut self.knots {
            highest = highest.max(knot.log_odds);
            knot.log_odds = highest;
        }
    }

    /// Log-odds of a score, and their standard error.
    pub fn log_odds(&self, score: f64) -> (f64, f64) {
        let after = self.knots.partition_point(|knot| knot.score < score);
        let (Some(first), Some(last)) = (self.knots.first(), self.knots.last()) else {
            return self.logistic.log_odds(score);
        };
        let beyond = |knot: &Knot| {
            let step = self.logistic.log_odds(score).0 - self.logistic.log_odds(knot.score).0;
            (knot.log_odds + step, knot.error.max(self.logistic.log_odds(score).1))
        };
        match (after.checked_sub(1).and_then(|before| self.knots.get(before)), self.knots.get(after)) {
            (None, _) => beyond(first),
            (_, None) => beyond(last),
            (Some(before), Some(after)) => {
                let share = (score - before.score) / (after.score - before.score);
                let mix = |from: f64, to: f64| from + share * (to - from);
                (mix(before.log_odds, after.log_odds), mix(before.error, after.error))
            }
        }
    }
}
