//! Writing a run: every file of it, into a folder that appears whole or not at all.

use std::error::Error;
use std::time::Instant;

use super::{FinishedRun, RunError, RunFolder, run_id, sha256_hex};
use crate::calibrate::record::{Metrics, StageSeconds};
use crate::calibrate::{Calibrated, ENGINE};
use crate::card::Card;
use crate::decide::frontier::{write_frontier, write_histogram, write_out_of_fold};
use crate::report::{RunParts, card_text, charts, definition, page, workbook};

/// A run that was written.
#[derive(Debug)]
pub struct WrittenRun {
    /// Where it is.
    pub finished: FinishedRun,
    /// The card, read back from its own file.
    pub card: Card,
    /// What was measured, as written.
    pub metrics: Metrics,
}

/// A run that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteRunError {
    /// Its folder.
    #[error(transparent)]
    Folder(#[from] RunError),
    /// The content of a file, in a sentence.
    #[error("{0}")]
    Content(&'static str, #[source] Box<dyn Error + Send + Sync>),
}

impl WriteRunError {
    fn content<E: Into<Box<dyn Error + Send + Sync>>>(sentence: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::Content(sentence, error.into())
    }
}

/// Writes every file of a run into a folder that was staged for it.
///
/// ```no_run
/// use bantam::runs::{RunFolder, write_run};
///
/// # fn write(calibrated: &bantam::Calibrated) -> Result<(), Box<dyn std::error::Error>> {
/// let folder = RunFolder::stage("bantam-out".as_ref())?;
/// let run = write_run(folder, calibrated)?;
/// println!("{} criteria in {}", run.card.criteria.len(), run.finished.current.display());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A [`WriteRunError`]; earlier runs are untouched.
pub fn write_run(mut folder: RunFolder, calibrated: &Calibrated) -> Result<WrittenRun, WriteRunError> {
    let start = Instant::now();
    let json = calibrated.card.to_json();
    let card_sha256 = sha256_hex(json.as_bytes());
    // From here on the card is the one on disk; one that does not read back is not shipped.
    let card = Card::from_json(&json).map_err(WriteRunError::content("the new card does not pass its own checks"))?;
    folder.write("card.json", json.as_bytes())?;
    if let Some((advised, about)) = calibrated.advised.as_ref().zip(advised_file(&calibrated.metrics)) {
        let json = advised.to_json();
        // Its golden rows are scored once more: what is advised has to be right.
        Card::from_json(&json).map_err(WriteRunError::content("the advised card does not pass its own checks"))?;
        folder.write(about, json.as_bytes())?;
    }
    let note = folder
        .write_with("out_of_fold.parquet", |sink| write_out_of_fold(&calibrated.out_of_fold, sink, &card_sha256))?;
    folder.write_with("histogram.parquet", |sink| write_histogram(&calibrated.histogram, sink, &card_sha256))?;
    folder.write_with("frontier.parquet", |sink| {
        let odds = calibrated.metrics.findings.untouched.as_ref().map(|untouched| untouched.thresholds.as_slice());
        write_frontier(&calibrated.frontier, odds, sink, &card_sha256)
    })?;
    let mut metrics = calibrated.metrics.clone();
    metrics.notes.extend(note);
    write_report(&mut folder, &card, &metrics, calibrated)?;
    // All files but the one that says it.
    metrics.seconds.push(StageSeconds::of("write", start.elapsed().as_secs_f64()));
    let timeless = Metrics { seconds: Vec::new(), ..metrics.clone() };
    let json_of = |metrics: &Metrics| metrics.to_json().map_err(WriteRunError::content("metrics.json cannot be made"));
    folder.write_timed("metrics.json", json_of(&metrics)?.as_bytes(), json_of(&timeless)?.as_bytes())?;
    let from = &card.provenance;
    let finished = folder.finish(&run_id(&from.data_sha256, &from.config_sha256, ENGINE), &metrics.inputs)?;
    Ok(WrittenRun { finished, card, metrics })
}

/// Name of the card that the advice about the card in use comes to.
fn advised_file(metrics: &Metrics) -> Option<&str> {
    Some(metrics.findings.champion.as_ref()?.advised.as_ref()?.file.as_str())
}

/// Writes what people open: the page, the workbook, and the pictures.
fn write_report(
    folder: &mut RunFolder,
    card: &Card,
    metrics: &Metrics,
    calibrated: &Calibrated,
) -> Result<(), WriteRunError> {
    let parts =
        RunParts { card, metrics, frontier: &calibrated.frontier, policies: &calibrated.policies, folder: None };
    folder.write("card.txt", card_text(&parts).as_bytes())?;
    folder.write("report.html", page(&parts).as_bytes())?;
    folder.write("definition.html", definition(&parts).as_bytes())?;
    let workbook = workbook(&parts).map_err(WriteRunError::content("scorecard.xlsx cannot be made"))?;
    folder.write("scorecard.xlsx", &workbook)?;
    for chart in charts::all(&parts) {
        folder.write(&format!("charts/{}.svg", chart.name), chart.to_svg_file().as_bytes())?;
        folder.write(&format!("charts/{}.vl.json", chart.name), chart.to_vega_file().as_bytes())?;
    }
    Ok(())
}
