//! A made-up company for tests: a card of three criteria, and leads that follow it, or do not.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Monitor, Question, ScoredNewLeads, UnnamedTexts, monitor};
use crate::card::tests::{card_of, criterion, one_of};
use crate::card::{Band, Card, InputKind, Level, Threshold, When};
use crate::data::labels::{KnownOutcome, parse_time};
use crate::decide::forecast::record::{Estimate, Forecast, Scenario, ScenarioThreshold};
use crate::decide::history::record::BandMonth;
use crate::math::logistic;
use crate::settings::{MonitorConfig, US_PER_DAY};

/// Chances of the levels of budget, clicks and demo in the history.
const SHARES: [&[f64]; 3] = [&[0.1, 0.5, 0.35, 0.05], &[0.05, 0.45, 0.3, 0.2], &[0.0, 0.2, 0.8]];

/// Leads of the history.
const N_HISTORY: u64 = 8_000;

/// Budget (0 to 30 points), clicks (0 to 20), demo (1 or 10): a lead converts with log-odds of -4 + 0.08 a point.
pub(crate) fn card() -> Card {
    let level = |when: When, label: &str, points: i32, share: f64| Level {
        when,
        label: label.to_owned(),
        words: None,
        points,
        n_leads: (share * N_HISTORY as f64).round() as u64,
        n_converted: 0,
    };
    let budget = criterion(
        "budget",
        InputKind::Text,
        vec![
            level(When::Missing, "missing", 4, SHARES[0][0]),
            level(one_of(&["none"]), "none", 0, SHARES[0][1]),
            level(one_of(&["approved"]), "approved", 30, SHARES[0][2]),
            level(When::Else, "other", 12, SHARES[0][3]),
        ],
    );
    let clicks = criterion(
        "clicks_30d",
        InputKind::Number,
        vec![
            level(When::Missing, "missing", 2, SHARES[1][0]),
            level(When::Below(1.0), "below 1", 0, SHARES[1][1]),
            level(When::Below(4.0), "1 to 3", 8, SHARES[1][2]),
            level(When::Else, "4 or more", 20, SHARES[1][3]),
        ],
    );
    let demo = criterion(
        "asked_for_demo",
        InputKind::Boolean,
        vec![
            level(When::Missing, "missing", 0, SHARES[2][0]),
            level(one_of(&["true"]), "yes", 10, SHARES[2][1]),
            level(When::Else, "no", 1, SHARES[2][2]),
        ],
    );
    let mut card = card_of(0, vec![budget, clicks, demo]);
    let by_score = share_by_score(&card);
    for entry in &mut card.curve {
        let share = by_score.get(&entry.score).copied().unwrap_or(0.0);
        let bp = |times: f64| (logistic(log_odds(entry.score) + f64::ln(times)) * 10_000.0).round() as u32;
        (entry.probability_bp, entry.low_bp, entry.high_bp) = (bp(1.0), bp(1.0 / 1.08), bp(1.08));
        entry.n_leads = (share * N_HISTORY as f64).round() as u64;
    }
    card.bands = [("hot", Some(36)), ("nurture", Some(16)), ("reject", None)]
        .map(|(name, from)| Band { name: name.to_owned(), from })
        .to_vec();
    let threshold =
        |name: &str, score| Threshold { name: name.to_owned(), rule: format!("at least {score} points"), score };
    card.thresholds = vec![threshold("selective", 36), threshold("wide", 21)];
    card.provenance.n_leads = N_HISTORY;
    card.provenance.n_converted = 1_168;
    card.provenance.last_as_of = Some("2025-12-31T23:00:00Z".to_owned());
    card
}

fn log_odds(score: i32) -> f64 {
    -4.0 + 0.08 * f64::from(score)
}

fn share_by_score(card: &Card) -> BTreeMap<i32, f64> {
    let mut shares = BTreeMap::from([(0, 1.0)]);
    for (criterion, levels) in card.criteria.iter().zip(SHARES) {
        let mut next = BTreeMap::new();
        for (score, share) in shares {
            for (level, chance) in criterion.levels.iter().zip(levels) {
                *next.entry(score + level.points).or_insert(0.0) += share * chance;
            }
        }
        shares = next;
    }
    shares
}

/// How the leads differ from those of the history.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// Leads a day.
    pub(crate) per_day: usize,
    /// Days, from 2026-01-01.
    pub(crate) n_days: usize,
    /// Days before the end whose leads are too young.
    pub(crate) n_young_days: usize,
    /// Odds are so many times those predicted.
    pub(crate) odds: f64,
    /// Chances of the levels of budget.
    pub(crate) budget: Vec<f64>,
    /// Start of every random choice.
    pub(crate) seed: u64,
    /// Rise of the chance of an approved budget a day, without any effect on conversion.
    pub(crate) inflation: f64,
}

impl World {
    /// Five leads a day for half a year, and the card is right.
    pub(crate) fn right() -> Self {
        Self {
            per_day: 5,
            n_days: 180,
            n_young_days: 0,
            odds: 1.0,
            budget: SHARES[0].to_vec(),
            seed: 1,
            inflation: 0.0,
        }
    }

    pub(crate) fn leads(&self, card: &Card) -> ScoredNewLeads {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let first = parse_time("2026-01-01").expect("a day").0;
        let n_leads = self.per_day * self.n_days;
        let mut followed = ScoredNewLeads {
            as_of: Some(Vec::new()),
            score: Vec::new(),
            levels: vec![Vec::new(); 3],
            unnamed: vec![UnnamedTexts::default(); 3],
            known: Vec::new(),
            cluster: None,
            horizon_days: Some(90.0),
            n_read: n_leads,
            n_left_out: 0,
            n_as_of_after_conversion: 0,
            files: Vec::new(),
            notes: Vec::new(),
        };
        followed.unnamed[0].texts = ["frozen", "next year"].map(str::to_owned).to_vec();
        for at in 0..n_leads {
            let day = at / self.per_day;
            let mut score = 0;
            let mut honest = 0;
            for (criterion, shares) in [&self.budget[..], SHARES[1], SHARES[2]].into_iter().enumerate() {
                let levels = &card.criteria[criterion].levels;
                let drawn = draw(shares, &mut rng);
                let said = if criterion == 0 && rng.random::<f64>() < self.inflation * day as f64 { 2 } else { drawn };
                score += levels[said].points;
                honest += levels[drawn].points;
                followed.levels[criterion].push(said as u16);
                if criterion == 0 {
                    followed.unnamed[0].of_lead.push((said == 3).then(|| u32::from(at % 3 == 0)));
                }
            }
            let chance = logistic(log_odds(honest) + self.odds.ln());
            let has_converted = rng.random::<f64>() < chance;
            followed.score.push(score);
            followed.known.push(match (day + self.n_young_days >= self.n_days, has_converted) {
                (true, _) => KnownOutcome::TooYoung,
                (false, true) => KnownOutcome::Converted,
                (false, false) => KnownOutcome::NotConverted,
            });
            let moment = first + day as i64 * US_PER_DAY + (at % self.per_day) as i64 * 3_600_000_000;
            followed.as_of.as_mut().expect("dates").push(moment);
        }
        followed
    }

    /// What the monitor finds in this world, with the limits at their default.
    pub(crate) fn found(&self) -> Monitor {
        let card = card();
        found(&card, self.leads(&card))
    }
}

fn draw(shares: &[f64], rng: &mut ChaCha8Rng) -> usize {
    let mut left = rng.random::<f64>();
    let found = shares.iter().position(|share| {
        left -= share;
        left < 0.0
    });
    found.unwrap_or(shares.len() - 1)
}

/// What the monitor finds of these leads.
pub(crate) fn found(card: &Card, leads: ScoredNewLeads) -> Monitor {
    monitor(card, leads, &question(None)).expect("leads to look at")
}

/// What the monitor finds of these leads, with what became of the card's own history.
pub(crate) fn found_with_history(card: &Card, leads: ScoredNewLeads, history: &[BandMonth]) -> Monitor {
    monitor(card, leads, &Question { history, ..question(None) }).expect("leads to look at")
}

/// The question with limits at their default.
pub(crate) fn question(since: Option<i64>) -> Question<'static> {
    static LIMITS: std::sync::LazyLock<MonitorConfig> = std::sync::LazyLock::new(MonitorConfig::default);
    static FORECAST: std::sync::LazyLock<Forecast> = std::sync::LazyLock::new(forecast);
    Question { card_sha256: "ab", since, settings: &LIMITS, forecast: Some(&FORECAST), challenger: None, history: &[] }
}

/// Three months ahead: 30 leads a month are chosen from 36 points up.
fn forecast() -> Forecast {
    let line = ScenarioThreshold { score: 36, share_of_tied: 1.0, ..ScenarioThreshold::default() };
    let scenario = Scenario {
        policy: "selective".to_owned(),
        rule: "at least 36 points".to_owned(),
        thresholds: vec![line],
        leads: Estimate { expected: 90.0, low: 72.0, high: 111.0 },
        ..Scenario::default()
    };
    Forecast { n_months: Some(3.0), scenarios: vec![scenario], ..Forecast::default() }
}
