//! The sheet `Notes`: what a careful person would mention, which leads were left out, what was read, and how it works.

use super::cell::Cell;
use super::look::Look;
use super::sheet::Sheet;
use super::tables::section;
use super::{WorkbookError, words};
use crate::analyses::censored::record::MaturityMetrics;
use crate::calibrate::record::Metrics;
use crate::report::RunParts;
use crate::report::check::latest_use;

/// How the figures come about, a line each.
const METHOD: [&str; 6] = [
    "The card gives whole points to answers, so that their sum orders leads by their chance to convert. All criteria are fitted \
     together: what two of them say alike is not counted twice.",
    "Every figure about quality was measured on leads that the card judging them had not seen: the history is cut into parts, \
     and each part is judged by a card made without it.",
    "A chance comes from a curve: of judged leads with such a score, this share converted. It never falls as the score rises.",
    "90 % sure: of a hundred such ranges, about ninety hold the true value. The ranges of leads and wins a month allow for good \
     and bad months.",
    "The formulas of this workbook are the card itself, cell by cell. Text must have the same letters, capitals included; white \
     space at its ends does not count, up to 100 characters of it.",
    "Excel keeps 15 digits of a number. The edges of the card have 12 at most, so that no number of the history lies so near to \
     one that this matters.",
];

/// Writes the sheet.
pub(super) fn write(parts: &RunParts<'_>, look: &Look) -> Result<Sheet, WorkbookError> {
    let metrics = parts.metrics;
    let mut sheet = Sheet::new("Notes")?;
    sheet.widths(&[26.0, 110.0, 13.0, 15.0])?;
    let top = sheet.opening("Notes", &["What to know before relying on the figures."], look)?;
    let mut at = Cell::new(top, 0);
    at = write_notes(&mut sheet, at, metrics, look)?;
    at = write_counts(&mut sheet, at, metrics, look)?;
    at = write_proofs(&mut sheet, at, metrics, look)?;
    at = write_inputs(&mut sheet, at, metrics, look)?;
    sheet.text(at, "How it works", &look.section)?;
    for (row, sentence) in METHOD.into_iter().enumerate() {
        sheet.lines(at.down(1 + row as u32).right(1), sentence, &look.wrapped)?;
    }
    Ok(sheet)
}

fn write_notes(sheet: &mut Sheet, at: Cell, metrics: &Metrics, look: &Look) -> Result<Cell, WorkbookError> {
    sheet.text(at, "Notes of the engine", &look.section)?;
    let mut at = at.down(1);
    if metrics.notes.is_empty() {
        sheet.text(at, "none", &look.quiet)?;
        at = at.down(1);
    }
    for note in &metrics.notes {
        sheet.text(at, &words::name(&note.stage), &look.quiet)?;
        sheet.lines(at.right(1), &note.text, &look.wrapped)?;
        at = at.down(1);
    }
    Ok(at.down(1))
}

fn write_counts(sheet: &mut Sheet, at: Cell, metrics: &Metrics, look: &Look) -> Result<Cell, WorkbookError> {
    let leads = &metrics.leads;
    sheet.text(at, "Leads", &look.section)?;
    let takes_part = metrics.findings.maturity.as_ref().is_some_and(MaturityMetrics::takes_part);
    let young = if takes_part { "too young to say: count by their age" } else { "left out: too young to say" };
    let lines = [
        ("read", leads.n_read),
        ("with a fair outcome", metrics.n_leads),
        ("of those converted", metrics.n_converted),
        (young, leads.n_immature),
        ("left out: never touched", leads.n_untouched),
        ("left out: other reasons", leads.n_left_out),
    ];
    let mut at = at.down(1);
    for (what, n) in lines {
        sheet.text(at, what, &look.text)?;
        sheet.count(at.right(1), n as u64, &look.count_left)?;
        at = at.down(1);
    }
    sheet.text(at, "how it was measured", &look.text)?;
    sheet.lines(at.right(1), &metrics.folds_by, &look.wrapped)?;
    Ok(at.down(2))
}

fn write_proofs(sheet: &mut Sheet, at: Cell, metrics: &Metrics, look: &Look) -> Result<Cell, WorkbookError> {
    if metrics.as_of.is_empty() {
        return Ok(at);
    }
    sheet.text(at, "Known at the hand-off", &look.section)?;
    sheet.text(at.right(1), "how close to the hand-off the latest fact lies that a criterion used", &look.quiet)?;
    let mut at = at.down(1);
    for proof in &metrics.as_of {
        sheet.text(at, &words::name(&proof.criterion), &look.text)?;
        let words = proof.latest_use_us.map_or_else(|| "no timestamp: cannot be proved".to_owned(), latest_use);
        sheet.text(at.right(1), &words, &look.text)?;
        at = at.down(1);
    }
    Ok(at.down(1))
}

fn write_inputs(sheet: &mut Sheet, at: Cell, metrics: &Metrics, look: &Look) -> Result<Cell, WorkbookError> {
    if metrics.inputs.is_empty() {
        return Ok(at);
    }
    let heads = "table | file and its fingerprint (SHA-256) | #rows | #bytes";
    let mut at = section(sheet, at, "What was read", heads, look)?;
    for file in &metrics.inputs {
        sheet.text(at, &words::name(&file.table), &look.text)?;
        sheet.lines(at.right(1), &words::name(&file.path), &look.wrapped)?;
        sheet.count(at.right(2), file.n_rows, &look.count)?;
        sheet.count(at.right(3), file.n_bytes, &look.count)?;
        sheet.text(at.down(1).right(1), &words::name(&file.sha256), &look.quiet)?;
        at = at.down(2);
    }
    Ok(at.down(1))
}
