//! The set as a whole: its rate, its bytes, and whether its truth can be seen in it.

use std::collections::BTreeMap;

use super::weights::TEXT;
use super::*;
use crate::settings::US_PER_DAY;

fn default_set() -> SynthSet {
    generate(&SynthParams::default()).expect("the defaults can be met")
}

#[test]
fn the_asked_rate_is_met() {
    for rate in [0.05, 0.18, 0.4] {
        let set = generate(&SynthParams { rate, ..SynthParams::default() }).expect("made");
        let won: Vec<bool> = set.hand_offs.iter().filter_map(|hand_off| hand_off.won).collect();
        let share = won.iter().filter(|won| **won).count() as f64 / won.len() as f64;
        let standard_error = (rate * (1.0 - rate) / won.len() as f64).sqrt();
        assert!((share - rate).abs() < 4.0 * standard_error, "{share} for {rate}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let params = SynthParams { n_leads: 300, ..SynthParams::default() };
    let files = |params: &SynthParams| render(&generate(params).expect("made")).expect("rendered");
    assert!(files(&params) == files(&params));
    let other = files(&SynthParams { seed: 8, ..params.clone() });
    for (one, other) in files(&params).iter().zip(&other) {
        assert!(one.bytes != other.bytes, "{} does not depend on the seed", one.name);
    }
}

#[test]
fn the_default_files_are_small() {
    let files = render(&default_set()).expect("rendered");
    assert_eq!(files.iter().map(|file| file.name).collect::<Vec<_>>(), SetFile::NAMES);
    let n_bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    assert!(n_bytes < 3_000_000, "{n_bytes}");
}

#[test]
fn leads_convert_as_often_as_their_truth_says() {
    let set = generate(&SynthParams { n_leads: 20_000, ..SynthParams::default() }).expect("made");
    let mut rows: Vec<(f64, bool)> =
        set.hand_offs.iter().filter_map(|row| Some((row.true_probability, row.won?))).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    for tenth in rows.chunks(rows.len().div_ceil(10)) {
        let expected: f64 = tenth.iter().map(|row| row.0).sum();
        let variance: f64 = tenth.iter().map(|row| row.0 * (1.0 - row.0)).sum();
        let n_won = tenth.iter().filter(|row| row.1).count() as f64;
        assert!((n_won - expected).abs() < 4.0 * variance.sqrt() + 1.0, "{n_won} instead of {expected}");
    }
}

#[test]
fn higher_levels_convert_more_often_in_the_true_order() {
    let set = generate(&SynthParams { n_leads: 40_000, ..SynthParams::default() }).expect("made");
    for (criterion_idx, criterion) in TEXT.iter().enumerate().filter(|(_, criterion)| criterion.is_ordered) {
        let mut counts: BTreeMap<u8, (f64, f64)> = BTreeMap::new();
        for row in &set.hand_offs {
            if let (Some(level), Some(won)) = (row.answers.levels[criterion_idx], row.won) {
                let count = counts.entry(level).or_default();
                *(if won { &mut count.0 } else { &mut count.1 }) += 1.0;
            }
        }
        let log_odds: Vec<f64> = counts.values().map(|(won, lost)| (won / lost).ln()).collect();
        assert_eq!(log_odds.len(), criterion.levels.len());
        assert!(log_odds.is_sorted_by(|a, b| a < b), "{}: {log_odds:?}", criterion.name);
    }
}

/// Within leads of about the same chance but for one answer, the answer moves the log-odds by its weight: the sum of
/// `won - p` over a level is 0 with the true weight and far from it with another.
#[test]
fn the_true_weights_are_those_that_fit() {
    let set = generate(&SynthParams { n_leads: 20_000, ..SynthParams::default() }).expect("made");
    let error_of = |criterion_idx: usize, level: Option<u8>, added: f64| {
        let (mut excess, mut variance) = (0.0, 0.0);
        for row in set.hand_offs.iter().filter(|row| row.answers.levels[criterion_idx] == level) {
            let Some(won) = row.won else { continue };
            let p = crate::math::logistic(crate::math::logit(row.true_probability) + added);
            excess += f64::from(u8::from(won)) - p;
            variance += p * (1.0 - p);
        }
        if variance > 0.0 { excess / variance.sqrt() } else { 0.0 }
    };
    for (criterion_idx, criterion) in TEXT.iter().enumerate() {
        let levels = (0..criterion.levels.len() as u8).map(Some).chain(criterion.missing.map(|_| None));
        for level in levels {
            // Some 36 levels: four standard errors are crossed by chance once in 400 such tests.
            let error = error_of(criterion_idx, level, 0.0);
            assert!(error.abs() < 4.0, "{} {level:?}: {error}", criterion.name);
        }
        let wrong = error_of(criterion_idx, Some(0), 0.8);
        assert!(wrong < -4.0, "{}: a weight off by 0.8 is seen: {wrong}", criterion.name);
    }
}

#[test]
fn one_outcome_per_lead_and_a_second_hand_off_for_those_that_come_back() {
    let set = default_set();
    assert_eq!(set.outcomes.len(), 8_000);
    assert!((0u32..).zip(&set.outcomes).all(|(lead, outcome)| outcome.lead == lead));
    let mut moments: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
    for hand_off in &set.hand_offs {
        moments.entry(hand_off.lead).or_default().push(hand_off.at);
    }
    let n_back = moments.values().filter(|moments| moments.len() == 2).count();
    assert!((200..500).contains(&n_back), "{n_back}");
    for outcome in &set.outcomes {
        let last = moments[&outcome.lead].iter().max().copied();
        assert_eq!(last, Some(outcome.handed_off_at));
        assert!(outcome.won_at.is_none_or(|won_at| won_at > outcome.handed_off_at));
        assert_eq!(outcome.won_at.is_some(), outcome.deal_value.is_some());
        assert_eq!(outcome.reason.is_some(), outcome.disposition == Disposition::Rejected);
        assert_eq!(outcome.first_touch_at.is_none(), outcome.disposition == Disposition::Untouched);
        assert!(outcome.first_touch_at.is_none_or(|touch| outcome.won_at.is_none_or(|won_at| touch < won_at)));
    }
    let share = |wanted: Disposition| {
        set.outcomes.iter().filter(|outcome| outcome.disposition == wanted).count() as f64 / 8_000.0
    };
    assert!((0.045..0.08).contains(&share(Disposition::Untouched)), "{}", share(Disposition::Untouched));
    for disposition in [Disposition::Accepted, Disposition::Rejected, Disposition::Recycled] {
        assert!(share(disposition) > 0.05, "{disposition:?}: {}", share(disposition));
    }
}

#[test]
fn the_flat_history_follows_from_the_three_tables() {
    let set = generate(&SynthParams { n_leads: 1_000, ..SynthParams::default() }).expect("made");
    let end = set.hand_offs.iter().map(|row| row.at).max().expect("rows") + US_PER_DAY;
    for row in &set.hand_offs {
        let events: Vec<Event> = set.events.iter().filter(|event| event.lead == row.lead).copied().collect();
        assert_eq!(Engagement::at(row.at, &events), row.engagement);
        let outcome = &set.outcomes[row.lead as usize];
        let won = outcome.handed_off_at == row.at
            && outcome.won_at.is_some_and(|won_at| won_at - row.at <= HORIZON_DAYS * US_PER_DAY);
        if let Some(said) = row.won {
            assert_eq!(said, won);
            assert!(row.at + HORIZON_DAYS * US_PER_DAY <= end);
            assert!(outcome.disposition != Disposition::Untouched || outcome.handed_off_at != row.at);
        }
    }
}

#[test]
fn converting_leads_do_more_after_the_hand_off() {
    let set = default_set();
    let mut n_events: BTreeMap<bool, (usize, usize)> = BTreeMap::new();
    let mut n_after = vec![0; set.outcomes.len()];
    for event in &set.events {
        let outcome = &set.outcomes[event.lead as usize];
        n_after[event.lead as usize] += usize::from(event.at > outcome.handed_off_at);
    }
    for (outcome, n_after) in set.outcomes.iter().zip(n_after) {
        let sum = n_events.entry(outcome.won_at.is_some()).or_default();
        *sum = (sum.0 + n_after, sum.1 + 1);
    }
    let mean = |won: bool| n_events[&won].0 as f64 / n_events[&won].1 as f64;
    assert!(mean(true) > 2.0 * mean(false), "{} and {}", mean(true), mean(false));
}

#[test]
fn drift_moves_the_rate_from_the_first_half_to_the_second() {
    let rate_of_halves = |drift: f64| {
        let set = generate(&SynthParams { drift, ..SynthParams::default() }).expect("made");
        let middle = set.hand_offs[set.hand_offs.len() / 2].at;
        [false, true].map(|is_late| {
            let half: Vec<f64> = set
                .hand_offs
                .iter()
                .filter(|row| (row.at > middle) == is_late)
                .map(|row| row.true_probability)
                .collect();
            half.iter().sum::<f64>() / half.len() as f64
        })
    };
    let [early, late] = rate_of_halves(2.0);
    assert!(late > early + 0.08, "{early} {late}");
    let [early, late] = rate_of_halves(-2.0);
    assert!(late < early - 0.08, "{early} {late}");
}

#[test]
fn the_config_says_what_the_tables_are() {
    let set = default_set();
    let toml = words::config(&set);
    let config = crate::settings::parse("bantam.toml", &toml).expect("a config");
    assert_eq!(config.outcome.converted_at.as_deref(), Some("won_at"));
    assert_eq!(config.outcome.observed_until.as_deref(), Some("2026-06-30"));
    // Every criterion of the truth is one of the config, and the other way round.
    let mut names: Vec<&str> = config.criterion.iter().map(|criterion| criterion.name.as_str()).collect();
    let mut known: Vec<&str> = set.truth.criteria.iter().map(|criterion| criterion.name).collect();
    names.sort_unstable();
    known.sort_unstable();
    assert_eq!(names, known);
    let budget = &config.criterion[0];
    assert_eq!(budget.order, ["none", "unknown", "requested", "approved"]);
    assert_eq!(
        config.policy.iter().map(|p| p.top.as_deref()).collect::<Vec<_>>(),
        [Some("50/month"), Some("100/month")]
    );
}

#[test]
fn the_truth_can_be_read_back() {
    let json: serde_json::Value = serde_json::from_str(&words::truth(&default_set()).expect("written")).expect("JSON");
    assert_eq!(json["criteria"][0]["name"], "budget");
    assert_eq!(json["criteria"][0]["effect"]["kind"], "levels");
    assert_eq!(json["criteria"][0]["effect"]["levels"][3]["level"], "approved");
    assert_eq!(json["criteria"][0]["effect"]["levels"][3]["weight"], 1.6);
    assert_eq!(json["criteria"][0]["effect"]["levels"][4]["level"], serde_json::Value::Null);
    assert!(json["intercept"].as_f64().expect("a number") < -2.0);
}

#[test]
fn wishes_that_cannot_be_met_are_named() {
    #[track_caller]
    fn assert_says(change: impl FnOnce(&mut SynthParams), expected: &str) {
        let mut params = SynthParams::default();
        change(&mut params);
        assert_eq!(generate(&params).expect_err("refused").to_string(), expected);
    }
    assert_says(
        |params| params.n_leads = 20,
        "`--leads` is 20; it takes 100 to 1000000\nhint: for more rows, `--wide` writes one flat table of any length",
    );
    assert_says(
        |params| params.n_months = 3,
        "`--months` is 3; it takes 4 to 120, because a lead counts only once its 90 days have passed",
    );
    assert_says(
        |params| params.rate = f64::NAN,
        "`--rate` is NaN; it takes a share from 0.005 to 0.9, such as 0.18 for 18 %",
    );
    assert_says(|params| params.drift = 9.0, "`--drift` is 9; it takes a change of log-odds from -5 to 5");
}
