//! Made-up companies for the tests of the page: one with everything a page can show, and one of the largest a page is made
//! for.

use crate::analyses::size_path::record::SizePathPoint;
use crate::calibrate::record::{FoldMetrics, SettingsMetrics};
use crate::card::{Criterion, Derivation, Input, InputKind, Level, Measure, When};
use crate::data::read::{AsOfProof, InputFile, Verdict, VerdictKind};
use crate::decide::forecast::record::ScenarioThreshold;
use crate::decide::history::record::FunnelRow;
use crate::measures::wilson;
use crate::report::testing::{Company, company};

/// The made-up company with folds, smaller cards, verdicts, proofs, files, and a policy with a line per team.
pub(super) fn full() -> Company {
    let mut company = company();
    let metrics = &mut company.metrics;
    metrics.folds = ["2025-05-01 to 2025-08-31", "2025-09-01 to 2025-12-31", "2026-01-01 to 2026-03-31"]
        .into_iter()
        .enumerate()
        .map(|(at, fold)| FoldMetrics {
            fold: fold.to_owned(),
            n_fit: 900 * (at + 1),
            n_judged: 900,
            log_loss_fit: 0.36,
            log_loss_judged: 0.38 - 0.004 * at as f64,
            settings: SettingsMetrics::default(),
        })
        .collect();
    metrics.findings.ladder = Some(
        [(10, 3, 0.3803), (8, 3, 0.3811), (5, 2, 0.3904)]
            .map(|(n_rows, n_criteria, log_loss)| SizePathPoint {
                row_price: 1.0 / n_rows as f64,
                n_rows,
                n_criteria,
                log_loss,
                difference_se: 0.0005,
                wins_in_best_quarter: 260.0 + n_rows as f64,
                is_shipped: n_rows == 10,
            })
            .to_vec(),
    );
    metrics.verdicts = [
        ("lead_id", VerdictKind::Id, "names the lead (`leads.id`)"),
        ("budget", VerdictKind::Criterion, "text with 3 levels, 4.1 % missing"),
        ("region", VerdictKind::Criterion, "text with 2 levels, none missing"),
        ("won_at", VerdictKind::GivesTheOutcomeAway, "filled for every converted lead and for no other"),
    ]
    .map(|(column, verdict, reason)| Verdict { column: column.to_owned(), verdict, reason: reason.to_owned() })
    .to_vec();
    metrics.as_of = [("region", None), ("budget", Some(0)), ("clicks_30d", Some(-7_200_000_000))]
        .map(|(criterion, latest_use_us)| AsOfProof { criterion: criterion.to_owned(), latest_use_us })
        .to_vec();
    metrics.inputs = vec![InputFile {
        path: "data/leads.parquet".to_owned(),
        table: "leads".to_owned(),
        sha256: "ab".repeat(32),
        n_bytes: 112_577,
        n_rows: 4_600,
    }];
    let mut per_team = metrics.forecast.scenarios[1].clone();
    per_team.policy = "per team".to_owned();
    per_team.rule = "280 hours a month, shared by the teams".to_owned();
    per_team.thresholds = [("north", 41, 64.0, 0.231), ("south", 36, 48.0, 0.207)]
        .map(|(team, score, leads_per, conversion)| ScenarioThreshold {
            group: Some(team.to_owned()),
            score,
            share_of_tied: 1.0,
            leads_per,
            conversion,
        })
        .to_vec();
    metrics.forecast.scenarios.push(per_team);
    let mut pair = metrics.forecast.pairs[0].clone();
    pair.a = "wide".to_owned();
    pair.b = "per team".to_owned();
    pair.contained = None;
    pair.wins_difference = crate::decide::forecast::record::Estimate { expected: -4.2, low: -12.0, high: 3.6 };
    pair.leads_difference = crate::decide::forecast::record::Estimate { expected: -36.0, low: -51.0, high: -22.0 };
    (pair.a_wins_more, pair.b_wins_more) = (0.17, 0.76);
    pair.extra_conversion = Some(4.2 / 36.0);
    pair.net_value_difference =
        Some(crate::decide::forecast::record::Estimate { expected: -14_640.0, low: -46_000.0, high: 13_200.0 });
    pair.a_worth_more = Some(0.21);
    metrics.forecast.pairs.push(pair);
    company.card.criteria[2].inputs[0].derivation = Some(Derivation::Events {
        kind: Some("email_click".to_owned()),
        within_us: Some(30 * 86_400_000_000),
        measure: Measure::Count,
    });
    company
}

/// The largest company a page is made for: 30 criteria of 5 levels, 101 thresholds, 24 months, 5 policies, 40 sources.
pub(super) fn large() -> Company {
    let mut company = full();
    company.card.criteria = (0..30).map(large_criterion).collect();
    let metrics = &mut company.metrics;
    let proofs = company
        .card
        .criteria
        .iter()
        .map(|criterion| AsOfProof { criterion: criterion.name.clone(), latest_use_us: Some(-1_000_000) });
    metrics.as_of = proofs.collect();
    metrics.verdicts = (company.card.criteria.iter())
        .map(|criterion| Verdict {
            column: criterion.name.clone(),
            verdict: VerdictKind::Criterion,
            reason: "text with 5 levels, 8.5 % missing".to_owned(),
        })
        .collect();
    let row = company.frontier.rows[company.frontier.rows.len() / 2];
    company.frontier.rows =
        (0..=100).map(|threshold| crate::decide::frontier::FrontierRow { threshold, ..row }).collect();
    let months = (2024..2026).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}")));
    let first: Vec<_> = metrics.bands_by_month.drain(..).take(3).collect();
    metrics.bands_by_month = months
        .flat_map(|month| {
            first.iter().cloned().map(move |mut cell| {
                cell.month.clone_from(&month);
                cell
            })
        })
        .collect();
    let names = ["selective", "wide", "by the hours of the team", "break even", "hand-raisers only"];
    let scenario = metrics.forecast.scenarios[0].clone();
    metrics.forecast.scenarios = names
        .map(|name| {
            let mut scenario = scenario.clone();
            scenario.policy = name.to_owned();
            scenario
        })
        .to_vec();
    let pair = metrics.forecast.pairs[0].clone();
    let pairs = names.iter().enumerate().flat_map(|(at, a)| names[at + 1..].iter().map(move |b| (*a, *b)));
    metrics.forecast.pairs = pairs
        .map(|(a, b)| {
            let mut pair = pair.clone();
            (pair.a, pair.b) = (a.to_owned(), b.to_owned());
            pair.contained = None;
            pair
        })
        .collect();
    let rows = metrics.back_test.clone();
    metrics.back_test = names
        .iter()
        .flat_map(|name| {
            rows.iter().take(3).cloned().map(|mut row| {
                row.policy = (*name).to_owned();
                row
            })
        })
        .collect();
    let policy = company.policies[0].clone();
    company.policies = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let mut policy = policy.clone();
            policy.name = (*name).to_owned();
            policy.threshold = 30 + 7 * at as i32;
            policy
        })
        .collect();
    metrics.funnels = (0..40).map(large_funnel).collect();
    company
}

fn large_criterion(number: usize) -> Criterion {
    let names = ["missing", "gatekeeper or assistant", "influencer of the decision", "decision maker", "other"];
    let levels = names.iter().enumerate().map(|(at, label)| Level {
        when: match at {
            0 => When::Missing,
            4 => When::Else,
            _ => When::OneOf(vec![(*label).to_owned()]),
        },
        label: (*label).to_owned(),
        words: None,
        points: (number % 7 * at) as i32,
        n_leads: 1_000 + 137 * at as u64,
        n_converted: 90 + 31 * at as u64,
    });
    let group = ["BANT", "engagement", "fit"][number % 3];
    let name = format!("criterion number {number}");
    let input = Input { column: format!("column_{number}"), kind: InputKind::Text, derivation: None };
    Criterion { group: Some(group.to_owned()), ..Criterion::plain(name, vec![input], levels.collect()) }
}

fn large_funnel(number: u64) -> FunnelRow {
    let (n_leads, n_converted) = (1_000 + 71 * number, 100 + 7 * number);
    let interval = wilson(n_converted as f64, n_leads as f64);
    FunnelRow {
        by: ["source", "segment", "team"][number as usize / 14].to_owned(),
        name: format!("campaign of quarter {number}"),
        n_leads,
        n_converted,
        n_expected: 103.4,
        low: interval.low,
        high: interval.high,
        n_hot: n_leads / 5,
        n_hot_converted: n_converted / 2,
        n_nurture: n_leads / 2,
        n_reject: n_leads / 4,
    }
}
