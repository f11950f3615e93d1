//! Leads that were handed over again: what nurture is worth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shrink::GroupShare;
use crate::data::labels::{Disposition, HandOffs};
use crate::settings::US_PER_DAY;

/// Leads that were handed over more than once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CameBack {
    /// Hand-offs that sales gave back to be nurtured, as far as that is said.
    pub n_recycled: u64,
    /// Hand-offs of a lead that had been handed over before.
    pub n_again: u64,
    /// Of those, how many had been rejected or recycled before, as far as that is said.
    pub n_turned_down_before: u64,
    /// Of those, how many had been handed over before without a word of what became of it.
    pub n_unsaid_before: u64,
    /// Converted, of the later hand-offs with a fair outcome.
    pub again: GroupShare,
    /// Converted, of the first hand-offs with a fair outcome.
    pub first: GroupShare,
    /// Converted without a second hand-off, of the leads that were recycled and have a fair outcome.
    pub recycled_converted: GroupShare,
    /// Median days from one hand-off to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_days_between: Option<f64>,
}

/// Follows leads from hand-off to hand-off; `None` where leads have no id or no time, or nothing was recycled and nobody came
/// back.
pub fn came_back(hand_offs: &HandOffs) -> Option<CameBack> {
    let as_of = hand_offs.leads.as_of.as_ref()?;
    let mut is_again = vec![false; hand_offs.n_leads()];
    let (mut n_turned_down_before, mut n_unsaid_before) = (0, 0);
    let mut days: Vec<f64> = Vec::new();
    for leads in hand_offs.repeated() {
        for pair in leads.windows(2) {
            let (before, this) = (pair[0], pair[1]);
            is_again[this] = true;
            days.push((as_of[this] - as_of[before]) as f64 / US_PER_DAY as f64);
            match hand_offs.disposition_of(before) {
                Some(Disposition::Rejected | Disposition::Recycled) => n_turned_down_before += 1,
                None => n_unsaid_before += 1,
                Some(Disposition::Accepted | Disposition::Untouched) => {}
            }
        }
    }
    let is_recycled = |lead: &usize| hand_offs.disposition_of(*lead) == Some(Disposition::Recycled);
    let everyone = || 0..hand_offs.n_leads();
    let n_recycled = everyone().filter(is_recycled).count() as u64;
    let n_again = days.len() as u64;
    if n_again == 0 && n_recycled == 0 {
        return None;
    }
    let converted = |is_wanted: &dyn Fn(usize) -> bool| {
        let wanted = everyone().filter(|&lead| is_wanted(lead));
        GroupShare::count(wanted.filter_map(|lead| hand_offs.known[lead].outcome())).by_itself()
    };
    days.sort_by(f64::total_cmp);
    Some(CameBack {
        n_recycled,
        n_again,
        n_turned_down_before,
        n_unsaid_before,
        again: converted(&|lead| is_again[lead]),
        first: converted(&|lead| !is_again[lead]),
        recycled_converted: converted(&|lead| is_recycled(&lead)),
        median_days_between: days.get(days.len() / 2).copied(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lead, hand_offs};
    use super::*;
    use crate::data::labels::KnownOutcome;

    #[test]
    fn a_recycled_lead_that_comes_back_counts_as_a_second_hand_off() {
        let day = |day: i64| (20_500 + day) * US_PER_DAY;
        let lead = |id, at, did, known| Lead { id, at: day(at), did, known, ..Lead::default() };
        let leads = [
            lead(1, 0, Some(Disposition::Recycled), KnownOutcome::NotConverted),
            lead(1, 40, Some(Disposition::Accepted), KnownOutcome::Converted),
            lead(2, 0, None, KnownOutcome::NotConverted),
            lead(2, 60, Some(Disposition::Accepted), KnownOutcome::NotConverted),
            lead(2, 160, Some(Disposition::Accepted), KnownOutcome::TooYoung),
            lead(3, 5, Some(Disposition::Recycled), KnownOutcome::Converted),
            lead(4, 5, Some(Disposition::Accepted), KnownOutcome::Converted),
        ];
        let found = came_back(&hand_offs(&leads)).expect("came back");
        assert_eq!((found.n_recycled, found.n_again, found.n_turned_down_before, found.n_unsaid_before), (2, 3, 1, 1));
        assert_eq!((found.again.hits, found.again.n), (1, 2));
        assert_eq!((found.first.hits, found.first.n), (2, 4));
        assert_eq!((found.recycled_converted.hits, found.recycled_converted.n), (1, 2));
        assert_eq!(found.median_days_between, Some(60.0));
    }

    #[test]
    fn where_nobody_comes_back_there_is_nothing_to_say() {
        assert_eq!(came_back(&hand_offs(&[Lead { id: 1, ..Lead::default() }])), None);
    }
}
