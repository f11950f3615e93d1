//! A made-up company for tests: a card of three criteria, 18 months of judged leads, two policies.

use std::path::Path;

use super::RunParts;
use crate::analyses::censored::record::RecentVolume;
use crate::analyses::questions::record::QuestionLine;
use crate::analyses::questions::testing::LineWins;
use crate::analyses::untouched::{self, UntouchedLead};
use crate::analyses::{Findings, censored, champion, questions, segments};
use crate::calibrate::CardVerdict;
use crate::calibrate::record::{BaselineMetrics, CardMetrics, LeadCounts, Metrics, SettingsMetrics};
use crate::card::{
    Axis, Band, CARD_FORMAT, Card, Criterion, CurveEntry, GradeAxis, GradeCell, Grades, Grid, Input, InputKind, Level,
    PLAIN_FORMAT, Part, Provenance, TEXT_RULE, When, grade_names,
};
use crate::data::labels::LeadIds;
use crate::decide::ask_first::AskFirstRecord;
use crate::decide::forecast::record::{Estimate, Forecast, Recommendation, Scenario, ScenarioPair, ScenarioThreshold};
use crate::decide::frontier::{
    Evidence, Frontier, Histogram, OutOfFold, Outlook, Resolved, check_policies, default_policies, resolve_policies,
    threshold_metrics,
};
use crate::decide::grades::{GradePolicy, GradesRecord};
use crate::decide::history::past_promises;
use crate::decide::history::record::{BackTestRow, BandMetrics, BandMonth, FunnelRow, PastPromises};
use crate::math::logistic;
use crate::measures::{Cells, out_of_fold_metrics, reliability_rows, wilson};
use crate::notes::Note;
use crate::settings::{PolicyConfig, ReportConfig, SalesConfig};

pub(super) struct Company {
    pub(super) card: Card,
    pub(super) metrics: Metrics,
    pub(super) frontier: Frontier,
    pub(super) policies: Vec<Resolved>,
    histogram: Histogram,
    judged: OutOfFold,
}

impl Company {
    pub(super) fn parts(&self) -> RunParts<'_> {
        RunParts {
            card: &self.card,
            metrics: &self.metrics,
            frontier: &self.frontier,
            policies: &self.policies,
            folder: Some(Path::new("bantam-out/runs/0123456789ab")),
        }
    }

    /// The policies of `configs` on the company's history.
    pub(super) fn resolve(&self, configs: &[PolicyConfig]) -> Vec<Resolved> {
        policies(configs, &self.histogram, &self.frontier, &self.card)
    }

    pub(super) fn without_dates(self) -> Self {
        let judged = OutOfFold { as_of: None, ..self.judged.clone() };
        let mut company = self.of(judged);
        company.metrics.notes = company.frontier.notes.clone();
        company.metrics.leads = LeadCounts { n_read: 3_600, ..LeadCounts::default() };
        company.metrics.past_promises = PastPromises::default();
        let forecast = &mut company.metrics.forecast;
        (forecast.ahead, forecast.n_months, forecast.rate_shift) = ("next 1,000 leads".to_owned(), None, None);
        (forecast.window_from, forecast.window_to, forecast.leads_per) = (None, None, 1_000.0);
        company
    }

    /// The same company with other judged leads, and the engine's own policies.
    pub(super) fn of(mut self, judged: OutOfFold) -> Self {
        self.histogram = Histogram::count(&judged, None, None).expect("times of our era");
        self.frontier = Frontier::like(&self.histogram);
        self.policies = policies(&default_policies(&self.frontier), &self.histogram, &self.frontier, &self.card);
        self.metrics.at_threshold = threshold_metrics(&self.policies, &self.frontier);
        self.judged = judged;
        self
    }
}

/// 200 leads a month, about one in nine converts.
pub(super) fn company() -> Company {
    let judged = judged_leads();
    let histogram = Histogram::count(&judged, None, None).expect("times");
    let frontier = Frontier::like(&histogram);
    let top = |name: &str, top: &str| PolicyConfig {
        name: name.to_owned(),
        top: Some(top.to_owned()),
        ..PolicyConfig::default()
    };
    let card = card();
    let rules = [top("selective", "50/month"), top("wide", "100/month")];
    let policies = policies(&rules, &histogram, &frontier, &card);
    let metrics = metrics(&judged, &frontier, &policies);
    Company { card, metrics, frontier, policies, histogram, judged }
}

fn policies(rules: &[PolicyConfig], histogram: &Histogram, frontier: &Frontier, card: &Card) -> Vec<Resolved> {
    let has_dates = !histogram.months.is_empty();
    let policies = check_policies(rules, &SalesConfig::default(), has_dates).expect("policies");
    let evidence =
        Evidence { histogram, frontier, outlook: &Outlook::like(histogram), curve: &card.curve, bands: &card.bands };
    resolve_policies(&policies, &evidence).0
}

/// The same company with grades by budget and clicks, a hundred leads a cell.
pub(crate) fn graded(mut company: Company) -> Company {
    let axis = |group: &str, cuts: &[i32]| GradeAxis { group: group.to_owned(), cuts: cuts.to_vec() };
    let converted = [30, 22, 12, 14, 15, 4];
    let cell = |(grade, n_converted): (String, u64)| GradeCell {
        grade,
        n_leads: 600,
        n_converted: 6 * n_converted,
        low_bp: 0,
        high_bp: 3_300,
    };
    let grades = Grades {
        rows: axis("BANT", &[14]),
        columns: axis("engagement", &[30, 16]),
        cells: grade_names(2, 3).into_iter().zip(converted).map(cell).collect(),
    };
    company.card.grades = Some(grades.clone());
    let policy = GradePolicy {
        policy: "fit first".to_owned(),
        grade: "B2".to_owned(),
        leads: about(240.0),
        wins: about(48.0),
        conversion: about(0.2),
        more_by_score: Some(about(6.0)),
    };
    let record = GradesRecord::of(grades, &company.card.criteria, 1.0);
    company.metrics.grades = Some(GradesRecord { policies: vec![policy], ..record });
    company
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
        leads: (0..n_leads).collect(),
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
        verdict: CardVerdict::default(),
        leads: LeadCounts { n_read: 4_600, n_immature: 412, n_untouched: 70, n_left_out: 18, ..LeadCounts::default() },
        weights: None,
        baseline_logistic: BaselineMetrics {
            log_loss: out_of_fold.log_loss * 1.045,
            auc: out_of_fold.auc - 0.02,
            card_gain: about(out_of_fold.log_loss * 0.045),
        },
        out_of_fold,
        card: CardMetrics { n_criteria: 3, n_rows: 10, points_min: 0, points_max: 80, ..CardMetrics::default() },
        settings: SettingsMetrics::default(),
        curve: "logistic".to_owned(),
        folds: Vec::new(),
        folds_by: "Each of 5 periods was judged by a card fitted on the time before it.".to_owned(),
        reliability: reliability_rows(&Cells::count(&judged.score, &judged.probability, &judged.converted).by_score()),
        at_threshold: threshold_metrics(policies, frontier),
        report: ReportConfig::default(),
        horizon_days: Some(90.0),
        data_until: Some("2026-06-30".to_owned()),
        policies: Vec::new(),
        forecast: forecast(policies),
        past_promises: past_promises(&policies.iter().flat_map(back_test).collect::<Vec<_>>()),
        back_test: policies.iter().flat_map(back_test).collect(),
        ask_first: AskFirstRecord::default(),
        grades: None,
        bands: bands(),
        bands_by_month: bands_by_month(),
        funnels: funnels(),
        findings: Findings { ladder: Some(Vec::new()), ..Findings::default() },
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

/// The company with 412 leads too young to say and 70 that nobody touched.
pub(super) fn with_unknowns(mut company: Company) -> Company {
    let volume = |policy: &Resolved| RecentVolume {
        policy: policy.name.clone(),
        threshold: policy.threshold,
        leads_per_month: policy.chosen.leads_per,
        open_leads_per_month: policy.chosen.leads_per * 1.1,
    };
    company.metrics.findings.maturity =
        Some(censored::testing::example(&company.policies.iter().map(volume).collect::<Vec<_>>()));
    let untouched: Vec<UntouchedLead> =
        (0..70).map(|at| UntouchedLead { score: at, probability: probability(at) }).collect();
    let touched: Vec<i32> = company.judged.score.iter().copied().filter(|&score| score > 12).collect();
    company.metrics.findings.untouched =
        untouched::measure(&touched, &untouched, &company.frontier, &company.policies).map(|(metrics, _)| metrics);
    company
}

/// The company with a card in use beside the new one.
/// Budget and clicks together, last on the card: one rectangle that is worth less, one cell that is worth more, and the rest.
pub(super) fn with_pair(mut company: Company) -> Company {
    let criteria = &mut company.card.criteria;
    let [_, budget, clicks] = &criteria[..] else { panic!("three criteria") };
    let axis = |side: &Criterion| Axis {
        criterion: side.name.clone(),
        map: None,
        parts: (side.levels.iter())
            .map(|level| Part { when: level.when.clone(), label: level.label.clone() })
            .collect(),
    };
    let of =
        |when, label: &str, points, n_leads, n_converted| Level { n_leads, n_converted, ..level(when, label, points) };
    let levels = vec![
        of(When::Missing, "missing", 0, 310, 20),
        of(When::Cells(vec![[1, 3]]), "requested, with 7 or more", 5, 240, 61),
        of(When::Cells(vec![[2, 1], [2, 2], [3, 1], [3, 2]]), "approved or other, with below 7", -4, 1_250, 84),
        of(When::Else, "all else", 0, 2_300, 290),
    ];
    let inputs = vec![budget.inputs[0].clone(), clicks.inputs[0].clone()];
    let grid = Some(Grid { rows: axis(budget), columns: axis(clicks) });
    let pair = Criterion { grid, ..Criterion::plain("budget and clicks_30d", inputs, levels) };
    criteria.push(pair);
    company.card.format = CARD_FORMAT;
    company
}

pub(super) fn with_champion(mut company: Company) -> Company {
    company.metrics.findings.champion = Some(champion::testing::example());
    company
}

/// The company with what its questions are worth.
pub(super) fn with_questions(mut company: Company) -> Company {
    let line = |policy: &Resolved| LineWins {
        line: QuestionLine {
            policy: policy.name.clone(),
            threshold: policy.threshold,
            leads_per: policy.chosen.leads_per,
        },
        wins_per: policy.chosen.wins_per,
    };
    let lines: Vec<LineWins> = company.policies.iter().map(line).collect();
    company.metrics.findings.questions = Some(questions::testing::example(&lines));
    company
}

/// The company with segments, and hand-offs by region.
pub(super) fn with_segments(mut company: Company) -> Company {
    company.metrics.settings.offset_spread = Some(0.41);
    let policies: Vec<&str> = company.policies.iter().map(|policy| policy.name.as_str()).collect();
    company.metrics.findings.segments = Some(segments::testing::example(&policies));
    company
}

/// `expected` with a twelfth to each side.
fn about(expected: f64) -> Estimate {
    Estimate { expected, low: expected * 11.0 / 12.0, high: expected * 13.0 / 12.0 }
}

fn forecast(policies: &[Resolved]) -> Forecast {
    let scenarios: Vec<Scenario> = policies.iter().map(scenario).collect();
    let pairs = vec![ScenarioPair {
        a: "selective".to_owned(),
        b: "wide".to_owned(),
        wins_difference: Estimate { expected: -24.0, low: -38.0, high: -11.0 },
        leads_difference: Estimate { expected: -150.0, low: -180.0, high: -121.0 },
        a_wins_more: 0.0,
        b_wins_more: 0.998,
        contained: Some("selective".to_owned()),
        extra_conversion: Some(0.16),
        net_value_difference: Some(Estimate { expected: -87_000.0, low: -143_000.0, high: -34_000.0 }),
        a_worth_more: Some(0.006),
        ..ScenarioPair::default()
    }];
    let mut recommended = scenarios[1].clone();
    recommended.policy = "recommended".to_owned();
    recommended.rule = "at least 39 points".to_owned();
    recommended.optimism = 0.007;
    Forecast {
        ahead: "next 3 months".to_owned(),
        n_months: Some(3.0),
        leads_per: 200.0,
        window_from: Some("2026-05".to_owned()),
        window_to: Some("2026-06".to_owned()),
        rate_shift: Some(Estimate { expected: 0.0, low: -0.2, high: 0.2 }),
        design_effect: 1.0,
        leads_next: None,
        n_draws: 10_000,
        sales: SalesConfig {
            hours_per_lead: Some(2.5),
            cost_per_lead: Some(60.0),
            value_per_win: Some(4_000.0),
            reps: Some(4.0),
            currency: Some("EUR".to_owned()),
        },
        scenarios,
        pairs,
        recommended: Some(Recommendation {
            scenario: recommended,
            reason: "below 39 points a lead converts less often than the average lead".to_owned(),
            is_chosen: false,
        }),
    }
}

fn scenario(policy: &Resolved) -> Scenario {
    let chosen = &policy.chosen;
    let (leads, wins) = (chosen.leads_per * 3.0, chosen.wins_per * 3.0);
    Scenario {
        policy: policy.name.clone(),
        rule: policy.rule.clone(),
        thresholds: vec![ScenarioThreshold {
            group: None,
            score: policy.threshold,
            share_of_tied: policy.share_of_tied,
            leads_per: chosen.leads_per,
            conversion: chosen.conversion,
        }],
        leads: about(leads),
        wins: about(wins),
        conversion: about(chosen.conversion),
        to_nurture: about(310.0 - leads * 0.4),
        rejected: about(290.0 - leads * 0.6),
        seen_conversion: chosen.conversion,
        optimism: 0.0,
        hours: Some(about(leads * 2.5)),
        hours_per_rep: Some(about(leads * 2.5 / 4.0)),
        wins_per_rep: Some(about(wins / 4.0)),
        wins_per_100_hours: Some(about(wins / leads / 2.5 * 100.0)),
        cost: Some(about(leads * 60.0)),
        cost_per_win: Some(about(leads * 60.0 / wins)),
        net_value: Some(about(wins * 4_000.0 - leads * 60.0)),
    }
}

fn back_test(policy: &Resolved) -> Vec<BackTestRow> {
    let periods = ["2025-05-01 to 2025-08-31", "2025-09-01 to 2025-12-31", "2026-01-01 to 2026-03-31"];
    (periods.iter().zip([1.0, 0.93, 1.12]))
        .map(|(period, came)| {
            let (leads, wins) = (policy.chosen.leads_per * 4.0, policy.chosen.wins_per * 4.0);
            BackTestRow {
                period: (*period).to_owned(),
                n_months: 4.0,
                policy: policy.name.clone(),
                threshold: policy.threshold,
                promised_leads: about(leads),
                leads: (leads * came).round(),
                promised_conversion: about(policy.chosen.conversion),
                conversion: policy.chosen.conversion * came,
                promised_wins: about(wins),
                wins: (wins * came * came).round(),
                observed_over_expected: came,
                observed_over_expected_low: came * 0.9,
                observed_over_expected_high: came * 1.1,
            }
        })
        .collect()
}

fn bands() -> Vec<BandMetrics> {
    [("hot", Some(51), 800, 196), ("nurture", Some(26), 1_700, 151), ("reject", None, 1_100, 33)]
        .map(|(band, from, n_leads, n_converted)| {
            let interval = wilson(n_converted as f64, n_leads as f64);
            BandMetrics {
                band: band.to_owned(),
                from,
                n_leads,
                n_converted,
                n_expected: n_converted as f64 * 1.02,
                low: interval.low,
                high: interval.high,
            }
        })
        .to_vec()
}

fn bands_by_month() -> Vec<BandMonth> {
    let months = (1..=12).map(|m| format!("2025-{m:02}")).chain((1..=6).map(|m| format!("2026-{m:02}")));
    months
        .enumerate()
        .flat_map(|(at, month)| {
            bands().into_iter().map(move |band| {
                let n_leads = band.n_leads / 18 + (at as u64 * 7 + band.n_leads) % 9;
                let n_converted = n_leads * band.n_converted / band.n_leads + (at as u64) % 3;
                let interval = wilson(n_converted as f64, n_leads as f64);
                BandMonth {
                    month: month.clone(),
                    band: band.band.clone(),
                    n_leads,
                    n_converted,
                    n_expected: n_leads as f64 * band.n_converted as f64 / band.n_leads as f64,
                    low: interval.low,
                    high: interval.high,
                }
            })
        })
        .collect()
}

fn funnels() -> Vec<FunnelRow> {
    let rows = [
        ("source", "webinar", 900, 131),
        ("source", "cold call <script>", 1_500, 95),
        ("source", "(missing)", 1_200, 154),
        ("segment", "food", 2_000, 260),
        ("segment", "steel", 1_600, 120),
    ];
    rows.map(|(by, name, n_leads, n_converted)| {
        let interval = wilson(n_converted as f64, n_leads as f64);
        FunnelRow {
            by: by.to_owned(),
            name: name.to_owned(),
            n_leads,
            n_converted,
            n_expected: n_converted as f64 * 0.98,
            low: interval.low,
            high: interval.high,
            n_hot: n_leads / 5,
            n_hot_converted: n_converted / 2,
            n_nurture: n_leads / 2,
            n_reject: n_leads - n_leads / 5 - n_leads / 2,
        }
    })
    .to_vec()
}

fn level(when: When, label: &str, points: i32) -> Level {
    Level { when, label: label.to_owned(), words: None, points, n_leads: 100, n_converted: 10 }
}

fn criterion(name: &str, group: Option<&str>, kind: InputKind, levels: Vec<Level>) -> Criterion {
    let input = Input { column: name.to_owned(), kind, derivation: None };
    Criterion { group: group.map(str::to_owned), ..Criterion::plain(name, vec![input], levels) }
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
        format: PLAIN_FORMAT,
        base_points: 0,
        criteria,
        curve,
        thresholds: Vec::new(),
        bands: vec![
            Band { name: "hot".to_owned(), from: Some(51) },
            Band { name: "nurture".to_owned(), from: Some(26) },
            Band { name: "reject".to_owned(), from: None },
        ],
        known_at_least: None,
        grades: None,
        overrides: Vec::new(),
        text: TEXT_RULE.to_owned(),
        as_of_column: Some("handed_off_at".to_owned()),
        id_column: None,
        readings: std::collections::BTreeMap::new(),
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
            recalibrated: None,
        },
        golden: Vec::new(),
    }
}
