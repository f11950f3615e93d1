//! Tables beside the leads: which columns of outcomes and events play which part, by their names and what they hold.
//!
//! Always true: what cannot be told from one candidate is an error that lists the columns.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::data::checks::{as_of_rank, id_rank, outcome_rank};
use crate::data::columns::{in_quotes, words};
use crate::data::dataset::IntakeError;
use crate::data::read::{Columns, ReadOptions, read_schema, read_table};
use crate::data::table::{Column, Content, NO_TEXT, Table};
use crate::settings::{CriterionConfig, EventMeasureConfig, EventsConfig, OutcomeConfig};

/// Kinds of events that become criteria at most; the commonest.
const MAX_KINDS: usize = 8;

/// Days before the hand-off in which events are counted.
const WITHIN: &str = "90d";

/// Names of the columns of the lead table.
pub(super) fn lead_columns(leads: &Path, options: &ReadOptions) -> Result<Vec<String>, Failure> {
    let schema =
        read_schema(&leads.to_string_lossy(), options).map_err(|error| Failure::from(IntakeError::Leads(error)))?;
    Ok(schema.into_iter().map(|column| column.name).collect())
}

/// A table of outcomes: the lead's id, and whether or when it converted.
pub(super) fn outcomes(path: &Path, lead_columns: &[String], options: &ReadOptions) -> Result<OutcomeConfig, Failure> {
    let table = read(path, "outcomes", options)?;
    let converted = best(&table, |column| outcome_rank(&column.name).filter(|_| is_flag(&column.content)));
    let converted_at = best(&table, |column| conversion_rank(&column.name).filter(|_| column.content.is_time()));
    if converted.is_none() && converted_at.is_none() {
        return Err(unclear(
            path,
            &table,
            "who converted",
            "a column of yes and no called converted or won, or one of dates called converted_at",
        ));
    }
    Ok(OutcomeConfig {
        path: Some(path.to_owned()),
        id: Some(lead_of(path, &table, lead_columns)?),
        converted,
        converted_at,
        ..OutcomeConfig::default()
    })
}

/// A table of events: the lead's id, the moment, and the kind.
pub(super) fn events(
    path: &Path,
    lead_columns: &[String],
    options: &ReadOptions,
) -> Result<(EventsConfig, Vec<CriterionConfig>), Failure> {
    let table = read(path, "events", options)?;
    let times: Vec<&Column> = table.columns.iter().filter(|column| column.content.is_time()).collect();
    let at = match times.as_slice() {
        [only] => Some(only.name.clone()),
        _ => best(&table, |column| moment_rank(&column.name).filter(|_| column.content.is_time())),
    };
    let at = at.ok_or_else(|| unclear(path, &table, "when an event happened", "one column of dates or times"))?;
    let kind = best(&table, |column| kind_rank(&column.name).filter(|_| n_kinds(&column.content).is_some()));
    let criteria = criteria(&table, kind.as_deref());
    Ok((EventsConfig { path: path.to_owned(), lead: lead_of(path, &table, lead_columns)?, at, kind }, criteria))
}

fn read(path: &Path, name: &str, options: &ReadOptions) -> Result<Table, Failure> {
    let read = read_table(&path.to_string_lossy(), name, Columns::All, options);
    read.map(|read| read.table).map_err(|error| Failure::from(IntakeError::Leads(error)))
}

/// The column that names the lead: an id that the lead table has under the same name, or else the surest id.
fn lead_of(path: &Path, table: &Table, lead_columns: &[String]) -> Result<String, Failure> {
    let is_shared = |column: &Column| lead_columns.contains(&column.name);
    best(table, |column| id_rank(&column.name).filter(|_| is_shared(column)))
        .or_else(|| best(table, |column| id_rank(&column.name)))
        .ok_or_else(|| {
            unclear(
                path,
                table,
                "which lead a row belongs to",
                "a column with the lead's id, called as in the lead table",
            )
        })
}

/// The column of the lowest rank; `None` where none has one.
fn best(table: &Table, rank: impl Fn(&Column) -> Option<u8>) -> Option<String> {
    let ranked = table.columns.iter().filter_map(|column| Some((rank(column)?, &column.name)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, name)| name.clone())
}

fn unclear(path: &Path, table: &Table, what: &str, wanted: &str) -> Failure {
    let names = in_quotes(&table.names, 12);
    Failure::usage(format!(
        "nothing in {} says {what}: it has {names}\nhint: give it {wanted}, or write the config by hand (`bantam schema config`)",
        path.display()
    ))
}

fn is_flag(content: &Content) -> bool {
    match content {
        Content::Booleans(_) => true,
        Content::Whole(numbers) => numbers.iter().flatten().all(|number| matches!(number, 0 | 1)),
        _ => false,
    }
}

fn has_word(name: &str, wanted: &[&str]) -> bool {
    words(name).iter().any(|word| wanted.contains(&word.as_str()))
}

fn conversion_rank(name: &str) -> Option<u8> {
    let is_conversion = has_word(name, &["converted", "won", "conversion", "purchased", "signed"]);
    is_conversion.then_some(0).or_else(|| has_word(name, &["closed", "close"]).then_some(1))
}

fn moment_rank(name: &str) -> Option<u8> {
    let is_moment = has_word(name, &["at", "timestamp", "time", "occurred", "ts", "date", "datetime"]);
    is_moment.then_some(0).or_else(|| as_of_rank(name).map(|rank| rank + 1))
}

fn kind_rank(name: &str) -> Option<u8> {
    let order = ["kind", "type", "event", "activity", "action", "channel", "category"];
    order.iter().position(|word| has_word(name, &[word])).map(|rank| rank as u8)
}

/// Distinct texts, if there are few enough to be kinds.
fn n_kinds(content: &Content) -> Option<usize> {
    match content {
        Content::Texts(texts) => Some(texts.n_distinct()).filter(|n| (1..=50).contains(n)),
        _ => None,
    }
}

/// A count per common kind, and how long ago the last event was.
fn criteria(table: &Table, kind: Option<&str>) -> Vec<CriterionConfig> {
    let counted = |name: String, kind: Option<String>, within: Option<&str>, measure: &str| CriterionConfig {
        name,
        events: Some(EventMeasureConfig { kind, within: within.map(str::to_owned), measure: measure.to_owned() }),
        group: Some("engagement".to_owned()),
        ..CriterionConfig::default()
    };
    let mut criteria: Vec<CriterionConfig> = common_kinds(table, kind)
        .into_iter()
        .map(|kind| counted(format!("{}_{WITHIN}", kind.trim().replace(' ', "_")), Some(kind), Some(WITHIN), "count"))
        .collect();
    if criteria.is_empty() {
        criteria.push(counted(format!("events_{WITHIN}"), None, Some(WITHIN), "count"));
    }
    criteria.push(counted("days_since_last_event".to_owned(), None, None, "days_since_last"));
    criteria
}

fn common_kinds(table: &Table, kind: Option<&str>) -> Vec<String> {
    let Some(Content::Texts(texts)) = kind.and_then(|kind| table.column(kind)).map(|column| &column.content) else {
        return Vec::new();
    };
    let mut counts = vec![0_usize; texts.n_distinct()];
    texts.codes.iter().filter(|&&code| code != NO_TEXT).for_each(|&code| counts[code as usize] += 1);
    let mut kinds: Vec<(usize, &str)> = counts.into_iter().zip(texts.distinct()).collect();
    kinds.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    kinds.into_iter().take(MAX_KINDS).map(|(_, kind)| kind.to_owned()).collect()
}
