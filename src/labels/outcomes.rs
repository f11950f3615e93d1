//! Outcomes: the yes-or-no column, and which row of an outcome table belongs to which lead.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::{DataFrame, DataType};

use super::{LabelError, LeadIds};
use crate::card::normalise_text;
use crate::notes::Note;

/// Fate of each lead: `None` where nothing is known.
pub type Flags = Vec<Option<bool>>;

/// Reads the yes-or-no column: booleans, 0/1 numbers, or text with the values that mean yes.
///
/// # Errors
/// [`LabelError::NotAFlag`] with the row, [`LabelError::UnknownValues`] where `yes` never occurs.
pub fn flags_of(
    frame: &DataFrame,
    column: &str,
    yes: &[String],
    table: &'static str,
    notes: &mut Vec<Note>,
) -> Result<Flags, LabelError> {
    let values = super::column_of(frame, column, table, "outcome.converted")?;
    let refuse = |row: usize, seen: String, levels: String| LabelError::NotAFlag {
        column: column.to_owned(),
        row: row + 1,
        seen,
        levels,
    };
    match values.dtype() {
        DataType::Boolean => {
            let flags = values.bool().map_err(|e| refuse(0, e.to_string(), String::new()))?;
            Ok(flags.iter().collect())
        }
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => {
            let texts = values.cast(&DataType::String).map_err(|e| refuse(0, e.to_string(), String::new()))?;
            let texts = texts.str().map_err(|e| refuse(0, e.to_string(), String::new()))?;
            text_flags(&texts.iter().collect::<Vec<_>>(), column, yes, notes)
        }
        dtype if dtype.is_primitive_numeric() => {
            let numbers = values.cast(&DataType::Float64).map_err(|e| refuse(0, e.to_string(), String::new()))?;
            let numbers = numbers.f64().map_err(|e| refuse(0, e.to_string(), String::new()))?;
            (numbers.iter().enumerate())
                .map(|(row, number)| match number {
                    None => Ok(None),
                    Some(number) if number.is_nan() => Ok(None),
                    Some(0.0) => Ok(Some(false)),
                    Some(1.0) => Ok(Some(true)),
                    Some(other) => Err(refuse(row, other.to_string(), "numbers other than 0 and 1".to_owned())),
                })
                .collect()
        }
        other => Err(refuse(0, format!("a column of type {other}"), other.to_string())),
    }
}

fn text_flags(
    texts: &[Option<&str>],
    column: &str,
    yes: &[String],
    notes: &mut Vec<Note>,
) -> Result<Flags, LabelError> {
    let mut levels = BTreeMap::<String, usize>::new();
    for text in texts.iter().flatten() {
        let text = normalise_text(text);
        if !text.is_empty() {
            *levels.entry(text.into_owned()).or_default() += 1;
        }
    }
    let shown = || {
        let mut shown: Vec<String> = levels.keys().take(8).map(|level| format!("\"{level}\"")).collect();
        if levels.len() > shown.len() {
            shown.push(format!("{} more", levels.len() - shown.len()));
        }
        shown.join(", ")
    };
    if yes.is_empty() {
        // Without a list only words that mean yes or no everywhere are read.
        return (texts.iter().enumerate())
            .map(|(row, text)| match text.map(|text| normalise_text(text).to_lowercase()).as_deref() {
                None | Some("") => Ok(None),
                Some("true" | "yes" | "y" | "1") => Ok(Some(true)),
                Some("false" | "no" | "n" | "0") => Ok(Some(false)),
                Some(other) => Err(LabelError::NotAFlag {
                    column: column.to_owned(),
                    row: row + 1,
                    seen: format!("\"{other}\""),
                    levels: shown(),
                }),
            })
            .collect();
    }
    let yes: Vec<String> = yes.iter().map(|text| normalise_text(text).into_owned()).collect();
    let missing: Vec<String> =
        yes.iter().filter(|text| !levels.contains_key(*text)).map(|text| format!("\"{text}\"")).collect();
    if !missing.is_empty() {
        return Err(LabelError::UnknownValues {
            column: column.to_owned(),
            missing: missing.join(", "),
            levels: shown(),
        });
    }
    for level in levels.keys().filter(|level| !yes.contains(level)) {
        if let Some(like) = yes.iter().find(|text| text.to_lowercase() == level.to_lowercase()) {
            notes.push(Note::new(
                "labels",
                format!("column `{column}` says both \"{like}\" (converted) and \"{level}\" (taken as not converted, {} rows)", levels[level]),
            ));
        }
    }
    Ok(texts
        .iter()
        .map(|text| {
            let text = normalise_text((*text)?);
            (!text.is_empty()).then(|| yes.iter().any(|known| *known == text))
        })
        .collect())
}

/// For each lead the row of the outcome table that tells its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeRows {
    /// Row of the outcome table of each lead, `None` without one.
    pub row_of_lead: Vec<Option<u32>>,
    /// Whether the lead is the one of its id that the row speaks of; earlier hand-offs of the same person are not.
    pub is_latest: Vec<bool>,
}

/// Joins outcomes to leads by id. Where a person was handed over several times, the row speaks of the latest hand-off at or
/// before the conversion (of the latest of all, without a time).
pub fn join_outcomes(
    leads: &LeadIds,
    as_of: Option<&[Option<i64>]>,
    outcomes: &LeadIds,
    converted_at: Option<&[Option<i64>]>,
    n_leads: usize,
    notes: &mut Vec<Note>,
) -> OutcomeRows {
    let mut row_of_id = HashMap::<Id<'_>, u32>::new();
    let mut n_repeated = 0_usize;
    for (row, id) in ids(outcomes).enumerate() {
        match row_of_id.entry(id) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(row as u32);
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                n_repeated += 1;
                // Of several rows the earliest conversion counts.
                let time = |row: u32| converted_at.and_then(|times| times[row as usize]).unwrap_or(i64::MAX);
                if time(row as u32) < time(*entry.get()) {
                    entry.insert(row as u32);
                }
            }
        }
    }
    let mut row_of_lead = vec![None; n_leads];
    let mut latest = HashMap::<u32, usize>::new();
    for (lead, id) in ids(leads).enumerate() {
        let Some(&row) = row_of_id.get(&id) else { continue };
        row_of_lead[lead] = Some(row);
        let handed_off = |lead: usize| as_of.and_then(|times| times[lead]).unwrap_or(i64::MIN);
        let conversion = converted_at.and_then(|times| times[row as usize]).unwrap_or(i64::MAX);
        let fits = |lead: usize| handed_off(lead) <= conversion;
        latest
            .entry(row)
            .and_modify(|best| {
                if (fits(lead), handed_off(lead)) > (fits(*best), handed_off(*best)) {
                    *best = lead;
                }
            })
            .or_insert(lead);
    }
    let mut is_latest = vec![false; n_leads];
    latest.values().for_each(|&lead| is_latest[lead] = true);
    let n_used = latest.len();
    if n_repeated > 0 {
        notes.push(Note::new(
            "labels",
            format!("{n_repeated} outcome rows repeat an id; the earliest conversion of each counts"),
        ));
    }
    let n_orphans = row_of_id.len() - n_used;
    if n_orphans > 0 {
        notes.push(Note::new(
            "labels",
            format!("{n_orphans} outcome rows name a lead that the lead table does not have; left out"),
        ));
    }
    let n_without = row_of_lead.iter().filter(|row| row.is_none()).count();
    if n_without > 0 {
        notes.push(Note::new("labels", format!("{n_without} leads have no row in the outcome table")));
    }
    OutcomeRows { row_of_lead, is_latest }
}

#[derive(PartialEq, Eq, Hash)]
enum Id<'a> {
    Whole(i64),
    Text(&'a str),
}

fn ids(leads: &LeadIds) -> Box<dyn Iterator<Item = Id<'_>> + '_> {
    match leads {
        LeadIds::Whole { values, .. } => Box::new(values.iter().map(|&id| Id::Whole(id))),
        LeadIds::Text { values, .. } => Box::new(values.iter().map(|id| Id::Text(id))),
        LeadIds::RowNumber => Box::new(std::iter::empty()),
    }
}
