//! Labels: which leads converted within the horizon, which are too young to say, and who judges whom.
//!
//! In: the lead table and the outcomes. Out: [`LabelledLeads`]: the leads with a fair outcome.
//!
//! Start at [`label_leads`]. `times` reads moments, `outcomes` the yes or no and whose it is, `folds` makes the folds.
//!
//! Always true: every lead of the table is labelled or counted in [`LabelCounts`] with a note; a lead whose horizon is still
//! open is never counted as lost, nor as won: wins that came early without the losses beside them would flatter.

mod error;
pub mod folds;
mod outcomes;
mod times;

use std::collections::{BTreeMap, HashSet};

use polars::prelude::{Column, DataFrame, DataType};

pub use error::LabelError;
pub use times::{DAY_US, Times, parse_time, show_day, show_time, times_of};

use crate::card::normalise_text;
use crate::config::{Config, nearest, parse_span};
use crate::notes::Note;
use outcomes::{Flags, flags_of, join_outcomes};

/// Fewest conversions, and fewest non-conversions, that a card is made from: with 20, a rate of one in ten has a standard
/// error of a fifth of itself, and a criterion's points are hardly more than guesses.
pub const MIN_OF_EACH: usize = 20;

/// Labels every lead, or says why it has no fair outcome.
///
/// # Errors
/// A [`LabelError`] that names column, row and what was seen.
pub fn label_leads(
    leads: &DataFrame,
    outcomes: Option<&DataFrame>,
    config: &Config,
) -> Result<(LabelledLeads, Vec<Note>), LabelError> {
    let n_read = leads.height();
    if n_read == 0 {
        return Err(LabelError::NoLeads);
    }
    let mut notes = Vec::new();
    let ids = match &config.leads.id {
        Some(column) => ids_of(leads, column, "leads.id", "leads")?,
        None => LeadIds::RowNumber,
    };
    let as_of = match &config.leads.as_of {
        Some(column) => Some(noted_times(leads, column, "leads", "leads.as_of", &mut notes)?),
        None => None,
    };
    let fates = fates_of(leads, outcomes, config, &ids, as_of.as_deref(), &mut notes)?;
    let horizon = horizon_of(config, as_of.is_some())?;
    let observed_until = observed_until(config, as_of.as_deref(), &fates, horizon, &mut notes)?;

    let mut counts = LabelCounts { n_read, ..LabelCounts::default() };
    let mut n_young_converted = 0;
    let mut seen = HashSet::with_capacity(if matches!(ids, LeadIds::RowNumber) { 0 } else { n_read });
    let (mut rows, mut converted, mut moments): (Vec<u32>, Vec<bool>, Vec<i64>) = Default::default();
    for row in 0..n_read {
        let moment = as_of.as_ref().map(|times| times[row]);
        if moment == Some(None) {
            counts.n_without_as_of += 1;
            continue;
        }
        let moment = moment.flatten();
        if !ids.is_new(row, moment, &mut seen) {
            counts.n_duplicate += 1;
            continue;
        }
        if fates.is_untouched[row] {
            counts.n_untouched += 1;
            continue;
        }
        let after = match (fates.converted_at[row], moment) {
            (Some(conversion), Some(moment)) if conversion < moment => {
                counts.n_as_of_after_conversion += 1;
                continue;
            }
            (Some(conversion), Some(moment)) => Some(conversion - moment),
            _ => None,
        };
        let is_open = matches!((horizon, moment, observed_until),
            (Some(horizon), Some(moment), Some(until)) if moment.saturating_add(horizon) > until);
        if is_open {
            counts.n_immature += 1;
            n_young_converted += usize::from(fates.flag[row] == Some(true));
            continue;
        }
        let Some(flag) = fates.flag[row] else {
            counts.n_without_outcome += 1;
            continue;
        };
        let in_time = match (horizon, after) {
            (Some(horizon), Some(after)) => after <= horizon,
            _ => true,
        };
        rows.push(row as u32);
        converted.push(flag && in_time);
        moments.extend(moment);
    }
    notes.extend(count_notes(&counts, n_young_converted, config));
    check_outcomes(&counts, &converted)?;
    let positions: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
    let grouping = |column: &Option<String>, key: &'static str| {
        column.as_ref().map(|column| grouping_of(leads, column, key, &positions)).transpose()
    };
    let labelled = LabelledLeads {
        ids: ids.select(&positions),
        as_of: as_of.is_some().then_some(moments),
        converted,
        value: fates.value.map(|value| positions.iter().map(|&row| value[row]).collect()),
        segment: grouping(&config.leads.segment, "leads.segment")?,
        source: grouping(&config.leads.source, "leads.source")?,
        team: grouping(&config.leads.team, "leads.team")?,
        own_fold: own_folds(leads, config, &positions)?,
        horizon_days: horizon.map(|horizon| horizon as f64 / DAY_US as f64),
        rows,
        counts,
    };
    Ok((labelled, notes))
}

/// What became of each row of the lead table.
struct Fates {
    flag: Flags,
    converted_at: Vec<Option<i64>>,
    value: Option<Vec<f64>>,
    is_untouched: Vec<bool>,
}

fn fates_of(
    leads: &DataFrame,
    outcomes: Option<&DataFrame>,
    config: &Config,
    ids: &LeadIds,
    as_of: Option<&[Option<i64>]>,
    notes: &mut Vec<Note>,
) -> Result<Fates, LabelError> {
    let outcome = &config.outcome;
    let (frame, table) = outcomes.map_or((leads, "leads"), |outcomes| (outcomes, "outcomes"));
    let times = match &outcome.converted_at {
        Some(column) => Some(noted_times(frame, column, table, "outcome.converted_at", notes)?),
        None => None,
    };
    let flags = match &outcome.converted {
        Some(column) => Some(flags_of(frame, column, &outcome.converted_values, table, notes)?),
        None => None,
    };
    if times.is_none() && flags.is_none() {
        return Err(LabelError::NoOutcome);
    }
    let value = outcome.value.as_ref().map(|column| numbers_of(frame, column, table, "outcome.value")).transpose()?;
    let untouched = match &outcome.disposition {
        Some(column) => untouched_of(frame, column, table, notes)?,
        None => vec![false; frame.height()],
    };
    let n_leads = leads.height();
    let joined = match outcomes {
        None => None,
        Some(outcomes) => {
            let column = outcome.id.as_ref().or(config.leads.id.as_ref()).ok_or(LabelError::JoinWithoutId)?;
            if matches!(ids, LeadIds::RowNumber) {
                return Err(LabelError::JoinWithoutId);
            }
            let theirs = ids_of(outcomes, column, "outcome.id", "outcomes")?;
            let theirs = theirs.as_kind_of(ids);
            Some(join_outcomes(&ids.as_kind_of(&theirs), as_of, &theirs, times.as_deref(), n_leads, notes))
        }
    };
    let row_of = |lead: usize| match &joined {
        None => Some(lead),
        Some(joined) => joined.row_of_lead[lead].map(|row| row as usize),
    };
    // An earlier hand-off of a person who converted after a later one did not convert by itself.
    let is_owner = |lead: usize| joined.as_ref().is_none_or(|joined| joined.is_latest[lead]);
    let converted_at: Vec<Option<i64>> = (0..n_leads)
        .map(|lead| times.as_ref().zip(row_of(lead)).filter(|_| is_owner(lead)).and_then(|(times, row)| times[row]))
        .collect();
    let flag = (0..n_leads)
        .map(|lead| match (&flags, row_of(lead)) {
            (Some(_), None) => None,
            (Some(flags), Some(row)) => flags[row].map(|flag| flag && is_owner(lead)),
            (None, _) => Some(converted_at[lead].is_some()),
        })
        .collect();
    Ok(Fates {
        flag,
        value: value.map(|value| (0..n_leads).map(|lead| row_of(lead).map_or(f64::NAN, |row| value[row])).collect()),
        is_untouched: (0..n_leads)
            .map(|lead| is_owner(lead) && row_of(lead).is_some_and(|row| untouched[row]))
            .collect(),
        converted_at,
    })
}

fn horizon_of(config: &Config, has_as_of: bool) -> Result<Option<i64>, LabelError> {
    let Some(horizon) = &config.outcome.horizon else { return Ok(None) };
    if !has_as_of {
        return Err(LabelError::HorizonWithoutAsOf { horizon: horizon.clone() });
    }
    let refuse = |why: crate::config::ValueError| LabelError::BadSetting {
        key: "outcome.horizon",
        seen: horizon.clone(),
        why: why.to_string(),
    };
    parse_span(horizon).map(Some).map_err(refuse)
}

/// End of what is known: as the config says, or the latest moment the data speak of.
fn observed_until(
    config: &Config,
    as_of: Option<&[Option<i64>]>,
    fates: &Fates,
    horizon: Option<i64>,
    notes: &mut Vec<Note>,
) -> Result<Option<i64>, LabelError> {
    if let Some(until) = &config.outcome.observed_until {
        let why = || "use a day such as 2026-09-30 or a moment such as 2026-09-30T17:00:00Z".to_owned();
        let (moment, _) = parse_time(until.trim()).ok_or_else(|| LabelError::BadSetting {
            key: "outcome.observed_until",
            seen: until.clone(),
            why: why(),
        })?;
        // A bare day is known to its end.
        let is_day = until.trim().len() <= 10;
        return Ok(Some(if is_day { moment + DAY_US - 1 } else { moment }));
    }
    if horizon.is_none() {
        return Ok(None);
    }
    let moments = as_of.unwrap_or_default().iter().chain(&fates.converted_at).flatten();
    let latest = moments.max().copied();
    if let Some(latest) = latest {
        notes.push(Note::new(
            "labels",
            format!("`outcome.observed_until` is not set; outcomes are taken as known until {}, the latest moment in the data", show_time(latest)),
        ));
    }
    Ok(latest)
}

fn count_notes(counts: &LabelCounts, n_young_converted: usize, config: &Config) -> Vec<Note> {
    let horizon = config.outcome.horizon.as_deref().unwrap_or_default();
    let reasons = [
        (
            counts.n_immature,
            format!(
                "are too young to say: their {horizon} are not over ({n_young_converted} of them have converted already; counting only those would flatter)"
            ),
        ),
        (counts.n_untouched, "were never touched by sales, so their outcome says nothing about them".to_owned()),
        (counts.n_without_outcome, "have no outcome".to_owned()),
        (counts.n_duplicate, "repeat the id and hand-off of an earlier row".to_owned()),
        (
            counts.n_as_of_after_conversion,
            "were handed off after they had converted: the card would know the answer".to_owned(),
        ),
        (counts.n_without_as_of, "have no hand-off time".to_owned()),
    ];
    (reasons.into_iter())
        .filter(|(n, _)| *n > 0)
        .map(|(n, why)| Note::new("labels", format!("{n} of {} leads {why}; left out", counts.n_read)))
        .collect()
}

fn check_outcomes(counts: &LabelCounts, converted: &[bool]) -> Result<(), LabelError> {
    let (n_leads, n_converted) = (converted.len(), converted.iter().filter(|&&won| won).count());
    if n_leads == 0 {
        let reasons = [
            (counts.n_immature, "too young to say"),
            (counts.n_untouched, "untouched"),
            (counts.n_without_outcome, "without an outcome"),
            (counts.n_duplicate, "repeated"),
            (counts.n_as_of_after_conversion, "handed off after conversion"),
            (counts.n_without_as_of, "without a hand-off time"),
        ];
        let why: Vec<String> = reasons.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
        return Err(LabelError::NoneLeft { n_read: counts.n_read, why: why.join(", ") });
    }
    if n_converted == 0 || n_converted == n_leads {
        return Err(LabelError::OneOutcome { n_leads, n_converted });
    }
    for (kind, n_few) in [("converted", n_converted), ("did not convert", n_leads - n_converted)] {
        if n_few < MIN_OF_EACH {
            return Err(LabelError::TooFew {
                kind,
                n_few,
                n_leads,
                n_needed: MIN_OF_EACH,
                n_more: MIN_OF_EACH - n_few,
            });
        }
    }
    Ok(())
}

/// The column of a table, or an error that names the nearest there is.
fn column_of<'a>(
    frame: &'a DataFrame,
    column: &str,
    table: &'static str,
    key: &'static str,
) -> Result<&'a Column, LabelError> {
    frame.column(column).map_err(|_| {
        let names: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
        let near = nearest(column, names.iter().copied());
        LabelError::NoColumn {
            table,
            column: column.to_owned(),
            key,
            nearest: near.first().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default(),
            columns: names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        }
    })
}

fn noted_times(
    frame: &DataFrame,
    column: &str,
    table: &'static str,
    key: &'static str,
    notes: &mut Vec<Note>,
) -> Result<Vec<Option<i64>>, LabelError> {
    let times = times_of(frame, column, table, key)?;
    if times.is_zoneless {
        notes.push(Note::new("labels", format!("times of `{column}` have no zone; taken as UTC")));
    }
    Ok(times.microseconds)
}

/// Ids of a table: whole numbers as they are, everything else as text.
fn ids_of(frame: &DataFrame, column: &str, key: &'static str, table: &'static str) -> Result<LeadIds, LabelError> {
    let values = column_of(frame, column, table, key)?;
    let missing = |row: usize| LabelError::NoId { column: column.to_owned(), key, table, row: row + 1 };
    if values.dtype().is_integer()
        && values.dtype() != &DataType::UInt64
        && let Ok(whole) = values.cast(&DataType::Int64)
        && let Ok(whole) = whole.i64()
    {
        let values =
            whole.iter().enumerate().map(|(row, id)| id.ok_or_else(|| missing(row))).collect::<Result<_, _>>()?;
        return Ok(LeadIds::Whole { column: column.to_owned(), values });
    }
    let texts = values.cast(&DataType::String).map_err(|_| missing(0))?;
    let texts = texts.str().map_err(|_| missing(0))?;
    let values = (texts.iter().enumerate())
        .map(|(row, id)| id.filter(|id| !id.is_empty()).map(str::to_owned).ok_or_else(|| missing(row)))
        .collect::<Result<_, _>>()?;
    Ok(LeadIds::Text { column: column.to_owned(), values })
}

fn numbers_of(frame: &DataFrame, column: &str, table: &'static str, key: &'static str) -> Result<Vec<f64>, LabelError> {
    let values = column_of(frame, column, table, key)?;
    let refuse = |why: String| LabelError::BadSetting { key, seen: column.to_owned(), why };
    let numbers = values.cast(&DataType::Float64).map_err(|e| refuse(e.to_string()))?;
    let numbers = numbers.f64().map_err(|e| refuse(e.to_string()))?;
    Ok(numbers.iter().map(|number| number.unwrap_or(f64::NAN)).collect())
}

/// Rows that sales never touched. Dispositions are compared without regard to case; unknown ones are noted.
fn untouched_of(
    frame: &DataFrame,
    column: &str,
    table: &'static str,
    notes: &mut Vec<Note>,
) -> Result<Vec<bool>, LabelError> {
    const KNOWN: [&str; 4] = ["accepted", "rejected", "recycled", "untouched"];
    let values = column_of(frame, column, table, "outcome.disposition")?;
    let refuse = |why: String| LabelError::BadSetting { key: "outcome.disposition", seen: column.to_owned(), why };
    let texts = values.cast(&DataType::String).map_err(|e| refuse(e.to_string()))?;
    let texts = texts.str().map_err(|e| refuse(e.to_string()))?;
    let mut unknown = BTreeMap::<String, usize>::new();
    let untouched = texts
        .iter()
        .map(|text| {
            let text = text.map(|text| normalise_text(text).to_lowercase()).filter(|text| !text.is_empty());
            if let Some(text) = text.as_ref().filter(|text| !KNOWN.contains(&text.as_str())) {
                *unknown.entry(text.clone()).or_default() += 1;
            }
            text.as_deref() == Some("untouched")
        })
        .collect();
    if !unknown.is_empty() {
        let shown: Vec<String> = unknown.iter().take(6).map(|(text, n)| format!("\"{text}\" ({n})")).collect();
        notes.push(Note::new(
            "labels",
            format!(
                "column `{column}` (outcome.disposition) says {}; known are accepted, rejected, recycled and untouched, others count as touched",
                shown.join(", ")
            ),
        ));
    }
    Ok(untouched)
}

fn grouping_of(frame: &DataFrame, column: &str, key: &'static str, rows: &[usize]) -> Result<Grouping, LabelError> {
    let values = column_of(frame, column, "leads", key)?;
    let refuse = |why: String| LabelError::BadSetting { key, seen: column.to_owned(), why };
    let texts = values.cast(&DataType::String).map_err(|e| refuse(e.to_string()))?;
    let texts = texts.str().map_err(|e| refuse(e.to_string()))?;
    let name_of =
        |row: usize| texts.get(row).map_or_else(|| "(missing)".to_owned(), |text| normalise_text(text).into_owned());
    let names: Vec<String> =
        rows.iter().map(|&row| name_of(row)).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let positions = rows.iter().map(|&row| names.binary_search(&name_of(row)).map_or(0, |at| at as u32)).collect();
    Ok(Grouping { column: column.to_owned(), names, positions })
}

fn own_folds(frame: &DataFrame, config: &Config, rows: &[usize]) -> Result<Option<Vec<i64>>, LabelError> {
    let Some(column) = &config.folds.column else { return Ok(None) };
    let values = column_of(frame, column, "leads", "folds.column")?;
    let refuse = |why: String| LabelError::BadSetting { key: "folds.column", seen: column.clone(), why };
    if !values.dtype().is_integer() {
        return Err(refuse(format!("it is of type {}; fold numbers are whole numbers", values.dtype())));
    }
    let whole = values.cast(&DataType::Int64).map_err(|e| refuse(e.to_string()))?;
    let whole = whole.i64().map_err(|e| refuse(e.to_string()))?;
    let fold_of = |&row: &usize| whole.get(row).ok_or_else(|| refuse(format!("row {} has no fold number", row + 1)));
    rows.iter().map(fold_of).collect::<Result<_, _>>().map(Some)
}

/// The leads that have a fair outcome; every vector has one entry per labelled lead, in the order of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledLeads {
    /// Names of the leads.
    pub ids: LeadIds,
    /// Row of the lead in the lead table as read, `0..n_read`.
    pub rows: Vec<u32>,
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<Vec<i64>>,
    /// Converted within the horizon.
    pub converted: Vec<bool>,
    /// Value of the lead, in the user's currency; NaN where unknown.
    pub value: Option<Vec<f64>>,
    /// Segment of the lead (positions into names), `None` without such a column.
    pub segment: Option<Grouping>,
    /// Source of the lead.
    pub source: Option<Grouping>,
    /// Team of the lead.
    pub team: Option<Grouping>,
    /// The user's own fold numbers, when `folds.by = "column"`.
    pub own_fold: Option<Vec<i64>>,
    /// Days after as-of in which a conversion counts; `None` without a horizon.
    pub horizon_days: Option<f64>,
    /// How many leads were read and why some are not here.
    pub counts: LabelCounts,
}

impl LabelledLeads {
    /// Number of labelled leads.
    pub fn n_leads(&self) -> usize {
        self.converted.len()
    }

    /// Number of labelled leads that converted.
    pub fn n_converted(&self) -> usize {
        self.converted.iter().filter(|&&converted| converted).count()
    }
}

/// A text column as positions into its distinct names; missing is the name `(missing)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// The user's column.
    pub column: String,
    /// Distinct names in byte order.
    pub names: Vec<String>,
    /// Position of each lead's name.
    pub positions: Vec<u32>,
}

/// How many leads were read, kept and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Leads in the table.
    pub n_read: usize,
    /// Horizon ends after `observed_until` and no conversion yet: not a loss, left out.
    pub n_immature: usize,
    /// Sales never touched the lead: no fair outcome, left out.
    pub n_untouched: usize,
    /// The outcome is missing (null flag, no outcome row for a flag column): left out.
    pub n_without_outcome: usize,
    /// Same id and as-of as an earlier row: left out.
    pub n_duplicate: usize,
    /// As-of after the conversion: left out, the card would know the answer.
    pub n_as_of_after_conversion: usize,
    /// No as-of moment where one is needed: left out.
    pub n_without_as_of: usize,
}

/// Names of leads under the user's own column name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadIds {
    /// Whole-number ids.
    Whole {
        /// The user's column.
        column: String,
        /// One per lead.
        values: Vec<i64>,
    },
    /// Text ids.
    Text {
        /// The user's column.
        column: String,
        /// One per lead.
        values: Vec<String>,
    },
    /// No id column: the row number names the lead, column `row`.
    RowNumber,
}

/// Names of leads already seen, as a hash of id and hand-off: 64 bits each twice over, so that two leads are never taken for
/// one (at a billion leads, the chance is below 1e-20).
type SeenLeads = HashSet<(u64, u64)>;

impl LeadIds {
    /// The ids at some positions, in that order.
    pub fn select(&self, positions: &[usize]) -> Self {
        match self {
            Self::Whole { column, values } => {
                Self::Whole { column: column.clone(), values: positions.iter().map(|&at| values[at]).collect() }
            }
            Self::Text { column, values } => {
                Self::Text { column: column.clone(), values: positions.iter().map(|&at| values[at].clone()).collect() }
            }
            Self::RowNumber => Self::RowNumber,
        }
    }

    /// Whether no earlier row had the same id and hand-off; rows without an id are all new.
    fn is_new(&self, row: usize, as_of: Option<i64>, seen: &mut SeenLeads) -> bool {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let hash = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            salt.hash(&mut hasher);
            as_of.hash(&mut hasher);
            match self {
                Self::Whole { values, .. } => values[row].hash(&mut hasher),
                Self::Text { values, .. } => values[row].hash(&mut hasher),
                Self::RowNumber => row.hash(&mut hasher),
            }
            hasher.finish()
        };
        matches!(self, Self::RowNumber) || seen.insert((hash(0), hash(1)))
    }

    /// Whole numbers as text where the other side is text, so that the two can be joined.
    fn as_kind_of(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Whole { column, values }, Self::Text { .. }) => {
                Self::Text { column: column.clone(), values: values.iter().map(i64::to_string).collect() }
            }
            _ => self.clone(),
        }
    }
}
