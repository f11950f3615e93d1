//! Funnels: leads of each source, segment or team, from arrival through the bands to conversion.

use crate::card::{Band, band_of};
use crate::data::labels::Grouping;
use crate::decide::frontier::OutOfFold;
use crate::decide::history::record::FunnelRow;
use crate::measures::wilson_of_repeated;

/// Most rows of one funnel; the groups with the most leads are shown, the rest together.
const MAX_ROWS: usize = 30;

/// Name of the row that takes the groups beyond [`MAX_ROWS`].
const OTHERS: &str = "(all others)";

/// The funnel by one column, most leads first.
///
/// - `by`: what the column is to the user: `source`, `segment` or `team`; `group`: one position per judged
///   lead; `design_effect`: leads that tell as much as one on its own.
pub fn funnel(by: &str, group: &Grouping, judged: &OutOfFold, bands: &[Band], design_effect: f64) -> Vec<FunnelRow> {
    let mut rows: Vec<FunnelRow> = group
        .names
        .iter()
        .map(|name| FunnelRow { by: by.to_owned(), name: name.clone(), ..FunnelRow::default() })
        .collect();
    for (lead, &position) in group.positions.iter().enumerate() {
        let row = &mut rows[position as usize];
        let converted = u64::from(judged.converted[lead]);
        row.n_leads += 1;
        row.n_converted += converted;
        row.n_expected += judged.probability[lead];
        match bands.get(band_of(bands, judged.score[lead])).map(|band| band.name.as_str()) {
            Some("hot") => {
                row.n_hot += 1;
                row.n_hot_converted += converted;
            }
            Some("nurture") => row.n_nurture += 1,
            _ => row.n_reject += 1,
        }
    }
    rows.retain(|row| row.n_leads > 0);
    rows.sort_by(|a, b| b.n_leads.cmp(&a.n_leads).then_with(|| a.name.cmp(&b.name)));
    if rows.len() > MAX_ROWS {
        let rest = rows.split_off(MAX_ROWS - 1);
        let others = FunnelRow { by: by.to_owned(), name: OTHERS.to_owned(), ..FunnelRow::default() };
        rows.push(rest.into_iter().fold(others, add));
    }
    for row in &mut rows {
        let interval = wilson_of_repeated(row.n_converted as f64, row.n_leads as f64, design_effect);
        (row.low, row.high) = (interval.low, interval.high);
    }
    rows
}

fn add(sum: FunnelRow, row: FunnelRow) -> FunnelRow {
    FunnelRow {
        n_leads: sum.n_leads + row.n_leads,
        n_converted: sum.n_converted + row.n_converted,
        n_expected: sum.n_expected + row.n_expected,
        n_hot: sum.n_hot + row.n_hot,
        n_hot_converted: sum.n_hot_converted + row.n_hot_converted,
        n_nurture: sum.n_nurture + row.n_nurture,
        n_reject: sum.n_reject + row.n_reject,
        ..sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::testing::month_of_leads;

    fn grouping(names: Vec<String>, position: impl Fn(usize) -> usize) -> Grouping {
        Grouping { column: "source".into(), names, positions: (0..100).map(|lead| position(lead) as u32).collect() }
    }

    fn bands() -> Vec<Band> {
        [("hot", Some(8)), ("nurture", Some(4)), ("reject", None)]
            .map(|(name, from)| Band { name: name.to_owned(), from })
            .to_vec()
    }

    #[test]
    fn the_largest_source_comes_first() {
        let group = grouping(vec!["call".into(), "web".into(), "nobody".into()], |lead| usize::from(lead >= 30));
        let rows = funnel("source", &group, &month_of_leads(), &bands(), 1.0);
        let found: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.n_leads, row.n_hot, row.n_nurture)).collect();
        assert_eq!(found, [("web", 70, 14, 28), ("call", 30, 6, 12)]);
        assert_eq!(rows.iter().map(|row| row.n_converted).sum::<u64>(), 45);
        assert!(rows[0].low < rows[0].n_converted as f64 / 70.0 && rows[0].high > rows[0].n_converted as f64 / 70.0);
    }

    #[test]
    fn a_hundred_sources_are_29_and_the_rest() {
        let group = grouping((0..100).map(|name| format!("s{name}")).collect(), |lead| lead);
        let rows = funnel("source", &group, &month_of_leads(), &bands(), 1.0);
        assert_eq!(rows.len(), 30);
        assert_eq!((rows[29].name.as_str(), rows[29].n_leads), ("(all others)", 71));
        assert_eq!(rows.iter().map(|row| row.n_converted).sum::<u64>(), 45);
    }
}
