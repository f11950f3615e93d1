//! The card that ships, from its first fit to what people set by hand.

use super::censored::{dependence_note, open_note};
use super::{CrossFitError, Setup};
use crate::card::{Criterion, SumOfAnswers};
use crate::math::LogOddsLine;
use crate::model::bins::CriterionCells;
use crate::model::censoring::{DelayComparison, compare_delays};
use crate::model::levels::{Assembled, CriterionSpec, assemble};
use crate::model::overrides::{self, Applied, OverrideError};
use crate::model::train::{Trained, train};
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{PointsScale, Zero};
use crate::units::to_points;

/// The card that ships, before anyone has judged it.
#[derive(Debug)]
pub struct FinalCard {
    /// Its fit and points.
    pub trained: Trained,
    /// Its levels.
    pub assembled: Assembled,
    /// Points every lead starts with.
    pub base_points: i32,
    /// Log-odds of a score of the assembled card.
    pub score_to_log_odds: LogOddsLine,
}

/// A first card, and whether leads that are right-censored today took part in it.
pub(super) struct FirstCard {
    pub card: FinalCard,
    pub uses_censored: bool,
    /// Whether it depends on the score how long conversions take, where leads are right-censored.
    pub delays: Option<DelayComparison>,
}

/// Fits the card with the leads that are right-censored today where they can take part, and again without them where it turns
/// out that how long conversions take depends on the score.
pub(super) fn first_card(
    setup: &Setup<'_>,
    progress: &mut Progress,
    notes: &mut Vec<Note>,
) -> Result<FirstCard, CrossFitError> {
    let mut uses_censored = setup.may_use_censored;
    let mut card = progress.stage("fit", || fit_final(setup, uses_censored))?;
    let delays = delays_by_score(setup, &card);
    if let Some(found) = delays.filter(DelayComparison::depends) {
        notes.push(dependence_note(&found));
        if uses_censored {
            uses_censored = false;
            card = progress.stage("fit without open leads", || fit_final(setup, uses_censored))?;
        }
    }
    if uses_censored {
        notes.push(open_note(setup.censored_today()));
    }
    Ok(FirstCard { card, uses_censored, delays })
}

fn fit_final(setup: &Setup<'_>, uses_censored: bool) -> Result<FinalCard, CrossFitError> {
    FinalCard::assemble(setup, train(&setup.part(uses_censored), &setup.params)?)
}

/// Whether it depends on the score of the card that ships how long conversions take; `None` where no lead is right-censored, or
/// too few have converted to say.
fn delays_by_score(setup: &Setup<'_>, card: &FinalCard) -> Option<DelayComparison> {
    let history = setup.censoring.as_ref().filter(|history| !history.open.is_empty())?;
    let (leads, conversions): (Vec<u32>, Vec<_>) = history.conversions_today().into_iter().unzip();
    let scores = card.trained.points.scores(&card.trained.bins.encode(&setup.cells, &leads));
    compare_delays(&scores.into_iter().zip(conversions).collect::<Vec<_>>())
}

impl FinalCard {
    /// Makes the levels of the card that ships.
    ///
    /// # Errors
    /// [`CrossFitError::NothingToTell`] where no criterion is left.
    pub(super) fn assemble(setup: &Setup<'_>, trained: Trained) -> Result<Self, CrossFitError> {
        let rules = &setup.settings.points;
        let codes = trained.bins.encode(&setup.cells, &setup.labelled);
        let assembled = assemble(&trained, &setup.specs, &setup.cells, &codes, &setup.converted, rules.zero);
        if assembled.criteria.is_empty() {
            return Err(CrossFitError::NothingToTell { n_criteria: setup.specs.len() });
        }
        let points = &trained.points;
        // A lead with 0 points on every level: what was taken off its trained score comes back as log-odds.
        let at_zero = points.log_odds(assembled.taken_off);
        let has_pairs = assembled.criteria.iter().any(Criterion::is_pair);
        let base_points = match rules.scale {
            PointsScale::Pdo { base: Some(base), .. } => {
                to_points(base.points + points.scale * (at_zero - base.odds.ln()))
            }
            // A pair takes points away as well; where no level may, every lead starts with as many.
            _ if has_pairs && rules.zero == Zero::Lowest => -SumOfAnswers::of(&assembled.criteria).range().0 as i32,
            _ => 0,
        };
        let slope = 1.0 / points.scale;
        let score_to_log_odds = LogOddsLine { intercept: at_zero - f64::from(base_points) * slope, slope };
        Ok(Self { trained, assembled, base_points, score_to_log_odds })
    }
}

/// Puts the overrides of the config onto the card that ships.
pub(super) fn set_by_hand(setup: &Setup<'_>, card: &mut FinalCard) -> Result<Applied, OverrideError> {
    let Setup { settings, leads, specs, cells, .. } = setup;
    if settings.overrides.is_empty() {
        return Ok(Applied::default());
    }
    let known: Vec<(&CriterionSpec, &CriterionCells)> = specs.iter().zip(cells).collect();
    let last_hand_off = || {
        let last = leads.as_of.iter().flatten().max()?;
        Some(jiff::Timestamp::from_microsecond(*last).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date())
    };
    let criteria = &mut card.assembled.criteria;
    let converted = &setup.converted[..leads.n_leads()];
    let known_until = settings.observed_until.or_else(last_hand_off);
    overrides::apply(&settings.overrides, criteria, &known, converted, known_until)
}
