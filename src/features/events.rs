//! Engagement: what a lead did before its hand-off, counted from a table of events.
//!
//! Always true: an event counts for a lead only if `at <= as_of`, and with a window only if `at > as_of - within`.

use std::collections::HashMap;

use polars::prelude::{DataFrame, DataType};

use super::{FeatureError, Values};
use crate::card::normalise_text;
use crate::config::{EventsConfig, Measure};
use crate::labels::{DAY_US, LabelledLeads, LeadIds, times_of};
use crate::notes::Note;

/// The events of each labelled lead up to its as-of.
pub struct LeadEvents<'a> {
    frame: &'a DataFrame,
    /// Events of lead `i` are `starts[i]..starts[i + 1]` of `at` and `rows`.
    starts: Vec<usize>,
    at: Vec<i64>,
    /// Row of each event in the event table.
    rows: Vec<u32>,
    /// Kind of each row of the event table, normalised; empty without a kind column.
    kind_of_row: Vec<u32>,
    kinds: Vec<String>,
    as_of: &'a [i64],
}

/// What to measure.
#[derive(Debug, Clone)]
pub struct EventMeasure<'a> {
    /// Name of the criterion, for errors.
    pub name: &'a str,
    /// Kind of event; all when absent.
    pub kind: Option<&'a str>,
    /// Microseconds back from as-of; all of the past when absent.
    pub within_us: Option<i64>,
    /// What is counted.
    pub measure: Measure,
}

impl<'a> LeadEvents<'a> {
    /// Gives every event to the leads it belongs to; events after as-of, of unknown leads and without a time are counted in
    /// notes.
    ///
    /// # Errors
    /// [`FeatureError`] where leads have no id or as-of, or the table lacks a column.
    pub fn new(
        frame: &'a DataFrame,
        config: &EventsConfig,
        leads: &'a LabelledLeads,
        notes: &mut Vec<Note>,
    ) -> Result<Self, FeatureError> {
        let as_of = leads.as_of.as_deref().ok_or(FeatureError::EventsNeedAsOf)?;
        let times = times_of(frame, &config.at, "events", "events.at")?;
        if times.is_zoneless {
            notes.push(Note::new("features", format!("times of `{}` have no zone; taken as UTC", config.at)));
        }
        let (kind_of_row, kinds) = match &config.kind {
            Some(column) => kinds_of(frame, column)?,
            None => (Vec::new(), Vec::new()),
        };
        let owners = owners_of(frame, &config.lead, leads)?;
        let (mut n_unknown, mut n_later, mut n_timeless) = (0_usize, 0_usize, 0_usize);
        let mut belongs: Vec<(u32, i64, u32)> = Vec::new();
        for (row, (time, owner)) in times.microseconds.iter().zip(&owners.of_row).enumerate() {
            let Some(owner) = owner else {
                n_unknown += 1;
                continue;
            };
            let Some(time) = *time else {
                n_timeless += 1;
                continue;
            };
            for &lead in &owners.leads[*owner as usize] {
                if time <= as_of[lead as usize] {
                    belongs.push((lead, time, row as u32));
                } else {
                    n_later += 1;
                }
            }
        }
        for (n, what) in [
            (n_later, "lie after the hand-off and were not counted"),
            (n_unknown, "belong to no labelled lead"),
            (n_timeless, "have no time and were not counted"),
        ] {
            if n > 0 {
                notes.push(Note::new("features", format!("{n} of {} events {what}", frame.height())));
            }
        }
        belongs.sort_unstable();
        let mut starts = vec![0; as_of.len() + 1];
        belongs.iter().for_each(|&(lead, ..)| starts[lead as usize + 1] += 1);
        (1..starts.len()).for_each(|lead| starts[lead] += starts[lead - 1]);
        Ok(Self {
            frame,
            starts,
            at: belongs.iter().map(|&(_, time, _)| time).collect(),
            rows: belongs.iter().map(|&(.., row)| row).collect(),
            kind_of_row,
            kinds,
            as_of,
        })
    }

    /// Values of one criterion, and the largest (time used - as-of).
    ///
    /// # Errors
    /// [`FeatureError`] for a kind that never occurs, or amounts that are no whole numbers.
    pub fn measure(&self, wanted: &EventMeasure<'_>) -> Result<(Values, Option<i64>), FeatureError> {
        let kind = match wanted.kind {
            None => None,
            Some(kind) => Some(self.kind_number(kind, wanted.name)?),
        };
        let amounts = match &wanted.measure {
            Measure::Sum { column } => Some(self.amounts(column, wanted.name)?),
            Measure::Count | Measure::DaysSinceLast | Measure::ActiveDays => None,
        };
        let mut latest: Option<i64> = None;
        let mut values = Vec::with_capacity(self.as_of.len());
        for (lead, &as_of) in self.as_of.iter().enumerate() {
            let own = self.starts[lead]..self.starts[lead + 1];
            let from = wanted.within_us.map_or(i64::MIN, |within| as_of.saturating_sub(within));
            // Events of a lead are in order of time, so the window is the end of the list.
            let first = own.start + self.at[own.clone()].partition_point(|&at| at <= from);
            let used = (first..own.end)
                .filter(|&event| kind.is_none_or(|kind| self.kind_of_row[self.rows[event] as usize] == kind));
            let (mut n, mut n_days, mut sum, mut last, mut last_day) = (0_u64, 0_u64, 0_i64, None, None);
            for event in used {
                n += 1;
                last = Some(self.at[event]);
                let day = self.at[event].div_euclid(DAY_US);
                n_days += u64::from(last_day != Some(day));
                last_day = Some(day);
                if let Some(amounts) = &amounts {
                    sum = sum.saturating_add(amounts[self.rows[event] as usize]);
                }
            }
            latest = latest.max(last.map(|last| last - as_of));
            values.push(match wanted.measure {
                Measure::Count => n as f64,
                Measure::ActiveDays => n_days as f64,
                Measure::Sum { .. } => sum as f64,
                Measure::DaysSinceLast => last.map_or(f64::NAN, |last| (as_of - last).div_euclid(DAY_US) as f64),
            });
        }
        Ok((Values::Numbers(values), latest))
    }

    fn kind_number(&self, kind: &str, name: &str) -> Result<u32, FeatureError> {
        let wanted = normalise_text(kind);
        let at = self.kinds.iter().position(|known| *known == wanted);
        at.map(|at| at as u32).ok_or_else(|| FeatureError::UnknownKind {
            name: name.to_owned(),
            kind: kind.to_owned(),
            nearest: super::near_words(kind, &self.kinds),
            kinds: self.kinds.iter().take(12).map(|kind| format!("\"{kind}\"")).collect::<Vec<_>>().join(", "),
        })
    }

    /// Whole-number amounts of a column of the event table; missing is 0.
    fn amounts(&self, column: &str, name: &str) -> Result<Vec<i64>, FeatureError> {
        let values = self.frame.column(column).map_err(|_| FeatureError::no_column(self.frame, column, name))?;
        let refuse = |row: usize, seen: String| FeatureError::NotAWholeAmount {
            name: name.to_owned(),
            column: column.to_owned(),
            row: row + 1,
            seen,
        };
        if values.dtype().is_integer() {
            let whole = values.cast(&DataType::Int64).map_err(|e| refuse(0, e.to_string()))?;
            return Ok(whole
                .i64()
                .map_err(|e| refuse(0, e.to_string()))?
                .iter()
                .map(Option::unwrap_or_default)
                .collect());
        }
        if !values.dtype().is_primitive_numeric() && !values.dtype().is_decimal() {
            return Err(refuse(0, format!("a column of type {}", values.dtype())));
        }
        let numbers = values.cast(&DataType::Float64).map_err(|e| refuse(0, e.to_string()))?;
        let numbers = numbers.f64().map_err(|e| refuse(0, e.to_string()))?;
        (numbers.iter().enumerate())
            .map(|(row, number)| match number {
                None => Ok(0),
                Some(number) if number.is_nan() => Ok(0),
                // Beyond 2^53 a double no longer tells neighbours apart, so a sum would not be exact.
                Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(number as i64),
                Some(number) => Err(refuse(row, number.to_string())),
            })
            .collect()
    }
}

fn kinds_of(frame: &DataFrame, column: &str) -> Result<(Vec<u32>, Vec<String>), FeatureError> {
    let values = frame.column(column).map_err(|_| FeatureError::no_column(frame, column, "events.kind"))?;
    let refuse = || FeatureError::NotACriterion {
        name: "events.kind".to_owned(),
        column: column.to_owned(),
        dtype: values.dtype().to_string(),
    };
    let texts = values.cast(&DataType::String).map_err(|_| refuse())?;
    let texts = texts.str().map_err(|_| refuse())?;
    let mut number_of = HashMap::<String, u32>::new();
    let mut kinds = Vec::new();
    let of_row = texts
        .iter()
        .map(|text| {
            let kind = normalise_text(text.unwrap_or_default());
            if let Some(&number) = number_of.get(kind.as_ref()) {
                return number;
            }
            let number = kinds.len() as u32;
            kinds.push(kind.clone().into_owned());
            number_of.insert(kind.into_owned(), number);
            number
        })
        .collect();
    Ok((of_row, kinds))
}

/// Which labelled leads an event row belongs to: the same person may have been handed over more than once.
struct Owners {
    of_row: Vec<Option<u32>>,
    leads: Vec<Vec<u32>>,
}

fn owners_of(frame: &DataFrame, column: &str, leads: &LabelledLeads) -> Result<Owners, FeatureError> {
    let values = frame.column(column).map_err(|_| FeatureError::no_column(frame, column, "events.lead"))?;
    let refuse = || FeatureError::NotACriterion {
        name: "events.lead".to_owned(),
        column: column.to_owned(),
        dtype: values.dtype().to_string(),
    };
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let of_row = match &leads.ids {
        LeadIds::RowNumber => return Err(FeatureError::EventsNeedId),
        LeadIds::Whole { values: ids, .. } if values.dtype().is_integer() => {
            let mut group_of = HashMap::<i64, u32>::with_capacity(ids.len());
            group_by_id(ids.iter().copied(), &mut group_of, &mut groups);
            let theirs = values.cast(&DataType::Int64).map_err(|_| refuse())?;
            let theirs = theirs.i64().map_err(|_| refuse())?;
            theirs.iter().map(|id| id.and_then(|id| group_of.get(&id).copied())).collect()
        }
        ids => {
            let texts: Vec<String> = match ids {
                LeadIds::Text { values, .. } => values.clone(),
                LeadIds::Whole { values, .. } => values.iter().map(i64::to_string).collect(),
                LeadIds::RowNumber => Vec::new(),
            };
            let mut group_of = HashMap::<&str, u32>::with_capacity(texts.len());
            group_by_id(texts.iter().map(String::as_str), &mut group_of, &mut groups);
            let theirs = values.cast(&DataType::String).map_err(|_| refuse())?;
            let theirs = theirs.str().map_err(|_| refuse())?;
            theirs.iter().map(|id| id.and_then(|id| group_of.get(id).copied())).collect()
        }
    };
    Ok(Owners { of_row, leads: groups })
}

fn group_by_id<Id: std::hash::Hash + Eq>(
    ids: impl Iterator<Item = Id>,
    group_of: &mut HashMap<Id, u32>,
    groups: &mut Vec<Vec<u32>>,
) {
    for (lead, id) in ids.enumerate() {
        let group = *group_of.entry(id).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() as u32 - 1
        });
        groups[group as usize].push(lead as u32);
    }
}
