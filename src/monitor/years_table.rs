//! How often a year of weekly looks ends with exit code 1: of cards that are right, in four kinds of company, and of cards that are not.
//!
//! `cargo test --release --lib years_table -- --ignored --nocapture` prints the table of `src/ARCHITECTURE.md`.

use std::f64::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Poisson};
use rayon::prelude::*;

use super::gates::GateInputs;
use super::testing::{card, found_with_history};
use super::{
    Compared, GateName, GateResult, LookedAt, Monitor, ScoredNewLeads, UnnamedTexts, population_drift, promises,
};
use crate::card::Card;
use crate::data::labels::{KnownOutcome, parse_time};
use crate::decide::history::record::BandMonth;
use crate::math::{logistic, logit};
use crate::settings::{DAYS_PER_MONTH, MonitorConfig, US_PER_DAY};

const WEEKS: usize = 52;
const PER_WEEK: usize = 50;
/// The history of the card: 8,000 leads.
const HISTORY_MONTHS: usize = 24;
const HISTORY_PER_MONTH: usize = 333;

#[derive(Debug, Clone, Copy)]
struct Company {
    name: &'static str,
    /// Leads come in accounts of four on average, within two weeks, with the same budget and a common log-odds of this deviation.
    account_sd: f64,
    /// Deviation of the months' log-odds.
    month_sd: f64,
    /// Deviation of a wave over the year, of conversion and of the share with an approved budget.
    season_sd: f64,
    /// Odds are so many times those predicted.
    odds: f64,
    /// Log-odds lie so many times as far from those of the average lead.
    spread: f64,
    /// Chance that a lead's budget is not asked for any more.
    lost: f64,
}

const RIGHT: Company = Company {
    name: "nothing changes",
    account_sd: 0.0,
    month_sd: 0.0,
    season_sd: 0.0,
    odds: 1.0,
    spread: 1.0,
    lost: 0.0,
};

const SHARES: [&[f64]; 3] = [&[0.1, 0.5, 0.35, 0.05], &[0.05, 0.45, 0.3, 0.2], &[0.0, 0.2, 0.8]];

/// The shift of all log-odds after which their mean over normal account effects is the chance.
fn within_accounts(chance: f64, sd: f64) -> f64 {
    let mean = |shift: f64| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for step in -40..=40 {
            let z = f64::from(step) / 10.0;
            let density = (-z * z / 2.0).exp();
            sum += density * logistic(shift + sd * z);
            weight += density;
        }
        sum / weight
    };
    let (mut low, mut high) = (-20.0, 20.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if mean(middle) < chance { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

struct Year {
    leads: ScoredNewLeads,
    history: Vec<BandMonth>,
}

impl Company {
    /// A card's history, from which it has its curve, and the year after.
    fn year(&self, card: &Card, seed: u64) -> Year {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let normal = Normal::new(0.0, 1.0).expect("a deviation");
        let phase = rng.random::<f64>() * TAU;
        let wave = |month: f64| self.season_sd * 2_f64.sqrt() * (TAU * month / 12.0 + phase).cos();
        let n_months = HISTORY_MONTHS + 13;
        let months: Vec<f64> = (0..n_months)
            .map(|at| wave(at as f64 - HISTORY_MONTHS as f64) + self.month_sd * normal.sample(&mut rng))
            .collect();
        let conditional: Vec<f64> = card
            .curve
            .iter()
            .map(|entry| {
                let chance = f64::from(entry.probability_bp) / 1e4;
                if self.account_sd > 0.0 { within_accounts(chance, self.account_sd) } else { logit(chance) }
            })
            .collect();
        // The history, lead by lead, in accounts.
        let draw = |shares: &[f64], rng: &mut ChaCha8Rng| {
            let mut left = rng.random::<f64>();
            shares.iter().position(|share| {
                left -= share;
                left < 0.0
            })
        };
        let sizes = Poisson::new(3.0).expect("a mean");
        let lead = |budget: usize, rng: &mut ChaCha8Rng| -> (i32, Vec<usize>) {
            let mut levels = vec![budget];
            levels.extend(SHARES[1..].iter().map(|shares| draw(shares, rng).unwrap_or(shares.len() - 1)));
            let score = levels.iter().zip(&card.criteria).map(|(&level, criterion)| criterion.levels[level].points);
            (score.sum(), levels)
        };
        let budget_of = |month: f64, rng: &mut ChaCha8Rng| {
            let more = 0.5 * wave(month);
            let shares = [0.1, 0.5 - more, 0.35 + more, 0.05];
            draw(&shares, rng).unwrap_or(3)
        };
        let (mut excess, mut tells) = (vec![0.0; HISTORY_MONTHS], vec![0.0; HISTORY_MONTHS]);
        let mut of_month = vec![(0_u64, 0_u64, 0.0); HISTORY_MONTHS];
        for at in 0..HISTORY_MONTHS {
            let mut n = 0;
            while n < HISTORY_PER_MONTH {
                let size = if self.account_sd > 0.0 { 1 + sizes.sample(&mut rng) as usize } else { 1 };
                let effect = self.account_sd * normal.sample(&mut rng);
                let budget = budget_of(at as f64, &mut rng);
                for _ in 0..size {
                    let (score, _) = lead(budget, &mut rng);
                    let chance = f64::from(card.worth_of(score).expect("a score").probability_bp) / 1e4;
                    let won = rng.random::<f64>() < logistic(conditional[score as usize] + months[at] + effect);
                    excess[at] += f64::from(u8::from(won)) - chance;
                    tells[at] += chance * (1.0 - chance);
                    of_month[at].0 += 1;
                    of_month[at].1 += u64::from(won);
                    of_month[at].2 += chance;
                }
                n += size;
            }
        }
        // The curve was fitted to that history: it is off as a whole by what its leads had by chance. So the truth is moved instead.
        let off = excess.iter().sum::<f64>() / tells.iter().sum::<f64>();
        let history = of_month
            .iter()
            .enumerate()
            .map(|(at, (n_leads, n_converted, n_expected))| BandMonth {
                month: format!("{:04}-{:02}", 2024 + at / 12, at % 12 + 1),
                band: "all".to_owned(),
                n_leads: *n_leads,
                n_converted: *n_converted,
                n_expected: n_expected + off * tells[at],
                low: 0.0,
                high: 1.0,
            })
            .collect();
        let n_leads = WEEKS * PER_WEEK;
        let mut drawn: Vec<(i64, i32, Vec<usize>, bool)> = Vec::new();
        let first = parse_time("2026-01-01").expect("a day").0;
        let average = card.provenance.n_converted as f64 / card.provenance.n_leads as f64;
        while drawn.len() < n_leads {
            let size = if self.account_sd > 0.0 { 1 + sizes.sample(&mut rng) as usize } else { 1 };
            let effect = self.account_sd * normal.sample(&mut rng);
            let start = rng.random::<f64>() * (WEEKS * 7) as f64;
            let within = if size > 1 { 14.0 } else { 0.0 };
            let month_of = |day: f64| (day / DAYS_PER_MONTH) as usize;
            let budget = budget_of(HISTORY_MONTHS as f64 + start / DAYS_PER_MONTH, &mut rng);
            for _ in 0..size {
                let day = (start + within * rng.random::<f64>()).min((WEEKS * 7) as f64 - 0.01);
                let budget = if rng.random::<f64>() < self.lost { 0 } else { budget };
                let (score, levels) = lead(budget, &mut rng);
                let from = logit(average) + self.spread * (conditional[score as usize] - logit(average));
                let log_odds = from - off + months[HISTORY_MONTHS + month_of(day)] + effect + self.odds.ln();
                let won = rng.random::<f64>() < logistic(log_odds);
                drawn.push((first + (day * US_PER_DAY as f64) as i64, score, levels, won));
            }
        }
        drawn.sort_by_key(|lead| lead.0);
        let known = |won: bool| if won { KnownOutcome::Converted } else { KnownOutcome::NotConverted };
        let leads = ScoredNewLeads {
            as_of: Some(drawn.iter().map(|lead| lead.0).collect()),
            score: drawn.iter().map(|lead| lead.1).collect(),
            levels: (0..3).map(|at| drawn.iter().map(|lead| lead.2[at] as u16).collect()).collect(),
            unnamed: vec![
                UnnamedTexts {
                    texts: vec!["frozen".to_owned()],
                    of_lead: drawn.iter().map(|lead| (lead.2[0] == 3).then_some(0)).collect(),
                },
                UnnamedTexts::default(),
                UnnamedTexts::default(),
            ],
            known: drawn.iter().map(|lead| known(lead.3)).collect(),
            cluster: None,
            horizon_days: None,
            n_read: drawn.len(),
            n_left_out: 0,
            n_as_of_after_conversion: 0,
            files: Vec::new(),
            notes: Vec::new(),
        };
        Year { leads, history }
    }
}

/// The leads handed off before the end of a week.
fn until(leads: &ScoredNewLeads, week: usize) -> ScoredNewLeads {
    let end = parse_time("2026-01-01").expect("a day").0 + (week * 7) as i64 * US_PER_DAY;
    let n = leads.as_of.iter().flatten().filter(|&&moment| moment < end).count();
    let mut cut = leads.clone();
    cut.as_of.iter_mut().for_each(|as_of| as_of.truncate(n));
    cut.score.truncate(n);
    cut.known.truncate(n);
    cut.levels.iter_mut().for_each(|levels| levels.truncate(n));
    cut.unnamed.iter_mut().for_each(|unnamed| unnamed.of_lead.truncate(n));
    cut
}

/// Weeks at which the other gates are looked at: every one at first, when little is known, then every fourth. The weekly test says
/// itself when it raised its alarm.
const LOOKS: [usize; 19] = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52];

/// First week in which each gate failed, and that of any.
fn first_failures(company: &Company, seed: u64, knows_history: bool) -> (Vec<(GateName, usize)>, Option<usize>) {
    let card = card();
    let year = company.year(&card, seed);
    let history = if knows_history { &year.history[..] } else { &[] };
    let first_moment = parse_time("2026-01-01").expect("a day").0;
    let settings = MonitorConfig::default();
    let mut by_gate: Vec<(GateName, usize)> = Vec::new();
    let whole: Monitor = found_with_history(&card, year.leads.clone(), history);
    if let Some(day) = whole.weekly_test.and_then(|test| test.alarm?.day) {
        let moment = parse_time(&day).expect("a day").0;
        by_gate.push((GateName::WeeklyTest, ((moment - first_moment) / (7 * US_PER_DAY)) as usize + 1));
    }
    for week in LOOKS {
        let leads = until(&year.leads, week);
        let chosen = LookedAt { leads: (0..leads.score.len()).collect(), n_before: 0 };
        let compared = Compared::new(&card, &leads, &chosen);
        let gates = GateInputs {
            drift: &population_drift::drift(&compared, settings.max_psi),
            answers: &population_drift::answers(&compared, &settings),
            weekly_test: None,
            at_threshold: &promises::at_threshold(&card, &compared.judged(), settings.calibration, 1.0),
            n_compared: compared.leads.len(),
            settings: &settings,
        };
        for gate in gates.judge().iter().filter(|gate| gate.result == GateResult::Failed) {
            if !by_gate.iter().any(|(name, _)| *name == gate.gate) {
                by_gate.push((gate.gate, week));
            }
        }
    }
    let first = by_gate.iter().map(|(_, week)| *week).min();
    (by_gate, first)
}

#[test]
#[ignore = "a table to read; half an hour"]
fn years_table() {
    let n_companies: u64 = std::env::var("YEARS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let accounts = Company { name: "accounts of four", account_sd: 1.2, ..RIGHT };
    let months = Company { name: "months differ by 0.15", month_sd: 0.15, ..RIGHT };
    let season = Company { name: "a season of 0.15", season_sd: 0.15, ..RIGHT };
    let strong_season = Company { name: "a season of 0.28", season_sd: 0.28, ..RIGHT };
    let companies = [
        RIGHT,
        accounts,
        months,
        season,
        strong_season,
        Company { name: "odds x 1.3", odds: 1.3, ..RIGHT },
        Company { name: "odds / 1.3", odds: 1.0 / 1.3, ..RIGHT },
        Company { name: "odds x 1.3, accounts", odds: 1.3, ..accounts },
        Company { name: "odds x 1.3, months", odds: 1.3, ..months },
        Company { name: "odds x 1.5", odds: 1.5, ..RIGHT },
        Company { name: "spread x 0.5", spread: 0.5, ..RIGHT },
        Company { name: "3 of 10 budgets lost", lost: 0.3, ..RIGHT },
    ];
    println!("{n_companies} companies a row; {PER_WEEK} leads with an outcome a week; share with exit code 1");
    println!(
        "company                  months known   26 weeks   52 weeks   by gate: weekly test, thresholds, drift, new, missing"
    );
    for company in companies {
        for knows_history in [true, false] {
            let found: Vec<_> =
                (0..n_companies).into_par_iter().map(|seed| first_failures(&company, seed, knows_history)).collect();
            let within = |weeks: usize| {
                found.iter().filter(|(_, first)| first.is_some_and(|week| week <= weeks)).count() as f64
                    / n_companies as f64
                    * 100.0
            };
            let names =
                [GateName::WeeklyTest, GateName::Threshold, GateName::Drift, GateName::NewLevels, GateName::Missing];
            let gates: Vec<String> = names
                .iter()
                .map(|name| {
                    let n = found.iter().filter(|(gates, _)| gates.iter().any(|(gate, _)| gate == name)).count();
                    format!("{:.1}", n as f64 / n_companies as f64 * 100.0)
                })
                .collect();
            println!(
                "{:24} {:12} {:8.1} % {:8.1} %   {}",
                company.name,
                if knows_history { "yes" } else { "no" },
                within(26),
                within(52),
                gates.join(", ")
            );
        }
    }
}
