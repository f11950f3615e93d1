//! Duplicates: columns with the values of an earlier one.

use std::collections::BTreeMap;

use super::classify::listed;
use super::values::Sampled;
use crate::data::read::{Verdict, VerdictKind};
use crate::data::table::{Column, Table};
use crate::settings::Settings;

/// Finds criteria with the values of an earlier one, by a fingerprint of the sample and then by all rows.
///
/// - `rows`: the sample.
pub(super) fn mark_duplicates(table: &Table, settings: &Settings, verdicts: &mut [Verdict], rows: &[usize]) {
    // A few hundred rows tell nearly all columns apart.
    const N_COMPARED: usize = 256;
    let step = rows.len().div_ceil(N_COMPARED).max(1);
    let rows: Vec<usize> = rows.iter().step_by(step).copied().collect();
    let mut seen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for position in 0..verdicts.len() {
        let column = table.column(&verdicts[position].column);
        let Some(column) = column.filter(|_| verdicts[position].verdict == VerdictKind::Criterion) else { continue };
        let alike = seen.entry(fingerprint(column, &rows)).or_default();
        let is_twin = |&earlier: &usize| {
            table.column(&verdicts[earlier].column).is_some_and(|earlier| earlier.content.is_same(&column.content))
        };
        let twin = alike.iter().copied().find(is_twin);
        if let Some(earlier) = twin
            && !listed(settings, &column.name)
        {
            let reason = format!("the same values as {:?}", verdicts[earlier].column);
            verdicts[position].verdict = VerdictKind::Duplicate;
            verdicts[position].reason = reason;
        } else {
            alike.push(position);
        }
    }
}

fn fingerprint(column: &Column, rows: &[usize]) -> String {
    match Sampled::read(column, rows) {
        Sampled::Numbers(numbers) => numbers.iter().map(|n| format!("{n} ")).collect(),
        Sampled::Levels { positions, names } => {
            positions.iter().map(|at| at.map_or("- ".to_owned(), |at| format!("{:?} ", names[at as usize]))).collect()
        }
    }
}
