//! Questions: what each criterion is worth, what asking it brings where it is unknown, and how many are enough.
//!
//! In: the same judged leads scored by cards with all criteria, without each in turn, and of few criteria, every card
//! fitted without the leads it scores. Out: [`QuestionMetrics`].
//!
//! Start at [`measure`]. `asking` prices answers that nobody has yet, `enough` has the path from one criterion to all.
//!
//! Always true: every comparison is between the same leads at the same volume; what an answer is worth was seen on
//! leads whose answer is known.

mod asking;
mod chart;
mod enough;
mod page;
pub mod record;
pub mod run;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use page::shown;

pub use asking::{AnswerImputation, asking};
pub use run::{Questions, Refits};

use crate::analyses::questions::record::{CriterionWorth, PathRung, QuestionLine, QuestionMetrics, WorthAtLine};
use crate::measures::equal_volume_difference;
use crate::model::curve::Curve;

/// Judged leads under several cards. Every list of scores has one entry per lead, in the same order, on the scale of
/// the card that ships.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// What became of them.
    pub converted: Vec<bool>,
    /// Scores by cards with all criteria.
    pub with: Vec<i32>,
    /// Criteria of the card that ships.
    pub criteria: Vec<JudgedCriterion>,
    /// Cards of few criteria, fewest first; last the one with all of them.
    pub path: Vec<JudgedSize>,
}

/// One criterion.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgedCriterion {
    /// Its name.
    pub name: String,
    /// Whether somebody has to ask.
    pub is_asked: bool,
    /// Points of its best level less those of its worst, on the card that ships.
    pub points_range: i32,
    /// Scores by cards without it.
    pub without: Vec<i32>,
    /// Points of each lead's answer less those of no answer, on the card that judged it; `None` where nobody knows the
    /// answer.
    pub answers: Vec<Option<i32>>,
}

/// A card of few criteria.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgedSize {
    /// Its criteria; how good it is, is left open.
    pub rung: PathRung,
    /// Scores.
    pub scores: Vec<i32>,
    /// Loss of each lead under the card's own log-odds, nats.
    pub losses: Vec<f64>,
}

/// The volume of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Name of the policy.
    pub policy: String,
    /// Fewest points of a chosen lead.
    pub threshold: i32,
    /// Share of the judged leads that it takes.
    pub share: f64,
}

/// What every question is worth at the volume of each policy.
///
/// - `curve`: what a score by cards with all criteria is worth.
/// - `n_units`: months (or thousands of leads) that these leads make up.
///
/// Criteria come with the largest gain at the first line first. `None` without leads, lines or criteria.
pub fn measure(judged: &Judged, curve: &Curve, lines: &[Line], n_units: f64) -> Option<QuestionMetrics> {
    let n_leads = judged.converted.len();
    if n_leads == 0 || lines.is_empty() || judged.criteria.is_empty() {
        return None;
    }
    let wanted: Vec<f64> = lines.iter().map(|line| line.share * n_leads as f64).collect();
    let per = 1.0 / n_units;
    use rayon::prelude::*;
    let mut criteria: Vec<CriterionWorth> =
        judged.criteria.par_iter().map(|criterion| worth_of(criterion, judged, curve, &wanted, per)).collect();
    let gain = |worth: &CriterionWorth| worth.at.first().map_or(0.0, |at| at.gain.expected);
    criteria.sort_by(|a, b| gain(b).total_cmp(&gain(a)).then_with(|| a.criterion.cmp(&b.criterion)));
    let path = enough::path(judged, &wanted, per);
    Some(QuestionMetrics {
        n_judged: n_leads as u64,
        n_converted: judged.converted.iter().filter(|&&won| won).count() as u64,
        lines: (lines.iter().zip(&wanted))
            .map(|(line, wanted)| QuestionLine {
                policy: line.policy.clone(),
                threshold: line.threshold,
                leads_per: wanted * per,
            })
            .collect(),
        criteria,
        n_not_priced: 0,
        enough: enough::enough(&path, lines),
        path,
    })
}

fn worth_of(criterion: &JudgedCriterion, judged: &Judged, curve: &Curve, wanted: &[f64], per: f64) -> CriterionWorth {
    let asked = AnswerImputation::count(&judged.with, &criterion.answers, &judged.converted, curve);
    let at = wanted.iter().map(|&wanted| {
        let sides =
            equal_volume_difference(&criterion.without, &judged.with, &judged.converted, wanted).unwrap_or_default();
        WorthAtLine {
            wins_with: sides.wins_second * per,
            wins_without: sides.wins_first * per,
            gain: sides.difference.times(per),
            asking: asked.as_ref().and_then(|asked| asking(asked, wanted, per)),
        }
    });
    CriterionWorth {
        criterion: criterion.name.clone(),
        is_asked: criterion.is_asked,
        points_range: criterion.points_range,
        n_unknown: criterion.answers.iter().filter(|answer| answer.is_none()).count() as u64,
        at: at.collect(),
    }
}
