//! Feedback: the list of its stages, from what sales did to what each source should hear.

use rayon::prelude::*;

use crate::card::Card;
use crate::data::dataset::HandOffDataset;
use crate::data::labels::show_day;
use crate::feedback::{
    Feedback, OutOfFoldScores, Rules, agreement::agreement, came_back, funnel, levels_of_sources, reasons, scores_of,
    speed,
};
use crate::model::bins::CriterionCells;
use crate::model::fit::FitError;
use crate::notes::Note;
use crate::progress::Progress;

/// A finished run, read.
#[derive(Debug, Clone)]
pub struct RunScores {
    /// Its card.
    pub card: Card,
    /// What its folds gave the leads they judged.
    pub judged: OutOfFoldScores,
}

/// Works out everything that sales has to say.
///
/// # Errors
/// Those of the fit of acceptance and conversion.
pub fn feedback(
    prepared: HandOffDataset,
    run: Option<&RunScores>,
    rules: Option<&Rules>,
    progress: &mut Progress,
) -> Result<Feedback, FitError> {
    let HandOffDataset { hand_offs, criteria, mut notes, data_sha256 } = prepared;
    if hand_offs.disposition.is_none() {
        notes.push(Note::new("feedback", NO_DISPOSITION));
    }
    let cells: Vec<CriterionCells> = progress.stage("bins", || criteria.par_iter().map(CriterionCells::of).collect());
    let funnel = progress.stage("funnel", || funnel(&hand_offs));
    let reasons = progress.stage("reasons", || reasons(&hand_offs, &mut notes));
    let source_levels = progress.stage("sources", || levels_of_sources(&hand_offs, &criteria, &cells));
    let came_back = came_back(&hand_offs);
    let speed = progress.stage("speed", || {
        run.map(|run| {
            let scores = scores_of(&hand_offs, &criteria, &run.card, &run.judged, &mut notes);
            speed(&hand_offs, &scores, &run.card)
        })
    });
    if run.is_none() {
        notes.push(Note::new("speed", NO_RUN));
    }
    let agreement = progress.stage("agreement", || agreement(&hand_offs, &criteria, &cells, rules, &mut notes))?;
    let labels = criteria.iter().filter_map(|one| Some((one.name.clone(), one.wording.label.clone()?))).collect();
    let as_of = || hand_offs.leads.as_of.iter().flatten().copied();
    Ok(Feedback {
        funnel,
        reasons,
        source_levels,
        came_back,
        speed,
        agreement,
        days: as_of().min().zip(as_of().max()).map(|(first, last)| (show_day(first), show_day(last))),
        horizon_days: hand_offs.leads.horizon_days,
        data_sha256,
        labels,
        notes,
    })
}

const NO_DISPOSITION: &str = "no column says what sales did, so there is nothing on acceptance; name it in `outcome.disposition` \
                              (or --disposition)";
const NO_RUN: &str = "without a run no lead has a score, so there is nothing on untouched leads above the threshold and on time \
                      to first touch; run `bantam calibrate` first, or name a run with --run";
