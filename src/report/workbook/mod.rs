//! The workbook `scorecard.xlsx`: card, live calculator, many leads at once, frontier, scenarios, notes.
//!
//! In: the card read back, metrics, frontier and policies. Out: the bytes of the file. Start at [`workbook`].
//!
//! `sheet` writes cells, `look` says how they look, `words` what text from the data becomes; each other file is one sheet. The
//! sheets `Levels` and `Curve` hold the card for the formulas of `Calculator` and `Leads`.
//!
//! Always true: no text from the data stands in a formula, in the name of a sheet or in a list typed into a drop-down; every
//! formula carries the engine's own result, for viewers that do not calculate; nothing that can be typed comes to an error; the
//! same input gives the same bytes.

mod answers;
mod calculator;
mod card;
mod cell;
mod curve;
mod frontier;
mod leads;
mod levels;
mod look;
mod notes;
mod scenarios;
mod sheet;
#[cfg(test)]
mod tests;
mod words;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::curve::Curve;
use self::levels::Levels;
use self::look::Look;
use super::RunParts;
use crate::card::Card;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The card, or the frontier, has more lines than a sheet of Excel.
    #[error(
        "sheet `{sheet}` of the workbook does not fit into Excel: it goes on to row {row}, column {column}, and Excel ends at \
         row 1,048,576, column 16,384\nhint: a smaller card fits, for example with `points.size = \"simple\"`"
    )]
    TooLarge {
        /// The sheet.
        sheet: &'static str,
        /// Row of the first cell that does not fit, from 1.
        row: u32,
        /// Its column, from 1.
        column: u32,
    },
    /// The library refused.
    #[error("the workbook cannot be written: {0}")]
    Write(#[from] XlsxError),
}

/// The workbook as a file, in memory.
///
/// - `parts`: the card must have been checked ([`Card::from_json`](crate::card::Card::from_json) does).
///
/// # Errors
/// [`WorkbookError::TooLarge`] when a sheet would not fit into Excel.
pub fn workbook(parts: &RunParts<'_>) -> Result<Vec<u8>, WorkbookError> {
    let look = Look::new();
    let mut workbook = Workbook::new();
    workbook.set_properties(
        &DocProperties::new()
            .set_title("Scorecard")
            .set_subject("What a lead's answers are worth, and what each threshold brings")
            .set_author(parts.card.provenance.engine.as_str())
            .set_creation_datetime(&made_at(parts.card)?),
    );
    let per = frontier::per_words(parts.frontier.per);
    let (levels, levels_sheet) = Levels::write(parts.card, &mut workbook, &look)?;
    let (curve, curve_sheet) = Curve::write(parts.card, &look)?;
    let (frontier, frontier_sheet) = frontier::Table::write(parts, &look)?;
    let sheets = [
        card::write(parts, per, &look)?,
        calculator::write(parts.card, &levels, &curve, &look)?,
        leads::write(parts.card, &levels, &curve, &look)?,
        frontier_sheet,
        scenarios::write(parts, &curve, &frontier, &look)?,
        notes::write(parts, &look)?,
        levels_sheet,
        curve_sheet,
    ];
    for sheet in sheets {
        workbook.push_worksheet(sheet.finish());
    }
    Ok(workbook.save_to_buffer()?)
}

/// The last hand-off in the data, because a clock would make two equal runs differ; the turn of the century without dates.
fn made_at(card: &Card) -> Result<ExcelDateTime, XlsxError> {
    let last = card.provenance.last_as_of.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    match last.map(|last| ExcelDateTime::from_timestamp(last.as_second())) {
        Some(Ok(date)) => Ok(date),
        _ => ExcelDateTime::from_ymd(2000, 1, 1),
    }
}
