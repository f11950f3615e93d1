//! A test of the promise that may be looked at every week: it bets against the card, lead by lead.
//!
//! In: what the card promised each lead and what became of it, in the order of hand-off. Out: [`Stakes`] against the card: how
//! many times over a stake of 1 has grown that was bet against it.
//!
//! The stake is divided evenly over [`BETS`]. Each bet holds that the log-odds of every lead are not those promised but shifted, or
//! stretched away from those of the average lead, by a fixed amount, and is paid at the card's own odds: a lead multiplies it by
//! the probability that the bet gave to what happened over the one that the card gave. If the card is right no such game can be
//! expected to win, however long it is played and whenever one looks: the chance that the stake *ever* grows to `1 / a` is at
//! most `a` (Ville's inequality). So an alarm at 20 times the stake is false for at most one right card in twenty, over its
//! whole life, not once per look.
//!
//! The card is taken at its word as it gives it, with an interval: a bet above the interval of a score is paid at the odds of its
//! upper end, one below at those of its lower end, and nothing is won or lost in between. The card is therefore right as long as
//! each score converts at a rate within its interval; that the curve is known only so well is no reason for an alarm.
//!
//! Always true: bets are fixed beforehand and see no outcome; with the outcomes of earlier leads known, each lead's chance is
//! taken to be that of its score.
//!
//! # Source
//! Betting as a test: Shafer (2021), *JRSS A* 184, 407-431. Mixtures of likelihood ratios: Robbins (1970), *Annals of
//! Mathematical Statistics* 41, 1397-1409. Calibration of forecasts: Arnold, Henzi and Ziegel (2023), *Annals of Applied
//! Statistics* 17, 1909-1935.

use std::collections::HashMap;
use std::f64::consts::LN_10;

use super::{Compared, FaultName, Look, WeeklyAlarm, WeeklyTest};
use crate::data::labels::show_day;
use crate::math::{logistic, logit};
use crate::settings::US_PER_DAY;

/// Parts of the leads after which the evidence is noted down where they have no dates.
const N_LOOKS_WITHOUT_DATES: usize = 50;

/// The test on all leads with an outcome; `None` where there are none.
///
/// The evidence is noted down for each week of hand-off, and the alarm at the very lead that raised it.
pub(super) fn weekly_test(compared: &Compared<'_>, false_alarms: f64) -> Option<WeeklyTest> {
    let leads: Vec<_> = compared.leads.iter().filter_map(|lead| Some((lead, lead.outcome?))).collect();
    let first = leads.first()?.0.as_of;
    let per_look = leads.len().div_ceil(N_LOOKS_WITHOUT_DATES);
    let mut evidence = Stakes::new(average_log_odds(compared), false_alarms);
    let mut looks: Vec<(usize, Look)> = Vec::new();
    let mut alarm = None;
    let (mut n_converted, mut n_expected) = (0, 0.0);
    for (at, &(lead, has_converted)) in leads.iter().enumerate() {
        let worth = lead.worth;
        let promise =
            PromisedChance { probability_bp: worth.probability_bp, low_bp: worth.low_bp, high_bp: worth.high_bp };
        evidence.add(promise, has_converted);
        n_converted += u64::from(has_converted);
        n_expected += lead.promised();
        let day = lead.as_of.map(show_day);
        if alarm.is_none() {
            alarm = evidence.alarm().map(|alarm| WeeklyAlarm {
                n_leads: alarm.n_leads,
                day: day.clone(),
                fault: alarm.fault,
            });
        }
        let week = match (lead.as_of, first) {
            (Some(as_of), Some(first)) => ((as_of - first) / (7 * US_PER_DAY)) as usize,
            _ => at / per_look,
        };
        let look = Look { day, n_leads: at as u64 + 1, n_converted, n_expected, log10_evidence: evidence.ln() / LN_10 };
        match looks.last_mut() {
            Some((last, held)) if *last == week => *held = look,
            _ => looks.push((week, look)),
        }
    }
    Some(WeeklyTest {
        n_leads: leads.len() as u64,
        false_alarms,
        log10_evidence: evidence.ln() / LN_10,
        log10_highest: evidence.highest_ln() / LN_10,
        log10_alarm: evidence.alarm_ln() / LN_10,
        alarm,
        looks: looks.into_iter().map(|(_, look)| look).collect(),
    })
}

/// Log-odds of the average lead of the history.
fn average_log_odds(compared: &Compared<'_>) -> f64 {
    let from = &compared.card.provenance;
    // Half a lead of each kind keeps the odds of a history with one outcome finite.
    let (n_converted, n_leads) = (from.n_converted as f64, from.n_leads as f64);
    ((n_converted + 0.5) / (n_leads - n_converted + 0.5)).ln()
}

/// One way in which the card can be wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bet {
    /// The odds of every lead are so many times those promised.
    Odds(f64),
    /// Log-odds lie so many times as far from those of the average lead as promised: below 1 the score tells less.
    Spread(f64),
}

/// The ways that are bet on, with equal stakes.
pub(super) const BETS: [Bet; 13] = [
    Bet::Odds(1.1),
    Bet::Odds(1.25),
    Bet::Odds(1.5),
    Bet::Odds(2.0),
    Bet::Odds(3.0),
    Bet::Odds(1.0 / 1.1),
    Bet::Odds(1.0 / 1.25),
    Bet::Odds(1.0 / 1.5),
    Bet::Odds(1.0 / 2.0),
    Bet::Odds(1.0 / 3.0),
    Bet::Spread(1.0 / 3.0),
    Bet::Spread(2.0 / 3.0),
    Bet::Spread(1.5),
];

impl Bet {
    fn log_odds(self, promised: f64, average: f64) -> f64 {
        match self {
            Self::Odds(times) => promised + times.ln(),
            Self::Spread(times) => average + times * (promised - average),
        }
    }

    fn fault(self) -> FaultName {
        match self {
            Self::Odds(times) if times > 1.0 => FaultName::Higher,
            Self::Odds(_) => FaultName::Lower,
            Self::Spread(times) if times > 1.0 => FaultName::Steeper,
            Self::Spread(_) => FaultName::Flatter,
        }
    }
}

/// What the card promises of a score; all three in basis points, as on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PromisedChance {
    /// Probability of conversion.
    pub probability_bp: u32,
    /// Lower end of its interval.
    pub low_bp: u32,
    /// Upper end.
    pub high_bp: u32,
}

/// Log of what each bet is multiplied by when a lead converts, and when it does not.
type Pay = [(f64, f64); BETS.len()];

/// What the stakes against the card have become, lead by lead.
#[derive(Debug, Clone)]
pub(super) struct Stakes {
    /// Log-odds of the average lead.
    average: f64,
    /// Log of each bet, less the log of its stake.
    bets: [f64; BETS.len()],
    pays: HashMap<PromisedChance, Pay>,
    n_leads: u64,
    highest: f64,
    alarm_at: f64,
    alarm: Option<Alarm>,
}

/// When the evidence was first enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alarm {
    /// Leads it took, counted from 1.
    pub n_leads: u64,
    /// What was wrong by then.
    pub fault: FaultName,
}

impl Stakes {
    /// No evidence yet.
    ///
    /// - `average`: log-odds of the average lead, about which the card's promises spread.
    /// - `false_alarms`: chance of ever raising an alarm against a right card, above 0 and below 1.
    pub(super) fn new(average: f64, false_alarms: f64) -> Self {
        Self {
            average,
            bets: [0.0; BETS.len()],
            pays: HashMap::new(),
            n_leads: 0,
            highest: 0.0,
            alarm_at: -false_alarms.ln(),
            alarm: None,
        }
    }

    /// The next lead, in the order of hand-off.
    pub(super) fn add(&mut self, promise: PromisedChance, has_converted: bool) {
        let average = self.average;
        let pay = self.pays.entry(promise).or_insert_with(|| pay_of(promise, average));
        for (bet, (converted, not)) in self.bets.iter_mut().zip(pay) {
            *bet += if has_converted { *converted } else { *not };
        }
        self.n_leads += 1;
        self.highest = self.highest.max(self.ln());
        if self.alarm.is_none() && self.highest >= self.alarm_at {
            self.alarm = Some(Alarm { n_leads: self.n_leads, fault: self.fault() });
        }
    }

    /// Log of the evidence: of what the whole stake of 1 has become.
    pub(super) fn ln(&self) -> f64 {
        ln_of_mean(&self.bets)
    }

    /// Log of the highest evidence so far.
    pub(super) fn highest_ln(&self) -> f64 {
        self.highest
    }

    /// Log of the evidence at which the alarm is raised.
    pub(super) fn alarm_ln(&self) -> f64 {
        self.alarm_at
    }

    /// The first alarm.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        self.alarm
    }

    /// The kind of bet that has won most.
    pub(super) fn fault(&self) -> FaultName {
        let best = (0..BETS.len()).fold(0, |best, bet| if self.bets[bet] > self.bets[best] { bet } else { best });
        BETS[best].fault()
    }
}

/// Probabilities stay off the ends, as on the card.
fn share(basis_points: u32) -> f64 {
    f64::from(basis_points.clamp(1, 9_999)) / 10_000.0
}

fn pay_of(promise: PromisedChance, average: f64) -> Pay {
    let (low, high) = (share(promise.low_bp), share(promise.high_bp));
    let promised = logit(share(promise.probability_bp));
    BETS.map(|bet| {
        let chance = logistic(bet.log_odds(promised, average));
        let against = chance.clamp(low, high);
        ((chance / against).ln(), ((1.0 - chance) / (1.0 - against)).ln())
    })
}

/// `ln(mean(e^x))` without overflow.
fn ln_of_mean(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + (logs.iter().map(|log| (log - most).exp()).sum::<f64>() / logs.len() as f64).ln()
}

#[cfg(test)]
mod tests {
    use rand::seq::IndexedRandom;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn exact(probability_bp: u32) -> PromisedChance {
        PromisedChance { probability_bp, low_bp: probability_bp, high_bp: probability_bp }
    }

    #[test]
    fn a_lead_multiplies_each_bet_by_what_it_gave_to_what_happened() {
        // Odds of 1 to 4 promised; at twice the odds the chance is 1/3. Converted: (1/3) / 0.2; not: (2/3) / 0.8.
        let pay = pay_of(exact(2_000), 0.0);
        assert!((pay[3].0 - (1.0_f64 / 3.0 / 0.2).ln()).abs() < 1e-12);
        assert!((pay[3].1 - (2.0_f64 / 3.0 / 0.8).ln()).abs() < 1e-12);
        let mut evidence = Stakes::new(logit(0.2), 0.05);
        evidence.add(exact(2_000), true);
        let by_hand = [1.1, 1.25, 1.5, 2.0, 3.0]
            .iter()
            .flat_map(|&times| [times, 1.0 / times])
            .map(|times| times / 4.0 / (1.0 + times / 4.0) / 0.2)
            .sum::<f64>();
        // The three bets on the spread say nothing of the average lead.
        assert!((evidence.ln() - ((by_hand + 3.0) / 13.0).ln()).abs() < 1e-12);
    }

    #[test]
    fn within_the_interval_nothing_is_won_and_on_its_edge_nothing_is_expected() {
        let wide = PromisedChance { probability_bp: 2_000, low_bp: 1_000, high_bp: 3_000 };
        let pay = pay_of(wide, logit(0.2));
        // At 1.5 times the odds the chance is 0.273, which the card does not rule out.
        assert_eq!(pay[2], (0.0, 0.0));
        for (bet, (converted, not)) in pay.iter().enumerate() {
            for chance in [0.1, 0.15, 0.2, 0.25, 0.3] {
                let mean = chance * converted.exp() + (1.0 - chance) * not.exp();
                assert!(mean <= 1.0 + 1e-12, "bet {bet} gains {mean} at {chance}");
            }
        }
        // At the upper edge a bet beyond it is fair.
        let (converted, not) = pay[4];
        assert!((0.3 * converted.exp() + 0.7 * not.exp() - 1.0).abs() < 1e-12);
    }

    /// Promises like those of a sales card: about 14 % convert, from 1 % to 70 %.
    const PROMISES: [u32; 10] = [100, 200, 350, 600, 900, 1_200, 1_700, 2_500, 4_000, 7_000];

    fn average() -> f64 {
        logit(PROMISES.iter().map(|&bp| share(bp)).sum::<f64>() / PROMISES.len() as f64)
    }

    /// The promise with an interval of so many times its odds to either side.
    fn within(probability_bp: u32, times: f64) -> PromisedChance {
        let end = |times: f64| (logistic(logit(share(probability_bp)) + times.ln()) * 10_000.0).round() as u32;
        PromisedChance { probability_bp, low_bp: end(1.0 / times), high_bp: end(times) }
    }

    /// Plays `n_leads` leads whose true log-odds are `truth` of those promised; the number of leads at the alarm, if any.
    fn play(truth: impl Fn(f64) -> f64, interval: f64, n_leads: u64, rng: &mut ChaCha8Rng) -> Option<u64> {
        let mut evidence = Stakes::new(average(), 0.05);
        for _ in 0..n_leads {
            let promise = within(*PROMISES.choose(rng).expect("promises"), interval);
            let chance = logistic(truth(logit(share(promise.probability_bp))));
            evidence.add(promise, rng.random::<f64>() < chance);
            if evidence.alarm().is_some() {
                break;
            }
        }
        evidence.alarm().map(|alarm| alarm.n_leads)
    }

    fn alarms(truth: impl Fn(f64) -> f64, interval: f64, n_leads: u64, n_cards: usize) -> Vec<u64> {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut found: Vec<u64> = (0..n_cards).filter_map(|_| play(&truth, interval, n_leads, &mut rng)).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn a_right_card_is_hardly_ever_accused_in_two_years_of_weekly_looks() {
        // 104 weeks of 50 leads; looked at after every lead, which is oftener than every week.
        let n_false = alarms(|promised| promised, 1.0, 5_200, 400).len();
        assert!(n_false <= 20 + 9, "{n_false} of 400: at most 20 expected, and 9 are two standard errors");
        // The curve is off by as much as its interval allows, everywhere and to the same side.
        let n_false = alarms(|promised| promised + 1.1_f64.ln(), 1.1, 5_200, 400).len();
        assert!(n_false <= 29, "{n_false} of 400");
    }

    #[test]
    fn a_wrong_card_is_found() {
        let median = |found: &[u64]| found[found.len() / 2];
        let higher = alarms(|promised| promised + 1.5_f64.ln(), 1.0, 5_200, 100);
        assert!(higher.len() == 100 && median(&higher) < 700, "{} {}", higher.len(), median(&higher));
        let lower = alarms(|promised| promised - 1.5_f64.ln(), 1.0, 5_200, 100);
        assert!(lower.len() == 100 && median(&lower) < 800, "{} {}", lower.len(), median(&lower));
        let useless = alarms(|_| average(), 1.0, 5_200, 100);
        assert!(useless.len() == 100 && median(&useless) < 300, "{} {}", useless.len(), median(&useless));
    }

    #[test]
    fn the_alarm_names_what_is_wrong_and_stays() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut play = |truth: fn(f64) -> f64| {
            let mut evidence = Stakes::new(average(), 0.05);
            for _ in 0..5_000 {
                let promise = exact(*PROMISES.choose(&mut rng).expect("promises"));
                let chance = logistic(truth(logit(share(promise.probability_bp))));
                evidence.add(promise, rng.random::<f64>() < chance);
            }
            evidence.alarm().expect("an alarm").fault
        };
        assert_eq!(play(|promised| promised + 0.4), FaultName::Higher);
        assert_eq!(play(|promised| promised - 0.4), FaultName::Lower);
        assert_eq!(play(|promised| -1.8 + 0.4 * (promised + 1.8)), FaultName::Flatter);
        assert_eq!(play(|promised| -1.8 + 1.6 * (promised + 1.8)), FaultName::Steeper);
    }

    /// The table of the README: `cargo test --release --lib sequential_table -- --ignored --nocapture`.
    #[test]
    #[ignore = "a table to read; a minute"]
    fn sequential_table() {
        println!(
            "truth                     interval   ever alarmed in 104 weeks of 50   leads to the alarm: median, 90 %"
        );
        type Truth = (&'static str, fn(f64) -> f64);
        let truths: [Truth; 8] = [
            ("as promised", |promised| promised),
            ("odds x 1.05", |promised| promised + 1.05_f64.ln()),
            ("odds x 1.1", |promised| promised + 1.1_f64.ln()),
            ("odds x 1.25", |promised| promised + 1.25_f64.ln()),
            ("odds x 1.5", |promised| promised + 1.5_f64.ln()),
            ("odds / 1.5", |promised| promised - 1.5_f64.ln()),
            ("spread x 0.67", |promised| average() + 0.67 * (promised - average())),
            ("score tells nothing", |_| average()),
        ];
        for (name, truth) in truths {
            for interval in [1.0, 1.05, 1.1] {
                let n_cards = 2_000;
                let found = alarms(truth, interval, 5_200, n_cards);
                let at = |share: f64| {
                    let place = (share * n_cards as f64) as usize;
                    found.get(place).map_or_else(|| "-".to_owned(), u64::to_string)
                };
                let rate = found.len() as f64 / n_cards as f64 * 100.0;
                println!("{name:24}  x/ {interval:<6}   {rate:6.2} %   {:>8}   {:>8}", at(0.5), at(0.9));
            }
        }
    }
}
