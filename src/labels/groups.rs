//! Groups of leads: source, segment, team.

use super::Grouping;
use super::columns::{ColumnError, NO_TEXT, UserColumn};

/// Name of the group of leads that have none.
pub const NO_GROUP: &str = "(missing)";

/// The group of each of `rows`; names that none of them has are not listed.
///
/// # Errors
/// [`ColumnError::WrongType`] for a column that is no text.
pub fn group_rows(column: UserColumn<'_>, rows: &[u32]) -> Result<Grouping, ColumnError> {
    let texts = column.to_texts()?;
    let mut is_used = vec![false; texts.levels.len()];
    let mut has_missing = false;
    for &row in rows {
        match texts.positions[row as usize] {
            NO_TEXT => has_missing = true,
            level => is_used[level as usize] = true,
        }
    }
    let used = texts.levels.iter().zip(&is_used).filter(|(_, used)| **used).map(|(level, _)| level.clone());
    let mut names: Vec<String> = used.chain(has_missing.then(|| NO_GROUP.to_owned())).collect();
    names.sort_unstable();
    names.dedup();
    let position_of = |name: &str| names.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or(0) as u32;
    let of_level: Vec<u32> = texts.levels.iter().map(|level| position_of(level)).collect();
    let of_missing = position_of(NO_GROUP);
    let positions = rows
        .iter()
        .map(|&row| match texts.positions[row as usize] {
            NO_TEXT => of_missing,
            level => of_level[level as usize],
        })
        .collect();
    Ok(Grouping { column: column.name().to_owned(), names, positions })
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::super::columns::UserTable;
    use super::*;

    #[test]
    fn leads_without_a_group_are_one_of_their_own() {
        let frame = df!("team" => [Some("North"), None, Some("East"), Some("South")]).expect("fine");
        let column = UserTable::leads(&frame).column("leads.team", "team").expect("fine");
        let groups = group_rows(column, &[0, 1, 2]).expect("fine");
        assert_eq!(groups.names, ["(missing)", "East", "North"]);
        assert_eq!(groups.positions, [2, 0, 1]);
    }
}
