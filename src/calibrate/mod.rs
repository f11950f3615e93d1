//! Calibrate: the only place that knows the order of the steps.
//!
//! In: a [`Dataset`] and the settings. Out: [`Calibrated`]: card, metrics, out-of-fold scores and frontier, ready to be written
//! ([`crate::runs::write_run`]).
//!
//! Always true: every step hands on something far smaller than it received; nothing is read or written here.

mod advised;
mod card;
mod metrics_file;
pub mod record;
mod verdict;

pub use card::ENGINE;
pub use verdict::{CardVerdict, UseIt, VerdictReason};

use crate::analyses::questions::Refits;
use crate::analyses::{self, Evidence};
use crate::card::Card;
use crate::cross_fit::{self, CrossFitError, Fitted, HeldOut, OutOfFold, Setup};
use crate::data::dataset::Dataset;
use crate::decide::frontier::{Frontier, FrontierError, Histogram, Resolved};
use crate::decide::{self, Decision, Rules};
use crate::model::fit::FitError;
use crate::progress::Progress;
use crate::settings::Settings;
use record::{Metrics, StageSeconds};

/// Everything a calibration came to.
#[derive(Debug, Clone)]
pub struct Calibrated {
    /// The card that ships.
    pub card: Card,
    /// The card in use where it is to be kept, as it is or with a new curve: `metrics.findings.champion.advised` says which.
    pub advised: Option<Card>,
    /// Everything measured.
    pub metrics: Metrics,
    /// Held-out leads.
    pub out_of_fold: OutOfFold,
    /// Counts of the held-out leads.
    pub histogram: Histogram,
    /// Volume against conversion.
    pub frontier: Frontier,
    /// Policies with their thresholds.
    pub policies: Vec<Resolved>,
}

/// What can stop a calibration once the data are read.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// Folds, fits or overrides that cannot be.
    #[error(transparent)]
    CrossFit(#[from] CrossFitError),
    /// A policy or band cannot be, or leads cannot be counted.
    #[error(transparent)]
    Frontier(#[from] FrontierError),
    /// A fit beside the card failed.
    #[error("cannot fit the card")]
    Fit(#[from] FitError),
}

/// Fits the card that ships, judges it by folds, and measures.
///
/// ```
/// use bantam::data::dataset::read_dataset;
/// use bantam::progress::Progress;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut settings = bantam::settings::load("data/bantam.toml".as_ref())?.check()?;
/// let mut progress = Progress::hidden();
/// let data = read_dataset(&mut settings, None, &mut progress)?;
/// let found = bantam::calibrate(data, &settings, &mut progress)?;
/// assert!(found.metrics.out_of_fold.auc > 0.8);
/// assert!(found.card.criteria.iter().any(|criterion| criterion.name == "budget"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A [`CalibrateError`]: settings, folds or data that do not go together.
pub fn calibrate(data: Dataset, settings: &Settings, progress: &mut Progress) -> Result<Calibrated, CalibrateError> {
    let rules = Rules::check(&data, settings)?;
    let judged = Judged::of(&rules, data, settings, progress)?;
    let evidence = judged.evidence();
    let (mut findings, mut notes_of_findings) = analyses::run_all(evidence, progress)?;
    let (card, advised, mut metrics) = progress.stage("figures", || {
        let advised = advised::advised(evidence, &rules, findings.champion.as_mut(), &mut notes_of_findings);
        let card = card::card_of(evidence);
        let Judged { setup, fitted, held_out, decision, .. } = &judged;
        let notes = [&setup.notes, &fitted.notes, &held_out.notes, &decision.notes, &notes_of_findings];
        let notes = notes.into_iter().flatten().cloned().collect();
        let metrics = metrics_file::metrics(evidence, &card, findings, notes);
        (card, advised, metrics)
    });
    metrics.seconds = progress.seconds().iter().map(|(stage, seconds)| StageSeconds::of(stage, *seconds)).collect();
    let Judged { held_out, decision, .. } = judged;
    Ok(Calibrated {
        card,
        advised,
        metrics,
        out_of_fold: held_out.out_of_fold,
        histogram: decision.histogram,
        frontier: decision.frontier,
        policies: decision.resolved,
    })
}

/// The card that [`calibrate`] makes, without the analyses beside it: no prices of questions, no smaller cards.
///
/// # Errors
/// As [`calibrate`].
pub fn calibrate_card(data: Dataset, settings: &Settings, progress: &mut Progress) -> Result<Card, CalibrateError> {
    let rules = Rules::check(&data, settings)?;
    Ok(card::card_of(Judged::of(&rules, data, settings, progress)?.evidence()))
}

/// What everything is said from: the card, its folds, and what can be chosen between.
struct Judged<'a> {
    setup: Setup<'a>,
    fitted: Fitted,
    held_out: HeldOut,
    decision: Decision,
    refits: Refits,
}

impl<'a> Judged<'a> {
    fn of(
        rules: &Rules,
        data: Dataset,
        settings: &'a Settings,
        progress: &mut Progress,
    ) -> Result<Self, CalibrateError> {
        let setup = Setup::new(data, settings, progress)?;
        let fitted = cross_fit::fit(&setup, progress)?;
        let held_out = cross_fit::score_held_out(&setup, &fitted, progress)?;
        let decision = decide::decide(rules, &setup, &fitted, &held_out, progress)?;
        Ok(Self { setup, fitted, held_out, decision, refits: Refits::default() })
    }

    fn evidence(&self) -> Evidence<'_> {
        let Self { setup, fitted, held_out, decision, refits } = self;
        Evidence { setup, fitted, held_out, decision, refits }
    }
}
