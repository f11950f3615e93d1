//! A made-up company for tests: a card of three criteria, 18 months of judged leads, two policies.

use std::path::Path;

use super::SummaryParts;
use crate::card::{
    Band, CARD_FORMAT, Card, Criterion, CurveEntry, Input, InputKind, Level, Provenance, TEXT_RULE, When,
};
use crate::frontier::{
    Frontier, Histogram, OutOfFold, Resolved, check_policies, default_policies, resolve_policies, threshold_metrics,
};
use crate::labels::LeadIds;
use crate::math::logistic;
use crate::metrics::{BaselineMetrics, CardMetrics, LeadCounts, Metrics, SettingsMetrics, out_of_fold_metrics};
use crate::notes::Note;

pub(super) struct Company {
    pub(super) card: Card,
    pub(super) metrics: Metrics,
    pub(super) frontier: Frontier,
    pub(super) policies: Vec<Resolved>,
    judged: OutOfFold,
}

impl Company {
    pub(super) fn parts(&self) -> SummaryParts<'_> {
        SummaryParts {
            card: &self.card,
            metrics: &self.metrics,
            frontier: &self.frontier,
            policies: &self.policies,
            folder: Some(Path::new("bantam-out/runs/0123456789ab")),
        }
    }

    pub(super) fn without_dates(mut self) -> Self {
        self.judged.as_of = None;
        self.frontier = Frontier::trace(&Histogram::count(&self.judged, None).expect("no times"));
        self.policies = resolve_policies(&default_policies(&self.frontier), &self.frontier).0;
        self.metrics.at_threshold = threshold_metrics(&self.policies, &self.frontier);
        self.metrics.notes = self.frontier.notes.clone();
        self.metrics.leads = LeadCounts { n_read: 3_600, ..LeadCounts::default() };
        self
    }
}

/// 200 leads a month, about one in nine converts.
pub(super) fn company() -> Company {
    let judged = judged_leads();
    let frontier = Frontier::trace(&Histogram::count(&judged, None).expect("times"));
    let top = |name: &str, top: &str| crate::config::PolicyConfig {
        name: name.to_owned(),
        top: Some(top.to_owned()),
        ..crate::config::PolicyConfig::default()
    };
    let policies = check_policies(&[top("selective", "50/month"), top("wide", "100/month")], true).expect("policies");
    let policies = resolve_policies(&policies, &frontier).0;
    let metrics = metrics(&judged, &frontier, &policies);
    Company { card: card(), metrics, frontier, policies, judged }
}

fn probability(score: i32) -> f64 {
    logistic(-4.2 + 0.055 * f64::from(score))
}

fn judged_leads() -> OutOfFold {
    let n_leads = 3_600_u32;
    let day = 86_400_000_000_i64;
    let first = "2025-01-01T09:00:00Z".parse::<jiff::Timestamp>().expect("a time").as_microsecond();
    // Two waves of different length: every score from 0 to 80 turns up, middling ones most.
    let score: Vec<i32> = (0..n_leads).map(|i| ((i * 7 % 41) + (i * 11 % 40)) as i32).collect();
    let probability: Vec<f64> = score.iter().map(|&s| probability(s)).collect();
    // A lead converts when its chance passes a mark that runs evenly through 0..1.
    let converted = (0..n_leads).zip(&probability).map(|(i, &p)| f64::from(i * 617 % 1_000) / 1_000.0 < p).collect();
    OutOfFold {
        ids: LeadIds::RowNumber,
        rows: (0..n_leads).collect(),
        fold: (0..n_leads).map(|i| (i % 5) as u16).collect(),
        as_of: Some((0..n_leads).map(|i| first + i64::from(i) * day * 547 / i64::from(n_leads)).collect()),
        score,
        probability,
        converted,
    }
}

fn metrics(judged: &OutOfFold, frontier: &Frontier, policies: &[Resolved]) -> Metrics {
    let out_of_fold =
        out_of_fold_metrics(&judged.score, &judged.probability, &judged.converted).expect("both outcomes");
    Metrics {
        n_leads: 4_100,
        n_converted: 455,
        leads: LeadCounts { n_read: 4_600, n_immature: 412, n_untouched: 70, n_left_out: 18 },
        baseline_logistic: BaselineMetrics { log_loss: out_of_fold.log_loss * 1.045, auc: out_of_fold.auc - 0.02 },
        out_of_fold,
        card: CardMetrics { n_criteria: 3, n_rows: 10, points_min: 0, points_max: 80 },
        settings: SettingsMetrics::default(),
        curve: "logistic".to_owned(),
        folds: Vec::new(),
        folds_by: "Each of 5 periods was judged by a card fitted on the time before it.".to_owned(),
        ladder: Vec::new(),
        reliability: Vec::new(),
        at_threshold: threshold_metrics(policies, frontier),
        verdicts: Vec::new(),
        as_of: Vec::new(),
        inputs: Vec::new(),
        seconds: Vec::new(),
        notes: vec![
            Note::new("leads", "times of `handed_off_at` have no zone and were read as UTC"),
            Note::new(
                "labels",
                "412 leads are younger than the 90 days in which a conversion counts and have not converted; they were \
                 left out, because nobody can say yet what becomes of them",
            ),
        ],
    }
}

fn level(when: When, label: &str, points: i32) -> Level {
    Level { when, label: label.to_owned(), points, n_leads: 100, n_converted: 10 }
}

fn criterion(name: &str, group: Option<&str>, kind: InputKind, levels: Vec<Level>) -> Criterion {
    Criterion {
        name: name.to_owned(),
        group: group.map(str::to_owned),
        inputs: vec![Input { column: name.to_owned(), kind, derivation: None }],
        levels,
    }
}

fn card() -> Card {
    let one_of = |text: &str| When::OneOf(vec![text.to_owned()]);
    let criteria = vec![
        criterion(
            "region",
            None,
            InputKind::Text,
            vec![
                level(When::Missing, "missing", 0),
                level(one_of("north"), "north", 10),
                level(When::Else, "other", 4),
            ],
        ),
        criterion(
            "budget",
            Some("BANT"),
            InputKind::Text,
            vec![
                level(When::Missing, "missing", 2),
                level(one_of("requested"), "requested", 14),
                level(one_of("approved"), "approved", 40),
                level(When::Else, "other", 0),
            ],
        ),
        criterion(
            "clicks_30d",
            Some("engagement"),
            InputKind::Number,
            vec![
                level(When::Missing, "missing", 0),
                level(When::Below(3.0), "below 3", 0),
                level(When::Below(7.0), "3 to below 7", 16),
                level(When::Else, "7 or more", 30),
            ],
        ),
    ];
    let curve = (0..=80)
        .map(|score| {
            let bp = |log_odds: f64| (logistic(log_odds) * 10_000.0).round() as u32;
            let log_odds = -4.2 + 0.055 * f64::from(score);
            CurveEntry {
                score,
                probability_bp: bp(log_odds),
                low_bp: bp(log_odds - 0.2),
                high_bp: bp(log_odds + 0.2),
                // No made-up lead has more than 78 points.
                n_leads: if score <= 78 { 45 } else { 0 },
            }
        })
        .collect();
    Card {
        format: CARD_FORMAT,
        base_points: 0,
        criteria,
        curve,
        thresholds: Vec::new(),
        bands: vec![
            Band { name: "hot".to_owned(), from: Some(51) },
            Band { name: "nurture".to_owned(), from: Some(26) },
            Band { name: "reject".to_owned(), from: None },
        ],
        text: TEXT_RULE.to_owned(),
        as_of_column: Some("handed_off_at".to_owned()),
        id_column: None,
        provenance: Provenance {
            engine: "bantam 0.1.0".to_owned(),
            data_sha256: "00".repeat(32),
            config_sha256: "11".repeat(32),
            n_leads: 4_100,
            n_converted: 455,
            first_as_of: Some("2025-01-01T09:00:00Z".to_owned()),
            last_as_of: Some("2026-06-30T15:00:00Z".to_owned()),
            points_per_log_odds: 18.2,
            seed: 0,
        },
        golden: Vec::new(),
    }
}
