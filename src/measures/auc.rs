//! AUC: how well the scores rank, whatever they are worth.

use super::cells::ScoreGroup;

/// Chance that a converted lead has the higher number than one that did not convert; ties count half.
///
/// `(number of pairs in the right order + half the ties) / (n_converted * n_unconverted)`, the Mann-Whitney statistic.
///
/// - `number`, `converted`: one entry per lead; any scale. NaN ranks by its sign and bits, above or below all numbers.
/// - returns: `None` when every lead converted, or none did.
///
/// # Source
/// Hanley and McNeil (1982), *Radiology* 143, 29-36.
pub fn auc(number: &[f64], converted: &[bool]) -> Option<f64> {
    let mut ranked: Vec<(f64, bool)> = number.iter().copied().zip(converted.iter().copied()).collect();
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // -0.0 and 0.0 sort apart but are the same number, so ties are found by equality of value.
    let ties = ranked.chunk_by(|a, b| a.0 == b.0);
    auc_of_ties(ties.map(|tie| (tie.len() as u64, tie.iter().filter(|lead| lead.1).count() as u64)))
}

/// [`auc`] of whole points: counting instead of sorting, so a million leads take about as long as reading them.
///
/// - `score`, `converted`: one entry per lead.
/// - returns: `None` when every lead converted, or none did.
pub fn auc_of_points(score: &[i32], converted: &[bool]) -> Option<f64> {
    let (&lowest, &highest) = (score.iter().min()?, score.iter().max()?);
    let span = i64::from(highest) - i64::from(lowest);
    if span > MAX_SPAN {
        let numbers: Vec<f64> = score.iter().map(|&score| f64::from(score)).collect();
        return auc(&numbers, converted);
    }
    let mut counts = vec![(0_u64, 0_u64); span as usize + 1];
    for (&score, &converted) in score.iter().zip(converted) {
        let count = &mut counts[(i64::from(score) - i64::from(lowest)) as usize];
        count.0 += 1;
        count.1 += u64::from(converted);
    }
    auc_of_ties(counts.into_iter())
}

/// [`auc`] of leads counted by score, lowest score first.
pub fn auc_of_groups(groups: &[ScoreGroup]) -> Option<f64> {
    auc_of_ties(groups.iter().map(|group| (group.n_leads, group.n_converted)))
}

/// Widest range of scores that is counted in a table (32 MB); cards span hundreds, so beyond it sorting will do.
const MAX_SPAN: i64 = 2_000_000;

/// `ties`: leads and conversions of each distinct number, lowest first.
fn auc_of_ties(ties: impl Iterator<Item = (u64, u64)>) -> Option<f64> {
    // Twice the number of pairs won, so that half a pair is whole.
    let mut twice_won: u128 = 0;
    let mut unconverted_below: u64 = 0;
    let mut n_converted: u64 = 0;
    for (n_leads, n_tied_converted) in ties {
        let n_tied_unconverted = n_leads - n_tied_converted;
        twice_won +=
            u128::from(n_tied_converted) * (2 * u128::from(unconverted_below) + u128::from(n_tied_unconverted));
        unconverted_below += n_tied_unconverted;
        n_converted += n_tied_converted;
    }
    let n_pairs = u128::from(n_converted) * u128::from(unconverted_below);
    (n_pairs > 0).then(|| twice_won as f64 / (2.0 * n_pairs as f64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn perfect_and_reversed_ranks_are_1_and_0() {
        assert_eq!(auc(&[0.1, 0.2, 0.8], &[false, false, true]), Some(1.0));
        assert_eq!(auc(&[0.8, 0.7, 0.2], &[false, false, true]), Some(0.0));
    }

    #[test]
    fn ties_count_half() {
        // Pairs: (1 against 1) half, (1 against 0) won: 1.5 of 2.
        assert_eq!(auc_of_points(&[1, 1, 0], &[true, false, false]), Some(0.75));
        assert_eq!(auc(&[0.0, -0.0], &[true, false]), Some(0.5));
    }

    #[test]
    fn one_outcome_has_no_ranking() {
        assert_eq!(auc(&[], &[]), None);
        assert_eq!(auc_of_points(&[], &[]), None);
        assert_eq!(auc_of_points(&[3, 4], &[true, true]), None);
        assert_eq!(auc(&[3.0, 4.0], &[false, false]), None);
    }

    #[test]
    fn scores_at_both_ends_of_the_range_are_sorted_instead_of_counted() {
        assert_eq!(auc_of_points(&[i32::MIN, i32::MAX], &[false, true]), Some(1.0));
    }

    proptest! {
        #[test]
        fn counting_and_sorting_agree_with_every_pair_tried(
            leads in prop::collection::vec((-5_i32..5, any::<bool>()), 0..60),
        ) {
            let (score, converted): (Vec<i32>, Vec<bool>) = leads.into_iter().unzip();
            let numbers: Vec<f64> = score.iter().map(|&s| f64::from(s)).collect();
            let mut won = 0.0;
            let mut n_pairs = 0.0;
            for (i, &yes) in converted.iter().enumerate() {
                for (j, &no) in converted.iter().enumerate() {
                    if yes && !no {
                        n_pairs += 1.0;
                        won += if score[i] > score[j] { 1.0 } else if score[i] == score[j] { 0.5 } else { 0.0 };
                    }
                }
            }
            let brute = (n_pairs > 0.0).then(|| won / n_pairs);
            prop_assert_eq!(auc_of_points(&score, &converted), brute);
            prop_assert_eq!(auc(&numbers, &converted), brute);
        }
    }
}
