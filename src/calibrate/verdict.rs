//! The verdict: may this card be used? Worked out once, for summary, page, workbook, `metrics.json` and the exit code.
//!
//! Always true: every reason has its figures and what helps; a card without a reason is usable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record::Metrics;
use crate::analyses::too_good::{known_at_hand_off_line, too_good_headline};
use crate::decide::forecast::record::Forecast;
use crate::decide::history::record::PastPromises;
use crate::notes::{count, counted};

/// Whether a card may be used, and why not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CardVerdict {
    /// The word.
    pub use_it: UseIt,
    /// What speaks against the card, the gravest first; empty for a usable one.
    pub reasons: Vec<VerdictReason>,
}

/// May this card be used?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UseIt {
    /// Nothing measured speaks against it.
    #[default]
    Usable,
    /// With care: its figures are rough, or it adds little.
    Weak,
    /// Not for decisions.
    DoNotUse,
}

impl UseIt {
    /// What people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::Weak => "weak",
            Self::DoNotUse => "do not use",
        }
    }
}

/// What speaks against a card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictReason {
    /// How much it weighs.
    pub makes_it: UseIt,
    /// What was found, as a sentence without its full stop, beginning with a small letter.
    pub found: String,
    /// What helps.
    pub hint: String,
}

/// Share of past promises that has to have held for a card to be usable; nine in ten should.
const ENOUGH_HELD: f64 = 0.75;

/// Conversions below which every figure is rough: with 100, wins at a line that keeps half of them are known to a quarter either way
/// (1.645 / sqrt(50)).
const FEW_CONVERSIONS: usize = 100;

/// Of 100 pairs, how many a card that tells leads apart puts the right way round; a coin puts 50.
const LITTLE_BETTER_THAN_A_COIN: f64 = 0.6;

/// The upper end of the conversion at the line, in times its lower end, from which the line says little.
const WIDE_AT_THE_LINE: f64 = 3.0;

impl CardVerdict {
    /// The verdict on what was measured.
    pub fn on(metrics: &Metrics) -> Self {
        let found = [
            no_better_than_the_rate(metrics),
            too_good(metrics),
            broken_promises(&metrics.past_promises),
            worse_than_plain(metrics),
            little_better_than_a_coin(metrics),
            few_conversions(metrics),
            wide_at_the_line(&metrics.forecast),
        ];
        let mut reasons: Vec<VerdictReason> = found.into_iter().flatten().collect();
        // Stable: of reasons that weigh alike the first stays first.
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.makes_it));
        Self { use_it: reasons.first().map_or(UseIt::Usable, |reason| reason.makes_it), reasons }
    }
}

fn do_not_use(found: String, hint: &str) -> VerdictReason {
    VerdictReason { makes_it: UseIt::DoNotUse, found, hint: hint.to_owned() }
}

fn weak(found: String, hint: &str) -> VerdictReason {
    VerdictReason { makes_it: UseIt::Weak, found, hint: hint.to_owned() }
}

fn no_better_than_the_rate(metrics: &Metrics) -> Option<VerdictReason> {
    let found =
        "on leads it had not seen, it does no better than promising every lead the overall rate, but for chance";
    metrics.out_of_fold.is_no_better_than_the_rate().then(|| do_not_use(found.to_owned(), "add criteria or history"))
}

fn too_good(metrics: &Metrics) -> Option<VerdictReason> {
    let too_good = metrics.findings.too_good.as_ref().filter(|found| !found.is_confirmed)?;
    let hint = format!(
        "leave out what is not known at hand-off (--ignore COLUMN), or say that it is: {}",
        known_at_hand_off_line(too_good)
    );
    Some(do_not_use(too_good_headline(too_good), &hint))
}

fn broken_promises(promises: &PastPromises) -> Option<VerdictReason> {
    let PastPromises { n_promises, n_held, .. } = *promises;
    let found = format!(
        "of {} promises for past periods {} held, and nine in ten should: volume or conversion of these leads moves more than their \
         history tells",
        count(n_promises as u64),
        count(n_held as u64)
    );
    let hint = "read the forecast with care; set `forecast.leads_next`, or leave out the old part of the history";
    if promises.are_broken() {
        Some(do_not_use(found, hint))
    } else {
        ((n_held as f64) < ENOUGH_HELD * n_promises as f64).then(|| weak(found, hint))
    }
}

fn worse_than_plain(metrics: &Metrics) -> Option<VerdictReason> {
    let gain = metrics.baseline_logistic.card_gain;
    let plain = metrics.baseline_logistic.log_loss;
    (gain.high < 0.0 && plain > 0.0).then(|| {
        let share = -100.0 * gain.expected / plain;
        let found =
            format!("its probabilities fit what happened {share:.1} % worse than those of a plain logistic regression");
        weak(found, "give it more rows (`size = \"accurate\"`), or criteria in the order of their answers")
    })
}

fn little_better_than_a_coin(metrics: &Metrics) -> Option<VerdictReason> {
    let auc = metrics.out_of_fold.auc;
    (auc < LITTLE_BETTER_THAN_A_COIN).then(|| {
        let found = format!(
            "of 100 pairs of a lead that converted and one that did not it puts {:.0} the right way round, a coin 50",
            100.0 * auc
        );
        weak(found, "add what sales knows of a lead: budget, need, timing, what they did")
    })
}

fn few_conversions(metrics: &Metrics) -> Option<VerdictReason> {
    (metrics.n_converted < FEW_CONVERSIONS).then(|| {
        let found = format!(
            "only {} converted in the history, so every figure is rough",
            counted(metrics.n_converted as u64, "lead")
        );
        weak(found, "read the brackets, not the middle, and calibrate again with more history")
    })
}

fn wide_at_the_line(forecast: &Forecast) -> Option<VerdictReason> {
    let conversion = forecast.recommended.as_ref()?.scenario.conversion;
    (conversion.high > WIDE_AT_THE_LINE * conversion.low.max(1e-9)).then(|| {
        let found = format!(
            "at its line between {:.0} % and {:.0} % of the leads will convert, which says little",
            100.0 * conversion.low,
            100.0 * conversion.high
        );
        weak(found, "calibrate again with more history")
    })
}
