//! Gates: what fails, and what to do about it.
//!
//! Every gate is a bet that may be looked at as often as one likes, and all share one chance of ever failing a right card.
//!
//! Always true: a gate fails only where the difference is both larger than the limit the user set and surely so; whatever lies within
//! the limit, such as a season, is no failure.

use std::f64::consts::LN_10;

use super::population_drift::MIN_LEADS;
use super::{
    Answers, Drift, DriftRow, DriftVerdict, FaultName, Gate, GateName, GateResult, ThresholdPromise, WeeklyTest,
};
use crate::notes::{counted, in_words};
use crate::settings::MonitorConfig;

/// Parts of the chance of a false alarm. The weekly test sees most of what the thresholds see, and sooner; who comes moves far when
/// something breaks, and is found with any part.
pub(super) const PART_OF_WEEKLY_TEST: f64 = 0.9;
const PART_OF_THRESHOLDS: f64 = 0.05;
/// Of each of drift, new answers and missing answers.
const PART_OF_WHO_COMES: f64 = 0.05 / 3.0;

/// Fewest conversions promised above a threshold that its ratio is judged by.
const MIN_EXPECTED: f64 = 5.0;

/// What the gates look at.
pub(super) struct GateInputs<'a> {
    pub drift: &'a Drift,
    pub answers: &'a [Answers],
    pub weekly_test: Option<&'a WeeklyTest>,
    pub at_threshold: &'a [ThresholdPromise],
    pub n_compared: usize,
    pub settings: &'a MonitorConfig,
}

impl GateInputs<'_> {
    /// Every gate, in the order of the report.
    pub(super) fn judge(&self) -> Vec<Gate> {
        vec![
            self.gate(GateName::WeeklyTest, self.weekly_test()),
            self.gate(GateName::Threshold, self.thresholds()),
            self.gate(GateName::Drift, self.drift()),
            self.gate(GateName::NewLevels, self.new_levels()),
            self.gate(GateName::Missing, self.missing()),
        ]
    }

    /// Log 10 of what a stake has to grow to, where it is one of so many of a gate.
    fn alarm_at(&self, part: f64, n_bets: usize) -> f64 {
        -(self.settings.false_alarms * part / n_bets.max(1) as f64).ln() / LN_10
    }

    /// The gate with its part of the chance of a false alarm.
    fn gate(&self, gate: GateName, found: Found) -> Gate {
        let part = match gate {
            GateName::WeeklyTest => PART_OF_WEEKLY_TEST,
            GateName::Threshold => PART_OF_THRESHOLDS,
            GateName::Drift | GateName::NewLevels | GateName::Missing => PART_OF_WHO_COMES,
        };
        let Found { result, said, advice } = found;
        Gate { gate, result, said, advice, false_alarms: self.settings.false_alarms * part }
    }

    fn drift(&self) -> Found {
        let limit = self.settings.max_psi;
        // The history was scored by the cards of its folds. On a card with few scores these differ enough for an index of 0.2 on
        // leads that have not changed, so the score is shown and judged by nothing.
        let can_be_judged = |row: &&DriftRow| !row.is_score && row.verdict != DriftVerdict::CannotSay;
        let judged: Vec<&DriftRow> = self.drift.rows.iter().filter(can_be_judged).collect();
        if judged.is_empty() {
            return not_judged(self.too_few_leads());
        }
        let alarm_at = self.alarm_at(PART_OF_WHO_COMES, judged.len());
        let is_over = |row: &&&DriftRow| {
            row.psi.is_some_and(|psi| psi > limit) && row.log10_beyond.is_some_and(|evidence| evidence >= alarm_at)
        };
        let over: Vec<String> = judged.iter().filter(is_over).map(|row| with_psi(row)).collect();
        if over.is_empty() {
            let worst = judged.iter().max_by(|a, b| a.psi.unwrap_or(0.0).total_cmp(&b.psi.unwrap_or(0.0)));
            let worst = worst.map_or_else(String::new, |row| format!("; the most is {}", with_psi(row)));
            return passed(format!("no drift that is surely above {limit}{worst}"));
        }
        failed(format!("drift above {limit}: {}", in_words(&over, "and")),
            "ask first whether these are asked or recorded differently than in the history, and mend that; if other leads come \
             and stay, refit on recent leads. As long as the weekly test passes, the card may be kept"
                .to_owned(),
        )
    }

    fn new_levels(&self) -> Found {
        let limit = self.settings.max_new_levels;
        let texts: Vec<(&Answers, f64, f64)> = (self.answers.iter())
            .filter_map(|answers| Some((answers, answers.unnamed_before?, answers.unnamed_now?)))
            .collect();
        if texts.is_empty() {
            return passed("no criterion of the card reads text".to_owned());
        }
        let alarm_at = self.alarm_at(PART_OF_WHO_COMES, texts.len());
        let risen: Vec<String> = texts
            .iter()
            .filter(|(answers, ..)| answers.log10_unnamed_beyond.is_some_and(|evidence| evidence >= alarm_at))
            .map(|(answers, before, now)| {
                let most: Vec<String> =
                    answers.unnamed.iter().take(3).map(|answer| format!("{:?}", answer.answer)).collect();
                format!(
                    "`{}` ({} of the leads, {} in the history: {})",
                    answers.criterion,
                    per_cent(*now),
                    per_cent(*before),
                    in_words(&most, "and")
                )
            })
            .collect();
        if risen.is_empty() {
            let n_new: usize = texts.iter().map(|(answers, ..)| answers.n_unnamed).sum();
            let said = match n_new {
                0 => "no new answers".to_owned(),
                n_new => format!(
                    "{} that the card does not name; no criterion has surely {} more of the leads with such answers than in the history",
                    counted(n_new as u64, "answer"),
                    per_cent(limit)
                ),
            };
            return if self.n_compared < MIN_LEADS { not_judged(self.too_few_leads()) } else { passed(said) };
        }
        failed(format!("many leads have answers that the card does not name: {}", in_words(&risen, "and")),
            "correct them where they are a misspelling; where they are new, they get the points of `other` until a refit gives \
             them their own"
                .to_owned(),
        )
    }

    fn missing(&self) -> Found {
        let limit = self.settings.max_missing_rise;
        let alarm_at = self.alarm_at(PART_OF_WHO_COMES, self.answers.len());
        let risen: Vec<String> = self
            .answers
            .iter()
            .filter(|answers| answers.log10_missing_beyond >= alarm_at)
            .map(|answers| {
                format!(
                    "`{}` ({} without an answer, {} in the history)",
                    answers.criterion,
                    per_cent(answers.missing_now),
                    per_cent(answers.missing_before)
                )
            })
            .collect();
        if !risen.is_empty() {
            return failed(format!("answers are no longer there: {}", in_words(&risen, "and")),
                "look for a form, a script or an import that stopped filling them in; their leads get the points of `missing`"
                    .to_owned(),
            );
        }
        if self.n_compared < MIN_LEADS {
            return not_judged(self.too_few_leads());
        }
        let said = format!(
            "on no criterion are surely {} of the leads more without an answer than in the history",
            per_cent(limit)
        );
        passed(said)
    }

    fn weekly_test(&self) -> Found {
        let Some(test) = self.weekly_test else {
            return not_judged("no outcome is known yet".to_owned());
        };
        match &test.alarm {
            None => passed(format!("no alarm in {}", counted(test.n_leads, "lead"))),
            Some(alarm) => {
                let day = alarm.day.as_ref().map_or_else(String::new, |day| format!(", those until {day}"));
                let advice = match alarm.fault {
                    FaultName::Higher | FaultName::Lower => {
                        "shift the curve with `bantam recalibrate`: the points stay, and what they are worth is learnt anew"
                    }
                    FaultName::Flatter | FaultName::Steeper => "refit the card on recent leads",
                };
                failed(
                    format!(
                        "alarm after {}{day}: {}, by more than chance, the curve's own interval and months that differ explain",
                        counted(alarm.n_leads, "lead"),
                        alarm.fault.words()
                    ),
                    advice.to_owned(),
                )
            }
        }
    }

    fn thresholds(&self) -> Found {
        let [lowest, highest] = self.settings.calibration;
        let judged: Vec<(&ThresholdPromise, f64)> = (self.at_threshold.iter())
            .filter(|threshold| threshold.n_expected >= MIN_EXPECTED)
            .filter_map(|threshold| Some((threshold, threshold.observed_over_expected?)))
            .collect();
        if judged.is_empty() {
            let why = if self.at_threshold.is_empty() {
                "the card has no thresholds".to_owned()
            } else {
                "too few outcomes so far".to_owned()
            };
            return not_judged(why);
        }
        let in_figures = |(threshold, ratio): &(&ThresholdPromise, f64)| {
            let ends = threshold.low.zip(threshold.high);
            let ends = ends.map_or_else(String::new, |(low, high)| format!(" ({low:.2} to {high:.2})"));
            format!("`{}` {ratio:.2}{ends}", threshold.name)
        };
        let alarm_at = self.alarm_at(PART_OF_THRESHOLDS, self.at_threshold.len());
        let is_off = |(threshold, ratio): &&(&ThresholdPromise, f64)| {
            threshold.log10_beyond >= alarm_at && !(lowest..=highest).contains(ratio)
        };
        let off: Vec<String> = judged.iter().filter(is_off).map(in_figures).collect();
        if off.is_empty() {
            let all: Vec<String> = judged.iter().map(in_figures).collect();
            return passed(format!(
                "conversions for each one predicted, from the threshold of a policy up: {}; not surely outside {lowest} to {highest}",
                in_words(&all, "and")
            ));
        }
        failed(format!(
                "conversions for each one predicted are surely not within {lowest} to {highest}, from the threshold of a policy up: {}",
                in_words(&off, "and")
            ),
            "a policy by conversion promises sales what does not come: `bantam recalibrate` learns anew what scores are worth and \
             draws its line anew"
                .to_owned(),
        )
    }

    fn too_few_leads(&self) -> String {
        format!(
            "{} are too few to tell a change from chance: it takes {MIN_LEADS}",
            counted(self.n_compared as u64, "lead")
        )
    }
}

/// How a gate went, why, and what to do about it.
struct Found {
    result: GateResult,
    said: String,
    advice: Option<String>,
}

fn with_psi(row: &DriftRow) -> String {
    format!("`{}` ({:.2})", row.name, row.psi.unwrap_or(0.0))
}

fn per_cent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

fn passed(said: String) -> Found {
    Found { result: GateResult::Passed, said, advice: None }
}

fn not_judged(said: String) -> Found {
    Found { result: GateResult::NotJudged, said, advice: None }
}

fn failed(said: String, advice: String) -> Found {
    Found { result: GateResult::Failed, said, advice: Some(advice) }
}
