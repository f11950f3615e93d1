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
        let all: Vec<usize> = (0..leads.n_leads()).collect();
        let (converted, others): (Vec<usize>, Vec<usize>) =
            all.iter().copied().partition(|&lead| leads.converted[lead]);
        let mut balanced = spread(&converted, N_EACH_OUTCOME);
        balanced.extend(spread(&others, N_EACH_OUTCOME));
        balanced.sort_unstable();
        Self { broad: spread(&all, N_BROAD), thorough: spread(&all, N_THOROUGH), balanced }
    }
}

/// At most `n_wanted` entries, one from each of as many equal stretches, at a place within it that follows no pattern.
fn spread(entries: &[usize], n_wanted: usize) -> Vec<usize> {
    if entries.len() <= n_wanted {
        return entries.to_vec();
    }
    let start = |stretch: usize| stretch * entries.len() / n_wanted;
    let pick = |stretch: usize| {
        let (from, to) = (start(stretch), start(stretch + 1));
        entries[from + (mix(stretch as u64) % (to - from) as u64) as usize]
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
    fn few_entries_are_all_taken_and_many_evenly() {
        assert_eq!(spread(&[3, 5, 8], 5), [3, 5, 8]);
        let all: Vec<usize> = (0..1000).collect();
        let some = spread(&all, 10);
        assert_eq!(some.len(), 10);
        for (stretch, entry) in some.iter().enumerate() {
            assert_eq!(entry / 100, stretch, "one from each hundred");
        }
    }

    #[test]
    fn halves_are_about_equal() {
        let n_second: usize = (0..10_000).map(half_of).sum();
        assert!((4_800..5_200).contains(&n_second), "{n_second}");
    }
}
