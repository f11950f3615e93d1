//! Workbooks: one sheet as rows of texts, dates and numbers written out.
//!
//! Always true: a cell's text is what its value is, not how it is shown: 0.345 for 34.5 %, 2026-03-05 for 5-Mar.

use std::path::Path;

use calamine::{Data, DataType, ExcelDateTime, Range, Reader, open_workbook_auto};
use csv::StringRecord;

use crate::data::read::LeadError;
use crate::data::read::guard::guarded;
use crate::nearest::nearest;

/// One sheet of a workbook.
#[derive(Debug)]
pub(super) struct Sheet {
    name: String,
    others: Vec<String>,
    rows: Vec<StringRecord>,
    /// Row of the sheet, from 1, in which `rows` begin.
    first_row: u64,
}

impl Sheet {
    /// Reads a sheet: the one asked for, or the first that has two rows.
    ///
    /// # Errors
    /// [`LeadError`]: no workbook, damaged, locked, no such sheet, no sheet with a table.
    pub(super) fn read(path: &Path, asked: Option<&str>) -> Result<Self, LeadError> {
        let shown = path.display();
        let damaged = |said: String| LeadError::undecodable(&shown, said);
        let mut workbook = guarded(|| open_workbook_auto(path))
            .map_err(|panic| damaged(format!("the reader of workbooks gave up ({panic})")))?
            .map_err(|error| damaged(error.to_string()))?;
        let names = workbook.sheet_names();
        let mut read = |name: &str| -> Result<Range<Data>, LeadError> {
            guarded(|| workbook.worksheet_range(name))
                .map_err(|panic| damaged(format!("the reader of workbooks gave up ({panic})")))?
                .map_err(|error| damaged(format!("sheet {name:?}: {error}")))
        };
        if let Some(asked) = asked {
            let Some(name) = names.iter().find(|name| *name == asked) else {
                let hint = match nearest(asked, names.iter().map(String::as_str)).first() {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("it has {}", crate::data::columns::in_quotes(&names, 12)),
                };
                return Err(LeadError::new(format!("{shown} has no sheet {asked:?}\nhint: {hint}")));
            };
            let range = read(name)?;
            return Ok(Self::new(name.clone(), Vec::new(), &range));
        }
        let mut found: Option<(String, Range<Data>)> = None;
        let mut others = Vec::new();
        for name in names {
            let range = read(&name)?;
            let is_table = range.height() >= 2;
            match (&found, is_table) {
                (None, true) => found = Some((name, range)),
                (Some(_), true) => others.push(name),
                _ => {}
            }
        }
        let (name, range) =
            found.ok_or_else(|| LeadError::new(format!("{shown} has no sheet with a header and a row")))?;
        Ok(Self::new(name, others, &range))
    }

    fn new(name: String, others: Vec<String>, range: &Range<Data>) -> Self {
        let rows = range.rows().map(|row| row.iter().map(text_of).collect()).collect();
        Self { name, others, rows, first_row: u64::from(range.start().map_or(0, |(row, _)| row)) + 1 }
    }

    /// The rows, as wide as the sheet.
    pub(super) fn rows(&self) -> &[StringRecord] {
        &self.rows
    }

    /// Row of the sheet, from 1, in which [`Sheet::rows`] begin.
    pub(super) fn first_row(&self) -> u64 {
        self.first_row
    }

    /// Which sheet was read where there are several.
    pub(super) fn remark(&self) -> Option<String> {
        let others = crate::data::columns::in_quotes(&self.others, 5);
        (!self.others.is_empty()).then(|| {
            format!("sheet {:?} was read; there are also {others}: choose with `sheet = \"...\"` or --sheet", self.name)
        })
    }
}

fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(*number),
        Data::Bool(flag) => flag.to_string(),
        Data::Error(error) => error.to_string(),
        Data::DateTime(moment) => time_text(moment, cell),
    }
}

fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{}", number as i64) } else { number.to_string() }
}

fn time_text(moment: &ExcelDateTime, cell: &Data) -> String {
    match cell.as_datetime() {
        // Less than a day from the epoch is a time of day, a longer span a number of days.
        Some(time) if moment.is_datetime() && moment.as_f64() >= 1.0 => {
            let text = time.format("%Y-%m-%dT%H:%M:%S%.f").to_string();
            text.strip_suffix("T00:00:00").unwrap_or(&text).to_owned()
        }
        Some(time) if moment.is_datetime() => time.format("%H:%M:%S").to_string(),
        _ => number_text(moment.as_f64()),
    }
}
