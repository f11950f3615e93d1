//! A workbook that scores many leads while they are pasted: `Leads`, `Calculator` for one lead, `Check` for the golden rows.
//!
//! In: a checked card. Out: the file. Start at [`export`]. `report::workbook` puts the same sheets beside a run's other figures.
//!
//! `sheet` writes cells, `look` says how they look, `words` what text from the data becomes; `levels` and `curve` hold the card
//! for the formulas of `calculator`, `leads` and `check`; `rows` is one lead in one row, which the last two share.
//!
//! Always true: no text from the data stands in a formula, in the name of a sheet or in a list typed into a drop-down; every
//! formula carries the engine's own result, for viewers that do not calculate; nothing that can be typed comes to an error; the
//! same card gives the same bytes.

mod answers;
pub(crate) mod calculator;
pub(crate) mod cell;
mod check;
pub(crate) mod curve;
pub(crate) mod leads;
pub(crate) mod levels;
pub(crate) mod look;
mod rows;
pub(crate) mod sheet;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::collections::BTreeSet;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::curve::Curve;
use self::leads::Purpose;
use self::levels::Levels;
use self::look::Look;
use self::sheet::Cached;
use super::columns::reads;
use super::spellings::spellings_of;
use super::{Export, ExportError, Proof, note_if};
use crate::card::{Card, Criterion, InputKind, how_made};

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
#[cfg_attr(
    not(feature = "engine"),
    allow(unreachable_pub, reason = "the report of a run shows it to its callers; without the engine there is none")
)]
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

/// The workbook, with notes for whoever pastes leads into it.
///
/// # Errors
/// [`ExportError::Unsupported`] when a sheet would not fit into Excel.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let (bytes, n_left_out) = workbook(card).map_err(|error| {
        let words = error.to_string();
        let (problem, hint) = words.split_once("\nhint: ").unwrap_or((words.as_str(), "choose another target"));
        ExportError::unsupported("Excel", problem.to_owned(), hint)
    })?;
    let proof = "open it in Excel or LibreOffice: the sheet Check scores the made-up leads and says whether all of them get \
                 their points";
    Ok(Export::file(bytes, &[], Proof::ByHand(proof.to_owned()), notes_of(card, n_left_out)))
}

/// The file, and how many golden rows it could not hold.
fn workbook(card: &Card) -> Result<(Vec<u8>, usize), WorkbookError> {
    let look = Look::new();
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(card, "What a lead's answers are worth")?);
    let (levels, levels_sheet) = Levels::write(card, &mut workbook, &look)?;
    let (curve, curve_sheet) = Curve::write(card, &look)?;
    let (verdict, check_sheet) = check::write(card, &levels, &curve, &look)?;
    let says = format!("=\"{CHECKED}\"&{}", verdict.cell);
    let said = Cached::Text(format!("{CHECKED}{}", verdict.words));
    let sheets = [
        leads::write(card, &levels, &curve, Purpose::Import, Some((&says, said)), &look)?,
        calculator::write(card, &levels, &curve, &look)?,
        check_sheet,
        levels_sheet,
        curve_sheet,
    ];
    for sheet in sheets {
        workbook.push_worksheet(sheet.finish());
    }
    Ok((workbook.save_to_buffer()?, verdict.n_left_out))
}

/// Stands before what the sheet `Check` says.
const CHECKED: &str = "Checked: ";

/// Title, author and date of a file about `card`.
pub(crate) fn properties(card: &Card, subject: &str) -> Result<DocProperties, XlsxError> {
    Ok(DocProperties::new()
        .set_title("Scorecard")
        .set_subject(subject)
        .set_author(card.provenance.engine.as_str())
        .set_creation_datetime(&made_at(card)?))
}

/// The last hand-off in the data, because a clock would make two equal runs differ; the turn of the century without dates.
fn made_at(card: &Card) -> Result<ExcelDateTime, XlsxError> {
    let last = card.provenance.last_as_of.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    match last.map(|last| ExcelDateTime::from_timestamp(last.as_second())) {
        Some(Ok(date)) => Ok(date),
        _ => ExcelDateTime::from_ymd(2000, 1, 1),
    }
}

fn notes_of(card: &Card, n_left_out: usize) -> Vec<String> {
    let reads = |kind| reads(card, kind);
    let n_rows = Purpose::Import.n_rows(card.criteria.len());
    let mut notes = vec![format!(
        "paste leads on the sheet Leads, values only, with the names of their columns or below them; it has {} rows, and its \
         last row can be filled down for more",
        words::count(n_rows as u64)
    )];
    note_if(
        &mut notes,
        reads(InputKind::Number),
        "a spreadsheet has no NaN and no infinity (leave the cell empty where the number is missing), keeps 15 digits of a \
             number that is typed, whole numbers up to 2^53, and takes numbers closer to 0 than 2.2e-308 for 0",
    );
    for said in [
        "in a column of text, numbers are refused: format its cells as text before leads are pasted",
        "LibreOffice changes a tab in a cell that also has a line break, so that such a text counts as another one",
    ] {
        note_if(&mut notes, reads(InputKind::Text), said);
    }
    note_if(&mut notes, reads(InputKind::Boolean), "in a column of true and false, 1 and 0 count as true and false");
    let axes = card.criteria.iter().flat_map(Criterion::axes).map(|(axis, input)| axis.to_criterion(input, |_| 0));
    let axes: Vec<Criterion> = axes.collect();
    let mut columns: Vec<&str> = Vec::new();
    for criterion in card.criteria.iter().chain(&axes) {
        let Some(input) = criterion.input().filter(|input| input.derivation.is_some()) else { continue };
        // An axis says nothing new of a column that another criterion reads.
        let is_new = !axes.contains(criterion) || !columns.contains(&input.column.as_str());
        if let Some(how) = how_made(criterion).filter(|_| is_new) {
            notes.push(format!("`{}` is not made in the workbook but pasted: {how}", criterion.name));
        }
        columns.push(&input.column);
    }
    let texts: BTreeSet<&String> = card.criteria.iter().flat_map(Criterion::texts).collect();
    let n_unlisted = texts.into_iter().filter(|text| !spellings_of(text).are_all).count();
    if n_unlisted > 0 {
        notes.push(format!(
            "Excel does not normalise Unicode, and {} of the card can be typed in more ways than the workbook lists: paste \
             text in Unicode NFC",
            words::counted(n_unlisted as u64, "text")
        ));
    }
    if n_left_out > 0 {
        notes.push(format!(
            "the sheet Check leaves out {} with values that a spreadsheet cannot hold",
            words::counted(n_left_out as u64, "made-up lead")
        ));
    }
    notes
}
