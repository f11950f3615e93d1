//! The line of the frontier: its rows, followed between two scores where scores are few.

use crate::decide::frontier::{Chosen, Frontier, FrontierRow};

/// With fewer scores than this the line is followed between them as well, in so many steps.
const FEW_SCORES: usize = 60;
const N_STEPS: u32 = 100;

/// Rows with at least `fewest` leads.
pub(super) fn telling_rows(rows: &[FrontierRow], fewest: f64) -> &[FrontierRow] {
    // Lowest threshold first: the number of leads falls along the rows.
    &rows[..rows.partition_point(|row| row.chosen.n_leads >= fewest)]
}

/// The line from all leads down to `fewest`. Between two scores the leads tied at the lower one are taken in proportion,
/// which is no straight line.
pub(super) fn line_down_to(fewest: f64, frontier: &Frontier) -> Vec<Chosen> {
    let telling = telling_rows(&frontier.rows, fewest);
    let mut line: Vec<Chosen> = telling.iter().map(|row| row.chosen).collect();
    if telling.len() < FEW_SCORES {
        let most = frontier.n_leads as f64;
        let steps = (1..N_STEPS).map(|step| fewest + (most - fewest) * f64::from(step) / f64::from(N_STEPS));
        line.extend(steps.filter_map(|n_leads| frontier.best(n_leads)));
    }
    line.extend(frontier.best(fewest));
    line.sort_by(|a, b| b.n_leads.total_cmp(&a.n_leads));
    line
}

#[cfg(test)]
mod tests {
    use super::super::tests::two_scores;
    use super::*;

    #[test]
    fn between_two_scores_the_tied_leads_are_taken_in_proportion() {
        let company = two_scores();
        let line = line_down_to(20.0, &company.frontier);
        assert_eq!(line.len(), 102);
        assert!(line.windows(2).all(|pair| pair[0].n_leads >= pair[1].n_leads));
        assert_eq!(line[101].n_leads, 20.0);
        for chosen in line {
            // 100 leads have 8 points, and 40 % of them converted; of the other 300 a fifteenth did.
            let wins = 0.4 * chosen.n_leads.min(100.0) + (chosen.n_leads - 100.0).max(0.0) / 15.0;
            assert!((chosen.n_wins - wins).abs() < 1e-9, "{chosen:?}");
        }
    }

    #[test]
    fn rows_of_fewer_leads_are_left_out() {
        let company = two_scores();
        let thresholds =
            |fewest| telling_rows(&company.frontier.rows, fewest).iter().map(|row| row.threshold).collect();
        let found: [Vec<i32>; 3] = [20.0, 101.0, 401.0].map(thresholds);
        assert_eq!(found, [vec![2, 8], vec![2], vec![]]);
    }
}
