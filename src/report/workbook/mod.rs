//! The workbook `scorecard.xlsx`: decision, card, live calculator, many leads at once, frontier, scenarios, notes.
//!
//! In: the card read back, metrics, frontier and policies. Out: the bytes of the file. Start at [`workbook`].
//!
//! Each file here is one sheet. How cells are written, and the sheets that need nothing but the card (`Calculator`, `Leads`,
//! `Levels`, `Curve`), come from the exported workbook, `export::xlsx`.
//!
//! Always true: no text from the data stands in a formula, in the name of a sheet or in a list typed into a drop-down; every
//! formula carries the engine's own result, for viewers that do not calculate; nothing that can be typed comes to an error; the
//! same input gives the same bytes.

mod card;
mod decision;
mod frontier;
mod notes;
mod pairs;
mod pen;
mod scenarios;
#[cfg(test)]
mod tests;

use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use self::cell::{Area, Cell};
use self::curve::Curve;
use self::leads::Purpose;
use self::levels::Levels;
use self::look::Look;
use self::pen::{Pen, Written};
use self::sheet::{Cached, Sheet};
use super::RunParts;
use crate::export::maps::with_mapped_columns;
use crate::export::xlsx::{calculator, cell, curve, leads, levels, look, properties, sheet, words};

pub use crate::export::xlsx::WorkbookError;

/// Title, author and company of the file: the engine is its author where the config names none.
fn whose(parts: &RunParts<'_>) -> Result<DocProperties, XlsxError> {
    let report = &parts.metrics.report;
    let mut whose = properties(parts.card, "What a lead's answers are worth, and what each threshold brings")?;
    if let Some(title) = &report.title {
        whose = whose.set_title(words::name(title));
    }
    if let Some(author) = &report.author {
        whose = whose.set_author(words::name(author));
    }
    if let Some(company) = &report.company {
        whose = whose.set_company(words::name(company));
    }
    Ok(whose)
}

/// The workbook as a file, in memory.
///
/// - `parts`: the card must have been checked ([`Card::from_json`](crate::card::Card::from_json) does).
///
/// # Errors
/// [`WorkbookError::TooLarge`] when a sheet would not fit into Excel.
pub fn workbook(parts: &RunParts<'_>) -> Result<Vec<u8>, WorkbookError> {
    let look = Look::new();
    // Formulas cannot look into a text: the sheets take the answers that the card's rules make of it.
    let read = with_mapped_columns(parts.card);
    let mut workbook = Workbook::new();
    workbook.set_properties(&whose(parts)?);
    let per = parts.frontier.per.words();
    let (levels, levels_sheet) = Levels::write(&read, &mut workbook, &look)?;
    let (curve, curve_sheet) = Curve::write(&read, &look)?;
    let (frontier, frontier_sheet) = frontier::FrontierTable::write(parts, &look)?;
    let (scenarios_sheet, pays_from) = scenarios::write(parts, &curve, &frontier, &look)?;
    let of_the_card = [decision::write(parts, &pays_from, &look)?, card::write(parts, per, &look)?];
    let behind_it = [
        calculator::write(&read, &levels, &curve, &look)?,
        leads::write(&read, &levels, &curve, Purpose::Aside, None, &look)?,
        frontier_sheet,
        scenarios_sheet,
        notes::write(parts, &look)?,
        levels_sheet,
        curve_sheet,
    ];
    for sheet in of_the_card.into_iter().chain(pairs::write(parts.card, &look)?).chain(behind_it) {
        workbook.push_worksheet(sheet.finish());
    }
    Ok(workbook.save_to_buffer()?)
}
