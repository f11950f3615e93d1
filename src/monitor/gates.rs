//! Gates: what fails, and what to do about it.
//!
//! Always true: a gate fails only where the difference is both larger than the limit the user set and beyond chance.

use super::population_drift::MIN_LEADS;
use super::{
    Answers, Drift, DriftRow, DriftVerdict, FaultName, Gate, GateName, GateResult, ThresholdPromise, WeeklyTest,
};
use crate::measures::normal_half_width;
use crate::measures::wilson_of;
use crate::notes::{counted, in_words};
use crate::settings::MonitorConfig;

/// Chance that any criterion's missing or unnamed answers are called a rise although nothing has changed.
const FAMILY_TAIL: f64 = 0.05;

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
        vec![self.weekly_test(), self.thresholds(), self.drift(), self.new_levels(), self.missing()]
    }

    fn drift(&self) -> Gate {
        let limit = self.settings.max_psi;
        // The history was scored by the cards of its folds. On a card with few scores these differ enough for an index of 0.2 on
        // leads that have not changed, so the score is shown and judged by nothing.
        let can_be_judged = |row: &&DriftRow| !row.is_score && row.verdict != DriftVerdict::CannotSay;
        let judged: Vec<&DriftRow> = self.drift.rows.iter().filter(can_be_judged).collect();
        if judged.is_empty() {
            return not_judged(GateName::Drift, self.too_few_leads());
        }
        let is_over = |row: &&&DriftRow| row.verdict != DriftVerdict::Steady && row.psi.is_some_and(|psi| psi > limit);
        let over: Vec<String> = judged.iter().filter(is_over).map(|row| with_psi(row)).collect();
        if over.is_empty() {
            let worst = judged.iter().max_by(|a, b| a.psi.unwrap_or(0.0).total_cmp(&b.psi.unwrap_or(0.0)));
            let worst = worst.map_or_else(String::new, |row| format!("; the most is {}", with_psi(row)));
            return passed(GateName::Drift, format!("no drift above {limit} beyond chance{worst}"));
        }
        failed(
            GateName::Drift,
            format!("drift above {limit}: {}", in_words(&over, "and")),
            "ask first whether these are asked or recorded differently than in the history, and mend that; if other leads come \
             and stay, refit on recent leads. As long as the weekly test passes, the card may be kept"
                .to_owned(),
        )
    }

    fn new_levels(&self) -> Gate {
        let limit = self.settings.max_new_levels;
        let texts: Vec<(&Answers, f64, f64)> = (self.answers.iter())
            .filter_map(|answers| Some((answers, answers.unnamed_before?, answers.unnamed_now?)))
            .collect();
        if texts.is_empty() {
            return passed(GateName::NewLevels, "no criterion of the card reads text".to_owned());
        }
        let risen: Vec<String> = texts
            .iter()
            .filter(|(_, before, now)| self.is_rise(*before, *now, limit))
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
            let said = format!(
                "{} that the card does not name, on no criterion {} of the leads more than in the history",
                counted(n_new as u64, "answer"),
                per_cent(limit)
            );
            return if self.n_compared < MIN_LEADS {
                not_judged(GateName::NewLevels, self.too_few_leads())
            } else {
                passed(GateName::NewLevels, said)
            };
        }
        failed(
            GateName::NewLevels,
            format!("many leads have answers that the card does not name: {}", in_words(&risen, "and")),
            "correct them where they are a misspelling; where they are new, they get the points of `other` until a refit gives \
             them their own"
                .to_owned(),
        )
    }

    fn missing(&self) -> Gate {
        let limit = self.settings.max_missing_rise;
        let risen: Vec<String> = self
            .answers
            .iter()
            .filter(|answers| self.is_rise(answers.missing_before, answers.missing_now, limit))
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
            return failed(
                GateName::Missing,
                format!("answers are no longer there: {}", in_words(&risen, "and")),
                "look for a form, a script or an import that stopped filling them in; their leads get the points of `missing`"
                    .to_owned(),
            );
        }
        if self.n_compared < MIN_LEADS {
            return not_judged(GateName::Missing, self.too_few_leads());
        }
        let said =
            format!("on no criterion are {} of the leads more without an answer than in the history", per_cent(limit));
        passed(GateName::Missing, said)
    }

    fn weekly_test(&self) -> Gate {
        let Some(test) = self.weekly_test else {
            return not_judged(GateName::WeeklyTest, "no outcome is known yet".to_owned());
        };
        let chance = per_cent(test.false_alarms);
        match &test.alarm {
            None => passed(
                GateName::WeeklyTest,
                format!(
                    "no alarm in {}; it would ever be raised against a right card with a chance of at most {chance}",
                    counted(test.n_leads, "lead")
                ),
            ),
            Some(alarm) => {
                let day = alarm.day.as_ref().map_or_else(String::new, |day| format!(", those until {day}"));
                let advice = match alarm.fault {
                    FaultName::Higher | FaultName::Lower => {
                        "shift the curve: calibrate again on recent leads; the points may well stay"
                    }
                    FaultName::Flatter | FaultName::Steeper => "refit the card on recent leads",
                };
                failed(
                    GateName::WeeklyTest,
                    format!(
                        "alarm after {}{day}: {}; a right card would ever raise it with a chance of at most {chance}",
                        counted(alarm.n_leads, "lead"),
                        alarm.fault.words()
                    ),
                    advice.to_owned(),
                )
            }
        }
    }

    fn thresholds(&self) -> Gate {
        let [lowest, highest] = self.settings.calibration;
        let judged: Vec<(&ThresholdPromise, f64)> = (self.at_threshold.iter())
            .filter(|threshold| threshold.n_expected >= MIN_EXPECTED)
            .filter_map(|threshold| Some((threshold, threshold.observed_over_expected?)))
            .collect();
        if judged.is_empty() {
            let why = if self.at_threshold.is_empty() {
                "the card has no thresholds".to_owned()
            } else {
                format!("above no threshold have {MIN_EXPECTED} conversions been promised yet of leads with an outcome")
            };
            return not_judged(GateName::Threshold, why);
        }
        let in_figures = |(threshold, ratio): &(&ThresholdPromise, f64)| {
            let ends = threshold.low.zip(threshold.high);
            let ends = ends.map_or_else(String::new, |(low, high)| format!(" ({low:.2} to {high:.2})"));
            format!("`{}` {ratio:.2}{ends}", threshold.name)
        };
        let is_off = |(threshold, ratio): &&(&ThresholdPromise, f64)| {
            let is_beyond_chance =
                threshold.low.is_some_and(|low| low > 1.0) || threshold.high.is_some_and(|high| high < 1.0);
            is_beyond_chance && !(lowest..=highest).contains(ratio)
        };
        let off: Vec<String> = judged.iter().filter(is_off).map(in_figures).collect();
        if off.is_empty() {
            let all: Vec<String> = judged.iter().map(in_figures).collect();
            return passed(
                GateName::Threshold,
                format!(
                    "conversions for each one promised, from the threshold of a policy up: {}",
                    in_words(&all, "and")
                ),
            );
        }
        failed(
            GateName::Threshold,
            format!(
                "conversions for each one promised are not within {lowest} to {highest}, from the threshold of a policy up: {}",
                in_words(&off, "and")
            ),
            "a policy by conversion promises sales what does not come: calibrate again on recent leads, and choose its threshold \
             anew"
                .to_owned(),
        )
    }

    /// A share that rose by more than `limit`, beyond chance.
    fn is_rise(&self, before: f64, now: f64, limit: f64) -> bool {
        let n_now = self.n_compared as f64;
        let z = normal_half_width(FAMILY_TAIL / (self.answers.len() as f64).max(1.0));
        now - before > limit && wilson_of(now * n_now, n_now, z).low > before
    }

    fn too_few_leads(&self) -> String {
        format!(
            "{} are too few to tell a change from chance: it takes {MIN_LEADS}",
            counted(self.n_compared as u64, "lead")
        )
    }
}

fn with_psi(row: &DriftRow) -> String {
    format!("`{}` ({:.2})", row.name, row.psi.unwrap_or(0.0))
}

fn per_cent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

fn passed(gate: GateName, said: String) -> Gate {
    Gate { gate, result: GateResult::Passed, said, advice: None }
}

fn not_judged(gate: GateName, said: String) -> Gate {
    Gate { gate, result: GateResult::NotJudged, said, advice: None }
}

fn failed(gate: GateName, said: String, advice: String) -> Gate {
    Gate { gate, result: GateResult::Failed, said, advice: Some(advice) }
}
