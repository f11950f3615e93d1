//! How long a choice takes: a quarter played through under two policies, and a threshold moved.
//!
//! `cargo bench --bench choice`. 100 scores over 24 months, as a card of 100 points leaves them whatever the number of leads.

use bantam::card::{Band, CurveEntry};
use bantam::decide::forecast::{ForecastParams, Leading, Widening, forecast};
use bantam::decide::frontier::{Evidence, Frontier, Histogram, HistogramCell, Known, Month, Outlook, Policy, Rule};
use bantam::math::logistic;
use bantam::settings::Period;
use bantam::settings::SalesConfig;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const N_SCORES: i32 = 101;
const N_MONTHS: u32 = 24;

fn chance(score: i32) -> f64 {
    logistic(-5.0 + 0.07 * f64::from(score))
}

/// About `leads_per_month` leads a month, most of them with middling scores.
fn histogram(leads_per_month: f64) -> Histogram {
    let cells = (0..N_SCORES)
        .flat_map(|score| (0..N_MONTHS).map(move |month| (score, month)))
        .map(|(score, month)| {
            let weight = f64::from((score + 1).min(N_SCORES - score)) / 2_601.0;
            let n_leads = (leads_per_month * weight).round() as u64 + u64::from(month % 3);
            let n_converted = (n_leads as f64 * chance(score)).round() as u64;
            HistogramCell {
                score,
                month,
                n_handed_off: n_leads,
                n_leads,
                n_converted,
                worth_billionths: (n_leads as f64 * chance(score) * 1e9) as u64,
                ..HistogramCell::default()
            }
        })
        .collect();
    let month = |at: u32| Month {
        year: 2024 + (at / 12) as i16,
        month: (at % 12) as i8 + 1,
        n_days: 30,
        n_days_handed_off: 30,
    };
    Histogram {
        months: (0..N_MONTHS).map(month).collect(),
        segments: vec![String::new()],
        teams: vec![String::new()],
        cells,
    }
}

fn curve() -> Vec<CurveEntry> {
    let bp = |share: f64| (share * 10_000.0).round() as u32;
    let entry = |score| {
        let p = chance(score);
        CurveEntry { score, probability_bp: bp(p), low_bp: bp(p * 0.9), high_bp: bp(p * 1.1), n_leads: 0 }
    };
    (0..N_SCORES).map(entry).collect()
}

/// 10,000 futures of the policies asked for, and of the engine's own beside them.
#[divan::bench(args = [1, 2, 5], sample_count = 20)]
fn ten_thousand_futures(bencher: Bencher<'_, '_>, n_policies: u32) {
    let histogram = histogram(400.0);
    let (curve, bands) = (curve(), vec![Band { name: "nurture".to_owned(), from: Some(30) }]);
    let outlook = Outlook::new(&histogram, Known::NOTHING);
    let frontier = Frontier::trace(&histogram, &outlook);
    let evidence =
        Evidence { histogram: &histogram, frontier: &frontier, outlook: &outlook, curve: &curve, bands: &bands };
    let policies: Vec<Policy> = (1..=n_policies)
        .map(|number| Policy {
            name: format!("top {}", 50 * number),
            rule: Rule::Top { count: 50.0 * f64::from(number), period: Period::Month },
            by: None,
        })
        .collect();
    let params = ForecastParams::quarter(1, Widening::NONE);
    bencher.bench(|| {
        forecast(
            black_box(&policies),
            &Leading::recommended(&SalesConfig::default()),
            &evidence,
            &SalesConfig::default(),
            &params,
        )
    });
}

/// The threshold moved by a point: leads, wins, conversion and their intervals.
#[divan::bench]
fn threshold_moved(bencher: Bencher<'_, '_>) {
    let histogram = histogram(400.0);
    let frontier = Frontier::trace(&histogram, &Outlook::new(&histogram, Known::NOTHING));
    bencher.bench(|| frontier.at_least(black_box(62)));
}
