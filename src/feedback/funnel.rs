//! From lead to acceptance to conversion: by source, segment, team and month.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shrink::{Common, GroupShare};
use crate::data::labels::{Disposition, Grouping, HandOffs, KnownOutcome, show_day};

/// Most rows of one column; the groups with the most leads are shown, the rest together.
const MAX_ROWS: usize = 30;
/// Name of the row that takes the groups beyond [`MAX_ROWS`].
const OTHERS: &str = "(all others)";

/// The funnel of all hand-offs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Funnel {
    /// All hand-offs together; its intervals are Wilson's.
    pub all: GroupRow,
    /// Sources, segments, teams (most leads first) and months (in order).
    pub groups: Vec<GroupRow>,
    /// What the groups of each column have in common: what small ones are pulled towards.
    pub common: Vec<CommonShare>,
}

/// One source, segment, team or month.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupRow {
    /// `source`, `segment`, `team`, `month`, or `all`.
    pub by: String,
    /// Its name.
    pub name: String,
    /// Hand-offs.
    pub n_leads: u64,
    /// Those that sales took on.
    pub n_accepted: u64,
    /// Those it turned down.
    pub n_rejected: u64,
    /// Those it gave back to be nurtured.
    pub n_recycled: u64,
    /// Those it never touched.
    pub n_untouched: u64,
    /// Those that have no disposition, or one that is not understood.
    pub n_unsaid: u64,
    /// Accepted, of those accepted, rejected or recycled.
    pub accepted: GroupShare,
    /// Converted, of those with a fair outcome.
    pub converted: GroupShare,
    /// Converted, of those that sales accepted and that have a fair outcome.
    pub accepted_converted: GroupShare,
    /// Converted all the same, of those that sales rejected or recycled and that have a fair outcome.
    pub turned_down_converted: GroupShare,
    /// Untouched, of all hand-offs with a disposition.
    pub untouched: GroupShare,
}

/// What the groups of a column have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommonShare {
    /// `source`, `segment`, `team` or `month`.
    pub by: String,
    /// `accepted`, `converted`, `accepted_converted`, `turned_down_converted` or `untouched`.
    pub of: String,
    /// The share that small groups are pulled towards.
    pub share: f64,
    /// Leads after which a group's own counts weigh as much as that share.
    pub worth_leads: f64,
}

/// The shares of a row, by name.
type Access = fn(&mut GroupRow) -> &mut GroupShare;

const SHARES: [(&str, Access); 5] = [
    ("accepted", |row| &mut row.accepted),
    ("converted", |row| &mut row.converted),
    ("accepted_converted", |row| &mut row.accepted_converted),
    ("turned_down_converted", |row| &mut row.turned_down_converted),
    ("untouched", |row| &mut row.untouched),
];

impl GroupRow {
    fn named(by: &str, name: &str) -> Self {
        Self { by: by.to_owned(), name: name.to_owned(), ..Self::default() }
    }

    fn count(&mut self, disposition: Option<Disposition>, known: KnownOutcome) {
        self.n_leads += 1;
        *match disposition {
            Some(Disposition::Accepted) => &mut self.n_accepted,
            Some(Disposition::Rejected) => &mut self.n_rejected,
            Some(Disposition::Recycled) => &mut self.n_recycled,
            Some(Disposition::Untouched) => &mut self.n_untouched,
            None => &mut self.n_unsaid,
        } += 1;
        if let Some(disposition) = disposition {
            self.untouched.add(disposition == Disposition::Untouched);
        }
        let is_accepted =
            disposition.filter(|did| *did != Disposition::Untouched).map(|did| did == Disposition::Accepted);
        if let Some(is_accepted) = is_accepted {
            self.accepted.add(is_accepted);
        }
        if let Some(has_converted) = known.outcome() {
            self.converted.add(has_converted);
            match is_accepted {
                Some(true) => self.accepted_converted.add(has_converted),
                Some(false) => self.turned_down_converted.add(has_converted),
                None => {}
            }
        }
    }

    fn plus(mut self, mut row: Self) -> Self {
        self.n_leads += row.n_leads;
        self.n_accepted += row.n_accepted;
        self.n_rejected += row.n_rejected;
        self.n_recycled += row.n_recycled;
        self.n_untouched += row.n_untouched;
        self.n_unsaid += row.n_unsaid;
        for (_, access) in SHARES {
            let (own, other) = (access(&mut self), *access(&mut row));
            *own = GroupShare { n: own.n + other.n, hits: own.hits + other.hits, share: None };
        }
        self
    }

    /// With the interval of each share by itself.
    fn by_itself(mut self) -> Self {
        for (_, access) in SHARES {
            let share = access(&mut self);
            *share = share.by_itself();
        }
        self
    }
}

/// Counts everything, overall and by each column that the leads have.
pub fn funnel(hand_offs: &HandOffs) -> Funnel {
    let mut all = GroupRow::named("all", "all");
    (0..hand_offs.n_leads()).for_each(|lead| all.count(hand_offs.disposition_of(lead), hand_offs.known[lead]));
    let leads = &hand_offs.leads;
    let (mut groups, mut common) = (Vec::new(), Vec::new());
    for (by, group) in [("source", &leads.source), ("segment", &leads.segment), ("team", &leads.team)] {
        if let Some(group) = group {
            let mut rows = rows_by(by, group, hand_offs);
            rows.retain(|row| row.n_leads > 0);
            rows.sort_by(|a, b| b.n_leads.cmp(&a.n_leads).then_with(|| a.name.cmp(&b.name)));
            common.extend(shrink(by, &mut rows));
            groups.extend(cut(by, rows));
        }
    }
    if let Some(months) = leads.as_of.as_deref().and_then(months) {
        let mut rows = rows_by("month", &months, hand_offs);
        common.extend(shrink("month", &mut rows));
        groups.extend(rows);
    }
    Funnel { all: all.by_itself(), groups, common }
}

fn rows_by(by: &str, group: &Grouping, hand_offs: &HandOffs) -> Vec<GroupRow> {
    let mut rows: Vec<GroupRow> = group.names.iter().map(|name| GroupRow::named(by, name)).collect();
    for (lead, &position) in group.positions.iter().enumerate() {
        rows[position as usize].count(hand_offs.disposition_of(lead), hand_offs.known[lead]);
    }
    rows
}

fn shrink(by: &str, rows: &mut [GroupRow]) -> Vec<CommonShare> {
    let mut found = Vec::new();
    for (of, access) in SHARES {
        let counts: Vec<GroupShare> = rows.iter_mut().map(|row| *access(row)).collect();
        let Some(common) = Common::of(&counts) else { continue };
        rows.par_iter_mut().map(access).for_each(|share| *share = common.pulled(*share));
        found.push(CommonShare {
            by: by.to_owned(),
            of: of.to_owned(),
            share: common.share,
            worth_leads: common.worth_leads,
        });
    }
    found
}

/// The rows with most leads, and all others in one.
fn cut(by: &str, mut rows: Vec<GroupRow>) -> Vec<GroupRow> {
    if rows.len() <= MAX_ROWS {
        return rows;
    }
    let rest = rows.split_off(MAX_ROWS - 1);
    rows.push(rest.into_iter().fold(GroupRow::named(by, OTHERS), GroupRow::plus).by_itself());
    rows
}

/// The calendar months (UTC) from the first hand-off to the last, also those without one; `None` without hand-offs or where
/// the times span more than a century, which are no months but mistakes.
fn months(as_of: &[i64]) -> Option<Grouping> {
    const MOST: i64 = 1_200;
    let number = |micros: i64| -> Option<i64> {
        let day = show_day(micros);
        let (year, rest) = day.split_once('-')?;
        Some(year.parse::<i64>().ok()? * 12 + rest.get(..2)?.parse::<i64>().ok()? - 1)
    };
    let numbers: Vec<i64> = as_of.iter().map(|&micros| number(micros)).collect::<Option<_>>()?;
    let (first, last) = (*numbers.iter().min()?, *numbers.iter().max()?);
    (last - first < MOST).then(|| Grouping {
        column: "month".to_owned(),
        names: (first..=last).map(|month| format!("{:04}-{:02}", month / 12, month % 12 + 1)).collect(),
        positions: numbers.iter().map(|month| (month - first) as u32).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lead, hand_offs};
    use super::*;
    use crate::settings::US_PER_DAY;

    fn row<'a>(funnel: &'a Funnel, by: &str, name: &str) -> &'a GroupRow {
        funnel.groups.iter().find(|row| row.by == by && row.name == name).expect("a row")
    }

    #[test]
    fn every_lead_is_counted_once_on_its_way() {
        use Disposition::{Accepted, Recycled, Rejected, Untouched};
        let lead = |did, known| Lead { did, known, source: "web", ..Lead::default() };
        let leads = [
            lead(Some(Accepted), KnownOutcome::Converted),
            lead(Some(Accepted), KnownOutcome::NotConverted),
            lead(Some(Accepted), KnownOutcome::TooYoung),
            lead(Some(Rejected), KnownOutcome::NotConverted),
            lead(Some(Recycled), KnownOutcome::Converted),
            lead(Some(Untouched), KnownOutcome::Untouched),
            lead(None, KnownOutcome::NotConverted),
        ];
        let funnel = funnel(&hand_offs(&leads));
        let all = &funnel.all;
        assert_eq!((all.n_leads, all.n_accepted, all.n_rejected, all.n_recycled), (7, 3, 1, 1));
        assert_eq!((all.n_untouched, all.n_unsaid), (1, 1));
        let pair = |share: GroupShare| (share.hits, share.n);
        assert_eq!(pair(all.accepted), (3, 5));
        assert_eq!(pair(all.converted), (2, 5));
        assert_eq!(pair(all.accepted_converted), (1, 2));
        assert_eq!(pair(all.turned_down_converted), (1, 2));
        assert_eq!(pair(all.untouched), (1, 6));
        // Wilson's 90 % interval of 3 of 5.
        let accepted = all.accepted.share.expect("leads");
        assert!((accepted.low - 0.2725).abs() < 1e-4 && (accepted.high - 0.8573).abs() < 1e-4, "{accepted:?}");
        assert_eq!(pair(row(&funnel, "source", "web").accepted), (3, 5));
    }

    #[test]
    fn a_source_with_one_lead_is_pulled_to_the_others() {
        let of = |source, n: usize, n_accepted: usize| {
            (0..n).map(move |at| Lead {
                did: Some(if at < n_accepted { Disposition::Accepted } else { Disposition::Rejected }),
                source,
                ..Lead::default()
            })
        };
        let leads: Vec<Lead> = of("web", 300, 210).chain(of("event", 200, 150)).chain(of("fax", 1, 0)).collect();
        let funnel = funnel(&hand_offs(&leads));
        let fax = row(&funnel, "source", "fax").accepted;
        assert_eq!((fax.n, fax.hits), (1, 0));
        assert!(fax.share.expect("a lead").expected > 0.4, "{fax:?}");
        assert_eq!(funnel.groups[0].name, "web", "most leads first");
    }

    #[test]
    fn a_month_without_leads_is_there_and_says_nothing() {
        let at = |days: i64| Lead { at: days * US_PER_DAY, ..Lead::default() };
        // 2026-01-15, 2026-03-02.
        let funnel = funnel(&hand_offs(&[at(20_468), at(20_514)]));
        let months: Vec<(&str, u64)> =
            funnel.groups.iter().filter(|row| row.by == "month").map(|row| (&*row.name, row.n_leads)).collect();
        assert_eq!(months, [("2026-01", 1), ("2026-02", 0), ("2026-03", 1)]);
        assert_eq!(row(&funnel, "month", "2026-02").accepted.share, None);
    }

    #[test]
    fn many_sources_are_29_and_the_rest() {
        let names: Vec<String> = (0..100).map(|name| format!("s{name:03}")).collect();
        let leads: Vec<Lead> = names.iter().map(|name| Lead { source: name, ..Lead::default() }).collect();
        let funnel = funnel(&hand_offs(&leads));
        let sources: Vec<&GroupRow> = funnel.groups.iter().filter(|row| row.by == "source").collect();
        assert_eq!(sources.len(), 30);
        assert_eq!((sources[29].name.as_str(), sources[29].n_leads), (OTHERS, 71));
    }
}
