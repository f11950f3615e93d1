//! A test of the promise that may be looked at every week: it bets against the card, lead by lead.
//!
//! In: what the card promised each lead and what became of it, in the order of hand-off. Out: [`Stakes`] against the card: how
//! many times over a stake of 1 has grown that was bet against it.
//!
//! The stake is divided over [`BETS`]. Each bet holds that the log-odds of every lead are not those predicted but shifted, or
//! stretched away from those of the average lead, by a fixed amount, and is paid at the card's odds: a lead multiplies it by
//! the probability that the bet gave to what happened over the one that the card gave. If the card is right no such game can be
//! expected to win, however long it is played and whenever one looks: the chance that the stake *ever* grows to `1 / a` is at
//! most `a` (Ville's inequality).
//!
//! The card is right as [`Leeway`] has it: its curve is an estimate, months differ as a whole, and seasons come again. So its odds
//! for a lead are not those on the card but those of a belief that starts there and learns from the leads before. A bet has the same
//! leeway about its own place, and learns as well. What the card cannot know about itself wins nothing; what it can, even within
//! the interval of its curve, does.
//!
//! Leads that repeat each other, as people of one account do, make sums that vary more than chance. How much more is measured
//! fortnight by fortnight; leads then tell less, and every bet is paid the corresponding root.
//!
//! Always true: bets are fixed beforehand; what card and bets give to a lead, and what a lead tells, is made of earlier leads alone.
//!
//! # Source
//! Betting as a test: Shafer (2021), *JRSS A* 184, 407-431. Mixtures of likelihood ratios: Robbins (1970), *Annals of
//! Mathematical Statistics* 41, 1397-1409. One belief against another, each ahead of the outcome: Dawid (1984), *JRSS A* 147,
//! 278-292.

use std::f64::consts::LN_10;

use super::leeway::{Belief, Leeway, parts_of};
use super::{Allowed, Compared, FaultName, Look, WeeklyAlarm, WeeklyTest};
use crate::data::labels::show_day;
use crate::decide::history::record::BandMonth;
use crate::math::logit;
use crate::render::chart::months::month_number;
use crate::settings::US_PER_DAY;

/// Parts of the leads after which the evidence is noted down where they have no dates.
const N_LOOKS_WITHOUT_DATES: usize = 50;

/// The test on all leads with an outcome; `None` where there are none.
///
/// The evidence is noted down for each week of hand-off, and the alarm at the very lead that raised it.
///
/// - `history`: what became of the card's own history by band and month.
pub(super) fn weekly_test(compared: &Compared<'_>, history: &[BandMonth], false_alarms: f64) -> Option<WeeklyTest> {
    let leads: Vec<_> = compared.leads.iter().filter_map(|lead| Some((lead, lead.outcome?))).collect();
    let first = leads.first()?.0.as_of;
    let per_look = leads.len().div_ceil(N_LOOKS_WITHOUT_DATES);
    let leeway = Leeway::of(compared.card, history);
    let mut evidence = Stakes::new(average_log_odds(compared), leeway, false_alarms);
    let mut looks: Vec<(usize, Look)> = Vec::new();
    let mut alarm = None;
    let (mut n_converted, mut n_expected) = (0, 0.0);
    for (at, &(lead, has_converted)) in leads.iter().enumerate() {
        let day = lead.as_of.map(show_day);
        let week = match (lead.as_of, first) {
            (Some(as_of), Some(first)) => ((as_of - first) / (7 * US_PER_DAY)) as usize,
            _ => at / per_look,
        };
        let month = day.as_deref().and_then(|day| month_number(day.get(..7)?));
        evidence.add(&Judged { promised_bp: lead.worth.probability_bp, month, week, has_converted });
        n_converted += u64::from(has_converted);
        n_expected += lead.promised();
        if alarm.is_none() {
            alarm = evidence.alarm().map(|alarm| WeeklyAlarm {
                n_leads: alarm.n_leads,
                day: day.clone(),
                fault: alarm.fault,
            });
        }
        let look = Look { day, n_leads: at as u64 + 1, n_converted, n_expected, log10_evidence: evidence.ln() / LN_10 };
        match looks.last_mut() {
            Some((last, held)) if *last == week => *held = look,
            _ => looks.push((week, look)),
        }
    }
    Some(WeeklyTest {
        n_leads: leads.len() as u64,
        false_alarms,
        allowed: Allowed { curve_sd: leeway.curve_sd, month_sd: leeway.month_sd, repeats: evidence.repeats() },
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
    /// The odds of every lead are so many times those predicted.
    Odds(f64),
    /// Log-odds lie so many times as far from those of the average lead as promised: below 1 the score tells less.
    Spread(f64),
}

/// The ways that are bet on, each with its part of the stake. Nearly all lies on odds 1.4 times off: what is off by less takes longer
/// than a card is in use, where a little is enough, and what is off by more is found soon by any of them.
pub(super) const BETS: [(Bet, f64); 11] = [
    (Bet::Odds(1.2), 0.02),
    (Bet::Odds(1.4), 0.415),
    (Bet::Odds(2.0), 0.02),
    (Bet::Odds(3.0), 0.005),
    (Bet::Odds(1.0 / 1.2), 0.02),
    (Bet::Odds(1.0 / 1.4), 0.415),
    (Bet::Odds(1.0 / 2.0), 0.02),
    (Bet::Odds(1.0 / 3.0), 0.005),
    (Bet::Spread(1.0 / 3.0), 0.02),
    (Bet::Spread(2.0 / 3.0), 0.04),
    (Bet::Spread(1.5), 0.02),
];

impl Bet {
    /// Log-odds of a lead beside what is learnt about all.
    fn log_odds(self, promised: f64, average: f64) -> f64 {
        match self {
            Self::Odds(_) => promised,
            Self::Spread(times) => average + times * (promised - average),
        }
    }

    /// Where its belief starts.
    fn shift(self) -> f64 {
        if let Self::Odds(times) = self { times.ln() } else { 0.0 }
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

/// A lead with its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    /// Probability of conversion as on the card, basis points.
    pub promised_bp: u32,
    /// Calendar month of the hand-off, counted from the year 0.
    pub month: Option<i64>,
    /// Week of the hand-off, counted from the first lead.
    pub week: usize,
    pub has_converted: bool,
}

/// What the stakes against the card have become, lead by lead.
#[derive(Debug, Clone)]
pub(super) struct Stakes {
    /// Log-odds of the average lead, about which the card's promises spread.
    average: f64,
    leeway: Leeway,
    /// What a right card expects.
    right: Belief,
    /// Each bet: what it expects, and the log of what became of its stake of 1.
    bets: [(Belief, f64); BETS.len()],
    month: Option<i64>,
    repeats: Repeats,
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
    /// - `average`: log-odds of the average lead.
    /// - `false_alarms`: chance of ever raising an alarm against a right card, above 0 and below 1.
    pub(super) fn new(average: f64, leeway: Leeway, false_alarms: f64) -> Self {
        Self {
            average,
            leeway,
            right: leeway.belief(0.0),
            bets: BETS.map(|(bet, _)| (leeway.belief(bet.shift()), 0.0)),
            month: None,
            repeats: Repeats::default(),
            n_leads: 0,
            highest: 0.0,
            alarm_at: -false_alarms.ln(),
            alarm: None,
        }
    }

    /// The next lead, in the order of hand-off.
    pub(super) fn add(&mut self, lead: &Judged) {
        if self.n_leads > 0 && lead.month != self.month {
            self.leeway.begin_month(&mut self.right);
            self.bets.iter_mut().for_each(|(belief, _)| self.leeway.begin_month(belief));
        }
        self.month = lead.month;
        self.repeats.begin(lead.week / WEEKS_TOGETHER);
        let repeats = self.repeats.now;
        let parts = parts_of(lead.month);
        let promised = logit(share(lead.promised_bp));
        let given = |chance: f64| if lead.has_converted { chance.ln() } else { (-chance).ln_1p() };
        let right = self.right.expect(&parts, promised);
        // Card and bets together, each as far as the leads before agree with it: a card that is wrong is no reason to see repeats.
        let most = self.bets.iter().map(|(_, ln)| *ln).fold(0.0, f64::max);
        let (mut likely, mut weight) = ((-most).exp() * right.chance, (-most).exp());
        for ((bet, part), (belief, ln)) in BETS.iter().zip(&mut self.bets) {
            let expected = belief.expect(&parts, bet.log_odds(promised, self.average));
            likely += part * (*ln - most).exp() * expected.chance;
            weight += part * (*ln - most).exp();
            *ln += (given(expected.chance) - given(right.chance)) / repeats;
            belief.learn(&expected, lead.has_converted, repeats);
        }
        self.right.learn(&right, lead.has_converted, repeats);
        self.repeats.add(likely / weight, lead.has_converted);
        self.n_leads += 1;
        self.highest = self.highest.max(self.ln());
        if self.alarm.is_none() && self.highest >= self.alarm_at {
            self.alarm = Some(Alarm { n_leads: self.n_leads, fault: self.fault() });
        }
    }

    /// Log of the evidence: of what the whole stake of 1 has become.
    pub(super) fn ln(&self) -> f64 {
        let most = self.bets.iter().map(|(_, ln)| *ln).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = BETS.iter().zip(&self.bets).map(|((_, part), (_, ln))| part * (ln - most).exp()).sum();
        most + sum.ln()
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

    /// Leads that tell as much as one would on its own.
    pub(super) fn repeats(&self) -> f64 {
        self.repeats.now
    }

    /// The kind of bet that has won most.
    pub(super) fn fault(&self) -> FaultName {
        let best = (0..BETS.len()).fold(0, |best, bet| if self.bets[bet].1 > self.bets[best].1 { bet } else { best });
        BETS[best].0.fault()
    }
}

/// Probabilities stay off the ends, as on the card.
fn share(basis_points: u32) -> f64 {
    f64::from(basis_points.clamp(1, 9_999)) / 10_000.0
}

/// Weeks whose leads are taken together: leads of one account seldom come all in one week, and in more there are few sums to judge by.
const WEEKS_TOGETHER: usize = 2;

/// How many leads tell as much as one would on its own (the design effect): by how much more the sums of past fortnights varied than
/// chance lets them.
#[derive(Debug, Clone, Copy)]
struct Repeats {
    /// In force this fortnight.
    now: f64,
    fortnight: usize,
    excess: f64,
    variance: f64,
    /// Sum over past fortnights of excess squared over variance, and their number; the first of them are made up.
    past: (f64, f64),
}

/// Before the first fortnight is over chance alone is expected, as if ten had shown it.
impl Default for Repeats {
    fn default() -> Self {
        const FORTNIGHTS: f64 = 10.0;
        Self { now: 1.0, fortnight: 0, excess: 0.0, variance: 0.0, past: (FORTNIGHTS, FORTNIGHTS) }
    }
}

impl Repeats {
    /// A lead of this fortnight comes next.
    fn begin(&mut self, fortnight: usize) {
        if fortnight == self.fortnight {
            return;
        }
        if self.variance > 0.0 {
            self.past.0 += self.excess * self.excess / self.variance;
            self.past.1 += 1.0;
            self.now = (self.past.0 / self.past.1).max(1.0);
        }
        (self.fortnight, self.excess, self.variance) = (fortnight, 0.0, 0.0);
    }

    fn add(&mut self, chance: f64, has_converted: bool) {
        self.excess += f64::from(u8::from(has_converted)) - chance;
        self.variance += chance * (1.0 - chance);
    }
}

#[cfg(test)]
mod tests {
    use rand::seq::IndexedRandom;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::math::logistic;

    fn lead(promised_bp: u32, has_converted: bool) -> Judged {
        Judged { promised_bp, month: None, week: 0, has_converted }
    }

    #[test]
    fn a_lead_multiplies_each_bet_by_what_it_gave_to_what_happened() {
        // Odds of 1 to 4 promised, to the letter. Converted: the bet on twice the odds gave 1/3 where the card gave 0.2.
        let mut evidence = Stakes::new(logit(0.2), Leeway::none(), 0.05);
        evidence.add(&lead(2_000, true));
        assert!((evidence.bets[2].1 - (1.0_f64 / 3.0 / 0.2).ln()).abs() < 1e-12);
        let of = |(bet, part): &(Bet, f64)| match bet {
            Bet::Odds(times) => part * times / 4.0 / (1.0 + times / 4.0) / 0.2,
            // A bet on the spread says nothing of the average lead.
            Bet::Spread(_) => *part,
        };
        let by_hand: f64 = BETS.iter().map(of).sum();
        assert!((evidence.ln() - by_hand.ln()).abs() < 1e-12);
    }

    #[test]
    fn the_whole_stake_is_bet() {
        assert!((BETS.iter().map(|(_, part)| part).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_the_curve_cannot_know_wins_nothing_and_what_it_can_does() {
        // 20 % promised, 23 % come: odds 1.19 times as high.
        let after = |leeway: Leeway| {
            let mut evidence = Stakes::new(logit(0.2), leeway, 0.05);
            (0..6_000).for_each(|at| evidence.add(&lead(2_000, at % 100 < 23)));
            evidence.ln()
        };
        assert!(after(Leeway::none()) > 10.0, "{}", after(Leeway::none()));
        assert!(after(Leeway::with(0.15, 0.0)) < 0.0, "{}", after(Leeway::with(0.15, 0.0)));
    }

    #[test]
    fn leads_that_repeat_each_other_tell_less() {
        let mut evidence = Stakes::new(logit(0.2), Leeway::none(), 0.05);
        // Weeks of 50 in which ten accounts of five each convert as one, two of the ten on average.
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for account in 0..1_200 {
            let has_converted = rng.random::<f64>() < 0.2;
            (0..5).for_each(|_| evidence.add(&Judged { week: account / 10, ..lead(2_000, has_converted) }));
        }
        assert!((3.0..6.0).contains(&evidence.repeats()), "{}", evidence.repeats());
    }

    /// Promises like those of a sales card: about 18 % convert, from 1 % to 70 %.
    const PROMISES: [u32; 10] = [100, 200, 350, 600, 900, 1_200, 1_700, 2_500, 4_000, 7_000];

    fn average() -> f64 {
        logit(PROMISES.iter().map(|&bp| share(bp)).sum::<f64>() / PROMISES.len() as f64)
    }

    /// Plays `n_leads` leads, 50 a week, whose true log-odds are `truth` of those predicted; the number of leads at the alarm, if any.
    fn play(truth: impl Fn(f64) -> f64, curve_sd: f64, n_leads: u64, rng: &mut ChaCha8Rng) -> Option<u64> {
        let mut evidence = Stakes::new(average(), Leeway::with(curve_sd, 0.0), 0.05);
        for at in 0..n_leads {
            let promised_bp = *PROMISES.choose(rng).expect("promises");
            let chance = logistic(truth(logit(share(promised_bp))));
            let has_converted = rng.random::<f64>() < chance;
            evidence.add(&Judged { promised_bp, month: None, week: (at / 50) as usize, has_converted });
            if evidence.alarm().is_some() {
                break;
            }
        }
        evidence.alarm().map(|alarm| alarm.n_leads)
    }

    fn alarms(truth: impl Fn(f64) -> f64, curve_sd: f64, n_leads: u64, n_cards: usize) -> Vec<u64> {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut found: Vec<u64> = (0..n_cards).filter_map(|_| play(&truth, curve_sd, n_leads, &mut rng)).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn a_right_card_is_hardly_ever_accused_in_two_years_of_weekly_looks() {
        // 104 weeks of 50 leads; looked at after every lead, which is oftener than every week.
        let n_false = alarms(|promised| promised, 0.0, 5_200, 200).len();
        assert!(n_false <= 10 + 6, "{n_false} of 200: at most 10 expected, and 6 are two standard errors");
        // The curve is off by a standard error, everywhere and to the same side.
        let n_false = alarms(|promised| promised + 0.06, 0.06, 5_200, 200).len();
        assert!(n_false <= 16, "{n_false} of 200");
    }

    #[test]
    fn a_wrong_card_is_found() {
        let median = |found: &[u64]| found[found.len() / 2];
        let higher = alarms(|promised| promised + 1.5_f64.ln(), 0.0, 5_200, 60);
        assert!(higher.len() == 60 && median(&higher) < 700, "{} {}", higher.len(), median(&higher));
        let lower = alarms(|promised| promised - 1.5_f64.ln(), 0.0, 5_200, 60);
        assert!(lower.len() == 60 && median(&lower) < 800, "{} {}", lower.len(), median(&lower));
        let useless = alarms(|_| average(), 0.0, 5_200, 60);
        assert!(useless.len() == 60 && median(&useless) < 400, "{} {}", useless.len(), median(&useless));
    }

    #[test]
    fn the_alarm_names_what_is_wrong_and_stays() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut play = |truth: fn(f64) -> f64| {
            let mut evidence = Stakes::new(average(), Leeway::none(), 0.05);
            for _ in 0..5_000 {
                let promised_bp = *PROMISES.choose(&mut rng).expect("promises");
                let chance = logistic(truth(logit(share(promised_bp))));
                evidence.add(&lead(promised_bp, rng.random::<f64>() < chance));
            }
            evidence.alarm().expect("an alarm").fault
        };
        assert_eq!(play(|promised| promised + 0.4), FaultName::Higher);
        assert_eq!(play(|promised| promised - 0.4), FaultName::Lower);
        assert_eq!(play(|promised| -1.5 + 0.4 * (promised + 1.5)), FaultName::Flatter);
        assert_eq!(play(|promised| -1.5 + 1.6 * (promised + 1.5)), FaultName::Steeper);
    }
}
