//! Which criteria are shown where there is no room for all, and under which heading.

use std::cmp::Reverse;

use crate::card::Criterion;

/// Difference between the level with most points and the one with fewest.
pub(super) fn range(criterion: &Criterion) -> i64 {
    i64::from(criterion.points_max()) - i64::from(criterion.points_min())
}

/// The `most` criteria with the widest range of points, in the order of the card.
pub(super) fn widest<'a>(criteria: &[&'a Criterion], most: usize) -> Vec<&'a Criterion> {
    let mut widest: Vec<usize> = (0..criteria.len()).collect();
    widest.sort_by_key(|&at| Reverse(range(criteria[at])));
    widest.truncate(most);
    widest.sort_unstable();
    widest.into_iter().map(|at| criteria[at]).collect()
}

/// Criteria under their headings, headings in the order of the card, those without one last.
pub(super) fn by_group<'a>(criteria: &[&'a Criterion]) -> Vec<(Option<&'a str>, Vec<&'a Criterion>)> {
    let mut groups: Vec<(Option<&str>, Vec<&Criterion>)> = Vec::new();
    for criterion in criteria {
        let name = criterion.group.as_deref();
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, members)) => members.push(criterion),
            None => groups.push((name, vec![criterion])),
        }
    }
    groups.sort_by_key(|(group, _)| group.is_none());
    groups
}
