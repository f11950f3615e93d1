//! Samples: the checks look at a few thousand leads first, and at all of them only where those raise a doubt.
//!
//! Always true: a sample depends on the number of leads and their outcomes alone, so two runs see the same one.

use crate::data::labels::LabelledLeads;
use crate::data::labels::keys::mix;

/// Leads looked at to learn what a column holds. A level of one lead in a thousand is in it 20 times.
const N_BROAD: usize = 20_000;

/// Leads looked at to settle whether a column names leads: of a level with 15 leads in a million, three are among them.
const N_THOROUGH: usize = 200_000;

/// Leads of each outcome looked at to learn what a column tells. With 5,000 of each in a half, an AUC near 1 has a standard
/// error below 0.001.
const N_EACH_OUTCOME: usize = 10_000;

/// Positions of labelled leads, ascending.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Samples {
    /// Leads as they come.
    pub broad: Vec<usize>,
    /// More leads as they come, for columns that `broad` left in doubt.
    pub thorough: Vec<usize>,
    /// As many converted leads as others, where there are enough.
    pub balanced: Vec<usize>,
}

impl Samples {
    /// Draws both samples.
    pub(super) fn draw(leads: &LabelledLeads) -> Self {
        let n_leads = leads.n_leads();
        let (converted, others): (Vec<u32>, Vec<u32>) =
            (0..n_leads as u32).partition(|&lead| leads.converted[lead as usize]);
        let of = |leads: &[u32]| spread(leads.len(), N_EACH_OUTCOME).into_iter().map(|at| leads[at] as usize).collect();
        let mut balanced: Vec<usize> = of(&converted);
        let others: Vec<usize> = of(&others);
        balanced.extend(others);
        balanced.sort_unstable();
        Self { broad: spread(n_leads, N_BROAD), thorough: spread(n_leads, N_THOROUGH), balanced }
    }
}

/// At most `n_wanted` of so many places, one from each of as many equal stretches, where within it follows no pattern.
fn spread(n_places: usize, n_wanted: usize) -> Vec<usize> {
    if n_places <= n_wanted {
        return (0..n_places).collect();
    }
    let start = |stretch: usize| stretch * n_places / n_wanted;
    let pick = |stretch: usize| {
        let (from, to) = (start(stretch), start(stretch + 1));
        from + (mix(stretch as u64) % (to - from) as u64) as usize
    };
    (0..n_wanted).map(pick).collect()
}

/// Which of two halves a lead belongs to when one half teaches and the other examines.
pub(super) fn half_of(lead: usize) -> usize {
    (mix(lead as u64) & 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_places_are_all_taken_and_many_evenly() {
        assert_eq!(spread(3, 5), [0, 1, 2]);
        let some = spread(1000, 10);
        assert_eq!(some.len(), 10);
        for (stretch, place) in some.iter().enumerate() {
            assert_eq!(place / 100, stretch, "one from each hundred");
        }
    }

    #[test]
    fn halves_are_about_equal() {
        let n_second: usize = (0..10_000).map(half_of).sum();
        assert!((4_800..5_200).contains(&n_second), "{n_second}");
    }
}
