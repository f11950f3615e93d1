//! Clusters: leads of one account, of one contact that came back, or of one row that counts for several.

use std::collections::{BTreeMap, BTreeSet};

use super::copies::answers_of_rows;
use super::keys::{hash_text, lead_keys, mix};
use super::{Identities, LabelledLeads, OtherLeads, Weighting};
use crate::data::DataError;
use crate::data::columns::{IdColumn, UserTable};
use crate::data::table::{Column, Table};
use crate::notes::Note;
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

/// Makes the leads that a weight makes of one row a cluster, where nobody has named accounts or contacts; and, where hardly two rows
/// give the same answers, or a table counts leads by their answers, the leads of all rows with the same ones.
///
/// Where a single cluster would hold more than a tenth of the leads, the table has few answers and many leads of each: they are
/// leads of their own, as they would be in a table with a row for each.
///
/// - `criteria`: the columns that can be criteria.
pub fn keep_copies_together(table: &Table, criteria: &[&Column], labelled: &mut LabelledLeads) -> Option<Note> {
    let weighting = labelled.weighting.clone().filter(|weighting| weighting.n_leads > weighting.n_rows)?;
    let Weighting { column, n_rows, n_leads, .. } = &weighting;
    let kept = "leads of one row are on one side of every fold, so that none judges another; how much they repeat each other is \
                measured there, and intervals allow for it";
    if labelled.cluster.is_some() {
        return Some(Note::new("weights", format!("column {column:?}: {kept}")));
    }
    let answers = answers_of_rows(table, criteria);
    let n_answers = labelled.rows.iter().map(|&row| answers[row as usize]).collect::<BTreeSet<u64>>().len();
    let is_distinct = n_answers as f64 >= MIN_SHARE_DISTINCT * *n_rows as f64;
    let is_counted_by_answers = labelled.as_of.is_none() && MAX_ROWS_PER_ANSWER * n_answers >= *n_rows;
    let goes_by_answers = !criteria.is_empty() && (is_distinct || is_counted_by_answers);
    let cluster_of = |leads: Identities<'_>| -> Vec<u64> {
        if goes_by_answers {
            leads.rows.iter().map(|&row| answers[row as usize]).collect()
        } else {
            of_their_own(leads)
        }
    };
    let cluster = cluster_of(labelled.identities());
    let mut sizes = BTreeMap::<u64, u64>::new();
    for (&cluster, &weight) in cluster.iter().zip(labelled.weight.iter().flatten()) {
        *sizes.entry(cluster).or_default() += u64::from(weight);
    }
    let largest = sizes.values().copied().max().unwrap_or_default() as f64 / *n_leads as f64;
    if largest > MAX_SHARE_OF_CLUSTER {
        let text = format!(
            "column {column:?}: {:.0} % of the leads give the same answers, too many to be kept on one side of a fold, so each counts as \
             a lead of its own. Where the weights do not count leads but repeat them, figures look better and intervals narrower \
             than they are",
            100.0 * largest
        );
        return Some(Note::new("weights", text));
    }
    labelled.cluster = Some(cluster);
    let of_others = |others: &mut OtherLeads| others.cluster = Some(cluster_of(others.identities()));
    [&mut labelled.open, &mut labelled.untouched, &mut labelled.volume_only].into_iter().for_each(of_others);
    Some(Note::new("weights", format!("column {column:?}: {kept}")))
}

/// A number per lead that no other row shares: that of its name.
fn of_their_own(leads: Identities<'_>) -> Vec<u64> {
    let mut numbers = lead_keys(leads, 0);
    for lead in 1..numbers.len() {
        if leads.rows[lead] == leads.rows[lead - 1] {
            numbers[lead] = numbers[lead - 1];
        }
    }
    numbers
}

/// Share of the rows with answers of their own from which rows with the same ones are no accident.
const MIN_SHARE_DISTINCT: f64 = 0.9;

/// Most rows with the same answers, on average, in a table that counts leads by their answers: converted, not converted, and one more
/// column.
const MAX_ROWS_PER_ANSWER: usize = 3;

/// Largest share of all leads in one cluster: five folds then still are of about one size.
const MAX_SHARE_OF_CLUSTER: f64 = 0.1;

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
        let distinct: BTreeSet<u64> = of.iter().copied().collect();
        assert_eq!(distinct.len(), 4, "{of:?}");
        // The same person is another cluster where no account is asked for.
        let by_person = named(None, Some("person")).expect("one");
        assert_eq!(by_person[0], by_person[2]);
    }

    /// Rows of two numbers, each of which counts for two leads.
    fn weighted(n_rows: usize, n_levels: u64) -> (Table, LabelledLeads) {
        let of = |seed: u64| (0..n_rows as u64).map(move |row| (mix(row ^ mix(seed)) % n_levels) as i64);
        let leads = table!("a" => of(1).collect::<Vec<_>>(), "b" => of(2).collect::<Vec<_>>());
        let labelled = LabelledLeads {
            rows: (0..n_rows as u32).collect(),
            converted: vec![false; n_rows],
            weight: Some(vec![2; n_rows]),
            weighting: Some(Weighting { column: "n".to_owned(), n_rows, n_leads: 2 * n_rows, ..Weighting::default() }),
            ..LabelledLeads::default()
        };
        (leads, labelled)
    }

    fn n_clusters(labelled: &LabelledLeads) -> Option<usize> {
        labelled.cluster.as_ref().map(|cluster| cluster.iter().collect::<BTreeSet<_>>().len())
    }

    #[test]
    fn rows_with_answers_of_their_own_are_clusters_of_their_own() {
        let (leads, mut labelled) = weighted(200, 1 << 40);
        let columns: Vec<&Column> = leads.columns.iter().collect();
        let note = keep_copies_together(&leads, &columns, &mut labelled).expect("said");
        assert!(note.text.starts_with("column \"n\": leads of one row are on one side of every fold"), "{}", note.text);
        assert_eq!(n_clusters(&labelled), Some(200));
        assert_eq!(labelled.cluster, Some(answers_of_rows(&leads, &columns)));
    }

    #[test]
    fn a_table_that_counts_leads_by_their_answers_keeps_them_together() {
        // 200 rows of up to 100 answers: won and lost of each stand in rows of their own.
        let (leads, mut labelled) = weighted(200, 10);
        keep_copies_together(&leads, &leads.columns.iter().collect::<Vec<_>>(), &mut labelled);
        assert!(n_clusters(&labelled).is_some_and(|n| (60..=100).contains(&n)), "{:?}", n_clusters(&labelled));
    }

    #[test]
    fn rows_alike_by_chance_are_kept_apart_and_those_of_one_row_together() {
        let (leads, mut labelled) = weighted(2_000, 10);
        keep_copies_together(&leads, &leads.columns.iter().collect::<Vec<_>>(), &mut labelled);
        assert_eq!(n_clusters(&labelled), Some(2_000));
    }

    #[test]
    fn a_row_for_half_of_the_leads_is_no_cluster() {
        let (leads, mut labelled) = weighted(200, 1 << 40);
        labelled.weight.iter_mut().for_each(|weight| weight[7] = 400);
        let note =
            keep_copies_together(&leads, &leads.columns.iter().collect::<Vec<_>>(), &mut labelled).expect("said");
        assert!(note.text.contains("so each counts as a lead of its own"), "{}", note.text);
        assert_eq!(labelled.cluster, None);
    }

    #[test]
    fn weights_of_1_make_no_clusters() {
        let (leads, mut labelled) = weighted(200, 1 << 40);
        labelled.weighting.iter_mut().for_each(|weighting| weighting.n_leads = weighting.n_rows);
        assert_eq!(keep_copies_together(&leads, &leads.columns.iter().collect::<Vec<_>>(), &mut labelled), None);
        assert_eq!(labelled.cluster, None);
    }
}
