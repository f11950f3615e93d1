//! Count: grid and patterns of tables that are here, as the statements make them of tables in a warehouse.

use std::collections::HashSet;

use rayon::prelude::*;

use super::WarehouseError;
use super::grid::{Cells, Grid};
use super::layout::{Coding, Layout, Part, Source, TableRole};
use super::patterns::{NONE, Patterns};
use crate::data::DataError;
use crate::data::columns::{IdColumn, NO_TIME, Times, UserColumn, UserTable};
use crate::data::features::{EventCounts, count_events};
use crate::data::inputs::Tables;
use crate::data::labels::{Conversions, Identities, KeyColumns, KeyedLeads, LeadIds, LeadIndex, NO_ROW, keyed_leads};
use crate::data::table::Table;
use crate::notes::counted;
use crate::settings::{ColumnType, Settings, US_PER_DAY};

/// What was counted.
#[derive(Debug)]
pub(super) struct Counted {
    pub grid: Grid,
    pub patterns: Patterns,
    /// Rows without an id or a hand-off, which take no part.
    pub n_left_out: u64,
}

/// The values of a part, one per hand-off.
enum Values {
    Numbers(Vec<f64>),
    /// Positions among distinct texts, from 1; 0 where there is none.
    Texts {
        positions: Vec<i64>,
        texts: Vec<String>,
    },
    Codes(Vec<i64>),
}

/// Counts the leads of tables by pattern.
///
/// # Errors
/// [`WarehouseError`] where a lead or outcome is there twice, or a column is not what the layout says.
pub(super) fn count(tables: &Tables, settings: &Settings, layout: &Layout) -> Result<Counted, WarehouseError> {
    let hand_offs = HandOffs::of(tables, layout, settings)?;
    let events = count_of_events(tables, settings, layout, &hand_offs)?;
    let values = |part: &Part| hand_offs.values(part, events.as_ref());
    let values = layout.parts.par_iter().map(values).collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, _>>()?;
    let coded: Vec<(Option<Cells>, Vec<i64>)> =
        values.into_par_iter().map(|values| coded(values, layout.n_cells)).collect();
    let (parts, columns): (Vec<Option<Cells>>, Vec<Vec<i64>>) = coded.into_iter().unzip();
    let grid = Grid { parts };
    grid.check(layout, "the leads")?;
    let n_rows = hand_offs.rows.len();
    let mut order: Vec<u32> = (0..n_rows as u32).collect();
    let key = |row: u32| columns.iter().map(move |column| column[row as usize]);
    order.par_sort_unstable_by(|&a, &b| key(a).cmp(key(b)));
    let alike: Vec<&[u32]> = order.chunk_by(|&a, &b| key(a).eq(key(b))).collect();
    let of_pattern = |column: &Vec<i64>| alike.iter().map(|rows| column[rows[0] as usize]).collect();
    let n = alike.iter().map(|rows| rows.len() as u64).collect();
    let patterns = Patterns::of(columns.iter().map(of_pattern).collect(), n, layout, &grid).map_err(DataError::new)?;
    Ok(Counted { grid, patterns, n_left_out: (tables.leads.n_rows - n_rows) as u64 })
}

/// What a column of these tables holds, for [`Layout::of`].
pub(super) fn type_in(tables: &Tables, table: TableRole, column: &str) -> Option<ColumnType> {
    use crate::data::table::Content;
    let table = match table {
        TableRole::Leads => &tables.leads,
        TableRole::Outcomes => tables.outcomes.as_ref()?,
    };
    match &table.column(column)?.content {
        Content::Booleans(_) => Some(ColumnType::Boolean),
        Content::Days(_) => Some(ColumnType::Day),
        Content::Times(_) => Some(ColumnType::Moment),
        Content::Texts(_) => Some(ColumnType::Text),
        number if number.is_number() => Some(ColumnType::Number),
        _ => None,
    }
}

/// The hand-offs that take part.
struct HandOffs<'a> {
    tables: &'a Tables,
    /// Row of each in the lead table.
    rows: Vec<u32>,
    ids: LeadIds,
    /// Moment of each, and whether hand-offs are days.
    as_of: Option<(Vec<i64>, bool)>,
    /// Row of each in the outcome table, where it has one.
    outcome_rows: Option<Vec<Option<u32>>>,
}

impl<'a> HandOffs<'a> {
    fn of(tables: &'a Tables, layout: &Layout, settings: &Settings) -> Result<Self, WarehouseError> {
        let leads = UserTable::leads(&tables.leads);
        let ids = leads.column("leads.id", &layout.id)?.to_ids()?;
        let (rows, as_of, picked) = match &layout.as_of {
            Some((column, column_type)) => {
                let keys = KeyColumns { id: layout.id.clone(), as_of: column.clone() };
                let KeyedLeads { ids, as_of, rows, .. } = keyed_leads(&tables.leads, &keys, &mut Vec::new())?;
                (rows, Some((as_of, *column_type == ColumnType::Day)), ids)
            }
            None => ((0..ids.len() as u32).filter(|&row| ids.has(row as usize)).collect(), None, LeadIds::RowNumber),
        };
        let moment = |at: usize| as_of.as_ref().map_or(0, |(as_of, _): &(Vec<i64>, bool)| as_of[at]);
        refuse_repeated(&ids, &rows, &moment, &layout.id)?;
        let outcome_rows = match &tables.outcomes {
            Some(outcomes) => {
                let of_row = rows_of_outcomes(ids, tables, outcomes, layout, settings)?;
                Some(rows.iter().map(|&row| Some(of_row[row as usize]).filter(|&row| row != NO_ROW)).collect())
            }
            None => None,
        };
        Ok(Self { tables, rows, ids: picked, as_of, outcome_rows })
    }

    fn values(&self, part: &Part, events: Option<&EventCounts>) -> Result<Values, DataError> {
        match &part.source {
            Source::Column { table, column } => self.plain(*table, column, part.coding),
            Source::DaysBefore { column } => {
                let times = self.column(TableRole::Leads, column)?.to_times()?;
                let Some((as_of, _)) = &self.as_of else { return Ok(Values::Numbers(vec![f64::NAN; self.rows.len()])) };
                let days = |(&row, &as_of): (&u32, &i64)| match times.micros[row as usize] {
                    time if time == NO_TIME || time > as_of => f64::NAN,
                    time => (as_of - time).div_euclid(US_PER_DAY) as f64,
                };
                Ok(Values::Numbers(self.rows.iter().zip(as_of).map(days).collect()))
            }
            Source::Events(rule) => {
                let events = events.ok_or_else(|| crate::data::features::no_events(&part.name))?;
                Ok(Values::Numbers(events.of_part(0).measure(&part.name, rule)?.0))
            }
            Source::AsOfDay => {
                let as_of = self.as_of.iter().flat_map(|(as_of, _)| as_of);
                Ok(Values::Codes(as_of.map(|moment| moment.div_euclid(US_PER_DAY)).collect()))
            }
            Source::Converted { table, column, column_type } => {
                let Times { micros, .. } = self.column(*table, column)?.to_times()?;
                let code = |at: usize| {
                    let time = self.row_in(*table, at).map_or(NO_TIME, |row| micros[row]);
                    if time == NO_TIME { NONE } else { self.days_to(at, time, *column_type == ColumnType::Day) }
                };
                Ok(Values::Codes((0..self.rows.len()).map(code).collect()))
            }
        }
    }

    /// Whole days from the hand-off to a conversion, away from the hand-off; without one the day of the conversion.
    fn days_to(&self, at: usize, time: i64, is_day: bool) -> i64 {
        let Some((as_of, are_days)) = &self.as_of else { return time.div_euclid(US_PER_DAY) };
        let mut from = as_of[at];
        if is_day && !are_days {
            from -= from.rem_euclid(US_PER_DAY);
        }
        let away = if time >= from { US_PER_DAY - 1 } else { 0 };
        (time - from + away).div_euclid(US_PER_DAY)
    }

    fn plain(&self, table: TableRole, name: &str, coding: Coding) -> Result<Values, DataError> {
        let column = self.column(table, name)?;
        let rows = |at: usize| self.row_in(table, at);
        let n = self.rows.len();
        match coding {
            Coding::Number => {
                let numbers = column.to_numbers()?;
                // An infinite one is the largest there is, and 0 has no sign.
                let number = |row: usize| numbers[row].clamp(f64::MIN, f64::MAX) + 0.0;
                Ok(Values::Numbers((0..n).map(|at| rows(at).map_or(f64::NAN, number)).collect()))
            }
            Coding::Text => {
                let read = column.to_encoded_texts()?;
                let mut texts: Vec<String> =
                    read.distinct().filter(|text| !text.is_empty()).map(str::to_owned).collect();
                texts.sort_unstable();
                let code_of = |text: &str| match texts.binary_search_by(|known| known.as_str().cmp(text)) {
                    Ok(at) => 1 + at as i64,
                    Err(_) => 0,
                };
                let of_code: Vec<i64> = read.distinct().map(code_of).collect();
                let position =
                    |at| rows(at).and_then(|row| of_code.get(read.codes[row] as usize)).copied().unwrap_or(0);
                Ok(Values::Texts { positions: (0..n).map(position).collect(), texts })
            }
            Coding::Boolean => {
                let flags = column.to_booleans()?;
                let code = |at| rows(at).and_then(|row| flags[row]).map_or(0, |flag| 1 + i64::from(flag));
                Ok(Values::Codes((0..n).map(code).collect()))
            }
            Coding::Whole => {
                let whole = column.to_whole_numbers("fold numbers are whole numbers")?;
                Ok(Values::Codes((0..n).map(|at| rows(at).and_then(|row| whole[row]).unwrap_or(NONE)).collect()))
            }
        }
    }

    fn column(&self, table: TableRole, name: &str) -> Result<UserColumn<'a>, DataError> {
        match (table, &self.tables.outcomes) {
            (TableRole::Outcomes, Some(outcomes)) => UserTable::outcomes(outcomes).column("outcome", name),
            _ => UserTable::leads(&self.tables.leads).column("warehouse", name),
        }
    }

    fn row_in(&self, table: TableRole, at: usize) -> Option<usize> {
        match table {
            TableRole::Leads => Some(self.rows[at] as usize),
            TableRole::Outcomes => self.outcome_rows.as_ref()?[at].map(|row| row as usize),
        }
    }
}

/// Refuses a lead that is handed off twice at one moment: which of its rows counts, no warehouse can say.
fn refuse_repeated(ids: &IdColumn, rows: &[u32], moment: &dyn Fn(usize) -> i64, column: &str) -> Result<(), DataError> {
    let is_repeated = ids.are_repeated();
    let mut seen = HashSet::new();
    let mut repeated = (0..rows.len())
        .filter(|&at| is_repeated[rows[at] as usize])
        .filter(|&at| !seen.insert((ids.written(rows[at] as usize), moment(at))));
    let Some(first) = repeated.next() else { return Ok(()) };
    let n = counted(1 + repeated.count() as u64, "row");
    let (row, id) = (rows[first] + 1, ids.written(rows[first] as usize).unwrap_or_default());
    Err(DataError::new(format!(
        "{n} of the lead table have id and hand-off of an earlier row; the first is row {row}, {column} {id}\n\
         hint: keep one row of each in a view; a warehouse cannot say which comes first"
    )))
}

/// The row of the outcome of each row of the leads, [`NO_ROW`] where there is none.
///
/// # Errors
/// [`DataError`] where a lead has two outcomes.
fn rows_of_outcomes(
    ids: IdColumn,
    tables: &Tables,
    outcomes: &Table,
    layout: &Layout,
    settings: &Settings,
) -> Result<Vec<u32>, DataError> {
    let (key, name) = match settings.outcome.id.as_deref() {
        Some(name) => ("outcome.id", name),
        None => ("leads.id", layout.id.as_str()),
    };
    let outcome_ids = UserTable::outcomes(outcomes).column(key, name)?.to_ids()?;
    let repeated = outcome_ids.are_repeated();
    let n_repeated = (0..outcome_ids.len()).filter(|&row| outcome_ids.has(row) && repeated[row]).count();
    if n_repeated > 0 {
        let n_rows = counted(n_repeated as u64, "row");
        return Err(DataError::new(format!(
            "{n_rows} of the outcome table share their id with another\n\
             hint: keep one row of each lead in a view; a warehouse cannot say which comes first"
        )));
    }
    let (ids, outcome_ids) = ids.alike(outcome_ids);
    let leads = UserTable::leads(&tables.leads);
    let as_of = layout.as_of.as_ref().map(|(column, _)| leads.column("leads.as_of", column)?.to_times()).transpose()?;
    let conversion = layout.conversion();
    let times = conversion
        .map(|(_, column, _)| UserTable::outcomes(outcomes).column("outcome.converted_at", column)?.to_times());
    let times = times.transpose()?;
    let are_days = conversion.is_some_and(|(_, _, of)| of == ColumnType::Day) && !layout.are_days();
    let conversions = times.as_ref().map(|times| Conversions { at: &times.micros, are_days });
    let index = LeadIndex::new(&ids, as_of.as_ref().map(|as_of| as_of.micros.as_slice()), |_| true);
    Ok(index.assign(&outcome_ids, conversions, |_| true).outcome_of)
}

fn count_of_events(
    tables: &Tables,
    settings: &Settings,
    layout: &Layout,
    hand_offs: &HandOffs<'_>,
) -> Result<Option<EventCounts>, WarehouseError> {
    let rules: Vec<_> = layout.event_rules().collect();
    let (Some(events), Some(config)) = (&tables.events, &settings.events) else { return Ok(None) };
    if rules.is_empty() {
        return Ok(None);
    }
    let as_of = hand_offs.as_of.as_ref().map(|(as_of, _)| as_of.as_slice());
    let leads = Identities { ids: &hand_offs.ids, rows: &hand_offs.rows, as_of };
    count_events(events, config, &rules, &[leads])
        .map(Some)
        .map_err(|error| crate::data::dataset::IntakeError::from(error).into())
}

fn coded(values: Values, n_cells: u32) -> (Option<Cells>, Vec<i64>) {
    match values {
        Values::Codes(codes) => (None, codes),
        Values::Texts { positions, texts } => {
            // Texts of rows that take no part are none of the grid.
            let mut new_code = vec![0_i64; texts.len() + 1];
            positions.iter().for_each(|&at| new_code[at as usize] = 1);
            new_code[0] = 0;
            let mut kept = Vec::new();
            for (code, text) in new_code.iter_mut().skip(1).zip(texts) {
                if *code == 1 {
                    kept.push(text);
                    *code = kept.len() as i64;
                }
            }
            (Some(Cells::Texts(kept)), positions.iter().map(|&at| new_code[at as usize]).collect())
        }
        Values::Numbers(numbers) => {
            let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let counts: Vec<(f64, u64)> =
                sorted.chunk_by(|a, b| a == b).map(|alike| (alike[0], alike.len() as u64)).collect();
            let cells = Cells::of_numbers(&counts, n_cells);
            let codes = numbers.iter().map(|&number| cells.code_of(number)).collect();
            (Some(cells), codes)
        }
    }
}
