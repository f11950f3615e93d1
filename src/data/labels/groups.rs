//! Groups of leads: source, segment, team, and those that are compared in how often they are handed off.

use super::Grouping;
use crate::data::DataError;
use crate::data::columns::{Answers, NO_TEXT, UserColumn, WordRules};
use crate::notes::Note;

/// Name of the group of leads that have none.
pub const NO_GROUP: &str = "(missing)";

/// The group of each of `rows`; names that none of them has are not listed.
///
/// # Errors
/// [`DataError`] for a column that is no text.
pub(super) fn group_rows(column: UserColumn<'_>, rows: &[u32]) -> Result<Grouping, DataError> {
    let texts = spelt_alike(column)?.of_rows(rows).levels;
    let has_missing = texts.positions.contains(&NO_TEXT);
    let mut names: Vec<String> = texts.levels.iter().cloned().chain(has_missing.then(|| NO_GROUP.to_owned())).collect();
    names.sort_unstable();
    names.dedup();
    let position_of = |name: &str| names.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or(0) as u32;
    let of_level: Vec<u32> = texts.levels.iter().map(|level| position_of(level)).collect();
    let of_missing = position_of(NO_GROUP);
    let position = |&at: &u32| if at == NO_TEXT { of_missing } else { of_level[at as usize] };
    let positions = texts.positions.iter().map(position).collect();
    Ok(Grouping { column: column.name().to_owned(), names, positions })
}

/// The groups, with those that differ only in capitals, blanks or letters that look alike as one. Words for "not known" stay groups.
fn spelt_alike(column: UserColumn<'_>) -> Result<Answers, DataError> {
    column.to_answers(WordRules { missing: Some(&[]), answers: &[] })
}

/// That spellings of one group were put together; `None` where there are none, and for a column that is no text.
pub(super) fn spellings_note(column: UserColumn<'_>) -> Option<Note> {
    let rows: Vec<u32> = (0..column.content().n_rows() as u32).collect();
    spelt_alike(column).ok()?.of_rows(&rows).written?.spellings_note("labels", column.name())
}

/// Most distinct numbers that are groups of their own; more are cut into quarters of the leads.
const MAX_NUMBERS: usize = 8;

/// The group of each of `rows` by a column of any kind that can be compared: texts, true and false, or numbers, of which many
/// distinct ones become four ranges with about a quarter of the leads each.
///
/// # Errors
/// [`DataError`] for times and the like.
pub(super) fn compared_rows(column: UserColumn<'_>, rows: &[u32]) -> Result<Grouping, DataError> {
    if !column.content().is_number() {
        return group_rows(column, rows);
    }
    let all = column.to_numbers()?;
    let values: Vec<f64> = rows.iter().map(|&row| all[row as usize] + 0.0).collect();
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    // Lowest value of each group but the first.
    let mut edges: Vec<f64> = if distinct.len() <= MAX_NUMBERS {
        distinct.iter().skip(1).copied().collect()
    } else {
        // Where the lowest value alone is a quarter or more, it is a group of its own.
        (1..4).map(|quarter| sorted[sorted.len() * quarter / 4].max(distinct[1])).collect()
    };
    edges.dedup();
    let mut names: Vec<String> = (0..=edges.len())
        .map(|at| {
            let from = if at == 0 { sorted.first() } else { edges.get(at - 1) };
            // The largest value below the next edge: what a person reads as the end of the range.
            let end = edges.get(at).map_or(sorted.len(), |edge| sorted.partition_point(|value| value < edge));
            let to = end.checked_sub(1).map(|last| sorted[last]);
            match (from, to) {
                (Some(from), Some(to)) if *from < to => format!("{from} to {to}"),
                (Some(from), _) => from.to_string(),
                _ => NO_GROUP.to_owned(),
            }
        })
        .collect();
    let missing = names.iter().position(|name| name == NO_GROUP).unwrap_or(names.len()) as u32;
    if missing as usize == names.len() && sorted.len() < values.len() {
        names.push(NO_GROUP.to_owned());
    }
    let position = |value: &f64| match value.is_nan() {
        true => missing,
        false => edges.partition_point(|edge| edge <= value) as u32,
    };
    Ok(Grouping { column: column.name().to_owned(), names, positions: values.iter().map(position).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::columns::UserTable;
    use crate::data::table::{Column, Content, Nullable, Table, table};

    #[test]
    fn leads_without_a_group_are_one_of_their_own() {
        let leads = table!("team" => [Some("North"), None, Some("East"), Some("South")]);
        let column = UserTable::leads(&leads).column("leads.team", "team").expect("fine");
        let groups = group_rows(column, &[0, 1, 2]).expect("fine");
        assert_eq!(groups.names, ["(missing)", "East", "North"]);
        assert_eq!(groups.positions, [2, 0, 1]);
        assert_eq!(spellings_note(column), None);
    }

    #[test]
    fn spellings_of_one_group_are_one_whatever_rows_are_looked_at() {
        let leads = table!("team" => [Some("North"), Some("NORTH"), Some("North"), Some("N/A"), None]);
        let column = UserTable::leads(&leads).column("leads.team", "team").expect("fine");
        let groups = group_rows(column, &[1, 3]).expect("fine");
        assert_eq!(groups.names, ["N/A", "North"]);
        assert_eq!(
            spellings_note(column).expect("a note").text,
            "column \"team\": 1 spelling of 1 lead differs from a commoner spelling in nothing but capitals, blanks, dashes or \
             letters that look alike; one answer each: \"NORTH\" (1)"
        );
    }

    fn compared(column: Column) -> Grouping {
        let leads = Table::new(vec![column]).expect("fine");
        let rows: Vec<u32> = (0..leads.n_rows as u32).collect();
        let column = UserTable::leads(&leads).column("segments.fairness", "x").expect("fine");
        compared_rows(column, &rows).expect("fine")
    }

    #[test]
    fn few_numbers_are_groups_and_many_are_quarters() {
        let few = compared(Column::new("x", [Some(2.5), None, Some(1.0), Some(2.5)]));
        assert_eq!(
            (few.names, few.positions),
            (["1", "2.5", "(missing)"].map(str::to_owned).to_vec(), vec![1, 2, 0, 1])
        );
        let many = compared(Column::new("x", (1..=100_i64).rev().collect::<Vec<_>>()));
        assert_eq!(many.names, ["1 to 25", "26 to 50", "51 to 75", "76 to 100"]);
        assert_eq!((0..4).map(|at| many.positions.iter().filter(|&&p| p == at).count()).collect::<Vec<_>>(), [25; 4]);
        let none = compared(Column::new("x", [None::<f64>, None]));
        assert_eq!((none.names, none.positions), (vec!["(missing)".to_owned()], vec![0, 0]));
        // Nine in ten say 0.
        let lopsided = compared(Column::new("x", (0..100).map(|at| (at - 89).max(0)).collect::<Vec<i32>>()));
        assert_eq!(lopsided.names, ["0", "1 to 10"], "{lopsided:?}");
    }

    #[test]
    fn yes_and_no_are_groups_and_dates_are_refused() {
        assert_eq!(compared(Column::new("x", [true, false])).names, ["false", "true"]);
        let dates = Column { name: "x".to_owned(), content: Content::Days(Nullable::full(vec![1])) };
        let leads = Table::new(vec![dates]).expect("fine");
        let column = UserTable::leads(&leads).column("segments.fairness", "x").expect("fine");
        assert!(compared_rows(column, &[0]).expect_err("dates").to_string().contains("holds dates; it takes text"));
    }
}
