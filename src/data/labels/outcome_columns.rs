//! What the outcome table, or the lead table itself, tells of each of its rows.

use super::dispositions::{Disposition, read_dispositions};
use super::flag::{read_flag, read_yes_no};
use super::outcome_words::DealState;
use super::weights::{RowWeights, Shares, read_shares};
use crate::data::DataError;
use crate::data::columns::{NO_TIME, Texts, Times, UserColumn, UserTable};
use crate::notes::{Note, counted};
use crate::settings::OutcomeConfig;

/// The outcome columns, one entry per row of the table they are in.
#[derive(Debug)]
pub(super) struct OutcomeColumns {
    flag: Option<Vec<Option<DealState>>>,
    /// How many leads of each row converted, where `flag` was read from shares.
    pub n_converted: Option<Vec<u32>>,
    /// Deals that another column says are not closed; empty without one.
    is_not_closed: Vec<bool>,
    /// Moments of conversion; with a flag, only where it says so.
    pub converted_at: Option<Times>,
    /// What sales did; `None` where nothing is said, or nothing that is understood.
    pub disposition: Option<Vec<Option<Disposition>>>,
    /// Value of the lead, NaN where unknown.
    pub value: Option<Vec<f64>>,
}

/// What is known of the conversion of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// The flag says nothing.
    Unknown,
    /// Has not converted.
    No,
    /// Has not converted yet: neither won nor lost.
    Open,
    /// Converted, at a moment where one is given.
    Yes {
        /// Microseconds since 1970 UTC, or [`NO_TIME`].
        at: i64,
    },
}

impl OutcomeColumns {
    /// No column tells anything: of every one of `n_rows` it is not known whether it converted.
    pub(super) fn nothing(n_rows: usize) -> Self {
        Self {
            flag: Some(vec![None; n_rows]),
            n_converted: None,
            is_not_closed: Vec::new(),
            converted_at: None,
            disposition: None,
            value: None,
        }
    }

    /// Reads the columns the config names.
    ///
    /// - `weights`: how many leads each row stands for, of which `outcome.shares` are shares.
    ///
    /// # Errors
    /// A [`DataError`] when one is not there or cannot be read, or when none says who converted.
    pub(super) fn read(
        table: UserTable<'_>,
        names: &OutcomeConfig,
        weights: Option<&RowWeights>,
        notes: &mut Vec<Note>,
    ) -> Result<Self, DataError> {
        let flag = table.optional("outcome.converted", names.converted.as_deref())?;
        let converted_at = table.optional("outcome.converted_at", names.converted_at.as_deref())?;
        let closed = table.optional("outcome.closed", names.closed.as_deref())?;
        let disposition = table.optional("outcome.disposition", names.disposition.as_deref())?;
        let value = table.optional("outcome.value", names.value.as_deref())?;
        if flag.is_none() && converted_at.is_none() {
            return Err(DataError::new(
                "nothing says which leads converted\n\
                 hint: name the column in `outcome.converted` (or --converted), or the moment of conversion in \
                 `outcome.converted_at` (or --converted-at)",
            ));
        }
        let (flag, n_converted) = match flag {
            Some(column) if names.shares => {
                let Shares { flag, n_converted } = read_shares(column, weights, notes)?;
                (Some(flag), Some(n_converted))
            }
            Some(column) => (Some(read_flag(column, names, notes)?), None),
            None => (None, None),
        };
        let converted_at = converted_at.map(|column| read_times(column, notes)).transpose()?;
        let disposition =
            disposition.map(|column| read_dispositions(column, &names.disposition_values, notes)).transpose()?;
        let value = match value {
            None => None,
            Some(column) => {
                let mut values = column.to_numbers()?;
                let mut n_infinite = 0;
                for value in values.iter_mut().filter(|value| value.is_infinite()) {
                    *value = f64::NAN;
                    n_infinite += 1;
                }
                if n_infinite > 0 {
                    let (name, values) = (column.name(), counted(n_infinite, "infinite value"));
                    notes.push(Note::new("labels", format!("column {name:?}: {values} taken as unknown")));
                }
                Some(values)
            }
        };
        let mut told = Self { flag, n_converted, is_not_closed: Vec::new(), converted_at, disposition, value };
        told.note_contradictions(notes);
        told.keep_moments_of_conversions();
        if let Some(column) = closed {
            told.is_not_closed = told.read_not_closed(column, notes)?;
        }
        Ok(told)
    }

    /// A day in the row of a lost or open deal is that of its end, or an expected one: nothing converted then.
    fn keep_moments_of_conversions(&mut self) {
        let (Some(flag), Some(times)) = (&self.flag, &mut self.converted_at) else { return };
        let others = flag.iter().zip(&mut times.micros).filter(|(state, _)| **state != Some(DealState::Won));
        others.for_each(|(_, at)| *at = NO_TIME);
    }

    /// The deals that are not closed, and have not converted either.
    fn read_not_closed(&self, column: UserColumn<'_>, notes: &mut Vec<Note>) -> Result<Vec<bool>, DataError> {
        // Which of its texts mean yes is no news here: they say who is closed, not who converted.
        let closed = read_yes_no(column, &mut Vec::new())?;
        let is_open = |row: usize| closed[row] == Some(false);
        let has_converted = |row: usize| matches!(self.conversion(row), Conversion::Yes { .. });
        let n_odd = (0..closed.len()).filter(|&row| is_open(row) && has_converted(row)).count();
        let not_closed: Vec<bool> = (0..closed.len()).map(|row| is_open(row) && !has_converted(row)).collect();
        let n_open = not_closed.iter().filter(|&&is_open| is_open).count();
        let name = column.name();
        if n_open > 0 {
            let rows = counted(n_open as u64, "row");
            let text = format!("column {name:?} says which deals are closed: {rows} not closed are open, not lost");
            notes.push(Note::new("labels", text));
        }
        let what = format!("converted although column {name:?} says that they are not closed: taken as converted");
        notes.extend(Note::of_some("labels", n_odd, "outcome", &what));
        Ok(not_closed)
    }

    /// What the row says of the conversion. With a flag and a moment, the flag says whether and the moment when.
    pub(super) fn conversion(&self, row: usize) -> Conversion {
        let at = self.converted_at.as_ref().map_or(NO_TIME, |times| times.micros[row]);
        if self.is_not_closed.get(row) == Some(&true) {
            return Conversion::Open;
        }
        match &self.flag {
            Some(flag) => match flag[row] {
                None => Conversion::Unknown,
                Some(DealState::Lost) => Conversion::No,
                Some(DealState::Open) => Conversion::Open,
                Some(DealState::Won) => Conversion::Yes { at },
            },
            None if at == NO_TIME => Conversion::No,
            None => Conversion::Yes { at },
        }
    }

    /// Whether a flag says who converted, and not only a moment when.
    pub(super) fn says_whether(&self) -> bool {
        self.flag.is_some()
    }

    /// Whether some deals are known to be neither won nor lost.
    pub(super) fn knows_open(&self) -> bool {
        self.is_not_closed.contains(&true) || self.flag.iter().flatten().any(|&state| state == Some(DealState::Open))
    }

    /// What a lead without a row says: with a flag nothing, with moments of conversion that there was none.
    pub(super) fn conversion_without_row(&self) -> Conversion {
        if self.flag.is_some() { Conversion::Unknown } else { Conversion::No }
    }

    /// Whether sales never touched the lead.
    pub(super) fn is_untouched(&self, row: usize) -> bool {
        self.disposition.as_ref().is_some_and(|disposition| disposition[row] == Some(Disposition::Untouched))
    }

    fn note_contradictions(&self, notes: &mut Vec<Note>) {
        let (Some(flag), Some(times)) = (&self.flag, &self.converted_at) else { return };
        let n_revoked = flag
            .iter()
            .zip(&times.micros)
            .filter(|&(&flag, &at)| flag == Some(DealState::Lost) && at != NO_TIME)
            .count();
        let what = "with a time of conversion although the flag says no: the flag decides";
        notes.extend(Note::of_some("labels", n_revoked, "outcome", what));
    }
}

/// What only `bantam feedback` asks of the outcome columns, one entry per row of their table.
#[derive(Debug)]
pub(super) struct SalesColumns {
    /// Why sales turned the lead down, in its own words.
    pub reason: Option<Texts>,
    /// When sales first touched the lead.
    pub first_touch: Option<Times>,
}

impl SalesColumns {
    /// Reads the columns the config names.
    ///
    /// # Errors
    /// A [`DataError`] when one is not there or cannot be read.
    pub(super) fn read(table: UserTable<'_>, names: &OutcomeConfig, notes: &mut Vec<Note>) -> Result<Self, DataError> {
        let reason = table.optional("outcome.reason", names.reason.as_deref())?;
        let first_touch = table.optional("outcome.first_touch", names.first_touch.as_deref())?;
        let reason = reason.map(|column| column.to_texts()).transpose()?;
        let first_touch = first_touch.map(|column| read_times(column, notes)).transpose()?;
        Ok(Self { reason, first_touch })
    }
}

/// The times of a column; a note says where those without a zone were read as UTC.
///
/// # Errors
/// Those of [`UserColumn::to_times`].
pub(super) fn read_times(column: UserColumn<'_>, notes: &mut Vec<Note>) -> Result<Times, DataError> {
    let times = column.to_times()?;
    notes.extend(times.is_zoneless.then(|| column.zone_note("labels")));
    Ok(times)
}
