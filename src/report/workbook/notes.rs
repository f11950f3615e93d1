//! The sheet `Notes`: what a careful person would mention, which leads were left out, what was read, and how it works.

use super::{Look, Pen, Sheet, WorkbookError, Written, words};
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
    let opening = ["What to know before relying on the figures."];
    let mut pen = Pen::new("Notes", &[26.0, 110.0, 13.0, 15.0], "Notes", &opening, look)?;
    write_notes(&mut pen, metrics)?;
    write_counts(&mut pen, metrics)?;
    write_proofs(&mut pen, parts)?;
    write_inputs(&mut pen, metrics)?;
    pen.heading("How it works")?;
    for sentence in METHOD {
        pen.lines(1, sentence)?;
        pen.down(1);
    }
    Ok(pen.sheet)
}

fn write_notes(pen: &mut Pen<'_>, metrics: &Metrics) -> Written {
    pen.heading("Notes of the engine")?;
    if metrics.notes.is_empty() {
        pen.quiet(0, "none")?;
        pen.down(1);
    }
    for note in &metrics.notes {
        pen.quiet(0, &words::name(&note.stage))?;
        pen.lines(1, &note.text)?;
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}

fn write_counts(pen: &mut Pen<'_>, metrics: &Metrics) -> Written {
    let leads = &metrics.leads;
    let takes_part = metrics.findings.maturity.as_ref().is_some_and(MaturityMetrics::takes_part);
    let young = if takes_part { "too young to say: count by their age" } else { "left out: too young to say" };
    pen.heading("Leads")?;
    for (what, n) in [
        ("read", leads.n_read),
        ("with a fair outcome", metrics.n_leads),
        ("of those converted", metrics.n_converted),
        (young, leads.n_immature),
        ("left out: never touched", leads.n_untouched),
        ("left out: other reasons", leads.n_left_out),
    ] {
        pen.text(0, what)?;
        pen.number(1, n as f64, &pen.look.count_left)?;
        pen.down(1);
    }
    pen.text(0, "how it was measured")?;
    pen.lines(1, &metrics.folds_by)?;
    pen.down(2);
    Ok(())
}

fn write_proofs(pen: &mut Pen<'_>, parts: &RunParts<'_>) -> Written {
    let metrics = parts.metrics;
    if metrics.as_of.is_empty() {
        return Ok(());
    }
    pen.sheet.text(pen.at, "Known at the hand-off", &pen.look.section)?;
    pen.quiet(1, "how close to the hand-off the latest fact lies that a criterion used")?;
    pen.down(1);
    for proof in &metrics.as_of {
        pen.name(0, parts.card.shown_name(&proof.criterion))?;
        pen.text(1, &proof.latest_use_us.map_or_else(|| "no timestamp: cannot be proved".to_owned(), latest_use))?;
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}

fn write_inputs(pen: &mut Pen<'_>, metrics: &Metrics) -> Written {
    if metrics.inputs.is_empty() {
        return Ok(());
    }
    pen.section("What was read", "table | file and its fingerprint (SHA-256) | #rows | #bytes")?;
    for file in &metrics.inputs {
        pen.name(0, &file.table)?;
        pen.lines(1, &words::name(&file.path))?;
        pen.count(2, file.n_rows)?;
        pen.count(3, file.n_bytes)?;
        pen.down(1);
        pen.quiet(1, &words::name(&file.sha256))?;
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}
