//! Questions: every fold's card fitted again without each criterion in turn, and with few criteria, and the leads it
//! has not seen scored.
//!
//! All these cards, and the one with all criteria beside them, are fitted on the same leads with the fold's bins and
//! settings, so that they differ by their criteria alone.

use std::borrow::Cow;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::record::{PathRung, QuestionMetrics};
use super::{Judged, JudgedCriterion, JudgedSize, Line, measure};
use crate::analyses::{Analysis, Evidence, Found};
use crate::cross_fit::final_card::FinalCard;
use crate::cross_fit::folds::Fold;
use crate::cross_fit::{Fitted, Setup};
use crate::math::{LogOddsLine, logit};
use crate::model::bins::{BinParams, BinPlan, Codes, fit_bins};
use crate::model::curve::{Curve, ScoreCount, count_scores, fit_curve};
use crate::model::fit::loss::Observed;
use crate::model::fit::newton::NewtonParams;
use crate::model::fit::penalty::Chains;
use crate::model::fit::refit::Refitter;
use crate::model::fit::selection::select_path;
use crate::model::fit::{FitError, JointFit, JointFitter, fit_joint};
use crate::model::levels::CriterionSpec;
use crate::model::points::{PointsProblem, PointsRule, WholePoints};
use crate::model::train::{LIGHT, Sample, Trained, TrainingPart, outcome_of, screened, subsample_by_key};
use crate::notes::{Note, count, counted};
use crate::units::to_points;

/// Leads that a fold's cards are fitted on, at most. What a criterion adds to a card of 12,000 leads is about what it
/// adds to a larger one.
const MAX_FIT_LEADS: usize = 12_000;
/// Conversions that are wanted among them, and the most leads that may take.
const WANTED_CONVERSIONS: f64 = 1_000.0;
const MOST_FIT_LEADS: usize = 60_000;
/// Most leads they are judged on: wins at a tenth of 100,000 leads are known to 2 %.
const MAX_JUDGED_LEADS: usize = 100_000;
/// Most leads that the criteria of a small card are chosen on.
const MAX_PATH_LEADS: usize = 5_000;
/// Sizes of the small cards: beyond ten questions one more or less is no question.
const SIZES: [usize; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15];
/// Operations that the refits of all folds may take, by [`work_of_refit`]: half a second on two cores.
const MAX_WORK: f64 = 1e9;
/// Criteria that are priced whatever that takes.
const MIN_PRICED: usize = 3;

/// What each question is worth.
pub struct Questions;

impl Analysis for Questions {
    type Record = QuestionMetrics;

    /// Everything that is said of questions, at the volume of each policy that has one line for all leads.
    ///
    /// Where a card of few leads or criteria cannot be fitted nothing is said, and a note says why.
    fn run(evidence: Evidence<'_>) -> Result<Found<Self::Record>, FitError> {
        let Evidence { setup, fitted, decision, .. } = evidence;
        let frontier = &decision.frontier;
        let n_judged = frontier.n_leads as f64;
        let lines: Vec<Line> = (decision.resolved.iter().filter(|policy| policy.groups.is_empty()))
            .map(|policy| Line {
                policy: policy.name.clone(),
                threshold: policy.threshold,
                share: policy.chosen.n_leads / n_judged,
            })
            .collect();
        let only_a_note = |text: String| Found { record: None, notes: vec![Note::new("questions", text)] };
        if lines.is_empty() {
            return Ok(only_a_note(NO_LINE.to_owned()));
        }
        let (judged, curve) = match evidence.refits.judged(setup, fitted) {
            Ok(judged) => judged,
            Err(error) => return Ok(only_a_note(format!("what a question is worth cannot be told: {error}"))),
        };
        let n_units = frontier.n_units() * judged.converted.len() as f64 / n_judged;
        let mut record = measure(judged, curve, &lines, n_units);
        let n_not_priced = criteria_on(&fitted.card).len() - judged.criteria.len();
        if let Some(record) = &mut record {
            record.n_not_priced = n_not_priced;
        }
        Ok(Found { record, notes: notes(setup, fitted, judged.converted.len(), n_not_priced) })
    }
}

const NO_LINE: &str =
    "what a question is worth is told at the volume of a policy with one line for all leads, and there is none";

fn notes(setup: &Setup<'_>, fitted: &Fitted, n_judged: usize, n_not_priced: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    let parts = setup.plan.folds.iter().map(|fold| setup.fold_part(fold, fitted.uses_censored));
    let most_fit = parts
        .filter(|part| part.leads.len() + part.censored.len() > n_fit_leads(part))
        .map(|part| n_fit_leads(&part))
        .max();
    let n_all: usize = setup.plan.folds.iter().map(|fold| fold.judge.len()).sum();
    if most_fit.is_some() || n_judged < n_all {
        let text = format!(
            "what a question is worth was found with cards fitted on at most {} leads of each fold and judged on {}, drawn at \
             random",
            count(most_fit.unwrap_or(MAX_FIT_LEADS) as u64),
            count(n_judged as u64)
        );
        notes.push(Note::new("questions", text));
    }
    if !fitted.by_hand.overrides.is_empty() {
        let text = "what a question is worth is told of the fitted points, not of those set by hand";
        notes.push(Note::new("questions", text));
    }
    if n_not_priced > 0 {
        let text = format!(
            "{} of the card with the smallest ranges of points were not priced as questions: that would take too long",
            counted(n_not_priced as u64, "criterion")
        );
        notes.push(Note::new("questions", text));
    }
    notes
}

/// Criteria of the card that ships: position among all, and points of the best level less those of the worst.
fn criteria_on(card: &FinalCard) -> Vec<(usize, i32)> {
    let (points, chains) = (&card.trained.points, &card.trained.chains);
    let range_of = |at: usize| {
        let own = &points.points[chains.range(at)];
        own.iter().max().copied().unwrap_or(0) - own.iter().min().copied().unwrap_or(0)
    };
    let used = points.used_criteria(chains).into_iter().filter(|&at| at < chains.n_plain());
    used.map(|at| (card.trained.bins.criteria[at].criterion, range_of(at))).collect()
}

/// Every fold's card fitted again, without each criterion and with few of them: made once, for the analysis that asks first.
#[derive(Debug, Default)]
pub struct Refits(OnceLock<Result<(Judged, Curve), FitError>>);

impl Refits {
    /// The held-out leads under all these cards, and what their scores are worth.
    pub(in crate::analyses) fn judged(
        &self,
        setup: &Setup<'_>,
        fitted: &Fitted,
    ) -> Result<&(Judged, Curve), &FitError> {
        self.0.get_or_init(|| judge(setup, fitted)).as_ref()
    }
}

fn judge(setup: &Setup<'_>, fitted: &Fitted) -> Result<(Judged, Curve), FitError> {
    let on_card = criteria_on(&fitted.card);
    let sizes: Vec<usize> = SIZES.iter().copied().filter(|&size| size < on_card.len()).collect();
    let priced = priced(&on_card, setup, fitted);
    let mut everyone: Vec<u32> = setup.plan.folds.iter().flat_map(|fold| fold.judge.iter().copied()).collect();
    everyone.sort_unstable();
    let sample = subsample_by_key(&everyone, &setup.keys, MAX_JUDGED_LEADS);
    let judge_fold = |(fold, trained): (&Fold, &Trained)| {
        let leads = fold.judge.iter().copied().filter(|lead| sample.binary_search(lead).is_ok()).collect();
        FoldCards::fit(setup, fitted, fold, trained)?.score(leads, &priced, &sizes)
    };
    let (judged, sets) = rayon::join(
        || setup.plan.folds.par_iter().zip(&fitted.folds).map(judge_fold).collect::<Result<Vec<_>, FitError>>(),
        || {
            let path = Path::of(setup.part(fitted.uses_censored), &fitted.card.trained.bins);
            let sets = path.choose(&sizes)?.into_iter().map(|set| path.criteria_of(&set));
            Ok::<_, FitError>(sizes.iter().copied().zip(sets).collect::<Vec<_>>())
        },
    );
    Ok(gather(setup, fitted, &on_card, &priced, &sets?, &judged?))
}

/// About what one refit of a fold's card takes: its curvature counted anew once, and solved with. A step of the solution goes
/// thirty times as fast as one of the count, which jumps about in memory.
fn work_of_refit(n_fit: usize, trained: &Trained) -> f64 {
    let n_leads = n_fit.min(MAX_FIT_LEADS) as f64;
    let (n_criteria, n_coefficients) = (trained.bins.criteria.len() as f64, trained.fit.coefficients.len() as f64);
    n_leads * n_criteria.powi(2) / 2.0 + n_coefficients.powi(3) / 30.0
}

/// Those with the widest ranges of points, as many as do not take too long.
fn priced(on_card: &[(usize, i32)], setup: &Setup<'_>, fitted: &Fitted) -> Vec<usize> {
    let folds = setup.plan.folds.iter().zip(&fitted.folds);
    let work: f64 = folds.map(|(fold, trained)| work_of_refit(fold.fit.len(), trained)).sum();
    let n_priced = ((MAX_WORK / work.max(1.0)) as usize).max(MIN_PRICED);
    let mut widest: Vec<(usize, i32)> = on_card.to_vec();
    widest.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    widest.truncate(n_priced);
    let mut priced: Vec<usize> = widest.into_iter().map(|(criterion, _)| criterion).collect();
    priced.sort_unstable();
    priced
}

/// Judged leads of one fold under its cards.
struct FoldScores {
    leads: Vec<u32>,
    with: Vec<i32>,
    with_losses: Vec<f64>,
    /// Per priced criterion: scores without it, and points of the answers.
    criteria: Vec<(Vec<i32>, Vec<Option<i32>>)>,
    /// Per size: scores and losses.
    sizes: Vec<(Vec<i32>, Vec<f64>)>,
}

/// The leads and bins of one fold, from which its cards are made.
struct FoldCards<'a> {
    part: TrainingPart<'a>,
    trained: &'a Trained,
    score_to_log_odds: LogOddsLine,
    sample: Sample,
    codes: Codes,
    chains: Chains,
    rule: PointsRule,
    /// The fit with all criteria.
    all: JointFit,
}

impl<'a> FoldCards<'a> {
    fn fit(setup: &'a Setup<'_>, fitted: &Fitted, fold: &'a Fold, trained: &'a Trained) -> Result<Self, FitError> {
        let score_to_log_odds = fitted.card.score_to_log_odds;
        let part = setup.fold_part(fold, fitted.uses_censored);
        let sample = Sample::at_most(n_fit_leads(&part), &part, &trained.censored_counts);
        let is_thinned = sample.leads.len() < part.leads.len() + part.censored.len();
        let codes = trained.bins.encode(part.criteria, &sample.leads);
        let chains = Chains::of(&trained.bins).with_variance(trained.settings.offset_variance);
        let fitter = JointFitter::new(sample.observed(&codes), &chains, NewtonParams::default())?;
        let trial = trained.fit.clone().into_trial();
        let all = if is_thinned {
            let mut fitter = fitter.starting_at(&trial);
            let trial = fitter.fit(&trained.settings.stiffness)?;
            fitter.finish(trial)
        } else {
            fitter.finish(trial)
        };
        let rule = setup.params.at_scale(1.0 / score_to_log_odds.slope).rule;
        Ok(Self { part, trained, score_to_log_odds, codes, chains, rule, all, sample })
    }

    /// Scores leads by the card with all criteria, without each of the priced ones, and with few.
    fn score(self, leads: Vec<u32>, priced: &[usize], sizes: &[usize]) -> Result<FoldScores, FitError> {
        let bins = &self.trained.bins;
        let judged_codes = bins.encode(self.part.criteria, &leads);
        let outcome = outcome_of(&self.part, &leads);
        let observed = self.sample.observed(&self.codes);
        let with = self.points(&self.all, &observed, &self.chains, &bins.trends());
        let scored = |points: &WholePoints, codes: &Codes| {
            let own = points.scores(codes);
            let (shift, losses) = (shift_onto(self.score_to_log_odds, points, &own), points.losses(&own, &outcome));
            (own.into_iter().map(|score| score + shift).collect::<Vec<i32>>(), losses)
        };
        let (with_scores, with_losses) = scored(&with, &judged_codes);
        let start = self.all.clone().into_trial();
        let refitter = Refitter::new(&observed, &self.chains, self.trained.settings.stiffness, &start);
        let all_trends = bins.trends();
        let refit = |criteria: &[usize]| -> Result<Vec<i32>, FitError> {
            let (codes, chains) = (self.codes.select(criteria), self.chains.select(criteria));
            let trends: Vec<_> = criteria.iter().map(|&at| all_trends[at]).collect();
            let observed = self.sample.observed(&codes);
            let points = if criteria.is_empty() {
                empty_card(&observed, with.scale)
            } else {
                self.points(&refitter.fit(&observed, &chains, criteria)?, &observed, &chains, &trends)
            };
            Ok(scored(&points, &judged_codes.select(criteria)).0)
        };
        let criteria = priced
            .par_iter()
            .map(|&criterion| {
                let at = bins.criteria.iter().position(|bins| bins.criterion == criterion);
                let on_card = at.filter(|&at| with.uses(&self.chains, at));
                let without = match on_card {
                    Some(at) => refit(&bins.columns_without(at))?,
                    None => with_scores.clone(),
                };
                let own = at.map_or(&[][..], |at| &with.points[self.chains.range(at)]);
                let codes = at.map(|at| &judged_codes.columns[at]);
                let cells = &self.part.criteria[criterion].column.cells;
                let answer = |(judged, &lead): (usize, &u32)| {
                    (cells[lead as usize] > 0)
                        .then(|| codes.map_or(0, |codes| own[usize::from(codes[judged])] - own[0]))
                };
                Ok((without, leads.iter().enumerate().map(answer).collect()))
            })
            .collect::<Result<Vec<_>, FitError>>()?;
        let path = Path::of(self.part, bins);
        let path_chains = Chains::of(&path.bins).with_variance(self.trained.settings.offset_variance);
        let path_codes = path.bins.encode(self.part.criteria, &self.sample.leads);
        let path_judged = path.bins.encode(self.part.criteria, &leads);
        let sizes = (path.choose(sizes)?.par_iter())
            .map(|set| {
                let (codes, chains) = (path_codes.select(set), path_chains.select(set));
                let trends: Vec<_> = set.iter().map(|&at| path.bins.criteria[at].trend).collect();
                let observed = self.sample.observed(&codes);
                // From nothing: the penalty of the fit with all criteria does not suit a few of them.
                let params = NewtonParams::for_points();
                let fit = fit_joint(observed, &chains, &self.trained.settings.stiffness, &params)?;
                Ok(scored(&self.points(&fit, &observed, &chains, &trends), &path_judged.select(set)))
            })
            .collect::<Result<_, FitError>>()?;
        Ok(FoldScores { leads, with: with_scores, with_losses, criteria, sizes })
    }

    fn points(
        &self,
        fit: &JointFit,
        observed: &Observed<'_>,
        chains: &Chains,
        trends: &[crate::settings::Trend],
    ) -> WholePoints {
        PointsProblem::new(fit, *observed, chains, trends).choose(&self.rule, self.trained.settings.row_price)
    }
}

/// The card without criteria: every lead is an average one.
fn empty_card(observed: &Observed<'_>, scale: f64) -> WholePoints {
    WholePoints { points: Vec::new(), scale, intercept: logit(observed.mean_outcome()), above_champion: Vec::new() }
}

/// Leads that are enough for the cards of a fold.
fn n_fit_leads(part: &TrainingPart<'_>) -> usize {
    let rate = outcome_of(part, part.leads).iter().sum::<f64>() / (part.leads.len() as f64).max(1.0);
    ((WANTED_CONVERSIONS / rate.min(1.0 - rate).max(1e-6)) as usize).clamp(MAX_FIT_LEADS, MOST_FIT_LEADS)
}

/// Where the criteria of small cards are chosen: among all, whether or not the card has few itself.
struct Path<'a> {
    part: TrainingPart<'a>,
    bins: Cow<'a, BinPlan>,
}

impl<'a> Path<'a> {
    /// - `bins`: those of the card with all its criteria.
    fn of(part: TrainingPart<'a>, bins: &'a BinPlan) -> Self {
        let everything = screened(&part);
        let is_whole = bins.criteria.iter().map(|bins| bins.criterion).eq(everything.iter().copied());
        let bins = if is_whole && bins.pairs.is_empty() {
            Cow::Borrowed(bins)
        } else if is_whole {
            Cow::Owned(bins.without_pairs())
        } else {
            let leads = subsample_by_key(part.leads, part.keys, MAX_FIT_LEADS);
            let params = BinParams::with_room(leads.len(), everything.len());
            Cow::Owned(fit_bins(part.criteria, &everything, &leads, part.converted, &params))
        };
        Self { part, bins }
    }

    /// For each size, positions among the bins, in the order in which they enter.
    fn choose(&self, sizes: &[usize]) -> Result<Vec<Vec<usize>>, FitError> {
        if sizes.is_empty() {
            return Ok(Vec::new());
        }
        let leads = subsample_by_key(self.part.leads, self.part.keys, MAX_PATH_LEADS);
        let (codes, outcome) = (self.bins.encode(self.part.criteria, &leads), outcome_of(&self.part, &leads));
        let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
        select_path(&observed, &Chains::of(&self.bins), &LIGHT, sizes)
    }

    /// The criteria at some positions among the bins.
    fn criteria_of(&self, set: &[usize]) -> Vec<usize> {
        set.iter().map(|&at| self.bins.criteria[at].criterion).collect()
    }
}

/// One score means one thing: the whole number that brings the log-odds of a fold's card onto the shipped card's line. It is taken
/// at the mean of the scores, since a bounded card has a scale of its own.
fn shift_onto(line: LogOddsLine, points: &WholePoints, scores: &[i32]) -> i32 {
    let middle = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / scores.len().max(1) as f64;
    let log_odds = points.intercept + middle / points.scale;
    to_points((log_odds - line.intercept) * (1.0 / line.slope) - middle)
}

/// The folds side by side, and the curve of their scores.
///
/// - `on_card`: criteria of the card; `priced`: those of them that are; `sets`: sizes of small cards, and the criteria of each.
fn gather(
    setup: &Setup<'_>,
    fitted: &Fitted,
    on_card: &[(usize, i32)],
    priced: &[usize],
    sets: &[(usize, Vec<usize>)],
    judged: &[FoldScores],
) -> (Judged, Curve) {
    let specs = &setup.specs;
    let won_of = |leads: &[u32]| -> Vec<bool> { setup.outcomes(leads).collect() };
    let counts: Vec<Vec<ScoreCount>> =
        judged.iter().map(|fold| count_scores(&fold.with, &won_of(&fold.leads))).collect();
    let curve = fit_curve(&counts, fitted.card.score_to_log_odds, setup.plan.curve_prior());
    let all: Vec<usize> = on_card.iter().map(|(criterion, _)| *criterion).collect();
    let mut path = Vec::new();
    let mut before: &[usize] = &[];
    for (at, (size, set)) in sets.iter().enumerate() {
        let scores = judged.iter().flat_map(|fold| fold.sizes[at].0.iter().copied()).collect();
        let losses = judged.iter().flat_map(|fold| fold.sizes[at].1.iter().copied()).collect();
        path.push(size_of(specs, *size, before, set, scores, losses));
        before = set;
    }
    let with: Vec<i32> = judged.iter().flat_map(|fold| fold.with.iter().copied()).collect();
    let with_losses = judged.iter().flat_map(|fold| fold.with_losses.iter().copied()).collect();
    path.push(size_of(specs, all.len(), before, &all, with.clone(), with_losses));
    let criterion = |(at, &criterion): (usize, &usize)| JudgedCriterion {
        name: specs[criterion].name.clone(),
        is_asked: specs[criterion].is_asked(),
        points_range: on_card.iter().find(|(known, _)| *known == criterion).map_or(0, |(_, range)| *range),
        without: judged.iter().flat_map(|fold| fold.criteria[at].0.iter().copied()).collect(),
        answers: judged.iter().flat_map(|fold| fold.criteria[at].1.iter().copied()).collect(),
    };
    let judged = Judged {
        converted: judged.iter().flat_map(|fold| won_of(&fold.leads)).collect(),
        with,
        criteria: priced.iter().enumerate().map(criterion).collect(),
        path,
    };
    (judged, curve)
}

fn size_of(
    specs: &[CriterionSpec],
    n_criteria: usize,
    before: &[usize],
    set: &[usize],
    scores: Vec<i32>,
    losses: Vec<f64>,
) -> JudgedSize {
    let names = |these: &[usize], others: &[usize]| {
        these.iter().filter(|one| !others.contains(one)).map(|&one| specs[one].name.clone()).collect()
    };
    let n_asked = set.iter().filter(|&&one| specs[one].is_asked()).count();
    let (enter, leave) = (names(set, before), names(before, set));
    JudgedSize { rung: PathRung { n_criteria, n_asked, enter, leave, ..PathRung::default() }, scores, losses }
}

#[cfg(test)]
mod tests;
