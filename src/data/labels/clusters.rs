//! Clusters: leads of one account, or of one contact that came back.

use super::keys::{hash_text, mix};
use crate::data::DataError;
use crate::data::columns::{IdColumn, UserTable};
use crate::settings::LeadsConfig;

/// A number per row that rows of one account share, or of one contact where the account is not known; a row that names neither is
/// a cluster of its own.
///
/// # Errors
/// [`DataError`]: a column that is not there, or holds neither whole numbers nor text.
pub(super) fn cluster_rows(
    table: UserTable<'_>,
    leads: &LeadsConfig,
    rows: &[u32],
) -> Result<Option<Vec<u64>>, DataError> {
    let ids = |key: &'static str, name: &Option<String>| -> Result<Option<IdColumn>, DataError> {
        table.optional(key, name.as_deref())?.map(|column| column.to_ids()).transpose()
    };
    let by: Vec<(u64, IdColumn)> = [
        (hash_text("account"), ids("leads.account", &leads.account)?),
        (hash_text("contact"), ids("leads.contact", &leads.contact)?),
    ]
    .into_iter()
    .filter_map(|(kind, ids)| Some((kind, ids?)))
    .collect();
    let cluster = |&row: &u32| {
        let named = by.iter().find(|(_, ids)| ids.has(row as usize));
        named.map_or_else(
            || mix(hash_text("row") ^ u64::from(row)),
            |(kind, ids)| mix(kind ^ hash_of(ids, row as usize)),
        )
    };
    Ok((!by.is_empty()).then(|| rows.iter().map(cluster).collect()))
}

fn hash_of(ids: &IdColumn, row: usize) -> u64 {
    match ids {
        IdColumn::Whole(ids) => ids[row].unwrap_or_default() as u64,
        IdColumn::Text(ids) => hash_text(ids.get(row).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;

    #[test]
    fn the_account_comes_before_the_contact_and_who_names_neither_is_alone() {
        let leads = table!(
            "company" => [Some("a"), Some("a"), None, None, None, None],
            "person" => [Some("x"), Some("y"), Some("x"), Some("x"), None, None],
        );
        let named = |account: Option<&str>, contact: Option<&str>| {
            let roles = LeadsConfig {
                account: account.map(str::to_owned),
                contact: contact.map(str::to_owned),
                ..LeadsConfig::default()
            };
            cluster_rows(UserTable::leads(&leads), &roles, &[0, 1, 2, 3, 4, 5]).expect("text")
        };
        assert_eq!(named(None, None), None);
        let of = named(Some("company"), Some("person")).expect("both");
        assert_eq!(of[0], of[1]);
        assert_eq!(of[2], of[3]);
        let distinct: std::collections::BTreeSet<u64> = of.iter().copied().collect();
        assert_eq!(distinct.len(), 4, "{of:?}");
        // The same person is another cluster where no account is asked for.
        let by_person = named(None, Some("person")).expect("one");
        assert_eq!(by_person[0], by_person[2]);
    }
}
