//! The forecast against worked cases, brute force, and futures whose law is known.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, Gamma, Normal, Poisson};

use super::*;
use crate::card::{Band, CurveEntry};
use crate::decide::forecast::record::Estimate;
use crate::decide::frontier::{Frontier, Histogram, HistogramCell, Known, Month, Outlook};
use crate::math::{LogOddsLine, Z90, logistic};
use crate::settings::{By, Period};

/// A company whose law is known: how many leads come a month, with which scores, and how often each score converts.
#[derive(Debug, Clone, Copy)]
struct Company {
    n_months: usize,
    leads_per_month: f64,
    /// Standard deviation of the volume between months, as a share of it.
    volume_spread: f64,
    /// Standard deviation of the log-odds between months.
    month_sd: f64,
}

const TOP: i32 = 40;
const LAW: LogOddsLine = LogOddsLine { intercept: -3.5, slope: 0.09 };

impl Company {
    /// Counts of one month: leads and wins by score.
    fn month(&self, rng: &mut ChaCha8Rng) -> Vec<(u64, u64)> {
        let shape = self.volume_spread.powi(-2);
        let volume: f64 = Gamma::new(shape, self.leads_per_month / shape).expect("a shape").sample(rng);
        let shift: f64 = Normal::new(0.0, self.month_sd).expect("a deviation").sample(rng);
        (0..TOP)
            .map(|score| {
                // Middling scores are the commonest: a triangle.
                let weight = f64::from((score + 1).min(TOP - score)) / f64::from(TOP * (TOP + 2) / 4);
                let n_leads = Poisson::new(volume * weight).map_or(0, |law| law.sample(rng) as u64);
                let chance = logistic(LAW.at(f64::from(score)) + shift);
                (n_leads, Binomial::new(n_leads, chance).expect("a chance").sample(rng))
            })
            .collect()
    }

    fn history(&self, rng: &mut ChaCha8Rng) -> Histogram {
        let mut cells = Vec::new();
        for month in 0..self.n_months as u32 {
            for (score, (n_leads, n_converted)) in self.month(rng).into_iter().enumerate() {
                if n_leads > 0 {
                    let score = score as i32;
                    cells.push(HistogramCell {
                        score,
                        month,
                        segment: 0,
                        team: 0,
                        n_handed_off: n_leads,
                        n_leads,
                        n_converted,
                        ..HistogramCell::default()
                    });
                }
            }
        }
        cells.sort_unstable_by_key(|cell| (cell.score, cell.month));
        let months = (0..self.n_months).map(|at| whole_month(2020 + (at / 12) as i16, (at % 12) as i8 + 1)).collect();
        Histogram { months, segments: vec![String::new()], teams: vec![String::new()], cells }
    }

    /// Leads and wins of the quarter after: three months, counted by score.
    fn quarter(&self, rng: &mut ChaCha8Rng) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); TOP as usize];
        for _ in 0..3 {
            for (sum, (n_leads, n_wins)) in sums.iter_mut().zip(self.month(rng)) {
                sum.0 += n_leads as f64;
                sum.1 += n_wins as f64;
            }
        }
        sums
    }
}

/// Thirty-one days or fewer: a month is whole, so that the law of a month is the law of any.
fn whole_month(year: i16, month: i8) -> Month {
    let month = Month { year, month, n_days: 0, n_days_handed_off: 0 };
    let n_days = month.n_days_in_all();
    Month { n_days, n_days_handed_off: n_days, ..month }
}

/// The history with what a curve makes of its leads.
fn priced(histogram: &Histogram, curve: &[CurveEntry]) -> Histogram {
    let mut histogram = histogram.clone();
    for cell in &mut histogram.cells {
        cell.worth_billionths = cell.n_leads * u64::from(curve[cell.score as usize].probability_bp) * 100_000;
    }
    histogram
}

/// The curve that a calibration would have: a straight line fitted to the history, with its error.
fn fitted_curve(histogram: &Histogram) -> Vec<CurveEntry> {
    let mut counts = vec![(0.0, 0.0); TOP as usize];
    for cell in &histogram.cells {
        counts[cell.score as usize].0 += cell.n_leads as f64;
        counts[cell.score as usize].1 += cell.n_converted as f64;
    }
    let counts: Vec<crate::model::curve::ScoreCount> = counts
        .into_iter()
        .enumerate()
        .map(|(score, (n, converted))| crate::model::curve::ScoreCount { score: score as i32, n, converted })
        .collect();
    let curve =
        crate::model::curve::logistic::LogisticCurve::fit(&counts, LAW, crate::model::curve::CurvePrior::LATER_PERIOD);
    let bp = |log_odds: f64| ((logistic(log_odds) * 10_000.0).round() as u32).clamp(1, 9_999);
    (0..TOP)
        .map(|score| {
            let (log_odds, error) = curve.log_odds(f64::from(score));
            CurveEntry {
                score,
                probability_bp: bp(log_odds),
                low_bp: bp(log_odds - Z90 * error),
                high_bp: bp(log_odds + Z90 * error),
                n_leads: 0,
            }
        })
        .collect()
}

fn bands() -> Vec<Band> {
    let band = |name: &str, from: Option<i32>| Band { name: name.to_owned(), from };
    vec![band("hot", Some(30)), band("nurture", Some(20)), band("reject", None)]
}

fn policy(name: &str, rule: Rule) -> Policy {
    Policy { name: name.to_owned(), rule, by: None }
}

fn top(name: &str, count: f64) -> Policy {
    policy(name, Rule::Top { count, period: Period::Month })
}

fn run(histogram: &Histogram, policies: &[Policy], n_draws: usize, seed: u64) -> (Forecast, Vec<Note>) {
    let (curve, bands) = (fitted_curve(histogram), bands());
    let histogram = &priced(histogram, &curve);
    let outlook = Outlook::new(histogram, Known::NOTHING);
    let frontier = Frontier::trace(histogram, &outlook);
    let evidence = Evidence { histogram, frontier: &frontier, outlook: &outlook, curve: &curve, bands: &bands };
    let params = ForecastParams { n_draws, ..ForecastParams::quarter(seed, Widening::NONE) };
    forecast(policies, &Leading::recommended(&SalesConfig::default()), &evidence, &SalesConfig::default(), &params)
}

const QUIET_COMPANY: Company = Company { n_months: 24, leads_per_month: 300.0, volume_spread: 0.1, month_sd: 0.0 };

#[test]
fn a_quarter_of_top_60_a_month_is_180_leads() {
    let history = QUIET_COMPANY.history(&mut ChaCha8Rng::seed_from_u64(1));
    let (found, notes) = run(&history, &[top("a", 60.0)], 4_000, 1);
    let scenario = &found.scenarios[0];
    // Months are 30.4 days on average, in the volume asked for and in the quarter alike.
    assert!((scenario.leads.expected - 180.0).abs() < 2.0, "{:?}", scenario.leads);
    assert!(scenario.leads.low < 165.0 && scenario.leads.high > 195.0, "{:?}", scenario.leads);
    let all = scenario.leads.expected + scenario.to_nurture.expected + scenario.rejected.expected;
    assert!((all - 3.0 * Frontier::like(&history).leads_per()).abs() < 10.0, "{all}");
    assert_eq!(scenario.optimism, 0.0);
    assert_eq!((found.ahead.as_str(), found.n_draws, notes.len()), ("next 3 months", 4_000, 0));
}

#[test]
fn the_same_seed_gives_the_same_figures_and_another_seed_others() {
    let history = QUIET_COMPANY.history(&mut ChaCha8Rng::seed_from_u64(1));
    let policies = [top("a", 60.0), policy("b", Rule::ConversionAtLeast(0.3))];
    let of = |seed| run(&history, &policies, 600, seed).0;
    assert_eq!(of(5), of(5));
    assert_ne!(of(5), of(6));
    let on_one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool").install(|| of(5));
    assert_eq!(on_one_core, of(5));
}

#[test]
fn a_policy_inside_another_cannot_win_more() {
    let history = QUIET_COMPANY.history(&mut ChaCha8Rng::seed_from_u64(2));
    let (found, _) = run(&history, &[top("few", 40.0), top("many", 90.0), top("same", 40.0)], 2_000, 1);
    let pair = |a: &str, b: &str| found.pairs.iter().find(|pair| pair.a == a && pair.b == b).expect("a pair");
    let few_many = pair("few", "many");
    assert_eq!((few_many.contained.as_deref(), few_many.a_wins_more), (Some("few"), 0.0));
    assert!(few_many.b_wins_more > 0.99 && few_many.wins_difference.high <= 0.0);
    assert!((few_many.leads_difference.expected + 150.0).abs() < 5.0, "{few_many:?}");
    let extra = few_many.extra_conversion.expect("150 leads more");
    assert!(extra > 0.1 && extra < found.scenarios[0].conversion.expected, "{extra}");
    let same = pair("few", "same");
    assert_eq!((same.a_wins_more, same.b_wins_more), (0.0, 0.0));
    assert_eq!(same.wins_difference, Estimate::default());
}

#[test]
fn a_threshold_picked_for_its_looks_is_marked_down() {
    // A short history of few leads: many thresholds to pick from, each with a rate that luck moves. At 42 % luck decides where
    // the line is, at 50 % whether there is one at all.
    let company = Company { n_months: 6, leads_per_month: 60.0, volume_spread: 0.1, month_sd: 0.0 };
    for wanted in [0.42, 0.5] {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut seen, mut corrected, mut truth, mut n_found) = (0.0, 0.0, 0.0, 0.0);
        for number in 0..120 {
            let history = company.history(&mut rng);
            let (found, _) = run(&history, &[policy("picky", Rule::ConversionAtLeast(wanted))], 400, number);
            let Some(scenario) = found.scenarios.first() else { continue };
            let threshold = scenario.thresholds[0].score;
            let weight = |score: i32| f64::from((score + 1).min(TOP - score));
            let all: f64 = (threshold..TOP).map(weight).sum();
            truth +=
                (threshold..TOP).map(|score| weight(score) * logistic(LAW.at(f64::from(score)))).sum::<f64>() / all;
            seen += scenario.seen_conversion;
            corrected += scenario.conversion.expected;
            n_found += 1.0;
        }
        assert!(seen - truth > 0.02 * n_found, "{wanted}: luck: {} {}", seen / n_found, truth / n_found);
        let left = (corrected - truth).abs() / (seen - truth);
        let means = [seen, corrected, truth].map(|sum| sum / n_found);
        assert!(left < 0.4, "{wanted}: seen, corrected, true: {means:?} in {n_found}");
    }
}

#[test]
fn money_and_hours_follow_from_leads_and_wins() {
    let history = QUIET_COMPANY.history(&mut ChaCha8Rng::seed_from_u64(1));
    let (curve, bands) = (fitted_curve(&history), bands());
    let history = priced(&history, &curve);
    let frontier = Frontier::like(&history);
    let evidence = Evidence {
        histogram: &history,
        frontier: &frontier,
        outlook: &Outlook::like(&history),
        curve: &curve,
        bands: &bands,
    };
    let sales = SalesConfig {
        hours_per_lead: Some(2.0),
        cost_per_lead: Some(50.0),
        value_per_win: Some(400.0),
        reps: Some(4.0),
        currency: None,
    };
    let params = ForecastParams { n_draws: 500, ..ForecastParams::quarter(1, Widening::NONE) };
    let (found, _) =
        forecast(&[top("few", 40.0), top("many", 90.0)], &Leading::recommended(&sales), &evidence, &sales, &params);
    let few = &found.scenarios[0];
    let near = |a: Estimate, b: Estimate| (a.expected - b.expected).abs() < 1e-9 * b.expected.abs().max(1.0);
    assert!(near(few.hours.expect("hours"), few.leads.times(2.0)));
    assert!(near(few.hours_per_rep.expect("reps"), few.leads.times(0.5)));
    assert!(near(few.wins_per_rep.expect("reps"), few.wins.times(0.25)));
    assert!(near(few.cost.expect("cost"), few.leads.times(50.0)));
    let cost_per_win = few.cost_per_win.expect("cost");
    assert!((cost_per_win.expected - 50.0 / few.conversion.expected).abs() < 1e-9);
    assert!(cost_per_win.low < cost_per_win.expected && cost_per_win.expected < cost_per_win.high);
    let net = few.net_value.expect("money");
    assert!((net.expected - (400.0 * few.wins.expected - 50.0 * few.leads.expected)).abs() < 1.0, "{net:?}");
    // A lead pays from a chance of one in eight on, and that is what is recommended.
    let recommended = found.recommended.expect("it pays");
    let at = |score: i32| f64::from(curve[score as usize].probability_bp) / 10_000.0;
    let score = recommended.scenario.thresholds[0].score;
    assert!(at(score) >= 0.125 && at(score - 1) < 0.125, "{score}");
    assert_eq!(
        recommended.reason,
        format!(
            "below {score} points a lead costs more to work (50) than it brings on average, its chance times the 400 that a win is worth"
        )
    );
}

#[test]
fn without_dates_the_next_thousand_leads_are_played() {
    let mut history = QUIET_COMPANY.history(&mut ChaCha8Rng::seed_from_u64(1));
    history.months.clear();
    history.cells.iter_mut().for_each(|cell| cell.month = 0);
    let (found, _) = run(&history, &[policy("a", Rule::Share(0.25))], 1_000, 1);
    assert_eq!((found.ahead.as_str(), found.n_months), ("next 1,000 leads", None));
    let leads = found.scenarios[0].leads;
    // Binomial: 1.645 standard deviations of 13.7 to each side.
    assert!((leads.expected - 250.0).abs() < 2.0 && (leads.high - leads.low - 45.0).abs() < 6.0, "{leads:?}");
}

#[test]
fn two_months_of_history_are_too_few_and_it_is_said() {
    let company = Company { n_months: 2, ..QUIET_COMPANY };
    let (found, notes) = run(&company.history(&mut ChaCha8Rng::seed_from_u64(1)), &[top("a", 60.0)], 500, 1);
    assert_eq!(found.scenarios.len(), 1);
    assert!(notes[0].text.starts_with("the hand-offs cover 2 whole months: too few"), "{}", notes[0].text);
}

/// One score, one chance, no dates: then the only thing left to chance is who converts, and the law of the forecast's error can be
/// added up by hand: wins ahead and wins in history are binomial with the same chance.
#[test]
fn a_tiny_history_agrees_with_brute_force() {
    let (n_leads, n_converted, n_ahead) = (32_u64, 8_u64, 1_000_u64);
    let cell = HistogramCell {
        score: 5,
        n_handed_off: n_leads,
        n_leads,
        n_converted,
        worth_billionths: n_leads * 250_000_000,
        ..HistogramCell::default()
    };
    let (segments, teams) = (vec![String::new()], vec![String::new()]);
    let histogram = Histogram { months: Vec::new(), segments, teams, cells: vec![cell] };
    let chance = 0.25;
    let curve = vec![CurveEntry { score: 5, probability_bp: 2_500, low_bp: 2_500, high_bp: 2_500, n_leads: 32 }];
    let outlook = Outlook::new(&histogram, Known::NOTHING);
    let frontier = Frontier::trace(&histogram, &outlook);
    let bands = bands();
    let evidence =
        Evidence { histogram: &histogram, frontier: &frontier, outlook: &outlook, curve: &curve, bands: &bands };
    let params = ForecastParams { n_draws: 40_000, ..ForecastParams::quarter(9, Widening::NONE) };
    let sales = SalesConfig::default();
    let all = [policy("all", Rule::PointsAtLeast(0))];
    let (found, _) = forecast(&all, &Leading::recommended(&sales), &evidence, &sales, &params);

    // A curve that expects 8 wins and sees `w` is taken to be off by (w + 44) / (8 + 44).
    let log_choose = |n: u64, k: u64| (1..=k).map(|i| ((n + 1 - i) as f64 / i as f64).ln()).sum::<f64>();
    let law =
        |n: u64, k: u64| (log_choose(n, k) + k as f64 * f64::ln(chance) + (n - k) as f64 * f64::ln(1.0 - chance)).exp();
    let promise = |w: u64| n_ahead as f64 * chance * (w as f64 + 44.0) / 52.0;
    let mut outcomes: Vec<(f64, f64)> = Vec::new();
    for ahead in 0..=n_ahead {
        for before in 0..=n_leads {
            let wins = (promise(n_converted) + ahead as f64 - promise(before)).max(0.0);
            outcomes.push((wins, law(n_ahead, ahead) * law(n_leads, before)));
        }
    }
    outcomes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let percentile = |share: f64| {
        let mut sum = 0.0;
        outcomes
            .iter()
            .find(|(_, weight)| {
                sum += weight;
                sum >= share
            })
            .expect("they add up to 1")
            .0
    };
    let wins = found.scenarios[0].wins;
    assert!((wins.expected - promise(n_converted)).abs() < 1e-9, "{wins:?}");
    // 40,000 draws with a standard deviation of 18: a percentile stands to 0.2, and the counts are whole.
    assert!((wins.low - percentile(0.05)).abs() < 1.0, "{wins:?} {}", percentile(0.05));
    assert!((wins.high - percentile(0.95)).abs() < 1.0, "{wins:?} {}", percentile(0.95));
}

#[test]
fn teams_that_differ_have_lines_of_their_own() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut history = QUIET_COMPANY.history(&mut rng);
    history.teams = vec!["north".to_owned(), "south".to_owned()];
    // Half of every cell goes to south, where about half as many convert.
    let south: Vec<HistogramCell> = history
        .cells
        .iter()
        .enumerate()
        .map(|(at, cell)| HistogramCell {
            team: 1,
            n_handed_off: cell.n_leads / 2,
            n_leads: cell.n_leads / 2,
            n_converted: ((cell.n_converted + 2 * (at as u64 % 2)) / 3).min(cell.n_leads / 2),
            ..*cell
        })
        .collect();
    for (north, south) in history.cells.iter_mut().zip(&south) {
        north.n_leads -= south.n_leads;
        north.n_handed_off = north.n_leads;
        north.n_converted = north.n_converted.saturating_sub(south.n_converted).min(north.n_leads);
    }
    history.cells.extend(south);
    history.cells.retain(|cell| cell.n_leads > 0);
    history.cells.sort_unstable_by_key(|cell| (cell.score, cell.month, cell.segment, cell.team));
    let by_team = Policy { by: Some(By::Team), ..top("shared", 120.0) };
    let (found, _) = run(&history, &[top("one line", 120.0), by_team], 1_000, 1);
    let shared = &found.scenarios[1];
    let score =
        |team: &str| shared.thresholds.iter().find(|line| line.group.as_deref() == Some(team)).expect(team).score;
    assert!(score("north") < score("south"), "{:?}", shared.thresholds);
    let pair = &found.pairs[0];
    assert_eq!(pair.contained, None);
    assert!(pair.b_wins_more > 0.8 && !pair.wins_too_close, "{pair:?}");
    let range = pair.b_wins_more_range;
    assert!(range.low < pair.b_wins_more && pair.b_wins_more < range.high, "{pair:?}");
    assert!(pair.leads_difference.expected.abs() < 3.0, "{pair:?}");
}

/// How often intervals of 90 % hold in simulated histories.
#[derive(Debug, Default)]
struct Coverage {
    n: u32,
    conversion: u32,
    wins: u32,
    difference: u32,
    leads: u32,
}

/// `wide` takes a volume, `picky` a conversion: they cross, and one looks at outcomes.
fn coverage(company: Company, rules: &[Policy; 2], n_histories: u64, n_draws: usize) -> Coverage {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut held = Coverage::default();
    for number in 0..n_histories {
        let history = company.history(&mut rng);
        let (found, _) = run(&history, rules, n_draws, number);
        let [a, b] = &found.scenarios[..] else { continue };
        let quarter = company.quarter(&mut rng);
        let came = |scenario: &Scenario| {
            let line = &scenario.thresholds[0];
            let (mut leads, mut wins) = (0.0, 0.0);
            for (score, (n_leads, n_wins)) in quarter.iter().enumerate().skip(line.score.max(0) as usize) {
                let share = if score as i32 == line.score { line.share_of_tied } else { 1.0 };
                leads += share * n_leads;
                wins += share * n_wins;
            }
            (leads, wins)
        };
        let holds = |estimate: Estimate, truth: f64| u32::from(estimate.low <= truth && truth <= estimate.high);
        let ((a_leads, a_wins), (_, b_wins)) = (came(a), came(b));
        held.n += 1;
        held.leads += holds(a.leads, a_leads);
        held.wins += holds(a.wins, a_wins);
        held.conversion += holds(a.conversion, a_wins / a_leads);
        held.difference += holds(found.pairs[0].wins_difference, a_wins - b_wins);
    }
    held
}

/// The table of `cargo test --release --lib forecast_intervals -- --ignored --nocapture`.
///
/// Nothing drifts in these companies, and the forecast allows for drift: its intervals hold more often than nine times in ten. One
/// share of 500 has a standard error of 1.3 points. What is asked: each of the four figures within 86 to 95 on average over the
/// companies, and no single one further below 90 than 3.5 standard errors.
#[test]
#[ignore = "500 histories of each of 36 companies take minutes, in release"]
fn forecast_intervals_hold_in_500_histories() {
    let mut table: Vec<[f64; 4]> = Vec::new();
    println!("months  leads  spread  drift  policies             n  leads  wins  conversion  difference");
    for n_months in [6, 12, 24] {
        for leads_per_month in [80.0, 400.0] {
            for (volume_spread, month_sd) in [(0.1, 0.0), (0.3, 0.0), (0.15, 0.15)] {
                let company = Company { n_months, leads_per_month, volume_spread, month_sd };
                let volumes = [top("a", leads_per_month * 0.25), top("b", leads_per_month * 0.5)];
                let picky = [policy("a", Rule::ConversionAtLeast(0.3)), policy("b", Rule::PointsAtLeast(15))];
                for (name, policies) in [("volumes", volumes), ("picky, points", picky)] {
                    let held = coverage(company, &policies, 500, 1_000);
                    let per_cent = |n: u32| f64::from(n) / f64::from(held.n) * 100.0;
                    let found = [held.leads, held.wins, held.conversion, held.difference].map(per_cent);
                    println!(
                        "{n_months:6} {leads_per_month:6} {volume_spread:7} {month_sd:6}  {name:16} {:5} {:6.1} {:5.1} {:11.1} {:11.1}",
                        held.n, found[0], found[1], found[2], found[3]
                    );
                    table.push(found);
                }
            }
        }
    }
    for figure in 0..4 {
        let mean = table.iter().map(|row| row[figure]).sum::<f64>() / table.len() as f64;
        println!("mean {mean:.1}");
        assert!((86.0..=95.0).contains(&mean), "figure {figure}: {mean}");
    }
    let far = 3.5 * (0.9_f64 * 0.1 / 500.0).sqrt() * 100.0;
    assert!(table.iter().flatten().all(|share| *share > 90.0 - far), "see the table");
}

#[test]
fn intervals_hold_in_a_hundred_histories() {
    // Three standard errors of a share of 0.9 in 150 trials are 7.3 points.
    let company = Company { n_months: 18, leads_per_month: 200.0, volume_spread: 0.2, month_sd: 0.1 };
    let held = coverage(company, &[top("a", 50.0), policy("b", Rule::ConversionAtLeast(0.25))], 150, 300);
    for (what, n) in
        [("leads", held.leads), ("wins", held.wins), ("conversion", held.conversion), ("difference", held.difference)]
    {
        let share = f64::from(n) / f64::from(held.n);
        assert!((0.827..=0.973).contains(&share), "{what}: {held:?}");
    }
}
