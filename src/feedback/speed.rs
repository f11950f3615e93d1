//! Speed: untouched leads that were worth a call, and the time to first touch against conversion.
//!
//! Good leads are called sooner and convert more often, so time is looked at among leads of like quality only: within the bands
//! of the card, and against the chance that a card which had not seen the lead gave it. Time to touch comes after the hand-off
//! and is never on the card.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Scores;
use super::shrink::GroupShare;
use crate::card::Card;
use crate::data::labels::{Disposition, HandOffs};
use crate::math::logit;
use crate::measures::{Estimate, LineInformation, Steps, logistic_line};

/// What speed is worth, as far as history shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Speed {
    /// Untouched leads at or above each threshold of the card, in the order of the card.
    pub untouched: Vec<UntouchedRow>,
    /// Untouched leads that have a score.
    pub n_untouched: u64,
    /// Conversion by band and by time to first touch; empty without a column of first touches.
    pub touch: Vec<TouchCell>,
    /// Median hours to first touch, of leads that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_hours: Option<f64>,
    /// What waiting goes along with, at equal chance of conversion; absent where too few leads say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<TouchEffect>,
}

/// Untouched leads at or above a threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UntouchedRow {
    /// The policy, or the band.
    pub policy: String,
    /// Its threshold.
    pub score: i32,
    /// Untouched leads with at least so many points, of all leads with so many.
    pub untouched: GroupShare,
    /// Conversions that the card's curve gives those untouched leads, had they been worked like the others.
    pub wins: Estimate,
}

/// Leads of one band that were first touched within one span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TouchCell {
    /// hot, nurture, reject.
    pub band: String,
    /// "within 4 hours".
    pub touched: String,
    /// Converted, of those with a fair outcome.
    pub converted: GroupShare,
    /// Conversions that a card which had not seen them promised.
    pub n_expected: f64,
}

/// Slope of conversion against waiting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TouchEffect {
    /// Leads it is learnt from.
    pub n_leads: u64,
    /// Factor on the odds of conversion each time the wait doubles, at equal chance; 1 is none.
    pub odds_per_doubling: Estimate,
}

const HOUR_US: f64 = 3_600e6;
/// Spans of time: their end in hours, and what they are called.
const SPANS: [(f64, &str); 5] = [
    (4.0, "within 4 hours"),
    (24.0, "within a day"),
    (72.0, "within 3 days"),
    (168.0, "within a week"),
    (f64::INFINITY, "later"),
];
/// Fewest conversions that a slope is learnt from; with 20 its standard error is about 0.2 of a typical effect of 1.
const MIN_CONVERTED: usize = 20;

/// Looks at speed with the scores of a run.
pub fn speed(hand_offs: &HandOffs, scores: &Scores, card: &Card) -> Speed {
    let everyone = || 0..hand_offs.n_leads();
    let is_untouched = |lead: usize| hand_offs.disposition_of(lead) == Some(Disposition::Untouched);
    let lines: Vec<(String, i32)> = if card.thresholds.is_empty() {
        card.bands.iter().filter_map(|band| Some((band.name.clone(), band.from?))).collect()
    } else {
        card.thresholds.iter().map(|threshold| (threshold.name.clone(), threshold.score)).collect()
    };
    let untouched = lines
        .into_iter()
        .map(|(policy, line)| {
            let is_above = |lead: usize| scores.score[lead].is_some_and(|score| score >= line);
            let above = || everyone().filter(|&lead| is_above(lead) && !scores.is_ask_first[lead]);
            UntouchedRow {
                policy,
                score: line,
                untouched: GroupShare::count(above().map(is_untouched)).by_itself(),
                wins: wins_of(above().filter(|&lead| is_untouched(lead)), scores, card),
            }
        })
        .collect();
    let mut hours: Vec<f64> =
        hand_offs.touched_after_us.iter().flatten().flatten().map(|&us| us as f64 / HOUR_US).collect();
    hours.sort_by(f64::total_cmp);
    Speed {
        untouched,
        n_untouched: everyone().filter(|&lead| is_untouched(lead) && scores.score[lead].is_some()).count() as u64,
        touch: touch_cells(hand_offs, scores, card),
        median_hours: hours.get(hours.len() / 2).copied(),
        effect: touch_effect(&waits(hand_offs, scores)),
    }
}

/// Expected conversions of some leads with the range that the curve leaves open; all leads of a score err together, so the
/// ends of the curve's intervals are added up.
fn wins_of(leads: impl Iterator<Item = usize>, scores: &Scores, card: &Card) -> Estimate {
    let mut wins = Estimate::default();
    for worth in leads.filter_map(|lead| card.worth_of(scores.score[lead]?)) {
        wins.expected += f64::from(worth.probability_bp) / 1e4;
        wins.low += f64::from(worth.low_bp) / 1e4;
        wins.high += f64::from(worth.high_bp) / 1e4;
    }
    wins
}

/// One lead with a fair outcome, a first touch and a chance from a card that had not seen it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Wait {
    score: i32,
    probability: f64,
    hours: f64,
    has_converted: bool,
    /// Whether it is in no band because too little is known of it.
    is_ask_first: bool,
}

fn waits(hand_offs: &HandOffs, scores: &Scores) -> Vec<Wait> {
    let Some(touched) = &hand_offs.touched_after_us else { return Vec::new() };
    let wait = |lead: usize| {
        Some(Wait {
            score: scores.score[lead].filter(|_| scores.is_judged[lead])?,
            probability: scores.probability[lead],
            hours: touched[lead]? as f64 / HOUR_US,
            has_converted: hand_offs.known[lead].outcome()?,
            is_ask_first: scores.is_ask_first[lead],
        })
    };
    (0..hand_offs.n_leads()).filter_map(wait).collect()
}

fn touch_cells(hand_offs: &HandOffs, scores: &Scores, card: &Card) -> Vec<TouchCell> {
    let mut waits = waits(hand_offs, scores);
    waits.retain(|wait| !wait.is_ask_first);
    let mut cells = Vec::new();
    for (band, name) in card.bands.iter().map(|band| band.name.as_str()).enumerate() {
        let mut from = 0.0;
        for (end, touched) in SPANS {
            let is_in = |wait: &&Wait| (from..end).contains(&wait.hours) && card.band_of(wait.score) == band;
            let leads: Vec<&Wait> = waits.iter().filter(is_in).collect();
            from = end;
            if leads.is_empty() {
                continue;
            }
            cells.push(TouchCell {
                band: name.to_owned(),
                touched: touched.to_owned(),
                converted: GroupShare::count(leads.iter().map(|wait| wait.has_converted)).by_itself(),
                n_expected: leads.iter().map(|wait| wait.probability).sum(),
            });
        }
    }
    cells
}

/// Logistic regression of conversion on the binary logarithm of 1 + hours, with the log-odds that the card gave as offset:
/// `P = logistic(a + b log2(1 + hours) + logit(p))`; the interval is Wald's.
fn touch_effect(waits: &[Wait]) -> Option<TouchEffect> {
    let n_converted = waits.iter().filter(|wait| wait.has_converted).count();
    if n_converted.min(waits.len() - n_converted) < MIN_CONVERTED {
        return None;
    }
    let rows: Vec<(f64, f64, f64)> = waits
        .iter()
        .map(|wait| {
            let offset = logit(wait.probability.clamp(1e-4, 1.0 - 1e-4));
            ((1.0 + wait.hours).log2(), offset, f64::from(u8::from(wait.has_converted)))
        })
        .collect();
    let mean = rows.iter().map(|(x, ..)| x).sum::<f64>() / rows.len() as f64;
    let steps = Steps { longest: 2.0, tolerance: 1e-9, at_most: 50 };
    let line = logistic_line([0.0, 0.0], &steps, |a, b| {
        let mut sum = LineInformation::default();
        for (x, offset, y) in &rows {
            let x = x - mean;
            sum.add(x, a + b * x + offset, 1.0, *y);
        }
        sum
    })?;
    let Estimate { expected, low, high } = Estimate::normal(line.slope, line.slope_error());
    Some(TouchEffect {
        n_leads: waits.len() as u64,
        odds_per_doubling: Estimate { expected: expected.exp(), low: low.exp(), high: high.exp() },
    })
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::testing::{Lead, hand_offs};
    use super::*;
    use crate::card::tests::example_card;
    use crate::data::labels::KnownOutcome;
    use crate::math::logistic;

    fn scores(score: &[i32], is_judged: bool) -> Scores {
        Scores {
            score: score.iter().map(|&score| Some(score)).collect(),
            probability: score.iter().map(|&score| f64::from(score) / 100.0).collect(),
            is_judged: vec![is_judged; score.len()],
            is_ask_first: vec![false; score.len()],
        }
    }

    #[test]
    fn untouched_leads_above_a_threshold_are_worth_what_the_curve_says() {
        let left = Lead { did: Some(Disposition::Untouched), known: KnownOutcome::Untouched, ..Lead::default() };
        let leads = [left, left, left, Lead::default(), Lead::default()];
        let card = example_card();
        let line = card.thresholds[0].score;
        let found = speed(&hand_offs(&leads), &scores(&[line, line + 5, line - 1, line, 0], false), &card);
        let row = &found.untouched[0];
        assert_eq!((row.untouched.hits, row.untouched.n, found.n_untouched), (2, 3, 3));
        let worth = |score: i32| f64::from(card.worth_of(score).expect("on the curve").probability_bp) / 1e4;
        assert!((row.wins.expected - worth(line) - worth(line + 5)).abs() < 1e-9);
        assert!(row.wins.low < row.wins.expected && row.wins.expected < row.wins.high);
    }

    #[test]
    fn time_is_told_within_bands_and_only_of_leads_the_card_had_not_seen() {
        let lead = |hours: i64, known| Lead { touched_after_us: Some(hours * 3_600_000_000), known, ..Lead::default() };
        let leads =
            [lead(1, KnownOutcome::Converted), lead(30, KnownOutcome::NotConverted), lead(1, KnownOutcome::TooYoung)];
        let card = example_card();
        let found = speed(&hand_offs(&leads), &scores(&[60, 60, 60], true), &card);
        let cells: Vec<(&str, &str, u64)> =
            found.touch.iter().map(|cell| (&*cell.band, &*cell.touched, cell.converted.n)).collect();
        assert_eq!(cells, [("hot", "within 4 hours", 1), ("hot", "within 3 days", 1)]);
        assert!((found.touch[0].n_expected - 0.6).abs() < 1e-12);
        assert_eq!(found.median_hours, Some(1.0));
        assert_eq!(speed(&hand_offs(&leads), &scores(&[60, 60, 60], false), &card).touch, []);
    }

    #[test]
    fn a_lead_to_ask_first_is_in_no_band_and_above_no_line() {
        let left = Lead { did: Some(Disposition::Untouched), known: KnownOutcome::Untouched, ..Lead::default() };
        let known = KnownOutcome::Converted;
        let called = Lead { touched_after_us: Some(3_600_000_000), known, ..Lead::default() };
        let card = example_card();
        let of = |is_ask_first: [bool; 3]| {
            let scores = Scores { is_ask_first: is_ask_first.to_vec(), ..scores(&[60, 60, 60], true) };
            let found = speed(&hand_offs(&[left, called, called]), &scores, &card);
            (found.untouched[0].untouched.n, found.touch.iter().map(|cell| cell.converted.n).sum::<u64>())
        };
        assert_eq!(of([false; 3]), (3, 2));
        assert_eq!(of([true, false, true]), (1, 1));
    }

    /// Good leads are called sooner; waiting itself costs `b` per doubling. Share of 90 % intervals that hold it.
    fn held(b: f64) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let n_histories = 200;
        let held = (0..n_histories).filter(|_| {
            let waits: Vec<Wait> = (0..600)
                .map(|_| {
                    let quality: f64 = rng.random::<f64>() * 3.0 - 2.5;
                    let hours = (rng.random::<f64>() * 6.0 - quality).exp2();
                    let x = (1.0 + hours).log2();
                    let has_converted = rng.random::<f64>() < logistic(quality + b * (x - 3.0));
                    Wait { score: 0, probability: logistic(quality), hours, has_converted, is_ask_first: false }
                })
                .collect();
            let effect = touch_effect(&waits).expect("enough").odds_per_doubling;
            (effect.low..=effect.high).contains(&b.exp())
        });
        held.count() as f64 / f64::from(n_histories)
    }

    #[test]
    fn quality_is_not_taken_for_speed_and_speed_is_found() {
        // 200 histories: standard error 0.021.
        for b in [0.0, -0.25] {
            let held = held(b);
            assert!((0.84..=0.96).contains(&held), "{b}: {held}");
        }
    }

    #[test]
    fn too_few_say_nothing() {
        assert_eq!(touch_effect(&[]), None);
        let same = Wait { score: 0, probability: 0.2, hours: 3.0, has_converted: false, is_ask_first: false };
        let waits: Vec<Wait> = (0..200).map(|at| Wait { has_converted: at % 4 == 0, ..same }).collect();
        assert_eq!(touch_effect(&waits), None, "everybody waited alike");
    }
}
