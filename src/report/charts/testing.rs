//! Companies for tests that try the pictures hard.

use crate::card::{Criterion, Level, When};
use crate::data::labels::LeadIds;
use crate::decide::forecast::record::{Estimate, Recommendation, Scenario, ScenarioPair, ScenarioThreshold};
use crate::decide::frontier::OutOfFold;
use crate::decide::history::record::{BackTestRow, BandMonth};
use crate::measures::{Cells, reliability_rows, wilson};
use crate::render::chart::xml::HOSTILE;
use crate::report::testing::{Company, company, with_questions, with_unknowns};
use crate::settings::PolicyConfig;

/// Every case with its name.
pub(in crate::report) fn cases() -> Vec<(&'static str, Company)> {
    vec![
        ("company", company()),
        ("unknowns", with_unknowns(company())),
        ("questions", with_questions(company())),
        ("no-dates", without_months(company().without_dates())),
        ("one-score", with_leads(&[(7, 40, 4)])),
        ("two-scores", with_leads(&[(3, 60, 3), (9, 30, 9)])),
        ("600-scores", with_leads(&(0..600).map(|score| (score, 9, (score as u64 * 9) / 900)).collect::<Vec<_>>())),
        ("few-leads", with_leads(&[(1, 2, 0), (2, 3, 1), (5, 1, 1)])),
        ("rates-near-0", with_leads(&(0..40).map(|score| (score, 5_000, score as u64 / 4)).collect::<Vec<_>>())),
        ("rates-near-1", with_leads(&(0..40).map(|score| (score, 100, 90 + score as u64 / 4)).collect::<Vec<_>>())),
        ("zero-wins", zero_wins(with_leads(&(0..20).map(|score| (score, 50, 0)).collect::<Vec<_>>()))),
        ("one-month", with_months(company(), 1)),
        ("60-months", with_months(company(), 60)),
        ("close-policies", close_policies()),
        ("many-policies", many_policies()),
        ("teams", with_teams(company())),
        ("one-criterion", with_criteria(1, 4)),
        ("40-criteria", with_criteria(40, 12)),
        ("negative-points", negative_points()),
        ("hostile", hostile()),
        ("nothing", nothing()),
        ("no-numbers", no_numbers()),
    ]
}

/// A company whose judged leads have these scores: score, leads, conversions. Dates run over twelve months.
fn with_leads(scores: &[(i32, u64, u64)]) -> Company {
    let leads: Vec<(i32, bool)> = scores
        .iter()
        .flat_map(|&(score, n_leads, n_converted)| (0..n_leads).map(move |lead| (score, lead < n_converted)))
        .collect();
    let n_leads = leads.len() as i64;
    let year_us = 360 * 86_400_000_000;
    let first = "2025-01-01T09:00:00Z".parse::<jiff::Timestamp>().expect("a time").as_microsecond();
    // A stride that shares no factor with the leads spreads every score over the year.
    let stride = (1..).map(|n| n * 7 + 1_000_003).find(|stride| n_leads % stride != 0).expect("a stride");
    let judged = OutOfFold {
        leads: (0..n_leads as u32).collect(),
        ids: LeadIds::RowNumber,
        rows: (0..n_leads as u32).collect(),
        fold: vec![0; leads.len()],
        as_of: Some((0..n_leads).map(|lead| first + lead * stride % n_leads * (year_us / n_leads)).collect()),
        score: leads.iter().map(|lead| lead.0).collect(),
        probability: scores.iter().flat_map(|&(_, n, k)| (0..n).map(move |_| k as f64 / n as f64)).collect(),
        converted: leads.iter().map(|lead| lead.1).collect(),
    };
    let counts = Cells::count(&judged.score, &judged.probability, &judged.converted).by_score();
    let mut company = company().of(judged);
    company.metrics.reliability = reliability_rows(&counts);
    forecast_policies(&mut company);
    company
}

/// A forecast of three months for the policies of the company, the second of them recommended.
fn forecast_policies(company: &mut Company) {
    let scenarios: Vec<Scenario> = company
        .policies
        .iter()
        .map(|policy| {
            let chosen = &policy.chosen;
            let three =
                |low: f64, value: f64, high: f64| Estimate { expected: value * 3.0, low: low * 3.0, high: high * 3.0 };
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
                leads: three(chosen.leads_per_interval.low, chosen.leads_per, chosen.leads_per_interval.high),
                wins: three(chosen.wins_per_interval.low, chosen.wins_per, chosen.wins_per_interval.high),
                conversion: Estimate {
                    expected: chosen.conversion,
                    low: chosen.conversion_interval.low,
                    high: chosen.conversion_interval.high,
                },
                ..Scenario::default()
            }
        })
        .collect();
    let forecast = &mut company.metrics.forecast;
    forecast.pairs = (0..scenarios.len())
        .flat_map(|a| (a + 1..scenarios.len()).map(move |b| (a, b)))
        .map(|(a, b)| {
            let (a, b) = (&scenarios[a], &scenarios[b]);
            let difference = a.wins.expected - b.wins.expected;
            ScenarioPair {
                a: a.policy.clone(),
                b: b.policy.clone(),
                wins_difference: Estimate { expected: difference, low: difference - 5.0, high: difference + 6.0 },
                a_wins_more: if difference > 0.0 { 0.9 } else { 0.05 },
                b_wins_more: if difference > 0.0 { 0.1 } else { 0.95 },
                ..ScenarioPair::default()
            }
        })
        .collect();
    forecast.recommended = scenarios.last().map(|scenario| Recommendation {
        scenario: Scenario { policy: "recommended".to_owned(), ..scenario.clone() },
        reason: "made up".to_owned(),
        is_chosen: false,
    });
    forecast.scenarios = scenarios;
}

fn without_months(mut company: Company) -> Company {
    company.metrics.bands_by_month.clear();
    company.metrics.back_test.clear();
    forecast_policies(&mut company);
    company.metrics.forecast.ahead = "next 1,000 leads".to_owned();
    company.metrics.forecast.n_months = None;
    company
}

fn zero_wins(mut company: Company) -> Company {
    for month in &mut company.metrics.bands_by_month {
        month.n_converted = 0;
        month.low = 0.0;
        month.high = wilson(0.0, month.n_leads as f64).high;
    }
    for row in &mut company.metrics.back_test {
        (row.wins, row.conversion) = (0.0, 0.0);
        (row.promised_wins, row.promised_conversion) = (Estimate::default(), Estimate::default());
    }
    company
}

fn with_months(mut company: Company, n_months: u32) -> Company {
    let month = |at: u32, band: &str, rate: f64, n_leads: u64| {
        let n_leads = n_leads + u64::from(at * 7 % 9);
        let n_converted = ((n_leads as f64 * rate).round() as u64 + u64::from(at % 3)).min(n_leads);
        let interval = wilson(n_converted as f64, n_leads as f64);
        BandMonth {
            month: format!("{}-{:02}", 2021 + at / 12, at % 12 + 1),
            band: band.to_owned(),
            n_leads,
            n_converted,
            n_expected: n_leads as f64 * rate,
            low: interval.low,
            high: interval.high,
        }
    };
    company.metrics.bands_by_month = (0..n_months)
        .flat_map(|at| [month(at, "hot", 0.24, 9), month(at, "nurture", 0.09, 90), month(at, "reject", 0.02, 60)])
        // A month without a hot lead, and one without any lead.
        .filter(|row| !(row.band == "hot" && row.month == "2021-05") && row.month != "2022-02")
        .collect();
    let policies = company.policies.clone();
    company.metrics.back_test = (0..n_months.div_ceil(4))
        .flat_map(|at| {
            policies.iter().map(move |policy| {
                let around = |value: f64| Estimate { expected: value, low: value * 0.8, high: value * 1.2 };
                let came = 0.75 + f64::from(at * 13 % 10) / 18.0;
                BackTestRow {
                    period: format!(
                        "20{}-{:02}-01 to 20{}-{:02}-28",
                        21 + at / 3,
                        at % 3 * 4 + 1,
                        21 + at / 3,
                        at % 3 * 4 + 4
                    ),
                    n_months: 4.0,
                    policy: policy.name.clone(),
                    threshold: policy.threshold,
                    promised_leads: around(policy.chosen.leads_per * 4.0),
                    leads: policy.chosen.leads_per * 4.0,
                    promised_conversion: around(policy.chosen.conversion),
                    conversion: policy.chosen.conversion * came,
                    promised_wins: around(policy.chosen.wins_per * 4.0),
                    wins: (policy.chosen.wins_per * 4.0 * came).round(),
                    ..BackTestRow::default()
                }
            })
        })
        .collect();
    company
}

/// Policies by name and fewest points.
fn with_policies(policies: &[(&str, i32)]) -> Company {
    let mut company = company();
    let config = |(name, points): &(&str, i32)| PolicyConfig {
        name: (*name).to_owned(),
        points_at_least: Some(*points),
        ..PolicyConfig::default()
    };
    company.policies = company.resolve(&policies.iter().map(config).collect::<Vec<_>>());
    forecast_policies(&mut company);
    company
}

fn close_policies() -> Company {
    with_policies(&[
        ("a policy with a long name that nobody can read at once", 50),
        ("last quarter's threshold", 51),
        ("what the regional managers agreed on", 49),
        ("wide", 48),
    ])
}

fn many_policies() -> Company {
    let names: Vec<String> = (1..=12).map(|number| format!("policy {number}")).collect();
    let policies: Vec<(&str, i32)> =
        names.iter().zip(1..).map(|(name, number)| (name.as_str(), 76 - 6 * number)).collect();
    with_policies(&policies)
}

fn with_teams(mut company: Company) -> Company {
    let mut scenario = company.metrics.forecast.scenarios[0].clone();
    let line = |team: &str, score, leads_per, conversion| ScenarioThreshold {
        group: Some(team.to_owned()),
        score,
        share_of_tied: 1.0,
        leads_per,
        conversion,
    };
    scenario.policy = "per team".to_owned();
    scenario.rule = "60 hours a week, equal conversion at the margin".to_owned();
    scenario.thresholds = vec![line("north", 41, 40.0, 0.25), line("south", 45, 35.0, 0.2)];
    company.metrics.forecast.scenarios.push(scenario);
    company
}

fn criterion(number: usize, n_levels: usize) -> Criterion {
    let mut criterion = company().card.criteria[1].clone();
    criterion.name = format!("criterion number {number}");
    criterion.group = ["BANT", "engagement", "fit"].get(number % 4).map(|&group| group.to_owned());
    criterion.levels = (0..n_levels)
        .map(|level| Level {
            when: if level + 1 == n_levels { When::Else } else { When::OneOf(vec![level.to_string()]) },
            label: format!("answer {level} of criterion {number}"),
            words: None,
            points: (level * (number % 5 + 1) / 2) as i32,
            n_leads: (1_000 / (level + 1)) as u64,
            n_converted: 10,
        })
        .collect();
    criterion
}

fn with_criteria(n_criteria: usize, n_levels: usize) -> Company {
    let mut company = company();
    company.card.criteria = (0..n_criteria).map(|number| criterion(number, n_levels)).collect();
    company
}

fn negative_points() -> Company {
    let mut company = company();
    for criterion in &mut company.card.criteria {
        for level in &mut criterion.levels {
            level.points -= 12;
        }
    }
    company
}

fn hostile() -> Company {
    let mut company = with_policies(&[(HOSTILE, 50), ("plain", 40)]);
    for criterion in &mut company.card.criteria {
        criterion.name = format!("{HOSTILE} {}", criterion.name);
        criterion.group = Some(HOSTILE.to_owned());
        for level in &mut criterion.levels {
            level.label = format!("{HOSTILE} {}", level.label);
        }
    }
    for row in &mut company.metrics.back_test {
        row.policy = HOSTILE.to_owned();
        row.period = HOSTILE.to_owned();
    }
    for row in &mut company.metrics.bands_by_month {
        row.month = format!("{HOSTILE} {}", row.month);
    }
    company.metrics.forecast.ahead = HOSTILE.to_owned();
    company
}

fn nothing() -> Company {
    let mut company = with_leads(&[(1, 1, 0)]);
    company.frontier.rows.clear();
    company.policies.clear();
    company.card.criteria.clear();
    company.card.curve.clear();
    let metrics = &mut company.metrics;
    metrics.forecast = crate::decide::forecast::record::Forecast::default();
    metrics.reliability.clear();
    metrics.back_test.clear();
    metrics.bands.clear();
    metrics.bands_by_month.clear();
    company
}

/// Figures that are no numbers, or endless.
fn no_numbers() -> Company {
    let mut company = company();
    let broken = Estimate { expected: f64::NAN, low: f64::NEG_INFINITY, high: f64::INFINITY };
    for scenario in &mut company.metrics.forecast.scenarios {
        (scenario.leads, scenario.wins, scenario.conversion) = (broken, broken, broken);
    }
    company.metrics.forecast.pairs[0].wins_difference = broken;
    for row in &mut company.metrics.reliability {
        (row.predicted, row.observed, row.observed_low, row.observed_high) =
            (f64::NAN, f64::INFINITY, f64::NAN, f64::NAN);
    }
    for row in &mut company.metrics.bands_by_month {
        (row.low, row.high) = (f64::NAN, f64::INFINITY);
    }
    for row in &mut company.metrics.back_test {
        (row.promised_wins, row.promised_conversion) = (broken, broken);
        (row.wins, row.conversion) = (f64::INFINITY, f64::NAN);
    }
    for row in &mut company.frontier.rows {
        row.chosen.conversion_interval.high = f64::INFINITY;
    }
    company
}
