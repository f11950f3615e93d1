//! Recalibrate: the points of a card in use, with what its scores are worth and where its lines lie learnt from leads that came since.
//!
//! In: the card and its [`RecentLeads`]. Out: [`Shifted`]: a card with a curve, thresholds and bands of its own, and what has moved.
//!
//! The new log-odds of a score are a line in the old ones (logistic recalibration), held near the old slope: a quarter tells the level
//! of a curve, and little of its shape. A line follows the rule it was drawn by; one whose rule nobody can tell stays where leads are as good.
//!
//! Always true: no point of the card changes, and so no golden row; more points never mean a lower probability.
//!
//! # Source
//! Steyerberg et al. (2004), *Statistics in Medicine* 23, 2567-2586.

use std::collections::BTreeMap;

use super::judge::{MONTH_SD, n_months};
use super::record::{Moved, MovedLine};
use super::repeats::repeats;
use super::{LeadsOfCard, MIN_OF_EACH, has_enough, log_odds};
use crate::card::{Band, Card, CurveEntry, Grades, Recalibrated, Threshold};
use crate::data::labels::{LeadIds, show_time};
use crate::decide::frontier::{
    DecidedLines, Evidence, Frontier, FrontierError, HandedOff, Histogram, Known, OutOfFold, Outcomes, Outlook, Policy,
    Rule, Span, curve_entry, derive_bands, nurture_from, resolve,
};
use crate::decide::grades::count_cells;
use crate::math::{Z90, logit};
use crate::measures::{LineInformation, LogisticLine, Steps, logistic_line};
use crate::model::curve::CurvePrior;
use crate::notes::{Note, counted, in_one_line};
use crate::settings::{BandsConfig, SalesConfig, Settings};

/// How far a new curve lies from the old one before any lead is judged, log-odds: rates triple or fall to a third in a bad year, and the
/// slope is off by a tenth.
const PRIOR: CurvePrior = CurvePrior { intercept_sd: 1.0, slope_sd: 0.1 };

/// Steps of at most one keep the first ones from leaping where the likelihood is flat.
const STEPS: Steps = Steps { longest: 1.0, tolerance: 1e-12, at_most: 100 };

/// Leads that a new curve and new lines are learnt from.
#[derive(Debug, Clone)]
pub struct RecentLeads<'a> {
    /// Those with an outcome.
    pub judged: LeadsOfCard<'a>,
    /// All handed off in the same time, whatever became of them: score, and whether too little is known for one.
    pub handed_off: Vec<(i32, bool)>,
    /// Their moments of hand-off.
    pub as_of: Option<Vec<i64>>,
    /// Position of each judged lead among them.
    pub position: Vec<u32>,
}

/// What is known of the lines beside the card.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineRules<'a> {
    /// Policies of the config; a line of the card that is none of them goes by its words.
    pub policies: &'a [Policy],
    /// Bands of the config, in points.
    pub bands: Option<&'a BandsConfig>,
    /// Line that people chose in points.
    pub chosen_line: Option<i32>,
    /// Whether somebody said what a lead costs and a win is worth.
    pub has_costs: bool,
}

impl<'a> LineRules<'a> {
    /// What the config says of lines.
    pub fn of(policies: &'a [Policy], sales: &SalesConfig, settings: &'a Settings) -> Self {
        Self {
            policies,
            bands: Some(&settings.bands),
            chosen_line: settings.decision.line,
            has_costs: sales.cost_per_lead.is_some() && sales.value_per_win.is_some(),
        }
    }
}

/// Where the new card comes from.
#[derive(Debug, Clone)]
pub struct Descent {
    /// SHA-256 of the file of the card whose points it has.
    pub from_sha256: String,
    /// Engine that makes it.
    pub engine: String,
    /// Fingerprint of the leads.
    pub data_sha256: String,
    /// Fingerprint of the config in force.
    pub config_sha256: String,
}

/// A card with a new curve, and what has moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Shifted {
    /// The card.
    pub card: Card,
    /// What has moved.
    pub moved: Moved,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Why there is no new curve.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecalibrateError {
    /// Too few outcomes.
    #[error(
        "of {} whose outcome is known and that came since the card was made, {n_converted} converted: a new curve takes {MIN_OF_EACH} that did and {MIN_OF_EACH} that did not\n\
         hint: wait for more outcomes, or give leads from an earlier day on with --since",
        counted(*n_leads as u64, "lead")
    )]
    TooFew {
        /// Leads with an outcome.
        n_leads: usize,
        /// Of those, how many converted.
        n_converted: usize,
    },
    /// No outcome at all.
    #[error(
        "of {} that came since the card was made no outcome is known\n\
         hint: say what became of them with --converted COLUMN or --config bantam.toml, or wait until their horizon is over",
        counted(*n_handed_off as u64, "lead")
    )]
    NoOutcome {
        /// Leads handed off.
        n_handed_off: usize,
    },
    /// Leads that cannot be counted.
    #[error(transparent)]
    Frontier(#[from] FrontierError),
}

/// The card's points with a new curve and new lines.
///
/// # Errors
/// A [`RecalibrateError`]: too few outcomes, or hand-offs off the calendar.
pub fn recalibrate(
    leads: &RecentLeads<'_>,
    rules: &LineRules<'_>,
    descent: &Descent,
) -> Result<Shifted, RecalibrateError> {
    let judged = &leads.judged;
    if judged.n_leads() == 0 && !leads.handed_off.is_empty() {
        return Err(RecalibrateError::NoOutcome { n_handed_off: leads.handed_off.len() });
    }
    if !has_enough(judged.converted.iter().copied()) {
        return Err(RecalibrateError::TooFew { n_leads: judged.n_leads(), n_converted: judged.n_converted() });
    }
    let old = judged.card;
    let repeats = repeats(judged);
    let moved = MovedCurve::fit(judged, repeats);
    let curve = moved.entries(judged);
    let mut notes = Vec::new();
    let (thresholds, bands) = Lines { leads, rules, curve: &curve, repeats }.draw(&mut notes)?;
    let moments = || judged.as_of.iter().flatten().copied();
    let record = Moved {
        n_leads: judged.n_leads() as u64,
        n_converted: judged.n_converted() as u64,
        first_as_of: moments().min().map(show_time),
        last_as_of: moments().max().map(show_time),
        odds_times: moved.line.intercept.exp(),
        slope: moved.line.slope,
        lines: moved_lines(old, &thresholds, &bands),
    };
    let grades = old.grades.as_ref().map(|grades| recounted(grades, judged, repeats));
    let mut card = Card { curve, thresholds, bands, grades, ..old.clone() };
    card.provenance.engine.clone_from(&descent.engine);
    card.provenance.data_sha256.clone_from(&descent.data_sha256);
    card.provenance.config_sha256.clone_from(&descent.config_sha256);
    card.provenance.first_as_of.clone_from(&record.first_as_of);
    card.provenance.last_as_of.clone_from(&record.last_as_of);
    card.provenance.recalibrated = Some(Recalibrated {
        from_sha256: descent.from_sha256.clone(),
        points_until: (old.provenance.recalibrated.as_ref())
            .map_or_else(|| old.provenance.last_as_of.clone(), |earlier| earlier.points_until.clone()),
        n_leads: record.n_leads,
        n_converted: record.n_converted,
    });
    card.format = card.own_format();
    Ok(Shifted { card, moved: record, notes })
}

/// The same grid with what became of the leads that came since; nobody in any cell where their answers are not known.
fn recounted(grades: &Grades, judged: &LeadsOfCard<'_>, repeats: f64) -> Grades {
    let criteria = &judged.card.criteria;
    let n_known = if judged.levels.len() == criteria.len() { judged.n_leads() } else { 0 };
    let points_of = |lead: usize| -> Vec<i32> {
        let levels = criteria.iter().zip(&judged.levels);
        levels.map(|(criterion, of_leads)| criterion.levels[usize::from(of_leads[lead])].points).collect()
    };
    let graded = (0..n_known).map(|lead| (grades.sub_scores(criteria, &points_of(lead)), judged.converted[lead]));
    Grades { cells: count_cells(grades, graded, repeats), ..grades.clone() }
}

/// New log-odds as a line in the old ones about those of the average lead.
struct MovedCurve {
    /// Mean of the old log-odds.
    centre: f64,
    /// `new = centre + intercept + slope (old - centre)`.
    line: LogisticLine,
    /// Variance of the months that the leads come from.
    variance_of_months: f64,
}

impl MovedCurve {
    fn fit(judged: &LeadsOfCard<'_>, repeats: f64) -> Self {
        let promised = judged.promised();
        let centre = promised.iter().sum::<f64>() / promised.len() as f64;
        let mut counts = BTreeMap::<i32, (f64, f64)>::new();
        for (&score, &won) in judged.score.iter().zip(&judged.converted) {
            let count = counts.entry(score).or_default();
            count.0 += 1.0 / repeats;
            count.1 += f64::from(u8::from(won)) / repeats;
        }
        let precision = [PRIOR.intercept_sd.powi(-2), PRIOR.slope_sd.powi(-2)];
        let line = logistic_line([0.0, 1.0], &STEPS, |intercept, slope| {
            let mut sum = LineInformation::of_prior([intercept, slope - 1.0], precision);
            for (&score, &(n, converted)) in &counts {
                let x = log_odds(judged.card, score) - centre;
                sum.add(x, centre + intercept + slope * x, n, converted);
            }
            sum
        });
        let mut line = line.unwrap_or(LogisticLine {
            intercept: 0.0,
            slope: 1.0,
            covariance: Default::default(),
            has_settled: false,
        });
        // A falling line would say that the card works backwards; then a score is worth nothing, not less than nothing.
        line.slope = line.slope.max(0.0);
        let moments = || judged.as_of.iter().flatten().copied();
        let n_months = moments().min().zip(moments().max()).map_or(1.0, |(first, last)| n_months(first, last));
        Self { centre, line, variance_of_months: MONTH_SD * MONTH_SD / n_months }
    }

    /// One entry per score. The interval has the error of the line, that of the months, and what the old curve was less sure of at this
    /// score than in its middle.
    fn entries(&self, judged: &LeadsOfCard<'_>) -> Vec<CurveEntry> {
        let old = judged.card;
        let mut n_leads = BTreeMap::<i32, u64>::new();
        judged.score.iter().for_each(|&score| *n_leads.entry(score).or_default() += 1);
        let in_the_middle = old.curve_sd().powi(2);
        let share = |basis_points: u32| logit(f64::from(basis_points.clamp(1, 9_999)) / 10_000.0);
        let entry = |before: &CurveEntry| {
            let x = share(before.probability_bp) - self.centre;
            let LogisticLine { intercept, slope, covariance, .. } = self.line;
            let log_odds = self.centre + intercept + slope * x;
            let of_line = (covariance.intercept + 2.0 * covariance.both * x + covariance.slope * x * x).max(0.0);
            let of_score = ((share(before.high_bp) - share(before.low_bp)) / (2.0 * Z90)).powi(2) - in_the_middle;
            let error = (of_line + self.variance_of_months + of_score.max(0.0)).sqrt();
            curve_entry(before.score, log_odds, error, n_leads.get(&before.score).copied().unwrap_or(0))
        };
        old.curve.iter().map(entry).collect()
    }
}

/// Draws the lines of the new card.
struct Lines<'a> {
    leads: &'a RecentLeads<'a>,
    rules: &'a LineRules<'a>,
    curve: &'a [CurveEntry],
    repeats: f64,
}

impl Lines<'_> {
    fn draw(&self, notes: &mut Vec<Note>) -> Result<(Vec<Threshold>, Vec<Band>), RecalibrateError> {
        let old = self.leads.judged.card;
        let judged = self.out_of_fold();
        let score: Vec<i32> = self.leads.handed_off.iter().map(|(score, _)| *score).collect();
        let is_ask_first: Vec<bool> = self.leads.handed_off.iter().map(|(_, is_ask_first)| *is_ask_first).collect();
        let everyone = HandedOff {
            score: &score,
            as_of: self.leads.as_of.as_deref(),
            segment: None,
            team: None,
            is_ask_first: Some(&is_ask_first),
        };
        let outcomes = Outcomes { converted: &judged.converted, worth: &judged.probability };
        let histogram = Histogram::count_all(&judged, outcomes, everyone, Span::ALL)?;
        let outlook = Outlook::new(&histogram, Known { design_effect: self.repeats, ..Known::NOTHING });
        let frontier = Frontier::trace(&histogram, &outlook);
        let rate = self.leads.judged.n_converted() as f64 / self.leads.judged.n_leads() as f64;
        let no_bands = BandsConfig::default();
        let config = self.rules.bands.unwrap_or(&no_bands);
        let bands_of = |lines: DecidedLines| derive_bands(self.curve, rate, config, lines);
        let hot_before = old.bands.first().and_then(|band| band.from);
        // What a policy by band means goes before the lines of the others.
        let hot = self.rules.chosen_line.or_else(|| self.as_good(hot_before?));
        let (bands, _) = bands_of(DecidedLines { hand_over: hot, keep_warm: None });
        let evidence = Evidence {
            histogram: &histogram,
            frontier: &frontier,
            outlook: &outlook,
            curve: self.curve,
            bands: &bands,
        };
        let thresholds: Vec<Threshold> =
            old.thresholds.iter().filter_map(|line| self.threshold(line, &evidence, notes)).collect();
        // A band that began at the line of a policy goes with it.
        let with_its_policy = |before: i32| {
            let policy = old.thresholds.iter().find(|threshold| threshold.score == before)?;
            Some(thresholds.iter().find(|threshold| threshold.name == policy.name)?.score)
        };
        let follow = |before: i32| with_its_policy(before).or_else(|| self.as_good(before));
        let warm_before = nurture_from(&old.bands).filter(|&from| from != i32::MIN);
        let (bands, band_notes) = bands_of(DecidedLines {
            hand_over: self.rules.chosen_line.or_else(|| follow(hot_before?)),
            keep_warm: warm_before.and_then(follow),
        });
        notes.extend(band_notes);
        Ok((thresholds, bands))
    }

    /// The line of a policy on the recent leads.
    fn threshold(&self, before: &Threshold, evidence: &Evidence<'_>, notes: &mut Vec<Note>) -> Option<Threshold> {
        let by_words =
            || Rule::from_words(&before.rule).map(|rule| Policy { name: before.name.clone(), rule, by: None });
        let of_config = self.rules.policies.iter().find(|policy| policy.name == before.name && policy.by.is_none());
        let why = match of_config.cloned().or_else(by_words) {
            Some(policy) => match resolve(&policy, evidence) {
                Ok(found) => {
                    return Some(Threshold { name: found.name, rule: found.rule, score: found.threshold });
                }
                Err(error) => in_one_line(&error.to_string()),
            },
            None => format!("policy `{}` ({}) cannot be drawn anew on these leads", before.name, before.rule),
        };
        let now = self.as_good(before.score);
        notes.push(Note::new(
            "recalibrate",
            match now {
                Some(score) => format!(
                    "{why}; its line stays where leads are as good: {} points before, {score} now",
                    before.score
                ),
                None => format!("{why}, and no score is as good as its line was: it is left out"),
            },
        ));
        Some(Threshold { score: now?, ..before.clone() })
    }

    /// Lowest score that is worth what a score was worth before: the same chance where somebody said what a lead costs; otherwise
    /// as many times the odds of the average lead, because nobody can say from which chance on a lead pays.
    fn as_good(&self, before: i32) -> Option<i32> {
        let old = self.leads.judged.card;
        let odds = |entry: &CurveEntry| (logit(f64::from(entry.probability_bp) / 10_000.0)).exp();
        let unit = |curve: &[CurveEntry]| if self.has_costs() { 1.0 } else { odds_of_average(curve) };
        let wanted = odds(old.worth_of(before)?) / unit(&old.curve);
        let now = unit(self.curve);
        // Chances are rounded to basis points, which at 1 % is a hundredth of the odds.
        self.curve.iter().find(|entry| odds(entry) / now >= wanted * 0.99).map(|entry| entry.score)
    }

    fn has_costs(&self) -> bool {
        let goes_by_money = |line: &Threshold| matches!(Rule::from_words(&line.rule), Some(Rule::BreakEven { .. }));
        self.rules.has_costs || self.leads.judged.card.thresholds.iter().any(goes_by_money)
    }

    fn out_of_fold(&self) -> OutOfFold {
        let judged = &self.leads.judged;
        let first = self.curve.first().map_or(0, |entry| entry.score);
        let chance = |&score: &i32| {
            let entry = usize::try_from(score - first).ok().and_then(|at| self.curve.get(at));
            entry.map_or(0.0, |entry| f64::from(entry.probability_bp) / 10_000.0)
        };
        OutOfFold {
            leads: self.leads.position.clone(),
            ids: LeadIds::RowNumber,
            rows: self.leads.position.clone(),
            fold: vec![0; judged.n_leads()],
            as_of: judged.as_of.clone(),
            score: judged.score.clone(),
            probability: judged.score.iter().map(chance).collect(),
            converted: judged.converted.clone(),
        }
    }
}

/// Odds of the average lead by a curve.
fn odds_of_average(curve: &[CurveEntry]) -> f64 {
    let n_leads: f64 = curve.iter().map(|entry| entry.n_leads as f64).sum();
    let won: f64 = curve.iter().map(|entry| entry.n_leads as f64 * f64::from(entry.probability_bp) / 10_000.0).sum();
    // A curve without leads has the same unit before and now.
    if n_leads > 0.0 && won > 0.0 { won / (n_leads - won) } else { 1.0 }
}

/// Every line of the old card beside the same of the new one.
fn moved_lines(old: &Card, thresholds: &[Threshold], bands: &[Band]) -> Vec<MovedLine> {
    let of_policy = old.thresholds.iter().map(|before| MovedLine {
        name: before.name.clone(),
        rule: Some(before.rule.clone()),
        before: before.score,
        now: thresholds.iter().find(|now| now.name == before.name).map(|now| now.score),
    });
    let of_band = old.bands.iter().filter_map(|before| {
        Some(MovedLine {
            name: before.name.clone(),
            rule: None,
            before: before.from?,
            now: bands.iter().find(|now| now.name == before.name).and_then(|now| now.from),
        })
    });
    of_policy.chain(of_band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::graded_card;

    #[test]
    fn grades_are_counted_anew_and_empty_where_the_answers_are_not_known() {
        let card = graded_card();
        let grades = card.grades.as_ref().expect("grades");
        // Approved, many clicks, no demo, no form; and two leads of which nothing is known.
        let mut judged = LeadsOfCard {
            card: &card,
            score: vec![50, 6, 6],
            levels: vec![vec![2, 0, 0], vec![3, 0, 0], vec![0; 3], vec![0; 3]],
            as_of: None,
            converted: vec![true, false, true],
            cluster: None,
            is_fresh: true,
        };
        let counts = |grades: &Grades| -> Vec<(u64, u64)> {
            grades.cells.iter().map(|cell| (cell.n_leads, cell.n_converted)).collect()
        };
        let anew = recounted(grades, &judged, 1.0);
        assert_eq!(counts(&anew), [(1, 1), (0, 0), (0, 0), (0, 0), (0, 0), (2, 1)]);
        assert_eq!((&anew.rows, &anew.columns), (&grades.rows, &grades.columns));
        judged.levels.clear();
        assert_eq!(counts(&recounted(grades, &judged, 1.0)), [(0, 0); 6]);
    }
}
