//! Reliability: predicted against observed, by tenth of the leads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cells::ScoreGroup;
use super::interval::wilson;

/// Predicted against observed in one group of leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReliabilityRow {
    /// Lowest score of the group.
    pub score_from: i32,
    /// Highest score of the group.
    pub score_to: i32,
    /// Leads in it.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that converted.
    pub observed: f64,
    /// 90 % interval of the observed share (Wilson).
    pub observed_low: f64,
    /// Upper end.
    pub observed_high: f64,
}

/// How many groups the leads are cut into.
const N_GROUPS: u64 = 10;

/// Predicted against observed conversion by tenth of the leads, lowest scores first.
///
/// Leads with one score stay together: a score belongs to the tenth in which the middle of its leads falls, so there are
/// fewer than ten rows when many leads share a score. The interval is [`wilson`]'s, 90 %.
///
/// - `groups`: leads by score, lowest score first.
pub fn reliability_rows(groups: &[ScoreGroup]) -> Vec<ReliabilityRow> {
    let n_leads: u64 = groups.iter().map(|group| group.n_leads).sum();
    let mut rows: Vec<(u64, ScoreGroup, i32)> = Vec::new();
    let mut n_below = 0;
    for group in groups.iter().filter(|group| group.n_leads > 0) {
        let tenth = (2 * n_below + group.n_leads) * N_GROUPS / (2 * n_leads);
        n_below += group.n_leads;
        match rows.last_mut() {
            Some((last, sum, score_to)) if *last == tenth => {
                sum.n_leads += group.n_leads;
                sum.n_converted += group.n_converted;
                sum.n_expected += group.n_expected;
                *score_to = group.score;
            }
            _ => rows.push((tenth, *group, group.score)),
        }
    }
    rows.into_iter().map(|(_, sum, score_to)| row(&sum, score_to)).collect()
}

fn row(sum: &ScoreGroup, score_to: i32) -> ReliabilityRow {
    let n = sum.n_leads as f64;
    let interval = wilson(sum.n_converted as f64, n);
    ReliabilityRow {
        score_from: sum.score,
        score_to,
        n_leads: sum.n_leads,
        n_converted: sum.n_converted,
        predicted: sum.n_expected / n,
        observed: sum.n_converted as f64 / n,
        observed_low: interval.low,
        observed_high: interval.high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(score: i32, n_leads: u64, n_converted: u64) -> ScoreGroup {
        ScoreGroup { score, n_leads, n_converted, n_expected: n_leads as f64 * 0.1 }
    }

    #[test]
    fn a_hundred_scores_make_ten_equal_rows() {
        let groups: Vec<ScoreGroup> = (0..100).map(|score| group(score, 7, 1)).collect();
        let rows = reliability_rows(&groups);
        assert_eq!(rows.len(), 10);
        assert!(rows.iter().all(|row| row.n_leads == 70 && row.n_converted == 10));
        assert_eq!((rows[9].score_from, rows[9].score_to), (90, 99));
        assert!((rows[0].predicted - 0.1).abs() < 1e-12);
    }

    #[test]
    fn leads_with_one_score_stay_together() {
        // 60 of 100 leads have score 5: they cover six tenths and are one row.
        let rows = reliability_rows(&[group(1, 20, 1), group(5, 60, 6), group(8, 20, 9)]);
        let found: Vec<_> = rows.iter().map(|row| (row.score_from, row.score_to, row.n_leads)).collect();
        assert_eq!(found, [(1, 1, 20), (5, 5, 60), (8, 8, 20)]);
        assert!(rows[2].observed_low < 0.45 && 0.45 < rows[2].observed_high);
    }

    #[test]
    fn no_leads_have_no_rows() {
        assert_eq!(reliability_rows(&[]), []);
    }
}
